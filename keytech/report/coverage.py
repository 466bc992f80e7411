"""Rows of every panel by province, as maps of equal tiles: a small province can be seen, and no map file is needed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
from markupsafe import Markup, escape

from keytech.report.disclosure import counts
from keytech.report.facts import Facts

TILE = 38
# GB/T 2260 code: ISO 3166-2 letters, Chinese short name, column, row of the tile.
TILES = {
    "23": ("HL", "黑龙江", 8, 0), "15": ("NM", "内蒙古", 5, 1), "22": ("JL", "吉林", 8, 1), "65": ("XJ", "新疆", 0, 2),
    "62": ("GS", "甘肃", 2, 2), "64": ("NX", "宁夏", 3, 2), "13": ("HE", "河北", 5, 2), "11": ("BJ", "北京", 6, 2),
    "12": ("TJ", "天津", 7, 2), "21": ("LN", "辽宁", 8, 2), "54": ("XZ", "西藏", 0, 3), "63": ("QH", "青海", 2, 3),
    "61": ("SN", "陕西", 3, 3), "14": ("SX", "山西", 4, 3), "41": ("HA", "河南", 5, 3), "37": ("SD", "山东", 6, 3),
    "51": ("SC", "四川", 2, 4), "50": ("CQ", "重庆", 3, 4), "42": ("HB", "湖北", 4, 4), "34": ("AH", "安徽", 5, 4),
    "32": ("JS", "江苏", 6, 4), "31": ("SH", "上海", 7, 4), "53": ("YN", "云南", 2, 5), "52": ("GZ", "贵州", 3, 5),
    "43": ("HN", "湖南", 4, 5), "36": ("JX", "江西", 5, 5), "33": ("ZJ", "浙江", 6, 5), "45": ("GX", "广西", 3, 6),
    "44": ("GD", "广东", 4, 6), "35": ("FJ", "福建", 5, 6), "46": ("HI", "海南", 4, 7),
}  # fmt: skip


@dataclass(frozen=True)
class Coverage:
    """The map of one panel and how many provinces have rows."""

    panel: str
    svg: Markup
    provinces: int
    elsewhere: int


def coverages(facts: Facts) -> list[Coverage]:
    """One map per released panel that knows the province of its rows."""
    found = []
    with duckdb.connect(config={"threads": 1}) as connection:
        for path in sorted((facts.release / "marts" / "panels").glob("*.parquet")):
            rows = _by_province(connection, path)
            if rows is not None:
                known = {code: n for code, n in rows.items() if code in TILES}
                shown = counts(known, protect=facts.catalog.privacy_of(path.stem) != "public")
                svg = tile_map(shown, path.stem)
                found.append(Coverage(path.stem, svg, len(known), len(rows) - len(known)))
    return found


def _by_province(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, int] | None:
    names = {row[0] for row in connection.execute(f"describe from '{path}'").fetchall()}
    if "province_code" not in names:
        return None
    sql = f"select coalesce(province_code, ''), count(*) from '{path}' group by 1 order by 1"
    return dict(connection.execute(sql).fetchall())


def tile_map(rows: dict[str, int | None], name: str) -> Markup:
    """A tile per province, darker with more rows; `None` (withheld) is a dot, a province without rows stays empty."""
    most = max((n for n in rows.values() if n), default=1)
    parts = []
    for code, (letters, chinese, column, row) in TILES.items():
        x, y, n = column * TILE, row * TILE, rows.get(code)
        said = "·" if code in rows and n is None else f"{n:,}" if n else ""
        depth = 0.1 + 0.55 * (n / most) ** 0.5 if n else 0.1 if said else 0
        parts.append(
            f"<g><title>{letters} {escape(chinese)} {said}</title>"
            f'<rect class="tile" x="{x + 1}" y="{y + 1}" width="{TILE - 2}" height="{TILE - 2}" rx="4" style="--d:{depth:.2f}"/>'
            f'<text lang="en" x="{x + TILE / 2:g}" y="{y + 17}" text-anchor="middle">{letters}</text>'
            f'<text lang="zh" x="{x + TILE / 2:g}" y="{y + 17}" text-anchor="middle">{escape(chinese)}</text>'
            f'<text class="tick" x="{x + TILE / 2:g}" y="{y + 30}" text-anchor="middle">{said}</text></g>'
        )
    body = "".join(parts)
    return Markup(
        f'<svg class="tiles" viewBox="0 0 {9 * TILE} {8 * TILE}" role="img" aria-label="{escape(name)}">{body}</svg>'
    )
