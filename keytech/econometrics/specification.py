"""What to estimate: the YAML of an analyst, validated."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from keytech.econometrics.formula import Formula, parse_formula
from keytech.econometrics.options import OPTIONS, Options, known_keys, nearest

_NAMED = {"iid": "iid", "hetero": "hetero", "hc1": "hetero", "robust": "hetero", "classical": "iid"}


class ClusterVcov(BaseModel):
    """`{cluster: [city]}` or `{cluster: [firm, year]}`; a name may combine columns, `city^year`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    cluster: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _keys_are_known(cls, value: Any) -> Any:
        return known_keys(value, ["cluster"], "vcov")

    @field_validator("cluster", mode="before")
    @classmethod
    def _one_name_is_a_list(cls, value: Any) -> Any:
        names = (value,) if isinstance(value, str) else tuple(value)
        if len(set(names)) != len(names):
            raise ValueError(f"cluster names repeat: {names}")
        return names


class Specification(BaseModel):
    """One regression: estimator, formula, variance, weights, sample predicate, options."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
    estimator: str
    formula: str = ""
    vcov: Literal["iid", "hetero"] | ClusterVcov = "iid"
    weights: str | None = None
    sample: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _keys_are_known(cls, value: Any) -> Any:
        return known_keys(value, list(cls.model_fields), "the specification")

    @field_validator("estimator")
    @classmethod
    def _known_estimator(cls, value: str) -> str:
        if value not in OPTIONS:
            raise ValueError(
                f"unknown estimator {value!r}{nearest(value, OPTIONS)}; known: {', '.join(OPTIONS)}"
            )
        return value

    @field_validator("vcov", mode="before")
    @classmethod
    def _named_vcov(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return ClusterVcov.model_validate(value)
        if isinstance(value, str) and value.lower() not in _NAMED:
            raise ValueError(f"unknown vcov {value!r}; use iid, hetero or {{cluster: [column, ...]}}")
        return _NAMED[value.lower()] if isinstance(value, str) else value

    @model_validator(mode="after")
    def _options_are_known(self) -> Specification:
        _ = self.settings
        return self

    @cached_property
    def settings(self) -> Options:
        """The options, typed; unknown keys raise."""
        model = OPTIONS[self.estimator]
        known = [field.alias or name for name, field in model.model_fields.items()]
        return model.model_validate(known_keys(self.options, known, f"options of {self.estimator}"))

    @cached_property
    def parsed(self) -> Formula:
        return parse_formula(self.formula)

    @property
    def clusters(self) -> tuple[str, ...]:
        return self.vcov.cluster if isinstance(self.vcov, ClusterVcov) else ()

    @property
    def vcov_kind(self) -> str:
        return "cluster" if self.clusters else str(self.vcov)
