"""Border checks as asset checks: landed files against their contracts, panel files before anything is estimated."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import dagster as dg

from dagster_defs.progress import console, step
from dagster_defs.resources import ROOT, Workplace, ensure_manifest
from keytech import audit
from keytech.project import Places
from keytech.quality.borders import Outcome, check_border, unchecked
from keytech.quality.expectations import LANDED, PANELS, Expectation
from keytech.quality.frames import Files
from keytech.quality.results import as_check, write_checks
from keytech.quality.suites import all_expectations
from keytech.report.disclosure import THRESHOLD

EXPECTATIONS = all_expectations(ROOT, ensure_manifest(ROOT).parent)


def asset_key(expectation: Expectation) -> dg.AssetKey:
    """The asset that a border check is about."""
    return dg.AssetKey([expectation.border, *expectation.table.split(".")])


def _spec(expectation: Expectation) -> dg.AssetCheckSpec:
    metadata = {"severity": expectation.severity, "from": expectation.origin}
    if expectation.answer:
        metadata |= expectation.answer.model_dump(mode="json")
    return dg.AssetCheckSpec(
        expectation.name, asset=asset_key(expectation), metadata=metadata,
        blocking=expectation.border == PANELS and expectation.severity == "error",
        description=f"{expectation.label.en}\n\n{expectation.label.zh}",
    )  # fmt: skip


@contextmanager
def landed_files_checked(places: Places) -> Iterator[None]:
    """Check landed files beside what runs in the block: scans and the import of great-expectations fill idle time.

    What was found is kept in the build folder, where `borders` finds it; a fault of the checker itself is raised there.
    """
    landed = [e for e in EXPECTATIONS if e.border == LANDED]
    beside = threading.Thread(target=_check, args=(landed, places), daemon=True)
    beside.start()
    try:
        yield
    finally:
        beside.join()


def _check(expectations: list[Expectation], places: Places) -> list[Outcome]:
    files = Files(places.landed, places.build / "marts")
    return check_border(expectations, files, places.build / "quality") if expectations else []


def refuse_if_unchecked(panel: str, places: Places) -> None:
    """Raise BlockedPanel where the panel's file is another one than its border checks last saw."""
    mine = [e for e in EXPECTATIONS if e.border == PANELS and e.table == panel]
    if names := unchecked(mine, Files(places.landed, places.build / "marts"), places.build / "quality"):
        raise audit.BlockedPanel(
            f"{panel} is not estimated: it has changed since its last border check ({names[0]}, ...). "
            "Materialise its checks, or run the whole job."
        )


@dg.multi_asset_check(name="borders", specs=[_spec(e) for e in EXPECTATIONS], can_subset=True)
def borders(context: dg.AssetCheckExecutionContext, workplace: Workplace):
    """great-expectations at both borders; what fails is kept on record and holds until it passes."""
    places = workplace.places
    chosen = [
        e for e in EXPECTATIONS
        if dg.AssetCheckKey(asset_key(e), e.name) in context.selected_asset_check_keys
    ]  # fmt: skip
    with step("border checks") as running:
        found = [
            o
            for border in (LANDED, PANELS)
            for o in _check([e for e in chosen if e.border == border], places)
        ]
        audit.record_borders([as_check(o) for o in found], {e.name for e in EXPECTATIONS}, places.build)
        running.rows = len(found)
        bad = sum(o.status in {"fail", "error"} for o in found)
        running.note = f"{bad} failing, {sum(o.status == 'warn' for o in found)} warnings"
    _say(places)
    outcomes = {o.name: o for o in found}
    for expectation in chosen:
        yield _result(expectation, outcomes[expectation.name])


def _result(expectation: Expectation, outcome: Outcome) -> dg.AssetCheckResult:
    grave = expectation.severity == "error" or outcome.status == "error"
    return dg.AssetCheckResult(
        passed=outcome.status in {"pass", "empty"}, asset_key=asset_key(expectation), check_name=expectation.name,
        severity=dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN,
        metadata=_figures(outcome, protect=expectation.protected),
    )  # fmt: skip


def _figures(outcome: Outcome, *, protect: bool) -> dict[str, object]:
    """Status, count and rate of failures as numbers, which Dagster plots over time; too small counts of private data in words."""
    said: dict[str, object] = {"status": outcome.status, "checked": outcome.n_checked}
    if protect and 0 < outcome.n_failing < THRESHOLD:
        return said | {"failing": "fewer than ten"}
    rate = outcome.n_failing / outcome.n_checked if outcome.n_checked else 0.0
    return said | {"failing": outcome.n_failing, "failing_rate": rate}


def _say(places: Places) -> None:
    """Every failing check and every warning of the build, warnings with who answers for them."""
    frame = write_checks(places.build, places.dbt_target, EXPECTATIONS)
    today = date.today().isoformat()
    for row in frame[~frame["status"].isin(["pass", "empty", "skipped"])].itertuples():
        if row.status == "warn":
            until = f"until {row.accepted_until}" + (
                ", which has passed" if row.accepted_until < today else ""
            )
            console.print(f"  [yellow]warn[/] {row.check_name}: {row.reason_en} ({row.owner}, {until})")
        else:
            console.print(f"  [red]{row.status}[/] {row.check_name}: make why CHECK={row.check_name}")
