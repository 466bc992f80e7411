"""`keytech estimate` from the outside."""

import json

import pytest
from typer.testing import CliRunner

from keytech.cli import app

SPEC = """
estimator: iv
formula: "y ~ w | firm + year | x1 + x1:w ~ z1 + z1:w"
vcov: {cluster: [firm]}
weights: weight
sample: "year >= 2002"
"""


@pytest.fixture
def spec(tmp_path, panel):
    panel.to_csv(tmp_path / "data.csv", index=False)
    panel.to_parquet(tmp_path / "data.parquet")
    panel.drop(columns="city").to_stata(tmp_path / "data.dta", write_index=False)
    (tmp_path / "spec.yml").write_text(SPEC, encoding="utf-8")
    return tmp_path


def call(*arguments):
    return CliRunner().invoke(app, ["estimate", *map(str, arguments)])


def test_a_ten_line_file_gives_a_result_and_an_account(spec):
    """Failure: the promised command or the layout of its result changed."""
    done = call(spec / "spec.yml", "--data", spec / "data.csv", "--out", spec / "result.json")
    assert done.exit_code == 0, done.output
    result = json.loads((spec / "result.json").read_text("utf-8"))
    assert {"estimator", "formula", "n_obs", "coefficients", "statistics", "sample", "warnings"} <= set(
        result
    )
    assert [row["term"] for row in result["coefficients"]] == ["x1", "x1:w", "w"]
    assert set(result["coefficients"][0]) == {
        "term",
        "estimate",
        "std_error",
        "statistic",
        "p_value",
        "ci_low",
        "ci_high",
    }
    sample = result["sample"]
    assert (
        sample["rows_in"]
        == sample["outside_sample"] + sample["missing"] + sample["singletons"] + sample["used"]
    )
    assert "rows: rows_in 1500" in done.output


def test_every_format_gives_the_same_numbers(spec):
    """Failure: a reader changes values (types, decimals)."""
    found = []
    for name in ("data.csv", "data.parquet", "data.dta"):
        assert call(spec / "spec.yml", "--data", spec / name, "--out", spec / "result.json").exit_code == 0
        found.append(json.loads((spec / "result.json").read_text("utf-8"))["coefficients"])
    for other in found[1:]:
        for left, right in zip(found[0], other, strict=True):
            assert right["estimate"] == pytest.approx(left["estimate"], rel=1e-12)
            assert right["std_error"] == pytest.approx(left["std_error"], rel=1e-12)


def test_a_warehouse_table_is_read_without_locking_it(spec, panel):
    """Failure: --table does not find the table or opens the file for writing."""
    import duckdb

    with duckdb.connect(str(spec / "house.duckdb")) as connection:
        connection.register("frame", panel)
        connection.execute("create schema panels")
        connection.execute("create table panels.pnl_test as select * from frame")
    done = call(spec / "spec.yml", "--table", "panels.pnl_test", "--warehouse", spec / "house.duckdb")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("estimator: olss\nformula: y ~ w", "unknown estimator 'olss'"),
        ("estimator: ols\nformula: y ~ w\noptions: {smal_sample: stata}", "smal_sample"),
        ("estimator: ols\nformula: y ~ w\nvcov: HC9", "unknown vcov"),
        ("estimator: ols\nformula: y ~ w\nfoo: 1", "foo"),
        ("estimator: ols\nformula: y ~ nosuch", "unknown column 'nosuch'"),
        ("- a\n- b", "must be a mapping"),
    ],
)
def test_a_bad_specification_is_one_line_of_error(spec, text, message):
    """Failure: the analyst sees a stack trace."""
    (spec / "bad.yml").write_text(text, encoding="utf-8")
    done = call(spec / "bad.yml", "--data", spec / "data.csv")
    assert done.exit_code == 1
    assert message in done.output


def test_tables_are_written_as_csv(spec):
    """Failure: relatedness has nowhere to go."""
    (spec / "related.yml").write_text(
        "estimator: relatedness\noptions: {unit: firm, class: city, time: year}", encoding="utf-8"
    )
    done = call(spec / "related.yml", "--data", spec / "data.csv", "--out", spec / "out.csv")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in spec.glob("out*.csv")) == [
        "out.proximity.csv",
        "out.relatedness.csv",
        "out.rta.csv",
    ]
