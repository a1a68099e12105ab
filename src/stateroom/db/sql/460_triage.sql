-- Triage: issues that people report, until it is decided what becomes of them.

delete from stateroom.state_transitions t where t.machine = 'triage_item';
insert into stateroom.state_transitions (machine, from_state, to_state, verb, description) values
('triage_item', null, 'pending', 'create', 'Somebody has reported it'),
('triage_item', 'pending', 'in_review', 'start', 'Somebody looks into it'),
('triage_item', 'pending', 'resolved', 'complete', 'Answered, or made into a task'),
('triage_item', 'pending', 'rejected', 'reject', 'Nothing will be done'),
('triage_item', 'in_review', 'pending', 'release', 'Given back unfinished'),
('triage_item', 'in_review', 'resolved', 'complete', 'Answered, or made into a task'),
('triage_item', 'in_review', 'rejected', 'reject', 'Nothing will be done'),
('triage_item', 'resolved', 'pending', 'retry', 'The answer was none; its reporter may say so too'),
('triage_item', 'rejected', 'pending', 'retry', 'It matters after all; its reporter may say so too');

-- What makes two reports the same: the words of the title, whatever the numbers, the case and the punctuation.
create or replace function stateroom.issue_fingerprint(p_title text) returns text
    language sql immutable strict parallel safe
    return md5(btrim(regexp_replace(regexp_replace(lower(p_title), '[0-9]+', '0', 'g'), '[^[:alnum:]]+', ' ', 'g')));

-- Whether the caller may see an issue: the row policies in words, for functions with their owner's rights.
create or replace function stateroom.sees_issue(p_project uuid, p_reporter uuid, p_assigned uuid) returns boolean
    language sql stable parallel safe
    return stateroom.sees_all() or (p_project = any (stateroom.read_projects()) and (
            p_project = any (stateroom.open_projects())
            or coalesce(stateroom.current_user_id() in (p_reporter, p_assigned), false)))
        or (coalesce(p_reporter = stateroom.current_user_id(), false) and not stateroom.is_narrowed());

-- Row trigger, before insert or a new assignment: names the reporter, fills the fingerprint, and refuses (SR404) somebody
-- who is no member. Runs with the caller's rights.
create or replace function stateroom.prepare_issue() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    if tg_op = 'INSERT' then
        new.reporter_id := coalesce(new.reporter_id, stateroom.current_user_id());
        new.fingerprint := coalesce(new.fingerprint, stateroom.issue_fingerprint(new.title));
    end if;
    if new.assigned_to is not null and not exists (select from stateroom.project_members m
            where m.project_id = new.project_id and m.user_id = new.assigned_to) then
        raise exception using errcode = 'SR404',
            message = format('project %s has no member %s', new.project_id, new.assigned_to),
            hint = 'Assign members of the project.';
    end if;
    return new;
end
$$;

-- Row trigger, after insert: writes the event, of which the maintainers are notified.
-- Security definer: people may not write events.
create or replace function stateroom.announce_issue() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.emit('issue_reported', new.project_id, jsonb_build_object('triage_item_id', new.id,
        'priority', new.priority, 'category', new.category));
    return null;
end
$$;

create or replace trigger prepare before insert or update of assigned_to on stateroom.triage_items
    for each row execute function stateroom.prepare_issue();
create or replace trigger announce after insert on stateroom.triage_items
    for each row execute function stateroom.announce_issue();
create or replace trigger touch before insert or update on stateroom.triage_items
    for each row execute function stateroom.touch();

-- Report an issue; returns its id. When the same one (by fingerprint) is open already and the caller may see it, it is
-- counted there and its id is returned. Takes an advisory lock of the fingerprint until the end of the transaction.
-- Raises SR404, SR403, SR422. Called by: people who may write to the project.
-- Security definer: the count of occurrences is not for people to write.
create or replace function stateroom.report_issue(
    p_project uuid, p_title text, p_description text default null, p_priority stateroom.triage_priority default 'medium',
    p_category text default 'issue', p_fingerprint text default null, p_metadata jsonb default '{}'
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_fingerprint text := coalesce(p_fingerprint, stateroom.issue_fingerprint(p_title));
    v_id uuid;
begin
    perform stateroom.require_project(p_project, 'write');
    perform pg_advisory_xact_lock(hashtextextended(p_project::text || v_fingerprint, 7));
    update stateroom.triage_items i set occurrences = i.occurrences + 1
    where i.id = (
        select o.id from stateroom.triage_items o
        where o.project_id = p_project and o.fingerprint = v_fingerprint and o.status in ('pending', 'in_review')
            and o.deleted_at is null and stateroom.sees_issue(o.project_id, o.reporter_id, o.assigned_to)
        order by o.id limit 1
    ) returning i.id into v_id;
    if v_id is null then
        insert into stateroom.triage_items (project_id, title, description, priority, category, fingerprint, metadata)
        values (p_project, p_title, p_description, p_priority, p_category, v_fingerprint, p_metadata)
        returning id into v_id;
    end if;
    return v_id;
exception when check_violation or not_null_violation then
    raise exception using errcode = 'SR422', message = 'title: the issue cannot be reported as it is',
        hint = 'A title of 1 to 255 characters, a description of at most 100,000, a category of one word.';
end
$$;

-- Lock an issue for a change by the caller; raises SR404 when they may not see it, SR403 when they may not change it.
-- Its reporter, though no contributor, may bring it back (p_reporter_too).
-- Called by: move_issue, triage_to_task, delete_issue.
create or replace function stateroom.lock_issue(p_item uuid, p_need text, p_reporter_too boolean)
    returns stateroom.triage_items
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_item stateroom.triage_items;
begin
    select i.* into v_item from stateroom.triage_items i where i.id = p_item and i.deleted_at is null for update;
    if not found or not stateroom.sees_issue(v_item.project_id, v_item.reporter_id, v_item.assigned_to) then
        raise exception using errcode = 'SR404', message = format('issue %s does not exist', p_item),
            hint = 'List the issues that you may see.';
    end if;
    if not (p_reporter_too and coalesce(v_item.reporter_id = stateroom.current_user_id(), false)) then
        perform stateroom.require_project(v_item.project_id, p_need);
    end if;
    return v_item;
end
$$;

-- Move an issue to another status, with the resolution when it ends there; returns the status in which it stands.
-- Raises SR404, SR403, SR409 (no such transition). Locks the issue.
-- Called by: contributors, and its reporter to bring it back. Security definer: status is not for people to write.
create or replace function stateroom.move_issue(
    p_item uuid, p_status stateroom.triage_status, p_resolution text default null
) returns stateroom.triage_status
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_item stateroom.triage_items := stateroom.lock_issue(p_item, 'write', p_status = 'pending');
    v_final boolean := p_status in ('resolved', 'rejected');
begin
    perform stateroom.require_transition('triage_item', p_item, v_item.status::text, p_status::text);
    if p_status = v_item.status then
        return p_status;
    end if;
    update stateroom.triage_items i set status = p_status, resolution = case when v_final then p_resolution end,
        resolved_at = case when v_final then stateroom.now() end
    where i.id = p_item;
    perform stateroom.emit(case p_status when 'in_review' then 'issue_started' when 'resolved' then 'issue_resolved'
        when 'rejected' then 'issue_rejected' else 'issue_reopened' end, v_item.project_id,
        jsonb_build_object('triage_item_id', p_item, 'from', v_item.status), p_task => v_item.task_id);
    return p_status;
exception when check_violation then
    raise exception using errcode = 'SR422', message = 'resolution: at most 10,000 characters', hint = 'Shorten it.';
end
$$;

-- Make a planned task from an issue, which is resolved by it; returns the task's id, the same one when called again.
-- Raises SR404, SR403, SR409 (rejected). Locks the issue. Called by: contributors.
-- Security definer: what connects the two is not for people to write.
create or replace function stateroom.triage_to_task(p_item uuid) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_item stateroom.triage_items := stateroom.lock_issue(p_item, 'write', false);
    v_task uuid := v_item.task_id;
begin
    if v_task is null then
        perform stateroom.require_transition('triage_item', p_item, v_item.status::text, 'resolved');
        insert into stateroom.tasks (project_id, kind, status, title, description, type, priority, metadata)
        values (v_item.project_id, 'planned', 'pending', v_item.title, v_item.description, 'bug',
            case v_item.priority when 'low' then 2 when 'medium' then 5 when 'high' then 8 else 10 end,
            jsonb_build_object('triage_item_id', p_item))
        returning id into v_task;
        update stateroom.triage_items i set task_id = v_task, status = 'resolved', resolution = 'Made into a task',
            resolved_at = coalesce(i.resolved_at, stateroom.now())
        where i.id = p_item;
        perform stateroom.emit('issue_resolved', v_item.project_id,
            jsonb_build_object('triage_item_id', p_item, 'from', v_item.status), p_task => v_task);
    end if;
    return v_task;
end
$$;

-- Delete an issue; true when there was one that the caller sees. Raises SR403. Called by: people who manage the project.
-- Security definer: deleted_at is not for people to write.
create or replace function stateroom.delete_issue(p_item uuid) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.lock_issue(p_item, 'manage', false);
    update stateroom.triage_items i set deleted_at = stateroom.now() where i.id = p_item;
    return true;
exception when sqlstate 'SR404' then
    return false;
end
$$;
