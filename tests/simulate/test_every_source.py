"""The department that collects everything: sound tables, people known, and every scheme scores."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from pandas import DataFrame

from csperf import Cycle, Scheme, load_scheme
from csperf.answers.under_each import UnderEach, under_each
from csperf.appraisal.evaluation import asked_criteria
from csperf.simulate import SimulatedDepartment, simulate_department
from csperf.simulate.every_source import DRAWN, every_source
from csperf.tables import INPUT_TABLES, check, check_together

MAY = Cycle.parse("2016-05")
SHIPPED = sorted((Path(__file__).parents[2] / "params" / "schemes").glob("*.yaml"))


@pytest.fixture(scope="module")
def schemes() -> list[Scheme]:
    return [load_scheme(path) for path in SHIPPED]


@pytest.fixture(scope="module")
def made() -> SimulatedDepartment:
    return simulate_department(1, 16, start="2016-05-01", conversations=3_000)


@pytest.fixture(scope="module")
def tables(made: SimulatedDepartment, schemes: list[Scheme]) -> dict[str, DataFrame]:
    return every_source(made, schemes, MAY)


@pytest.fixture(scope="module")
def beside(tables: dict[str, DataFrame], schemes: list[Scheme]) -> UnderEach:
    return under_each(tables, schemes, MAY, timezone="Asia/Shanghai")


def test_every_table_passes_its_own_declaration(tables: dict[str, DataFrame]) -> None:
    for name, table in tables.items():
        assert check(table, INPUT_TABLES[name]).quality.empty, name
    assert check_together(tables).empty


def test_the_same_seed_draws_the_same_tables(
    made: SimulatedDepartment, schemes: list[Scheme], tables: dict[str, DataFrame]
) -> None:
    again = every_source(made, schemes, MAY)
    for name in (*DRAWN, "order_events", "evaluations"):
        pd.testing.assert_frame_equal(tables[name], again[name])


def test_everybody_who_stays_is_judged_by_each_type_on_what_its_scheme_asks(
    tables: dict[str, DataFrame], schemes: list[Scheme]
) -> None:
    """14 of 16 stay: in the sample's drawing one person joins later and one leaves."""
    generic = next(each for each in schemes if each.id == "generic")
    given = tables["evaluations"].groupby(["evaluator_type", "criterion_id"])
    for kind, criterion in asked_criteria(generic):
        rows = given.get_group((kind, criterion))
        assert rows["employee_id"].nunique() == 14
        each = {"customer": 4, "peer": 3}.get(kind, 1)
        assert rows.groupby("employee_id")["evaluator_id"].nunique().eq(each).all()


@pytest.mark.requirement("J-08")
def test_every_scheme_that_ships_scores_everybody(beside: UnderEach) -> None:
    summary = beside.summary
    assert {*summary["scheme_id"]} == {path.stem for path in SHIPPED}
    assert (summary["n_scored"] == summary["n_people"]).all()


def test_sources_lean_on_the_same_talent(beside: UnderEach) -> None:
    """Skills share 0.36 of their variance, so that orders agree on the whole, and never fully."""
    taus = beside.agreement.where(lambda tau: tau < 1).stack()
    assert 0.1 < taus.mean() < 0.7
