"""Evaluations that no model can read are refused by all of the calibration in one line each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame
from pandas.testing import assert_frame_equal
from rated import drawn

from csperf.calibration import (
    adjust,
    calibrate,
    evaluator_differences,
    evaluator_overview,
    fit_facets,
    group_preference,
    rater_effects,
    reciprocal_extremes,
    self_inflation,
    severity_drift,
    variance_components,
)
from csperf.calibration.components import COUNTED
from csperf.errors import InputError

pytestmark = pytest.mark.requirement("D-05")

IDS = ["employee_id", "evaluator_id", "criterion_id", "evaluator_type", "cycle_id"]


def evaluations() -> DataFrame:
    """Four people who rate everybody, one another and themselves among them, in four months."""
    one = drawn(13, [0.5, 0.0, -0.5, 0.2], employees=24, evaluators_each=3)
    one["evaluator_id"] = one["evaluator_id"].str.replace("e", "p0")
    own = one["evaluator_id"] == one["employee_id"]
    one["evaluator_type"] = own.map({True: "self", False: "peer"})
    one["site"] = (one["employee_id"] < "p012").map({True: "north", False: "south"})
    months = [one.assign(cycle_id=f"2026-{month:02}") for month in (7, 8, 9, 10)]
    return pd.concat(months, ignore_index=True)


DATA = evaluations()
MONTH = DATA[DATA["cycle_id"] == "2026-10"].reset_index(drop=True)

LOOKS: dict[str, Callable[[DataFrame], DataFrame]] = {
    "adjust": lambda rows: adjust(rows).evaluators,
    "calibrate": lambda rows: calibrate(rows).severities,
    "rater_effects": lambda rows: rater_effects(rows, adjust(rows), "site"),
    "group_preference": lambda rows: group_preference(rows, adjust(rows), "site"),
    "severity_drift": severity_drift,
    "self_inflation": self_inflation,
    "reciprocal_extremes": reciprocal_extremes,
    "evaluator_differences": evaluator_differences,
    "evaluator_overview": evaluator_overview,
    "fit_facets": lambda rows: fit_facets(rows).measures,
    "variance_components": variance_components,
}
NEEDS: dict[str, set[str]] = {  # beside employee, evaluator, criterion and score
    "fit_facets": set(),
    "variance_components": set(),
    **{look: {"evaluator_type"} for look in ("adjust", "rater_effects", "group_preference")},
    **{look: {"evaluator_type"} for look in ("self_inflation", "reciprocal_extremes")},
}
every_look = pytest.mark.parametrize("look", LOOKS)


def rows_for(look: str) -> DataFrame:
    return DATA if look == "severity_drift" else MONTH


def needs(look: str, column: str) -> bool:
    """Whether a look cannot do without a column."""
    if column in ("evaluator_type", "cycle_id"):
        return column in NEEDS.get(look, {"evaluator_type", "cycle_id"})
    return look != "variance_components" or column in ("employee_id", "score")


@every_look
@pytest.mark.parametrize("kind", ["category", "object"])
def test_ids_of_any_kind_of_column_give_the_same_as_text(look: str, kind: str):
    rows = rows_for(look)
    there = LOOKS[look](rows.astype({**dict.fromkeys(IDS, kind), "site": kind}))
    assert_frame_equal(there, LOOKS[look](rows), check_dtype=False)


@every_look
def test_categories_that_are_in_another_order_give_the_same(look: str):
    rows = rows_for(look)
    turned = {
        name: pd.Categorical(rows[name], sorted(rows[name].unique(), reverse=True)) for name in IDS
    }
    there = LOOKS[look](rows.assign(**turned))
    assert_frame_equal(there, LOOKS[look](rows), check_dtype=False)


@every_look
def test_ids_that_are_whole_numbers_give_the_numbers_that_text_gives(look: str):
    rows = rows_for(look)
    as_numbers = {name: rows[name].str[1:].astype(int) for name in ("employee_id", "evaluator_id")}
    here, there = LOOKS[look](rows), LOOKS[look](rows.assign(**as_numbers))
    numbers = [name for name in here if pd.api.types.is_numeric_dtype(here[name].dtype)]
    assert len(here) and len(numbers)
    assert np.allclose(here[numbers].astype(float), there[numbers].astype(float), equal_nan=True)


@every_look
@pytest.mark.parametrize("kind", ["Int64", "Float64", "category", "decimal"])
def test_scores_may_stand_in_any_kind_of_column_of_numbers(look: str, kind: str):
    rows = rows_for(look).assign(score=lambda rows: rows["score"].mask(rows.index == 3))
    other = rows["score"].map(Decimal, na_action="ignore").astype(object)
    if kind != "decimal":
        other = rows["score"].astype(kind)
    assert_frame_equal(LOOKS[look](rows.assign(score=other)), LOOKS[look](rows), check_dtype=False)


@every_look
@pytest.mark.parametrize("column", ["employee_id", "evaluator_id", "criterion_id", "score"])
def test_a_column_that_is_missing_is_named_with_those_that_are_there(look: str, column: str):
    lacking = rows_for(look).drop(columns=column)
    if not needs(look, column):
        assert len(LOOKS[look](lacking))
        return
    with pytest.raises(InputError, match=f"column '{column}': it is not there; the columns are"):
        LOOKS[look](lacking)


@every_look
@pytest.mark.parametrize("column", IDS)
def test_a_rating_without_an_id_is_refused(look: str, column: str):
    """Row 4 is one; row 5 has no score either and is none."""
    rows = rows_for(look)
    holes = rows.assign(**{column: rows[column].mask(rows.index.isin([4, 5]))})
    holes["score"] = holes["score"].mask(holes.index == 5)
    if not (needs(look, column) or (look == "variance_components" and column in COUNTED)):
        assert len(LOOKS[look](holes))
        return
    with pytest.raises(InputError, match=rf"column '{column}': 1 empty ids, the first in row 4"):
        LOOKS[look](holes)


@every_look
@pytest.mark.parametrize(
    ("score", "message"),
    [
        (np.inf, "row 3, column 'score': inf is no finite number"),
        (-np.inf, "row 3, column 'score': -inf is no finite number"),
        ("good", "row 3, column 'score': 'good' is no finite number"),
        ("3", "row 3, column 'score': '3' is no finite number"),
        (10**400, "is no finite number"),
        (1e30, "1e\\+30 is beyond any scale"),
    ],
)
def test_a_score_that_is_no_finite_number_is_named_with_its_row(
    look: str, score: object, message: str
):
    rows = rows_for(look)
    odd = rows["score"].astype(object).mask(rows.index == 3, score)
    with pytest.raises(InputError, match=message):
        LOOKS[look](rows.assign(score=odd))


@every_look
@pytest.mark.parametrize("odd", [7, 0.5, ("a", "b")])
def test_ids_of_several_kinds_are_refused(look: str, odd: object):
    rows = rows_for(look)
    mixed = rows["evaluator_id"].astype(object).tolist()
    mixed[2] = odd
    with pytest.raises(InputError, match=r"'evaluator_id': the ids, .*neither all text nor all"):
        LOOKS[look](rows.assign(evaluator_id=pd.Series(mixed, dtype=object)))


@every_look
def test_a_column_that_is_there_twice_is_refused(look: str):
    rows = rows_for(look)
    with pytest.raises(InputError, match="column 'score': it is there twice; keep one"):
        LOOKS[look](pd.concat([rows, rows[["score"]]], axis=1))


@every_look
def test_a_frame_without_rows_has_nothing_to_say(look: str):
    """The same columns as otherwise, and no rows; a model cannot be fitted to nothing."""
    rows = rows_for(look)
    if look in ("fit_facets", "variance_components"):
        with pytest.raises(InputError, match=r"no rating|0 scores"):
            LOOKS[look](rows.head(0))
        return
    found = LOOKS[look](rows.head(0))
    assert found.empty
    assert list(found) == list(LOOKS[look](rows))


@every_look
def test_a_frame_without_columns_is_refused(look: str):
    with pytest.raises(InputError, match="it is not there; there are no columns"):
        LOOKS[look](DataFrame())


def test_several_cycles_are_not_calibrated_as_one():
    with pytest.raises(InputError, match="4 cycles, from '2026-07' to '2026-10'; give one"):
        calibrate(DATA)


def test_effects_are_of_the_frame_that_was_fitted():
    with pytest.raises(InputError, match="50 rows, but the fit has row"):
        rater_effects(MONTH.head(50), adjust(MONTH))


def test_columns_that_go_by_the_names_of_residuals_do_not_get_in_the_way():
    more = MONTH.assign(expected=0, residual=1, variance=2, gain=3)
    fit = adjust(MONTH)
    assert_frame_equal(rater_effects(more, fit), rater_effects(MONTH, fit))
    group_named_so = MONTH.rename(columns={"site": "residual"})
    here = rater_effects(MONTH, fit, "site")
    assert_frame_equal(rater_effects(group_named_so, fit, "residual"), here)


def test_pairs_are_not_looked_for_between_numbers_and_text():
    numbers = MONTH["evaluator_id"].str[1:].astype(int)
    with pytest.raises(InputError, match="kind integer, those of employee_id string"):
        reciprocal_extremes(MONTH.assign(evaluator_id=numbers))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("round", "second", "row 30, column 'round': 'second' is no finite number"),
        ("submitted_at", "late", "column 'submitted_at': times that have no order"),
    ],
)
def test_rounds_are_numbers_and_times_have_an_order(column: str, value: str, message: str):
    first = {"round": 1, "submitted_at": pd.Timestamp("2026-11-01")}[column]
    values = pd.Series([value if n == 30 else first for n in range(len(MONTH))], dtype=object)
    with pytest.raises(InputError, match=message):
        adjust(MONTH.assign(**{column: values}))
    with pytest.raises(InputError, match=message):
        adjust(MONTH.assign(**{"round": 2, column: values}))


def test_a_scale_that_does_not_go_up_is_refused():
    with pytest.raises(InputError, match=r"scales: c1: \(5, 1\) does not go up"):
        adjust(MONTH, {"c1": (5, 1)})


def test_a_cycle_that_is_none_is_named():
    with pytest.raises(InputError, match="column 'cycle_id': 'autumn' is no cycle; write 2026-10"):
        severity_drift(DATA.assign(cycle_id="autumn"))
