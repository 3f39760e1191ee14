"""Variance of people and of their cycles, on a table small enough to do by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame
from statsmodels.formula.api import ols

from csperf.comparison.spread import spread

# Around the cycle means 20 and 22: -10, 0, 10 and -8, 0, 8.
THREE = draw("""
    team_id | employee_id | cycle_id | value
    t       | ann         | 2026-01  | 10
    t       | bob         | 2026-01  | 20
    t       | cai         | 2026-01  | 30
    t       | ann         | 2026-02  | 14
    t       | bob         | 2026-02  | 22
    t       | cai         | 2026-02  | 30
""")


def test_variances_are_those_of_the_analysis_of_variance():
    found = spread(THREE)
    within = (1 + 1 + 1 + 1) / ((3 - 1) * (2 - 1))  # 10 and 8 lie 1 from their mean 9
    whole = (10**2 + 10**2 + 8**2 + 8**2) / (6 - 2)
    assert (found.within, found.df) == (pytest.approx(within), 2)
    assert (found.between, found.people) == (pytest.approx(whole - within), 2)
    assert found.cycles == 2
    assert found.reliability() == pytest.approx(80 / (80 + 2))
    assert found.reliability(2) == pytest.approx(80 / (80 + 2 / 2))


def test_teams_are_pooled_and_their_own_levels_are_no_differences_of_people():
    other = THREE.assign(team_id="u", value=THREE["value"] + 50)
    found = spread(pd.concat([THREE, other]))
    assert (found.within, found.between) == (pytest.approx(2), pytest.approx(80))
    assert (found.df, found.people) == (4, 4)


def test_with_missing_cycles_the_rest_is_that_of_a_fit_of_people_and_cycles():
    rng = np.random.default_rng(1)
    grid = pd.MultiIndex.from_product([list("abcdef"), range(1, 6)])
    values = DataFrame({"employee_id": grid.get_level_values(0), "team_id": "t"})
    values = values.assign(cycle_id=[f"2026-0{n}" for n in grid.get_level_values(1)])
    level = 4.0 * values["employee_id"].map("abcdef".index)
    values = values.assign(value=level + rng.normal(0, 5, len(values)))
    values = values.drop(index=[0, 1, 7, 20, 29])
    found = spread(values)
    fit = ols("value ~ employee_id + cycle_id", values).fit()
    assert (found.within, found.df) == (pytest.approx(fit.mse_resid), fit.df_resid)
    months = ols("value ~ cycle_id", values).fit()
    assert found.between + found.within == pytest.approx(months.mse_resid)


def test_people_who_do_not_differ_have_no_reliability_and_one_cycle_says_nothing():
    level = THREE.assign(value=[1, 2, 3, 3, 2, 1])
    assert (spread(level).between, spread(level).reliability()) == (0, 0)
    once = spread(THREE[:3])
    assert np.isnan(once.within) and once.df == 0


def test_the_standard_error_of_a_reliability_is_what_it_varies_by():
    """Forty people, eight cycles, as much between as within: 100 departments."""
    found, rng = [], np.random.default_rng(0)
    for _ in range(100):
        values = rng.normal(0, 5, 40)[:, None] + rng.normal(0, 5, (40, 8))
        rows = DataFrame(values).melt(ignore_index=False, var_name="cycle_id")
        found.append(spread(rows.rename_axis("employee_id").reset_index().assign(team_id="t")))
    estimates = np.array([each.reliability(3) for each in found])
    assert estimates.mean() == pytest.approx(25 / (25 + 25 / 3), abs=0.03)
    said = np.median([each.reliability_se(3) for each in found])
    assert said == pytest.approx(estimates.std(), rel=0.25)
