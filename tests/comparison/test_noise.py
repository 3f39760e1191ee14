"""What official results gain: intervals, places, grades, and the chance behind proposals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame, Series

from csperf import Cycle, Scheme
from csperf.appraisal import grade, rank
from csperf.appraisal.distribution import rank_bands
from csperf.appraisal.methods import CHANCE_OF
from csperf.comparison import drawn as draws
from csperf.comparison.noise import p_noise, with_uncertainty
from csperf.tables import OUTPUT_TABLES

MARCH = Cycle.parse("2026-03")
SCORES = {"ann": 91.0, "bea": 80.0, "cai": 79.0, "dan": 78.0, "eve": 40.0}


def rule(id, **when):
    return {"id": id, "when": when, "action": "talk", "approver": "HR"}


SCHEME = Scheme.model_validate(
    {
        "id": "s",
        "title": "S",
        "version": "1",
        "criteria": [{"id": "c"}],
        "evaluators": [{"type": "peer"}],
        "score": [{"criterion": "c", "evaluator": "peer", "weight": 100}],
        "grades": [
            {"grade": "A", "from_score": 90},
            {"grade": "B", "from_score": 60},
            {"grade": "C", "from_score": 0},
        ],
        "ranking": {
            "bands": {
                "min_group": 5,
                "shares": [
                    {"id": "top", "kind": "about", "pct": 20},
                    {"id": "middle", "kind": "about", "pct": 60},
                    {"id": "end", "kind": "about", "pct": 20},
                ],
            }
        },
        "rules": [
            rule("first", rank_from_top=1),
            rule("last", rank_from_bottom=1),
            rule("last_two", rank_from_bottom=2),
            rule("band", rank_bands=["end"]),
            rule("below_60", score_below=60),
            rule("graded", grade="A"),
            rule("thrice", rank_from_bottom=1, consecutive_cycles=3),
            rule("slow", indicator="reply_rate", at_most=0.5),
        ],
    }
)


def official(scores, se=2.0, group="t"):
    """Appraisals of one cycle, and estimates of their errors."""
    rows = DataFrame({"employee_id": list(scores), "score": list(scores.values())})
    rows = rows.assign(team_id=group, group=group, level_group="front_line", eligible=True)
    rows = rank(rows, "group").assign(grade=grade(rows["score"], SCHEME))
    rows["rank_band"] = rank_bands(rows, SCHEME)
    spread = {"se": se, "low": rows["score"] - 1.96 * se, "high": rows["score"] + 1.96 * se}
    return rows, rows[["employee_id", "score"]].assign(**spread)


def noise_of(appraisals, *pairs, history=None):
    proposals = DataFrame(pairs, columns=["employee_id", "rule_id"], index=range(5, 5 + len(pairs)))
    found = p_noise(proposals, appraisals, SCHEME, MARCH, history)
    assert found.index.equals(proposals.index)
    return found.tolist()


def past(cycle, scores, se=2.0):
    """Rows of the history table for one earlier cycle; the interval is cut off at 0 and 100."""
    rows, sure = official(scores, se)
    return OUTPUT_TABLES["history"].arrange(
        rows.assign(
            cycle_id=cycle,
            department_id="d",
            quantity_id="score",
            value=rows["score"],
            low=sure["low"].clip(0),
            high=sure["high"].clip(upper=100),
            scheme_id="s",
            scheme_version="1",
        )
    )


@pytest.mark.requirement("G0-7")
def test_the_noise_of_a_last_place_is_the_probability_of_not_being_last():
    whole = with_uncertainty(*official(SCORES, se=15.0), SCHEME)
    chance = whole.set_index("employee_id")
    assert noise_of(whole, ("eve", "last"), ("ann", "first")) == pytest.approx(
        [1 - chance.loc["eve", "p_last"], 1 - chance.loc["ann", "p_first"]]
    )
    assert 0.05 < noise_of(whole, ("eve", "last"))[0] < 0.9


@pytest.mark.requirement("G0-7")
def test_clear_differences_are_no_noise_and_a_place_among_equals_is():
    whole = with_uncertainty(*official(SCORES), SCHEME)
    eve, dan, band = noise_of(whole, ("eve", "last"), ("dan", "last_two"), ("eve", "band"))
    assert eve == band == pytest.approx(0, abs=0.001)
    assert 0.3 < dan < 0.66  # of three who are nearly equal one is the last but one


def test_borders_of_score_and_grade_count_and_rules_on_indicators_are_left_out():
    whole = with_uncertainty(*official(SCORES), SCHEME)
    below, graded, slow = noise_of(whole, ("eve", "below_60"), ("ann", "graded"), ("ann", "slow"))
    assert below == pytest.approx(0, abs=0.001)
    assert graded == pytest.approx(1 - whole["p_grade"].iloc[0], abs=0.03)
    assert np.isnan(slow)


@pytest.mark.requirement("G0-7")
def test_a_streak_holds_if_it_truly_held_in_every_cycle():
    """Three like cycles: 1 - p^3, where p is the probability of truly being last in one."""
    whole = with_uncertainty(*official(SCORES, se=12.0), SCHEME)
    history = pd.concat([past("2026-01", SCORES, se=12.0), past("2026-02", SCORES, se=12.0)])
    once, thrice = noise_of(whole, ("eve", "last"), ("eve", "thrice"), history=history)
    assert thrice == pytest.approx(1 - (1 - once) ** 3, abs=0.03)


def test_a_streak_through_a_cycle_of_unknown_error_is_unknown():
    whole = with_uncertainty(*official(SCORES), SCHEME)
    history = pd.concat([past("2026-01", SCORES), past("2026-02", SCORES, se=np.nan)])
    assert np.isnan(noise_of(whole, ("eve", "thrice"), history=history)[0])
    assert np.isnan(noise_of(whole, ("eve", "thrice"))[0])


def test_results_gain_their_columns_and_lose_none():
    rows, estimates = official(SCORES)
    whole = with_uncertainty(rows.sample(frac=1, random_state=1), estimates, SCHEME)
    assert list(rows) == [name for name in whole if name in list(rows)]
    ann = whole.set_index("employee_id").loc["ann"]
    assert (ann["se"], ann["rank_low"], ann["rank_high"]) == (2.0, 1, 1)
    assert ann["high"] == pytest.approx(91 + 1.96 * 2)
    assert ann["tied_group"] == "1"
    assert 0.3 < ann["p_grade"] < 0.8


def test_the_chances_of_all_grades_make_a_whole_and_hold_that_of_the_grade_given():
    """Edge 74: near a border the report prints them all."""
    whole = with_uncertainty(*official(SCORES), SCHEME)
    each = whole[[CHANCE_OF + band.grade for band in SCHEME.grades]]
    assert each.sum(axis=1).tolist() == pytest.approx([1.0] * len(SCORES))
    given = [row[CHANCE_OF + row["grade"]] for row in whole.to_dict("records")]
    assert given == pytest.approx(whole["p_grade"].tolist())


def test_an_interval_about_another_score_is_left_out():
    rows, estimates = official(SCORES)
    estimates.loc[0, "score"] = 92.0
    whole = with_uncertainty(rows, estimates, SCHEME)
    assert whole["se"].isna().tolist() == [True, False, False, False, False]
    assert whole["p_first"].isna().tolist() == [True, False, False, False, False]


def test_people_without_a_place_have_no_probability_of_one():
    drawn = draw(
        """
        employee_id | group | eligible | score | rank | grade
        ann         | t     | true     | 80    | 1    | B
        bea         | t     | true     | 70    | 2    | B
        cai         | t     | false    | 60    |      | B
        """
    )
    estimates = drawn[["employee_id", "score"]].assign(se=1.0, low=0.0, high=100.0)
    whole = with_uncertainty(drawn, estimates, SCHEME)
    assert whole["p_last"].isna().tolist() == [False, False, True]
    assert whole["p_grade"].isna().tolist() == [False, False, True]
    assert whole["se"].tolist() == [1.0, 1.0, 1.0]


def test_no_proposals_have_no_noise():
    none = DataFrame({"employee_id": Series(dtype="str"), "rule_id": Series(dtype="str")})
    whole = with_uncertainty(*official(SCORES), SCHEME)
    assert p_noise(none, whole, SCHEME, MARCH).empty


BOTH = SCHEME.model_dump(exclude_none=True)
BOTH["grades"][2]["standing"] = "poor"
BOTH["ranking"]["bands"]["shares"][2]["standing"] = "poor"


@pytest.mark.requirement("G0-7", "G4-7")
@pytest.mark.parametrize("which", ["both_must_agree", "score", "rank"])
def test_grade_and_band_that_have_to_speak_for_a_rule_have_to_do_so_truly(which):
    """eve is the last for certain; that her true score is below 60 is as likely as not."""
    against = {**rule("against", rank_bands=["end"]), "effect": "negative"}
    ranking = {**BOTH["ranking"], "which_rules": which}
    scheme = Scheme.model_validate({**BOTH, "ranking": ranking, "rules": [against]})
    scores = {"ann": 99.0, "bea": 98.5, "cai": 98.0, "dan": 97.0, "eve": 58.0}
    rows, sure = official(scores, se=4.0)
    whole = with_uncertainty(rows, sure, scheme)
    asked = DataFrame({"employee_id": ["eve"], "rule_id": ["against"]})
    chance = p_noise(asked, whole, scheme, MARCH)[0]
    poor = 1 - whole.set_index("employee_id").loc["eve", "p_grade"]
    if which == "rank":
        assert chance == pytest.approx(0, abs=0.001)
    else:
        assert chance == pytest.approx(poor, abs=0.03) and chance > 0.2


def test_people_of_teams_too_small_for_bands_are_held_against_all_of_such_teams():
    """Two teams of three make one group of six, of which the last is in the lowest band."""
    bands = {**SCHEME.ranking.bands.model_dump(exclude_none=True), "group": "team"}
    ranking = {"bands": {**bands, "min_group": 5}}
    scheme = Scheme.model_validate({**SCHEME.model_dump(exclude_none=True), "ranking": ranking})
    teams = [
        official({f"{t}{n}": 90.0 - n - at for n in range(3)}, group=t)[0]
        for at, t in ((0, "t"), (20, "u"))
    ]
    whole = pd.concat(teams, ignore_index=True).assign(se=1.0)
    whole["rank_band"] = rank_bands(whole.assign(group="all"), scheme)
    assert whole.loc[whole["rank_band"] == "end", "employee_id"].to_list() == ["u2"]
    asked = DataFrame({"employee_id": ["u2"], "rule_id": ["band"]})
    assert 0.05 < p_noise(asked, whole, scheme, MARCH)[0] < 0.5


def test_only_groups_of_cycles_that_a_streak_asks_for_are_drawn(monkeypatch):
    """Of four teams and three cycles only the team of the streak is, in each cycle."""
    drawn, draw_truth = [], draws.draw_truth

    def seen(score, se, name, *more):
        drawn.append(name)
        return draw_truth(score, se, name, *more)

    monkeypatch.setattr(draws, "draw_truth", seen)
    names = {t: {t + person: value for person, value in SCORES.items()} for t in "tuvw"}
    whole = pd.concat([official(names[t], group=t)[0] for t in names], ignore_index=True)
    months = [past(m, names[t]).assign(team_id=t) for t in names for m in ("2026-01", "2026-02")]
    history = pd.concat(months, ignore_index=True)
    found = noise_of(whole.assign(se=2.0), ("teve", "thrice"), ("uann", "first"), history=history)
    assert found == pytest.approx([0, 0], abs=0.01)
    assert sorted(drawn) == ["2026-01/t", "2026-02/t", "t", "u"]


@pytest.mark.requirement("G0-7")
def test_an_award_is_noise_as_far_as_others_may_truly_be_better():
    """ann is the best, bea excellent, of all people of both teams; cai and dan are nearly as good.

    That bea is truly among the first two is to beat both of two who are her equals, if ann is first
    beyond doubt: about one in three.
    """
    awards = [
        {"id": id, "max_share_pct": 20, "every": "quarter", "approver": "HR"}
        for id in ("best", "excellent")
    ]
    of = Scheme.model_validate({**SCHEME.model_dump(), "awards": awards})
    rows, sure = official({"ann": 95.0, "bea": 80.01, "cai": 80.0, "dan": 80.0, "eve": 40.0})
    rows["group"] = ["t", "u", "t", "u", "t"]
    whole = with_uncertainty(rows, sure, of)
    given = DataFrame(
        {"employee_id": ["bea", "ann", "eve"], "rule_id": ["excellent", "best", "last"]}
    )
    bea, ann, eve = p_noise(given, whole, of, MARCH)
    assert ann == pytest.approx(0, abs=0.01) and eve == pytest.approx(0, abs=0.01)
    assert bea == pytest.approx(2 / 3, abs=0.05)
    unknown = whole.assign(se=[2.0, np.nan, 2.0, 2.0, 2.0])
    assert np.isnan(p_noise(given, unknown, of, MARCH)[0]), "nobody knows how sure her score is"


@pytest.mark.requirement("G0-7", "T5")
def test_a_row_of_the_chain_is_as_likely_chance_as_the_rule_that_it_amounts_to():
    """Both need a poor grade in a poor place; close to the border and to dan it may be bad luck."""
    data = SCHEME.model_dump()
    for place, standing in enumerate(("good", "neutral", "poor")):
        data["grades"][place]["standing"] = standing
        data["ranking"]["bands"]["shares"][place]["standing"] = standing
    data["rules"] = [{**rule("cut", grade="C"), "effect": "negative"}]
    row = {"id": "T5", "state": "NORMAL", "event": "annual", "grades": ["C"], "change": -1}
    data["chain"] = {"states": ["NORMAL"], "start": "NORMAL", "transitions": [row]}
    scheme = Scheme.model_validate(data)
    moves = DataFrame({"employee_id": ["eve"], "transition": "T5", "state_before": "NORMAL"})
    proposals = DataFrame({"employee_id": "eve", "rule_id": ["cut", "T5"]})
    chances = []
    for eve in (40.0, 58.0):
        appraisals, estimates = official({**SCORES, "dan": 59.0, "eve": eve}, se=8.0)
        sure = with_uncertainty(appraisals, estimates, scheme)
        found = p_noise(proposals, sure, scheme, MARCH, moves=moves.assign(grade="C")).tolist()
        assert found == pytest.approx([found[0]] * 2, abs=0.03)
        chances.append(found[0])
    assert chances[0] < 0.1 < 0.5 < chances[1] < 1


@pytest.mark.requirement("G0-7")
def test_a_place_is_one_in_the_team_where_a_band_beside_it_is_one_of_the_department():
    """t5 and u5 are the last of their teams and the last two of all ten, beyond doubt."""
    both = {"rank_from_bottom": 1, "rank_bands": ["end"]}
    data = {**SCHEME.model_dump(exclude_none=True), "rules": [rule("both", **both)]}
    scheme = Scheme.model_validate(data)
    teams = [
        official({f"{t}{n}": 90.0 - n for n in range(1, 5)} | {f"{t}5": last}, group=t)[0]
        for t, last in (("t", 41.0), ("u", 40.0))
    ]
    whole = pd.concat(teams, ignore_index=True).assign(se=0.1)
    whole["rank_band"] = rank_bands(whole.assign(group="all"), scheme)
    asked = DataFrame({"employee_id": ["t5", "u5"], "rule_id": "both"})
    assert p_noise(asked, whole, scheme, MARCH).tolist() == pytest.approx([0, 0], abs=0.001)


@pytest.mark.requirement("G0-7")
def test_who_is_alone_in_a_group_is_below_a_border_by_chance():
    """The score lies on the border of 60, but for a hair."""
    alone = with_uncertainty(*official({"eve": 59.999}, se=3.0), SCHEME)
    below, graded = noise_of(alone, ("eve", "below_60"), ("eve", "graded"))
    assert below == pytest.approx(0.5, abs=0.03)
    assert graded == pytest.approx(1, abs=0.001), "an A is ten errors away"


@pytest.mark.requirement("G0-7")
def test_of_two_equal_people_for_the_last_place_but_one_each_is_there_by_chance_in_half():
    scores = {"ann": 91.0, "bea": 70.0, "cai": 70.0, "dan": 40.0}
    whole = with_uncertainty(*official(scores, se=0.5), SCHEME)
    found = noise_of(whole, ("bea", "last_two"), ("cai", "last_two"))
    assert found == pytest.approx([0.5, 0.5], abs=0.03) and sum(found) == pytest.approx(1)


AGAIN = {"score_below": 70, "after": "talk", "no_progress_of": 5}


def dismissal(now, *before, se=0.3):
    """Chance behind a review of eve, who was guided in the first month and scored so since."""
    rules = [rule("talk", score_below=70), rule("again", **AGAIN)]
    scheme = Scheme.model_validate({**SCHEME.model_dump(exclude_none=True), "rules": rules})
    months = [f"2026-0{number}" for number in range(3 - len(before), 3)]
    scored = zip(months, before, strict=True)
    history = pd.concat([past(at, {**SCORES, "eve": score}, se=0.3) for at, score in scored])
    whole = with_uncertainty(*official({**SCORES, "eve": now}, se=se), scheme)
    asked = DataFrame({"employee_id": ["eve"], "rule_id": ["again"]})
    return p_noise(asked, whole, scheme, MARCH, history)[0]


@pytest.mark.requirement("G0-7", "G2")
def test_progress_on_the_border_was_truly_made_in_half_of_the_cases():
    """From 50 to 54.999 is a hair less than the 5 points that are clear progress."""
    assert dismissal(54.999, 50.0) == pytest.approx(0.5, abs=0.04)
    assert dismissal(51.0, 50.0) == pytest.approx(0, abs=0.001)
    assert dismissal(50.0, 50.0, 54.999) == pytest.approx(0.5, abs=0.04), "progress in between"


@pytest.mark.requirement("G0-7", "G2")
def test_progress_since_a_score_of_unknown_error_is_unknown():
    rows = past("2026-02", {**SCORES, "eve": 50.0}).assign(low=np.nan, high=np.nan)
    rules = [rule("talk", score_below=70), rule("again", **AGAIN)]
    scheme = Scheme.model_validate({**SCHEME.model_dump(exclude_none=True), "rules": rules})
    whole = with_uncertainty(*official({**SCORES, "eve": 51.0}), scheme)
    asked = DataFrame({"employee_id": "eve", "rule_id": ["again", "talk"]})
    found = p_noise(asked, whole, scheme, MARCH, rows)
    assert np.isnan(found[0]) and found[1] == pytest.approx(0, abs=0.001)
