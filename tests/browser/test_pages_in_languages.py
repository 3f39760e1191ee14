"""Every kind of page in every language, as browsers on a desk, on a phone and on paper show it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from installed import DemoRun
from pay_sample import pay_page
from report_samples import SCRIPT

from csperf.params import load_params
from csperf.runner.files import packaged
from csperf.simulate.plans import plan_files
from csperf.simulate.watching import DEVIATIONS, THEMES

pytestmark = pytest.mark.browser
OpenPage = Callable[..., dict[str, Any]]
MAY = "2016-05"
TEAM = "online-shop/pre-sales"
KINDS = {
    "cycles": "index.html",
    "portal": f"{MAY}/index.html",
    "rollup": f"{MAY}/online-shop/index.html",
    "planning": f"{MAY}/online-shop/planning.html",
    "monitoring": f"{MAY}/online-shop/monitoring.html",
    "review": f"{MAY}/online-shop/review.html",
    "appraisal": f"{MAY}/{TEAM}/appraisal.html",
    "comparison": f"{MAY}/{TEAM}/comparison.html",
    "person": f"{MAY}/{TEAM}/people/*.html",
    "interview": f"{MAY}/{TEAM}/interviews/*.html",
    "calibration": f"{MAY}/calibration/calibration.html",
    "evaluator": f"{MAY}/calibration/evaluators/*.html",
}
TAGS = {"en": "en", "zh": "zh-CN", "ko": "ko"}
# Words that are the same in every language: names of programs, people, data and units.
LATIN = re.compile(r"[A-Za-z][a-z]{3,}")
NOT_WORDS = r"\S*[/_@.]\S*|SHA-\d+|\b[0-9a-f]{16}\b"  # addresses and hashes
NOTE = load_params(packaged("params") / "demo.yaml").department("online-shop").note
ALSO_IN_ENGLISH = (
    *("csperf", "pandas", "duckdb", "narwhals", "seaborn", "papermill", "nbconvert", "matplotlib"),
    *(
        "Daniel",
        "Novak",
        "Grace",
        "Miller",
        "Emma",
        "Clarke",
        "Sofia",
        "Rossi",
        "sales",
        "after",
        "hours",
    ),
    *("Online", "shop", "online", "demo", "data", "parquet", "xlsx", "index", "manifest", "json"),
    *("After", "Excel"),
    *LATIN.findall(" ".join(plan_files().values())),  # what people wrote stays as it is
    *LATIN.findall(" ".join([DEVIATIONS, *THEMES])),
    *("Rasch", "Wright", "Kenward", "Roger", "Holm", "Laney", "Tukey", "Wilson", "Fisher"),
)


@pytest.fixture(scope="session")
def translated(demo: DemoRun, once: Callable[..., Path]) -> Callable[[str], Path]:
    """`translated("zh")` -> the output of the shop's last month in this language."""

    def made(language: str) -> Path:
        if language == "en":
            return demo.out

        def fill(folder: Path) -> None:
            shutil.copytree(demo.out / "history", folder / "history")
            (folder / "history" / f"{MAY}_online-shop.parquet").unlink()
            command = [sys.executable, "-m", "csperf", "run", str(packaged("params") / "demo.yaml")]
            place = ["--department", "online-shop", "--team", "pre-sales"]
            asked = ["--cycle", MAY, *place, "--language", language, "--out", str(folder)]
            asked += ["--only", "appraisal,comparison,calibration,planning,monitoring,review"]
            done = subprocess.run([*command, *asked], capture_output=True)
            assert done.returncode == 0, done.stderr

        return once(f"demo-{language}", fill)

    return made


def look_at(path: Path, language: str, open_page: OpenPage) -> str:
    """Open a page on a desk, on a phone in the dark and on paper, and return its text."""
    for width, dark in ((1280, False), (390, True)):
        met = open_page(path, width=width, dark=dark)
        assert (met["requests"], met["console"], met["violations"]) == ([], [], [])
        assert (met["scripts"], met["lang"]) == (0, TAGS[language])
        assert met["missing_glyphs"] == []
        assert met["scroll_width"] == met["client_width"] == width
        assert met["printed_width"] <= met["paper_width"]
        assert {*met["heads"]} <= {"table-header-group"}  # repeated on every sheet of paper
    return str(met["text"])


@pytest.mark.requirement("L-01", "L-02", "L-03", "L-04", "L-05", "L-10")
@pytest.mark.parametrize("language", TAGS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_quiet_accessible_and_fits_on_desk_phone_and_paper(
    kind: str, language: str, translated: Callable[[str], Path], open_page: OpenPage
) -> None:
    look_at(sorted(translated(language).glob(KINDS[kind]))[0], language, open_page)


@pytest.mark.requirement("L-09", "J-05")
@pytest.mark.parametrize("language", TAGS)
def test_a_pay_statement_is_quiet_accessible_and_fits_and_shows_a_script_as_text(
    language: str, tmp_path: Path, open_page: OpenPage
) -> None:
    path = tmp_path / "pay.html"
    path.write_text(pay_page(language), encoding="utf-8")
    assert SCRIPT in look_at(path, language, open_page)


@pytest.mark.requirement("L-01")
@pytest.mark.parametrize("language", ["zh", "ko"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_english_is_left_in_a_page_of_another_language(
    kind: str, language: str, translated: Callable[[str], Path], open_page: OpenPage
) -> None:
    text = open_page(sorted(translated(language).glob(KINDS[kind]))[0])["text"]
    said = re.sub(NOT_WORDS, " ", text.replace(NOTE, ""))
    assert {*LATIN.findall(said)} - {*ALSO_IN_ENGLISH} == set()
