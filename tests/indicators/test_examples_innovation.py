"""Innovation, worked out by hand: one drawn table for each indicator."""

from __future__ import annotations

import pytest
from drawing import draw
from measuring import measured


@pytest.mark.requirement("B-64")
def test_service_innovation():
    tables = {
        "innovations": draw("""
            id | employee_id | at         | kind    | accepted
            i1 | ann         | 2026-10-05 | process | true
            i2 | ann         | 2026-10-06 | service | true
            i3 | ann         | 2026-10-07 | product | false
            i4 | ann         | 2026-10-07 | product |
        """)
    }
    assert measured(tables, "service_innovation")["value"] == 1 + 1
