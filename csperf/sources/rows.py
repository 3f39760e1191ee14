"""From raw rows to a checked table: rename, take blanks off, recode, choose, give types, check."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame

from csperf.errors import InputError, Problem, meant, shown
from csperf.params import Source
from csperf.parsing import as_text, sortable, typed
from csperf.tables import (
    Table,
    check,
    check_columns,
    misspelt,
    quality_frame,
    quality_row,
)

Counted = list[dict[str, object]]


def prepare(
    raw: DataFrame, source: Source, table: Table, zone: str | None, where: str
) -> tuple[DataFrame, DataFrame]:
    """Rename, recode, choose, type and check rows that are already in memory."""
    raw = raw if raw.index.is_unique else raw.reset_index(drop=True)
    names = column_names(list(raw), source, table, where)
    frame = raw[list(names.values())].set_axis(list(names), axis="columns")
    tidy, cleaned = _tidy(frame, table)
    chosen, superseded = _choose(_recode(tidy, source), source, table, zone, where)
    values, problems = typed(chosen, table, where, source.formats, zone)
    try:
        checked = check(values, table, where)
    except InputError as error:
        known = {(problem.row, problem.column) for problem in problems}
        problems += [p for p in error.problems if (p.row, p.column) not in known]
    if problems:
        raise InputError(sorted(problems, key=lambda problem: problem.row or 0))
    unread = [
        quality_row(
            table.name, f"{shown(theirs)} not read (meant '{ours}'?)", values, len(values), ()
        )
        for theirs, ours in misspelt(names, table).items()
    ]
    counted = quality_frame([*cleaned, *superseded, *unread])
    key = [name for name in table.key if name in checked.frame]
    ordered = checked.frame.sort_values(key, kind="stable")  # the index stays the row of the file
    return ordered, pd.concat([counted, checked.quality], ignore_index=True)


def column_names(there: list[str], source: Source, table: Table, where: str) -> dict[str, str]:
    """{name from here on: name in the file}; InputError for names that lead nowhere.

    A column that is renamed loses its old name.
    """
    check_distinct(there, where)
    names = {name: name for name in there if name not in source.columns.values()} | source.columns
    kept = kept_by(source)
    takes = f"it takes {', '.join(table.names)}"
    problems = []
    for ours, theirs in source.columns.items():
        if theirs not in there:
            found = f"columns: the file has no {shown(theirs)}{meant(theirs, there)}"
            problems.append(Problem(where, found, f"it has {', '.join(there)}", column=ours))
        if ours not in (*table.names, *kept):
            found = f"columns: {table.name} has no such column{meant(ours, table.names)}"
            problems.append(Problem(where, found, takes, column=ours))
    timed = {*kept, *(column.name for column in table.columns if column.type in ("time", "date"))}
    for option, used in (("values", source.values), ("formats", source.formats), ("keep", kept)):
        for name in used:
            if name not in names:
                found = f"{option}: there is no such column{meant(name, names)}"
                problems.append(Problem(where, found, column=name))
            elif option == "formats" and name not in timed:
                problems.append(Problem(where, "formats: it holds no times or days", column=name))
    if problems:
        raise InputError(problems)
    check_columns(names, table, where)
    return names


def used_columns(there: list[str], source: Source, table: Table, where: str) -> list[str]:
    """Of the columns in the file those that the table needs, or that look like one it needs."""
    names = column_names(there, source, table, where)
    used = {*table.names, *kept_by(source), *misspelt(names, table)}
    return list(dict.fromkeys(theirs for ours, theirs in names.items() if ours in used))


def check_distinct(names: list[str], where: str) -> None:
    """Raise InputError for two columns of one name, capitals and small letters being the same."""
    plain = [str(name).lower() for name in names]
    twice = [name for name in plain if plain.count(name) > 1]
    if twice:
        found = f"two columns are called {shown(twice[0])}"
        raise InputError(Problem(where, found, "give each a name of its own"))


def kept_by(source: Source) -> tuple[str, ...]:
    """Columns that `keep` needs, declared or not."""
    return (source.keep.per, source.keep.last_by) if source.keep else ()


def _tidy(frame: DataFrame, table: Table) -> tuple[DataFrame, Counted]:
    """Cells without blanks around them, blank ones unknown; rows without any cell are left out."""
    text = frame.select_dtypes("str")
    clean = text.apply(lambda cells: cells.str.strip())
    clean = clean.where(clean != "")
    counted = []
    for name in table.names:
        if name in clean:
            changed = frame[clean[name].notna() & (clean[name] != text[name])]
            if len(changed):
                what = f"{name}: blanks around it taken off"
                counted.append(quality_row(table.name, what, changed, len(frame), table.key))
    whole = frame.assign(**clean)
    empty = whole.isna().all(axis="columns")
    if empty.any():
        what = "a row without anything in it (left out)"
        counted.append(quality_row(table.name, what, whole[empty], len(frame), ()))
    return whole[~empty], counted


def _recode(frame: DataFrame, source: Source) -> DataFrame:
    recoded = {
        name: as_text(frame[name]).map(lambda cell, mapping=mapping: mapping.get(cell, cell))
        for name, mapping in source.values.items()
    }
    return frame.assign(**recoded)


def _choose(
    frame: DataFrame, source: Source, table: Table, zone: str | None, where: str
) -> tuple[DataFrame, Counted]:
    """The row with the highest `last_by` for each `per`; of equal ones the one further down."""
    keep = source.keep
    if keep is None:
        return frame, []
    last = frame[keep.last_by]
    order = sortable(last, source.formats.get(keep.last_by), zone)
    problems = [
        Problem(where, "keep: missing", "give every row a value", row, name)
        for name in kept_by(source)
        for row in frame.index[frame[name].isna()]
    ]
    problems += [
        Problem(where, f"keep: {shown(cell)} is neither a number nor a time", "", row, keep.last_by)
        for row, cell in last[order.isna() & last.notna()].items()
    ]
    if problems:
        raise InputError(problems)
    rising = frame.loc[order.sort_values(kind="stable").index]
    chosen = frame.loc[rising.drop_duplicates(keep.per, keep="last").index.sort_values()]
    latest = order == order.groupby(frame[keep.per]).transform("max")
    rest = ~frame.index.isin(chosen.index)
    fates = {
        f"superseded by a later row of the same {keep.per}": frame[rest],
        f"tied on {keep.last_by} with the row that was kept, the one further down": frame[
            rest & latest
        ],
    }
    return chosen, [
        quality_row(table.name, what, rows, len(frame), table.key)
        for what, rows in fates.items()
        if len(rows)
    ]
