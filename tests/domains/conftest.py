"""A project with people in it."""

import pytest

from team import Team


@pytest.fixture
async def team(db) -> Team:
    return await Team.gather(db)
