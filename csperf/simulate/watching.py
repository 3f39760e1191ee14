"""What watching the sample department's cycles needs: who was asked, opinions, deviations.

The texts are made up; who was asked to evaluate whom follows from the evaluations that were drawn.
One manager was asked for one person more in the last cycle and has not answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from numpy.random import default_rng
from pandas import DataFrame, Series

from csperf.simulate.rules import TIMEZONE

FORM = ["cycle_id", "employee_id", "evaluator_id", "evaluator_type"]
FORGOTTEN = ("2016-04", "kf14", "M2", "store_manager")  # asked in April, and never came
UNANSWERED = ("2016-05", "kf19", "M3", "store_manager")
DAY_OF_ASKING, DUE = "1 day 08:00:00", "10 days 18:00:00"  # after the last day of the cycle
THEMES = {  # words of the slips: how many of twenty opinions are on it
    "shift plan": (8, ("Evenings change too late.", "Please plan two weeks ahead.")),
    "weights of indicators": (6, ("Conversion counts for too much.", "Why is loss counted too?")),
    "canned answers": (4, ("They do not fit the summer goods.",)),
    "tone of talks": (2, ("The talk was short.",)),
}
DEVIATIONS = """\
at,kind,cycle_id,employee_id,table,key,column,old,new,reason,by,notice_date,decision
2016-05-04T09:00:00+08:00,special_circumstance,2016-04,kf14,,,,,,the manager was away until the 12th,kf19,2016-05-03,appraised without the manager's part
2016-05-19T10:00:00+08:00,special_circumstance,2016-05,,,,,,,the chat software was down from 14:00 to 16:00 on 18 May,kf02,2016-05-18,
2016-06-02T11:00:00+08:00,edit,2016-05,kf05,reports_due,report_id=w0231,quality_score,70,73,points were added up wrongly,kf02,,
"""


def watching_files(tables: Mapping[str, DataFrame], seed: int) -> dict[str, str]:
    """Names and texts of the files; each is named as the table that it is."""
    found = {
        "evaluation_assignments": _asked(tables["evaluations"]),
        "opinions": _opinions(sorted(tables["evaluations"]["cycle_id"].unique()), seed),
    }
    text = {name: frame.to_csv(index=False, lineterminator="\n") for name, frame in found.items()}
    return {f"{name}.csv": text for name, text in {**text, "deviations": DEVIATIONS}.items()}


def write_watching(folder: Path, tables: Mapping[str, DataFrame], seed: int) -> None:
    """Write the files into the folder of the sample."""
    for name, text in watching_files(tables, seed).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _asked(evaluations: DataFrame) -> DataFrame:
    """Everybody who gave or declined an evaluation was asked; two more were and said nothing.

    Who left during the cycle was asked on the last day of work.
    """
    sheets = evaluations.groupby(FORM, as_index=False)["submitted_at"].min()
    silent = DataFrame([FORGOTTEN, UNANSWERED], columns=FORM)
    rows = pd.concat([sheets, silent], ignore_index=True)
    last = pd.PeriodIndex(rows["cycle_id"], freq="M").end_time.normalize()
    submitted = rows["submitted_at"].dt.tz_convert(TIMEZONE).dt.tz_localize(None)
    asked = Series(last + pd.Timedelta(DAY_OF_ASKING))
    early = submitted.dt.normalize() + pd.Timedelta("08:00:00")
    due = Series(last + pd.Timedelta(DUE))
    known = rows.assign(invited_at=asked.mask(early < asked, early), due_at=due)
    times = {name: _local(known[name]) for name in ("invited_at", "due_at")}
    return known[FORM].assign(**times).sort_values(FORM, ignore_index=True)


def _opinions(cycles: list[str], seed: int) -> DataFrame:
    """Twenty slips a cycle, dropped into the box on any day of it."""
    rng, rows = default_rng(seed), []
    for cycle in cycles:
        month = pd.Period(cycle, freq="M")
        for theme, (count, texts) in THEMES.items():
            for number in range(count):
                day = int(rng.integers(month.days_in_month))
                at = month.start_time + pd.Timedelta(days=day, hours=int(rng.integers(9, 22)))
                rows.append((at, theme, texts[number % len(texts)]))
    slips = DataFrame(rows, columns=["at", "theme", "text"]).sort_values(["at", "theme", "text"])
    numbers = [f"o{place:03}" for place in range(1, len(slips) + 1)]
    return slips.assign(at=_local(slips["at"])).set_axis(numbers).reset_index(names="opinion_id")


def _local(times: Series) -> Series:
    return times.dt.strftime("%Y-%m-%dT%H:%M:%S+08:00")
