"""A project with people in every role, and hands to work on its tasks with."""

import pytest
from board import Board


@pytest.fixture
async def board(db) -> Board:
    board = Board(db, await db.connect())
    await board.fill()
    return board
