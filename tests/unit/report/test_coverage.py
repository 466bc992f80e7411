"""Maps of provinces: each once, none on another, small counts withheld."""

from keytech.report.coverage import TILES, tile_map


def test_every_province_has_a_tile_of_its_own():
    """A failure means that a province is missing from the map or hidden behind another."""
    assert len(TILES) == 31
    assert len({(column, row) for _, _, column, row in TILES.values()}) == 31
    assert len({letters for letters, *_ in TILES.values()}) == 31


def test_a_withheld_count_is_a_dot():
    """A failure means that a province with a handful of rows looks like one without."""
    svg = str(tile_map({"11": 1200, "54": None}, "panel"))
    assert "BJ 北京 1,200" in svg and "XZ 西藏 ·" in svg and "HI 海南 </title>" in svg
