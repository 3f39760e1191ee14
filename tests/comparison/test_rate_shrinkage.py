"""True rates: by arithmetic, against simulated truth, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw
from pandas import DataFrame
from scipy import stats
from scipy.special import expit

from csperf import InputError, rank_uncertainty, shrunken_rates
from csperf.comparison.rate_shrinkage import posterior_of_rates


def many(rng, people, mean=0.6, size=40):
    """Counts of so many people, and their true rates."""
    true, of = rng.beta(size * mean, size * (1 - mean), people), rng.integers(20, 120, people)
    return rng.binomial(of, true).astype(float), of.astype(float), true


def test_with_many_people_a_rate_is_drawn_in_as_the_beta_binomial_says():
    """With mean and size known it is (cases + size x mean) / (of + size)."""
    cases, of, _ = many(np.random.default_rng(1), 3_000)
    found = posterior_of_rates(cases, of).expected
    assert found == pytest.approx((cases + 40 * 0.6) / (of + 40), abs=0.006)


@pytest.mark.requirement("G0-7")
@pytest.mark.parametrize("people", [5, 12, 30])
def test_90_per_cent_intervals_hold_the_true_rate_in_86_to_94_per_cent(people):
    rng, held = np.random.default_rng(people), []
    for _ in range(600 // people):
        cases, of, true = many(rng, people)
        known = posterior_of_rates(cases, of)
        held.append((known.at(0.05) <= true) & (true <= known.at(0.95)))
    assert 0.86 <= np.mean(np.concatenate(held)) <= 0.94


def test_drawn_in_rates_are_nearer_to_the_truth_than_those_counted():
    cases, of, true = many(np.random.default_rng(2), 200)
    found = posterior_of_rates(cases, of).expected
    assert ((found - true) ** 2).mean() < 0.7 * ((cases / of - true) ** 2).mean()


def test_draws_and_limits_are_those_of_the_mixture():
    known = posterior_of_rates(np.array([3.0, 9.0, 5.0]), np.array([10.0, 12.0, 9.0]))
    drawn = expit(np.concatenate([*known.draw(np.random.default_rng(3), 40_000)]))
    assert drawn.mean(axis=0) == pytest.approx(known.expected, abs=0.004)
    assert np.quantile(drawn, 0.9, axis=0) == pytest.approx(known.at(0.9), abs=0.006)
    assert known.below(known.at(0.3)) == pytest.approx(0.3, abs=1e-6)


def test_who_has_few_cases_is_not_shown_but_helps_to_know_the_group():
    rows = draw(
        """
        employee_id | numerator | denominator
        ann         | 60        | 100
        bob         | 1         | 2
        cem         | 30        | 40
        dee         | 0         | 0
        """
    )
    found = shrunken_rates(rows).set_index("employee_id")
    assert found["status"].tolist() == ["ok", "too_few", "ok", "too_few"]
    assert found.loc[["bob", "dee"], ["value", "shrunken", "low", "high"]].isna().all(axis=None)
    assert found.loc["cem", "value"] == 30 / 40
    assert 60 / 100 < found.loc["cem", "shrunken"] < 30 / 40
    assert found.loc["cem", "low"] < found.loc["cem", "shrunken"] < found.loc["cem", "high"]


def test_places_by_rate_know_how_many_cases_each_rests_on():
    """Nine of ten against eighty of a hundred: the first by rate is not surely the better one."""
    rows = draw(
        """
        employee_id | numerator | denominator
        ann         | 9         | 10
        bob         | 800       | 1000
        cem         | 500       | 1000
        """
    )
    found = rank_uncertainty(rows).set_index("employee_id")
    assert found["rank"].tolist() == [1, 2, 3]
    assert 0.5 < found.loc["ann", "p_first"] < 0.9
    assert found.loc["cem", "p_last"] > 0.95
    assert found["tied_group"].tolist() == ["1", "1", "2"]


@pytest.mark.parametrize(
    ("cases", "of", "told"),
    [
        (5, 4, "'numerator': above 'denominator'"),
        (-1, 4, "'numerator': below 0"),
        (1.5, 4, "'numerator': not a whole number"),
        (1, 4.5, "'denominator': not a whole number"),
        (np.nan, 4, "'numerator': missing"),
        (np.inf, np.inf, "'numerator': infinite"),
    ],
)
def test_what_no_counting_gives_is_refused_with_whose_it_is(cases, of, told):
    rows = DataFrame({"employee_id": ["b", "a"], "numerator": [1, cases], "denominator": [3, of]})
    with pytest.raises(InputError, match=rf"shrunken_rates, column {told} in 1 of 2 rows \(a\)"):
        shrunken_rates(rows)


@pytest.mark.parametrize("cases", [0.0, 1000.0])
def test_equal_people_at_the_end_of_the_scale_are_last_as_often_as_one_another(cases):
    ids = [f"e{i:02}" for i in range(12)]
    rows = DataFrame({"employee_id": ids, "numerator": cases, "denominator": 1000.0})
    found = rank_uncertainty(rows)
    assert found["p_last"].to_numpy() == pytest.approx(1 / 12, abs=0.02)
    assert found["p_first"].to_numpy() == pytest.approx(1 / 12, abs=0.02)


def test_people_of_no_group_are_a_group():
    rows = DataFrame({"employee_id": ["a", "b"], "numerator": 30, "denominator": 40})
    found = shrunken_rates(rows.assign(group=["x", None]))
    assert len(found) == 2


def test_equal_rates_of_everybody_are_drawn_together():
    known = posterior_of_rates(np.full(12, 60.0), np.full(12, 100.0))
    alone = stats.beta(61, 41)
    width = known.at(0.95) - known.at(0.05)
    assert (width < 0.75 * (alone.ppf(0.95) - alone.ppf(0.05))).all()
