"""The truth folder: what tests and the scorecard may read, and nothing else may."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

OWNER_KINDS = {
    "firm": "firm", "subsidiary": "firm", "foreign_held": "firm", "hmt": "firm", "foreign": "firm",
    "institute": "university_institute", "university": "university_institute",
    "person": "individual", "hospital": "hospital",
}  # fmt: skip
ABROAD = {
    "香港科技大学": "university_institute", "澳门大学": "university_institute",
    "韩国电子通信研究院": "university_institute", "瑞典皇家工学院": "university_institute",
    "Massachusetts Institute of Technology": "university_institute", "约翰·史密斯": "individual",
}  # fmt: skip


def owner_kind(name: str, drawn_as: str) -> str:
    """Class of an owner: firm, university_institute, individual or hospital. An institute that is a company is a firm."""
    if drawn_as == "institute" and name.endswith("公司"):
        return "firm"
    return ABROAD.get(name, OWNER_KINDS[drawn_as])


class Truth:
    """Collects links, applicant classes, defects, true panels and planted parameters; `save` writes them.

    links: source, raw_name, entity (stkcd, legal code, university), kind. applicants: raw_name, region, kind.
    defects: file, row, column_name, kind, destroys (whether the information is lost for good).
    """

    def __init__(self) -> None:
        self._parts: dict[str, list[pd.DataFrame]] = {"links": [], "applicants": [], "defects": []}
        self.panels: dict[str, pd.DataFrame] = {}
        self.parameters: dict[str, dict] = {}

    def links(self, frame: pd.DataFrame) -> None:
        """Add rows (source, raw_name, entity, kind)."""
        self._parts["links"].append(frame[["source", "raw_name", "entity", "kind"]])

    def applicants(self, frame: pd.DataFrame) -> None:
        """Add rows (raw_name, region, kind); kind is told in the classes of `owner_kind`."""
        kinds = [owner_kind(name, kind) for name, kind in zip(frame["raw_name"], frame["kind"], strict=True)]
        self._parts["applicants"].append(frame[["raw_name", "region"]].assign(kind=kinds))

    def defects(self, file: str, rows, column: str, kind: str, *, destroys: bool = False) -> None:
        """Record that `rows` (1-based lines of the raw file, header included) of `file` carry a defect."""
        frame = pd.DataFrame(
            {"file": file, "row": pd.array(list(rows), dtype="int64"), "column_name": column, "kind": kind}
        )
        self._parts["defects"].append(frame.assign(destroys=destroys))

    def merge(self, other: Truth) -> None:
        """Add everything that another part has collected."""
        for name, parts in other._parts.items():
            self._parts[name] += parts
        self.panels |= other.panels
        self.parameters |= other.parameters

    def save(self, root: Path) -> None:
        """Write the truth folder; tables are de-duplicated and sorted by all their columns."""
        (root / "panels").mkdir(parents=True, exist_ok=True)
        for name, parts in self._parts.items():
            if not parts:
                continue
            frame = pd.concat(parts, ignore_index=True).drop_duplicates()
            frame.sort_values(list(frame.columns), ignore_index=True).to_parquet(root / f"{name}.parquet")
        for name, panel in self.panels.items():
            panel.to_parquet(root / "panels" / f"{name}.parquet", index=False)
        text = json.dumps(self.parameters, ensure_ascii=False, indent=1, sort_keys=True)
        (root / "parameters.json").write_text(text, encoding="utf-8")
