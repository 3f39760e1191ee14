"""Positions, shared places, border cases and rules that are off, in the team report."""

import pytest
from team import GRADES, PLACES, each, headings, scheme, shown, team

from csperf.reporting.appraisal import people_table
from csperf.reporting.places import rules_off

GRADED = scheme(grades=GRADES)
RULES = [
    {"id": "best", "title": "Best", "when": {"rank_from_top": 1}, "action": "bonus"}
    | {"approver": "HR"},
    {"id": "last", "title": "Last two", "when": {"rank_from_bottom": 2}, "action": "training"}
    | {"approver": "HR"},
]


def remarks(records, **appraisals):
    """What the people table remarks on each, and the score as it is printed."""
    rows = each(**{**PLACES, **appraisals})
    table = people_table(team(GRADED, records, appraisals=rows))
    place = headings(table).index("Score")
    return [(row[place], row[-1]) for row in shown(table)]


@pytest.mark.requirement("C-05")
def test_a_plain_position_is_said_without_a_test_and_significantly_only_by_one():
    plain = ["above_average", "average", "below_average"]
    assert [said for _, said in remarks({"positions": each(position=plain)})] == [
        "above average",
        "average",
        "below average",
    ]
    tested = each(
        position=["significantly_above", "above_average", "below_average"],
        p_adjusted=[0.01, 0.2, 0.2],
    )
    assert [said for _, said in remarks({"positions": tested})] == [
        "significantly above average",
        "",
        "",
    ]


@pytest.mark.requirement("C-03")
def test_a_tie_at_the_first_place_is_called_shared_first():
    """Edge 1: two people are first, and the next one is third."""
    records = {"positions": each(sharing=[2, 2, None])}
    told = remarks(records, rank=[1, 1, 3], score=[90.5, 90.5, 60.0])
    assert [said for _, said in told] == ["shared first, with one other"] * 2 + [""]


@pytest.mark.requirement("C-05")
def test_a_score_near_a_border_is_printed_on_the_side_where_it_lies():
    """Edge 74: 89.996 is the middle grade, although two decimals would make it 90.00."""
    both = [("top", 0.49), ("middle", 0.51), ("low", 0.0)]
    rows = [
        {"employee_id": person, "border": border, "grade": grade, "probability": p}
        for person, border, chances in (
            ("ann", 90, both),
            ("bob", 70, [("top", None), ("middle", None), ("low", None)]),
        )
        for grade, p in chances
    ]
    assert remarks({"grade_chances": rows}, score=[89.996, 70.25, 60.0]) == [
        (
            "89.996",
            "border case: the grade changes at 90 (Top grade 49%, Middle grade 51%,"
            " Low grade < 0.1%)",
        ),
        ("70.25", "border case: the grade changes at 70"),
        ("60.0", ""),
    ]


@pytest.mark.parametrize(
    ("group", "position", "said"),
    [
        (1, None, "Ann is alone in the comparison group: there is no place, and no rule"),
        (2, "average", "All 2 people of the comparison group have the same score"),
        (
            2,
            "above_average",
            "The comparison group has 2 people, too few for these rules, which are off: Last two.",
        ),
        (
            3,
            "above_average",
            "too few for these rules, which are off: Last two. A rule on places"
            " needs more people than it names, and one on the last ones at least 4.",
        ),
    ],
)
@pytest.mark.requirement("C-03")
def test_it_is_said_why_rules_on_places_are_off(group, position, said):
    """Edges 4, 6 and 7: all equal, a group of one or two, fewer than the least number."""
    row = {"employee_id": "ann", "comparison_group": "t", "group_size": group}
    view = team(scheme(rules=RULES), {"positions": [{**row, "position": position}]})
    (note,) = rules_off(view).texts
    assert said in note


def test_nothing_is_said_where_every_rule_applies():
    row = {"employee_id": "ann", "comparison_group": "t", "group_size": 4, "position": "average"}
    other = {**row, "employee_id": "bob", "position": "above_average"}
    assert rules_off(team(scheme(rules=RULES), {"positions": [row, other]})) is None
    assert rules_off(team(scheme(rules=RULES))) is None
