"""Metrics, components, alerts, access logs and errors, through the functions that write them."""

import json
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

pytestmark = pytest.mark.both

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
RAW = """
insert into stateroom.system_metrics (id, observed_at, value, category, kind, name)
select overlay(stateroom.uuidv7()::text placing left(stateroom.uuidv7_floor($1::timestamptz)::text, 13) from 1)::uuid,
    $1, v, 'api', $2, $3
from unnest($4::float8[]) v"""


async def as_person(db, name: str, role: str = "developer", *, login: str | None = None) -> asyncpg.Connection:
    """A connection of stateroom_app in a transaction of this person, who is made."""
    owner = await db.connect()
    user = await owner.fetchval(
        "insert into stateroom.users (username, role) values ($1, $2) on conflict do nothing returning id", name, role
    )
    user = user or await owner.fetchval("select id from stateroom.users where username = $1", name)
    app = await db.connect("app")
    await app.execute("begin")
    await app.execute("select stateroom.set_context($1, $2)", user, role)
    await app.execute(f"set local role {login or ('stateroom_admin' if role == 'admin' else 'stateroom_user')}")
    return app


async def refused(connection, statement: str, *arguments: object) -> str | None:
    """The SQLSTATE with which a statement is refused; what it did is taken back."""
    inside = connection.is_in_transaction()
    await connection.execute("savepoint trial" if inside else "begin")
    try:
        await connection.execute(statement, *arguments)
    except asyncpg.PostgresError as error:
        return error.sqlstate
    finally:
        await connection.execute("rollback to trial" if inside else "rollback")
    return None


async def test_metrics_are_written_in_batches_by_services_and_by_nobody_else(db):
    batch = [json.dumps(each) for each in ({"name": "a", "value": 1}, {"name": "b", "value": 2.5, "kind": "counter"})]
    for login in ("engine", "app"):
        assert await (await db.connect(login)).fetchval("select stateroom.write_metrics($1)", batch) == 2
    engine = await db.connect("engine")
    assert await refused(engine, "select stateroom.write_metrics($1)", [*batch, '{"name": "c"}']) == "SR422"
    assert await refused(engine, "select stateroom.write_metrics($1)", ['{"name": "c", "value": "x"}']) == "SR422"
    assert await refused(await as_person(db, "eve"), "select stateroom.write_metrics($1)", batch) == "42501"
    rows = await (await db.connect()).fetch("select name, kind, count(*) from stateroom.system_metrics group by 1, 2")
    assert {tuple(row) for row in rows} == {("a", "gauge", 2), ("b", "counter", 2)}


async def test_metrics_are_rolled_up_step_by_step_once(db):
    owner = await db.connect()
    for minute in range(20):
        at = START + timedelta(minutes=minute, seconds=3)
        await owner.execute(RAW, at, "gauge", "load", [1.0, float(minute)])
        await owner.execute(RAW, at, "counter", "requests", [2.0, 3.0])
    roll = "select period::text, written from stateroom.roll_up_metrics($1)"
    until = START + timedelta(minutes=20, seconds=5)
    assert dict(await owner.fetch(roll, until)) == {"1min": 40, "5min": 8, "15min": 4, "1hour": 2, "1day": 2}
    assert dict(await owner.fetch(roll, until)) == {}
    rows = await owner.fetch(
        "select name, aggregation_period::text as period, sum(value) as total, sum(samples) as samples,"
        " min(least) as low, max(greatest) as high, sum(value * samples) / sum(samples) as mean"
        " from stateroom.system_metrics"
        " where aggregation_period <> 'instant' group by 1, 2"
    )
    assert len(rows) == 10
    for row in rows:
        assert row["samples"] == 40
        if row["name"] == "requests":
            assert row["total"] == 100
        else:
            assert (row["low"], row["high"], row["mean"]) == (0, 19, pytest.approx((20 + sum(range(20))) / 40))
    # a value that came late is counted, too
    await owner.execute(
        RAW.replace("$1::timestamptz)", "$1::timestamptz + interval '17 minutes')"),
        START + timedelta(minutes=4),
        "counter",
        "requests",
        [7.0],
    )
    await owner.fetch(roll, until + timedelta(days=1))
    day = "select sum(value) from stateroom.system_metrics where name = 'requests' and aggregation_period = '1day'"
    assert await owner.fetchval(day) == 107


async def test_an_alert_fires_once_is_acknowledged_and_resolves_itself(db):
    owner, engine = await db.connect(), await db.connect("engine")
    admin = await as_person(db, "root", "admin")
    rule = await admin.fetchval(
        "insert into stateroom.alert_rules (name, metric_name, component_name, threshold, dimensions)"
        " values ('slow', 'latency', 'api', 100, '{\"route\": \"/x\"}') returning id"
    )
    await admin.execute("commit")

    async def observe(value: float, **more: object) -> None:
        said = {"name": "latency", "component_name": "api", "dimensions": {"route": "/x"}, "value": value, **more}
        await engine.execute("select stateroom.write_metrics($1)", [json.dumps(said)])

    async def evaluate() -> list[tuple]:
        return [tuple(row)[1:] for row in await owner.fetch("select * from stateroom.evaluate_alerts()")]

    await observe(500, component_name="other")
    await observe(500, dimensions={})
    await observe(90)
    assert await evaluate() == []
    await observe(200)
    assert await evaluate() == [("slow", "firing", 145)]
    await observe(200)
    assert await evaluate() == []
    alert = await owner.fetchrow("select * from stateroom.alerts")
    assert alert["message"] == "slow: avg of latency of api over 300 s is 145, above 100"
    assert alert["last_value"] == pytest.approx(490 / 3)
    admin = await as_person(db, "root", "admin")
    state = "select state::text, acknowledged_by is not null from stateroom.set_alert_state($1, $2)"
    assert tuple(await admin.fetchrow(state, alert["id"], "acknowledged")) == ("acknowledged", True)
    assert tuple(await admin.fetchrow(state, alert["id"], "acknowledged")) == ("acknowledged", True)
    assert await refused(admin, state, alert["id"], "firing") == "SR409"
    assert await refused(admin, state, rule, "resolved") == "SR404"
    await admin.execute("commit")
    await db.shift("10 minutes")
    assert await evaluate() == [("slow", "resolved", None)]
    await observe(500)
    assert await evaluate() == [("slow", "firing", 500)]
    await owner.execute("delete from stateroom.alert_rules")
    assert [row[:2] for row in await evaluate()] == [("slow", "resolved")]
    manager = await as_person(db, "pm", "project_manager")
    assert await manager.fetchval("select count(*) from stateroom.alerts") == 2
    assert json.loads(await manager.fetchval("select stateroom.database_statistics()"))["tables"]
    developer = await as_person(db, "dev")
    assert await developer.fetchval("select count(*) from stateroom.alerts") == 0
    assert await refused(developer, "select stateroom.database_statistics()") == "SR403"
    assert await refused(manager, state, alert["id"], "resolved") == "42501"


async def test_components_say_how_they_are_and_what_was_set_stays(db):
    engine, owner = await db.connect("engine"), await db.connect()
    report = "select stateroom.report_health($1, 'service', $2)"
    look = (
        "select status::text, health_status::text, is_silent, unwell_dependencies"
        " from stateroom.system_health_overview where name = $1"
    )
    api = await engine.fetchval(report, "api", "healthy")
    store = await engine.fetchval(report, "store", "unhealthy")
    await owner.execute(
        "insert into stateroom.component_dependencies (component_id, depends_on_component_id) values ($1, $2)",
        api,
        store,
    )
    assert tuple(await owner.fetchrow(look, "api")) == ("active", "healthy", False, ["store"])
    assert tuple(await owner.fetchrow(look, "store")) == ("error", "unhealthy", False, [])
    admin = await as_person(db, "root", "admin")
    upsert = "select stateroom.upsert_component($1, 'service', $2)"
    assert await admin.fetchval(upsert, "api", '{"status": "maintenance", "description": "ours", "id": null}') == api
    assert await refused(admin, upsert, "api", '{"status": "gone"}') == "SR422"
    await admin.execute("commit")
    await engine.execute(report, "api", "unhealthy")
    await db.shift("6 minutes")
    assert tuple(await owner.fetchrow(look, "api")) == ("maintenance", "unhealthy", True, ["store"])
    admin = await as_person(db, "root", "admin")
    await admin.execute(upsert, "api", '{"status": "active"}')
    assert await admin.fetchval("select description from stateroom.components where name = 'api'") == "ours"
    assert await admin.fetchval("select count(*) from stateroom.system_health_overview") == 2
    assert (
        await (await as_person(db, "eve", login="stateroom_admin")).fetchval(
            "select count(*) from stateroom.components"
        )
        == 0
    )


SECRETS = [
    "hunter2hunter2",
    "tok_abcdefabcdef",
    "Zm9vOmJhcg0000==",
    "s3ss10ncookie",
    "ghp_0123456789abcdef0123",
    "pgpass99",
]


@pytest.mark.defect(13)
async def test_access_logs_keep_no_secret_and_are_seen_by_their_own(db):
    owner, app = await db.connect(), await db.connect("app")
    me, other = [
        await owner.fetchval("insert into stateroom.users (username) values ($1) returning id", name)
        for name in ("me", "other")
    ]
    body = {
        "password": SECRETS[0],
        "nested": [{"apiKey": SECRETS[1], "note": f"clone with {SECRETS[4]} please"}],
        "dsn": f"postgresql://app:{SECRETS[5]}@db/x",
        "title": "kept",
    }
    entry = {
        "method": "post",
        "endpoint": f"/tasks?token={SECRETS[1]}",
        "response_status": 201,
        "execution_time_ms": 3.5,
        "request_headers": {
            "Authorization": f"Bearer {SECRETS[2]}",
            "Cookie": f"session={SECRETS[3]}",
            "Accept": "a/b",
            "X-Api-Key": SECRETS[1],
            "User-Agent": f"curl Bearer {SECRETS[2]}",
        },
        "response_headers": {"Set-Cookie": SECRETS[3], "ETag": '"1"'},
        "user_agent": f"curl Bearer {SECRETS[2]}",
        "ip_address": "10.0.0.1",
    }
    bodies = [
        json.dumps(body),
        json.dumps(body)[:-30],
        f"password={SECRETS[0]}&a=b&api_key={SECRETS[1]}",
        f"Authorization: Basic {SECRETS[2]}\nnext",
        "x" * 9000 + json.dumps(body),
        f'{{"secret": "{SECRETS[0]} two words',
    ]
    entries = [
        json.dumps({**entry, "user_id": str(me), "request_body": text, "response_body": text}) for text in bodies
    ]
    entries.append(json.dumps({**entry, "user_id": str(other)}))
    assert await app.fetchval("select stateroom.write_access_logs($1)", entries) == 7
    rows = await owner.fetch("select to_jsonb(l)::text as text, l.* from stateroom.api_access_logs l order by id")
    for row in rows:
        assert not [secret for secret in SECRETS if secret in row["text"]], row["text"]
        assert json.loads(row["request_headers"]).keys() == {"accept", "user-agent"}
        assert json.loads(row["response_headers"]) == {"etag": '"1"'}
    assert rows[0]["endpoint"] == "/tasks"
    assert json.loads(rows[0]["request_body"])["title"] == "kept"
    assert "a=b" in rows[2]["request_body"]
    assert await refused(app, "select stateroom.write_access_logs($1)", ['{"method": "GET"}']) == "SR422"
    for name, role, seen in (
        ("me", "developer", 6),
        ("other", "developer", 1),
        ("root", "admin", 7),
        ("eve", "developer", 0),
    ):
        assert (
            await (await as_person(db, name, role)).fetchval("select count(*) from stateroom.api_access_logs") == seen
        )
    person = await as_person(db, "me")
    assert await refused(person, "select stateroom.write_access_logs($1)", entries) == "42501"


async def test_errors_are_counted_by_day_resolved_with_notes_and_opened_again(db):
    owner = await db.connect()
    ann = await as_person(db, "ann")
    user = await ann.fetchval("select stateroom.current_user_id()")
    await ann.execute("rollback")
    project = await owner.fetchval(
        "insert into stateroom.projects (owner_id, name) values ($1, 'p') returning id", user
    )
    await owner.execute(
        "insert into stateroom.project_members (project_id, user_id, role) values ($1, $2, 'contributor')"
        " on conflict (project_id, user_id) do update set role = 'contributor'",
        project,
        user,
    )
    ann = await as_person(db, "ann")
    report = "select stateroom.report_error($1, $2)"
    said = {"error_type": "ValueError", "error_message": "line 12: password=hunter2", "severity": "critical"}
    first = await ann.fetchval(report, project, json.dumps(said))
    assert await ann.fetchval(report, project, json.dumps({**said, "error_message": "line 13: password=x"})) == first
    row = await ann.fetchrow("select * from stateroom.recent_errors")
    assert (row["id"], row["occurrences"], row["project_name"]) == (first, 2, "p")
    assert "hunter2" not in row["error_message"]
    assert await refused(ann, report, project, '{"error_type": "X"}') == "SR422"
    for _ in range(2):
        done = await ann.fetchrow("select * from stateroom.resolve_error($1, 'fixed')", first)
        assert (done["resolved"], done["resolved_by"], done["resolution_notes"]) == (True, user, "fixed")
    assert await ann.fetch("select * from stateroom.recent_errors") == []
    assert not await ann.fetchval("select resolved from stateroom.reopen_error($1)", first)
    await ann.execute("update stateroom.error_logs set severity = 'warning'")
    assert await refused(ann, "update stateroom.error_logs set resolved = true") == "42501"
    assert await ann.execute("delete from stateroom.error_logs") == "DELETE 0"
    await ann.execute("commit")
    eve = await as_person(db, "eve")
    for statement in ("select stateroom.resolve_error($1)", "select stateroom.reopen_error($1)"):
        assert await refused(eve, statement, first) == "SR404"
    assert await refused(eve, report, project, json.dumps(said)) == "SR404"
