"""The two departments that several files measure: a small made-up shop, and the incident log."""

from __future__ import annotations

import pytest
from pandas import DataFrame

from csperf.params import load_params
from csperf.simulate import SimulatedDepartment, simulate_department
from csperf.sources import Tables, read_tables


@pytest.fixture(scope="session")
def small_shop() -> SimulatedDepartment:
    return simulate_department(11, conversations=700)


@pytest.fixture(scope="session")
def shop_tables(small_shop: SimulatedDepartment) -> dict[str, DataFrame]:
    return small_shop.tables


@pytest.fixture(scope="session")
def service_desk() -> Tables:
    return read_tables(load_params("params/demo.yaml"), "service-desk")
