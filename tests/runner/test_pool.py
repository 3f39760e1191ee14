"""Workers: a deadline for each task, and errors that tell no value."""

from __future__ import annotations

import time

from csperf.limits import Limits
from csperf.runner import pool


def test_a_task_past_its_deadline_is_ended_and_a_fault_of_ours_tells_no_value() -> None:
    limits = Limits(deadline_s=0.5)
    with pool.workers(2) as workers:
        late = workers.schedule(time.sleep, args=(60,), timeout=limits.deadline_s)
        wrong = workers.schedule(int, args=("seven",))
        for future, told in (
            (wrong, "failed with ValueError; csperf --debug"),
            (late, "took longer than 0.5 s and was ended"),
        ):
            _, error = pool.outcome(pool.Job(workers, (), limits, future))
            assert str(error).startswith(told)
