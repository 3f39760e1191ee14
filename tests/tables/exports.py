"""Exports drawn in a test and read as a department's own would be."""

from __future__ import annotations

from typing import Any

import pytest
from drawing import draw
from pandas import DataFrame

from csperf import read_frame
from csperf.errors import InputError
from csperf.sources import Tables


def given(name: str, text: str, **how: Any) -> Tables:
    """One drawn table, read and checked; times are in UTC unless `how` says otherwise."""
    return read_frame(draw(text), name, **{"timezone": "UTC", **how})


def together(**texts: str) -> dict[str, DataFrame]:
    """Several drawn tables by name, each read and checked."""
    return {name: given(name, text)[name] for name, text in texts.items()}


def refused(name: str, text: str, **how: Any) -> list[str]:
    """The lines that say why a drawn table was refused, without the file."""
    with pytest.raises(InputError) as caught:
        given(name, text, **how)
    return [line.removeprefix("DataFrame, ") for line in caught.value.lines()]


def counted(quality: DataFrame) -> dict[str, tuple[int, str]]:
    """{check: (count, example ids)} of data_quality rows."""
    pairs = zip(quality["count"], quality["example_ids"], strict=True)
    return dict(zip(quality["check"], pairs, strict=True))
