"""The composition root of the API: pool, guard, routes and pages become one application, and one server.

uvicorn ── Envelope ── Guard ── BodyLimit ── routes of the domains, pages ── as_user ── PostgreSQL
problems    token    1 MiB        (thin)                         (row security)
"""

import asyncio
import errno
import socket
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from stateroom.core.cache import Caches
from stateroom.core.keys import key_ring
from stateroom.db.credentials import dsn_of
from stateroom.db.hints import Hints
from stateroom.db.pools import Caller, open_pools
from stateroom.domains.identity.guard import REQUEST_ID, Door, Guard
from stateroom.domains.identity.service import local_user
from stateroom.domains.identity.token import ensure_token
from stateroom.domains.observability.routes import router as health
from stateroom.domains.runs.live import Streams
from stateroom.domains.runs.routes import router as runs
from stateroom.domains.schedules.routes import router as schedules
from stateroom.domains.settings_store.routes import router as stored_settings
from stateroom.domains.workflows.routes import router as workflows
from stateroom.errors import Conflict, InvalidInput, StateroomError
from stateroom.runtime import source
from stateroom.settings import Settings
from stateroom.version import __version__
from stateroom.web import openapi
from stateroom.web.envelope import BodyLimit, Envelope
from stateroom.web.pages import add_pages
from stateroom.web.problems import answer

GRACE_SECONDS: Final = 5
"""Streams end at once when the server stops; this is for requests that are under way."""


def create_app(settings: Settings) -> FastAPI:
    """Put the application together; its pools open with its lifespan, which refuses an unsafe login."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_pools(settings) as pools:
            key_ring(settings)  # makes the key file at the first start
            token = settings.token.get_secret_value() if settings.token else ensure_token(settings.home)
            app.state.door = Door(pools, token, Caller(await local_user(pools.priority), "admin"))
            listening = asyncio.create_task(Hints(dsn_of(settings, "app", direct=True), app.state.caches).run())
            try:
                yield
            finally:
                app.state.streams.stopping.set()
                listening.cancel()
                await asyncio.wait((listening,))

    app = FastAPI(
        title="Stateroom", version=__version__, lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None
    )
    app.state.embedded = settings.app_url is None
    app.state.streams = Streams()
    app.state.settings = settings
    app.state.caches = Caches(settings.cache_seconds, settings.cache_entries)
    app.state.describe_source = describe_source
    for router in (health, runs, workflows, schedules, stored_settings):
        app.include_router(router)
    add_pages(app)

    @app.get("/api/openapi.json", include_in_schema=False)
    async def describe_api() -> JSONResponse:  # pyright: ignore[reportUnusedFunction]  the decorator uses it
        return JSONResponse(openapi.describe(app))

    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _answer)
    # The last one is the outermost.
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, hosts=_hosts(settings), addresses=_addresses(settings))
    app.add_middleware(Envelope)
    return app


async def describe_source(path: str, include_uncommitted: bool) -> Mapping[str, object]:  # noqa: FBT001  as the domain calls it
    """Say what a source folder of this machine holds now."""
    if not Path(path).is_absolute():
        raise InvalidInput(f"source.path: {path!r} is not an absolute path")
    found = await asyncio.to_thread(source.describe, Path(path), include_uncommitted=include_uncommitted)
    return found.as_dict()


def listen(settings: Settings) -> socket.socket:
    """Open the socket of the API; port 0 takes any free one.

    Raises:
        StateroomError: the port is taken, or the address is not one of this machine.
    """
    try:
        family, *_, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        # Closes what it cannot bind; a port that another server has just left may be taken again at once.
        return socket.create_server(address, family=family, backlog=1024)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        if error.errno == errno.EADDRINUSE:
            raise Conflict(
                f"{where} is taken by another program", hint="Set STATEROOM_PORT to another port, or to 0 for any."
            ) from error
        raise StateroomError(
            f"cannot listen on {where}: {error}", hint="Set STATEROOM_HOST and STATEROOM_PORT."
        ) from error


def serve(settings: Settings, *, ready: Callable[[str], None] | None = None) -> None:
    """Serve API and pages until SIGTERM or SIGINT; `ready` is called with the base URL once requests are answered.

    Raises:
        StateroomError: the port is taken, the database is away or not set up, or the login is unsafe.
    """
    with listen(settings) as opened:
        server = Server(create_app(settings), ready=ready)
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(server.serve_app(opened))


class Server(uvicorn.Server):
    """Ends streams as soon as it is told to stop, says when it is ready, and exits with 0 after a signal."""

    def __init__(self, app: FastAPI, *, ready: Callable[[str], None] | None = None) -> None:
        """Serve an application."""
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)
        self._app = app
        self._ready = ready

    async def serve_app(self, opened: socket.socket) -> None:
        """Serve on an open socket; what keeps the application from starting is raised here and not only logged."""
        async with self._app.router.lifespan_context(self._app):
            await self.serve(sockets=[opened])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell where."""
        await super().startup(sockets)
        if self._ready is not None and sockets:
            host, port = sockets[0].getsockname()[:2]
            self._ready(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; on a second signal at once."""
        del sig, frame
        self._app.state.streams.stopping.set()
        self.force_exit = self.should_exit
        self.should_exit = True


async def _answer(request: Request, error: Exception) -> Response:
    return answer(error, request.scope[REQUEST_ID])


def _hosts(settings: Settings) -> tuple[str, ...]:
    return (f"[{settings.host}]" if ":" in settings.host else settings.host,)


def _addresses(settings: Settings) -> tuple[str, ...]:
    """Return the address of a proxy before us, if the settings name one."""
    return (urlsplit(settings.api_url).netloc,) if settings.api_url else ()
