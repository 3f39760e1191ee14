"""What people decide about proposals and grades: who, when, why, and what is odd about it."""

from datetime import date
from itertools import permutations, product
from pathlib import Path

import pandas as pd
import pytest
from drawing import draw

from csperf import Cycle
from csperf.appraisal.decisions import (
    DECIDED,
    PLAN_PARTS,
    check_wording,
    confirmed_grades,
    of_leavers,
    plans_owed,
    review_text,
    reward_days,
    signed,
    two_sides,
    under_present_ids,
    unsigned,
)
from csperf.appraisal.proposing import appeal_until
from csperf.errors import InputError
from csperf.scheme import Scheme, load_scheme
from csperf.tables import OUTPUT_TABLES
from csperf.tables.decisions import DECISION_TABLES
from csperf.tables.input import INPUT_TABLES

MAY = Cycle.parse("2016-05")
RULES = [
    {"id": "first", "when": {"rank_from_top": 1}, "action": "bonus", "effect": "positive"},
    {"id": "last", "when": {"rank_from_bottom": 1}, "action": "deduction", "effect": "negative"},
    {"id": "plan", "when": {"rank_from_bottom": 2}, "action": "improvement_plan"},
    {
        "id": "out",
        "when": {"score_below": 70},
        "action": "dismissal_review",
        "effect": "negative",
        "ends_contract": True,
    },
]
GRADES = [
    {"grade": "excellent", "from_score": 95, "evidence": True},
    {"grade": "good", "from_score": 70},
    {"grade": "urgent", "from_score": 0, "evidence": True},
]


def scheme(rules=RULES):
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "score": [{"indicator": "reply_rate", "weight": 100, "scoring": {"method": "rating"}}],
            "grades": GRADES,
            "rules": [{"approver": "HR", **rule} for rule in rules],
            "timing": {"report_days_after_cycle": 10, "appeal_days_after_report": 14},
        }
    )


def proposed(text):
    """Proposals as the rules make them; the last day of appeal is 31 May + 10 + 14 = 24 June."""
    rows = draw(text).assign(status="proposed", appeal_until=pd.Timestamp("2016-06-24"))
    return OUTPUT_TABLES["proposals"].arrange(rows.assign(cycle_id="2016-05", department_id="d"))


THREE = proposed("""
employee_id | rule_id | action           | amount
e1          | first   | bonus            | 100
e4          | last    | deduction        | -100
e4          | plan    | improvement_plan |
""")


SIGNED = draw("""
employee_id | rule_id | decision  | changed_to | reviewer | at                   | reason
e1          | first   | confirmed |            | hr1      | 2016-06-25T09:00:00Z | clear
e4          | last    | rejected  |            | hr1      | 2016-06-25T09:01:00Z | was ill
e4          | plan    | changed   | training   | hr1      | 2016-06-25T09:02:00Z | first month
""").assign(cycle_id="2016-05", at=lambda rows: pd.to_datetime(rows["at"], utc=True))


def sign(*rows):
    """Sign-offs given as (employee, rule, decision, reviewer, at), all for one reason."""
    names = ["employee_id", "rule_id", "decision", "reviewer", "at"]
    frame = pd.DataFrame(rows, columns=names).assign(cycle_id="2016-05", reason="seen")
    return frame.assign(at=pd.to_datetime(frame["at"], utc=True))


def lines(call, *arguments, **named):
    with pytest.raises(InputError) as caught:
        call(*arguments, **named)
    return caught.value.lines()


@pytest.mark.requirement("G0-6")
@pytest.mark.privacy("P1")
def test_without_a_sign_off_everything_stays_proposed():
    whole = signed(THREE, SIGNED.iloc[:0], MAY)
    assert list(whole["status"]) == ["proposed"] * 3
    assert whole[["decided_by", "decided_at", "why", "flags"]].isna().all(axis=None)
    assert list(unsigned(whole)["rule_id"]) == ["first", "last", "plan"]


@pytest.mark.requirement("G0-6")
def test_a_sign_off_names_who_decided_when_and_why_and_changes_no_proposal():
    whole = signed(THREE, SIGNED, MAY).set_index("rule_id")
    assert dict(whole["status"]) == {"first": "approved", "last": "rejected", "plan": "proposed"}
    assert dict(whole["decision"]) == {
        "first": "confirmed",
        "last": "rejected",
        "plan": "changed",
    }
    assert list(whole["decided_by"]) == ["hr1"] * 3
    assert whole.loc["last", "why"] == "was ill"
    assert whole.loc["first", "decided_at"] == pd.Timestamp("2016-06-25T09:00Z")
    assert whole.loc["plan", "action"] == "improvement_plan"
    assert whole.loc["plan", "changed_to"] == "training"
    assert whole["flags"].isna().all()
    assert unsigned(whole.reset_index()).empty
    proposed_before = THREE.columns.drop(["status", *DECIDED])
    pd.testing.assert_frame_equal(whole.reset_index()[proposed_before], THREE[proposed_before])


@pytest.mark.requirement("G0-6")
def test_signing_twice_gives_the_same_as_signing_once():
    once = signed(THREE, SIGNED, MAY)
    pd.testing.assert_frame_equal(signed(once, SIGNED, MAY), once)


@pytest.mark.requirement("G0-6")
@pytest.mark.privacy("P1")
def test_nothing_is_approved_by_its_status_alone():
    """A status that came from elsewhere falls back to proposed; what was executed was executed."""
    claimed = THREE.assign(status=["approved", "rejected", "executed"])
    assert list(signed(claimed, SIGNED.iloc[:0], MAY)["status"]) == [
        "proposed",
        "proposed",
        "executed",
    ]


def test_sign_offs_of_other_cycles_are_left_aside():
    other = SIGNED.assign(cycle_id="2016-04")
    assert set(signed(THREE, other, MAY)["status"]) == {"proposed"}


def test_a_sign_off_of_what_nobody_proposed_is_an_error_that_names_the_row():
    odd = sign(("e9", "first", "confirmed", "hr1", "2016-06-25"))
    assert lines(signed, THREE, odd, MAY) == [
        "sign_offs, row 0: 2016-05/e9/first signs what was not proposed; "
        "sign what stands in the proposals, or the grade, of this cycle"
    ]


def test_a_sign_off_of_an_earlier_run_may_outlive_its_proposal():
    after = THREE.iloc[:1]
    assert len(lines(signed, after, SIGNED, MAY)) == 2
    whole = signed(after, SIGNED, MAY, earlier=THREE)
    assert list(whole["status"]) == ["approved"]


def test_of_two_sign_offs_the_later_counts():
    two = sign(
        ("e1", "first", "rejected", "hr2", "2016-06-26"),
        ("e1", "first", "confirmed", "hr1", "2016-06-25"),
    )
    whole = signed(THREE, two, MAY).set_index("rule_id").loc["first"]
    assert (whole["status"], whole["decided_by"]) == ("rejected", "hr2")


def test_two_decisions_of_one_moment_contradict_each_other():
    two = sign(
        ("e1", "first", "confirmed", "hr1", "2016-06-25"),
        ("e1", "first", "rejected", "hr2", "2016-06-25"),
    )
    assert lines(signed, THREE, two, MAY) == [
        "sign_offs, row 1: 2016-05/e1/first is decided in two ways at the same time; "
        "keep the one that counts"
    ]
    agreed = two.assign(decision="confirmed")
    assert signed(THREE, agreed, MAY)["status"].iloc[0] == "approved"
    settled = pd.concat(
        [two, sign(("e1", "first", "rejected", "hr3", "2016-06-27"))], ignore_index=True
    )
    assert signed(THREE, settled, MAY)["decided_by"].iloc[0] == "hr3"


@pytest.mark.parametrize(
    ("column", "value"), [("reviewer", None), ("reviewer", "  "), ("reason", None), ("reason", " ")]
)
@pytest.mark.privacy("P1")
def test_a_sign_off_needs_a_reviewer_and_a_reason(column, value):
    bare = SIGNED.assign(**{column: value})
    found = lines(signed, THREE, bare, MAY)
    assert len(found) == 3 and f"sign_offs, row 0, column '{column}'" in found[0]


def test_what_was_changed_needs_to_say_into_what():
    bare = SIGNED.assign(changed_to=None)
    assert lines(signed, THREE, bare, MAY) == [
        "sign_offs, row 2: 2016-05/e4/plan is changed, but to what?; "
        "say in changed_to what was decided instead"
    ]


@pytest.mark.requirement("K-12", "G0-6")
def test_deciding_before_the_last_day_of_appeal_is_over_or_about_oneself_is_flagged():
    odd = sign(
        ("e1", "first", "confirmed", "e1", "2016-06-24T15:59:00Z"),
        ("e4", "last", "confirmed", "hr1", "2016-06-24T16:01:00Z"),
    )
    flags = signed(THREE, odd, MAY, timezone="Asia/Shanghai").set_index("rule_id")["flags"]
    assert flags["first"] == "own_case before_appeal_deadline"
    assert flags.isna()[["last", "plan"]].all(), "16:01 in UTC is the next day in Shanghai"


@pytest.mark.requirement("T17")
def test_an_open_appeal_suspends_what_was_decided():
    whole = signed(THREE, SIGNED, MAY, suspended=["e4"]).set_index("rule_id")
    assert dict(whole["status"]) == {"first": "approved", "last": "proposed", "plan": "proposed"}
    assert list(whole["flags"].dropna()) == ["appeal_open"] * 2
    assert whole.loc["last", "decision"] == "rejected"


def test_the_order_of_the_rows_changes_nothing():
    expected = signed(THREE, SIGNED, MAY)
    for of_proposals, of_signs in product(permutations(range(3)), repeat=2):
        whole = signed(THREE.iloc[list(of_proposals)], SIGNED.iloc[list(of_signs)], MAY)
        pd.testing.assert_frame_equal(whole.sort_index(), expected)


APPRAISED = draw("""
employee_id | grade
e1          | excellent
e2          | good
e3          | urgent
e4          |
""")


def graded(evaluations, sign_offs):
    whole = confirmed_grades(APPRAISED, evaluations, sign_offs, scheme(), MAY)
    return whole.set_index("employee_id")


@pytest.mark.requirement("G0-8")
def test_the_best_and_the_worst_grade_are_unconfirmed_without_evidence_whoever_signed():
    named = draw("""
    employee_id | evaluator_id | evidence_text
    e3          | m1           | left a customer without an answer
    e3          | m2           | closed a complaint unread
    e1          | e1           | I was splendid
    """)
    sign_offs = sign(
        ("e1", None, "confirmed", "hr1", "2016-06-25"),
        ("e3", None, "confirmed", "hr1", "2016-06-25"),
    )
    found = graded(named, sign_offs)
    assert dict(found["status"]) == {"e1": "unconfirmed", "e2": "proposed", "e3": "approved"}
    assert dict(found["n_evidence"]) == {"e1": 0, "e2": 0, "e3": 2}
    assert set(found["appeal_until"]) == {pd.Timestamp("2016-05-31") + pd.Timedelta(days=10 + 14)}


def test_a_grade_is_changed_only_to_one_that_there_is():
    none = draw("employee_id | evaluator_id | evidence_text\n")
    change = sign(("e2", None, "changed", "hr1", "2016-06-25"))
    found = graded(none, change.assign(changed_to="excellent"))
    assert found.loc["e2", ["grade", "changed_to", "status"]].to_list() == [
        "good",
        "excellent",
        "proposed",
    ]
    odd = change.assign(changed_to="exellent")
    assert lines(confirmed_grades, APPRAISED, none, odd, scheme(), MAY) == [
        "sign_offs, row 0, column 'changed_to': 2016-05/e2 is changed to 'exellent', which is no "
        "grade; the grades are excellent, good, urgent (meant 'excellent'?)"
    ]


def test_who_has_no_grade_has_none_to_sign():
    odd = sign(("e4", None, "confirmed", "hr1", "2016-06-25"))
    assert lines(confirmed_grades, APPRAISED, draw("employee_id\n"), odd, scheme(), MAY) == [
        "sign_offs, row 0: 2016-05/e4 signs what was not proposed; "
        "sign what stands in the proposals, or the grade, of this cycle"
    ]


@pytest.mark.requirement("K-12")
def test_a_rule_that_may_end_a_contract_carries_five_warnings_and_the_others_none():
    rules = {rule.id: rule for rule in scheme().rules}
    assert review_text(rules["out"]) == (
        "review",
        "human_decision",
        "absolute_standard_evidence",
        "training_or_transfer_record",
        "not_legal_advice",
    )
    assert review_text(rules["last"]) == ()


@pytest.mark.requirement("K-12", "G0-6")
def test_an_action_that_reads_as_an_executed_end_of_contract_is_refused():
    check_wording(scheme())
    for action in ("dismissed", "resign_automatically", "reviewed_and_dismissed"):
        odd = scheme([{**RULES[3], "action": action}])
        assert lines(check_wording, odd) == [
            f"scheme 's': rules.out.action: '{action}' reads as if the end of the contract were "
            "decided; name a review, such as dismissal_review"
        ]


@pytest.mark.requirement("K-12")
@pytest.mark.parametrize(
    "path", sorted(Path("params/schemes").glob("*.yaml")), ids=lambda p: p.stem
)
def test_no_scheme_of_ours_words_the_end_of_a_contract_as_a_fact(path):
    check_wording(load_scheme(path))


def test_who_left_by_the_end_of_the_cycle_gets_money_but_nothing_that_looks_ahead():
    """Edge case 20: last day of work 31 May for e4, 1 June for e1."""
    people = draw("""
    employee_id | leave_date
    e1          | 2016-06-01
    e4          | 2016-05-31
    """).assign(leave_date=lambda rows: pd.to_datetime(rows["leave_date"]))
    assert list(THREE.loc[of_leavers(THREE, people, MAY), "rule_id"]) == ["plan"]
    everyone = people.assign(employee_id=["e4", "e1"])
    assert not of_leavers(THREE, everyone, MAY).any(), "e1 has money only, e4 is still there"


def test_what_stands_under_a_former_id_continues_under_the_one_of_today():
    """Edge case 66; both ids are kept."""
    people = draw("""
    employee_id | alias_of
    e4_old      | e4
    e4_oldest   | e4_old
    e4          |
    """)
    rows = sign(("e4_oldest", "last", "confirmed", "e4_old", "2016-06-25"))
    found = under_present_ids(rows, people, ["employee_id", "reviewer"])
    assert found.loc[0, ["employee_id", "former_id", "reviewer"]].to_list() == [
        "e4",
        "e4_oldest",
        "e4",
    ]
    whole = signed(THREE, found, MAY).set_index("rule_id")
    assert (whole.loc["last", "status"], whole.loc["last", "flags"]) == ("approved", "own_case")


PLANS = draw("""
plan_id | revision | cycle_id | employee_id | trigger_rule | submitted_at         | causes | goal
p1      |          | 2016-05  | e4          | plan         | 2016-06-17T16:30:00Z | slow   | 30 s
p1      | 1        | 2016-05  | e4          | plan         | 2016-06-20T09:00:00Z | slow   | 35 s
p0      |          | 2016-04  | e4          | plan         | 2016-05-17T09:00:00Z | slow   | 40 s
""")


def owed(plans, today, timezone="UTC"):
    due = THREE.assign(due=pd.Timestamp("2016-06-17"))
    return plans_owed(due, plans, MAY, today, timezone).iloc[0]


@pytest.mark.requirement("I-03", "G1")
def test_a_plan_that_is_asked_for_is_awaited_until_its_day_is_over():
    none = PLANS.iloc[:0]
    assert not owed(none, date(2016, 6, 17))["late"]
    missing = owed(none, date(2016, 6, 18))
    assert missing["late"] and pd.isna(missing["plan_id"])
    assert missing["lacking"] == " ".join(PLAN_PARTS)


@pytest.mark.requirement("I-03")
def test_a_plan_counts_from_its_first_text_and_shows_its_latest():
    """Handed in at 16:30 UTC of the last day: in time in London, half past midnight in Shanghai."""
    found = owed(PLANS, date(2016, 7, 1))
    assert found[["plan_id", "revision", "late"]].to_list() == ["p1", 1, False]
    assert found["submitted_at"] == pd.Timestamp("2016-06-17T16:30Z")
    assert found["lacking"] == "measures support owner_id deadline check_dates"
    assert owed(PLANS, date(2016, 7, 1), "Asia/Shanghai")["late"]


@pytest.mark.requirement("I-02")
def test_incentive_and_plan_belong_together():
    plans = PLANS.iloc[:2]
    found = two_sides(THREE, plans, scheme()).set_index("employee_id")
    assert found.loc["e1"].to_list() == [1, 0, 0, True]
    assert found.loc["e4"].to_list() == [0, 1, 1, False]


@pytest.mark.requirement("J-03")
def test_days_from_the_result_to_the_reward_and_how_dear_it_is():
    awards = draw("""
    period  | employee_id | award           | incentive_kind | given_date
    2016-05 | e1          | bonus           | material       | 2016-06-25
    2016-Q2 | e1          | best_specialist | spiritual      | 2016-06-30
    2016-05 | e2          | bonus           | material       |
    """).assign(given_date=lambda rows: pd.to_datetime(rows["given_date"]))
    wishes = draw("""
    employee_id | incentive_kind | rank
    e1          | spiritual      | 1
    e1          | material       | 2
    """)
    found = reward_days(awards, wishes).set_index(["employee_id", "award"])
    assert found.loc[("e1", "bonus"), ["days", "preference"]].to_list() == [25, 2]
    assert found.loc[("e1", "best_specialist"), ["days", "preference"]].to_list() == [0, 1]
    assert found.loc[("e2", "bonus"), ["days", "preference"]].isna().all()
    assert reward_days(awards)["preference"].isna().all()


def test_the_tables_of_decisions_refer_to_tables_and_columns_that_there_are():
    known = {**INPUT_TABLES, **{table.name: table for table in DECISION_TABLES}}
    for table in DECISION_TABLES:
        assert set(table.key) <= set(table.names)
        for link in table.references:
            assert link.column in table.names
            assert link.column_there in known[link.table].names


def test_the_last_day_of_appeal_counts_from_the_report():
    assert appeal_until(scheme(), MAY) == date(2016, 6, 24)
