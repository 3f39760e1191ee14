"""What holds of every score: it follows the values, and neither the order of rows nor the ids."""

import pandas as pd
import pytest
from drawing import draw
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from csperf import appraise, combine_evaluations, score
from csperf.appraisal import check_scheme, totals
from csperf.appraisal.chain import answer
from csperf.indicators import INDICATORS, check_indicators
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import INPUT_TABLES

CYCLE = Cycle.parse("2026-10")
USED = [name for name, row in INDICATORS.items() if row.direction != "none"]
PEOPLE = ["a", "b", "c", "d"]
GRID = 20  # values and limits are twentieths: equal ones do occur
BEYOND = 1e-9  # what adding binary fractions leaves over


def spread(least, most):
    """Different twentieths, rising."""
    numbers = st.lists(st.integers(1, GRID), min_size=least, max_size=most, unique=True)
    return numbers.map(lambda found: [each / GRID for each in sorted(found)])


def falling_points(n):
    return st.lists(st.integers(0, 100), min_size=n, max_size=n).map(
        lambda found: sorted(found, reverse=True)
    )


@st.composite
def scorings(draw_one, up):
    """Any scoring that fits an indicator that is better up or better down."""
    down_only, up_only = ["mirror", "inverse"], ["level_points", "rating"]
    kinds = ["steps", "linear", "rank_points", "t_score", "events", "target_ratio"]
    method = draw_one(st.sampled_from([*kinds, *(up_only if up else down_only)]))
    low, high = draw_one(spread(2, 2))
    if method == "steps":
        limits = draw_one(spread(1, 4))
        *earned, least = draw_one(falling_points(len(limits) + 1))
        bands = list(zip(limits[::-1] if up else limits, earned, strict=True))
        return {"method": "steps", "bands": [[*band] for band in bands], "otherwise": least}
    if method == "linear":
        return {"method": "linear", "floor": low if up else high, "target": high if up else low}
    if method == "events":
        return {"method": "bonus" if up else "deduction", "points": 100 * low, "cap": 50 * high}
    if method == "level_points":
        earned = draw_one(falling_points(GRID + 1))[::-1]
        levels = {f"{each / GRID:g}": points for each, points in enumerate(earned)}
        return {"method": "level_points", "points": levels}
    if method == "rating":
        return {"method": "rating", "scale": [0, 1]}
    if method in ("rank_points", "t_score"):
        return {"method": method}
    further = {"down": method} if method in down_only else {}
    return {"method": "target_ratio", "target": high, "cap_pct": draw_one(PER_CENT), **further}


PER_CENT = st.integers(50, 150)


@st.composite
def schemes(draw_one):
    """A scheme of up to four indicators, in groups or not."""
    names = draw_one(st.lists(st.sampled_from(USED), min_size=1, max_size=4, unique=True))
    parts = []
    for name in names:
        scoring = draw_one(scorings(INDICATORS[name].direction == "up"))
        weight = {} if scoring["method"] in ("bonus", "deduction") else {"weight": 1}
        parts.append({"indicator": name, "scoring": scoring, **weight})
    weighted = [part for part in parts if "weight" in part]
    assume(weighted)
    for part in weighted:
        part["weight"] = 100 / len(weighted)
    if draw_one(st.booleans()):
        parts = [{"id": "group", "parts": parts, "weight": 100}]
    scheme = Scheme.model_validate({"id": "s", "title": "S", "version": "1", "score": parts})
    assert check_indicators(scheme, "s") == []
    return scheme


@st.composite
def measured(draw_one, scheme):
    """A value for each person and indicator; some are missing."""
    rows = [
        (person, name, draw_one(st.integers(0, GRID)) / GRID, draw_one(STATUS))
        for person in PEOPLE
        for name in scheme.indicators
    ]
    return values_of(rows)


STATUS = st.sampled_from(["ok", "ok", "ok", "too_few"])


def values_of(rows):
    frame = pd.DataFrame(rows, columns=["employee_id", "indicator_id", "value", "status"])
    return frame.assign(numerator=frame["value"])


@pytest.mark.requirement("G0-1", "C-02")
@given(st.data())
@settings(max_examples=40)
def test_a_better_value_never_lowers_the_score(data):
    scheme = data.draw(schemes())
    before = data.draw(measured(scheme))
    usable = list(before.index[before["status"] == "ok"])
    assume(usable)
    row = data.draw(st.sampled_from(usable))
    person, name = before.loc[row, ["employee_id", "indicator_id"]]
    up = INDICATORS[name].direction == "up"
    room = (
        GRID - round(before.loc[row, "value"] * GRID) if up else round(before["value"][row] * GRID)
    )
    step = data.draw(st.integers(0, room)) * (1 if up else -1)
    better = round(before.loc[row, "value"] * GRID + step) / GRID
    after = before.copy()
    after.loc[row, ["value", "numerator"]] = better
    scores = score(before, scheme), score(after, scheme)
    component = next(path for path, leaf in scheme.components() if leaf.indicator == name)
    then, now = (rows.set_index(["employee_id", "component_id"])["score"] for rows in scores)
    assume(pd.notna(then[person, component]))  # else another part of the score is counted
    assert now[person, component] >= then[person, component] - BEYOND
    was, is_ = (totals(rows)[person] for rows in scores)
    assert pd.isna(was) == pd.isna(is_)
    assert pd.isna(was) or is_ >= was - BEYOND


@pytest.mark.requirement("L-12")
@given(st.data(), st.permutations(["p", "q", "r", "z"]), st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_neither_the_order_of_rows_nor_the_ids_matter_to_a_score(data, ids, random):
    scheme = data.draw(schemes())
    values = data.draw(measured(scheme))
    names = dict(zip(PEOPLE, ids, strict=True))
    order = random.sample(list(values.index), len(values))
    other = values.assign(employee_id=values["employee_id"].map(names)).loc[order]
    one, two = score(values, scheme), score(other.reset_index(drop=True), scheme)
    one = one.assign(employee_id=one["employee_id"].map(names))
    assert_frame_equal(in_order(one), in_order(two))


def in_order(rows):
    keys = [name for name in rows if name.endswith("_id") or name == "line"]
    return rows.sort_values(keys, ignore_index=True)


RANKED = Scheme.model_validate(
    {
        "id": "s",
        "title": "S",
        "version": "1",
        "evaluators": [{"type": "manager"}, {"type": "self"}, {"type": "peer"}],
        "criteria": [{"id": "service"}],
        "score": [
            {"id": kind, "criterion": "service", "evaluator": kind, "weight": weight}
            for kind, weight in {"manager": 60, "self": 10, "peer": 30}.items()
        ],
        "grades": [{"grade": "good", "from_score": 75}, {"grade": "poor", "from_score": 0}],
        "rules": [
            {
                "id": rule,
                "when": {rule: 1},
                "action": action,
                "amount": amount,
                "on_tie": "split",
                "approver": "HR",
            }
            for rule, action, amount in (
                ("rank_from_top", "bonus", 100),
                ("rank_from_bottom", "commission_deduction", -100),
            )
        ],
    }
)
GIVEN = """
    employee_id | evaluator_id | evaluator_type | score
    a           | m            | manager        | 90
    b           | m            | manager        | 80
    c           | m            | manager        | 70
    d           | m            | manager        | 60
    a           | a            | self           | 95
    a           | b            | peer           | 85
    a           | c            | peer           | 75
    a           | d            | peer           | 65
    b           | a            | peer           | 55
"""


@pytest.mark.requirement("L-12")
@pytest.mark.parametrize("ids", ["pqrs", "srqp", "rpsq"])
def test_neither_the_order_of_rows_nor_the_ids_matter_to_an_appraisal(ids):
    names = dict(zip(PEOPLE, ids, strict=True))
    one, two = appraised({}, False), appraised(names, True)
    for name in ("appraisals", "scores", "evaluation_scores", "proposals"):
        mine = getattr(one, name)
        mine = mine.assign(employee_id=mine["employee_id"].map(names))
        assert_frame_equal(in_order(mine), in_order(getattr(two, name)), obj=name)
    assert one.appraisals["rank"].tolist() == [1, 2, 3, 4]


def appraised(names, turned):
    rated = draw(GIVEN).assign(cycle_id=CYCLE.id, criterion_id="service")
    who = ["employee_id", "evaluator_id"]
    rated[who] = rated[who].replace(names)
    ids = pd.DataFrame({"employee_id": PEOPLE}, dtype="str").replace({"employee_id": names})
    begin = pd.Timestamp("2026-01-01")
    tables = {
        "evaluations": rated,
        "employees": ids.assign(name="N"),
        "assignments": ids.assign(team_id="t", from_date=begin, to_date=pd.NaT),
    }
    if turned:
        tables = {
            name: rows.iloc[[*range(len(rows))][::-1]].reset_index(drop=True)
            for name, rows in tables.items()
        }
    return appraise(tables, RANKED, CYCLE)


STATES = ["CALM", "WATCHED", "AGAIN"]
GRADES = ["good", "poor"]
EVENTS = ["annual", "mid_year", "contract_ends", "absent", "appeal_open"]


@st.composite
def chains(draw_one):
    """Rows as anybody might write them: some states and events are left out or told twice."""
    rows = []
    for number in range(draw_one(st.integers(0, 3))):
        rows.append(
            {
                "id": f"T{number}",
                "state": draw_one(st.sampled_from([*STATES, "any"])),
                "event": draw_one(st.sampled_from(EVENTS)),
                "grades": draw_one(st.sampled_from([[], ["good"], ["poor"], GRADES])),
                "to": draw_one(st.sampled_from([None, *STATES])),
                "as_in": draw_one(st.sampled_from([None, None, *STATES])),
            }
        )
    left_out = draw_one(st.sampled_from([None, None, None, *EVENTS]))
    rows += [
        {"id": f"all_{event}", "state": "any", "event": event, "change": change}
        for event, change in zip(EVENTS, (0, 1, 0, 0, 0), strict=True)
        if event != left_out
    ]
    listed = draw_one(st.lists(st.sampled_from(STATES), unique=True))
    return {"states": STATES, "start": "CALM", "transitions": rows, "listed": listed}


@pytest.mark.requirement("T14", "G0-1")
@given(chains())
@settings(max_examples=150)
def test_a_chain_has_one_answer_for_every_event_or_the_scheme_is_refused(chain):
    scheme = RANKED.model_dump(mode="json", exclude={"chain"}, exclude_defaults=True)
    scheme = Scheme.model_validate({**scheme, "chain": chain})
    cases = [
        (state, event, grade)
        for state in STATES
        for event in EVENTS
        for grade in (GRADES if event in ("annual", "mid_year") else [None])
    ]
    answers = [answer(scheme.chain, *case) for case in cases]
    silent = [case for case, said in zip(cases, answers, strict=True) if said is None]
    assert {said.state for said in answers if said is not None} <= {*STATES}
    problems = [str(problem) for problem in check_scheme(scheme, "s") if "chain" in str(problem)]
    assert len(problems) == len(silent)
    assert bool(problems) == bool(silent)


def test_the_evaluations_of_these_tests_are_as_declared():
    means = combine_evaluations(draw(GIVEN).assign(criterion_id="service"), RANKED)
    assert means["shown"].tolist() == [True, True, True, True, False, True, True]
    assert {*draw(GIVEN)} <= {*INPUT_TABLES["evaluations"].names}
