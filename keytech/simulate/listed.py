"""The listed-firm half of the synthetic economy (talent_keytech, pilot_spillover): build the state, write the files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate import (
    calibrate,
    experts,
    listed_accounts,
    listed_counts,
    listed_files,
    listed_firms,
    listed_patents,
    listed_samples,
    panels_talent,
    pilots,
)
from keytech.simulate.listed_samples import PilotSample
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

PILOT_FIRM_CONTROLS = ("roa", "lnage", "ki", "ifdome", "size", "kd")
PILOT_CITY_CONTROLS = ("meangdp", "infor", "finsgov", "fdi")


@dataclass(frozen=True)
class Listed:
    """State of the listed firms; `accounts` has one row per firm and year 1998-2022, other frames refer to its positions."""

    firms: pd.DataFrame
    names: pd.DataFrame
    subsidiaries: pd.DataFrame
    accounts: pd.DataFrame
    variables: pd.DataFrame
    talent_records: np.ndarray
    cnrds_blank: pd.Series
    experts: experts.Experts
    pilots: pilots.Pilots
    pilot_sample: PilotSample
    pilot_controls: pd.DataFrame
    process: listed_counts.Process
    counts: listed_counts.Counts
    patents: listed_patents.ListedPatents

    def batch(self, world: World) -> pd.DataFrame:
        """The firms' applications for the patent writer."""
        return listed_patents.batch(world, self.patents, self.firms, self.names, self.accounts)


def build(world: World) -> Listed:
    """Everything about listed firms except their patents' texts."""
    firms = listed_firms.firms(world)
    names = listed_firms.name_history(world, firms)
    held = listed_firms.subsidiaries(world, firms, names)
    accounts = listed_accounts.accounts(world, firms)
    variables = listed_samples.talent_variables(accounts, firms)
    records, blank = listed_samples.talent_sample(world, accounts, firms)
    programme = pilots.build(world, firms, held)
    sample = listed_samples.pilot_sample(world, accounts, firms, programme)
    controls = pilot_controls(world, accounts, firms, sample)
    survey = fitted_experts(world, accounts, variables, records)
    process = outcome_process(world, accounts, variables, records, survey, programme, sample, controls)
    counts = listed_counts.build(world, process)
    patents = listed_patents.build(world, firms, accounts, held, process, counts)
    return Listed(
        firms,
        names,
        held,
        accounts,
        variables,
        records,
        blank,
        survey,
        programme,
        sample,
        controls,
        process,
        counts,
        patents,
    )


def write(world: World, state: Listed, raw: RawWriter, truth: Truth) -> None:
    """Every raw file of the listed-firm sources, the truth panels and what was planted."""
    listed_files.write_basics(world, state.firms, state.names, state.subsidiaries, raw, truth)
    listed_files.write_cnrds(
        world, state.firms, state.accounts, state.cnrds_blank, state.talent_records, raw, truth
    )
    experts.write(world, state.experts, raw)
    pilots.write(world, state.pilots, raw, truth)
    truth.applicants(state.patents.directory.rename(columns={"name": "raw_name"}))
    truth.panels["talent_keytech"] = panels_talent.panel(world, state)
    truth.parameters["talent_keytech"] = planted_talent(state)
    truth.parameters["pilot_spillover"] = {"3": {"5": {"policy": listed_counts.T3_POLICY}}}


def planted_talent(state: Listed) -> dict:
    """Estimands of T1 and T2, and the structural coefficients that give them."""
    table1 = {str(k + 1): {term: values[k] for term, values in listed_counts.T1.items()} for k in range(3)}
    table2 = {"1": {"lnbartik": listed_counts.T2_FIRST}}
    table2 |= {str(k + 2): {"lntalent": value} for k, value in enumerate(listed_counts.T2)}
    terms = ("const", "lntalent", "shock", *listed_samples.FIRM_REGRESSORS)
    structure = {
        name: {term: round(float(v), 6) for term, v in zip(terms, state.counts.theta[:, k], strict=True)}
        for k, name in enumerate(listed_counts.OUTCOMES)
    }
    return {
        "1": table1,
        "2": table2,
        "structure": structure | {"policy_scale": round(state.counts.policy_scale, 6)},
    }


def fitted_experts(
    world: World, accounts: pd.DataFrame, variables: pd.DataFrame, records: np.ndarray
) -> experts.Experts:
    """The survey whose first stage (T2 column 1) on the sample is the printed coefficient: two corrections of its slope."""
    x = listed_counts.clipped_variables(variables, records).to_numpy()[records]
    groups = talent_groups(world, accounts, records)
    within = calibrate.demeaned(x, groups)
    slope = listed_counts.T2_FIRST
    for _ in range(3):
        survey = experts.build(world, slope)
        talent = calibrate.demeaned(listed_samples.talent_of(world, survey, accounts, records)[:, :2], groups)
        coefficients = np.linalg.lstsq(np.column_stack([talent[:, 1], within]), talent[:, 0], rcond=None)[0]
        slope += listed_counts.T2_FIRST - coefficients[0]
    return survey


def talent_groups(world: World, accounts: pd.DataFrame, records: np.ndarray) -> list[np.ndarray]:
    """Codes of csrc2 x year and region7 x year of the records."""
    year = accounts["year"].to_numpy()[records]
    industry = listed_samples.codes(accounts["csrc2"].to_numpy()[records], year)
    return [industry, listed_samples.codes(listed_samples.region_of(world, accounts, records), year)]


def pilot_controls(
    world: World, accounts: pd.DataFrame, firms: pd.DataFrame, sample: PilotSample
) -> pd.DataFrame:
    """Controls of methods 5.5 for the rows of the pilot sample, before winsorising; null where not disclosed."""
    rows = accounts.iloc[sample.positions]
    owner = firms.iloc[rows["firm"].to_numpy()]
    blank = sample.blank.iloc[sample.positions].to_numpy()
    profit = np.where(blank == "net_profit", np.nan, rows["net_profit"])
    revenue = np.where(blank == "revenue", np.nan, rows["revenue"])
    city = world.city_years.set_index(["city_code", "year"])
    city = city.loc[pd.MultiIndex.from_arrays([rows["city_code"], rows["year"]])]
    frame = pd.DataFrame({
        "roa": profit / rows["total_assets"].to_numpy(),
        "lnage": np.log(np.maximum(rows["year"].to_numpy() - owner["founding_year"].to_numpy(), 1) + 1),
        "ki": rows["total_assets"].to_numpy() / revenue,
        "ifdome": np.where(blank == "ownership", np.nan, rows["ownership"].to_numpy() == "国企"),
        "size": rows["total_assets"].to_numpy(),
        "kd": (rows["total_liabilities"] / rows["total_assets"]).to_numpy(),
        "meangdp": city["gdp_per_head"].to_numpy(),
        "infor": (city["internet_10k"] / city["population_10k"] * 10_000).to_numpy(),
        "finsgov": city["budget_10k"].to_numpy() * 1e4,
        "fdi": city["fdi_10k_usd"].to_numpy() * 1e4,
    })  # fmt: skip
    return frame


def pilot_groups(accounts: pd.DataFrame, positions: np.ndarray) -> list[np.ndarray]:
    """Codes of firm, csrc2 x year and province x year."""
    rows = accounts.iloc[positions]
    year = rows["year"].to_numpy()
    industry = listed_samples.codes(rows["csrc2"].to_numpy(), year)
    return [rows["firm"].to_numpy(), industry, listed_samples.codes(rows["province_code"].to_numpy(), year)]


def outcome_process(
    world, accounts, variables, records, survey, programme, sample, controls
) -> listed_counts.Process:
    """The fixed parts of the outcome index and the two studies' estimators as linear maps of the outcome."""
    rows = listed_counts.active_rows(accounts)
    record = rows - 1
    talent = listed_samples.talent_of(world, survey, accounts, record)
    clipped = listed_counts.clipped_variables(variables, records).to_numpy()[record]
    cohort = programme.cohort[accounts["city"].to_numpy()[rows]]
    years = accounts["year"].to_numpy()[rows]
    policy = listed_counts.policy_effect(years, cohort, np.ones(len(rows)))
    inside = np.flatnonzero(np.isin(record, records))
    if len(inside) != len(records):
        raise AssertionError("a sample record has no outcome row")
    x = np.column_stack([talent[inside, 0], clipped[inside]])
    estimators = listed_counts.estimators(
        x, talent[inside, 1], talent_groups(world, accounts, record[inside])
    )
    pilot, pilot_row = pilot_estimator(accounts, rows, programme, sample, controls)
    return listed_counts.Process(
        rows, record, np.column_stack([np.ones(len(rows)), talent[:, [0, 2]], clipped]),
        listed_counts.level_effects(world, accounts, record), policy, inside, estimators, pilot, pilot_row,
    )  # fmt: skip


def pilot_estimator(accounts, rows, programme, sample, controls) -> tuple[np.ndarray, np.ndarray]:
    """Positions (in rows) of the sample of T3 (5), and the row vector that turns outcomes into its policy coefficient."""
    year = accounts["year"].to_numpy()[sample.positions]
    names = [*PILOT_FIRM_CONTROLS, *PILOT_CITY_CONTROLS]
    window = np.flatnonzero(year <= 2019)
    x = controls.iloc[window][names].copy()
    for name in names:
        if name != "ifdome":
            x[name] = x[name].clip(*listed_samples.winsor_bounds(x[name].dropna().to_numpy()))
    complete = window[x.notna().all(axis=1).to_numpy()]
    keep = calibrate.without_singletons(pilot_groups(accounts, sample.positions[complete]))
    kept = complete[keep]
    positions = sample.positions[kept]
    cohort = programme.cohort[accounts["city"].to_numpy()[positions]]
    treated = ((cohort > 0) & (accounts["year"].to_numpy()[positions] >= cohort)).astype(float)
    regressors = np.column_stack([treated, x.loc[kept].to_numpy(float) / x.loc[kept].std().to_numpy()])
    maps = calibrate.least_squares_rows(regressors, pilot_groups(accounts, positions))
    return np.searchsorted(rows, positions), maps[0]
