-- Alerts: rules over metrics, and what they have found. At most one alert of a rule is open.

delete from stateroom.state_transitions t where t.machine = 'alert';
insert into stateroom.state_transitions (machine, from_state, to_state, verb, description) values
('alert', null, 'firing', 'create', 'The metric has crossed the threshold'),
('alert', 'firing', 'acknowledged', 'acknowledge', 'Somebody looks after it'),
('alert', 'firing', 'resolved', 'resolve', 'The metric is back, or somebody says that it is over'),
('alert', 'acknowledged', 'resolved', 'resolve', 'The metric is back, or somebody says that it is over');

-- The value of a rule's metric over its window; null without data (a count is 0 then).
create or replace function stateroom.alert_value(p_rule stateroom.alert_rules) returns double precision
    language sql stable
    set search_path = pg_catalog
as $$
    select case p_rule.aggregate
        when 'avg' then avg(m.value) when 'min' then min(m.value) when 'max' then max(m.value)
        when 'sum' then sum(m.value) when 'count' then count(*)
        else (array_agg(m.value order by m.observed_at desc, m.id desc))[1] end
    from stateroom.system_metrics m
    where m.name = p_rule.metric_name and m.aggregation_period = 'instant'
        and m.id >= stateroom.uuidv7_floor(clock_timestamp() - (p_rule.window_seconds + 300) * interval '1 second')
        and m.observed_at > stateroom.now() - p_rule.window_seconds * interval '1 second'
        and (p_rule.component_name is null or m.component_name = p_rule.component_name)
        and m.dimensions @> p_rule.dimensions
$$;

-- Compare every enabled rule with its metric: open an alert, bring an open one up to date, or resolve it. Returns the
-- alerts that were opened or resolved. Open alerts of rules that are gone or disabled are resolved, too. Whoever may read
-- metrics is notified of one that opens.
-- Called by: the upkeep of each minute, as maintenance; one at a time. Locks the rules.
create or replace function stateroom.evaluate_alerts()
    returns table (alert_id uuid, alert_name text, new_state stateroom.alert_state, new_value double precision)
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_rule stateroom.alert_rules;
    v_open stateroom.alerts;
    v_breached boolean;
begin
    perform pg_advisory_xact_lock(hashtextextended('stateroom.evaluate_alerts', 0));
    for v_rule in select * from stateroom.alert_rules r where r.enabled order by r.name loop
        new_value := stateroom.alert_value(v_rule);
        v_breached := coalesce(case v_rule.comparison
            when 'above' then new_value > v_rule.threshold when 'at_least' then new_value >= v_rule.threshold
            when 'below' then new_value < v_rule.threshold else new_value <= v_rule.threshold end,
            v_rule.fires_without_data);
        update stateroom.alert_rules r set last_evaluated_at = stateroom.now(), last_value = new_value
        where r.id = v_rule.id;
        alert_name := v_rule.name;
        select * into v_open from stateroom.alerts a where a.rule_id = v_rule.id and a.state <> 'resolved';
        if v_breached and v_open.id is null then
            insert into stateroom.alerts (rule_id, name, severity, message, value, last_value)
            values (v_rule.id, v_rule.name, v_rule.severity, stateroom.alert_message(v_rule, new_value), new_value, new_value)
            returning id, state into alert_id, new_state;
            perform stateroom.notify_people(array(select u.id from stateroom.users u
                join stateroom.role_permissions p on p.scope = 'global' and p.role = u.role::text
                    and p.permissions && '{read:metrics}'), 'alert', format('Alert (%s): %s', v_rule.severity, v_rule.name),
                stateroom.alert_message(v_rule, new_value));
            return next;
        elsif v_breached then
            update stateroom.alerts a set last_value = new_value where a.id = v_open.id;
        elsif v_open.id is not null then
            update stateroom.alerts a set state = 'resolved', closed_at = stateroom.now(), last_value = new_value
            where a.id = v_open.id returning a.id, a.state into alert_id, new_state;
            return next;
        end if;
    end loop;
    return query
    update stateroom.alerts a set state = 'resolved', closed_at = stateroom.now()
    where a.state <> 'resolved'
        and not exists (select from stateroom.alert_rules r where r.id = a.rule_id and r.enabled)
    returning a.id, a.name, a.state, a.last_value;
end
$$;

-- What an alert says: "disk free: avg of disk.free over 300 s is 3, below 10".
create or replace function stateroom.alert_message(p_rule stateroom.alert_rules, p_value double precision) returns text
    language sql immutable parallel safe
    return left(format('%s: %s of %s%s over %s s is %s, %s %s', p_rule.name, p_rule.aggregate, p_rule.metric_name,
        coalesce(' of ' || p_rule.component_name, ''), p_rule.window_seconds, coalesce(p_value::text, 'without data'),
        replace(p_rule.comparison::text, '_', ' '), p_rule.threshold), 2000);

-- Acknowledge or resolve an alert, with notes; returns the row, also when it was so already. SR404 when there is none,
-- SR409 when it cannot follow (a resolved one is acknowledged no more), SR403 for whoever is no administrator.
-- Called by: administrators. Locks the alert. Security definer: states are changed by functions only.
create or replace function stateroom.set_alert_state(p_id uuid, p_state stateroom.alert_state, p_notes text default null)
    returns stateroom.alerts
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_alert stateroom.alerts;
begin
    perform stateroom.require_admin('change alerts');
    select * into v_alert from stateroom.alerts a where a.id = p_id for update;
    if v_alert.id is null then
        raise exception using errcode = 'SR404', message = format('alert %s does not exist', p_id),
            hint = 'List the alerts that are open.';
    end if;
    perform stateroom.require_transition('alert', p_id, v_alert.state::text, p_state::text);
    if v_alert.state <> p_state then
        update stateroom.alerts a set state = p_state, notes = coalesce(p_notes, a.notes),
            acknowledged_at = case when p_state = 'acknowledged' then stateroom.now() else a.acknowledged_at end,
            acknowledged_by = case when p_state = 'acknowledged' then stateroom.current_user_id() else a.acknowledged_by end,
            closed_at = case when p_state = 'resolved' then stateroom.now() end,
            closed_by = case when p_state = 'resolved' then stateroom.current_user_id() end
        where a.id = p_id returning * into v_alert;
    end if;
    return v_alert;
end
$$;
