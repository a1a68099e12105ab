"""A `stateroom` process of its own: what it said so far, waiting for what it says, and what it started."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import psutil

PATIENCE = 60


class Command:
    """Started with `--json`: every line that it prints is an event."""

    def __init__(self, *arguments, env, cwd):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "stateroom", *map(str, arguments), "--json"],
            env={**os.environ, **env, "PYTHONUNBUFFERED": "1"},
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.events = []
        self.errors = []
        self._readers = [
            threading.Thread(target=self._read, args=(self.process.stdout, self.events, json.loads)),
            threading.Thread(target=self._read, args=(self.process.stderr, self.errors, str)),
        ]
        for reader in self._readers:
            reader.start()

    @staticmethod
    def _read(stream, into, convert):
        for line in stream:
            into.append(convert(line))

    def event(self, name, matching=lambda _: True):
        """Wait for an event and return its data."""

        def found():
            hits = [each["data"] for each in list(self.events) if each["event"] == name and matching(each["data"])]
            if not hits and self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode} before {name}: {self}")
            return hits

        return until(found, f"{name} of {self}")[0]

    def end(self, number=None):
        """Send a signal, if any, and return the exit status."""
        if number is not None:
            self.process.send_signal(number)
        status = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return status

    def child(self, service):
        """Wait for a living child by the name of its command, and return its process id."""

        def found():
            for each in psutil.Process(self.process.pid).children():
                if service in _argv(each)[3:] and each.status() != psutil.STATUS_ZOMBIE:
                    return each.pid
            return None

        return until(found, f"the {service} of {self}")

    def family(self):
        """All that it started, PostgreSQL included."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.end()
        self.process.stdout.close()
        self.process.stderr.close()

    def __str__(self):
        return f"{self.process.args[3:]}: {self.events[-5:]} {''.join(self.errors)}"


def _argv(process):
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def until(found, what="it"):
    """Return what `found` returns, as soon as that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (result := found()):
        assert time.monotonic() < deadline, f"waited too long for {what}"
        time.sleep(0.02)
    return result


def gone(processes):
    """Tell whether none of these runs any more."""
    return not [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


@contextmanager
def command(*arguments, env, cwd):
    process = Command(*arguments, env=env, cwd=cwd)
    try:
        yield process
    finally:
        process.close()
