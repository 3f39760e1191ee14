"""Whether a target can be reached, worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from drawing import draw
from pandas import DataFrame
from scipy import stats

from csperf.params import Cycle
from csperf.practice.achievability import achievability, earlier_values, out_of_reach
from csperf.tables import INPUT_TABLES


def of(target: float, direction: str, kind: str, *units: str) -> DataFrame:
    rows = {"unit_id": units, "indicator_id": "x", "target": target, "direction": direction}
    return DataFrame({**rows, "kind": kind})


@pytest.mark.requirement("A-11")
def test_values_are_drawn_towards_the_peers_and_the_next_one_is_a_t() -> None:
    history = draw("""
        unit_id | indicator_id | cycle_id | value
        a       | x            | 2026-01  | 48
        a       | x            | 2026-02  | 52
        b       | x            | 2026-01  | 58
        b       | x            | 2026-02  | 62
    """)
    # Means 50 and 60. Within units (4 + 4 + 4 + 4) / 2 = 8 on 2 degrees of freedom; between the
    # means 50 - 8 / 2 = 46. Of a's own mean counts 46 / (46 + 4) = 0.92: it is expected at
    # 0.92 x 50 + 0.08 x 55 = 50.4, with variance 8 + 0.92 x 4 = 11.68.
    a, b = achievability(history, of(55, "up", "mean", "a", "b")).itertuples()
    assert (a.n_periods, a.best, a.status) == (2, 52, "ok")
    assert a.expected == pytest.approx(50.4)
    # t with 2 degrees of freedom: 1/2 + x / (2 sqrt(2 + x^2)).
    x = (50.4 - 55) / np.sqrt(11.68)
    assert a.probability == pytest.approx(0.5 + x / (2 * np.sqrt(2 + x**2)))
    assert b.probability == pytest.approx(1 - a.probability)  # as far above as a is below
    fast = achievability(history, of(55, "down", "mean", "a"))  # a time: 48 was the best
    assert fast.loc[0, "best"] == 48
    assert fast.loc[0, "probability"] == pytest.approx(1 - a.probability)


@pytest.mark.requirement("A-11")
def test_shares_are_a_beta_binomial_with_the_peers_as_the_prior() -> None:
    history = draw("""
        unit_id | indicator_id | cycle_id | value | numerator | denominator
        a       | x            | 2026-01  | 0.8   | 8         | 10
        b       | x            | 2026-01  | 0.2   | 2         | 10
    """)
    # Mean 0.5, chance 0.25. Spread 10 x 0.09 x 2 - 0.25 = 1.55 over 20 - 200 / 20 - 1 = 9; so that
    # k = 0.25 / (1.55 / 9) - 1 = 0.4516: as many cases as the peers are worth.
    k = 0.25 / (1.55 / 9) - 1
    a, b = k / 2 + 8, k / 2 + 2
    found = achievability(history, of(1.0, "up", "proportion", "a"))
    assert found.loc[0, "expected"] == pytest.approx(a / (a + b))
    # All ten of the next ten: the product of (a + j) / (a + b + j).
    all_ten = np.prod([(a + j) / (a + b + j) for j in range(10)])
    assert found.loc[0, "probability"] == pytest.approx(all_ten)
    # 0.75 of ten is eight: seven and a half are not enough.
    eight = achievability(history, of(0.75, "up", "proportion", "a")).loc[0, "probability"]
    assert eight == pytest.approx(stats.betabinom(10, a, b).sf(7))
    few = achievability(history, of(0.25, "down", "proportion", "b")).loc[0, "probability"]
    assert few == pytest.approx(stats.betabinom(10, b, a).cdf(2))


@pytest.mark.requirement("A-11")
def test_without_earlier_cycles_nothing_is_said() -> None:
    once = draw("unit_id | indicator_id | cycle_id | value\na | x | 2026-01 | 5")
    found = achievability(once, of(5, "up", "mean", "a", "new"))
    assert list(found["status"]) == ["too_few", "no_history"]
    assert list(found["n_periods"]) == [1, 0]
    assert found["probability"].isna().all()
    assert achievability(once, of(5, "up", "mean")).empty


@pytest.mark.requirement("A-11")
def test_a_target_above_the_best_of_nine_in_ten_asks_too_much() -> None:
    people = [f"p{n}" for n in range(10)]
    history = DataFrame(
        {
            "unit_id": people * 2,
            "indicator_id": "x",
            "cycle_id": ["2026-01"] * 10 + ["2026-02"] * 10,
            "value": [*range(1, 11), *range(10)],  # bests are 1, 2 ... 10
        }
    )
    for target, n_short, too_high in ((9.5, 9, True), (9, 8, False)):
        reach = achievability(history, of(target, "up", "mean", *people, "new"))
        [row] = out_of_reach(reach).itertuples()
        assert (row.n, row.n_short, row.too_high) == (10, n_short, too_high)
    fast = achievability(history, of(0, "down", "mean", *people))
    assert out_of_reach(fast)["n_short"].item() == 9  # whose shortest is above 0: all but p0
    two = achievability(history, of(99, "up", "mean", "p1", "p2"))
    assert not out_of_reach(two)["too_high"].item()  # of two nobody says most


def test_the_order_of_rows_and_the_names_change_nothing() -> None:
    rng = np.random.default_rng(5)
    history = DataFrame(
        {
            "unit_id": [f"p{n}" for n in range(6)] * 3,
            "indicator_id": "x",
            "cycle_id": [f"2026-0{n}" for n in (1, 2, 3) for _ in range(6)],
            "value": rng.normal(50, 5, 18),
        }
    )
    targets = of(52, "up", "mean", *(f"p{n}" for n in range(6)))
    before = achievability(history, targets)["probability"]
    other = history.sample(frac=1, random_state=1).assign(
        unit_id=lambda rows: "z" + rows["unit_id"].str[1:].map(lambda n: str(9 - int(n)))
    )
    renamed = targets.assign(unit_id=[f"z{9 - n}" for n in range(6)])
    after = achievability(other, renamed)["probability"]
    assert list(after) == pytest.approx(list(before))


def test_a_share_of_somebody_new_or_without_cases_is_not_told() -> None:
    history = draw("""
        unit_id | indicator_id | cycle_id | value | numerator | denominator
        a       | x            | 2026-01  | 0.8   | 8         | 10
        b       | x            | 2026-01  | 0.0   | 0         | 0
    """)
    found = achievability(history, of(0.5, "up", "proportion", "a", "b", "new"))
    assert list(found["status"]) == ["ok", "too_few", "no_history"]
    assert list(found["probability"].isna()) == [False, True, True]


@pytest.mark.requirement("A-11")
def test_earlier_values_are_those_of_each_cycle_and_who_has_none_has_no_row() -> None:
    chats = {"customer_id": ["c1", "c2", "c3"], "initial_agent_id": ["ann", "ann", "bob"]}
    tables = {
        "conversations": DataFrame({"conversation_id": ["1", "2", "3"], **chats}).assign(
            started_at=pd.to_datetime(["2026-01-05", "2026-02-05", "2026-02-06"], utc=True),
            channel="web",
        ),
        "messages": DataFrame(
            {
                "message_id": [f"m{n}" for n in range(6)],
                "conversation_id": ["1", "1", "2", "2", "3", "3"],
                "sent_at": pd.to_datetime(
                    [
                        *("2026-01-05 10:00:00", "2026-01-05 10:00:20"),
                        *("2026-02-05 10:00:00", "2026-02-05 10:00:30"),
                        *("2026-02-06 10:00:00", "2026-02-06 10:00:40"),
                    ],
                    utc=True,
                ),
                "sender": ["customer", "agent"] * 3,
                "employee_id": [None, "ann", None, "ann", None, "bob"],
            }
        ),
    }
    whole = {name: INPUT_TABLES[name].arrange(rows) for name, rows in tables.items()}
    months = [Cycle.parse("2026-01"), Cycle.parse("2026-02")]
    found = earlier_values(whole, months, "employee_id", ["response_time_avg"])
    assert found[["unit_id", "cycle_id", "value"]].to_numpy().tolist() == [
        ["ann", "2026-01", 20.0],
        ["ann", "2026-02", 30.0],
        ["bob", "2026-02", 40.0],
    ]
