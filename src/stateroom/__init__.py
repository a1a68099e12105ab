"""Stateroom: the state store and control plane for teams of people, AI agents and pipelines, on one PostgreSQL."""

from typing import TYPE_CHECKING

from stateroom.version import __version__

if TYPE_CHECKING:
    from stateroom.handlers import Context, Fail, Flow, Retry, Run, Snooze, Stateroom

__all__ = ["Context", "Fail", "Flow", "Retry", "Run", "Snooze", "Stateroom", "__version__"]


def __getattr__(name: str) -> object:
    """Import what handlers are written with when it is asked for: the command line has to start at once."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from stateroom import handlers

    return getattr(handlers, name)
