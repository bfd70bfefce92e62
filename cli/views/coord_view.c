/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/views/coord_view.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "base/base64.h"
#include "base/mem.h"
#include "cli/views/columns.h"

enum {
    TIME_MAX = 64,
    OWNER_MAX = 24,
};

/* ---- parts ---- */

/* "2026-11-22T00:12:51.034Z" */
static const char *write_time(int64_t time_ms, char buffer[TIME_MAX])
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;
    char whole[TIME_MAX / 2];

    if (time_ms < 0 || gmtime_r(&seconds, &parts) == NULL ||
        strftime(whole, sizeof whole, "%Y-%m-%dT%H:%M:%S", &parts) == 0)
        (void)snprintf(buffer, TIME_MAX, "%" PRId64 " ms", time_ms);
    else
        (void)snprintf(buffer, TIME_MAX, "%s.%03dZ", whole, (int)(time_ms % 1000));
    return buffer;
}

/* Session ids are written as ZooKeeper does, in hexadecimal; programs get them as texts, for 64
 * bits do not fit their numbers. NULL for a node that has no owner. */
static const char *write_owner(const struct message_stat *stat, char buffer[OWNER_MAX])
{
    if (stat->ephemeral_owner == 0)
        return NULL;
    (void)snprintf(buffer, OWNER_MAX, "0x%" PRIx64, (uint64_t)stat->ephemeral_owner);
    return buffer;
}

static void add_json(struct text *text, json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT);

    ASSERT(line != NULL);
    text_add(text, "%s\n", line);
    free(line);
    json_decref(object);
}

static json_t *stat_to_json(const struct message_stat *stat)
{
    char buffer[OWNER_MAX];

    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:i, s:i, s:i, s:s?, s:i, s:i}", "czxid",
                     (json_int_t)stat->czxid, "mzxid", (json_int_t)stat->mzxid, "pzxid",
                     (json_int_t)stat->pzxid, "ctime_ms", (json_int_t)stat->ctime_ms, "mtime_ms",
                     (json_int_t)stat->mtime_ms, "version", (int)stat->version, "cversion",
                     (int)stat->cversion, "aversion", (int)stat->aversion, "ephemeral_owner",
                     write_owner(stat, buffer), "data_length", (int)stat->data_length, "children",
                     (int)stat->children);
}

/* Paths come from a server that checks them to be UTF-8; one that did not is shown anyway. */
static json_t *text_to_json(const char *text)
{
    json_t *json = json_string(text);
    return json != NULL ? json : json_string("?");
}

static json_t *begin(const char *path)
{
    return json_pack("{s:i, s:o}", "v", 1, "path", text_to_json(path));
}

/* ---- one node ---- */

static void add_field(struct text *text, const char *name, const char *format, ...)
    PRINTF_LIKE(3, 4);

static void add_field(struct text *text, const char *name, const char *format, ...)
{
    char value[TIME_MAX * 2];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(value, sizeof value, format, arguments);
    va_end(arguments);
    text_add(text, "%-16s%s\n", name, value);
}

void coord_view_stat(const struct message_stat *stat, struct text *text)
{
    char time[TIME_MAX];
    char buffer[OWNER_MAX];
    const char *owner = write_owner(stat, buffer);

    add_field(text, "created", "%s", write_time(stat->ctime_ms, time));
    add_field(text, "modified", "%s", write_time(stat->mtime_ms, time));
    add_field(text, "version", "%" PRId32, stat->version);
    add_field(text, "data_length", "%" PRId32, stat->data_length);
    add_field(text, "children", "%" PRId32, stat->children);
    add_field(text, "ephemeral_owner", "%s", owner == NULL ? "none" : owner);
    add_field(text, "cversion", "%" PRId32, stat->cversion);
    add_field(text, "aversion", "%" PRId32, stat->aversion);
    add_field(text, "czxid", "0x%" PRIx64, (uint64_t)stat->czxid);
    add_field(text, "mzxid", "0x%" PRIx64, (uint64_t)stat->mzxid);
    add_field(text, "pzxid", "0x%" PRIx64, (uint64_t)stat->pzxid);
}

void coord_view_stat_json(const char *path, const struct message_stat *stat, struct text *text)
{
    json_t *object = begin(path);
    json_t *fields = stat_to_json(stat);

    json_object_update(object, fields);
    json_decref(fields);
    add_json(text, object);
}

/* "data" is null if the data are, or if they are no text. */
void coord_view_data_json(const char *path, const struct coord_event *answer, struct text *text)
{
    json_t *object = begin(path);
    json_t *data = answer->data == NULL ? NULL : json_stringn(answer->data, answer->size);
    struct text base64;

    text_init(&base64);
    base64_add(&base64, answer->data, answer->size);
    json_object_set_new(object, "data", data != NULL ? data : json_null());
    json_object_set_new(object, "base64",
                        answer->data == NULL ? json_null() : json_string(text_data(&base64)));
    json_object_set_new(object, "stat", stat_to_json(&answer->stat));
    text_done(&base64);
    add_json(text, object);
}

/* ---- children ---- */

void coord_view_names(const char *const *names, size_t count, struct text *text)
{
    for (size_t i = 0; i < count; i++)
        text_add(text, "%s\n", names[i]);
}

static void add_row(struct columns *columns, const struct coord_node *node)
{
    char buffer[OWNER_MAX];
    char time[TIME_MAX];
    const char *owner = write_owner(&node->stat, buffer);

    columns_add(columns, "%" PRId32, node->stat.version);
    columns_add(columns, "%" PRId32, node->stat.data_length);
    columns_add(columns, "%" PRId32, node->stat.children);
    columns_add(columns, "%s", owner == NULL ? "-" : owner);
    columns_add(columns, "%s", write_time(node->stat.mtime_ms, time));
    columns_add(columns, "%s", node->name);
}

void coord_view_list(const struct coord_nodes *nodes, struct text *text)
{
    struct columns columns;

    columns_init(&columns, "rrrlll");
    columns_add_row(&columns, (const char *const[]){"version", "bytes", "children", "owner",
                                                    "modified", "name"});
    for (size_t i = 0; i < nodes->count; i++)
        add_row(&columns, &nodes->items[i]);
    columns_render(&columns, text);
    columns_done(&columns);
}

void coord_view_names_json(const char *path, const char *const *names, size_t count,
                           struct text *text)
{
    json_t *object = begin(path);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:o}", "name", text_to_json(names[i])));
    json_object_set_new(object, "children", list);
    add_json(text, object);
}

/* A node of a list, called by its name or its path. */
static json_t *node_to_json(const char *key, const char *value, const struct message_stat *stat)
{
    json_t *object = json_pack("{s:o}", key, text_to_json(value));
    json_t *fields = stat_to_json(stat);

    json_object_update(object, fields);
    json_decref(fields);
    return object;
}

void coord_view_list_json(const char *path, const struct coord_nodes *nodes, struct text *text)
{
    json_t *object = begin(path);
    json_t *list = json_array();

    for (size_t i = 0; i < nodes->count; i++)
        json_array_append_new(list,
                              node_to_json("name", nodes->items[i].name, &nodes->items[i].stat));
    json_object_set_new(object, "children", list);
    add_json(text, object);
}

/* ---- the tree ---- */

/* Whether a node is the last child that is shown of its parent: it is, if no other of its depth
 * follows before one that is less deep. So they are looked at from the end. */
static bool *find_last(const struct coord_nodes *nodes, size_t depth_max)
{
    bool *is_last = NEW_ARRAY(bool, nodes->count);
    bool *has_follower = NEW_ARRAY(bool, depth_max + 2); /* at a depth */

    for (size_t i = nodes->count; i-- > 0;) {
        size_t depth = nodes->items[i].depth;

        is_last[i] = !has_follower[depth];
        has_follower[depth] = true;
        has_follower[depth + 1] = false;
    }
    free(has_follower);
    return is_last;
}

static void add_facts(struct text *text, const struct coord_node *node, bool is_deepest)
{
    if (node->stat.data_length > 0)
        text_add(text, "  %" PRId32 " B", node->stat.data_length);
    if (node->stat.ephemeral_owner != 0)
        text_add(text, "  ephemeral");
    if (is_deepest && node->stat.children > 0)
        text_add(text, "  (%" PRId32 " below)", node->stat.children);
    text_add(text, "\n");
}

void coord_view_tree(const struct coord_nodes *nodes, size_t depth_max, struct text *text)
{
    bool *is_last = find_last(nodes, depth_max);
    bool *ends = NEW_ARRAY(bool, depth_max + 1); /* the branch at a depth ends with this node */

    for (size_t i = 0; i < nodes->count; i++) {
        const struct coord_node *node = &nodes->items[i];

        ends[node->depth] = is_last[i];
        for (size_t depth = 1; depth < node->depth; depth++)
            text_add(text, "%s", ends[depth] ? "    " : "│   ");
        if (node->depth > 0)
            text_add(text, "%s", is_last[i] ? "└── " : "├── ");
        text_add(text, "%s", node->depth == 0 ? node->path : node->name);
        add_facts(text, node, node->depth == depth_max);
    }
    if (!nodes->is_complete)
        text_add(text, "... there are more\n");
    free(is_last);
    free(ends);
}

void coord_view_tree_json(const struct coord_nodes *nodes, struct text *text)
{
    json_t *object = begin(nodes->count == 0 ? "" : nodes->items[0].path);
    json_t *list = json_array();

    for (size_t i = 0; i < nodes->count; i++)
        json_array_append_new(list,
                              node_to_json("path", nodes->items[i].path, &nodes->items[i].stat));
    json_object_set_new(object, "nodes", list);
    json_object_set_new(object, "complete", json_boolean(nodes->is_complete));
    add_json(text, object);
}

/* ---- changes ---- */

void coord_view_deleted_json(const char *path, size_t count, struct text *text)
{
    json_t *object = begin(path);

    json_object_set_new(object, "deleted", json_integer((json_int_t)count));
    add_json(text, object);
}

void coord_view_change(uint64_t time_ms, const char *event, const char *path,
                       const struct message_stat *stat, struct text *text)
{
    char time[TIME_MAX];

    text_add(text, "%s %s %s", write_time((int64_t)time_ms, time), event, path);
    if (stat != NULL)
        text_add(text, ": version %" PRId32 ", %" PRId32 " bytes, %" PRId32 " children",
                 stat->version, stat->data_length, stat->children);
    text_add(text, "\n");
}

void coord_view_change_json(uint64_t time_ms, const char *event, const char *path,
                            const struct message_stat *stat, struct text *text)
{
    json_t *object = begin(path);

    json_object_set_new(object, "time_ms", json_integer((json_int_t)time_ms));
    json_object_set_new(object, "event", json_string(event));
    if (stat != NULL) {
        json_t *fields = stat_to_json(stat);

        json_object_update(object, fields);
        json_decref(fields);
    }
    add_json(text, object);
}
