"""Quotas, bands, levels and states as they come together in a cycle."""

from __future__ import annotations

import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame

from csperf import Cycle, appraise, load_scheme
from csperf.appraisal.distribution import conflicts
from csperf.appraisal.history import history_rows
from csperf.appraisal.standing import POOLED, chain_proposals, with_standing
from csperf.appraisal.streaks import earlier_scores, of_length
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

FIVE = load_scheme("params/schemes/five_grades.yaml")
KPI = load_scheme("params/schemes/kpi_levels.yaml")


def people(**columns: list) -> DataFrame:
    size = len(columns["score"])
    base = {
        "employee_id": [chr(97 + place) for place in range(size)],
        "team_id": "t",
        "level_group": "front_line",
        "eligible": True,
        "grade": None,
        "rank": 1,
    }
    return DataFrame({**base, **columns})


def history(*rows: tuple[str, str, float, str | None, str | None, int], scheme: Scheme = FIVE):
    """Earlier scores: (cycle, employee, score, level, state, allowance level)."""
    names = ["cycle_id", "employee_id", "value", "level", "state", "allowance_level"]
    frame = DataFrame(rows, columns=names)
    return frame.assign(team_id="t", quantity_id="score", scheme_id=scheme.id, grade=None, rank=1)


def stood(frame: DataFrame, scheme: Scheme, cycle: str, past: DataFrame | None = None, **records):
    when = Cycle.parse(cycle)
    return with_standing(frame, scheme, when, earlier_scores(past, scheme, when), records)


@pytest.mark.requirement("T5", "T14", "G4-5")
def test_the_chain_goes_on_from_the_latest_result_not_from_the_last_text():
    """Annual 2026 is later than the first half of 2026, though "2026" sorts before "2026-H1"."""
    frame = people(score=[75.0], grade=["medium"])
    past = history(
        ("2026-H1", "a", 60.0, None, "NORMAL", 0), ("2026", "a", 40.0, None, "WATCH_URGENT", -1)
    )
    found, moved = stood(frame, FIVE, "2027-H1", past)
    assert list(moved["transition"]) == ["T14"]
    assert list(found["state"]) == ["KEPT_FROZEN"] and list(found["allowance_level"]) == [-1]


@pytest.mark.requirement("T5", "G0-6")
def test_an_urgent_year_is_proposed_and_not_done():
    frame = people(score=[40.0, 88.0], grade=["urgent_improvement", "good"])
    found, moved = stood(frame, FIVE, "2026")
    made = chain_proposals(moved, found, FIVE, Cycle.parse("2026")).set_index("employee_id")
    assert made.loc["a", "action"] == "allowance_level"
    assert made.loc["a", "status"] == "proposed" and made.loc["a", "rule_id"] == "T5"
    assert "NORMAL to WATCH_URGENT, allowance -1, promotion frozen" in made.loc["a", "facts"]
    assert list(found["state"]) == ["WATCH_URGENT", "NORMAL"]


@pytest.mark.requirement("T16")
def test_a_mid_year_is_due_for_listed_people_only():
    frame = people(score=[30.0, float("nan")], grade=["urgent_improvement", None])
    past = history(
        ("2026", "a", 80.0, None, "NORMAL", 0), ("2026", "b", 55.0, None, "WATCH_TBI", 0)
    )
    found, moved = stood(frame, FIVE, "2027-H1", past)
    assert dict(zip(moved["employee_id"], moved["event"], strict=True)) == {"b": "absent"}
    assert list(found["state"]) == ["NORMAL", "WATCH_TBI"]


@pytest.mark.requirement("T12")
def test_a_contract_that_ends_on_the_last_day_of_the_half_year_comes_first():
    """Edge case 83."""
    frame = people(score=[75.0], grade=["medium"])
    past = history(("2026", "a", 40.0, None, "WATCH_URGENT", -1))
    contracts = DataFrame(
        {
            "employee_id": ["a"],
            "contract_from": pd.to_datetime(["2025-07-01"]),
            "contract_to": pd.to_datetime(["2027-06-30"]),
        }
    )
    found, moved = stood(frame, FIVE, "2027-H1", past, contracts=contracts)
    assert moved["transition"].iloc[0] == "T12"
    assert list(found["state"]) == ["NON_RENEWAL_REVIEW"]


@pytest.mark.requirement("T12", "T16")
def test_a_contract_that_ended_without_a_result_is_known_to_the_next_year():
    """Ann, listed since the annual 2026, was away in the first half of 2027: there is no score."""
    past = history(("2026", "a", 40.0, None, "WATCH_URGENT", -1))
    contracts = DataFrame(
        {
            "employee_id": ["a"],
            "contract_from": pd.to_datetime(["2025-06-01"]),
            "contract_to": pd.to_datetime(["2027-05-31"]),
        }
    )
    away = people(score=[float("nan")], grade=[None], rank=[None])
    found, moved = stood(away, FIVE, "2027-H1", past, contracts=contracts)
    assert moved["transition"].tolist() == ["T12", "T16"]
    half = history_rows(found, *[DataFrame({"status": []})] * 3, FIVE)
    assert half["value"].isna().all()
    assert half[["status", "state"]].to_numpy().tolist() == [
        ["not_computable", "NON_RENEWAL_REVIEW"]
    ]
    known = pd.concat([past, half.assign(cycle_id="2027-H1")])
    _, later = stood(people(score=[75.0], grade=["medium"]), FIVE, "2027", known)
    assert later["state_before"].tolist() == ["NON_RENEWAL_REVIEW"]


@pytest.mark.requirement("G4-5", "T1")
def test_whose_standing_the_department_does_not_know_is_told_in_the_data_quality():
    """Bob came from another department, dora's start is unknown, cem was hired in the year."""
    staff = draw("""
        employee_id | hire_date
        ann         | 2024-01-01
        bob         | 2024-01-01
        cem         | 2026-05-01
        dora        |
    """)
    staff["hire_date"] = staff["hire_date"].astype("datetime64[us]")
    spells = staff[["employee_id"]].assign(team_id="t", from_date=pd.Timestamp("2026-01-01"))
    tables = {"employees": staff, "assignments": spells}
    past = OUTPUT_TABLES["history"].arrange(
        history(("2025", "ann", 40.0, None, "WATCH_URGENT", -1))
    )

    def told(cycle: str) -> dict[str, str]:
        made = appraise(tables, FIVE, Cycle.parse(cycle), past)
        rows = made.data_quality[made.data_quality["table"] == "history"]
        return dict(zip(rows["check"], rows["example_ids"], strict=True))

    text = "no standing in the chain known from before (taken for its start, at level 0)"
    assert told("2026") == {text: "bob dora"}
    assert told("2026-06") == {}


def test_months_move_nobody_in_the_chain():
    frame = people(score=[30.0], grade=["urgent_improvement"])
    past = history(("2026", "a", 40.0, None, "WATCH_URGENT", -1))
    found, moved = stood(frame, FIVE, "2027-01", past)
    assert moved.empty and list(found["state"]) == ["WATCH_URGENT"]


@pytest.mark.requirement("T7", "T9", "G4-5")
def test_a_year_goes_on_from_its_own_mid_year():
    """Annual 2026 to be improved, mid-year 2027 again: -1; annual 2027 urgent ends in a review."""
    past = history(
        ("2026", "a", 60.0, None, "WATCH_TBI", 0), ("2027-H1", "a", 55.0, None, "TBI_TWICE", -1)
    )
    found, moved = stood(people(score=[40.0], grade=["urgent_improvement"]), FIVE, "2027", past)
    assert list(moved["transition"]) == ["T9"]
    assert list(found["state"]) == ["TERMINATION_REVIEW"] and list(found["allowance_level"]) == [-1]


@pytest.mark.requirement("G4-5")
def test_a_month_that_was_run_before_the_year_was_known_changes_nothing():
    """January 2027 was run before annual 2026, and wrote down the state of before."""
    past = history(
        ("2026", "a", 40.0, None, "WATCH_URGENT", -1), ("2027-01", "a", 60.0, None, "NORMAL", 0)
    )
    _, moved = stood(people(score=[75.0], grade=["medium"]), FIVE, "2027-H1", past)
    assert list(moved["transition"]) == ["T14"]


@pytest.mark.parametrize(
    ("cycle", "known"),
    [
        ("2026-03", ["2026-01", "2026-02", "2025-Q4"]),
        ("2026-Q1", ["2026-01", "2026-02", "2026-03", "2025-Q4"]),
        ("2026-04", ["2026-01", "2026-02", "2026-03", "2025-Q4", "2026-Q1"]),
    ],
)
def test_earlier_are_the_parts_of_a_period_and_never_the_period_itself(cycle, known):
    ids = ("2026-01", "2026-02", "2026-03", "2026-04", "2025-Q4", "2026-Q1", "2026")
    past = history(*((id, "a", 80.0, None, None, 0) for id in ids))
    assert list(earlier_scores(past, FIVE, Cycle.parse(cycle))["cycle_id"]) == known


@pytest.mark.requirement("G2")
def test_two_months_make_a_level_whatever_quarters_say():
    """91 in September, 93 in October: advanced. The third quarter's 50 is no assessment."""
    past = history(
        ("2026-09", "a", 91.0, None, None, 0), ("2026-Q3", "a", 50.0, None, None, 0), scheme=KPI
    )
    found, _ = stood(people(score=[93.0]), KPI, "2026-10", past)
    assert list(found["level"]) == ["advanced"]
    assert len(of_length(earlier_scores(past, KPI, Cycle.parse("2026-10")), Cycle.parse("2026-10")))


@pytest.mark.requirement("G7")
def test_quotas_hold_in_the_department_and_small_teams_are_pooled():
    """Ten people: 1 excellent, 1 good, of two teams of five that alone would have no quotas."""
    scores = [99.0, 98.0, 97.0, 90.0, 89.0, 80.0, 79.0, 78.0, 60.0, 59.0]
    grades = ["excellent"] * 3 + ["good"] * 2 + ["medium"] * 3 + ["to_be_improved"] * 2
    frame = people(score=scores, grade=grades, team_id=["t", "u"] * 5)
    by_department, _ = stood(frame, FIVE, "2026")
    shares = FIVE.distribution.model_dump()
    shares["group"] = {"local": "team"}
    teams = FIVE.model_copy(update={"distribution": FIVE.distribution.model_validate(shares)})
    by_team, _ = stood(frame, teams, "2026")
    assert list(by_department["distribution_grade"][:3]) == ["excellent", "good", "medium"]
    pd.testing.assert_series_equal(
        by_team["distribution_grade"], by_department["distribution_grade"]
    )
    assert POOLED not in set(by_team["team_id"])


def ten(scores: list[float], grade: str, **shares: str) -> DataFrame:
    """Ten people, a the first and j the last."""
    return people(score=scores, grade=[grade] * 10, rank=list(range(1, 11)), **shares)


@pytest.mark.requirement("G4-7", "T1", "T2", "T3")
def test_good_grades_have_their_effect_up_to_the_cap():
    """Of ten people from 99.0 down to 96.3 one is excellent and one good by the shares."""
    frame = ten([99 - 0.3 * place for place in range(10)], "excellent")
    found, moved = stood(frame, FIVE, "2026")
    assert list(moved["transition"]) == ["T1", "T2", *["T3"] * 8]
    assert list(found["allowance_level"]) == [1, *[0] * 9]
    assert moved["note"].iloc[-1] == "medium counts, not the grade by score, excellent"
    listed = conflicts(found, FIVE)
    assert set(listed["verdict"]) == {"neutral"} and list(listed["employee_id"]) == [*"cdefghij"]


@pytest.mark.requirement("G4-7", "T3", "T5")
def test_nothing_is_held_against_who_is_not_among_the_last_too():
    """Of ten people under 50 the two of the last bands are cut; the other eight stand as medium."""
    frame = ten([49.0 - place for place in range(10)], "urgent_improvement")
    found, moved = stood(frame, FIVE, "2026")
    assert list(moved["transition"]) == [*["T3"] * 8, "T5", "T5"]
    assert list(found["state"]) == [*["NORMAL"] * 8, *["WATCH_URGENT"] * 2]
    assert set(conflicts(found, FIVE)["verdict"]) == {"neutral"}


@pytest.mark.requirement("G4-7")
@pytest.mark.parametrize(
    ("which", "grade", "transitions"),
    [
        ("score", "urgent_improvement", ["T5"] * 10),
        ("score", "excellent", ["T1"] * 10),
        ("rank", "urgent_improvement", ["T2", "T2", *["T3"] * 6, "T5", "T5"]),
        ("rank", "excellent", ["T1", "T1", *["T3"] * 6, "T4", "T4"]),
    ],
)
def test_the_scheme_may_let_score_or_rank_alone_decide(which, grade, transitions):
    data = FIVE.model_dump()
    data["ranking"]["which_rules"] = {"local": which}
    scheme = Scheme.model_validate(data)
    start = 49.0 if grade == "urgent_improvement" else 105.0
    frame = ten([start - place for place in range(10)], grade)
    _, moved = stood(frame, scheme, "2026")
    assert list(moved["transition"]) == transitions


@pytest.mark.requirement("G4-7")
def test_who_is_in_no_order_is_judged_by_the_score_alone():
    """Edge case 5: two people have no shares and no bands."""
    frame = people(score=[97.0, 40.0], grade=["excellent", "urgent_improvement"], rank=[1, 2])
    _, moved = stood(frame, FIVE, "2026")
    assert list(moved["transition"]) == ["T1", "T5"]


@pytest.mark.requirement("G4-7", "G0-6")
def test_a_grade_that_people_changed_is_the_one_that_counts():
    frame = people(score=[97.0, 40.0], grade=["excellent", "urgent_improvement"], rank=[1, 2])
    changed = DataFrame(
        {
            "cycle_id": ["2026"],
            "employee_id": ["b"],
            "rule_id": pd.Series([None], dtype="str"),
            "decision": ["changed"],
            "changed_to": ["medium"],
            "reviewer": ["hr"],
            "at": pd.to_datetime(["2027-01-20"], utc=True),
            "reason": ["two cases were counted twice"],
        }
    )
    _, moved = stood(frame, FIVE, "2026", sign_offs=changed)
    assert list(moved["transition"]) == ["T1", "T3"]


@pytest.mark.requirement("G7")
@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        # 3 alone are too few: all 23 share floor(2.3) excellent and floor(3.45) good
        ({"t": 20, "u": 3}, [("excellent", "t")] * 2 + [("good", "t")] * 3),
        # t has its own 2 and 3; u and v together are ten, with 1 and 1
        (
            {"t": 20, "u": 5, "v": 5},
            [("excellent", "t")] * 2 + [("good", "t")] * 3 + [("excellent", "u"), ("good", "u")],
        ),
        ({"t": 4, "u": 3}, []),
    ],
)
def test_small_teams_share_places_together_or_with_the_whole_department(sizes, expected):
    """Edge case 8."""
    teams = [team for team, n in sizes.items() for _ in range(n)]
    n = len(teams)
    frame = people(
        employee_id=[f"p{place:02}" for place in range(n)],
        score=[99.9 - 0.1 * place for place in range(n)],
        grade=["excellent"] * n,
        team_id=teams,
        rank=list(range(1, n + 1)),
    )
    data = FIVE.model_dump()
    data["distribution"]["group"] = {"local": "team"}
    found, _ = stood(frame, Scheme.model_validate(data), "2026")
    placed = found["distribution_grade"].fillna("")
    good = placed[placed.isin(["excellent", "good"])]
    assert list(zip(good, found.loc[good.index, "team_id"], strict=True)) == expected
    assert (placed == "").all() == (n < 10)
