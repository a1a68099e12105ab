"""One statement, whoever's connection it is: asyncpg's, psycopg's, or a session or connection of SQLAlchemy's.

The statement runs in the transaction that the connection is in, and commits with it.
"""

import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from stateroom.db.connect import our_errors
from stateroom.errors import InvalidInput, from_sqlstate
from stateroom.programs.orders import Arguments

_NUMBERED: Final = re.compile(r"\$(\d+)")
_HINT: Final = "Give a connection of asyncpg or psycopg, or a connection or session of SQLAlchemy."

Rows = Sequence[Sequence[Any]]


async def fetch(connection: Any, statement: str, arguments: Arguments) -> Rows:
    """Execute a statement with numbered parameters on an asynchronous connection, and return its rows.

    Raises:
        StateroomError: what SQL raised with a SQLSTATE of class SR.
        InvalidInput: it is not a connection that can be awaited.
    """
    with _our_errors():
        match _kind(connection):
            case "asyncpg":
                return await connection.fetch(statement, *arguments)
            case "psycopg async":
                cursor = await connection.execute(*_formatted(statement, arguments))
                return await cursor.fetchall()
            case "sqlalchemy async":
                return (await connection.execute(*_named(statement, arguments))).all()
            case _:
                raise InvalidInput(
                    f"A {type(connection).__name__} cannot be awaited.",
                    hint="Use app.enqueue_sync(connection, …) in programs without asyncio.",
                )


def fetch_sync(connection: Any, statement: str, arguments: Arguments) -> Rows:
    """Do the same on a connection of a program without asyncio. Errors as of fetch."""
    with _our_errors():
        match _kind(connection):
            case "psycopg":
                return connection.execute(*_formatted(statement, arguments)).fetchall()
            case "sqlalchemy":
                return connection.execute(*_named(statement, arguments)).all()
            case _:
                raise InvalidInput(
                    f"A {type(connection).__name__} has to be awaited.", hint="Use await app.enqueue(…)."
                )


def _kind(connection: Any) -> str:
    """Tell drivers apart without importing one that the program does not use."""
    if hasattr(connection, "fetchval"):
        return "asyncpg"
    for each in type(connection).__mro__:
        library, _, rest = each.__module__.partition(".")
        if library == "psycopg" and hasattr(connection, "execute"):
            return "psycopg async" if each.__name__.startswith("Async") else "psycopg"
        if library == "stateroom" and hasattr(connection, "execute"):  # our own sessions, which are SQLAlchemy's inside
            return "sqlalchemy async"
        if library == "sqlalchemy" and hasattr(connection, "execute"):
            return "sqlalchemy async" if rest.startswith("ext.asyncio") else "sqlalchemy"
    raise InvalidInput(f"A {type(connection).__name__} is no connection that is known here.", hint=_HINT)


def _formatted(statement: str, arguments: Arguments) -> tuple[Any, list[Any]]:
    """Write $n as %s, each with its own value."""
    numbers = [int(number) - 1 for number in _NUMBERED.findall(statement)]
    return _NUMBERED.sub("%s", statement), [arguments[number] for number in numbers]


def _named(statement: str, arguments: Arguments) -> tuple[Any, dict[str, Any]]:
    """Write $n as :pn."""
    from sqlalchemy import text

    return text(_NUMBERED.sub(r":p\1", statement)), {f"p{no}": value for no, value in enumerate(arguments, 1)}


@contextmanager
def _our_errors() -> Generator[None]:
    """Turn SQLSTATEs of class SR into the error tree, however deep the driver has wrapped them."""
    try:
        with our_errors():
            yield
    except Exception as error:
        inner: Any = error
        while inner is not None:
            state = getattr(inner, "sqlstate", None)
            if isinstance(state, str) and state.startswith("SR"):
                said = getattr(inner, "diag", None)
                message = getattr(inner, "message", None) or getattr(said, "message_primary", None) or str(inner)
                hint = getattr(inner, "hint", None) or getattr(said, "message_hint", None)
                raise from_sqlstate(state, message, hint) from error
            inner = getattr(inner, "orig", None) or inner.__cause__
        raise
