"""Revisions and objects: forward, back, forward again, and what a changed file brings about."""

import asyncio
import hashlib
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from stateroom.db import chain, migrate, objects, revisions
from stateroom.db.migrate import Source
from stateroom.db.objects import SqlFile
from stateroom.errors import MigrationError

pytestmark = pytest.mark.both

# The structure of the schema as text: tables, types, functions, views, triggers, policies, grants.
STRUCTURE = """
select 'column ' || attrelid::regclass || '.' || attname || ' ' || format_type(atttypid, atttypmod) || ' '
    || attnotnull || ' ' || coalesce(pg_get_expr(adbin, adrelid), '') as line
from pg_attribute join pg_class c on c.oid = attrelid left join pg_attrdef on adrelid = attrelid and adnum = attnum
where relnamespace = 'stateroom'::regnamespace and attnum > 0 and not attisdropped and relkind in ('r', 'p', 'v', 'm')
union all
select 'relation ' || oid::regclass || ' ' || relkind::text || relrowsecurity || relforcerowsecurity || ' '
    || relowner::regrole || ' ' || coalesce(relacl::text, '')
from pg_class where relnamespace = 'stateroom'::regnamespace
union all
select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint
where connamespace = 'stateroom'::regnamespace
union all
select 'function ' || oid::regprocedure || ' ' || md5(pg_get_functiondef(oid)) || ' ' || proowner::regrole || ' '
    || coalesce(proacl::text, '') from pg_proc where pronamespace = 'stateroom'::regnamespace and prokind <> 'a'
union all
select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
union all
select 'policy ' || tablename || ' ' || policyname || ' ' || roles::text || cmd::text || coalesce(qual, '')
    || coalesce(with_check, '') from pg_policies where schemaname = 'stateroom'
union all
select 'view ' || viewname || ' ' || md5(definition) from pg_views where schemaname = 'stateroom'
union all
select 'type ' || oid::regtype || ' ' || coalesce((select string_agg(enumlabel, ',' order by enumsortorder)
    from pg_enum where enumtypid = t.oid), '') from pg_type t where typnamespace = 'stateroom'::regnamespace
order by line"""

FIRST = '''"""The history and a table."""

from alembic import op

revision = "a1"
down_revision = None


def upgrade() -> None:
    op.execute("""
        create type stateroom.schema_change as enum ('revision', 'object');
        create table stateroom.schema_history (
            id bigint generated always as identity, kind stateroom.schema_change not null, name text not null,
            version text not null, description text, checksum text, applied_at timestamptz default clock_timestamp(),
            duration_ms integer not null default 0);
        create table stateroom.things (id int primary key default stateroom.first_id(), name text);
        alter table stateroom.things enable row level security, force row level security;
    """)


def downgrade() -> None:
    op.execute("drop table stateroom.things, stateroom.schema_history; drop type stateroom.schema_change")
'''
SECOND = '''"""A column."""

from alembic import op

revision = "a2"
down_revision = "a1"


def upgrade() -> None:
    op.execute("alter table stateroom.things add colour text default ':none'")


def downgrade() -> None:
    op.execute("alter table stateroom.things drop colour")
'''
BROKEN = '''"""Half of it works."""

from alembic import op

revision = "a3"
down_revision = "a2"


def upgrade() -> None:
    op.execute("create table stateroom.half (id int)")
    op.execute("select 1 / 0")
'''
IDS = """-- Ids, before the tables.
create or replace function stateroom.first_id() returns int language sql return 7;
"""
VIEW = """-- A view of things.
create or replace view stateroom.seen as select id, name, colour from stateroom.things;
create or replace function stateroom.count_things() returns bigint language sql
    begin atomic select count(*) from stateroom.things; end;
"""
LAST = """-- What builds on the view.
create or replace function stateroom.count_seen() returns bigint language sql begin atomic
    select count(*) from stateroom.seen; end;
"""


async def structure(db):
    connection = await asyncpg.connect(db.admin_dsn)
    try:
        return [row["line"] for row in await connection.fetch(STRUCTURE) if "alembic_version" not in row["line"]]
    finally:
        await connection.close()


@pytest.fixture
async def empty(db):
    """A database with roles and an empty schema."""
    await migrate.downgrade(db.maintenance_dsn, "base")
    return db


@pytest.fixture
def source(tmp_path):
    """A small schema of the test's own."""
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    (versions.parent / "env.py").write_text((chain.FOLDER / "env.py").read_text())
    (versions / "a1.py").write_text(FIRST)
    (versions / "a2.py").write_text(SECOND)
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    (one / "010_ids.sql").write_text(IDS)
    (two / "200_view.sql").write_text(VIEW)
    (one / "300_last.sql").write_text(LAST)
    return Source(versions.parent, (one, two))


def names(change):
    return list(change.objects)


async def test_the_template_is_up_to_date(db):
    drift = await migrate.check(await db.connect())
    assert drift.is_none
    assert drift.revision == drift.head == chain.head()


async def test_a_second_upgrade_changes_nothing(db):
    before = await structure(db)
    change = await migrate.upgrade(db.maintenance_dsn)
    assert (change.before, change.objects) == (change.after, ())
    assert await structure(db) == before


async def test_all_the_way_back_leaves_an_empty_schema(empty):
    assert await structure(empty) == []
    drift = await migrate.check(await empty.connect())
    assert drift.revision == "base"
    assert set(drift.objects) == {file.name for file in objects.find()}


async def test_back_and_forth_equals_a_fresh_install(db):
    await migrate.downgrade(db.maintenance_dsn, "base")
    await migrate.upgrade(db.maintenance_dsn)
    fresh = await structure(db)
    for revision in reversed(chain.revisions()[:-1]):
        assert (await migrate.downgrade(db.maintenance_dsn, revision)).after == revision
    await migrate.upgrade(db.maintenance_dsn)
    assert await structure(db) == fresh


@pytest.mark.full
async def test_every_single_step_goes_back_and_forth(db):
    steps = chain.revisions()
    for revision in [*reversed(steps[:-1]), "base"]:
        await migrate.downgrade(db.maintenance_dsn, revision)
        assert (await migrate.upgrade(db.maintenance_dsn)).after == steps[-1]
    assert (await migrate.check(await db.connect())).is_none


async def test_data_survives_the_way_back_and_forth(empty, source):
    await migrate.upgrade(empty.maintenance_dsn, source=source)
    connection = await empty.connect("maintenance")
    await connection.execute("insert into stateroom.things (name, colour) values ('kept', 'red')")
    assert await connection.fetchval("select stateroom.count_seen()") == 1
    change = await migrate.downgrade(empty.maintenance_dsn, "a1", source=source)
    assert names(change) == ["010_ids.sql", "200_view.sql", "300_last.sql"]
    assert await connection.fetchval("select name from stateroom.things") == "kept"
    change = await migrate.upgrade(empty.maintenance_dsn, source=source)
    assert (change.before, change.after) == ("a1", "a2")
    row = await connection.fetchrow("select * from stateroom.seen")
    assert tuple(row.values()) == (7, "kept", ":none")


async def test_tables_belong_to_the_owner_and_objects_to_maintenance(empty, source):
    await migrate.upgrade(empty.maintenance_dsn, source=source)
    connection = await empty.connect()
    owner = "select relowner::regrole::text from pg_class where oid = $1::text::regclass"
    assert await connection.fetchval(owner, "stateroom.things") == "stateroom_owner"
    assert await connection.fetchval(owner, "stateroom.seen") == "stateroom_maintenance"


async def test_a_partial_upgrade_leaves_later_objects_for_the_head(empty, source):
    change = await migrate.upgrade(empty.maintenance_dsn, "a1", source=source)
    assert (change.after, names(change)) == ("a1", ["010_ids.sql"])
    change = await migrate.upgrade(empty.maintenance_dsn, source=source)
    assert (change.after, names(change)) == ("a2", ["010_ids.sql", "200_view.sql", "300_last.sql"])


async def test_a_changed_file_brings_all_again_and_nothing_that_no_file_makes_stays(empty, source):
    await migrate.upgrade(empty.maintenance_dsn, source=source)
    view = source.objects[1] / "200_view.sql"
    view.write_text(view.read_text() + "comment on view stateroom.seen is 'new';\n")
    drift = await migrate.check(await empty.connect(), source=source)
    assert drift.objects == ("200_view.sql", "300_last.sql")
    owner = await empty.connect()
    await owner.execute("create function stateroom.left_over() returns int language sql as 'select 1'")
    applied = names(await migrate.upgrade(empty.maintenance_dsn, source=source))
    assert applied == ["010_ids.sql", "200_view.sql", "300_last.sql"]
    assert await owner.fetchval("select to_regproc('stateroom.left_over')") is None
    assert (await migrate.check(await empty.connect(), source=source)).is_none


async def test_the_history_tells_everything(empty, source):
    await migrate.upgrade(empty.maintenance_dsn, source=source)
    await migrate.downgrade(empty.maintenance_dsn, "a1", source=source)
    connection = await empty.connect()
    rows = await connection.fetch("select kind::text, name, description, checksum from stateroom.schema_history")
    found = {(row["kind"], row["name"], row["description"]): row["checksum"] for row in rows}
    sha = hashlib.sha256(FIRST.encode()).hexdigest()
    assert found["revision", "a1", "The history and a table."] == sha
    assert ("revision", "a1", "went back from a2") in found
    assert found["object", "200_view.sql", "A view of things."] == hashlib.sha256(VIEW.encode()).hexdigest()
    assert found["object", "200_view.sql", "removed"] is None


async def test_a_broken_revision_leaves_the_one_before(empty, source):
    (source.revisions / "versions" / "a3.py").write_text(BROKEN)
    with pytest.raises(MigrationError, match="rolled back: division by zero"):
        await migrate.upgrade(empty.maintenance_dsn, source=source)
    connection = await empty.connect()
    assert await migrate.current_revision(connection) == "a2"
    assert await connection.fetchval("select to_regclass('stateroom.half')") is None
    (source.revisions / "versions" / "a3.py").unlink()
    assert (await migrate.upgrade(empty.maintenance_dsn, source=source)).after == "a2"


async def test_a_broken_file_applies_none_and_names_its_line(empty, source):
    await migrate.upgrade(empty.maintenance_dsn, source=source)
    view = source.objects[1] / "200_view.sql"
    view.write_text(view.read_text() + "\nselect nothing_like_this;\n")
    (source.objects[0] / "150_new.sql").write_text("-- New.\ncreate table stateroom.new (id int);\n")
    with pytest.raises(MigrationError, match=r'200_view\.sql:6: column "nothing_like_this" does not exist'):
        await migrate.upgrade(empty.maintenance_dsn, source=source)
    connection = await empty.connect()
    assert await connection.fetchval("select to_regclass('stateroom.new')") is None


async def test_a_newer_database_is_left_alone(empty, source):
    await migrate.upgrade(empty.maintenance_dsn, source=source)
    (source.revisions / "versions" / "a2.py").unlink()
    for work in (
        migrate.upgrade(empty.maintenance_dsn, source=source),
        migrate.downgrade(empty.maintenance_dsn, "base", source=source),
    ):
        with pytest.raises(MigrationError, match="revision a2, which this program does not know; its newest is a1"):
            await work
    connection = await empty.connect()
    assert await connection.fetchval("select count(*) from stateroom.seen") == 0


async def test_an_unknown_revision_is_refused(empty, source):
    with pytest.raises(MigrationError, match="nonsense"):
        await migrate.upgrade(empty.maintenance_dsn, "nonsense", source=source)


async def test_many_at_once_are_one_after_the_other(empty, source):
    changes = await asyncio.gather(*(migrate.upgrade(empty.maintenance_dsn, source=source) for _ in range(4)))
    assert sorted(change.before for change in changes) == ["a2", "a2", "a2", "base"]
    assert sum(bool(change.objects) for change in changes) == 1


async def test_an_administrator_sees_the_drift_and_others_do_not(db):
    maintenance = await db.connect("maintenance")
    user = await maintenance.fetchval("select id from stateroom.users where username = 'local'")
    app = await db.connect("app")
    for role, seen in (("admin", True), ("user", False)):
        async with app.transaction():
            await app.execute(f"set local role stateroom_{role}")
            if role == "admin":
                await app.execute("reset role")
                await app.fetchval(
                    "select set_config('role', 'stateroom_admin', true), stateroom.set_context($1, 'admin')", user
                )
            if seen:
                assert (await migrate.check(app)).is_none
            else:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await migrate.check(app)


def test_files_are_ordered_over_both_folders(source):
    assert [file.name for file in objects.find(source.objects)] == ["010_ids.sql", "200_view.sql", "300_last.sql"]


def test_a_name_may_be_used_once(source):
    for folder in source.objects:
        (folder / "400_same.sql").write_text("select 1")
    with pytest.raises(MigrationError, match=r"400_same\.sql"):
        objects.find(source.objects)


def test_what_is_outdated():
    one, two, three = files = tuple(SqlFile(f"{n}00.sql", f"-- {n}\n") for n in (1, 2, 3))
    applied = {file.name: file.checksum for file in files}
    assert objects.outdated(files, applied) == ()
    assert objects.outdated(files, {}) == files
    assert objects.outdated(files, applied | {"200.sql": "other"}) == (two, three)
    assert objects.outdated(files, applied | {"300.sql": None}) == (three,)
    assert objects.outdated((one, three), applied) == ()


def test_the_chain_is_what_alembic_sees(source):
    for folder in (chain.FOLDER, source.revisions):
        scripts = ScriptDirectory.from_config(revisions._config(folder))
        assert tuple(script.revision for script in scripts.walk_revisions())[::-1] == chain.revisions(folder)


@pytest.mark.parametrize(
    "text", ["x = 1", 'revision = "b"\ndown_revision = None', 'revision = "b"\ndown_revision = "z"']
)
def test_a_revision_without_a_place_is_refused(source, text):
    (source.revisions / "versions" / "b.py").write_text(text)
    with pytest.raises(MigrationError):
        chain.revisions(source.revisions)


def test_nothing_to_do_loads_no_alembic():
    code = "import sys, stateroom.db.init; sys.exit('alembic' in sys.modules or 'sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_file_says_what_it_is_for():
    assert not [file.name for file in objects.find() if not file.text.startswith("-- ") or not file.first_line]


def test_files_travel_with_the_package():
    assert all(Path(folder).is_dir() for folder in (*objects.FOLDERS, chain.FOLDER))
