"""Imports run downwards only, and each outside tool is known in one place."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "csperf"
LAYERS = [
    {"errors"},
    {"names", "tables"},
    {"strict_yaml", "cycle"},
    {"scheme", "limits"},
    {"params", "parsing"},
    {"sources", "mixed"},
    {"indicators"},
    {"appraisal"},
    {"calibration", "comparison", "practice"},
    {"appraised", "fair", "measured", "watched"},
    {"pipeline", "simulate"},
    {"answers"},
    {"reporting"},
    {"runner"},
    {"reference", "starter"},
    {"cli"},
    {"__main__", "__init__"},
]
KNOWN_ONLY_TO = {
    "papermill": {"runner"},
    "pebble": {"runner"},
    "distributed": {"runner"},
    "xlsxwriter": {"reporting", "simulate"},
    "nbconvert": {"reporting"},
    "duckdb": {"sources", "indicators"},
    "narwhals": {"indicators"},
    "gpboost": {"mixed"},
    "pyspark": {"indicators"},
    "python_calamine": {"sources"},
    "click": {"cli"},
    "yaml": {"strict_yaml"},
}
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def part(path):
    """The folder or module of csperf that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path):
    """Modules that a file imports at run time."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "csperf":
                yield from (f"csperf.{name.name}" for name in node.names)


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_from_layers_below_its_own(path):
    own = part(path)
    assert own in LEVEL, f"{own} has no place in the order of layers"
    for module in imported(path):
        if not module.startswith("csperf."):
            continue
        other = module.split(".")[1]
        if other in LEVEL and other != own:
            assert LEVEL[other] < LEVEL[own], f"{own} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_a_tool_is_known_only_where_it_belongs(path):
    for module in imported(path):
        allowed = KNOWN_ONLY_TO.get(module.split(".")[0])
        assert allowed is None or part(path) in allowed, f"{part(path)} imports {module}"


def test_nothing_is_ever_pickled_or_styled():
    """Reading a pickle runs code; a Styler does not escape."""
    for path in FILES:
        modules = {module.split(".")[0] for module in imported(path)}
        assert not modules & {"pickle", "joblib", "dill"}, path
        text = path.read_text(encoding="utf-8")
        assert (
            ".style." not in text
            and "read_pickle" not in text
            and "escape=False)" not in text.replace("super().__init__(escape=False)", "")
        ), path


def test_modules_and_functions_stay_readable():
    """Over 400 lines, or 50 in a function, is a sign that an idea is missing; data are not code."""
    catalogues = {"catalogue.py"}
    for path in FILES:
        source = path.read_text(encoding="utf-8")
        if path.name not in catalogues:
            assert len(source.splitlines()) <= 400, path
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < 70, f"{path}: {node.name}"
