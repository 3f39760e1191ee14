"""A papermill engine that runs the cells in this process, without starting a kernel.

`papermill --engine csperf` uses it alone; `csperf run` uses it in workers that are forked with
everything imported, which makes a notebook several times faster than a kernel of its own.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from papermill.engines import Engine
from traitlets.config import Config

LONGEST_PRINTED = 100_000  # characters of a cell: more of it nobody reads


class _Shown(DisplayPublisher):
    """Keeps what cells display as notebook outputs."""

    shell: Any

    def publish(  # type: ignore[override]  # the base class has named further arguments
        self, data: dict[str, Any], metadata: dict[str, Any] | None = None, **_: Any
    ) -> None:
        self.shell.keep("display_data", data=data, metadata=metadata or {})


class _Result(DisplayHook):
    """Keeps the value of a cell's last expression as a notebook output."""

    shell: Any

    def start_displayhook(self) -> None:
        pass

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.shell.keep(
            "execute_result",
            data=format_dict,
            metadata=md_dict or {},
            execution_count=self.prompt_count,
        )

    def finish_displayhook(self) -> None:
        pass


class _Stream(io.TextIOBase):
    """Stands in for standard output or standard error while a cell runs."""

    def __init__(self, shell: _Shell, name: str):
        self.shell, self.name = shell, name

    def write(self, text: str) -> int:
        if text:
            self.shell.printed(self.name, text)
        return len(text)


class _Shell(InteractiveShell):
    """A plain IPython shell whose outputs end in `cell_outputs`."""

    display_pub_class = _Shown
    displayhook_class = _Result

    def __init__(self, **settings: Any):
        self.cell_outputs: list[Any] = []
        self.left = LONGEST_PRINTED
        super().__init__(**settings)

    def keep(self, kind: str, **content: Any) -> None:
        """Keep an output; all of them are checked once, when the notebook is written."""
        output = nbformat.from_dict({"output_type": kind, **content})
        self.cell_outputs.append(output)

    def printed(self, name: str, text: str) -> None:
        """Keep printed text where it came, joined to what the same stream printed just before."""
        room, self.left = self.left, self.left - len(text)
        if room < 0:
            return
        if self.left < 0:
            text = f"{text[:room]}\n... and more\n"
        last = self.cell_outputs[-1] if self.cell_outputs else {}
        if last.get("name") == name:
            last["text"] += text
        else:
            self.keep("stream", name=name, text=text)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        """Keep an error as a notebook output instead of printing it."""
        self.keep("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb))


class CsperfEngine(Engine):
    """Runs a notebook's cells in the current process, in order, until one fails."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, mark: Path | None = None, **_: Any
    ) -> None:
        """Run all cells of papermill's managed notebook; `mark` holds the number of the latest."""
        settings = Config({"HistoryManager": {"enabled": False}})
        shell = _Shell.instance(config=settings, colors="nocolor")
        try:
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                if mark and cell.cell_type == "code":
                    mark.write_text(str(shell.execution_count))
                try:
                    if cell.cell_type == "code" and not _run(shell, cell):
                        nb_man.cell_exception(cell, index)
                        break
                finally:
                    nb_man.cell_complete(cell, index)
        finally:
            _Shell.clear_instance()


def _run(shell: _Shell, cell: Any) -> bool:
    """Run one cell, keep its outputs, and say whether it succeeded."""
    shell.cell_outputs, shell.left = [], LONGEST_PRINTED
    out, err = _Stream(shell, "stdout"), _Stream(shell, "stderr")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        result = shell.run_cell(cell.source, store_history=True)
    cell.execution_count = result.execution_count
    cell.outputs = shell.cell_outputs
    return bool(result.success)
