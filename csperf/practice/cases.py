"""Written cases to practise rating on and to be tested by, the texts of their scale, and the key.

Evaluators see the key of every case for practice, so that only cases for the test can show who
reads the scale and who remembers.
"""

from __future__ import annotations

import textwrap
import tomllib
from functools import cache
from importlib import resources
from io import StringIO
from typing import Any

import pandas as pd
from pandas import DataFrame

from csperf.errors import InputError, Problem, meant, shown
from csperf.practice.marking import CASE, CRITERION, EVALUATOR, ONLY, SCORE

SCALE = (1.0, 5.0)
WIDTH = 96
CASES = [CASE, "title", "field", "channel", "context", "text"]
PRACTICE, TEST = "practice", "test"
USES = (PRACTICE, TEST)
_FILES = resources.files("csperf.practice")


def training_cases(use: str = PRACTICE) -> DataFrame:
    """Written cases of customer service: case_id, title, field, channel, context, text.

    They are made up. What the context says, the agent could know.

    Parameters
    ----------
    use : str
        practice: 24 cases whose key everybody may see; test: 20 others, of which no notebook shows
        it.

    Raises
    ------
    InputError
        There are no cases for such a use.
    """
    rows = DataFrame(_of(use)).rename(columns={"id": CASE})[CASES]
    return rows.assign(text=rows["text"].str.strip()).astype("str")


def bars() -> DataFrame:
    """The behaviourally anchored scale of the cases: what each score of each criterion looks like.

    Returns
    -------
    DataFrame
        criterion_id, title, asks (the question that the criterion puts), score (1 to 5), behaviour.
    """
    rows = [
        {CRITERION: name, "title": each["title"], "asks": each["asks"], SCORE: score}
        | {"behaviour": each[str(score)]}
        for name, each in _data()["bars"].items()
        for score in range(int(SCALE[0]), int(SCALE[1]) + 1)
    ]
    return DataFrame(rows)


def training_key(use: str = PRACTICE) -> DataFrame:
    """The key of the cases, as `rating_accuracy` takes it.

    Parameters
    ----------
    use : str
        practice or test, as for `training_cases`. Who holds a test keeps its key to himself or
        herself, or the next one has to be of other cases.

    Returns
    -------
    DataFrame
        case_id, criterion_id, score, also (a second score that can be defended, or empty), reason.
    """
    rows = [
        {CASE: case["id"], CRITERION: name, **{"also": None}, **case[name]}
        for case in _of(use)
        for name in _data()["bars"]
    ]
    frame = DataFrame(rows, columns=[CASE, CRITERION, SCORE, "also", "reason"])
    return frame.astype({SCORE: "float64", "also": "float64"})


def trainee_answers(use: str = PRACTICE) -> DataFrame:
    """Stored ratings of all cases by made-up trainees: evaluator_id, case_id, criterion_id, score.

    Ada has no habit, Hana rates by her general impression, Lin is lenient, and Omar reads one
    criterion too strictly. Otto, who took the test only, never learned to read the scale.
    """
    text = _FILES.joinpath("answers.csv").read_text(encoding="utf-8")
    wide = pd.read_csv(StringIO(text))
    asked = [case["id"] for case in _of(use)]
    return _long(wide[wide[CASE].isin(asked)], [EVALUATOR, CASE])


def read_answers(text: str, evaluator_id: str = ONLY) -> DataFrame:
    """Ratings that are written down as a table.

    Parameters
    ----------
    text : str
        A header `case | accuracy | feelings | ...`, then a row for each case; an empty cell is a
        score that is not given.
    evaluator_id : str
        Who rated.

    Returns
    -------
    DataFrame
        evaluator_id, case_id, criterion_id, score.

    Raises
    ------
    InputError
        A row has more or fewer cells than the header, a case or criterion is not known, a case
        stands there twice, or a score is no number from 1 to 5.
    """
    lines = [
        [cell.strip() for cell in line.split("|")] for line in text.split("\n") if line.strip()
    ]
    head = lines[0] if lines else []
    problems = [
        Problem("answers", f"line {place} has {len(cells)} cells", f"the header has {len(head)}")
        for place, cells in enumerate(lines, start=1)
        if len(cells) != len(head)
    ]
    if not head or head[0] != "case":
        problems.append(Problem("answers", "no header", "begin with case | and the criteria"))
    if problems:
        raise InputError(problems)
    wide = DataFrame(lines[1:], columns=[CASE, *head[1:]])
    _refuse_unknown(wide)
    scores = wide.columns.drop(CASE)
    numbers = wide[scores].replace("", pd.NA).apply(pd.to_numeric, errors="coerce")
    odd = (wide[scores] != "") & ~((numbers >= SCALE[0]) & (numbers <= SCALE[1]))
    problems = [
        Problem(
            "answers", f"{shown(cell)} is no score", "give 1 to 5, or nothing", column=str(name)
        )
        for name in scores
        for cell in wide.loc[odd[name], name]
    ]
    if problems:
        raise InputError(problems)
    return _long(wide.assign(**numbers, **{EVALUATOR: evaluator_id}), [EVALUATOR, CASE])


def answer_sheet(use: str = PRACTICE) -> str:
    """An empty table for `read_answers`, with a row for every case of practice, or of the test."""
    names = [*_data()["bars"]]
    widths = [len("case"), *map(len, names)]
    lines = [["case", *names], *([case["id"], *[""] * len(names)] for case in _of(use))]
    return "\n".join(
        " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def case_text(case_id: str) -> str:
    """A case as it is read: title, channel, what the agent could know, and what was said."""
    known = {case["id"]: case for case in _data()["cases"]}
    if case_id not in known:
        advice = f"the cases are {', '.join(known)}{meant(case_id, known)}"
        raise InputError(Problem("case_text", f"no case {shown(case_id)}", advice))
    case = known[case_id]
    head = f"{case_id}  {case['title']} ({case['field']}, {case['channel']})"
    parts = [head, _wrapped(f"Known: {case['context']}"), ""]
    return "\n".join([*parts, *(_wrapped(line) for line in case["text"].strip().split("\n"))])


def scale_text(criterion_id: str) -> str:
    """The five behaviour texts of a criterion, below the question that it puts."""
    known = _data()["bars"]
    if criterion_id not in known:
        advice = f"the criteria are {', '.join(known)}{meant(criterion_id, known)}"
        raise InputError(Problem("scale_text", f"no criterion {shown(criterion_id)}", advice))
    one = known[criterion_id]
    lines = [_wrapped(f"{score}  {one[str(score)]}", "   ") for score in range(1, 6)]
    return "\n".join([f"{one['title']} ({criterion_id}). {one['asks']}", *lines])


def key_text(case_id: str) -> str:
    """The key of a case as it is read: score, the other one that can be defended, the reason."""
    rows = pd.concat([training_key(use) for use in USES])
    rows = rows[rows[CASE] == case_id]
    if rows.empty:
        raise InputError(Problem("key_text", f"no case {shown(case_id)}", "give one such as c01"))
    lines = []
    for row in rows.itertuples():
        score = f"{row.score:g}" + ("" if pd.isna(row.also) else f" or {row.also:g}")
        lines.append(_wrapped(f"{row.criterion_id:<10}{score:<8}{row.reason}", " " * 18))
    return "\n".join(lines)


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(_FILES.joinpath("cases.toml").read_text(encoding="utf-8"))


def _of(use: str) -> list[dict[str, Any]]:
    """Cases for practice, or for the test."""
    if use not in USES:
        advice = f"there are {' and '.join(USES)}{meant(use, USES)}"
        raise InputError(Problem("cases", f"none for {shown(use)}", advice))
    return [case for case in _data()["cases"] if case["use"] == use]


def _long(wide: DataFrame, ids: list[str]) -> DataFrame:
    names = [name for name in wide.columns if name not in ids]
    rows = wide.melt(ids, names, var_name=CRITERION, value_name=SCORE)
    rows = rows.sort_values(ids, kind="stable", ignore_index=True)
    return rows.astype({**dict.fromkeys([*ids, CRITERION], "str"), SCORE: "float64"})


def _refuse_unknown(wide: DataFrame) -> None:
    cases = [case["id"] for use in USES for case in _of(use)]
    advice = f"the cases are {' and '.join(map(_span, USES))}"
    problems = [
        Problem("answers", f"no case {shown(name)}", advice + meant(name, cases))
        for name in wide.loc[~wide[CASE].isin(cases), CASE]
    ]
    problems += [
        Problem("answers", f"case {shown(name)} stands there twice", "keep one")
        for name in wide.loc[wide[CASE].duplicated(), CASE]
    ]
    criteria = [*_data()["bars"]]
    problems += [
        Problem("answers", f"no criterion {shown(name)}", f"they are {', '.join(criteria)}")
        for name in wide.columns.drop(CASE)
        if name not in criteria
    ]
    if problems:
        raise InputError(problems)


def _span(use: str) -> str:
    cases = [case["id"] for case in _of(use)]
    return f"{cases[0]} to {cases[-1]}"


def _wrapped(line: str, indent: str = "  ") -> str:
    return textwrap.fill(line, WIDTH, subsequent_indent=indent)
