"""Three projects in which every table has rows, and people who may do this and that there: see policy_table.py."""

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from uuid import UUID

import asyncpg
from policy_table import PLACES, Actor
from rows_of_all import Maker, Place

GRANTED = """
select c.relname as name, string_agg(quote_ident(a.attname), ', ') as columns from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and has_column_privilege($1, c.oid, a.attnum, $2)
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
group by c.relname
"""
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MEMBERS = {"ann": "maintainer", "carol": "contributor", "vic": "viewer", "pam": "viewer"}
ROLES = {"pam": "project_manager", "root": "admin"}
PERSONS = {"sender_id", "reporter_id", "user_id"}


@dataclass
class World:
    """Places full of rows, and people; `marks`: of which place an id tells."""

    connection: asyncpg.Connection
    maker: Maker
    places: dict[str, Place]
    people: dict[str, UUID]
    marks: dict[str, str]

    @classmethod
    async def make(cls, db) -> "World":
        connection = await db.connect("admin")
        maker = Maker(connection)
        await maker.learn()
        places = {name: await maker.place(name) for name in sorted(PLACES)}
        await maker.fill(*places.values())
        value = connection.fetchval
        people: dict[str, UUID] = {"ann": places["own"].person}
        insert = "insert into stateroom.users (username, role) values ($1, $2::text::stateroom.user_role) returning id"
        for name in ("carol", "vic", "pam", "stan", "rep", "root"):
            people[name] = await value(insert, name, ROLES.get(name, "developer"))
        await connection.execute(
            "update stateroom.projects set task_visibility = 'assigned' where id = $1", places["shut"].project
        )
        for name, role in MEMBERS.items():
            await connection.execute(
                "insert into stateroom.project_members (project_id, user_id, role)"
                " select p, $2, $3::text::stateroom.project_role from unnest($1::uuid[]) as p"
                " on conflict (user_id, project_id) do update set role = excluded.role",
                [places["own"].project, places["shut"].project],
                people[name],
                role,
            )
        marks = {str(key): place.name for place in places.values() for key in place.ids.values()}
        world = cls(connection, maker, places, people, marks)
        await world._make_apart()
        return world

    async def _make_apart(self) -> None:
        """What ann says to vic, and an issue of somebody who is no member, beside the own project's rows."""
        own = self.places["own"]
        apart = await self.maker.place("apart")
        to_one = {"chat_messages": "recipient_id", "chat_message_edits": "message_id", "events": "recipient_id"}
        await self.connection.execute("set session_replication_role = replica")
        for table in ("chat_messages", "chat_message_edits", "events", "triage_items"):
            ids = own.ids | {table: apart.ids[table]}
            row = self.maker.row(table, replace(own, ids=ids))
            if table == "triage_items":
                row["reporter_id"] = self.people["rep"]
            else:
                row[to_one[table]] = apart.ids["chat_messages"] if table == "chat_message_edits" else self.people["vic"]
            self.marks[str(apart.ids[table])] = "reported" if table == "triage_items" else "private"
            await self.maker.insert(table, row)
        await self.connection.execute("reset session_replication_role")

    def where(self, rows: Iterable[str]) -> set[str]:
        """Of which places rows are, as text: each of one, the first by name of what is apart."""
        return {self.place(row) for row in rows}

    def place(self, row: str) -> str:
        ids = [each for each in ID.findall(row) if each in self.marks]
        persons = {str(place.person) for place in self.places.values()}
        # who is a member of two projects stands in the rows of both
        found = {self.marks[each] for each in ids if each not in persons} or {self.marks[each] for each in ids}
        apart = found & {"private", "reported"}
        assert len(found - apart) <= 1, f"a row of several places: {row}"
        return min(apart or found or {"common"})

    async def become(self, actor: Actor) -> None:
        """Let the transaction be one of the application on somebody's behalf."""
        await self.connection.execute("set local session authorization stateroom_app")
        if actor.user is not None:
            await self.connection.execute(
                "select stateroom.set_context($1, $2, $3, $4)",
                self.people[actor.user],
                actor.role,
                None if actor.project is None else self.places[actor.project].project,
                actor.permissions,
            )
        await self.connection.execute(f"set local role {login(actor)}")

    async def inserts(self, actor: Actor, table: str, place: Place, columns: str) -> bool:
        """Whether somebody may insert a row of this place, as themselves, where there is no other row in the table."""
        fresh = (await self.maker.place("fresh")).ids[table]
        row = self.maker.row(table, replace(place, ids=place.ids | {table: fresh}))
        row |= {name: self.people.get(actor.user) for name in PERSONS & row.keys()}
        row.pop("related_task_id", None)
        async with self.passing():
            await self.connection.execute("set local session_replication_role = replica")
            await self.connection.execute(f"delete from stateroom.{table}")
            await self.connection.execute("set local session_replication_role = origin")
            await self.become(actor)
            try:
                await self.maker.insert(table, {key: value for key, value in row.items() if key in columns.split(", ")})
            except asyncpg.PostgresError as error:
                if error.sqlstate not in {"42501", "SR404"}:
                    raise
                return False
        return True

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """A transaction of which nothing stays."""
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            yield
        finally:
            await transaction.rollback()

    async def rows(self, relation: str, columns: str = "*") -> list[str]:
        read = f"select to_jsonb(r)::text from (select {columns} from stateroom.{relation}) as r"
        return [row[0] for row in await self.connection.fetch(read)]

    async def granted(self, role: str, verb: str) -> dict[str, str]:
        """The relations of which a role may read, insert or change columns, with these."""
        return {row["name"]: row["columns"] for row in await self.connection.fetch(GRANTED, role, verb)}


def login(actor: Actor) -> str:
    return "stateroom_admin" if actor.role == "admin" else "stateroom_user"
