"""Appeals: stages in order, days that run, effects that wait, and how appeals ended."""

from datetime import date
from itertools import permutations

import pandas as pd
import pytest
from drawing import draw

from csperf import Cycle
from csperf.appraisal.appeals import ledger, statistics, suspended, without_correction
from csperf.errors import InputError
from csperf.scheme import Scheme

MAY = Cycle.parse("2016-05")
FIVE = Scheme.model_validate(
    {
        "id": "five",
        "title": "Five grades",
        "version": "1",
        "score": [{"indicator": "reply_rate", "weight": 100, "scoring": {"method": "rating"}}],
        "timing": {"report_days_after_cycle": 10, "appeal_days_after_report": 14},
        "appeal": [
            {"to": "superior", "does": "discuss", "within_days": 5},
            {"to": "department_head", "does": "coordinate", "within_days": 10},
            {"to": "personnel", "does": "investigate and coordinate"},
        ],
    }
)
TODAY = date(2016, 7, 1)


def filed(text):
    """Appeals of May about facts, unless the drawing says otherwise."""
    rows = draw(text)
    plain = {"cycle_id": "2016-05", "facts": "case 17 was not mine"}
    return rows.assign(**{name: value for name, value in plain.items() if name not in rows})


APPEALS = filed("""
appeal_id | employee_id | stage           | filed_at             | decision      | decided_at
a1        | e1          | superior        | 2016-06-12T08:00Z | rejected      | 2016-06-14T08:00Z
a1        | e1          | department_head | 2016-06-15T08:00Z | partly_upheld | 2016-06-22T08:00Z
a2        | e2          | superior        | 2016-06-13T08:00Z |               |
a3        | e3          | superior        | 2016-06-26T08:00Z | upheld        | 2016-07-02T08:00Z
""").assign(
    evaluator_id=["m1", "m1", "m1", None],
    score_before=[70.0, 70.0, 60.0, 55.5],
    score_after=[None, 76.0, None, 55.5],
    grade_before=["good", "good", "good", "good"],
    grade_after=[None, "excellent", None, "good"],
)


def lines(appeals, scheme=FIVE):
    with pytest.raises(InputError) as caught:
        ledger(appeals, scheme, MAY, TODAY)
    return caught.value.lines()


def of(appeals, today=TODAY, timezone="UTC"):
    return ledger(appeals, FIVE, MAY, today, timezone).set_index(["appeal_id", "step"])


@pytest.mark.requirement("I-08", "G4-4")
def test_each_stage_is_due_so_many_days_after_it_was_filed():
    found = of(APPEALS)
    assert dict(found["due_date"]) == {
        ("a1", 1): pd.Timestamp("2016-06-12") + pd.Timedelta(days=5),
        ("a1", 2): pd.Timestamp("2016-06-15") + pd.Timedelta(days=10),
        ("a2", 1): pd.Timestamp("2016-06-13") + pd.Timedelta(days=5),
        ("a3", 1): pd.Timestamp("2016-06-26") + pd.Timedelta(days=5),
    }
    assert dict(found["decided"]) == {
        ("a1", 1): True,
        ("a1", 2): True,
        ("a2", 1): False,
        ("a3", 1): True,
    }


@pytest.mark.requirement("I-08")
def test_a_stage_is_overdue_from_the_day_after_its_last():
    assert not of(APPEALS, date(2016, 6, 18)).loc[("a2", 1), "overdue"], "13 + 5"
    assert of(APPEALS, date(2016, 6, 19)).loc[("a2", 1), "overdue"]
    assert of(APPEALS).loc[("a3", 1), "overdue"], "decided on 2 July, due on 1 July"
    assert not of(APPEALS, date(2017, 1, 1)).loc[("a1", 2), "overdue"], "it was decided in time"


@pytest.mark.requirement("I-08")
def test_the_days_are_those_of_the_zone():
    late = filed("""
    appeal_id | employee_id | stage    | filed_at
    a1        | e1          | superior | 2016-06-24T17:00Z
    """)
    assert of(late)["in_time"].all(), "31 May + 10 + 14 is 24 June"
    assert not of(late, timezone="Asia/Shanghai")["in_time"].any(), "25 June, one in the morning"


@pytest.mark.requirement("I-08")
def test_the_ledger_shows_what_an_appeal_changed():
    found = of(APPEALS)
    assert found.loc[("a1", 2), "score_change"] == 76 - 70
    assert found["grade_changed"].to_list() == [pd.NA, True, pd.NA, False]
    assert found.loc[("a3", 1), "score_change"] == 0


@pytest.mark.requirement("G4-4")
@pytest.mark.parametrize("facts", [None, "  "])
def test_an_appeal_without_facts_is_refused_with_its_row(facts):
    bare = APPEALS.assign(facts=["case 17", "case 17", facts, "case 9"])
    (line,) = lines(bare)
    assert line.startswith("appeals, row 2, column 'facts'")


@pytest.mark.requirement("G4-4")
def test_a_stage_that_the_scheme_does_not_have_is_refused():
    odd = APPEALS.assign(stage=["superior", "deparment_head", "superior", "superior"])
    assert lines(odd) == [
        "appeals, row 1, column 'stage': no stage 'deparment_head'; the scheme's stages are "
        "superior, department_head, personnel (meant 'department_head'?)"
    ]


EARLY = (
    "before its time; take the stages in order, each after the one below ended or ran out of days"
)


@pytest.mark.requirement("G4-4")
def test_stages_are_taken_in_order():
    skipped = APPEALS.assign(stage=["superior", "personnel", "superior", "superior"])
    assert lines(skipped) == [
        f"appeals, row 1, column 'stage': appeal a1 came to 'personnel' {EARLY}"
    ]
    assert lines(APPEALS.iloc[1:]) == [
        f"appeals, row 1, column 'stage': appeal a1 came to 'department_head' {EARLY}"
    ]


@pytest.mark.requirement("G4-4")
def test_the_next_stage_is_open_once_the_one_below_ended_or_ran_out_of_days():
    silent = """
    appeal_id | employee_id | stage           | filed_at
    a1        | e1          | superior        | 2016-06-12T08:00Z
    a1        | e1          | department_head | 2016-06-{}T08:00Z
    """
    assert len(of(filed(silent.format(18)))) == 2
    assert lines(filed(silent.format(17))) == [
        f"appeals, row 1, column 'stage': appeal a1 came to 'department_head' {EARLY}"
    ]


def test_a_decision_has_a_day_and_a_day_a_decision():
    assert lines(APPEALS.assign(decision=["rejected", None, None, "upheld"])) == [
        "appeals, row 1: appeal a1 has only one of decision and decided_at; "
        "give both, or neither while it is open"
    ]
    swapped = APPEALS.assign(decided_at=APPEALS["filed_at"] - pd.Timedelta(days=1))
    assert "decided_at" in lines(swapped)[0] and "lies before filed_at" in lines(swapped)[0]


def test_appeals_of_other_cycles_are_left_aside():
    assert ledger(APPEALS.assign(cycle_id="2016-04"), FIVE, MAY, TODAY).empty
    assert suspended(APPEALS, Cycle.parse("2016-04")) == []


@pytest.mark.requirement("T17")
def test_effects_wait_while_the_stage_that_an_appeal_has_reached_is_open():
    assert suspended(APPEALS, MAY) == ["e2"]
    reopened = pd.concat(
        [
            APPEALS,
            filed("""
            appeal_id | employee_id | stage     | filed_at
            a1        | e1          | personnel | 2016-06-23T08:00Z
            """),
        ]
    )
    assert suspended(reopened, MAY) == ["e1", "e2"]
    assert suspended(APPEALS.iloc[:0], MAY) == []


PEOPLE = draw("""
employee_id | team_id
e1          | t1
e2          | t1
e3          | t2
e4          | t1
""")


@pytest.mark.requirement("I-08", "L-11")
def test_statistics_by_evaluator_and_team():
    away = filed("""
    appeal_id | employee_id | stage    | filed_at             | decision  | decided_at
    a4        | e4          | superior | 2016-06-20T08:00Z | withdrawn | 2016-06-21T20:00Z
    """).assign(evaluator_id="m1")
    found = statistics(pd.concat([APPEALS, away]), PEOPLE).set_index(["by", "id"])
    assert list(found.index) == [("evaluator", "m1"), ("team", "t1"), ("team", "t2")]
    m1 = found.loc[("evaluator", "m1")]
    counts = ["n_filed", "n_open", "n_withdrawn", "n", "n_upheld"]
    assert m1[counts].to_list() == [3, 1, 1, 1, 1]
    assert m1["upheld_share"] == 1 / 1
    assert m1["median_days"] == ((22 - 12) + 1.5) / 2, "a1 in two stages, a4; a2 is open"
    assert found.loc[("team", "t1"), counts].to_list() == [3, 1, 1, 1, 1]
    assert found.loc[("team", "t2"), "median_days"] == 6


def test_without_a_decided_appeal_there_is_no_share():
    found = statistics(APPEALS.iloc[2:3], PEOPLE)
    assert found["upheld_share"].isna().all() and list(found["n"]) == [0, 0]
    assert statistics(APPEALS.iloc[:0], PEOPLE).empty


@pytest.mark.requirement("I-08")
def test_an_upheld_appeal_that_no_correction_follows_from_is_listed():
    """Edge case 73."""
    corrections = pd.DataFrame({"appeal_id": ["a3", None]})
    assert without_correction(APPEALS, corrections) == ["a1"]


def test_the_order_of_the_rows_changes_nothing():
    frame = pd.testing.assert_frame_equal
    told, counted = ledger(APPEALS, FIVE, MAY, TODAY), statistics(APPEALS, PEOPLE)
    for order in permutations(range(4)):
        mixed = APPEALS.iloc[list(order)]
        frame(ledger(mixed, FIVE, MAY, TODAY), told)
        frame(statistics(mixed, PEOPLE), counted)
