"""What search finds, in which order, and for whom."""

import pytest

from team import Team

SEARCH = "select kind, title, snippet from stateroom.search($1)"
KINDS = ("task", "project", "workflow", "triage_item", "chat_message")


@pytest.fixture
async def team(db) -> Team:
    """A project in which the word migration stands once in each kind, and in private between carol and dan."""
    team = await Team.gather(db)
    owner, project = team.owner, team.project
    await owner.execute("update stateroom.projects set name = 'Migrations of data' where id = $1", project)
    await owner.execute(
        "insert into stateroom.tasks (project_id, kind, status, title, description, created_by, number)"
        " values ($1, 'planned', 'pending', 'Write the migration', 'with <b>care</b>', $2, 42),"
        " ($1, 'planned', 'pending', 'Paint the door', 'before the migration of birds', $3, 43)",
        *(project, team.ids["ann"], team.ids["dan"]),
    )
    await owner.execute("insert into stateroom.workflows (project_id, name) values ($1, 'migrate nightly')", project)
    await team.value("carol", "select stateroom.report_issue($1, 'Migration is slow')", project)
    await team.value("carol", "select stateroom.send_message($1, 'who runs migrations?')", project)
    direct = "select stateroom.send_message($1, 'my migration secret', p_recipient => $2)"
    await team.value("carol", direct, project, team.ids["dan"])
    return team


async def found(team, name, query, *more) -> list[tuple[str, str]]:
    async with team.acting(name) as app:
        arguments = ", ".join(f"${no + 2}" for no in range(len(more)))
        statement = f"select kind, title from stateroom.search($1{', ' if more else ''}{arguments})"
        return [tuple(row) for row in await app.fetch(statement, query, *more)]


EVERYTHING = {
    ("task", "Write the migration"),
    ("task", "Paint the door"),
    ("project", "Migrations of data"),
    ("workflow", "migrate nightly"),
    ("triage_item", "Migration is slow"),
    ("chat_message", "who runs migrations?"),
}
SECRET = ("chat_message", "my migration secret")


@pytest.mark.both
@pytest.mark.defect(7)
async def test_everybody_finds_what_they_may_see(team):
    for name in ("ann", "vic", "root"):
        assert set(await found(team, name, "migration")) == EVERYTHING, name
    for name in ("carol", "dan"):
        assert set(await found(team, name, "migration")) == EVERYTHING | {SECRET}, name
    for name in ("eve", None):
        for query in ("migration", "migratoin", "#42", "-nothing"):
            rows = await found(team, name, query)
            assert {title for _, title in rows} <= ({"p"} if name else set()), (name, query)
    await team.hide()
    assert set(await found(team, "vic", "migration")) == {
        row for row in EVERYTHING if row[0] in {"project", "workflow", "chat_message"}
    }
    hidden = {("task", "Write the migration"), ("triage_item", "Migration is slow")}
    assert set(await found(team, "dan", "migration")) == (EVERYTHING | {SECRET}) - hidden
    assert ("triage_item", "Migration is slow") in await found(team, "carol", "migration")
    assert await found(team, "dan", "#42") == []
    async with team.acting("dan", within=team.other) as app:
        assert await app.fetch(SEARCH, "migration") == []


async def test_titles_come_before_texts_and_full_text_before_what_is_only_similar(team):
    tasks = await found(team, "ann", "migration", ["task"])
    assert tasks == [("task", "Write the migration"), ("task", "Paint the door")]
    assert await found(team, "ann", "migration door", ["task"]) == tasks[::-1], "the second is only similar"
    assert await found(team, "ann", "migration -write", ["task"]) == [("task", "Paint the door")]
    assert await found(team, "ann", '"the migration" -birds', ["task"]) == [("task", "Write the migration")]
    assert len(await found(team, "ann", "migration", None, 2)) == 2
    for kind in KINDS:
        assert {row[0] for row in await found(team, "ann", "migration", [kind])} == {kind}


async def test_names_are_found_in_spite_of_typing_errors(team):
    for typed, expected in [
        ("migratoin", {"Write the migration", "Migrations of data", "migrate nightly", "Migration is slow"}),
        ("paitn", {"Paint the door"}),
        ("nighly", {"migrate nightly"}),
        ("zebra", set()),
    ]:
        assert {title for _, title in await found(team, "ann", typed)} == expected, typed


async def test_a_number_finds_the_task(team):
    for typed in ("#42", " #42 "):
        assert await found(team, "vic", typed) == [("task", "Write the migration")]
    assert await found(team, "vic", "#44") == []
    assert await found(team, "vic", "#42", ["project"]) == []


async def test_snippets_show_where_and_leave_tags_out(team):
    async with team.acting("ann") as app:
        rows = {row["title"]: row["snippet"] for row in await app.fetch(SEARCH, "migrations")}
        care = await app.fetchval("select snippet from stateroom.search('care', '{task}')")
    assert rows["Paint the door"] == "before the «migration» of birds"
    assert care == "with  «care»"
    assert rows["migrate nightly"] is None


async def test_what_cannot_be_searched_is_refused_and_odd_words_are_harmless(team):
    call = "select count(*) from stateroom.search($1, $2, $3)"
    for query, kinds, limit in [
        *(("", None, 20), ("  ", None, 20), (None, None, 20), ("x" * 1001, None, 20)),
        *(("x", ["user"], 20), ("x", None, 0), ("x", None, 101), ("x", None, None)),
    ]:
        assert await team.said("ann", call, query, kinds, limit) == "SR422", (query, kinds, limit)
    for odd in ("the", "'", '"', "a & | ! (", "<->", "-", "#", "%", "\\", "or or", "日本", "x" * 1000, "#9999999999"):
        assert await team.said("ann", call, odd, None, 20) is None, odd
