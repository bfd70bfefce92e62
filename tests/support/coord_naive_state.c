/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "tests/support/coord_naive_parts.h"

const struct naive_acl NAIVE_OPEN = {1, {{MESSAGE_ALL_PERMISSIONS, "world", "anyone"}}};
const struct naive_acl NAIVE_READ_ONLY = {1, {{MESSAGE_READ, "world", "anyone"}}};

void naive_set_text(char *to, size_t size, const char *from)
{
    int written = snprintf(to, size, "%s", from);

    ASSERT(written >= 0 && (size_t)written < size);
}

/* ---- Paths --------------------------------------------------------------------------------- */

bool naive_is_path(const char *path)
{
    size_t size = strlen(path);

    if (path[0] != '/')
        return false;
    if (size == 1)
        return true;
    if (path[size - 1] == '/' || strstr(path, "//") != NULL || strstr(path, "/./") != NULL ||
        strstr(path, "/../") != NULL)
        return false;
    const char *last = strrchr(path, '/');
    return strcmp(last, "/.") != 0 && strcmp(last, "/..") != 0;
}

void naive_parent_of(const char *path, char parent[NAIVE_PATH_MAX])
{
    naive_set_text(parent, NAIVE_PATH_MAX, path);
    char *slash = strrchr(parent, '/');
    slash[slash == parent ? 1 : 0] = '\0';
}

static bool is_child(const char *path, const char *of)
{
    char parent[NAIVE_PATH_MAX];

    if (strcmp(path, "/") == 0)
        return false;
    naive_parent_of(path, parent);
    return strcmp(parent, of) == 0;
}

bool naive_is_below(const char *path, const char *top)
{
    size_t size = strlen(top);

    if (strcmp(path, top) == 0 || size == 0)
        return false;
    if (strcmp(top, "/") == 0)
        return true;
    return strncmp(path, top, size) == 0 && path[size] == '/';
}

/* ---- Nodes --------------------------------------------------------------------------------- */

struct naive_node *naive_find_node(struct naive_state *state, const char *path)
{
    if (path[0] == '\0')
        path = "/";
    for (size_t i = 0; i < state->node_count; i++) {
        if (strcmp(state->nodes[i].path, path) == 0)
            return &state->nodes[i];
    }
    return NULL;
}

size_t naive_count_children(const struct naive_state *state, const char *path)
{
    size_t count = 0;

    for (size_t i = 0; i < state->node_count; i++)
        count += is_child(state->nodes[i].path, path);
    return count;
}

void naive_describe_node(const struct naive_state *state, const struct naive_node *node,
                         struct text *out)
{
    int32_t children = (int32_t)naive_count_children(state, node->path);
    struct message_stat stat = {
        .czxid = node->czxid,
        .mzxid = node->mzxid,
        .ctime_ms = node->ctime_ms,
        .mtime_ms = node->mtime_ms,
        .version = node->version,
        .cversion = 2 * node->creations - children,
        .aversion = node->aversion,
        .ephemeral_owner = node->life == NAIVE_LIFE_EPHEMERAL ? node->session_id : 0,
        .data_length = node->has_data ? (int32_t)strlen(node->data) : 0,
        .children = children,
        .pzxid = node->pzxid,
    };

    ask_describe_stat(&stat, out);
}

void naive_describe_data(const struct naive_node *node, struct text *out)
{
    ask_describe_data((struct jute_bytes){node->has_data ? node->data : NULL, strlen(node->data)},
                      out);
}

void naive_describe_children(const struct naive_state *state, const char *path, struct text *out)
{
    char *names[NAIVE_NODES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < state->node_count; i++) {
        if (is_child(state->nodes[i].path, path))
            names[count++] = mem_copy_text(strrchr(state->nodes[i].path, '/') + 1);
    }
    ask_describe_names(names, count, out);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
}

void naive_remove_node(struct naive_state *state, const char *path)
{
    size_t index = (size_t)(naive_find_node(state, path) - state->nodes);

    state->node_count--;
    memmove(&state->nodes[index], &state->nodes[index + 1],
            (state->node_count - index) * sizeof *state->nodes);
}

struct naive_node *naive_add_node(struct naive_state *state, const char *path)
{
    ASSERT(state->node_count < NAIVE_NODES_MAX);
    struct naive_node *node = &state->nodes[state->node_count++];
    *node = (struct naive_node){.life = NAIVE_LIFE_PERSISTENT, .has_data = true};
    naive_set_text(node->path, sizeof node->path, path);
    return node;
}

/* ---- Who may do what ----------------------------------------------------------------------- */

bool naive_has_digest(const struct naive_client *client, const char *id)
{
    for (size_t i = 0; i < client->digest_count; i++) {
        if (strcmp(client->digests[i], id) == 0)
            return true;
    }
    return false;
}

bool naive_may(const struct naive_client *client, const struct naive_acl *acl, int32_t permission)
{
    if (client->is_super)
        return true;
    for (size_t i = 0; i < acl->count; i++) {
        const struct naive_acl_item *item = &acl->items[i];
        if ((item->permissions & permission) != 0 &&
            (strcmp(item->scheme, "world") == 0 || naive_has_digest(client, item->id)))
            return true;
    }
    return false;
}

static bool is_valid_item(const struct ask_acl *item)
{
    if (strcmp(item->scheme, "world") == 0)
        return strcmp(item->id, "anyone") == 0;
    return strcmp(item->scheme, "digest") == 0 && strchr(item->id, ':') != NULL;
}

static void add_item(struct naive_acl *acl, int32_t permissions, const char *scheme, const char *id)
{
    ASSERT(acl->count < NAIVE_ACL_ITEMS_MAX);
    struct naive_acl_item *item = &acl->items[acl->count++];
    *item = (struct naive_acl_item){.permissions = permissions};
    naive_set_text(item->scheme, sizeof item->scheme, scheme);
    naive_set_text(item->id, sizeof item->id, id);
}

static bool is_repeated(const struct ask *ask, int32_t index)
{
    for (int32_t i = 0; i < index; i++) {
        if (ask->acl[i].permissions == ask->acl[index].permissions &&
            strcmp(ask->acl[i].scheme, ask->acl[index].scheme) == 0 &&
            strcmp(ask->acl[i].id, ask->acl[index].id) == 0)
            return true;
    }
    return false;
}

bool naive_read_acl(const struct naive_client *client, const struct ask *ask,
                    struct naive_acl *ret_acl)
{
    if (ask->acl == NULL) {
        *ret_acl = NAIVE_OPEN;
        return true;
    }
    *ret_acl = (struct naive_acl){.count = 0};
    for (int32_t i = 0; i < ask->acl_count; i++) {
        const struct ask_acl *item = &ask->acl[i];
        bool is_auth = strcmp(item->scheme, "auth") == 0;
        if (is_auth ? client->digest_count == 0 : !is_valid_item(item))
            return false;
        if (is_repeated(ask, i))
            continue;
        for (size_t digest = 0; is_auth && digest < client->digest_count; digest++)
            add_item(ret_acl, item->permissions, "digest", client->digests[digest]);
        if (!is_auth)
            add_item(ret_acl, item->permissions, item->scheme, item->id);
    }
    return ret_acl->count > 0;
}

void naive_describe_acl(const struct naive_acl *acl, bool is_masked, struct text *out)
{
    text_add(out, " acl");
    for (size_t i = 0; i < acl->count; i++) {
        const struct naive_acl_item *item = &acl->items[i];
        bool hides = is_masked && strcmp(item->scheme, "digest") == 0;
        text_add(out, " %" PRId32 ":%s:", item->permissions, item->scheme);
        if (hides)
            text_add(out, "%.*s:x", (int)strcspn(item->id, ":"), item->id);
        else
            text_add(out, "%s", item->id);
    }
}
