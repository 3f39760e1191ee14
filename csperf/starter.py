"""A start for one's own data: params, a scheme, and empty tables with their headers."""

from __future__ import annotations

from pathlib import Path

from csperf.errors import InputError, OutputError, Problem
from csperf.runner.files import packaged
from csperf.scheme.editor import FILE, json_schema
from csperf.tables import INPUT_TABLES


def write_starter(folder: Path) -> list[Path]:
    """Write the starter files into a new or empty folder and return their paths.

    Raises InputError if the folder holds anything, OutputError if it cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(Problem(str(folder), "is not empty", "name a new folder"))
    templates = sorted((packaged("params") / "starter").iterdir())
    content = {folder / file.name: file.read_text(encoding="utf-8") for file in templates}
    content[folder / FILE] = json_schema()
    for table in INPUT_TABLES.values():
        content[folder / "data" / f"{table.name}.csv"] = ",".join(table.names) + "\n"
    try:
        for path, text in content.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
    return list(content)
