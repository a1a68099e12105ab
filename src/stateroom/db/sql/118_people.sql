-- What people see of each other.

-- Those with whom the caller shares a project, and the caller: nothing but what a page shows of somebody. Owned by the
-- maintenance role, since the rows of users are for themselves.
create or replace view stateroom.people with (security_barrier) as
select u.id, u.username, u.name, u.avatar_url
from stateroom.users u
where (select stateroom.sees_all()) or u.id = (select stateroom.current_user_id())
    or u.id in (select m.user_id from stateroom.project_members m
        where m.project_id = any ((select stateroom.read_projects())::uuid[]));
