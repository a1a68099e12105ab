"""The normalized definition: what both dialects become, what is published, and what the worker executes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stateroom.domains.workflows.files.conditions import Condition
    from stateroom.domains.workflows.files.nodes import Json

RETRY_POLICY: Final[Mapping[str, float]] = MappingProxyType(
    {
        "initial_seconds": 1,
        "factor": 2,
        "maximum_seconds": 300,
        "jitter": 0.2,
    }
)


@dataclass(frozen=True, slots=True)
class Need:
    """An edge: the step that has to end first, and how."""

    step: str
    condition: Condition = "success"


@dataclass(frozen=True, slots=True)
class Part:
    """One of the things that a step executes in order; without `run` it does nothing but say its `note`."""

    name: str
    id: str | None = None
    run: str | None = None
    shell: str | None = None
    working_directory: str | None = None
    env: dict[str, str] = field(default_factory=dict[str, str])
    when: str | None = None
    # A text is an expression, which only the worker can evaluate.
    continue_on_error: bool | str = False
    timeout_seconds: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a command, a handler, or parts in order."""

    key: str
    title: str
    action: str = "command"
    command: str | None = None
    handler: str | None = None
    parameters: Mapping[str, Json] = field(default_factory=dict[str, "Json"])
    shell: str | None = None
    env: dict[str, str] = field(default_factory=dict[str, str])
    working_directory: str | None = None
    timeout_seconds: int = 1800
    max_retries: int = 0
    retry_policy: dict[str, float] = field(default_factory=lambda: dict(RETRY_POLICY))
    queue: str = "default"
    priority: int = 0
    needs: tuple[Need, ...] = ()
    when: str | None = None
    continue_on_error: bool | list[int] = False
    matrix: list[dict[str, Json]] | None = None
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A whole definition; its steps stand in topological order. A run that takes longer than its time is stopped."""

    name: str
    description: str
    env: dict[str, str]
    steps: tuple[Step, ...]
    timeout_seconds: int = 3600

    def as_json(self) -> dict[str, object]:
        """Return the definition as JSON."""
        # The trip through JSON makes it what the database will give back: lists, and nothing shared between steps.
        definition: dict[str, object] = json.loads(json.dumps(self, default=_members, allow_nan=False))
        return definition


def _members(item: Workflow | Step | Part | Need) -> dict[str, object]:
    return {each.name: getattr(item, each.name) for each in fields(item)}
