/* SPDX-License-Identifier: Apache-2.0 */

#include "ui/api/asking.h"
#include "ui/messages/groups.h"
#include "ui/messages/handlers.h"
#include "ui/messages/page.h"
#include "ui/read.h"

/* Next offsets minus first ones; null if nobody answers for a partition. */
static json_t *count_records(const json_t *topic)
{
    json_int_t records = 0;
    size_t index;
    json_t *partition;

    if (topic == NULL)
        return json_null();
    json_array_foreach(read_list(topic, "partitions"), index, partition)
    {
        if (!read_has(partition, "first") || !read_has(partition, "next"))
            return json_null();
        records += json_integer_value(json_object_get(partition, "next")) -
                   json_integer_value(json_object_get(partition, "first"));
    }
    return json_integer(records);
}

/* NULL if it is not to be had. */
static json_t *describe(struct handling *handling, struct session *session, const char *name)
{
    struct error error;
    json_t *topic = NULL;

    if (!session_has_time(handling, session))
        return NULL;
    enum err err = session->table->describe_topic(session->console, name, &topic, &error);
    return session_got(session, err) ? topic : NULL;
}

static json_t *show_row(struct handling *handling, struct session *session, const json_t *listed,
                        const json_t *groups)
{
    const char *name = read_text(listed, "name");
    json_t *topic = describe(handling, session, name);

    json_t *row = json_pack("{s:s, s:I, s:b, s:o, s:o}", "name", name, "partitions",
                            (json_int_t)read_count(listed, "partitions"), "internal",
                            read_flag(listed, "internal"), "records", count_records(topic),
                            "groups", groups_of_topic(groups, name));
    json_decref(topic);
    return row;
}

static void show_topics(struct handling *handling, struct session *session, const struct page *page,
                        const json_t *all)
{
    json_t *rows = json_array();
    size_t total;
    bool is_complete;
    json_t *cut = page_cut(page, all, &total);
    json_t *groups = groups_describe(handling, session, &is_complete);
    size_t index;
    json_t *listed;

    session_begin_rows(handling, session);
    json_array_foreach(cut, index, listed)(void)
        json_array_append_new(rows, show_row(handling, session, listed, groups));
    json_decref(groups);
    json_decref(cut);
    answer_json(handling,
                json_pack("{s:o, s:I, s:I, s:b}", "topics", rows, "total", (json_int_t)total,
                          "offset", (json_int_t)page->offset, "groups_complete", is_complete));
}

void messages_topics(struct handling *handling)
{
    struct session session;
    struct page page;
    struct error error;
    json_t *answer;

    if (!page_read(handling, &page) || !session_open(handling, &session))
        return;
    if (session_judge(handling, session.table->list_topics(session.console, &answer, &error),
                      &error)) {
        show_topics(handling, &session, &page, read_list(answer, "topics"));
        json_decref(answer);
    }
    session_close(&session);
}

void messages_topic(struct handling *handling)
{
    static const char *const none[] = {NULL};
    const char *name = request_param(handling->request, "topic");
    struct session session;
    struct error error;
    bool is_complete;
    json_t *topic;

    if (!asking_check(handling, none) || !session_open(handling, &session))
        return;
    if (session_judge(handling,
                      session.table->describe_topic(session.console, name, &topic, &error),
                      &error)) {
        json_t *groups = groups_describe(handling, &session, &is_complete);
        asking_put(topic, "groups", groups_of_topic(groups, name));
        asking_put(topic, "groups_complete", json_boolean(is_complete));
        json_decref(groups);
        answer_json(handling, topic);
    }
    session_close(&session);
}
