from __future__ import annotations

import re

import pytest
from team import scheme, shown, team

from csperf.reporting import pay, standing
from csperf.reporting.text import Messages
from csperf.reporting.words import SAID_IN_RECORDS, SAID_IN_TABLES, facts_in_words, scheme_in_words
from csperf.scheme import DEFAULT

KOREAN = Messages.load("ko")


def test_what_a_scheme_leaves_to_csperf_is_still_told_apart_in_another_language():
    silent = scheme_in_words(scheme(), KOREAN)
    assert silent.missing.max_missing_weight_pct.because == DEFAULT


@pytest.mark.parametrize("fate", ["left out", "taken as unknown", "kept"])
def test_what_a_check_found_is_said_whatever_became_of_the_rows(fate):
    said = facts_in_words(f"case_id missing ({fate})", KOREAN)
    assert said == f"case_id 값이 빠짐({KOREAN.of(fate)})"


def test_columns_that_sections_look_for_english_in_are_said_only_where_they_are_printed():
    assert "inputs" not in SAID_IN_TABLES["pay"]
    assert "quota_places" not in SAID_IN_RECORDS


def test_the_whole_department_is_among_the_groups_of_a_korean_report():
    places = [{"by": "grade", "group_id": "department", "share": "top", "people": 7, "places": 0}]
    view = team(scheme(), {"quota_places": [{**places[0], "used": 0, "note": "10 % of 7 is 0.7"}]})
    view.text = KOREAN
    table = standing.shares_table(view)
    assert shown(table)[0][1] == "부서 전체"
    assert shown(table)[0][-1] == "7명의 10%는 0.7명"


def test_how_an_amount_came_about_is_said_in_korean(monkeypatch):
    folded = []
    monkeypatch.setattr(pay, "display", lambda *details: folded.extend(details))
    row = {"employee_id": "ann", "line": "total", "amount": 2000.5, "currency": "EUR"}
    row |= {"formula": "basic", "rule_id": "pay.lines.total"}
    view = team(
        scheme(), pay=[{**row, "inputs": "2000.5; warning: under the minimum wage of 2,100.00"}]
    )
    view.text = KOREAN
    assert "Ann" in pay.pay_in_short(view).texts[-1]
    pay.pay_details(view)
    assert folded[0].body_rows[1] == ("Ann", "2000.5; 주의: 최저 임금 2,100.00 미만")


def test_ids_within_facts_are_said_part_by_part_but_columns_stay_as_the_file_names_them():
    facts = "2 of 4 needed for teamwork, politeness: 20 % of the score"
    assert facts_in_words(facts, KOREAN).startswith("팀워크, 친절도: ")
    odd = facts_in_words("amount is above 5 where kind is phone (kept)", KOREAN)
    assert {"amount", "kind", "phone"} <= {*re.findall("[a-z]+", odd)}
