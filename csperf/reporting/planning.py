"""The planning report, section by section; each function gives one thing to show."""

from __future__ import annotations

from pandas import DataFrame

from csperf.practice.smart import FLAGS
from csperf.reporting.department import DepartmentView
from csperf.reporting.display import (
    ColumnView,
    Details,
    Facts,
    Heading,
    Sentences,
    TableView,
    number,
)
from csperf.reporting.foundations import component_titles, provenance
from csperf.reporting.people import joined, known_only
from csperf.reporting.plan import PEOPLE, Plan, planned
from csperf.reporting.planning_next import next_steps
from csperf.reporting.planning_targets import (
    changes_table,
    everybodys_table,
    reach_table,
    suggested_table,
    sums_table,
)
from csperf.reporting.planning_words import (
    aim,
    flag_in_words,
    known,
    person,
    reasons_of,
    serves,
    titles_of,
    value,
)

__all__ = [
    "balance_table",
    "changes_table",
    "comments",
    "consulted_table",
    "covered",
    "everybodys_table",
    "families",
    "flags_table",
    "goals_table",
    "heading",
    "how",
    "inputs",
    "next_steps",
    "planned",
    "progress_table",
    "provenance",
    "reach_table",
    "sets_table",
    "steps_table",
    "suggested_table",
    "sums_table",
]

Shown = TableView | Sentences | Details | Facts | None


def heading(view: DepartmentView) -> Heading:
    """Title and scheme."""
    text = view.text
    return Heading(
        title=text("planning.title", department=view.name, cycle=view.cycle.id),
        subtitle=text("planning.subtitle", scheme=view.scheme.title, version=view.scheme.version),
        lang=text("language.tag"),
    )


def inputs(plan: Plan) -> Shown:
    """What the goals rest on, as it was written down."""
    text = plan.view.text
    rows = [
        (text(f"planning.input.{kind}"), said)
        for kind in ("strategy", "duties", "conditions")
        for said in plan.inputs.loc[plan.inputs["kind"] == kind, "text"]
    ]
    return Details(text("planning.inputs"), rows) if rows else None


def steps_table(plan: Plan) -> Shown:
    """Who does what when, how, and to what standard."""
    text, rows = plan.view.text, plan.steps
    if rows.empty:
        return None
    rows = rows.assign(
        part=[text(f"planning.part.{part}") for part in rows["part"]],
        who=[
            joined([known(text, "planning.level", row.level), person(plan, row.responsible)])
            for row in rows.itertuples()
        ],
        how=[joined([row.method, row.process], ": ") for row in rows.itertuples()],
    )
    columns = [
        ColumnView("task", text("planning.task")),
        ColumnView("part", text("planning.of_part")),
        ColumnView("who", text("planning.who")),
        ColumnView("from_date", text("planning.from_day"), "date"),
        ColumnView("to_date", text("planning.to_day"), "date"),
        ColumnView("how", text("planning.how_done")),
        ColumnView("standard", text("planning.standard")),
    ]
    return TableView(rows, known_only(rows, *columns), text("planning.steps", n=len(rows)))


def covered(plan: Plan) -> Shown:
    """How many people have a goal of their own, and how many goals are agreed and looked at."""
    text, goals = plan.view.text, plan.goals
    if goals.empty:
        return None
    held = plan.view.result.appraisals
    people = held.loc[held["eligible"].astype(bool), "employee_id"]
    owners = goals.loc[goals["owner_scope"] == PEOPLE, "owner_id"]
    counts = {
        "with_goal": (people.isin(owners).sum(), len(people)),
        "agreed_goals": ((plan.agreed == "agreed").sum(), len(goals)),
        "looked_at": ((plan.progress["n_checkins"] > 0).sum(), len(goals)),
    }
    return Facts(
        [
            (text(f"planning.fact.{name}"), text("planning.n_of", n=int(n), of=of), "")
            for name, (n, of) in counts.items()
        ]
    )


def goals_table(plan: Plan) -> Shown:
    """Each goal with what it is to reach, what it serves and who has agreed."""
    text, goals = plan.view.text, plan.goals
    if goals.empty:
        return None
    rows = goals.assign(
        title=goals["goal_id"].map(titles_of(plan)),
        owner=[plan.name_of(row.owner_scope, row.owner_id) for row in goals.itertuples()],
        aim=[aim(plan, row) for _, row in goals.iterrows()],
        serves=[serves(plan, row) for _, row in goals.iterrows()],
        agreed=[text(f"planning.agreed.{plan.agreed[id]}") for id in goals["goal_id"]],
    )
    columns = [
        ColumnView("title", text("planning.goal")),
        ColumnView("owner", text("planning.owner"), "name"),
        ColumnView("agreed", text("planning.is_agreed")),
        ColumnView("aim", text("planning.aim")),
        ColumnView("deadline", text("planning.deadline"), "date"),
        ColumnView("serves", text("planning.serves")),
    ]
    n = int((plan.agreed == "agreed").sum())
    share = number(100 * n / len(goals), 0)
    return TableView(rows, columns, text("planning.goals", n=n, of=len(goals), share=share))


def flags_table(plan: Plan) -> Shown:
    """The five flags of each goal, why some do not hold, and what the goal lacks."""
    text = plan.view.text
    if plan.goals.empty:
        return None
    ids = plan.goals["goal_id"]
    holds = plan.smart.pivot(index="goal_id", columns="flag", values="holds")
    rows = DataFrame(
        {
            "goal": ids.map(titles_of(plan)),
            **{flag: [flag_in_words(plan, holds.loc[id, flag]) for id in ids] for flag in FLAGS},
            "reasons": [reasons_of(plan, id) for id in ids],
        }
    )
    columns = [
        ColumnView("goal", text("planning.goal")),
        *(ColumnView(flag, text(f"planning.flag.{flag}")) for flag in FLAGS),
        ColumnView("reasons", text("planning.why")),
    ]
    return TableView(rows, columns, text("planning.flags"))


def progress_table(plan: Plan) -> Shown:
    """How far goals are, against the time that has passed."""
    text = plan.view.text
    rows = plan.progress.merge(plan.goals[["goal_id", "unit", "indicator_id"]], on="goal_id")
    rows = rows[rows["n_checkins"] > 0]
    if rows.empty:
        return None
    rows = rows.assign(
        title=rows["goal_id"].map(titles_of(plan)),
        reached=[value(plan, row["value"], row) for _, row in rows.iterrows()],
        pace=[text(f"planning.pace.{pace}") for pace in rows["pace"]],
        share=rows["attainment"] / 100,
    )
    columns = [
        ColumnView("title", text("planning.goal")),
        ColumnView("reached", text("planning.reached"), "number"),
        ColumnView("share", text("planning.attainment"), "percent", digits=0),
        ColumnView("passed", text("planning.passed"), "percent", digits=0),
        ColumnView("pace", text("planning.standing")),
        ColumnView("n_checkins", text("planning.checkins"), "number", digits=0),
    ]
    return TableView(rows, columns, text("planning.progress", day=text.day(plan.today)))


def sets_table(plan: Plan) -> Shown:
    """What each role is appraised by, heaviest first."""
    text, rows = plan.view.text, plan.sets
    if rows.empty:
        return None
    titles = component_titles(plan.view)
    said = rows.assign(
        named=[
            text(
                "planning.weighs",
                name=titles.get(row.component_id, row.component_id),
                weight=number(row.weight),
            )
            for row in rows.itertuples()
        ]
    )
    rows = said.groupby(["role", "stage"], sort=False)["named"].agg("; ".join).reset_index()
    rows = rows.assign(
        role=[text.plain(role) for role in rows["role"]],
        stage=[known(text, "planning.stage", stage) for stage in rows["stage"]],
    )
    columns = [
        ColumnView("role", text("planning.role")),
        ColumnView("stage", text("planning.of_stage")),
        ColumnView("named", text("planning.appraised_by")),
    ]
    return TableView(rows, known_only(rows, *columns), text("planning.sets"))


def families(plan: Plan) -> Sentences:
    """How the results of longer periods come about."""
    text, longer = plan.view.text, plan.view.scheme.longer
    built = longer.built.value if longer else "unsaid"
    return Sentences([text(f"planning.longer.{built}")], kind="note")


def balance_table(plan: Plan) -> TableView:
    """Weight and goals of the four perspectives."""
    text, rows = plan.view.text, plan.balance
    rows = rows.assign(name=[text(f"sides.{name}") for name in rows["perspective"]])
    columns = [
        ColumnView("name", text("planning.perspective")),
        ColumnView("weight", text("planning.weight"), "number"),
        ColumnView("n_goals", text("planning.n_goals"), "number", digits=0),
    ]
    return TableView(rows, columns, text("planning.balance"))


def consulted_table(plan: Plan) -> Shown:
    """Who was asked, and how many agree."""
    text, rows = plan.view.text, plan.consulted
    if rows.empty:
        return None
    rows = rows.assign(item=[text.of(item) for item in rows["item"]])
    rows = rows.assign(day=rows["last"].dt.tz_convert(plan.view.timezone))
    columns = [
        ColumnView("item", text("planning.item")),
        ColumnView("n_seen", text("planning.seen"), "number", digits=0),
        ColumnView("n_voted", text("planning.voted"), "number", digits=0),
        ColumnView("n_agree", text("planning.agree"), "number", digits=0),
        ColumnView("share", text("planning.share_agree"), "percent", digits=0),
        ColumnView("n_comments", text("planning.comments_n"), "number", digits=0),
        ColumnView("day", text("planning.last"), say=text.day),
    ]
    return TableView(rows, columns, text("planning.consulted"))


def comments(plan: Plan) -> Shown:
    """What people said, without their names; not where so few spoke that they are known."""
    text, rows = plan.view.text, plan.tables["consultations"]
    said = rows[(rows["cycle_id"] == plan.view.cycle.id) & rows["comment"].notna()]
    if said.empty:
        return None
    least = plan.view.params.privacy.smallest_comments
    if said["participant_id"].nunique() < least:
        return Sentences([text("planning.comments_hidden", n=least)], kind="note")
    found = sorted(zip(said["item"], said["comment"], strict=True))
    return Details(text("planning.comments"), [(text.of(item), each) for item, each in found])


def how(plan: Plan) -> Details:
    """How to read the page."""
    text = plan.view.text
    parts = ("flags", "adding_up", "suggestion", "probability", "beyond", "pace")
    rows = [(text(f"planning.term.{part}"), text(f"planning.means.{part}")) for part in parts]
    return Details(text("planning.how"), rows)
