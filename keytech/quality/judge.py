"""great-expectations as the judge of small frames: pandas engine, no store, no analytics, nothing asked of the network."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Verdict:
    """`success` of all expectations on one frame; `raised` says what one of them raised; `rows` are the positions of
    the frame's rows that break one, in order."""

    success: bool
    raised: str
    rows: tuple[int, ...]


def judge(frame: pd.DataFrame, expect: Sequence[dict[str, Any]]) -> Verdict:
    """The verdict of great-expectations on a frame; an expectation that raised never counts as one that failed."""
    import great_expectations as gx
    from great_expectations.exceptions import GreatExpectationsError

    try:
        suite = gx.ExpectationSuite(name="frame", expectations=[dict(e) for e in expect])
    except (ValueError, GreatExpectationsError) as error:
        return Verdict(False, " ".join(str(error).split()), ())
    batch = _frames().get_batch(batch_parameters={"dataframe": frame.reset_index(drop=True)})
    if len(suite.expectations) != len(expect):
        # A type that it does not know is logged and left out, and the rest would pass for the whole.
        return Verdict(False, f"not all of {[e['type'] for e in expect]} are known", ())
    results = batch.validate(suite, result_format={"result_format": "COMPLETE"}).results
    raised = sorted(filter(None, (_raised(result.exception_info) for result in results)))
    rows = {int(i) for result in results for i in result.result.get("unexpected_index_list") or ()}
    success = not raised and all(bool(r.success) for r in results)
    return Verdict(success, "; ".join(raised), tuple(sorted(rows)))


def version() -> str:
    """Version of great-expectations, without importing it."""
    from importlib.metadata import version as of

    return of("great-expectations")


@cache
def _frames():
    """The one batch definition that every frame goes through. The import costs seconds, so it stands here."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


def _raised(info: dict[str, Any]) -> str:
    """What was raised; empty where nothing was. One metric or several: the two shapes in which it is reported."""
    if info.get("raised_exception") is False:
        return ""
    entries = [info] if "raised_exception" in info else list(info.values())
    said = [str(e.get("exception_message", "")) for e in entries if e.get("raised_exception") is not False]
    return "; ".join(sorted(said)) or "an expectation raised"
