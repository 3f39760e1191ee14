"""False alarms of control charts and funnels on people who are stable."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from pandas import DataFrame

from csperf.comparison import funnel, trend, xmr
from csperf.comparison.run_rules import RUN_RULES

MONTHS, CHARTS = 12, 1_000
LONGER = {  # other conventions: seven on one side, and seven in a trend
    "run of 7": replace(RUN_RULES["run"], hits=7, of=7),
    "trend of 7": replace(RUN_RULES["trend"], hits=7, of=7),
}
# staff, spread of true shares, teams that are drawn: (flags per 1,000, share of outliers found)
FUNNELS = {
    (12, 0.03, 150): {"none": (78, 0.92), "published": (4.6, 0.84), "additive": (1.6, 0.73)},
    (30, 0.03, 90): {"none": (60, 0.92), "published": (10.1, 0.90), "additive": (2.9, 0.88)},
    (30, 0.06, 90): {"none": (205, 0.93), "published": (14.1, 0.78), "additive": (4.5, 0.59)},
}


def test_false_alarms_of_a_chart_of_twelve_stable_months(keep, monkeypatch):
    for name, rule in LONGER.items():
        monkeypatch.setitem(RUN_RULES, name.replace(" ", "_"), rule)
    rng, alarms = np.random.default_rng(19_310_101), Counter()
    for _ in range(CHARTS):
        found = xmr(DataFrame({"value": rng.normal(size=MONTHS)}), rules=RUN_RULES)
        names = {name for point in found["signal"] for name in point.split()}
        alarms.update(names)
        alarms["usual"] += bool(names & {"outside", "run"})
        alarms["outside, run_of_7, trend_of_7"] += bool(
            names & {"outside", "run_of_7", "trend_of_7"}
        )
        alarms["a moving range"] += found["range_signal"].any()
    share = {name: count / CHARTS for name, count in sorted(alarms.items())}
    keep("chart_alarms", DataFrame(share.items(), columns=["rule", "charts_with_an_alarm"]))
    three_of_it = 3 * sqrt(0.039 * 0.961 / CHARTS)
    assert share["outside, run_of_7, trend_of_7"] == pytest.approx(0.039, abs=three_of_it)
    assert share["outside"] == pytest.approx(0.029, abs=three_of_it)
    assert share["run_of_7"] == pytest.approx(0.013, abs=three_of_it)
    assert share["trend_of_7"] == pytest.approx(0.002, abs=0.004)
    assert share["usual"] < 0.05


@pytest.mark.parametrize(("staff", "sd", "teams"), FUNNELS)
def test_flags_per_thousand_of_a_funnel_with_one_outlier_twenty_points_low(staff, sd, teams, keep):
    rng, flags, hits = np.random.default_rng(20_050_430), Counter(), Counter()
    for _ in range(teams):
        n, share = rng.integers(20, 701, staff), rng.normal(0.3, sd, staff)
        share[0] -= 0.2
        units = DataFrame({"numerator": rng.binomial(n, np.clip(share, 0.005, 0.995))})
        for how in ("none", "published", "additive"):
            found = funnel(units.assign(denominator=n), overdispersion=how)
            beyond = found["signal"].str.endswith("outer").to_numpy()
            flags[how] += int(beyond[1:].sum())
            hits[how] += int(beyond[0])
    ordinary, told = teams * (staff - 1), FUNNELS[staff, sd, teams]
    rows = [
        {
            "staff": staff,
            "sd_of_true_shares": sd,
            "overdispersion": how,
            "flags_per_1000": 1000 * flags[how] / ordinary,
            "earlier_study": expected,
            "outliers_found": hits[how] / teams,
        }
        for how, (expected, _) in told.items()
    ]
    keep(f"funnel_{staff}_{100 * sd:.0f}", DataFrame(rows))
    assert 3 * flags["additive"] < 2 * flags["published"] + 6
    assert 3 * flags["published"] < flags["none"]
    # Other numbers of cases than those of the first study, so of the same size and not the same.
    assert 1000 * flags["additive"] / ordinary < 3 * told["additive"][0]
    assert abs(hits["additive"] / teams - told["additive"][1]) < 0.2


def test_stable_cycles_have_a_trend_no_more_often_than_its_probability_says(keep):
    rng, found, rows = np.random.default_rng(19_450_701), Counter(), []
    for cycles in (8, 12):
        frame = DataFrame(
            {
                "value": rng.normal(size=cycles * 1_000),
                "chart": np.repeat(np.arange(1_000), cycles),
            }
        )
        trends = trend(frame, by="chart")
        found[cycles] = int((trends["p_value"] < 0.05).sum())
        held = ((trends["low"] <= 0) & (trends["high"] >= 0)).mean()
        rows.append({"cycles": cycles, "significant": found[cycles] / 1_000, "covered": held})
        assert found[cycles] / 1_000 < 0.05 + 3 * sqrt(0.05 * 0.95 / 1_000)
        assert held > 0.93
    keep("trends", DataFrame(rows))
