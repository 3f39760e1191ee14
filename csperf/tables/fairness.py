"""Whether outcomes fall on some groups of people more than on others; for HR only."""

from __future__ import annotations

from csperf.tables.declare import Column, Table, count_, text_
from csperf.tables.stamp import CYCLE, DEPARTMENT, probability_, value_

FAIRNESS = Table(
    "fairness",
    "How often grades, penalties and rewards fall on a group, against everybody else.",
    key=("cycle_id", "department_id", "attribute", "group", "outcome"),
    columns=(
        CYCLE,
        DEPARTMENT,
        text_("attribute", "tenure, site, employment_type or team_id"),
        text_("group", "the group of people"),
        text_("outcome", "penalised, rewarded, top_grade or lowest_grade"),
        count_("n", "people of the group"),
        count_("selected", "people of the group with the outcome"),
        value_("rate", "their share"),
        value_("rate_of_others", "share of everybody else with the outcome"),
        value_("ratio", "the impact ratio: rate over rate_of_others"),
        value_("low", "lower end of its 95 % interval"),
        value_("high", "upper end of its 95 % interval"),
        probability_("p_value", "Fisher's exact test"),
        probability_("p_adjusted", "adjusted for all rows (Benjamini and Hochberg)"),
        Column(
            "status",
            "text",
            "ok; suppressed, of too few people; nobody has the outcome",
            choices=("ok", "suppressed", "nobody"),
        ),
        text_("flag", "lower or higher where the ratio is beyond four fifths and that is clear"),
    ),
)
