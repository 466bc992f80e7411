"""Delivers the customs records, one file per year, with the defects of real deliveries."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import customs, defects
from keytech.simulate.damage import Damaged
from keytech.simulate.rates import RATES
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

PARQUET_YEARS = (2009, 2010)
PARTNERS = [
    "日本", "德国", "美国", "韩国", "中国台湾", "意大利", "法国", "瑞士", "瑞典", "新加坡", "英国", "中国香港",
]  # fmt: skip
MODE_SPELLINGS = {"ordinary": ["10", "0110"], "assembly": ["14", "来料加工"], "inputs": ["15", "0615"],
                  "equipment": ["20", "不作价设备"], "investment": ["25", "2025"]}  # fmt: skip
CHUNK = 500_000


def write(
    world: World, lines: pd.DataFrame, firms: pd.DataFrame, others: pd.DataFrame, raw: RawWriter, truth: Truth
) -> None:
    """All lines by year; further lines of larger scales in Parquet files of up to CHUNK rows."""
    names, kinds = _CityNames(world), customs.goods(world)
    harmless = set(kinds.others) | set(kinds.intermediates)
    for year, part in lines.groupby("year"):
        rng = world.rng("customs file", str(year))
        damaged = Damaged(_shaped(rng, part, firms, others, names), rng)
        _other_vintages(damaged, customs.codes_of_other_vintages(kinds, int(year)), harmless)
        _damage(damaged, names)
        if year in PARQUET_YEARS:
            file, first = (
                raw.parquet("customs", "transactions", f"海关_{year}.parquet", _texts(damaged.frame)),
                1,
            )
        else:
            encoding = "utf-8-sig" if year % 5 == 3 else "gb18030"
            file = raw.csv(
                "customs",
                "transactions",
                f"海关_{year}.csv",
                damaged.frame,
                encoding=encoding,
                header=int(year % 2),
            )
            first = 2
        damaged.record(truth, file, first)
    _write_filler(world, round((world.scale - 1) * len(lines)), others, names, raw)


def _texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Value as text, which Parquet needs where numbers and words stand in one column."""
    return frame.assign(value_usd=frame["value_usd"].astype(str))


def _write_filler(world: World, extra: int, others: pd.DataFrame, names: _CityNames, raw: RawWriter) -> None:
    kinds = customs.goods(world)
    for chunk, start in enumerate(range(0, max(extra, 0), CHUNK)):
        rng = world.rng("customs filler", str(chunk))
        lines = customs.outsider_lines(rng, others, kinds, min(CHUNK, extra - start), harmless=True)
        frame = _shaped(rng, lines, others.iloc[:0], others, names)
        raw.parquet("customs", "transactions", f"补充/海关_{chunk:05d}.parquet", frame)


class _CityNames:
    """City names as customs print them: today's, the name of the year, and the short form where it is safe."""

    def __init__(self, world: World):
        cities = world.cities.set_index("city_code")
        provinces = set(world.provinces["province_short"]) if "province_short" in world.provinces else set()
        self.current = cities["city_name"]
        plain = (cities["city_name"] == cities["city_short"] + "市") & ~cities["city_short"].isin(provinces)
        self.short = dict(zip(cities.loc[plain, "city_name"], cities.loc[plain, "city_short"], strict=True))
        alias = world.seed_table("seed_city_alias").astype({"valid_from": int, "valid_to": int})
        self.alias = alias[alias["valid_to"] >= 2000]

    def of_year(self, city: np.ndarray, year: np.ndarray, in_old_unit: np.ndarray) -> np.ndarray:
        """The name of the time: renamed and upgraded units always, merged ones for firms `in_old_unit`."""
        out = self.current.loc[city].to_numpy(dtype=object)
        for row in self.alias.itertuples():
            here = (city == row.city_code) & (year >= row.valid_from) & (year < row.valid_to)
            out[here & (in_old_unit | (row.kind != "merged"))] = row.alias
        return out


def _shaped(
    rng, lines: pd.DataFrame, firms: pd.DataFrame, others: pd.DataFrame, names: _CityNames
) -> pd.DataFrame:
    """Lines under the headers of the contract, clean, in random order."""
    lines = lines.sample(frac=1, random_state=int(rng.integers(2**31))).reset_index(drop=True)
    n = len(lines)
    inside = (lines["firm"] >= 0).to_numpy()
    firm, other = np.where(inside, lines["firm"], 0), np.where(inside, 0, lines["outsider"])
    year, city = lines["year"].to_numpy(), lines["city_code"].to_numpy(dtype=object)
    name = others["name"].to_numpy(dtype=object)[other]
    old_unit = other % 12 == 0
    if inside.any():
        early = year < firms["rename_year"].to_numpy()[firm]
        former = firms["former_name"].to_numpy(dtype=object)[firm]
        current = firms["name"].to_numpy(dtype=object)[firm]
        name = np.where(inside, np.where(early & (former != ""), former, current), name)
        old_unit = np.where(inside, firms["in_old_unit"].to_numpy()[firm], old_unit)
    number = np.where(inside, firm, other)
    code = [f"{c}{'2' if i else '9'}{k:05d}" for c, i, k in zip(city, inside, number, strict=True)]
    return pd.DataFrame(
        {
            "year": year, "month": rng.integers(1, 13, n), "firm_code": code, "firm_name": name, "hs_code": lines["hs8"],
            "direction": np.where(lines["is_import"], "进口", "出口"), "trade_mode": lines["mode"].map(customs.MODES),
            "partner": rng.choice(PARTNERS, n), "city": names.of_year(city, year, old_unit),
            "value_usd": lines["cents"] / 100, "quantity": lines["quantity"],
            "unit": np.where(rng.random(n) < 0.5, "台", "千克"), "mode": lines["mode"],
        }
    )  # fmt: skip


def _other_vintages(out: Damaged, codes: np.ndarray, harmless: set[str]) -> None:
    """Lines of firms outside the survey declared under a code of another revision; their goods enter no variable."""
    where = (out.frame["firm_code"].str[4] == "9") & out.frame["hs_code"].isin(harmless)
    code = str(codes[int(out.rng.integers(len(codes)))])
    out.change(
        "hs_code",
        "hs_other_vintage",
        RATES["customs_hs_other_vintage"],
        lambda _: code,
        where=where.to_numpy(),
    )


def _damage(out: Damaged, names: _CityNames) -> None:
    rng = out.rng
    out.firm_names("firm_name", RATES)
    tail = rng.integers(0, 100)
    out.change("hs_code", "hs_ten_digits", RATES["customs_hs_ten_digits"], lambda c: f"{c}{tail:02d}")
    eight = (out.frame["hs_code"].str.len() == 8).to_numpy()
    out.change(
        "hs_code", "hs_dots", RATES["customs_hs_dots"], lambda c: f"{c[:4]}.{c[4:6]}.{c[6:]}", where=eight
    )
    out.change("hs_code", "hs_full_width", RATES["customs_hs_full_width"], defects.full_width, where=eight)
    ending = out.frame["hs_code"].astype(str).str.fullmatch(r"\d{6}00").to_numpy()
    out.change("hs_code", "hs_six_digits", RATES["customs_hs_six_digits"], lambda c: c[:6], where=ending)
    out.change("city", "city_short", RATES["customs_city_short"], lambda c: names.short.get(c, c))
    out.change("city", "stray_space", RATES["customs_city_stray_space"], lambda c: defects.stray_space(c, 1))
    again = out.frame.duplicated("firm_code").to_numpy()
    out.change("city", "unknown_city", RATES["customs_city_unknown"], lambda _: "其他地区", where=again)
    _spell_modes(rng, out)
    out.repeat("exact_duplicate", RATES["customs_duplicate"])
    _worthless(rng, out)


def _spell_modes(rng: np.random.Generator, out: Damaged) -> None:
    for mode, spellings in MODE_SPELLINGS.items():
        spelling = spellings[int(rng.integers(len(spellings)))]
        where = (out.frame["mode"] == mode).to_numpy()
        out.change(
            "trade_mode", "mode_spelling", RATES["customs_mode_code"], lambda _, s=spelling: s, where=where
        )


def _worthless(rng: np.random.Generator, out: Damaged) -> None:
    """Further records that never were trade: value zero, or a word instead of a value."""
    zero = out.frame.iloc[defects.pick(rng, len(out.frame), RATES["customs_value_zero"])]
    words = out.frame.iloc[defects.pick(rng, len(out.frame), RATES["customs_textual_amount"])]
    out.append(zero.assign(value_usd=0.0), "value_usd", "value_zero", destroys=True)
    out.frame["value_usd"] = out.frame["value_usd"].astype(object)
    out.append(words.assign(value_usd="待核"), "value_usd", "textual_amount", destroys=True)
