"""The app of a program: `app = Stateroom()`, its handlers and workflows, and what it asks of the database."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self, TypedDict, TypeVar, Unpack, cast, overload
from uuid import UUID

from stateroom.context import Context, Fail, Retry, Snooze
from stateroom.errors import Conflict, InvalidInput, NotFound
from stateroom.handler import Handler, HandlerOptions, make_handler
from stateroom.payloads import ENCODER
from stateroom.programs import drivers, flows, orders
from stateroom.programs.door import Door
from stateroom.programs.flows import Flow, Workflow
from stateroom.programs.orders import Order, Task
from stateroom.programs.runs import Run
from stateroom.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncSession

__all__ = ["Context", "Fail", "Flow", "Handler", "Retry", "Run", "Snooze", "Stateroom"]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class TaskOptions(TypedDict, total=False):
    """What @app.task may say; times are in seconds."""

    name: str
    title: str
    max_retries: int
    retry_policy: Mapping[str, object]
    timeout: float
    start_timeout: float
    heartbeat_timeout: float
    deadline: float
    queue: str
    priority: int
    transaction: bool


class When(TypedDict, total=False):
    """What enqueuing may say; a priority of 10 goes first, `delay` is in seconds, `unique` as in stateroom.enqueue."""

    priority: int | None
    run_at: datetime | None
    delay: float | None
    unique: Mapping[str, object] | None
    project: UUID | str | None


class Stateroom:
    """A collection of handlers and workflows, which workers load as `package.module:app`, and a way to the database.

    Its own connections are opened when they are first needed, and closed by `await app.close()` or `async with app`.
    """

    def __init__(self, *, settings: Settings | None = None, user: str = "local") -> None:
        """Start without handlers.

        Args:
            settings: where the database is; else the environment says it, as for every other part of Stateroom.
            user: the name or e-mail of the user for whom the app's own connections act.
        """
        self._handlers: dict[str, Handler] = {}
        self._workflows: dict[str, Workflow] = {}
        self._door = Door(settings, user)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """All handlers by name."""
        return MappingProxyType(self._handlers)

    def registrations(self) -> list[dict[str, object]]:
        """Return what the database is told about the handlers (`register_handlers`)."""
        return [handler.registration() for handler in self._handlers.values()]

    def definitions(self) -> dict[str, dict[str, object]]:
        """Return the definitions of all workflows by name (`publish_workflow`). Raises InvalidInput for a wrong one."""
        return {name: each.definition(self.name_of) for name, each in self._workflows.items()}

    @overload
    def task(self, function: _Function, /) -> _Function: ...
    @overload
    def task(self, function: None = None, /, **options: Unpack[TaskOptions]) -> Callable[[_Function], _Function]: ...
    def task(
        self, function: _Function | None = None, /, **options: Unpack[TaskOptions]
    ) -> _Function | Callable[[_Function], _Function]:
        """Register a function, plain or async, as the handler `name` (default: the function's name).

        It is called with the run's input as keyword arguments; what it returns must be JSON and becomes the result.
        All times are in seconds: an attempt may take `timeout` (an hour), be silent (without `ctx.progress`) for
        `heartbeat_timeout`, and the run has to begin within `start_timeout` and to end, retries included, within
        `deadline`. `max_retries` is 3; `retry_policy` may give initial_seconds, factor, maximum_seconds, jitter (a
        fraction) and non_retryable (names of exceptions). A `priority` of 10 goes first. With `transaction=True` an
        async handler finds `ctx.connection` in the transaction in which its completion commits. Plain functions run in
        threads, where a time-out cannot stop them.

        Raises:
            InvalidInput: an option or the function is of no use.
            Conflict: the name is taken.
        """

        def register(registered: _Function) -> _Function:
            name = options.get("name") or getattr(registered, "__name__", "")
            self._add(make_handler(name, registered, _options(name, options)))
            return registered

        return register if function is None else register(function)

    def workflow(
        self, *, name: str | None = None, description: str = "", env: Mapping[str, str] | None = None
    ) -> Callable[[_Function], _Function]:
        """Register a function that says the steps of a workflow: it is called with a `Flow`.

        Workers publish it when they start, as they register handlers; so does `await app.publish()`.

        Raises:
            Conflict: the name is taken.
        """

        def register(function: _Function) -> _Function:
            own = name or getattr(function, "__name__", "")
            flows.add(self._workflows, Workflow(own, function, description, dict(env or {})))
            return function

        return register

    async def publish(self, *, project: UUID | str | None = None) -> dict[str, int]:
        """Register the handlers and publish the workflows; return their versions; what is the same stays it.

        Raises:
            InvalidInput: a definition is wrong.
            Forbidden: the user may not manage the project.
        """
        where, versions = orders.text_of(project), dict[str, int]()
        definitions = self.definitions()
        if self._handlers:
            await self._door.fetch(orders.REGISTER, (where, ENCODER.encode(self.registrations())))
        for name, definition in definitions.items():
            rows = await self._door.fetch(orders.PUBLISH, (where, name, ENCODER.encode(definition)))
            versions[name] = rows[0][0]
        return versions

    async def enqueue(
        self,
        task: Task,
        payload: object = None,
        *,
        key: str | None = None,
        connection: Any = None,
        **when: Unpack[When],
    ) -> Run:
        """Enqueue one run, and return it.

        Args:
            task: a handler's function or name; or a title or an id of what others have registered.
            payload: a mapping of inputs by name, or the only input itself.
            key: the same key gives the same run, for 30 days.
            connection: yours, of asyncpg, psycopg or SQLAlchemy: the run exists when your transaction commits.
            when: priority, run_at, delay, unique, project.

        Raises:
            InvalidInput: the payload does not fit the handler, or JSON; an option is wrong.
            NotFound: nobody has registered the task, or the caller may not know of it.
            Forbidden: the caller may not run work in the project.
        """
        (run,) = await self.enqueue_many(
            task, [payload], keys=None if key is None else [key], connection=connection, **when
        )
        return run

    async def enqueue_many(
        self,
        task: Task,
        payloads: Sequence[object],
        *,
        keys: Sequence[str] | None = None,
        connection: Any = None,
        **when: Unpack[When],
    ) -> list[Run]:
        """Enqueue a run for each payload in one statement: all, or none. `keys`: one for each. Raises as enqueue."""
        statement, arguments = self._order(task, payloads, keys, when)
        if connection is None:
            rows = await self._door.fetch(statement, arguments)
        else:
            rows = await drivers.fetch(connection, statement, arguments)
        return self.runs(task, rows)

    def enqueue_sync(
        self, connection: Any, task: Task, payload: object = None, *, key: str | None = None, **when: Unpack[When]
    ) -> Run:
        """Enqueue one run in a transaction of psycopg or SQLAlchemy, without asyncio. Raises as enqueue."""
        statement, arguments = self._order(task, [payload], None if key is None else [key], when)
        return self.runs(task, drivers.fetch_sync(connection, statement, arguments))[0]

    async def start(
        self,
        workflow: Callable[..., Any] | str,
        *,
        env: Mapping[str, str] | None = None,
        key: str | None = None,
        version: int | None = None,
        project: UUID | str | None = None,
    ) -> Run:
        """Start a published workflow, named by its function or name; the same key gives the same run.

        Raises:
            NotFound: it is not published in the project (default: the user's personal one).
        """
        name = workflow if isinstance(workflow, str) else self._workflow_of(workflow)
        number, where = None if version is None else str(version), orders.text_of(project)
        rows = await self._door.fetch(orders.START, (name, number, ENCODER.encode(dict(env or {})), key, where))
        if not rows:
            raise NotFound(f"there is no workflow '{name}'", hint="Publish it first: await app.publish().")
        return Run(rows[0][0], rows[0][1], self._door)

    def session(
        self, *, user: str | None = None, read_only: bool = False
    ) -> "AbstractAsyncContextManager[AsyncSession]":
        """Open a session on the models that sees and may do what this user may, in one transaction.

        Leaving without an error commits, any error rolls back.
        """
        return self._door.session(user, read_only=read_only)

    async def close(self) -> None:
        """Close the app's own connections."""
        await self._door.close()

    async def __aenter__(self) -> Self:
        """Do nothing yet."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close the app's own connections."""
        await self.close()

    def name_of(self, task: Task) -> str:
        """Return a handler's name, given that or its function. Raises InvalidInput for a function that is none."""
        if isinstance(task, str):
            return task
        for handler in self._handlers.values():
            if handler.function is task:
                return handler.name
        raise InvalidInput(f"{task!r} is no handler of this app.", hint="Decorate it with @app.task.")

    def inputs(self, task: Task, payloads: Sequence[object]) -> tuple[str, list[str]]:
        """Return a task's name and its inputs as JSON text. Raises InvalidInput for what does not fit."""
        name = self.name_of(task)
        handler = self._handlers.get(name)
        return name, [orders.input_of(payload, handler, name) for payload in payloads]

    def runs(self, task: Task, rows: Sequence[Sequence[Any]]) -> list[Run]:
        """Return what has been enqueued, to be waited for."""
        handler = self._handlers.get(self.name_of(task))
        decode = handler.signature.result if handler is not None else None
        return [Run(UUID(str(row[0])), bool(row[1]), self._door, decode) for row in rows]

    def _order(
        self, task: Task, payloads: Sequence[object], keys: Sequence[str] | None, when: When
    ) -> tuple[str, orders.Arguments]:
        name, inputs = self.inputs(task, payloads)
        options = cast("dict[str, Any]", {key: value for key, value in when.items() if key != "project"})
        order = Order(task=name, inputs=inputs, keys=keys, **options)
        return orders.ENQUEUE, (*order.arguments(), orders.text_of(when.get("project")))

    def _workflow_of(self, function: Callable[..., Any]) -> str:
        for workflow in self._workflows.values():
            if workflow.build is function:
                return workflow.name
        raise InvalidInput(f"{function!r} is no workflow of this app.", hint="Decorate it with @app.workflow().")

    def _add(self, handler: Handler) -> None:
        other = self._handlers.get(handler.name)
        if other is not None:
            raise Conflict(
                f"Two handlers are named '{handler.name}': {other.place} and {handler.place}.",
                hint="Give one of them another name: @app.task(name=…).",
            )
        self._handlers[handler.name] = handler


def _options(name: str, said: TaskOptions) -> HandlerOptions:
    if unknown := said.keys() - TaskOptions.__annotations__.keys():
        raise TypeError(f"@app.task() has no option {', '.join(sorted(unknown))}")
    return HandlerOptions(
        title=said.get("title") or name,
        timeout_seconds=float(said.get("timeout", 3600)),
        start_timeout_seconds=said.get("start_timeout"),
        heartbeat_timeout_seconds=said.get("heartbeat_timeout"),
        deadline_seconds=said.get("deadline"),
        max_retries=said.get("max_retries", 3),
        retry_policy=dict(said.get("retry_policy") or {}),
        queue=said.get("queue", "default"),
        priority=said.get("priority", 0),
        transaction=said.get("transaction", False),
    )
