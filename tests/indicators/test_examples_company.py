"""The company's results, worked out by hand."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import measured, per

from csperf.params import Cycle

GOALS = """
    goal_id | owner_scope | owner_id | indicator_id         | target
    g1      | department  | shop     | operating_indicators | 200
    g2      | team        | A        | operating_indicators | 10
    g3      | employee    | ann      | operating_indicators | 8
    g4      | team        | A        | reply_rate           | 0.9
    g5      | team        | A        | operating_indicators | 0
"""
CHECKINS = """
    goal_id | at         | value | by
    g1      | 2026-10-05 | 100   | eve
    g1      | 2026-10-25 | 150   | eve
    g1      | 2026-11-05 | 190   | eve
    g2      | 2026-10-05 | 12    | eve
    g2      | 2026-10-06 |       | eve
    g3      | 2026-10-07 | 4     | eve
    g4      | 2026-10-05 | 0.8   | eve
    g5      | 2026-10-05 | 5     | eve
"""


@pytest.mark.requirement("B-68")
def test_operating_indicators():
    tables = {"goals": draw(GOALS), "goal_checkins": draw(CHECKINS)}
    october, november = Cycle.parse("2026-10"), Cycle.parse("2026-11")
    row = measured(tables, "operating_indicators", october)
    assert row["value"] == pytest.approx((150 / 200 + 12 / 10 + 4 / 8) / 3)
    assert measured(tables, "operating_indicators", november)["value"] == 190 / 200
    assert per("employee_id", tables, "operating_indicators", october) == {"ann": 4 / 8}
