"""What people decide about the chain's proposals decides where the person stands next."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas import DataFrame

from csperf import Cycle, load_scheme
from csperf.appraisal.chain import EVENTS, RESULTS, advance, answer
from csperf.appraisal.standing import chain_proposals, with_standing
from csperf.appraisal.streaks import earlier_scores

FIVE = load_scheme("params/schemes/five_grades.yaml")
CHAIN = FIVE.chain
GRADES = [band.grade for band in FIVE.grades]


def signed(*rows: tuple[str, str, str, str | None], at: str = "2027-02-01") -> DataFrame:
    """Sign-offs on employee a: (cycle, rule, decision, changed to)."""
    frame = DataFrame(rows, columns=["cycle_id", "rule_id", "decision", "changed_to"], dtype="str")
    when = pd.Timestamp(at, tz="UTC")
    return frame.assign(employee_id="a", reviewer="hr", at=when, reason="looked at the case")


def past(*rows: tuple[str, str, str, int]) -> DataFrame:
    """History of employee a: (cycle, grade, state, allowance level)."""
    frame = DataFrame(rows, columns=["cycle_id", "grade", "state", "allowance_level"])
    return frame.assign(
        employee_id="a", team_id="t", quantity_id="score", scheme_id=FIVE.id, value=60.0, rank=1
    )


def stood(cycle: str, grade: str, history: DataFrame | None = None, **records: DataFrame):
    """State, allowance level and moves of employee a after a cycle."""
    people = DataFrame({"employee_id": ["a"], "team_id": "t", "level_group": "front_line"})
    people = people.assign(eligible=True, score=60.0, grade=grade, rank=1)
    when = Cycle.parse(cycle)
    earlier = earlier_scores(history, FIVE, when)
    found, moved = with_standing(people, FIVE, when, earlier, records)
    return found["state"].iloc[0], found["allowance_level"].iloc[0], moved


@pytest.mark.requirement("G0-6", "T5")
@pytest.mark.parametrize(
    ("decision", "changed_to", "state", "level"),
    [
        ("confirmed", None, "WATCH_URGENT", -1),
        ("rejected", None, "NORMAL", 0),
        ("changed", "a talk with the department head", "NORMAL", 0),
        ("changed", "WATCH_TBI", "WATCH_TBI", 0),
    ],
)
def test_a_cut_takes_effect_only_if_nobody_decided_against_it(decision, changed_to, state, level):
    signs = signed(("2026", "T5", decision, changed_to))
    found = stood("2026", "urgent_improvement", sign_offs=signs)
    assert found[:2] == (state, level)
    assert found[2][["transition", "change", "state"]].iloc[0].tolist() == [
        "T5",
        -1,
        "WATCH_URGENT",
    ]
    assert stood("2026", "urgent_improvement")[:2] == ("WATCH_URGENT", -1)


@pytest.mark.requirement("G0-6", "T5")
def test_what_was_rejected_after_the_run_is_not_carried_into_the_mid_year():
    """Annual 2026 was run with WATCH_URGENT and -1; then people rejected the cut."""
    history = past(("2026", "urgent_improvement", "WATCH_URGENT", -1))
    state, level, moved = stood(
        "2027-H1", "urgent_improvement", history, sign_offs=signed(("2026", "T5", "rejected", None))
    )
    assert (state, level) == ("NORMAL", 0)
    assert moved.empty  # and so no mid-year is due


@pytest.mark.requirement("G0-6", "T5", "T13", "T9")
def test_a_decision_on_an_older_cycle_is_gone_through_to_the_present():
    """The -1 of 2026 is rejected in 2028: no mid-year was due in 2027, and 2027 itself is a T5."""
    history = past(
        ("2026", "urgent_improvement", "WATCH_URGENT", -1),
        ("2027-H1", "urgent_improvement", "TERMINATION_REVIEW", -1),
        ("2027", "urgent_improvement", "TERMINATION_REVIEW", -1),
    )
    rejected = signed(("2026", "T5", "rejected", None), at="2028-02-01")
    assert stood("2028-01", "good", history, sign_offs=rejected)[:2] == ("WATCH_URGENT", -1)


@pytest.mark.requirement("G0-6", "T9", "T13")
def test_a_rejected_review_keeps_the_person_and_the_next_year_is_as_any_other():
    history = past(
        ("2026", "urgent_improvement", "WATCH_URGENT", -1),
        ("2027-H1", "to_be_improved", "TERMINATION_REVIEW", -1),
    )
    kept = signed(("2027-H1", "T13", "rejected", None))
    state, level, moved = stood("2027", "good", history, sign_offs=kept)
    assert moved["state_before"].tolist() == ["KEPT_FROZEN"]
    assert moved["transition"].tolist() == ["T15"] and (state, level) == ("NORMAL", -1)
    state, _, moved = stood("2027", "good", history)
    assert state == "TERMINATION_REVIEW" and moved["transition"].tolist() == ["N3"]


@pytest.mark.requirement("G0-6", "T12", "T14")
def test_a_contract_that_is_renewed_after_all_leaves_the_mid_year_to_be_held():
    history = past(("2026", "urgent_improvement", "WATCH_URGENT", -1))
    contracts = DataFrame(
        {
            "employee_id": ["a"],
            "contract_from": pd.to_datetime(["2025-07-01"]),
            "contract_to": pd.to_datetime(["2027-05-31"]),
        }
    )
    renewed = signed(("2027-H1", "T12", "rejected", None))
    state, level, moved = stood(
        "2027-H1", "medium", history, sign_offs=renewed, contracts=contracts
    )
    assert moved["transition"].tolist() == ["T12", "T14"]
    assert (state, level) == ("KEPT_FROZEN", -1)


@pytest.mark.requirement("T17", "G0-6")
def test_a_decision_waits_while_an_appeal_is_open():
    appeals = DataFrame(
        {
            "appeal_id": ["p1"],
            "cycle_id": ["2026"],
            "employee_id": ["a"],
            "issue": ["the grade"],
            "stage": ["direct superior"],
            "facts": ["a case was counted twice"],
            "filed_at": pd.to_datetime(["2027-01-20"], utc=True),
        }
    )
    found = stood(
        "2026",
        "urgent_improvement",
        sign_offs=signed(("2026", "T5", "confirmed", None)),
        appeals=appeals,
    )
    assert found[:2] == ("NORMAL", 0) and set(found[2]["transition"]) == {"T17"}


@pytest.mark.requirement("G0-6", "G4", *(f"T{number}" for number in range(1, 19)))
@pytest.mark.parametrize("decision", ["confirmed", "changed", "rejected"])
def test_every_state_has_an_answer_for_every_event_and_every_decision_on_it(decision):
    """A rejected proposal changes no level, and a rejected review leads out of the review."""
    cases = [
        (state, event, grade)
        for state in CHAIN.states
        for event in (*EVENTS, "contract_ends")
        for grade in (GRADES if event in RESULTS else [None])
    ]
    happened = DataFrame(cases, columns=["state", "event", "grade"]).assign(at="2026-12-31")
    happened["employee_id"] = [f"{number:03}" for number in happened.index]
    said = [answer(CHAIN, *case) for case in cases]
    signs = happened.assign(
        rule_id=[one.transition for one in said], decision=decision, changed_to=None
    )
    found = advance(happened.assign(allowance_level=0), happened, FIVE, signs)
    assert found["state"].tolist() == [one.state for one in said]
    assert found["decided_state"].isin(CHAIN.states).all()
    against = found["proposal"] & (decision != "confirmed")
    as_said, back = found[~against], found[against]
    assert (as_said["decided_state"] == as_said["state"]).all()
    assert (as_said["decided_level"] == as_said["allowance_level"]).all()
    assert (back["decided_level"] == 0).all()
    assert not back["decided_state"].str.endswith("REVIEW").any()
    assert len(back) > 20 or decision == "confirmed"


def test_a_state_after_a_rejection_must_be_one_of_the_chain():
    chain = CHAIN.model_dump()
    chain["transitions"][0]["if_rejected"] = {"local": "NOWHERE"}
    with pytest.raises(ValueError, match="T1: no state 'NOWHERE'"):
        type(CHAIN).model_validate(chain)


@pytest.mark.requirement("T8", "T9", "G0-6")
@pytest.mark.parametrize(
    ("before", "cycle", "told"),
    [
        (
            ("2026", "to_be_improved", "WATCH_TBI", 0),
            "2027-H1",
            "WATCH_TBI to TBI_TWICE, allowance -1, promotion frozen, to be looked at by people, "
            "not ruled by the source",
        ),
        (
            ("2026", "to_be_improved", "WATCH_TBI", -3),
            "2027-H1",
            "allowance +0, promotion frozen, to be looked at by people, "
            "not ruled by the source; T18: no allowance level beyond -3 to 5",
        ),
        (
            ("2026-H1", "to_be_improved", "TBI_TWICE", -1),
            "2026",
            "TBI_TWICE to TERMINATION_REVIEW, allowance +0, promotion unchanged, "
            "to be looked at by people",
        ),
    ],
)
def test_a_proposal_says_what_the_source_does_not_rule_and_what_was_cut(before, cycle, told):
    _, _, moved = stood(cycle, "urgent_improvement", past(before))
    people = DataFrame({"employee_id": ["a"], "team_id": "t"})
    made = chain_proposals(moved, people, FIVE, Cycle.parse(cycle))
    assert made["facts"].iloc[0].endswith(told)


@pytest.mark.requirement("G0-6", "G4-4")
def test_the_chain_has_the_days_of_appeal_of_the_scheme():
    """The report is out 10 days after the year; 20 days later is the last day of appeal."""
    data = FIVE.model_dump()
    data["timing"] = {"report_days_after_cycle": 10, "appeal_days_after_report": 20}
    scheme = type(FIVE).model_validate(data)
    _, _, moved = stood("2026", "urgent_improvement")
    people = DataFrame({"employee_id": ["a"], "team_id": "t"})
    made = chain_proposals(moved, people, scheme, Cycle.parse("2026"))
    assert made["appeal_until"].iloc[0] == pd.Timestamp("2027-01-30")
    with pytest.raises(ValueError, match="appeal_days"):
        type(CHAIN).model_validate({**CHAIN.model_dump(), "appeal_days": 14})
