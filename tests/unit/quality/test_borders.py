"""Border checks: a bad raw value is caught by its suite, a check that raises is an error, what has not changed is left alone."""

from __future__ import annotations

import json
import stat
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from keytech import audit
from keytech.landing import land_source, load_contracts
from keytech.quality import borders
from keytech.quality.borders import check_border
from keytech.quality.derive import derive, landed_shape
from keytech.quality.docs import write_data_docs
from keytech.quality.expectations import Expectation, Label, SuiteError, at_most, read_suites
from keytech.quality.frames import Files
from keytech.quality.judge import Verdict
from keytech.quality.results import as_check
from keytech.quality.suites import write_suites

pytestmark = pytest.mark.xdist_group("great-expectations")
ROOT = Path(__file__).parents[3]
CITIES = "城市,省份,经度,纬度\n" + "".join(f"甲{i}市,乙省,{100 + i / 10},{30 + i / 10}\n" for i in range(20))
LABEL = Label(en="It holds.", zh="成立。")


@cache
def contracts() -> tuple:
    return load_contracts(ROOT)


def suite(source: str, table: str) -> list[Expectation]:
    """The derived and the hand-written checks of a landed table of the project."""
    found = next(s for s in contracts() if s.name == source)
    shape = landed_shape(found, next(t for t in found.tables if t.name == table))
    privacy = {f"{s.name}.{t.name}": t.privacy for s in contracts() for t in s.tables}
    panels = yaml.safe_load((ROOT / "expectations" / "panels.yml").read_text(encoding="utf-8"))[
        "expectations"
    ]
    written = read_suites(ROOT / "expectations", privacy | {e["table"]: "licensed" for e in panels})
    return derive(shape) + [e for e in written if e.table == shape.relation]


def landed(tmp_path: Path, source: str, **files: str) -> Files:
    for name, text in files.items():
        path = tmp_path / "raw" / source / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    land_source(source, tmp_path / "raw", tmp_path / "landed", ROOT)
    return Files(tmp_path / "landed", tmp_path / "marts")


def failing(outcomes: list[borders.Outcome]) -> dict[str, str]:
    return {o.name: o.status for o in outcomes if o.status not in {"pass", "empty"}}


def frame_check(**more) -> Expectation:
    said = {"name": "probe", "border": "landed", "table": "city_coordinates.cities", "label": LABEL}
    return Expectation(**(said | more))


def test_a_clean_delivery_passes_every_check_of_its_suite(tmp_path):
    """A failure means that a check cries wolf."""
    checks = suite("city_coordinates", "cities")
    assert len(checks) >= 5
    files = landed(tmp_path, "city_coordinates", a=CITIES)
    assert failing(check_border(checks, files, tmp_path / "quality")) == {}


@pytest.mark.parametrize(
    ("name", "files", "caught"),
    [
        ("longitude and latitude exchanged", {"a": CITIES + "丙市,乙省,30.5,114.3\n"}, "cities_lie_in_china"),
        ("file delivered twice under other bytes", {"a": CITIES, "b": CITIES + "\n"}, "landed_city_coordinates_cities_key_is_a_key"),
        ("one row in five unreadable", {"a": CITIES + "".join(f"丁{i}市,乙省,东经,30\n" for i in range(5))}, "landed_city_coordinates_cities_rejects_are_few"),
    ],
)  # fmt: skip
def test_an_injected_fault_is_caught_by_the_right_check_as_an_error(tmp_path, name, files, caught):
    """A failure means that a bad raw file reaches the estimates, or is blamed on another check."""
    outcomes = check_border(
        suite("city_coordinates", "cities"),
        landed(tmp_path, "city_coordinates", **files),
        tmp_path / "quality",
    )
    found = failing(outcomes)
    assert found.get(caught) == "fail", (name, found)
    assert as_check(next(o for o in outcomes if o.name == caught)).blocks


def test_a_year_that_is_not_delivered_is_named(tmp_path):
    """A failure means that a missing file of a source goes unnoticed."""
    rows = "".join(f"{year},{1000 + year}\n" for year in range(2005, 2023) if year != 2011)
    checks = suite("internet_users", "national")
    header = ",".join(
        next(s for s in contracts() if s.name == "internet_users").tables[0].columns[i].headers[0]
        for i in (0, 1)
    )
    outcomes = check_border(
        checks, landed(tmp_path, "internet_users", a=f"{header}\n{rows}"), tmp_path / "quality"
    )
    found = next(o for o in outcomes if o.name.endswith("years_are_complete"))
    assert (found.status, found.n_failing) == ("fail", 1) and "2011" in found.message


@pytest.mark.parametrize("severity", ["error", "warn"])
@pytest.mark.parametrize(
    "broken",
    [
        {"frame": "select 1 as a", "expect": (at_most("b", 0),)},
        {"frame": "select 1 as a", "expect": ({"type": "expect_nothing_known", "kwargs": {}},)},
        {"rows": "select no_such_column from city_coordinates.cities"},
    ],
    ids=["column the frame lacks", "unknown expectation", "SQL that does not run"],
)
def test_a_check_that_raises_is_an_error_whatever_its_severity(tmp_path, severity, broken):
    """A failure means that a check which was never made passes for one that failed, or warns, or even passes."""
    answer = {"owner": "team:data", "reason_en": "r", "reason_zh": "r", "accepted_until": "2030-01-01"}
    check = frame_check(severity=severity, answer=answer, **broken)
    outcome = check_border([check], landed(tmp_path, "city_coordinates", a=CITIES), tmp_path / "quality")[0]
    assert outcome.status == "error" and outcome.message
    assert as_check(outcome).blocks


def test_nothing_is_judged_again_until_data_or_check_change(tmp_path, monkeypatch):
    """A failure means that great-expectations is paid for in every run, or that a change goes unchecked."""
    files = landed(tmp_path, "city_coordinates", a=CITIES)
    check = frame_check(rows="select * from city_coordinates.cities where latitude > 90")
    first = check_border([check], files, tmp_path / "quality")
    judged = []
    monkeypatch.setattr(borders, "judge", lambda *a: judged.append(a) or Verdict(True, "", ()))
    assert check_border([check], files, tmp_path / "quality") == first and not judged
    landed(tmp_path, "city_coordinates", b="城市,省份,经度,纬度\n丙市,乙省,100,30\n")
    check_border([check], files, tmp_path / "quality")
    assert len(judged) == 1
    check_border([check.model_copy(update={"tolerance": 0.5})], files, tmp_path / "quality")
    assert len(judged) == 2


def test_failing_rows_are_kept_for_the_owner_alone(tmp_path):
    """A failure means that a name from a licensed file leaves the build folder."""
    marked = "机密标记企业"
    files = landed(tmp_path, "city_coordinates", a=CITIES + f"{marked}市,乙省,30.5,114.3\n")
    check = frame_check(
        name="cities_lie_in_china", privacy="licensed", rows="select _file, _row, city from city_coordinates.cities where longitude < 73"
    )  # fmt: skip
    outcome = check_border([check], files, tmp_path / "build" / "quality")[0]
    sample = tmp_path / "build" / "quality" / "samples" / "cities_lie_in_china.parquet"
    assert pd.read_parquet(sample)[["_file", "_row", "city"]].values.tolist() == [
        ["city_coordinates/a.csv", 22, f"{marked}市"]
    ]
    assert stat.S_IMODE(sample.stat().st_mode) == 0o600
    (tmp_path / "release").mkdir()
    write_data_docs(tmp_path / "release", tmp_path / "build", [check])
    said = json.dumps(outcome.__dict__, ensure_ascii=False).encode() + b"".join(
        p.read_bytes() for p in (tmp_path / "release").rglob("*") if p.is_file()
    )
    assert marked.encode() not in said
    assert (
        b"&lt;10" in (tmp_path / "release" / "data_docs" / "landed.city_coordinates.cities.html").read_bytes()
    )


def test_a_column_of_another_scale_is_a_drift_warning(tmp_path):
    """A failure means that a panel whose numbers have moved looks as it did."""
    from keytech.quality.derive import Shape, _drift

    shape = Shape("pnl_x_file", "pnl_x", "panels", "licensed", {"a": "double"}, (), {}, {}, (), ())
    (tmp_path / "marts" / "panels").mkdir(parents=True)
    (tmp_path / "marts" / "quality").mkdir()
    drift = "select 'pnl_x' as panel, 'compared' as status, 0.0 as null_rate, 0.0 as null_rate_before, 9 as n_rows, 9 as n_rows_before"
    duckdb.sql("select 1.0 as a").write_parquet(str(tmp_path / "marts" / "panels" / "pnl_x.parquet"))
    target = str(tmp_path / "marts" / "quality" / "dq_drift.parquet")
    files = Files(tmp_path / "landed", tmp_path / "marts")
    duckdb.sql(f"{drift}, 'size' as column_name, 7.8 as psi union all {drift}, 'lnage', 0.01").write_parquet(
        target
    )
    moved = check_border([_drift(shape)], files, tmp_path / "quality")[0]
    assert (moved.status, moved.n_failing) == ("warn", 1) and "size" in moved.message
    assert not as_check(moved).blocks
    duckdb.sql(f"from ({drift}, 'size' as column_name, 0.0 as psi) where false").write_parquet(target)
    assert check_border([_drift(shape)], files, tmp_path / "quality")[0].status == "empty"


def test_a_warning_without_an_answer_is_refused(tmp_path):
    """A failure means that a warning can be open for ever without anyone to ask."""
    (tmp_path / "x.yml").write_text(
        "border: landed\nexpectations:\n  - {name: n, table: a.b, label: {en: e, zh: z}, severity: warn, rows: select 1}\n"
    )
    with pytest.raises(SuiteError, match=r"(?s)x\.yml, n: .*needs `answer`"):
        read_suites(tmp_path, {"a.b": "public"})


def test_suites_are_the_same_bytes_every_time(tmp_path):
    """A failure means that a release cannot be made again byte for byte."""
    for name in ("one", "two"):
        write_suites(suite("customs", "transactions"), tmp_path / name)
    one, two = (sorted((tmp_path / n).rglob("*.json")) for n in ("one", "two"))
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two] and len(one) == 1


def test_a_failing_border_check_holds_through_later_builds_until_it_passes(tmp_path):
    """A failure means that a partial or later run washes a bad delivery clean."""
    target, build = tmp_path / "target", tmp_path / "build"
    target.mkdir()
    nodes = {
        "model.k.pnl": {
            "resource_type": "model",
            "name": "pnl",
            "depends_on": {"nodes": ["source.k.s.t"]},
            "config": {},
        }
    }
    sources = {"source.k.s.t": {"source_name": "s", "name": "t", "resource_type": "source"}}
    parents = {"model.k.pnl": ["source.k.s.t"], "source.k.s.t": []}
    (target / "manifest.json").write_text(
        json.dumps({"nodes": nodes, "sources": sources, "parent_map": parents})
    )
    (target / "run_results.json").write_text(
        json.dumps({"results": [{"unique_id": "model.k.pnl", "status": "success"}]})
    )
    said = {
        "name": "s_t_ok",
        "kind": audit.BORDER,
        "severity": "error",
        "failures": 3,
        "message": "m",
        "models": ("s.t",),
    }
    audit.record_borders([audit.Check(status="fail", **said)], {"s_t_ok"}, build)
    audit.record(target, build)
    with pytest.raises(audit.BlockedPanel, match="s_t_ok"):
        audit.refuse_if_blocked("pnl", build, target)
    with pytest.raises(audit.BlockedRelease, match="s_t_ok"):
        audit.refuse_release_if_blocked(build)
    audit.record_borders([audit.Check(status="pass", **said)], {"s_t_ok"}, build)
    audit.refuse_if_blocked("pnl", build, target)
    audit.refuse_release_if_blocked(build)
    audit.record_borders([], set(), build)
    assert [c.name for c in audit.read(build)] == ["pnl"]
