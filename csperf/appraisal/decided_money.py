"""Money of proposals after people have decided: what counts, what does not, and what is kept."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.appraisal.decisions import EXECUTED, signed
from csperf.appraisal.restatement import APPROVED
from csperf.params import Cycle
from csperf.tables import INPUT_TABLES, OUTPUT_TABLES

KEY = ["employee_id", "rule_id"]
OPEN = "appeal_open"
KEPT = "kept as it was approved before the restatement"
KEPT_COLUMNS = ["employee_id", "rule_id", "amount", "currency", "decided_by", "decided_at"]


def decided_money(proposals: DataFrame, kept: DataFrame | None = None) -> DataFrame:
    """Money of proposals as it stands after the decisions on them.

    Parameters
    ----------
    proposals : DataFrame
        employee_id, rule_id, amount, status and, where people decided, the columns of `DECIDED`.
    kept : DataFrame, optional
        Money that an earlier run proposed and people approved, as `kept_money` finds it; it stands
        instead of what is proposed now.

    Returns
    -------
    DataFrame
        employee_id, rule_id, amount, counts, text, sorted by the first two. Money does not count
        that was rejected or changed to something else, or whose effect an open appeal suspends; of
        a change to another amount (a number in `changed_to`) that amount counts.
    """
    rows = proposals.reindex(columns=[*KEY, "amount", "status", "decision", "changed_to", "flags"])
    changed = rows["decision"] == "changed"
    instead = pd.to_numeric(rows["changed_to"].where(changed), errors="coerce")
    rows = rows.assign(was=rows["amount"], amount=instead.fillna(rows["amount"]))
    flags = rows["flags"].astype("str").fillna("").str.split()
    waits = flags.map(lambda odd: OPEN in odd).astype(bool) & (rows["status"] != EXECUTED)
    away, rejected = changed & instead.isna(), rows["status"] == "rejected"
    said = [
        _told(*row)
        for row in zip(rows["was"], rows["amount"], rows["status"], changed, strict=True)
    ]
    because = Series("", index=rows.index).mask(waits, "suspended, for an appeal is open")
    because = because.mask(away, "changed to " + rows["changed_to"].astype("str"))
    text = Series(said, index=rows.index, dtype="str").where(
        because == "", _figures(rows["was"]) + " is not in it: " + because
    )
    rows = rows.assign(counts=~(waits | away | rejected), text=rows["rule_id"] + " " + text)
    found = rows[rows["amount"].notna() & ~rejected][[*KEY, "amount", "counts", "text"]]
    if kept is not None and len(kept):
        fixed = kept.assign(
            counts=True, text=kept["rule_id"] + " " + _figures(kept["amount"]) + f" ({KEPT})"
        )
        found = pd.concat([found[~_in(found, kept)], fixed[found.columns]], ignore_index=True)
    return found.sort_values(KEY, ignore_index=True)


def kept_money(
    proposals: DataFrame,
    earlier: DataFrame | None,
    sign_offs: DataFrame | None,
    cycle: Cycle,
    *,
    suspended: Collection[str] = (),
    timezone: str = "UTC",
) -> DataFrame:
    """Money that people approved and that the cycle, run again, would take back.

    It is not taken back unless they decide so: whoever rejects or changes it now has done that.

    Parameters
    ----------
    proposals : DataFrame
        Those of this run, with the decisions on them.
    earlier : DataFrame or None
        Those of all earlier runs of the cycle, the earliest first.
    sign_offs : DataFrame or None
        The input table.
    suspended : collection
        People with an open appeal; what was not yet executed waits.

    Returns
    -------
    DataFrame
        The columns of `KEPT_COLUMNS`: the highest amount that was approved where that is more than
        this run proposes, or where it proposes none. A deduction that is gone is not kept.
    """
    rows = OUTPUT_TABLES["proposals"].arrange(earlier) if earlier is not None else proposals[:0]
    rows = rows[rows["amount"].notna()]
    if rows.empty:
        return proposals.reindex(columns=KEPT_COLUMNS).iloc[:0]
    given = sign_offs if sign_offs is not None else INPUT_TABLES["sign_offs"].empty()
    known = pd.concat([proposals[KEY], *([] if earlier is None else [earlier[KEY]])])
    last = rows.drop_duplicates(KEY, keep="last")
    now = signed(last, given, cycle, suspended=suspended, earlier=known, timezone=timezone)
    undone = now[now["decision"].isin(["rejected", "changed"])]
    approved = pd.concat([now, rows])  # of equal amounts the row with the latest decision stays
    approved = approved[approved["status"].isin(APPROVED) & ~_in(approved, undone)]
    waits = approved["employee_id"].isin(suspended) & (approved["status"] != EXECUTED)
    highest = approved[~waits].sort_values("amount", ascending=False, kind="stable")
    highest = highest.drop_duplicates(KEY)
    proposed = proposals.set_index(KEY)["amount"].fillna(0)
    less = proposed.reindex(pd.MultiIndex.from_frame(highest[KEY])).fillna(0).to_numpy()
    found = highest[(highest["amount"].to_numpy() - less) > 0]
    return found[KEPT_COLUMNS].sort_values(KEY, ignore_index=True)


def _told(was: float, amount: float, status: str, changed: bool) -> str:
    if changed:
        return f"{amount:,.2f} (changed from {was:,.2f})"
    return f"{amount:,.2f} ({status})"


def _figures(amounts: Series) -> Series:
    return Series([f"{amount:,.2f}" for amount in amounts], index=amounts.index, dtype="str")


def _in(rows: DataFrame, others: DataFrame) -> np.ndarray:
    """Whether each row's person and rule are among those of other rows."""
    return pd.MultiIndex.from_frame(rows[KEY]).isin(pd.MultiIndex.from_frame(others[KEY]))
