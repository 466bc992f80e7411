"""Write tests/parity/{data/mpdta.csv,reference/did.json}: R results on county teen employment (Callaway and Sant'Anna).

The numbers were printed by R did 2.3.0, fixest 0.14.2 (sunab), didimputation, did2s and bacondecomp (2026-11-20); R packages
that Debian does not carry, hence typed here. The data is the copy that moderndid carries. Run from the project root.
"""

import json
from pathlib import Path

import moderndid
import pandas as pd

HERE = Path(__file__).parent
PANEL = {"unit": "countyreal", "time": "year", "cohort": "first_treat"}


def case(name, estimator, formula, options, coefficients, source, statistics=None, absolute=6e-9):
    return {
        "name": name,
        "data": "mpdta.csv",
        "specification": {"estimator": estimator, "formula": formula, "options": {**PANEL, **options}}
        | ({"vcov": {"cluster": ["countyreal"]}} if estimator in ("sun_abraham", "ols") else {}),
        "coefficients": {
            term: {"estimate": value[0], "std_error": value[1]}
            if isinstance(value, tuple)
            else {"estimate": value}
            for term, value in coefficients.items()
        },
        "statistics": statistics or {},
        "source": source,
        "tolerance": 1e-6,
        "absolute": absolute,
    }


CS = "R did 2.3.0, att_gt(bstrap = FALSE)"
DYNAMIC = {-3: 0.030507, -2: -0.000563, -1: -0.024459, 0: -0.019932, 1: -0.050957, 2: -0.137259, 3: -0.100811}
BACON = {"treated_vs_never": 0.86277442, "earlier_vs_later": 0.08330135, "later_vs_earlier": 0.05392423}
CASES = [
    case("never", "callaway_santanna", "lemp ~ 1", {"method": "reg"}, {"ATT": (-0.03995128, 0.01203401)}, CS),
    case("never lpop", "callaway_santanna", "lemp ~ lpop", {"method": "reg"}, {"ATT": (-0.04196861, 0.01144483)}, CS),
    case("notyet", "callaway_santanna", "lemp ~ 1", {"method": "reg", "control_group": "notyet"}, {"ATT": (-0.03976363, 0.01205242)}, CS),
    case("notyet lpop", "callaway_santanna", "lemp ~ lpop", {"method": "reg", "control_group": "notyet"}, {"ATT": (-0.04137477, 0.01137716)}, CS),
    case("dynamic", "callaway_santanna", "lemp ~ 1", {"method": "reg", "aggregate": "dynamic"},
         {f"event_time::{e}": value for e, value in DYNAMIC.items()}, CS, absolute=6e-7),
    case("sunab", "sun_abraham", "lemp ~ 1 | countyreal + year", {}, {"ATT": (-0.03995128, 0.01179628)}, "R fixest 0.14.2, sunab"),
    case("imputation", "imputation", "lemp ~ 1", {}, {"ATT": (-0.04770992, 0.01322249)}, "R didimputation"),
    case("two stage", "two_stage", "lemp ~ 1", {}, {"ATT": (-0.04770992, 0.01347841)}, "R did2s"),
    case("bacon", "bacon", "lemp ~ 1", {}, {"twfe": (-0.03654894, 0.01326516)}, "R bacondecomp; fixest for the error",
         {f"weight.{kind}": weight for kind, weight in BACON.items()}),
]  # fmt: skip


if __name__ == "__main__":
    path = Path(moderndid.__file__).parent / "core/datasets/mpdta_long.pkl.gz"
    data = pd.DataFrame(pd.read_pickle(path)).rename(columns={"first.treat": "first_treat"})
    data.to_csv(HERE / "data/mpdta.csv", index=False)
    (HERE / "reference/did.json").write_text(json.dumps(CASES, indent=1), encoding="utf-8")
