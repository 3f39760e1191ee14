"""People and words in the tables of a team report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import pandas as pd
from pandas import DataFrame, Series

from csperf.reporting.department import View
from csperf.reporting.display import ColumnView
from csperf.reporting.opening import TeamView
from csperf.scheme import Scheme
from csperf.tables.records import RECORD_TABLES


def named(view: View, rows: DataFrame) -> DataFrame:
    """The rows with `display_name`; who is not in the team goes by the id."""
    return rows.assign(display_name=names(view, rows["employee_id"]))


def with_sheets(view: TeamView, rows: DataFrame) -> DataFrame:
    """The rows with `display_name`, and as `sheet` where the person's own sheet lies."""
    return named(view, rows).assign(sheet=rows["employee_id"].map(view.sheets).astype("str"))


def names(view: View, ids: Series) -> Series:
    """Names of people by their ids; ids of people outside the team stay."""
    known = view.result.people.set_index("employee_id")["display_name"].dropna().to_dict()
    return ids.map(lambda id: known.get(id, id), na_action="ignore").astype("str")


def by_rank(view: View, rows: DataFrame) -> DataFrame:
    """The rows with the best-ranked people first, those without a place last."""
    places = view.result.appraisals.set_index("employee_id")["rank"]
    place = rows["employee_id"].map(places).astype("Float64")
    return rows.assign(_place=place).sort_values("_place", kind="stable").drop(columns="_place")


def records(view: View, name: str) -> DataFrame:
    """A record table of the team with names, best-ranked people first; maybe without rows."""
    rows = view.result.records.get(name)
    rows = RECORD_TABLES[name].empty() if rows is None else rows
    return by_rank(view, named(view, rows)) if "employee_id" in rows else rows


def worded(view: View, group: str, words: Series) -> Series:
    """The catalogue's text for each word; a scheme's own words are only set apart."""

    def said(word: str) -> str:
        key = f"{group}.{word}"
        return view.text(key) if key in view.text.entries else view.text.plain(word)

    return words.map(said, na_action="ignore").astype("str")


def rule_titles(scheme: Scheme) -> dict[str, str]:
    """Printed titles of rules and awards by their ids; those without one as words."""
    rules = {rule.id: rule.title or plain(rule.id) for rule in scheme.rules}
    return rules | {award.id: award.title or plain(award.id) for award in scheme.awards}


def plain(word: str) -> str:
    """An id as words."""
    return word.replace("_", " ")


def titled(words: Series, titles: Mapping[str, str], say: Callable[[str], str] = plain) -> Series:
    """Printed titles of ids of the scheme; `say` puts those without one into words."""
    return words.map(lambda word: titles.get(word) or say(word), na_action="ignore").astype("str")


def joined(cells: Iterable[object], by: str = ", ") -> str:
    """The known ones of some texts, each once, as one text."""
    return by.join(dict.fromkeys(str(cell) for cell in cells if pd.notna(cell) and cell != ""))


def known_only(frame: DataFrame, *columns: ColumnView) -> list[ColumnView]:
    """The columns that have something to show in some row."""

    def known(column: ColumnView) -> bool:
        keys = [column.key] if isinstance(column.key, str) else [*column.key]
        return bool((frame[keys].notna() & (frame[keys] != "")).all(axis=1).any())

    return [column for column in columns if known(column)]


def together(rows: DataFrame, columns: Iterable[ColumnView]) -> DataFrame:
    """One row for people of whom the columns say the same, their names joined."""
    keys = [column.key for column in columns if isinstance(column.key, str)]
    return rows.groupby(keys, dropna=False, sort=False, as_index=False)["display_name"].agg(joined)
