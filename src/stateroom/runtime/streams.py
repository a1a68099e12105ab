"""The output pipes of one command, read in the order in which the command wrote.

Two ordinary pipes lose the order: a command writes to both before anybody reads. On Linux both can hold a single
packet (O_DIRECT) in a single slot (the smallest size), so that a second write to the same stream waits until the first
is read; an edge-triggered epoll lists the two in the order in which they became readable. One read per event then gives
exactly the order of the writes, at some 10 µs each. Where a kernel refuses this, and elsewhere, the order between the
streams is that of readiness.
"""

import asyncio
import fcntl
import os
import select
import sys
from types import TracebackType
from typing import Final, Self

from stateroom.runtime.output import Feed

_READ_BYTES: Final = 1 << 16
_SMALLEST: Final = 4096
_TURN: Final = 256
"""Packets that are read before others on the event loop get their turn."""


class Streams:
    """Reads both streams of one command into their feeds until both have ended, or until it is closed."""

    def __init__(self, stdout: Feed, stderr: Feed) -> None:
        """Open the pipes and start to read."""
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._feeds: dict[int, Feed] = {}
        writers: list[int] = []
        ordered = True
        for feed in (stdout, stderr):
            reader, writer, packets = _pipe()
            ordered = ordered and packets
            self._feeds[reader] = feed
            writers.append(writer)
        self.writers: Final = (writers[0], writers[1])
        self._open_writers = True
        self._ordered = _ordered(list(self._feeds)) if ordered else None
        if self._ordered is not None:
            self._loop.add_reader(self._ordered.fileno(), self._read_ordered, self._ordered)
        else:
            for reader in self._feeds:
                self._loop.add_reader(reader, self._read, reader)

    def started(self) -> None:
        """Close the write ends here: only the command has them from now on."""
        if self._open_writers:
            self._open_writers = False
            for writer in self.writers:
                os.close(writer)

    def __enter__(self) -> Self:
        """Nothing more to open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take what is there, then stop reading."""
        self.started()
        if self._ordered is not None:
            self._read_ordered(self._ordered)
        for reader in list(self._feeds):
            while reader in self._feeds and self._read(reader):
                pass
            if reader in self._feeds:
                self._end(reader)
        if self._ordered is not None:
            self._loop.remove_reader(self._ordered.fileno())
            self._ordered.close()

    def _read_ordered(self, ready: "select.epoll") -> None:
        for _ in range(_TURN):
            events = ready.poll(0)
            if not events:
                return
            for reader, event in events:
                if reader not in self._feeds:
                    continue
                went_on = self._read(reader)
                while went_on and event & select.EPOLLHUP:  # no edge follows the last one
                    went_on = self._read(reader)

    def _read(self, reader: int) -> bool:
        """Read once; say whether there may be more."""
        try:
            data = os.read(reader, _READ_BYTES)
        except BlockingIOError:
            return False
        if data:
            self._feeds[reader].write(data)
            return True
        self._end(reader)
        return False

    def _end(self, reader: int) -> None:
        self._feeds.pop(reader).close()
        if self._ordered is None:
            self._loop.remove_reader(reader)
        os.close(reader)
        if not self._feeds and not self.ended.done():
            self.ended.set_result(None)


def _pipe() -> tuple[int, int, bool]:
    """Open a pipe whose read end does not block; say whether it holds one packet at a time."""
    packets = False
    if sys.platform == "linux":
        try:
            reader, writer = os.pipe2(os.O_CLOEXEC | os.O_DIRECT)
            packets = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _SMALLEST) > 0
        except OSError:
            reader, writer = os.pipe()
    else:
        reader, writer = os.pipe()
    os.set_blocking(reader, False)
    return reader, writer, packets


def _ordered(readers: list[int]) -> "select.epoll | None":
    if sys.platform != "linux":
        return None
    ready = select.epoll()
    for reader in readers:
        ready.register(reader, select.EPOLLIN | select.EPOLLET)
    return ready
