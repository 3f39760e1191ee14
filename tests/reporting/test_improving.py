"""Strengths, short boards, training needs, changes of people and effects of plans, as shown."""

import pandas as pd
import pytest
from team import IDS, LINEAR, frame, headings, scheme, shown, team

from csperf.params import Cycle
from csperf.reporting import comparison, improving

MIXED = scheme(
    criteria=[{"id": "tone", "title": "Tone"}],
    evaluators=[{"type": "boss", "title": "Superior"}],
    score=[
        {"indicator": "sla_met_share", "weight": 60, "title": "Times", "scoring": LINEAR},
        {"criterion": "tone", "evaluator": "boss", "weight": 40},
    ],
)
SCORES = [
    {"employee_id": "ann", "component_id": "sla_met_share", "score": 90.0, "weight": 60.0},
    {"employee_id": "ann", "component_id": "tone", "score": 85.0, "weight": 40.0},
    {"employee_id": "bob", "component_id": "sla_met_share", "score": 50.0, "weight": 60.0},
    {"employee_id": "bob", "component_id": "tone", "score": 100.0, "weight": 40.0},
]
SIDES = [
    {"employee_id": "ann", "performance": 90.0, "conduct": 85.0}
    | {"good_performance": "sla_met_share", "good_conduct": "tone"},
    {"employee_id": "bob", "performance": 50.0, "conduct": 100.0}
    | {"bad_performance": "sla_met_share", "good_conduct": "tone"},
]


@pytest.mark.requirement("I-07", "H-11")
def test_each_person_has_good_and_bad_sides_and_what_costs_most():
    table = improving.short_boards(team(MIXED, {"results_summary": SIDES}, scores=SCORES))
    assert headings(table) == [
        *("Name", "Performance", "Conduct", "Good at", "Poor at", "Costs most", "Next"),
    ]
    assert shown(table) == [
        ["Ann", "90", "85", "Times; Tone", "–", "Times 6.0", "Tone 6.0"],
        ["Bob", "50", "100", "Tone", "Times", "Times 30.0", "–"],
    ]
    assert "good is from 80 points, poor below 60" in table.caption


def test_of_many_strengths_three_are_named_and_points_for_events_cost_too():
    taken = {"employee_id": "ann", "component_id": "complaint_rate", "weight": 0.0}
    good = "a_1, a_2, a_3, a_4, a_5"
    sides = [{"employee_id": "ann", "good_performance": good, "kept": "a_1, a_2, a_3, a_4"}]
    view = team(MIXED, {"results_summary": sides}, scores=[{**taken, "contribution": -10.0}])
    (row,) = shown(improving.short_boards(view))
    assert row == [
        *("Ann", "a 1; a 2; a 3 and 2 more", "a 1; a 2; a 3 and one more"),
        *("complaint rate 10.0", "–"),
    ]


def test_what_too_few_evaluators_said_costs_nobody_a_point():
    means = [{"employee_id": "ann", "evaluator_type": "boss", "criterion_id": "tone"}]
    means[0] |= {"score": 85.0, "n_evaluators": 1, "shown": False}
    view = team(MIXED, scores=SCORES, evaluation_scores=means)
    assert [row[-1] for row in shown(improving.short_boards(view))] == ["–", "–"]


@pytest.mark.requirement("I-05")
def test_training_is_listed_by_need_with_the_people_who_share_it():
    rule = {"id": "teach", "title": "Last fifth", "when": {"score_below": 60}, "action": "training"}
    part = {"indicator": "sla_met_share", "weight": 100, "title": "Times", "scoring": LINEAR}
    known = scheme(score=[part], rules=[{**rule, "approver": "HR"}])
    needs = [
        {"employee_id": "bob", "reason": "proposed", "subject": "teach", "n_sharing": 1},
        {"employee_id": "cho", "reason": "weakest_item", "subject": "sla_met_share", "points": 40},
        {"employee_id": "bob", "reason": "weakest_item", "subject": "sla_met_share", "points": 50},
        {"employee_id": "ann", "reason": "knowledge_gap", "subject": "goods", "points": 60},
    ]
    view = team(known, {"training_needs": needs})
    assert shown(improving.training_table(view)) == [
        ["Times", "2", "Bob, Cho", "what costs them most, with less than 70 points", "40 – 50"],
        ["goods", "1", "Ann", "a knowledge test not passed, or out of date", "60"],
        ["Last fifth", "1", "Bob", "a rule that proposes training", "–"],
    ]
    assert improving.training_table(team(known)) is None


def cycles(values):
    """A view of 2026-03 with the scores of ann, bob and cho in three months."""
    rows = [
        {"cycle_id": f"2026-0{month + 1}", "employee_id": person, "value": value}
        | {"quantity_id": "score", "scheme_id": "s", "scheme_version": "1", "status": "ok"}
        | {"records_from": "2020-01-01"}
        for person, scores in zip(IDS, values, strict=True)
        for month, value in enumerate(scores)
    ]
    view = team(MIXED)
    view.history, view.cycle, view.team_id = frame("history", *rows), Cycle.parse("2026-03"), "t"
    return view


@pytest.mark.requirement("I-09", "L-04")
def test_people_are_compared_with_themselves_and_who_changed_beyond_chance_is_counted():
    table = comparison.people_table(cycles([(80, 81, 82), (71, 70, 70), (75, 74, 20)]))
    names = [(row[0], row[2], row[1]) for row in shown(table)]
    assert names == [
        ("Ann", "+1.0", "cannot be told"),
        ("Bob", "0.0", "cannot be told"),
        ("Cho", "−54.0", "cannot be told"),  # one such fall makes everything look uncertain
    ]
    assert table.caption.endswith("0 of 3 changed by more than chance")
    calm = cycles([(80, 80.1, 80), (71, 71, 71.1), (75, 75.1, 79)])
    (first, *_), caption = shown(comparison.people_table(calm)), "since 2026-02"
    assert first[0] == "Cho" and caption in comparison.people_table(calm).caption
    alone = cycles([(80, 81, 82), (71, 70, 70), (75, 74, 20)])
    alone.history = alone.history[alone.history["cycle_id"] == "2026-03"]
    assert comparison.people_table(alone) is None


@pytest.mark.requirement("I-04")
def test_the_effect_of_a_plan_stands_beside_what_was_to_be_expected_without_it():
    told = {"plan_id": "p", "plan_cycle_id": "2026-02", "quantity_id": "score", "change": 10.0}
    told |= {"expected": 6.5, "beyond": 3.5, "low": -4.0, "high": 11.0}
    rows = [
        {**told, "employee_id": "bob", "outcome": "not_told_apart"},
        {"employee_id": "cho", "plan_id": "q", "plan_cycle_id": "2026-03"}
        | {"outcome": "cannot_tell", "reason": "no cycle after the plan yet"},
    ]
    view = team(MIXED, {"plan_effects": rows})
    no_effect = "cannot be told from no effect"
    assert shown(comparison.plans_table(view)) == [
        ["Bob", "2026-02", "+10.0", "+6.5", "+3.5", "−4.0 to +11.0", no_effect],
        ["Cho", "2026-03", "–", "–", "–", "–", "nothing: no cycle after the plan yet"],
    ]
    (how,) = comparison.plans_how(view).texts
    assert "regression to the mean" in how and "interval of a single plan is wide" in how
    assert comparison.plans_table(team(MIXED)) is None
    assert comparison.plans_how(team(MIXED)) is None


def test_a_change_that_is_clear_only_alone_is_called_so(monkeypatch):
    row = {"quantity_id": "sla_met_share", "group_id": "t", "baseline_id": "2026-02"}
    row |= {"difference": 0.1, "low": 0.01, "high": 0.19, "method": "m"}
    rows = [
        {**row, "p_adjusted": 0.2},
        {**row, "quantity_id": "score", "p_adjusted": 0.001},
    ]
    found = frame("comparisons", *rows)
    monkeypatch.setattr(comparison, "comparisons", lambda view: pd.DataFrame(found))
    first, second, _ = comparison.verdict(team(MIXED)).texts
    assert first.startswith("Clear changes since the cycle before, more than chance even")
    assert "compared: mean score +0.1 points (0.0 to +0.2). In brackets" in first
    assert second.endswith(
        "before acting: Agreed time met +10.0 percentage points (+1.0 to +19.0)."
    )


def test_a_reading_that_is_clear_only_alone_is_a_perhaps(monkeypatch):
    row = {"quantity_id": "sla_met_share", "group_id": "t", "baseline_id": "2026-02", "n": 9}
    row |= {"difference": -0.1, "low": -0.19, "high": -0.01, "method": "m"}
    found = frame("comparisons", *({**row, "p_adjusted": p} for p in (0.0004, 0.2, 1.0)))
    monkeypatch.setattr(comparison, "comparisons", lambda view: found)
    rows = [row[1:] for row in shown(comparison.differences_table(team(MIXED)))]
    told = [[row[0], row[4]] for row in rows]
    assert told == [["worse", "< 0.1%"], ["perhaps worse", "20%"], ["perhaps worse", "easily"]]
