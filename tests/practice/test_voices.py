"""Opinions without names, and what could not go as planned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from pandas import DataFrame

from csperf.params import Cycle
from csperf.practice.voices import opinion_themes, special_circumstances

Draw = Callable[[str], DataFrame]
MAY = Cycle.parse("2026-05")
JUNE_20 = date(2026, 6, 20)


def slips(draw: Draw, *given: tuple[str, str, int]) -> DataFrame:
    """`(theme, team, how many)`, all of the middle of May."""
    rows = [
        f"{theme}{team}{number} | 2026-05-15T08:00 | {theme} | {team} | words of somebody"
        for theme, team, count in given
        for number in range(count)
    ]
    drawn = draw("\n".join(["opinion_id | at_at | theme | team_id | text", *rows]))
    return drawn.rename(columns={"at_at": "at"})


def themes(rows: DataFrame, as_of: date = JUNE_20) -> list[tuple]:
    found = opinion_themes(rows, MAY, as_of, 5, "Asia/Shanghai").astype("object")
    return [*found.where(found.notna(), None).itertuples(index=False, name=None)]


@pytest.mark.requirement("F-07", "D-08")
def test_a_theme_is_told_from_five_opinions_on_and_smaller_ones_only_together(table):
    rows = slips(table, ("weights", "", 5), ("shifts", "", 7), ("tone", "", 4), ("pay", "", 2))
    assert themes(rows) == [("shifts", 7, None), ("weights", 5, None), (None, 6, None)]


@pytest.mark.requirement("F-07", "D-08")
def test_a_rest_smaller_than_five_has_no_number(table):
    rows = slips(table, ("weights", "", 6), ("tone", "", 3), ("pay", "", 1))
    assert themes(rows) == [("weights", 6, None), (None, None, None)]
    assert themes(slips(table, ("weights", "", 6))) == [("weights", 6, None)]


@pytest.mark.requirement("F-07", "D-08")
def test_teams_are_told_only_where_no_small_number_could_be_taken_from_the_others(table):
    both = slips(table, ("shifts", "day", 6), ("shifts", "night", 5))
    assert themes(both) == [("shifts", 11, "day: 6; night: 5")]
    assert themes(slips(table, ("shifts", "day", 6), ("shifts", "night", 2))) == [
        ("shifts", 8, None)
    ]
    assert themes(slips(table, ("shifts", "day", 6), ("shifts", "", 5))) == [("shifts", 11, None)]


@pytest.mark.requirement("F-07")
def test_opinions_of_the_cycle_up_to_the_day_count_by_the_local_calendar(table):
    rows = slips(table, ("shifts", "", 6))
    rows.loc[0, "at"] = table("at_at\n2026-04-30T16:00")["at_at"].item()  # the first of May
    assert themes(rows) == [("shifts", 6, None)]
    rows.loc[1, "at"] = table("at_at\n2026-05-31T16:00")["at_at"].item()  # the first of June
    assert themes(rows) == [("shifts", 5, None)]
    assert themes(rows, date(2026, 5, 14)) == [(None, None, None)]
    assert themes(rows, date(2026, 4, 30)) == []


@pytest.mark.requirement("F-07")
def test_the_words_themselves_are_in_no_result(table):
    found = opinion_themes(slips(table, ("shifts", "day", 9)), MAY, JUNE_20, 5)
    assert "words of somebody" not in found.to_csv()


@pytest.mark.requirement("F-11")
def test_what_could_not_run_on_time_has_its_notice_and_what_lacks_a_decision_comes_first(table):
    rows = table(
        """
        at_at            | kind                 | cycle_id | notice_date | decision       | reason
        2026-05-29T08:00 | special_circumstance | 2026-05  | 2026-05-28  | until the 15th | flood
        2026-06-02T08:00 | special_circumstance | 2026-05  | 2026-06-01  |                | outage
        2026-05-03T08:00 | special_circumstance |          | 2026-05-02  | next month     | snow
        2026-05-04T08:00 | special_circumstance | 2026-04  | 2026-05-02  |                | april
        2026-05-05T08:00 | rule_change          | 2026-05  |             |                | a rule
        2026-06-21T08:00 | special_circumstance | 2026-05  | 2026-06-21  |                | to come
        """
    ).rename(columns={"at_at": "at"})
    found = special_circumstances(rows, MAY, JUNE_20)
    assert found["reason"].tolist() == ["outage", "snow", "flood"]
    assert found["open"].tolist() == [True, False, False]
