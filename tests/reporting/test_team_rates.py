"""Rates of teams beside one another in the roll-up of a department."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from team import LINEAR, scheme
from test_portal import run, team

from csperf.reporting.portal import rollup_html
from csperf.reporting.team_rates import team_rates

NAMES = "abcdefghijkl"
ALIKE = [310, 325, 318, 330, 314, 322, 321]
SCHEME = scheme(
    score=[
        {"indicator": name, "weight": 50, "scoring": LINEAR}
        for name in ("sla_met_share", "response_time_avg")
    ]
)


def counts(met: list[int], n: int = 400, **more: Any) -> pd.DataFrame:
    """Team values: so many cases of each team met in agreed time."""
    table = pd.DataFrame({"team_id": list(NAMES[: len(met)]), "numerator": met, "denominator": n})
    return table.assign(**{"indicator_id": "sla_met_share", "status": "ok", **more})


def rates(values: pd.DataFrame, people: int = 6) -> list[dict[str, Any]]:
    staff = [(name, f"{name}{k}") for name in NAMES for k in range(people)]
    known = pd.DataFrame(staff, columns=["team_id", "employee_id"])
    return team_rates(SimpleNamespace(people=known, team_values=values), SCHEME, smallest=5)


def rollup(found: list[dict[str, Any]] | None) -> str:
    manifest = run(*(team(name) for name in NAMES))
    department = manifest["departments"][0]
    return rollup_html(department if found is None else {**department, "rates": found}, manifest)


@pytest.mark.requirement("L-05")
def test_a_team_far_from_the_others_is_listed_with_its_rate_and_the_usual_range() -> None:
    """Eleven teams near 80 % and one at 60 %."""
    met = [*ALIKE, *ALIKE[:4], 240]
    page = rollup(rates(counts(met)))
    table = page[page.index("differences between teams explain, in one case.") :]
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", table[table.index("<tbody>") :])
    assert cells[:4] == ["Team l", "Agreed time met", "lower", "60.0%"]
    assert re.fullmatch(r"\d\d\.\d% – \d\d\.\d%", cells[4])
    assert cells[5] == f"{100 * sum(met) / (12 * 400):.1f}%"
    assert len(cells) == 6 and "before anything is decided on a team" in page


@pytest.mark.requirement("L-05")
def test_rates_in_which_teams_differ_by_chance_are_one_sentence() -> None:
    page = rollup(rates(counts(ALIKE)))
    assert (
        "No team stands out from how much these teams differ among themselves in: Agreed time met."
        in page
    )
    assert "in one case" not in page


def test_of_fewer_than_five_large_teams_nothing_is_said_and_tiny_ones_are_not_counted() -> None:
    assert rates(counts(ALIKE[:4])) == []
    assert len(rates(counts(ALIKE[:5]))) == 5
    assert rates(counts(ALIKE), people=4) == []
    assert rates(counts(ALIKE, status="too_few")) == []
    assert rates(counts(ALIKE, indicator_id="response_time_avg")) == []
    for found in ([], None):
        assert "differ among" not in rollup(found)
