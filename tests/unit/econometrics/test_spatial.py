"""Conley errors and the ring estimator: cases for a hand, limits, and linearmodels."""

import numpy as np
import pandas as pd
import pytest

from keytech.econometrics import EstimationError, estimate
from keytech.econometrics.geography import great_circle_km
from keytech.econometrics.options import RingsOptions
from keytech.econometrics.rings import exposure

DEGREE = 2 * np.pi * 6371 / 360
CITIES = pd.DataFrame({"city": list("ABCD"), "longitude": [0, 0.4, 1.2, 9.0], "latitude": 0.0})


PLACED = {
    "location": "city", "time": "year", "treatment": "policy", "latitude": "latitude", "longitude": "longitude"
}  # fmt: skip


def conley(data, formula, options, **rest):
    place = {"latitude": "latitude", "longitude": "longitude"}
    return estimate({"estimator": "conley", "formula": formula, "options": place | options, **rest}, data)


def rings(data, formula, **options):
    said = PLACED | {"edges": [0, 50, 100, 150]} | options
    return estimate({"estimator": "rings", "formula": formula, "options": said}, data)


@pytest.fixture
def line() -> pd.DataFrame:
    """Four places on the equator; y is 1, 2, 3, 6, so that residuals from the mean are -2, -1, 0, 3."""
    return pd.DataFrame({"y": [1.0, 2, 3, 6], "longitude": [0.0, 1, 2, 10], "latitude": 0.0})


@pytest.fixture(scope="module")
def places() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    city = np.repeat(np.arange(30), 20)
    where = rng.uniform([20, 100], [40, 120], (30, 2))
    common = rng.normal(size=30)[city]
    frame = pd.DataFrame({"city": city, "year": np.tile(np.arange(10), 60), "firm": np.arange(600) // 10})
    frame["latitude"], frame["longitude"] = where[city].T
    frame["x"] = common + rng.normal(size=600)
    return frame.assign(y=frame["x"] + rng.normal(size=30)[city] + rng.normal(size=600))


def test_a_degree_of_the_equator_is_111_km():
    """Failure: distances are wrong (equator, and a quarter of a meridian)."""
    zero, one = np.array([0.0]), np.array([1.0])
    assert great_circle_km(zero, zero, zero, one)[0, 0] == pytest.approx(111.1949, abs=1e-4)
    assert great_circle_km(zero, zero, 90 * one, zero)[0, 0] == pytest.approx(np.pi / 2 * 6371)


@pytest.mark.parametrize(("kernel", "near"), [("uniform", 1.0), ("bartlett", 1 - DEGREE / 150)])
def test_the_error_of_a_mean_of_four_places_by_hand(line, kernel, near):
    """Failure: squares add to 14 and the two pairs within 150 km to 2 * (2 + 0); n / (n - 1) of robust errors."""
    fit = conley(line, "y ~ 1", {"cutoff_km": 150, "kernel": kernel}, vcov="hetero")
    assert fit["(Intercept)"].std_error == pytest.approx(np.sqrt((14 + 4 * near) / 16 * 4 / 3))
    assert fit.statistics["n_places"] == 4


def test_a_cutoff_below_every_distance_is_a_cluster_by_place(places):
    """Failure: rows of one place are not fully correlated, or other places are not left out."""
    fit = conley(places, "y ~ x | year", {"cutoff_km": 1e-6}, vcov="hetero")
    cluster = estimate(
        {
            "estimator": "ols",
            "formula": "y ~ x | year",
            "vcov": {"cluster": ["city"]},
            "options": {"small_sample": "none"},
        },
        places,
    )
    plain = conley(places, "y ~ x | year", {"cutoff_km": 1e-6, "small_sample": "none"})
    assert plain["x"].std_error == pytest.approx(cluster["x"].std_error, rel=1e-9)
    assert fit["x"].std_error == pytest.approx(cluster["x"].std_error * np.sqrt(600 / (600 - 11)), rel=1e-9)


def test_the_double_sum_over_rows_is_the_same(places):
    """Failure: adding up by place and block is not the sum over all pairs of rows."""
    data = places.sample(150, random_state=1)
    fit = conley(data, "y ~ x", {"cutoff_km": 400, "small_sample": "none"})
    x = np.column_stack([np.ones(150), data["x"]])
    residual = data["y"] - x @ fit.coefficients["estimate"].to_numpy()
    scores = x * residual.to_numpy()[:, None]
    away = great_circle_km(*(data[c].to_numpy() for c in ("latitude", "longitude", "latitude", "longitude")))
    kernel = np.where(away <= 400, 1 - away / 400, 0)
    bread = np.linalg.inv(x.T @ x)
    np.testing.assert_allclose(fit.vcov, bread @ scores.T @ kernel @ scores @ bread, rtol=1e-9)


def test_without_a_cutoff_and_within_years_it_is_driscoll_and_kraays_error(places):
    """Failure: pairs of one period are not the only ones (linearmodels, Bartlett kernel of bandwidth 0)."""
    from linearmodels.panel import PooledOLS

    fit = conley(
        places, "y ~ x", {"cutoff_km": 1e9, "kernel": "uniform", "time": "year", "small_sample": "none"}
    )
    indexed = places.assign(unit=np.arange(600) // 10, const=1.0).set_index(["unit", "year"])
    theirs = PooledOLS(indexed["y"], indexed[["const", "x"]]).fit(
        cov_type="kernel", kernel="bartlett", bandwidth=0, debiased=False
    )
    np.testing.assert_allclose(fit.coefficients["std_error"], theirs.std_errors, rtol=1e-9)


def test_serial_lags_of_one_unit_are_newey_and_wests(places):
    """Failure: with one unit and a cutoff of nothing, the lags are not the Newey-West error of statsmodels."""
    import statsmodels.api as sm

    one = places.head(10)
    fit = conley(
        one, "y ~ x", {"cutoff_km": 1e-6, "time": "year", "unit": "firm", "lags": 2, "small_sample": "none"}
    )
    theirs = sm.OLS(one["y"], sm.add_constant(one["x"])).fit(
        cov_type="HAC", cov_kwds={"maxlags": 2, "use_correction": False}
    )
    np.testing.assert_allclose(fit.coefficients["std_error"], theirs.bse, rtol=1e-9)


@pytest.mark.parametrize(
    ("options", "rest", "message"),
    [
        ({"cutoff_km": 50}, {"vcov": {"cluster": ["city"]}}, "brings its own errors"),
        ({"cutoff_km": 50, "lags": 1}, {}, "needs options.unit"),
        ({"cutoff_km": 50, "latitude": "wrong"}, {}, "outside -90 to 90"),
    ],
)
def test_what_cannot_be_meant_is_refused(places, options, rest, message):
    """Failure: clusters are dropped without a word, or a place off the globe is used."""
    with pytest.raises(EstimationError, match=message):
        conley(places.assign(wrong=places.latitude + 90), "y ~ x", options, **rest)


def test_a_row_without_a_place_is_counted(places):
    """Failure: missing coordinates become a place of their own."""
    data = places.assign(latitude=places.latitude.where(places.index > 4))
    assert conley(data, "y ~ x", {"cutoff_km": 50}).sample["missing"] == 5


def world() -> pd.DataFrame:
    """B is treated from 2, C from 3: A lies 44 km from B and 133 from C, B and C 89 apart, D far from all."""
    frame = CITIES.merge(pd.DataFrame({"year": [1, 2, 3]}), how="cross")
    starts = frame["city"].map({"B": 2, "C": 3}).fillna(9)
    return frame.assign(policy=(frame["year"] >= starts).astype(int))


def mapped(kind: str) -> dict[tuple[str, float], list[int]]:
    places = world().rename(columns={"city": "place", "year": "time", "policy": "treated"})
    settings = RingsOptions(**PLACED, edges=[0, 50, 100, 150], exposure=kind)
    return {key: row.tolist() for key, row in exposure(places, settings).iterrows() if row.any()}


def test_the_rings_of_four_cities_by_hand():
    """Failure: a city is its own neighbour, a later city counts, or the ring is not that of the nearest."""
    assert mapped("nearest") == {
        ("A", 2): [1, 0, 0], ("C", 2): [0, 1, 0], ("A", 3): [1, 0, 0], ("B", 3): [0, 1, 0], ("C", 3): [0, 1, 0],
    }  # fmt: skip
    assert mapped("any") == mapped("nearest") | {("A", 3): [1, 0, 1]}


def test_treated_places_are_counted_by_ring():
    """Failure: two treated places in one ring count once."""
    places = world().rename(columns={"city": "place", "year": "time", "policy": "treated"})
    settings = RingsOptions(**PLACED, edges=[0, 150], exposure="count")
    assert exposure(places, settings).loc[("A", 3)].tolist() == [2]


def firms() -> pd.DataFrame:
    """40 cities on a line 40 km apart, four firms each; effect 2, spillovers 1 up to 50 km, 0.5 up to 100."""
    rng = np.random.default_rng(2)
    city = pd.DataFrame({"city": range(40), "longitude": np.arange(40) * 40 / DEGREE, "latitude": 0.0})
    city["start"] = np.where(rng.random(40) < 0.25, rng.integers(4, 8, 40), 99)
    cells = city.merge(pd.DataFrame({"year": range(1, 11)}), how="cross")
    cells["policy"] = (cells["year"] >= cells["start"]).astype(int)
    places = cells.rename(columns={"city": "place", "year": "time", "policy": "treated"})
    settings = RingsOptions(**PLACED, edges=[0, 50, 100])
    key = pd.MultiIndex.from_frame(cells[["city", "year"]])
    ring = exposure(places, settings).reindex(key).to_numpy()
    cells["mean"] = (
        2 * cells["policy"] + (1 - cells["policy"]) * (ring @ [1.0, 0.5]) + cells["city"] / 5 + cells["year"]
    )
    panel = cells.merge(pd.DataFrame({"number": range(4)}), how="cross")
    return panel.assign(
        firm=panel["city"] * 4 + panel["number"], y=panel["mean"] + rng.normal(0, 0.3, len(panel))
    )


def test_planted_spillovers_are_recovered_and_two_way_effects_miss_the_effect():
    """Failure: effect or spillovers are off by more than three errors, or leaving the rings out does no harm."""
    data = firms()
    formula = "y ~ policy | firm + year"
    fit = rings(data, formula, edges=[0, 50, 100, 150])
    for term, planted in (
        ("policy", 2.0),
        ("ring::0-50", 1.0),
        ("ring::50-100", 0.5),
        ("ring::100-150", 0.0),
    ):
        row = fit[term]
        assert abs(row.estimate - planted) < 3 * row.std_error, term
    assert fit.statistics["critical_km"] == 100
    assert fit.statistics["spillover_f_p"] < 1e-6
    naive = estimate({"estimator": "ols", "formula": formula}, data)["policy"]
    assert naive.estimate < 2 - 5 * naive.std_error


def test_treated_places_without_rows_count_when_the_places_are_given():
    """Failure: a pilot city without a listed firm spreads nothing."""
    data = firms()
    places = data.drop_duplicates(["city", "year"])
    source = places.loc[places["policy"] == 1, "city"].iloc[0]
    part = data[data["city"] != source]
    formula = "y ~ policy | firm + year"
    alone, told = rings(part, formula), rings(part, formula, places=places)
    assert told.statistics["rows.ring::0-50"] > alone.statistics["rows.ring::0-50"]


def test_edges_must_increase_from_zero():
    """Failure: rings overlap or leave a gap at the place."""
    with pytest.raises(ValueError, match="edges must increase from 0"):
        rings(firms(), "y ~ policy | firm + year", edges=[50, 100])
