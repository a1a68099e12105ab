-- Who may do what with tasks. States, numbers and what is derived are written by functions and triggers only.

grant select on stateroom.tasks, stateroom.task_dependencies, stateroom.task_contexts, stateroom.state_transitions,
    stateroom.active_tasks, stateroom.ready_tasks, stateroom.task_summary, stateroom.task_dependency_tree
    to stateroom_user, stateroom_admin;
grant insert (id, project_id, title, description, type, priority, tags, metadata, complexity_score, affected_files,
        requirements, acceptance_criteria, parent_task_id, assigned_role, assigned_user_id, assigned_agent_id, start_date,
        end_date, estimated_hours, actual_hours, position, action, handler, command, parameters, env, working_directory,
        queue, required_capabilities, execution_order, timeout_seconds, max_retries, retry_policy, concurrency_key,
        estimated_duration_seconds),
    update (title, description, type, priority, tags, metadata, complexity_score, affected_files, requirements,
        acceptance_criteria, parent_task_id, assigned_role, assigned_user_id, assigned_agent_id, start_date, end_date,
        estimated_hours, actual_hours, position, action, handler, command, parameters, env, working_directory, queue,
        required_capabilities, execution_order, timeout_seconds, max_retries, retry_policy, concurrency_key,
        estimated_duration_seconds)
    on stateroom.tasks to stateroom_user, stateroom_admin;
grant insert (id, task_id, depends_on_task_id, dependency_type, condition), delete on stateroom.task_dependencies
    to stateroom_user, stateroom_admin;
grant insert (id, task_id, context_type, context_data) on stateroom.task_contexts to stateroom_user, stateroom_admin;
grant execute on function stateroom.is_blocked(uuid), stateroom.explain_task(uuid), stateroom.dependency_tree(uuid),
    stateroom.dependency_path(uuid, uuid),
    stateroom.is_met(stateroom.task_status, timestamptz, stateroom.edge_condition),
    stateroom.set_task_status(uuid, stateroom.task_status, text, integer),
    stateroom.set_task_statuses(uuid[], stateroom.task_status, text),
    stateroom.assign_tasks(uuid[], uuid, stateroom.user_role, uuid),
    stateroom.delete_tasks(uuid[]), stateroom.restore_tasks(uuid[])
    to stateroom_user, stateroom_admin;
-- what the views call
grant execute on function stateroom.is_blocked(uuid), stateroom.dependency_path(uuid, uuid),
    stateroom.is_met(stateroom.task_status, timestamptz, stateroom.edge_condition)
    to stateroom_readonly, stateroom_query;
