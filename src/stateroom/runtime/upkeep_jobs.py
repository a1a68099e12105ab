"""The jobs of the upkeep: what each does, when, and with which statement."""

from dataclasses import dataclass
from typing import Final, Literal

from stateroom.settings import Settings

Every = Literal["minute", "hour", "day", "week", "month"]
Way = Literal["statement", "plan", "expire"]


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    `way` says what the SQL is: a `statement` runs in one transaction and returns how many rows (or what `unit` says)
    it has changed; a `plan` returns statements that are run one by one outside transactions; `expire` archives and
    drops partitions.
    """

    name: str
    every: Every
    what: str
    sql: str
    way: Way = "statement"
    unit: str = "rows"


ANALYZE: Final = """
select format('analyze stateroom.%I', c.relname) from pg_class c
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname"""

JOBS: Final[tuple[Job, ...]] = (
    Job(
        "mark-delayed",
        "minute",
        "mark tasks whose end has passed",
        "select stateroom.mark_delayed_tasks()",
    ),
    Job(
        "run-stats",
        "minute",
        "count what has ended into run_stats",
        "select stateroom.rollup_run_stats()",
    ),
    Job(
        "expired-access",
        "minute",
        "remove sessions, tokens and keys that have expired",
        "select coalesce(sum(rows), 0) from stateroom.purge_expired_access()",
    ),
    Job(
        "expired-keys",
        "minute",
        "remove keys of runs and deliveries that nobody can ask with any more",
        "select coalesce(sum(removed), 0) from stateroom.purge_expired_keys()",
    ),
    Job(
        "approvals",
        "minute",
        "answer approvals that are due with their default",
        "select stateroom.decide_due_approvals()",
        unit="approvals",
    ),
    Job(
        "metrics",
        "minute",
        "roll metrics up",
        "select coalesce(sum(written), 0) from stateroom.roll_up_metrics()",
    ),
    Job(
        "alerts",
        "minute",
        "compare metrics with alert rules",
        "select count(*) from stateroom.evaluate_alerts()",
        unit="alerts",
    ),
    Job(
        "views",
        "hour",
        "refresh materialised views",
        "select stateroom.refresh_materialized_views()",
        unit="views",
    ),
    Job(
        "future",
        "day",
        "make partitions ahead",
        "select count(*) from stateroom.ensure_partitions()",
        unit="partitions",
    ),
    Job("partitions", "day", "archive and drop partitions that are too old", "", way="expire"),
    Job(
        "old-logs",
        "day",
        "remove resolved errors and alerts, and old logs",
        "select coalesce(sum(removed), 0) from stateroom.cleanup_old_logs()",
    ),
    Job(
        "deleted-tasks",
        "day",
        "remove tasks that were deleted long ago",
        "select stateroom.purge_deleted_tasks(stateroom.days_kept('retention.deleted-tasks-days', 30), 100000)",
    ),
    Job(
        "vacuum",
        "week",
        "vacuum and analyze what autovacuum neglects",
        "select statement from stateroom.neglected_tables()",
        way="plan",
        unit="statements",
    ),
    Job(
        "reindex",
        "week",
        "build bloated indexes anew",
        "select statement from stateroom.bloated_indexes()",
        way="plan",
        unit="statements",
    ),
    Job("analyze", "month", "look at what stands in each table", ANALYZE, way="plan", unit="statements"),
)


def rule_of(settings: Settings, every: Every) -> str:
    """Return the cron rule, in UTC, by which such jobs are due."""
    return {
        "minute": settings.upkeep_minute_rule,
        "hour": settings.upkeep_hour_rule,
        "day": settings.upkeep_day_rule,
        "week": settings.upkeep_week_rule,
        "month": settings.upkeep_month_rule,
    }[every]
