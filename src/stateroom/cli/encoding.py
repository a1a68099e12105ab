"""Signs for terminals that cannot show ours: where UTF-8 is not spoken, each has a letter that stands for it."""

import codecs
import io
import sys
from types import MappingProxyType
from typing import Final

STAND_INS: Final = MappingProxyType(
    {
        "·": ".",
        "◷": "~",
        "○": "o",
        "●": "*",
        "✓": "+",
        "✗": "x",
        "⊘": "/",
        "↷": "-",
        "━": "#",
        "─": "-",
        "│": "|",
        "…": "...",
    }
)


def speak_any_encoding() -> None:
    """Let nothing that we print fail for its letters."""
    codecs.register_error("stateroom", _stand_in)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name != "utf-8":
            stream.reconfigure(errors="stateroom")


def _stand_in(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(STAND_INS.get(each, "?") for each in error.object[error.start : error.end]), error.end
