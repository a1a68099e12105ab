"""`stateroom settings`: values that are kept in the database, and the key that seals them."""

import asyncio
import json
import sys
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import typer

from stateroom.cli.options import JsonFlag
from stateroom.cli.output import console, local, print_json, table
from stateroom.cli.remote import call, load_settings
from stateroom.domains.settings_store.schema import Setting

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Set and show values that are kept in the database.")


class Environment(StrEnum):
    """Where a setting counts."""

    ALL = "all"
    DEVELOPMENT = "development"
    TESTING = "testing"
    STAGING = "staging"
    PRODUCTION = "production"


class Kind(StrEnum):
    """What a value is."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json"
    ARRAY = "array"
    ENCRYPTED = "encrypted"


Key: TypeAlias = Annotated[str, typer.Argument(metavar="KEY", help="Like mail.host.")]
Env: TypeAlias = Annotated[Environment, typer.Option("--env", help="Environment for which it counts.")]
Project: TypeAlias = Annotated[str | None, typer.Option(help="Project, by name or id. Default: everybody's settings.")]


@app.command()
def get(
    key: Key,
    env: Env = Environment.ALL,
    project: Project = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show a sensitive value; this is audited.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Print the value that counts: a project's before everybody's, an environment's before that of all."""
    if reveal:
        revealed = call(lambda client: client.settings.reveal(key, project=project, environment=env))
        print_json(revealed) if as_json else typer.echo(_text(revealed["value"]))
        return
    found = call(lambda client: client.settings.get(key, project=project, environment=env))
    print_json(found) if as_json else typer.echo(_shown(found))


@app.command("set")
def set_value(  # noqa: PLR0917 (the options of one command)
    key: Key,
    value: Annotated[
        str | None, typer.Argument(metavar="[VALUE]", help="JSON, or plain text. Left out: read from standard input.")
    ] = None,
    env: Env = Environment.ALL,
    project: Project = None,
    kind: Annotated[Kind | None, typer.Option("--type", help="Default: that of the value it has or gets.")] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    schema: Annotated[str | None, typer.Option(metavar="JSON", help="JSON Schema that values are held to.")] = None,
    sensitive: Annotated[bool | None, typer.Option(help="Whether lists and logs leave the value out.")] = None,
    readonly: Annotated[bool | None, typer.Option("--read-only/--writable", help="For administrators.")] = None,
    revision: Annotated[int | None, typer.Option(help="Only if it still has this revision; 0: only if new.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Set exactly this key, environment and project. `--type encrypted` seals the value."""
    given: dict[str, Any] = {
        "value": _value(value if value is not None else _typed(kind), kind),
        "value_type": kind,
        "description": description,
        "validation_schema": None if schema is None else _json(schema),
        "is_sensitive": sensitive,
        "is_readonly": readonly,
        "revision": revision,
    }
    changes = {name: each for name, each in given.items() if each is not None or name == "value"}
    found = call(lambda client: client.settings.set(key, project=project, environment=env, **changes))
    if as_json:
        print_json(found)
    else:
        typer.echo(f"{key} = {_shown(found)} (revision {found['revision']})")


@app.command("list")
def list_settings(
    prefix: Annotated[str | None, typer.Argument(metavar="[PREFIX]", help="What keys begin with.")] = None,
    env: Annotated[Environment | None, typer.Option("--env", help="Only of this environment.")] = None,
    project: Project = None,
    as_json: JsonFlag = False,
) -> None:
    """List settings; sensitive values are left out."""
    found = call(lambda client: client.settings.list(project=project, environment=env, prefix=prefix))
    if as_json:
        print_json({"items": found})
        return
    if not found:
        typer.echo("no settings; set one: stateroom settings set KEY VALUE")
        return
    rows = [
        (each["key"], each["environment"], each["project_id"] or "everybody", each["value_type"], _shown(each))
        for each in found
    ]
    console().print(table(["key", "environment", "project", "type", "value"], rows))


@app.command()
def unset(key: Key, env: Env = Environment.ALL, project: Project = None, as_json: JsonFlag = False) -> None:
    """Delete exactly this setting, so that the next one that counts, or the default, takes its place."""
    call(lambda client: client.settings.delete(key, project=project, environment=env))
    if as_json:
        print_json({"unset": key})
    else:
        typer.echo(f"{key} is not set any more")


@app.command()
def history(
    key: Key,
    env: Env = Environment.ALL,
    project: Project = None,
    revert: Annotated[bool, typer.Option("--revert", help="Take the last change back.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show what a setting is and what it was before; the audit trail has who changed it and when."""
    if revert:
        found = call(lambda client: client.settings.revert(key, project=project, environment=env))
    else:
        found = call(lambda client: client.settings.get(key, project=project, environment=env))
    if as_json:
        print_json(found)
        return
    before = "(hidden)" if found["is_sensitive"] else _text(found["previous_value"])
    rows = [(str(found["revision"]), local(found["updated_at"]), _shown(found))]
    rows += [("before", "", before)] if found["is_revertible"] else []
    console().print(table([">revision", "changed", "value"], rows))


@app.command("rotate-key")
def rotate_key(
    forget: Annotated[bool, typer.Option("--forget", help="Drop older keys of the file that nothing needs.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Make a new key and seal everything with it; works on the database, beside a running server.

    What was interrupted goes on when it is called again.
    """
    from stateroom.db.credentials import dsn_of, is_embedded
    from stateroom.db.embedded import EmbeddedServer
    from stateroom.db.pools import connect
    from stateroom.domains.settings_store.rotate import Rotated, rotate

    settings = load_settings()
    if is_embedded(settings):
        EmbeddedServer(settings.home, port=settings.embedded_port).attach()

    async def work() -> Rotated:
        connection = await connect(dsn_of(settings, "maintenance", direct=True))
        try:
            return await rotate(connection, settings, forget=forget)
        finally:
            await connection.close()

    done = asyncio.run(work())
    if as_json:
        print_json({"key_id": done.key_id, "resealed": done.resealed, "forgotten": done.forgotten})
    else:
        typer.echo(f"key {done.key_id} seals; {done.resealed} values sealed anew, {done.forgotten} keys forgotten")


def _shown(setting: Setting) -> str:
    return "(hidden)" if setting["is_sensitive"] else _text(setting["value"])


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _typed(kind: Kind | None) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("value", hide_input=kind is Kind.ENCRYPTED))
    return sys.stdin.read().removesuffix("\n")


def _value(text: str, kind: Kind | None) -> object:
    """Read JSON where it is JSON; what is to be a text, or a secret, is taken as it stands."""
    if kind in {Kind.STRING, Kind.ENCRYPTED}:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--schema is not JSON: {error}") from error
