"""Bartik variables from tables of shares and shocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.tables import read_table


@dataclass(frozen=True)
class Exposure:
    """shares (n, S), shocks (S,) or unit-specific (n, S), value (n,) = sum of shares times shocks."""

    shares: np.ndarray
    shocks: np.ndarray
    sectors: list[Any]
    value: np.ndarray
    notes: list[str]


def build_exposure(frame: pd.DataFrame, settings) -> Exposure:
    """Join shares and shocks to the rows of a frame; sectors are (time, sector) pairs where `time` is given."""
    shares, shocks = read_table(settings.shares), read_table(settings.shocks)
    unit, sector, time = settings.unit, settings.sector, settings.time
    shares = _long(shares, unit, sector, shocks)
    keys = [unit] + ([time] if time and time in shares else [])
    for name, table, needed in (
        ("shares", shares, [*keys, sector, "share"]),
        ("shocks", shocks, [sector, "shock"]),
    ):
        missing = [column for column in needed if column not in table]
        if missing:
            raise EstimationError(
                f"table {name} has no column {missing[0]!r}; it has {list(table.columns)[:8]}"
            )
    repeated = int(shares.duplicated([*keys, sector]).sum())
    if repeated:
        raise EstimationError(f"table shares repeats {repeated} {'-'.join([*keys, sector])} cells")
    shock_keys = [c for c in (time, unit) if c and c in shocks and (c != unit or settings.leave_one_out)] + [
        sector
    ]
    again = int(shocks.duplicated(shock_keys).sum())
    if again:
        raise EstimationError(f"table shocks repeats {again} {'-'.join(shock_keys)} cells")
    sectors = sorted(shares[sector].dropna().unique())
    wide = shares.pivot(index=keys, columns=sector, values="share").reindex(columns=sectors)
    index = pd.MultiIndex.from_frame(frame[keys]) if len(keys) > 1 else pd.Index(frame[unit])
    weights = wide.reindex(index)
    lost = int(weights.isna().all(axis=1).sum())
    notes = [f"{lost} rows have no shares and get a missing shift-share variable"] if lost else []
    notes += _share_notes(weights.sum(axis=1)[weights.notna().any(axis=1)], weights)
    matrix = np.where(
        weights.isna().all(axis=1).to_numpy()[:, None], np.nan, weights.fillna(0).to_numpy(float)
    )
    periods = time is not None and time in shocks
    if settings.leave_one_out:
        shock_rows = leave_one_out(shocks, frame, settings, sectors)
    elif periods:
        return _by_period(matrix, shocks, frame, settings, sectors, notes)
    else:
        shock_rows = shocks.set_index(sector)["shock"].reindex(sectors).to_numpy(float)
    _require_shocks(shock_rows, sectors)
    return Exposure(matrix, shock_rows, sectors, (matrix * shock_rows).sum(axis=1), notes)


def _share_notes(total: pd.Series, weights: pd.DataFrame) -> list[str]:
    notes = []
    if (weights < 0).any(axis=None):
        notes.append(f"{int((weights < 0).sum().sum())} shares are negative")
    if len(total) and (np.abs(total - 1) > 1e-6).any():
        notes.append(
            f"shares add to between {total.min():.4g} and {total.max():.4g}, not to one: control for their sum"
        )
    return notes


def _long(shares: pd.DataFrame, unit: str, sector: str, shocks: pd.DataFrame) -> pd.DataFrame:
    """A wide table of shares, one column per sector, as a long one."""
    if sector in shares or sector not in shocks:
        return shares
    names = {str(value) for value in shocks[sector]}
    columns = [column for column in shares if str(column) in names]
    if unit not in shares or not columns:
        return shares
    lookup = {str(value): value for value in shocks[sector]}
    long = shares.melt(
        id_vars=[c for c in shares if c not in columns],
        value_vars=columns,
        var_name=sector,
        value_name="share",
    )
    return long.assign(**{sector: long[sector].map(lambda name: lookup[str(name)])})


def _require_shocks(shocks: np.ndarray, sectors: list[Any]) -> None:
    missing = np.isnan(shocks) if shocks.ndim == 1 else np.isnan(shocks).all(axis=0)
    if missing.any():
        lost = [sector for sector, gone in zip(sectors, missing, strict=True) if gone]
        raise EstimationError(f"{len(lost)} sectors of the shares have no shock: {lost[:10]}")


def _by_period(matrix, shocks, frame, settings, sectors, notes) -> Exposure:
    """One shock per period and sector; the shares of a row belong to its period's shocks only."""
    times = np.sort(frame[settings.time].dropna().unique())
    table = shocks.pivot(index=settings.time, columns=settings.sector, values="shock").reindex(
        index=times, columns=sectors
    )
    blocks = [np.where((frame[settings.time] == time).to_numpy()[:, None], matrix, 0.0) for time in times]
    lost = int(table.isna().sum().sum())
    if lost:
        raise EstimationError(f"{lost} period-sector cells of the shares have no shock")
    wide, flat = np.column_stack(blocks), table.to_numpy(float).ravel()
    names = [f"{time}:{sector}" for time in times for sector in sectors]
    return Exposure(wide, flat, names, wide @ flat, notes)


def leave_one_out(shocks: pd.DataFrame, frame: pd.DataFrame, settings, sectors: list[Any]) -> np.ndarray:
    """Shock of each sector from all other units, (n, S): weighted mean of unit-level shocks without the own one."""
    unit, sector = settings.unit, settings.sector
    if unit not in shocks:
        raise EstimationError(f"leave_one_out needs shocks by unit: a column {unit!r} in the table of shocks")
    weight = shocks["weight"] if "weight" in shocks else pd.Series(1.0, index=shocks.index)
    table = shocks.assign(w=weight, ws=weight * shocks["shock"])
    total = table.groupby(sector)[["w", "ws"]].sum().reindex(sectors)
    own = table.pivot_table(index=unit, columns=sector, values=["w", "ws"], aggfunc="sum", fill_value=0.0)
    units = pd.Index(frame[unit])
    own_w = own["w"].reindex(index=units, columns=sectors).fillna(0).to_numpy()
    own_ws = own["ws"].reindex(index=units, columns=sectors).fillna(0).to_numpy()
    left = total["w"].to_numpy() - own_w
    if (left <= 0).any():
        raise EstimationError("leave_one_out: a sector exists in one unit only")
    return (total["ws"].to_numpy() - own_ws) / left
