"""A made-up organisation small enough to run again and again: two departments, three teams.

`desk` has cases only and is its own team; `shop` has cases and evaluations by two store managers,
and the teams `day` (four people, `shop-d` always last) and `night` (two). Three months of 2026.
"""

from __future__ import annotations

import os
import signal
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from csperf.errors import CsperfError
from csperf.params import Cycle, load_params
from csperf.runner.batch import run_cycle
from csperf.runner.files import packaged
from csperf.runner.pool import perform
from csperf.runner.request import Request

CYCLES = ("2026-01", "2026-02", "2026-03")
CASES_EACH = 12
DESK = ("desk-a", "desk-b", "desk-c", "desk-d", "desk-e")
DAY = ("shop-a", "shop-b", "shop-c", "shop-d")
NIGHT = ("shop-e", "shop-f")
PARAMS = """\
organisation: small
timezone: UTC
departments:
  - id: desk
    name: Desk
    scheme: desk.yaml
    sources:
      cases: {path: data/desk-cases.csv}
  - id: shop
    name: Shop
    scheme: shop.yaml
    sources:
      teams: {path: data/teams.csv}
      employees: {path: data/employees.csv}
      assignments: {path: data/assignments.csv}
      cases: {path: data/shop-cases.csv}
      evaluations: {path: data/evaluations.csv}
"""
DESK_SCHEME = """\
id: desk
title: Desk
version: "1"
score:
  - indicator: sla_met_share
    weight: {stated: 60}
    scoring: {method: linear, floor: {assumed: 0.00}, target: {assumed: 1.00}}
  - indicator: reopen_rate
    weight: {assumed: 40}
    scoring: {method: linear, floor: {assumed: 0.50}, target: {assumed: 0.00}}
"""
SHOP_SCHEME = """\
id: shop
title: Shop
version: "1"
currency: EUR
evaluators:
  - {type: store_manager, title: Store manager}
criteria:
  - {id: service, title: Service}
score:
  - indicator: sla_met_share
    weight: 60
    scoring: {method: linear, floor: 0.00, target: 1.00}
  - criterion: service
    evaluator: store_manager
    weight: 40
rules:
  - {id: last, when: {rank_from_bottom: 1}, action: deduction, amount: -100, approver: HR}
  - id: three_times
    when: {rank_from_bottom: 1, consecutive_cycles: 3}
    action: consider_post_adjustment
    approver: HR
"""


def write_organisation(folder: Path) -> Path:
    """Write params, schemes and exports into a folder and return it."""
    texts = {"params.yaml": PARAMS, "desk.yaml": DESK_SCHEME, "shop.yaml": SHOP_SCHEME}
    shop = (*DAY, *NIGHT)
    tables = {
        "desk-cases": _cases(DESK),
        "shop-cases": _cases(shop),
        "teams": ["team_id,name", "day,Day shift", "night,Night shift"],
        "employees": ["employee_id,display_name", *(f"{id},Name of {id}" for id in shop)],
        "assignments": ["employee_id,team_id,from_date", *_assignments()],
        "evaluations": _evaluations(shop),
    }
    texts |= {f"data/{name}.csv": "\n".join(lines) + "\n" for name, lines in tables.items()}
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def _cases(owners: tuple[str, ...]) -> list[str]:
    """Of a person's twelve cases a month all but one, two, three ... meet the agreed time."""
    return ["case_id,owner_id,opened_at,resolved_at,sla_met,n_reopened", *_case_rows(owners)]


def _case_rows(owners: tuple[str, ...]) -> Iterator[str]:
    for cycle in CYCLES:
        for place, owner in enumerate(owners):
            for k in range(CASES_EACH):
                day = f"{cycle}-{2 * k + 1:02}"
                met, reopened = str(k > place).lower(), int(k % 6 == place % 6)
                id = f"{cycle}/{owner}/{k}"
                yield f"{id},{owner},{day}T09:00,{day}T{10 + place}:00,{met},{reopened}"


def _assignments() -> list[str]:
    teams = {"day": DAY, "night": NIGHT}
    return [f"{id},{team},2025-01-01" for team, people in teams.items() for id in people]


def _evaluations(people: tuple[str, ...]) -> list[str]:
    """Two managers rate everyone; the second gives seven points less, or eight."""
    header = "cycle_id,employee_id,evaluator_id,evaluator_type,criterion_id,score"
    rows = [
        f"{cycle},{person},manager-{n},store_manager,service,{90 - 2 * place - (7 + place % 2) * n}"
        for cycle in CYCLES
        for place, person in enumerate(people)
        for n in (0, 1)
    ]
    return [header, *rows]


def edit(file: Path, old: str, new: str) -> None:
    """Replace text that is there."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def run(
    folder: Path, cycle: str = CYCLES[0], out: Path | None = None, jobs: int = 2, **asked: Any
) -> tuple[dict[str, Any], list[tuple[str, CsperfError]]]:
    """Run one cycle of an organisation into its folder `output`, or elsewhere."""
    params = load_params(folder / "params.yaml")
    request = Request(params, Cycle.parse(cycle), out or folder / "output", jobs=jobs, **asked)
    return run_cycle(request)


def parameters_of(notebook: str, folder: Path) -> dict[str, str]:
    """What a report notebook takes of the parameters of a run of the last month."""
    import papermill

    known = {
        "params_file": str(folder / "params.yaml"),
        "cycle": CYCLES[-1],
        "department": "shop",
        "team": "day",
        "history": str(folder / "output/history"),
    }
    taken = papermill.inspect_notebook(packaged("notebooks") / f"{notebook}.ipynb")
    return {name: value for name, value in known.items() if name in taken}


def perform_or_die(task: str, *arguments: Any) -> Any:
    """A worker's task, but the process of team `night` is killed in the middle of it."""
    if task == "run_notebook" and arguments[0].parameters.get("team") == "night":
        os.kill(os.getpid(), signal.SIGKILL)
    return perform(task, *arguments)


def told(path: str, content: bytes) -> bytes:
    """Content of a file with every cell of a table as text; of a workbook, all its parts."""
    if path.endswith(".parquet"):
        frame = pd.read_parquet(BytesIO(content))
        return content + frame.to_csv().encode() + str(frame.attrs).encode()
    if path.endswith(".xlsx"):
        with zipfile.ZipFile(BytesIO(content)) as book:
            return b"".join(map(book.read, book.namelist()))
    return content


def files(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Time and content of every file below a folder, by its path; the lock file aside."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }
