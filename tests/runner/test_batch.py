"""The monthly run: what is made, what is left alone, what fails alone, and what never leaks."""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from organisation import (
    CYCLES,
    DAY,
    DESK,
    NIGHT,
    edit,
    files,
    perform_or_die,
    run,
    told,
)
from organisation import write_organisation as written

from csperf.errors import InputError, LockedError
from csperf.runner import pool
from csperf.runner import reports as making
from csperf.runner.files import locked
from csperf.runner.manifest import read_manifest
from csperf.runner.request import REPORTS
from csperf.runner.work import prepare_department

JANUARY, FEBRUARY, MARCH = CYCLES
PAGES = {f"{MARCH}/{name}" for name in ("index.html", "desk/index.html", "shop/index.html")}
EVERY_RUN = {*PAGES, f"{MARCH}/manifest.json", "index.html", "log.jsonl"}  # written by each run
SECRETS = {"LOGNAME": "user-canary", "HOME": "/nonexistent/home-canary"}


def outcomes(manifest: dict[str, Any]) -> dict[str, str]:
    """What became of every team, and of departments without one."""
    found = {}
    for entry in manifest["departments"]:
        id = entry["department_id"]
        teams = entry.get("teams", [])  # a dry run knows none
        found |= {f"{id}/{team['team_id']}": team["outcome"] for team in teams}
        if not teams:
            found[id] = entry["outcome"]
    return found


def reports(manifest: dict[str, Any], department: str) -> dict[str, dict[str, str]]:
    """Outcome of every report of a department, by team and kind."""
    entry = next(e for e in manifest["departments"] if e["department_id"] == department)
    return {
        team["team_id"]: {report["kind"]: report["outcome"] for report in team["reports"]}
        for team in entry["teams"]
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    return {path for path in before | after if before.get(path) != after.get(path)}


def below(tree: dict[str, Any], *starts: str) -> dict[str, Any]:
    return {path: file for path, file in tree.items() if path.startswith(starts)}


def test_a_second_run_rewrites_nothing_but_the_record_and_the_pages(organisation: Path) -> None:
    before = files(organisation)
    for export in (organisation / "data").iterdir():
        os.utime(export)
    manifest, errors = run(organisation, MARCH)
    assert errors == []
    assert set(outcomes(manifest)) == {"desk/desk", "shop/day", "shop/night"}
    assert {*outcomes(manifest).values(), manifest["calibration"]["outcome"]} == {"unchanged"}
    output = changed(below(before, "output"), below(files(organisation), "output"))
    assert output == {f"output/{path}" for path in EVERY_RUN}


def test_a_changed_input_redoes_that_department_only(organisation: Path) -> None:
    out, export = organisation / "output", organisation / "data/desk-cases.csv"
    edit(export, f"{MARCH}-23T10:00,true", f"{MARCH}-23T10:00,false")
    before = files(out)
    manifest, errors = run(organisation, MARCH)
    redone = {"desk/desk": "done", "shop/day": "unchanged", "shop/night": "unchanged"}
    assert (outcomes(manifest), errors) == (redone, [])
    made = changed(before, files(out)) - EVERY_RUN
    assert {path.split("/")[1] for path in made} == {"desk", f"{MARCH}_desk.parquet"}
    assert {f"{MARCH}/desk/desk/{kind}.html" for kind in REPORTS} <= made
    scores = pd.read_csv(out / MARCH / "desk/tables/appraisals.csv").set_index("employee_id")
    # 12 cases, of which now two missed the agreed time and two were reopened.
    assert scores["score"]["desk-a"] == pytest.approx(60 * 10 / 12 + 40 * (1 - (2 / 12) / 0.5))


def test_force_makes_what_was_asked_for_again_and_keeps_the_rest(organisation: Path) -> None:
    before = files(organisation / "output")
    asked = {"force": True, "departments": ("desk",), "only": ("appraisal",)}
    manifest, _ = run(organisation, MARCH, **asked)
    assert reports(manifest, "desk")["desk"] == {"comparison": "done", "appraisal": "done"}
    assert outcomes(manifest)["shop/day"] == "done"  # as the run before left it
    after = files(organisation / "output")
    made = changed(before, after)
    assert f"{MARCH}/desk/desk/appraisal.html" in made
    assert not below(dict.fromkeys(made), f"{MARCH}/shop/day", f"{MARCH}/calibration")
    bytes_before, bytes_after = ({p: f[1] for p, f in tree.items()} for tree in (before, after))
    assert changed(bytes_before, bytes_after) <= EVERY_RUN


def test_one_team_can_be_made_before_the_others(tmp_path: Path) -> None:
    folder = written(tmp_path)
    asked = {"departments": ("shop",), "only": ("appraisal",)}
    manifest, _ = run(folder, teams=("day",), **asked)
    assert outcomes(manifest) == {"shop/day": "done"}
    manifest, _ = run(folder, **asked)
    assert outcomes(manifest) == {"shop/day": "done", "shop/night": "done"}


def test_a_team_that_nobody_has_is_refused(organisation: Path) -> None:
    before = files(organisation)
    with pytest.raises(InputError, match="--team: no team 'noon'; there are day, desk, night"):
        run(organisation, MARCH, teams=("day", "noon"), force=True)
    assert changed(before, files(organisation)) == set()


def test_the_calibration_alone_leaves_the_departments_as_they_were(organisation: Path) -> None:
    manifest, _ = run(organisation, MARCH, only=("calibration",), force=True)
    assert manifest["calibration"]["outcome"] == "done"
    assert set(outcomes(manifest)) == {"desk/desk", "shop/day", "shop/night"}
    assert run(organisation, MARCH)[0]["departments"][0]["outcome"] == "unchanged"


@pytest.mark.requirement("L-03")
def test_each_evaluator_has_a_page_that_the_calibration_leads_to(organisation: Path) -> None:
    folder = organisation / "output" / MARCH / "calibration"
    pages = {"evaluators/manager-0.html", "evaluators/manager-1.html"}
    report = (folder / "calibration.html").read_text()
    assert set(re.findall(r'href="(evaluators/[^"]+)"', report)) == pages
    assert {path.relative_to(folder).as_posix() for path in folder.glob("evaluators/*")} == pages
    manifest = read_manifest(organisation / "output" / MARCH)
    vouched = {each["path"] for each in manifest["calibration"]["outputs"]}
    assert {f"{MARCH}/calibration/{page}" for page in pages} <= vouched
    text = (folder / "evaluators/manager-0.html").read_text()
    assert not any(id in text for id in (*DAY, *NIGHT, "manager-1"))


def test_the_page_of_who_is_no_evaluator_any_more_goes(organisation: Path) -> None:
    edit(organisation / "data/evaluations.csv", "manager-1", "manager-2")
    manifest, errors = run(organisation, MARCH, only=("calibration",))
    folder = organisation / "output" / MARCH / "calibration/evaluators"
    assert errors == []
    assert {path.name for path in folder.iterdir()} == {"manager-0.html", "manager-2.html"}
    vouched = {Path(each["path"]).name for each in manifest["calibration"]["outputs"]}
    assert "manager-1.html" not in vouched


def test_what_severities_did_to_teams_follows_the_fair_scores(organisation: Path) -> None:
    """Both managers rate everybody: no mean moves. One who is harsh alone on two people moves it.

    The team `night` has two people, of whom no mean is printed; `day` has four.
    """
    edit(
        organisation / "params.yaml", "timezone: UTC", "timezone: UTC\nprivacy: {smallest_group: 4}"
    )
    export = organisation / "data/evaluations.csv"
    alone = [f"{MARCH},{who},manager-1,store_manager," for who in ("shop-a", "shop-b")]
    rows = export.read_text().splitlines(keepends=True)
    export.write_text("".join(row for row in rows if not row.startswith(tuple(alone))))
    assert run(organisation, MARCH)[1] == []
    folder = organisation / "output" / MARCH / "calibration"
    people = pd.read_parquet(folder / "tables/shop/appraisals.parquet").query("team_id == 'day'")
    means = [people["score"].mean(), people["fair_score"].mean()]
    moved = f"{means[1] - means[0]:.1f}".replace("-", "−")
    cells = [*(f"{mean:.1f}" for mean in means), moved]
    told = "".join(f'<td class="number">{cell}</td>' for cell in cells)
    assert means[1] < means[0]  # the milder one rated two of them alone
    text = (folder / "calibration.html").read_text()
    assert told in text and text.count('<td class="number">too few</td>') == 3


def test_a_dry_run_says_what_it_would_do_and_writes_nothing(
    organisation: Path, tmp_path: Path
) -> None:
    edit(organisation / "data/desk-cases.csv", "T10:00,true", "T11:00,true")
    before = files(tmp_path)
    manifest, _ = run(organisation, MARCH, dry_run=True)
    assert outcomes(manifest) == {"desk": "to do", "shop": "unchanged"}
    manifest, _ = run(organisation, MARCH, out=tmp_path / "nowhere", dry_run=True)
    assert outcomes(manifest) == {"desk": "to do", "shop": "to do"}
    assert changed(before, files(tmp_path)) == set()
    assert not (tmp_path / "nowhere").exists()
    edit(organisation / "desk.yaml", "weight:", "wieght:")
    manifest, [(place, error)] = run(organisation, MARCH, dry_run=True)
    assert outcomes(manifest) == {"desk": "failed", "shop": "unchanged"}
    assert (place, type(error)) == ("desk", InputError)


@pytest.mark.requirement("L-05")
def test_a_department_without_its_file_fails_alone(tmp_path: Path) -> None:
    folder = written(tmp_path)
    (folder / "data/shop-cases.csv").unlink()
    manifest, errors = run(folder, only=("appraisal",))
    assert outcomes(manifest) == {"desk/desk": "done", "shop": "failed"}
    [(place, error)] = errors
    assert place == "shop"
    missing = f"{folder}/data/shop-cases.csv: cannot be read (No such file or directory)"
    assert str(error).startswith(missing)
    portal = (folder / "output" / JANUARY / "index.html").read_text()
    assert "the input has to be mended: shop-cases.csv" in portal
    assert str(folder) not in portal
    assert {path.name for path in (folder / "output/history").iterdir()} == {
        f"{JANUARY}_desk.parquet"
    }
    assert not (folder / "output" / JANUARY / "shop").exists()


def test_a_faulty_department_keeps_its_reports_and_the_portal_names_the_place_not_the_value(
    organisation: Path,
) -> None:
    edit(organisation / "data/shop-cases.csv", f"{JANUARY}/shop-a/0,", f"{JANUARY}/shop-a/1,")
    edit(
        organisation / "data/desk-cases.csv", f"{JANUARY}-01T10:00,false", f"{JANUARY}-01T10:00,x77"
    )
    before = files(organisation / "output")
    manifest, errors = run(organisation, MARCH)
    assert outcomes(manifest) == {"desk": "failed", "shop": "failed"}
    told = {place: str(error) for place, error in errors}
    assert "row 2, column 'sla_met': 'x77' is not a flag; write true or false" in told["desk"]
    reasons = {entry["department_id"]: entry["reason"] for entry in manifest["departments"]}
    mend = "the input has to be mended"
    assert reasons["desk"] == f"{mend}: desk-cases.csv, row 2, column 'sla_met'"
    assert reasons["shop"].startswith(f"{mend}: shop-cases.csv, row ")
    after = files(organisation / "output")
    assert changed(before, after) == EVERY_RUN - {f"{MARCH}/{id}/index.html" for id in told}
    assert b"desk-cases.csv, row 2, column" in after[f"{MARCH}/index.html"][1]
    assert not any(b"x77" in content for _, content in after.values())


def test_a_scheme_that_cannot_be_meant_fails_its_department_alone(organisation: Path) -> None:
    edit(organisation / "shop.yaml", "weight: 60", "weight: 61")
    manifest, errors = run(organisation, MARCH)
    assert outcomes(manifest) == {"desk/desk": "unchanged", "shop": "failed"}
    assert "weights sum to 101, not 100" in str(errors[0][1])


def test_a_failed_cell_is_named_and_the_report_before_it_stays(
    organisation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"force": True, "departments": ("shop",), "only": ("appraisal",)}
    folder = organisation / "output" / MARCH / "shop" / "night"
    before = (folder / "appraisal.html").read_bytes()
    task = making._task

    def misled(*arguments: Any) -> Any:
        """The task of team `night` asks for a team that nobody is in."""
        made = task(*arguments)
        if made.parameters["team"] == "night":
            made.parameters["team"] = "nobody"
        return made

    with monkeypatch.context() as patch:
        patch.setattr(making, "_task", misled)
        manifest, errors = run(organisation, MARCH, **asked)
    assert outcomes(manifest)["shop/day"] == "done"
    assert outcomes(manifest)["shop/night"] == "failed"
    assert [place for place, _ in errors] == ["shop/night"]
    reason = "appraisal.ipynb In [3] failed with InputError; see appraisal.failed.ipynb"
    assert str(errors[0][1]).startswith(reason)
    assert (folder / "appraisal.html").read_bytes() == before
    kept = (folder / "appraisal.failed.ipynb").read_text()
    assert "no team 'nobody' in this cycle; there are day, night" in kept
    assert str(organisation) not in kept
    assert str(Path(sys.prefix)) not in kept
    manifest, errors = run(organisation, MARCH, only=("appraisal",))
    assert (outcomes(manifest)["shop/night"], errors) == ("done", [])
    assert not (folder / "appraisal.failed.ipynb").exists()


def test_a_worker_that_is_killed_fails_its_team_only(
    organisation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "perform", perform_or_die)
    asked = {"force": True, "departments": ("shop",), "only": ("appraisal",)}
    manifest, errors = run(organisation, MARCH, **asked)
    assert reports(manifest, "shop")["day"]["appraisal"] == "done"
    assert reports(manifest, "shop")["night"]["appraisal"] == "failed"
    assert [(place, str(error)) for place, error in errors] == [
        ("shop/night", "appraisal.ipynb: its process was ended by SIGKILL")
    ]


def test_two_runs_at_once_are_refused(organisation: Path) -> None:
    with locked(organisation / "output"), pytest.raises(LockedError, match="another run") as met:
        run(organisation, MARCH)
    assert met.value.exit_status == 5
    assert run(organisation, MARCH)[1] == []


def test_what_a_killed_run_left_behind_is_swept(organisation: Path) -> None:
    folder = organisation / "output" / MARCH
    (folder / ".work-abc" / "desk").mkdir(parents=True)
    (folder / ".work-abc" / "desk" / "half.html").touch()
    (folder / "shop" / "day" / ".writing-abc").touch()
    assert run(organisation, MARCH)[1] == []
    assert [path for path in folder.rglob("*") if path.name.startswith(".")] == []


@pytest.mark.privacy("P14")
def test_only_the_owner_can_open_what_was_written(finished: Path) -> None:
    out = finished / "output"
    modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [out, *out.rglob("*")]}
    assert modes == {(True, 0o700), (False, 0o600)}


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of a locale in which a text file is GB18030 unless a program says otherwise."""
    localedef = shutil.which("localedef") or pytest.skip("this test needs localedef on the PATH")
    folder, name = tmp_path_factory.mktemp("locales"), "zh_CN.GB18030"
    subprocess.run([localedef, "-i", "zh_CN", "-f", "GB18030", folder / name], check=True)
    env = {"LOCPATH": str(folder), "LC_ALL": name}
    asked = [sys.executable, "-c", "import locale; print(locale.getencoding())"]
    said = subprocess.run(asked, env={**os.environ, **env}, capture_output=True, check=True)
    assert said.stdout.strip() == b"GB18030"
    return env


@pytest.fixture(scope="module")
def elsewhere(
    finished: Path, chinese: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """February again: another folder, one worker, other hashes, time zone, encoding and home."""
    folder = written(tmp_path_factory.mktemp("elsewhere") / "path-canary")
    history = shutil.copytree(finished / "output/history", folder / "output/history")
    for later in (*history.glob(f"{FEBRUARY}*"), *history.glob(f"{MARCH}*")):
        later.unlink()
    command = [sys.executable, "-m", "csperf", "run", str(folder / "params.yaml")]
    options = ["--cycle", FEBRUARY, "--out", str(folder / "output"), "--jobs", "1"]
    strange = {"PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu", **chinese, **SECRETS}
    done = subprocess.run(
        command + options,
        env={**os.environ, **strange},
        umask=0o022,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return folder, done


def test_the_same_input_gives_the_same_bytes(
    finished: Path, elsewhere: tuple[Path, subprocess.CompletedProcess[str]]
) -> None:
    folder, done = elsewhere
    assert (done.returncode, done.stderr) == (0, "")
    ours, theirs = (
        {path: file[1] for path, file in files(root / "output" / FEBRUARY).items()}
        for root in (finished, folder)
    )
    assert len(ours) > 40
    assert changed(ours, theirs) == {"manifest.json"}
    name = f"output/history/{FEBRUARY}_shop.parquet"
    assert (finished / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.privacy("P11")
def test_no_output_tells_of_the_machine_the_user_or_the_folder(
    elsewhere: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    folder, _ = elsewhere
    canaries = ("path-canary", *SECRETS.values(), socket.gethostname(), sys.prefix)
    for path, (_, content) in files(folder / "output").items():
        text = told(path, content)
        found = {canary for canary in canaries if canary.encode() in text}
        assert found == ({SECRETS["LOGNAME"]} if path == "log.jsonl" else set()), path  # who ran it
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (folder / "output").rglob("*")}
    assert modes == {0o700, 0o600}


@pytest.mark.parametrize("department", ["desk", "shop"])
def test_the_order_of_the_rows_does_not_matter(
    department: str, finished: Path, tmp_path: Path
) -> None:
    folder, staged = written(tmp_path), tmp_path / "staged"
    for export in (folder / "data").iterdir():
        header, *rows = export.read_text().splitlines(keepends=True)
        random.Random(3).shuffle(rows)
        export.write_text("".join([header, *rows]))
    history = finished / "output/history"
    nothing = tmp_path / "nothing"
    prepare_department(folder / "params.yaml", department, MARCH, history, staged, nothing, {})
    made = {path: file[1] for path, file in files(staged / "tables").items()}
    before = files(finished / "output" / MARCH / department / "tables")
    assert made == {path: file[1] for path, file in before.items()}
    kept = history / f"{MARCH}_{department}.parquet"
    assert (staged / "history.parquet").read_bytes() == kept.read_bytes()


@pytest.mark.privacy("P10")
def test_ids_of_one_department_never_occur_in_the_files_of_another(finished: Path) -> None:
    people = {"desk": DESK, "shop": (*DAY, *NIGHT)}
    for path, (_, content) in files(finished / "output").items():
        content = told(path, content)
        for department, other in (("desk", "shop"), ("shop", "desk")):
            if department in path:
                found = [id for id in people[other] if id.encode() in content]
                assert found == [], path
        if path.endswith("index.html"):
            assert not any(id.encode() in content for ids in people.values() for id in ids), path


@pytest.mark.requirement("G0-5", "G0-6")
def test_a_streak_is_counted_over_the_months_that_the_history_holds(organisation: Path) -> None:
    out = organisation / "output"
    found = {
        cycle: pd.read_csv(out / cycle / "shop/tables/proposals.csv").set_index("rule_id")
        for cycle in CYCLES
    }
    assert [list(rows.index) for rows in found.values()] == [
        ["last"],
        ["last"],
        ["last", "three_times"],
    ]
    proposal = found[MARCH].loc["three_times"]
    assert (proposal["employee_id"], proposal["status"]) == ("shop-d", "proposed")
    assert (proposal["approver"], proposal["facts"]) == (
        "HR",
        "score 72.00, rank 4 of 4, 3 cycles running",
    )
    (out / "history" / f"{FEBRUARY}_shop.parquet").unlink()
    manifest, _ = run(organisation, MARCH)
    assert outcomes(manifest) == {
        "desk/desk": "unchanged",
        "shop/day": "done",
        "shop/night": "done",
    }
    rows = pd.read_csv(out / MARCH / "shop/tables/proposals.csv")
    assert list(rows["rule_id"]) == ["last"]


def test_a_history_that_is_lost_is_made_again(organisation: Path) -> None:
    lost = organisation / "output/history" / f"{FEBRUARY}_desk.parquet"
    before = lost.read_bytes()
    lost.unlink()
    manifest, _ = run(organisation, FEBRUARY, only=("comparison",))
    assert outcomes(manifest)["desk/desk"] == "done"
    assert lost.read_bytes() == before


def test_hostile_ids_stay_inside_the_output_folder(tmp_path: Path) -> None:
    folder = written(tmp_path / "organisation")
    teams = ["../../x", "CON", "x" * 300, "客服", "tables", "restated"]
    names = dict(zip(DAY + NIGHT, teams, strict=True))
    for person, team in names.items():
        old = "day" if person in DAY else "night"
        edit(folder / "data/assignments.csv", f"{person},{old}", f"{person},{team}")
    edit(folder / "params.yaml", "id: desk", "id: calibration")
    edit(folder / "params.yaml", "id: shop", 'id: "../shop"')
    before = files(tmp_path)
    manifest, errors = run(folder, only=("appraisal",))
    assert errors == []
    assert set(outcomes(manifest).values()) == {"done"}
    assert len(outcomes(manifest)) == 1 + len(teams)
    made = changed(before, files(tmp_path))
    assert all(path.startswith("organisation/output/") for path in made)
    parts = {part for path in made for part in Path(path).parts[3:-1]}
    assert all(re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", part) for part in parts)
    portal = (folder / "output" / JANUARY / "index.html").read_text()
    links = re.findall('href="([^"#]+)"', portal)
    assert len(links) == 2 * (1 + len(teams)) + 2 + 1  # reports and workbooks, roll-ups, manifest
    assert all((folder / "output" / JANUARY / link).is_file() for link in links)
