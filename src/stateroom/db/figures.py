"""What a pool says about itself, for metrics and `stateroom doctor`."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figures:
    """One pool at one moment; what counts up does so since the process began."""

    name: str
    min: int
    max: int
    size: int
    """Connections that are open or being opened."""
    in_use: int
    waiting: int
    """Callers that have asked for a connection and have none yet."""
    acquired: int
    acquire_seconds: float
    """Sum of what all `acquired` have waited."""
    timeouts: int
    """Callers that went away without one."""


@dataclass(slots=True)
class Waits:
    """Counts who asks a pool for a connection, and how long that takes."""

    waiting: int = 0
    acquired: int = 0
    seconds: float = field(default=0.0)
    timeouts: int = 0

    def got(self, seconds: float) -> None:
        """Count one who got a connection."""
        self.acquired += 1
        self.seconds += seconds
