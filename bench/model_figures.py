"""What the data model has to answer, and how quickly: each figure is a transaction as a person."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from stateroom.db.pools import Caller, Pool, as_user

PEOPLE: Final = 200
"""From so many people the questions come."""

MEMBERS: Final = """
select u.id as user, u.username, u.role::text, m.project_id as project, p.name from stateroom.users u
join stateroom.project_members m on m.user_id = u.id and m.role <> 'viewer'
join stateroom.projects p on p.id = m.project_id and p.status <> 'archived' and p.tasks_count > 0
where u.username like 'user-%' order by random() limit $1"""
TASK: Final = """
select id from stateroom.tasks where project_id = $1 and kind = 'planned' and deleted_at is null
order by random() limit 1"""
BUSY: Final = """
select k.id as task, k.project_id as project, m.user_id as user, u.role::text, u.username, p.name
from stateroom.tasks k join stateroom.project_members m on m.project_id = k.project_id
join stateroom.users u on u.id = m.user_id join stateroom.projects p on p.id = k.project_id
where k.kind = 'routine' order by random() limit $1"""
ADMIN: Final = "select id from stateroom.users where username like 'user-%' and role = 'admin' order by id limit 1"

LIST: Final = """
select id, number, title, type, status, priority, tags, assigned_user_id, end_date, is_delayed, created_at
from stateroom.tasks where project_id = $1 and kind = 'planned' and deleted_at is null order by number desc limit 100"""
LIST_MINE: Final = """
select id, project_id, number, title, status, priority, end_date from stateroom.tasks
where kind = 'planned' and deleted_at is null order by id desc limit 100"""
ACTIVE: Final = """
select id, project_name, number, title, status, priority, end_date, is_delayed from stateroom.active_tasks
where assigned_user_id = $1 order by priority desc, id limit 100"""
HISTORY: Final = """
select id, state, attempt, agent_name, created_at, started_at, finished_at, duration_ms, error_message
from stateroom.task_history($1, 20)"""
SEARCH: Final = "select kind, id, title, snippet, rank from stateroom.search($1)"
USAGE: Final = (
    "select name, status, runs_24h, utilization_percent, runs_7d, success_rate_7d from stateroom.agent_utilization"
)
USER: Final = "select id, username, name, avatar_url from stateroom.people where id = $1"
BY_NAME: Final = "select id, username, email, role from stateroom.users where lower(username) = lower($1)"
READ: Final = "select * from stateroom.tasks where id = $1"
INSERT: Final = "insert into stateroom.tasks (project_id, title) values ($1, 'measured') returning id"
UPDATE: Final = "update stateroom.tasks set description = 'measured again' where id = $1"
DELETE: Final = "select stateroom.delete_tasks(array[$1::uuid])"
PRIORITY: Final = """
select id, title from stateroom.tasks where project_id = $1 and status = 'pending' and kind = 'planned'
    and deleted_at is null order by priority desc limit 50"""
WORDS: Final[dict[str, tuple[str, ...]]] = {
    "search, two words": (
        "billing invoice",
        "replica gateway",
        "catalogue shipment",
        "login calendar",
        "parser ledger",
    ),
    "search, a common word": ("login", "search", "customer", "error", "deploy"),
    "search, a phrase": ('"migration timeline"', '"session token"', '"payment address"', '"invitation archive"'),
    "search, misspelt": ("calender timelin", "permision", "certifcate", "notificaton pipline"),
}


@dataclass(frozen=True, slots=True)
class Asker:
    """A person, and what they ask about."""

    caller: Caller
    username: str
    project: UUID
    task: UUID


@dataclass(frozen=True, slots=True)
class People:
    """Who asks: members about planned tasks of their projects, members about routine ones, and an administrator."""

    members: list[Asker]
    of_routines: list[Asker]
    admin: Caller


Arguments = Callable[[Asker, int], tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One question with its goal."""

    name: str
    goal_ms: float
    sql: str
    arguments: Arguments
    by: str = "members"
    writes: bool = False


def _me(asker: Asker, _number: int) -> tuple[object, ...]:
    return (asker.caller.user_id,)


def _username(asker: Asker, _number: int) -> tuple[object, ...]:
    return (asker.username.upper(),)


def _project(asker: Asker, _number: int) -> tuple[object, ...]:
    return (asker.project,)


def _task(asker: Asker, _number: int) -> tuple[object, ...]:
    return (asker.task,)


def _nothing(_asker: Asker, _number: int) -> tuple[object, ...]:
    return ()


def _of(words: tuple[str, ...]) -> Arguments:
    return lambda _asker, number: (words[number % len(words)],)


def figures() -> list[Figure]:
    """Everything that is measured, in this order."""
    return [
        Figure("user lookup", 5, USER, _me),
        Figure("user lookup, by name", 5, BY_NAME, _username, by="admin"),
        Figure("active tasks of a user", 10, ACTIVE, _me),
        Figure("history of a task", 20, HISTORY, _task, by="of_routines"),
        Figure("history of a planned task", 20, HISTORY, _task),
        *(Figure(name, 50, SEARCH, _of(words)) for name, words in WORDS.items()),
        *(Figure(f"{name} (admin)", 50, SEARCH, _of(words), by="admin") for name, words in WORDS.items()),
        Figure("agent utilisation", 100, USAGE, _nothing),
        Figure("one row: read", 20, READ, _task),
        Figure("one row: insert", 20, INSERT, _project, writes=True),
        Figure("one row: update", 20, UPDATE, _task, writes=True),
        Figure("one row: delete", 20, DELETE, _task, by="admin", writes=True),
        Figure("list of 100 of a project", 50, LIST, _project),
        Figure("list of 100 of all my projects", 50, LIST_MINE, _nothing),
        Figure("index scan", 50, PRIORITY, _project),
    ]


async def people(connection: asyncpg.Connection) -> People:
    """Choose who asks, at random."""
    members = [
        Asker(Caller(row["user"], row["role"]), row["username"], row["project"], task)
        for row in await connection.fetch(MEMBERS, PEOPLE)
        if (task := await connection.fetchval(TASK, row["project"])) is not None
    ]
    routine = [
        Asker(Caller(row["user"], row["role"]), row["username"], row["project"], row["task"])
        for row in await connection.fetch(BUSY, PEOPLE)
    ]
    return People(members, routine, Caller(await connection.fetchval(ADMIN), "admin"))


def asked(figure: Figure, who: People, number: int) -> tuple[Caller, tuple[object, ...]]:
    """Say as whom to ask for the nth time, and with which arguments."""
    askers = who.of_routines if figure.by == "of_routines" else who.members
    asker = askers[number % len(askers)]
    return (who.admin if figure.by == "admin" else asker.caller), figure.arguments(asker, number)


async def ask(pool: Pool, figure: Figure, who: People, number: int) -> None:
    """Ask once: one transaction, from the connection of the pool to the commit."""
    caller, arguments = asked(figure, who, number)
    async with as_user(pool, caller, read_only=not figure.writes) as connection:
        await connection.fetch(figure.sql, *arguments)
