"""What the benches share: a way to print figures although the test passes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pandas import DataFrame


@pytest.fixture(scope="session")
def show(request: pytest.FixtureRequest) -> Callable[[str, DataFrame], None]:
    """Print a table though the test passes."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def shown(title: str, figures: DataFrame) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n\n{title}\n{figures.to_string(float_format='{:.2f}'.format)}")

    return shown
