-- The dependency tree of open planned tasks: for each root (what waits for nothing open) all that wait for it.

-- Depths in a graph without cycles, given as parallel arrays of edges (from before to after) and the roots to begin with:
-- one row for each root and what it reaches, with the length of a shortest and of the longest path, and the task before
-- it on a shortest one. Costs the edges below each root, however many paths lead through them. A task keeps its first
-- hundred roots, so that a thousand roots above a thousand tasks stay readable.
-- Called by: the two functions below. Computes only.
create or replace function stateroom.graph_depths(p_from uuid[], p_to uuid[], p_roots uuid[])
    returns table (root_id uuid, task_id uuid, min_depth integer, max_depth integer, via_task_id uuid)
    language plpgsql immutable
    set search_path = pg_catalog
    set enable_nestloop = off
as $$
declare
    v_ids uuid[]; -- nodes have the numbers of this array
    v_to integer[]; -- the ends of edges, in order of where they begin
    v_first integer[]; -- where the edges of a node begin in it
    v_root integer;
    v_node integer;
    v_next integer;
    v_list integer[];
    v_order integer[];
    v_length integer;
    v_done integer;
    v_count integer;
    v_min integer[]; -- of the present root; null: not reached
    v_max integer[];
    v_via integer[];
    v_open integer[]; -- edges to a node that have not been followed yet
    v_roots integer[]; -- by how many roots a node has been reached
begin
    select array_agg(i.id order by i.id) into v_ids
    from (select unnest(p_from) as id union select unnest(p_to) union select unnest(p_roots)) as i;
    v_count := coalesce(cardinality(v_ids), 0);
    with n as materialized (
        select i.id, i.no::integer as no from unnest(v_ids) with ordinality as i (id, no)
    ), e as materialized (
        select f.no as start, t.no as stop
        from unnest(p_from, p_to) as e (start, stop) join n f on f.id = e.start join n t on t.id = e.stop
    ), c as (
        select n.no, count(e.start) as edges from n left join e on e.start = n.no group by n.no
    )
    select (select array_agg(e.stop order by e.start, e.stop) from e),
        (select array_agg(x.first order by x.no) from (
            select c.no, (1 + coalesce(sum(c.edges) over (order by c.no rows between unbounded preceding and 1 preceding), 0))
                ::integer as first
            from c union all select v_count + 1, 1 + coalesce(cardinality(p_from), 0)) as x)
    into v_to, v_first;
    v_min := array_fill(null::integer, array[v_count]);
    v_max := v_min;
    v_via := v_min;
    v_open := array_fill(0, array[v_count]);
    v_roots := v_open;
    v_list := v_open;
    v_order := v_open;
    for v_root in
        select i.no::integer from unnest(v_ids) with ordinality as i (id, no)
        where i.id in (select unnest(p_roots) as root) order by i.no
    loop
        -- breadth first: what is reached, by how few steps, and how many edges lead there
        v_min[v_root] := 0;
        v_list[1] := v_root;
        v_length := 1;
        v_done := 0;
        while v_done < v_length loop
            v_done := v_done + 1;
            v_node := v_list[v_done];
            for v_edge in v_first[v_node] .. v_first[v_node + 1] - 1 loop
                v_next := v_to[v_edge];
                continue when v_roots[v_next] >= 100;
                v_open[v_next] := v_open[v_next] + 1;
                if v_min[v_next] is null then
                    v_min[v_next] := v_min[v_node] + 1;
                    v_via[v_next] := v_node;
                    v_length := v_length + 1;
                    v_list[v_length] := v_next;
                end if;
            end loop;
        end loop;
        -- a node's longest path is known once all edges to it have been followed
        v_max[v_root] := 0;
        v_order[1] := v_root;
        v_length := 1;
        v_done := 0;
        while v_done < v_length loop
            v_done := v_done + 1;
            v_node := v_order[v_done];
            root_id := v_ids[v_root];
            task_id := v_ids[v_node];
            min_depth := v_min[v_node];
            max_depth := v_max[v_node];
            via_task_id := v_ids[v_via[v_node]];
            return next;
            for v_edge in v_first[v_node] .. v_first[v_node + 1] - 1 loop
                v_next := v_to[v_edge];
                continue when v_min[v_next] is null;
                v_max[v_next] := greatest(v_max[v_next], v_max[v_node] + 1);
                v_open[v_next] := v_open[v_next] - 1;
                if v_open[v_next] = 0 then
                    v_length := v_length + 1;
                    v_order[v_length] := v_next;
                end if;
            end loop;
        end loop;
        for v_done in 1 .. v_length loop
            v_node := v_order[v_done];
            v_roots[v_node] := v_roots[v_node] + 1;
            v_min[v_node] := null;
            v_max[v_node] := null;
            v_via[v_node] := null;
        end loop;
    end loop;
end
$$;

-- The whole tree, of all projects. Called by: the refresh of the materialised view, as its owner.
create or replace function stateroom.build_dependency_tree()
    returns table (root_id uuid, task_id uuid, min_depth integer, max_depth integer, via_task_id uuid)
    language plpgsql stable
    set search_path = pg_catalog
    set enable_nestloop = off -- it reads everything; right after a load nothing is known of how much that is
as $$
declare
    v_from uuid[];
    v_to uuid[];
begin
    select array_agg(p.id), array_agg(t.id) into v_from, v_to
    from stateroom.task_dependencies d
    join stateroom.tasks t on t.id = d.task_id and t.kind = 'planned' and t.deleted_at is null
        and t.status in ('pending', 'in_progress')
    join stateroom.tasks p on p.id = d.depends_on_task_id and p.kind = 'planned' and p.deleted_at is null
        and p.status in ('pending', 'in_progress')
    where d.dependency_type = 'blocks';
    return query select g.* from stateroom.graph_depths(v_from, v_to, array(
        select unnest(v_from) except select unnest(v_to))) as g;
    return query
    select i.id, i.id, 0, 0, null::uuid from (
        select t.id from stateroom.tasks t
        where t.kind = 'planned' and t.deleted_at is null and t.status in ('pending', 'in_progress')
        except (select unnest(v_from) union all select unnest(v_to))
    ) as i;
end
$$;

create materialized view if not exists stateroom.task_dependency_tree_rows as
select b.root_id, b.task_id, b.min_depth, b.max_depth, b.via_task_id from stateroom.build_dependency_tree() as b;
create unique index if not exists task_dependency_tree_rows_key on stateroom.task_dependency_tree_rows (root_id, task_id);
create index if not exists task_dependency_tree_rows_task on stateroom.task_dependency_tree_rows (task_id);

-- A shortest path from a root to a task, as of the last refresh; null when there is none, or the caller does not see the task.
-- Called by: the view below. Costs one look for each step. Security definer: nobody reads the rows themselves.
create or replace function stateroom.dependency_path(p_root uuid, p_task uuid) returns uuid[]
    language plpgsql stable security definer
    set search_path = pg_catalog
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
as $$
declare
    v_task uuid := p_task;
    v_path uuid[] := '{}';
begin
    if not exists (select from stateroom.tasks t where t.id = p_task
            and stateroom.sees_task(t.project_id, t.assigned_user_id, t.assigned_role, t.created_by)) then
        return null;
    end if;
    while v_task is not null loop
        v_path := v_path || v_task;
        select r.via_task_id into v_task from stateroom.task_dependency_tree_rows r
        where r.root_id = p_root and r.task_id = v_task;
        if not found then
            return null;
        end if;
    end loop;
    return array(select n.id from unnest(v_path) with ordinality as n (id, no) order by n.no desc);
end
$$;

-- The tree of what the caller may see, as of the last refresh. The path is worked out when it is asked for: stored, those
-- of a chain of ten thousand would take a gigabyte.
create or replace view stateroom.task_dependency_tree with (security_barrier) as
select r.root_id, r.task_id, t.project_id, t.number, t.title, t.status, r.min_depth, r.max_depth, r.via_task_id,
    stateroom.dependency_path(r.root_id, r.task_id) as path
from stateroom.task_dependency_tree_rows r join stateroom.tasks t on t.id = r.task_id
where (select stateroom.sees_all()) or (t.project_id = any ((select stateroom.read_projects())::uuid[])
    and (t.project_id = any ((select stateroom.open_projects())::uuid[])
        or t.assigned_user_id = (select stateroom.current_user_id())
        or t.assigned_role::text = (select stateroom.current_role_name())
        or t.created_by = (select stateroom.current_user_id())));

-- What one task waits for (direction above) and what waits for it (below), at any distance, among open tasks, as of now.
-- Itself at depth 0. Raises SR404. Called by: people. Reads only. Security definer: a path may lead through tasks that the
-- caller does not see; these are left out, and what stands behind them is not.
create or replace function stateroom.dependency_tree(p_task uuid) returns table (direction text, task_id uuid,
    number integer, title text, status stateroom.task_status, min_depth integer, max_depth integer, via_task_id uuid)
    language plpgsql stable security definer
    set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_from uuid[];
    v_to uuid[];
begin
    if not exists (select from stateroom.tasks t where t.id = p_task and t.kind = 'planned'
            and stateroom.sees_task(t.project_id, t.assigned_user_id, t.assigned_role, t.created_by)) then
        raise exception using errcode = 'SR404', message = format('task %s does not exist', p_task),
            hint = 'List the tasks that you may see.';
    end if;
    foreach direction in array array['above', 'below'] loop
        with recursive reached (start, stop) as (
            select null::uuid, p_task
            union
            select r.stop, n.id from reached r cross join lateral (
                select d.depends_on_task_id as id from stateroom.task_dependencies d
                where direction = 'above' and d.task_id = r.stop and d.dependency_type = 'blocks'
                union all
                select d.task_id from stateroom.task_dependencies d
                where direction = 'below' and d.depends_on_task_id = r.stop and d.dependency_type = 'blocks'
            ) as n join stateroom.tasks t on t.id = n.id
            where t.deleted_at is null and t.status in ('pending', 'in_progress')
        )
        select array_agg(r.start), array_agg(r.stop) into v_from, v_to from reached r where r.start is not null;
        return query
        select direction, t.id, t.number, t.title, t.status, g.min_depth, g.max_depth, g.via_task_id
        from stateroom.graph_depths(v_from, v_to, array[p_task]) as g join stateroom.tasks t on t.id = g.task_id
        where (g.min_depth > 0 or direction = 'above')
            and stateroom.sees_task(t.project_id, t.assigned_user_id, t.assigned_role, t.created_by);
    end loop;
end
$$;
