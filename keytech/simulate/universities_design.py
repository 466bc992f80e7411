"""What is planted in university_exchange: a difference in differences and a triple difference on joint innovation.

The study is known by its abstract only; design and sizes are proposals (methods.md 2.2), signs those of claims.csv.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate.world import World

YEARS = np.arange(2011, 2023)
POST = (YEARS >= 2018).astype(float)
PRE_WINDOW = (YEARS >= 2013) & (YEARS <= 2017)
PATH = {2018: 0.6, 2019: 0.9, 2020: 1.1, 2021: 1.2, 2022: 1.2}
DID, DDD, ADVANTAGED = 0.12, 0.10, 0.06
TALENT, PAPERS, OVERSEAS = 0.15, 0.10, 0.08
US_SHARE, US_EFFECT = -0.3, 0.15
KEY_SHARE, KEY_EFFECT = 0.45, 0.05
CONTROLS = {
    "ln_rd_staff": 0.03, "ln_rd_spending": 0.04, "ln_funds_government": 0.02, "ln_funds_enterprise": 0.03,
    "senior_share": 0.2, "ln_gdp_pc": 0.05, "rd_intensity": 1.0,
}  # fmt: skip
COMPONENTS = ("coop_sent", "coop_received", "conf_attend", "conf_paper", "conf_invited", "conf_hosted")
LEVELS = {
    "coop_sent": 4.9,
    "coop_received": 4.7,
    "conf_attend": 5.0,
    "conf_paper": 4.6,
    "conf_invited": 3.0,
    "conf_hosted": 1.6,
}


@dataclass(frozen=True)
class Design:
    """State of the universities; arrays are university x field x year (56, F, 12) or university x year (56, 12).

    universities, fields: the seeds (fields: STEM only). yearbook: one row per university and year. joint, papers,
    overseas: counts. talent_us, talent_other: persons. key_share: probability that a joint application is key.
    effects: structural effect in the high group at full size (b0, exposed, advantaged).
    """

    universities: pd.DataFrame
    fields: pd.DataFrame
    yearbook: pd.DataFrame
    high: np.ndarray
    joint: np.ndarray
    papers: np.ndarray
    overseas: np.ndarray
    talent_us: np.ndarray
    talent_other: np.ndarray
    key_share: np.ndarray
    effects: dict[str, float]
    below_zero: float


def build(world: World) -> Design:
    """y = a_uf + l_ft + g X_ut + path_t high_u (b0 + d exposed_f + h advantaged_uf) + e_ut + e_uft, y = ln(1 + count).

    The path averages to one over 2018-2022, b0 and d are set so that the two-way estimand is DID and the triple one DDD
    exactly: in a balanced panel they are the mean effect in the high group, and the difference of its means between
    exposed and other fields. Errors of university-years make inference by university right. Noise is uniform, so
    that the index stays above zero but for `below_zero` of the cells. Counts by randomised rounding. The names of the
    random streams were chosen so that the default seed is an ordinary draw; other seeds are not looked at.
    """
    universities = world.seed_table("seed_moe_universities")
    fields = world.seed_table("seed_field_discipline").query("is_stem == 'true'").reset_index(drop=True)
    rng = world.rng("universities", "state")
    size = rng.uniform(-1.6, 1.6, len(universities))
    ties = 0.6 * size + rng.normal(0, 0.4, len(universities))
    yearbook = _yearbook(world, rng, universities, size, ties)
    high = _high(yearbook)
    dose = high[:, None] * np.array([PATH.get(year, 0.0) for year in YEARS])
    effects, effect = _effects(universities, fields, world.seed_table("seed_university_discipline"), high)
    index = _base(world.rng("universities", "joint innovation"), size, len(fields)) + _controls(
        yearbook, len(universities)
    )
    index += effect[:, :, None] * dose[:, None, :]
    talent = _talent_index(rng, ties) + TALENT * dose
    us = 1 / (1 + np.exp(-(US_SHARE + 0.5 * ties[:, None] + US_EFFECT * dose)))
    talent = randomised_rounding(rng, talent)
    talent_us = rng.binomial(talent, us)
    papers = _base(world.rng("universities", "papers"), size, len(fields)) + 0.6 + PAPERS * dose[:, None, :]
    overseas = _base(world.rng("universities", "overseas"), size, len(fields)) + OVERSEAS * dose[:, None, :]
    return Design(
        universities,
        fields,
        yearbook,
        high,
        randomised_rounding(world.rng("universities", "joint counts"), index),
        randomised_rounding(rng, papers),
        randomised_rounding(rng, overseas),
        talent_us,
        talent - talent_us,
        KEY_SHARE + KEY_EFFECT * dose,
        effects,
        float((index < 0).mean()),
    )


def randomised_rounding(rng: np.random.Generator, index: np.ndarray) -> np.ndarray:
    """Counts k with E[ln(1 + k)] = index exactly (index below zero: 0): k or k + 1 around exp(index) - 1."""
    level = np.maximum(index, 0)
    low = np.floor(np.expm1(level) + 1e-12)
    p = (level - np.log1p(low)) / (np.log1p(low + 1) - np.log1p(low))
    return (low + (rng.random(index.shape) < p)).astype(int)


def _high(yearbook: pd.DataFrame) -> np.ndarray:
    """1 where the mean of ln(1 + exchange) over 2013-2017 is above the median of the universities."""
    total = yearbook[list(COMPONENTS)].sum(axis=1)
    before = np.log1p(total.to_numpy().reshape(-1, len(YEARS))[:, PRE_WINDOW]).mean(axis=1)
    return (before > np.median(before)).astype(int)


def _effects(universities, fields, advantaged, high) -> tuple[dict[str, float], np.ndarray]:
    """Structural sizes that give the estimands DID and DDD, and the effect by university and field at full path."""
    exposed = (fields["exposed"] == "true").to_numpy(float)
    pairs = set(zip(advantaged["university_id"], advantaged["discipline"], strict=True))
    strong = np.array(
        [[(u, d) in pairs for d in fields["discipline"]] for u in universities["university_id"]], float
    )
    mine = strong[high == 1]
    gap = mine[:, exposed == 1].mean() - mine[:, exposed == 0].mean()
    d = DDD - ADVANTAGED * gap
    b0 = DID - d * exposed.mean() - ADVANTAGED * mine.mean()
    effects = {"base": b0, "exposed": d, "advantaged": ADVANTAGED}
    return effects, b0 + d * exposed[None, :] + ADVANTAGED * strong


def _base(rng: np.random.Generator, size: np.ndarray, n_fields: int) -> np.ndarray:
    """Effects of university-field and field-year and the errors; shape (universities, fields, years)."""
    u, t = len(size), len(YEARS)
    unit = 0.20 * size + rng.uniform(-0.12, 0.12, u)
    pair = rng.uniform(-0.15, 0.15, (u, n_fields)) + rng.uniform(-0.25, 0.25, n_fields)
    trend = 0.02 * (YEARS - 2011) + rng.uniform(-0.04, 0.04, (n_fields, t))
    errors = rng.uniform(-0.08, 0.08, (u, 1, t)) + rng.uniform(-0.2, 0.2, (u, n_fields, t))
    return 0.95 + unit[:, None, None] + pair[:, :, None] + trend[None] + errors


def _talent_index(rng: np.random.Generator, ties: np.ndarray) -> np.ndarray:
    noise = rng.normal(0, 0.1, (len(ties), len(YEARS)))
    return 2.6 + 0.4 * ties[:, None] + rng.normal(0, 0.2, len(ties))[:, None] + 0.03 * (YEARS - 2011) + noise


def _yearbook(world: World, rng, universities, size, ties) -> pd.DataFrame:
    """One row per university and year: exchange, staff and funds as the ministry's compilation prints them, in whole numbers."""
    u, t = len(universities), len(YEARS)
    trend = np.broadcast_to(YEARS - 2011.0, (u, t))
    pandemic = np.where(YEARS >= 2020, -1.1, 0.0)
    meetings = 0.35 * ties + 0.3 * rng.normal(0, 1, u)
    columns = {}
    for name, level in LEVELS.items():
        pull = ties if name.startswith("coop") else meetings
        log = level + pull[:, None] + 0.04 * trend + pandemic + rng.normal(0, 0.15, (u, t))
        columns[name] = np.rint(np.exp(log))
    wealth = size[:, None] * 0.5 + rng.normal(0, 0.15, (u, 1)) + rng.normal(0, 0.06, (u, t))
    staff = np.rint(np.exp(7.4 + wealth + 0.03 * trend))
    spending = np.rint(np.exp(13.6 + 1.1 * wealth + 0.09 * trend + rng.normal(0, 0.06, (u, t))))
    columns |= {
        "rd_staff": staff,
        "senior_staff": np.rint(
            staff * np.clip(0.48 + rng.normal(0, 0.05, (u, 1)) + rng.normal(0, 0.02, (u, t)), 0.2, 0.8)
        ),
        "rd_spending": spending,
        "funds_government": np.rint(spending * np.exp(-0.45 + rng.normal(0, 0.1, (u, t)))),
        "funds_enterprise": np.rint(spending * np.exp(-1.2 + rng.normal(0, 0.15, (u, t)))),
    }
    frame = universities[["university_id", "university", "province_code"]].merge(
        pd.DataFrame({"year": YEARS}), how="cross"
    )
    frame = frame.assign(**{name: values.ravel() for name, values in columns.items()})
    province = world.province_years[["province_code", "year", "population_10k", "gdp_100m", "rd_100m"]]
    frame = frame.merge(province, on=["province_code", "year"], how="left", validate="many_to_one")
    return with_controls(frame)


def with_controls(frame: pd.DataFrame) -> pd.DataFrame:
    """Adds the seven controls: logs of staff and money (ln(1 + x)), senior share, product per head (yuan), R&D share."""
    logs = {
        f"ln_{c}": np.log1p(frame[c])
        for c in ("rd_staff", "rd_spending", "funds_government", "funds_enterprise")
    }
    return frame.assign(
        **logs,
        senior_share=frame["senior_staff"] / frame["rd_staff"],
        ln_gdp_pc=np.log(frame["gdp_100m"] * 1e4 / frame["population_10k"]),
        rd_intensity=frame["rd_100m"] / frame["gdp_100m"],
    )


def _controls(yearbook: pd.DataFrame, n: int) -> np.ndarray:
    """The part of the index that the controls explain, with mean zero; shape (universities, 1, years)."""
    x = yearbook[list(CONTROLS)].to_numpy(float)
    part = (x - x.mean(axis=0)) @ np.array(list(CONTROLS.values()))
    return part.reshape(n, 1, len(YEARS))
