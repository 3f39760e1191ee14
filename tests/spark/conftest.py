"""A local Spark session for the whole group, and what a strict run has to forgive it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Spark's own zone is nobody's here: no number may depend on it.
SETTINGS = {
    "spark.sql.session.timeZone": "Pacific/Auckland",
    "spark.sql.shuffle.partitions": "2",
    # Adapting a plan to sizes that are known here costs more than it could save.
    "spark.sql.adaptive.enabled": "false",
    # Else every step of a plan asks Java half a dozen times where in Python it was written.
    "spark.python.sql.dataFrameDebugging.enabled": "false",
    # Java that optimises less takes half the time for so little work; its room for compiled code
    # is then too small for Spark.
    "spark.driver.extraJavaOptions": (
        "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:ReservedCodeCacheSize=256m"
    ),
    # The plans of what has run are as long as books, and would fill the memory with nobody to read.
    "spark.sql.ui.retainedExecutions": "1",
    "spark.sql.maxPlanStringLength": "1000",
    "spark.driver.memory": "2g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


def pytest_configure(config: pytest.Config) -> None:
    """Let PySpark say that it is not done with pandas 3; its pandas parts are never used."""
    said = "ignore:PySpark does not yet fully support pandas:FutureWarning"
    config.addinivalue_line("filterwarnings", said)


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    if shutil.which("java") is None:
        pytest.skip("Java is not installed (Debian: openjdk-17-jre-headless)")
    sql = pytest.importorskip("pyspark.sql")
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in SETTINGS.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()
