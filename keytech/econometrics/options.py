"""Options of each estimator: the names are fixed, unknown keys are errors."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

Convention = Literal["stata", "fixest", "none"]


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint with the known name that resembles a word, or nothing."""
    near = get_close_matches(str(word), list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def known_keys(value: Any, known: list[str], where: str) -> Any:
    """The mapping itself; raises where a key is not among `known`."""
    for key in value if isinstance(value, dict) else ():
        if key not in known:
            raise PydanticCustomError(
                "unknown_key",
                "{text}",
                {"text": f"unknown key {key!r} in {where}{nearest(key, known)}; known: {', '.join(known)}"},
            )
    return value


class Options(BaseModel):
    """What every estimator understands."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    small_sample: Convention = "stata"
    weight_type: Literal["analytic", "frequency"] = "analytic"
    confidence_level: float = Field(default=0.95, gt=0, lt=1)


class LinearOptions(Options):
    """`ols`, `iv`."""


class DiscreteOptions(Options):
    """`logit`, `probit`, `ologit`, `poisson`."""

    marginal_effects: bool = False


class IvProbitOptions(Options):
    method: Literal["ml", "twostep", "control_function"] = "ml"


class NegBinOptions(Options):
    method: Literal["nb2", "conditional_fe"] = "nb2"
    unit: str | None = None


class PanelOptions(Options):
    """Names of the columns that define a staggered design."""

    unit: str
    time: str
    cohort: str | None = None
    treatment: str | None = None


class HonestOptions(PanelOptions):
    """Bounds of an event study under departures from parallel trends."""

    honest: Literal["none", "smoothness", "relative_magnitudes"] = "none"
    honest_grid: list[float] | None = None
    honest_horizon: int | Literal["average"] = 0


class EventStudyOptions(HonestOptions):
    bin: tuple[int, int] | None = None
    base: int | list[int] = -1


class CallawaySantAnnaOptions(HonestOptions):
    control_group: Literal["never", "notyet"] = "never"
    method: Literal["reg", "ipw", "dr"] = "dr"
    aggregate: Literal["simple", "dynamic", "group", "calendar", "gt"] = "simple"
    anticipation: int = Field(default=0, ge=0)
    base_period: Literal["varying", "universal"] = "varying"
    unbalanced: Literal["drop_units", "pairs"] = "drop_units"
    horizons: list[int] | None = None


class StaggeredOptions(PanelOptions):
    """`imputation`, `two_stage`, `bacon`, `dcdh`."""

    horizons: list[int] | None = None


class SunAbrahamOptions(HonestOptions):
    horizons: list[int] | None = None


class InteractiveEffectsOptions(Options):
    unit: str
    time: str
    factors: int | Literal["ic"] = 1
    max_factors: int = Field(default=5, ge=1)
    effects: Literal["none", "unit", "time", "twoway"] = "none"
    tolerance: float = Field(default=1e-10, gt=0)
    max_iterations: int = Field(default=20000, ge=1)


class MatchingOptions(Options):
    treatment: str
    method: Literal["nearest"] = "nearest"
    link: Literal["logit", "probit"] = "logit"
    neighbours: int = Field(default=1, ge=1)
    replacement: bool = True
    caliper: float | None = Field(default=None, gt=0)
    caliper_scale: Literal["score", "sd"] = "score"
    common_support: bool = False
    order: Literal["descending", "ascending", "data"] = "descending"
    outcome_formula: str | None = None
    regression_sample: Literal["matched", "support"] = "matched"
    level: str = "row"
    match_sample: str | None = None


class ResamplingOptions(Options):
    draws: int = Field(default=999, ge=1)
    seed: int = 20261120
    draws_file: Any = None


class PermutationOptions(ResamplingOptions):
    treatment: str | None = None
    group: str | None = None
    level: str = "row"
    time: str | None = None
    resample: Literal["permutation", "bootstrap"] = "permutation"
    partial_out: Literal["each_draw", "once"] = "each_draw"


class WildBootstrapOptions(ResamplingOptions):
    term: str
    null: float = 0.0
    weights: Literal["rademacher", "webb"] = "rademacher"
    impose_null: bool = True


class ShiftShareOptions(Options):
    shares: Any
    shocks: Any
    unit: str
    sector: str = "sector"
    time: str | None = None
    name: str = "bartik"
    leave_one_out: bool = False
    se: Literal["akm", "akm0", "bhj", "regression"] = "akm"
    rotemberg: bool = False
    shock_cluster: str | None = None


class ProductionFunctionOptions(Options):
    unit: str
    time: str
    output: str
    free: list[str] | str
    state: list[str] | str
    proxy: str
    form: Literal["cobb_douglas", "translog"] = "cobb_douglas"
    method: Literal["acf", "lp"] = "acf"
    markup: bool = False
    markup_input: str | None = None
    expenditure_share: str | None = None
    degree: int = Field(default=3, ge=1, le=4)
    time_effects: bool = False
    controls: list[str] | str = []
    free_timing: Literal["current", "lagged"] = "lagged"
    starts: int = Field(default=20, ge=1)


class RelatednessOptions(Options):
    unit: str
    class_: str = Field(alias="class")
    time: str | None = None
    value: str | None = None
    matrix: Literal["pooled", "yearly"] = "pooled"
    threshold: float = 1.0
    average: Literal["mean", "sum"] = "mean"


class OsterOptions(Options):
    term: str
    controls: list[str] | None = None
    r_max: float | None = None
    r_max_factor: float = 1.3
    delta: float = 1.0


class LeaveOneOutOptions(Options):
    term: str
    cluster: str
    estimator: Literal["ols", "iv", "logit", "probit", "poisson"] = "ols"


class ConleyOptions(Options):
    latitude: str
    longitude: str
    cutoff_km: float = Field(gt=0)
    kernel: Literal["uniform", "bartlett"] = "bartlett"
    time: str | None = None
    unit: str | None = None
    lags: int = Field(default=0, ge=0)


class RingsOptions(Options):
    """`places` holds every place and period, those without rows in the data too; edges in km, increasing from 0."""

    location: str
    time: str
    treatment: str
    latitude: str
    longitude: str
    edges: list[float] = Field(min_length=2)
    exposure: Literal["nearest", "any", "count"] = "nearest"
    places: Any = None

    @field_validator("edges")
    @classmethod
    def _edges_increase_from_zero(cls, value: list[float]) -> list[float]:
        if value[0] != 0 or any(low >= high for low, high in pairwise(value)):
            raise ValueError(f"edges must increase from 0: {value}")
        return value


class SpecificationCurveOptions(Options):
    term: str
    choices: dict[str, list[Any]]


OPTIONS: dict[str, type[Options]] = {
    "ols": LinearOptions,
    "iv": LinearOptions,
    "logit": DiscreteOptions,
    "probit": DiscreteOptions,
    "ologit": DiscreteOptions,
    "poisson": DiscreteOptions,
    "ivprobit": IvProbitOptions,
    "negbin": NegBinOptions,
    "twfe_event_study": EventStudyOptions,
    "callaway_santanna": CallawaySantAnnaOptions,
    "sun_abraham": SunAbrahamOptions,
    "imputation": StaggeredOptions,
    "two_stage": StaggeredOptions,
    "bacon": StaggeredOptions,
    "dcdh": StaggeredOptions,
    "ife": InteractiveEffectsOptions,
    "matching": MatchingOptions,
    "permutation": PermutationOptions,
    "group_difference": PermutationOptions,
    "wild_bootstrap": WildBootstrapOptions,
    "wild_bootstrap_iv": WildBootstrapOptions,
    "shift_share": ShiftShareOptions,
    "production_function": ProductionFunctionOptions,
    "relatedness": RelatednessOptions,
    "oster": OsterOptions,
    "leave_one_out": LeaveOneOutOptions,
    "specification_curve": SpecificationCurveOptions,
    "conley": ConleyOptions,
    "rings": RingsOptions,
}
