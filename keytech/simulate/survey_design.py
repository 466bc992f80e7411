"""What is planted in the survey: 777 respondents with the margins of Table 1 and the logit of Table 2, model 4.

Source: 外籍高技术人才居留意愿 (talent_retention), Tables 1-3; methods.md 3.2-3.5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit

CITIES = {"长春": 187, "广州": 350, "杭州": 142, "义乌": 98}
POSITIVE = {"changchun": 111, "south": 421}
BEFORE_ONLY = {"changchun": 9, "south": 34}
BELOW_UNIVERSITY, FAMILY_NETWORK, CHINA_PARTICIPATION, CHINA_COGNITION = 52, 195, 79, 323
SUPPORT = {3: 118, 2: 140, 0: 138}
AGE_SUM, WILLINGNESS_SUM = 27_506, 8_858
STAY_SHARES = (0.50, 0.14)

REGRESSORS = (
    "age_sq", "gender", "education", "cumulative_network", "interethnic_willingness", "individual_capital",
    "kin_support", "unit_support", "participation_behaviour", "participation_cognition",
)  # fmt: skip
LOGIT = np.array([-0.0002, -0.287, 0.115, 0.535, 0.274, 0.500, 0.502, 1.047, 0.601, 0.473])
ORDERED = np.array([0.00001, -0.307, 0.065, 0.413, 0.247, 0.377, 0.516, 0.741, 0.519, 0.342])


@dataclass(frozen=True)
class Design:
    """Respondents of the estimation sample and what was planted in them.

    people: one row per respondent (777), the ten regressors, items of willingness, city and the answers' codes.
    slopes, constant: structural logit (slopes of length 10). constant_target: expectation of the estimated
    constant. thresholds: of the ordered logit. clipped: respondents whose nested probabilities were clipped.
    """

    people: pd.DataFrame
    slopes: np.ndarray
    constant: float
    constant_target: float
    thresholds: tuple[float, float]
    clipped: int


def build(rng: np.random.Generator, outcomes: np.random.Generator) -> Design:
    """Draw covariates with exact margins, then outcomes with exact counts.

    1. Covariates are the `k` highest of noisy scores, so that every margin is met exactly. One number, the
       distance between 长春 and the south, is set so that the planted logit expects 111 positives of 187
       in 长春 and 421 of 590 in the south: no city effect is needed, and none is planted.
    2. The maximum-likelihood estimate of a logit with 777 rows is biased by O(1/n). The structural slopes are
       the published ones minus that bias (McCullagh and Nelder 1989, Generalized Linear Models, 15.2.2: the bias
       is (X'WX)^-1 X'W xi with xi_i = h_i (p_i - 1/2) / w_i), so that the *estimate* has the published
       slopes as its expectation. The constant is the one that expects 532 positives.
    3. Outcomes are independent Bernoulli draws, drawn again until the counts are 111 and 421: the exact
       conditional distribution. As the counts are the expected ones, conditioning moves the slopes by less than
       a tenth of a standard error (tests/unit/simulate/test_survey.py measures it).
    4. The wish to stay is nested in the intention: P(stay >= 2) and P(stay = 3) are the ordered logit of Table 3
       column 3, drawn given the intention, so that both models hold in the same people. Where the two published
       models cross (P(stay >= 2) above P(intention)) the former is clipped.
    """
    noise = _noise(rng)
    distance = _bisect(lambda d: _expected_changchun(_covariates(noise, d)) - POSITIVE["changchun"], 0.0, 3.0)
    people = _covariates(noise, distance)
    x = people[list(REGRESSORS)].to_numpy(float)
    slopes, constant, bias = _structural(x)
    p_intent = expit(constant + x @ slopes)
    people["intent"] = _conditional_bernoulli(outcomes, p_intent, people["city_group"].to_numpy())
    thresholds = tuple(_threshold(x @ ORDERED, share) for share in STAY_SHARES)
    stay, clipped = _nested_stay(outcomes, x @ ORDERED, thresholds, p_intent, people["intent"].to_numpy())
    people["stay"] = stay
    people["migration"] = _migration(outcomes, people)
    return Design(people, slopes, constant, constant + bias, thresholds, clipped)


def _noise(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Everything random about covariates, drawn once: covariates are then a function of the distance alone."""
    n = sum(CITIES.values())
    keys = ("education", "network", "behaviour", "cognition", "unit", "kin", "other", "gender")
    noise = {key: rng.logistic(0, 1, n) for key in keys}
    return noise | {
        "age": rng.normal(0, 1, n),
        "mood": rng.normal(0, 0.6, n),
        "item": rng.normal(0, 0.9, (n, 3)),
        "order": rng.permutation(n),
    }


def _covariates(noise: dict[str, np.ndarray], distance: float) -> pd.DataFrame:
    """The 777 respondents where 长春 is `distance` away from the south; margins hold at every distance."""
    city = np.repeat(list(CITIES), list(CITIES.values()))
    away = (city == "长春") * distance
    age = _to_sum(np.clip(34.5 + 3 * away + 8.5 * noise["age"], 20, 62), AGE_SUM, noise["order"], 20, 62)
    items = 3.8 - 0.35 * away[:, None] + noise["mood"][:, None] + noise["item"]
    order = np.argsort(np.tile(noise["order"], 3), kind="stable")
    items = _to_sum(np.clip(items, 1, 5).ravel(), WILLINGNESS_SUM, order, 1, 5).reshape(-1, 3)
    support = _support(noise, away)
    frame = {
        "city": city,
        "city_group": np.where(city == "长春", "changchun", "south"),
        "age": age,
        "age_sq": age**2,
        "gender": (noise["gender"] + 0.4 > 0).astype(int),
        "education": 1 - _highest(noise["education"] - 0.3 * away, BELOW_UNIVERSITY),
        "cumulative_network": _highest(noise["network"] - 0.6 * away, FAMILY_NETWORK),
        "interethnic_willingness": items.sum(axis=1) / 3,
        "support_network": support,
        "individual_capital": (support == 1).astype(int),
        "kin_support": (support == 2).astype(int),
        "unit_support": (support == 3).astype(int),
        "participation_behaviour": _highest(noise["behaviour"] - 0.3 * away, CHINA_PARTICIPATION),
        "participation_cognition": _highest(noise["cognition"] - 0.6 * away, CHINA_COGNITION),
        "chat": items[:, 0],
        "friend": items[:, 1],
        "marry": items[:, 2],
    }
    return pd.DataFrame(frame)


def _support(noise: dict[str, np.ndarray], away: np.ndarray) -> np.ndarray:
    """Who arranged the reception (0 other, 1 oneself, 2 kin, 3 unit); units are more present in 长春."""
    support = np.ones(len(away), dtype=int)
    for code, key, pull in ((3, "unit", 0.2), (2, "kin", -0.4), (0, "other", 0.8)):
        score = np.where(support == 1, noise[key] + pull * away, -np.inf)
        support[_highest(score, SUPPORT[code]) == 1] = code
    return support


def _highest(score: np.ndarray, count: int) -> np.ndarray:
    """1 for the `count` highest scores (ties by position), else 0."""
    out = np.zeros(len(score), dtype=int)
    out[np.argsort(-score, kind="stable")[:count]] = 1
    return out


def _to_sum(values: np.ndarray, total: int, order: np.ndarray, low: int, high: int) -> np.ndarray:
    """Integers near `values` within [low, high] that add up to `total`; moved one by one in `order`."""
    out = np.rint(values).astype(int)
    while (gap := total - out.sum()) != 0:
        step = int(np.sign(gap))
        free = order[(out[order] + step >= low) & (out[order] + step <= high)]
        out[free[: abs(gap)]] += step
    return out


def _structural(x: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Slopes, constant and the constant's bias: published slopes = slopes + bias(slopes)."""
    bias = np.zeros(x.shape[1] + 1)
    for _ in range(6):
        slopes = LOGIT - bias[1:]
        constant = _threshold(x @ slopes, sum(POSITIVE.values()) / len(x)) * -1
        bias = logit_bias(np.column_stack([np.ones(len(x)), x]), np.r_[constant, slopes])
    return slopes, constant, bias[0]


def logit_bias(x: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """First-order bias of the logit estimate at `beta`; x is (n, k) with its constant. See `build`, step 2."""
    p = expit(x @ beta)
    weight = p * (1 - p)
    scale = np.abs(x).max(axis=0)
    z = x / scale
    inverse = np.linalg.inv(z.T @ (weight[:, None] * z))
    variance = np.einsum("ij,jk,ik->i", z, inverse, z)
    return inverse @ (z.T @ (weight * variance * (p - 0.5))) / scale


def _threshold(index: np.ndarray, share: float) -> float:
    """The k at which the mean of expit(index - k) equals `share`."""
    return float(brentq(lambda k: expit(index - k).mean() - share, -20, 20, xtol=1e-12))


def _expected_changchun(people: pd.DataFrame) -> float:
    """Positives that the planted logit expects in 长春."""
    x = people[list(REGRESSORS)].to_numpy(float)
    slopes, constant, _ = _structural(x)
    return float(expit(constant + x @ slopes)[people["city_group"] == "changchun"].sum())


def _bisect(f, low: float, high: float, rounds: int = 20) -> float:
    """Where the decreasing step function `f` changes sign; raises ValueError where it does not."""
    if f(low) < 0 or f(high) > 0:
        raise ValueError("the distance between the cities cannot meet the counts of Table 2")
    for _ in range(rounds):
        middle = (low + high) / 2
        low, high = (middle, high) if f(middle) > 0 else (low, middle)
    return low


def _conditional_bernoulli(rng: np.random.Generator, p: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Bernoulli(p) given the number of ones in each group (POSITIVE), by drawing again."""
    out = np.zeros(len(p), dtype=int)
    for name, count in POSITIVE.items():
        mine = np.flatnonzero(group == name)
        while True:
            draws = rng.random((200, len(mine))) < p[mine]
            hits = np.flatnonzero(draws.sum(axis=1) == count)
            if len(hits):
                out[mine] = draws[hits[0]]
                break
    return out


def _nested_stay(rng, index, thresholds, p_intent, intent) -> tuple[np.ndarray, int]:
    """Stay codes 1-3 given the intention, and how many respondents had P(stay >= 2) clipped."""
    long = expit(index - thresholds[0])
    clipped = int((long > p_intent).sum())
    long = np.minimum(long, p_intent)
    forever = np.minimum(expit(index - thresholds[1]), long)
    at_least_two = (intent == 1) & (rng.random(len(index)) < long / p_intent)
    three = at_least_two & (rng.random(len(index)) < forever / long)
    return 1 + at_least_two.astype(int) + three.astype(int), clipped


def _migration(rng: np.random.Generator, people: pd.DataFrame) -> np.ndarray:
    """Answer to the immigration question (0 no, 1 before, 2 after), which settles who is positive in version 1 only."""
    n = len(people)
    migration = np.where(people["intent"] == 1, rng.choice(3, n, p=[0.45, 0.15, 0.40]), 0)
    for group, count in BEFORE_ONLY.items():
        only_here = (people["city_group"] == group) & (people["intent"] == 1) & (people["stay"] == 1)
        rows = rng.permutation(np.flatnonzero(only_here))
        if len(rows) < count:
            raise ValueError(
                f"{group}: {len(rows)} respondents can differ between the versions, {count} needed"
            )
        migration[rows] = np.where(np.arange(len(rows)) < count, 1, 2)
    return migration
