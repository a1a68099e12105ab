"""Stateroom: the state store and control plane for teams of people, AI agents and pipelines, on one PostgreSQL."""

from stateroom.handlers import Context, Fail, Snooze, Stateroom
from stateroom.version import __version__

__all__ = ["Context", "Fail", "Snooze", "Stateroom", "__version__"]
