-- Upkeep: what is removed when it is old, and the whole of a project when it is purged.

-- Remove what is older than p_days: whole partitions of logs, access logs, metrics and webhook events, resolved errors and
-- resolved alerts; and notifications that were read 30 days ago. A dry run counts only. Returns one row for each table, also when nothing was removed.
-- Rows of a partition go with its last one, so that up to one partition more is kept.
-- Called by: the daily upkeep, as maintenance.
create or replace function stateroom.cleanup_old_logs(p_days integer default 90, p_dry_run boolean default false)
    returns table (table_name text, removed bigint)
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    if p_days < 1 then
        raise exception using errcode = 'SR422', message = format('cannot keep logs for %s days', p_days),
            hint = 'Give at least 1.';
    end if;
    foreach table_name in array array['logs', 'api_access_logs', 'system_metrics', 'webhook_events'] loop
        select coalesce(sum(e.row_count) filter (where e.outcome = case when p_dry_run then 'expired' else 'dropped' end), 0)
        into removed from stateroom.expire_partitions(table_name, p_days, p_dry_run) e;
        return next;
    end loop;
    table_name := 'error_logs';
    if p_dry_run then
        select count(*) into removed from stateroom.error_logs e
        where e.resolved and e.resolved_at < stateroom.now() - p_days * interval '1 day';
    else
        delete from stateroom.error_logs e where e.resolved and e.resolved_at < stateroom.now() - p_days * interval '1 day';
        get diagnostics removed = row_count;
    end if;
    return next;
    table_name := 'alerts';
    if p_dry_run then
        select count(*) into removed from stateroom.alerts a
        where a.state = 'resolved' and a.closed_at < stateroom.now() - p_days * interval '1 day';
    else
        delete from stateroom.alerts a
        where a.state = 'resolved' and a.closed_at < stateroom.now() - p_days * interval '1 day';
        get diagnostics removed = row_count;
    end if;
    return next;
    table_name := 'notifications';
    if p_dry_run then
        select count(*) into removed from stateroom.notifications n
        where n.is_read and n.read_at < stateroom.now() - interval '30 days';
    else
        delete from stateroom.notifications n where n.is_read and n.read_at < stateroom.now() - interval '30 days';
        get diagnostics removed = row_count;
    end if;
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
