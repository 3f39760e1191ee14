"""Tables of places and standings: awards, the talent pool, quotas, levels and the annual chain."""

from __future__ import annotations

from csperf.tables.declare import Column, Table, count_, date_, flag_, id_, text_
from csperf.tables.stamp import CYCLE, DEPARTMENT, PERSON, value_

AWARD_PLACES = Table(
    "award_places",
    "How many places each award of a longer period had, or why the talent pool is empty.",
    key=("cycle_id", "rule_id"),
    columns=(
        CYCLE,
        DEPARTMENT,
        id_("rule_id", "the award, or talent_pool"),
        count_("people", "everybody of the department in the period"),
        count_("places", "at most so many"),
        count_("given", "proposed"),
        text_("note", "why nobody, or fewer, get it"),
    ),
)

TALENT_POOL = Table(
    "talent_pool",
    "Stays in the talent pool; proposed until somebody has signed one of their proposals.",
    key=("cycle_id", "employee_id", "entered"),
    columns=(
        *PERSON,
        id_("entered", "cycle in which the person came into the pool"),
        id_("left", "first cycle in which he or she was out of it", required=False),
        Column("status", "text", "whether somebody signed it", choices=("proposed", "approved")),
        id_("guidance_owner", "who guides the person", required=False),
        text_("note", "how that is known, or that nobody is named"),
    ),
)

QUOTA_PLACES = Table(
    "quota_places",
    "Places of each share of grades and of the order, and how many people took them.",
    key=("cycle_id", "department_id", "by", "group_id", "share"),
    columns=(
        CYCLE,
        DEPARTMENT,
        Column("by", "text", "what is shared: grades, or the order", choices=("grade", "rank")),
        text_("group_id", "who share the places: a team, small teams together, or all"),
        id_("share", "grade, or share of the order"),
        value_("pct", "of the people of the group", "per cent"),
        count_("people", "people of the group"),
        count_("places", "whole places; empty without a quota"),
        count_("used", "people who took them"),
        text_("note", "why there are no places, or more people than places"),
    ),
)

STANDING_NOTES = Table(
    "standing_notes",
    "Why a person's level, grade by shares or state in the chain is what it is, or is not there.",
    key=("cycle_id", "employee_id", "about"),
    columns=(
        *PERSON,
        Column(
            "about",
            "text",
            "column of the appraisals that it is about",
            choices=("level", "distribution_grade", "state"),
        ),
        text_("note", "cycles still needed, what is held, places that are full, what is not ruled"),
    ),
)

CHAIN_MOVES = Table(
    "chain_moves",
    "What happened to people in the annual chain, and what the chain and people made of it.",
    key=("cycle_id", "employee_id", "at", "event"),
    columns=(
        *PERSON,
        date_("at", "day of the event"),
        text_("event", "annual, mid_year, contract_ends, absent or appeal_open"),
        text_("grade", "grade that counted"),
        text_("state_before", "state in the chain before it"),
        id_("transition", "row of the chain that answered; empty if none had to", required=False),
        text_("state", "state that the chain puts the person in"),
        value_("allowance_change", "as far as the lowest and highest level allow", "levels"),
        value_("allowance_level", "level after it", "levels"),
        text_("promotion", "unchanged, normal, allowed or frozen"),
        flag_("review", "people have to look at the case"),
        flag_("clamped", "the lowest or highest level cut the change"),
        Column(
            "decision",
            "text",
            "what people decided about it",
            choices=("confirmed", "changed", "rejected"),
        ),
        text_("decided_state", "state after that decision, as later cycles find it"),
        value_("decided_level", "allowance level after that decision", "levels"),
        text_("note", "what the source does not rule, or why nothing changed"),
    ),
)

STANDING_TABLES = (AWARD_PLACES, TALENT_POOL, QUOTA_PLACES, STANDING_NOTES, CHAIN_MOVES)
