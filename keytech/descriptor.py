"""The descriptor of a release: datapackage.json (Frictionless Data Package) beside the Parquet files, and the same words
as comments of tables and columns inside the DuckDB file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from keytech.fingerprint import file_sha256

FILE = "datapackage.json"
WORDS = Path(__file__).with_name("results_columns.yml")


def keys_of_models(dbt_manifest: Path) -> dict[str, list[str]]:
    """Model -> columns of its key, as its dbt tests of uniqueness check it."""
    nodes = json.loads(dbt_manifest.read_text(encoding="utf-8"))["nodes"]
    keys: dict[str, list[str]] = {}
    for test in sorted((n for n in nodes.values() if n["resource_type"] == "test"), key=lambda n: n["name"]):
        about = test.get("test_metadata") or {}
        model = nodes.get(test.get("attached_node") or "")
        if model and about.get("name") in {"unique", "unique_combination"}:
            said = about["kwargs"]
            columns = said.get("columns") or [said["column_name"]]
            if len(columns) < len(keys.get(model["name"], [*columns, ""])):
                keys[model["name"]] = list(columns)
    return keys


def describe(release: Path, keys: Mapping[str, list[str]]) -> None:
    """Write `<release>/datapackage.json` and the comments of `<release>/warehouse.duckdb`.

    The release holds marts/, results/, manifest.json and catalog.json; `keys`: table -> columns of its key.
    """
    nodes = {
        n["name"]: n for n in json.loads((release / "catalog.json").read_text(encoding="utf-8"))["nodes"]
    }
    manifest = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    words = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    paths = [*sorted(release.glob("marts/*/*.parquet")), *sorted(release.glob("results/*.parquet"))]
    resources = [_resource(release, path, nodes, dict(keys) | words["keys"], words) for path in paths]
    package = {
        "profile": "data-package", "name": f"keytech-{manifest['release_id']}", "id": manifest["fingerprint"],
        "title": f"keytech release {manifest['release_id']} ({manifest['data_origin']} data)",
        "data_origin": manifest["data_origin"], "resources": resources,
    }  # fmt: skip
    (release / FILE).write_text(json.dumps(package, ensure_ascii=False, indent=1), encoding="utf-8")
    _comment(release / "warehouse.duckdb", resources)


def read_descriptor(release: Path) -> dict[str, dict]:
    """The resources of a release by table, `schema.name`; empty for a release made before there were descriptors."""
    path = release / FILE
    if not path.is_file():
        return {}
    return {r["table"]: r for r in json.loads(path.read_text(encoding="utf-8"))["resources"]}


def _resource(release: Path, path: Path, nodes: dict, keys: dict, words: dict) -> dict:
    schema, name = path.parent.name, path.stem
    node = nodes.get(name, {})
    if schema == "results":
        node = {"en": words["tables"].get(name, [""])[0], "zh": words["tables"].get(name, ["", ""])[1]}
        said = {c: {"en": en, "zh": zh} for c, (en, zh) in words["columns"].items()}
    else:
        said = {c["name"]: c for c in node.get("columns", [])}
    fields = [_field(column, said.get(column.name, {})) for column in pq.read_schema(path)]
    table = {"fields": fields} | ({"primaryKey": keys[name]} if name in keys else {})
    return {
        "name": re.sub(r"[^-a-z0-9._]", "-", f"{schema}.{name}".lower()), "table": f"{schema}.{name}",
        "path": path.relative_to(release).as_posix(), "format": "parquet",
        "mediatype": "application/vnd.apache.parquet", "title": node.get("zh", ""),
        "description": node.get("en", ""), "bytes": path.stat().st_size, "hash": f"sha256:{file_sha256(path)}",
        "rows": pq.read_metadata(path).num_rows, "schema": table,
    }  # fmt: skip


def _field(column: pa.Field, said: dict) -> dict:
    more = {"unit": said["unit"]} if said.get("unit") else {}
    return {
        "name": column.name,
        "type": _type(column.type),
        "title": said.get("zh", ""),
        "description": said.get("en", ""),
    } | more


def _type(kind: pa.DataType) -> str:
    """The Frictionless type of an Arrow type."""
    tests = {
        "boolean": pa.types.is_boolean, "integer": pa.types.is_integer, "date": pa.types.is_date,
        "datetime": pa.types.is_timestamp, "array": pa.types.is_list,
        "number": lambda t: pa.types.is_floating(t) or pa.types.is_decimal(t),
        "string": lambda t: pa.types.is_string(t) or pa.types.is_large_string(t),
    }  # fmt: skip
    return next((name for name, test in tests.items() if test(kind)), "any")


def _comment(warehouse: Path, resources: list[dict]) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        for resource in resources:
            table = resource["table"]
            connection.execute(f"comment on table {table} is {_said(resource)}")
            for field in resource["schema"]["fields"]:
                connection.execute(f'comment on column {table}."{field["name"]}" is {_said(field)}')


def _said(entry: dict) -> str:
    """English, Chinese and unit as one SQL text."""
    unit = f"[{entry['unit']}]" if entry.get("unit") else ""
    text = " ".join(part for part in (entry["description"], entry["title"], unit) if part)
    return "'" + text.replace("'", "''") + "'" if text else "null"
