from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest
from pandas import DataFrame
from reading import Reading, counted, ids, write

from csperf.errors import InputError, OutputError
from csperf.params import Source, load_params
from csperf.sources import InputFile, prepare, read_frame, read_tables
from csperf.tables import INPUT_TABLES


def test_a_frame_in_memory_is_prepared_like_a_file():
    raw = DataFrame({"nr": ["b ", "a", "a"], "v": [1, 1, 2]}, index=[0, 0, 1])
    source = Source(path="-", columns={"team_id": "nr"}, keep={"per": "team_id", "last_by": "v"})
    read = prepare(raw, source, INPUT_TABLES["teams"], None, "frame")
    assert ids(read) == ["a", "b"]
    assert counted(read) == {
        "team_id: blanks around it taken off": 1,
        "superseded by a later row of the same team_id": 1,
    }


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ("team", {}, "read_frame: no table 'team' (meant 'teams'?); there are "),
        ("teams", {"colums": {}}, "read_frame: unknown key 'colums' (meant 'columns'?); it takes"),
        ("teams", {"columns": 1}, "read_frame: columns: found 1; write 'key: value' lines"),
    ],
)
def test_a_frame_is_read_by_the_same_rules_as_the_params(
    table: str, options: dict[str, object], message: str
):
    with pytest.raises(InputError, match=re.escape(message)):
        read_frame(DataFrame({"team_id": ["a"]}), table, **options)


PARAMS = """
organisation: o
timezone: Asia/Shanghai
departments:
  - id: d
    scheme: s.yaml
    sources:
      teams: {path: teams.csv}
      employees: {path: data/staff.csv}
      assignments: {path: data/places.csv}
  - {id: e, scheme: s.yaml, sources: {teams: {path: teams.csv}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    write(tmp_path / "p.yaml", PARAMS)
    write(tmp_path / "teams.csv", "team_id\nt2\nt1\n")
    write(tmp_path / "data" / "staff.csv", "employee_id\nE1\n")
    write(tmp_path / "data" / "places.csv", "employee_id,team_id,from_date\nE2,t1,2016-01-01\n")
    return tmp_path


@pytest.mark.requirement("K-11")
def test_a_department_is_read_with_what_was_counted_and_the_hashes_of_its_files(folder: Path):
    tables = read_tables(load_params(folder / "p.yaml"), "d")
    assert list(tables) == ["teams", "employees", "assignments"]
    assert list(tables["teams"]["team_id"]) == ["t1", "t2"]
    assert tables.quality[["table", "check", "count"]].to_numpy().tolist() == [
        ["assignments", "employee_id unknown in employees (kept)", 1]
    ]
    digest = hashlib.sha256(b"team_id\nt2\nt1\n").hexdigest()
    assert tables.files[0] == InputFile("teams.csv", digest, 14)
    assert [file.path for file in tables.files[1:]] == ["data/staff.csv", "data/places.csv"]


def test_some_tables_may_be_read_alone(folder: Path):
    params = load_params(folder / "p.yaml")
    assert list(read_tables(params, "d", only=["employees"])) == ["employees"]
    message = "department 'd': no source 'orders'; its sources are teams, employees, assignments"
    with pytest.raises(InputError, match=re.escape(message)):
        read_tables(params, "d", only=["orders"])


def test_the_problems_of_all_files_are_listed_together(folder: Path):
    (folder / "teams.csv").unlink()
    (folder / "data" / "staff.csv").unlink()
    (folder / "data" / "staff.csv").mkdir()
    write(folder / "data" / "places.csv", "employee_id,team_id,from_date\nE2,t1,soon\n")
    with pytest.raises(InputError) as caught:
        read_tables(load_params(folder / "p.yaml"), "d")
    advice = "give its path from the folder of the params file"
    assert [line.removeprefix(f"{folder}/") for line in caught.value.lines()] == [
        f"teams.csv: cannot be read (No such file or directory); {advice}",
        f"data/staff.csv: cannot be read (Is a directory); {advice}",
        "data/places.csv, row 2, column 'from_date': 'soon' is not a date; write 2026-10-31, or "
        "declare its format under formats:",
    ]


def test_a_broken_department_leaves_the_others_readable(folder: Path):
    (folder / "data" / "staff.csv").unlink()
    params = load_params(folder / "p.yaml")
    with pytest.raises(InputError, match=r"staff\.csv: cannot be read \(No such file or directory"):
        read_tables(params, "d")
    assert list(read_tables(params, "e")["teams"]["team_id"]) == ["t1", "t2"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("f.xlsx", r"^f\.xlsx: not an XLSX workbook \(.*\); save it again as \.xlsx$"),
        ("f.parquet", r"^f\.parquet: Invalid Input Error: "),
        ("f.xls", r"^f\.xls: cannot read '\.xls'; give one of \.csv \.xlsx \.jsonl"),
    ],
)
def test_a_file_of_another_kind_is_refused(reading: Reading, name: str, message: str):
    for content in (b"", b"team_id\na\n", b"PK\x03\x04 no zip", b"PAR1 nothing PAR1"):
        write(reading.folder / name, content)
        (line,) = reading.refused_file("teams", name)
        assert re.search(message, line)


def test_what_is_no_file_is_refused_at_once(reading: Reading, tmp_path: Path):
    (tmp_path / "round.csv").symlink_to("round.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.db").mkdir()
    for options, reason in (
        ({"path": "round.csv"}, "Too many levels of symbolic links"),
        ({"path": "pipe.csv"}, "neither a file nor a folder"),
        ({"path": "/dev/zero"}, "neither a file nor a folder"),
        ({"path": "folder.db", "table": "t"}, "Is a directory"),
        ({"path": "gone.sqlite", "table": "t"}, "No such file or directory"),
        ({"path": "gone"}, "No such file or directory"),
    ):
        with pytest.raises(OutputError, match=re.escape(f"cannot be read ({reason})")):
            reading.file("teams", **options)


def test_a_file_that_may_not_be_read_is_refused(reading: Reading, tmp_path: Path):
    paths = [write(tmp_path / name, "") for name in ("f.csv", "f.db", "f.jsonl", "t/p.parquet")]
    closed = [*paths[:3], paths[3].parent]
    for path in closed:
        path.chmod(0)
    try:
        if os.getuid() == 0:
            os.seteuid(65534)  # root may read everything
        for path in closed:
            options = {"table": "t"} if path.suffix == ".db" else {}
            with pytest.raises(OutputError, match=r"cannot be read \(Permission denied\)"):
                reading.file("teams", path.name, **options)
    finally:
        os.seteuid(os.getuid())
        closed[-1].chmod(0o700)
