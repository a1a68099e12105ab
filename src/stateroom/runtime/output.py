"""What a run prints: whole lines go to a sink up to a limit, and the last bytes are kept."""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

LineSink = Callable[[str, int | None, str], None]
"""Takes stream (stdout, stderr, system), number of the part, and the line's text."""

LINE_BYTES: Final = 16 * 1024
"""Longer lines are split."""

_ROW_BYTES: Final = 24
"""What a line costs besides its text, so that ten million empty lines are not taken for nothing."""


class Output:
    """All output of one run, whichever of its commands prints it."""

    def __init__(self, sink: LineSink, *, limit_bytes: int, tail_bytes: int) -> None:
        """Send at most `limit_bytes` to the sink and keep the last `tail_bytes`."""
        self._sink = sink
        self._left = limit_bytes
        self._limit = limit_bytes
        self._full = False
        self._tail_bytes = tail_bytes
        self._tail: deque[bytes] = deque()
        self._tail_size = 0

    def note(self, text: str, part_no: int | None = None) -> None:
        """Say something in the run's log that no command has printed."""
        for line in clean(text).splitlines():
            self._sink("system", part_no, line)
            self._keep(line.encode() + b"\n")

    def write(self, stream: str, part_no: int | None, block: bytes) -> None:
        """Take a block of whole lines; its last line may lack the newline."""
        self._keep(block)
        if self._full:
            return
        for line in clean(block.decode("utf-8", "replace")).removesuffix("\n").split("\n"):
            self._left -= _ROW_BYTES + (len(line) if line.isascii() else len(line.encode()))
            if self._left < 0:
                self._full = True
                self.note(f"More than {_size(self._limit)} of output: no more goes to the log, only the end is kept.")
                return
            self._sink(stream, part_no, line)

    @property
    def tail(self) -> str:
        """The last bytes of the output, from the beginning of a line if there is one."""
        data = b"".join(self._tail)
        if len(data) > self._tail_bytes:
            data = data[len(data) - self._tail_bytes :] if self._tail_bytes else b""
            data = data[data.find(b"\n", 0, -1) + 1 :]
        return clean(data.decode("utf-8", "replace"))

    def _keep(self, block: bytes) -> None:
        if not block.endswith(b"\n"):
            block += b"\n"
        self._tail.append(block)
        self._tail_size += len(block)
        while self._tail_size - len(self._tail[0]) > self._tail_bytes:
            self._tail_size -= len(self._tail.popleft())


class Feed:
    """Collects one stream of one command into whole lines."""

    def __init__(self, output: Output, stream: str, part_no: int | None) -> None:
        """Feed the given output."""
        self._output = output
        self._stream = stream
        self._part_no = part_no
        self._open = bytearray()

    def write(self, data: bytes) -> None:
        """Take what was read, wherever it was cut."""
        end = data.rfind(b"\n") + 1
        if end:
            self._emit(bytes(self._open) + data[:end])
            self._open.clear()
        self._open += data[end:]
        if len(self._open) > LINE_BYTES:
            self._shorten()

    def close(self) -> None:
        """Take the last line, which has no end."""
        if self._open:
            self._emit(bytes(self._open))
            self._open.clear()

    def _emit(self, block: bytes) -> None:
        if len(block) <= LINE_BYTES:
            self._output.write(self._stream, self._part_no, block)
            return
        for line in _split_long(block):
            self._output.write(self._stream, self._part_no, line)

    def _shorten(self) -> None:
        """Forget what a progress display has overwritten, then cut what is still too long."""
        del self._open[: self._open.rfind(b"\r", 0, -1) + 1]
        while len(self._open) > LINE_BYTES:
            cut = _character_end(self._open, LINE_BYTES)
            self._output.write(self._stream, self._part_no, bytes(self._open[:cut]))
            del self._open[:cut]


def clean(text: str) -> str:
    r"""Return text as PostgreSQL and people can read it.

    NUL is left out, lone surrogates are replaced, `\r\n` is an end of line, and of what a progress display overwrites
    with `\r` the last state stays.
    """
    if "\0" in text:
        text = text.replace("\0", "")
    if "\r" in text:
        text = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _split_long(block: bytes) -> Iterator[bytes]:
    """Yield the lines of a block, those that are too long in pieces."""
    for line in block.removesuffix(b"\n").split(b"\n"):
        rest = line
        if len(rest) > LINE_BYTES:
            rest = rest[rest.rfind(b"\r", 0, len(rest.rstrip(b"\r"))) + 1 :]
        while len(rest) > LINE_BYTES:
            cut = _character_end(rest, LINE_BYTES)
            yield rest[:cut]
            rest = rest[cut:]
        yield rest


def _character_end(data: bytes | bytearray, limit: int) -> int:
    """Return the last place up to `limit` that is not inside a UTF-8 character."""
    for cut in range(limit, limit - 4, -1):
        if data[cut] & 0xC0 != 0x80:
            return cut
    return limit


def _size(count: int) -> str:
    return f"{count / (1 << 20):.3g} MiB" if count >= 1 << 20 else f"{count} bytes"
