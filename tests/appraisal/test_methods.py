"""Methods of appraisal, each on a small table with its arithmetic."""

from datetime import date
from math import erfc, sqrt

import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from statsmodels.stats.multitest import multipletests

from csperf import INDICATORS, InputError, appraise, combine_evaluations, score
from csperf.appraisal import rank, totals
from csperf.appraisal.methods import (
    PERSPECTIVES,
    against_standard,
    attainment,
    behaviour_texts,
    check_method_choices,
    extremes_without_evidence,
    method_guidance,
    observations,
    perspectives,
    positions,
    sources_of_360,
)
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES, check
from csperf.tables.judgements import BEHAVIOUR_LOG, METHOD_CHOICES

OCTOBER = Cycle(id="2026-10", start=date(2026, 10, 1), end=date(2026, 11, 1))


def scheme_of(**further):
    part = {"criterion": "service", "evaluator": "peer", "weight": 100}
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "evaluators": [
                {"type": "self"},
                {"type": "peer", "shown_from": 3},
                {"type": "boss", "like": "direct_superior"},
            ],
            "criteria": [{"id": "service"}, {"id": "calm"}],
            "score": [part],
            **further,
        }
    )


# Positions


@pytest.mark.requirement("C-05")
def test_a_position_is_held_against_the_mean_of_the_others():
    found = positions(
        draw("""
            employee_id | team_id | score
            a           | t       | 90
            b           | t       | 70
            c           | t       | 68
            d           | u       | 50
            e           | t       |
        """)
    ).set_index("employee_id")
    assert found["mean_of_others"].dropna().to_dict() == {
        "a": (70 + 68) / 2,
        "b": (90 + 68) / 2,
        "c": (90 + 70) / 2,
    }
    assert found["position"].dropna().to_dict() == {
        "a": "above_average",
        "b": "below_average",
        "c": "below_average",
    }
    assert found[["p_value", "p_adjusted"]].isna().all(axis=None)


def two_sided(z):
    """Probability that chance goes further than z standard errors."""
    return erfc(abs(z) / sqrt(2))


@pytest.mark.requirement("C-05")
def test_significantly_takes_a_test_adjusted_over_the_group():
    """b alone would pass at 0.05; adjusted for three tests it does not."""
    table = draw("""
        employee_id | team_id | score | se
        a           | t       | 90    | 3
        b           | t       | 74    | 3
        c           | t       | 79    | 3
    """)
    found = positions(table).set_index("employee_id")
    error = sqrt(3**2 + (3**2 + 3**2) / 2**2)
    assert found["difference_se"].tolist() == pytest.approx([error] * 3)
    p = [two_sided((90 - 76.5) / error), two_sided((74 - 84.5) / error), two_sided(3 / error)]
    assert found["p_value"].tolist() == pytest.approx(p)
    assert found["p_adjusted"].tolist() == pytest.approx([3 * p[0], 2 * p[1], p[2]])
    assert found["position"].tolist() == [
        "significantly_above",
        "significantly_below",
        "below_average",
    ]
    close = positions(table.assign(score=[87, 76, 80])).set_index("employee_id")
    assert close.loc["b", "p_value"] == pytest.approx(two_sided((76 - 83.5) / error))
    assert close.loc["b", "p_value"] < 0.05 < close.loc["b", "p_adjusted"]
    assert close.loc["b", "position"] == "below_average"


@pytest.mark.requirement("C-05")
def test_nobody_is_tested_in_a_group_with_an_unknown_standard_error():
    found = positions(
        draw("""
            employee_id | team_id | score | se
            a           | t       | 90    | 1
            b           | t       | 50    |
            x           | u       | 90    | 1
            y           | u       | 50    | 1
        """)
    )
    assert found["position"].tolist() == [
        "above_average",
        "below_average",
        "significantly_above",
        "significantly_below",
    ]


def test_equal_scores_are_average_and_one_person_has_no_position():
    table = draw("""
        employee_id | team_id | score | se
        a           | t       | 80.1  | 0
        b           | t       | 80.1  | 0
        c           | t       | 80.1  | 0
        d           | u       | 80    | 1
    """)
    assert positions(table)["position"].fillna("-").tolist() == ["average"] * 3 + ["-"]


def test_holm_is_that_of_statsmodels_within_each_group():
    scores = [50, 53, 57, 57, 64, 49.5, 50, 51, 70]
    table = pd.DataFrame({"team_id": list("tttttuuuu"), "score": scores, "se": 4.0})
    found = positions(table.assign(employee_id=list("abcdefghi")))
    for _, group in found.groupby("team_id"):
        expected = multipletests(group["p_value"], method="holm")[1]
        assert group["p_adjusted"].tolist() == pytest.approx(expected)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0.5, 10)), max_size=8),
    st.randoms(use_true_random=False),
)
def test_the_order_of_rows_changes_no_position(rows, random):
    table = pd.DataFrame(rows, columns=["score", "se"], dtype="float64")
    table = table.assign(employee_id=[f"p{n}" for n in range(len(rows))], team_id="t")
    mixed = table.loc[random.sample(list(table.index), len(table))]
    assert_frame_equal(positions(table), positions(mixed))


# Goals and standards


@pytest.mark.requirement("C-01", "C-10", "C-12")
def test_attainment_of_goals_knows_which_way_is_better():
    values = draw("""
        employee_id | indicator_id        | value | status
        a           | customer_unit_price | 210   | ok
        a           | response_time_avg   | 50    | ok
        a           | complaint_rate      | 0     | ok
        b           | customer_unit_price | 200   | ok
        b           | response_time_avg   | 32    | provisional
        b           | complaint_rate      | 0.02  | too_few
    """)
    targets = draw("""
        employee_id | indicator_id        | target
        a           | customer_unit_price | 200
        a           | response_time_avg   | 40
        a           | complaint_rate      | 0.01
        b           | customer_unit_price | 200
        b           | response_time_avg   | 40
        b           | complaint_rate      | 0.01
    """)
    found = attainment(values, targets).set_index(["employee_id", "indicator_id"])
    outcome = found["outcome"].unstack()
    assert outcome.loc["a"].to_dict() == {
        "complaint_rate": "exceeded",
        "customer_unit_price": "exceeded",
        "response_time_avg": "missed",
    }
    assert outcome.loc["b"].to_dict() == {
        "complaint_rate": "not_computable",
        "customer_unit_price": "met",
        "response_time_avg": "exceeded",
    }
    reached = found["attainment"]
    assert reached["a", "customer_unit_price"] == 100 * 210 / 200
    assert reached["a", "response_time_avg"] == 100 * 40 / 50
    assert reached["b", "response_time_avg"] == 100 * 40 / 32
    assert pd.isna(reached["a", "complaint_rate"])  # 0.01 / 0
    assert found["reason"]["b", "complaint_rate"] == "no value"


@pytest.mark.requirement("C-01", "C-10")
def test_what_an_attainment_cannot_be_computed_from_is_said():
    values = draw("""
        employee_id | indicator_id          | value
        a           | customer_unit_price   | 210
        b           | customer_unit_price   | 210
        c           | customer_unit_price   |
        e           | answer_question_ratio | 1
    """)
    targets = draw("""
        employee_id | indicator_id          | target
        a           | customer_unit_price   | 0
        c           | customer_unit_price   | 200
        d           | customer_unit_price   | 200
        e           | answer_question_ratio | 2
    """)
    found = attainment(values, targets)
    assert found["reason"].tolist() == [
        "target 0",
        "no target",
        "no value",
        "no value",
        "no direction",
    ]
    assert set(found["outcome"]) == {"not_computable"}
    assert found["attainment"].isna().all()


@pytest.mark.requirement("C-10")
def test_a_goal_outside_the_catalogue_brings_its_own_direction():
    values = draw("""
        employee_id | indicator_id | value
        a           | open_posts   | 2
        a           | workshops    | 6
    """)
    targets = draw("""
        employee_id | indicator_id | target | direction
        a           | open_posts   | 3      | down
        a           | workshops    | 8      | up
    """)
    found = attainment(values, targets)
    assert found["attainment"].tolist() == [100 * 3 / 2, 100 * 6 / 8]
    assert found["outcome"].tolist() == ["exceeded", "missed"]


@pytest.mark.requirement("C-01")
def test_negative_and_repeated_targets_are_refused():
    targets = draw("""
        employee_id | indicator_id | target
        a           | workshops    | -8
        b           | workshops    | 8
        b           | workshops    | 9
    """)
    values = targets.rename(columns={"target": "value"}).iloc[:2]
    with pytest.raises(InputError) as caught:
        attainment(values, targets, "goals.csv")
    assert str(caught.value).splitlines() == [
        "goals.csv: 'a workshops' cannot be meant; a target is at least 0",
        "goals.csv: 'b workshops' stands twice; keep one",
    ]


@pytest.mark.requirement("C-02")
def test_a_standard_is_the_same_for_everybody_and_its_limits_belong_to_the_better_side():
    scores = draw("""
        employee_id | criterion_id | score
        a           | calm         | 79.999
        a           | service      | 90
        b           | calm         | 80
        b           | service      | 89.999
        c           | calm         |
        c           | other        | 50
    """)
    bands = draw("""
        criterion_id | meets_from | exceeds_from
        calm         | 80         | 95
        service      | 60         | 90
    """)
    found = against_standard(scores, bands)
    assert found["standing"].fillna("-").tolist() == [
        *("below", "exceeds"),
        *("meets", "meets"),
        *("-", "-"),
    ]


@pytest.mark.requirement("C-02")
def test_a_standard_that_exceeds_before_it_meets_is_refused():
    bands = pd.DataFrame({"criterion_id": ["calm"], "meets_from": [80], "exceeds_from": [80]})
    scores = pd.DataFrame({"employee_id": ["a"], "criterion_id": ["calm"], "score": [80.0]})
    with pytest.raises(InputError, match="bands: 'calm' cannot be meant; exceeds_from lies above"):
        against_standard(scores, bands)


@pytest.mark.requirement("C-03")
def test_a_ranking_shows_ties_as_shared_places():
    """By way of `rank`, the method of C-03: 90, 80, 80 are places 1, 2 and 2."""
    table = pd.DataFrame({"employee_id": list("abc"), "team_id": "t", "score": [80.0, 90.0, 80.0]})
    assert rank(table)["rank"].tolist() == [2, 1, 2]


# What people say


@pytest.mark.requirement("C-06", "C-07")
def test_behaviour_texts_stand_in_the_order_of_their_points():
    behaviours = [
        {"points": 5, "text": "calms an angry customer down"},
        {"points": 1, "text": "raises his voice"},
    ]
    criteria = [
        {"id": "service"},
        {"id": "calm", "title": "Calm", "scale": [1, 5], "behaviours": behaviours},
    ]
    assert behaviour_texts(scheme_of(criteria=criteria)).to_dict("records") == [
        {"criterion_id": "calm", "title": "Calm", "points": 1, "text": "raises his voice"},
        {
            "criterion_id": "calm",
            "title": "Calm",
            "points": 5,
            "text": "calms an angry customer down",
        },
    ]


@pytest.mark.requirement("C-07")
def test_extreme_points_of_an_anchored_scale_take_evidence():
    ends = [{"points": 1, "text": "raises his voice"}, {"points": 5, "text": "calms others down"}]
    scheme = scheme_of(
        criteria=[{"id": "service"}, {"id": "calm", "scale": [1, 5], "behaviours": ends}]
    )
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score | round | evidence_text
        a           | m            | boss           | calm         | 5     | 1     | case 17
        a           | n            | peer           | calm         | 5     | 1     |
        a           | m            | boss           | service      | 100   | 1     |
        b           | m            | boss           | calm         | 1     | 1     |
        b           | n            | peer           | calm         | 1     | 1     |
        b           | n            | peer           | calm         | 2     | 2     |
        c           | m            | boss           | calm         | 4     | 1     |
        c           | n            | peer           | calm         |       |       |
    """)
    columns = ["employee_id", "evaluator_id", "score", "extreme"]
    found = extremes_without_evidence(given, scheme)
    assert found[columns].to_numpy().tolist() == [["a", "n", 5, "highest"], ["b", "m", 1, "lowest"]]
    linked = given.assign(evidence_link="file 3")
    assert extremes_without_evidence(linked, scheme).empty
    bare = extremes_without_evidence(given.drop(columns="evidence_text"), scheme)
    assert bare["employee_id"].tolist() == ["a", "a", "b"]


@pytest.mark.requirement("C-08")
def test_observations_are_counted_on_the_days_of_the_department():
    log = check(
        draw("""
            employee_id | observed_at          | observer_id | criterion_id | behaviour   | positive
            a           | 2026-09-30T16:30:00Z | m           | calm         | listens     | true
            a           | 2026-10-31T15:30:00Z | n           | calm         | listens     | true
            a           | 2026-10-31T16:30:00Z | m           | calm         | November    | false
            a           | 2026-10-05T08:00:00Z | m           | calm         | interrupts  | false
            a           | 2026-10-06T08:00:00Z | m           | calm         | waits       |
            a           | 2026-10-06T08:00:00Z | m           | service      | helps       | true
            b           | 2026-10-07T08:00:00Z | m           | calm         | sighs       | false
        """),
        BEHAVIOUR_LOG,
    ).frame
    found = observations(log, OCTOBER, "a", "Asia/Shanghai")
    assert found.to_dict("records") == [
        {
            "employee_id": "a",
            "criterion_id": "calm",
            "n_positive": 2,
            "n_negative": 1,
            "n_unmarked": 1,
            "n_observers": 2,
        },
        {
            "employee_id": "a",
            "criterion_id": "service",
            "n_positive": 1,
            "n_negative": 0,
            "n_unmarked": 0,
            "n_observers": 1,
        },
    ]
    everybody = observations(log, OCTOBER, timezone="Asia/Shanghai")
    assert everybody["employee_id"].tolist() == ["a", "a", "b"]
    # In UTC the first row lies in September and the third in October.
    assert observations(log, OCTOBER, "a")["n_positive"].tolist() == [2 - 1, 1]
    assert observations(log, OCTOBER, "a")["n_negative"].tolist() == [1 + 1, 0]
    assert observations(log.iloc[:0], OCTOBER).empty


def rated(scheme):
    """a: self 90 and 70, boss 80 and 60, peers 75 (three) on service, 20 (two, hidden) on calm."""
    given = draw("""
        employee_id | evaluator_id | evaluator_type | criterion_id | score
        a           | a            | self           | service      | 90
        a           | a            | self           | calm         | 70
        a           | m            | boss           | service      | 80
        a           | m            | boss           | calm         | 60
        a           | p            | peer           | service      | 70
        a           | q            | peer           | service      | 75
        a           | r            | peer           | service      | 80
        a           | p            | peer           | calm         | 10
        a           | q            | peer           | calm         | 30
        b           | b            | self           | service      | 60
        b           | m            | boss           | service      | 70
        c           | c            | self           | service      | 50
        c           | m            | boss           | service      | 40
    """)
    return combine_evaluations(given, scheme)


@pytest.mark.requirement("C-09", "D-08")
def test_360_gives_means_of_each_source_and_hides_small_ones():
    scheme = scheme_of()
    means = sources_of_360(rated(scheme), scheme).means
    of_a = means[means["employee_id"] == "a"].set_index("evaluator_type")
    assert list(of_a.index) == ["self", "peer", "boss"]
    assert of_a["score"].to_dict() == {
        "self": (90 + 70) / 2,
        "peer": (70 + 75 + 80) / 3,
        "boss": (80 + 60) / 2,
    }
    assert of_a["n_criteria"].to_dict() == {"self": 2, "peer": 1, "boss": 2}
    assert of_a["n_hidden"].to_dict() == {"self": 0, "peer": 1, "boss": 0}


@pytest.mark.requirement("C-09", "D-08")
def test_gaps_are_self_minus_the_mean_of_the_sources_that_are_shown():
    scheme = scheme_of()
    gaps = sources_of_360(rated(scheme), scheme).gaps.set_index(["employee_id", "criterion_id"])
    assert gaps["others"].to_dict() == {
        ("a", "calm"): 60,
        ("a", "service"): (75 + 80) / 2,
        ("b", "service"): 70,
        ("c", "service"): 40,
    }
    assert gaps["gap"].to_dict() == {
        ("a", "calm"): 70 - 60,
        ("a", "service"): 90 - (75 + 80) / 2,
        ("b", "service"): 60 - 70,
        ("c", "service"): 50 - 40,
    }
    assert gaps["n_sources"].tolist() == [1, 2, 1, 1]


@pytest.mark.requirement("C-09")
def test_a_source_that_only_confirms_is_not_among_the_others():
    scheme = scheme_of(
        evaluators=[
            {"type": "self"},
            {"type": "peer", "shown_from": 1},
            {"type": "boss", "role": "confirm"},
        ]
    )
    gaps = sources_of_360(rated(scheme), scheme).gaps
    assert gaps[["criterion_id", "others"]].to_numpy().tolist() == [["calm", 20], ["service", 75]]


@pytest.mark.requirement("C-09")
def test_agreement_of_two_sources_is_over_what_both_judged():
    """Self minus boss: a (90 + 70 - 80 - 60) / 2 = 10, b -10, c 10."""
    scheme = scheme_of()
    agreement = sources_of_360(rated(scheme), scheme).agreement.set_index(["type_a", "type_b"])
    row = agreement.loc[("self", "boss")]
    assert row["n_employees"] == 3
    assert row["difference"] == pytest.approx((10 - 10 + 10) / 3)
    assert row["absolute_difference"] == 10
    own, boss = [80 - 190 / 3, 60 - 190 / 3, 50 - 190 / 3], [70 - 60, 70 - 60, 40 - 60]
    products = sum(x * y for x, y in zip(own, boss, strict=True))
    spread = sqrt(sum(x * x for x in own) * sum(y * y for y in boss))
    assert row["correlation"] == pytest.approx(products / spread)
    # The peers' 20 on calm is hidden: what is left is service, 90 - 75, of one person.
    few = agreement.loc[("self", "peer")]
    assert (few["n_employees"], few["difference"]) == (1, 90 - 75)
    assert pd.isna(few["correlation"])


def test_360_without_evaluations_is_empty():
    found = sources_of_360(OUTPUT_TABLES["evaluation_scores"].empty(), scheme_of())
    assert found.means.empty and found.gaps.empty
    assert found.agreement["n_employees"].tolist() == [0, 0, 0]


@pytest.mark.requirement("C-01", "C-10")
def test_how_far_a_persons_own_goals_have_got_can_be_a_part_of_the_score():
    """The last check-in counts: ann stands at 80 of 100 and 30 of 50, bea at 18 of 20."""
    goals = draw("""
        goal_id | owner_scope | owner_id | indicator_id         | target
        g1      | employee    | ann      | operating_indicators | 100
        g2      | employee    | ann      | operating_indicators | 50
        g3      | employee    | bea      | operating_indicators | 20
    """)
    checked = draw("""
        goal_id | at         | value | by
        g1      | 2026-10-10 | 40    | boss
        g1      | 2026-10-30 | 80    | boss
        g2      | 2026-10-30 | 30    | boss
        g3      | 2026-10-30 | 18    | boss
    """)
    checked["at"] = pd.to_datetime(checked["at"], utc=True)
    teams = draw("employee_id | team_id | from_date\nann | A | 2026-01-01\nbea | A | 2026-01-01")
    teams["from_date"] = pd.to_datetime(teams["from_date"])
    linear = {"method": "linear", "floor": 0, "target": 1}
    own = {"indicator": "operating_indicators", "weight": 100, "scoring": linear}
    tables = {"goals": goals, "goal_checkins": checked, "assignments": teams}
    made = appraise(tables, scheme_of(score=[own]), OCTOBER)
    assert made.appraisals.set_index("employee_id")["score"].to_dict() == pytest.approx(
        {"ann": 100 * (80 / 100 + 30 / 50) / 2, "bea": 100 * 18 / 20}
    )


# Balanced scorecard

SCORECARD = {
    "criteria": [{"id": "service_attitude"}, {"id": "tidiness"}],
    "score": [
        {
            "indicator": "order_amount_total",
            "weight": 40,
            "scoring": {"method": "linear", "floor": 0, "target": 100},
        },
        {
            "indicator": "response_time_avg",
            "weight": 10,
            "scoring": {"method": "linear", "floor": 100, "target": 0},
        },
        {
            "indicator": "order_processing_time",
            "weight": 20,
            "scoring": {"method": "linear", "floor": 100, "target": 0},
        },
        {"criterion": "service_attitude", "evaluator": "boss", "weight": 20},
        {"criterion": "tidiness", "evaluator": "boss", "weight": 10},
        {
            "indicator": "collaboration_bonus",
            "scoring": {"method": "bonus", "points": 1, "cap": 5},
        },
    ],
}


def scorecard(values, evaluations):
    scheme = scheme_of(**SCORECARD)
    scores = score(draw(values), scheme, combine_evaluations(draw(evaluations), scheme))
    found = perspectives(scores, scheme)
    return totals(scores), found.set_index(["employee_id", "perspective"])


@pytest.mark.requirement("C-11")
def test_a_scorecard_has_four_sub_scores_that_add_up_to_the_total():
    total, found = scorecard(
        """
        employee_id | indicator_id          | value | numerator | status
        a           | order_amount_total    | 50    |           | ok
        a           | response_time_avg     | 10    |           | ok
        a           | order_processing_time | 40    |           | ok
        a           | collaboration_bonus   |       | 3         | ok
        """,
        """
        employee_id | evaluator_id | evaluator_type | criterion_id     | score
        a           | m            | boss           | service_attitude | 80
        a           | m            | boss           | tidiness         | 60
        """,
    )
    of_a = found.loc["a"]
    assert list(of_a.index) == [*PERSPECTIVES, "none", "total"]
    assert of_a["weight"].to_dict() == {
        "finance": 40,
        "customer": 20,
        "process": 10 + 20,
        "learning": 0,
        "none": 10,
        "total": 100,
    }
    assert of_a["score"].drop("learning").to_dict() == pytest.approx(
        {
            "finance": 50,
            "customer": 80,
            "process": (10 * 90 + 20 * 60) / (10 + 20),
            "none": 60,
            "total": total["a"],
        }
    )
    assert pd.isna(of_a.loc["learning", "score"])
    assert of_a["contribution"].to_dict() == pytest.approx(
        {
            "finance": 0.4 * 50,
            "customer": 0.2 * 80,
            "process": 0.1 * 90 + 0.2 * 60,
            "learning": 3,  # the bonus of collaboration
            "none": 0.1 * 60,
            "total": total["a"],
        }
    )
    assert total["a"] == pytest.approx(20 + 16 + 21 + 3 + 6)


@pytest.mark.requirement("C-11")
def test_a_part_names_its_perspective_before_its_group_the_criterion_and_the_catalogue():
    """a: 40 x 50 earned, 20 x 80 for customers, 10 x 60 learnt, 30 x 90 in the work."""
    scheme = scheme_of(
        criteria=[
            {"id": "tidiness", "perspective": {"assumed": "learning", "because": "a habit"}},
            {"id": "service_attitude"},
        ],
        score=[
            {
                "id": "results",
                "perspective": "finance",
                "parts": [
                    {"criterion": "tidiness", "id": "sums", "evaluator": "boss", "weight": 40},
                    {
                        "criterion": "service_attitude",
                        "evaluator": "boss",
                        "weight": 30,
                        "perspective": {"stated": "process"},
                    },
                ],
            },
            {"criterion": "tidiness", "evaluator": "boss", "weight": 10},
            {"criterion": "service_attitude", "id": "kind", "evaluator": "boss", "weight": 20},
        ],
        roles={"phone": {"score.kind.perspective": "finance"}},
    )
    points = {"results/sums": 50, "results/service_attitude": 90, "tidiness": 60, "kind": 80}
    weights = [40, 30, 10, 20]
    rows = pd.DataFrame({"component_id": [*points], "score": [*points.values()]})
    rows = rows.assign(weight=weights, contribution=rows["score"] * weights / 100, employee_id="a")
    two_roles = rows.assign(component_id="phone/" + rows["component_id"], employee_id="b")
    found = perspectives(pd.concat([rows, two_roles]), scheme).set_index("employee_id")
    of = {person: found.loc[person].set_index("perspective")["contribution"] for person in "ab"}
    assert of["a"].to_dict() == pytest.approx(
        {"finance": 20, "customer": 16, "process": 27, "learning": 6, "total": 69}
    )
    assert of["b"][["finance", "customer", "total"]].tolist() == pytest.approx([20 + 16, 0, 69])
    assert dict(scheme.sourced())["criteria.tidiness.perspective"].provenance == "assumed"


@pytest.mark.requirement("C-11")
def test_a_missing_perspective_is_empty_and_without_a_total_all_are():
    total, found = scorecard(
        """
        employee_id | indicator_id          | value | numerator | status
        a           | order_amount_total    | 50    |           | ok
        a           | order_processing_time | 40    |           | ok
        b           | response_time_avg     | 10    |           | ok
        """,
        """
        employee_id | evaluator_id | evaluator_type | criterion_id     | score
        a           | m            | boss           | tidiness         | 60
        """,
    )
    assert found.loc["a", "weight"].to_dict() == pytest.approx(
        {
            "finance": 100 * 40 / 70,
            "customer": 0,
            "process": 100 * 20 / 70,
            "learning": 0,
            "none": 100 * 10 / 70,
            "total": 100,
        }
    )
    assert pd.isna(found.loc[("a", "customer"), "score"])
    assert "b" not in total.dropna()
    assert found.loc["b", ["weight", "score", "contribution"]].isna().all(axis=None)
    assert found.loc[("b", "process"), "n_components"] == 1


@pytest.mark.requirement("C-11")
def test_every_indicator_of_the_catalogue_has_a_perspective():
    found = {}
    for name, indicator in INDICATORS.items():
        if indicator.direction != "none":
            scheme = scheme_of(
                criteria=[{"id": name}],
                score=[{"criterion": name, "evaluator": "boss", "weight": 100}],
            )
            scores = pd.DataFrame(
                {"employee_id": ["a"], "component_id": [name], "score": [80.0], "weight": [100.0]}
            ).assign(contribution=80.0)
            rows = perspectives(scores, scheme)
            [found[name]] = rows.loc[(rows["score"] == 80) & (rows["perspective"] != "total")][
                "perspective"
            ]
    assert set(found.values()) == set(PERSPECTIVES)
    assert found["inquiry_conversion"] == "customer"
    assert found["service_cost"] == "finance"


# Guidance


@pytest.mark.requirement("C-15")
def test_the_guidance_names_every_method_with_its_use_and_both_sides():
    guidance = method_guidance()
    assert guidance["requirement"].tolist() == [f"C-{number:02}" for number in range(1, 15)]
    assert guidance.notna().all(axis=None) and (guidance != "").all(axis=None)
    assert guidance["method"].is_unique
    rows = guidance.set_index("method")
    for method, words in {
        "kpi": ["sales", "service", "marketing"],
        "feedback_360": ["managers", "leaders"],
        "mbo": ["sales", "marketing", "projects"],
        "bsc": ["large companies", "groups of companies"],
        "ranking": ["overall performance", "promotion"],
        "paired_comparison": ["a particular skill"],
        "behaviour_log": ["deal directly with people"],
    }.items():
        assert all(word in rows.loc[method, "used_for"] for word in words), method
    for method, pro, con in [
        ("rating_scale", "simple", "subjective"),
        ("bars", "objective", "laborious"),
        ("feedback_360", "complete", "time-consuming"),
        ("mbo", "concrete", "complex"),
        ("bsc", "balanced", "complex"),
    ]:
        assert pro in rows.loc[method, "pros"] and con in rows.loc[method, "cons"], method


@pytest.mark.requirement("C-16")
def test_a_choice_of_method_is_recorded_with_its_reason():
    choices = check(
        draw("""
            cycle_id | scope     | method | purpose   | why                     | by
            2026-10  | pre-sales | kpi    | pay       | results can be counted  | head
            2026-10  | pre-sales | bar    | feedback  | conduct counts here     | head
        """),
        METHOD_CHOICES,
    ).frame
    [problem] = check_method_choices(choices)
    assert str(problem).startswith(
        "method_choices, row 1, column 'method': no method 'bar' (meant 'bars'?); there are goal, "
    )
    silent = choices.iloc[:1].assign(why=" ")
    assert [str(each) for each in check_method_choices(silent)] == [
        "method_choices, row 0, column 'why': no reason for 'kpi'; say why it was chosen"
    ]
    with pytest.raises(InputError, match="column 'why'"):
        check(choices.assign(why=[None, "x"]).astype({"why": "str"}), METHOD_CHOICES)
