"""What rules on ranks do by chance: exact for equals, and against the reference simulation."""

from __future__ import annotations

import pytest

from csperf.comparison.rule_errors import rule_error_rates, somebody_by_chance
from csperf.scheme import Rule, load_scheme


def rule(**when):
    return Rule.model_validate({"id": "r", "when": when, "action": "talk", "approver": "HR"})


LAST, LAST_TWO = rule(rank_from_bottom=1), rule(rank_from_bottom=2)
THREE_TIMES = rule(rank_from_bottom=1, consecutive_cycles=3)


def rates(one, n, reliability):
    (row,) = rule_error_rates(one, n, reliability, teams=8_000).to_dict("records")
    return row


@pytest.mark.requirement("G0-7")
@pytest.mark.parametrize(("n", "person", "somebody"), [(5, 0.008, 0.04), (3, 1 / 27, 1 / 9)])
def test_last_three_times_running_among_equal_people(n, person, somebody):
    row = rates(THREE_TIMES, n, 0.0)
    assert row["p_person_by_chance"] == pytest.approx(person)
    assert row["p_somebody_by_chance"] == pytest.approx(somebody)


@pytest.mark.requirement("G0-7")
@pytest.mark.parametrize(("n", "last", "top"), [(5, 0.59, 0.06), (8, 0.52, 0.07), (12, 0.47, 0.04)])
def test_the_observed_last_is_the_true_last_in_half_of_the_cases_at_reliability_60(n, last, top):
    row = rates(LAST, n, 0.6)
    assert 1 - row["p_wrong"] == pytest.approx(last, abs=0.01)
    assert row["p_wrong_half"] == pytest.approx(top, abs=0.01)


@pytest.mark.parametrize(
    ("n", "reliability", "last", "two", "streak", "year"),
    [(8, 0.5, 0.5377, 0.4168, 0.2357, 0.5964), (20, 0.7, 0.5115, 0.4296, 0.1917, 0.61)],
)
def test_wrong_people_as_in_the_reference_simulation(n, reliability, last, two, streak, year):
    assert rates(LAST, n, reliability)["p_wrong"] == pytest.approx(last, abs=0.02)
    assert rates(LAST_TWO, n, reliability)["p_wrong"] == pytest.approx(two, abs=0.02)
    found = rates(THREE_TIMES, n, reliability)
    assert found["p_wrong"] == pytest.approx(streak, abs=0.02)
    assert found["p_somebody_a_year"] == pytest.approx(year, abs=0.02)


def test_two_of_three_drawn_twice_always_meet_and_thrice_often_do():
    """Pairs out of three people share somebody; three pairs share one unless all differ."""
    assert somebody_by_chance(3, 2, 2) == pytest.approx(1)
    assert somebody_by_chance(3, 2, 3) == pytest.approx(1 - 6 / 27)


def test_a_rule_without_places_has_no_row_and_nonsense_is_refused():
    assert rule_error_rates(rule(score_below=70), 8, 0.5, teams=10).empty
    with pytest.raises(ValueError, match="reliability from 0 to 1"):
        rule_error_rates(LAST, 8, 1.5)


def test_rules_on_the_last_have_no_row_for_teams_in_which_they_do_not_apply():
    """The shop's rules on last places take four people; the first place of three is one."""
    scheme = load_scheme("params/schemes/online_shop.yaml")
    of_three, of_four = (rule_error_rates(scheme, n, 0.5, teams=10)["rule_id"] for n in (3, 4))
    assert set(of_three) < set(of_four)
    assert not any(name.startswith("last") for name in of_three)
