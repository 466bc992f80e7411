"""Writing raw files in the shapes of real deliveries, with the headers that the source contracts accept."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import yaml
from openpyxl import Workbook

EPOCH = datetime(2020, 1, 1)
ZIP_EPOCH = (2020, 1, 1, 0, 0, 0)


class RawWriter:
    """Writes `<root>/<source>/<file>`; same frame, same bytes.

    Frames carry contract column names; the raw header of a column is one of its accepted headers
    (`header=0` the first, `header=1` the second where there is one, ...). Columns that the contract does not
    know are not written. Missing values become blanks.
    """

    def __init__(self, root: Path, project: Path):
        self.root, self.project = root, project
        self._aliases: dict[tuple[str, str], dict[str, list[str]]] = {}

    def aliases(self, source: str, table: str) -> dict[str, list[str]]:
        """Column name -> accepted raw headers, in contract order."""
        if (source, table) not in self._aliases:
            self._aliases[source, table] = self._read_aliases(source, table)
        return self._aliases[source, table]

    def _read_aliases(self, source: str, table: str) -> dict[str, list[str]]:
        path = self.project / "models" / "staging" / source / f"_{source}__sources.yml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        tables = {t["name"]: t for t in document["sources"][0]["tables"]}
        return {c["name"]: c["config"]["meta"]["aliases"] for c in tables[table]["columns"]}

    def _shaped(self, source: str, table: str, frame: pd.DataFrame, header: int) -> pd.DataFrame:
        names = {k: v[min(header, len(v) - 1)] for k, v in self.aliases(source, table).items() if k in frame}
        return frame[list(names)].rename(columns=names)

    def _path(self, source: str, file: str) -> Path:
        path = self.root / source / file
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def csv(self, source, table, file, frame, *, encoding="gb18030", header=0, sep=",") -> str:
        """A delimited text file; returns its path relative to the raw root. Row i of `frame` is line i + 2."""
        shaped = self._shaped(source, table, frame, header)
        path = self._path(source, file)
        shaped.to_csv(path, index=False, encoding=encoding, sep=sep, lineterminator="\r\n", na_rep="")
        return f"{source}/{file}"

    def parquet(self, source, table, file, frame, *, header=0) -> str:
        """A zstd Parquet file."""
        shaped = self._shaped(source, table, frame, header)
        pq.write_table(
            pa.Table.from_pandas(shaped, preserve_index=False), self._path(source, file), compression="zstd"
        )
        return f"{source}/{file}"

    def dta(self, source, table, file, frame) -> str:
        """A Stata file; variables carry the contract's names, labels the Chinese headers."""
        headers = self.aliases(source, table)
        kept = frame[[c for c in headers if c in frame]]
        labels = {c: headers[c][0] for c in kept}
        stamp = {"file_label": "simulated"}
        path = self._path(source, file)
        pyreadstat.write_dta(kept, str(path), column_labels=labels, version=15, **stamp)
        _fix_dta_time(path)
        return f"{source}/{file}"

    def xlsx(self, source, table, file, frame, *, title: str, header=0) -> str:
        """A workbook with a title row and a blank row above the header (data start in row 4)."""
        shaped = self._shaped(source, table, frame, header)
        book = Workbook(write_only=True)
        book.properties.created = book.properties.modified = EPOCH
        sheet = book.create_sheet("Sheet1")
        sheet.append([title])
        sheet.append([])
        sheet.append(list(shaped.columns))
        for row in shaped.astype(object).where(shaped.notna(), None).itertuples(index=False):
            sheet.append([v.item() if isinstance(v, np.generic) else v for v in row])
        buffer = io.BytesIO()
        book.save(buffer)
        self._path(source, file).write_bytes(_fixed_zip(buffer.getvalue()))
        return f"{source}/{file}"


def _fixed_zip(data: bytes) -> bytes:
    """The same archive with every time stamp at ZIP_EPOCH, so that bytes repeat."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "docProps/core.xml":
                content = _fixed_core(content)
            info = zipfile.ZipInfo(item.filename, ZIP_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    return out.getvalue()


def _fixed_core(xml: bytes) -> bytes:
    """docProps/core.xml with its modified time at EPOCH (openpyxl writes the time of saving)."""
    start, end = xml.find(b"<dcterms:modified"), xml.find(b"</dcterms:modified>")
    if start < 0:
        return xml
    value = xml.find(b">", start) + 1
    return xml[:value] + EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ").encode() + xml[end:]


def _fix_dta_time(path: Path) -> None:
    """Blank the time stamp that the Stata writer puts in the header (17 bytes after its length byte)."""
    data = path.read_bytes()
    mark = data.find(b"<timestamp>")
    if mark < 0:
        return
    start = mark + len(b"<timestamp>") + 1
    length = data[start - 1]
    stamp = b"01 Jan 2020 00:00"[:length]
    path.write_bytes(data[:start] + stamp.ljust(length) + data[start + length :])
