-- Requests that may be sent twice: the answer of the first is remembered for a day, and given again.

-- Begin a request under a key of the caller's. Null: it is new (or its answer has expired), go on and call finish_request
-- in the same transaction. Else: the answer of the first. SR409 when the key was used for another request. A second
-- request at the same time waits for the first to end. Called by: people and their keys. Locks the key's row. Security
-- definer: remembered answers are for functions only.
create or replace function stateroom.begin_request(p_key text, p_request_hash text) returns jsonb
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_user uuid := stateroom.current_user_id();
    v_row record;
begin
    insert into stateroom.http_idempotency as h (user_id, key, request_hash) values (v_user, p_key, p_request_hash)
    on conflict (user_id, key) do update set request_hash = excluded.request_hash, answer = null,
        expires_at = excluded.expires_at, created_at = excluded.created_at
        where h.expires_at <= stateroom.now();
    if found then
        return null;
    end if;
    select h.request_hash, h.answer into v_row from stateroom.http_idempotency h where h.user_id = v_user and h.key = p_key;
    if v_row.request_hash is distinct from p_request_hash then
        raise exception using errcode = 'SR409', message = format('the key %L was used for another request', p_key),
            hint = 'Use a new Idempotency-Key for each request, and the same only to send one again.';
    elsif v_row.answer is null then
        raise exception using errcode = 'SR409', message = format('the request with the key %L has no answer yet', p_key),
            hint = 'Send it again in a moment.';
    end if;
    return v_row.answer;
end
$$;

-- Remember the answer of a request that was begun in this transaction. SR404 when it was not.
-- Called by: people and their keys. Security definer: as above.
create or replace function stateroom.finish_request(p_key text, p_answer jsonb) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
begin
    update stateroom.http_idempotency h set answer = p_answer
    where h.user_id = stateroom.current_user_id() and h.key = p_key and h.answer is null;
    if not found then
        raise exception using errcode = 'SR404', message = format('no request was begun with the key %L', p_key),
            hint = 'Call stateroom.begin_request first.';
    end if;
end
$$;
