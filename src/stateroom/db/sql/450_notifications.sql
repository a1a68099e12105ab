-- Notifications: made in the transaction of the change that they tell of, from its event in the outbox.

-- Whether the caller's key is narrowed to one project, or may not read: what belongs to the caller is then hidden, too.
create or replace function stateroom.is_narrowed() returns boolean
    language sql stable parallel safe
    return coalesce(current_setting('stateroom.project_id', true), '') <> ''
        or coalesce(not '{read:tasks,admin}' && nullif(current_setting('stateroom.key_permissions', true), '')::text[], false);

-- Whether a person wants notifications of this type. Preferences turn types off: {"notifications": {"mention": false}},
-- {"failure": false} those of failed runs, {"reminder": false} those of delayed tasks.
create or replace function stateroom.wants(p_preferences jsonb, p_type stateroom.notification_type) returns boolean
    language sql immutable parallel safe
    return (p_preferences -> 'notifications' ->> p_type::text) is distinct from 'false'
        and not (p_type = 'run_failed' and coalesce(p_preferences ->> 'failure' = 'false', false))
        and not (p_type = 'task_delayed' and coalesce(p_preferences ->> 'reminder' = 'false', false));

-- Notify people, each once: active ones, members of the project (where one is named) or administrators, who want this
-- type, but never the one who acts. Returns how many rows were written. Quiet hours hold back the delivery, not the row.
-- Called by: functions and triggers with their owner's rights. Inserts only.
create or replace function stateroom.notify_people(
    p_users uuid[], p_type stateroom.notification_type, p_title text, p_message text default null,
    p_project uuid default null, p_task uuid default null
) returns integer
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_count integer;
begin
    insert into stateroom.notifications (user_id, project_id, type, title, message, related_task_id)
    select u.id, p_project, p_type, left(p_title, 300), p_message, p_task
    from stateroom.users u
    where u.id = any (p_users) and u.is_active and stateroom.wants(u.preferences, p_type)
        and u.id is distinct from stateroom.current_user_id()
        and (p_project is null or u.role = 'admin' or exists (
            select from stateroom.project_members m where m.project_id = p_project and m.user_id = u.id));
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

-- Who it is that acts, in words; 'Stateroom' when it is nobody.
create or replace function stateroom.actor_name() returns text
    language sql stable
    set search_path = pg_catalog
as $$
    select coalesce((select coalesce(u.name, u.username) from stateroom.users u
        where u.id = stateroom.current_user_id()), 'Stateroom')
$$;

-- Row trigger, after insert on events, only of the types that somebody wants to hear of (see its WHEN).
-- Security definer: workers and people write events, and neither may write notifications.
create or replace function stateroom.notify_of_event() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog
as $$
declare
    v_task stateroom.tasks;
    v_title text;
    v_users uuid[];
    v_type stateroom.notification_type;
begin
    if new.type like 'task%' then
        select t.* into v_task from stateroom.tasks t where t.id = new.task_id;
        v_title := format('#%s %s', coalesce(v_task.number::text, '?'), v_task.title);
        v_type := case when new.type in ('task_created', 'task_updated') then 'task_assigned' else new.type end;
        v_users := array[v_task.assigned_user_id];
        if new.type in ('task_completed', 'task_delayed') then
            v_users := v_users || v_task.created_by;
        end if;
        v_title := case v_type when 'task_assigned' then stateroom.actor_name() || ' assigned you '
            when 'task_delayed' then 'Delayed: ' when 'task_completed' then 'Completed: '
            else 'Can be started now: ' end || v_title;
    elsif new.type = 'run_failed' then
        v_type := 'run_failed';
        select array[r.triggered_by], format('Run %s of %s failed', r.run_number, w.name) into v_users, v_title
        from stateroom.workflow_runs r join stateroom.workflows w on w.id = r.workflow_id
        where r.id = new.workflow_run_id;
    elsif new.type = 'issue_reported' then
        v_type := 'issue_reported';
        select 'Issue reported: ' || i.title into v_title from stateroom.triage_items i
        where i.id = (new.payload ->> 'triage_item_id')::uuid;
        select array_agg(m.user_id) into v_users from stateroom.project_members m
        where m.project_id = new.project_id and m.role = 'maintainer';
    elsif new.type = 'approval_requested' then
        v_type := 'approval_requested';
        select 'Approval requested: ' || a.title, stateroom.people_asked(a) into v_title, v_users
        from stateroom.approvals a where a.id = (new.payload ->> 'approval_id')::uuid;
    end if;
    perform stateroom.notify_people(v_users, v_type, v_title, null, new.project_id, new.task_id);
    return null;
end
$$;

create or replace trigger notify after insert on stateroom.events for each row
    when (new.type in ('task_completed', 'task_delayed', 'task_unblocked', 'run_failed', 'issue_reported',
            'approval_requested')
        or new.type in ('task_created', 'task_updated') and new.payload ? 'assigned_user_id')
    execute function stateroom.notify_of_event();

-- Row trigger, after insert on task_contexts that name somebody as @username: tells those of them who see the task.
-- Security definer: people write contexts, and may not write notifications.
create or replace function stateroom.notify_of_context() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.notify_people(array_agg(u.id), 'mention',
        format('%s mentioned you in #%s %s', stateroom.actor_name(), coalesce(t.number::text, '?'), t.title),
        left(new.context_data::text, 500), t.project_id, t.id)
    from stateroom.tasks t join stateroom.projects p on p.id = t.project_id
    join stateroom.users u on u.id = any (stateroom.mentioned(t.project_id, new.context_data::text))
    where t.id = new.task_id and (p.task_visibility = 'project' or u.id in (t.assigned_user_id, t.created_by)
        or u.role = t.assigned_role or u.role in ('admin', 'project_manager') or exists (
            select from stateroom.project_members m
            where m.project_id = p.id and m.user_id = u.id and m.role = 'maintainer'))
    group by t.id;
    return null;
end
$$;

create or replace trigger notify after insert on stateroom.task_contexts for each row
    when (new.created_by is not null and new.context_data::text like '%@%')
    execute function stateroom.notify_of_context();

-- Mark notifications of the caller as read: those given, or all; returns how many were unread.
-- Called by: people, under their own row policies.
create or replace function stateroom.mark_notifications_read(p_ids uuid[] default null) returns integer
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_count integer;
begin
    update stateroom.notifications n set is_read = true, read_at = stateroom.now()
    where n.user_id = stateroom.current_user_id() and not n.is_read and (p_ids is null or n.id = any (p_ids));
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

create or replace trigger touch before insert or update on stateroom.notifications
    for each row execute function stateroom.touch();
