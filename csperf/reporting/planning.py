"""The planning report, section by section; each function gives one thing to show."""

from __future__ import annotations

from csperf.reporting.department import DepartmentView
from csperf.reporting.display import Heading
from csperf.reporting.foundations import provenance

__all__ = ["heading", "provenance"]


def heading(view: DepartmentView) -> Heading:
    """Title and scheme."""
    text = view.text
    return Heading(
        title=text("planning.title", department=view.name, cycle=view.cycle.id),
        subtitle=text("planning.subtitle", scheme=view.scheme.title, version=view.scheme.version),
        lang=text("language.tag"),
    )
