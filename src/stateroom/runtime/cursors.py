"""Where claims start, so that the rows that were just taken are not walked over again."""

from collections.abc import Sequence
from typing import Final

from stateroom.engine.types import FIRST_RUN, Claim, Cursor

REWIND_SECONDS: Final = 1.0
"""How often, at the most, a short claim starts again from the front, where aborted claims have put rows back."""

RANKS: Final = range(11)


class Cursors:
    """One cursor for each lane and rank, in the order in which they are scanned: rank first, then lane."""

    def __init__(self, lanes: Sequence[str]) -> None:
        """Start at the front of all lanes."""
        self._lanes = tuple(lanes)
        self._rewound = 0.0
        self._cursors: dict[tuple[str, int], Cursor] = {}
        self.rewind()

    def all(self) -> list[Cursor]:
        """Return them in the order of the scan."""
        return list(self._cursors.values())

    def move(self, claims: Sequence[Claim], *, short: bool, now: float) -> None:
        """Move behind what was claimed, but never past the horizon: below it no transaction is open any more."""
        if short and now >= self._rewound + REWIND_SECONDS:
            self._rewound = now
            self.rewind()
            return
        last: dict[tuple[str, int], Claim] = {}
        for claim in claims:
            key = (claim.lane, claim.rank)
            best = last.get(key)
            if best is None or (claim.xid, claim.run) > (best.xid, best.run):
                last[key] = claim
        for key, claim in last.items():
            xid, run = min((claim.xid, claim.run), (claim.horizon, FIRST_RUN))
            self._cursors[key] = Cursor(claim.lane, claim.rank, xid, run)

    def rewind(self) -> None:
        """Start again from the front."""
        self._cursors = {(lane, rank): Cursor(lane, rank) for rank in RANKS for lane in self._lanes}
