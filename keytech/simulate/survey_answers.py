"""From codes to the answers that respondents ticked, and the many respondents outside the estimation sample."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from keytech.simulate import survey_design

WILLING = {1: "绝对不愿意", 2: "不愿意", 3: "一般", 4: "愿意", 5: "非常愿意"}
MIGRATION = {0: "没有考虑", 1: "在来中国前就有考虑", 2: "在来中国后才有考虑"}
STAY = {1: "尽早离开", 2: "尽量多待一段时间", 3: "永久居留"}
RECEPTION = {
    0: ["其他"],
    1: ["无/自行安排行程"],
    2: ["有亲友接应"],
    3: ["有客户接待", "有母国的中介公司帮助安排", "有中国的中介公司帮助安排"],
}
EDUCATION = {0: ["大专", "高中及以下"], 1: ["本科", "硕士", "博士"]}
COMPARISON = {"中国最优": 0.27, "母国最优": 0.38, "差不多": 0.35}
YES_NO = {1: "有", 0: "没有"}
PLACES = ("q_opportunity", "q_family_ties", "q_morals")
MEETINGS = ("q_chamber", "q_volunteer", "q_election", "q_homeclub")
YES = (0.12, 0.10, 0.35, 0.30)
NO_ANSWER = ("不知道", "拒绝回答", None)
LANGUAGES = ("英语", "法语", "阿拉伯语", "日语", "韩语", "俄语", "德语", "西班牙语", "葡萄牙语", "越南语",
             "泰语", "印地语", "意大利语", "中文")  # fmt: skip
CODES = {"长春": "CC", "广州": "GZ", "杭州": "HZ", "义乌": "YW", "西安": "XA", "兰州": "LZ", "徐州": "XZ"}
HIGH_SKILL = {
    2019: ("外国高端人才（A类）", "外国专业人才（B类）"),
    2018: ("管理人员", "专业型人才", "技能型人才"),
}
OTHERS = {2019: ("其他外国人员（C类）", "留学生"), 2018: ("留学生", "商贸人员", "家属")}


def answers(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Codes of `people` as the answers of the questionnaire, columns as in the contract of sfrc.

    people: age, gender, education, cumulative_network, chat, friend, marry, support_network, migration, stay, city,
    survey_year, high_skill, participation_cognition and participation_behaviour. Comparisons and meetings are drawn given their class (ties are class 0).
    """
    frame = pd.DataFrame(
        {
            "survey_year": people["survey_year"],
            "city": people["city"],
            "questionnaire_language": rng.choice(LANGUAGES, len(people)),
            "age": people["age"].astype(float),
            "gender": people["gender"].map({1: "男", 0: "女"}),
            "education": _one_of(rng, people["education"], EDUCATION),
            "talent_class": _talent_class(rng, people),
            "q_mig": people["migration"].map(MIGRATION),
            "q_stay": people["stay"].map(STAY),
            "q_family": people["cumulative_network"].map(YES_NO),
            "q_chat": people["chat"].map(WILLING),
            "q_friend": people["friend"].map(WILLING),
            "q_marry": people["marry"].map(WILLING),
            "q_reception": _one_of(rng, people["support_network"], RECEPTION),
        }
    )
    frame[list(PLACES)] = comparisons(rng, people["participation_cognition"].to_numpy())
    frame[list(MEETINGS)] = meetings(rng, people["participation_behaviour"].to_numpy())
    return frame


def comparisons(rng: np.random.Generator, favours_china: np.ndarray) -> np.ndarray:
    """Three answers per person, given whether 中国最优 is named more often than 母国最优; shape (n, 3)."""
    options = np.array(list(product(COMPARISON, repeat=len(PLACES))), dtype=object)
    weight = np.array([np.prod([COMPARISON[answer] for answer in row]) for row in options])
    china = (options == "中国最优").sum(axis=1) > (options == "母国最优").sum(axis=1)
    return _given_class(rng, options, weight, china, favours_china)


def meetings(rng: np.random.Generator, favours_china: np.ndarray) -> np.ndarray:
    """Four answers per person, given whether more meetings were attended in China than at home; shape (n, 4)."""
    ticks = np.array(list(product((0, 1), repeat=len(MEETINGS))))
    weight = np.prod(np.where(ticks == 1, YES, 1 - np.array(YES)), axis=1)
    china = ticks[:, :2].sum(axis=1) > ticks[:, 2:].sum(axis=1)
    options = np.where(ticks == 1, YES_NO[1], YES_NO[0]).astype(object)
    return _given_class(rng, options, weight, china, favours_china)


def _given_class(rng, options, weight, in_class, wanted) -> np.ndarray:
    """Rows of `options` drawn by `weight`, for each person among those of the class wanted."""
    out = np.empty((len(wanted), options.shape[1]), dtype=object)
    for value in (0, 1):
        people, allowed = np.flatnonzero(wanted == value), np.flatnonzero(in_class == bool(value))
        share = weight[allowed] / weight[allowed].sum()
        out[people] = options[rng.choice(allowed, len(people), p=share)]
    return out


def _one_of(rng: np.random.Generator, codes: pd.Series, wordings: dict[int, list[str]]) -> list[str]:
    draw = rng.random(len(codes))
    return [wordings[c][int(u * len(wordings[c]))] for c, u in zip(codes, draw, strict=True)]


def _talent_class(rng: np.random.Generator, people: pd.DataFrame) -> list[str]:
    """The class in the words of the wave: classes A and B in 2019, occupations before."""
    draw = rng.random(len(people))
    waves = np.where(people["survey_year"] == 2019, 2019, 2018)
    lists = [
        (HIGH_SKILL if high else OTHERS)[int(wave)]
        for high, wave in zip(people["high_skill"], waves, strict=True)
    ]
    return [wording[int(u * len(wording))] for wording, u in zip(lists, draw, strict=True)]


def outsiders(
    rng: np.random.Generator, n: int, cities: tuple[str, ...], years: tuple[int, ...], *, high_skill
) -> pd.DataFrame:
    """`n` respondents who are not in the sample, codes as in `survey_design`; `high_skill` None draws it."""
    support = rng.choice(4, n, p=[0.2, 0.45, 0.2, 0.15])
    frame = {
        "city": rng.choice(cities, n),
        "survey_year": rng.choice(years, n),
        "age": np.clip(rng.normal(29, 8, n), 18, 65).astype(int),
        "gender": (rng.random(n) < 0.6).astype(int),
        "education": (rng.random(n) < 0.7).astype(int),
        "cumulative_network": (rng.random(n) < 0.3).astype(int),
        "support_network": support,
        "migration": rng.choice(3, n, p=[0.6, 0.12, 0.28]),
        "stay": rng.choice([1, 2, 3], n, p=[0.5, 0.37, 0.13]),
        "participation_cognition": (rng.random(n) < 0.4).astype(int),
        "participation_behaviour": (rng.random(n) < 0.12).astype(int),
        "high_skill": rng.random(n) < 0.4 if high_skill is None else np.full(n, high_skill),
    }
    frame |= {
        item: rng.choice([1, 2, 3, 4, 5], n, p=[0.05, 0.08, 0.22, 0.35, 0.3])
        for item in ("chat", "friend", "marry")
    }
    return pd.DataFrame(frame)


def panel(people: pd.DataFrame, sheet: pd.DataFrame) -> pd.DataFrame:
    """The truth panel: variables of methods.md 3.3 from the drawn codes, scores from the drawn answers."""
    regressors = [r for r in survey_design.REGRESSORS if r != "interethnic_willingness"]
    frame = people[
        ["respondent_id", "survey_year", "city", "city_group", "age", "support_network", *regressors]
    ].copy()
    frame["interethnic_willingness"] = (people["chat"] + people["friend"] + people["marry"]) / 3.0
    frame["stay_intent_transnational"] = people["intent"]
    only_before = (people["migration"] == 1) & (people["stay"] == 1)
    frame["stay_intent_postarrival"] = people["intent"] - only_before.astype(int)
    frame["stay_intent_intersection"] = ((people["migration"] == 2) & (people["stay"] >= 2)).astype(int)
    frame["stay_duration_ordinal"] = people["stay"]
    places = sheet[list(PLACES)]
    attended = sheet[list(MEETINGS)] == YES_NO[1]
    frame["cog_china"] = (places == "中国最优").sum(axis=1)
    frame["cog_home"] = (places == "母国最优").sum(axis=1)
    frame["part_china"] = attended.iloc[:, :2].sum(axis=1)
    frame["part_home"] = attended.iloc[:, 2:].sum(axis=1)
    for score in ("cog", "part"):
        frame[f"p_{score}_china"] = 1 / (
            1 + np.exp((frame[f"{score}_home"] - frame[f"{score}_china"]).astype(float))
        )
    return frame.sort_values("respondent_id", ignore_index=True)
