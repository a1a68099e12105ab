"""Settings in the database: which value counts, who may see and change it, and what it has to look like."""

import asyncio
import json
import uuid
from contextlib import asynccontextmanager

import asyncpg
import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

ENVELOPE = json.dumps("sr1.0123456789abcdef." + "A" * 40)
SET = (
    "select * from stateroom.set_setting($1, $2, $3, $4, p_type => $5, p_is_sensitive => $6, p_is_readonly => $7,"
    " p_schema => $8, p_expected_revision => $9)"
)


class Place:
    """ann maintains a project, bob reads it, eve is a stranger, root is an administrator."""

    def __init__(self, db, connection):
        self.db, self.connection, self.people = db, connection, {}

    async def fill(self):
        value = self.connection.fetchval
        for name in ("ann", "bob", "eve", "root"):
            self.people[name] = await value("insert into stateroom.users (username) values ($1) returning id", name)
        create = "insert into stateroom.projects (owner_id, name) values ($1, 'p') returning id"
        self.project = await value(create, self.people["ann"])
        for name, role in (("ann", "maintainer"), ("bob", "viewer")):
            await self.connection.execute(
                "insert into stateroom.project_members (project_id, user_id, role) values ($1, $2, $3)"
                " on conflict (project_id, user_id) do update set role = excluded.role",
                self.project,
                self.people[name],
                role,
            )
        return self

    @asynccontextmanager
    async def acting(self, name, *, project=None):
        role = "admin" if name == "root" else "developer"
        app = await self.db.connect("app")
        async with app.transaction():
            await app.execute("select stateroom.set_context($1, $2, $3)", self.people[name], role, project)
            await app.execute(f"set local role {'stateroom_admin' if name == 'root' else 'stateroom_user'}")
            yield app
        await app.close()

    async def set(
        self,
        who,
        key,
        value,
        *,
        env="all",
        project=None,
        kind=None,
        sensitive=None,
        readonly=None,
        schema=None,
        revision=None,
    ):
        schema = None if schema is None else json.dumps(schema)
        async with self.acting(who) as app:
            return await app.fetchrow(SET, key, value, env, project, kind, sensitive, readonly, schema, revision)

    async def get(self, who, key, env="all", project=None):
        async with self.acting(who) as app:
            return await app.fetchrow("select * from stateroom.get_setting($1, $2, $3)", key, env, project)


@pytest.fixture
async def place(db):
    return await Place(db, await db.connect("maintenance")).fill()


def raises(state: str, words: str | None = None):
    return pytest.raises(asyncpg.PostgresError, match=words, check=lambda error: error.sqlstate == state)


@pytest.mark.defect(11)
async def test_a_key_has_a_value_for_each_environment_and_project_and_the_nearest_counts(place):
    p = place.project
    places = [("all", None), ("production", None), ("all", p), ("production", p)]
    await place.set("root", "colour", '"other"', env="testing")
    for number, (env, project) in enumerate(places):
        await place.set("root", "colour", json.dumps(f"v{number}"), env=env, project=project)
        assert json.loads((await place.get("bob", "colour", "production", p))["value"]) == f"v{number}"
    table = {
        ("staging", None): "v0",
        ("production", None): "v1",
        ("staging", p): "v2",
        ("production", p): "v3",
        ("all", p): "v2",
        ("all", None): "v0",
        ("testing", None): "other",
        ("testing", p): "v2",
    }
    for (env, project), expected in table.items():
        assert json.loads((await place.get("bob", "colour", env, project))["value"]) == expected, (env, project)
    assert await place.get("eve", "nothing") is None
    again = await place.set("root", "colour", '"v9"')
    assert (again["revision"], again["changed"]) == (2, True)
    assert await place.connection.fetchval("select count(*) from stateroom.settings") == 5


async def test_a_hidden_value_that_counts_is_not_replaced_by_one_that_does_not(place):
    await place.set("root", "limit", "1")
    await place.set("root", "limit", "2", env="production", sensitive=True)
    assert (await place.get("eve", "limit", "staging"))["value"] == "1"
    assert await place.get("eve", "limit", "production") is None
    found = await place.get("root", "limit", "production")
    assert (found["value"], found["is_sensitive"]) == (None, True)


async def test_who_sees_and_changes_what(place):
    p = place.project
    open_one = await place.set("root", "open", "1")
    secret = await place.set("root", "secret", ENVELOPE, kind="encrypted")
    own = await place.set("ann", "own", ENVELOPE, project=p, kind="encrypted")
    ids = {"open": open_one["id"], "secret": secret["id"], "own": own["id"]}
    sees = {"ann": {"open", "own"}, "bob": {"open", "own"}, "eve": {"open"}, "root": {"open", "secret", "own"}}
    reveals = {"ann": {"own": None, "open": "SR403", "secret": "SR404"}, "bob": {"own": "SR403"}}
    reveals["eve"] = {"own": "SR404", "secret": "SR404"}
    reveals["root"] = dict.fromkeys(ids)
    for who, names in sees.items():
        async with place.acting(who) as app:
            rows = await app.fetch("select key, value, previous_value from stateroom.setting_values")
            assert {row["key"] for row in rows} == names, who
            assert {row["value"] for row in rows} <= {None, "1"}
            assert {row["key"] for row in await app.fetch("select key from stateroom.settings")} == names, who
            for column in ("value", "previous_value", "*"):
                with raises("42501"):
                    async with app.transaction():
                        await app.execute(f"select {column} from stateroom.settings")
            for name, state in reveals[who].items():
                for verb in ("reveal_setting", "delete_setting"):
                    assert await _state(app, f"select stateroom.{verb}($1)", ids[name]) == state, (who, verb, name)
    for who, state in {"ann": "SR403", "bob": "SR403", "eve": "SR403"}.items():
        with raises(state):
            await place.set(who, "x", "1")
    for who, state in {"bob": "SR403", "eve": "SR404"}.items():
        with raises(state):
            await place.set(who, "x", "1", project=p)
    with raises("SR404"):
        await place.get("eve", "own", "all", p)
    async with place.acting("eve") as app:
        said = [await _words(app, "select stateroom.reveal_setting($1)", each) for each in (own["id"], uuid.uuid4())]
        assert said[0] == said[1]
    async with place.acting("root", project=p) as app:
        assert await _state(app, "select stateroom.set_setting('x', '1')") == "SR403"


async def _state(app, statement, *arguments):
    """The SQLSTATE with which it is refused; what is not refused is undone."""
    undo = app.transaction()
    await undo.start()
    try:
        await app.execute(statement, *arguments)
    except asyncpg.PostgresError as error:
        return error.sqlstate
    else:
        return None
    finally:
        await undo.rollback()


async def _words(app, statement, named):
    with pytest.raises(asyncpg.PostgresError) as caught:
        async with app.transaction():
            await app.execute(statement, named)
    return str(caught.value).replace(str(named), "it")


async def test_types_are_kept_and_checked(place):
    kinds = {'"x"': "string", "1.5": "number", "true": "boolean", "[1]": "array", '{"a": 1}': "json", "null": "json"}
    for number, (value, kind) in enumerate(kinds.items()):
        await place.set("root", f"k.n{number}", value)
        found = await place.get("root", f"k.n{number}")
        assert (found["value_type"], json.loads(found["value"])) == (kind, json.loads(value))
    with raises("SR422", r"setting k.n1: it takes a value of type number, not string"):
        await place.set("root", "k.n1", '"x"')
    with raises("SR422", "its value is not sealed"):
        await place.set("root", "k.n0", '"x"', kind="encrypted")
    with raises("SR422", "needs a value"):
        await place.set("root", "k.new", None)
    await place.set("root", "k.n1", '"now a text"', kind="string")
    assert (await place.get("root", "k.n1"))["previous_value"] is None
    for key in ("Upper", "a b", "", ".a", "a.", "a" * 201):
        with raises("23514"):
            await place.set("root", key, "1")


async def test_the_table_itself_holds_every_writer_to_type_and_schema(place):
    insert = "insert into stateroom.settings (key, value, value_type, validation_schema) values ('k', $1, $2, $3)"
    wrong = [
        ('"x"', "number", None, "settings_value_type"),
        ('"plain"', "encrypted", None, "settings_sealed"),
        ("5", "number", '{"maximum": 4}', "settings_value_fits"),
        ("5", "number", '{"maximum": "4"}', "settings_schema"),
        ("5", "number", '{"$ref": "#"}', "settings_schema"),
    ]
    for value, kind, schema, constraint in wrong:
        with pytest.raises(asyncpg.CheckViolationError) as caught:
            await place.connection.execute(insert, value, kind, schema)
        assert caught.value.constraint_name == constraint
    await place.connection.execute(insert, "4", "number", '{"maximum": 4}')


async def test_a_change_keeps_what_was_before_and_can_be_taken_back(place):
    made = await place.set("root", "n", "1", schema={"maximum": 5})
    assert dict(await place.set("root", "n", "1")) == {"id": made["id"], "revision": 1, "changed": False}
    await place.set("root", "n", "2")
    async with place.acting("root") as app:
        assert await app.fetchval("select stateroom.revert_setting($1)", made["id"]) == 3
        found = await app.fetchrow("select * from stateroom.get_setting('n')")
        assert (found["value"], found["previous_value"], found["revision"]) == ("1", "2", 3)
        with raises("SR422", "value is more than 0"):
            async with app.transaction():
                await app.execute("select * from stateroom.set_setting('n', null, p_schema => '{\"maximum\": 0}')")
        await app.execute("select * from stateroom.set_setting('n', '0', p_schema => '{\"maximum\": 0}')")
        with raises("SR422"):
            async with app.transaction():
                await app.execute("select stateroom.revert_setting($1)", made["id"])
        await app.execute("select * from stateroom.set_setting('n', '7', p_schema => '{}')")
        await app.execute("select stateroom.delete_setting($1, 5)", made["id"])
    assert await place.get("root", "n") is None
    fresh = await place.set("root", "n", "1")
    async with place.acting("root") as app:
        with raises("SR409", "no previous value"):
            await app.execute("select stateroom.revert_setting($1)", fresh["id"])


async def test_two_writers_with_the_same_revision_are_not_both_obeyed(place):
    await place.set("root", "n", "0", revision=0)
    with raises("SR409", "at revision 1, not 0"):
        await place.set("root", "n", "1", revision=0)
    with raises("SR409", "does not exist any more"):
        await place.set("root", "other", "1", revision=4)
    both = await asyncio.gather(
        *(place.set("root", "n", str(number), revision=1) for number in (1, 2)), return_exceptions=True
    )
    assert sorted(getattr(each, "sqlstate", None) or "done" for each in both) == ["SR409", "done"]
    made = await asyncio.gather(*(place.set("root", "new", str(number)) for number in range(4)))
    assert sorted(row["revision"] for row in made) == [1, 2, 3, 4]


async def test_what_is_read_only_stays_until_an_administrator_makes_it_writable(place):
    p = place.project
    made = await place.set("root", "n", "1", project=p, readonly=True)
    for change in ("set_setting('n', '2', p_project => $2)", "delete_setting($1)", "revert_setting($1)"):
        for who in ("ann", "root"):
            async with place.acting(who) as app:
                with raises("SR409", "read-only"):
                    await app.execute(f"select stateroom.{change} from (select $1::uuid, $2::uuid) as _", made["id"], p)
    with raises("SR403"):
        await place.set("ann", "n", "2", project=p, readonly=False)
    assert (await place.set("root", "n", "2", project=p, readonly=False))["revision"] == 2
    assert (await place.set("ann", "n", "3", project=p))["revision"] == 3


async def test_what_was_sensitive_becomes_readable_only_as_a_new_value(place):
    await place.set("root", "s", '"old"', sensitive=True)
    await place.set("root", "s", '"older"')
    with raises("SR422", "would become readable"):
        await place.set("root", "s", None, sensitive=False)
    await place.set("root", "s", '"new"', sensitive=False)
    found = await place.get("eve", "s")
    assert (json.loads(found["value"]), found["previous_value"], found["is_revertible"]) == ("new", None, False)


SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, 0.5, "", "a", "ab", "abc"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
TYPES = st.sampled_from(["null", "boolean", "number", "integer", "string", "array", "object"])
WORDS = {
    "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
    "enum": st.lists(VALUES, min_size=1, max_size=4),
    "const": VALUES,
    **dict.fromkeys(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], st.integers(-2, 2)),
    **dict.fromkeys(["minLength", "maxLength", "minItems", "maxItems"], st.integers(0, 3)),
    "uniqueItems": st.booleans(),
    "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
    "pattern": st.sampled_from(["^a", "b$", "^[ab]{2}$"]),
}


def _schemas(inner):
    nested = {
        **dict.fromkeys(["items", "additionalProperties", "not"], inner),
        "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
        **dict.fromkeys(["anyOf", "allOf"], st.lists(inner, min_size=1, max_size=2)),
    }
    return st.fixed_dictionaries({}, optional=WORDS | nested)


SCHEMAS = st.recursive(st.booleans() | st.fixed_dictionaries({}, optional=WORDS), _schemas, max_leaves=5)


JUDGE = """
select stateroom.schema_problem(s), stateroom.value_problem(v, s)
from unnest($1::jsonb[], $2::jsonb[]) with ordinality as _ (v, s, place) order by place
"""


@settings(
    max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cases=st.lists(st.tuples(VALUES, SCHEMAS), min_size=20, max_size=20))
@pytest.mark.full
async def test_the_database_judges_as_the_library_does(judge, cases):
    expected = [jsonschema.Draft202012Validator(schema).is_valid(value) for value, schema in cases]
    rows = await judge.fetch(JUDGE, [json.dumps(value) for value, _ in cases], [json.dumps(each) for _, each in cases])
    for (value, schema), valid, (malformed, problem) in zip(cases, expected, rows, strict=True):
        assert malformed is None, (schema, malformed)
        assert (problem is None) == valid, (value, schema, problem)


@pytest.fixture
async def judge(db):
    return await db.connect()


async def test_revealing_and_changing_leave_a_trail_without_values(place):
    made = await place.set("root", "s", '"swordfish"', sensitive=True)
    await place.set("root", "s", '"tuna-fish"')
    async with place.acting("root") as app:
        assert await app.fetchval("select stateroom.reveal_setting($1)", made["id"]) == '"tuna-fish"'
    trail = await place.connection.fetch(
        "select action::text, user_id, to_jsonb(a)::text as all from stateroom.audit_logs a"
        " where entity_id = $1 order by id",
        made["id"],
    )
    assert [row["action"] for row in trail] == ["create", "update", "reveal"]
    assert {row["user_id"] for row in trail} == {place.people["root"]}
    assert not [row for row in trail if "fish" in row["all"]]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"$ref": "#"}, r"schema\.\$ref is not a keyword"),
        ({"format": "email"}, "format is not a keyword"),
        ({"properties": {"a": {"minimum": "1"}}}, r"schema\.properties\.minimum has no valid value"),
        ({"type": "text"}, "type has no valid value"),
        ({"pattern": "("}, "pattern is no regular expression"),
        ({"required": [1]}, "required has no valid value"),
        ({"anyOf": []}, "anyOf has no valid value"),
        ({"minLength": 0.5}, "minLength has no valid value"),
        ({"items": 1}, r"schema\.items is not an object"),
        (json.loads('{"not":' * 30 + "{}" + "}" * 30), "nested too deep"),
        ([], "schema is not an object"),
    ],
)
async def test_a_schema_that_is_not_understood_is_refused(place, schema, words):
    with raises("SR422", words):
        await place.set("root", "n", "1", schema=schema)
