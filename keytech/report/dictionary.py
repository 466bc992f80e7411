"""The data dictionary: every mart, panel and source column with meaning, type, unit and where its name comes from."""

from __future__ import annotations

from dataclasses import dataclass

from keytech.report.catalog import Catalog, Column, Node

SHOWN = ("panels", "core", "quality", "source")


@dataclass(frozen=True)
class Entry:
    """One column and the raw source tables that it is computed from."""

    column: Column
    origins: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """One table of the dictionary. `above` is what it rests on, nearest documented layer first."""

    node: Node
    entries: tuple[Entry, ...]
    above: tuple[str, ...]
    below: tuple[str, ...]


def sheets(catalog: Catalog) -> dict[str, list[Sheet]]:
    """Documented tables by layer, by name."""
    shown = {
        layer: [n for n in catalog.in_layer(layer) if not n.name.startswith("landing.")] for layer in SHOWN
    }
    names = {n.name for nodes in shown.values() for n in nodes}
    users: dict[str, list[str]] = {}
    for name in sorted(names):
        for above in catalog.ancestors(name) & names:
            users.setdefault(above, []).append(name)
    return {
        layer: [_sheet(catalog, n, users.get(n.name, []), names) for n in nodes]
        for layer, nodes in shown.items()
    }


def _sheet(catalog: Catalog, node: Node, below: list[str], shown: set[str]) -> Sheet:
    above = catalog.ancestors(node.name)
    order = {"core": 0, "panels": 0, "source": 1}
    known = [catalog.nodes[n] for n in above if n in catalog.nodes and catalog.nodes[n].layer in order]
    known.sort(key=lambda n: (order[n.layer], n.name))
    entries = tuple(Entry(c, tuple(sorted(catalog.raw_of(node.name, c.name)))) for c in node.columns)
    return Sheet(node, entries, tuple(n.name for n in known if n.name in shown), tuple(below))
