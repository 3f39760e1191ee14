"""Shuffled rows, renamed columns, split files and another engine give identical values."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from departments import Department, made_up_shop
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame
from pandas.testing import assert_frame_equal
from pyspark.sql import SparkSession

from csperf import indicator_values, read_frame

INDICATORS = ("response_time_median", "customers_received", "order_amount_total")
TABLES = ("conversations", "messages", "orders")


@pytest.fixture(scope="module")
def shop() -> Department:
    return made_up_shop()


@pytest.fixture(scope="module")
def expected(shop: Department) -> DataFrame:
    tables = {name: shop.tables[name] for name in TABLES}
    return indicator_values(tables, shop.cycle, indicators=INDICATORS, timezone=shop.zone)


@given(seed=st.integers(0, 2**32 - 1), parts=st.integers(1, 3), renamed=st.booleans())
@settings(max_examples=3, deadline=None)
def test_neither_order_nor_names_nor_files_nor_engine_change_a_value(
    seed: int, parts: int, renamed: bool, shop: Department, expected: DataFrame, spark: SparkSession
):
    with TemporaryDirectory() as folder:
        tables: dict[str, Any] = {}
        for name in TABLES:
            frame = shop.tables[name].sample(frac=1, random_state=seed)
            frame = read_again(frame, name) if renamed else frame
            tables[name] = write_parts(frame, Path(folder, name), parts)
        values = indicator_values(
            tables, shop.cycle, indicators=INDICATORS, engine=spark, timezone=shop.zone
        )
    assert expected["value"].notna().any()
    assert_frame_equal(values, expected, check_exact=True)


def read_again(frame: DataFrame, name: str) -> DataFrame:
    """The rows as read from an export with names of its own."""
    own = {column: f"{column} (export)" for column in frame}
    return read_frame(frame.rename(columns=own), name, columns=own, timezone="UTC")[name]


def write_parts(frame: DataFrame, folder: Path, parts: int) -> Path:
    for part in range(parts):
        path = folder / f"part={part}" / "rows.parquet"
        path.parent.mkdir(parents=True)
        frame.iloc[part::parts].to_parquet(path, index=False)
    return folder
