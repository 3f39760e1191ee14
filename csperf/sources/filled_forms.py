"""Rows of a table from a folder of filled forms; every problem names file, sheet and cell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path

from pandas import DataFrame, RangeIndex

from csperf.errors import InputError, OutputError, Problem, shown
from csperf.params import Source
from csperf.sources.form_file import Form, Row, read_form
from csperf.sources.rows import prepare
from csperf.tables import Table, quality_frame, quality_row
from csperf.tables.forms import FORM_TABLES, FORMS, HANDED_IN
from csperf.tables.input import CYCLE

NO_FILES = ("~$", ".")  # what office programs keep beside an open file, and hidden files
SUFFIX = ".xlsx"
OPEN = "not yet handed in (left out)"
SETTINGS = re.compile(r",? or (?:declare its format under formats|recode it under values):")
AGAIN = "the same form a second time (left out)"


@dataclass(frozen=True)
class Filled:
    """What a folder of forms says of one table; `rows` are in the order of `frame`."""

    frame: DataFrame
    places: list[dict[str, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    quality: DataFrame = field(default_factory=lambda: quality_frame([]))


def read_filled(
    source: Source, table: Table, zone: str | None, folder: Path
) -> tuple[DataFrame, DataFrame]:
    """The checked table and its data_quality rows, from all forms of a folder.

    Raises
    ------
    InputError
        Listing every problem of every form, with file, sheet and cell.
    OutputError
        If the folder cannot be read.
    """
    where = source.place(folder)
    if table.name not in FORM_TABLES:
        advice = f"forms: gives {', '.join(FORM_TABLES)}"
        raise InputError(Problem(where, f"no form has {table.name}", advice))
    found = filled_rows(folder / source.forms, table)
    problems = found.problems
    try:
        checked, counted = prepare(found.frame, source, table, zone, where)
    except InputError as error:
        known = {problem.where for problem in problems}
        told = (_about_its_cell(problem) for problem in error.problems)
        placed = dict.fromkeys(in_their_cells(told, found))  # one cell may be of many rows
        problems = [*problems, *(each for each in placed if each.where not in known)]
    if problems:
        raise InputError(sorted(problems, key=lambda problem: _in_order(problem.where)))
    rows = [*found.quality.to_dict("records"), *counted.to_dict("records")]
    return checked, quality_frame(rows)


def filled_rows(path: Path, table: Table) -> Filled:
    """Rows of a table as people filled them in, and all that is wrong with the forms."""
    files, problems = form_files(path)
    forms = [read_form(file, table.name) for file in files]
    problems += [problem for form in forms for problem in form.problems]
    whole = [form for form in forms if form.identity]
    problems += [*_of_other_cycles(whole), *_of_other_departments(whole)]
    kept, twice, again = _once(whole)
    problems += twice
    rows = [row for form in kept for row in _rows(form, table)]
    names = list(dict.fromkeys(name for values, _ in rows for name in values))
    needed = [column.name for column in table.columns if column.required]
    frame = DataFrame(
        [values for values, _ in rows],
        columns=[*dict.fromkeys([*needed, *names])],
        index=RangeIndex(1, len(rows) + 1),
        dtype="str",
    )
    open_ = DataFrame(
        [ids for form in kept for ids in _open(form, table)], columns=list(table.key), dtype="str"
    )
    total = len(frame) + len(open_)
    counted = [quality_row(table.name, OPEN, open_, total, table.key)] if len(open_) else []
    if again:
        copies = DataFrame({"file": [form.file.name for form in again]})
        counted.append(quality_row(table.name, AGAIN, copies, len(forms), ["file"]))
    return Filled(frame, [cells for _, cells in rows], problems, quality_frame(counted))


def form_files(path: Path) -> tuple[list[Path], list[Problem]]:
    """Forms below a folder, in order, and a problem for each file that is none.

    Raises OutputError if there is no such folder.
    """
    if not path.is_dir():
        raise OutputError("there is no such folder")
    files = [
        file
        for file in sorted(path.rglob("*"))
        if file.is_file() and not any(part.startswith(NO_FILES) for part in _below(file, path))
    ]
    others = [file for file in files if file.suffix.lower() != SUFFIX]
    problems = [
        Problem(str(file), f"'{file.suffix}' is no form", "save it as .xlsx, or take it out")
        for file in others
    ]
    forms = [file for file in files if file not in others]
    if not forms:
        advice = "collect the filled forms there; csperf forms writes new ones"
        problems.append(Problem(str(path), "there is no form in it", advice))
    return forms, problems


def in_their_cells(problems: Iterable[Problem], found: Filled) -> Iterator[Problem]:
    """Problems of rows by file, sheet and cell."""
    for problem in problems:
        if problem.row is None or not 0 < problem.row <= len(found.places):
            yield problem
            continue
        places = found.places[problem.row - 1]
        at = places.get(f"sheet of {problem.column}", places["sheet"])
        there = problem.column in places
        place = f"cell {places[problem.column]}" if there else f"row {places['row']}"
        yield replace(problem, where=f"{at}, {place}", row=None, column="")


def _about_its_cell(problem: Problem) -> Problem:
    """A problem of the table as one of a form: it names the column, and no setting of sources."""
    found = f"{problem.column} {problem.found}".strip()
    return replace(problem, found=found, expected=SETTINGS.sub("", problem.expected))


def _below(file: Path, path: Path) -> tuple[str, ...]:
    return file.relative_to(path).parts


def _in_order(where: str) -> list[tuple[int, str]]:
    """Places in the order in which a person looks them up: E9 before E10."""
    return [(int(it), "") if it.isdigit() else (0, it) for it in re.split(r"([0-9]+)", where)]


def _of_other_cycles(forms: Iterable[Form]) -> Iterator[Problem]:
    """Forms that lie in the folder of another cycle."""
    for form in forms:
        named = [part for part in form.file.parts[:-1] if re.fullmatch(CYCLE, part)]
        if named and named[-1] != form.identity[1]:
            found = f"it is a form of {form.identity[1]}, in the folder of {named[-1]}"
            yield Problem(str(form.file), found, "put it into the folder of its cycle")


def _of_other_departments(forms: list[Form]) -> Iterator[Problem]:
    """Forms of several departments in one folder; a department's source is its own folder."""
    first = forms[0] if forms else None
    for form in forms[1:]:
        if first and form.identity[0] != first.identity[0]:
            found = f"it is a form of department '{form.identity[0]}'"
            other = f"{first.file} is one of '{first.identity[0]}'"
            yield Problem(str(form.file), found, f"give each a folder of its own; {other}")


def _once(forms: list[Form]) -> tuple[list[Form], list[Problem], list[Form]]:
    """Of several forms of one evaluator the one that was filled in; others that agree are left out.

    Forms that differ are problems, a line for each cell that does.
    """
    of: dict[tuple[str, ...], list[Form]] = {}
    for form in forms:
        of.setdefault(form.identity, []).append(form)
    kept, problems, again = [], list[Problem](), list[Form]()
    for same in of.values():
        filled = [form for form in same if any(form.rows.values())] or same[:1]
        found = [each for pair in combinations(filled, 2) for each in _differing(*pair)]
        problems += found
        kept.append(filled[0])
        again += [] if found else filled[1:]
    return kept, problems, again


def _differing(one: Form, other: Form) -> Iterator[Problem]:
    """Cells in which two forms of the same evaluator say different things."""
    mine, theirs = ({row.key: row for row in _all_rows(form)} for form in (one, other))
    for key in dict.fromkeys([*mine, *theirs]):
        here, there = mine.get(key), theirs.get(key)
        both = [(here, there, other), (there, here, one)]
        for name in dict.fromkeys([*_filled(here), *_filled(there)]):
            at, rival, file = both[0] if name in _filled(here) else both[1]
            said, instead = _filled(at)[name], _filled(rival).get(name)
            if at and said != instead:
                where = f"{at.sheet}, cell {at.cells[name]}"
                against = "empty" if instead is None else shown(instead)
                found = f"{name} is {shown(said)}, but {against} in {_place(rival, name, file)}"
                yield Problem(where, found, "keep one of the two forms of this evaluator")


def _filled(row: Row | None) -> Mapping[str, str]:
    return row.values if row else {}


def _place(row: Row | None, name: str, form: Form) -> str:
    """Where the other form says it, or the form itself if it has no such row filled in."""
    if row is None or name not in row.cells:
        return str(form.file)
    return f"{row.sheet}, cell {row.cells[name]}"


def _all_rows(form: Form) -> Iterator[Row]:
    for rows in form.rows.values():
        yield from rows


def _rows(form: Form, table: Table) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Rows of the table that a form gives, each with the cells that its columns stand in."""
    for kind, rows in form.rows.items():
        sheet = FORMS[kind]
        if sheet.long:
            yield from _put_together(rows, table)
            continue
        for row in rows:
            ids = {name: row.ids[name] for name in sheet.ids if name in table.names}
            places = {"sheet": row.sheet, "row": _number(row), **row.cells}
            values = {**ids, **row.values}
            if "score" in values and "status" in table.names:
                values.setdefault("status", "submitted")
            if HANDED_IN in table.names and form.handed_in[0]:
                values[HANDED_IN] = form.handed_in[0]
                places[f"sheet of {HANDED_IN}"] = f"{form.file}, sheet {form.handed_in[1]}"
                places[HANDED_IN] = form.handed_in[2]
            yield values, places


def _put_together(rows: list[Row], table: Table) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Answers that belong to one row of the table."""
    of: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        of.setdefault(tuple(row.ids[name] for name in table.key), []).append(row)
    for answers in of.values():
        values: dict[str, str] = {}
        places = {"sheet": answers[0].sheet, "row": _number(answers[0])}
        for row in answers:
            values |= {name: row.ids[name] for name in row.ids if name in table.names}
            values |= row.values
            places |= row.cells
        yield values, places


def _open(form: Form, table: Table) -> Iterator[dict[str, str]]:
    """Rows that wait to be filled in; a row of many answers only if none is given."""
    for kind, rows in form.open.items():
        given = {
            tuple(row.ids.get(name, "") for name in table.key) for row in form.rows.get(kind, ())
        }
        seen = set()
        for ids in rows:
            key = tuple(ids.get(name, "") for name in table.key)
            if FORMS[kind].long and (key in given or key in seen):
                continue
            seen.add(key)
            yield {name: ids[name] for name in table.key if name in ids}


def _number(row: Row) -> str:
    """Number of the row in its sheet."""
    return re.sub("[A-Z]", "", next(iter(row.cells.values())))
