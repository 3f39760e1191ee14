from __future__ import annotations

import re
from typing import Any

import pytest

from csperf.reporting.portal import link, portal_html, rollup_html


def team(team_id: str, outcome: str = "done", **other: Any) -> dict[str, Any]:
    reports = [
        {"kind": kind, "path": f"shop-a/{team_id}/{kind}.html", "outcome": outcome, "reason": ""}
        for kind in ("appraisal", "comparison")
    ]
    return {
        "team_id": team_id,
        "name": f"Team {team_id}",
        "folder": team_id,
        "outcome": outcome,
        "reason": "",
        "provisional": False,
        "n_employees": 12,
        "n_scored": 11,
        "n_not_scored": 1,
        "mean_score": 81.26,
        "min_score": 64.0,
        "max_score": 93.5,
        "n_proposals": 3,
        "reports": reports,
        **other,
    }


def run(*teams: dict[str, Any], **other: Any) -> dict[str, Any]:
    department = {
        "department_id": "shop-a",
        "name": "客服一部",
        "folder": "shop-a",
        "outcome": "done",
        "reason": "",
        "scheme_id": "online_shop",
        "scheme_title": "Online shop",
        "scheme_version": "2",
        "teams": list(teams),
    }
    return {
        "cycle_id": "2026-10",
        "organisation": "demo",
        "language": "en",
        "csperf_version": "0.1.0",
        "departments": [department],
        "calibration": None,
        **other,
    }


def rows(page: str) -> list[list[str]]:
    """The body rows of the page's tables, cell by cell, links as [address]."""
    body = "".join(re.findall(r"<tbody>(.*?)</tbody>", page))
    linked = re.sub(r'<a href="([^"]*)">[^<]*</a>', r"[\1]", body)
    return [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)
        for row in re.findall("<tr>(.*?)</tr>", linked)
    ]


def test_the_portal_lists_teams_with_links_outcome_and_headcount() -> None:
    page = portal_html(run(team("a", provisional=True), team("b", "unchanged", n_employees=None)))
    assert rows(page) == [
        [
            "Team a",
            "[shop-a/a/appraisal.html]",
            "[shop-a/a/comparison.html]",
            "Done, provisional",
            "12",
        ],
        ["Team b", "[shop-a/b/appraisal.html]", "[shop-a/b/comparison.html]", "Unchanged", "–"],
    ]
    assert '<a href="shop-a/index.html">客服一部: the teams side by side</a>' in page
    assert '<a href="manifest.json">' in page
    assert "Every report is complete." in page
    assert "Calibration was not part of this run." in page


def test_the_rollup_links_from_the_departments_folder_and_shows_scores() -> None:
    manifest = run(team("a"), team("b", mean_score=None, min_score=None, n_proposals=None))
    page = rollup_html(manifest["departments"][0], manifest)
    assert rows(page) == [
        [
            "Team a",
            "[a/appraisal.html]",
            "[a/comparison.html]",
            "Done",
            "12",
            "1",
            "81.3",
            "64.0 – 93.5",
            "3",
        ],
        ["Team b", "[b/appraisal.html]", "[b/comparison.html]", "Done", "12", "1", "–", "–", "–"],
    ]
    assert '<a href="../index.html">All departments of 2026-10</a>' in page
    assert '<a href="../manifest.json">' in page
    assert facts(page) == {"Teams": "2", "People": "24", "Scored": "22", "Proposals": "3"}


@pytest.mark.requirement("G0-3")
def test_the_rollup_leads_to_the_results_that_were_published_before() -> None:
    manifest = run(team("a"))
    department = manifest["departments"][0]
    assert "Restated" not in rollup_html(department, manifest)
    kept = [{"n": n, "path": f"shop-a/restated/{n}/index.html"} for n in (1, 2)]
    page = rollup_html({**department, "restated": kept}, manifest)
    assert "2 earlier results are kept." in page
    assert '<a href="restated/1/index.html">Earlier result 1</a>' in page
    assert '<a href="restated/2/index.html">Earlier result 2</a>' in page
    page = rollup_html({**department, "restated": kept[:1]}, manifest)
    assert "The earlier result is kept." in page


def test_reports_of_a_department_lead_from_the_portal_and_its_roll_up() -> None:
    planning = {"kind": "planning", "path": "shop-a/planning.html", "outcome": "done", "reason": ""}
    manifest = run(team("a"))
    department = manifest["departments"][0]
    department["reports"] = [planning]
    assert '<a href="shop-a/planning.html">Planning: what' in portal_html(manifest)
    assert '<a href="planning.html">Planning: what' in rollup_html(department, manifest)
    department["reports"] = [{**planning, "outcome": "failed", "reason": "In [3] failed"}]
    page = portal_html(manifest)
    assert "shop-a/planning.html" not in page
    assert warnings(page) == ["客服一部, Planning: In [3] failed"]
    # Planning alone was asked for: no team has a report, and nothing is missing.
    page = rollup_html({**department, "teams": [], "reports": [planning]}, manifest)
    assert "There is no report" not in page and '<a href="planning.html">' in page


def facts(page: str) -> dict[str, str]:
    return dict(re.findall(r'<dt>(.*?)</dt><dd class="value">(.*?)</dd>', page))


def warnings(page: str) -> list[str]:
    return re.findall("<p>(.*?)</p>", "".join(re.findall(r'class="warning">(.*?)</div>', page)))


def test_a_failed_report_has_a_reason_and_no_link() -> None:
    failed = team("a")
    failed["outcome"] = "failed"
    failed["reports"][1] |= {"outcome": "failed", "reason": "evaluations.csv is missing"}
    page = portal_html(run(failed, team("b")))
    assert warnings(page) == ["客服一部, Team a, Comparison: evaluations.csv is missing"]
    assert "One part of this run failed; the other reports are complete." in page
    assert rows(page)[0] == ["Team a", "[shop-a/a/appraisal.html]", "Failed", "Failed", "12"]


def test_a_failure_is_told_once_at_the_lowest_level_that_knows() -> None:
    manifest = run(team("a", "failed", reports=[], reason="ran longer than 600 s"))
    department = manifest["departments"][0]
    department |= {"outcome": "failed", "reason": "one team failed"}
    broken = {**department, "name": "Desk", "teams": [], "reason": "incidents.csv is missing"}
    manifest["departments"].append(broken)
    manifest["calibration"] = {"outcome": "failed", "reason": "no common employees", "path": "c"}
    page = portal_html(manifest)
    assert warnings(page) == [
        "客服一部, Team a: ran longer than 600 s",
        "Desk: incidents.csv is missing",
        "Calibration: no common employees",
    ]
    assert "3 parts of this run failed" in page


def test_the_calibration_is_linked() -> None:
    calibration = {"outcome": "done", "reason": "", "path": "calibration/calibration.html"}
    page = portal_html(run(team("a"), calibration=calibration))
    assert '<a href="calibration/calibration.html">Calibration of all evaluators</a>' in page


def test_outcomes_are_defined_where_they_occur() -> None:
    page = portal_html(run(team("a"), team("b", "unchanged")))
    assert re.findall("<dt>(Done|Unchanged|Failed|Provisional)</dt>", page) == ["Done", "Unchanged"]


@pytest.mark.parametrize(
    ("path", "folder", "address"),
    [
        ("shop-a/b/appraisal.html", "", "shop-a/b/appraisal.html"),
        ("shop-a/b/appraisal.html", "shop-a", "b/appraisal.html"),
        ("index.html", "shop-a", "../index.html"),
        ("javascript:alert(1)", "", "javascript%3Aalert%281%29"),
        ("//example.org/x", "", "example.org/x"),
        ("a b?c#d", "", "a%20b%3Fc%23d"),
    ],
)
def test_links_are_relative_whatever_the_path(path: str, folder: str, address: str) -> None:
    assert link(path, folder) == address


def test_a_workbook_and_a_print_have_a_column_where_a_report_came_with_one() -> None:
    printed = team("a")
    printed["reports"][0] |= {
        "workbook": "shop-a/a/appraisal.xlsx",
        "pdf": "shop-a/a/appraisal.pdf",
    }
    failed = team("b")
    failed["reports"][0] |= {"outcome": "failed", "workbook": "shop-a/b/appraisal.xlsx"}
    manifest = run(printed, failed)
    first, second = rows(portal_html(manifest))
    assert first[3:5] == ["[shop-a/a/appraisal.xlsx]", "[shop-a/a/appraisal.pdf]"]
    assert second[3:5] == ["–", "–"]
    first, _ = rows(rollup_html(manifest["departments"][0], manifest))
    assert first[3:5] == ["[a/appraisal.xlsx]", "[a/appraisal.pdf]"]
    assert rows(portal_html(run(team("a"))))[0][3] == "Done"
    calibration = {"outcome": "done", "path": "c/c.html", "workbook": "c/c.xlsx"}
    assert 'href="c/c.xlsx"' in portal_html(run(team("a"), calibration=calibration))
