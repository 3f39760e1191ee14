"""Paired comparison: who is better at one skill, judged two people at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import choix
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame
from scipy.sparse.csgraph import connected_components
from scipy.special import expit

from csperf.errors import InputError, Problem, meant, shown
from csperf.indicators.intervals import normal

Matrix = NDArray[np.float64]

FOR_A = {"a": 1, "tie": 0, "b": -1}
PAIR = ["employee_a", "employee_b"]
ONE_VERDICT = ["evaluator_id", *PAIR]
MOST_STEPS = 10_000
STRENGTHS = [
    *("employee_id", "wins", "comparisons", "share", "component", "block"),
    *("strength", "se", "low", "high", "status"),
]
DIFFERENCES = [*PAIR, "difference", "se", "low", "high"]
CONSISTENCY = ["evaluator_id", "n_employees", "n_pairs", "n_ties", "n_triads", "zeta", "status"]
TRIADS = ["evaluator_id", "employee_1", "employee_2", "employee_3"]
DOUBLED = [*ONE_VERDICT, "n", "agree"]


@dataclass(frozen=True)
class Pairs:
    """Result of `paired_comparison`, a table a question.

    `strengths` has a row an employee; `differences` one for every two whose strengths compare;
    `consistency` one an evaluator; `triads` one a circle, where 1 beats 2, 2 beats 3 and 3 beats 1;
    `unjudged` one a pair that nobody judged; `doubled` one an evaluator and pair judged more than
    once, with whether the answers agree.

    status of strengths

    ok            everybody judged is in one block
    disconnected  no judgement, not even through others, links the person's component to others
    separated     the person's block won, or lost, every judgement against each other block, so that
                  no distance between them is finite; alone in it, without a strength
    won_all       no finite strength: nobody ever beat or equalled the person
    lost_all      no finite strength: the person never beat or equalled anybody
    not_judged    no judgement at all

    status of consistency: `ok`, or why there is no zeta, the coefficient that is 1 without circles
    and 0 with as many as there can be: `too_few` people, `incomplete` pairs, `ties`.
    """

    strengths: DataFrame
    differences: DataFrame
    consistency: DataFrame
    triads: DataFrame
    unjudged: DataFrame
    doubled: DataFrame


def paired_comparison(
    judgements: DataFrame,
    criterion: str,
    employees: Iterable[str] = (),
    where: str = "pair_judgements",
) -> Pairs:
    """Wins and Bradley-Terry strengths of the people compared on one criterion.

    Parameters
    ----------
    judgements : DataFrame
        Rows of one cycle: evaluator_id, criterion_id, employee_a, employee_b, winner (a, b, tie).
    criterion : str
        The skill; judgements of others are left out.
    employees : Iterable of str
        People who should have been judged, for those whom nobody did.

    Returns
    -------
    Pairs
        Strengths are logits around the mean of their block: the better of two wins with
        probability 1 / (1 + exp(-difference)). They have a 95 % interval and compare only within
        a block.

    Raises
    ------
    InputError
        For unknown words in winner, people compared with themselves, evaluators who judge
        themselves, several cycles, and a criterion that nobody judged.

    Notes
    -----
    An evaluator has one verdict on a pair: of several judgements the more frequent answer, a tie if
    they balance. A tie is half a win for both. Strengths exist where each of any two people has won
    against the other, if only through others (Ford 1957, American Mathematical Monthly 64).
    Standard errors are of the observed information, as if verdicts were independent.

    zeta = 1 - 24 d / (n^3 - n) for odd n, 1 - 24 d / (n^3 - 4 n) for even n, d circles among n
    people (Kendall and Babington Smith 1940, Biometrika 31).
    """
    given = _given(judgements, criterion, where)
    answers = _answers(given)
    verdicts = answers.assign(verdict=np.sign(answers["balance"]))
    people = sorted({*given["employee_a"], *given["employee_b"], *employees})
    won = _won(verdicts, people)
    strengths, covariance = _strengths(won, people)
    circles = [
        (evaluator, *circle)
        for evaluator, own in verdicts.groupby("evaluator_id")
        for circle in _circles(own)
    ]
    triads = DataFrame(circles, columns=TRIADS, dtype="str")
    return Pairs(
        strengths=strengths,
        differences=_differences(strengths, covariance),
        consistency=_consistency(verdicts, triads),
        triads=triads,
        unjudged=_unjudged(won, people),
        doubled=answers.loc[answers["n"] > 1, DOUBLED].reset_index(drop=True),
    )


def _given(judgements: DataFrame, criterion: str, where: str) -> DataFrame:
    """Judgements of the criterion; InputError for those that cannot be meant."""
    known = sorted(set(judgements["criterion_id"]))
    if known and criterion not in known:
        found = f"nobody judged {shown(criterion)}{meant(criterion, known)}"
        raise InputError(Problem(where, found, f"there are {', '.join(known)}"))
    given = judgements[judgements["criterion_id"] == criterion]
    problems = list(_problems(given, where))
    if problems:
        raise InputError(problems)
    return given


def _problems(given: DataFrame, where: str) -> Iterator[Problem]:
    cycles = sorted(set(given["cycle_id"])) if "cycle_id" in given else []
    if len(cycles) > 1:
        yield Problem(where, f"rows of {', '.join(cycles)}", "give those of one cycle")
    for row in given.itertuples():
        if row.winner not in FOR_A:
            found = f"{shown(row.winner)} is no winner"
            yield Problem(where, found, "write a, b or tie", row.Index, "winner")
        if row.employee_a == row.employee_b:
            found = f"{shown(row.employee_a)} is compared with himself or herself"
            yield Problem(where, found, "name two people", row.Index)
        elif row.evaluator_id in (row.employee_a, row.employee_b):
            found = f"{shown(row.evaluator_id)} judges himself or herself"
            yield Problem(where, found, "leave it to others", row.Index, "evaluator_id")


def _answers(given: DataFrame) -> DataFrame:
    """What each evaluator said of each pair, employee_a being the first in the alphabet.

    `balance` is how many more of the n judgements are for employee_a than for employee_b.
    """
    swapped = given["employee_a"] > given["employee_b"]
    answer = given["winner"].map(FOR_A).astype("int64")
    ordered = DataFrame(
        {
            "evaluator_id": given["evaluator_id"],
            "employee_a": given["employee_a"].mask(swapped, given["employee_b"]),
            "employee_b": given["employee_b"].mask(swapped, given["employee_a"]),
            "answer": answer.mask(swapped, -answer),
        }
    )
    answers = ordered.groupby(ONE_VERDICT, as_index=False)["answer"]
    found = answers.agg(n="size", balance="sum", kinds="nunique")
    return found.assign(agree=found["kinds"] == 1)


def _won(verdicts: DataFrame, people: list[str]) -> Matrix:
    """Wins of the person of the row against the person of the column, ties half."""
    won = np.zeros((len(people), len(people)))
    places = pd.Index(people)
    a, b = (places.get_indexer(verdicts[column]) for column in PAIR)
    np.add.at(won, (a, b), (1 + verdicts["verdict"]) / 2)
    np.add.at(won, (b, a), (1 - verdicts["verdict"]) / 2)
    return won


def _strengths(won: Matrix, people: list[str]) -> tuple[DataFrame, Matrix]:
    """The table of strengths, and the covariances of the strengths within blocks."""
    component, block = (_linked(won, how) for how in ("weak", "strong"))
    strength = np.full(len(won), np.nan)
    covariance = np.full(won.shape, np.nan)
    for number in np.unique(block):
        mine = np.flatnonzero(block == number)
        if len(mine) > 1:
            square = np.ix_(mine, mine)
            strength[mine], covariance[square] = _bradley_terry(won[square])
    wins, comparisons = won.sum(axis=1), (won + won.T).sum(axis=1)
    se = np.sqrt(np.diag(covariance))
    low, high = normal(strength, se)
    table = DataFrame(
        {
            "employee_id": pd.array(people, dtype="str"),
            "wins": wins,
            "comparisons": comparisons.round().astype(int),
            "share": np.divide(wins, comparisons, where=comparisons > 0, out=wins * np.nan),
            "component": component,
            "block": block,
            "strength": strength,
            "se": se,
            "low": low,
            "high": high,
            "status": _status(wins, comparisons, component, block),
        }
    )
    return table[STRENGTHS], covariance


def _linked(won: Matrix, how: str) -> NDArray[np.int64]:
    """Number of each person's component: weak, linked at all; strong, by wins both ways."""
    _, labels = connected_components(won > 0, connection=how)
    return pd.factorize(labels)[0] + 1


def _status(
    wins: Matrix, comparisons: Matrix, component: NDArray[np.int64], block: NDArray[np.int64]
) -> NDArray[np.str_]:
    judged = comparisons > 0
    blocks_of = {number: len({*block[component == number]}) for number in component}
    apart = np.array([blocks_of[number] > 1 for number in component], dtype=bool)
    several = len({*component[judged]}) > 1
    return np.select(
        [~judged, wins == comparisons, wins == 0, apart],
        ["not_judged", "won_all", "lost_all", "separated"],
        "disconnected" if several else "ok",
    )


def _bradley_terry(won: Matrix) -> tuple[Matrix, Matrix]:
    """Maximum-likelihood strengths around their mean, and their covariances.

    The information matrix of the strengths has the null vector 1, since only differences show;
    adding it before inverting, and taking it off again, gives the covariances around the mean.
    """
    halves = np.rint(2 * won).astype(int)
    data = [pair for pair in zip(*halves.nonzero(), strict=True) for _ in range(halves[pair])]
    strength = choix.ilsr_pairwise(len(won), data, max_iter=MOST_STEPS)
    strength -= strength.mean()
    p = expit(np.subtract.outer(strength, strength))
    weight = (won + won.T) * p * (1 - p)
    information = np.diag(weight.sum(axis=1)) - weight
    mean = np.full(won.shape, 1 / len(won))
    return strength, np.linalg.inv(information + mean) - mean


def _differences(strengths: DataFrame, covariance: Matrix) -> DataFrame:
    """Strength of a minus strength of b, for every two of a block."""
    block, strength = strengths["block"].to_numpy(), strengths["strength"].to_numpy()
    a, b = np.triu_indices(len(strengths), 1)
    same = block[a] == block[b]
    a, b = a[same], b[same]
    variance = np.diag(covariance)
    difference = strength[a] - strength[b]
    se = np.sqrt(variance[a] + variance[b] - 2 * covariance[a, b])
    low, high = normal(difference, se)
    ids = strengths["employee_id"]
    return DataFrame(
        {
            "employee_a": ids.iloc[a].array,
            "employee_b": ids.iloc[b].array,
            "difference": difference,
            "se": se,
            "low": low,
            "high": high,
        }
    )[DIFFERENCES]


def _circles(own: DataFrame) -> Iterator[tuple[str, str, str]]:
    """Circular triads in one evaluator's verdicts, each from its first person in the alphabet."""
    decided = own[own["verdict"] != 0]
    first_wins = decided["verdict"] > 0
    winners = decided["employee_a"].where(first_wins, decided["employee_b"])
    losers = decided["employee_b"].where(first_wins, decided["employee_a"])
    beaten = {winner: sorted(theirs) for winner, theirs in losers.groupby(winners)}
    for a in beaten:
        for b in beaten[a]:
            closing = (c for c in beaten.get(b, ()) if a in beaten.get(c, ()))
            yield from ((a, b, c) for c in closing if a < min(b, c))


def _consistency(verdicts: DataFrame, triads: DataFrame) -> DataFrame:
    """Each evaluator's verdicts, circles and coefficient of consistency."""
    circles = triads["evaluator_id"].value_counts()
    rows = []
    for evaluator, own in verdicts.groupby("evaluator_id"):
        n, ties = len({*own["employee_a"], *own["employee_b"]}), int((own["verdict"] == 0).sum())
        found = int(circles.get(evaluator, 0))
        status = _why_not(n, len(own), ties) or "ok"
        most = (n**3 - (n if n % 2 else 4 * n)) / 24
        zeta = 1 - found / most if status == "ok" else np.nan
        rows.append((evaluator, n, len(own), ties, found, zeta, status))
    return DataFrame(rows, columns=CONSISTENCY)


def _why_not(n: int, pairs: int, ties: int) -> str:
    """Why a coefficient of consistency cannot be computed; nothing if it can."""
    if n < 3:
        return "too_few"
    if pairs < n * (n - 1) / 2:
        return "incomplete"
    return "ties" if ties else ""


def _unjudged(won: Matrix, people: list[str]) -> DataFrame:
    """Pairs of people whom nobody compared."""
    a, b = np.nonzero(np.triu(won + won.T == 0, 1))
    ids = pd.array(people, dtype="str")
    return DataFrame({"employee_a": ids[a], "employee_b": ids[b]})
