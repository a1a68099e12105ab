"""Executes one claimed command run: its condition, a fresh working copy, its command or its parts, its outputs."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

from stateroom.domains.workflows.files.expressions import ExpressionError
from stateroom.errors import StateroomError
from stateroom.runtime.context import Contexts, needs_status
from stateroom.runtime.git import Stopped
from stateroom.runtime.output import Output
from stateroom.runtime.parts import Parts
from stateroom.runtime.processes import Guard, GuardLost
from stateroom.runtime.room import Ended, Room, Script
from stateroom.runtime.source import Source, copy
from stateroom.runtime.work import Outcome, RunIO, Work
from stateroom.runtime.workspace import WorkFolder, remove_tree

__all__ = ["Host", "Outcome", "RunIO", "Work", "execute"]

_T = TypeVar("_T")
_COPIERS: Final = 4


class Host:
    """What a worker keeps between runs: the guard of its commands, and the folder of its working copies.

    `home` is Stateroom's home, in which that folder is (`work/`), and which is never copied; without it working copies
    are made among the system's temporary files. Sizes are bytes per run.
    """

    def __init__(
        self, home: Path | None = None, *, output_limit_bytes: int = 10 << 20, output_tail_bytes: int = 64 << 10
    ) -> None:
        """Start nothing yet."""
        self.home = home
        self.guard = Guard()
        self.output_limit_bytes = output_limit_bytes
        self.output_tail_bytes = output_tail_bytes
        self._threads = ThreadPoolExecutor(_COPIERS, thread_name_prefix="stateroom-copy")
        self._folder: WorkFolder | None = None

    async def __aenter__(self) -> Self:
        """Open the folder, and sweep what workers that were killed have left."""
        self._folder = await self.in_thread(lambda: WorkFolder.open(self.home and self.home / "work"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill what still runs and remove the folder."""
        await self.guard.__aexit__(kind, error, trace)
        if self._folder is not None:
            await self.in_thread(self._folder.close)
        self._threads.shutdown()

    async def in_thread(self, work: Callable[[], _T]) -> _T:
        """Do blocking work; a cancelled caller still waits for it, since it may be using a folder."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    @contextlib.asynccontextmanager
    async def fresh_folder(self) -> AsyncGenerator[Path]:
        """Give a new empty folder, and remove it in the end whatever has been made of it."""
        if self._folder is None:
            raise RuntimeError("the host has not been entered")
        path = await self.in_thread(self._folder.fresh)
        try:
            yield path
        finally:
            await self.in_thread(lambda: remove_tree(path))


async def execute(work: Work, io: RunIO, host: Host) -> Outcome:
    """Execute one run; whatever goes wrong with it is its outcome.

    When the calling task is cancelled, the run's processes are killed and its folder is removed first.

    Raises:
        GuardLost: the guard process was killed, and the commands with it; the run can be given back.
    """
    output = Output(io.line, limit_bytes=host.output_limit_bytes, tail_bytes=host.output_tail_bytes)
    try:
        contexts = Contexts(work)
        when = work.task.options.get("when")
        if isinstance(when, str) and not contexts.holds(when, needs_status(work)):
            output.note(f"Skipped, since this is not true: {when}")
            return Outcome("skipped", output=output.tail)
        return await _execute(work, io, host, contexts=contexts, output=output)
    except ExpressionError as error:
        return _failed(output, "InvalidExpression", f"In an expression: {error.message}", retry=False)
    except GuardLost:
        raise
    except StateroomError as error:
        return _failed(output, "SourceUnavailable", f"{error.message} {error.hint or ''}".rstrip())
    except OSError as error:
        return _failed(output, type(error).__name__, f"The working copy cannot be made or used: {error}.")


async def _execute(work: Work, io: RunIO, host: Host, *, contexts: Contexts, output: Output) -> Outcome:
    deadline = asyncio.get_running_loop().time() + work.task.timeout_seconds
    async with host.fresh_folder() as folder:
        try:
            workspace = await _workspace(work, io, host, folder=folder, output=output, deadline=deadline)
        except Stopped:
            if io.cancelled.is_set():
                return Outcome("cancelled", output=output.tail)
            message = (
                f"The working copy was not ready after {work.task.timeout_seconds:g} s, the time of the whole run."
            )
            return replace(_failed(output, "TimedOut", message), state="timed_out")
        async with host.guard.scope() as scope:
            room = Room(
                work, contexts, folder=folder, workspace=workspace, scope=scope, output=output, deadline=deadline
            )
            outcome = await _run(work, io, room)
    return replace(outcome, output=output.tail)  # background processes may have printed until the scope's end


async def _workspace(work: Work, io: RunIO, host: Host, *, folder: Path, output: Output, deadline: float) -> Path:
    """Make the folder that commands run in; raise `Stopped` when the run is cancelled or late meanwhile."""
    source = work.source
    if source is None:
        place = folder / "work"
        place.mkdir()
        return place
    stop = threading.Event()
    making = asyncio.ensure_future(host.in_thread(lambda: copy(source, folder, avoid=host.home, stop=stop)))
    cancelled = asyncio.ensure_future(io.cancelled.wait())
    try:
        left = deadline - asyncio.get_running_loop().time()
        await asyncio.wait([making, cancelled], timeout=left, return_when=asyncio.FIRST_COMPLETED)
    finally:
        cancelled.cancel()
        if not making.done():
            stop.set()
            await asyncio.wait([making])
            making.exception()
    _, place = making.result()
    output.note(_describe(source, place))
    return place


async def _run(work: Work, io: RunIO, room: Room) -> Outcome:
    options = work.task.options
    listed = cast("Sequence[Mapping[str, Any]]", options.get("parts") or ())
    if not listed:
        script = Script(
            number=1,
            run=work.task.command or "",
            shell=cast("str | None", options.get("shell")),
            directory=work.task.working_directory,
        )
        ended = room.over(io.cancelled) or await room.run(script, io.cancelled)
        return _outcome(ended, outputs=ended.answers.outputs, summary=ended.answers.summary)
    parts = Parts(room, io, listed)
    await parts.run()
    ended = parts.failed or Ended("succeeded", 0)
    if parts.failed_name:
        ended = replace(ended, error_message=f"{parts.failed_name}: {ended.error_message or ended.state}")
    outputs: dict[str, str] = {}
    try:
        wanted = cast("Mapping[str, str]", options.get("outputs") or {})
        outputs = {name: room.contexts.text(template) for name, template in wanted.items()}
    except ExpressionError as error:
        wrong = room.wrong(None, "InvalidExpression", f"In an expression of the outputs: {error.message}")
        ended = wrong if ended.state == "succeeded" else ended
    return _outcome(ended, outputs=outputs, summary="\n".join(parts.summary), parts=parts.states)


def _outcome(
    ended: Ended,
    *,
    outputs: Mapping[str, str] | None = None,
    summary: str = "",
    parts: Sequence[Mapping[str, Any]] | None = None,
) -> Outcome:
    result: dict[str, Any] = {"outputs": dict(outputs)} if outputs else {}
    if summary:
        result = {"outputs": {}, **result, "summary": summary}
    state = "failed" if ended.state == "timed_out" and not ended.run_over else ended.state
    return Outcome(
        state=state,
        exit_code=ended.exit_code,
        parts=parts,
        result=result or None,
        error_type=ended.error_type,
        error_message=ended.error_message,
        retry=ended.retry,
    )


def _failed(output: Output, error_type: str, message: str, *, retry: bool = True) -> Outcome:
    output.note(message)
    return Outcome("failed", output=output.tail, error_type=error_type, error_message=message, retry=retry)


def _describe(source: Source, place: Path) -> str:
    if source.sha is None:
        return f"Working copy: {source.path} as it is now, in {place}"
    uncommitted = " and what is not committed" if source.dirty else ""
    return f"Working copy: {source.repository} at {source.sha[:12]} ({source.ref_name}){uncommitted}, in {place}"
