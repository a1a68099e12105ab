"""The page that says where the parts of the five systems went names what there is."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "data-model.md"
# Words in code that name no object of the database: kinds, states, a direction, columns, and the schema.
WORDS = {"out", "planned", "routine", "step", "completed", "pending", "deleted_at", "stateroom"}
RELATIONS = (
    "select relname from pg_class where relnamespace = 'stateroom'::regnamespace and relkind in ('r', 'p', 'v', 'm')"
)
FUNCTIONS = "select proname || '()' from pg_proc where pronamespace = 'stateroom'::regnamespace"
ROLES = "select rolname from pg_roles where rolname like 'stateroom%'"


async def test_everything_that_the_page_names_exists(db):
    connection = await db.connect()
    known = {row[0] for query in (RELATIONS, FUNCTIONS, ROLES) for row in await connection.fetch(query)}
    named = set(re.findall(r"`([^`]+)`", PAGE.read_text(encoding="utf-8")))
    assert len(named) > 60
    assert named - known - WORDS == set()
