"""Checks at the two borders of the warehouse: landed files, and the panel files that estimates read.

DuckDB scans and writes small frames (rows that break a rule, or one row per column or year); great-expectations judges
the frames. Suites are derived from the contracts (`derive`) or written by hand in `expectations/*.yml` (`expectations`).
"""
