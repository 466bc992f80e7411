"""Dagster as an operator meets it: sensors, alerts, retries, owners, schemas, freshness, pools."""

from __future__ import annotations

import base64
import http.server
import json
import os
import re
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import dagster as dg
import pandas as pd
import pytest
import yaml

pytestmark = pytest.mark.xdist_group("dbt-parse")


@pytest.fixture(scope="module")
def definitions():
    from dagster_defs.definitions import defs

    return defs


@pytest.fixture(scope="module")
def nodes(definitions):
    graph = definitions.resolve_asset_graph()
    return {key: graph.get(key) for key in graph.get_all_asset_keys()}


@pytest.fixture
def raw(tmp_path, monkeypatch) -> Path:
    """A raw folder with one file each of the survey and of customs."""
    folder = tmp_path / "raw"
    for name in ("sfrc/SFRC2017.csv", "customs/海关2001.csv"):
        put(folder / name, "a\n1\n", age=100)
    monkeypatch.setenv("KEYTECH_RAW", str(folder))
    return folder


def put(path: Path, text: str, age: float = 60) -> None:
    """Write a file as if it had been written so many seconds ago; a second write is a second later."""
    before = path.stat().st_mtime if path.is_file() else time.time() - age - 10
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    when = max(before + 1, time.time() - age)
    os.utime(path, (when, when))


def evaluate(sensor, cursor: str | None):
    context = dg.build_sensor_context(cursor=cursor)
    found = sensor(context)
    return found, context.cursor


def test_a_changed_raw_file_starts_what_depends_on_it_and_nothing_else(definitions, raw):
    """A failure means that a new survey file rebuilds the customs data, or leaves a table of the survey old."""
    sensor = definitions.resolve_sensor_def("raw_files_changed")
    found, cursor = evaluate(sensor, None)
    assert isinstance(found, dg.SkipReason)
    found, cursor = evaluate(sensor, cursor)
    assert isinstance(found, dg.SkipReason) and "unchanged" in found.skip_message
    put(raw / "sfrc" / "SFRC2017.csv", "a\n1\n2\n", age=5)
    found, same = evaluate(sensor, cursor)
    assert isinstance(found, dg.SkipReason) and "still being written" in found.skip_message and same == cursor
    put(raw / "sfrc" / "SFRC2017.csv", "a\n1\n2\n3\n")
    os.utime(raw / "sfrc" / "SFRC2017.csv", (time.time() - 40, time.time() - 40))
    found, cursor = evaluate(sensor, cursor)
    chosen = {"/".join(key.path) for key in found.asset_selection}
    assert found.job_name == "update"
    assert {"raw/files", "landed/sfrc/responses", "panels/pnl_talent_retention", "results/talent_retention/table_2",
            "results/store", "release/current"} <= chosen  # fmt: skip
    others = ("customs", "robot", "pilot_spillover", "talent_keytech", "university", "patents")
    assert [name for name in chosen if any(other in name for other in others)] == []
    assert isinstance(evaluate(sensor, cursor)[0], dg.SkipReason)
    put(raw / "sfrc" / "SFRC2018.csv", "a\n1\n")
    found, cursor = evaluate(sensor, cursor)
    assert {"/".join(key.path) for key in found.asset_selection} == chosen
    (raw / "customs" / "海关2001.csv").unlink()
    found, cursor = evaluate(sensor, cursor)
    chosen = {"/".join(key.path) for key in found.asset_selection}
    assert "results/robot_upstream/table_2" in chosen and "panels/pnl_talent_retention" not in chosen


def test_going_over_from_simulated_to_licensed_data_runs_everything(definitions, raw):
    """A failure means that simulated and licensed tables stand side by side after a partial run."""
    sensor = definitions.resolve_sensor_def("raw_files_changed")
    kept = {p: p.read_bytes() for p in raw.rglob("*") if p.is_file()}
    for path in kept:
        path.unlink()
    _, cursor = evaluate(sensor, None)
    for path, data in kept.items():
        put(path, data.decode())
    found, _ = evaluate(sensor, cursor)
    assert found.job_name == "everything" and not found.asset_selection


def test_every_asset_has_an_owner_a_group_kinds_and_words(nodes):
    """A failure means that somebody who looks at the graph does not learn what an asset is or whom to ask."""
    for key, node in nodes.items():
        assert node.owners and node.group_name and node.kinds, key
        assert key.path[0] in {"results", "reference"} or node.description, key
    groups = {node.group_name for node in nodes.values()}
    assert {
        "landed",
        "staging",
        "intermediate",
        "marts",
        "panels",
        "quality",
        "talent_keytech",
        "release",
    } <= groups


def test_landed_tables_and_panels_show_their_columns(nodes):
    """A failure means that the column schema of contracts and models is not in the graph."""
    for key, node in nodes.items():
        if key.path[0] == "panels" or (key.path[0] == "landed" and key.path[1] != "landing"):
            schema = node.metadata["dagster/column_schema"]
            assert len(schema.value.columns if hasattr(schema, "value") else schema.columns) > 0, key


def test_marts_panels_tables_and_the_release_are_watched_for_freshness(nodes):
    """A failure means that nobody is told when the daily run has not come."""
    for key, node in nodes.items():
        if key.path[0] in {"marts", "panels", "release"} or "table_" in key.path[-1]:
            assert node.freshness_policy.fail_window.to_timedelta() == timedelta(hours=50), key


def test_the_one_writer_of_the_warehouse_has_a_pool_of_one(definitions, nodes):
    """A failure means that Dagster starts two builds of one DuckDB file."""
    assert {node.pools and tuple(node.pools) for key, node in nodes.items() if key.path[0] == "panels"} == {
        ("duckdb",)
    }
    for name in ("dagster.yaml", "dagster-postgres.yaml"):
        settings = yaml.safe_load((Path(__file__).parents[2] / "dagster_defs" / name).read_text())
        assert settings["concurrency"]["pools"] == {"default_limit": 1, "granularity": "run"}
        assert settings["telemetry"] == {"enabled": False}


def test_the_daily_schedule_starts_the_whole_job(definitions):
    """A failure means that the schedule does not run everything, or not every day."""
    daily = next(s for s in definitions.schedules if s.name == "daily")
    assert (daily.cron_schedule, daily.job_name) == ("0 5 * * *", "everything")


class _Hook(http.server.BaseHTTPRequestHandler):
    got: ClassVar[list[dict]] = []

    def do_POST(self):
        _Hook.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *words):
        pass


@pytest.fixture
def failed_run(tmp_path):
    """The context of a run that failed with a value of the data in its message."""

    @dg.op
    def broken():
        raise dg.Failure("Could not convert string '某某保密有限公司' to DOUBLE")

    @dg.job
    def nightly():
        broken()

    with dg.instance_for_test(temp_dir=str(tmp_path)) as instance:
        result = nightly.execute_in_process(instance=instance, raise_on_error=False)
        yield dg.build_run_status_sensor_context(
            "run_failed", result.get_run_failure_event(), instance, result.dagster_run
        ).for_run_failure()


def test_a_failed_run_is_told_to_the_webhook_without_a_value_of_the_data(failed_run, monkeypatch):
    """A failure means that nobody hears of a failed night, or that the message carries licensed data."""
    from dagster_defs.alerts import Alert, channels

    monkeypatch.delenv("KEYTECH_ALERT_EMAIL", raising=False)
    monkeypatch.delenv("KEYTECH_ALERT_WEBHOOK", raising=False)
    assert channels() == []
    server = http.server.HTTPServer(("127.0.0.1", 0), _Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("KEYTECH_ALERT_WEBHOOK", f"http://127.0.0.1:{server.server_port}/hook")
    _Hook.got.clear()
    for send in channels():
        send(Alert.of(failed_run))
    server.shutdown()
    assert len(_Hook.got) == 1
    told = _Hook.got[0]
    assert (told["job"], told["steps"]) == ("nightly", ["broken"]) and "Could not convert" in told["error"]
    assert "保密" not in json.dumps(told, ensure_ascii=False)


def test_a_failed_run_is_told_by_email(failed_run, monkeypatch):
    """A failure means that the e-mail of the alert cannot be sent."""
    import smtplib

    from dagster_defs import alerts

    sent = []
    monkeypatch.setattr(smtplib.SMTP, "__init__", lambda self, host, port, timeout: sent.append((host, port)))
    monkeypatch.setattr(smtplib.SMTP, "send_message", lambda self, message: sent.append(message))
    monkeypatch.setattr(smtplib.SMTP, "__exit__", lambda self, *error: None)
    monkeypatch.setenv("KEYTECH_ALERT_EMAIL", "a@example.org,b@example.org")
    monkeypatch.setenv("KEYTECH_SMTP", "mail.example.org:2525")
    monkeypatch.delenv("KEYTECH_SMTP_USER", raising=False)
    alerts.mail(alerts.Alert.of(failed_run))
    assert sent[0] == ("mail.example.org", 2525)
    assert sent[1]["To"] == "a@example.org, b@example.org" and "nightly" in sent[1]["Subject"]
    assert "保密" not in sent[1].get_content()


def test_a_passing_fault_is_tried_again_and_a_lasting_one_is_not():
    """A failure means that a file under copy fails the night, or that wrong data are landed three times."""
    from dagster_defs import transient
    from keytech.landing import LandingError
    from keytech.landing.errors import Problem

    def refused(passing: bool):
        with transient.faults():
            raise LandingError(
                Problem("a.csv", "changed while it was read", found="张三 | 13800000000", passing=passing)
            )

    with pytest.raises(dg.RetryRequested):
        refused(True)
    with pytest.raises(dg.Failure) as lasting:
        refused(False)
    assert not lasting.value.allow_retries and "张三" not in lasting.value.description
    with pytest.raises(dg.RetryRequested), transient.faults():
        raise TimeoutError(110, "Connection timed out")
    with pytest.raises(dg.Failure, match="disk is full"), transient.faults():
        raise OSError(28, "No space left on device")
    assert os.strerror(28) == "No space left on device"


def test_a_table_shows_its_coefficients_as_a_table_and_a_small_picture():
    """A failure means that whoever opens a table's asset sees no numbers, or that pictures swell Dagster's database."""
    from dagster_defs.shown import coefficient_picture, estimates_table

    rows = [
        {"column_id": "1", "outcome": "y", "term": f"x{i}", "estimate": i / 10, "std_error": 0.1, "p_value": 0.5,
         "stars": "", "ci_low": i / 10 - 0.2, "ci_high": i / 10 + 0.2}
        for i in range(60)
    ]  # fmt: skip
    table = estimates_table(pd.DataFrame(rows))
    assert len(table.records) == 40 and table.records[3].data["estimate"] == 0.3
    said = coefficient_picture(pd.DataFrame(rows)).value
    picture = base64.b64decode(re.search(r"base64,(.*)\)$", said)[1])
    assert picture.startswith(b"\x89PNG") and 2_000 < len(picture) < 80_000
    assert coefficient_picture(pd.DataFrame(rows).assign(ci_low=float("nan"))) is None
