"""What a scheme pays: lines of each person, what the team costs, and how each amount came about."""

from __future__ import annotations

from IPython.display import display
from pandas import DataFrame

from csperf.appraisal.pay import cost
from csperf.reporting.display import ColumnView, Details, Sentences, TableView, number
from csperf.reporting.opening import TeamView
from csperf.reporting.people import joined, named, plain
from csperf.reporting.words import facts_in_words

WARNING = "warning: under"  # as `pay_lines` writes it into the inputs of a total


def pay_table(view: TeamView) -> TableView | None:
    """A row a person with every line of the pay statement, and the team's sums."""
    text, pay = view.text, view.result.pay
    if pay.empty:
        return None
    lines = _lines(view)
    wide = named(view, pay).pivot(
        index=["employee_id", "display_name"], columns="line", values="amount"
    )
    sums = cost(pay).set_index("line")["amount"].to_dict()
    team = DataFrame([{"display_name": text("pay.whole_team"), **sums}])
    rows = [*wide.reset_index().to_dict("records"), *team.to_dict("records")]
    columns = [
        ColumnView("display_name", text("appraisal.name"), "name"),
        *(ColumnView(line, title, "money", digits=2) for line, title in lines.items()),
    ]
    return TableView(DataFrame(rows), columns, text("pay.caption", currency=_currency(view)))


def pay_in_short(view: TeamView) -> Sentences | None:
    """What the scheme costs for the team, what is not known, and who is under the minimum wage."""
    text, pay = view.text, view.result.pay
    if pay.empty:
        return None
    *_, (last, _) = _lines(view).items()
    total = cost(pay).set_index("line").loc[last]
    amount = number(total["amount"], 2) if total["unknown"] < total["people"] else "–"
    said = text("pay.cost", amount=amount, currency=_currency(view), n=int(total["people"]))
    unknown = [text("pay.unknown", n=int(total["unknown"]))] if total["unknown"] else []
    under = named(view, pay[pay["inputs"].str.contains(WARNING, na=False, regex=False)])
    low = [text("pay.under_minimum", names=joined(under["display_name"]))] if len(under) else []
    return Sentences([said, *unknown, *low])


def pay_details(view: TeamView) -> None:
    """Display, folded, a list for each line: its formula, and what went in for each person."""
    pay = named(view, view.result.pay)
    display(
        *(
            _details(view, title, pay[pay["line"] == line])
            for line, title in _lines(view).items()
            if len(pay)
        )
    )


def _details(view: TeamView, title: str, rows: DataFrame) -> Details:
    """One line of all people: the formula once, then each person's numbers."""
    text, ruled = view.text, rows["rule_id"].mode().iloc[0]
    formula = text("pay.ruled", formula=rows["formula"].iloc[0], rule=ruled)
    told = rows["inputs"].map(lambda said: facts_in_words(said, text), na_action="ignore")
    apart = rows["rule_id"].where(rows["rule_id"] != ruled)
    said = [
        inputs if own != own else text("pay.ruled", formula=inputs, rule=own)
        for inputs, own in zip(told, apart, strict=True)
    ]
    people = list(zip(rows["display_name"], said, strict=True))
    return Details(text("pay.details", line=title), [(text("pay.formula"), formula), *people])


def _lines(view: TeamView) -> dict[str, str]:
    """Printed title of every line in the order of the statement; the last one is the total."""
    titles = {line.id: line.title for line in view.scheme.pay.lines} if view.scheme.pay else {}
    order = view.result.pay["line"].drop_duplicates()
    return {line: titles.get(line) or plain(line).capitalize() for line in order}


def _currency(view: TeamView) -> str:
    return joined(view.result.pay["currency"])
