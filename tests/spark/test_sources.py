"""What Spark may be given, what is taken out of it, what is refused, and what is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawing import draw
from pandas import DataFrame
from pandas.testing import assert_frame_equal
from pyspark.sql import SparkSession

from csperf import InputError, indicator_values
from csperf.indicators.duck import DuckEngine
from csperf.indicators.spark import NO_VALUE, SparkEngine
from csperf.tables import INPUT_TABLES

ZONE = "Asia/Shanghai"
ORDERS = """
    order_id | customer_id | placed_at                 | paid_at              | amount | items
    1        | 007         | 2016-04-30 23:59:59+08:00 | 2016-05-03 15:00:00Z | 0.1    | 3
    2        |             | 2016-05-01 00:00:00+08:00 |                      | 0.2    |
"""
# The session's own clocks are in Auckland.
IN_SPARK = """
    select 1 as order_id, '007' as customer_id, double('NaN') as paid_amount, null as currency,
        timestamp_ntz '2016-04-30 23:59:59' as placed_at, cast(0.1 as decimal(12, 2)) as amount,
        timestamp '2016-05-03 15:00:00Z' as paid_at, double(3) as items, 'x' as Status, 'y' as `a.b`
    union all
    select 2, null, double('NaN'), null, timestamp_ntz '2016-05-01 00:00:00', 0.2, null,
        double('NaN'), '', ''
"""
CASES = """
    case_id | opened_at           | sla_met
    c1      | 2016-05-01 10:00:00 | true
    c2      | 2016-05-01 11:00:00 | false
"""


def taken(engine: DuckEngine | SparkEngine, orders: object) -> DataFrame:
    """The orders as the facts see them."""
    try:
        rows, _ = engine.table("orders", orders, INPUT_TABLES["orders"].columns)
        return engine.collect(rows).sort_values("order_id", ignore_index=True)
    finally:
        engine.close()


def assert_taken_alike(orders: object, spark: SparkSession, like: object) -> None:
    found, expected = taken(SparkEngine(spark, ZONE), orders), taken(DuckEngine(ZONE), like)
    assert_frame_equal(found, expected, check_exact=True)


def test_a_frame_of_spark_is_taken_like_one_of_pandas(spark: SparkSession):
    """Local times, decimals, numbers as ids, unknowns as NaN; Status is not status, nor is a.b."""
    assert_taken_alike(spark.sql(IN_SPARK), spark, draw(ORDERS))


def test_a_frame_of_pandas_is_taken_as_on_duckdb(spark: SparkSession):
    orders = draw(ORDERS)
    local = orders["placed_at"].dt.tz_convert(ZONE).dt.tz_localize(None)
    assert_taken_alike(orders.assign(placed_at=local), spark, orders)


def test_a_type_that_would_have_to_be_guessed_at_is_refused(spark: SparkSession):
    orders = spark.sql("select 1.5 as order_id, '0.1' as amount, timestamp '2016-05-01' as paid_at")
    with pytest.raises(InputError) as error:
        taken(SparkEngine(spark, ZONE), orders)
    assert error.value.lines() == [
        "table 'orders', column 'order_id': Spark's type is decimal; give string or byte or short"
        " or integer or long",
        "table 'orders', column 'amount': Spark's type is string; give byte or short or integer or"
        " long or float or double or decimal",
    ]


def test_folders_give_columns_of_text_and_none_is_passed_over(spark: SparkSession, tmp_path: Path):
    order = draw(ORDERS).iloc[:1].drop(columns="customer_id")
    places = ["customer_id=007/year", "old/customer_id=k%202+é", f"customer_id={NO_VALUE}", "odd"]
    for place in places:
        (tmp_path / place).mkdir(parents=True)
        order.assign(order_id=place).to_parquet(tmp_path / place / "part.parquet")
    found = taken(SparkEngine(spark, ZONE), tmp_path).set_index("order_id")["customer_id"]
    assert found[places].fillna("").tolist() == ["007", "k 2+é", "", ""]
    (tmp_path / "odd/part.parquet").unlink()  # DuckDB wants the column in the path of every file
    assert_taken_alike(tmp_path, spark, tmp_path)


@pytest.mark.parametrize("content", [None, b"not Parquet"])
def test_what_is_not_parquet_is_refused_with_its_path(
    spark: SparkSession, tmp_path: Path, content: bytes | None
):
    path = tmp_path / "orders.parquet"
    if content:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"orders\.parquet: .*; give Parquet files"):
        taken(SparkEngine(spark, ZONE), path)


def test_a_session_that_cuts_numbers_is_refused(spark: SparkSession):
    lenient = spark.newSession()
    lenient.conf.set("spark.sql.ansi.enabled", "false")
    with pytest.raises(InputError, match=r"ansi\.enabled: it is off, .*; set it to true"):
        indicator_values({}, engine=lenient)


def test_the_session_is_left_as_it_was(spark: SparkSession):
    kept = spark.sparkContext._jsc.getPersistentRDDs()
    settings = dict(spark.conf.getAll)
    tables = {"cases": draw(CASES)}
    rows = indicator_values(tables, by=None, indicators=["sla_met_share"], engine=spark)
    assert rows["value"].tolist() == [1 / 2]
    assert dict(spark.sparkContext._jsc.getPersistentRDDs()) == dict(kept)
    assert dict(spark.conf.getAll) == settings
    assert spark.range(3).count() == 3
