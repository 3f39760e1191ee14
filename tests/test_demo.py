"""The main job on the sample that ships, from a wheel: two departments, eight teams, 3 months."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from installed import TOP, DemoRun, run_demo
from organisation import files

from csperf.names import folder_name
from csperf.tables.records import RECORD_TABLES

CYCLES = ("2016-03", "2016-04", "2016-05")
TEAMS = {
    "service-desk": ("group-20", "group-24", "group-65", "group-70", "group-72", "pooled"),
    "online-shop": ("after-hours", "pre-sales"),
}
MACHINES = ("Resolved by 11", "Resolved by 15")
FAIR = "Had all evaluators been equally severe"
RECORDS = sorted(RECORD_TABLES)
every_cycle = pytest.mark.parametrize("cycle", CYCLES)


SECTIONS = [
    "In short",
    "People",
    "Since the cycle before",
    "Proposals",
    "Talks and plans",
    "Indicators",
    "Strengths and short boards",
    "Training needs",
    "Sides and perspectives",
    "Indicator set",
    "Assumed values",
    "Data quality",
    "How to read this",
    "Sign-off",
    "Provenance",
]


OWN = ("planning", "monitoring", "review")  # reports about a department itself


def manifest(demo: DemoRun, cycle: str) -> dict[str, Any]:
    return json.loads((demo.out / cycle / "manifest.json").read_text(encoding="utf-8"))


def table(demo: DemoRun, cycle: str, department: str, name: str) -> pd.DataFrame:
    return pd.read_csv(demo.out / cycle / department / "tables" / f"{name}.csv")


def lines(outcome: str) -> list[str]:
    """What the demo says of every department and team, in the order of the params."""
    said = []
    for department, ids in TEAMS.items():
        said += [f"{department}: {kind} {outcome}" for kind in OWN]
        said += [f"{department}/{team}: {outcome}" for team in ids]
    return [f"{cycle}  {line}" for cycle in CYCLES for line in (*said, f"calibration: {outcome}")]


def test_the_demo_makes_eight_teams_in_each_of_three_months(demo: DemoRun) -> None:
    page = demo.out / CYCLES[-1] / "index.html"
    assert demo.done.stdout.splitlines() == [*lines("done"), f"Open {page}"]
    assert demo.done.stderr == ""
    for cycle in CYCLES:
        found = manifest(demo, cycle)
        assert [entry["department_id"] for entry in found["departments"]] == list(TEAMS)
        reports = [
            report["outcome"]
            for entry in found["departments"]
            for team in entry["teams"]
            for report in (team, *team["reports"])
        ]
        assert reports == ["done"] * 8 * 3


@pytest.mark.requirement("L-05", "L-12")
@every_cycle
def test_every_page_and_table_of_the_contract_is_there(demo: DemoRun, cycle: str) -> None:
    tables = (
        "indicator_values",
        "scores",
        "evaluation_scores",
        "appraisals",
        "proposals",
        "pay",
        "indicator_set",
    )
    expected = {"index.html", "manifest.json"}
    expected |= {f"calibration/calibration.{kind}" for kind in ("html", "ipynb", "xlsx")}
    expected |= {f"calibration/evaluators/{folder_name(name)}.html" for name in ("M1", "M2", "M3")}
    for department, teams in TEAMS.items():
        expected |= {
            f"{department}/index.html",
            *(f"{department}/{report}.{kind}" for report in OWN for kind in ("html", "ipynb")),
        }
        expected |= {
            f"{department}/tables/{name}.{kind}"
            for name in (*tables, *RECORDS, "comparisons", "data_quality")
            for kind in ("csv", "parquet")
        }
        expected |= {
            f"{department}/{team}/{report}.{kind}"
            for team in teams
            for report in ("appraisal", "comparison")
            for kind in ("html", "ipynb")
        }
        expected |= {f"{department}/{team}/appraisal.xlsx" for team in teams}
        talks = pd.read_csv(demo.out / cycle / department / "tables/feedback.csv")
        expected |= {
            f"{department}/{row.team_id}/interviews/{folder_name(row.employee_id)}.html"
            for row in talks.itertuples()
        }
        people = pd.read_csv(demo.out / cycle / department / "tables/appraisals.csv", dtype="str")
        machine = people["reason"].str.startswith("service account", na=False)
        expected |= {
            f"{department}/{folder_name(row.team_id)}/people/{folder_name(row.employee_id)}.html"
            for row in people[~machine].itertuples()
        }
    there = set(files(demo.out / cycle))
    assert expected <= there
    others = {path for path in there - expected if not path.startswith("calibration/tables/")}
    assert others == set()
    assert {f"calibration/tables/{department}/fairness.csv" for department in TEAMS} <= there
    assert {f"{cycle}_{department}.parquet" for department in TEAMS} <= set(
        files(demo.out / "history")
    )


@pytest.mark.requirement("L-12")
@every_cycle
def test_the_manifest_vouches_for_every_file(demo: DemoRun, cycle: str) -> None:
    record = manifest(demo, cycle)
    entries = [*record["departments"], record["calibration"]]
    vouched = {out["path"]: out for entry in entries for out in entry["outputs"]}
    made = {f"{cycle}/{path}" for path in files(demo.out / cycle)}
    made |= {f"history/{cycle}_{department}.parquet" for department in TEAMS}
    pages = {path for path in made if path.endswith(("/index.html", "/manifest.json"))}
    assert set(vouched) == made - pages
    for path, out in vouched.items():
        content = (demo.out / path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (out["bytes"], out["sha256"])


@pytest.mark.requirement("L-12")
@every_cycle
def test_the_manifest_names_inputs_params_scheme_and_versions(demo: DemoRun, cycle: str) -> None:
    record = manifest(demo, cycle)
    assert record["csperf_version"] == record["versions"]["csperf"]
    params = (TOP / "params/demo.yaml").read_bytes()
    assert record["params_sha256"] == hashlib.sha256(params).hexdigest()
    for entry in record["departments"]:
        assert len(entry["scheme_sha256"]) == len(record["code_sha256"]) == 64
        assert {len(item["sha256"]) for item in entry["inputs"]} == {64}
        assert not any(Path(item["path"]).is_absolute() for item in entry["inputs"])
    [log] = record["departments"][0]["inputs"]
    assert log["path"] == "data/service-desk/incident_event_log.parquet"


@pytest.mark.requirement("G0-5", "G0-6")
def test_a_person_who_is_last_three_months_running_is_proposed_for_the_third_only(
    demo: DemoRun,
) -> None:
    found = {cycle: table(demo, cycle, "online-shop", "proposals") for cycle in CYCLES}
    mine = {cycle: rows[rows["employee_id"] == "kf10"] for cycle, rows in found.items()}
    assert [sorted(rows["rule_id"]) for rows in mine.values()] == [
        ["last_deduction", "last_two_plan"],
        ["last_deduction", "last_two_plan"],
        ["last_deduction", "last_three_times", "last_two_plan"],
    ]
    for rows in found.values():
        assert set(rows["status"]) == {"proposed"}
        assert rows[["approver", "appeal_until", "facts"]].notna().all(axis=None)
    [proposal] = mine["2016-05"].query("rule_id == 'last_three_times'").to_dict("records")
    assert proposal["action"] == "consider_post_adjustment"
    assert proposal["approver"] == "store manager and HR"
    assert proposal["facts"].endswith("rank 10 of 10, 3 cycles running")
    everyone = pd.concat(found.values())
    assert list(everyone.query("rule_id == 'last_three_times'")["employee_id"]) == ["kf10"]


@every_cycle
def test_service_accounts_are_shown_with_the_reason_and_not_appraised(
    demo: DemoRun, cycle: str
) -> None:
    rows = table(demo, cycle, "service-desk", "appraisals").set_index("employee_id")
    machines = rows[rows["reason"].str.startswith("service account", na=False)]
    assert tuple(machines.index) == MACHINES
    assert list(machines["reason"].str.extract(r"([\d,]+) cases")[0]) == ["3,071", "2,415"]
    assert not machines["eligible"].any()
    assert machines[["score", "rank", "grade"]].isna().all(axis=None)
    for name in ("scores", "proposals"):
        assert not table(demo, cycle, "service-desk", name)["employee_id"].isin(MACHINES).any()
    report = (demo.out / cycle / "service-desk/group-70/appraisal.html").read_text()
    assert all(f"{name}</th><td>service account: " in report for name in MACHINES)


@pytest.mark.parametrize("department", TEAMS)
def test_a_report_opens_with_the_scheme_and_has_its_sections(
    demo: DemoRun, department: str
) -> None:
    team = TEAMS[department][-1]
    report = (demo.out / CYCLES[-1] / department / team / "appraisal.html").read_text()
    sections = list(SECTIONS)
    if department == "online-shop":  # nobody is judged by others at the service desk
        sections.insert(3, FAIR)
        sections.insert(sections.index("Strengths and short boards"), "Goals and standards")
        sections.insert(sections.index("How to read this"), "Deviations")
    assert re.findall("<h2[^>]*>(.*?)</h2>", report) == sections
    [entry] = [e for e in manifest(demo, CYCLES[-1])["departments"] if e["folder"] == department]
    opening = report[: report.index("In short")]
    assert f"{entry['scheme_title']}, version {entry['scheme_version']}" in opening


@every_cycle
@pytest.mark.parametrize("department", TEAMS)
def test_fair_scores_are_shown_where_evaluators_share_people(
    demo: DemoRun, cycle: str, department: str
) -> None:
    judged = department == "online-shop"
    people = table(demo, cycle, department, "appraisals")
    assert people["fair_score"].notna().any() == judged
    changes = table(demo, cycle, department, "fair_changes")
    assert judged or changes.empty
    team = TEAMS[department][-1]
    report = (demo.out / cycle / department / team / "appraisal.html").read_text()
    assert ("Fair score" in report) == judged


def test_the_calibration_tells_how_severe_the_managers_of_the_shop_are(demo: DemoRun) -> None:
    """They are 6, 0 and -5 points harsh: 17/3, -1/3 and -16/3 from their mean."""
    folder = demo.out / CYCLES[-1] / "calibration" / "tables"
    rows = pd.read_csv(folder / "severities.csv").set_index("evaluator_id")
    assert rows["status"].tolist() == ["ok"] * 3
    off = rows["severity"] - pd.Series({"M1": 17 / 3, "M2": -1 / 3, "M3": -16 / 3})
    assert (off.abs() < 3 * rows["se"]).all()
    effects = pd.read_csv(folder / "effects.csv")
    assert set(effects["effect"]) >= {"severity", "halo", "inconsistency", "range"}
    assert effects.loc[effects["effect"] != "severity", "flag"].isna().all()


def test_a_jump_after_the_first_month_of_the_records_cannot_be_attributed(demo: DemoRun) -> None:
    rows = table(demo, "2016-05", "service-desk", "comparisons")
    since_march, since_april = (rows[rows["baseline_id"] == c] for c in CYCLES[:2])
    told = "cannot be attributed: the records begin on 2016-02-29"
    assert since_march["method"].str.contains(told, regex=False).all()
    assert not since_april["method"].str.contains("attributed").any()
    jump = since_march.query("quantity_id == 'sla_met_share' and team_id == 'group-70'")
    assert jump["low"].item() > 0.2
    report = (demo.out / "2016-05/service-desk/group-70/comparison.html").read_text()
    assert "cannot be attributed" in report
    shop = table(demo, "2016-05", "online-shop", "comparisons")
    assert not shop["method"].str.contains("attributed").any()


def test_a_second_run_says_unchanged_for_every_team_and_rewrites_no_report(
    demo: DemoRun, tmp_path: Path
) -> None:
    out = shutil.copytree(demo.out, tmp_path / "output")
    before = files(out)
    again = run_demo(demo.command, out)
    assert again.done.stdout.splitlines()[:-1] == lines("unchanged")
    after = files(out)
    changed = {path for path in before | after if before.get(path) != after.get(path)}
    assert {Path(path).name for path in changed} == {"index.html", "manifest.json", "log.jsonl"}
