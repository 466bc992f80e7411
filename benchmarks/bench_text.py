"""CPU seconds of the text macros as ratios to a plain scan of the same Parquet columns.

    python benchmarks/bench_text.py [--rows 1000000] [--repeat 3] [--folder data/bench_text]

Each figure is the least of the repeats of user + system seconds of this process, divided by that of the scan; run
it on an idle machine. The limits are those of the specification (10 million rows, two threads).
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
from pathlib import Path

import duckdb

from keytech.text.sql import MacroSql

LIMITS = {
    "name text (legal form kept)": 4.5,
    "name key (legal form cut)": 8.0,
    "split with position": 3.5,
    "classify (whole strings to classes)": None,
    "IPC rules, code map joined back": 25.0,
    "IPC rules, masks per patent": 12.0,
    "applicants to firms, staged keys": 5.2,
}


def cpu_seconds() -> float:
    """User and system seconds used by this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Bench:
    """Runs statements on one connection and prints ratios to the scan measured last."""

    def __init__(self, rows: int, repeat: int, folder: Path) -> None:
        self.rows, self.repeat, self.folder = rows, repeat, folder
        self.macros = MacroSql(duckdb.connect(config={"threads": 2, "memory_limit": "4GB"}))
        self.macros.connection.execute(f"set temp_directory = '{folder}/spill'")
        self._scan = 1.0

    def seconds(self, template: str) -> float:
        """Least CPU seconds of the repeats."""
        sql = self.macros.render(template)
        best = float("inf")
        for _ in range(self.repeat):
            start = cpu_seconds()
            self.macros.connection.execute(sql).fetchall()
            best = min(best, cpu_seconds() - start)
        return best

    def scan(self, template: str) -> None:
        """Measure the plain scan that the next ratios refer to."""
        self._scan = self.seconds(template)
        print(f"{'scan':40s} {self._scan:8.2f} s")

    def ratio(self, name: str, template: str) -> None:
        """Print CPU seconds and their ratio to the scan, with the limit."""
        used = self.seconds(template)
        limit = LIMITS[name]
        bound = f"limit {limit:.1f}" if limit else ""
        print(f"{name:40s} {used:8.2f} s   x {used / self._scan:6.2f}   {bound}")

    def write(self, name: str, query: str) -> None:
        """Write a query as Parquet and make it a view."""
        path = self.folder / f"{name}.parquet"
        self.macros.connection.execute(f"copy ({query}) to '{path}' (compression zstd)")
        self.macros.connection.execute(f"create or replace view {name} as select * from '{path}'")


BRAND = "华龙恒瑞鑫宏远博智创中天金泰盛安康德信诚嘉佳永兴隆昌益通达汇联科新海江川岳峰云星辰晨旭阳光明亮清源润泽维特尔思拓力普诺"


def firm_name(i: str) -> str:
    """SQL of a made-up firm name numbered by `i`, different for every number.

    Signs stand as often as among 1 200 real applicants: brackets in 7 of 100, blanks, full-width signs and
    traditional characters in 3 of 1 000.
    """
    letters = " || ".join(
        f"substr('{BRAND}', ({i} // {len(BRAND) ** k} % {len(BRAND)} + 1)::integer, 1)" for k in range(4)
    )
    return f"""
        list_extract(['深圳市', '北京', '上海', '杭州', '苏州市', '广东', '武汉', '成都'], ({i} % 8 + 1)::integer)
        || {letters} || list_extract(['电子', '机械', '材料', '信息', '医药'], ({i} % 5 + 1)::integer)
        || case when {i} % 1000 = 1 then '電氣' else '' end
        || case when {i} % 1000 in (3, 4) then '（集团） 有限公司' when {i} % 100 < 7 then '(集团)股份有限公司'
            when {i} % 100 < 20 then '股份有限公司' else '有限公司' end
    """


def make_data(bench: Bench) -> None:
    """Applicant strings, IPC lists and firm names in Parquet below the folder."""
    n = bench.rows
    owner = firm_name(f"((i * 2654435761) % {n})")
    other = firm_name(f"((i * 40503) % {n})")
    bench.write(
        "patents",
        f"""
        select
            i as id,
            {owner} || case when i % 10 < 3 then ';' || {other} when i % 10 = 3 then '；清华大学' else '' end as applicants,
            concat_ws(';', {ipc_symbol("i")}, {ipc_symbol("(i * 31 + 7)")}, case when i % 2 = 0 then {ipc_symbol("(i * 17 + 3)")} end) as ipcs
        from range({n}) as r(i)
        """,
    )
    bench.write("firms", f"select i as firm_id, {firm_name('i')} as name from range({n}) as r(i)")
    bench.write(
        "rules",
        f"""
        select i::varchar as rule_no, (i % 40)::varchar as subfield_code,
            case when i % 3 = 0 then {ipc_symbol("(i * 13)")} when i % 3 = 1 then split_part({ipc_symbol("(i * 29)")}, '/', 1) || '*'
                else substr({ipc_symbol("(i * 7)")}, 1, 4) || '*' end as ipc_pattern,
            case when i % 3 = 2 then split_part({ipc_symbol("(i * 7)")}, '/', 1) || '*' end as exclude_patterns
        from range(2700) as r(i)
        """,
    )


def ipc_symbol(i: str) -> str:
    """SQL of a made-up IPC symbol; about 100 000 different ones."""
    h = f"(({i} * 2654435761) % 100003)"
    return (
        f"chr((65 + {h} % 8)::integer) || lpad(({h} // 8 % 20 + 1)::varchar, 2, '0') || chr((65 + {h} // 160 % 12)::integer)"
        f" || ({h} // 1920 % 30 + 1)::varchar || '/' || lpad(({h} // 57600 % 40 * 2)::varchar, 2, '0')"
    )


def measure(bench: Bench) -> None:
    """All figures, each after its scan."""
    bench.scan("select count(*), sum(length(name)) from firms")
    bench.ratio(
        "name text (legal form kept)", "select count(*), sum(strlen({{ firm_name_text('name') }})) from firms"
    )
    bench.ratio(
        "name key (legal form cut)", "select count(*), sum(strlen({{ firm_name_key('name') }})) from firms"
    )
    bench.scan("select count(*), sum(length(applicants)) from patents")
    bench.ratio(
        "split with position",
        "select count(*), sum(strlen(applicant_raw)), sum(position) from"
        " ({{ split_text('patents', ['id'], owner_list('applicants')) }})",
    )
    parts = "(select distinct applicant_clean from ({{ split_applicants('patents', 'id', 'applicants') }}))"
    owners = "{{ classify_owners('owners', 'applicant_clean') }}"
    bench.ratio(
        "classify (whole strings to classes)",
        f"with owners as {parts} select count(*), count(*) filter (owner_region = 'foreign') from ({owners})",
    )
    bench.macros.query("create or replace table parsed as {{ ipc_rules('rules') }}")
    exploded = "select id, unnest(string_split(ipcs, ';')) as ipc from patents"
    code_map = "{{ ipc_match('(' ~ exploded ~ ')', 'ipc', 'parsed') }}".replace(
        "exploded", f"'{exploded.replace(chr(39), chr(92) + chr(39))}'"
    )
    bench.scan("select count(*), sum(length(ipcs)), sum(id) from patents")
    bench.ratio(
        "IPC rules, code map joined back",
        f"with code_map as materialized (select distinct ipc, subfield_code from ({code_map}))"
        f" select count(*) from (select distinct id, subfield_code from ({exploded}) join code_map using (ipc))",
    )
    bench.ratio(
        "IPC rules, masks per patent",
        f"with code_map as materialized (select ipc, bit_or(1::ubigint << subfield_code::integer) as mask from ({code_map}) group by ipc)"
        f" select sum(bit_count(mask)) from (select id, bit_or(mask) as mask from ({exploded}) join code_map using (ipc) group by id)",
    )
    bench.write(
        "staged_owners",
        bench.macros.render("select id, {{ firm_name_key('applicants') }} as name_key from patents"),
    )
    bench.write(
        "staged_firms",
        bench.macros.render("select firm_id, {{ firm_name_key('name') }} as name_key from firms"),
    )
    bench.scan(
        "select (select sum(strlen(name_key)) + sum(id) from staged_owners), (select sum(strlen(name_key)) + sum(firm_id) from staged_firms)"
    )
    bench.ratio(
        "applicants to firms, staged keys",
        "with names as (select name_key, min(firm_id) as firm_id, count(*) as n_firms from staged_firms group by name_key)"
        " select count(*), sum(firm_id) from staged_owners join names using (name_key)",
    )


def main() -> None:
    """Make data in a folder that is removed afterwards, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bench_text_", dir=options.folder))
    try:
        bench = Bench(options.rows, options.repeat, folder)
        make_data(bench)
        measure(bench)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
