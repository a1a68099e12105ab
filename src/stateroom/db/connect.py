"""One connection at a time: how it is opened, who may serve with it, and what its errors become."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Final

import asyncpg
from asyncpg.connection import Connection
from asyncpg.pool import PoolConnectionProxy

from stateroom.db.credentials import Login, dsn_of, without_password
from stateroom.errors import DatabaseUnavailable, UnsafeRole, from_sqlstate
from stateroom.settings import Settings

CONNECT_SECONDS: Final = 10
COMMAND_SECONDS: Final = 60

# What asyncpg raises, depending on the moment, when the server goes or is gone.
LOST: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
    ConnectionError,
)

CUT: Final = (*LOST, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)
"""What a connection answers that is not one to hand out."""

LIMITS: Final = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
PING: Final = "select"
PING_SECONDS: Final = 5
WHO: Final = """
select current_user as name, r.rolsuper as superuser, r.rolbypassrls as bypasses,
  coalesce((select pg_has_role(r.oid, o.oid, 'member') from pg_roles o where o.rolname = 'stateroom_owner'), false)
  or exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname = 'stateroom' and c.relowner = r.oid) as owner
from pg_roles r where r.rolname = current_user"""


def _lost(error: Exception) -> DatabaseUnavailable:
    return DatabaseUnavailable(f"the connection to PostgreSQL was lost: {error}", hint="try again")


@contextmanager
def our_errors() -> Generator[None]:
    """Turn what PostgreSQL raises into the error tree: SQLSTATE class SR, and a server that is going or gone."""
    try:
        yield
    except LOST as error:
        raise _lost(error) from error
    except asyncpg.InterfaceError as error:
        if "closed" in str(error):
            raise _lost(error) from error
        raise
    except asyncpg.PostgresError as error:
        if error.sqlstate.startswith("SR"):
            raise from_sqlstate(error.sqlstate, error.message, error.hint) from error
        raise


@contextmanager
def connecting(dsn: str) -> Generator[None]:
    """Turn what keeps a connection from being made into DatabaseUnavailable; the DSN is named without its password."""
    try:
        yield
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        said = str(error) or type(error).__name__
        raise DatabaseUnavailable(
            f"cannot connect to {without_password(dsn)}: {said}", hint="`stateroom doctor` says what to do"
        ) from error


async def connect(dsn: str, *, pooled: bool = False) -> Connection:
    """Open one connection of its own, for LISTEN, session locks and set-up; it has no time-outs on the server.

    Raises:
        DatabaseUnavailable: the server cannot be reached or refuses the login.
    """
    with connecting(dsn):
        return await asyncpg.connect(
            dsn,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            statement_cache_size=0 if pooled else 100,
            server_settings={"application_name": "stateroom"},
        )


async def connect_past_pooler(settings: Settings, login: Login) -> Connection:
    """Open a connection that stays the same one: what LISTEN and session locks need. Errors as of connect."""
    return await connect(dsn_of(settings, login, direct=True))


def limits(settings: Settings, *, upkeep: bool = False) -> Mapping[str, str]:
    """Return the server's time-outs for a session, in milliseconds; upkeep may take as long as it takes."""
    seconds = (
        0 if upkeep else settings.database_statement_timeout_seconds,
        settings.database_lock_timeout_seconds,
        settings.database_idle_transaction_timeout_seconds,
    )
    return {name: str(round(each * 1000)) for name, each in zip(LIMITS, seconds, strict=True)}


async def require_safe_role(connection: Connection | PoolConnectionProxy) -> None:
    """Refuse to serve as a login that row security does not bind.

    Raises:
        UnsafeRole: the login is a superuser, has BYPASSRLS, or owns the tables or is a member of their owner.
    """
    row = await connection.fetchrow(WHO)
    if row is None:
        raise UnsafeRole("the login is not known to the server any more")
    reasons = {
        "is a superuser": row["superuser"],
        "has BYPASSRLS": row["bypasses"],
        "owns the tables or is a member of their owner": row["owner"],
    }
    said = ", ".join(reason for reason, holds in reasons.items() if holds)
    if said:
        raise UnsafeRole(
            f"refusing to serve as {row['name']}: it {said}, so row security would not bind it",
            hint="use the logins that `stateroom db init` makes: STATEROOM_APP_URL and STATEROOM_ENGINE_URL",
        )
