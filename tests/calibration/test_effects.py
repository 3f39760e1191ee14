"""Rater effects: each planted one is found, and clean evaluators are left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame
from rated import RATINGS, drawn, found, ratings
from studied import OWN, effects_found

from csperf.calibration.effects import rater_effects
from csperf.calibration.facets import fit_facets
from csperf.errors import InputError


def flags(table: DataFrame) -> pd.Series:
    """{evaluator: all flags}."""
    flagged = table[table["flag"] != ""]
    return flagged.groupby("evaluator_id")["flag"].agg(set)


def test_on_the_known_set_each_planted_evaluator_is_flagged_for_its_own_effect():
    data = ratings("simfx_500x50x8_s13", "sim")
    true = pd.read_csv(found(RATINGS / "sim" / "simfx_500x50x8_s13.true_raters.csv"))
    seen = flags(rater_effects(data, fit_facets(data), "group"))
    for name, effect in zip(true["rater"], true["effect"], strict=True):
        if effect == "none":
            assert name not in seen
        else:
            assert OWN[effect] in seen[name], name


def test_planted_effects_are_found_in_fresh_draws():
    """Four of the draws that `make study` makes 200 of: 20 evaluators an effect, 100 clean ones."""
    power, clean = effects_found(range(1_000, 1_004))
    assert min(power.values()) >= 0.8
    assert clean <= 0.05


def test_an_effect_is_what_its_name_says():
    """Of six evaluators one gives every criterion what the first one got, one only 1 and 2."""
    data = drawn(21, [0.0] * 6, employees=80, evaluators_each=3)
    first = data.groupby(["employee_id", "evaluator_id"])["score"].transform("first")
    halo, middle = data["evaluator_id"] == "e01", data["evaluator_id"] == "e02"
    data["score"] = data["score"].mask(halo, first).mask(middle, data["score"].clip(1, 2))
    found = rater_effects(data, fit_facets(data))
    statistic = found.pivot(index="evaluator_id", columns="effect", values="statistic")
    assert statistic["halo"].idxmax() == "e01"
    assert statistic["range"].idxmin() == "e02"
    assert flags(found)["e01"] >= {"halo"}
    assert flags(found)["e02"] >= {"central"}
    assert not {"e00", "e03", "e04", "e05"} & set(flags(found).index)


def test_severity_is_in_points_and_its_interval_holds_it():
    """Two logits harsher than four equal others: points from the fair averages."""
    data = drawn(22, [2.0, 0.0, 0.0, 0.0, 0.0], employees=90, evaluators_each=2)
    fit = fit_facets(data)
    rows = rater_effects(data, fit).query("effect == 'severity'").set_index("evaluator_id")
    fair = fit.of_facet("evaluator_id")["fair_average"]
    assert rows.loc["e00", "statistic"] == pytest.approx(fair.mean() - fair["e00"])
    assert rows["statistic"].idxmax() == "e00"
    assert (rows["low"] < rows["statistic"]).all() and (rows["statistic"] < rows["high"]).all()


def test_with_too_few_forms_nothing_is_said():
    data = drawn(23, [0.0] * 5, employees=60)
    few = data[(data["evaluator_id"] != "e04") | (data["employee_id"] == "p000")]
    rows = rater_effects(few, fit_facets(few)).query("evaluator_id == 'e04'")
    known = rows[rows["effect"] != "severity"]
    assert known["p_value"].isna().all() and (known["flag"] == "").all()


def test_the_order_of_rows_changes_nothing():
    data = drawn(24, [0.3, -0.3, 0.0, 0.1, -0.1], employees=60)
    turned = data.iloc[::-1].set_axis(range(100, 100 + len(data)))
    here, there = (rater_effects(each, fit_facets(each)) for each in (data, turned))
    key = ["effect", "evaluator_id"]
    numbers = ["statistic", "low", "high", "n", "p_value", "p_adjusted"]
    here, there = (each.sort_values(key)[numbers].to_numpy(float) for each in (here, there))
    assert np.allclose(here, there, atol=1e-6, equal_nan=True)


def test_a_group_that_is_not_there_is_refused():
    data = draw("""
        employee_id | evaluator_id | criterion_id | score
        ann         | mia          | work         | 2
        ann         | max          | work         | 1
        bob         | mia          | work         | 1
        bob         | max          | work         | 2
    """)
    with pytest.raises(InputError, match="it is not there"):
        rater_effects(data, fit_facets(data, "rating_scale", "marginal"), "site")
