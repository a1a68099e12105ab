"""`stateroom db upkeep`, `archive` and `load-archive`, as one types them."""

from datetime import UTC, datetime

from stateroom.runtime.upkeep_jobs import JOBS


def test_upkeep_is_listed_tried_and_done(stateroom, db, monkeypatch):
    monkeypatch.setenv("STATEROOM_MAINTENANCE_URL", db.maintenance_dsn)
    listed = stateroom("db", "upkeep", "--json")
    assert [(each["job"], each["last_started_at"]) for each in listed.json] == [(job.name, None) for job in JOBS]
    tried = stateroom("db", "upkeep", "--job", "views", "--dry-run")
    assert tried.out.startswith("views, dry run: 2 views, ")
    assert stateroom("db", "upkeep", "--job", "views", "--json").json["rows"] == 2
    done = {each["job"]: each for each in stateroom("db", "upkeep", "--json").json}
    assert [name for name, each in done.items() if each["last_succeeded_at"]] == ["views"]
    assert "refresh materialised views" in stateroom("db", "upkeep").out
    planned = stateroom("db", "upkeep", "--job", "analyze", "--dry-run").out
    assert "analyze stateroom.tasks\n" in planned
    unknown = stateroom("db", "upkeep", "--job", "nope", "--json")
    assert unknown.status == 3
    assert "mark-delayed" in unknown.error["hint"]


def test_a_partition_goes_to_a_file_and_comes_back(stateroom, db, monkeypatch, tmp_path):
    monkeypatch.setenv("STATEROOM_MAINTENANCE_URL", db.maintenance_dsn)
    name = f"logs_{datetime.now(UTC):%Y_%m}"
    written = stateroom("db", "archive", name, "--folder", tmp_path)
    assert written.out.startswith(f"{name}: 0 rows in ")
    back = stateroom("db", "load-archive", tmp_path / f"{name}.json", "--keep-days", 3)
    assert back.out == "0 of 0 rows are back in logs for 3 days\n"
    for arguments, said in (
        (("archive", "users"), "no partition"),
        (("load-archive", tmp_path / "none.json"), "no archive"),
    ):
        refused = stateroom("db", *arguments, "--json")
        assert refused.status != 0
        assert said in refused.error["message"]
