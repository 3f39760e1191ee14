"""Spark and DuckDB give the same numbers, for the facts with the most machinery."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from departments import Department, edge_desk, made_up_shop
from pandas import DataFrame
from pandas.testing import assert_frame_equal
from pyspark.sql import SparkSession

from csperf.indicators import INDICATORS, Events, measure
from csperf.params import Measurement

FACTS = ("rounds", "customer_days", "inquiries", "orders", "payments", "cases")
MEASURED = [id for id, row in INDICATORS.items() if row.fact in FACTS]
QUANTILES = [id for id in MEASURED if INDICATORS[id].kind in ("median", "p90")]
OTHER_RULES = Measurement(
    clock="business",
    calendar="desk",
    average_over="customers",
    touch="split",
    stage="paid",
    basis="amount",
    cohort="refunded",
    bot_transfer="handover",
    min_reply_s=0.1,
    effective_reply_s=60,
)
DEPARTMENTS = {
    "made-up shop": made_up_shop,
    "edges": lambda: edge_desk(Measurement()),
    "edges by other rules": lambda: edge_desk(OTHER_RULES),
}
Pair = tuple[Department, Events, Events]


@pytest.fixture(scope="module")
def both(request: pytest.FixtureRequest, spark: SparkSession) -> Iterator[Pair]:
    """A department on Spark and on DuckDB; what groupings share is computed once."""
    of = DEPARTMENTS[request.param]()
    with ExitStack() as opened:
        engines = [
            opened.enter_context(Events(of.tables, of.rules, of.zone, engine=engine))
            for engine in (spark, None)
        ]
        yield of, *engines


# Where a mark gives only what is indirect, a department stays open for all of its groupings.
@pytest.mark.parametrize("by", ["employee_id", "team_id"])
@pytest.mark.parametrize("both", DEPARTMENTS, indirect=True)
def test_spark_gives_the_numbers_of_duckdb(both: Pair, by: str):
    assert_engines_agree(both, by)


@pytest.mark.parametrize("by", ["week", None])
@pytest.mark.parametrize("both", ["made-up shop"], indirect=True)
def test_spark_gives_the_numbers_of_duckdb_for_weeks_and_for_everybody(both: Pair, by: str | None):
    assert_engines_agree(both, by)


def assert_engines_agree(both: Pair, by: str | None) -> None:
    of, on_spark, on_duckdb = both
    found, expected = (measure(events, of.cycle, by, MEASURED) for events in (on_spark, on_duckdb))
    known = set(expected.loc[expected["value"].notna(), "indicator_id"])
    assert {INDICATORS[id].fact for id in known} >= set(FACTS) - {"cases"}
    assert_same(found, expected)


def assert_same(found: DataFrame, expected: DataFrame) -> None:
    """Quantiles and the ends of intervals to twelve digits, everything else to the bit."""
    assert_frame_equal(found, expected, rtol=1e-12, atol=0)
    exact = expected.columns.drop(["low", "high"])
    rows = ~expected["indicator_id"].isin(QUANTILES)
    assert_frame_equal(found.loc[rows, exact], expected.loc[rows, exact], check_exact=True)
