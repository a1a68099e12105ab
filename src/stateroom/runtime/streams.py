"""The output pipes of one command, read in the order in which the command wrote.

Two ordinary pipes lose the order: a command writes to both before anybody reads. On Linux both can hold a single
packet (O_DIRECT) in a single slot (the smallest size), so that a second write to the same stream waits until the first
is read; an edge-triggered epoll lists the two in the order in which they became readable. One read per event then gives
exactly the order of the writes, at some 10 µs each.

A writer that asked not to wait (O_NONBLOCK) would be refused instead, and those who share the stream with it, as
processes that Node.js starts do, often take that for an error. So the flag is looked for at every read and every few
milliseconds, and a pipe that has it becomes an ordinary, large one. There, where a kernel refuses the above, and on
other systems, the order between the streams is that of readiness.
"""

import asyncio
import contextlib
import fcntl
import os
import select
import sys
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from stateroom.runtime.output import Feed

_READ_BYTES: Final = 1 << 16
_SMALLEST: Final = 4096
_LARGE: Final = (1 << 20, 1 << 16)
_LOOK_SECONDS: Final = 0.02
_TURN: Final = 256
"""Packets that are read before others on the event loop get their turn."""


@dataclass(slots=True)
class _Pipe:
    """One stream; `writer` is our own copy of the command's end, -1 once it is closed."""

    feed: Feed
    reader: int
    writer: int
    single: bool


class Streams:
    """Reads both streams of one command into their feeds until both have ended, or until it is closed."""

    def __init__(self, stdout: Feed, stderr: Feed, *, ordered: bool = sys.platform == "linux") -> None:
        """Open the pipes and start to read."""
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        pipes = [_open(feed, single=ordered) for feed in (stdout, stderr)]
        self.writers: Final = (pipes[0].writer, pipes[1].writer)
        self._pipes = {pipe.reader: pipe for pipe in pipes}
        self._ready = _epoll(pipes) if all(pipe.single for pipe in pipes) else None
        self._look: asyncio.TimerHandle | None = None
        if self._ready is None:
            for pipe in pipes:
                self._loop.add_reader(pipe.reader, self._read, pipe)
        else:
            self._loop.add_reader(self._ready.fileno(), self._read_in_order, self._ready)
            self._look = self._loop.call_later(_LOOK_SECONDS, self._look_at_all)

    def exited(self) -> None:
        """Close the write ends here: from now on the streams last as long as what the command has left behind."""
        if self._look is not None:
            self._look.cancel()
        for pipe in self._pipes.values():
            if pipe.writer >= 0:
                os.close(pipe.writer)
                pipe.writer = -1

    def __enter__(self) -> Self:
        """Nothing more to open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take what is there, then stop reading."""
        self.exited()
        if self._ready is not None:
            self._read_in_order(self._ready)
        for pipe in list(self._pipes.values()):
            while pipe.reader in self._pipes and self._read(pipe):
                pass
            if pipe.reader in self._pipes:
                self._end(pipe)
        if self._ready is not None:
            self._loop.remove_reader(self._ready.fileno())
            self._ready.close()

    def _read_in_order(self, ready: "select.epoll") -> None:
        for _ in range(_TURN):
            events = ready.poll(0)
            if not events:
                return
            for reader, event in events:
                pipe = self._pipes.get(reader)
                while pipe is not None and self._read(pipe) and event & select.EPOLLHUP:
                    pipe = self._pipes.get(reader)  # no edge follows the last one
                if pipe is not None:
                    self._look_at(pipe, ready)

    def _read(self, pipe: _Pipe) -> bool:
        """Read once; say whether there may be more."""
        try:
            data = os.read(pipe.reader, _READ_BYTES)
        except BlockingIOError:
            return False
        if data:
            pipe.feed.write(data)
            return True
        self._end(pipe)
        return False

    def _end(self, pipe: _Pipe) -> None:
        del self._pipes[pipe.reader]
        pipe.feed.close()
        if self._ready is None:
            self._loop.remove_reader(pipe.reader)
        os.close(pipe.reader)
        if not self._pipes and not self.ended.done():
            self.ended.set_result(None)

    def _look_at_all(self) -> None:
        if self._ready is not None:
            for pipe in self._pipes.values():
                self._look_at(pipe, self._ready)
            self._look = self._loop.call_later(_LOOK_SECONDS, self._look_at_all)

    @staticmethod
    def _look_at(pipe: _Pipe, ready: "select.epoll") -> None:
        """Make a pipe ordinary and large if somebody who writes to it does not want to wait."""
        if not pipe.single or pipe.writer < 0:
            return
        flags = fcntl.fcntl(pipe.writer, fcntl.F_GETFL)
        if flags & os.O_NONBLOCK:
            pipe.single = False
            fcntl.fcntl(pipe.writer, fcntl.F_SETFL, flags & ~os.O_DIRECT)
            for size in _LARGE:
                with contextlib.suppress(OSError):  # a user has so many pages for pipes
                    fcntl.fcntl(pipe.writer, fcntl.F_SETPIPE_SZ, size)
                    break
            ready.modify(pipe.reader, select.EPOLLIN)


def _open(feed: Feed, *, single: bool) -> _Pipe:
    if single:
        with contextlib.suppress(OSError):
            reader, writer = os.pipe2(os.O_CLOEXEC | os.O_DIRECT)
            os.set_blocking(reader, False)
            size = fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, _SMALLEST)
            return _Pipe(feed, reader, writer, single=size == _SMALLEST)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    return _Pipe(feed, reader, writer, single=False)


def _epoll(pipes: list[_Pipe]) -> "select.epoll":
    ready = select.epoll()
    for pipe in pipes:
        ready.register(pipe.reader, select.EPOLLIN | select.EPOLLET)
    return ready
