"""Talks about results: whom to talk to, whom first and why, and what became of it."""

from __future__ import annotations

from csperf.tables.declare import Column, Table, count_, date_, id_, points_, text_
from csperf.tables.stamp import CYCLE, DEPARTMENT, PERSON, TEAM, value_

FEEDBACK = Table(
    "feedback",
    "With whom to talk, whom first and why; a help to prepare talks, from which nothing follows.",
    key=("cycle_id", "employee_id"),
    columns=(
        *PERSON,
        count_("place", "1 is whom to talk to first in the team"),
        text_("reasons", "why, the most pressing first: urgent, below, grade_gap, falling ..."),
        text_("level_group", "level of the hierarchy"),
        Column("level", "text", "by grade or score", choices=("high", "middle", "low")),
        Column(
            "trend",
            "text",
            "against the own earlier cycles; rising and falling only beyond the 95 % interval",
            choices=("rising", "stable", "falling", "unknown"),
        ),
        points_("score", "the official score"),
        value_("change", "score minus the mean of the own earlier cycles", "points"),
        value_("low", "lower end of its 95 % interval"),
        value_("high", "upper end of its 95 % interval"),
        count_("n_cycles", "earlier cycles, at most three"),
        text_("pattern", "as in results_summary"),
        id_("short_board", "the component that costs most", required=False),
        count_("n_sharing", "people of all teams with this level group, pattern and short board"),
        count_("n_teams", "teams that they are in"),
        Column(
            "standing",
            "text",
            "of the talk",
            choices=("held", "planned", "refused", "not_planned"),
        ),
        date_("planned_on", "first day that a talk was planned for"),
        date_("held_on", "day of the first talk"),
        date_("talk_by", "last day before the results stand"),
        Column("days_after_result", "count", "from the report to the talk, negative before it"),
        text_("flags", "confirmed_before_talk, planned_late, overdue"),
    ),
)

INTERVIEW_TRACKING = Table(
    "interview_tracking",
    "What became of the talks of each team, and how people rated them.",
    key=("cycle_id", "department_id", "team_id"),
    columns=(
        CYCLE,
        DEPARTMENT,
        TEAM,
        count_("n_people", "people with a result to talk about"),
        count_("n_held", "of them talked to"),
        count_("n_planned", "a talk is planned"),
        count_("n_refused", "a talk was refused"),
        count_("n_not_planned", "nothing is planned"),
        count_("n_overdue", "neither held nor refused, and the last day is over"),
        count_("n_confirmed_before_talk", "a result was confirmed or changed before any talk"),
        value_("median_days", "from the report to the talk", "days"),
        count_("n_rated", "ratings of talks that were handed in"),
        Column(
            "rating",
            "number",
            "their mean to one decimal; empty with fewer than privacy.smallest_source",
            at_least=1,
            at_most=5,
        ),
    ),
)

TALK_TABLES = (FEEDBACK, INTERVIEW_TRACKING)
