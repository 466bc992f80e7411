"""Patent applications of listed firms: concrete symbols, dates, grants, citations and co-applicants for every count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate import calibrate, ipc, partners
from keytech.simulate.listed_counts import Counts, Process
from keytech.simulate.listed_industries import INDUSTRIES
from keytech.simulate.rates import RATES
from keytech.simulate.world import World

LAST_GRANT = np.datetime64("2022-12-31")
JOINT_SHARE = 0.20
CITED_TO = 2022
LED_SHARE = 0.10
LED_FIELDS = {"2": 0.50, "5": 0.16, "6": 0.17, "7": 0.17}  # equipment, electric vehicles, energy, environment


@dataclass(frozen=True)
class ListedPatents:
    """State of all applications of listed firms.

    table: firm, year, patent_type, symbol (position in `symbols`, -1 for designs), date, granted, grant_date, cited,
    n_partners. pairs: row (of table), partner (position in `directory`), in the order of the co-applicants.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    symbols: pd.DataFrame
    directory: pd.DataFrame


def build(world: World, firms: pd.DataFrame, accounts: pd.DataFrame, subsidiaries: pd.DataFrame,
          process: Process, counts: Counts, similar: np.ndarray) -> ListedPatents:  # fmt: skip
    """Turn counts per firm and year into applications; every symbol lies in exactly the lists that the count says."""
    symbols = ipc.symbols(world)
    rng = world.rng("listed patents", "rows")
    table = _rows(rng, accounts, process, counts)
    industry = accounts["csrc2"].to_numpy()[process.rows][table["process_row"].to_numpy()]
    table["symbol"] = _symbols(world, symbols, table, industry, similar[firms["city"].to_numpy()])
    exposed = process.policy[table["process_row"].to_numpy()] > 0
    table["symbol"] = _led_by_pilots(world, symbols, table, exposed)
    _check_lists(symbols, table)
    table = _dated(world, table)
    directory = _directory(world, subsidiaries)
    pairs = _pairs(world, table, directory, subsidiaries, len(firms))
    table["n_partners"] = np.bincount(pairs["row"], minlength=len(table))
    return ListedPatents(table.drop(columns="process_row"), pairs, symbols, directory)


def _rows(rng: np.random.Generator, accounts: pd.DataFrame, process: Process, counts: Counts) -> pd.DataFrame:
    """One row per application: firm, year, group of its symbol (ipc.GROUPS, or design), patent_type."""
    both = counts.pur - (counts.key - counts.lead)
    level = np.log1p(counts.lead)
    other = calibrate.randomised_count(
        0.12 + 0.32 * level + rng.normal(0, 0.35, len(level)), rng.random(len(level))
    )
    models = calibrate.randomised_count(
        0.02 + 0.20 * level + rng.normal(0, 0.35, len(level)), rng.random(len(level))
    )
    designs = rng.poisson(0.12, len(level))
    parts = [
        ("sei", "发明", counts.sei - both), ("pur_sei", "发明", both), ("future", "发明", counts.lead - counts.sei),
        ("pur", "发明", counts.key - counts.lead), ("none", "发明", other), ("model", "实用新型", models),
        ("design", "外观设计", designs),
    ]  # fmt: skip
    index = np.concatenate([np.repeat(np.arange(len(level)), number) for _, _, number in parts])
    groups = np.repeat([group for group, _, _ in parts], [number.sum() for _, _, number in parts])
    types = np.repeat([kind for _, kind, _ in parts], [number.sum() for _, _, number in parts])
    rows = process.rows[index]
    return pd.DataFrame({
        "firm": accounts["firm"].to_numpy()[rows], "year": accounts["year"].to_numpy()[rows],
        "group": groups, "patent_type": types, "process_row": index,
    })  # fmt: skip


def _symbols(
    world: World, symbols: pd.DataFrame, table: pd.DataFrame, industry: np.ndarray, similar: np.ndarray
) -> np.ndarray:
    """A symbol of the row's group near the firm's home in the order of symbols, so that firms specialise by class.

    `similar` (by firm) says how much the firms of its city work on the same things.
    """
    rng = world.rng("listed patents", "symbols")
    home_of = dict(zip(INDUSTRIES, rng.permutation(len(INDUSTRIES)) / len(INDUSTRIES), strict=True))
    base = pd.Series(industry).map(home_of).fillna(0.5).to_numpy()
    firm = table["firm"].to_numpy()
    pull = 0.6 / (1 + np.exp(-2 * similar[firm]))
    home = (1 - pull) * base + pull * 0.5 + rng.normal(0, 0.10, len(similar))[firm]
    place = home + rng.laplace(0, 0.03, len(table))
    stray = rng.random(len(table)) < 0.12
    place = np.where(stray, rng.random(len(table)), place) % 1.0
    out = np.full(len(table), -1)
    kinds = {group: symbols["group"].to_numpy() == group for group in ipc.GROUPS}
    kinds["model"] = np.ones(len(symbols), bool)
    for group, mask in kinds.items():
        pool, mine = np.flatnonzero(mask), (table["group"] == group).to_numpy()
        out[mine] = pool[(place[mine] * len(pool)).astype(int)]
    return out


def _led_by_pilots(
    world: World, symbols: pd.DataFrame, table: pd.DataFrame, exposed: np.ndarray
) -> np.ndarray:
    """Symbols (n,) where some sei applications of exposed firms go to the fields that pilots lead (claims X1, X1b).

    The new symbol lies where the old one does in the order of its own group, so that firms stay near their home.
    """
    rng = world.rng("listed patents", "fields led by pilots")
    out = table["symbol"].to_numpy().copy()
    group = (symbols["group"] == "sei").to_numpy()
    led = exposed & (table["group"] == "sei").to_numpy() & (rng.random(len(table)) < LED_SHARE)
    field = rng.choice(list(LED_FIELDS), len(table), p=list(LED_FIELDS.values()))
    place = np.cumsum(group)[out] / group.sum()
    for code in LED_FIELDS:
        inside = np.array([any(s.split(".")[0] == code for s in fields) for fields in symbols["subfields"]])
        pool, mine = np.flatnonzero(group & inside), led & (field == code)
        out[mine] = pool[np.minimum((place[mine] * len(pool)).astype(int), len(pool) - 1)]
    return out


def _check_lists(symbols: pd.DataFrame, table: pd.DataFrame) -> None:
    """Raise if a symbol drawn for a group has other lists than the group says."""
    claims = {"sei": (0, 1), "pur_sei": (1, 1), "future": (0, 0), "pur": (1, 0), "none": (0, 0)}
    for group, (pur, sei) in claims.items():
        used = symbols.iloc[np.unique(table.loc[table["group"] == group, "symbol"])]
        future = (
            used["is_future"].all() if group == "future" else not (used["is_future"] & ~used["is_sei"]).any()
        )
        if not ((used["is_pur"] == bool(pur)).all() and (used["is_sei"] == bool(sei)).all() and future):
            raise AssertionError(f"a symbol of group {group} lies in other lists")


def _dated(world: World, table: pd.DataFrame) -> pd.DataFrame:
    """Application dates, grants seen up to LAST_GRANT, citations by age."""
    rng = world.rng("listed patents", "dates")
    n = len(table)
    start = (table["year"].to_numpy() - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    table["date"] = start + rng.integers(0, 365, n).astype("timedelta64[D]")
    invention = (table["patent_type"] == "发明").to_numpy()
    lag = np.where(invention, 365 + rng.gamma(2.2, 330, n), 150 + rng.gamma(2, 45, n)).astype(int)
    date = table["date"].to_numpy().astype("datetime64[D]") + np.minimum(lag, 6 * 365).astype(
        "timedelta64[D]"
    )
    granted = (rng.random(n) < np.where(invention, 0.58, 0.99)) & (date <= LAST_GRANT)
    table["grant_date"] = np.where(granted, date, np.datetime64("NaT"))
    age = np.maximum(CITED_TO - table["year"].to_numpy(), 0)
    table["cited"] = np.where(
        invention, rng.poisson(rng.gamma(0.7, 0.35 * (1 + age) ** 0.7 / 0.7)), rng.poisson(0.1, n)
    )
    return table


def _directory(world: World, subsidiaries: pd.DataFrame) -> pd.DataFrame:
    """Outside partners followed by all subsidiaries (row order of `subsidiaries`)."""
    outside = partners.directory(world)
    own = pd.DataFrame(
        {"name": subsidiaries["subsidiary_name"], "region": "domestic", "kind": "subsidiary", "weight": 0.0}
    )
    own["research"] = own["name"].map(partners.is_research)
    return pd.concat([outside, own], ignore_index=True)


def _pairs(
    world: World, table: pd.DataFrame, directory: pd.DataFrame, subsidiaries: pd.DataFrame, n_firms: int
) -> pd.DataFrame:
    """Co-applicants: firms keep to their circle of partners; the same owner never stands twice in one application."""
    rng = world.rng("listed patents", "partners")
    n = len(table)
    firm = table["firm"].to_numpy()
    taste = np.clip(rng.beta(1.2, 1.2 * (1 - JOINT_SHARE) / JOINT_SHARE, n_firms), 0, 0.8)
    joint = rng.random(n) < taste[firm]
    number = np.where(joint, 1 + (rng.random(n) < 0.18) + (rng.random(n) < 0.04), 0)
    row = np.repeat(np.arange(n), number)
    kinds, shares = list(partners.SHARES), list(partners.SHARES.values())
    kind = rng.choice([*kinds, "subsidiary"], len(row), p=[*shares, 1 - sum(shares)])
    partner = _own_subsidiary(rng, subsidiaries, firm[row], table["year"].to_numpy()[row], n_firms)
    partner = np.where(partner >= 0, partner + len(directory) - len(subsidiaries), -1)
    kind = np.where((kind == "subsidiary") & (partner < 0), "firm", kind)
    circle = rng.random(n_firms)
    for name in kinds:
        mine = np.flatnonzero(kind == name)
        pool = np.flatnonzero(directory["kind"] == name)
        reach = (circle[firm[row[mine]]] + rng.exponential(0.04, len(mine))) % 1.0
        cumulative = np.cumsum(directory["weight"].to_numpy()[pool])
        partner[mine] = pool[np.minimum(np.searchsorted(cumulative, reach * cumulative[-1]), len(pool) - 1)]
    return pd.DataFrame({"row": row, "partner": partner}).drop_duplicates(ignore_index=True)


def _own_subsidiary(rng, subsidiaries, firm, year, n_firms) -> np.ndarray:
    """Position in `subsidiaries` of one that exists in the year, or -1."""
    owner = subsidiaries["owner"].to_numpy()
    first, size = np.searchsorted(owner, np.arange(n_firms)), np.bincount(owner, minlength=n_firms)
    pick = first[firm] + (rng.random(len(firm)) * size[firm]).astype(int)
    pick = np.minimum(pick, len(subsidiaries) - 1)
    exists = (size[firm] > 0) & (subsidiaries["first_year"].to_numpy()[pick] <= year)
    return np.where(exists, pick, -1)


def batch(
    world: World, state: ListedPatents, firms: pd.DataFrame, names: pd.DataFrame, accounts: pd.DataFrame
) -> pd.DataFrame:
    """The applications as the patent writer wants them; applicants under the name of the day, or an older one."""
    rng = world.rng("listed patents", "texts")
    table = state.table
    filer, former = _names_of_day(rng, table, firms, names)
    partner = state.directory["name"].to_numpy(object)[state.pairs["partner"].to_numpy()]
    cuts = np.searchsorted(state.pairs["row"].to_numpy(), np.arange(len(table) + 1))
    second = rng.random(len(table)) < 0.10
    applicants = [
        [*partner[a:b], own] if swap and b > a else [own, *partner[a:b]]
        for own, a, b, swap in zip(filer, cuts[:-1], cuts[1:], second, strict=True)
    ]
    symbols = state.symbols["ipc"].to_numpy(object)
    return pd.DataFrame({
        "applicants": applicants, "ipc": _all_symbols(rng, table, symbols),
        "patent_type": np.where((table["patent_type"] == "发明") & (rng.random(len(table)) < 0.5), "发明专利", table["patent_type"]),
        "application_date": table["date"], "grant_date": table["grant_date"],
        "address": addresses(world, rng, accounts["city"].to_numpy()[table["firm"].to_numpy() * 25 + table["year"].to_numpy() - 1998]),
        "cited_times": table["cited"], "batch": "listed", "defect": np.where(former, "former name years after the change", ""),
    })  # fmt: skip


def _names_of_day(rng, table, firms, names) -> tuple[np.ndarray, np.ndarray]:
    """Name valid on the day of application (n,), and whether an older one was used instead."""
    ranked = names.sort_values(["stkcd", "valid_from"], kind="stable", ignore_index=True)
    owner = firms.set_index("stkcd").index.get_indexer(ranked["stkcd"])
    first, size = np.searchsorted(owner, np.arange(len(firms))), np.bincount(owner, minlength=len(firms))
    firm, date = table["firm"].to_numpy(), table["date"].to_numpy()
    offset = np.zeros(len(table), int)
    since = ranked["valid_from"].to_numpy().astype(date.dtype)
    for k in range(1, size.max()):
        has = size[firm] > k
        at = np.minimum(first[firm] + k, len(ranked) - 1)
        offset += has & (date >= since[at])
    late = (offset > 0) & (rng.random(len(table)) < RATES["applicant_former_name"])
    return ranked["name"].to_numpy(object)[first[firm] + offset - late], late


def _all_symbols(rng, table: pd.DataFrame, symbols: np.ndarray) -> list[list[str]]:
    """Main symbol first, then none to three further ones from its neighbourhood; designs have none."""
    main = table["symbol"].to_numpy()
    more = rng.choice(4, len(main), p=[0.35, 0.35, 0.2, 0.1])
    near = (main[:, None] + rng.integers(1, 40, (len(main), 3))) % len(symbols)
    texts, beside = symbols[main], symbols[near]
    return [
        [] if m < 0 else [t, *dict.fromkeys(b[:k])]
        for m, t, b, k in zip(main, texts, beside, more, strict=True)
    ]


def addresses(world: World, rng: np.random.Generator, city: np.ndarray) -> np.ndarray:
    """Plausible street addresses in the given cities (positions in world.cities)."""
    streets = np.array(
        ["人民路", "科技路", "建设大道", "解放路", "创业路", "工业园一路", "中山路", "高新大道"], dtype=object
    )
    place = (world.cities["province_name"] + world.cities["city_name"]).to_numpy(object)
    number = np.array([f"{i}号" for i in range(1, 400)], dtype=object)
    return (
        place[city]
        + streets[rng.integers(0, len(streets), len(city))]
        + number[rng.integers(0, 399, len(city))]
    )
