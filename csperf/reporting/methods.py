"""What the methods beside the score give: goals, standards, pairs, behaviour, chosen methods."""

from __future__ import annotations

from csperf.appraisal.methods import method_guidance
from csperf.reporting.display import ColumnView, Details, TableView, number
from csperf.reporting.opening import TeamView
from csperf.reporting.people import (
    joined,
    known_only,
    plain,
    records,
    titled,
    together,
    worded,
)

LEVELS = ("performance", "potential")


def goals_table(view: TeamView) -> TableView | None:
    """Own goals and targets: what was to be reached, what was, and what that means."""
    text, rows = view.text, records(view, "goal_attainment")
    if rows.empty:
        return None
    met = int(rows["outcome"].isin(["met", "exceeded"]).sum())
    words = worded(view, "goals.outcome", rows["outcome"])
    share = rows["unit"].eq("share").fillna(False)
    money = view.scheme.currency or text.plain("currency")
    rows = rows.assign(
        title=rows["title"].fillna(rows["goal_id"]),
        target=rows["target"].where(~share, 100 * rows["target"]),
        value=rows["value"].where(~share, 100 * rows["value"]),
        unit=rows["unit"].replace({"share": "%", "currency": money}),
        outcome=[joined(pair, ": ") for pair in zip(words, rows["reason"], strict=True)],
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("title", text("goals.goal"), "text"),
        *known_only(
            rows,
            ColumnView("target", text("appraisal.target"), "number", digits=2),
            ColumnView("value", text("goals.reached"), "number", digits=2),
            ColumnView("unit", text("goals.unit"), "text", blank=""),
            ColumnView("attainment", text("goals.attainment"), "number", digits=0),
        ),
        ColumnView("outcome", text("goals.is"), "text"),
    ]
    return TableView(rows, columns, text("goals.caption", n=met, of=len(rows)))


def standards_table(view: TeamView) -> TableView | None:
    """Criteria against the scheme's standards, a column for each criterion."""
    text, rows = view.text, records(view, "standards_met")
    if rows.empty:
        return None
    words = worded(view, "standards.standing", rows["standing"])
    said = [f"{word} ({number(score)})" for word, score in zip(words, rows["score"], strict=True)]
    wide = rows.assign(said=said).pivot(
        index=["employee_id", "display_name"], columns="criterion_id", values="said"
    )
    there = [each for each in view.scheme.criteria if each.id in wide]
    wide = wide.reindex(rows["employee_id"].unique(), level="employee_id").reset_index()
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        *(ColumnView(each.id, each.title or plain(each.id)) for each in there),
    ]
    bounds = [
        text(
            "standards.bounds",
            name=each.title or plain(each.id),
            meets=f"{each.standard.meets_from.value:g}",
            exceeds=f"{each.standard.exceeds_from.value:g}",
        )
        for each in there
        if each.standard
    ]
    return TableView(wide, columns, text("standards.caption", bounds="; ".join(bounds)))


def pairs_table(view: TeamView) -> TableView | None:
    """Wins and strengths of people who were compared two at a time, the strongest first."""
    text, rows = view.text, records(view, "pair_strengths")
    if rows.empty:
        return None
    rows = rows.assign(
        skill=titled(rows["criterion_id"], criterion_titles(view)),
        remark=worded(view, "pairs.status", rows["status"].mask(rows["status"] == "ok")),
    )
    rows = rows.sort_values(
        ["criterion_id", "strength", "share"], ascending=[True, False, False], kind="stable"
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("skill", text("pairs.skill"), "text"),
        ColumnView("wins", text("pairs.wins"), "number"),
        ColumnView("comparisons", text("pairs.comparisons"), "number", digits=0),
        ColumnView("strength", text("pairs.strength"), "number", digits=2),
        ColumnView(("low", "high"), text("appraisal.interval"), "interval", digits=2),
        ColumnView("remark", text("appraisal.remark"), "text", blank=""),
    ]
    return TableView(rows, columns, text("pairs.caption"))


def observations_table(view: TeamView) -> TableView | None:
    """How often good and bad examples of behaviour were written down."""
    text, rows = view.text, records(view, "observations")
    if rows.empty:
        return None
    rows = rows.assign(criterion=titled(rows["criterion_id"], criterion_titles(view)))
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("criterion", text("behaviour.criterion"), "text"),
        ColumnView("n_positive", text("behaviour.good"), "number", digits=0),
        ColumnView("n_negative", text("behaviour.bad"), "number", digits=0),
        *(
            [ColumnView("n_unmarked", text("behaviour.unmarked"), "number", digits=0)]
            if rows["n_unmarked"].gt(0).any()
            else []
        ),
        ColumnView("n_observers", text("behaviour.observers"), "number", digits=0),
    ]
    return TableView(rows, columns, text("behaviour.caption"))


def behaviour_scales(view: TeamView) -> Details | None:
    """The behaviour that each point of a scale stands for, folded."""
    rows = records(view, "behaviour_scales")
    if rows.empty:
        return None
    titles = titled(rows["criterion_id"], criterion_titles(view))
    points = rows["points"].map("{:g}".format)
    return Details(
        view.text("behaviour.scales"),
        list(zip(titles + ", " + points, rows["text"], strict=True)),
    )


def methods_table(view: TeamView) -> TableView | None:
    """Which methods were chosen for what, why, and what speaks for and against each."""
    text, rows = view.text, records(view, "methods_chosen")
    if rows.empty:
        return None
    rows = rows.assign(title=rows["title"].fillna(rows["method"]))
    columns = [
        ColumnView("title", text("methods.method"), "text"),
        *known_only(
            rows,
            ColumnView("scope", text("methods.scope"), "text"),
            ColumnView("purpose", text("methods.purpose"), "text"),
            ColumnView("why", text("decided.why"), "text"),
            ColumnView("by", text("decided.by"), "text"),
            ColumnView("pros", text("methods.pros"), "text"),
            ColumnView("cons", text("methods.cons"), "text"),
        ),
    ]
    return TableView(rows, columns, text("methods.caption"))


def guidance(view: TeamView) -> Details | None:
    """What each method is for, folded; where the choice of one was recorded."""
    if records(view, "methods_chosen").empty:
        return None
    text, told = view.text, ["used_for", "pros", "cons"]
    rows = [
        (text.of(row["title"]), text("methods.told", **{name: text.of(row[name]) for name in told}))
        for row in method_guidance().to_dict("records")
    ]
    return Details(text("methods.guidance"), rows)


def plan_stages(view: TeamView) -> TableView | None:
    """How far improvement plans are, and what is due next."""
    text, rows = view.text, records(view, "plan_stages")
    if rows.empty:
        return None
    lacking = rows["lacking"].map(
        lambda parts: joined(map(text.plain, parts.split())), na_action="ignore"
    )
    rows = rows.assign(stage=worded(view, "plans.stage_of", rows["stage"]), lacking=lacking)
    columns = known_only(
        rows,
        ColumnView("plan_cycle_id", text("plans.after"), "text"),
        ColumnView("stage", text("plans.stage"), "text"),
        ColumnView("lacking", text("plans.lacking"), "text", blank=""),
        ColumnView("n_revisions", text("plans.revisions"), "number", digits=0),
        ColumnView("unexplained", text("plans.unexplained"), "number", digits=0),
        ColumnView("n_checks", text("plans.checks"), "number", digits=0),
        ColumnView("next_check", text("plans.next_check"), "date", say=text.day),
        ColumnView("deadline", text("plans.deadline"), "date", say=text.day),
        ColumnView("effect", text("plans.effect"), "text", blank=""),
    )
    names = ColumnView("display_name", text("appraisal.name"), "name")
    return TableView(together(rows, columns), [names, *columns], text("plans.stages"))


def statements_table(view: TeamView) -> TableView | None:
    """Contribution, performance and potential of each person."""
    text, rows = view.text, records(view, "statements")
    if rows.empty:
        return None
    words = {name: worded(view, "statements.level", rows[name]) for name in LEVELS}
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        *known_only(
            rows,
            ColumnView("volume", text("statements.volume"), "number", digits=0),
            ColumnView("team_share", text("statements.share"), "number"),
        ),
        ColumnView("performance", text("statements.performance"), "text"),
        ColumnView("potential", text("statements.potential"), "text", blank=text("sides.hidden")),
        ColumnView("n_evaluators", text("statements.raters"), "number", digits=0),
    ]
    return TableView(rows.assign(**words), columns, text("statements.caption"))


def rewards_table(view: TeamView) -> TableView | None:
    """Rewards that were given, and how many days after the cycle."""
    text, rows = view.text, records(view, "rewards")
    if rows.empty:
        return None
    titles = {award.id: award.title for award in view.scheme.awards}
    rows = rows.assign(
        award=titled(rows["award"], titles, text.plain),
        incentive_kind=rows["incentive_kind"].map(text.plain, na_action="ignore"),
    )
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("award", text("rewards.award"), "text"),
        *known_only(
            rows,
            ColumnView("incentive_kind", text("rewards.kind"), "text"),
            ColumnView("given_date", text("rewards.given"), "date", say=text.day),
            ColumnView("days", text("rewards.days"), "number", digits=0),
            ColumnView("preference", text("rewards.preference"), "number", digits=0),
        ),
    ]
    return TableView(rows, columns, text("rewards.caption"))


def reward_choices(view: TeamView) -> TableView | None:
    """Which of the kinds of reward that are open each person likes best."""
    text, rows = view.text, records(view, "reward_choices")
    if rows.empty:
        return None
    kinds = rows["incentive_kind"].map(text.plain, na_action="ignore")
    rows = rows.assign(incentive_kind=kinds.astype("str"))
    columns = [
        ColumnView("incentive_kind", text("rewards.kind"), "text", blank=text("rewards.ask")),
    ]
    names = ColumnView("display_name", text("appraisal.name"), "name")
    return TableView(together(rows, columns), [names, *columns], text("rewards.choices"))


def criterion_titles(view: TeamView) -> dict[str, str]:
    """Printed names of criteria by their ids."""
    return {each.id: each.title for each in view.scheme.criteria}
