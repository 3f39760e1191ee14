"""The demo's pages, and a hostile name, as a reader's browser shows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from installed import DemoRun
from organisation import CYCLES, edit, run, write_organisation

pytestmark = pytest.mark.browser
OpenPage = Callable[..., dict[str, Any]]
SCRIPT = "<script>alert(1)</script>"
PAGES = (
    "index.html",
    "online-shop/index.html",
    "online-shop/planning.html",
    "service-desk/planning.html",
    "online-shop/monitoring.html",
    "service-desk/monitoring.html",
    "online-shop/pre-sales/appraisal.html",
    "online-shop/pre-sales/interviews/kf10.html",
    "online-shop/pre-sales/people/kf10.html",
    "service-desk/group-70/appraisal.html",
    "service-desk/group-70/comparison.html",
    "calibration/calibration.html",
    "calibration/evaluators/m1-2d214ca6.html",
)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_demo_is_quiet_accessible_and_fits(
    page: str, width: int, demo: DemoRun, open_page: OpenPage
) -> None:
    met = open_page(demo.out / "2016-05" / page, width=width)
    assert (met["requests"], met["console"], met["violations"]) == ([], [], [])
    assert (met["scripts"], met["lang"]) == (0, "en")
    assert met["scroll_width"] == met["client_width"] == width
    assert met["printed_width"] <= met["paper_width"]


def test_the_names_of_the_calibration_lead_to_the_evaluators_own_pages(
    demo: DemoRun, open_page: OpenPage
) -> None:
    report = demo.out / "2016-05/calibration/calibration.html"
    leads = set(re.findall(r'href="(evaluators/[^"]+)"', report.read_text(encoding="utf-8")))
    texts = [open_page(report.parent / path)["text"] for path in leads]
    assert len(texts) == 3
    assert all("How you rate, 2016-05" in text for text in texts)


def test_the_names_in_the_order_of_talks_lead_to_pages_for_the_superior(
    demo: DemoRun, open_page: OpenPage
) -> None:
    report = demo.out / "2016-05/online-shop/pre-sales/appraisal.html"
    leads = set(re.findall(r'href="(interviews/[^"]+)"', report.read_text(encoding="utf-8")))
    assert len(leads) == 10 and all((report.parent / path).is_file() for path in leads)
    met = open_page(report.parent / sorted(leads)[0])
    assert "Talk about the result, 2016-05" in met["text"]


def test_a_script_in_a_name_is_shown_as_text(tmp_path: Path, open_page: OpenPage) -> None:
    folder = write_organisation(tmp_path)
    edit(folder / "data/employees.csv", "Name of shop-a", SCRIPT)
    asked = {"departments": ("shop",), "teams": ("day",), "only": ("appraisal",)}
    assert run(folder, CYCLES[0], **asked)[1] == []
    met = open_page(folder / "output" / CYCLES[0] / "shop/day/appraisal.html")
    assert SCRIPT in met["text"]
    assert (met["scripts"], met["requests"], met["console"]) == (0, [], [])
