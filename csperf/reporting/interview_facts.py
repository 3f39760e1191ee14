"""Facts for the talk: what went well, what to improve, and how two people see the same work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup
from pandas import DataFrame

from csperf.indicators import INDICATORS
from csperf.reporting.display import ColumnView, Kind, Sentences, TableView, tag
from csperf.reporting.people import known_only, plain, titled
from csperf.reporting.values import shown_range, shown_value
from csperf.scheme import Criterion, Linear, Part, TargetRatio

if TYPE_CHECKING:
    from csperf.reporting.interview import Pack

FULL = 100.0
SELF = "self"
KINDS: dict[str, Kind] = {"score": "number", "lost": "number", "n": "number", "sure": "lines"}
DIGITS = {"n": 0}


def points_table(pack: Pack, told: list[dict[str, Any]], key: str) -> TableView:
    """Strengths or points to improve, each with its value, range and n, and how sure it is."""
    text = pack.view.text
    known = {name for row in told for name, it in row.items() if not pd.isna(it)}
    known -= {"lost"} if key == "praise" else set()
    shown = {
        **{"part": "part_of_score", "score": "got", "lost": "lost", "value": "measured"},
        **{"range": "range", "target": "target", "n": "behind", "sure": "sure"},
    }
    columns = [
        ColumnView(name, text(f"interview.{title}"), KINDS.get(name, "text"), DIGITS.get(name, 1))
        for name, title in shown.items()
        if name in known
    ]
    return TableView(DataFrame(told), columns, text(f"interview.{key}_caption"))


def parts_table(pack: Pack) -> TableView:
    """Every part of the score that may be shown: points, weight, and what it brings in."""
    text = pack.view.text
    rows = pack.scores.assign(part=titled(pack.scores["component_id"], pack.team.titles))
    columns = [
        ColumnView("part", text("interview.part_of_score"), "text"),
        ColumnView("score", text("interview.got"), "number"),
        ColumnView("weight", text("interview.weight"), "number"),
        ColumnView("contribution", text("interview.brought"), "number"),
    ]
    return TableView(rows, columns, text("interview.all_parts"))


def concrete_steps(pack: Pack) -> list[str]:
    """What the parts to improve are to become: the target, or the behaviour of the next step."""
    text, said = pack.view.text, []
    for told in pack.told["improve"]:
        criterion = _criterion(pack, told["component_id"])
        if told["target"] is not None:
            kept = {name: told[name] for name in ("part", "target", "value")}
            said.append(text("interview.next_target", **kept))
        elif criterion and (step := _next_behaviour(criterion, told["score"])):
            points, behaviour = step
            said.append(
                text(
                    "interview.next_behaviour",
                    part=told["part"],
                    points=f"{points:g}",
                    behaviour=behaviour,
                )
            )
    criteria = {each.id: each.title for each in pack.view.scheme.criteria}
    for seen in pack.observed.to_dict("records"):
        counts = {"good": seen["n_positive"], "bad": seen["n_negative"]}
        part = criteria.get(seen["criterion_id"]) or plain(seen["criterion_id"])
        said.append(text("interview.observed", part=part, **counts))
    return said


def proposed_goals(pack: Pack) -> list[str]:
    """Goals to propose for a plan, of the parts to improve."""
    text, said = pack.view.text, []
    for told in pack.told["improve"]:
        key = "proposed_part" if told["target"] is None else "proposed_goal"
        said.append(text(f"interview.{key}", **{k: told[k] for k in ("part", "value", "target")}))
    return said


def views(pack: Pack) -> Markup:
    """Own view and superior's on each criterion, and what the scheme asks for where they differ."""
    text, judged, kinds = pack.view.text, pack.judged, pack.view.scheme.superiors
    of_self = judged[judged["evaluator_type"].isin(pack.view.scheme.types_like(SELF))]
    above = judged[judged["evaluator_type"].isin(kinds)]
    sides = {
        "own": of_self.groupby("criterion_id")["score"].mean(),
        "superior": above.groupby("criterion_id")["score"].mean(),
    }
    notes = [text("interview.no_own")] if of_self.empty else []
    notes += [text("interview.no_superior")] if above.empty else []
    step = pack.gap["next_step"]
    if pd.notna(step) and step != "none":
        notes.append(text("interview.next_step", step=text(f"gaps.next.{step}")))
    rows = DataFrame(sides).rename_axis("criterion_id").reset_index()
    if rows.empty:
        return Sentences(notes).html()
    titles = {each.id: each.title for each in pack.view.scheme.criteria}
    rows = rows.assign(
        criterion=titled(rows["criterion_id"], titles), gap=rows["own"] - rows["superior"]
    )
    names = ("own", "superior", "gap")
    numbers = (ColumnView(name, text(f"interview.{name}"), "number") for name in names)
    columns = [
        ColumnView("criterion", text("interview.criterion"), "text"),
        *known_only(rows, *numbers),
    ]
    table = TableView(rows, columns, text("interview.views_caption")).html()
    said = Sentences(notes).html() if notes else Markup("")
    return said + table + tag("p", text("interview.gap_question"))


def in_words(pack: Pack, point: Mapping[Any, Any]) -> dict[str, Any]:
    """A talking point in words: title, value, range, target, n and how sure it is."""
    text, component = pack.view.text, point["component_id"]
    leaf, kind = pack.leaves.get(component, (None, None))
    told: dict[str, Any] = {"part": pack.team.titles.get(component) or plain(component)}
    told |= dict.fromkeys(("value", "range", "target", "n"))
    if leaf and leaf.indicator:
        return told | _measured(pack, leaf, point["score"])
    if leaf and leaf.criterion:
        rows = pack.judged[pack.judged["criterion_id"] == leaf.criterion]
        n = int(rows.loc[rows["evaluator_type"] == kind, "n_evaluators"].sum())
        return told | {"n": n, "sure": text("interview.judged", n=n)}
    key = "events" if point["weight"] == 0 else "no_range"
    return told | {"sure": text(f"interview.{key}")}


def _measured(pack: Pack, leaf: Part, score: float) -> dict[str, Any]:
    """Value, range, target and n of an indicator, and whether its gap may be chance."""
    text, name = pack.view.text, str(leaf.indicator)
    row = pack.team.values.get((pack.talk["employee_id"], name))
    if row is None or name not in INDICATORS:
        return {"sure": text("interview.no_range")}
    low, high = row["low"], row["high"]
    known = pd.notna(low) and pd.notna(high)
    target = leaf.scoring.target.value if isinstance(leaf.scoring, Linear | TargetRatio) else None
    if target is None:
        key = "no_target"
    elif not known:
        key = "no_range"
    elif low <= target <= high:
        key = "within"
    else:
        key = "better_than" if score >= FULL else "short_of"
    return {
        "value": shown_value(row["value"], name, text),
        "range": shown_range(low, high, name, text) if known else None,
        "target": None if target is None else shown_value(target, name, text),
        "n": row["n"],
        "sure": text(f"interview.{key}"),
    }


def _criterion(pack: Pack, component: str) -> Criterion | None:
    leaf, _ = pack.leaves.get(component, (None, None))
    named = leaf.criterion if leaf else None
    return next((each for each in pack.view.scheme.criteria if each.id == named), None)


def _next_behaviour(criterion: Criterion, score: float) -> tuple[float, str] | None:
    """The lowest described point of the scale above the person's, and its behaviour."""
    low, high = criterion.scale.value
    now = low + (high - low) * score / FULL
    above = [each for each in criterion.behaviours if each.points > now]
    if not above:
        return None
    first = min(above, key=lambda each: each.points)
    return first.points, first.text.value
