"""The worker: one claim loop that feeds runs to their execution, and what keeps its session alive beside it."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Coroutine
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg

from stateroom.db.connect import our_errors
from stateroom.db.credentials import dsn_of
from stateroom.db.engine_pool import engine_pool
from stateroom.engine import calls
from stateroom.engine.types import Claim, SessionInfo, Verdict
from stateroom.errors import NotFound
from stateroom.handlers import Stateroom
from stateroom.runtime.completer import Completer
from stateroom.runtime.cursors import Cursors
from stateroom.runtime.execution import Execution
from stateroom.runtime.job import Host
from stateroom.runtime.lifeline import Lifeline
from stateroom.runtime.patience import AWAY, patiently
from stateroom.runtime.runners import Runners
from stateroom.runtime.running import Running, held
from stateroom.runtime.transactions import Transactions
from stateroom.settings import Settings
from stateroom.version import __version__

BUSY_CLAIMS: Final = 3
"""After so many claims in a row that found work a worker stops asking for notifications."""

_AWAY_SECONDS: Final = 0.2
END_SECONDS: Final = 5.0
"""How long saying goodbye may take once a second signal has come."""


async def run_worker(settings: Settings, app: Stateroom | None = None) -> None:
    """Claim and execute runs until SIGTERM or SIGINT, then drain; a second signal ends at once.

    Raises:
        DatabaseUnavailable: the server cannot be reached at the start. Later it is waited for.
        UnsafeRole: the login could walk around row security.
    """
    pool = await engine_pool(settings)
    try:
        async with Host(
            settings.home,
            output_limit_bytes=settings.output_limit_bytes,
            output_tail_bytes=settings.output_tail_bytes,
        ) as host:
            worker = Worker(settings, pool, app or Stateroom(), host)
            with _signals(worker):
                await worker.run()
    finally:
        pool.terminate()


@contextlib.contextmanager
def _signals(worker: "Worker"):  # noqa: ANN202 (a generator of nothing)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, worker.stop)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


class Worker:
    """One session: claims, executes, reports, and says goodbye."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool, app: Stateroom, host: Host) -> None:
        """Do nothing yet."""
        self._settings = settings
        self._db = pool
        self._app = app
        self._running: dict[UUID, Running] = {}
        self._ready = asyncio.Event()
        self._cancel = asyncio.Event()
        self._freed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._ending = asyncio.Event()
        self._session_lost = asyncio.Event()
        self._completer = Completer(pool, written=self._freed.set)
        self._transactions = Transactions(settings, self._completer)
        self._execution = Execution(pool, self._completer, app, host, self._ended, self._transactions)
        self._runners = Runners(self._execution.run)
        self._cursors = Cursors(settings.queues)
        self._idle = False

    def stop(self) -> None:
        """Drain; said twice: end at once."""
        if self._stopping.is_set():
            self._ending.set()
            # should the server be away, there is nobody to say goodbye to; the guard takes the commands along
            asyncio.get_running_loop().call_later(END_SECONDS, os._exit, 1)
        self._stopping.set()
        self._ready.set()
        self._freed.set()

    async def run(self) -> None:
        """Work until stopped."""
        if self._app.handlers:
            with our_errors():
                await calls.register_handlers(self._db, json.dumps(self._app.registrations()))
        with our_errors():
            for name, definition in self._app.definitions().items():
                await calls.publish_code(self._db, name, json.dumps(definition))
        try:
            async with _beside(self._completer.run()):
                while not self._stopping.is_set():
                    await self._one_session()
        finally:
            self._execution.close()
            self._transactions.close()

    async def _one_session(self) -> None:
        """Open a session and work in it until the worker is stopped or the session is lost."""
        session = await self._open()
        lifeline = Lifeline(dsn_of(self._settings, "engine", direct=True), ready=self._ready, cancel=self._cancel)
        async with _beside(lifeline.run(session, self._plugged), self._beat(session)):
            await self._until_lost(self._claim_all(session))
            if not self._session_lost.is_set():
                await self._drain()
                await self._say_goodbye(session)
        await self._forget_all()

    async def _open(self) -> UUID:
        session = SessionInfo(
            id=uuid4(),
            agent=f"worker@{socket.gethostname()}",
            host=socket.gethostname(),
            pid=os.getpid(),
            capacity=self._settings.concurrency,
            queues=self._settings.queues,
            handlers=tuple(self._app.handlers),
            version=__version__,
        )
        while True:
            try:
                await calls.open_session(self._db, session, round(self._settings.session_ttl_seconds))
            except AWAY as error:
                _say(f"waiting for PostgreSQL: {error}")
                await asyncio.sleep(_AWAY_SECONDS)
            else:
                self._session_lost.clear()
                self._idle = False  # as the new session's row says
                self._completer.session = session.id
                self._cursors.rewind()
                return session.id

    def _plugged(self, exists: bool) -> None:  # noqa: FBT001 (a callback)
        if not exists:
            self._session_lost.set()

    async def _until_lost(self, work: Coroutine[Any, Any, None]) -> None:
        """Do work until it is done or the session is lost."""
        task = asyncio.ensure_future(work)
        lost = asyncio.ensure_future(self._session_lost.wait())
        await asyncio.wait([task, lost], return_when=asyncio.FIRST_COMPLETED)
        for each in (task, lost):
            each.cancel()
        await asyncio.wait([task, lost])
        if not task.cancelled():
            task.result()

    async def _claim_all(self, session: UUID) -> None:
        busy = 0
        while not self._stopping.is_set():
            free = self._free()
            if free <= 0:
                self._freed.clear()
                await self._freed.wait()
                await asyncio.sleep(0)  # others may be free in the same moment: claim for all of them
                continue
            self._ready.clear()
            claims = await self._claim(session, free)
            for claim in claims:
                self._start(claim)
            busy = busy + 1 if claims else 0
            if busy == BUSY_CLAIMS:
                await self._set_idle(session, idle=False)
            if not claims and not self._idle:
                # from here on enqueuing sends hints; what came before is found by one more look
                await self._set_idle(session, idle=True)
            elif not claims:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._settings.poll_seconds):
                        await self._ready.wait()

    def _free(self) -> int:
        """How many runs to claim: while one batch of endings is written, another may be executed, and no more."""
        concurrency = self._settings.concurrency
        return min(concurrency - len(self._running), 2 * concurrency - len(self._completer.unwritten))

    async def _claim(self, session: UUID, free: int) -> list[Claim]:
        now = asyncio.get_running_loop().time()
        try:
            with our_errors():
                claims = await calls.claim(self._db, session, free, self._cursors.all())
        except AWAY:
            # it may have gone through, and only its answer was lost: give back what nobody here knows of
            await patiently(lambda: calls.release_all(self._db, session, self._known(), "its claim was not answered"))
            return []
        except NotFound:
            self._session_lost.set()
            return []
        self._cursors.move(claims, short=len(claims) < free, now=now)
        return claims

    def _known(self) -> list[UUID]:
        return [*self._running, *self._completer.unwritten]

    async def _set_idle(self, session: UUID, *, idle: bool) -> None:
        with contextlib.suppress(*AWAY):
            await calls.set_idle(self._db, session, idle=idle)
            self._idle = idle

    def _start(self, claim: Claim) -> None:
        running = self._running[claim.run] = Running(claim, self._completer, self._app)
        self._runners.add(running)

    def _ended(self, running: Running) -> None:
        if self._running.get(running.claim.run) is running:
            del self._running[running.claim.run]
        self._freed.set()

    async def _beat(self, session: UUID) -> None:
        """Extend the session, and stop what must stop; without the server for too long, everything must."""
        loop = asyncio.get_running_loop()
        settings = self._settings
        good_until = loop.time() + settings.session_ttl_seconds
        while True:
            sent = loop.time()
            try:
                verdicts = await calls.heartbeat(
                    self._db, session, round(settings.session_ttl_seconds), held(self._running)
                )
            except AWAY:
                if loop.time() > good_until:
                    self._session_lost.set()
                await asyncio.sleep(_AWAY_SECONDS)
                continue
            good_until = sent + settings.session_ttl_seconds
            for verdict in verdicts:
                self._obey(verdict)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(settings.heartbeat_seconds):
                    await self._cancel.wait()
            self._cancel.clear()

    def _obey(self, verdict: Verdict) -> None:
        if verdict.run is None:
            self._session_lost.set()
        elif verdict.run in self._running:
            self._running[verdict.run].end("cancelled" if verdict.cancel else "lost")

    async def _drain(self) -> None:
        """Let running work end within the grace; then stop it and give it back."""
        ending = asyncio.ensure_future(self._ending.wait())
        ended = asyncio.ensure_future(self._all_ended())
        try:
            if self._running:
                _say(f"draining: {len(self._running)} running; a second signal gives them back at once")
                await asyncio.wait(
                    [ended, ending],
                    timeout=self._settings.shutdown_grace_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
        finally:
            ending.cancel()
            ended.cancel()
        for running in self._running.values():
            running.end("released")
        if self._ending.is_set():
            for task in self._runners.tasks:
                task.cancel()
        await self._all_ended()

    async def _all_ended(self) -> None:
        while self._running:
            self._freed.clear()
            await self._freed.wait()

    async def _say_goodbye(self, session: UUID) -> None:
        with contextlib.suppress(TimeoutError, *AWAY):
            async with asyncio.timeout(5):
                await self._completer.drain()
                await calls.close_session(self._db, session)

    async def _forget_all(self) -> None:
        """Stop what a lost session still executes: others have it now."""
        for running in self._running.values():
            running.end("lost")
        await self._all_ended()


@contextlib.asynccontextmanager
async def _beside(*work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Run tasks beside the body, and cancel them after it; should one fail, the body fails with it."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in work]
        yield
        for task in tasks:
            task.cancel()


def _say(text: str) -> None:
    print(f"stateroom worker: {text}", file=sys.stderr, flush=True)  # noqa: T201 (a worker's log is its stderr)
