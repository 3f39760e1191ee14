"""The pay of a cycle, from the input tables to statements and reconciled pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pandas import DataFrame

from csperf.appraisal.longer import beyond_rules
from csperf.appraisal.money import pools
from csperf.appraisal.pay import pay_lines, reconcile
from csperf.appraisal.pay_inputs import check_currency, group_totals, inputs_of, values_of_month
from csperf.params import Cycle
from csperf.scheme import Scheme
from csperf.tables import OUTPUT_TABLES
from csperf.tables.records import PAY_POOLS

NOT_OURS = ["cycle_id", "department_id"]


@dataclass(frozen=True)
class Paid:
    """Lines of the pay statements, and each pool against the line that pays it out."""

    lines: DataFrame
    pools: DataFrame


def paid(
    people: DataFrame,
    scheme: Scheme,
    cycle: Cycle,
    tables: Mapping[str, DataFrame],
    values: DataFrame,
    of_everybody: DataFrame,
    proposals: DataFrame,
    kept: DataFrame | None = None,
) -> Paid:
    """What people are paid for a cycle, as far as the scheme says what they are paid.

    A longer period has been paid for in the scheme's own cycles.

    Parameters
    ----------
    people : DataFrame
        Rows of appraisals, without machines.
    tables : mapping
        Input tables; those that `inputs_of` reads, and `pay_values`.
    values, of_everybody : DataFrame
        Indicators of the people, and of everybody together.
    proposals, kept : DataFrame
        As `pay_lines` takes them.

    Raises
    ------
    InputError
        For amounts in another currency than the scheme's, two contracts of a person at once, and
        names that nobody provides.
    """
    if scheme.pay is None or beyond_rules(cycle, scheme):
        return Paid(OUTPUT_TABLES["pay"].empty(), PAY_POOLS.empty().drop(columns=NOT_OURS))
    check_currency(tables, scheme)
    inputs = inputs_of(tables, cycle, people, values)
    totals = {**group_totals(of_everybody), **values_of_month(tables, cycle)}
    lines = pay_lines(people, scheme, inputs, totals, proposals, kept)
    shared = pools(people, scheme, inputs, totals)
    ended = reconcile(lines, shared)[["pool_id", "paid", "difference", "status"]]
    whole = shared.merge(ended, on="pool_id").assign(currency=scheme.currency or None)
    return Paid(lines, PAY_POOLS.arrange(whole).drop(columns=NOT_OURS))
