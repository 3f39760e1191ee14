"""Ids as names of files and folders; names of people and departments never become paths."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

SAFE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
SLUG = 30


def folder_name(id: str) -> str:
    """An id itself where it is safe as a name, else a slug of it and part of its hash."""
    if SAFE.fullmatch(id):
        return id
    plain = unicodedata.normalize("NFKC", id).strip()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:SLUG] or "x"
    return f"{slug}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"


def history_file(folder: Path, cycle: str, department: str) -> Path:
    """Where the history of one cycle and department is kept."""
    return folder / f"{cycle}_{folder_name(department)}.parquet"
