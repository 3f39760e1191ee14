"""A department's plan: versions of targets, whether they add up, roles, balance, consultation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame

from csperf.params import Cycle
from csperf.practice.planning import (
    adding_up,
    balance,
    consulted,
    role_sets,
    role_warnings,
    target_versions,
    targets_ahead,
)
from csperf.scheme import Scheme
from csperf.scheme.planned import has_plan, scheme_targets
from csperf.tables import INPUT_TABLES

MAY = Cycle.parse("2026-05")


def scheme(*parts: dict, roles: dict | None = None) -> Scheme:
    given = {"id": "x", "title": "X", "version": "1", "score": [*parts], "roles": roles or {}}
    return Scheme.model_validate(given)


def part(indicator: str, weight: float, **how: object) -> dict:
    linear = {"method": "linear", "floor": 0.2, "target": 0.5}
    return {"indicator": indicator, "weight": weight, "scoring": how or linear}


def targets(drawn: str) -> DataFrame:
    rows = draw(drawn).assign(
        period_start=pd.Timestamp(MAY.start), period_end=pd.Timestamp(MAY.last_day)
    )
    if "agreed_at" in rows:
        rows["agreed_at"] = pd.to_datetime(rows["agreed_at"], utc=True)
    return INPUT_TABLES["targets"].arrange(rows)


CONVERSION, RESPONSE = part("inquiry_conversion", 60), part("response_time_avg", 40)


def test_a_target_in_the_scheme_or_a_table_is_enough_to_plan_by() -> None:
    ranked = scheme(part("order_amount_total", 100, method="rank_points"))
    assert scheme_targets(scheme(CONVERSION, RESPONSE)) == {
        "inquiry_conversion": 0.5,
        "response_time_avg": 0.5,
    }
    assert has_plan([], scheme(CONVERSION, RESPONSE))
    assert has_plan(["goals"], ranked)
    assert not has_plan(["orders", "cases"], ranked)


@pytest.mark.requirement("A-12")
def test_a_changed_target_shows_both_values_and_what_it_does_not_say() -> None:
    found = target_versions(
        targets("""
        target_id | scope | scope_id | indicator_id | target | set_by | agreed_at  | reason
        t1        | team  | day      | refund_share | 0.50   | lee    | 2026-04-28 | plan
        t2        | team  | day      | refund_share | 0.45   | lee    | 2026-05-12 | strike
        t3        | team  | day      | refund_share | 0.40   |        | 2026-05-20 |
        t4        | team  | night    | refund_share | 0.40   | lee    | 2026-04-28 |
        """)
    )
    assert found[["before", "target"]].to_numpy().tolist() == [[0.50, 0.45], [0.45, 0.40]]
    assert list(found["mid_cycle"]) == [True, True]
    assert list(found["lacks"]) == ["", "reason, set_by"]
    assert targets_ahead(
        targets("""
        target_id | scope | scope_id | indicator_id       | target | agreed_at
        t2        | team  | day      | inquiry_conversion | 0.45   | 2026-05-12
        t1        | team  | day      | inquiry_conversion | 0.50   | 2026-04-28
        """),
        MAY,
    )["target"].to_list() == [0.45]


@pytest.mark.requirement("A-10", "A-09")
def test_teams_are_held_against_the_department_and_people_against_their_team() -> None:
    set_ = targets("""
        target_id | scope      | scope_id | indicator_id       | target
        d         | department | shop     | inquiry_conversion | 0.46
        a         | team       | day      | inquiry_conversion | 0.50
        b         | team       | night    | inquiry_conversion | 0.40
        k         | employee   | kim      | inquiry_conversion | 0.40
        m         | department | shop     | order_amount_total | 1000
        n         | team       | day      | order_amount_total | 700
        o         | department | shop     | response_time_avg  | 30
        p         | team       | day      | response_time_avg  | 36
    """)
    forecasts = draw("""
        scope_id | volume | indicator_id
        day      | 600    |
        night    | 400    |
        kim      | 50     |
    """).assign(indicator_id=np.nan)
    homes = draw("employee_id | team_id\nkim | day")
    found = adding_up(set_, forecasts, homes, "shop").set_index(["above", "indicator_id"])
    conversion = found.loc[("shop", "inquiry_conversion")]
    assert (conversion["together"], conversion["standing"]) == (pytest.approx(0.46), "adds_up")
    day = found.loc[("day", "inquiry_conversion")]
    assert (day["n_parts"], day["residual"], day["standing"]) == (1, pytest.approx(0.1), "short")
    assert found.loc[("night", "inquiry_conversion"), "standing"] == "no_parts"
    sales = found.loc[("shop", "order_amount_total")]
    assert (sales["together"], sales["residual"], sales["standing"]) == (700, 300, "short")
    # Slower than the department means to be, though the number is larger.
    assert found.loc[("shop", "response_time_avg"), "standing"] == "short"
    unknown = adding_up(set_, forecasts.head(1), homes, "shop").set_index("above")
    assert unknown.loc["shop", "standing"].to_list()[0] == "no_volume"


@pytest.mark.requirement("A-15", "K-02")
def test_one_set_for_all_roles_is_warned_of_and_a_set_of_ones_own_is_not() -> None:
    one = scheme(CONVERSION, RESPONSE)
    sets = role_sets(one, ["pre_sales", "after_sales"])
    assert list(sets["stage"].unique()) == ["after_sales", "pre_sales"]
    assert list(sets.loc[sets["role"] == "pre_sales", "weight"]) == [60, 40]
    assert role_warnings(sets) == [("one_size", "after_sales, pre_sales")]
    assert role_warnings(role_sets(one, ["pre_sales"])) == []
    own = {"after_sales": {"score": [part("refund_share", 100)]}}
    apart = scheme(CONVERSION, RESPONSE, roles=own)
    assert role_warnings(role_sets(apart, ["pre_sales", "after_sales"])) == []


@pytest.mark.requirement("A-15")
@pytest.mark.parametrize(("role", "warned"), [("pre_sales", True), ("after_sales", False)])
def test_attendance_as_a_main_indicator_of_who_sells_is_warned_of(role: str, warned: bool) -> None:
    sets = DataFrame(
        {"role": role, "stage": role, "component_id": ["sales", "other/attendance"]}
    ).assign(weight=[80.0, 20.0])
    assert role_warnings(sets) == ([("attendance", role)] if warned else [])
    assert role_warnings(sets.assign(weight=[81.0, 19.0])) == []


@pytest.mark.requirement("A-14")
def test_the_balance_counts_weights_and_goals_and_shows_what_is_empty() -> None:
    goals = DataFrame({"perspective": ["customer", "learning", "customer", None]})
    found = balance(scheme(CONVERSION, RESPONSE), goals).set_index("perspective")
    assert list(found.index[:4]) == ["finance", "customer", "process", "learning"]
    assert found["weight"].sum() == 100
    assert found["n_goals"].to_dict() == {"finance": 0, "customer": 2, "process": 0, "learning": 1}
    assert found.loc["learning", "weight"] == 0


@pytest.mark.requirement("K-03")
def test_a_consultation_counts_who_saw_voted_agreed_and_spoke() -> None:
    drawn = draw("""
        cycle_id | item  | participant_id | vote    | comment
        2026-05  | set   | a              | agree   |
        2026-05  | set   | b              | agree   | fine
        2026-05  | set   | c              | against |
        2026-05  | set   | d              |         | too many
        2026-04  | set   | a              | agree   |
    """).assign(at=pd.Timestamp("2026-04-25", tz="UTC"))
    [row] = consulted(INPUT_TABLES["consultations"].arrange(drawn), MAY).itertuples()
    assert (row.item, row.n_seen, row.n_voted, row.n_agree) == ("set", 4, 3, 2)
    assert (row.share, row.n_comments) == (pytest.approx(2 / 3), 2)
