"""The command `up`: everything on this machine, and a pipeline executed in front of the user.

first on this home ──► starts the stack, runs FILE, stays up (or ends with --once)
another one runs   ──► attaches: runs FILE through it, and never stops it
"""

import asyncio
import os
import signal
import sys
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from stateroom.cli.exits import Exit
from stateroom.cli.follow import follow
from stateroom.cli.options import (
    Concurrency,
    Handlers,
    Host,
    IncludeUncommitted,
    JsonFlag,
    Port,
    SkipUnsupported,
    Source,
)
from stateroom.cli.output import console
from stateroom.cli.pipeline import Pipeline
from stateroom.cli.remote import load_settings
from stateroom.cli.report import link_of
from stateroom.cli.running import Running, only_one
from stateroom.cli.stack import Stack, choose_port
from stateroom.cli.voice import Voice
from stateroom.client import Client
from stateroom.db.credentials import is_embedded
from stateroom.db.server_home import Home
from stateroom.domains.identity.token import read_token
from stateroom.errors import DatabaseUnavailable, InvalidInput, NotReady
from stateroom.loading import load_app
from stateroom.settings import Settings
from stateroom.version import __version__

app = typer.Typer(add_completion=False)

ATTACH_SECONDS: Final = 90
POLL_SECONDS: Final = 0.2
ANSWER_SECONDS: Final = 1.0
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@app.command()
def up(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Workflow file to run: Stateroom's or GitHub Actions' YAML.")
    ] = None,
    *,
    once: Annotated[bool, typer.Option("--once", help="End when FILE has run, with its status.")] = False,
    source: Source = None,
    include_uncommitted: IncludeUncommitted = False,
    skip_unsupported: SkipUnsupported = False,
    handlers: Handlers = None,
    host: Host = None,
    port: Port = None,
    concurrency: Concurrency = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the page in a browser.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Start everything on this machine and run FILE in front of you."""
    if once and file is None:
        raise InvalidInput("--once needs a FILE to run", hint="stateroom up --once FILE")
    settings = load_settings(host=host, port=port, concurrency=concurrency)
    pipeline = None
    if file is not None:
        pipeline = Pipeline.read(
            file,
            source=source,
            include_uncommitted=include_uncommitted,
            skip_unsupported=skip_unsupported,
            as_json=as_json,
        )
    if handlers:
        load_app(handlers)  # to be told now, and not by a worker that cannot start
    voice = Voice(console(), as_json=as_json)
    shown = not (no_open or once or as_json) and _has_browser()
    raise typer.Exit(asyncio.run(Up(settings, voice, pipeline, handlers, once=once, browser=shown).main()))


@dataclass(slots=True)
class Up:
    """One `up`, from its first line to its exit status."""

    settings: Settings
    voice: Voice
    pipeline: Pipeline | None
    handlers: str | None
    once: bool
    browser: bool
    stack: Stack | None = None
    resting: bool = False
    signalled: int = 0

    async def main(self) -> int:
        """Work until the end or a signal; the first signal drains, the second ends at once."""
        task = asyncio.create_task(self._first_or_attached())
        loop = asyncio.get_running_loop()

        def on_signal(number: int) -> None:
            if not self.signalled:
                self.signalled = number
                if self.stack is not None:
                    self.voice.note(
                        f"stopping; what runs gets up to {self.settings.shutdown_grace_seconds:g} s to end (once more: "
                        "at once), and the rest goes on at the next `stateroom up`"
                    )
                task.cancel()
            elif self.stack is not None:
                self.stack.kill()

        for number in SIGNALS:
            loop.add_signal_handler(number, on_signal, number)
        try:
            return await task
        except asyncio.CancelledError:
            if not self.signalled:
                raise
            # Ctrl-C is how one ends a server that only stays up; a pipeline that it cuts off has not succeeded.
            return Exit.OK if self.resting else 128 + self.signalled

    async def _first_or_attached(self) -> int:
        home = self._home()
        self.voice.fact("stateroom", f"{__version__}, home {home}", version=__version__, home=str(home))
        deadline = time.monotonic() + ATTACH_SECONDS
        while True:
            with only_one(home) as first:
                if first:
                    return await self._serve()
            running = Running.load(home)
            if running is not None and await _answers(running.url):
                return await self._attach(running)
            if time.monotonic() > deadline:
                raise NotReady(
                    f"another `stateroom up` serves {home}, but its API does not answer",
                    hint="look at it, or end it; STATEROOM_HOME names another home",
                )
            await asyncio.sleep(POLL_SECONDS)

    def _home(self) -> Path:
        """Make the home folder if it is missing."""
        home = self.settings.home.absolute()
        if is_embedded(self.settings):
            Home(home).prepare(self.voice.note)
        else:
            home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return home

    async def _serve(self) -> int:
        if self.pipeline is not None and is_embedded(self.settings):
            self.pipeline.require_handlers(self.handlers)  # there is no other worker that could have them
        port = choose_port(self.settings)
        if port != self.settings.port and self.settings.port:
            self.voice.note(f"port {self.settings.port} is in use, so the API takes {port} (--port chooses another)")
        home = self.settings.home.absolute()
        settings = self.settings.model_copy(update={"port": port, "home": home, "api_url": None})
        Running.forget(home)
        self.stack = Stack(settings, self.voice, self.handlers)
        async with self.stack.running() as client:
            Running(os.getpid(), client.url).save(home)
            try:
                self.voice.fact("API", f"{client.url}  (logs in {home / 'log'})", url=client.url)
                return await self._work(client, read_token(home), ends="Ctrl-C stops everything.")
            finally:
                Running.forget(home)

    async def _attach(self, running: Running) -> int:
        self.voice.fact(
            "attached", f"to `stateroom up` (process {running.pid}), which serves this home already", pid=running.pid
        )
        if self.handlers:
            self.voice.note("--handlers is not used: the running worker keeps the handlers that it was started with")
        token = read_token(self.settings.home)
        async with Client(running.url, token) as client:
            self.voice.fact("API", running.url, url=running.url)
            return await self._work(client, token, ends="Ctrl-C ends only this view.", beside=running)

    async def _work(self, client: Client, token: str, *, ends: str, beside: Running | None = None) -> int:
        link = link_of(client.url, token)
        self.voice.fact("page", link, url=link)
        if self.browser and beside is None:
            webbrowser.open(link)
        status = Exit.OK
        if self.pipeline is not None:
            status = await self._run(client, self.pipeline, stays=beside is not None or not self.once)
        if self.once:
            return status
        self.resting = True
        self.voice.note(f"Everything stays up. {ends}" if beside is None else f"The other one stays up. {ends}")
        if beside is None:
            await asyncio.Event().wait()
        else:
            await _until_gone(beside, self.settings.home)
            self.voice.note("the `stateroom up` that this was attached to has ended")
        return status

    async def _run(self, client: Client, pipeline: Pipeline, *, stays: bool) -> Exit:
        run = await pipeline.start(client)
        voice = self.voice
        state = await follow(client, run["id"], console=voice.console, as_json=voice.as_json, stays=stays)
        return Exit.OK if state == "succeeded" else Exit.FAILED


async def _until_gone(running: Running, home: Path) -> None:
    while True:
        if Running.load(home) != running:
            return
        await asyncio.sleep(POLL_SECONDS)


async def _answers(url: str) -> bool:
    try:
        async with Client(url, timeout=ANSWER_SECONDS) as client:
            await client.health()
    except (NotReady, DatabaseUnavailable):
        return False
    return True


def _has_browser() -> bool:
    """Tell whether somebody sits before this terminal and could see a window; never a browser inside the terminal."""
    return sys.stdout.isatty() and (
        sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    )
