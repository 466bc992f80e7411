"""Applications of applicants outside every panel: subsidiaries filing alone, other firms, persons, foreign owners.

At scale 1 they are a few thousand rows of the ordinary files; a larger scale adds further files per year, chunk by chunk.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from keytech.simulate import listed_patents, names
from keytech.simulate.listed_patents import ListedPatents
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

AT_SCALE_ONE = 12_000
PER_UNIT_OF_SCALE = 400_000
CHUNK_ROWS = 500_000
FIRST, LAST = 1999, 2022
EXTRA_FROM = 2004  # numbers of seven digits leave room for any scale
FIRST_EXTRA_SERIAL = 5_000_000
TRADES = (
    "科技",
    "机电设备",
    "新材料",
    "电子",
    "化工",
    "自动化",
    "环保",
    "信息技术",
    "生物科技",
    "模具",
    "五金制品",
    "包装",
)
KINDS = {
    "subsidiary": 0.45,
    "firm": 0.25,
    "person": 0.15,
    "university": 0.07,
    "hospital": 0.03,
    "foreign": 0.05,
}


def batch(world: World, state: ListedPatents) -> pd.DataFrame:
    """AT_SCALE_ONE applications with one applicant each, in the columns of the patent writer."""
    rng = world.rng("patent filler")
    n = AT_SCALE_ONE
    directory = state.directory
    kind = rng.choice(list(KINDS), n, p=list(KINDS.values()))
    applicant = np.empty(n, dtype=object)
    for name in KINDS:
        mine = kind == name
        applicant[mine] = rng.choice(
            directory.loc[directory["kind"] == name, "name"].to_numpy(object), mine.sum()
        )
    frame = _frame(world, rng, state.symbols["ipc"].to_numpy(object), rng.integers(FIRST, LAST + 1, n))
    frame["applicants"] = [[name] for name in applicant]
    frame["ipc"] = [[symbol] for symbol in frame["ipc_main"]]
    return frame.drop(columns="ipc_main").assign(batch="filler")


def _frame(world: World, rng: np.random.Generator, symbols: np.ndarray, year: np.ndarray) -> pd.DataFrame:
    n = len(year)
    start = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    date = start + rng.integers(0, 365, n).astype("timedelta64[D]")
    kind = rng.choice(["发明", "实用新型"], n, p=[0.45, 0.55])
    grant = date + rng.integers(200, 1500, n).astype("timedelta64[D]")
    granted = (rng.random(n) < np.where(kind == "发明", 0.5, 1.0)) & (grant <= listed_patents.LAST_GRANT)
    city = rng.choice(len(world.cities), n, p=world.city_weights)
    return pd.DataFrame({
        "application_date": date, "grant_date": np.where(granted, grant, np.datetime64("NaT")), "patent_type": kind,
        "ipc_main": symbols[rng.integers(0, len(symbols), n)], "cited_times": rng.poisson(0.6, n),
        "address": listed_patents.addresses(world, rng, city),
    })  # fmt: skip


def write_extra(world: World, state: ListedPatents, raw: RawWriter) -> None:
    """The rows that a scale above one adds, in Parquet files of at most CHUNK_ROWS rows; memory stays bounded."""
    for year, chunk, first, rows in extra_chunks(world.scale):
        rng = world.rng("patent filler", str(year), str(chunk))
        frame = _frame(world, rng, state.symbols["ipc"].to_numpy(object), np.full(rows, year))
        frame["applicants"] = _outsiders(world, rng, rows)
        digit = np.where(frame["patent_type"] == "发明", 1, 2)
        serial = FIRST_EXTRA_SERIAL + first + np.arange(rows)
        frame["application_no"] = (
            f"CN{year}" + pd.Series(digit * 10_000_000 + serial).astype(str)
        ).to_numpy()
        frame["ipc_all"] = frame["ipc_main"]
        for column in ("application_date", "grant_date"):
            frame[column] = frame[column].astype("datetime64[s]").dt.date
        raw.parquet("patents", "applications", f"专利申请_{year}_扩展{chunk:03d}.parquet", frame)


def extra_chunks(scale: float) -> Iterator[tuple[int, int, int, int]]:
    """(year, chunk, first serial, rows) of the extra files: PER_UNIT_OF_SCALE rows for each unit above one."""
    years = range(EXTRA_FROM, LAST + 1)
    per_year = round((scale - 1) * PER_UNIT_OF_SCALE / len(years))
    for year in years:
        for chunk, first in enumerate(range(0, per_year, CHUNK_ROWS)):
            yield year, chunk, first, min(CHUNK_ROWS, per_year - first)


def _outsiders(world: World, rng: np.random.Generator, n: int) -> np.ndarray:
    """Firm names that no other part of the world gives."""
    brand = names.brands(world.rng("partner brands"), 5000, "partner")[3000:]
    city = world.cities["city_short"].to_numpy(object)
    trade = np.array(TRADES, dtype=object)
    return (
        city[rng.choice(len(city), n, p=world.city_weights)] + brand[rng.integers(0, len(brand), n)]
        + trade[rng.integers(0, len(trade), n)] + "有限责任公司"
    )  # fmt: skip
