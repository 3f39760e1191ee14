"""Whether results fall on some groups more than on others, as HR reads it."""

from __future__ import annotations

import dataclasses

import pytest
from drawing import draw
from pandas import DataFrame
from test_evaluator_pages import rated, view

from csperf.reporting import calibration
from csperf.reporting.display import Sentences, TableView
from csperf.tables import OUTPUT_TABLES

SITE = {"department_id": "shop", "attribute": "site", "outcome": "lowest_grade"}


def shown(rows: DataFrame) -> TableView | Sentences:
    fairness = OUTPUT_TABLES["fairness"].arrange(rows.assign(cycle_id="2026-04"))
    return calibration.fairness_table(dataclasses.replace(view(rated(0, 0)), fairness=fairness))


@pytest.mark.requirement("J-04")
def test_only_what_is_clear_is_listed_with_ratio_and_interval() -> None:
    rows = draw("""
        group | n  | rate | rate_of_others | ratio | low | high | p_adjusted | flag
        north | 12 | 0.5  | 0.125          | 4     | 1.5 | 9    | 0.01       | higher
        south | 40 | 0.1  | 0.12           | 0.8   | 0.4 | 2    | 0.9        | -
        """)
    table = shown(rows.assign(flag=rows["flag"].replace("-", ""), status="ok", **SITE))
    assert isinstance(table, TableView)
    html = str(table.html())
    assert "north" in html and "south" not in html
    assert "50%" in html and "lowest grade" in html and "4.00" in html
    assert table.caption.startswith("1 of 2 comparisons shows an outcome")
    assert "not shown" not in table.caption
    assert ">People<" in html and "Times as often as elsewhere" in html


def test_what_is_hidden_is_said_beside_a_table_too() -> None:
    rows = DataFrame({"group": ["north", "east", "west"], "status": ["ok", *["suppressed"] * 2]})
    table = shown(rows.assign(flag=["higher", "", ""], p_adjusted=0.01, **SITE))
    assert isinstance(table, TableView)
    assert table.caption.endswith(
        "2 more are not shown: the groups are so small that single people could be recognised."
    )


def test_nothing_clear_is_a_sentence_that_counts_what_is_hidden() -> None:
    rows = DataFrame({"group": ["north", "east"], "status": ["ok", "suppressed"], "flag": ""})
    said = shown(rows.assign(**SITE))
    assert isinstance(said, Sentences)
    assert "Of 1 comparisons of groups" in said.texts[0]
    assert said.texts[1].startswith("One more is not shown")


def test_without_outcomes_it_says_so() -> None:
    said = calibration.fairness_table(view(rated(0, 0)))
    assert "Nothing can be compared: it takes at least two groups" in said.texts[0]
