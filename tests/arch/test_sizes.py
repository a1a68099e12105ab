"""Nothing grows beyond what can be read in one go."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = sorted(ROOT.joinpath("src").rglob("*.py"))
LIMITS = [
    ("src", "*.py", 400),
    ("src", "*.sql", 250),
    ("src", "*.html", 400),
    ("src", "*.css", 400),
    ("src", "*.js", 400),
    ("bench", "*.py", 400),
    ("tests", "*.py", 600),
]
CLASS_LINES = 250
FUNCTION_LINES_P90 = 35
MEDIAN_FILE_LINES = 120


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def length(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def nodes(*kinds: type) -> Iterator[tuple[str, int]]:
    for path in SOURCE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kinds):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", length(node)


@pytest.mark.parametrize(("folder", "pattern", "most"), LIMITS, ids=str)
def test_files_are_short(folder, pattern, most):
    long = {
        str(path.relative_to(ROOT)): lines(path) for path in ROOT.joinpath(folder).rglob(pattern) if lines(path) > most
    }
    assert not long


def test_classes_are_short():
    assert not {name: size for name, size in nodes(ast.ClassDef) if size > CLASS_LINES}


def test_most_functions_are_short():
    found = sorted(nodes(ast.FunctionDef, ast.AsyncFunctionDef), key=lambda each: each[1])
    name, size = found[int(len(found) * 0.9)]
    assert size <= FUNCTION_LINES_P90, f"a tenth of the functions is as long as {name}"


def test_the_median_file_is_short():
    assert statistics.median(map(lines, SOURCE)) <= MEDIAN_FILE_LINES


def test_no_module_is_a_drawer_for_everything():
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base_manager"}
    assert not [path for path in SOURCE if path.stem in drawers or path.parent.name in drawers]
