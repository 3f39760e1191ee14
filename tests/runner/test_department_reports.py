"""Reports about a department as a whole: made once, kept, cleaned, failing like those of teams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from organisation import CYCLES, DAY, edit, files, run, write_organisation

from csperf.runner import reports as making
from csperf.runner.keeping import problems_of

JANUARY, _, MARCH = CYCLES


def own(manifest: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Outcome of the reports about each department itself."""
    return {
        entry["department_id"]: {each["kind"]: each["outcome"] for each in entry["reports"]}
        for entry in manifest["departments"]
    }


@pytest.mark.requirement("L-06")
def test_planning_alone_makes_a_page_for_each_department_and_none_for_its_teams(
    tmp_path: Path,
) -> None:
    folder = write_organisation(tmp_path)
    manifest, errors = run(folder, only=("planning",))
    made = folder / "output" / JANUARY
    assert errors == []
    assert own(manifest) == {"desk": {"planning": "done"}, "shop": {"planning": "done"}}
    assert {path.name for path in made.glob("*/planning.*")} == {"planning.html", "planning.ipynb"}
    assert [*made.rglob("appraisal.html")] == []
    vouched = {each["path"] for entry in manifest["departments"] for each in entry["outputs"]}
    assert {f"{JANUARY}/{id}/planning.html" for id in ("desk", "shop")} <= vouched
    assert '<a href="shop/planning.html">' in (made / "index.html").read_text()
    assert '<a href="planning.html">' in (made / "shop/index.html").read_text()
    assert own(run(folder, only=("planning",))[0])["shop"]["planning"] == "unchanged"


def test_a_full_run_makes_the_page_too_and_another_report_alone_keeps_it(
    organisation: Path,
) -> None:
    page = organisation / "output" / MARCH / "shop/planning.html"
    before = page.read_bytes()
    assert own(run(organisation, MARCH)[0])["shop"]["planning"] == "unchanged"
    manifest, _ = run(organisation, MARCH, only=("comparison",), force=True)
    assert own(manifest)["shop"]["planning"] == "unchanged"  # as the run before left it
    manifest, _ = run(organisation, MARCH, teams=("day",), only=("comparison",), force=True)
    assert own(manifest)["shop"]["planning"] == "unchanged"
    assert page.read_bytes() == before


def test_a_department_that_plans_nothing_any_more_has_no_page_and_does_not_fail(
    tmp_path: Path,
) -> None:
    folder = write_organisation(tmp_path)
    for floor, target in (("0.00", "1.00"), ("0.50", "0.00")):
        scoring = f"{{method: linear, floor: {{assumed: {floor}}}, target: {{assumed: {target}}}}}"
        edit(folder / "desk.yaml", scoring, "{method: rank_points}")
    cases = "      cases: {path: data/desk-cases.csv}\n"
    goals = "      goals: {path: data/goals.csv}\n"
    (folder / "data/goals.csv").write_text("goal_id,owner_scope,title\ng1,department,Fewer\n")
    edit(folder / "params.yaml", cases, cases + goals)
    asked = {"only": ("planning",), "departments": ("desk",)}
    assert own(run(folder, **asked)[0])["desk"] == {"planning": "done"}
    edit(folder / "params.yaml", goals, "")
    manifest, errors = run(folder, only=("planning", "comparison"), departments=("desk",))
    assert (own(manifest)["desk"], errors) == ({}, [])
    made = folder / "output" / JANUARY
    assert not [*made.glob("desk/planning.*")]
    assert "desk/planning.html" not in (made / "index.html").read_text()


def test_a_planning_notebook_that_fails_is_kept_and_its_page_before_it_stays(
    organisation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = organisation / "output" / MARCH
    before = (folder / "shop/planning.html").read_bytes()
    task = making._task

    def misled(*arguments: Any) -> Any:
        """The task of planning asks for a department that there is not."""
        made = task(*arguments)
        made.parameters["department"] = "nobody"
        return made

    with monkeypatch.context() as patch:
        patch.setattr(making, "_task", misled)
        asked = {"force": True, "departments": ("shop",), "only": ("planning",)}
        manifest, errors = run(organisation, MARCH, **asked)
    assert own(manifest)["shop"]["planning"] == "failed"
    assert [place for place, _ in errors] == ["shop"]
    assert str(errors[0][1]).startswith("planning.ipynb In [3] failed with InputError")
    assert (folder / "shop/planning.html").read_bytes() == before
    kept = (folder / "shop/planning.failed.ipynb").read_text()
    assert str(organisation) not in kept
    assert "Shop, Planning: planning.ipynb" in (folder / "index.html").read_text()
    manifest, errors = run(organisation, MARCH, only=("comparison",))  # does not hide it
    assert (own(manifest)["shop"]["planning"], errors) == ("failed", [])
    assert "Shop, Planning: planning.ipynb" in (folder / "index.html").read_text()
    manifest, errors = run(organisation, MARCH, only=("planning",))
    assert (own(manifest)["shop"]["planning"], errors) == ("done", [])
    assert not (folder / "shop/planning.failed.ipynb").exists()
    assert [*problems_of(organisation / "output")] == []


@pytest.mark.privacy("P10", "P11")
def test_the_page_names_nobody_of_another_department_and_nothing_of_the_machine(
    finished: Path,
) -> None:
    made = {
        path: content
        for path, (_, content) in files(finished / "output").items()
        if path.endswith(("desk/planning.html", "desk/planning.ipynb"))
    }
    assert len(made) == 2 * len(CYCLES)
    assert not any(id.encode() in content for content in made.values() for id in DAY)
    assert not any(str(finished).encode() in content for content in made.values())


@pytest.mark.requirement("L-07", "F-01")
def test_monitoring_alone_runs_day_by_day_in_the_middle_of_a_cycle(tmp_path: Path) -> None:
    folder = write_organisation(tmp_path)
    whole = (folder / "data/shop-cases.csv").read_text().splitlines()
    asked = {"only": ("monitoring",), "departments": ("shop",)}

    def page(last: str) -> str:
        """The page of March with the cases that were opened up to a day."""
        rows = [row for row in whole[1:] if row.split(",")[2] <= f"{last}T23"]
        (folder / "data/shop-cases.csv").write_text("\n".join([whole[0], *rows]) + "\n")
        manifest, errors = run(folder, MARCH, **asked)
        assert (own(manifest)["shop"], errors) == ({"monitoring": "done"}, [])
        return (folder / "output" / MARCH / "shop/monitoring.html").read_text()

    assert "As of March 11, 2026" in page(f"{MARCH}-11")
    assert "As of March 13, 2026" in page(f"{MARCH}-13")
    made = folder / "output" / MARCH
    assert sorted(path.name for path in made.glob("shop/*.html")) == [
        "index.html",
        "monitoring.html",
    ]
    assert not [*made.rglob("appraisal.html")]
    assert own(run(folder, MARCH, **asked)[0])["shop"] == {"monitoring": "unchanged"}


@pytest.mark.requirement("F-03")
def test_watching_a_cycle_whose_data_still_come_in_leaves_its_results_as_they_are(
    organisation: Path,
) -> None:
    """Another case of desk-a comes in: monitoring is new, appraisal, tables and history are not."""
    folder, history = organisation / "output" / MARCH / "desk", organisation / "output/history"
    before = {**files(folder), **files(history)}
    cases = organisation / "data/desk-cases.csv"
    lines = cases.read_text().splitlines()
    last = [line for line in lines if "2026-03" in line][-1]
    cases.write_text("\n".join([*lines, f"new-case,{last.split(',', 1)[1]}"]) + "\n")
    asked = {"departments": ("desk",), "only": ("monitoring",)}
    manifest, errors = run(organisation, MARCH, **asked)
    after = {**files(folder), **files(history)}
    changed = {path for path in after if before.get(path) != after[path]}
    assert (errors, {*before} - {*after}) == ([], set())
    assert changed == {"monitoring.html", "monitoring.ipynb", "index.html"}
    entry = next(each for each in manifest["departments"] if each["department_id"] == "desk")
    assert own(manifest)["desk"] | {"monitoring": "done"} == own(manifest)["desk"]
    assert {each["kind"] for team in entry["teams"] for each in team["reports"]} == {
        "appraisal",
        "comparison",
    }
    assert [*problems_of(organisation / "output")] == []
    manifest, errors = run(organisation, MARCH, departments=("desk",))  # now it is appraised anew
    entry = next(each for each in manifest["departments"] if each["department_id"] == "desk")
    assert (errors, entry["outcome"], len(entry["restated"])) == ([], "done", 1)
