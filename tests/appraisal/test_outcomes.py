"""Rules and what they propose: small teams, ties, streaks."""

import pandas as pd
import pytest
from drawing import draw

from csperf import Cycle, load_scheme, proposals, rank
from csperf.appraisal import history_rows
from csperf.appraisal.money import shares
from csperf.tables import OUTPUT_TABLES

SHOP = load_scheme("params/schemes/online_shop.yaml")
MAY = Cycle.parse("2016-05")


def ranked(*scores, team="t"):
    """A ranked team; people are called p1, p2 ... in the order of the scores given."""
    people = pd.DataFrame(
        {
            "employee_id": [f"p{number}" for number in range(1, len(scores) + 1)],
            "team_id": team,
            "group": team,
            "score": pd.Series(scores, dtype="float64"),
            "grade": None,
        }
    )
    return rank(people, "group")


def proposed(people, history=None, scheme=SHOP):
    found = proposals(people, scheme, MAY, history)
    return {rule: sorted(rows["employee_id"]) for rule, rows in found.groupby("rule_id")}


def past(cycle, people, scheme=SHOP):
    """History rows of an earlier cycle."""
    empty = OUTPUT_TABLES["indicator_values"].empty()
    rows = history_rows(people, empty, empty, empty, scheme)
    return rows.assign(cycle_id=cycle, department_id="d")


def changed(**ranking):
    return SHOP.model_copy(
        update={"ranking": SHOP.ranking.model_validate({**SHOP.ranking.model_dump(), **ranking})}
    )


@pytest.mark.requirement("G1", "G0-6")
def test_first_and_last_of_the_month_and_the_last_two():
    found = proposals(ranked(90, 80, 70, 60), SHOP, MAY)
    assert proposed(ranked(90, 80, 70, 60)) == {
        "first_bonus": ["p1"],
        "last_deduction": ["p4"],
        "last_two_plan": ["p3", "p4"],
    }
    money = found.set_index("rule_id")["amount"]
    assert money["first_bonus"] == 100 and money["last_deduction"] == -100
    assert set(found["status"]) == {"proposed"}
    assert found["p_noise"].isna().all()
    plan = found[found["rule_id"] == "last_two_plan"].iloc[0]
    assert plan["due"] == pd.Timestamp("2016-05-31") + pd.Timedelta(days=10 + 7)


def test_last_place_rules_are_off_in_a_team_of_three():
    """Edge case 7: the smallest team with a last place has four."""
    assert proposed(ranked(90, 80, 70)) == {"first_bonus": ["p1"]}


def test_in_a_team_of_two_the_last_two_are_everyone_so_the_rule_is_off_even_if_allowed():
    """Edge case 6."""
    small = changed(min_size_for_last={"value": 1})
    assert proposed(ranked(90, 80), scheme=small) == {
        "first_bonus": ["p1"],
        "last_deduction": ["p2"],
    }


def test_a_team_of_one_has_neither_first_nor_last():
    """Edge case 5."""
    assert proposed(ranked(90)) == {}


def test_where_everybody_is_equal_no_rule_applies():
    """Edge case 4."""
    assert proposed(ranked(80, 80, 80, 80, 80)) == {}


def test_the_shared_first_place_shares_the_bonus():
    """Edge case 1: 100 over three people is 33.34, 33.33, 33.33 (edge case 88)."""
    found = proposals(ranked(90, 90, 90, 60, 50), SHOP, MAY)
    bonus = found[found["rule_id"] == "first_bonus"].set_index("employee_id")["amount"]
    assert bonus.to_dict() == {"p1": 33.34, "p2": 33.33, "p3": 33.33}


def test_a_coin_toss_for_the_last_place_costs_nobody_money_but_both_get_the_plan():
    """Edge case 2."""
    found = proposed(ranked(90, 80, 60, 60))
    assert "last_deduction" not in found
    assert found["last_two_plan"] == ["p3", "p4"]


@pytest.mark.parametrize(
    ("amount", "people", "expected"),
    [(1000, 3, [333.34, 333.33, 333.33]), (-100, 3, [-33.34, -33.33, -33.33]), (100, 1, [100])],
)
def test_shares_add_up_to_the_cent(amount, people, expected):
    found = shares(amount, pd.Series(1.0, index=list("abc")[:people]))
    assert list(found) == expected
    assert found.sum() == pytest.approx(amount)


@pytest.mark.requirement("G1", "G0-5")
def test_three_cycles_last_running_raise_the_question_of_another_post():
    history = pd.concat(
        [past("2016-03", ranked(90, 80, 70, 60)), past("2016-04", ranked(80, 90, 70, 65))]
    )
    assert proposed(ranked(90, 80, 70, 60), history)["last_three_times"] == ["p4"]


@pytest.mark.requirement("G0-5")
def test_two_cycles_running_are_not_three():
    history = past("2016-04", ranked(90, 80, 70, 60))
    assert "last_three_times" not in proposed(ranked(90, 80, 70, 60), history)
    assert "last_three_times" not in proposed(ranked(90, 80, 70, 60), None)


@pytest.mark.requirement("G0-5")
def test_a_better_month_in_between_breaks_a_streak():
    history = pd.concat(
        [
            past("2016-02", ranked(90, 80, 70, 60)),
            past("2016-03", ranked(90, 80, 70, 60)),
            past("2016-04", ranked(90, 80, 60, 70)),
        ]
    )
    assert "last_three_times" not in proposed(ranked(90, 80, 70, 60), history)


@pytest.mark.requirement("G0-5")
@pytest.mark.parametrize(("gap", "counts"), [("skip", True), ("break", False)])
def test_a_month_without_a_place_neither_extends_nor_breaks_a_streak_by_default(gap, counts):
    history = pd.concat(
        [
            past("2016-02", ranked(90, 80, 70, 60)),
            past("2016-03", ranked(90, 80, 70, 60)),
            past("2016-04", ranked(90, 80, 70, None)),
        ]
    )
    scheme = changed(gap={"value": gap})
    assert ("last_three_times" in proposed(ranked(90, 80, 70, 60), history, scheme)) == counts


@pytest.mark.requirement("G0-5")
@pytest.mark.parametrize(
    ("cycle", "window", "counts"),
    [
        ("2016-05", "rolling", True),  # March, April, May
        ("2016-05", "calendar_quarter", False),  # of the quarter there are April and May
        ("2016-06", "calendar_quarter", True),  # April, May, June
    ],
)
def test_a_streak_runs_over_any_three_months_or_over_those_of_a_calendar_quarter(
    cycle, window, counts
):
    last = ranked(90, 80, 70, 60)
    history = pd.concat([past(month, last) for month in ("2016-03", "2016-04", "2016-05")])
    scheme = changed(window={"value": window})
    found = proposals(last, scheme, Cycle.parse(cycle), history)
    assert ("last_three_times" in set(found["rule_id"])) == counts


@pytest.mark.requirement("G0-5")
def test_a_streak_counts_in_one_team_and_one_scheme_only():
    """Edge case 79."""
    elsewhere = pd.concat(
        [
            past("2016-03", ranked(90, 80, 70, 60, team="u")),
            past("2016-04", ranked(90, 80, 70, 60)),
        ]
    )
    assert "last_three_times" not in proposed(ranked(90, 80, 70, 60), elsewhere)
    other = SHOP.model_copy(update={"id": "other"})
    mixed = pd.concat(
        [
            past("2016-03", ranked(90, 80, 70, 60), other),
            past("2016-04", ranked(90, 80, 70, 60)),
        ]
    )
    assert "last_three_times" not in proposed(ranked(90, 80, 70, 60), mixed)


@pytest.mark.requirement("G0-5")
def test_a_last_place_in_a_month_when_the_team_was_too_small_does_not_count():
    history = pd.concat(
        [past("2016-03", ranked(90, 80, 70, 60)), past("2016-04", ranked(None, None, 70, 60))]
    )
    assert "last_three_times" not in proposed(ranked(90, 80, 70, 60), history)


def test_a_grade_rule_names_the_grade_in_its_facts():
    desk = load_scheme("params/schemes/service_desk.yaml")
    people = ranked(90, 40).assign(grade=["A", "D"])
    found = proposals(people, desk, MAY)
    assert found["employee_id"].tolist() == ["p2"]
    assert found["facts"].tolist() == ["score 40.00, grade D"]


def test_rules_do_not_touch_who_has_no_score():
    found = draw("""
        employee_id | team_id | group | score | grade
        a           | t       | t     |       |
    """)
    assert proposals(rank(found, "group"), SHOP, MAY).empty
