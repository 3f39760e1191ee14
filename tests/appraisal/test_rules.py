"""Rules on bands, levels, indicators and earlier rules."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas import DataFrame

from csperf import Cycle, proposals
from csperf.scheme import Scheme

OCTOBER = Cycle.parse("2026-10")
GRADES = [
    {"grade": "good", "from_score": 85, "standing": "good"},
    {"grade": "fair", "from_score": 60},
    {"grade": "poor", "from_score": 0, "standing": "poor"},
]
BANDS = {
    "shares": [
        {"id": "top", "kind": "about", "pct": 20, "standing": "good"},
        {"id": "middle", "kind": "about", "pct": 60},
        {"id": "last", "kind": "about", "pct": 20, "standing": "poor"},
    ]
}


def scheme(*rules: dict, **sections: object) -> Scheme:
    base = {
        "id": "s",
        "title": "S",
        "version": "1",
        "score": ({"indicator": "reply_rate", "weight": 100.0, "scoring": {"method": "t_score"}},),
        "grades": tuple(GRADES),
        "ranking": {"bands": {"shares": tuple(BANDS["shares"])}},
        "rules": tuple({"action": "review", "approver": "HR", **rule} for rule in rules),
    }
    return Scheme.model_validate({**base, **sections})


def people(**columns: list) -> DataFrame:
    """Five people of a team, ranked from a (first) to e."""
    known = {
        "employee_id": list("abcde"),
        "team_id": "t",
        "group": "t",
        "score": [95.0, 80.0, 70.0, 65.0, 62.0],
        "grade": ["good", "fair", "fair", "fair", "fair"],
        "rank": [1, 2, 3, 4, 5],
        "rank_from_bottom": [5, 4, 3, 2, 1],
        "group_size": 5,
        "rank_band": ["top", "middle", "middle", "middle", "last"],
    }
    return DataFrame({**known, **columns})


def hit(one: Scheme, frame: DataFrame, **more: object) -> dict[str, list[str]]:
    found = proposals(frame, one, OCTOBER, **more)
    return {rule: list(rows["employee_id"]) for rule, rows in found.groupby("rule_id")}


def history(*rows: tuple[str, str, float]) -> DataFrame:
    """Earlier scores: (cycle, employee, score)."""
    frame = DataFrame(rows, columns=["cycle_id", "employee_id", "value"])
    return frame.assign(
        team_id="t", quantity_id="score", scheme_id="s", grade=None, rank=1, group_size=5
    ).assign(rank_from_bottom=5)


@pytest.mark.requirement("G4-6")
def test_a_band_of_the_order_sets_a_rule_off():
    rules = [
        {"id": "pool", "when": {"rank_bands": ("top",)}},
        {"id": "training", "when": {"rank_bands": ("middle", "last")}},
    ]
    assert hit(scheme(*rules), people()) == {"pool": ["a"], "training": ["b", "c", "d", "e"]}


@pytest.mark.requirement("G4-7")
@pytest.mark.parametrize(
    ("which", "score_of_last", "expected"),
    [
        ("both_must_agree", "fair", []),
        ("both_must_agree", "poor", ["e"]),
        ("rank", "fair", ["e"]),
        ("score", "fair", []),
        ("score", "poor", ["e"]),
    ],
)
def test_what_goes_against_somebody_needs_grade_and_band(
    which: str, score_of_last: str, expected: list
):
    rule = {"id": "demotion", "effect": "negative", "when": {"rank_bands": ("last",)}}
    ranking = {"which_rules": which, "bands": {"shares": tuple(BANDS["shares"])}}
    frame = people(grade=["good", "fair", "fair", "fair", score_of_last])
    assert hit(scheme(rule, ranking=ranking), frame).get("demotion", []) == expected


@pytest.mark.requirement("G4-7")
def test_what_a_band_gives_needs_a_good_grade():
    rule = {"id": "raise", "effect": "positive", "when": {"rank_bands": ("top",)}}
    assert hit(scheme(rule), people()) == {"raise": ["a"]}
    frame = people(grade=["fair"] * 5)
    assert hit(scheme(rule), frame) == {}


@pytest.mark.requirement("J-06")
def test_a_value_of_an_indicator_sets_a_bonus_off():
    rule = {
        "id": "bonus",
        "when": {"indicator": "csat_share", "at_least": {"stated": 0.98}},
        "amount": {"stated": 200.0},
    }
    values = DataFrame(
        {
            "employee_id": ["a", "b", "c"],
            "indicator_id": "csat_share",
            "value": [0.97, 0.98, 0.99],
            "status": ["ok", "ok", "too_few"],
        }
    )
    found = proposals(people(), scheme(rule), OCTOBER, values=values)
    assert list(found["employee_id"]) == ["b"]
    assert list(found["amount"]) == [200.0]
    assert list(found["facts"]) == ["score 80.00, csat_share at least 0.98"]


@pytest.mark.requirement("G2")
def test_dismissal_is_reviewed_only_after_guidance_without_progress():
    """65 in August; 62 now is no progress, 70 would have been 5 points or more."""
    rules = [
        {"id": "talk", "when": {"score_below": {"stated": 70}}},
        {
            "id": "dismissal",
            "effect": "negative",
            "ends_contract": True,
            "when": {
                "score_below": {"stated": 70},
                "after": "talk",
                "no_progress_of": {"assumed": 5},
            },
        },
    ]
    before = history(("2026-08", "e", 65.0), ("2026-08", "d", 59.0), ("2026-08", "c", 69.9))
    found = hit(scheme(*rules), people(), history=before)
    assert found == {"talk": ["d", "e"], "dismissal": ["e"]}
    assert hit(scheme(*rules), people()) == {"talk": ["d", "e"]}


@pytest.mark.requirement("G2")
def test_a_level_and_a_score_set_rules_off():
    rules = [
        {"id": "honour", "when": {"level": "advanced", "score_from": {"stated": 80}}},
    ]
    levels = {"bands": ({"level": "advanced", "from_score": 90}, {"level": "low", "from_score": 0})}
    frame = people(level=["advanced", "advanced", "advanced", None, None])
    assert hit(scheme(*rules, levels=levels), frame) == {"honour": ["a", "b"]}


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"rank_bands": ("best",)}, "waits for rank_bands out of"),
        ({"level": "gold"}, "waits for level out of"),
        ({"score_below": 70, "after": "nothing"}, "waits for after out of"),
        ({"indicator": "csat_share"}, "an indicator takes at_least or at_most"),
        ({"score_below": 70, "no_progress_of": 5}, "since which rule"),
    ],
)
def test_a_rule_that_waits_for_what_is_not_there_is_refused(when: dict, said: str):
    with pytest.raises(ValueError, match=said):
        scheme({"id": "r", "when": when})


@pytest.mark.requirement("G0-5")
def test_ties_in_another_group_do_not_share_money():
    """Two groups of two; the tie for the first place of one is not the other's."""
    rule = {
        "id": "first",
        "when": {"rank_from_top": 1},
        "amount": {"stated": 100.01},
        "on_tie": {"assumed": "split"},
    }
    frame = DataFrame(
        {
            "employee_id": list("abcdef"),
            "team_id": ["t"] * 3 + ["u"] * 3,
            "group": ["t"] * 3 + ["u"] * 3,
            "score": [90.0, 90.0, 50.0, 80.0, 70.0, 60.0],
            "grade": "fair",
            "rank": [1, 1, 3, 1, 2, 3],
            "rank_from_bottom": [2, 2, 1, 3, 2, 1],
            "group_size": 3,
        }
    )
    found = proposals(frame, scheme(rule), OCTOBER).set_index("employee_id")["amount"]
    assert found.to_dict() == {"a": 50.01, "b": 50.0, "d": 100.01}
    assert pd.Series(found[["a", "b"]]).sum() == pytest.approx(100.01)
