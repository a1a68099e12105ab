"""Every index is a key, follows a deletion, or is used by the query that docs/reference/indexes.yaml names for it."""

import re
from pathlib import Path

import yaml

FILE = Path(__file__).parents[2] / "docs" / "reference" / "indexes.yaml"
# Indexes by themselves and under the name of the parent of which they are a partition's part.
NAMES = """
with recursive parts as (
    select c.oid, c.relname as root from pg_class c
    where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('i', 'I') and not c.relispartition
    union all
    select i.inhrelid, p.root from parts p join pg_inherits i on i.inhparent = p.oid
)
select c.relname as name, p.root from parts p join pg_class c on c.oid = p.oid
"""
REASONS = """
select i.relname as name, k.oid is not null
    or exists (select from pg_constraint f where f.contype = 'f' and f.conrelid = c.oid
        and f.conkey = array[x.indkey[0]]) as has_reason
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
left join pg_constraint k on k.conindid = x.indexrelid and k.contype in ('p', 'u')
where c.relnamespace = 'stateroom'::regnamespace and not c.relispartition and c.relname <> 'alembic_version'
"""
UNCOVERED = """
select c.relname || '.' || a.attname as name from pg_constraint f join pg_class c on c.oid = f.conrelid
join pg_attribute a on a.attrelid = c.oid and a.attnum = f.conkey[1]
where f.contype = 'f' and c.relnamespace = 'stateroom'::regnamespace and not c.relispartition and not exists (
    select from pg_index x where x.indrelid = c.oid and x.indkey[0] = f.conkey[1])
"""
AWAY = "update pg_index set indisvalid = false where indexrelid in (select oid from pg_class where relname = any ($1))"
USED = re.compile(r'Index Name": "([^"]+)"')


async def test_every_index_has_a_reason(db):
    told = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    rows = await (await db.connect()).fetch(REASONS)
    assert {row["name"] for row in rows if not row["has_reason"]} - set(told) == set()
    assert set(told) - {row["name"] for row in rows} == set()


async def test_every_foreign_key_has_an_index(db):
    assert [row["name"] for row in await (await db.connect()).fetch(UNCOVERED)] == []


async def indexes_of(connection, query: str) -> list[str]:
    """The indexes of the plan that PostgreSQL makes for a query whose parameters it does not know."""
    await connection.execute(f"prepare asked as {query}")
    values = ", ".join(["null"] * len(set(re.findall(r"\$\d", query))))
    plan = await connection.fetchval(f"explain (format json) execute asked{f'({values})' if values else ''}")
    await connection.execute("deallocate asked")
    return USED.findall(plan)


async def test_the_planner_can_use_each_index_for_its_query(db):
    """On tables that are almost empty any other way would do as well: those are taken away until it is this one."""
    connection = await db.connect("admin")
    roots = {row["name"]: row["root"] for row in await connection.fetch(NAMES)}
    await connection.execute(
        "set enable_seqscan = off; set enable_sort = off; set plan_cache_mode = force_generic_plan"
    )
    unused = []
    for name, query in yaml.safe_load(FILE.read_text(encoding="utf-8")).items():
        if query.startswith("refresh "):  # CONCURRENTLY asks for a unique index
            continue
        transaction = connection.transaction()
        await transaction.start()
        used = await indexes_of(connection, query)
        while used and name not in {roots.get(each) for each in used}:
            await connection.execute(AWAY, used)
            used = await indexes_of(connection, query)
        if not used:
            unused.append(name)
        await transaction.rollback()
    assert unused == []
