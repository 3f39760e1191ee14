"""A team of three, `ann`, `bob` and `cho`, whose tables a test fills row by row."""

from types import SimpleNamespace

import pandas as pd

from csperf import Cycle, Scheme
from csperf.reporting.text import Messages
from csperf.tables import OUTPUT_TABLES

IDS = ("ann", "bob", "cho")
PLACES = {"rank": [1, 2, 3], "score": [96.0, 80.0, 60.0]}
ENGLISH = Messages.load("en")
GRADES = [
    {"grade": "top", "title": "Top grade", "from_score": 90, "standing": "good", "evidence": True},
    {"grade": "middle", "title": "Middle grade", "from_score": 70},
    {"grade": "low", "title": "Low grade", "from_score": 0, "standing": "poor"},
]
SHARES = [
    {"id": "first", "kind": "cap", "pct": 10, "standing": "good"},
    {"id": "middle", "kind": "about", "pct": 80},
    {"id": "last", "kind": "cap", "pct": 10, "standing": "poor"},
]
RULES = [
    {"id": "end", "title": "Last", "when": {"grade": "low"}, "action": "contract_end_review"}
    | {"approver": "HR", "effect": "negative", "ends_contract": True},
    {"id": "train", "title": "Last", "when": {"grade": "low"}, "action": "training"}
    | {"approver": "HR"},
    {"id": "plan", "title": "Low", "when": {"grade": "low"}, "action": "improvement_plan"}
    | {"approver": "superior"},
]
LINEAR = {"method": "linear", "floor": 0, "target": 1}
PLAIN = {"id": "s", "title": "S", "version": "1"}
PLAIN |= {"score": [{"indicator": "sla_met_share", "weight": 100, "scoring": LINEAR}]}


def scheme(**keys):
    """A scheme of these keys."""
    return Scheme.model_validate({**PLAIN, **keys})


def frame(name, *rows):
    """A table as it is published, stamped; empty without rows."""
    stamp = {"cycle_id": "2026", "department_id": "d", "team_id": "t"}
    table = OUTPUT_TABLES[name]
    filled = table.arrange(pd.DataFrame([{**stamp, **row} for row in rows]))
    days = [column.name for column in table.columns if column.type in ("time", "date")]
    return filled.assign(**{name: pd.to_datetime(filled[name]) for name in days})


def each(**columns):
    """A row for each of the three, from `score=[96, 80, 60]`."""
    names = list(columns)
    values = zip(IDS, *columns.values(), strict=True)
    return [dict(zip(["employee_id", *names], row, strict=True)) for row in values]


def team(scheme, records=None, **tables):
    """A view of the team; tables that are not given are empty."""
    known = {name: frame(name, *rows) for name, rows in tables.items()}
    known.setdefault("appraisals", frame("appraisals", *each(**PLACES)))
    names = ("proposals", "pay", "history", "scores", "evaluation_scores")
    result = SimpleNamespace(
        people=pd.DataFrame({"employee_id": IDS, "display_name": ["Ann", "Bob", "Cho"]}),
        records={name: frame(name, *rows) for name, rows in (records or {}).items()},
        **{name: known.pop(name, OUTPUT_TABLES[name].empty()) for name in names},
        **known,
    )
    return SimpleNamespace(
        result=result,
        scheme=scheme,
        text=ENGLISH,
        cycle=Cycle.parse("2026"),
        team_name="Team",
        sheets={},
    )


def shown(table):
    """What a table shows: a list of the texts of each row."""
    rows = table.frame.to_dict("records")
    return [[column.text(row) for column in table.columns] for row in rows]


def headings(table):
    """Its headings."""
    return [column.heading for column in table.columns]
