"""`stateroom tls`: certificates for connections to PostgreSQL."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from stateroom.cli.options import JsonFlag
from stateroom.cli.output import print_json
from stateroom.core.certificates import Pair, Period, make_authority, make_client, make_server
from stateroom.db.init import LOGINS
from stateroom.errors import Conflict, InvalidInput

app = typer.Typer(name="tls", no_args_is_help=True, add_completion=False, help="Encrypt connections to PostgreSQL.")

AUTHORITY_DAYS: Final = 3650
SHOWN: Final = """\
# postgresql.conf (give server.key to the server's account, mode 0600)
ssl = on
ssl_cert_file = '{folder}/server.crt'
ssl_key_file = '{folder}/server.key'
ssl_ca_file = '{folder}/ca.crt'
ssl_min_protocol_version = 'TLSv1.2'
ssl_ciphers = 'ECDHE+AESGCM:ECDHE+CHACHA20'

# pg_hba.conf, before all other lines for hosts
hostssl    all  {roles}  all  cert clientcert=verify-full
hostnossl  all  all  all  reject

# the environment of Stateroom
STATEROOM_DATABASE_SSL_MODE=verify-full
STATEROOM_DATABASE_SSL_ROOT_CERT={folder}/ca.crt
STATEROOM_DATABASE_SSL_CERT={folder}/{{role}}.crt
STATEROOM_DATABASE_SSL_KEY={folder}/{{role}}.key"""


@app.callback()
def _tls() -> None:  # pyright: ignore[reportUnusedFunction] -- Typer calls it; it keeps `init` a command of its own
    """Encrypt connections to PostgreSQL."""


@app.command()
def init(
    folder: Annotated[Path, typer.Option("--dir", help="Where to; made if missing.")] = Path("tls"),
    host: Annotated[
        list[str] | None, typer.Option("--host", help="Name or address that clients reach the server by; repeatable.")
    ] = None,
    role: Annotated[
        list[str] | None, typer.Option("--role", help="One more login that gets a certificate; repeatable.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=36500, help="Days until the certificates end.")] = 365,
    as_json: JsonFlag = False,
) -> None:
    """Make an authority and certificates for the server and for each login; prints the lines that use them."""
    roles = [*LOGINS.values(), *(role or ["postgres"])]
    made = make(folder, hosts=host or ["localhost"], roles=roles, days=days, now=datetime.now(UTC))
    if as_json:
        print_json({"dir": str(folder.absolute()), "files": made})
        return
    typer.echo(SHOWN.format(folder=folder.absolute(), roles=",".join(roles)))
    typer.echo(f"\n{len(made)} files are in {folder.absolute()}; keep ca.key where no server can read it.", err=True)


def make(folder: Path, *, hosts: list[str], roles: list[str], days: int, now: datetime) -> list[str]:
    """Write all certificates and keys; returns the names of the files.

    Raises:
        Conflict: one of the files is there already; then nothing is written.
        InvalidInput: a host or a role cannot be part of a certificate or of a file's name.
    """
    unfit = [each for each in roles if not each or "/" in each or each.startswith(".") or each in {"ca", "server"}]
    if unfit:
        raise InvalidInput(f"a file cannot be named after the role {unfit[0]!r}")
    names = ["ca", "server", *dict.fromkeys(roles)]
    files = [f"{name}.{kind}" for name in names for kind in ("crt", "key")]
    there = [each for each in files if folder.joinpath(each).exists()]
    if there:
        raise Conflict(
            f"{folder / there[0]} is there already, and is not overwritten",
            hint="Give another folder with --dir, or move the old files away.",
        )
    for name, pair in _pairs(hosts, names[2:], days=days, now=now).items():
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        pair.write(folder, name)
    return files


def _pairs(hosts: list[str], roles: list[str], *, days: int, now: datetime) -> dict[str, Pair]:
    period = Period.of_days(days, now=now)
    authority = make_authority(Period.of_days(max(days, AUTHORITY_DAYS), now=now))
    try:
        server = make_server(authority, hosts, period)
        clients = {role: make_client(authority, role, period) for role in roles}
    except ValueError as error:
        raise InvalidInput(f"a certificate cannot be made: {error}") from error
    return {"ca": authority, "server": server, **clients}
