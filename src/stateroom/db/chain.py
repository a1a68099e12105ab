"""Which revisions there are, without loading Alembic: most starts only want to know that there is nothing to do."""

import re
from pathlib import Path
from typing import Final

from stateroom.errors import MigrationError

FOLDER: Final = Path(__file__).parent / "migrations"
BASE: Final = "base"
IDENTIFIERS: Final = re.compile(r'^(down_revision|revision) = (?:"(\w+)"|None)$', re.MULTILINE)


def revisions(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the revisions, oldest first, as their files say which follows which.

    Raises:
        MigrationError: a file does not say it, or the files are no single chain.
    """
    follows: dict[str | None, str] = {}
    for path in sorted(folder.joinpath("versions").glob("*.py")):
        said = {match[1]: match[2] for match in IDENTIFIERS.finditer(path.read_text(encoding="utf-8"))}
        revision = said.get("revision")
        if revision is None or "down_revision" not in said or said["down_revision"] in follows:
            raise MigrationError(f"{path.name} has no place of its own in the chain of revisions")
        follows[said["down_revision"]] = revision
    found: list[str] = []
    at: str | None = None
    while (at := follows.pop(at, None)) is not None:
        found.append(at)
    if follows:
        raise MigrationError(f"revisions that follow nothing: {', '.join(follows.values())}")
    return tuple(found)


def head(folder: Path = FOLDER) -> str:
    """Return the newest revision."""
    found = revisions(folder)
    return found[-1] if found else BASE
