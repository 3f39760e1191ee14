"""What was written under an id that somebody no longer has, continued under the one of today."""

from __future__ import annotations

from collections.abc import Mapping

from pandas import DataFrame, Series

from csperf.indicators.identity import MOMENTS, present_ids
from csperf.sources import Tables
from csperf.tables import INPUT_TABLES

ANYBODY = ("evaluator_id",)  # may be a customer too, so that no table has to have them all
ONE_THING = ("cycle_id", "employee_id", "quantity_id", "week")


def under_ids_of_today(tables: Mapping[str, DataFrame]) -> Tables:
    """The tables about people under the ids that these have today.

    Events keep the ids they came with; measuring them follows the same column alias_of. Rows of
    former ids stay in employees, which says who they are now. InputError where ids were renamed in
    a circle.
    """
    former, frames = former_ids(tables), dict(tables)
    for name in set(tables) - {*MOMENTS, "employees"} if former else ():
        people = [ref.column for ref in INPUT_TABLES[name].references if ref.table == "employees"]
        named = [column for column in (*people, *ANYBODY) if column in tables[name]]
        today = {column: renamed(tables[name][column], former) for column in named}
        frames[name] = tables[name].assign(**today)
    return Tables(frames, getattr(tables, "quality", None), getattr(tables, "files", ()))


def continued(history: DataFrame | None, tables: Mapping[str, DataFrame]) -> DataFrame | None:
    """The history under the ids of today; where two ids became one, their later id's row counts."""
    former = former_ids(tables)
    if history is None or not former:
        return history
    was_former = history["employee_id"].isin(former)
    rows = history.assign(employee_id=renamed(history["employee_id"], former), was=was_former)
    rows = rows.sort_values("was", kind="stable")
    twice = rows["employee_id"].notna() & rows.duplicated(
        [name for name in ONE_THING if name in rows]
    )
    return rows[~twice].sort_index().drop(columns="was")


def former_ids(tables: Mapping[str, DataFrame]) -> dict[str, str]:
    """{former id: id of today} by the table employees."""
    people = tables.get("employees")
    return {} if people is None or "alias_of" not in people else present_ids(people)


def renamed(ids: Series, former: Mapping[str, str]) -> Series:
    """The ids of today in the place of former ones."""
    return ids.map(lambda id: former.get(id, id), na_action="ignore").astype("str")
