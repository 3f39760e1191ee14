"""Past cycles under another scheme: movers and money by hand, and how firm places are."""

import numpy as np
import pandas as pd
import pytest
from appraised import appraised, left_behind, scheme_of, values_of
from pandas import DataFrame
from pandas.testing import assert_frame_equal
from scipy.stats import rankdata

from csperf import Cycle, InputError, load_params
from csperf.answers.replay import rank_stability, what_if
from csperf.answers.side_by_side import side_by_side
from csperf.pipeline import appraise_department

LINE = {"method": "linear", "floor": 0, "target": 1}
GRADES = [{"grade": "A", "from_score": 80}, {"grade": "B", "from_score": 0}]
FIRST = {"id": "first", "when": {"rank_from_top": 1}, "action": "bonus", "approver": "HR"}
LAST = {"id": "last", "when": {"rank_from_bottom": 1}, "action": "deduction", "approver": "HR"}


def weighing(met, reopened, bonus=100, id="s", **keys):
    """Met share and first-contact share with these weights; the first gets the bonus."""
    parts = [
        {"indicator": "sla_met_share", "weight": met, "scoring": LINE},
        {"indicator": "first_contact_resolution", "weight": reopened, "scoring": LINE},
    ]
    rules = [{**FIRST, "amount": bonus}, {**LAST, "amount": -40}]
    keys = {"currency": "EUR", "grades": GRADES, "rules": rules, **keys}
    return scheme_of(id=id, score=parts, **keys)


NOW = weighing(70, 30)
VALUES = values_of(
    ann={"sla_met_share": 1.0, "first_contact_resolution": 0.4},
    bob={"sla_met_share": 0.5, "first_contact_resolution": 1.0},
    cem={"sla_met_share": 0.6, "first_contact_resolution": 0.5},
    dag={"sla_met_share": 0.2, "first_contact_resolution": 0.3},
)


def by_person(frame):
    return frame.set_index("employee_id")


@pytest.mark.requirement("J-08")
def test_a_swap_of_weights_moves_people_as_computed_by_hand():
    people = by_person(what_if(appraised(NOW, VALUES), weighing(30, 70)).people)
    assert people["score"].to_dict() == pytest.approx(
        {
            "ann": 70 * 1.0 + 30 * 0.4,
            "bob": 70 * 0.5 + 30 * 1.0,
            "cem": 70 * 0.6 + 30 * 0.5,
            "dag": 70 * 0.2 + 30 * 0.3,
        }
    )
    assert people["score_other"].to_dict() == pytest.approx(
        {
            "ann": 30 * 1.0 + 70 * 0.4,
            "bob": 30 * 0.5 + 70 * 1.0,
            "cem": 30 * 0.6 + 70 * 0.5,
            "dag": 30 * 0.2 + 70 * 0.3,
        }
    )
    assert people["score_difference"]["ann"] == pytest.approx(58 - 82)
    assert people["rank"].tolist() == [1, 2, 3, 4]
    assert people["rank_other"].tolist() == [2, 1, 3, 4]
    assert people["rank_difference"].tolist() == [1, -1, 0, 0]
    assert people["grade"].tolist() == ["A", "B", "B", "B"]
    assert people["grade_other"].tolist() == ["B", "A", "B", "B"]
    assert people["grade_changed"].tolist() == [True, True, False, False]
    assert not people["moved_group"].any()


@pytest.mark.requirement("J-08")
def test_the_cost_of_both_schemes_and_who_would_get_what():
    result = what_if(appraised(NOW, VALUES), weighing(30, 70, bonus=150))
    row = result.summary.iloc[0]
    assert row["tau_b"] == pytest.approx((5 - 1) / 6)  # one of six pairs turns round
    assert (row["n_grade_changed"], row["n_rank_changed"]) == (2, 2)
    assert (row["paid"], row["deducted"], row["cost"]) == (100, -40, 60)
    assert (row["paid_other"], row["deducted_other"], row["cost_other"]) == (150, -40, 110)
    told = result.proposals[["employee_id", "rule_id", "under", "amount", "amount_other"]]
    expected = [
        ("ann", "first", "official", 100, None),
        ("bob", "first", "other", None, 150),
        ("dag", "last", "both", -40, -40),
    ]
    assert_frame_equal(told, DataFrame(expected, columns=told.columns), check_dtype=False)


def test_its_own_scheme_changes_nothing():
    result = what_if(appraised(NOW, VALUES), NOW)
    assert (result.people["score"] == result.people["score_other"]).all()
    assert (result.people["rank"] == result.people["rank_other"]).all()
    assert set(result.proposals["under"]) == {"both"}
    assert result.summary["tau_b"].tolist() == [1.0]
    assert "Nobody changes grade or place." in result.text
    assert "The proposals stay the same." in result.text


def test_the_order_of_rows_changes_nothing():
    past = appraised(NOW, VALUES)
    turned = {
        name: getattr(past, name).iloc[::-1].reset_index(drop=True)
        for name in ("people", "appraisals", "indicator_values", "proposals")
    }
    other = weighing(40, 60)
    one, two = what_if(past, other), what_if(type(past)(**{**vars(past), **turned}), other)
    for name in ("people", "proposals", "summary", "stability"):
        assert_frame_equal(getattr(one, name), getattr(two, name))


def test_people_compared_in_the_department_instead_of_their_team_have_moved():
    teams = {"ann": "x", "bob": "x", "cem": "y", "dag": "y"}
    whole = weighing(70, 30, ranking={"group": "department"})
    result = what_if(appraised(NOW, VALUES, teams=teams), whole)
    people = by_person(result.people)
    assert people["moved_group"].all()
    assert people["rank"].tolist() == [1, 2, 1, 2]
    assert people["rank_other"].tolist() == [1, 2, 3, 4]
    assert result.summary["team_id"].fillna("-").tolist() == ["-", "x", "y"]
    assert result.summary["cost"].tolist() == [2 * 100, 100, 100]  # teams too small for a last
    assert result.summary["cost_other"].tolist() == [100 - 40, 100, -40]


def test_a_rule_over_several_cycles_counts_the_cycles_that_are_replayed():
    often = {**LAST, "id": "often", "when": {"rank_from_bottom": 1, "consecutive_cycles": 2}}
    scheme = weighing(70, 30, id="other", rules=[often])
    past = [appraised(NOW, VALUES, cycle=cycle) for cycle in ("2026-02", "2026-01")]
    made = what_if(past, scheme).proposals
    made = made[made["under"] == "other"]
    assert made[["cycle_id", "employee_id"]].to_numpy().tolist() == [["2026-02", "dag"]]


def test_saved_means_count_as_they_did_on_any_scale():
    judged = {
        "evaluators": [{"type": "peer", "shown_from": 1}],
        "criteria": [{"id": "service", "scale": [1, 5]}],
    }
    parts = [
        {"criterion": "service", "evaluator": "peer", "weight": 80},
        {"indicator": "sla_met_share", "weight": 20, "scoring": LINE},
    ]
    given = DataFrame(
        [("ann", "p1", 5), ("ann", "p2", 4), ("bob", "p1", 2)],
        columns=["employee_id", "evaluator_id", "score"],
    ).assign(evaluator_type="peer", criterion_id="service")
    now = scheme_of(score=parts, **judged)
    heavier = [{**parts[0], "weight": 50}, {**parts[1], "weight": 50}]
    past = appraised(now, VALUES[VALUES["employee_id"] < "c"], given)
    people = by_person(what_if(past, scheme_of(score=heavier, **judged)).people)
    peers = 100 * ((5 + 4) / 2 - 1) / 4
    assert people["score"]["ann"] == pytest.approx(0.8 * peers + 0.2 * 100)
    assert people["score_other"]["ann"] == pytest.approx(0.5 * peers + 0.5 * 100)


def test_a_mean_of_three_is_as_many_evaluators_as_it_was():
    """Three peers are enough to be shown and counted; the weight of two goes to the rest."""
    parts = [
        {"indicator": "sla_met_share", "weight": 60, "scoring": LINE},
        {"criterion": "service", "evaluator": "peer", "weight": 40},
    ]
    scheme = scheme_of(
        score=parts,
        evaluators=[{"type": "peer", "shown_from": 3}],
        criteria=[{"id": "service"}],
    )
    rated = {"ann": (90, 80, 40), "bob": (90, 80)}
    given = DataFrame(
        [(who, f"p{n}", each) for who, scores in rated.items() for n, each in enumerate(scores)],
        columns=["employee_id", "evaluator_id", "score"],
    ).assign(evaluator_type="peer", criterion_id="service")
    two = VALUES[(VALUES["employee_id"] < "c") & (VALUES["indicator_id"] == "sla_met_share")]
    people = by_person(what_if(appraised(scheme, two, given), scheme).people)
    assert people["score_other"].to_dict() == pytest.approx(
        {"ann": 60 * 1.0 + 40 * (90 + 80 + 40) / 300, "bob": 100 * 0.5}
    )
    assert (people["score"] - people["score_other"]).abs().max() < 1e-9


@pytest.mark.requirement("A-15", "J-08")
def test_two_roles_and_half_a_job_are_replayed_as_they_were():
    """10 calls in a quarter of full time are all of 40, and half of a target of 80."""

    def scheme(target):
        scoring = {"method": "target_ratio", "target": target}
        calls = {"indicator": "calls_answered", "weight": 100, "scoring": scoring}
        met = {"indicator": "sla_met_share", "weight": 100, "scoring": LINE}
        return scheme_of(score=[met], roles={"phone": {"score": [calls]}})

    values = values_of(ann={"calls_answered": 10, "sla_met_share": 0.6}, bob={"sla_met_share": 0.5})
    shares = pd.Series(['{"phone": 0.5, "desk": 0.5}', None], dtype="str")
    past = appraised(scheme(40), values, role_shares=shares, working_time=[0.5, 1.0])
    people = by_person(what_if(past, scheme(80)).people)
    assert people["score"].to_dict() == pytest.approx({"ann": 50 + 30, "bob": 50})
    assert people["score_other"].to_dict() == pytest.approx({"ann": 25 + 30, "bob": 50})


@pytest.mark.requirement("J-08", "A-16")
def test_a_quarter_is_built_from_the_months_as_they_are_replayed():
    """ann's months come to 82 and 41 by 70 : 30, and to 58 and 29 by 30 : 70."""
    longer = {"built": "mean"}
    now, other = weighing(70, 30, longer=longer), weighing(30, 70, id="other", longer=longer)
    half = VALUES.assign(value=VALUES["value"] / 2)
    months = [appraised(now, VALUES, cycle="2026-02"), appraised(now, half, cycle="2026-03")]
    history = pd.concat([left_behind(month, now) for month in months])
    quarter = appraised(now, VALUES, cycle="2026-Q1", history=history)
    found = what_if([quarter, *months[::-1]], other)
    of_quarter = found.people[found.people["cycle_id"] == "2026-Q1"]
    ann = by_person(of_quarter).loc["ann"]
    assert ann["score"] == pytest.approx((82 + 41) / 2)
    assert ann["score_other"] == pytest.approx((58 + 29) / 2)
    cost = found.summary.set_index("cycle_id")[["cost", "cost_other"]]
    assert cost.loc["2026-03"].tolist() == [60, 60] and cost.loc["2026-Q1"].tolist() == [0, 0]
    same = what_if([quarter, *months], now).people
    assert same["score_difference"].abs().max() < 1e-9


def test_who_lacks_a_required_evaluator_has_no_score_and_is_told_so():
    parts = [
        {"indicator": "sla_met_share", "weight": 50, "scoring": LINE},
        {"criterion": "service", "evaluator": "peer", "weight": 50},
    ]
    strict = scheme_of(
        score=parts,
        evaluators=[{"type": "peer", "title": "A peer", "required": True}],
        criteria=[{"id": "service"}],
    )
    result = what_if(appraised(NOW, VALUES), strict)
    assert result.people["score_other"].isna().all()
    assert set(result.people["reason_other"]) == {"no evaluation by: A peer"}
    assert "No score under the other scheme: 4 (no evaluation by: A peer)." in result.text
    assert result.stability.empty


def test_an_indicator_that_was_not_measured_is_named():
    other = scheme_of(score=[{"indicator": "reopen_rate", "weight": 100, "scoring": LINE}])
    told = (
        "scheme 's', cycle 2026-01: no saved values of indicator 'reopen_rate'; "
        "appraise the cycle again to have them"
    )
    with pytest.raises(InputError) as error:
        what_if(appraised(NOW, VALUES), other)
    assert str(error.value) == told
    with pytest.raises(InputError, match="no appraisals"):
        what_if([], other)


def stability(scheme, values, **settings):
    past = appraised(scheme, values)
    people = past.appraisals.merge(past.people[["employee_id", "group"]], on="employee_id")
    return by_person(rank_stability(past.scores, people, scheme, **settings))


def test_unchanged_weights_keep_every_place_and_grade():
    found = stability(NOW, VALUES, spread_pct=0)
    assert (found[["keeps_rank", "keeps_grade"]] == 1).all(axis=None)
    assert found["share_first"].tolist() == [1, 0, 0, 0]
    assert found["share_last"].tolist() == [0, 0, 0, 1]
    assert found["best_rank"].tolist() == found["worst_rank"].tolist() == [1, 2, 3, 4]


def test_two_equal_people_share_their_place_in_every_draw():
    twin = VALUES[VALUES["employee_id"] == "ann"].assign(employee_id="eva")
    found = stability(NOW, pd.concat([VALUES, twin]), spread_pct=30)
    assert found.loc["ann"].equals(found.loc["eva"])
    assert found.loc["ann", ["keeps_rank", "share_first"]].tolist() == [1, 1]


def test_the_share_of_draws_is_the_chance_that_the_weights_turn_the_order():
    """With 50 f and 50 g, ann leads bob by 0.1 f - 0.1 g: an even chance; dag is always last."""
    even = values_of(
        ann={"sla_met_share": 0.7, "first_contact_resolution": 0.6},
        bob={"sla_met_share": 0.6, "first_contact_resolution": 0.7},
        dag={"sla_met_share": 0.1, "first_contact_resolution": 0.1},
    )
    found = stability(weighing(50, 50), even, draws=4000)
    margin = 3 * np.sqrt(0.5 * 0.5 / 4000)
    assert found["share_first"]["ann"] == pytest.approx(0.5, abs=margin)
    assert found["share_first"]["ann"] + found["share_first"]["bob"] == 1
    assert found["share_last"]["dag"] == found["keeps_rank"]["dag"] == 1
    assert (found["best_rank"]["bob"], found["worst_rank"]["bob"]) == (1, 2)


def test_the_same_seed_gives_the_same_draws_and_another_one_others():
    close = VALUES.assign(value=0.5 + VALUES["value"] / 50)
    settings = {"spread_pct": 40, "draws": 50}
    assert_frame_equal(stability(NOW, close, **settings), stability(NOW, close, **settings))
    assert not stability(NOW, close, **settings).equals(stability(NOW, close, seed=2, **settings))


def test_draws_are_the_scores_of_schemes_with_those_weights():
    """One draw, done by hand: the factors of the seed times the weights, brought back to 100."""
    f, g = np.random.default_rng(7).uniform(0.9, 1.1, (1, 2))[0]
    # components in the order of their names: first_contact_resolution, sla_met_share
    drawn = weighing(100 * 70 * g / (70 * g + 30 * f), 100 * 30 * f / (70 * g + 30 * f))
    near = values_of(
        ann={"sla_met_share": 0.660, "first_contact_resolution": 0.701},
        bob={"sla_met_share": 0.690, "first_contact_resolution": 0.630},
        cem={"sla_met_share": 0.500, "first_contact_resolution": 0.500},
    )
    found = stability(NOW, near, draws=1, seed=7)
    before, after = (
        appraised(each, near).appraisals.set_index("employee_id")["rank"] for each in (NOW, drawn)
    )
    assert (before != after).any(), "choose values that this draw moves"
    assert found["keeps_rank"].astype(bool).to_dict() == (before == after).to_dict()


def test_places_are_those_of_ranking_every_group_alone_in_every_draw():
    """31 people in four groups with ties, one of them alone."""
    ids = [f"p{n:02}" for n in range(31)]
    points = np.random.default_rng(3).integers(40, 60, (31, 2)).astype("float64")
    scores = DataFrame({"employee_id": np.repeat(ids, 2), "component_id": ["a", "b"] * 31}).assign(
        score=points.ravel(), weight=[60.0, 40.0] * 31, contribution=0.0
    )
    group = np.array([f"t{n % 4}" for n in range(30)] + ["alone"])
    people = DataFrame({"employee_id": ids, "group": group, "rank": 1}).iloc[::-1]
    found = by_person(rank_stability(scores, people, NOW, draws=50, seed=5))
    weights = [60, 40] * np.vstack([[1, 1], np.random.default_rng(5).uniform(0.9, 1.1, (50, 2))])
    drawn = (points @ weights.T / weights.sum(axis=1)).round(9)
    for name in ("t0", "t1", "t2", "t3"):
        ranks = rankdata(-drawn[group == name], method="min", axis=0)
        from_bottom = rankdata(drawn[group == name], method="min", axis=0)
        mine = found[group == name]
        assert mine["keeps_rank"].tolist() == (ranks[:, 1:] == ranks[:, :1]).mean(axis=1).tolist()
        assert mine["share_first"].tolist() == (ranks[:, 1:] == 1).mean(axis=1).tolist()
        assert mine["share_last"].tolist() == (from_bottom[:, 1:] == 1).mean(axis=1).tolist()
        assert mine["best_rank"].tolist() == ranks.min(axis=1).tolist()
        assert mine["worst_rank"].tolist() == ranks.max(axis=1).tolist()
    assert found.loc["p30", ["keeps_rank", "share_first", "best_rank"]].isna().all()
    assert found["keeps_rank"].between(0.1, 0.9).any(), "choose points that draws turn round"
    grade = np.digitize(drawn, [0, 80])
    assert found["keeps_grade"].tolist() == (grade[:, 1:] == grade[:, :1]).mean(axis=1).tolist()


def test_points_for_events_stay_whatever_the_weights():
    parts = [
        {"indicator": "sla_met_share", "weight": 100, "scoring": LINE},
        {
            "indicator": "complaint_rate",
            "scoring": {"method": "deduction", "points": 5, "cap": 20},
        },
    ]
    values = values_of(
        ann={"sla_met_share": 0.8, "complaint_rate": 3},
        bob={"sla_met_share": 0.7, "complaint_rate": 0},
    )
    found = stability(scheme_of(score=parts), values)
    assert found["share_first"].to_dict() == {"ann": 0, "bob": 1}  # 80 - 15 < 70


@pytest.mark.requirement("J-08")
def test_the_shop_under_its_own_scheme_is_what_it_was():
    params = load_params("params/demo.yaml")
    april = appraise_department(params, "online-shop", Cycle.parse("2016-04"))
    result = what_if(april, params.scheme(params.department("online-shop")))
    assert result.people["score"].notna().sum() == 21
    assert result.people["score_difference"].abs().max() == pytest.approx(0, abs=1e-9)
    assert (result.people["rank_difference"].fillna(0) == 0).all()
    assert set(result.proposals["under"]) == {"both"}


@pytest.mark.requirement("J-08", "C-16")
def test_schemes_side_by_side_say_who_is_scored_who_moves_and_what_it_costs():
    asks = scheme_of(
        id="asks",
        evaluators=[{"type": "peer", "title": "Colleague", "required": True}],
        criteria=[{"id": "service", "title": "Service"}],
        score=[{"criterion": "service", "evaluator": "peer", "weight": 100}],
    )
    found = side_by_side(appraised(NOW, VALUES), [NOW, weighing(30, 70, bonus=150), asks])
    same, other, nothing = found.itertuples()
    assert (same.n_scored, same.n_rank_changed, same.tau_b) == (4, 0, 1.0)
    assert (same.n_proposals, same.paid, same.deducted) == (2, 100, -40)
    assert (other.n_scored, other.paid, other.deducted) == (4, 150, -40)
    assert other.n_rank_changed > 0
    assert nothing.n_scored == 0
    assert "Colleague" in nothing.reason
