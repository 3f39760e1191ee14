"""Workers: a deadline for each task, and errors that tell no value."""

from __future__ import annotations

import time

from csperf.runner import pool


def test_a_task_past_its_deadline_is_ended_and_a_fault_of_ours_tells_no_value() -> None:
    with pool.workers(2) as workers:
        late = workers.schedule(time.sleep, args=(60,), timeout=0.5)
        wrong = workers.schedule(int, args=("seven",))
        assert str(pool.outcome(wrong)[1]).startswith("failed with ValueError; csperf --debug")
        assert "took longer than" in str(pool.outcome(late)[1])
