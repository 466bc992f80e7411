"""The patent office's delivery: all batches numbered, with the faults of real files, one file per year."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import defects
from keytech.simulate.rates import RATES
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

TYPE_DIGIT = {"发明": "1", "发明专利": "1", "实用新型": "2", "外观设计": "3"}
LONG_NUMBERS_FROM = np.datetime64("2003-10-01")
BATCH_COLUMNS = (
    "applicants",
    "ipc",
    "patent_type",
    "application_date",
    "grant_date",
    "address",
    "cited_times",
    "batch",
)
PARQUET_YEARS = frozenset(range(2009, 2023, 2)) | {2014, 2018}
SLASHED_DATES = frozenset({2006, 2012, 2020})


def numbered(batches: list[pd.DataFrame]) -> pd.DataFrame:
    """All applications in the order of filing with their application numbers (check digit included).

    Raises KeyError where a batch lacks one of BATCH_COLUMNS.
    """
    frame = pd.concat(
        [b[[*BATCH_COLUMNS, *(["defect"] if "defect" in b else [])]] for b in batches], ignore_index=True
    )
    frame["defect"] = frame["defect"].fillna("") if "defect" in frame else ""
    frame["date"] = frame["application_date"].to_numpy().astype("datetime64[D]")
    frame = frame.sort_values("date", kind="stable", ignore_index=True)
    frame["year"] = frame["date"].dt.year
    digit = frame["patent_type"].map(TYPE_DIGIT)
    long = frame["date"].to_numpy() >= LONG_NUMBERS_FROM
    serial = frame.groupby([frame["year"], digit, long]).cumcount() + 1
    frame["application_no"] = _numbers(frame["year"].to_numpy(), digit.to_numpy(), serial.to_numpy(), long)
    return frame


def _numbers(year: np.ndarray, digit: np.ndarray, serial: np.ndarray, long: np.ndarray) -> np.ndarray:
    """CN98112345.6 before October 2003, CN200310123456.7 since; weights 2-9 modulo 11, X for ten."""
    body = [
        f"{y}{t}{s:07d}" if new else f"{y % 100:02d}{t}{s:05d}"
        for y, t, s, new in zip(year, digit, serial, long, strict=True)
    ]
    padded = np.array([b.ljust(12, "0") for b in body])
    digits = padded.view("U1").reshape(len(padded), 12).astype(int)
    weights = np.array([2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5])
    check = (digits * weights).sum(axis=1) % 11
    return np.array(
        [f"CN{b}.{'X' if c == 10 else c}" for b, c in zip(body, check, strict=True)], dtype=object
    )


def write(world: World, batches: list[pd.DataFrame], raw: RawWriter, truth: Truth) -> None:
    """One file per year under patents/: GB18030 csv or Parquet; duplicates and unusable copies stand at the end."""
    frame = numbered(batches)
    if not frame["application_no"].is_unique:
        raise AssertionError("application numbers repeat")
    for year, part in frame.groupby("year", sort=True):
        _write_year(world, int(year), part.reset_index(drop=True), raw, truth)


def _write_year(world: World, year: int, part: pd.DataFrame, raw: RawWriter, truth: Truth) -> None:
    rng = world.rng("patents", "texts", str(year))
    notes: list[tuple[np.ndarray, str, str, bool]] = [
        (np.flatnonzero(part["defect"] == kind), "applicants", kind, False)
        for kind in sorted(set(part["defect"]) - {""})
    ]
    out = pd.DataFrame({
        "application_no": _number_texts(rng, part["application_no"].to_numpy(object), notes),
        "patent_type": part["patent_type"], "application_date": part["date"], "grant_date": part["grant_date"],
        "applicants": _applicant_texts(rng, part["applicants"], notes), "address": part["address"],
        "cited_times": part["cited_times"],
    })  # fmt: skip
    out["ipc_main"], out["ipc_all"] = _ipc_texts(rng, part["ipc"], notes)
    out = _with_copies(rng, out, notes)
    parquet = year in PARQUET_YEARS
    file = f"专利申请_{year}.{'parquet' if parquet else 'csv'}"
    if parquet:
        out["application_date"] = pd.to_datetime(out["application_date"]).dt.date
        out["grant_date"] = pd.to_datetime(out["grant_date"]).dt.date
        path = raw.parquet("patents", "applications", file, out)
    else:
        mark = "/" if year in SLASHED_DATES else "-"
        for column in ("application_date", "grant_date"):
            out[column] = _date_texts(out[column], mark)
        path = raw.csv("patents", "applications", file, out, header=year % 2)
    for rows, column, kind, destroys in notes:
        truth.defects(path, rows + (1 if parquet else 2), column, kind, destroys=destroys)


def _date_texts(dates: pd.Series, mark: str) -> np.ndarray:
    text = np.datetime_as_string(dates.to_numpy().astype("datetime64[D]")).astype(object)
    text[text == "NaT"] = ""
    return text if mark == "-" else np.array([t.replace("-", mark) for t in text], dtype=object)


def _number_texts(rng, numbers: np.ndarray, notes: list) -> np.ndarray:
    """Some vendors leave out the country code or the point."""
    out = numbers.copy()
    rows = defects.pick(rng, len(out), RATES["number_prefix"])
    kind = rng.integers(0, 3, len(rows))
    for row, k in zip(rows, kind, strict=True):
        out[row] = (out[row][2:], out[row].replace(".", ""), out[row].lower())[k]
    notes.append((rows, "application_no", "number written otherwise", False))
    return out


def _applicant_texts(rng, lists: pd.Series, notes: list) -> np.ndarray:
    """Names with differences of writing, joined by one of three separators."""
    sizes = lists.map(len).to_numpy()
    row = np.repeat(np.arange(len(sizes)), sizes)
    flat = np.array([name for names in lists for name in names], dtype=object)
    chinese = np.array([name[0] > "\u2e80" for name in flat], bool)
    changes = (
        ("applicant_legal_variant", "legal form variant", _other_form), ("applicant_traditional", "traditional characters", defects.traditional),
        ("applicant_brackets", "brackets", defects.swap_brackets), ("applicant_full_width", "full width", defects.full_width),
    )  # fmt: skip
    for rate, kind, change in changes:
        rows = defects.pick(rng, len(flat), RATES[rate])
        rows = rows[chinese[rows]]
        changed = defects.apply(flat, rows, change)
        notes.append((np.unique(row[flat != changed]), "applicants", kind, False))
        flat = changed
    rows = defects.pick(rng, len(flat), RATES["applicant_stray_space"])
    rows = rows[chinese[rows]]
    for at, position in zip(rows, rng.integers(0, 40, len(rows)), strict=True):
        flat[at] = defects.stray_space(flat[at], int(position))
    notes.append((np.unique(row[rows]), "applicants", "stray space", False))
    return _joined(rng, flat, sizes, chinese, notes)


def _other_form(name: str) -> str:
    """A share company written as a limited company, or the two limited forms exchanged."""
    if name.endswith("股份有限公司"):
        return name.removesuffix("股份有限公司") + "有限公司"
    return defects.legal_variant(name)


def _joined(rng, flat: np.ndarray, sizes: np.ndarray, chinese: np.ndarray, notes: list) -> np.ndarray:
    luck = rng.random(len(sizes))
    wide = RATES["separator_full_width_semicolon"]
    mark = np.where(
        luck < wide, "；", np.where(luck < wide + RATES["separator_enumeration_comma"], "、", ";")
    )
    ends = np.cumsum(sizes)
    out = flat[ends - 1].copy() if len(flat) else np.array([], dtype=object)
    several = np.flatnonzero(sizes > 1)
    for i in several:
        part = flat[ends[i] - sizes[i] : ends[i]]
        safe = mark[i] != "、" or all(name.endswith("公司") for name in part)
        out[i] = (mark[i] if safe else ";").join(part)
    notes.append((several[mark[several] != ";"], "applicants", "separator", False))
    return out


def _ipc_texts(rng, lists: pd.Series, notes: list) -> tuple[np.ndarray, np.ndarray]:
    """Main symbol and list as vendors print them: blanks after the subclass, zero padding, lower case."""
    kind = np.full(len(lists), 3)
    luck = rng.random(len(lists))
    kind[luck < RATES["ipc_blank"]] = 0
    kind[(luck >= 0.5) & (luck < 0.5 + RATES["ipc_padded"])] = 1
    kind[luck >= 1 - RATES["ipc_lower"]] = 2
    main = np.array([symbols[0] if symbols else "" for symbols in lists], dtype=object)
    every = np.array([";".join(symbols) for symbols in lists], dtype=object)
    filled = main != ""
    for i in np.flatnonzero((kind < 3) & filled):
        main[i] = defects.padded_ipc(main[i], int(kind[i]))
        every[i] = "; ".join(defects.padded_ipc(s, int(kind[i])) for s in every[i].split(";"))
    for k, name in enumerate(("blank in the symbol", "zero padding", "lower case")):
        notes.append((np.flatnonzero((kind == k) & filled), "ipc_main", name, False))
    return main, every


def _with_copies(rng, out: pd.DataFrame, notes: list) -> pd.DataFrame:
    """Exact copies, copies without grant date and citations, and copies with an impossible date or number, at the end."""
    n = len(out)
    exact = defects.pick(rng, n, RATES["patent_duplicate"])
    near = defects.pick(rng, n, RATES["patent_near_duplicate"])
    dated = defects.pick(rng, n, RATES["patent_impossible_date"])
    broken = defects.pick(rng, n, RATES["patent_malformed_number"])
    parts = [
        out, out.iloc[exact], out.iloc[near].assign(grant_date=pd.NaT, cited_times=0),
        out.iloc[dated].assign(application_date=np.datetime64("1900-01-01")),
        out.iloc[broken].assign(application_no=lambda f: f["application_no"].str[:7] + "?"),
    ]  # fmt: skip
    start = n
    kinds = ("exact duplicate", "near duplicate", "impossible date on a copy", "malformed number on a copy")
    for kind, rows in zip(kinds, (exact, near, dated, broken), strict=True):
        notes.append((np.arange(start, start + len(rows)), "application_no", kind, False))
        start += len(rows)
    return pd.concat(parts, ignore_index=True)
