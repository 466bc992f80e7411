"""The survey on foreign residents in China: respondents, the files of three waves, and the truth of talent_retention."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate import defects, survey_answers, survey_design
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

STUDY_CITIES = tuple(survey_design.CITIES)
CHANGCHUN_WAVES = {2017: 60, 2018: 65, 2019: 62}
ANSWERS = ("gender", "education", "talent_class", "q_mig", "q_stay", "q_family", "q_chat", "q_friend", "q_marry",
           "q_reception", *survey_answers.PLACES, *survey_answers.MEETINGS)  # fmt: skip
SIMPLIFIED, TRADITIONAL = "愿国结发乡选举会态长广绝对后尽", "願國結發鄉選舉會態長廣絕對後盡"
TO_TRADITIONAL = str.maketrans(SIMPLIFIED, TRADITIONAL)
WORDINGS = {
    "没有": "没有 ",
    "男": "男性",
    "女": "女性",
    "没有考虑": "没有考虑过",
    "差不多": "一样",
    "本科": "大学本科",
}


@dataclass(frozen=True)
class SurveyState:
    """design: what was planted; sheet: answers of everybody (contract columns, clean); panel: the truth."""

    design: survey_design.Design
    sheet: pd.DataFrame
    panel: pd.DataFrame


def build(world: World) -> SurveyState:
    """The 777 of the sample (survey_design) among respondents of other cities, waves and classes, and non-response.

    The name of the outcome stream was chosen so that the default seed is an ordinary draw; other seeds are not looked at.
    """
    design = survey_design.build(world.rng("survey", "covariates"), world.rng("survey", "answers to come"))
    rng = world.rng("survey", "answers")
    sample = design.people.assign(survey_year=2019, high_skill=True, kind="sample")
    waves = np.repeat(list(CHANGCHUN_WAVES), list(CHANGCHUN_WAVES.values()))
    sample.loc[sample["city"] == "长春", "survey_year"] = rng.permutation(waves)
    south, west = ("广州", "杭州", "义乌"), ("西安", "兰州", "徐州")
    groups = [
        sample,
        survey_answers.outsiders(rng, 520, STUDY_CITIES, (2019,), high_skill=False).assign(kind="class"),
        survey_answers.outsiders(rng, 130, ("长春",), (2017, 2018), high_skill=False).assign(kind="class"),
        survey_answers.outsiders(rng, 260, south, (2017, 2018), high_skill=None).assign(kind="wave"),
        survey_answers.outsiders(rng, 240, west, (2017, 2018, 2019), high_skill=None).assign(kind="city"),
        survey_answers.outsiders(rng, 90, STUDY_CITIES, (2019,), high_skill=True).assign(kind="no answer"),
        survey_answers.outsiders(rng, 40, STUDY_CITIES, (2019,), high_skill=True).assign(kind="age"),
    ]
    people = pd.concat(groups, ignore_index=True)
    people = people.iloc[rng.permutation(len(people))].reset_index(drop=True)
    people["respondent_id"] = _numbers(people)
    sheet = survey_answers.answers(rng, people).assign(
        respondent_id=people["respondent_id"], kind=people["kind"]
    )
    _leave_blank(rng, sheet)
    in_sample = people["kind"] == "sample"
    return SurveyState(
        design, sheet, survey_answers.panel(people[in_sample].astype({"stay": int}), sheet[in_sample])
    )


def _numbers(people: pd.DataFrame) -> pd.Series:
    """City, wave and a running number: GZ20190001."""
    running = people.groupby(["city", "survey_year"]).cumcount() + 1
    city = people["city"].map(survey_answers.CODES)
    return city + people["survey_year"].astype(str) + running.map("{:04d}".format)


def _leave_blank(rng: np.random.Generator, sheet: pd.DataFrame) -> None:
    """Key answers that were not given, and ages that cannot be, among those outside the sample (in place)."""
    for row in np.flatnonzero(sheet["kind"] == "no answer"):
        item = ANSWERS[rng.integers(len(ANSWERS))]
        sheet.loc[row, item] = survey_answers.NO_ANSWER[rng.integers(3)]
    typos = np.flatnonzero(sheet["kind"] == "age")
    sheet.loc[typos, "age"] = rng.choice([3.0, 4.5, 250.0, 305.0, 1985.0, np.nan], len(typos))


def write(state: SurveyState, world: World, raw: RawWriter, truth: Truth) -> None:
    """Deliver the waves: 2017 as Stata file, 2018 as workbook, 2019 as one csv per city; then the truth."""
    rng = world.rng("survey", "defects")
    for year in (2017, 2018):
        part = _with_copies(rng, state.sheet[state.sheet["survey_year"] == year])
        _deliver(rng, raw, truth, part, f"SFRC{year}", year)
    wave = state.sheet[state.sheet["survey_year"] == 2019]
    for city in survey_answers.CODES:
        part = _with_copies(rng, wave[wave["city"] == city])
        _deliver(rng, raw, truth, part, f"SFRC2019_{city}", 2019)
    truth.panels["talent_retention"] = state.panel
    truth.parameters["talent_retention"] = planted(state.design)


def _with_copies(rng: np.random.Generator, part: pd.DataFrame) -> pd.DataFrame:
    """About one respondent in a hundred was entered twice; the second entry comes later in the file."""
    copies = part[rng.random(len(part)) < 0.012].assign(copy=True)
    language = rng.choice(survey_answers.LANGUAGES, len(copies))
    near = rng.random(len(copies)) < 0.5
    copies["questionnaire_language"] = np.where(near, language, copies["questionnaire_language"])
    return pd.concat([part.assign(copy=False), copies], ignore_index=True)


def _deliver(rng, raw: RawWriter, truth: Truth, part: pd.DataFrame, stem: str, year: int) -> None:
    """One file with its defects of writing; every touched cell is recorded under its line."""
    part = part.copy()
    touched = [*_blemish(rng, part), *_age_in_words(part, year)]
    if year == 2017:
        file, first = raw.dta("sfrc", "responses", f"{stem}.dta", part), 1
    elif year == 2018:
        file, first = (
            raw.xlsx(
                "sfrc", "responses", f"{stem}.xlsx", part, title="在华生活的外国人调查 2018（模拟数据）"
            ),
            4,
        )
    else:
        south = stem.endswith(("杭州", "义乌"))
        encoding, header = ("utf-8-sig", 1) if south else ("gb18030", 0)
        file, first = raw.csv("sfrc", "responses", f"{stem}.csv", part, encoding=encoding, header=header), 2
    truth.defects(file, np.flatnonzero(part["copy"]) + first, "respondent_id", "duplicate respondent")
    for row, column, kind in touched:
        truth.defects(file, [row + first], column, kind, destroys=kind == "age in words")


def _blemish(rng: np.random.Generator, part: pd.DataFrame) -> list[tuple[int, str, str]]:
    """Full width, blanks, traditional characters and other wordings in about one cell of fifty (in place)."""
    changes = {
        "full width": defects.full_width,
        "stray space": lambda text: defects.stray_space(text, 1 + len(text) // 2),
        "traditional characters": lambda text: text.translate(TO_TRADITIONAL),
        "other wording": lambda text: WORDINGS.get(text, text),
    }
    touched = []
    for column in ("respondent_id", "city", *ANSWERS):
        values = part[column].to_numpy(object).copy()
        for row in defects.pick(rng, len(part), 0.02):
            kind = list(changes)[rng.integers(len(changes))]
            if isinstance(values[row], str) and (new := changes[kind](values[row])) != values[row]:
                values[row] = new
                touched.append((int(row), column, kind))
        part[column] = values
    return touched


def _age_in_words(part: pd.DataFrame, year: int) -> list[tuple[int, str, str]]:
    """One respondent outside the sample per csv gives the age in words: landing has to reject the row (in place)."""
    rows = np.flatnonzero((part["kind"] == "class") & ~part["copy"])[:1] if year == 2019 else []
    part["age"] = part["age"].astype(object)
    for row in rows:
        part.loc[row, "age"] = "二十八"
    if year != 2019:
        part["age"] = part["age"].astype(float)
    return [(int(row), "age", "age in words") for row in rows]


def planted(design: survey_design.Design) -> dict:
    """Planted estimands by table, column and term, and the structural values under `structure`."""
    slopes = dict(zip(survey_design.REGRESSORS, survey_design.LOGIT.tolist(), strict=True))
    ordered = dict(zip(survey_design.REGRESSORS, survey_design.ORDERED.tolist(), strict=True))
    structure = dict(zip(survey_design.REGRESSORS, design.slopes.tolist(), strict=True))
    return {
        "2": {"4": slopes | {"const": float(design.constant_target)}},
        "3": {"3": ordered},
        "structure": {
            "logit": structure | {"const": design.constant},
            "ordered": ordered | dict(zip(("cut1", "cut2"), design.thresholds, strict=True)),
            "clipped": design.clipped,
        },
    }
