"""What the data-quality page says over time: checks over releases, drift, freshness, border checks; crosswalks and cities."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from keytech.quality.derive import DRIFT
from keytech.report.disclosure import THRESHOLD, counts
from keytech.report.facts import Facts
from keytech.report.words import CROSSED, CROSSWALKS, FRESH, Text, number, percent

MOST_RELEASES = 12
LAYERS = ("landed", "seed", "staging", "intermediate", "core", "panels", "quality")
OPEN = ("fail", "error", "skipped", "warn")


@dataclass(frozen=True)
class Rates:
    """Checks passed over checks made, per release and layer; the last release is this one. `changed`: check, before, now."""

    releases: tuple[str, ...]
    layers: tuple[tuple[str, tuple[tuple[int, int] | None, ...]], ...]
    changed: tuple[tuple[str, str, str], ...]


def pass_rates(facts: Facts) -> Rates | None:
    """Pass rates of this release and of up to eleven before it, and the checks that changed since the last; None without checks."""
    if facts.checks.empty:
        return None
    now = facts.checks.assign(release_id=facts.manifest["release_id"])
    before = facts.quality.get("dq_check_history", now.head(0))
    columns = ["release_id", "check_name", "layer", "status"]
    made = pd.concat([before[columns], now[columns]])
    made = made[made["status"] != "empty"]
    releases = tuple(dict.fromkeys([*sorted(set(before["release_id"])), facts.manifest["release_id"]]))[
        -MOST_RELEASES:
    ]
    passed = made.assign(passed=made["status"] == "pass").groupby(["layer", "release_id"])["passed"]
    sums = {key: (int(part.sum()), len(part)) for key, part in passed}
    known = [layer for layer in LAYERS if any((layer, r) in sums for r in releases)]
    layers = tuple((layer, tuple(sums.get((layer, r)) for r in releases)) for layer in known)
    return Rates(releases, layers, _changed(made, releases))


def _changed(made: pd.DataFrame, releases: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """Checks of another status than in the release before; `new` and `gone` are left to the counts."""
    if len(releases) < 2:
        return ()
    last, now = (made[made["release_id"] == r].set_index("check_name")["status"] for r in releases[-2:])
    both = last.index.intersection(now.index)
    return tuple((name, last[name], now[name]) for name in sorted(both) if last[name] != now[name])


@dataclass(frozen=True)
class Shift:
    """One column of a panel that moved: before and now as printed, stability index, and by what factor over its limit."""

    panel: str
    column: str
    mean: tuple[str, str]
    missing: tuple[str, str]
    rows: tuple[int, int]
    psi: str
    strength: float


@dataclass(frozen=True)
class Drift:
    """Columns compared with the release before (`baseline`, None for the first); those over a limit, strongest first."""

    baseline: str | None
    compared: int
    new: int
    shifts: tuple[Shift, ...]


def drift(facts: Facts) -> Drift | None:
    """Columns that break a limit of the border checks (`keytech.quality.derive.DRIFT`); None without `dq_drift`."""
    frame = facts.quality.get("dq_drift")
    if frame is None or frame.empty:
        return None
    compared = frame[frame["status"] == "compared"]
    baselines = compared["baseline"].dropna()
    shifts = [s for s in (_shift(facts, row) for row in compared.to_dict("records")) if s.strength > 1]
    shifts.sort(key=lambda s: (-s.strength, s.panel, s.column))
    baseline = None if baselines.empty else str(baselines.iloc[0])
    return Drift(baseline, len(compared), int((frame["status"] == "new_column").sum()), tuple(shifts))


def _shift(facts: Facts, row: dict) -> Shift:
    protect = facts.catalog.privacy_of(row["panel"]) != "public"
    moved = {
        "psi": row["psi"],
        "null_change": abs(row["null_rate"] - row["null_rate_before"]),
        "row_change": abs(math.log(row["n_rows"] / row["n_rows_before"])),
    }
    over = [moved[name] / limit for name, limit in DRIFT.items() if not pd.isna(moved[name])]
    missing = tuple(_rate(row["null_rate" + s], row["n_rows" + s], protect=protect) for s in ("_before", ""))
    return Shift(
        row["panel"], row["column_name"], (number(row["mean_before"]), number(row["mean"])), missing,
        (int(row["n_rows_before"]), int(row["n_rows"])), number(row["psi"], 3), max(over, default=0.0),
    )  # fmt: skip


def _rate(share: float, rows: float, *, protect: bool) -> str:
    n = round(share * rows)
    few = 0 < n < THRESHOLD or 0 < rows - n < THRESHOLD
    return "·" if protect and few else percent(share)


@dataclass(frozen=True)
class Delivery:
    """The years of a source table that were expected and delivered."""

    table: str
    expected: str
    delivered: str
    status: str
    said: Text


def freshness(facts: Facts) -> list[Delivery]:
    """Source tables with a period in their contract; what is missing or behind first."""
    frame = facts.quality.get("dq_freshness")
    found = []
    for r in [] if frame is None else frame.to_dict("records"):
        none = pd.isna(r["last_delivered"])
        words = FRESH[r["status"]]
        gaps = 0 if pd.isna(r["n_years_missing"]) else int(r["n_years_missing"])
        if r["status"] in {"gaps", "behind"}:
            words = Text(f"{words.en}: {gaps} years missing", f"{words.zh}：缺{gaps}年")
        delivered = (
            "–"
            if none or pd.isna(r["first_delivered"])
            else _years(r["first_delivered"], r["last_delivered"])
        )
        found.append(Delivery(
            f"{r['source']}.{r['table_name']}", _years(r["first_expected"], r["last_expected"]), delivered,
            {"complete": "good", "no_data": "none"}.get(r["status"], "warn"), words,
        ))  # fmt: skip
    order = ("warn", "none", "good")
    return sorted(found, key=lambda d: (order.index(d.status), d.table))


def _years(first: float, last: float) -> str:
    return f"{int(first)}–{int(last)}"


@dataclass(frozen=True)
class Crosswalk:
    """A crosswalk of one vintage: outcome, rows as printed, share or None where withheld; what was lost is a defect."""

    name: Text
    vintage: str
    codes: int
    lines: tuple[tuple[str, Text, str, float | None], ...]

    @property
    def bars(self) -> list[tuple[str, float]]:
        """Shares by kind as far as they are shown; what is withheld stays blank."""
        return [(kind, share) for kind, _, _, share in self.lines if share is not None]


def crosswalks(facts: Facts) -> list[Crosswalk]:
    """What became of codes and names of other vintages; rows under ten are withheld with the next smallest."""
    frame = facts.quality.get("dq_crosswalks")
    found = []
    for (name, vintage), part in [] if frame is None else frame.groupby(["crosswalk", "vintage"], sort=True):
        rows = {str(k): int(n) for k, n in zip(part["outcome"], part["n_rows"], strict=True)}
        shown, total = counts(rows), sum(rows.values())
        lines = [
            ("defect" if k == "lost" else "kept" if k == "same" else "warn", CROSSED.get(k, Text(k, k)),
             "·" if shown[k] is None else f"{shown[k]:,}", None if shown[k] is None else rows[k] / total)
            for k in sorted(rows, key=lambda k: (-rows[k], k))
        ]  # fmt: skip
        found.append(
            Crosswalk(
                Text(name, CROSSWALKS.get(name, name)), str(vintage), int(part["codes"].sum()), tuple(lines)
            )
        )
    return found


@dataclass(frozen=True)
class Cities:
    """Cities with rows by table and year; `most` is the number of cities that any table knows."""

    years: tuple[int, ...]
    most: int
    tables: tuple[tuple[str, int, tuple[int | None, ...]], ...]


def cities(facts: Facts) -> Cities | None:
    """How many cities each yearly table reaches in each year: places are counted, no rows. None without `dq_coverage`."""
    frame = facts.quality.get("dq_coverage")
    if frame is None or frame.empty:
        return None
    placed = frame[(frame["level"] == "city") & frame["place_code"].notna()]
    if placed.empty:
        return None
    years = tuple(sorted({int(y) for y in placed["year"].dropna()}))
    reached = placed.groupby(["table_name", "year"])["place_code"].nunique()
    ever = placed.groupby("table_name")["place_code"].nunique()
    tables = tuple(
        (name, int(ever[name]), tuple(int(reached[name, y]) if (name, y) in reached.index else None for y in years))
        for name in sorted(ever.index)
    )  # fmt: skip
    return Cities(years, int(placed["place_code"].nunique()), tables)


@dataclass(frozen=True)
class Suite:
    """Border checks of one table: counts by status and its page in the Data Docs, if the release has one."""

    table: str
    border: str
    passed: int
    warned: int
    failed: int
    empty: int
    href: str | None


def suites(facts: Facts) -> list[Suite]:
    """Border checks (great-expectations) by table, what does not pass first."""
    found = []
    borders = facts.checks[facts.checks["kind"] == "expectation"] if len(facts.checks) else facts.checks
    for (border, table), part in borders.groupby(["layer", "tables"], sort=True):
        said = part["status"].value_counts()
        page = f"{border}.{table}.html"
        there = (facts.release / "data_docs" / page).is_file()
        found.append(Suite(
            table, border, int(said.get("pass", 0)), int(said.get("warn", 0)),
            sum(int(said.get(s, 0)) for s in OPEN if s != "warn"), int(said.get("empty", 0)),
            f"../data_docs/{page}" if there else None,
        ))  # fmt: skip
    return sorted(found, key=lambda s: (-s.failed, -s.warned, s.border, s.table))
