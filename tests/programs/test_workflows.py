"""Workflows written in Python are what a file would be; sessions see what their user may see."""

import asyncio

import pytest
from sqlalchemy import select, text
from working import working

from stateroom import Flow, Stateroom
from stateroom.domains.projects.model import Project
from stateroom.domains.tasks.queries import ready_tasks
from stateroom.domains.workflows.files import load_text
from stateroom.domains.workflows.queries import active_workflows, workflow_progress, workflow_with_steps
from stateroom.errors import Conflict, InvalidInput, NotFound, RunFailed

FILE = """
name: photos
description: of boats
env: {A: "1"}
steps:
  - {id: resize, handler: resize, with: {image: boat.png}, matrix: {width: [200, 800]}, retries: 2}
  - {id: sum, needs: resize, handler: total, with: {amounts: [1, 2.5], of: "${{ needs.resize.outputs.x }}"}}
  - {id: tell, needs: [{step: sum, condition: always}, resize], run: echo hi, timeout: 10m, env: {B: "2"}, when: always}
"""


def photos_of(app: Stateroom):
    @app.task
    async def resize(image: str, width: int = 1) -> dict[str, object]:
        return {"outputs": {"x": f"{image}{width}"}}

    @app.task(name="total")
    async def add(amounts: list[float], of: str) -> float:
        assert of.startswith("boat.png")
        return sum(amounts)

    @app.workflow(description="of boats", env={"A": "1"})
    def photos(flow: Flow) -> None:
        sizes = flow.step(resize, {"image": "boat.png"}, matrix={"width": [200, 800]}, retries=2)
        total = flow.step(add, {"amounts": [1, 2.5], "of": sizes.output("x")}, id="sum", needs=sizes)
        needs = [{"step": total.id, "condition": "always"}, sizes]
        flow.command("tell", "echo hi", needs=needs, timeout="10m", env={"B": "2"}, when="always")

    return photos


def test_a_workflow_in_python_is_what_a_file_would_be():
    app = Stateroom()
    photos = photos_of(app)
    assert app.definitions()["photos"] == load_text(FILE, "photos.yaml").definition
    with pytest.raises(Conflict, match="Two workflows are named 'photos'"):
        app.workflow(name="photos")(photos)


def test_a_wrong_workflow_says_what_is_wrong():
    app = Stateroom()

    @app.workflow()
    def wrong(flow: Flow) -> None:
        flow.command("a", "true", needs="b")

    with pytest.raises(InvalidInput, match=r"The workflow 'wrong' cannot be published: .*`b`"):
        app.definitions()


async def test_a_worker_publishes_workflows_and_their_runs_are_waited_for(db):
    async with Stateroom(settings=db.settings()) as app:
        photos = photos_of(app)
        with pytest.raises(NotFound, match="there is no workflow 'photos'"):
            await app.start(photos)
        async with working(db, app):
            run, again = await asyncio.gather(app.start(photos, key="k"), app.start("photos", key="k"))
            assert run.id == again.id
            await run.result(timeout=30)
            assert await app.publish() == {"photos": 1}
        async with app.session(read_only=True) as session:
            progress = await workflow_progress(session, run.id)
            assert (progress.total, progress.done, progress.percent) == (4, 4, 100)
            found = await workflow_with_steps(session, "photos")
            assert [step.step_key for step in found.steps] == ["resize", "sum", "tell"]
            assert [(each.name, each.running_runs) for each in await active_workflows(session)] == [("photos", 0)]


async def test_a_session_shows_models_as_its_user_sees_them(db):
    people = await db.connect("maintenance")
    async with Stateroom(settings=db.settings()) as app:
        async with app.session() as session:
            project = (await session.scalars(select(Project))).one()
            statement = "insert into stateroom.tasks (project_id, title) values (:project, 'mend the door')"
            await session.execute(text(statement), {"project": project.id})
        await people.execute("select stateroom.create_user('eve')")
        async with app.session(user="local") as session:
            assert [each.title for each in await ready_tasks(session, project=project.id)] == ["mend the door"]
        async with app.session(user="eve") as session:
            assert await ready_tasks(session) == []
            assert project.id not in (await session.scalars(select(Project.id))).all()
        with pytest.raises(NotFound, match="there is no user mallory"):
            async with app.session(user="mallory"):
                pass


async def test_a_failure_is_told_to_who_waits_and_leaves_the_children(db):
    async with Stateroom(settings=db.settings()) as app:

        @app.task(max_retries=0)
        async def broken(ctx) -> None:
            await ctx.enqueue("later", key="x")
            await ctx.enqueue("later", key="x")
            raise ValueError("it broke")

        @app.task
        async def later() -> None: ...

        async with working(db, app):
            with pytest.raises(RunFailed, match="failed: ValueError: it broke") as raised:
                await (await app.enqueue(broken)).result(timeout=20)
        people = await db.connect("maintenance")
        assert await people.fetchval("select count(*) from stateroom.task_runs where parent_run_id is not null") == 1
        assert (raised.value.error_type, raised.value.error_message) == ("ValueError", "it broke")
