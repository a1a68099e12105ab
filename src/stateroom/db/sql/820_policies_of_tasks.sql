-- Row policies of tasks, their dependencies and contexts, and of the transitions that states may make.

drop policy if exists state_transitions_signed_in on stateroom.state_transitions;
create policy state_transitions_signed_in on stateroom.state_transitions for select to stateroom_user, stateroom_admin
    using ((select stateroom.current_user_id()) is not null);
