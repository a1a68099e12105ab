"""What statements are logged: slow ones with the hash of their plan, all with STATEROOM_DATABASE_ECHO; never a value.

connection ── LoggedQuery ── longer than a second? ── fingerprint ── plan, on a connection of its own ── one line
(asyncpg calls it after the answer has gone to the caller)
"""

import asyncio
import hashlib
import json
import logging
import re
from collections import OrderedDict
from typing import Any, Final, cast

import asyncpg
from asyncpg.connection import Connection, LoggedQuery
from asyncpg.pool import PoolConnectionProxy

from stateroom.db.connect import PING, connect
from stateroom.db.credentials import Login, dsn_of, is_pooled
from stateroom.errors import StateroomError
from stateroom.settings import Settings

LOG: Final = logging.getLogger("stateroom.database")
NO_PLAN: Final = "-"
TEXT_LENGTH: Final = 300
KNOWN_PLANS: Final = 500
PENDING: Final = 20
"""Statements whose plan is still to be asked for; what comes on top is logged without."""

PLAN_SECONDS: Final = 5
PARTS: Final = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<name>"[^"]*")
    |e'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|(\$\w*\$)(?:.*?)\3|(?<![\w$])\d+(?:\.\d+)?\b""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
# What makes a plan's shape; costs, rows and conditions change with the data.
SHAPE: Final = ("Node Type", "Relation Name", "Index Name", "Join Type", "Strategy", "Function Name", "CTE Name")


class Statements:
    """Listens to the connections of one pool."""

    def __init__(self, settings: Settings, pool: str, login: Login, *, role: str | None = None) -> None:
        """Listen to nothing yet; plans are made as `role`, if the pool's transactions change it."""
        self._settings = settings
        self._pool = pool
        self._login: Login = login
        self._role = role
        self._plans: OrderedDict[str, str] = OrderedDict()
        self._asking: set[asyncio.Task[None]] = set()
        self._one = asyncio.Lock()
        if settings.database_echo:
            self.speak()

    @staticmethod
    def speak() -> None:
        """Let all statements be written, where nobody has said yet where to."""
        LOG.setLevel(logging.INFO)
        if not LOG.hasHandlers():
            LOG.addHandler(logging.StreamHandler())

    def listen(self, connection: Connection | PoolConnectionProxy) -> None:
        """Hear of each statement of a connection, after its answer."""
        connection.add_query_logger(self._heard)

    async def drain(self) -> None:
        """Wait for lines that are not written yet."""
        while self._asking:
            await asyncio.wait(self._asking)

    def stop(self) -> None:
        """Forget lines that are not written yet."""
        for each in self._asking:
            each.cancel()

    def _heard(self, record: LoggedQuery) -> None:
        slow = record.elapsed >= self._settings.database_slow_statement_seconds
        if slow and len(self._asking) < PENDING:
            task = asyncio.ensure_future(self._slow(record))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        elif slow:
            self._say(record, plan=NO_PLAN)
        elif self._settings.database_echo and record.query != PING:
            LOG.info("statement pool=%s ms=%.1f: %s", self._pool, record.elapsed * 1000, bare(record.query))

    async def _slow(self, record: LoggedQuery) -> None:
        known = fingerprint(record.query)
        async with self._one:
            if known not in self._plans:
                self._plans[known] = await self._plan(record.query)
                if len(self._plans) > KNOWN_PLANS:
                    self._plans.popitem(last=False)
        self._say(record, plan=self._plans.get(known, NO_PLAN))

    def _say(self, record: LoggedQuery, *, plan: str) -> None:
        LOG.warning(
            "slow statement pool=%s ms=%.0f statement=%s plan=%s%s: %s",
            self._pool,
            record.elapsed * 1000,
            fingerprint(record.query),
            plan,
            f" error={type(record.exception).__name__}" if record.exception else "",
            bare(record.query)[:TEXT_LENGTH],
        )

    async def _plan(self, query: str) -> str:
        """Return the hash of the plan's shape for any parameters; nothing is executed."""
        try:
            async with asyncio.timeout(PLAN_SECONDS):
                dsn = dsn_of(self._settings, self._login)
                connection = await connect(dsn, pooled=is_pooled(self._settings, self._login))
                try:
                    return plan_hash(await generic_plan(connection, query, role=self._role))
                finally:
                    connection.terminate()
        except (TimeoutError, OSError, StateroomError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return NO_PLAN  # BEGIN with a context, COMMIT, a server that is away: nothing that has a plan


async def generic_plan(connection: Connection, query: str, *, role: str | None) -> dict[str, Any]:
    """Plan a statement for any parameters, without executing it.

    EXPLAIN (generic_plan) needs PostgreSQL 16: a prepared statement with NULLs in its place does it on 15.
    """
    async with connection.transaction(readonly=True):
        await connection.execute("set local plan_cache_mode = 'force_generic_plan'")
        if role is not None:
            await connection.execute("select set_config('role', $1, true)", role)
        prepared = await connection.prepare(query, name="planned")
        count = len(prepared.get_parameters())
        nulls = f"({', '.join(['null'] * count)})" if count else ""
        shown = await connection.fetchval("explain (format json, costs off) execute planned" + nulls)
        return cast("dict[str, Any]", json.loads(shown)[0]["Plan"])


def plan_hash(plan: dict[str, Any]) -> str:
    """Hash what a plan does to which relations by which indexes."""
    return hashlib.sha256(json.dumps(_shape(plan)).encode()).hexdigest()[:12]


def _shape(plan: dict[str, Any]) -> list[Any]:
    return [[plan.get(key) for key in SHAPE], [_shape(each) for each in plan.get("Plans", ())]]


def bare(query: str) -> str:
    """Return a statement in one line, with `?` for each value that stands in it and without comments."""
    return " ".join(PARTS.sub(_hidden, query).split())


def _hidden(part: re.Match[str]) -> str:
    if part["comment"] is not None:
        return " "
    return "?" if part["name"] is None else part["name"]


def fingerprint(query: str) -> str:
    """Return what is the same for the same statement with other values."""
    return hashlib.sha256(bare(query).encode()).hexdigest()[:12]
