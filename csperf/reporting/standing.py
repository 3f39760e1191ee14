"""Where people stand: grades by score and by shares, bands, levels, the chain and its allowance."""

from __future__ import annotations

from pandas import DataFrame, Series

from csperf.appraisal.distribution import conflicts
from csperf.appraisal.history import SCORE
from csperf.appraisal.standing import DEPARTMENT, POOLED
from csperf.reporting.deciding import decision_columns, in_words
from csperf.reporting.display import ColumnView, Sentences, TableView
from csperf.reporting.opening import TeamView
from csperf.reporting.people import (
    by_rank,
    joined,
    known_only,
    named,
    records,
    titled,
    together,
    worded,
)
from csperf.reporting.words import facts_in_words
from csperf.scheme import Distribution

NO_PLACE = r"^[0-9.]+ % of [0-9]+ is "  # as `distribution.quota_table` notes it
KEPT = ["rank_band", "allowance_level"]  # known to later cycles by the history only


def standing_table(view: TeamView) -> TableView | None:
    """Grades beside one another, with band, level, state, allowance and why; people alike in a row.

    Who has only a remark, such as how many cycles a level still needs, is in it too.
    """
    text, scheme = view.text, view.scheme
    if not any((scheme.distribution, scheme.ranking.bands, scheme.levels, scheme.chain)):
        return None
    decided = _status(records(view, "grade_decisions"))
    rows = _titled(view, _standing(view))
    notes = records(view, "standing_notes").groupby("employee_id")["note"].agg(joined)
    rows = rows.assign(
        status=worded(view, "standing.status", rows["employee_id"].map(decided).astype("str")),
        note=rows["employee_id"].map(notes).astype("str"),
    )
    columns = known_only(
        rows,
        ColumnView("grade", text("standing.by_score"), "text"),
        ColumnView("status", text("standing.grade_is"), "text"),
        ColumnView("distribution_grade", text("standing.by_shares"), "text"),
        ColumnView("rank_band", text("standing.band"), "text"),
        ColumnView("level", text("standing.level"), "text"),
        ColumnView("state", text("standing.state"), "text"),
        ColumnView("allowance_level", text("standing.allowance"), "number", digits=0),
        ColumnView("note", text("appraisal.remark"), "text", blank=""),
    )
    names = ColumnView("display_name", text("appraisal.name"), "name")
    if not columns:
        return None
    return TableView(together(rows, columns), [names, *columns], text("standing.caption"))


def shares_table(view: TeamView) -> TableView | None:
    """Places of each share in the groups that the team's people share them with, and who came."""
    text, rows = view.text, records(view, "quota_places")
    teams = view.result.appraisals["team_id"]
    theirs = rows["group_id"].isin({*teams, *view.result.appraisals["level_group"]})
    together = rows["group_id"].isin([POOLED, DEPARTMENT])
    own = theirs.groupby(rows["by"]).transform("any")
    rows = rows[theirs | (together & ~own)]
    if rows.empty:
        return None
    scheme, bands = view.scheme, view.scheme.ranking.bands
    titles = {band.grade: band.title for band in scheme.grades}
    of_order = _band_titles(view, bands) if bands else {}
    by_rank_ = rows["by"] == "rank"
    none = rows["note"].str.contains(NO_PLACE, na=False)
    notes = rows["note"].map(lambda note: facts_in_words(note, text), na_action="ignore")
    example = [text("standing.no_whole_place", share=note) for note in notes[none][:1]]
    rows = rows.assign(
        note=notes,
        shared=worded(view, "standing.shared", rows["by"]),
        group_id=worded(view, "standing.group", rows["group_id"]),
        share=titled(rows["share"], titles).mask(by_rank_, titled(rows["share"], of_order)),
    )
    columns = known_only(
        rows,
        ColumnView("shared", text("standing.what"), "text"),
        ColumnView("group_id", text("standing.among"), "text"),
        ColumnView("share", text("standing.share_of"), "text"),
        ColumnView("people", text("standing.people"), "number", digits=0),
        ColumnView("places", text("standing.places"), "number", digits=0),
        ColumnView("used", text("standing.used"), "number", digits=0),
        ColumnView("note", text("appraisal.remark"), "text", blank=""),
    )
    return TableView(rows, columns, " ".join([text("standing.places_caption"), *example]))


def conflicts_table(view: TeamView) -> TableView | Sentences | None:
    """People whose grade and place in the order disagree, and which of the two counts."""
    text, bands = view.text, view.scheme.ranking.bands
    if bands is None or not view.scheme.grades:
        return None
    everyone = _standing(view)
    found = conflicts(everyone, view.scheme)
    both = int(everyone[["grade", "rank_band"]].notna().all(axis=1).sum())
    if found.empty:
        return Sentences([text("standing.agree", n=both)], kind="note") if both else None
    rows = _titled(view, by_rank(view, named(view, found)))
    rows = rows.assign(verdict=worded(view, "standing.verdict", rows["verdict"]))
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("grade", text("standing.by_score"), "text"),
        ColumnView("rank_band", text("standing.band"), "text"),
        ColumnView("verdict", text("standing.counts"), "text"),
    ]
    rule = text(f"standing.rule.{view.scheme.ranking.which_rules.value}")
    return TableView(rows, columns, text("standing.conflicts", n=len(found), of=both, rule=rule))


def unconfirmed(view: TeamView) -> Sentences | None:
    """Grades that need facts or a confirmation and have none, named."""
    rows = records(view, "grade_decisions")
    rows = _titled(view, rows[rows["status"] == "unconfirmed"])
    lacking = rows["lacking"].fillna("evidence")
    named_grades = rows["display_name"] + " (" + rows["grade"] + ")"
    said = {
        "standing.unconfirmed": named_grades[lacking.str.contains("evidence")],
        "standing.waits_for_confirmation": named_grades[lacking.str.contains("confirmation")],
    }
    texts = [view.text(key, names=joined(names)) for key, names in said.items() if len(names)]
    return Sentences(texts, "warning") if texts else None


def grade_decisions(view: TeamView) -> TableView | None:
    """What people decided about grades."""
    text, rows = view.text, records(view, "grade_decisions")
    decided = _titled(view, rows[rows["decided_by"].notna()])
    if decided.empty:
        return None
    decided = in_words(view, decided)
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        ColumnView("grade", text("standing.by_score"), "text"),
        *decision_columns(view, decided),
    ]
    return TableView(decided, columns, text("standing.decisions"))


def _status(decisions: DataFrame) -> Series:
    """Standing of each grade by employee_id; of those not confirmed, with what is missing."""
    late = decisions["lacking"] == "confirmation"
    status = decisions["status"].mask(late, "confirmation_missing")
    return status.set_axis(decisions["employee_id"])


def _standing(view: TeamView) -> DataFrame:
    """Everyone who stands somewhere, with the band and allowance that the history keeps."""
    past = view.result.history
    scores = past[(past["quantity_id"] == SCORE) & past["employee_id"].notna()]
    whole = view.result.appraisals.join(scores.set_index("employee_id")[KEPT], on="employee_id")
    held = ["grade", "distribution_grade", "level", "state"]
    told = whole["employee_id"].isin(records(view, "standing_notes")["employee_id"])
    return by_rank(view, named(view, whole[whole[held].notna().any(axis=1) | told]))


def _titled(view: TeamView, rows: DataFrame) -> DataFrame:
    """The rows with the scheme's titles instead of its ids."""
    scheme = view.scheme
    grades = {band.grade: band.title for band in scheme.grades}
    levels = {band.level: band.title for band in scheme.levels.bands} if scheme.levels else {}
    shares = scheme.ranking.bands
    bands = _band_titles(view, shares) if shares else {}
    of = {"grade": grades, "distribution_grade": grades, "changed_to": grades, "level": levels}
    said = {name: titled(rows[name], titles) for name, titles in of.items() if name in rows}
    if "rank_band" in rows:
        said["rank_band"] = titled(rows["rank_band"], bands)
    if "state" in rows:
        said["state"] = worded(view, "state", rows["state"])
    return rows.assign(**said)


def _band_titles(view: TeamView, bands: Distribution) -> dict[str, str]:
    """Shares of an order as a reader says them: first 10%, next 15%, ..., last 10%."""
    last = len(bands.shares) - 1
    where = {0: "first", last: "last"}
    return {
        share.id: view.text(
            f"standing.share.{where.get(place, 'next')}", pct=f"{share.pct.value:g}"
        )
        for place, share in enumerate(bands.shares)
        if share.pct
    }
