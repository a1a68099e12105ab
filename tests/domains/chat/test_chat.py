"""Who may say what to whom, who hears it, and what remains of what was changed or taken back."""

import uuid

import pytest

SEND = "select stateroom.send_message($1, $2)"
DIRECT = "select stateroom.send_message($1, $2, p_recipient => $3)"
TEXTS = "select message from stateroom.chat_messages order by id"
EVERYBODY = ("ann", "carol", "dan", "vic", "eve", "root", None)


async def heard(team, query: str = TEXTS) -> dict[str | None, list[str]]:
    found = {}
    for name in EVERYBODY:
        async with team.acting(name) as app:
            found[name] = [row[0] for row in await app.fetch(query)]
    return found


@pytest.mark.both
@pytest.mark.defect(7)
async def test_channels_are_for_members_and_direct_messages_for_two_people(team):
    await team.value("ann", SEND, team.project, "to all")
    direct = await team.value("carol", DIRECT, team.project, "between us", team.ids["dan"])
    await team.value("carol", "select stateroom.edit_message($1, 'only us')", direct)
    both = ["to all", "only us"]
    assert await heard(team) == {
        "ann": ["to all"],
        "vic": ["to all"],
        "root": ["to all"],
        "eve": [],
        None: [],
        "carol": both,
        "dan": both,
    }
    edits = await heard(team, "select earlier_message from stateroom.chat_message_edits")
    assert {name for name, rows in edits.items() if rows} == {"carol", "dan"}
    async with team.acting("dan", within=team.other) as app:
        assert await app.fetch(TEXTS) == []


@pytest.mark.defect(7)
async def test_the_outbox_and_notifications_do_not_say_what_two_people_say(team):
    secret = "the code is 4711"
    message = await team.value("carol", DIRECT, team.project, secret, team.ids["dan"])
    await team.value("carol", "select stateroom.edit_message($1, $2)", message, secret + "!")
    for table in ("events", "notifications", "audit_logs"):
        if await team.owner.fetchval("select to_regclass('stateroom.' || $1)", table):
            rows = await team.owner.fetch(f"select t::text from stateroom.{table} t")
            assert not [row for row in rows if "4711" in row[0]], table
    assert await team.told("dan") == [("mention", "carol wrote to you")]
    assert await team.told("ann") == []
    types = await heard(team, "select type from stateroom.events where type like 'message%' order by id")
    sent = ["message_sent", "message_edited"]
    assert types == {name: sent if name in {"carol", "dan"} else [] for name in EVERYBODY}


async def test_nobody_speaks_as_somebody_else_or_where_they_may_not(team):
    assert await team.said("vic", SEND, team.project, "hello") == "SR403"
    for name in ("eve", None):
        assert await team.said(name, SEND, team.project, "hello") == "SR404"
        assert await team.said(name, SEND, uuid.uuid4(), "hello") == "SR404"
    insert = (
        "insert into stateroom.chat_messages (project_id, sender_id, message, message_type) values ($1, $2, 'x', $3)"
    )
    assert await team.said("carol", insert, team.project, team.ids["dan"], "text") == "42501"
    assert await team.said("carol", insert, team.project, None, "system") == "42501"
    assert await team.said("root", insert, team.project, team.ids["dan"], "text") == "42501"
    assert await team.said("carol", insert, team.project, None, "text") is None
    for project in (team.project, uuid.uuid4()):
        assert await team.said("eve", insert, project, team.ids["eve"], "text") == "42501"


async def test_a_message_names_only_what_its_sender_sees(team):
    insert = "insert into stateroom.tasks (project_id, status, title) values ($1, 'pending', 't') returning id"
    theirs = await team.owner.fetchval(insert, team.other)
    own = await team.owner.fetchval(insert, team.project)
    secret = await team.value("ann", DIRECT, team.project, "psst", team.ids["dan"])
    open_one = await team.value("ann", SEND, team.project, "hello")
    task = "select stateroom.send_message($1, 'x', p_task => $2)"
    reply = "select stateroom.send_message($1, 'x', p_reply_to => $2)"
    for query, named, said in [
        (DIRECT.replace("$2", "'x'").replace("$3", "$2"), team.ids["eve"], "SR404"),
        (DIRECT.replace("$2", "'x'").replace("$3", "$2"), team.ids["carol"], "SR422"),
        (task, theirs, "SR404"),
        (task, uuid.uuid4(), "SR404"),
        (task, own, None),
        (reply, secret, "SR404"),
        (reply, open_one, None),
    ]:
        assert await team.said("carol", query, team.project, named) == said, (query, named)
    assert await team.said("dan", reply, team.project, secret) == "SR404", (
        "a reply in the open to what was said in private"
    )
    answer = "select stateroom.send_message($1, 'x', p_recipient => $3, p_reply_to => $2)"
    assert await team.said("dan", answer, team.project, secret, team.ids["ann"]) is None


async def test_what_cannot_be_sent_is_refused_with_a_reason(team):
    for text in ("", "x" * 10_001):
        assert await team.said("ann", SEND, team.project, text) == "SR422"
    assert await team.said("ann", SEND + "::text", team.project, None) == "SR422"
    assert await team.said("ann", "select stateroom.send_message($1, 'x', 'Two words')", team.project) == "SR422"
    message = await team.value("ann", SEND, team.project, "x" * 10_000)
    assert await team.said("ann", "select stateroom.edit_message($1, '')", message) == "SR422"


async def test_only_its_sender_edits_a_message_and_the_earlier_text_is_kept(team):
    message = await team.value("carol", SEND, team.project, "one")
    edit = "select stateroom.edit_message($1, $2)"
    assert await team.value("carol", edit, message, "two") is True
    assert await team.value("carol", edit, message, "two") is False
    for name, said in [("ann", "SR403"), ("root", "SR403"), ("eve", "SR404"), (None, "SR404")]:
        assert await team.said(name, edit, message, "three") == said, name
    direct = "update stateroom.chat_messages set message = 'three'"
    for name in ("ann", "root"):
        await team.value(name, direct)
    await team.join("carol", "viewer")
    assert await team.said("carol", edit, message, "three") == "SR403"
    async with team.acting("vic") as app:
        row = await app.fetchrow("select message, edited_at is not null from stateroom.chat_messages")
        kept = await app.fetch("select earlier_message, edited_by from stateroom.chat_message_edits")
    assert tuple(row) == ("two", True)
    assert [tuple(each) for each in kept] == [("one", team.ids["carol"])]
    for column in ("sender_id", "deleted_at", "edited_at", "recipient_id", "project_id"):
        assert await team.said("carol", f"update stateroom.chat_messages set {column} = null") == "42501"


async def test_a_deleted_message_is_gone_for_everybody(team):
    delete = "select stateroom.delete_message($1)"
    first, second, third = [await team.value("carol", SEND, team.project, text) for text in ("1", "2", "3")]
    direct = await team.value("carol", DIRECT, team.project, "4", team.ids["dan"])
    assert await team.said("dan", delete, first) == "SR403"
    assert await team.said("dan", delete, direct) == "SR403"
    for name in ("eve", None):
        assert await team.value(name, delete, first) is False
    assert await team.value("root", delete, direct) is False, "what two people say is not even there for others"
    assert await team.value("carol", delete, first) is True
    assert await team.value("ann", delete, second) is True
    assert await team.value("root", delete, third) is True
    assert await team.value("carol", delete, direct) is True
    assert await team.value("carol", delete, direct) is False
    assert set(map(tuple, (await heard(team)).values())) == {()}
    assert await team.said("carol", "delete from stateroom.chat_messages") == "42501"
    assert await team.owner.fetchval("select count(deleted_at) from stateroom.chat_messages") == 4


async def test_those_who_are_mentioned_are_told_once_and_strangers_never(team):
    text = "Thanks @carol, @Dan. and @dan! not mail@ann.org, nor @eve or @nobody; I am @ann"
    await team.value("ann", SEND, team.project, text)
    for name in ("carol", "dan"):
        assert await team.told(name) == [("mention", "ann mentioned you in general")]
    for name in ("ann", "eve", "vic"):
        assert await team.told(name) == []


async def test_messages_go_with_their_project_and_not_with_their_sender(team):
    await team.value("carol", SEND, team.project, "hello")
    direct = await team.value("carol", DIRECT, team.project, "hi", team.ids["dan"])
    await team.value("carol", "select stateroom.edit_message($1, 'ho')", direct)
    await team.owner.execute("delete from stateroom.users where id = $1", team.ids["carol"])
    assert (await heard(team))["dan"] == ["hello", "ho"]
    await team.owner.execute("delete from stateroom.projects where id = $1", team.project)
    for table in ("chat_messages", "chat_message_edits"):
        assert await team.owner.fetchval(f"select count(*) from stateroom.{table}") == 0
