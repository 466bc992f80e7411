"""A register of firms as a csv file: which columns hold the id, the name, former names and codes.

Read are, whatever the order of the columns:
    one row per firm: id, name, and any columns of former names (several names in a cell, separated as applicants are,
        or by arrows; dates in brackets are dropped) and short names (证券简称),
    one row per firm and name: id, name, and a column that says 曾用名 / former, or the day a name ended (valid_to).
Without an id column the name itself is the id.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from keytech.text.sql import MacroSql
from keytech.text.tables import TextError, load, pick_column

NAME_HEADERS = (
    "name",
    "left_name",
    "right_name",
    "raw_name",
    "firm_name",
    "current_name",
    "new_name",
    "company_name",
    "full_name",
    "enterprise_name",
    "applicant_raw",
    "applicant",
    "applicants",
    "assignee",
    "owner",
    "company",
    "firm",
    "query",
    "企业名称",
    "公司名称",
    "单位名称",
    "企业全称",
    "公司全称",
    "申请人",
    "申请（专利权）人",
    "申请(专利权)人",
    "专利权人",
    "名称",
    "全称",
    "现用名",
    "former_name",
    "old_name",
    "曾用名",
)
ID_HEADERS = (
    "right_id",
    "id",
    "firm_id",
    "stkcd",
    "entity",
    "code",
    "no",
    "证券代码",
    "股票代码",
    "企业代码",
    "编号",
)
CREDIT_HEADERS = ("credit_code", "uscc", "统一社会信用代码", "信用代码")
ORGANISATION_HEADERS = ("legal_code", "组织机构代码", "法人代码")
FORMER_WORDS = "former|previous|prior|history|historical|alias|(?:^|_)old(?:_|$)|(?:^|_)past(?:_|$)|曾用|历史|原名|旧名|更名前"
SHORT_WORDS = "short|abbrev|简称"
KIND_HEADERS = ("name_kind", "name_type", "kind", "type", "名称类型", "类型")
END_HEADERS = ("valid_to", "end_date", "until", "to", "终止日期", "截止日期", "结束日期")
NO_NAME = "date|year|time|from|日期|时间|年份"


def pick_name_column(frame: pd.DataFrame, file: Path, wanted: str | None) -> str:
    """The column of names: `wanted`, a known header, the only one that speaks of a name, or the only column.

    Raises TextError listing the columns of the file where none of these exists.
    """
    if wanted is None and not {str(c).strip().lower() for c in frame.columns} & set(NAME_HEADERS):
        speaking = [
            c for c in frame.columns if "name" in str(c).lower() or "名" in str(c) or "企业" in str(c)
        ]
        if len(speaking) == 1:
            return speaking[0]
    return pick_column(frame, file, wanted, NAME_HEADERS, "the names")


def register_id(known: pd.DataFrame, file: Path, wanted: str | None) -> str | None:
    """The id column: `wanted` or a known header (also a credit code); None where the register has none.

    Raises TextError where `wanted` is no column of the file.
    """
    if wanted is not None:
        return pick_column(known, file, wanted, (), "the id")
    by_lower = {str(c).strip().lower(): c for c in reversed(known.columns)}
    return next((by_lower[h] for h in (*ID_HEADERS, *CREDIT_HEADERS) if h in by_lower), None)


def firm_names(
    macros: MacroSql, known: pd.DataFrame, file: Path, identity: str | None, column: str | None
) -> pd.DataFrame:
    """(firm_id, name, name_kind) of a register, one row per name; name_kind is current or former.

    Short names count as current. A name with a former one in brackets gives both. Raises TextError.
    """
    others = [c for c in known.columns if c not in (identity, column)]
    former = _columns(others, FORMER_WORDS)
    short = [c for c in _columns(others, SHORT_WORDS) if c not in former]
    rest = known.drop(columns=[c for c in (identity, *former, *short) if c is not None])
    if column is None and len(rest.columns) == 0:
        raise TextError(f"{file}: no column of current names; the columns are {', '.join(known.columns)}")
    current = pick_name_column(rest, file, column)
    ids = known[current] if identity is None else known[identity]
    parts = [pd.DataFrame({"firm_id": ids, "name": known[current], "name_kind": _kinds(known)})]
    parts += [pd.DataFrame({"firm_id": ids, "name": known[c], "name_kind": "current"}) for c in short]
    parts += [_listed_names(macros, ids, known[c]).assign(name_kind="former") for c in former]
    names = pd.concat(parts, ignore_index=True)
    load(macros.connection, "register_names", names)
    noted = macros.query("select firm_id, {{ name_in_note('name') }} as name from register_names").df()
    told = _listed_names(macros, noted["firm_id"], noted["name"]).assign(name_kind="former")
    return pd.concat([names, told], ignore_index=True).dropna(subset=["firm_id", "name"])


def match_by_code(result: pd.DataFrame, known: pd.DataFrame, identity: str | None) -> pd.DataFrame:
    """A code that both files carry, and that names one firm, decides over names."""
    for headers in (ORGANISATION_HEADERS, CREDIT_HEADERS):
        left = next((c for c in result.columns if str(c).strip().lower() in headers), None)
        right = next((c for c in known.columns if str(c).strip().lower() in headers), None)
        if left is None or right is None or identity is None:
            continue
        codes = pd.DataFrame({"code": known[right], "id": known[identity]}).dropna().drop_duplicates()
        codes = codes[~codes["code"].duplicated(keep=False)].set_index("code")["id"]
        by_code = result[left].map(codes)
        hit = by_code.notna()
        result.loc[hit, "right_id"] = by_code[hit]
        result.loc[hit, "match_method"] = "code"
        result.loc[hit, "match_score"] = 1.0
    return result


def _columns(columns: list[str], words: str) -> list[str]:
    """Columns whose header holds one of the words and does not speak of a date."""
    headers = pd.Series(columns, dtype=str)
    hit = headers.str.contains(words, case=False) & ~headers.str.contains(NO_NAME, case=False)
    return [column for column, is_hit in zip(columns, hit, strict=True) if is_hit]


def _kinds(known: pd.DataFrame) -> pd.Series:
    """current or former per row, from a column of name types or from the end of validity."""
    by_lower = {str(c).strip().lower(): c for c in reversed(known.columns)}
    is_former = pd.Series(False, index=known.index)
    kind = next((by_lower[h] for h in KIND_HEADERS if h in by_lower), None)
    end = next((by_lower[h] for h in END_HEADERS if h in by_lower), None)
    if kind is not None:
        is_former = known[kind].fillna("").str.contains(FORMER_WORDS, case=False)
    elif end is not None:
        is_former = known[end].notna() & ~known[end].fillna("").str.startswith("9999")
    return is_former.map({True: "former", False: "current"})


def _listed_names(macros: MacroSql, ids: pd.Series, cells: pd.Series) -> pd.DataFrame:
    """(firm_id, name) for cells that list several names; dates, quotes and list brackets are dropped."""
    lists = cells.str.replace(r"[\[\]\"']", "", regex=True).str.replace(
        r"\s*(?:→|->|=>|>>|/)\s*", ";", regex=True
    )
    lists = lists.str.replace(r"[（(][^（()）]*[0-9]{4}[^（()）]*[）)]", "", regex=True)
    load(macros.connection, "listed", pd.DataFrame({"firm_id": ids, "names": lists}))
    return macros.query(
        "select firm_id, applicant_clean as name from ({{ split_applicants('listed', 'firm_id', 'names') }})"
    ).df()
