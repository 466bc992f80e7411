"""Patent applications of the industrial firms: types, classes, dates and applicants, from the counts by firm and year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import names
from keytech.simulate.world import World

SYMBOLS = [
    "F16H1/32", "F16H57/02", "H02P6/00", "H02K7/116", "G05B19/418", "G05B19/04", "G01D5/12", "G01L1/22",
    "B25J9/16", "B25J15/00", "H02P27/06", "G01B11/00", "F16C33/58", "B23Q5/10", "B23P19/04", "H01R13/02",
    "H05K7/20", "G01R31/00", "F16K31/06", "B65G47/90", "H04L29/08", "G06F17/50", "G01N21/88",
    "B21D43/00", "C04B35/622", "B29C45/17", "A47J27/00", "D06F37/30", "B01D46/00", "E04B1/00",
]  # fmt: skip
LOCARNO = ("15-09", "13-03", "10-05", "15-99", "08-05")
FORMER_LATE, CO_APPLICANT = 0.07, 0.06
LAST_GRANT = np.datetime64("2022-12-31")


def typed(world: World, counts: pd.DataFrame) -> pd.DataFrame:
    """`counts` (firm, year, patents) with inventions, utilities and designs that add up to patents."""
    rng = world.rng("industry", "patent types")
    share = rng.beta(3.5, 5.0, int(counts["firm"].max()) + 1)[counts["firm"]]
    inventions = rng.binomial(counts["patents"], share)
    utilities = rng.binomial(counts["patents"] - inventions, 0.78)
    return counts.assign(
        inventions=inventions, utilities=utilities, designs=counts["patents"] - inventions - utilities
    )


def applications(world: World, counts: pd.DataFrame, firms: pd.DataFrame) -> pd.DataFrame:
    """The batch for the patent module: one row per application, the columns it asks for, plus firm."""
    rng = world.rng("industry", "applications")
    kinds = {"发明": "inventions", "实用新型": "utilities", "外观设计": "designs"}
    parts = [
        counts.loc[counts.index.repeat(counts[column]), ["firm", "year"]].assign(patent_type=kind)
        for kind, column in kinds.items()
    ]
    frame = pd.concat(parts, ignore_index=True).sort_values(
        ["year", "firm", "patent_type"], ignore_index=True
    )
    frame = frame.assign(**_dates(rng, frame), ipc=_classes(rng, frame))
    frame = frame.assign(**_applicants(rng, world, frame, firms))
    place = world.cities.set_index("city_code")
    home = place.loc[firms["city_code"].to_numpy()[frame["firm"]]]
    frame["address"] = (
        (home["province_name"] + home["city_name"]).to_numpy()
        + "高新区科技路"
        + (frame["firm"] % 300 + 1).astype(str)
        + "号"
    )
    return frame.assign(batch="industry")


def _dates(rng: np.random.Generator, frame: pd.DataFrame) -> dict:
    n = len(frame)
    filed = (frame["year"].to_numpy() - 1970).astype("datetime64[Y]").astype("datetime64[D]") + rng.integers(
        0, 365, n
    )
    invention = (frame["patent_type"] == "发明").to_numpy()
    wait = np.where(invention, rng.integers(540, 1500, n), rng.integers(120, 330, n))
    granted = np.where(invention, rng.random(n) < 0.48, True)
    grant = filed + wait
    grant = np.where(granted & (grant <= LAST_GRANT), grant, np.datetime64("NaT"))
    age = 2022 - frame["year"].to_numpy()
    cited = rng.poisson(np.where(invention, 0.25, 0.06) * age * rng.gamma(0.7, 1.4, n))
    return {"application_date": filed, "grant_date": grant, "cited_times": cited}


def _classes(rng: np.random.Generator, frame: pd.DataFrame) -> list[list[str]]:
    """A firm's own main class mostly; one to three symbols. Designs carry a Locarno class."""
    n = len(frame)
    home = rng.integers(0, len(SYMBOLS), int(frame["firm"].max()) + 1)[frame["firm"]]
    main = np.where(rng.random(n) < 0.7, home, rng.integers(0, len(SYMBOLS), n))
    step, length = rng.integers(1, len(SYMBOLS), (2, n)), rng.integers(1, 4, n)
    locarno = rng.integers(0, len(LOCARNO), n)
    design = (frame["patent_type"] == "外观设计").to_numpy()
    out = []
    for d, c, m, a, b, k in zip(design, locarno, main, *step, length, strict=True):
        symbols = list(dict.fromkeys(SYMBOLS[i % len(SYMBOLS)] for i in (m, m + a, m + b)))
        out.append([LOCARNO[c]] if d else symbols[:k])
    return out


def _applicants(rng: np.random.Generator, world: World, frame: pd.DataFrame, firms: pd.DataFrame) -> dict:
    """The firm under the name of the day, or under its former name years later; sometimes with a partner."""
    n = len(frame)
    firm = firms.iloc[frame["firm"]]
    year = frame["year"].to_numpy()
    former = (firm["former_name"] != "").to_numpy()
    early = former & (year < firm["rename_year"].to_numpy())
    late = former & ~early & (rng.random(n) < FORMER_LATE)
    name = np.where(early | late, firm["former_name"], firm["name"])
    draw, first = rng.random(n), rng.random(n)
    persons = names.person_names(rng, n)
    institute = institutes(world)[rng.integers(0, 80, n)]
    out = []
    for own, d, before, person, unit in zip(name, draw, first, persons, institute, strict=True):
        partner = [person] if d < CO_APPLICANT / 3 else [unit] if d < CO_APPLICANT else []
        out.append([*partner, own] if before < 0.2 else [own, *partner])
    return {"applicants": out, "defect": np.where(late, "former name years after the change", "")}


def directory(world: World, firms: pd.DataFrame, patents: pd.DataFrame) -> pd.DataFrame:
    """Class of every applicant of the batch: raw_name, region, kind."""
    own = pd.concat([firms["name"], firms["former_name"]])
    units = institutes(world)
    known = set(own) | set(units)
    persons = sorted({name for names_ in patents["applicants"] for name in names_} - known)
    parts = {"firm": own[own != ""].unique(), "institute": units, "person": persons}
    frames = [pd.DataFrame({"raw_name": names_, "kind": kind}) for kind, names_ in parts.items()]
    return pd.concat(frames, ignore_index=True).assign(region="domestic")


def institutes(world: World) -> np.ndarray:
    """Eighty institutes that file together with industrial firms."""
    rng = world.rng("industry", "institutes")
    place = rng.choice(world.cities["city_short"].to_numpy(), 80, p=world.city_weights)
    brand = names.brands(rng, 80, "registered")
    return np.array([f"{p}{b}机电研究所" for p, b in zip(place, brand, strict=True)], dtype=object)
