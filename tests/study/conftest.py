"""What the studies share: helpers of the tests beside them, and a way to show figures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

for folder in ("calibration", "comparison"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))


@pytest.fixture
def show(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print although the test passes."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def shown(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{text}")

    return shown
