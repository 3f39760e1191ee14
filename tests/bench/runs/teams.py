"""A made-up shop of any number of teams, prepared for its reports: teams.py FOLDER TEAMS PEOPLE.

Writes exports and `params.yaml`, and in `prepared` what `csperf run` computes once for all reports.
Every team has as many people; nobody is in it who was not drawn from a seed.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from csperf.runner.files import packaged
from csperf.runner.work import prepare_department
from csperf.simulate import simulate_department

SEED = 20260508
CYCLE, DEPARTMENT = "2016-05", "shop"
CHATS_EACH = 40
PARAMS = """\
organisation: bench
timezone: Asia/Shanghai
departments:
  - id: shop
    name: Shop
    scheme: schemes/online_shop.yaml
    exported_on: 2016-06-20
    sources:
"""


def write(folder: Path, teams: int, people: int) -> None:
    """Write the department's exports, its scheme and params."""
    made = simulate_department(
        SEED,
        employees=teams * people,
        teams=1,
        start="2016-05-01",
        end="2016-06-01",
        conversations=teams * people * CHATS_EACH,
    )
    tables = dict(made.tables)
    names = [f"team-{number:03}" for number in range(1, teams + 1)]
    home = np.repeat(names, people)
    tables["assignments"] = tables["assignments"].assign(team_id=home)
    tables["teams"] = pd.concat(
        [tables["teams"].assign(team_id=name, name=name.capitalize()) for name in names]
    )
    tables["conversations"] = tables["conversations"].drop(columns="team_id")
    (folder / "data").mkdir(parents=True)
    text = PARAMS
    for name, rows in tables.items():
        rows.to_parquet(folder / "data" / f"{name}.parquet", index=False)
        text += f"      {name}: {{path: data/{name}.parquet}}\n"
    (folder / "params.yaml").write_text(text)
    shutil.copytree(packaged("params") / "schemes", folder / "schemes")


if __name__ == "__main__":
    folder, teams, people = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    write(folder, teams, people)
    nowhere = folder / "nowhere"
    prepare_department(
        folder / "params.yaml", DEPARTMENT, CYCLE, nowhere, folder / "staged", nowhere, {}
    )
