"""`opened` is a small team, as its report and its workbook are about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from organisation import CYCLES, edit, write_organisation
from sheets import HOSTILE

from csperf.params import Cycle, load_params
from csperf.pipeline import appraise_department
from csperf.reporting.opening import TeamView, for_teams, open_team

JANUARY = CYCLES[0]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small organisation, where somebody's name would be a formula."""
    folder = write_organisation(tmp_path_factory.mktemp("workbooks"))
    quoted = '"' + HOSTILE[0].replace('"', '""') + '"'
    edit(folder / "data/employees.csv", "Name of shop-a", quoted)
    params = load_params(folder / "params.yaml")
    result = appraise_department(params, "shop", Cycle.parse(JANUARY))
    for_teams(result, params.scheme(params.department("shop"))).save(folder / "prepared")
    return folder


@pytest.fixture(scope="session")
def opened(folder: Path) -> Callable[..., TeamView]:
    """`opened(language="en")` is what the workbook of the day shift is about."""

    def view(language: str = "en") -> TeamView:
        given = (str(folder / "params.yaml"), JANUARY, "shop", "day")
        return open_team(*given, prepared=str(folder / "prepared"), language=language)

    return view
