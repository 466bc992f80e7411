"""What assets show of themselves: schemas, counts, tables and plots; aggregates only."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from datetime import timedelta

import dagster as dg
import pandas as pd
import vl_convert

from keytech.landing import Table
from keytech.report.plots import Point, coefficient_plot
from keytech.report.words import Text

OWNERS = {"landed": "team:data", "results": "team:research", "release": "team:operations"}
DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))
STYLE = (
    "<style>svg{background:#fff}text{font:12px sans-serif;fill:#222}[lang=zh]{display:none}.f-ours{fill:#0b5fa5}"
    ".s-ours{stroke:#0b5fa5;stroke-width:2;fill:none}.grid{stroke:#ddd}.zero{stroke:#888}</style>"
)
LINES, DOTS = 40, 20


def owners(layer: str, meta: dict) -> list[str]:
    """Who answers for an asset: the owner that its YAML names, else the team of the layer."""
    return [meta.get("owner") or OWNERS.get(layer, "team:warehouse")]


def contract_schema(table: Table) -> dg.TableSchema:
    """The columns of a raw table as its contract says."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(c.name, c.data_type, f"{c.description} {c.label_zh}", constraints=dg.TableColumnConstraints(
                nullable=c.nullable)) for c in table.columns
        ]
    )  # fmt: skip


def estimates_table(estimates: pd.DataFrame) -> dg.TableMetadataValue:
    """The coefficients of a declared table, the first LINES of them."""
    shown = estimates[["column_id", "outcome", "term", "estimate", "std_error", "p_value", "stars"]].head(
        LINES
    )
    records = [
        dg.TableRecord({k: None if pd.isna(v) else v for k, v in row.items()})
        for row in shown.astype(object).to_dict("records")
    ]
    kinds = {"estimate": "float", "std_error": "float", "p_value": "float"}
    schema = dg.TableSchema(columns=[dg.TableColumn(name, kinds.get(name, "string")) for name in shown])
    return dg.MetadataValue.table(records, schema=schema)


def coefficient_picture(estimates: pd.DataFrame) -> dg.MarkdownMetadataValue | None:
    """A plot of the first DOTS coefficients with their 95 % intervals; None where none can be drawn."""
    points = list(_points(estimates))[:DOTS]
    if not points:
        return None
    svg = str(coefficient_plot(points, "coefficients"))
    head, body = svg.split(">", 1)
    if "xmlns=" not in head:
        head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    picture = vl_convert.svg_to_png(f"{head}>{STYLE}{body}", scale=1)
    return dg.MetadataValue.md(f"![coefficients](data:image/png;base64,{base64.b64encode(picture).decode()})")


def _points(estimates: pd.DataFrame) -> Iterable[Point]:
    for row in estimates.itertuples():
        numbers = (row.estimate, row.ci_low, row.ci_high)
        if row.term != "const" and all(isinstance(n, float) and math.isfinite(n) for n in numbers):
            label = f"({row.column_id}) {row.term}"[:30]
            yield Point(Text(label, label), *numbers)
