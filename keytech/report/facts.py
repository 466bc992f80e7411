"""What one release holds, read once for all pages: manifest, catalog, results, quality tables."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from keytech.release import read_manifest
from keytech.report import catalog
from keytech.report.catalog import Catalog, Check
from keytech.report.disclosure import Shown, split
from keytech.report.words import FILTERS

RESULTS = ("estimates", "fit", "runs", "scorecard", "draws")


@dataclass(frozen=True)
class Account:
    """Rows of one raw table: `rows` by step, `lost` by reason; `shown` is what may be printed."""

    source: str
    table: str
    files: int
    raw: int
    rejected: dict[str, int]
    dropped: dict[str, int]
    protect: bool

    @property
    def defects(self) -> int:
        """Rows rejected or dropped for a fault of the delivery, filters of kinds of rows left out."""
        return sum(self.rejected.values()) + sum(n for code, n in self.dropped.items() if code not in FILTERS)

    @property
    def kept(self) -> int:
        return self.raw - sum(self.rejected.values()) - sum(self.dropped.values())

    @property
    def shown(self) -> Shown:
        lost = dict(self.dropped)
        for code, n in self.rejected.items():
            lost[code] = lost.get(code, 0) + n
        return split(self.raw, lost, protect=self.protect)


@dataclass(frozen=True)
class Facts:
    """One release, as the pages need it. Quality tables are aggregates; no row of a mart or panel is kept here."""

    release: Path
    manifest: dict
    catalog: Catalog
    results: dict[str, pd.DataFrame]
    quality: dict[str, pd.DataFrame]
    published_fit: pd.DataFrame
    checks: pd.DataFrame

    @property
    def simulated(self) -> bool:
        return self.manifest["data_origin"] == "simulated"

    @cached_property
    def draws(self) -> dict[tuple[str, str, str], list[float]]:
        """What was drawn, by study, table and column, for columns whose estimator draws."""
        frame = self.results["draws"].dropna(subset="value")
        return {k: v.tolist() for k, v in frame.groupby(["study", "table_id", "column_id"])["value"]}

    @cached_property
    def files(self) -> dict[tuple[str, str], int]:
        """Number of raw files by (source, table)."""
        counted: dict[tuple[str, str], int] = {}
        for row in self.manifest["landed"]:
            key = (row["source"], row["table_name"])
            counted[key] = counted.get(key, 0) + 1
        return counted

    @cached_property
    def accounts(self) -> list[Account]:
        """Row accounting of every source table of the contracts, also of those without files."""
        frame = self.quality.get("dq_row_accounting", pd.DataFrame(columns=["source", "table_name"]))
        rows = {key: part for key, part in frame.groupby(["source", "table_name"])}
        found = []
        for node in self.catalog.in_layer("source"):
            source, table = node.name.split(".", 1)
            if source == "landing":
                continue
            part = rows.get((source, table))
            found.append(Account(
                source, table, self.files.get((source, table), 0), _step(part, "raw"), _reasons(part, "rejected"),
                _reasons(part, "dropped"), node.privacy != "public",
            ))  # fmt: skip
        return found

    @cached_property
    def samples(self) -> dict[str, tuple[Shown, bool]]:
        """Candidate rows of every panel split into kept rows and screens; the flag says whether small counts are hidden."""
        frame = self.quality.get("dq_sample_accounting")
        found = {}
        for panel, part in [] if frame is None else frame.groupby("panel"):
            lost = _reasons(part, "dropped")
            protect = self.catalog.privacy_of(panel) != "public"
            found[panel] = (split(int(part["n_rows"].sum()), lost, protect=protect), protect)
        return found

    @cached_property
    def checks_of(self) -> dict[str, list[Check]]:
        """Checks by table name."""
        found: dict[str, list[Check]] = {}
        for check in self.catalog.checks:
            for name in check.models:
                found.setdefault(name, []).append(check)
        return found

    def redact(self, message: str | None) -> str:
        """A message without quoted values: of what stands in quotes only names of columns and expressions on them stay."""
        known = {c for node in self.catalog.nodes.values() for c in node.carried}

        def keep(found: re.Match) -> str:
            words = re.findall(r"[A-Za-z_]\w*", found[1])
            said = bool(words) and all(w in known or w in {"and", "or", "not", "is", "null"} for w in words)
            return found[0] if said and not re.search(r"\d{4,}|[\u4e00-\u9fff]", found[1]) else "'…'"

        return re.sub(r"'([^']*)'", keep, message or "")


def read_facts(release: Path, project: Path) -> Facts:
    """Everything the site says about a release. Raises FileNotFoundError naming a missing result file."""
    published = pd.read_csv(
        project / "seeds" / "published_fit.csv", dtype={"table_id": str, "column_id": str}
    )
    checks = pd.read_parquet(release / "results" / "checks.parquet")
    return Facts(
        release, read_manifest(release), _with_borders(catalog.read(release), checks),
        {name: pd.read_parquet(release / "results" / f"{name}.parquet") for name in RESULTS},
        {p.stem: pd.read_parquet(p) for p in sorted((release / "marts" / "quality").glob("*.parquet"))},
        published, checks,
    )  # fmt: skip


def _with_borders(known: Catalog, checks: pd.DataFrame) -> Catalog:
    """The catalog with the border checks beside dbt's tests; a check that had no rows to look at is not counted."""
    borders = checks[(checks["kind"] == "expectation") & (checks["status"] != "empty")]
    more = [
        Check(
            r["check_name"], r["severity"], r["status"], int(r["n_failing"]), (r["tables"],),
            {k: r[k] for k in ("owner", "reason_en", "reason_zh", "accepted_until") if isinstance(r[k], str)}
            | {"label_zh": r["label_zh"]}, r["label_en"],
        )
        for r in borders.to_dict("records")
    ]  # fmt: skip
    return replace(known, checks=tuple(sorted([*known.checks, *more], key=lambda c: c.name)))


def _step(part: pd.DataFrame | None, step: str) -> int:
    return 0 if part is None else int(part.loc[part["step"] == step, "n_rows"].sum())


def _reasons(part: pd.DataFrame | None, step: str) -> dict[str, int]:
    if part is None:
        return {}
    chosen = part[part["step"] == step]
    return {str(code): int(n) for code, n in zip(chosen["reason"], chosen["n_rows"], strict=True)}
