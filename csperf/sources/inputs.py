"""What a run has read, as hashes: of files as they lie there, of a database over its rows."""

from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pandas import DataFrame
from pyarrow.csv import write_csv


@dataclass(frozen=True)
class InputFile:
    """What a run read: its path as written in the params, its hash and size.

    Of a folder the hash is over the names and hashes of its files. Of a database, whose `path` is
    its address and our table, it is over the rows, sorted, as CSV.
    """

    path: str
    sha256: str
    bytes: int


def files_input(files: list[Path], folder: Path, name: str) -> InputFile:
    """Hash and size of the files of a source, all in `folder`, under the name it has in params."""
    hashes = [_sha256(file) for file in files]
    size = sum(file.stat().st_size for file in files)
    if len(files) == 1:
        return InputFile(name, hashes[0], size)
    named = zip(hashes, (file.relative_to(folder).as_posix() for file in files), strict=True)
    listed = "".join(f"{hash} {file}\n" for hash, file in named)
    return InputFile(name, hashlib.sha256(os.fsencode(listed)).hexdigest(), size)


def rows_input(rows: DataFrame, name: str) -> InputFile:
    """Hash and size of rows of text, the same in whichever order a database gives them."""
    table = pa.Table.from_pandas(rows, preserve_index=False)
    stream = pa.BufferOutputStream()
    write_csv(table.sort_by([(column, "ascending") for column in table.column_names]), stream)
    content = stream.getvalue()
    return InputFile(name, hashlib.sha256(content).hexdigest(), content.size)


def _sha256(file: Path) -> str:
    if file.exists() and not (file.is_file() or file.is_dir()):
        raise OSError(errno.EINVAL, "neither a file nor a folder")  # a pipe might never end
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
