-- What constraints of people and their access call. Applied before the tables.

-- Whether the document is a person's preferences: by which way to be told what, when not to be disturbed, where they live.
-- {"email": true, "browser": true, "reminder": true, "failure": true, "weekly_summary": false,
--  "quiet_hours": {"from": "22:00", "to": "07:00"}, "timezone": "Europe/Berlin", "notifications": {"mention": false}};
-- all may be left out, others not put in.
create or replace function stateroom.is_preferences(p_value jsonb) returns boolean
    language sql immutable parallel safe
    return jsonb_typeof(p_value) = 'object'
        and p_value - '{email,browser,reminder,failure,weekly_summary,quiet_hours,timezone,notifications}'::text[] = '{}'
        and jsonb_typeof(coalesce(p_value -> 'email', 'true')) = 'boolean'
        and jsonb_typeof(coalesce(p_value -> 'browser', 'true')) = 'boolean'
        and jsonb_typeof(coalesce(p_value -> 'reminder', 'true')) = 'boolean'
        and jsonb_typeof(coalesce(p_value -> 'failure', 'true')) = 'boolean'
        and jsonb_typeof(coalesce(p_value -> 'weekly_summary', 'true')) = 'boolean'
        and jsonb_typeof(coalesce(p_value -> 'notifications', '{}')) = 'object'
        and not coalesce(jsonb_path_exists(p_value, '$.notifications.* ? (@.type() != "boolean")'), false)
        and (p_value -> 'quiet_hours' is null or (
            jsonb_typeof(p_value -> 'quiet_hours') = 'object' and (p_value -> 'quiet_hours') - '{from,to}'::text[] = '{}'
            and coalesce(p_value #>> '{quiet_hours,from}' ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$', false)
            and coalesce(p_value #>> '{quiet_hours,to}' ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$', false)))
        and (p_value -> 'timezone' is null or (
            jsonb_typeof(p_value -> 'timezone') = 'string' and stateroom.is_timezone(p_value ->> 'timezone')));

-- Whether all are names of permissions, each once and at least one.
create or replace function stateroom.are_permissions(p_names text[]) returns boolean
    language sql immutable parallel safe
    return p_names <@ '{read:tasks,write:tasks,run:work,manage:projects,read:metrics,admin}'::text[]
        and cardinality(p_names) between 1 and 6;
