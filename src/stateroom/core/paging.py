"""Keyset cursors: opaque texts that say after which row the next page begins."""

import base64
import json
from typing import cast
from uuid import UUID

from stateroom.errors import InvalidInput


def encode_cursor(row: UUID, *numbers: int) -> str:
    """Pack the sort key of a page's last row: an id, and numbers behind it."""
    return base64.urlsafe_b64encode(json.dumps([row.hex, *numbers]).encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, numbers: int = 0) -> tuple[UUID, tuple[int, ...]]:
    """Unpack a sort key of an id and so many numbers.

    Raises:
        InvalidInput: the text is not a cursor of ours, or one of another list.
    """
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        row, *rest = cast("list[object]", json.loads(base64.b64decode(padded, altchars=b"-_", validate=True)))
        found = UUID(str(row)), tuple(each for each in rest if type(each) is int and 0 <= each < 2**31)
    except (ValueError, TypeError, RecursionError):
        found = None
    if found is None or len(found[1]) != numbers:
        raise InvalidInput("the cursor is not one that this list gave", hint="Start again without a cursor.")
    return found
