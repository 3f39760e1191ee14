from __future__ import annotations

from datetime import datetime

import pandas as pd
import pyarrow as pa
import pytest
from reading import TEAMS, Reading, counted, ids, write

from csperf.params import Source
from csperf.sources import input_of
from csperf.tables import INPUT_TABLES


def test_parquet_times_keep_their_zone_and_naive_ones_take_the_departments(reading: Reading):
    ten = datetime(2016, 5, 1, 10)
    content = {
        "order_id": ["a"],
        "placed_at": [ten],
        "paid_at": pa.array([datetime(2016, 5, 1, 3)], pa.timestamp("us", tz="Asia/Seoul")),
        "amount": [5],
    }
    read, _ = reading("orders", content, zone="Asia/Shanghai")
    assert read["placed_at"].tolist() == [pd.Timestamp("2016-05-01 02:00", tz="UTC")]
    assert read["paid_at"].tolist() == [pd.Timestamp("2016-05-01 03:00", tz="UTC")]
    assert reading.refused("orders", content, zone=None) == [
        "f.parquet, row 1, column 'placed_at': 2016-05-01 10:00:00 is not a time; it names no time "
        "zone: declare timezone: in the params"
    ]


def test_of_a_parquet_file_only_the_columns_with_a_use_are_read(reading: Reading):
    name = "it's [1].parquet"
    write(reading.folder / name, {"nr": ["a"], "body": ["secret"], "nname": ["A"]})
    read = reading.file("teams", name, columns={"team_id": "nr"})
    assert list(read[0]) == ["team_id"]
    assert counted(read) == {"'nname' not read (meant 'name'?)": 1}


# Folders


def test_a_folder_of_files_is_one_table_in_the_order_of_their_names(reading: Reading):
    parts = reading.folder / "conversations"
    for place, ids_there in (("b.parquet", ["3"]), ("a.parquet", ["1", "2"]), ("c/d.parquet", "4")):
        write(parts / place, {"team_id": list(ids_there), "name": [place] * len(ids_there)})
    write(parts / "_SUCCESS", "")
    write(parts / ".b.parquet.crc", b"\0")
    write(parts / "_temporary" / "x.parquet", b"half of it")
    for path in ("conversations", "conversations/"):
        read = reading.file("teams", path)[0]
        assert read["name"].tolist() == ["a.parquet", "a.parquet", "b.parquet", "c/d.parquet"]
    parts.rename(parts.with_name("2026.10"))
    query = "select max(team_id) as team_id from source"
    assert ids(reading.file("teams", "2026.10", query=query)) == ["4"]


@pytest.mark.parametrize(
    "teams",
    [["007", "8"], ["2026-10-01", "2026-10-02"], ["true"], ["1e3"], ["2026-10", "x", "a b"]],
)
def test_folders_give_their_rows_a_column_of_text(reading: Reading, teams: list[str]):
    for team in teams:
        folder = reading.folder / "t" / f"team_id={team.replace(' ', '%20')}"
        write(folder / "p.parquet", {"name": ["A"]})
    assert ids(reading.file("teams", "t")) == sorted(teams)
    query = "select typeof(team_id) as team_id, count(*)::text as name from source group by 1"
    read = reading.file("teams", "t", query=query)[0]
    assert read.to_numpy().tolist() == [["VARCHAR", str(len(teams))]]


def test_only_folders_inside_give_columns(reading: Reading):
    inside = reading.folder / "name=outer" / "name=x" / "all"
    write(inside / "p.parquet", {"team_id": ["a"], "name": ["A"]})
    for path in ("name=outer/name=x/all", "name=outer/name=x/all/p.parquet"):
        assert reading.file("teams", path)[0].to_numpy().tolist() == [["a", "A"]]


def test_a_column_of_a_file_and_of_a_folder_cannot_be_the_same(reading: Reading):
    for outer in ("t/Name=x", "Name=x/t/month=1"):
        write(reading.folder / outer / "p.parquet", {"team_id": ["a"], "name": ["A"]})
    assert reading.refused_file("teams", "t") == [
        "t/Name=x/p.parquet: the column 'Name' stands in it and in the name of a folder above it; "
        "keep one"
    ]
    assert reading.refused_file("teams", "Name=x/t") == [
        "Name=x/t/month=1/p.parquet: the column 'Name' stands in it and in the name of a folder "
        "above it; keep one"
    ]


def test_a_part_with_other_columns_is_named(reading: Reading):
    parts = reading.folder / "t"
    write(parts / "a.parquet", {"team_id": ["a"], "name": ["A"]})
    write(parts / "b.parquet", {"name": ["B"], "team_id": ["b"]})
    assert ids(reading.file("teams", "t")) == ["a", "b"]
    write(parts / "c.parquet", {"team_id": ["c"], "nmae": ["C"]})
    write(parts / "d.parquet", {"team_id": [7], "name": ["D"]})
    write(parts / "month=1" / "e.parquet", {"team_id": ["e"], "name": ["E"]})
    write(parts / "g.parquet", {"team_id": ["g"], "name": ["G"]})
    same = "give every part the same columns"
    assert reading.refused_file("teams", "t") == [
        f"t/c.parquet: column 'name' is not in c.parquet; {same}",
        f"t/c.parquet: column 'nmae' is not in a.parquet; {same}",
        "t/d.parquet, column 'team_id': whole numbers, but text in a.parquet; write both alike",
        f"t/month=1/e.parquet: column 'month' is not in a.parquet; {same}",
    ]
    write(parts / "f.parquet", b"PAR1 and then PAR1")
    (line,) = reading.refused_file("teams", "t")
    assert line.startswith("t/f.parquet: not a Parquet file (")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (pa.array([None], pa.null()), pa.array(["007"]), "007"),
        (pa.array(["007"]), pa.array([None], pa.null()), "007"),
        (pa.array([1], pa.int32()), pa.array([2**60 + 1]), str(2**60 + 1)),
        (pa.array(["x"]).dictionary_encode(), pa.array(["007"], pa.large_string()), "007"),
        (pa.array([1], pa.int64()), pa.array([2.0]), None),
        (pa.array([1], pa.uint64()), pa.array([2**60], pa.int64()), None),
        (pa.array(["007"]), pa.array([7]), None),
        (pa.array(["true"]), pa.array([True]), None),
    ],
)
def test_parts_are_brought_together_only_without_loss(
    reading: Reading, first: pa.Array, second: pa.Array, expected: str | None
):
    write(reading.folder / "t" / "1.parquet", {"team_id": ["a"], "name": first})
    write(reading.folder / "t" / "2.parquet", {"team_id": ["b"], "name": second})
    if expected is None:
        (line,) = reading.refused_file("teams", "t")
        assert line.startswith("t/2.parquet, column 'name': ")
    else:
        assert expected in reading.file("teams", "t")[0]["name"].tolist()


def test_times_of_parts_keep_their_meaning(reading: Reading):
    moment = datetime(2016, 5, 1, 3)
    orders = {"order_id": ["a"], "amount": [1.5]}
    for part, time in {
        "1": pa.array([moment], pa.timestamp("us", "Asia/Seoul")),
        "2": pa.array([moment], pa.timestamp("ns", "UTC")),
        "3": pa.array([None], pa.null()),
    }.items():
        write(reading.folder / "t" / f"{part}.parquet", orders | {"placed_at": time})
    query = "select order_id || row_number() over () as order_id, amount, placed_at from source"
    read = reading.file("orders", "t", query=f"{query} where placed_at is not null")[0]
    assert read["placed_at"].tolist() == [pd.Timestamp("2016-05-01 03:00", tz="UTC")] * 2
    naive = pa.array([moment], pa.timestamp("us"))
    write(reading.folder / "t" / "4.parquet", orders | {"placed_at": naive})
    assert reading.refused_file("orders", "t") == [
        "t/4.parquet, column 'placed_at': times, but times with a zone in 1.parquet; write both "
        "alike"
    ]


def test_a_problem_is_named_with_its_part_and_the_row_in_it(reading: Reading):
    many = 300_000  # more than one row group, read by more than one thread
    days = ["2016-05-01"] * many
    for part in range(3):
        keys = [f"{part}-{row}" for row in range(many)]
        columns = {"order_id": keys, "placed_at": list(days), "amount": [1.0] * many}
        if part == 1:
            for row in (0, 250_000, many - 1):
                columns["placed_at"][row] = "soon"
        write(reading.folder / "t" / f"{part}.parquet", columns)
    lines = reading.refused_file("orders", "t")
    for line, row in zip(lines, (1, 250_001, many), strict=True):
        assert line.startswith(f"t/1.parquet, row {row}, column 'placed_at': 'soon' is not a time")
    query = "select order_id, placed_at, amount from source where order_id like '1-25%'"
    (line,) = reading.refused_file("orders", "t", query=query)
    assert line.startswith(
        f"t, query, row {1 + 10 + 100 + 1000 + 1}, column 'placed_at': 'soon' is not a time"
    )


def test_nothing_in_a_folder_is_passed_over(reading: Reading):
    parts = reading.folder / "t"
    parts.mkdir()
    rule = "a folder of Parquet files holds those and folders of them, no links to folders"
    assert reading.refused_file("teams", "t") == [f"t: nothing in it; {rule}"]
    write(parts / "a.parquet", {"team_id": ["a"]})
    write(parts / "b.csv", TEAMS)
    assert reading.refused_file("teams", "t") == [f"t: 'b.csv' is no part; {rule}"]
    (parts / "b.csv").unlink()
    (parts / "again").symlink_to(parts)
    assert reading.refused_file("teams", "t") == [f"t: 'again' is no part; {rule}"]
    (parts / "again").rename(parts / "again.parquet")
    assert reading.refused_file("teams", "t") == [f"t: 'again.parquet' is no part; {rule}"]


def test_a_folder_of_quotes_and_wildcards_is_taken_by_its_name(reading: Reading):
    write(reading.folder / "it's [1]*?" / "p[1]*.parquet", {"team_id": ["a"]})
    write(reading.folder / "it's 1" / "p1.parquet", {"team_id": ["other"]})
    assert ids(reading.file("teams", "it's [1]*?")) == ["a"]


def test_a_query_sees_no_file_beside_the_parts(reading: Reading):
    write(reading.folder / "t" / "p.parquet", {"team_id": ["a"]})
    other = write(reading.folder / "t" / "_other.parquet", {"team_id": ["secret"]})
    (line,) = reading.refused_file("teams", "t", query=f"select * from '{other}'")
    assert "Permission Error" in line


def test_the_hash_of_a_folder_follows_its_files_and_their_names(reading: Reading):
    def hashed() -> str:
        source = Source(path="t")
        return input_of(source, INPUT_TABLES["teams"], reading.folder).sha256

    part = write(reading.folder / "t" / "name=A" / "p.parquet", {"team_id": ["a"]})
    seen = [hashed()]
    write(part.with_name("q.parquet"), {"team_id": ["b"]})
    seen.append(hashed())
    part.parent.rename(part.parent.with_name("name=B"))
    seen.append(hashed())
    assert len(set(seen)) == 3
    assert hashed() == seen[-1]
