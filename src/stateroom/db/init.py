"""First set-up of a database: roles, passwords, schema, migrations, and somebody whom everything belongs to."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import asyncpg
from asyncpg.connection import Connection

from stateroom.db import migrate
from stateroom.db.connect import connect
from stateroom.db.credentials import Credentials, with_database, with_login
from stateroom.errors import Conflict, DatabaseUnavailable, Forbidden, MigrationError

OLDEST: Final = 150_000
ROLES: Final = Path(__file__).with_name("roles.sql")
DATABASE: Final = "stateroom"
ITERATIONS: Final = 4096
LOGINS: Final[Mapping[str, str]] = {
    "maintenance": "stateroom_maintenance",
    "app": "stateroom_app",
    "engine": "stateroom_engine",
    "query": "stateroom_query",
}

LOCK: Final = "select pg_advisory_lock(hashtextextended('stateroom.init', 0))"
MAY_MAKE_ROLES: Final = "select rolsuper or rolcreaterole from pg_roles where rolname = current_user"
EXISTING: Final = "select rolname from pg_roles where rolname = any($1::text[])"
DATABASE_EXISTS: Final = "select exists (select from pg_database where datname = $1)"
# DDL takes no parameters: the server quotes
CREATE_DATABASE: Final = "select format('create database %I template template0 encoding ''UTF8''', $1::text)"
CLOSE_DATABASE: Final = "select format('revoke all on database %I from public', $1::text)"
OPEN_DATABASE: Final = """
select format('grant connect on database %1$I to stateroom_maintenance, stateroom_app, stateroom_engine,
  stateroom_query, stateroom_client; grant temporary on database %1$I to stateroom_maintenance', current_database())"""
# temporary: what REFRESH … CONCURRENTLY and loading an archive need.
CHANGE_LOGIN: Final = "select format('alter role %I login password %L', $1::text, $2::text)"


async def init_embedded(admin_dsn: str, home: Path) -> Credentials:
    """Set up the embedded server's database; the logins' DSNs are kept in a 0600 file in the home folder.

    Safe to run at every start: what is there is left as it is.

    Raises:
        StateroomError: as of init_database.
    """
    async with _connected(admin_dsn) as admin:
        await admin.execute(LOCK)
        if not await admin.fetchval(DATABASE_EXISTS, DATABASE):
            await admin.execute(await admin.fetchval(CREATE_DATABASE, DATABASE))
            await admin.execute(await admin.fetchval(CLOSE_DATABASE, DATABASE))
        known = Credentials.load(home)
        credentials = await init_database(
            with_database(admin_dsn, DATABASE),
            known={} if known is None else asdict(known),
            new_passwords=known is None,
        )
        if credentials != known:
            credentials.save(home)
    return credentials


async def init_database(
    admin_dsn: str,
    *,
    known: Mapping[str, str],
    new_passwords: bool = False,
    say: Callable[[str], None] = lambda _: None,
    encrypt: Callable[[str], str] = lambda dsn: dsn,
) -> Credentials:
    """Make roles, passwords, schema and extensions, migrate, and make the user `local`; safe to run twice.

    Args:
        admin_dsn: of an administrator, naming the database to use.
        known: DSNs by login (maintenance, app, engine, query) that are in use and stay, if they work.
        new_passwords: give a new password to logins that exist and are not known, instead of refusing.
        say: told what the user should know.
        encrypt: makes of a DSN the one to connect with, with the login's own certificate.

    Raises:
        Conflict: a login exists and its password is not known.
        Forbidden: the administrator may not make roles.
        MigrationError: the server is too old or lacks an extension, or a migration failed.
        DatabaseUnavailable: the server cannot be reached.
    """
    async with _connected(encrypt(admin_dsn)) as admin:
        await _require_fit(admin)
        await admin.execute(LOCK)
        existed = {row["rolname"] for row in await admin.fetch(EXISTING, list(LOGINS.values()))}
        admin.add_log_listener(lambda _connection, message: say(str(message)))
        try:
            await admin.execute(ROLES.read_text(encoding="utf-8"))
        except asyncpg.PostgresError as error:
            raise MigrationError(
                f"cannot make roles and schema: {error}",
                hint="use a superuser; the extensions pg_trgm and btree_gin come with PostgreSQL's contrib package",
            ) from error
        await admin.execute(await admin.fetchval(OPEN_DATABASE))
        dsns: dict[str, str] = {}
        for login, role in LOGINS.items():
            dsn = known.get(login)
            if dsn is None or not await _works(encrypt(dsn)):
                if role in existed and not new_passwords:
                    raise _unknown_password(login, role)
                dsn = await _with_new_password(admin, admin_dsn, role)
            dsns[login] = dsn
        credentials = Credentials(**dsns)
        await migrate.upgrade(encrypt(credentials.maintenance))
    async with _connected(encrypt(credentials.maintenance)) as connection:
        await connection.fetchval("select stateroom.make_local_user()")
    return credentials


async def _require_fit(admin: Connection) -> None:
    version = int(await admin.fetchval("show server_version_num"))
    if version < OLDEST:
        shown = await admin.fetchval("show server_version")
        raise MigrationError(f"PostgreSQL {shown} is too old", hint="15 or newer is needed")
    if not await admin.fetchval(MAY_MAKE_ROLES):
        user = await admin.fetchval("select current_user")
        raise Forbidden(f"{user} may not make roles", hint="set STATEROOM_DATABASE_URL to an administrator's DSN")


def _unknown_password(login: str, role: str) -> Conflict:
    return Conflict(
        f"the role {role} exists already, and its password is not known here",
        hint=f"set STATEROOM_{login.upper()}_URL to keep it, or run `stateroom db init --new-passwords` to replace all",
    )


async def _with_new_password(admin: Connection, admin_dsn: str, role: str) -> str:
    password = secrets.token_urlsafe(24)
    await admin.execute(
        await admin.fetchval(CHANGE_LOGIN, role, scram_verifier(password, salt=secrets.token_bytes(16)))
    )
    return with_login(admin_dsn, role, password)


async def _works(dsn: str) -> bool:
    """Try a login; a server that is there but refuses it counts as no."""
    if not urlsplit(dsn).scheme:
        return False
    try:
        connection = await connect(dsn)
    except DatabaseUnavailable as error:
        if isinstance(error.__cause__, asyncpg.InvalidAuthorizationSpecificationError | asyncpg.InvalidPasswordError):
            return False
        raise
    await connection.close()
    return True


def scram_verifier(password: str, *, salt: bytes) -> str:
    """Return what PostgreSQL stores of an ASCII password, so that the password itself is in no statement and no log."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    shown = [base64.b64encode(each).decode() for each in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${ITERATIONS}:{shown[0]}${shown[1]}:{shown[2]}"


@asynccontextmanager
async def _connected(dsn: str) -> AsyncGenerator[Connection]:
    connection = await connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()
