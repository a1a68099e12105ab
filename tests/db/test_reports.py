"""What the two roles for reports can do: read everything but secrets and direct messages, and nothing besides."""

import contextlib
import re

import asyncpg
import pytest

pytestmark = pytest.mark.both

ROLES = ("stateroom_readonly", "stateroom_query")
SMELLS = re.compile(r"passw|secret|token|hash|sealed|signature|credential|private|salt|(^|_)answer$|headers|(^|_)key$")
# They smell, and are none.
INNOCENT = {
    "content_hash",  # of a workflow's definition
    "step_key",
    "concurrency_key",
    "key",  # a caller's word for a run; the name of a setting
    "token",  # of a lease: of no use to who may not call the engine's verbs
    "budget_tokens",
    "request_headers",  # an allow-list of them
    "response_headers",
    "default_answer",  # of an approval
    "signature_verified",  # whether it was right
}
READABLE = """
select c.relname as relation, a.attname as name, r.rolname as role from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped cross join pg_roles r
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
    and r.rolname in ('stateroom_readonly', 'stateroom_query')
    and has_column_privilege(r.oid, c.oid, a.attnum, 'SELECT')
"""
RELATIONS = """
select c.relname as name, c.relkind::text as kind from pg_class c
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
    and has_any_column_privilege('stateroom_query', c.oid, 'SELECT')
"""
# What a session as stateroom_query may try, with every limit lifted that a session can lift.
HOSTILE = """
insert into stateroom.users (username, role) values ('eve', 'admin')
update stateroom.users set role = 'admin'
update stateroom.projects set name = 'mine' where true returning *
delete from stateroom.tasks
delete from stateroom.schema_history
truncate stateroom.logs
truncate stateroom.users cascade
merge into stateroom.queues q using stateroom.queues s on q.id = s.id when matched then update set paused = true
with gone as (delete from stateroom.projects returning id) select count(*) from gone
select 1 from stateroom.users for update
do $$ begin lock table stateroom.users in access exclusive mode; end $$
select * from stateroom.users
select password_hash from stateroom.users
select u.password_hash from stateroom.users u join stateroom.projects p on p.owner_id = u.id
select to_jsonb(u) from stateroom.users u
table stateroom.users
copy stateroom.users to stdout
copy (select password_hash from stateroom.users) to stdout
copy stateroom.queues (name) from stdin
copy (select 1) to program 'id'
copy (select 1) to '/tmp/stateroom_query'
select pg_read_file('postgresql.conf')
select pg_ls_dir('.')
select lo_import('postgresql.conf')
select lo_export(1, '/tmp/stateroom_query')
select rolpassword from pg_authid
select passwd from pg_shadow
select pg_stat_reset_shared('bgwriter')
set role stateroom_maintenance
set role stateroom_owner
set role stateroom_admin
set role stateroom_user
set role stateroom_app
set role stateroom_readonly
set session authorization stateroom_maintenance
select set_config('role', 'stateroom_owner', false)
create table stateroom.mine (id int)
create table public.mine (id int)
create schema mine
create role mine
create extension postgres_fdw
create function stateroom.mine() returns int language sql return 1
create or replace function stateroom.now() returns timestamptz language sql return '-infinity'::timestamptz
create trigger mine before insert on stateroom.users execute function stateroom.touch()
create policy mine on stateroom.users to stateroom_query using (true)
create rule mine as on insert to stateroom.users do instead nothing
create publication mine for all tables
alter table stateroom.users disable row level security
alter table stateroom.users no force row level security
alter role stateroom_query superuser
alter role stateroom_query set temp_file_limit = -1
alter system set log_statement = 'none'
alter view stateroom.task_run_states set (security_barrier = false)
drop schema stateroom cascade
drop table stateroom.users cascade
grant select on stateroom.users to stateroom_query
grant stateroom_maintenance to stateroom_query
revoke all on stateroom.users from stateroom_user
reassign owned by stateroom_owner to stateroom_query
comment on table stateroom.users is 'mine'
select stateroom.set_context('00000000-0000-0000-0000-000000000000', 'admin')
select stateroom.enqueue('h')
select stateroom.make_local_user()
select stateroom.ensure_partitions()
select stateroom.audit_event('x', 'y')
select nextval('stateroom.lease_tokens')
select setval('stateroom.lease_tokens', 1)
select pg_terminate_backend(pid) from pg_stat_activity where usename <> current_user and datname = current_database()
select pg_cancel_backend(pid) from pg_stat_activity where usename <> current_user and datname = current_database()
select pg_switch_wal()
select pg_reload_conf()
vacuum stateroom.users
set temp_file_limit = -1
set log_statement = 'none'
set session_replication_role = replica
do $$ begin execute 'update stateroom.users set role = ''admin'''; end $$
explain analyze delete from stateroom.users
prepare mine as delete from stateroom.users
declare mine cursor with hold for select password_hash from stateroom.users
""".strip().splitlines()
# What is not refused, and changes nothing: with a warning, or because nobody else's sessions are shown.
HARMLESS = {"vacuum stateroom.users", *(line for line in HOSTILE if "_backend(pid)" in line)}
LIFT = "set default_transaction_read_only = off; set statement_timeout = 0; set idle_in_transaction_session_timeout = 0"
TABLES = """
select c.relname from pg_class c
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition order by 1
"""
STRUCTURE = """
select md5(string_agg(x, E'\\n' order by x)) from (
    select format('%s %s %s %s %s', oid, relname, relacl, relowner, reloptions) from pg_class
        where relkind in ('r', 'p', 'v', 'i', 'S') and relnamespace <> 'pg_toast'::regnamespace
    union all select format('%s %s', oid::regprocedure, proacl) from pg_proc
    union all select format('%s %s', polname, polroles) from pg_policy
    union all select format('%s %s %s %s', rolname, rolsuper, rolbypassrls, rolconfig) from pg_roles
    union all select format('%s %s', roleid, member) from pg_auth_members
    union all select format('%s', oid) from pg_largeobject_metadata
) as f (x)
"""


@pytest.fixture
async def filled(db):
    """Something in the tables that people write, and somebody with a password."""
    connection = await db.connect()
    await connection.execute(
        "update stateroom.users set password_hash = 'deadbeef', email = 'l@example.org';"
        "insert into stateroom.tasks (project_id, kind, status, title)"
        " select id, 'planned', 'pending', 'dig' from stateroom.projects"
    )
    return connection


async def sqlstate(connection, statement: str) -> str | None:
    try:
        await connection.execute(statement)
    except asyncpg.PostgresError as error:
        return error.sqlstate
    return None


async def fingerprint(connection) -> list[object]:
    """Every row and all structure."""
    rows = [
        await connection.fetchval(f"select md5(string_agg(t::text, ',' order by t::text)) from stateroom.{row[0]} t")
        for row in await connection.fetch(TABLES)
    ]
    return [*rows, await connection.fetchval(STRUCTURE)]


async def test_no_column_that_smells_of_a_secret_is_readable(filled):
    rows = await filled.fetch(READABLE)
    assert {row["role"] for row in rows} == set(ROLES)
    smelly = {f"{row['relation']}.{row['name']}" for row in rows if SMELLS.search(row["name"])}
    assert {name for name in smelly if name.partition(".")[2] not in INNOCENT} == set()


async def test_direct_messages_and_sensitive_settings_are_nobodys_report(db, filled):
    user, project = await filled.fetchrow("select owner_id, id from stateroom.projects")
    other = await filled.fetchval("insert into stateroom.users (username) values ('other') returning id")
    await filled.execute(
        "insert into stateroom.project_members (project_id, user_id, role) values ($1, $2, 'viewer')", project, other
    )
    await filled.execute(
        "insert into stateroom.chat_messages (project_id, sender_id, recipient_id, message)"
        " values ($1, $2, null, 'all'), ($1, $2, $3, 'you')",
        *(project, user, other),
    )
    await filled.execute(
        "insert into stateroom.chat_message_edits (message_id, project_id, earlier_message)"
        " select id, project_id, 'earlier' from stateroom.chat_messages"
    )
    await filled.execute(
        "insert into stateroom.settings (key, value, value_type, is_sensitive)"
        " values ('a.plain', '1', 'number', false), ('a.secret', '2', 'number', true)"
    )
    query = await db.connect("query")
    assert [row[0] for row in await query.fetch("select message from stateroom.chat_messages")] == ["all"]
    assert await query.fetchval("select count(*) from stateroom.chat_message_edits") == 1
    keys = [row[0] for row in await query.fetch("select key from stateroom.settings where key like 'a.%'")]
    assert keys == ["a.plain"]


async def test_reports_see_rows_of_every_project_and_views_work_for_them(db, filled):
    query, admin = await db.connect("query"), await db.connect("admin")
    member = f"r_{db.name}"  # roles are the whole server's
    await admin.execute(f"create role {member} in role stateroom_readonly")
    try:
        relations = await filled.fetch(RELATIONS)
        assert len(relations) > 30
        for row in relations:
            assert await query.fetchval(f"select count(*) from stateroom.{row['name']}") is not None, row["name"]
        for role in (*ROLES, member):
            await admin.execute(f"set role {role}")
            for table in ("users", "projects", "tasks", "queues", "schema_history"):
                assert await admin.fetchval(f"select count(*) from stateroom.{table}") > 0, (role, table)
            assert await admin.fetchval("select stateroom.sees_all()")
            await admin.execute("reset role")
    finally:
        await admin.execute(f"reset role; drop role {member}")


@pytest.mark.defect(12)
async def test_hostile_statements_change_nothing_take_no_role_and_read_no_secret(db, filled):
    before = await fingerprint(filled)
    query = await db.connect("query")
    await query.execute(LIFT)
    allowed = {
        line for line in HOSTILE if await sqlstate(query, line) not in {"42501", "42601", "42704", "0LP01", "42809"}
    }
    assert {line for line in allowed - HARMLESS if not line.startswith("prepare")} == set()
    assert await query.fetchval("select current_user = session_user and current_user = 'stateroom_query'")
    assert await fingerprint(filled) == before
    assert len(HOSTILE) >= 70


@pytest.mark.defect(12)
async def test_the_fence_holds_time_files_and_numbers(db):
    query = await db.connect("query")
    limits = "select current_setting('statement_timeout'), current_setting('default_transaction_read_only'),"
    limits += " current_setting('temp_file_limit'), current_setting('work_mem')"
    assert tuple(await query.fetchrow(limits)) == ("15s", "on", "256MB", "16MB")
    assert await sqlstate(query, "create temporary table mine (id int)") == "25006"
    assert await sqlstate(query, "select set_config('temp_file_limit', '-1', false)") == "42501"
    async with query.transaction(readonly=True):
        await query.execute("set local statement_timeout = '200ms'")
        # a statement cannot lift its own limit: the clock was wound when it began
        with pytest.raises(asyncpg.QueryCanceledError):
            await query.fetch("select set_config('statement_timeout', '0', false), pg_sleep(30)")
    # nor the next one's, nor leave anything: one statement at a time, rolled back, and then everything discarded
    for statement in (
        "select set_config('statement_timeout', '0', false)",
        "select lo_create(4711)",
        "select pg_advisory_lock(4711)",
        "commit",
    ):
        await query.execute("begin read only")
        with contextlib.suppress(asyncpg.PostgresError):
            await query.fetch(statement)
        await query.execute("rollback" if statement != "commit" else "select 1")
        await query.execute("discard all")
    assert await query.fetchval("show statement_timeout") == "15s"
    left = "select (select count(*) from pg_largeobject_metadata) + (select count(*) from pg_locks where objid = 4711)"
    assert await query.fetchval(left) == 0
    await query.execute(LIFT)
    assert await sqlstate(
        query, "select count(*) from (select g from generate_series(1, 40000000) g order by -g) t"
    ) == ("53400")
