-- The nine roles and the schema, safe to run twice. Run by an administrator; passwords are set by `stateroom db init`.
do $do$
begin
    if not exists (select from pg_roles where rolname = 'stateroom_owner') then
        create role stateroom_owner nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'stateroom_maintenance') then
        create role stateroom_maintenance login;
    end if;
    if not exists (select from pg_roles where rolname = 'stateroom_user') then
        create role stateroom_user nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'stateroom_admin') then
        create role stateroom_admin nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'stateroom_app') then
        create role stateroom_app login noinherit;
    end if;
    if not exists (select from pg_roles where rolname = 'stateroom_readonly') then
        create role stateroom_readonly nologin;
    end if;
    if not exists (select from pg_roles where rolname = 'stateroom_query') then
        create role stateroom_query login connection limit 4;
    end if;
    if not exists (select from pg_roles where rolname = 'stateroom_engine') then
        create role stateroom_engine login;
    end if;
    if not exists (select from pg_roles where rolname = 'stateroom_client') then
        create role stateroom_client nologin;
    end if;
end
$do$;

-- Only a superuser, or from 16 somebody who has BYPASSRLS, may give it; without it policies `to` the role do the same.
do $do$
begin
    if exists (select from pg_roles where rolname = 'stateroom_maintenance' and not rolbypassrls) then
        alter role stateroom_maintenance bypassrls;
    end if;
exception when insufficient_privilege then
    raise notice 'stateroom_maintenance has no BYPASSRLS, since % may not give it', current_user;
end
$do$;

-- What others execute: for statistics and for the doctor, which do without where the administrator may not give it.
do $do$
begin
    grant pg_read_all_stats to stateroom_maintenance;
exception when insufficient_privilege then
    raise notice 'stateroom_maintenance sees no statements of others, since % may not let it', current_user;
end
$do$;

grant stateroom_owner to stateroom_maintenance;
grant stateroom_user to stateroom_admin;
grant stateroom_user to stateroom_app;
grant stateroom_admin to stateroom_app;

-- An administrator who is no superuser needs membership to make a schema that belongs to the owner.
do $do$
begin
    if not (select rolsuper from pg_roles where rolname = current_user) then
        grant stateroom_owner to current_user;
    end if;
end
$do$;

alter role stateroom_app set idle_in_transaction_session_timeout = '60s';
alter role stateroom_engine set idle_in_transaction_session_timeout = '60s';
alter role stateroom_query set default_transaction_read_only = on;
alter role stateroom_query set statement_timeout = '15s';
alter role stateroom_query set idle_in_transaction_session_timeout = '15s';
alter role stateroom_query set work_mem = '16MB';
do $do$
begin
    alter role stateroom_query set temp_file_limit = '256MB';
exception when insufficient_privilege then
    raise notice 'stateroom_query has no limit of temporary files, since % may not set one', current_user;
end
$do$;

create schema if not exists stateroom authorization stateroom_owner;
grant usage on schema stateroom to stateroom_app, stateroom_user, stateroom_admin, stateroom_readonly,
    stateroom_query, stateroom_engine, stateroom_client;

create extension if not exists pg_trgm;
create extension if not exists btree_gin;
-- Only a superuser may make this one, and it must be preloaded: statistics of statements are a luxury.
do $do$
begin
    create extension if not exists pg_stat_statements;
exception when insufficient_privilege or undefined_file or feature_not_supported then
    raise notice 'pg_stat_statements is not available: %', sqlerrm;
end
$do$;
