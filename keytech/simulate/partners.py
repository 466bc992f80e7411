"""Co-applicants of listed firms: who files with them, where they belong, and whether the paper's word rule calls them research."""

from __future__ import annotations

import numpy as np
import pandas as pd

from keytech.simulate import names
from keytech.simulate.world import World

RESEARCH_WORDS = ("大学", "学院", "研究院", "研究所", "研究总院", "研究中心", "科学院", "科学中心", "设计院")
UNIVERSITIES = (
    "深圳大学 浙江工业大学 南京工业大学 上海大学 苏州大学 郑州大学 燕山大学 广东工业大学 "
    "杭州电子科技大学 青岛科技大学 沈阳工业大学 哈尔滨理工大学 太原理工大学 昆明理工大学 江苏大学 "
    "河北工业大学 福州大学 南昌大学 湘潭大学 长沙理工大学 武汉科技大学 三峡大学 重庆邮电大学 "
    "桂林电子科技大学 贵州大学 新疆大学 内蒙古大学 宁波大学 温州大学 常州大学 扬州大学 安徽大学 "
    "上海理工大学 天津工业大学 北京工业大学 哈尔滨工业大学 北京航空航天大学 西北工业大学 "
    "南京航空航天大学 南京理工大学 哈尔滨工程大学 北京理工大学 大连交通大学 西安理工大学 中北大学 "
    "齐鲁工业大学 温州职业技术学院 深圳职业技术学院 辽宁科技学院"
)
INSTITUTES = (
    "中国科学院金属研究所 中国科学院半导体研究所 中国科学院微电子研究所 中国科学院过程工程研究所 "
    "中国科学院大连化学物理研究所 中国科学院上海硅酸盐研究所 中国科学院宁波材料技术与工程研究所 "
    "中国电力科学研究院有限公司 机械科学研究总院 中国建筑科学研究院 上海电缆研究所 北京有色金属研究总院 "
    "钢铁研究总院 长沙矿冶研究院 西安热工研究院有限公司 中国水利水电科学研究院 广东省科学院 "
    "山东省科学院激光研究所 湖南磁浮技术研究中心有限公司 成都飞机设计研究所 "
    "国网浙江省电力有限公司电力科学研究院 中国农业科学院作物科学研究所 江苏省农业科学院 中国铁道科学研究院"
)
HOSPITALS = (
    "北京协和医院 上海市第六人民医院 南京鼓楼医院 郑州市中心医院 佛山市第一人民医院 "
    "苏州大学附属第一医院 首都医科大学附属北京天坛医院"
)
CHINESE_SUBSIDIARIES = (
    "西门子（中国）有限公司 佳能（中国）有限公司 博世（上海）智能科技有限公司 三星（中国）投资有限公司 "
    "通用电气（中国）有限公司 霍尼韦尔（中国）有限公司 巴斯夫（中国）有限公司 松下电器（中国）有限公司 "
    "英特尔（中国）有限公司 飞利浦（中国）投资有限公司"
)
HMT = (
    "富士康（香港）有限公司 鸿海精密工业股份有限公司 香港应用科技研究院有限公司 香港科技大学 "
    "台湾积体电路制造股份有限公司 联发科技股份有限公司 澳门大学"
)
FOREIGN = (
    "株式会社日立制作所|三菱电机株式会社|三星电子株式会社|LG化学株式会社|罗伯特·博世有限公司|"
    "西门子公司|通用电气公司|高通股份有限公司|英特尔公司|皇家飞利浦有限公司|德国巴斯夫公司|"
    "日本电气株式会社|韩国电子通信研究院|美国国家仪器公司|法国液化空气公司|"
    "QUALCOMM INCORPORATED|Siemens Aktiengesellschaft|"
    "Robert Bosch GmbH|BASF SE|Intel Corporation|"
    "Toyota Jidosha Kabushiki Kaisha|"
    "Massachusetts Institute of Technology|约翰·史密斯|瑞典皇家工学院"
)
SHARES = {"firm": 0.28, "university": 0.26, "institute": 0.12, "person": 0.08, "hospital": 0.015, "foreign_held": 0.035,
          "hmt": 0.03, "foreign": 0.03}  # fmt: skip


def is_research(name: str) -> bool:
    """The paper's word rule (methods 1.7)."""
    return any(word in name for word in RESEARCH_WORDS)


def _persons(rng: np.random.Generator) -> np.ndarray:
    """Personal names of three characters: shorter ones cannot be told from transliterated foreign names."""
    drawn = np.unique(names.person_names(rng, 600).astype(str))
    return drawn[np.char.str_len(drawn) == 3][:400].astype(object)


def directory(world: World) -> pd.DataFrame:
    """One row per possible partner: name, region (domestic, hmt, foreign), kind, research, weight within its kind.

    The 56 universities of university_exchange are left out: their joint applications have a process of their own.
    """
    rng = world.rng("partners")
    brand = names.brands(world.rng("partner brands"), 1500, "partner")
    city = world.cities["city_short"].to_numpy()[
        rng.choice(len(world.cities), len(brand), p=world.city_weights)
    ]
    trade = rng.choice(
        ["科技", "机电", "新材料", "电子", "化工", "自动化", "环保科技", "信息技术"], len(brand)
    )
    form = rng.choice(
        ["有限公司", "有限责任公司", "股份有限公司", "（集团）有限公司"], len(brand), p=[0.75, 0.1, 0.1, 0.05]
    )
    firms = names.firm_names(city, brand, trade, form)
    reserved = set(world.seed_table("seed_moe_universities")["university"])
    parts = {
        "firm": (firms, "domestic"), "university": (UNIVERSITIES.split(), "domestic"), "institute": (INSTITUTES.split(), "domestic"),
        "person": (_persons(rng), "domestic"), "hospital": (HOSPITALS.split(), "domestic"),
        "foreign_held": (CHINESE_SUBSIDIARIES.split(), "domestic"), "hmt": (HMT.split(), "hmt"), "foreign": (FOREIGN.split("|"), "foreign"),
    }  # fmt: skip
    frames = []
    for kind, (pool, region) in parts.items():
        frame = pd.DataFrame(
            {"name": [name for name in pool if name not in reserved], "region": region, "kind": kind}
        )
        weight = 1 / (1 + np.arange(len(frame))) ** 0.6
        frames.append(frame.assign(weight=weight / weight.sum()))
    out = pd.concat(frames, ignore_index=True)
    return out.assign(research=out["name"].map(is_research))
