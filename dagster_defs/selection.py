"""Which assets a change of raw files reaches."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from dagster_defs.assets.landing import CONTRACTS, RAW


def depends_on_sources(sources: Iterable[str]) -> set[dg.AssetKey]:
    """The note of raw files, the landed tables of the sources, and everything that rests on these tables."""
    from dagster_defs.definitions import defs

    graph = defs.resolve_asset_graph()
    wanted = set(sources)
    landed = {
        dg.AssetKey(["landed", s.name, table.name])
        for s in CONTRACTS
        if s.name in wanted
        for table in s.tables
    }
    return {RAW} | dg.AssetSelection.assets(*landed).downstream().resolve(graph)
