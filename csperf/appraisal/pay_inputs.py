"""The numbers that pay is computed from: contracts, employment, and what indicators counted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from csperf.errors import InputError, Problem, meant, shown
from csperf.indicators import INDICATORS
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import house_currency

SALARIES = (
    "post_salary",
    "seniority_salary",
    "basic_salary",
    "performance_salary_base",
    "allowance_level",
)
SALES = "sales_result"
KNOWN = ("ok", "provisional")
OF_TEAMS = {row.id for row in INDICATORS.values() if row.scope == "team"}
AMOUNTS = {row.id for row in INDICATORS.values() if row.kind == "amount"}


def inputs_of(
    tables: Mapping[str, DataFrame], cycle: Cycle, people: DataFrame, values: DataFrame
) -> DataFrame:
    """What formulas of pay may name of each person.

    Parameters
    ----------
    tables : mapping
        Input tables; contracts, employees and assignments are read as far as they are there.
    people : DataFrame
        employee_id, once each.
    values : DataFrame
        Rows of indicator_values of the people.

    Returns
    -------
    DataFrame
        employee_id, on_last_day (employed and in a team on the cycle's last day), fte (1 for those
        whose employment is `full` if it is not given), the salaries and the allowance level of the
        contract that is valid on the person's last day in the cycle, personal_sales (paid sales
        owed to the person; 0 if there are sales but none of them), and a column for each indicator
        of people, empty where it is not known or counts too few. Sorted by employee_id.

    Raises
    ------
    InputError
        If two contracts of a person are valid at once, or one is in another currency than the
        department's.
    """
    ids = pd.Index(sorted(people["employee_id"]), name="employee_id")
    work = _employment(tables, ids)
    last = pd.Timestamp(cycle.last_day)
    own = values[~values["indicator_id"].isin(OF_TEAMS)]
    measured = _by_indicator(own, ids)
    found = DataFrame(index=ids).assign(
        on_last_day=_employed_on(work, last) & _in_team_on(tables, ids, last),
        fte=work["fte"],
        **_contract(tables, work["left"].clip(upper=last).fillna(last)),
        personal_sales=_counted(own[own["indicator_id"] == SALES]).reindex(ids),
    )
    return found.join(measured.drop(columns=found.columns, errors="ignore")).reset_index()


def group_totals(values: DataFrame) -> dict[str, float]:
    """Indicators of the whole group that are nobody's own, such as public_sales, by id.

    `values` are rows of indicator_values over everybody. Sales that are there, but none of them of
    the kind, are 0; not a number is unknown.
    """
    ours = values[values["indicator_id"].isin(OF_TEAMS)]
    return dict(zip(ours["indicator_id"], _counted(ours, "indicator_id"), strict=True))


def values_of_month(tables: Mapping[str, DataFrame], cycle: Cycle) -> dict[str, float]:
    """Figures of the cycle that are given in `pay_values`, such as the company factor, by name."""
    if "pay_values" not in tables:
        return {}
    rows = tables["pay_values"]
    rows = rows[rows["cycle_id"] == cycle.id]
    return dict(zip(rows["name"], rows["value"].astype("float64"), strict=True))


def check_pay_values(tables: Mapping[str, DataFrame], scheme: Scheme) -> None:
    """Raise InputError for each row of `pay_values` whose name no formula of the pay has."""
    if scheme.pay is None or "pay_values" not in tables:
        return
    named = scheme.pay.named
    given = tables["pay_values"]["name"]
    problems = [
        Problem(
            "pay_values",
            f"no formula of scheme '{scheme.id}' has {shown(name)}{meant(name, named)}",
            f"they have {', '.join(named)}",
            row,
            "name",
        )
        for row, name in given[~given.isin(named)].items()
    ]
    if problems:
        raise InputError(problems)


def check_currency(tables: Mapping[str, DataFrame], scheme: Scheme) -> None:
    """Raise InputError if the department's amounts are in another currency than the scheme's.

    Contracts of several currencies are told by their rows (`inputs_of`).
    """
    house = house_currency(tables)
    of_tables = {
        name: [house] if house else sorted(tables[name]["currency"].dropna().unique())
        for name in ("contracts", "orders")
        if name in tables and (house or "currency" in tables[name])
    }
    problems = [
        Problem(
            f"scheme '{scheme.id}': currency",
            f"{shown(scheme.currency)}, but the department's {name} are in {found[0]}",
            "amounts of several currencies are never added: give the scheme the department's",
        )
        for name, found in of_tables.items()
        if scheme.currency and len(found) == 1 and found[0] != scheme.currency
    ]
    if problems:
        raise InputError(problems)


def _counted(values: DataFrame, by: str = "employee_id") -> Series:
    """Values of amounts: where there are data but none of it is the person's, he or she has 0."""
    known = values["value"].where(values["status"].isin(KNOWN))
    nothing = values["indicator_id"].isin(AMOUNTS) & (values["status"] == "not_computable")
    return known.mask(nothing, 0.0).set_axis(values[by])


def _by_indicator(values: DataFrame, ids: pd.Index) -> DataFrame:
    """A column for each indicator, empty where its value says nothing about a person."""
    known = values["value"].where(values["status"].isin(KNOWN))
    wide = values.assign(value=known).pivot(
        index="employee_id", columns="indicator_id", values="value"
    )
    return wide.reindex(ids).rename_axis(columns=None)


def _employment(tables: Mapping[str, DataFrame], ids: pd.Index) -> DataFrame:
    """First and last day of work (hired, left) and fte of each person, as far as they are known."""
    given = tables.get("employees", DataFrame({"employee_id": Series(dtype="str")}))
    known = given.set_index("employee_id").reindex(ids)
    fte = known["fte"] if "fte" in known else Series(np.nan, index=ids)
    if "employment_type" in known:
        fte = fte.mask(fte.isna() & (known["employment_type"] == "full").fillna(False), 1.0)
    return DataFrame(
        {
            "hired": _days(known, "hire_date"),
            "left": _days(known, "leave_date"),
            "fte": fte.astype("float64"),
        }
    )


def _days(frame: DataFrame, column: str) -> Series:
    empty = Series(pd.NaT, index=frame.index, dtype="datetime64[us]")
    return frame[column].astype("datetime64[us]") if column in frame else empty


def _employed_on(work: DataFrame, day: pd.Timestamp) -> Series:
    hired, left = work["hired"], work["left"]
    return (hired.isna() | (hired <= day)) & (left.isna() | (left >= day))


def _in_team_on(tables: Mapping[str, DataFrame], ids: pd.Index, day: pd.Timestamp) -> Series:
    """Whether an assignment reaches over the day; true for all where there are none."""
    if "assignments" not in tables:
        return Series(True, index=ids)
    spells = tables["assignments"]
    until = _days(spells, "to_date")
    reach = (spells["from_date"] <= day) & (until.isna() | (until > day))
    return Series(ids.isin(spells.loc[reach, "employee_id"]), index=ids)


def _contract(tables: Mapping[str, DataFrame], day: Series) -> dict[str, Series]:
    """Salaries and allowance level of each person on his or her day."""
    if "contracts" not in tables:
        return {name: Series(np.nan, index=day.index) for name in SALARIES}
    rows = tables["contracts"].join(day.rename("_day"), on="employee_id")
    until = _days(rows, "contract_to")
    valid = rows[(rows["contract_from"] <= rows["_day"]) & (until.isna() | (until >= rows["_day"]))]
    _check_contracts(valid, house_currency(tables))
    mine = valid.set_index("employee_id").reindex(day.index)
    blank = Series(np.nan, index=day.index)
    return {name: mine[name].astype("float64") if name in mine else blank for name in SALARIES}


def _check_contracts(valid: DataFrame, currency: str | None) -> None:
    """InputError for two contracts of a person, and for contracts in another currency."""
    valid = valid.sort_index()
    twice = valid[valid["employee_id"].duplicated()].drop_duplicates("employee_id")
    problems = [
        Problem(
            "contracts",
            f"two contracts of {shown(employee)} are valid on {day:%Y-%m-%d}",
            "end one before the other begins",
            row,
            "contract_from",
        )
        for row, employee, day in zip(twice.index, twice["employee_id"], twice["_day"], strict=True)
    ]
    given = valid["currency"].dropna() if "currency" in valid else Series(dtype="str")
    house = currency or next(iter(sorted(given)), None)
    problems += [
        Problem(
            "contracts",
            f"a contract is in {shown(name)}, not in {house}",
            "amounts of several currencies are never added",
            row,
            "currency",
        )
        for row, name in given[given != house].items()
    ]
    if problems:
        raise InputError(problems)
