from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from reading import Reading
from server import PASSWORD, Server, programs, running_server


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


@pytest.fixture(scope="session")
def running() -> Iterator[Server]:
    """A PostgreSQL server, started once."""
    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with running_server(folder) as server:
        yield server


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server, with the password in the environment."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return running
