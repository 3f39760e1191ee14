"""The two departments that several files measure: a small made-up shop, and the incident log."""

from __future__ import annotations

import pytest
from pandas import DataFrame

from csperf.params import load_params
from csperf.simulate import simulate_department
from csperf.sources import Tables, read_tables


@pytest.fixture(scope="session")
def shop_tables() -> dict[str, DataFrame]:
    return simulate_department(11, conversations=700).tables


@pytest.fixture(scope="session")
def service_desk() -> Tables:
    return read_tables(load_params("params/demo.yaml"), "service-desk")
