"""Writes small exports of every kind and reads one table from them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from pandas import DataFrame

from csperf.errors import InputError
from csperf.params import Source
from csperf.sources import read_source
from csperf.tables import INPUT_TABLES

TEAMS = "team_id,name\na,A\nb,B\n"
ORDERS = "order_id,placed_at,amount\n"
Content = str | bytes | list[list[object]] | dict[str, object]
Read = tuple[DataFrame, DataFrame]


def write(path: Path, content: Content) -> Path:
    """Text or bytes as they are, rows of cells as XLSX, columns as Parquet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str | bytes):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    elif isinstance(content, dict):
        pq.write_table(pa.table(content), path)
    else:
        with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
            sheet = book.add_worksheet("May")
            for row, cells in enumerate(content):
                sheet.write_row(row, 0, cells)
    return path


class Reading:
    """Reads one table from one source of a folder; `zone` is the department's."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __call__(
        self, table: str, content: Content, zone: str | None = "UTC", **options: object
    ) -> Read:
        """From a file `f` of the kind that fits the content."""
        kind = {list: "xlsx", dict: "parquet"}.get(type(content), "csv")
        return self.file(table, write(self.folder / f"f.{kind}", content).name, zone, **options)

    def file(self, ours: str, path: str = "", zone: str | None = "UTC", **options: object) -> Read:
        """From what is there already."""
        source = Source.model_validate({**({"path": path} if path else {}), **options})
        return read_source(source, INPUT_TABLES[ours], zone, self.folder)[:2]

    def refused(self, table: str, content: Content, **options: object) -> list[str]:
        """The lines of the error, without the folder."""
        with pytest.raises(InputError) as caught:
            self(table, content, **options)
        return self.lines(caught.value)

    def refused_file(self, ours: str, path: str = "", **options: object) -> list[str]:
        """The lines of the error, without the folder."""
        with pytest.raises(InputError) as caught:
            self.file(ours, path, **options)
        return self.lines(caught.value)

    def lines(self, error: InputError) -> list[str]:
        return [line.removeprefix(f"{self.folder}/") for line in error.lines()]


def ids(read: Read) -> list[str]:
    return list(read[0].iloc[:, 0])


def counted(read: Read) -> dict[str, int]:
    return dict(zip(read[1]["check"], read[1]["count"], strict=True))
