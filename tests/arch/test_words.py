"""What must not stand anywhere in the repository."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Put together here, so that this file does not find itself.
UNFINISHED = "|".join(["TO" + "DO", "FIX" + "ME", "X" + "XX", "NotImplemented" + "Error"])
MACHINES_OWN = "|".join(["/work" + "/", "/root" + "/", "/home" + "/", "/Users" + "/"])
REGISTRIES = "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs"])


def tracked() -> list[Path]:
    """All files that are, or could be, part of a commit."""
    argv = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(argv, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    return [ROOT / name for name in names if name and ROOT.joinpath(name).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize(
    "pattern",
    [rf"\b({UNFINISHED})\b", rf"(?<![\w.~}}\)])({MACHINES_OWN})", REGISTRIES],
    ids=["unfinished", "paths of one machine", "host names of registries"],
)
def test_is_nowhere(pattern):
    found = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path, text in texts()
        for match in re.finditer(pattern, text)
    ]
    assert not found


def test_locks_name_no_place():
    locks = sorted(ROOT.glob("*.lock"))
    assert locks
    assert not [lock.name for lock in locks if "://" in lock.read_text(encoding="utf-8")]


def test_every_exception_from_the_type_checker_has_a_reason():
    bare = re.compile(r"#\s*(type|pyright):\s*ignore(\[[\w, ]+\])?\s*$", re.MULTILINE)
    assert not [str(path.relative_to(ROOT)) for path, text in texts() if path.suffix == ".py" and bare.search(text)]
