"""What every contender works out: fourteen indicators of October by employee, in one table.

The sums and ranks are each contender's own; the formulas from there on, and the way of measuring,
are the same for all.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas import DataFrame

from csperf.indicators import INDICATORS
from csperf.indicators.clock import day_number
from csperf.indicators.estimates import Estimate, of_ranks, of_sums
from csperf.indicators.exact import DAY_MS
from csperf.indicators.intervals import Z
from csperf.indicators.passes import Ranked, Sums
from csperf.params import Cycle, Rules

ZONE = "Asia/Shanghai"
SHIFT_MS = 8 * 3600 * 1000  # its clocks are always that far ahead of UTC
OCTOBER = Cycle.parse("2026-10")
EXPORTED_ON = date(2026, 11, 3)
FIRST_DAY, END_DAY = day_number(OCTOBER.start), day_number(OCTOBER.end)
JUDGED_BEFORE = day_number(EXPORTED_ON - timedelta(days=7)) + 1  # cases opened later are too young
RULES = Rules()
QUANTILES = {"response_time_median": 0.5, "response_time_p90": 0.9}
WANTED = (
    "response_time_avg",
    *QUANTILES,
    "response_time_first",
    "response_within_t",
    "reply_rate",
    "inquiry_conversion",
    "order_amount_total",
    "effective_order_share",
    "payment_share",
    "order_success",
    "customer_unit_price",
    "resolution_rate",
    "first_contact_resolution",
)
USED = {
    "conversations": ("conversation_id", "customer_id", "initial_agent_id", "kind", "started_at"),
    "messages": ("conversation_id", "sent_at", "sender", "employee_id", "is_auto"),
    "orders": ("order_id", "customer_id", "placed_at", "paid_at", "status", "amount"),
    "cases": (
        "case_id",
        "customer_id",
        "owner_id",
        "opened_at",
        "resolved_at",
        "n_contacts",
        "n_reopened",
        "n_reassigned",
    ),
}
COLUMNS = [
    "employee_id",
    "indicator_id",
    "value",
    "n",
    "low",
    "high",
    "numerator",
    "denominator",
]


def days(ms: Any) -> Any:
    """Local days since 1970 of milliseconds, in a column or an expression."""
    return (ms + SHIFT_MS) // DAY_MS


def finished(sums: Mapping[str, DataFrame], ranks: Mapping[str, DataFrame]) -> DataFrame:
    """The table, from what a contender has added up.

    Parameters
    ----------
    sums : mapping
        {indicator: employee_id, m, x, y, yy}: of m clusters with denominator x the sums of their
        numerators and of these squared; times in milliseconds, money in ten-thousandths.
    ranks : mapping
        {indicator: employee_id, n, total, below, above, low, high}: how many values in milliseconds
        and their sum, and the values at the four ranks of `ranks_of`.
    """
    found = {id: (frame, _of_sums) for id, frame in sums.items()}
    found |= {id: (frame, _of_ranks) for id, frame in ranks.items()}
    everybody = pd.concat([frame["employee_id"].drop_duplicates() for frame, _ in found.values()])
    groups = DataFrame({"employee_id": sorted({str(id) for id in everybody})})
    blocks = []
    for id in WANTED:
        frame, estimated = found[id]
        block = groups.assign(indicator_id=id, **vars(estimated(id, frame, groups)))
        block.loc[block["value"].isna(), ["low", "high"]] = np.nan
        blocks.append(block)
    return pd.concat(blocks, ignore_index=True)[COLUMNS]


def ranks_of(n: np.ndarray, q: float) -> dict[str, np.ndarray]:
    """Ranks below and above a quantile of n values, and those of its interval, from 1."""
    place, reach = (n - 1) * q, float(Z) * np.sqrt(n * (q * (1 - q)))
    return {
        "below": np.floor(place) + 1,
        "above": np.ceil(place) + 1,
        "low": np.rint(n * q - reach),
        "high": np.rint(1 + n * q + reach),
    }


def _of_sums(id: str, frame: DataFrame, groups: DataFrame) -> Estimate:
    place, who = pd.factorize(frame["employee_id"])
    mine = DataFrame({"employee_id": who.astype("str")})
    numbers = {name: frame[name].to_numpy("float64") for name in ("m", "x", "y", "yy")}
    return of_sums(INDICATORS[id], Sums(mine, place, **numbers), RULES, None, groups)


def _of_ranks(id: str, frame: DataFrame, groups: DataFrame) -> Estimate:
    names = ("n", "total", "below", "above", "low", "high")
    numbers = {name: frame[name].to_numpy("float64") for name in names}
    place = (numbers["n"] - 1) * QUANTILES[id]
    mine = frame[["employee_id"]].astype("str")
    return of_ranks(INDICATORS[id], Ranked(mine, share=place - np.floor(place), **numbers), groups)


def measured(work: Callable[[Path], DataFrame | None]) -> None:
    """Run `by_....py FOLDER [OUT]`: print seconds, CPU seconds and peak bytes, imports left out.

    The peak is that of the whole process. It comes from /proc, as getrusage starts with the peak of
    the process that started this one.
    """
    folder, out = Path(sys.argv[1]), sys.argv[2:]
    start, cpu = time.perf_counter(), time.process_time()
    table = work(folder)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = 1024 * int(status.partition("VmHWM:")[2].split()[0])
    print(json.dumps({"wall": wall, "cpu": cpu, "peak": peak}))
    if out and table is not None:
        table.to_parquet(out[0])
