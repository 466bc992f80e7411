"""Write tests/parity/data/{mpdta,wagepan,ehec}.csv and reference/{did,did_port,did_published}.json.

`did`: county teen employment (Callaway and Sant'Anna), printed by R did 2.3.0, fixest 0.14.2 (sunab), didimputation, did2s
and bacondecomp (2026-11-20); R packages that Debian does not carry, hence typed here. `did_port`: the same data under
further options, computed here by moderndid, a port of R did. `did_published`: the test values of R TwoWayFEWeights on the
wage panel of Vella and Verbeek, and the HonestDiD README on Medicaid expansions. Data: copies that moderndid and
linearmodels carry. Run from the project root.
"""

import json
from pathlib import Path

import moderndid
import pandas as pd

HERE = Path(__file__).parent
PANEL = {"unit": "countyreal", "time": "year", "cohort": "first_treat"}


def case(
    name, estimator, formula, options, coefficients, source,
    statistics=None, absolute=6e-9, data="mpdta", panel=PANEL,
):  # fmt: skip
    return {
        "name": name,
        "data": f"{data}.csv",
        "specification": {"estimator": estimator, "formula": formula, "options": {**panel, **options}}
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


# R TwoWayFEWeights 2.0.4, inst/tinytest/test_wagepan.R (feTR), and README of HonestDiD (createSensitivityResults, FLCI)
WAGEPAN = {
    "twfe": 0.10662746641838491, "n_treated_cells": 1016, "n_weights": 967, "n_positive_weights": 820, "n_negative_weights": 147,
    "sum_positive_weights": 1.010529, "sum_negative_weights": -0.01052899, "sigma_fe": 0.0968691, "sigma_fe_2": 3.175859,
}  # fmt: skip
EHEC = {0.0: (0.0259, 0.0607), 0.01: (0.0132, 0.0787), 0.02: (0.00286, 0.0907), 0.05: (-0.0271, 0.121)}
PUBLISHED = [
    case("union wage premium", "dcdh", "lwage ~ 1", {"treatment": "union"}, {}, "R TwoWayFEWeights 2.0.4", WAGEPAN,
         absolute=6e-7, data="wagepan", panel={"unit": "nr", "time": "year"}),
    case("Medicaid", "twfe_event_study", "dins ~ 1", {"honest": "smoothness", "honest_grid": list(EHEC)}, {}, "R HonestDiD",
         {f"honest_{side}.{m:g}": value[i] for m, value in EHEC.items() for i, side in enumerate(("low", "high"))},
         absolute=3e-4, data="ehec", panel={"unit": "stfips", "time": "year", "cohort": "cohort"}),
]  # fmt: skip
PUBLISHED[1]["specification"]["vcov"] = {"cluster": ["stfips"]}


def wagepan() -> pd.DataFrame:
    """The wage panel with one-year spells of union status removed, as the package's authors build it."""
    from linearmodels.datasets import wage_panel

    data = wage_panel.load().sort_values(["nr", "year"], ignore_index=True)[["nr", "year", "lwage", "union"]]
    for year in range(1981, 1987):
        for value in (1, 0):
            alone = (data["union"].shift(1) == 1 - value) & (data["union"].shift(-1) == 1 - value)
            data.loc[(data["year"] == year) & (data["union"] == value) & alone, "union"] = 1 - value
    return data


def ehec() -> pd.DataFrame:
    """Insurance by state, 2008 to 2015, without the states that expanded in 2015."""
    data = moderndid.load_ehec().to_pandas()
    data = data[(data["year"] < 2016) & (data["yexp2"] != 2015)]
    return data.assign(cohort=2014 * (data["yexp2"] == 2014))[["stfips", "year", "dins", "cohort"]]


def ported(data: pd.DataFrame) -> list[dict]:
    """moderndid under options that the typed cases leave out."""
    grid = [
        ("nevertreated", "ipw", "varying", 0, "group"), ("nevertreated", "dr", "universal", 0, "dynamic"),
        ("notyettreated", "dr", "varying", 0, "calendar"), ("notyettreated", "reg", "universal", 1, "dynamic"),
        ("nevertreated", "dr", "varying", 1, "simple"),
    ]  # fmt: skip
    names = {"nevertreated": "never", "notyettreated": "notyet", "dynamic": "event_time"}
    cases = []
    for control, method, base, anticipation, kind in grid:
        effects = moderndid.att_gt(
            data, yname="lemp", tname="year", idname="countyreal", gname="first_treat", xformla="~ lpop", boot=False,
            control_group=control, est_method=method, base_period=base, anticipation=anticipation,
        )  # fmt: skip
        found = moderndid.aggte(effects, type=kind)
        values = {"ATT": (float(found.overall_att), float(found.overall_se))}
        if kind != "simple":
            rows = zip(found.event_times, found.att_by_event, found.se_by_event, strict=True)
            values |= {
                f"{names.get(kind, kind)}::{int(at)}": (float(value), float(error))
                for at, value, error in rows
                if error == error
            }
        options = {"control_group": names[control], "method": method, "base_period": base}
        options |= {"anticipation": anticipation, "aggregate": kind}
        name = f"{control} {method} {base} {anticipation} {kind}"
        cases.append(
            case(name, "callaway_santanna", "lemp ~ lpop", options, values, "moderndid 0.2", absolute=1e-9)
        )
    return cases


if __name__ == "__main__":
    path = Path(moderndid.__file__).parent / "core/datasets/mpdta_long.pkl.gz"
    mpdta = pd.DataFrame(pd.read_pickle(path)).rename(columns={"first.treat": "first_treat"})
    for file, table in (("mpdta", mpdta), ("wagepan", wagepan()), ("ehec", ehec())):
        table.to_csv(HERE / f"data/{file}.csv", index=False)
    for file, cases in (("did", CASES), ("did_port", ported(mpdta)), ("did_published", PUBLISHED)):
        (HERE / f"reference/{file}.json").write_text(json.dumps(cases, indent=1) + "\n", encoding="utf-8")
