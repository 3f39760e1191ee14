"""Ids as names of folders."""

from __future__ import annotations

import pytest

from csperf.names import folder_name


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("pre-sales", "pre-sales"),
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 30 + "-3164596d"),
        ("Pre-Sales", "pre-sales-d3aa55bb"),
        ("", "x-e3b0c442"),
        ("客服", "x-eae0efe2"),
        ("calibration", "calibration-e152337e"),
    ],
)
def test_an_id_is_its_own_folder_name_where_it_is_safe(id: str, name: str) -> None:
    assert folder_name(id) == name


def test_ids_that_look_alike_get_folders_of_their_own() -> None:
    ids = ["A", "a", "\uff21", " A", "A ", "a/", "a.", "..", "../a", "/a"]
    assert len({folder_name(id) for id in ids}) == len(ids)
