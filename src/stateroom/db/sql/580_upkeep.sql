-- Upkeep: what is removed when it is old, and the whole of a project when it is purged.

-- Remove what is too old of logs, access logs, metrics and webhook events (whole partitions, so up to one more is kept),
-- resolved errors and alerts, and notifications that were read. p_days: how many days to keep; null: what the policy of
-- each table and the settings retention.resolved-errors-days and retention.read-notifications-days say. A dry run counts
-- only. Returns one row for each table, also when nothing was removed.
-- Called by: the daily upkeep, as maintenance.
create or replace function stateroom.cleanup_old_logs(p_days integer default null, p_dry_run boolean default false)
    returns table (table_name text, removed bigint)
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_errors constant timestamptz := stateroom.now() - coalesce(p_days,
        stateroom.days_kept('retention.resolved-errors-days', 90)) * interval '1 day';
    v_read constant timestamptz := stateroom.now() - stateroom.days_kept('retention.read-notifications-days', 30)
        * interval '1 day';
begin
    if p_days < 1 then
        raise exception using errcode = 'SR422', message = format('cannot keep logs for %s days', p_days),
            hint = 'Give at least 1.';
    end if;
    for table_name, removed in
        select p.table_name, coalesce(e.gone, 0) from stateroom.partition_policies p cross join lateral (
            select sum(x.row_count) as gone
            from stateroom.expire_partitions(p.table_name, coalesce(p_days, p.keep_days, 36500), p_dry_run) x
            where x.outcome = case when p_dry_run then 'expired' else 'dropped' end
        ) e
        where p.table_name in ('logs', 'api_access_logs', 'system_metrics', 'webhook_events') order by p.table_name
    loop
        return next;
    end loop;
    table_name := 'error_logs';
    select count(*) into removed from stateroom.error_logs e where e.resolved and e.resolved_at < v_errors;
    if not p_dry_run then
        delete from stateroom.error_logs e where e.resolved and e.resolved_at < v_errors;
        get diagnostics removed = row_count;
    end if;
    return next;
    table_name := 'alerts';
    select count(*) into removed from stateroom.alerts a where a.state = 'resolved' and a.closed_at < v_errors;
    if not p_dry_run then
        delete from stateroom.alerts a where a.state = 'resolved' and a.closed_at < v_errors;
        get diagnostics removed = row_count;
    end if;
    return next;
    table_name := 'notifications';
    select count(*) into removed from stateroom.notifications n where n.is_read and n.read_at < v_read;
    if not p_dry_run then
        delete from stateroom.notifications n where n.is_read and n.read_at < v_read;
        get diagnostics removed = row_count;
    end if;
    return next;
end
$$;

-- Remove keys of runs whose time is over, and what is known of deliveries whose events have been removed; up to p_limit rows
-- of each, those that somebody holds the next time. Returns how many of each table. An expired key stands for nothing:
-- whoever asks with it again gets a new run, whether its row is here or not.
-- Called by: the upkeep of each minute, as maintenance.
create or replace function stateroom.purge_expired_keys(p_limit integer default 20000)
    returns table (table_name text, removed bigint)
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_seen constant timestamptz := stateroom.now() - (select coalesce(p.keep_days, 36500) * interval '1 day'
        from stateroom.partition_policies p where p.table_name = 'webhook_events');
begin
    table_name := 'run_keys';
    delete from stateroom.run_keys k where k.ctid = any (array(
        select r.ctid from stateroom.run_keys r where r.expires_at < stateroom.now() limit p_limit for update skip locked));
    get diagnostics removed = row_count;
    return next;
    table_name := 'webhook_deliveries_seen';
    delete from stateroom.webhook_deliveries_seen d where d.ctid = any (array(
        select s.ctid from stateroom.webhook_deliveries_seen s where s.seen_at < v_seen limit p_limit
        for update skip locked));
    get diagnostics removed = row_count;
    return next;
end
$$;

-- Delete up to p_limit rows of one table (each partition by itself: row addresses are per partition); returns how many.
-- Called by: purge_project. p_which is a condition on the table's columns, with the project as $1.
create or replace function stateroom.purge_rows(p_table text, p_which text, p_project uuid, p_limit integer) returns bigint
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_leaf regclass;
    v_count bigint;
    v_total bigint := 0;
begin
    for v_leaf in
        select t.relid from pg_partition_tree(to_regclass('stateroom.' || quote_ident(p_table))) t where t.isleaf
        union select to_regclass('stateroom.' || quote_ident(p_table))
        from pg_class c where c.oid = to_regclass('stateroom.' || quote_ident(p_table)) and c.relkind = 'r'
    loop
        exit when v_total >= p_limit;
        execute format('delete from %s where ctid = any (array(select ctid from %s where %s limit $2))', v_leaf, v_leaf,
            p_which) using p_project, p_limit - v_total;
        get diagnostics v_count = row_count;
        v_total := v_total + v_count;
    end loop;
    return v_total;
end
$$;

-- Delete an archived project with all that belongs to it, about p_limit rows at a time: call it, each time in a
-- transaction of its own, until the row of `projects` has been returned. Returns what was removed per table. The audit
-- trail stays until its retention. SR404 when there is no such project, SR409 while it is in use.
-- Called by: maintenance. Locks the project; tables without foreign keys go by the column project_id.
create or replace function stateroom.purge_project(p_project uuid, p_limit integer default 10000)
    returns table (table_name text, removed bigint)
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_status text;
    v_left bigint := p_limit;
begin
    select p.status into v_status from stateroom.projects p where p.id = p_project for update;
    if v_status is null then
        raise exception using errcode = 'SR404', message = format('project %s does not exist', p_project),
            hint = 'It may have been purged before.';
    elsif v_status <> 'archived' or exists (
        select from stateroom.task_runs r where r.project_id = p_project and r.state is null) then
        raise exception using errcode = 'SR409',
            message = format('project %s is %s and may have work that has not ended', p_project, v_status),
            hint = 'Cancel its runs and archive it first.';
    end if;
    for table_name in
        select s.name from (
            select c.relname::text as name, case when c.relname in ('task_run_attempts', 'chat_message_edits') then 0
                when c.relkind = 'p' then 1 when c.relname = 'tasks' then 3 else 2 end as step
            from pg_class c
            where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
                and c.relname not in ('audit_logs', 'projects')
                and (c.relname in ('task_run_attempts', 'chat_message_edits') or exists (select from pg_attribute a
                    where a.attrelid = c.oid and a.attname = 'project_id' and not a.attisdropped))
        ) s order by s.step, s.name
    loop
        removed := stateroom.purge_rows(table_name, case table_name
            when 'task_run_attempts' then
                'task_run_id in (select r.id from stateroom.task_runs r where r.project_id = $1)'
            when 'chat_message_edits' then
                'message_id in (select m.id from stateroom.chat_messages m where m.project_id = $1)'
            else 'project_id = $1' end, p_project, v_left::integer);
        if removed > 0 then
            return next;
        end if;
        v_left := v_left - removed;
        if v_left <= 0 then
            return;
        end if;
    end loop;
    delete from stateroom.projects p where p.id = p_project;
    table_name := 'projects';
    removed := 1;
    return next;
end
$$;

-- Delete somebody's personal project with all that belongs to it. SR409 while work in it has not ended.
-- Called by: purge_user, which holds the user's row. Locks the project.
create or replace function stateroom.purge_personal_project(p_user uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_project constant uuid := (select p.id from stateroom.projects p where p.owner_id = p_user and p.is_personal);
begin
    update stateroom.projects p set status = 'archived' where p.id = v_project and p.status <> 'archived';
    while exists (select from stateroom.projects p where p.id = v_project) loop
        perform x.removed from stateroom.purge_project(v_project, 100000) as x;
    end loop;
end
$$;

-- Bring the materialised views up to date without blocking those who read them (one that was restored without its rows is
-- filled); returns how many there are.
-- Called by: upkeep, hourly, as the maintenance role, which owns them.
create or replace function stateroom.refresh_materialized_views() returns integer
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_view record;
    v_count integer := 0;
begin
    for v_view in select c.relname, case when c.relispopulated then 'concurrently' else '' end as way from pg_class c
        where c.relnamespace = 'stateroom'::regnamespace and c.relkind = 'm' order by c.relname
    loop
        execute format('refresh materialized view %s stateroom.%I', v_view.way, v_view.relname);
        execute format('analyze stateroom.%I', v_view.relname);
        v_count := v_count + 1;
    end loop;
    return v_count;
end
$$;
