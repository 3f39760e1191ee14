"""The report on evaluators, section by section; each function gives one thing to show."""

from __future__ import annotations

from IPython.display import display
from pandas import DataFrame

from csperf.calibration import d_study, evaluator_overview
from csperf.calibration.anonymity import shown_differences
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
from csperf.reporting.evaluations import EvaluatorsView
from csperf.reporting.fairness import fairness_table
from csperf.reporting.prepared import preparation, preparation_table, told_unready
from csperf.reporting.severities import drift, own_views, pairs, teams_table

__all__ = [
    "components_table",
    "differences_figure",
    "differences_table",
    "drift",
    "effects_table",
    "fairness_table",
    "heading",
    "overview_table",
    "own_views",
    "pairs",
    "preparation",
    "preparation_table",
    "reliability",
    "severity_table",
    "teams_table",
    "verdict",
    "wright_figures",
]

SAID = 6  # pairs of evaluators that are named in the first sentences
RELIABLE = 0.8
SHOWN = 0.0005  # share of the spread that is printed as 0.1 %
NAMED = 12  # elements of a facet that still find room for their names


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
    text, found = view.text, _differences(view)
    overview = evaluator_overview(view.evaluations)
    if overview.empty:
        return Sentences([text("calibration.nothing")])
    clear = found[(found["low"] > 0) | (found["high"] < 0)]
    far = clear.loc[clear["difference"].abs().sort_values(ascending=False).index[:SAID]]
    most = clear[clear.index.isin(far.index)]
    sentences = [_harsher(view, row) for row in most.itertuples()] or [text("calibration.same")]
    if len(clear) > SAID:
        sentences.append(text("calibration.more", n=len(clear) - SAID))
    sentences += _peculiar(view)
    for status, key in (("no_common_employee", "unlinked"), ("too_few", "too_few")):
        pairs = found[found["status"] == status]
        if len(pairs) > SAID:
            sentences.append(text(f"calibration.{key}_many", n=len(pairs)))
        elif len(pairs):
            names = ", ".join(pairs["evaluator_id"] + " – " + pairs["other_id"])
            sentences.append(text(f"calibration.{key}", pairs=names))
    for kind, subsets in overview.groupby("evaluator_type")["subset"].nunique().items():
        if subsets > 1:
            sentences.append(text("calibration.apart", kind=view.kind(kind), n=subsets))
    sentences += told_unready(view)
    unnamed = {*overview["evaluator_id"]} - {*view.pages}
    if unnamed:
        sentences.append(text("calibration.under_pseudonyms", n=len(unnamed)))
    if len(clear):
        sentences.append(text("calibration.do_not_compare"))
    if view.pages:
        sentences.append(text("calibration.page"))
    return Sentences([*sentences, text("calibration.caution")])


def overview_table(view: EvaluatorsView) -> TableView:
    """What each evaluator gave."""
    text = view.text
    columns = [
        ColumnView("evaluator_id", text("calibration.evaluator"), "id", link_key="page"),
        ColumnView("kind", text("calibration.kind"), "text"),
        ColumnView("n_employees", text("calibration.employees"), "number", digits=0),
        ColumnView("n_scores", text("calibration.scores"), "number", digits=0),
        ColumnView("mean", text("calibration.mean"), "number"),
        ColumnView("sd", text("calibration.sd"), "number"),
        ColumnView("subset", text("calibration.subset"), "number", digits=0),
    ]
    return TableView(
        _with_pages(view, evaluator_overview(view.evaluations)),
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
    to = text("calibration.to")
    columns = [
        ColumnView("evaluator_id", text("calibration.evaluator"), "id", link_key="page"),
        ColumnView("in_words", text("calibration.status"), "text"),
        ColumnView("kind", text("calibration.kind"), "text"),
        ColumnView("n", text("calibration.n_shared"), "number", digits=0),
        ColumnView("severity", text("calibration.severity"), "number"),
        ColumnView(("low", "high"), text("calibration.interval"), "interval", between=to),
        ColumnView("shrunken", text("calibration.given_back"), "number"),
    ]
    return TableView(
        _with_pages(view, rows.sort_values("severity", ascending=False, kind="stable")),
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
    to = text("calibration.to")
    columns = [
        ColumnView("evaluator_id", text("calibration.evaluator"), "id", link_key="page"),
        ColumnView("kind", text("calibration.kind"), "text"),
        ColumnView("found", text("calibration.found"), "text"),
        ColumnView("statistic", text("calibration.size"), "number", digits=2),
        ColumnView(("low", "high"), text("calibration.interval"), "interval", 2, between=to),
        ColumnView("n", text("calibration.employees"), "number", digits=0),
        ColumnView("help", text("calibration.training"), "text"),
    ]
    return TableView(_with_pages(view, rows), columns, text("calibration.effects_caption"))


def wright_figures(view: EvaluatorsView) -> None:
    """Show people, evaluators and criteria on one scale, for each type that gives categories."""
    known = view.calibration.measures.query("status == 'ok'")
    display(*(_wright_figure(view, str(kind), of) for kind, of in known.groupby("evaluator_type")))


def _wright_figure(view: EvaluatorsView, kind: str, mine: DataFrame) -> Figure:
    text, people = view.text, mine["facet"] == "employee_id"
    few = mine.groupby("facet")["element_id"].transform("size") <= NAMED
    shown = mine.assign(
        facet=[text(f"calibration.facet.{facet}") for facet in mine["facet"]],
        label=mine["element_id"].where(few & ~people, ""),
    )
    severe = mine.loc[mine["facet"] == "evaluator_id", "measure"]
    facts = {
        "kind": view.kind(kind),
        "people": f"{mine.loc[people, 'measure'].std():.1f}",
        "evaluators": f"{severe.max() - severe.min():.1f}",
    }
    return Figure(
        plots.wright_map(shown, text("calibration.logits")),
        caption=text("calibration.wright_caption", **facts),
        alt=text("calibration.wright_alt", **facts),
    )


def reliability(view: EvaluatorsView) -> Sentences | None:
    """How many evaluators each person needs, of each type, for grades that can be relied on."""
    found = view.calibration.components
    if found.empty:
        return None
    kinds = found.groupby("evaluator_type", sort=False)
    return Sentences([_needed(view, str(kind), rows) for kind, rows in kinds], kind="note")


def _needed(view: EvaluatorsView, kind: str, rows: DataFrame) -> str:
    given = view.evaluations[view.evaluations["evaluator_type"] == kind]
    criteria = max(round(given.groupby(["employee_id", "evaluator_id"]).size().median()), 1)
    known = any("criterion_id" in component for component in rows["component"])
    study = d_study(rows, criteria=criteria if known else 1, reliability=RELIABLE)
    by = study.smallest.set_index("coefficient")
    most = int(study.grid["evaluators"].max())
    told = {"kind": view.kind(kind), "reliability": RELIABLE, "most": most}
    if "phi" in by.index:
        return view.text("calibration.enough", n=int(by.loc["phi", "evaluators"]), **told)
    return view.text("calibration.never_enough", **told)


def components_table(view: EvaluatorsView) -> TableView | None:
    """What the spread of scores is made of."""
    text, rows = view.text, view.calibration.components
    if rows.empty:
        return None
    rows = rows[rows["share"] >= SHOWN]
    rows = rows.assign(
        part=[
            " × ".join(text(f"calibration.component.{name}") for name in component.split(":"))
            for component in rows["component"]
        ]
    )
    columns = [
        ColumnView("kind", text("calibration.kind"), "text"),
        ColumnView("part", text("calibration.part"), "text"),
        ColumnView("share", text("calibration.share"), "percent"),
    ]
    return TableView(_with_kinds(view, rows), columns, text("calibration.components_caption"))


def differences_table(view: EvaluatorsView) -> TableView:
    """Every pair of evaluators of a type."""
    text, found = view.text, _labelled(_differences(view))
    rows = found.assign(
        in_words=[text(f"calibration.pair_status.{status}") for status in found["status"]]
    )
    to = text("calibration.to")
    columns = [
        ColumnView("label", text("calibration.pair"), "id"),
        ColumnView("in_words", text("calibration.status"), "text"),
        ColumnView("n", text("calibration.n"), "number", digits=0),
        ColumnView("difference", text("calibration.difference"), "number"),
        ColumnView(("low", "high"), text("calibration.interval"), "interval", between=to),
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
    text, found = view.text, _labelled(_differences(view))
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


def _differences(view: EvaluatorsView) -> DataFrame:
    return shown_differences(view.evaluations, view.anonymous)


def _with_pages(view: EvaluatorsView, rows: DataFrame) -> DataFrame:
    """The rows with the address of each evaluator's own page, where there is one."""
    return _with_kinds(view, rows).assign(page=rows["evaluator_id"].map(view.pages))


def _with_kinds(view: EvaluatorsView, rows: DataFrame) -> DataFrame:
    """The rows with what each type of evaluators is called."""
    return rows.assign(kind=[view.kind(kind) for kind in rows["evaluator_type"]])


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
