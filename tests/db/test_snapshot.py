"""The files that describe the schema say what a fresh install makes, and an upgraded one is the same."""

import asyncio
import sys
from pathlib import Path

import pytest

from stateroom.db import chain, migrate

ROOT = Path(__file__).parents[2]


@pytest.fixture
def generate(monkeypatch, pg_version):
    if pg_version != 18:
        pytest.skip("the snapshot is PostgreSQL 18's")
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    import generate

    yield generate
    for name in ("generate", "database", "schema_pages"):
        sys.modules.pop(name, None)


async def test_the_files_say_what_a_fresh_install_makes_and_an_upgrade_makes_the_same(db, generate):
    await migrate.downgrade(db.maintenance_dsn, "base")
    await migrate.upgrade(db.maintenance_dsn)
    fresh = await asyncio.to_thread(generate.of_database, db.maintenance_dsn)
    for revision in (chain.revisions()[0], "base"):
        await migrate.downgrade(db.maintenance_dsn, revision)
    for revision in chain.revisions():
        await migrate.upgrade(db.maintenance_dsn, revision)
    assert await asyncio.to_thread(generate.of_database, db.maintenance_dsn) == fresh
    assert generate.differing(fresh) == [], "run: python docs/generate.py"
