"""The industrial half of the synthetic economy (study robot_upstream): state, raw files, patents, true panels."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from keytech.simulate import (
    customs,
    customs_files,
    industry_files,
    industry_firms,
    industry_outcomes,
    industry_patents,
    industry_years,
    panels_robot,
    panels_robot_city,
    registrations,
    robots,
)
from keytech.simulate.truth import Truth
from keytech.simulate.world import World
from keytech.simulate.writing import RawWriter

STUDY = "robot_upstream"


@dataclass(frozen=True)
class Industry:
    """Everything that is true of the industrial half; frames are described where they are made."""

    firms: pd.DataFrame
    rows: pd.DataFrame
    others: pd.DataFrame
    lines: pd.DataFrame
    robots: pd.DataFrame
    enterprises: pd.DataFrame
    patents: pd.DataFrame
    panels: dict[str, pd.DataFrame]
    planted: dict


def build(world: World, listed: pd.DataFrame | None = None) -> Industry:
    """Draw the industrial half. `listed` (name, credit_code, city_code) adds listed makers to registry and survey."""
    kinds, stocks = customs.goods(world), robots.ifr(world)
    firms = industry_firms.build(world, listed)
    others = customs.outsiders(world)
    rows = industry_years.build(world, firms)
    prefixes = world.seed_table("seed_ifr_cic")
    parts = robots.exposure_parts(rows, robots.us_stocks(stocks), prefixes)
    exposures = robots.exposure(*parts)
    shares = robots.import_shares(world, exposures, rows)
    machines = customs.robot_lines(world, shares, rows, others, kinds)
    cells = panels_robot_city.exposed(customs.city_robots(machines), exposures).merge(
        shares[["city_code", "year", "shock"]]
    )
    rows = industry_years.trimmed(world, rows, cells, industry_outcomes.PANEL_ROWS)
    rows = industry_years.with_results(world, rows.merge(cells[["city_code", "year", "robot"]], how="left"))
    lines = _all_lines(world, machines, rows, others, kinds)
    variables, panel, patents, planted = _outcomes(world, rows, cells, lines, kinds)
    panel = panel.assign(
        us_robot_other_sectors=robots.without_own_sector(panel, parts, prefixes),
        us_exposure=panel["city_code"].map(parts[0].sum(axis=1)),
    )
    panels = _panels(world, rows, cells, exposures, lines, kinds, variables, panel, patents)
    return Industry(
        firms=firms, rows=rows, others=others, lines=lines, robots=stocks,
        enterprises=registrations.build(world, firms, others),
        patents=industry_patents.applications(world, patents, firms), panels=panels, planted=planted,
    )  # fmt: skip


def _all_lines(
    world: World, machines, rows: pd.DataFrame, others: pd.DataFrame, kinds: customs.Goods
) -> pd.DataFrame:
    """Robot lines, trade of surveyed firms, trade of the others."""
    outside = customs.outsider_lines(world.rng("customs", "others"), others, kinds, customs.OUTSIDER_LINES)
    return pd.concat([machines, customs.firm_lines(world, rows, kinds), outside], ignore_index=True)


def _rates(world: World) -> pd.DataFrame:
    rates = world.seed_table("seed_exchange_rate")
    return rates.astype({"year": int, "cny_per_usd": float, "producer_price_previous_year_100": float})


def _outcomes(
    world: World, rows, cells, lines, kinds
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict]:
    """Survey variables, upstream panel rows, patents by firm and year, and what was planted."""
    variables = panels_robot.firm_variables(rows.drop(columns="robot"))
    controls = panels_robot.city_controls(world.city_years)
    panel = variables[variables["kind"] == "upstream"].merge(cells, on=["city_code", "year"])
    panel = panel.drop(columns=["cents", "ordinary", "quantity"]).merge(
        controls, on=["city_code", "year"], how="left"
    )
    panel = panel.sort_values(["firm", "year"], ignore_index=True)
    gap = panels_robot.technology_gap(
        panel, robots.us_productivity(world), world.seed_table("seed_naics_cic"), _rates(world)
    )
    panel = panel.assign(gap=gap)
    filed = panel[industry_outcomes.positives(world, panel)].reset_index(drop=True)
    number, planted = industry_outcomes.counts(world, filed)
    inside = set(map(tuple, panel[["firm", "year"]].to_numpy()))
    outside = rows[
        (rows["kind"] != "listed")
        & ~pd.Index(rows[["firm", "year"]].itertuples(index=False, name=None)).isin(inside)
    ]
    counts = pd.concat(
        [filed[["firm", "year"]].assign(patents=number),
         outside[["firm", "year"]].assign(patents=industry_outcomes.other_counts(world, outside))],
        ignore_index=True,
    )  # fmt: skip
    counts = counts[counts["patents"] > 0].sort_values(["firm", "year"], ignore_index=True)
    return variables, panel, industry_patents.typed(world, counts), planted


def _panels(
    world: World, rows, cells, exposures, lines, kinds, variables, panel, patents
) -> dict[str, pd.DataFrame]:
    controls, rates = panels_robot.city_controls(world.city_years), _rates(world)
    city = panels_robot_city.city_panel(cells, lines, kinds, controls, variables, rates)
    trade = panels_robot.firm_trade(lines, rows, kinds, rates)
    survey = panels_robot.survey_panel(variables, trade, city, exposures, controls)
    upstream = panels_robot.upstream_panel(panel, patents, trade.drop(columns="lncap_value"), city)
    markups = rows.loc[rows["year"] <= 2007, ["firm_id", "year", "markup", "material_elasticity"]]
    return {
        STUDY: upstream, "robot_city": city[panels_robot_city.CITY], "robot_survey": survey,
        "robot_markup": markups.sort_values(["firm_id", "year"], ignore_index=True),
    }  # fmt: skip


def write(world: World, state: Industry, raw: RawWriter, truth: Truth) -> None:
    """Raw files of the industrial half and their truth; the patents are handed to the patent module by the caller."""
    industry_files.write_survey(world, state.rows, raw, truth)
    industry_files.write_registrations(world, state.enterprises, raw, truth)
    customs_files.write(world, state.lines, state.firms, state.others, raw, truth)
    robots.write(world, state.robots, raw)
    truth.panels.update(state.panels)
    truth.parameters[STUDY] = parameters(state.planted)
    truth.links(_links(state.firms))
    truth.applicants(industry_patents.directory(world, state.firms, state.patents))


def parameters(planted: dict) -> dict:
    """Planted estimands by table, column and term, and structural values."""
    tables: dict = {
        "3": {"1": customs.PLANTED["lncap_value"], "3": industry_years.PLANTED["lnexpense"]},
        "4": {"2": industry_years.PLANTED["lnprofit"], "3": customs.PLANTED["lnn"]},
    }
    for table, column, value in planted["estimand"]:
        tables.setdefault(table, {})[column] = value
    named = {t: {c: {"robot": value} for c, value in columns.items()} for t, columns in tables.items()}
    return named | {"structural": {k: v for k, v in planted.items() if k != "estimand"}}


def _links(firms: pd.DataFrame) -> pd.DataFrame:
    """Current and former names of every industrial firm."""
    former = firms[firms["former_name"] != ""]
    parts = [
        (firms["name"], firms["firm_id"], "current"),
        (former["former_name"], former["firm_id"], "former"),
    ]
    frames = [pd.DataFrame({"raw_name": n, "entity": e, "kind": k}) for n, e, k in parts]
    return pd.concat(frames, ignore_index=True).assign(source="asif")
