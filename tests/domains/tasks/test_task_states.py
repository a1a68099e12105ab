"""States of planned tasks: only transitions that the data knows, each with its context, event and audit row."""

import itertools
import json

import asyncpg
import pytest
from board import refused

from stateroom.domains.tasks.model import TaskStatus
from stateroom.engine.states import RunState

SET = "select * from stateroom.set_task_status($1, $2, $3, $4)"
PATHS = {
    "pending": (),
    "in_progress": ("in_progress",),
    "completed": ("completed",),
    "failed": ("in_progress", "failed"),
    "cancelled": ("cancelled",),
}


@pytest.mark.both
@pytest.mark.defect(15)
async def test_only_known_transitions_are_possible_for_anybody(board):
    rows = await board.owner.fetch(
        "select from_state, to_state from stateroom.state_transitions where machine = 'task'"
    )
    known = {tuple(row) for row in rows}
    assert {to for _, to in known} == set(TaskStatus)
    for start, end in itertools.product(TaskStatus, TaskStatus):
        task = await board.add()
        await board.to(task, *PATHS[start])
        async with board.acting("carol") as carol:
            said = await refused(carol, SET, task, end, None, None)
        assert said == (None if start == end or (start, end) in known else "SR409"), (start, end)
        if said is not None:
            direct = "update stateroom.tasks set status = $2 where id = $1"
            assert await refused(board.owner, direct, task, end) == "SR409"
            async with board.acting("ann") as ann:
                assert await refused(ann, direct, task, end) == "42501", "states are granted to nobody"
    async with board.acting("carol") as carol:
        with pytest.raises(asyncpg.PostgresError) as caught:
            await carol.execute(SET, await board.add(), "failed", None, None)
    assert caught.value.hint == "It can become: cancelled, completed, in_progress."


async def test_a_change_writes_its_context_its_event_and_its_audit_row_with_it(board):
    task = await board.add()
    async with board.acting("carol") as carol:
        row = await carol.fetchrow(SET, task, "in_progress", "on it", 1)
        assert (row["status"], row["revision"], row["started_at"] is not None) == ("in_progress", 2, True)
        row = await carol.fetchrow(SET, task, "in_progress", "again", None)
        assert row["revision"] == 2, "nothing changes, nothing is written"
        row = await carol.fetchrow(SET, task, "completed", None, 2)
        assert row["completed_at"] is not None
    contexts = [(kind, json.loads(data)) for kind, data in await board.contexts(task)]
    assert contexts == [
        ("status_change", {"from": "pending", "to": "in_progress", "notes": "on it"}),
        ("status_change", {"from": "in_progress", "to": "completed"}),
    ]
    assert await board.events(task) == ["task_created", "task_started", "task_completed"]
    audit = await board.owner.fetch(
        "select action::text from stateroom.audit_logs where entity_id = $1 order by id", task
    )
    assert [row[0] for row in audit] == ["create", "status_change", "status_change"]
    authors = await board.owner.fetch(
        "select distinct created_by from stateroom.task_contexts where task_id = $1", task
    )
    assert [row[0] for row in authors] == [board.people["carol"]]


async def test_who_has_read_an_old_revision_changes_nothing(board):
    task = await board.add()
    async with board.acting("dan") as dan:
        await dan.execute("update stateroom.tasks set title = 'new' where id = $1", task)
    async with board.acting("carol") as carol:
        assert await refused(carol, SET, task, "in_progress", None, 1) == "SR409"
        assert await refused(carol, SET, task, "in_progress", None, 2) is None


async def test_many_are_changed_together_or_not_at_all(board):
    tasks = await board.chain(3)
    many = "select id, status from stateroom.set_task_statuses($1, $2)"
    async with board.acting("carol") as carol:
        rows = await carol.fetch(many, [*tasks, tasks[0]], "in_progress")
        assert {row["id"] for row in rows} == set(tasks)
        await carol.execute(SET, tasks[1], "completed", None, None)
        assert await refused(carol, many, tasks, "failed") == "SR409"
        found = await carol.fetch("select status from stateroom.tasks where id = any ($1)", tasks)
    assert sorted(row[0] for row in found) == ["completed", "in_progress", "in_progress"]


async def test_viewers_may_not_and_for_strangers_there_is_nothing(board):
    task = await board.add()
    for name, code in {"bob": "SR403", "eve": "SR404", None: "SR404"}.items():
        async with board.acting(name) as person:
            assert await refused(person, SET, task, "in_progress", None, None) == code
            for verb in ("delete_tasks", "restore_tasks", "assign_tasks"):
                assert await refused(person, f"select stateroom.{verb}($1)", [task]) == code
    async with board.acting("carol") as carol:
        assert await refused(carol, "select stateroom.delete_tasks($1)", [task]) == "SR403", "maintainers delete"


@pytest.mark.both
async def test_an_end_date_that_has_passed_is_flagged_by_the_sweep_and_by_editing(board):
    soon = "now() + interval '1 hour'"
    late, done, early = [await board.add() for _ in range(3)]
    await board.owner.execute(f"update stateroom.tasks set end_date = {soon} where id = any ($1)", [late, done])
    await board.to(done, "completed")
    sweep = "select stateroom.mark_delayed_tasks()"
    assert await board.owner.fetchval(sweep) == 0
    await board.db.shift("2 hours")
    before = await board.row(late)
    assert await board.owner.fetchval(sweep) == 1
    assert await board.owner.fetchval(sweep) == 0, "what is flagged is not touched again"
    after = await board.row(late)
    assert (after["is_delayed"], after["revision"], after["updated_at"]) == (
        True,
        before["revision"],
        before["updated_at"],
    )
    assert (await board.events(late))[-1] == "task_delayed"
    await board.owner.execute("update stateroom.tasks set end_date = now() + interval '1 day' where id = $1", late)
    assert (await board.row(late))["is_delayed"] is False
    await board.owner.execute(f"update stateroom.tasks set end_date = {soon} where id = $1", early)
    assert (await board.row(early))["is_delayed"] is True
    await board.to(early, "completed")
    row = await board.row(early)
    assert (row["is_delayed"], row["completed_late"], (await board.row(done))["completed_late"]) == (False, True, False)


RUNS = """
select distinct machine, to_state from stateroom.state_transitions where machine in ('task_run', 'workflow_run')
"""


async def test_the_states_of_runs_are_those_of_the_data(board):
    found = await board.owner.fetch(RUNS)
    assert {row["to_state"] for row in found if row["machine"] == "task_run"} == set(RunState)
    final = {state for state in RunState if state.is_final}
    ends = await board.owner.fetch(
        "select to_state from stateroom.state_transitions where machine = 'task_run' and from_state = 'running'"
    )
    assert final <= {row[0] for row in ends}
