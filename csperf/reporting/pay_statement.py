"""The pay statement of one person: how each amount came about, and what is not decided yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from markupsafe import Markup
from pandas import DataFrame

from csperf.reporting.display import ColumnView, Sentences, TableView, number
from csperf.reporting.pay import WARNING
from csperf.reporting.people import joined, plain, rule_titles
from csperf.reporting.person import Sheets, own_page
from csperf.reporting.person_facts import Person
from csperf.reporting.person_tables import paragraphs
from csperf.reporting.words import facts_in_words
from csperf.scheme.formula import names_in

LIST = "; "


def pay_pages(sheets: Sheets) -> Iterator[tuple[str, str]]:
    """Each person who is paid by the scheme, with the HTML of the statement."""
    for person in sheets.people:
        if len(person.pay):
            yield person.id, _page(sheets, person)


def _page(sheets: Sheets, person: Person) -> str:
    view, text = sheets.view, sheets.view.text
    titles = _titles(sheets)
    bodies = {"lines": _lines(sheets, person, titles), "money": _decided(person)}
    bodies |= {"rights": sheets.rights, "words": sheets.foot}
    shared = {"rights": text("person.section.rights"), "words": text("person.section.words")}
    named = {shared.get(name) or text(f"payslip.{name}"): body for name, body in bodies.items()}
    heading = text("payslip.title", cycle=view.cycle.id), text("payslip.banner")
    return own_page(person, heading, _first(person, titles), named)


def _first(person: Person, titles: dict[str, str]) -> Markup:
    """The total in words, and a warning where it is too low."""
    text, total = person.view.text, person.pay.iloc[-1]
    told = {"line": titles[total["line"]], "cycle": person.view.cycle.id}
    if pd.isna(total["amount"]):
        said = [text("payslip.unknown", **told)]
    else:
        amount = number(total["amount"], 2)
        said = [text("payslip.total", **told, amount=amount, currency=_currency(person))]
    warned = WARNING in str(total["inputs"])
    low = Sentences([text("payslip.under_minimum")], kind="warning").html() if warned else ""
    return Sentences([*said, text("payslip.nothing_paid")]).html() + Markup("").join([low])


def _lines(sheets: Sheets, person: Person, titles: dict[str, str]) -> Markup:
    """A row a line: its formula, the numbers that went in, where it is ruled, and the amount."""
    text = person.view.text
    rows = [
        {
            "title": titles[row["line"]],
            **_workings(sheets, row),
            "rule_id": row["rule_id"],
            "amount": row["amount"],
        }
        for row in person.pay.to_dict("records")
    ]
    columns = [
        ColumnView("title", text("payslip.line"), "text"),
        ColumnView("formula", text("pay.formula"), "text"),
        ColumnView("inputs", text("payslip.inputs"), "text"),
        ColumnView("rule_id", text("payslip.rule"), "id"),
        ColumnView("amount", text("appraisal.amount", currency=_currency(person)), "money", 2),
    ]
    caption = text("payslip.caption", n=len(rows))
    return paragraphs([text("payslip.how")]) + TableView(DataFrame(rows), columns, caption).html()


def _workings(sheets: Sheets, row: dict[str, Any]) -> dict[str, str]:
    """Formula and numbers of a line. Of a pool that a group shares only what tells of nobody."""
    pay, text = sheets.view.scheme_read.pay, sheets.view.text
    assert pay is not None
    formulas = {line.id: line.formula.value for line in pay.lines}
    pools = sorted({pool.id for pool in pay.pools} & {*names_in(formulas[row["line"]])})
    said = "" if pd.isna(row["inputs"]) else str(row["inputs"])
    parts = str(row["formula"]).split(LIST)
    for pool in pools:
        said = said.partition(f"{LIST}{pool}: ")[0]  # what follows may name who shares it
        if not _is_told(sheets, pool):
            parts = [part for part in parts if not part.startswith(f"{pool} = ")]
    told = joined([facts_in_words(said, text), *(_pool(sheets, pool) for pool in pools)], LIST)
    return {"formula": facts_in_words(LIST.join(parts), text), "inputs": told}


def _pool(sheets: Sheets, pool: str) -> str:
    text = sheets.view.text
    if not _is_told(sheets, pool):
        return text("payslip.pool_small", pool=plain(pool))
    row = _of_pool(sheets, pool).iloc[0]
    amount = number(row["amount"], 2)
    return text("payslip.pool", pool=plain(pool), amount=amount, n=int(row["people"]))


def _is_told(sheets: Sheets, pool: str) -> bool:
    """Whether so many others share a pool that its amount tells of none of them."""
    rows = _of_pool(sheets, pool)
    return bool((rows["people"] > sheets.smallest_group).any())


def _of_pool(sheets: Sheets, pool: str) -> DataFrame:
    rows = sheets.computed["pay_pools"]
    return rows[rows["pool_id"] == pool]


def _decided(person: Person) -> Markup:
    """Money that rules propose for the person, and how far that is decided."""
    text, rows = person.view.text, person.proposals[person.proposals["amount"].notna()]
    if rows.empty:
        return paragraphs([text("payslip.no_rule_money")])
    rules = rule_titles(person.view.scheme)
    shown = rows.assign(
        rule=rows["rule_id"].map(lambda rule: rules.get(rule, rule)),
        standing=[text(f"status.{status}") for status in rows["status"]],
    )
    columns = [
        ColumnView("rule", text("payslip.rule_of"), "text"),
        ColumnView("amount", text("appraisal.amount", currency=_currency(person)), "money", 2),
        ColumnView("standing", text("appraisal.status"), "text"),
        ColumnView("appeal_until", text("appraisal.appeal"), "date", say=text.day),
    ]
    return TableView(shown, columns, text("payslip.rule_money")).html()


def _titles(sheets: Sheets) -> dict[str, str]:
    """Printed names of the lines."""
    pay = sheets.view.scheme.pay
    named = {line.id: line.title for line in pay.lines} if pay else {}
    return {id: title or plain(id).capitalize() for id, title in named.items()}


def _currency(person: Person) -> str:
    return joined(person.pay["currency"])
