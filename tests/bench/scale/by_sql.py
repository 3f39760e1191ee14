"""The indicators in DuckDB SQL, written by hand: by_sql.py FOLDER [OUT]."""

from __future__ import annotations

from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection
from pandas import DataFrame
from task import END_DAY, FIRST_DAY, JUDGED_BEFORE, QUANTILES, SHIFT_MS, finished, measured

from csperf.indicators.intervals import Z

# Conversations go by the hash of their id: a fifth quicker than by the text, and safe at 64 bits.
SOURCES = f"""
set preserve_insertion_order = false;
create macro day_of(ms) as (ms + {SHIFT_MS}) // 86400000;
create macro in_month(day) as day >= {FIRST_DAY} and day < {END_DAY};
create view conversations as
    select hash(conversation_id) as talk, kind, initial_agent_id, customer_id,
        coalesce(customer_id, 'conversation ' || conversation_id) as customer,
        epoch_ms(started_at) as started_ms, day_of(started_ms) as started_day
    from '$folder/conversations.parquet';
create view messages as
    select hash(conversation_id) as talk, epoch_ms(sent_at) as sent_ms,
        (sender = 'agent')::int as answer, if(sender = 'agent', employee_id, null) as employee_id
    from '$folder/messages.parquet'
    where sender = 'customer' or (sender = 'agent' and not is_auto);
create view orders as
    select order_id, customer_id, coalesce(customer_id, 'order ' || order_id) as customer,
        epoch_ms(placed_at) as placed_ms, day_of(placed_ms) as placed_day,
        day_of(epoch_ms(paid_at)) as paid_day, status, round(amount * 10000)::bigint as amount_e4
    from '$folder/orders.parquet';
create view cases as
    select owner_id as employee_id, coalesce(customer_id, 'case ' || case_id) as customer,
        day_of(epoch_ms(opened_at)) as day, resolved_at is not null as resolved,
        resolved and n_reopened = 0 and n_reassigned = 0 and n_contacts = 1 as settled
    from '$folder/cases.parquet';
"""

# A turn is an answer and what the customer wrote since the one before, of which only the first
# message counts; answers within a second are a machine's, and what they answered belongs to the
# next turn.
TURNS = """
create temp table all_turns as
    with counted as (
        select * from (
            select *, lag(answer) over talk as answer_before
            from messages window talk as (partition by talk order by sent_ms, answer, employee_id)
        )
        where answer_before is null or answer = 1 or answer_before = 1
    )
    select talk, turn, if(answer = 0, sent_ms, if(answered = 0, earlier_ms, null)) as asked_ms,
        if(answer = 1, sent_ms, null) as said_ms, employee_id
    from (
        select *, sum(answer) over (talk rows unbounded preceding) - answer as turn,
            lag(answer) over talk as answered, lag(sent_ms) over talk as earlier_ms,
            lead(talk) over talk as next
        from counted window talk as (partition by talk order by sent_ms, answer, employee_id)
    )
    where answer = 1 or next is null;
create temp table turns as
    with hasty as (select distinct talk from all_turns where said_ms - asked_ms < 1000),
    waiting as (
        select *, max(asked_ms) over (partition by talk order by turn) as since_ms
        from all_turns where talk in (from hasty)
    ),
    human as (
        select *, coalesce(said_ms - since_ms >= 1000, said_ms is not null) as said from waiting
    ),
    numbered as (
        select *, count(*) filter (said) over (partition by talk order by turn) - said::int as place
        from human
    )
    select * from all_turns where talk not in (from hasty)
    union all
    select talk, place, min(asked_ms), max(said_ms) filter (said), max(employee_id) filter (said)
    from numbered group by talk, place;
create temp table talks as
    select conversations.*, coalesce(initial_agent_id, first_writer) as employee_id,
        last_writer, first_asked_ms, replied
    from conversations left join (
        select talk, min(asked_ms) as first_asked_ms,
            bool_or(asked_ms is not null and said_ms is not null) as replied,
            max(employee_id) filter (turn = 0) as first_writer,
            arg_max(employee_id, turn) as last_writer
        from turns group by talk
    ) using (talk);
"""

# Only the last turn of a conversation can be open: it is owed to whoever wrote last.
ROUNDS = """
create temp table rounds as
    select coalesce(turns.employee_id, last_writer, talks.employee_id) as employee_id, customer,
        said_ms - asked_ms as response_ms, asked_ms = first_asked_ms as is_first
    from turns join talks using (talk)
    where in_month(day_of(asked_ms));
create temp table round_clusters as
    select employee_id, customer,
        sum(if(response_ms > 600000, 600000, response_ms)) as waited,
        count(response_ms) as answered,
        sum(response_ms) filter (is_first) as waited_first,
        count(response_ms) filter (is_first) as answered_first,
        count(*) filter (response_ms <= 180000) as within, count(*) as rounds
    from rounds where employee_id is not null group by employee_id, customer;
create temp table waits as
    select *, sum(times) over (partition by employee_id order by response_ms) as up_to,
        sum(times) over (partition by employee_id) as n,
        sum(times * response_ms) over (partition by employee_id) as total
    from (
        select employee_id, response_ms, count(*) as times
        from rounds where response_ms is not null group by employee_id, response_ms
    );
create temp table reply_clusters as
    select employee_id, customer, count(*) as days, count(*) filter (replied) as replied
    from (
        select employee_id, customer, started_day, bool_or(replied) as replied
        from talks
        where first_asked_ms is not null and employee_id is not null and in_month(started_day)
        group by employee_id, customer, started_day
    )
    group by employee_id, customer;
"""

SALES = """
create temp table owned as
    select orders.*, owner as employee_id
    from orders join (
        select order_id, max((said_ms, turns.employee_id))[2] as owner
        from orders join talks using (customer_id) join turns using (talk)
        where started_ms < placed_ms and placed_day - started_day <= 1 and said_ms < placed_ms
        group by order_id
    ) using (order_id);
create temp table inquiry_clusters as
    with writers as (select distinct talk, employee_id from turns where said_ms is not null),
    asked as (
        select coalesce(writers.employee_id, talks.employee_id) as employee_id,
            customer_id, started_ms, started_day
        from talks left join writers using (talk)
        where kind = 'pre_sales' and customer_id is not null and in_month(started_day)
    )
    select asked.employee_id, asked.customer_id, bool_or(order_id is not null)::int as converted,
        1 as one
    from asked left join owned on owned.customer_id = asked.customer_id
        and owned.employee_id = asked.employee_id
        and placed_ms > started_ms and placed_day - started_day <= 1
    where asked.employee_id is not null
    group by asked.employee_id, asked.customer_id;
create temp table order_clusters as
    select employee_id, customer, sum(amount_e4)::bigint as amount, count(*) as orders, 1 as one,
        count(*) filter (status = 'done' or (status = 'closed' and paid_day is not null)) as good,
        count(*) filter (paid_day - placed_day <= 3) as paid,
        (count(*) filter (paid_day - placed_day <= 3) > 0)::int as succeeded
    from owned where in_month(placed_day) group by employee_id, customer;
create temp table payment_clusters as
    select employee_id, customer, sum(amount_e4)::bigint as amount, 1 as one
    from owned where in_month(paid_day) and amount_e4 > 0 group by employee_id, customer;
"""

CASES = f"""
create temp table case_clusters as
    select employee_id, customer, count(*) as cases, count(*) filter (resolved) as resolved,
        count(*) filter (day < {JUDGED_BEFORE}) as judged,
        count(*) filter (day < {JUDGED_BEFORE} and settled) as settled
    from cases where in_month(day) group by employee_id, customer;
"""

SUMS = {
    "response_time_avg": ("round_clusters", "waited", "answered"),
    "response_time_first": ("round_clusters", "waited_first", "answered_first"),
    "response_within_t": ("round_clusters", "within", "rounds"),
    "reply_rate": ("reply_clusters", "replied", "days"),
    "inquiry_conversion": ("inquiry_clusters", "converted", "one"),
    "order_amount_total": ("order_clusters", "amount", "orders"),
    "effective_order_share": ("order_clusters", "good", "orders"),
    "payment_share": ("order_clusters", "paid", "orders"),
    "order_success": ("order_clusters", "succeeded", "one"),
    "customer_unit_price": ("payment_clusters", "amount", "one"),
    "resolution_rate": ("case_clusters", "resolved", "cases"),
    "first_contact_resolution": ("case_clusters", "settled", "judged"),
}


def values(folder: Path) -> DataFrame:
    """The table, from the files."""
    with duckdb.connect() as duck:
        for script in (SOURCES, TURNS, ROUNDS, SALES, CASES):
            duck.execute(script.replace("$folder", str(folder)))
        sums = {id: _sums(duck, *names) for id, names in SUMS.items()}
        return finished(sums, {id: _ranks(duck, q) for id, q in QUANTILES.items()})


def _sums(duck: DuckDBPyConnection, clusters: str, y: str, x: str) -> DataFrame:
    """Clusters with the same denominator: how many, and sums of y and of y squared."""
    return duck.sql(
        f"""
        select employee_id, {x} as x, count(*) as m, sum({y})::double as y,
            sum({y}::double * {y}::double) as yy
        from {clusters} where {x} > 0 group by all
        """
    ).df()


def _ranks(duck: DuckDBPyConnection, q: float) -> DataFrame:
    """Values at the ranks around a quantile, and at those of its interval."""
    reach = f"{float(Z)!r} * sqrt(n * {q * (1 - q)!r})"
    ranks = {
        "below": f"floor((n - 1) * {q}) + 1",
        "above": f"ceil((n - 1) * {q}) + 1",
        "low": f"round(n * {q} - {reach})",
        "high": f"round(1 + n * {q} + {reach})",
    }
    values = ", ".join(
        f"max(response_ms) filter (up_to >= {rank} and up_to - times < {rank}) as {name}"
        for name, rank in ranks.items()
    )
    return duck.sql(
        f"""
        select employee_id, n::double as n, total::double as total, {values}
        from waits group by employee_id, n, total
        """
    ).df()


if __name__ == "__main__":
    measured(values)
