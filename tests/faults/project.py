"""A small project with every layer of the real one, so that a whole run takes seconds: landing, dbt with checks, estimates, release.

It has contracts, macros and generic tests as the real project writes them, one source with a personal and a public table,
models of every layer and a declared table, and is run by a copy of the real one's code, so that it stays the same through a test.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = """
version: 2
sources:
  - name: firms
    description: Firms of the test.
    config:
      meta:
        label_en: Firms
        label_zh: 企业
        provider_en: Provider
        provider_zh: 提供方
        request_en: Ask for firms.
        request_zh: 申请企业数据。
        studies: [toy]
        external_location: >-
          read_parquet('{{ env_var("KEYTECH_LANDED", "data/landed") }}/firms/{name}/*.parquet', union_by_name = true)
    tables:
      - name: years
        description: One row per firm and year as delivered.
        config: {meta: {label_zh: 企业年度, file_patterns: ["*年度*"], encodings: [utf-8-sig, gb18030], key: [firm_id, year], privacy: licensed}}
        columns:
          - {name: firm_id, description: Firm, data_type: varchar, config: {meta: {label_zh: 企业代码, aliases: [企业代码], required: true, nullable: false}}}
          - {name: firm_name, description: Name of the firm, data_type: varchar, config: {meta: {label_zh: 企业名称, aliases: [企业名称], required: true}}}
          - {name: year, description: Year, data_type: bigint, config: {meta: {label_zh: 年份, aliases: [年份], required: true, nullable: false}}}
          - {name: x, description: Regressor, data_type: double, config: {meta: {label_zh: 自变量, aliases: [自变量], required: true}}}
          - {name: y, description: Outcome, data_type: double, config: {meta: {label_zh: 因变量, aliases: [因变量], required: true}}}
  - name: answers
    description: Answers of persons.
    config:
      meta:
        label_en: Answers
        label_zh: 问卷
        provider_en: Provider
        provider_zh: 提供方
        request_en: Ask for answers.
        request_zh: 申请问卷数据。
        studies: [toy]
        external_location: >-
          read_parquet('{{ env_var("KEYTECH_LANDED", "data/landed") }}/answers/{name}/*.parquet', union_by_name = true)
    tables:
      - name: responses
        description: One row per respondent as delivered.
        config: {meta: {label_zh: 回答, file_patterns: ["*问卷*"], encodings: [utf-8-sig, gb18030], key: [respondent], privacy: personal}}
        columns:
          - {name: respondent, description: Respondent, data_type: varchar, config: {meta: {label_zh: 受访者, aliases: [受访者], required: true, nullable: false}}}
          - {name: age, description: Age, data_type: bigint, config: {meta: {label_zh: 年龄, aliases: [年龄], required: true, unit: years}}}
          - {name: wish, description: Wish to stay, data_type: bigint, config: {meta: {label_zh: 意愿, aliases: [意愿], required: true}}}
"""
MODELS = {
    "models/staging/firms/stg_firms__years.sql": "select * from {{ source('firms', 'years') }}",
    "models/staging/answers/stg_answers__responses.sql": "select * from {{ source('answers', 'responses') }}",
    "models/intermediate/firms/int_years__screened.sql": """
        select *, case when y is null then 'no_outcome' end as drop_reason from {{ ref('stg_firms__years') }}
    """,
    "models/marts/core/dim_firm.sql": """
        select firm_id, min(firm_name) as firm_name from {{ ref('int_years__screened') }} where drop_reason is null group by firm_id
    """,
    "models/marts/panels/pnl_toy.sql": """
        select firm_id, year::integer as year, x, y from {{ ref('int_years__screened') }} where drop_reason is null
    """,
    "models/marts/panels/pnl_answers.sql": """
        select respondent, age::double as age, wish::double as wish from {{ ref('stg_answers__responses') }}
    """,
    "models/marts/quality/dq_row_accounting.sql": """
        select source, table_name, 'raw' as step, '' as reason, sum(rows_read)::bigint as n_rows
        from {{ ref('stg_landing__files') }} group by all
        union all
        select source, table_name, 'rejected', 'rejected', sum(rows_rejected)::bigint from {{ ref('stg_landing__files') }} group by all
        union all
        select source, table_name, 'landed', '', sum(rows_landed)::bigint from {{ ref('stg_landing__files') }} group by all
    """,
    "models/marts/quality/dq_drift.sql": """
        select '' as panel, '' as column_name, 'compared' as status, 0.0 as psi, 0.0 as null_rate, 0.0 as null_rate_before,
            1 as n_rows, 1 as n_rows_before
        where false
    """,
    "models/marts/core/_models.yml": """
version: 2
models:
  - name: dim_firm
    description: One row per firm.
    config: {meta: {label_zh: 企业}}
    data_tests: [{unique_combination: {name: dim_firm_key_is_unique, arguments: {columns: [firm_id]}}}]
    columns:
      - {name: firm_id, description: Firm, data_type: varchar, config: {meta: {label_zh: 企业代码}}}
      - {name: firm_name, description: Name of the firm, data_type: varchar, config: {meta: {label_zh: 企业名称}}}
  - name: pnl_toy
    description: One row per firm and year.
    config: {meta: {label_zh: 企业年度面板}}
    data_tests: [{unique_combination: {name: pnl_toy_key_is_unique, arguments: {columns: [firm_id, year]}}}]
    columns:
      - {name: firm_id, description: Firm, data_type: varchar, config: {meta: {label_zh: 企业代码}}}
      - {name: year, description: Year, data_type: integer, config: {meta: {label_zh: 年份}}}
      - {name: x, description: Regressor, data_type: double, config: {meta: {label_zh: 自变量}}}
      - {name: y, description: Outcome, data_type: double, config: {meta: {label_zh: 因变量}}}
  - name: pnl_answers
    description: One row per respondent.
    config: {meta: {label_zh: 问卷面板}}
    data_tests: [{unique_combination: {name: pnl_answers_key_is_unique, arguments: {columns: [respondent]}}}]
    columns:
      - {name: respondent, description: Respondent, data_type: varchar, config: {meta: {label_zh: 受访者}}}
      - {name: age, description: Age, data_type: double, config: {meta: {label_zh: 年龄, unit: years}}}
      - {name: wish, description: Wish to stay, data_type: double, config: {meta: {label_zh: 意愿}}}
  - name: dq_drift
    description: Nothing is compared here.
    config: {meta: {label_zh: 分布漂移}}
    data_tests: [{unique_combination: {name: dq_drift_key_is_unique, arguments: {columns: [panel, column_name]}}}]
  - name: dq_row_accounting
    description: One row per source table, step and reason.
    config: {meta: {label_zh: 数据行数核算}}
    data_tests: [{unique_combination: {name: dq_row_accounting_key_is_unique, arguments: {columns: [source, table_name, step, reason]}}}]
""",
    "analyses/studies/toy.yml": """
study: toy
label: {en: A toy, zh: 玩具}
paper: {title: Toy, authors: Nobody}
panel: pnl_toy
tables:
  - table_id: "1"
    label: {en: Outcome on regressor, zh: 因变量对自变量}
    columns:
      - {column_id: "1", label: {en: OLS, zh: OLS}, estimator: ols, formula: "y ~ x", vcov: hetero}
      - {column_id: "2", label: {en: OLS, zh: OLS}, estimator: ols, formula: "wish ~ age", panel: pnl_answers, vcov: hetero}
""",
}
COPIED = (
    "macros",
    "tests/dbt/generic",
    "models/staging/landing",
    "dbt_project.yml",
    "profiles.yml",
    "requirements.lock",
)
CODE = ("keytech", "dagster_defs")
CACHES = shutil.ignore_patterns("__pycache__", "*.pyc")
HEADS = ("published_estimates.csv", "published_fit.csv")


SELECTED = """
import sys, dagster as dg
from dagster_defs.definitions import defs
keys = [dg.AssetKey(path.split("/")) for path in sys.argv[1:]]
job = defs.resolve_implicit_global_asset_job_def()
result = job.execute_in_process(asset_selection=keys, raise_on_error=False)
for event in result.all_events:
    if event.is_step_failure:
        print(event.step_failure_data.error.message)
sys.exit(0 if result.success else 1)
"""


@dataclass(frozen=True)
class Project:
    """The project's folder, with `data/` inside; `run` makes a release of it as `make run` does."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def current(self) -> Path:
        return self.data / "current"

    def environment(self, **more: str) -> dict[str, str]:
        mine = {
            "PYTHONPATH": str(self.root), "KEYTECH_PROJECT": str(self.root), "DBT_PROFILES_DIR": str(self.root), "DAGSTER_HOME": str(self.data / "dagster"),
            "DBT_LOG_PATH": str(self.root / "logs"), "DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "KEYTECH_MEMORY": "1GB",
        }  # fmt: skip
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("KEYTECH_", "DAGSTER_"))}
        return kept | mine | more

    def start(self, job: str = "everything", **more: str) -> subprocess.Popen:
        """A run in a process group of its own, its lines to be read from stdout."""
        (self.data / "dagster").mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "dagster_defs" / "dagster.yaml", self.data / "dagster")
        return subprocess.Popen(
            [sys.executable, "-m", "dagster_defs.run", job], cwd=self.root, env=self.environment(**more), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip

    def run(self, job: str = "everything", **more: str) -> tuple[int, str]:
        """Exit code and what was printed."""
        process = self.start(job, **more)
        said, _ = process.communicate()
        return process.returncode, said

    def run_selected(self, *keys: str) -> tuple[int, str]:
        """Materialise some assets in a run of their own; exit code and what was printed."""
        done = subprocess.run(
            [sys.executable, "-c", SELECTED, *keys], cwd=self.root, env=self.environment(), text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return done.returncode, done.stdout

    def write(self, name: str, lines: list[str]) -> None:
        path = self.data / "raw" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def copy(self, root: Path) -> Project:
        """The same project with all its data elsewhere."""
        shutil.copytree(self.root, root, symlinks=True)
        return Project(root)


def make_project(root: Path) -> Project:
    """Write the project and its raw files: 60 firms in 5 years, 80 respondents, two rows that are rejected."""
    for name in COPIED + CODE:
        source, target = ROOT / name, root / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target, ignore=CACHES) if source.is_dir() else shutil.copy(source, target)
    shutil.rmtree(root / "macros" / "quality", ignore_errors=True)
    written = {"models/staging/firms/_firms__sources.yml": SOURCE} | MODELS
    for name, text in written.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    (root / "seeds").mkdir()
    for name in HEADS:
        head = (ROOT / "seeds" / name).read_text(encoding="utf-8").splitlines()[0]
        (root / "seeds" / name).write_text(head + "\n", encoding="utf-8")
    project = Project(root)
    for year in range(2011, 2016):
        project.write(
            f"firms/企业年度{year}.csv", ["企业代码,企业名称,年份,自变量,因变量", *_firm_rows(year)]
        )
    people = [f"R{i:03d},{20 + i % 40},{i % 5}" for i in range(80)]
    project.write("answers/问卷.csv", ["受访者,年龄,意愿", *people, ",30,1"])
    return project


def _firm_rows(year: int) -> list[str]:
    rows = [
        f"F{i:03d},企业{i:03d},{year},{(i * 7 + year * 3) % 11},{((i * 5 + year) % 13) / 2 + (i * 7 + year * 3) % 11 / 3:.3f}"
        for i in range(60)
    ]
    return [*rows, "F999,坏行,不是年份,1,1"] if year == 2011 else rows
