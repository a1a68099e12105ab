"""Cron rules in time zones: when they come next, also where the clocks change.

Rules that name times of day (neither minutes nor hours start with a star) follow the clock on the wall: a time that is
skipped comes when the clocks go on, one that is shown twice comes the first time only, and times that fall together
come once. All others follow real time: they come whenever the clock shows their time. A change of more than three hours
is a day left out of the calendar, and nothing in it is made up for. This is what cron(8) of Debian says.
"""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from stateroom.domains.schedules.rule import MACROS, NotARule, Rule
from stateroom.errors import InvalidInput

FIELDS: Final = "minute hour day-of-month month day-of-week"
MOST_SKIPPED: Final = timedelta(hours=3)
_NOTHING: Final = timedelta()


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
    """Yield the times of a rule, in UTC, all later than `after`, in order, none twice.

    Raises:
        InvalidInput: the rule or the zone is wrong.
    """
    zone = zone_of(timezone)
    try:
        rule = Rule.of(expression)
    except NotARule as error:
        raise InvalidInput(
            f"cron_expression: {expression!r} is not a cron rule ({error})",
            hint=f"Five fields: {FIELDS}, such as '30 6 * * mon-fri'; or one of {', '.join(MACROS)}.",
        ) from error
    return _later(rule, zone, after.astimezone(UTC))


def next_times(expression: str, timezone: str, *, after: datetime, count: int = 1) -> list[datetime]:
    """Return the next times of a rule, as times_after yields them.

    Raises:
        InvalidInput: the rule or the zone is wrong, or the rule never comes.
    """
    found = list(islice(times_after(expression, timezone, after), count))
    if not found:
        raise InvalidInput(f"cron_expression: {expression!r} never comes", hint="Does that day exist?")
    return found


def _later(rule: Rule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    wall = after.astimezone(zone).replace(tzinfo=None, fold=0)
    # what is shown twice is walked through once: from its beginning, whichever of the two passes `after` is in
    start = wall - max(_repeated(wall, zone), _NOTHING)
    last = after
    for each in _instants(rule, zone, start):
        if each > last:
            yield each
            last = each


def _instants(rule: Rule, zone: ZoneInfo, start: datetime) -> Iterator[datetime]:
    """Yield when the walls of a rule come, in order; what falls together comes more than once."""
    second_pass: deque[datetime] = deque()
    for wall in rule.walls(start):
        shown = wall.replace(tzinfo=zone)
        repeated = _repeated(wall, zone)
        if repeated < _NOTHING:  # the clocks never show it
            if not rule.fixed or -repeated > MOST_SKIPPED:
                continue
            instant = _change(shown, zone)
        else:
            instant = shown.astimezone(UTC)
            if repeated and not rule.fixed:
                second_pass.append(instant + repeated)
        while second_pass and second_pass[0] < instant:
            yield second_pass.popleft()
        yield instant
    yield from second_pass


def _repeated(wall: datetime, zone: ZoneInfo) -> timedelta:
    """Return how long after its first time the clocks show this again: 0 if they do not, < 0 if they skip it."""
    shown = wall.replace(tzinfo=zone)
    return (shown.utcoffset() or _NOTHING) - (shown.replace(fold=1).utcoffset() or _NOTHING)


def _change(skipped: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clocks go on over this time."""
    low, high = skipped.replace(fold=1).astimezone(UTC), skipped.astimezone(UTC)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
