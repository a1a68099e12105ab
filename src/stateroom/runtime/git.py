"""Asks git, independently of the caller's environment and of who owns a repository."""

import os
import shutil
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from stateroom.errors import StateroomError

LOCATION_VARIABLES: Final = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_CONFIG",
        "GIT_CONFIG_COUNT",
        "GIT_CONFIG_PARAMETERS",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_WORK_TREE",
    }
)
"""What git sets for its hooks; it would lead git in a working copy back to the repository of the hook."""

UPLOAD_PACK: Final = "git -c safe.directory=* upload-pack"
"""For clones: git keeps the settings below from the process that reads the source."""

_SETTINGS: Final = (
    ("safe.directory", "*"),  # the user names the source; that somebody else owns it is no surprise
    ("core.hooksPath", os.devnull),
    ("advice.detachedHead", "false"),
    ("core.quotePath", "false"),
)
_LOOK_SECONDS: Final = 0.2


class SourceError(StateroomError):
    """A working copy of the source folder cannot be made."""

    code = "source_unavailable"
    status = 422


class Stopped(Exception):
    """Making a copy was given up because its run has ended."""


def available() -> bool:
    """Say whether there is a git at all."""
    return shutil.which("git") is not None


def git(*arguments: str, cwd: Path, stop: threading.Event | None = None) -> str:
    """Return what git prints; raise `SourceError` with git's own words, or `Stopped` once the event is set."""
    process = subprocess.Popen(
        ["git", *arguments],
        cwd=cwd,
        env=_environment(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is the caller's to handle
    )
    with process:
        while True:
            try:
                output, errors = process.communicate(timeout=_LOOK_SECONDS)
                break
            except subprocess.TimeoutExpired:
                if stop is not None and stop.is_set():
                    process.kill()
                    raise Stopped from None
            except BaseException:
                process.kill()
                raise
    if process.returncode:
        words = os.fsdecode(errors).strip() or f"exit code {process.returncode}"
        raise SourceError(f"git {arguments[0]} in {cwd} failed: {words}")
    return os.fsdecode(output)


def _environment(inherited: Mapping[str, str]) -> dict[str, str]:
    variables = {name: value for name, value in inherited.items() if name not in LOCATION_VARIABLES}
    variables |= {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_CONFIG_COUNT": str(len(_SETTINGS))}
    for number, (key, value) in enumerate(_SETTINGS):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables
