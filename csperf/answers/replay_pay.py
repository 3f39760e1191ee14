"""Pay of a cycle under another scheme, beside the official one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.appeals import suspended
from csperf.appraisal.decided_money import OPEN
from csperf.appraisal.decisions import DECIDED
from csperf.appraisal.eligibility import MACHINE
from csperf.appraisal.judging import Judgement
from csperf.appraisal.longer import beyond_rules
from csperf.appraisal.pay import cost
from csperf.appraisal.paying import paid
from csperf.params import Cycle
from csperf.pipeline import Appraisals
from csperf.scheme import Scheme

SAME = ["employee_id", "rule_id", "action"]
LINE = ["team_id", "line"]
COSTS = ["amount", "people", "unknown"]


def replayed_pay(
    past: Appraisals,
    made: Judgement,
    scheme: Scheme,
    cycle: Cycle,
    tables: Mapping[str, DataFrame] | None,
) -> DataFrame | None:
    """Lines of pay statements under another scheme; None if its inputs are not there.

    What people decided about a proposal holds for the same one under the other scheme.
    """
    if scheme.pay is None or beyond_rules(cycle, scheme):
        return past.pay.iloc[:0]
    if tables is None:
        return None
    machines = past.people["reason"].str.startswith(MACHINE, na=False)
    staff = made.appraisals["employee_id"].isin(past.people.loc[~machines, "employee_id"])
    waiting = suspended(tables["appeals"], cycle) if "appeals" in tables else []
    return paid(
        made.appraisals[staff],
        scheme,
        cycle,
        tables,
        past.indicator_values,
        past.group_values,
        _as_decided(made.proposals, past.proposals, waiting),
        past.records.get("kept_money"),
    ).lines


def pay_beside(official: DataFrame, other: DataFrame | None) -> DataFrame:
    """What each line of both schemes comes to, by team; `..._other` is the other scheme.

    Columns: team_id, line, amount, people, unknown, and the same of the other scheme.
    """
    theirs = cost(official.iloc[:0] if other is None else other)
    both = cost(official).merge(theirs, on=LINE, how="outer", suffixes=("", "_other"))
    return both[[*LINE, *COSTS, *(f"{name}_other" for name in COSTS)]]


def pay_totals(official: DataFrame, other: DataFrame | None, people: DataFrame) -> DataFrame:
    """Totals of people's statements under both schemes: team_id, under, amount, currency.

    Where the statements of the other scheme have no inputs, nobody's total is known.
    """
    unknown = people[["team_id"]].assign(amount=np.nan, currency=None)
    sides = {"official": _last_lines(official)}
    sides["other"] = unknown if other is None else _last_lines(other)
    rows = [side.assign(under=under) for under, side in sides.items()]
    return pd.concat(rows, ignore_index=True).astype({"amount": "float64", "currency": "str"})


def _last_lines(pay: DataFrame) -> DataFrame:
    """Of each person the last line of the statement, the total."""
    return pay.drop_duplicates("employee_id", keep="last")[["team_id", "amount", "currency"]]


def _as_decided(proposals: DataFrame, official: DataFrame, waiting: list[str]) -> DataFrame:
    """Proposals with the decisions on the same ones under the official scheme."""
    decided = official[[*SAME, "status", *DECIDED]].rename(columns={"status": "stands"})
    plain = proposals.drop(columns=[name for name in DECIDED if name in proposals])
    whole = plain.merge(decided, on=SAME, how="left")
    held = whole["employee_id"].isin(waiting) & whole["flags"].isna()
    flags: Series = whole["flags"].astype("str").mask(held, OPEN)
    return whole.assign(status=whole["stands"].astype("str").fillna("proposed"), flags=flags)
