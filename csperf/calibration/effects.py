"""What is peculiar to an evaluator: severity, halo, use of the range, inconsistency, own groups.

Everything but severity is read off the residuals of a fitted model: what an evaluator gave beyond
what the employee, the criterion and the evaluator's own severity make likely. Forms, all ratings of
an employee by an evaluator, are what varies independently.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats

from csperf.calibration.door import id_problems, plain, refuse_missing
from csperf.calibration.linear import DUST, noticed
from csperf.calibration.ratings import EMPLOYEE, EVALUATOR
from csperf.errors import InputError, Problem
from csperf.indicators.intervals import LEVEL, Z, false_discoveries

FALSE = 0.01  # share of flags that may be false
HALF = 0.5
LEAST_FORMS, ENOUGH = 5, 5  # forms for an interval; evaluators whose median says what is usual
MATERIAL = {"halo": 1.5, "inconsistency": 1.25, "range": 0.1}  # ratios to the usual, and a slope
POOLED = ("difference", "se", "low", "high", "spread", "n")
TEXTS = ("evaluator_id", "effect", "group", "flag")
COLUMNS = [
    "evaluator_id",
    "effect",
    "group",
    "statistic",
    "low",
    "high",
    "n",
    "p_value",
    "p_adjusted",
    "flag",
]


class Fit(Protocol):
    """What `fit_facets` or `adjust` made of evaluations."""

    @property
    def residuals(self) -> DataFrame:
        """Expected, residual, variance and gain of ratings, by their place in the evaluations."""

    def severities(self) -> DataFrame:
        """By evaluator_id: points taken off, se, n."""


class Found(NamedTuple):
    """A statistic of every evaluator and its standard error, on a scale where it is near normal.

    Where no noise was seen the error is unknown, and so is whether there is an effect.
    """

    value: Series
    se: Series


def rater_effects(
    evaluations: DataFrame, fit: Fit, group: str | None = None, false: float = FALSE
) -> DataFrame:
    """What is peculiar to each evaluator, with intervals, and flags for what is clear.

    Parameters
    ----------
    evaluations : DataFrame
        The frame that was fitted.
    fit : FacetsFit or Adjusted
        What `fit_facets` made of it, or of points `adjust`.
    group : str, optional
        A column of the evaluations that groups the employees, such as a team or a site: an
        evaluator may rate one of them otherwise than the rest. Who is in none is left out of it.
    false : float
        Share of the flags of an effect that may be false (Benjamini and Hochberg, 1995).

    Returns
    -------
    DataFrame
        A row an evaluator and effect, and of `group` one for each group: statistic, its 95 %
        interval low and high, n (forms), p_value, p_adjusted, flag (empty, or what is clear).

        severity
            Score points that the evaluator takes off, against the mean of all; flagged severe or
            lenient where it lies outside the spread of the evaluators.
        halo
            Variance of the sums of forms over that of independent criteria, against the usual.
        inconsistency
            Variance within forms over that expected, against the usual.
        range
            Slope of residuals on expected scores: below 0 only the middle is used (central), above
            it the ends are (extreme).
        differentiation
            How much of a difference between people the evaluator passes on, 1 being all of it;
            flagged no_differentiation where it is clearly less than half.
        group
            Logits (of points: points) by which this evaluator rates the group higher than the
            rest, at the measures that the employees have (favours, disfavours).

    Raises
    ------
    InputError
        If a column is not there, ids are empty or of several kinds, or the fit is of another frame.
    """
    rows = _rated(evaluations, fit, group)
    if rows.empty:
        return _nothing()
    forms = _forms(rows)
    n = forms.groupby(EVALUATOR).size()
    tables = [
        _severity(fit),
        _tested(_halo(forms), n, "halo", "halo"),
        _tested(_within(forms), n, "inconsistency", "inconsistent"),
        _tested(_slope(rows), n, "range", "extreme", "central"),
        _differentiation(_slope(rows), n),
    ]
    if group is not None:
        tables.append(_groups(rows))
    whole = pd.concat([table for table in tables if len(table)], ignore_index=True)
    return _flagged(whole, false)[COLUMNS]


def _nothing() -> DataFrame:
    """The table of no evaluators."""
    return DataFrame(columns=COLUMNS, dtype="float64").astype(dict.fromkeys(TEXTS, "str"))


def _rated(evaluations: DataFrame, fit: Fit, group: str | None) -> DataFrame:
    """Residuals of ratings with who was rated by whom, and the group as `group`."""
    names = {EVALUATOR: EVALUATOR, EMPLOYEE: EMPLOYEE}
    if group is not None:
        names["group"] = group
    refuse_missing(evaluations, list(names.values()))
    place = fit.residuals.index.to_numpy(dtype="int64")
    if place.max(initial=-1) >= len(evaluations):
        found = f"{len(evaluations)} rows, but the fit has row {place.max()}"
        raise InputError(Problem("evaluations", found, "give the frame that was fitted"))
    given = evaluations[list(dict.fromkeys(names.values()))].iloc[place]
    problems = [*id_problems(given[EVALUATOR]), *id_problems(given[EMPLOYEE])]
    if group is not None:
        problems += id_problems(given[group].dropna())
    if problems:
        raise InputError(problems)
    who = {role: plain(given[name]).to_numpy() for role, name in names.items()}
    return fit.residuals.assign(**who)


def group_preference(evaluations: DataFrame, fit: Fit, group: str) -> DataFrame:
    """What evaluators on average give a group beyond what others give the same people.

    Parameters
    ----------
    evaluations, fit, group
        As for `rater_effects`; a column that says whether the employee is of the evaluator's own
        group, team or country gives the preference for one's own.

    Returns
    -------
    DataFrame
        A row a group: difference (as the effect `group`), se, low, high, spread (SD of evaluators'
        true differences), n (evaluators who rated people of it and others).

    Notes
    -----
    Mean over evaluators with random effects: DerSimonian and Laird (1986), Control Clin Trials 7.
    """
    rows = _groups(_rated(evaluations, fit, group), least=3)
    found = [{"group": name, **_pooled(mine)} for name, mine in rows.groupby("group")]
    return DataFrame(found, columns=["group", *POOLED])


def _pooled(rows: DataFrame) -> dict[str, float]:
    """Mean of differences whose errors are known, with what they truly vary by.

    Where no noise was seen at all, how they vary is all that is known of the error of the mean.
    """
    off, square = rows["statistic"].to_numpy(), noticed(rows["se"]).to_numpy() ** 2
    if square.any():
        fixed = 1 / square
        middle = np.average(off, weights=fixed)
        free = (fixed * (off - middle) ** 2).sum() - (len(off) - 1)
        scale = fixed.sum() - (fixed**2).sum() / fixed.sum()
        between = max(free / scale, 0.0) if scale > 0 else 0.0
        weight = 1 / (square + between)
        mean, se = np.average(off, weights=weight), np.sqrt(1 / weight.sum())
    else:
        between = off.var(ddof=1) if len(off) > 1 else np.nan
        mean, se = off.mean(), np.sqrt(between / len(off)) or np.nan
    half = Z * se
    numbers = (mean, se, mean - half, mean + half, np.sqrt(between), len(off))
    return dict(zip(POOLED, map(float, numbers), strict=True))


def _forms(rows: DataFrame) -> DataFrame:
    """Residuals of every form: their sum and square sum, the variance expected, the criteria."""
    squared = rows.assign(square=rows["residual"] ** 2)
    forms = squared.groupby([EVALUATOR, EMPLOYEE], as_index=False).agg(
        sum=("residual", "sum"),
        square=("square", "sum"),
        variance=("variance", "sum"),
        criteria=("residual", "size"),
    )
    return forms.assign(sum=_rounded(forms["sum"], rows))


def _rounded(sums: Series, rows: DataFrame) -> Series:
    """Sums of residuals, those that come of rounding alone as 0."""
    return sums.where(sums.abs() > DUST * rows["residual"].abs().max(), 0.0)


def _ratio(above: Series, below: Series, of: Series) -> Found:
    """Logarithm of the ratio of two sums over each evaluator's forms, linearised."""
    top, bottom = above.groupby(of).sum(), below.groupby(of).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = top / bottom
        off = (above - of.map(ratio).astype("float64") * below) ** 2
        n = off.groupby(of).size()
        se = np.sqrt(off.groupby(of).sum() * n / (n - 1)) / bottom / ratio
        return Found(np.log(ratio.where(ratio > 0)), se.where(se > 0))


def _halo(forms: DataFrame) -> Found:
    return _ratio(forms["sum"] ** 2, forms["variance"], forms[EVALUATOR])


def _within(forms: DataFrame) -> Found:
    several = forms[forms["criteria"] > 1]
    within = several["square"] - several["sum"] ** 2 / several["criteria"]
    expected = several["variance"] * (1 - 1 / several["criteria"])
    return _ratio(within, expected, several[EVALUATOR])


def _slope(rows: DataFrame) -> Found:
    """Slope of residuals on what was expected, and its error by forms."""
    of = rows[EVALUATOR]
    x = rows["expected"] - rows["expected"].groupby(of).transform("mean")
    spread = (x**2).groupby(of).sum()
    slope = (x * rows["residual"]).groupby(of).sum() / spread
    left = rows.assign(part=x * (rows["residual"] - of.map(slope) * x))
    parts = left.groupby([EVALUATOR, EMPLOYEE])["part"].sum() ** 2
    n = parts.groupby(EVALUATOR).size()
    se = np.sqrt(parts.groupby(EVALUATOR).sum() * n / (n - 1)) / spread
    return Found(slope, se.where(se > 0))


def _tested(found: Found, n: Series, effect: str, more: str, less: str = "") -> DataFrame:
    """Rows of an effect, held against what is usual among the evaluators.

    With few evaluators the usual is what the model says. Ratios were taken as logarithms.
    """
    known = found.value[n.reindex(found.value.index) >= LEAST_FORMS]
    usual = known.median() if len(known) >= ENOUGH else 0.0
    n = n.reindex(found.value.index)
    off, df = found.value - usual, n - 1
    p = 2 * stats.t.sf(np.abs(off / found.se), df)
    p = Series(p, index=off.index).where(n >= LEAST_FORMS)
    if not less:
        p = (p / 2).where(off > 0, 1 - p / 2)
    half = stats.t.ppf(0.5 + LEVEL / 2, df) * found.se
    ends = {"statistic": off, "low": off - half, "high": off + half}
    as_ratio = effect != "range"
    limit = np.log(MATERIAL[effect]) if as_ratio else MATERIAL[effect]
    word = np.select([off > limit, off < -limit], [more, less], "")
    table = DataFrame({name: np.exp(end) if as_ratio else end for name, end in ends.items()})
    table = table.assign(effect=effect, group="", n=n, p_value=p, flag=word)
    return table.reset_index(names=EVALUATOR)


def _differentiation(slope: Found, n: Series) -> DataFrame:
    """What is left of differences between people; less than half of them is too little."""
    passed, df = 1 + slope.value, n - 1
    half = stats.t.ppf(0.5 + LEVEL / 2, df) * slope.se
    with np.errstate(divide="ignore", invalid="ignore"):
        p = stats.t.cdf((passed - HALF) / slope.se, df)
    table = DataFrame({"statistic": passed, "low": passed - half, "high": passed + half, "n": n})
    table = table.assign(
        effect="differentiation",
        group="",
        p_value=Series(p, index=passed.index).where(n >= LEAST_FORMS),
        flag=np.where(passed < HALF, "no_differentiation", ""),
    )
    return table.reset_index(names=EVALUATOR)


def _severity(fit: Fit) -> DataFrame:
    """Points that evaluators take off; flagged outside the spread that evaluators have."""
    known = fit.severities()
    if len(known) < 2:
        return DataFrame()
    points, se = known["points"], known["se"]
    true = max(points.var() - (se**2).mean(), 0)
    half = Z * se
    table = DataFrame(
        {
            "effect": "severity",
            "group": "",
            "statistic": points,
            "low": points - half,
            "high": points + half,
            "n": known["n"],
            "p_value": 2 * stats.norm.sf(np.abs(points) / np.sqrt(true + se**2)),
            "flag": np.where(points > 0, "severe", "lenient"),
        }
    )
    return table.reset_index(names=EVALUATOR)


def _groups(rows: DataFrame, least: int = LEAST_FORMS) -> DataFrame:
    """How evaluators rate each group against the rest of the employees they rated."""
    forms = rows.groupby([EVALUATOR, EMPLOYEE, "group"], as_index=False).agg(
        sum=("residual", "sum"), gain=("gain", "sum")
    )
    # An employee's measure takes up its share of what one of several evaluators is off.
    each = forms.groupby(EMPLOYEE)["sum"].transform("size")
    forms["sum"] *= each / (each - 1).where(each > 1)
    forms["sum"] = _rounded(forms["sum"], rows).where(forms["sum"].notna())
    forms = forms.dropna(subset="sum")
    tables = [_nothing().assign(se=0.0)]
    for name in sorted(forms["group"].unique()):
        inside = forms["group"] == name
        sides = [_bias(forms[mine]) for mine in (inside, ~inside)]
        both = sides[0].add_suffix("_in").join(sides[1].add_suffix("_out"), how="inner")
        both = both[(both["n_in"] >= least) & (both["n_out"] >= least)]
        off, se = both["b_in"] - both["b_out"], np.hypot(both["se_in"], both["se_out"])
        se = se.where(se > 0)
        df = both["n_in"] + both["n_out"] - 2
        half = stats.t.ppf(0.5 + LEVEL / 2, df) * se
        table = DataFrame(
            {
                "effect": "group",
                "group": str(name),
                "statistic": off,
                "low": off - half,
                "high": off + half,
                "n": both["n_in"],
                "se": se,
                "p_value": 2 * stats.t.sf(np.abs(off / se), df),
                "flag": np.where(off > 0, "favours", "disfavours"),
            }
        )
        tables.append(table.reset_index(names=EVALUATOR))
    there = [table for table in tables if len(table)]
    return pd.concat(there, ignore_index=True) if there else tables[0]


def _bias(forms: DataFrame) -> DataFrame:
    """Logits by which each evaluator's ratings are off, one Newton step, with errors by forms."""
    of = forms[EVALUATOR]
    total = forms["gain"].groupby(of).sum()
    b = forms["sum"].groupby(of).sum() / total
    off = (forms["sum"] - of.map(b).astype("float64") * forms["gain"]) ** 2
    n = off.groupby(of).size()
    return DataFrame({"b": b, "se": np.sqrt(off.groupby(of).sum() * n / (n - 1)) / total, "n": n})


def _flagged(rows: DataFrame, false: float) -> DataFrame:
    """With p-values adjusted over the evaluators of each effect; flags of what is not clear go."""
    adjusted = rows.groupby("effect")["p_value"].transform(false_discoveries)
    clear = adjusted < false
    return rows.assign(p_adjusted=adjusted, flag=rows["flag"].where(clear, ""))
