"""The listed-firm half of the synthetic economy (talent_keytech, pilot_spillover): build the state, write the files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from keytech.simulate import (
    csmar,
    experts,
    listed_accounts,
    listed_counts,
    listed_files,
    listed_firms,
    listed_patents,
    listed_process,
    listed_samples,
    panels_pilot,
    panels_talent,
    panels_talent_readings,
    pilots,
)
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter


@dataclass(frozen=True)
class Listed:
    """State of the listed firms; `accounts` has one row per firm and year 1998-2022, other parts refer to its positions."""

    firms: pd.DataFrame
    names: pd.DataFrame
    subsidiaries: pd.DataFrame
    accounts: pd.DataFrame
    variables: pd.DataFrame
    talent_records: np.ndarray
    cnrds_blank: pd.Series
    experts: experts.Experts
    pilots: pilots.Pilots
    pilot_sample: listed_samples.PilotSample
    pilot_controls: pd.DataFrame
    csmar: pd.DataFrame
    words: pd.DataFrame
    subsidies: pd.DataFrame
    process: listed_counts.Process
    counts: listed_counts.Counts
    patents: listed_patents.ListedPatents

    def batch(self, world: World) -> pd.DataFrame:
        """The firms' applications for the patent writer."""
        return listed_patents.batch(world, self.patents, self.firms, self.names, self.accounts)


def build(world: World) -> Listed:
    """Everything about listed firms; nothing is written."""
    firms = listed_firms.firms(world)
    names = listed_firms.name_history(world, firms)
    held = listed_firms.subsidiaries(world, firms, names)
    programme = pilots.build(world, firms, held)
    accounts = listed_accounts.accounts(world, firms, programme.cohort)
    variables = listed_samples.talent_variables(accounts, firms)
    records, blank = listed_samples.talent_sample(world, accounts, firms)
    sample = listed_samples.pilot_sample(world, accounts, firms, programme)
    controls = listed_process.pilot_controls(world, accounts, firms, sample)
    survey = listed_process.fitted_experts(world, accounts, variables, records)
    appetite = world.rng("listed", "appetite").normal(0, 1, len(firms))
    similar = world.rng("listed", "similar cities").normal(0, 1, len(world.cities))
    process = listed_process.process(
        world, accounts, variables, records, survey, programme, sample, controls, appetite, similar
    )
    counts = listed_counts.build(world, process)
    told = csmar.disclosed(accounts, firms, sample.blank)
    return Listed(
        firms=firms, names=names, subsidiaries=held, accounts=accounts, variables=variables, talent_records=records,
        cnrds_blank=blank, experts=survey, pilots=programme, pilot_sample=sample, pilot_controls=controls, csmar=told,
        words=csmar.words(world, told, appetite), subsidies=csmar.subsidies(world, told, appetite), process=process,
        counts=counts, patents=listed_patents.build(world, firms, accounts, held, process, counts, similar),
    )  # fmt: skip


def write(world: World, state: Listed, raw: RawWriter, truth: Truth) -> None:
    """Every raw file of the listed-firm sources, the truth panels and what was planted."""
    listed_files.write_basics(world, state.firms, state.names, state.subsidiaries, raw, truth)
    listed_files.write_cnrds(
        world, state.firms, state.accounts, state.cnrds_blank, state.talent_records, raw, truth
    )
    experts.write(world, state.experts, raw)
    pilots.write(world, state.pilots, raw, truth)
    csmar.write(world, state.csmar, state.words, state.subsidies, raw, truth)
    truth.applicants(state.patents.directory.rename(columns={"name": "raw_name"}))
    truth.panels["talent_keytech"] = plain = panels_talent.panel(world, state)
    truth.panels["talent_keytech_readings"] = panels_talent_readings.panel(world, state, plain)
    truth.panels |= panels_pilot.panels(world, state)
    truth.parameters["talent_keytech"] = planted_talent(state)
    truth.parameters["pilot_spillover"] = planted_pilot(state)


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
    return {"1": table1, "2": table2, "structure": structure}


def planted_pilot(state: Listed) -> dict:
    """Estimand of T3 (5), and the policy effect by cohort and event time for a firm of strength one."""
    scale = state.counts.policy_scale
    paths = {
        str(cohort): {
            str(k): round(scale * factor * step, 6) for k, step in enumerate(listed_counts.EVENT_FACTOR)
        }
        for cohort, factor in listed_counts.COHORT_FACTOR.items()
    }
    return {"3": {"5": {"policy": listed_counts.T3_POLICY}}, "structure": {"policy_effect": paths}}
