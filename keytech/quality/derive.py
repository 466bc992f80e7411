"""Checks that the contracts imply: columns and types, required and allowed values, ranges, keys, rejects, years.

A landed table is held to its source contract, a panel file to the enforced contract of its model. What is looked for is
said once, in the YAML of the source or model; nothing here names a table or a column.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from keytech.landing.contracts import Source, Table
from keytech.quality.expectations import LANDED, PANELS, Answer, Expectation, Label, at_most

# Units and the numbers they allow; other units allow every finite number.
COUNTED = {"count", "persons", "person-times", "papers", "reports", "meetings", "applications", "units", "km"}
SHARES = {"share", "share 0-1", "0-1", "probability"}
LEVELS = ("_pct",)
YEARS = (1949, 2049)
# A delivery may repeat or break a few rows (the screens drop them and say so); beyond this it is a bad delivery.
REPEATED, REJECTED, OUT_OF_RANGE = 0.05, 0.05, 0.01
# Beyond these a panel is not what it was in the release that readers have: population stability index, change of the share
# of missing values, change of the number of rows (log).
DRIFT = {"psi": 0.25, "null_change": 0.05, "row_change": 0.25}
DRIFT_ANSWER = Answer(
    owner="team:research",
    reason_en="New deliveries and changed definitions move distributions as faults do; compare the columns in quality.dq_drift before citing.",
    reason_zh="新交付的数据与定义变更同样会改变分布；引用前请在quality.dq_drift中核对相应字段。",
    accepted_until=date(2027, 12, 31),
)


@dataclass(frozen=True)
class Shape:
    """What a contract says of one file or table: `columns` by name with type; the rest by column name."""

    name: str
    relation: str
    border: str
    privacy: str
    columns: dict[str, str]
    required: tuple[str, ...]
    allowed: dict[str, tuple[str, ...]]
    units: dict[str, str | None]
    key: tuple[str, ...]
    where: tuple[str, ...]
    years: tuple[str, int, int] | None = None
    source: tuple[str, str] | None = None
    tolerance: dict[str, float] = field(default_factory=dict)


def landed_shape(source: Source, table: Table) -> Shape:
    """The shape that the source contract gives to the landed files of a table."""
    columns = {c.name: c.data_type for c in table.columns} | {"_file": "varchar", "_row": "bigint"}
    return Shape(
        name=f"landed_{source.name}_{table.name}", relation=f"{source.name}.{table.name}", border=LANDED,
        privacy=table.privacy, columns=columns, required=tuple(c.name for c in table.columns if not c.nullable),
        allowed={c.name: c.allowed for c in table.columns if c.allowed}, units={c.name: c.unit for c in table.columns},
        key=table.key, where=("_file", "_row"), years=table.period, source=(source.name, table.name),
        tolerance={"key": REPEATED, "range": OUT_OF_RANGE},
    )  # fmt: skip


def panel_shape(node: dict, tests: Iterable[dict], privacy: str) -> Shape:
    """The shape that a panel's model YAML gives to its file; `node` and its `tests` as in dbt's manifest."""
    columns = node["columns"].values()
    key: tuple[str, ...] = ()
    allowed: dict[str, tuple[str, ...]] = {}
    for test in tests:
        about = test.get("test_metadata") or {}
        if about.get("name") == "unique_combination":
            key = key or tuple(about["kwargs"]["columns"])
        if about.get("name") == "unique":
            key = key or (test["column_name"],)
        if about.get("name") == "accepted_values" and test["config"]["severity"].lower() == "error":
            allowed[test["column_name"]] = tuple(str(v) for v in about["kwargs"]["values"])
    return Shape(
        name=f"{node['name']}_file", relation=node["name"], border=PANELS, privacy=privacy,
        columns={c["name"]: c["data_type"] for c in columns},
        required=tuple(c["name"] for c in columns if any(k["type"] == "not_null" for k in c["constraints"])),
        allowed=allowed, units={c["name"]: (c["config"].get("meta") or {}).get("unit") for c in columns},
        key=key, where=key,
    )  # fmt: skip


def derive(shape: Shape) -> list[Expectation]:
    """Every check that a shape implies, in a fixed order."""
    dated = {shape.years[0]: "year"} if shape.years else {}
    units = dict(shape.units) | dated
    ranges = {c: bad for c, kind in shape.columns.items() if (bad := _out_of_range(c, kind, units.get(c)))}
    allowed = {
        c: f"{_q(c)}::varchar not in ({_listed(values)})" for c, values in sorted(shape.allowed.items())
    }
    found = [
        _columns(shape),
        _values(shape, "required_values_are_there", {c: f"{_q(c)} is null" for c in shape.required}, 0.0,
                Label(en="No required value is missing.", zh="必填字段没有缺失。")),
        _values(shape, "values_are_allowed", allowed, 0.0,
                Label(en="Only the values of the contract occur.", zh="取值均在约定范围内。")),
        _values(shape, "numbers_are_in_range", ranges, shape.tolerance.get("range", 0.0),
                Label(en="Numbers are finite and within the range of their unit.", zh="数值有限且在其单位允许的范围内。")),
        _key(shape), _rejects(shape), _years(shape), _drift(shape),
    ]  # fmt: skip
    return [check for check in found if check is not None]


def _make(shape: Shape, kind: str, label: Label, **more: object) -> Expectation:
    return Expectation(
        name=f"{shape.name}_{kind}", border=shape.border, table=shape.relation, label=label, origin="contract",
        privacy=shape.privacy, **more,
    )  # fmt: skip


def _columns(shape: Shape) -> Expectation:
    names, types = list(shape.columns), [t.upper().replace(" ", "") for t in shape.columns.values()]
    frame = (
        f"with declared as (select unnest([{_listed(names)}]) as column_name, unnest([{_listed(types)}]) as declared),"
        f" found as (select column_name, replace(column_type, ' ', '') as found from (describe from {shape.relation}))"
        " select column_name, declared, found from declared full join found using (column_name) order by column_name"
    )
    kwargs = {"column_A": "declared", "column_B": "found", "ignore_row_if": "neither"}
    expect = ({"type": "expect_column_pair_values_to_be_equal", "kwargs": kwargs},)
    label = Label(en="Columns and types are those of the contract.", zh="字段及类型与约定一致。")
    return _make(shape, "columns_are_the_contract", label, frame=frame, expect=expect)


def _values(
    shape: Shape, kind: str, faults: dict[str, str], tolerance: float, label: Label
) -> Expectation | None:
    """One check over several columns: `faults` says in SQL when a column's value is wrong. One scan counts them all."""
    if not faults:
        return None
    asked = ", ".join(
        f"count(*) filter (where {bad}) as f{i}, count({_q(c) if 'is null' not in bad else '*'}) as n{i}"
        for i, (c, bad) in enumerate(faults.items())
    )
    n, f = (", ".join(f"{letter}{i}" for i in range(len(faults))) for letter in "nf")
    frame = (
        f"select *, n_failing / greatest(n_checked, 1) as failing_share from (select unnest([{_listed(faults)}]) as"
        f" column_name, unnest([{n}]) as n_checked, unnest([{f}]) as n_failing from (select {asked} from {shape.relation}))"
    )
    place = ", ".join(_q(c) for c in shape.where)
    rows = " union all ".join(
        f"select {place + ', ' if place else ''}'{c}' as column_name, {_q(c)}::varchar as value"
        f" from {shape.relation} where {bad}"
        for c, bad in faults.items()
    )
    expect = (at_most("failing_share", tolerance),)
    return _make(shape, kind, label, rows=rows, frame=frame, expect=expect, tolerance=tolerance)


def _out_of_range(column: str, data_type: str, unit: str | None) -> str | None:
    """SQL that is true for an impossible number; None where every value of the type is possible."""
    name = _q(column)
    if data_type.startswith(("varchar", "date", "boolean")) or column.startswith("_"):
        return None
    bad = [f"not isfinite({name})"] if data_type == "double" else []
    if unit in COUNTED:
        bad.append(f"{name} < 0")
    elif unit in SHARES:
        bad.append(f"{name} not between 0 and 1")
    elif unit == "0/1":
        bad.append(f"{name} not in (0, 1)")
    elif unit == "percent" and column.endswith(LEVELS):
        bad.append(f"{name} not between 0 and 100")
    elif unit == "year" or column == "year":
        bad.append(f"{name} <> 0 and {name} not between {YEARS[0]} and {YEARS[1]}")
    return " or ".join(f"({b})" for b in bad) or None


def _key(shape: Shape) -> Expectation | None:
    if not shape.key:
        return None
    key = ", ".join(_q(c) for c in shape.key)
    whole = " and ".join(f"{_q(c)} is not null" for c in shape.key)
    order = ", ".join(_q(c) for c in shape.where)
    rows = (
        f"select * from {shape.relation} where {whole}"
        f" qualify row_number() over (partition by {key} order by {order}) > 1"
    )
    frame = (
        "select *, n_failing / greatest(n_checked, 1) as failing_share from (select coalesce(sum(n), 0)::bigint as n_checked,"
        f" coalesce(sum(n - 1), 0)::bigint as n_failing from (select count(*) as n from {shape.relation} where {whole} group by {key}))"
    )
    tolerance = shape.tolerance.get("key", 0.0)
    expect = (at_most("failing_share", tolerance),)
    most = f"At most {tolerance:.0%} of rows repeat" if tolerance else "No row repeats"
    zh = f"重复{'、'.join(shape.key)}的行不超过{tolerance:.0%}。" if tolerance else "主键没有重复。"
    label = Label(en=f"{most} the key {', '.join(shape.key)}.", zh=zh)
    return _make(shape, "key_is_a_key", label, rows=rows, frame=frame, expect=expect, tolerance=tolerance)


def _rejects(shape: Shape) -> Expectation | None:
    if shape.source is None:
        return None
    source, table = shape.source
    frame = (
        "select file, rows_read as n_checked, rows_rejected as n_failing, rows_rejected / greatest(rows_read, 1) as failing_share"
        f" from landing.files where source = '{source}' and table_name = '{table}' and status = 'landed' order by file"
    )
    rows = (
        "select file as _file, row_number as _row, column_name, value, reason from landing.rejects"
        f" where source = '{source}' and table_name = '{table}'"
    )
    label = Label(
        en=f"Landing rejects at most {REJECTED:.0%} of the rows of a file.",
        zh=f"每个文件被拒收的行不超过{REJECTED:.0%}。",
    )
    return _make(
        shape, "rejects_are_few", label, frame=frame, rows=rows, tolerance=REJECTED,
        expect=(at_most("failing_share", REJECTED),), reads=("landing.files", "landing.rejects"),
    )  # fmt: skip


def _years(shape: Shape) -> Expectation | None:
    if shape.years is None:
        return None
    column, first, last = shape.years
    year = f"year({_q(column)})" if shape.columns[column] == "date" else _q(column)
    frame = (
        f"select expected.year, count(found.year) as n_rows from (select unnest(range({first}, {last} + 1)) as year) as"
        f" expected left join (select {year} as year from {shape.relation}) as found on found.year = expected.year"
        " group by expected.year order by expected.year"
    )
    expect = ({"type": "expect_column_values_to_be_between", "kwargs": {"column": "n_rows", "min_value": 1}},)
    label = Label(en=f"Every year from {first} to {last} is delivered.", zh=f"{first}—{last}年各年均有数据。")
    return _make(shape, "years_are_complete", label, frame=frame, expect=expect)


def _drift(shape: Shape) -> Expectation | None:
    if shape.border != PANELS:
        return None
    frame = (
        "select column_name, psi, abs(null_rate - null_rate_before) as null_change, abs(ln(n_rows / n_rows_before)) as row_change"
        f" from quality.dq_drift where panel = '{shape.relation}' and status = 'compared' order by column_name"
    )
    label = Label(
        en="No column is distributed otherwise than in the release that readers have.",
        zh="各字段的分布与当前发布版本相比没有漂移。",
    )
    return _make(
        shape, "has_not_drifted", label, frame=frame, expect=tuple(at_most(c, most) for c, most in DRIFT.items()),
        reads=("quality.dq_drift",), severity="warn", answer=DRIFT_ANSWER,
    )  # fmt: skip


def _q(column: str) -> str:
    return f'"{column}"'


def _listed(values: Iterable[str]) -> str:
    return ", ".join("'" + str(v).replace("'", "''") + "'" for v in values)
