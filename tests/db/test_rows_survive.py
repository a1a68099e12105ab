"""Rows of earlier revisions' tables survive the way back over the later ones and forward again."""

import json

import pytest

from stateroom.db import migrate

pytestmark = pytest.mark.both

TABLES = """
select c.relname as name, array_agg(a.attname::text) as columns from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname not in ('schema_history', 'alembic_version') group by c.relname
"""
ROWS = """
insert into stateroom.tasks (project_id, kind, status, title)
select id, 'planned', 'pending', 'dig' from stateroom.projects;
insert into stateroom.task_dependencies (task_id, depends_on_task_id)
select a.id, b.id from stateroom.tasks a, stateroom.tasks b where a.title < b.title;
insert into stateroom.workflows (project_id, name) select id, 'ci' from stateroom.projects;
insert into stateroom.schedules (project_id, workflow_id, name, cron_expression)
select project_id, id, 's', '@daily' from stateroom.workflows;
insert into stateroom.agents (project_id, name) select id, 'a' from stateroom.projects;
insert into stateroom.workflow_runs (id, workflow_id, project_id, version_id, version, run_number)
select stateroom.uuidv7(), id, project_id, id, 1, 1 from stateroom.workflows;
insert into stateroom.task_runs (id, task_id, project_id, queue)
select stateroom.uuidv7(), id, project_id, 'default' from stateroom.tasks;
insert into stateroom.logs (project_id, logged_at, message) select id, stateroom.now(), 'm' from stateroom.projects;
insert into stateroom.error_logs (project_id, error_type, error_message, fingerprint, day)
select id, 'E', 'm', 'f', current_date from stateroom.projects;
insert into stateroom.events (project_id, type) select id, 'task_created' from stateroom.projects;
"""


async def contents(connection) -> dict[str, list[dict[str, object]]]:
    rows = {}
    for table in await connection.fetch(TABLES):
        found = await connection.fetch(f"select to_jsonb(t)::text from stateroom.{table['name']} t order by 1")
        rows[table["name"]] = [json.loads(row[0]) for row in found]
    return rows


async def test_rows_survive_the_way_back_over_the_later_revisions(db):
    connection = await db.connect()
    await connection.execute(ROWS)
    before = await contents(connection)
    await migrate.downgrade(db.maintenance_dsn, "0004")
    old = await contents(connection)
    assert {name for name, rows in old.items() if rows} >= {
        "users",
        "tasks",
        "workflow_runs",
        "task_runs",
        "logs",
        "events",
    }
    await migrate.upgrade(db.maintenance_dsn)
    after = await contents(connection)
    for name, rows in old.items():
        assert len(rows) == len(before[name]) == len(after[name]), name
        kept = set(rows[0]) if rows else set()
        for each in (before, after):
            seen = sorted(json.dumps({key: row[key] for key in sorted(kept & set(row))}) for row in each[name])
            assert seen == sorted(
                json.dumps({key: row[key] for key in sorted(kept & set(before[name][0]))}) for row in rows
            )
