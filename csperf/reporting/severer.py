"""How much of a team's change is its evaluators', where these are others than before."""

from __future__ import annotations

from typing import Any

import numpy as np
from pandas import DataFrame

from csperf.comparison.cycles import SCORE
from csperf.reporting.display import number
from csperf.reporting.opening import TeamView
from csperf.reporting.people import records
from csperf.reporting.values import signed


def severity_first(view: TeamView, comparisons: DataFrame) -> list[str]:
    """Of the change of the mean score, what comes from severity and what remains, in one text.

    Nothing where the evaluators are the same, or where the mean score has no change.
    """
    known = comparisons[(comparisons["quantity_id"] == SCORE) & comparisons["difference"].notna()]
    both = known.merge(records(view, "severity_changes"), on="baseline_id", suffixes=("", "_by"))
    return [_said(view, row) for row in both.to_dict("records")]


def _said(view: TeamView, row: dict[Any, Any]) -> str:
    text, told = view.text, {"baseline": row["baseline_id"], "change": signed(row["difference"])}
    explained, low, high = row["explained"], row["low_by"], row["high_by"]
    if row["status"] != "ok":
        told |= {"explained": signed(explained), "rest": signed(row["difference"] - explained)}
        return text(f"comparison.severity_{row['status']}", **told)
    harder = "harder" if high < 0 else "milder" if low > 0 else "alike"
    rest, down, up = _rest(row)
    work = "better" if down > 0 else "worse" if up < 0 else "unclear"
    return text(
        f"comparison.severity_{harder}_{work}",
        points=number(abs(explained)),
        near=number(min(abs(low), abs(high))),
        far=number(max(abs(low), abs(high))),
        explained=signed(explained),
        low=signed(low),
        high=signed(high),
        rest=signed(rest),
        rest_low=signed(down),
        rest_high=signed(up),
        **told,
    )


def _rest(row: dict[Any, Any]) -> tuple[float, float, float]:
    """The change minus what severity explains, with the interval that both leave (square and add).

    The two hardly depend on one another: severities come from the whole department's ratings.
    """
    rest = row["difference"] - row["explained"]
    down = np.hypot(row["difference"] - row["low"], row["high_by"] - row["explained"])
    up = np.hypot(row["high"] - row["difference"], row["explained"] - row["low_by"])
    return rest, rest - down, rest + up
