"""The formula grammar."""

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, estimate, parse_formula
from keytech.econometrics.expressions import term_columns


def test_a_formula_with_all_three_parts_is_read():
    """Failure: an analyst's fixest formula means something else here."""
    formula = parse_formula("y ~ x1 + x2:w | fe1 + fe2^year | e1 + e1:w ~ z1 + z1:w")
    assert formula.exogenous == ("x1", "x2:w")
    assert formula.effects == (("fe1",), ("fe2", "year"))
    assert formula.endogenous == ("e1", "e1:w")
    assert formula.instruments == ("z1", "z1:w")


def test_instruments_without_effects_need_no_empty_part():
    """Failure: the two-part form is read as effects."""
    formula = parse_formula("y ~ x | e ~ z")
    assert (formula.effects, formula.endogenous) == ((), ("e",))
    assert parse_formula("y ~ x | 0 | e ~ z").effects == ()


def test_a_star_stands_for_both_terms_and_their_product():
    """Failure: a*b loses a main effect."""
    assert parse_formula("y ~ a*b").exogenous == ("a", "b", "a:b")


@pytest.mark.parametrize("text", ["y ~ 0 + x", "y ~ x - 1", "y ~ -1 + x"])
def test_the_constant_can_be_removed(text):
    """Failure: a regression through the origin gets a constant."""
    assert parse_formula(text).intercept is False


@pytest.mark.parametrize(
    "text", ["y", "y ~ x | a | b | c", "y ~ x | f | g", "y ~ log(x", "y ~ x | f[t]", "y ~ x | e ~ "]
)
def test_a_malformed_formula_is_refused(text):
    """Failure: a typing error is estimated as something else."""
    with pytest.raises(EstimationError):
        parse_formula(text)


def test_terms_are_evaluated_as_written():
    """Failure: arithmetic in a formula is wrong."""
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "g": ["b", "a", None], "年": [1, 2, 3]})
    assert term_columns("I(x^2)", frame)["I(x^2)"].tolist() == [1, 4, 9]
    assert np.allclose(term_columns("log(x+1)", frame)["log(x+1)"], np.log([2, 3, 4]))
    assert term_columns("年:x", frame)["年:x"].tolist() == [1, 4, 9]
    assert list(term_columns("i(g)", frame)) == ["g::b"]
    assert np.isnan(term_columns("i(g)", frame)["g::b"][2])
    assert list(term_columns("i(年,ref=2):x", frame)) == ["年::1:x", "年::3:x"]


@pytest.mark.parametrize(
    "term", ["__import__('os')", "x.size", "x if x else 1", "open(x)", "lambda: 1", "x[0]"]
)
def test_a_term_can_do_nothing_but_arithmetic(term):
    """Failure: a formula can run code."""
    with pytest.raises(EstimationError):
        term_columns(term, pd.DataFrame({"x": [1.0]}))


def test_an_unknown_column_is_named_with_its_neighbours():
    """Failure: the analyst does not learn which name is wrong."""
    with pytest.raises(EstimationError, match="did you mean lntalent"):
        term_columns("lntalnt", pd.DataFrame({"lntalent": [1.0]}))


@pytest.mark.parametrize(
    ("formula", "terms"),
    [
        ("y ~ g", ["(Intercept)", "gb", "gc"]),
        ("y ~ 0 + g", ["ga", "gb", "gc"]),
        ("y ~ 0 + g + h", ["ga", "gb", "gc", "hv"]),
        ("y ~ x + x:g", ["(Intercept)", "x", "x:gb", "x:gc"]),
        ("y ~ x:g", ["(Intercept)", "x:ga", "x:gb", "x:gc"]),
        ("y ~ g + x:g", ["(Intercept)", "gb", "gc", "x:ga", "x:gb", "x:gc"]),
        ("y ~ factor(k)*x", ["(Intercept)", "factor(k)2", "factor(k)3", "x", "factor(k)2:x", "factor(k)3:x"]),
        ("y ~ x:g | h", ["x:ga", "x:gb", "x:gc", "(Intercept)"]),
        ("y ~ i(k, ref=2)", ["(Intercept)", "k::1", "k::3"]),
        ("y ~ i(k, x, ref=2) | h", ["k::1:x", "k::3:x", "(Intercept)"]),
    ],
)
def test_factors_are_coded_as_in_r(formula, terms):
    """Failure: a slope per group loses a group, or a model without a constant loses a level (`model.matrix` of R)."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"y": rng.normal(size=90), "x": rng.normal(size=90), "k": np.arange(90) % 3 + 1})
    frame["g"], frame["h"] = rng.choice(list("abc"), 90), rng.choice(list("uv"), 90)
    result = estimate({"estimator": "ols", "formula": formula}, frame)
    assert list(result.coefficients["term"]) == terms
    assert not result.warnings


def test_names_with_dots_and_odd_names_are_columns():
    """Failure: a data set from R (Sepal.Length) or a Chinese yearbook cannot be used inside a function."""
    frame = pd.DataFrame({"Sepal.Length": [1.0, 2, 3, 5], "GDP(亿元)": [1.0, 2, 4, 3], "y": [1.0, 3, 2, 5]})
    formula = "y ~ log(Sepal.Length) + I(`GDP(亿元)`/100)"
    terms = estimate({"estimator": "ols", "formula": formula}, frame).coefficients["term"]
    assert list(terms) == ["(Intercept)", "log(Sepal.Length)", "I(`GDP(亿元)`/100)"]
