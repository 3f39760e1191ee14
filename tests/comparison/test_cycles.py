"""Later cycle minus earlier cycle: by hand, against other programs, and on the real log."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame, Series
from scipy import stats

from csperf.comparison import compare_cycles, square_and_add
from csperf.indicators import Events, intervals, measure
from csperf.indicators.engine import EPOCH
from csperf.mixed import fit_mixed
from csperf.params import Cycle, load_params
from csperf.sources import read_tables
from csperf.tables import OUTPUT_TABLES

OCTOBER = Cycle.parse("2026-10")
SCORES = """
    cycle_id | team_id | employee_id | quantity_id | value
    2026-09  | t1      | ann         | score       | 80
    2026-09  | t1      | bea         | score       | 70
    2026-09  | t1      | cai         | score       | 75
    2026-09  | t1      | dan         | score       | 60
    2026-09  | t1      | eve         | score       | 99
    2026-10  | t1      | ann         | score       | 84
    2026-10  | t1      | bea         | score       | 73
    2026-10  | t1      | cai         | score       | 74
    2026-10  | t1      | dan         | score       | 66
    2026-10  | t1      | fay         | score       | 10
"""
RATES = """
    cycle_id | team_id | quantity_id | value | low  | high | n
    2026-09  | t1      | reply_rate  | 0.80  | 0.70 | 0.86 | 90
    2026-10  | t1      | reply_rate  | 0.90  | 0.82 | 0.95 | 80
"""


def history(drawing: str) -> DataFrame:
    """The table history of department d, one version of one scheme, records from long before."""
    rows = draw(drawing).assign(department_id="d", scheme_id="s", scheme_version="1")
    return OUTPUT_TABLES["history"].arrange(rows.assign(records_from=pd.Timestamp("2020-01-01")))


def only_row(rows: DataFrame, quantity: str, cycle: Cycle = OCTOBER) -> dict:
    found = compare_cycles(rows, cycle)
    (row,) = found[found["quantity_id"] == quantity].to_dict("records")
    return row


def stayers(rows: DataFrame) -> DataFrame:
    """Without the people who are in one of the cycles only."""
    return rows[~rows["employee_id"].isin(["eve", "fay"])]


@pytest.mark.requirement("L-04")
def test_scores_are_compared_within_the_people_of_both_cycles_as_by_a_paired_t_test():
    row = only_row(stayers(history(SCORES)), "score")
    expected = stats.ttest_rel([84, 73, 74, 66], [80, 70, 75, 60])
    limits = expected.confidence_interval(0.95)
    assert row["difference"] == (4 + 3 - 1 + 6) / 4
    assert (row["n"], row["df"], row["baseline_id"], row["group_id"]) == (4, 3, "2026-09", "t1")
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert [row["low"], row["high"]] == pytest.approx([limits.low, limits.high])
    assert row["method"] == "mean of people's own differences (paired t)"


@pytest.mark.requirement("L-04")
def test_effect_size_and_smallest_detectable_are_in_their_own_units():
    row = only_row(stayers(history(SCORES)), "score")
    sd = np.std([4, 3, -1, 6], ddof=1)
    assert row["effect_size"] == pytest.approx(3 / sd)
    # The noncentral t that lies beyond t at 97.5 % in 80 % of cases, with 3 degrees of freedom.
    at = row["smallest_detectable"] / (sd / 2)
    limit = stats.t.ppf(0.975, 3)
    beyond = stats.nct.sf(limit, 3, at) + stats.nct.cdf(-limit, 3, at)
    assert beyond == pytest.approx(0.8, abs=1e-6)


@pytest.mark.requirement("L-04")
def test_edge_54_a_february_is_compared_with_that_of_the_year_before_leap_day_or_not():
    leap = RATES.replace("2026-09", "2027-02").replace("2026-10", "2028-02")
    row = only_row(history(leap), "reply_rate", Cycle.parse("2028-02"))
    assert (row["baseline_id"], row["difference"]) == ("2027-02", pytest.approx(0.90 - 0.80))


def test_who_joined_or_left_counts_too_in_a_mixed_model():
    rows = history(SCORES)
    row = only_row(rows, "score")
    scores = rows[rows["quantity_id"] == "score"].dropna(subset="value")
    fit = fit_mixed(scores, "value ~ cycle_id + (1 | employee_id)")
    told = fit.contrasts("cycle_id", adjust=None, df="kenward-roger").iloc[0]
    assert (told["first"], told["second"]) == ("2026-09", "2026-10")
    assert row["difference"] == pytest.approx(-told["estimate"])
    assert [row["low"], row["high"]] == pytest.approx([-told["high"], -told["low"]])
    assert (row["df"], row["p_value"]) == pytest.approx((told["df"], told["p_value"]))
    assert row["n"] == scores["employee_id"].nunique() == 6
    assert row["method"] == "everybody of either cycle (mixed model, Kenward-Roger)"
    assert 3 < row["df"] < 7  # more is known than from the four who stayed


@pytest.mark.parametrize(("kept", "n"), [(["ann"], 1), ([], 0)])
def test_scores_of_fewer_than_two_people_are_not_compared(kept: list[str], n: int):
    rows = history(SCORES)
    stayed = rows["employee_id"].isin([*kept, "eve", "fay"])
    row = only_row(rows[stayed], "score")
    assert (row["n"], row["method"]) == (n, "not compared: fewer than two people in both cycles")
    assert np.isnan(row["difference"])


@pytest.mark.requirement("L-04")
def test_scores_of_another_scheme_or_version_are_not_compared_but_indicators_are():
    rows = pd.concat([history(SCORES), history(RATES)], ignore_index=True)
    for column in ("scheme_id", "scheme_version"):
        changed = rows.assign(**{column: rows[column].mask(rows["cycle_id"] == "2026-10", "other")})
        assert only_row(changed, "score")["method"] == "not compared: another scheme or version"
        assert np.isnan(only_row(changed, "score")["difference"])
        assert only_row(changed, "reply_rate")["difference"] == pytest.approx(0.1)


@pytest.mark.requirement("L-04")
def test_square_and_add_is_newcombes_method_10_for_proportions():
    """Newcombe 1998, Statistics in Medicine 17: 56/70 against 48/80."""
    low, high = square_and_add(proportion(56, 70), proportion(48, 80))
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


@pytest.mark.requirement("L-04")
@pytest.mark.parametrize(
    ("one", "other", "published"),
    [
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 10), (0.6075, 1.0000)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ],
)
def test_square_and_add_reproduces_the_other_examples_of_the_paper(
    one: tuple, other: tuple, published: tuple
):
    found = square_and_add(proportion(*one), proportion(*other))
    assert found == pytest.approx(published, abs=5e-5)


def proportion(x: int, n: int) -> Series:
    low, high = intervals.wilson(x, n)
    return Series({"value": x / n, "low": float(low), "high": float(high)})


@pytest.mark.requirement("L-04")
def test_indicators_are_compared_by_the_distances_to_their_own_limits():
    row = only_row(history(RATES), "reply_rate")
    assert row["difference"] == pytest.approx(0.9 - 0.8)
    assert row["low"] == pytest.approx(0.1 - (0.08**2 + 0.06**2) ** 0.5)
    assert row["high"] == pytest.approx(0.1 + (0.05**2 + 0.10**2) ** 0.5)
    assert (row["n"], row["method"]) == (80, "difference of two values (square-and-add interval)")
    assert np.isnan([row["df"], row["p_value"]]).all()


def test_an_indicator_without_a_value_in_one_cycle_is_not_compared():
    rows = history(RATES).assign(value=[np.nan, 0.9])
    row = only_row(rows, "reply_rate")
    assert np.isnan(row["difference"])
    assert row["method"] == "not compared: no value in one of the cycles"


def test_the_same_scores_again_have_no_test_but_an_interval_of_nothing():
    rows = history(SCORES)
    row = only_row(rows.assign(value=70.0), "score")
    assert (row["difference"], row["low"], row["high"]) == (0, 0, 0)
    assert np.isnan([row["p_value"], row["effect_size"]]).all()


def test_weeks_people_and_other_teams_are_not_mixed_in():
    team = history(RATES)
    others = [
        team,
        team[:1].assign(team_id="t2", value=0.0),
        team[1:].assign(team_id="t3", value=0.0),
        team.assign(week=1, value=0.0),
        team.assign(employee_id="ann", value=0.0),
    ]
    found = compare_cycles(OUTPUT_TABLES["history"].arrange(pd.concat(others)), OCTOBER)
    rates = found[found["quantity_id"] == "reply_rate"]
    assert rates[["team_id", "difference"]].to_numpy().tolist() == [["t1", pytest.approx(0.1)]]


def test_every_earlier_cycle_of_the_same_kind_is_a_baseline_the_latest_first():
    names = ["2025-12", "2026-09", "2026-10", "2026-11", "2026-Q3", "2026-H1", "2025", "2026"]
    rates = pd.concat([history(RATES)[:1].assign(cycle_id=name) for name in names])
    baselines = {
        name: compare_cycles(rates, Cycle.parse(name))["baseline_id"].unique().tolist()
        for name in ("2026-10", "2026-Q3", "2026")
    }
    assert baselines == {"2026-10": ["2026-09", "2025-12"], "2026-Q3": [], "2026": ["2025"]}


def test_the_first_cycle_has_nothing_to_be_compared_with():
    found = compare_cycles(history(RATES)[1:], OCTOBER)
    assert found.empty
    assert list(found) == OUTPUT_TABLES["comparisons"].names


@pytest.mark.requirement("L-04")
@pytest.mark.parametrize(
    ("begin", "attributed"),
    [("2026-09-20", False), ("2026-09-01", False), ("2026-08-19", False), ("2026-08-18", True)],
)
def test_a_baseline_in_which_or_just_before_which_the_records_begin_explains_nothing(
    begin: str, attributed: bool
):
    rows = history(SCORES).assign(records_from=pd.Timestamp(begin))
    method = only_row(rows, "score")["method"]
    assert ("cannot be attributed" in method) != attributed
    if not attributed:
        assert method.endswith(f"the records begin on {begin}, in or just before the baseline")


@pytest.fixture(scope="module")
def service_desk_history() -> DataFrame:
    """What three months of the real log leave behind: the whole desk's values, month by month."""
    tables = read_tables(load_params("params/demo.yaml"), "service-desk", only=["cases"])
    with Events(tables) as events:
        begin = EPOCH + timedelta(days=events.first_day)
        months = [
            measure(events, Cycle.parse(month), None, ["sla_met_share"]).assign(cycle_id=month)
            for month in ("2016-03", "2016-04", "2016-05")
        ]
    rows = pd.concat(months).rename(columns={"indicator_id": "quantity_id"})
    stamp = {"department_id": "service-desk", "team_id": "all"}
    return OUTPUT_TABLES["history"].arrange(rows.assign(**stamp, records_from=pd.Timestamp(begin)))


@pytest.mark.requirement("L-04")
def test_the_jump_after_the_first_month_of_the_real_log_cannot_be_attributed(
    service_desk_history: DataFrame,
):
    row = only_row(service_desk_history, "sla_met_share", Cycle.parse("2016-04"))
    assert row["difference"] == pytest.approx(0.7670 - 0.3986, abs=1e-4)
    assert row["low"] > 0.33  # a caller with many cases counts as one observation
    assert "cannot be attributed: the records begin on 2016-02-29" in row["method"]


@pytest.mark.requirement("L-04")
def test_later_months_of_the_real_log_can_be_compared(service_desk_history: DataFrame):
    found = compare_cycles(service_desk_history, Cycle.parse("2016-05"))
    found = found[found["quantity_id"] == "sla_met_share"].set_index("baseline_id")
    assert "cannot be attributed" not in found.loc["2016-04", "method"]
    assert found.loc["2016-04", "difference"] == pytest.approx(0.7752 - 0.7670, abs=1e-4)
    assert found.loc["2016-04", "low"] < 0 < found.loc["2016-04", "high"]
    assert "cannot be attributed" in found.loc["2016-03", "method"]
