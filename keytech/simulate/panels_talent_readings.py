"""The true panel of talent_keytech in every reading of its numbered ambiguities (methods 1.2-1.9, A-000-1 to A-000-9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from keytech.simulate import ipc, listed_samples
from keytech.simulate.panels_talent import grid, inventions, relatedness
from keytech.simulate.world import World

if TYPE_CHECKING:
    from keytech.simulate.listed import Listed

FIRST, LAST = 1995, 2023
LISTS = {"key": "keypat", "pur": "purpat", "lead": "leadpat"}
PLAIN = (
    "stkcd", "year", "csrc2", "province_code", "region7", "lntalent", "lnbartik_cumulative", "lnbartik_leave_one_out",
    "lnage", "lnsize", "lnkl", "top1", "ind_share", "dum_dual", "lnave_wage", "growth",
)  # fmt: skip
DUMMIES = ("dum_", "hightech_")


def panel(world: World, state: Listed, plain: pd.DataFrame) -> pd.DataFrame:
    """One row per row of `plain`, the panel in the default readings; columns as the warehouse's pnl_talent_keytech_readings."""
    accounts = state.accounts.iloc[state.talent_records].reset_index(drop=True)
    firm, year = accounts["firm"].to_numpy(), accounts["year"].to_numpy() + 1
    found = pd.DataFrame({"stkcd": state.firms["stkcd"].to_numpy()[firm], "year": year})
    debt = accounts["total_liabilities"] / accounts["total_assets"]
    found["asset_debt_liabilities_to_assets"], found["asset_debt_assets_to_liabilities"] = debt, 1 / debt
    parts = [
        found,
        _outcomes(world, state, firm, year),
        _networks(state, firm, year),
        _relatedness(state, firm, year),
        _hightech(world, accounts),
    ]
    found = pd.concat(parts, axis=1)
    for name in found.columns[2:]:
        if not name.startswith(DUMMIES):
            found[name] = np.clip(found[name], *listed_samples.winsor_bounds(found[name].to_numpy()))
    kept = plain[[*PLAIN]].assign(lnbartik_as_printed=plain["lnbartik"])
    return kept.merge(found, on=["stkcd", "year"], validate="one_to_one")


def flags(world: World, state: Listed) -> dict[str, pd.DataFrame]:
    """Reading of A-000-1 -> inventions with is_key, is_pur, is_lead; `subclass` counts the first four characters of a list entry."""
    plain = inventions(state)
    named: dict[str, set[str]] = {"blockade": set(), "lead": set()}
    for list_id, _, pattern, _ in ipc.rules(world):
        if len(pattern.rstrip("*")) >= 4:
            named["blockade" if list_id == "blockade" else "lead"].add(pattern[:4])
    broad = plain.assign(
        is_pur=plain["ipc4"].isin(named["blockade"]), is_lead=plain["ipc4"].isin(named["lead"])
    )
    return {"longest_prefix": plain, "subclass": broad.assign(is_key=broad["is_pur"] | broad["is_lead"])}


def _outcomes(world: World, state: Listed, firm: np.ndarray, year: np.ndarray) -> pd.DataFrame:
    """Logs of counts and the onset of advantage: without a condition, and missing where the window is not listed throughout."""
    listed, gone = (state.firms[c].dt.year.to_numpy()[firm] for c in ("listing_date", "delisting_date"))
    inside = (year - 3 >= listed) & ((year + 3 <= gone) | np.isnan(gone))
    out = {}
    for level, patents in flags(world, state).items():
        owner, when = patents["firm"].to_numpy(), patents["year"].to_numpy()
        counts = {
            name: grid(owner, when, patents[f"is_{name}"].to_numpy(), len(state.firms), FIRST, LAST)
            for name in LISTS
        }
        for name, count in LISTS.items():
            out[f"ln{count}_{level}"] = np.log1p(counts[name][firm, year - FIRST])
        every = grid(owner, when, np.ones(len(patents)), len(state.firms), FIRST, LAST)
        sample = np.unique(firm)
        ahead = counts["key"] * every[sample].sum(axis=0) >= counts["key"][sample].sum(axis=0) * every
        rta = (ahead & (counts["key"] > 0)).astype(int)
        before, after = (sum(rta[firm, year - FIRST + sign * k] for k in (1, 2, 3)) for sign in (-1, 1))
        onset = ((before == 0) & (after == 3)).astype(float)
        out[f"dum_keyadv_{level}_zero"] = onset
        out[f"dum_keyadv_{level}_null"] = np.where(inside, onset, np.nan)
    return pd.DataFrame(out)


def _networks(state: Listed, firm: np.ndarray, year: np.ndarray) -> pd.DataFrame:
    """Three units, Hong Kong, Macao and Taiwan at home or abroad, the year before or the same year."""
    pairs, table = state.patents.pairs, state.patents.table
    row = pairs["row"].to_numpy()
    partner = state.patents.directory.iloc[pairs["partner"].to_numpy()]
    links = pd.DataFrame({
        "firm": table["firm"].to_numpy()[row], "year": table["year"].to_numpy()[row], "row": row,
        "name": partner["name"].to_numpy(), "region": partner["region"].to_numpy(), "research": partner["research"].to_numpy(bool),
    })[(table["patent_type"] == "发明").to_numpy()[row]]  # fmt: skip
    units = {"pairs": ["row", "name"], "applications": ["row"], "partners": ["name"]}
    out = {}
    for hmt, abroad in (("domestic", ["foreign"]), ("foreign", ["foreign", "hmt"])):
        home = ~links["region"].isin(abroad)
        kinds = {"dnetwork": home, "dschool": home & links["research"], "dfirm": home & ~links["research"]}
        strange = _counted(links[~home], ["row"], len(state.firms)) > 0
        ever = np.maximum.accumulate(strange, axis=1)
        for lag in (1, 0):
            at = year - lag - FIRST
            for unit, key in units.items():
                for name, mask in kinds.items():
                    counted = _counted(links[mask], key, len(state.firms))
                    out[f"ln{name}_obs_{unit}_{hmt}_lag{lag}"] = np.log1p(counted[firm, at])
            out[f"dum_fnetwork_year_{hmt}_lag{lag}"] = strange[firm, at].astype(int)
            out[f"dum_fnetwork_ever_{hmt}_lag{lag}"] = ever[firm, at].astype(int)
    return pd.DataFrame(out)


def _counted(links: pd.DataFrame, key: list[str], n_firms: int) -> np.ndarray:
    """(firms, years FIRST-LAST): different values of `key` among the links."""
    once = links.drop_duplicates(["firm", "year", *key])
    return grid(once["firm"].to_numpy(), once["year"].to_numpy(), np.ones(len(once)), n_firms, FIRST, LAST)


def _relatedness(state: Listed, firm: np.ndarray, year: np.ndarray) -> pd.DataFrame:
    patents = inventions(state)
    out = {}
    for lag in (1, 0):
        when = year - lag
        out[f"frelate_pooled_lag{lag}"] = relatedness(patents, firm, when)
        yearly = np.zeros(len(firm))
        for one in np.unique(when):
            yearly[when == one] = relatedness(patents, firm[when == one], when[when == one])
        out[f"frelate_by_year_lag{lag}"] = yearly
    return pd.DataFrame(out)


def _hightech(world: World, accounts: pd.DataFrame) -> pd.DataFrame:
    """By class of 2012, and by the code of 2001 where the record has one."""
    broad = accounts["csrc2"].isin(world.seed_table("seed_hightech")["csrc2"])
    fine = set(world.seed_table("seed_hightech_2001")["csrc_2001"])
    code = accounts["csrc_code"].astype(str)
    early = code.str[:5].isin(fine) | code.str[:3].isin(fine)
    finest = early.where(accounts["year"] < 2012, broad)
    return pd.DataFrame({"hightech_csrc2": broad.astype(int), "hightech_finest_code": finest.astype(int)})
