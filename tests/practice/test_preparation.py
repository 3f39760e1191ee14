"""Who was not ready to rate: no valid training on the day, a checklist that is not signed."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest
from pandas import DataFrame

from csperf.params import Cycle
from csperf.practice.preparation import unsigned, untrained
from csperf.tables import INPUT_TABLES
from csperf.tables.forms import FORMS

CYCLE = Cycle.parse("2026-10")
Draw = Callable[[str], DataFrame]


def ratings(*given: tuple[str, str | None]) -> DataFrame:
    """A score of each evaluator at each moment."""
    table = DataFrame(given, columns=["evaluator_id", "submitted_at"])
    times = pd.to_datetime(table["submitted_at"], utc=True)
    return table.assign(submitted_at=times, evaluator_type="manager", score=80.0)


def records(*given: tuple[str, str, str | None]) -> DataFrame:
    table = DataFrame(given, columns=["evaluator_id", "taken_date", "valid_until"])
    days = {name: pd.to_datetime(table[name]) for name in ("taken_date", "valid_until")}
    return INPUT_TABLES["training_records"].arrange(table.assign(course="Rating", **days))


@pytest.mark.requirement("E-05")
def test_a_rating_needs_a_record_of_training_that_is_valid_on_the_day() -> None:
    """a: trained before; b: never; c: after; d: until the day before; e: on its last day."""
    given = ratings(*((id, "2026-11-05T10:00Z") for id in "abcde"), ("d", "2026-11-04T10:00Z"))
    known = records(
        ("a", "2026-11-05", None),
        ("c", "2026-11-06", None),
        ("d", "2025-11-04", "2026-11-04"),
        ("e", "2025-11-05", "2026-11-05"),
    )
    found = untrained(given, known, CYCLE)
    assert found[["evaluator_id", "n", "lacking"]].to_numpy().tolist() == [
        ["b", 1, "no_record"],
        ["c", 1, "not_yet"],
        ["d", 1, "expired"],
    ]


@pytest.mark.requirement("E-05")
def test_one_valid_course_is_enough_and_the_day_is_the_local_one() -> None:
    """17:00 UTC on the 5th is the 6th in Shanghai; in UTC the course was still to come."""
    given = ratings(("a", "2026-11-05T17:00Z"), ("a", "2026-11-05T17:30Z"))
    known = records(("a", "2020-01-01", "2020-12-31"), ("a", "2026-11-06", None))
    assert untrained(given, known, CYCLE, "Asia/Shanghai").empty
    found = untrained(given, known, CYCLE)
    assert found[["n", "lacking"]].to_numpy().tolist() == [[2, "expired"]]


@pytest.mark.requirement("E-05")
def test_a_rating_of_an_unknown_day_counts_as_given_on_the_last_day_of_the_cycle() -> None:
    known = records(("a", "2026-10-31", None), ("b", "2026-11-01", None))
    given = ratings(("a", None), ("b", None))
    for rows in (given, given.drop(columns="submitted_at")):
        assert untrained(rows, known, CYCLE)["evaluator_id"].tolist() == ["b"]


def signed(*rows: tuple[str, str, str, str | None]) -> DataFrame:
    table = DataFrame(rows, columns=["evaluator_id", "cycle_id", "item", "signed_at"])
    return table.assign(signed_at=pd.to_datetime(table["signed_at"], utc=True))


@pytest.mark.requirement("E-06")
def test_every_point_of_the_checklist_is_to_be_signed_for_the_cycle() -> None:
    """a: all; b: all but two, one of them without a day; c: of another cycle; d: nothing."""
    points = FORMS["checklist"].points
    lists = signed(
        *(("a", "2026-10", point, "2026-11-01") for point in points),
        *(("b", "2026-10", point, "2026-11-01") for point in points[2:]),
        ("b", "2026-10", points[1], None),
        *(("c", "2026-09", point, "2026-10-01") for point in points),
    )
    given = ratings(*((id, None) for id in "abcdd"))
    found = unsigned(given, lists, CYCLE)
    assert found[["evaluator_id", "n", "lacking"]].to_numpy().tolist() == [
        ["b", 1, " ".join(points[:2])],
        ["c", 1, ""],
        ["d", 2, ""],
    ]


def test_a_checklist_of_points_of_ones_own_is_held_against_its_own_points() -> None:
    lists = signed(("a", "2026-10", "x", "2026-11-01"), ("b", "2026-10", "y", "2026-11-01"))
    found = unsigned(ratings(("a", None), ("b", None)), lists, CYCLE)
    assert found.set_index("evaluator_id")["lacking"].to_dict() == {"a": "y", "b": "x"}
