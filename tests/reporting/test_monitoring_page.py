"""The monitoring page: what it says first, and what it shows in the middle of a cycle and after."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pandas as pd
import pytest
from organisation import DAY, NIGHT, edit, write_organisation

import csperf.reporting.monitored_days as days
import csperf.reporting.monitored_next as first
import csperf.reporting.monitoring as show
from csperf.errors import InputError
from csperf.params import Cycle, load_params
from csperf.pipeline import appraise_department
from csperf.reporting.department import open_department
from csperf.reporting.monitoring import Monitored

MARCH = "2026-03"
AFTERWARDS = "2026-04-12"
SECTIONS: list[Callable[[Monitored], Any]] = [
    first.verdict,
    first.to_do,
    show.board,
    show.reminders_table,
    show.evaluators_table,
    show.leaders_sentence,
    show.habits_table,
    days.sources_table,
    days.rows_table,
    days.export_sentence,
    days.days_sentence,
    days.shifts_table,
    days.alarms_table,
    days.trends_table,
    show.circumstances_table,
    show.log_table,
    show.opinions_table,
]


def asked() -> Iterator[str]:
    """Two managers were asked for everybody, and the boss for two people, by the 8th of April."""
    yield "cycle_id,employee_id,evaluator_id,evaluator_type,invited_at,due_at"
    for person in (*DAY, *NIGHT):
        for manager in ("manager-0", "manager-1"):
            yield f"{MARCH},{person},{manager},store_manager,,"
    for person in ("shop-a", "shop-e"):
        yield f"{MARCH},{person},boss,store_manager,2026-04-01T08:00,2026-04-08T18:00"


def complaints() -> Iterator[str]:
    """Six on each day until the tenth of March, and none after."""
    yield "complaint_id,received_at"
    for day in pd.date_range("2026-01-05", "2026-03-10"):
        yield from (f"{day:%m%d}-{n},{day:%Y-%m-%d}T12:00" for n in range(6))


TABLES = {
    "evaluation_assignments": asked(),
    "complaints": complaints(),
    "opinions": [
        "opinion_id,at,theme,text",
        *(f"s{n},{MARCH}-0{n}T09:00,shift plan,somebody's own words" for n in range(1, 7)),
        f"t1,{MARCH}-02T09:00,tone,somebody's own words",
    ],
    "deviations": [
        "at,kind,cycle_id,reason,by,notice_date,decision",
        f"{MARCH}-05T09:00,special_circumstance,{MARCH},flood in the office,shop-a,{MARCH}-05,",
    ],
}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Monitored]:
    """`watched("shop", day)` is a department of the small organisation in March, as of a day."""
    folder = write_organisation(tmp_path_factory.mktemp("watched"))
    cases = "      cases: {path: data/shop-cases.csv}\n"
    given = "".join(f"      {name}: {{path: data/{name}.csv}}\n" for name in TABLES)
    edit(folder / "params.yaml", cases, cases + given)
    for name, lines in TABLES.items():
        (folder / f"data/{name}.csv").write_text("\n".join(lines) + "\n")
    rated = folder / "data/evaluations.csv"
    header, *rows = rated.read_text().splitlines()
    given = [f"{row},{row[:5]}{int(row[5:7]) + 1:02}-02T09:00" for row in rows]
    rated.write_text("\n".join([f"{header},submitted_at", *given]) + "\n")
    params = load_params(folder / "params.yaml")
    for id in ("shop", "desk"):
        appraise_department(params, id, Cycle.parse(MARCH)).save(folder / id)

    @cache
    def opened(id: str, as_of: str = AFTERWARDS, language: str = "en") -> Monitored:
        given = (str(folder / "params.yaml"), MARCH, id, "", str(folder / id), language)
        return show.monitor(open_department(*given), as_of)

    return opened


def words(shown: Any) -> str:
    """Text of what is shown, without tags."""
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", str(shown.html())))


@pytest.mark.requirement("L-07", "F-01", "F-02", "F-08", "F-11")
def test_the_page_says_first_whom_to_remind_what_is_missing_and_what_is_undecided(watched) -> None:
    seen = watched("shop")
    evaluations, sources, _ = first.verdict(seen).texts
    assert evaluations == (
        "12 of 14 evaluations are here; 0 were declined, 0 are open and 2 overdue."
        " The last day is April 10, 2026."
    )
    assert sources == "1 of 2 sources lacks days: complaints."
    rows = first.to_do(seen).frame.to_numpy().tolist()
    assert rows[:2] == [
        ["Remind boss", "2 evaluations are overdue, the first since April 8, 2026."],
        ["Get the export: complaints", "The last rows are of March 10, 2026; 21 days are missing."],
    ]
    undecided = "Since March 5, 2026 without a decision: flood in the office"
    assert ["Decide about a special circumstance", undecided] in rows


@pytest.mark.requirement("L-07", "F-02")
def test_in_the_middle_of_the_cycle_nobody_is_reminded_and_later_days_are_unknown(watched) -> None:
    seen = watched("shop", f"{MARCH}-10")
    assert first.verdict(seen).texts[0] == (
        "Evaluations are not due yet: they are handed in from April 1, 2026 to April 10, 2026."
    )
    assert first.verdict(seen).texts[1] == "All 2 sources reach as far as they should."
    assert "Remind" not in words(first.to_do(seen))
    assert seen.seen.days["day"].max() <= pd.Timestamp(f"{MARCH}-10")
    later = watched("shop", f"{MARCH}-12")
    assert "2 days are missing" in words(first.to_do(later))


@pytest.mark.requirement("F-02", "F-06")
def test_the_boards_show_teams_types_and_leaders(watched) -> None:
    seen = watched("shop")
    assert "Day shift Store manager 89% 9 8 1" in words(show.board(seen))  # 8 of 9
    assert "boss Store manager 2 0 2" in words(show.evaluators_table(seen))
    assert list(show.leaders_sentence(seen).texts) == [
        "2 of 3 leaders have finished all evaluations of others.",
        "0 of 3 leaders are appraised in this department as well.",
    ]


@pytest.mark.requirement("F-06")
def test_a_manager_who_entered_everybody_in_one_minute_is_asked_and_not_blamed(watched) -> None:
    found = words(show.habits_table(watched("shop")))
    assert "manager-0 All 6 in the same minute on April 2, 2026. A list that was imported" in found
    assert "not a fault" in found and "boss" not in found
    tasks = first.to_do(watched("shop")).frame
    assert tasks["what"].str.startswith("Ask manager-1 how").any()


@pytest.mark.requirement("F-07", "D-08")
def test_opinions_are_counted_by_theme_and_their_words_are_nowhere(watched) -> None:
    seen = watched("shop")
    assert "shift plan 6 Other themes together fewer than 5" in words(show.opinions_table(seen))
    whole = "".join(words(made) for section in SECTIONS if (made := section(seen)))
    assert "somebody's own words" not in whole and "tone" not in whole


@pytest.mark.requirement("F-03", "F-10")
def test_the_page_says_how_many_days_chance_puts_outside(watched) -> None:
    charts = watched("shop").seen.days
    points = (charts["status"] == "ok").sum()
    told = words(days.days_sentence(watched("shop")))
    assert f"of {points} days in 3 series" in told
    assert f"chance alone puts about {points * 0.005:.1f} there" in told


@pytest.mark.requirement("F-04", "F-11")
def test_the_log_goes_as_far_as_the_day_that_is_looked_from(watched) -> None:
    assert "flood in the office" in words(show.log_table(watched("shop")))
    found = words(show.circumstances_table(watched("shop")))
    assert "flood in the office March 5, 2026 none yet Name of shop-a" in found
    before = watched("shop", f"{MARCH}-04")
    assert show.circumstances_table(before) is None
    assert words(show.log_table(before)).startswith(" No change of a rule")


@pytest.mark.requirement("L-07")
def test_a_department_without_evaluations_and_opinions_says_so(watched) -> None:
    seen = watched("desk")
    assert first.verdict(seen).texts[0].startswith("No evaluations are due by this scheme")
    assert show.reminders_table(seen) is None and show.evaluators_table(seen) is None
    assert "No opinions were given" in words(show.opinions_table(seen))
    assert set(seen.seen.days["group_id"]) == {""}  # its only team is the department


@pytest.mark.requirement("L-07")
def test_on_a_day_before_all_records_every_section_says_that_nothing_is_known(watched) -> None:
    seen = watched("shop", "2025-12-01")
    shown = [words(made) for section in SECTIONS if (made := section(seen))]
    assert "Nothing to do today" in shown[1]
    assert any("No day can be judged yet: limits need 20 earlier days." in each for each in shown)


def test_a_day_that_is_none_is_refused(watched) -> None:
    with pytest.raises(InputError, match="as_of: 'yesterday' is no day; write it as 2026-11-12"):
        watched("shop", "yesterday")


@pytest.mark.parametrize("language", ["zh", "ko"])
def test_every_section_has_words_in_each_language(watched, language: str) -> None:
    seen = watched("shop", AFTERWARDS, language)
    shown = [words(made) for section in SECTIONS if (made := section(seen))]
    assert len(shown) > 12
    assert not re.search(r"monitoring\.|overdue|usual|Remind", " ".join(shown))
