"""A pay statement of somebody with a hostile name, in any language."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
from pandas import DataFrame
from report_samples import SCRIPT

from csperf import Cycle, Scheme, appraise
from csperf.reporting.opening import TeamView
from csperf.reporting.pay_statement import pay_pages
from csperf.reporting.person import Sheets
from csperf.reporting.text import Messages
from csperf.reporting.words import scheme_in_words

MAY = Cycle.parse("2026-05")
PEOPLE = ("ann", "bob", "cem", "dag", "eve", "fay")
SCHEME = {
    "id": "s",
    "title": "Performance",
    "version": "1",
    "currency": "EUR",
    "score": [
        {
            "indicator": "sla_met_share",
            "weight": 100,
            "scoring": {"method": "linear", "floor": 0.0, "target": 1.0},
        }
    ],
    "pay": {
        "values": {"rate": {"assumed": 2.0}},
        "pools": [{"id": "pool", "amount": "900", "share": {"stated": "score"}}],
        "lines": [
            {"id": "shared", "title": "Personal commission", "formula": "pool"},
            {"id": "total", "title": "Paid for the month", "formula": "shared + rate * 10"},
        ],
        "minimum_wage": 5000.0,
    },
}


def pay_page(language: str) -> str:
    """The statement of the first of six people who share a pool."""
    at, scheme, text = pd.Timestamp("2026-05-10T10:00Z"), Scheme(**SCHEME), Messages.load(language)
    rows = [
        {"case_id": f"{who}{n}", "owner_id": who, "sla_met": n > 3}
        for who in PEOPLE
        for n in range(12)
    ]
    names = DataFrame({"employee_id": PEOPLE, "display_name": [SCRIPT, *PEOPLE[1:]]})
    cases = DataFrame(rows).assign(opened_at=at, resolved_at=at)
    result = appraise({"cases": cases, "employees": names}, scheme, MAY)
    team = result.people["team_id"].iloc[0]
    view = TeamView(
        cycle=MAY,
        unit=SimpleNamespace(id="d", name="D", note=""),  # type: ignore[arg-type]
        scheme=scheme_in_words(scheme, text),
        scheme_read=scheme,
        team_id=team,
        team_name="T1",
        result=result.of_team(team),
        history=result.history,
        text=text,
    )
    computed = {"people": result.people, "proposals": result.proposals, "pay": result.pay}
    computed["pay_pools"] = result.records["pay_pools"]
    return dict(pay_pages(Sheets(view, computed, 5)))["ann"]
