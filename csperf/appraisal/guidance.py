"""Guidance that a rule asked for: whether it was given, and whether the score rose after it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from pandas import DataFrame, Series

from csperf.tables import INPUT_TABLES

OF_CYCLE = ["cycle_id", "employee_id"]
NOT_RECORDED = "guidance is not recorded"


def guided(held: DataFrame, rule_id: str, records: Mapping[str, DataFrame]) -> DataFrame:
    """Guidance that is not over yet, for each person.

    Parameters
    ----------
    held : DataFrame
        employee_id, cycle_id, score, held of earlier cycles of one length, where `held` says
        whether the rule that asks for guidance applied.
    rule_id : str
        That rule.
    records : mapping
        Input tables; sign_offs and interviews are read.

    Returns
    -------
    DataFrame
        A row a person, by employee_id: cycle_id (of the first guidance), score (then), best (the
        highest one since then, empty if there was none) and said (what shows that it took place).

    Notes
    -----
    Guidance is over when the rule did not apply in a later cycle in which the person was appraised.
    A cycle whose proposal was rejected gave none, unless a talk about it was held. Where neither a
    talk nor a decision is known, the guidance counts, and `said` tells that it is not recorded.
    """
    rows = held[held["score"].notna()].sort_values("cycle_id", ascending=False, kind="stable")
    ended = (~rows["held"]).groupby(rows["employee_id"]).cumsum()
    rows = rows[ended == 0]
    keys = pd.MultiIndex.from_frame(rows[OF_CYCLE])
    talked = keys.isin(_talks(records))
    decided = Series(_decisions(records, rule_id).reindex(keys).to_numpy(), index=rows.index)
    rows = rows.assign(said=_said(talked, decided), given=talked | (decided != "rejected"))
    first = rows[rows["given"]].drop_duplicates("employee_id", keep="last")
    since = rows.merge(first[["employee_id", "cycle_id"]], on="employee_id", suffixes=("", "_of"))
    later = since[since["cycle_id"] > since["cycle_id_of"]]
    best = later.groupby("employee_id")["score"].max()
    found = first.set_index("employee_id")[["cycle_id", "score", "said"]]
    return found.assign(best=best)


def _talks(records: Mapping[str, DataFrame]) -> pd.MultiIndex:
    """Cycles and people about whom a talk was held."""
    table = INPUT_TABLES["interviews"]
    talks = table.arrange(records["interviews"]) if "interviews" in records else table.empty()
    return pd.MultiIndex.from_frame(talks.loc[talks["held_at"].notna(), OF_CYCLE])


def _decisions(records: Mapping[str, DataFrame], rule_id: str) -> Series:
    """The last decision on the rule's proposals, by cycle and person."""
    table = INPUT_TABLES["sign_offs"]
    signed = table.arrange(records["sign_offs"]) if "sign_offs" in records else table.empty()
    mine = signed[signed["rule_id"] == rule_id].sort_values("at", kind="stable")
    last = mine.drop_duplicates(OF_CYCLE, keep="last")
    return last.set_index(OF_CYCLE)["decision"]


def _said(talked: Series, decided: Series) -> Series:
    """What shows that guidance took place."""
    said = Series(NOT_RECORDED, index=decided.index).mask(
        decided.isin(["confirmed", "changed"]), "guidance was " + decided.astype("str")
    )
    return said.mask(talked, "a talk was held")
