"""The audit trail: what is written about a change, what is never written, and that nobody changes it."""

import json
from uuid import UUID, uuid4

import asyncpg
import pytest

pytestmark = pytest.mark.both

NEW_USER = "insert into stateroom.users (username, name, password_hash, preferences) values ($1, $2, 'argon', $3)"


@pytest.fixture
async def connection(db):
    return await db.connect("maintenance")


async def trail(connection, entity_type: str) -> list[asyncpg.Record]:
    query = "select * from stateroom.audit_logs where entity_type = $1 and user_id is not null order by id"
    return await connection.fetch(query, entity_type)


async def act(connection, role: str = "admin") -> UUID:
    """Be somebody from now on, in this connection's transaction."""
    user = await connection.fetchval("select id from stateroom.users where username = 'local'")
    await connection.execute("select stateroom.set_context($1, $2, p_request => 'r-1')", user, role)
    return user


async def test_a_change_leaves_its_changed_columns_and_who_did_it(connection):
    async with connection.transaction():
        user = await act(connection)
        project = await connection.fetchval(
            "insert into stateroom.projects (owner_id, name) values ($1, 'one') returning id", user
        )
        await connection.execute("update stateroom.projects set name = 'two' where id = $1", project)
        await connection.execute("update stateroom.projects set status = 'paused' where id = $1", project)
        await connection.execute("update stateroom.projects set tasks_count = 7 where id = $1", project)
        await connection.execute("update stateroom.projects set name = name where id = $1", project)
        await connection.execute("delete from stateroom.projects where id = $1", project)
    rows = await trail(connection, "projects")
    assert [row["action"] for row in rows] == ["create", "update", "status_change", "delete"]
    assert {(row["user_id"], row["project_id"], row["entity_id"], row["request_id"]) for row in rows} == {
        (user, project, project, "r-1")
    }
    changes = [(row["old_values"], row["new_values"]) for row in rows]
    assert json.loads(changes[0][1])["name"] == "one"
    assert [json.loads(text) for text in changes[1]] == [{"name": "one"}, {"name": "two"}]
    assert [json.loads(text) for text in changes[2]] == [{"status": "active"}, {"status": "paused"}]
    assert json.loads(changes[3][0])["name"] == "two"
    assert (changes[0][0], changes[3][1]) == (None, None)


@pytest.mark.defect(1)
async def test_nothing_that_people_write_is_too_odd_or_too_long_for_the_trail(connection):
    """Neither what is written nor who writes it makes the change fail."""
    odd = "line\none\ttab \u2028 \U0001f600 \\ ' \" {}" + "x" * 160
    async with connection.transaction():
        nobody = uuid4()
        await connection.execute("select stateroom.set_context($1, 'developer', p_request => $2)", nobody, "r" * 5000)
        user = await connection.fetchval(NEW_USER + " returning id", "u" * 64, odd, "{}")
        project = "insert into stateroom.projects (owner_id, name, description, metadata) values ($1, $2, $3, $4)"
        await connection.execute(project, user, odd, "\u20ac" * 10_000, json.dumps({"deep": [[[odd] * 1000]]}))
        await connection.execute("update stateroom.users set last_login_at = 'infinity', is_active = false")
        await connection.execute("delete from stateroom.users where id = $1", user)
    rows = await trail(connection, "projects")
    assert [row["action"] for row in rows] == ["create", "delete"]
    assert json.loads(rows[0]["new_values"])["description"] == "\u20ac" * 4000 + "…"
    assert json.loads(rows[0]["new_values"])["metadata"] == "[redacted]"
    assert {(row["user_id"], row["request_id"]) for row in rows} == {(nobody, "r" * 200)}


@pytest.mark.defect(13)
async def test_what_is_secret_is_never_in_the_trail(connection):
    async with connection.transaction():
        await act(connection)
        await connection.execute(NEW_USER, "ann", "Ann", "{}")
        await connection.execute("update stateroom.users set password_hash = 'argon-2' where username = 'ann'")
        await connection.execute(
            "select stateroom.audit_event('export', 'users', null, $1)",
            json.dumps({"rows": 3, "headers": [{"Authorization": "argon", "Accept": "*"}], "api_key": "argon"}),
        )
    rows = await trail(connection, "users")
    assert [row["action"] for row in rows] == ["create", "update", "export"]
    assert "argon" not in "".join(f"{row['old_values']}{row['new_values']}" for row in rows)
    assert json.loads(rows[1]["new_values"]) == {"password_hash": "[redacted]"}
    assert json.loads(rows[2]["new_values"])["headers"] == [{"Authorization": "[redacted]", "Accept": "*"}]


@pytest.mark.parametrize(("login", "role"), [("maintenance", None), ("maintenance", "owner"), ("app", "admin")])
async def test_nobody_changes_the_trail_nor_any_part_of_it(db, connection, login, role):
    parts = "select inhrelid::regclass::text from pg_inherits where inhparent = 'stateroom.audit_logs'::regclass"
    tables = ["stateroom.audit_logs", *(row[0] for row in await connection.fetch(parts))]
    assert len(tables) > 4
    count = await connection.fetchval("select count(*) from stateroom.audit_logs")
    hostile = await db.connect(login)
    if role is not None:
        await hostile.execute(f"set role stateroom_{role}")
    for table in tables:
        for statement in (f"update {table} set action = 'x'", f"delete from {table}", f"truncate {table}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await hostile.execute(statement)
    assert await connection.fetchval("select count(*) from stateroom.audit_logs") == count > 0


async def test_partitions_made_later_are_sealed_too_and_rows_move_between_them(connection):
    future = (
        "insert into stateroom.audit_logs (id, entity_type, action) values (stateroom.uuidv7_floor($1), 'x', 'login')"
    )
    at = await connection.fetchval("select now() + interval '200 days'")
    await connection.execute(future, at)
    await connection.fetch("select * from stateroom.ensure_partitions(9)")
    found = "select tableoid::regclass::text from stateroom.audit_logs where entity_type = 'x'"
    name = await connection.fetchval(found)
    assert name == f"stateroom.audit_logs_{at:%Y_%m}"
    for table in (name, "stateroom.audit_logs_future"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"delete from {table}")


async def test_nobody_makes_up_a_change(connection):
    for action in ("create", "update", "delete", "status_change", "Login", "x" * 65, "", None):
        with pytest.raises(asyncpg.PostgresError) as caught:
            await connection.execute("select stateroom.audit_event($1, 'users')", action)
        assert caught.value.sqlstate == "SR422"


# What people write without a trail: what they say (it stays as it was said), what tells them, and that they sign out.
UNAUDITED = {"chat_messages", "notifications", "task_contexts", "user_sessions"}
UNWATCHED = """
select c.relname as name from pg_class c
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and exists (select from pg_attribute a cross join unnest('{stateroom_user,stateroom_admin}'::text[]) as p (name)
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            and (has_table_privilege(p.name, c.oid, 'DELETE')
                or has_column_privilege(p.name, c.oid, a.attnum, 'INSERT,UPDATE')))
    and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgfoid = 'stateroom.audit()'::regprocedure)
"""


async def test_every_table_that_people_write_has_a_trail(connection):
    assert {row["name"] for row in await connection.fetch(UNWATCHED)} == UNAUDITED


async def test_what_people_do_with_deployments_edges_and_errors_is_written_down(team):
    add = "insert into stateroom.tasks (project_id, title) values ($1, $2) returning id"
    first, second = [await team.value("carol", add, team.project, title) for title in "ab"]
    edge = "insert into stateroom.task_dependencies (task_id, depends_on_task_id) values ($1, $2)"
    await team.value("carol", edge, first, second)
    await team.value("carol", "delete from stateroom.task_dependencies")
    scripts = json.dumps([{"script_name": "go", "script_content": "echo hush"}])
    make = "select stateroom.create_deployment($1, 'staging', '1', $2)"
    deployment = await team.value("carol", make, team.project, scripts)
    await team.value("carol", "select stateroom.cancel_deployment($1)", deployment)
    report = 'select stateroom.report_error($1, \'{"error_type": "E", "error_message": "m"}\')'
    error = await team.value("carol", report, team.project)
    await team.value("dan", "select stateroom.resolve_error($1, 'mended')", error)
    rows = await team.owner.fetch(
        "select project_id, entity_type, action, coalesce(new_values, '{}')::text as now from stateroom.audit_logs"
        " where user_id = any ($1) and entity_type <> 'tasks' order by id",
        [team.ids["carol"], team.ids["dan"]],
    )
    assert [(row["entity_type"], row["action"]) for row in rows] == [
        ("task_dependencies", "create"),
        ("task_dependencies", "delete"),
        ("deployments", "create"),
        ("deployment_scripts", "create"),
        ("deployments", "status_change"),
        ("error_logs", "update"),
    ]
    assert {row["project_id"] for row in rows} == {team.project}
    assert "hush" not in rows[3]["now"]
    assert "mended" in rows[5]["now"]
