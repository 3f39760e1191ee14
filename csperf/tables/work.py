"""Planning and work records: plans, goals, tasks, reports, tests, help given, ideas."""

from __future__ import annotations

from csperf.tables.declare import (
    AtMost,
    Column,
    Reference,
    Table,
    TimeOrder,
    count_,
    currency_,
    date_,
    employee,
    flag_,
    id_,
    number_,
    points_,
    text_,
    time_,
)

SCOPES = ("department", "team", "employee")
FRACTION = 1.5  # a share above it was meant in per cent

_EMPLOYEE = id_("employee_id", "the person")

TARGETS = Table(
    "targets",
    "Plans of departments, teams and people.",
    key=("target_id",),
    columns=(
        id_("target_id", "the plan"),
        Column("scope", "text", "whose plan it is", required=True, choices=SCOPES),
        id_("scope_id", "id of the department, team or employee"),
        id_("indicator_id", "a row of the catalogue"),
        date_("period_start", "first day of the period", required=True, ahead=True),
        date_("period_end", "last day of the period", required=True, ahead=True),
        number_("target", "value planned for the whole period", required=True),
        number_("floor", "value that gives no points"),
        number_("cap", "value above which nothing more counts"),
        text_("unit", "unit of target, floor and cap: share, s, currency ..."),
        currency_("target, floor and cap; the department's if left out"),
        text_("version", "of several, the one agreed last counts"),
        id_("set_by", "who set it", required=False),
        time_("agreed_at", "when it was agreed"),
        text_("reason", "why it is what it is"),
    ),
    rules=(
        TimeOrder("period_start", "period_end", "error", strict=True),
        AtMost("target", FRACTION, when=("unit", ("share", "fraction"))),
        AtMost("floor", FRACTION, when=("unit", ("share", "fraction"))),
        AtMost("cap", FRACTION, when=("unit", ("share", "fraction"))),
    ),
)

GOALS = Table(
    "goals",
    "Goals agreed with people, teams and departments.",
    key=("goal_id",),
    columns=(
        id_("goal_id", "the goal"),
        id_("parent_goal_id", "goal that it serves", required=False),
        text_("owner_scope", "whose goal it is", SCOPES),
        id_("owner_id", "id of the department, team or employee", required=False),
        text_("title", "as printed"),
        id_("indicator_id", "a row of the catalogue", required=False),
        id_("rubric_id", "the rubric that it is judged by", required=False),
        Column("baseline", "number", "value at the start"),
        Column("target", "number", "value to be reached", at_least=0),
        text_("unit", "unit of baseline and target"),
        date_("deadline", "last day", ahead=True),
        text_("data_source", "where its value comes from"),
        id_("proposed_by", "who proposed it", required=False),
        time_("agreed_by_employee_at", "when the employee agreed"),
        time_("agreed_by_manager_at", "when the manager agreed"),
        text_("status", "as recorded"),
        text_("perspective", "finance, customer, process, learning ..."),
    ),
    references=(Reference("parent_goal_id", "goals", "goal_id"),),
)

GOAL_CHECKINS = Table(
    "goal_checkins",
    "How goals stand.",
    key=("goal_id", "at", "by"),
    columns=(
        id_("goal_id", "the goal"),
        time_("at", "when", required=True),
        Column("value", "number", "value reached, in the goal's unit"),
        text_("note", "as written"),
        id_("by", "who says so", required=False),
    ),
    references=(Reference("goal_id", "goals", "goal_id"),),
)

TASKS = Table(
    "tasks",
    "Tasks and feedback items given to people.",
    key=("task_id",),
    columns=(
        id_("task_id", "the task"),
        id_("employee_id", "who has to do it"),
        id_("assigned_by", "who gave it", required=False),
        time_("assigned_at", "when it was given"),
        time_("due_at", "when it is due", required=True, ahead=True),
        time_("done_at", "when it was done; empty means never"),
        text_("kind", "what it is; a task if left out", ("task", "feedback_item")),
        points_("quality_score", "judged quality"),
    ),
    rules=(
        TimeOrder("assigned_at", "due_at", "warn"),
        TimeOrder("assigned_at", "done_at", "warn"),
    ),
    references=(employee(), employee("assigned_by")),
)

REPORTS_DUE = Table(
    "reports_due",
    "Reports that people or teams owe the company.",
    key=("report_id",),
    columns=(
        id_("report_id", "the report"),
        id_("employee_id", "who owes it; empty where a team does", required=False),
        id_("team_id", "the team that owes it", required=False),
        text_("name", "as printed"),
        time_("due_at", "when it is due", required=True, ahead=True),
        time_("submitted_at", "when it came; empty means never"),
        flag_("audited", "compared with the source"),
        flag_("authentic", "agreed with the source"),
        points_("quality_score", "judged quality"),
    ),
    references=(employee(), Reference("team_id", "teams", "team_id")),
)

KNOWLEDGE_TESTS = Table(
    "knowledge_tests",
    "Tests of what people know.",
    key=("test_id", "employee_id", "attempt"),
    columns=(
        id_("test_id", "the test"),
        _EMPLOYEE,
        time_("taken_at", "when it was taken", required=True),
        count_("level", "level that is reached by passing it"),
        number_("score", "points reached", "points"),
        number_("max_score", "points possible; 100 if left out", "points"),
        flag_("passed", "it was passed"),
        date_("valid_until", "last day on which it counts; empty means for good", ahead=True),
        count_("attempt", "1, 2 ...; 1 if left out"),
    ),
    rules=(AtMost("score", "max_score"),),
    references=(employee(),),
)

COLLABORATIONS = Table(
    "collaborations",
    "Help given to colleagues.",
    key=("id",),
    columns=(
        id_("id", "the row"),
        id_("employee_id", "who helped"),
        time_("at", "when", required=True),
        id_("case_id", "the case it was about", required=False),
        id_("helped_by", "colleague who helped as well", required=False),
        number_("points", "bonus points", "points"),
        id_("approved_by", "who approved them", required=False),
    ),
    references=(Reference("case_id", "cases", "case_id"), employee(), employee("helped_by")),
)

INNOVATIONS = Table(
    "innovations",
    "Ideas for process, technology, product or service.",
    key=("id",),
    columns=(
        id_("id", "the row"),
        id_("employee_id", "whose idea it is"),
        time_("at", "when it was handed in", required=True),
        text_("title", "as printed"),
        text_("kind", "what it improves", ("process", "technology", "product", "service")),
        flag_("accepted", "it was accepted; empty means not decided"),
        number_("points", "bonus points", "points"),
    ),
    references=(employee(),),
)

WORK_TABLES = (
    TARGETS,
    GOALS,
    GOAL_CHECKINS,
    TASKS,
    REPORTS_DUE,
    KNOWLEDGE_TESTS,
    COLLABORATIONS,
    INNOVATIONS,
)
