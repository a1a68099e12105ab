-- What reports may read: every column of every table and view but secrets. Nothing else: no write, no verb, no role to take.
-- stateroom_query is fenced in by what no session can lift: these grants, its own policies, being a member of no role, four
-- connections, temp_file_limit. Its time-outs and read-only default are for honest mistakes, since any login may set those:
-- whoever runs people's statements as it does so one by one, by the extended protocol, in a READ ONLY transaction that is
-- rolled back.

do $do$
declare
    v_relation record;
    v_function regprocedure;
begin
    -- materialised views carry no grants: each has a view in front
    for v_relation in
        select c.relname as name, case when bool_or(s.secret is not null) then '(' || string_agg(quote_ident(a.attname), ', '
            order by a.attnum) filter (where s.secret is null) || ')' end as columns
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join (values
            ('users', 'password_hash'),
            ('user_sessions', 'token_hash'),
            ('auth_tokens', 'token_hash'),
            ('api_keys', 'key_hash'),
            ('http_idempotency', 'answer'), -- may hold a key that was just made
            ('http_idempotency', 'request_hash'),
            ('webhook_endpoints', 'secret'),
            ('webhook_events', 'headers'),
            ('webhook_events', 'signature')
        ) as s (relation, secret) on s.relation = c.relname and s.secret = a.attname
        where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p', 'v') and not c.relispartition
            and c.relname <> 'alembic_version'
        group by c.relname
    loop
        execute format('grant select %s on stateroom.%I to stateroom_readonly, stateroom_query',
            v_relation.columns, v_relation.name);
    end loop;
    -- what a view computes, it computes with its reader's right to call: all that views call and that only reads
    for v_function in
        with recursive called as (
            select d.refobjid as oid from pg_depend d
            join pg_rewrite w on w.oid = d.objid join pg_class c on c.oid = w.ev_class
            where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_proc'::regclass
                and c.relkind = 'v' and c.relnamespace = 'stateroom'::regnamespace
            union
            select d.refobjid from called
            join pg_depend d on d.objid = called.oid and d.classid = 'pg_proc'::regclass
                and d.refclassid = 'pg_proc'::regclass
        )
        select p.oid from called join pg_proc p on p.oid = called.oid
        where p.pronamespace = 'stateroom'::regnamespace and not p.prosecdef and p.provolatile <> 'v'
    loop
        execute format('grant execute on function %s to stateroom_readonly, stateroom_query', v_function);
    end loop;
end
$do$;
