"""What `up` says while it works: short lines for people, JSON lines for programs."""

from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from stateroom.cli.output import print_json_line

LABEL_CELLS = 10


@dataclass(frozen=True, slots=True)
class Voice:
    """Says one thing at a time, above the live picture if there is one."""

    console: Console
    as_json: bool = False

    def fact(self, label: str, text: str, **data: object) -> None:
        """Say something that is now so: `API   http://127.0.0.1:8484`."""
        if self.as_json:
            print_json_line({"event": label, "data": data or {"message": text}})
            return
        self.console.print(Text.assemble((f"{label:<{LABEL_CELLS}}", "dim"), text), soft_wrap=True)

    def note(self, text: str) -> None:
        """Say what the user should know."""
        if self.as_json:
            print_json_line({"event": "note", "data": {"message": text}})
        else:
            self.console.print(text, style="dim", soft_wrap=True)

    def trouble(self, text: str, details: tuple[str, ...] = (), *, data: Mapping[str, object] | None = None) -> None:
        """Say what went wrong, with the lines that belong to it."""
        if self.as_json:
            print_json_line({"event": "trouble", "data": {"message": text, "details": details, **(data or {})}})
            return
        self.console.print(text, style="yellow", soft_wrap=True)
        for line in details:
            self.console.print(Text.assemble(("  │ ", "dim"), line), soft_wrap=True)
