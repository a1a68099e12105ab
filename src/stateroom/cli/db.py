"""`stateroom db`: set up, start, reach and migrate the database."""

import asyncio
import os
import shutil
import sys
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from stateroom.cli import grants, upkeep
from stateroom.cli.exits import Exit
from stateroom.cli.options import JsonFlag
from stateroom.cli.output import print_json
from stateroom.cli.remote import load_settings
from stateroom.db import migrate, server_programs
from stateroom.db.connect import connect
from stateroom.db.credentials import dsn_of, is_embedded, without_password
from stateroom.db.embedded import HOST, EmbeddedServer
from stateroom.db.init import init_database, init_embedded
from stateroom.db.tls import with_tls
from stateroom.errors import InvalidInput
from stateroom.settings import Settings

app = typer.Typer(
    name="db", no_args_is_help=True, add_completion=False, help="Set up, migrate and look after the database."
)


class Login(StrEnum):
    """As whom to connect."""

    ADMIN = "admin"
    MAINTENANCE = "maintenance"
    APP = "app"
    ENGINE = "engine"
    QUERY = "query"


app.command("grant")(grants.grant)
app.command("revoke")(grants.revoke)
app.command("upkeep")(upkeep.upkeep)
app.command("archive")(upkeep.archive)
app.command("load-archive")(upkeep.load)


LoginOption = Annotated[Login, typer.Option("--login", help="As whom to connect.")]
NewPasswords = Annotated[bool, typer.Option("--new-passwords", help="Replace the passwords of logins that exist.")]


def _note(text: str) -> None:
    typer.echo(text, err=True)


def _server(settings: Settings) -> EmbeddedServer:
    if not is_embedded(settings):
        raise InvalidInput(
            "the environment names a database of your own, so there is no embedded server to start or stop",
            hint="unset STATEROOM_DATABASE_URL, STATEROOM_MAINTENANCE_URL, STATEROOM_APP_URL and STATEROOM_ENGINE_URL",
        )
    return EmbeddedServer(settings.home, port=settings.embedded_port, say=_note)


@app.command()
def init(as_json: JsonFlag = False, new_passwords: NewPasswords = False) -> None:
    """Make roles, passwords and schema; safe to run twice.

    With STATEROOM_DATABASE_URL (an administrator's DSN) in your own PostgreSQL, whose logins' DSNs are printed;
    without it in the embedded one.
    """
    settings = load_settings()
    if settings.database_url is None:
        _init_embedded(settings, as_json=as_json)
        return
    admin_dsn = settings.database_url.get_secret_value()
    credentials = asyncio.run(
        init_database(
            admin_dsn,
            known=_known(settings),
            new_passwords=new_passwords,
            say=_note,
            encrypt=lambda dsn: with_tls(settings, dsn),
        )
    )
    if as_json:
        print_json(asdict(credentials))
        return
    _note("Keep these; their passwords are stored nowhere else:")
    for login, dsn in asdict(credentials).items():
        typer.echo(f"STATEROOM_{login.upper()}_URL={dsn}")


def _known(settings: Settings) -> dict[str, str]:
    """Return the logins that the environment names, so that `init` leaves their passwords as they are."""
    urls = {
        "maintenance": settings.maintenance_direct_url or settings.maintenance_url,
        "app": settings.app_direct_url or settings.app_url,
        "engine": settings.engine_direct_url or settings.engine_url,
        "query": settings.query_url,
    }
    return {login: secret.get_secret_value() for login, secret in urls.items() if secret is not None}


def _init_embedded(settings: Settings, *, as_json: bool) -> None:
    server = _server(settings)
    info = server.start()
    try:
        credentials = asyncio.run(init_embedded(info.admin_dsn, settings.home))
    finally:
        if info.started:
            server.stop()
    if as_json:
        print_json({"home": str(settings.home), "port": info.port})
    else:
        typer.echo(f"the database of {settings.home} is set up: {without_password(credentials.maintenance)}")


@app.command()
def start(as_json: JsonFlag = False) -> None:
    """Start the embedded PostgreSQL and leave it running; `stateroom db stop` ends it."""
    settings = load_settings()
    info = _server(settings).start(detach=True)
    asyncio.run(init_embedded(info.admin_dsn, settings.home))
    if as_json:
        print_json({"pid": info.pid, "port": info.port, "started": info.started, "socket": str(info.socket_folder)})
    else:
        what = "started" if info.started else "was running already"
        typer.echo(f"PostgreSQL {what}: {HOST}:{info.port}, pid {info.pid}, data in {info.data}")


@app.command()
def stop() -> None:
    """Shut the embedded PostgreSQL down, disconnecting everybody."""
    stopped = _server(load_settings()).stop()
    typer.echo("PostgreSQL stopped" if stopped else "PostgreSQL was not running")


@app.command()
def url(login: LoginOption = Login.MAINTENANCE) -> None:
    """Print a DSN, with its password."""
    typer.echo(_dsn(load_settings(), login))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context, login: LoginOption = Login.MAINTENANCE) -> None:
    """Open psql; what follows is passed on: `stateroom db psql -- -c "select 1"`."""
    dsn = _dsn(load_settings(), login)
    password = unquote(urlsplit(dsn).password or "")
    program = shutil.which("psql") or str(server_programs.wheel_folder() / "psql")
    sys.stdout.flush()
    # the password is no argument: everybody on the machine could read it
    env = {**os.environ, "PGPASSWORD": password}
    os.execve(program, [program, without_password(dsn), *context.args], env)  # noqa: S606 - psql takes over the terminal


def _dsn(settings: Settings, login: Login) -> str:
    if login is not Login.ADMIN:
        if is_embedded(settings):
            _server(settings).attach()
        return dsn_of(settings, login.value, direct=True)
    if settings.database_url is not None:
        return with_tls(settings, settings.database_url.get_secret_value())
    return _server(settings).attach().admin_dsn


@app.command()
def upgrade(
    revision: Annotated[str, typer.Argument(help="Where to; head is the newest.")] = "head", as_json: JsonFlag = False
) -> None:
    """Bring tables and objects to what this program needs."""
    change = asyncio.run(migrate.upgrade(_dsn(load_settings(), Login.MAINTENANCE), revision))
    _report(change, as_json=as_json)


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="Where to; base removes everything.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: data of newer tables is lost.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Take the tables back to an older revision, without what newer revisions have added."""
    dsn = _dsn(load_settings(), Login.MAINTENANCE)
    if not yes:
        typer.confirm(f"Go back to {revision}? What newer revisions have added is lost.", abort=True, err=True)
    _report(asyncio.run(migrate.downgrade(dsn, revision)), as_json=as_json)


def _report(change: migrate.Change, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(change))
        return
    moved = f"revision {change.before} → {change.after}" if change.before != change.after else "no new revision"
    typer.echo(f"{moved}, {len(change.objects)} objects changed")


@app.command()
def check(as_json: JsonFlag = False) -> None:
    """Compare the database with this program; ends with status 1 when something is to be applied."""
    drift = asyncio.run(_drift(_dsn(load_settings(), Login.MAINTENANCE)))
    if as_json:
        print_json({**asdict(drift), "ok": drift.is_none})
    elif drift.is_none:
        typer.echo(f"up to date: revision {drift.revision}, all objects")
    else:
        typer.echo(f"revision {drift.revision}, newest {drift.head}; `stateroom db upgrade` applies:")
        for name in drift.objects:
            typer.echo(f"  {name}")
    if not drift.is_none:
        raise typer.Exit(Exit.FAILED)


async def _drift(dsn: str) -> migrate.Drift:
    connection = await connect(dsn)
    try:
        return await migrate.check(connection)
    finally:
        await connection.close()
