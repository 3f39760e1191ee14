"""Chance behind the rows of the annual chain: what a draw of true scores would make of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame, Series

from csperf import Cycle, appraise, load_scheme
from csperf.appraisal import grade, rank
from csperf.appraisal.distribution import counting_grade
from csperf.appraisal.standing import with_standing
from csperf.appraisal.streaks import earlier_scores
from csperf.comparison.chain_noise import counting_chances
from csperf.comparison.noise import p_noise, with_uncertainty
from csperf.scheme import Scheme

FIVE = load_scheme("params/schemes/five_grades.yaml")
OTHERS = [86.0, 84.0, 83.0, 82.0, 81.0, 80.0, 79.0, 78.0, 77.0]  # nobody near a border but 84


def others_and(*scores: float, others: list[float] = OTHERS) -> Series:
    """Scores of x1, x2 ... and of others, a department of at least ten people."""
    names = [f"x{number}" for number in range(1, len(scores) + 1)]
    rest = [f"o{number:02}" for number in range(len(others))]
    return Series([*scores, *others], index=[*names, *rest])


def chance(
    scores: Series,
    *asked: str,
    se: float | Series = 0.3,
    scheme: Scheme = FIVE,
    cycle: str = "2026",
    before: str = "NORMAL",
    managers: tuple[str, ...] = (),
    **records: DataFrame,
) -> dict[tuple[str, str], float]:
    """Chance behind all that happens to the people asked about, who were in one state before."""
    people = DataFrame({"employee_id": scores.index, "score": scores.to_numpy(), "team_id": "t"})
    apart = people["employee_id"].isin(managers)
    people = people.assign(
        level_group=Series("front_line", people.index).mask(apart, "manager"),
        group=Series("d", people.index).mask(apart, "d manager"),
        eligible=True,
    )
    people = rank(people, "group").assign(grade=grade(people["score"], scheme))
    past = DataFrame({"employee_id": asked, "state": before, "value": 60.0}).assign(
        cycle_id="2025", team_id="t", quantity_id="score", scheme_id=scheme.id, rank=1, grade=None
    )
    when = Cycle.parse(cycle)
    earlier = earlier_scores(past.assign(allowance_level=0), scheme, when)
    whole, moved = with_standing(people, scheme, when, earlier, records)
    errors = se if isinstance(se, Series) else Series(se, scores.index)
    wide = people[["employee_id", "score"]].assign(se=errors.to_numpy(), low=0.0, high=100.0)
    sure = with_uncertainty(whole, wide, scheme)
    rows = moved[moved["employee_id"].isin(asked)][["employee_id", "transition"]]
    rows = rows.rename(columns={"transition": "rule_id"}).reset_index(drop=True)
    found = p_noise(rows, sure, scheme, when, moves=moved)
    keys = zip(rows["employee_id"], rows["rule_id"], strict=True)
    return dict(zip(keys, found, strict=True))


def changed(**shares: object) -> Scheme:
    """The shipped scheme with other settings of its shares of grades."""
    data = FIVE.model_dump(exclude_none=True)
    return Scheme.model_validate({**data, "distribution": {**data["distribution"], **shares}})


@pytest.mark.requirement("G0-7", "T1", "G7")
def test_of_two_equal_people_for_the_one_place_of_a_cap_each_is_there_by_chance_in_half():
    """Both are excellent beyond doubt, and 10 % of 11 people is one place, shared by a tie."""
    found = chance(others_and(98.0, 98.0), "x1", "x2", scheme=changed(ties="up"))
    assert found[("x1", "T1")] == pytest.approx(0.5, abs=0.03)
    assert found[("x1", "T1")] + found[("x2", "T1")] == pytest.approx(1, abs=0.001)


@pytest.mark.requirement("G0-7", "T1", "G7")
def test_where_a_cap_has_room_for_everybody_it_makes_no_chance():
    """20 people have two places."""
    many = [*OTHERS, *(score - 0.5 for score in OTHERS)]
    found = chance(others_and(98.0, 97.9, others=many), "x1", "x2")
    assert found == {("x1", "T1"): pytest.approx(0), ("x2", "T1"): pytest.approx(0)}


@pytest.mark.requirement("G0-7", "T1", "G7")
def test_the_first_of_three_near_equals_has_the_one_place_by_chance_in_two_thirds():
    found = chance(others_and(98.0002, 98.0001, 98.0), "x1", "x2", "x3")
    assert found[("x1", "T1")] == pytest.approx(2 / 3, abs=0.03)
    assert found[("x2", "T2")] == pytest.approx(2 / 3, abs=0.03), "one other place is good"


@pytest.mark.requirement("G0-7", "T1", "G7")
def test_a_cap_of_the_whole_department_counts_managers_who_are_ranked_apart():
    """A manager and one of the front line, equal and excellent, have one place between them."""
    scores = others_and(98.0, 98.0, 70.0)
    found = chance(scores, "x1", se=0.05, scheme=changed(ties="up"), managers=("x2", "x3"))
    assert found[("x1", "T1")] == pytest.approx(0.5, abs=0.03)


@pytest.mark.requirement("G0-7", "T5")
def test_who_has_a_poor_grade_is_held_to_it_by_places_too():
    """All three are urgent beyond doubt; two of twelve places are poor, so one falls to chance."""
    found = chance(others_and(30.0002, 30.0001, 30.0), "x2", "x3")
    assert found == {
        ("x2", "T5"): pytest.approx(1 / 3, abs=0.03),
        ("x3", "T5"): pytest.approx(1 / 3, abs=0.03),
    }


@pytest.mark.requirement("G0-7", "T13", "T15", "T11")
@pytest.mark.parametrize(
    ("before", "cycle", "score", "row"),
    [
        ("WATCH_URGENT", "2027-H1", 69.999, "T13"),  # 70 is medium
        ("KEPT_FROZEN", "2026", 95.001, "T15"),  # 95 is excellent
        ("TBI_TWICE", "2026", 95.001, "T11"),
        ("WATCH_TBI", "2027-H1", 49.999, "T8"),  # 50 is to be improved
        ("WATCH_URGENT", "2026", 49.999, "N2"),
    ],
)
def test_a_score_at_a_border_of_grades_is_on_its_side_by_chance_in_half(before, cycle, score, row):
    found = chance(others_and(score), "x1", before=before, cycle=cycle, se=0.05)
    assert found == {("x1", row): pytest.approx(0.5, abs=0.04)}


ENDS = {"contract_from": pd.to_datetime(["2024-01-01"])}
APPEAL = DataFrame({"appeal_id": ["p"], "employee_id": ["x1"], "cycle_id": ["2026"]}).assign(
    issue="the grade",
    facts="a case",
    stage="direct superior",
    filed_at=pd.Timestamp("2027-01-20", tz="UTC"),
)
# Row of the shipped chain: state before, cycle, score; whether it rests on a grade of the cycle.
ROWS = {
    "T1": ("NORMAL", "2026", 97.0, True),
    "T2": ("NORMAL", "2026", 88.0, True),
    "T3": ("NORMAL", "2026", 80.5, True),
    "T4": ("NORMAL", "2026", 60.0, True),
    "T5": ("NORMAL", "2026", 30.0, True),
    "T6": ("WATCH_TBI", "2027-H1", 80.5, True),
    "T7": ("WATCH_TBI", "2027-H1", 60.0, True),
    "T8": ("WATCH_TBI", "2027-H1", 30.0, True),
    "T9": ("TBI_TWICE", "2026", 30.0, True),
    "T10": ("TBI_TWICE", "2026", 60.0, True),
    "T11": ("TBI_TWICE", "2026", 97.0, True),
    "T12": ("WATCH_URGENT", "2026", 80.5, False),  # a contract ends
    "T13": ("WATCH_URGENT", "2027-H1", 30.0, True),
    "T14": ("WATCH_URGENT", "2027-H1", 80.5, True),
    "T15": ("KEPT_FROZEN", "2026", 97.0, True),
    "T16": ("NORMAL", "2026", np.nan, False),  # there is no result
    "T17": ("NORMAL", "2026", 97.0, False),  # an open appeal suspends every result alike
    "N1": ("WATCH_TBI", "2026", 80.5, True),
    "N2": ("WATCH_URGENT", "2026", 80.5, True),
    "N3": ("TERMINATION_REVIEW", "2026", 80.5, False),  # undecided, whatever the grade
    "N4": ("NON_RENEWAL_REVIEW", "2026", 80.5, False),
    "N5": ("NORMAL", "2026", 80.5, False),
}


@pytest.mark.requirement("G0-7", "G4", *(f"T{number}" for number in range(1, 18)))
@pytest.mark.parametrize("row", ROWS)
def test_every_row_of_the_chain_that_rests_on_a_grade_has_a_probability(row):
    before, cycle, score, rests = ROWS[row]
    records = {}
    if row in ("T12", "N5"):
        ends = DataFrame({"employee_id": ["x1"], **ENDS, "contract_to": pd.Timestamp("2026-06-30")})
        records["contracts"] = ends
    if row == "T17":
        records["appeals"] = APPEAL
    found = chance(others_and(score), "x1", before=before, cycle=cycle, **records)
    assert np.isnan(found[("x1", row)]) == (not rests)
    if rests:
        assert found[("x1", row)] == pytest.approx(0, abs=0.01), "every grade is clear"


@pytest.mark.requirement("G4")
def test_no_row_of_the_shipped_chain_is_left_out_of_the_table():
    """T18 is no row: it is the lowest and the highest level of the allowance."""
    assert set(ROWS) == {row.id for row in FIVE.chain.transitions}


@pytest.mark.requirement("G0-7", "T5")
def test_a_grade_that_people_have_put_in_its_place_has_no_chance_in_it():
    signs = DataFrame({"employee_id": ["x1"], "cycle_id": "2026", "rule_id": None}).assign(
        decision="changed", changed_to="urgent_improvement", reviewer="hr", reason="the facts"
    )
    signs = signs.assign(at=pd.Timestamp("2027-01-05", tz="UTC")).astype({"rule_id": "str"})
    found = chance(others_and(60.0), "x1", sign_offs=signs)
    assert list(found) == [("x1", "T5")] and np.isnan(found[("x1", "T5")])


@pytest.mark.requirement("G0-7")
def test_where_the_error_of_the_score_is_unknown_so_is_the_chance():
    scores = others_and(97.0)
    unknown = Series(0.3, scores.index).mask(scores.index == "x1")
    assert np.isnan(chance(scores, "x1", se=unknown)[("x1", "T1")])


@pytest.mark.requirement("G0-7", "T1", "G7")
def test_a_run_says_how_likely_chance_gave_the_one_place_of_the_cap():
    """Two superiors see ann a hair above bob, who is excellent too; the place is one of them."""
    data = FIVE.model_dump(exclude_none=True, exclude={"score", "completion", "completions"})
    judged = {"criterion": "service_attitude", "evaluator": "direct_superior", "weight": 100}
    scheme = Scheme.model_validate({**data, "score": [judged]})
    scores = others_and(30.0).rename({"x1": "zoe"})
    given = pd.concat([Series({"ann": 98.001, "bob": 98.0}), scores])
    sheets = DataFrame({"employee_id": given.index, "score": given.to_numpy(), "cycle_id": "2026"})
    sheets = sheets.assign(criterion_id="service_attitude", evaluator_type="direct_superior")
    both = [
        sheets.assign(evaluator_id=who, score=sheets["score"] + off)
        for who, off in (("mia", 0.1), ("kim", -0.1))
    ]
    start = pd.Timestamp("2025-01-01")
    posts = sheets[["employee_id"]].assign(team_id="t", role="shop", level_group="front_line")
    tables = {
        "employees": sheets[["employee_id"]].assign(hire_date=start, employment_type="full"),
        "assignments": posts.assign(from_date=start),
        "evaluations": pd.concat(both, ignore_index=True),
    }
    found = appraise(tables, scheme, Cycle.parse("2026")).proposals.set_index(
        ["employee_id", "rule_id"]
    )["p_noise"]
    assert found[("ann", "T1")] == pytest.approx(0.5, abs=0.05)
    assert found[("ann", "excellent_interview")] == pytest.approx(0), "the grade itself is clear"
    assert found[("zoe", "T5")] == pytest.approx(0)


@pytest.mark.requirement("G0-7", "G4-7", "G7")
@pytest.mark.parametrize("which", ["score", "rank", "both_must_agree"])
@pytest.mark.parametrize("completion", ["default", "literal", "split_tail", "two_tens"])
def test_without_error_the_grade_that_truly_counts_is_the_one_that_counts(which, completion):
    """Forty people of two level groups, whose scores are all different."""
    data = load_scheme("params/schemes/five_grades.yaml", completion).model_dump(exclude_none=True)
    data["ranking"]["which_rules"] = which
    scheme = Scheme.model_validate(data)
    score = np.random.default_rng(7).permutation(np.linspace(20.0, 99.5, 40))
    people = DataFrame({"employee_id": [f"e{at:02}" for at in range(40)], "score": score})
    people = people.assign(team_id="t", level_group="front_line", eligible=True, group="d")
    people.loc[people.index < 12, ["level_group", "group"]] = ["manager", "d manager"]
    people = rank(people, "group").assign(grade=grade(people["score"], scheme), se=1e-6)
    when = Cycle.parse("2026")
    whole, _ = with_standing(people, scheme, when, earlier_scores(None, scheme, when), {})
    chances = counting_chances(whole, scheme, seed=1)
    assert chances.min(axis=1).eq(0).all() and chances.max(axis=1).eq(1).all()
    official = counting_grade(whole, scheme).set_axis(whole["employee_id"])
    assert chances.idxmax(axis=1).to_dict() == official.to_dict()
