"""The root of the command line: a table of commands, each imported only when it is called."""

import importlib
import json
import os
import sys
from dataclasses import dataclass
from typing import Annotated, Any, Final, cast

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from stateroom.cli.encoding import speak_any_encoding
from stateroom.cli.exits import Exit, described, exit_of
from stateroom.errors import StateroomError
from stateroom.version import __version__

DEBUG: Final = "STATEROOM_DEBUG"


@dataclass(frozen=True, slots=True)
class Entry:
    """One command of the root: the module that has it (as `app`), and what the root's help says about it."""

    name: str
    module: str
    help: str
    panel: str


START, RUNS, SERVICES, UPKEEP = "Start here", "Runs and schedules", "Services", "Database and health"

ENTRIES: Final = (
    Entry("up", "up", "Start everything on this machine and run FILE in front of you.", START),
    Entry("check", "check", "Validate workflow files without running anything.", START),
    Entry("run", "start", "Publish FILE and start it on a running server.", START),
    Entry("runs", "runs", "List workflow runs, newest first.", RUNS),
    Entry("show", "runs", "Show one run and its steps.", RUNS),
    Entry("logs", "runs", "Print the output of a run.", RUNS),
    Entry("explain", "runs", "Say why a run, or a step of it, has not started yet.", RUNS),
    Entry("cancel", "runs", "Cancel a run.", RUNS),
    Entry("retry", "runs", "Run the failed steps of a run again, and what they held up.", RUNS),
    Entry("schedule", "schedule", "Start workflows and tasks on cron schedules.", RUNS),
    Entry("serve", "services", "Serve the API and the pages.", SERVICES),
    Entry("worker", "services", "Claim runs and execute them.", SERVICES),
    Entry("scheduler", "services", "Fire schedules and look after what is due.", SERVICES),
    Entry("settings", "stored", "Set and show values that are kept in the database.", UPKEEP),
    Entry("db", "db", "Set up, migrate and look after the database.", UPKEEP),
    Entry("tls", "tls", "Encrypt connections to PostgreSQL.", UPKEEP),
    Entry("seed", "seed", "Fill a database, to look at it or to measure it.", UPKEEP),
    Entry(
        "doctor",
        "doctor",
        "Check this machine and the server, and say what to do; ends with status 1 when something is wrong.",
        UPKEEP,
    ),
)


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and help, and imports one when it is called."""

    def __init__(self, **options: Any) -> None:
        """Put a stand-in with name and help where each command will be."""
        commands: dict[str, Any] = {
            entry.name: TyperCommand(name=entry.name, help=entry.help, rich_help_panel=entry.panel) for entry in ENTRIES
        }
        commands.update(options.pop("commands", {}))
        super().__init__(commands=commands, **options)

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] -- the base names a private class
        """Replace the stand-in by the command itself, then go on as usual."""
        for entry in ENTRIES:
            if args and entry.name == args[0]:
                self.add_command(load(entry), entry.name)
        return super().resolve_command(ctx, args)


def load(entry: Entry) -> Any:
    """Import the module of a command and return the command."""
    module = importlib.import_module(f"stateroom.cli.{entry.module}")
    found = typer.main.get_command(cast("typer.Typer", module.app))
    if isinstance(found, TyperGroup):
        return found.commands.get(entry.name, found)
    return found


root = typer.Typer(
    cls=LazyGroup,
    name="stateroom",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={
        "help_option_names": ["-h", "--help"],
        # Said here, False needs no conversion, and converting is what makes Typer import Pydantic (0.1 s).
        "default_map": {"help": False, "version": {"help": False}},
    },
    epilog=described(),
)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"stateroom {__version__}")
        raise typer.Exit


@root.callback()
def _root(  # pyright: ignore[reportUnusedFunction] -- Typer calls it
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """People, AI agents and pipelines on the same tasks, in one PostgreSQL.

    [bold]stateroom up FILE[/bold] starts an embedded PostgreSQL, runs FILE and stays up.
    """


@root.command(rich_help_panel=UPKEEP)
def version(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print the version."""
    python = ".".join(map(str, sys.version_info[:3]))
    if as_json:
        typer.echo(json.dumps({"version": __version__, "python": python}))
    else:
        typer.echo(f"stateroom {__version__} (Python {python})")


def run() -> None:
    """Run the command line and leave with a documented status: message and hint, never a traceback."""
    speak_any_encoding()
    try:
        typer.main.get_command(root)(prog_name="stateroom")
    except StateroomError as error:
        _report(error.code, error.message, error.hint, problems=getattr(error, "problems", None))
        sys.exit(exit_of(error))
    except OSError as error:
        if os.environ.get(DEBUG):
            raise
        _report("os", f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""), None)
        sys.exit(Exit.BROKEN)
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        hint = f"this is a defect; {DEBUG}=1 shows where it happened"
        _report("internal", f"{type(error).__name__}: {error}", hint)
        sys.exit(Exit.BROKEN)


def _report(code: str, message: str, hint: str | None, *, problems: object = None) -> None:
    if "--json" in sys.argv[1:]:
        more = {} if problems is None else {"problems": problems}
        typer.echo(json.dumps({"error": {"code": code, "message": message, "hint": hint, **more}}), err=True)
        return
    red, dim, plain = ("\x1b[31m", "\x1b[2m", "\x1b[0m") if _colours() else ("", "", "")
    typer.echo(f"{red}error:{plain} {message}", err=True)
    if hint:
        typer.echo(f"{dim} hint:{plain} {hint}", err=True)


def _colours() -> bool:
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
