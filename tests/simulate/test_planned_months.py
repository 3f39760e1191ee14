"""A team with plans whose effect is known."""

from __future__ import annotations

import pytest

from csperf.comparison.plans import plan_effects
from csperf.simulate.planned_months import planned_months


@pytest.mark.requirement("I-04")
def test_the_last_of_the_fourth_month_get_plans_and_these_add_what_was_asked() -> None:
    without, with_five = planned_months(), planned_months(effect=5.0)
    april = without["history"].query("cycle_id == '2026-04'").nsmallest(8, "value")
    assert {*without["plans"]["employee_id"]} == {*april["employee_id"]}
    both = without["history"].merge(with_five["history"], on=["employee_id", "cycle_id"])
    changed = (both["value_y"] - both["value_x"]).round(9)
    later = both["cycle_id"] > "2026-04"
    planned = both["employee_id"].isin(without["plans"]["employee_id"])
    assert {*changed[later & planned]} == {5.0}
    assert {*changed[~(later & planned)]} == {0.0}


@pytest.mark.requirement("I-04")
def test_plans_that_do_nothing_look_as_if_they_did_until_regression_is_taken_out() -> None:
    made = planned_months()
    mean = plan_effects(made["history"], made["plans"], before=1, after=1).mean(numeric_only=True)
    assert mean["change"] > 4
    assert abs(mean["beyond"]) < 1
