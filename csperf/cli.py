"""The command line: every command of the contract that is built, with its exit status."""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from csperf.errors import CsperfError, InputError, printable

if TYPE_CHECKING:
    from csperf.params import Params
    from csperf.runner.request import Request

DEMO_CYCLES = ("2016-03", "2016-04", "2016-05")
SOME_FAILED = 1
INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="csperf")
@click.option("--debug", is_flag=True, help="Show where in the code an error came from.")
def cli(debug: bool) -> None:
    """Appraise a customer-service department's people fairly, and say how sure it is."""


@cli.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("output"), show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), help="Workers; as many as cores if left out.")
@click.option("--force", is_flag=True, help="Make everything again.")
def demo(out: Path, jobs: int | None, force: bool) -> None:
    """Run the monthly job on the sample that ships with csperf: two departments, three months."""
    from csperf.runner.files import packaged

    failed = _run_cycles(
        packaged("params") / "demo.yaml", DEMO_CYCLES, {"out": out, "force": force}, jobs
    )
    click.echo(f"Open {out / DEMO_CYCLES[-1] / 'index.html'}")
    sys.exit(SOME_FAILED if failed else 0)


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Write params, a scheme and empty tables into FOLDER: a start for one's own data."""
    from csperf.starter import write_starter

    for file in write_starter(folder):
        click.echo(file)


@cli.command()
@click.argument("params", type=click.Path(path_type=Path))
@click.option("--department", "departments", multiple=True, help="Only this one; may be repeated.")
def check(params: Path, departments: tuple[str, ...]) -> None:
    """Validate params, schemes and sources; write nothing."""
    from csperf.params import load_params

    organisation = load_params(params)
    known = departments or tuple(unit.id for unit in organisation.departments)
    problems = [problem for id in known for problem in _check_department(organisation, id)]
    if problems:
        raise InputError(problems)


@cli.command()
@click.argument("params", type=click.Path(path_type=Path))
@click.option("--cycle", required=True, help="2026-10, 2026-Q4, 2026-H2 or 2026.")
@click.option("--department", "departments", multiple=True, help="Only this one; may be repeated.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("forms"), show_default=True)
@click.option("--language", help="Language of the forms instead of the params' one.")
def forms(
    params: Path, cycle: str, departments: tuple[str, ...], out: Path, language: str | None
) -> None:
    """Write a form to fill in for each evaluator: evaluations, own view, goals, talks."""
    from csperf.runner.forms import forms_of

    for line, to_do in forms_of(params, cycle, departments, out, language):
        click.echo(line, err=to_do)


@cli.command()
@click.argument("params", type=click.Path(path_type=Path))
@click.option("--cycle", required=True, help="2026-10, 2026-Q4, 2026-H2 or 2026.")
@click.option("--department", "departments", multiple=True, help="Only this one; may be repeated.")
@click.option("--team", "teams", multiple=True, help="Only this one; may be repeated.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("output"), show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), help="Workers; as many as cores if left out.")
@click.option(
    "--cluster", help="tcp://HOST:8786 of a Dask scheduler, whose workers do the work; no --jobs."
)
@click.option(
    "--only",
    help="Some of planning,appraisal,calibration,comparison,monitoring,review.",
)
@click.option("--language", help="Language of the reports instead of the params' one.")
@click.option("--pdf", is_flag=True, help="Print appraisal reports as PDF too; needs Chromium.")
@click.option("--force", is_flag=True, help="Make everything again, changed or not.")
@click.option("--dry-run", is_flag=True, help="Say what would be done; write nothing.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print the manifest instead of a line a team."
)
def run(
    params: Path,
    cycle: str,
    departments: tuple[str, ...],
    teams: tuple[str, ...],
    out: Path,
    jobs: int | None,
    cluster: str | None,
    only: str | None,
    language: str | None,
    pdf: bool,
    force: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Run one cycle: reports on each team and department, the calibration, the portal."""
    if cluster and jobs:
        raise click.UsageError("--jobs is for workers of this machine; a cluster has its own")
    chosen = {
        "out": out,
        "pdf": pdf,
        "departments": departments,
        "teams": teams,
        "only": tuple(only.split(",")) if only else (),
        "force": force,
        "dry_run": dry_run,
        "cluster": cluster or "",
    }
    failed = _run_cycles(params, (cycle,), chosen, jobs, language, as_json)
    sys.exit(SOME_FAILED if failed else 0)


@cli.command()
@click.argument("params", type=click.Path(path_type=Path))
@click.option("--cycle", required=True, help="2026-10, 2026-Q4, 2026-H2 or 2026.")
@click.option("--employee", required=True, help="Id of the person.")
@click.option("--department", help="Where to look; all departments, in order, if left out.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("output"),
    show_default=True,
    help="Folder of the runs, for what earlier cycles have left.",
)
@click.option("--json", "as_json", is_flag=True, help="Print numbers instead of sentences.")
def explain(
    params: Path, cycle: str, employee: str, department: str | None, out: Path, as_json: bool
) -> None:
    """Show how one person's score came about: asked, done, why, and what next."""
    from csperf.params import Cycle, load_params
    from csperf.runner.official import explained

    organisation, period = load_params(params), Cycle.parse(cycle)
    known = (department,) if department else tuple(unit.id for unit in organisation.departments)
    found = explained(organisation, known, period, employee, out)
    if not as_json:
        click.echo(found.text)
        return
    told = {"employee_id": employee, "facts": dict(found.facts), "tasks": found.tasks}
    click.echo(_json({**told, "components": found.rows, "proposals": found.proposals}))


@cli.command()
@click.argument("params", type=click.Path(path_type=Path))
@click.option("--cycle", required=True, help="2026-10, 2026-Q4, 2026-H2 or 2026.")
@click.option(
    "--scheme", required=True, type=click.Path(path_type=Path), help="File of the other scheme."
)
@click.option("--department", help="Needed if there are several.")
@click.option(
    "--completion",
    "completions",
    multiple=True,
    help="One of the other scheme's named completions; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all tables instead of a summary.")
@click.option("--people", type=click.Path(path_type=Path), help="CSV file for everybody's results.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("output"),
    show_default=True,
    help="Folder of the runs, for what earlier cycles have left.",
)
def whatif(
    params: Path,
    cycle: str,
    scheme: Path,
    department: str | None,
    completions: tuple[str, ...],
    as_json: bool,
    people: Path | None,
    out: Path,
) -> None:
    """Replay a cycle under another scheme: who moves, what it costs, how firm it is."""
    from dataclasses import asdict

    from csperf.params import Cycle, load_params
    from csperf.runner.files import csv_bytes, write_file
    from csperf.runner.official import replayed
    from csperf.scheme import load_scheme

    organisation, period = load_params(params), Cycle.parse(cycle)
    other = organisation.private(load_scheme(scheme, completions))
    known = [unit.id for unit in organisation.departments]
    if not department and len(known) > 1:
        raise click.UsageError(f"name one with --department: {', '.join(known)}")
    found = replayed(organisation, department or known[0], period, other, out)
    if people:
        write_file(people, csv_bytes(found.people))
    click.echo(_json(asdict(found)) if as_json else found.text)


@cli.command()
@click.argument("output", type=click.Path(path_type=Path))
def verify(output: Path) -> None:
    """Check that all results in OUTPUT are as the runs have written them, and the log whole."""
    from csperf.runner.keeping import problems_of

    problems = [*problems_of(output)]
    for problem in problems:
        click.echo(problem)
    sys.exit(SOME_FAILED if problems else 0)


@cli.command()
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would be deleted; delete nothing.")
def purge(output: Path, dry_run: bool) -> None:
    """Delete from OUTPUT the results of cycles that are older than privacy: keep_days allows."""
    from datetime import date

    from csperf.runner.keeping import purge as purge_cycles

    for cycle in purge_cycles(output, date.today(), dry_run):
        for path in cycle.files:
            click.echo(path)
        for path in cycle.others:
            click.echo(f"{path}: stays, as it is not csperf's", err=True)


@cli.command()
def tables() -> None:
    """Print the data dictionary, the indicators and the scheme reference."""
    from csperf.reference import reference

    click.echo(reference())


def _check_department(params: Params, id: str) -> list[Any]:
    from csperf.appraisal import check_scheme
    from csperf.indicators import check_indicators, check_measurement
    from csperf.pipeline import zone_of
    from csperf.sources import read_tables

    unit = params.department(id)
    try:
        scheme = params.scheme(unit)
        zone_of(params, unit)
        problems = check_indicators(scheme, str(params.path.parent / unit.scheme))
        problems += check_scheme(scheme, str(params.path.parent / unit.scheme))
        problems += check_measurement(unit.measurement, f"{params.path}: departments.{id}")
        found = read_tables(params, id)
    except InputError as error:
        return error.problems
    for name, frame in found.items():
        click.echo(f"{id}: {name}: {len(frame):,} rows")
    for row in found.quality.itertuples():
        click.echo(f"{id}: {row.table}: {row.count:,} rows: {row.check}")
    return problems


def _json(tables: dict[str, Any]) -> str:
    """Values and tables as JSON: a table is a list of rows, and what is unknown is null."""
    from pandas import DataFrame, isna

    def told(value: Any) -> Any:
        if isinstance(value, DataFrame):
            return [told(row) for row in value.to_dict("records")]
        if isinstance(value, dict):
            return {name: told(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [told(each) for each in value]
        if isna(value):
            return None
        return value.item() if hasattr(value, "item") else value

    return json.dumps(told(tables), indent=1, allow_nan=False, default=str)


def _run_cycles(
    params_file: Path,
    cycles: tuple[str, ...],
    chosen: dict[str, Any],
    jobs: int | None,
    language: str | None = None,
    as_json: bool = False,
) -> bool:
    """Run cycles in order, say what became of each team, and whether anything failed."""
    from csperf.params import Cycle, load_params
    from csperf.reporting.text import languages
    from csperf.runner.batch import run_cycle
    from csperf.runner.progress import progress
    from csperf.runner.request import STEPS, Request

    _one_of(STEPS, chosen.get("only", ()), "--only")
    _one_of(languages(), (language,) if language else (), "--language")
    params = load_params(params_file, language=language)
    failed = False
    for name in cycles:
        request = Request(
            params=params, cycle=Cycle.parse(name), jobs=jobs or os.cpu_count() or 1, **chosen
        )
        with progress(name) as tick:
            manifest, errors = run_cycle(request, tick)
        if as_json:
            click.echo(json.dumps(manifest, indent=1))
        else:
            for line in _outcomes(manifest, request):
                click.echo(printable(line))
        for line in manifest.get("warnings", ()):
            click.echo(printable(line), err=True)
        for place, error in errors:
            for line in str(error).splitlines():
                click.echo(printable(f"{place}: {line}"), err=True)
            if "--debug" in sys.argv and error.__cause__:
                click.echo(getattr(error.__cause__, "traceback", error.__cause__), err=True)
        failed = failed or bool(errors)
    return failed


def _one_of(known: tuple[str, ...], named: tuple[str, ...], option: str) -> None:
    for name in named:
        if name not in known:
            advice = f"'{name}' is not one of {', '.join(known)}"
            raise click.BadParameter(advice, param_hint=option)


def _outcomes(manifest: dict[str, Any], request: Request) -> Iterator[str]:
    """One line for each team, or for a department without any, and one for the calibration."""
    cycle = manifest["cycle_id"]
    for department in manifest["departments"]:
        id = department["department_id"]
        if id not in [unit.id for unit in request.units]:
            continue
        own = [each for each in department.get("reports", []) if request.wants(each["kind"])]
        for report in own:
            yield f"{cycle}  {id}: {report['kind']} {report['outcome']}"
        for team in department.get("teams", []):
            yield f"{cycle}  {id}/{team['team_id']}: {team['outcome']}"
        if not department.get("teams") and not own:
            yield f"{cycle}  {id}: {department['outcome']}"
    if manifest["calibration"] and request.wants("calibration"):
        yield f"{cycle}  calibration: {manifest['calibration']['outcome']}"


def _terminate(number: int, frame: object) -> None:
    sys.exit(128 + number)


def main() -> None:
    """Entry point: run the command line and turn errors into one line each and an exit status."""
    debug = "--debug" in sys.argv[1:]
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal may know fewer letters than names have
            stream.reconfigure(errors="backslashreplace")
    try:
        cli(standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except CsperfError as error:
        if debug:
            traceback.print_exc()
        for line in str(error).splitlines():
            click.echo(printable(line), err=True)
        sys.exit(error.exit_status)
    except Exception as error:  # a fault of csperf: its message may hold a person's data
        if debug:
            raise
        click.echo(f"failed with {type(error).__name__}; csperf --debug shows where", err=True)
        sys.exit(SOME_FAILED)
