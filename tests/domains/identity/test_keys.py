"""Keys, sessions and tokens: who comes in, how often, until when."""

import asyncio
import hashlib
from datetime import timedelta

import pytest

from crowd import Crowd, refused

pytestmark = pytest.mark.both

CREATE = "select stateroom.create_api_key('ci', 'sr_abcd', $1, $2, $3, p_per_hour => $4, p_per_day => $5)"
CHECK = "select * from stateroom.check_api_key($1, $2::text::inet, $3)"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def make_key(crowd, name="ann", *, secret="k", permissions=("read:tasks",), project=None, hour=1000, day=10_000):
    async with crowd.acting(name) as app:
        return await app.fetchval(CREATE, sha(secret), list(permissions), project, hour, day)


async def outcome(app, secret="k", address=None, endpoint=None) -> str:
    return (await app.fetchrow(CHECK, sha(secret), address, endpoint))["outcome"]


@pytest.fixture
async def crowd(db):
    return await Crowd.make(db, ann="developer", bob="developer")


async def test_limits_are_exact_over_eight_connections_at_once(db, crowd):
    await make_key(crowd, hour=50, day=70)
    apps = await asyncio.gather(*(db.connect("app") for _ in range(8)))

    async def knock(app) -> list:
        return [await app.fetchrow(CHECK, sha("k"), None, None) for _ in range(12)]

    rows = [row for found in await asyncio.gather(*map(knock, apps)) for row in found]
    let_in = [row["remaining"] for row in rows if row["outcome"] == "ok"]
    assert sorted(let_in) == list(range(50))
    assert {row["remaining"] for row in rows if row["outcome"] == "limited"} == {0}
    until = await crowd.owner.fetchval("select date_trunc('hour', stateroom.now()) + interval '1 hour'")
    assert {row["reset_at"] for row in rows if row["outcome"] == "limited"} <= {until, rows[0]["reset_at"]}
    # the next hour of the same day has what the day leaves; the first hour of the day is used so that there is one
    await crowd.owner.execute("update stateroom.api_key_usage set hour = hour - interval '1 hour'")
    await crowd.owner.execute(
        "update stateroom.api_key_usage set hour = date_trunc('day', stateroom.now(), 'UTC')"
        " where hour < date_trunc('day', stateroom.now(), 'UTC')"
    )
    rows = [row for found in await asyncio.gather(*map(knock, apps)) for row in found]
    assert sum(row["outcome"] == "ok" for row in rows) in {20, 0}
    async with crowd.acting("ann") as app:
        used = await app.fetchrow("select usage_count, last_used_at from stateroom.api_key_uses")
        assert used["usage_count"] in {70, 50}
        assert used["last_used_at"] is not None


async def test_a_key_lets_in_from_where_and_whereto_it_says_and_only_while_it_works(db, crowd):
    key = await make_key(crowd)
    app = await db.connect("app")
    row = await app.fetchrow(CHECK, sha("k"), None, None)
    assert (row["outcome"], row["api_key_id"], row["user_id"], row["role"], row["permissions"], row["remaining"]) == (
        "ok",
        key,
        crowd.ids["ann"],
        "developer",
        ["read:tasks"],
        999,
    )
    assert await outcome(app, "other") == "unknown"
    async with crowd.acting("ann") as person:
        change = "update stateroom.api_keys set allowed_ips = '{10.0.0.0/8}', allowed_endpoints = $1"
        assert await person.execute(change, ["GET /api/v1/tasks/*", "/api/v1/runs_%"]) == "UPDATE 1"
        assert await refused(person, "update stateroom.api_keys set rate_limit_per_hour = 1000000") == "42501"
        assert await refused(person, "select key_hash from stateroom.api_keys") == "42501"
    for address, endpoint, said in (
        ("10.1.2.3", "GET /api/v1/tasks/7", "ok"),
        ("10.1.2.3", "POST /api/v1/tasks/7", "endpoint"),
        ("10.1.2.3", "POST /api/v1/runs_%", "ok"),
        ("10.1.2.3", "POST /api/v1/runsXY", "endpoint"),
        ("11.1.2.3", "GET /api/v1/tasks/7", "address"),
        (None, "GET /api/v1/tasks/7", "address"),
        ("10.1.2.3", None, "endpoint"),
    ):
        assert await outcome(app, "k", address, endpoint) == said, (address, endpoint)
    async with crowd.acting("bob") as stranger:
        assert await stranger.fetchval("select count(*) from stateroom.api_keys") == 0
        assert await stranger.fetchval("select stateroom.revoke_api_key($1)", key) is False
    async with crowd.acting("root") as admin:
        await admin.execute("select stateroom.set_user_active($1, false)", crowd.ids["ann"])
    assert await outcome(app, "k", "10.1.2.3", "GET /api/v1/tasks/7") == "unknown"


async def test_a_key_has_no_more_than_whom_it_belongs_to_and_makes_no_keys(crowd):
    await crowd.project("bob", "theirs")
    project = await crowd.project("bob", "shared", ann="viewer")
    async with crowd.acting("ann") as app:
        for permissions, where, said in (
            (["read:metrics"], None, "SR403"),
            (["admin"], None, "SR403"),
            (["manage:projects"], project, "SR403"),
            (["manage:projects"], None, None),
            (["read:tasks"], project, None),
            (["read:tasks"], crowd.ids["bob"], "SR404"),
            (["fly"], None, "SR403"),
            ([], None, "23514"),
        ):
            assert await refused(app, CREATE, sha(str((permissions, where))), permissions, where, 1, 1) == said, (
                permissions
            )
    async with crowd.acting("ann", permissions=["read:tasks", "write:tasks"]) as app:
        assert await refused(app, CREATE, sha("more"), ["read:tasks"], None, 1, 1) == "SR403"
        assert await app.execute("delete from stateroom.api_keys") == "DELETE 0"


async def test_a_rotated_key_works_on_for_a_while_and_a_revoked_one_does_not(db, crowd):
    key = await make_key(crowd)
    app = await db.connect("app")
    async with crowd.acting("ann") as person:
        rotate = "select stateroom.rotate_api_key($1, 'sr_efgh', $2, '1 hour')"
        new = await person.fetchval(rotate, key, sha("new"))
        assert await refused(person, rotate, crowd.ids["ann"], sha("newer")) == "SR404"
    assert [await outcome(app, secret) for secret in ("k", "new")] == ["ok", "ok"]
    await db.shift("61 minutes")
    assert [await outcome(app, secret) for secret in ("k", "new")] == ["unknown", "ok"]
    async with crowd.acting("ann", permissions=["read:tasks"], key=new) as itself:
        assert await itself.fetchval("select stateroom.revoke_api_key($1)", new) is True
    assert await outcome(app, "new") == "unknown"
    await db.shift("400 days")
    rows = dict(await crowd.owner.fetch("select * from stateroom.purge_expired_access()"))
    assert rows["api_keys"] == 2


async def test_a_session_lasts_until_it_ends_is_revoked_or_its_owner_is_sent_away(db, crowd):
    app = await db.connect("app")
    ann = crowd.ids["ann"]
    create = "select stateroom.create_session($1, $2, 'curl', '::1', '1 hour')"
    sessions = [await app.fetchval(create, ann, sha(secret)) for secret in "abc"]
    check = "select * from stateroom.check_session($1)"
    row = await app.fetchrow(check, sha("a"))
    assert (row["session_id"], row["user_id"], row["username"], row["role"]) == (sessions[0], ann, "ann", "developer")
    login = "select user_id, session_id from stateroom.audit_logs where action = 'login' order by id limit 1"
    assert tuple(await crowd.owner.fetchrow(login)) == (ann, sessions[0])
    async with crowd.acting("bob") as stranger:
        assert await stranger.fetchval("select stateroom.revoke_sessions($1)", sessions[0]) == 0
        assert await refused(stranger, "select stateroom.revoke_sessions(null, $1)", ann) == "SR403"
        assert await stranger.fetchval("select count(*) from stateroom.user_sessions") == 0
    async with crowd.acting("ann") as person:
        assert await person.fetchval("select count(*) from stateroom.user_sessions") == 3
        assert await person.fetchval("select stateroom.revoke_sessions($1)", sessions[0]) == 1
    assert [await app.fetchrow(check, sha(secret)) is None for secret in "abc"] == [True, False, False]
    async with crowd.acting("root") as admin:
        await admin.execute("select stateroom.set_user_active($1, false)", ann)
    assert await app.fetchrow(check, sha("b")) is None
    assert await refused(app, create, ann, sha("d")) == "SR404"
    assert await app.fetchrow("select * from stateroom.credentials_of('ann')") is None
    bob = await app.fetchrow("select * from stateroom.credentials_of('BOB@x.org')")
    assert (bob["user_id"], bob["password_hash"]) == (crowd.ids["bob"], "argon")
    await app.execute(create, crowd.ids["bob"], sha("e"))
    await db.shift("2 hours")
    assert await app.fetchrow(check, sha("e")) is None


async def test_a_token_works_once_also_for_eight_at_once(db, crowd):
    app = await db.connect("app")
    ann = crowd.ids["ann"]
    make = "select stateroom.create_auth_token($1, $2::text::stateroom.token_purpose, $3, '1 hour', $4)"
    await app.execute(make, ann, "password_reset", sha("earlier"), None)
    await app.execute(make, ann, "password_reset", sha("t"), None)
    use = "select stateroom.use_auth_token($1, 'password_reset', 'new')"
    assert await app.fetchval(use, sha("earlier")) is None
    await app.execute("select stateroom.create_session($1, $2)", ann, sha("s"))
    apps = await asyncio.gather(*(db.connect("app") for _ in range(8)))
    found = await asyncio.gather(*(each.fetchval(use, sha("t")) for each in apps))
    assert sorted(found, key=str) == [ann, *[None] * 7]
    assert await crowd.owner.fetchval("select password_hash from stateroom.users where id = $1", ann) == "new"
    assert await app.fetchrow("select * from stateroom.check_session($1)", sha("s")) is None
    change = "select stateroom.use_auth_token($1, 'email_change')"
    await app.execute(make, ann, "email_change", sha("e"), "BOB@x.org")
    assert await refused(app, change, sha("e")) == "SR409"
    await app.execute(make, ann, "email_change", sha("f"), "ann@new.org")
    await db.shift("2 hours")
    assert await app.fetchval(change, sha("f")) is None
    await app.execute(make, ann, "email_change", sha("g"), "ann@new.org")
    assert await app.fetchval(change, sha("g")) == ann


async def test_a_request_sent_twice_gets_its_first_answer(crowd):
    begin = "select stateroom.begin_request('order-1', $1)"
    async with crowd.acting("ann") as app:
        assert await app.fetchval(begin, sha("body")) is None
        await app.execute("select stateroom.finish_request('order-1', '{\"status\": 201}')")
    async with crowd.acting("ann") as app:
        assert await app.fetchval(begin, sha("body")) == '{"status": 201}'
        assert await refused(app, begin, sha("another body")) == "SR409"
    async with crowd.acting("bob") as app:
        assert await app.fetchval(begin, sha("another body")) is None
        assert await refused(app, "select stateroom.finish_request('order-2', '{}')") == "SR404"
    await crowd.db.shift(str(timedelta(hours=25)))
    async with crowd.acting("ann") as app:
        assert await app.fetchval(begin, sha("another body")) is None
