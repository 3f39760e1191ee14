"""What a run was asked to make, and what of it an earlier run has already made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from csperf.errors import CsperfError
from csperf.params import Cycle, Department, Params
from csperf.runner import manifest as record
from csperf.runner.files import packaged
from csperf.runner.printing import find_browser
from csperf.scheme import Scheme
from csperf.scheme.planned import has_plan

APPRAISAL = "appraisal"
REPORTS = (APPRAISAL, "comparison")
PRINTED = (APPRAISAL,)  # reports that --pdf prints
WORKBOOKS = (APPRAISAL,)  # reports whose tables are a workbook too
CALIBRATION = "calibration"
PEOPLE, PAY, INTERVIEWS = "people", "pay", "interviews"
OF_PEOPLE = (PEOPLE, PAY, INTERVIEWS)  # folders of a page a person, which come with the appraisal
# Reports about a department as a whole, each with whether a department gives enough to show.
DEPARTMENT_REPORTS: dict[str, Callable[[Department, Scheme], bool]] = {
    "planning": lambda unit, scheme: has_plan(unit.sources, scheme),
    "monitoring": lambda unit, scheme: True,  # whatever is there can be watched
    "review": lambda unit, scheme: True,
}
STEPS = (*REPORTS, *DEPARTMENT_REPORTS, CALIBRATION)
FAILED = ".failed.ipynb"  # what a notebook that failed is kept as
Entry = dict[str, Any]  # a part of the manifest


@dataclass(frozen=True)
class Request:
    """What to run: the params, the cycle, and perhaps only some of it."""

    params: Params
    cycle: Cycle
    out: Path
    departments: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    jobs: int = 2
    cluster: str = ""
    force: bool = False
    dry_run: bool = False
    pdf: bool = False

    @cached_property
    def browser(self) -> str:
        """The Chromium that prints reports, empty if none are printed; MissingToolError."""
        return find_browser() if self.pdf else ""

    @property
    def folder(self) -> Path:
        """Folder of the cycle."""
        return self.out / self.cycle.id

    @property
    def history(self) -> Path:
        """Folder of what later cycles need."""
        return self.out / "history"

    @property
    def units(self) -> list[Department]:
        """Departments asked for; all of them if none was named, InputError for an unknown one."""
        known = self.params.departments
        return [self.params.department(id) for id in self.departments] or list(known)

    def wants(self, step: str) -> bool:
        """Whether this step was asked for; all of them if none was named."""
        return not self.only or step in self.only

    @property
    def about_teams(self) -> bool:
        """Whether reports about teams were asked for, on which the published tables rest."""
        return any(map(self.wants, REPORTS))

    def kinds(self, team: str) -> list[str]:
        """Reports asked for about one team."""
        wanted = not self.teams or team in self.teams
        return [kind for kind in REPORTS if wanted and self.wants(kind)]

    def kinds_of_department(self, unit: Department) -> list[str]:
        """Reports asked for about a department as a whole, of those that it gives enough for.

        A run of some teams only makes those that it names.
        """
        asked = self.only if self.teams else [kind for kind in STEPS if self.wants(kind)]
        return [kind for kind in self.given_for(unit) if kind in asked]

    def given_for(self, unit: Department) -> list[str]:
        """Reports about a department as a whole that it gives enough for."""
        scheme = self.params.scheme(unit)
        return [kind for kind, gives in DEPARTMENT_REPORTS.items() if gives(unit, scheme)]

    def beside(self, kind: str, page: str) -> Entry:
        """Paths of what is made with a report, beside its page."""
        stem = page.removesuffix(".html")
        made = {"workbook": f"{stem}.xlsx"} if kind in WORKBOOKS else {}
        return {**made, "pdf": f"{stem}.pdf"} if self.pdf and kind in PRINTED else made

    def key(self, unit: Department, inputs: list[Entry]) -> str:
        """Hash of everything that a department's reports are made from."""
        return record.department_key(self.params, unit, self.cycle, inputs, self.history)


@dataclass(frozen=True)
class NotebookTask:
    """One notebook to run, and where its report goes (`.html`, `.ipynb` and so on are added).

    `browser` prints the report; nothing does if it is empty. `folder` is that of the notebook.
    """

    name: str
    parameters: dict[str, str]
    target: Path
    browser: str = ""
    folder: Path = field(default_factory=lambda: packaged("notebooks"))

    @property
    def label(self) -> str:
        """Name of the notebook file."""
        return f"{self.name}.ipynb"

    @property
    def mark(self) -> Path:
        """File that holds the number of the cell that is running."""
        return self.target.with_name(f".cell-of-{self.name}")


def plan(request: Request) -> tuple[Entry, list[tuple[str, CsperfError]]]:
    """What a run would do to each department, without doing it, and what it would stumble over."""
    before = record.read_manifest(request.folder)
    entries, errors = [], []
    for unit in request.units:
        try:
            key = request.key(unit, record.inputs_of(request.params, unit))
            same = is_unchanged(request, unit, earlier(before, unit.id), key)
            told = "unchanged" if same else "to do"
        except CsperfError as error:
            errors.append((unit.id, error))
            told = "failed"
        entries.append({"department_id": unit.id, "outcome": told})
    return {"cycle_id": request.cycle.id, "departments": entries, "calibration": None}, errors


def earlier(before: Entry, department: str) -> Entry:
    """A department's entry in the manifest of the run before; empty if there is none."""
    entries = before.get("departments", [])
    return next((entry for entry in entries if entry["department_id"] == department), {})


def published(entry: Entry) -> Entry:
    """The entry of the result that is published, which a run that failed has left in place."""
    return entry.get("published", {}) if entry.get("outcome") == "failed" else entry


def is_unchanged(request: Request, unit: Department, entry: Entry, key: str) -> bool:
    """Whether all that is asked for is there, whole, and made from the same input."""
    if request.force or entry.get("key") != key or not entry.get("team_ids"):
        return False
    made = {
        (about.get("team_id"), report["kind"])
        for about in (entry, *entry["teams"])
        for report in about["reports"]
        if report["outcome"] != "failed"
        and request.beside(report["kind"], report["path"]).keys() <= report.keys()
    }
    asked = {(team, kind) for team in entry["team_ids"] for kind in request.kinds(team)}
    asked |= {(None, kind) for kind in request.kinds_of_department(unit)}
    return asked <= made and record.intact(entry, request.out)


def unchanged(entry: Entry) -> Entry:
    """The entry of an earlier run, all that it made marked unchanged; what failed stays failed."""

    def marked(about: Entry) -> Entry:
        return about if about["outcome"] == "failed" else {**about, "outcome": "unchanged"}

    whole, *teams = (
        {**marked(about), "reports": [marked(report) for report in about["reports"]]}
        for about in (entry, *entry["teams"])
    )
    return {**whole, "teams": teams}
