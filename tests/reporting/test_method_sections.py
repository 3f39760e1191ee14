"""Goals, standards, pairs, behaviour, chosen methods and plans in the team report."""

import pytest
from team import headings, scheme, shown, team

from csperf.reporting import methods

STANDARD = {"meets_from": {"assumed": 60}, "exceeds_from": 80}
JUDGED = scheme(criteria=[{"id": "tact", "title": "Tact", "standard": STANDARD}])


def test_without_records_no_method_has_a_section():
    view = team(JUDGED)
    for section in (
        methods.goals_table,
        methods.standards_table,
        methods.pairs_table,
        methods.observations_table,
        methods.behaviour_scales,
        methods.methods_table,
        methods.guidance,
        methods.plan_stages,
    ):
        assert section(view) is None


@pytest.mark.requirement("C-01", "C-10")
def test_goals_tell_what_was_reached_and_why_nothing_can_be_said():
    rows = [
        {"employee_id": "bob", "goal_id": "g2", "title": "Orders", "target": 50, "value": 45}
        | {"unit": "currency", "attainment": 90, "outcome": "missed"},
        {"employee_id": "ann", "goal_id": "g1", "target": 0.4, "value": 0.4, "attainment": 100}
        | {"unit": "share", "outcome": "met"},
        {"employee_id": "cho", "goal_id": "g3", "title": "Orders", "target": 50}
        | {"outcome": "not_computable", "reason": "no value"},
    ]
    table = methods.goals_table(team(JUDGED, {"goal_attainment": rows}))
    assert shown(table) == [
        ["Ann", "g1", "40.00", "40.00", "%", "100", "met"],
        ["Bob", "Orders", "50.00", "45.00", "currency", "90", "missed"],
        ["Cho", "Orders", "50.00", "–", "", "–", "cannot be told: no value"],
    ]
    assert table.caption == "Own goals and targets of the cycle: 1 of 3 reached or exceeded"


@pytest.mark.requirement("C-02")
def test_standards_have_a_column_for_each_criterion_and_name_their_bounds():
    bounds = {"criterion_id": "tact", "meets_from": 60, "exceeds_from": 80}
    rows = [
        {"employee_id": "bob", "score": 60, "standing": "meets", **bounds},
        {"employee_id": "ann", "score": 80, "standing": "exceeds", **bounds},
    ]
    table = methods.standards_table(team(JUDGED, {"standards_met": rows}))
    assert headings(table) == ["Name", "Tact"]
    assert shown(table) == [["Ann", "exceeds (80.0)"], ["Bob", "meets (60.0)"]]
    assert table.caption.endswith("a standard is met, and exceeded: Tact 60, 80.")


@pytest.mark.requirement("C-04")
def test_pairs_show_wins_and_strengths_and_why_there_is_none():
    skill = {"criterion_id": "tact"}
    rows = [
        {"employee_id": "ann", **skill, "wins": 0, "comparisons": 0, "status": "not_judged"},
        {"employee_id": "bob", **skill, "wins": 1, "comparisons": 3, "status": "ok"}
        | {"strength": -0.5, "low": -1.5, "high": 0.5},
        {"employee_id": "cho", **skill, "wins": 2, "comparisons": 3, "status": "ok"}
        | {"strength": 0.5, "low": -0.5, "high": 1.5},
    ]
    table = methods.pairs_table(team(JUDGED, {"pair_strengths": rows}))
    assert shown(table) == [
        ["Cho", "Tact", "2.0", "3", "0.50", "−0.50 – 1.50", ""],
        ["Bob", "Tact", "1.0", "3", "−0.50", "−1.50 – 0.50", ""],
        ["Ann", "Tact", "0.0", "0", "–", "–", "nobody compared this person"],
    ]


@pytest.mark.requirement("C-07", "C-08")
def test_behaviour_is_counted_and_the_points_of_scales_are_told():
    seen = {"employee_id": "bob", "criterion_id": "tact", "n_positive": 2, "n_negative": 1}
    seen |= {"n_unmarked": 0, "n_observers": 2}
    points = [
        {"criterion_id": "tact", "points": 1, "text": "interrupts"},
        {"criterion_id": "tact", "points": 5, "text": "listens"},
    ]
    view = team(JUDGED, {"observations": [seen], "behaviour_scales": points})
    assert shown(methods.observations_table(view)) == [["Bob", "Tact", "2", "1", "2"]]
    scales = methods.behaviour_scales(view)
    assert scales.body_rows == [("Tact, 1", "interrupts"), ("Tact, 5", "listens")]


@pytest.mark.requirement("C-15", "C-16")
def test_a_chosen_method_is_shown_with_its_reason_and_the_guidance_beside_it():
    row = {"scope": "shop", "method": "ranking", "title": "Ranking", "purpose": "promotion"}
    row |= {"why": "one post is free", "by": "HR", "pros": "simple", "cons": "no distances"}
    view = team(JUDGED, {"methods_chosen": [row]})
    assert shown(methods.methods_table(view)) == [
        ["Ranking", "shop", "promotion", "one post is free", "HR", "simple", "no distances"]
    ]
    told = dict(methods.guidance(view).body_rows)
    assert len(told) == 14
    assert told["Ranking"].startswith("For overall performance and promotion. Strengths: simple")


@pytest.mark.requirement("C-13", "I-03")
def test_plans_tell_their_stage_in_words():
    row = {"employee_id": "bob", "plan_id": "p", "plan_cycle_id": "2025", "stage": "draft"}
    row |= {"lacking": "goal measures", "n_revisions": 1, "unexplained": 1, "n_checks": 0}
    row |= {"next_check": "2027-01-15", "deadline": "2027-02-01"}
    table = methods.plan_stages(team(JUDGED, {"plan_stages": [row]}))
    assert shown(table) == [
        [
            "Bob",
            "2025",
            "not complete",
            "goal, measures",
            "1",
            "1",
            "0",
            "January 15, 2027",
            "February 1, 2027",
        ]
    ]


@pytest.mark.requirement("I-10")
def test_statements_say_where_potential_is_not_shown():
    rows = [
        {"employee_id": "ann", "performance": "high", "potential": "low", "n_evaluators": 3},
        {"employee_id": "bob", "performance": "low", "n_evaluators": 0},
    ]
    table = methods.statements_table(team(JUDGED, {"statements": rows}))
    assert shown(table) == [["Ann", "high", "low", "3"], ["Bob", "low", "not shown", "0"]]


@pytest.mark.requirement("J-03")
def test_rewards_tell_how_prompt_they_were_and_what_people_like_best():
    given = {"employee_id": "ann", "award": "best", "incentive_kind": "training", "days": 10}
    given |= {"given_date": "2027-01-10", "preference": 1}
    choices = [
        {"employee_id": "bob", "incentive_kind": "material"},
        {"employee_id": "ann", "incentive_kind": "material"},
        {"employee_id": "cho"},
    ]
    view = team(JUDGED, {"rewards": [given], "reward_choices": choices})
    assert shown(methods.rewards_table(view)) == [
        ["Ann", "best", "training", "January 10, 2027", "10", "1"]
    ]
    assert shown(methods.reward_choices(view)) == [
        ["Ann, Bob", "material"],
        ["Cho", "not known: ask the person"],
    ]
    assert methods.rewards_table(team(JUDGED)) is None
