"""Dagster definitions: thin; the work is done by keytech and dbt."""
