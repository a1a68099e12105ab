"""What a PostgreSQL has said since a moment, so that a failed start can be explained."""

from collections.abc import Mapping
from pathlib import Path


def sizes(folder: Path) -> dict[str, int]:
    """Return how long each log file is now."""
    return {each.name: each.stat().st_size for each in folder.glob("*.log")}


def said_since(before: Mapping[str, int], *, first: Path, folder: Path) -> str:
    """Return the text of the first file and of what the log folder's files have gained since `before`."""
    texts = [first.read_bytes()]
    for each in sorted(folder.glob("*.log")):
        with each.open("rb") as file:
            file.seek(before.get(each.name, 0))
            texts.append(file.read())
    return b"\n".join(texts).decode("utf-8", errors="replace")
