"""What a task imports in a worker that the server of workers has not imported for all."""

from __future__ import annotations

import sys
from typing import Any

from csperf.runner.pool import Task, perform


def imports_of(task: Task, *arguments: Any) -> list[str]:
    """Names of the modules that a task was the first to import."""
    before = {*sys.modules}
    perform(task, *arguments)
    return sorted({*sys.modules} - before)
