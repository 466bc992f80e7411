"""Patent applications of the universities: joint ones with domestic enterprises, and the traps around them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import names
from keytech.simulate.field_symbols import pools
from keytech.simulate.universities_design import YEARS, Design
from keytech.simulate.world import World

FIRST, SECOND = "启睿慧卓敏芯擎曜炬沃翎珩栎澜", "研拓能微控智感动图擘域澈铂境"
TRADES = (
    "电子科技",
    "生物科技",
    "新材料",
    "智能装备",
    "环保工程",
    "信息技术",
    "化工",
    "电力设备",
    "制药",
    "仪器",
)
FORMS = ("有限公司", "股份有限公司", "有限责任公司", "集团有限公司", "（中国）有限公司", "（集团）有限公司")
FORM_SHARES = (0.55, 0.2, 0.08, 0.08, 0.05, 0.04)
ENTERPRISES = 1200
INSTITUTES = ("中国科学院{}研究所", "{}研究院", "{}研究院有限公司", "{}设计研究院有限公司", "{}农业科学院")
FOREIGN = ("三星电子株式会社", "丰田自动车株式会社", "罗伯特·博世有限公司", "SIEMENS AKTIENGESELLSCHAFT", "INTEL CORPORATION",
           "HITACHI, LTD.", "巴斯夫欧洲公司")  # fmt: skip
AFFILIATES = (
    "清华大学深圳研究生院",
    "北京大学深圳研究生院",
    "浙江大学宁波理工学院",
    "电子科技大学中山学院",
    "东南大学成贤学院",
)
LAST_DAY = np.datetime64("2025-06-30")


def applications(world: World, design: Design) -> pd.DataFrame:
    """One row per application of the batch.

    For the patent module: applicants (list, filer first), ipc (list, main first), patent_type, application_date,
    grant_date, address, cited_times, batch. State: university (list of positions of the universities that count),
    field, year, enterprise (a domestic enterprise co-files), is_key.
    """
    rng = world.rng("universities", "applications")
    cells = _cells(rng, design)
    frame = pd.concat(
        [_rows(cells, kind) for kind in ("joint", "utility", "own", "affiliate")], ignore_index=True
    )
    frame["is_key"] = (frame["kind"] == "joint") & (rng.random(len(frame)) < frame["key_share"])
    frame = _owners(rng, world, design, frame)
    frame = _classes(rng, world, frame)
    frame = _dates(rng, frame)
    province = world.provinces.set_index("province_code")["province_name"]
    address = design.universities["province_code"].map(province) + design.universities["university"]
    frame["address"] = address.to_numpy(object)[frame["u"]]
    frame["cited_times"] = rng.poisson(np.maximum(2023 - frame["year"], 0) * 0.4)
    return frame.assign(batch="universities").drop(columns=["kind", "key_share", "u"])


def _cells(rng: np.random.Generator, design: Design) -> pd.DataFrame:
    u, f, t = design.joint.shape
    frame = pd.DataFrame(
        {
            "u": np.repeat(np.arange(u), f * t),
            "field": np.tile(np.repeat(design.fields["field_code"].to_numpy(), t), u),
            "year": np.tile(YEARS, u * f),
            "joint": design.joint.ravel(),
            "key_share": np.repeat(design.key_share[:, None, :], f, axis=1).ravel(),
        }
    )
    frame["utility"] = rng.poisson(0.12 * frame["joint"])
    before = np.repeat(design.joint[:, :, YEARS < 2018].mean(axis=2).ravel(), t)
    frame["own"] = rng.poisson(0.5 * before + 0.2)
    frame["affiliate"] = (rng.random(len(frame)) < 0.012).astype(int)
    return frame


def _rows(cells: pd.DataFrame, kind: str) -> pd.DataFrame:
    repeated = cells.loc[cells.index.repeat(cells[kind]), ["u", "field", "year", "key_share"]]
    return repeated.assign(kind=kind)


def enterprise_names(world: World) -> np.ndarray:
    """ENTERPRISES domestic enterprises whose brands no other part of the economy uses; distinct without legal form."""
    rng = world.rng("universities", "enterprises")
    brands = [a + b for a in FIRST for b in SECOND]
    pairs = [(b, t) for b in brands for t in TRADES]
    chosen = rng.permutation(len(pairs))[:ENTERPRISES]
    place = rng.choice(
        world.cities["city_name"].str.removesuffix("市").to_numpy(), ENTERPRISES, p=world.city_weights
    )
    form = rng.choice(FORMS, ENTERPRISES, p=FORM_SHARES)
    return np.array(
        [f"{p}{pairs[i][0]}{pairs[i][1]}{s}" for p, i, s in zip(place, chosen, form, strict=True)],
        dtype=object,
    )


def institute_names(world: World) -> np.ndarray:
    """Research institutes; some are companies by their last word and still no enterprise (研究院 in the name)."""
    cities = world.cities["city_name"].str.removesuffix("市").to_numpy()
    return np.array([form.format(city) for city in cities[:60] for form in INSTITUTES], dtype=object)


def _owners(rng, world: World, design: Design, frame: pd.DataFrame) -> pd.DataFrame:
    """Applicant lists by kind. Own applications: alone, or with an institute, a foreign firm, persons or another university."""
    n = len(frame)
    university = design.universities["university"].to_numpy(object)
    firms, institutes = enterprise_names(world), institute_names(world)
    weight = 1 / (1 + np.arange(len(firms))) ** 0.6
    firm = rng.choice(firms, (n, 2), p=weight / weight.sum())
    institute, foreign = rng.choice(institutes, n), rng.choice(FOREIGN, n)
    persons, affiliate = names.person_names(rng, n), rng.choice(AFFILIATES, n)
    other = (frame["u"].to_numpy() + rng.integers(1, len(university), n)) % len(university)
    draw, extra, first = rng.random(n), rng.random(n), rng.random(n)
    applicants, members, joint = [], [], []
    for i, (u, kind) in enumerate(zip(frame["u"], frame["kind"], strict=True)):
        owners, mine = [university[u]], [int(u)]
        if kind == "affiliate":
            owners, mine = [affiliate[i], firm[i, 0]], []
        elif kind in ("joint", "utility"):
            owners += [firm[i, 0]] + ([firm[i, 1]] if extra[i] < 0.1 and firm[i, 1] != firm[i, 0] else [])
            owners += [institute[i]] if extra[i] > 0.96 else []
        elif draw[i] < 0.08:
            owners.append(institute[i])
        elif draw[i] < 0.12:
            owners.append(foreign[i])
        elif draw[i] < 0.16:
            owners.append(persons[i])
        elif draw[i] < 0.18:
            owners.append(university[other[i]])
            mine.append(int(other[i]))
        applicants.append(owners[::-1] if first[i] < 0.4 else owners)
        members.append(mine)
        joint.append(kind in ("joint", "utility"))
    return frame.assign(applicants=applicants, university=members, enterprise=joint)


def _classes(rng, world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """Main class from the field's symbols, on or off the key lists as drawn; a second class from any field."""
    by_field = pools(world)
    anywhere = [s for field in by_field.values() for s in field[False]]
    main, is_key = np.empty(len(frame), dtype=object), np.zeros(len(frame), dtype=bool)
    for (field, key), rows in frame.groupby(["field", "is_key"], sort=True).indices.items():
        pool, key = by_field[field], bool(key)
        key = key if pool[key] else not key
        main[rows], is_key[rows] = rng.choice(pool[key], len(rows)), key
    second, has_second = rng.choice(anywhere, len(frame)), rng.random(len(frame)) < 0.4
    ipc = [[a, b] if two and a != b else [a] for a, b, two in zip(main, second, has_second, strict=True)]
    return frame.assign(ipc=ipc, is_key=is_key)


def _dates(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Filed any day of the year; granted with probability 0.62 after one to four years, unless that lies ahead."""
    start = frame["year"].astype(str).to_numpy().astype("datetime64[Y]").astype("datetime64[D]")
    filed = start + rng.integers(0, 365, len(frame)).astype("timedelta64[D]")
    utility = (frame["kind"] == "utility").to_numpy()
    wait = np.where(utility, rng.integers(120, 400, len(frame)), rng.integers(400, 1400, len(frame)))
    granted = filed + wait.astype("timedelta64[D]")
    kept = (utility | (rng.random(len(frame)) < 0.62)) & (granted <= LAST_DAY)
    return frame.assign(
        patent_type=np.where(utility, "实用新型", "发明"),
        application_date=filed,
        grant_date=np.where(kept, granted, np.datetime64("NaT")),
    )


def counts(design: Design, frame: pd.DataFrame) -> pd.DataFrame:
    """True counts by university, field and year (every cell): joint_inv, joint_grant, joint_all, own_inv, joint_inv_key, joint_inv_nonkey."""
    invention = frame["patent_type"] == "发明"
    joint = invention & frame["enterprise"]
    flags = {
        "joint_inv": joint,
        "joint_grant": joint & frame["grant_date"].notna(),
        "joint_all": frame["enterprise"],
        "own_inv": invention,
        "joint_inv_key": joint & frame["is_key"],
        "joint_inv_nonkey": joint & ~frame["is_key"],
    }
    exploded = frame.assign(**flags).explode("university").dropna(subset="university")
    exploded["university_id"] = design.universities["university_id"].to_numpy()[
        exploded["university"].astype(int)
    ]
    key = {"field": "field_code"}
    summed = (
        exploded.groupby(["university_id", "field", "year"])[list(flags)]
        .sum()
        .reset_index()
        .rename(columns=key)
    )
    grid = design.universities[["university_id"]].merge(design.fields[["field_code"]], how="cross")
    grid = grid.merge(pd.DataFrame({"year": YEARS}), how="cross")
    return grid.merge(summed, how="left").fillna(0).astype({name: int for name in flags})
