-- Approvals: a task run or a deployment that goes on only when somebody who was asked says so.

delete from stateroom.state_transitions t where t.machine = 'approval';
insert into stateroom.state_transitions (machine, from_state, to_state, verb, description) values
('approval', null, 'approved', 'approve', 'Somebody who was asked agrees, or nobody objected in time'),
('approval', null, 'rejected', 'reject', 'Somebody who was asked refuses, or nobody agreed in time');

-- Whom an approval asks: the people it names and the contributors who have its role; when it names neither, those who
-- maintain the project. Called by: functions with their owner's rights.
create or replace function stateroom.people_asked(p_approval stateroom.approvals) returns uuid[]
    language sql stable
    set search_path = pg_catalog
as $$
    select coalesce(array_agg(m.user_id), '{}')
    from stateroom.project_members m join stateroom.users u on u.id = m.user_id
    where m.project_id = p_approval.project_id and m.role <> 'viewer' and u.is_active and (
        m.user_id = any (p_approval.requested_from) or u.role = p_approval.requested_role
        or p_approval.requested_from = '{}' and p_approval.requested_role is null and m.role = 'maintainer')
$$;

-- Ask for an approval of a task run or a deployment (exactly one); returns its id, that of the open one when there is one
-- already. Without people and role it asks the maintainers. Raises SR404, SR403, SR422.
-- Called by: people who may write to the project. Security definer: approvals are written by nobody directly.
create or replace function stateroom.request_approval(
    p_project uuid, p_title text, p_task_run uuid default null, p_deployment uuid default null,
    p_requested_from uuid[] default '{}', p_requested_role stateroom.user_role default null, p_form jsonb default '{}',
    p_due_at timestamptz default null, p_default_answer stateroom.approval_decision default null
) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_id uuid;
    v_stranger uuid;
begin
    perform stateroom.require_project(p_project, 'write');
    if p_task_run is not null and not exists (
            select from stateroom.task_runs r where r.id = p_task_run and r.project_id = p_project) then
        raise exception using errcode = 'SR404', message = format('task run %s does not exist', p_task_run),
            hint = 'Name a task run of the project.';
    end if;
    if p_deployment is not null and not exists (
            select from stateroom.deployments d where d.id = p_deployment and d.project_id = p_project) then
        raise exception using errcode = 'SR404', message = format('deployment %s does not exist', p_deployment),
            hint = 'Name a deployment of the project.';
    end if;
    select a.id into v_stranger from unnest(p_requested_from) as a (id)
    where not exists (select from stateroom.project_members m
        where m.project_id = p_project and m.user_id = a.id and m.role <> 'viewer') limit 1;
    if found then
        raise exception using errcode = 'SR404', message = format('project %s has no contributor %s', p_project, v_stranger),
            hint = 'Ask contributors or maintainers of the project.';
    end if;
    insert into stateroom.approvals (project_id, task_run_id, deployment_id, title, requested_from, requested_role, form,
        due_at, default_answer)
    values (p_project, p_task_run, p_deployment, p_title, p_requested_from, p_requested_role, p_form, p_due_at,
        p_default_answer)
    on conflict do nothing returning id into v_id;
    if v_id is null then
        return (select a.id from stateroom.approvals a where a.decision is null and a.project_id = p_project
            and (a.task_run_id = p_task_run or a.deployment_id = p_deployment));
    end if;
    perform stateroom.emit('approval_requested', p_project, jsonb_strip_nulls(jsonb_build_object('approval_id', v_id,
        'deployment_id', p_deployment)), p_task_run => p_task_run);
    return v_id;
exception when check_violation or not_null_violation then
    raise exception using errcode = 'SR422', message = 'approval: it cannot be requested as it is',
        hint = 'Name a task run or a deployment, a title of 1 to 255 characters, and a time at which the default applies.';
end
$$;

-- Write down a decision and its event; false when somebody has decided before, which is found out on the row itself.
-- Called by: decide, decide_due_approvals, which hold the row.
create or replace function stateroom.write_decision(
    p_approval stateroom.approvals, p_decision stateroom.approval_decision, p_by uuid, p_comment text, p_answers jsonb
) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog
as $$
begin
    update stateroom.approvals a set decision = p_decision, decided_by = p_by, decided_at = stateroom.now(),
        comment = p_comment, answers = coalesce(p_answers, '{}')
    where a.id = p_approval.id and a.decision is null;
    if not found then
        return false;
    end if;
    perform stateroom.emit('approval_' || p_decision::text, p_approval.project_id, jsonb_strip_nulls(jsonb_build_object(
        'approval_id', p_approval.id, 'deployment_id', p_approval.deployment_id, 'by_default', p_by is null)),
        p_task_run => p_approval.task_run_id);
    return true;
end
$$;

-- Decide an approval as the caller; true when this call decided it, false when it was decided so before.
-- Raises SR404 (not visible), SR403 (not asked), SR409 (decided otherwise before), SR422. Locks the approval.
-- Called by: approve, reject.
create or replace function stateroom.decide(
    p_approval uuid, p_decision stateroom.approval_decision, p_comment text, p_answers jsonb
) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_me uuid := stateroom.current_user_id();
    v_row stateroom.approvals;
begin
    select a.* into v_row from stateroom.approvals a where a.id = p_approval for update;
    if not found or not (stateroom.sees_all() or v_row.project_id = any (stateroom.read_projects())
            or coalesce(v_me = any (v_row.requested_from), false) and not stateroom.is_narrowed()) then
        raise exception using errcode = 'SR404', message = format('approval %s does not exist', p_approval),
            hint = 'List the approvals that you may see.';
    end if;
    if not (v_row.project_id = any (stateroom.write_projects())
            and coalesce(v_me = any (stateroom.people_asked(v_row)), false)) then
        raise exception using errcode = 'SR403', message = format('you were not asked for approval %s', p_approval),
            hint = 'Those who were asked decide, as long as they may write to the project.';
    end if;
    perform stateroom.require_transition('approval', p_approval, v_row.decision::text, p_decision::text);
    return stateroom.write_decision(v_row, p_decision, v_me, p_comment, p_answers);
exception when check_violation then
    raise exception using errcode = 'SR422', message = 'comment, answers: they cannot be kept as they are',
        hint = 'A comment of at most 10,000 characters, answers as one object.';
end
$$;

-- Approve, or reject: decide() with a name that says what. Called by: those who were asked.
-- Security definer: decisions are written by nobody directly.
create or replace function stateroom.approve(p_approval uuid, p_comment text default null, p_answers jsonb default '{}')
    returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    return stateroom.decide(p_approval, 'approved', p_comment, p_answers);
end
$$;

create or replace function stateroom.reject(p_approval uuid, p_comment text default null, p_answers jsonb default '{}')
    returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    return stateroom.decide(p_approval, 'rejected', p_comment, p_answers);
end
$$;

-- Decide what nobody has decided in time by its default answer, oldest first; returns how many. An approval that somebody
-- decides at this moment is left to them. Called by: the scheduler, each minute.
-- Security definer: approvals are written by nobody directly.
create or replace function stateroom.decide_due_approvals(p_limit integer default 100) returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_row stateroom.approvals;
    v_count integer := 0;
begin
    for v_row in
        select a.* from stateroom.approvals a
        where a.decision is null and a.default_answer is not null and a.due_at <= stateroom.now()
        order by a.due_at limit p_limit for update skip locked
    loop
        v_count := v_count + stateroom.write_decision(v_row, v_row.default_answer, null, null, '{}')::integer;
    end loop;
    return v_count;
end
$$;

create or replace trigger touch before insert or update on stateroom.approvals
    for each row execute function stateroom.touch();
