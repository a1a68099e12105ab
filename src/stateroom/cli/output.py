"""How things look in a terminal: states, durations, times, tables, JSON."""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from stateroom.domains.runs.schema import State

FINAL: Final[frozenset[State]] = frozenset({"succeeded", "failed", "cancelled", "timed_out", "skipped"})
FILE_CELLS: Final = 200
BAD: Final[frozenset[State]] = frozenset({"failed", "timed_out", "cancelled"})


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown."""

    icon: str
    style: str


LOOKS: Final[dict[State, Look]] = {
    "waiting": Look("·", "dim"),
    "scheduled": Look("◷", "yellow"),
    "queued": Look("○", "cyan"),
    "running": Look("●", "bold blue"),
    "succeeded": Look("✓", "green"),
    "failed": Look("✗", "bold red"),
    "cancelled": Look("⊘", "magenta"),
    "timed_out": Look("✗", "bold red"),
    "skipped": Look("↷", "dim"),
}


def icon(state: State) -> Text:
    """Return a state's sign in its colour."""
    look = LOOKS[state]
    return Text(look.icon, style=look.style)


def words(state: str) -> str:
    """Return a state in words."""
    return state.replace("_", " ")


def duration(seconds: float) -> str:
    """Return a duration in the unit that fits it: 850 ms, 3.2 s, 2 m 05 s, 1 h 02 m."""
    if seconds < 0.9995:
        return f"{max(seconds, 0) * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} m"


def when(text: str) -> datetime:
    """Read a time of the API."""
    return datetime.fromisoformat(text)


def ago(text: str | None, now: datetime) -> str:
    """Return a past time as people say it; exact enough for a list."""
    if text is None:
        return ""
    seconds = (now - when(text)).total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {unit} ago"
    return f"{max(int(seconds), 0)} s ago"


def local(text: str) -> str:
    """Return a time in this machine's zone."""
    return when(text).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def utc_now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


def console(*, stderr: bool = False) -> Console:
    """Return a terminal that prints text as it is: no markup and no colouring of what users wrote."""
    found = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not found.is_terminal and "COLUMNS" not in os.environ:
        found.width = FILE_CELLS
    return found


def print_json(value: object) -> None:
    """Print one JSON document, readable in a terminal and compact elsewhere."""
    indent = 2 if sys.stdout.isatty() else None
    typer.echo(json.dumps(value, indent=indent, ensure_ascii=False))


def print_json_line(value: object) -> None:
    """Print one line of JSON at once, for a reader that follows."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> Table:
    """Return a table without borders, which also reads well in a file; only the last column wraps."""
    found = Table(box=None, pad_edge=False, header_style="dim", show_edge=False)
    for column in columns:
        name = column.removeprefix(">")
        last = column == columns[-1]
        found.add_column(name, justify="right" if name != column else "left", no_wrap=not last, overflow="fold")
    for row in rows:
        found.add_row(*row)
    return found


def clean(line: str) -> str:
    """Return what a line looks like at its end, without what would move the cursor or colour our own text."""
    last = line.rstrip("\r").rpartition("\r")[2]
    text = Text.from_ansi(last).plain if "\x1b" in last else last
    return "".join(each if each.isprintable() else " " for each in text)
