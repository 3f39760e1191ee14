"""Evaluators who were not ready to rate, in the report on evaluators."""

from __future__ import annotations

from pathlib import Path

import pytest
from organisation import edit, write_organisation
from test_evaluator_pages import rated, view

from csperf.reporting import calibration
from csperf.reporting.evaluations import open_evaluators
from csperf.reporting.prepared import NOBODY

UNREADY = [
    ("rater-canary-0", "manager", "untrained", 24, "no_record"),
    ("rater-canary-1", "manager", "unsigned", 24, "objective knows_tools"),
    ("rater-canary-1", "manager", "untrained", 3, "expired"),
]


def unready(*rows: tuple[object, ...]):  # type: ignore[no-untyped-def]
    return NOBODY.__class__(rows, columns=NOBODY.columns)


@pytest.mark.requirement("E-05", "E-06")
def test_who_rated_without_training_or_signing_is_named_with_what_lacks() -> None:
    seen = view(rated(0, 0, 0), unready=unready(*UNREADY), ready_checks=("untrained", "unsigned"))
    told = calibration.preparation(seen).texts
    assert told[0] == ("2 evaluators rated others without a valid record of training on the day.")
    assert told[1] == "1 evaluator has not signed the whole checklist of the cycle."
    assert "stays as it is" in told[-1]
    table = calibration.preparation_table(seen).frame
    assert table[["evaluator_id", "said", "n"]].to_numpy().tolist() == [
        ["rater-canary-0", "no record of training", 24],
        ["rater-canary-1", "checklist not signed: is objective, knows the tools", 24],
        ["rater-canary-1", "training no longer valid on the day of rating", 3],
    ]
    assert told[0] in calibration.verdict(seen).texts


@pytest.mark.requirement("E-05")
@pytest.mark.privacy("P12")
def test_evaluators_who_were_promised_anonymity_are_counted_and_not_named() -> None:
    given = {"unready": unready(*UNREADY), "ready_checks": ("untrained",)}
    seen = view(rated(0, 0, 0), anonymous={"manager": 3}, **given)
    assert calibration.preparation_table(seen) is None
    told = " ".join(calibration.preparation(seen).texts)
    assert "canary" not in told and "2 of them were promised anonymity" in told


def test_without_the_tables_nothing_is_said_and_with_everybody_ready_that_is_said() -> None:
    seen = view(rated(0, 0, 0))
    assert calibration.preparation(seen) is None and calibration.preparation_table(seen) is None
    seen = view(rated(0, 0, 0), ready_checks=("untrained", "unsigned"))
    assert [*map(str, calibration.preparation(seen).texts)] == [
        "Everybody who rated others had a valid record of training on the day of the rating.",
        "Everybody who rated others has signed the checklist of the cycle.",
    ]


@pytest.mark.requirement("E-05", "E-06")
def test_only_departments_that_give_the_tables_are_held_against_them(tmp_path: Path) -> None:
    """Two managers rate in the organisation's shop; the first took a course, nobody signed."""
    folder = write_organisation(tmp_path)
    open_ = lambda: open_evaluators(str(folder / "params.yaml"), "2026-01")  # noqa: E731
    assert open_().ready_checks == ()
    (folder / "data/training.csv").write_text(
        "evaluator_id,course,taken_date\nmanager-0,Rating,2026-01-31\n"
    )
    lines = "      evaluations: {path: data/evaluations.csv}\n"
    more = "      training_records: {path: data/training.csv}\n"
    edit(folder / "params.yaml", lines, lines + more)
    seen = open_()
    assert seen.ready_checks == ("untrained",)
    assert seen.unready[["evaluator_id", "n", "lacking"]].to_numpy().tolist() == [
        ["manager-1", 6, "no_record"]
    ]
