"""What becomes of results after a run: whether they are as they were written, and their end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from csperf.errors import OutputError
from csperf.runner.cycles import cycle_folders, publish_cycles
from csperf.runner.files import locked, private, sha256
from csperf.runner.log import LOG, add_line, log_problems, read_log
from csperf.runner.manifest import BAD, FILE, read_manifest
from csperf.runner.request import Entry
from csperf.runner.restating import KEPT, PAGE

ENDS = ("run", "purge")  # what of the log a cycle's results come from, and go with


@dataclass(frozen=True)
class Purged:
    """A cycle whose time is over: files of csperf that go, and others that stay."""

    cycle_id: str
    delete_after: str
    files: tuple[Path, ...]
    others: tuple[Path, ...]


def problems_of(out: Path) -> Iterator[str]:
    """Compare every output with its manifest, every manifest with the log, and the log with itself.

    Raises
    ------
    OutputError
        If there is no such folder, or no run has written into it.
    """
    latest = {line["cycle_id"]: line for line in read_log(out) if line.get("what") in ENDS}
    for folder in cycle_folders(out) if latest else _cycles(out):
        name, manifest = f"{folder.name}/{FILE}", read_manifest(folder)
        if not manifest:
            yield f"{name}: cannot be read"
            continue
        if latest.get(folder.name, {}).get("manifest_sha256") != sha256(folder / FILE):
            yield f"{name}: not as the last run of the log has written it"
        for output in _outputs(manifest):
            found = sha256(out / output["path"])
            if found != output["sha256"]:
                yield f"{output['path']}: {'changed since' if found else 'missing from'} the run"
    for cycle, line in latest.items():
        if line["what"] == "run" and not (out / cycle / FILE).is_file():
            yield f"{cycle}/{FILE}: missing from the run"
    if not (out / LOG).is_file():
        yield f"{LOG}: there is no log"
    yield from log_problems(out)


def purge(out: Path, today: date, dry_run: bool = False) -> list[Purged]:
    """Delete all files of cycles whose manifest says that their time is over.

    Only what a manifest names is deleted; other files stay and are told.

    Parameters
    ----------
    out : Path
        Folder of the runs.
    today : date
        Cycles whose `delete_after` lies before it go.
    dry_run : bool
        Delete nothing, and say what would be.

    Raises
    ------
    LockedError, OutputError
        If a run is under way there, or a file cannot be deleted.
    """
    with private(), locked(out):
        over = [_over(out, folder) for folder in _cycles(out)]
        due = [each for each in over if each and each.delete_after < today.isoformat()]
        if not dry_run:
            for cycle in due:
                _delete(out, cycle)
                add_line(out, "purge", cycle_id=cycle.cycle_id, files=len(cycle.files))
            publish_cycles(out)
    return due


def _cycles(out: Path) -> list[Path]:
    found = cycle_folders(out)
    if not found:
        raise OutputError(f"{out}: no run has written here; name the folder of --out")
    return found


def _outputs(manifest: Entry) -> Iterator[Entry]:
    """Every file that a manifest answers for, each once; what has failed left earlier ones."""
    seen = set()
    for part in (*manifest["departments"], manifest["calibration"] or {}, manifest):
        for output in (*part.get("outputs", ()), *part.get("published", {}).get("outputs", ())):
            if output["path"] not in seen:
                seen.add(output["path"])
                yield output


def _over(out: Path, folder: Path) -> Purged | None:
    """What of a cycle would be deleted; None if its results are kept without an end."""
    manifest = read_manifest(folder)
    if not manifest.get("delete_after"):
        return None
    paths = [output["path"] for output in _outputs(manifest)]
    if strange := [path for path in paths if not _is_own(out, folder, path)]:
        advice = "csperf verify says what else is not as it was written"
        raise OutputError(f"{folder / FILE}: names {strange[0]}, which is no result; {advice}")
    named = {out / path for path in paths} | {folder / FILE, folder / BAD}
    named |= {*folder.glob(f"*/{PAGE}")}  # one that a later run did not write again
    for kept in folder.glob(f"*/{KEPT}/*"):
        earlier = read_manifest(kept).get("outputs", ())
        own = (Path(output["path"]).parts for output in earlier)
        placed = [kept.joinpath(*parts[2:]) for parts in own if parts[0] == folder.name]
        inside = [path for path in placed if _is_own(out, folder, path.relative_to(out))]
        named |= {*inside, kept / FILE, kept / PAGE}
    there = {path for path in folder.rglob("*") if path.is_file()}
    gone = tuple(sorted(path for path in named if path.is_file()))
    return Purged(folder.name, manifest["delete_after"], gone, tuple(sorted(there - named)))


def _is_own(out: Path, folder: Path, path: str | Path) -> bool:
    """Whether a path lies in the cycle's folder, or is its own file of the history."""
    there = (out / path).resolve()
    of_history = there.parent == (out / "history").resolve()
    return there.is_relative_to(folder.resolve()) or (
        of_history and there.name.startswith(f"{folder.name}_")
    )


def _delete(out: Path, cycle: Purged) -> None:
    """Delete the files, the manifest last, so that what is cut short can be done again."""
    manifest = out / cycle.cycle_id / FILE
    for path in (*(path for path in cycle.files if path != manifest), manifest):
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{path}: cannot be deleted ({error.strerror})") from error
    folders = (path for path in (out / cycle.cycle_id).rglob("*") if path.is_dir())
    for folder in (*sorted(folders, reverse=True), out / cycle.cycle_id):
        with contextlib.suppress(OSError):  # files of others are in it
            folder.rmdir()
