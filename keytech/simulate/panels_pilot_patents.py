"""Patent columns of the true panel of pilot_spillover: key and other applications, sub-fields, widths (methods 5.5, 5.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from keytech.simulate.panels_talent import grid, inventions

if TYPE_CHECKING:
    from keytech.simulate.listed import Listed

FIELDS = ("it", "equipment", "material", "bio", "nev", "energy", "environment", "digital", "service")
EARLY = 1995


def columns(state: Listed, firm: np.ndarray, year: np.ndarray) -> dict[str, np.ndarray]:
    """Key and other applications, joint, granted, cited; stocks; sub-fields; widths."""
    patents, n = inventions(state), len(state.firms)
    owner, when = patents["firm"].to_numpy(), patents["year"].to_numpy()
    sei, joint = patents["is_sei"].to_numpy(), (patents["n_partners"] > 0).to_numpy()
    granted = patents["grant_date"].notna().to_numpy()
    weights = {
        "apply_inv_zl": sei, "apply_inv_nozl": ~sei, "apply_inv_zl_joint": sei & joint, "grant_inv_zl": sei & granted,
        "grant_inv_zl_joint": sei & joint & granted, "cite_inv_zl": sei * patents["cited"].to_numpy(),
    }  # fmt: skip
    out = {}
    for name, weight in weights.items():
        count = grid(owner, when, weight, n, EARLY, 2023)[firm, year - EARLY]
        out[name], out[f"ln_{name}"] = count.astype(int), np.log(1 + count)
    stock = np.cumsum(grid(owner, when, sei, n, EARLY, 2023), axis=1)
    out["ln_key_stock_lag"] = np.log(1 + stock[firm, year - 1 - EARLY])
    out["ln_key_stock_2009"] = np.log(1 + stock[firm, 2009 - EARLY])
    return out | _fields(state, patents, firm, year) | _widths(patents, n, firm, year)


def _fields(
    state: Listed, patents: pd.DataFrame, firm: np.ndarray, year: np.ndarray
) -> dict[str, np.ndarray]:
    """ln(1 + applications) by the nine industries, number of sub-fields, and their dispersion."""
    n = len(state.firms)
    codes = state.patents.symbols["subfields"].to_numpy(object)[patents["symbol"].to_numpy()]
    owner, when = patents["firm"].to_numpy(), patents["year"].to_numpy()
    level1 = [{code.split(".")[0] for code in c} for c in codes]
    out = {}
    for i, field in enumerate(FIELDS, start=1):
        inside = np.array([str(i) in s for s in level1])
        out[f"ln_apply_zl_{field}"] = np.log(
            1 + grid(owner, when, inside, n, EARLY, 2023)[firm, year - EARLY]
        )
    sizes = np.array([len(c) for c in codes])
    long = pd.DataFrame({
        "firm": np.repeat(owner, sizes), "year": np.repeat(when, sizes), "code": [code for c in codes for code in c]
    })  # fmt: skip
    cell = long.groupby(["firm", "year", "code"]).size().rename("n").reset_index()
    squares = (
        cell.assign(square=cell["n"] ** 2)
        .groupby(["firm", "year"])
        .agg(total=("n", "sum"), square=("square", "sum"), width1=("n", "size"))
    )
    mine = squares.reindex(pd.MultiIndex.from_arrays([firm, year]))
    out["width1"] = mine["width1"].fillna(0).astype(int).to_numpy()
    out["width3"] = (1 - mine["square"] / (mine["total"] * mine["total"])).to_numpy()
    return out


def _widths(patents: pd.DataFrame, n: int, firm: np.ndarray, year: np.ndarray) -> dict[str, np.ndarray]:
    """New key IPC4 of the last three years, and key applications in IPC4 that are new to the firm's pool."""
    first = patents.groupby(["firm", "ipc4"])["year"].min()
    keyed = patents[patents["is_sei"]]
    started = keyed.groupby(["firm", "ipc4"])["year"].min().reset_index()
    entries = grid(
        started["firm"].to_numpy(), started["year"].to_numpy(), np.ones(len(started)), n, EARLY, 2023
    )
    column = year - EARLY
    width2 = sum(entries[firm, column - step] for step in (0, 1, 2))
    pool_year = first.reindex(pd.MultiIndex.from_frame(keyed[["firm", "ipc4"]])).to_numpy()
    outside = grid(
        keyed["firm"].to_numpy(),
        keyed["year"].to_numpy(),
        pool_year == keyed["year"].to_numpy(),
        n,
        EARLY,
        2023,
    )
    return {"width2": width2.astype(int), "width4": np.log(1 + outside[firm, column])}
