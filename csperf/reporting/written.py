"""The procedure as it is written: each rule of the scheme in words, and the way to appeal."""

from __future__ import annotations

from collections.abc import Iterator

from csperf.reporting.department import View
from csperf.reporting.display import Details, number
from csperf.reporting.people import rule_titles
from csperf.reporting.values import shown_value, title_of
from csperf.scheme import Rule, When


def rules_as_written(view: View) -> Details | None:
    """Every rule with the facts that set it off, what it proposes and who decides; then appeals."""
    text, titles = view.text, rule_titles(view.scheme)
    rows = [(titles[rule.id], _rule(view, rule)) for rule in view.scheme.rules]
    for stage in view.scheme.appeal:
        does = text.of(stage.does) if stage.does else ""
        told = text("written.stage", days=stage.within_days.value, does=does).strip()
        rows.append((text("written.appeal", to=text.plain(stage.to)), told))
    return Details(text("written.rules", n=len(view.scheme.rules)), rows) if rows else None


def _rule(view: View, rule: Rule) -> str:
    text, money = view.text, rule.amount
    facts = "; ".join(_facts(view, rule.when))
    said = [text("written.when", facts=facts), text("written.then", action=text.plain(rule.action))]
    if money:
        said.append(
            text("written.amount", amount=number(money.value, 2), unit=view.scheme.currency)
        )
    said.append(text("written.decides", who=text.plain(rule.approver.value)))
    if rule.provenance == "assumed":
        said.append(text("written.assumed"))
    return " ".join(said)


def _facts(view: View, when: When) -> Iterator[str]:
    """The facts that a rule waits for, each in words."""
    text = view.text
    for name in ("rank_from_top", "rank_from_bottom", "score_below", "score_from"):
        if found := getattr(when, name):
            yield text(f"written.{name}", n=found.value, points=f"{found.value:g}")
    if when.rank_bands:
        yield text("written.rank_bands", bands=", ".join(map(text.plain, when.rank_bands)))
    for name in ("grade", "level"):
        if found := getattr(when, name):
            yield text(f"written.{name}", name=found)
    if indicator := when.indicator:
        for name in ("at_least", "at_most"):
            if limit := getattr(when, name):
                value = shown_value(limit.value, indicator, text)
                yield text(f"written.{name}", name=title_of(indicator, text), value=value)
    if when.consecutive_cycles.value > 1:
        yield text("written.running", n=when.consecutive_cycles.value)
    if when.after:
        yield text("written.after", rule=rule_titles(view.scheme)[when.after])
    if when.no_progress_of:
        yield text("written.no_progress", points=f"{when.no_progress_of.value:g}")
