"""What the contenders are asked for: the report of a team, from what was prepared once."""

from __future__ import annotations

from pathlib import Path

NOTEBOOK = "appraisal"


def parameters(folder: Path, team: str) -> dict[str, str]:
    """Parameters of a team's notebook, as `csperf run` gives them."""
    return {
        "params_file": str(folder / "params.yaml"),
        "cycle": "2016-05",
        "department": "shop",
        "team": team,
        "history": str(folder / "nowhere"),
        "prepared": str(folder / "staged" / "prepared"),
        "language": "en",
    }
