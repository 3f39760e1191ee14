"""What the worked examples of schemes share: drawn tables in, one person's results out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pandas as pd
from drawing import draw
from pandas import DataFrame

from csperf import Cycle, appraise, load_scheme
from csperf.appraised import Appraisals
from csperf.scheme import Scheme

DAYS = ("_date", "_day", "_start", "_end", "contract_from")


@cache
def shipped(name: str, completion: str | None = None) -> Scheme:
    return load_scheme(f"params/schemes/{name}.yaml", completion)


def table(text: str) -> DataFrame:
    """A drawn table whose dates are dates."""
    drawn = draw(text)
    dates = [name for name in drawn if name == "date" or name.endswith(DAYS)]
    return drawn.assign(**{name: drawn[name].astype("datetime64[us]") for name in dates})


def staff(people: str, role: str = "pre_sales") -> dict[str, DataFrame]:
    """Full-time people of one team of the shop, there since 2025."""
    spells = DataFrame({"employee_id": people.split()}).assign(
        team_id="t", role=role, level_group="front_line", from_date=pd.Timestamp("2025-01-01")
    )
    hired = spells[["employee_id"]].assign(
        hire_date=pd.Timestamp("2025-01-01"),
        probation_end_date=pd.Timestamp("2025-03-31"),
        employment_type="full",
    )
    teams = DataFrame({"team_id": ["t"], "department_id": ["shop"]})
    return {"teams": teams, "employees": hired, "assignments": spells}


def judged(text: str, cycle: str) -> DataFrame:
    """Evaluations drawn as employee | evaluator | type | criterion | score."""
    names = ["employee_id", "evaluator_id", "evaluator_type", "criterion_id", "score"]
    return draw(text).set_axis(names, axis=1).assign(cycle_id=cycle)


def done(
    tables: Mapping[str, DataFrame],
    scheme: str,
    cycle: str,
    completion: str | None = None,
    history: DataFrame | None = None,
) -> Appraisals:
    """The appraisal, from data that reach far enough for nothing to be provisional."""
    return appraise(
        tables,
        shipped(scheme, completion),
        Cycle.parse(cycle),
        history,
        department="shop",
        exported_on=pd.Timestamp("2027-03-01").date(),
    )


def person(made: Appraisals, employee: str) -> pd.Series:
    return made.appraisals.set_index("employee_id").loc[employee]


def proposals(made: Appraisals) -> dict[str, list[str]]:
    """{rule: people}."""
    rows = made.proposals.groupby("rule_id")["employee_id"].agg(sorted)
    return rows.to_dict()


def pay(made: Appraisals, employee: str) -> dict[str, float]:
    """{line: amount} of a person."""
    mine = made.pay[made.pay["employee_id"] == employee]
    return dict(zip(mine["line"], mine["amount"], strict=True))
