"""What is known of a run that is being followed: events in, state and changes out; nothing here draws."""

import re
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from stateroom.cli.output import FINAL
from stateroom.domains.runs.schema import Event, Layer, LogLine, Progress, Run, State, Step

KEPT_STEPS: Final = 2000
KEPT_LINES: Final = 20
_NUMBERS: Final = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class Change:
    """A step came into another state, or to another attempt."""

    step: Step
    before: Step | None


@dataclass(slots=True)
class Board:
    """A followed run: its steps by id, and the last lines of those that write."""

    run: Run | None = None
    steps: dict[str, Step] = field(default_factory=dict[str, Step])
    steps_total: int = 0
    layers: list[Layer] = field(default_factory=list[Layer])
    lines: dict[str, deque[LogLine]] = field(default_factory=dict[str, "deque[LogLine]"])
    retries: Counter[str] = field(default_factory=Counter[str])
    ended: bool = False

    def apply(self, event: Event) -> list[Change]:
        """Take in one event and say which steps changed by it."""
        match event["event"]:
            case "snapshot":
                detail = event["data"]
                self.run, self.steps_total, self.layers = detail, detail["steps_total"], detail["layers"]
                return self._take(detail["steps"])
            case "run" | "end":
                self.run = event["data"]
                self.ended = event["event"] == "end"
            case "steps":
                return self._take(event["data"])
            case "layers":
                self.layers = event["data"]
            case "logs":
                for line in event["data"]:
                    if line["stream"] == "system":
                        continue  # the worker's own words are not the step's output
                    kept = self.lines.setdefault(line["task_run_id"], deque(maxlen=KEPT_LINES))
                    kept.append(line)
        return []

    @property
    def state(self) -> State:
        """The run's own state; a run that nothing is known of yet waits."""
        return self.run["state"] if self.run else "waiting"

    @property
    def progress(self) -> Progress | None:
        """Counts over all steps, those included that are not on the board."""
        return self.run["progress"] if self.run else None

    def ordered(self) -> list[Step]:
        """Return the steps as they follow each other: by layer, name and place in the matrix."""
        return sorted(self.steps.values(), key=_place)

    def last_line(self, step: Step) -> str:
        """Return what a step wrote last."""
        kept = self.lines.get(step["id"])
        return kept[-1]["message"] if kept else step["last_line"] or ""

    def _take(self, steps: list[Step]) -> list[Change]:
        changes: list[Change] = []
        for step in steps:
            before = self.steps.get(step["id"])
            self.steps[step["id"]] = step
            if before is None or (before["state"], before["attempt"]) != (step["state"], step["attempt"]):
                changes.append(Change(step, before))
            if step["attempt"] > 1:
                self.retries[step["id"]] = step["attempt"] - 1
            if step["state"] == "succeeded":
                self.lines.pop(step["id"], None)
        self._forget()
        return changes

    def _forget(self) -> None:
        """Drop what succeeded long ago, so that a run of a hundred thousand steps stays small here."""
        surplus = len(self.steps) - KEPT_STEPS
        if surplus > 0:
            done = (key for key, step in self.steps.items() if step["state"] in FINAL - {"failed", "timed_out"})
            for key in list(islice(done, surplus)):
                del self.steps[key]


def _place(step: Step) -> tuple[int, list[tuple[int, str]], int]:
    """Return what steps are sorted by; numbers in names count as numbers: `test2` comes before `test10`."""
    pieces = [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in _NUMBERS.split(step["step_key"])]
    return step["layer"], pieces, step["map_index"] or 0


def name_of(step: Step) -> str:
    """Return a step's name with its place in the matrix: `test (python=3.12, os=linux)`."""
    inside = combination(step)
    return f"{step['step_key']} ({inside})" if inside else step["step_key"]


def combination(step: Step) -> str:
    """Return a step's place in the matrix; empty without one."""
    matrix = step["matrix"]
    if isinstance(matrix, dict):
        return ", ".join(f"{key}={value}" for key, value in matrix.items())
    return str(step["map_index"] + 1) if step["map_index"] else ""


def part_of(step: Step) -> str:
    """Return where a run with parts stands: `3/7 Run the tests`."""
    parts = step["parts"] or []
    for number, part in enumerate(parts, start=1):
        if part.get("state") == "running":
            return f"{number}/{len(parts)} {part.get('name', '')}"
    return ""
