"""The pages that lead to the reports: the portal of a cycle and the roll-up of a department.

Both are made from the run's manifest, link by relative paths only, and name departments and
teams, never people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import relpath
from typing import Any
from urllib.parse import quote

import pandas as pd
from markupsafe import Markup

from csperf.reporting.display import ColumnView, Details, Facts, Sentences, TableView, tag
from csperf.reporting.team_rates import team_rates_html
from csperf.reporting.templates import page
from csperf.reporting.text import Messages

Entry = Mapping[str, Any]  # a part of the manifest
REPORTS = ("appraisal", "comparison")
BESIDE = ("workbook", "pdf")  # what a report may come with
OUTCOMES = ("done", "unchanged", "failed", "provisional")


def portal_html(manifest: Entry) -> str:
    """Return the page of a cycle: every department and team, its outcome and its reports.

    Parameters
    ----------
    manifest : mapping
        cycle_id, organisation, language, csperf_version, departments (each with its teams, each
        with its reports), calibration (or None). Paths are relative to the cycle's folder.
    """
    m = Messages.load(manifest["language"])
    departments, calibration = manifest["departments"], manifest["calibration"]
    teams = [team for department in departments for team in department["teams"]]
    failures = failures_of(manifest, m)
    facts = [
        (m("portal.departments"), str(len(departments)), ""),
        (m("portal.teams"), str(len(teams)), ""),
        *_people(teams, m),
    ]
    names = [*(department["name"] for department in departments), m("kind.calibration")]
    bodies = [*(_department(each, m) for each in departments), _calibration(calibration, m)]
    return page(
        m,
        title=m("portal.title", cycle=manifest["cycle_id"]),
        subtitle=manifest["organisation"],
        sections=names,
        blocks=[
            *_opening(failures, facts, m),
            *map(_section, range(1, len(names) + 1), names, bodies),
            _meanings(teams, m),
        ],
        footer=_footer(manifest, "", m),
    )


def rollup_html(department: Entry, manifest: Entry) -> str:
    """Return the page of a department: its teams side by side, with links to their reports.

    Parameters
    ----------
    department : mapping
        One of the manifest's departments; the page lies in its folder.
    manifest : mapping
        As for `portal_html`.
    """
    m = Messages.load(manifest["language"])
    teams, folder, cycle = department["teams"], department["folder"], manifest["cycle_id"]
    proposals = str(_total(teams, "n_proposals"))
    facts = [
        (m("portal.teams"), str(len(teams)), ""),
        *_people(teams, m),
        (m("rollup.proposals"), proposals, m("rollup.proposals_meaning")),
    ]
    return page(
        m,
        title=m("rollup.title", department=department["name"], cycle=cycle),
        subtitle=manifest["organisation"],
        blocks=[
            _link_line(m("rollup.back", cycle=cycle), link("index.html", folder)),
            *_opening(list(_failures([department], m)), facts if teams else [], m),
            _scheme(department, m),
            _restated(department, m),
            _own_reports(department, folder, m),
            _scores(department, m),
            Sentences([m("rollup.caution")], "note").html(),
            team_rates_html(department, m),
            _meanings(teams, m),
        ],
        footer=_footer(manifest, folder, m),
    )


def link(path: str, folder: str = "") -> str:
    """Return the address of a path of the cycle's folder, as seen from one of its folders.

    Quoting leaves no colon, so that no path can name a protocol.
    """
    return quote(relpath(f"/{path}", f"/{folder}"))


def _link_line(words: str, address: str) -> Markup:
    return tag("p", tag("a", words, href=address))


def _opening(
    failures: Sequence[str], facts: Sequence[tuple[str, str, str]], m: Messages
) -> Iterator[Markup]:
    """Verdict, everything that failed with its reason, and a few numbers."""
    verdict = m("portal.incomplete", n=len(failures)) if failures else m("portal.complete")
    yield Sentences([verdict]).html()
    if failures:
        yield Sentences(failures, "warning").html()
    if facts:
        yield Facts(facts).html()


def failures_of(manifest: Entry, m: Messages) -> list[str]:
    """Everything of a cycle that failed, with its reason, a sentence each."""
    departments, calibration = manifest["departments"], manifest["calibration"]
    cut_short = [m("portal.interrupted")] if manifest.get("interrupted") else []
    return [*cut_short, *_failures(departments, m), *_calibration_failures(calibration, m)]


def _failures(departments: Iterable[Entry], m: Messages) -> Iterator[str]:
    """Where and why, at the lowest level that knows: report, else team, else department."""
    for department in departments:
        name = department["name"]
        below = [*_own_failures(name, department, m)]
        below += [each for team in department["teams"] for each in _team_failures(name, team, m)]
        yield from below
        if department["outcome"] == "failed" and not below:
            yield m("portal.department_failed", department=name, reason=m.of(department["reason"]))


def _own_failures(name: str, department: Entry, m: Messages) -> Iterator[str]:
    for report in department.get("reports", ()):
        if report["outcome"] == "failed":
            kind, reason = m(f"kind.{report['kind']}"), m.of(report["reason"])
            yield m("portal.department_report_failed", department=name, report=kind, reason=reason)


def _team_failures(department: str, team: Entry, m: Messages) -> Iterator[str]:
    where = {"department": department, "team": team["name"]}
    failed = [report for report in team["reports"] if report["outcome"] == "failed"]
    for report in failed:
        kind = m(f"kind.{report['kind']}")
        yield m("portal.report_failed", **where, report=kind, reason=m.of(report["reason"]))
    if team["outcome"] == "failed" and not failed:
        yield m("portal.team_failed", **where, reason=m.of(team["reason"]))


def _calibration_failures(calibration: Entry | None, m: Messages) -> Iterator[str]:
    if calibration and calibration["outcome"] == "failed":
        yield m("portal.calibration_failed", reason=m.of(calibration["reason"]))


def _section(number: int, name: str, body: Markup) -> Markup:
    return tag("section", tag("h2", name, id=f"section-{number}"), body)


def _department(department: Entry, m: Messages) -> Markup:
    own = _own_reports(department, "", m)
    if not department["teams"] and not own:
        return _scheme(department, m) + tag("p", m("portal.no_report"))
    rollup = _link_line(
        m("portal.rollup", department=department["name"]),
        link(f"{department['folder']}/index.html"),
    )
    if not department["teams"]:
        return _scheme(department, m) + own + rollup
    name = department["name"]
    columns = [
        *_leading_columns(department["teams"], m),
        ColumnView("n_employees", m("portal.people"), "number", digits=0),
    ]
    frame = _frame(department["teams"], "", m)
    table = TableView(frame, columns, m("portal.table", department=name))
    return _scheme(department, m) + own + table.html() + rollup


def _own_reports(department: Entry, folder: str, m: Messages) -> Markup:
    """Lead to the reports about the department as a whole, as far as they could be made."""
    made = [each for each in department.get("reports", ()) if each["outcome"] != "failed"]
    links = [
        _link_line(m(f"portal.own.{each['kind']}"), link(each["path"], folder)) for each in made
    ]
    return Markup("").join(links)


def _scores(department: Entry, m: Messages) -> Markup:
    if not department["teams"] and department.get("reports"):
        return Markup("")
    columns = [
        *_leading_columns(department["teams"], m),
        ColumnView("n_employees", m("portal.people"), "number", digits=0),
        ColumnView("n_not_scored", m("rollup.not_scored"), "number", digits=0),
        ColumnView("mean_score", m("rollup.mean_score"), "number"),
        ColumnView(("min_score", "max_score"), m("rollup.score_range"), "interval"),
        ColumnView("n_proposals", m("rollup.proposals"), "number", digits=0),
    ]
    frame = _frame(department["teams"], department["folder"], m)
    caption = m("rollup.table", department=department["name"])
    return TableView(frame, columns, caption, empty=m("portal.no_report")).html()


def _leading_columns(teams: Sequence[Entry], m: Messages) -> list[ColumnView]:
    """Team, its reports and outcome: first, so that a phone shows them without scrolling."""
    headings = {kind: m(f"kind.{kind}") for kind in REPORTS}
    reports = [report for team in teams for report in team["reports"]]
    headings |= {
        name: m(f"portal.{name}") for name in BESIDE if any(name in report for report in reports)
    }
    return [
        ColumnView("name", m("portal.team"), "name"),
        *(ColumnView(key, said, link_key=f"{key}_link") for key, said in headings.items()),
        ColumnView("outcome", m("portal.outcome")),
    ]


def _frame(teams: Sequence[Entry], folder: str, m: Messages) -> pd.DataFrame:
    """One row a team, its outcome in words, and per kind of report a word and an address."""
    rows = [{**team, "outcome": _outcome(team, m), **_reports(team, folder, m)} for team in teams]
    return pd.DataFrame(rows, dtype=object)


def _reports(team: Entry, folder: str, m: Messages) -> dict[str, str | None]:
    cells: dict[str, str | None] = {}
    for key in (*REPORTS, *BESIDE):
        cells |= {key: None, f"{key}_link": None}
    for report in team["reports"]:
        kind, failed = report["kind"], report["outcome"] == "failed"
        cells[kind] = m("outcome.failed") if failed else m("portal.open")
        cells[f"{kind}_link"] = None if failed else link(report["path"], folder)
        for name in BESIDE:
            if not failed and name in report:
                cells |= {name: m("portal.open"), f"{name}_link": link(report[name], folder)}
    return cells


def _outcome(team: Entry, m: Messages) -> str:
    words = m(f"outcome.{team['outcome']}")
    return m("outcome.and_provisional", outcome=words) if team["provisional"] else words


def _scheme(department: Entry, m: Messages) -> Markup:
    sentence = m(
        "portal.scheme",
        scheme=m.of(department["scheme_title"]),
        scheme_id=department["scheme_id"],
        version=department["scheme_version"],
    )
    return Sentences([sentence], "note").html()


def _restated(department: Entry, m: Messages) -> Markup:
    """Say that earlier results of the cycle are kept, and lead to each."""
    kept, folder = department.get("restated", ()), department["folder"]
    if not kept:
        return Markup("")
    links = [
        _link_line(m("rollup.earlier", number=each["n"]), link(each["path"], folder))
        for each in kept
    ]
    return Sentences([m("rollup.restated", n=len(kept))], "note").html() + Markup("").join(links)


def _calibration(calibration: Entry | None, m: Messages) -> Markup:
    if calibration is None:
        return tag("p", m("portal.calibration_missing"))
    if calibration["outcome"] == "failed":
        return tag("p", m("portal.no_report"))
    opened = _link_line(m("portal.calibration_open"), link(calibration["path"]))
    if "workbook" in calibration:
        opened += _link_line(m("portal.calibration_workbook"), link(calibration["workbook"]))
    return tag("p", m("portal.calibration_for")) + opened


def _people(teams: Sequence[Entry], m: Messages) -> list[tuple[str, str, str]]:
    people, scored, not_scored = (
        _total(teams, key) for key in ("n_employees", "n_scored", "n_not_scored")
    )
    return [
        (m("portal.people"), str(people), ""),
        (m("portal.scored"), str(scored), m("portal.scored_meaning", n=not_scored)),
    ]


def _total(teams: Sequence[Entry], key: str) -> int:
    return sum(team[key] or 0 for team in teams)


def _meanings(teams: Sequence[Entry], m: Messages) -> Markup:
    """Define each outcome that occurs on the page."""
    shown = {entry["outcome"] for team in teams for entry in (team, *team["reports"])}
    shown |= {"provisional" for team in teams if team["provisional"]}
    rows = [(m(f"outcome.{o}"), m(f"outcome.{o}_meaning")) for o in OUTCOMES if o in shown]
    return Details(m("portal.meanings"), rows).html() if rows else Markup("")


def _footer(manifest: Entry, folder: str, m: Messages) -> Markup:
    made_by = tag("p", m("portal.made_by", version=manifest["csperf_version"]))
    return made_by + _link_line(m("portal.manifest"), link("manifest.json", folder))
