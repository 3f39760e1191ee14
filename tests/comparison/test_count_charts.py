"""Charts of counts by hand: limits of chance, exact ones, Laney's, and what is refused."""

from __future__ import annotations

from math import comb, exp, factorial, sqrt

import numpy as np
import pytest
from pandas import DataFrame

from csperf import InputError
from csperf.comparison import control_chart, laney_p_chart, laney_u_chart, p_chart, u_chart, xmr

N = [100, 50, 200, 100, 50, 100, 200, 100, 100]
X = [20, 10, 40, 35, 10, 20, 30, 15, 20]  # 200 of 1,000
COUNT_CHARTS = [p_chart, u_chart, laney_p_chart, laney_u_chart]


def counts(x: list[float], n: list[float]) -> DataFrame:
    return DataFrame({"numerator": x, "denominator": n})


@pytest.mark.requirement("F-03", "L-04")
def test_limits_of_a_proportion_are_three_binomial_errors_of_each_weeks_own_n():
    found = p_chart(counts(X, N))
    assert found["centre"].unique().tolist() == [0.2]
    error = [sqrt(0.2 * 0.8 / n) for n in N]
    assert found["upper"].tolist() == pytest.approx([0.2 + 3 * each for each in error])
    assert found["lower"].tolist() == pytest.approx([0.2 - 3 * each for each in error])
    assert found["z"].iloc[3] == pytest.approx((0.35 - 0.2) / 0.04)
    assert found["signal"].tolist() == [""] * 3 + ["outside"] + [""] * 5
    assert set(found["chart"]) == {"p"} and not found["exact"].any()


def test_limits_of_a_proportion_end_at_0_and_1():
    low, high = (p_chart(counts(x, [40] * 8)) for x in ([6] * 8, [34] * 8))
    assert low["lower"].unique().tolist() == [0.0] and high["upper"].unique().tolist() == [1.0]


def test_where_five_are_not_to_be_expected_limits_of_a_proportion_are_exact():
    n, p = 20, 0.1
    found = p_chart(counts([2, 2, 2, 2, 2, 2, 0, 4], [n] * 8))
    above = [sum(comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k, n + 1)) for k in range(n)]
    last = max(k for k in range(n) if above[k] >= 0.00135)
    assert last == 7  # eight or more have a probability of 0.0004
    assert found["exact"].all()
    assert found["upper"].tolist() == pytest.approx([7 / 20] * 8)
    assert found["lower"].tolist() == [0.0] * 8
    fixed = [2] * 8
    signal = p_chart(counts([*fixed, 7, 8], [n] * 10), baseline=8)["signal"]
    assert signal.tolist()[8:] == ["", "outside"]


def test_few_that_failed_make_limits_exact_too():
    found = p_chart(counts([18] * 8 + [12, 13], [20] * 10), baseline=8)
    assert found["exact"].all() and found["lower"].iloc[0] == pytest.approx(13 / 20)
    assert found["signal"].tolist()[8:] == ["outside", ""]


@pytest.mark.requirement("F-03")
def test_limits_of_a_rate_are_three_poisson_errors_of_each_weeks_own_exposure():
    found = u_chart(counts([8, 8, 16, 8, 20, 4, 8, 8], [20, 20, 40, 20, 20, 20, 20, 40.0]))
    assert found["centre"].iloc[0] == 80 / 200
    assert found["upper"].iloc[0] == pytest.approx(0.4 + 3 * sqrt(0.4 / 20))
    assert found["lower"].iloc[2] == pytest.approx(0.4 - 3 * sqrt(0.4 / 40))
    assert found["lower"].iloc[0] == 0.0  # 0.4 - 0.424
    assert found["signal"].tolist() == [""] * 4 + ["outside"] + [""] * 3


def test_where_five_are_not_to_be_expected_limits_of_a_rate_are_exact():
    found = u_chart(counts([2] * 8 + [8, 9], [10] * 10), baseline=8)
    above = [1 - sum(exp(-2) * 2**j / factorial(j) for j in range(k)) for k in range(12)]
    assert above[8] < 0.00135 <= above[7]
    assert found["exact"].all() and found["upper"].iloc[0] == pytest.approx(7 / 10)
    assert found["signal"].tolist()[8:] == ["outside"] * 2


def test_laneys_limits_are_as_many_times_wider_as_weeks_differ_by_more_than_chance():
    x = [30, 10, 30, 10, 30, 10, 20, 20]  # of 100, p = 0.2: z = 2.5, -2.5, ...
    found = laney_p_chart(counts(x, [100] * 8))
    sigma_z = (5 * 5.0 + 2.5 + 0) / 7 / 1.128
    assert found["sigma_z"].unique().tolist() == pytest.approx([sigma_z])
    assert found["upper"].iloc[0] == pytest.approx(0.2 + 3 * 0.04 * sigma_z)
    assert found["lower"].iloc[0] == 0.0
    assert found["z"].iloc[0] == pytest.approx(2.5 / sigma_z)
    assert set(found["chart"]) == {"laney_p"}


def test_laneys_limits_of_rates_follow_the_same_formula():
    x = [30, 20, 30, 20, 30, 20, 25, 25]  # of exposure 10, u = 2.5, error 0.5: z = 1, -1, ...
    found = laney_u_chart(counts(x, [10] * 8))
    sigma_z = (5 * 2.0 + 1 + 0) / 7 / 1.128
    assert found["upper"].iloc[0] == pytest.approx(2.5 + 3 * 0.5 * sigma_z)
    assert set(found["chart"]) == {"laney_u"}


@pytest.mark.parametrize("chart", COUNT_CHARTS)
def test_weeks_without_counts_stay_and_say_why(chart):
    x, n = [*X, np.nan, 0, 20], [*N, 100, 0, np.nan]
    found, without = chart(counts(x, n)), chart(counts(X, N))
    assert found["status"].tolist() == ["ok"] * 9 + ["no_value", "no_denominator", "no_value"]
    assert found["upper"].tolist()[:9] == without["upper"].tolist()
    assert found[["centre", "lower", "upper", "z"]].tail(3).isna().all(axis=None)
    assert (found["signal"].tail(3) == "").all()


@pytest.mark.parametrize("chart", COUNT_CHARTS)
def test_fewer_than_eight_weeks_make_no_limits_of_counts(chart):
    found = chart(counts(X[:7], N[:7]))
    assert set(found["status"]) == {"too_few"} and found["centre"].isna().all()
    assert found["value"].tolist() == pytest.approx([x / n for x, n in zip(X[:7], N, strict=False)])
    assert chart(counts([], [])).empty


@pytest.mark.parametrize("chart", COUNT_CHARTS)
@pytest.mark.parametrize("level", [0, 100])
def test_weeks_in_which_nothing_or_everything_happened_signal_nothing(chart, level):
    found = chart(counts([level] * 9, [100] * 9))
    assert (found["signal"] == "").all()
    assert found["centre"].unique().tolist() == [level / 100]


@pytest.mark.requirement("F-03")
def test_a_run_of_weeks_at_which_most_weeks_are_is_no_signal():
    """Of two, both are met in 0.95 x 0.95 of all weeks: eight such in a row are ordinary."""
    found = p_chart(counts([2] * 9 + [1], [2] * 10))
    assert found["centre"].iloc[0] == 19 / 20
    assert (found["signal"] == "").all() and found["z"].tolist()[:9] == [0.0] * 9


def test_after_weeks_of_nothing_any_is_out_of_line():
    found = p_chart(counts([0] * 8 + [1], [100] * 9), baseline=8)
    assert found["signal"].tolist() == [""] * 8 + ["outside"]


@pytest.mark.parametrize(
    ("chart", "x", "n", "said"),
    [
        (p_chart, 11, 10, "p, column 'numerator': above 'denominator' in 1 of 10 rows"),
        (u_chart, -1, 10, "u, column 'numerator': below 0 in 1 of 10 rows"),
        (laney_p_chart, 1.5, 10, "laney_p, column 'numerator': not a whole number in 1 of 10"),
        (p_chart, 1, 10.5, "p, column 'denominator': not a whole number in 1 of 10"),
        (laney_u_chart, 1, -10, "laney_u, column 'denominator': below 0 in 1 of 10 rows"),
    ],
)
def test_counts_that_cannot_be_meant_are_refused(chart, x, n, said):
    with pytest.raises(InputError, match=said):
        chart(counts([*X, x], [*N, n]))
    with pytest.raises(InputError, match="column 'denominator': it is not there"):
        chart(counts(X, N).drop(columns="denominator"))


@pytest.mark.requirement("F-03", "L-04")
def test_the_kind_of_an_indicator_chooses_its_chart():
    many = counts(X, N).assign(value=np.divide(X, N))
    few = counts([0, 1] * 5, [20] * 10).assign(value=[0.0, 0.05] * 5)
    money = many.assign(numerator=many["numerator"] + 0.25)
    chosen = {
        (kind, name): control_chart(frame, kind)["chart"].iloc[0]
        for kind in ("proportion", "rate", "mean", "median", "count")
        for name, frame in (("many", many), ("few", few), ("money", money))
    }
    assert chosen["proportion", "many"] == "laney_p" and chosen["proportion", "few"] == "p"
    assert chosen["rate", "many"] == "laney_u" and chosen["rate", "few"] == "u"
    others = {chart for (kind, name), chart in chosen.items() if name == "money" or "m" in kind}
    assert others == {"xmr"} and chosen["count", "many"] == "xmr"
    assert control_chart(many, "mean").equals(xmr(many))
    one_small = counts([*X, 1], [*N, 10])
    assert control_chart(one_small, "proportion")["chart"].iloc[0] == "laney_p"


def test_a_kind_that_there_is_not_is_refused_and_values_without_counts_are_drawn_as_they_are():
    many = counts(X, N).assign(value=np.divide(X, N))
    with pytest.raises(InputError, match=r"no kind 'proportionn'.*give amount"):
        control_chart(many, "proportionn")
    unknown = many.assign(numerator=np.nan, denominator=np.nan)
    found = control_chart(unknown, "proportion")
    assert found["chart"].iloc[0] == "xmr"
    assert found["value"].tolist() == many["value"].tolist()
    with pytest.raises(InputError, match="column 'numerator': it is not there"):
        control_chart(many[["value"]], "rate")


def test_a_part_of_a_case_is_none_however_many_there_are():
    with pytest.raises(InputError, match="'numerator': not a whole number in 1 of 10 rows"):
        p_chart(counts([*X, 100_000.4], [*N, 200_000]))


def test_text_in_the_place_of_counts_is_refused():
    with pytest.raises(InputError, match="p, column 'numerator': is not a number; give numbers"):
        p_chart(counts(["2", "3"], [10, 10]))
