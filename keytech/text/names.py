"""Owner classes and name matches for csv files, by the SQL of the models."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

from keytech.text.registry import NAME_HEADERS, firm_names, match_by_code, pick_name_column, register_id
from keytech.text.sql import MacroSql
from keytech.text.tables import TextError, load, pick_column, read_text_csv


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

    The right file is a register as `keytech.text.registry` reads it: an id, names, former names. A credit code
    present in both files decides first. A left name that carries its former name in brackets (甲公司（原乙公司）) is
    looked up by its own name, and where nobody answers to that by the one in the brackets. Raises TextError.
    """
    wanted, known = read_text_csv(left), read_text_csv(right)
    name = pick_name_column(wanted, left, left_column)
    identity = register_id(known, right, right_id)
    macros = MacroSql(duckdb.connect())
    load(macros.connection, "firms", firm_names(macros, known, right, identity, right_column))
    load(macros.connection, "wanted", pd.DataFrame({"name": wanted[name]}))
    macros.query(
        "create temporary table told as"
        " select row_number() over () as row_no, {{ name_in_note('name') }} as names from wanted"
    )
    macros.query(
        "create temporary table noted as select told.row_no, parts.applicant_clean as noted from told"
        " left join ({{ split_applicants('told', 'row_no', 'names') }}) as parts"
        " on told.row_no = parts.row_no and parts.position = 1 order by told.row_no"
    )
    macros.connection.execute(
        "create temporary table all_wanted as select name from wanted union"
        " select noted from noted where noted is not null"
    )
    matches = macros.query(f"{{{{ match_names('all_wanted', 'name', 'firms', {threshold}) }}}}").df()
    matches = matches.dropna(subset=["name"]).set_index("name")
    rows = matches.reindex(wanted[name])
    in_brackets = macros.connection.execute("select noted from noted order by row_no").df()["noted"]
    other = matches.reindex(in_brackets)
    by_note = (rows["match_method"] == "unmatched").to_numpy() & other["firm_id"].notna().to_numpy()
    result = wanted.copy()
    for column, source in (
        ("right_id", "firm_id"),
        ("match_method", "match_method"),
        ("match_score", "match_score"),
    ):
        result[column] = rows[source].where(~by_note, other[source].to_numpy()).to_numpy()
    result.loc[by_note, "match_method"] = "former_name"
    result["match_method"] = result["match_method"].fillna("unmatched")
    return match_by_code(result, known, identity)


__all__ = ["TextError", "classify_file", "match_files"]
