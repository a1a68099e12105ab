"""Row security on every table, for every role: it is there from the first install, nobody is exempt, nothing raises."""

import asyncio
import re

import asyncpg
import pytest

from stateroom.db import objects
from stateroom.db.embedded import EmbeddedServer
from stateroom.db.init import ROLES, init_embedded

TABLES = """
select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced, pg_get_userbyid(c.relowner) as owner
from pg_class c where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
"""
READABLE = """
select c.relname as name from pg_class c where c.relnamespace = 'stateroom'::regnamespace
    and c.relkind in ('r', 'p', 'v') and not c.relispartition and has_any_column_privilege($1, c.oid, 'SELECT')
"""
WRITABLE = """
select c.relname as name, has_table_privilege($1, c.oid, 'DELETE') as delete, (select a.attname from pg_attribute a
    where a.attrelid = c.oid and a.attnum > 0 and has_column_privilege($1, c.oid, a.attnum, 'UPDATE')
    and has_column_privilege($1, c.oid, a.attnum, 'SELECT') order by a.attnum desc limit 1) as column
from pg_class c where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and (has_table_privilege($1, c.oid, 'DELETE') or has_any_column_privilege($1, c.oid, 'UPDATE'))
"""
PEOPLE = ("stateroom_user", "stateroom_admin")
EVERYBODY = (
    *PEOPLE,
    "stateroom_app",
    "stateroom_engine",
    "stateroom_readonly",
    "stateroom_query",
    "stateroom_client",
)
# After its first use in a session a custom setting reads '', not null.
USED = """
select set_config('stateroom.' || name, '', false) from unnest(array['user_id', 'role', 'project_id', 'permissions',
    'request_id', 'read_projects', 'open_projects', 'write_projects', 'manage_projects']) as name
"""


@pytest.mark.defect(3)
@pytest.mark.full
def test_an_empty_cluster_gets_roles_first_and_then_the_policies_that_name_them(server_home):
    """A server that has never seen any of the roles."""
    server = EmbeddedServer(server_home, options={"fsync": "off"})
    info = server.start()
    credentials = asyncio.run(init_embedded(info.admin_dsn, server_home))

    async def named() -> tuple[set[str], int]:
        connection = await asyncpg.connect(credentials.maintenance)
        rows = await connection.fetch(
            "select distinct unnest(roles)::text from pg_policies where schemaname = 'stateroom'"
        )
        count = await connection.fetchval("select count(*) from pg_policies where schemaname = 'stateroom'")
        await connection.close()
        return {row[0] for row in rows}, count

    roles, count = asyncio.run(named())
    made = set(re.findall(r"create role (\w+)", ROLES.read_text(encoding="utf-8")))
    assert roles <= made
    assert count > 100


@pytest.mark.defect(3)
def test_no_file_names_a_role_that_nobody_makes():
    made = set(re.findall(r"create role (\w+)", ROLES.read_text(encoding="utf-8")))
    named = {
        role
        for file in objects.find()
        for text in re.findall(r"(?s)(?:create policy|grant|revoke)\b.*?;", file.text)
        for role in re.findall(r"\b(?:to|from)\s+((?:stateroom_\w+,?\s*)+)", text)
    }
    assert {role for each in named for role in re.findall(r"stateroom_\w+", each)} <= made


@pytest.mark.both
@pytest.mark.defect(8)
async def test_without_a_context_nothing_raises_and_people_see_and_change_nothing(db):
    admin = await db.connect("admin")
    for role in EVERYBODY:
        relations = [row["name"] for row in await admin.fetch(READABLE, role)]
        assert relations or role in {"stateroom_app", "stateroom_client"}, role
        writable = await admin.fetch(WRITABLE, role)
        await admin.execute(f"set role {role}")
        for used in (False, True):
            if used:
                await admin.execute(USED)
            seen = {name: await admin.fetchval(f"select count(*) from stateroom.{name}") for name in relations}
            if role not in PEOPLE:
                continue
            assert {name for name, count in seen.items() if count} == set(), (role, used)
            for row in writable:
                if row["column"]:
                    column = f'"{row["column"]}"'
                    said = await admin.execute(f"update stateroom.{row['name']} set {column} = {column}")
                    assert said == "UPDATE 0", (role, row["name"])
                if row["delete"]:
                    assert await admin.execute(f"delete from stateroom.{row['name']}") == "DELETE 0", row["name"]
        await admin.execute("reset all; reset role")


@pytest.mark.both
@pytest.mark.defect(14)
async def test_the_owner_of_the_tables_is_held_back_by_their_policies(db):
    admin = await db.connect("admin")
    tables = [row for row in await admin.fetch(TABLES) if row["name"] != "alembic_version"]
    assert [row["name"] for row in tables if not row["forced"]] == []
    assert {row["owner"] for row in tables} == {"stateroom_owner"}
    filled = {row["name"] for row in tables if await admin.fetchval(f"select count(*) from stateroom.{row['name']}")}
    assert filled >= {"users", "projects", "queues", "schema_history"}
    await admin.execute("set role stateroom_owner")
    seen = {row["name"] for row in tables if await admin.fetchval(f"select count(*) from stateroom.{row['name']}")}
    assert seen == set()
    assert await admin.execute("update stateroom.users set name = 'x'") == "UPDATE 0"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await admin.execute("insert into stateroom.users (username) values ('x')")


@pytest.mark.both
@pytest.mark.defect(14)
async def test_only_the_maintenance_role_is_exempt_and_it_owns_what_reads_for_others(db):
    admin = await db.connect("admin")
    exempt = "select rolname from pg_roles where rolname like 'stateroom%' and (rolsuper or rolbypassrls)"
    assert [row[0] for row in await admin.fetch(exempt)] == ["stateroom_maintenance"]
    owners = await admin.fetch(
        "select distinct proowner::regrole::text from pg_proc where pronamespace = 'stateroom'::regnamespace"
        " and prosecdef union select distinct relowner::regrole::text from pg_class"
        " where relnamespace = 'stateroom'::regnamespace and relkind in ('v', 'm')"
    )
    assert [row[0] for row in owners] == ["stateroom_maintenance"]
