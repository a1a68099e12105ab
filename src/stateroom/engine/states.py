"""The words of the engine: where a run stands, how an attempt ended, what an edge asks for."""

from enum import StrEnum


class RunState(StrEnum):
    """Where a run stands. The last five are final; before them it is the table in which the run stands."""

    WAITING = "waiting"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    SKIPPED = "skipped"

    @property
    def is_final(self) -> bool:
        """Whether the run has ended for good."""
        return self not in {RunState.WAITING, RunState.SCHEDULED, RunState.QUEUED, RunState.RUNNING}


class RunTrigger(StrEnum):
    """What started a workflow run."""

    MANUAL = "manual"
    SCHEDULE = "schedule"
    WEBHOOK = "webhook"
    API = "api"
    DEPENDENCY = "dependency"
    RERUN = "rerun"


class AttemptOutcome(StrEnum):
    """How an attempt ended that was not the last."""

    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    LOST = "lost"
    SNOOZED = "snoozed"
    RELEASED = "released"


class RunLimit(StrEnum):
    """What of a run has a time by which it must have come: its start, or its end."""

    START = "start"
    DEADLINE = "deadline"


class KeyHold(StrEnum):
    """How long a key keeps other runs away: until it expires, while its run is unfinished, or has not begun."""

    EXPIRY = "expiry"
    UNFINISHED = "unfinished"
    UNSTARTED = "unstarted"


class ActionKind(StrEnum):
    """How a task is executed; manual: by a person."""

    MANUAL = "manual"
    COMMAND = "command"
    HANDLER = "handler"
    HTTP = "http"
    AGENT = "agent"


class EdgeCondition(StrEnum):
    """How a prerequisite must have ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    ALWAYS = "always"


class OverlapPolicy(StrEnum):
    """What happens when a schedule fires while its last run is still going on."""

    SKIP = "skip"
    QUEUE = "queue"
    CANCEL_RUNNING = "cancel_running"
    ALLOW = "allow"


class FiringOutcome(StrEnum):
    """What became of one time of a schedule: queued waits for the end of its last run."""

    STARTED = "started"
    REFUSED = "refused"
    SKIPPED = "skipped"
    QUEUED = "queued"


class CatchupPolicy(StrEnum):
    """Which of the firings that were missed are made up for."""

    NONE = "none"
    LATEST = "latest"
    ALL = "all"
