"""Awards for at most a share of all people, and the talent pool."""

import pandas as pd
import pytest
from drawing import draw
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from csperf import Cycle, InputError
from csperf.appraisal.awards import awards, places_of, talent_pool
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES

QUARTER = Cycle.parse("2026-Q4")
AWARDS = [
    {
        "id": "best",
        "max_share_pct": 5,
        "every": "quarter",
        "reward": ["medal", "bonus"],
        "approver": "HR",
    },
    {"id": "excellent", "max_share_pct": 10, "every": "quarter", "approver": "manager"},
    {"id": "of_the_year", "max_share_pct": 10, "every": "year", "approver": "HR"},
]


def scheme(gap="skip", **more):
    return Scheme.model_validate(
        {
            "id": "s",
            "title": "S",
            "version": "1",
            "score": [
                {"indicator": "report_quality", "weight": 100, "scoring": {"method": "rating"}}
            ],
            "ranking": {
                "gap": gap,
                "bands": {
                    "shares": [
                        {"id": "top", "kind": "cap", "pct": 10},
                        {"id": "rest", "kind": "about", "pct": 90},
                    ]
                },
            },
            "awards": AWARDS,
            **more,
        }
    )


SCHEME = scheme()


def people(*scores):
    """People p00, p01 ... with these scores."""
    return pd.DataFrame(
        {
            "employee_id": [f"p{number:02}" for number in range(len(scores))],
            "team_id": "t",
            "score": pd.Series(scores, dtype="float64"),
        }
    )


def given_to(found):
    return {rule: list(rows["employee_id"]) for rule, rows in found.proposals.groupby("rule_id")}


@pytest.mark.requirement("G2", "G0-6")
def test_of_forty_people_two_are_best_and_four_others_excellent():
    found = awards(people(*range(99, 59, -1)), SCHEME, QUARTER)
    assert given_to(found) == {"best": ["p00", "p01"], "excellent": ["p02", "p03", "p04", "p05"]}
    assert list(found.proposals) == OUTPUT_TABLES["proposals"].names
    first = found.proposals.iloc[0]
    assert (first["cycle_id"], first["action"], first["approver"]) == ("2026-Q4", "award", "HR")
    assert first["status"] == "proposed"
    assert first["facts"] == (
        "score 99.00, place 1 of 40 people, at most 5 % (2); reward: medal, bonus"
    )
    assert first["appeal_until"] == pd.Timestamp("2026-12-31") + pd.Timedelta(days=10 + 14)
    assert found.notes["note"].isna().all()


@pytest.mark.requirement("G2")
def test_a_group_of_fewer_than_twenty_has_nobody_best_and_says_why():
    found = awards(people(*range(99, 80, -1)), SCHEME, QUARTER)
    assert given_to(found) == {"excellent": ["p00"]}
    notes = found.notes.set_index("rule_id")
    assert notes.loc["best", ["people", "places", "given"]].tolist() == [19, 0, 0]
    assert notes.loc["best", "note"] == (
        "5 % of 19 people is 0.95, which is no whole place; 20 people have one"
    )
    assert given_to(awards(people(*range(99, 79, -1)), SCHEME, QUARTER))["best"] == ["p00"]


@pytest.mark.requirement("G2")
def test_people_who_are_equal_at_the_border_are_left_out_and_free_for_the_next_award():
    found = awards(people(90, 90, *range(80, 62, -1)), SCHEME, QUARTER)
    assert given_to(found) == {"excellent": ["p00", "p01"]}
    notes = found.notes.set_index("rule_id")["note"]
    assert notes["best"] == "2 people are equal at the border of 1 and left out"
    three = awards(people(95, 90, 90, 90, *range(80, 64, -1)), SCHEME, QUARTER)
    assert given_to(three) == {"best": ["p00"]}
    assert three.notes.set_index("rule_id").loc["excellent", "given"] == 0


def test_where_everybody_is_equal_nobody_gets_an_award():
    assert given_to(awards(people(*[80] * 40), SCHEME, QUARTER)) == {}


@pytest.mark.requirement("G2")
def test_who_has_no_score_counts_among_all_people_but_gets_nothing():
    found = awards(people(90, *[None] * 39), SCHEME, QUARTER)
    assert given_to(found) == {"best": ["p00"]}
    assert found.notes["people"].tolist() == [40, 40]
    assert found.notes["note"].tolist() == [
        "nobody else has a score: 1 of 2 places are taken",
        "nobody else has a score: 0 of 4 places are taken",
    ]


@pytest.mark.requirement("A-16", "G2")
@pytest.mark.parametrize(
    ("period", "rules"), [("2026-Q4", ["best", "excellent"]), ("2026", ["of_the_year"])]
)
def test_an_award_belongs_to_its_kind_of_period(period, rules):
    found = awards(people(*range(99, 59, -1)), SCHEME, Cycle.parse(period))
    assert sorted(given_to(found)) == rules


def test_a_month_has_no_awards():
    found = awards(people(90, 80), SCHEME, Cycle.parse("2026-10"))
    assert found.proposals.empty and found.notes.empty
    assert list(found.proposals) == OUTPUT_TABLES["proposals"].names


@pytest.mark.parametrize(
    ("pct", "n", "places"), [(10, 7, 0), (10, 10, 1), (5, 19, 0), (0.29, 10000, 29), (100, 3, 3)]
)
def test_a_share_is_floored_to_whole_places(pct, n, places):
    """0.29 x 10000 / 100 is 29, though a float makes it 28.999..."""
    assert places_of(pct, n) == places


@given(st.lists(st.integers(60, 75), max_size=60), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_shares_are_never_exceeded_and_order_changes_nothing(scores, random):
    group = people(*scores)
    found = awards(group, SCHEME, QUARTER)
    shuffled = group.sample(frac=1, random_state=random.randrange(1000))
    assert_frame_equal(found.proposals, awards(shuffled, SCHEME, QUARTER).proposals)
    counts = found.proposals["rule_id"].value_counts()
    assert counts.get("best", 0) <= len(scores) * 5 // 100
    assert counts.get("excellent", 0) <= len(scores) * 10 // 100
    assert not found.proposals["employee_id"].duplicated().any()


BANDS = """
    cycle_id | employee_id | band
    2026-Q1  | a           | top
    2026-Q1  | b           | rest
    2026-Q2  | a           | rest
    2026-Q2  | b           | top
    2026-Q4  | a           | top
    2026-Q4  | b           |
"""


def spells(found):
    return [tuple(row) for row in found.spells.fillna("").itertuples(index=False)]


@pytest.mark.requirement("G4-8", "I-06")
def test_the_talent_pool_keeps_who_entered_who_left_and_who_guides():
    found = talent_pool(draw(BANDS), SCHEME, {"b": "boss"})
    assert spells(found) == [
        ("a", "2026-Q1", "2026-Q2", ""),
        ("a", "2026-Q4", "", ""),
        ("b", "2026-Q2", "", "boss"),
    ]
    assert found.sizes["people"].tolist() == [2, 2, 2]
    assert found.sizes["members"].tolist() == [1, 1, 1]
    assert found.sizes["note"].isna().all()
    assert_frame_equal(
        found.spells, talent_pool(draw(BANDS).iloc[::-1], SCHEME, {"b": "boss"}).spells
    )


@pytest.mark.requirement("G4-8")
def test_who_is_not_ranked_stays_in_the_pool_unless_the_scheme_breaks_at_gaps():
    found = talent_pool(draw(BANDS), scheme(gap="break"))
    assert ("b", "2026-Q2", "2026-Q4", "") in spells(found)


@pytest.mark.requirement("G4-8")
def test_in_the_order_of_time_a_month_comes_before_its_next():
    rows = draw("""
        cycle_id | employee_id | band
        2026-02  | a           | rest
        2025-12  | a           | top
        2026-01  | a           | top
    """)
    assert spells(talent_pool(rows, SCHEME)) == [("a", "2025-12", "2026-02", "")]


@pytest.mark.requirement("G4-8")
def test_a_group_of_six_has_an_empty_pool_with_a_note():
    """Edge case 82: a tenth of six is no whole place."""
    rows = pd.DataFrame({"employee_id": list("abcdef"), "cycle_id": "2026-Q1", "band": "rest"})
    found = talent_pool(rows, SCHEME)
    assert found.spells.empty
    assert talent_pool(rows.assign(band=None), SCHEME).sizes.equals(found.sizes)
    assert found.sizes["note"].tolist() == [
        "10 % of 6 people is 0.6, which is no whole place; 10 people have one"
    ]
    many = pd.concat([rows.assign(employee_id=rows["employee_id"] + end) for end in "xy"])
    assert talent_pool(many, SCHEME).sizes["note"].tolist() == [
        "none of 12 people is in the first band"
    ]


def test_nobody_stands_twice_in_a_cycle_of_the_pool():
    with pytest.raises(InputError, match="employee 'a' stands twice in 2026-Q1"):
        talent_pool(draw(BANDS + "    2026-Q1  | a           | rest\n"), SCHEME)


def test_a_scheme_without_bands_has_no_pool():
    plain = scheme(ranking={})
    found = talent_pool(draw(BANDS), plain)
    assert found.spells.empty and found.sizes.empty
