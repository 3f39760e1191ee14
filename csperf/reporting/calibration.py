"""The report on evaluators, section by section; each function gives one thing to show."""

from __future__ import annotations

from pandas import DataFrame

from csperf.calibration import evaluator_differences, evaluator_overview
from csperf.indicators.intervals import Z
from csperf.reporting import plots
from csperf.reporting.display import (
    ColumnView,
    Figure,
    Heading,
    Sentences,
    TableView,
    number,
)
from csperf.reporting.opening import EvaluatorsView


def heading(view: EvaluatorsView) -> Heading:
    """Title and reach."""
    text = view.text
    return Heading(
        title=text("calibration.title", cycle=view.cycle.id),
        subtitle=text("calibration.subtitle", organisation=view.organisation),
        lang=text("language.tag"),
    )


def verdict(view: EvaluatorsView) -> Sentences:
    """Who is harsher than whom, and who cannot be compared."""
    text, found = view.text, evaluator_differences(view.evaluations)
    overview = evaluator_overview(view.evaluations)
    if overview.empty:
        return Sentences([text("calibration.nothing")])
    clear = found[(found["low"] > 0) | (found["high"] < 0)]
    sentences = [_harsher(view, row) for row in clear.itertuples()] or [text("calibration.same")]
    sentences += _peculiar(view)
    for status, key in (("no_common_employee", "unlinked"), ("too_few", "too_few")):
        pairs = found[found["status"] == status]
        if len(pairs):
            names = ", ".join(pairs["evaluator_id"] + " – " + pairs["other_id"])
            sentences.append(text(f"calibration.{key}", pairs=names))
    for kind, subsets in overview.groupby("evaluator_type")["subset"].nunique().items():
        if subsets > 1:
            sentences.append(text("calibration.apart", kind=kind, n=subsets))
    return Sentences([*sentences, text("calibration.caution")])


def overview_table(view: EvaluatorsView) -> TableView:
    """What each evaluator gave."""
    text = view.text
    columns = [
        ColumnView("evaluator_id", text("calibration.evaluator"), "id"),
        ColumnView("evaluator_type", text("calibration.kind"), "text"),
        ColumnView("n_employees", text("calibration.employees"), "number", digits=0),
        ColumnView("n_scores", text("calibration.scores"), "number", digits=0),
        ColumnView("mean", text("calibration.mean"), "number"),
        ColumnView("sd", text("calibration.sd"), "number"),
        ColumnView("subset", text("calibration.subset"), "number", digits=0),
    ]
    return TableView(
        evaluator_overview(view.evaluations),
        columns,
        text("calibration.overview_caption"),
        empty=text("calibration.nothing"),
    )


def severity_table(view: EvaluatorsView) -> TableView | None:
    """How many points evaluators take off, and what a fair score gives back of them."""
    text, rows = view.text, view.calibration.severities
    if rows.empty:
        return None
    half = Z * rows["se"]
    rows = rows.assign(
        low=rows["severity"] - half,
        high=rows["severity"] + half,
        in_words=[text(f"calibration.severity_status.{status}") for status in rows["status"]],
    )
    columns = [
        ColumnView("evaluator_id", text("calibration.evaluator"), "id"),
        ColumnView("evaluator_type", text("calibration.kind"), "text"),
        ColumnView("n", text("calibration.n_shared"), "number", digits=0),
        ColumnView("severity", text("calibration.severity"), "number"),
        ColumnView(("low", "high"), text("calibration.interval"), "interval"),
        ColumnView("shrunken", text("calibration.given_back"), "number"),
        ColumnView("in_words", text("calibration.status"), "text"),
    ]
    return TableView(
        rows.sort_values("severity", ascending=False, kind="stable"),
        columns,
        text("calibration.severity_caption"),
        "status",
    )


def effects_table(view: EvaluatorsView) -> TableView | Sentences | None:
    """What is clearly peculiar to an evaluator, and what may help."""
    text, rows = view.text, view.calibration.effects
    if rows.empty:
        return None
    rows = rows[rows["flag"] != ""]
    if rows.empty:
        return Sentences([text("calibration.no_effects")], kind="note")
    rows = rows.assign(
        found=[text(f"calibration.flag.{flag}") for flag in rows["flag"]],
        help=[text(f"calibration.help.{flag}") for flag in rows["flag"]],
    )
    columns = [
        ColumnView("evaluator_id", text("calibration.evaluator"), "id"),
        ColumnView("evaluator_type", text("calibration.kind"), "text"),
        ColumnView("found", text("calibration.found"), "text"),
        ColumnView("statistic", text("calibration.size"), "number", digits=2),
        ColumnView(("low", "high"), text("calibration.interval"), "interval", digits=2),
        ColumnView("n", text("calibration.employees"), "number", digits=0),
        ColumnView("help", text("calibration.training"), "text"),
    ]
    return TableView(rows, columns, text("calibration.effects_caption"))


def differences_table(view: EvaluatorsView) -> TableView:
    """Every pair of evaluators of a type."""
    text, found = view.text, _labelled(evaluator_differences(view.evaluations))
    rows = found.assign(
        in_words=[text(f"calibration.pair_status.{status}") for status in found["status"]]
    )
    columns = [
        ColumnView("label", text("calibration.pair"), "id"),
        ColumnView("n", text("calibration.n"), "number", digits=0),
        ColumnView("difference", text("calibration.difference"), "number"),
        ColumnView(("low", "high"), text("calibration.interval"), "interval"),
        ColumnView("in_words", text("calibration.status"), "text"),
    ]
    return TableView(
        rows,
        columns,
        text("calibration.differences_caption"),
        "status",
        empty=text("calibration.nothing"),
    )


def differences_figure(view: EvaluatorsView) -> Figure | Sentences:
    """Differences with their intervals."""
    text, found = view.text, _labelled(evaluator_differences(view.evaluations))
    known = found[found["status"] == "ok"]
    if known.empty:
        return Sentences([text("calibration.no_figure")], kind="note")
    facts = {"n": int(((known["low"] > 0) | (known["high"] < 0)).sum()), "of": len(known)}
    return Figure(
        plots.intervals(known, text("calibration.figure_label")),
        caption=text("calibration.figure_caption", **facts),
        alt=text("calibration.figure_alt", **facts),
    )


def _peculiar(view: EvaluatorsView) -> list[str]:
    """Whom somebody should look at for more than severity, in one sentence."""
    effects = view.calibration.effects
    flagged = effects[(effects["flag"] != "") & (effects["effect"] != "severity")]
    if flagged.empty:
        return []
    named = sorted(flagged["evaluator_id"].unique())
    return [view.text("calibration.peculiar", n=len(named), names=", ".join(named))]


def _labelled(found: DataFrame) -> DataFrame:
    return found.assign(label=found["evaluator_id"] + " – " + found["other_id"])


def _harsher(view: EvaluatorsView, row: object) -> str:
    """One clear difference as a sentence that names the harsher evaluator first."""
    first, second, sign = row.evaluator_id, row.other_id, 1  # type: ignore[attr-defined]
    if row.difference < 0:  # type: ignore[attr-defined]
        first, second, sign = second, first, -1
    ends = sorted((sign * row.low, sign * row.high))  # type: ignore[attr-defined]
    return view.text(
        "calibration.harsher",
        first=first,
        second=second,
        points=number(abs(row.difference)),  # type: ignore[attr-defined]
        n=row.n,  # type: ignore[attr-defined]
        low=number(ends[0]),
        high=number(ends[1]),
    )
