"""The statements of revisions are linted by squawk; of the .sql files sqlfluff says what it thinks in `make check`."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

ROOT = Path(__file__).parents[2]
REVISIONS = sorted(ROOT.joinpath("src/stateroom/db/migrations/versions").glob("*.py"))
# db/revisions.py runs each in one transaction and sets these before.
BEFORE = "set local lock_timeout = '10s';\nset local statement_timeout = '10min';\n"
SETTINGS = ("--pg-version=15.0", "--assume-in-transaction")
# Counts, seconds and line numbers never come near two thousand million; keys are uuids.
WANTED = "prefer-bigint-over-int,prefer-bigint-over-smallint"
# Revisions up to this one made the first release: they ran on no rows, so nobody waited for a lock.
FIRST_RELEASE = "0013"
ON_NO_ROWS = (
    "adding-field-with-default,adding-foreign-key-constraint,adding-not-nullable-field,adding-required-field,"
    "changing-column-type,constraint-missing-not-valid,disallowed-unique-constraint,require-concurrent-index-creation,"
    "ban-drop-constraint,ban-drop-default,require-concurrent-index-deletion"
)


def squawk(*argv: str) -> None:
    program = shutil.which("squawk", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    assert program, "squawk is not installed: make check installs it"
    env = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run([program, *SETTINGS, *argv], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def statements(path: Path) -> str:
    """What a revision sends when it goes forward."""
    spec = importlib.util.spec_from_file_location(f"revision_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sent: list[str] = []
    module.op = SimpleNamespace(execute=lambda sql: sent.append(sql.strip().removesuffix(";") + ";\n"))
    module.upgrade()
    return BEFORE + "".join(sent)


def test_squawk_finds_nothing_in_the_revisions(tmp_path):
    early, late = [], []
    for path in REVISIONS:
        file = tmp_path / f"{path.stem}.sql"
        file.write_text(statements(path))
        (early if path.name[:4] <= FIRST_RELEASE else late).append(str(file))
    squawk(f"--exclude={WANTED},{ON_NO_ROWS}", *early)
    if late:
        squawk(f"--exclude={WANTED}", *late)
