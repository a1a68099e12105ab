"""Workflows of a seeded world: definitions of three steps, and finished runs of them."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from asyncpg.pgproto.pgproto import UUID

from stateroom.db.seed.ids import moment
from stateroom.db.seed.world import DAY, Project, Row, World

STEPS: Final = ("build", "test", "deploy")
COMMAND: Final = "true"
FLOWS_PER_RUN: Final = 1000
"""One workflow run for so many task runs."""


@dataclass(frozen=True, slots=True)
class _Flow:
    """A workflow with its version and its steps, and how often it ran."""

    id: UUID
    version: UUID
    project: Project
    steps: tuple[UUID, ...]
    runs: int


class Flows:
    """Rows of one table for each method."""

    def __init__(self, world: World) -> None:
        """Plan for this world: one workflow for fifty projects."""
        self._world = world
        total = world.sizes.runs // FLOWS_PER_RUN
        count = max(1, world.sizes.projects // 50)
        at = world.ids.at
        self._flows = [
            _Flow(
                *(at(world.since), at(world.since), world.projects[number * 37 % len(world.projects)]),
                *(tuple(at(world.since) for _ in STEPS), total // count + (number < total % count)),
            )
            for number in range(count)
        ]

    @property
    def step_runs(self) -> int:
        """How many task runs the workflow runs have."""
        return sum(flow.runs for flow in self._flows) * len(STEPS)

    def workflows(self) -> Iterator[Row]:
        """Rows of workflows: id, project_id, name, description, type, latest_version, next_run_number, created_at."""
        world = self._world
        for number, flow in enumerate(self._flows, 1):
            name, text = f"{world.write.title()} {number}", world.write.text(30)
            yield flow.id, flow.project.id, name, text, "ci_cd", 1, flow.runs + 1, moment(world.since)

    def versions(self) -> Iterator[Row]:
        """Rows of workflow_versions: id, workflow_id, version, definition, content_hash, published_by, created_at."""
        steps = [
            {"key": key, "action": "command", "command": COMMAND, "needs": [{"step": before, "condition": "success"}]}
            if before
            else {"key": key, "action": "command", "command": COMMAND}
            for key, before in zip(STEPS, (None, *STEPS), strict=False)
        ]
        definition = json.dumps({"steps": steps})
        digest = hashlib.sha256(definition.encode()).hexdigest()
        for flow in self._flows:
            yield flow.version, flow.id, 1, definition, digest, flow.project.members[0], moment(self._world.since)

    def steps(self) -> Iterator[Row]:
        """Rows of tasks: id, project_id, kind, title, workflow_version_id, step_key, step_options, action, command."""
        for flow in self._flows:
            for number, (step, name) in enumerate(zip(flow.steps, STEPS, strict=True)):
                yield step, flow.project.id, "step", name, flow.version, name, "{}", "command", COMMAND, number, None

    def edges(self) -> Iterator[Row]:
        """Rows of task_dependencies: id, task_id, depends_on_task_id."""
        for flow in self._flows:
            for before, step in zip(flow.steps, flow.steps[1:], strict=False):
                yield self._world.ids.at(self._world.since), step, before

    def runs(self) -> Iterator[tuple[Row, tuple[Row, ...]]]:
        """Rows of workflow_runs, each with the rows of task_runs of its steps, in the order of time."""
        world = self._world
        for flow in self._flows:
            for number in range(1, flow.runs + 1):
                began = world.since + (world.now - world.since - DAY) * number / (flow.runs + 1)
                run, state = world.ids.at(began), "succeeded" if world.random.random() < 0.9 else "failed"
                ended = moment(began + 60)
                whole = (run, flow.id, flow.project.id, flow.version, 1, number, state, moment(began), ended)
                yield whole, tuple(self._steps_of(flow, run, began, state))

    def _steps_of(self, flow: _Flow, run: UUID, began: float, state: str) -> Iterator[Row]:
        for number, step in enumerate(flow.steps):
            first, last = began + 20 * number, began + 20 * (number + 1)
            ended = state if number == len(flow.steps) - 1 else "succeeded"
            task_run = self._world.ids.at(began + number / 1000)
            yield task_run, step, flow.project.id, run, moment(first), moment(last), 1, ended, "default"
