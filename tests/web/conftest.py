"""A real server and a real browser before it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, async_playwright

from acting import Hand
from stateroom.app import Server, create_app, listen
from stateroom.client import Client
from stateroom.domains.identity.token import read_token

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture
async def site(db) -> AsyncIterator[str]:
    """The URL of a real server."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    with listen(db.settings(port=0)) as opened:
        server = Server(create_app(db.settings()), ready=ready.set_result)
        serving = asyncio.create_task(server.serve_app(opened))
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        yield await ready
        server.handle_exit(0, None)
        await serving


@pytest.fixture
def token(site, home) -> str:
    assert site
    return read_token(home)


@pytest.fixture
async def client(site, token) -> AsyncIterator[Client]:
    async with Client(site, token) as client:
        yield client


@pytest.fixture
async def hand(db) -> Hand:
    return await Hand.open(await db.connect("engine"))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        missing = "chromium is not installed: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser, site) -> AsyncIterator[Page]:
    """A page of our server that must not complain: no script errors, nothing that its policy forbids."""
    context = await browser.new_context(base_url=site, viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    yield page
    await context.close()
    assert complaints == []
