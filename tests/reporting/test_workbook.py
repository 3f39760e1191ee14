"""The workbooks of a team and of the calibration: what HR finds in them, and who sees what."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from organisation import CYCLES, DAY
from pandas import DataFrame
from sheets import HOSTILE, cells, read, runs
from team import GRADES, frame, scheme
from test_evaluator_pages import rated
from test_evaluator_pages import view as evaluators
from test_standing_sections import LINES, PAID

from csperf.fair import is_for_hr_only
from csperf.reporting.opening import TeamView, for_teams
from csperf.reporting.text import Messages, languages
from csperf.reporting.workbook import calibration_workbook, team_workbook
from csperf.scheme import Scheme

JANUARY = CYCLES[0]
NAME = HOSTILE[0]  # of shop-a, see conftest.py
SOURCES = DataFrame({"path": ["evaluations.csv"], "sha256": ["0123456789abcdef" * 4]})
Opened = Callable[..., TeamView]


def sheets(book: bytes) -> dict[str, list[dict[str, Any]]]:
    """The rows of each sheet by the keys that About gives for their headings."""
    found = read(book)
    *_, about = found.values()
    keys = {(what, said): key for what, said, key in about[1:] if "." in key}
    tables = {}
    for title, (head, *rows) in list(found.items())[:-1]:
        names = [str(keys.get((title, heading), heading)) for heading in head]
        table = names[0].partition(".")[0]
        short = [name.removeprefix(f"{table}.") for name in names]
        tables[table] = [dict(zip(short, row, strict=True)) for row in rows]
    return tables


def about(book: bytes) -> list[list[Any]]:
    return list(read(book).values())[-1]


def with_(view: TeamView, own: Scheme | None = None, **tables: list[dict[str, Any]]) -> TeamView:
    """The view with other tables of its result, perhaps by another scheme."""
    made = {name: frame(name, *rows) for name, rows in tables.items()}
    return replace(view, scheme=own or view.scheme, result=replace(view.result, **made))


def test_people_stand_by_rank_with_ids_as_text_and_scores_with_all_their_digits(
    opened: Opened,
) -> None:
    view = opened()
    rows = sheets(team_workbook(view))["people"]
    known = view.result.appraisals.set_index("employee_id")
    assert [row["employee_id"] for row in rows] == list(DAY)
    assert [row["rank"] for row in rows] == [1, 2, 3, 4]
    assert [row["score"] for row in rows] == known.loc[list(DAY), "score"].tolist()
    assert rows[0]["display_name"] == NAME


def test_nothing_in_a_workbook_runs_or_leads_anywhere(opened: Opened) -> None:
    assert runs(team_workbook(opened())) == []


def test_the_contributions_of_a_person_add_up_to_the_score(opened: Opened) -> None:
    found = sheets(team_workbook(opened()))
    for person in found["people"]:
        own = [
            row["contribution"]
            for row in found["contributions"]
            if row["employee_id"] == person["employee_id"]
        ]
        assert len(own) == 2
        assert sum(own) == pytest.approx(person["score"], abs=1e-9)


def test_an_indicator_has_its_value_interval_n_and_target_in_one_unit(opened: Opened) -> None:
    """Of the twelve cases of each of four people all but one, two, three and four met the time."""
    [row] = sheets(team_workbook(opened()))["indicators"]
    assert row["indicator_id"] == "sla_met_share"
    assert (row["value"], row["n"], row["target"]) == ((11 + 10 + 9 + 8) / 48, 48, 1)
    assert row["low"] < row["value"] < row["high"]


def test_a_proposal_names_its_rule_and_who_decides_and_stays_proposed(opened: Opened) -> None:
    [row] = sheets(team_workbook(opened()))["proposals"]
    assert (row["employee_id"], row["rule_id"], row["status"]) == ("shop-d", "last", "proposed")
    assert (row["action"], row["amount"], row["currency"]) == ("deduction", -100, "EUR")
    assert row["approver"] == "HR"


def test_a_proposal_that_may_end_a_contract_says_what_comes_before_a_decision(
    opened: Opened,
) -> None:
    ending = scheme(
        grades=GRADES,
        rules=[
            {"id": "end", "title": "Last", "when": {"grade": "low"}, "approver": "HR"}
            | {"action": "contract_end_review", "effect": "negative", "ends_contract": True}
        ],
    )
    proposed = {"employee_id": "shop-d", "rule_id": "end", "action": "contract_end_review"}
    proposed |= {"approver": "HR", "status": "proposed", "facts": "grade low"}
    book = team_workbook(with_(opened(), ending, proposals=[proposed]))
    [row] = sheets(book)["proposals"]
    assert "For review only." in row["review"] and "People decide." in row["review"]
    assert row["rule"] == "Last"


def test_where_no_rule_applies_the_sheet_says_so(opened: Opened) -> None:
    book = team_workbook(with_(opened(), proposals=[]))
    assert read(book)["Proposals"][1][0] == "No rule applies in this cycle."


@pytest.mark.requirement("L-09")
def test_pay_has_a_row_a_person_with_the_currency_in_the_heading_and_no_sum(
    opened: Opened,
) -> None:
    who = {"ann": "shop-a", "bob": "shop-b", "cho": "shop-c"}
    lines = [{**line, "employee_id": who[line["employee_id"]]} for line in LINES]
    found = sheets(team_workbook(with_(opened(), PAID, pay=lines)))
    assert found["pay"] == [
        {"employee_id": "shop-a", "display_name": NAME, "basic": 2000.5, "total": 2000.5},
        {"employee_id": "shop-b", "display_name": "Name of shop-b", "basic": 3000, "total": 3000},
        {"employee_id": "shop-c", "display_name": "Name of shop-c", "basic": "", "total": ""},
    ]
    book = team_workbook(with_(opened(), PAID, pay=lines))
    assert read(book)["Pay"][0][2:] == ["Basic, EUR", "Sum, EUR"]
    last = found["pay_lines"][-1]
    assert (last["line"], last["amount"]) == ("Sum", "")
    assert last["inputs"] == "basic; empty: basic not known"
    assert "Pay" not in read(team_workbook(opened()))


def test_who_has_no_score_is_there_with_the_reason(opened: Opened) -> None:
    view = opened()
    rows = [{"employee_id": "shop-a", "reason": "on leave for the whole cycle"}]
    [row] = sheets(team_workbook(with_(view, appraisals=rows)))["people"]
    assert (row["score"], row["reason"]) == ("", "on leave for the whole cycle")


@pytest.mark.requirement("D-05")
def test_fair_scores_are_in_the_workbook_where_the_report_shows_them_and_only_there(
    opened: Opened,
) -> None:
    view = opened()
    assert not is_for_hr_only(view.scheme)
    assert all(row["fair_score"] != "" for row in sheets(team_workbook(view))["people"])
    secret = scheme(
        evaluators=[{"type": "peer", "title": "Peer"}],
        criteria=[{"id": "c", "title": "C"}],
        score=[{"criterion": "c", "evaluator": "peer", "weight": 100}],
    )
    assert is_for_hr_only(secret)
    shown = for_teams(view.result, secret)
    rows = sheets(team_workbook(replace(view, result=shown)))["people"]
    assert all("fair_score" not in row for row in rows)


def test_means_of_too_few_evaluators_are_not_in_it(opened: Opened) -> None:
    hidden = {"employee_id": "shop-a", "component_id": "service", "weight": 40.0}
    together = {"employee_id": "shop-a", "component_id": "not_shown", "contribution": 31.5}
    rows = sheets(team_workbook(with_(opened(), scores=[hidden, together])))["contributions"]
    assert [(row["score"], row["contribution"]) for row in rows] == [("", ""), ("", 31.5)]
    assert rows[1]["component"] == "What may not be shown singly, together"


@pytest.mark.requirement("L-12")
def test_about_says_where_the_numbers_come_from_with_whole_hashes(
    opened: Opened, folder: Path
) -> None:
    view = opened()
    found = {key: (what, said) for what, said, key in about(team_workbook(view))[1:]}
    assert found["standing"][1] == "Proposed: nothing here is decided until a person signs it off."
    assert found["cycle_id"][1] == JANUARY and found["language"][1] == "en"
    assert found["days"][1] == "2026-01-01 – 2026-01-31"
    assert (found["department_id"][1], found["team_id"][1]) == ("shop", "day")
    assert view.scheme_read.sha256 in found["scheme"][1] and "shop 1" in found["scheme"][1]
    assert "csperf" in found["packages"][1]
    inputs = {what: said for what, said, key in about(team_workbook(view)) if key == "input"}
    data = (folder / "data/evaluations.csv").read_bytes()
    assert hashlib.sha256(data).hexdigest() in inputs["Input data/evaluations.csv"]


@pytest.mark.parametrize("language", languages())
def test_keys_are_the_same_in_every_language_and_name_every_heading(
    language: str, opened: Opened
) -> None:
    book = team_workbook(opened(language))
    found = read(book)
    *titles, _ = found
    keys = [row[2] for row in about(book)[1:]]
    assert keys == [row[2] for row in about(team_workbook(opened("en")))[1:]]
    named = [(what, said) for what, said, key in about(book)[1:] if "." in key]
    headings = [(title, said) for title in titles for said in found[title][0] if "." not in title]
    assert named == headings
    assert len(set(headings)) == len(headings)
    assert next(iter(found)) == Messages.load(language)("workbook.sheet.people")


@pytest.mark.parametrize("language", languages())
def test_sheets_have_names_that_a_spreadsheet_takes(language: str) -> None:
    text = Messages.load(language)
    names = [str(said) for key, said in text.entries.items() if key.startswith("workbook.sheet.")]
    assert len({*names}) == len(names) == 16
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]|^'|'$", name) for name in names)


def test_the_same_result_is_the_same_bytes(opened: Opened) -> None:
    assert team_workbook(opened()) == team_workbook(opened())
    assert team_workbook(opened("zh")) != team_workbook(opened())


@pytest.mark.requirement("L-03")
def test_the_calibration_has_its_tables_with_the_numbers_of_the_report() -> None:
    seen = evaluators(rated(8, 0, 0, 0, 0))
    book = calibration_workbook(seen, SOURCES)
    found = sheets(book)
    assert [*read(book)][:2] == ["Evaluators", "Severity"]
    worst = found["severity"][0]
    known = seen.calibration.severities.set_index("evaluator_id").loc["rater-canary-0"]
    assert worst["evaluator_id"] == "rater-canary-0"
    assert worst["evaluator_type"] == "Manager" and worst["status"] == "compared"
    assert (worst["severity"], worst["n"]) == (known["severity"], 12)
    assert worst["low"] == pytest.approx(known["severity"] - 1.959964 * known["se"])
    assert runs(book) == []
    told = {key: said for _, said, key in about(book)}
    assert told["input"] == f"sha256 {SOURCES['sha256'][0]}"
    assert told["standing"] == "Official scores are not changed by this page."
    assert book == calibration_workbook(evaluators(rated(8, 0, 0, 0, 0)), SOURCES)


def test_a_calibration_without_findings_says_so_in_words() -> None:
    book = calibration_workbook(evaluators(rated(0, 0, 0, 0, 0)), SOURCES)
    [[said]] = read(book)["Habits"]
    assert str(said).startswith("No other habit shows clearly")
    assert {
        cell.attrib["r"] for cell in cells(book, [*read(book)].index("Habits") + 1).values()
    } == {"A1"}


def test_a_hundred_people_and_more_are_a_workbook_too(opened: Opened) -> None:
    view = opened()
    people = [f"p{n:03}" for n in range(200)]
    rows = [{"employee_id": id, "score": 50.0, "rank": 1} for id in people]
    parts = [{"employee_id": id, "component_id": f"c{n}"} for id in people for n in range(12)]
    found = sheets(team_workbook(with_(view, appraisals=rows, scores=parts)))
    assert len(found["people"]) == 200 and len(found["contributions"]) == 2400
    assert pd.Series([row["employee_id"] for row in found["people"]]).tolist() == people
