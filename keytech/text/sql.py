"""The macros of `macros/engines`, `names`, `patents` and `trade`, rendered without dbt.

The command line and the unit tests run exactly the SQL of the models: the same macro files go through plain Jinja2 with
small stand-ins for what dbt supplies (`adapter.dispatch`, `ref`, `seed_rows`), and the seeds are DuckDB temporary tables.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import jinja2

ROOT = Path(__file__).resolve().parents[2]
MACRO_FOLDERS = ("engines", "names", "patents", "trade")


class _Adapter:
    def __init__(self) -> None:
        self.macros: object | None = None

    def dispatch(self, name: str, package: str | None = None) -> object:
        for prefix in ("duckdb__", "default__"):
            if hasattr(self.macros, prefix + name):
                return getattr(self.macros, prefix + name)
        raise LookupError(f"no macro duckdb__{name} or default__{name}")


class MacroSql:
    """Renders macro calls to SQL on one DuckDB connection.

    `render("{{ firm_name_key('name') }}")` returns the SQL text. Seeds named by a macro are loaded from
    `seeds/*.csv` as temporary tables when the macro first asks for them. Raises FileNotFoundError for an unknown seed.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, root: Path = ROOT, variables: dict | None = None
    ) -> None:
        self.connection = connection
        self._root = root
        self._loaded: set[str] = set()
        variables = variables or {}
        adapter = _Adapter()
        environment = jinja2.Environment(
            extensions=["jinja2.ext.do"], undefined=jinja2.StrictUndefined, autoescape=False
        )
        environment.globals.update(
            adapter=adapter,
            ref=self.ref,
            seed_rows=self.seed_rows,
            var=lambda name, default=None: variables.get(name, default),
        )
        source = "\n".join(
            path.read_text(encoding="utf-8")
            for folder in MACRO_FOLDERS
            for path in sorted((root / "macros" / folder).glob("*.sql"))
        )
        adapter.macros = environment.from_string(source).module
        macros = {name: item for name, item in vars(adapter.macros).items() if callable(item)}
        environment.globals.update(macros)
        self._environment = environment

    def ref(self, name: str) -> str:
        """Name of the table that holds a seed; loads it at first use."""
        if name not in self._loaded:
            matches = sorted((self._root / "seeds").rglob(f"{name}.csv"))
            if not matches:
                raise FileNotFoundError(f"seed {name}: no seeds/**/{name}.csv below {self._root}")
            self.connection.execute(
                f"create or replace temporary table {name} as "
                f"select * from read_csv(?, all_varchar = true, header = true, nullstr = '')",
                [str(matches[0])],
            )
            self._loaded.add(name)
        return name

    def render(self, template: str) -> str:
        """SQL of a template in which every macro of these folders can be called."""
        return self._environment.from_string(template).render().strip()

    def query(self, template: str, parameters: list[object] | None = None) -> duckdb.DuckDBPyConnection:
        """Run the rendered template and return the connection's result."""
        return self.connection.execute(self.render(template), parameters or [])

    def seed_rows(self, name: str, sql: str) -> list[tuple[object, ...]]:
        """Rows of a query on a seed; stands in for the dbt macro of the same name."""
        return self.connection.execute(sql.replace("{seed}", self.ref(name))).fetchall()
