"""Values that are written as text and mean something else: durations, identifiers, shells."""

from __future__ import annotations

import math
import re
from typing import Final

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?:\s*[0-9]+(?:\.[0-9]+)?\s*[smhd])+\s*\Z")
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([smhd])")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}\Z")
_QUEUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_HANDLER = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,199}\Z")
MAX_SECONDS: Final = 31_536_000
SHELLS: Final = ("bash", "sh", "python")
FOREIGN_SHELLS: Final = ("pwsh", "powershell", "cmd")
ID_RULE: Final = "letters, digits, - and _, starting with a letter or _, at most 100"


def duration(text: str) -> float | None:
    """Return the seconds in '90', '1.5', '10m' or '1h 30m'; None if it is not a duration."""
    if _DURATION.match(text):
        return sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) else None


def is_id(text: str) -> bool:
    """Tell whether a text can name a step."""
    return bool(_IDENTIFIER.match(text))


def is_queue(text: str) -> bool:
    """Tell whether a text can name a queue."""
    return bool(_QUEUE.match(text))


def is_handler(text: str) -> bool:
    """Tell whether a text can name a handler."""
    return bool(_HANDLER.match(text))
