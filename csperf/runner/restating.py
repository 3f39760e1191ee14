"""Earlier results of a cycle: kept whole beside the new ones before anything of them is replaced.

A kept result is linked into its folder, not moved: until the new one is published file by file, the
earlier one stands where it was. A mark in the kept result says that this has not ended, so that the
run after one that was killed goes on where that stopped.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from pandas import DataFrame

from csperf.runner.files import write_file
from csperf.runner.request import Entry
from csperf.tables import OUTPUT_TABLES

KEPT = "restated"
UNFINISHED = ".unfinished"
PAGE = "index.html"


@dataclass(frozen=True)
class Earlier:
    """The result that a run is held against, and whether the run replaces it."""

    tables: Mapping[str, DataFrame]
    replaced: bool


def earlier_result(folder: Path, after: Mapping[str, DataFrame]) -> Earlier:
    """What an earlier run said about the cycle, from a department's folder.

    It is the published result if that says something else than `after`, else the one that it
    replaced in its turn; no tables if there is none.
    """
    from csperf.appraisal.restatement import same_results

    latest = _latest(folder)
    if latest and (latest / UNFINISHED).exists():
        return Earlier(_results(latest), replaced=True)
    published = _results(folder)
    if published and not same_results(published, after):
        return Earlier(published, replaced=True)
    return Earlier(_results(latest) if latest else {}, replaced=False)


def earlier_proposals(folder: Path) -> DataFrame | None:
    """What all earlier results of the cycle proposed, for decisions on what is gone since."""
    results = map(_results, [*_kept(folder), folder])
    found = [tables["proposals"] for tables in results if "proposals" in tables]
    return pd.concat(found) if found else None


def restated_rows(
    before: Mapping[str, DataFrame], after: Mapping[str, DataFrame], about: Collection[str]
) -> DataFrame:
    """The record table `restated`; empty if there is nothing before."""
    from csperf.appraisal.restatement import restated

    table, stamp = OUTPUT_TABLES["restated"], ["cycle_id", "department_id"]
    rows = restated(before, after, about) if before else table.empty()
    people = pd.concat([each["appraisals"] for each in (after, before) if each])
    known = people.drop_duplicates("employee_id").set_index("employee_id")
    places = known.reindex(rows["employee_id"])[[*stamp, "team_id"]].set_axis(rows.index)
    return table.arrange(rows.assign(**places))


def keep_earlier(folder: Path, staging: Path, entry: Entry) -> None:
    """Keep a department's published result, with its entry of the manifest, under a new number."""
    latest = _latest(folder)
    if latest and (latest / UNFINISHED).exists():
        return

    def but_kept(place: str, names: list[str]) -> list[str]:
        return [KEPT] if place == str(folder) else []

    shutil.copytree(folder, staging, ignore=but_kept, copy_function=_link)
    if (staging / PAGE).exists():  # its links start from a folder that is now two levels deeper
        page = (staging / PAGE).read_bytes().replace(b'href="../', b'href="../../../')
        write_file(staging / PAGE, page.replace(b'href="restated/', b'href="../'))
    text = json.dumps(entry, indent=1, ensure_ascii=False, allow_nan=False)
    write_file(staging / "manifest.json", text.encode())
    (staging / UNFINISHED).touch()
    number = int(latest.name) + 1 if latest else 1
    (folder / KEPT).mkdir(exist_ok=True)
    staging.rename(folder / KEPT / str(number))


def settle(folder: Path, placed: Collection[Path]) -> None:
    """End a replacement: what the new result does not have any more is in the kept one only."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.relative_to(folder).parts[0] == KEPT:
            continue
        if path.is_dir():
            with contextlib.suppress(OSError):  # it is not empty
                path.rmdir()
        elif path not in placed and path != folder / PAGE:
            path.unlink()
    if latest := _latest(folder):
        (latest / UNFINISHED).unlink(missing_ok=True)


def kept_results(folder: Path) -> list[Entry]:
    """Number and page of every earlier result that is kept, paths from the cycle's folder."""
    pages = {place: place / PAGE if (place / PAGE).exists() else place for place in _kept(folder)}
    return [
        {"n": int(place.name), "path": page.relative_to(folder.parent).as_posix()}
        for place, page in pages.items()
    ]


def _kept(folder: Path) -> list[Path]:
    found = [path for path in (folder / KEPT).glob("*") if path.name.isdecimal()]
    return sorted(found, key=lambda path: int(path.name))


def _latest(folder: Path) -> Path | None:
    return next(reversed(_kept(folder)), None)


def _results(folder: Path) -> dict[str, DataFrame]:
    """The tables of a result, as far as they can be read; none if nobody is in them."""
    from csperf.appraisal.restatement import RESULTS  # a run without changes does without

    found = {}
    for name in RESULTS:
        with contextlib.suppress(OSError, ValueError):
            found[name] = pd.read_parquet(folder / "tables" / f"{name}.parquet")
    return found if "appraisals" in found else {}


def _link(source: str, target: str) -> None:
    """A second name for a file; a copy where the disk knows no such thing."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
