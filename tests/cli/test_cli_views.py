import asyncio
import io
import json
from datetime import timedelta

import pytest
from recording import BEGIN, EVENTS, at, done, event, line, run, snapshot, step
from rich.console import Console

from stateroom.cli.board import KEPT_STEPS, Board
from stateroom.cli.drawing import Frame, draw, totals
from stateroom.cli.encoding import STAND_INS, speak_any_encoding
from stateroom.cli.follow import JsonLines, LivePicture, PlainLines, view_for
from stateroom.cli.output import LOOKS, ago, clean, duration
from stateroom.cli.reference import reference


def board_of(events):
    board = Board()
    for each in events:
        board.apply(each)
    return board


def drawn(board, height=30, width=100, seconds=8.0, **more):
    return [
        text.plain.rstrip() for text in draw(board, Frame(width, height, BEGIN + timedelta(seconds=seconds), **more))
    ]


def terminal(**more):
    return Console(file=io.StringIO(), width=100, height=30, markup=False, highlight=False, **more)


async def told(view, events):
    board = Board()
    async with view.showing(board):
        for each in events:
            view.take(each, board.apply(each))
            await asyncio.sleep(0)
    return board


def test_a_running_graph_shows_matrix_parts_retries_and_last_lines():
    assert drawn(board_of(EVENTS[:8]), seconds=3.0) == [
        "● ci #12  running 3.0 s  ━━━━────────────────  1 of 5 done · 2 running · 2 waiting",
        "  ✓ lint               1.2 s",
        "  test                      0 of 2 done",
        "    ◷ python=3.11             attempt 1 of 3 failed (exit status 1), again in 1.0 s",
        "    ● python=3.12      1.5 s  2/2 Run the tests │ collected 120 items",
        "  · build                     after test",
        "  · deploy                    after build",
    ]


def test_a_second_attempt_says_so():
    lines = drawn(board_of(EVENTS[:9]), seconds=5.0)
    assert "    ● python=3.11      1.0 s  attempt 2 of 3" in lines
    assert lines[0].endswith("· 1 retry")


def test_a_finished_graph_says_why_it_failed():
    lines = drawn(board_of(EVENTS))
    assert lines[0] == "✗ ci #12  failed 9.0 s  ━━━━━━━━━━━━━━━━━━━━  5 of 5 done · 1 failed · 1 skipped · 1 retry"
    assert "  ✗ build              2.0 s  exit status 2" in lines
    assert "    ✓ python=3.11      2.0 s  at attempt 2" in lines
    assert "  ↷ deploy" in lines


def test_a_graph_taller_than_the_terminal_hides_what_is_done_first():
    steps = [done(f"ok{number:02d}") for number in range(30)]
    steps += [done("bad", "failed", error_message="boom"), step("busy", "running", attempt=1, started_at=at(0))]
    steps += [step(f"later{number:02d}", layer=1) for number in range(30)]
    lines = drawn(board_of([snapshot(steps, done=31, succeeded=30, failed=1, running=1, waiting=30)]), height=6)
    assert len(lines) == 6
    assert [each.split()[1] for each in lines[1:-1]] == ["bad", "busy", "later00", "later01"]
    assert lines[-1] == "  … 30 succeeded, 28 waiting"


def test_a_matrix_that_does_not_fit_leaves_room_for_smaller_ones():
    steps = [
        done("bad", "failed"),
        step("test", "running", map_index=0, matrix={"os": "a"}, attempt=1),
        step("z", "queued"),
    ]
    lines = drawn(board_of([snapshot(steps)]), height=4)
    assert [each.split()[1] for each in lines[1:]] == ["bad", "z", "1"]


def test_numbers_in_names_are_sorted_as_numbers():
    steps = [step(key, "queued") for key in ("t10", "t2", "a", "t")]
    assert [each.split()[1] for each in drawn(board_of([snapshot(steps)]))[1:]] == ["a", "t", "t2", "t10"]


def test_the_workers_own_words_are_not_the_last_line():
    steps = [step("a", "running", attempt=1, started_at=at(7))]
    words = line("a", "Working copy: here", 2, stream="system")
    lines = drawn(board_of([snapshot(steps), event("logs", [line("a", "mine"), words])]))
    assert lines[1].endswith("1.0 s  │ mine")


def test_every_line_fits_the_width():
    assert max(len(each) for each in drawn(board_of(EVENTS[:8]), width=40)) <= 40


def test_a_terminal_without_unicode_gets_stand_ins():
    speak_any_encoding()
    signs = {look.icon for look in LOOKS.values()} | set("".join(drawn(board_of(EVENTS), height=4)))
    assert all(each.isascii() or each in STAND_INS for each in signs)
    assert "✓ ü…".encode("latin-1", errors="stateroom") == b"+ \xfc..."


def test_every_state_has_a_look():
    drawn(board_of([snapshot([step(state, state) for state in LOOKS])]))


async def test_plain_lines_tell_each_change_once():
    out = terminal()
    await told(PlainLines(out), EVENTS)
    said = [each.split(" ", 1)[1] for each in out.file.getvalue().splitlines()]
    assert said == [
        "● ci #12: 5 task runs",
        "● lint started",
        "✓ lint succeeded in 1.2 s",
        "● test (python=3.11) started",
        "● test (python=3.12) started",
        "◷ test (python=3.11) scheduled: attempt 1 of 3 failed (exit status 1), again in 0 ms",
        "● test (python=3.11) started, attempt 2 of 3",
        "✓ test (python=3.11) succeeded in 2.0 s at attempt 2",
        "✓ test (python=3.12) succeeded in 5.5 s",
        "✗ build failed after 2.0 s: exit status 2",
        "↷ deploy skipped",
    ]


async def test_json_lines_are_the_events(capsys):
    await told(JsonLines(), EVENTS)
    assert [json.loads(each) for each in capsys.readouterr().out.splitlines()] == [
        {"event": each["event"], "data": each["data"]} for each in EVENTS
    ]


async def test_the_live_picture_leaves_nothing_behind():
    out = terminal(force_terminal=True, force_interactive=True)
    await told(LivePicture(out), EVENTS)
    written = out.file.getvalue()
    assert "ci #12" in written
    assert written.endswith("\x1b[2K")


@pytest.mark.parametrize(
    ("options", "as_json", "kind"),
    [({}, True, JsonLines), ({}, False, PlainLines), ({"force_terminal": True}, False, LivePicture)],
)
def test_the_view_fits_where_the_output_goes(options, as_json, kind, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(view_for(terminal(**options), as_json=as_json), kind)


def test_a_huge_graph_stays_small():
    board = Board()
    for begin in range(0, 3 * KEPT_STEPS, 500):
        board.apply(event("steps", [done(f"s{number}") for number in range(begin, begin + 500)]))
        board.apply(event("logs", [line(f"s{begin}", "late")]))
    assert len(board.steps) == KEPT_STEPS


def test_failed_steps_are_kept():
    board = board_of([snapshot([done("bad", "failed")])])
    board.apply(event("steps", [done(f"s{number}") for number in range(2 * KEPT_STEPS)]))
    assert "bad" in board.steps


def test_totals_leave_out_what_is_zero():
    assert totals(board_of([snapshot([step("a")], waiting=1)])) == "0 of 1 done · 1 waiting"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 ms"),
        (0.85, "850 ms"),
        (0.9996, "1.0 s"),
        (3.21, "3.2 s"),
        (59.96, "1 m 00 s"),
        (125, "2 m 05 s"),
        (3720, "1 h 02 m"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(5, "5 s ago"), (125, "2 m ago"), (7300, "2 h ago"), (200_000, "2 d ago")]
)
def test_ages(seconds, text):
    assert ago(at(-seconds), BEGIN) == text


def test_output_cannot_move_the_cursor():
    assert clean("\x1b[31mred\x1b[0m\x1b[2J\rback\tend") == "back end"
    assert clean("10 %\r20 %\r") == "20 %"


@pytest.mark.parametrize(
    ("workflow", "text"), [("ci", "ci#12"), ("Build & test", "'Build & test#12'"), ("it's", "0000cafe")]
)
def test_what_to_type_for_a_run(workflow, text):
    assert reference(run() | {"workflow": workflow}) == text
