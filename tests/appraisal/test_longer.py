"""Quarters, half-years and years out of the cycles that lie in them."""

import pandas as pd
import pytest
from drawing import draw
from pandas.testing import assert_frame_equal

from csperf import Cycle, InputError
from csperf.appraisal.longer import built_scores, cycles_within, longer_scores, part_cycles
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
    return rows.assign(team_id="t", quantity_id=quantity, scheme_id=of, group_size=4)


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
    assert found.loc["c", "reason"] == (
        "needs 1 more cycle: 1 of 3 are there, and 50 % are asked for"
    )
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


@pytest.mark.requirement("G5", "A-16")
def test_of_a_mix_the_cycles_give_their_mean():
    """What the period by itself adds is in `test_judging.py`."""
    mixed = scheme("mix", year_end_pct=40)
    assert built(MONTHS, mixed).loc["a", "score"] == (90 + 80 + 70) / 3


@pytest.mark.requirement("G5", "A-16", "D-11")
def test_a_mix_without_its_year_end_has_no_score_for_the_reason_that_this_has():
    own = draw("""
        employee_id | component_id | value | score | weight | contribution | provenance
        a           | quality      | 0.7   | 70    | 100    | 70           | stated
        b           | quality      | 0.9   | 90    |        |              | stated
        c           | quality      | 0.8   | 80    | 100    | 80           | stated
    """)
    mixed, lacks = scheme("mix", year_end_pct=40), {"b": "no evaluation by: Manager"}
    ids = pd.Series(["a", "b", "c"])
    made = built_scores(own, lacks, ids, history(), mixed, Cycle.parse("2026-Q1"))
    sums = made.scores.groupby("employee_id")["contribution"].sum(min_count=1)
    assert sums["a"] == pytest.approx(0.6 * (90 + 80 + 70) / 3 + 0.4 * 70)
    assert sums.isna().to_dict() == {"a": False, "b": True, "c": True}
    assert made.reasons == {
        "b": "no evaluation by: Manager",
        "c": "needs 1 more cycle: 1 of 3 are there, and 50 % are asked for",
    }


@pytest.mark.requirement("G5", "A-16", "G0-1")
@pytest.mark.parametrize(
    "longer", [{"built": "mix"}, {"built": "mean", "year_end_pct": {"assumed": 40}}]
)
def test_a_mix_and_nothing_else_says_what_the_year_end_counts(longer):
    with pytest.raises(ValueError, match="built as a mix, and only then, it has a year_end_pct"):
        scheme(**longer)


@pytest.mark.requirement("A-16")
def test_a_score_that_was_only_shown_does_not_count():
    """b was not appraised in March: no group, no place."""
    rows = history()
    away = (rows["employee_id"] == "b") & (rows["cycle_id"] == "2026-03")
    shown = rows.assign(group_size=rows["group_size"].mask(away))
    found = longer_scores(shown, scheme(), Cycle.parse("2026-Q1")).set_index("employee_id")
    assert found.loc["b", "cycles"] == 1
    assert found.loc["b", "reason"].startswith("needs 1 more cycle: 1 of 3")


@pytest.mark.requirement("A-16")
@pytest.mark.parametrize(
    ("built", "kind", "period", "parts"),
    [
        ("mean", "monthly", "2026-Q4", ["2026-10", "2026-11", "2026-12"]),
        ("mix", "quarterly", "2026-H1", ["2026-Q1", "2026-Q2"]),
        ("separate_appraisal", "monthly", "2026-Q4", []),
        ("mean", "monthly", "2026-10", []),
        ("mean", "quarterly", "2026-10", []),
    ],
)
def test_a_period_has_parts_only_where_its_score_is_built_from_them(built, kind, period, parts):
    more = {"year_end_pct": 40} if built == "mix" else {}
    found = part_cycles(Cycle.parse(period), scheme(built, kind, **more))
    assert [cycle.id for cycle in found] == parts


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
