from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from csperf.errors import InputError
from csperf.params import Cycle, Params, load_params

DEMO = Path(__file__).parents[1] / "params" / "demo.yaml"
TEXT = """
organisation: o
timezone: Asia/Shanghai
departments:
  - id: d
    scheme: s.yaml
    sources:
      teams: {path: teams.csv}
"""
DEPARTMENT = TEXT[TEXT.index("  - id: d") :]


def params(folder: Path, *changes: tuple[str, str]) -> Params:
    """The params above with some of their text changed."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return load_params(path)


def source(options: str) -> tuple[str, str]:
    return ("path: teams.csv", f"path: teams.csv, {options}")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-10", date(2026, 10, 1), date(2026, 11, 1)),
        ("2026-12", date(2026, 12, 1), date(2027, 1, 1)),
        ("2024-02", date(2024, 2, 1), date(2024, 3, 1)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-Q4", date(2026, 10, 1), date(2027, 1, 1)),
        ("2026-H2", date(2026, 7, 1), date(2027, 1, 1)),
        ("2026", date(2026, 1, 1), date(2027, 1, 1)),
    ],
)
def test_a_cycle_is_a_half_open_period_of_local_days(text: str, start: date, end: date):
    cycle = Cycle.parse(text)
    assert (cycle.id, cycle.start, cycle.end) == (text, start, end)
    assert (cycle.end - cycle.last_day).days == 1


@pytest.mark.parametrize(
    "text", ["", "2026-13", "2026-00", "2026-1", "2026-Q5", "26-10", "0000-01", "\uff12026-10"]
)
def test_what_is_no_cycle_is_refused(text: str):
    message = f"--cycle: '{text}' is no cycle; write 2026-10, 2026-Q4, 2026-H2 or 2026"
    with pytest.raises(InputError, match=re.escape(message)):
        Cycle.parse(text)


def test_the_sample_can_be_read():
    demo = load_params(DEMO)
    assert [unit.id for unit in demo.departments] == ["service-desk", "online-shop"]
    assert demo.department("online-shop").exported_on == date(2016, 6, 20)
    assert demo.scheme(demo.department("online-shop")).id == "online_shop"


def test_paths_are_taken_from_the_folder_of_the_params_file(tmp_path: Path):
    read = params(tmp_path, ("path: teams.csv", "path: ../exports/teams.csv"))
    file = read.path.parent / read.department("d").sources["teams"].path
    assert file == tmp_path / ".." / "exports" / "teams.csv"


def test_a_department_has_its_own_time_zone_or_that_of_the_organisation(tmp_path: Path):
    assert (read := params(tmp_path)).zone(read.department("d")) == "Asia/Shanghai"
    read = params(tmp_path, ("    scheme:", "    timezone: Europe/Berlin\n    scheme:"))
    assert read.zone(read.department("d")) == "Europe/Berlin"
    read = params(tmp_path, ("timezone: Asia/Shanghai\n", ""))
    assert read.zone(read.department("d")) is None


def test_a_department_that_does_not_exist_is_answered_with_those_that_do(tmp_path: Path):
    with pytest.raises(InputError, match=r"p\.yaml: no department 'e'; there are d$"):
        params(tmp_path).department("e")


@pytest.mark.requirement("G0-1")
@pytest.mark.parametrize(
    ("id", "message"),
    [
        ("2016", "p.yaml: departments[0].id: was read as a number (2016), not as text; put it in"),
        ("no", "p.yaml: departments[0].id: was read as a truth value (False), not as text; put"),
        ("2016-05-01", "p.yaml: departments[0].id: was read as a day (2016-05-01), not as text"),
        ("007", "p.yaml, line 5: 007 would be read as the number 7; put it in quotes"),
        ("12:30", "p.yaml, line 5: 12:30 would be read as the number 750; put it in quotes"),
    ],
)
def test_an_id_that_yaml_does_not_read_as_text_is_refused(tmp_path: Path, id: str, message: str):
    with pytest.raises(InputError, match=re.escape(message)):
        params(tmp_path, ("id: d", f"id: {id}"))


@pytest.mark.parametrize("id", ["1e3", "08", "'007'", "'2016'", "客服一部", "NA", "null-1"])
def test_an_id_in_any_writing_stays_as_it_is(tmp_path: Path, id: str):
    assert params(tmp_path, ("id: d", f"id: {id}")).departments[0].id == id.strip("'")


@pytest.mark.parametrize("other", ["d", "D", "\uff44", '"d "', '"d\\u200b"'])
def test_two_departments_whose_ids_look_the_same_are_refused(tmp_path: Path, other: str):
    second = DEPARTMENT.replace("id: d", f"id: {other}")
    with pytest.raises(
        InputError, match=r"look the same$|no blanks around it and no invisible characters$"
    ):
        params(tmp_path, (DEPARTMENT, DEPARTMENT + second))


@pytest.mark.requirement("G0-1")
@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "organisation:",
            "organization:",
            "p.yaml: unknown key 'organization' (meant 'organisation'?); it takes departments, "
            "language, organisation, privacy, run, timezone",
        ),
        ("path: teams", "pth: teams", "sources.teams: unknown key 'pth' (meant 'path'?); it takes"),
        ("teams:", "team:", "departments[0].sources: unknown table 'team' (meant 'teams'?); it"),
        ("Asia/Shanghai", "Asia/Shangai", "'Asia/Shangai' is no time zone (meant 'Asia/Shanghai'?"),
        ("Asia/Shanghai", "+08:00", "'+08:00' is no time zone; write one such as Asia/Shanghai or"),
        (
            "organisation: o",
            "organisation: o\nlanguage: xx",
            "language: no texts in 'xx' yet; there",
        ),
        (
            "organisation: o",
            "organisation: o\nprivacy: {smallest_group: 2}",
            "it must be at least 3",
        ),
        (TEXT[TEXT.index("departments:") :], "departments: []", "departments: there is none"),
        ("    scheme: s.yaml\n", "", "departments[0].scheme: missing; add it"),
        (
            "    scheme:",
            "    exported_on: 20160620\n    scheme:",
            "departments[0].exported_on: found 20160620; write a day such as 2026-10-31, without",
        ),
        (
            "    scheme:",
            "    measurement: {within_s: yes}\n    scheme:",
            "departments[0].measurement.within_s: found True; write a number, without quotes",
        ),
        (
            "    scheme:",
            "    measurement: {service_hours: [8, 25]}\n    scheme:",
            "departments[0].measurement.service_hours[1]: found 25; it must be at most 24",
        ),
        ("path: teams.csv", "path: ''", "sources.teams.path: found ''; write some text"),
    ],
)
def test_params_that_cannot_be_meant_are_refused_by_their_path(
    tmp_path: Path, old: str, new: str, message: str
):
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        params(tmp_path, (old, new))
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("sheet: May", "sheet: is for .xlsx files, not 'teams.csv'"),
        ("delimiter: '||'", "delimiter: found '||'; write text of the form"),
        ("query: ''", "query: found ''; write some text"),
        ("columns: {team_id: 3}", "columns.team_id: was read as a number (3), not as text; put"),
        ("values: {name: {是: true}}", "values.name.是: was read as a truth value (True), not as"),
        ("values: {name: {'x ': y}}", "'x ' never occurs; cells are read without blanks"),
        ("values: {name: {'': y}}", "values: '' never occurs; cells are read without blanks"),
        ("values: {name: {x: ''}}", "values.name.x: found ''; write some text"),
        ("keep: {per: team_id}", "keep.last_by: missing; add it"),
        ("formats: {a: YYYY-MM-DD}", "'YYYY-MM-DD' is no format of a whole day; write one such as"),
        ("formats: {a: '%H:%M'}", "'%H:%M' is no format of a whole day; write one such as %d/%m/"),
        ("formats: {a: '%Q'}", "'%Q' is no format of a whole day"),
        ("formats: {a: mixed}", "'mixed' is no format of a whole day"),
        ("formats: {a: '%d/%m/%Y %Z'}", "'%d/%m/%Y %Z' is no format of a whole day"),
    ],
)
def test_a_source_that_cannot_be_meant_is_refused(tmp_path: Path, options: str, message: str):
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        params(tmp_path, source(options))
    assert str(caught.value).partition("p.yaml: ")[2].startswith("departments[0].sources.teams")


@pytest.mark.parametrize(
    "format", ["%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S%z", "%d.%m.%y", "%b %d %Y %I:%M %p", "%Y/%j"]
)
def test_a_format_that_gives_a_whole_day_is_taken(tmp_path: Path, format: str):
    read = params(tmp_path, source(f"formats: {{a: '{format}'}}"))
    assert read.department("d").sources["teams"].formats == {"a": format}


def test_columns_may_have_blanks_and_line_breaks_in_the_file(tmp_path: Path):
    read = params(tmp_path, source('columns: {team_id: "组\\n编号 "}'))
    assert read.department("d").sources["teams"].columns == {"team_id": "组\n编号 "}


def test_another_language_is_refused_if_there_are_no_texts_in_it(tmp_path: Path):
    params(tmp_path)
    assert load_params(tmp_path / "p.yaml", language="en").language == "en"
    with pytest.raises(InputError, match=r"^--language: no texts in '\.\./x' yet; there are en"):
        load_params(tmp_path / "p.yaml", language="../x")
