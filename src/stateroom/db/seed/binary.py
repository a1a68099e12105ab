"""Rows in the binary format of COPY, for tables of which millions are loaded: several times faster than the driver."""

from collections.abc import Iterable
from struct import Struct
from typing import Final

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
NULL: Final = b"\xff\xff\xff\xff"
INTEGER: Final = 23
"""The type's number in PostgreSQL."""

_LENGTH: Final = Struct(">i")
_ELEMENT: Final = Struct(">ii")
_ARRAY: Final = Struct(">iiiiii")


def text(value: str | None) -> bytes:
    """Encode a text, or a word of an enum."""
    if value is None:
        return NULL
    raw = value.encode()
    return _LENGTH.pack(len(raw)) + raw


def jsonb(value: str | None) -> bytes:
    """Encode JSON, of which there is one version."""
    return NULL if value is None else text("\x01" + value)


def integers(values: Iterable[int]) -> bytes:
    """Encode an integer[]."""
    listed = tuple(values)
    if not listed:
        return _LENGTH.pack(12) + bytes(8) + _LENGTH.pack(INTEGER)
    body = b"".join(_ELEMENT.pack(4, value) for value in listed)
    return _ARRAY.pack(20 + len(body), 1, 0, INTEGER, len(listed), 1) + body
