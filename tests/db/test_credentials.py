"""DSNs: put together, taken apart, and found."""

import stat

import pytest

from stateroom.db.credentials import (
    Credentials,
    dsn_of,
    is_embedded,
    is_pooled,
    with_address,
    with_database,
    with_login,
    without_password,
)
from stateroom.errors import DatabaseUnavailable
from stateroom.settings import Settings

DSN = "postgresql://admin:s3cret@db.example:6432/main?sslmode=require"
ALL = Credentials(maintenance="postgresql://m@h:1/d", app="postgresql://a@h:1/d", engine="e", query="q")


def settings(home, **more):
    return Settings(_env_file=None, home=home, **more)


def test_parts_are_replaced_one_by_one():
    assert (
        with_login(DSN, "o'neil@", "p:/@") == "postgresql://o%27neil%40:p%3A%2F%40@db.example:6432/main?sslmode=require"
    )
    assert with_database(DSN, "other") == "postgresql://admin:s3cret@db.example:6432/other?sslmode=require"
    assert with_address(DSN, "127.0.0.1", 5) == "postgresql://admin:s3cret@127.0.0.1:5/main?sslmode=require"
    assert without_password(DSN) == "postgresql://admin@db.example:6432/main?sslmode=require"


@pytest.mark.parametrize("dsn", ["postgresql:///main?host=/run/pg", "postgresql://h/main"])
def test_dsns_without_a_login(dsn):
    assert without_password(dsn) == dsn
    assert "u:p@" in with_login(dsn, "u", "p")


def test_kept_in_a_file_for_the_owner_only(home):
    ALL.save(home)
    assert Credentials.load(home) == ALL
    assert stat.S_IMODE((home / "credentials.json").stat().st_mode) == 0o600
    assert [each.name for each in home.iterdir()] == ["credentials.json"]


def test_a_link_in_the_way_is_replaced_not_followed(home, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("untouched")
    (home / "credentials.json").symlink_to(victim)
    ALL.save(home)
    assert victim.read_text() == "untouched"
    assert Credentials.load(home) == ALL


def test_never_shown_by_accident():
    assert "postgresql" not in repr(ALL)


def test_the_environment_wins_over_the_file(home):
    ALL.save(home)
    assert dsn_of(settings(home), "app") == ALL.app
    assert dsn_of(settings(home, app_url=DSN), "app") == DSN
    assert dsn_of(settings(home, app_url=DSN), "engine") == ALL.engine


def test_direct_goes_past_the_pooler(home):
    both = settings(home, app_url=DSN, app_direct_url=with_address(DSN, "db.example", 5432))
    assert dsn_of(both, "app") == DSN
    assert dsn_of(both, "app", direct=True).endswith(":5432/main?sslmode=require")
    assert is_pooled(both, "app")
    assert not is_pooled(settings(home, app_url=DSN), "app")
    assert not is_pooled(settings(home, app_url=DSN, app_direct_url=DSN), "app")


def test_nothing_set_up_says_what_to_do(home):
    with pytest.raises(DatabaseUnavailable, match="STATEROOM_ENGINE_URL is not set") as raised:
        dsn_of(settings(home), "engine")
    assert "stateroom up" in raised.value.hint


def test_embedded_unless_another_is_named(home):
    assert is_embedded(settings(home))
    for name in ("database_url", "maintenance_url", "app_url", "engine_url"):
        assert not is_embedded(settings(home, **{name: DSN}))
