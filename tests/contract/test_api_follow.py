"""Following a run: a snapshot, changes only, nothing lost when the connection breaks, and an end."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import httpx2
import pytest

from acting import DIAMOND, definition, step
from stateroom.domains.identity.guard import Access
from stateroom.domains.identity.token import read_token
from stateroom.domains.runs.live import Watch
from stateroom.domains.runs.position import Position
from stateroom.errors import DatabaseUnavailable, NotFound, NotReady


@pytest.fixture
async def following(remote):
    """Follow a run; the streams are closed with the test."""
    streams = []

    def follow(run: str, **how: object):
        streams.append(remote.follow(run, **how))
        return streams[-1]

    yield follow
    for stream in streams:
        await stream.aclose()


async def started(client, what=DIAMOND, **more):
    await client.publish("ci", what)
    return (await client.start_run("ci", **more))["id"]


async def until(events: AsyncIterator, name: str, wanted=lambda _: True) -> list:
    """Collect events up to the one that is wanted."""
    found = []
    async with asyncio.timeout(20):
        async for event in events:
            found.append(event)
            if event["event"] == name and wanted(event["data"]):
                return found
    raise AssertionError(f"the stream ended without {name}: {found}")


def messages(events: list) -> list[str]:
    return [line["message"] for event in events if event["event"] == "logs" for line in event["data"]]


async def test_a_finished_run_is_a_snapshot_its_lines_and_the_end(client, hand):
    run = await started(client)
    (claim,) = await hand.claim()
    await hand.log(claim, [f"line {number}" for number in range(450)])
    await hand.complete(claim)
    await hand.drain()
    events = [event async for event in client.follow(run)]
    assert [event["event"] for event in events] == ["snapshot", "logs", "logs", "logs", "end"]
    assert messages(events) == [f"line {number}" for number in range(450)]
    assert events[0]["data"]["state"] == "succeeded"
    assert events[-1]["data"]["progress"]["done"] == 4
    assert [event["event"] async for event in client.follow(run, logs="none")] == ["snapshot", "end"]


async def test_changes_come_as_they_happen(remote, following, hand):
    run = await started(remote)
    events = following(run)
    (snapshot,) = await until(events, "snapshot")
    assert [each["state"] for each in snapshot["data"]["steps"]] == ["queued", "waiting", "waiting", "waiting"]
    (claim,) = await hand.claim()
    (changed,) = [event for event in await until(events, "steps") if event["event"] == "steps"]
    assert [(each["step_key"], each["state"]) for each in changed["data"]] == [("a", "running")]
    await hand.log(claim, ["hello"])
    await hand.progress(claim, last_line="hello")
    assert messages(await until(events, "logs")) == ["hello"]
    await hand.complete(claim)
    await until(events, "steps", lambda steps: {each["step_key"] for each in steps} >= {"b", "c"})
    await hand.drain()
    rest = await until(events, "end")
    assert rest[-1]["data"]["state"] == "succeeded"
    assert [event["event"] for event in rest[-2:]] == ["run", "end"]


async def test_a_quiet_run_says_nothing(remote, following):
    run = await started(remote)
    events = following(run)
    await until(events, "snapshot")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.5):
            await anext(events)


async def test_a_broken_connection_goes_on_where_it_broke(remote, following, hand):
    run = await started(remote)
    (claim,) = await hand.claim()
    await hand.log(claim, ["one", "two"])
    events = following(run)
    seen = await until(events, "logs")
    last = seen[-1]["id"]
    await events.aclose()
    await hand.log(claim, ["three"], start=3)
    await hand.complete(claim)
    for claim in await hand.claim():
        await hand.log(claim, ["other"])
        await hand.complete(claim)
    await hand.drain()
    found = [event async for event in remote._stream(run, {}, last)]
    assert messages(seen) == ["one", "two"]
    assert sorted(messages(found)) == ["other", "other", "three"]
    assert messages([event async for event in remote._stream(run, {}, found[-2]["id"])]) == []


async def test_only_new_lines_when_asked(remote, following, hand):
    run = await started(remote)
    (claim,) = await hand.claim()
    await hand.log(claim, ["old"])
    events = following(run, logs="new")
    await until(events, "snapshot")
    await hand.log(claim, ["new"], start=2)
    assert messages(await until(events, "logs")) == ["new"]


async def test_an_unknown_event_id_starts_anew(served, home, remote, hand):
    run = await started(remote)
    (claim,) = await hand.claim()
    await hand.log(claim, ["one"])
    await hand.complete(claim)
    await hand.drain()
    for last in ("nonsense", "12_x.1.2", "9" * 40, "1_" + "00" * 16 + ".1"):
        assert Position.parse(last) is None
        assert messages([event async for event in remote._stream(run, {}, last)]) == ["one"]
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {read_token(home)}"}) as http:
        answer = await http.get(f"{served}/api/v1/runs/{run}/events")
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "retry: 1000" in answer.text


async def test_a_large_run_tells_counts_and_what_is_noticed(remote, following, hand):
    run = await started(remote, definition(*(step(f"s{number}") for number in range(40)), step("last", "s0")))
    events = following(run, steps=5)
    (snapshot,) = await until(events, "snapshot")
    assert len(snapshot["data"]["steps"]) == 5
    assert snapshot["data"]["steps_total"] == 41
    claims = await hand.claim(20)
    await hand.log(claims[-1], ["from a step that was not shown before"])
    await until(events, "layers", lambda layers: layers[0]["states"] == {"queued": 20, "running": 20})
    await hand.fail(claims[3], message="boom")
    await until(events, "steps", lambda steps: any(each["error_message"] == "boom" for each in steps))
    await hand.complete(*claims[:3], *claims[4:])
    await hand.drain()
    rest = await until(events, "end")
    assert rest[-1]["data"]["progress"]["done"] == 41


async def test_a_large_run_loses_no_line_of_steps_that_came_and_went(remote, following, hand):
    run = await started(remote, definition(*(step(f"s{number}") for number in range(30))))
    events = following(run, steps=2)
    await until(events, "snapshot")
    for claim in await hand.claim():
        await hand.log(claim, [str(claim.run)])
        await hand.complete(claim)
    found = await until(events, "end")
    assert len(set(messages(found))) == 30


async def test_a_retry_between_two_looks_starts_with_a_snapshot(app, client, hand):
    run = await started(client, definition(step("a"), step("b")))
    one, two = await hand.claim()
    await hand.fail(one)
    watch = Watch(UUID(run), steps=10, logs="none", resumed=None)
    access = Access(app.state.door.pools, app.state.door.caller)
    async with access.begin() as connection:
        (snapshot,) = await watch.open(connection)
    assert snapshot["data"]["progress"]["done"] == 1
    await hand.complete(two)
    assert await client.retry(run) == 1
    async with access.begin() as connection:
        (again,) = await watch.look(connection)
    assert again["event"] == "snapshot"
    assert [each["state"] for each in again["data"]["steps"]] == ["queued", "succeeded"]
    assert not watch.ended


async def test_an_unknown_run_is_not_followed(following):
    with pytest.raises(NotFound):
        await anext(following(str(uuid4())))


async def test_patience_ends(remote, served):
    run = await started(remote)
    remote.url = served
    async with type(remote)("http://127.0.0.1:1", "x") as nobody:
        with pytest.raises(NotReady, match="does not answer"):
            await anext(nobody.follow(run, patience=0.6))


@pytest.mark.full
async def test_a_lost_database_is_waited_for(remote, following, hand, db, caplog):
    run = await started(remote)
    events = following(run)
    await until(events, "snapshot")
    admin = await db.connect("admin")
    await admin.execute(f"alter database {db.name} connection limit 0")
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'stateroom_app' and datname = $1"
    for _ in range(3):
        await admin.execute(cut, db.name)
        with pytest.raises(DatabaseUnavailable):
            await remote.runs()
    await hand.drain()
    await admin.execute(f"alter database {db.name} connection limit -1")
    rest = [event["event"] async for event in events]
    assert "snapshot" not in rest, "the stream has not been broken"
    assert rest[-1] == "end"
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
