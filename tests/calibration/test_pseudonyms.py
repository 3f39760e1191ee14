"""Evaluators who were promised anonymity: pseudonyms, and what is not told of them."""

from __future__ import annotations

import pytest
from drawing import draw
from pandas import DataFrame

from csperf.calibration.anonymity import (
    enough_to_show,
    shown_differences,
    shown_pairs,
    under_pseudonyms,
)
from csperf.names import pseudonym

ANONYMOUS = {"peer": 3}


def forms(*rows: tuple[str, str, str, float]) -> DataFrame:
    """Employee, evaluator, type and score."""
    names = ["employee_id", "evaluator_id", "evaluator_type", "score"]
    return DataFrame(rows, columns=names).assign(cycle_id="2026-10", criterion_id="tone")


def by(evaluator: str, kind: str, *people: str, score: float = 70) -> list[tuple]:
    return [(who, evaluator, kind, score) for who in people]


@pytest.mark.requirement("L-03")
@pytest.mark.privacy("P13")
def test_a_pseudonym_depends_on_the_id_and_on_a_key_that_nobody_can_go_back_from() -> None:
    """The digest is RFC 4231's second case: HMAC-SHA-256 of `what do ya want for nothing?`."""
    assert pseudonym("what do ya want for nothing?", b"Jefe") == "anonymous-5bdcc146bf60"
    assert pseudonym("a", b"1") == pseudonym("a", b"1") != pseudonym("a", b"2")
    assert pseudonym("a", b"1") != pseudonym("b", b"1")


def test_who_was_promised_anonymity_and_rated_fewer_than_three_is_not_named() -> None:
    rows = [
        *by("few", "peer", "ann", "bob"),
        *by("enough", "peer", "ann", "bob", "cho"),
        *by("boss", "manager", "ann"),
        *by("few", "manager", "ann"),
    ]
    told = under_pseudonyms(forms(*rows), ANONYMOUS)["evaluator_id"].tolist()
    assert told[2:] == ["enough"] * 3 + ["boss", "few"]
    assert told[0] == told[1] and told[0].startswith("anonymous-")


def test_pseudonyms_change_with_what_was_given_but_not_with_the_order_of_rows() -> None:
    rows = forms(*by("few", "peer", "ann", "bob"), *by("boss", "manager", "ann"))
    told = under_pseudonyms(rows, ANONYMOUS)["evaluator_id"][0]
    assert under_pseudonyms(rows[::-1], ANONYMOUS)["evaluator_id"][0] == told
    other = under_pseudonyms(rows.assign(cycle_id="2026-11"), ANONYMOUS)["evaluator_id"][0]
    assert other.startswith("anonymous-") and other != told


def test_without_a_promise_everybody_is_named() -> None:
    rows = forms(*by("few", "peer", "ann"))
    assert under_pseudonyms(rows, {}) is rows
    assert under_pseudonyms(rows[:0], ANONYMOUS).empty


def test_what_two_peers_gave_to_one_person_is_no_difference_to_be_shown() -> None:
    people = ("ann", "bob", "cho", "dan", "eve")
    rows = forms(
        *by("p", "peer", *people[:3], score=60),
        *by("q", "peer", *people[2:], score=70),
        *by("r", "peer", *people, score=80),
        *by("m", "manager", "ann", score=60),
        *by("n", "manager", "ann", score=70),
    )
    found = shown_differences(rows, ANONYMOUS).set_index(["evaluator_id", "other_id"])
    assert found["difference"].dropna().to_dict() == {
        ("m", "n"): 10,
        ("p", "r"): 20,
        ("q", "r"): 10,
    }
    assert found.loc[("p", "q"), ["n", "status"]].tolist() == [1, "too_few"]


def test_a_mean_of_too_few_peers_is_not_held_against_the_own_view() -> None:
    rows = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        ann         | ann          | self           | tone         | 90
        ann         | p            | peer           | tone         | 60
        ann         | q            | peer           | tone         | 60
        ann         | m            | manager        | tone         | 70
        bob         | p            | peer           | tone         | 60
        bob         | q            | peer           | tone         | 60
        bob         | r            | peer           | tone         | 60
    """)
    left = enough_to_show(rows, ANONYMOUS)
    assert left["evaluator_id"].tolist() == ["ann", "m", "p", "q", "r"]


def test_pairs_of_peers_are_counted_and_not_named() -> None:
    people = [f"p{n}" for n in range(12)]
    rows = [
        (who, by, "peer", 95.0 if {who, by} == {"p0", "p1"} else 60.0 + (place * 7 + other) % 3)
        for place, who in enumerate(people)
        for other, by in enumerate(people)
        if who != by
    ]
    named = shown_pairs(forms(*rows), {}).query("flag == 'favour'")
    assert named[["evaluator_id", "other_id"]].to_numpy().tolist() == [["p0", "p1"]]
    assert (named[["given", "returned"]] > 30).all(axis=None)
    secret = shown_pairs(forms(*rows), ANONYMOUS)
    assert secret["flag"].tolist().count("favour") == 1 and len(secret) == 12 * 11 / 2
    assert secret[["evaluator_id", "other_id", "given", "returned"]].isna().all(axis=None)


def test_of_no_evaluations_none_are_enough() -> None:
    assert enough_to_show(forms().astype("str"), ANONYMOUS).empty
