"""Places, ties and grades."""

import pandas as pd
import pytest
from drawing import draw
from pandas import Series

from csperf import grade, rank
from csperf.appraisal import comparison_groups
from csperf.appraisal.outcomes import proposals
from csperf.params import Cycle
from csperf.scheme import Ranking, Scheme

BANDS = Scheme.model_validate(
    {
        "id": "s",
        "title": "S",
        "version": "1",
        "score": [
            {
                "indicator": "report_quality",
                "weight": 100,
                "scoring": {"method": "rating"},
            }
        ],
        "grades": [
            {"grade": "excellent", "from_score": 95},
            {"grade": "good", "from_score": 85},
            {"grade": "medium", "from_score": 70},
            {"grade": "to_be_improved", "from_score": 50},
            {"grade": "urgent", "from_score": 0},
        ],
    }
)


@pytest.mark.requirement("C-03")
def test_ties_share_the_better_place_from_the_top_and_the_worse_one_from_the_bottom():
    found = rank(
        draw("""
        employee_id | team_id | score
        a           | t       | 90
        b           | t       | 90
        c           | t       | 70
        d           | t       | 60
        e           | t       | 60
    """)
    )
    assert found["rank"].tolist() == [1, 1, 3, 4, 4]
    assert found["rank_average"].tolist() == [1.5, 1.5, 3, 4.5, 4.5]
    assert found["rank_from_bottom"].tolist() == [4, 4, 3, 1, 1]


def test_teams_are_ranked_apart_and_who_has_no_score_has_no_place():
    found = rank(
        draw("""
        employee_id | team_id | score
        a           | t       | 90
        b           | t       | 80
        c           | u       | 70
        d           | u       | 60
        e           | u       |
    """)
    )
    assert found["rank"].tolist() == [1, 2, 1, 2, pd.NA]
    assert found["group_size"].tolist() == [2, 2, 2, 2, pd.NA]


PEOPLE = """
    employee_id | team_id | role  | level_group | score
    ann         | t       | chat  | front_line  | 90
    ben         | t       | phone | front_line  | 80
    cyd         | u       | chat  | front_line  | 85
    dan         | u       | phone | front_line  | 95
    eve         | t       |       | front_line  | 70
    fay         | u       |       | front_line  | 60
    gus         | u       | chat  | manager     | 99
"""


def ranked(group):
    scheme = BANDS.model_copy(
        update={"ranking": Ranking.model_validate({"group": group, "by_level_group": True})}
    )
    people = draw(PEOPLE)
    people["group"] = comparison_groups(people, scheme, "shop")
    found = rank(people, "group").set_index("employee_id")
    return {who: (found["group"][who], found["rank"][who]) for who in found.index}


@pytest.mark.requirement("G0-4")
@pytest.mark.parametrize(
    ("group", "expected"),
    [
        (
            "team",
            {"ann": ("t", 1), "ben": ("t", 2), "eve": ("t", 3)}
            | {"dan": ("u", 1), "cyd": ("u", 2), "fay": ("u", 3)},
        ),
        (
            "department",
            {"dan": ("shop", 1), "ann": ("shop", 2), "cyd": ("shop", 3), "ben": ("shop", 4)}
            | {"eve": ("shop", 5), "fay": ("shop", 6)},
        ),
        (
            "role",
            {"ann": ("chat", 1), "cyd": ("chat", 2), "dan": ("phone", 1), "ben": ("phone", 2)}
            | {"eve": ("shop", 1), "fay": ("shop", 2)},
        ),
    ],
)
def test_people_are_ranked_in_their_team_their_department_or_their_role(group, expected):
    found = ranked(group)
    (manager, place) = found.pop("gus")
    assert manager.endswith(" manager") and pd.isna(place)  # alone among managers
    assert found == expected


@pytest.mark.requirement("G0-4", "G0-5", "79")
def test_a_streak_counts_within_the_role_where_people_are_ranked_by_role():
    """First twice: ann both times in chat, dan in chat and then in phone."""
    rule = {"id": "first", "when": {"rank_from_top": 1, "consecutive_cycles": 2}}
    scheme = Scheme.model_validate(
        {
            **BANDS.model_dump(mode="json", exclude_defaults=True),
            "ranking": {"group": "role"},
            "rules": [{**rule, "action": "bonus", "approver": "HR"}],
        }
    )
    columns = "employee_id | team_id | role | score | rank | rank_from_bottom | group_size | group"
    now = draw(f"""{columns}
        ann | t | chat  | 90 | 1 | 2 | 2 | chat
        cyd | t | chat  | 80 | 2 | 1 | 2 | chat
        dan | t | phone | 90 | 1 | 2 | 2 | phone
        ben | t | phone | 80 | 2 | 1 | 2 | phone
    """)
    then = draw("""
        employee_id | team_id | role  | value | rank | rank_from_bottom | group_size
        ann         | u       | chat  | 90    | 1    | 3                | 3
        cyd         | u       | chat  | 80    | 3    | 1                | 3
        dan         | u       | chat  | 90    | 1    | 3                | 3
        ben         | u       | phone | 80    | 2    | 1                | 2
    """).assign(cycle_id="2026-09", quantity_id="score", scheme_id="s", grade=None)
    found = proposals(now.assign(grade=None, level=None), scheme, Cycle.parse("2026-10"), then)
    assert found["employee_id"].tolist() == ["ann"]


def test_a_team_of_one_is_not_ranked():
    found = rank(
        draw("""
        employee_id | team_id | score
        a           | t       | 90
    """)
    )
    assert found["rank"].isna().all()
    assert found["group_size"].tolist() == [1]


def test_the_lowest_score_of_a_band_belongs_to_it():
    """Known answer: grades at 95, 85, 70, 50."""
    found = grade(Series([95.0, 85.0, 70.0, 50.0, 49.999, 0.0]), BANDS)
    assert found.tolist() == ["excellent", "good", "medium", "to_be_improved", "urgent", "urgent"]


def test_grades_follow_the_unrounded_score():
    """Edge case 74: 94.996 prints as 95.00 and is good all the same."""
    assert grade(Series([94.996, None]), BANDS).tolist()[0] == "good"
    assert grade(Series([94.996, None]), BANDS).isna().tolist() == [False, True]
