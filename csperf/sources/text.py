"""Bytes as text in the encoding that is declared; where they do not fit, what would do."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from csperf.errors import InputError, Problem, shown

ENCODINGS = ("utf-8", "gb18030", "big5", "cp949", "shift_jis", "utf-16", "cp1252")
LONGEST_LINE = 2_000_000  # characters; DuckDB passes over one of 32 MB without a word
LARGEST_UNPACKED = 1_000_000_000  # bytes; a small file may unpack to more than the memory holds
MARKS = frozenset("\n{")  # bytes that are read as UTF-16 and are not have none of them


def decoded(path: Path, encoding: str) -> str:
    """Text of a file without a byte order mark, with plain ends of lines and none at the end.

    Raises InputError naming the first row that does not fit, and the encodings that would do; or
    the first row that is too long.
    """
    content = _content(path)
    try:
        text = _text(content, encoding)
    except LookupError as error:
        advice = f"write one such as {', '.join(ENCODINGS)}"
        raise InputError(Problem(str(path), f"no encoding is '{encoding}'", advice)) from error
    except UnicodeError as error:
        row = len((content[: getattr(error, "start", 0)] + b".").splitlines())
        fits = ", ".join(name for name in ENCODINGS if _decodes(content, name))
        advice = f"declare encoding: (it decodes under {fits or 'none of the usual'})"
        found = f"bytes that are not {encoding} text"
        raise InputError(Problem(str(path), found, advice, row)) from error
    start = 0
    while len(text) - start > LONGEST_LINE:
        end = text.rfind("\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            row = text.count("\n", 0, start) + 1
            found = f"more than {LONGEST_LINE:,} characters in {shown(text[start : start + 100])}"
            raise InputError(Problem(str(path), found, "is it the right file?", row))
        start = end + 1
    return text


def _content(path: Path) -> bytes:
    """Bytes of a file, unpacked where its name ends in .gz."""
    if path.suffix.lower() != ".gz":
        return path.read_bytes()
    try:
        with gzip.open(path) as stream:
            content = stream.read(LARGEST_UNPACKED + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        found = f"not a gzip file ({first_line(error)})"
        raise InputError(Problem(str(path), found, "pack it again, or give it unpacked")) from error
    if len(content) > LARGEST_UNPACKED:
        found = f"unpacks to more than {LARGEST_UNPACKED:,} bytes"
        raise InputError(Problem(str(path), found, "give it unpacked, or as Parquet"))
    return content


def first_line(error: Exception) -> str:
    """What an error of a library says, without what it adds below."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def quoted(name: str, quote: str = '"') -> str:
    """A name, or with `'` a text, as SQL takes it."""
    return f"{quote}{name.replace(quote, quote * 2)}{quote}"


def _text(content: bytes, encoding: str) -> str:
    text = content.decode(encoding).removeprefix("\ufeff")
    if "\0" in text:
        start = content.find(b"\0")
        raise UnicodeDecodeError(encoding, content, start, start + 1, "NUL")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        return not MARKS.isdisjoint(_text(content, encoding))
    except UnicodeError:
        return False
