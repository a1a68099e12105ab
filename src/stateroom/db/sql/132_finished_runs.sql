-- The slots in which ended runs are published: emptied, never deleted from.

-- Empty the slots of finished_runs that every reader has read (with no reader: that are older than five minutes);
-- returns how many were emptied. A slot in which somebody still reads is left for the next time.
-- Called by: the scheduler, each minute. Security definer: TRUNCATE is granted to nobody.
create or replace function stateroom.drop_finished_runs() returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog
    set lock_timeout = '500ms'
as $$
declare
    v_below xid8 := (select min(read_below) from stateroom.finished_run_readers);
    v_slot smallint;
    v_count integer := 0;
begin
    foreach v_slot in array array[0, 1, 2, 3]::smallint[] loop
        if v_slot in (stateroom.finished_slot(), (stateroom.finished_slot() + 3) % 4)
            or not exists (select from stateroom.finished_runs f where f.slot = v_slot)
            or exists (select from stateroom.finished_runs f where f.slot = v_slot and f.xid >= v_below) then
            continue;
        end if;
        begin
            case v_slot
                when 0 then truncate stateroom.finished_runs_0;
                when 1 then truncate stateroom.finished_runs_1;
                when 2 then truncate stateroom.finished_runs_2;
                else truncate stateroom.finished_runs_3;
            end case;
            v_count := v_count + 1;
        exception when lock_not_available then
            continue;
        end;
    end loop;
    return v_count;
end
$$;

-- The slot of finished_runs that is written now: four of five minutes each, in turn.
create or replace function stateroom.finished_slot() returns smallint
    language sql stable parallel safe
    return ((extract(epoch from stateroom.now())::bigint / 300) % 4)::smallint;
