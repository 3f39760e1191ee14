"""However the same events are written down, the values are the same to the last bit."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas import DataFrame
from pandas.testing import assert_frame_equal

from csperf.indicators import indicator_values
from csperf.params import Cycle, load_params
from csperf.simulate import simulate_department
from csperf.sources import read_tables

ZONE = "Asia/Shanghai"
APRIL = Cycle.parse("2016-04")
SCHEME = Path("params/schemes/online_shop.yaml").resolve()


def values(tables: dict, by: str | None) -> DataFrame:
    return indicator_values(tables, APRIL, by, timezone=ZONE)


def written(
    tables: dict[str, DataFrame], folder: Path, kind: str, parts: int, rng: np.random.Generator
) -> Path:
    """The tables as shuffled files with columns of other names, Parquet in several parts."""
    sources = {}
    for name, table in tables.items():
        shuffled = table.sample(frac=1, random_state=rng.integers(2**31))
        names = {column: f"their {column.upper()}" for column in table}
        theirs = shuffled.rename(columns=names)[rng.permutation(list(names.values()))]
        path = folder / f"{name}.{kind}" if kind != "parts" else folder / name
        if kind == "csv":
            theirs.to_csv(path, index=False)
        elif kind == "jsonl":
            theirs.to_json(path, orient="records", lines=True, date_format="iso", force_ascii=False)
        else:
            path.mkdir()
            for number, rows in enumerate(np.array_split(np.arange(len(theirs)), parts)):
                theirs.iloc[rows].to_parquet(path / f"{number}.parquet", index=False)
        sources[name] = {"path": path.name, "columns": names}
    department = {"id": "shop", "scheme": str(SCHEME), "timezone": ZONE, "sources": sources}
    params = folder / "params.yaml"
    params.write_text(yaml.safe_dump({"organisation": "other", "departments": [department]}))
    return params


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    kind=st.sampled_from(["csv", "jsonl", "parts"]),
    parts=st.integers(2, 4),
    seed=st.integers(0, 2**16),
    by=st.sampled_from(["employee_id", "team_id", None]),
)
def test_shuffled_rows_split_files_and_renamed_columns_give_identical_values(
    kind: str, parts: int, seed: int, by: str | None
):
    made = simulate_department(seed % 5, conversations=60).tables
    tables = {name: table for name, table in made.items() if len(table)}
    with tempfile.TemporaryDirectory() as folder:
        params = written(tables, Path(folder), kind, parts, np.random.default_rng(seed))
        read = read_tables(load_params(params), "shop")
    assert_frame_equal(values(read, by), values(tables, by), check_exact=True)
