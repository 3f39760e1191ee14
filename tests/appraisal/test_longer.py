"""Quarters, half-years and years out of the cycles that lie in them."""

import pandas as pd
import pytest
from drawing import draw
from pandas.testing import assert_frame_equal

from csperf import Cycle, InputError
from csperf.appraisal.longer import cycles_within, longer_scores
from csperf.scheme import Scheme

MONTHS = """
    cycle_id | employee_id | value
    2026-01  | a           | 90
    2026-02  | a           | 80
    2026-03  | a           | 70
    2026-01  | b           | 60
    2026-03  | b           | 70
    2026-02  | c           | 95
"""


def scheme(built="mean", cycle="monthly", **longer):
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "cycle": cycle,
            "score": [
                {"indicator": "report_quality", "weight": 100, "scoring": {"method": "rating"}}
            ],
            "longer": {"built": built, **longer},
        }
    )


def history(text=MONTHS, quantity="score", of="s"):
    rows = draw(text)
    return rows.assign(team_id="t", quantity_id=quantity, scheme_id=of)


def built(text, of, period="2026-Q1"):
    return longer_scores(history(text), of, Cycle.parse(period)).set_index("employee_id")


@pytest.mark.requirement("A-16")
@pytest.mark.parametrize(
    ("rule", "a", "b"),
    [
        ("mean", (90 + 80 + 70) / 3, (60 + 70) / 2),
        (
            "weighted_by_days",
            (31 * 90 + 28 * 80 + 31 * 70) / (31 + 28 + 31),
            (31 * 60 + 31 * 70) / (31 + 31),
        ),
        ("last", 70, 70),
    ],
)
def test_a_quarter_is_built_from_its_months_by_a_named_rule(rule, a, b):
    found = built(MONTHS, scheme(rule))
    assert found.loc["a", "score"] == pytest.approx(a)
    assert found.loc["b", "score"] == pytest.approx(b)
    assert found["cycles"].to_dict() == {"a": 3, "b": 2, "c": 1}
    assert set(found["needed"]) == {3}


@pytest.mark.requirement("A-16")
def test_days_count_where_months_differ():
    found = built(
        """
        cycle_id | employee_id | value
        2024-01  | a           | 100
        2024-02  | a           | 0
        """,
        scheme("weighted_by_days"),
        "2024-Q1",
    )
    assert found.loc["a", "score"] == pytest.approx(100 * 31 / (31 + 29))


@pytest.mark.requirement("A-16")
def test_too_few_cycles_are_no_score_but_a_reason():
    found = built(MONTHS, scheme())
    assert pd.isna(found.loc["c", "score"])
    assert found.loc["c", "reason"] == "1 of 3 cycles, fewer than 50 %"
    assert found["reason"].isna().to_dict() == {"a": True, "b": True, "c": False}
    lenient = built(MONTHS, scheme(min_share_pct=33))
    assert lenient.loc["c", "score"] == 95
    strict = built(MONTHS, scheme(min_share_pct=100))
    assert strict["score"].notna().to_dict() == {"a": True, "b": False, "c": False}


@pytest.mark.requirement("A-16")
def test_half_of_the_cycles_is_enough_if_half_is_asked_for():
    half = """
        cycle_id | employee_id | value
        2026-01  | a           | 90
        2026-03  | a           | 80
        2026-06  | a           | 70
    """
    assert built(half, scheme(), "2026-H1").loc["a", "score"] == (90 + 80 + 70) / 3
    assert pd.isna(built(half, scheme(), "2026").loc["a", "score"])


@pytest.mark.requirement("A-16")
def test_a_year_may_be_built_from_quarters():
    quarters = """
        cycle_id | employee_id | value
        2026-Q1  | a           | 90
        2026-Q2  | a           | 80
        2026-Q3  | a           | 70
        2026-Q4  | a           | 60
        2026-01  | a           | 10
        2025-Q4  | a           | 10
    """
    found = built(quarters, scheme(cycle="quarterly"), "2026")
    assert found.loc["a", "score"] == (90 + 80 + 70 + 60) / 4


@pytest.mark.requirement("A-16")
def test_a_period_with_an_appraisal_of_its_own_is_not_built():
    found = built(MONTHS, scheme("separate_appraisal"))
    assert found.empty and list(found) == ["team_id", "score", "cycles", "needed", "reason"]
    assert built(MONTHS, scheme().model_copy(update={"longer": None})).empty


def test_only_scores_of_the_same_scheme_count():
    """Edge case 64."""
    rows = pd.concat(
        [
            history(),
            history(MONTHS.replace("90", "10"), of="other"),
            history(MONTHS.replace("90", "10"), quantity="reply_rate"),
        ]
    )
    found = longer_scores(rows, scheme(), Cycle.parse("2026-Q1")).set_index("employee_id")
    assert found.loc["a", "score"] == (90 + 80 + 70) / 3


def test_the_team_is_the_latest_and_rows_may_come_in_any_order():
    rows = history().assign(team_id=lambda frame: "team " + frame["cycle_id"])
    quarter = Cycle.parse("2026-Q1")
    found = longer_scores(rows, scheme(), quarter)
    assert found["team_id"].tolist() == ["team 2026-03", "team 2026-03", "team 2026-02"]
    assert_frame_equal(found, longer_scores(rows.iloc[::-1], scheme(), quarter))


@pytest.mark.parametrize(
    ("kind", "period", "first", "n"),
    [
        ("monthly", "2026-Q4", "2026-10", 3),
        ("monthly", "2026", "2026-01", 12),
        ("quarterly", "2026-H2", "2026-Q3", 2),
        ("mid_year", "2026", "2026-H1", 2),
    ],
)
@pytest.mark.requirement("A-16")
def test_a_period_has_the_cycles_of_the_schemes_kind(kind, period, first, n):
    cycles = cycles_within(Cycle.parse(period), scheme(cycle=kind))
    assert (cycles[0].id, len(cycles)) == (first, n)


@pytest.mark.parametrize(("kind", "period"), [("monthly", "2026-10"), ("annual", "2026")])
def test_a_period_that_is_not_longer_is_refused(kind, period):
    with pytest.raises(InputError, match=f"period {period}: no {kind} cycle of scheme 's'"):
        built(MONTHS, scheme(cycle=kind), period)


def test_two_scores_in_one_cycle_are_refused():
    with pytest.raises(InputError, match="history: employee 'a' stands twice in 2026-01"):
        built(MONTHS + "    2026-01  | a           | 91\n", scheme())
