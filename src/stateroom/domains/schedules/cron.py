"""Cron rules in time zones: when they come next, daylight saving included."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from stateroom.errors import InvalidInput

FIELDS: Final = "minute hour day-of-month month day-of-week"
MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name.

    Raises:
        InvalidInput: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(
            f"timezone: {name!r} is not a time zone", hint="Use an IANA name such as Europe/Berlin or UTC."
        ) from error


def times_after(expression: str, timezone: str, after: datetime) -> Iterator[datetime]:
    """Yield the times of a rule, in UTC, all later than `after`.

    A time that the clocks skip is taken when they go on, and one that they show twice is taken once, as cron does.

    Raises:
        InvalidInput: the rule or the zone is wrong.
    """
    rule = MACROS.get(expression.strip().lower(), expression)
    start = after.astimezone(zone_of(timezone))
    try:
        # A sixth field would be seconds, which a schedule does not have.
        parsed = CronSim(rule if len(rule.split()) == 5 else "", start)
    except CronSimError as error:
        raise InvalidInput(
            f"cron_expression: {expression!r} is not a cron rule ({str(error).lower()})",
            hint=f"Five fields: {FIELDS}, such as '30 6 * * mon-fri'; or one of {', '.join(MACROS)}.",
        ) from error
    return (each.astimezone(UTC) for each in parsed)


def next_times(expression: str, timezone: str, *, after: datetime, count: int = 1) -> list[datetime]:
    """Return the next times of a rule, as times_after yields them.

    Raises:
        InvalidInput: the rule or the zone is wrong, or the rule never comes.
    """
    found = list(islice(times_after(expression, timezone, after), count))
    if not found:
        raise InvalidInput(f"cron_expression: {expression!r} never comes", hint="Does that day exist?")
    return found
