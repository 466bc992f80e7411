"""The methodology pages say what the code does."""

from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from keytech.cli import app
from keytech.econometrics import Specification, estimate
from keytech.econometrics.options import OPTIONS

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "docs/methodology"


def test_the_worked_example_gives_the_published_regression():
    """Failure: the ten lines of the index no longer reproduce Hayashi 2000, table 3.3, line 4 (as printed)."""
    import yaml

    document = yaml.safe_load((PAGES / "griliches.yml").read_text("utf-8"))
    result = estimate(document, pd.read_csv(ROOT / "tests/parity/data/griliches.csv"))
    assert result["s"].estimate == pytest.approx(0.172, abs=5e-4)
    assert result["s"].std_error == pytest.approx(0.021, abs=5e-4)
    assert result["iq"].estimate == pytest.approx(-0.009, abs=5e-4)
    assert result["iq"].std_error == pytest.approx(0.0047, abs=5e-5)
    assert result["expr"].estimate == pytest.approx(0.049, abs=5e-4)
    assert result.statistics["hansen_j"] == pytest.approx(13.3, abs=5e-2)
    assert result.statistics["hansen_j_p"] == pytest.approx(0.00131, abs=5e-6)


def test_the_command_of_the_worked_example_runs():
    """Failure: the command printed in the index is wrong."""
    arguments = ["estimate", PAGES / "griliches.yml", "--data", ROOT / "tests/parity/data/griliches.csv"]
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    assert "rows_in 758, used 758" in done.output
    assert "warning" not in done.output


@pytest.mark.parametrize("name", OPTIONS)
def test_the_index_lists_every_estimator_with_its_options(name):
    """Failure: an option or an estimator is in the code and not in the index, or its page does not exist."""
    lines = (PAGES / "index.md").read_text("utf-8").splitlines()
    line = next(line for line in lines if line.startswith(f"| `{name}` |"))
    missing = [
        field.alias or option
        for option, field in OPTIONS[name].model_fields.items()
        if option not in OPTIONS["ols"].model_fields and f"`{field.alias or option}`" not in line
    ]
    assert not missing
    assert (PAGES / line.split("](")[1].split(")")[0]).is_file()


def test_every_statistic_is_explained():
    """Failure: a statistic of ols or iv is printed and nowhere explained."""
    text = "".join((PAGES / f"{page}.md").read_text("utf-8") for page in ("index", "ols", "iv"))
    frame = pd.read_csv(ROOT / "tests/parity/data/cigarettes.csv")
    formulas = {"ols": "packs ~ rprice | state", "iv": "packs ~ rincome | rprice ~ tdiff + rtax"}
    for name, formula in formulas.items():
        specification = Specification(estimator=name, formula=formula, vcov={"cluster": ["state"]})
        found = {key.split(".")[0] for key in estimate(specification, frame).statistics}
        assert {key for key in found if f"`{key}" not in text} == set()
