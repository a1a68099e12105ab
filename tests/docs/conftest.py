"""One real `stateroom up` on a database of its own, before which the documentation's blocks are executed."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
from blocks import ROOT, Block, all_blocks
from console import Terminal

from stateroom.cli.running import Running
from stateroom.db.credentials import with_database, with_login

PATIENCE = 60
# The worker of `up` knows the handlers of all pages.
GATHER = """
import importlib
from stateroom import Stateroom
app = Stateroom()
for name in {names!r}:
    for each in importlib.import_module(name).app.handlers.values():
        kept = ("title", "max_retries", "retry_policy", "queue", "priority", "transaction")
        options = {{key: getattr(each.options, key) for key in kept}}
        app.task(name=each.name, timeout=each.options.timeout_seconds, **options)(each.function)
"""


@dataclass(frozen=True)
class Stack:
    """What runs, and how the documentation's people reach it."""

    folder: Path
    env: dict[str, str]
    logins: dict[str, str]
    suffix: str

    def place(self, page: str) -> Path:
        """The folder in which a page's reader works, with the files that the page has told them to write."""
        found = self.folder / page.replace("/", "_").removesuffix(".md")
        if not found.exists():
            shutil.copytree(ROOT / "examples", found / "examples", ignore=shutil.ignore_patterns("__pycache__"))
            for block in all_blocks():
                if block.page == page and "file" in block.said:
                    (found / block.said["file"]).write_text(block.text, encoding="utf-8")
        return found

    def sql(self, block: Block) -> None:
        """Execute a block as the login that it names."""
        asyncio.run(_execute(self.logins[block.said.get("as", "shop")], self.own(block.text)))

    def own(self, text: str) -> str:
        """Roles belong to the whole server, which other tests share: give ours another name."""
        return re.sub(r"\bshop\b", f"shop_{self.suffix}", text)


async def _execute(dsn: str, text: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(text)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def terminal(stack) -> Iterator[Terminal]:
    """Where the documentation's people type."""
    found = Terminal(stack.env)
    yield found
    found.close()


@pytest.fixture(scope="module")
def stack(dsns, tmp_path_factory) -> Iterator[Stack]:
    """A database with what readers have set up once, and a running `stateroom up` on it."""
    suffix = uuid.uuid4().hex[:8]
    name = f"docs_{suffix}"
    folder = tmp_path_factory.mktemp("docs")
    asyncio.run(_execute(dsns.admin, f"create database {name} template stateroom_template strategy file_copy"))
    found = Stack(folder, _env(dsns, name, folder), _logins(dsns, name, suffix), suffix)
    try:
        for block in all_blocks():
            if "once" in block.said:
                found.sql(block)
        with _running(found):
            yield found
    finally:
        asyncio.run(_execute(dsns.admin, f"drop database {name} with (force)"))
        asyncio.run(_execute(dsns.admin, f"drop role if exists shop_{suffix}"))


def _logins(dsns, name: str, suffix: str) -> dict[str, str]:
    admin = with_database(dsns.admin, name)
    given = {login: with_database(getattr(dsns, login), name) for login in ("maintenance", "app", "engine", "query")}
    return {**given, "admin": admin, "shop": with_login(admin, f"shop_{suffix}", "change-me")}


def _env(dsns, name: str, folder: Path) -> dict[str, str]:
    home = folder / "home"
    home.mkdir(mode=0o700)
    urls = {
        f"STATEROOM_{login.upper()}_URL": with_database(getattr(dsns, login), name)
        for login in ("maintenance", "app", "engine", "query")
    }
    urls["STATEROOM_DATABASE_URL"] = with_database(dsns.admin, name)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("STATEROOM_")}
    return {**kept, **urls, "STATEROOM_HOME": str(home), "PATH": path, "COLUMNS": "120", "NO_COLOR": "1"}


class _running:  # noqa: N801 (reads as a word)
    """`stateroom up` from its start to its end."""

    def __init__(self, stack: Stack):
        self._stack = stack

    def __enter__(self):
        modules = self._stack.folder / "handlers"
        shutil.copytree(ROOT / "examples", modules / "examples", ignore=shutil.ignore_patterns("__pycache__"))
        named = [block for block in all_blocks() if block.kind == "python" and "file" in block.said]
        for block in named:
            (modules / block.said["file"]).write_text(block.text, encoding="utf-8")
        names = ["examples.hello", *(block.said["file"].removesuffix(".py") for block in named)]
        (modules / "all_handlers.py").write_text(GATHER.format(names=names), encoding="utf-8")
        self._log = (self._stack.folder / "up.log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "stateroom", "up", "--port", "0", "--handlers", "all_handlers:app"],
            env=self._stack.env,
            cwd=modules,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + PATIENCE
        while Running.load(self._stack.folder / "home") is None:
            ended = self._process.poll() is not None
            assert not ended, Path(self._log.name).read_text(encoding="utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def __exit__(self, *_error):
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        finally:
            self._process.kill()
            self._process.wait()
            self._log.close()
