"""What a worker gives to those who execute a command run, and what it gets back."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from uuid import UUID

from stateroom.engine.types import TaskDefinition
from stateroom.runtime.source import Source


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed run of a command, with all that its expressions may speak of.

    `needs` maps a step's key to {"result": success | failure | cancelled | skipped, "outputs": {…}}. Of two variables
    with the same name the step's wins over the workflow's, and what was given at the start (`run_env`) over both.
    """

    run_id: UUID
    token: int
    attempt: int
    task: TaskDefinition
    project_id: UUID
    workflow_run_id: UUID | None = None
    map_index: int | None = None
    matrix: Mapping[str, object] | None = None
    workflow_env: Mapping[str, str] = field(default_factory=dict[str, str])
    run_env: Mapping[str, str] = field(default_factory=dict[str, str])
    needs: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    source: Source | None = None
    input: Mapping[str, object] = field(default_factory=dict[str, object])
    workflow_name: str = ""
    run_number: int | None = None
    trigger: str = "manual"


class RunIO(Protocol):
    """Where a run's output goes; called in the event loop, and never waits."""

    @property
    def cancelled(self) -> asyncio.Event:
        """Set when the run is to stop."""
        ...

    def line(self, stream: str, part_no: int | None, text: str) -> None:
        """Take a line of stdout, stderr or system."""
        ...

    def parts(self, parts: Sequence[Mapping[str, Any]]) -> None:
        """Take the state of all parts, whenever one has changed."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `retry` is false where another attempt would end in the same way."""

    state: Literal["succeeded", "failed", "timed_out", "skipped", "cancelled"]
    exit_code: int | None = None
    output: str = ""
    parts: Sequence[Mapping[str, Any]] | None = None
    result: Mapping[str, Any] | None = None
    error_type: str | None = None
    error_message: str | None = None
    retry: bool = True
