"""The way from a command to the API: which URL, which token, and one event loop around the call."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from stateroom.cli.running import Running
from stateroom.client import Client
from stateroom.errors import InvalidInput
from stateroom.settings import Settings

T = TypeVar("T")
HINT: Final = "The README and .env.example say what each setting means."


def load_settings(**given: Any) -> Settings:
    """Read the settings; what was given on the command line wins over the environment, None is not given.

    Raises:
        InvalidInput: a variable, or what was given, has no valid value.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise InvalidInput("; ".join(_said(dict(each)) for each in error.errors()), hint=HINT) from None


def connect(settings: Settings) -> Client:
    """Return a client of the API that was named, else of the `up` that serves this home, else of the default port."""
    running = None if settings.api_url else Running.load(settings.home)
    return Client.of(settings.model_copy(update={"api_url": running.url}) if running else settings)


def call(work: Callable[[Client], Awaitable[T]]) -> T:
    """Run one piece of work with a client."""

    async def main() -> T:
        async with connect(load_settings()) as client:
            return await work(client)

    return asyncio.run(main())


def _said(problem: dict[str, Any]) -> str:
    name = "STATEROOM_" + "_".join(str(each) for each in problem["loc"]).upper()
    return f"{name.replace('STATEROOM_STATEROOM_', 'STATEROOM_')}: {problem['msg']}, got {problem['input']!r}"
