"""Pay statements: every line with its formula, the numbers that went in, and where it is ruled.

Nothing is paid by these lines; they are proposals like everything else that touches pay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decided_money import decided_money
from csperf.appraisal.money import SHARED, facts_of, figure, require, rounded, shared_pools
from csperf.scheme import Pay, Scheme, Sourced
from csperf.scheme.formula import names_in, template, value_of
from csperf.scheme.pay import Line, Lookup
from csperf.tables import OUTPUT_TABLES


@dataclass(frozen=True)
class _Known:
    """Numbers by name, one a person, and what is to be said of some of them."""

    scheme_id: str
    numbers: dict[str, Series]
    notes: dict[str, list[str]]


@dataclass(frozen=True)
class _OfRules:
    """Money that rules propose for each person, how it adds up, and the ids of the rules."""

    amounts: np.ndarray
    texts: list[str]
    ids: list[str]


def pay_lines(
    people: DataFrame,
    scheme: Scheme,
    inputs: DataFrame,
    totals: Mapping[str, float],
    money_of_rules: DataFrame,
    kept: DataFrame | None = None,
) -> DataFrame:
    """Lines of the pay statements of one cycle.

    Parameters
    ----------
    people : DataFrame
        employee_id, team_id, score, and grade, level, role and eligible as far as they are known.
    inputs : DataFrame
        employee_id and a column for each number that formulas may name, as `inputs_of` returns
        them; on_last_day and fte say who shares a pool (everybody if on_last_day is not there).
    totals : mapping
        Values of the whole group by name; not a number is unknown.
    money_of_rules : DataFrame
        Rows of the proposals table; the money of those that count is added to the line
        `rank_money`, see `decided_money`.
    kept : DataFrame, optional
        Money that was approved before the cycle was run again, as `kept_money` finds it.

    Returns
    -------
    DataFrame
        team_id, employee_id, line, amount (to the cent, half a cent away from zero; empty where
        something is not known), currency, formula, inputs (numbers, notes, why it is empty),
        rule_id. People by id, their lines in the order of the scheme; the last one is the total.

    Raises
    ------
    InputError
        For a name that nobody provides, with its place in the scheme.
    """
    table = OUTPUT_TABLES["pay"]
    columns = ["team_id", *table.names[table.names.index("employee_id") :]]
    if scheme.pay is None or people.empty:
        return table.empty()[columns]
    facts = facts_of(people, inputs)
    known = _known(facts, scheme.pay, totals, scheme.id)
    people_ids, lines = [*facts.index], []
    money = decided_money(money_of_rules, kept)
    for line in scheme.pay.lines:
        named = line.id == scheme.pay.rank_money
        rules = _of_rules(money if named else money.iloc[:0], people_ids)
        found = _line(line, scheme.pay, known, rules, facts.index)
        known = replace(known, numbers={**known.numbers, line.id: found["amount"]})
        lines.append(found.assign(line=line.id, formula=_written(line, scheme.pay, totals)))
    lines[-1] = _warned(lines[-1], scheme.pay, facts)
    order = np.argsort(np.tile(np.arange(len(facts)), len(lines)), kind="stable")
    whole = pd.concat(lines).iloc[order].assign(currency=scheme.currency or None)
    return whole.join(facts["team_id"]).rename_axis("employee_id").reset_index()[columns]


def under_minimum_wage(pay: DataFrame, scheme: Scheme, inputs: DataFrame) -> DataFrame:
    """People whose total is under the minimum wage for their share of full time.

    An unknown share of full time counts as full time: a warning too many costs nobody money.

    Returns
    -------
    DataFrame
        employee_id, total, minimum, short, all in the scheme's currency, sorted by employee_id.
    """
    columns = ["employee_id", "total", "minimum", "short"]
    if scheme.pay is None or scheme.pay.minimum_wage is None:
        return DataFrame(columns=columns)
    last = pay[pay["line"] == scheme.pay.lines[-1].id].set_index("employee_id")["amount"]
    least = _minimum(scheme.pay, inputs.set_index("employee_id").reindex(last.index))
    found = DataFrame({"total": last, "minimum": least, "short": rounded(least - last)})
    return found[last < least].reset_index()[columns].sort_values("employee_id", ignore_index=True)


def cost(pay: DataFrame) -> DataFrame:
    """What the lines come to for each team.

    Returns
    -------
    DataFrame
        team_id, line, amount (empty if nobody's is known), people, unknown (people whose amount is
        not known and therefore not in it). The total of a statement is a line like the others.
    """
    grouped = pay.groupby(["team_id", "line"], dropna=False)["amount"]
    found = DataFrame(
        {
            "amount": rounded(grouped.sum(min_count=1)),
            "people": grouped.size(),
            "unknown": grouped.size() - grouped.count(),
        }
    )
    return found.reset_index()


def reconcile(pay: DataFrame, pools: DataFrame) -> DataFrame:
    """Pools against the lines that pay them out; `pools` as the function of that name returns them.

    Returns
    -------
    DataFrame
        pool_id, line, amount, paid, difference (paid minus amount), status: `matches`, `differs`,
        `not paid` (nobody shares it, or it is not known) or `in a formula` (its shares are no line
        of their own).
    """
    paid = pay.groupby("line")["amount"].sum(min_count=1)
    found = pools[["pool_id", "line", "amount", "people"]].copy()
    found["paid"] = found["line"].map(paid).astype("float64")
    found["difference"] = rounded(found["paid"] - found["amount"])
    status = Series("differs", index=found.index).mask(found["difference"] == 0, "matches")
    status = status.mask(found["people"] == 0, "not paid").mask(
        found["line"].isna(), "in a formula"
    )
    return found.drop(columns="people").assign(status=status)


def _known(facts: DataFrame, pay: Pay, totals: Mapping[str, float], scheme_id: str) -> _Known:
    """Everything that formulas of lines may name before the first line; later ones win."""
    numbers = {name: facts[name].astype("float64") for name in facts.select_dtypes("number")}
    fixed = {name: value.value for name, value in pay.values.items()} | {**totals}
    numbers |= {name: Series(float(value), index=facts.index) for name, value in fixed.items()}
    notes: dict[str, list[str]] = {}
    for name, table in pay.tables.items():
        require([table.by], facts.columns, scheme_id, f"pay.tables.{name}.by")
        numbers[name], notes[name] = _looked_up(table, facts[table.by])
    for name, pool in shared_pools(facts, pay, totals, scheme_id).items():
        numbers[name], notes[name] = pool.of, [pool.inputs] * len(facts)
    return _Known(scheme_id, numbers, notes)


def _looked_up(table: Lookup, of: Series) -> tuple[Series, list[str]]:
    """A table's amount for each person, and by what it was found."""
    keys = of.astype("object").map(_key, na_action="ignore")
    rows = {key: row.value for key, row in table.rows.items()}
    silent = table.unknown.value if table.unknown else np.nan
    amounts = keys.map(rows).astype("float64").fillna(table.otherwise.value)
    notes = [f"{table.by} is not known" if pd.isna(key) else f"{table.by} {key}" for key in keys]
    return amounts.mask(keys.isna(), silent), notes


def _key(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _of_rules(money: DataFrame, ids: list[str]) -> _OfRules:
    """Money by person; what does not count is only told."""
    said = money.groupby("employee_id")["text"].agg(", ".join).to_dict()
    counted = money[money["counts"]].groupby("employee_id")
    amounts, named = counted["amount"].sum().to_dict(), counted["rule_id"].agg(", ".join).to_dict()
    return _OfRules(
        np.array([amounts.get(id, 0.0) for id in ids]),
        [said.get(id, "") for id in ids],
        [named.get(id, "") for id in ids],
    )


def _line(line: Line, pay: Pay, known: _Known, rules: _OfRules, ids: pd.Index) -> DataFrame:
    """Amount, inputs and rule_id of one line, by employee_id."""
    path, formula = f"pay.lines.{line.id}", line.formula.value
    names = names_in(formula)
    require(names, known.numbers, known.scheme_id, path)
    noted = [name for name in names if name in known.notes]
    read = {name: known.numbers[name].to_numpy("float64") for name in names}
    asked = Series(rounded(value_of(formula, read) + rules.amounts), index=ids)
    asked = asked.where(np.isfinite(asked))
    amount = _held(asked, line, pay, known)
    parts = [
        _with_numbers(formula, read, len(ids)),
        *([f"{name}: {note}" for note in known.notes[name]] for name in noted),
        rules.texts,
        _not_taken(asked, amount, pay.limit(line)),
        _why_empty(amount, known.numbers, [*names, *(pay.limit(line) or ())]),
    ]
    return DataFrame(
        {
            "amount": amount,
            "inputs": ["; ".join(filter(None, texts)) for texts in zip(*parts, strict=True)],
            "rule_id": [named or path for named in rules.ids],
        }
    )


def _held(asked: Series, line: Line, pay: Pay, known: _Known) -> Series:
    """The amount, of a deduction only as much as is left of what it has to stay within."""
    within = pay.limit(line)
    if within is None:
        return asked
    left = sum((known.numbers[id] for id in within), Series(0.0, index=asked.index))
    for earlier in pay.lines[: pay.lines.index(line)]:
        if {*(pay.limit(earlier) or ())} & {*within} and earlier.id not in within:
            left = left + known.numbers[earlier.id].clip(upper=0)
    return asked.where(asked >= 0, np.maximum(asked, -rounded(left.clip(lower=0)))) + 0.0


def _not_taken(asked: Series, amount: Series, within: tuple[str, ...] | None) -> list[str]:
    """What of a deduction is let go; it is no debt."""
    left = f"no more is left of {', '.join(within)}" if within else "it would come to less than 0"
    return [
        f"{over:,.2f} is not taken, for {left}; it is no debt" if over else ""
        for over in rounded(amount - asked).fillna(0.0).tolist()
    ]


def _why_empty(amount: Series, numbers: Mapping[str, Series], names: list[str]) -> list[str]:
    """Why a person's amount is empty; nothing for the others."""
    lacking = {name: numbers[name].isna().to_numpy() for name in dict.fromkeys(names)}
    why = [""] * len(amount)
    for row in np.flatnonzero(amount.isna()):
        unknown = ", ".join(name for name in lacking if lacking[name][row])
        why[row] = f"empty: {unknown} not known" if unknown else "empty: it would be divided by 0"
    return why


def _with_numbers(formula: str, read: Mapping[str, np.ndarray], people: int) -> list[str]:
    """The formula with each person's numbers in place of the names."""
    text = template(formula)
    if not read:
        return [text] * people
    figures = ([figure(number) for number in numbers.tolist()] for numbers in read.values())
    rows = zip(*figures, strict=True)
    return [text.format_map(dict(zip(read, row, strict=True))) for row in rows]


def _written(line: Line, pay: Pay, totals: Mapping[str, float]) -> str:
    """A line's formula, that of the pools in it, its limit, and what of it is only assumed."""
    names = names_in(line.formula.value)
    shared = [pool for pool in pay.pools if pool.id in names]
    parts = [line.formula.value]
    parts += [f"{x.id} = {x.amount.value}, {SHARED[x.share.value]}" for x in shared]
    within = pay.limit(line)
    parts += [f"a deduction stays within {', '.join(within)}"] if within else []
    formulas = {"the formula": line.formula, **{f"the pool {x.id}": x.amount for x in shared}}
    for pool in shared:
        names += names_in(pool.amount.value)
    values = {name: pay.values[name] for name in names if name in pay.values and name not in totals}
    rows = {
        f"{name} {key}": row
        for name in names
        if name in pay.tables
        for key, row in pay.tables[name].rows.items()
    }
    given: dict[str, Sourced[Any]] = {**formulas, **values, **rows}
    assumed = [what for what, value in given.items() if value.provenance == "assumed"]
    parts += [f"assumed: {', '.join(assumed)}"] if assumed else []
    return "; ".join(parts)


def _minimum(pay: Pay, facts: DataFrame) -> Series:
    """The minimum wage for each person's share of full time."""
    fte = facts["fte"].astype("float64").fillna(1.0) if "fte" in facts else 1.0
    least = pay.minimum_wage.value if pay.minimum_wage else 0.0
    return Series(rounded(least * Series(fte, index=facts.index)), index=facts.index)


def _warned(total: DataFrame, pay: Pay, facts: DataFrame) -> DataFrame:
    """The total with a warning in its inputs where it is too low: negative, or under the wage."""
    least = _minimum(pay, facts)
    under = "negative" if pay.minimum_wage is None else "under the minimum wage of {:,.2f}"
    warning = ["; warning: " + under.format(wage) for wage in least]
    low = total["amount"] < least
    return total.assign(inputs=total["inputs"].where(~low, total["inputs"] + warning))
