"""Which times of a due schedule are fired, and when it is due next."""

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import Final

from stateroom.domains.schedules.cron import next_times, times_after
from stateroom.engine.types import DueSchedule, Firing
from stateroom.errors import InvalidInput

MOST_CATCH_UP: Final = 1000
"""Times of one schedule in one go; the others come in the next ones."""

NOT_LATE: Final = timedelta(minutes=1)
_LOOK_BACK_DAYS: Final = (1 / 24, 1, 32, 367, 3000)


def plan(schedule: DueSchedule) -> Firing:
    """Return what is to be done with a due schedule; one without a next time only gets one.

    Raises:
        InvalidInput: its rule or its zone cannot be read, or the rule never comes.
    """
    expression, zone, first = schedule.cron_expression, schedule.timezone, schedule.next_run_at
    if first is None:
        return _firing(schedule, [], next_times(expression, zone, after=schedule.changed_at or schedule.clock, count=2))
    later = next_times(expression, zone, after=first, count=2)
    if later[0] > schedule.clock and schedule.catchup_policy != "none":
        return _firing(schedule, [first], later)  # as it is nearly always
    times = due_times(schedule)
    whole = schedule.catchup_policy == "all" and len(times) == MOST_CATCH_UP
    return _firing(schedule, times, next_times(expression, zone, after=times[-1] if whole else schedule.clock, count=2))


def _firing(schedule: DueSchedule, times: list[datetime], later: list[datetime]) -> Firing:
    if not later:
        raise InvalidInput(f"cron_expression: {schedule.cron_expression!r} comes no more")
    return Firing(schedule, times, later[0], later[1] if len(later) > 1 else None)


def due_times(schedule: DueSchedule) -> list[datetime]:
    """Return the times that have come and are to be fired, oldest first.

    A time that is not older than a minute and the schedule's jitter is never missed. Of older ones the policy `none`
    takes none, `latest` the last one, `all` all those within the window, the first MOST_CATCH_UP of them now.
    """
    match schedule.catchup_policy:
        case "all":
            window = timedelta(seconds=schedule.catchup_window_seconds)
            return list(islice(_times_since(schedule, schedule.clock - window), MOST_CATCH_UP)) or [_latest(schedule)]
        case "none":
            oldest = schedule.clock - NOT_LATE - timedelta(seconds=schedule.jitter_seconds)
            return [time for time in [_latest(schedule)] if time >= oldest]
        case _:
            return [_latest(schedule)]


def _latest(schedule: DueSchedule) -> datetime:
    """Return the last time that has come, without a walk through all that was missed in a year of silence."""
    for days in _LOOK_BACK_DAYS:
        if times := deque(_times_since(schedule, schedule.clock - timedelta(days=days)), maxlen=1):
            return times[0]
    return schedule.next_run_at or schedule.clock


def _times_since(schedule: DueSchedule, since: datetime) -> Iterator[datetime]:
    """Yield the times that have come, none before `since` and none before the schedule's own next one."""
    first = schedule.next_run_at or since
    start = max(first, since - timedelta(seconds=1))
    if first >= since:
        yield first
    later = times_after(schedule.cron_expression, schedule.timezone, start)
    yield from takewhile(lambda each: each <= schedule.clock, later)
