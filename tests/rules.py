"""Random cron rules, and the times that another implementation (croniter) and the documented policy give them."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, pairwise
from random import Random
from zoneinfo import ZoneInfo

from croniter import croniter

ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Johannesburg",
    "America/Asuncion",
    "America/Havana",
    "America/Los_Angeles",
    "America/New_York",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Europe/Moscow",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "UTC",
]
FIRST, LAST = datetime(1998, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC)
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
CASES = {
    "a time of day that is skipped: once, when the clocks go on",
    "a time of day that is shown twice: the first time",
    "a time by stars that is skipped: not at all",
    "a time by stars that is shown twice: both times",
}
"""The documented policy where it may differ from croniter, which knows no such policy."""


def term(random: Random, least: int, most: int, names: list[str] | None = None) -> str:
    low, high = sorted(random.sample(range(least, most + 1), 2))
    name = names[low - least] if names and low - least < len(names) and random.random() < 0.5 else str(low)
    step = random.choice([2, 3, 5, 7, 10, 15])
    return random.choice([name, name, f"{low}-{high}", f"{low}-{high}/{step}", f"{low}/{step}"])


def part(random: Random, least: int, most: int, stars: float, names: list[str] | None = None) -> str:
    if random.random() < stars:
        return random.choice(["*", "*", f"*/{random.choice([2, 3, 4, 5, 6, 10, 15, 20, 45])}"])
    return ",".join(term(random, least, most, names) for _ in range(random.choice([1, 1, 1, 2, 3])))


def random_rule(random: Random) -> str:
    if random.random() < 0.02:
        return random.choice(["@hourly", "@daily", "@weekly", "@monthly", "@yearly"])
    day = part(random, 1, 31, 0.6) if random.random() < 0.9 else random.choice(["L", "1,L", "15,L", "L,10-12"])
    weekday = part(random, 0, 7, 0.6, WEEKDAYS)
    if random.random() < 0.12:
        nth = [f"{random.choice(WEEKDAYS)}#{random.randint(1, 5)}", f"{random.randint(0, 6)}L"]
        weekday = random.choice([nth[0], nth[1], f"{random.randint(0, 7)}#2"])
        day = "*"  # croniter does not take them as alternatives, as cron does with all weekdays
    month = part(random, 1, 12, 0.8, MONTHS)
    return f"{part(random, 0, 59, 0.3)} {part(random, 0, 23, 0.35)} {day} {month} {weekday}"


@cache
def changes(zone: str) -> list[tuple[datetime, timedelta]]:
    """When the clocks of a zone change, and how far they are ahead of UTC from then on; first, the beginning."""

    def ahead(at: datetime) -> timedelta:
        return at.astimezone(ZoneInfo(zone)).utcoffset()

    found = [(FIRST, ahead(FIRST))]
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days)]
    for early, late in pairwise(days):
        if found[-1][1] == ahead(late):
            continue
        low, high = early, late
        while high - low > timedelta(seconds=1):
            middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
            low, high = (middle, high) if ahead(middle) == ahead(low) else (low, middle)
        found.append((high, ahead(high)))
    return found


def instants(random: Random, zone: str, count: int) -> Iterator[datetime]:
    """Moments of this century, every second one near a change of the clocks if there are any."""
    moments = [at for at, _ in changes(zone)[1:] if at.year < 2040]
    for no in range(count):
        if no % 2 and moments:
            yield random.choice(moments) + timedelta(seconds=random.randint(-172800, 172800))
        else:
            yield datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randint(0, 40 * 365 * 86400))


def theirs(rule: str, after: datetime, count: int) -> Iterator[datetime]:
    # the last Friday is L5 there; a star with a step counts as a star, as in cron, only if it is told to
    text = re.sub(r"\b(\d)L", r"L\1", rule)
    return islice(croniter(text, after, implement_cron_bug=True).all_next(datetime), count)


def by_policy(rule: str, zone: str, after: datetime, count: int) -> tuple[list[datetime], set[str]]:
    """The times that croniter gives for a clock without a zone, taken to real time by the policy; and its cases."""
    offsets = changes(zone)
    fixed = not rule.startswith("@hourly") and not any(each.startswith("*") for each in rule.split()[:2])
    at = bisect_right(offsets, after, key=lambda each: each[0]) - 1
    start = (after + offsets[at][1]).replace(tzinfo=None) - timedelta(hours=3)
    near = offsets[max(at - 1, 0) : at + 60]
    ends = [each[0] for each in near[1:]] + [LAST]
    found, cases = set(), set()
    for wall in theirs(rule, start, 400):
        naive = wall.replace(tzinfo=UTC)
        times = [naive - ahead for (begin, ahead), end in zip(near, ends, strict=True) if begin <= naive - ahead < end]
        if len(times) > 1:
            cases.add(f"a time {'of day' if fixed else 'by stars'} that is shown twice: "
                      + ("the first time" if fixed else "both times"))  # fmt: skip
        if not times:
            cases.add("a time of day that is skipped: once, when the clocks go on" if fixed
                      else "a time by stars that is skipped: not at all")  # fmt: skip
            if fixed:
                gaps = [(b, old, new) for ((_, old), (b, new)) in pairwise(near) if b + old <= naive < b + new]
                times = [begin for begin, old, new in gaps if new - old <= timedelta(hours=3)]
        found.update(times[:1] if fixed else times)
        later = sorted(each for each in found if each > after)
        if len(later) >= count and naive - timedelta(hours=30) > (later[count - 1] + near[-1][1]):
            break
    return later[:count], cases


def disagreement(rule: str, zone: str, after: datetime, ours: list[datetime]) -> set[str]:
    """The cases of the policy in which croniter gives other times; raises AssertionError for any other difference."""
    aware = after.astimezone(ZoneInfo(zone))
    if ours == [each.astimezone(UTC) for each in theirs(rule, aware, len(ours))]:
        return set()
    expected, cases = by_policy(rule, zone, after, len(ours))
    assert ours == expected, (rule, zone, after.isoformat())
    assert cases, (rule, zone, after.isoformat(), "far from any change of the clocks")
    assert cases <= CASES
    return cases
