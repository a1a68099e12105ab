"""Follows a run until it ends: a live picture in a terminal, plain lines elsewhere, JSON lines for programs."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from rich.console import Console, Group
from rich.live import Live

from stateroom.cli.board import Board, Change, name_of
from stateroom.cli.drawing import Frame, attempt, draw, elapsed, note, reason, title
from stateroom.cli.output import LOOKS, print_json_line, utc_now, words
from stateroom.cli.report import report
from stateroom.client import Client
from stateroom.domains.runs.schema import Event, Logs, State

FRAME_SECONDS: Final = 0.2
FINAL_ROWS: Final = 30
_QUIET: Final = frozenset({"waiting", "queued"})


class View(Protocol):
    """Shows what happens; `logs` is how much of the output it wants to hear."""

    logs: Logs

    def showing(self, board: Board) -> AbstractAsyncContextManager[None]:
        """Show the board until the block ends."""
        ...

    def take(self, event: Event, changes: list[Change]) -> None:
        """Take note of one event and of the steps that it changed."""
        ...


@dataclass(slots=True)
class JsonLines:
    """One line of JSON for each event, as the API sends it."""

    logs: Logs = "all"

    @asynccontextmanager
    async def showing(self, board: Board) -> AsyncGenerator[None]:
        """Nothing is shown between events."""
        del board
        yield

    def take(self, event: Event, changes: list[Change]) -> None:
        """Print the event."""
        del changes
        print_json_line({"event": event["event"], "data": event["data"]})


@dataclass(slots=True)
class PlainLines:
    """One line for each step that starts, ends or is put off: for files, pipes and build servers."""

    console: Console
    logs: Logs = "none"
    _board: Board | None = None

    @asynccontextmanager
    async def showing(self, board: Board) -> AsyncGenerator[None]:
        """Keep the board, which lines are written from."""
        self._board = board
        yield

    def take(self, event: Event, changes: list[Change]) -> None:
        """Print what changed."""
        board = self._board
        if board is None or board.run is None:
            return
        now = utc_now()
        if event["event"] == "snapshot" and all(change.before is None for change in changes):
            self._print(now, board.state, f"{title(board.run)}: {board.steps_total} task runs")
        for change in changes:
            if change.step["state"] not in _QUIET:
                self._print(now, change.step["state"], _line(board, change, now))

    def _print(self, now: datetime, state: State, text: str) -> None:
        self.console.print(f"{now.astimezone():%H:%M:%S} {LOOKS[state].icon} {text}", soft_wrap=True)


@dataclass(slots=True)
class LivePicture:
    """The graph, drawn again five times a second, fitted to the terminal."""

    console: Console
    logs: Logs = "new"

    @asynccontextmanager
    async def showing(self, board: Board) -> AsyncGenerator[None]:
        """Draw until the block ends, then leave the last picture's place to the report."""
        with Live(console=self.console, auto_refresh=False, transient=True, redirect_stderr=False) as live:
            painter = asyncio.create_task(self._paint(live, board))
            try:
                yield
            finally:
                painter.cancel()
                with suppress(asyncio.CancelledError):
                    await painter

    def take(self, event: Event, changes: list[Change]) -> None:
        """The painter looks at the board by itself."""

    async def _paint(self, live: Live, board: Board) -> None:
        while True:
            size = self.console.size
            frame = Frame(size.width, size.height - 1, utc_now())
            live.update(Group(*draw(board, frame)), refresh=True)
            await asyncio.sleep(FRAME_SECONDS)


def view_for(console: Console, *, as_json: bool) -> View:
    """Return the view that fits where the output goes."""
    if as_json:
        return JsonLines()
    return LivePicture(console) if console.is_terminal and not console.is_dumb_terminal else PlainLines(console)


async def follow(client: Client, run_id: str, *, console: Console, as_json: bool, stays: bool = True) -> State:
    """Show a run until it ends, report on it, and return the state that it ended in."""
    board = Board()
    view = view_for(console, as_json=as_json)
    async with view.showing(board), aclosing(client.follow(run_id, logs=view.logs)) as events:
        async for event in events:
            view.take(event, board.apply(event))
    if not as_json:
        if isinstance(view, LivePicture):
            for line in draw(board, Frame(console.width, FINAL_ROWS, utc_now()))[1:]:
                console.print(line)
        await report(client, board, console, stays=stays)
    return board.state


def _line(board: Board, change: Change, now: datetime) -> str:
    step = change.step
    name, took = name_of(step), elapsed(step["started_at"], step["finished_at"], now)
    match step["state"]:
        case "running":
            return f"{name} started" + (f", {attempt(step)}" if step["attempt"] > 1 else "")
        case "failed" | "timed_out":
            return f"{name} {words(step['state'])} after {took}: {reason(step)}"
        case "succeeded":
            said = note(board, step, now)
            return f"{name} succeeded in {took}" + (f" {said}" if said else "")
        case state:
            said = note(board, step, now)
            return f"{name} {words(state)}" + (f": {said}" if said else "")
