-- Who may do what with tasks.

grant select on stateroom.state_transitions to stateroom_user, stateroom_admin;
