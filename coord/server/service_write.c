/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each write checks in ZooKeeper's order, which decides what error a client sees, and then changes
 * the tree. The order of the checks of each operation is in docs/protocol/zookeeper.md.
 */
#include <stdio.h>
#include <string.h>

#include "coord/protocol/path.h"
#include "coord/server/service_parts.h"

enum {
    ANY_VERSION = -1,
};

static struct tree_change next_change(const struct service *service)
{
    return (struct tree_change){.zxid = service->zxid_applied + 1, .now_ms = service->wall_ms};
}

static bool is_wrong_version(int32_t expected, int32_t version)
{
    return expected != ANY_VERSION && expected != version;
}

/* The list of the request, ready to be interned, in service.scratch. */
static enum coord_error resolve_acl(struct service *service, const struct service_peer *peer,
                                    const struct request *request)
{
    text_clear(&service->scratch);
    return acl_resolve(request->acl, &peer->identities, &service->scratch);
}

static enum coord_error intern_acl(struct service *service, uint32_t *ret_number)
{
    bool is_new;

    if (!acls_intern(service->acls, text_data(&service->scratch), text_size(&service->scratch),
                     ret_number, &is_new))
        return COORD_QUOTA_EXCEEDED;
    if (is_new)
        tree_note_acl(service->tree, *ret_number);
    return COORD_OK;
}

/* ---- Create -------------------------------------------------------------------------------- */

/* What a create makes, by its operation and flags. */
struct kind {
    bool is_sequential;
    int64_t owner;
    int32_t result;
};

static bool is_sequential(int32_t flags)
{
    return flags == MESSAGE_PERSISTENT_SEQUENTIAL || flags == MESSAGE_EPHEMERAL_SEQUENTIAL ||
           flags == MESSAGE_TTL_SEQUENTIAL;
}

static enum coord_error ttl_kind(const struct service *service, const struct request *request,
                                 struct kind *kind)
{
    if (!service->options.extended_types)
        return COORD_UNIMPLEMENTED;
    if (request->ttl_ms <= 0 || request->ttl_ms > TREE_TTL_MAX_MS)
        return COORD_BAD_ARGUMENTS;
    kind->owner = TREE_OWNER_TTL | request->ttl_ms;
    kind->result = MESSAGE_CREATE2;
    return COORD_OK;
}

static int64_t plain_owner(const struct service_peer *peer, int32_t flags)
{
    bool is_ephemeral = flags == MESSAGE_EPHEMERAL || flags == MESSAGE_EPHEMERAL_SEQUENTIAL;

    return is_ephemeral ? peer->session->id : 0;
}

/* By itself a create goes by its operation: createContainer makes a container whatever the flags,
 * and the flag of a container given to create means nothing. */
static enum coord_error kind_alone(const struct service *service, const struct service_peer *peer,
                                   const struct request *request, struct kind *kind)
{
    bool has_ttl = request->flags == MESSAGE_TTL || request->flags == MESSAGE_TTL_SEQUENTIAL;

    kind->result = request->op == MESSAGE_CREATE ? MESSAGE_CREATE : MESSAGE_CREATE2;
    if (has_ttl != (request->op == MESSAGE_CREATE_TTL))
        return COORD_BAD_ARGUMENTS;
    if (has_ttl)
        return ttl_kind(service, request, kind);
    kind->owner = request->op == MESSAGE_CREATE_CONTAINER ? TREE_OWNER_CONTAINER
                                                          : plain_owner(peer, request->flags);
    return COORD_OK;
}

/* In a multi it goes by its flags, whatever the operation. */
static enum coord_error kind_of_part(const struct service *service, const struct service_peer *peer,
                                     const struct request *request, struct kind *kind)
{
    kind->result = MESSAGE_CREATE;
    if (request->flags == MESSAGE_TTL || request->flags == MESSAGE_TTL_SEQUENTIAL)
        return ttl_kind(service, request, kind);
    if (request->op == MESSAGE_CREATE_TTL && request->ttl_ms < 0)
        return COORD_BAD_ARGUMENTS;
    kind->owner = plain_owner(peer, request->flags);
    if (request->flags == MESSAGE_CONTAINER) {
        kind->owner = TREE_OWNER_CONTAINER;
        kind->result = MESSAGE_CREATE2;
    }
    return COORD_OK;
}

static enum coord_error decide_kind(const struct service *service, const struct service_peer *peer,
                                    const struct request *request, bool is_part, struct kind *kind)
{
    if (request->flags < MESSAGE_PERSISTENT || request->flags > MESSAGE_TTL_SEQUENTIAL)
        return COORD_BAD_ARGUMENTS;
    *kind = (struct kind){.is_sequential = is_sequential(request->flags)};
    return is_part ? kind_of_part(service, peer, request, kind)
                   : kind_alone(service, peer, request, kind);
}

/* The node before the last '/', if the peer may create below it. */
static enum coord_error find_parent(const struct service *service, const struct service_peer *peer,
                                    struct jute_bytes path, int32_t permission,
                                    uint32_t *ret_parent)
{
    size_t slash = path.size;

    while (path.data[slash - 1] != '/')
        slash--;
    slash--;

    uint32_t parent =
        service_find_node(service, (struct jute_bytes){.data = path.data, .size = slash});
    if (parent == TREE_NONE)
        return COORD_NO_NODE;
    if (!service_allows(service, peer, tree_node(service->tree, parent)->acl, permission))
        return COORD_NO_AUTH;
    *ret_parent = parent;
    return COORD_OK;
}

static bool has_slash_and_no_nul(struct jute_bytes path)
{
    return memchr(path.data, '/', path.size) != NULL && memchr(path.data, '\0', path.size) == NULL;
}

/* The whole path of the new node in service.path. */
static enum coord_error settle_path(struct service *service, const struct request *request,
                                    uint32_t parent, bool is_sequential_create)
{
    struct text *path = &service->path;

    text_clear(path);
    text_add_bytes(path, request->path.data, request->path.size);
    if (is_sequential_create)
        text_add(path, "%010d", tree_node(service->tree, parent)->creations);
    if (text_size(path) > MESSAGE_PATH_MAX || !path_is_valid(text_data(path), text_size(path)))
        return COORD_BAD_ARGUMENTS;
    if (service_find_node(service, (struct jute_bytes){text_data(path), text_size(path)}) !=
        TREE_NONE)
        return COORD_NODE_EXISTS;
    if (tree_is_ephemeral(tree_node(service->tree, parent)))
        return COORD_NO_CHILDREN_FOR_EPHEMERALS;
    return COORD_OK;
}

static enum coord_error put_node(struct service *service, const struct request *request,
                                 uint32_t parent, const struct kind *kind,
                                 struct service_written *ret_written)
{
    const char *path = text_data(&service->path);
    size_t name_begin = path_name_begin(path, text_size(&service->path));
    struct tree_seed seed = {
        .parent = parent,
        .name = {path + name_begin, text_size(&service->path) - name_begin},
        .data = request->data,
        .owner = kind->owner,
    };

    if (tree_counts(service->tree).nodes >= service->options.nodes_max)
        return COORD_QUOTA_EXCEEDED;
    enum coord_error error = intern_acl(service, &seed.acl);
    if (error != COORD_OK)
        return error;
    uint32_t slot = tree_create(service->tree, &seed, next_change(service));
    service_note_change(service, MESSAGE_NODE_CREATED, slot, seed.acl);
    service_note_children_change(service, parent);
    *ret_written = (struct service_written){.slot = slot, .result = kind->result};
    return COORD_OK;
}

static enum coord_error create(struct service *service, struct service_peer *peer,
                               const struct request *request, bool is_part,
                               struct service_written *ret_written)
{
    struct kind kind;
    uint32_t parent;
    enum coord_error error;

    if (request->path.data == NULL)
        return COORD_MARSHALLING_ERROR;
    error = decide_kind(service, peer, request, is_part, &kind);
    if (error == COORD_OK && !has_slash_and_no_nul(request->path))
        error = COORD_BAD_ARGUMENTS;
    if (error == COORD_OK)
        error = resolve_acl(service, peer, request);
    if (error == COORD_OK)
        error = find_parent(service, peer, request->path, MESSAGE_CREATE_CHILD, &parent);
    if (error == COORD_OK)
        error = settle_path(service, request, parent, kind.is_sequential);
    if (error == COORD_OK)
        error = put_node(service, request, parent, &kind, ret_written);
    return error;
}

/* ---- The others ---------------------------------------------------------------------------- */

static bool is_special(struct jute_bytes path)
{
    static const char *const special[] = {
        "/",
        "/zookeeper",
        "/zookeeper/quota",
        "/zookeeper/config",
    };

    for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
        if (path.size == strlen(special[i]) && memcmp(path.data, special[i], path.size) == 0)
            return true;
    }
    return false;
}

static enum coord_error delete_node(struct service *service, struct service_peer *peer,
                                    const struct request *request,
                                    struct service_written *ret_written)
{
    uint32_t parent;
    struct jute_bytes path = request->path;

    if (path.data == NULL)
        return COORD_MARSHALLING_ERROR;
    if (!has_slash_and_no_nul(path) || is_special(path))
        return COORD_BAD_ARGUMENTS;
    enum coord_error error = find_parent(service, peer, path, MESSAGE_DELETE_CHILD, &parent);
    if (error != COORD_OK)
        return error;
    uint32_t slot = service_find_node(service, path);
    if (slot == TREE_NONE)
        return COORD_NO_NODE;
    const struct tree_node *node = tree_node(service->tree, slot);
    if (is_wrong_version(request->version, node->version))
        return COORD_BAD_VERSION;
    if (tree_child_count(node) > 0)
        return COORD_NOT_EMPTY;

    service_note_change(service, MESSAGE_NODE_DELETED, slot, node->acl);
    service_note_children_change(service, parent);
    tree_delete(service->tree, slot, next_change(service));
    *ret_written = (struct service_written){.slot = TREE_NONE, .result = MESSAGE_DELETE};
    return COORD_OK;
}

/* The node that a write names, if its path is good and the peer has the permission. */
static enum coord_error find_writable(const struct service *service,
                                      const struct service_peer *peer, struct jute_bytes path,
                                      int32_t permission, uint32_t *ret_slot)
{
    uint32_t slot = service_find_node(service, path);

    if (slot == TREE_NONE)
        return COORD_NO_NODE;
    if (!service_allows(service, peer, tree_node(service->tree, slot)->acl, permission))
        return COORD_NO_AUTH;
    *ret_slot = slot;
    return COORD_OK;
}

static bool is_path(struct jute_bytes path)
{
    return path.data != NULL && path_is_valid(path.data, path.size);
}

static enum coord_error set_data(struct service *service, struct service_peer *peer,
                                 const struct request *request, struct service_written *ret_written)
{
    uint32_t slot;

    if (!is_path(request->path))
        return COORD_BAD_ARGUMENTS;
    enum coord_error error = find_writable(service, peer, request->path, MESSAGE_WRITE, &slot);
    if (error != COORD_OK)
        return error;
    const struct tree_node *node = tree_node(service->tree, slot);
    if (is_wrong_version(request->version, node->version))
        return COORD_BAD_VERSION;

    tree_set_data(service->tree, slot, request->data, next_change(service));
    service_note_change(service, MESSAGE_NODE_DATA_CHANGED, slot, node->acl);
    *ret_written = (struct service_written){.slot = slot, .result = MESSAGE_SET_DATA};
    return COORD_OK;
}

static enum coord_error set_acl(struct service *service, struct service_peer *peer,
                                const struct request *request, struct service_written *ret_written)
{
    uint32_t slot, acl;

    if (!is_path(request->path))
        return COORD_BAD_ARGUMENTS;
    enum coord_error error = resolve_acl(service, peer, request);
    if (error == COORD_OK)
        error = find_writable(service, peer, request->path, MESSAGE_ADMIN, &slot);
    if (error != COORD_OK)
        return error;
    if (is_wrong_version(request->version, tree_node(service->tree, slot)->aversion))
        return COORD_BAD_VERSION;
    error = intern_acl(service, &acl);
    if (error != COORD_OK)
        return error;

    tree_set_acl(service->tree, slot, acl);
    *ret_written = (struct service_written){.slot = slot, .result = MESSAGE_SET_ACL};
    return COORD_OK;
}

static enum coord_error check(struct service *service, struct service_peer *peer,
                              const struct request *request, struct service_written *ret_written)
{
    uint32_t slot;

    if (!is_path(request->path))
        return COORD_BAD_ARGUMENTS;
    enum coord_error error = find_writable(service, peer, request->path, MESSAGE_READ, &slot);
    if (error != COORD_OK)
        return error;
    if (is_wrong_version(request->version, tree_node(service->tree, slot)->version))
        return COORD_BAD_VERSION;
    *ret_written = (struct service_written){.slot = TREE_NONE, .result = MESSAGE_CHECK};
    return COORD_OK;
}

/* ---- One write ----------------------------------------------------------------------------- */

enum coord_error service_write_one(struct service *service, struct service_peer *peer,
                                   const struct request *request, bool is_part,
                                   struct service_written *ret_written)
{
    switch (request->op) {
    case MESSAGE_DELETE:
        return delete_node(service, peer, request, ret_written);
    case MESSAGE_SET_DATA:
        return set_data(service, peer, request, ret_written);
    case MESSAGE_SET_ACL:
        return set_acl(service, peer, request, ret_written);
    case MESSAGE_CHECK:
        return check(service, peer, request, ret_written);
    default: /* the four creates */
        return create(service, peer, request, is_part, ret_written);
    }
}

void service_put_written(const struct service *service, const struct service_written *written,
                         struct text *out)
{
    bool has_path = written->result == MESSAGE_CREATE || written->result == MESSAGE_CREATE2;

    if (has_path)
        jute_put_bytes(out, (struct jute_bytes){
                                .data = text_data(&service->path),
                                .size = text_size(&service->path),
                            });
    if (written->result != MESSAGE_CREATE && written->slot != TREE_NONE) {
        struct message_stat stat;
        tree_stat(tree_node(service->tree, written->slot), &stat);
        reply_put_stat(out, &stat);
    }
}

void service_write(struct service *service, struct service_peer *peer,
                   const struct request *request)
{
    struct service_written written;
    enum coord_error error = service->is_read_only
                                 ? COORD_NOT_READ_ONLY
                                 : service_write_one(service, peer, request, false, &written);

    if (error != COORD_OK) {
        service_drop_changes(service);
        service_answer(service, peer, request, error);
        return;
    }
    service->zxid_applied++;
    service_tell_changes(service);

    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);
    service_put_written(service, &written, out);
    reply_end(out, begin);
}
