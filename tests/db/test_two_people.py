"""Random changes and calls of two people: nobody sees, or changes, what a model of who sees what denies them."""

import json
import os
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from team import Team

pytestmark = pytest.mark.both

THOROUGH = os.environ.get("CI") == "true"
# carol contributes to the team's project, where each sees only what concerns them; so does eve, who has one of her own.
PEOPLE = ("carol", "eve")
# What they do, and with which arguments: changes without WHERE change whatever policies let them.
ACTIONS = {
    "make a task": (
        "insert into stateroom.tasks (project_id, title, assigned_user_id) values ($1, $2, $3)",
        ("project", "words", "person"),
    ),
    "change all tasks": ("update stateroom.tasks set description = $1", ("words",)),
    "change all issues": ("update stateroom.triage_items set description = $1", ("words",)),
    "change all messages": ("update stateroom.chat_messages set message = $1", ("words",)),
    "change a task": ("update stateroom.tasks set priority = 7 where id = $1", ("row",)),
    "delete all dependencies": ("delete from stateroom.task_dependencies", ()),
    "delete all notifications": ("delete from stateroom.notifications", ()),
    "depend": (
        "insert into stateroom.task_dependencies (task_id, depends_on_task_id) values ($1, $2)",
        ("row", "other row"),
    ),
    "note": (
        "insert into stateroom.task_contexts (task_id, context_type, context_data) values ($1, 'requirement', '{}')",
        ("row",),
    ),
    "start": ("select from stateroom.set_task_status($1, 'in_progress')", ("row",)),
    "complete": ("select from stateroom.set_task_status($1, 'completed', $2)", ("row", "words")),
    "assign": ("select from stateroom.assign_tasks(array[$1::uuid], $2)", ("row", "person")),
    "delete": ("select from stateroom.delete_tasks(array[$1::uuid])", ("row",)),
    "say": ("select from stateroom.send_message($1, $2, p_recipient => $3)", ("project", "words", "person")),
    "edit": ("select from stateroom.edit_message($1, $2)", ("row", "words")),
    "take back": ("select from stateroom.delete_message($1)", ("row",)),
    "report": ("select from stateroom.report_issue($1, $2)", ("project", "words")),
    "resolve": ("select from stateroom.move_issue($1, 'resolved', $2)", ("row", "words")),
    "plan": ("select from stateroom.triage_to_task($1)", ("row",)),
    "look": ("select from stateroom.explain_task($1)", ("row",)),
    "look around": ("select from stateroom.dependency_tree($1)", ("row",)),
}
KINDS = ("tasks", "task_contexts", "task_dependencies", "triage_items", "chat_messages", "events", "notifications")
# Other ways to the same rows: relation, column, and the table whose ids it shows.
WAYS = {
    "active_tasks": ("id", "tasks"), "ready_tasks": ("id", "tasks"), "task_summary": ("id", "tasks"),
    "task_dependency_tree": ("task_id", "tasks"), "recent_activity": ("id", "events"), "search('said')": ("id", None),
    "chat_message_edits": ("message_id", "chat_messages"), "read_events('0', null, 1000)": ("id", "events"),
}  # fmt: skip
SEEN = "select json_build_object({})".format(
    ", ".join(
        f"$way${way}$way$, (select coalesce(json_agg({column}), '[]') from stateroom.{way})"
        for way, column in [*((kind, "id") for kind in KINDS), *((way, column) for way, (column, _) in WAYS.items())]
    )
)
ROWS = "select json_build_object({})".format(
    ", ".join(f"'{name}', (select json_object_agg(id, to_jsonb(r)) from stateroom.{name} r)" for name in KINDS)
)
STEPS = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(sorted(ACTIONS)), *[st.integers(0, 30)] * 4),
    min_size=10,
    max_size=25,
)


@dataclass
class Model:
    """Who sees what, told from the rows themselves: of each table, by id."""

    rows: dict[str, dict[str, dict]]
    open: dict[str, set[str]]
    members: dict[str, set[str]]

    def seen(self, person: str) -> dict[str, set[str]]:
        """The ids of what a person may see, by table."""
        return {
            kind: {key for key, row in rows.items() if getattr(self, f"_{kind}")(person, row)}
            for kind, rows in self.rows.items()
        }

    def _tasks(self, person: str, row: dict) -> bool:
        concerned = person in {row["created_by"], row["assigned_user_id"]}
        return row["project_id"] in self.open[person] or (row["project_id"] in self.members[person] and concerned)

    def _of_task(self, person: str, row: dict) -> bool:
        return self._tasks(person, self.rows["tasks"][row["task_id"]])

    _task_contexts = _task_dependencies = _of_task

    def _triage_items(self, person: str, row: dict) -> bool:
        concerned = person in {row["reporter_id"], row["assigned_to"]} and row["project_id"] in self.members[person]
        return row["deleted_at"] is None and (
            row["project_id"] in self.open[person] or concerned or row["reporter_id"] == person
        )

    def _chat_messages(self, person: str, row: dict) -> bool:
        between = row["recipient_id"] is None or person in {row["sender_id"], row["recipient_id"]}
        return row["deleted_at"] is None and between and row["project_id"] in self.members[person]

    def _events(self, person: str, row: dict) -> bool:
        if row["project_id"] not in self.members[person]:
            return False
        if row["recipient_id"] is not None and person not in {row["recipient_id"], row["actor_id"]}:
            return False
        if row["project_id"] in self.open[person] or row["actor_id"] == person:
            return True
        return self._of_task(person, row) if row["task_id"] else row["type"].startswith("message_")

    def _notifications(self, person: str, row: dict) -> bool:
        return row["user_id"] == person


class Stage:
    """The team's projects with something in them; `ids`: of all that was ever made."""

    def __init__(self, team: Team):
        self.team = team
        self.projects = [team.project, team.other]
        self.people = [None, *(team.ids[name] for name in ("carol", "eve", "ann"))]
        self.said = 0

    async def model(self) -> Model:
        rows = json.loads(await self.team.owner.fetchval(ROWS))
        project, other = str(self.team.project), str(self.team.other)
        carol, eve = (str(self.team.ids[name]) for name in PEOPLE)
        return Model(
            {kind: found or {} for kind, found in rows.items()},
            open={carol: set(), eve: {other}},
            members={carol: {project}, eve: {project, other}},
        )

    async def act(self, name: str, action: str, numbers: tuple[int, ...], ids: list[str]) -> None:
        """Do something, or be refused in a way that people are refused in."""
        self.said += 1
        statement, takes = ACTIONS[action]
        values = {
            "project": self.projects[numbers[0] % 2],
            "person": self.people[numbers[1] % 4],
            "row": UUID(ids[numbers[2] % len(ids)]),
            "other row": UUID(ids[numbers[3] % len(ids)]),
            "words": f"said {self.said}",
        }
        try:
            async with self.team.acting(name) as app:
                await app.execute(statement, *(values[each] for each in takes))
        except asyncpg.PostgresError as error:
            if not error.sqlstate.startswith(("SR", "42501", "23")):
                raise

    async def check(self, model: Model) -> None:
        """What each sees is what the model says, by whatever way."""
        for name in PEOPLE:
            async with self.team.acting(name) as app:
                seen = {way: set(ids) for way, ids in json.loads(await app.fetchval(SEEN)).items()}
            allowed = model.seen(str(self.team.ids[name]))
            anything = set().union(*allowed.values())
            assert {kind: seen[kind] for kind in KINDS} == allowed, name
            for way, (_, kind) in WAYS.items():
                assert seen[way] <= (allowed[kind] if kind else anything | {str(each) for each in self.projects}), (
                    name,
                    way,
                )


@pytest.fixture
async def stage(db) -> Stage:
    team = await Team.gather(db)
    await team.hide()
    await team.join("eve", "contributor")
    stage = Stage(team)
    for name, project in (("ann", team.project), ("eve", team.other)):
        for number, person in enumerate(("ann", "carol", "eve") if name == "ann" else ("eve",)):
            give = "insert into stateroom.tasks (project_id, title, assigned_user_id) values ($1, $2, $3)"
            await team.value(name, give, project, f"said by {name} {number}", team.ids[person])
        await team.value(name, "select stateroom.report_issue($1, $2)", project, f"said by {name}")
        await team.value(name, "select stateroom.send_message($1, $2)", project, f"said by {name}")
    return stage


@settings(
    max_examples=25 if THOROUGH else 6,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
async def test_two_people_see_and_change_only_what_is_theirs_to(stage, steps):
    before = await stage.model()
    for name, action, *numbers in steps:
        ids = sorted(key for kind in ("tasks", "triage_items", "chat_messages") for key in before.rows[kind])
        await stage.act(name, action, tuple(numbers), ids)
        after = await stage.model()
        seen = before.seen(str(stage.team.ids[name]))
        for kind in KINDS:
            hidden = before.rows[kind].keys() - seen[kind]
            changed = {key for key in hidden if after.rows[kind].get(key) != before.rows[kind][key]}
            assert changed == set(), (name, action, kind)
        before = after
    await stage.team.owner.execute("refresh materialized view stateroom.task_dependency_tree_rows")
    await stage.check(before)
