"""Proposals, decisions, procedure and records in the team report."""

import pytest
from team import GRADES, RULES, headings, scheme, shown, team

from csperf.reporting import deciding, procedure, records

RULED = scheme(
    grades=GRADES,
    rules=RULES,
    currency="EUR",
    evaluators=[{"type": "self", "title": "Own view"}, {"type": "boss", "title": "Superior"}],
)
REVIEW = (
    "For review only.\nPeople decide.\nNeeds evidence against a standard that holds for everybody;"
    " being last is no proof of poor work.\nNeeds a record of training or of a transfer.\n"
    "Not legal advice."
)


def proposal(person, rule, action, facts="rank 3 of 3", **further):
    return {"employee_id": person, "rule_id": rule, "action": action, "facts": facts} | {
        "approver": "HR",
        "status": "proposed",
        "appeal_until": "2027-01-24",
        **further,
    }


SIGNED = {"decision": "confirmed", "decided_by": "h1", "decided_at": "2027-02-01T09:00:00Z"}
SIGNED |= {"why": "on file", "status": "approved"}


@pytest.mark.requirement("K-12", "G0-6")
def test_every_row_that_may_end_a_contract_says_what_is_needed_before_anybody_decides():
    rows = [
        proposal("cho", "end", "contract_end_review"),
        proposal("bob", "end", "contract_end_review", flags="appeal_open"),
        proposal("cho", "train", "training"),
        proposal("ann", "end", "contract_end_review", **SIGNED),
    ]
    view = team(RULED, proposals=rows)
    table = deciding.contracts_table(view)
    assert [row[0] for row in shown(table)] == ["Ann", "Bob", "Cho"]
    assert {row[3] for row in shown(table)} == {REVIEW}
    assert [row[4] for row in shown(table)] == [
        "confirmed by h1 on February 1, 2027: on file",
        "nobody has decided yet; an appeal is open; nothing takes effect yet",
        "nobody has decided yet",
    ]
    assert [row[1] for row in shown(deciding.proposals_table(view))] == ["training (HR)"]


@pytest.mark.requirement("K-12")
def test_a_review_of_the_chain_may_end_a_contract_too():
    states = {"states": ["A"], "start": "A"}
    row = {"id": "T9", "state": "A", "event": "annual", "review": True}
    known = scheme(grades=GRADES, chain={**states, "transitions": [row]})
    rows = [proposal("cho", "T9", "termination_review"), proposal("bob", "T9", "allowance_level")]
    view = team(known, proposals=rows)
    assert [row[0] for row in shown(deciding.contracts_table(view))] == ["Cho"]
    assert [row[0] for row in shown(deciding.proposals_table(view))] == ["Bob"]


def test_proposals_about_one_person_stand_in_one_row_and_facts_are_told_once():
    rows = [
        proposal("cho", "plan", "improvement_plan", due="2027-01-20", approver="superior"),
        proposal("cho", "train", "training"),
        proposal("bob", "train", "training", "rank 2 of 3", amount=-50.0, p_noise=0.234),
    ]
    table = deciding.proposals_table(team(RULED, proposals=rows))
    assert headings(table)[2:6] == ["Concerns", "Amount EUR", "Because", "Chance alone"]
    assert shown(table) == [
        [
            *("Bob", "training (HR)", "training", "−50.00", "Last: rank 2 of 3"),
            *("23%: may well be chance", "January 24, 2027"),
        ],
        [
            "Cho",
            "improvement plan by January 20, 2027 (superior)\ntraining (HR)",
            "improvement of the work, training",
            "–",
            "Low, Last: rank 3 of 3",
            "–",
            "January 24, 2027",
        ],
    ]


@pytest.mark.requirement("G0-7")
def test_a_large_probability_of_chance_is_said_in_words_too():
    rows = [
        proposal(person, "train", "training", p_noise=p)
        for person, p in zip(("ann", "bob", "cho"), (0.6, 0.4, 0.199), strict=True)
    ]
    rows.append(proposal("cho", "plan", "improvement_plan", p_noise=0.0002))
    table = deciding.proposals_table(team(RULED, proposals=rows))
    assert [row[4] for row in shown(table)] == [
        "60%: more likely chance than not",
        "40%: as likely chance as not",
        "20%",
        "< 0.1%",
    ]


@pytest.mark.requirement("I-01")
def test_a_proposal_says_what_it_is_a_use_of():
    rows = [
        proposal("ann", "r", "directional_raise_or_promotion"),
        proposal("bob", "r", "wave"),
    ]
    table = deciding.proposals_table(team(RULED, proposals=rows))
    assert [row[2] for row in shown(table)] == ["pay, promotion or demotion", ""]
    bare = deciding.proposals_table(team(RULED, proposals=rows[1:]))
    assert "Concerns" not in headings(bare)


@pytest.mark.requirement("G0-6")
def test_a_decision_names_who_decided_what_instead_when_and_why():
    changed = {**SIGNED, "decision": "changed", "changed_to": "work_with_mentor", "flags": None}
    rows = [proposal("cho", "train", "training", **changed)]
    view = team(RULED, proposals=rows)
    assert shown(deciding.decided_table(view)) == [
        ["Cho", "training", "changed", "work with mentor", "h1", "February 1, 2027", "on file"]
    ]
    assert deciding.proposals_table(view).texts == ["No other proposal waits for a decision."]
    assert deciding.contracts_table(view) is None


def test_a_check_that_found_something_has_its_table_and_the_same_finding_its_row(monkeypatch):
    tables = []
    monkeypatch.setattr(procedure, "display", lambda *found: tables.extend(found))
    late = {"check": "out_of_order", "evaluator_id": "m1", "subject": "boss", "facts": "too early"}
    rows = [
        {**late, "employee_id": "bob"},
        {**late, "employee_id": "ann"},
        {"check": "a_new_one", "facts": "odd"},
        {"check": "grade_against_band", "employee_id": "ann", "facts": "said elsewhere"},
    ]
    procedure.findings(team(RULED, {"findings": rows}))
    assert [table.caption for table in tables] == [
        "A new one",
        "Handed in before an earlier step of the procedure was",
    ]
    assert shown(tables[0]) == [["everybody", "odd"]]
    assert shown(tables[1]) == [["Ann, Bob", "m1", "Superior", "too early"]]


@pytest.mark.requirement("G4-2")
def test_gaps_show_both_sides_their_rounds_and_whose_turn_it_is():
    sides = {"first_type": "self", "second_type": "boss", "second_grade": "middle"}
    sides |= {"second_score": 80.0, "second_rounds": "1: 80.00"}
    rows = [
        {**sides, "employee_id": "ann", "next_step": "ask_self_again", "first_score": 92.0}
        | {"first_grade": "top", "first_rounds": "1: 92.00", "difference": 12.0},
        {**sides, "employee_id": "cho", "next_step": "interview", "first_score": 91.0}
        | {"first_grade": "top", "first_rounds": "1: 92.00, 2: 91.00", "difference": 11.0},
        {**sides, "employee_id": "bob", "next_step": "none", "first_score": 80.0},
    ]
    table = procedure.gaps_table(team(RULED, {"gaps": rows}))
    assert headings(table) == ["Name", "Next step", "Own view", "Superior", "Difference"]
    own = "the person judges again, by objective standards"
    assert shown(table) == [
        ["Cho", "an interview", "1: 92.00, 2: 91.00, Top grade", "80.0, Middle grade", "11.0"],
        ["Ann", own, "92.0, Top grade", "80.0, Middle grade", "12.0"],
    ]
    assert table.caption.endswith("2 of 3 people whom both judged")
    agreed = procedure.gaps_table(team(RULED, {"gaps": rows[2:]}))
    assert agreed.texts[0].startswith("The two views of the one person")


@pytest.mark.requirement("H-03")
def test_talks_name_their_reasons_and_regular_ones_are_only_counted():
    rows = [
        {"employee_id": "ann", "reason": "regular"},
        {"employee_id": "cho", "reason": "grade_gap", "held_on": "2027-01-15"},
        {"employee_id": "cho", "reason": "urgent", "held_on": "2027-01-15"},
        {"employee_id": "bob", "reason": "below"},
    ]
    table = procedure.interviews_table(team(RULED, {"interviews_due": rows}))
    both = "own view and superior's view still differ; poor result: find the causes together"
    assert shown(table) == [
        ["Bob", "score below the limit of a rule", "not yet"],
        ["Cho", both, "January 15, 2027"],
    ]
    assert "One other person is due for a regular talk." in table.caption
    only = procedure.interviews_table(team(RULED, {"interviews_due": rows[:1]}))
    alone = "One person is due for a regular talk, nobody for a special reason."
    assert only.texts == [alone]


@pytest.mark.requirement("I-03")
def test_plans_say_what_is_late_and_what_is_still_empty():
    rows = [
        {"employee_id": "cho", "rule_id": "plan", "due": "2027-01-20", "late": True}
        | {"lacking": "causes goal"},
        {"employee_id": "bob", "rule_id": "plan", "due": "2027-01-20", "late": False}
        | {"plan_id": "p", "lacking": "support check_dates", "effect": "calls answered"},
    ]
    table = procedure.plans_table(team(RULED, {"plans_owed": rows}))
    assert shown(table) == [
        ["Bob", "Low", "January 20, 2027", "handed in", "support, check dates", "calls answered"],
        ["Cho", "Low", "January 20, 2027", "not handed in, and late", "", ""],
    ]


STAGE = {"appeal_id": "a", "employee_id": "cho", "evaluator_id": "bob", "issue": "tone"}
STAGE |= {"facts": "call of 3 May", "score_before": 60.0, "grade_before": "low", "in_time": True}


@pytest.mark.requirement("I-08", "K-08")
def test_appeals_show_deadlines_open_stages_first_and_what_they_changed():
    rows = [
        {**STAGE, "step": 1, "stage": "superior", "filed_at": "2027-01-02T09:00:00Z"}
        | {"due_date": "2027-01-09", "decided": True, "overdue": True, "decision": "upheld"}
        | {"decided_at": "2027-01-12T09:00:00Z", "score_after": 71.0, "grade_after": "middle"},
        {**STAGE, "step": 2, "stage": "head", "filed_at": "2027-01-13T09:00:00Z"}
        | {"due_date": "2027-01-20", "decided": False, "overdue": True},
        {**STAGE, "appeal_id": "b", "step": 1, "stage": "superior", "decided": False}
        | {"filed_at": "2027-01-02T09:00:00Z", "due_date": "2027-01-09", "overdue": True},
        {**STAGE, "appeal_id": "b", "step": 2, "stage": "head", "decided": True}
        | {"filed_at": "2027-01-10T09:00:00Z", "due_date": "2027-01-20", "overdue": False}
        | {"decision": "rejected", "decided_at": "2027-01-15T09:00:00Z"},
    ]
    view = team(RULED, {"appeal_ledger": rows})
    first, second, third, _ = shown(records.appeals_table(view))
    assert third[1] == "passed on undecided"
    about, before = "tone: call of 3 May", "60.0, Low grade"
    assert first == [
        *("Cho", "open and overdue", "January 20, 2027", "head, since January 13, 2027"),
        *(about, "Bob", before),
    ]
    assert second[1] == "upheld on January 12, 2027, later than allowed"
    assert second[-1] == f"{before} → 71.0, Middle grade"
    counted = {label: value for label, value, _ in records.waiting(view).pairs}
    assert counted == {"Open appeals": "1", "Overdue stages of appeal": "1"}


@pytest.mark.requirement("F-04")
def test_deviations_are_listed_by_day():
    rows = [
        {"at": "2027-01-09T09:00:00Z", "kind": "edit", "what": "score 4 -> 5", "who": "bob"},
        {"at": "2027-01-08T09:00:00Z", "kind": "odd_one", "what": "x", "employee_id": "ann"},
    ]
    assert shown(records.deviations_table(team(RULED, {"deviation_log": rows}))) == [
        ["January 8, 2027", "odd one", "Ann", "x", "–"],
        ["January 9, 2027", "record corrected", "", "score 4 -> 5", "Bob"],
    ]


def test_restated_results_show_old_new_and_money_that_is_not_taken_back():
    changed = {"employee_id": "ann", "table": "appraisals", "quantity": "score", "old": "95.123"}
    rows = [
        changed | {"new": "96.000", "difference": 0.877, "corrected": True},
        {"employee_id": "bob", "table": "proposals", "subject": "train", "quantity": "amount"}
        | {"old": "80.5", "new": "20.0", "difference": -60.5, "kept": True, "corrected": False},
    ]
    assert shown(records.restated_table(team(RULED, {"restated": rows}))) == [
        ["Ann", "score", "95.12", "96", "0.88", "records of this person were corrected"],
        [
            *("Bob", "Last: amount", "80.50", "20", "−60.50"),
            "already approved, so it is not taken back by itself",
        ],
    ]


@pytest.mark.requirement("I-06")
def test_awards_have_their_places_and_the_talent_pool_its_people():
    award = {"id": "best", "title": "Best", "max_share_pct": 5, "every": "year", "approver": "HR"}
    tables = {
        "award_places": [{"rule_id": "best", "people": 3, "places": 0, "given": 0, "note": "few"}],
        "talent_pool": [
            {"employee_id": "ann", "entered": "2024", "left": "2025", "status": "proposed"},
            {
                "employee_id": "bob",
                "entered": "2025",
                "guidance_owner": "cho",
                "status": "approved",
            },
        ],
    }
    view = team(scheme(awards=[award]), tables)
    assert shown(records.awards_table(view)) == [["Best", "3", "0", "0", "few"]]
    assert shown(records.talent_table(view)) == [
        ["Bob", "2025", "still in it", "confirmed", "Cho"],
        ["Ann", "2024", "2025", "proposed", "nobody named"],
    ]


def test_what_waits_is_counted_and_nothing_is_shown_of_what_does_not():
    view = team(
        RULED,
        {
            "grade_decisions": [{"employee_id": "ann", "grade": "top", "status": "unconfirmed"}],
            "plans_owed": [{"employee_id": "cho", "rule_id": "plan", "late": True, "lacking": ""}],
            "interviews_due": [
                {"employee_id": "cho", "reason": "urgent"},
                {"employee_id": "cho", "reason": "grade_gap"},
                {"employee_id": "bob", "reason": "below", "held_on": "2027-01-15"},
            ],
        },
        proposals=[
            proposal("cho", "end", "contract_end_review"),
            proposal("bob", "end", "contract_end_review", **SIGNED),
        ],
    )
    counted = {label: value for label, value, _ in records.waiting(view).pairs}
    assert counted == {
        "Reviews of contracts": "1",
        "Grades not confirmed": "1",
        "Late improvement plans": "1",
        "Talks to hold": "1",
    }


def test_of_empty_tables_nothing_is_shown(monkeypatch):
    tables = []
    monkeypatch.setattr(procedure, "display", lambda *found: tables.extend(found))
    view = team(RULED)
    functions = (
        *(records.waiting, records.appeals_table, records.restated_table),
        *(records.deviations_table, records.awards_table, records.talent_table),
        *(procedure.findings, procedure.gaps_table, procedure.interviews_table),
        *(procedure.plans_table, deciding.contracts_table, deciding.decided_table),
    )
    assert [show(view) for show in functions] == [None] * len(functions)
    assert tables == []


@pytest.mark.requirement("L-01")
def test_who_decides_has_a_line_to_sign_with_what_waits_for_it():
    rows = [
        proposal("ann", "train", "training"),
        proposal("bob", "train", "training", approver="team lead"),
        proposal("cho", "train", "training", approver="team lead"),
    ]
    table = deciding.sign_off(team(RULED, proposals=rows))
    assert [row[:2] for row in shown(table)] == [
        ["HR", "1 proposal"],
        ["team lead", "2 proposals"],
        ["HR", "this report"],
    ]
    assert headings(table)[2:] == ["Name", "Day", "Signature"]
