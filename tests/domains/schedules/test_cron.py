"""When a rule comes next, in zones whose clocks jump."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import ZONES, disagreement, instants, random_rule
from stateroom.domains.schedules.cron import next_times
from stateroom.domains.schedules.rule import MACROS
from stateroom.errors import InvalidInput


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_time_that_the_clocks_skip_comes_when_they_go_on():
    """In Berlin, 2026-03-29 goes from 02:00 to 03:00."""
    found = next_times("30 2 * * *", "Europe/Berlin", after=at("2026-03-28T12:00:00Z"), count=2)
    assert found == [at("2026-03-29T01:00:00Z"), at("2026-03-30T00:30:00Z")]


def test_a_time_that_the_clocks_show_twice_comes_once():
    """In Berlin, 2026-10-25 has 02:30 twice."""
    found = next_times("30 2 * * *", "Europe/Berlin", after=at("2026-10-24T12:00:00Z"), count=2)
    assert found == [at("2026-10-25T00:30:00Z"), at("2026-10-26T01:30:00Z")]


def test_what_comes_every_hour_comes_in_every_hour_of_the_jump():
    found = next_times("@hourly", "Europe/Berlin", after=at("2026-10-24T23:30:00Z"), count=4)
    assert [each - found[0] for each in found] == [timedelta(hours=hours) for hours in range(4)]


@pytest.mark.parametrize("macro", MACROS)
def test_macros_mean_what_they_say(macro):
    found = next_times(macro.upper(), "UTC", after=at("2026-05-17T10:20:30Z"), count=2)
    assert found == next_times(MACROS[macro], "UTC", after=at("2026-05-17T10:20:30Z"), count=2)


@given(after=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_next_times_are_later_and_in_order(after):
    found = next_times("*/7 3-9 * * mon-fri", "America/New_York", after=after, count=5)
    assert found[0] > after
    assert found == sorted(set(found))


@pytest.mark.parametrize("rule", ["", "x", "* * * * * *", "60 * * * *", "0 0 31 2 *", "@often", "* * * * mon#6"])
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(InvalidInput, match="cron_expression"):
        next_times(rule, "UTC", after=at("2026-01-01T00:00:00Z"))


@pytest.mark.parametrize("zone", ["", "Mars", "../etc/passwd", "/etc/localtime", "\0"])
def test_what_is_no_zone_is_refused(zone):
    with pytest.raises(InvalidInput, match="time zone"):
        next_times("@daily", zone, after=at("2026-01-01T00:00:00Z"))


def test_random_rules_come_when_croniter_says_or_the_documented_policy():
    """The long form is tests/torture: 10,000 rules, 3 zones each, 20 moments."""
    random = Random(4)
    for no in range(300):
        rule, zone = random_rule(random), random.choice(ZONES)
        after = list(instants(random, zone, 2))[no % 2]
        disagreement(rule, zone, after, next_times(rule, zone, after=after, count=5))


LORD_HOWE = "Australia/Lord_Howe"  # its clocks change by half an hour, at 02:00
POLICY = [
    # times of day: skipped ones come when the clocks go on, and together with what comes then
    ("30 2 * * *", "Europe/Berlin", "2026-03-28T02:00Z", ["03-29T01:00", "03-30T00:30"]),
    ("0,30 2,3 * * *", "Europe/Berlin", "2026-03-29T00:00Z", ["03-29T01:00", "03-29T01:30", "03-30T00:00"]),
    ("15 2 * * *", LORD_HOWE, "2026-10-03T12:00Z", ["10-03T15:30", "10-04T15:15"]),
    ("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00Z", ["04-23T22:00", "04-24T21:00"]),
    # shown twice: the first time, also when asked between the two or during the second
    ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:40Z", ["10-26T01:30"]),
    ("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10Z", ["10-26T01:30"]),
    ("45 1 * * *", LORD_HOWE, "2026-04-04T12:00Z", ["04-04T14:45", "04-05T15:15"]),
    # stars follow real time
    ("*/30 2 * * *", "Europe/Berlin", "2026-03-28T12:00Z", ["03-30T00:00", "03-30T00:30"]),
    (
        "*/30 2 * * *",
        "Europe/Berlin",
        "2026-10-25T00:10Z",
        ["10-25T00:30", "10-25T01:00", "10-25T01:30", "10-26T01:00"],
    ),
    ("45 * * * *", LORD_HOWE, "2026-04-04T14:00Z", ["04-04T14:45", "04-04T15:15", "04-04T16:15"]),
    ("0 * * * *", LORD_HOWE, "2026-10-03T15:10Z", ["10-03T16:00", "10-03T17:00"]),
    # a day that a country leaves out is not made up for
    ("0 9 * * *", "Pacific/Apia", "2011-12-29T00:00Z", ["12-29T19:00", "12-30T19:00"]),
    # numbered weekdays and days of the month are alternatives, unless one field starts with a star
    ("0 0 13 * 5L", "UTC", "2026-03-10T00:00Z", ["03-13T00:00", "03-27T00:00", "04-13T00:00"]),
    ("0 0 1 * mon#1", "UTC", "2026-03-01T12:00Z", ["03-02T00:00", "04-01T00:00", "04-06T00:00"]),
    ("0 0 LW * *", "UTC", "2026-05-01T00:00Z", ["05-29T00:00", "06-30T00:00", "07-31T00:00"]),
    ("0 0 */2 * sun", "UTC", "2026-03-01T12:00Z", ["03-15T00:00", "03-29T00:00", "04-05T00:00"]),
]


@pytest.mark.parametrize(("rule", "zone", "after", "expected"), POLICY)
def test_the_policy_of_the_hours_that_clocks_skip_or_repeat(rule, zone, after, expected):
    found = next_times(rule, zone, after=at(after), count=len(expected))
    assert [each.strftime("%m-%dT%H:%M") for each in found] == expected
