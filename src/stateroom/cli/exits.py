"""Exit statuses: the one place where they are said, shown by `stateroom --help`."""

from enum import IntEnum

from stateroom.errors import StateroomError


class Exit(IntEnum):
    """What the shell gets back."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    UNREACHABLE = 4
    NOT_ALLOWED = 5
    CONFLICT = 6
    BROKEN = 7
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """Say when a command ends with this status."""
        return _MEANINGS[self]


_MEANINGS = {
    Exit.OK: "done; a run that was waited for succeeded",
    Exit.FAILED: "the run that was waited for did not succeed; a check found something",
    Exit.USAGE: "bad usage, or a workflow file that is not valid",
    Exit.NOT_FOUND: "no such run, schedule or file",
    Exit.UNREACHABLE: "the server or the database cannot be reached",
    Exit.NOT_ALLOWED: "not allowed: the token is missing, wrong or not enough",
    Exit.CONFLICT: "what was asked does not fit the state that things are in",
    Exit.BROKEN: "the server failed or could not be started",
    Exit.INTERRUPTED: "interrupted by Ctrl-C",
}


def exit_of(error: StateroomError) -> Exit:
    """Map an error to the status that the command ends with."""
    match error.status:
        case 400 | 413 | 422:
            return Exit.USAGE
        case 404:
            return Exit.NOT_FOUND
        case 401 | 403:
            return Exit.NOT_ALLOWED
        case 409:
            return Exit.CONFLICT
        case 502 | 503 | 504:
            return Exit.UNREACHABLE
        case _:
            return Exit.BROKEN


def described() -> str:
    """Return the table for the help of the root command."""
    return "\n".join(["Exit status:", *(f"{status:>3d}  {status.meaning}" for status in Exit)])
