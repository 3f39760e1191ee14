"""Changes of shares and rates with people as units: by hand, against statsmodels, and simulated."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from changing import unchanged_team
from drawing import draw
from pandas import DataFrame
from scipy import stats
from statsmodels.genmod import families
from statsmodels.genmod.generalized_estimating_equations import GEE

from csperf import InputError, compare_cycles, rate_change
from csperf.comparison.detectable import detectable_difference
from csperf.comparison.rates import (
    ALL_ALIKE,
    PEOPLE_AS_UNITS,
    TOO_FEW_PEOPLE,
    RateChange,
    change_of_rate,
)
from csperf.params import Cycle
from csperf.tables import OUTPUT_TABLES

OCTOBER, SEPTEMBER = Cycle.parse("2026-10"), Cycle.parse("2026-09")
SLA = """
    cycle_id | team_id | employee_id | indicator_id  | numerator | denominator
    2026-09  | t1      | ann         | sla_met_share | 6         | 10
    2026-09  | t1      | bea         | sla_met_share | 5         | 10
    2026-09  | t1      | cai         | sla_met_share | 10        | 20
    2026-10  | t1      | ann         | sla_met_share | 9         | 10
    2026-10  | t1      | bea         | sla_met_share | 8         | 10
    2026-10  | t1      | cai         | sla_met_share | 11        | 20
    2026-10  | t2      | dan         | sla_met_share | 3         | 10
"""


def values(drawing: str = SLA) -> DataFrame:
    return draw(drawing)


def only(found: DataFrame) -> dict:
    (row,) = found.to_dict("records")
    return row


@pytest.mark.requirement("L-04")
def test_the_change_of_a_share_is_that_of_the_sums_with_people_as_units():
    """21 of 40, then 28 of 40; each person's residuals over 40 and the root of 1 - share."""
    row = only(rate_change(values(), OCTOBER, SEPTEMBER))
    later = [(9 - 7) / 40 / 0.75**0.5, (8 - 7) / 40 / 0.75**0.5, (11 - 14) / 40 / 0.5**0.5]
    earlier = [0.75 / 40 / 0.75**0.5, -0.25 / 40 / 0.75**0.5, -0.5 / 40 / 0.5**0.5]
    se = sum((a - b) ** 2 for a, b in zip(later, earlier, strict=True)) ** 0.5
    assert (row["quantity_id"], row["group_id"]) == ("sla_met_share", "t1")
    df = 1 / (0.25**2 + 0.25**2 + 0.5**2) - 1  # people of equal shares who know as much, less one
    assert (row["n"], row["method"]) == (3, PEOPLE_AS_UNITS)
    assert row["df"] == pytest.approx(df)
    assert row["difference"] == pytest.approx(28 / 40 - 21 / 40)
    assert row["high"] - row["difference"] == pytest.approx(stats.t.ppf(0.975, df) * se)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(0.175 / se, df))
    assert row["smallest_detectable"] == pytest.approx(detectable_difference(se, df))


def test_where_one_person_did_nearly_all_nothing_can_be_told():
    sides = [DataFrame({"numerator": [7, 8, x], "denominator": [10, 10, 300]}) for x in (200, 260)]
    assert change_of_rate(*sides) == "not compared: one person did nearly all of it"


@pytest.mark.parametrize("within", [0.0, 0.5])
def test_unequal_shares_of_the_work_keep_the_level(within: float):
    rng, changed, draws = np.random.default_rng(8), 0, 300
    for _ in range(draws):
        found = change_of_rate(*unchanged_team(rng, 8, 100, within, uneven=True))
        changed += isinstance(found, RateChange) and found.row()["p_value"] < 0.05
    assert changed / draws < 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)


@pytest.mark.requirement("L-04")
def test_it_lies_between_the_sandwiches_of_statsmodels_which_are_too_small_and_too_large():
    """Contacts as rows, people as clusters: rough, and by Mancl and DeRouen."""
    frame = values()[:6].astype({"numerator": int, "denominator": int})
    rows = frame.loc[frame.index.repeat(frame["denominator"])]
    won = rows.groupby(level=0).cumcount() < rows["numerator"]
    x = np.column_stack([np.ones(len(rows)), rows["cycle_id"] == "2026-10"]).astype(float)
    model = GEE(won.astype(float), x, groups=rows["employee_id"], family=families.Gaussian())
    rough, reduced = model.fit(), model.fit(cov_type="bias_reduced")
    row = only(rate_change(frame, OCTOBER, SEPTEMBER))
    ours = (row["high"] - row["difference"]) / stats.t.ppf(0.975, 2)
    assert row["difference"] == pytest.approx(rough.params.iloc[1])
    assert rough.bse.iloc[1] < ours < reduced.bse.iloc[1]


def test_people_with_the_same_work_enlarge_the_rough_sandwich_by_n_over_n_less_one():
    frame = values()[:6].assign(denominator=20.0)
    frame["share"] = frame["numerator"] / 20
    x = np.column_stack([np.ones(6), frame["cycle_id"] == "2026-10"]).astype(float)
    model = GEE(frame["share"], x, groups=frame["employee_id"], family=families.Gaussian())
    row = only(rate_change(frame, OCTOBER, SEPTEMBER))
    ours = (row["high"] - row["difference"]) / stats.t.ppf(0.975, 2)
    assert ours == pytest.approx(model.fit().bse.iloc[1] * (3 / 2) ** 0.5)


@pytest.mark.requirement("L-04")
def test_who_came_or_left_counts_in_the_cycle_he_or_she_worked():
    frame = values()[:6]
    frame.loc[5, "employee_id"] = "eve"
    row = only(rate_change(frame, OCTOBER, SEPTEMBER))
    assert row["n"] == 4
    # Mean shares 1/4, 1/4 and twice 1/4, as cai and eve each worked one cycle.
    assert row["df"] == pytest.approx(1 / (4 * 0.25**2) - 1)
    assert row["difference"] == pytest.approx(0.175)


@pytest.mark.requirement("L-04")
def test_too_few_people_or_people_all_alike_have_a_named_status_and_no_number():
    few = values()[:6].drop(index=[2])
    alike = values()[:6].assign(numerator=[0, 0, 0, 10, 10, 20])
    idle = values()[:6].assign(denominator=[10, 10, 0, 10, 10, 20])
    for frame, method in ((few, TOO_FEW_PEOPLE), (alike, ALL_ALIKE), (idle, TOO_FEW_PEOPLE)):
        row = only(rate_change(frame, OCTOBER, SEPTEMBER))
        assert (row["n"], row["method"]) == (3, method)
        assert np.isnan([row["difference"], row["low"], row["p_value"]]).all()


def test_departments_can_be_compared_and_nothing_in_common_is_an_empty_table():
    frame = values().assign(department_id="d")
    row = only(rate_change(frame, OCTOBER, SEPTEMBER, by="department_id"))
    assert (row["group_id"], row["department_id"], row["n"]) == ("d", "d", 4)
    assert rate_change(values()[:3], OCTOBER, SEPTEMBER).empty


def test_a_cycle_may_be_named_by_its_id():
    by_id = rate_change(values(), OCTOBER.id, SEPTEMBER.id)
    pd.testing.assert_frame_equal(by_id, rate_change(values(), OCTOBER, SEPTEMBER))
    rows = history(values())
    pd.testing.assert_frame_equal(compare_cycles(rows, OCTOBER.id), compare_cycles(rows, OCTOBER))
    with pytest.raises(InputError, match="'October' is no cycle"):
        rate_change(values(), "October", SEPTEMBER)


def history(frame: DataFrame) -> DataFrame:
    """Rows of the history table: the people's and the team's, of an indicator of the catalogue."""
    team = frame.groupby(["cycle_id", "team_id", "indicator_id"], as_index=False)[
        ["numerator", "denominator"]
    ].sum()
    rows = pd.concat([frame, team]).rename(columns={"indicator_id": "quantity_id"})
    rows = rows.assign(value=rows["numerator"] / rows["denominator"], n=rows["denominator"])
    rows = rows.assign(low=rows["value"] - 0.01, high=rows["value"] + 0.01, department_id="d")
    return OUTPUT_TABLES["history"].arrange(rows.assign(records_from=pd.Timestamp("2020-01-01")))


@pytest.mark.requirement("L-04")
def test_teams_are_compared_with_people_as_units_where_their_parts_add_up_to_the_team():
    found = compare_cycles(history(values()), OCTOBER)
    row = only(found[found["quantity_id"] == "sla_met_share"])
    ours = only(rate_change(values(), OCTOBER, SEPTEMBER))
    for name in ("difference", "low", "high", "df", "p_value", "smallest_detectable"):
        assert row[name] == pytest.approx(ours[name])
    assert row["method"] == ours["method"] == PEOPLE_AS_UNITS
    assert row["n"] == 40


WITHOUT = {
    "a person missing": lambda rows: rows[rows["employee_id"] != "cai"],
    "no indicator of the catalogue": lambda rows: rows.assign(quantity_id="own"),
    "no numerators": lambda rows: rows.assign(numerator=np.nan),
    "contacts of nobody": lambda rows: rows.assign(
        numerator=rows["numerator"].mask(rows["employee_id"].notna(), 0)
    ),
}


@pytest.mark.parametrize("change", WITHOUT.values(), ids=WITHOUT)
def test_otherwise_the_values_own_intervals_are_added(change):
    found = compare_cycles(change(history(values())), OCTOBER)
    row = only(found[found["quantity_id"] != "score"])
    assert row["method"] == "difference of two values (square-and-add interval)"
    assert row["high"] - row["difference"] == pytest.approx(0.01 * 2**0.5)


@pytest.mark.requirement("L-04")
def test_of_small_teams_that_did_not_change_about_one_in_twenty_looks_changed():
    rng = np.random.default_rng(17)
    for people in (5, 8, 15):
        teams = [unchanged_team(rng, people, 100, within=0.25) for _ in range(500)]
        flagged = [change_of_rate(*team).row()["p_value"] < 0.05 for team in teams]
        assert 0.02 < np.mean(flagged) < 0.08
