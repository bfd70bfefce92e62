/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/coord_naive_parts.h"

/* ---- Writes -------------------------------------------------------------------------------- */

/* What a write is asked by, and what it says. */
struct writing {
    struct coord_naive *naive;
    struct naive_client *client;
    const struct ask *ask;
    bool is_part;
    int result; /* the operation in the answer of a multi */
    struct text *body;
};

static bool is_sequential(int32_t flags)
{
    return flags == MESSAGE_PERSISTENT_SEQUENTIAL || flags == MESSAGE_EPHEMERAL_SEQUENTIAL ||
           flags == MESSAGE_TTL_SEQUENTIAL;
}

static bool is_ttl(int32_t flags)
{
    return flags == MESSAGE_TTL || flags == MESSAGE_TTL_SEQUENTIAL;
}

static int check_ttl(const struct ask *ask)
{
    if (ask->ttl_ms <= 0 || ask->ttl_ms >= INT64_C(1) << 40)
        return COORD_BAD_ARGUMENTS;
    return COORD_OK;
}

static enum naive_life plain_life(int32_t flags)
{
    return flags == MESSAGE_EPHEMERAL || flags == MESSAGE_EPHEMERAL_SEQUENTIAL
               ? NAIVE_LIFE_EPHEMERAL
               : NAIVE_LIFE_PERSISTENT;
}

static int decide_alone(struct writing *writing, enum naive_life *ret_life)
{
    const struct ask *ask = writing->ask;

    writing->result = ask->op == MESSAGE_CREATE ? MESSAGE_CREATE : MESSAGE_CREATE2;
    if (is_ttl(ask->flags) != (ask->op == MESSAGE_CREATE_TTL))
        return COORD_BAD_ARGUMENTS;
    *ret_life = plain_life(ask->flags);
    if (ask->op == MESSAGE_CREATE_CONTAINER)
        *ret_life = NAIVE_LIFE_CONTAINER;
    if (ask->op != MESSAGE_CREATE_TTL)
        return COORD_OK;
    *ret_life = NAIVE_LIFE_TTL;
    return check_ttl(ask);
}

static int decide_part(struct writing *writing, enum naive_life *ret_life)
{
    const struct ask *ask = writing->ask;

    writing->result = MESSAGE_CREATE;
    *ret_life = plain_life(ask->flags);
    if (is_ttl(ask->flags)) {
        *ret_life = NAIVE_LIFE_TTL;
        writing->result = MESSAGE_CREATE2;
        return check_ttl(ask);
    }
    if (ask->op == MESSAGE_CREATE_TTL && ask->ttl_ms < 0)
        return COORD_BAD_ARGUMENTS;
    if (ask->flags == MESSAGE_CONTAINER) {
        *ret_life = NAIVE_LIFE_CONTAINER;
        writing->result = MESSAGE_CREATE2;
    }
    return COORD_OK;
}

static int check_parent(struct writing *writing, int32_t permission, struct naive_node **ret_parent)
{
    char parent[NAIVE_PATH_MAX];

    naive_parent_of(writing->ask->path, parent);
    *ret_parent = naive_find_node(&writing->naive->now, parent);
    if (*ret_parent == NULL)
        return COORD_NO_NODE;
    return naive_may(writing->client, &(*ret_parent)->acl, permission) ? COORD_OK : COORD_NO_AUTH;
}

/* Whether a node may be there; *path is the whole path. */
static int check_place(struct writing *writing, const struct naive_node *parent,
                       char path[NAIVE_PATH_MAX])
{
    struct naive_state *state = &writing->naive->now;

    naive_set_text(path, NAIVE_PATH_MAX, writing->ask->path);
    if (is_sequential(writing->ask->flags)) {
        size_t size = strlen(path);
        (void)snprintf(path + size, NAIVE_PATH_MAX - size, "%010" PRId32, parent->creations);
    }
    if (!naive_is_path(path))
        return COORD_BAD_ARGUMENTS;
    if (naive_find_node(state, path) != NULL)
        return COORD_NODE_EXISTS;
    if (parent->life == NAIVE_LIFE_EPHEMERAL)
        return COORD_NO_CHILDREN_FOR_EPHEMERALS;
    if (state->node_count >= writing->naive->options.nodes_max)
        return COORD_QUOTA_EXCEEDED;
    return COORD_OK;
}

static void put_data(struct naive_node *node, const struct ask *ask)
{
    node->has_data = ask->data != NULL;
    naive_set_text(node->data, sizeof node->data, ask->data == NULL ? "" : ask->data);
}

static void put_new_node(struct writing *writing, struct naive_node *parent, const char *path,
                         enum naive_life life, const struct naive_acl *acl)
{
    struct coord_naive *naive = writing->naive;
    int64_t zxid = naive->now.zxid + 1;

    parent->creations++;
    parent->pzxid = zxid;
    struct naive_node *node = naive_add_node(&naive->now, path);
    put_data(node, writing->ask);
    node->acl = *acl;
    node->life = life;
    node->session_id = writing->client->session_id;
    node->ttl_ms = writing->ask->ttl_ms;
    node->czxid = node->mzxid = node->pzxid = zxid;
    node->ctime_ms = node->mtime_ms = naive->wall_ms;
    naive_note(naive, MESSAGE_NODE_CREATED, path);
    naive_note_parent(naive, path);
    text_add(writing->body, " path %s", path);
    if (writing->result == MESSAGE_CREATE2)
        naive_describe_node(&naive->now, node, writing->body);
}

static int create(struct writing *writing)
{
    const struct ask *ask = writing->ask;
    char path[NAIVE_PATH_MAX];
    enum naive_life life;
    struct naive_acl acl;
    struct naive_node *parent;

    if (ask->path == NULL)
        return COORD_MARSHALLING_ERROR;
    if (ask->flags < 0 || ask->flags > MESSAGE_TTL_SEQUENTIAL)
        return COORD_BAD_ARGUMENTS;
    int error = writing->is_part ? decide_part(writing, &life) : decide_alone(writing, &life);
    if (error != COORD_OK)
        return error;
    if (strchr(ask->path, '/') == NULL)
        return COORD_BAD_ARGUMENTS;
    if (!naive_read_acl(writing->client, ask, &acl))
        return COORD_INVALID_ACL;
    error = check_parent(writing, MESSAGE_CREATE_CHILD, &parent);
    if (error == COORD_OK)
        error = check_place(writing, parent, path);
    if (error == COORD_OK)
        put_new_node(writing, parent, path, life, &acl);
    return error;
}

void naive_delete_now(struct coord_naive *naive, const char *doomed)
{
    char path[NAIVE_PATH_MAX];
    char parent[NAIVE_PATH_MAX];

    naive_set_text(path, sizeof path, doomed);
    naive_parent_of(path, parent);
    naive_note(naive, MESSAGE_NODE_DELETED, path);
    naive_note(naive, MESSAGE_NODE_CHILDREN_CHANGED, parent);
    naive_remove_node(&naive->now, path);
    naive_find_node(&naive->now, parent)->pzxid = naive->now.zxid + 1;
}

static int delete_node(struct writing *writing)
{
    struct naive_state *state = &writing->naive->now;
    const char *path = writing->ask->path;
    struct naive_node *parent;

    writing->result = MESSAGE_DELETE;
    if (path == NULL)
        return COORD_MARSHALLING_ERROR;
    if (strchr(path, '/') == NULL || strcmp(path, "/") == 0 || strcmp(path, "/zookeeper") == 0 ||
        strcmp(path, "/zookeeper/quota") == 0 || strcmp(path, "/zookeeper/config") == 0)
        return COORD_BAD_ARGUMENTS;
    int error = check_parent(writing, MESSAGE_DELETE_CHILD, &parent);
    if (error != COORD_OK)
        return error;
    const struct naive_node *node = naive_find_node(state, path);
    if (node == NULL)
        return COORD_NO_NODE;
    if (writing->ask->version != -1 && writing->ask->version != node->version)
        return COORD_BAD_VERSION;
    if (naive_count_children(state, path) > 0)
        return COORD_NOT_EMPTY;
    naive_delete_now(writing->naive, path);
    return COORD_OK;
}

/* The node of a setData, setACL or check, with the permission. */
static int check_node(struct writing *writing, int32_t permission, struct naive_node **ret_node)
{
    *ret_node = naive_find_node(&writing->naive->now, writing->ask->path);
    if (*ret_node == NULL)
        return COORD_NO_NODE;
    return naive_may(writing->client, &(*ret_node)->acl, permission) ? COORD_OK : COORD_NO_AUTH;
}

static bool is_wrong(int32_t expected, int32_t version)
{
    return expected != -1 && expected != version;
}

static int set_data(struct writing *writing)
{
    struct naive_node *node;

    writing->result = MESSAGE_SET_DATA;
    if (writing->ask->path == NULL || !naive_is_path(writing->ask->path))
        return COORD_BAD_ARGUMENTS;
    int error = check_node(writing, MESSAGE_WRITE, &node);
    if (error != COORD_OK)
        return error;
    if (is_wrong(writing->ask->version, node->version))
        return COORD_BAD_VERSION;
    put_data(node, writing->ask);
    node->version++;
    node->mzxid = writing->naive->now.zxid + 1;
    node->mtime_ms = writing->naive->wall_ms;
    naive_note(writing->naive, MESSAGE_NODE_DATA_CHANGED, node->path);
    naive_describe_node(&writing->naive->now, node, writing->body);
    return COORD_OK;
}

static int set_acl(struct writing *writing)
{
    struct naive_acl acl;
    struct naive_node *node;

    if (writing->ask->path == NULL || !naive_is_path(writing->ask->path))
        return COORD_BAD_ARGUMENTS;
    if (!naive_read_acl(writing->client, writing->ask, &acl))
        return COORD_INVALID_ACL;
    int error = check_node(writing, MESSAGE_ADMIN, &node);
    if (error != COORD_OK)
        return error;
    if (is_wrong(writing->ask->version, node->aversion))
        return COORD_BAD_VERSION;
    node->acl = acl;
    node->aversion++;
    naive_describe_node(&writing->naive->now, node, writing->body);
    return COORD_OK;
}

static int check(struct writing *writing)
{
    struct naive_node *node;

    writing->result = MESSAGE_CHECK;
    if (writing->ask->path == NULL || !naive_is_path(writing->ask->path))
        return COORD_BAD_ARGUMENTS;
    int error = check_node(writing, MESSAGE_READ, &node);
    if (error == COORD_OK && is_wrong(writing->ask->version, node->version))
        error = COORD_BAD_VERSION;
    return error;
}

static int write_one(struct writing *writing)
{
    switch (writing->ask->op) {
    case MESSAGE_DELETE:
        return delete_node(writing);
    case MESSAGE_SET_DATA:
        return set_data(writing);
    case MESSAGE_SET_ACL:
        return set_acl(writing);
    case MESSAGE_CHECK:
        return check(writing);
    default:
        return create(writing);
    }
}

void naive_answer_write(struct coord_naive *naive, size_t client, const struct ask *ask,
                        int32_t xid)
{
    AUTO(text_done) struct text body = {.size = 0};
    struct writing writing = {
        .naive = naive, .client = &naive->clients[client], .ask = ask, .body = &body};
    int error = naive->is_read_only ? COORD_NOT_READ_ONLY : write_one(&writing);

    if (error != COORD_OK) {
        naive->change_count = 0;
        naive_expect_error(naive, client, xid, error);
        return;
    }
    naive->now.zxid++;
    naive_tell_all(naive, 0);
    struct text line = {.size = 0};
    naive_begin_reply(naive, xid, &line);
    text_add(&line, "%s", text_data(&body));
    naive_expect(&naive->clients[client], 0, &line);
}

/* ---- Multi --------------------------------------------------------------------------------- */

static bool is_write(int32_t op)
{
    static const int32_t ops[] = {
        MESSAGE_CREATE,     MESSAGE_CREATE2, MESSAGE_CREATE_CONTAINER,
        MESSAGE_CREATE_TTL, MESSAGE_DELETE,  MESSAGE_SET_DATA,
        MESSAGE_CHECK,
    };

    for (size_t i = 0; i < COUNT_OF(ops); i++) {
        if (ops[i] == op)
            return true;
    }
    return false;
}

/* What is malformed in itself comes before the full disk, and that before what ZooKeeper's decoder
 * does not like. */
static int check_parts(const struct coord_naive *naive, const struct ask *ask)
{
    for (size_t i = 0; i < ask->part_count; i++) {
        if (!is_write(ask->parts[i].op))
            return COORD_MARSHALLING_ERROR;
    }
    if (naive->is_read_only)
        return COORD_NOT_READ_ONLY;
    for (size_t i = 0; i < ask->part_count; i++) {
        const struct ask *part = &ask->parts[i];
        bool is_plain_create = part->op == MESSAGE_CREATE || part->op == MESSAGE_CREATE2 ||
                               part->op == MESSAGE_CREATE_CONTAINER;
        if (part->path == NULL || (is_plain_create && is_ttl(part->flags)))
            return COORD_MARSHALLING_ERROR;
    }
    return COORD_OK;
}

/* Does the parts until one fails. */
static int write_parts(struct coord_naive *naive, size_t client, const struct ask *ask,
                       struct text *body, size_t *ret_failed)
{
    for (size_t i = 0; i < ask->part_count; i++) {
        AUTO(text_done) struct text part = {.size = 0};
        struct writing writing = {
            .naive = naive,
            .client = &naive->clients[client],
            .ask = &ask->parts[i],
            .is_part = true,
            .body = &part,
        };
        int error = write_one(&writing);
        if (error != COORD_OK) {
            *ret_failed = i;
            return error;
        }
        text_add(body, " | %d%s", writing.result, text_data(&part));
    }
    return COORD_OK;
}

static bool changes_something(const struct ask *ask)
{
    for (size_t i = 0; i < ask->part_count; i++) {
        if (ask->parts[i].op != MESSAGE_CHECK)
            return true;
    }
    return false;
}

static void fail_multi(struct coord_naive *naive, const struct ask *ask, size_t failed, int error,
                       struct text *body)
{
    naive->now = naive->before;
    naive->change_count = 0;
    text_clear(body);
    for (size_t i = 0; i < ask->part_count; i++) {
        int told = i < failed ? COORD_OK : COORD_RUNTIME_INCONSISTENCY;
        text_add(body, " | -1 error %d", i == failed ? error : told);
    }
}

void naive_answer_multi(struct coord_naive *naive, size_t client, const struct ask *ask,
                        int32_t xid)
{
    AUTO(text_done) struct text body = {.size = 0};
    size_t failed = 0;
    int error = check_parts(naive, ask);

    if (error != COORD_OK) {
        naive_expect_error(naive, client, xid, error);
        return;
    }
    naive->before = naive->now;
    error = write_parts(naive, client, ask, &body, &failed);
    if (error != COORD_OK) {
        fail_multi(naive, ask, failed, error, &body);
    } else if (changes_something(ask)) {
        naive->now.zxid++;
        naive_tell_all(naive, 0);
    }
    struct text line = {.size = 0};
    naive_begin_reply(naive, xid, &line);
    text_add(&line, "%s", text_data(&body));
    naive_expect(&naive->clients[client], 0, &line);
}
