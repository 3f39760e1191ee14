"""The many-facet model against the tools of the field, and against what has to be true of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st
from rated import SHARED, answers, drawn, facts, found, ratings
from studied import coverage

from csperf.calibration.facets import FacetsFit, fit_facets
from csperf.errors import InputError

SEVERITIES = [1.0, 0.5, 0.4, -0.75, -0.1, -0.75, -0.3]


def by_mean(fit: FacetsFit) -> pd.Series:
    """Measures by element, with criteria counted from the employees' mean as TAM counts them."""
    mean = fit.population["mean"].iloc[0]
    measures = fit.measures.set_index("element_id")
    criteria = measures["facet"] == "criterion_id"
    return measures["measure"].where(~criteria, measures["measure"] - mean)


def of_tam(name: str) -> pd.Series:
    """TAM's locations by element; its raters are named raterX."""
    table = answers(name)
    table = table[table["facet"].isin(["item", "rater", "step"])]
    return table.set_index(table["parameter"].str.removeprefix("rater"))["xsi"]


@pytest.mark.parametrize(
    ("name", "model", "tam"),
    [
        ("sirt_ratings1", "rating_scale", "rsm"),
        ("sirt_ratings1", "partial_credit", "pcm"),
        ("immer_ptam4", "rating_scale", "rsm"),
        ("immer_ptam4", "partial_credit", "pcm"),
    ],
)
def test_locations_and_deviance_are_those_of_tam(name: str, model: str, tam: str):
    """TAM 4.4-2: tam.mml.mfr."""
    fit = fit_facets(ratings(name), model, "marginal")
    here, there = by_mean(fit), of_tam(f"{name}.tam_{tam}.params")
    there = there[~there.index.str.startswith("step")]
    assert len(there) > 6
    assert (here.reindex(there.index) - there).abs().max() < 1e-3
    assert fit.deviance == pytest.approx(facts(f"{name}.meta")[f"tam_{tam}"]["deviance"], abs=0.01)


@pytest.mark.parametrize(
    ("name", "model", "short"),
    [
        ("sirt_ratings1", "rating_scale", "rsm"),
        ("sirt_ratings1", "partial_credit", "pcm"),
        ("immer_ptam4", "rating_scale", "rsm"),
        ("immer_ptam4", "partial_credit", "pcm"),
        ("guilford1954", "rating_scale", "rsm"),
    ],
)
def test_estimates_and_errors_are_those_of_a_second_solver(name: str, model: str, short: str):
    """An independent marginal solver in numpy; standard errors from its whole Hessian."""
    fit = fit_facets(ratings(name), model, "marginal")
    there = answers(f"{name}.indep_mml_{short}.params").set_index("parameter")
    here = by_mean(fit)
    both = there[there["facet"].isin(["rater", "criterion"])]
    assert (here.reindex(both.index) - both["est"]).abs().max() < 2e-4
    raters = both[both["facet"] == "rater"]
    errors = fit.of_facet("evaluator_id")["se"].reindex(raters.index)
    assert (errors - raters["se"]).abs().max() < 2e-4
    steps = there[there["facet"] == "step"]
    assert np.abs(fit.thresholds["threshold"].to_numpy() - steps["est"].to_numpy()).max() < 5e-4
    assert fit.deviance == pytest.approx(facts(f"{name}.indep.meta")[short]["deviance"], abs=2e-3)


@pytest.mark.parametrize(
    ("model", "tam", "deviance"),
    [("rating_scale", "rsm", 40590.65), ("partial_credit", "pcm", 40320.98)],
)
def test_where_tam_stopped_short_the_deviance_is_lower(model: str, tam: str, deviance: float):
    fit = fit_facets(ratings("immer01b"), model, "marginal")
    assert fit.deviance <= deviance
    there = of_tam(f"immer01b.tam_{tam}.params")
    here = fit.of_facet("evaluator_id")["measure"]
    there = there[there.index.isin(here.index)]
    assert len(there) == 20
    assert (here.reindex(there.index) - there).abs().max() < 2e-3


@pytest.mark.parametrize("name", ["guilford1954", "sirt_ratings1", "immer_ptam4"])
def test_joint_severities_are_those_of_mfrmr_without_penalty_and_correction(name: str):
    """mfrmr 0.2.2, JML."""
    fit = fit_facets(ratings(name), method="joint", bias_correction=False)
    there = answers(f"{name}.mfrmr_JML.measures").set_index(["Facet", "Level"])
    here = fit.of_facet("evaluator_id")
    assert (here["measure"] - there.loc["rater", "Estimate"].reindex(here.index)).abs().max() < 1e-4


def test_guilford_1954_has_its_published_severities_and_fit():
    fit = fit_facets(ratings("guilford1954"), method="joint", bias_correction=False)
    raters = fit.of_facet("evaluator_id").loc[["Avogadro", "Brahe", "Cavendish"]]
    assert raters["measure"].round(4).tolist() == [-0.0234, 0.1824, -0.1590]
    assert raters["infit"].round(3).tolist() == [0.849, 1.475, 0.672]
    there = answers("guilford1954.indep_jml_rsm.facets_style").set_index("element")
    for ours, theirs in {"infit_z": "infit_z", "outfit": "outfit", "outfit_z": "outfit_z"}.items():
        assert np.allclose(raters[ours], there.loc[raters.index, theirs], atol=1e-5)
    assert np.allclose(raters["fair_average"], there.loc[raters.index, "fair_avg"], atol=1e-5)
    assert np.allclose(raters["observed_average"], there.loc[raters.index, "obs_avg"])


def test_separation_is_that_of_the_errors_it_is_made_from():
    """Four evaluators at -1, 0, 0, 1 with errors of .5: variance 2/3, noise 1/4."""
    fit = fit_facets(drawn(3, SEVERITIES, employees=60))
    row = fit.summary.query("facet == 'evaluator_id' and form == 'sample' and not extremes").iloc[0]
    known = fit.of_facet("evaluator_id")
    observed, noise = known["measure"].var(), (known["se"] ** 2).mean()
    assert row["reliability"] == pytest.approx((observed - noise) / observed)
    assert row["separation"] == pytest.approx(np.sqrt((observed - noise) / noise))
    assert row["strata"] == pytest.approx((4 * row["separation"] + 1) / 3)


def test_expected_scores_add_to_those_given():
    """At joint estimates every element was given what the model expects of it."""
    data = drawn(5, SEVERITIES, employees=60)
    fit = fit_facets(data, method="joint")
    for facet in ("employee_id", "evaluator_id", "criterion_id"):
        known = fit.residuals.join(data[facet])
        assert known.groupby(facet)["residual"].sum().abs().max() < 1e-5


DATA = drawn(13, SEVERITIES, employees=50)


def test_who_always_gets_the_highest_score_is_placed_and_marked():
    best = DATA["employee_id"] == "p010"
    found = fit_facets(DATA.assign(score=DATA["score"].mask(best, 3)), method="joint")
    everybody = found.of_facet("employee_id")
    assert everybody.loc["p010", ["status", "extreme"]].tolist() == ["extreme", "highest"]
    others = everybody[everybody["status"] == "ok"]
    assert len(others) > 40
    assert everybody.loc["p010", "measure"] > others["measure"].max()
    assert everybody.loc["p010", "se"] > others["se"].max()
    assert np.isnan(everybody.loc["p010", "infit"])


@pytest.mark.parametrize("method", ["joint", "marginal"])
def test_an_evaluator_who_gives_everybody_the_highest_score_has_no_finite_severity(method: str):
    """That evaluator's ratings say nothing of the employees, and leave the others as they were."""
    kind = DATA[DATA["evaluator_id"] == "e00"].assign(evaluator_id="kim", score=3)
    found = fit_facets(pd.concat([DATA, kind]), method=method, bias_correction=False)
    evaluators = found.of_facet("evaluator_id")
    assert evaluators.loc["kim", ["status", "extreme"]].tolist() == ["extreme", "highest"]
    others = evaluators.drop("kim")
    assert evaluators.loc["kim", "measure"] < others["measure"].min()
    without = fit_facets(DATA, method=method, bias_correction=False).of_facet("evaluator_id")
    assert np.allclose(others["measure"], without["measure"])


def test_a_score_that_nobody_gave_is_no_category():
    """1 and 2 are neighbours when nobody gave 3: the thresholds lead to 2, 4 and 5."""
    data = drawn(7, SEVERITIES, employees=40)
    gap = data.assign(score=data["score"].map({0: 1, 1: 2, 2: 4, 3: 5}))
    assert fit_facets(gap).thresholds["score"].tolist() == [2, 4, 5]
    plain, other = fit_facets(data).measures, fit_facets(gap).measures
    assert np.allclose(plain["measure"], other["measure"])
    assert other["fair_average"].between(1, 5).all()


def test_anchored_evaluators_stay_where_they_are():
    data = drawn(11, SEVERITIES, employees=80)
    free = fit_facets(data).of_facet("evaluator_id")["measure"]
    known = {"evaluator_id": {"e00": float(free["e00"]) + 1, "e03": float(free["e03"]) + 1}}
    for method in ("joint", "marginal"):
        base = fit_facets(data, method=method).of_facet("evaluator_id")["measure"]
        anchors = {"evaluator_id": {id: base[id] + 1 for id in known["evaluator_id"]}}
        held = fit_facets(data, method=method, anchors=anchors)
        found = held.of_facet("evaluator_id")
        stays = anchors["evaluator_id"]
        assert found["measure"][list(stays)].tolist() == pytest.approx(list(stays.values()))
        if method == "marginal":
            assert np.allclose(found["measure"], base + 1, atol=1e-6)
        assert found.loc[["e00", "e03"], "se"].tolist() == [0, 0]


def test_evaluators_who_share_nobody_are_not_compared():
    """One evaluator a team: the harsh one of a good team looks like the mild one of a weak team."""
    team = DATA["employee_id"].str[1:].astype(int) % 3
    alone = DATA.drop_duplicates(["employee_id", "criterion_id"]).assign(
        evaluator_id="e" + team.astype(str)
    )
    for method in ("joint", "marginal"):
        fit = fit_facets(alone, method=method)
        found = fit.of_facet("evaluator_id")
        assert fit.status == "disconnected"
        assert found["status"].tolist() == ["alone"] * 3
        assert found[["measure", "se", "fair_average"]].isna().all(axis=None)
        known = fit.of_facet("employee_id").query("status == 'ok'")
        teams = known.index.str[1:].astype(int) % 3
        assert known.groupby(teams)["subset"].unique().map(len).tolist() == [1, 1, 1]
        assert known["subset"].nunique() == 3


@pytest.mark.parametrize("method", ["joint", "marginal"])
def test_an_occasion_on_which_all_are_stricter_is_a_facet_of_its_own(method: str):
    """On half of the forms everybody is rated as if one logit harder."""
    rng = np.random.default_rng(17)
    data = drawn(17, SEVERITIES, employees=150, evaluators_each=4)
    forms = data["employee_id"] + data["evaluator_id"]
    late = forms.map(dict(zip(forms.unique(), rng.random(forms.nunique()) < 0.5, strict=True)))
    harder = drawn(17, [each + 1 for each in SEVERITIES], employees=150, evaluators_each=4)
    data["score"] = data["score"].mask(late, harder["score"])
    data["occasion"] = late.map({True: "late", False: "early"})
    found = fit_facets(data, method=method, facets=("occasion",))
    occasion = found.of_facet("occasion")
    off = occasion.loc["late", "measure"] - occasion.loc["early", "measure"]
    assert off == pytest.approx(1, abs=3 * 2 * occasion["se"].max())
    assert off > 0.7
    assert found.of_facet("evaluator_id")["status"].eq("ok").all()


def test_ten_groups_of_peers_are_ten_subsets():
    table = pd.read_csv(found(SHARED / "data" / "round_robin_peers" / "multigroup.csv.gz"))
    key = ["perceiver.id", "target.id", "group.id"]
    peers = table[table["perceiver.id"] != table["target.id"]].melt(key, ["ex", "ne"])
    names = dict(zip(key, ["evaluator_id", "employee_id", "group"], strict=True))
    data = peers.rename(columns={**names, "variable": "criterion_id", "value": "score"})
    fit = fit_facets(data, method="joint")
    assert fit.status == "disconnected"
    evaluators = fit.of_facet("evaluator_id")
    assert evaluators["subset"].nunique() == 10
    groups = data.drop_duplicates("evaluator_id").set_index("evaluator_id")["group"]
    assert evaluators["subset"].groupby(groups).nunique().max() == 1
    means = evaluators["measure"].groupby(evaluators["subset"]).mean()
    assert np.allclose(means, 0)  # nothing is said of one group against another


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"score": 1.5}, "1.5 is no whole number"),
        ({"evaluator_id": None}, f"{len(DATA)} empty ids"),
        ({"score": np.nan}, "there is no rating with a score"),
        ({"score": 2}, "every score is an extreme one"),
    ],
)
def test_what_no_model_can_read_is_refused(change: dict, message: str):
    data = DATA.assign(**change)
    with pytest.raises(InputError, match=message):
        fit_facets(data)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"method": "jml"}, "no method 'jml'; there are auto, joint, marginal"),
        ({"model": "partial-credit"}, r"no model 'partial-credit'; .*\(meant 'partial_credit'\?\)"),
        ({"clusters": "evaluator"}, "no clusters 'evaluator'; there are None, employee, form"),
        ({"method": "marginal", "clusters": "form"}, "take clusters='employee'"),
        ({"method": "marginal", "pull": 1.0}, "drawn to the mean already"),
        ({"pull": -1.0}, "-1.0 is no weight"),
        ({"scales": "criterion"}, "no facet 'criterion'; there are employee_id, evaluator_id"),
        ({"facets": ("team_id",)}, "column 'team_id': it is not there"),
        ({"facets": ("criterion_id",)}, "criterion_id is there already"),
    ],
)
def test_a_way_that_there_is_not_is_refused(how: dict, message: str):
    with pytest.raises(InputError, match=message):
        fit_facets(DATA, **how)


@pytest.mark.parametrize(
    ("anchors", "message"),
    [
        ({"evaluator": {"e00": 1}}, r"no facet 'evaluator' .*evaluator_id, criterion_id \(meant"),
        ({"employee_id": {"p000": 1}}, "no facet 'employee_id' to anchor"),
        ({"evaluator_id": {"e0": 1}}, r"no element 'e0'; there are e00, .*\(meant 'e0"),
        ({"evaluator_id": {"e00": np.nan}}, "evaluator_id: nan is no finite measure"),
        ({"evaluator_id": {"e00": "1"}}, "evaluator_id: '1' is no finite measure"),
    ],
)
def test_what_there_is_not_cannot_be_anchored(anchors: dict, message: str):
    with pytest.raises(InputError, match=message):
        fit_facets(DATA, anchors=anchors)


def test_points_of_0_to_100_are_no_categories():
    data = drawn(1, SEVERITIES, employees=40)
    data["score"] = np.random.default_rng(1).integers(0, 101, len(data))
    with pytest.raises(InputError, match="20 at most"):
        fit_facets(data)


@settings(max_examples=15)
@given(st.randoms(use_true_random=False), st.sampled_from(["joint", "marginal"]))
def test_the_order_of_rows_and_the_names_of_people_change_nothing(random, method: str):
    order = list(range(len(DATA)))
    random.shuffle(order)
    names = [f"x{n}" for n in range(7)]
    random.shuffle(names)
    renamed = dict(zip(sorted(DATA["evaluator_id"].unique()), names, strict=True))
    other = DATA.iloc[order].assign(evaluator_id=lambda rows: rows["evaluator_id"].map(renamed))
    here, there = (fit_facets(data, method=method) for data in (DATA, other))
    found = there.of_facet("evaluator_id")
    expected = here.of_facet("evaluator_id").rename(index=renamed)
    columns = ["measure", "se", "infit", "outfit", "fair_average"]
    assert np.allclose(found[columns], expected.loc[found.index, columns], atol=1e-7)
    assert there.deviance == pytest.approx(here.deviance, abs=1e-6)


@pytest.mark.parametrize("method", ["joint", "marginal"])
def test_twice_the_employees_give_the_same_measures_and_errors_over_root_two(method: str):
    twice = pd.concat([DATA, DATA.assign(employee_id="again " + DATA["employee_id"])])
    once = fit_facets(DATA, method=method).of_facet("evaluator_id")
    both = fit_facets(twice, method=method).of_facet("evaluator_id")
    assert np.allclose(both["measure"], once["measure"], atol=1e-7)
    assert np.allclose(both["se"], once["se"] / np.sqrt(2), rtol=1e-6)


@pytest.mark.parametrize("method", ["joint", "marginal"])
def test_scores_turned_round_turn_severities_round(method: str):
    turned = DATA.assign(score=3 - DATA["score"])
    here = fit_facets(DATA, method=method).of_facet("evaluator_id")["measure"]
    there = fit_facets(turned, method=method).of_facet("evaluator_id")["measure"]
    assert np.allclose(here, -there, atol=1e-7)


def test_pulled_employees_have_a_measure_even_if_their_scores_are_extreme():
    best = DATA["employee_id"] == "p010"
    given = DATA.assign(score=DATA["score"].mask(best, 3))
    found = fit_facets(given, method="joint", pull=1.0).of_facet("employee_id")
    assert (found["status"] == "ok").all()
    assert found["measure"].idxmax() == "p010" and found.loc["p010", "measure"] < 5


@pytest.mark.parametrize("method", ["joint", "marginal"])
def test_ratings_that_never_contradict_one_another_have_no_estimates(method: str):
    """Whom one of them puts above somebody, both do, and mia is always one point above max."""
    steps = draw("""
        employee_id | mia | max
        ann         | 1   | 0
        bob         | 2   | 1
        cem         | 3   | 2
    """)
    long = steps.melt("employee_id", var_name="evaluator_id", value_name="score")
    with pytest.raises(InputError, match="without end"):
        fit_facets(long.assign(criterion_id="work"), method=method)


@pytest.mark.parametrize(
    ("form_sd", "how"),
    [
        (0.0, {"method": "marginal"}),
        (0.5, {"method": "marginal", "clusters": "employee"}),
        (0.5, {"method": "joint", "clusters": "form"}),
    ],
)
def test_intervals_hold_the_true_severity_as_often_as_they_say(form_sd: float, how: dict):
    """Twenty of the draws that `make study` makes 500 of, which have to cover 93 to 97 %."""
    assert 0.88 < coverage(range(20), form_sd, **how) < 0.995
