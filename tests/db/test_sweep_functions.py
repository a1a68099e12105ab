"""Every function that people may call, called with the ids of others and with ids that do not exist."""

from collections.abc import Mapping
from uuid import UUID, uuid4

import asyncpg
import pytest
from policy_table import ACTORS, RULES, Actor
from swept import World

pytestmark = pytest.mark.both

FUNCTIONS = """
select p.proname as name, a.argument, a.type, a.word from pg_proc p
left join lateral (
    select u.no, p.proargnames[u.no] as argument, format_type(u.type, null) as type,
        (select e.enumlabel from pg_enum e where e.enumtypid = u.type order by e.enumsortorder limit 1) as word
    from unnest(p.proargtypes::oid[]) with ordinality as u (type, no)
) as a on true
where p.pronamespace = 'stateroom'::regnamespace and has_function_privilege($1, p.oid, 'execute')
order by p.proname, a.no
"""
# A call in a block of its own, of which nothing stays: what it answers, or how it is refused.
ATTEMPT = """
create function pg_temp.attempt(p_call text) returns text language plpgsql as $$
declare
    v_answer text;
begin
    execute p_call into v_answer;
    raise exception using errcode = 'SR999', message = coalesce(v_answer, 'null');
exception when others then
    return case when sqlstate = 'SR999' then sqlerrm else sqlstate || ' ' || sqlerrm end;
end
$$
"""
# Whose id an argument is; a name that is not here has to be added.
NAMED = {
    "p_project": "projects", "p_user": "users", "p_heir": "users", "p_recipient": "users", "p_requested_from": "users",
    "p_task": "tasks", "p_tasks": "tasks", "p_root": "tasks", "p_entity_id": "tasks", "p_agent": "agents",
    "p_ids": "notifications", "p_message": "chat_messages", "p_reply_to": "chat_messages", "p_item": "triage_items",
    "p_approval": "approvals", "p_deployment": "deployments", "p_task_run": "task_runs", "p_run": "task_runs",
    "p_workflow": "workflows", "p_schedule": "schedules", "p_key": "api_keys", "p_session": "user_sessions",
    "p_after_id": "events", "p_before": "task_runs", "p_runs": "task_runs", "set_alert_state.p_id": "alerts",
    "resolve_error.p_id": "error_logs",
    "reopen_error.p_id": "error_logs", "set_error_resolved.p_id": "error_logs", "reveal_setting.p_id": "settings",
    "revert_setting.p_id": "settings", "delete_setting.p_id": "settings", "uuid_timestamp.p_id": "tasks",
}  # fmt: skip
VALUES = {
    "text": "'x'", "jsonb": "'{}'", "boolean": "true", "integer": "1", "bigint": "1", "interval": "'1 day'",
    "inet": "null",
    "timestamp with time zone": "'2100-01-01'", "double precision": "1", "xid8": "'0'",
    "p_cron": "'@daily'",
    "p_timezone": "'UTC'", "p_need": "'read'", "p_revision": "null", "p_expected_revision": "null", "p_unique": "null",
    "p_scripts": """'[{"script_name": "a", "script_content": "b", "script_type": "build"}]'""", "p_handlers": "'[]'",
}  # fmt: skip


# What takes no id of a row: add a function here only after having looked at what it tells.
WITHOUT_IDS = {
    "are_permissions", "begin_request", "by_key", "client_projects", "create_project", "cron_values",
    "current_role_name", "current_user_id", "database_statistics", "find_matches", "find_similar", "finish_request",
    "has_permission",
    "histogram_percentile", "is_cron", "is_met", "is_narrowed", "is_preferences", "is_timezone", "issue_fingerprint",
    "key_allows", "manage_projects", "now", "open_projects", "pause_queue", "personal_project", "read_projects",
    "require_admin", "resume_queue", "run_projects", "search", "sees_all", "set_password", "uuidv7", "uuidv7_floor",
    "write_projects",
}  # fmt: skip
# What strangers are answered instead of SR404: that nothing was done, or nothing is known.
ANSWERED = {
    "audit_event": '[""]', "delete_issue": "[false]", "delete_message": "[false]", "delete_schedule": "[false]",
    "dependency_path": "[null]", "is_blocked": "[null]",
    "mark_notifications_read": "[0]", "read_events": "null", "results": "null", "revoke_api_key": "[false]",
    "revoke_sessions": "SR403", "sees_project": "[false]", "task_history": "null",
}  # fmt: skip
# An id tells its own time.
TELLING = {"uuid_timestamp"}
# Whoever manages a project asks people in by their ids; a cursor is a point in time.
BY_DESIGN = {("set_member", "p_user"), ("give_project", "p_user"), ("task_history", "p_before")}


class Calls:
    """What people may call, and what somebody is answered."""

    def __init__(self, world: World, functions: Mapping[str, list[asyncpg.Record]]):
        self.world, self.functions = world, functions

    @classmethod
    async def make(cls, db, role: str) -> "Calls":
        world = await World.make(db)
        functions: dict[str, list[asyncpg.Record]] = {}
        for row in await world.connection.fetch(FUNCTIONS, role):
            functions.setdefault(row["name"], []).extend([row] if row["argument"] else [])
        await world.connection.execute(ATTEMPT)
        return cls(world, functions)

    def text(self, name: str, ids: Mapping[str, UUID | None]) -> str:
        """The call, with these ids by argument and any value for other arguments."""
        values = []
        for row in self.functions[name]:
            if row["type"] in {"uuid", "uuid[]"}:
                key = ids[row["argument"]]
                value = "null" if key is None else f"'{key}'" if row["type"] == "uuid" else f"array['{key}']"
            elif row["word"]:
                value = f"'{row['word']}'"
            else:
                value = VALUES.get(row["argument"]) or VALUES.get(row["type"]) or "'{}'"
            values.append(f"{value}::{row['type']}")
        return f"select jsonb_agg(to_jsonb(r)) from stateroom.{name}({', '.join(values)}) as r"

    def ids(self, name: str, place: str) -> dict[str, UUID]:
        """A place's ids for the arguments that take one."""
        takes = [row["argument"] for row in self.functions[name] if row["type"] in {"uuid", "uuid[]"}]
        return {each: self.world.places[place].ids[NAMED.get(f"{name}.{each}") or NAMED[each]] for each in takes}

    async def answers(self, actor: Actor, *calls: str) -> list[str]:
        async with self.world.passing():
            await self.world.become(actor)
            said = await self.world.connection.fetch(
                "select pg_temp.attempt(c) from unnest($1::text[]) with ordinality as u (c, no) order by no",
                list(calls),
            )
        return [row[0] for row in said]


def masked(answer: str, ids: Mapping[str, UUID]) -> str:
    for name, key in ids.items():
        answer = answer.replace(str(key), f"<{name}>")
    return answer


async def differing(calls: Calls, actor: str, name: str, ids: Mapping[str, Mapping[str, UUID]]) -> str | None:
    """What somebody is answered who names others' rows; None: the same as when there are no such rows."""
    real, made_up = await calls.answers(ACTORS[actor], calls.text(name, ids["real"]), calls.text(name, ids["made up"]))
    answer = masked(real, ids["real"])
    told = calls.world.where([answer]) & {"foreign", "shut"} or answer != masked(made_up, ids["made up"])
    return answer if told else None


async def test_what_strangers_name_does_not_exist_for_any_function(db):
    calls = await Calls.make(db, "stateroom_user")
    assert {name for name in calls.functions if not calls.ids(name, "own")} == WITHOUT_IDS
    for name in calls.functions.keys() - WITHOUT_IDS - TELLING:
        foreign = calls.ids(name, "foreign")
        (answer,) = await calls.answers(ACTORS["stranger"], calls.text(name, foreign))
        assert answer.partition(" ")[0] == ANSWERED.get(name, "SR404"), f"{name}: {answer}"


@pytest.mark.parametrize("actor", ["stranger", "key for one project", "administrator's key for one project", "nobody"])
async def test_whether_others_rows_exist_cannot_be_told_by_any_function(db, actor):
    calls = await Calls.make(db, "stateroom_admin" if ACTORS[actor].role == "admin" else "stateroom_user")
    told = {}
    for name in calls.functions.keys() - WITHOUT_IDS - TELLING:
        foreign = calls.ids(name, "foreign")
        ids = {"real": foreign, "made up": {each: uuid4() for each in foreign}}
        told[name] = await differing(calls, actor, name, ids)
    assert {name: answer for name, answer in told.items() if answer} == {}


async def test_what_visibility_hides_from_a_contributor_does_not_exist_for_any_function(db):
    calls = await Calls.make(db, "stateroom_user")
    hidden = {name for name, rule in RULES.items() if rule.words["select"] in {"task", "issue"}} | {"task_runs"}
    told, tried = {}, set()
    for name in calls.functions.keys() - WITHOUT_IDS - TELLING:
        own = calls.ids(name, "own")
        for each in own:
            table = NAMED.get(f"{name}.{each}") or NAMED[each]
            if table in hidden and (name, each) not in BY_DESIGN:
                shut = calls.world.places["shut"].ids[table]
                ids = {"real": own | {each: shut}, "made up": own | {each: uuid4()}}
                told[name, each] = await differing(calls, "contributor", name, ids)
                tried.add(table)
    assert tried == {"tasks", "task_runs", "deployments", "triage_items", "error_logs"}
    assert {name: answer for name, answer in told.items() if answer} == {}


async def test_own_rows_do_not_open_the_way_to_others_by_any_function(db):
    calls = await Calls.make(db, "stateroom_user")
    told = {}
    for name in calls.functions.keys() - WITHOUT_IDS - TELLING:
        own = calls.ids(name, "own")
        for each, key in calls.ids(name, "foreign").items():
            ids = {"real": own | {each: key}, "made up": own | {each: uuid4()}}
            if (name, each) not in BY_DESIGN:
                told[name, each] = await differing(calls, "owner", name, ids)
    assert {name: answer for name, answer in told.items() if answer} == {}
