"""The limit: cells exec'd one after the other in one process: by_limit.py FOLDER OUT TEAM...

No kernel, no IPython, no papermill, no process a notebook; what cells show is put together as a
notebook and exported as always. Nothing that a notebook leaves behind is kept from the next.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import nbformat
from asked import NOTEBOOK, parameters

import csperf.runner.warm  # noqa: F401
from csperf.reporting.exporter import report_html
from csperf.runner.files import packaged


def run(folder: Path, team: str) -> Any:
    """The notebook of a team with what its cells show."""
    notebook = nbformat.read(packaged("notebooks") / f"{NOTEBOOK}.ipynb", as_version=4)
    names: dict[str, Any] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        body = ast.parse(cell.source).body
        shown = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), NOTEBOOK, "exec"), names)
        if "parameters" in cell.metadata.get("tags", []):
            names |= parameters(folder, team)
        value = (
            eval(compile(ast.Expression(shown.value), NOTEBOOK, "eval"), names) if shown else None
        )
        if value is not None:
            data, metadata = bundle(value)
            cell.outputs = [nbformat.v4.new_output("execute_result", data, metadata=metadata)]
    return notebook


def bundle(value: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What Jupyter would show of a value."""
    if hasattr(value, "_repr_mimebundle_"):
        found = value._repr_mimebundle_()
        return found if isinstance(found, tuple) else (found, {})
    return {"text/html": value._repr_html_()}, {}


if __name__ == "__main__":
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    for team in sys.argv[3:]:
        (out / team).mkdir(parents=True, exist_ok=True)
        notebook = run(folder, team)
        nbformat.write(notebook, out / team / f"{NOTEBOOK}.ipynb")
        (out / team / f"{NOTEBOOK}.html").write_text(report_html(notebook, NOTEBOOK))
