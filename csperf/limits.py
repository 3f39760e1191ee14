"""What a run's workers may take; no result depends on it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from csperf.strict_yaml import Strict


class Limits(Strict):
    """What one notebook, or one department's computing, may take: seconds, and megabytes of memory.

    What takes longer is ended; what asks for more memory than it may have gets none. Without
    `memory_mb` that is what the machine has.
    """

    deadline_s: Annotated[float, Field(gt=0)] = 600
    memory_mb: Annotated[int, Field(ge=64)] | None = None
