"""What import-linter cannot say: who may know the web framework, and that nobody imports upward through a side door."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "stateroom"
WEB = {"fastapi", "starlette"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module)):
                yield module


def knows_the_web(path: Path) -> bool:
    name = path.relative_to(SOURCE).as_posix()
    return path.name == "routes.py" or name in {"app.py", "domains/identity/guard.py"} or name.startswith("web/")


def test_only_the_doors_know_the_web_framework():
    others = [path for path in SOURCE.rglob("*.py") if not knows_the_web(path)]
    assert not [path.name for path in others for name in imported(path) if name.partition(".")[0] in WEB]


@pytest.mark.parametrize("module", ["stateroom.engine.calls", "stateroom.engine.types"])
@pytest.mark.parametrize("unwanted", ["sqlalchemy", "fastapi", "alembic"])
def test_the_engine_is_light(module, unwanted):
    """A worker that claims and completes does not load what it never uses."""
    code = f"import sys, {module}; sys.exit({unwanted!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_statement_is_put_together_from_strings():
    words = ("select ", "insert ", "update ", "delete ", "create ", "alter ", "drop ", "truncate ", "with ")
    found = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
                start = str(node.values[0].value).lstrip().lower()
                if start.startswith(words) and any(word in start for word in (" from ", " into ", " table ", " set ")):
                    found.append(f"{path.relative_to(SOURCE)}:{node.lineno}")
    assert not found
