"""Ids as names of files and folders; names of people and departments never become paths."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from pathlib import Path

SAFE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
SLUG = 30
TAKEN = ("calibration", "restated", "tables")  # folders that are there anyway


def folder_name(id: str) -> str:
    """An id itself where it is safe as a name, else a slug of it and part of its hash."""
    if SAFE.fullmatch(id) and id not in TAKEN:
        return id
    plain = unicodedata.normalize("NFKC", id).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG] or "x"
    return f"{slug}-{hashlib.sha256(id.encode()).hexdigest()[:8]}"


def pseudonym(id: str, key: bytes) -> str:
    """A name for an id that nobody can go back from who does not have the key.

    HMAC with SHA-256, of which 12 hex digits are kept: a plain hash could be told by trying ids.
    """
    return f"anonymous-{hmac.new(key, id.encode(), 'sha256').hexdigest()[:12]}"


def history_file(folder: Path, cycle: str, department: str) -> Path:
    """Where the history of one cycle and department is kept."""
    return folder / f"{cycle}_{folder_name(department)}.parquet"
