"""Whatever stands in the cells, calibrate either says what it can or names what is wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame

from csperf.calibration import Calibration, calibrate
from csperf.errors import InputError
from csperf.tables import OUTPUT_TABLES

pytestmark = pytest.mark.requirement("D-05")

IDS = ("employee_id", "evaluator_id", "evaluator_type", "criterion_id")
ODD = st.sampled_from([None, np.nan, np.inf, -np.inf, pd.NA, "", "x", 7, 0.5, True])
PEOPLE = st.sampled_from(["ann", "bob", "cem", "dee", "eve", "fay"])
CATEGORIES = st.sampled_from([0, 25, 50, 75, 100])
POINTS = st.floats(0, 100).map(lambda score: round(score, 1))


def plausible(draw: st.DrawFn) -> dict[str, st.SearchStrategy]:
    """What the columns of a frame hold that may well be meant."""
    points = draw(st.sampled_from([CATEGORIES, POINTS, st.just(50)]))
    return {
        "employee_id": PEOPLE,
        "evaluator_id": PEOPLE,
        "evaluator_type": st.sampled_from(["self", "peer", "manager"]),
        "criterion_id": st.sampled_from(["work", "speed"]),
        "score": points | st.none(),
    }


@st.composite
def frames(draw: st.DrawFn, odd: bool) -> DataFrame:
    """Up to thirty rows; with `odd` some column has cells that nobody can mean, or is not there."""
    columns = plausible(draw)
    if odd:
        name = draw(st.sampled_from([*columns]))
        columns[name] = columns[name] | ODD | st.text(max_size=3) | st.floats()
        if draw(st.integers(0, 9)) == 0:
            del columns[draw(st.sampled_from([*columns]))]
    n = draw(st.integers(0, 30))
    cells = {name: draw(st.lists(cell, min_size=n, max_size=n)) for name, cell in columns.items()}
    frame = DataFrame({name: pd.Series(cell, dtype=object) for name, cell in cells.items()})
    frame = frame.assign(cycle_id="2026-10")
    return frame.convert_dtypes() if draw(st.booleans()) else frame.infer_objects()


def holds(found: Calibration) -> None:
    """The tables are as declared, without infinity."""
    for name, table in found._asdict().items():
        assert list(table) == list(OUTPUT_TABLES[name].names)
        numbers = table.select_dtypes("number").astype("float64")
        assert not np.isinf(numbers).any(axis=None), name
        assert not table.duplicated(list(OUTPUT_TABLES[name].key)).any()


@settings(max_examples=15)
@given(frames(odd=False))
def test_frames_that_can_be_meant_are_calibrated(frame: DataFrame):
    holds(calibrate(frame))


@settings(max_examples=15)
@given(frames(odd=True))
def test_other_frames_are_calibrated_or_refused(frame: DataFrame):
    try:
        found = calibrate(frame)
    except InputError as error:
        assert error.lines()
    else:
        holds(found)


@settings(max_examples=6)
@given(st.data())
def test_whole_designs_of_any_scores_are_calibrated(data: st.DataObject):
    """Twelve people rated by three on two criteria, so that the many-facet model has its say."""
    cells = [(f"p{n:02}", by, on) for n in range(12) for by in "abc" for on in ("work", "speed")]
    frame = DataFrame(cells, columns=["employee_id", "evaluator_id", "criterion_id"])
    kinds = data.draw(st.sampled_from([CATEGORIES, st.integers(0, 2), st.integers(0, 9), POINTS]))
    scores = data.draw(st.lists(kinds, min_size=len(cells), max_size=len(cells)))
    holds(calibrate(frame.assign(evaluator_type="peer", cycle_id="2026-10", score=scores)))
