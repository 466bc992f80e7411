"""Owner classes and name matches for csv files, by the SQL of the models."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from keytech.text.sql import MacroSql
from keytech.text.tables import TextError, load, pick_column, read_text_csv

NAME_HEADERS = (
    "name",
    "left_name",
    "right_name",
    "raw_name",
    "firm_name",
    "current_name",
    "applicant_raw",
    "applicant",
    "applicants",
    "企业名称",
    "公司名称",
    "单位名称",
    "申请人",
    "名称",
    "现用名",
)
ID_HEADERS = ("right_id", "id", "firm_id", "stkcd", "entity", "code", "证券代码", "企业代码")
CODE_HEADERS = ("credit_code", "uscc", "统一社会信用代码", "legal_code", "组织机构代码")
FORMER_WORDS = ("former", "曾用", "previous", "old_name", "alias", "history")
KIND_HEADERS = ("name_kind", "name_type", "kind", "名称类型")


def classify_file(path: Path, column: str | None = None) -> pd.DataFrame:
    """Owners of a csv, one row per part of the applicant string, in the order of the file.

    The columns of the file, then n_parts, part_no, part, is_foreign, is_hmt (0 or 1), kind, rule and
    is_research_paper_rule (0 or 1). A blank string keeps one row with n_parts 0. Raises TextError.
    """
    frame = read_text_csv(path)
    column = pick_column(frame, path, column, NAME_HEADERS, "the applicants")
    macros = MacroSql(duckdb.connect())
    lists = pd.DataFrame({"row_no": range(len(frame)), "applicants": frame[column]})
    load(macros.connection, "lists", lists)
    macros.query("create temporary table parts as {{ split_applicants('lists', 'row_no', 'applicants') }}")
    macros.query(
        "create temporary table owners as"
        " {{ classify_owners('(select distinct applicant_clean from parts) as owners', 'applicant_clean') }}"
    )
    found = macros.connection.execute(
        """
        select
            parts.row_no::integer as row_no,
            count(*) over (partition by parts.row_no) as n_parts,
            position as part_no,
            applicant_clean as part,
            (owner_region = 'foreign')::integer as is_foreign,
            (owner_region = 'hmt')::integer as is_hmt,
            owner_kind as kind,
            rule_id as rule,
            is_research_paper_rule::integer as is_research_paper_rule
        from parts inner join owners using (applicant_clean)
        order by 1, 3
        """
    ).df()
    result = frame.reset_index(drop=True).merge(found, how="left", left_index=True, right_on="row_no")
    result = result.drop(columns="row_no").reset_index(drop=True)
    whole = ["n_parts", "part_no", "is_foreign", "is_hmt", "is_research_paper_rule"]
    result["n_parts"] = result["n_parts"].fillna(0)
    return result.astype({name: "Int64" for name in whole})


def match_files(
    left: Path,
    right: Path,
    left_column: str | None = None,
    right_column: str | None = None,
    right_id: str | None = None,
    threshold: float = 0.85,
) -> pd.DataFrame:
    """The left file with right_id, match_method and match_score; blank right_id where unmatched or ambiguous.

    The right file has an id, a name, and optionally former names: columns whose header says so (several names
    separated by ;) or a name type column. A credit code present in both files decides first. Raises TextError.
    """
    wanted, known = read_text_csv(left), read_text_csv(right)
    name = pick_column(wanted, left, left_column, NAME_HEADERS, "the names")
    identity = pick_column(known, right, right_id, ID_HEADERS, "the id")
    firms = _firm_names(known, right, identity, right_column)
    macros = MacroSql(duckdb.connect())
    load(macros.connection, "wanted", pd.DataFrame({"name": wanted[name]}))
    load(macros.connection, "firms", firms)
    query = f"{{{{ match_names('wanted', 'name', 'firms', {threshold}) }}}}"
    matches = macros.query(query).df().set_index("name")
    result = wanted.copy()
    rows = matches.reindex(wanted[name])
    result["right_id"] = rows["firm_id"].to_numpy()
    result["match_method"] = rows["match_method"].fillna("unmatched").to_numpy()
    result["match_score"] = rows["match_score"].to_numpy()
    return _matched_by_code(result, known, identity)


def _firm_names(known: pd.DataFrame, file: Path, identity: str, column: str | None) -> pd.DataFrame:
    """(firm_id, name, name_kind), one row per name; former names from their columns or a name type column."""
    former = [c for c in known.columns if c != identity and any(w in str(c).lower() for w in FORMER_WORDS)]
    rest = known.drop(columns=[identity, *former])
    current = pick_column(rest, file, column, NAME_HEADERS, "the names")
    kinds = [c for c in known.columns if str(c).lower() in KIND_HEADERS]
    kind = "current"
    if kinds:
        says_former = known[kinds[0]].fillna("").str.lower().str.contains("|".join(FORMER_WORDS))
        kind = says_former.map({True: "former", False: "current"})
    parts = [pd.DataFrame({"firm_id": known[identity], "name": known[current], "name_kind": kind})]
    for c in former:
        lists = known[c].fillna("").str.split(r"[;；|、\n]")
        old = pd.DataFrame({"firm_id": known[identity], "name": lists}).explode("name")
        parts.append(old.assign(name_kind="former"))
    return pd.concat(parts, ignore_index=True).dropna(subset=["firm_id", "name"])


def _matched_by_code(result: pd.DataFrame, known: pd.DataFrame, identity: str) -> pd.DataFrame:
    """A code that both files carry, and that names one firm, decides over names."""
    for header in CODE_HEADERS:
        if header in result.columns and header in known.columns:
            codes = known[[header, identity]].dropna().drop_duplicates()
            codes = codes[~codes[header].duplicated(keep=False)].set_index(header)[identity]
            by_code = result[header].map(codes)
            hit = by_code.notna()
            result.loc[hit, "right_id"] = by_code[hit]
            result.loc[hit, "match_method"] = "code"
            result.loc[hit, "match_score"] = 1.0
    return result


__all__ = ["TextError", "classify_file", "match_files"]
