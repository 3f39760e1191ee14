"""The workbooks that a run leaves beside its reports."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from organisation import CYCLES, DAY, files, run
from python_calamine import CalamineWorkbook

from csperf.runner.manifest import read_manifest

MARCH = CYCLES[-1]
TEAMS = {"desk/desk", "shop/day", "shop/night"}


@pytest.mark.requirement("L-12")
def test_each_team_and_the_calibration_has_a_workbook_that_the_pages_lead_to(
    finished: Path,
) -> None:
    out = finished / "output"
    books = {path for path in files(out / MARCH) if path.endswith(".xlsx")}
    assert books == {f"{team}/appraisal.xlsx" for team in TEAMS} | {"calibration/calibration.xlsx"}
    portal, rollup = (
        (out / MARCH / page).read_text() for page in ("index.html", "shop/index.html")
    )
    assert all(f'href="{path}"' in portal for path in books)
    assert 'href="day/appraisal.xlsx"' in rollup and 'href="night/appraisal.xlsx"' in rollup


def test_a_workbook_is_in_the_record_and_made_again_when_it_is_lost(organisation: Path) -> None:
    out = organisation / "output"
    manifest = read_manifest(out / MARCH)
    written = [*manifest["departments"], manifest["calibration"]]
    known = {each["path"] for entry in written for each in entry["outputs"]}
    lost = out / MARCH / "shop/day/appraisal.xlsx"
    assert lost.relative_to(out).as_posix() in known
    assert f"{MARCH}/calibration/calibration.xlsx" in known
    before = lost.read_bytes()
    lost.unlink()
    again, errors = run(organisation, MARCH, departments=("shop",), only=("appraisal",))
    assert errors == [] and lost.read_bytes() == before
    assert {entry["department_id"]: entry["outcome"] for entry in again["departments"]} == {
        "desk": "done",
        "shop": "done",
    }


def test_a_workbook_has_the_people_of_its_team_and_no_other(finished: Path) -> None:
    book = (finished / "output" / MARCH / "shop/day/appraisal.xlsx").read_bytes()
    sheet = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_name("People")
    assert {row[0] for row in sheet.to_python()[1:]} == {*DAY}
