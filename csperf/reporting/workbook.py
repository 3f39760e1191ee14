"""The team report and the calibration as workbooks: a sheet for each table that HR works with.

Who sees what is as in the reports. Headings are in the reader's language; the sheet About gives the
key of each, which is the same in every language, so that workbooks can be joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pandas import DataFrame

from csperf.appraisal.anonymity import NOT_SHOWN
from csperf.appraisal.decisions import REVIEW_TEXT
from csperf.appraisal.scoring import LIMIT
from csperf.indicators import INDICATORS
from csperf.params import Cycle
from csperf.reporting import appraisal, calibration
from csperf.reporting.deciding import in_words, may_end_contract
from csperf.reporting.display import ColumnView, Heading, Sentences, TableView
from csperf.reporting.evaluations import EvaluatorsView
from csperf.reporting.foundations import provenance_rows, score_titles, versions
from csperf.reporting.opening import TeamView
from csperf.reporting.people import (
    by_rank,
    joined,
    known_only,
    named,
    plain,
    records,
    rule_titles,
    titled,
    worded,
)
from csperf.reporting.places import remarks
from csperf.reporting.spreadsheet import Cover, Sheet, number_format, workbook_bytes
from csperf.reporting.text import Messages
from csperf.reporting.values import PER_THOUSAND, scale_of, title_of, unit_of
from csperf.scheme import Linear, Part, TargetRatio

DIGITS = {"currency": 0, "count": 0, "items": 0, "h": 2, "per_hour": 2, "ratio": 4}
KEYS = {"in_words": "status", "kind": "evaluator_type"}  # columns of reports, as tables call them
ABOUT = ["what", "value", "key"]


def team_workbook(view: TeamView) -> bytes:
    """Return the XLSX file that goes with a team's report; the same bytes for the same result."""
    text = view.text
    pay = [_pay(view), _pay_lines(view)] if len(view.result.pay) else []
    sheets = [
        _people(view),
        _indicators(view),
        _contributions(view),
        _proposals(view),
        *pay,
        _shown(text, "data_quality", appraisal.data_quality(view)),
    ]
    heading, rows = appraisal.heading(view), provenance_rows(view)
    return _workbook(sheets, heading, rows, view.cycle, text)


def calibration_workbook(view: EvaluatorsView, sources: DataFrame) -> bytes:
    """Return the XLSX file that goes with the report on evaluators.

    Parameters
    ----------
    view : EvaluatorsView
        As the report is about it.
    sources : DataFrame
        path and sha256 of the files that were read.
    """
    text = view.text
    tables = {
        "evaluators": calibration.overview_table(view),
        "severity": calibration.severity_table(view),
        "habits": calibration.effects_table(view),
        "differences": calibration.differences_table(view),
        "components": calibration.components_table(view),
        "preparation": calibration.preparation_table(view),
        "teams": calibration.teams_table(view),
        "fairness": calibration.fairness_table(view),
    }
    sheets = [_shown(text, key, table) for key, table in tables.items() if table is not None]
    rows = [
        ("organisation", text("workbook.organisation"), view.organisation),
        ("days", text("provenance.cycle"), f"{view.cycle.start} – {view.cycle.last_day}"),
        *(
            ("input", text("provenance.input", file=row.path), f"sha256 {row.sha256}")
            for row in sources.itertuples()
        ),
        ("packages", text("provenance.packages"), versions()),
    ]
    about = DataFrame(rows, columns=["key", "what", "value"])
    heading = replace(calibration.heading(view), banner=text("calibration.caution"))
    return _workbook(sheets, heading, about, view.cycle, text)


def _workbook(
    sheets: Sequence[Sheet], heading: Heading, rows: DataFrame, cycle: Cycle, text: Messages
) -> bytes:
    """The sheets, and the sheet About with where they come from and the key of each column."""
    banner = heading.banner or ""
    opening = [
        ("report", text("workbook.report"), f"{heading.title}. {heading.subtitle}"),
        ("standing", text("appraisal.status"), banner),
        ("cycle_id", text("workbook.cycle"), cycle.id),
        ("language", text("workbook.language"), text("language.tag")),
        *rows[["key", "what", "value"]].itertuples(index=False, name=None),
        ("key", text("workbook.key"), text("workbook.keys")),
    ]
    keys = [
        (f"{sheet.key}.{column.key}", sheet.title, column.heading)
        for sheet in sheets
        for column in sheet.columns
    ]
    known = [row for row in [*opening, *keys] if row[2]]
    columns = [
        ColumnView("what", text("provenance.what")),
        ColumnView("value", text("provenance.value")),
        ColumnView("key", text("workbook.key"), "id"),
    ]
    about = DataFrame(known, columns=["key", "what", "value"])[ABOUT]
    cover = Cover(heading.title, heading.subtitle, banner, cycle.last_day)
    whole = [*sheets, Sheet("about", text("workbook.sheet.about"), about, columns)]
    return workbook_bytes(whole, cover, text)


def _shown(text: Messages, key: str, shown: TableView | Sentences) -> Sheet:
    """A table of the report as a sheet; a sentence stands alone in it."""
    title = text(f"workbook.sheet.{key}")
    if isinstance(shown, Sentences):
        return Sheet(key, title, DataFrame(), (), " ".join(shown.texts))
    columns = list(_apart(shown.columns, text))
    keys = [KEYS.get(str(column.key), str(column.key)) for column in columns]
    frame = DataFrame()
    if len(shown.frame):
        frame = shown.frame[[column.key for column in columns]].set_axis(keys, axis="columns")
    columns = [replace(column, key=key) for column, key in zip(columns, keys, strict=True)]
    return Sheet(key, title, frame, columns, shown.empty)


def _apart(columns: Iterable[ColumnView], text: Messages) -> Iterator[ColumnView]:
    """The columns with the two ends of an interval in one each."""
    for column in columns:
        if isinstance(column.key, str):
            yield column
        else:
            for key, end in zip(column.key, ("from", "to"), strict=True):
                heading = text(f"workbook.{end}", what=column.heading)
                yield replace(column, key=key, heading=heading, kind="number")


def _who(text: Messages) -> list[ColumnView]:
    return [
        ColumnView("employee_id", text("workbook.employee"), "id"),
        ColumnView("display_name", text("appraisal.name"), "name"),
    ]


def _people(view: TeamView) -> Sheet:
    """Everyone who was appraised, best-ranked people first, with the reason where a score lacks."""
    text, scheme = view.text, view.scheme
    rows = by_rank(view, named(view, view.result.appraisals))
    grades = {band.grade: band.title for band in scheme.grades}
    levels = {band.level: band.title for band in scheme.levels.bands} if scheme.levels else {}
    standing = records(view, "grade_decisions").set_index("employee_id")["status"].to_dict()
    rows = rows.assign(
        grade=titled(rows["grade"], grades),
        grade_status=worded(view, "standing.status", rows["employee_id"].map(standing)),
        distribution_grade=titled(rows["distribution_grade"], grades),
        level=titled(rows["level"], levels),
        state=worded(view, "state", rows["state"]),
        remark=remarks(view, rows),
    )
    columns = [
        ColumnView("rank", text("appraisal.rank"), "number", digits=0),
        ColumnView("score", text("appraisal.score"), "number"),
        ColumnView(("low", "high"), text("appraisal.interval"), "interval"),
    ]
    further = known_only(
        rows,
        ColumnView("grade", text("appraisal.grade")),
        ColumnView("grade_status", text("standing.grade_is")),
        ColumnView("p_grade", text("workbook.certainty"), "chance"),
        ColumnView("fair_score", text("appraisal.fair"), "number"),
        ColumnView(("rank_low", "rank_high"), text("appraisal.rank_range"), "interval", digits=0),
        ColumnView("p_last", text("appraisal.p_last"), "chance"),
        ColumnView("tied_group", text("appraisal.tied")),
        ColumnView("distribution_grade", text("standing.by_shares")),
        ColumnView("level", text("standing.level")),
        ColumnView("state", text("standing.state")),
        ColumnView("remark", text("appraisal.remark")),
        ColumnView("reason", text("appraisal.why")),
    )
    shown = [*_who(text), *_apart([*columns, *further], text)]
    return Sheet("people", text("workbook.sheet.people"), rows, shown)


def _indicators(view: TeamView) -> Sheet:
    """Indicators of the whole team against the scheme's targets, in the units of the tables."""
    text = view.text
    values = view.result.team_values.set_index("indicator_id")
    rows = [
        {
            "indicator_id": leaf.indicator,
            "indicator": title_of(leaf.indicator, text),
            **values.loc[leaf.indicator, ["value", "low", "high", "n", "status"]].to_dict(),
            **_measured_in(view, leaf),
        }
        for _, leaf in view.scheme.components()
        if leaf.indicator and leaf.indicator in values.index
    ]
    names = ["indicator_id", "indicator", *_VALUES]
    frame = DataFrame(rows, columns=names).assign(status=_statuses(view, rows))
    columns = [
        ColumnView("indicator_id", text("workbook.indicator"), "id"),
        ColumnView("indicator", text("appraisal.indicator"), "name"),
        *_value_columns(text),
    ]
    formats = dict.fromkeys(("value", "low", "high", "target"), "format")
    title = text("workbook.sheet.indicators")
    return Sheet("indicators", title, frame, columns, text("workbook.no_indicators"), formats)


_VALUES = ["value", "low", "high", "target", "unit", "n", "status", "format"]


def _value_columns(text: Messages) -> list[ColumnView]:
    interval = ColumnView(("low", "high"), text("appraisal.interval"), "interval")
    return [
        ColumnView("value", text("appraisal.value"), "number"),
        *_apart([interval], text),
        ColumnView("target", text("appraisal.target"), "number"),
        ColumnView("unit", text("workbook.unit_of")),
        ColumnView("n", text("appraisal.n"), "number", digits=0),
        ColumnView("status", text("appraisal.status")),
    ]


def _statuses(view: TeamView, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [view.text(f"status.{row['status']}") for row in rows]


def _measured_in(view: TeamView, leaf: Part) -> dict[str, Any]:
    """Target, unit and number format of a component that is an indicator."""
    indicator = str(leaf.indicator)
    unit, per_thousand = INDICATORS[indicator].unit, scale_of(indicator) == PER_THOUSAND
    linear = isinstance(leaf.scoring, Linear | TargetRatio)
    return {
        "target": leaf.scoring.target.value if linear else None,  # type: ignore[union-attr]
        # Rates per thousand stand as they are counted, per one, so that workbook and tables agree.
        "unit": "" if per_thousand else unit_of(indicator, view.scheme.currency, view.text),
        "format": number_format("percent" if unit == "share" else "number", DIGITS.get(unit, 1)),
    }


def _contributions(view: TeamView) -> Sheet:
    """What each person's score adds up from; the contributions of a person are the score."""
    text, result = view.text, view.result
    roles = (None, *view.scheme.roles)
    leaves = {
        path: leaf for role in roles for path, leaf in view.scheme.for_role(role).components()
    }
    said = {LIMIT: text("indicator_set.limit"), NOT_SHOWN: text("workbook.hidden")}
    said |= score_titles(view)
    rows = by_rank(view, named(view, result.scores))
    parts = [leaves.get(path) for path in rows["component_id"]]
    rows = rows.assign(
        component=[said.get(path, plain(path)) for path in rows["component_id"]],
        indicator_id=[leaf.indicator if leaf else None for leaf in parts],
        basis=worded(view, "workbook.basis", rows["provenance"]),
    )
    measured = result.indicator_values[["employee_id", "indicator_id", "low", "high", "n"]]
    rows = rows.merge(measured, how="left", on=["employee_id", "indicator_id"])
    units = [_measured_in(view, leaf) if leaf and leaf.indicator else {} for leaf in parts]
    rows = rows.assign(**{name: [unit.get(name) for unit in units] for name in ("unit", "format")})
    interval = ColumnView(("low", "high"), text("appraisal.interval"), "interval")
    columns = [
        *_who(text),
        ColumnView("component_id", text("workbook.component"), "id"),
        ColumnView("component", text("indicator_set.component")),
        ColumnView("value", text("appraisal.value"), "number"),
        *_apart([interval], text),
        ColumnView("unit", text("workbook.unit_of")),
        ColumnView("n", text("appraisal.n"), "number", digits=0),
        ColumnView("score", text("appraisal.points"), "number"),
        ColumnView("weight", text("workbook.weight"), "number"),
        ColumnView("contribution", text("workbook.contribution"), "number", digits=2),
        ColumnView("basis", text("workbook.basis_of")),
    ]
    formats = dict.fromkeys(("value", "low", "high"), "format")
    title = text("workbook.sheet.contributions")
    return Sheet("contributions", title, rows, columns, text("workbook.no_contributions"), formats)


def _proposals(view: TeamView) -> Sheet:
    """Every proposal with its rule, facts and standing, and what people decided about it."""
    text = view.text
    rows = in_words(view, by_rank(view, named(view, view.result.proposals)))
    titles = rule_titles(view.scheme)
    review = "\n".join(text(f"review.{key}") for key in REVIEW_TEXT)
    rows = rows.assign(
        rule=titled(rows["rule_id"], titles),
        action=rows["action"].map(text.plain, na_action="ignore"),
        facts=rows["facts"].map(plain, na_action="ignore"),
        status=worded(view, "status", rows["status"]),
        review=[review if ends else None for ends in may_end_contract(view, rows)],
    )
    columns = [
        *_who(text),
        ColumnView("rule_id", text("workbook.rule_id"), "id"),
        ColumnView("rule", text("workbook.rule")),
        ColumnView("action", text("appraisal.step")),
        ColumnView("status", text("appraisal.status")),
        ColumnView("approver", text("workbook.approver")),
        ColumnView("due", text("appraisal.due"), "date"),
        ColumnView("appeal_until", text("appraisal.appeal"), "date"),
        ColumnView("facts", text("appraisal.because")),
        ColumnView("p_noise", text("appraisal.p_noise"), "chance"),
    ]
    further = known_only(
        rows,
        ColumnView("amount", text("workbook.amount"), "money", digits=2),
        ColumnView("currency", text("workbook.currency")),
        ColumnView("review", text("review.heading")),
        ColumnView("decision", text("decided.decision")),
        ColumnView("changed_to", text("decided.instead")),
        ColumnView("decided_by", text("decided.by"), "name"),
        ColumnView("decided_at", text("decided.at"), "date"),
        ColumnView("why", text("decided.why")),
        ColumnView("flags", text("decided.odd")),
    )
    shown, title = [*columns, *further], text("workbook.sheet.proposals")
    return Sheet("proposals", title, rows, shown, text("appraisal.no_proposals"))


def _pay(view: TeamView) -> Sheet:
    """A row a person with every line of the pay statement; without a sum, which would be a row."""
    text, table = view.text, appraisal.pay_table(view)
    assert table is not None  # there is pay
    currency = joined(view.result.pay["currency"])
    rows = table.frame[table.frame["employee_id"].notna()]
    lines = [
        replace(column, heading=text("comparison.in_unit", name=column.heading, unit=currency))
        for column in table.columns[1:]
    ]
    return Sheet("pay", text("workbook.sheet.pay"), rows, [*_who(text), *lines])


def _pay_lines(view: TeamView) -> Sheet:
    """Every line of pay with its formula and the numbers that went in."""
    text, rows = view.text, by_rank(view, named(view, view.result.pay))
    titles = {line.id: line.title for line in view.scheme.pay.lines} if view.scheme.pay else {}
    rows = rows.assign(line=titled(rows["line"], titles))
    columns = [
        *_who(text),
        ColumnView("line", text("workbook.line")),
        ColumnView("amount", text("workbook.amount"), "money", digits=2),
        ColumnView("currency", text("workbook.currency")),
        ColumnView("formula", text("pay.formula")),
        ColumnView("inputs", text("workbook.inputs")),
        ColumnView("rule_id", text("workbook.rule_id"), "id"),
    ]
    return Sheet("pay_lines", text("workbook.sheet.pay_lines"), rows, columns)
