"""Mixed models against lme4, the dense formulas, and what has to be true of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame
from rated import SHARED, found, ratings, reference
from scipy.optimize import minimize

from csperf import fit_mixed
from csperf.errors import InputError
from csperf.mixed import MixedFit
from csperf.mixed.blocks import Blocks, blocks
from csperf.mixed.criterion import slope, solve
from csperf.mixed.design import Design, design
from csperf.mixed.elimination import unpack
from csperf.mixed.formula import read_formula

STATISTICS = SHARED / "reference" / "statistics"
CROSSED = "score ~ 1 + (1 | employee_id) + (1 | evaluator_id)"
FULL = (
    f"{CROSSED} + (1 | criterion_id) + (1 | employee_id:evaluator_id)"
    " + (1 | employee_id:criterion_id) + (1 | evaluator_id:criterion_id)"
)
MODELS = [
    "score ~ 1 + (1 | employee_id)",
    "score ~ 0 + t + (1 | employee_id) + (1 | evaluator_id)",
    "score ~ criterion_id * t + (1 | employee_id/criterion_id) + (1 | evaluator_id)",
    FULL,
    "score ~ t + (1 + t | employee_id) + (1 | evaluator_id)",
    "score ~ t + (t || employee_id) + (1 + t | evaluator_id) + (1 | employee_id:criterion_id)",
    "score ~ 1 + (1 | employee_id) + (0 + criterion_id | evaluator_id)",
]


def published(name: str) -> dict[str, Any]:
    return json.loads(found(STATISTICS / f"{name}.json").read_text("utf-8"))


def data_of(name: str, **types: str) -> DataFrame:
    return pd.read_csv(found(STATISTICS / f"{name}.csv"), dtype=types)


def variances(fit: MixedFit) -> dict[str, float]:
    return dict(zip(fit.components["component"], fit.components["variance"], strict=True))


def scores(seed: int = 1, n: int = 160) -> DataFrame:
    """Unbalanced scores by employee, evaluator, criterion and time, with something of each."""
    rng = np.random.default_rng(seed)
    codes = [rng.integers(0, size, n) for size in (17, 7, 3)]
    parts = zip(codes, (3.0, 2.0, 1.0), strict=True)
    score = 70 + sum(rng.normal(0, sd, code.max() + 1)[code] for code, sd in parts)
    t = rng.integers(0, 5, n).astype(float)
    score = score + rng.normal(0, 0.8, 17)[codes[0]] * t + rng.normal(0, 2, n)
    names = ("employee_id", "evaluator_id", "criterion_id")
    ids = {
        name: [f"{name[:2]}{code:02}" for code in each]
        for name, each in zip(names, codes, strict=True)
    }
    return DataFrame({**ids, "t": t, "score": score})


@pytest.fixture(scope="module")
def insteval() -> DataFrame:
    types = dict.fromkeys(("service", "dept"), "str")
    return pd.read_csv(found(SHARED / "data" / "insteval" / "insteval.csv.gz"), dtype=types)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("m1_reml", "y ~ 1 + (1 | s) + (1 | d)"),
        ("m2_reml", "y ~ service + dept + (1 | s) + (1 | d)"),
    ],
)
def test_insteval_has_the_components_of_lme4(insteval: DataFrame, name: str, formula: str):
    """lme4 1.1-31 by BOBYQA with tolerances of 1e-12; the criterion is no worse than its."""
    there = published("insteval_lme4_tight")[name]
    frame = insteval.assign(dept=pd.Categorical(insteval["dept"], there["dept_levels"]))
    fit = fit_mixed(frame, formula)
    expected = {"s": there["vc"]["s"], "d": there["vc"]["d"], "residual": there["vc"]["Residual"]}
    assert variances(fit) == pytest.approx(expected, abs=1e-5)
    assert fit.deviance <= there["remlcrit"] + 1e-6
    assert fit.fixed["estimate"].tolist() == pytest.approx([*there["fixef"].values()], abs=1e-5)
    assert fit.fixed["se"].tolist() == pytest.approx([*there["se"].values()], abs=1e-5)


def test_insteval_has_the_blups_and_conditional_sds_of_lme4(insteval: DataFrame):
    there = published("insteval_lme4")["m1_reml"]
    fit = fit_mixed(insteval, "y ~ 1 + (1 | s) + (1 | d)")
    for group in ("s", "d"):
        known = there[f"blup_{group}"]
        rows = fit.random[fit.random["component"] == group]
        rows = rows.set_index(rows["level"].astype(str)).loc[known["level"]]
        assert rows["blup"].tolist() == pytest.approx(known["blup"], abs=2e-6)
        assert rows["sd"].tolist() == pytest.approx(known["condSD"], abs=2e-6)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sleepstudy_slope", ()),
        ("sleepstudy_cycles", ("Day",)),
        ("sleepstudy_unbalanced", ("Day",)),
        ("oats_split", ("nf",)),
        ("penicillin_crossed", ()),
    ],
)
def test_models_of_the_field_are_fitted_no_worse_than_by_lme4(name: str, text: tuple[str, ...]):
    """lme4 1.1-31 with its default stop, relative to the variances."""
    there = published(name)
    fit = fit_mixed(data_of(name, **dict.fromkeys(text, "str")), there["formula"])
    assert fit.deviance <= there["REMLcrit"] + 1e-6
    assert fit.n == there["n"]
    known = [row for row in there["varcor"] if row["var2"] is None]
    order = {row["grp"]: row["vcov"] for row in known if row["grp"] != "Residual"}
    found_here = fit.components["variance"].sort_values().tolist()
    assert found_here == pytest.approx(sorted(row["vcov"] for row in known), rel=5e-4)
    assert len(order) == fit.components["component"].nunique() - 1
    assert fit.fixed["estimate"].tolist() == pytest.approx([*there["fixef"].values()], abs=1e-6)
    covariance = fit.fixed_covariance.to_numpy()
    assert covariance == pytest.approx(np.array(there["vcov"]), rel=5e-4, abs=1e-3)


def test_slopes_have_the_correlation_and_the_blups_of_lme4():
    there = published("sleepstudy_slope")
    fit = fit_mixed(data_of("sleepstudy_slope"), there["formula"])
    (known,) = [row for row in there["varcor"] if row["var2"] is not None]
    (row,) = fit.correlations.to_dict("records")
    assert (row["term"], row["other_term"]) == ("(Intercept)", "Days")
    assert row["covariance"] == pytest.approx(known["vcov"], rel=5e-4)
    assert row["correlation"] == pytest.approx(known["sdcor"], rel=5e-4)
    blups = fit.random.pivot(index="level", columns="term", values="blup")
    for person in there["ranef"]["Subject"]:
        here = blups.loc[int(person["level"])]
        for term in ("(Intercept)", "Days"):
            assert here[term] == pytest.approx(person[term], abs=2e-3)


@pytest.mark.parametrize(
    "name", ["sirt_ratings1", "sirt_ratings3", "immer_ptam4", "immer09_conference_reviews"]
)
def test_ratings_are_fitted_no_worse_than_by_lme4(name: str):
    fit = fit_mixed(ratings(name), CROSSED if "immer09" in name else FULL)
    assert fit.deviance <= reference(f"gtheory/{name}.meta.json")["REML"] + 1e-6
    residual = reference(f"gtheory/{name}.lme4.csv").set_index("component").loc["Residual"]
    assert fit.residual == pytest.approx(residual["variance"], abs=5e-4)


def test_a_variance_that_the_data_do_not_show_is_zero_and_reported():
    """Guilford (1954): lme4 gives the raters 4e-9."""
    fit = fit_mixed(ratings("guilford1954"), FULL)
    there = reference("gtheory/guilford1954.lme4.csv").set_index("component")["variance"]
    row = fit.components.set_index("component").loc["evaluator_id"]
    assert (row["variance"], fit.boundary) == (0.0, ("evaluator_id",))
    assert np.isnan(row["se"])
    assert fit.random.loc[fit.random["component"] == "evaluator_id", "blup"].eq(0).all()
    assert variances(fit)["employee_id:evaluator_id"] == pytest.approx(
        there["ratee:rater"], abs=5e-4
    )


def spread_out(laid_out: Blocks, factors: Iterable[np.ndarray]) -> np.ndarray:
    """A small matrix a group as one of all random effects."""
    whole = np.zeros((laid_out.size, laid_out.size))
    for place, factor in zip(laid_out.places, factors, strict=True):
        for row in place:
            whole[np.ix_(row, row)] = factor
    return whole


@dataclass(frozen=True)
class Dense:
    """The same model by the whole covariance matrix of the scores, V over the residual variance."""

    numbers: Design
    v: np.ndarray
    reml: bool

    @property
    def p(self) -> np.ndarray:
        """V^-1 without what the fixed effects take."""
        x, inverse = self.numbers.x, np.linalg.inv(self.v)
        taken = inverse @ x
        return inverse - taken @ np.linalg.solve(x.T @ taken, taken.T)

    def deviance(self) -> float:
        x, y = self.numbers.x, self.numbers.y
        dof = len(y) - x.shape[1] * self.reml
        information = np.linalg.slogdet(x.T @ np.linalg.solve(self.v, x))[1] if self.reml else 0.0
        rss = y @ self.p @ y
        level = dof * (1 + np.log(2 * np.pi * rss / dof))
        return float(np.linalg.slogdet(self.v)[1] + level + information)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("formula", MODELS)
def test_deviance_and_its_slope_are_those_of_the_whole_covariance_matrix(formula: str, reml: bool):
    numbers = design(scores(), read_formula(formula))
    laid_out = blocks(numbers)
    rng = np.random.default_rng(3)
    theta = np.array(
        [0.3 + rng.random() if a == b else rng.normal() / 4 for _, a, b in laid_out.entries]
    )
    state = solve(laid_out, theta, reml)
    z, lambdas = laid_out.z.toarray(), spread_out(laid_out, unpack(laid_out, theta))
    model = Dense(numbers, np.eye(laid_out.n) + z @ lambdas @ lambdas.T @ z.T, reml)
    assert state.deviance == pytest.approx(model.deviance(), abs=1e-8)
    found_here = slope(state, reml)
    seen = model.p @ numbers.y
    changes = []
    for at, move in enumerate(np.eye(len(theta))):
        ahead, behind = (solve(laid_out, theta + way * move, reml) for way in (1e-5, -1e-5))
        measured = (ahead.deviance - behind.deviance) / 2e-5
        assert found_here.gradient[at] == pytest.approx(measured, rel=1e-5, abs=1e-5)
        half = spread_out(laid_out, unpack(laid_out, move)) @ lambdas.T
        changes.append(z @ (half + half.T) @ z.T @ seen)
    information = np.array(changes) @ model.p @ np.array(changes).T / state.variance
    assert found_here.information == pytest.approx(information, rel=1e-8, abs=1e-8)
    cross = np.array(changes) @ seen / state.variance
    assert found_here.cross == pytest.approx(cross, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize("formula", MODELS)
def test_blups_and_their_sds_are_those_of_the_whole_covariance_matrix(formula: str, reml: bool):
    frame = scores()
    fit = fit_mixed(frame, formula, reml=reml)
    laid_out = blocks(fit.design)
    lambdas = spread_out(laid_out, unpack(laid_out, fit.theta))
    original = spread_out(laid_out, [np.linalg.inv(group.unmix) for group in laid_out.groups])
    half = laid_out.z.toarray() @ lambdas
    v = np.eye(len(frame)) + half @ half.T
    x, y = fit.design.x, fit.design.y
    residual = y - x @ fit.fixed["estimate"].to_numpy()
    blups = original @ lambdas @ half.T @ np.linalg.solve(v, residual)
    spread = np.eye(laid_out.size) - half.T @ np.linalg.solve(v, half)
    sds = np.sqrt(fit.residual * np.diag(original @ lambdas @ spread @ lambdas.T @ original.T))
    order = np.concatenate([place.ravel() for place in laid_out.places])
    assert fit.random["blup"].tolist() == pytest.approx(blups[order].tolist(), abs=1e-7)
    assert fit.random["sd"].tolist() == pytest.approx(sds[order].tolist(), abs=1e-7)
    gls = np.linalg.inv(x.T @ np.linalg.solve(v, x)) * fit.residual
    assert fit.fixed_covariance.to_numpy() == pytest.approx(gls, rel=1e-7, abs=1e-9)
    predicted = y - np.linalg.solve(v, residual)
    assert fit.fitted.tolist() == pytest.approx(predicted.tolist(), abs=1e-7)


def test_standard_errors_of_a_balanced_layout_are_those_of_its_mean_squares():
    """Var(MS) = 2 MS^2 / df for k people with n scores each, by REML and by ML."""
    k, n = 12, 5
    rng = np.random.default_rng(5)
    frame = DataFrame({"employee_id": np.repeat(np.arange(k), n)})
    frame["score"] = rng.normal(0, 2, k)[frame["employee_id"]] + rng.normal(0, 1, k * n)
    means = frame.groupby("employee_id")["score"].mean()
    between = n * means.var()
    within = frame.groupby("employee_id")["score"].var().mean()
    table = fit_mixed(frame, MODELS[0]).components.set_index("component")
    people, residual = table.loc["employee_id"], table.loc["residual"]
    assert people["variance"] == pytest.approx((between - within) / n)
    assert residual["variance"] == pytest.approx(within)
    var_between, var_within = 2 * between**2 / (k - 1), 2 * within**2 / (k * (n - 1))
    assert people["se"] == pytest.approx(np.sqrt(var_between + var_within) / n, rel=1e-6)
    assert residual["se"] == pytest.approx(np.sqrt(var_within), rel=1e-6)
    assert table["share"].sum() == pytest.approx(1)
    by_ml = fit_mixed(frame, MODELS[0], reml=False)
    assert variances(by_ml)["employee_id"] == pytest.approx((between * (k - 1) / k - within) / n)


def test_planted_variances_and_a_slope_are_recovered():
    """600 people over 6 months by 30 evaluators; within three standard errors of the truth."""
    rng = np.random.default_rng(8)
    people, months = 600, 6
    employee = np.repeat(np.arange(people), months)
    evaluator = rng.integers(0, 30, people * months)
    t = np.tile(np.arange(months, dtype=float), people)
    covariance = np.array([[16.0, -1.5], [-1.5, 1.0]])
    effects = rng.multivariate_normal([70.0, 0.5], covariance, people)[employee]
    score = effects[:, 0] + effects[:, 1] * t + rng.normal(0, 3, 30)[evaluator]
    frame = DataFrame({"employee_id": employee, "evaluator_id": evaluator, "t": t})
    frame["score"] = score + rng.normal(0, 2, len(frame))
    fit = fit_mixed(frame, "score ~ t + (t | employee_id) + (1 | evaluator_id)")
    table = fit.components
    truth = [16.0, 1.0, 9.0, 4.0]
    assert (abs(table["variance"] - truth) < 3 * table["se"]).all()
    assert fit.correlations.loc[0, "correlation"] == pytest.approx(-1.5 / 4, abs=0.1)
    assert abs(fit.fixed.loc[1, "estimate"] - 0.5) < 3 * fit.fixed.loc[1, "se"]


def test_a_year_as_a_slope_is_no_harder_than_months_from_its_start():
    """The variance of slopes, the residual and the criterion do not care where time begins."""
    frame = scores(4)
    formula = "score ~ t + (t | employee_id)"
    here = fit_mixed(frame, formula)
    later = fit_mixed(frame.assign(t=frame["t"] + 2026), formula)
    assert later.deviance == pytest.approx(here.deviance, abs=1e-6)
    assert later.components["variance"][1:].tolist() == pytest.approx(
        here.components["variance"][1:].tolist(), rel=1e-5
    )


RIDGES = ["score ~ 1 + (x | employee_id)", "score ~ 1 + (0 + criterion_id | employee_id)"]


@pytest.mark.parametrize("formula", RIDGES)
@pytest.mark.parametrize("seed", [7, 9, 22, 24, 36, 37])
def test_no_other_start_finds_a_lower_deviance_on_flat_ridges_and_at_the_boundary(
    seed: int, formula: str
):
    """Sixty scores for up to six parameters; L-BFGS with the same gradient, from three places."""
    rng = np.random.default_rng(seed)
    employee, criterion = rng.integers(0, 9, 60), rng.integers(0, 3, 60)
    x = rng.normal(size=60)
    score = rng.normal(size=60) + rng.normal(0, 0.5, 9)[employee]
    score += rng.normal(0, 0.3, 9)[employee] * x + rng.normal(0, 0.5, 27)[employee * 3 + criterion]
    frame = DataFrame({"employee_id": employee, "criterion_id": criterion.astype(str), "x": x})
    frame["score"] = score
    laid_out = blocks(design(frame, read_formula(formula)))
    diagonal = np.array([row == column for _, row, column in laid_out.entries])

    def deviance(theta: np.ndarray) -> tuple[float, np.ndarray]:
        state = solve(laid_out, theta, True)
        return state.deviance, slope(state, True).gradient

    bounds = [(1e-6 if it_is else None, None) for it_is in diagonal]
    others = [
        minimize(deviance, np.where(diagonal, size, tilt), jac=True, bounds=bounds).fun
        for size, tilt in ((0.3, 0.0), (1.0, 0.2), (2.0, -0.5))
    ]
    assert fit_mixed(frame, formula).deviance <= min(others) + 1e-6


SEEDS = st.integers(0, 10**6)


@settings(max_examples=12)
@given(SEEDS, st.sampled_from([MODELS[2], MODELS[4], FULL]))
def test_the_order_of_rows_and_the_names_of_ids_change_nothing(seed: int, formula: str):
    frame = scores(seed)
    here = fit_mixed(frame, formula)
    rng = np.random.default_rng(seed)
    moved = frame.iloc[rng.permutation(len(frame))]
    for column in ("employee_id", "evaluator_id"):
        old = moved[column].unique()
        new = [f"n{at}" for at in rng.permutation(len(old))]
        moved = moved.assign(**{column: moved[column].map(dict(zip(old, new, strict=True)))})
    there = fit_mixed(moved, formula)
    assert there.deviance == pytest.approx(here.deviance, abs=1e-7)
    assert there.components["variance"].tolist() == pytest.approx(
        here.components["variance"].tolist(), rel=1e-4, abs=1e-4
    )
    assert there.fitted.sort_index().tolist() == pytest.approx(here.fitted.tolist(), abs=1e-3)


@settings(max_examples=12)
@given(SEEDS, st.floats(0.01, 1e4), st.floats(-1e5, 1e5))
def test_a_constant_moves_the_intercept_alone_and_a_unit_squares_the_variances(
    seed: int, unit: float, constant: float
):
    frame = scores(seed)
    here = fit_mixed(frame, MODELS[4])
    there = fit_mixed(frame.assign(score=unit * (frame["score"] + constant)), MODELS[4])
    expected = unit**2 * here.components["variance"]
    assert there.components["variance"].tolist() == pytest.approx(
        expected.tolist(), rel=1e-4, abs=1e-4 * unit**2
    )
    estimate = here.fixed["estimate"] + [constant, 0]
    assert there.fixed["estimate"].tolist() == pytest.approx(
        (unit * estimate).tolist(), rel=1e-6, abs=1e-4 * unit
    )


@pytest.mark.parametrize(
    ("text", "fixed", "random"),
    [
        ("y ~ x + (1 | g)", ["", "x"], [("g", ["1"])]),
        ("y ~ 0 + x + (1|g)", ["x"], [("g", ["1"])]),
        ("y ~ x - 1 + (1|g)", ["x"], [("g", ["1"])]),
        ("y ~ a*b + (1|g)", ["", "a", "b", "a:b"], [("g", ["1"])]),
        ("y ~ a:b + a + (1|g)", ["", "a", "a:b"], [("g", ["1"])]),
        ("y ~ (a + b):c + (1|g)", ["", "a:c", "b:c"], [("g", ["1"])]),
        ("y ~ 1 + (x | g)", [""], [("g", ["1", "x"])]),
        ("y ~ 1 + (0 + x | g)", [""], [("g", ["x"])]),
        ("y ~ 1 + (x || g)", [""], [("g", ["1"]), ("g", ["x"])]),
        ("y ~ 1 + (1 | a/b)", [""], [("a", ["1"]), ("a:b", ["1"])]),
        ("y ~ 1 + (1 | a/b/c)", [""], [("a", ["1"]), ("a:b", ["1"]), ("a:b:c", ["1"])]),
        ("y ~ 1 + (1 | a*b)", [""], [("a", ["1"]), ("b", ["1"]), ("a:b", ["1"])]),
        ("`my score` ~ 得分 + (1 | 员工)", ["", "得分"], [("员工", ["1"])]),
    ],
)
def test_a_formula_is_read_as_r_reads_it(text: str, fixed: list[str], random: list):
    formula = read_formula(text)
    assert [":".join(term) for term in formula.fixed] == fixed
    assert [
        (":".join(each.group), [":".join(term) or "1" for term in each.terms])
        for each in formula.random
    ] == random


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("score + 1", "expected '~' but found '\\+' at position 7"),
        ("~ 1 + (1 | g)", "starts with the column to explain, then '~' at position 1"),
        ("score ~ 1 + (1 | g", "expected '\\)' but found 'the end' at position 19"),
        ("score ~ 1 + (1 | )", "expected a column but found '\\)' at position 18"),
        ("score ~ log(t) + (1 | g)", "log\\(...\\) is a function; make a column of it"),
        ("score ~ 2 + (1 | g)", "2 is not a term, only 0 and 1 are at position 9"),
        ("score ~ t - x + (1 | g)", "only 1 can be taken away"),
        ("score ~ 1 + (0 | g)", "nothing varies in the random term at position 13"),
        ("score ~ t % x + (1 | g)", "cannot read '% x"),
        ("score ~ t) + (1 | g)", "did not expect '\\)' at position 10"),
    ],
)
def test_a_formula_that_cannot_be_read_names_the_place(text: str, message: str):
    with pytest.raises(InputError, match=message):
        fit_mixed(scores(), text)


def test_categories_are_differences_from_the_first_and_indicators_without_an_intercept():
    frame = scores()
    contrasts = fit_mixed(frame, "score ~ criterion_id + (1 | employee_id)").fixed
    means = fit_mixed(frame, "score ~ 0 + criterion_id + (1 | employee_id)").fixed
    assert contrasts["term"].tolist() == ["(Intercept)", "criterion_id[cr01]", "criterion_id[cr02]"]
    assert means["term"].tolist() == [f"criterion_id[cr0{at}]" for at in range(3)]
    first, second, third = means["estimate"]
    expected = [first, second - first, third - first]
    assert contrasts["estimate"].tolist() == pytest.approx(expected, abs=1e-7)


def test_an_unused_category_is_no_level():
    frame = scores()
    wide = frame.assign(
        employee_id=pd.Categorical(frame["employee_id"], [*frame["employee_id"].unique(), "none"])
    )
    assert fit_mixed(wide, MODELS[0]).random["level"].nunique() == frame["employee_id"].nunique()


SMALL = """
    employee_id | evaluator_id | team_id | t | score
    e1          | a            | x       | 1 | 60
    e1          | b            | x       | 2 | 66
    e2          | a            | y       | 3 | 70
    e2          | b            | y       | 4 | 75
    e3          | a            | z       | 5 | 84
    e3          | b            | z       | 6 | 82
"""


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (
            "score ~ 1 + (1 | employe_id)",
            r"'employe_id': .*no such column \(meant 'employee_id'\?\)",
        ),
        (
            "score ~ 1 + (1 | constant)",
            "'constant' has one level, 'c': its variance cannot be told",
        ),
        (
            "score ~ 1 + (1 | row)",
            "'row' has 6 levels in 6 rows: .* cannot be told from the residual",
        ),
        ("score ~ 1 + (t | employee_id)", "3 levels of 2 effects in 6 rows"),
        ("score ~ 1 + (1 | employee_id) + (1 | team_id)", "split the rows in the same way"),
        ("score ~ 1 + (1 | employee_id) + (t | employee_id)", "varies by employee_id in two terms"),
        ("score ~ employee_id + team_id + (1 | evaluator_id)", "team_id.* follow from the others"),
        (
            "score ~ employee_id + (1 | employee_id)",
            "fixed effects tell the levels of 'employee_id'",
        ),
        ("team_id ~ 1 + (1 | employee_id)", "column 'team_id': is not a number"),
        ("score ~ constant + (1 | employee_id)", "column 'constant': has one value, 'c'"),
        ("same ~ 1 + (1 | employee_id)", "'same' does not vary beyond the fixed effects"),
        ("perfect ~ 1 + (1 | employee_id)", "the random effects leave nothing as residual"),
        (
            "gap ~ 1 + (1 | employee_id)",
            r"'gap': missing in 2 of 6 rows \(1, 4\); fill them or leave",
        ),
    ],
)
def test_what_no_model_can_be_made_of_is_said(formula: str, message: str):
    frame = draw(SMALL).assign(constant="c", same=3.5, row=[*"abcdef"])
    frame["perfect"] = [1.0, 1.0, 2.0, 2.0, 4.0, 4.0]
    frame["gap"] = frame["score"].where(~frame.index.isin([1, 4])).replace(0, np.inf)
    with pytest.raises(InputError, match=message):
        fit_mixed(frame, formula)


def test_another_family_is_refused():
    with pytest.raises(InputError, match="'gamma' is not known; there are: gaussian, binomial,"):
        fit_mixed(scores(), MODELS[0], family="gamma")
