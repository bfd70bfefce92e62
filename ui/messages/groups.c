/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/messages/groups.h"

#include <string.h>

#include "ui/api/asking.h"
#include "ui/messages/handlers.h"
#include "ui/messages/page.h"
#include "ui/read.h"

enum {
    GROUPS_MAX = 500, /* that are looked at for the groups of topics */
};

/* ---- what a description says ---- */

json_t *groups_of_topic(const json_t *descriptions, const char *topic)
{
    json_t *groups = json_array();
    size_t index;
    json_t *group;

    json_array_foreach(descriptions, index, group)
    {
        json_int_t lag = 0;
        bool is_known = true;
        bool has_topic = false;
        size_t i;
        json_t *offset;

        json_array_foreach(read_list(group, "offsets"), i, offset)
        {
            if (strcmp(read_text(offset, "topic"), topic) != 0)
                continue;
            has_topic = true;
            is_known = is_known && read_has(offset, "lag");
            lag += json_integer_value(json_object_get(offset, "lag"));
        }
        if (has_topic)
            (void)json_array_append_new(
                groups, json_pack("{s:s, s:s, s:o}", "group", read_text(group, "name"), "state",
                                  read_text(group, "state"), "lag",
                                  is_known ? json_integer(lag) : json_null()));
    }
    return groups;
}

static bool has_text(const json_t *list, const char *text)
{
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item)
    {
        if (strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

json_t *groups_row(const json_t *listed, const json_t *description)
{
    json_t *topics = json_array();
    json_int_t lag = 0;
    bool is_known = description != NULL;
    size_t index;
    json_t *offset;

    json_array_foreach(read_list(description, "offsets"), index, offset)
    {
        is_known = is_known && read_has(offset, "lag");
        lag += json_integer_value(json_object_get(offset, "lag"));
        if (!has_text(topics, read_text(offset, "topic")))
            (void)json_array_append_new(topics, json_string(read_text(offset, "topic")));
    }
    const json_t *members = read_list(description, "members");
    return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "group", read_text(listed, "name"), "state",
                     read_text(listed, "state"), "simple", read_flag(listed, "simple"), "members",
                     members == NULL ? json_null()
                                     : json_integer((json_int_t)json_array_size(members)),
                     "lag", is_known ? json_integer(lag) : json_null(), "topics", topics);
}

/* ---- asking ---- */

/* NULL if it is not to be had: it has gone meanwhile. */
static json_t *describe(struct session *session, const json_t *listed)
{
    struct error error;
    json_t *group = NULL;

    enum err err =
        session->table->describe_group(session->console, read_text(listed, "name"), &group, &error);
    return session_got(session, err) ? group : NULL;
}

json_t *groups_describe(struct handling *handling, struct session *session, bool *ret_is_complete)
{
    json_t *descriptions = json_array();
    struct error error;
    json_t *answer;
    size_t index;
    json_t *listed;

    *ret_is_complete = false;
    if (session->is_silent ||
        !session_got(session, session->table->list_groups(session->console, &answer, &error)))
        return descriptions;
    *ret_is_complete = true;
    session_begin_rows(handling, session);
    json_array_foreach(read_list(answer, "groups"), index, listed)
    {
        if (index == GROUPS_MAX || !session_has_time(handling, session)) {
            *ret_is_complete = false;
            break;
        }
        json_t *group = describe(session, listed);
        if (group != NULL)
            (void)json_array_append_new(descriptions, group);
    }
    json_decref(answer);
    return descriptions;
}

/* ---- the handlers ---- */

/* Rows that come too late have the name and the state alone. */
static void show_groups(struct handling *handling, struct session *session, const struct page *page,
                        const json_t *all)
{
    json_t *rows = json_array();
    size_t total;
    json_t *cut = page_cut(page, all, &total);
    size_t index;
    json_t *listed;

    session_begin_rows(handling, session);
    json_array_foreach(cut, index, listed)
    {
        json_t *group = session_has_time(handling, session) ? describe(session, listed) : NULL;
        (void)json_array_append_new(rows, groups_row(listed, group));
        json_decref(group);
    }
    json_decref(cut);
    answer_json(handling, json_pack("{s:o, s:I, s:I}", "groups", rows, "total", (json_int_t)total,
                                    "offset", (json_int_t)page->offset));
}

void messages_groups(struct handling *handling)
{
    struct session session;
    struct page page;
    struct error error;
    json_t *answer;

    if (!page_read(handling, &page) || !session_open(handling, &session))
        return;
    if (session_judge(handling, session.table->list_groups(session.console, &answer, &error),
                      &error)) {
        show_groups(handling, &session, &page, read_list(answer, "groups"));
        json_decref(answer);
    }
    session_close(&session);
}

void messages_group(struct handling *handling)
{
    static const char *const none[] = {NULL};
    struct session session;
    struct error error;
    json_t *answer;

    if (!asking_check(handling, none) || !session_open(handling, &session))
        return;
    if (session_judge(handling,
                      session.table->describe_group(session.console,
                                                    request_param(handling->request, "group"),
                                                    &answer, &error),
                      &error))
        answer_json(handling, answer);
    session_close(&session);
}
