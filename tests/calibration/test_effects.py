"""Rater effects: each planted one is found, and clean evaluators are left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame
from pandas.testing import assert_frame_equal
from rated import RATINGS, SHARED, drawn, found, ratings
from studied import OWN, effects_found

from csperf.calibration.adjust import adjust
from csperf.calibration.effects import group_preference, rater_effects
from csperf.calibration.facets import fit_facets
from csperf.comparison.changes import changes_of_evaluators
from csperf.errors import InputError
from csperf.params import Cycle


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
    data = drawn(25, [0.3, -0.3], employees=30)
    for look in (rater_effects, group_preference):
        with pytest.raises(InputError, match="it is not there"):
            look(data, fit_facets(data), "site")


def test_who_passes_on_no_difference_between_people_is_told():
    """Of five evaluators one gives everybody 1 or 2 by chance alone."""
    data = drawn(26, [0.0] * 5, employees=80, evaluators_each=3)
    blind = data["evaluator_id"] == "e03"
    data["score"] = data["score"].mask(blind, np.random.default_rng(1).integers(1, 3, len(data)))
    rows = rater_effects(data, fit_facets(data)).query("effect == 'differentiation'")
    rows = rows.set_index("evaluator_id")
    assert rows.loc["e03", "flag"] == "no_differentiation"
    assert rows.loc["e03", "statistic"] < 0.3
    assert (rows["flag"].drop("e03") == "").all()
    assert (rows["statistic"].drop("e03") > 0.7).all()


def judged() -> DataFrame:
    """Points of each judge for each performance, and whether it is one of the judge's country."""
    folder = found(SHARED / "data" / "isu_skating_2016_17")
    files = ("performances", "judged_aspects", "judge_scores", "judge_goe", "judges")
    danced, aspects, scores, goe, judges = (
        pd.read_csv(folder / f"{name}.csv.gz") for name in files
    )
    parts = scores.merge(aspects.loc[aspects["section"] == "components", ["aspect_id", "factor"]])
    parts = parts.assign(points=parts["score"] * parts["factor"])
    points = pd.concat([parts, goe.rename(columns={"judge_goe": "points"})])
    points = points.merge(aspects[["aspect_id", "performance_id"]])
    points = points.groupby(["performance_id", "judge"], as_index=False)["points"].sum()
    seats = judges[judges["role"].str.startswith("Judge No.")]
    seats = seats.assign(judge="J" + seats["role"].str.extract(r"(\d+)")[0])
    seats = seats.merge(pd.read_csv(folder / "judge_country.csv"), how="left")
    whole = points.merge(danced).merge(seats, on=["competition", "program", "judge"])
    whole = whole[whole["clean_judge_name"].notna()]
    names = {
        "performance_id": "employee_id",
        "clean_judge_name": "evaluator_id",
        "points": "score",
    }
    home = whole["nation"] == whole["judge_country"]
    return whole.rename(columns=names).assign(
        criterion_id="total", evaluator_type="judge", home=home.map({True: "home", False: "away"})
    )


def test_skating_judges_give_their_own_country_more():
    """Published: roughly 3.4 points; 3.30 by the plain difference of means."""
    data = judged()
    assert len(data) == 15_526
    assert (data["home"] == "home").sum() == 1_399
    row = group_preference(data, adjust(data), "home").set_index("group").loc["home"]
    assert 3.3 <= row["difference"] <= 3.45
    assert row["low"] > 3
    assert row["n"] > 100


def test_a_group_that_nobody_is_said_to_be_of_tells_nothing():
    """Beside the effects of no group there is no row, and no preference."""
    data = drawn(27, [0.3, -0.3, 0.0], employees=40).assign(site=None)
    fit = fit_facets(data)
    assert_frame_equal(rater_effects(data, fit, "site"), rater_effects(data, fit))
    found = group_preference(data, fit, "site")
    assert found.empty and list(found)[:3] == ["group", "difference", "se"]


def test_whose_group_is_unknown_counts_for_none():
    data = drawn(28, [0.3, -0.3, 0.0], employees=60, evaluators_each=3)
    place = data["employee_id"].str[1:].astype(int)
    data["site"] = np.select([place < 20, place < 40], ["a", "b"], "")
    some = data.assign(site=data["site"].where(data["site"] != ""))
    fit = fit_facets(data)
    rows = rater_effects(some, fit, "site").query("effect == 'group'")
    assert set(rows["group"]) == {"a", "b"}
    assert (rows["n"] == 20).all()
    sides = rows.pivot(index="evaluator_id", columns="group", values="statistic")
    assert np.allclose(sides["a"], -sides["b"])  # of two groups each is the rest of the other


def test_with_one_evaluator_an_employee_no_group_is_held_against_the_rest():
    """What the evaluator is off cannot be told from what the employee is."""
    data = drawn(29, [0.3, -0.3, 0.0], employees=60, evaluators_each=1)
    data = data[data["employee_id"] != "p000"].assign(evaluator_type="manager")
    data["site"] = (data["employee_id"] < "p030").map({True: "a", False: "b"})
    for fit in (fit_facets(data), adjust(data)):
        rows = rater_effects(data, fit, "site")
        assert "group" not in set(rows["effect"])
        assert group_preference(data, fit, "site").empty


def test_skating_judges_of_two_seasons_are_as_severe_in_the_second_as_in_the_first_but_for_two():
    """83 judges sat in both; severity lasts, and of those who seem to have changed most did not."""
    data = judged()
    season = data["results_pdf_link"].str.extract(r"season(\d\d)")[0]
    data = data.assign(cycle_id="20" + season)
    first, second = (
        adjust(data[data["cycle_id"] == year].reset_index(drop=True))
        .evaluators.query("status == 'ok'")
        .set_index("evaluator_id")["severity"]
        for year in ("2016", "2017")
    )
    both = pd.concat([first, second], axis=1, join="inner")
    assert (len(first), len(second), len(both)) == (187, 110, 83)
    assert both.corr().iloc[0, 1] == pytest.approx(0.51, abs=0.02)
    found = changes_of_evaluators(data, Cycle.parse("2017"), Cycle.parse("2016"))
    assert len(found) == 83
    assert (found["p_value"] < 0.05).sum() == 17
    assert (found["p_adjusted"] < 0.05).sum() == 2
