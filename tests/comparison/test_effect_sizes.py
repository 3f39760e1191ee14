"""Effect sizes and detectable differences: arithmetic and published examples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pandas import DataFrame
from scipy import stats

from csperf import fit_mixed
from csperf.comparison import (
    detectable_difference,
    hedges_g,
    odds_ratio,
    risk_difference,
    smallest_detectable_change,
    standardised_contrasts,
)
from csperf.comparison.effect_sizes import standardised
from csperf.errors import InputError


def group(n: int, mean: float, sd: float) -> np.ndarray:
    """N numbers with exactly this mean and standard deviation."""
    z = np.random.default_rng(n).normal(size=n)
    return mean + sd * (z - z.mean()) / z.std(ddof=1)


def test_g_is_that_of_borenstein():
    """Borenstein et al. (2009), Introduction to Meta-Analysis, chapter 4: d 0.5970, J 0.9923."""
    found = hedges_g(group(50, 103, 5.5), group(50, 100, 4.5))
    assert found.estimate == pytest.approx(0.5924, abs=1e-4)
    pooled = np.sqrt((5.5**2 + 4.5**2) / 2)
    assert found.estimate / (3 / pooled) == pytest.approx(1 - 3 / (4 * 98 - 1), abs=1e-5)


MANUAL = [21, 21, 22.8, 32.4, 30.4, 33.9, 27.3, 26, 30.4, 15.8, 19.7, 15, 21.4]
AUTOMATIC = [21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4, 14.7]
AUTOMATIC += [21.5, 15.5, 15.2, 13.3, 19.2]


def test_g_and_its_interval_are_those_of_effectsize():
    """R's effectsize on mtcars: g of mpg by am -1.44, d -1.48 [-2.27, -0.67]."""
    found = hedges_g(AUTOMATIC, [*MANUAL, np.nan])
    assert [found.estimate, found.low, found.high] == pytest.approx([-1.44, -2.27, -0.67], abs=5e-3)


def test_the_interval_of_g_leaves_zero_out_exactly_where_t_does():
    a, b = group(6, 1.0, 1.0), group(9, 0.0, 1.0)
    shift = stats.t.ppf(0.975, 13) * np.sqrt(1 / 6 + 1 / 9)
    found = hedges_g(a - 1 + shift, b)
    assert found.low == pytest.approx(0, abs=1e-8)
    swapped = hedges_g(b, a - 1 + shift)
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))


def test_at_its_limits_a_difference_as_large_is_seen_in_one_case_of_forty():
    a, b = group(8, 0.8, 1.1), group(5, 0.0, 0.9)
    unit, t = np.sqrt(1 / 8 + 1 / 5), stats.ttest_ind(a, b).statistic
    found = hedges_g(a, b)
    assert stats.nct.sf(t, 11, found.low / unit) == pytest.approx(0.025, abs=1e-8)
    assert stats.nct.cdf(t, 11, found.high / unit) == pytest.approx(0.025, abs=1e-8)


@pytest.mark.parametrize("n", [2, 5, 50])
@pytest.mark.parametrize("away", [1e5, 1e9])
def test_groups_far_apart_have_limits_that_only_their_spread_leaves_open(n: int, away: float):
    """There d varies as its denominator does: d x root(chi-squared / df) at 2.5 % and 97.5 %."""
    df = 2 * n - 2
    low, high = away * np.sqrt(stats.chi2.ppf([0.025, 0.975], df) / df)
    found = hedges_g(group(n, away, 1.0), group(n, 0.0, 1.0))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-5)
    swapped = hedges_g(group(n, 0.0, 1.0), group(n, away, 1.0))
    assert (swapped.low, swapped.high) == pytest.approx((-high, -low), rel=1e-5)


def test_where_one_way_to_the_limits_takes_over_from_the_other_they_are_the_same():
    t = 10 * np.sqrt(2 * 98)
    nearer, farther = (
        [
            getattr(hedges_g(group(50, t * (1 + side) / 5, 1.0), group(50, 0.0, 1.0)), end)
            / (1 + side)
            for end in ("low", "high")
        ]
        for side in (-1e-7, 1e-7)
    )
    assert nearer == pytest.approx(farther, rel=1e-8)


def test_g_does_not_depend_on_the_unit_however_large_the_numbers():
    usual, large = (
        hedges_g([3, 4, 8], [1, 2, 4]),
        hedges_g([3e300, 4e300, 8e300], [1e300, 2e300, 4e300]),
    )
    assert (large.estimate, large.low, large.high) == pytest.approx(
        (usual.estimate, usual.low, usual.high)
    )


def test_infinite_numbers_and_text_are_refused_in_a_line():
    with pytest.raises(InputError, match=r"^hedges_g: 'second' has something else than numbers"):
        hedges_g([1, 2], ["a", "b"])
    with pytest.raises(
        InputError, match=r"^hedges_g: 'first' has an infinite number; leave it out$"
    ):
        hedges_g([1, 2, np.inf], [1, 2])


def test_a_difference_of_shares_is_that_of_newcombe():
    """Newcombe (1998), table II, (a) and (d), method 10."""
    found = risk_difference(56, 70, 48, 80)
    assert found.estimate == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    found = risk_difference(5, 56, 0, 29)
    assert (found.low, found.high) == pytest.approx((-0.0381, 0.1926), abs=5e-5)


def test_an_odds_ratio_is_that_of_bland_and_altman():
    """Bland and Altman (2000), BMJ 320, 1468: eczema and hay fever in children."""
    found = odds_ratio(141, 561, 928, 14453)
    assert (found.estimate, found.low, found.high) == pytest.approx((4.89, 4.00, 5.99), abs=5e-3)
    assert "Woolf" in found.method


def test_an_empty_cell_adds_half_a_case_to_each_and_says_so():
    found = odds_ratio(0, 10, 5, 10)
    assert found.estimate == pytest.approx(0.5 * 5.5 / (10.5 * 5.5))
    assert "half a case" in found.method
    half = stats.norm.ppf(0.975) * np.sqrt(1 / 0.5 + 1 / 10.5 + 1 / 5.5 + 1 / 5.5)
    assert np.log(found.high / found.estimate) == pytest.approx(half)


STATISTICS = Path(__file__).parents[3] / "shared" / "reference" / "statistics"


@pytest.mark.parametrize(
    ("name", "by", "sd_df"),
    [("oats_split", "nf", 57), ("sleepstudy_cycles", "Day", 168)],
)
def test_a_contrast_in_standard_deviations_is_that_of_emmeans(name: str, by: str, sd_df: int):
    """`eff_size` in residual standard deviations."""
    if not STATISTICS.exists():
        pytest.skip(f"{name} may not be copied into csperf; give it in ../shared")
    known = json.loads((STATISTICS / f"{name}.json").read_text("utf-8"))
    pairs, there = DataFrame(known["pairs_none"]), DataFrame(known["cohen_d"])
    sd = np.sqrt(known["varcor"][-1]["vcov"])
    found = standardised(pairs["estimate"], pairs["SE"], there["df"], sd, sd_df)
    ours = ["effect_size", "effect_size_low", "effect_size_high"]
    theirs = ["effect.size", "lower.CL", "upper.CL"]
    for column, other in zip(ours, theirs, strict=True):
        assert found[column].tolist() == pytest.approx(there[other].tolist(), abs=1e-6)


def test_contrasts_of_a_mixed_model_are_in_standard_deviations_of_a_score():
    rng = np.random.default_rng(4)
    frame = DataFrame(
        {"employee_id": np.tile(np.arange(20), 2), "cycle": np.repeat(["a", "b"], 20)}
    )
    frame["score"] = rng.normal(0, 2, 20)[frame["employee_id"]] + rng.normal(0, 1, 40)
    fit = fit_mixed(frame, "score ~ cycle + (1 | employee_id)")
    total = fit.components["variance"].sum()
    (row,) = standardised_contrasts(fit, "cycle", kind="consecutive").to_dict("records")
    assert fit.total()[0] == pytest.approx(total)
    assert row["effect_size"] == pytest.approx(row["estimate"] / np.sqrt(total))
    d, df = row["effect_size"], fit.total()[1]
    half = stats.t.ppf(0.975, row["df"]) * np.sqrt(row["se"] ** 2 / total + d**2 / (2 * df))
    assert row["effect_size_high"] - d == pytest.approx(half)


def test_the_smallest_change_of_a_person_is_1_96_root_2_sem():
    """Weir (2005)."""
    assert smallest_detectable_change(2.0) == pytest.approx(1.959964 * np.sqrt(2) * 2)
    assert smallest_detectable_change([0, 1]).tolist() == pytest.approx([0, 2.771808])


def test_a_detectable_difference_is_found_in_80_of_100_comparisons():
    difference = detectable_difference(1.5, 7)
    limit = stats.t.ppf(0.975, 7)
    power = stats.nct.sf(limit, 7, difference / 1.5) + stats.nct.cdf(-limit, 7, difference / 1.5)
    assert power == pytest.approx(0.8, abs=1e-8)
    by_table = detectable_difference([1.0, 1.0], [np.inf, 30], power=0.9)
    assert by_table[0] == pytest.approx(1.959964 + 1.281552, abs=1e-4)
    assert by_table[1] > by_table[0]


def test_the_contrasts_of_a_fit_carry_the_same_difference_at_their_own_limits():
    frame = DataFrame({"team": list("xxxyyy"), "score": [1.0, 2, 3, 4, 6, 8]})
    (row,) = fit_mixed(frame, "score ~ team").contrasts("team", adjust="none").to_dict("records")
    expected = detectable_difference(row["se"], row["df"])
    assert row["smallest_detectable"] == pytest.approx(float(expected))


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: hedges_g([1.0], [1.0, 2.0]), "'first' has 1 numbers"),
        (lambda: hedges_g([1.0, 1.0], [2.0, 2.0]), "do not differ within the groups"),
        (lambda: risk_difference(5, 4, 1, 2), "risk_difference: 5 of 4 cases"),
        (lambda: odds_ratio(0, 0, 1, 2), "odds_ratio: 0 of 0 cases"),
        (lambda: smallest_detectable_change([1, -1]), "-1 is negative"),
        (lambda: detectable_difference(1, 5, power=0.01), "power 0.01 is not between"),
        (lambda: detectable_difference(1, 0), "not all positive"),
    ],
)
def test_what_has_no_effect_size_is_refused(ask, message: str):
    with pytest.raises(InputError, match=message):
        ask()


def test_infinite_numbers_and_parts_of_cases_are_refused():
    with pytest.raises(InputError, match="infinite number"):
        hedges_g([1.0, 2.0], [3.0, np.inf])
    with pytest.raises(InputError, match="of 1 cases"):
        risk_difference(0.5, 1, 1, 3)
