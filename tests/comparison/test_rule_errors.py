"""What rules on ranks do by chance: exact for equals, and against the reference simulation."""

from __future__ import annotations

import numpy as np
import pytest

from csperf.comparison.rule_errors import rule_error_rates, somebody_by_chance
from csperf.scheme import Rule, Scheme, load_scheme


def rule(**when):
    return Rule.model_validate({"id": "r", "when": when, "action": "talk", "approver": "HR"})


LAST, LAST_TWO = rule(rank_from_bottom=1), rule(rank_from_bottom=2)
THREE_TIMES = rule(rank_from_bottom=1, consecutive_cycles=3)
BY_CHANCE = ["p_person_by_chance", "p_somebody_by_chance"]


def rates(one, n, reliability):
    (row,) = rule_error_rates(one, n, reliability, teams=8_000).to_dict("records")
    return row


@pytest.mark.requirement("G0-7")
@pytest.mark.parametrize(("n", "person", "somebody"), [(5, 0.008, 0.04), (3, 1 / 27, 1 / 9)])
def test_last_three_times_running_among_equal_people(n, person, somebody):
    row = rates(THREE_TIMES, n, 0.0)
    assert row["p_person_by_chance"] == pytest.approx(person)
    assert row["p_somebody_by_chance"] == pytest.approx(somebody)


@pytest.mark.requirement("G0-7")
@pytest.mark.parametrize(("n", "last", "top"), [(5, 0.59, 0.06), (8, 0.52, 0.07), (12, 0.47, 0.04)])
def test_the_observed_last_is_the_true_last_in_half_of_the_cases_at_reliability_60(n, last, top):
    row = rates(LAST, n, 0.6)
    assert 1 - row["p_wrong"] == pytest.approx(last, abs=0.01)
    assert row["p_wrong_half"] == pytest.approx(top, abs=0.01)


@pytest.mark.parametrize(
    ("n", "reliability", "last", "two", "streak", "year"),
    [(8, 0.5, 0.5377, 0.4168, 0.2357, 0.5964), (20, 0.7, 0.5115, 0.4296, 0.1917, 0.61)],
)
def test_wrong_people_as_in_the_reference_simulation(n, reliability, last, two, streak, year):
    assert rates(LAST, n, reliability)["p_wrong"] == pytest.approx(last, abs=0.02)
    assert rates(LAST_TWO, n, reliability)["p_wrong"] == pytest.approx(two, abs=0.02)
    found = rates(THREE_TIMES, n, reliability)
    assert found["p_wrong"] == pytest.approx(streak, abs=0.02)
    assert found["p_somebody_a_year"] == pytest.approx(year, abs=0.02)


def test_two_of_three_drawn_twice_always_meet_and_thrice_often_do():
    """Pairs out of three people share somebody; three pairs share one unless all differ."""
    assert somebody_by_chance(3, 2, 2) == pytest.approx(1)
    assert somebody_by_chance(3, 2, 3) == pytest.approx(1 - 6 / 27)


def test_a_rule_without_places_has_no_row_and_nonsense_is_refused():
    assert rule_error_rates(rule(score_below=70), 8, 0.5, teams=10).empty
    with pytest.raises(ValueError, match="reliability from 0 to 1"):
        rule_error_rates(LAST, 8, 1.5)


def test_rules_on_the_last_have_no_row_for_teams_in_which_they_do_not_apply():
    """The shop's rules on last places take four people; the first place of three is one."""
    scheme = load_scheme("params/schemes/online_shop.yaml")
    of_three, of_four = (rule_error_rates(scheme, n, 0.5, teams=10)["rule_id"] for n in (3, 4))
    assert set(of_three) < set(of_four)
    assert not any(name.startswith("last") for name in of_three)


def shares(poor, middle, **more):
    """Three bands, as many per cent good as poor."""
    parts = [("top", poor, "good"), ("middle", middle, "neutral"), ("end", poor, "poor")]
    cut = [{"id": id, "kind": "about", "pct": pct, "standing": at} for id, pct, at in parts if pct]
    return {"shares": cut, "min_group": 2, **more}


def scheme_of(which, bands, *rules):
    """Grades that are good from 50 points on and poor below."""
    grades = [("good", 50), ("poor", 0)]
    scored = {"indicator": "reply_rate", "weight": 100, "scoring": {"method": "t_score"}}
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "score": [scored],
            "grades": [{"grade": g, "from_score": at, "standing": g} for g, at in grades],
            "ranking": {"bands": bands, "which_rules": which},
            "rules": [{"action": "a", "approver": "HR", **one} for one in rules],
        }
    )


CUT = {"id": "cut", "when": {"rank_bands": ["end"]}, "effect": "negative"}
GRADED = {"id": "graded", "when": {"grade": "poor"}, "effect": "negative"}
TRAIN = {"id": "train", "when": {"rank_bands": ["end"]}}


def rows_of(scheme, n, reliability=0.5, **spread):
    found = rule_error_rates(scheme, n, reliability, teams=8_000, **spread)
    return found.set_index("rule_id")


@pytest.mark.requirement("G0-7", "G4-7")
def test_rules_are_those_that_act_where_grade_and_band_disagree():
    """By score a cut for the last band waits for a grade, by rank one for a grade for the band."""
    acting = {
        which: rows_of(scheme_of(which, shares(20, 60), CUT, GRADED, TRAIN), 10)
        for which in ("score", "rank", "both_must_agree")
    }
    assert list(acting["score"].index) == ["train"], "what serves or hurts nobody is as it says"
    assert list(acting["rank"].index) == ["cut", "graded", "train"]
    assert acting["rank"]["p_person_by_chance"].tolist() == pytest.approx([0.2, 0.2, 0.2])
    both = acting["both_must_agree"]
    assert list(both.index) == ["cut", "graded", "train"], "a poor grade counts in a poor band only"
    assert both["first_place"].tolist() == [9, 9, 9]
    assert both["p_wrong"].isna().tolist() == [True, True, False], "grades need points"


@pytest.mark.requirement("G0-7", "G4-7")
def test_of_two_equals_the_lower_one_has_a_poor_grade_in_three_of_four_cases():
    """The border is the mean, so that both are above it in a quarter of the cases.

    A given person is the lower one and below it in half of the other three quarters.
    """
    scheme = scheme_of("both_must_agree", shares(50, 0), CUT)
    found = rows_of(scheme, 2, mean=50.0, sd=5.0).loc["cut"]
    assert found["p_person_by_chance"] == pytest.approx(3 / 8, abs=0.01)
    assert found["p_somebody_by_chance"] == pytest.approx(3 / 4, abs=0.01)
    assert found["p_somebody_a_year"] > found["p_somebody_by_chance"]


@pytest.mark.requirement("G0-7", "G4-7")
def test_where_every_grade_is_poor_the_band_decides_and_where_none_is_nobody_is_hit():
    scheme = scheme_of("both_must_agree", shares(20, 60), CUT, TRAIN)
    poor, good = (rows_of(scheme, 10, mean=mean, sd=1.0) for mean in (20.0, 80.0))
    assert poor.loc["cut"].drop(BY_CHANCE).tolist() == poor.loc["train"].drop(BY_CHANCE).tolist()
    assert poor.loc["cut", BY_CHANCE].tolist() == pytest.approx([0.2, 1.0], abs=0.01)
    assert good.loc["cut", [*BY_CHANCE, "p_somebody_a_year"]].tolist() == [0, 0, 0]
    assert good.loc["train", "p_somebody_a_year"] == 1


@pytest.mark.requirement("G0-7")
def test_a_streak_asks_for_grade_and_band_in_its_last_cycle_and_for_its_facts_before():
    """All are good for certain: a bonus for the first of four twice running, 1/16 for a person."""
    twice = {"id": "twice", "when": {"rank_bands": ["top"], "consecutive_cycles": 2}}
    scheme = scheme_of("both_must_agree", shares(25, 50), {**twice, "effect": "positive"})
    found = rows_of(scheme, 4, mean=90.0, sd=1.0).loc["twice"]
    assert found["p_person_by_chance"] == pytest.approx(1 / 16, abs=0.005)
    assert found["p_somebody_by_chance"] == pytest.approx(1 / 4, abs=0.01)


@pytest.mark.requirement("G0-7")
def test_a_band_has_no_row_in_a_team_too_small_for_bands():
    scheme = scheme_of("rank", shares(20, 60, min_group=10), TRAIN)
    assert rows_of(scheme, 9).empty and list(rows_of(scheme, 10).index) == ["train"]


@pytest.mark.requirement("G0-7")
def test_rates_of_a_rule_that_waits_for_what_is_not_made_up_are_unknown():
    after = {"id": "again", "when": {"rank_from_bottom": 1, "after": "train"}}
    scheme = scheme_of("rank", shares(20, 60), TRAIN, after)
    found = rows_of(scheme, 5, mean=60.0, sd=5.0)
    assert found["p_wrong"].isna().to_dict() == {"train": False, "again": True}
    assert found.loc["again", ["first_place", "last_place"]].tolist() == [5, 5]


def test_a_border_of_score_counts_beside_the_place():
    """The last of two is below the mean in three of four cases; the first is not asked."""
    low = rule(rank_from_bottom=1, score_below=50)
    (row,) = rule_error_rates(low, 2, 0.0, mean=50, sd=3, teams=8_000).to_dict("records")
    assert row["p_somebody_by_chance"] == pytest.approx(3 / 4, abs=0.01)
    assert np.isnan(rates(low, 2, 0.0)["p_somebody_by_chance"]), "points are not known"


def test_a_rule_on_bands_without_its_scheme_and_half_a_spread_are_refused():
    with pytest.raises(ValueError, match="'r' waits for a rank band or a grade: give its scheme"):
        rule_error_rates(rule(rank_bands=["end"]), 8, 0.5)
    with pytest.raises(ValueError, match="mean and sd of the scores together"):
        rule_error_rates(LAST, 8, 0.5, mean=70)
