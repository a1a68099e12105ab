"""A board as lines of a terminal, fitted to its height: what failed and what runs is shown before what is done.

● ci #12  running 8.2 s  ━━━━━━━━━━━╸────────  5 of 9 done · 1 failed · 2 running · 1 retry
  ✓ lint                   1.2 s
  test                             2 of 3 done
    ✓ python=3.11          3.1 s
    ● python=3.12          4.0 s  attempt 2 of 3 · 2/4 Run the tests │ collected 120 items
  · build                          after test
  … 3 succeeded, 120 waiting
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final

from rich.text import Text

from stateroom.cli.board import Board, combination, part_of
from stateroom.cli.output import BAD, FINAL, clean, duration, icon, when, words
from stateroom.domains.runs.schema import Run, State, Step

BAR_CELLS: Final = 20
NAME_CELLS: Final = 36
TIME_CELLS: Final = 9
FINISHED_ROWS: Final = 40
_FIRST: Final[tuple[State, ...]] = ("failed", "timed_out", "running", "scheduled", "cancelled", "queued", "waiting")


@dataclass(frozen=True, slots=True)
class Frame:
    """How much room there is, and what the clock says."""

    width: int
    height: int
    now: datetime


@dataclass(frozen=True, slots=True)
class _Group:
    """The runs of one step: one, or as many as its matrix has combinations."""

    key: str
    steps: list[Step]

    @property
    def nested(self) -> bool:
        return len(self.steps) > 1 or self.steps[0]["matrix"] is not None


def draw(board: Board, frame: Frame) -> list[Text]:
    """Return header and steps in at most `frame.height` lines."""
    groups = [_Group(key, list(steps)) for (_, key), steps in groupby(board.ordered(), itemgetter("layer", "step_key"))]
    shown = _chosen(groups, frame.height - 1)
    width = min(NAME_CELLS, max((_name_cells(group) for group in groups if group.key), default=0))
    lines = [header(board, frame)]
    for group in groups:
        steps = [step for step in group.steps if step["id"] in shown]
        if steps and group.nested:
            lines.append(_group_line(group, width))
        for step in steps:
            name = Text(f"{combination(step)}" if group.nested else group.key)
            lines.append(_step_line(board, step, name, width=width, indent=4 if group.nested else 2, frame=frame))
    if rest := _rest(board, shown):
        lines.append(Text(f"  … {rest}", style="dim"))
    for line in lines:
        line.truncate(frame.width, overflow="ellipsis")
    return lines


def header(board: Board, frame: Frame) -> Text:
    """Return the line about the whole run."""
    run, progress = board.run, board.progress
    if run is None or progress is None:
        return Text("waiting for the run", style="dim")
    text = Text.assemble(
        icon(run["state"]),
        " ",
        (title(run), "bold"),
        f"  {words(run['state'])} ",
        (elapsed(run["started_at"], run["finished_at"], frame.now), "bold"),
        "  ",
        _bar(progress["done"], progress["total"], bad=bool(progress["failed"])),
        f"  {totals(board)}",
    )
    text.no_wrap = True
    return text


def title(run: Run) -> str:
    """Return how a run is called: `ci #12`."""
    return f"{run['workflow']} #{run['run_number']}"


def totals(board: Board) -> str:
    """Return the counts over all steps: `5 of 9 done · 1 failed · 2 running · 1 retry`."""
    progress = board.progress
    if progress is None:
        return ""
    found = [f"{progress['done']} of {progress['total']} done"]
    counts = {
        "failed": progress["failed"],
        "cancelled": progress["cancelled"],
        "skipped": progress["skipped"],
        "running": progress["running"],
        "waiting": progress["waiting"],
    }
    found += [f"{count} {name}" for name, count in counts.items() if count]
    if retries := board.retries.total():
        found.append("1 retry" if retries == 1 else f"{retries} retries")
    return " · ".join(found)


def elapsed(started: str | None, finished: str | None, now: datetime) -> str:
    """Return how long something took, or has taken so far; empty before it started."""
    if started is None:
        return ""
    return duration(((when(finished) if finished else now) - when(started)).total_seconds())


def note(board: Board, step: Step, now: datetime) -> str:
    """Return what there is to say about a step in its state."""
    tries = attempt(step) if step["attempt"] > 1 else ""
    found: list[str] = []
    match step["state"]:
        case "running":
            last = clean(board.last_line(step)).strip()
            found = [" · ".join(filter(None, (tries, part_of(step)))), f"│ {last}" if last else ""]
            return " ".join(filter(None, found))
        case "scheduled":
            found = [_until(step, now)]
        case "failed" | "timed_out":
            found = [tries, reason(step)]
        case "succeeded":
            found = [f"at attempt {step['attempt']}" if tries else ""]
        case "waiting":
            found = [_after(board, step)]
        case "queued":
            found = ["" if step["queue"] == "default" else f"in queue {step['queue']}"]
        case "cancelled" | "skipped":
            found = [clean(step["error_message"] or "")]
    return " · ".join(filter(None, found))


def attempt(step: Step) -> str:
    """Return the number of a try: `attempt 2 of 4`; those that were given back or lost use up none of the four."""
    allowed = step["max_retries"] + 1
    return f"attempt {step['attempt']}" + (f" of {allowed}" if step["attempt"] <= allowed else "")


def reason(step: Step) -> str:
    """Return why a step failed, in one line."""
    message = (step["error_message"] or "").strip().partition("\n")[0]
    if message:
        return clean(message).rstrip(".")
    return f"exit status {step['exit_code']}" if step["exit_code"] is not None else words(step["state"])


def _after(board: Board, step: Step) -> str:
    """Return which of the steps that it needs are not done yet."""
    done = {each["step_key"] for each in board.steps.values() if each["state"] in FINAL}
    going = {each["step_key"] for each in board.steps.values() if each["state"] not in FINAL}
    missing = [need["step"] for need in step["needs"] if need["step"] in going or need["step"] not in done]
    return f"after {', '.join(missing)}" if missing else ""


def _until(step: Step, now: datetime) -> str:
    wait = f"in {duration((when(step['run_at']) - now).total_seconds())}" if step["run_at"] else "later"
    if step["attempt"] == 0:
        return f"starts {wait}"
    if not step["error_message"]:
        return f"put back, again {wait}"
    return f"{attempt(step)} failed ({reason(step)}), again {wait}"


def _bar(done: int, total: int, *, bad: bool) -> Text:
    full = round(BAR_CELLS * done / total) if total else 0
    return Text.assemble(("━" * full, "red" if bad else "green"), ("─" * (BAR_CELLS - full), "dim"))


def _chosen(groups: list[_Group], room: int) -> set[str]:
    """Pick the runs to show: all if there is room, else failed and running ones before what is done."""
    every = {step["id"] for group in groups for step in group.steps}
    if len(every) + sum(group.nested for group in groups) <= room:
        return every
    ranked = sorted((_rank(step), group.key, step["id"], group.nested) for group in groups for step in group.steps)
    shown: set[str] = set()
    opened: set[str] = set()
    room -= 1  # the line about the rest
    for _, key, step, nested in ranked:
        cost = 2 if nested and key not in opened else 1
        if cost > room:
            continue
        room -= cost
        opened.add(key)
        shown.add(step)
    return shown


def _rank(step: Step) -> int:
    return _FIRST.index(step["state"]) if step["state"] in _FIRST else len(_FIRST)


def _rest(board: Board, shown: set[str]) -> str:
    """Return what is not shown, counted by state, and what the board itself does not know."""
    hidden = Counter(step["state"] for step in board.steps.values() if step["id"] not in shown)
    said = [f"{count} {words(state)}" for state, count in hidden.most_common()]
    if unknown := board.steps_total - len(board.steps):
        said.append(f"{unknown} more")
    return ", ".join(said)


def _name_cells(group: _Group) -> int:
    return max(2 + len(combination(step)) for step in group.steps) if group.nested else len(group.key)


def _group_line(group: _Group, width: int) -> Text:
    done = sum(step["state"] in FINAL for step in group.steps)
    bad = any(step["state"] in BAD for step in group.steps)
    name = Text(f"  {group.key}", style="bold red" if bad else "bold")
    name.pad_right(max(0, 4 + width + TIME_CELLS + 2 - name.cell_len))
    return name.append(f"{done} of {len(group.steps)} done", style="dim not bold")


def _step_line(board: Board, step: Step, name: Text, *, width: int, indent: int, frame: Frame) -> Text:
    cells = width + 2 - (indent - 2)
    name.truncate(cells, overflow="ellipsis", pad=True)
    if step["state"] in {"waiting", "skipped"}:
        name.stylize("dim")
    time = elapsed(step["started_at"], step["finished_at"], frame.now) if step["state"] != "scheduled" else ""
    style = "red" if step["state"] in BAD else "dim"
    return Text.assemble(
        " " * indent,
        icon(step["state"]),
        " ",
        name,
        f"{time:>{TIME_CELLS}}",
        "  ",
        (note(board, step, frame.now), style),
    )
