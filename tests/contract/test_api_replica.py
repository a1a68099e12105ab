"""With a read replica, lists come from it and all else from the primary."""

import httpx2
import pytest

from stateroom.app import create_app
from stateroom.client import Client
from stateroom.db.credentials import with_database
from stateroom.domains.identity.token import read_token

STEPS = {"steps": [{"key": "a", "action": "command", "command": "true"}]}


@pytest.fixture
async def replica_dsn(db):
    """Another clone stands in for a replica that lags behind: it never hears of what the primary does."""
    name = f"{db.name}_lag"
    admin = await db.connect("admin")
    await admin.execute(f"create database {name} template stateroom_template strategy file_copy")
    yield with_database(db.app_dsn, name)
    await admin.execute(f"drop database {name} with (force)")


async def test_lists_are_read_from_the_replica_and_single_runs_from_the_primary(db, replica_dsn):
    app = create_app(db.settings(replica_url=replica_dsn))
    async with app.router.lifespan_context(app):
        token = read_token(db.home)
        async with Client("http://localhost:8484", token, transport=httpx2.ASGITransport(app)) as client:
            await client.publish("w", STEPS)
            started = await client.start_run("w")
            assert (await client.run(started["id"]))["state"] == "running"
            assert (await client.runs())["items"] == []
            assert await client.workflows() == []
