"""What the engine hands to those who execute."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TaskDefinition:
    """How a task is executed; the same for all its runs.

    `options` are the step's {"when", "continue_on_error", "matrix", "outputs", "parts", "shell"}; empty for tasks
    that are no step.
    """

    id: UUID
    project_id: UUID
    title: str
    action: str
    handler: str | None
    command: str | None
    parameters: Mapping[str, object]
    env: Mapping[str, str]
    working_directory: str | None
    queue: str
    timeout_seconds: float
    max_retries: int
    step_key: str | None
    options: Mapping[str, object]
