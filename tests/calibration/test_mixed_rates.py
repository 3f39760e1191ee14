"""Mixed models of counts: against lme4, closed formulas, known truth, and what has to be true."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame
from rated import SHARED, found
from scipy import stats
from scipy.optimize import minimize
from scipy.special import expit

from csperf import fit_mixed
from csperf.errors import CsperfError, InputError, MissingToolError
from csperf.mixed import RateFit

STATISTICS = SHARED / "reference" / "statistics"
SHARES = """
    team | employee_id | won | tried
    a    | e1          | 2   | 10
    a    | e2          | 5   | 10
    b    | e3          | 3   | 12
    b    | e4          | 0   | 8
"""


def published(name: str) -> dict[str, Any]:
    return json.loads(found(STATISTICS / f"{name}.json").read_text("utf-8"))


def herds() -> DataFrame:
    types = {"herd": str, "period": str}
    return pd.read_csv(found(STATISTICS / "cbpp_binomial.csv"), dtype=types)


def grouse() -> DataFrame:
    types = dict.fromkeys(("YEAR", "BROOD", "LOCATION", "INDEX"), "str")
    return pd.read_csv(found(STATISTICS / "grouseticks_poisson.csv"), dtype=types)


def fit_herds(family: str = "binomial") -> RateFit:
    return fit_mixed(herds(), "incidence ~ period + (1 | herd)", family=family, denominator="size")


def fit_grouse() -> RateFit:
    return fit_mixed(grouse(), "TICKS ~ YEAR + (1 | BROOD) + (1 | LOCATION)", family="poisson")


def numbers_of(there: dict[str, Any], name: str) -> list[float]:
    return [row[name] for row in there["coef"]]


def laplace(y, trials, exposure, x, codes, beta, variances) -> float:
    """Laplace's approximation of the log likelihood, by dense Newton steps on all effects."""
    z = np.hstack([np.eye(code.max() + 1)[code] for code in codes])
    precision = np.repeat(1 / np.asarray(variances), [code.max() + 1 for code in codes])
    u, fixed, step = np.zeros(z.shape[1]), x @ beta, np.inf
    while np.abs(step).max() > 1e-9:
        eta = fixed + z @ u
        mean = trials * expit(eta) if exposure is None else exposure * np.exp(eta)
        weight = mean * (1 - mean / trials) if exposure is None else mean
        hessian = (z.T * weight) @ z + np.diag(precision)
        step = np.linalg.solve(hessian, z.T @ (y - mean) - precision * u)
        u = u + step / max(1.0, np.abs(step).max())
    eta = fixed + z @ u
    if exposure is None:
        log = stats.binom.logpmf(y, trials, expit(eta)).sum()
    else:
        log = stats.poisson.logpmf(y, exposure * np.exp(eta)).sum()
    prior = 0.5 * np.log(precision).sum() - 0.5 * u @ (precision * u)
    return float(log + prior - 0.5 * np.linalg.slogdet(hessian)[1])


def crossed(seed: int, people: int = 316, items: int = 24) -> DataFrame:
    """One answer of each person to each item: 7,584 rows like those of a known test of lme4."""
    rng = np.random.default_rng(seed)
    person, item = (code.ravel() for code in np.indices((people, items)))
    team = person % 2
    spread = rng.normal(0, 1.1, people)[person] + rng.normal(0, 0.8, items)[item]
    share = expit(-0.5 + 0.6 * team + spread)
    return DataFrame({"person": person, "item": item, "team": team}).assign(
        said_yes=(rng.random(len(share)) < share).astype(int)
    )


@pytest.mark.requirement("L-04")
def test_cbpp_has_the_coefficients_of_glmer():
    """lme4 1.1-31; its standard errors come from a rougher curvature than ours."""
    there, fit = published("cbpp_binomial"), fit_herds()
    assert fit.fixed["term"].tolist() == ["(Intercept)", "period[2]", "period[3]", "period[4]"]
    estimates = numbers_of(there, "Estimate")
    assert fit.fixed["estimate"].tolist() == pytest.approx(estimates, abs=2e-3)
    assert fit.fixed["se"].tolist() == pytest.approx(numbers_of(there, "Std. Error"), rel=0.02)
    (sd,) = fit.components["sd"]
    assert sd == pytest.approx(there["varcor"][0]["sdcor"], abs=1e-3)
    assert -fit.deviance / 2 == pytest.approx(there["logLik"], abs=1e-3)
    known = {row["level"]: row["(Intercept)"] for row in there["ranef"]["herd"]}
    blups = dict(zip(fit.random["level"], fit.random["blup"], strict=True))
    assert blups == pytest.approx(known, abs=2e-3)


@pytest.mark.requirement("L-04")
def test_cbpp_has_the_standard_errors_that_follow_from_dense_formulas():
    """From the curvature of the approximate likelihood, by differences of four points each."""
    frame, fit = herds(), fit_herds()
    y, trials = (frame[name].to_numpy(float) for name in ("incidence", "size"))
    x = np.column_stack([frame["period"] == name for name in "1234"]).astype(float)
    x[:, 0] = 1
    codes = [pd.factorize(frame["herd"], sort=True)[0]]
    at = np.append(fit.fixed["estimate"], np.log(fit.components["variance"]))

    def likelihood(there):
        return laplace(y, trials, None, x, codes, there[:4], [np.exp(there[4])])

    moves = 0.01 * np.eye(5)
    curvature = [
        [
            sum(s * t * likelihood(at + s * a + t * b) for s in (1, -1) for t in (1, -1)) / 4e-4
            for a in moves
        ]
        for b in moves
    ]
    se = np.sqrt(np.diag(np.linalg.inv(-np.array(curvature))))
    assert fit.fixed["se"].tolist() == pytest.approx(se[:4].tolist(), rel=1e-3)
    (spread,) = fit.components["se"] / fit.components["variance"]
    assert spread == pytest.approx(se[4], rel=1e-3)


@pytest.mark.requirement("L-04")
@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_standard_errors_keep_their_digits_where_ten_millions_are_counted_in_a_row(family: str):
    """So much known of each person leaves that people differ: se = sd / root(40)."""
    rng = np.random.default_rng(5)
    person, late = np.repeat(np.arange(40), 4), np.tile([0, 0, 1, 1], 40)
    tried = rng.integers(10_000_000, 20_000_000, 160)
    share = expit(-0.8 + 0.4 * late + rng.normal(0, 0.6, 40)[person])
    frame = DataFrame({"person": person, "late": late, "tried": tried})
    frame = frame.assign(won=rng.binomial(tried, share))
    formula = "won ~ late + (1 | person)"
    fit = fit_mixed(frame, formula, family=family, denominator="tried")
    (sd,) = fit.random.groupby("component")["blup"].std(ddof=0)
    assert fit.components["sd"].tolist() == pytest.approx([sd], rel=1e-3)
    assert fit.fixed["se"][0] == pytest.approx(sd / np.sqrt(40), rel=5e-3)
    assert fit.components["se"].tolist() == pytest.approx([sd**2 * np.sqrt(2 / 40)], rel=5e-3)
    known = tried * share * (1 - share if family == "binomial" else 1)
    within = DataFrame({"known": known, "late": known * late}).groupby(person).sum()
    square = (within["late"] - within["late"] ** 2 / within["known"]).sum()
    assert fit.fixed["se"][1] == pytest.approx(1 / np.sqrt(square), rel=5e-3)


@pytest.mark.requirement("L-04")
def test_grouse_ticks_are_fitted_no_worse_than_by_glmer():
    """glmer stops 0.0003 of log likelihood before the optimum, with up to 0.003 of a coefficient.

    Both places are judged by dense formulas.
    """
    there, fit, frame = published("grouseticks_poisson"), fit_grouse(), grouse()
    codes = [pd.factorize(frame[name], sort=True)[0] for name in ("BROOD", "LOCATION")]
    years = frame["YEAR"].to_numpy()
    x = np.column_stack([np.ones(len(frame)), years == "96", years == "97"]).astype(float)
    y, one = frame["TICKS"].to_numpy(), np.ones(len(frame))
    estimates = np.array(numbers_of(there, "Estimate"))
    variances = [row["vcov"] for row in there["varcor"]]
    theirs = laplace(y, None, one, x, codes, estimates, variances)
    mine = (fit.fixed["estimate"].to_numpy(), fit.components["variance"].to_numpy())
    ours = laplace(y, None, one, x, codes, *mine)
    assert -fit.deviance / 2 == pytest.approx(ours, abs=1e-7)
    assert ours > theirs + 2e-4 > there["logLik"]
    assert fit.fixed["estimate"].tolist() == pytest.approx(estimates.tolist(), abs=3e-3)
    assert fit.fixed["se"].tolist() == pytest.approx(numbers_of(there, "Std. Error"), rel=0.02)
    sds = [row["sdcor"] for row in there["varcor"]]
    assert fit.components["sd"].tolist() == pytest.approx(sds, abs=2e-3)


def test_a_level_for_each_count_takes_up_what_a_poisson_leaves():
    formula = "TICKS ~ YEAR + (1 | BROOD) + (1 | LOCATION) + (1 | INDEX)"
    fit = fit_mixed(grouse(), formula, family="poisson")
    assert fit.components["component"].tolist() == ["BROOD", "LOCATION", "INDEX"]
    assert fit.deviance < fit_grouse().deviance - 100


@pytest.mark.parametrize("formula", ["won ~ 1 + (1 | g)", "won ~ 0 + t + (1 | g) + (1 | h)"])
@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_random_effects_balance_what_the_counts_are_more_than_fitted(formula: str, family: str):
    """At the mode, the sum over a level of count less fitted is blup / variance."""
    rng = np.random.default_rng(3)
    n = 200
    frame = DataFrame({"g": rng.integers(0, 20, n), "h": rng.integers(0, 8, n)})
    frame = frame.assign(t=rng.choice(["x", "y"], n), tried=rng.integers(1, 30, n))
    share = expit(-1 + rng.normal(0, 0.8, 20)[frame["g"]] + rng.normal(0, 0.8, 8)[frame["h"]])
    frame = frame.assign(won=rng.binomial(frame["tried"], share))
    fit = fit_mixed(frame, formula, family=family, denominator="tried")
    rest = frame["won"] - frame["tried"] * fit.fitted
    for name, variance in zip(fit.components["component"], fit.components["variance"], strict=True):
        rows = fit.random[fit.random["component"] == name]
        expected = variance * rest.groupby(frame[name]).sum()
        assert rows["blup"].tolist() == pytest.approx(expected.tolist(), abs=1e-4)


@pytest.mark.requirement("L-04")
def test_crossed_answers_give_the_truth_back_within_three_standard_errors():
    fit = fit_mixed(crossed(20), "said_yes ~ team + (1 | person) + (1 | item)", family="binomial")
    assert fit.n == 7_584
    away = (fit.fixed["estimate"] - [-0.5, 0.6]) / fit.fixed["se"]
    assert away.abs().max() < 3
    apart = (fit.components["variance"] - [1.1**2, 0.8**2]) / fit.components["se"]
    assert apart.abs().max() < 3
    assert fit.components["se"].between(0.01, 0.5).all()


@pytest.mark.requirement("L-04")
def test_a_beta_binomial_without_differences_between_people_is_the_closed_formula():
    rng = np.random.default_rng(8)
    tried = rng.integers(5, 40, 300)
    won = rng.binomial(tried, rng.beta(0.3 * 12, 0.7 * 12, 300))
    frame = DataFrame({"won": won, "tried": tried, "team": np.arange(300) % 6})
    fit = fit_mixed(frame, "won ~ 1 + (1 | team)", family="beta_binomial", denominator="tried")
    assert fit.boundary == ("team",)

    def minus_log(at):
        share, precision = expit(at[0]), np.exp(at[1])
        shape = share * precision, (1 - share) * precision
        return -stats.betabinom.logpmf(won, tried, *shape).sum()

    best = minimize(minus_log, [0.0, 2.0], method="Nelder-Mead", options={"xatol": 1e-8})
    assert fit.fixed["estimate"].tolist() == pytest.approx([best.x[0]], abs=1e-5)
    assert fit.precision == pytest.approx(np.exp(best.x[1]), rel=1e-4)
    assert fit.deviance == pytest.approx(2 * best.fun, abs=1e-5)
    assert np.isnan(fit.components["se"]).all() and (fit.random["blup"] == 0).all()


@pytest.mark.requirement("L-04")
def test_days_that_differ_widen_the_standard_errors_and_give_their_precision_back():
    """40 people over 8 cycles, an own rate each (sd 0.6) and each day (precision 12)."""
    rng = np.random.default_rng(4)
    person, cycle = (code.ravel() for code in np.indices((40, 8)))
    share = expit(-0.8 + 0.4 * (cycle > 3) + rng.normal(0, 0.6, 40)[person])
    tried = rng.integers(10, 60, len(share))
    won = rng.binomial(tried, rng.beta(12 * share, 12 * (1 - share)))
    frame = DataFrame({"person": person, "late": (cycle > 3) * 1, "won": won, "tried": tried})
    formula = "won ~ late + (1 | person)"
    fit = fit_mixed(frame, formula, family="beta_binomial", denominator="tried")
    plain = fit_mixed(frame, formula, family="binomial", denominator="tried")
    assert ((fit.fixed["estimate"] - [-0.8, 0.4]).abs() < 3 * fit.fixed["se"]).all()
    assert 8 < fit.precision < 18
    assert fit.components["sd"][0] == pytest.approx(0.6, abs=0.2)
    assert fit.fixed["se"][1] > 1.5 * plain.fixed["se"][1]
    assert fit.deviance < plain.deviance - 100


def test_binomial_counts_leave_a_beta_binomial_nothing_to_explain():
    frame = draw(SHARES)
    frame = pd.concat([frame] * 2, ignore_index=True).assign(won=[3, 3, 4, 2, 3, 3, 4, 2])
    fit = fit_mixed(frame, "won ~ 1 + (1 | team)", family="beta_binomial", denominator="tried")
    plain = fit_mixed(frame, "won ~ 1 + (1 | team)", family="binomial", denominator="tried")
    assert (fit.precision, fit.boundary) == (np.inf, ("team",))
    assert fit.fixed["estimate"].tolist() == pytest.approx(plain.fixed["estimate"], abs=1e-5)
    assert fit.fixed["se"].tolist() == pytest.approx(plain.fixed["se"], rel=1e-4)


def test_teams_that_do_not_differ_give_the_share_of_the_sums():
    """12 of 40, whose logit has variance 1 / 12 + 1 / 28."""
    frame = draw(SHARES).assign(won=[3, 3, 4, 2])
    fit = fit_mixed(frame, "won ~ 1 + (1 | team)", family="binomial", denominator="tried")
    (row,) = fit.fixed.to_dict("records")
    assert fit.boundary == ("team",)
    assert row["estimate"] == pytest.approx(np.log(12 / 28), abs=1e-6)
    assert row["se"] == pytest.approx(np.sqrt(1 / 12 + 1 / 28), rel=1e-5)
    assert row["low"] == pytest.approx(row["estimate"] - 1.959964 * row["se"], rel=1e-6)
    assert fit.fitted.tolist() == pytest.approx([0.3] * 4)


def test_a_rate_of_events_counts_the_exposure():
    """Doubling every exposure halves the rates and leaves all else as it was."""
    frame = draw(SHARES)
    formula = "won ~ team + (1 | employee_id)"
    fit = fit_mixed(frame, formula, family="poisson", denominator="tried")
    other = fit_mixed(
        frame.assign(tried=2 * frame["tried"]), formula, family="poisson", denominator="tried"
    )
    change = other.fixed["estimate"] - fit.fixed["estimate"]
    assert change.tolist() == pytest.approx([-np.log(2), 0], abs=1e-5)
    assert other.fixed["se"].tolist() == pytest.approx(fit.fixed["se"].tolist(), rel=1e-4)
    assert other.fitted.tolist() == pytest.approx((fit.fitted / 2).tolist(), rel=1e-5)


def test_the_order_of_rows_and_yes_for_one_do_not_matter():
    frame = crossed(5, people=40, items=12)
    formula = "said_yes ~ team + (1 | person) + (1 | item)"
    fit = fit_mixed(frame, formula, family="binomial")
    other = frame.sample(frac=1, random_state=1).assign(said_yes=lambda rows: rows["said_yes"] == 1)
    again = fit_mixed(other, formula, family="binomial")
    assert again.fixed["estimate"].tolist() == pytest.approx(fit.fixed["estimate"], abs=1e-6)
    assert again.fitted.sort_index().tolist() == pytest.approx(fit.fitted.tolist(), abs=1e-5)


@pytest.mark.parametrize(
    ("change", "family", "message"),
    [
        ({"won": [2, 5, 3, 9]}, "binomial", "'won': above 'tried' in 1 of 4 rows \\(3\\)"),
        ({"won": [2, 5.5, 3, 0]}, "binomial", "'won': not a whole number in 1 of 4 rows \\(1\\)"),
        ({"won": [-2, 5, -3, 0]}, "poisson", "'won': below 0 in 2 of 4 rows \\(0, 2\\)"),
        ({"tried": [0, 10, 12, 8]}, "poisson", "'tried': 0, so that nothing was counted in 1"),
        ({"tried": [9.5, 10, 12, 8]}, "beta_binomial", "'tried': not a whole number in 1 of 4"),
        ({"won": [2, None, 3, 0]}, "binomial", "'won': missing in 1 of 4 rows \\(1\\)"),
        ({"won": ["a", "b", "c", "d"]}, "binomial", "'won': is not a number"),
        ({"won": 1, "tried": 1}, "beta_binomial", "no row has more than one trial"),
    ],
)
def test_what_is_no_count_is_refused_with_its_rows(
    change: dict[str, Any], family: str, message: str
):
    with pytest.raises(InputError, match=message):
        fit_mixed(
            draw(SHARES).assign(**change),
            "won ~ 1 + (1 | team)",
            family=family,
            denominator="tried",
        )


@pytest.mark.parametrize(
    ("formula", "options", "message"),
    [
        ("won ~ 1 + (1 | team)", {"family": "binomial"}, "above 1 in 3 of 4 rows .*\n.*trials"),
        ("won ~ team + (team | employee_id)", {"family": "poisson"}, r"\(1 \| employee_id\) only"),
        ("won ~ 0 + (1 | team)", {"family": "poisson"}, "no fixed effect, not even 1"),
        (
            "won ~ team",
            {"family": "beta_binomial", "denominator": "tried"},
            r"with a random term only; add one, such as \(1 \| employee_id\)",
        ),
        ("won ~ 1 + (1 | team)", {"family": "binomail"}, "not known \\(meant 'binomial'\\?\\)"),
        ("won ~ 1 + (1 | team)", {"denominator": "tried"}, "'gaussian' takes no denominator"),
        (
            "won ~ 1 + (1 | team)",
            {"family": "binomial", "denominator": "tired"},
            "no such column \\(meant 'tried'\\?\\)",
        ),
    ],
)
def test_what_cannot_be_meant_of_counts_is_refused(
    formula: str, options: dict[str, str], message: str
):
    with pytest.raises(InputError, match=message):
        fit_mixed(draw(SHARES), formula, **options)


def test_single_answers_do_not_tell_a_person_with_one_answer_from_chance():
    frame = draw(SHARES).assign(won=[1, 0, 1, 0])
    with pytest.raises(InputError, match="'employee_id' has 4 levels in 4 rows"):
        fit_mixed(frame, "won ~ 1 + (1 | employee_id)", family="binomial")


def test_a_level_where_nothing_was_counted_is_an_error_that_says_so():
    rng = np.random.default_rng(2)
    frame = DataFrame({"g": np.arange(60) % 10, "t": np.repeat(["x", "y"], 30)})
    frame = frame.assign(won=np.where(frame["t"] == "x", rng.integers(1, 9, 60), 0), n=10)
    with pytest.raises(CsperfError, match="a level of a fixed effect where nothing, or everything"):
        fit_mixed(frame, "won ~ t + (1 | g)", family="binomial", denominator="n")


def test_without_gpboost_the_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "gpboost", None)
    with pytest.raises(MissingToolError, match=r'pip install "csperf\[glmm\]"$'):
        fit_mixed(draw(SHARES), "won ~ 1 + (1 | team)", family="poisson", denominator="tried")


def test_gpboost_is_imported_only_for_counts_and_says_nothing():
    code = """
import sys
import pandas as pd
import csperf.cli
from csperf import fit_mixed
assert not {"gpboost", "sklearn", "optuna"} & set(sys.modules)
frame = pd.DataFrame({"g": [0, 0, 1, 1], "y": [3, 4, 9, 8]})
fit_mixed(frame, "y ~ 1 + (1 | g)")
assert not {"gpboost", "sklearn", "optuna"} & set(sys.modules)
fit_mixed(frame, "y ~ 1 + (1 | g)", family="poisson")
assert "gpboost" in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.requirement("L-04")
def test_shares_come_back_on_their_own_scale_as_by_emmeans():
    there, fit = published("cbpp_binomial"), fit_herds()
    table, known = fit.means("period"), DataFrame(there["emm_resp"])
    assert table.columns.tolist() == ["period", "rate", "low", "high", "mean", "se"]
    assert table["period"].tolist() == known["period"].tolist()
    assert table["rate"].tolist() == pytest.approx(known["prob"].tolist(), abs=2e-4)
    for ours, theirs in (("low", "asymp.LCL"), ("high", "asymp.UCL")):
        assert table[ours].tolist() == pytest.approx(known[theirs].tolist(), abs=2e-3)
    assert table["mean"].tolist() == pytest.approx(
        DataFrame(there["emm_link"])["emmean"].tolist(), abs=2e-3
    )


@pytest.mark.requirement("L-04")
def test_events_come_back_as_rates_as_by_emmeans():
    table, known = (
        fit_grouse().means("YEAR"),
        DataFrame(published("grouseticks_poisson")["emm_resp"]),
    )
    for ours, theirs in (("rate", "rate"), ("low", "asymp.LCL"), ("high", "asymp.UCL")):
        assert table[ours].tolist() == pytest.approx(known[theirs].tolist(), rel=0.015)


@pytest.mark.requirement("L-04")
@pytest.mark.parametrize("adjust", ["none", "tukey", "holm"])
def test_odds_ratios_are_those_of_emmeans(adjust: str):
    """Its standard errors are up to 1.5 % smaller, as glmer's curvature is rougher."""
    known = DataFrame(published("cbpp_binomial")[f"pairs_{adjust}"])
    table = fit_herds().contrasts("period", adjust=adjust)
    assert list(table)[:5] == ["first", "second", "ratio", "low", "high"]
    assert table["ratio"].tolist() == pytest.approx(known["odds.ratio"].tolist(), rel=2e-3)
    assert table["low"].tolist() == pytest.approx(known["asymp.LCL"].tolist(), rel=0.03)
    assert table["p_adjusted"].tolist() == pytest.approx(known["p.value"].tolist(), abs=0.02)


def test_without_random_terms_a_share_is_that_of_the_sums():
    """7 of 20 and 3 of 20; the log of their odds ratio has the sum of 1 / count as variance."""
    fit = fit_mixed(draw(SHARES), "won ~ team", family="binomial", denominator="tried")
    assert fit.means("team")["rate"].tolist() == pytest.approx([7 / 20, 3 / 20])
    (row,) = fit.contrasts("team").to_dict("records")
    assert row["ratio"] == pytest.approx(7 * 17 / (3 * 13))
    assert row["se"] == pytest.approx(np.sqrt(1 / 7 + 1 / 13 + 1 / 3 + 1 / 17))
    expected = stats.binom.logpmf([2, 5], 10, 7 / 20).sum()
    expected += stats.binom.logpmf([3, 0], [12, 8], 3 / 20).sum()
    assert fit.deviance == pytest.approx(-2 * expected)
    assert (len(fit.random), len(fit.components), fit.boundary) == (0, 0, ())


def test_without_random_terms_a_rate_is_events_over_exposure():
    fit = fit_mixed(draw(SHARES), "won ~ team", family="poisson", denominator="tried")
    assert fit.means("team")["rate"].tolist() == pytest.approx([7 / 20, 3 / 20])
    assert fit.contrasts("team")["se"].tolist() == pytest.approx([np.sqrt(1 / 7 + 1 / 3)])


def test_without_random_terms_a_team_without_success_is_an_error():
    frame = draw(SHARES).assign(won=[2, 5, 0, 0])
    with pytest.raises(CsperfError, match="the likelihood rises without end"):
        fit_mixed(frame, "won ~ team", family="binomial", denominator="tried")


def test_coefficients_of_counts_stand_in_the_columns_of_scores():
    """As those of a model of scores with its variances taken as known."""
    fit = fit_herds()
    scores = fit_mixed(herds(), "incidence ~ period + (1 | herd)").coefficients(df="normal")
    table = fit.coefficients()
    assert table.columns.tolist() == scores.columns.tolist()
    for ours, theirs in (("t", "z"), ("low", "low"), ("high", "high"), ("p_value", "p_value")):
        assert table[ours].tolist() == fit.fixed[theirs].tolist()
    assert table["df"].tolist() == [np.inf] * 4 and set(table["method"]) == {"normal"}


def test_terms_of_counts_are_tested_by_wald():
    """b' V^-1 b of the three effects of the period is chi-squared with 3 degrees of freedom."""
    fit = fit_herds()
    b, v = fit.fixed["estimate"].to_numpy()[1:], fit.fixed_covariance.to_numpy()[1:, 1:]
    square = b @ np.linalg.solve(v, b)
    (row,) = fit.anova().to_dict("records")
    assert (row["term"], row["df_term"], row["df"]) == ("period", 3, np.inf)
    assert row["f"] == pytest.approx(square / 3)
    assert row["p_value"] == pytest.approx(stats.chi2.sf(square, 3))


def test_a_slope_of_counts_is_the_ratio_that_one_more_makes():
    frame = pd.concat([draw(SHARES)] * 2).assign(hours=[1, 2, 3, 5, 4, 3, 2, 1])
    formula = "won ~ team * hours"
    fit = fit_mixed(frame, formula, family="poisson", denominator="tried")
    at = dict(zip(fit.fixed["term"], fit.fixed["estimate"], strict=True))
    a = at["hours"]
    b = a + at["team[b]:hours"]
    table = fit.means("team", slope="hours")
    assert table.columns.tolist() == ["team", "ratio", "low", "high", "mean", "se"]
    assert table["ratio"].tolist() == pytest.approx(np.exp([a, b]))
    (row,) = fit.contrasts("team", slope="hours").to_dict("records")
    assert row["ratio"] == pytest.approx(np.exp(a - b))


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda fit: fit.total(), "no total variance.*take .components, or .contrasts"),
        (lambda fit: fit.coefficients(df="satterthwaite"), "not for counts.*are: auto, normal"),
        (lambda fit: fit.means("team", slope="time"), "'time' is no number in the fixed terms"),
    ],
)
def test_what_counts_cannot_be_asked_is_refused_with_what_would_do(ask, said):
    fit = fit_mixed(draw(SHARES), "won ~ team", family="binomial", denominator="tried")
    with pytest.raises(InputError, match=said):
        ask(fit)
