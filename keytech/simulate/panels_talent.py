"""The true panel of talent_keytech: what a perfect pipeline would build, from the world's state alone (methods 1.5-1.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from keytech.simulate import listed_samples
from keytech.simulate.experts import DELIVERED_TO, SECTIONS, TYPES, YEARS, Experts
from keytech.simulate.world import World

if TYPE_CHECKING:
    from keytech.simulate.listed import Listed

WINSORISED = (
    "lnkeypat", "lnpurpat", "lnleadpat", "lnage", "lnsize", "lnkl", "top1", "ind_share", "lnave_wage", "growth",
    "asset_debt", "lnemployee", "mgmt_share", "growth_alt", "lndnetwork_obs", "lndschool_obs", "lndfirm_obs", "frelate",
    "lntalent_firm",
)  # fmt: skip
SECTIONS_COMPLETE_AFTER = 2003


def panel(world: World, state: Listed) -> pd.DataFrame:
    """One row per firm and outcome year 2002-2016; regressors are those of the record of the year before."""
    records = state.talent_records
    accounts = state.accounts.iloc[records].reset_index(drop=True)
    firm, year = accounts["firm"].to_numpy(), accounts["year"].to_numpy() + 1
    frame = pd.DataFrame({
        "stkcd": state.firms["stkcd"].to_numpy()[firm], "year": year, "csrc2": accounts["csrc2"],
        "province_code": accounts["province_code"], "region7": listed_samples.region_of(world, state.accounts, records),
    })  # fmt: skip
    industry = world.seed_table("seed_csrc_2012").set_index("csrc2")["is_core_industry"]
    frame["core_industry"] = (accounts["csrc2"].map(industry) == "true").astype(int).to_numpy()
    frame["hightech"] = (
        accounts["csrc2"].isin(world.seed_table("seed_hightech")["csrc2"]).astype(int).to_numpy()
    )
    variables = state.variables.iloc[records].reset_index(drop=True)
    frame = pd.concat([frame, variables], axis=1).astype({"dum_dual": int})
    frame = pd.concat([frame, _talent(world, state.experts, accounts)], axis=1)
    for name, values in _outcomes(state, firm, year).items():
        frame[name] = values
    for name, values in _networks(state, firm, year - 1).items():
        frame[name] = values
    frame["frelate"] = relatedness(inventions(state), firm, year - 1)
    for name in WINSORISED:
        frame[name] = np.clip(frame[name], *listed_samples.winsor_bounds(frame[name].to_numpy()))
    return frame.sort_values(["stkcd", "year"], ignore_index=True)


def inventions(state: Listed) -> pd.DataFrame:
    """Listed firms' invention applications with their true flags: firm, year, is_key, is_pur, is_lead, is_sei, ipc3, ipc4."""
    table = state.patents.table
    table = table[table["patent_type"] == "发明"]
    symbols = state.patents.symbols.iloc[table["symbol"].to_numpy()].reset_index(drop=True)
    out = (
        table[["firm", "year", "n_partners", "grant_date", "cited", "symbol"]]
        .assign(row=table.index)
        .reset_index(drop=True)
    )
    out["is_pur"], out["is_sei"] = symbols["is_pur"].to_numpy(), symbols["is_sei"].to_numpy()
    out["is_lead"] = (symbols["is_sei"] | symbols["is_future"]).to_numpy()
    out["is_key"] = out["is_pur"] | out["is_lead"]
    return out.assign(ipc3=symbols["ipc3"].to_numpy(), ipc4=symbols["ipc4"].to_numpy())


def grid(firm, year, weight, n_firms: int, first: int, last: int) -> np.ndarray:
    """Sums of `weight` in a (firms, years first..last) array."""
    inside = (year >= first) & (year <= last)
    flat = firm[inside] * (last - first + 1) + year[inside] - first
    size = n_firms * (last - first + 1)
    return np.bincount(flat, weight[inside].astype(float), size).reshape(n_firms, -1)


def _talent(world: World, experts: Experts, accounts: pd.DataFrame) -> pd.DataFrame:
    province = accounts["province_code"].map({code: i for i, code in enumerate(experts.provinces)}).to_numpy()
    column = accounts["year"].to_numpy() - YEARS[0]
    yearbook = world.province_years.set_index(["province_code", "year"])
    yearbook = yearbook.loc[pd.MultiIndex.from_frame(accounts[["province_code", "year"]])].reset_index(
        drop=True
    )
    total = experts.total[province, column]
    types = np.log(experts.by_type)
    out = pd.DataFrame({"lntalent": np.log(total), "lnbartik": experts.lnbartik()[province, column]})
    for name, index in _bartiks(experts).items():
        out[name] = index[province, column]
    for name, kind in (("lntechnican", "技术专家"), ("lnmanager", "管理专家"), ("lnresearcher", "研究专家")):
        out[name] = types[province, list(TYPES).index(kind), column]
    out["talent_pop_share"] = total / (yearbook["population_10k"] * 10000)
    section = accounts["csrc2"].str[0].map({letter: i for i, letter in enumerate(SECTIONS)}).to_numpy()
    inside = np.log1p(experts.by_section[province, section, column])
    out["lntalent_ind"] = np.where(accounts["year"] > SECTIONS_COMPLETE_AFTER, inside, np.nan)
    out["lntalent_firm"] = np.log(1 + total * accounts["employees"] / (yearbook["employed_10k"] * 10000))
    return out


def _bartiks(experts: Experts) -> dict[str, np.ndarray]:
    """The other two readings of A-000-4: growth since 2001, and national totals without the own province."""
    cells = experts.by_origin[:, :, : DELIVERED_TO - YEARS[0] + 1].astype(float)
    national, base = cells.sum(axis=0), cells[:, :, 0]
    known = national[:, 0] > 0
    cumulative = np.einsum("ps,st->pt", base[:, known], national[known] / national[known, :1])
    others = national[None] - cells
    change = np.diff(others, axis=2, prepend=others[:, :, :1])
    free = others[:, :, :1]
    growth = np.divide(change, free, out=np.full_like(change, np.nan), where=free > 0)
    growth[:, :, 0] = 0.0
    terms = base[:, known, None] * (1 + growth[:, known])
    left_out = np.nansum(np.where((base[:, known] > 0)[:, :, None], terms, np.nan), axis=1)
    known_base = base[:, known].sum(axis=1, keepdims=True)
    constant = np.broadcast_to(np.log(known_base), cumulative.shape)
    return {
        "lntalent_base": constant,
        "lnbartik_cumulative": np.log(cumulative),
        "lnbartik_leave_one_out": np.log(left_out),
    }


def _outcomes(state: Listed, firm: np.ndarray, year: np.ndarray) -> dict[str, np.ndarray]:
    """Counts, their logs, revealed advantage with its windows, and breakthroughs, in the outcome year."""
    patents, n = inventions(state), len(state.firms)
    first, last = 1999, 2019
    owner, when = patents["firm"].to_numpy(), patents["year"].to_numpy()
    column = year - first
    counts = {
        name: grid(owner, when, patents[f"is_{name}"].to_numpy(), n, first, last)
        for name in ("key", "pur", "lead")
    }
    every = grid(owner, when, np.ones(len(patents)), n, first, last)
    out = {}
    for name, count in counts.items():
        out[f"{name}pat"] = count[firm, column].astype(int)
        out[f"ln{name}pat"] = np.log(1 + count[firm, column])
    sample = np.unique(firm)
    key_all, all_all = counts["key"][sample].sum(axis=0), every[sample].sum(axis=0)
    share = np.divide(counts["key"], every, out=np.zeros_like(every), where=every > 0)
    rta = ((counts["key"] > 0) & (counts["key"] * all_all >= key_all * every)).astype(int)
    out["fkeyshare"] = share[firm, column]
    out["keyshare"] = np.divide(key_all, all_all, out=np.zeros_like(all_all), where=all_all > 0)[column]
    out["rta_key"] = rta[firm, column]
    before = sum(rta[firm, column - k] for k in (1, 2, 3))
    after = sum(rta[firm, column + k] for k in (1, 2, 3))
    out["dum_keyadv"] = ((before == 0) & (after == 3)).astype(int)
    for name in counts:
        out[f"dum_{name}break"] = _breakthrough(patents[patents[f"is_{name}"]], n)[firm, year - 1995]
    return out


def _breakthrough(patents: pd.DataFrame, n_firms: int) -> np.ndarray:
    """(firms, years from 1995): 1 where an application's IPC4 is absent from the list's applications of four years before."""
    seen = (
        patents[["firm", "ipc4", "year"]]
        .drop_duplicates()
        .sort_values(["firm", "ipc4", "year"], kind="stable")
    )
    since = seen.groupby(["firm", "ipc4"])["year"].diff()
    new = seen[since.isna() | (since > 4)]
    return (
        grid(new["firm"].to_numpy(), new["year"].to_numpy(), np.ones(len(new)), n_firms, 1995, 2023) > 0
    ).astype(int)


def network_counts(state: Listed) -> dict[str, np.ndarray]:
    """(firms, years 1995-2023) pairs of application and co-owner: domestic, research, other domestic, foreign."""
    pairs, table = state.patents.pairs, state.patents.table
    row = pairs["row"].to_numpy()
    invention = (table["patent_type"] == "发明").to_numpy()[row]
    partner = state.patents.directory.iloc[pairs["partner"].to_numpy()]
    foreign, research = (partner["region"] == "foreign").to_numpy(), partner["research"].to_numpy(bool)
    firm, year = table["firm"].to_numpy()[row], table["year"].to_numpy()[row]
    masks = {
        "dnetwork_obs": ~foreign,
        "dschool_obs": ~foreign & research,
        "dfirm_obs": ~foreign & ~research,
        "foreign": foreign,
    }
    return {
        name: grid(firm, year, mask & invention, len(state.firms), 1995, 2023) for name, mask in masks.items()
    }


def _networks(state: Listed, firm: np.ndarray, year: np.ndarray) -> dict[str, np.ndarray]:
    counts = {name: values[firm, year - 1995] for name, values in network_counts(state).items()}
    out = {"dum_fnetwork": (counts.pop("foreign") > 0).astype(int)}
    for name, values in counts.items():
        out[name], out[f"ln{name}"] = values.astype(int), np.log(1 + values)
    return out


def relatedness(patents: pd.DataFrame, firm: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Equations (4)-(8) over the given firm-years, one proximity matrix for all of them; 0 without applications."""
    key = pd.MultiIndex.from_arrays([patents["firm"], patents["year"]])
    cell = pd.MultiIndex.from_arrays([firm, year]).get_indexer(key)
    patents, cell = patents[cell >= 0], cell[cell >= 0]
    classes, column = np.unique(patents["ipc3"].to_numpy(), return_inverse=True)
    count = sparse.csr_array((np.ones(len(cell)), (cell, column)), (len(firm), len(classes)))
    count.sum_duplicates()
    by_year = sparse.csr_array((np.ones(len(firm)), (year - year.min(), np.arange(len(firm)))))
    class_total = (by_year @ count).toarray()
    firm_total, total = np.asarray(count.sum(axis=1)).ravel(), class_total.sum(axis=1)
    entry = count.tocoo()
    when = (year - year.min())[entry.row]
    ahead = entry.data * total[when] > class_total[when, entry.col] * firm_total[entry.row]
    advantage = sparse.csr_array((ahead.astype(float), (entry.row, entry.col)), count.shape)
    both = (advantage.T @ advantage).toarray()
    number = np.diag(both).copy()
    larger = np.maximum(number[:, None], number[None, :])
    proximity = np.divide(both, larger, out=np.zeros_like(both), where=larger > 0)
    np.fill_diagonal(proximity, 0.0)
    mean = proximity.sum(axis=1) / max(len(classes) - 1, 1)
    weighted = count @ mean
    return np.divide(weighted, firm_total, out=np.zeros(len(firm)), where=firm_total > 0)
