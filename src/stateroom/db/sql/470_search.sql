-- Search over what people write: full text first, then names that resemble the words.
--
--   search (the caller's rights)        find_matches, find_similar (their owner's rights)
--     reads the rows by their ids   ←     the newest matches of each kind among what the caller may see
--
-- Row policies keep indexes from being used for @@ and <%, which are not leakproof: a row would have to pass the policy
-- first. So the indexes are read by functions that apply the policies by themselves, and the rows are read by search
-- under the policies once more: what the first let through by mistake, the second hides.

-- pg_trgm's operators, whatever schema the extension stands in: bodies like these are resolved when they are made.
create or replace function stateroom.resembles(p_words text, p_name text) returns boolean
    language sql stable strict parallel safe
    return p_words <% p_name;

create or replace function stateroom.likeness(p_words text, p_name text) returns real
    language sql immutable strict parallel safe
    return word_similarity(p_words, p_name);

-- Loads pg_trgm: a setting that is not known yet may be put on a function by a superuser only.
select stateroom.likeness('a', 'a');

-- The planner tries the words on its samples of a column, each time: ten tell as much as a hundred, in less time.
alter table stateroom.tasks alter column title set statistics 10;
alter table stateroom.projects alter column name set statistics 10;
alter table stateroom.workflows alter column name set statistics 10;
alter table stateroom.triage_items alter column title set statistics 10;

-- Ids of what a query matches among what the caller may see, best first within each kind. Of what more than 200 rows
-- match, the 200 newest are ranked: found by walking the ids back for who sees all, by sorting what they see for others,
-- whose few rows such a walk could miss for long. p_number: the number of a task.
-- Called by: search. Reads only; planned anew each time, since the best plan depends on the words and the projects.
-- Security definer: see above. It shows no more than the policies do.
create or replace function stateroom.find_matches(p_query tsquery, p_number integer, p_kinds text[], p_limit integer)
    returns table (kind text, id uuid, rank real)
    language plpgsql stable security definer
    set search_path = pg_catalog
    set plan_cache_mode = force_custom_plan
    set jit = off
as $$
declare
    v_all boolean := stateroom.sees_all();
    v_read uuid[] := stateroom.read_projects();
    v_open uuid[] := stateroom.open_projects();
    v_me uuid := stateroom.current_user_id();
    v_role text := stateroom.current_role_name();
    v_reporter uuid := case when not stateroom.is_narrowed() then v_me end;
begin
    if p_number is not null and 'task' = any (p_kinds) then
        return query
        select 'task', t.id, 2::real from stateroom.tasks t
        where t.number = p_number and t.kind = 'planned' and t.deleted_at is null
            and (v_all or (t.project_id = any (v_read)
                and (t.project_id = any (v_open) or t.assigned_user_id = v_me or t.assigned_role::text = v_role
                    or t.created_by = v_me)))
        order by t.id desc limit p_limit;
        return;
    end if;
    if 'task' = any (p_kinds) then
        return query
        select 'task', m.id, ts_rank(m.search, p_query) from (
            select t.id, t.search from stateroom.tasks t
            where t.search @@ p_query and t.kind = 'planned' and t.deleted_at is null
                and (v_all or (t.project_id = any (v_read)
                    and (t.project_id = any (v_open) or t.assigned_user_id = v_me or t.assigned_role::text = v_role
                        or t.created_by = v_me)))
            order by case when v_all then t.id end desc, t.created_at desc limit 200
        ) as m order by 3 desc limit p_limit;
    end if;
    if 'project' = any (p_kinds) then
        return query
        select 'project', m.id, ts_rank(m.search, p_query) from (
            select p.id, p.search from stateroom.projects p
            where p.search @@ p_query and (v_all or p.id = any (v_read))
            order by p.id desc limit 200
        ) as m order by 3 desc limit p_limit;
    end if;
    if 'workflow' = any (p_kinds) then
        return query
        select 'workflow', m.id, ts_rank(m.search, p_query) from (
            select w.id, w.search from stateroom.workflows w
            where w.search @@ p_query and (v_all or w.project_id = any (v_read))
            order by w.id desc limit 200
        ) as m order by 3 desc limit p_limit;
    end if;
    if 'triage_item' = any (p_kinds) then
        return query
        select 'triage_item', m.id, ts_rank(m.search, p_query) from (
            select i.id, i.search from stateroom.triage_items i
            where i.search @@ p_query and i.deleted_at is null
                and (v_all or i.reporter_id = v_reporter or (i.project_id = any (v_read)
                    and (i.project_id = any (v_open) or v_me in (i.reporter_id, i.assigned_to))))
            order by case when v_all then i.id end desc, i.created_at desc limit 200
        ) as m order by 3 desc limit p_limit;
    end if;
    if 'chat_message' = any (p_kinds) then
        return query
        select 'chat_message', m.id, ts_rank(m.search, p_query) from (
            select c.id, c.search from stateroom.chat_messages c
            where c.search @@ p_query and c.deleted_at is null and (v_all or c.project_id = any (v_read))
                and (c.recipient_id is null or v_me in (c.sender_id, c.recipient_id))
            order by case when v_all then c.id end desc, c.created_at desc limit 200
        ) as m order by 3 desc limit p_limit;
    end if;
end
$$;

-- Ids of what has a name that resembles the words, most alike first within each kind, among what the caller may see: of
-- at most 200 each, so that a word that many names resemble costs no more.
-- Called by: search, when full text has found little. Reads only. Security definer: see above.
create or replace function stateroom.find_similar(p_words text, p_kinds text[], p_limit integer)
    returns table (kind text, id uuid, likeness real)
    language plpgsql stable security definer
    set search_path = pg_catalog
    set plan_cache_mode = force_custom_plan
    set jit = off
    set "pg_trgm.word_similarity_threshold" = 0.5
as $$
declare
    v_all boolean := stateroom.sees_all();
    v_read uuid[] := stateroom.read_projects();
    v_open uuid[] := stateroom.open_projects();
    v_me uuid := stateroom.current_user_id();
    v_role text := stateroom.current_role_name();
    v_reporter uuid := case when not stateroom.is_narrowed() then v_me end;
begin
    if 'task' = any (p_kinds) then
        return query
        select 'task', m.id, stateroom.likeness(p_words, m.name) from (
            select t.id, t.title as name from stateroom.tasks t
            where stateroom.resembles(p_words, t.title) and t.kind = 'planned' and t.deleted_at is null
                and (v_all or (t.project_id = any (v_read)
                    and (t.project_id = any (v_open) or t.assigned_user_id = v_me or t.assigned_role::text = v_role
                        or t.created_by = v_me))) limit 200
        ) as m order by 3 desc, m.id desc limit p_limit;
    end if;
    if 'project' = any (p_kinds) then
        return query
        select 'project', m.id, stateroom.likeness(p_words, m.name) from (
            select p.id, p.name as name from stateroom.projects p
            where stateroom.resembles(p_words, p.name) and (v_all or p.id = any (v_read)) limit 200
        ) as m order by 3 desc, m.id desc limit p_limit;
    end if;
    if 'workflow' = any (p_kinds) then
        return query
        select 'workflow', m.id, stateroom.likeness(p_words, m.name) from (
            select w.id, w.name as name from stateroom.workflows w
            where stateroom.resembles(p_words, w.name) and (v_all or w.project_id = any (v_read)) limit 200
        ) as m order by 3 desc, m.id desc limit p_limit;
    end if;
    if 'triage_item' = any (p_kinds) then
        return query
        select 'triage_item', m.id, stateroom.likeness(p_words, m.name) from (
            select i.id, i.title as name from stateroom.triage_items i
            where stateroom.resembles(p_words, i.title) and i.deleted_at is null
                and (v_all or i.reporter_id = v_reporter or (i.project_id = any (v_read)
                    and (i.project_id = any (v_open) or v_me in (i.reporter_id, i.assigned_to)))) limit 200
        ) as m order by 3 desc, m.id desc limit p_limit;
    end if;
end
$$;

-- Search what the caller may see: `kinds` of task, project, workflow, triage_item and chat_message (null: all). The
-- query is what web searches understand ("two words", or, -not); #42 is the task of that number. When full text finds
-- fewer than the limit, names that resemble the words follow, unless words are excluded. The words that matched stand
-- between « and » in the snippet, which is the writer's own text: whoever shows it has to escape it. Raises SR422.
-- Called by: people. Reads only.
create or replace function stateroom.search(p_query text, p_kinds text[] default null, p_limit integer default 20)
    returns table (kind text, id uuid, project_id uuid, number integer, title text, snippet text, rank real)
    language plpgsql stable
    set search_path = pg_catalog
    set client_min_messages = warning -- that a query has nothing but stop words is no news
    set jit = off
as $$
declare
    v_known constant text[] := '{task,project,workflow,triage_item,chat_message}';
    v_kinds constant text[] := coalesce(p_kinds, v_known);
    v_number constant integer := substring(p_query from '^\s*#(\d{1,9})\s*$')::integer;
    v_words constant text := btrim(regexp_replace(p_query, '[^[:alnum:]]+', ' ', 'g'));
    v_query constant tsquery := websearch_to_tsquery('english', p_query);
    v_kind text[];
    v_id uuid[];
    v_rank real[];
begin
    if coalesce(btrim(p_query), '') = '' or char_length(p_query) > 1000 then
        raise exception using errcode = 'SR422', message = 'query: 1 to 1,000 characters', hint = 'Say what to look for.';
    elsif not v_kinds <@ v_known then
        raise exception using errcode = 'SR422', message = 'kinds: not all of these can be searched',
            hint = 'Choose among ' || array_to_string(v_known, ', ') || '.';
    elsif p_limit is null or p_limit not between 1 and 100 then
        raise exception using errcode = 'SR422', message = 'limit: 1 to 100', hint = 'Ask for at most 100.';
    end if;
    select array_agg(f.kind), array_agg(f.id), array_agg(f.rank) into v_kind, v_id, v_rank
    from (select * from stateroom.find_matches(v_query, v_number, v_kinds, p_limit) as m
        order by m.rank desc, m.id desc limit p_limit) as f;
    if coalesce(cardinality(v_id), 0) < p_limit and v_number is null and char_length(v_words) > 2
        and p_query !~ '(^|\s)-\S' then
        select v_kind || array_agg(f.kind), v_id || array_agg(f.id), v_rank || array_agg(f.likeness / 1000)
        into v_kind, v_id, v_rank
        from (select * from stateroom.find_similar(v_words, v_kinds, p_limit) as m
            where not m.id = any (coalesce(v_id, '{}')) order by m.likeness desc, m.id desc limit p_limit) as f;
    end if;
    return query
    select x.kind, x.id, x.project_id, x.number, x.title, nullif(ts_headline('english', left(x.body, 5000), v_query,
        'StartSel=«, StopSel=», MaxWords=25, MinWords=10, MaxFragments=1'), ''), x.rank
    from (
        select f.kind, f.id, t.project_id, t.number, t.title, t.description as body, f.rank
        from unnest(v_kind, v_id, v_rank) as f (kind, id, rank) join stateroom.tasks t on t.id = f.id
        where f.kind = 'task'
        union all
        select f.kind, f.id, p.id, null, p.name, p.description, f.rank
        from unnest(v_kind, v_id, v_rank) as f (kind, id, rank) join stateroom.projects p on p.id = f.id
        where f.kind = 'project'
        union all
        select f.kind, f.id, w.project_id, null, w.name, w.description, f.rank
        from unnest(v_kind, v_id, v_rank) as f (kind, id, rank) join stateroom.workflows w on w.id = f.id
        where f.kind = 'workflow'
        union all
        select f.kind, f.id, i.project_id, null, i.title, i.description, f.rank
        from unnest(v_kind, v_id, v_rank) as f (kind, id, rank) join stateroom.triage_items i on i.id = f.id
        where f.kind = 'triage_item'
        union all
        select f.kind, f.id, c.project_id, null, left(c.message, 100), c.message, f.rank
        from unnest(v_kind, v_id, v_rank) as f (kind, id, rank) join stateroom.chat_messages c on c.id = f.id
        where f.kind = 'chat_message'
        order by 7 desc, 2 desc limit p_limit
    ) as x;
end
$$;
