"""Policies cost nothing per row: what they ask of the caller is asked once for each statement."""

import re

import pytest

pytestmark = pytest.mark.both

PEOPLE = ("stateroom_user", "stateroom_admin")
# Of each table that a role may read, change or delete from: a statement under the role's policies for it.
STATEMENTS = """
select c.relname as name, v.verb, case v.verb when 'SELECT' then format('select from stateroom.%I', c.relname)
    when 'DELETE' then format('delete from stateroom.%I', c.relname)
    else (select format('update stateroom.%I set %I = default', c.relname, a.attname) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and has_column_privilege($1, c.oid, a.attnum, 'UPDATE') limit 1)
    end as statement
from pg_class c cross join (values ('SELECT'), ('UPDATE'), ('DELETE')) as v (verb)
where c.relnamespace = 'stateroom'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and (has_table_privilege($1, c.oid, v.verb) or v.verb <> 'DELETE' and has_any_column_privilege($1, c.oid, v.verb))
"""
FUNCTIONS = """
select string_agg(distinct p.proname, '|') from pg_proc p
where p.pronamespace = 'stateroom'::regnamespace and p.prorettype <> 'trigger'::regtype
"""
CHECKED = re.compile(r"^\s*(?:Filter|Index Cond|Recheck Cond|Join Filter|Hash Cond|Merge Cond): (.*)$", re.MULTILINE)


@pytest.mark.parametrize("role", PEOPLE)
async def test_policies_call_no_function_for_each_row(db, role):
    admin = await db.connect("admin")
    # also what a function of ours becomes that is inlined
    called = re.compile(rf"\b(?:current_setting|pg_has_role|{await admin.fetchval(FUNCTIONS)})\(")
    statements = await admin.fetch(STATEMENTS, role)
    assert len(statements) > 50
    await admin.execute(f"set role {role}")
    guarded, calling = 0, {}
    for name, verb, statement in statements:
        plan = "\n".join(row[0] for row in await admin.fetch(f"explain (costs off) {statement}"))
        conditions = CHECKED.findall(plan)
        guarded += bool(conditions) or "InitPlan" in plan
        if found := [each for each in conditions if called.search(each)]:
            calling[name, verb] = found
    assert calling == {}
    assert guarded > len(statements) * 0.9
