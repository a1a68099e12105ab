-- What requests leave behind: written in batches, with headers by a list and bodies without what is secret.

-- A text without what looks secret: credentials in URLs, tokens, and values behind names such as password.
create or replace function stateroom.redact_text(p_text text) returns text
    language sql immutable strict parallel safe
    return regexp_replace(regexp_replace(regexp_replace(regexp_replace(p_text,
        '-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)', '[redacted]', 'g'),
        '(://[^/\s:@]*:)[^@/\s]+@', '\1[redacted]@', 'g'),
        '([\w-]*(?:passw|passphrase|secret|token|api[_-]?key|private[_-]?key|authorization|cookie|credential|signature)[\w-]*"?\s*[:=]\s*)'
        '(?:(?:bearer|basic)\s+[^\s"&,;]+|"(?:[^"\\]|\\.)*(?:"|$)|[^\s&,;}"]+)', '\1"[redacted]"', 'gi'),
        '\m(?:(?:bearer|basic)\s+[\w.~+/=-]{8,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|sr[a-z]*_[\w-]{16,}|AKIA[A-Z0-9]{12,}'
        '|xox[a-z]-[\w-]{10,}|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*)', '[redacted]', 'gi');

-- A JSON value without what looks secret: values of such names as a whole, and texts as redact_text says.
create or replace function stateroom.redact_json(p_value jsonb) returns jsonb
    language plpgsql immutable strict parallel safe
    set search_path = pg_catalog
as $$
begin
    case jsonb_typeof(p_value)
        when 'object' then
            return coalesce((select jsonb_object_agg(e.key, case
                when stateroom.is_secret_name(e.key) then '"[redacted]"'::jsonb
                else stateroom.redact_json(e.value) end) from jsonb_each(p_value) e), '{}');
        when 'array' then
            return coalesce((select jsonb_agg(stateroom.redact_json(e.value) order by e.ordinality)
                from jsonb_array_elements(p_value) with ordinality e), '[]');
        when 'string' then
            return to_jsonb(stateroom.redact_text(p_value #>> '{}'));
        else
            return p_value;
    end case;
end
$$;

-- A request's or response's body as it may be kept: redacted first, cut to 8,192 characters then.
create or replace function stateroom.redact_body(p_body text) returns text
    language plpgsql immutable strict parallel safe
    set search_path = pg_catalog
as $$
begin
    return left(stateroom.redact_json(p_body::jsonb)::text, 8192);
exception when data_exception then -- no JSON, or cut in the middle
    return left(stateroom.redact_text(p_body), 8192);
end
$$;

-- The headers that are kept, by names in small letters: none that can carry a secret.
create or replace function stateroom.kept_headers(p_headers jsonb) returns jsonb
    language sql immutable parallel safe
    set search_path = pg_catalog
as $$
    select coalesce(jsonb_object_agg(lower(h.key), stateroom.redact_text(left(h.value, 500))), '{}')
    from jsonb_each_text(case jsonb_typeof(p_headers) when 'object' then p_headers else '{}' end) h
    where lower(h.key) in ('accept', 'accept-encoding', 'accept-language', 'cache-control', 'content-encoding',
        'content-length', 'content-type', 'etag', 'host', 'if-match', 'if-none-match', 'last-event-id', 'prefer',
        'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after', 'traceparent', 'user-agent', 'vary',
        'x-request-id')
$$;

-- Write down requests: [{"method", "endpoint", "response_status", "execution_time_ms", "request_id", "user_id",
-- "api_key_id", "ip_address", "user_agent", "request_headers", "response_headers", "request_body", "response_body",
-- "rate_limit_remaining", "rate_limit_reset"}], of which the first four must be there; the endpoint is the route's
-- template, and never has a query. Returns how many; SR422 when one is not well formed, and then none is written.
-- Called by: the API, off the request's path. Security definer: nobody may insert otherwise.
create or replace function stateroom.write_access_logs(p_entries jsonb[]) returns integer
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_count integer;
begin
    insert into stateroom.api_access_logs (method, endpoint, response_status, execution_time_ms, request_id, user_id,
        api_key_id, ip_address, user_agent, request_headers, response_headers, request_body, response_body,
        rate_limit_remaining, rate_limit_reset)
    select upper(r.method), left(split_part(r.endpoint, '?', 1), 500), r.response_status, r.execution_time_ms,
        left(r.request_id, 100), r.user_id, r.api_key_id, r.ip_address, left(stateroom.redact_text(r.user_agent), 500),
        stateroom.kept_headers(r.request_headers), stateroom.kept_headers(r.response_headers),
        stateroom.redact_body(r.request_body), stateroom.redact_body(r.response_body), r.rate_limit_remaining,
        r.rate_limit_reset
    from unnest(p_entries) e cross join lateral jsonb_to_record(e) as r (method text, endpoint text,
        response_status smallint, execution_time_ms double precision, request_id text, user_id uuid, api_key_id uuid,
        ip_address inet, user_agent text, request_headers jsonb, response_headers jsonb, request_body text,
        response_body text, rate_limit_remaining integer, rate_limit_reset timestamptz);
    get diagnostics v_count = row_count;
    return v_count;
exception when data_exception or integrity_constraint_violation then
    raise exception using errcode = 'SR422', message = format('an access log entry is not well formed: %s', sqlerrm),
        hint = 'Give method, endpoint, response_status and execution_time_ms.';
end
$$;
