"""What each method gives through the records of a cycle, where its tables are there."""

from datetime import date

import pandas as pd
import pytest
from drawing import draw
from test_records import SEVENTY, found, given, people_of, recorded, scheme_of

from csperf.appraisal.by_method import BY_METHOD
from csperf.scheme import load_scheme
from csperf.tables import OUTPUT_TABLES

LAST = date(2016, 6, 30)


def rows(table, *columns, scheme=None, people=None, **tables):
    """Rows of one result table as lists of these columns."""
    people = people_of("e1", "e2", "e3") if people is None else people
    records = recorded(scheme or scheme_of(), people, LAST, **tables)
    kept = records[table][list(columns)]
    return kept.astype(object).where(kept.notna(), None).to_numpy().tolist()


def measured(text):
    return OUTPUT_TABLES["indicator_values"].arrange(draw(text))


def planned(text, **days):
    drawn = draw(text)
    return drawn.assign(
        **{
            name: pd.to_datetime(drawn[name])
            for name in days or drawn.filter(regex="^period|^deadline").columns
        }
    )


@pytest.mark.requirement("C-01")
def test_own_targets_of_exactly_the_cycle_are_held_against_what_was_reached():
    """90 of 120 seconds allowed is 120 / 90 of the target; 45 of 50 orders is 90 per cent."""
    targets = planned("""
    target_id | scope    | scope_id | indicator_id | period_start | period_end | target | version
    t1        | employee | e1       | reply_time   | 2016-05-01   | 2016-05-31 | 120    | 1
    t2        | employee | e2       | order_amount | 2016-05-01   | 2016-05-31 | 60     | 1
    t3        | employee | e2       | order_amount | 2016-05-01   | 2016-05-31 | 50     | 2
    t4        | employee | e2       | order_amount | 2016-04-01   | 2016-04-30 | 10     | 1
    t5        | team     | t        | order_amount | 2016-05-01   | 2016-05-31 | 90     | 1
    t6        | employee | e3       | order_amount | 2016-05-01   | 2016-05-31 | 50     | 1
    t7        | employee | gone     | order_amount | 2016-05-01   | 2016-05-31 | 50     | 1
    """)
    ids = {"order_amount": "order_amount_total", "reply_time": "response_time_avg"}
    targets = targets.assign(indicator_id=targets["indicator_id"].map(ids))
    targets["agreed_at"] = pd.Series(pd.NaT, targets.index, dtype="datetime64[us, UTC]")
    values = measured("""
        employee_id | indicator_id       | value | status
        e1          | response_time_avg  | 90    | ok
        e1          | order_amount_total | 10    | ok
        e2          | order_amount_total | 45    | ok
    """)
    columns = ("employee_id", "goal_id", "value", "target", "attainment", "outcome", "reason")
    assert rows("goal_attainment", *columns, targets=targets, values=values) == [
        ["e1", "t1", 90, 120, pytest.approx(100 * 120 / 90), "exceeded", None],
        ["e2", "t3", 45, 50, pytest.approx(100 * 45 / 50), "missed", None],
        ["e3", "t6", None, 50, None, "not_computable", "no value"],
    ]


@pytest.mark.requirement("C-01")
def test_a_target_in_another_unit_than_the_value_says_so_instead_of_a_number():
    drawn = planned("""
        target_id | scope    | scope_id | indicator_id      | period_start | period_end | target
        t1        | employee | e1       | response_time_avg | 2016-05-01   | 2016-05-31 | 2
    """)
    values = measured("""
        employee_id | indicator_id      | value | status | unit
        e1          | response_time_avg | 90    | ok     | s
    """)
    targets = drawn.assign(
        unit="min", agreed_at=pd.Series(pd.NaT, drawn.index, dtype="datetime64[us, UTC]")
    )
    columns = ("value", "attainment", "outcome", "reason")
    assert rows("goal_attainment", *columns, targets=targets, values=values) == [
        [90, None, "not_computable", "target in min, value in s"]
    ]


@pytest.mark.requirement("C-10", "C-01")
def test_goals_that_end_in_the_cycle_stand_where_their_last_check_in_of_it_was():
    """From 12 down to 6 means that less is better: 8 reached is 6 / 8 of it."""
    goals = planned("""
        goal_id | owner_scope | owner_id | title          | baseline | target | deadline
        g1      | employee    | was_e1   | Learn the tool | 0        | 4      | 2016-05-20
        g2      | employee    | e2       | Fewer slips    | 12       | 6      | 2016-05-31
        g3      | employee    | e2       | Later          | 0        | 1      | 2016-06-01
        g4      | team        | t        | Together       | 0        | 1      | 2016-05-31
    """)
    checked = draw("""
        goal_id | at_at            | value
        g1      | 2016-05-10 08:00 | 2
        g1      | 2016-05-20 08:00 | 4
        g1      | 2016-06-02 08:00 | 9
        g2      | 2016-05-31 08:00 | 8
    """).rename(columns={"at_at": "at"})
    columns = ("employee_id", "goal_id", "title", "value", "direction", "attainment", "outcome")
    tables = {"goals": goals, "goal_checkins": checked}
    tables["employees"] = draw("employee_id | alias_of\nwas_e1 | e1\ne1 |\ne2 |")
    assert rows("goal_attainment", *columns, **tables) == [
        ["e1", "g1", "Learn the tool", 4, "up", 100 * 4 / 4, "met"],
        ["e2", "g2", "Fewer slips", 8, "down", 100 * 6 / 8, "missed"],
    ]


@pytest.mark.requirement("C-02")
def test_points_are_held_against_the_criterions_standard():
    standard = {"meets_from": {"assumed": 60}, "exceeds_from": {"assumed": 80}}
    scheme = scheme_of(criteria=[{"id": "service", "standard": standard}])
    judged = SEVENTY.assign(score=[80.0, 60.0, 59.9])
    assert rows(
        "standards_met", "employee_id", "score", "standing", scheme=scheme, evaluations=judged
    ) == [
        ["e1", 80, "exceeds"],
        ["e2", 60, "meets"],
        ["e3", 59.9, "below"],
    ]
    assert rows("standards_met", "standing", evaluations=judged) == []


@pytest.mark.requirement("C-02")
def test_a_standard_whose_upper_bound_is_not_above_the_lower_one_is_refused():
    standard = {"meets_from": 80, "exceeds_from": 80}
    with pytest.raises(ValueError, match="exceeds_from: 80 is not above meets_from, 80"):
        scheme_of(criteria=[{"id": "service", "standard": standard}])


PAIRS = draw("""
    cycle_id | evaluator_id | criterion_id | employee_a | employee_b | winner | at_at
    2016-05  | m            | tact         | e1         | e2         | a      | 2016-05-30 08:00
    2016-05  | m            | tact         | e2         | e3         | a      | 2016-05-30 08:01
    2016-05  | m            | tact         | e3         | e1         | a      | 2016-05-30 08:02
    2016-05  | n            | tact         | e1         | e2         | a      | 2016-05-30 08:03
    2016-05  | n            | tact         | e1         | e2         | b      | 2016-05-30 08:04
    2016-05  | n            | tact         | e1         | u1         | a      | 2016-05-30 08:05
    2016-04  | n            | tact         | e1         | e2         | b      | 2016-04-30 08:05
""").rename(columns={"at_at": "at"})
FIVE = people_of("e1", "e2", "e3", "e4", "u1", team_id=["t", "t", "t", "t", "u"])


@pytest.mark.requirement("C-04")
def test_pairs_are_compared_within_groups_and_give_wins_and_strengths():
    """m's circle gives everybody a win in two verdicts; n said both of e1 and e2, half each."""
    columns = ("employee_id", "criterion_id", "wins", "comparisons", "status")
    assert rows("pair_strengths", *columns, people=FIVE, pair_judgements=PAIRS) == [
        ["e1", "tact", 1 + 0.5, 3, "ok"],
        ["e2", "tact", 1 + 0.5, 3, "ok"],
        ["e3", "tact", 1, 2, "ok"],
        ["e4", "tact", 0, 0, "not_judged"],
    ]


@pytest.mark.requirement("C-04")
@pytest.mark.parametrize(
    ("check", "told"),
    [
        ("circular_triad", {("", "m"): ("tact", "e1 over e2 over e3 over e1")}),
        ("pair_contradiction", {("", "n"): ("tact", "e1 and e2: 2 judgements that differ")}),
        ("pairs_unjudged", {("", ""): ("tact", "3 of 6 pairs, such as e1 and e4")}),
        ("pairs_apart", {("", "n"): ("tact", "e1 and u1")}),
    ],
)
def test_circles_contradictions_and_pairs_that_are_lacking_are_findings(check, told):
    assert found(check, scheme_of(), FIVE, pair_judgements=PAIRS) == told


@pytest.mark.requirement("C-07", "C-08")
def test_scales_with_behaviours_and_what_was_observed_are_published():
    behaviours = [{"points": 5, "text": {"assumed": "helps unasked"}}, {"points": 1, "text": "no"}]
    scheme = scheme_of(criteria=[{"id": "service", "scale": [1, 5], "behaviours": behaviours}])
    judged = SEVENTY.assign(score=4.0)
    columns = ("criterion_id", "points", "text")
    assert rows("behaviour_scales", *columns, scheme=scheme, evaluations=judged) == [
        ["service", 1, "no"],
        ["service", 5, "helps unasked"],
    ]
    log = draw("""
        employee_id | observed_at      | observer_id | criterion_id | behaviour | positive
        e1          | 2016-05-03 08:00 | m           | service      | helps     | true
        e1          | 2016-05-04 08:00 | n           | service      | sighs     | false
        e1          | 2016-06-04 08:00 | n           | service      | sighs     | false
        gone        | 2016-05-04 08:00 | n           | service      | sighs     | false
    """)
    columns = ("employee_id", "team_id", "criterion_id", "n_positive", "n_negative", "n_observers")
    assert rows("observations", *columns, behaviour_log=log) == [["e1", "t", "service", 1, 1, 2]]


@pytest.mark.requirement("C-15", "C-16")
def test_a_chosen_method_stands_beside_what_the_guidance_says_of_it():
    choice = draw("""
        cycle_id | scope | method            | purpose | why              | by
        2016-05  | shop  | paired_comparison | tact    | one skill only   | HR
        2016-04  | shop  | ranking           | order   | it was asked for | HR
    """)
    columns = ("scope", "method", "title", "why", "by", "used_for")
    assert rows("methods_chosen", *columns, method_choices=choice) == [
        [
            "shop",
            "paired_comparison",
            "Paired comparison",
            "one skill only",
            "HR",
            "a particular skill",
        ],
    ]


@pytest.mark.requirement("C-13", "I-03")
def test_plans_up_to_the_cycle_tell_how_far_they_are():
    plans = draw("""
        plan_id | cycle_id | employee_id | causes | goal   | measures | support | owner_id | status
        p1      | 2016-03  | e1          | slow   | faster | practice | time    | e1       | running
        p2      | 2016-05  | e2          | slow   |        | practice | time    | e2       | open
        p3      | 2016-06  | e3          | slow   | faster | practice | time    | e3       | open
        p4      | 2016-05  | gone        | slow   | faster | practice | time    | e3       | open
    """)
    plans = plans.assign(deadline=pd.Timestamp("2016-07-15"), check_dates="2016-06-15, 2016-07-01")
    columns = ("employee_id", "plan_id", "plan_cycle_id", "stage", "lacking", "n_checks")
    assert rows("plan_stages", *columns, improvement_plans=plans) == [
        ["e1", "p1", "2016-03", "running", "", 1],
        ["e2", "p2", "2016-05", "draft", "goal", 1],
    ]


SIDES = given("""
    employee_id | evaluator_id | evaluator_type | score
    e1          | e1           | self           | 90
    e1          | m            | manager        | 70
    e1          | p1           | peer           | 50
    e2          | e2           | self           | 60
    e2          | m            | manager        | 80
    e2          | p1           | peer           | 60
    e2          | p2           | peer           | 70
""")


@pytest.mark.requirement("C-09", "D-08")
def test_sources_gaps_and_agreement_are_published_and_hidden_means_enter_none_of_them():
    """One peer of e1 is below the two from whom on peers are shown."""
    columns = ("employee_id", "evaluator_type", "n_hidden", "score")
    assert rows("source_means", *columns, evaluations=SIDES) == [
        ["e1", "self", 0, 90],
        ["e1", "manager", 0, 70],
        ["e1", "peer", 1, None],
        ["e2", "self", 0, 60],
        ["e2", "manager", 0, 80],
        ["e2", "peer", 0, 65],
    ]
    columns = ("employee_id", "self_score", "others", "gap")
    assert rows("source_gaps", *columns, evaluations=SIDES) == [
        ["e1", 90, 70, 90 - 70],
        ["e2", 60, (80 + 65) / 2, 60 - (80 + 65) / 2],
    ]
    columns = ("type_a", "type_b", "n_employees", "difference", "absolute_difference")
    assert rows("source_agreement", *columns, evaluations=SIDES) == [
        ["self", "manager", 2, (20 - 20) / 2, 20],
        ["self", "peer", 1, 60 - 65, 5],
        ["manager", "peer", 1, 80 - 65, 15],
    ]


@pytest.mark.requirement("C-11")
def test_the_scorecard_is_published_with_its_empty_perspectives():
    criteria = [{"id": "service", "perspective": "customer"}]
    columns = ("employee_id", "perspective", "n_components", "weight", "score")
    one = SEVENTY[SEVENTY["employee_id"] == "e1"]
    assert rows(
        "perspectives",
        *columns,
        scheme=scheme_of(criteria=criteria),
        people=people_of("e1"),
        evaluations=one,
    ) == [
        ["e1", "finance", 0, 0, None],
        ["e1", "customer", 1, 100, 70],
        ["e1", "process", 0, 0, None],
        ["e1", "learning", 0, 0, None],
        ["e1", "total", 1, 100, 70],
    ]


def test_every_table_of_a_method_is_declared_and_printed():
    assert set(BY_METHOD) <= set(OUTPUT_TABLES)


@pytest.mark.requirement("C-07")
def test_the_quarterly_scheme_asks_for_facts_behind_an_end_of_its_anchored_scales():
    """Every point of its criteria has an assumed behaviour; a manager's bare 100 is found."""
    scheme = load_scheme("params/schemes/quarterly.yaml")
    assert all(len(criterion.behaviours) == 5 for criterion in scheme.criteria)
    assumed = [place for place, value in scheme.sourced() if value.provenance == "assumed"]
    assert sum("behaviours" in place for place in assumed) == 15
    bare = SEVENTY.assign(criterion_id="teamwork", score=[100.0, 75.0, 100.0])
    bare["evidence_text"] = [None, None, "took over two shifts in May"]
    told = found("extreme_without_evidence", scheme, people_of("e1", "e2", "e3"), evaluations=bare)
    assert told == {("e1", "m"): ("teamwork", "highest score of the scale by manager")}


@pytest.mark.requirement("C-05", "C-03")
def test_positions_are_those_of_eligible_people_within_the_comparison_group():
    """Ranked over the department, managers apart: e3 is not appraised, boss has nobody beside."""
    people = people_of(
        *("e1", "e2", "e3", "e4", "boss"),
        team_id=["t", "u", "t", "u", "t"],
        eligible=[True, True, False, True, True],
        reason=[None, None, "on leave", None, None],
        level_group=["front_line"] * 4 + ["manager"],
    )
    judged = pd.concat([SEVENTY, SEVENTY.head(2)], ignore_index=True)
    judged = judged.assign(
        employee_id=["e1", "e2", "e3", "e4", "boss"], score=[90.0, 60.0, 10.0, 90.0, 50.0]
    )
    scheme = scheme_of(ranking={"group": "department"})
    columns = ("employee_id", "team_id", "group_size", "sharing", "mean_of_others", "position")
    assert rows("positions", *columns, scheme=scheme, people=people, evaluations=judged) == [
        ["e1", "t", 3, 2, (60 + 90) / 2, "above_average"],
        ["e2", "u", 3, None, (90 + 90) / 2, "below_average"],
        ["e4", "u", 3, 2, (90 + 60) / 2, "above_average"],
        ["boss", "t", 1, None, None, None],
    ]


@pytest.mark.requirement("C-05")
def test_border_cases_are_within_half_a_point_of_a_border_above_the_lowest_grade():
    grades = [{"grade": "good", "from_score": 80}, {"grade": "fair", "from_score": 0}]
    judged = SEVENTY.assign(score=[80.5, 79.4, 0.1])
    columns = ("employee_id", "border", "distance", "grade", "probability")
    found = rows("grade_chances", *columns, scheme=scheme_of(grades=grades), evaluations=judged)
    assert found == [["e1", 80, 0.5, "good", None], ["e1", 80, 0.5, "fair", None]]


@pytest.mark.requirement("I-10")
def test_three_statements_are_published_where_potential_is_rated_apart():
    """Of 40 customers of the team e1 received 30; 85 points are high, 50 are low."""
    criteria = [{"id": "service"}, {"id": "potential"}]
    judged = pd.concat([SEVENTY, SEVENTY.assign(criterion_id="potential")], ignore_index=True)
    judged["score"] = [85.0, 70.0, 50.0, 50.0, 85.0, 70.0]
    values = measured("""
        employee_id | indicator_id       | value | status
        e1          | customers_received | 30    | ok
        e2          | customers_received | 10    | ok
    """)
    columns = ("employee_id", "team_share", "performance", "potential", "cell")
    scheme = scheme_of(criteria=criteria)
    assert rows("statements", *columns, scheme=scheme, evaluations=judged, values=values) == [
        ["e1", 75, "high", "low", "high_low"],
        ["e2", 25, "middle", "high", "middle_high"],
        ["e3", None, "low", "middle", "low_middle"],
    ]
    assert rows("statements", *columns, evaluations=SEVENTY) == []


@pytest.mark.requirement("J-03")
def test_days_to_a_reward_and_the_kind_that_is_liked_best():
    """The reward of May came on the 10th day of June; e2 likes training, e1 said nothing."""
    awards = draw("""
        period  | employee_id | award | incentive_kind | given_date
        2016-05 | e2          | best  | training       | 2016-06-10
        2016-04 | e2          | best  | training       | 2016-06-10
    """)
    awards["given_date"] = pd.to_datetime(awards["given_date"])
    wishes = draw("""
        employee_id | incentive_kind | rank
        e2          | training       | 1
        e2          | material       | 2
        e3          | material       | 1
    """)
    rule = {"when": {"score_below": 80}, "effect": "positive", "approver": "HR"}
    scheme = scheme_of(
        rules=[{"id": "a", "action": "bonus", **rule}, {"id": "b", "action": "training", **rule}]
    )
    tables = {"evaluations": SEVENTY, "awards": awards, "preferences": wishes}
    columns = ("employee_id", "award", "days", "preference")
    assert rows("rewards", *columns, scheme=scheme, **tables) == [["e2", "best", 10, 1]]
    columns = ("employee_id", "incentive_kind", "preference")
    assert rows("reward_choices", *columns, scheme=scheme, **tables) == [
        ["e1", None, None],
        ["e2", "training", 1],
        ["e3", "material", 1],
    ]


@pytest.mark.requirement("C-11", "D-08")
def test_who_has_a_hidden_mean_in_the_score_has_no_sub_scores():
    """One peer is hidden, but counts: the sub-score would be what that one gave."""
    peers = {"type": "peer", "shown_from": 2, "hidden_counts": True}
    scheme = scheme_of(
        evaluators=[peers],
        criteria=[{"id": "service", "perspective": "customer"}],
        score=[{"criterion": "service", "evaluator": "peer", "weight": 100}],
    )
    judged = given("""
        employee_id | evaluator_id | evaluator_type | score
        e1          | p1           | peer           | 50
        e2          | p1           | peer           | 60
        e2          | p2           | peer           | 70
    """)
    found = rows("perspectives", "employee_id", scheme=scheme, evaluations=judged)
    assert {person for (person,) in found} == {"e2"}
