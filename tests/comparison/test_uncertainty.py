"""Standard errors of scores: against known truth, by hand, and where nothing is known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from made_up import (
    BY_RANK,
    NO_VALUES,
    PLAIN,
    SCORINGS,
    held_judgements,
    held_scores,
    measured,
    scheme_of,
)
from pandas import DataFrame, Series

from csperf import Cycle, Scheme, combine_evaluations
from csperf.appraisal import score, totals
from csperf.appraisal.longer import built_scores
from csperf.comparison.redraw import effective_cases, redraw, shrunk
from csperf.comparison.uncertainty import built_uncertainty, score_uncertainty
from csperf.indicators import intervals
from csperf.indicators.intervals import Z


@pytest.mark.requirement("G0-7")
@pytest.mark.parametrize("scoring", SCORINGS)
def test_the_95_per_cent_interval_holds_the_score_of_the_true_values_in_92_to_98_per_cent(scoring):
    held, near = held_scores(scoring, departments=15)
    assert 0.92 <= held.mean() <= 0.98
    if scoring == "steps":
        assert near.sum() > 50
        assert 0.92 <= held[near].mean() <= 0.98


@pytest.mark.requirement("G0-7")
def test_the_interval_of_what_evaluators_gave_holds_the_true_score():
    assert 0.92 <= held_judgements(departments=30).mean() <= 0.98


def test_a_linear_score_has_the_error_of_its_value_times_weight_and_slope():
    values = draw(
        """
        employee_id | indicator_id      | value | low | high | numerator | denominator | status
        ann         | response_time_avg | 40    | 36  | 44   | 4000      | 100         | ok
        """
    )
    how = {"method": "linear", "floor": 140, "target": -60}
    part = {"indicator": "response_time_avg", "weight": 100, "scoring": how}
    scheme = Scheme.model_validate({"id": "s", "title": "S", "version": "1", "score": [part]})
    row = score_uncertainty(values, scheme, draws=20_000).iloc[0]
    assert row["score"] == pytest.approx(100 * (40 - 140) / (-60 - 140))
    assert row["se"] == pytest.approx(4 / 1.959964 * 100 / 200, rel=0.02)
    assert row["high"] - row["score"] == pytest.approx(1.959964 * row["se"])


def test_cases_behind_a_proportion_are_read_back_from_its_interval():
    x, n = np.array([0, 7, 45, 50.0]), np.array([10, 20, 50, 50.0])
    low, high = intervals.wilson(x, n)
    assert effective_cases(x / n, low, high) == pytest.approx(n)


def test_a_value_without_chance_or_without_an_interval_stays_as_it_is():
    rows = DataFrame(
        {"value": [0.8, 0.8], "low": [0.8, np.nan], "high": [0.8, np.nan], "numerator": [8.0, 8.0]}
    )
    assert (redraw(rows, "reply_rate", np.random.default_rng(1), 5) == 0.8).all()


def test_values_that_are_compared_are_drawn_in_towards_their_group():
    """Values vary by 8, draws by 2: 8 - 2 is true, so 6 / 8 of the way to the mean remains."""
    value = np.array([68.0, 72.0, 68.0, 72.0, 1.0])
    spread = np.sqrt(2) * np.array([1.0, -1.0])
    group = np.array([0, 0, 1, 1, -1])
    found = shrunk(value[:, None] + spread, value, group)
    drawn_in = 70 + 6 / 8 * (value[:4] - 70)
    assert found[:4].mean(axis=1) == pytest.approx(drawn_in)
    assert found[:4].std(axis=1) == pytest.approx(np.full(4, np.sqrt(6 / 8 * 2)))
    assert found[4].tolist() == pytest.approx((1 + spread).tolist())


JUDGED = Scheme.model_validate(
    {
        "id": "s",
        "title": "S",
        "version": "1",
        "criteria": [{"id": "attitude"}, {"id": "help"}],
        "evaluators": [{"type": "peer", "shown_from": 1}, {"type": "manager"}],
        "score": [
            {"criterion": "attitude", "evaluator": "peer", "weight": 30},
            {"criterion": "help", "evaluator": "peer", "weight": 30},
            {"criterion": "attitude", "evaluator": "manager", "id": "boss", "weight": 40},
        ],
    }
)


def sheets(people, peers):
    """Peers who are 3 points off on both criteria, one up, one down; one manager for everybody."""
    rows = [
        (person, f"p{peer}", "peer", criterion, 70 + 3 * (-1) ** peer)
        for person in people
        for peer in range(peers)
        for criterion in ("attitude", "help")
    ]
    rows += [(person, "m", "manager", "attitude", 80) for person in people]
    columns = ["employee_id", "evaluator_id", "evaluator_type", "criterion_id", "score"]
    return DataFrame(rows, columns=columns)


def test_evaluators_add_the_variance_of_their_sheets_over_their_number():
    given = sheets([f"e{i}" for i in range(6)], peers=2)
    found = score_uncertainty(
        NO_VALUES, JUDGED, given, combine_evaluations(given, JUDGED), draws=20_000
    )
    # Sheets are 3 points off on both sides: 2 x 9 / (2 - 1) each; the manager, alone, takes that
    # variance too, undivided.
    expected = np.sqrt(0.6**2 * 18 / 2 + 0.4**2 * 18)
    assert found["se"].to_numpy() == pytest.approx(expected, rel=0.02)
    assert (found["score"] == 0.6 * 70 + 0.4 * 80).all()


def test_nobody_knows_the_error_where_everybody_has_one_evaluator():
    given = sheets(["ann", "bea"], peers=1)
    found = score_uncertainty(NO_VALUES, JUDGED, given, combine_evaluations(given, JUDGED))
    assert found[["se", "low", "high"]].isna().all(axis=None)
    assert set(found["reason"]) == {"spread between evaluators unknown: peer"}


def test_a_value_without_an_interval_leaves_the_error_unknown_and_is_named():
    seen, _ = measured(np.random.default_rng(1), 3)
    lost = (seen["employee_id"] == "e01") & (seen["indicator_id"] == "reply_rate")
    seen.loc[lost, ["low", "high"]] = np.nan
    found = score_uncertainty(seen, scheme_of(*PLAIN), draws=50).set_index("employee_id")
    assert found["se"].isna().to_dict() == {"e00": False, "e01": True, "e02": False}
    assert found.loc["e01", "reason"] == "no interval: reply_rate"


def test_the_order_of_rows_changes_nothing():
    seen, _ = measured(np.random.default_rng(1), 5)
    groups = Series(["a", "a", "b", "b", "b"], index=[f"e{i:02}" for i in range(5)])
    scheme = scheme_of(*BY_RANK)
    first = score_uncertainty(seen, scheme, groups=groups, draws=50)
    again = score_uncertainty(seen.sample(frac=1, random_state=1), scheme, groups=groups, draws=50)
    pd.testing.assert_frame_equal(first, again)


STRAIGHT = {"method": "linear", "floor": 0, "target": 200}
TIME = {"indicator": "response_time_avg", "weight": 100, "scoring": STRAIGHT}
CALLS = {"indicator": "order_processing_time", "weight": 100, "scoring": STRAIGHT}
ROWS = """
    employee_id | indicator_id          | value | low | high | numerator | denominator | status
    ann         | response_time_avg     | 40    | 36  | 44   | 4000      | 100         | ok
    ann         | order_processing_time | 60    | 48  | 72   | 6000      | 100         | ok
    bea         | response_time_avg     | 60    | 56  | 64   | 4000      | 100         | ok
"""


def two_roles(calls, values=None):
    scheme = {"id": "s", "title": "S", "version": "1", "score": [TIME]}
    scheme = Scheme.model_validate({**scheme, "roles": {"phone": {"score": [calls]}}})
    shares = Series({"ann": json.dumps({"desk": 0.25, "phone": 0.75}), "bea": None}, dtype="str")
    roles = Series({"ann": "phone", "bea": "desk"})
    values = draw(ROWS) if values is None else values
    found = score_uncertainty(values, scheme, roles=roles, role_shares=shares, draws=20_000)
    return found.set_index("employee_id")


def test_the_error_of_two_roles_is_that_of_their_parts_by_share():
    """A quarter at the desk, and three quarters on the phone with three times the error."""
    found = two_roles(CALLS)
    one = 4 / 1.959964 * 100 / 200
    assert found.loc["ann", "score"] == pytest.approx(0.25 * 20 + 0.75 * 30)
    assert found.loc["ann", "se"] == pytest.approx(np.hypot(0.25 * one, 0.75 * 3 * one), rel=0.02)
    assert found.loc["bea", "se"] == pytest.approx(one, rel=0.02)


def test_numbers_are_drawn_against_the_time_of_their_role():
    """30 calls in three quarters of the time are 40 in all of it: 50 of 100 points."""
    target = {"method": "target_ratio", "target": 80}
    calls = {"indicator": "calls_answered", "weight": 100, "scoring": target}
    low, high = intervals.poisson(np.array([30.0]), np.array([1.0]))
    row = {"indicator_id": "calls_answered", "value": 30, "numerator": 30, "status": "ok"}
    calls_row = DataFrame([{"employee_id": "ann", **row, "low": low[0], "high": high[0]}])
    found = two_roles(calls, pd.concat([draw(ROWS), calls_row]))
    assert found.loc["ann", "score"] == pytest.approx(0.25 * 20 + 0.75 * 50)
    assert found.loc["ann", "se"] == pytest.approx(1.25 * np.sqrt(30.75), rel=0.05)


def test_a_place_within_one_of_two_roles_has_no_known_error():
    found = two_roles({**CALLS, "scoring": {"method": "rank_points"}})
    assert found.loc["ann", "reason"] == "no interval: order_processing_time"
    assert np.isnan(found.loc["ann", "se"]) and found.loc["bea", "reason"] == ""


MONTHS = """
    cycle_id | employee_id | value | low | high
    2026-01  | ann         | 80    | 74  | 86
    2026-02  | ann         | 98    | 94  | 100
    2026-01  | bea         | 70    | 64  | 76
    2026-02  | bea         | 70    |     |
"""


@pytest.mark.requirement("A-16")
@pytest.mark.parametrize(("built", "ann"), [("mean", np.hypot(3, 2)), ("last", 4), ("mix", 0)])
def test_a_period_has_the_error_of_the_cycles_it_is_built_from(built, ann):
    """Half-widths 6 and 4 (one end is cut off at 100); a mix counts half of them, and its own 5."""
    longer = {"built": built, **({"year_end_pct": 50} if built == "mix" else {})}
    scheme = {"id": "s", "title": "S", "version": "1", "cycle": "monthly", "score": [TIME]}
    scheme = Scheme.model_validate({**scheme, "longer": longer})
    history = draw(MONTHS).assign(team_id="t", quantity_id="score", scheme_id="s", group_size=2)
    quarter, people = Cycle.parse("2026-Q1"), Series(["ann", "bea"])
    own = score(draw(ROWS), scheme)
    sure = DataFrame({"employee_id": people, "se": 5 / Z, "reason": ""})
    made = built_scores(own, {}, people, history, scheme, quarter).scores
    found = built_uncertainty(made, sure, history, scheme, quarter).set_index("employee_id")
    ann = ann or np.hypot(0.5 * np.hypot(3, 2), 0.5 * 5)
    assert found.loc["ann", "se"] == pytest.approx(ann / Z)
    assert found.loc["ann", "score"] == totals(made)["ann"]
    assert found.loc["ann", "high"] == pytest.approx(min(100, totals(made)["ann"] + ann))
    assert np.isnan(found.loc["bea", "se"])
    assert found.loc["bea", "reason"] == "no interval: 2026-02"
    empty = built_uncertainty(made, sure, None, scheme, quarter)
    assert empty["se"].isna().all()
