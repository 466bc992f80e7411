"""The true panel of university_exchange, from the state of the universities."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import universities_design
from keytech.simulate.universities_design import COMPONENTS, CONTROLS, PRE_WINDOW, YEARS
from keytech.simulate.world import World


def university_exchange(
    design: universities_design.Design, counts: pd.DataFrame, world: World
) -> pd.DataFrame:
    """One row per university, STEM field and year with the columns of pnl_university_exchange."""
    panel = counts.merge(_university_years(design), on=["university_id", "year"], validate="many_to_one")
    fields = design.fields[["field_code", "discipline", "exposed"]]
    panel = panel.merge(fields, on="field_code", validate="many_to_one")
    panel["exposed"] = (panel["exposed"] == "true").astype(int)
    panel["post"] = (panel["year"] >= 2018).astype(int)
    strong = world.seed_table("seed_university_discipline")[["university_id", "discipline"]].assign(
        advantaged=1
    )
    panel = panel.merge(strong, how="left", on=["university_id", "discipline"], validate="many_to_one")
    panel["advantaged"] = panel["advantaged"].fillna(0).astype(int)
    panel = panel.sort_values(["university_id", "field_code", "year"], ignore_index=True)
    panel["cell_id"] = panel["university_id"] + "-" + panel["field_code"]
    panel["exchange_cohort"] = pd.Series(2018, index=panel.index, dtype="Int64").where(
        panel["high_exchange"] == 1
    )
    panel["joint_paper_foreign"] = design.papers.ravel()
    panel["overseas_app"] = design.overseas.ravel()
    panel["joint_share"] = (panel["joint_inv"] / panel["own_inv"]).where(panel["own_inv"] > 0)
    logs = ("joint_inv", "joint_grant", "joint_all", "joint_inv_key", "joint_inv_nonkey", "joint_paper_foreign",
            "overseas_app", "overseas_talent", "overseas_talent_us", "overseas_talent_other")  # fmt: skip
    return panel.assign(**{f"ln_{name}": np.log1p(panel[name]) for name in logs})


def _university_years(design: universities_design.Design) -> pd.DataFrame:
    """Exchange, talent and controls by university and year; what is fixed before 2018 by university."""
    frame = design.yearbook
    kept = frame[["university_id", "university", "province_code", "year", *CONTROLS]].copy()
    for name in COMPONENTS:
        kept[f"exch_{name}"] = frame[name]
    sums = {
        "exchange": COMPONENTS,
        "exchange_coop": [c for c in COMPONENTS if c.startswith("coop")],
        "exchange_conf": [c for c in COMPONENTS if c.startswith("conf")],
    }
    for name, parts in sums.items():
        kept[name] = np.log1p(frame[list(parts)].sum(axis=1))
    kept["overseas_talent_us"], kept["overseas_talent_other"] = (
        design.talent_us.ravel(),
        design.talent_other.ravel(),
    )
    kept["overseas_talent"] = kept["overseas_talent_us"] + kept["overseas_talent_other"]
    before = {
        "exchange_pre": kept["exchange"],
        "exchange_coop_pre": kept["exchange_coop"],
        "exchange_conf_pre": kept["exchange_conf"],
        "talent_us_pre": np.log1p(kept["overseas_talent_us"]),
        "talent_other_pre": np.log1p(kept["overseas_talent_other"]),
    }
    for name, values in before.items():
        mean = values.to_numpy().reshape(-1, len(YEARS))[:, PRE_WINDOW].mean(axis=1)
        kept[f"{name}_std"] = np.repeat((mean - mean.mean()) / mean.std(ddof=1), len(YEARS))
        if name == "exchange_pre":
            kept[name] = np.repeat(mean, len(YEARS))
    return kept.assign(high_exchange=np.repeat(design.high, len(YEARS)))
