"""The page over all cycles: outcomes and links, the latest first, and no names."""

from __future__ import annotations

import re
from typing import Any

import pytest

from csperf.reporting.cycles_page import cycles_html


def cycle(name: str, outcome: str = "done", **more: Any) -> dict[str, Any]:
    team = {"team_id": "a", "name": "Team name", "outcome": outcome, "reports": [], "reason": "x"}
    team |= {"n_employees": 9, "n_scored": 7, "n_proposals": 2}
    department = {"department_id": "d", "name": "Shop name", "outcome": "done", "teams": [team]}
    run = {"cycle_id": name, "organisation": "small", "language": "en", "csperf_version": "1"}
    return {**run, "departments": [department], "calibration": None, "delete_after": None, **more}


def cells(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", page.split("<tbody>")[1])
    return [re.findall(r">([^<>]+)<", row) for row in rows]


@pytest.mark.requirement("L-05")
def test_cycles_are_listed_the_latest_first_with_their_numbers() -> None:
    page = cycles_html([cycle("2026-01"), cycle("2026-02", delete_after="2029-02-28")])
    assert cells(page) == [
        ["2026-02", "Done", "9", "7", "2", "February 28, 2029"],
        ["2026-01", "Done", "9", "7", "2", "no end set"],
    ]
    assert re.findall(r'href="([^"]+html)"', page) == ["2026-02/index.html", "2026-01/index.html"]
    assert "Every cycle is complete." in page
    assert "Shop name" not in page and "Team name" not in page


@pytest.mark.requirement("L-05")
def test_a_cycle_in_which_something_failed_is_named_first() -> None:
    failed = cycle("2026-02", outcome="failed", calibration={"outcome": "failed", "reason": "y"})
    page = cycles_html([cycle("2026-01"), failed])
    assert "the other reports are complete: 2026-02." in page
    assert cells(page)[0][1] == "2 failures"
