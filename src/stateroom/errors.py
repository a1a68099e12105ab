"""The error tree: one class is one stable code, one HTTP status and one SQLSTATE.

StateroomError
├── InvalidInput         422  SR422   the request itself is wrong
├── NotFound             404  SR404   there is no such thing, or the caller may not know of it
├── Forbidden            403  SR403   the caller may see it, but not do this
├── Unauthorized         401          nobody is signed in
├── Conflict             409  SR409   the thing is in a state that does not allow this
├── PayloadTooLarge      413          more bytes than a limit allows
├── NotReady             503          a part has not started yet, or is going down
├── DatabaseUnavailable  503          PostgreSQL cannot be reached
├── UnsafeRole           500          the login could walk around row security
├── SealBroken           500          a sealed value cannot be opened
├── EmbeddedServerError  500          the embedded PostgreSQL cannot be started or stopped
├── RunFailed            409          the run whose result was waited for has failed for good
│   └── RunTimedOut      409          … since it took too long
├── RunCancelled         409          … was cancelled
├── RunSkipped           409          … was not executed, since its condition did not hold
└── MigrationError       500          the schema and this program do not fit together
"""

from typing import ClassVar


class StateroomError(Exception):
    """What happened, to which id, in which state; the hint says what to do."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    sqlstate: ClassVar[str | None] = None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        """Keep message and hint apart, so that every door can show them in its own way."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class InvalidInput(StateroomError):
    """The request itself is wrong."""

    code = "invalid_input"
    status = 422
    sqlstate = "SR422"


class NotFound(StateroomError):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"
    status = 404
    sqlstate = "SR404"


class Forbidden(StateroomError):
    """The caller may see it, but not do this."""

    code = "forbidden"
    status = 403
    sqlstate = "SR403"


class Unauthorized(StateroomError):
    """Nobody is signed in."""

    code = "unauthorized"
    status = 401


class Conflict(StateroomError):
    """The thing is in a state that does not allow this."""

    code = "conflict"
    status = 409
    sqlstate = "SR409"


class PayloadTooLarge(StateroomError):
    """More bytes than a limit allows."""

    code = "payload_too_large"
    status = 413


class NotReady(StateroomError):
    """A part has not started yet, or is going down."""

    code = "not_ready"
    status = 503


class DatabaseUnavailable(StateroomError):
    """PostgreSQL cannot be reached."""

    code = "database_unavailable"
    status = 503


class UnsafeRole(StateroomError):
    """The login could walk around row security."""

    code = "unsafe_role"


class SealBroken(StateroomError):
    """A sealed value cannot be opened."""

    code = "seal_broken"


class EmbeddedServerError(StateroomError):
    """The embedded PostgreSQL cannot be started or stopped."""

    code = "embedded_server"


class MigrationError(StateroomError):
    """The schema and this program do not fit together."""

    code = "migration"


class RunFailed(StateroomError):
    """The run whose result was waited for has failed for good."""

    code = "run_failed"
    status = 409

    def __init__(self, message: str, *, error_type: str | None = None, error_message: str | None = None) -> None:
        """Keep what the handler raised in its last attempt."""
        super().__init__(message)
        self.error_type = error_type
        self.error_message = error_message


class RunTimedOut(RunFailed):
    """The run whose result was waited for took too long."""

    code = "run_timed_out"


class RunCancelled(StateroomError):
    """The run whose result was waited for was cancelled."""

    code = "run_cancelled"
    status = 409


class RunSkipped(StateroomError):
    """The run whose result was waited for was not executed, since its condition did not hold."""

    code = "run_skipped"
    status = 409


def from_sqlstate(sqlstate: str, message: str, hint: str | None = None) -> StateroomError:
    """Turn what SQL raised (`using errcode = 'SR404', message = …, hint = …`) into the class of that state."""
    classes = (InvalidInput, NotFound, Forbidden, Conflict)
    found = next((each for each in classes if each.sqlstate == sqlstate), StateroomError)
    return found(message, hint=hint)
