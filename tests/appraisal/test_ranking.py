"""Places, ties and grades."""

import pandas as pd
import pytest
from drawing import draw
from pandas import Series

from csperf import grade, rank
from csperf.scheme import Scheme

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
