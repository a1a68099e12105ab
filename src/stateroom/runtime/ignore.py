"""Which files of a folder without git are left out of its copy.

Well known folders of tools, and what `.gitignore` files name. Their patterns are translated here, not asked of git:
`*`, `?`, `[…]`, `**`, a leading `/`, a trailing `/` and `!` mean what they mean there.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WELL_KNOWN: Final = frozenset(
    {
        ".DS_Store",
        ".eggs",
        ".git",
        ".hg",
        ".hypothesis",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        "__pycache__",
        "node_modules",
        "venv",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a `.gitignore`; the last that fits a path decides."""

    pattern: re.Pattern[str]
    folders_only: bool
    ignores: bool


def rules_of(folder: Path, relative: str) -> list[Rule]:
    """Return the rules of a folder's `.gitignore`, for paths relative to the copied folder; none if it has none."""
    try:
        text = (folder / ".gitignore").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    prefix = re.escape(f"{relative}/" if relative else "")
    return [rule for line in text.splitlines() if (rule := _rule(line, prefix)) is not None]


def ignored(rules: list[Rule], path: str, *, folder: bool) -> bool:
    """Say whether a path, relative to the copied folder, is left out. Its parents are asked before it."""
    if path.rpartition("/")[2] in WELL_KNOWN:
        return True
    for rule in reversed(rules):
        if (folder or not rule.folders_only) and rule.pattern.fullmatch(path):
            return rule.ignores
    return False


def _rule(line: str, prefix: str) -> Rule | None:
    line = line if line.endswith("\\ ") else line.rstrip()
    if not line or line.startswith("#"):
        return None
    ignores = not line.startswith("!")
    body = line.removeprefix("!").removesuffix("/")
    anchored = "/" in body
    try:
        pattern = re.compile(prefix + ("" if anchored else "(?:.*/)?") + _translate(body.removeprefix("/")))
    except re.error:
        return None
    return Rule(pattern, folders_only=line.endswith("/"), ignores=ignores)


_TOKEN: Final = re.compile(
    r"(?P<deep>\*\*/)|(?P<all>(?<=/)\*\*$)|(?P<star>\*+)|(?P<one>\?)|\[(?P<set>!?\]?[^]]*)\]|\\?(?P<char>.)"
)


def _translate(glob: str) -> str:
    parts: list[str] = []
    for found in _TOKEN.finditer(glob):
        match found.lastgroup:
            case "deep":
                parts.append("(?:.*/)?")
            case "all":
                parts.append(".+")
            case "star":
                parts.append("[^/]*")
            case "one":
                parts.append("[^/]")
            case "set":
                inside = found["set"].replace("\\", "\\\\")
                parts.append(f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]")
            case _:
                parts.append(re.escape(found["char"]))
    return "".join(parts)
