"""Stored results shaped into printed tables: which rows stand where, and numbers without errors."""

from types import SimpleNamespace

import pandas as pd

from keytech.report.export import as_csv, as_latex
from keytech.report.studies import figures
from keytech.report.tables import event_time, printed_table
from keytech.studies.declarations import Study
from keytech.studies.run import ESTIMATES, FIT, RUNS

LABEL = {"en": "Label", "zh": "标签"}
NAN = float("nan")
NOTHING_DRAWN = SimpleNamespace(draws={})


def _study(**column) -> Study:
    column = {
        "column_id": "1",
        "label": LABEL,
        "estimator": "ols",
        "formula": "y ~ x + {controls} | firm + year^city",
    } | column
    return Study.model_validate({
        "study": "s", "label": LABEL, "paper": {"title": "t", "authors": "a"}, "panel": "p", "sets": {"controls": ["c"]},
        "printed": {"centered_r2": "r2_within"}, "tables": [{"table_id": "1", "label": LABEL, "columns": [column]}],
    })  # fmt: skip


def _print(study: Study, rows: list[tuple], fit: list[tuple] = (), published: list[tuple] = ()):
    place = ["s", "1", "1"]
    estimates = pd.DataFrame([[*place, "Label", *r] for r in rows], columns=ESTIMATES)
    card = estimates.iloc[:0][["study", "table_id", "column_id", "outcome", "term"]].assign(
        published_estimate=pd.Series(dtype=float), published_std_error=pd.Series(dtype=float),
        published_stars=pd.Series(dtype=str), planted=pd.Series(dtype=float),
    )  # fmt: skip
    run = dict.fromkeys(RUNS) | {"study": "s", "table_id": "1", "column_id": "1", "status": "done"}
    results = {
        "estimates": estimates, "scorecard": card, "runs": pd.DataFrame([run], columns=RUNS),
        "fit": pd.DataFrame([[*place, *f] for f in fit], columns=FIT),
    }  # fmt: skip
    theirs = pd.DataFrame([[*place, *f] for f in published], columns=FIT)
    return printed_table(study, study.tables[0], results, theirs)


def _row(outcome: str, term: str, estimate: float = 0.5, error: float = 0.1) -> tuple:
    known = error == error
    rest = (
        (estimate / error, 0.01, estimate - 0.2, estimate + 0.2, "***") if known else (NAN, NAN, NAN, NAN, "")
    )
    return (outcome, term, estimate, error, *rest)


def test_terms_of_interest_come_before_controls_and_the_constant():
    """A failure means that the coefficient a table is about stands below its controls."""
    table = _print(_study(), [_row("y", "const"), _row("y", "c"), _row("y", "x")])
    assert [(r.term, r.role) for r in table.rows] == [("x", "main"), ("const", "control"), ("c", "control")]


def test_first_stage_rows_are_told_from_those_of_other_outcomes():
    """A failure means that a marginal effect is printed as a first stage, or the other way round."""
    formula = "y ~ c | firm | x ~ z"
    staged = _print(
        _study(estimator="iv", formula=formula, first_stage=True), [_row("y", "x"), _row("x", "z")]
    )
    assert [(r.term, r.role, r.outcome) for r in staged.rows] == [("x", "main", ""), ("z", "first", "x")]
    margins = _print(_study(estimator="logit", formula="y ~ x"), [_row("Pr(y)", "x")])
    assert [(r.role, r.outcome) for r in margins.rows] == [("block", "Pr(y)")]


def test_numbers_without_errors_are_printed_without_brackets():
    """A failure means that an observed share shows an empty or a made-up standard error."""
    table = _print(_study(), [_row("share(y)", "a", 0.7, NAN)])
    assert not table.cells[0].has_error and "()" not in as_latex(table, "simulated")
    assert ",0.7,,,,,,," in as_csv(table, "simulated")


def test_effects_are_listed_and_statistics_stand_under_the_papers_name():
    """A failure means that a reader cannot compare the foot of the table with the paper."""
    fit = [("n_obs", 100.0), ("r2", 0.5), ("r2_within", 0.1), ("aic", 3.0)]
    table = _print(_study(), [_row("y", "x")], fit, [("centered_r2", 0.037)])
    assert table.effects == (("firm", (True,)), ("year^city", (True,)))
    assert dict(table.statistics) == {
        "n_obs": ((100.0, None),),
        "r2": ((0.5, None),),
        "centered_r2": ((0.1, 0.037),),
    }


def test_horizons_of_event_studies_are_read_from_the_terms():
    """A failure means that an event study is drawn as a list of coefficients."""
    assert [event_time(t) for t in ("event::-3", "year::2019", "lntalent", "x::y")] == [-3, 2019, None, None]


def test_a_specification_curve_is_one_figure_per_column():
    """A failure means that a hundred specifications are drawn as a hundred figures."""
    choices = {"choices": {"sample": ["a = 1", "a = 0"]}, "term": "x"}
    study = _study(estimator="specification_curve", formula="y ~ x", options=choices)
    table = _print(study, [_row("y", f"x [{i}]", i / 10) for i in range(9)])
    (figure,) = figures(NOTHING_DRAWN, table)
    assert str(figure.svg).count("<circle") == 9
