"""The laboratory as a fixture; after each test the engine's tables must agree with each other."""

from collections.abc import AsyncIterator

import pytest
from lab import Lab


@pytest.fixture
async def lab(db) -> AsyncIterator[Lab]:
    people = await db.connect("maintenance")
    lab = Lab(db, people, await db.connect("engine"), await people.fetchval("select id from stateroom.projects"))
    await lab.register()
    await lab.open_session(lab.session)
    yield lab
    assert await lab.problems() == [], "the engine's tables contradict each other"
