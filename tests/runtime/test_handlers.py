"""Handlers: registering, loading, calling."""

import asyncio
import functools
import json
import threading

import pytest

from stateroom import Context, Fail, Snooze, Stateroom
from stateroom.errors import Conflict, InvalidInput
from stateroom.loading import load_app
from stateroom.runtime.handling import HandlerOutcome, call


class Sink:
    def __init__(self):
        self.said = []
        self.threads = set()

    def log(self, level, message, data):
        self.threads.add(threading.get_ident())
        self.said.append((level, message, data))

    def progress(self, percent, message, data):
        self.threads.add(threading.get_ident())
        self.said.append((percent, message, data))


@pytest.fixture
def app():
    return Stateroom()


@pytest.fixture
async def ask(app):
    sink = Sink()

    async def ask(payload="{}", **options):
        (handler,) = app.handlers.values()
        context = Context("0198", 2, handler.name, None, sink, asyncio.Event(), asyncio.get_running_loop())
        return await call(handler, payload, lambda: context, **options)

    ask.sink = sink
    return ask


def test_registering_keeps_the_function_usable(app):
    @app.task
    def plain(a, b=1):
        return a + b

    @app.task(name="mail.send", title="Send mail", max_retries=5, timeout=10, queue="mail", priority=7)
    async def send(): ...

    assert plain(1) == 2
    assert list(app.handlers) == ["plain", "mail.send"]
    assert app.registrations()[1] == {
        "handler": "mail.send",
        "title": "Send mail",
        "timeout_seconds": 10.0,
        "start_timeout_seconds": None,
        "heartbeat_timeout_seconds": None,
        "deadline_seconds": None,
        "max_retries": 5,
        "retry_policy": {},
        "queue": "mail",
        "priority": 7,
    }
    with pytest.raises(TypeError):
        app.handlers["other"] = None


def test_a_name_is_taken_once(app):
    app.task(name="twice")(lambda: 1)
    with pytest.raises(Conflict, match=r"Two handlers are named 'twice': .*test_handlers.py:\d+ and .*test_handlers"):
        app.task(name="twice")(lambda: 2)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_retries": -1}, "max_retries"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"priority": 11}, "priority"),
        ({"name": "x" * 256}, "255"),
        ({"retry_policy": {"base": 1}}, "base"),
    ],
)
def test_options_are_checked(app, options, said):
    with pytest.raises(InvalidInput, match=said):
        app.task(**options)(lambda: 1)


def test_functions_are_checked(app):
    def counts():
        yield 1

    def positional(a, /): ...

    with pytest.raises(InvalidInput, match="generator"):
        app.task(counts)
    with pytest.raises(InvalidInput, match="positional-only"):
        app.task(positional)


async def test_plain_functions_run_in_threads(app, ask):
    @app.task
    def where(a, *, b=2):
        return {"thread": threading.get_ident(), "sum": a + b}

    outcome = await ask('{"a": 1}')
    said = json.loads(outcome.result)
    assert (outcome.state, said["sum"]) == ("succeeded", 3)
    assert said["thread"] != threading.get_ident()


async def test_async_functions_run_here(app, ask):
    @app.task
    async def where(**values):
        return [threading.get_ident(), values]

    assert json.loads((await ask('{"x": 1}')).result) == [threading.get_ident(), {"x": 1}]


async def test_what_never_waits_can_be_stepped_by_hand(app):
    @app.task
    async def quick(n):
        return n + 1

    context = Context("0198", 1, "quick", None, Sink(), asyncio.Event(), asyncio.get_running_loop())
    with pytest.raises(StopIteration) as end:
        call(app.handlers["quick"], '{"n": 1}', context).send(None)
    assert end.value.value == HandlerOutcome("succeeded", result="2")


async def test_none_is_no_result(app, ask):
    app.task(name="none")(lambda: None)
    assert await ask() == HandlerOutcome("succeeded")


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ("{}", "'a' is missing"),
        ('{"a": 1, "c": 2}', "'c' is not a parameter"),
        ('{"a": 1, "ctx": 2}', "ctx"),
        ("[1]", "JSON object"),
    ],
)
async def test_an_input_that_does_not_fit_is_not_tried_again(app, ask, payload, said):
    @app.task
    def add(a, ctx, b=1): ...

    outcome = await ask(payload)
    assert (outcome.state, outcome.error_type, outcome.retry) == ("failed", "InvalidInput", False)
    assert said in outcome.error_message


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, float("nan"), {"a": b"bytes"}, {(1, 2): 3}, "nul \0", "\\\0", "\ud800"],
    ids=["object", "set", "nan", "bytes", "keys", "nul", "escaped nul", "surrogate"],
)
async def test_a_result_that_is_no_json_is_refused(app, ask, value):
    app.task(name="odd")(lambda: value)
    outcome = await ask()
    assert (outcome.state, outcome.error_type, outcome.retry) == ("failed", "InvalidResult", False)


async def test_a_result_may_speak_of_nul(app, ask):
    app.task(name="fine")(lambda: {"said": "\\u0000", "€": "ü"})
    assert (await ask()).result == '{"said":"\\\\u0000","€":"ü"}'


async def test_a_result_that_holds_itself_is_refused(app, ask):
    circle = []
    circle.append(circle)
    app.task(name="odd")(lambda: circle)
    assert (await ask()).error_type == "InvalidResult"


class OwnError(Exception):
    pass


@pytest.mark.parametrize("is_async", [True, False])
@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OwnError("what\0ever"), "OwnError"),
        (StopIteration(), "StopIteration"),
        (SystemExit(2), "SystemExit"),
        (TimeoutError("mine"), "TimeoutError"),
        (asyncio.CancelledError(), "CancelledError"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_a_handler_raises_is_its_outcome(app, ask, is_async, error, kind):
    def fails():
        raise error

    async def fails_later():
        await asyncio.sleep(0)
        raise error

    app.task(name="fails")(fails_later if is_async else fails)
    outcome = await ask()
    if is_async and kind == "StopIteration":
        kind = "RuntimeError"  # Python's own way with coroutines
    assert (outcome.state, outcome.error_type, outcome.retry) == ("failed", kind, True)
    assert "fails" in outcome.traceback
    assert "\0" not in outcome.error_message + outcome.traceback


async def test_failing_for_good_and_snoozing(app, ask):
    @app.task
    def choose(how):
        raise Fail("no use") if how == "fail" else Snooze(90)

    failed = await ask('{"how": "fail"}')
    assert (failed.state, failed.error_type, failed.error_message, failed.retry) == ("failed", "Fail", "no use", False)
    snoozed = await ask('{"how": "snooze"}')
    assert (snoozed.state, snoozed.delay_seconds) == ("snoozed", 90)


async def test_a_cancelled_call_is_cancelled(app, ask):
    started = asyncio.Event()

    @app.task
    async def forever():
        started.set()
        await asyncio.Event().wait()

    calling = asyncio.create_task(ask())
    await started.wait()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling


async def test_the_context_speaks_from_any_thread(app, ask):
    @app.task
    def talks(ctx: Context):
        ctx.log("hello", data={"n": 1})
        ctx.progress(50, "half", data={"at": 5})
        return [ctx.run_id, ctx.attempt, ctx.task, ctx.cancelled]

    outcome = await ask()
    await asyncio.sleep(0)
    assert json.loads(outcome.result) == ["0198", 2, "talks", False]
    assert ask.sink.said == [("info", "hello", {"n": 1}), (50, "half", {"at": 5})]
    assert ask.sink.threads == {threading.get_ident()}


async def test_the_context_refuses_nonsense(app, ask):
    @app.task
    async def talks(ctx, level, percent):
        ctx.progress(percent)
        ctx.log("x", level=level)

    assert (await ask('{"level": "loud", "percent": 1}')).error_type == "ValueError"
    assert (await ask('{"level": "info", "percent": 101}')).error_type == "ValueError"


async def test_wrapped_and_callable_handlers(app):
    async def inner(n):
        await asyncio.sleep(0)
        return n

    @app.task(name="wrapped")
    @functools.wraps(inner)
    def wrapper(**values):
        return inner(**values)

    class Counter:
        async def __call__(self, n):
            return n + 1

    app.task(name="object")(Counter())
    app.task(name="partial")(functools.partial(inner, n=3))
    context = Context("0198", 1, "x", None, Sink(), asyncio.Event(), asyncio.get_running_loop())
    results = [
        (await call(app.handlers[name], payload, context)).result
        for name, payload in [("wrapped", '{"n": 1}'), ("object", '{"n": 1}'), ("partial", "{}")]
    ]
    assert results == ["1", "2", "3"]


@pytest.fixture
def modules(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    (tmp_path / "shop_handlers.py").write_text(
        "from stateroom import Stateroom\napp = Stateroom()\nnested = type('N', (), {'app': app})\nnumber = 1\n"
    )
    (tmp_path / "broken_handlers.py").write_text("1 / 0\n")
    (tmp_path / "needy_handlers.py").write_text("import not_installed_anywhere\n")
    (tmp_path / "empty_handlers.py").write_text("")


@pytest.mark.usefixtures("modules")
def test_loading():
    assert isinstance(load_app("shop_handlers:app"), Stateroom)
    assert load_app("shop_handlers:nested.app") is load_app("shop_handlers:app")


@pytest.mark.usefixtures("modules")
@pytest.mark.parametrize(
    ("spec", "said", "hint"),
    [
        ("shop_handlers", "does not name handlers", "package.module:app"),
        (":app", "does not name handlers", "package.module:app"),
        ("no_such_module:app", "no module 'no_such_module'", "looked for in"),
        ("shop_handlers.sub:app", "no module 'shop_handlers.sub'", "looked for in"),
        ("needy_handlers:app", "needs the module 'not_installed_anywhere'", None),
        ("broken_handlers:app", "ZeroDivisionError: division by zero", None),
        ("shop_handlers:ap", "has no 'ap'", "shop_handlers:app"),
        ("shop_handlers:number", "is a int", "shop_handlers:app"),
        ("empty_handlers:app", "has no 'app'", "app = Stateroom()"),
    ],
)
def test_what_cannot_be_loaded_says_why(spec, said, hint):
    with pytest.raises(InvalidInput) as error:
        load_app(spec)
    assert said in error.value.message
    assert hint is None or hint in error.value.hint
