/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tests/support/coord_naive_parts.h"

/* ---- Reads --------------------------------------------------------------------------------- */

/* The node of a read, if there is one that the client may read. */
static int find_readable(struct coord_naive *naive, size_t client, const char *path,
                         int32_t permissions, const struct naive_node **ret_node)
{
    if (path == NULL)
        return COORD_MARSHALLING_ERROR;
    *ret_node = naive_find_node(&naive->now, path);
    if (*ret_node == NULL)
        return COORD_NO_NODE;
    return naive_may(&naive->clients[client], &(*ret_node)->acl, permissions) ? COORD_OK
                                                                              : COORD_NO_AUTH;
}

int naive_read_exists(struct coord_naive *naive, size_t client, const struct ask *ask,
                      struct text *body)
{
    if (ask->path == NULL)
        return COORD_MARSHALLING_ERROR;
    int error =
        ask->watch ? naive_watch_once(naive, client, ask->path, NAIVE_TABLE_DATA) : COORD_OK;
    if (error != COORD_OK)
        return error;
    const struct naive_node *node = naive_find_node(&naive->now, ask->path);
    if (node == NULL)
        return COORD_NO_NODE;
    naive_describe_node(&naive->now, node, body);
    return COORD_OK;
}

int naive_read_data(struct coord_naive *naive, size_t client, const struct ask *ask,
                    struct text *body)
{
    const struct naive_node *node;
    int error = find_readable(naive, client, ask->path, MESSAGE_READ, &node);

    if (error == COORD_OK && ask->watch)
        error = naive_watch_once(naive, client, ask->path, NAIVE_TABLE_DATA);
    if (error != COORD_OK)
        return error;
    naive_describe_data(node, body);
    naive_describe_node(&naive->now, node, body);
    return COORD_OK;
}

int naive_read_acl_of(struct coord_naive *naive, size_t client, const struct ask *ask,
                      struct text *body)
{
    const struct naive_node *node;
    int error = find_readable(naive, client, ask->path, MESSAGE_READ | MESSAGE_ADMIN, &node);

    if (error != COORD_OK)
        return error;
    naive_describe_acl(&node->acl, !naive_may(&naive->clients[client], &node->acl, MESSAGE_ADMIN),
                       body);
    naive_describe_node(&naive->now, node, body);
    return COORD_OK;
}

int naive_read_children(struct coord_naive *naive, size_t client, const struct ask *ask,
                        struct text *body)
{
    const struct naive_node *node;
    int error = find_readable(naive, client, ask->path, MESSAGE_READ, &node);

    if (error == COORD_OK && ask->watch)
        error = naive_watch_once(naive, client, ask->path, NAIVE_TABLE_CHILD);
    if (error != COORD_OK)
        return error;
    naive_describe_children(&naive->now, node->path, body);
    if (ask->op == MESSAGE_GET_CHILDREN2)
        naive_describe_node(&naive->now, node, body);
    return COORD_OK;
}

int naive_read_count(struct coord_naive *naive, size_t client, const struct ask *ask,
                     struct text *body)
{
    const struct naive_node *node;
    size_t count = 0;
    int error = find_readable(naive, client, ask->path, MESSAGE_READ, &node);

    if (error != COORD_OK)
        return error;
    for (size_t i = 0; i < naive->now.node_count; i++)
        count += naive_is_below(naive->now.nodes[i].path, node->path);
    text_add(body, " count %zu", count);
    return COORD_OK;
}

int naive_read_ephemerals(struct coord_naive *naive, size_t client, const struct ask *ask,
                          struct text *body)
{
    bool all = ask->path == NULL || ask->path[0] == '\0' || strcmp(ask->path, "/") == 0;
    char *paths[NAIVE_NODES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < naive->now.node_count; i++) {
        struct naive_node *node = &naive->now.nodes[i];
        if (node->life == NAIVE_LIFE_EPHEMERAL &&
            node->session_id == naive->clients[client].session_id &&
            (all || strncmp(node->path, ask->path, strlen(ask->path)) == 0))
            paths[count++] = node->path;
    }
    ask_describe_names(paths, count, body);
    return COORD_OK;
}

int naive_read_identities(struct coord_naive *naive, size_t number, const struct ask *ask,
                          struct text *body)
{
    const struct naive_client *client = &naive->clients[number];

    (void)ask;
    text_add(body, " who ip=10.1.2.3");
    for (size_t i = 0; i < client->digest_count; i++) {
        if (client->is_super && strcmp(client->digests[i], naive->options.super_digest) == 0)
            text_add(body, " super=");
        text_add(body, " digest=%.*s", (int)strcspn(client->digests[i], ":"), client->digests[i]);
    }
    return COORD_OK;
}

int naive_read_sync(struct coord_naive *naive, size_t client, const struct ask *ask,
                    struct text *body)
{
    (void)naive;
    (void)client;
    text_add(body, " path %s", ask->path == NULL ? "null" : ask->path);
    return COORD_OK;
}

int naive_read_many(struct coord_naive *naive, size_t client, const struct ask *ask,
                    struct text *body)
{
    for (size_t i = 0; i < ask->part_count; i++) {
        const struct ask *part = &ask->parts[i];
        const struct naive_node *node;
        if (part->path == NULL ||
            (part->op != MESSAGE_GET_DATA && part->op != MESSAGE_GET_CHILDREN))
            return COORD_MARSHALLING_ERROR;
        int error = find_readable(naive, client, part->path, MESSAGE_READ, &node);
        text_add(body, " | %d", error == COORD_OK ? part->op : MESSAGE_ERROR);
        if (error != COORD_OK) {
            text_add(body, " error %d", error);
        } else if (part->op == MESSAGE_GET_DATA) {
            naive_describe_data(node, body);
            naive_describe_node(&naive->now, node, body);
        } else {
            naive_describe_children(&naive->now, node->path, body);
        }
    }
    return COORD_OK;
}
