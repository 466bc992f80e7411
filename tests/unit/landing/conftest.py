"""A small project with one source of two tables, and a bench to write raw files and look at what landed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from keytech.landing import LandingReport, land

CONTRACT = """
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
        studies: [talent_keytech]
    tables:
      - name: years
        description: One row per firm and year as delivered.
        config:
          meta:
            label_zh: 企业年度
            file_patterns: ["**/*年*"]
            encodings: [utf-8-sig, gb18030]
            key: [stkcd, year]
            privacy: licensed
        columns:
          - name: stkcd
            description: Code
            data_type: varchar
            config: {meta: {label_zh: 代码, aliases: [股票代码, 证券代码], required: true, nullable: false}}
          - name: firm_name
            description: Name
            data_type: varchar
            config: {meta: {label_zh: 名称, aliases: [企业名称]}}
          - name: year
            description: Year
            data_type: bigint
            config: {meta: {label_zh: 年份, aliases: [年份, 会计年度], required: true, nullable: false}}
          - name: assets
            description: Assets
            data_type: double
            config: {meta: {label_zh: 资产, aliases: [资产总计], required: true, unit: cny}}
          - name: amount
            description: Amount
            data_type: decimal(18,2)
            config: {meta: {label_zh: 金额, aliases: [金额(元)], unit: cny}}
          - name: listed_on
            description: Listing date
            data_type: date
            config: {meta: {label_zh: 上市日期, aliases: [上市日期]}}
          - name: is_state
            description: State-owned
            data_type: boolean
            config: {meta: {label_zh: 国有, aliases: [是否国有]}}
          - name: grade
            description: Grade
            data_type: varchar
            config: {meta: {label_zh: 等级, aliases: [等级], allowed: [甲, 乙]}}
      - name: names
        description: One row per name.
        config:
          meta: {label_zh: 名称, file_patterns: ["*名称*"], encodings: [utf-8-sig, gb18030], key: [stkcd], privacy: public}
        columns:
          - name: stkcd
            description: Code
            data_type: varchar
            config: {meta: {label_zh: 代码, aliases: [股票代码], required: true, nullable: false}}
"""
HEADER = "股票代码,企业名称,年份,资产总计"


class Bench:
    """A project folder: `raw` to write to, `land()` to run, queries over what landed."""

    def __init__(self, root: Path):
        self.root, self.raw, self.landed = root, root / "raw", root / "landed"
        contract = root / "models" / "staging" / "firms" / "_firms__sources.yml"
        contract.parent.mkdir(parents=True)
        contract.write_text(CONTRACT, encoding="utf-8")
        (root / "dbt_project.yml").touch()
        (self.raw / "firms").mkdir(parents=True)

    def write(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.raw / "firms" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def lines(self, name: str, rows: Iterable[str], header: str = HEADER, encoding: str = "utf-8") -> Path:
        return self.write(name, "\n".join([header, *rows]) + "\n", encoding)

    def land(self) -> LandingReport:
        return land(self.raw, self.landed, self.root)

    def query(self, sql: str) -> list[tuple]:
        """Rows of a query in which {years}, {files} and {rejects} stand for what landed."""
        places = {
            "years": f"read_parquet('{self.landed}/firms/years/*.parquet')",
            "files": f"read_parquet('{self.landed}/files.parquet')",
            "rejects": f"read_parquet('{self.landed}/rejects.parquet')",
        }
        with duckdb.connect() as con:
            return con.execute(sql.format(**places)).fetchall()

    def counts(self) -> list[tuple[int, int, int]]:
        """rows_read, rows_landed, rows_rejected of each file."""
        return self.query("select rows_read, rows_landed, rows_rejected from {files} order by file")

    def public(self) -> dict[str, str]:
        """Checksum of every published file, by path: what readers can see."""
        return {
            path.relative_to(self.landed).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.landed.rglob("*"))
            if path.is_file() and "_incoming" not in path.parts and path.name != ".lock"
        }


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="session")
def bench_at():
    """Makes a Bench in a folder of its own: for tests that need many."""
    return Bench
