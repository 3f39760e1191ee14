"""Parameters of a notebook: papermill writes their names into it as code."""

from __future__ import annotations

import math
import re
from typing import Any

import papermill

from csperf.errors import InputError, Problem, meant
from csperf.runner.request import NotebookTask

NAME = re.compile(r"[a-z_][a-z0-9_]*")


def check_parameters(task: NotebookTask) -> None:
    """Take only parameters that the notebook has, with values that JSON knows.

    Raises
    ------
    InputError
        For a name that the cell tagged `parameters` does not set, and a value that is neither text,
        number, flag, null nor a list or mapping of such: papermill would make text of it.
    """
    place = task.folder / task.label
    known = [name for name in papermill.inspect_notebook(place) if NAME.fullmatch(name)]
    taken = f"it takes {', '.join(known)}" if known else "it has no cell tagged parameters"
    problems = [
        Problem(task.label, f"no parameter {name!r}{meant(name, known)}", taken)
        for name in task.parameters
        if name not in known
    ]
    problems += [
        Problem(task.label, f"parameter {name!r} is a {type(value).__name__}", "give a JSON value")
        for name, value in task.parameters.items()
        if not _is_json(value)
    ]
    if problems:
        raise InputError(problems)


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(key) is str and _is_json(each) for key, each in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (str, int, bool)
