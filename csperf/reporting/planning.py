"""The planning report, section by section; each function gives one thing to show."""

from __future__ import annotations

from pandas import DataFrame, Series

from csperf.practice.smart import FLAGS
from csperf.reporting.department import DepartmentView
from csperf.reporting.display import ColumnView, Details, Heading, Sentences, TableView, number
from csperf.reporting.foundations import component_titles, provenance
from csperf.reporting.people import joined, known_only
from csperf.reporting.plan import Plan, planned
from csperf.reporting.planning_next import next_steps
from csperf.reporting.planning_words import (
    aim,
    chance_in_words,
    flag_in_words,
    known,
    lack,
    person,
    serves,
    titles_of,
    value,
)
from csperf.reporting.values import shown_value, title_of

__all__ = [
    "balance_table",
    "changes_table",
    "comments",
    "consulted_table",
    "everybodys_table",
    "families",
    "goals_table",
    "heading",
    "how",
    "inputs",
    "next_steps",
    "planned",
    "progress_table",
    "provenance",
    "reach_table",
    "reasons_table",
    "sets_table",
    "steps_table",
    "suggested_table",
    "sums_table",
]

Shown = TableView | Sentences | Details | None


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
        ColumnView("from_date", text("planning.from_day"), say=text.day),
        ColumnView("to_date", text("planning.to_day"), say=text.day),
        ColumnView("how", text("planning.how_done")),
        ColumnView("standard", text("planning.standard")),
    ]
    return TableView(rows, known_only(rows, *columns), text("planning.steps", n=len(rows)))


def goals_table(plan: Plan) -> Shown:
    """Each goal with what it serves, who has agreed, and the five flags."""
    text, goals = plan.view.text, plan.goals
    if goals.empty:
        return None
    holds = plan.smart.pivot(index="goal_id", columns="flag", values="holds")
    rows = goals.assign(
        title=goals["title"].fillna(goals["goal_id"]),
        owner=[plan.name_of(row.owner_scope, row.owner_id) for row in goals.itertuples()],
        aim=[aim(plan, row) for _, row in goals.iterrows()],
        serves=[serves(plan, row) for _, row in goals.iterrows()],
        agreed=[text(f"planning.agreed.{plan.agreed[id]}") for id in goals["goal_id"]],
        **{
            flag: [flag_in_words(plan, holds.loc[id, flag]) for id in goals["goal_id"]]
            for flag in FLAGS
        },
    )
    columns = [
        ColumnView("title", text("planning.goal")),
        ColumnView("owner", text("planning.owner"), "name"),
        *(ColumnView(flag, text(f"planning.flag.{flag}")) for flag in FLAGS),
        ColumnView("agreed", text("planning.is_agreed")),
        ColumnView("aim", text("planning.aim")),
        ColumnView("serves", text("planning.serves")),
    ]
    n = int((plan.agreed == "agreed").sum())
    share = number(100 * n / len(goals), 0)
    caption = text("planning.goals", n=n, of=len(goals), share=share)
    return TableView(rows, columns, caption)


def reasons_table(plan: Plan) -> Shown:
    """Why flags do not hold, and what goals lack, a line each."""
    text, titles = plan.view.text, titles_of(plan)
    failed = plan.smart[~plan.smart["holds"].fillna(True).astype(bool)]
    found = [
        (titles[row.goal_id], text(f"planning.reason.{reason}"))
        for row in failed.itertuples()
        for reason in row.reasons.split(", ")
    ]
    lacks = plan.lacking.groupby("goal_id", sort=False)["lacks"]
    found += [
        (titles[id], text("planning.lacks", names=", ".join(lack(plan, name) for name in names)))
        for id, names in lacks
    ]
    if not found:
        return None
    rows = DataFrame(found, columns=["goal", "reason"]).drop_duplicates()
    rows = rows.groupby("goal", sort=False)["reason"].agg(" ".join).reset_index()
    columns = [
        ColumnView("goal", text("planning.goal")),
        ColumnView("reason", text("planning.why")),
    ]
    return TableView(rows, columns, text("planning.reasons"))


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


def sums_table(plan: Plan) -> Shown:
    """Whether targets of parts come to the target of the whole, and what is missing."""
    text, rows = plan.view.text, plan.sums
    if rows.empty:
        return None

    def say(value: float, row: Series) -> str:
        return shown_value(value, row["indicator_id"], text)

    rows = rows.assign(
        whose=[plan.name_of(row.scope, row.above) for row in rows.itertuples()],
        title=[title_of(id, text) for id in rows["indicator_id"]],
        standing=[text(f"planning.sum.{standing}") for standing in rows["standing"]],
        **{
            name: [say(row[name], row) for _, row in rows.iterrows()]
            for name in ("target", "together", "residual")
        },
    )
    columns = [
        ColumnView("title", text("planning.indicator")),
        ColumnView("whose", text("planning.owner"), "name"),
        ColumnView("standing", text("planning.standing")),
        ColumnView("target", text("planning.target"), "number"),
        ColumnView("together", text("planning.together"), "number"),
        ColumnView("residual", text("planning.residual"), "number"),
        ColumnView("n_parts", text("planning.parts"), "number", digits=0),
    ]
    return TableView(rows, columns, text("planning.sums"))


def suggested_table(plan: Plan) -> Shown:
    """What the parts would have to reach so that targets add up."""
    text, rows = plan.view.text, plan.suggested
    if rows.empty:
        return None
    words = {
        name: [shown_value(row[name], row["indicator_id"], text) for _, row in rows.iterrows()]
        for name in ("baseline", "set", "suggested")
    }
    rows = rows.assign(
        name=[plan.name_of(row.scope, row.scope_id) for row in rows.itertuples()],
        title=[title_of(id, text) for id in rows["indicator_id"]],
        by=[text(f"planning.method.{method}") for method in rows["method"]],
        **words,
    )
    columns = [
        ColumnView("name", text("planning.owner"), "name"),
        ColumnView("title", text("planning.indicator")),
        ColumnView("suggested", text("planning.would_do"), "number"),
        ColumnView("set", text("planning.set"), "number"),
        ColumnView("baseline", text("planning.so_far"), "number"),
        ColumnView("volume", text("planning.volume"), "number", digits=0),
        ColumnView("by", text("planning.by_method")),
    ]
    return TableView(rows, columns, text("planning.suggested"))


def reach_table(plan: Plan) -> Shown:
    """The probability that teams and people reach targets of their own."""
    text, rows = plan.view.text, plan.own_reach
    if rows.empty:
        return None
    rows = rows.assign(
        name=[plan.name_of(row.scope, row.scope_id) for row in rows.itertuples()],
        title=[title_of(id, text) for id in rows["indicator_id"]],
        said=[chance_in_words(plan, row) for row in rows.itertuples()],
        **{
            name: [shown_value(row[name], row["indicator_id"], text) for _, row in rows.iterrows()]
            for name in ("target", "best", "expected")
        },
    )
    rows = rows.sort_values("probability", kind="stable", na_position="last")
    columns = [
        ColumnView("name", text("planning.owner"), "name"),
        ColumnView("title", text("planning.indicator")),
        ColumnView("said", text("planning.reach")),
        ColumnView("probability", text("planning.probability"), "chance"),
        ColumnView("target", text("planning.target"), "number"),
        ColumnView("expected", text("planning.expected"), "number"),
        ColumnView("best", text("planning.best"), "number"),
        ColumnView("n_periods", text("planning.cycles"), "number", digits=0),
    ]
    return TableView(rows, columns, text("planning.own_reach", n=len(rows)))


def everybodys_table(plan: Plan) -> Shown:
    """Targets of the scheme, with how many people have ever reached them."""
    text, rows = plan.view.text, plan.too_high
    if rows.empty:
        return None
    rows = rows.assign(
        title=[title_of(id, text) for id in rows["indicator_id"]],
        target=[shown_value(row.target, row.indicator_id, text) for row in rows.itertuples()],
        n_reached=rows["n"] - rows["n_short"],
        said=[text("planning.too_high" if high else "planning.fits") for high in rows["too_high"]],
    )
    columns = [
        ColumnView("title", text("planning.indicator")),
        ColumnView("said", text("planning.reading")),
        ColumnView("target", text("planning.target"), "number"),
        ColumnView("n_reached", text("planning.ever"), "number", digits=0),
        ColumnView("n", text("planning.people"), "number", digits=0),
        ColumnView("probability", text("planning.mean_probability"), "chance"),
    ]
    return TableView(rows, columns, text("planning.everybodys"))


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


def changes_table(plan: Plan) -> Shown:
    """Targets that were changed: both values, when, by whom, why."""
    text, rows = plan.view.text, plan.versions
    if rows.empty:
        return None
    rows = rows.assign(
        name=[plan.name_of(row.scope, row.scope_id) for row in rows.itertuples()],
        title=[title_of(id, text) for id in rows["indicator_id"]],
        day=rows["agreed_at"].dt.tz_convert(plan.view.timezone),
        who=[person(plan, id) for id in rows["set_by"]],
        **{
            name: [shown_value(row[name], row["indicator_id"], text) for _, row in rows.iterrows()]
            for name in ("before", "target")
        },
    )
    columns = [
        ColumnView("title", text("planning.indicator")),
        ColumnView("name", text("planning.owner"), "name"),
        ColumnView("before", text("planning.before"), "number"),
        ColumnView("target", text("planning.after"), "number"),
        ColumnView("reason", text("planning.reason_given"), blank=text("planning.unsaid")),
        ColumnView("who", text("planning.set_by"), blank=text("planning.unsaid")),
        ColumnView("day", text("planning.on_day"), blank=text("planning.unsaid"), say=text.day),
    ]
    return TableView(rows, columns, text("planning.changes"))


def how(plan: Plan) -> Details:
    """How to read the page."""
    text = plan.view.text
    parts = ("flags", "adding_up", "suggestion", "probability", "beyond", "pace")
    rows = [(text(f"planning.term.{part}"), text(f"planning.means.{part}")) for part in parts]
    return Details(text("planning.how"), rows)
