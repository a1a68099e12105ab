"""Ids are UUIDv7 with one layout on all versions: ordered by time, and the time can be read from them."""

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

pytestmark = pytest.mark.both

# the function for 15 to 17, whose layout has to be the built-in one's
OLD_FORM = """
select (overlay(
    lpad(to_hex((date_part('epoch', clock_timestamp()) * 4096000)::bigint), 15, '0') placing '7' from 13 for 0
) || substr(gen_random_uuid()::text, 20))::uuid, clock_timestamp()
"""
NEW_FORM = "select stateroom.uuidv7(), clock_timestamp()"


@pytest.fixture
async def connection(db):
    return await db.connect("maintenance")


def time_in(value: UUID) -> float:
    """Seconds since 1970: 48 bits of milliseconds, then 12 bits of the millisecond's fraction."""
    number = value.int
    return ((number >> 80) + ((number >> 64) & 0xFFF) / 4096) / 1000


@pytest.mark.parametrize("form", [OLD_FORM, NEW_FORM])
async def test_both_forms_have_the_layout_of_rfc_9562_and_the_time_within_a_millisecond(connection, form):
    for _ in range(50):
        value, clock = await connection.fetchrow(form)
        assert value.version == 7
        assert value.variant == "specified in RFC 4122"
        assert abs(time_in(value) - clock.timestamp()) < 0.001
        at = await connection.fetchval("select stateroom.uuid_timestamp($1)", value)
        assert abs(at - clock) < timedelta(milliseconds=1)


@pytest.mark.parametrize("form", [OLD_FORM, NEW_FORM])
async def test_ids_are_ordered_by_time_to_the_microsecond(connection, form):
    """What both forms promise: made in one microsecond, ids may be in any order (on 18 one process keeps even that)."""
    made = form.rpartition(", clock")[0]
    rows = await connection.fetch(f"{made} as id, pg_sleep(0.000002) from generate_series(1, 300)")
    ids = [row["id"] for row in rows]
    assert ids == sorted(set(ids))
    assert all((b.int - a.int) >> 64 for a, b in itertools.pairwise(ids)), "the part that is time has grown"


@pytest.mark.parametrize("form", [OLD_FORM, NEW_FORM])
async def test_ids_of_later_statements_sort_later_and_none_is_made_twice(connection, form):
    made = [(await connection.fetchrow(form))[0] for _ in range(200)]
    assert len(set(made)) == 200
    assert made == sorted(made)


async def test_ids_of_one_statement_are_in_the_order_of_their_rows(connection, pg_version):
    rows = await connection.fetch("select stateroom.uuidv7() from generate_series(1, 5000)")
    made = [row[0] for row in rows]
    assert len(set(made)) == 5000
    times = [time_in(each) for each in made]
    assert times == sorted(times)
    if pg_version >= 18:
        assert made == sorted(made)


async def test_the_random_part_is_random(connection):
    rows = await connection.fetch("select stateroom.uuidv7() from generate_series(1, 500)")
    low = [row[0].int & ((1 << 62) - 1) for row in rows]
    for bit in range(62):
        assert 150 < sum(each >> bit & 1 for each in low) < 350


async def test_a_floor_is_below_all_ids_of_its_millisecond_and_above_all_before(connection):
    row = await connection.fetchrow(
        "select id, stateroom.uuidv7_floor(stateroom.uuid_timestamp(id)) as floor,"
        " stateroom.uuidv7_floor(stateroom.uuid_timestamp(id) + interval '1 millisecond') as above"
        " from (select stateroom.uuidv7() as id) i"
    )
    assert row["floor"] <= row["id"] < row["above"]
    assert row["floor"].version == 7
    assert row["floor"].int >> 80 == row["id"].int >> 80


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", "2026-02-03T04:05:06.789Z", "2199-12-31T23:59:59.999Z"])
async def test_a_floor_and_the_time_in_it_are_each_others_inverse(connection, at):
    time = datetime.fromisoformat(at)
    query = "select stateroom.uuid_timestamp(stateroom.uuidv7_floor($1::text::timestamptz))"
    assert await connection.fetchval(query, at) == time.astimezone(UTC)


async def test_a_floor_of_a_literal_is_folded_when_the_statement_is_planned(connection):
    plan = await connection.fetch(
        "explain (costs off) select from stateroom.users where id >= stateroom.uuidv7_floor('2026-01-01Z')"
    )
    assert "uuidv7_floor" not in "\n".join(row[0] for row in plan)
