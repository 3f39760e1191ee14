"""Paired comparison: wins, Bradley-Terry strengths, circles, and what cannot be known."""

from itertools import combinations
from math import log, sqrt

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from csperf import InputError
from csperf.appraisal.pairs import paired_comparison
from csperf.tables import check
from csperf.tables.judgements import PAIR_JUDGEMENTS

Z = 1.959963984540054
COLUMNS = ["evaluator_id", "employee_a", "employee_b", "winner"]


def judged(*rows):
    """Judgements of one skill from (evaluator, a, b, winner)."""
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.assign(cycle_id="2026-10", criterion_id="tact")


def times(n, a, b, winner, prefix="e"):
    """The same judgement by n evaluators."""
    return [(f"{prefix}{number}", a, b, winner) for number in range(n)]


def strengths(*rows, **further):
    return paired_comparison(judged(*rows), "tact", **further).strengths.set_index("employee_id")


@pytest.mark.requirement("C-04")
def test_a_tie_is_half_a_win_for_both():
    drawn = draw("""
        cycle_id | evaluator_id | criterion_id | employee_a | employee_b | winner
        2026-10  | m            | tact         | ann        | bob        | a
        2026-10  | m            | tact         | bob        | cid        | tie
        2026-10  | m            | tact         | cid        | ann        | a
        2026-10  | n            | tact         | bob        | ann        | b
        2026-10  | n            | speed        | bob        | ann        | a
    """)
    checked = check(drawn, PAIR_JUDGEMENTS).frame
    found = paired_comparison(checked, "tact").strengths
    assert found["employee_id"].tolist() == ["ann", "bob", "cid"]
    assert found["wins"].tolist() == [1 + 1, 0.5, 0.5 + 1]
    assert found["comparisons"].tolist() == [3, 3, 2]
    assert found["share"].tolist() == [2 / 3, 0.5 / 3, 1.5 / 2]


@pytest.mark.requirement("C-04")
def test_strengths_of_two_people_are_log_odds_with_the_closed_form_error():
    """7 wins against 3: log(7 / 3), standard error sqrt(1 / 7 + 1 / 3)."""
    rows = [*times(7, "ann", "bob", "a"), *times(3, "ann", "bob", "b", prefix="f")]
    found = paired_comparison(judged(*rows), "tact")
    [pair] = found.differences.itertuples()
    assert (pair.employee_a, pair.employee_b) == ("ann", "bob")
    assert pair.difference == pytest.approx(log(7 / 3))
    assert pair.se == pytest.approx(sqrt(1 / 7 + 1 / 3))
    assert pair.low == pytest.approx(log(7 / 3) - Z * sqrt(1 / 7 + 1 / 3))
    assert pair.high == pytest.approx(log(7 / 3) + Z * sqrt(1 / 7 + 1 / 3))
    assert found.strengths["strength"].tolist() == pytest.approx([log(7 / 3) / 2, -log(7 / 3) / 2])
    assert found.strengths["se"].tolist() == pytest.approx([sqrt(1 / 7 + 1 / 3) / 2] * 2)
    assert found.strengths["low"].iloc[0] == pytest.approx(pair.low / 2)
    assert found.strengths["status"].tolist() == ["ok", "ok"]


@pytest.mark.requirement("C-04")
def test_differences_and_their_errors_are_those_of_a_logistic_regression():
    """The model is a logistic regression on +1 and -1 for the two people, without a constant."""
    rng = np.random.default_rng(4)
    people, true = ["a1", "a2", "a3", "a4", "a5"], np.array([1.0, 0.4, 0.0, -0.3, -1.1])
    rows, design, answers = [], [], []
    for evaluator in range(12):
        for i, j in combinations(range(5), 2):
            won = rng.random() < 1 / (1 + np.exp(true[j] - true[i]))
            rows.append((f"e{evaluator}", people[i], people[j], "a" if won else "b"))
            design.append(np.eye(5)[i] - np.eye(5)[j])
            answers.append(won)
    fit = sm.Logit(np.array(answers, float), np.array(design)[:, 1:]).fit(disp=0, tol=1e-12)
    found = paired_comparison(judged(*rows), "tact").differences
    to_first = found[found["employee_a"] == "a1"]
    assert to_first["difference"].to_numpy() == pytest.approx(-fit.params, abs=1e-6)
    assert to_first["se"].to_numpy() == pytest.approx(fit.bse, abs=1e-6)
    covariance = fit.cov_params()
    third = found[(found["employee_a"] == "a2") & (found["employee_b"] == "a3")].iloc[0]
    assert third["difference"] == pytest.approx(fit.params[0] - fit.params[1], abs=1e-6)
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert third["se"] == pytest.approx(sqrt(variance), abs=1e-6)


def test_strengths_are_around_the_mean_and_ties_pull_people_together():
    """8 of 10 against 2: log 4; with 10 ties more, 13 of 20 against 7."""
    plain = [*times(8, "x", "y", "a"), *times(2, "x", "y", "b", prefix="f")]
    tied = [*plain, *times(10, "x", "y", "tie", prefix="g")]
    assert strengths(*plain)["strength"].tolist() == pytest.approx(
        [log(8 / 2) / 2, -log(8 / 2) / 2]
    )
    found = strengths(*tied)
    assert found["strength"].tolist() == pytest.approx([log(13 / 7) / 2, -log(13 / 7) / 2])
    assert found["se"].iloc[0] == pytest.approx(sqrt(1 / 13 + 1 / 7) / 2)


def test_who_won_or_lost_everything_has_no_finite_strength():
    circle = [("m", "b", "c", "a"), ("m", "c", "d", "a"), ("m", "d", "b", "a")]
    over = [("m", "best", name, "a") for name in "bcd"]
    under = [("n", name, "worst", "a") for name in "bcd"]
    found = strengths(*circle, *over, *under)
    assert found["status"].to_dict() == {
        **dict.fromkeys("bcd", "separated"),
        "best": "won_all",
        "worst": "lost_all",
    }
    assert found.loc[["best", "worst"], ["strength", "se", "low", "high"]].isna().all(axis=None)
    assert found.loc[list("bcd"), "strength"].tolist() == pytest.approx([0, 0, 0], abs=1e-9)
    assert found["component"].tolist() == [1] * 5
    assert found["block"].nunique() == 3


def test_two_circles_of_which_one_always_wins_have_no_distance_between_them():
    upper = [("m", "a", "b", "a"), ("m", "b", "c", "a"), ("m", "c", "a", "a")]
    lower = [("m", "x", "y", "a"), ("m", "y", "z", "a"), ("m", "z", "x", "a")]
    result = paired_comparison(judged(*upper, *lower, ("n", "a", "x", "a")), "tact")
    found = result.strengths.set_index("employee_id")
    assert set(found["status"]) == {"separated"}
    assert found["block"].tolist() == [1, 1, 1, 2, 2, 2]
    assert len(result.differences) == 3 + 3
    # The win of a over x says nothing of a's place among a, b and c.
    assert found.loc["a", "strength"] == pytest.approx(0, abs=1e-9)


def test_the_middle_of_a_chain_has_no_strength_either():
    found = strengths(("m", "a", "b", "a"), ("m", "b", "c", "a"))
    assert found["status"].tolist() == ["won_all", "separated", "lost_all"]
    assert found["strength"].isna().all()


def test_groups_without_a_common_judgement_do_not_compare():
    both = [("m", "a", "b", "a"), ("n", "a", "b", "b"), ("m", "x", "y", "a"), ("n", "x", "y", "b")]
    result = paired_comparison(judged(*both), "tact", employees=["new", "a"])
    found = result.strengths.set_index("employee_id")
    assert found["component"].to_dict() == {"a": 1, "b": 1, "new": 2, "x": 3, "y": 3}
    assert found["status"].to_dict() == {
        **dict.fromkeys("abxy", "disconnected"),
        "new": "not_judged",
    }
    assert found["comparisons"]["new"] == 0
    assert pd.isna(found["share"]["new"])
    pairs = result.differences[["employee_a", "employee_b"]].to_numpy().tolist()
    assert pairs == [["a", "b"], ["x", "y"]]


def test_one_person_whom_nobody_judged_leaves_the_others_connected():
    found = strengths(("m", "a", "b", "a"), ("n", "a", "b", "b"), employees=["new"])
    assert found["status"].tolist() == ["ok", "ok", "not_judged"]


@pytest.mark.requirement("C-04")
def test_unjudged_pairs_are_listed():
    found = paired_comparison(
        judged(("m", "a", "b", "a"), ("m", "c", "b", "tie")), "tact", employees=["d"]
    ).unjudged
    assert found.to_numpy().tolist() == [["a", "c"], ["a", "d"], ["b", "d"], ["c", "d"]]


@pytest.mark.requirement("C-04")
def test_a_circular_triad_is_listed_for_its_evaluator():
    """m: ann > bob > cid > ann. n: no circle."""
    found = paired_comparison(
        judged(
            ("m", "bob", "ann", "b"),
            ("m", "bob", "cid", "a"),
            ("m", "cid", "ann", "a"),
            ("n", "ann", "bob", "a"),
            ("n", "bob", "cid", "a"),
            ("n", "ann", "cid", "a"),
        ),
        "tact",
    )
    assert found.triads.to_numpy().tolist() == [["m", "ann", "bob", "cid"]]
    rows = found.consistency.set_index("evaluator_id")
    # One circle is all that three people can make: (3^3 - 3) / 24 = 1.
    assert rows["zeta"].to_dict() == {"m": 1 - 1 / ((3**3 - 3) / 24), "n": 1.0}
    assert rows["n_triads"].to_dict() == {"m": 1, "n": 0}
    assert rows["status"].tolist() == ["ok", "ok"]


@pytest.mark.requirement("C-04")
def test_zeta_of_four_people_with_one_circle():
    """At most (4^3 - 4 x 4) / 24 = 2 circles; here d loses to all, and a, b, c go round."""
    found = paired_comparison(
        judged(
            ("m", "a", "b", "a"),
            ("m", "b", "c", "a"),
            ("m", "c", "a", "a"),
            *(("m", name, "d", "a") for name in "abc"),
        ),
        "tact",
    ).consistency
    assert found["n_triads"].tolist() == [1]
    assert found["zeta"].tolist() == [1 - 1 / ((4**3 - 4 * 4) / 24)]


def test_circles_of_a_complete_evaluator_are_as_many_as_his_wins_say():
    """Kendall and Babington Smith: d = n (n - 1) (2 n - 1) / 12 - sum of wins squared / 2."""
    rng = np.random.default_rng(9)
    people = [f"p{number}" for number in range(9)]
    rows = [("m", a, b, str(rng.choice(["a", "b"]))) for a, b in combinations(people, 2)]
    found = paired_comparison(judged(*rows), "tact")
    wins = found.strengths["wins"]
    circles = 9 * 8 * 17 / 12 - (wins**2).sum() / 2
    assert len(found.triads) == circles > 10
    assert found.consistency["zeta"].tolist() == [1 - 24 * circles / (9**3 - 9)]


def test_there_is_no_zeta_for_two_people_missing_pairs_or_ties():
    found = paired_comparison(
        judged(
            ("few", "a", "b", "a"),
            ("gap", "a", "b", "a"),
            ("gap", "b", "c", "a"),
            ("tie", "a", "b", "a"),
            ("tie", "b", "c", "a"),
            ("tie", "a", "c", "tie"),
        ),
        "tact",
    ).consistency
    assert found["status"].tolist() == ["too_few", "incomplete", "ties"]
    assert found["zeta"].isna().all()
    assert found["n_ties"].tolist() == [0, 0, 1]


def test_a_pair_judged_both_ways_by_one_evaluator_is_one_verdict():
    result = paired_comparison(
        judged(
            *times(2, "a", "b", "b"),
            ("twice", "a", "b", "a"),
            ("twice", "b", "a", "b"),
            ("torn", "a", "b", "a"),
            ("torn", "b", "a", "a"),
        ),
        "tact",
    )
    assert result.doubled.to_dict("records") == [
        {"evaluator_id": "torn", "employee_a": "a", "employee_b": "b", "n": 2, "agree": False},
        {"evaluator_id": "twice", "employee_a": "a", "employee_b": "b", "n": 2, "agree": True},
    ]
    # Two verdicts for b, one for a, one that balances.
    assert result.strengths["wins"].tolist() == [1 + 0.5, 2 + 0.5]
    assert result.strengths["comparisons"].tolist() == [4, 4]


def test_no_judgements_are_a_result():
    found = paired_comparison(judged(), "tact", employees=["a", "b"])
    assert found.strengths["status"].tolist() == ["not_judged", "not_judged"]
    assert found.unjudged.to_numpy().tolist() == [["a", "b"]]
    assert all(
        table.empty for table in (found.differences, found.consistency, found.triads, found.doubled)
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("m", "a", "a", "a"), r"row 1: 'a' is compared with himself or herself; name two people"),
        (("m", "a", "b", "A"), r"row 1, column 'winner': 'A' is no winner; write a, b or tie"),
        (("m", "a", "b", None), "column 'winner'"),
        (("a", "a", "b", "b"), r"row 1, column 'evaluator_id': 'a' judges himself or herself"),
    ],
)
def test_judgements_that_cannot_be_meant_are_refused_with_their_row(row, message):
    with pytest.raises(InputError, match=message):
        paired_comparison(judged(("m", "x", "y", "a"), row), "tact")


def test_several_cycles_and_an_unknown_criterion_are_refused():
    rows = judged(("m", "x", "y", "a"), ("m", "x", "z", "a"))
    with pytest.raises(InputError, match=r"nobody judged 'tac' \(meant 'tact'\?\); there are tact"):
        paired_comparison(rows, "tac")
    with pytest.raises(InputError, match=r"rows of 2026-09, 2026-10; give those of one cycle"):
        paired_comparison(rows.assign(cycle_id=["2026-09", "2026-10"]), "tact")


PEOPLE = ("a", "b", "c", "d", "e")
JUDGEMENTS = st.lists(
    st.tuples(
        st.sampled_from(["m", "n", "o"]),
        st.sampled_from(list(combinations(PEOPLE, 2))),
        st.booleans(),
        st.sampled_from(["a", "b", "tie"]),
    ).map(lambda drawn: (drawn[0], *drawn[1][:: -1 if drawn[2] else 1], drawn[3])),
    min_size=1,
    max_size=40,
)
TABLES = ("strengths", "differences", "consistency", "triads", "unjudged", "doubled")


@settings(max_examples=50, deadline=None)
@given(JUDGEMENTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_of_the_two_people_changes_nothing(rows, random):
    other = {"a": "b", "b": "a", "tie": "tie"}
    turned = [
        (who, b, a, other[winner]) if random.random() < 0.5 else (who, a, b, winner)
        for who, a, b, winner in random.sample(rows, len(rows))
    ]
    first, second = (paired_comparison(judged(*each), "tact") for each in (rows, turned))
    for table in TABLES:
        assert_frame_equal(getattr(first, table), getattr(second, table), rtol=1e-9)


@settings(max_examples=50, deadline=None)
@given(JUDGEMENTS, st.permutations(PEOPLE))
def test_other_ids_change_nothing_but_the_ids(rows, new):
    names = dict(zip(PEOPLE, new, strict=True))
    renamed = [(who, names[a], names[b], winner) for who, a, b, winner in rows]
    plain, other = strengths(*rows), strengths(*renamed)
    other = other.loc[plain.index.map(names)]
    numbers = ["wins", "comparisons", "share", "strength", "se", "low", "high"]
    for name in numbers:
        assert other[name].tolist() == pytest.approx(plain[name].tolist(), abs=1e-6, nan_ok=True), (
            name
        )
    assert other["status"].tolist() == plain["status"].tolist()
    for name in ("component", "block"):
        numbers = [column[name].to_numpy() for column in (plain, other)]
        together = [np.equal.outer(each, each) for each in numbers]
        assert (together[0] == together[1]).all()


@settings(max_examples=50, deadline=None)
@given(JUDGEMENTS)
def test_wins_add_up_and_strengths_reproduce_them(rows):
    """Every verdict gives one win; at the maximum the wins expected are those observed."""
    found = paired_comparison(judged(*rows), "tact")
    table = found.strengths.set_index("employee_id")
    assert table["wins"].sum() == table["comparisons"].sum() / 2
    whole = table[table["status"] == "ok"]
    if len(whole) == len(table):
        verdicts = {}
        for who, a, b, winner in rows:
            key = (who, *sorted((a, b)))
            ahead = {"a": 1, "b": -1, "tie": 0}[winner] * (1 if a < b else -1)
            verdicts[key] = verdicts.get(key, 0) + ahead
        expected = dict.fromkeys(table.index, 0.0)
        for _, a, b in verdicts:
            p = 1 / (1 + np.exp(table["strength"][b] - table["strength"][a]))
            expected[a] += p
            expected[b] += 1 - p
        assert list(expected.values()) == pytest.approx(table["wins"].tolist(), abs=1e-4)
