"""Files of a run: what is there is always the old file or the new one, whole."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import signal
import stat
import tempfile
import threading
from collections.abc import Iterable, Iterator
from importlib import resources
from pathlib import Path

from pandas import DataFrame

from csperf.errors import DiskError, LockedError, OutputError

FORMULA = r"[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]"
NEGATIVE = r"-[0-9]+(\.[0-9]+)?"  # a number in a column of text runs nothing
PRIVATE = 0o077  # umask: files and folders are for their owner only


def packaged(name: str) -> Path:
    """Folder `notebooks` or `params`: in the installed package, else beside it in a checkout."""
    package = Path(str(resources.files("csperf")))
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def write_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader finds the old content or the new, never a part of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".writing-", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DiskError(f"{path}: cannot be written ({error.strerror})") from error


def move_files(source: Path, target: Path) -> set[Path]:
    """Move every file of a folder into another, each at once, and return where they are now."""
    placed = set()
    for file in sorted(source.rglob("*")):
        if file.is_file() and not file.name.startswith("."):
            place = target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            placed.add(file.replace(place))
    return placed


def drop_old_pages(placed: set[Path], report: str, folders: Iterable[str]) -> None:
    """Remove pages of people whom a report that was placed anew is no longer about.

    They lie in `folders`, beside the report.
    """
    for place in {path.parent for path in placed if path.name == report}:
        for page in (page for folder in folders for page in (place / folder).glob("*.html")):
            if page not in placed:
                page.unlink()


def csv_bytes(frame: DataFrame) -> bytes:
    """A table as CSV: UTF-8, times in ISO form, numbers unrounded, empty means unknown.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    text = frame.select_dtypes(include=["object", "str"]) if len(frame) else frame[[]]
    harmless = {}
    for name, column in text.items():
        if (formula := column.str.match(FORMULA, na=False)).any():
            formula &= ~column.str.fullmatch(NEGATIVE, na=False)
            harmless[name] = column.mask(formula, "'" + column.astype("str"))
    return frame.assign(**harmless).to_csv(index=False, lineterminator="\n").encode()


def sha256(path: Path) -> str:
    """Hash of a file's content; empty if there is no such file, or it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return ""


@contextlib.contextmanager
def private() -> Iterator[None]:
    """Make every new file and folder one that only its owner can open."""
    before = os.umask(PRIVATE)
    try:
        yield
    finally:
        os.umask(before)


def refuse_links(paths: Iterable[Path]) -> None:
    """Refuse to write where somebody has put a link: the file that it leads to is not a result.

    Raises
    ------
    OutputError
        If one of the paths is a symbolic link.
    """
    for path in paths:
        if path.is_symlink():
            raise OutputError(
                f"{path}: is a symbolic link; name the folder that it leads to, or remove it"
            )


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """Let what is published together be published together: signals to end come after it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    before = {
        each: signal.signal(each, lambda number, frame: held.append(number))
        for each in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in held:
            signal.raise_signal(number)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the output folder against a second run.

    Raises
    ------
    LockedError
        If a run is under way there.
    OutputError
        If nothing can be written there, everybody may write there and put other files in place, or
        it leads elsewhere.
    """
    refuse_links([folder, *folder.glob("*"), folder / ".lock"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_mode & stat.S_IWOTH:
            raise OutputError(f"{folder}: everybody may write there; choose a folder of your own")
        stream = (folder / ".lock").open("w")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LockedError(f"{folder}: another run is writing here; wait for it") from None
        yield
