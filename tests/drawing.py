"""Small tables drawn in a test, so that the reader sees the log that the number comes from."""

import csv
from io import StringIO

import pandas as pd


def draw(text: str) -> pd.DataFrame:
    """Read a table drawn as `a | b`: a header, then one row a line; an empty cell is missing.

    Columns named `*_id` are text and `*_at` times, in UTC unless the cell says otherwise; the
    others become numbers or flags where every cell is one.
    """
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    if uneven := [cells for cells in lines if len(cells) != len(lines[0])]:
        raise ValueError(f"the header has {len(lines[0])} cells, but a row is {uneven[0]}")
    frame = pd.read_csv(
        StringIO("\n".join("|".join(cells) for cells in lines)),
        sep="|",
        dtype={name: "str" for name in lines[0] if name.endswith(("_id", "_at"))},
        keep_default_na=False,
        na_values=[""],
        skip_blank_lines=False,
        quoting=csv.QUOTE_NONE,
    )
    flags = frame.select_dtypes(["bool", "object"], exclude="str").astype("boolean")
    times = frame.filter(regex="_at$").apply(pd.to_datetime, utc=True, format="ISO8601")
    return frame.assign(**flags, **times.astype("datetime64[us, UTC]"))
