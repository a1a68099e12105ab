"""Ids for rows of the past: UUIDv7 of chosen moments, made without asking the server."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from asyncpg.pgproto.pgproto import UUID

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
BLOCK: Final = 4096


class Ids:
    """Mints ids; the same seed mints the same ones for the same moments."""

    def __init__(self, random: Random) -> None:
        """Take the random bits from here, many at a time."""
        self._random = random
        self._noise: bytes = b""
        self._used = 0

    def at(self, seconds: float) -> UUID:
        """Return an id of the moment, in seconds since 1970: 48 bits of ms, 12 of its fraction, 62 random ones."""
        if self._used == len(self._noise):
            self._noise, self._used = self._random.randbytes(8 * BLOCK), 0
        ticks = int(seconds * 4_096_000)
        low = int.from_bytes(self._noise[self._used : self._used + 8]) & 0x3FFF_FFFF_FFFF_FFFF
        self._used += 8
        high = (ticks >> 12) << 16 | 0x7000 | ticks & 0xFFF
        return UUID((high << 64 | 0x8000_0000_0000_0000 | low).to_bytes(16))


def moment(seconds: float) -> datetime:
    """Return a moment given in seconds since 1970."""
    return EPOCH + timedelta(seconds=seconds)
