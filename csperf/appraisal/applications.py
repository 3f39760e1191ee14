"""What the results of an appraisal are used for: pay, bonus, posts, training, contracts ..."""

from __future__ import annotations

import tomllib
from importlib import resources

from pandas import DataFrame, Index

from csperf.errors import Problem, shown
from csperf.scheme import Scheme

AWARD = "award"
REVIEW = "_REVIEW"
OF_SCHEME = ["source", "id", "action"]

_FILE = resources.files("csperf.appraisal").joinpath("applications.toml")
USES = tomllib.loads(_FILE.read_text(encoding="utf-8"))
_USE_OF = {word: use for use, row in USES.items() for word in row["words"]}


def uses_of(action: str) -> tuple[str, ...]:
    """Uses that an action belongs to, in the order of applications.toml; none if no word says."""
    said = {_USE_OF.get(word) for word in action.lower().split("_")}
    return tuple(use for use in USES if use in said)


def uses(proposals: DataFrame) -> DataFrame:
    """What each proposal is a use of; a proposal of two uses has two rows.

    Parameters
    ----------
    proposals : DataFrame
        employee_id, rule_id, action.

    Returns
    -------
    DataFrame
        employee_id, rule_id, action, use, title (of the use), sorted by use in the order of
        applications.toml, employee_id and rule_id. An action without a use has an empty one, last.
    """
    rows = _with_uses(proposals[["employee_id", "rule_id", "action"]])
    order = rows["use"].map(Index(USES).get_loc, na_action="ignore")
    rows = rows.assign(order=order).sort_values(["order", "employee_id", "rule_id"])
    return rows.drop(columns="order").reset_index(drop=True)


def uses_of_scheme(scheme: Scheme) -> DataFrame:
    """Everything a scheme may propose, and what it is a use of.

    Returns
    -------
    DataFrame
        source (rules, awards or chain), id, action, use, title; a row for each use. Without a use
        the last two are empty.
    """
    rows = [("rules", rule.id, rule.action) for rule in scheme.rules]
    rows += [("awards", award.id, AWARD) for award in scheme.awards]
    for row in scheme.transitions:
        if row.change.value:
            rows.append(("chain", row.id, "allowance_level"))
        if row.promotion.value != "unchanged":
            rows.append(("chain", row.id, f"promotion_{row.promotion.value}"))
        if row.to and row.to.endswith(REVIEW):
            rows.append(("chain", row.id, row.to.lower()))
    return _with_uses(DataFrame(rows, columns=OF_SCHEME, dtype="str"))


def actions_without_use(scheme: Scheme, where: str) -> list[Problem]:
    """Actions of a scheme that no use has a word for, each with its path."""
    rows = uses_of_scheme(scheme)
    words = ", ".join(_USE_OF)
    return [
        Problem(
            f"{where}: {row.source}.{row.id}.action",
            f"{shown(row.action)} does not say what the result is used for",
            f"name it with one of the words {words}",
        )
        for row in rows[rows["use"].isna()].itertuples()
    ]


def _with_uses(rows: DataFrame) -> DataFrame:
    """The rows with use and title, once for each use of their action."""
    many = rows.assign(use=[list(uses_of(action)) for action in rows["action"]]).explode("use")
    use = many["use"].astype("str")
    titles = {name: row["title"] for name, row in USES.items()}
    return many.assign(use=use, title=use.map(titles).astype("str")).reset_index(drop=True)
