"""Runs one command to its end, its time-out or its cancellation."""

import asyncio
import contextlib
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from stateroom.runtime.output import Feed, Output
from stateroom.runtime.processes import Process, Scope
from stateroom.runtime.streams import Streams

GRACE_SECONDS: Final = 5.0
"""Between SIGTERM and SIGKILL."""

LINGER_SECONDS: Final = 0.5
"""How long output is awaited that background processes still write after the command itself has ended."""


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended. `exit_code` is 128 + n when signal n ended it, as shells have it."""

    ended: Literal["exited", "timed_out", "cancelled"]
    exit_code: int

    @property
    def message(self) -> str:
        """Say it in words."""
        name = _signal_name(self.exit_code - 128)
        return f"exit code {self.exit_code}" + (f" (ended by {name})" if name else "")


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, with exactly this environment, and how long it may take."""

    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    timeout_seconds: float | None = None
    grace_seconds: float = GRACE_SECONDS
    part_no: int | None = None


async def run_command(scope: Scope, command: Command, *, output: Output, cancelled: asyncio.Event) -> CommandResult:
    """Run a command in its own session and process group, without any input.

    Processes that it leaves in the background live, and their output is read, until the scope ends. On time-out and
    cancellation the whole group gets SIGTERM, and SIGKILL after the grace.

    Raises:
        CommandNotStarted: the program or the folder does not exist, or is not allowed.
        GuardLost: the process that guards the worker's commands was killed.
    """
    streams = Streams(Feed(output, "stdout", command.part_no), Feed(output, "stderr", command.part_no))
    scope.at_end(streams)
    stdout, stderr = streams.writers
    process = await scope.start(command.argv, cwd=command.cwd, env=command.env, stdout=stdout, stderr=stderr)
    process.exited.add_done_callback(lambda _: streams.exited())
    ended = await _wait(process, command.timeout_seconds, cancelled)
    if ended == "exited":
        await asyncio.wait([streams.ended], timeout=LINGER_SECONDS)
    else:
        await _stop(process, streams, command.grace_seconds)
    status = await process.exited
    return CommandResult(ended, status if status >= 0 else 128 - status)


async def _wait(
    process: Process, timeout_seconds: float | None, cancelled: asyncio.Event
) -> Literal["exited", "timed_out", "cancelled"]:
    cancellation = asyncio.ensure_future(cancelled.wait())
    try:
        await asyncio.wait([process.exited, cancellation], timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        cancellation.cancel()
    if process.exited.done():
        return "exited"
    return "cancelled" if cancelled.is_set() else "timed_out"


async def _stop(process: Process, streams: Streams, grace_seconds: float) -> None:
    """End the whole group: with SIGTERM if it listens, with SIGKILL after the grace."""
    process.signal(signal.SIGTERM)
    await asyncio.wait([process.exited, streams.ended], timeout=grace_seconds)
    process.signal(signal.SIGKILL)


def _signal_name(number: int) -> str | None:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return None
