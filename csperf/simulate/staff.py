"""The people: what each can do in truth, who is a special case, and the tables that list them."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from pandas import DataFrame, Timedelta, concat, to_datetime

from csperf.simulate.rules import DAY, TIMEZONE, Calendar, Rules, bell, ids

BOT = "auto-reply"
SMALLEST_TEAM = 7  # so that no person is two special cases at once
TEAM_NAMES = {"pre-sales": "售前组 Pre-sales", "after-hours": "晚班组 After hours"}
NAMES = (
    "陈思远, 林晓雨, Grace Miller, 김서윤, 王佳宁, Daniel Novak, 박도현, 赵雨桐, "
    "孙浩然, Emma Clarke, 이하은, 周子涵, 吴梓萱, 정민재, Oliver Grant, 郑一诺, "
    "최지우, 冯俊杰, Sofia Rossi, 许安琪, 한지민, 何嘉禾"
).split(", ")
WEAKEST = {
    "ability": 54.0,
    "log_response_mean": float(np.log(62)),
    "unanswered": 0.15,
    "conversion": 0.24,
    "complaint_rate": 0.02,
    "report_on_time": 0.70,
    "report_quality": 58.0,
}
SKILLS = [*WEAKEST, "self_leniency"]


def team_sizes(employees: int, teams: int) -> list[int]:
    """Share people out, each team two larger than the one before; ValueError below the minimum."""
    even = [len(part) for part in np.array_split(np.arange(employees), teams)]
    sizes = [size + 2 * k - (teams - 1) for k, size in enumerate(even)]
    if min(sizes) < SMALLEST_TEAM:
        raise ValueError(
            f"{employees} people make teams of {sizes}; each needs at least {SMALLEST_TEAM}"
        )
    return sizes


def draw_staff(rng: Generator, sizes: list[int], calendar: Calendar, rules: Rules) -> DataFrame:
    """One row a person: team, seconds from and until which he or she works, skills, case.

    Skills lean on one talent (correlation about 0.6), so that managers who judge the ability see
    something of what the events show.
    """
    n = sum(sizes)
    talent = bell(rng, n)
    skill = dict(zip(SKILLS, 0.6 * talent + 0.8 * bell(rng, (len(SKILLS), n)), strict=True))
    names = [*TEAM_NAMES, *(f"team-{k}" for k in range(3, len(sizes) + 1))]
    staff = DataFrame(
        {
            "employee_id": ids("kf", n, 2),
            "team": np.repeat(np.arange(len(sizes)), sizes),
            "team_id": np.repeat(names[: len(sizes)], sizes),
            "from_s": calendar.start - DAY * rng.integers(30, 900, n),
            "until_s": np.inf,
            "case": "",
            "ability": rules.ability + rules.ability_sd * talent,
            "log_response_mean": np.log(rules.response_median_s)
            - rules.response_sd * skill["log_response_mean"],
            "unanswered": rules.unanswered * np.exp(-0.4 * skill["unanswered"]),
            "conversion": rules.conversion + rules.conversion_sd * skill["conversion"],
            "complaint_rate": rules.complaint_rate * np.exp(-0.4 * skill["complaint_rate"]),
            "report_on_time": 0.92 + 0.015 * skill["report_on_time"],
            "report_quality": 75 + 2.5 * skill["report_quality"],
            "self_leniency": 5 + 1.5 * bell(rng, n),
        }
    )
    return _with_special_cases(staff, sizes, calendar)


def _with_special_cases(staff: DataFrame, sizes: list[int], calendar: Calendar) -> DataFrame:
    weakest, last_team = sizes[0] - 1, len(staff) - sizes[-1]
    cases = {
        0: "equal_pair",
        1: "equal_pair",
        weakest: "weakest",
        last_team + 2: "no_self_evaluation",
        last_team + 3: "no_manager_evaluation",
        len(staff) - 3: "joins",
        len(staff) - 2: "leaves",
    }
    staff.loc[list(cases), "case"] = list(cases.values())
    staff.loc[weakest, list(WEAKEST)] = list(WEAKEST.values())
    staff.loc[1, SKILLS] = staff.loc[0, SKILLS]
    staff.loc[staff["case"] == "joins", "from_s"] = calendar.start + 56 * DAY
    staff.loc[staff["case"] == "leaves", "until_s"] = calendar.end - 18 * DAY
    return staff


def organisation(staff: DataFrame) -> dict[str, DataFrame]:
    """Tables teams, employees (with the bot) and assignments."""
    team_ids = staff["team_id"].unique()
    teams = DataFrame(
        {
            "team_id": team_ids,
            "name": [TEAM_NAMES.get(team, team) for team in team_ids],
            "channel": "online",
            "tz": TIMEZONE,
            "currency": "CNY",
        }
    )
    joined = to_datetime(staff["from_s"], unit="s")
    gone = to_datetime(staff["until_s"].where(np.isfinite(staff["until_s"])), unit="s")
    people = DataFrame(
        {
            "employee_id": staff["employee_id"],
            "display_name": np.resize(NAMES, len(staff)),
            "hire_date": joined,
            "leave_date": gone - Timedelta(days=1),
            "is_bot": False,
        }
    )
    bot = DataFrame({"employee_id": [BOT], "display_name": ["Auto-reply"], "is_bot": [True]})
    assignments = staff[["employee_id", "team_id"]].assign(
        role="pre_sales", level_group="front_line", from_date=joined, to_date=gone
    )
    return {"teams": teams, "employees": concat([people, bot]), "assignments": assignments}
