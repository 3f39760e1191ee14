"""Order of procedure, conflicts of interest, gaps between two views, talks and evidence."""

import pandas as pd
import pytest
from drawing import draw
from hypothesis import given as given_by
from hypothesis import settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal, assert_series_equal

from csperf import InputError, combine_evaluations
from csperf.appraisal.evaluation import coverage, source_status, superseded
from csperf.appraisal.procedure import (
    conflicts_of_interest,
    evidence,
    gaps,
    interview_triggers,
    out_of_order,
    unconfirmed,
)
from csperf.scheme import Scheme
from csperf.tables import INPUT_TABLES, check
from csperf.tables.appraisal_records import EVALUATIONS
from csperf.tables.procedure import EVALUATION_ASSIGNMENTS, INTERVIEWS, REPORTING_LINES

NOBODY = EVALUATIONS.empty()


def scheme_of(**further):
    """Self as a control, the direct superior scored, the indirect one confirming: five grades."""
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "evaluators": [
                {"type": "self", "role": "control"},
                {"type": "direct_superior"},
                {"type": "indirect_superior", "role": "confirm"},
                {"type": "peer", "role": "reference"},
                {"type": "subordinate", "role": "reference"},
            ],
            "criteria": [{"id": "attitude"}, {"id": "management"}],
            "procedure": [
                {"actor": "self"},
                {"actor": "direct_superior", "does": "re_evaluate"},
                {"actor": "indirect_superior", "does": "confirm"},
            ],
            "gap": {"between": ["self", "direct_superior"]},
            "score": [
                {"criterion": "attitude", "evaluator": "direct_superior", "weight": 75},
                {"criterion": "management", "evaluator": "direct_superior", "weight": 25},
            ],
            "grades": [
                {"grade": "excellent", "from_score": 95, "standing": "good", "evidence": True},
                {"grade": "good", "from_score": 85, "standing": "good"},
                {"grade": "medium", "from_score": 70},
                {"grade": "to_be_improved", "from_score": 50, "standing": "poor"},
                {"grade": "urgent", "from_score": 0, "standing": "poor", "evidence": True},
            ],
            **further,
        }
    )


FIVE = scheme_of()
KIND_OF = {"s": "self", "m": "direct_superior", "i": "indirect_superior"}


def judged(*rounds, criterion="attitude"):
    """Evaluations of `a`: each round is `s90` (self gave 90), `m80`, or `s-` (self declined)."""
    times: dict[str, int] = {}
    rows = []
    for told in rounds:
        who, score = told[0], told[1:]
        times[who] = times.get(who, 0) + 1
        rows.append(
            {
                "employee_id": "a",
                "evaluator_id": "a" if who == "s" else who,
                "evaluator_type": KIND_OF[who],
                "criterion_id": criterion,
                "score": None if score == "-" else float(score),
                "round": times[who],
                "status": "declined" if score == "-" else "submitted",
            }
        )
    return pd.DataFrame(rows).astype({"score": "float64"})


def gaps_of(evaluations, scheme=FIVE):
    return gaps(combine_evaluations(evaluations, scheme), evaluations, scheme)


@pytest.mark.requirement("G4-1", "G4-2")
@pytest.mark.parametrize(
    ("rounds", "step"),
    [
        (["s84", "m84"], "none"),
        (["s84", "m74"], "none"),  # 10 points are not more than 10, and both are medium
        (["s64.01", "m54.01"], "none"),  # nor are these, whatever their last binary digit
        (["s86", "m84"], "ask_self_again"),  # good and medium
        (["s84", "m73"], "ask_self_again"),  # 11 points
        (["s96", "m80", "s93"], "superior_may_re_evaluate"),  # 3 points are a little change
        (["s96", "m80", "s-"], "superior_may_re_evaluate"),  # declined: nothing changed
        (["s96", "m80", "s92"], "interview"),  # 4 points are not, and good is not medium
        (["s96", "m80", "s84"], "none"),
        (["s96", "m80", "s95", "m86"], "interview"),
        (["s96", "m80", "s95", "m96"], "none"),
        (["s84", "m70", "s83", "m71"], "none"),  # 12 points, but in the end grades decide
    ],
)
def test_what_follows_from_the_rounds_of_self_and_superior(rounds, step):
    assert gaps_of(judged(*rounds))["next_step"].tolist() == [step]


@pytest.mark.requirement("G4-2")
def test_a_gap_keeps_the_numbers_of_all_rounds():
    """Edge case 35."""
    found = gaps_of(judged("s96", "m80", "s94", "m82")).iloc[0].to_dict()
    assert found == {
        "employee_id": "a",
        "first_type": "self",
        "second_type": "direct_superior",
        "first_grade": "good",
        "second_grade": "medium",
        "first_score": 94,
        "second_score": 82,
        "difference": 94 - 82,
        "first_rounds": "1: 96.00, 2: 94.00",
        "second_rounds": "1: 80.00, 2: 82.00",
        "next_step": "interview",
    }


@pytest.mark.requirement("G4-2")
def test_scores_of_a_gap_are_weighted_as_in_the_scheme_over_common_criteria():
    both = pd.concat(
        [judged("s90", "m80"), judged("s70", "m60", criterion="management")], ignore_index=True
    )
    found = gaps_of(both)
    assert found["first_score"].tolist() == [0.75 * 90 + 0.25 * 70]
    assert found["second_score"].tolist() == [0.75 * 80 + 0.25 * 60]
    common = gaps_of(both.drop(index=2))
    assert common[["first_score", "second_score"]].values.tolist() == [[90, 80]]
    apart = gaps_of(both.drop(index=[1, 2]))
    assert common["difference"].tolist() == [90 - 80]
    assert apart[["first_score", "second_score"]].values.tolist() == [[90, 60]]


@pytest.mark.requirement("G4-2")
def test_without_grades_only_the_points_count_to_the_end():
    bare = scheme_of(grades=[])
    assert gaps_of(judged("s86", "m84"), bare)["next_step"].tolist() == ["none"]
    assert gaps_of(judged("s84", "m70", "s83", "m71"), bare)["next_step"].tolist() == ["interview"]


@pytest.mark.requirement("D-04", "G4-2")
def test_the_gap_is_skipped_without_a_self_evaluation_or_a_rule_for_it():
    """Edge case 24."""
    assert gaps_of(judged("m80", "s-")).empty
    assert gaps_of(NOBODY).empty
    assert gaps_of(judged("s96", "m60"), scheme_of(gap=None)).empty


@pytest.mark.requirement("D-09", "D-10", "D-11")
def test_a_cycle_without_any_evaluation_has_nothing_to_flag():
    """Edge case 61."""
    assert conflicts_of_interest(NOBODY, lines(), FIVE).empty
    assert out_of_order(NOBODY, FIVE).empty
    assert coverage(NOBODY, FIVE).empty and superseded(NOBODY).empty
    assert combine_evaluations(NOBODY, FIVE).empty
    assert set(source_status(["a"], NOBODY, None, FIVE)["status"]) == {"missing"}


LINES = """
    employee_id | superior_id | kind     | from_date  | to_date
    a           | m           | direct   |            |
    a           | head        | indirect | 2026-01-01 |
    b           | old         | direct   |            | 2026-10-01
    b           | m           | direct   | 2026-10-01 | 2026-10-20
    b           | n           | direct   | 2026-10-20 |
"""


def lines():
    return draw(LINES).astype({"from_date": "datetime64[us]", "to_date": "datetime64[us]"})


@pytest.mark.requirement("D-09")
def test_evaluators_are_held_against_the_reporting_lines_of_the_cycle():
    given = draw("""
        employee_id | evaluator_id | evaluator_type    | criterion_id | score
        a           | m            | direct_superior   | attitude     | 80
        a           | head         | indirect_superior | attitude     | 80
        a           | head         | peer              | attitude     | 80
        a           | c            | peer              | attitude     | 80
        a           | m            | subordinate       | management   | 90
        a           | c            | self              | attitude     | 80
        b           | m            | direct_superior   | attitude     | 80
        b           | n            | direct_superior   | attitude     | 80
        b           | old          | direct_superior   | attitude     | 80
        c           | m            | direct_superior   | attitude     | 80
    """).assign(cycle_id="2026-10")
    expected = draw("""
        kind                    | employee_id | evaluator_id | facts
        not_in_reporting_lines  | b           | old          | direct superior: m, n
        not_in_reporting_lines  | c           | m            | direct superior: none named
        peer_is_superior        | a           | head         | indirect superior
        self_by_other           | a           | c            |
        subordinate_is_superior | a           | m            | direct superior
    """).fillna({"facts": ""})
    assert_frame_equal(conflicts_of_interest(given, lines(), FIVE), expected)
    unknown = conflicts_of_interest(given, None, FIVE)
    assert unknown["kind"].tolist() == ["self_by_other"]


@pytest.mark.requirement("D-09")
def test_a_peer_who_is_the_persons_subordinate_is_flagged():
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        m           | a            | peer           | attitude     | 90
        m           | a            | subordinate    | attitude     | 90
    """).assign(cycle_id="2026-10")
    found = conflicts_of_interest(given, lines(), FIVE)
    assert found.to_numpy().tolist() == [["peer_is_subordinate", "m", "a", "direct subordinate"]]


@pytest.mark.requirement("D-01", "D-09")
@pytest.mark.parametrize(
    "kind",
    [
        {"type": "direct_superior"},
        {"type": "manager"},
        {"type": "store_manager"},
        {"type": "appraiser_superior"},
        {"type": "department_head"},
        {"type": "team_coach", "like": "direct_superior"},
    ],
    ids=lambda kind: kind["type"],
)
def test_a_stranger_who_evaluates_as_any_kind_of_superior_is_flagged(kind):
    scheme = scheme_of(
        evaluators=[kind],
        procedure=[],
        gap=None,
        score=[{"criterion": "attitude", "evaluator": kind["type"], "weight": 100}],
    )
    rows = draw("""
        employee_id | evaluator_id | criterion_id | score
        a           | stranger     | attitude     | 90
        a           | m            | attitude     | 90
    """).assign(cycle_id="2026-10", evaluator_type=kind["type"])
    found = conflicts_of_interest(rows, lines(), scheme)
    assert found[["kind", "evaluator_id"]].to_numpy().tolist() == [
        ["not_in_reporting_lines", "stranger"]
    ]


@pytest.mark.requirement("D-09")
def test_somebody_may_not_be_the_peer_or_superior_of_himself_or_herself():
    own = judged("m80").assign(evaluator_id="a")
    with pytest.raises(InputError, match="'a' rates himself or herself as another type than self"):
        combine_evaluations(own, FIVE)


def peers(a_gives_b, b_gives_a):
    rows = f"""
        employee_id | evaluator_id | evaluator_type  | criterion_id | score
        b           | a            | peer            | attitude     | {a_gives_b}
        a           | b            | peer            | attitude     | {b_gives_a}
        b           | m            | direct_superior | attitude     | 70
        a           | m            | direct_superior | attitude     | 66
        b           | c            | peer            | attitude     | 80
        a           | c            | peer            | attitude     | 64
        b           | b            | self            | attitude     | 100
        c           | a            | peer            | attitude     | 100
        a           | c            | peer            | management   | 0
    """
    return draw(rows)


@pytest.mark.requirement("D-09")
def test_peers_who_give_one_another_far_more_than_the_others_do_are_flagged():
    """Edge case 99: 95 against (70 + 80) / 2, and 85 against (66 + 64) / 2."""
    expected = draw("""
        kind        | employee_id | evaluator_id | facts
        mutual_high | a           | b            | gave 85.0, others 65.0; got 95.0, others 75.0
        mutual_high | b           | a            | gave 95.0, others 75.0; got 85.0, others 65.0
    """)
    assert_frame_equal(conflicts_of_interest(peers(95, 85), None, FIVE), expected)
    rivals = conflicts_of_interest(peers(55, 45), None, FIVE)
    assert rivals["kind"].tolist() == ["mutual_low", "mutual_low"]


@pytest.mark.requirement("D-09")
@pytest.mark.parametrize("pair", [(94, 85), (95, 84), (95, 45), (55, 85)])
def test_one_extreme_or_opposite_ones_are_no_mutual_extremes(pair):
    assert conflicts_of_interest(peers(*pair), None, FIVE).empty


STEPS = """
    employee_id | evaluator_id | evaluator_type | criterion_id | score | round | submitted_at
    a           | a            | self           | attitude     | 80    | 1     | 2026-10-01
    a           | a            | self           | management   | 80    | 1     | 2026-10-05
    a           | p1           | peer           | attitude     | 70    | 1     | 2026-10-04
    a           | p2           | peer           | attitude     | 90    | 1     | 2026-10-07
    a           | m            | manager        | attitude     | 80    | 1     | 2026-10-06
    b           | b            | self           | attitude     |       |       | 2026-10-03
    b           | m            | manager        | attitude     | 80    |       | 2026-10-02
    c           | m            | manager        | attitude     | 80    | 1     | 2026-10-01
"""
ALL_ROUND = scheme_of(
    evaluators=[{"type": "self"}, {"type": "peer"}, {"type": "manager"}],
    procedure=[{"actor": "self"}, {"actor": "peer"}, {"actor": "manager", "does": "re_evaluate"}],
    score=[{"criterion": "attitude", "evaluator": "manager", "weight": 100}],
    gap=None,
)


@pytest.mark.requirement("D-10", "G5")
def test_self_then_peers_then_the_manager():
    """A step waits for all that came of the earlier ones; who declined has handed in as well."""
    given = draw(STEPS).assign(status="submitted")
    given.loc[given["score"].isna(), "status"] = "declined"
    expected = draw("""
        employee_id | evaluator_type | evaluator_id | round | submitted_at | earlier_type | earlier_round | earlier_at
        a           | manager        | m            | 1     | 2026-10-06   | peer         | 1             | 2026-10-07
        a           | peer           | p1           | 1     | 2026-10-04   | self         | 1             | 2026-10-05
        b           | manager        | m            | 1     | 2026-10-02   | self         | 1             | 2026-10-03
    """)  # noqa: E501
    found = out_of_order(given, ALL_ROUND)
    assert_frame_equal(found, expected, check_dtype=False)
    assert out_of_order(given.drop(columns="submitted_at"), ALL_ROUND).empty


@pytest.mark.requirement("D-10", "G4-1")
def test_whoever_confirms_waits_for_all_rounds_and_the_others_only_for_their_own():
    given = judged("s96", "m80", "i80", "s95", "m84")
    days = ["2026-10-01", "2026-10-02", "2026-10-04", "2026-10-03", "2026-10-05"]
    given["submitted_at"] = pd.to_datetime(days, utc=True)
    found = out_of_order(given, FIVE)
    assert found[["evaluator_id", "earlier_type", "earlier_round"]].values.tolist() == [
        ["i", "direct_superior", 2]
    ]
    late_confirmed = given.assign(
        submitted_at=given["submitted_at"].where(
            given["evaluator_id"] != "i", pd.Timestamp("2026-10-06", tz="UTC")
        )
    )
    assert out_of_order(late_confirmed, FIVE).empty


APPRAISED = """
    employee_id | score | grade
    a           | 96    | excellent
    b           | 96    | excellent
    c           | 80    | medium
    d           | 60    | to_be_improved
    e           | 40    | urgent
    f           |       |
"""


@pytest.mark.requirement("G4-3")
def test_interviews_are_recommended_for_gaps_and_for_the_best_and_worst_grades():
    with_rule = scheme_of(
        rules=[
            {
                "id": "talk",
                "when": {"score_below": 70},
                "action": "reminder_and_depth_interview",
                "approver": "head",
            },
            {"id": "warn", "when": {"score_below": 90}, "action": "warning", "approver": "head"},
        ]
    )
    found = pd.DataFrame({"employee_id": ["b", "c"], "next_step": ["interview", "ask_self_again"]})
    assert interview_triggers(draw(APPRAISED), found, with_rule).values.tolist() == [
        ["a", "excellent"],
        ["b", "grade_gap"],
        ["b", "excellent"],
        ["c", "regular"],
        ["d", "below"],
        ["e", "urgent"],
        ["e", "below"],
    ]
    nobody = draw(APPRAISED).iloc[5:]
    assert interview_triggers(nobody, gaps_of(NOBODY), with_rule).columns.tolist() == [
        "employee_id",
        "reason",
    ]


@pytest.mark.requirement("G0-8")
def test_the_best_and_worst_grades_stay_unconfirmed_until_others_name_facts():
    given = draw("""
        employee_id | evaluator_id | evidence_text           | evidence_link
        a           | m            | praise by two customers |
        b           | b            | I was always on time    |
        b           | m            |                         |
        c           | m            |                         |
        e           | m            |                         | https://example.org/case/7
    """)
    found = unconfirmed(draw(APPRAISED), given, FIVE)
    assert found.to_dict() == dict.fromkeys("acdef", False) | {"b": True}
    without = unconfirmed(draw(APPRAISED), given[["employee_id", "evaluator_id"]], FIVE)
    assert without[without].index.tolist() == ["a", "b", "e"]
    assert unconfirmed(draw(APPRAISED), NOBODY, FIVE).sum() == 3


@pytest.mark.requirement("D-01", "D-10", "G4-3")
def test_the_tables_of_the_procedure_are_checked_as_declared():
    check(lines().astype({"from_date": "datetime64[us]"}), REPORTING_LINES)
    with pytest.raises(InputError, match="'matrix' is not known; one of direct, indirect"):
        check(lines().assign(kind="matrix"), REPORTING_LINES)
    asked = EVALUATION_ASSIGNMENTS.arrange(
        draw("""
            cycle_id | employee_id | evaluator_id | evaluator_type | invited_at | due_at
            2026-10  | a           | m            | peer           | 2026-10-05 | 2026-10-04
        """)
    )
    with pytest.raises(InputError, match="00:00 lies before invited_at"):
        check(asked, EVALUATION_ASSIGNMENTS)
    held = INTERVIEWS.arrange(
        draw("""
            interview_id | cycle_id | employee_id | reason
            i1           | 2026-10  | a           | chat
        """)
    )
    assert check(held, INTERVIEWS).quality["check"].tolist() == ["reason is not known (kept)"]
    assert {"evidence_text", "evidence_link"} <= {*INPUT_TABLES["evaluations"].names}


@st.composite
def cycles(draw_one):
    """Evaluations of three people by themselves, a superior and one another, in some rounds."""
    rows = [
        {
            "employee_id": employee,
            "evaluator_id": employee if kind == "self" else evaluator,
            "evaluator_type": kind,
            "criterion_id": criterion,
            "round": number,
            "score": draw_one(st.sampled_from([10.0, 60.0, 70.0, 85.0, 96.0, None])),
            "submitted_at": pd.Timestamp("2026-10-01", tz="UTC")
            + pd.Timedelta(days=draw_one(st.integers(0, 9))),
        }
        for employee in "abc"
        for kind, evaluator in (
            ("self", ""),
            ("direct_superior", "m"),
            ("peer", "a"),
            ("peer", "b"),
        )
        if not (kind == "peer" and evaluator == employee)
        for criterion in ("attitude", "management")
        for number in range(1, draw_one(st.integers(1, 3)) + 1)
    ]
    frame = pd.DataFrame(rows).assign(cycle_id="2026-10")
    status = frame["score"].isna().map({True: "declined", False: "submitted"})
    return frame.assign(status=status).astype({"score": "float64"})


@settings(max_examples=12, deadline=None)
@given_by(cycles(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(given, random):
    order = list(range(len(given)))
    random.shuffle(order)
    shuffled = given.iloc[order]
    found, again = gaps_of(given), gaps_of(shuffled)
    assert_frame_equal(found, again)
    assert set(found["next_step"]) <= {
        "none",
        "ask_self_again",
        "superior_may_re_evaluate",
        "interview",
    }
    assert_frame_equal(out_of_order(given, FIVE), out_of_order(shuffled, FIVE))
    assert_frame_equal(
        conflicts_of_interest(given, lines(), FIVE),
        conflicts_of_interest(shuffled, lines().iloc[::-1], FIVE),
    )
    people = draw(APPRAISED)
    turned = people.iloc[::-1]
    assert_frame_equal(
        interview_triggers(people, found, FIVE), interview_triggers(turned, again, FIVE)
    )
    assert_series_equal(unconfirmed(people, given, FIVE), unconfirmed(turned, shuffled, FIVE))


@pytest.mark.requirement("D-11")
def test_the_reason_for_declining_is_no_evidence(table):
    rows = table("""
        employee_id | evaluator_id | status    | evidence_text
        a           | m            | declined  | on leave
        b           | m            | submitted | solved 3 cases
        c           | m            |           | helped out
    """)
    assert evidence(rows).to_dict() == {"b": 1, "c": 1}
