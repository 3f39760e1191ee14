"""Fair scores through the whole flow: what they change is listed, the official result stands."""

from __future__ import annotations

import pandas as pd
import pytest
from appraised import scheme_of
from drawing import draw

from csperf import Cycle, appraise

BANDS = [{"grade": "good", "from_score": 70}, {"grade": "weak", "from_score": 0}]
PAY = {"lines": [{"id": "bonus", "formula": "score"}]}


def table(scores: str) -> dict[str, pd.DataFrame]:
    """Three people of a team; mia rates the first two of them, max all of them."""
    given = draw(scores).assign(cycle_id="2026-10", evaluator_type="manager", criterion_id="work")
    people = sorted(given["employee_id"].unique())
    spells = pd.DataFrame({"employee_id": people}).assign(
        team_id="t", from_date=pd.Timestamp("2026-01-01")
    )
    return {"assignments": spells, "evaluations": given}


SCORES = """
    employee_id | evaluator_id | score
    ann         | mia          | 60
    ann         | max          | 72
    bob         | mia          | 62
    bob         | max          | 74
    cem         | mia          | 61
    cem         | max          | 73
    dora        | mia          | 64
    eva         | max          | 71
"""


def made(scores: str = SCORES, **parts: object):
    scheme = scheme_of(
        evaluators=[{"type": "manager"}],
        criteria=[{"id": "work"}],
        score=[{"criterion": "work", "evaluator": "manager", "weight": 100}],
        grades=BANDS,
        **parts,
    )
    return appraise(table(scores), scheme, Cycle.parse("2026-10"))


def test_who_had_only_the_harsh_evaluator_changes_places():
    """Mia takes 12 points more than max: dora's 64 by mia are better than eva's 71 by max."""
    found = made()
    people = found.appraisals.set_index("employee_id")
    assert people["score"].to_dict() == {"ann": 66, "bob": 68, "cem": 67, "dora": 64, "eva": 71}
    fair = people["fair_score"]
    assert fair["dora"] == pytest.approx(64 + 6, abs=0.2)
    assert fair["eva"] == pytest.approx(71 - 6, abs=0.2)
    assert fair["bob"] == pytest.approx(68, abs=0.2)
    changes = found.records["fair_changes"].set_index(["employee_id", "quantity_id"])
    assert changes.loc[("eva", "rank")].tolist()[-2:] == ["1", "5"]
    assert changes.loc[("dora", "rank")].tolist()[-2:] == ["5", "1"]
    assert changes.loc[("eva", "grade")].tolist()[-2:] == ["good", "weak"]
    assert people.loc["eva", "grade"] == "good"  # the official one stands


def test_money_and_proposals_that_would_come_or_go_are_listed():
    last = {
        "id": "last",
        "when": {"rank_from_bottom": 1},
        "action": "interview",
        "approver": "HR",
    }
    found = made(rules=[last], pay=PAY, currency="EUR")
    assert found.proposals["employee_id"].tolist() == ["dora"]
    changes = found.records["fair_changes"].set_index(["employee_id", "quantity_id"])
    assert changes.loc[("dora", "last")].tolist()[-2:] == ["proposed", ""]
    assert changes.loc[("eva", "last")].tolist()[-2:] == ["", "proposed"]
    assert changes.loc[("dora", "bonus"), "official"] == "64.00"
    assert float(changes.loc[("dora", "bonus"), "fair"]) == pytest.approx(70, abs=0.2)


def test_an_earlier_round_does_not_make_a_fair_score_unknown():
    again = draw(SCORES).assign(round=2)
    rounds = pd.concat([draw(SCORES).head(2).assign(round=1), again], ignore_index=True)
    given = rounds.assign(cycle_id="2026-10", evaluator_type="manager", criterion_id="work")
    scheme = scheme_of(
        evaluators=[{"type": "manager"}],
        criteria=[{"id": "work"}],
        score=[{"criterion": "work", "evaluator": "manager", "weight": 100}],
    )
    tables = {**table(SCORES), "evaluations": given}
    found = appraise(tables, scheme, Cycle.parse("2026-10"))
    assert found.appraisals["fair_score"].notna().all()
    assert len(found.records["fair_changes"])


def test_where_one_fair_score_is_unknown_no_changes_are_listed():
    """Kim alone rated fay: nobody can say how severe kim is."""
    found = made(SCORES + "    fay         | kim          | 50\n")
    fair = found.appraisals.set_index("employee_id")["fair_score"]
    assert pd.isna(fair["fay"]) and fair.drop("fay").notna().all()
    assert found.records["fair_changes"].empty


def test_without_others_who_rate_there_are_no_fair_scores():
    one = "\n".join(line for line in SCORES.splitlines() if "max" not in line)
    found = made(one)
    assert found.appraisals["fair_score"].isna().all()
    assert found.records["fair_changes"].empty
