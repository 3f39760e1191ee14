"""The log of a folder of runs: who did what and when, in lines that are only ever added.

Each line holds the hash of the line before it, and that of a run the hash of its manifest, so that
nobody can change or take out a line, or put another manifest in place, unseen. No line holds a
score, a grade or anybody's name but that of who ran or decided; what was signed is there as a hash.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from csperf.runner.files import write_file
from csperf.runner.request import Entry

LOG = "log.jsonl"
SIGNED = ("employee_id", "rule_id", "grade", "decision", "changed_to", "decided_at", "why")


def log_run(out: Path, manifest: Entry, manifest_sha256: str) -> None:
    """Add the line of a run, after those of sign-offs that no earlier run has seen."""
    known = {line.get("signed_sha256") for line in read_log(out)}
    for department in manifest["departments"]:
        place = {"cycle_id": manifest["cycle_id"], "department_id": department["department_id"]}
        for signed in department.get("signed", ()):
            if signed["signed_sha256"] not in known:
                add_line(out, "sign_off", **place, **signed)
    calibration = manifest["calibration"]
    add_line(
        out,
        "run",
        cycle_id=manifest["cycle_id"],
        outcomes={each["department_id"]: each["outcome"] for each in manifest["departments"]},
        calibration=calibration and calibration["outcome"],
        **({"interrupted": True} if manifest["interrupted"] else {}),
        manifest_sha256=manifest_sha256,
    )


def add_line(out: Path, what: str, **facts: Any) -> None:
    """Add one line; the hash of the last one goes into it.

    Raises
    ------
    DiskError
        If the log cannot be written.
    """
    path = out / LOG
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _user(),
        "what": what,
        **facts,
        "previous_sha256": _last_hash(path),
    }
    text = json.dumps(line, allow_nan=False, sort_keys=True) + "\n"
    before = path.read_bytes() if path.is_file() else b""
    if before and not before.endswith(b"\n"):
        before += b"\n"
    write_file(path, before + text.encode())  # the line whole, or not at all


def read_log(out: Path) -> list[dict[str, Any]]:
    """All lines of the log that can be read, the oldest first."""
    return [line for line in map(_read, _lines(out / LOG)) if line]


def log_problems(out: Path) -> Iterator[str]:
    """What in the log is not as it was written, in words."""
    before = ""
    for number, text in enumerate(_lines(out / LOG), start=1):
        line = _read(text)
        if not line:
            yield f"{LOG}, line {number}: cannot be read"
        elif line.get("previous_sha256") != before:
            yield f"{LOG}, line {number}: a line before it was changed, added or taken out"
        before = hashlib.sha256(text).hexdigest()


def signatures(rows: list[dict[str, Any]]) -> list[Entry]:
    """Sign-offs as the log knows them: by whom, what for, and a hash of what was decided."""
    found = []
    for row in rows:
        content = {name: str(row[name]) for name in SIGNED if name in row}
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        found.append({"by": str(row["decided_by"]), "signed_sha256": digest})
    return sorted(found, key=lambda signed: (signed["by"], signed["signed_sha256"]))


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.is_file() else []


def _last_hash(path: Path) -> str:
    lines = _lines(path)
    return hashlib.sha256(lines[-1]).hexdigest() if lines else ""


def _read(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _user() -> str:
    """Name of the user who runs this, or the number where the system knows no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
