"""`shift_share`: Bartik variables from tables, exposure-robust errors, shock-level equivalent, Rotemberg weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from keytech.econometrics.errors import EstimationError
from keytech.econometrics.exposure import Exposure, build_exposure
from keytech.econometrics.linear import fit_linear, linear_estimate, normalised
from keytech.econometrics.linear_algebra import least_squares
from keytech.econometrics.pyfixest_bridge import demean
from keytech.econometrics.result import Estimate, table_from_errors
from keytech.econometrics.sample import Design, design_of, filtered
from keytech.econometrics.specification import Specification
from keytech.econometrics.tables import read_table


def run(specification: Specification, data: Any) -> Estimate:
    """Regression on, or with, a shift-share variable named `options.name` (default `bartik`), built when absent.

    Formula `y ~ bartik + controls | effects` or `y ~ controls | effects | x ~ bartik`. `shares`: unit, sector, share
    (and time); `shocks`: sector, shock (and time), or unit-level shocks with `leave_one_out`. Errors `akm`, `akm0`
    (Adao, Kolesar and Morales 2019), `bhj` (Borusyak, Hull and Jaravel 2022), `regression` (the formula's vcov).
    """
    settings = specification.settings
    frame, counts = filtered(specification, data)
    exposure = build_exposure(frame, settings)
    if settings.name not in frame:
        frame = frame.assign(**{settings.name: exposure.value})
    design = design_of(specification, frame, counts, specification.parsed)
    place = frame.index.get_indexer(design.rows)
    exposure = replace(exposure, shares=exposure.shares[place], value=exposure.value[place])
    parts, first_term = _net(specification, design)
    table, statistics, notes = _inference(specification, design, exposure, parts, first_term)
    tables = {"shocks": _shock_table(exposure, parts)}
    if settings.rotemberg:
        tables["rotemberg"] = rotemberg_weights(exposure, parts)
        negative = tables["rotemberg"]["weight"]
        statistics |= {"rotemberg_negative_sum": float(negative[negative < 0].sum())}
    notes = (*design.warnings, *exposure.notes, *notes)
    return Estimate(
        "shift_share", specification.formula, table, statistics, design.account(), notes, tables=tables
    )


@dataclass(frozen=True)
class Net:
    """Outcome, treatment and shift-share variable net of controls and effects, rows times root weight (n,); root."""

    y: np.ndarray
    d: np.ndarray
    x: np.ndarray
    root: np.ndarray
    beta: float
    controls: int


def _net(specification: Specification, design: Design) -> tuple[Net, str]:
    name = specification.settings.name
    if design.endog_names:
        if len(design.endog_names) != 1 or design.instr_names != [name]:
            raise EstimationError(f"the instrument part must read 'endogenous ~ {name}'")
        term, d, x, controls = design.endog_names[0], design.endog[:, 0], design.instr[:, 0], design.x
    else:
        if name not in design.x_names:
            raise EstimationError(f"{name!r} must be a term of the formula (or its instrument)")
        at = design.x_names.index(name)
        term, d, x, controls = name, design.x[:, at], design.x[:, at], np.delete(design.x, at, axis=1)
    w = normalised(design.weights)
    root = np.ones(design.n) if w is None else np.sqrt(w)
    block = demean(np.column_stack([design.y, d, x, controls]), design.codes, w) * root[:, None]
    net, rest = block[:, :3], block[:, 3:]
    rest = rest[:, (rest**2).sum(axis=0) > 1e-12 * max(1e-300, float((block**2).sum()))]
    if rest.shape[1]:
        net = net - rest @ np.linalg.lstsq(rest, net, rcond=None)[0]
    y, d, x = net.T
    if abs(x @ d) < 1e-12 * np.sqrt((x @ x) * (d @ d)) or not x @ x > 0:
        raise EstimationError(f"{name!r} does not vary with {term!r} after controls and effects")
    return Net(y, d, x, root, float(x @ y / (x @ d)), rest.shape[1]), term


def _inference(specification, design: Design, exposure: Exposure, net: Net, term: str):
    settings = specification.settings
    if settings.se == "regression":
        return _regression(specification, design, term)
    notes: list[str] = []
    if settings.se == "bhj":
        error, low, high, p = _bhj(exposure, net, settings)
    else:
        error, low, high, p, notes = _akm(specification, design, exposure, net)
    table = table_from_errors(
        [term], np.array([net.beta]), np.array([error]), None, settings.confidence_level
    )
    table["ci_low"], table["ci_high"], table["p_value"] = low, high, p
    statistics = {
        "n_obs": design.n,
        "n_sectors": len(exposure.sectors),
        "first_stage_f." + term: _first_stage(net) if design.endog_names else None,
        "effective_shocks": _effective_shocks(exposure, net),
    }
    return table, {name: value for name, value in statistics.items() if value is not None}, notes


def _regression(specification, design: Design, term: str):
    if design.endog_names:
        from keytech.econometrics.instrumental import fit_iv, iv_statistics
        from keytech.econometrics.result import coefficient_table

        fit = fit_iv(design, specification.vcov_kind, specification.settings.small_sample)
        table = coefficient_table(
            fit.terms, fit.beta, fit.vcov, fit.factor.df, specification.settings.confidence_level
        )
        return table, iv_statistics(fit), list(fit.notes)
    result = linear_estimate(
        specification, fit_linear(design, specification.vcov_kind, specification.settings.small_sample)
    )
    return result.coefficients, dict(result.statistics), []


def _first_stage(net: Net) -> float:
    gamma = float(net.x @ net.d / (net.x @ net.x))
    left = net.d - gamma * net.x
    variance = float((net.x**2 * left**2).sum() / (net.x @ net.x) ** 2)
    return gamma**2 / variance


def _sector_shocks(exposure: Exposure, net: Net) -> np.ndarray:
    """Shift-share variable net of controls, projected on the shares: the residual shocks (S,) of AKM."""
    shares = exposure.shares * net.root[:, None]
    if np.linalg.matrix_rank(shares) < shares.shape[1]:
        raise EstimationError(
            "share matrix is collinear: AKM errors need more rows than sectors and no redundant sector"
        )
    return least_squares(shares, net.x)


def _sector_sums(exposure: Exposure, values: np.ndarray, settings) -> np.ndarray:
    """Add up over shock clusters, given as a column of the table of shocks."""
    if not settings.shock_cluster:
        return values
    shocks = read_table(settings.shocks)
    if settings.shock_cluster not in shocks:
        raise EstimationError(f"table shocks has no column {settings.shock_cluster!r}")
    lookup = shocks.drop_duplicates(settings.sector).set_index(settings.sector, drop=False)[
        settings.shock_cluster
    ]
    labels = lookup.reindex(
        [
            str(name).split(":")[-1] if isinstance(name, str) and ":" in name else name
            for name in exposure.sectors
        ]
    )
    if labels.isna().any():
        raise EstimationError(f"{int(labels.isna().sum())} sectors have no {settings.shock_cluster!r}")
    return np.bincount(pd.factorize(labels.to_numpy())[0], values)


def _akm(specification, design: Design, exposure: Exposure, net: Net):
    """Adao, Kolesar and Morales 2019, propositions 3 and 4; akm0 imposes the null and inverts the test."""
    from scipy.stats import norm

    settings = specification.settings
    shares = exposure.shares * net.root[:, None]
    hx, xd = _sector_shocks(exposure, net), float(net.x @ net.d)
    critical = norm.ppf(0.5 + settings.confidence_level / 2)
    residual = net.y - net.beta * net.d
    score = _sector_sums(exposure, hx * (shares.T @ residual), settings)
    error = float(np.sqrt(score @ score) / abs(xd))
    if settings.se == "akm":
        p = float(2 * norm.sf(abs(net.beta / error)))
        return error, net.beta - critical * error, net.beta + critical * error, p, []
    slope = _sector_sums(exposure, hx * (shares.T @ net.d), settings)
    null = _sector_sums(exposure, hx * (shares.T @ net.y), settings)
    p = float(2 * norm.sf(abs(net.x @ net.y) / np.sqrt(null @ null)))
    q = xd**2 / critical**2 - float(slope @ slope)
    shift = float(score @ slope) / q
    discriminant = shift**2 + float(score @ score) / q
    if q <= 0:
        shape = "the whole line"
        if discriminant > 0:
            ends = net.beta - shift + np.sqrt(discriminant) * np.array([-1.0, 1.0])
            shape = f"two rays, up to {ends[0]:.6g} and from {ends[1]:.6g}"
        return np.inf, -np.inf, np.inf, p, [f"the AKM0 confidence set is {shape}"]
    half = float(np.sqrt(discriminant))
    low, high = net.beta - shift - half, net.beta - shift + half
    return half / critical, low, high, p, []


def shock_level(exposure: Exposure, net: Net) -> pd.DataFrame:
    """Exposure-weighted outcome and treatment per shock (Borusyak, Hull and Jaravel 2022, proposition 1)."""
    if exposure.shocks.ndim > 1:
        raise EstimationError("the shock-level equivalent needs one shock per sector: not with leave_one_out")
    weight = exposure.shares.T @ net.root**2
    y = exposure.shares.T @ (net.root * net.y) / weight
    d = exposure.shares.T @ (net.root * net.d) / weight
    return pd.DataFrame(
        {
            "sector": exposure.sectors,
            "shock": exposure.shocks,
            "weight": weight / weight.sum(),
            "y": y,
            "x": d,
        }
    )


def _bhj(exposure: Exposure, net: Net, settings):
    """Shock-level 2SLS with a constant, heteroskedasticity-robust or clustered over shocks, z (`ivreg2, robust`)."""
    from scipy.stats import norm

    table = shock_level(exposure, net)
    w = table["weight"].to_numpy()
    centred = table[["y", "x", "shock"]].to_numpy() - w @ table[["y", "x", "shock"]].to_numpy()
    y, x, g = centred.T
    beta = float((w * g) @ y / ((w * g) @ x))
    if abs(beta - net.beta) > 1e-6 * max(1, abs(net.beta)):
        raise EstimationError(
            f"shock-level estimate {beta:.6g} differs from {net.beta:.6g}: shares do not add to one; "
            "add the sum of shares as a control"
        )
    score = _sector_sums(exposure, w * g * (y - beta * x), settings)
    error = float(np.sqrt(score @ score) / abs((w * g) @ x))
    critical = norm.ppf(0.5 + settings.confidence_level / 2)
    p = float(2 * norm.sf(abs(beta / error)))
    return error, beta - critical * error, beta + critical * error, p


def _effective_shocks(exposure: Exposure, net: Net) -> float:
    """Inverse Herfindahl index of the sectors' average exposure."""
    weight = exposure.shares.T @ net.root**2
    weight = weight / weight.sum()
    return float(1 / (weight**2).sum())


def _shock_table(exposure: Exposure, net: Net) -> pd.DataFrame:
    if exposure.shocks.ndim > 1:
        return pd.DataFrame({"sector": exposure.sectors, "mean_shock": exposure.shocks.mean(axis=0)})
    return shock_level(exposure, net)


def rotemberg_weights(exposure: Exposure, net: Net) -> pd.DataFrame:
    """Weights and just-identified estimates per sector (Goldsmith-Pinkham, Sorkin and Swift 2020, equation 5)."""
    shares = exposure.shares * net.root[:, None]
    scaled = shares * exposure.shocks
    first, reduced = scaled.T @ net.d, scaled.T @ net.y
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.where(first != 0, reduced / first, np.nan)
    table = pd.DataFrame({"sector": exposure.sectors, "weight": first / first.sum(), "estimate": estimate})
    return table.sort_values(["weight", "sector"], ascending=[False, True], ignore_index=True)


def bartik(shares: Any, shocks: Any, frame: pd.DataFrame, **settings: Any) -> pd.Series:
    """The shift-share variable of each row of `frame`; settings are the options of `shift_share`."""
    from keytech.econometrics.options import ShiftShareOptions

    exposure = build_exposure(frame, ShiftShareOptions(shares=shares, shocks=shocks, **settings))
    return pd.Series(exposure.value, index=frame.index, name=settings.get("name", "bartik"))
