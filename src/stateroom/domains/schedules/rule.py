"""What the text of a cron rule says: minutes, hours, and which days of a month."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MOST_YEARS: Final = 50
"""A rule that finds no day in so many years never comes: 29 February is a given weekday at least every 40."""


class NotARule(ValueError):
    """The text is not a cron rule; says which field is wrong."""


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five: its name, the least and the greatest value, where an open step ends, and names for values."""

    name: str
    least: int
    most: int
    end: int
    names: tuple[str, ...] = ()

    def value(self, text: str) -> int:
        """Read one value, a number or a name."""
        if text in self.names:
            return self.names.index(text) + self.least
        found = self.number(text)
        if not self.least <= found <= self.most:
            raise NotARule(f"bad {self.name}")
        return found

    def number(self, text: str) -> int:
        """Read digits and nothing else."""
        if not (text.isascii() and text.isdigit()):
            raise NotARule(f"bad {self.name}")
        return int(text)

    def span(self, text: str) -> range:
        """Read `*`, a value or a range, with or without a step; `5/10` goes on to the end."""
        term, slash, by = text.partition("/")
        step = self.number(by) if slash else 1
        if not step:
            raise NotARule(f"bad {self.name}")
        if term == "*":
            return range(self.least, self.most + 1, step)
        low, dash, high = term.partition("-")
        first = self.value(low)
        last = self.value(high) if dash else first
        if last < first:
            raise NotARule(f"bad {self.name}")
        return range(first, (max(self.end, first) if slash and last == first else last) + 1, step)

    def values(self, text: str) -> frozenset[int]:
        """Read a list of all these."""
        return frozenset(value for term in text.split(",") for value in self.span(term))


MINUTE: Final = Field("minute", 0, 59, 59)
HOUR: Final = Field("hour", 0, 23, 23)
DAY: Final = Field("day-of-month", 1, 31, 31)
MONTH: Final = Field("month", 1, 12, 12, MONTHS)
WEEKDAY: Final = Field("day-of-week", 0, 7, 6, WEEKDAYS)


@dataclass(frozen=True, slots=True)
class Days:
    """Which days of the month and of the week a rule means."""

    numbers: frozenset[int]
    last: bool
    last_working: bool
    weekdays: frozenset[int]
    """0 is Sunday."""
    nth: frozenset[tuple[int, int]]
    """A weekday, and which one of the month; -1 is the last."""
    both: bool
    """Both fields must agree; else one is enough. As in cron: when one of them starts with a star."""

    @classmethod
    def of(cls, day: str, weekday: str) -> Self:
        """Read the two fields."""
        terms = day.split(",")
        plain = [term for term in terms if term.partition("/")[0] not in {"L", "LW"}]
        for term in set(terms) - set(plain):
            DAY.span("*" + term.removeprefix("LW").removeprefix("L"))  # a step is allowed, and means nothing
        nth = [term for term in weekday.split(",") if "#" in term or "L" in term]
        other = [term for term in weekday.split(",") if term not in nth]
        return cls(
            numbers=frozenset(value for term in plain for value in DAY.span(term)),
            last=any(term.partition("/")[0] == "L" for term in terms),
            last_working=any(term.partition("/")[0] == "LW" for term in terms),
            weekdays=frozenset(value % 7 for term in other for value in WEEKDAY.span(term)),
            nth=frozenset(_nth(term) for term in nth),
            both=day.startswith("*") or weekday.startswith("*"),
        )

    def of_month(self, year: int, month: int) -> list[int]:
        """Return the days of one month, in order."""
        monday_first, most = monthrange(year, month)
        first = (monday_first + 1) % 7  # the weekday of the first
        numbers = {day for day in self.numbers if day <= most}
        if self.last:
            numbers.add(most)
        if self.last_working:
            numbers.add(most - max((monday_first + most - 1) % 7 - 4, 0))
        if len(self.weekdays) == 7:
            weekdays = set(range(1, most + 1))
        else:
            weekdays = {day for one in self.weekdays for day in range(1 + (one - first) % 7, most + 1, 7)}
        for one, which in self.nth:
            named = range(1 + (one - first) % 7, most + 1, 7)
            weekdays.update(named[-1:] if which < 0 else named[which - 1 : which])
        return sorted(numbers & weekdays if self.both else numbers | weekdays)


def _nth(term: str) -> tuple[int, int]:
    """Read `mon#2` (the second Monday) or `5L` (the last Friday)."""
    name, mark, which = term.partition("#")
    if not mark:
        if not term.endswith("L") or not term[:-1].isdigit():
            raise NotARule(f"bad {WEEKDAY.name}")
        return WEEKDAY.value(term[:-1]) % 7, -1
    if not 1 <= WEEKDAY.number(which) <= 5:
        raise NotARule(f"bad {WEEKDAY.name}")
    return WEEKDAY.value(name) % 7, int(which)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that has been read."""

    minutes: list[int]
    hours: list[int]
    months: frozenset[int]
    days: Days = field(repr=False)
    fixed: bool
    """It names times of day: neither minutes nor hours start with a star."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a rule.

        Raises:
            NotARule: it is none.
        """
        fields = MACROS.get(text.strip().lower(), text).upper().split()
        if len(fields) != 5:
            raise NotARule("it has not five fields")
        minute, hour, day, month, weekday = fields
        return cls(
            minutes=sorted(MINUTE.values(minute)),
            hours=sorted(HOUR.values(hour)),
            months=MONTH.values(month),
            days=Days.of(day, weekday),
            fixed=not (minute.startswith("*") or hour.startswith("*")),
        )

    def walls(self, after: datetime) -> Iterator[datetime]:
        """Yield what a clock on the wall shows at each time of the rule, later than `after` (without a zone)."""
        year, month, fruitless = after.year, after.month, 0
        today = after.date()
        while fruitless < MOST_YEARS * 12 and year < 9999:
            fruitless += 1
            for day in self.days.of_month(year, month) if month in self.months else ():
                midnight = datetime(year, month, day)  # noqa: DTZ001 (a clock on the wall has no zone)
                if midnight.date() >= today:
                    fruitless = 0
                    yield from self._of_day(midnight, after)
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)

    def _of_day(self, midnight: datetime, after: datetime) -> Iterator[datetime]:
        same = midnight.date() == after.date()
        for hour in self.hours:
            if same and hour < after.hour:
                continue
            for minute in self.minutes:
                wall = midnight.replace(hour=hour, minute=minute)
                if wall > after:
                    yield wall
