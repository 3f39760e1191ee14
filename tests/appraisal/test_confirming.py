"""Who confirms a result, and who may put another score in its place."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from appraised import values_of
from drawing import draw
from pandas import DataFrame

from csperf import Cycle, Scheme
from csperf.appraisal import comparison_groups, judge
from csperf.appraisal.records import records_of

MAY = Cycle.parse("2016-05")
TYPES = [
    {"type": "direct_superior"},
    {
        "type": "indirect_superior",
        "role": "confirm_or_override",
        "overrides": "direct_superior",
    },
]
STEPS = [
    {"actor": "direct_superior"},
    {"actor": "indirect_superior", "does": "confirm"},
]


def scheme_of(**further: object) -> Scheme:
    """The direct superior judges attitude and work, half each; the indirect one confirms."""
    parts = [
        {"criterion": name, "evaluator": "direct_superior", "weight": 50}
        for name in ("attitude", "work")
    ]
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "evaluators": TYPES,
            "criteria": [{"id": "attitude"}, {"id": "work"}],
            "score": parts,
            "procedure": STEPS,
            "grades": [{"grade": "good", "from_score": 80}, {"grade": "fair", "from_score": 0}],
            **further,
        }
    )


def given(text: str) -> DataFrame:
    return draw(text).assign(cycle_id="2016-05")


def judged(rows: DataFrame, **tables: DataFrame) -> tuple[DataFrame, dict[str, DataFrame]]:
    """Appraisals by employee, and records."""
    scheme, tables = scheme_of(), {"evaluations": rows, **tables}
    people = DataFrame({"employee_id": sorted(set(rows["employee_id"]))}).assign(
        team_id="t", role=None, level_group="front_line", eligible=True
    )
    people["reason"] = pd.Series(pd.NA, index=people.index, dtype="str")
    people["group"] = comparison_groups(people, scheme, "d")
    nothing = values_of(e1={"sla_met_share": 1.0}).iloc[:0]
    made = judge(people, nothing, rows, scheme, MAY, None, tables)
    records = records_of(made, tables, people, scheme, MAY, today=date(2016, 6, 30), timezone="UTC")
    return made.appraisals.set_index("employee_id"), records


BOTH = """
    employee_id | evaluator_id | evaluator_type    | criterion_id | round | score | status
    e1          | m            | direct_superior   | attitude     | 1     | 70    |
    e1          | m            | direct_superior   | work         | 1     | 60    |
    e1          | i            | indirect_superior | attitude     | 1     | 90    |
    e2          | m            | direct_superior   | attitude     | 2     | 80    |
    e2          | m            | direct_superior   | work         | 1     | 80    |
    e2          | i            | indirect_superior | attitude     | 1     | 10    |
    e2          | i            | indirect_superior | work         | 1     | 80    |
    e3          | m            | direct_superior   | attitude     | 1     | 50    |
    e3          | m            | direct_superior   | work         | 1     | 50    |
    e3          | i            | indirect_superior | work         | 1     |       | submitted
    e4          | m            | direct_superior   | attitude     | 1     | 40    |
    e4          | m            | direct_superior   | work         | 1     | 40    |
    e4          | i            | indirect_superior | work         | 1     |       | declined
"""


@pytest.mark.requirement("D-01", "G4-1")
def test_who_may_override_puts_another_score_in_place_of_the_superiors():
    """e1: (90 + 60) / 2. The 10 for e2 is older than the superior's second round."""
    appraisals, records = judged(given(BOTH))
    assert appraisals["score"].tolist() == [(90 + 60) / 2, 80, 50, 40]
    found = records["findings"].query("check == 'overridden'")
    assert found[["employee_id", "subject", "facts"]].to_numpy().tolist() == [
        ["e1", "attitude", "direct_superior gave 70.00; 90.00 by indirect_superior counts"]
    ]


@pytest.mark.requirement("D-01", "G4-1", "G0-8")
def test_a_grade_that_nobody_confirmed_is_shown_unconfirmed():
    """e3 is confirmed without a score; for e4 the step was declined."""
    _, records = judged(given(BOTH))
    grades = records["grade_decisions"].set_index("employee_id")
    assert grades["status"].tolist() == ["proposed"] * 3 + ["unconfirmed"]
    assert grades["lacking"].fillna("").tolist() == ["", "", "", "confirmation"]
    found = records["findings"].query("check == 'not_confirmed'")
    assert found[["employee_id", "facts"]].to_numpy().tolist() == [
        ["e4", "the grade is not confirmed by indirect_superior"]
    ]


@pytest.mark.requirement("G4-1")
def test_a_step_that_nobody_has_taken_is_told_once_and_a_sign_off_takes_it():
    rows = given(BOTH)
    rows = rows[rows["evaluator_type"] == "direct_superior"]
    signs = DataFrame(
        {
            "cycle_id": ["2016-05"],
            "employee_id": ["e1"],
            "rule_id": pd.Series([None], dtype="str"),
            "decision": ["confirmed"],
            "changed_to": pd.Series([None], dtype="str"),
            "reviewer": ["i"],
            "at": pd.to_datetime(["2016-06-20"], utc=True),
            "reason": ["audited"],
        }
    )
    _, records = judged(rows, sign_offs=signs)
    statuses = records["grade_decisions"]["status"].tolist()
    assert statuses == ["approved"] + ["unconfirmed"] * 3
    found = records["findings"].query("check == 'not_confirmed'")
    assert found[["subject", "facts"]].to_numpy().tolist() == [
        ["indirect_superior", "4 grades without it"]
    ]


def test_an_overriding_type_names_one_that_is_there():
    with pytest.raises(ValueError, match="name a type for the role confirm_or_override"):
        scheme_of(evaluators=[TYPES[0], {**TYPES[1], "overrides": None}])
    with pytest.raises(ValueError, match="evaluators: no evaluator 'nobody'"):
        scheme_of(evaluators=[TYPES[0], {**TYPES[1], "overrides": "nobody"}])
