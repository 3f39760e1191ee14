"""How often a team that did not change is said to have changed, and a real change is found."""

from __future__ import annotations

import pytest
from pandas import DataFrame
from team_changes import PAIRED, T_TEST, WAYS, share_found

DRAWS = 2_000
TEAMS = [(8, 2), (15, 3)]


@pytest.mark.parametrize(("size", "leavers"), TEAMS)
def test_a_team_that_did_not_change_is_said_to_have_in_one_case_of_twenty(size, leavers, keep):
    ways = [*WAYS, PAIRED, T_TEST]
    found = share_found(1, DRAWS, size, leavers, ways)
    shift = share_found(2, DRAWS // 4, size, leavers, ways, shift=0.4)
    rows = [{"test": way, "false": found[way], "found": shift[way]} for way in ways]
    keep(f"team_change_{size}_{leavers}", DataFrame(rows).assign(team=size, leavers=leavers))
    assert 0.04 <= found["kenward-roger"] <= 0.06
    assert shift["kenward-roger"] > shift[T_TEST]
