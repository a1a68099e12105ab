"""What goes in and out of the engine's calls."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

FIRST_RUN = UUID(int=0)


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
    heartbeat_timeout_seconds: float | None
    max_retries: int
    step_key: str | None
    options: Mapping[str, object]


def definition_of(row: asyncpg.Record) -> TaskDefinition:
    """Decode a row of stateroom.task_definitions."""
    return TaskDefinition(
        id=row["id"],
        project_id=row["project_id"],
        title=row["title"],
        action=row["action"],
        handler=row["handler"],
        command=row["command"],
        parameters=json.loads(row["parameters"]),
        env=json.loads(row["env"]),
        working_directory=row["working_directory"],
        queue=row["queue"],
        timeout_seconds=row["timeout_seconds"],
        heartbeat_timeout_seconds=row["heartbeat_timeout_seconds"],
        max_retries=row["max_retries"],
        step_key=row["step_key"],
        options=json.loads(row["options"]),
    )


class Claim(NamedTuple):
    """A run that is leased to a session; the last four are its key in the queue, the claimer's new cursor.

    `input` is JSON text that nobody has decoded yet. Below `horizon` no transaction is open any more.
    """

    run: UUID
    token: int
    attempt: int
    task: UUID
    workflow_run: UUID | None
    map_index: int | None
    input: str | None
    lane: str
    rank: int
    xid: int
    horizon: int


@dataclass(frozen=True, slots=True)
class Cursor:
    """After which key a claim starts in a lane and rank."""

    lane: str
    rank: int
    xid: int = 0
    run: UUID = FIRST_RUN


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One live worker process."""

    id: UUID
    agent: str
    host: str
    pid: int
    capacity: int
    queues: tuple[str, ...]
    handlers: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A run that must stop: because that was asked for, or because its lease is gone. None: the whole session is."""

    run: UUID | None
    cancel: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed; `error` is the JSON object that stateroom.fail describes."""

    run: UUID
    token: int
    error: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a running run says about itself; None leaves what it said before. Progress and parts are JSON text."""

    run: UUID
    token: int
    progress: str | None
    parts: str | None
    last_line: str | None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of output; `stream` is stdout, stderr or system."""

    run: UUID
    token: int
    part_no: int | None
    line_no: int
    stream: str
    level: str
    at: datetime
    text: str


class DueSchedule(NamedTuple):
    """A schedule whose time has come, or that has none yet, with the clock of the database."""

    id: UUID
    cron_expression: str
    timezone: str
    next_run_at: datetime | None
    catchup_policy: str
    catchup_window_seconds: int
    clock: datetime
    jitter_seconds: int = 0
    changed_at: datetime | None = None


class Firing(NamedTuple):
    """What is to be done with a due schedule: the times to fire, its next one, and the one that follows that."""

    schedule: DueSchedule
    times: Sequence[datetime]
    next: datetime
    following: datetime | None
