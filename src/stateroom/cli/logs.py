"""Lines of output in a terminal or as JSON, each behind the step that wrote it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Self

from rich.console import Console
from rich.text import Text

from stateroom.cli.board import combination, name_of
from stateroom.cli.output import clean, console, print_json_line
from stateroom.client import Client
from stateroom.domains.runs.schema import LogLine, Step
from stateroom.errors import NotFound

PAGE: Final = 1000


@dataclass(slots=True)
class Lines:
    """Writes lines; knows the names of steps, and which step was asked for."""

    as_json: bool
    step: str | None
    out: Console = field(default_factory=console)
    names: dict[str, str] = field(default_factory=dict[str, str])
    wanted: set[str] = field(default_factory=set[str])

    @classmethod
    async def of(cls, client: Client, run_id: str, *, step: str | None, as_json: bool) -> Self:
        """Learn the steps of a run.

        Raises:
            NotFound: the run has no such step.
        """
        found = cls(as_json, step)
        steps = (await client.run(run_id))["steps"]
        found.learn(steps)
        if step is not None and not found.wanted:
            known = ", ".join(dict.fromkeys(each["step_key"] for each in steps))
            raise NotFound(f"the run has no step {step}", hint=f"It has: {known}")
        return found

    def learn(self, steps: Iterable[Step]) -> None:
        """Remember how steps are called."""
        for each in steps:
            self.names[each["id"]] = name_of(each)
            if self.step and self.step in {each["step_key"], name_of(each), combination(each)}:
                self.wanted.add(each["id"])

    def write(self, lines: Iterable[LogLine]) -> None:
        """Write those lines that were asked for."""
        for line in lines:
            if self.step is not None and line["task_run_id"] not in self.wanted:
                continue
            if self.as_json:
                print_json_line(line)
            else:
                self.out.print(self._text(line), soft_wrap=True)

    def _text(self, line: LogLine) -> Text:
        name = self.names.get(line["task_run_id"]) or line["step_key"] or line["task_run_id"]
        tries = f" [{line['attempt']}]" if line["attempt"] > 1 else ""
        style = {"stderr": "yellow", "system": "dim italic"}.get(line["stream"] or "", "")
        prefix = "" if len(self.wanted) == 1 else f"{name}{tries} │ "
        return Text.assemble((prefix, "dim"), (clean(line["message"]), style))


async def write_logs(client: Client, run_id: str, lines: Lines, *, last: int | None) -> None:
    """Write what there is, or the newest `last` lines of it."""
    only = next(iter(lines.wanted)) if len(lines.wanted) == 1 else None
    if last is not None:
        lines.write((await client.logs(run_id, task_run_id=only, last=last))["items"])
        return
    cursor: str | None = None
    more = True
    while more:
        page = await client.logs(run_id, after=cursor, limit=PAGE, task_run_id=only)
        lines.write(page["items"])
        cursor, more = page["next_cursor"], page["more"]
