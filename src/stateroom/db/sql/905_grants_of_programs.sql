-- Who may do what from programs: people, services with a login of their own, and handlers through their worker.

grant execute on function
    stateroom.enqueue_many(text, jsonb[], uuid, integer, timestamptz, double precision, text[], jsonb),
    stateroom.results(uuid[])
    to stateroom_user, stateroom_admin, stateroom_client;
grant execute on function
    stateroom.enqueue_children(uuid, bigint, text, jsonb[], integer, timestamptz, double precision, text[], jsonb),
    stateroom.publish_code(text, jsonb)
    to stateroom_engine;
