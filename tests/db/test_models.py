"""The models say what the database is: every table, column, type, key, default, word and length."""

import importlib
import pkgutil
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import ARRAY, Enum, Table, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import RelationshipProperty, configure_mappers
from sqlalchemy.schema import ForeignKeyConstraint, UniqueConstraint

import stateroom.db.history
import stateroom.domains
from stateroom.db.base import Base
from stateroom.domains.runs.model import TaskRun, WorkflowRun
from stateroom.domains.runs.schema import State
from stateroom.domains.tasks.model import Task, TaskKind, TaskStatus
from stateroom.engine.states import RunState

# Made by Alembic for itself.
WITHOUT_MODEL = {"alembic_version"}

COLUMNS = """
select c.relname as table, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as not_null,
    a.atthasdef as has_default, a.attgenerated <> '' as generated
from pg_attribute a join pg_class c on c.oid = a.attrelid
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and a.attnum > 0 and not a.attisdropped
"""
CONSTRAINTS = """
select c.relname as table, k.contype::text as kind, k.conname as name, k.confdeltype::text as action,
    pg_get_constraintdef(k.oid) as definition, f.relname as target,
    array(select a.attname::text from unnest(k.conkey) with ordinality n (no, i)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = n.no order by i) as columns
from pg_constraint k join pg_class c on c.oid = k.conrelid left join pg_class f on f.oid = k.confrelid
where c.relnamespace = 'stateroom'::regnamespace and not c.relispartition and k.contype in ('p', 'u', 'f', 'c')
    and k.conparentid = 0
"""
ENUMS = """
select t.typname as name, array_agg(e.enumlabel::text order by e.enumsortorder) as words
from pg_type t join pg_enum e on e.enumtypid = t.oid where t.typnamespace = 'stateroom'::regnamespace group by t.typname
"""
ACTIONS = {"CASCADE": "c", "SET NULL": "n", "RESTRICT": "r", None: "a"}
LENGTH = re.compile(r"\(?char_length\((\w+)\) (?:<= (\d+)|>= (\d+)\) AND \(char_length\(\w+\) <= (\d+))")


def load() -> None:
    for module in pkgutil.walk_packages(stateroom.domains.__path__, "stateroom.domains."):
        if module.name.rpartition(".")[2] in {"model", "places"} and ".files." not in module.name:
            importlib.import_module(module.name)
    configure_mappers()


load()
TABLES: dict[str, Table] = {table.name: table for table in Base.metadata.sorted_tables}


def enums() -> dict[str, set[type]]:
    """The Python enums in use, by the database's names."""
    found: dict[str, set[type]] = {}
    for table in TABLES.values():
        for column in table.columns:
            kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
            if isinstance(kind, Enum):
                found.setdefault(kind.name, set()).add(kind.enum_class)
    return found


def type_name(column) -> str:
    text = column.type.compile(dialect=postgresql.dialect()).lower().replace(", ", ",")
    return {"double": "double precision", "float": "double precision"}.get(text, text)


@pytest.fixture
async def columns(db):
    rows = await (await db.connect()).fetch(COLUMNS)
    return {(row["table"], row["name"]): row for row in rows if row["table"] in TABLES}


@pytest.fixture
async def constraints(db):
    return [row for row in await (await db.connect()).fetch(CONSTRAINTS) if row["table"] in TABLES]


async def test_every_table_has_a_model_and_every_model_a_table(db):
    rows = await (await db.connect()).fetch(COLUMNS)
    assert {row["table"] for row in rows} - WITHOUT_MODEL == set(TABLES)


async def test_columns_are_the_same(columns):
    ours = {
        (table.name, column.name): (type_name(column), not column.nullable)
        for table in TABLES.values()
        for column in table.columns
    }
    assert ours == {key: (row["type"], row["not_null"]) for key, row in columns.items()}


async def test_what_the_database_fills_in_is_known(columns):
    wrong = [
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if (column.server_default is not None) != columns[table.name, column.name]["has_default"]
        and not column.info.get("stamped")
    ]
    assert wrong == []
    generated = {key for key, row in columns.items() if row["generated"]}
    fetched = {
        (table.name, column.name)
        for table in TABLES.values()
        for column in table.columns
        if column.server_onupdate is not None and column.name not in {"updated_at", "updated_by"}
    }
    assert generated == fetched


async def test_keys_are_the_same(constraints):
    def of(kind):
        return {(row["table"], tuple(row["columns"])) for row in constraints if row["kind"] == kind}

    primary = {(table.name, tuple(table.primary_key.columns.keys())) for table in TABLES.values()}
    assert {each for each in primary if each[1]} == of("p")
    unique = {
        (table.name, tuple(each.columns.keys()))
        for table in TABLES.values()
        for each in table.constraints
        if isinstance(each, UniqueConstraint)
    }
    assert unique == of("u")
    foreign = {
        (table.name, tuple(each.columns.keys()), each.referred_table.name, ACTIONS[each.ondelete])
        for table in TABLES.values()
        for each in table.constraints
        if isinstance(each, ForeignKeyConstraint)
    }
    assert foreign == {
        (row["table"], tuple(row["columns"]), row["target"], row["action"]) for row in constraints if row["kind"] == "f"
    }


async def test_names_of_keys_are_the_same(constraints):
    names = {row["name"] for row in constraints if row["kind"] in {"p", "u"}}
    ours = {each.name for table in TABLES.values() for each in table.constraints if isinstance(each, UniqueConstraint)}
    ours |= {table.primary_key.name for table in TABLES.values() if table.primary_key.columns}
    assert ours == names


async def test_texts_may_be_as_long_as_the_database_allows(constraints):
    allowed = {}
    for row in constraints:
        for name, most, least, under in LENGTH.findall(row["definition"]) if row["kind"] == "c" else ():
            if row["columns"] == [name]:
                allowed[row["table"], name] = (int(least or 0), int(most or under))
    ours = {
        (table.name, column.name): column.info["length"]
        for table in TABLES.values()
        for column in table.columns
        if "length" in column.info
    }
    assert ours == allowed


async def test_every_enum_is_one_python_enum_of_the_same_words(db):
    rows = await (await db.connect()).fetch(ENUMS)
    ours = enums()
    assert {name: [word.value for word in kind] for name, kinds in ours.items() for kind in kinds} == {
        row["name"]: row["words"] for row in rows
    }
    assert {name for name, kinds in ours.items() if len(kinds) > 1} == set()


def test_every_relationship_is_asked_for_and_stays_in_its_slice():
    found = [each for mapper in Base.registry.mappers for each in mapper.relationships]
    assert len(found) > 10
    wrong = [
        str(each)
        for each in found
        if each.lazy != "raise" or package(each.mapper.class_) != package(each.parent.class_) or not owns(each)
    ]
    assert wrong == []


def package(model: type) -> str:
    return model.__module__.rpartition(".")[0]


def owns(relationship: RelationshipProperty) -> bool:
    """Whether deleting the parent is left to the database, which knows the rules."""
    return relationship.passive_deletes or not relationship.uselist


def test_no_two_models_are_of_one_table():
    assert [name for name, n in Counter(m.local_table.name for m in Base.registry.mappers).items() if n > 1] == []


def test_the_api_names_all_states_of_runs():
    assert State.__args__ == tuple(state.value for state in RunState)


NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


TASKS = [  # status, end date; is it final, is it overdue?
    (TaskStatus.PENDING, None, False, False),
    (TaskStatus.PENDING, NOW - HOUR, False, True),
    (TaskStatus.IN_PROGRESS, NOW + HOUR, False, False),
    (TaskStatus.COMPLETED, NOW - HOUR, True, False),
    (TaskStatus.CANCELLED, None, True, False),
    (None, None, False, False),
]


async def test_what_a_task_says_of_itself_is_the_same_in_python_and_in_sql(db):
    connection = await db.connect()
    project = await connection.fetchval("select id from stateroom.projects")
    told = sql(Task.is_final, Task.is_overdue, Task.is_deleted)
    for status, end, final, overdue in TASKS:
        kind = TaskKind.PLANNED if status else TaskKind.ROUTINE
        task = Task(kind=kind, status=status, end_date=end, title="t")
        assert (task.is_final, task.is_overdue, task.is_deleted) == (final, overdue, False)
        done = NOW if final else None
        await connection.execute("delete from stateroom.tasks")
        await connection.execute(
            "insert into stateroom.tasks (project_id, kind, status, title, end_date, completed_at)"
            " values ($1, $2, $3, 't', $4, $5)",
            *(project, kind, status, end, done),
        )
        assert tuple(await connection.fetchrow(told)) == (final, overdue, False), (status, end)


def sql(*expressions) -> str:
    return str(select(*expressions).compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))


async def test_what_a_run_says_of_itself_is_the_same_in_python_and_in_sql(db):
    run = WorkflowRun(state=RunState.RUNNING)
    assert (run.is_running, run.is_final) == (True, False)
    run.state = RunState.TIMED_OUT
    assert (run.is_running, run.is_final) == (False, True)
    assert (TaskRun(state=None).is_final, TaskRun(state=RunState.SKIPPED).is_final) == (False, True)
    assert [state for state in RunState if state.is_final] == list(RunState)[4:]
    connection = await db.connect()
    for statement in (sql(WorkflowRun.is_running, WorkflowRun.is_final), sql(TaskRun.is_final)):
        assert await connection.fetch(statement) == []
