-- Who may do what with events, deployments, webhooks, agents and statistics. After 900, which takes everything away.

grant select on stateroom.events to stateroom_user, stateroom_admin;
grant execute on function stateroom.read_events(xid8, uuid, integer, text[]) to stateroom_user, stateroom_admin;
grant execute on function stateroom.emit(text, uuid, jsonb, uuid, uuid, uuid, uuid) to stateroom_engine;
