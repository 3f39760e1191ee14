"""The report, the portal and the roll-up as a reader's browser shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_notebook
from report_samples import (
    COLUMNS,
    IMAGE,
    MATHS,
    SCRIPT,
    evaluator_page,
    manifest,
    notebook,
    people,
    shown,
)

from csperf.reporting.display import Heading, TableView
from csperf.reporting.exporter import report_html
from csperf.reporting.portal import portal_html, rollup_html

pytestmark = pytest.mark.browser
OpenPage = Callable[..., dict[str, Any]]
WHITE = "rgb(255, 255, 255)"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    run = manifest()
    texts = {
        "report": report_html(notebook()),
        "portal": portal_html(run),
        "rollup": rollup_html(run["departments"][0], run),
        "evaluator": evaluator_page(),
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True), (320, False)])
@pytest.mark.parametrize("name", ["report", "portal", "rollup", "evaluator"])
def test_page_is_quiet_accessible_and_fits(
    name: str, width: int, dark: bool, pages: dict[str, Path], open_page: OpenPage
) -> None:
    met = open_page(pages[name], width=width, dark=dark)
    assert (met["requests"], met["console"], met["violations"]) == ([], [], [])
    assert (met["scripts"], met["lang"]) == (0, "en")
    assert met["scroll_width"] == met["client_width"] == width
    assert met["printed_width"] == met["paper_width"] == 672
    assert (met["ground"] == WHITE) is not dark


def test_hostile_values_are_shown_as_text(pages: dict[str, Path], open_page: OpenPage) -> None:
    met = open_page(pages["report"])
    assert met["title"] == f"Online shop, pre-sales {SCRIPT}"
    assert all(text in met["text"] for text in (SCRIPT, IMAGE, MATHS, "李小龙", "김민준"))
    assert "This section could not be produced." in met["text"]
    assert not any(text in met["text"] for text in ("9,000 a month", "KeyError", "secret_input"))


def test_an_evaluator_reads_points_and_habits_and_the_own_id_as_text(
    pages: dict[str, Path], open_page: OpenPage
) -> None:
    text = open_page(pages["evaluator"])["text"]
    assert SCRIPT in text and "points lower than evaluators of your kind do" in text
    assert "one impression colours all criteria" in text and "Share of all others" in text


def test_of_a_section_without_results_nothing_is_left(
    pages: dict[str, Path], open_page: OpenPage
) -> None:
    text = open_page(pages["report"])["text"]
    assert "Proposed steps" in text
    assert "Appeals" not in text and "an empty section" not in text


def test_portal_names_what_failed_before_the_numbers(
    pages: dict[str, Path], open_page: OpenPage
) -> None:
    text = open_page(pages["portal"])["text"]
    assert text.index("evaluations.csv is missing") < text.index("Departments")


def test_table_of_seventeen_columns_prints_whole(tmp_path: Path, open_page: OpenPage) -> None:
    columns = [*COLUMNS[:8], *[COLUMNS[3]] * 9]
    heading = Heading("Wide", "", "en")
    cells = shown(heading, TableView(people(), columns, "Seventeen columns"))
    path, pdf = tmp_path / "wide.html", tmp_path / "wide.pdf"
    path.write_text(report_html(new_notebook(cells=[cells])), encoding="utf-8")
    met = open_page(path, pdf=pdf)
    assert met["printed_width"] <= met["paper_width"] == 1001
    assert pdf.read_bytes().startswith(b"%PDF")


def test_a_page_that_loads_runs_and_overflows_is_caught(
    tmp_path: Path, open_page: OpenPage
) -> None:
    path = tmp_path / "bad.html"
    wide = "<p style='width: 2000px'>wide</p>"
    path.write_text(f"{wide}<img src=pixel.png><script>console.log('ran')</script>&#x0378;")
    met = open_page(path, width=390)
    assert met["missing_glyphs"] == ["\u0378"]
    assert met["requests"] == [(tmp_path / "pixel.png").as_uri()]
    assert "ran" in met["console"]
    assert met["scroll_width"] > met["client_width"]
    assert {"document-title", "image-alt"} <= {violation["id"] for violation in met["violations"]}


def test_what_is_spliced_into_a_finished_page_neither_runs_nor_loads(
    pages: dict[str, Path], tmp_path: Path, open_page: OpenPage
) -> None:
    spliced = (
        "<script>document.title = 'taken'</script>"
        "<img src='https://elsewhere.invalid/pixel.png' onerror=\"document.title = 'taken'\">"
        "<iframe src='https://elsewhere.invalid/'></iframe>"
        "<link rel='stylesheet' href='https://elsewhere.invalid/style.css'></body>"
    )
    whole = pages["report"].read_text(encoding="utf-8")
    path = tmp_path / "spliced.html"
    path.write_text(whole.replace("</body>", spliced), encoding="utf-8")
    met = open_page(path)
    assert met["title"] == f"Online shop, pre-sales {SCRIPT}"
    assert len(met["requests"]) == 3  # asked for, and stopped before anything left the machine
    assert sorted(met["refused"]) == sorted(met["requests"])
    blocked = [said for said in met["console"] if "Content Security Policy" in said]
    assert len(blocked) >= 4
