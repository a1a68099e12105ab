"""The files through which a command answers: outputs, variables, search path and summary, in GitHub's syntax."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stateroom.errors import InvalidInput
from stateroom.runtime.output import clean

_MOST_BYTES: Final = 1 << 20
_OURS: Final = re.compile(r"(?i:GITHUB|RUNNER|STATEROOM)_")
_FILES: Final = ("output", "env", "path", "summary", "state")


@dataclass(frozen=True, slots=True)
class Answers:
    """What a command has written into its files."""

    outputs: Mapping[str, str]
    env: Mapping[str, str]
    path: tuple[str, ...]
    summary: str


class AnswerFiles:
    """The empty files of one command."""

    def __init__(self, folder: Path, number: int) -> None:
        """Make them."""
        self._files = {kind: folder / f"{kind}-{number}" for kind in _FILES}
        for path in self._files.values():
            path.touch()

    def variables(self, *, github: bool) -> dict[str, str]:
        """Return the variables that name the files to the command."""
        files = {kind: str(path) for kind, path in self._files.items()}
        ours = {"STATEROOM_OUTPUT": files["output"], "STATEROOM_SUMMARY": files["summary"]}
        if not github:
            return ours
        return ours | {
            "GITHUB_OUTPUT": files["output"],
            "GITHUB_ENV": files["env"],
            "GITHUB_PATH": files["path"],
            "GITHUB_STEP_SUMMARY": files["summary"],
            "GITHUB_STATE": files["state"],
        }

    def read(self) -> Answers:
        """Read what the command has written; raise `InvalidInput` for what cannot be understood or is too much."""
        env = _pairs(self._text("env"), "variables")
        for name in env:
            if _OURS.match(name) or name == "NODE_OPTIONS":
                raise InvalidInput(f"A command cannot set the variable {name} for the commands after it.")
        return Answers(
            outputs=_pairs(self._text("output"), "outputs"),
            env=env,
            path=tuple(line for line in self._text("path").splitlines() if line.strip()),
            summary=self._text("summary", cut=True),
        )

    def _text(self, kind: str, *, cut: bool = False) -> str:
        """Read a file that the command may have removed, or replaced by something that must not be waited for."""
        try:
            descriptor = os.open(self._files[kind], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return ""
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return ""
            data = file.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES and not cut:
            raise InvalidInput(f"The command has written more than {_MOST_BYTES >> 20} MiB of {kind}.")
        return clean(data[:_MOST_BYTES].decode("utf-8", "replace").replace("\r\n", "\n").removeprefix("\ufeff"))


def _pairs(text: str, what: str) -> dict[str, str]:
    """Read `name=value` lines, and `name<<MARK` with the lines of the value up to a line MARK."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line.strip():
            continue
        name, mark = _split(line)
        if not name.strip():
            raise InvalidInput(
                f"In the command's {what} this line is neither name=value nor name<<MARK: {line[:100]!r}"
            )
        if mark is None:
            found[name.strip()] = line[len(name) + 1 :]
            continue
        value: list[str] = []
        for each in lines:
            if each == mark:
                break
            value.append(each)
        else:
            raise InvalidInput(f"In the command's {what} the value of {name.strip()} has no end: no line is {mark!r}.")
        found[name.strip()] = "\n".join(value)
    return found


def _split(line: str) -> tuple[str, str | None]:
    """Return the name and, if the value follows on more lines, their end mark; whichever sign comes first counts."""
    equals, arrows = line.find("="), line.find("<<")
    if arrows >= 0 and not 0 <= equals < arrows:
        return line[:arrows], line[arrows + 2 :].strip()
    return (line[:equals], None) if equals >= 0 else ("", None)
