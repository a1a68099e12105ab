"""Who may do what: every role against every table and function, without a context, with its own and with another's."""

import json
import uuid
from contextlib import asynccontextmanager

import asyncpg
import pytest
from access_rules import DEFINERS, HIDDEN, INVOKER_VIEWS, READ, SIGNED_IN, UNFILLED, WRITE

from acting import Hand, definition, step

pytestmark = pytest.mark.both

PEOPLE = ("stateroom_user", "stateroom_admin")
ROLES = (
    *PEOPLE,
    "stateroom_app",
    "stateroom_engine",
    "stateroom_readonly",
    "stateroom_query",
    "stateroom_client",
)
READABLE = READ["stateroom_user"]
TABLES = """
select c.relname as name, c.relkind::text as kind, c.relispartition as partition, c.relrowsecurity as rls,
    c.relforcerowsecurity as forced, c.relacl, pg_get_userbyid(c.relowner) as owner
from pg_class c where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
"""
FUNCTIONS = """
select p.oid, p.proname as name, p.prosecdef as definer, pg_get_userbyid(p.proowner) as owner, p.proconfig as config,
    p.prosqlbody is not null as inlinable, has_function_privilege('public', p.oid, 'execute') as public
from pg_proc p where p.pronamespace = 'stateroom'::regnamespace
"""


class World:
    """Two projects with everything in them; ann manages hers, bob his and views ann's, carol contributes to ann's."""

    def __init__(self, db, connection):
        self.db, self.connection = db, connection
        self.users: dict[str, uuid.UUID] = {}
        self.projects: dict[str, uuid.UUID] = {}
        self.workflows: dict[str, uuid.UUID] = {}
        self.runs: dict[str, uuid.UUID] = {}
        self.task_runs: dict[str, uuid.UUID] = {}
        self.schedules: dict[str, uuid.UUID] = {}

    async def fill(self) -> None:
        value = self.connection.fetchval
        for name in ("ann", "bob", "carol", "eve"):
            self.users[name] = await value("insert into stateroom.users (username) values ($1) returning id", name)
        for name in ("ann", "bob"):
            self.projects[name] = await value(
                "insert into stateroom.projects (owner_id, name, is_personal) values ($1, 'p', true) returning id",
                self.users[name],
            )
        members = [("ann", "ann", "maintainer"), ("bob", "bob", "maintainer")]
        for project, user, role in [*members, ("ann", "bob", "viewer"), ("ann", "carol", "contributor")]:
            await self.connection.execute(
                "insert into stateroom.project_members (project_id, user_id, role) values ($1, $2, $3)",
                self.projects[project],
                self.users[user],
                role,
            )
        for name in ("ann", "bob"):
            async with self.connection.transaction():
                await self.connection.execute("select stateroom.set_context($1, 'developer')", self.users[name])
                await self._work(name, self.projects[name])
        await self.connection.execute(
            "insert into stateroom.settings (key, value, value_type) values ('colour', '\"red\"', 'string')"
        )
        hand = await Hand.open(await self.db.connect("engine"))
        claims = await hand.claim()
        for claim in claims:
            await hand.log(claim, ["hello"])
            if claim.workflow_run is not None:
                await hand.fail(claim)

    async def _work(self, name: str, project: uuid.UUID) -> None:
        value = self.connection.fetchval
        await value("select stateroom.register_handlers($1, $2)", project, '[{"handler": "h"}]')
        steps = json.dumps(definition(step("a", max_retries=1), step("b", "a")))
        published = "select workflow_id from stateroom.publish_workflow($1, 'w', $2)"
        self.workflows[name] = await value(published, project, steps)
        self.runs[name] = await value("select stateroom.start_workflow($1)", self.workflows[name])
        self.task_runs[name] = await value("select stateroom.enqueue('h', p_project => $1)", project)
        self.schedules[name] = await value(
            "select stateroom.create_schedule($1, 's', $2, null, '@daily', 'UTC', '{}', now())",
            project,
            self.workflows[name],
        )
        await self.connection.execute(
            "insert into stateroom.schedule_firings (schedule_id, fire_time) values ($1, now())", self.schedules[name]
        )

    @asynccontextmanager
    async def acting(self, user: str | None, *, role: str = "developer", project: str | None = None):
        """A transaction of stateroom_app on behalf of a user; None: the role without a context."""
        app = await self.db.connect("app")
        async with app.transaction():
            if user is not None:
                await app.execute(
                    "select stateroom.set_context($1, $2, $3)",
                    self.users[user],
                    role,
                    None if project is None else self.projects[project],
                )
            login = "stateroom_admin" if role == "admin" else "stateroom_user"
            await app.execute(f"set local role {login}")
            yield app
        await app.close()


@pytest.fixture
async def world(db):
    world = World(db, await db.connect("maintenance"))
    await world.fill()
    return world


async def refused(connection, statement: str, *arguments: object) -> str | None:
    """The SQLSTATE with which a statement is refused."""
    try:
        async with connection.transaction():
            await connection.execute(statement, *arguments)
    except asyncpg.PostgresError as error:
        return error.sqlstate
    return None


async def relations(connection, *, partitions: bool = False) -> list[asyncpg.Record]:
    return [row for row in await connection.fetch(TABLES) if row["partition"] is partitions]


async def test_row_security_is_enabled_and_forced_on_every_table(world):
    tables = [row for row in await relations(world.connection) if row["kind"] in {"r", "p"}]
    assert len(tables) > 25
    assert [row["name"] for row in tables if not (row["rls"] and row["forced"])] == []
    others = {row["name"] for row in tables if row["owner"] != "stateroom_owner"}
    assert others <= {"alembic_version"}  # made by Alembic itself, in its own session


async def test_views_that_read_past_policies_are_barriers_of_the_maintenance_role(world):
    views = [row for row in await relations(world.connection) if row["kind"] in {"v", "m"}]
    assert {row["owner"] for row in views} == {"stateroom_maintenance"}
    query = "select relname from pg_class where relkind = 'v' and relnamespace = 'stateroom'::regnamespace"
    barriers = await world.connection.fetch(query + " and 'security_barrier=true' = any (reloptions)")
    assert {row[0] for row in barriers} == {row["name"] for row in views if row["kind"] == "v"} - INVOKER_VIEWS
    invokers = await world.connection.fetch(query + " and 'security_invoker=true' = any (reloptions)")
    assert {row[0] for row in invokers} == INVOKER_VIEWS


async def test_partitions_are_granted_to_nobody(world):
    rows = await relations(world.connection, partitions=True)
    assert len(rows) >= 24
    grants = await world.connection.fetch(
        "select c.relname, pg_get_userbyid(a.grantee) from pg_class c, aclexplode(c.relacl) a"
        " where c.relnamespace = 'stateroom'::regnamespace and c.relispartition and a.grantee <> c.relowner"
    )
    assert grants == []


async def test_what_each_role_may_write_is_listed_here(world):
    rows = await world.connection.fetch(
        "select r.rolname as role, c.relname as name, v.verb from pg_class c cross join pg_roles r"
        " cross join (values ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) v (verb)"
        " where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')"
        " and r.rolname = any ($1) and (has_table_privilege(r.oid, c.oid, v.verb)"
        " or v.verb not in ('DELETE', 'TRUNCATE', 'TRIGGER') and has_any_column_privilege(r.oid, c.oid, v.verb))",
        list(ROLES),
    )
    assert {(row["role"], row["name"], row["verb"]) for row in rows} == WRITE


async def test_what_each_role_may_read_is_listed_here(world):
    rows = await world.connection.fetch(
        "select r.rolname as role, c.relname as name from pg_class c cross join pg_roles r"
        " where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')"
        " and r.rolname = any ($1) and has_any_column_privilege(r.oid, c.oid, 'SELECT')",
        list(ROLES),
    )
    found = {role: {row["name"] for row in rows if row["role"] == role} for role in ROLES}
    reports = {each["name"] for each in await relations(world.connection) if each["kind"] != "m"} - HIDDEN
    allowed = {role: READ[role] for role in ROLES} | dict.fromkeys(("stateroom_readonly", "stateroom_query"), reports)
    assert found == allowed


@pytest.mark.parametrize("role", ["developer", "admin"])
async def test_without_a_context_there_are_no_rows_and_no_errors(world, role):
    async with world.acting(None, role=role) as app:
        counts = {name: await app.fetchval(f"select count(*) from stateroom.{name}") for name in READABLE}
    assert {name for name, count in counts.items() if count} == set()


@pytest.mark.parametrize("role", ["developer", "admin"])
async def test_people_write_nowhere_else(world, role):
    login = "stateroom_admin" if role == "admin" else "stateroom_user"
    async with world.acting("ann", role=role) as app:
        for row in await relations(world.connection):
            name = row["name"]
            columns = await world.connection.fetch(
                "select attname from pg_attribute where attrelid = ('stateroom.' || $1)::regclass and attnum > 0", name
            )
            column = columns[0][0]
            granted = {verb.lower() for who, table, verb in WRITE if table == name and who == login}
            said = {
                verb: await refused(app, statement)
                for verb, statement in {
                    "insert": f"insert into stateroom.{name} default values",
                    "update": f"update stateroom.{name} set {column} = {column}",
                    "delete": f"delete from stateroom.{name}",
                    "truncate": f"truncate stateroom.{name}",
                }.items()
                if verb not in granted
            }
            assert set(said.values()) <= {"42501", *(["42809", "55000"] if row["kind"] in "vm" else [])}, (name, said)


async def test_members_see_their_projects_and_strangers_see_none(world):
    own, other = world.projects["ann"], world.projects["bob"]
    async with world.acting("ann") as app:
        for name in READABLE - SIGNED_IN - UNFILLED - {"users"}:
            assert await app.fetchval(f"select count(*) from stateroom.{name}") > 0, name
        apart = {"users", "people", "projects", "role_permissions", "queues", "live_workers", "settings"}
        for name in READABLE - UNFILLED - apart - {"task_dependencies", "schedule_firings"}:
            rows = await app.fetch(f"select to_jsonb(t) ->> 'project_id' as project from stateroom.{name} t")
            assert {row["project"] for row in rows} <= {str(own), None}, name
        assert [row[0] for row in await app.fetch("select id from stateroom.projects")] == [own]
        assert [row[0] for row in await app.fetch("select id from stateroom.users")] == [world.users["ann"]]
    async with world.acting("eve") as app:
        counts = {name: await app.fetchval(f"select count(*) from stateroom.{name}") for name in READABLE}
        assert {name for name, count in counts.items() if count} == SIGNED_IN | {"users"}
    async with world.acting("bob") as app:
        assert {row[0] for row in await app.fetch("select id from stateroom.projects")} == {own, other}


async def test_a_key_for_one_project_sees_that_project_only_even_of_an_administrator(world):
    async with world.acting("bob", project="bob") as app:
        rows = await app.fetch("select distinct project_id from stateroom.task_run_states")
        assert [row[0] for row in rows] == [world.projects["bob"]]
    async with world.acting("bob", role="admin") as app:
        assert await app.fetchval("select count(distinct project_id) from stateroom.task_run_states") == 2
    async with world.acting("bob", role="admin", project="bob") as app:
        for name in ("task_run_states", "workflow_runs", "tasks", "logs", "events"):
            rows = await app.fetch(f"select distinct project_id from stateroom.{name}")
            assert [row[0] for row in rows] == [world.projects["bob"]], name
        said = await refused(app, "select stateroom.cancel_run($1)", world.runs["ann"])
        assert said is None or said == "SR409" or said.startswith("SR4")


async def test_nobody_reads_a_password_hash(world):
    for role in ("developer", "admin"):
        async with world.acting("ann", role=role) as app:
            assert await refused(app, "select password_hash from stateroom.users") == "42501"
            assert await refused(app, "select * from stateroom.users") == "42501"


VERBS = {
    "start": "select stateroom.start_workflow($1)",
    "enqueue": "select stateroom.enqueue('h', p_project => $1)",
    "cancel": "select stateroom.cancel_run($1)",
    "cancel task": "select stateroom.cancel_run($1)",
    "retry": "select stateroom.retry_run($1)",
    "retry task": "select stateroom.retry_run($1)",
    "explain": "select stateroom.explain_run($1)",
    "explain task": "select stateroom.explain_run($1)",
    "publish": "select stateroom.publish_workflow($1, 'x', '{}')",
    "register": "select stateroom.register_handlers($1, '[]')",
    "schedule": "select stateroom.create_schedule($1, 'x', gen_random_uuid(), null, '@daily', 'UTC', '{}', now())",
}


def subject(world: World, verb: str, owner: str) -> uuid.UUID:
    if verb == "start":
        return world.workflows[owner]
    if verb in {"enqueue", "publish", "register", "schedule"}:
        return world.projects[owner]
    return (world.task_runs if verb.endswith("task") else world.runs)[owner]


@pytest.mark.parametrize("verb", VERBS)
async def test_for_strangers_it_does_not_exist(world, verb):
    async with world.acting("eve") as app:
        assert await refused(app, VERBS[verb], subject(world, verb, "ann")) == "SR404"
        assert await refused(app, VERBS[verb], uuid.uuid4()) == "SR404"


async def test_strangers_cannot_tell_what_exists_from_what_does_not(world):
    async with world.acting("eve") as app:
        for verb, statement in VERBS.items():
            said = []
            for named in (subject(world, verb, "ann"), uuid.uuid4()):
                with pytest.raises(asyncpg.PostgresError) as caught:
                    async with app.transaction():
                        await app.execute(statement, named)
                said.append(str(caught.value).replace(str(named), "it"))
            assert said[0] == said[1], verb
        delete = "select stateroom.delete_schedule($1)"
        assert await app.fetchval(delete, world.schedules["ann"]) is False
    assert await world.connection.fetchval("select count(*) from stateroom.schedules") == 2


@pytest.mark.parametrize("verb", [each for each in VERBS if not each.startswith("explain")])
async def test_viewers_look_and_do_not_touch(world, verb):
    async with world.acting("bob") as app:
        assert await refused(app, VERBS[verb], subject(world, verb, "ann")) == "SR403"
        assert await refused(app, "select stateroom.delete_schedule($1)", world.schedules["ann"]) == "SR403"
        assert await refused(app, "select stateroom.explain_run($1)", world.runs["ann"]) is None


async def test_contributors_run_and_do_not_manage(world):
    async with world.acting("carol") as app:
        for verb in ("start", "enqueue", "cancel", "explain"):
            assert await refused(app, VERBS[verb], subject(world, verb, "ann")) is None, verb
        for verb in ("publish", "register", "schedule"):
            assert await refused(app, VERBS[verb], subject(world, verb, "ann")) == "SR403", verb


async def test_without_a_context_no_verb_does_anything(world):
    async with world.acting(None) as app:
        for verb, statement in VERBS.items():
            assert await refused(app, statement, subject(world, verb, "ann")) == "SR404", verb


async def test_only_the_application_sets_a_context_and_not_after_it_has_become_somebody(world):
    statement = "select stateroom.set_context($1, 'admin')"
    async with world.acting("eve") as app:
        assert await refused(app, statement, world.users["ann"]) == "42501"
    for login in ("engine", "query"):
        assert await refused(await world.db.connect(login), statement, world.users["ann"]) == "42501"


async def test_a_context_ends_with_its_transaction(world):
    app = await world.db.connect("app")
    for _ in range(2):
        async with app.transaction():
            await app.execute("set local role stateroom_user")
            assert await app.fetchval("select count(*) from stateroom.projects") == 0
        async with app.transaction():
            await app.execute("select stateroom.set_context($1, 'developer')", world.users["ann"])
            await app.execute("set local role stateroom_user")
            assert await app.fetchval("select count(*) from stateroom.projects") == 1


async def test_logins_cannot_become_what_they_are_not(world):
    logins = {"app": {"stateroom_user", "stateroom_admin"}, "engine": set(), "query": set()}
    for login, allowed in logins.items():
        connection = await world.db.connect(login)
        for role in (*PEOPLE, "stateroom_engine", "stateroom_maintenance", "stateroom_owner", "stateroom_app"):
            if role != f"stateroom_{login}":
                said = await refused(connection, f"set local role {role}")
                assert said == (None if role in allowed else "42501"), (login, role)


async def test_the_engine_knows_no_people_and_does_not_act_for_them(world):
    engine = await world.db.connect("engine")
    for table in ("users", "projects", "project_members", "run_keys", "schema_history", "schedule_firings"):
        assert await refused(engine, f"select from stateroom.{table}") == "42501", table
    for verb in ("start", "enqueue", "cancel", "retry", "explain", "publish", "schedule"):
        assert await refused(engine, VERBS[verb], subject(world, verb, "ann")) == "42501", verb


async def test_every_function_pins_its_search_path_or_can_be_inlined(world):
    rows = await world.connection.fetch(FUNCTIONS)
    assert len(rows) > 50
    loose = [
        row["name"]
        for row in rows
        if not row["inlinable"] and not any(each.startswith("search_path=") for each in row["config"] or [])
    ]
    assert loose == []


async def test_no_function_is_for_everybody(world):
    assert [row["name"] for row in await world.connection.fetch(FUNCTIONS) if row["public"]] == []


async def test_functions_with_their_owners_rights_are_these(world):
    definers = [row for row in await world.connection.fetch(FUNCTIONS) if row["definer"]]
    assert {row["name"] for row in definers} == DEFINERS
    assert {row["owner"] for row in definers} == {"stateroom_maintenance"}


async def test_the_schema_is_for_nobody_else(world):
    query = (
        "select has_schema_privilege('public', 'stateroom', 'usage'), has_schema_privilege('public', 'stateroom', $1)"
    )
    assert tuple(await world.connection.fetchrow(query, "create")) == (False, False)
    rows = await world.connection.fetch(
        "select rolname from pg_roles where rolname = any ($1) and (rolsuper or rolbypassrls or rolcreaterole"
        " or has_schema_privilege(oid, 'stateroom', 'create'))",
        list(ROLES),
    )
    assert rows == []
