"""Grades, standing, pay, sources and perspectives in the team report."""

import pytest
from team import GRADES, LINEAR, PLACES, SHARES, each, frame, headings, scheme, shown, team

from csperf.appraisal.methods import perspectives
from csperf.reporting import pay, sides, standing
from csperf.reporting.appraisal import people_table

GRADED = {"grade": ["top", "middle", "low"]}
BANDED = scheme(grades=GRADES, ranking={"bands": {"shares": SHARES}})


def history(**columns):
    return [{**row, "quantity_id": "score"} for row in each(**columns)]


@pytest.mark.requirement("L-01")
def test_grades_band_state_and_allowance_stand_beside_one_another_and_people_alike_in_one_row():
    chain = {"states": ["NORMAL", "AWAY_OUT"], "start": "NORMAL", "transitions": []}
    known = scheme(grades=GRADES, ranking={"bands": {"shares": SHARES}}, chain=chain)
    people = each(**PLACES, grade=["top", "low", "low"], state=["NORMAL", "AWAY_OUT", "AWAY_OUT"])
    past = history(rank_band=["first", "last", "last"], allowance_level=[1, -1, -1])
    table = standing.standing_table(team(known, appraisals=people, history=past))
    assert headings(table) == [
        *("Name", "Grade by score", "Place in the order", "State", "Allowance level"),
    ]
    assert shown(table) == [
        ["Ann", "Top grade", "first 10%", "normal", "1"],
        ["Bob, Cho", "Low grade", "last 10%", "AWAY OUT", "−1"],
    ]


@pytest.mark.requirement("G2")
def test_a_level_that_is_not_there_yet_says_how_many_cycles_it_needs():
    """Edge case 62."""
    levels = {"bands": [{"level": "high", "from_score": 80}, {"level": "low", "from_score": 0}]}
    people = each(**PLACES, level=["high", None, None])
    about = {"about": "level", "note": "needs 1 more cycle"}
    notes = [{"employee_id": "bob", **about}, {"employee_id": "cho", **about}]
    view = team(scheme(levels=levels), {"standing_notes": notes}, appraisals=people)
    assert shown(standing.standing_table(view)) == [
        ["Ann", "high", ""],
        ["Bob, Cho", "–", "needs 1 more cycle"],
    ]


@pytest.mark.requirement("G7")
def test_places_that_were_to_be_had_and_taken_are_shown_and_why_a_tenth_of_seven_is_none():
    """Edge cases 3, 8 and 82; of a team with places of its own those of others are not shown."""
    row = {"by": "grade", "group_id": "department", "people": 7}
    places = [
        {**row, "share": "top", "pct": 10, "places": 0, "used": 0, "note": "10 % of 7 is 0.7"},
        {**row, "share": "middle", "pct": 90, "places": 7, "used": 7, "note": ""},
        {**row, "by": "rank", "group_id": "t", "share": "first", "places": 1, "used": 1},
        {**row, "by": "rank", "group_id": "other", "share": "first", "places": 1, "used": 1},
    ]
    table = standing.shares_table(team(BANDED, {"quota_places": places}))
    assert headings(table) == [
        *("Shared", "Among", "Share", "People", "Places", "Taken", "Remark"),
    ]
    everyone = ["grades", "the whole department"]
    assert shown(table) == [
        [*everyone, "Top grade", "7", "0", "0", "10 % of 7 is 0.7"],
        [*everyone, "Middle grade", "7", "7", "7", ""],
        ["places in the order", "t", "first 10%", "7", "1", "1", ""],
    ]
    assert table.caption.endswith(
        "So 10 % of 7 is 0.7, which is not one whole place,"
        " and rounding it up would be more than the share."
    )
    assert standing.shares_table(team(BANDED)) is None


def test_a_scheme_with_grades_alone_needs_no_table_of_standing():
    people = each(**PLACES, **GRADED)
    assert standing.standing_table(team(scheme(grades=GRADES), appraisals=people)) is None
    assert standing.conflicts_table(team(scheme(grades=GRADES), appraisals=people)) is None


@pytest.mark.requirement("G4-7")
def test_a_grade_that_the_place_contradicts_is_listed_with_what_counts():
    people = each(**PLACES, **GRADED)
    past = history(rank_band=["first", "last", "last"])
    table = standing.conflicts_table(team(BANDED, appraisals=people, history=past))
    assert shown(table) == [["Bob", "Middle grade", "last 10%", "neither good nor poor"]]
    assert table.caption.startswith("Grade and place in the order disagree for 1 of 3 people.")
    assert "unless both are poor" in table.caption
    agree = history(rank_band=["first", "middle", "last"])
    said = standing.conflicts_table(team(BANDED, appraisals=people, history=agree))
    assert said.texts == ["Grade and place in the order agree for all 3 people who have both."]


@pytest.mark.requirement("G0-8")
def test_grades_without_facts_are_named_and_decided_ones_say_who_decided():
    signed = {"decision": "changed", "changed_to": "low", "decided_by": "cho", "why": "file 7"}
    signed |= {"decided_at": "2027-01-20T09:00:00Z", "flags": "own_case appeal_open"}
    grades = [
        {"employee_id": "ann", "grade": "top", "status": "unconfirmed"},
        {"employee_id": "bob", "grade": "middle", "status": "proposed", **signed},
    ]
    view = team(BANDED, {"grade_decisions": grades}, appraisals=each(**PLACES, **GRADED))
    assert standing.unconfirmed(view).texts == [
        "Not confirmed, because these grades need facts and no evaluation names any:"
        " Ann (Top grade)."
    ]
    odd = "decided their own case, an appeal is open; nothing takes effect yet"
    assert shown(standing.grade_decisions(view)) == [
        ["Bob", "Middle grade", "changed", "Low grade", "Cho", "January 20, 2027", "file 7", odd]
    ]
    statuses = [row[2] for row in shown(standing.standing_table(view))]
    assert statuses == ["not confirmed: facts are missing", "proposed", "–"]
    waits = [{"employee_id": "cho", "grade": "low", "status": "unconfirmed"}]
    waits[0]["lacking"] = "confirmation"
    late = team(BANDED, {"grade_decisions": waits}, appraisals=each(**PLACES, **GRADED))
    assert standing.unconfirmed(late).texts == [
        "Not confirmed, because the step of the procedure that confirms is missing:"
        " Cho (Low grade)."
    ]
    statuses = [row[2] for row in shown(standing.standing_table(late))]
    assert statuses == ["–", "–", "not confirmed: the step that confirms is missing"]
    nothing = team(BANDED)
    assert standing.unconfirmed(nothing) is None and standing.grade_decisions(nothing) is None


def test_how_sure_a_place_is_is_shown_where_it_is_known_and_only_there():
    graded = scheme(grades=GRADES)
    plain = people_table(team(graded, appraisals=each(**PLACES, **GRADED)))
    assert headings(plain) == ["Name", "Rank", "Score", "Grade", "95 % interval"]
    known = {"rank_low": [1, 1, 3], "rank_high": [2, 2, 3], "p_grade": [0.9, 0.75, None]}
    known |= {"p_last": [0.0, 0.01, 0.99], "low": [94, 78, 58], "high": [98, 82, 62]}
    tested = ["significantly_above", "above_average", "significantly_below"]
    places = {"positions": each(position=tested, p_adjusted=[0.001, 0.3, 0.001])}
    rows = each(**PLACES, **GRADED, **known, se=[1, 1, 1])
    sure = people_table(team(graded, places, appraisals=rows))
    assert [row[3:] for row in shown(sure)] == [
        ["Top grade (90%)", "94.0 – 98.0", "1 – 2", "< 0.1%", "significantly above average"],
        ["Middle grade (75%)", "78.0 – 82.0", "1 – 2", "1%", ""],
        ["Low grade", "58.0 – 62.0", "3 – 3", "99%", "significantly below average"],
    ]


PAID = scheme(
    currency="EUR",
    pay={
        "lines": [
            {"id": "basic", "formula": "post_salary"},
            {"id": "total", "title": "Sum", "formula": "basic"},
        ]
    },
)


def line(person, name, amount, inputs, rule=None):
    return {"employee_id": person, "line": name, "amount": amount, "currency": "EUR"} | {
        "inputs": inputs,
        "formula": {"basic": "post_salary", "total": "basic"}[name],
        "rule_id": rule or f"pay.lines.{name}",
    }


LINES = [
    line("ann", "basic", 2000.5, "2000.5"),
    line("ann", "total", 2000.5, "2000.5; warning: under the minimum wage of 2,100.00"),
    line("bob", "basic", 3000.0, "3000", "bonus"),
    line("bob", "total", 3000.0, "3000"),
    line("cho", "basic", None, "post_salary; empty: post_salary not known"),
    line("cho", "total", None, "basic; empty: basic not known"),
]


@pytest.mark.requirement("J-08", "L-09")
def test_pay_has_a_column_a_line_and_ends_in_what_the_team_costs():
    view = team(PAID, pay=LINES)
    table = pay.pay_table(view)
    assert headings(table) == ["Name", "Basic", "Sum"]
    assert shown(table) == [
        ["Ann", "2,000.50", "2,000.50"],
        ["Bob", "3,000.00", "3,000.00"],
        ["Cho", "–", "–"],
        ["The team together", "5,000.50", "5,000.50"],
    ]
    assert pay.pay_in_short(view).texts == [
        "By this scheme the team costs 5,000.50 EUR in this cycle, for 3 people.",
        "Not in it: 1 person whose total is not known; the reason stands in the lists below.",
        "Under the minimum wage: Ann.",
    ]


@pytest.mark.requirement("J-05")
def test_every_line_says_folded_by_which_formula_inputs_and_rule_it_came_about(monkeypatch):
    folded = []
    monkeypatch.setattr(pay, "display", lambda *details: folded.extend(details))
    pay.pay_details(team(PAID, pay=LINES))
    assert [details.summary for details in folded] == [
        "How it came about: Basic",
        "How it came about: Sum",
    ]
    assert folded[0].body_rows == [
        ("Formula", "post_salary [pay.lines.basic]"),
        ("Ann", "2000.5"),
        ("Bob", "3000 [bonus]"),
        ("Cho", "post_salary; empty: post_salary not known"),
    ]


def test_without_pay_nothing_is_shown(monkeypatch):
    folded = []
    monkeypatch.setattr(pay, "display", lambda *details: folded.extend(details))
    view = team(PAID)
    assert (pay.pay_table(view), pay.pay_in_short(view), pay.pay_details(view)) == (None,) * 3
    assert folded == []


SIDES = scheme(
    evaluators=[{"type": "self", "title": "Self"}, {"type": "boss"}, {"type": "peer"}],
    criteria=[{"id": "service", "title": "Service"}],
    score=[{"criterion": "service", "evaluator": "boss", "weight": 100}],
)


def given(kind, score, shown=True, person="ann"):
    return {"employee_id": person, "evaluator_type": kind, "criterion_id": "service"} | {
        "score": score,
        "shown": shown,
        "n_evaluators": 2,
    }


@pytest.mark.requirement("C-09", "D-08")
def test_a_source_of_too_few_stays_hidden_and_does_not_enter_the_gap():
    rows = [given("self", 90.0), given("boss", 80.0), given("peer", 11.0, shown=False)]
    rows += [given("peer", 70.0, person="bob")]
    table = sides.sources_table(team(SIDES, evaluation_scores=rows))
    assert headings(table) == ["Name", "Self", "boss", "peer", "Own view minus others"]
    assert shown(table)[0] == ["Ann", "90.0", "80.0", "not shown", "10.0"]
    assert "11" not in str(table.html())
    two = sides.sources_table(team(SIDES, evaluation_scores=rows[:2]))
    assert shown(two) == [["Ann", "90.0", "80.0", "10.0"]]
    assert sides.sources_table(team(SIDES, evaluation_scores=rows[:1])) is None


@pytest.mark.requirement("C-09", "D-08")
def test_gaps_by_criterion_and_agreement_leave_out_what_is_hidden():
    """Self minus boss: 90 - 80 and 60 - 80, on average -5 and 15 apart; the peers are hidden."""
    rows = [given("self", 90.0), given("boss", 80.0), given("peer", 11.0, shown=False)]
    rows += [given("self", 60.0, person="bob"), given("boss", 80.0, person="bob")]
    view = team(SIDES, evaluation_scores=rows)
    gaps = sides.source_gaps(view)
    assert headings(gaps) == ["Name", "Service"]
    assert shown(gaps) == [["Ann", "10.0"], ["Bob", "−20.0"]]
    assert shown(sides.agreement_table(view)) == [["Self and boss", "2", "−5.0", "15.0", "–"]]
    assert sides.source_gaps(team(SIDES, evaluation_scores=rows[:1])) is None
    assert sides.agreement_table(team(SIDES, evaluation_scores=rows[:1])) is None


FOUR = ("order_amount_total", "inquiry_conversion", "reopen_rate", "knowledge_score")


def carded(card, scores):
    """A view of the team with the perspectives of these scores."""
    found = perspectives(frame("scores", *scores), card)
    return team(card, {"perspectives": found.to_dict("records")})


@pytest.mark.requirement("C-11")
def test_perspectives_are_shown_as_far_as_they_are_filled_and_empty_ones_are_named():
    parts = [{"indicator": name, "weight": 25, "scoring": LINEAR} for name in FOUR]
    card = scheme(score=parts)
    scores = [
        {"employee_id": "ann", "component_id": name, "score": 80.0 + place}
        | {"weight": 25.0, "contribution": (80.0 + place) / 4}
        for place, name in enumerate(FOUR)
    ]
    whole = sides.perspectives_table(carded(card, scores))
    assert headings(whole)[1:3] == ["Finance, weight 25", "Customer, weight 25"]
    assert shown(whole) == [["Ann", "80.0", "81.0", "82.0", "83.0", "81.5"]]
    two = scheme(score=[{**part, "weight": 50} for part in parts[:2]])
    halves = [{**row, "weight": 50.0, "contribution": row["score"] / 2} for row in scores[:2]]
    part = sides.perspectives_table(carded(two, halves))
    assert headings(part) == ["Name", "Finance, weight 50", "Customer, weight 50", "Score"]
    assert shown(part) == [["Ann", "80.0", "81.0", "80.5"]]
    assert part.caption.endswith("No component with points belongs to: Process, Learning.")
    tidy = {"criterion": "tidy", "evaluator": "boss", "weight": 50}
    mixed = scheme(
        criteria=[{"id": "tidy"}],
        evaluators=[{"type": "boss"}],
        score=[{**parts[0], "weight": 50}, tidy],
    )
    halves[1] = {**halves[1], "component_id": "tidy"}
    unassigned = sides.perspectives_table(carded(mixed, halves))
    assert headings(unassigned)[2] == "No perspective, weight 50"
    assert sides.perspectives_table(team(mixed)) is None
