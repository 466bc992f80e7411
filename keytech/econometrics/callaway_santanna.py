"""`callaway_santanna`: group-time effects and their aggregates with analytic influence-function errors (csdid, did)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.did_cells import att_cell
from keytech.econometrics.did_panel import BalancedPanel, balanced_panel
from keytech.econometrics.errors import EstimationError
from keytech.econometrics.honest import with_bounds
from keytech.econometrics.result import Estimate, table_from_errors
from keytech.econometrics.specification import Specification
from keytech.econometrics.staggered_panel import label


def run(specification: Specification, data: Any) -> Estimate:
    """Callaway and Sant'Anna 2021 on a balanced panel; z tests, no small-sample factor.

    Covariates and weights are taken from the earlier period of each comparison, the weights of aggregates from the first.
    Units without every period are dropped and counted (R `did`); where no unit is never treated, the last cohort takes that
    part and the periods in which it is treated leave. Clustering is by unit; `vcov: {cluster: [...]}` with a variable
    constant within units sums the influence functions there.
    """
    panel, counts, notes = balanced_panel(specification, data)
    cells = _cells(specification, panel, notes)
    if not cells:
        reasons = "; ".join(note for note in notes if "left out" in note) or "no period precedes a treatment"
        raise EstimationError(f"no group-time effect can be estimated: {reasons[:300]}")
    terms, estimates, influence = aggregate(specification, panel, cells)
    if specification.settings.aggregate == "dynamic":
        known = {label("event_time", cell.time - cell.group) for cell in cells}
        wanted = specification.settings.horizons or []
        notes += [f"horizon {h} is not estimated" for h in wanted if label("event_time", h) not in known]
    return _result(specification, panel, counts, notes, cells, terms, estimates, influence)


@dataclass(frozen=True)
class Cell:
    """ATT(g, t) and its influence function (units,)."""

    group: float
    time: float
    estimate: float
    influence: np.ndarray


def _cells(specification: Specification, panel: BalancedPanel, notes: list[str]) -> list[Cell]:
    settings, times = specification.settings, panel.times
    if settings.control_group == "never" and not np.isinf(panel.cohort).any():
        raise EstimationError("no unit is never treated: use control_group: notyet")
    cells = []
    for group in panel.groups:
        before = times[times + settings.anticipation < group]
        if not len(before):
            notes.append(f"cohort {group:g} has no period before treatment and is left out")
            continue
        for index, time in enumerate(times):
            base = before[-1]
            if settings.base_period == "varying" and time < group:
                if index == 0:
                    continue
                base = times[index - 1]
            found = _cell(settings, panel, group, time, base, notes)
            if found is not None:
                cells.append(found)
    return cells


def _cell(settings, panel: BalancedPanel, group, time, base, notes) -> Cell | None:
    if time == base:
        return Cell(group, time, 0.0, np.zeros(panel.units))
    treated = panel.cohort == group
    control = np.isinf(panel.cohort)
    if settings.control_group == "notyet":
        control |= (panel.cohort > max(time, base) + settings.anticipation) & ~treated
    if not control.any():
        notes.append(f"ATT({group:g}, {time:g}) left out: no comparison unit")
        return None
    i, j = np.searchsorted(panel.times, [time, base])
    used = (treated | control) & np.isfinite(panel.y[:, i]) & np.isfinite(panel.y[:, j])
    if not (used & treated).any() or not (used & control).any():
        notes.append(f"ATT({group:g}, {time:g}) left out: no unit is observed in both periods")
        return None
    change = panel.y[used, i] - panel.y[used, j]
    covariates, weight = panel.x[used, min(i, j)], panel.weights[used, min(i, j)]
    weight = weight / weight.mean()
    try:
        estimate, influence = att_cell(
            settings.method, change, covariates, treated[used].astype(float), weight
        )
    except (EstimationError, np.linalg.LinAlgError) as error:
        notes.append(f"ATT({group:g}, {time:g}) left out: {error}")
        return None
    full = np.zeros(panel.units)
    full[used] = influence * panel.units / used.sum()
    return Cell(group, time, estimate, full)


def aggregate(specification: Specification, panel: BalancedPanel, cells: list[Cell]):
    """Terms, estimates (k,) and influence functions (units, k) of the requested aggregate."""
    settings = specification.settings
    probability = {g: float(np.mean(panel.weight * (panel.cohort == g))) for g in panel.groups}
    post = [cell for cell in cells if cell.time >= cell.group]
    if settings.aggregate == "gt":
        names = [f"ATT({cell.group:g},{cell.time:g})" for cell in cells]
        return names, np.array([c.estimate for c in cells]), np.column_stack([c.influence for c in cells])
    if not post:
        raise EstimationError("no effect after treatment can be estimated")
    if settings.aggregate == "simple":
        estimate, influence = weighted(post, panel, probability)
        return ["ATT"], np.array([estimate]), influence[:, None]
    kinds = {"dynamic": _dynamic, "group": _group, "calendar": _calendar}
    names, parts, overall = kinds[settings.aggregate](settings, panel, cells, post, probability)
    estimates = np.array([overall[0], *[part[0] for part in parts]])
    return ["ATT", *names], estimates, np.column_stack([overall[1], *[part[1] for part in parts]])


def weighted(
    cells: list[Cell], panel: BalancedPanel, probability: dict[float, float]
) -> tuple[float, np.ndarray]:
    """Average with cohort sizes as weights; the influence function counts that the sizes are estimated."""
    p = np.array([probability[cell.group] for cell in cells])
    att = np.array([cell.estimate for cell in cells])
    influence = np.column_stack([cell.influence for cell in cells])
    member = np.column_stack([panel.weight * (panel.cohort == cell.group) for cell in cells]) - p
    total = p.sum()
    shift = member / total - np.outer(member.sum(axis=1), p / total**2)
    return float(att @ p / total), influence @ (p / total) + shift @ att


def _mean(parts: list[tuple[float, np.ndarray]]) -> tuple[float, np.ndarray]:
    return float(np.mean([part[0] for part in parts])), np.mean([part[1] for part in parts], axis=0)


def _dynamic(settings, panel, cells, post, probability):
    horizons = sorted({cell.time - cell.group for cell in cells})
    parts = {e: weighted([c for c in cells if c.time - c.group == e], panel, probability) for e in horizons}
    overall = _mean([part for e, part in parts.items() if e >= 0])
    every = settings.horizons is None or settings.honest != "none"
    shown = [e for e in horizons if every or e in settings.horizons]
    return [label("event_time", e) for e in shown], [parts[e] for e in shown], overall


def _group(settings, panel, cells, post, probability):
    groups = sorted({cell.group for cell in post})
    parts = [_mean([(c.estimate, c.influence) for c in post if c.group == g]) for g in groups]
    as_cells = [Cell(g, g, *part) for g, part in zip(groups, parts, strict=True)]
    return [label("group", g) for g in groups], parts, weighted(as_cells, panel, probability)


def _calendar(settings, panel, cells, post, probability):
    times = sorted({cell.time for cell in post})
    parts = [weighted([c for c in post if c.time == t], panel, probability) for t in times]
    return [label("calendar", t) for t in times], parts, _mean(parts)


def _result(specification, panel, counts, notes, cells, terms, estimates, influence) -> Estimate:
    n = panel.units
    sums = _summed(influence, panel)
    vcov = sums.T @ sums / n**2
    level = specification.settings.confidence_level
    errors = np.sqrt(np.diag(vcov))
    table = table_from_errors(terms, estimates, errors, None, level)
    reference = errors == 0
    table.loc[reference, ["statistic", "p_value"]] = np.nan
    group_time = pd.DataFrame(
        {
            "group": [cell.group for cell in cells],
            "time": [cell.time for cell in cells],
            "estimate": [cell.estimate for cell in cells],
            "std_error": np.sqrt(
                (_summed(np.column_stack([cell.influence for cell in cells]), panel) ** 2).sum(axis=0)
            )
            / n,
        }
    )
    used = int(np.isfinite(panel.y).sum())
    statistics = {"n_obs": used, "n_units": n, "n_treated_units": int(np.isfinite(panel.cohort).sum())}
    clusters = {specification.settings.unit: n}
    if panel.cluster is not None:
        clusters[specification.clusters[-1]] = len(sums)
    statistics |= {"n_clusters": len(sums)} | _pretrend(cells, panel)
    sample = {**counts, "used": used, "clusters": clusters}
    result = Estimate(
        "callaway_santanna", specification.formula, table, statistics, sample, tuple(notes), vcov=vcov,
        tables={"group_time": group_time},
    )  # fmt: skip
    return _with_bounds(result, specification.settings)


def _with_bounds(result: Estimate, settings) -> Estimate:
    if settings.honest == "none":
        return result
    if settings.aggregate != "dynamic" or settings.base_period != "universal" or settings.anticipation:
        raise EstimationError(
            "honest bounds need aggregate: dynamic, base_period: universal and no anticipation"
        )
    horizons = {
        term: float(term.split("::")[1])
        for term in result.coefficients["term"]
        if term.startswith("event_time::")
    }
    return with_bounds(result, settings, horizons)


def _summed(influence: np.ndarray, panel: BalancedPanel) -> np.ndarray:
    """Influence functions (units, k), added up within clusters where these are not the units."""
    if panel.cluster is None:
        return influence
    return np.column_stack([np.bincount(panel.cluster, part) for part in influence.T])


def _pretrend(cells: list[Cell], panel: BalancedPanel) -> dict[str, float]:
    """Wald test that every group-time effect before treatment is zero (`did`: P-value for pre-test)."""
    from scipy import stats

    pre = [cell for cell in cells if cell.time < cell.group and cell.influence.any()]
    if not pre:
        return {}
    influence = _summed(np.column_stack([cell.influence for cell in pre]), panel)
    vcov = influence.T @ influence / panel.units**2
    if np.linalg.matrix_rank(vcov, hermitian=True) < len(pre):
        return {}
    att = np.array([cell.estimate for cell in pre])
    wald = float(att @ np.linalg.solve(vcov, att))
    return {"pretrend_chi2": wald, "pretrend_p": float(stats.chi2.sf(wald, len(pre)))}
