"""How a cycle's appraisals came about: findings, talks, decisions, plans, appeals, deviations."""

import json
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from drawing import draw

from csperf.appraisal import comparison_groups, judge
from csperf.appraisal.distribution import distribute
from csperf.appraisal.findings import CHECKS
from csperf.appraisal.records import GATHERED, records_of
from csperf.params import Cycle
from csperf.scheme import Scheme, load_scheme
from csperf.tables import OUTPUT_TABLES
from csperf.tables.records import RECORD_TABLES

MAY = Cycle.parse("2016-05")
NOTHING = OUTPUT_TABLES["indicator_values"].empty()
TYPES = [
    {"type": "self", "role": "control"},
    {"type": "manager"},
    {"type": "peer", "role": "reference", "shown_from": 2},
]


def scheme_of(**further):
    """The manager judges service; self is a control, peers are anonymous."""
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "evaluators": TYPES,
            "criteria": [{"id": "service"}],
            "score": [{"criterion": "service", "evaluator": "manager", "weight": 100}],
            **further,
        }
    )


def people_of(*ids, **columns):
    """People of team `t`, unless the columns say otherwise."""
    people = pd.DataFrame({"employee_id": ids}, dtype="str").assign(
        team_id="t", role=None, level_group="front_line", eligible=True
    )
    people["reason"] = pd.Series(pd.NA, index=people.index, dtype="str")
    return people.assign(**columns)


def given(text):
    """Evaluations of May drawn without the cycle; of service unless a criterion is drawn."""
    rows = draw(text).assign(cycle_id="2016-05")
    return rows if "criterion_id" in rows else rows.assign(criterion_id="service")


def judged(scheme, people, tables):
    people = people.assign(group=comparison_groups(people, scheme, "d"))
    rows = tables.get("evaluations", given("employee_id|evaluator_id|evaluator_type|score"))
    return judge(people, NOTHING, rows, scheme, MAY, None, tables)


def recorded(
    scheme, people, today=date(2016, 6, 30), timezone="UTC", made=None, values=None, **tables
):
    made = made or judged(scheme, people, tables)
    when = {"today": today, "timezone": timezone}
    return records_of(made, tables, people, scheme, MAY, values=values, **when)


def found(check, *arguments, **named):
    """Subject and facts of the findings of a check, by employee and evaluator."""
    rows = recorded(*arguments, **named)["findings"]
    rows = rows[rows["check"] == check].fillna("")
    assert set(rows["team_id"]) <= {"t", ""}
    return {
        (row.employee_id, row.evaluator_id): (row.subject, row.facts) for row in rows.itertuples()
    }


def one(records, table):
    """The only row of a record table."""
    (row,) = records[table].to_dict("records")
    return row


SEVENTY = given("""
    employee_id | evaluator_id | evaluator_type | score
    e1          | m            | manager        | 70
    e2          | m            | manager        | 70
    e3          | m            | manager        | 70
""")


@pytest.mark.parametrize(
    "name",
    [
        *("case_ecommerce", "case_software", "commission_pay", "five_grades", "generic"),
        *("kpi_levels", "online_shop", "pre_sales_chat", "quarterly", "service_desk"),
    ],
)
def test_a_department_that_gives_nothing_has_empty_records_under_every_scheme(name):
    """But for what is about the scheme: types who rated nobody, and opinions that count twice."""
    scheme = load_scheme(f"params/schemes/{name}.yaml")
    records = recorded(scheme, people_of("e1", "e2"))
    assert list(records) == list(GATHERED)
    for table, rows in records.items():
        declared = RECORD_TABLES[table].names
        assert [*rows.columns] == [c for c in declared if c not in ("cycle_id", "department_id")]
    findings = records.pop("findings")
    missing = findings.loc[findings["check"] == "source_missing", "subject"]
    assert set(missing) == {kind.type for kind in scheme.evaluators}
    assert set(findings["check"]) <= {"source_missing", "counted_twice"}
    assert findings["employee_id"].isna().all()
    assert set(records.pop("evaluation_sources")["status"]) <= {"missing"}
    notes = records.pop("award_places")["rule_id"]
    assert set(notes) <= {"talent_pool"}  # nobody is in it, and why
    needed = records.pop("standing_notes")
    assert set(needed["note"]) <= {"needs 2 more cycles"} and set(needed["about"]) <= {"level"}
    assert all(rows.empty for rows in records.values())


LEVELS = {"bands": [{"level": "high", "from_score": 80}, {"level": "low", "from_score": 0}]}


@pytest.mark.requirement("G2", "G7")
def test_a_level_says_how_many_cycles_it_needs_and_a_full_grade_that_it_is():
    """Edge cases 3, 8 and 62: a tenth of three is no place."""
    scheme = scheme_of(
        levels=LEVELS,
        grades=[{"grade": "top", "from_score": 60}, {"grade": "rest", "from_score": 0}],
        distribution={
            "shares": [
                {"id": "top", "kind": "cap", "pct": 10},
                {"id": "rest", "kind": "about", "pct": 90},
            ],
            "min_group": 2,
        },
    )
    ratings = SEVENTY.assign(score=[70.0, 65.0, 50.0])
    records = recorded(scheme, people_of("e1", "e2", "e3"), evaluations=ratings)
    places = records["quota_places"]
    assert places[["by", "group_id", "share", "people", "places", "used"]].to_numpy().tolist() == [
        ["grade", "department", "top", 3, 0, 0],
        ["grade", "department", "rest", 3, 3, 3],
    ]
    assert places["note"].tolist() == ["10 % of 3 is 0.3", ""]
    notes = records["standing_notes"]
    assert notes[["employee_id", "about", "note"]].to_numpy().tolist() == [
        ["e1", "distribution_grade", "no place left in top"],
        ["e1", "level", "needs 1 more cycle"],
        ["e2", "distribution_grade", "no place left in top"],
        ["e2", "level", "needs 1 more cycle"],
        ["e3", "level", "needs 1 more cycle"],
    ]


def test_every_check_has_a_meaning_and_a_short_name():
    assert all(name.isidentifier() and name.islower() for name in CHECKS)
    assert all(meaning and "\n" not in meaning for meaning in CHECKS.values())


@pytest.mark.requirement("D-09")
def test_interests_are_found_with_the_type_they_are_about():
    rows = given("""
        employee_id | evaluator_id | evaluator_type | score
        e1          | m            | manager        | 70
        e1          | x            | self           | 70
        e1          | e2           | peer           | 70
        e2          | y            | manager        | 70
    """)
    lines = draw("""
        employee_id | superior_id | kind
        e1          | m           | direct
        e1          | e2          | indirect
        e2          | m           | direct
    """)
    both = (scheme_of(), people_of("e1", "e2"))
    tables = {"evaluations": rows, "reporting_lines": lines}
    assert found("self_by_other", *both, **tables) == {
        ("e1", "x"): ("self", "the evaluator is not the employee")
    }
    assert found("peer_is_superior", *both, **tables) == {
        ("e1", ""): ("peer", "indirect superior")  # peers were promised not to be named
    }
    assert found("not_in_reporting_lines", *both, **tables) == {
        ("e2", "y"): ("", "direct or indirect superior: m")
    }


@pytest.mark.requirement("D-08", "D-09")
def test_of_anonymous_peers_it_is_told_only_how_many_pairs_gave_one_another_far_more():
    """A name, or a direction beside two names, would tell what a single one gave."""
    rows = given("""
        employee_id | evaluator_id | evaluator_type | score
        e1          | e2           | peer           | 95
        e1          | e3           | peer           | 60
        e2          | e1           | peer           | 90
        e2          | e3           | peer           | 60
    """)
    people = people_of("e1", "e2", "e3")
    rule = "pairs of whom both at least 20 points from what the others gave: 1"
    told = found("mutual_high", scheme_of(), people, evaluations=rows)
    assert told == {("", ""): ("peer", rule)}
    known = {"type": "peer", "role": "reference", "shown_from": 1}
    open_ = scheme_of(evaluators=[*TYPES[:2], known])
    told = found("mutual_high", open_, people, evaluations=rows)
    assert told[("e1", "e2")] == ("peer", "gave 95.0, others 60.0; got 90.0, others 60.0")


@pytest.mark.requirement("D-10")
def test_what_came_before_its_turn_is_told_in_local_time():
    scheme = scheme_of(procedure=[{"actor": "self"}, {"actor": "manager"}])
    rows = given("""
        employee_id | evaluator_id | evaluator_type | score | submitted_at
        e1          | m            | manager        | 70    | 2016-06-01 10:00
        e1          | e1           | self           | 80    | 2016-06-01 20:30
    """)
    facts = "round 1 on 2016-06-01 18:00, self round 1 on 2016-06-02 04:30"
    assert found(
        "out_of_order", scheme, people_of("e1"), evaluations=rows, timezone="Asia/Shanghai"
    ) == {("e1", "m"): ("manager", facts)}


@pytest.mark.requirement("D-11", "K-08")
def test_declined_and_missing_sources_are_told_of_each_or_once_of_all():
    rows = given("""
        employee_id | evaluator_id | evaluator_type | score | status
        e1          | m            | manager        | 70    | submitted
        e1          | e1           | self           |       | declined
        e2          | m            | manager        |       | missing
    """)
    both = (scheme_of(), people_of("e1", "e2"))
    assert found("source_declined", *both, evaluations=rows) == {
        ("e1", ""): ("self", "no score by self")
    }
    missing = recorded(*both, evaluations=rows)["findings"]
    missing = missing[missing["check"] == "source_missing"].fillna("")
    assert sorted(missing[["employee_id", "subject"]].itertuples(index=False, name=None)) == [
        ("", "peer"),
        ("e2", "manager"),
        ("e2", "self"),
    ]
    assert (
        missing.set_index("subject").loc["peer", "facts"]
        == "2 people without any: no score by peer"
    )
    asked = draw("""
        cycle_id | employee_id | evaluator_id | evaluator_type
        2016-05  | e1          | m            | manager
    """)
    invited = found("source_missing", *both, evaluations=rows, evaluation_assignments=asked)
    assert invited == {("e2", ""): ("manager", "no score by manager, 100 % of the score")}


@pytest.mark.requirement("D-04", "D-11", "24", "30")
def test_of_each_source_with_weight_that_does_not_count_the_reason_is_told():
    """Self was not asked and one peer of three answered: the manager's 50 % become 100."""
    scheme = scheme_of(
        evaluators=[{"type": "self"}, {"type": "peer"}, {"type": "manager"}],
        score=[
            {"id": kind, "criterion": "service", "evaluator": kind, "weight": weight}
            for kind, weight in {"self": 20, "peer": 30, "manager": 50}.items()
        ],
    )
    rows = given("""
        employee_id | evaluator_id | evaluator_type | score | status
        e1          | m            | manager        | 70    | submitted
        e1          | p            | peer           | 90    | submitted
        e2          | m            | manager        | 60    | submitted
        e2          | e2           | self           |       | declined
    """)
    asked = draw("""
        cycle_id | employee_id | evaluator_id | evaluator_type
        2016-05  | e1          | m            | manager
        2016-05  | e1          | p            | peer
        2016-05  | e2          | m            | manager
        2016-05  | e2          | e2           | self
        2016-05  | e2          | p            | peer
    """)
    both = (scheme, people_of("e1", "e2"))
    tables = {"evaluations": rows, "evaluation_assignments": asked}
    assert found("source_hidden", *both, **tables) == {
        ("e1", ""): ("peer", "1 of 3 needed for service: 30 % of the score")
    }
    told = "20 % of the score"
    assert found("source_not_invited", *both, **tables) == {
        ("e1", ""): ("self", f"no score by self, {told}")
    }
    assert found("source_declined", *both, **tables) == {
        ("e2", ""): ("self", f"no score by self, {told}")
    }
    assert found("source_missing", *both, **tables) == {
        ("e2", ""): ("peer", "no score by peer, 30 % of the score")
    }
    records = recorded(*both, **tables)["evaluation_sources"]
    expected = draw("""
        employee_id | evaluator_type | status      | n_evaluators | needed | weight | not_counted
        e1          | self           | not_invited | 0            | 1      | 20     | 20
        e1          | peer           | hidden      | 1            | 3      | 30     | 30
        e1          | manager        | given       | 1            | 1      | 50     | 0
        e2          | self           | declined    | 0            | 1      | 20     | 20
        e2          | peer           | missing     | 0            | 3      | 30     | 30
        e2          | manager        | given       | 1            | 1      | 50     | 0
    """)
    assert records[[*expected]].to_numpy().tolist() == expected.to_numpy().tolist()


@pytest.mark.requirement("D-11")
def test_a_source_that_nobody_was_asked_for_is_told_once():
    scheme = scheme_of(
        score=[
            {"id": "own", "criterion": "service", "evaluator": "self", "weight": 20},
            {"criterion": "service", "evaluator": "manager", "weight": 80},
        ],
        evaluators=[{"type": "self"}, {"type": "manager"}],
    )
    asked = draw("""
        cycle_id | employee_id | evaluator_id | evaluator_type
        2016-05  | e1          | m            | manager
    """)
    told = found(
        "source_not_invited",
        scheme,
        people_of("e1", "e2", "e3"),
        evaluations=SEVENTY,
        evaluation_assignments=asked,
    )
    facts = "3 people without any: no score by self, 20 % of the score"
    assert told == {("", ""): ("self", facts)}


def test_criteria_left_out_are_those_of_the_persons_role():
    part = {"id": "tone", "criterion": "tone", "evaluator": "manager", "weight": 50}
    scheme = scheme_of(
        criteria=[{"id": "service"}, {"id": "tone"}],
        score=[{"id": "a", "criterion": "service", "evaluator": "manager", "weight": 50}, part],
        roles={"phone": {"score.tone.criterion": "service"}},
    )
    people = people_of("e1", "e2", role=["chat", "phone"])
    rows = SEVENTY[SEVENTY["employee_id"] != "e3"]
    assert found("criteria_lacking", scheme, people, evaluations=rows) == {
        ("e1", "m"): ("manager", "1 of 2 criteria, without tone")
    }


def test_criteria_left_out_of_two_roles_are_those_of_both():
    """At the desk tone counts, on the phone service: who judges both roles is asked for both."""
    scheme = scheme_of(
        criteria=[{"id": "service"}, {"id": "tone"}],
        score=[{"id": "a", "criterion": "service", "evaluator": "manager", "weight": 100}],
        roles={"desk": {"score.a.criterion": "tone"}},
    )
    people = people_of("e1", "e2", role="desk")
    shares = json.dumps({"desk": 0.5, "phone": 0.5})
    people["role_shares"] = pd.Series([shares, None], dtype="str")
    rows = SEVENTY[SEVENTY["employee_id"] != "e3"].assign(criterion_id="tone")
    assert found("criteria_lacking", scheme, people, evaluations=rows) == {
        ("e1", "m"): ("manager", "1 of 2 criteria, without service")
    }


@pytest.mark.requirement("D-08")
def test_an_extreme_without_facts_names_nobody_of_an_anonymous_type_and_hides_small_groups():
    scale = {"id": "service", "scale": [1, 5], "behaviours": [{"points": 5, "text": "helps"}]}
    rows = given("""
        employee_id | evaluator_id | evaluator_type | score | evidence_text
        e1          | m            | manager        | 5     |
        e1          | p1           | peer           | 1     |
        e1          | p2           | peer           | 1     |
        e1          | p3           | peer           | 5     | stayed late for a customer
        e2          | m            | manager        | 4     |
        e2          | p1           | peer           | 1     |
    """)
    scheme, people = scheme_of(criteria=[scale]), people_of("e1", "e2")
    assert found("extreme_without_evidence", scheme, people, evaluations=rows) == {
        ("e1", "m"): ("service", "highest score of the scale by manager"),
        ("e1", ""): ("service", "; ".join(["lowest score of the scale by peer"] * 2)),
    }


def test_the_same_for_three_people_is_no_differentiation_and_for_two_it_is_not():
    people = people_of("e1", "e2", "e3")
    facts = "3 people, the same for all on each of 1 criteria"
    assert found("no_differentiation", scheme_of(), people, evaluations=SEVENTY) == {
        ("", "m"): ("manager", facts)
    }
    assert not found("no_differentiation", scheme_of(), people, evaluations=SEVENTY.iloc[:2])
    other = SEVENTY.assign(score=[70.0, 70.0, 71.0])
    assert not found("no_differentiation", scheme_of(), people, evaluations=other)


@pytest.mark.requirement("D-08")
def test_an_anonymous_evaluator_without_differentiation_has_no_name_and_no_team():
    rows = SEVENTY.assign(evaluator_type="peer", evaluator_id="x")
    people = people_of("e1", "e2", "e3")
    facts = "3 people, the same for all on each of 1 criteria"
    told = recorded(scheme_of(), people, evaluations=rows)["findings"].set_index("check")
    assert told.loc["no_differentiation", ["subject", "facts"]].to_list() == ["peer", facts]
    assert told.loc["no_differentiation", ["team_id", "evaluator_id"]].isna().all()


@pytest.mark.requirement("D-08", "G4-2")
def test_a_gap_to_a_type_that_is_hidden_is_not_told():
    """One peer is below the two from whom on peers are shown."""
    scheme = scheme_of(
        gap={"between": ["self", "peer"]},
        grades=[{"grade": "good", "from_score": 80}, {"grade": "poor", "from_score": 0}],
    )
    rows = given("""
        employee_id | evaluator_id | evaluator_type | score
        e1          | e1           | self           | 95
        e1          | p1           | peer           | 60
        e2          | e2           | self           | 95
        e2          | p1           | peer           | 60
        e2          | p2           | peer           | 70
    """)
    gaps = recorded(scheme, people_of("e1", "e2"), evaluations=rows)["gaps"]
    assert gaps[["employee_id", "second_score"]].to_numpy().tolist() == [["e2", 65.0]]


def test_an_evaluator_of_two_teams_is_in_the_findings_of_neither():
    people = people_of("e1", "e2", "e3", team_id=["t", "t", "u"])
    rows = recorded(scheme_of(), people, evaluations=SEVENTY)["findings"]
    assert rows.loc[rows["check"] == "no_differentiation", "team_id"].isna().all()


@pytest.mark.parametrize(("score", "is_far"), [(75, False), (76, True)])
def test_superiors_disagree_from_more_than_25_points_on(score, is_far):
    rows = given(f"""
        employee_id | evaluator_id | evaluator_type | score
        e1          | m            | manager        | 50
        e1          | n            | manager        | {score}
    """)
    told = found("superiors_disagree", scheme_of(), people_of("e1"), evaluations=rows)
    assert told == (
        {("e1", ""): ("service", "2 of manager lie 26.0 points apart")} if is_far else {}
    )


@pytest.mark.requirement("G4-7")
def test_a_grade_against_the_place_in_the_order_and_a_tie_at_a_border():
    """Of four with 95, 95, 95 and 60 three are excellent; places for the first half are two."""
    halves = [
        {"id": "first", "kind": "about", "pct": 50, "standing": "good"},
        {"id": "second", "kind": "about", "pct": 50, "standing": "neutral"},
    ]
    grades = [
        {"grade": "excellent", "from_score": 90, "standing": "good"},
        {"grade": "medium", "from_score": 0},
    ]
    shares = [{**half, "id": band["grade"]} for half, band in zip(halves, grades, strict=True)]
    scheme = scheme_of(
        grades=grades,
        ranking={"bands": {"shares": halves, "min_group": 2, "ties": "down"}},
        distribution={"shares": shares, "min_group": 2},
    )
    people = people_of("e1", "e2", "e3", "e4")
    rows = pd.concat([SEVENTY, SEVENTY.tail(1).assign(employee_id="e4")], ignore_index=True)
    rows = rows.assign(score=[95.0, 95.0, 95.0, 60.0])
    made = judged(scheme, people, {"evaluations": rows})
    placed = distribute(made.appraisals.assign(group="d"), scheme)
    made = replace(made, appraisals=made.appraisals.assign(border=placed["border"]))
    apart = found("grade_against_band", scheme, people, evaluations=rows, made=made)
    facts = "grade excellent, place second; counts as neutral"
    assert apart == {(person, ""): ("", facts) for person in ("e1", "e2", "e3")}
    border = found("quota_border", scheme, people, evaluations=rows, made=made)
    assert set(border.values()) == {
        ("excellent", "tie at excellent / medium: all in medium"),
    }
    assert [*border] == [("e1", ""), ("e2", ""), ("e3", "")]


def test_customers_who_count_twice_and_a_method_that_there_is_not():
    scheme = scheme_of(
        evaluators=[{"type": "customer"}],
        score=[
            {"id": "a", "criterion": "service", "evaluator": "customer", "weight": 50},
            {
                "indicator": "good_review_rate",
                "weight": 50,
                "scoring": {"method": "linear", "floor": 0, "target": 1},
            },
        ],
    )
    choice = draw("""
        cycle_id | scope | method | purpose | why
        2016-05  | shop  | rankin | order   | asked for
        2016-04  | shop  | rankin | order   | asked for
    """)
    records = recorded(scheme, people_of("e1"), method_choices=choice)["findings"]
    told = records.set_index("check")[["subject", "facts"]]
    assert told.loc["counted_twice", "subject"] == "good_review_rate"
    assert told.loc["unknown_method", "subject"] == "rankin"
    assert told.loc["unknown_method", "facts"].startswith("no method 'rankin'")


RULES = [
    {
        "id": name,
        "when": {"score_below": 80},
        "action": action,
        "effect": effect,
        "due_days_after_report": 7,
        "approver": "HR",
    }
    for name, action, effect in [
        ("fine", "deduction", "negative"),
        ("plan", "improvement_plan", "neutral"),
        ("talk", "interview", "neutral"),
    ]
]


def with_decisions(scheme, people, **status):
    """A judgement whose proposals for each person have this status."""
    made = judged(scheme, people, {"evaluations": SEVENTY})
    decided = made.proposals["employee_id"].map(status).fillna("proposed")
    return replace(made, proposals=made.proposals.assign(status=decided))


@pytest.mark.requirement("J-02", "I-02")
def test_uneven_outcomes_and_sanctions_without_a_plan():
    scheme, people = scheme_of(rules=RULES), people_of("e1", "e2", "e3")
    made = with_decisions(scheme, people, e1="approved", e2="rejected")
    plans = draw("""
        plan_id | cycle_id | employee_id | trigger_rule
        p1      | 2016-05  | e1          | plan
        p2      | 2016-04  | e2          | plan
    """)
    tables = {"evaluations": SEVENTY, "improvement_plans": plans}
    tables["sign_offs"] = draw("""
        cycle_id | employee_id | rule_id | decision  | reviewer | at_at            | reason
        2016-05  | e1          | fine    | confirmed | hr       | 2016-06-29 10:00 | seen
    """).rename(columns={"at_at": "at"})
    records = recorded(scheme, people, made=made, **tables)
    rows = records["findings"].set_index(["check", "employee_id"])
    assert [*rows.loc["one_sided"].index] == ["e2", "e3"]
    assert rows.loc[("one_sided", "e3"), "facts"] == "0 incentives, 1 sanctions, 0 plans"
    uneven = records["findings"].query("check == 'uneven_outcome' and subject == 'fine'")
    assert [*uneven["employee_id"]] == ["e1", "e2"]
    assert [text.split(":")[0] for text in uneven["facts"]] == ["granted", "refused"]
    owed = records["plans_owed"]
    assert [*owed["employee_id"]] == ["e1", "e3"]  # what was rejected asks for no plan
    assert [*owed["plan_id"].fillna("")] == ["p1", ""]
    assert set(owed["team_id"]) == {"t"}


@pytest.mark.requirement("G4-2")
def test_each_reason_for_a_talk_is_there_with_the_day_of_the_last_one():
    """A talk at 20:00 UTC is held on the next day in Shanghai; that of April does not count."""
    talks = draw("""
        interview_id | cycle_id | employee_id | held_at
        i1           | 2016-05  | e1          | 2016-06-10 09:00
        i2           | 2016-05  | e1          | 2016-06-12 20:00
        i3           | 2016-04  | e2          | 2016-06-12 20:00
    """)
    rows = SEVENTY.assign(score=[70.0, 85.0, 90.0]).iloc[:2]
    due = recorded(
        scheme_of(rules=RULES),
        people_of("e1", "e2"),
        timezone="Asia/Shanghai",
        evaluations=rows,
        interviews=talks,
    )["interviews_due"]
    assert [*due["reason"]] == ["below", "regular"]
    assert due["held_on"].iloc[0] == pd.Timestamp("2016-06-13")
    assert due["held_on"].isna().tolist() == [False, True]


@pytest.mark.requirement("G0-8")
def test_a_grade_waits_for_its_appeal_and_the_appeal_for_its_correction():
    scheme = scheme_of(
        grades=[{"grade": "good", "from_score": 60}, {"grade": "poor", "from_score": 0}],
        appeal=[{"to": "manager", "within_days": 5}, {"to": "HR", "within_days": 7}],
    )
    appeals = draw("""
        appeal_id | cycle_id | employee_id | filed_at   | stage   | facts | decision | decided_at
        a1        | 2016-05  | e1          | 2016-06-20 | manager | log   |          |
        a2        | 2016-05  | e2          | 2016-06-20 | manager | mail  | upheld   | 2016-06-21
    """)
    signed = draw("""
        cycle_id | employee_id | rule_id | decision  | reviewer | at_at      | reason
        2016-05  | e1          |         | confirmed | hr       | 2016-06-29 | seen
        2016-05  | e2          |         | confirmed | hr       | 2016-06-29 | seen
    """).rename(columns={"at_at": "at"})
    tables = {"evaluations": SEVENTY.iloc[:2], "appeals": appeals, "sign_offs": signed}
    records = recorded(scheme, people_of("e1", "e2"), today=date(2016, 6, 26), **tables)
    assert [*records["grade_decisions"]["status"]] == ["proposed", "approved"]
    assert records["grade_decisions"]["flags"].iloc[0] == "appeal_open"
    assert [*records["appeal_ledger"]["overdue"]] == [True, False]  # due on 25 June
    told = found("upheld_without_correction", scheme, people_of("e1", "e2"), **tables)
    assert told == {("e2", ""): ("a2", "mail")}


@pytest.mark.requirement("F-04")
def test_the_log_of_the_cycle_has_what_names_it_or_happened_until_its_last_day_of_appeal():
    """The report is due 10 days after May, appeals 14 days later: 24 June is the last day."""
    deviations = draw("""
        at_at      | kind     | cycle_id | employee_id | reason | by
        2016-05-03 | override |          | e1          | ill    | m
        2016-06-24 | override |          |             | strike | m
        2016-06-25 | override |          |             | later  | m
        2016-05-04 | override | 2016-04  | e1          | April  | m
        2016-07-09 | override | 2016-05  | e1          | named  | m
    """).rename(columns={"at_at": "at"})
    corrections = draw("""
        table       | key                              | column | new | reason | by | at_at
        evaluations | employee_id=e2; cycle_id=2016-05 | score  | 70  | typing | hr | 2016-08-01
        evaluations | employee_id=e1; cycle_id=2016-04 | score  | 70  | typing | hr | 2016-06-01
    """).rename(columns={"at_at": "at"})
    rows = given("""
        employee_id | evaluator_id | evaluator_type | score | submitted_at
        e1          | m            | manager        | 70    | 2016-06-12 10:00
        e2          | m            | manager        | 70    | 2016-06-10 10:00
    """)
    tables = {"evaluations": rows, "deviations": deviations, "corrections": corrections}
    log = recorded(scheme_of(), people_of("e1", "e2"), **tables)["deviation_log"].fillna("")
    assert [*zip(log["kind"], log["employee_id"], log["team_id"], log["why"], strict=True)] == [
        ("override", "e1", "t", "ill"),
        ("late", "e1", "t", ""),
        ("override", "", "", "strike"),
        ("override", "e1", "t", "named"),
        ("edit", "e2", "t", "typing"),
    ]
    assert log["what"].iloc[1] == "evaluations manager: 1 scores, 2 days late"


@pytest.mark.requirement("F-04")
def test_a_correction_is_of_the_cycle_of_what_it_corrects_or_of_its_appeal():
    """All were made on 20 June, when appeals against May could still be filed."""
    rows = draw("""
        evaluation_id | cycle_id | employee_id | evaluator_id | evaluator_type | score
        x1            | 2016-05  | e1          | m            | manager        | 70
        x2            | 2016-04  | e2          | m            | manager        | 70
    """).assign(criterion_id="service")
    cases = pd.DataFrame({"case_id": ["c5", "c4"], "owner_id": ["e1", "e2"]}).assign(
        opened_at=pd.to_datetime(["2016-05-31T23:00Z", "2016-04-30T23:00Z"]), sla_met=True
    )
    appeals = draw("""
        appeal_id | cycle_id | employee_id | stage | facts | decision
        a4        | 2016-04  | e2          | HR    | seen  |
    """).assign(
        filed_at=pd.Timestamp("2016-05-10T10:00Z"),
        decided_at=pd.Series([None], dtype="datetime64[us, UTC]"),
    )
    corrections = draw("""
        table       | key                 | column  | old  | new   | reason   | by | appeal_id
        evaluations | evaluation_id=x1    | score   | 70   | 80    | of May   | hr |
        evaluations | evaluation_id=x2    | score   | 70   | 80    | of April | hr |
        cases       | case_id=c5          | sla_met | true | false | a case   | hr |
        cases       | case_id=c4          | sla_met | true | false | earlier  | hr |
        evaluations | evaluation_id=gone  | score   | 70   | 80    | appealed | hr | a4
        evaluations | evaluation_id=gone2 | score   | 70   | 80    | unknown  | hr |
    """).assign(at=pd.Timestamp("2016-06-20T10:00Z"))
    stages = scheme_of(appeal=[{"to": "HR"}])
    tables = {"evaluations": rows, "cases": cases, "appeals": appeals, "corrections": corrections}
    made = judged(stages, people_of("e1", "e2"), {"evaluations": rows[:1]})
    log = recorded(stages, people_of("e1", "e2"), made=made, **tables)["deviation_log"]
    assert dict(zip(log["why"], log["employee_id"].fillna(""), strict=True)) == {
        "of May": "e1",
        "a case": "",
        "unknown": "",
    }


def test_machines_are_in_no_record():
    scheme = scheme_of(
        grades=[{"grade": "good", "from_score": 0}], gap={"between": ["self", "manager"]}
    )
    people = people_of("e1", "e2", "e3")
    people["reason"] = pd.Series(["service account: declared as a bot", pd.NA, pd.NA], dtype="str")
    people["eligible"] = people["reason"].isna()
    own = SEVENTY.assign(evaluator_id=SEVENTY["employee_id"], evaluator_type="self", score=95.0)
    rows = pd.concat([SEVENTY, own], ignore_index=True)
    records = recorded(scheme, people, evaluations=rows)
    for table in ("gaps", "grade_decisions", "interviews_due"):
        assert set(records[table]["employee_id"]) == {"e2", "e3"}, table
    assert "e1" not in set(records["findings"]["employee_id"])
    assert "no_differentiation" not in set(records["findings"]["check"])  # only two are people
    assert set(records["gaps"]["next_step"]) == {"ask_self_again"}


@pytest.mark.requirement("G5", "G0-8")
def test_who_is_not_appraised_is_owed_no_talk_and_has_no_grade_to_decide():
    scheme = scheme_of(grades=[{"grade": "good", "from_score": 0}])
    people = people_of("e1", "e2")
    people["reason"] = pd.Series(["off post 90 days", pd.NA], dtype="str")
    people["eligible"] = people["reason"].isna()
    records = recorded(scheme, people, evaluations=SEVENTY)
    assert [*records["interviews_due"]["employee_id"]] == ["e2"]
    assert [*records["grade_decisions"]["employee_id"]] == ["e2"]
    signed = draw("""
        cycle_id | employee_id | rule_id | decision  | reviewer | at_at      | reason
        2016-05  | e1          |         | confirmed | hr       | 2016-06-29 | seen
    """).rename(columns={"at_at": "at"})
    late = recorded(scheme, people, evaluations=SEVENTY, sign_offs=signed)["grade_decisions"]
    assert [*late["employee_id"]] == ["e1", "e2"], "what was decided before is not lost"
