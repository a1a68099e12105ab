"""Services with a login of their own: three verbs, in the projects that they were granted."""

import asyncpg
import pytest
from typer.testing import CliRunner

from crowd import Crowd, refused
from stateroom.cli.db import app as commands
from stateroom.db.credentials import with_login

pytestmark = pytest.mark.both

ENQUEUE = "select stateroom.enqueue('h', p_project => $1)"


@pytest.fixture
async def login(db):
    """A login that is a member of stateroom_client."""
    name = f"client_{db.name[2:14]}"
    admin = await db.connect("admin")
    await admin.execute(f"create role {name} login password 'secret' in role stateroom_client")
    await admin.execute(f"grant connect on database {db.name} to {name}")
    yield name
    await admin.execute(f"drop owned by {name}; drop role {name}")


async def test_a_service_does_three_things_where_it_was_granted_and_nothing_else(db, login):
    crowd = await Crowd.make(db, ann="developer")
    project, other = await crowd.project("ann"), await crowd.project("ann", "other")
    for each in (project, other):
        async with crowd.acting("ann") as app:
            await app.execute('select stateroom.register_handlers($1, \'[{"handler": "h"}]\')', each)
    grant = "select stateroom.grant_client($1, $2)"
    assert await refused(crowd.owner, grant, "stateroom_app", project) == "SR409"
    assert await refused(crowd.owner, grant, login, crowd.ids["ann"]) == "SR404"
    await crowd.owner.execute(grant, login, project)
    service = await asyncpg.connect(with_login(db.dsn("app"), login, "secret"))
    try:
        async with service.transaction():
            run = await service.fetchval(ENQUEUE, project)
            assert '"queued"' in await service.fetchval("select stateroom.result($1)", run)
            assert await service.fetchval("select stateroom.cancel_run($1)", run) == "cancelled"
        assert await refused(service, ENQUEUE, other) == "SR404"
        for statement in (
            "select stateroom.set_context($1, 'admin')",
            "select stateroom.retry_run($1)",
            "select from stateroom.projects where id = $1",
            "select from stateroom.client_grants where id = $1",
        ):
            assert await refused(service, statement, run) == "42501", statement
        assert await crowd.owner.fetchval("select stateroom.revoke_client($1, $2)", login, project) is True
        assert await refused(service, ENQUEUE, project) == "SR404"
        assert await refused(service, "select stateroom.result($1)", run) == "SR404"
    finally:
        await service.close()


def test_the_command_grants_by_name_or_id_and_takes_back(db, monkeypatch):
    for name, value in db.env().items():
        if name.startswith("STATEROOM_"):
            monkeypatch.setenv(name, value)
    said = [CliRunner().invoke(commands, [verb, "shop", "personal"]) for verb in ("grant", "revoke", "revoke")]
    assert [each.exit_code for each in said[:2]] == [0, 0]
    assert "grant stateroom_client" in said[0].output
    assert said[2].exception is not None
