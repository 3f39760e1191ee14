"""A made-up executed notebook and manifest, with what a hostile or unlucky export may hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from IPython.core.formatters import DisplayFormatter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from csperf.params import Cycle
from csperf.reporting.display import (
    ColumnView,
    Details,
    Facts,
    Figure,
    Heading,
    Sentences,
    TableView,
)
from csperf.reporting.evaluations import view_of
from csperf.reporting.evaluator import evaluator_pages
from csperf.reporting.text import Messages
from csperf.tables import OUTPUT_TABLES

SCRIPT = "<script>document.title = 'taken'</script>"
IMAGE = "<img src=x onerror=\"document.title = 'taken'\">"
MATHS = r"$\badmacro$"
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 3
NAMES = [
    ("李小龙", "zh"),
    ("김민준", "ko"),
    ("Anna Kowalska", None),
    (SCRIPT, None),
    (IMAGE, None),
    (MATHS, None),
    (LONG, None),
    ("王芳", "zh"),
    ("이서연", "ko"),
    ("O'Brien & Söhne", None),
]


def people() -> pd.DataFrame:
    """One row a person: a grade that falls with the row, the last one not appraised."""
    count = len(NAMES)
    return pd.DataFrame(
        {
            "name": [name for name, _ in NAMES],
            "lang": [lang for _, lang in NAMES],
            "employee_id": [f"A-{row:03}" for row in range(count)],
            "grade": [*(["Excellent"] * 2 + ["Good"] * 3 + ["Pass"] * 4), None],
            "score": [*(92.5 - 2.5 * row for row in range(count - 1)), None],
            "low": [*(90.1 - 2.5 * row for row in range(count - 1)), None],
            "high": [*(94.9 - 2.5 * row for row in range(count - 1)), None],
            "answered": [0.981 - 0.01 * row for row in range(count)],
            "sales": [120345.5 - 9000 * row for row in range(count)],
            "hired": pd.to_datetime([f"202{row}-03-01" for row in range(count - 5)] + [None] * 5),
            "status": ["ok"] * (count - 1) + ["too_few"],
            "reason": [""] * (count - 1) + ["Not appraised: fewer than 10 contacts"],
        }
    )


COLUMNS = (
    ColumnView("name", "Name", "name", lang_key="lang"),
    ColumnView("employee_id", "Number", "id"),
    ColumnView("grade", "Grade"),
    ColumnView("score", "Score", "number"),
    ColumnView(("low", "high"), "95% interval", "interval"),
    ColumnView("answered", "Answered in time", "percent"),
    ColumnView("sales", "Sales after advice", "money", digits=2),
    ColumnView("hired", "Hired", "date"),
    ColumnView("reason", "Remark"),
)
STEPS = f"contract review (department head and HR)\ntraining by 2026-11-24 (HR)\n{SCRIPT}"
STEP_COLUMNS = (COLUMNS[0], ColumnView("steps", "Steps", "lines"), COLUMNS[3], COLUMNS[8])


def chart() -> Figure:
    """Scores as a lollipop chart with every hostile name on its axis."""
    from matplotlib import pyplot as plt

    shown = people().dropna(subset="score")
    shown["name"] = shown["name"].str.slice(0, 40)
    with matplotlib.rc_context({"text.parse_math": False}):
        figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
        axes.hlines(shown["name"], shown["low"], shown["high"], color="#0a5a8a")
        axes.plot(shown["score"], shown["name"], "o", color="#0a5a8a")
        axes.invert_yaxis()
        axes.set_xlabel("Score (points), with 95% interval")
    caption = "Two people stand above 89 points; the intervals of the next seven overlap (n = 9)."
    return Figure(figure, caption, f"Scores of nine people from 92.5 down to 72.5. {SCRIPT}")


def shown(*objects: Any) -> NotebookNode:
    """A code cell as a kernel leaves it after displaying the objects."""
    outputs = []
    for each in objects:
        data, metadata = DisplayFormatter().format(each)
        outputs.append(new_output("display_data", data=data, metadata=metadata))
    return new_code_cell("secret_input = 1", outputs=outputs)


def opening() -> NotebookNode:
    """The cell with heading, verdict and numbers."""
    return shown(
        Heading(
            f"Online shop, pre-sales {SCRIPT}",
            "Appraisal of October 2026, scheme online_shop version 3",
            "en",
            banner="Provisional: two indicators of this cycle are not final yet.",
        ),
        Sentences(
            [
                "Nine of ten people have a score; the middle of the team is 82.5 points.",
                "Two people stand clearly above the others, nobody clearly below.",
            ]
        ),
        Facts(
            [
                ("Appraised", "9 of 10", "one person had fewer than 10 contacts"),
                ("Median score", "82.5", "points from 0 to 100"),
                ("Answered in time", "93.6%", "of 4,310 inquiries"),
                ("Proposals", "3", "proposed, not decided"),
            ]
        ),
    )


def notebook() -> NotebookNode:
    """An appraisal as the runner leaves it: prose, every display object, hostile outputs."""
    failed = new_output("error", ename="KeyError", evalue="'salary'", traceback=["9,000 a month"])
    leaks = new_output("stream", name="stderr", text="Glyph 29579 missing")
    active = {"application/javascript": "document.title = 'taken'", "text/plain": "<JS>"}
    markup = {"text/html": SCRIPT + IMAGE + "<style>* { display: none }</style><iframe src=x>"}
    remedies = [
        ("Score", "Weighted mean of the points of all indicators, from 0 to 100."),
        (
            "Interval",
            "Were the month repeated, 95 of 100 such intervals would hold the true score.",
        ),
    ]
    return new_notebook(
        cells=[
            new_markdown_cell("# Team appraisal\n\nWhat the month shows, and how sure that is."),
            opening(),
            new_markdown_cell("## Grades\n\nOverlapping intervals mean: do not rank these two."),
            shown(TableView(people(), COLUMNS, "Scores and grades, n = 10", "status")),
            new_markdown_cell("## Proposals"),
            shown(TableView(people().assign(steps=STEPS), STEP_COLUMNS, "Proposed steps")),
            new_markdown_cell("## Appeals\n\nOf an empty section nothing is left."),
            shown(),
            new_markdown_cell("## Scores in one picture"),
            shown(chart()),
            new_markdown_cell(
                "## Who needs review\n\n"
                f"[a trap](javascript:alert(1)), {SCRIPT}, ![pixel](http://example.org/pixel.png),"
                f" and {MATHS}.\n\n#### Too deep\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
            ),
            shown(Sentences(["This cycle has no reviewer yet; nothing is decided."], "warning")),
            new_code_cell("x", outputs=[leaks, failed]),
            new_code_cell("y", outputs=[new_output("display_data", data=active)]),
            new_code_cell("z", outputs=[new_output("display_data", data=markup)]),
            new_markdown_cell("## How to read"),
            shown(Details("What the words mean", remedies), Sentences(["csperf 0.1.0"], "note")),
        ]
    )


def team(name: str, folder: str, outcome: str = "done", **other: Any) -> dict[str, Any]:
    """One team of the manifest, with its two reports."""
    numbers = {
        "n_employees": 12,
        "n_scored": 11,
        "n_not_scored": 1,
        "mean_score": 81.26,
        "min_score": 64.0,
        "max_score": 93.5,
        "n_proposals": 3,
    }
    reports = [
        {"kind": kind, "path": f"shop-a/{folder}/{kind}.html", "outcome": outcome, "reason": ""}
        for kind in ("appraisal", "comparison")
    ]
    team_id = {"team_id": folder, "name": name, "folder": folder}
    rest = {"outcome": outcome, "reason": "", "provisional": False, "reports": reports}
    return {**team_id, **rest, **numbers, **other}


def manifest() -> dict[str, Any]:
    """A cycle with one department of three teams, one of them failed, and one that failed."""
    teams = [
        team("Pre-sales", "pre-sales", provisional=True),
        team("客服二组", "t-2f1a9c3d", "unchanged", mean_score=None, n_proposals=None),
        team(f"After-sales {SCRIPT}", "after-sales"),
    ]
    teams[2]["reports"][1] |= {"outcome": "failed", "reason": "evaluations.csv is missing"}
    teams[2]["outcome"] = "failed"
    scheme = {"scheme_id": "online_shop", "scheme_title": "Online shop", "scheme_version": "1"}
    shop = {"department_id": "shop-a", "name": "客服一部", "folder": "shop-a", "teams": teams}
    desk = {"department_id": "desk", "name": f"Desk {IMAGE}", "folder": "desk", "teams": []}
    broken = {"outcome": "failed", "reason": "incidents.csv, row 12, column 'score': 105"}
    return {
        "cycle_id": "2026-10",
        "organisation": "demo",
        "language": "en",
        "csperf_version": "0.1.0",
        "departments": [
            {**shop, **scheme, "outcome": "done", "reason": ""},
            {**desk, **scheme, **broken},
        ],
        "calibration": {"outcome": "done", "reason": "", "path": "calibration/calibration.html"},
    }


def evaluator_page() -> str:
    """The page of the first of five evaluators, who is harsh, has a habit and a hostile id."""
    rng = np.random.default_rng(2)
    rows = [
        ("2026-10", f"p{who}", id, "manager", criterion, 60 + 2 * who - harsh + rng.normal(0, 2))
        for id, harsh in zip((SCRIPT, "a", "b", "c", "d"), (8, 0, 1, 2, 0), strict=True)
        for who in range(12)
        for criterion in ("tone", "facts")
    ]
    names = ["cycle_id", "employee_id", "evaluator_id", "evaluator_type", "criterion_id", "score"]
    words = {"organisation": "demo", "titles": {}, "anonymous": {}, "text": Messages.load("en")}
    nothing = {"teams": pd.DataFrame(), "fairness": OUTPUT_TABLES["fairness"].empty()}
    known = pd.DataFrame(rows, columns=names)
    view = view_of(known, Cycle.parse("2026-10"), **nothing, **words)
    effects = view.calibration.effects
    mine = (effects["evaluator_id"] == SCRIPT) & (effects["effect"] == "halo")
    halo = effects.assign(flag=effects["flag"].mask(mine, "halo"))
    view = replace(view, calibration=view.calibration._replace(effects=halo))
    return dict(evaluator_pages(view))[SCRIPT]
