"""People of a team beside one another: who differs by more than people of a team usually do."""

from __future__ import annotations

from IPython.display import display
from pandas import DataFrame, Series

from csperf.comparison import funnel, funnel_curve
from csperf.comparison.count_charts import countable
from csperf.comparison.funnel import ENDS, ENOUGH_UNITS
from csperf.indicators import INDICATORS
from csperf.reporting import plots
from csperf.reporting.display import Figure, Sentences
from csperf.reporting.opening import TeamView
from csperf.reporting.people import joined, names
from csperf.reporting.values import scale_of, shown_range, shown_value, title_of, unit_of

COUNTED = ("proportion", "rate")
FEW = 6  # people who are named in a team of any size
KNOWN = ("ok", "provisional")  # of fewer cases than the indicator asks for, nothing is drawn


def funnels(view: TeamView) -> None:
    """Show a funnel of each share and rate in the score in which somebody stands out.

    The others are named in a sentence: a figure in which nobody stands out says no more than that.
    """
    text, figures = view.text, []
    said: dict[str, list[str]] = {"calm": [], "few": []}
    for name in view.scheme.indicators:
        units = _units(view, name)
        if INDICATORS[name].kind not in COUNTED or not countable(units, INDICATORS[name].kind):
            continue
        found = funnel(units, INDICATORS[name].kind)
        if found["signal"].str.endswith("outer").any():
            figures.append(_figure(view, name, found))
        else:
            few = found["centre"].isna().all()
            said["few" if few else "calm"].append(title_of(name, text))
    texts = [
        text(f"comparison.funnel_{key}", names=", ".join(titles), needed=ENOUGH_UNITS)
        for key, titles in said.items()
        if titles
    ]
    intro = [Sentences([text("comparison.funnel_intro")], kind="note")] if figures else []
    shown = [*intro, *figures, *([Sentences(texts, kind="note")] if texts else [])]
    display(*(shown or [Sentences([text("comparison.funnel_none")], kind="note")]))


def _units(view: TeamView, indicator: str) -> DataFrame:
    """People of the team with enough cases, with numerator and denominator of this cycle."""
    rows = view.history
    rows = rows[(rows["cycle_id"] == view.cycle.id) & (rows["team_id"] == view.team_id)]
    rows = rows[rows["employee_id"].notna() & rows["week"].isna()]
    rows = rows[(rows["quantity_id"] == indicator) & rows["status"].isin(KNOWN)]
    return rows[["employee_id", "numerator", "denominator"]].reset_index(drop=True)


def _figure(view: TeamView, indicator: str, found: DataFrame) -> Figure:
    text, row = view.text, INDICATORS[indicator]
    above, below = (found["signal"] == f"{side}_outer" for side in ("above", "below"))
    named = len(found) <= plots.NAMED or int((above | below).sum()) <= FEW
    people = names(view, found["employee_id"])
    told = _with_values(view, indicator, found.assign(name=people))
    sides = {
        side: joined(told[at], "; ") if named else text("comparison.funnel_people", n=int(at.sum()))
        for side, at in (("above", above), ("below", below))
        if at.any()
    }
    title, centre = title_of(indicator, text), shown_value(_centre(found), indicator, text)
    facts = {"name": title, "n": len(found), "centre": centre}
    caption = text(f"comparison.funnel_{'_'.join(sides)}", **facts, **sides)
    alt = text("comparison.funnel_alt", above=int(above.sum()), below=int(below.sum()), **facts)
    unit = unit_of(indicator, view.scheme.currency, text)
    axes = plots.funnel(
        _scaled(found.assign(label=people.where((above | below) & named, "")), indicator),
        _scaled(funnel_curve(found, row.kind), indicator),
        text("comparison.funnel_size"),
        text("comparison.in_unit", name=title, unit=unit) if unit else title,
        row.unit == "share",
    )
    return Figure(axes, caption=caption, alt=alt)


def _with_values(view: TeamView, indicator: str, found: DataFrame) -> Series:
    """Each person with the own value and the range in which nobody would stand out."""
    phrases = []
    for person, row in zip(found["name"], found.to_dict("records"), strict=True):
        value, *ends = (
            shown_value(row[name], indicator, view.text)
            for name in ("value", "outer_low", "outer_high")
        )
        key = "funnel_person_near" if value in ends else "funnel_person"  # alike when rounded
        span = shown_range(row["outer_low"], row["outer_high"], indicator, view.text)
        phrases.append(view.text(f"comparison.{key}", name=person, value=value, range=span))
    return Series(phrases, found.index, dtype="str")


def _centre(found: DataFrame) -> float:
    return float(found["centre"].dropna().iloc[0])


def _scaled(frame: DataFrame, indicator: str) -> DataFrame:
    """Rates as they are shown, most of them per thousand."""
    drawn = ["value", "centre", *(f"{name}_{end}" for name in ENDS for end in ("low", "high"))]
    scale = scale_of(indicator)
    return frame.assign(**{name: scale * frame[name] for name in drawn if name in frame})
