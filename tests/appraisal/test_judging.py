"""Quarters, awards and the talent pool in a run: three months, and what they come to."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from appraised import DEPARTMENT, NO_EVALUATIONS, scheme_of, values_of
from organisation import DAY, edit, write_organisation
from pandas import DataFrame

from csperf import Cycle, Scheme, load_params, pipeline
from csperf.appraisal import comparison_groups, history_rows, judge
from csperf.appraisal.judging import Judgement
from csperf.appraisal.pool import BY_LINE, BY_SIGN_OFF, NOBODY
from csperf.appraisal.records import records_of
from csperf.pipeline import appraise_department
from csperf.tables import OUTPUT_TABLES

MONTHS = ("2026-01", "2026-02", "2026-03")
LINEAR = {"method": "linear", "floor": 0.0, "target": 1.0}
SCORE = [{"indicator": "sla_met_share", "weight": 100, "scoring": LINEAR}]
GRADES = [
    {"grade": "good", "from_score": 80, "standing": "good"},
    {"grade": "fair", "from_score": 0},
]
BANDS = {
    "shares": [
        {"id": "top", "kind": "cap", "pct": 20, "standing": "good"},
        {"id": "rest", "kind": "about", "pct": 80},
    ],
    "min_group": 2,
}
BEST = {"id": "best", "max_share_pct": 20, "every": "quarter", "approver": "HR"}
CHAIN = {
    "states": ["NORMAL", "WATCH"],
    "start": "NORMAL",
    "transitions": [
        {"id": "T1", "state": "any", "event": "annual", "to": "WATCH"},
        {"id": "T16", "state": "any", "event": "absent"},
    ],
}
FIVE = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6, "e": 0.5}


def scheme(built: str = "mean", longer: dict | None = None, **keys: object) -> Scheme:
    whole = {"built": built, **(longer or {})}
    return scheme_of(**{"score": SCORE, "grades": GRADES, "longer": whole, **keys})


def judged(
    of: Scheme,
    shares: dict[str, float | None],
    cycle: str,
    history: DataFrame | None = None,
    records: dict[str, DataFrame] | None = None,
    **columns: object,
) -> Judgement:
    """A department whose people met so much of the agreed times; None is no case at all."""
    values = values_of(**{person: {"sla_met_share": share} for person, share in shares.items()})
    values["status"] = values["status"].mask(values["value"].isna(), "not_computable")
    people = DataFrame({"employee_id": list(shares)}).assign(
        team_id="t",
        role=None,
        level_group="front_line",
        eligible=True,
        reason=pd.Series(pd.NA, index=range(len(shares)), dtype="str"),
    )
    people = people.assign(**columns)
    people["group"] = comparison_groups(people, of, DEPARTMENT)
    return judge(people, values, NO_EVALUATIONS, of, Cycle.parse(cycle), history, records)


def left_behind(of: Scheme, months: dict[str, dict], **columns: object) -> DataFrame:
    """History of cycles, each judged after those before it."""
    history, none = OUTPUT_TABLES["history"].empty(), OUTPUT_TABLES["indicator_values"].empty()
    for cycle, shares in months.items():
        found = judged(of, shares, cycle, history, **columns).appraisals
        rows = history_rows(found, none, none, none, of).assign(
            cycle_id=cycle, department_id=DEPARTMENT
        )
        history = pd.concat([history, rows], ignore_index=True) if len(history) else rows
    return history


def scores(made: Judgement) -> dict[str, float]:
    return made.appraisals.set_index("employee_id")["score"].to_dict()


def parts(made: Judgement, person: str) -> DataFrame:
    rows = made.scores[made.scores["employee_id"] == person]
    return rows.set_index("component_id")


@pytest.mark.requirement("A-16")
def test_a_quarter_is_judged_by_the_scores_of_its_months():
    """What was measured over the quarter itself, 0.1 for a, is shown and does not count."""
    months = [{**FIVE, "a": share} for share in (1.0, 0.9, 0.5)]
    history = left_behind(scheme(), dict(zip(MONTHS, months, strict=True)))
    made = judged(scheme(), {**FIVE, "a": 0.1}, "2026-Q1", history)
    assert scores(made)["a"] == pytest.approx((100 + 90 + 50) / 3)
    mine = parts(made, "a")
    assert list(mine.index) == [*MONTHS, "sla_met_share"]
    assert mine.loc["2026-01", ["score", "weight"]].tolist() == pytest.approx([100, 100 / 3])
    assert mine["contribution"].tolist()[:3] == pytest.approx([100 / 3, 90 / 3, 50 / 3])
    assert mine.loc["sla_met_share", "score"] == pytest.approx(10)
    assert mine.loc["sla_met_share", ["weight", "contribution"]].isna().all()
    assert mine["provenance"].unique().tolist() == ["local"]
    by_person = made.appraisals.set_index("employee_id")
    assert by_person["rank"].to_dict() == {"a": 1, "b": 1, "c": 3, "d": 4, "e": 5}
    assert by_person["grade"].tolist() == ["good", "good", "fair", "fair", "fair"]


@pytest.mark.requirement("A-16")
@pytest.mark.parametrize(
    ("built", "weights"),
    [
        ("mean", [100 / 3] * 3),
        ("weighted_by_days", [100 * 31 / 90, 100 * 28 / 90, 100 * 31 / 90]),
        ("last", [0, 0, 100]),
    ],
)
def test_the_parts_of_a_quarter_add_up_to_its_score(built: str, weights: list[float]):
    shares = (1.0, 0.9, 0.5)
    history = left_behind(
        scheme(), {month: {**FIVE, "a": at} for month, at in zip(MONTHS, shares, strict=True)}
    )
    made = judged(scheme(built), FIVE, "2026-Q1", history)
    mine = parts(made, "a").loc[list(MONTHS)]
    assert mine["weight"].tolist() == pytest.approx(weights)
    expected = sum(weight * share for weight, share in zip(weights, shares, strict=True))
    assert mine["contribution"].sum() == pytest.approx(expected)
    assert scores(made)["a"] == pytest.approx(expected)


@pytest.mark.requirement("A-16")
@pytest.mark.parametrize("longer", [{"built": "separate_appraisal"}, None])
def test_a_period_that_is_not_built_is_judged_by_its_own_values(longer: dict | None):
    own = scheme_of(score=SCORE, longer=longer)
    made = judged(own, {**FIVE, "a": 0.1}, "2026-Q1", left_behind(own, dict.fromkeys(MONTHS, FIVE)))
    assert scores(made)["a"] == pytest.approx(10)
    assert parts(made, "a").index.tolist() == ["sla_met_share"]


@pytest.mark.requirement("A-16", "G5")
def test_a_mix_counts_the_year_end_so_much_and_the_mean_of_the_quarters_the_rest():
    mixed = scheme("mix", {"year_end_pct": {"assumed": 40}}, cycle="quarterly")
    quarters = {"2026-Q1": FIVE, "2026-Q2": {**FIVE, "a": 0.7}, "2026-Q4": {**FIVE, "a": 0.8}}
    made = judged(mixed, {**FIVE, "a": 0.5, "b": None}, "2026", left_behind(mixed, quarters))
    assert scores(made)["a"] == pytest.approx(0.6 * (90 + 70 + 80) / 3 + 0.4 * 50)
    mine = parts(made, "a")
    assert mine.loc["sla_met_share", ["weight", "contribution"]].tolist() == pytest.approx([40, 20])
    assert mine.loc["2026-Q2", "weight"] == pytest.approx(60 / 3)
    assert mine.loc["2026-Q3", ["score", "weight", "contribution"]].isna().all()
    assert mine.loc["2026-Q1", "provenance"] == "assumed"
    lacks = made.appraisals.set_index("employee_id").loc["b"]
    assert pd.isna(lacks["score"])
    assert lacks["reason"] == "too little of the weight can be computed"
    assert parts(made, "b")["contribution"].isna().all()


@pytest.mark.requirement("A-16")
def test_who_lacks_cycles_has_no_score_and_reads_how_many():
    """Edge cases 62 and 63: b joined in March; for c a month is missing, which is enough."""
    history = left_behind(
        scheme(),
        {
            "2026-01": {"a": 0.9, "c": 0.8},
            "2026-02": {"a": 0.9},
            "2026-03": {"a": 0.9, "b": 1.0, "c": 0.4},
        },
    )
    made = judged(scheme(), dict.fromkeys("abcd", 0.5), "2026-Q1", history)
    found = made.appraisals.set_index("employee_id")
    assert found["score"].round(6).fillna(-1).tolist() == [90, -1, (80 + 40) / 2, -1]
    assert found["reason"].fillna("").tolist() == [
        "",
        "needs 1 more cycle: 1 of 3 are there, and 50 % are asked for",
        "",
        "needs 2 more cycles: 0 of 3 are there, and 50 % are asked for",
    ]
    assert found["rank"].fillna(0).tolist() == [1, 0, 2, 0]
    assert made.scores[made.scores["employee_id"] == "b"]["contribution"].isna().all()
    assert list(parts(made, "d").index) == [*MONTHS, "sla_met_share"]


@pytest.mark.requirement("A-16")
def test_a_month_in_which_somebody_was_not_appraised_does_not_count():
    """e was there for a few days of January only; that score was shown and not ranked."""
    away = pd.Series(["present on 20 % of the days" if id == "e" else None for id in FIVE])
    january = left_behind(
        scheme(), {"2026-01": FIVE}, eligible=away.isna(), reason=away.astype("str")
    )
    assert january.set_index("employee_id").loc["e", "value"] == pytest.approx(50)
    rest = left_behind(scheme(), {"2026-02": {**FIVE, "e": 0.7}, "2026-03": {**FIVE, "e": 0.9}})
    made = judged(scheme(), FIVE, "2026-Q1", pd.concat([january, rest]))
    assert scores(made)["e"] == pytest.approx((70 + 90) / 2)


@pytest.mark.requirement("G0-5", "A-16")
def test_a_streak_of_quarters_is_not_made_of_months():
    last = {
        "id": "twice_last",
        "when": {"rank_from_bottom": 1, "consecutive_cycles": 2},
        "action": "review",
        "approver": "HR",
    }
    of = scheme("separate_appraisal", rules=[last])
    cycles = (*MONTHS, "2026-Q1", "2026-04", "2026-05", "2026-06")
    history = left_behind(of, dict.fromkeys(cycles, FIVE))
    months = history[history["cycle_id"] != "2026-Q1"]
    assert judged(of, FIVE, "2026-Q2", months).proposals.empty
    found = judged(of, FIVE, "2026-Q2", history).proposals
    assert found[["employee_id", "rule_id"]].to_numpy().tolist() == [["e", "twice_last"]]


@pytest.mark.requirement("A-16")
def test_rules_have_had_their_say_in_the_months_and_are_not_applied_to_their_quarter_again():
    """Who was last and lost 100 in a month does not lose it once more for the same month."""
    last = {"id": "last", "when": {"rank_from_bottom": 1}, "action": "deduction", "amount": -100}
    of = scheme(rules=[{**last, "approver": "HR"}], currency="EUR")
    history = left_behind(of, dict.fromkeys(MONTHS, FIVE))
    assert list(judged(of, FIVE, "2026-03", history).proposals["employee_id"]) == ["e"]
    quarter = judged(of, FIVE, "2026-Q1", history)
    assert quarter.appraisals.set_index("employee_id").loc["e", "rank_from_bottom"] == 1
    assert quarter.proposals.empty


@pytest.mark.requirement("G2", "G0-6", "A-16")
def test_awards_of_a_quarter_join_the_proposals_and_say_how_many_there_may_be():
    of = scheme(awards=[BEST, {**BEST, "id": "of_the_year", "every": "year"}])
    history = left_behind(of, dict.fromkeys(MONTHS, FIVE))
    made = judged(of, {**FIVE, "a": 0.1}, "2026-Q1", history)
    found = made.proposals.set_index("employee_id")
    assert found["rule_id"].to_dict() == {"a": "best"}
    assert found.loc["a", ["action", "status"]].tolist() == ["award", "proposed"]
    assert found.loc["a", "facts"] == "score 90.00, place 1 of 5 people, at most 20 % (1)"
    assert made.award_places[["rule_id", "people", "places", "given"]].to_numpy().tolist() == [
        ["best", 5, 1, 1]
    ]
    month = judged(of, FIVE, "2026-04", history)
    assert month.proposals.empty and month.award_places.empty


@pytest.mark.requirement("G2")
def test_who_is_not_appraised_counts_among_all_people_and_gets_no_award():
    reasons = pd.Series(["on probation", None, None, None, "service account: a bot"], dtype="str")
    of = scheme("separate_appraisal", awards=[{**BEST, "max_share_pct": 25}])
    made = judged(of, FIVE, "2026-Q1", eligible=reasons.isna(), reason=reasons)
    assert made.proposals["employee_id"].tolist() == ["b"]
    assert made.award_places["people"].tolist() == [4]


@pytest.mark.requirement("G4-8", "I-06")
def test_the_talent_pool_is_kept_from_cycle_to_cycle_of_one_length():
    of = scheme("separate_appraisal", ranking={"group": "department", "bands": BANDS})
    second = {**FIVE, "a": 0.1}
    history = left_behind(of, {"2026-01": FIVE, "2026-Q1": second, "2026-02": second})
    made = judged(of, second, "2026-04", history)
    columns = ["employee_id", "team_id", "entered", "left", "guidance_owner", "status"]
    assert made.talent_pool[columns].fillna("").to_numpy().tolist() == [
        ["a", "t", "2026-01", "2026-02", "", "proposed"],
        ["b", "t", "2026-02", "", "", "proposed"],
    ]
    assert made.award_places.empty
    assert judged(scheme(), FIVE, "2026-03").talent_pool.empty


ENTER = {
    "id": "enter",
    "when": {"rank_bands": ["top"]},
    "action": "talent_pool",
    "effect": "positive",
    "approver": "HR",
}


@pytest.mark.requirement("G4-8", "G0-6", "G4-7")
def test_nobody_comes_into_the_pool_for_whom_no_rule_proposes_it():
    """Five people who are all fair: the first of them is in the top band, and is not proposed."""
    of = scheme("separate_appraisal", ranking={"bands": BANDS}, rules=[ENTER])
    fair = {person: share - 0.2 for person, share in FIVE.items()}
    made = judged(of, fair, "2026-03", left_behind(of, {"2026-02": fair}))
    assert made.appraisals["rank_band"].tolist()[0] == "top"
    assert made.proposals.empty and made.talent_pool.empty
    entered = judged(of, FIVE, "2026-03", left_behind(of, {"2026-02": fair})).talent_pool
    assert entered[["employee_id", "entered", "status"]].to_numpy().tolist() == [
        ["a", "2026-03", "proposed"]
    ]


@pytest.mark.requirement("G4-8", "G0-6")
@pytest.mark.parametrize(
    ("decision", "superiors", "expected"),
    [
        ("confirmed", [], ["approved", "hr", BY_SIGN_OFF]),
        ("confirmed", ["boss"], ["approved", "boss", BY_LINE]),
        (None, ["boss"], ["proposed", "boss", BY_LINE]),
        (None, ["boss", "other"], ["proposed", "", NOBODY]),
        (None, [], ["proposed", "", NOBODY]),
        ("rejected", ["boss"], None),
    ],
)
def test_an_entry_is_proposed_until_it_is_signed_and_says_who_guides(decision, superiors, expected):
    of = scheme("separate_appraisal", ranking={"bands": BANDS}, rules=[ENTER])
    lines = DataFrame({"superior_id": superiors}, dtype="str").assign(
        employee_id="a", kind="direct", from_date=pd.Timestamp("2020-01-01"), to_date=pd.NaT
    )
    signs = DataFrame({"decision": [decision]}, dtype="str").dropna()
    signs = signs.assign(
        cycle_id="2026-02",
        employee_id="a",
        rule_id="enter",
        changed_to=pd.Series(dtype="str"),
        reviewer="hr",
        at=pd.Timestamp("2026-03-20", tz="UTC"),
        reason="as discussed",
    )
    records = {"sign_offs": signs, "reporting_lines": lines}
    weak = {**FIVE, "a": 0.1}
    history = left_behind(of, {"2026-02": FIVE})
    stays = judged(of, weak, "2026-03", history, records).talent_pool
    mine = stays[stays["employee_id"] == "a"].fillna("")
    if expected is None:
        assert mine.empty
    else:
        assert mine[["entered", "left"]].to_numpy().tolist() == [["2026-02", "2026-03"]]
        assert mine[["status", "guidance_owner", "note"]].to_numpy().tolist() == [expected]


@pytest.mark.requirement("G4-8")
def test_a_pool_among_too_few_people_is_empty_with_a_note():
    """Edge case 82: a tenth of six is no whole place."""
    shares = [{"id": "top", "kind": "cap", "pct": 10}, {"id": "rest", "kind": "about", "pct": 90}]
    of = scheme(ranking={"group": "department", "bands": {"shares": shares, "min_group": 2}})
    made = judged(of, {**FIVE, "f": 0.4}, "2026-03")
    assert made.talent_pool.empty
    note = made.award_places.iloc[0]
    assert note[["rule_id", "people", "given"]].tolist() == ["talent_pool", 6, 0]
    assert note["note"] == "10 % of 6 people is 0.6, which is no whole place; 10 people have one"


@pytest.fixture
def everything() -> Scheme:
    """Levels, bands, awards, a streak and the chain at once."""
    return scheme(
        ranking={"group": "department", "bands": BANDS},
        levels={"bands": [{"level": "high", "from_score": 80}, {"level": "low", "from_score": 0}]},
        chain=CHAIN,
        awards=[BEST],
        rules=[
            {
                "id": "three_times",
                "when": {"score_from": 85, "consecutive_cycles": 3},
                "action": "praise",
                "approver": "HR",
            }
        ],
    )


@pytest.mark.requirement("G0-5", "A-16", "G2")
def test_a_shop_that_was_closed_for_a_month_is_reported_without_ranks(everything: Scheme):
    """Edge case 61: nobody is ranked, and what ran before goes on after it."""
    closed = dict.fromkeys(FIVE)
    history = left_behind(everything, {"2026-01": FIVE, "2026-02": FIVE, "2026-03": closed})
    scored = history[history["value"].notna()]
    assert set(scored["cycle_id"]) == {"2026-01", "2026-02"}
    empty = judged(everything, closed, "2026-03", history)
    assert empty.appraisals[["score", "rank", "grade", "rank_band"]].isna().all(axis=None)
    assert empty.proposals.empty
    after = judged(everything, FIVE, "2026-04", history)
    assert after.proposals["employee_id"].tolist() == ["a"]
    assert after.talent_pool["entered"].tolist() == ["2026-01"]
    quarter = judged(everything, closed, "2026-Q1", history)
    assert scores(quarter)["a"] == pytest.approx((90 + 90) / 2)


@pytest.mark.requirement("A-16", "G2", "G4")
def test_in_the_first_cycle_nothing_of_the_past_is_made_up(everything: Scheme):
    """Edge cases 62 and 85: no level, no streak, no quarter; everybody begins as NORMAL."""
    first = judged(everything, FIVE, "2026-01", OUTPUT_TABLES["history"].empty())
    assert first.appraisals["level"].isna().all() and first.proposals.empty
    assert set(first.appraisals["state"]) == {"NORMAL"}
    quarter = judged(everything, FIVE, "2026-Q1")
    assert quarter.appraisals["score"].isna().all()
    reason = "needs 2 more cycles: 0 of 3 are there, and 50 % are asked for"
    assert set(quarter.appraisals["reason"]) == {reason}
    assert quarter.award_places["note"].tolist()[0].startswith("nobody else has a score")


@pytest.mark.requirement("G4")
def test_a_new_person_is_normal_where_others_already_stand_elsewhere(everything: Scheme):
    """Edge case 85."""
    year = left_behind(everything, {month: FIVE for month in MONTHS} | {"2026": FIVE})
    lacking = judged(everything, FIVE, "2026", year)  # three months of twelve
    assert set(lacking.appraisals["state"]) == {"NORMAL"}
    lenient = scheme(longer={"min_share_pct": 25}, chain=CHAIN)
    year = left_behind(lenient, {month: FIVE for month in MONTHS} | {"2026": FIVE})
    states = judged(lenient, {**FIVE, "new": 0.5}, "2027-01", year).appraisals["state"]
    assert states.tolist() == ["WATCH"] * 5 + ["NORMAL"]


@pytest.mark.requirement("T10", "T16", "T18")
def test_what_happens_in_the_chain_is_a_record_with_its_notes():
    """Edge case 84: a is at the highest level already; b has no result; c moves as ruled."""
    rows = [
        {"id": "T1", "state": "any", "event": "annual", "grades": ["good"], "change": 1},
        {"id": "T3", "state": "any", "event": "annual", "grades": ["fair"], "to": "WATCH"},
        {"id": "T16", "state": "any", "event": "absent", "note": "no result was due or given"},
    ]
    of = scheme("separate_appraisal", chain={**CHAIN, "highest": 0, "transitions": rows})
    made = judged(of, {"a": 0.9, "b": None, "c": 0.5}, "2026")
    people = made.appraisals
    records = records_of(
        made, {}, people, of, Cycle.parse("2026"), today=date(2027, 1, 5), timezone="UTC"
    )
    moves = records["chain_moves"].set_index("employee_id")
    columns = ["transition", "state", "allowance_change", "clamped"]
    assert moves[columns].to_numpy().tolist() == [
        ["T1", "NORMAL", 0, True],
        ["T16", "NORMAL", 0, False],
        ["T3", "WATCH", 0, False],
    ]
    assert moves["note"].tolist() == [
        "T18: no allowance level beyond -3 to 0",
        "no result was due or given",
        "",
    ]
    assert made.proposals.empty


@pytest.mark.requirement("A-16", "G2", "G0-6")
def test_a_department_runs_three_months_and_then_its_quarter(tmp_path):
    """shop-a's first manager gave 50 in February, not 90: 55 + 0.4 * 66.5 then, 55 + 0.4 * 86.5.

    Of twelve cases a month, shop-a met the time in 11: 60 * 11 / 12 = 55. Six people have no place
    among 5 % and one among 20 %.
    """
    folder = write_organisation(tmp_path)
    edit(folder / "shop.yaml", "rules:\n", AWARDS)
    one = "{},shop-a,manager-0,store_manager,service,{}"
    edit(folder / "data/evaluations.csv", one.format(MONTHS[1], 90), one.format(MONTHS[1], 50))
    params = load_params(folder / "params.yaml")
    history = None
    for month in MONTHS:
        result = appraise_department(params, "shop", Cycle.parse(month), history)
        history = pd.concat([history, result.history]) if history is not None else result.history
    quarter = appraise_department(params, "shop", Cycle.parse("2026-Q1"), history)
    by_person = quarter.appraisals.set_index("employee_id")
    usual, weak = 55 + 0.4 * 86.5, 55 + 0.4 * 66.5
    assert by_person.loc["shop-a", "score"] == pytest.approx((2 * usual + weak) / 3)
    months = history[history["quantity_id"] == "score"].groupby("employee_id")["value"].mean()
    pd.testing.assert_series_equal(by_person["score"], months, check_names=False)
    contributions = quarter.scores.groupby("employee_id")["contribution"].sum()
    assert contributions[list(DAY)].tolist() == pytest.approx(months[list(DAY)].tolist())
    best = quarter.proposals.set_index("rule_id").loc["excellent"]
    second = 60 * 10 / 12 + 0.4 * (88 - 4)
    assert best["employee_id"] == "shop-a" and months["shop-b"] == pytest.approx(second)
    assert best["facts"] == "score 86.93, place 1 of 6 people, at most 20 % (1)"
    scheme = params.scheme(params.department("shop"))
    made = judge(
        quarter.people,
        quarter.indicator_values,
        NO_EVALUATIONS,
        scheme,
        Cycle.parse("2026-Q1"),
        history,
    )
    places = made.award_places.set_index("rule_id")
    assert places.loc["best", ["people", "places", "given"]].tolist() == [6, 0, 0]
    assert places.loc["best", "note"] == (
        "5 % of 6 people is 0.3, which is no whole place; 20 people have one"
    )
    assert places.loc["excellent", ["places", "given"]].tolist() == [1, 1]


AWARDS = """\
longer:
  built: {assumed: mean}
awards:
  - {id: best, max_share_pct: {stated: 5}, every: {assumed: quarter}, approver: HR}
  - {id: excellent, max_share_pct: {stated: 20}, every: {assumed: quarter}, approver: HR}
rules:
"""


@pytest.mark.requirement("G3", "G5")
def test_nothing_is_proposed_for_who_is_not_appraised():
    """Edge case 21: a was off post; 40 in three months is shown, and leads to nothing."""
    fails = {"id": "fails", "action": "review", "approver": "HR", "when": {"grade": "fair"}}
    thrice = {**fails, "id": "thrice", "when": {**fails["when"], "consecutive_cycles": 3}}
    of, low = scheme(rules=[fails, thrice]), {**FIVE, "a": 0.4}

    def proposed(**columns: object) -> dict[str, list[str]]:
        history = left_behind(of, dict.fromkeys(MONTHS[:2], low), **columns)
        rows = judged(of, low, MONTHS[2], history, **columns).proposals
        return {rule: list(mine["employee_id"]) for rule, mine in rows.groupby("rule_id")}

    ill, well = ["a", "c", "d", "e"], ["c", "d", "e"]
    assert proposed() == {"fails": ill, "thrice": ill}
    there = [person != "a" for person in FIVE]
    assert proposed(eligible=there) == {"fails": well, "thrice": well}


@pytest.mark.requirement("G2")
def test_a_cycle_without_appraisal_counts_for_no_level():
    """September 91, not appraised, and October 93 are one assessment; two are asked for."""
    bands = [{"level": "advanced", "from_score": 90}, {"level": "below", "from_score": 0}]
    of = scheme(levels={"bands": bands, "assessments": 2})

    def level(*eligible: bool) -> object:
        history = left_behind(of, {"2026-09": {"a": 0.91, "b": 0.5}}, eligible=[eligible[0], True])
        made = judged(of, {"a": 0.93, "b": 0.5}, "2026-10", history).appraisals
        return made.set_index("employee_id").loc["a", "level"]

    assert level(True) == "advanced"
    assert pd.isna(level(False))


FIRST = {
    "id": "thrice",
    "action": "bonus",
    "approver": "HR",
    "when": {"rank_from_top": 1, "consecutive_cycles": 3},
}


@pytest.mark.requirement("G0-5", "G0-4")
@pytest.mark.parametrize(("kept", "expected"), [(True, []), (False, ["a"])])
def test_a_streak_counts_within_the_same_list_of_people(kept: bool, expected: list):
    """Edge cases 79, 81: first twice as front line, then first of the managers; a is b's manager.

    A history that did not keep the level group is read as before.
    """
    of = scheme(rules=[FIRST], ranking={"group": "department"})
    front = ["front_line"] * 5
    history = left_behind(of, dict.fromkeys(MONTHS[:2], FIVE), level_group=front)
    history = history if kept else history.drop(columns="level_group")
    promoted = ["manager", "front_line", "front_line", "manager", "manager"]
    rows = judged(of, FIVE, MONTHS[2], history, level_group=promoted).proposals
    assert list(rows["employee_id"]) == expected
    same = judged(of, FIVE, MONTHS[2], history, level_group=front).proposals
    assert list(same["employee_id"]) == ["a"]


@pytest.mark.requirement("G0-5")
def test_a_month_in_which_everybody_was_equal_has_no_first_whatever_another_list_says():
    """Edge cases 4, 81: a to d had 80 each in January; only e, the manager, had something else."""
    of = scheme(rules=[FIRST], ranking={"group": "department"})
    groups = [*["front_line"] * 4, "manager"]
    equal = {**dict.fromkeys("abcd", 0.8), "e": 0.5}
    history = left_behind(of, {MONTHS[0]: equal, MONTHS[1]: FIVE}, level_group=groups)
    assert judged(of, FIVE, MONTHS[2], history, level_group=groups).proposals.empty


@pytest.mark.requirement("G1", "A-16")
def test_rules_are_for_the_schemes_own_cycles():
    """Money of a month is no money of a quarter, unless the scheme says how it judges quarters."""
    first = {**FIRST, "when": {"rank_from_top": 1}, "amount": 100.0}
    silent = scheme_of(score=SCORE, rules=[first])
    assert list(judged(silent, FIVE, "2026-03").proposals["amount"]) == [100.0]
    for period in ("2026-Q1", "2026-H1", "2026"):
        assert judged(silent, FIVE, period).proposals.empty, period
    apart = scheme("separate_appraisal", rules=[first])
    assert list(judged(apart, FIVE, "2026-Q1").proposals["amount"]) == [100.0]


def test_a_period_without_rules_says_why():
    rules = [{**FIRST, "id": "one"}, {**FIRST, "id": "two"}]
    rows = pipeline._of_longer_period(scheme_of(score=SCORE, rules=rules), Cycle.parse("2026-Q1"))
    text = "rules are for monthly cycles (none was applied: the scheme has no longer)"
    assert rows.values.tolist() == [["scheme", text, 2, 1.0, "one two"]]
    assert pipeline._of_longer_period(scheme(rules=rules), Cycle.parse("2026-Q1")).empty
    assert pipeline._of_longer_period(scheme(rules=rules), Cycle.parse("2026-01")).empty
