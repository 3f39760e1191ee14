"""Whether grades, penalties and rewards fall on some groups of people more than on others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas import DataFrame, Series
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from csperf.errors import InputError, Problem
from csperf.indicators.intervals import false_discoveries
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

SMALLEST = 5
FOUR_FIFTHS, CLEAR = 0.8, 0.05
COUNTS = ["n", "selected", "rate"]
NUMBERS = [*COUNTS, "rate_of_others", "ratio", "low", "high", "p_value"]
COLUMNS = ["attribute", "group", "outcome", *NUMBERS, "p_adjusted", "status", "flag"]
MISSING = "unknown"
OUTCOMES = ["penalised", "rewarded", "top_grade", "lowest_grade"]
TENURES = [0, 1, 3, np.inf]  # whole years
TENURE_NAMES = ["less than a year", "one to three years", "three years or more"]


def fairness(
    people: DataFrame,
    attributes: Sequence[str],
    outcomes: Sequence[str],
    smallest: int = SMALLEST,
) -> DataFrame:
    """How often each group has an outcome, against everybody else.

    Parameters
    ----------
    people : DataFrame
        A row a person: columns of groups, such as gender, age band, tenure, site, shift, contract
        or manager, and columns of outcomes that are true or false (`fair_outcomes`).
    attributes, outcomes : sequence of str
        Those columns. Who has no group is in the group unknown; who has no outcome is left out.
    smallest : int
        Groups of fewer people are not shown.

    Returns
    -------
    DataFrame
        A row an attribute, group and outcome: n, selected (people with the outcome), rate,
        rate_of_others, ratio (the impact ratio, rate over rate_of_others) with its 95 % interval
        low and high, p_value (Fisher's exact test), p_adjusted (Benjamini and Hochberg over all
        rows), status (ok, suppressed, nobody: no outcome at all), flag (lower or higher where the
        ratio is beyond four fifths and that is clear).

    Raises
    ------
    InputError
        For columns that are not there, outcomes that are neither true nor false, or a smallest
        group of fewer than two.

    Notes
    -----
    Groups that are too small could be had by subtraction where they are one, or fewer people in
    all, so that the next smallest are suppressed with them. Interval of the ratio on the scale of
    logarithms, with half a person added: Walter (1975), Biometrika 62. Four fifths is the rule of
    thumb of the Uniform Guidelines (29 CFR 1607.4 D); it is no verdict.
    """
    _check(people, attributes, outcomes, smallest)
    rows = []
    for attribute in attributes:
        groups = people[attribute].astype("str").fillna(MISSING)
        for outcome in outcomes:
            known = people[outcome].notna()
            hidden = _hidden(groups[known], smallest)
            chosen = people.loc[known, outcome].astype(bool)
            for group in sorted(groups[known].unique()):
                inside = groups[known] == group
                key = {"attribute": attribute, "group": group, "outcome": outcome}
                found = {"status": "suppressed"} if group in hidden else _held(chosen, inside)
                rows.append({**key, **found})
    return _flagged(DataFrame(rows).reindex(columns=COLUMNS))


def fair_outcomes(appraisals: DataFrame, proposals: DataFrame, scheme: Scheme) -> DataFrame:
    """Outcomes that have to be fair, of everybody who was appraised.

    Returns
    -------
    DataFrame
        employee_id; penalised and rewarded (by a proposed rule of negative or positive effect);
        top_grade and lowest_grade (unknown without a grade).
    """
    appraised = appraisals[appraisals["eligible"] & appraisals["score"].notna()]
    effects = {rule.id: rule.effect for rule in scheme.rules}
    effect = proposals["rule_id"].map(effects)
    grades = [band.grade for band in scheme.grades]
    found = DataFrame({"employee_id": appraised["employee_id"]}).reset_index(drop=True)
    for name, kind in (("penalised", "negative"), ("rewarded", "positive")):
        hit = proposals.loc[effect == kind, "employee_id"]
        found[name] = found["employee_id"].isin(hit)
    grade = appraised["grade"].reset_index(drop=True)
    for name, place in (("top_grade", 0), ("lowest_grade", -1)):
        held = grade == grades[place] if grades else Series(pd.NA, index=found.index)
        found[name] = held.astype("boolean").where(grade.notna())
    return found


def department_fairness(
    appraisals: DataFrame,
    proposals: DataFrame,
    employees: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    smallest: int = SMALLEST,
) -> DataFrame:
    """Whether outcomes of a department fall on some of its groups more than on others.

    Parameters
    ----------
    appraisals, proposals : DataFrame
        Those tables of one department and cycle.
    employees : DataFrame
        employee_id, and as far as they are known hire_date, site and employment_type.
    smallest : int
        Groups of fewer people are not shown.

    Returns
    -------
    DataFrame
        The table fairness, over the groups by tenure on the last day of the cycle, site, kind of
        contract, and team, where there are two groups or more; `fairness` says how.
    """
    people = fair_outcomes(appraisals, proposals, scheme)
    known = employees.drop_duplicates("employee_id").set_index("employee_id")
    known = known.reindex(people["employee_id"]).reset_index(drop=True)
    known = known.reindex(columns=["hire_date", "site", "employment_type"])
    hired, end = pd.to_datetime(known["hire_date"]).dt, cycle.end
    before = (hired.month > end.month) | ((hired.month == end.month) & (hired.day > end.day))
    years = end.year - hired.year - before  # by the calendar: years with a leap day are longer
    groups = {
        "tenure": pd.cut(years, TENURES, right=False, labels=TENURE_NAMES).astype("str"),
        "site": known["site"],
        "employment_type": known["employment_type"],
        "team_id": people["employee_id"].map(appraisals.set_index("employee_id")["team_id"]),
    }
    several = {name: each for name, each in groups.items() if each.dropna().nunique() > 1}
    found = fairness(people.assign(**several), [*several], OUTCOMES, smallest)
    department = appraisals["department_id"].iloc[0] if len(appraisals) else ""
    found = found.assign(cycle_id=cycle.id, department_id=department)
    return OUTPUT_TABLES["fairness"].arrange(found)


def _check(
    people: DataFrame, attributes: Sequence[str], outcomes: Sequence[str], smallest: int
) -> None:
    lacking = [name for name in (*attributes, *outcomes) if name not in people]
    problems = [Problem("people", "it is not there", column=name) for name in lacking]
    if smallest < 2:
        found = f"{smallest} would show single people"
        problems.append(Problem("smallest", found, "give 2 or more"))
    for name in set(outcomes) - set(lacking):
        odd = people[name].dropna()
        odd = odd[~odd.isin([True, False])]
        if len(odd):
            found = f"'{odd.iloc[0]}' is neither true nor false"
            problems.append(Problem("people", found, column=name))
    if problems:
        raise InputError(problems)


def _hidden(groups: Series, smallest: int) -> set[str]:
    """Groups that are too small, with the next ones until together they are not.

    A group beside which fewer than that are left is hidden too: its others would be shown.
    """
    sizes = groups.value_counts().sort_values(kind="stable")
    small = int((sizes < smallest).sum())
    if small:
        while small < len(sizes) and (small < 2 or sizes.iloc[:small].sum() < smallest):
            small += 1
    hidden = {str(name) for name in sizes.index[:small]}
    left = len(groups) - sizes
    return hidden | {str(name) for name in sizes.index[(left > 0) & (left < smallest)]}


def _held(chosen: Series, inside: Series) -> dict[str, object]:
    """Numbers of a group against everybody else."""
    n, others = int(inside.sum()), int((~inside).sum())
    mine, theirs = int(chosen[inside].sum()), int(chosen[~inside].sum())
    rate = mine / n
    counts = {"n": n, "selected": mine, "rate": rate}
    if not others or not mine + theirs:
        return {**counts, "status": "nobody"}
    of_others = theirs / others
    low, high = confint_proportions_2indep(
        mine, n, theirs, others, compare="ratio", method="log-adjusted"
    )
    table = [[mine, n - mine], [theirs, others - theirs]]
    return {
        **counts,
        "rate_of_others": of_others,
        "ratio": rate / of_others if theirs else np.inf,
        "low": low,
        "high": high,
        "p_value": stats.fisher_exact(table).pvalue,
        "status": "ok",
    }


def _flagged(rows: DataFrame) -> DataFrame:
    adjusted = false_discoveries(rows["p_value"])
    clear = adjusted < CLEAR
    low, high = rows["ratio"] < FOUR_FIFTHS, rows["ratio"] > 1 / FOUR_FIFTHS
    return rows.assign(
        **{name: rows[name].astype("float64") for name in NUMBERS},
        p_adjusted=adjusted,
        flag=np.select([clear & low, clear & high], ["lower", "higher"], ""),
    )
