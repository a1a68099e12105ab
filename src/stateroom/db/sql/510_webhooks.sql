-- Webhooks that others send to us. What arrives becomes a row of webhook_events and an event of the outbox in one
-- transaction, once for each delivery: nothing is left to be processed later, so nothing is claimed or tried again here.

-- The active endpoint that receives at this slug, with its sealed secret; no row when there is none.
-- Called by: stateroom_app before anybody is known, to check the signature. Security definer: secrets are granted to nobody.
create or replace function stateroom.receiving_endpoint(p_slug text)
    returns table (id uuid, project_id uuid, secret text)
    language sql stable security definer
    set search_path = pg_catalog
as $$
    select e.id, e.project_id, e.secret from stateroom.webhook_endpoints e
    where e.slug = p_slug and e.direction = 'in' and e.is_active
$$;

-- Take a delivery in; returns its event and whether this call created it (the same delivery again gives the first one's).
-- p_event_type is the sender's event in our words (pr_merged, build_failed, …). An endpoint with a secret takes only what
-- p_verified says is signed with it (SR403); an endpoint takes only the types that it lists, if it lists any (SR422).
-- Raises SR404 for an unknown or inactive slug. Called by: stateroom_app, which has checked the signature. Two of the same
-- delivery at one time: the second waits for the first. Headers that are secret by their name are kept redacted.
-- Security definer: webhook events are written by nobody directly.
create or replace function stateroom.receive_webhook(
    p_slug text, p_delivery_id text, p_event_type text, p_source text, p_headers jsonb, p_body jsonb,
    p_signature text default null, p_verified boolean default false
) returns table (webhook_event_id uuid, created boolean)
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
#variable_conflict use_column
declare
    v_endpoint stateroom.webhook_endpoints;
    v_id uuid := stateroom.uuidv7();
    v_seen uuid;
begin
    select e.* into v_endpoint from stateroom.webhook_endpoints e
    where e.slug = p_slug and e.direction = 'in' and e.is_active;
    if not found then
        raise exception using errcode = 'SR404', message = format('there is no endpoint %L', p_slug),
            hint = 'Look at the address that the sender was given.';
    elsif v_endpoint.secret is not null and not coalesce(p_verified, false) then
        raise exception using errcode = 'SR403', message = format('the signature of a delivery to %L is wrong', p_slug),
            hint = 'Give the sender the secret of the endpoint.';
    elsif v_endpoint.event_types <> '{}' and not p_event_type = any (v_endpoint.event_types) then
        raise exception using errcode = 'SR422', message = format('endpoint %L does not take %s', p_slug, p_event_type),
            hint = 'It takes: ' || array_to_string(v_endpoint.event_types, ', ') || '.';
    end if;
    insert into stateroom.webhook_deliveries_seen (source, delivery_id, webhook_event_id)
    values (p_slug, p_delivery_id, v_id) on conflict (source, delivery_id) do nothing;
    if not found then
        select s.webhook_event_id into v_seen from stateroom.webhook_deliveries_seen s
        where s.source = p_slug and s.delivery_id = p_delivery_id;
        return query select v_seen, false;
        return;
    end if;
    insert into stateroom.webhook_events (id, endpoint_id, project_id, direction, event_type, event_source, event_data,
        headers, signature, signature_verified, processed, processed_at, processing_attempts)
    values (v_id, v_endpoint.id, v_endpoint.project_id, 'in', p_event_type, p_source, coalesce(p_body, '{}'),
        stateroom.without_secrets(coalesce(p_headers, '{}')), p_signature, v_endpoint.secret is not null, true, stateroom.now(), 1);
    perform stateroom.emit(p_event_type, v_endpoint.project_id, jsonb_build_object('webhook_event_id', v_id,
        'endpoint_id', v_endpoint.id, 'source', p_source));
    return query select v_id, true;
exception when check_violation or not_null_violation then
    raise exception using errcode = 'SR422', message = format('delivery %L cannot be kept as it is', left(p_delivery_id, 200)),
        hint = 'It needs an id of its own, a type in lower case, a source, and headers as one object.';
end
$$;
