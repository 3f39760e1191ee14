"""JupyterLab as `make lab` starts it: it opens, and runs the analyst's notebook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import websocket

ROOT = Path(__file__).parents[1]
TOKEN = "lab-smoke-test"
WAIT_S = 180


class Lab:
    """A JupyterLab that is running, spoken to as a browser would."""

    def __init__(self, address: str):
        self.address = address

    def ask(self, path: str, sent: dict[str, Any] | None = None) -> Any:
        """Answer of the server: JSON from its API, text from its pages."""
        data = None if sent is None else json.dumps(sent).encode()
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:
            body = answer.read().decode()
        return json.loads(body) if path.startswith("api/") else body

    def run(self, notebook: str) -> list[dict[str, Any]]:
        """Outputs of all code cells of a notebook, run in a kernel of the server."""
        cells = self.ask(f"api/contents/{notebook}?type=notebook")["content"]["cells"]
        session = {"path": notebook, "name": "", "type": "notebook", "kernel": {"name": "python3"}}
        kernel = self.ask("api/sessions", session)["kernel"]["id"]
        address = self.address.replace("http", "ws", 1) + f"api/kernels/{kernel}/channels"
        channel = websocket.create_connection(f"{address}?token={TOKEN}", timeout=WAIT_S)
        try:
            sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
            return [output for source in sources for output in _outputs(channel, source)]
        finally:
            channel.close()


def _outputs(channel: websocket.WebSocket, source: str) -> Iterator[dict[str, Any]]:
    """What a cell shows, until the kernel has nothing more to do for it."""
    id = uuid.uuid4().hex
    header = {"msg_id": id, "msg_type": "execute_request", "session": id, "version": "5.3"}
    content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
    message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
    channel.send(json.dumps({**message, "channel": "shell"}))
    while True:
        found = json.loads(channel.recv())
        if found["parent_header"].get("msg_id") != id:
            continue
        kind, content = found["header"]["msg_type"], found["content"]
        if kind == "status" and content["execution_state"] == "idle":
            return
        if kind in ("stream", "display_data", "execute_result", "error"):
            yield {"kind": kind, **content}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab over the notebooks, on a port that is free, with a home of its own."""
    home = tmp_path_factory.mktemp("home")
    runtime = home / "runtime"
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--port=0"]
    options = [f"--IdentityProvider.token={TOKEN}", "--ServerApp.ip=127.0.0.1", "notebooks"]
    root = ["--allow-root"] if hasattr(os, "getuid") and os.getuid() == 0 else []
    environment = {**os.environ, "HOME": str(home), "JUPYTER_RUNTIME_DIR": str(runtime)}
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [*command, *root, *options],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Lab(_address(server, runtime, home / "log"))
    finally:
        server.terminate()
        server.wait(timeout=60)


def _address(server: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    """Where the server listens, once it says so."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        for file in runtime.glob("jpserver-*.json"):
            return str(json.loads(file.read_text())["url"])
        assert server.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def test_the_lab_opens_on_the_notebooks(lab: Lab) -> None:
    assert "<title>JupyterLab</title>" in lab.ask("lab")
    there = {entry["name"] for entry in lab.ask("api/contents/")["content"]}
    assert {"explore.ipynb", "appraisal.ipynb", "methodology", "training"} <= there


def test_the_analysts_door_runs_in_the_lab_from_first_cell_to_last(lab: Lab) -> None:
    shown = lab.run("explore.ipynb")
    errors = [output for output in shown if output["kind"] == "error"]
    assert [f"{each['ename']}: {each['evalue']}" for each in errors] == []
    cells = nbformat.read(ROOT / "notebooks/explore.ipynb", as_version=4).cells
    frames = [each for each in shown if "text/html" in each.get("data", {})]
    assert len(frames) >= len([cell for cell in cells if cell.cell_type == "code"]) / 2
    assert any("shrunken" in each["data"]["text/html"] for each in frames)
    printed = "".join(each["text"] for each in shown if each["kind"] == "stream")
    assert "rank" in printed and "points" in printed
