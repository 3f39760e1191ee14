"""The annual chain: one test for each row of its table, and what holds for every table."""

import pandas as pd
import pytest
import yaml
from five_grades_chain import CHAIN, GRADES, five_grades, with_chain
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from csperf import InputError
from csperf.appraisal.chain import advance, answer, unanswered

EXCELLENT, GOOD, MEDIUM, TO_BE_IMPROVED, URGENT = GRADES
ABOVE = [EXCELLENT, GOOD, MEDIUM]
SCHEME = with_chain(yaml.safe_load(CHAIN))
STATES = SCHEME.chain.states
LISTED = ["WATCH_TBI", "WATCH_URGENT"]
UNLISTED = [state for state in STATES if state not in LISTED]


def person(state, level=0):
    return pd.DataFrame({"employee_id": ["a"], "state": [state], "allowance_level": [level]})


def event(name, day, grade=None, cycle=None, employee="a"):
    return {"employee_id": employee, "event": name, "at": day, "grade": grade, "cycle_id": cycle}


def annual(grade, year=2026):
    return event("annual", f"{year}-12-31", grade, f"{year}")


def mid_year(grade, year=2027):
    return event("mid_year", f"{year}-06-30", grade, f"{year}-H1")


def moved(people, *events, scheme=SCHEME):
    return advance(people, pd.DataFrame(events), scheme)


def after(state, *events, level=0, scheme=SCHEME):
    """The last row of what events do to one person."""
    return moved(person(state, level), *events, scheme=scheme).iloc[-1]


def shown(row):
    names = ["transition", "change", "promotion", "state", "allowance_level", "proposal"]
    return tuple(row[names])


@pytest.mark.requirement("T1", "G4-5")
def test_an_excellent_year_raises_the_allowance_by_a_level_as_a_proposal():
    assert shown(after("NORMAL", annual(EXCELLENT), level=1)) == (
        *("T1", 1, "unchanged", "NORMAL", 1 + 1, True),
    )


@pytest.mark.requirement("T2", "G4-5")
def test_a_good_year_allows_promotion():
    assert shown(after("NORMAL", annual(GOOD))) == ("T2", 0, "allowed", "NORMAL", 0, False)


@pytest.mark.requirement("T3", "G4-5")
def test_a_medium_year_changes_nothing():
    assert shown(after("NORMAL", annual(MEDIUM))) == ("T3", 0, "unchanged", "NORMAL", 0, False)


@pytest.mark.requirement("T4", "G4-5")
def test_a_year_to_be_improved_freezes_promotion_and_lists_for_the_mid_year():
    row = after("NORMAL", annual(TO_BE_IMPROVED))
    assert shown(row) == ("T4", 0, "frozen", "WATCH_TBI", 0, True)
    assert row["state"] in SCHEME.chain.listed


@pytest.mark.requirement("T5", "G4-5")
def test_an_urgent_year_costs_a_level_and_lists_for_the_mid_year():
    row = after("NORMAL", annual(URGENT))
    assert shown(row) == ("T5", -1, "frozen", "WATCH_URGENT", -1, True)
    assert row["state"] in SCHEME.chain.listed


@pytest.mark.requirement("T6")
@pytest.mark.parametrize("grade", ABOVE)
def test_a_better_mid_year_makes_promotion_normal_again(grade):
    row = after("WATCH_TBI", mid_year(grade))
    assert shown(row) == ("T6", 0, "normal", "NORMAL", 0, False)


@pytest.mark.requirement("T7")
def test_a_mid_year_to_be_improved_costs_a_level():
    row = after("WATCH_TBI", mid_year(TO_BE_IMPROVED))
    assert shown(row) == ("T7", -1, "frozen", "TBI_TWICE", -1, True)


@pytest.mark.requirement("T8")
def test_an_urgent_mid_year_after_to_be_improved_costs_a_level_and_people_look_at_it():
    row = after("WATCH_TBI", mid_year(URGENT))
    assert shown(row) == ("T8", -1, "frozen", "TBI_TWICE", -1, True)
    assert answer(SCHEME.chain, "WATCH_TBI", "mid_year", URGENT).review


@pytest.mark.requirement("T9")
def test_an_urgent_second_year_raises_the_question_of_termination():
    row = after("TBI_TWICE", annual(URGENT), level=-1)
    assert shown(row) == ("T9", 0, "unchanged", "TERMINATION_REVIEW", -1, True)


@pytest.mark.requirement("T10")
def test_a_second_year_to_be_improved_is_as_a_first_one_and_says_that_it_is_not_ruled():
    row = after("TBI_TWICE", annual(TO_BE_IMPROVED), level=-1)
    assert shown(row) == ("T10", 0, "frozen", "WATCH_TBI", -1, True)
    assert row["note"] == "as T4; not ruled; frozen until the mid-year"


@pytest.mark.requirement("T11")
@pytest.mark.parametrize(
    ("grade", "change", "promotion"),
    [(EXCELLENT, 1, "normal"), (GOOD, 0, "allowed"), (MEDIUM, 0, "normal")],
)
def test_a_better_second_year_is_as_any_other(grade, change, promotion):
    row = after("TBI_TWICE", annual(grade), level=-1)
    assert shown(row) == ("T11", change, promotion, "NORMAL", -1 + change, change != 0)


@pytest.mark.requirement("T12")
@pytest.mark.parametrize(
    ("contract_day", "ends", "states"),
    [
        ("before", "2027-06-29", ["NON_RENEWAL_REVIEW", "NON_RENEWAL_REVIEW"]),
        ("before", "2027-06-30", ["NON_RENEWAL_REVIEW", "NON_RENEWAL_REVIEW"]),
        ("before", "2027-07-01", ["KEPT_FROZEN", "KEPT_FROZEN"]),
        ("after", "2027-06-29", ["NON_RENEWAL_REVIEW", "NON_RENEWAL_REVIEW"]),
        ("after", "2027-06-30", ["KEPT_FROZEN", "KEPT_FROZEN"]),
    ],
)
def test_a_contract_that_ends_before_the_mid_year_is_looked_at_without_a_second_cut(
    contract_day, ends, states
):
    """Edge case 83: on the day of the mid-year counts as before, unless the scheme differs."""
    scheme = with_chain({**yaml.safe_load(CHAIN), "contract_day": contract_day})
    found = moved(
        person("WATCH_URGENT", -1), mid_year(MEDIUM), event("contract_ends", ends), scheme=scheme
    )
    assert found["state"].tolist() == states
    assert found["allowance_level"].tolist() == [-1, -1]
    if states[0] == "NON_RENEWAL_REVIEW":
        assert shown(found.iloc[0]) == ("T12", 0, "unchanged", "NON_RENEWAL_REVIEW", -1, True)


@pytest.mark.requirement("T13")
@pytest.mark.parametrize("grade", [TO_BE_IMPROVED, URGENT])
def test_no_better_mid_year_after_an_urgent_year_raises_the_question_of_termination(grade):
    row = after("WATCH_URGENT", mid_year(grade), level=-1)
    assert shown(row) == ("T13", 0, "unchanged", "TERMINATION_REVIEW", -1, True)


@pytest.mark.requirement("T14")
@pytest.mark.parametrize("grade", ABOVE)
def test_a_better_mid_year_after_an_urgent_year_keeps_the_person_with_promotion_frozen(grade):
    row = after("WATCH_URGENT", mid_year(grade), level=-1)
    assert shown(row) == ("T14", 0, "frozen", "KEPT_FROZEN", -1, True)


@pytest.mark.requirement("T15")
@pytest.mark.parametrize(
    ("grade", "change", "promotion", "state"),
    [
        (EXCELLENT, 1, "normal", "NORMAL"),
        (GOOD, 0, "allowed", "NORMAL"),
        (MEDIUM, 0, "normal", "NORMAL"),
        (TO_BE_IMPROVED, 0, "frozen", "WATCH_TBI"),
        (URGENT, -1, "frozen", "WATCH_URGENT"),
    ],
)
def test_the_second_year_of_who_was_kept_is_as_any_other(grade, change, promotion, state):
    row = after("KEPT_FROZEN", annual(grade), level=-1)
    proposed = change != 0 or promotion == "frozen"
    assert shown(row) == ("T15", change, promotion, state, -1 + change, proposed)


@pytest.mark.requirement("T16")
@pytest.mark.parametrize("state", STATES)
def test_an_absent_result_changes_nothing_and_is_noted(state):
    """Edge case 21."""
    row = after(state, event("absent", "2026-12-31"), level=2)
    assert shown(row) == ("T16", 0, "unchanged", state, 2, False)
    assert row["note"] == "the due result is absent"


@pytest.mark.requirement("T17")
@pytest.mark.parametrize("state", STATES)
def test_while_an_appeal_is_open_no_event_has_an_effect(state):
    found = moved(
        person(state, 2),
        annual(URGENT),
        mid_year(URGENT),
        event("contract_ends", "2027-01-31"),
        event("appeal_open", "2027-01-15"),
    )
    assert len(found) == 4
    assert set(found["transition"]) == {"T17"}
    assert set(found["state"]) == {state} and set(found["allowance_level"]) == {2}
    assert set(found["note"]) == {"an appeal is open: the effect is suspended"}


@pytest.mark.requirement("T18")
@pytest.mark.parametrize(
    ("grade", "level", "proposed"), [(URGENT, -3, True), (EXCELLENT, 5, False)]
)
def test_a_level_beyond_the_table_is_not_reached_and_that_is_said(grade, level, proposed):
    """Edge case 84: no further effect on money; a negative row stays one that people decide."""
    row = after("NORMAL", annual(grade), level=level)
    assert (row["change"], row["allowance_level"], row["clamped"]) == (0, level, True)
    assert row["note"] == "T18: no allowance level beyond -3 to 5"
    assert row["proposal"] == proposed
    assert not after("NORMAL", annual(URGENT), level=-2)["clamped"]


@pytest.mark.requirement("G4", "T5", "T14", "T15")
def test_an_urgent_year_then_a_medium_mid_year_then_a_good_year():
    """Known answer: -1, frozen, NORMAL 0."""
    found = moved(person("NORMAL"), annual(GOOD, 2027), mid_year(MEDIUM), annual(URGENT))
    assert found["change"].tolist() == [-1, 0, 0]
    assert found["promotion"].tolist() == ["frozen", "frozen", "allowed"]
    assert found["state"].tolist() == ["WATCH_URGENT", "KEPT_FROZEN", "NORMAL"]
    assert found["state_before"].tolist() == ["NORMAL", "WATCH_URGENT", "KEPT_FROZEN"]
    assert found["allowance_level"].tolist() == [-1, -1, -1]


@pytest.mark.requirement("G4", "T4", "T7", "T9")
def test_two_results_to_be_improved_and_an_urgent_year():
    """Known answer: 0, -1, TERMINATION_REVIEW."""
    found = moved(
        person("NORMAL"), annual(TO_BE_IMPROVED), mid_year(TO_BE_IMPROVED), annual(URGENT, 2027)
    )
    assert found["change"].tolist() == [0, -1, 0]
    assert found["state"].tolist()[-1] == "TERMINATION_REVIEW"


def test_one_moment_after_the_other_is_as_all_at_once():
    events = [annual(TO_BE_IMPROVED), mid_year(URGENT), annual(MEDIUM, 2027)]
    people, rows = person("NORMAL"), []
    for each in events:
        rows.append(moved(people, each))
        people = rows[-1][["employee_id", "state", "allowance_level"]]
    assert_frame_equal(pd.concat(rows, ignore_index=True), moved(person("NORMAL"), *events))


@pytest.mark.requirement("G4")
@pytest.mark.parametrize("state", UNLISTED)
@pytest.mark.parametrize("grade", GRADES)
def test_a_voluntary_mid_year_moves_nobody(state, grade):
    row = after(state, mid_year(grade), level=1)
    assert row["state"] == state and row["allowance_level"] == 1
    assert pd.isna(row["transition"]) and not row["proposal"]
    assert row["note"] == "not listed for a mid-year: the state stays"


@pytest.mark.parametrize("state", ["WATCH_TBI", "WATCH_URGENT"])
def test_a_year_after_a_mid_year_that_was_never_held_is_as_any_other_and_people_look_at_it(state):
    found = moved(person(state), event("absent", "2027-06-30"), annual(GOOD, 2027))
    assert found["state"].tolist() == [state, "NORMAL"]
    assert found["proposal"].tolist() == [False, True]
    assert found["note"][1] == "as T2; no mid-year was held: not ruled; when there is an opening"


@pytest.mark.requirement("G4")
@pytest.mark.parametrize(
    "people",
    [
        pd.DataFrame({"employee_id": [], "state": [], "allowance_level": []}),
        pd.DataFrame({"employee_id": ["a"], "state": [None], "allowance_level": [None]}),
    ],
)
def test_a_new_person_begins_at_the_start_of_the_chain(people):
    """Edge case 85."""
    row = moved(people, annual(EXCELLENT)).iloc[0]
    assert row["state_before"] == "NORMAL" and row["allowance_level"] == 0 + 1


@pytest.mark.requirement("G4")
def test_two_annual_results_in_one_year_name_both_cycles():
    """Edge case 86."""
    with pytest.raises(InputError) as error:
        moved(
            person("NORMAL"),
            event("annual", "2026-12-31", GOOD, "2026"),
            event("annual", "2027-01-10", URGENT, "2026-H2"),
            annual(GOOD, 2027),
        )
    assert str(error.value) == (
        "events of the chain: employee 'a' has 2 results of kind annual in 2026: 2026, 2026-H2;"
        " keep one"
    )


def test_results_without_cycles_are_told_apart_by_their_days():
    bare = [{**annual(GOOD), "cycle_id": None}, {**annual(GOOD), "at": "2026-12-30"}]
    events = pd.DataFrame(bare).drop(columns="cycle_id")
    with pytest.raises(InputError, match=r"in 2026: 2026-12-30, 2026-12-31"):
        advance(person("NORMAL"), events, SCHEME)


def without(*ids):
    chain = yaml.safe_load(CHAIN)
    rows = [row for row in chain["transitions"] if row["id"] not in ids]
    return with_chain({**chain, "transitions": rows})


def test_a_state_without_an_answer_is_named_with_the_event():
    scheme = without("T13", "T15")
    assert unanswered(scheme) == [
        "state 'WATCH_URGENT' has no answer for mid_year to_be_improved",
        "state 'WATCH_URGENT' has no answer for mid_year urgent_improvement",
        *(f"state 'KEPT_FROZEN' has no answer for annual {grade}" for grade in GRADES),
    ]
    with pytest.raises(InputError) as error:
        moved(person("KEPT_FROZEN"), annual(GOOD), scheme=scheme)
    assert str(error.value) == (
        "scheme 'five_grades': chain: state 'KEPT_FROZEN' has no answer for annual good;"
        " give it one transition"
    )


def test_an_answer_that_refers_to_an_answer_that_is_not_there_is_none():
    assert "state 'KEPT_FROZEN' has no answer for annual medium" in unanswered(without("T3"))


def test_states_that_refer_to_each_other_have_no_answer():
    chain = yaml.safe_load(CHAIN)
    for row in chain["transitions"]:
        if row["id"] in ("T1", "T2", "T3", "T4", "T5"):
            row.update(as_in="KEPT_FROZEN", to=None)
    assert "state 'NORMAL' has no answer for annual good" in unanswered(with_chain(chain))


def test_two_rows_for_one_event_are_no_answer():
    chain = yaml.safe_load(CHAIN)
    chain["transitions"].append(
        {"id": "again", "state": "NORMAL", "event": "annual", "grades": [GOOD, MEDIUM]}
    )
    assert unanswered(with_chain(chain))[:2] == [
        "state 'NORMAL' has several answers (T2, again) for annual good",
        "state 'NORMAL' has several answers (T3, again) for annual medium",
    ]


def test_a_result_without_a_grade_has_no_answer():
    with pytest.raises(InputError, match="no answer for annual without a grade"):
        moved(person("NORMAL"), annual(None))


@pytest.mark.parametrize(
    ("people", "events", "message"),
    [
        (person("GONE"), [annual(GOOD)], "employee 'a' is in state 'GONE'; there are NORMAL, "),
        (person("NORMAL", 6), [annual(GOOD)], "employee 'a' has allowance level 6, not -3 to 5"),
        (pd.concat([person("NORMAL")] * 2), [annual(GOOD)], "employee 'a' stands twice"),
        (person("NORMAL"), [event("annual", None, GOOD)], "annual of employee 'a' has no day"),
        (
            person("NORMAL"),
            [event("party", "2026-12-31")],
            "state 'NORMAL' has no answer for party",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(people, events, message):
    with pytest.raises(InputError, match=message):
        moved(people, *events)


def test_without_a_chain_or_events_nothing_moves():
    none = SCHEME.model_copy(update={"chain": None})
    assert moved(person("NORMAL"), annual(GOOD), scheme=none).empty
    assert unanswered(none) == []
    columns = ["employee_id", "event", "grade", "at"]
    nothing = advance(person("NORMAL"), pd.DataFrame(columns=columns), SCHEME)
    assert nothing.empty and "allowance_level" in nothing


def test_the_chain_reads_from_a_file_as_strictly_as_a_scheme_does(tmp_path):
    assert five_grades(tmp_path) == SCHEME
    assumed = [path for path, value in SCHEME.sourced() if value.provenance == "assumed"]
    assert "chain.transitions.T8.change" in assumed
    assert "chain.transitions.T7.change" not in assumed


@pytest.mark.requirement("G4", *(f"T{number}" for number in range(1, 18)))
def test_every_state_has_an_answer_for_every_event():
    assert unanswered(SCHEME) == []


results = st.tuples(st.sampled_from(["annual", "mid_year"]), st.sampled_from(list(GRADES)))
others = st.tuples(st.sampled_from(["contract_ends", "absent", "appeal_open"]), st.none())


@given(
    st.lists(results | others, min_size=1, max_size=4),
    st.sampled_from(STATES),
    st.integers(-3, 5),
    st.randoms(use_true_random=False),
)
@settings(max_examples=50, deadline=None)
def test_no_events_lead_out_of_the_chain_or_its_levels(events, state, level, random):
    happened = [
        event(name, f"{year}-12-31", grade, employee=who)
        for year, (name, grade) in enumerate(events, start=2001)
        for who in "ab"
    ]
    people = pd.concat([person(state, level).assign(employee_id=who) for who in "ba"])
    found = moved(people, *random.sample(happened, len(happened)))
    assert set(found["state"]) <= set(STATES)
    assert found["allowance_level"].between(-3, 5).all()
    assert (found["change"].abs() <= 1).all()
    assert found["employee_id"].tolist() == ["a"] * len(events) + ["b"] * len(events)
    one, other = (rows.drop(columns="employee_id") for _, rows in found.groupby("employee_id"))
    assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))
    assert one["change"].sum() == one["allowance_level"].iloc[-1] - level
