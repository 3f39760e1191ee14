"""The team report, section by section; each function gives one thing to show."""

from __future__ import annotations

import pandas as pd
from pandas import DataFrame

from csperf.appraisal.decisions import unsigned
from csperf.appraisal.scoring import LIMIT
from csperf.comparison.heterogeneity import heterogeneity, together
from csperf.indicators.intervals import LEVEL
from csperf.reporting import plots
from csperf.reporting.comparison import comparisons
from csperf.reporting.comparison import verdict as changes_in_short
from csperf.reporting.deciding import contracts_table, decided_table, proposals_table, sign_off
from csperf.reporting.display import (
    ColumnView,
    Facts,
    Figure,
    Heading,
    Sentences,
    TableView,
    chance,
    number,
)
from csperf.reporting.fair import fair_changes_table, is_with_hr
from csperf.reporting.foundations import (
    assumed_values,
    data_quality,
    defaults,
    how_to_read,
    provenance,
    score_titles,
)
from csperf.reporting.improving import short_boards, training_table
from csperf.reporting.indicator_set import set_findings, set_sources, set_summary, set_weights
from csperf.reporting.methods import (
    behaviour_scales,
    goals_table,
    guidance,
    methods_table,
    observations_table,
    pairs_table,
    plan_stages,
    reward_choices,
    rewards_table,
    standards_table,
    statements_table,
)
from csperf.reporting.opening import TeamView
from csperf.reporting.pay import pay_details, pay_in_short, pay_table
from csperf.reporting.people import (
    by_rank,
    joined,
    known_only,
    named,
    records,
    titled,
    with_sheets,
)
from csperf.reporting.places import near_borders, remarks, rules_off
from csperf.reporting.procedure import findings, gaps_table, interviews_table, plans_table
from csperf.reporting.records import (
    appeals_table,
    awards_table,
    deviations_table,
    restated_table,
    talent_table,
    waiting,
)
from csperf.reporting.sides import agreement_table, perspectives_table, source_gaps, sources_table
from csperf.reporting.standing import (
    conflicts_table,
    grade_decisions,
    shares_table,
    standing_table,
    unconfirmed,
)
from csperf.reporting.talks import talks_grid, talks_tracked
from csperf.reporting.text import Messages
from csperf.reporting.values import shown_range, shown_value, title_of
from csperf.reporting.written import rules_as_written
from csperf.scheme import Linear, Part, TargetRatio

GROUP = "comparison_group"

__all__ = [
    "agreement_table",
    "appeals_table",
    "assumed_values",
    "awards_table",
    "behaviour_scales",
    "components_figure",
    "conflicts_table",
    "contracts_table",
    "data_quality",
    "decided_table",
    "defaults",
    "deviations_table",
    "fair_changes_table",
    "findings",
    "gaps_table",
    "goals_table",
    "grade_decisions",
    "guidance",
    "heading",
    "how_to_read",
    "indicators_table",
    "interviews_table",
    "methods_table",
    "not_scored",
    "numbers",
    "observations_table",
    "pairs_table",
    "pay_details",
    "pay_in_short",
    "pay_table",
    "people_table",
    "perspectives_table",
    "plan_stages",
    "plans_table",
    "proposals_table",
    "provenance",
    "restated_table",
    "reward_choices",
    "rewards_table",
    "rules_as_written",
    "rules_off",
    "scores_figure",
    "set_findings",
    "set_sources",
    "set_summary",
    "set_weights",
    "shares_table",
    "short_boards",
    "sign_off",
    "since_last",
    "source_gaps",
    "sources_table",
    "standards_table",
    "standing_table",
    "statements_table",
    "talent_table",
    "talks_grid",
    "talks_tracked",
    "training_table",
    "unconfirmed",
    "verdict",
    "waiting",
]


def heading(view: TeamView) -> Heading:
    """Title, scheme and whether the numbers are still provisional."""
    text = view.text
    provisional = bool(view.result.appraisals["provisional"].any())
    return Heading(
        title=text("appraisal.title", team=view.team_name, cycle=view.cycle.id),
        subtitle=text(
            "appraisal.subtitle",
            department=view.unit.name or view.unit.id,
            scheme=view.scheme.title,
            version=view.scheme.version,
        ),
        lang=text("language.tag"),
        banner=text("appraisal.provisional" if provisional else "appraisal.proposed"),
    )


def verdict(view: TeamView) -> Sentences:
    """The result in words."""
    text, everyone = view.text, view.result.appraisals
    ranked = named(view, everyone[everyone["rank"].notna()])
    sentences = [
        text(
            "appraisal.scored",
            n=int(everyone["score"].notna().sum()),
            of=len(everyone),
            cycle=view.cycle.id,
        )
    ]
    if len(ranked):
        first = ranked[ranked["rank"] == 1]
        last = ranked[ranked["rank"] == ranked["rank"].max()]
        sentences.append(
            text(
                "appraisal.spread",
                mean=number(ranked["score"].mean()),
                first=", ".join(first["display_name"]),
                high=number(first["score"].iloc[0]),
                last=", ".join(last["display_name"]),
                low=number(last["score"].iloc[0]),
            )
        )
    else:
        sentences.append(text("appraisal.nobody_ranked"))
    sentences.append(text("appraisal.proposals_wait", n=_undecided(view)))
    return Sentences([*sentences, *_how_sure(view, ranked)])


def _how_sure(view: TeamView, ranked: DataFrame) -> list[str]:
    """Whether an order of these people says anything, where it is known how sure scores are."""
    text, known = view.text, view.result.appraisals["low"].notna().any()
    sure = text("appraisal.sure" if known else "appraisal.not_sure")
    groups = ranked["employee_id"].map(records(view, "positions").set_index("employee_id")[GROUP])
    found = heterogeneity(ranked.assign(estimate=ranked["score"], group=groups))
    p = together(found)
    if pd.isna(p):
        return [sure]
    if p < 1 - LEVEL:
        share = chance(float(found["reliability"].mean()))
        return [text("appraisal.order", chance=chance(p), share=share), sure]
    n = int(unsigned(view.result.proposals)["rule_id"].isin(_rules_on_places(view)).sum())
    said = [text("appraisal.on_places", n=n)] if n else []
    return [text("appraisal.no_order", chance=chance(p)), *said]


def _rules_on_places(view: TeamView) -> list[str]:
    facts = {rule.id: rule.when for rule in view.scheme.rules}
    return [
        id
        for id, when in facts.items()
        if when.rank_from_top or when.rank_from_bottom or when.rank_bands
    ]


def since_last(view: TeamView) -> Sentences | None:
    """What changed since the cycle before; nothing in the first cycle of a team."""
    return None if comparisons(view).empty else Sentences(changes_in_short(view).texts, "note")


def numbers(view: TeamView) -> Facts:
    """Four numbers: people, mean score, components that count, proposals."""
    text, everyone = view.text, view.result.appraisals
    scored = everyone["score"].dropna()
    used = view.result.team_values["indicator_id"].isin(view.scheme.indicators)
    usable = view.result.team_values[used]["status"].isin(["ok", "provisional"])
    return Facts(
        [
            (
                text("appraisal.people"),
                text("appraisal.of", n=len(scored), of=len(everyone)),
                text("appraisal.people_meaning"),
            ),
            (
                text("appraisal.mean"),
                number(scored.mean()) if len(scored) else "–",
                text("appraisal.mean_meaning"),
            ),
            (
                text("appraisal.indicators"),
                text("appraisal.of", n=int(usable.sum()), of=len(view.scheme.indicators)),
                text("appraisal.indicators_meaning"),
            ),
            (
                text("appraisal.proposals"),
                str(_undecided(view)),
                text("appraisal.proposals_meaning"),
            ),
        ]
    )


def people_table(view: TeamView) -> TableView:
    """Everyone with a score, ranked ones first; how sure a place or grade is, where it is known."""
    text, everyone = view.text, view.result.appraisals
    rows = with_sheets(view, everyone[everyone["score"].notna()])
    rows = rows.sort_values(["rank", "score"], ascending=[True, False])
    rows = rows.assign(
        grade=_grades(view, rows), remark=remarks(view, rows), written=near_borders(view, rows)
    )
    unsure, sure = text("appraisal.not_told"), rows["p_grade"].notna().any()
    fair = known_only(rows, ColumnView("fair_score", text("appraisal.fair"), "number"))
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name", link_key="sheet"),
        ColumnView("rank", text("appraisal.rank"), "number", digits=0),
        ColumnView("written", text("appraisal.score"), "number"),
        ColumnView("grade", text("appraisal.sure_grade" if sure else "appraisal.grade"), "text"),
        ColumnView(("low", "high"), text("appraisal.interval"), "interval", blank=unsure),
    ]
    further = known_only(
        rows,
        ColumnView(("rank_low", "rank_high"), text("appraisal.rank_range"), "interval", digits=0),
        ColumnView("p_last", text("appraisal.p_last"), "chance"),
        ColumnView("tied_group", text("appraisal.tied"), "text"),
        ColumnView("remark", text("appraisal.remark"), "text", blank=""),
    )
    if not view.scheme.grades:
        del columns[3]
    without = "fair_with_hr" if is_with_hr(view) else "without_fair"
    rated = not fair and len(view.result.evaluation_scores) > 0
    caption = text(f"appraisal.people_caption_{without}" if rated else "appraisal.people_caption")
    return TableView(rows, [*columns, *fair, *further], caption)


def not_scored(view: TeamView) -> TableView | Sentences:
    """Everyone without a score, and why."""
    text = view.text
    rows = with_sheets(view, view.result.appraisals[view.result.appraisals["score"].isna()])
    if rows.empty:
        return Sentences([text("appraisal.all_scored")], kind="note")
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name", link_key="sheet"),
        ColumnView("reason", text("appraisal.why"), "text"),
    ]
    return TableView(rows, columns, text("appraisal.not_scored_caption"))


def scores_figure(view: TeamView) -> Figure | Sentences:
    """Scores of the team as a figure."""
    text = view.text
    scored = view.result.appraisals[view.result.appraisals["score"].notna()]
    people = named(view, scored)
    if people.empty:
        return Sentences([text("appraisal.no_figure")], kind="note")
    facts = {
        "n": len(people),
        "low": number(people["score"].min()),
        "high": number(people["score"].max()),
        "middle": number(people["score"].median()),
    }
    drawn = people["low"].notna().any() and len(people) <= plots.NAMED
    bars = text("appraisal.scores_bars") if drawn else ""
    return Figure(
        plots.scores_by_person(people, text("appraisal.points")),
        caption=joined([text("appraisal.scores_caption", **facts), bars], " "),
        alt=text("appraisal.scores_alt", **facts),
    )


def components_figure(view: TeamView) -> Figure | Sentences:
    """Points of each person by component; for a team that is not too large to read."""
    text, scores = view.text, view.result.scores
    known = scores[scores["weight"].notna() & (scores["component_id"] != LIMIT)]
    people = named(view, known)
    if people.empty or people["employee_id"].nunique() > plots.NAMED:
        return Sentences([text("appraisal.no_components")], kind="note")
    titles = score_titles(view)
    wide = people.pivot(index="display_name", columns="component_id", values="score")
    wide = wide[[path for path in titles if path in wide]].rename(columns=titles)
    best_first = by_rank(view, people)["display_name"].unique()
    wide, lowest = wide.loc[best_first], wide.mean().idxmin()
    return Figure(
        plots.points_by_component(wide, ""),
        caption=text("appraisal.components_caption", component=lowest),
        alt=text("appraisal.components_alt", n=len(wide), of=wide.shape[1], component=lowest),
    )


def indicators_table(view: TeamView) -> TableView:
    """Indicators of the whole team against the scheme's targets."""
    text = view.text
    values = view.result.team_values.set_index("indicator_id")
    rows = [
        {
            "indicator": title_of(leaf.indicator, text),
            "value": shown_value(values.loc[leaf.indicator, "value"], leaf.indicator, text),
            "interval": _interval(values.loc[leaf.indicator], leaf.indicator, text),
            "target": _target(leaf, text),
            "n": values.loc[leaf.indicator, "n"],
            "status": values.loc[leaf.indicator, "status"],
            "in_words": text(f"status.{values.loc[leaf.indicator, 'status']}"),
        }
        for _, leaf in view.scheme.components()
        if leaf.indicator and leaf.indicator in values.index
    ]
    columns = [
        ColumnView("indicator", text("appraisal.indicator"), "text"),
        ColumnView("value", text("appraisal.value"), "text"),
        ColumnView("interval", text("appraisal.interval"), "text"),
        ColumnView("target", text("appraisal.target"), "text"),
        ColumnView("n", text("appraisal.n"), "number", digits=0),
        ColumnView("in_words", text("appraisal.status"), "text"),
    ]
    return TableView(DataFrame(rows), columns, text("appraisal.indicators_caption"), "status")


def _grades(view: TeamView, rows: DataFrame) -> pd.Series:
    """Titles of grades, with the probability that each is right where it is known."""
    titles = titled(rows["grade"], {band.grade: band.title for band in view.scheme.grades})
    certainty = rows["p_grade"].map(lambda p: f" ({chance(p)})", na_action="ignore")
    return titles + certainty.astype("str").fillna("")


def _undecided(view: TeamView) -> int:
    return len(unsigned(view.result.proposals))


def _interval(row: pd.Series, indicator: str, text: Messages) -> str:
    if pd.isna(row["low"]) or pd.isna(row["high"]):
        return "–"
    return shown_range(row["low"], row["high"], indicator, text)


def _target(leaf: Part, text: Messages) -> str:
    if isinstance(leaf.scoring, Linear | TargetRatio):
        return shown_value(leaf.scoring.target.value, leaf.indicator or "", text)
    return "–"
