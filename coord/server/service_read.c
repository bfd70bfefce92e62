/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "coord/server/service_parts.h"

enum {
    ANSWER_MAX_BYTES = 32 * 1024 * 1024, /* of lists, and of many reads in one */
};

/* ---- What one read finds: for requests of their own and for parts of a multiRead ------------ */

/* The node, if there is one and the peer may read it. */
static enum coord_error find_readable(const struct service *service,
                                      const struct service_peer *peer, struct jute_bytes path,
                                      int32_t permissions, uint32_t *ret_slot)
{
    if (path.data == NULL)
        return COORD_MARSHALLING_ERROR;

    uint32_t slot = service_find_node(service, path);
    if (slot == TREE_NONE)
        return COORD_NO_NODE;
    if (!service_allows(service, peer, tree_node(service->tree, slot)->acl, permissions))
        return COORD_NO_AUTH;
    *ret_slot = slot;
    return COORD_OK;
}

static void put_data(const struct service *service, uint32_t slot, struct text *out)
{
    const struct tree_node *node = tree_node(service->tree, slot);
    struct message_stat stat;

    tree_stat(node, &stat);
    jute_put_bytes(out, tree_data(node));
    reply_put_stat(out, &stat);
}

/* False if that would be more than an answer can hold. */
static bool put_children(const struct service *service, uint32_t slot, struct text *out)
{
    size_t begin = text_size(out);

    jute_put_int(out, (int32_t)tree_child_count(tree_node(service->tree, slot)));
    for (uint32_t child = tree_first_child(service->tree, slot); child != TREE_NONE;
         child = tree_next_sibling(service->tree, child)) {
        jute_put_bytes(out, tree_name(tree_node(service->tree, child)));
        if (text_size(out) - begin > ANSWER_MAX_BYTES)
            return false;
    }
    return true;
}

static void put_stat(const struct service *service, uint32_t slot, struct text *out)
{
    struct message_stat stat;

    tree_stat(tree_node(service->tree, slot), &stat);
    reply_put_stat(out, &stat);
}

/* ---- Requests ------------------------------------------------------------------------------ */

void service_exists(struct service *service, struct service_peer *peer,
                    const struct request *request)
{
    enum coord_error error = COORD_OK;

    if (request->path.data == NULL)
        error = COORD_MARSHALLING_ERROR;
    else if (memchr(request->path.data, '\0', request->path.size) != NULL)
        error = COORD_BAD_ARGUMENTS;
    else if (request->watch)
        error = service_watch(service, peer, request->path, WATCH_DATA);

    uint32_t slot = error == COORD_OK ? service_find_node(service, request->path) : TREE_NONE;
    if (slot == TREE_NONE) {
        service_answer(service, peer, request, error == COORD_OK ? COORD_NO_NODE : error);
        return;
    }
    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);
    put_stat(service, slot, out);
    reply_end(out, begin);
}

void service_get_data(struct service *service, struct service_peer *peer,
                      const struct request *request)
{
    uint32_t slot;
    enum coord_error error = find_readable(service, peer, request->path, MESSAGE_READ, &slot);

    if (error == COORD_OK && request->watch)
        error = service_watch(service, peer, request->path, WATCH_DATA);
    if (error != COORD_OK) {
        service_answer(service, peer, request, error);
        return;
    }
    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);
    put_data(service, slot, out);
    reply_end(out, begin);
}

/* Who may not administer the node does not see the hashes of passwords. */
void service_get_acl(struct service *service, struct service_peer *peer,
                     const struct request *request)
{
    uint32_t slot;
    enum coord_error error =
        find_readable(service, peer, request->path, MESSAGE_READ | MESSAGE_ADMIN, &slot);

    if (error != COORD_OK) {
        service_answer(service, peer, request, error);
        return;
    }
    uint32_t acl = tree_node(service->tree, slot)->acl;
    bool masked = !service_allows(service, peer, acl, MESSAGE_ADMIN);
    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);
    acls_put(service->acls, acl, masked, out);
    put_stat(service, slot, out);
    reply_end(out, begin);
}

void service_get_children(struct service *service, struct service_peer *peer,
                          const struct request *request)
{
    uint32_t slot;
    enum coord_error error = find_readable(service, peer, request->path, MESSAGE_READ, &slot);

    text_clear(&service->parts);
    if (error == COORD_OK && !put_children(service, slot, &service->parts))
        error = COORD_QUOTA_EXCEEDED;
    if (error == COORD_OK && request->watch)
        error = service_watch(service, peer, request->path, WATCH_CHILDREN);
    if (error != COORD_OK) {
        service_answer(service, peer, request, error);
        return;
    }
    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);
    text_add_bytes(out, text_data(&service->parts), text_size(&service->parts));
    if (request->op == MESSAGE_GET_CHILDREN2)
        put_stat(service, slot, out);
    reply_end(out, begin);
}

/* To ZooKeeper a prefix of blanks, or of '/' among blanks, stands for all. */
static bool is_everything(struct jute_bytes prefix)
{
    size_t slashes = 0;

    for (size_t i = 0; i < prefix.size; i++) {
        if (prefix.data[i] == '/')
            slashes++;
        else if (prefix.data[i] != ' ')
            return false;
    }
    return slashes <= 1;
}

/* Appends the paths that begin with the prefix; returns how many, or -1 if they are more than an
 * answer can hold. */
static int32_t put_owned(struct service *service, const struct service_peer *peer,
                         struct jute_bytes prefix, struct text *out)
{
    bool all = is_everything(prefix);
    int32_t count = 0;

    for (uint32_t slot = tree_first_owned(service->tree, peer->session->id); slot != TREE_NONE;
         slot = tree_next_owned(service->tree, slot)) {
        text_clear(&service->path);
        tree_put_path(service->tree, slot, &service->path);
        struct jute_bytes path = {
            .data = text_data(&service->path),
            .size = text_size(&service->path),
        };
        bool begins = prefix.size <= path.size && prefix.data != NULL &&
                      memcmp(prefix.data, path.data, prefix.size) == 0;
        if (!all && !begins)
            continue;
        jute_put_bytes(out, path);
        if (text_size(out) > ANSWER_MAX_BYTES)
            return -1;
        count++;
    }
    return count;
}

void service_get_ephemerals(struct service *service, struct service_peer *peer,
                            const struct request *request)
{
    text_clear(&service->parts);
    int32_t count = put_owned(service, peer, request->path, &service->parts);

    if (count < 0) {
        service_answer(service, peer, request, COORD_QUOTA_EXCEEDED);
        return;
    }
    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);
    jute_put_int(out, count);
    text_add_bytes(out, text_data(&service->parts), text_size(&service->parts));
    reply_end(out, begin);
}

void service_count_descendants(struct service *service, struct service_peer *peer,
                               const struct request *request)
{
    uint32_t slot;
    enum coord_error error = find_readable(service, peer, request->path, MESSAGE_READ, &slot);

    if (error != COORD_OK) {
        service_answer(service, peer, request, error);
        return;
    }
    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);
    jute_put_int(out, (int32_t)tree_node(service->tree, slot)->below);
    reply_end(out, begin);
}

/* The user's name alone: not the hash of a password, and nothing of the super user. */
static struct jute_bytes user_of(const struct acl_identity *identity)
{
    size_t size = strlen(identity->id);

    if (strcmp(identity->scheme, "super") == 0)
        size = 0;
    else if (strcmp(identity->scheme, "digest") == 0)
        size = strcspn(identity->id, ":");
    return (struct jute_bytes){.data = identity->id, .size = size};
}

void service_who_am_i(struct service *service, struct service_peer *peer,
                      const struct request *request)
{
    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);

    jute_put_int(out, (int32_t)peer->identities.count);
    for (size_t i = 0; i < peer->identities.count; i++) {
        jute_put_text(out, peer->identities.items[i].scheme);
        jute_put_bytes(out, user_of(&peer->identities.items[i]));
    }
    reply_end(out, begin);
}

/* One server has nothing to catch up with; the answer comes after what was written before. */
void service_sync(struct service *service, struct service_peer *peer, const struct request *request)
{
    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);

    jute_put_bytes(out, request->path);
    reply_end(out, begin);
}

/* ---- Several reads at once ----------------------------------------------------------------- */

static void put_read_part(const struct service *service, const struct service_peer *peer,
                          const struct request *part, struct text *out)
{
    uint32_t slot;
    enum coord_error error = find_readable(service, peer, part->path, MESSAGE_READ, &slot);

    if (error != COORD_OK) {
        reply_put_part(out, MESSAGE_ERROR, error);
        return;
    }
    reply_put_part(out, part->op, COORD_OK);
    if (part->op == MESSAGE_GET_DATA)
        put_data(service, slot, out);
    else
        (void)put_children(service, slot, out); /* the sum of all parts is looked at */
}

static bool is_read_part(const struct request *part)
{
    return (part->op == MESSAGE_GET_DATA || part->op == MESSAGE_GET_CHILDREN) &&
           part->path.data != NULL;
}

/* Each part fails for itself; the others are answered all the same. */
void service_multi_read(struct service *service, struct service_peer *peer,
                        const struct request *request)
{
    struct jute_in parts = request->parts;
    struct request part;
    enum request_part outcome;

    text_clear(&service->parts);
    while ((outcome = request_next_part(&parts, &part)) == REQUEST_PART && is_read_part(&part)) {
        put_read_part(service, peer, &part, &service->parts);
        if (text_size(&service->parts) > ANSWER_MAX_BYTES) {
            service_answer(service, peer, request, COORD_QUOTA_EXCEEDED);
            return;
        }
    }
    if (outcome != REQUEST_PARTS_END) {
        service_answer(service, peer, request, COORD_MARSHALLING_ERROR);
        return;
    }
    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);
    text_add_bytes(out, text_data(&service->parts), text_size(&service->parts));
    reply_put_parts_end(out);
    reply_end(out, begin);
}
