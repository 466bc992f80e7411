"""A hand-made world of robot_upstream: three cities, two industries, four years; every expected number is worked out here."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from keytech.landing import land

ROOT = Path(__file__).parents[2]
SUZHOU, WUXI, QINGDAO = "3205", "3202", "3702"
CONTROLS_CLASS, VEHICLE_PARTS = "4111", "3725"  # IFR sectors 26-27 and 29
MAKER, WHOLESALER, BLANKED = "913205001234567887", "913202002222222232", "9137020033333333X3"


def write(raw: Path, name: str, columns: str, rows: list[tuple]) -> None:
    """One csv of a source, headers from a blank-separated string."""
    path = raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=columns.split()).to_csv(path, index=False, encoding="utf-8")


def survey_rows() -> list[tuple]:
    """year, code, name, district, class of the vintage, founded, type, employees, output, sales, exports, fixed, total assets."""
    base = [
        (2000, MAKER[8:17], "苏州明达传感技术有限公司", "320502", "4211", 200),
        (2000, "444444446", "苏州车件有限公司", "320503", "3727", 100),
        (2000, WHOLESALER[8:17], "无锡通达工业控制有限公司", "320202", "4211", 100),
        (2000, "555555552", "无锡车件有限公司", "320203", "3727", 300),
        (2000, BLANKED[8:17], "青岛海纳减速机有限公司", "370202", "4211", 50),
    ]
    later = [
        (year, code, name, district, CONTROLS_CLASS, employees)
        for year in range(2003, 2007)
        for code, name, district, employees in [
            (MAKER[8:17], "苏州明达传感技术有限责任公司", "320502", 200),
            (WHOLESALER[8:17], "无锡通达工业控制有限公司", "320202", 100),
            (None if year == 2004 else BLANKED[8:17], "青岛海纳减速机有限公司", "370202", 50),
        ]
    ]
    sales = {MAKER[8:17]: 300.0, WHOLESALER[8:17]: 100.0}
    return [
        (*row[:5], 1998, "173", row[5], 100.0, sales.get(row[1], 0.0), 91.8083, 400.0, 800.0)
        for row in base + later
    ]


def customs_rows() -> list[tuple]:
    """year, name, code, direction, mode, city, value: robots first, then what must not count, then the maker's trade."""
    ordinary, inputs, maker = "一般贸易", "进料加工贸易", "苏州明达传感技术（有限公司）"
    robots = [
        (2003, "甲", "84795090", ordinary, "苏州市", 600), (2003, "乙", "84795090", ordinary, "无锡市", 300),
        (2003, "丙", "85153120", ordinary, "青岛市", 100),
        (2004, "甲", "8479501000", ordinary, "苏州", 500), (2004, "丙", "8424.8920", ordinary, "青岛市", 500),
        (2005, "甲", "84795090", ordinary, "苏州市", 400), (2005, "甲", "84795090", inputs, "苏州市", 400),
        (2005, "乙", "84795010", ordinary, "无锡市", 200),
        (2006, "甲", "84795090", ordinary, "苏州市", 300), (2006, "乙", "84795090", ordinary, "无锡市", 100),
    ]  # fmt: skip
    others = [
        (2004, "乙", "84864031", ordinary, "无锡市", 999),  # chapter 8486 starts with HS 2007
        (2004, "丙", "847950", ordinary, "青岛市", 77),  # six digits name no robot
        (2006, "丙", "84795090", ordinary, "某某开发区", 50),  # unknown city and firm
        (2005, maker, "84834010", ordinary, "苏州市", 250),  # a part
        (2005, maker, "39011000", inputs, "苏州市", 400),
        (2005, maker, "39011000", ordinary, "苏州市", 500),
    ]
    exports = [
        (2005, maker, "61091000", inputs, "苏州市", 1000),
        (2005, maker, "94036000", ordinary, "苏州市", 1000),
    ]
    rows = [(*row, "进口") for row in robots + others] + [(*row, "出口") for row in exports]
    return [*rows, rows[0]]  # the first record is delivered twice


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """The panels of the hand-made world, built by landing and dbt."""
    folder = tmp_path_factory.mktemp("hand_world")
    raw = folder / "raw"
    write(raw, "registrations/企业.csv", "credit_code legal_code name former_names business_scope city established",
          [(MAKER, None, "苏州明达传感技术有限公司", "", "传感器的研发、生产与销售", "苏州市", "1998-05-01"),
           (WHOLESALER, None, "无锡通达工业控制有限公司", "", "控制系统的批发、零售", "无锡市", "1999-01-01"),
           (BLANKED, None, "青岛海纳减速机有限公司", "", "精密减速器制造", "青岛市", "1997-01-01")])  # fmt: skip
    write(raw, "asif/工企.csv", "year legal_code name district_code cic4 founding_year registration_type employees output sales "
          "exports fixed_assets total_assets", survey_rows())  # fmt: skip
    write(
        raw, "customs/海关.csv", "year firm_name hs_code trade_mode city value_usd direction", customs_rows()
    )
    customs = pd.read_csv(raw / "customs/海关.csv", dtype=str).assign(firm_code="", quantity=1)
    customs.to_csv(raw / "customs/海关.csv", index=False)
    stocks = {2003: (800, None, None), 2004: (1000, 200, 600), 2005: (1100, 250, 700), 2006: (1200, 300, 750)}
    robots = [("United States", "0", y, s[0]) for y, s in stocks.items()]
    robots += [("United States", "26-27", y, s[1]) for y, s in stocks.items() if s[1]]
    robots += [("United States", "29", y, s[2]) for y, s in stocks.items() if s[2]]
    write(raw, "ifr/ifr.csv", "country sector_code year stock", robots)
    pd.read_csv(raw / "ifr/ifr.csv").rename(columns={"country": "Country", "year": "Year"}).to_csv(
        raw / "ifr/ifr.csv", index=False
    )
    write(raw, "us_industry/employment.csv", "sector_code year employment_thousand",
          [("26-27", "2000", 50), ("29", "2000", 100)])  # fmt: skip
    pd.read_csv(raw / "us_industry/employment.csv").rename(columns={"year": "Year"}).to_csv(
        raw / "us_industry/employment.csv", index=False
    )
    write(raw, "patents/专利.csv", "application_no patent_type application_date grant_date ipc_main ipc_all applicants",
          [(f"CN20031000000{i}.0", "发明", "2003-03-03", None, "G01D5/12", "G01D5/12", "苏州明达传感技术有限公司;张三") for i in range(3)])  # fmt: skip
    land(raw=raw, landed=folder / "landed")
    return connect(folder)


def connect(folder: Path):
    """Runs seeds and the models of the study; a read-only connection to what they built."""
    (folder / "build").mkdir()
    places = {
        "KEYTECH_LANDED": "landed",
        "KEYTECH_BUILD": "build",
        "DBT_TARGET_PATH": "target",
        "DBT_LOG_PATH": "logs",
    }
    environment = (
        os.environ
        | {name: str(folder / place) for name, place in places.items()}
        | {"DBT_PROFILES_DIR": str(ROOT)}
    )
    for verb in (
        ["seed"],
        ["run", "-s", "+pnl_robot_upstream", "+pnl_robot_city", "+pnl_robot_survey", "+pnl_robot_shocks"],
    ):
        done = subprocess.run([sys.executable, "-m", "dbt.cli.main", *verb], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # fmt: skip
        assert done.returncode == 0, done.stdout
    return duckdb.connect(str(folder / "build" / "warehouse.duckdb"), read_only=True)


def cells(warehouse, column: str) -> dict:
    """A column of the city fact by (city, year), blanks left out."""
    query = f"select city_code, year, {column} from marts.fct_city_robot_year where {column} is not null and year > 2002"
    return {(city, year): value for city, year, value in warehouse.execute(query).fetchall()}


def test_robot_is_the_share_of_national_robot_imports(warehouse):
    """A failure means that codes, their validity, places or duplicates are counted wrongly (4.3)."""
    robot = {cell: value for cell, value in cells(warehouse, "robot").items() if value > 0}
    assert robot == pytest.approx(
        {(SUZHOU, 2003): 0.6, (WUXI, 2003): 0.3, (QINGDAO, 2003): 0.1, (SUZHOU, 2004): 0.5, (QINGDAO, 2004): 0.5,
         (SUZHOU, 2005): 0.8, (WUXI, 2005): 0.2, (SUZHOU, 2006): 0.75, (WUXI, 2006): 0.25}
    )  # fmt: skip


def test_processing_trade_can_be_left_out(warehouse):
    """A failure means that trade modes are not recognised (R5.3): of Suzhou's 800 in 2005 half came for processing."""
    shares = cells(warehouse, "robot_excl_processing")
    assert (shares[SUZHOU, 2005], shares[WUXI, 2005]) == pytest.approx((2 / 3, 1 / 3))


def test_us_robot_weighs_us_penetration_by_relative_employment(warehouse):
    """A failure means that equation (2) or its imputation is wrong.

    Median employment 100 in controls (200, 100, 50) and 200 in vehicles (100, 300). 2003 is imputed: 800 robots times
    20 % and 60 %. Suzhou 2003: 2 x 160/50 + 0.5 x 480/100 = 8.8.
    """
    us_robot = cells(warehouse, "us_robot")
    assert [us_robot[SUZHOU, y] for y in range(2003, 2007)] == pytest.approx([8.8, 11.0, 13.5, 15.75])
    assert [us_robot[WUXI, y] for y in range(2003, 2007)] == pytest.approx([10.4, 13.0, 15.5, 17.25])
    assert [us_robot[QINGDAO, y] for y in range(2003, 2007)] == pytest.approx([1.6, 2.0, 2.5, 3.0])
    imputed = cells(warehouse, "us_robot_imputed")
    assert {year for (_, year), flag in imputed.items() if flag} == {2003}


def test_the_own_sector_can_leave_the_instrument(warehouse):
    """A failure means that the maker's own sector (controls) still moves its instrument: vehicles alone, 0.5 x 480/100 in 2003."""
    query = "select us_robot_other_sectors from panels.pnl_robot_upstream where firm_id = ? order by year"
    found = [row[0] for row in warehouse.execute(query, [MAKER]).fetchall()]
    assert found == pytest.approx([2.4, 3.0, 3.5, 3.75])
    parts = """
        select city_code, year, sum(share * shock) from panels.pnl_robot_shares
        inner join panels.pnl_robot_shocks using (sector_code) where year > 2002 group by all
    """
    built = {(city, year): value for city, year, value in warehouse.execute(parts).fetchall()}
    assert built == pytest.approx(cells(warehouse, "us_robot"))


def test_the_other_instruments_look_at_the_year_before_and_the_rest_of_the_province(warehouse):
    """A failure means that R3a or R3b uses the wrong neighbours: Qingdao is alone in Shandong, Wuxi imports none in 2004."""
    late, other = cells(warehouse, "late_robot"), cells(warehouse, "other_robot")
    assert late == pytest.approx(
        {(SUZHOU, 2004): 0.6, (WUXI, 2004): 0.3, (QINGDAO, 2004): 0.1, (SUZHOU, 2005): 0.5, (QINGDAO, 2005): 0.5,
         (SUZHOU, 2006): 0.8, (WUXI, 2006): 0.2}
    )  # fmt: skip
    assert {cell: value for cell, value in other.items() if cell[0] == SUZHOU} == pytest.approx(
        {(SUZHOU, 2003): 0.3, (SUZHOU, 2005): 0.2, (SUZHOU, 2006): 0.25}
    )
    assert {cell: value for cell, value in other.items() if cell[0] == WUXI} == pytest.approx(
        {(WUXI, 2003): 0.6, (WUXI, 2004): 0.5, (WUXI, 2005): 0.8, (WUXI, 2006): 0.75}
    )
    assert not [cell for cell in other if cell[0] == QINGDAO]


def test_concentration_uses_sales_of_the_class(warehouse):
    """A failure means that the Herfindahl index is wrong: 300 and 100 give (9 + 1) / 16."""
    query = "select distinct cic4_hhi from marts.fct_industrial_firm_year where cic4 = '4111' and year = 2005"
    assert [row[0] for row in warehouse.execute(query).fetchall()] == pytest.approx([0.625])


def test_value_added_ratio_follows_trade_modes(warehouse):
    """A failure means that R1b is wrong: D = 8.1917 thousand yuan = 1000 USD, half of the exports are ordinary.

    Ordinary intermediates are 500 of polymers and 250 of reducers (BEC 42): 1 - (400 + 0.5 x 750) / 2000 = 0.6125.
    """
    query = "select firm_id, year, dvar from panels.pnl_robot_upstream where dvar is not null"
    assert warehouse.execute(query).fetchall() == [(MAKER, 2005, pytest.approx(0.6125))]


def test_the_panel_holds_makers_in_cities_with_robot_imports(warehouse):
    """A failure means that sample or matching is wrong: wholesalers out, the year without a code linked by name."""
    rows = warehouse.execute("select firm_id, year from panels.pnl_robot_upstream order by all").fetchall()
    assert rows == [*[(MAKER, y) for y in range(2003, 2007)], (BLANKED, 2003), (BLANKED, 2004)]
    reasons = "select drop_reason, count(*) from intermediate.int_robot_upstream__sample where year > 2000 group by 1 order by 1"
    assert dict(warehouse.execute(reasons).fetchall()) == {
        None: 6,
        "no_robot_imports_in_city": 2,
        "wholesale_only": 4,
    }


def test_patents_count_by_name_and_zeros_have_no_log(warehouse):
    """A failure means that applications are lost or counted twice: three in 2003, none later."""
    query = (
        "select year, lnspatent, lnspatent1 from panels.pnl_robot_upstream where firm_id = ? order by year"
    )
    rows = warehouse.execute(query, [MAKER]).fetchall()
    assert rows[0] == (2003, pytest.approx(math.log(3)), pytest.approx(math.log(4)))
    assert [row[1:] for row in rows[1:]] == [(None, 0.0)] * 3


def test_importers_are_the_surveyed_firms_that_bring_in_parts(warehouse):
    """A failure means that Table 3 column 1 has the wrong rows or currency: 250 USD of reducers in 2005."""
    rows = warehouse.execute(
        "select firm_id, year, lncap_value from panels.pnl_robot_survey where lncap_value is not null"
    ).fetchall()
    assert rows == [(MAKER, 2005, pytest.approx(math.log(250)))]
