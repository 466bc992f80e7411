"""`keytech estimate` from the outside."""

import json

import pandas as pd
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
        ("estimator: olss\nformula: y ~ w", "unknown estimator 'olss' (did you mean 'ols'?)"),
        ("estimator: ols\nformula: y ~ w\noptions: {smal_sample: stata}", "did you mean 'small_sample'?"),
        ("estimator: ols\nformula: y ~ w\nvcov: HC9", "unknown vcov"),
        ("estimator: ols\nformula: y ~ w\nvcov: {clusters: [firm]}", "did you mean 'cluster'?"),
        ("estimator: ols\nformula: y ~ w\nweight: w", "did you mean 'weights'?"),
        ("estimator: ols", "needs a formula"),
        ("estimator: ols\nformula: y ~ w +", "a term is missing"),
        ("estimator: ols\nformula: y ~ y + w", "'y' is the outcome and a regressor"),
        ("estimator: ols\nformula: y ~ w + i.firm", "write i(x) for dummies"),
        ("estimator: ols\nformula: y ~ w\nsample: year", "not true or false"),
        ("estimator: ols\nformula: y ~ w\nsample: yeer > 2000", "did you mean 'year'?"),
        (
            "estimator: ols\nformula: y ~ w\nweights: weight\noptions: {weight_type: frequency}",
            "whole numbers; row 1",
        ),
        ("estimator: ols\nformula: y ~ w: [", "is not YAML at line 2"),
        ("estimator: ols\nformula: y ~ nosuch", "unknown column 'nosuch'"),
        ("- a\n- b", "must be a mapping"),
    ],
)
def test_a_bad_specification_is_one_line_of_error(spec, text, message):
    """Failure: the analyst sees a stack trace."""
    (spec / "bad.yml").write_text(text, encoding="utf-8")
    done = call(spec / "bad.yml", "--data", spec / "data.csv")
    assert done.exit_code == 2
    assert message in done.output


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", "", "empty.csv is not a readable .csv file"),
        ("header.csv", "y,w\n", "the data has no rows"),
        ("ragged.csv", "y,w\n1,2\n3,4,5\n", "Expected 2 fields in line 3"),
        ("semicolon.csv", "y;w\n1;2\n", "separate the columns by commas"),
        ("broken.parquet", "no", "broken.parquet is not a readable .parquet file"),
        ("broken.dta", "no", "broken.dta is not a readable .dta file"),
        ("table.txt", "y,w\n1,2\n", "must be .csv, .parquet or .dta"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_of_error(spec, name, content, message):
    """Failure: a broken file ends in a stack trace of the library that read it."""
    (spec / "plain.yml").write_text("estimator: ols\nformula: y ~ w", encoding="utf-8")
    (spec / name).write_text(content, encoding="utf-8")
    done = call(spec / "plain.yml", "--data", spec / name)
    assert done.exit_code == 2
    assert message in done.output


def test_identifiers_of_eighteen_digits_stay_apart(tmp_path):
    """Failure: a column of long numbers with gaps is read as float, and neighbours become one effect."""
    rows = [f"{110000000000000000 + i // 2},{i % 5 + i // 2},{(i * i) % 7}" for i in range(40)]
    (tmp_path / "long.csv").write_text("\n".join(["id,y,x", *rows, ",1,2"]), encoding="utf-8")
    (tmp_path / "s.yml").write_text("estimator: ols\nformula: y ~ x | id", encoding="utf-8")
    assert (
        call(tmp_path / "s.yml", "--data", tmp_path / "long.csv", "--out", tmp_path / "r.json").exit_code == 0
    )
    result = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert result["statistics"]["df_absorbed"] == 20
    assert result["sample"]["missing"] == 1


def test_chinese_columns_in_gb18030_are_read(tmp_path):
    """Failure: a csv from a Chinese spreadsheet cannot be used."""
    rows = [f"{'北京' if i % 2 else '上海'},{i},{(i * 7) % 11}" for i in range(20)]
    (tmp_path / "gb.csv").write_bytes("\n".join(["省份,y,x", *rows]).encode("gb18030"))
    text = "estimator: ols\nformula: y ~ x\nsample: \"省份 = '北京'\""
    (tmp_path / "s.yml").write_text(text, encoding="utf-8")
    done = call(tmp_path / "s.yml", "--data", tmp_path / "gb.csv")
    assert "outside_sample 10, used 10" in done.output


def test_a_stata_year_stays_a_number(tmp_path):
    """Failure: a %ty column becomes a date and `year >= 2003` fails; labelled values become text."""
    frame = pd.DataFrame({"year": [2001, 2002, 2003, 2004] * 5, "x": range(20)})
    frame["y"] = (frame.x * 7 % 5).astype(float)
    dated = frame.assign(year=pd.to_datetime(frame.year.astype(str) + "-01-01"))
    dated.to_stata(
        tmp_path / "t.dta", write_index=False, convert_dates={"year": "ty"}, value_labels={"x": {1: "one"}}
    )
    (tmp_path / "s.yml").write_text("estimator: ols\nformula: y ~ x\nsample: year >= 2003", encoding="utf-8")
    assert "outside_sample 10, used 10" in call(tmp_path / "s.yml", "--data", tmp_path / "t.dta").output


def test_terms_outside_their_domain_are_named(tmp_path):
    """Failure: the log of a negative number drops rows without a word."""
    (tmp_path / "d.csv").write_text("y,x\n1,1\n2,-1\n3,2\n5,3\n4,\n", encoding="utf-8")
    (tmp_path / "s.yml").write_text("estimator: ols\nformula: y ~ log(x)", encoding="utf-8")
    done = call(tmp_path / "s.yml", "--data", tmp_path / "d.csv")
    assert "log(x) is not a number in 1 rows" in done.output
    assert "missing 2, used 3" in done.output


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


def test_chinese_text_of_an_old_stata_file_is_read(tmp_path):
    """Failure: files of Stata 13 and before hold GB18030 and come out as Latin-1, so no predicate on text finds a row."""
    place = ["北京" if index % 2 else "上海" for index in range(20)]
    frame = pd.DataFrame({"place": place, "x": range(20)})
    frame["y"] = (frame.x * 7 % 5).astype(float)
    frame["place"] = [text.encode("gb18030").decode("latin-1") for text in place]
    frame.to_stata(tmp_path / "old.dta", write_index=False, version=114)
    text = "estimator: ols\nformula: y ~ x\nsample: \"place = '北京'\""
    (tmp_path / "s.yml").write_text(text, encoding="utf-8")
    assert "outside_sample 10, used 10" in call(tmp_path / "s.yml", "--data", tmp_path / "old.dta").output
