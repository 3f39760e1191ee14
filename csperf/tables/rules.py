"""The rules that compare columns of a row, or rows of a table; each takes one pass over arrays."""

from __future__ import annotations

from functools import singledispatch

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.errors import Problem
from csperf.tables.declare import (
    Apart,
    AtMost,
    Burst,
    Once,
    Repeated,
    RowRule,
    TimeOrder,
    Typical,
)
from csperf.tables.findings import Findings, key_of

ENOUGH = 10  # values, for their median to say anything
WHOLE = 100  # per cent
UNKNOWN = np.iinfo(np.int64).min  # numpy's own number for no time
FOREVER = np.iinfo(np.int64).max


@singledispatch
def check_rule(rule: RowRule, frame: DataFrame, findings: Findings) -> None:
    """Hold a typed frame against one rule; columns that are not there break none."""
    raise TypeError(f"no check for {rule!r}")


@check_rule.register
def _(rule: TimeOrder, frame: DataFrame, findings: Findings) -> None:
    if {rule.earlier, rule.later} <= {*frame}:
        earlier, later = frame[rule.earlier], frame[rule.later]
        bad = frame[later <= earlier if rule.strict else later < earlier]
        what = f"{'does not lie after' if rule.strict else 'lies before'} {rule.earlier}"
        column = findings.table.column(rule.later)
        happened = column.type == "time" and not column.ahead
        add = findings.add_skewed if happened else findings.add
        add(bad, rule.later, what, rule.rule)


@check_rule.register
def _(rule: AtMost, frame: DataFrame, findings: Findings) -> None:
    needed = {rule.column, rule.limit} if isinstance(rule.limit, str) else {rule.column}
    if not needed | ({rule.when[0]} if rule.when else set()) <= {*frame}:
        return
    limit = frame[rule.limit] if isinstance(rule.limit, str) else rule.limit
    above = (frame[rule.column] > limit).fillna(False)
    what = f"is above {rule.limit if isinstance(rule.limit, str) else f'{rule.limit:g}'}"
    if rule.when:
        name, values = rule.when
        above &= frame[name].isin(values)
        what += f" where {name} is {' or '.join(values)}"
    findings.add(frame[above.astype(bool)], rule.column, what, rule.rule)


@check_rule.register
def _(rule: Once, frame: DataFrame, findings: Findings) -> None:
    if not {*rule.columns} <= {*frame}:
        return
    whole = frame[frame[list(rule.columns)].notna().all(axis=1)]
    natural = DataFrame(
        {
            name: values.dt.floor("s") if isinstance(values.dtype, pd.DatetimeTZDtype) else values
            for name, values in whole[list(rule.columns)].items()
        }
    )
    what = f"the same {', '.join(rule.columns)} as in an earlier row"
    findings.add(whole[natural.duplicated()], "", what, rule.rule)


@check_rule.register
def _(rule: Apart, frame: DataFrame, findings: Findings) -> None:
    by = [name for name in rule.by if name in frame]
    if not {rule.by[0], rule.start} <= {*frame}:
        return
    spells = _spells(frame, by, rule)
    spells["with"] = _reaching(spells)
    over = spells[spells["with"] >= 0]
    if rule.share and len(over):
        over = over[_together(spells).loc[over.index] > WHOLE]
    rows, others = frame.iloc[over["row"]], frame.index[over["with"]]
    if rule.rule == "error":
        shared = f"end one of them, or give shares that sum to {WHOLE}"
        advice = shared if rule.share else "end one before the other begins"
        findings.errors += [
            Problem(findings.where, f"{of} overlaps with row {other}", advice, row, rule.start)
            for row, of, other in zip(
                rows.index, key_of(rows, findings.table.ids), others, strict=True
            )
        ]
    else:
        findings.add(rows, "", f"{rule.start} to {rule.end} overlaps with another row", rule.rule)


def _spells(frame: DataFrame, by: list[str], rule: Apart) -> DataFrame:
    """Who, start and end as whole numbers, share, and the row, sorted by who and start."""
    start, end = (_microseconds(frame, name) for name in (rule.start, rule.end))
    spells = DataFrame(
        {
            "who": frame.groupby(by, dropna=False, sort=False).ngroup().to_numpy(),
            "start": start,
            "end": np.where(end == UNKNOWN, FOREVER, end),
            "share": _shares(frame, rule),
            "row": np.arange(len(frame)),
        }
    )
    known = (spells["start"] != UNKNOWN) & (spells["end"] > spells["start"])
    return spells[known].sort_values(["who", "start"], kind="stable", ignore_index=True)


def _microseconds(frame: DataFrame, name: str) -> np.ndarray:
    """A column of moments as whole numbers; UNKNOWN where it, or the column, is not there."""
    if name not in frame:
        return np.full(len(frame), UNKNOWN)
    return frame[name].to_numpy("datetime64[us]").astype(np.int64)


def _shares(frame: DataFrame, rule: Apart) -> Series | float:
    if rule.share in frame:
        return frame[rule.share].fillna(WHOLE).to_numpy()
    return float(WHOLE)


def _reaching(spells: DataFrame) -> Series:
    """Row of the earlier spell that lasts longest, if it lasts beyond the start, else -1."""
    who = spells["who"]
    longest = spells["end"].groupby(who).cummax()
    holder = spells["row"].where(spells["end"] == longest).ffill()
    same = who == who.shift()
    overlaps = same & (longest.shift(fill_value=0) > spells["start"])
    return holder.shift().where(overlaps, -1).fillna(-1).astype(np.int64)


def _together(spells: DataFrame) -> Series:
    """Per cents that are taken at the start of each spell, its own included."""
    begin = spells[["who", "start", "share"]].set_axis(["who", "at", "change"], axis=1)
    finish = spells[["who", "end", "share"]].set_axis(["who", "at", "change"], axis=1)
    changes = pd.concat(
        [finish.assign(change=-finish["change"], begins=False), begin.assign(begins=True)]
    ).sort_values(["who", "at", "begins"], kind="stable")
    taken = changes["change"].groupby(changes["who"]).cumsum().round(6)
    return taken[changes["begins"]]


@check_rule.register
def _(rule: Typical, frame: DataFrame, findings: Findings) -> None:
    if not {rule.column, rule.per or rule.column} <= {*frame}:
        return
    values = frame[rule.column].astype("float64")
    if rule.per:
        values = values / frame[rule.per].astype("float64")
    counted = values[(values > 0) & np.isfinite(values)]
    middle = counted.median()
    if len(counted) < ENOUGH or rule.low <= middle <= rule.high:
        return
    unit = findings.table.column(rule.column).unit
    each = f" for each of {rule.per}" if rule.per else ""
    what = f"has a median of {middle:.3g}{each}: is it really given in {unit}?"
    findings.add(frame.loc[counted.index], rule.column, what, rule.rule)


@check_rule.register
def _(rule: Burst, frame: DataFrame, findings: Findings) -> None:
    if not {rule.by, rule.at} <= {*frame}:
        return
    clicks = frame[frame[rule.by].notna() & (frame[rule.at].dt.floor("30min") != frame[rule.at])]
    minute = clicks[rule.at].dt.floor("min")
    many = clicks.groupby([clicks[rule.by], minute])[rule.at].transform("size") >= rule.rows
    what = f"{rule.rows} or more of one {rule.by} in the same minute: authentic?"
    findings.add(clicks[many], rule.at, what, rule.rule)


@check_rule.register
def _(rule: Repeated, frame: DataFrame, findings: Findings) -> None:
    both = [rule.by, rule.column]
    if not {*both} <= {*frame}:
        return
    known = frame[frame[both].notna().all(axis=1)]
    many = known.groupby(both)[rule.column].transform("size") >= rule.rows
    what = f"is the same in {rule.rows} or more of one {rule.by}: authentic?"
    findings.add(known[many], rule.column, what, rule.rule)
