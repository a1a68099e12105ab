"""Rows in every table, for several places (a project with its owner), made from the catalogue.

What the catalogue cannot tell, `VALUES` says: what a check demands. A table or a column that is added later is filled
without a word here, unless its checks are particular. Triggers and foreign keys sleep while rows are made.
"""

import itertools
import json
import uuid
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg

COLUMNS = """
select c.relname as relation, a.attname as name, a.attnotnull as required, a.atthasdef as has_default,
    coalesce(b.oid, t.oid)::regtype::text as type, f.relname as refers,
    (select e.enumlabel from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder limit 1) as first_word
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid left join pg_type b on b.oid = nullif(t.typbasetype, 0)
left join pg_constraint k on k.conrelid = c.oid and k.contype = 'f' and k.conkey = array[a.attnum]
left join pg_class f on f.oid = k.confrelid
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and a.attgenerated = '' and c.relname <> 'alembic_version'
order by c.relname, a.attnum
"""
# Which row of the place a column names, where no foreign key says it.
NAMED = {
    "actor_id": "users", "triggered_by": "users", "published_by": "users", "created_by": "users",
    "edited_by": "users", "task_id": "tasks", "related_task_id": "tasks", "depends_on_task_id": "tasks#2",
    "workflow_id": "workflows", "version_id": "workflow_versions", "workflow_run_id": "workflow_runs",
    "task_run_id": "task_runs", "run_id": "task_runs", "session_id": "agent_sessions", "agent_id": "agents",
    "message_id": "chat_messages", "project_id": "projects", "user_id": "users", "sender_id": "users",
    "reporter_id": "users", "owner_id": "users", "api_key_id": "api_keys", "webhook_event_id": "webhook_events",
    "depends_on_component_id": "components#2", "endpoint_id": "webhook_endpoints", "entity_id": "tasks",
    "schedule_id": "schedules", "root_id": "tasks", "via_task_id": "tasks",
}  # fmt: skip
# Left empty: what would make a row of another kind (a reply, an assigned task, a message to one person).
EMPTY = {
    "recipient_id", "reply_to_id", "parent_task_id", "epic_id", "story_id", "parent_workflow_id", "parent_run_id",
    "rerun_of", "rolls_back", "assigned_user_id", "assigned_agent_id", "assigned_to", "workflow_version_id",
    "parent_backup_id", "schedules.task_id", "approvals.task_run_id", "deployments.workflow_run_id", "decided_by",
    "approved_by", "acknowledged_by", "closed_by", "resolved_by",
}  # fmt: skip
# What checks demand; {n} is another number in every row.
VALUES: Mapping[str, object] = {
    "tasks.kind": "planned", "tasks.status": "pending", "tasks.number": "{n}", "tasks.complexity_score": 5,
    "tasks.is_delayed": False, "tasks.position": 0, "agents.capabilities": [], "workflow_runs.state": "running",
    "webhook_endpoints.direction": "in", "webhook_endpoints.slug": "slug-000{n}", "webhook_events.event_type": "push",
    "api_keys.key_hash": "hash", "api_keys.key_prefix": "sr_abcd{n}", "api_keys.permissions": ["read:tasks"],
    "user_sessions.token_hash": "hash", "auth_tokens.token_hash": "hash", "api_access_logs.method": "GET",
    "api_access_logs.response_status": 200, "api_access_logs.endpoint": "/x", "schedules.cron_expression": "@daily",
    "schema_history.checksum": "hash", "settings.key": "key.k{n}", "settings.value": "x",
    "settings.value_type": "string", "state_transitions.machine": "m", "workflow_versions.content_hash": "hash",
    "workflow_versions.version": "{n}", "workflow_runs.run_number": "{n}", "user_sessions.expires_at": "2100-01-01",
    "agent_sessions.expires_at": "2100-01-01", "http_idempotency.request_hash": "hash",
    "auth_tokens.expires_at": "2100-01-01", "role_permissions.permissions": ["read:tasks"],
    "error_logs.fingerprint": "f{n}", "partition_archives.sha256": "hash", "api_keys.expires_at": "2100-01-01",
    "task_runs.state": "succeeded", "task_runs.finished_at": "2026-01-01", "task_runs.started_at": "2026-01-01",
    "events.type": "task_created", "run_stats.succeeded": 1, "settings.is_sensitive": False, "leases.token": "{n}",
    "finished_runs.slot": 0, "api_key_usage.count": 1, "error_logs.day": "today",
    "partition_archives.high": "ffffffff-ffff-7fff-bfff-ffffffffffff", "metric_rollups.aggregation_period": "1hour",
    "deployments.status": "pending", "system_metrics.samples": 1,
}  # fmt: skip
FIRST = {
    "integer": 1, "bigint": 1, "smallint": 1, "double precision": 1.0, "numeric": 1, "boolean": False, "jsonb": {},
    "timestamp with time zone": "2026-01-01", "date": "2026-01-01", "xid8": "1", "text[]": [],
}  # fmt: skip


@dataclass
class Place:
    """A project with its owner: `ids` names its rows by table (`tasks#2`: the second one there)."""

    name: str
    person: uuid.UUID
    ids: dict[str, uuid.UUID] = field(default_factory=dict)

    @property
    def project(self) -> uuid.UUID:
        return self.ids["projects"]


class Maker:
    """Makes rows. `tables`: the columns of each table, as the catalogue has them."""

    def __init__(self, connection: asyncpg.Connection):
        self.connection = connection
        self.tables: dict[str, list[asyncpg.Record]] = defaultdict(list)
        self.numbers = itertools.count(1)

    async def learn(self) -> None:
        for column in await self.connection.fetch(COLUMNS):
            known = self.tables[column["relation"]]
            if all(column["name"] != other["name"] for other in known):
                known.append(column)

    async def place(self, name: str) -> Place:
        ids = await self.connection.fetch("select stateroom.uuidv7() from generate_series(1, $1)", len(self.tables) + 2)
        named = dict(zip([*self.tables, "tasks#2", "components#2"], [row[0] for row in ids], strict=True))
        return Place(name, named["users"], named)

    def row(self, table: str, place: Place, *, key: str | None = None) -> dict[str, object]:
        """A row of the place, by column. `key`: under which of the place's ids; None: that of the table."""
        row = {}
        for column in self.tables[table]:
            value = self._value(table, column, place, key or table)
            if value is not None:
                row[column["name"]] = value
        return row

    def _value(self, table: str, column: asyncpg.Record, place: Place, key: str) -> object:
        name = column["name"]
        if name == "id":
            return place.ids[key]
        if f"{table}.{name}" in VALUES:
            return self._said(VALUES[f"{table}.{name}"])
        if name in EMPTY or f"{table}.{name}" in EMPTY:
            return None
        if column["type"] == "uuid":
            refers = NAMED.get(name) or column["refers"] or (column["required"] and table)
            return place.ids[refers] if refers else None
        return None if column["has_default"] or not column["required"] else self._first(column)

    def _said(self, value: object) -> object:
        number = next(self.numbers)
        if value == "hash":
            return f"{number:064x}"
        return value.replace("{n}", str(number)) if isinstance(value, str) else value

    def _first(self, column: asyncpg.Record) -> object:
        if column["first_word"] is not None:
            return column["first_word"]
        return f"x{next(self.numbers)}" if column["type"] == "text" else FIRST[column["type"]]

    async def insert(self, table: str, row: Mapping[str, object]) -> None:
        columns = ", ".join(f'"{name}"' for name in row)
        await self.connection.execute(
            f"insert into stateroom.{table} ({columns}) select {columns}"
            f" from jsonb_populate_record(null::stateroom.{table}, $1::jsonb) on conflict do nothing",
            json.dumps(row, default=str),
        )

    async def fill(self, *places: Place) -> None:
        """One row in every table for each place, two of the tasks and components; then what is worked out from them."""
        await self.connection.execute("set session_replication_role = replica")
        for place in places:
            for table in self.tables:
                await self.insert(table, self.row(table, place))
            for key in ("tasks#2", "components#2"):
                table = key.removesuffix("#2")
                await self.insert(table, self.row(table, place, key=key))
        await self.connection.execute("reset session_replication_role")
        for view in await self.connection.fetch("select matviewname from pg_matviews where schemaname = 'stateroom'"):
            await self.connection.execute(f"refresh materialized view stateroom.{view[0]}")
