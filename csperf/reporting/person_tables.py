"""Tables of the team report on one person's own sheet, and small pieces of such pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from markupsafe import Markup

from csperf.reporting.display import Sentences, TableView, tag

OF_OTHERS = ("display_name", "evaluator_id", "decided_by", "guidance_owner", "who")


def paragraphs(texts: Iterable[str]) -> Markup:
    """One paragraph a text."""
    return Markup("").join(tag("p", text) for text in texts)


def subsection(title: str, *bodies: Markup) -> Markup:
    """Bodies under a heading; nothing where there is nothing below it."""
    return tag("h3", title) + Markup("").join(bodies) if any(bodies) else Markup("")


def without_name(table: TableView | Sentences | None, *more: str) -> Markup:
    """A table about one person, without the own name in each row and without anybody else's."""
    if table is None:
        return Markup("")
    if isinstance(table, Sentences):
        return table.html()
    kept = [column for column in table.columns if column.key not in (*OF_OTHERS, *more)]
    return replace(table, columns=kept).html()
