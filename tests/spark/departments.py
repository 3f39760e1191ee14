"""What both engines measure: a made-up shop, and a desk drawn at the edges of the rules."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from drawing import draw
from pandas import DataFrame

from csperf.params import Cycle, Measurement
from csperf.simulate import simulate_department


@dataclass(frozen=True)
class Department:
    tables: dict[str, DataFrame]
    cycle: Cycle
    zone: str
    rules: Measurement


def made_up_shop() -> Department:
    tables = simulate_department(11, conversations=400).tables
    return Department(tables, Cycle.parse("2016-04"), "Asia/Shanghai", Measurement())


def edge_desk(rules: Measurement) -> Department:
    """Ties, hasty and machine answers, handovers, a change of clocks, money beyond 64 bits."""
    tables = {name: draw(text) for name, text in DRAWN.items()}
    for name, columns in DATES.items():
        tables[name][columns] = tables[name][columns].apply(pd.to_datetime)
    moved = tables["conversation_events"]
    tables["conversation_events"] = moved.assign(at=pd.to_datetime(moved["at"], utc=True))
    tables["cases"]["issue_type"] = ["late", "late", "lost", None]
    return Department(tables, Cycle.parse("2016-11"), "America/New_York", rules)


DATES = {"calendars": ["date"], "assignments": ["from_date", "to_date"]}
DRAWN = {
    "employees": """
        employee_id | is_bot | alias_of
        ann         | false  |
        bea         | false  |
        anna        | false  | ann
        robo        | true   |
    """,
    "teams": """
        team_id | tz            | service_hours
        007     |               | 06:00-23:00
        夜      | Asia/Shanghai | 20:00-12:00
    """,
    "assignments": """
        employee_id | team_id | from_date  | to_date
        ann         | 007     | 2016-10-01 | 2016-11-07
        ann         | 夜      | 2016-11-07 |
        bea         | 夜      | 2016-10-01 |
    """,
    "calendars": """
        calendar_id | date       | is_workday | start_time | end_time
        desk        | 2016-11-04 | true       | 08:00      | 18:00
        desk        | 2016-11-06 | true       | 00:30      | 03:30
        desk        | 2016-11-07 | true       | 09:15      | 17:45
        desk        | 2016-11-08 | true       |            |
    """,
    "conversations": """
        conversation_id | customer_id | started_at          | team_id | initial_agent_id | kind
        v1              | k1          | 2016-11-04 13:00:00 | 007     | ann              | pre_sales
        v2              | k1          | 2016-11-06 05:30:00 | 007     | anna             |
        v3              |             | 2016-11-07 03:59:50 | 夜      | bea              |
        v4              | k2          | 2016-11-08 15:00:00 | 夜      |                  | pre_sales
        v5              | k3          | 2016-10-31 23:00:00 | 007     | bea              | pre_sales
        v6              | 阿福        | 2016-11-08 16:00:00 | 夜      | ann              | other
    """,
    "messages": """
        message_id | conversation_id | sent_at                 | sender   | employee_id | is_auto
        m01        | v1              | 2016-11-04 13:00:00     | customer |             |
        m02        | v1              | 2016-11-04 13:00:00     | agent    | ann         | true
        m03        | v1              | 2016-11-04 13:00:00.250 | agent    | ann         |
        m04        | v1              | 2016-11-04 13:00:30     | customer |             |
        m05        | v1              | 2016-11-04 13:00:30     | agent    | ann         |
        m06        | v1              | 2016-11-04 13:00:30     | agent    | bea         |
        m07        | v1              | 2016-11-04 13:20:00     | customer |             |
        m08        | v1              | 2016-11-04 13:45:00     | agent    | bea         |
        m09        | v2              | 2016-11-06 05:30:00     | customer |             |
        m10        | v2              | 2016-11-06 06:30:00     | agent    | anna        |
        m11        | v2              | 2016-11-06 07:10:00     | customer |             |
        m12        | v2              | 2016-11-06 07:11:00     | agent    | robo        |
        m13        | v3              | 2016-11-07 03:59:50     | customer |             |
        m14        | v3              | 2016-11-07 05:00:10     | agent    |             |
        m15        | v3              | 2016-11-07 15:00:00     | customer |             |
        m16        | v4              | 2016-11-08 15:00:00     | customer |             |
        m17        | v4              | 2016-11-08 15:03:00     | agent    | bea         | false
        m18        | v4              | 2016-11-08 15:03:20     | agent    | ann         | false
        m19        | v4              | 2016-11-08 15:04:00     | customer |             |
        m20        | v5              | 2016-10-31 23:00:00     | customer |             |
        m21        | v5              | 2016-11-01 10:00:00     | agent    | bea         |
        m22        | v9              | 2016-11-08 17:00:00     | customer |             |
        m23        | v9              | 2016-11-08 17:00:45     | agent    | ann         |
        m24        | v2              | 2016-11-06 07:20:00     | agent    | bea         |
        m25        | v3              | 2016-11-07 15:00:05     | bot      |             |
        m26        | v3              | 2016-11-07 15:09:00     | agent    | ann         |
    """,
    "conversation_events": """
        conversation_id | at                  | event       | from_employee_id | to_employee_id
        v1              | 2016-11-04 13:30:00 | transferred | ann              | bea
        v2              | 2016-11-06 07:15:00 | transferred | robo             | bea
        v3              | 2016-11-07 15:06:00 | assigned    |                  | ann
        v4              | 2016-11-08 15:05:00 | assigned    |                  | ann
    """,
    "orders": """
        order_id | customer_id | placed_at        | paid_at          | amount       | paid_amount
        o1       | k1          | 2016-11-04 14:00 | 2016-11-04 14:10 | 900000000.07 |
        o2       | k1          | 2016-11-06 06:45 | 2016-11-12 06:45 | 0.33335      | 0.1
        o3       | k2          | 2016-11-08 15:30 | 2016-11-08 15:31 | 700000000.01 | 699999999.99
        o4       | k2          | 2016-11-08 15:40 |                  | 19.99        |
        o5       | k3          | 2016-11-01 20:00 | 2016-11-01 20:00 | 0            | 0
        o6       |             | 2016-11-08 20:00 | 2016-11-08 20:00 | 5            | 5
        o7       | 阿福        | 2016-12-01 04:30 | 2016-12-01 05:30 | 1            | 1
    """,
    "refunds": """
        refund_id | order_id | requested_at        | completed_at        | status    | amount
        r1        | o1       | 2016-11-05 10:00:00 | 2016-11-06 05:00:00 | completed | 0.05
        r2        | o1       | 2016-11-06 10:00:00 | 2016-11-09 10:00:00 | completed | 900000001
        r3        | o3       | 2016-11-09 10:00:00 | 2016-11-10 10:00:00 | completed | 233333333.33
        r4        | o6       | 2016-11-09 10:00:00 |                     | asked     | 5
    """,
    "cases": """
        case_id | customer_id | opened_at        | first_reply_at   | resolved_at      | owner_id
        c1      | k1          | 2016-11-04 15:00 | 2016-11-06 06:00 | 2016-11-07 15:00 | ann
        c2      | k1          | 2016-11-09 15:00 | 2016-11-08 15:00 | 2016-11-09 16:00 | bea
        c3      | k2          | 2016-11-08 12:00 |                  |                  |
        c4      | 阿福        | 2016-11-08 12:00 | 2016-11-08 12:00 | 2016-11-08 12:00 | bea
    """,
}
