"""The reader's test: ten questions, each answered where the methodology says, in one look."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest
from installed import DemoRun

NOTEBOOK = Path(__file__).parents[1] / "notebooks/methodology/reading.ipynb"
ONE_LOOK = 700  # characters below a heading
TEAM = "2016-05/online-shop/pre-sales"
PAGES = {
    "appraisal": f"{TEAM}/appraisal.html",
    "comparison": f"{TEAM}/comparison.html",
    "person": f"{TEAM}/people/*.html",
}
ANSWERS = {
    "How did the team do": r"Scores run from 50\.5 .+ to 82\.6",
    "Who is at risk": r"improvement plan .+ \d+%",
    "What must I do by when": r"by [A-Z][a-z]+ \d+, 2016",
    "Whom should I talk to": r"Talk by [A-Z][a-z]+ \d+, 2016",
    "Would it be otherwise": r"Nothing would be otherwise|Fair score",
    "Has anything really changed": r"Response time −\d\.\d s",
    "Why did she get": r"adds",
    "What can she do": r"within \w+ days",
    "Which numbers has nobody": r"weight: \d+",
    "What is missing": r"outside the cycle",
}


def rows() -> list[list[str]]:
    """The table of the notebook: question, page, section, what to look at."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    lines = "".join(cells[0]["source"]).splitlines()
    table = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return table[1:]


def below(page: str, section: str) -> str:
    """The text below a heading, without marks."""
    found = re.search(
        rf"<h2[^>]*>{re.escape(section)}</h2>(.*?)(?=<h2|</main>)", unescape(page), re.S
    )
    assert found, f"no section '{section}'"
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


@pytest.mark.requirement("L-01", "L-02", "L-04")
@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:30])
def test_a_question_is_answered_in_one_look(row: list[str], demo: DemoRun) -> None:
    question, page, section, _ = row
    [answer] = [said for asked, said in ANSWERS.items() if question.startswith(asked)]
    path = sorted(demo.out.glob(PAGES[page]))[0]
    text = below(path.read_text(encoding="utf-8"), section)
    assert re.search(answer, text[:ONE_LOOK]), text[:ONE_LOOK]


def test_ten_questions_are_asked() -> None:
    assert len(rows()) == len(ANSWERS) == 10
