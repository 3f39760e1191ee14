"""Rules on bands, levels, indicators and earlier rules."""

from __future__ import annotations

import pandas as pd
import pytest
from pandas import DataFrame

from csperf import Cycle, proposals, rank
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


FINE = {
    "grades": (
        {"grade": "excellent", "from_score": 95, "standing": "good"},
        {"grade": "good", "from_score": 85, "standing": "good"},
        {"grade": "medium", "from_score": 70},
        {"grade": "to_be_improved", "from_score": 50, "standing": "poor"},
        {"grade": "urgent", "from_score": 0, "standing": "poor"},
    ),
    "shares": (
        {"id": "first", "kind": "about", "pct": 20, "standing": "good"},
        {"id": "second", "kind": "about", "pct": 20, "standing": "good"},
        {"id": "unnamed", "kind": "about", "pct": 40},
        {"id": "last", "kind": "about", "pct": 20, "standing": "poor"},
    ),
}


@pytest.mark.requirement("G4-7")
@pytest.mark.parametrize(
    ("which", "raised", "honoured", "demoted", "excellent", "trained"),
    [
        # a excellent and first; b good and second; c excellent, d urgent, unnamed; e medium, last
        ("score", ["a", "c"], ["b"], ["d"], ["a", "c"], ["e"]),
        ("rank", ["a"], ["b"], ["e"], ["a"], ["e"]),
        ("both_must_agree", ["a"], ["b"], [], ["a", "c"], ["e"]),
    ],
)
def test_which_of_grade_and_band_rules(
    which: str, raised: list, honoured: list, demoted: list, excellent: list, trained: list
):
    """98.4, excellent, outside the first tenth: the score alone raises, the cap does not."""
    rules = [
        {"id": "raise", "effect": "positive", "when": {"rank_bands": ("first",)}},
        {"id": "honour", "effect": "positive", "when": {"rank_bands": ("second",)}},
        {"id": "demotion", "effect": "negative", "when": {"rank_bands": ("last",)}},
        {"id": "bonus", "effect": "positive", "when": {"grade": "excellent"}},
        {"id": "training", "when": {"rank_bands": ("last",)}},  # neither for nor against anybody
    ]
    of = scheme(
        *rules,
        grades=FINE["grades"],
        ranking={"which_rules": which, "bands": {"shares": FINE["shares"]}},
    )
    frame = people(
        score=[99.0, 90.0, 98.4, 40.0, 75.0],
        grade=["excellent", "good", "excellent", "urgent", "medium"],
        rank_band=["first", "second", "unnamed", "unnamed", "last"],
    )
    found = hit(of, frame)
    assert (found["raise"], found["honour"]) == (raised, honoured)
    assert (found.get("demotion", []), found["bonus"]) == (demoted, excellent)
    assert found["training"] == trained


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


GUIDED = [
    {"id": "talk", "when": {"score_below": {"stated": 70}}},
    {
        "id": "dismissal",
        "effect": "negative",
        "ends_contract": True,
        "when": {"score_below": {"stated": 70}, "after": "talk", "no_progress_of": {"assumed": 5}},
    },
]


def reviewed(*before: float | None, now: float = 62.0, **records: DataFrame) -> str | None:
    """Facts of the dismissal review of e in October, after these scores in the months before."""
    months = [f"2026-{month:02}" for month in range(10 - len(before), 10)]
    past = history(*zip(months, "e" * len(before), before, strict=True))
    frame = people(score=[95.0, 80.0, 75.0, 72.0, now])
    found = proposals(frame, scheme(*GUIDED), OCTOBER, past, records=records)
    facts = found.loc[found["rule_id"] == "dismissal", "facts"]
    return facts.iloc[0] if len(facts) else None


@pytest.mark.requirement("G2")
@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([69.0, *[92.0] * 7], 69.5, None),  # guidance that helped is over
        ([65.0, 70.0], 62.0, None),  # 70 is not below 70
        ([65.0, 70.0, 61.0], 62.0, "2026-09"),  # but 61 was guided anew
        ([60.0, 66.0], 62.0, None),  # 66 - 60 was clear progress
        ([60.0, 64.9], 62.0, "2026-08"),
        ([60.0], 65.0, None),
        ([60.0, None], 62.0, "2026-08"),  # a month without a score ends no guidance
    ],
)
def test_guidance_is_over_once_the_border_is_reached_and_progress_is_the_best_since(
    before: list, now: float, expected: str | None
):
    facts = reviewed(*before, now=now)
    assert facts == (expected and f"score {now:.2f}, after talk of {expected};{UNRECORDED}")


UNRECORDED = " guidance is not recorded"


@pytest.mark.requirement("G2", "G0-6")
def test_guidance_that_was_rejected_is_none_and_what_shows_it_is_told():
    signed = DataFrame(
        {
            "cycle_id": ["2026-09"] * 2,
            "employee_id": "e",
            "rule_id": "talk",
            "decision": ["rejected", "confirmed"],
            "reviewer": "hr",
            "at": pd.to_datetime(["2026-10-05", "2026-10-06"], utc=True),
            "reason": "seen",
        }
    )
    talk = DataFrame(
        {
            "interview_id": ["i1"],
            "cycle_id": "2026-09",
            "employee_id": "e",
            "held_at": pd.to_datetime(["2026-10-08"], utc=True),
        }
    )
    planned = talk.assign(held_at=pd.Series(pd.NaT, index=[0], dtype="datetime64[us, UTC]"))
    told = "score 62.00, after talk of 2026-09;"
    assert reviewed(61.0, sign_offs=signed) == f"{told} guidance was confirmed"
    assert reviewed(61.0, sign_offs=signed[:1]) is None
    assert reviewed(61.0, sign_offs=signed[:1], interviews=planned) is None
    assert reviewed(61.0, sign_offs=signed[:1], interviews=talk) == f"{told} a talk was held"
    assert reviewed(61.0, 61.0, sign_offs=signed[:1]) == (
        f"score 62.00, after talk of 2026-08;{UNRECORDED}"
    )


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


@pytest.mark.requirement("G1")
@pytest.mark.parametrize(
    ("places", "scores", "expected"),
    [
        (1, [90.0, 90.0, 50.0, 40.0, 30.0], {"a": 50.0, "b": 50.0}),
        (2, [90.0, 80.0, 80.0, 40.0, 30.0], {"a": 100.0, "b": 50.0, "c": 50.0}),
        (2, [90.0, 90.0, 80.0, 40.0, 30.0], {"a": 100.0, "b": 100.0}),
        (2, [90.0, 90.0, 90.0, 40.0, 30.0], {"a": 66.67, "b": 66.67, "c": 66.66}),
        (3, [90.0, 90.0, 80.0, 80.0, 30.0], {"a": 100.0, "b": 100.0, "c": 50.0, "d": 50.0}),
    ],
)
def test_a_tie_splits_a_bonus_unless_the_scheme_says_otherwise_among_those_who_are_equal(
    places: int, scores: list[float], expected: dict[str, float]
):
    """Edge case 1: only people who are tied with one another share, and only what is left."""
    rule = {"id": "first", "when": {"rank_from_top": places}, "amount": {"stated": 100}}
    found = proposals(placed(scores), scheme(rule), OCTOBER).set_index("employee_id")
    assert found["amount"].to_dict() == expected
    each = {**rule, "on_tie": "each"}
    assert set(proposals(placed(scores), scheme(each), OCTOBER)["amount"]) == {100.0}


def placed(scores: list[float]) -> DataFrame:
    return rank(people(score=scores).drop(columns=["rank", "rank_from_bottom"]), "group")


@pytest.mark.requirement("G1")
def test_a_tie_for_the_last_place_costs_nobody_money_unless_the_scheme_says_so():
    """Edge case 2: a coin toss costs nothing, and everybody who is last gets the plan."""
    when = {"rank_from_bottom": 1}
    rules = [
        {"id": "minus", "when": when, "amount": -100},
        {"id": "split", "when": when, "amount": -100, "on_tie": "split"},
        {"id": "two", "when": {"rank_from_bottom": 2}, "amount": {"assumed": -100}},
        {"id": "plan", "when": when},
    ]
    rows = proposals(placed([90.0, 80.0, 70.0, 50.0, 50.0]), scheme(*rules), OCTOBER)
    found = {id: mine.set_index("employee_id")["amount"] for id, mine in rows.groupby("rule_id")}
    assert "minus" not in found and list(found["plan"].index) == ["d", "e"]
    assert found["split"].to_dict() == {"d": -50.0, "e": -50.0}
    assert found["two"].to_dict() == {"d": -100.0, "e": -100.0}, "two places for two people"
    said = rows.loc[rows["rule_id"] == "plan", "facts"]
    assert set(said) == {"score 50.00, rank 4 of 5, shared last"}


def test_what_a_tie_does_by_default_is_told_as_assumed():
    rules = [
        {"id": id, "when": {"rank_from_top": 1}, **({"amount": amount} if amount else {})}
        for id, amount in (("more", 100), ("less", {"stated": -100}), ("plan", None))
    ]
    told = {path: value for path, value in scheme(*rules).sourced() if path.endswith("on_tie")}
    assert [value.value for value in told.values()] == ["split", "none", "each"]
    assert {value.provenance for value in told.values()} == {"assumed"}
