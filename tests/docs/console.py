"""Runs what a `console` block shows: lines that begin with `$ ` are typed, the others are what comes back."""

import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SECONDS = 60
SHELL = re.compile(r"[|;&<$`\\]")


@dataclass(frozen=True)
class Typed:
    command: str
    shown: list[str]


def typed(text: str) -> list[Typed]:
    """Split a block into commands, each with the lines that are shown below it."""
    found: list[Typed] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Typed(line.removeprefix("$ "), []))
        elif found and found[-1].command.endswith("\\"):
            found[-1] = Typed(f"{found[-1].command}\n{line}", [])
        elif line.strip():
            found[-1].shown.append(line)
    return found


class Terminal:
    """Where commands are typed. Those of `stateroom` alone run in forks of one process that has imported it."""

    def __init__(self, env: dict[str, str]):
        self._env = env
        program = Path(__file__).with_name("warm.py")
        self._warm = subprocess.Popen(
            [sys.executable, str(program)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def close(self):
        with self._warm as process:
            process.stdin.close()

    def play(self, each: Typed, *, cwd: Path, status: int) -> str:
        """Run one command; return what it printed, on both streams."""
        if each.command.startswith("stateroom ") and not SHELL.search(each.command):
            said, ended = self._forked(each.command, cwd)
        else:
            said, ended = _in_shell(each.command, env=self._env, cwd=cwd)
        assert ended == status, f"$ {each.command}\n{said}\nstatus {ended}, not {status}"
        return said

    def _forked(self, command: str, cwd: Path) -> tuple[str, int]:
        out = cwd / ".said"
        out.write_text("", encoding="utf-8")
        order = {"arguments": shlex.split(command)[1:], "cwd": str(cwd), "out": str(out)}
        self._warm.stdin.write(json.dumps(order) + "\n")
        self._warm.stdin.flush()
        ended = int(self._warm.stdout.readline())
        said = out.read_text(encoding="utf-8")
        out.unlink()
        return said, ended


def _in_shell(command: str, *, env: dict[str, str], cwd: Path) -> tuple[str, int]:
    done = subprocess.run(
        ["bash", "-c", command],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout, done.returncode


def missing(shown: list[str], said: str) -> str | None:
    """Return the first shown line that was not printed in this order; `…` stands for anything within a line."""
    lines = iter(_plain(line) for line in said.splitlines())
    for line in shown:
        if line.strip() == "…":
            continue
        wanted = ".*".join(re.escape(part) for part in _plain(line).split("…"))
        if not any(re.fullmatch(wanted, each) for each in lines):
            return line
    return None


def _plain(line: str) -> str:
    return re.sub(r"\s+", " ", line).strip()
