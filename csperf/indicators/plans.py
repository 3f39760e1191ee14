"""Facts of plans: what each person is to sell on each day, and how goals stand.

Parts of a plan are whole numbers of ten-thousandths that sum to it exactly, so that months of any
length, months begun in the middle and shared plans lose nothing.
"""

from __future__ import annotations

from datetime import timedelta

import narwhals.stable.v2 as nw
from pandas import DataFrame, Series

from csperf.indicators.clock import date_of, day_number
from csperf.indicators.engine import Events, Rows, in_e4
from csperf.indicators.exact import E4
from csperf.indicators.parts import part
from csperf.indicators.shop import sales

# Indicators whose targets are plans of sales; of two for one period the later in the alphabet is
# the plan, the other may be a plan of orders that were not paid yet.
PLANNED = ("order_amount_total", "sales_completion")
ALWAYS = 10**6  # a day later than any
PERIOD = ["period_start_day", "days"]
BEST_LAST = ["brevity", "indicator_id", "agreed", "edition", "target_id"]


def plans(events: Events) -> Rows:
    """Money that each person is to bring in on each day of the cycles asked for, in plan_e4.

    A plan is spread evenly over the working days of its period (`_workdays`) and counts on
    those on which the person is in a team, employed and not absent; of part-timers their part of
    it. Whoever has none shares, by working time, what the plans of the others leave of the team's
    plan; what falls on somebody's absence is nobody else's. Sales count on all days of a plan, also
    those without work, where `aim_e4` (the plan spread over all its days) is above 0.
    """
    return events.kept(f"plans{_of_cycles(events)}", _plans)


def _plans(events: Events) -> Rows:
    daily, spells = events.kept(f"daily_plans{_of_cycles(events)}", daily_plans), _spells(events)
    there = (nw.col("day") >= nw.col("start")) & (nw.col("day") < nw.col("end"))
    of_day = {
        "aim_e4": part(nw.col("plan_e4"), nw.col("number"), nw.col("number") + 1, nw.col("days")),
        "plan_e4": part(
            nw.col("plan_e4"), nw.col("worked"), nw.col("worked_then"), nw.col("workdays")
        ),
    }
    own = (
        daily.filter(nw.col("scope") == "employee")
        .with_columns(employee_id="scope_id")
        .join(spells, on="employee_id", how="inner")
        .filter(there)
        .with_columns(plan_e4=part(nw.col("plan_e4"), nw.lit(0), nw.col("fte_e4"), nw.lit(E4)))
        .with_columns(**of_day)
        .group_by("employee_id", "day")
        .agg(nw.col("team_id").min(), nw.col("plan_e4").max(), nw.col("aim_e4").max())
    )
    of_team = (
        daily.filter(nw.col("scope") == "team")
        .with_columns(team_id="scope_id", **of_day)
        .join(spells, on="team_id", how="inner")
        .filter(there)
        .group_by("employee_id", "day", "team_id")
        .agg(nw.col("plan_e4").max(), nw.col("aim_e4").max(), nw.col("weight").sum())
    )
    return _while_present(events, nw.concat([own, _shares(of_team, own)]))


def _while_present(events: Events, planned: Rows) -> Rows:
    """Plans of people's days; nothing is to be brought in on a day of absence."""
    if "absences" not in events.names:
        return planned
    absent = events.small(f"absent_days{_of_cycles(events)}", lambda: _absent_days(events))
    plan = nw.when(nw.col("absent").is_null()).then(nw.col("plan_e4")).otherwise(nw.lit(0))
    return (
        planned.join(absent, on=["employee_id", "day"], how="left")
        .with_columns(plan_e4=plan.cast(nw.Int64))
        .drop("absent")
    )


def _absent_days(events: Events) -> DataFrame:
    """Days of absences that count for eligibility, of the cycles asked for: employee_id, day."""
    columns = ["employee_id", "from_day", "to_day", "counts_for_eligibility"]
    rows = events.engine.collect(events.raw("absences").select(*columns))
    rows = rows[rows["counts_for_eligibility"].fillna(True).astype(bool)]
    first, end = events.cycle_days or (0, events.last_day + 1)
    start, until = rows["from_day"].clip(lower=first), rows["to_day"].fillna(end).clip(upper=end)
    days = [range(int(a), int(b)) for a, b in zip(start, until, strict=True)]
    whole = rows[["employee_id"]].assign(day=days).explode("day").dropna()
    return whole.drop_duplicates().astype({"day": "int64"}).assign(absent=1)


def planned_sales(events: Events) -> Rows:
    """Sales of people on days for which they have a plan."""
    planned = plans(events).filter(nw.col("aim_e4") > 0).select("employee_id", "day").unique()
    return events.kept("sales", sales).join(planned, on=["employee_id", "day"], how="inner")


def daily_plans(events: Events) -> Rows:
    """The one plan of sales for each person or team and day, with the `number` of the day in it.

    The shortest period goes first, then the indicator of sales itself, then what was agreed last.
    """
    of_sales = (
        nw.col("scope").is_in(["employee", "team"])
        & nw.col("indicator_id").is_in(PLANNED)
        & (nw.col("unit").fill_null("currency") != "share")
    )
    found = (
        events.raw("targets")
        .filter(of_sales)
        .select(
            "scope",
            "scope_id",
            "indicator_id",
            "target_id",
            "period_start_day",
            days=nw.col("period_end_day") - nw.col("period_start_day") + 1,
            agreed=nw.col("agreed_ms").fill_null(0),
            edition=nw.col("version").fill_null(""),
            plan_e4=in_e4(nw.col("target")),
        )
        .with_columns(brevity=-nw.col("days"))
    )
    periods = events.engine.collect(found.select(*PERIOD).unique())
    days = events.small(f"days_of_plans{_of_cycles(events)}", lambda: _days_of(periods, events))
    better = nw.col("target_id").shift(-1).over("scope", "scope_id", "day", order_by=BEST_LAST)
    return (
        found.join(days, on=PERIOD, how="inner")
        .with_columns(better=better)
        .filter(nw.col("better").is_null())
    )


def goal_results(events: Events) -> Rows:
    """How far goals of the company's results have got by the last check-in, in reached_e4.

    The last one is that of the cycle asked for, if one is.
    """
    standing = events["goal_checkins"].filter(~nw.col("value").is_null())
    if events.cycle_days is not None:
        standing = standing.filter(nw.col("at_day") < events.cycle_days[1])
    later = nw.col("at_ms").shift(-1).over("goal_id", order_by=["at_ms", "by"])
    goals = events.raw("goals").filter(
        (nw.col("indicator_id") == "operating_indicators") & (nw.col("target") > 0)
    )
    return (
        standing.with_columns(nw.col("by").fill_null(""))
        .with_columns(later=later)
        .filter(nw.col("later").is_null())
        .join(goals, on="goal_id", how="inner")
        .select(
            "goal_id",
            day="at_day",
            employee_id=nw.when(nw.col("owner_scope") == "employee").then(nw.col("owner_id")),
            team_id=nw.when(nw.col("owner_scope") == "team").then(nw.col("owner_id")),
            reached_e4=in_e4(nw.col("value") / nw.col("target")),
        )
    )


def _of_cycles(events: Events) -> str:
    """An ending for the names of rows that depend on the cycles asked for."""
    return "".join(f"_{day}" for day in events.cycle_days or ())


def _days_of(periods: DataFrame, events: Events) -> DataFrame:
    """The days of the periods, numbered from 0, that lie in the cycles asked for.

    Columns period_start_day, days, number, day, and for the working days: worked (how many before
    that day), worked_then (how many by its end), workdays (of the period; all where it has none).
    """
    numbers = [range(days) for days in periods["days"]]
    whole = periods.assign(number=numbers).explode("number").dropna().astype("int64")
    whole = whole.assign(day=whole["period_start_day"] + whole["number"])
    period = [whole[name] for name in PERIOD]
    work, known = _workdays(events)
    works = whole["day"].isin(work)
    told = whole["day"].isin(known).groupby(period).transform("all")
    works = (works | ~told | ~works.groupby(period).transform("any")).astype("int64")
    then = works.groupby(period).cumsum()
    dated = whole.assign(
        worked=then - works, worked_then=then, workdays=works.groupby(period).transform("sum")
    ).astype("int64")
    first, end = events.cycle_days or (0, ALWAYS)
    return dated[dated["day"].between(first, end, inclusive="left")]


def _workdays(events: Events) -> tuple[Series, range]:
    """The working days of the calendar, and the days of the whole months that it tells of.

    It is the calendar that `measurement.calendar` names, or the only one; of several without a name
    none is taken. Where no calendar tells of a whole period, all its days count alike.
    """
    nothing = Series(dtype="int64"), range(0)
    if "calendars" not in events.names:
        return nothing
    rows = events.raw("calendars").select("calendar_id", "date_day", "is_workday")
    calendars = events.engine.collect(rows)
    ids = calendars["calendar_id"].unique()
    wanted = events.rules.calendar or (ids[0] if len(ids) == 1 else None)
    mine = calendars[calendars["calendar_id"] == wanted]
    if mine.empty:
        return nothing
    first, last = date_of(int(mine["date_day"].min())), date_of(int(mine["date_day"].max()))
    after = last.replace(day=28) + timedelta(days=4)  # a day of the next month
    known = range(day_number(first.replace(day=1)), day_number(after.replace(day=1)))
    return mine.loc[mine["is_workday"].fillna(False).astype(bool), "date_day"], known


def _spells(events: Events) -> Rows:
    """Half-open spells of people in teams while employed, and how much of full time they work."""
    if "assignments" in events.names:
        spells = events.raw("assignments").select(
            "employee_id", "team_id", "from_day", "to_day", "share_pct"
        )
    else:
        spells = _whoever_has_a_plan(events)
    if "employees" in events.names:
        people = events.raw("employees").select("employee_id", "hire_day", "leave_day", "fte")
        spells = spells.join(people, on="employee_id", how="left")
    else:
        days = (nw.lit(None, nw.Int64).alias(name) for name in ("hire_day", "leave_day"))
        spells = spells.with_columns(*days, fte=nw.lit(None, nw.Float64))
    fte = nw.col("fte").fill_null(1.0)
    return spells.select(
        "employee_id",
        "team_id",
        start=nw.max_horizontal("from_day", "hire_day").fill_null(0),
        end=nw.min_horizontal(nw.col("to_day"), nw.col("leave_day") + 1).fill_null(ALWAYS),
        fte_e4=in_e4(fte),
        weight=(fte * nw.col("share_pct").fill_null(100.0) * 10).round(0).cast(nw.Int64),
    )


def _whoever_has_a_plan(events: Events) -> Rows:
    """Without a table of who is in which team, people with a plan are there all the time."""
    return (
        events.raw("targets")
        .filter(nw.col("scope") == "employee")
        .select(
            nw.lit(None, nw.String).alias("team_id"),
            nw.lit(None, nw.Int64).alias("from_day"),
            nw.lit(None, nw.Int64).alias("to_day"),
            nw.lit(None, nw.Float64).alias("share_pct"),
            employee_id="scope_id",
        )
        .unique()
    )


def _shares(of_team: Rows, own: Rows) -> Rows:
    """What each member without a plan of their own has of the team's plan of the day."""
    team_day = ["team_id", "day"]
    mine = own.select("employee_id", "day", own_e4="plan_e4", own_aim_e4="aim_e4")
    rest = {
        f"rest_{kind}": nw.col(f"{kind}_e4") - nw.col(own_of).fill_null(0).sum().over(*team_day)
        for kind, own_of in (("plan", "own_e4"), ("aim", "own_aim_e4"))
    }
    so_far = nw.col("weight").cum_sum().over(*team_day, order_by="employee_id")
    return (
        of_team.join(mine, on=["employee_id", "day"], how="left")
        .with_columns(**rest)
        .filter(nw.col("own_e4").is_null() & (nw.col("weight") > 0) & (nw.col("rest_aim") > 0))
        .with_columns(so_far=so_far, whole=nw.col("weight").sum().over(*team_day))
        .select(
            "employee_id",
            "day",
            "team_id",
            **{
                f"{kind}_e4": part(
                    nw.col(f"rest_{kind}"),
                    nw.col("so_far") - nw.col("weight"),
                    nw.col("so_far"),
                    nw.col("whole"),
                )
                for kind in ("plan", "aim")
            },
        )
    )
