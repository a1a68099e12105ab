"""Calls a handler and turns whatever it does into an outcome."""

import asyncio
import contextvars
import inspect
import json
import traceback
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Final, Literal, NamedTuple, cast

from stateroom.context import Context, Fail, Retry, Snooze
from stateroom.errors import InvalidInput
from stateroom.handler import Handler
from stateroom.payloads import encode
from stateroom.runtime.output import clean

_MESSAGE_LENGTH: Final = 8 * 1024
_TRACEBACK_LENGTH: Final = 16 * 1024


class HandlerOutcome(NamedTuple):
    """What came of one attempt; `result` is JSON text, `retry` says whether another attempt may help.

    `settled` means that the ending is written, or is another attempt's affair.
    """

    state: Literal["succeeded", "failed", "timed_out", "snoozed", "settled"]
    result: str | None = None
    error_type: str | None = None
    error_message: str | None = None
    traceback: str | None = None
    retry: bool = True
    delay_seconds: float | None = None


class Call(NamedTuple):
    """A handler, its input as JSON text, and what makes its context."""

    handler: Handler
    payload: str
    context: Callable[[], Context]


async def call(
    handler: Handler, payload: str, context: Callable[[], Context], executor: Executor | None = None
) -> HandlerOutcome:
    """Call a handler with its input as JSON text; plain functions run in a thread of the executor.

    It raises nothing but the cancellation of the calling task, and limits no time: that is the caller's affair. A plain
    function cannot be stopped: after a cancellation its thread goes on, told by `ctx.cancelled`, and what it returns is
    dropped.
    """
    try:
        arguments = handler.arguments(_decode(payload), context)
    except InvalidInput as error:
        said = f"{error.message} {error.hint or ''}".rstrip()
        return HandlerOutcome("failed", error_type="InvalidInput", error_message=said, retry=False)
    try:
        if handler.is_async:
            value = await handler.function(**arguments)
        else:
            value, raised = await _in_thread(handler, arguments, executor)
            if raised is not None:
                return failure(raised)
            if inspect.isawaitable(value):  # a plain wrapper around an async function
                value = await value
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        return failure(error)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001 (sys.exit() in a handler must not end the worker)
        return failure(error)
    try:
        return HandlerOutcome("succeeded", result=None if value is None else encode(value, "result"))
    except InvalidInput as error:
        return HandlerOutcome("failed", error_type="InvalidResult", error_message=error.message, retry=False)


async def _in_thread(
    handler: Handler, arguments: dict[str, Any], executor: Executor | None
) -> tuple[Any, BaseException | None]:
    """Return value or exception: some exceptions, StopIteration for one, cannot be carried by a future."""

    def run() -> tuple[Any, BaseException | None]:
        try:
            return handler.function(**arguments), None
        except BaseException as error:  # noqa: BLE001 (as above)
            return None, error

    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(executor, contextvars.copy_context().run, run)


def failure(error: BaseException) -> HandlerOutcome:
    """Describe what a handler raised."""
    if isinstance(error, Snooze):
        return HandlerOutcome("snoozed", delay_seconds=max(0.0, error.delay_seconds))
    delay = max(0.0, error.delay_seconds) if isinstance(error, Retry) else None
    text = clean("".join(traceback.format_exception(error)))
    return HandlerOutcome(
        "failed",
        error_type=type(error).__name__,
        error_message=clean(str(error))[:_MESSAGE_LENGTH] or type(error).__name__,
        traceback=text[-_TRACEBACK_LENGTH:],
        retry=not isinstance(error, Fail),
        delay_seconds=delay,
    )


def _decode(payload: str) -> dict[str, object]:
    values: object = json.loads(payload) if payload else {}
    if not isinstance(values, dict):
        raise InvalidInput("The input of a handler must be a JSON object: names and values.")
    return cast("dict[str, object]", values)
