-- The permission matrix: what a role may do. Everything that asks for a permission asks this table, or what was computed
-- from it by set_context (has_permission, read_projects and their like).
--   global:  the role of a person. manage:projects there holds in every project that they are a member of, and then they
--            have all that a maintainer has.
--   project: the role of a member in that project, whatever their global role is. The owner is a maintainer.

delete from stateroom.role_permissions r
where r.scope = 'global' and not r.role = any (enum_range(null::stateroom.user_role)::text[])
    or r.scope = 'project' and not r.role = any (enum_range(null::stateroom.project_role)::text[]);

insert into stateroom.role_permissions (scope, role, permissions) values
    ('global', 'developer', '{read:tasks,write:tasks,run:work}'),
    ('global', 'designer', '{read:tasks,write:tasks,run:work}'),
    ('global', 'tester', '{read:tasks,write:tasks,run:work}'),
    ('global', 'project_manager', '{read:tasks,write:tasks,run:work,manage:projects,read:metrics}'),
    ('global', 'admin', '{read:tasks,write:tasks,run:work,manage:projects,read:metrics,admin}'),
    ('project', 'viewer', '{read:tasks}'),
    ('project', 'contributor', '{read:tasks,write:tasks,run:work}'),
    ('project', 'maintainer', '{read:tasks,write:tasks,run:work,manage:projects}')
on conflict (scope, role) do update set permissions = excluded.permissions;
