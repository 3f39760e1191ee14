"""What every proposal has in common: it waits for a person, and may be appealed until a day."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from pandas import DataFrame

from csperf.params import Cycle
from csperf.scheme import Scheme


def report_day(scheme: Scheme, cycle: Cycle) -> date:
    """The day by which the cycle's report is out."""
    return cycle.last_day + timedelta(days=scheme.timing.report_days_after_cycle.value)


def appeal_until(scheme: Scheme, cycle: Cycle) -> date:
    """Last day of appeal against results of a cycle."""
    days = scheme.timing.appeal_days_after_report.value
    return report_day(scheme, cycle) + timedelta(days=days)


def proposed(rows: DataFrame, scheme: Scheme, cycle: Cycle) -> DataFrame:
    """The rows as proposals of a cycle: nobody has decided, and nobody knows yet what is chance."""
    return rows.assign(
        p_noise=None,
        appeal_until=pd.Timestamp(appeal_until(scheme, cycle)),
        status="proposed",
    )
