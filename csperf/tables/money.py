"""Amounts of several currencies in one, by the rate of the day of payment; never added mixed."""

from __future__ import annotations

from collections.abc import Mapping

from pandas import DataFrame, Series

from csperf.errors import InputError, Problem, shown

ORDER_AMOUNTS = {  # of an order: in its currency, at the rate of its day
    "orders": ("amount", "paid_amount"),
    "refunds": ("amount",),
    "follow_ups": ("recovered_amount",),
    "order_lines": ("unit_price",),
}


def house_currency(tables: Mapping[str, DataFrame]) -> str | None:
    """The one currency that departments, else teams, else rates are given in; None if not known."""
    for name, column in (
        ("departments", "currency"),
        ("teams", "currency"),
        ("fx_rates", "to_currency"),
    ):
        found = _currencies(tables, name, column)
        if len(found) == 1:
            return found[0]
    return None


def in_one_currency(tables: Mapping[str, DataFrame], zone: str = "UTC") -> dict[str, DataFrame]:
    """Tables whose amounts are all in the department's currency.

    Orders take the rate of the local day of payment, of placing if unpaid; refunds, follow-ups and
    lines that of their order; costs that of their month's first day. An unknown currency is the
    department's own.

    Raises
    ------
    InputError
        For several currencies without a currency of the department, and for every day and
        currency whose rate is not in fx_rates.
    """
    foreign = {*_currencies(tables, "orders"), *_currencies(tables, "costs")}
    house = house_currency(tables) or (min(foreign) if len(foreign) == 1 else None)
    if not foreign - {house}:
        return dict(tables)
    if house is None:
        raise InputError(_no_house(sorted(foreign)))
    converted = dict(tables)
    if "orders" in tables and "currency" in tables["orders"]:
        orders = tables["orders"]
        rates = _rates(tables, "orders", orders["currency"], _payment_day(orders, zone), house)
        converted |= {
            name: _times(tables[name], amounts, _of_order(tables[name], name, orders, rates))
            for name, amounts in ORDER_AMOUNTS.items()
            if name in tables
        }
        converted["orders"] = converted["orders"].assign(currency=house)
    if "costs" in tables and "currency" in tables["costs"]:
        costs = tables["costs"]
        rates = _rates(tables, "costs", costs["currency"], costs["month"], house)
        converted["costs"] = _times(costs, ("amount",), rates).assign(currency=house)
    return converted


def mixed(tables: Mapping[str, DataFrame]) -> list[Problem]:
    """A problem for each table whose amounts are in several currencies."""
    found = {name: _currencies(tables, name) for name in ("orders", "costs")}
    return [
        Problem(
            name,
            f"holds {', '.join(map(shown, currencies))}",
            "amounts of several currencies are never added",
            column="currency",
        )
        for name, currencies in found.items()
        if len(currencies) > 1
    ]


def _currencies(tables: Mapping[str, DataFrame], name: str, column: str = "currency") -> list[str]:
    if name not in tables or column not in tables[name]:
        return []
    return sorted(tables[name][column].dropna().unique())


def _no_house(currencies: list[str]) -> Problem:
    found = f"amounts are in {', '.join(map(shown, currencies))}"
    return Problem("departments", found, "give the department's currency", column="currency")


def _payment_day(orders: DataFrame, zone: str) -> Series:
    at = orders["placed_at"]
    at = orders["paid_at"].fillna(at) if "paid_at" in orders else at
    return at.dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()


def _rates(
    tables: Mapping[str, DataFrame], name: str, currency: Series, day: Series, house: str
) -> Series:
    """The rate of each row; InputError for those that have none."""
    foreign = currency.notna() & (currency != house)
    asked = DataFrame({"date": day, "from_currency": currency})
    columns = ["date", "from_currency", "rate"]
    given = tables["fx_rates"] if "fx_rates" in tables else DataFrame(columns=columns)
    if "to_currency" in given:
        given = given[given["to_currency"] == house]
    known = given[columns].astype({"date": asked["date"].dtype, "from_currency": "str"})
    rate = asked.merge(known, how="left").set_axis(currency.index)["rate"].astype("float64")
    missing = asked[foreign & rate.isna()]
    if len(missing):
        raise InputError(
            Problem(
                name,
                f"no rate from {row.from_currency} to {house} on {row.date:%Y-%m-%d}",
                "give it in fx_rates",
                row=row.Index if missing.index.is_unique else None,
                column="currency",
            )
            for row in missing.drop_duplicates().sort_values(columns[:2]).itertuples()
        )
    return rate.where(foreign, 1.0)


def _of_order(frame: DataFrame, name: str, orders: DataFrame, rates: Series) -> Series:
    """The rate of each row's order; 1 where the order is not there."""
    if name == "orders":
        return rates
    of = rates.set_axis(orders["order_id"])
    return frame["order_id"].map(of).fillna(1.0)


def _times(frame: DataFrame, amounts: tuple[str, ...], rates: Series) -> DataFrame:
    there = [name for name in amounts if name in frame]
    return frame.assign(**{name: frame[name] * rates for name in there})
