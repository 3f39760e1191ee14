"""The page of an evaluator: what it says of the own ratings, and that it tells of nobody else."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame

from csperf.calibration.adjust import ALONE, EXACT, MIXED, TOO_FEW
from csperf.params import Cycle
from csperf.reporting.evaluations import EvaluatorsView, view_of
from csperf.reporting.evaluator import evaluator_pages
from csperf.reporting.text import Messages
from csperf.tables import OUTPUT_TABLES

PEOPLE = [f"employee-canary-{n:02}" for n in range(12)]
CYCLE = Cycle.parse("2026-10")


def rated(*severities: float, seed: int = 1, people: list[str] = PEOPLE, **more: Any) -> DataFrame:
    """Everybody rated on two criteria by `rater-canary-0` and on, who take off points."""
    rng = np.random.default_rng(seed)
    level = {who: 60 + 2.5 * place for place, who in enumerate(people)}
    rows = [
        (who, f"rater-canary-{n}", criterion, level[who] - severity + rng.normal(0, 1.5))
        for n, severity in enumerate(severities)
        for who in people
        for criterion in ("tone", "facts")
    ]
    names = ["employee_id", "evaluator_id", "criterion_id", "score"]
    about = {"cycle_id": CYCLE.id, "evaluator_type": "manager", **more}
    return DataFrame(rows, columns=names).assign(**about)


def view(known: DataFrame, **more: Any) -> EvaluatorsView:
    words = {"organisation": "demo", "titles": {"manager": "Manager"}, "text": Messages.load("en")}
    nothing = {"teams": DataFrame(), "fairness": OUTPUT_TABLES["fairness"].empty(), "anonymous": {}}
    return view_of(known, CYCLE, **{**words, **nothing, **more})


def pages(known: DataFrame, **more: Any) -> dict[str, str]:
    return dict(evaluator_pages(view(known, **more)))


def words(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", page[page.index("<main") :]))


def page_of_first(known: DataFrame, **more: Any) -> str:
    return words(pages(known, **more)["rater-canary-0"])


@pytest.mark.requirement("L-03", "D-05")
def test_an_evaluator_reads_how_many_points_less_than_others_and_how_sure_that_is() -> None:
    """Severities of 8 and four times 0 are 6.4 and -1.6 from their mean; noise of 1.5 points."""
    seen = view(rated(8, 0, 0, 0, 0))
    rows = seen.calibration.severities.set_index("evaluator_id")
    first = rows.loc["rater-canary-0"]
    low, high = (first["severity"] + sign * 1.959964 * first["se"] for sign in (-1, 1))
    text = words(dict(evaluator_pages(seen))["rater-canary-0"])
    assert low < 6.4 < high and high - low < 2  # so narrow that a digit is given
    expected = (
        f"about {first['severity']:.1f} points lower than evaluators of your kind do on average"
    )
    assert f"You rate {expected}, you among them ({low:.1f} to {high:.1f})." in text
    assert f"gives back {first['shrunken']:.1f} points" in text
    assert "You rated 12 people as Manager, with 24 scores in all." in text
    other = words(dict(evaluator_pages(seen))["rater-canary-1"])
    assert "points higher than evaluators of your kind do" in other and "takes off" in other
    assert all("It does not say that you are wrong" in page for page in (text, other))
    assert all("nothing here that you need to change" not in page for page in (text, other))


def test_whole_points_are_enough_where_little_is_known() -> None:
    text = page_of_first(rated(8, 0, 0, 0, people=PEOPLE[:3], seed=4))
    found = re.search(r"You rate about (\S+) points lower .* \((\S+) to (\S+)\)\.", text)
    assert found and all(number.isdecimal() for number in found.groups())


def test_a_difference_that_chance_explains_is_called_none() -> None:
    text = page_of_first(rated(0, 0.3, -0.3, 0))
    assert "You rate about as others do" in text
    assert re.search(r"anywhere between \S+ lower and \S+ higher, in points", text)
    assert "There is nothing here that you need to change." in text
    assert "you are wrong" not in text


@pytest.mark.requirement("L-03", "L-07")
def test_of_two_evaluators_neither_page_depends_on_what_the_other_gave() -> None:
    known = rated(5, 0)
    mine = known["evaluator_id"] == "rater-canary-0"
    assert "only one other evaluator can be compared with you" in page_of_first(known)
    for change in (-20, 9, 30):
        moved = known.assign(score=known["score"].where(mine, known["score"] + change))
        assert page_of_first(moved) == page_of_first(known)


def test_beside_two_others_no_number_of_points_is_told() -> None:
    texts = {page_of_first(rated(gap, 0, 0)) for gap in (4, 8)}
    for text in texts:
        assert "You rate clearly lower than evaluators of your kind do on average" in text
        assert "HR can talk with you about your own ratings, but not about what others" in text
        assert not re.search(r"\d points (lower|higher|harder|milder)", text)
        assert "gives back" not in text and "others' scores lies" not in text
        assert "Share of all others" not in text


def test_beside_two_others_without_a_clear_difference_it_says_why_there_are_no_numbers() -> None:
    text = page_of_first(rated(0, 0.2, -0.2))
    assert "Numbers are not printed: only two others can be compared with you" in text
    assert "By how many points" not in text


@pytest.mark.requirement("L-03", "L-07")
def test_of_a_chain_of_evaluators_only_those_who_rated_the_same_people_count() -> None:
    """Each rates the four people of the next one too; the ends meet one other, the others two."""
    known = rated(9, 0, -9, 0, 5, people=[f"p{n:02}" for n in range(24)])
    place = known["employee_id"].str[1:].astype(int)
    first = 4 * known["evaluator_id"].str[-1].astype(int)
    chain = known[(place >= first) & (place < first + 8)].reset_index(drop=True)
    told = {id: words(page) for id, page in pages(chain).items()}
    assert view(chain).calibration.severities["subset"].nunique() == 1
    for end in (0, 4):
        assert "only one other evaluator can be compared with you" in told[f"rater-canary-{end}"]
    for middle in (1, 2, 3):
        assert "only two others can be compared with you" in told[f"rater-canary-{middle}"]
    for text in told.values():
        assert not re.search(r"\d points (lower|higher|harder|milder)", text)
        assert "gives back" not in text and "takes off" not in text


def test_who_rated_the_same_people_on_other_criteria_does_not_count() -> None:
    known = rated(5, 0, 0, 0)
    odd = known["evaluator_id"].isin(["rater-canary-2", "rater-canary-3"])
    other = known.assign(criterion_id=known["criterion_id"].where(~odd, "speed"))
    other = pd.concat([other, rated(0, 0).replace({"criterion_id": {"tone": "speed"}})])
    other = other.drop_duplicates(["employee_id", "evaluator_id", "criterion_id"])
    first = other["evaluator_id"] == "rater-canary-0"
    other = other[~(first & (other["criterion_id"] == "speed"))].reset_index(drop=True)
    assert "only one other evaluator can be compared with you" in page_of_first(other)


def test_evaluators_who_are_parallel_to_the_point_read_that_nothing_sure_can_be_told() -> None:
    level = rated(0).assign(score=[60.0 + n for n in range(24)])
    known = pd.concat(
        [level.assign(evaluator_id=f"rater-canary-{n}", score=level["score"] - n) for n in range(4)]
    ).reset_index(drop=True)
    assert (view(known).calibration.severities["status"] == "exact").all()
    text = page_of_first(known)
    assert "How sure a comparison with others would be cannot be told" in text
    assert "all of your ratings could be compared" in text
    few = known[known["evaluator_id"] < "rater-canary-2"].reset_index(drop=True)
    assert "How sure" not in page_of_first(few)
    assert "only one other evaluator can be compared with you" in page_of_first(few)


def test_every_status_of_a_severity_has_its_words_on_both_pages() -> None:
    text = Messages.load("en")
    for status in (ALONE, TOO_FEW, MIXED, EXACT):
        assert text(f"evaluator.{status}") and text(f"calibration.severity_status.{status}")


def test_one_is_written_in_the_singular() -> None:
    text = page_of_first(
        pd.concat(
            [rated(0, 0, 0), rated(0, people=["x"]).assign(evaluator_id="far")], ignore_index=True
        )
    )
    assert "1 people" not in text and "1 points" not in text
    far = pages(
        pd.concat(
            [rated(0, 0), rated(0, people=["x"]).assign(evaluator_id="far")], ignore_index=True
        )
    )["far"]
    assert "You rated one person as Manager" in words(far)


@pytest.mark.requirement("L-03", "L-07")
def test_a_page_names_nobody_else_and_none_of_the_people() -> None:
    for evaluator, page in pages(rated(8, 0, 0, 0, 0)).items():
        named = set(re.findall(r"(?:rater|employee)-canary-\d+", page))
        assert named == {evaluator}


def test_a_page_has_no_script_and_loads_nothing() -> None:
    page = pages(rated(8, 0, 0, 0))["rater-canary-0"]
    assert "default-src 'none'" in page and "<script" not in page and "://" not in page
    hostile = rated(8, 0, 0, 0).replace({"evaluator_id": {"rater-canary-0": "<script>"}})
    assert "<script" not in pages(hostile)["<script>"]


def test_a_habit_that_is_clear_comes_with_what_to_practise() -> None:
    seen = view(rated(0, 0, 0, 0))
    effects = seen.calibration.effects
    halo = (effects["effect"] == "halo") & (effects["evaluator_id"] == "rater-canary-0")
    flagged = effects.assign(flag=halo.map({True: "halo", False: ""}))
    found = seen.calibration._replace(effects=flagged)
    told = dict(evaluator_pages(EvaluatorsView(**{**vars(seen), "calibration": found})))
    assert "one impression colours all criteria" in words(told["rater-canary-0"])
    assert "rate one criterion for everybody before the next" in words(told["rater-canary-0"])
    assert "No habit shows clearly" in words(told["rater-canary-1"])


def test_who_shares_nobody_reads_that_nothing_can_be_told_and_why() -> None:
    apart = rated(0, people=["x", "y", "z"]).assign(evaluator_id="far")
    told = pages(pd.concat([rated(0, 0, 0, 0), apart], ignore_index=True))
    assert words(told["far"]).count("nobody else rated any of your people") == 1
    assert "None of your ratings could be compared" in words(told["far"])
    assert "Habits are read off the comparison with others" in words(told["far"])
    assert "One other evaluator of your kind rated nobody in common" in words(
        told["rater-canary-0"]
    )


def test_people_whom_nobody_else_rated_are_counted() -> None:
    more = rated(0, people=["x", "y"])
    text = page_of_first(pd.concat([rated(0, 0, 0, 0), more], ignore_index=True))
    assert "2 of your 14 people were rated by nobody else" in text


def test_own_scores_stand_beside_the_share_of_all_others() -> None:
    text = page_of_first(rated(8, 0, 0, 0))
    assert "The middle half of your scores lies between" in text
    assert "The middle half of the others' scores lies between" in text
    assert "Share of all others" in text


def test_a_trend_is_told_in_points_a_cycle() -> None:
    """From 0 to 9 points in four months: 3 a month, of which the mean of four takes a quarter."""
    months = ("2026-07", "2026-08", "2026-09", "2026-10")
    known = [
        rated(3.0 * n, 0, 0, 0, seed=n, people=PEOPLE).assign(cycle_id=month)
        for n, month in enumerate(months)
    ]
    seen = view(pd.concat(known, ignore_index=True))
    drift = seen.drift.set_index("evaluator_id").loc["rater-canary-0"]
    assert drift["flag"] == "harsher" and drift["low"] < 3 * 3 / 4 < drift["high"]
    text = words(dict(evaluator_pages(seen))["rater-canary-0"])
    expected = f"Over 4 cycles you have grown harder by about {drift['per_cycle']:.1f} points"
    assert expected in text
    assert "A trend takes three cycles" in page_of_first(rated(1, 0, 0, 0))


def test_who_rates_as_two_kinds_reads_of_each_under_its_title() -> None:
    both = pd.concat([rated(8, 0, 0, 0), rated(0, 0, 0, 0, evaluator_type="peer")])
    page = pages(both.reset_index(drop=True))["rater-canary-0"]
    assert page.count("<h3>As Manager</h3>") == page.count("<h3>As peer</h3>") == 6


def test_who_stands_under_a_pseudonym_has_no_page() -> None:
    few = rated(0, people=PEOPLE[:2], evaluator_type="peer").assign(evaluator_id="shy")
    known = pd.concat([rated(0, 0, 0, 0), few], ignore_index=True)
    seen = view(known, anonymous={"peer": 3})
    assert set(dict(evaluator_pages(seen))) == {f"rater-canary-{n}" for n in range(4)}
    assert "shy" not in "".join(pages(known, anonymous={"peer": 3}).values())
    assert "shy" in pages(known)


def test_the_address_of_a_page_is_safe_and_tells_no_id_of_who_was_promised_anonymity() -> None:
    names = {f"rater-canary-{n}": name for n, name in enumerate(("anna", "../../BO <b>", "c", "d"))}
    known = rated(0, 0, 0, 0).replace({"evaluator_id": names})
    addresses = view(known).pages
    assert addresses["anna"] == "evaluators/anna.html"
    assert re.fullmatch(r"evaluators/[a-z0-9-]+\.html", addresses["../../BO <b>"])
    secret = view(known, anonymous={"manager": 3}).pages
    assert secret.keys() == addresses.keys() and len(set(secret.values())) == 4
    assert all(re.fullmatch(r"evaluators/anonymous-\w{12}\.html", path) for path in secret.values())
    also = pd.concat([known, rated(0).assign(evaluator_id="anna", evaluator_type="boss")])
    both = view(also.reset_index(drop=True), anonymous={"manager": 3}).pages
    assert both["anna"] == "evaluators/anna.html" and "anonymous" in both["c"]


def test_without_evaluations_there_are_no_pages() -> None:
    nobody = OUTPUT_TABLES["history"].empty()[["cycle_id"]]
    empty = rated(0)[:0].assign(cycle_id=nobody["cycle_id"])
    assert pages(empty) == {}
