"""The page that leads to the portals of all cycles; it names no departments, teams or people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from csperf.reporting.display import ColumnView, Sentences, TableView, tag
from csperf.reporting.portal import failures_of, link
from csperf.reporting.templates import page
from csperf.reporting.text import Messages

Entry = Mapping[str, Any]  # a manifest


def cycles_html(manifests: Sequence[Entry]) -> str:
    """Return the page of all cycles, the latest first.

    Parameters
    ----------
    manifests : sequence of mapping
        One a cycle, as for `portal_html`, the earliest first; the latest says the language.
    """
    latest_first = [*reversed(manifests)]
    m = Messages.load(latest_first[0]["language"])
    frame = pd.DataFrame([_row(manifest, m) for manifest in latest_first])
    columns = [
        ColumnView("cycle", m("cycles.cycle"), "name", link_key="address"),
        ColumnView("outcome", m("portal.outcome")),
        ColumnView("people", m("portal.people"), "number", digits=0),
        ColumnView("scored", m("portal.scored"), "number", digits=0),
        ColumnView("proposals", m("rollup.proposals"), "number", digits=0),
        ColumnView("kept_until", m("cycles.kept_until"), blank=m("cycles.no_end")),
    ]
    failed = [manifest["cycle_id"] for manifest in latest_first if failures_of(manifest, m)]
    verdict = m("cycles.failed", cycles=", ".join(failed)) if failed else m("cycles.complete")
    return page(
        m,
        title=m("cycles.title"),
        subtitle=latest_first[0]["organisation"],
        blocks=[
            Sentences([verdict]).html(),
            TableView(frame, columns, m("cycles.table")).html(),
        ],
        footer=tag("p", m("portal.made_by", version=latest_first[0]["csperf_version"])),
    )


def _row(manifest: Entry, m: Messages) -> dict[str, Any]:
    teams = [team for department in manifest["departments"] for team in department["teams"]]
    until = manifest.get("delete_after")
    failures = len(failures_of(manifest, m))
    return {
        "cycle": manifest["cycle_id"],
        "address": link(f"{manifest['cycle_id']}/index.html"),
        "outcome": m("cycles.failures", n=failures) if failures else m("outcome.done"),
        "people": sum(team["n_employees"] for team in teams),
        "scored": sum(team["n_scored"] for team in teams),
        "proposals": sum(team["n_proposals"] for team in teams),
        "kept_until": m.day(pd.Timestamp(until)) if until else None,
    }
