"""The server as a process: where it listens, how it ends, when it refuses to begin."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator

import httpx2
import pytest

from acting import DIAMOND
from stateroom.app import Server, create_app, listen, serve
from stateroom.client import Client
from stateroom.domains.identity.token import read_token
from stateroom.errors import Conflict, DatabaseUnavailable, NotReady, StateroomError, UnsafeRole

CODE = "from stateroom.app import serve; from stateroom.settings import Settings; serve(Settings(), ready=print)"
pytestmark = pytest.mark.process


@pytest.fixture
async def process(db) -> AsyncIterator[tuple[Process, str]]:
    """A server in a process of its own, and its URL."""
    env = db.env(STATEROOM_PORT="0", PYTHONUNBUFFERED="1")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", CODE, env=env, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(30):
        url = (await process.stdout.readline()).decode().strip()
    yield process, url
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_sigterm_ends_it_with_streams_open(process, home):
    server, url = process
    async with Client(url, read_token(home)) as client:
        await client.publish("ci", DIAMOND)
        run = await client.start_run("ci")
        streams = [client.follow(run["id"], patience=0) for _ in range(3)]
        for stream in streams:
            assert (await anext(stream))["event"] == "snapshot"
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await server.wait() == 0
        assert time.monotonic() - began < 3
        for stream in streams:
            with pytest.raises(NotReady):
                await anext(stream)
    assert await server.stderr.read() == b""


async def test_it_hides_what_it_is_and_serves_the_page(process, home):
    _, url = process
    async with httpx2.AsyncClient(base_url=url) as http:
        answer = await http.get("/", params={"token": read_token(home)}, follow_redirects=True)
        assert answer.status_code == 200
        assert str(answer.url) == f"{url}/"
        assert "server" not in answer.headers
        assert answer.headers["content-type"].startswith("text/html")
        script = await http.get("/static/main.js")
        assert "javascript" in script.headers["content-type"]
        assert (await http.get("/static/main.js", headers={"If-None-Match": script.headers["etag"]})).status_code == 304


async def test_a_client_reconnects_to_a_server_that_restarts(db, hand):
    opened = listen(db.settings(port=0))
    port = opened.getsockname()[1]
    serving, server = await begin(db, opened)
    token = read_token(db.home)
    async with Client(f"http://127.0.0.1:{port}", token) as client:
        await client.publish("ci", DIAMOND)
        run = await client.start_run("ci")
        stream = client.follow(run["id"], patience=20)
        await anext(stream)
        server.handle_exit(signal.SIGTERM, None)
        await serving
        opened.close()
        await hand.drain()
        opened = listen(db.settings(port=port))
        serving, server = await begin(db, opened)
        rest = [event["event"] async for event in stream]
    assert (rest[0], rest[-1]) == ("snapshot", "end")
    server.handle_exit(signal.SIGTERM, None)
    await serving
    opened.close()


async def begin(db, opened) -> tuple[asyncio.Task, Server]:
    ready = asyncio.Event()
    server = Server(create_app(db.settings()), ready=lambda _: ready.set())
    serving = asyncio.create_task(server.serve_app(opened))
    async with asyncio.timeout(20):
        await ready.wait()
    return serving, server


def test_a_busy_port_is_one_clear_message(db):
    with listen(db.settings(port=0)) as opened:
        settings = db.settings(port=opened.getsockname()[1])
        with pytest.raises(Conflict, match="is taken by another program") as raised:
            serve(settings)
    assert "STATEROOM_PORT" in raised.value.hint
    with pytest.raises(StateroomError, match="cannot listen"):
        listen(db.settings(host="203.0.113.7"))


async def test_it_refuses_what_it_must_not_serve_with(db):
    for login, error in (("admin", UnsafeRole), ("maintenance", UnsafeRole)):
        app = create_app(db.settings(app_url=db.dsn(login)))
        with pytest.raises(error):
            async with app.router.lifespan_context(app):
                pass
    app = create_app(db.settings(app_url="postgresql://a:b@127.0.0.1:1/none"))
    with pytest.raises(DatabaseUnavailable):
        async with app.router.lifespan_context(app):
            pass


async def test_without_the_local_user_it_says_what_to_do(db):
    maintenance = await db.connect()
    await maintenance.execute("update stateroom.users set is_active = false")
    app = create_app(db.settings())
    with pytest.raises(NotReady, match="local does not exist") as raised:
        async with app.router.lifespan_context(app):
            pass
    assert "db init" in raised.value.hint
