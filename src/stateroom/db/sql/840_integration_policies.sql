-- Row policies of what connects us with others: events, deployments, webhooks, agents, statistics.

-- Members see the events of their projects; where they see only some tasks, only those of these tasks, their own, and
-- those of what every member sees. What is for one person is seen by that person and by the one who did it.
drop policy if exists events_members on stateroom.events;
create policy events_members on stateroom.events for select to stateroom_user
    using (project_id = any ((select stateroom.read_projects())::uuid[])
        and (recipient_id is null or recipient_id = (select stateroom.current_user_id())
            or actor_id = (select stateroom.current_user_id()))
        and (project_id = any ((select stateroom.open_projects())::uuid[])
            or actor_id = (select stateroom.current_user_id())
            or case when task_id is null then type ~ '^(run|message|agent|member|project|workflow|schedule)_'
                else exists (select from stateroom.tasks t where t.id = task_id) end));
drop policy if exists events_admin on stateroom.events;
create policy events_admin on stateroom.events for select to stateroom_admin
    using (((select stateroom.sees_all()) or project_id = any ((select stateroom.read_projects())::uuid[]))
        and (recipient_id is null or recipient_id = (select stateroom.current_user_id())
            or actor_id = (select stateroom.current_user_id())));
