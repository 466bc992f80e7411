"""Business registrations: the industrial firms, customs firms, wholesalers whose scope names the parts, and everybody else."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import industry_codes as codes
from keytech.simulate import industry_firms
from keytech.simulate.world import World

WHOLESALERS, UNRELATED = 2_500, 50_000
CHUNK = 100_000
PARTS = ("精密减速器", "伺服系统", "控制系统", "传感器", "末端执行器")
MAKING = ("{0}、{2}的研发、制造与销售；货物及技术进出口。", "生产、加工：{0}，{2}；销售本公司产品。", "{2}制造；{0}的设计、生产；机电设备安装。",
          "研发、装配{0}及{1}；{2}的批发兼零售。")  # fmt: skip
SELLING = ("批发、零售：{0}、{1}，{2}。", "{0}、{2}的销售；贸易代理。", "经销{2}、{0}；货物进出口代理。")
PRODUCTS = (
    "机械配件",
    "电机",
    "五金制品",
    "仪器仪表",
    "塑料制品",
    "模具",
    "电子元件",
    "金属制品",
    "自动化设备",
    "办公用品",
)
ELSEWHERE = ("生产、销售：{2}、{3}。", "{2}的制造、加工；{3}销售。", "餐饮服务；预包装食品零售。", "软件开发；信息技术咨询。",
             "建筑工程施工；装饰装修。", "{2}、{3}的批发与零售。", "道路普通货物运输；仓储服务。", "企业管理咨询；会议服务。")  # fmt: skip
CAPITAL_TYPES = (
    "有限责任公司(自然人投资或控股)",
    "有限责任公司",
    "股份有限公司(非上市)",
    "有限责任公司(外商独资)",
)
SELLER_TRADES = ["自动化设备", "机电设备", "工业控制"]
SHOPS = ["百货", "超市", "图文", "汽车服务", "苗木", "养殖", "网络", "影视", "家政", "教育", "电商", "酒店"]
TRADES = [
    "商贸", "科技", "餐饮管理", "装饰工程", "物流", "信息技术", "文化传播", "农业开发", "咨询", "置业", "广告", "医疗器械",
]  # fmt: skip


def build(world: World, firms: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """One row per registered enterprise that is not filler: surveyed firms (bar a few), customs firms, wholesalers, others."""
    rng = world.rng("registrations")
    surveyed = _surveyed(firms)
    small = pd.concat([others[["city_code", "name"]].assign(kind="trader"), _small(rng, world, WHOLESALERS, "wholesale"),
                       _small(rng, world, UNRELATED, "unrelated")], ignore_index=True)  # fmt: skip
    small = _coded(rng, small, codes.legal_codes(rng, len(small), low=40_000_000, high=50_000_000))
    frame = pd.concat([surveyed, small], ignore_index=True)
    frame["business_scope"] = scopes(rng, frame["kind"].to_numpy())
    return _described(rng, world, frame)


def _surveyed(firms: pd.DataFrame) -> pd.DataFrame:
    """Surveyed firms as registered; a few that are no makers of parts are not found there."""
    columns = [
        "firm",
        "kind",
        "city_code",
        "name",
        "former_name",
        "legal_code",
        "credit_code",
        "is_credit_cut",
        "is_cancelled",
    ]
    return firms.loc[firms["is_registered"], [*columns, "founded"]].rename(columns={"founded": "year"})


def _coded(rng: np.random.Generator, frame: pd.DataFrame, legal: np.ndarray) -> pd.DataFrame:
    """Codes, years and states of enterprises outside the survey."""
    n = len(frame)
    credit = codes.credit_codes(codes.registry_districts(frame["city_code"].to_numpy()), legal)
    return frame.assign(
        firm=-1, former_name="", legal_code=legal, credit_code=np.where(rng.random(n) < 0.05, "", credit),
        is_credit_cut=rng.random(n) < 0.003, is_cancelled=rng.random(n) < 0.15, year=rng.integers(1985, 2015, n),
    )  # fmt: skip


def _small(rng: np.random.Generator, world: World, n: int, kind: str) -> pd.DataFrame:
    city = rng.choice(world.cities["city_code"].to_numpy(), n, p=world.city_weights)
    short = world.cities.set_index("city_code")["city_short"].loc[city].to_numpy()
    trades = SELLER_TRADES if kind == "wholesale" else TRADES
    name = industry_firms.unique_names(rng, short, rng.choice(trades, n).astype(object), "registered")
    return pd.DataFrame({"city_code": city, "name": name, "kind": kind})


def scopes(rng: np.random.Generator, kind: np.ndarray) -> np.ndarray:
    """Business scopes: makers of parts, sellers of parts, and texts without any of the words."""
    n = len(kind)
    templates = {"upstream": MAKING, "wholesale": SELLING, "trader": ELSEWHERE[5:6]}
    part, product = rng.integers(0, len(PARTS), (n, 2)), rng.integers(0, len(PRODUCTS), (n, 2))
    draw = rng.integers(0, 1000, n)
    out = []
    for k, (a, b), (c, d), i in zip(kind, part, product, draw, strict=True):
        texts = templates.get(k, ELSEWHERE)
        out.append(texts[i % len(texts)].format(PARTS[a], PARTS[b], PRODUCTS[c], PRODUCTS[d]))
    return np.array(out, dtype=object)


def _described(rng: np.random.Generator, world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """Address, dates, type and capital."""
    n = len(frame)
    place = world.cities.set_index("city_code").loc[frame["city_code"]]
    established = _dates(rng, frame["year"].to_numpy())
    cancelled = _dates(rng, np.maximum(frame["year"].to_numpy(), 2008) + rng.integers(1, 6, n))
    return frame.assign(
        province=place["province_name"].to_numpy(),
        city=place["city_name"].to_numpy(),
        address=(place["province_name"] + place["city_name"]).to_numpy()
        + "工业园"
        + rng.integers(1, 400, n).astype(str)
        + "号",
        established=established,
        cancelled=np.where(frame["is_cancelled"], cancelled, ""),
        capital_type=rng.choice(CAPITAL_TYPES, n, p=[0.6, 0.22, 0.06, 0.12]),
        registered_capital_10k=np.exp(rng.normal(5.2, 1.4, n)).round(1),
        province_code=frame["city_code"].str[:2].to_numpy(),
    )


def _dates(rng: np.random.Generator, year: np.ndarray) -> np.ndarray:
    days = np.datetime64("1970-01-01") + rng.integers(0, 365, len(year))
    month_day = np.array([str(d)[4:] for d in days], dtype=object)
    return year.astype(str).astype(object) + month_day


def filler(world: World, chunk: int, n: int) -> pd.DataFrame:
    """`n` further enterprises for scales above one: shops and services, whose scope names no part."""
    rng = world.rng("registrations", "filler", str(chunk))
    city = rng.choice(world.cities["city_code"].to_numpy(), n, p=world.city_weights)
    short = world.cities.set_index("city_code")["city_short"].loc[city].to_numpy()
    name = industry_firms.unique_names(rng, short, rng.choice(SHOPS, n).astype(object), "registered")
    legal = codes.legal_codes(rng, n, low=50_000_000 + chunk * CHUNK, high=50_000_000 + (chunk + 1) * CHUNK)
    frame = _coded(rng, pd.DataFrame({"city_code": city, "name": name, "kind": "unrelated"}), legal)
    return _described(rng, world, frame.assign(business_scope=scopes(rng, frame["kind"].to_numpy())))
