"""Checks of an indicator set: coverage, sources, repetition, weights on paper and in effect."""

import math

import numpy as np
import pandas as pd
import pytest
from drawing import draw

from csperf import Cycle, appraise, check_indicator_set, score
from csperf.appraisal.indicator_set import (
    COLLECTED_BY,
    DIMENSION_OF,
    DIMENSION_OF_GROUP,
    DIMENSIONS,
    STATUS,
)
from csperf.appraised import PUBLISHED
from csperf.indicators import INDICATORS
from csperf.indicators.catalogue import GROUPS
from csperf.indicators.engine import day_number
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

APRIL = Cycle.parse("2016-04")
NO_DAYS = draw("day | indicator_id | n | numerator").astype({"n": float, "numerator": float})
PLAIN = {"method": "linear", "floor": 0, "target": 1}


def part(name, weight, **further):
    return {"indicator": name, "weight": weight, "scoring": PLAIN, **further}


def judged(criterion, weight):
    return {"criterion": criterion, "weight": weight}


def by_people(*parts):
    return {"id": "boss", "evaluator": "boss", "weight": 100, "parts": list(parts)}


def scheme_of(*parts, criteria=()):
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "score": list(parts),
            "evaluators": [{"type": "boss"}] if criteria else [],
            "criteria": [{"id": name} for name in criteria],
        }
    )


def long(text, status="ok"):
    """A drawing with a row a person and a column an indicator, as indicator values."""
    values = draw(text).melt("employee_id", var_name="indicator_id", value_name="value")
    known = values["value"].notna()
    return values.assign(
        status=np.where(known, status, "not_computable"), numerator=values["value"]
    )


def checked(scheme, values, tables=None, daily=NO_DAYS, evaluations=None, known=None):
    scores = score(values, scheme, evaluations)
    known = values if known is None else known
    return check_indicator_set(scheme, scores, known, tables or {}, APRIL, daily)


def of(found, check):
    """Rows of one check by their subject."""
    return found[found["check"] == check].set_index("subject")


def finding(found, check):
    return of(found, check)["finding"].to_dict()


FIVE = """
    employee_id | reply_rate | reopen_rate
    a           | 0.1        | 0.5
    b           | 0.2        | 0.1
    c           | 0.3        | 0.4
    d           | 0.4        | 0.2
    e           | 0.5        | 0.3
"""


@pytest.mark.requirement("B-71")
def test_a_dimension_is_covered_by_the_weight_of_its_components_or_not_at_all():
    scheme = scheme_of(
        part("inquiry_conversion", 50),
        part("response_time_avg", 10),
        {
            **{"id": "staff", "evaluator": "boss", "weight": 40},
            "parts": [judged("teamwork", 50), judged("work_ability", 25), judged("service", 25)],
        },
        criteria=("teamwork", "work_ability", "service"),
    )
    rows = of(checked(scheme, long(FIVE)), "coverage")
    assert rows["value"].to_dict() == {
        "quality": 0,
        "efficiency": 10,
        "cost": 0,
        "sales": 50,
        "ability": 40 * 25 / 100,
        "attitude": 0,
        "teamwork": 40 * 50 / 100,
        "not_assigned": 40 * 25 / 100,
    }
    assert rows.loc["teamwork", "facts"] == "staff/teamwork"
    missing = {"quality", "cost", "attitude"}
    assert set(rows.index[rows["finding"] == "not_covered"]) == missing
    assert set(rows.index[rows["status"] == "attention"]) == missing
    assert rows.loc["not_assigned", ["finding", "status"]].tolist() == ["not_assigned", "unknown"]


@pytest.mark.requirement("B-71")
def test_points_for_events_cover_a_dimension_without_a_weight():
    event = {
        "indicator": "collaboration_bonus",
        "scoring": {"method": "bonus", "points": 1, "cap": 5},
    }
    rows = of(checked(scheme_of(part("reply_rate", 100), event), long(FIVE)), "coverage")
    assert rows.loc["teamwork", ["finding", "value"]].tolist() == ["covered", 0]


@pytest.mark.requirement("B-71")
def test_every_group_of_the_catalogue_has_a_dimension_and_every_exception_exists():
    assert set(DIMENSION_OF_GROUP) == set(GROUPS)
    assert {*DIMENSION_OF_GROUP.values(), *DIMENSION_OF.values()} == {*DIMENSIONS, "outside"}
    assert set(DIMENSION_OF) - set(INDICATORS) == {"work_ability"}


@pytest.mark.requirement("B-72")
def test_a_component_is_measured_if_its_exports_are_there_and_says_which_are_not():
    scheme = scheme_of(
        part("resolution_rate", 25),
        part("reopen_rate", 25),
        part("net_promoter_score", 25),
        part("service_quality", 25),
    )
    cases = pd.DataFrame(columns=["case_id", "owner_id", "resolved_at"])
    absent = ["reopen_rate", "net_promoter_score", "service_quality"]
    values = long("""
        employee_id | resolution_rate
        a           | 0.9
        b           | 0.8
    """)
    nothing = pd.DataFrame(
        [("a", name, math.nan, "not_available", math.nan) for name in absent],
        columns=values.columns,
    )
    rows = of(checked(scheme, pd.concat([values, nothing]), {"cases": cases}), "measurable")
    assert rows["finding"].to_dict() == {
        "resolution_rate": "measured",
        **dict.fromkeys(absent, "not_delivered"),
    }
    assert rows["facts"].to_dict() | {"resolution_rate": None} == {
        "resolution_rate": None,
        "reopen_rate": "cases.n_reopened",
        "net_promoter_score": "surveys",
        "service_quality": "surveys or qa_reviews",
    }
    assert rows["n"].tolist() == [2, 0, 0, 0]


@pytest.mark.requirement("B-72", "F-08")
def test_the_coverage_of_a_component_is_the_share_of_people_with_a_value():
    values = long("""
        employee_id | reply_rate | reopen_rate | resolution_rate
        a           | 0.1        | 0.5         |
        b           | 0.2        |             |
        c           | 0.3        | 0.1         |
        d           | 0.4        | 0.1         |
    """)
    scheme = scheme_of(part("reply_rate", 40), part("reopen_rate", 40), part("resolution_rate", 20))
    rows = of(checked(scheme, values), "measurable")
    assert rows["value"].tolist() == [1, 3 / 4, 0]
    assert rows["n"].tolist() == [4, 3, 0]
    assert rows["finding"].tolist() == ["measured", "some_without", "nobody"]


@pytest.mark.requirement("B-72")
def test_what_people_rate_is_measurable_by_that():
    scheme = scheme_of(by_people(judged("service", 100)), criteria=("service",))
    evaluations = draw("""
        employee_id | evaluator_type | criterion_id | score
        a           | boss           | service      | 80
        b           | boss           | service      | 60
    """)
    found = checked(scheme, long("employee_id | reply_rate"), evaluations=evaluations)
    assert finding(found, "measurable") == {"boss/service": "rated"}


@pytest.mark.requirement("B-72")
def test_an_indicator_of_whole_teams_has_no_place_in_a_persons_score():
    found = checked(scheme_of(part("reply_rate", 50), part("service_level", 50)), long(FIVE))
    assert finding(found, "measurable") == {"reply_rate": "measured", "service_level": "team_only"}


@pytest.mark.requirement("B-73")
def test_without_duties_and_goals_relevance_is_not_recorded_and_never_guessed():
    found = checked(scheme_of(part("reply_rate", 100)), long(FIVE))
    assert finding(found, "duty") == {"score": "duty_not_recorded"}
    assert finding(found, "goal") == {"score": "goal_not_recorded"}
    assert of(found, "goal")["status"].tolist() == ["unknown"]


@pytest.mark.requirement("B-73")
def test_a_component_is_relevant_if_a_duty_or_a_goal_of_the_cycle_names_it():
    goals = draw("""
        goal_id | indicator_id | rubric_id | deadline
        g1      | reply_rate   |           | 2016-04-30
        g2      | reply_rate   |           |
        g3      | reopen_rate  |           | 2016-03-31
        g4      |              | service   | 2016-12-31
    """)
    goals = goals.assign(deadline=pd.to_datetime(goals["deadline"]))
    duties = draw("""
        role | duty     | indicator_id
        chat | answer   | reply_rate
    """)
    people = {"id": "boss", "evaluator": "boss", "weight": 20, "parts": [judged("service", 100)]}
    scheme = scheme_of(
        part("reply_rate", 40), part("reopen_rate", 40), people, criteria=("service",)
    )
    found = checked(scheme, long(FIVE), {"goals": goals, "post_duties": duties})
    assert of(found, "goal")["value"].to_dict() == {
        "reply_rate": 2,
        "reopen_rate": 0,
        "boss/service": 1,
    }
    assert finding(found, "duty") == {
        "reply_rate": "named",
        "reopen_rate": "no_duty",
        "boss/service": "no_duty",
    }


@pytest.mark.requirement("B-74")
def test_conversion_and_loss_are_exact_complements_and_one_construct():
    """Loss is 1 - conversion: with weights 50, 30 and 20 the one thing carries 80."""
    values = long("""
        employee_id | inquiry_conversion | inquiry_loss_rate | reply_rate
        a           | 0.1                | 0.9               | 0.3
        b           | 0.2                | 0.8               | 0.5
        c           | 0.3                | 0.7               | 0.1
        d           | 0.4                | 0.6               | 0.4
        e           | 0.5                | 0.5               | 0.2
    """)
    loss = {"method": "linear", "floor": 1, "target": 0}
    scheme = scheme_of(
        part("inquiry_conversion", 50),
        part("inquiry_loss_rate", 30, scoring=loss),
        part("reply_rate", 20),
    )
    found = checked(scheme, values)
    pair = of(found, "same_data").loc["inquiry_conversion"]
    assert pair[["other", "finding"]].tolist() == ["inquiry_loss_rate", "exact_complement"]
    r = found[found["check"] == "correlation"].set_index(["subject", "other"])
    close = r.loc[("inquiry_conversion", "inquiry_loss_rate")]
    assert close[["value", "low", "high", "n"]].tolist() == [1, 1, 1, 5]
    assert close["finding"] == "close"
    construct = of(found, "construct_nominal_weight").loc["inquiry_conversion"]
    assert construct["value"] == 50 + 30
    assert construct["facts"] == "inquiry_conversion, inquiry_loss_rate"
    # the points of both are those of conversion, so together they are 80 per cent of its points
    points = np.array([10, 20, 30, 40, 50])
    total = 0.8 * points + 0.2 * np.array([30, 50, 10, 40, 20])
    effective = of(found, "construct_effective_weight")["value"].item()
    assert effective == pytest.approx(100 * np.std(0.8 * points) / np.std(total))
    share = of(found, "construct_share_of_differences")["value"].item()
    singles = of(found, "share_of_differences")["value"]
    assert share == pytest.approx(singles["inquiry_conversion"] + singles["inquiry_loss_rate"])


@pytest.mark.requirement("B-74")
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("time_to_resolve", "time_to_resolve_median", "same_numerator"),
        ("calls_answered", "calls_answered_per_hour", "same_numerator"),
        ("customer_unit_price", "customer_unit_price_index", "same_numerator"),
        ("good_review_rate", "bad_review_rate", "none"),
        ("politeness", "enthusiasm", "none"),
    ],
)
def test_indicators_made_of_the_same_events_are_named(first, second, expected):
    found = checked(scheme_of(part(first, 50), part(second, 50)), long(FIVE))
    assert of(found, "same_data")["finding"].tolist() == [expected]


@pytest.mark.requirement("B-74")
def test_a_deduction_for_what_a_weighted_rate_counts_already_is_named():
    event = {
        "indicator": "complaints_received",
        "scoring": {"method": "deduction", "points": 2, "cap": 10},
    }
    found = checked(scheme_of(part("complaint_rate", 100), event), long(FIVE))
    assert finding(found, "same_data") == {"complaint_rate": "same_numerator"}
    assert of(found, "construct_nominal_weight").empty  # the event has no weight


@pytest.mark.requirement("B-74")
def test_a_correlation_comes_with_its_n_and_fishers_interval():
    """Points 1..5 against 2, 1, 4, 3, 5: r = 0.8; tanh(atanh 0.8 -+ 1.96 / sqrt 2), n = 5."""
    values = long("""
        employee_id | reply_rate | reopen_rate | resolution_rate
        a           | 0.1        | 0.2         | 0.1
        b           | 0.2        | 0.1         | 0.1
        c           | 0.3        | 0.4         | 0.1
        d           | 0.4        | 0.3         | 0.1
        e           | 0.5        | 0.5         |
        f           |            | 0.9         | 0.1
    """)
    scheme = scheme_of(part("reply_rate", 40), part("reopen_rate", 40), part("resolution_rate", 20))
    found = checked(scheme, values)
    rows = found[found["check"] == "correlation"].set_index(["subject", "other"])
    pair = rows.loc[("reply_rate", "reopen_rate")]
    assert (pair["value"], pair["n"]) == (pytest.approx(0.8), 5)
    z = math.atanh(0.8)
    assert pair["low"] == pytest.approx(math.tanh(z - 1.959964 / math.sqrt(5 - 3)), abs=1e-6)
    assert pair["high"] == pytest.approx(math.tanh(z + 1.959964 / math.sqrt(5 - 3)), abs=1e-6)
    assert pair["finding"] == "apart"
    assert rows.loc[("reply_rate", "resolution_rate"), ["n", "finding"]].tolist() == [4, "too_few"]
    flat = rows.loc[("reopen_rate", "resolution_rate")]
    assert (flat["n"], flat["finding"]) == (5, "one_without_spread")
    assert np.isnan(flat[["value", "low", "high"]].astype(float)).all()


@pytest.mark.requirement("B-75")
def test_three_times_33_33_is_accepted_and_completed_to_100():
    """The largest remainders get the rest: 33.34 + 33.33 + 33.33; scoring uses exact thirds."""
    names = ("reply_rate", "reopen_rate", "resolution_rate")
    found = checked(scheme_of(*(part(name, 33.33) for name in names)), long(FIVE))
    row = of(found, "weight_sum").loc["score"]
    assert row["value"] == pytest.approx(3 * 33.33)
    assert (row["finding"], row["facts"]) == ("completed", "33.34 + 33.33 + 33.33")
    assert of(found, "nominal_weight")["value"].tolist() == pytest.approx([100 / 3] * 3)


@pytest.mark.requirement("B-75")
@pytest.mark.parametrize(
    ("weights", "finding_", "completed"),
    [
        ((16.7, 16.6, 66.7), "whole", None),
        ((14.29, 28.57, 57.13), "completed", "14.29 + 28.57 + 57.14"),
        ((40, 30, 30.0105), "not_whole", "39.99 + 30.00 + 30.01"),
    ],
)
def test_weights_may_be_fractions_and_miss_100_by_a_hundredth(weights, finding_, completed):
    names = ("reply_rate", "reopen_rate", "resolution_rate")
    scheme = scheme_of(*map(part, names, weights))
    row = of(checked(scheme, long(FIVE)), "weight_sum").loc["score"]
    assert row["finding"] == finding_
    assert (None if pd.isna(row["facts"]) else row["facts"]) == completed


@pytest.mark.requirement("B-75")
def test_a_group_with_a_weight_of_its_own_makes_a_whole():
    inner = {
        "id": "chat",
        "weight": 60,
        "parts": [part("reply_rate", 50), part("response_time_avg", 50)],
    }
    loose = {"id": "cases", "parts": [part("reopen_rate", 25), part("resolution_rate", 15)]}
    found = checked(scheme_of(inner, loose), long(FIVE))
    assert finding(found, "weight_sum") == {"score": "whole", "chat": "whole"}


@pytest.mark.requirement("B-76")
def test_the_effective_weight_is_weight_times_spread_over_the_spread_of_the_score():
    """The first has the spread of 1..5 times 10 points, the second a tenth of it."""
    values = long("""
        employee_id | reply_rate | reopen_rate
        a           | 0.1        | 0.53
        b           | 0.2        | 0.51
        c           | 0.3        | 0.54
        d           | 0.4        | 0.52
        e           | 0.5        | 0.55
    """)
    found = checked(scheme_of(part("reply_rate", 50), part("reopen_rate", 50)), values)
    first, second = np.array([10, 20, 30, 40, 50]), np.array([53, 51, 54, 52, 55])
    total = (first + second) / 2
    assert of(found, "nominal_weight")["value"].tolist() == [50, 50]
    rows = of(found, "effective_weight")
    assert rows["value"].tolist() == pytest.approx(
        [50 * np.std(x) / np.std(total) for x in (first, second)]
    )
    assert rows["n"].tolist() == [5, 5]
    shares = of(found, "share_of_differences")
    covariances = [np.cov(x / 2, total)[0, 1] for x in (first, second)]
    assert shares["value"].tolist() == pytest.approx(
        [100 * cov / np.var(total, ddof=1) for cov in covariances]
    )
    assert shares["value"].sum() == pytest.approx(100)
    assert shares["finding"].tolist() == ["counts_more", "counts_less"]


@pytest.mark.requirement("B-76")
def test_the_interval_of_a_share_is_the_jackknife_over_people():
    found = checked(scheme_of(part("reply_rate", 60), part("reopen_rate", 40)), long(FIVE))
    first = 0.6 * np.array([10, 20, 30, 40, 50])
    total = first + 0.4 * np.array([50, 10, 40, 20, 30])

    def share(keep):
        return 100 * np.cov(first[keep], total[keep])[0, 1] / np.var(total[keep], ddof=1)

    without = np.array([share(np.arange(5) != person) for person in range(5)])
    se = math.sqrt(4 / 5 * ((without - without.mean()) ** 2).sum())
    row = of(found, "share_of_differences").loc["reply_rate"]
    assert row["value"] == pytest.approx(share(np.arange(5)))
    assert row["high"] - row["value"] == pytest.approx(2.776445 * se, rel=1e-6)  # t, 4 df
    assert row["value"] - row["low"] == pytest.approx(2.776445 * se, rel=1e-6)


@pytest.mark.requirement("B-76")
def test_a_component_in_which_all_are_alike_has_a_weight_on_paper_only():
    values = long(FIVE)
    alike = values["value"].mask(values["indicator_id"] == "reopen_rate", 0.7)
    found = checked(
        scheme_of(part("reply_rate", 30), part("reopen_rate", 70)), values.assign(value=alike)
    )
    for check in ("effective_weight", "share_of_differences"):
        row = of(found, check).loc["reopen_rate"]
        assert (row["value"], row["finding"], row["status"]) == (0, "no_spread", "attention")
    assert of(found, "share_of_differences").loc["reply_rate", "value"] == pytest.approx(100)


@pytest.mark.requirement("B-76")
def test_the_shares_add_up_to_100_with_missing_parts_events_and_the_limit():
    values = long("""
        employee_id | reply_rate | reopen_rate | complaints_received
        a           | 0.10       | 0.5         | 1
        b           | 0.20       |             |
        c           | 0.03       | 0.0         | 9
        d           | 0.90       | 0.2         |
        e           | 0.50       | 0.3         | 2
        f           |            |             | 2
    """)
    event = {
        "indicator": "complaints_received",
        "scoring": {"method": "deduction", "points": 2, "cap": 10},
    }
    found = checked(scheme_of(part("reply_rate", 70), part("reopen_rate", 30), event), values)
    rows = of(found, "share_of_differences")
    assert set(rows.index) == {"reply_rate", "reopen_rate", "complaints_received", "limit"}
    assert rows["value"].sum() == pytest.approx(100)
    assert set(rows["n"]) == {5}  # f has no score
    assert of(found, "nominal_weight").loc["limit", "value"] == 0
    assert "limit" not in of(found, "effective_weight").index


@pytest.mark.requirement("B-76")
def test_a_component_that_pulls_against_the_score_is_named():
    """Who is high in the light one is low in the heavy one, so it counts against the score."""
    values = long("""
        employee_id | reply_rate | reopen_rate
        a           | 0.1        | 0.50
        b           | 0.2        | 0.41
        c           | 0.3        | 0.30
        d           | 0.4        | 0.19
        e           | 0.5        | 0.10
    """)
    found = checked(scheme_of(part("reply_rate", 80), part("reopen_rate", 20)), values)
    row = of(found, "share_of_differences").loc["reopen_rate"]
    assert row["high"] < 0
    assert (row["finding"], row["status"]) == ("against", "attention")


@pytest.mark.requirement("B-76")
def test_four_people_are_too_few_and_equal_scores_say_nothing():
    four = long(FIVE)[lambda rows: rows["employee_id"] != "e"]
    scheme = scheme_of(part("reply_rate", 50), part("reopen_rate", 50))
    few = of(checked(scheme, four), "share_of_differences")
    assert set(few["finding"]) == {"too_few"} and few["value"].isna().all()
    same = checked(scheme, long(FIVE).assign(value=0.5))
    assert set(finding(same, "share_of_differences").values()) == {"no_differences"}
    assert of(same, "effective_weight")["value"].isna().all()


@pytest.mark.requirement("B-77", "F-08", "F-09")
def test_each_component_is_called_counted_or_judged_with_its_source_and_method():
    names = ("reply_rate", "customer_satisfaction", "answer_accuracy", "knowledge_score")
    people = {"id": "boss", "evaluator": "boss", "weight": 20, "parts": [judged("service", 100)]}
    scheme = scheme_of(*(part(name, 20) for name in names), people, criteria=("service",))
    found = checked(scheme, long(FIVE))
    assert finding(found, "kind") == {
        "reply_rate": "quantitative",
        "customer_satisfaction": "qualitative",
        "answer_accuracy": "quantitative",
        "knowledge_score": "quantitative",
        "boss/service": "qualitative",
    }
    assert list(finding(found, "source").values()) == [
        "software",
        "survey",
        "sampling",
        "test",
        "people",
    ]
    assert list(finding(found, "collection").values()) == [
        "system_records",
        "questionnaire",
        "observation",
        "questionnaire",
        "observation",
    ]
    assert {row.source for row in INDICATORS.values()} == set(COLLECTED_BY)


@pytest.mark.requirement("F-08")
def test_coverage_of_days_and_freshness_are_counted_to_the_end_of_the_cycle():
    """Two of April's 30 days for replies, the last of them 10 days before the end."""
    first, last = day_number(APRIL.start), day_number(APRIL.last_day)
    days = [
        (first, "reply_rate", 3, 2),
        (last - 10, "reply_rate", 3, 0),
        (last, "reply_rate", 0, 0),  # nothing on that day
        (last - 7, "complaint_rate", 40, 1),
        (last, "complaint_rate", 40, 0),  # conversations, but no complaint
    ]
    daily = pd.DataFrame(days, columns=["day", "indicator_id", "n", "numerator"])
    names = ("reply_rate", "complaint_rate", "reopen_rate", "politeness")
    found = checked(scheme_of(*(part(name, 25) for name in names)), long(FIVE), daily=daily)
    assert of(found, "days")["value"].tolist()[:3] == [2 / 30, 1 / 30, 0]
    assert finding(found, "days") == {
        "reply_rate": "on_days",
        "complaint_rate": "on_days",
        "reopen_rate": "no_data",
        "politeness": "once_a_cycle",
    }
    fresh = of(found, "freshness")
    assert fresh["value"].to_dict() == {"reply_rate": 10, "complaint_rate": 7}
    assert finding(found, "freshness") == {"reply_rate": "behind", "complaint_rate": "up_to_date"}
    assert fresh.loc["reply_rate", "facts"] == "2016-04-20"


def test_the_table_is_as_declared_and_its_keys_are_unique():
    found = checked(scheme_of(part("reply_rate", 50), part("reopen_rate", 50)), long(FIVE))
    declared = OUTPUT_TABLES["indicator_set"]
    assert list(found) == declared.names
    assert not found.duplicated(list(declared.key)).any()
    assert set(found["check"]) <= set(declared.column("check").choices)
    assert set(found["status"]) <= {"ok", *STATUS.values()}


def test_a_department_publishes_the_checks_over_the_people_it_appraises():
    """Five people with cases and one declared a machine; the cases begin on 2 April, daily."""
    people = ["a", "b", "c", "d", "e", "robot"]
    rows = [
        (f"{person}{day}", person, f"2016-04-{day:02} 09:00", day % 6 < 6 - place)
        for place, person in enumerate(people)
        for day in range(2, 31)
    ]
    cases = pd.DataFrame(rows, columns=["case_id", "owner_id", "opened_at", "sla_met"])
    cases = cases.assign(opened_at=pd.to_datetime(cases["opened_at"], utc=True))
    employees = pd.DataFrame({"employee_id": people, "is_bot": [p == "robot" for p in people]})
    falling = {"method": "linear", "floor": 1, "target": 0}
    scheme = scheme_of(part("sla_met_share", 60), part("reopen_rate", 40, scoring=falling))
    result = appraise({"cases": cases, "employees": employees}, scheme, APRIL, department="desk")
    found = result.indicator_set
    assert set(found["cycle_id"]) == {"2016-04"} and set(found["department_id"]) == {"desk"}
    met = of(found, "measurable").loc["sla_met_share"]
    assert (met["finding"], met["n"], met["value"]) == ("measured", 5, 1)
    lacking = of(found, "measurable").loc["reopen_rate"]
    assert (lacking["finding"], lacking["facts"]) == ("not_delivered", "cases.n_reopened")
    assert of(found, "days").loc["sla_met_share", "value"] == 29 / 30
    assert "indicator_set" in PUBLISHED


def test_without_people_everything_is_unknown_or_absent_and_nothing_fails():
    nobody = long("employee_id | reply_rate").iloc[:0]
    found = checked(scheme_of(part("reply_rate", 50), part("reopen_rate", 50)), nobody)
    assert set(finding(found, "measurable").values()) == {"nobody"}
    assert set(finding(found, "share_of_differences").values()) == {"too_few"}
    assert set(finding(found, "correlation").values()) == {"too_few"}
