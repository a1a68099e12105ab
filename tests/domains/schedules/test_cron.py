"""When a rule comes next, in zones whose clocks jump."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stateroom.domains.schedules.cron import MACROS, next_times
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
