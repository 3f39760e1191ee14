"""One person's result taken apart: the four questions, with numbers worked by hand."""

from dataclasses import replace

import pandas as pd
import pytest
from appraised import appraised, left_behind, scheme_of, values_of
from pandas import DataFrame, Series

from csperf import InputError
from csperf.answers.explanation import explain
from csperf.answers.plain_text import aligned, figure, plain
from csperf.answers.standards import (
    next_step,
    percent_of_target,
    shown,
    standard,
    standards_of,
    target_of,
)
from csperf.appraisal import points
from csperf.scheme import Criterion, Part


def steps(*bands, otherwise=0):
    return {"method": "steps", "bands": [*bands], "otherwise": otherwise}


A1 = {
    "sales_completion": (30, steps((1.0, 100), (0.9, 85), (0.8, 70))),
    "inquiry_conversion": (30, steps((0.5, 100), (0.45, 80), (0.4, 60))),
    "order_success": (10, steps((0.95, 100), (0.9, 80), (0.85, 60))),
    "customer_unit_price": (5, steps((220, 100), (200, 80), (180, 60))),
    "reply_rate": (5, steps((0.98, 100), (0.95, 80), (0.92, 60))),
    "response_time_avg": (5, steps((30, 100), (40, 80), (50, 60))),
    "follow_up_service": (5, steps((20000, 100), (17000, 80), (14000, 60))),
    "execution": (10, steps((100, 100), (80, 80), (60, 60), (40, 40))),
}
LEVELS = [
    {"grade": "advanced", "from_score": 90},
    {"grade": "intermediate", "from_score": {"stated": 80}},
    {"grade": "below", "from_score": 0},
]
KPI = scheme_of(
    title="Key indicators",
    score=[
        {"indicator": name, "weight": weight, "scoring": scoring}
        for name, (weight, scoring) in A1.items()
    ],
    grades=LEVELS,
    rules=[
        {
            "id": "talk",
            "when": {"grade": "intermediate"},
            "action": "depth_interview",
            "approver": "HR",
        }
    ],
)
ANN = {
    "sales_completion": 0.95,
    "inquiry_conversion": 0.47,
    "order_success": 0.91,
    "customer_unit_price": 210,
    "reply_rate": 0.99,
    "response_time_avg": 28,
    "follow_up_service": 15000,
    "execution": 80,
}
BOB = {**ANN, "inquiry_conversion": 0.52, "response_time_avg": 45}


@pytest.fixture(scope="module")
def kpi():
    return appraised(KPI, values_of(ann=ANN, bob=BOB))


def by_title(explanation, key="component_id"):
    return explanation.rows.set_index(key)


@pytest.mark.requirement("H-05", "G2")
def test_contributions_lost_points_and_the_short_board_of_the_worked_example(kpi):
    found = explain(kpi, KPI, "ann")
    rows = by_title(found)
    expected = {
        "sales_completion": 0.30 * 85,
        "inquiry_conversion": 0.30 * 80,
        "order_success": 0.10 * 80,
        "customer_unit_price": 0.05 * 80,
        "reply_rate": 0.05 * 100,
        "response_time_avg": 0.05 * 100,
        "follow_up_service": 0.05 * 60,
        "execution": 0.10 * 80,
    }
    assert rows["contribution"].to_dict() == pytest.approx(expected)
    assert found.facts["total"] == pytest.approx(25.5 + 24 + 8 + 4 + 5 + 5 + 3 + 8)
    assert found.facts["score"] == pytest.approx(82.5)
    assert rows["lost"].to_dict() == pytest.approx(
        {
            "sales_completion": 30 * (100 - 85) / 100,
            "inquiry_conversion": 30 * (100 - 80) / 100,
            "order_success": 10 * (100 - 80) / 100,
            "customer_unit_price": 5 * (100 - 80) / 100,
            "reply_rate": 0,
            "response_time_avg": 0,
            "follow_up_service": 5 * (100 - 60) / 100,
            "execution": 10 * (100 - 80) / 100,
        }
    )
    assert "Short board: Inquiry conversion costs 6.00 points of the score." in found.text


@pytest.mark.requirement("H-05")
def test_the_next_step_is_the_next_threshold_and_what_it_brings(kpi):
    rows = by_title(explain(kpi, KPI, "ann"))
    assert rows["next_value"]["inquiry_conversion"] == 0.5
    assert rows["gain"]["inquiry_conversion"] == pytest.approx(30 * (100 - 80) / 100)
    assert rows["next_value"]["follow_up_service"] == 17000
    assert rows["gain"]["follow_up_service"] == pytest.approx(5 * (80 - 60) / 100)
    assert pd.isna(rows["next_value"]["reply_rate"])
    late = by_title(explain(kpi, KPI, "bob"))
    assert late["next_value"]["response_time_avg"] == 40  # lower is better


@pytest.mark.requirement("H-05")
def test_the_place_the_grade_and_the_way_to_the_next_one(kpi):
    facts = explain(kpi, KPI, "ann").facts
    assert (facts["rank"], facts["group_size"]) == (2, 2)
    assert (facts["grade"], facts["grade_from"]) == ("intermediate", 80)
    assert (facts["next_grade"], facts["next_from"]) == ("advanced", 90)
    line = "score 82.50, rank 2 of 2 in t, grade intermediate (from 80), 7.50 points below advanced"
    assert line in explain(kpi, KPI, "ann").text
    best = explain(kpi, KPI, "bob")
    assert best.facts["score"] == pytest.approx(82.5 + 30 * 0.2 - 5 * 0.4)


@pytest.mark.requirement("H-05", "I-11", "H-11")
def test_the_text_answers_the_four_questions_with_praise_and_a_direction(kpi):
    lines = explain(kpi, KPI, "ann").text.splitlines()
    assert lines[0] == "Name of ann, t, 2026-01, by Key indicators, version 1"
    starts = [lines.index(f"{n} {what}") for n, what in enumerate(QUESTIONS, start=1)]
    asked, done, why, direction = (
        lines[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)
    )
    standards = "from 50.0 %: 100, from 45.0 %: 80, from 40.0 %: 60, else 0"
    assert any("Inquiry conversion" in line and standards in line for line in asked)
    assert any(line.split()[:4] == ["Inquiry", "conversion", "47.0", "%"] for line in done)
    assert any("94 %, not met" in line for line in done)  # 0.47 / 0.50
    assert any("30.00  x   80.00  =         24.00" in line for line in why)
    assert any(line.split() == ["sum", "=", "score", "82.50"] for line in why)
    keep = next(line for line in direction if line.startswith("  Keep: "))
    assert "Response time (100 points)" in keep and "Inquiry conversion" not in keep
    assert direction[-1].startswith("  Proposed, not decided: depth interview (")


QUESTIONS = (
    "What should you have done?",
    "What did you do?",
    "Why this result?",
    "Which direction to improve?",
)
LINE = {"method": "linear", "floor": 0.2, "target": 0.6}
JUDGED = scheme_of(
    title="Judged",
    evaluators=[
        {"type": "peer", "title": "Peers", "shown_from": 3, "hidden_counts": True},
        {"type": "boss", "title": "Boss"},
    ],
    criteria=[{"id": "service", "title": "Service"}],
    score=[
        {"indicator": "sla_met_share", "weight": 50, "scoring": LINE},
        {"indicator": "first_contact_resolution", "weight": 10, "scoring": LINE},
        {"evaluator": "peer", "weight": 20, "parts": [{"criterion": "service", "weight": 100}]},
        {"evaluator": "boss", "weight": 20, "parts": [{"criterion": "service", "weight": 100}]},
        {
            "indicator": "complaint_rate",
            "scoring": {"method": "deduction", "points": 4, "cap": 10},
        },
    ],
)
GIVEN = DataFrame(
    [("ann", "p1", "peer", 90), ("ann", "p2", "peer", 70), ("ann", "b", "boss", 65)],
    columns=["employee_id", "evaluator_id", "evaluator_type", "score"],
).assign(criterion_id="service")


@pytest.fixture(scope="module")
def judged():
    values = values_of(
        ann={"sla_met_share": 0.5, "complaint_rate": 2, "first_contact_resolution": 0.1},
        bob={"sla_met_share": 0.7, "complaint_rate": 0, "first_contact_resolution": 0.3},
    )
    few = (values["employee_id"] == "ann") & (values["indicator_id"] == "first_contact_resolution")
    values = values.assign(status=values["status"].mask(few, "too_few"))
    return appraised(JUDGED, values, GIVEN)


@pytest.mark.requirement("H-05")
def test_a_missing_part_and_where_its_weight_went(judged):
    found = explain(judged, JUDGED, "ann")
    rows = by_title(found)
    weights = {"sla_met_share": 50 / 90, "peer/service": 20 / 90, "boss/service": 20 / 90}
    assert rows["weight"][list(weights)].to_dict() == pytest.approx(
        {path: 100 * share for path, share in weights.items()}
    )
    assert (rows["weight"]["first_contact_resolution"], rows["reached"].iloc[1]) == (0, "")
    assert "Missing: Resolved at first contact, weight 10.00 (too few to count)." in found.text
    gone = f"{100 * 50 / 90 - 50:.2f}"
    assert f"Their weight went to: Agreed time met +{gone}, " in found.text


@pytest.mark.requirement("H-05")
def test_means_of_too_few_evaluators_are_not_shown(judged):
    found = explain(judged, JUDGED, "ann")
    peers = by_title(found).loc["peer/service"]
    assert peers["status"] == "not_shown"
    assert peers[["value", "points", "contribution", "lost", "n", "gain"]].isna().all()
    assert (pd.isna(peers["next_value"]), peers["next_step"]) == (True, "")
    together = 100 * 20 / 90 * (90 + 70) / 2 / 100
    assert found.facts["not_shown"] == pytest.approx(together)
    lines = [line for line in found.text.splitlines() if "not shown, together" in line]
    assert [line.split()[-1] for line in lines] == [f"{together:.2f}"]
    assert "80.00 points" not in found.text


@pytest.mark.requirement("H-05")
def test_points_taken_for_events_stand_beside_the_weighted_parts(judged):
    found = explain(judged, JUDGED, "ann")
    complaints = by_title(found).loc["complaint_rate"]
    assert complaints[["points", "contribution", "lost", "value"]].tolist() == [-8, -8, 8, 2]
    assert complaints[["next_points", "next_value", "gain"]].tolist() == [-4, 1, 4]
    base = (50 * 75 + 20 * 80 + 20 * 65) / 90
    assert found.facts["score"] == pytest.approx(base - 2 * 4)
    assert "-4 points for each event, at most -10" in found.text
    assert "By source: indicators" in found.text


def test_who_has_no_score_is_told_why(kpi):
    part = values_of(ann=ANN, bob={"reply_rate": 0.9})
    found = explain(appraised(KPI, part), KPI, "bob")
    assert "no score: too little of the weight can be computed" in found.text
    assert "Without a score nothing can be weighed." in found.text
    assert "Short board" not in found.text


def test_what_the_limits_cut_off_is_a_line_of_the_sum():
    parts = [
        {"indicator": "sla_met_share", "weight": 100, "scoring": LINE},
        {"indicator": "complaint_rate", "scoring": {"method": "bonus", "points": 9, "cap": 20}},
    ]
    scheme = scheme_of(score=parts)
    past = appraised(scheme, values_of(ann={"sla_met_share": 0.58, "complaint_rate": 2}))
    found = explain(past, scheme, "ann")
    assert found.facts["cut"] == pytest.approx(100 - (95 + 18))
    assert found.facts["total"] == pytest.approx(100)
    assert any(
        "cut off at 0 or 100" in line and "-13.00" in line for line in found.text.split("\n")
    )


def test_a_group_is_named_a_median_only_when_it_is_large_enough():
    scheme = scheme_of(score=[{"indicator": "sla_met_share", "weight": 100, "scoring": LINE}])
    four = {f"p{n}": {"sla_met_share": 0.2 + n / 10} for n in range(4)}
    five = {**four, "p4": {"sla_met_share": 0.6}}
    assert (
        explain(appraised(scheme, values_of(**four)), scheme, "p0").rows["group_median"].isna()[0]
    )
    found = explain(appraised(scheme, values_of(**five)), scheme, "p0")
    assert found.rows["group_median"][0] == pytest.approx(100 * (0.4 - 0.2) / 0.4)


def test_goals_and_duties_are_tasks(kpi):
    goals = DataFrame(
        {
            "goal_id": ["g1", "g2", "g3"],
            "owner_scope": ["employee", "employee", "team"],
            "owner_id": ["ann", "bob", "t"],
            "title": ["Answer in time", "Other", "Team"],
            "target": [0.9, None, None],
            "unit": ["share", None, None],
        }
    )
    duties = DataFrame({"role": ["agent", "lead"], "duty": ["answers", "leads"]})
    tables = {"goals": goals, "post_duties": duties}
    past = appraised(KPI, values_of(ann=ANN, bob=BOB), role="agent")
    found = explain(past, KPI, "ann", tables)
    assert found.tasks == ("goal: Answer in time: 0.9 share", "duty: answers")
    assert "  goal: Answer in time: 0.9 share\n  duty: answers\n" in found.text


def test_an_unknown_person_gets_the_nearest_ids(kpi):
    with pytest.raises(InputError) as error:
        explain(kpi, KPI, "anne")
    told = "--employee: nobody in shop, 2026-01, is 'anne'; the nearest ids are ann, bob"
    assert str(error.value) == told


def test_another_scheme_and_a_sum_that_is_not_the_score_are_refused(kpi):
    with pytest.raises(InputError, match="were made with another scheme"):
        explain(kpi, JUDGED, "ann")
    wrong = kpi.appraisals.assign(score=kpi.appraisals["score"] + 1)
    past = type(kpi)(**{**vars(kpi), "appraisals": wrong})
    with pytest.raises(InputError, match=r"the contributions sum to 82\.5, but the score is 83\.5"):
        explain(past, KPI, "ann")


def part(scoring, indicator="sla_met_share"):
    weight = {} if scoring["method"] in ("deduction", "bonus") else {"weight": 100}
    return Part.model_validate({"indicator": indicator, "scoring": scoring, **weight})


FALLING = "reopen_rate"
STEPS_UP = [
    ("sla_met_share", {"method": "linear", "floor": 0.2, "target": 0.6}, 0.3),
    (FALLING, {"method": "linear", "floor": 0.5, "target": 0.1}, 0.4),
    ("sla_met_share", {"method": "target_ratio", "target": 0.8}, 0.5),
    (FALLING, {"method": "target_ratio", "target": 0.2}, 0.4),
    (FALLING, {"method": "target_ratio", "target": 0.2, "down": "mirror"}, 0.3),
    ("sla_met_share", steps((0.9, 100), (0.7, 60), (0.5, 20)), 0.6),
    (FALLING, steps((0.1, 100), (0.2, 60), (0.3, 20)), 0.25),
    ("knowledge_level", {"method": "level_points", "points": {"1": 40, "2": 70}}, 1),
    ("report_quality", {"method": "rating", "scale": [1, 5]}, 2.5),
    ("complaint_rate", {"method": "deduction", "points": 4, "cap": 10}, 2),
    ("complaint_rate", {"method": "deduction", "points": 4, "cap": 10}, 7),
    ("complaint_rate", {"method": "bonus", "points": 4, "cap": 10}, 1),
]


@pytest.mark.parametrize(("indicator", "scoring", "value"), STEPS_UP)
def test_the_value_of_the_next_step_earns_exactly_its_points(indicator, scoring, value):
    leaf = part(scoring, indicator)
    direction = "down" if indicator in (FALLING, "complaint_rate") else "up"

    def earned(raw):
        return points(Series([raw], dtype="float64"), leaf.scoring, direction, Series(dtype="str"))[
            0
        ]

    now = earned(value)
    step = next_step(leaf, None, now, value, group_size=5)
    assert step is not None and step.points > now
    assert earned(step.value) == pytest.approx(step.points)


@pytest.mark.parametrize(
    ("scoring", "expected"),
    [
        ({"method": "rank_points"}, 60 + 100 / 5),
        ({"method": "t_score"}, 60 + 5),
    ],
)
def test_where_people_are_compared_the_next_step_names_no_colleagues_value(scoring, expected):
    step = next_step(part(scoring), None, 60, 0.5, group_size=5)
    assert step.points == expected
    assert pd.isna(step.value)


def test_at_the_top_there_is_no_next_step():
    assert next_step(part(LINE), None, 100, 0.9, 5) is None
    assert (
        next_step(part({"method": "target_ratio", "target": 1, "cap_pct": 80}), None, 80, 1, 5)
        is None
    )
    assert next_step(part(steps((0.5, 80))), None, 80, 0.7, 5) is None
    assert next_step(part(LINE), None, float("nan"), float("nan"), 5) is None
    event = {"method": "deduction", "points": 4, "cap": 10}
    assert next_step(part(event, "complaint_rate"), None, 0, 0, 5) is None


def test_the_next_behaviour_is_the_step_of_a_judged_criterion():
    leaf = Part.model_validate({"criterion": "service", "weight": 100})
    texts = [{"points": 3, "text": "answers"}, {"points": 5, "text": "asks and answers"}]
    criterion = Criterion.model_validate({"id": "service", "scale": [1, 5], "behaviours": texts})
    step = next_step(leaf, criterion, 60, 60, 5)
    assert step == (100, 5, "5: asks and answers")
    assert standard(leaf, criterion, "Boss") == "rated 1 to 5 by Boss; 5: asks and answers"
    bare = Criterion.model_validate({"id": "service", "scale": [1, 5]})
    assert next_step(leaf, bare, 50, 50, 5)[:2] == (55, 1 + 0.55 * 4)


@pytest.mark.requirement("C-01")
@pytest.mark.parametrize(
    ("indicator", "scoring", "value", "expected"),
    [
        ("sla_met_share", LINE, 0.3, 100 * 0.3 / 0.6),
        (FALLING, {"method": "target_ratio", "target": 0.2}, 0.4, 100 * 0.2 / 0.4),
        ("sla_met_share", steps((0.5, 60), (0.9, 100)), 0.9, 100),
    ],
)
def test_attainment_is_turned_round_where_less_is_better(indicator, scoring, value, expected):
    assert percent_of_target(part(scoring, indicator), value) == pytest.approx(expected)


@pytest.mark.requirement("C-01")
def test_no_attainment_without_a_target_or_of_a_target_of_zero():
    assert pd.isna(target_of(part({"method": "rank_points"})))
    none_at_all = {"method": "linear", "floor": 0.5, "target": 0}
    assert pd.isna(percent_of_target(part(none_at_all, FALLING), 0.1))


@pytest.mark.requirement("C-01")
def test_a_value_exceeds_meets_or_misses_its_target():
    scheme = scheme_of(score=[{"indicator": "sla_met_share", "weight": 100, "scoring": LINE}])
    people = {"a": 0.61, "b": 0.6, "c": 0.59}
    past = appraised(scheme, values_of(**{k: {"sla_met_share": v} for k, v in people.items()}))
    told = [explain(past, scheme, person).rows["reached"][0] for person in people]
    assert told == ["exceeded", "met", "not met"]


def test_columns_line_up_whatever_the_alphabet():
    lines = aligned(("name", "n"), [("陈思远", "1,200.50"), ("Ann", "7.00"), ("정민재", "-")])
    assert lines == [
        "  name           n",
        "  陈思远  1,200.50",
        "  Ann         7.00",
        "  정민재         -",
    ]


def test_what_a_terminal_would_obey_is_not_printed():
    assert plain("a\x1b[31mb\n") == "a [31mb "
    assert [plain(None), plain(float("nan")), plain(pd.NA)] == ["-"] * 3
    assert [figure(-0.001), figure(1234.5), figure(2, signed=True)] == ["0.00", "1,234.50", "+2.00"]


def monthly(longer):
    part = {"indicator": "sla_met_share", "weight": 100, "scoring": LINE}
    taken = {"method": "deduction", "points": 4, "cap": 10}
    return scheme_of(score=[part, {"indicator": "complaint_rate", "scoring": taken}], longer=longer)


def quarter(scheme, *months, own=0.4):
    """The first quarter of ann, whose share of times met was so much in each month, and of bob."""
    history = None
    for number, share in enumerate(months, start=1):
        values = values_of(ann={"sla_met_share": share}, bob={"sla_met_share": 0.6})
        values = values[values["value"].notna()]
        past = appraised(scheme, values, cycle=f"2026-{number:02}", history=history)
        rows = left_behind(past, scheme)
        history = rows if history is None else pd.concat([history, rows])
    values = {"sla_met_share": own, "complaint_rate": 1}
    measured = values_of(ann=values, bob={"sla_met_share": 0.6})
    return appraised(scheme, measured, cycle="2026-Q1", history=history)


@pytest.mark.requirement("H-05", "A-16")
def test_a_period_lists_the_cycles_that_it_is_built_from():
    """Points of a month are (share - 0.2) / 0.4: 100, 75 and 50; the quarter's own do not count."""
    scheme = monthly({"built": "mean"})
    found = explain(quarter(scheme, 0.6, 0.5, 0.4), scheme, "ann")
    rows = by_title(found).loc[["2026-01", "2026-02", "2026-03"]]
    assert rows["points"].tolist() == pytest.approx([100, 75, 50])
    assert rows["contribution"].tolist() == pytest.approx([100 / 3, 75 / 3, 50 / 3])
    for name in ("weight", "weight_nominal"):
        assert rows[name].tolist() == pytest.approx([100 / 3] * 3)
    assert rows["lost"].tolist() == pytest.approx([0, 25 / 3, 50 / 3])
    assert found.facts["total"] == pytest.approx(found.facts["score"]) == pytest.approx(75)
    lines = [line.split() for line in found.text.splitlines()]
    assert [*"Score of 2026-02 33.33 x 75.00 = 25.00 -".split()] in lines
    assert "By source: cycles 75.00 of 100.00." in found.text
    assert "Short board: Score of 2026-03 costs 16.67 points of the score." in found.text
    assert "Agreed time met" not in found.text and "Complaint" not in found.text


@pytest.mark.requirement("H-05", "A-16")
def test_a_mix_lists_its_cycles_and_the_parts_of_the_period_itself():
    """30 % of (0.4 - 0.2) / 0.4 = 50 points, less 30 % of 4, and 70 % of two months of three."""
    scheme = monthly({"built": "mix", "year_end_pct": 30})
    found = explain(quarter(scheme, 0.6, None, 0.4), scheme, "ann")
    rows = by_title(found)
    cycles = ["2026-01", "2026-02", "2026-03"]
    assert rows["weight_nominal"][cycles].tolist() == pytest.approx([70 / 3] * 3)
    assert rows["weight"][cycles].tolist() == pytest.approx([35, 0, 35])
    assert rows["contribution"].fillna(0).to_dict() == pytest.approx(
        {
            "2026-01": 35,
            "2026-02": 0,
            "2026-03": 17.5,
            "sla_met_share": 15,
            "complaint_rate": -0.3 * 4,
        }
    )
    assert rows["gain"]["complaint_rate"] == pytest.approx(0.3 * 4)
    assert found.facts["score"] == pytest.approx(35 + 17.5 + 15 - 1.2)
    gone = "Missing: Score of 2026-02, weight 23.33 (no score in that cycle)."
    assert gone in found.text
    assert "went to: Score of 2026-01 +11.67, Score of 2026-03 +11.67." in found.text


@pytest.mark.requirement("H-05", "A-15")
def test_of_two_roles_each_component_names_its_own_and_its_part_of_the_target():
    """20 calls in half of the time are all of the target of 40."""
    target = {"method": "target_ratio", "target": 40}
    calls = {"indicator": "calls_answered", "weight": 100, "scoring": target}
    met = {"indicator": "sla_met_share", "weight": 100, "scoring": LINE}
    scheme = scheme_of(score=[met], roles={"phone": {"score": [calls]}})
    shares = Series(['{"phone": 0.5, "desk": 0.5}', None], dtype="str")
    values = values_of(ann={"calls_answered": 20, "sla_met_share": 0.4}, bob={"sla_met_share": 0.5})
    past = appraised(scheme, values, role_shares=shares, working_time=1.0)
    found = explain(past, scheme, "ann")
    rows = found.rows.set_index("role")
    assert rows["component_id"].to_dict() == {
        "phone": "phone/calls_answered",
        "other_roles": "other_roles/sla_met_share",
    }
    assert rows["title"]["phone"] == "Calls answered, as phone"
    assert rows.loc["phone", ["attainment", "reached"]].tolist() == [100, "met"]
    assert rows["contribution"].to_dict() == pytest.approx({"phone": 50, "other_roles": 25})
    assert explain(past, scheme, "bob").rows["role"].tolist() == [""]


@pytest.mark.requirement("H-05", "G0-6")
def test_it_says_how_sure_the_score_is_and_what_was_decided(kpi):
    sure = {"low": 78.25, "high": 86.75, "rank_low": 1, "rank_high": 2}
    proposed = kpi.proposals.assign(p_noise=0.31)
    past = replace(kpi, appraisals=kpi.appraisals.assign(**sure), proposals=proposed)
    lines = explain(past, KPI, "ann").text.splitlines()
    told = "  95 % interval of the score 78.25 to 86.75; places that the data allow 1 to 2"
    assert lines[2] == told
    facts = proposed.set_index("employee_id")["facts"]["ann"]
    doubt = f"depth interview ({facts}; to 31 % chance alone is behind it)."
    assert lines[-1] == f"  Proposed, not decided: {doubt}"
    decided = proposed.assign(
        decision="changed",
        changed_to="short_talk",
        decided_by="lea",
        decided_at=pd.Timestamp("2026-02-05 10:00", tz="UTC"),
        why="no time",
    )
    last = explain(replace(past, proposals=decided), KPI, "ann").text.splitlines()[-1]
    assert last == (
        f"  Proposed: {doubt} Changed to short talk by lea on 2026-02-05. Reason: no time."
    )


@pytest.mark.requirement("K-12", "H-05")
def test_a_proposal_that_may_end_a_contract_says_that_it_is_for_review_only():
    rule = {"id": "out", "when": {"grade": "below"}, "approver": "HR", "effect": "negative"}
    rule |= {"action": "dismissal_review", "ends_contract": True}
    keys = {"score": KPI.score, "grades": LEVELS, "rules": [*KPI.rules, rule]}
    scheme = scheme_of(**keys)
    eve = {**ANN, "sales_completion": 0.1, "inquiry_conversion": 0.1}
    result = appraised(scheme, values_of(ann=ANN, eve=eve))
    lines = explain(result, scheme, "eve").text.splitlines()
    (at,) = [n for n, line in enumerate(lines) if "dismissal review" in line]
    said = " ".join(line.strip() for line in lines[at + 1 :])
    for words in ("For review only", "people decide", "a standard", "training", "transfer"):
        assert words in said
    assert said.endswith("Not legal advice.")
    assert "review only" not in explain(result, scheme, "ann").text


def test_rates_are_shown_per_1000_and_those_per_hour_as_such():
    assert shown(0.0027, "complaint_rate") == "2.7 per 1,000"
    assert shown(5.25, "calls_answered_per_hour") == "5.25 an hour"


@pytest.mark.requirement("E-08")
def test_each_indicator_of_a_scheme_says_what_it_weighs_and_what_earns_points():
    line = {"method": "linear", "floor": 0.2, "target": 0.5}
    selling = [
        {"indicator": "inquiry_conversion", "weight": 40, "scoring": line},
        {"indicator": "order_amount_total", "weight": 60, "scoring": {"method": "rank_points"}},
    ]
    taken = {"method": "deduction", "points": 5, "cap": 20}
    scheme = scheme_of(
        score=[
            {"id": "selling", "weight": 70, "parts": selling},
            {"indicator": "response_time_avg", "weight": 30, "scoring": {"method": "t_score"}},
            {"indicator": "complaint_rate", "scoring": taken},
        ],
    )
    found = standards_of(scheme)
    first, second, _, last = found.itertuples(index=False)
    assert first[:2] == ("inquiry_conversion", pytest.approx(70 * 40 / 100))
    assert first.standard == "50.0 % for 100 points, 20.0 % for 0"
    assert second[:2] == ("order_amount_total", pytest.approx(70 * 60 / 100))
    assert last.indicator_id == "complaint_rate" and pd.isna(last.weight)
    assert last.standard == "-5 points for each event, at most -20"
