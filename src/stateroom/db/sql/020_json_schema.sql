-- JSON Schema, as far as settings use it. Applied before the tables, whose checks call these.
-- Understood: type, enum, const, minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength, pattern (a
-- regular expression of PostgreSQL), items, minItems, maxItems, uniqueItems, properties, required,
-- additionalProperties, anyOf, allOf, not, and words that only tell. Any other keyword is refused, not passed over.

-- What is wrong with a schema, or null. Both recurse; what is nested deeper than 20 is refused.
create or replace function stateroom.schema_problem(p_schema jsonb, p_at text default 'schema', p_depth integer default 0)
    returns text
    language plpgsql immutable strict
    set search_path = pg_catalog
as $$
declare
    v_key text;
    v_part jsonb;
    v_kind text;
    v_said text;
    v_inner jsonb;
begin
    if jsonb_typeof(p_schema) = 'boolean' then
        return null;
    elsif jsonb_typeof(p_schema) <> 'object' then
        return p_at || ' is not an object';
    elsif p_depth > 20 then
        return p_at || ' is nested too deep';
    end if;
    for v_key, v_part in select * from jsonb_each(p_schema) loop
        v_kind := jsonb_typeof(v_part);
        v_said := case
            when v_key in ('const', 'default', 'examples') then null
            when v_key in ('title', 'description', '$schema', '$comment') and v_kind = 'string' then null
            when v_key in ('minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum') and v_kind = 'number' then null
            when v_key in ('minLength', 'maxLength', 'minItems', 'maxItems') and v_kind = 'number'
                and v_part::numeric between 0 and 1000000 and v_part::numeric = trunc(v_part::numeric) then null
            when v_key = 'uniqueItems' and v_kind = 'boolean' then null
            when v_key = 'enum' and v_kind = 'array' then null
            when v_key = 'required' and v_kind = 'array'
                and not jsonb_path_exists(v_part, '$[*] ? (@.type() != "string")') then null
            when v_key = 'type' and v_kind in ('string', 'array') and array(select jsonb_array_elements_text(
                case v_kind when 'array' then v_part else jsonb_build_array(v_part) end))
                <@ array['null', 'boolean', 'number', 'integer', 'string', 'array', 'object'] then null
            when v_key = 'pattern' and v_kind = 'string' and char_length(v_part #>> '{}') <= 500 then null
            when v_key in ('items', 'additionalProperties', 'not') then null
            when v_key = 'properties' and v_kind = 'object' then null
            when v_key in ('anyOf', 'allOf') and v_kind = 'array' and v_part <> '[]' then null
            when v_key in ('title', 'description', '$schema', '$comment', 'minimum', 'maximum', 'exclusiveMinimum',
                'exclusiveMaximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems', 'enum', 'required',
                'type', 'pattern', 'properties', 'anyOf', 'allOf') then 'has no valid value'
            else 'is not a keyword that is understood here'
        end;
        if v_said is not null then
            return p_at || '.' || v_key || ' ' || v_said;
        elsif v_key = 'pattern' then
            begin
                perform '' ~ (v_part #>> '{}');
            exception when invalid_regular_expression then
                return p_at || '.pattern is no regular expression: ' || sqlerrm;
            end;
        end if;
        for v_inner in
            select v_part where v_key in ('items', 'additionalProperties', 'not')
            union all select e.value from jsonb_each(case when v_key = 'properties' then v_part else '{}' end) as e
            union all select a.value
            from jsonb_array_elements(case when v_key in ('anyOf', 'allOf') then v_part else '[]' end) as a
        loop
            v_said := stateroom.schema_problem(v_inner, p_at || '.' || v_key, p_depth + 1);
            if v_said is not null then
                return v_said;
            end if;
        end loop;
    end loop;
    return null;
end
$$;

-- What is wrong with a value by a schema that is well formed, or null: the first problem, with its place before it.
create or replace function stateroom.value_problem(p_value jsonb, p_schema jsonb, p_at text default 'value') returns text
    language plpgsql immutable strict
    set search_path = pg_catalog
as $$
declare
    v_kind text := jsonb_typeof(p_value);
    v_types jsonb := case jsonb_typeof(p_schema -> 'type') when 'string' then jsonb_build_array(p_schema -> 'type')
        else p_schema -> 'type' end;
    v_said text;
begin
    if p_schema in ('true', 'false') then
        return case when p_schema = 'false' then p_at || ' is not allowed' end;
    end if;
    v_said := case
        when not v_types ? v_kind and not (v_types ? 'integer'
            and case v_kind when 'number' then p_value::numeric = trunc(p_value::numeric) else false end)
            then 'is not of type ' || array_to_string(array(select jsonb_array_elements_text(v_types)), ' or ')
        when not exists (select from jsonb_array_elements(p_schema -> 'enum') as e where e.value = p_value)
            and p_schema ? 'enum' then 'is none of ' || (p_schema ->> 'enum')
        when p_value <> p_schema -> 'const' then 'is not ' || (p_schema -> 'const')::text
    end;
    if v_said is null then
        v_said := case v_kind
            when 'number' then stateroom.number_problem(p_value::numeric, p_schema)
            when 'string' then stateroom.text_problem(p_value #>> '{}', p_schema)
            when 'array' then case
                when jsonb_array_length(p_value) < (p_schema -> 'minItems')::numeric then 'has too few items'
                when jsonb_array_length(p_value) > (p_schema -> 'maxItems')::numeric then 'has too many items'
                when (p_schema -> 'uniqueItems')::boolean and (select count(*) > count(distinct e.value)
                    from jsonb_array_elements(p_value) as e) then 'has an item twice' end
            when 'object' then (select 'lacks ' || r.name from jsonb_array_elements_text(p_schema -> 'required') as r (name)
                where not p_value ? r.name limit 1)
        end;
    end if;
    if v_said is not null then
        return p_at || ' ' || v_said;
    end if;
    return (
        select found.said from (
            select stateroom.value_problem(i.value, p_schema -> 'items', p_at || '[' || i.place - 1 || ']')
            from jsonb_array_elements(case v_kind when 'array' then p_value else '[]' end)
                with ordinality as i (value, place) where p_schema ? 'items'
            union all
            select stateroom.value_problem(m.value,
                coalesce(p_schema -> 'properties' -> m.key, p_schema -> 'additionalProperties', 'true'),
                p_at || '.' || m.key)
            from jsonb_each(case v_kind when 'object' then p_value else '{}' end) as m
            union all
            select stateroom.value_problem(p_value, a.value, p_at)
            from jsonb_array_elements(p_schema -> 'allOf') as a
            union all
            select p_at || ' fits none of the alternatives' where p_schema ? 'anyOf' and not exists (
                select from jsonb_array_elements(p_schema -> 'anyOf') as a
                where stateroom.value_problem(p_value, a.value, p_at) is null)
            union all
            select p_at || ' is what it must not be'
            where p_schema ? 'not' and stateroom.value_problem(p_value, p_schema -> 'not', p_at) is null
        ) as found (said) where found.said is not null limit 1);
end
$$;

-- What is wrong with a number, or null.
create or replace function stateroom.number_problem(p_value numeric, p_schema jsonb) returns text
    language sql immutable parallel safe
    return case
        when p_value < (p_schema -> 'minimum')::numeric then 'is less than ' || (p_schema ->> 'minimum')
        when p_value > (p_schema -> 'maximum')::numeric then 'is more than ' || (p_schema ->> 'maximum')
        when p_value <= (p_schema -> 'exclusiveMinimum')::numeric
            then 'is not more than ' || (p_schema ->> 'exclusiveMinimum')
        when p_value >= (p_schema -> 'exclusiveMaximum')::numeric
            then 'is not less than ' || (p_schema ->> 'exclusiveMaximum')
    end;

-- What is wrong with a text, or null.
create or replace function stateroom.text_problem(p_value text, p_schema jsonb) returns text
    language sql immutable parallel safe
    return case
        when char_length(p_value) < (p_schema -> 'minLength')::numeric then 'is too short'
        when char_length(p_value) > (p_schema -> 'maxLength')::numeric then 'is too long'
        when p_value !~ (p_schema ->> 'pattern') then 'does not look like ' || (p_schema ->> 'pattern')
    end;
