/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/ask.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

enum {
    NAMES_MAX = 200000,
};

/* ---- Requests ------------------------------------------------------------------------------ */

static void put_acl(const struct ask *ask, struct text *out)
{
    static const struct ask_acl open = {MESSAGE_ALL_PERMISSIONS, "world", "anyone"};
    const struct ask_acl *acl = ask->acl == NULL ? &open : ask->acl;
    int32_t count = ask->acl == NULL ? 1 : ask->acl_count;

    jute_put_int(out, count);
    for (int32_t i = 0; i < count; i++) {
        jute_put_int(out, acl[i].permissions);
        jute_put_text(out, acl[i].scheme);
        jute_put_text(out, acl[i].id);
    }
}

static void put_create(const struct ask *ask, struct text *out)
{
    jute_put_text(out, ask->path);
    jute_put_text(out, ask->data);
    put_acl(ask, out);
    jute_put_int(out, ask->flags);
    if (ask->op == MESSAGE_CREATE_TTL)
        jute_put_long(out, ask->ttl_ms);
}

static void put_write(const struct ask *ask, struct text *out)
{
    jute_put_text(out, ask->path);
    if (ask->op == MESSAGE_SET_DATA)
        jute_put_text(out, ask->data);
    if (ask->op == MESSAGE_SET_ACL)
        put_acl(ask, out);
    jute_put_int(out, ask->version);
}

static void put_list(const char *const *list, struct text *out)
{
    int32_t count = 0;

    while (list != NULL && list[count] != NULL)
        count++;
    jute_put_int(out, count);
    for (int32_t i = 0; i < count; i++)
        jute_put_text(out, list[i]);
}

static void put_set_watches(const struct ask *ask, struct text *out)
{
    int lists = ask->op == MESSAGE_SET_WATCHES ? 3 : ASK_LISTS;

    jute_put_long(out, ask->since);
    for (int i = 0; i < lists; i++)
        put_list(ask->lists[i], out);
}

static void put_path_alone(const struct ask *ask, struct text *out)
{
    jute_put_text(out, ask->path);
}

static void put_path_and_watch(const struct ask *ask, struct text *out)
{
    jute_put_text(out, ask->path);
    jute_put_bool(out, ask->watch);
}

static void put_path_and_kind(const struct ask *ask, struct text *out)
{
    jute_put_text(out, ask->path);
    jute_put_int(out, ask->kind);
}

static void put_auth(const struct ask *ask, struct text *out)
{
    jute_put_int(out, 0);
    jute_put_text(out, ask->scheme);
    jute_put_text(out, ask->data);
}

static void put_reconfig(const struct ask *ask, struct text *out)
{
    (void)ask;
    for (int i = 0; i < 3; i++)
        jute_put_text(out, NULL);
    jute_put_long(out, -1);
}

typedef void put_body(const struct ask *ask, struct text *out);

/* NULL: there is none. */
static put_body *find_body(int32_t op)
{
    static put_body *const bodies[] = {
        [MESSAGE_CREATE] = put_create,
        [MESSAGE_DELETE] = put_write,
        [MESSAGE_EXISTS] = put_path_and_watch,
        [MESSAGE_GET_DATA] = put_path_and_watch,
        [MESSAGE_SET_DATA] = put_write,
        [MESSAGE_GET_ACL] = put_path_alone,
        [MESSAGE_SET_ACL] = put_write,
        [MESSAGE_GET_CHILDREN] = put_path_and_watch,
        [MESSAGE_SYNC] = put_path_alone,
        [MESSAGE_GET_CHILDREN2] = put_path_and_watch,
        [MESSAGE_CHECK] = put_write,
        [MESSAGE_CREATE2] = put_create,
        [MESSAGE_RECONFIG] = put_reconfig,
        [MESSAGE_CHECK_WATCHES] = put_path_and_kind,
        [MESSAGE_REMOVE_WATCHES] = put_path_and_kind,
        [MESSAGE_CREATE_CONTAINER] = put_create,
        [MESSAGE_CREATE_TTL] = put_create,
        [MESSAGE_AUTH] = put_auth,
        [MESSAGE_SET_WATCHES] = put_set_watches,
        [MESSAGE_GET_EPHEMERALS] = put_path_alone,
        [MESSAGE_GET_ALL_CHILDREN_NUMBER] = put_path_alone,
        [MESSAGE_SET_WATCHES2] = put_set_watches,
        [MESSAGE_ADD_WATCH] = put_path_and_kind,
        [MESSAGE_WHO_AM_I] = NULL,
    };

    return op < 0 || (size_t)op >= COUNT_OF(bodies) ? NULL : bodies[op];
}

static void put_parts(const struct ask *ask, struct text *out)
{
    for (size_t i = 0; i < ask->part_count; i++) {
        jute_put_int(out, ask->parts[i].op);
        jute_put_bool(out, false);
        jute_put_int(out, -1);
        put_body *put = find_body(ask->parts[i].op);
        if (put != NULL)
            put(&ask->parts[i], out);
    }
    jute_put_int(out, -1);
    jute_put_bool(out, true);
    jute_put_int(out, -1);
}

void ask_put(const struct ask *ask, int32_t xid, struct text *out)
{
    put_body *put = find_body(ask->op);

    jute_put_int(out, xid);
    jute_put_int(out, ask->op);
    if (put != NULL)
        put(ask, out);
    if (ask->op == MESSAGE_MULTI || ask->op == MESSAGE_MULTI_READ)
        put_parts(ask, out);
}

/* ---- Replies ------------------------------------------------------------------------------- */

void ask_describe_stat(const struct message_stat *stat, struct text *out)
{
    text_add(out, " stat %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, stat->czxid, stat->mzxid,
             stat->ctime_ms, stat->mtime_ms);
    text_add(out, " %" PRId32 " %" PRId32 " %" PRId32 " %" PRIx64, stat->version, stat->cversion,
             stat->aversion, (uint64_t)stat->ephemeral_owner);
    text_add(out, " %" PRId32 " %" PRId32 " %" PRId64, stat->data_length, stat->children,
             stat->pzxid);
}

void ask_describe_data(struct jute_bytes data, struct text *out)
{
    if (data.data == NULL)
        text_add(out, " null");
    else
        text_add(out, " data '%.*s'", (int)data.size, data.data);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void ask_describe_names(char **names, size_t count, struct text *out)
{
    if (count > 0)
        qsort(names, count, sizeof *names, compare_names);
    text_add(out, " names %zu", count);
    for (size_t i = 0; i < count; i++)
        text_add(out, " %s", names[i]);
}

static void describe_stat(struct jute_in *in, struct text *out)
{
    struct message_stat stat;

    stat.czxid = jute_get_long(in);
    stat.mzxid = jute_get_long(in);
    stat.ctime_ms = jute_get_long(in);
    stat.mtime_ms = jute_get_long(in);
    stat.version = jute_get_int(in);
    stat.cversion = jute_get_int(in);
    stat.aversion = jute_get_int(in);
    stat.ephemeral_owner = jute_get_long(in);
    stat.data_length = jute_get_int(in);
    stat.children = jute_get_int(in);
    stat.pzxid = jute_get_long(in);
    ask_describe_stat(&stat, out);
}

static void describe_path(struct jute_in *in, struct text *out)
{
    struct jute_bytes path = jute_get_bytes(in);

    if (path.data == NULL)
        text_add(out, " path null");
    else
        text_add(out, " path %.*s", (int)path.size, path.data);
}

static void describe_names(struct jute_in *in, struct text *out)
{
    int32_t count = jute_get_int(in);

    ASSERT(count >= 0 && count <= NAMES_MAX);
    char **names = NEW_ARRAY(char *, (size_t)count + 1);
    for (int32_t i = 0; i < count; i++) {
        struct jute_bytes name = jute_get_bytes(in);
        struct text copy = {.size = 0};
        text_add_bytes(&copy, name.data, name.size);
        names[i] = text_take(&copy);
    }
    ask_describe_names(names, (size_t)count, out);
    for (int32_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
}

static void describe_acl(struct jute_in *in, struct text *out)
{
    int32_t count = jute_get_int(in);

    text_add(out, " acl");
    for (int32_t i = 0; i < count; i++) {
        int32_t permissions = jute_get_int(in);
        struct jute_bytes scheme = jute_get_bytes(in);
        struct jute_bytes id = jute_get_bytes(in);
        text_add(out, " %" PRId32 ":%.*s:%.*s", permissions, (int)scheme.size, scheme.data,
                 (int)id.size, id.data);
    }
}

static void describe_identities(struct jute_in *in, struct text *out)
{
    int32_t count = jute_get_int(in);

    text_add(out, " who");
    for (int32_t i = 0; i < count; i++) {
        struct jute_bytes scheme = jute_get_bytes(in);
        struct jute_bytes user = jute_get_bytes(in);
        text_add(out, " %.*s=%.*s", (int)scheme.size, scheme.data, (int)user.size, user.data);
    }
}

/* A letter for each field of a body. */
static const char *fields_of(int32_t op)
{
    static const char *const fields[] = {
        [MESSAGE_CREATE] = "P",         [MESSAGE_DELETE] = "",
        [MESSAGE_EXISTS] = "S",         [MESSAGE_GET_DATA] = "DS",
        [MESSAGE_SET_DATA] = "S",       [MESSAGE_GET_ACL] = "AS",
        [MESSAGE_SET_ACL] = "S",        [MESSAGE_GET_CHILDREN] = "N",
        [MESSAGE_SYNC] = "P",           [MESSAGE_GET_CHILDREN2] = "NS",
        [MESSAGE_CREATE2] = "PS",       [MESSAGE_CREATE_CONTAINER] = "PS",
        [MESSAGE_CREATE_TTL] = "PS",    [MESSAGE_SASL] = "D",
        [MESSAGE_GET_EPHEMERALS] = "N", [MESSAGE_GET_ALL_CHILDREN_NUMBER] = "I",
        [MESSAGE_ADD_WATCH] = "I",      [MESSAGE_WHO_AM_I] = "W",
    };

    if (op < 0 || (size_t)op >= COUNT_OF(fields) || fields[op] == NULL)
        return "";
    return fields[op];
}

static void describe_fields(const char *fields, struct jute_in *in, struct text *out)
{
    for (; *fields != '\0'; fields++) {
        if (*fields == 'P')
            describe_path(in, out);
        else if (*fields == 'S')
            describe_stat(in, out);
        else if (*fields == 'D')
            ask_describe_data(jute_get_bytes(in), out);
        else if (*fields == 'N')
            describe_names(in, out);
        else if (*fields == 'A')
            describe_acl(in, out);
        else if (*fields == 'W')
            describe_identities(in, out);
        else
            text_add(out, " count %" PRId32, jute_get_int(in));
    }
}

static void describe_part(int32_t op, int32_t error, struct jute_in *in, struct text *out)
{
    text_add(out, " | %" PRId32, op);
    if (op == MESSAGE_ERROR) {
        int32_t again = jute_get_int(in);
        ASSERT(again == error);
        text_add(out, " error %" PRId32, error);
        return;
    }
    ASSERT(error == 0);
    describe_fields(fields_of(op), in, out);
}

static void describe_parts(struct jute_in *in, struct text *out)
{
    int32_t op, error;
    bool is_done = false;

    while (!is_done) {
        op = jute_get_int(in);
        is_done = jute_get_bool(in);
        error = jute_get_int(in);
        ASSERT(!in->failed);
        if (!is_done)
            describe_part(op, error, in, out);
    }
    ASSERT(op == -1 && error == -1);
}

static void describe_event(struct jute_in *in, struct text *out)
{
    int32_t event = jute_get_int(in);
    int32_t state = jute_get_int(in);
    struct jute_bytes path = jute_get_bytes(in);

    ASSERT(state == 3);
    text_add(out, "event %" PRId32 " %.*s", event, (int)path.size, path.data);
}

void ask_describe(int32_t op, struct jute_in in, struct text *out)
{
    int32_t xid = jute_get_int(&in);
    int64_t zxid = jute_get_long(&in);
    int32_t error = jute_get_int(&in);

    if (xid == MESSAGE_XID_NOTIFICATION) {
        ASSERT(zxid == -1 && error == 0);
        describe_event(&in, out);
    } else {
        text_add(out, "reply to %" PRId32 " at %" PRId64 ":", xid, zxid);
        if (error != 0)
            text_add(out, " error %" PRId32, error);
        else if (op == MESSAGE_MULTI || op == MESSAGE_MULTI_READ)
            describe_parts(&in, out);
        else
            describe_fields(fields_of(op), &in, out);
    }
    ASSERT(!in.failed && in.at == in.end); /* all of it, and nothing behind */
}
