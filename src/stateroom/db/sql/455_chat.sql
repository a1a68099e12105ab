-- Chat: messages in a project's channels, and between two of its members.

-- Row trigger, before insert: names the sender, and refuses (SR404) a recipient, task or earlier message that the sender
-- cannot see or that belongs to another project or conversation. Runs with the sender's rights, so that row policies decide.
create or replace function stateroom.prepare_message() returns trigger
    language plpgsql
    set search_path = pg_catalog
as $$
begin
    if new.message_type <> 'system' then
        new.sender_id := coalesce(new.sender_id, stateroom.current_user_id());
    end if;
    if new.recipient_id is not null and not exists (select from stateroom.project_members m
            where m.project_id = new.project_id and m.user_id = new.recipient_id) then
        raise exception using errcode = 'SR404',
            message = format('project %s has no member %s', new.project_id, new.recipient_id),
            hint = 'Direct messages go to members of the project.';
    end if;
    if new.related_task_id is not null and not exists (select from stateroom.tasks t
            where t.id = new.related_task_id and t.project_id = new.project_id) then
        raise exception using errcode = 'SR404', message = format('task %s does not exist', new.related_task_id),
            hint = 'Name a task of the same project.';
    end if;
    if new.reply_to_id is not null and not exists (select from stateroom.chat_messages m
            where m.id = new.reply_to_id and m.project_id = new.project_id and m.deleted_at is null
                and m.channel = new.channel and (m.recipient_id is null) = (new.recipient_id is null)
                and (new.recipient_id is null or new.recipient_id in (m.sender_id, m.recipient_id))) then
        raise exception using errcode = 'SR404', message = format('message %s does not exist', new.reply_to_id),
            hint = 'Reply to a message of the same conversation.';
    end if;
    return new;
end
$$;

-- The members of a project whom a text names as @username; a full stop or dash at the end belongs to the sentence.
-- Called by: triggers with their owner's rights.
create or replace function stateroom.mentioned(p_project uuid, p_text text) returns uuid[]
    language sql stable
    set search_path = pg_catalog
as $$
    with named as (
        select lower(f.found[1]) as name
        from regexp_matches(p_text, '(?:^|[^A-Za-z0-9._@-])@([A-Za-z0-9][A-Za-z0-9._-]{0,63})', 'g') as f (found)
    )
    select coalesce(array_agg(u.id), '{}')
    from stateroom.users u join stateroom.project_members m on m.user_id = u.id and m.project_id = p_project
    where lower(u.username) in (select n.name from named n union select rtrim(n.name, '._-') from named n)
$$;

-- Row trigger, after insert: writes the event and notifies those who are mentioned, or the recipient. What two people say
-- to each other stands in neither. Security definer: people may write neither events nor notifications.
create or replace function stateroom.announce_message() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog
as $$
begin
    perform stateroom.emit('message_sent', new.project_id, jsonb_build_object('message_id', new.id) ||
        case when new.recipient_id is null then jsonb_build_object('channel', new.channel) else '{}' end,
        p_task => new.related_task_id, p_recipient => new.recipient_id);
    if new.recipient_id is not null then
        perform stateroom.notify_people(array[new.recipient_id], 'mention', stateroom.actor_name() || ' wrote to you',
            null, new.project_id, new.related_task_id);
    elsif new.message ~ '@' then
        perform stateroom.notify_people(stateroom.mentioned(new.project_id, new.message), 'mention',
            format('%s mentioned you in %s', stateroom.actor_name(), new.channel), left(new.message, 500),
            new.project_id, new.related_task_id);
    end if;
    return null;
end
$$;

-- Row trigger, before a message's text is changed: keeps the earlier text. Security definer: edits are written by nobody
-- directly.
create or replace function stateroom.keep_edit() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog
as $$
begin
    if new.message is distinct from old.message then
        insert into stateroom.chat_message_edits (message_id, project_id, earlier_message, edited_by)
        values (old.id, old.project_id, old.message, stateroom.current_user_id());
        new.edited_at := stateroom.now();
        perform stateroom.emit('message_edited', old.project_id, jsonb_build_object('message_id', old.id),
            p_recipient => old.recipient_id);
    end if;
    return new;
end
$$;

create or replace trigger prepare before insert on stateroom.chat_messages
    for each row execute function stateroom.prepare_message();
create or replace trigger announce after insert on stateroom.chat_messages
    for each row execute function stateroom.announce_message();
create or replace trigger keep_edit before update of message on stateroom.chat_messages
    for each row execute function stateroom.keep_edit();

-- Say something in a channel of a project, or to one of its members alone; returns the message's id.
-- Raises SR404, SR403, SR422 (no text, a text that is too long, no such name of a channel).
-- Called by: people who may write to the project, under their own row policies.
create or replace function stateroom.send_message(
    p_project uuid, p_text text, p_channel text default 'general', p_recipient uuid default null,
    p_reply_to uuid default null, p_task uuid default null
) returns uuid
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_id uuid;
begin
    perform stateroom.require_project(p_project, 'write');
    insert into stateroom.chat_messages (project_id, recipient_id, channel, reply_to_id, related_task_id, message)
    values (p_project, p_recipient, p_channel, p_reply_to, p_task, p_text) returning id into v_id;
    return v_id;
exception when check_violation or not_null_violation then
    raise exception using errcode = 'SR422', message = 'message: it cannot be sent as it is',
        hint = 'One to 10,000 characters, to a channel of small letters, digits, - and _, or to somebody else.';
end
$$;

-- Change the text of an own message; the earlier one is kept. True when it is different now.
-- Raises SR404, SR403 (somebody else's), SR422. Called by: its sender, under the row policies.
create or replace function stateroom.edit_message(p_message uuid, p_text text) returns boolean
    language plpgsql volatile
    set search_path = pg_catalog
as $$
declare
    v_sender uuid;
    v_project uuid;
begin
    select m.sender_id, m.project_id into v_sender, v_project from stateroom.chat_messages m
    where m.id = p_message and m.deleted_at is null;
    if not found then
        raise exception using errcode = 'SR404', message = format('message %s does not exist', p_message),
            hint = 'It may have been deleted.';
    elsif v_sender is distinct from stateroom.current_user_id() then
        raise exception using errcode = 'SR403', message = format('message %s is not yours', p_message),
            hint = 'Only its sender edits a message.';
    end if;
    perform stateroom.require_project(v_project, 'write');
    update stateroom.chat_messages m set message = p_text where m.id = p_message and m.message is distinct from p_text;
    return found;
exception when check_violation or not_null_violation then
    raise exception using errcode = 'SR422', message = 'message: one to 10,000 characters',
        hint = 'To take a message back, delete it.';
end
$$;

-- Delete a message for everybody (it stays in the table until its project goes); true when there was one.
-- Raises SR403. Called by: its sender; in channels also those who manage the project.
-- Security definer: deleted_at is not for people to write.
create or replace function stateroom.delete_message(p_message uuid) returns boolean
    language plpgsql volatile security definer
    set search_path = pg_catalog
as $$
declare
    v_me uuid := stateroom.current_user_id();
    v_row stateroom.chat_messages;
begin
    select m.* into v_row from stateroom.chat_messages m where m.id = p_message and m.deleted_at is null for update;
    if not found or not (stateroom.sees_all() or v_row.project_id = any (stateroom.read_projects()))
        or not (v_row.recipient_id is null or coalesce(v_me in (v_row.sender_id, v_row.recipient_id), false)) then
        return false;
    end if;
    perform stateroom.require_project(v_row.project_id, 'write');
    if v_row.sender_id is distinct from v_me then
        if v_row.recipient_id is not null then
            raise exception using errcode = 'SR403', message = format('message %s is not yours', p_message),
                hint = 'Only its sender deletes a direct message.';
        end if;
        perform stateroom.require_project(v_row.project_id, 'manage');
    end if;
    update stateroom.chat_messages m set deleted_at = stateroom.now() where m.id = p_message;
    perform stateroom.emit('message_deleted', v_row.project_id, jsonb_build_object('message_id', p_message),
        p_recipient => v_row.recipient_id);
    return true;
end
$$;
