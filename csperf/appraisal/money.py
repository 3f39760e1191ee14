"""Money in whole cents: rounding, shares that add up, and the pools that are shared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem, meant
from csperf.scheme import Pay, Scheme
from csperf.scheme.formula import names_in, template, value_of
from csperf.scheme.pay import Pool

CENTS = 100
BELOW_A_CENT = 6  # decimals of a cent that count; what is beyond them is noise of the arithmetic
SHOWN = 5
FACTS = ("team_id", "eligible", "score", "grade", "level", "role")
SHARED = {"equal": "equal shares", "fte": "shares by fte", "score": "shares by score"}
POOLS = {
    "pool_id": "str",
    "line": "str",
    "amount": "float64",
    "people": "int64",
    "formula": "str",
    "inputs": "str",
}
NOBODY = {"on_last_day": "nobody is there on the last day", "appraised": "nobody is appraised"}


def in_cents(amounts: Any) -> Any:
    """Amounts in whole cents as floats, half a cent away from zero; unknown stays unknown."""
    cents = np.round(np.abs(amounts) * CENTS, BELOW_A_CENT)
    return np.copysign(np.floor(cents + 0.5), amounts) + 0.0


def rounded(amounts: Any) -> Any:
    """Amounts to the cent, half a cent away from zero; unknown stays unknown."""
    return in_cents(amounts) / CENTS


def shares(amount: float, weights: Series) -> Series:
    """An amount shared in proportion to weights, in cents that add up to it exactly.

    Each gets the whole cents of his or her share; the cents that are left go to the largest
    remainders, of equal ones to those whose id comes first.

    Parameters
    ----------
    amount : float
        Rounded to the cent; may be negative.
    weights : Series
        From 0, by id.

    Raises
    ------
    ValueError
        If there is an amount to share and no weight above 0, or a weight that is negative or not
        known.
    """
    if not (weights >= 0).all():
        raise ValueError("weights: one is negative or not known")
    total = abs(float(in_cents(amount)))
    if not total:
        return Series(0.0, index=weights.index)
    if not weights.sum() > 0:
        raise ValueError("nobody has a weight above 0")
    exact = np.round(total * (weights / weights.sum()).to_numpy("float64"), BELOW_A_CENT)
    whole = np.floor(exact)
    left = round(total - whole.sum())
    first = np.lexsort((weights.index.astype(str), whole - exact))[:left]
    whole[first] += 1
    return Series(math.copysign(1, amount) * whole / CENTS + 0.0, index=weights.index)


@dataclass(frozen=True)
class Shared:
    """A pool as it was shared: its amount, each person's share, and how it came about."""

    amount: float
    of: Series
    people: int
    inputs: str


def facts_of(people: DataFrame, inputs: DataFrame) -> DataFrame:
    """What pay may depend on, by employee_id: results of the appraisal, and the inputs."""
    known = people.set_index("employee_id")[[name for name in FACTS if name in people]]
    more = inputs.set_index("employee_id").drop(columns=[*known], errors="ignore")
    return known.join(more).sort_index()


def shared_pools(
    facts: DataFrame, pay: Pay, totals: Mapping[str, float], scheme_id: str
) -> dict[str, Shared]:
    """Every pool of a scheme's pay, by id; `facts` as `facts_of` returns them.

    A pool whose amount, or whose share of somebody, is not known is not known for anybody; one
    that nobody is there to share is not paid.
    """
    group = {name: value.value for name, value in pay.values.items()} | {**totals}
    return {pool.id: _shared(pool, facts, group, scheme_id) for pool in pay.pools}


def figure(number: float) -> str:
    """A number as formulas show it: `80,000`, `0.5`, `unknown`."""
    return "unknown" if math.isnan(number) else f"{number:,.12g}"


def require(names: Iterable[str], known: Iterable[str], scheme_id: str, path: str) -> None:
    """InputError that names the place in the scheme for every name that nobody provides."""
    there = sorted(known)
    problems = [
        Problem(
            f"scheme '{scheme_id}': {path}",
            f"nothing is called '{name}'{meant(name, there)}",
            f"there are {', '.join(there)}",
        )
        for name in names
        if name not in there
    ]
    if problems:
        raise InputError(problems)


def _shared(pool: Pool, facts: DataFrame, group: Mapping[str, float], scheme_id: str) -> Shared:
    path, formula = f"pay.pools.{pool.id}", pool.amount.value
    names = names_in(formula)
    require(names, group, scheme_id, f"{path}.amount")
    amount = float(rounded(value_of(formula, group)))
    numbers = template(formula).format_map({name: figure(group[name]) for name in names})
    weights = _weights(pool, facts, scheme_id, f"{path}.share")
    lacking = [*weights.index[weights.isna()]]
    if not math.isfinite(amount) or lacking:
        more = f" and {len(lacking) - SHOWN} more" if len(lacking) > SHOWN else ""
        whose = f"{pool.share.value} of {', '.join(lacking[:SHOWN])}{more}"
        why = whose if lacking else "the amount"
        unknown = Series(np.nan, index=facts.index)
        return Shared(amount, unknown, 0, f"{numbers}: {why} is not known")
    people = int((weights > 0).sum())
    if not people:
        why = f"{numbers} = {amount:,.2f} is not paid: {NOBODY[pool.among.value]}"
        return Shared(amount, Series(0.0, index=facts.index), 0, why)
    how = f"{numbers} = {amount:,.2f} for {people} people, {SHARED[pool.share.value]}"
    return Shared(amount, shares(amount, weights), people, how)


def _weights(pool: Pool, facts: DataFrame, scheme_id: str, path: str) -> Series:
    """What each person's share is in proportion to; 0 for those who have none."""
    scored = facts["score"].notna() & _flag(facts, "eligible")
    inside = scored if pool.among.value == "appraised" else _flag(facts, "on_last_day")
    by = pool.share.value
    if by == "equal":
        return inside.astype("float64")
    require([by], facts.columns, scheme_id, path)
    weights = facts[by].astype("float64").where(inside, 0.0)
    return weights.fillna(0.0) if by == "score" else weights


def _flag(facts: DataFrame, name: str) -> Series:
    """A column of flags, unknown as false; true for everybody if it is not there."""
    there = facts[name] if name in facts else Series(True, index=facts.index)
    return there.astype("boolean").fillna(False).astype(bool)


def pools(
    people: DataFrame, scheme: Scheme, inputs: DataFrame, totals: Mapping[str, float]
) -> DataFrame:
    """Every pool of a scheme, with what became of it; arguments as for `pay_lines`.

    Returns
    -------
    DataFrame
        pool_id, line (the line that pays its shares as they are, if one does), amount, people (who
        share it), formula, inputs (the numbers, and why it is not paid if it is not).
    """
    if scheme.pay is None:
        return DataFrame(columns=[*POOLS]).astype(POOLS)
    found = shared_pools(facts_of(people, inputs), scheme.pay, totals, scheme.id)
    lines = {line.formula.value.strip(): line.id for line in scheme.pay.lines}
    rows = [
        {
            "pool_id": pool.id,
            "line": lines.get(pool.id),
            "amount": found[pool.id].amount,
            "people": found[pool.id].people,
            "formula": pool.amount.value,
            "inputs": found[pool.id].inputs,
        }
        for pool in scheme.pay.pools
    ]
    found = DataFrame(rows, columns=[*POOLS]).astype(POOLS)
    return found.sort_values("pool_id", ignore_index=True)
