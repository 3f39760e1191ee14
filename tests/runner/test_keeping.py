"""After a run: what was changed is found, who did what stays on record, and results end in time."""

from __future__ import annotations

import errno
import json
import os
import shutil
from datetime import date
from pathlib import Path

import pytest
from organisation import CYCLES, edit, files, run, write_organisation

from csperf.errors import LockedError, OutputError
from csperf.runner.files import locked, sha256
from csperf.runner.keeping import problems_of, purge
from csperf.runner.log import LOG, add_line, read_log, signatures
from csperf.runner.manifest import read_manifest

JANUARY, FEBRUARY, MARCH = CYCLES
REPORT = f"{MARCH}/shop/day/appraisal.html"


@pytest.fixture
def out(organisation: Path) -> Path:
    """The results of three months."""
    return organisation / "output"


def kept_for(organisation: Path, days: int) -> None:
    """Run January again under params that keep results for so many days."""
    edit(
        organisation / "params.yaml",
        "timezone: UTC",
        f"privacy: {{keep_days: {days}}}\ntimezone: UTC",
    )
    assert run(organisation, JANUARY)[1] == []


@pytest.mark.privacy("P16")
def test_results_as_they_were_written_are_in_order(out: Path) -> None:
    assert [*problems_of(out)] == []
    lines = read_log(out)
    assert [(line["what"], line["cycle_id"]) for line in lines] == [
        ("run", each) for each in CYCLES
    ]
    assert lines[-1]["outcomes"] == {"desk": "done", "shop": "done"}
    assert {*lines[0]} == {
        *("at", "who", "what", "cycle_id", "outcomes", "calibration"),
        *("manifest_sha256", "previous_sha256"),
    }


def test_a_file_that_was_edited_or_deleted_is_named(out: Path) -> None:
    (out / REPORT).write_bytes((out / REPORT).read_bytes() + b" ")
    (out / f"{FEBRUARY}/desk/index.html").unlink()
    assert [*problems_of(out)] == [
        f"{FEBRUARY}/desk/index.html: missing from the run",
        f"{REPORT}: changed since the run",
    ]


def test_a_manifest_that_was_edited_or_broken_is_named(out: Path) -> None:
    edit(out / f"{MARCH}/manifest.json", '"organisation": "small"', '"organisation": "large"')
    (out / f"{JANUARY}/manifest.json").write_text("{")
    assert [*problems_of(out)] == [
        f"{JANUARY}/manifest.json: cannot be read",
        f"{MARCH}/manifest.json: not as the last run of the log has written it",
    ]


@pytest.mark.privacy("P16")
@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda lines: [lines[0].replace(b"done", b"fail"), *lines[1:]], "line 2: a line before"),
        (lambda lines: lines[1:], "line 1: a line before"),
        (lambda lines: [*lines[:2], b"{}", lines[2]], "line 3: "),
        (lambda lines: lines[:-1], f"{MARCH}/manifest.json: not as the last run"),
        (lambda lines: [], "there is no log"),
    ],
    ids=["edited", "first taken out", "put in", "last taken out", "deleted"],
)
def test_a_line_of_the_log_cannot_be_changed_unseen(out: Path, change: object, found: str) -> None:
    lines = change((out / LOG).read_bytes().splitlines())  # type: ignore[operator]
    (out / LOG).write_bytes(b"".join(line + b"\n" for line in lines))
    if not lines:
        (out / LOG).unlink()
    assert any(found in problem for problem in problems_of(out))


def test_a_cycle_that_was_deleted_and_not_purged_is_named(out: Path) -> None:
    (out / f"{FEBRUARY}/manifest.json").unlink()
    shutil.rmtree(out / MARCH)
    gone = [f"{cycle}/manifest.json: missing from the run" for cycle in (FEBRUARY, MARCH)]
    assert [*problems_of(out)] == gone
    (out / f"{JANUARY}/manifest.json").unlink()
    assert len([*problems_of(out)]) == 3


def test_a_line_that_was_cut_short_stays_one_line(out: Path) -> None:
    """As by an older csperf on a full disk."""
    cut = (out / LOG).read_bytes()[:-20]
    (out / LOG).write_bytes(cut)
    add_line(out, "run", cycle_id=MARCH, manifest_sha256=sha256(out / MARCH / "manifest.json"))
    assert (out / LOG).read_bytes().startswith(cut + b"\n{")
    assert [*problems_of(out)] == [f"{LOG}, line 3: cannot be read"]


def test_a_line_that_cannot_be_written_leaves_the_log_as_it_was(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (out / LOG).read_bytes()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=f"{LOG}: cannot be written"):
        add_line(out, "run", cycle_id=MARCH)
    assert (out / LOG).read_bytes() == before


@pytest.mark.parametrize(
    "path",
    ["../../mine.txt", "{folder}/mine.txt", f"{MARCH}/index.html", f"history/{MARCH}_shop.parquet"],
)
def test_a_manifest_that_names_what_is_not_its_own_deletes_nothing(
    path: str, out: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("of somebody else")
    name = out / JANUARY / "manifest.json"
    edit(name, '"delete_after": null', '"delete_after": "2026-03-02"')
    edit(name, f'"path": "{JANUARY}/index.html"', f'"path": "{path.format(folder=tmp_path)}"')
    before = files(tmp_path)
    with pytest.raises(OutputError, match=r"manifest\.json: names .*, which is no result"):
        purge(out, date(2026, 3, 3))
    assert files(tmp_path) == before


def test_a_folder_without_results_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no run has written here"):
        [*problems_of(tmp_path)]
    with pytest.raises(OutputError, match="no run has written here"):
        purge(tmp_path, date(2030, 1, 1))


@pytest.mark.privacy("P16")
def test_a_sign_off_is_logged_once_by_whom_and_without_what_it_says(
    organisation: Path, out: Path
) -> None:
    signed = "rule_id,employee_id,cycle_id,decision,reviewer,at,reason"
    row = f"last,shop-d,{MARCH},confirmed,head-of-shop,2026-04-02T10:00:00Z,secret words"
    (organisation / "data/sign_offs.csv").write_text(f"{signed}\n{row}\n")
    edit(
        organisation / "params.yaml",
        "      evaluations: {path: data/evaluations.csv}",
        "      evaluations: {path: data/evaluations.csv}\n"
        "      sign_offs: {path: data/sign_offs.csv}",
    )
    assert run(organisation, MARCH)[1] == []
    assert run(organisation, MARCH)[1] == []
    lines = [line for line in read_log(out) if line["what"] == "sign_off"]
    assert [(line["by"], line["cycle_id"], line["department_id"]) for line in lines] == [
        ("head-of-shop", MARCH, "shop")
    ]
    assert b"secret words" not in (out / LOG).read_bytes()
    assert b"shop-d" not in (out / LOG).read_bytes()


def test_two_decisions_that_differ_in_anything_have_other_hashes() -> None:
    row = {
        "decided_by": "h",
        "employee_id": "a",
        "rule_id": "r",
        "decision": "confirmed",
        "why": "x",
    }
    first, second = (signatures([{**row, **more}])[0] for more in ({}, {"why": "y"}))
    assert first["by"] == second["by"] == "h"
    assert first["signed_sha256"] != second["signed_sha256"]


@pytest.mark.privacy("P17")
def test_results_end_when_their_time_is_over_and_files_of_others_stay(
    organisation: Path, out: Path
) -> None:
    kept_for(organisation, days=30)
    assert read_manifest(out / JANUARY)["delete_after"] == "2026-03-02"  # January 31 and 30 days
    note = out / JANUARY / "shop/day/note.txt"
    note.write_text("of somebody else")
    before = files(out)
    planned = purge(out, date(2026, 3, 3), dry_run=True)
    assert files(out) == before
    assert [cycle.cycle_id for cycle in planned] == [JANUARY]
    assert purge(out, date(2026, 3, 2)) == []
    [gone] = purge(out, date(2026, 3, 3))
    assert (gone.files, gone.others) == (planned[0].files, (note,))
    assert {*before} - {*files(out)} == {path.relative_to(out).as_posix() for path in gone.files}
    assert [path for path in files(out) if JANUARY in path] == [note.relative_to(out).as_posix()]
    assert read_log(out)[-1]["what"] == "purge"
    assert [*problems_of(out)] == []


@pytest.mark.privacy("P17")
def test_a_restated_cycle_ends_with_the_results_that_it_replaced(
    organisation: Path, out: Path
) -> None:
    edit(
        organisation / "data/shop-cases.csv",
        f"{JANUARY}-23T10:00,true",
        f"{JANUARY}-23T10:00,false",
    )
    kept_for(organisation, days=0)
    assert (out / JANUARY / "shop/restated/1/tables/scores.csv").is_file()
    [gone, *_] = purge(out, date(2026, 2, 1))
    assert gone.others == ()
    assert not (out / JANUARY).exists()


@pytest.mark.privacy("P17")
def test_what_was_published_before_a_run_failed_is_answered_for_and_ends_too(
    tmp_path: Path,
) -> None:
    folder = write_organisation(tmp_path)
    out, asked = folder / "output", {"only": ("comparison", "calibration")}
    assert run(folder, JANUARY, **asked)[1] == []
    edit(folder / "params.yaml", "timezone: UTC", "privacy: {keep_days: 0}\ntimezone: UTC")
    (folder / "data/desk-cases.csv").unlink()
    edit(folder / "data/evaluations.csv", "cycle_id", "cycle")
    assert {place for place, _ in run(folder, JANUARY, **asked)[1]} == {
        *("desk", "shop", "calibration")
    }
    pages = ["calibration/calibration.html", "desk/desk/comparison.html"]
    for page in pages:
        with (out / JANUARY / page).open("a") as file:
            file.write(" ")
    assert [*problems_of(out)] == [
        f"{JANUARY}/{page}: changed since the run" for page in reversed(pages)
    ]
    [gone] = purge(out, date(2026, 2, 1))
    assert gone.others == ()
    assert not (out / JANUARY).exists()


def test_without_a_time_results_are_kept(out: Path) -> None:
    assert read_manifest(out / JANUARY)["delete_after"] is None
    assert purge(out, date(2126, 1, 1)) == []


def test_nothing_is_deleted_while_a_run_is_writing(out: Path) -> None:
    with locked(out), pytest.raises(LockedError):
        purge(out, date(2126, 1, 1))


def test_a_line_is_one_line_whatever_it_holds(tmp_path: Path) -> None:
    add_line(tmp_path, "run", cycle_id="two\nlines\u2028")
    add_line(tmp_path, "run", cycle_id="next")
    text = (tmp_path / LOG).read_text(encoding="utf-8")
    assert [json.loads(line)["cycle_id"] for line in text.splitlines()] == [
        "two\nlines\u2028",
        "next",
    ]
