"""What the doctor asks the database: each question names what is wrong, one per row, and what to do about it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Check:
    """One question; `good` is said when no row comes back. A deep one reads more than catalogues and counters."""

    name: str
    sql: str
    good: str
    todo: str
    deep: bool = False


CHECKS: Final[tuple[Check, ...]] = (
    Check(
        "extensions",
        """
        select n from unnest(array['pg_trgm', 'btree_gin']) n
        where not exists (select from pg_extension where extname = n)""",
        "pg_trgm and btree_gin are there",
        "run `stateroom db init`",
    ),
    Check(
        "policies",
        """
        select c.relname from pg_class c where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p')
          and not c.relispartition and not (c.relrowsecurity and c.relforcerowsecurity) order by 1""",
        "row security is forced on every table",
        "run `stateroom db upgrade`; until then nobody but administrators should connect",
    ),
    Check(
        "grants",
        """
        select c.relname || ' to ' || case a.grantee when 0 then 'everybody' else a.grantee::regrole::text end
        from pg_class c cross join lateral aclexplode(c.relacl) a
        where c.relnamespace = 'stateroom'::regnamespace and a.grantee <> c.relowner
          and (a.grantee = 0 or c.relispartition)
        union all
        select p.oid::regprocedure || ' to everybody' from pg_proc p cross join lateral aclexplode(p.proacl) a
        where p.pronamespace = 'stateroom'::regnamespace and a.grantee = 0 order by 1""",
        "nothing is open to everybody, and no partition to anybody",
        "revoke these, or take the grants anew with `stateroom db upgrade`",
    ),
    Check(
        "partitions",
        """
        select p.table_name from stateroom.partition_policies p
        where to_regclass('stateroom.' || quote_ident(p.table_name)) is not null and not exists (
          select from stateroom.partition_bounds(p.table_name) b
          where b.high is null and stateroom.uuid_timestamp(b.low) > clock_timestamp() + interval '7 days')
        union all
        select p.table_name || ' from ' || stateroom.uuid_timestamp(h.low)::timestamp(0)
        from stateroom.partition_policies p cross join lateral stateroom.partition_holes(p.table_name) h order by 1""",
        "made for now and the coming week",
        "start a scheduler: `stateroom up` or `stateroom scheduler`",
    ),
    Check(
        "stray rows",
        "select partition || ': ' || rows from stateroom.stray_rows() where partition like '%\\_future'",
        "no row has an id from the future",
        "look at the clocks of the machines that make ids; such rows are kept until their time has come and gone",
    ),
    Check(
        "transactions",
        """
        select 'pid ' || a.pid || ' of ' || a.usename || ' for '
          || date_trunc('second', clock_timestamp() - a.xact_start) || ': ' || left(a.query, 60)
        from pg_stat_activity a
        where a.datname = current_database() and a.xact_start < clock_timestamp() - interval '15 minutes'
          and a.backend_type = 'client backend' and a.pid <> pg_backend_pid() order by a.xact_start""",
        "none has been open for 15 minutes",
        "end it with `select pg_terminate_backend(pid)`: it keeps dead rows from being removed",
    ),
    Check(
        "transaction ids",
        """
        select datname || ': ' || age(datfrozenxid) from pg_database
        where datname = current_database() and age(datfrozenxid) > 500000000""",
        "old rows are frozen in time",
        "run `stateroom db upkeep --job vacuum`, and look for what holds autovacuum back",
    ),
    Check(
        "slots",
        """
        select slot_name || coalesce(': ' || pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), '')
        from pg_replication_slots where not active order by 1""",
        "no unused replication slot keeps WAL",
        "drop it with `select pg_drop_replication_slot(name)`, or start who reads it",
    ),
    Check(
        "indexes",
        """
        select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid
        where c.relnamespace = 'stateroom'::regnamespace and not (i.indisvalid and i.indisready) order by 1""",
        "all are valid",
        "drop these, and build them anew with REINDEX INDEX CONCURRENTLY: a build of them was broken off",
    ),
    Check(
        "foreign keys",
        """
        select k.conrelid::regclass || '.' || k.conname from pg_constraint k join pg_class c on c.oid = k.conrelid
        where c.relnamespace = 'stateroom'::regnamespace and k.contype = 'f' and k.conparentid = 0 and not exists (
          select from pg_index i where i.indrelid = k.conrelid
            and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey) order by 1""",
        "each has an index",
        "create an index on the columns: deleting what they point to reads the whole table",
    ),
    Check(
        "dead rows",
        """
        select s.relname || ': ' || s.n_dead_tup || ' dead, ' || s.n_live_tup || ' alive' from pg_stat_user_tables s
        where s.schemaname = 'stateroom' and s.n_dead_tup > 100000 and s.n_dead_tup > s.n_live_tup order by 1""",
        "autovacuum keeps up",
        "run `stateroom db upkeep --job vacuum`; long transactions hold it back",
    ),
    Check(
        "upkeep",
        """
        select j.name || ': ' || coalesce(j.last_error, 'not since ' || j.last_started_at::timestamp(0))
        from stateroom.upkeep_jobs j
        where j.last_error is not null
          or j.name in ('metrics', 'partitions') and j.last_started_at < now() - interval '3 days'
        order by 1""",
        "no job has failed or been left out",
        "try `stateroom db upkeep --job NAME`; the scheduler does it by itself, if it has STATEROOM_MAINTENANCE_URL",
    ),
    Check(
        "integrity",
        "select problem || ': run ' || run_id || coalesce(' (' || detail || ')', '') from stateroom.check_integrity()",
        "the engine's tables agree with each other",
        "report this: a run may be stuck; `stateroom explain RUN` says where it stands",
        deep=True,
    ),
    Check(
        "bloated indexes",
        """
        select index_name || ': ' || pg_size_pretty(size_bytes) || ' instead of ' || pg_size_pretty(needed_bytes)
        from stateroom.bloated_indexes()""",
        "none is twice as large as it has to be",
        "run `stateroom db upkeep --job reindex`",
        deep=True,
    ),
    Check(
        "unused indexes",
        """
        select s.indexrelname || ': ' || pg_size_pretty(pg_relation_size(s.indexrelid))
        from pg_stat_user_indexes s join pg_index x on x.indexrelid = s.indexrelid
        cross join (select stats_reset from pg_stat_database where datname = current_database()) d
        where s.schemaname = 'stateroom' and s.idx_scan = 0 and not x.indisunique
          and pg_relation_size(s.indexrelid) > 100 * 1024 * 1024
          and d.stats_reset < clock_timestamp() - interval '30 days' order by 1""",
        "none of a size that counts has been left unread for a month",
        "tell us which queries you run: each of our indexes has a query that needs it",
        deep=True,
    ),
)
