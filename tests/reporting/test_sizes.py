"""How large a report of a large team is."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import pytest

from csperf import simulate_department
from csperf.reporting.plots import NAMED
from csperf.runner.files import packaged
from csperf.runner.request import NotebookTask
from csperf.runner.work import prepare_department, run_notebook

PEOPLE = 60
PARAMS = """\
organisation: large
timezone: Asia/Shanghai
departments:
  - id: shop
    scheme: {scheme}
    sources:
{sources}
"""
FIGURE = re.compile(rb'data:image/svg\+xml;base64,[^"]+')


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The team report of sixty people, of the online shop's scheme."""
    folder: Path = tmp_path_factory.mktemp("large")
    made = simulate_department(
        7, employees=PEOPLE, teams=1, start="2016-04-01", end="2016-05-01", conversations=4000
    )
    for name, frame in made.tables.items():
        frame.to_parquet(folder / f"{name}.parquet")
    sources = "\n".join(f"      {name}: {{path: {name}.parquet}}" for name in made.tables)
    params = folder / "params.yaml"
    scheme = packaged("params") / "schemes/online_shop.yaml"
    params.write_text(PARAMS.format(scheme=scheme, sources=sources))
    nothing, staged = folder / "nothing", folder / "staged"
    prepare_department(params, "shop", "2016-04", nothing, staged, nothing, {})
    team = made.tables["teams"]["team_id"].iloc[0]
    parameters = {
        "params_file": str(params),
        "cycle": "2016-04",
        "department": "shop",
        "team": team,
    }
    parameters |= {"history": "", "prepared": str(staged / "prepared"), "language": "en"}
    run_notebook(NotebookTask("appraisal", parameters, folder / "appraisal"))
    return (folder / "appraisal.html").read_bytes()


def test_a_report_of_sixty_people_is_at_most_300_kilobytes(report: bytes) -> None:
    assert (
        report.count(b'<th class="name"') + report.count(b'<th scope="row" class="name"') > PEOPLE
    )
    print(f"{len(report):,} bytes, {len(FIGURE.sub(b'', report)):,} without the figures")
    assert len(report) <= 300_000
    assert len(FIGURE.sub(b"", report)) <= 150_000


def test_above_forty_people_a_figure_shows_how_scores_are_spread_and_no_names(
    report: bytes,
) -> None:
    [figure] = FIGURE.findall(report)
    drawn = b64decode(figure.split(b",")[1])
    assert int(re.search(rb"The middle score of (\d+) people", report)[1]) > NAMED
    names = re.findall(rb'<th scope="row" class="name">([^<]+)<', report)
    assert len(names) > NAMED
    assert [name for name in names if name in drawn] == []
