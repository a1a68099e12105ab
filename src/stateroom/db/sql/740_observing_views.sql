-- What went wrong of late, and how each component is. Both show what row policies let the reader see.

-- Errors that are not resolved, seen in the last seven days, newest first by how bad they are.
create or replace view stateroom.recent_errors with (security_invoker) as
select e.id, e.project_id, p.name as project_name, e.task_id, t.title as task_title, e.task_run_id, e.last_task_run_id,
    e.severity, e.error_category, e.error_type, e.error_code, e.error_message, e.source_component, e.occurrences,
    e.created_at as first_seen_at, e.last_seen_at, e.fingerprint
from stateroom.error_logs e
left join stateroom.projects p on p.id = e.project_id
left join stateroom.tasks t on t.id = e.task_id
where not e.resolved and e.day >= ((stateroom.now() - interval '7 days') at time zone 'UTC')::date
order by e.severity desc, e.last_seen_at desc;

-- Each component with its health, whether it has been silent for five minutes, what it depends on that is not well,
-- and its open alerts.
create or replace view stateroom.system_health_overview with (security_invoker) as
select c.id, c.name, c.type, c.status, c.health_status, c.last_health_check,
    coalesce(c.last_health_check < stateroom.now() - interval '5 minutes', true) as is_silent, c.software_version,
    array(select o.name from stateroom.component_dependencies d join stateroom.components o on o.id = d.depends_on_component_id
        where d.component_id = c.id and o.health_status in ('degraded', 'unhealthy') order by o.name) as unwell_dependencies,
    (select count(*) from stateroom.alerts a join stateroom.alert_rules r on r.id = a.rule_id
        where r.component_name = c.name and a.state <> 'resolved') as open_alerts
from stateroom.components c
order by case c.health_status when 'unhealthy' then 0 when 'degraded' then 1 when 'unknown' then 2 else 3 end, c.name;
