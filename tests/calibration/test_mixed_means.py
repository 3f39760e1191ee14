"""Means, contrasts and F tests of mixed models against R, NIST and the dense formulas."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame
from rated import SHARED, found
from scipy import stats
from team_changes import share_found
from test_mixed import MODELS, scores

from csperf import fit_mixed
from csperf.errors import InputError
from csperf.mixed import MixedFit
from csperf.mixed.blocks import blocks
from csperf.mixed.design import design
from csperf.mixed.elimination import to_effects, unpack
from csperf.mixed.formula import read_formula
from csperf.mixed.inference import f_test
from csperf.mixed.kenward_roger import element_directions, is_quick
from csperf.mixed.means import adjusted
from csperf.mixed.studentized import detectable, tukey_critical, tukey_p

STATISTICS = SHARED / "reference" / "statistics"
CYCLES = {"sleepstudy_cycles": "Day", "sleepstudy_unbalanced": "Day", "oats_split": "nf"}
EVERY = [*CYCLES, "penicillin_crossed", "sleepstudy_slope"]
WAYS = [("satterthwaite", "satterthwaite"), ("kr", "kenward-roger")]
ADJUSTMENTS = ["none", "tukey", "holm", "bonferroni", "BH"]


def published(name: str) -> dict[str, Any]:
    return json.loads(found(STATISTICS / f"{name}.json").read_text("utf-8"))


def data_of(name: str) -> DataFrame:
    text = dict.fromkeys(["Day", "nf", "dose", "group"], "str")
    return pd.read_csv(found(STATISTICS / f"{name}.csv"), dtype=text)


@cache
def fitted(name: str) -> MixedFit:
    return fit_mixed(data_of(name), published(name)["formula"])


@cache
def at_the_variances_of_lme4(name: str) -> MixedFit:
    """The fit with lme4's own variances, which its default stop leaves up to 6e-5 off."""
    fit, known = fitted(name), published(name)["varcor"]
    own = {(row["grp"], row["var1"], row["var2"]): row["vcov"] for row in known}
    residual = own["Residual", None, None]
    theta = []
    for group in fit.design.groups:
        size = len(group.names)
        psi = np.empty((size, size))
        for i in range(size):
            for j in range(i + 1):
                key = (group.names[j], group.names[i] if i != j else None)
                grp = [name for name, *pair in own if tuple(pair) == key]
                grp = [name for name in grp if set(name.split(":")) == set(group.name.split(":"))]
                psi[i, j] = psi[j, i] = own[grp[0], *key] / residual
        factor = group.unmix @ np.linalg.cholesky(psi)
        theta += [factor[row, column] for row, column in group.pattern]
    return replace(fit, theta=np.array(theta))


def same(frame: DataFrame, known: list[dict[str, Any]], within: dict[str, tuple[str, float]]):
    """Columns of the frame against those of R, each within its own distance."""
    there = DataFrame(known)
    for column, (other, distance) in within.items():
        assert frame[column].tolist() == pytest.approx(there[other].tolist(), abs=distance), column


TESTS = {
    "estimate": ("Estimate", 1e-5),
    "se": ("Std. Error", 1e-5),
    "df": ("df", 1e-3),
    "p_value": ("Pr(>|t|)", 1e-5),
}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(("key", "df"), WAYS)
def test_t_tests_of_fixed_effects_are_those_of_lmertest_and_pbkrtest(name: str, key: str, df: str):
    found_here = at_the_variances_of_lme4(name).coefficients(df=df)
    same(found_here, published(name)[f"coef_{key}"], TESTS)
    assert set(found_here["method"]) == {df}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(("key", "df"), WAYS)
def test_at_the_least_deviance_standard_errors_differ_by_as_much_as_lme4_missed_it(
    name: str, key: str, df: str
):
    within = {**TESTS, "se": ("Std. Error", 5e-5)}
    same(fitted(name).coefficients(df=df), published(name)[f"coef_{key}"], within)


@pytest.mark.parametrize("name", [*CYCLES, "sleepstudy_slope"])
@pytest.mark.parametrize(("key", "df"), WAYS)
def test_f_tests_of_terms_are_those_of_lmertest(name: str, key: str, df: str):
    within = {
        "df_term": ("NumDF", 0),
        "df": ("DenDF", 1e-3),
        "f": ("F value", 1e-5),
        "p_value": ("Pr(>F)", 1e-5),
    }
    found_here = at_the_variances_of_lme4(name).anova(df=df)
    same(found_here, published(name)[f"anova_{key}"], within)
    known = DataFrame(published(name)[f"anova_{key}"])
    assert found_here["term"].tolist() == known["term"].tolist()
    for column, other in (("sum_squares", "Sum Sq"), ("mean_square", "Mean Sq")):
        assert found_here[column].tolist() == pytest.approx(known[other].tolist(), rel=5e-5)


@pytest.mark.requirement("I-09")
@pytest.mark.parametrize(("name", "by"), CYCLES.items())
def test_means_are_those_of_emmeans(name: str, by: str):
    known = published(name)["emm"]
    within = {
        "mean": ("emmean", 1e-5),
        "se": ("SE", 1e-5),
        "df": ("df", 1e-3),
        "low": ("lower.CL", 1e-5),
        "high": ("upper.CL", 1e-5),
    }
    found_here = at_the_variances_of_lme4(name).means(by)
    same(found_here, known, within)
    assert found_here[by].tolist() == [row[by] for row in known]
    assert set(found_here["method"]) == {"kenward-roger"}
    missed = {"low": ("lower.CL", 2e-4), "high": ("upper.CL", 2e-4), "se": ("SE", 5e-5)}
    same(fitted(name).means(by), known, {**within, **missed})


@pytest.mark.requirement("I-09")
@pytest.mark.parametrize("adjust", ADJUSTMENTS)
@pytest.mark.parametrize(("name", "by"), CYCLES.items())
def test_contrasts_and_their_adjustment_are_those_of_emmeans(name: str, by: str, adjust: str):
    known = published(name)[f"pairs_{adjust}"]
    found_here = fitted(name).contrasts(by, adjust=adjust.lower())
    within = {
        "estimate": ("estimate", 1e-5),
        "se": ("SE", 1e-5),
        "df": ("df", 1e-3),
        "t": ("t.ratio", 1e-5),
        "low": ("lower.CL", 1e-5),
        "high": ("upper.CL", 1e-5),
        "p_adjusted": ("p.value", 1e-5),
    }
    same(found_here, known, within)
    named = [f"{by}{a} - {by}{b}" for a, b in found_here[["first", "second"]].itertuples(False)]
    assert named == [row["contrast"] for row in known]


@pytest.mark.parametrize("adjust", ["tukey", "holm"])
def test_contrasts_within_a_factor_are_adjusted_in_each_of_its_levels(adjust: str):
    """ToothGrowth by R's lm and emmeans, `pairwise ~ dose | supp`."""
    known = published("toothgrowth")
    fit = fit_mixed(data_of("toothgrowth"), "len ~ supp * dose")
    found_here = fit.contrasts("dose", within="supp", adjust=adjust)
    columns = {"low": "lower.CL", "high": "upper.CL", "p_adjusted": "p.value", "se": "SE"}
    columns |= {name: name for name in ("supp", "estimate", "df")}
    there = DataFrame(known[adjust])
    for column, other in columns.items():
        if column != "supp":
            assert found_here[column].tolist() == pytest.approx(there[other].tolist(), abs=1e-7)
    assert found_here["supp"].tolist() == there["supp"].tolist()
    means = fit.means(["supp", "dose"])
    assert means["mean"].tolist() == pytest.approx([row["emmean"] for row in known["emm"]])
    assert means["low"].tolist() == pytest.approx([row["lower.CL"] for row in known["emm"]])
    assert set(means["method"]) == {"residual"}


def test_the_analysis_of_variance_of_a_balanced_layout_is_that_of_r():
    known = DataFrame(published("toothgrowth")["anova"])
    table = fit_mixed(data_of("toothgrowth"), "len ~ supp * dose").anova()
    assert table["term"].tolist() == ["supp", "dose", "supp:dose", "residual"]
    assert table["sum_squares"].tolist() == pytest.approx(known["Sum Sq"].tolist())
    assert table["df_term"].tolist() == known["Df"].tolist()
    assert table["f"][:3].tolist() == pytest.approx(known["F value"][:3].tolist())
    assert table["p_value"][:3].tolist() == pytest.approx(known["Pr(>F)"][:3].tolist())


def digits(value: float, certified: float) -> float:
    """Significant digits that agree."""
    return float(-np.log10(max(abs(value - certified) / abs(certified), 1e-15)))


def exact_squares(frame: DataFrame) -> tuple[float, float]:
    """Sums of squares between and within groups of the numbers as they stand, in fractions."""
    groups = [[Fraction(value) for value in part] for _, part in frame.groupby("group")["y"]]
    means = [sum(part) / len(part) for part in groups]
    whole = sum(sum(part) for part in groups) / sum(len(part) for part in groups)
    pairs = list(zip(groups, means, strict=True))
    between = sum(len(part) * (mean - whole) ** 2 for part, mean in pairs)
    within = sum((value - mean) ** 2 for part, mean in pairs for value in part)
    return float(between), float(within)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SmLs01", 14),
        ("SmLs03", 14),
        ("SmLs05", 10),
        ("SmLs07", 4),
        ("SmLs09", 4),
        ("SiRstv", 12),
    ],
)
def test_one_way_anova_has_the_digits_of_nist(name: str, expected: int):
    """NIST StRD; from SmLs05 on the numbers themselves lose digits when they are read."""
    known, frame = published(f"nist/{name}"), data_of(f"nist/{name}")
    fit = fit_mixed(frame, "y ~ group")
    between, within = fit.anova().to_dict("records")
    assert (between["df_term"], within["df_term"]) == (known["df_between"], known["df_within"])
    share = between["sum_squares"] / (between["sum_squares"] + within["sum_squares"])
    pairs = [
        (between["f"], known["F"]),
        (share, known["R2"]),
        (within["sum_squares"], known["ss_within"]),
        (within["mean_square"], known["ms_within"]),
        (np.sqrt(fit.residual), known["resid_sd"]),
    ]
    assert min(digits(value, certified) for value, certified in pairs) >= expected
    exact = exact_squares(frame)
    assert digits(between["sum_squares"], exact[0]) >= min(expected, 10) + 0.5
    assert digits(exact[0], known["ss_between"]) >= min(expected, 12) - 0.2


@pytest.mark.parametrize(
    ("name", "formula", "expected"),
    [
        ("Norris", "y ~ x", 13),
        ("NoInt1", "y ~ 0 + x", 14),
        ("Longley", "y ~ x1 + x2 + x3 + x4 + x5 + x6", 11),
        ("Wampler3", "y ~ x + x2 + x3 + x4 + x5", 9),
        ("Filip", "y ~ x + x2 + x3 + x4 + x5 + x6 + x7 + x8 + x9 + x10", 7),
    ],
)
def test_regressions_have_the_digits_of_nist(name: str, formula: str, expected: int):
    known, frame = published(f"nist/{name}"), data_of(f"nist/{name}")
    powers = {f"x{power}": frame["x"] ** power for power in range(2, 11) if "x" in frame}
    fit = fit_mixed(frame.assign(**powers), formula)
    table = fit.coefficients()
    pairs = [*zip(table["estimate"], known["coef"].values(), strict=True)]
    pairs += zip(table["se"], known["se"].values(), strict=True)
    pairs.append((np.sqrt(fit.residual), known["resid_sd"]))
    assert min(digits(value, certified) for value, certified in pairs) >= expected


@pytest.mark.requirement("I-09")
@pytest.mark.parametrize(("how", "key"), [("holm", "holm"), ("bh", "BH"), ("bonferroni",) * 2])
def test_p_values_are_adjusted_as_by_r(how: str, key: str):
    known = published("p_adjust")
    assert adjusted(np.array(known["p"]), how).tolist() == pytest.approx(known[key], abs=1e-9)


class Dense:
    """Kenward-Roger and Satterthwaite by matrices of a row and column an observation."""

    def __init__(self, fit: MixedFit):
        laid_out = blocks(fit.design)
        x, z, n = fit.design.x, laid_out.z.toarray(), fit.n
        lambdas = to_effects(laid_out, unpack(laid_out, fit.theta), np.eye(laid_out.size))
        v = fit.residual * (np.eye(n) + z @ lambdas @ lambdas.T @ z.T)
        by = [z @ k.toarray() @ z.T for k in element_directions(laid_out)] + [np.eye(n)]
        inverse = np.linalg.inv(v)
        self.phi = np.linalg.inv(x.T @ inverse @ x)
        p = inverse - inverse @ x @ self.phi @ x.T @ inverse
        seen = p @ fit.design.y
        traces = np.array([[np.trace(p @ one @ p @ other) for one in by] for other in by])
        average = np.array([[seen @ one @ p @ other @ seen for one in by] for other in by])
        self.expected, self.observed = 2 * np.linalg.inv(traces), 2 * average - traces
        first = [x.T @ inverse @ g @ inverse @ x for g in by]
        self.moves = [self.phi @ each @ self.phi for each in first]
        total = np.zeros_like(self.phi)
        for r, one in enumerate(by):
            for s, other in enumerate(by):
                second = x.T @ inverse @ one @ inverse @ other @ inverse @ x
                total += self.expected[r, s] * (second - first[r] @ self.phi @ first[s])
        self.adjusted = self.phi + 2 * self.phi @ total @ self.phi

    def df(self, weights: np.ndarray, w: np.ndarray) -> float:
        change = np.array([weights @ move @ weights for move in self.moves])
        return 2 * (weights @ self.phi @ weights) ** 2 / (change @ w @ change)


SLOPES = "score ~ criterion_id * t + (1 + t | employee_id) + (1 | evaluator_id/criterion_id)"


@pytest.mark.parametrize("formula", [*MODELS, SLOPES])
def test_kenward_roger_is_that_of_the_whole_covariance_matrix(formula: str):
    """Nested and crossed factors, correlated slopes, and a variance of zero where one is found."""
    fit = fit_mixed(scores(2), formula)
    dense, here = Dense(fit), fit.inference("kenward-roger")
    assert here.adjusted == pytest.approx(dense.adjusted, rel=1e-7, abs=1e-9)
    rows = np.vstack([np.eye(len(here.estimate)), np.ones(len(here.estimate))])
    assert here.df(rows).tolist() == pytest.approx(
        [dense.df(row, dense.expected) for row in rows], rel=1e-6
    )


@pytest.mark.parametrize("formula", [*MODELS[:3], MODELS[4]])
def test_satterthwaite_is_that_of_the_observed_information(formula: str):
    fit = fit_mixed(scores(1, 400), formula)
    assert not fit.boundary
    dense, here = Dense(fit), fit.inference("satterthwaite")
    rows = np.vstack([np.eye(len(here.estimate)), np.ones(len(here.estimate))])
    w = 2 * np.linalg.inv(dense.observed)
    assert here.df(rows).tolist() == pytest.approx([dense.df(row, w) for row in rows], rel=1e-5)
    assert here.se(rows[:-1]).tolist() == pytest.approx(fit.fixed["se"].tolist())


def test_an_f_test_of_one_row_is_the_square_of_its_t_test():
    fit = fit_mixed(scores(), SLOPES)
    table = fit.coefficients(df="kenward-roger")
    for at, row in enumerate(table.itertuples()):
        test = f_test(fit.inference("kenward-roger"), np.eye(len(table))[[at]])
        assert (test.f, test.df) == pytest.approx((row.t**2, row.df))
        assert test.p_value == pytest.approx(row.p_value)


def test_a_balanced_paired_layout_gives_the_paired_t_test():
    """Two cycles, everybody in both: df is one less than people, p that of the paired t."""
    rng = np.random.default_rng(2)
    level = rng.normal(0, 3, 9)
    both = np.stack([level + rng.normal(0, 1, 9), 1 + level + rng.normal(0, 1, 9)])
    frame = DataFrame({"score": both.ravel(), "cycle": np.repeat(["2026-09", "2026-10"], 9)})
    frame["employee_id"] = np.tile([f"e{at}" for at in range(9)], 2)
    paired = stats.ttest_rel(both[1], both[0])
    for df in ("kenward-roger", "satterthwaite"):
        fit = fit_mixed(frame, "score ~ cycle + (1 | employee_id)")
        (row,) = fit.contrasts("cycle", kind="consecutive", df=df).to_dict("records")
        assert (row["first"], row["second"]) == ("2026-10", "2026-09")
        assert row["estimate"] == pytest.approx((both[1] - both[0]).mean())
        assert (row["df"], row["t"]) == pytest.approx((8, paired.statistic), rel=1e-5)
        assert row["p_adjusted"] == pytest.approx(paired.pvalue, rel=1e-4)


def test_means_average_equally_over_other_factors_and_stand_at_the_mean_of_numbers():
    """Cell means 10, 20 / 40, 60 although team x has three rows of four; slope 2 in t."""
    frame = draw("""
        team | cycle | t | score
        x    | a     | 0 | 10
        x    | a     | 2 | 15
        x    | a     | 4 | 17
        x    | b     | 0 | 20
        x    | b     | 1 | 22
        y    | a     | 0 | 40
        y    | b     | 1 | 62
    """)
    fit = fit_mixed(frame, "score ~ team * cycle + t")
    fixed = fit.fixed.set_index("term")["estimate"]
    slope, middle = fixed["t"], frame["t"].mean()
    cell_xa, cell_ya = fixed["(Intercept)"], fixed["(Intercept)"] + fixed["team[y]"]
    by_team = fit.means("team").set_index("team")["mean"]
    both = [cell_xa, cell_xa + fixed["cycle[b]"]]
    assert by_team["x"] == pytest.approx(sum(both) / 2 + slope * middle)
    cells = fit.means(["cycle", "team"]).set_index(["cycle", "team"])["mean"]
    assert cells["a", "y"] == pytest.approx(cell_ya + slope * middle)
    assert cells.groupby("team").mean()["y"] == pytest.approx(by_team["y"])
    assert fit.means()["mean"].tolist() == pytest.approx([by_team.mean()])
    assert fit.means(slope="t")["mean"].tolist() == pytest.approx([slope])


def test_a_number_with_two_values_stands_halfway_between_them():
    """As emmeans takes it (cov.keep): 1 in one row of four, but both values count alike."""
    frame = DataFrame({"new": [0, 0, 0, 1, 0, 0, 0, 1], "score": [1, 2, 3, 8, 2, 3, 4, 10]})
    (row,) = fit_mixed(frame, "score ~ new").means().to_dict("records")
    assert row["mean"] == pytest.approx((15 / 6 + 9) / 2)


def test_slopes_of_a_number_are_compared_between_levels():
    frame = scores()
    fit = fit_mixed(frame, "score ~ criterion_id * t + (1 | employee_id)")
    fixed = fit.fixed.set_index("term")["estimate"]
    slopes = fit.means("criterion_id", slope="t")["mean"].tolist()
    more = [0.0, fixed["criterion_id[cr01]:t"], fixed["criterion_id[cr02]:t"]]
    assert slopes == pytest.approx([fixed["t"] + each for each in more])
    pairs = fit.contrasts("criterion_id", slope="t", kind="reference")
    assert pairs["estimate"].tolist() == pytest.approx(more[1:])
    assert pairs[["first", "second"]].to_numpy().tolist() == [["cr01", "cr00"], ["cr02", "cr00"]]
    assert set(pairs["adjust"]) == {"holm"}


def test_without_random_effects_a_fit_is_ordinary_least_squares():
    """Groups 1 2 3 and 4 6 8: means 2 and 6, residual (2 + 8) / 4."""
    frame = DataFrame({"team": list("xxxyyy"), "score": [1.0, 2, 3, 4, 6, 8]})
    fit = fit_mixed(frame, "score ~ team")
    assert fit.residual == pytest.approx(10 / 4)
    assert fit.means("team")["mean"].tolist() == pytest.approx([2, 6])
    welch_free = stats.ttest_ind([4, 6, 8], [1, 2, 3])
    (row,) = fit.contrasts("team", kind="consecutive", adjust=None).to_dict("records")
    assert (row["t"], row["df"]) == pytest.approx((welch_free.statistic, 4))
    assert row["p_adjusted"] == pytest.approx(welch_free.pvalue)
    assert fit.fitted.tolist() == pytest.approx([2, 2, 2, 6, 6, 6])
    assert fit.components["component"].tolist() == ["residual"]
    assert fit.random.empty and fit.correlations.empty and fit.boundary == ()
    assert fit.total() == pytest.approx((2.5, 4))
    by_ml = fit_mixed(frame, "score ~ team", reml=False)
    assert by_ml.residual == pytest.approx(10 / 6)
    assert by_ml.contrasts("team")["t"].tolist() == pytest.approx([-row["t"]])
    pd.testing.assert_frame_equal(by_ml.anova(), fit.anova())
    log_likelihood = stats.norm.logpdf(frame["score"], fit.fitted, np.sqrt(10 / 6)).sum()
    assert by_ml.deviance == pytest.approx(-2 * log_likelihood)


def test_the_mean_variance_of_a_row_and_its_df_are_those_of_mean_squares():
    """k people with n scores each: T = (MSB + (n - 1) MSW) / n, Satterthwaite's own example."""
    k, n = 12, 5
    rng = np.random.default_rng(5)
    frame = DataFrame({"employee_id": np.repeat(np.arange(k), n)})
    frame["score"] = rng.normal(0, 2, k)[frame["employee_id"]] + rng.normal(0, 1, k * n)
    within = frame.groupby("employee_id")["score"].var().mean()
    between = n * frame.groupby("employee_id")["score"].mean().var()
    total = (between + (n - 1) * within) / n
    spread = (between**2 / (k - 1) + ((n - 1) * within) ** 2 / (k * (n - 1))) / n**2
    found_here = fit_mixed(frame, MODELS[0]).total()
    assert found_here == pytest.approx((total, total**2 / spread), rel=1e-5)


def test_normal_takes_the_variances_as_known():
    fit = fit_mixed(scores(), MODELS[2])
    row = fit.contrasts("criterion_id", df="normal", adjust="none").iloc[0]
    assert np.isinf(row["df"])
    assert row["high"] - row["estimate"] == pytest.approx(stats.norm.ppf(0.975) * row["se"])
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(abs(row["t"])))
    factor = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    assert row["smallest_detectable"] == pytest.approx(factor * row["se"], rel=1e-5)


def test_the_range_and_the_power_of_t_are_those_of_scipy():
    df = np.array([2.0, 5.5, 153.0])
    for k in (3, 10):
        limits = tukey_critical(0.95, df, k)
        over = stats.studentized_range.sf(np.sqrt(2) * limits, k, df)
        assert over.tolist() == pytest.approx([0.05] * len(df), abs=1e-8)
        ts = np.array([6.0, 1.0, 2.5])
        over = stats.studentized_range.sf(np.sqrt(2) * ts, k, df)
        assert tukey_p(ts, df, k).tolist() == pytest.approx(over.tolist(), abs=1e-8)
    for limit in (2.2, 4.0):
        d = detectable(np.full(len(df), limit), df, 0.8)
        power = stats.nct.sf(limit, df, d) + stats.nct.cdf(-limit, df, d)
        assert power.tolist() == pytest.approx([0.8] * len(df), abs=1e-8)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda fit: fit.means("criteria_id"), r"no fixed factor \(meant 'criterion_id'\?\)"),
        (lambda fit: fit.means("t"), "'t' is a number, not a factor"),
        (lambda fit: fit.means(["criterion_id"] * 2), "a factor is named twice"),
        (lambda fit: fit.means(slope="criterion_id"), "no number in the fixed terms"),
        (lambda fit: fit.means("criterion_id", df="kr"), "df 'kr' is not known"),
        (lambda fit: fit.contrasts("criterion_id", adjust="sidak"), "adjust 'sidak' is not known"),
        (lambda fit: fit.contrasts("criterion_id", kind="all"), "kind 'all' is not known"),
        (
            lambda fit: fit.contrasts("criterion_id", kind="reference", adjust="tukey"),
            "'tukey' is for all pairs",
        ),
        (lambda fit: fit.contrasts([]), "nothing to compare it with"),
        (lambda fit: fit.contrasts("criterion_id", within="criterion_id"), "is named twice"),
    ],
)
def test_what_cannot_be_asked_says_what_can(ask: Any, message: str):
    fit = fit_mixed(scores(), "score ~ criterion_id + t + (1 | employee_id)")
    with pytest.raises(InputError, match=message):
        ask(fit)


def test_a_factor_named_like_a_column_of_the_result_is_refused_not_overwritten():
    fit = fit_mixed(scores().rename(columns={"criterion_id": "mean"}), "score ~ mean")
    with pytest.raises(InputError, match="'mean' is a column of the result too"):
        fit.means("mean")
    assert len(fit.contrasts("mean")) == 3


def test_kenward_roger_is_refused_for_a_fit_by_ml():
    fit = fit_mixed(scores(), MODELS[2], reml=False)
    with pytest.raises(InputError, match="for fits by REML"):
        fit.means("criterion_id", df="kenward-roger")
    assert set(fit.means("criterion_id")["method"]) == {"satterthwaite"}


def test_the_automatic_choice_is_kenward_roger_unless_thousands_of_levels_are_crossed():
    """Nested in employees they cost nothing; crossed with them each pair of levels counts."""
    rng = np.random.default_rng(1)
    frame = DataFrame({"employee_id": np.repeat(np.arange(2600), 3)})
    frame["score"] = rng.normal(size=len(frame))
    frame["evaluator_id"] = rng.integers(0, 2600, len(frame))
    formula = "score ~ 1 + (1 | employee_id)"
    assert is_quick(blocks(design(frame, read_formula(formula))))
    crossed = blocks(design(frame, read_formula(f"{formula} + (1 | evaluator_id)")))
    assert not is_quick(crossed)


@pytest.mark.requirement("I-09")
@pytest.mark.parametrize(("size", "leavers"), [(8, 2), (15, 3)])
def test_a_team_that_did_not_change_is_seldom_said_to_have(size: int, leavers: int):
    """At 5 %, with people who leave and join; four draws of a thousand lie outside these limits."""
    draws = 150
    found_here = share_found(5, draws, size, leavers, ["kenward-roger"])["kenward-roger"]
    low, high = stats.binom.ppf([0.002, 0.998], draws, 0.05) / draws
    assert low <= found_here <= high
