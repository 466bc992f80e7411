"""How dbt's nodes appear in the asset graph."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings

from dagster_defs.resources import ROOT, ensure_manifest
from dagster_defs.shown import DAILY, owners

FRESH = {"marts", "panels"}


class WarehouseTranslator(DagsterDbtTranslator):
    """Sources are the landed tables; models are keyed and grouped by layer."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=True))

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey(["landed", dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([layer(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return layer(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        return owners(layer(dbt_resource_props), dbt_resource_props["config"].get("meta") or {})

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """English and Chinese of the YAML; neither the SQL, which is in the repository."""
        meta = dbt_resource_props["config"].get("meta") or {}
        said = " ".join(dbt_resource_props["description"].split())
        return "\n\n".join(text for text in (said, meta.get("label_zh", "")) if text)

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        if node.get("language") == "python":
            spec = spec.replace_attributes(kinds={*spec.kinds, "python"})
        if layer(node) in FRESH and node["resource_type"] == "model":
            spec = spec.replace_attributes(freshness_policy=DAILY)
        return spec


def layer(props: Mapping[str, Any]) -> str:
    """staging, intermediate, marts, panels, quality or reference."""
    return props["config"].get("schema") or props["resource_type"]


def sources_built_by(selected: Iterable[dg.AssetKey]) -> list[str]:
    """The raw sources of which every downstream model is among the selected assets."""
    manifest = json.loads(ensure_manifest(ROOT).read_text(encoding="utf-8"))
    names = {key.path[-1] for key in selected}
    downstream: dict[str, set[str]] = {}
    for unique_id, source in manifest["sources"].items():
        found = downstream.setdefault(source["source_name"], set())
        todo = list(manifest["child_map"][unique_id])
        seen: set[str] = set()
        while todo:
            child = todo.pop()
            if child in seen or child not in manifest["nodes"]:
                continue
            seen.add(child)
            todo += manifest["child_map"].get(child, [])
        found |= {
            manifest["nodes"][i]["name"] for i in seen if manifest["nodes"][i]["resource_type"] == "model"
        }
    return sorted(source for source, models in downstream.items() if models <= names)
