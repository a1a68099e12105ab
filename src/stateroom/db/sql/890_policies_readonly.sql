-- What reports see: every row of every table but direct messages and sensitive settings. Two roles: stateroom_readonly, for
-- logins of people who make reports, and stateroom_query, the login of the administrators' query page.

-- One policy of their own on each table, also on those that a later revision adds. Which columns: 990_grants_readonly.sql.
do $do$
declare
    v_table record;
begin
    for v_table in
        select c.relname as name, coalesce(r.rule, 'true') as rule
        from pg_class c
        left join (values
            ('chat_messages', 'recipient_id is null'),
            ('chat_message_edits',
                'exists (select from stateroom.chat_messages m where m.id = message_id and m.recipient_id is null)'),
            ('events', 'recipient_id is null'),
            ('settings', 'not (is_sensitive or is_encrypted)')
        ) as r (name, rule) on r.name = c.relname
        where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    loop
        execute format('drop policy if exists readonly on stateroom.%I', v_table.name);
        execute format('create policy readonly on stateroom.%I for select to stateroom_readonly, stateroom_query'
            ' using (%s)', v_table.name, v_table.rule);
    end loop;
end
$do$;
