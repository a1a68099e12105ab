"""Every PL/pgSQL function compiles against the tables and functions that it names: plpgsql_check says so."""

import os

import asyncpg
import pytest

pytestmark = pytest.mark.both

PACKAGE = "postgresql-15-plpgsql-check"
# A trigger function is checked for each table whose trigger gives it what it reads: one that reads the changed rows,
# where it is given some (elsewhere it does not come to that line).
FUNCTIONS = """
with triggers as (
    select tgfoid, tgrelid, max(tgoldtable::text) as old, max(tgnewtable::text) as new,
        max(num_nonnulls(max(tgoldtable::text), max(tgnewtable::text))) over (partition by tgfoid) as most
    from pg_trigger where not tgisinternal and tgparentid = 0 group by tgfoid, tgrelid, tgoldtable, tgnewtable
)
select distinct p.oid::regprocedure::text as name, coalesce(t.tgrelid, 0) as relation,
    coalesce(t.tgrelid::regclass::text, '') as "on", t.old, t.new
from pg_proc p
join pg_language l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join triggers t on t.tgfoid = p.oid and (t.most = 0 or num_nonnulls(t.old, t.new) > 0)
where p.pronamespace = 'stateroom'::regnamespace and (p.prorettype <> 'trigger'::regtype or t.tgrelid is not null)
"""
CHECK = """
select c.lineno, c.level, c.sqlstate, c.message, c.statement, c.query
from plpgsql_check_function_tb($1::text::regprocedure, $2::oid, oldtable => $3::text::name, newtable => $4::text::name,
    performance_warnings => false, extra_warnings => true, other_warnings => true) c
"""
# An assignment casts: that is what it is for. What RETURN QUERY EXECUTE fills, the checker does not see.
WANTED = ("target type is different type than source type", "is maybe unmodified")


@pytest.fixture
async def checker(db, pg_version):
    if pg_version != 15:
        pytest.skip("Debian has the checker for PostgreSQL 15")
    admin = await db.connect("admin")
    try:
        await admin.execute("create extension plpgsql_check")
    except asyncpg.FeatureNotSupportedError:
        missing = f"{PACKAGE} is not installed: apt-get install {PACKAGE}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    return admin


async def test_every_function_compiles(checker):
    functions = await checker.fetch(FUNCTIONS)
    assert len(functions) > 40
    found = [
        f"{each['name']} {each['on']}:{row['lineno']} {row['level']} {row['message']} | {row['query']}"
        for each in functions
        for row in await checker.fetch(CHECK, each["name"], each["relation"], each["old"], each["new"])
        if not row["message"].endswith(WANTED)
    ]
    assert found == []
