"""95 % intervals against published values, their definitions, and other programs."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import draw
from measuring import measured
from numpy.testing import assert_allclose
from pandas import DataFrame
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from csperf.indicators import Events, intervals
from csperf.indicators.chats import written
from csperf.indicators.engine import day_number
from csperf.indicators.rounds import rounds
from csperf.indicators.sales import payment_customers
from csperf.params import Cycle

ZONE = "Asia/Shanghai"
APRIL = Cycle.parse("2016-04")


@pytest.mark.requirement("B2")
def test_20_of_50_lies_between_27_6_and_53_8_per_cent():
    low, high = intervals.wilson(20, 50)
    assert (round(100 * float(low), 1), round(100 * float(high), 1)) == (27.6, 53.8)


@pytest.mark.requirement("B2")
def test_wilson_agrees_with_statsmodels_for_every_count_of_several_sizes():
    for n in (1, 2, 7, 50, 1000):
        x = np.arange(n + 1)
        low, high = intervals.wilson(x, np.full(n + 1, n))
        expected = proportion_confint(x, n, method="wilson")
        assert_allclose(low, expected[0], atol=1e-12)
        assert_allclose(high, expected[1], atol=1e-12)


def test_wilson_keeps_its_ends_and_knows_nothing_of_nothing():
    low, high = intervals.wilson([0, 5, 0], [5, 5, 0])
    assert (low[0], high[1]) == (0, 1)
    assert np.isnan([low[2], high[2]]).all()


@pytest.mark.requirement("B2")
@pytest.mark.parametrize("count", [0, 1, 3, 10, 144])
def test_garwood_limits_are_the_means_that_make_the_count_a_tail_of_2_5_per_cent(count: int):
    low, high = intervals.poisson(count, 1)
    assert stats.poisson.cdf(count, high) == pytest.approx(0.025)
    assert low == 0 if count == 0 else stats.poisson.sf(count - 1, low) == pytest.approx(0.025)


def test_garwood_limits_of_a_rate_are_those_of_the_count_over_the_exposure():
    low, high = intervals.poisson([10, 10], [1, 500])
    assert_allclose(
        [low[0], high[0]], [4.795389, 18.390356], rtol=1e-6
    )  # tables of Pearson, Hartley
    assert_allclose([low[1], high[1]], [low[0] / 500, high[0] / 500])
    assert np.isnan(intervals.poisson(3, 0)).all()


def test_student_has_one_degree_of_freedom_less_than_clusters():
    low, high = intervals.student(10, 2, 5)
    assert_allclose([low, high], [10 - 2.776445 * 2, 10 + 2.776445 * 2], rtol=1e-6)
    assert np.isnan(intervals.student(10, 2, 1)).all()


@pytest.mark.requirement("B2")
@pytest.mark.parametrize(
    ("n", "ranks"), [(10, (2, 9)), (20, (6, 15)), (31, (10, 22)), (100, (40, 61))]
)
def test_the_median_lies_between_the_ranks_of_campbell_and_gardner(n: int, ranks: tuple):
    """n/2 - 1.96 sqrt(n)/2 and 1 + n/2 + 1.96 sqrt(n)/2, rounded; e.g. 10: 1.9 and 9.1."""
    hours = np.random.default_rng(1).permutation(n) + 1
    opened = np.datetime64("2026-10-01")
    cases = DataFrame(
        {
            "case_id": [f"c{number}" for number in range(n)],
            "opened_at": np.full(n, opened),
            "resolved_at": opened + hours.astype("timedelta64[h]"),
        }
    )
    times = {name: cases[name].dt.tz_localize("UTC") for name in ("opened_at", "resolved_at")}
    row = measured({"cases": cases.assign(**times)}, "time_to_resolve_median")
    assert row["value"] == (n + 1) / 2
    assert (row["low"], row["high"]) == ranks
    coverage = stats.binom.cdf(ranks[1] - 1, n, 0.5) - stats.binom.cdf(ranks[0] - 1, n, 0.5)
    assert 0.93 < coverage < 0.98


def test_few_values_have_no_limits_of_the_median():
    cases = draw("""
        case_id | opened_at  | resolved_at
        c1      | 2026-10-01 | 2026-10-01T01
        c2      | 2026-10-01 | 2026-10-01T02
        c3      | 2026-10-01 | 2026-10-01T03
    """)
    row = measured({"cases": cases}, "time_to_resolve_median")
    assert row["value"] == 2
    assert np.isnan([row["low"], row["high"]]).all()


def jackknife(y: np.ndarray, x: np.ndarray) -> tuple[float, float]:
    """Limits of sum(y) / sum(x), leaving one unit out after the other."""
    m = len(y)
    left_out = np.array([np.delete(y, unit).sum() / np.delete(x, unit).sum() for unit in range(m)])
    se = np.sqrt((m - 1) / m * ((left_out - left_out.mean()) ** 2).sum())
    reach = stats.t.ppf(0.975, m - 1) * se
    return y.sum() / x.sum() - reach, y.sum() / x.sum() + reach


@pytest.mark.requirement("B-04", "B-07", "B-15", "B2")
@pytest.mark.parametrize(
    ("indicator", "fact", "unit", "above", "below"),
    [
        ("response_time_avg", rounds, "customer", "response_capped_ms", "answered"),
        (
            "answer_question_ratio",
            written,
            "customer",
            "agent_messages",
            "customer_messages",
        ),
        ("customer_unit_price", payment_customers, "customer", "paid_e4", None),
    ],
)
def test_ratios_of_sums_leave_out_one_unit_at_a_time(
    shop_tables: dict, indicator: str, fact, unit: str, above: str, below: str | None
):
    with Events(shop_tables, zone=ZONE) as events:
        rows = fact(events).collect(backend="pandas").to_native()
    in_april = rows["day"].between(day_number(APRIL.start), day_number(APRIL.last_day))
    rows = rows[in_april]
    divisor = {"ms": 1000, "e4": 10_000}.get(above.rsplit("_")[-1], 1)
    units = rows.groupby(unit)[[above, *([below] if below else [])]].sum()
    x = units[below].to_numpy(float) if below else np.ones(len(units))
    counted = x > 0
    low, high = jackknife(units[above].to_numpy(float)[counted] / divisor, x[counted])
    found = measured(shop_tables, indicator, APRIL, timezone=ZONE)
    assert [found["low"], found["high"]] == pytest.approx([low, high], rel=1e-9)
    assert low < found["value"] < high


@pytest.mark.requirement("B2")
def test_amounts_left_out_one_by_one_but_not_centred_cover_the_chance_of_how_many_come():
    """Centred, the jackknife takes the number of customers for given and covers too little.

    Forty very uneven amounts a month (log-normal, sigma 1): neither reaches 95 %, skewness being
    what it is.
    """
    rng = np.random.default_rng(2026)
    mean, months = 40 * np.exp(0.5 + 0.5), 4000
    drawn = [rng.lognormal(0.5, 1.0, rng.poisson(40)) for _ in range(months)]
    total = np.array([amounts.sum() for amounts in drawn])
    not_centred = np.sqrt([(amounts**2).sum() for amounts in drawn])
    centred = np.sqrt([len(amounts) * amounts.var(ddof=1) for amounts in drawn])

    def coverage(se: np.ndarray) -> float:
        low, high = intervals.normal(total, se, lowest=0.0)
        return float(((low <= mean) & (mean <= high)).mean())

    assert coverage(not_centred) == pytest.approx(0.895, abs=0.015)
    assert coverage(centred) == pytest.approx(0.804, abs=0.015)
