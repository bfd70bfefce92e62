/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "ui/api/asking.h"
#include "ui/messages/handlers.h"
#include "ui/messages/place.h"
#include "ui/messages/session.h"
#include "ui/read.h"

enum {
    TOPIC_MAX = 249, /* bytes, by Kafka's rule */
    TO_MAX = 32,
};

/* What is committed for a partition; null. */
static json_t *committed_of(const json_t *group, const char *topic, json_int_t partition)
{
    size_t index;
    json_t *offset;

    json_array_foreach(read_list(group, "offsets"), index, offset)
    {
        if (json_integer_value(json_object_get(offset, "partition")) == partition &&
            strcmp(read_text(offset, "topic"), topic) == 0)
            return json_incref(json_object_get(offset, "committed"));
    }
    return json_null();
}

/* The places, with what is committed now. */
static json_t *compare(const json_t *group, const json_t *places, const char *topic)
{
    json_t *partitions = json_array();
    size_t index;
    json_t *place;

    json_array_foreach(read_list(places, "partitions"), index, place)
    {
        json_int_t id = json_integer_value(json_object_get(place, "partition"));
        json_t *shown = json_copy(place);
        asking_put(shown, "committed", committed_of(group, topic, id));
        (void)json_array_append_new(partitions, shown);
    }
    return partitions;
}

/* A group that nobody knows yet may get offsets, so that its consumers begin there. One with members has them for itself. */
static bool look_at_group(struct handling *handling, struct session *session, json_t **ret_group)
{
    const char *name = request_param(handling->request, "group");
    struct error error;

    enum err err = session->table->describe_group(session->console, name, ret_group, &error);
    if (err == ERR_NOT_FOUND) {
        *ret_group = json_object();
        return true;
    }
    if (!session_judge(handling, err, &error))
        return false;
    size_t members = json_array_size(read_list(*ret_group, "members"));
    if (members == 0)
        return true;
    json_decref(*ret_group);
    answer_refuse(handling, CONTROL_CONFLICT,
                  "group '%.128s' has %zu member%s, whose offsets are their own; stop them first",
                  name, members, members == 1 ? "" : "s");
    return false;
}

/* Into the list of events; false if nimbus could not be asked. */
static bool note(struct handling *handling, const json_t *body)
{
    const struct backend *backend = handling->backend;
    const char *group = request_param(handling->request, "group");
    struct control_fault fault;
    json_t *ok;

    json_t *text = json_sprintf("group '%s' goes on at '%s' in topic '%s'", group,
                                read_text(body, "to"), read_text(body, "topic"));
    json_t *args =
        json_pack("{s:s, s:o, s:{s:s, s:O, s:O}, s:s, s:s}", "kind", "reset_offsets", "text", text,
                  "args", "group", group, "topic", json_object_get(body, "topic"), "to",
                  json_object_get(body, "to"), "by", handling->request->by, "via", "ui");
    struct backend_question question = {.op = "event.note", .args = args};
    bool is_noted =
        backend->nimbus(backend->context, BACKEND_CHANGE, &question, &ok, &fault) == CONTROL_OK;
    if (is_noted)
        json_decref(ok);
    json_decref(args);
    return is_noted;
}

/* Takes `partitions` over. */
static void set(struct handling *handling, struct session *session, const json_t *body,
                json_t *partitions)
{
    bool is_dry = read_flag(body, "dry_run");
    enum err err = ERR_OK;
    struct error error;

    if (!is_dry)
        err = session->table->alter_offsets(session->console,
                                            request_param(handling->request, "group"),
                                            read_text(body, "topic"), partitions, &error);
    if (session_judge(handling, err, &error))
        answer_json(handling, json_pack("{s:O, s:b}", "partitions", partitions, "noted",
                                        !is_dry && note(handling, body)));
    json_decref(partitions);
}

static void reset(struct handling *handling, struct session *session, const json_t *body,
                  struct console_place place)
{
    const char *topic = read_text(body, "topic");
    struct error error;
    json_t *group;
    json_t *places;

    if (!look_at_group(handling, session, &group))
        return;
    if (session_judge(handling,
                      session->table->find_places(session->console, topic, place, &places, &error),
                      &error)) {
        set(handling, session, body, compare(group, places, topic));
        json_decref(places);
    }
    json_decref(group);
}

void messages_reset(struct handling *handling)
{
    static const char *const none[] = {NULL};
    static const struct body_member members[] = {
        {.name = "topic", .kind = BODY_TEXT, .need = BODY_NEEDED, .min = 1, .max = TOPIC_MAX},
        {.name = "to", .kind = BODY_TEXT, .need = BODY_NEEDED, .min = 1, .max = TO_MAX},
        {.name = "dry_run", .kind = BODY_FLAG, .need = BODY_OPTIONAL},
    };
    static const struct body_shape shape = {members, COUNT_OF(members)};
    const json_t *body = handling->request->body;
    struct control_fault fault;
    struct console_place place;
    struct session session;

    if (!asking_check(handling, none))
        return;
    if (!body_check(&shape, body, &fault)) {
        answer_fault(handling, &fault);
        return;
    }
    if (!place_read(read_text(body, "to"), &place) || place.kind == CONSOLE_PLACE_LAST) {
        answer_refuse(handling, CONTROL_INVALID,
                      "'to' must be 'earliest', 'latest', 'offset:N' or 'time:MS'");
        return;
    }
    if (!session_open(handling, &session))
        return;
    reset(handling, &session, body, place);
    session_close(&session);
}
