"""A PostgreSQL server of the tests' own: started, filled and gone again."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from adbc_driver_postgresql import dbapi

USER, PASSWORD = "hr", "open sesame"
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Server:
    """Where it listens; `address` names no password, PGPASSWORD has to hold it."""

    port: int
    folder: Path

    @property
    def address(self) -> str:
        return f"postgresql://{USER}@127.0.0.1:{self.port}/postgres"

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Execute statements one by one, as the owner of everything."""
        login = f"postgresql://{USER}:{quote(PASSWORD)}@127.0.0.1:{self.port}/{database}"
        with dbapi.connect(login, autocommit=True) as connection:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)


def programs() -> Path | None:
    """Folder of initdb and pg_ctl: where the path leads, or where Debian puts the newest."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(DEBIAN.glob("*/bin"))
    return folders[-1] if folders else None


@contextmanager
def running_server(programs: Path) -> Iterator[Server]:
    """A server in a folder of its own; as `nobody` if the tests are run by root."""
    root, nobody = os.geteuid() == 0, pwd.getpwnam("nobody")
    someone: dict[str, Any] = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    as_whom = someone if root else {}
    with tempfile.TemporaryDirectory(prefix="csperf-pg-", ignore_cleanup_errors=True) as name:
        folder, data = Path(name), Path(name, "data")
        (folder / "password").write_text(PASSWORD)
        if root:
            for path in (folder, folder / "password"):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)

        def run(program: str, *options: str) -> None:
            command = [str(programs / program), "-D", str(data), *options]
            with (folder / "log").open("ab") as log:
                subprocess.run(command, check=True, stdout=log, stderr=log, cwd=folder, **as_whom)

        run(
            "initdb",
            f"--username={USER}",
            f"--pwfile={folder / 'password'}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        )
        port = _free_port()
        run("pg_ctl", "start", "-w", "-o", f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off")
        try:
            yield Server(port, folder)
        finally:
            run("pg_ctl", "stop", "-m", "immediate")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
