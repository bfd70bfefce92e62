/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/group_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/views/columns.h"

/* Names come from a broker, so they are not trusted. */
static void add_name(struct columns *columns, const char *name)
{
    struct text text;

    text_init(&text);
    answer_add_words(name[0] == '\0' ? "-" : name, &text);
    columns_add(columns, "%s", text_data(&text));
    text_done(&text);
}

static void add_number(struct columns *columns, const json_t *object, const char *member)
{
    const json_t *number = json_object_get(object, member);

    if (json_is_integer(number))
        columns_add(columns, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
    else
        columns_add(columns, "-");
}

void group_view_list(const json_t *answer, struct text *text)
{
    struct columns columns;
    size_t count = answer_size(answer, "groups");

    if (count == 0) {
        text_add(text, "there are no groups\n");
        return;
    }
    columns_init(&columns, "ll");
    columns_add_row(&columns, (const char *const[]){"group", "state"});
    for (size_t i = 0; i < count; i++) {
        const json_t *group = answer_item(answer, "groups", i);

        add_name(&columns, answer_text(group, "name"));
        add_name(&columns, answer_text(group, "state"));
    }
    columns_render(&columns, text);
    columns_done(&columns);
}

/* ---- one group ---- */

/* "lines:0,2 words:1" */
static void add_partitions(struct columns *columns, const json_t *member)
{
    size_t count = answer_size(member, "partitions");
    const char *before = "";
    struct text text;

    text_init(&text);
    for (size_t i = 0; i < count; i++) {
        const json_t *partition = answer_item(member, "partitions", i);
        const char *topic = answer_text(partition, "topic");

        if (strcmp(topic, before) == 0) {
            text_add(&text, ",");
        } else {
            text_add(&text, "%s", i == 0 ? "" : " ");
            answer_add_words(topic, &text);
            text_add(&text, ":");
        }
        text_add(&text, "%" PRIu64, answer_count(partition, "partition"));
        before = topic;
    }
    columns_add(columns, "%s", count == 0 ? "-" : text_data(&text));
    text_done(&text);
}

static void add_members(const json_t *answer, struct text *text)
{
    struct columns columns;
    size_t count = answer_size(answer, "members");

    if (count == 0)
        return;
    text_add(text, "\n");
    columns_init(&columns, "lllll");
    columns_add_row(&columns,
                    (const char *const[]){"member", "instance", "client", "host", "partitions"});
    for (size_t i = 0; i < count; i++) {
        const json_t *member = answer_item(answer, "members", i);

        add_name(&columns, answer_text(member, "id"));
        add_name(&columns, answer_text(member, "instance"));
        add_name(&columns, answer_text(member, "client"));
        add_name(&columns, answer_text(member, "host"));
        add_partitions(&columns, member);
    }
    columns_render(&columns, text);
    columns_done(&columns);
}

static void add_offsets(const json_t *answer, struct text *text)
{
    struct columns columns;
    size_t count = answer_size(answer, "offsets");

    if (count == 0)
        return;
    text_add(text, "\n");
    columns_init(&columns, "lrrrrl");
    columns_add_row(
        &columns, (const char *const[]){"topic", "partition", "committed", "end", "lag", "member"});
    for (size_t i = 0; i < count; i++) {
        const json_t *offset = answer_item(answer, "offsets", i);

        add_name(&columns, answer_text(offset, "topic"));
        add_number(&columns, offset, "partition");
        add_number(&columns, offset, "committed");
        add_number(&columns, offset, "end");
        add_number(&columns, offset, "lag");
        add_name(&columns, answer_text(offset, "member"));
    }
    columns_render(&columns, text);
    columns_done(&columns);
}

void group_view_group(const json_t *answer, struct text *text)
{
    size_t members = answer_size(answer, "members");

    text_add(text, "group ");
    answer_add_words(answer_text(answer, "name"), text);
    text_add(text, ": ");
    answer_add_words(answer_text(answer, "state"), text);
    if (members == 0)
        text_add(text, ", no members");
    else
        text_add(text, ", %zu member%s", members, members == 1 ? "" : "s");
    if (answer_text(answer, "assignor")[0] != '\0') {
        text_add(text, ", assignor ");
        answer_add_words(answer_text(answer, "assignor"), text);
    }
    text_add(text, ", total lag %" PRIu64 "\n", answer_count(answer, "lag"));
    add_members(answer, text);
    add_offsets(answer, text);
}

/* ---- reset ---- */

void group_view_reset(const json_t *answer, struct text *text)
{
    struct columns columns;

    columns_init(&columns, "lrrlr");
    columns_add_row(&columns, (const char *const[]){"topic", "partition", "before", "", "after"});
    for (size_t i = 0; i < answer_size(answer, "partitions"); i++) {
        const json_t *partition = answer_item(answer, "partitions", i);

        add_name(&columns, answer_text(answer, "topic"));
        add_number(&columns, partition, "partition");
        add_number(&columns, partition, "before");
        columns_add(&columns, "->");
        add_number(&columns, partition, "after");
    }
    columns_render(&columns, text);
    columns_done(&columns);
}
