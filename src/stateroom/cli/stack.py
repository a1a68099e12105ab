"""Everything that one `up` starts, in this order, and ends in the other.

PostgreSQL (unless yours) → roles, migrations → API, scheduler, worker as kept children → ready
"""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stateroom.cli.voice import Voice
from stateroom.client import Client
from stateroom.db import migrate
from stateroom.db.credentials import dsn_of, is_embedded
from stateroom.db.embedded import HOST, EmbeddedServer
from stateroom.db.init import init_embedded
from stateroom.domains.identity.token import ensure_token
from stateroom.errors import DatabaseUnavailable, NotReady, StateroomError
from stateroom.runtime.supervisor import Backoff, Ended, Service, Supervisor
from stateroom.settings import Settings

START_SECONDS: Final = 60
POLL_SECONDS: Final = 0.05
SERVER_WATCH_SECONDS: Final = 0.3
PORTS_TRIED: Final = 50


class ServiceFailed(StateroomError):
    """Something that `up` starts could not be started."""

    code = "service_failed"


@dataclass(slots=True)
class Stack:
    """What runs; `kill` ends the children at once when somebody asks twice."""

    settings: Settings
    voice: Voice
    handlers: str | None
    supervisor: Supervisor = field(init=False)
    ready: bool = False

    def __post_init__(self) -> None:
        """Make the supervisor, which reports to this stack."""
        self.supervisor = Supervisor(self._ended)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Client]:
        """Start everything, and yield a client once the API answers and the worker is there; end all afterwards.

        Raises:
            StateroomError: something could not be started; message and hint say what and why.
        """
        settings = self.settings
        async with _database(settings, self.voice):
            token = ensure_token(settings.home)
            try:
                for name in ("api", "worker"):
                    self.supervisor.start(self._service(name))
                async with Client(url_from_here(settings), token) as client:
                    await self._until_ready(client)
                    # nothing waits for it, so it does not compete with the two that the user waits for
                    self.supervisor.start(self._service("scheduler"))
                    yield client
            finally:
                await self.supervisor.stop(grace_seconds=settings.shutdown_grace_seconds + 5)

    def kill(self) -> None:
        """End the children at once."""
        self.supervisor.kill()

    def _service(self, name: str) -> Service:
        settings = self.settings
        env = {
            "STATEROOM_HOME": str(settings.home),
            "STATEROOM_HOST": settings.host,
            "STATEROOM_PORT": str(settings.port),
            "STATEROOM_CONCURRENCY": str(settings.concurrency),
            "PYTHONUNBUFFERED": "1",
        }
        command = {
            "api": ("serve",),
            "scheduler": ("scheduler",),
            "worker": ("worker", *(("--handlers", self.handlers) if self.handlers else ())),
        }[name]
        # -P: modules of the current folder must not stand in for installed ones
        argv = (sys.executable, "-P", "-m", "stateroom", *command)
        return Service(name, argv, env, log_of(settings.home, name))

    async def _until_ready(self, client: Client) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not await self._is_ready(client):
            for name in ("api", "worker"):
                if self.supervisor.restarts(name):
                    raise self._failed(name)
            if time.monotonic() > deadline:
                raise ServiceFailed(
                    f"after {START_SECONDS} seconds there is still no API with a worker",
                    hint=f"the logs are in {log_of(self.settings.home, 'api').parent}",
                )
            await asyncio.sleep(POLL_SECONDS)
        self.ready = True

    async def _is_ready(self, client: Client) -> bool:
        """Tell whether the API answers and knows this worker, whose handlers are registered by then."""
        with suppress(NotReady, DatabaseUnavailable):
            health = await client.health()
            return self.supervisor.pid("worker") in {each["pid"] for each in health.get("workers", [])}
        return False

    def _failed(self, name: str) -> ServiceFailed:
        tail = "".join(f"\n  │ {line}" for line in self.supervisor.tail(name))
        return ServiceFailed(f"the {name} did not start:{tail}", hint=f"its log is {log_of(self.settings.home, name)}")

    def _ended(self, ended: Ended) -> None:
        if self.ready:
            self.voice.trouble(
                f"the {ended.service} {ended.how}; it starts again in {ended.restart_in:g} s",
                ended.tail[-5:] if ended.exit_code > 0 else (),
                data={"service": ended.service, "exit_code": ended.exit_code},
            )


def url_from_here(settings: Settings) -> str:
    """Return the API's URL for this machine: what listens everywhere is reached through the loopback."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)
    return settings.model_copy(update={"host": everywhere.get(settings.host, settings.host)}).url


def log_of(home: Path, name: str) -> Path:
    """Return where a service's lines go."""
    return home / "log" / f"{name}.log"


def choose_port(settings: Settings) -> int:
    """Return a port that is free: the one that was asked for, else the next from the default on.

    Raises:
        ServiceFailed: the port that was asked for is in use.
    """
    if _is_free(settings.host, settings.port):
        return settings.port or _any_port(settings.host)
    if "port" in settings.model_fields_set:
        raise ServiceFailed(
            f"port {settings.port} on {settings.host} is in use by another program",
            hint="choose another with --port or STATEROOM_PORT; --port 0 takes any free one",
        )
    following = range(settings.port + 1, settings.port + PORTS_TRIED)
    return next((port for port in following if _is_free(settings.host, port)), None) or _any_port(settings.host)


def _any_port(host: str) -> int:
    with socket.create_server((host, 0), family=_family(host)) as probe:
        return int(probe.getsockname()[1])


def _is_free(host: str, port: int) -> bool:
    try:
        with socket.create_server((host, port), family=_family(host)):
            return True
    except OSError:
        return False


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@asynccontextmanager
async def _database(settings: Settings, voice: Voice) -> AsyncGenerator[None]:
    """Keep a migrated database running; children find it through the environment or the home folder."""
    if not is_embedded(settings):
        change = await migrate.upgrade(dsn_of(settings, "maintenance", direct=True))
        voice.fact("database", f"yours, schema {change.after}", embedded=False, revision=change.after)
        yield
        return
    server = EmbeddedServer(settings.home, port=settings.embedded_port, say=voice.note)
    info = server.start()
    mine = info.started
    try:
        await init_embedded(info.admin_dsn, settings.home)
        voice.fact(
            "database",
            f"PostgreSQL on {HOST}:{info.port} {'started' if mine else 'was running'}, schema is up to date",
            embedded=True,
            port=info.port,
            pid=info.pid,
            started=mine,
        )

        def restarted() -> None:
            nonlocal mine
            mine = True

        keeper = asyncio.create_task(_keep_server(server, voice, restarted))
        try:
            yield
        finally:
            keeper.cancel()
    finally:
        if mine:
            server.stop()


async def _keep_server(server: EmbeddedServer, voice: Voice, restarted: Callable[[], None]) -> None:
    """Start PostgreSQL again whenever it is gone; the others reconnect by themselves."""
    backoff = Backoff()
    wait: float | None = None
    since = time.monotonic()
    while True:
        await asyncio.sleep(SERVER_WATCH_SECONDS)
        if server.status() is not None:
            continue
        try:
            info = server.start()
        except StateroomError as error:
            wait = backoff.after(0, wait)
            voice.trouble(f"PostgreSQL is gone and does not start: {error.message}; next try in {wait:g} s")
            await asyncio.sleep(wait)
            continue
        if info.started:
            wait = backoff.after(time.monotonic() - since, wait)
            since = time.monotonic()
            restarted()
            voice.trouble(f"PostgreSQL was gone; it runs again on {HOST}:{info.port}", data={"port": info.port})
            await asyncio.sleep(wait)
