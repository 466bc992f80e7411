"""`rings`: a treatment and its spillovers on other places by distance (exposure mapping; Butts 2023)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.expressions import column, to_float
from keytech.econometrics.geography import coordinates, great_circle_km
from keytech.econometrics.linear import fit_linear, linear_estimate, wald_test
from keytech.econometrics.result import Estimate
from keytech.econometrics.sample import design_of, filtered
from keytech.econometrics.specification import Specification
from keytech.econometrics.tables import read_table

SIGNIFICANT = 0.05


def run(specification: Specification, data: Any) -> Estimate:
    """y = t D + sum_r c_r (1 - D) R_r + sum_r d_r D R_r + terms and effects: exposed places get ring terms of their own.

    R_r describes the treated places (s, s + width] km away from a row's place in its period (`exposure`). The reference
    are untreated rows without a treated place up to the last edge, so that t is free of spillovers onto controls.
    Source: Butts 2023, equation (6). Raises EstimationError where a place has no coordinates or no row is exposed.
    """
    settings = specification.settings
    if specification.parsed.endogenous:
        raise EstimationError("'rings' takes no instruments")
    frame, counts = filtered(specification, data)
    design = design_of(specification, frame, counts, specification.parsed)
    if settings.treatment not in design.x_names:
        raise EstimationError(f"options.treatment must be a term of the formula: {design.x_names}")
    used = frame.loc[design.rows]
    mapped = exposure(_places(frame, settings), settings)
    key = pd.MultiIndex.from_arrays([used[settings.location].astype(str), to_float(used[settings.time])])
    if lost := int((~key.isin(mapped.index)).sum()):
        raise EstimationError(f"{lost} rows have no place and period in options.places")
    rings = mapped.reindex(key).to_numpy(dtype=float)
    treated = design.x[:, design.x_names.index(settings.treatment)]
    names = list(mapped.columns)
    blocks = {name: (1 - treated) * values for name, values in zip(names, rings.T, strict=True)}
    blocks |= {f"treated_{name}": treated * values for name, values in zip(names, rings.T, strict=True)}
    blocks = {name: values for name, values in blocks.items() if values.any()}
    if not blocks:
        raise EstimationError(f"no row has a treated place within {settings.edges[-1]:g} km")
    first = design.x_names.index(settings.treatment) + 1
    widened = replace(
        design,
        x=np.column_stack([design.x[:, :first], *blocks.values(), design.x[:, first:]]),
        x_names=[*design.x_names[:first], *blocks, *design.x_names[first:]],
    )
    fit = fit_linear(widened, specification.vcov_kind, settings.small_sample)
    result = linear_estimate(specification, fit)
    statistics = result.statistics | _spillovers(result, fit, names, settings)
    statistics |= {f"rows.{name}": int((values != 0).sum()) for name, values in blocks.items()}
    return replace(result, statistics=statistics, tables={"exposure": mapped.reset_index()})


def exposure(places: pd.DataFrame, settings) -> pd.DataFrame:
    """Rings of every place and period: one column `ring::low-high` per ring, indexed by place and period.

    `places` has columns place, time, treated, latitude, longitude, one row per place and period. A place is not its own
    neighbour. `nearest`: 1 in the ring of the nearest treated place. `any`: 1 in every ring with a treated place.
    `count`: treated places per ring. Rings are open below and closed above; distance 0 belongs to the first.
    """
    edges = settings.edges
    names = [f"ring::{low:g}-{high:g}" for low, high in pairwise(edges)]
    parts = []
    for time, part in places.groupby("time", sort=True):
        sources = part[part["treated"] == 1]
        away = great_circle_km(*(part[c].to_numpy() for c in ("latitude", "longitude")),
                               *(sources[c].to_numpy() for c in ("latitude", "longitude")))  # fmt: skip
        away[part["place"].to_numpy()[:, None] == sources["place"].to_numpy()[None, :]] = np.inf
        if settings.exposure == "nearest":
            away = away.min(axis=1, initial=np.inf)[:, None]
        ring = np.searchsorted(edges[1:], away, side="left")
        counts = np.stack([(ring == r).sum(axis=1) for r in range(len(names))], axis=1)
        values = counts if settings.exposure == "count" else (counts > 0).astype(int)
        index = pd.MultiIndex.from_arrays([part["place"], np.full(len(part), time)], names=["place", "time"])
        parts.append(pd.DataFrame(values, index=index, columns=names))
    return pd.concat(parts)


def _places(frame: pd.DataFrame, settings) -> pd.DataFrame:
    """One row per place and period, from `places` or, without it, from the rows of the sample."""
    table = frame if settings.places is None else read_table(settings.places)
    wanted = (settings.location, settings.time, settings.treatment, settings.latitude, settings.longitude)
    if missing := [name for name in wanted if name not in table]:
        raise EstimationError(f"the table of places has no column {missing[0]!r}")
    latitude, longitude = coordinates(table, settings.latitude, settings.longitude)
    places = pd.DataFrame({
        "place": table[settings.location].astype(str).to_numpy(), "time": to_float(column(settings.time, table)),
        "treated": to_float(column(settings.treatment, table)), "latitude": latitude, "longitude": longitude,
    }).drop_duplicates()  # fmt: skip
    if places.isna().any(axis=None):
        raise EstimationError(
            f"a place lacks {', '.join(c for c in places if places[c].isna().any())}: {places[places.isna().any(axis=1)].iloc[0].to_dict()}"
        )
    repeated = places.duplicated(["place", "time"])
    if repeated.any():
        raise EstimationError(
            f"treatment or coordinates differ within {settings.location} and {settings.time}: {places.loc[repeated, 'place'].iloc[0]}"
        )
    return places


def _spillovers(result: Estimate, fit, names: list[str], settings) -> dict[str, float]:
    """Joint test of the spillovers on untreated places; `critical_km`, where the significant rings around a place end."""
    rows = result.coefficients.set_index("term")
    there = [name for name in names if name in rows.index]
    index = [fit.terms.index(name) for name in there]
    joint = wald_test(fit.beta[index], fit.vcov[np.ix_(index, index)], there, fit.factor.df)
    found = {f"spillover_{name.removesuffix('_statistic')}": value for name, value in joint.items()}
    critical = settings.edges[0]
    for name, high in zip(names, settings.edges[1:], strict=True):
        if name not in there or rows.loc[name, "p_value"] >= SIGNIFICANT:
            break
        critical = high
    return found | {"critical_km": float(critical)}
