"""Cycles compared for people, teams and evaluators, with all comparisons in mind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame
from scipy import stats
from statsmodels.stats.multitest import multipletests

from csperf.comparison.changes import adjusted, changes, changes_of_evaluators, changes_of_people
from csperf.comparison.cycles import compare_cycles
from csperf.comparison.detectable import detectable_difference
from csperf.comparison.spread import spread
from csperf.params import Cycle
from csperf.tables import OUTPUT_TABLES

SEPTEMBER, OCTOBER = Cycle.parse("2026-09"), Cycle.parse("2026-10")
SCORES = draw("""
    cycle_id | team_id | employee_id | value
    2026-08  | t       | ann         | 80
    2026-08  | t       | bea         | 71
    2026-08  | t       | cai         | 75
    2026-09  | t       | ann         | 81
    2026-09  | t       | bea         | 70
    2026-09  | t       | cai         | 74
    2026-10  | t       | ann         | 82
    2026-10  | t       | bea         | 70
    2026-10  | t       | cai         | 60
""")


def history(rows: DataFrame) -> DataFrame:
    stamp = {"department_id": "d", "scheme_id": "s", "scheme_version": "1", "status": "ok"}
    whole = rows.assign(**stamp, records_from=pd.Timestamp("2020-01-01"))
    whole = whole if "quantity_id" in whole else whole.assign(quantity_id="score")
    return OUTPUT_TABLES["history"].arrange(whole)


@pytest.mark.requirement("I-09")
def test_people_are_held_against_what_one_persons_cycles_differ_by():
    found = changes_of_people(history(SCORES), OCTOBER, SEPTEMBER).set_index("group_id")
    assert found["difference"].to_dict() == {"ann": 82 - 81, "bea": 70 - 70, "cai": 60 - 74}
    by = spread(SCORES)
    se = np.sqrt(2 * by.within)
    p = 2 * stats.t.sf(np.abs([1, 0, -14]) / se, 4)  # (3 - 1) x (3 - 1)
    assert found["p_value"].tolist() == pytest.approx(list(p))
    assert found["p_adjusted"].tolist() == pytest.approx(list(multipletests(p, method="holm")[1]))
    assert found.loc["cai", "low"] == pytest.approx(-14 - stats.t.ppf(0.975, 4) * se)
    assert found["df"].tolist() == [4, 4, 4]
    expected = float(detectable_difference(se, 4))
    assert found["smallest_detectable"].tolist() == pytest.approx([expected] * 3)


@pytest.mark.requirement("I-09")
def test_people_of_another_version_or_of_one_cycle_are_not_compared():
    rows = history(SCORES)
    other = rows.assign(
        scheme_version=rows["scheme_version"].mask(rows["cycle_id"] == "2026-10", "2")
    )
    found = changes_of_people(other, OCTOBER, SEPTEMBER)
    assert found["difference"].isna().all() and found["p_adjusted"].isna().all()
    assert found["method"].unique() == ["not compared: another scheme or version"]
    assert changes_of_people(rows, OCTOBER, Cycle.parse("2026-07")).empty
    joined = rows[(rows["employee_id"] != "cai") | (rows["cycle_id"] == "2026-10")]
    assert changes_of_people(joined, OCTOBER, SEPTEMBER)["group_id"].tolist() == ["ann", "bea"]


@pytest.mark.requirement("I-09")
def test_of_teams_in_which_nobody_changed_hardly_one_has_anybody_marked():
    """200 teams of 20 people: unadjusted, two of three would mark somebody."""
    rng = np.random.default_rng(3)
    scores = rng.normal(70, 5, (4000, 1)) + rng.normal(0, 5, (4000, 6))
    rows = DataFrame(scores, columns=[f"2026-{month:02}" for month in range(5, 11)])
    rows = rows.assign(employee_id=[f"e{n}" for n in range(4000)])
    rows = rows.assign(team_id=np.repeat([f"t{n}" for n in range(200)], 20))
    rows = rows.melt(["employee_id", "team_id"], var_name="cycle_id")
    found = adjusted(changes_of_people(history(rows), OCTOBER, SEPTEMBER), ["team_id"])
    marked = found.groupby("team_id")[["p_value", "p_adjusted"]].min() < 0.05
    plain, controlled = marked.mean()
    assert plain > 0.5
    assert controlled < 0.05 + 2 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.requirement("I-09", "L-04")
def test_changes_hold_teams_and_people_each_adjusted_among_their_like():
    rows = history(SCORES)
    found = changes(rows, OCTOBER)
    assert list(found) == OUTPUT_TABLES["comparisons"].names
    assert found[["group_id", "baseline_id"]].to_numpy().tolist() == [
        *(["t", "2026-09"], ["t", "2026-08"]),
        *([name, "2026-09"] for name in ("ann", "bea", "cai")),
        *([name, "2026-08"] for name in ("ann", "bea", "cai")),
    ]
    assert not found.duplicated(list(OUTPUT_TABLES["comparisons"].key)).any()
    teams, people = found[:2], found[2:5].reset_index(drop=True)
    assert teams["p_adjusted"].tolist() == teams["p_value"].tolist()  # one row a baseline
    pd.testing.assert_frame_equal(people, changes_of_people(rows, OCTOBER, SEPTEMBER))
    first = changes(rows[rows["cycle_id"] == "2026-10"], OCTOBER)
    assert first.empty and list(first) == list(found)


@pytest.mark.requirement("I-09")
def test_a_change_of_people_since_the_records_began_cannot_be_attributed():
    late = history(SCORES).assign(records_from=pd.Timestamp("2026-08-25"))
    methods = changes(late, OCTOBER).groupby("baseline_id")["method"]
    told = "cannot be attributed: the records begin on 2026-08-25"
    assert methods.apply(lambda rows: rows.str.contains(told).tolist()).to_dict() == {
        "2026-08": [True] * 4,
        "2026-09": [True] * 4,
    }
    assert not changes(history(SCORES), OCTOBER)["method"].str.contains("attributed").any()


RATED = draw("""
    cycle_id | evaluator_id | employee_id | score
    2026-09  | m            | ann         | 80
    2026-09  | m            | bea         | 70
    2026-09  | m            | cai         | 76
    2026-09  | n            | ann         | 80
    2026-09  | n            | bea         | 72
    2026-09  | n            | cai         | 75
    2026-10  | m            | ann         | 70
    2026-10  | m            | bea         | 61
    2026-10  | m            | cai         | 63
    2026-10  | n            | ann         | 81
    2026-10  | n            | bea         | 70
    2026-10  | n            | cai         | 75
    2026-10  | o            | dan         | 50
""").assign(evaluator_type="boss", criterion_id="tone")


@pytest.mark.requirement("I-09")
def test_evaluators_are_held_against_their_colleagues_on_the_same_people():
    """m gave 10, 9 and 12 less than n in October, and 0, 2 and -1 less in September."""
    found = changes_of_evaluators(RATED, OCTOBER, SEPTEMBER).set_index("group_id")
    later, earlier = np.array([11, 9, 12]), np.array([0, 2, -1])
    expected = stats.ttest_ind(later, earlier, equal_var=False)
    limits = expected.confidence_interval(0.95)
    row = found.loc["boss/m"]
    assert row["difference"] == pytest.approx(later.mean() - earlier.mean())
    assert (row["p_value"], row["df"]) == pytest.approx((expected.pvalue, expected.df))
    assert (row["low"], row["high"]) == pytest.approx((limits.low, limits.high))
    assert row["p_adjusted"] == pytest.approx(2 * expected.pvalue)
    assert found.loc["boss/n", "difference"] == pytest.approx(-row["difference"])
    assert list(found.index) == ["boss/m", "boss/n"]  # o shares nobody with a colleague


@pytest.mark.requirement("I-09")
def test_evaluators_with_fewer_than_three_people_in_common_are_not_compared():
    few = RATED[(RATED["employee_id"] != "cai") | (RATED["cycle_id"] == "2026-10")]
    found = changes_of_evaluators(few, OCTOBER, SEPTEMBER)
    assert found["method"].unique() == [
        "not compared: fewer than three people in common with colleagues in a cycle"
    ]
    assert found[["difference", "low", "p_value", "p_adjusted"]].isna().all(axis=None)
    assert changes_of_evaluators(RATED, OCTOBER, Cycle.parse("2026-08")).empty


@pytest.mark.requirement("I-09", "L-04")
def test_comparisons_of_teams_are_adjusted_over_all_quantities_of_a_baseline():
    rates = draw("""
        cycle_id | team_id | quantity_id    | value | low  | high | n
        2026-09  | t       | reply_rate     | 0.80  | 0.70 | 0.86 | 90
        2026-10  | t       | reply_rate     | 0.90  | 0.82 | 0.95 | 80
        2026-09  | t       | payment_share  | 0.50  | 0.45 | 0.55 | 90
        2026-10  | t       | payment_share  | 0.50  | 0.45 | 0.55 | 80
    """)
    rows = pd.concat([history(SCORES), history(rates)], ignore_index=True)
    found = adjusted(compare_cycles(rows, OCTOBER))
    last = found[found["baseline_id"] == "2026-09"].set_index("quantity_id")
    distance = np.hypot(0.9 - 0.82, 0.86 - 0.8)
    p = 2 * stats.norm.sf(stats.norm.ppf(0.975) * 0.1 / distance)
    assert last.loc["reply_rate", "p_value"] == pytest.approx(p)
    assert last.loc["payment_share", "p_value"] == 1
    holm = multipletests(last["p_value"], method="holm")[1]
    assert last["p_adjusted"].tolist() == pytest.approx(list(holm))
    assert found[found["baseline_id"] == "2026-08"]["p_adjusted"].notna().sum() == 1  # scores only


@pytest.mark.requirement("I-09")
@pytest.mark.parametrize(("low", "excludes"), [(0.001, True), (-0.001, False)])
def test_a_p_value_from_an_interval_agrees_with_it(low: float, excludes: bool):
    row = DataFrame({"cycle_id": ["c"], "baseline_id": ["b"], "difference": [1.0], "low": [low]})
    found = adjusted(row.assign(high=1.5, p_value=np.nan))
    assert (found["p_value"].iloc[0] < 0.05) == excludes
