"""Write tests/parity/reference/gretl.json with gretl's command line (Debian package gretl). Run from the project root."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
# name, data, gretl command, specification, terms in gretl's order, scalars: ours -> gretl accessor
MODELS = [
    (
        "mroz probit", "mroz.csv", "probit participation const age education experience youngkids",
        {"estimator": "probit", "formula": "participation ~ age + education + experience + youngkids"},
        ["(Intercept)", "age", "education", "experience", "youngkids"], {"log_lik": "$lnl", "aic": "$aic", "bic": "$bic"},
    ),
    (
        "mroz logit", "mroz.csv", "logit participation const age education experience youngkids",
        {"estimator": "logit", "formula": "participation ~ age + education + experience + youngkids"},
        ["(Intercept)", "age", "education", "experience", "youngkids"], {"log_lik": "$lnl"},
    ),
    (
        "mroz probit cluster", "mroz.csv", "probit participation const age experience youngkids --cluster=education",
        {"estimator": "probit", "formula": "participation ~ age + experience + youngkids", "vcov": {"cluster": ["education"]}},
        ["(Intercept)", "age", "experience", "youngkids"], {"log_lik": "$lnl"},
    ),
    (
        "mroz ordered logit", "mroz.csv", "logit kids age education fincome",
        {"estimator": "ologit", "formula": "kids ~ age + education + fincome"},
        ["age", "education", "fincome", "cut1", "cut2"], {"log_lik": "$lnl"},
    ),
    (
        "quine nb2", "quine.csv", "negbin days const eth sex lrn",
        {"estimator": "negbin", "formula": "days ~ eth + sex + lrn"},
        ["(Intercept)", "eth", "sex", "lrn"], {"log_lik": "$lnl"},
    ),
    (
        "quine poisson", "quine.csv", "poisson days const eth sex lrn",
        {"estimator": "poisson", "formula": "days ~ eth + sex + lrn"},
        ["(Intercept)", "eth", "sex", "lrn"], {"log_lik": "$lnl"},
    ),
    (
        "griliches tsls", "griliches.csv", "tsls lw const s iq expr tenure rns ; const expr tenure rns med kww age mrt",
        {"estimator": "iv", "formula": "lw ~ expr + tenure + rns | s + iq ~ med + kww + age + mrt"},
        ["(Intercept)", "s", "iq", "expr", "tenure", "rns"], {"rss": "$ess", "rmse": "$sigma"},
    ),
    (
        "griliches tsls cluster", "griliches.csv",
        "tsls lw const s expr rns ; const expr rns med kww --cluster=year",
        {"estimator": "iv", "formula": "lw ~ expr + rns | s ~ med + kww", "vcov": {"cluster": ["year"]}},
        ["(Intercept)", "s", "expr", "rns"], {"rss": "$ess"},
    ),
    (
        "fatalities ols cluster", "fatalities.csv", "ols rate const beertax unemp miles --cluster=year",
        {"estimator": "ols", "formula": "rate ~ beertax + unemp + miles", "vcov": {"cluster": ["year"]}},
        ["(Intercept)", "beertax", "unemp", "miles"], {"rss": "$ess", "r2": "$rsq"},
    ),
    (
        "fatalities wls hc1", "fatalities.csv", "wls pop rate const beertax unemp --robust",
        {"estimator": "ols", "formula": "rate ~ beertax + unemp", "vcov": "hetero", "weights": "pop"},
        ["(Intercept)", "beertax", "unemp"], {},
    ),
]  # fmt: skip


def run(model) -> dict:
    name, data, command, specification, terms, scalars = model
    prints = "".join(f'printf "SCALAR {key} %.15g\\n", {accessor}\n' for key, accessor in scalars.items())
    script = (
        f'open "{(HERE / "data" / data).resolve()}" --quiet\nset hc_version 1\n'
        + f"{command} --quiet\nmatrix est_b = $coeff\nmatrix est_s = $stderr\n"
        + 'loop i=1..rows(est_b)\n printf "ROW %.15g %.15g\\n", est_b[i], est_s[i]\nendloop\n'
        + prints
    )
    with tempfile.NamedTemporaryFile("w", suffix=".inp") as file:
        file.write(script)
        file.flush()
        output = subprocess.run(
            ["gretlcli", "-b", file.name], capture_output=True, text=True, check=False
        ).stdout
    rows = [tuple(map(float, match)) for match in re.findall(r"^ROW (\S+) (\S+)", output, re.M)]
    if len(rows) < len(terms):
        raise RuntimeError(f"{name}: gretl gave {len(rows)} rows\n{output[-1500:]}")
    coefficients = {term: {"estimate": b, "std_error": s} for term, (b, s) in zip(terms, rows, strict=False)}
    statistics = {key: float(value) for key, value in re.findall(r"^SCALAR (\S+) (\S+)", output, re.M)}
    return {
        "name": name,
        "data": data,
        "specification": specification,
        "coefficients": coefficients,
        "statistics": statistics,
        "source": f"gretl 2022c: {command}",
        "tolerance": 1e-4
        if specification["estimator"] in ("probit", "logit", "ologit", "negbin", "poisson")
        else 1e-6,
    }


if __name__ == "__main__":
    text = json.dumps([run(model) for model in MODELS], indent=1)
    (HERE / "reference/gretl.json").write_text(text, encoding="utf-8")
