"""The API over a real database, in-process."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from acting import Hand
from stateroom.app import Server, create_app, listen
from stateroom.client import Client
from stateroom.domains.identity.token import read_token

URL = "http://localhost:8484"


@pytest.fixture
async def app(db) -> AsyncIterator[FastAPI]:
    app = create_app(db.settings())
    app.state.home = db.home
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
def token(app) -> str:
    return read_token(app.state.home)


@pytest.fixture
async def client(app, token) -> AsyncIterator[Client]:
    async with Client(URL, token, transport=httpx2.ASGITransport(app)) as client:
        yield client


@pytest.fixture
async def http(app) -> AsyncIterator[httpx2.AsyncClient]:
    """Requests without a token, as they are."""
    async with httpx2.AsyncClient(base_url=URL, transport=httpx2.ASGITransport(app)) as http:
        yield http


@pytest.fixture
async def hand(db) -> Hand:
    return await Hand.open(await db.connect("engine"))


@pytest.fixture
async def served(db) -> AsyncIterator[str]:
    """The URL of a real server, on a socket of this machine."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[str] = loop.create_future()
    settings = db.settings(port=0)
    with listen(settings) as opened:
        server = Server(create_app(settings), ready=ready.set_result)
        serving = asyncio.create_task(server.serve_app(opened))
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        yield await ready
        server.handle_exit(0, None)
        await serving


@pytest.fixture
async def remote(served, home) -> AsyncIterator[Client]:
    """A client of that server."""
    async with Client(served, read_token(home)) as client:
        yield client
