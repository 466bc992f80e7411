"""Column lineage: which columns of its parents a model's column is computed from, read off the compiled SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, build_scope

Origin = tuple[str, str]  # parent, column; an empty column stands for the rows of the parent


def origins(
    sql: str | None,
    parents: Mapping[tuple[str, str], str],
    columns: Mapping[str, Iterable[str]],
    own: Iterable[str],
) -> dict[str, list[Origin]]:
    """Column -> the parents' columns that its expression, the joins it needs and its grouping use; filters are left out.

    `parents` maps (schema, relation) to the parent's name, `columns` a parent's name to its columns. What cannot be
    read (a Python model, SQL beyond the parser) is said to rest on the rows of every parent: never on too little.
    """
    everything = [(name, "") for name in sorted(set(parents.values()))]
    fallback = {column: everything for column in own}
    if not sql:
        return fallback
    try:
        schema: dict = {}
        for (place, relation), name in parents.items():
            schema.setdefault(place, {})[relation] = dict.fromkeys(columns.get(name, ()), "varchar")
        tree = sqlglot.parse_one(_without_catalog(sql), dialect="duckdb")
        tree = qualify(tree, schema=schema, dialect="duckdb", validate_qualify_columns=False, identify=False)
        root = build_scope(tree)
    except SqlglotError:
        return fallback
    if root is None:
        return fallback
    reader = _Reader(parents, {name: {c.lower() for c in columns.get(name, ())} for name in parents.values()})
    found = {column: sorted(reader.column(root, column)) for column in own}
    return {column: origin or everything for column, origin in found.items()}


def _without_catalog(sql: str) -> str:
    return sql.replace('"warehouse".', "")


class _Reader:
    """Walks from an output column of a query to the columns of the relations it reads."""

    def __init__(self, parents: Mapping[tuple[str, str], str], columns: Mapping[str, set[str]]):
        self.parents, self.columns = parents, columns
        self.known: dict[tuple[int, str], frozenset[Origin]] = {}

    def column(self, scope: Scope, name: str) -> frozenset[Origin]:
        key = (id(scope), name.lower())
        if key not in self.known:
            self.known[key] = frozenset()  # a recursive query meets itself here
            self.known[key] = self._read(scope, name)
        return self.known[key]

    def _read(self, scope: Scope, name: str) -> frozenset[Origin]:
        if scope.set_operation_scopes:
            place = _position(scope.expression, name)
            names = [_name_at(part.expression, place) or name for part in scope.set_operation_scopes]
            return frozenset().union(
                *(self.column(s, n) for s, n in zip(scope.set_operation_scopes, names, strict=True))
            )
        select = scope.expression
        if not isinstance(select, exp.Select):
            return self._rows(scope)
        chosen = next((e for e in select.selects if e.alias_or_name.lower() == name.lower()), None)
        if chosen is None:
            return self._from(scope, "", name) if select.is_star else frozenset()
        used = list(chosen.find_all(exp.Column))
        found: frozenset[Origin] = frozenset()
        for column in [*used, *_keys(select, chosen, {c.table for c in used})]:
            found |= self._from(scope, column.table, column.name)
        if not used and chosen.find(exp.AggFunc, exp.Window):
            found |= self._rows(scope)
        return found

    def _from(self, scope: Scope, table: str, column: str) -> frozenset[Origin]:
        sources = [scope.sources[table]] if table in scope.sources else list(scope.sources.values())
        found: frozenset[Origin] = frozenset()
        for source in sources:
            if isinstance(source, Scope):
                found |= self.column(source, column)
            elif isinstance(source, exp.Table):
                found |= self._relation(source, column)
        return found

    def _relation(self, table: exp.Table, column: str) -> frozenset[Origin]:
        name = self.parents.get((table.db, table.name))
        # A view on landed files reads them by a function: what has no name in the warehouse is one of its sources.
        names = [name] if name else sorted(n for n in self.columns if "." in n)
        return frozenset((n, column) for n in names if not column or column.lower() in self.columns[n])

    def _rows(self, scope: Scope) -> frozenset[Origin]:
        found: frozenset[Origin] = frozenset()
        for source in scope.sources.values():
            if isinstance(source, Scope):
                found |= self._rows(source)
            elif isinstance(source, exp.Table):
                found |= frozenset((name, "") for name, _ in self._relation(source, ""))
        return found


def _keys(select: exp.Select, chosen: exp.Expression, tables: set[str]) -> list[exp.Column]:
    """Columns that decide which rows meet: of joins to the tables used, and of the grouping where values are added up."""
    conditions = [
        join.args.get("on") for join in select.args.get("joins") or [] if join.alias_or_name in tables
    ]
    if chosen.find(exp.AggFunc):
        conditions.append(select.args.get("group"))
    return [column for part in conditions if part is not None for column in part.find_all(exp.Column)]


def _position(union: exp.Expression, name: str) -> int | None:
    names = [e.alias_or_name.lower() for e in union.selects]
    return names.index(name.lower()) if name.lower() in names else None


def _name_at(query: exp.Expression, place: int | None) -> str | None:
    selects = query.selects
    return selects[place].alias_or_name if place is not None and place < len(selects) else None
