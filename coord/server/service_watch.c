/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "coord/protocol/path.h"
#include "coord/server/service_parts.h"

/* ---- Telling watchers ---------------------------------------------------------------------- */

void service_note_change(struct service *service, enum message_event event, uint32_t slot,
                         uint32_t acl)
{
    if (watches_counts(service->watches).watches == 0)
        return;
    if (service->change_count == service->change_capacity) {
        service->change_capacity =
            service->change_capacity == 0 ? 16 : service->change_capacity * 2;
        service->changes =
            mem_resize(service->changes, service->change_capacity, sizeof *service->changes);
    }
    size_t begin = text_size(&service->changed_paths);
    tree_put_path(service->tree, slot, &service->changed_paths);
    service->changes[service->change_count++] = (struct service_change){
        .event = event,
        .acl = acl,
        .path_begin = begin,
        .path_size = text_size(&service->changed_paths) - begin,
    };
}

void service_note_children_change(struct service *service, uint32_t parent)
{
    service_note_change(service, MESSAGE_NODE_CHILDREN_CHANGED, parent,
                        tree_node(service->tree, parent)->acl);
}

/* The event in service.scratch, unless so much waits for the peer already that it goes: it sets its
 * watches again when it comes back, and hears what it missed. */
static void put_event(struct service *service, struct service_peer *peer)
{
    size_t size = text_size(&service->scratch);

    if (service_waiting_bytes(peer) + size > service->options.output_max_bytes) {
        service_cut_off(service, peer);
        return;
    }
    text_add_bytes(service_begin_event(service, peer), text_data(&service->scratch), size);
    service->batch_bytes += size;
}

/* Who may not read a node does not hear of it, though its one-shot watch is used up. */
static void tell(struct service *service, const struct service_change *change)
{
    const char *path = text_data(&service->changed_paths) + change->path_begin;

    watches_fire(service->watches, change->event, path, change->path_size, &service->hits);
    if (service->hits.count == 0)
        return;
    text_clear(&service->scratch);
    reply_put_event(&service->scratch, change->event, path, change->path_size);
    for (size_t i = 0; i < service->hits.count; i++) {
        struct service_peer *peer = service_find_peer(service, service->hits.watchers[i]);
        if (peer != NULL && service_allows(service, peer, change->acl, MESSAGE_READ))
            put_event(service, peer);
    }
}

void service_tell_changes(struct service *service)
{
    for (size_t i = 0; i < service->change_count; i++)
        tell(service, &service->changes[i]);
    service_drop_changes(service);
}

void service_drop_changes(struct service *service)
{
    service->change_count = 0;
    text_clear(&service->changed_paths);
}

/* ---- Setting and taking away --------------------------------------------------------------- */

static struct watch_key key_of(const struct service_peer *peer, struct jute_bytes path)
{
    return (struct watch_key){
        .watcher = peer->number,
        .path = path.data,
        .path_size = path.size,
    };
}

enum coord_error service_watch(struct service *service, const struct service_peer *peer,
                               struct jute_bytes path, enum watch_table table)
{
    struct watch_key key = key_of(peer, path);

    if (path.size > MESSAGE_PATH_MAX)
        return COORD_BAD_ARGUMENTS;
    return watches_add_one_shot(service->watches, &key, table) ? COORD_OK : COORD_QUOTA_EXCEEDED;
}

void service_add_watch(struct service *service, struct service_peer *peer,
                       const struct request *request)
{
    struct watch_key key = key_of(peer, request->path);
    enum watch_mode mode =
        request->kind == MESSAGE_WATCH_RECURSIVE ? WATCH_RECURSIVE : WATCH_PERSISTENT;

    if (request->path.data == NULL || request->path.size > MESSAGE_PATH_MAX ||
        (request->kind != MESSAGE_WATCH_PERSISTENT && request->kind != MESSAGE_WATCH_RECURSIVE)) {
        service_answer(service, peer, request, COORD_MARSHALLING_ERROR);
        return;
    }
    if (!watches_add_lasting(service->watches, &key, mode)) {
        service_answer(service, peer, request, COORD_QUOTA_EXCEEDED);
        return;
    }
    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);
    jute_put_int(out, COORD_OK);
    reply_end(out, begin);
}

static bool is_watcher_kind(int32_t kind)
{
    return kind == MESSAGE_WATCHER_CHILDREN || kind == MESSAGE_WATCHER_DATA ||
           kind == MESSAGE_WATCHER_ANY;
}

void service_check_watches(struct service *service, struct service_peer *peer,
                           const struct request *request)
{
    struct watch_key key = key_of(peer, request->path);
    enum coord_error error = COORD_OK;

    if (request->path.data == NULL || !is_watcher_kind(request->kind))
        error = COORD_MARSHALLING_ERROR;
    else if (!watches_has(service->watches, &key, (enum message_watcher_kind)request->kind))
        error = COORD_NO_WATCHER;
    service_answer(service, peer, request, error);
}

void service_remove_watches(struct service *service, struct service_peer *peer,
                            const struct request *request)
{
    struct watch_key key = key_of(peer, request->path);
    enum coord_error error = COORD_OK;

    if (!is_watcher_kind(request->kind))
        error = COORD_MARSHALLING_ERROR;
    else if (request->path.data == NULL ||
             !watches_remove(service->watches, &key, (enum message_watcher_kind)request->kind))
        error = COORD_NO_WATCHER;
    service_answer(service, peer, request, error);
}

/* ---- What a client that comes back has missed ---------------------------------------------- */

/* The event that happened since the client's last zxid; 0 for none, which arms the watch. */
static int missed_event(const struct service *service, enum request_watch_list list,
                        struct jute_bytes path, int64_t since)
{
    uint32_t slot = service_find_node(service, path);
    const struct tree_node *node = slot == TREE_NONE ? NULL : tree_node(service->tree, slot);

    if (list == REQUEST_WATCH_EXIST)
        return node != NULL ? MESSAGE_NODE_CREATED : 0;
    if (node == NULL)
        return MESSAGE_NODE_DELETED;
    if (list == REQUEST_WATCH_DATA)
        return node->mzxid > since ? MESSAGE_NODE_DATA_CHANGED : 0;
    return node->pzxid > since ? MESSAGE_NODE_CHILDREN_CHANGED : 0;
}

/* Events that a lasting watch missed are lost, as they are with ZooKeeper. */
static bool restore_watch(struct service *service, struct service_peer *peer,
                          enum request_watch_list list, struct jute_bytes path, int64_t since)
{
    struct watch_key key = key_of(peer, path);

    if (list == REQUEST_WATCH_PERSISTENT || list == REQUEST_WATCH_RECURSIVE)
        return watches_add_lasting(service->watches, &key,
                                   list == REQUEST_WATCH_RECURSIVE ? WATCH_RECURSIVE
                                                                   : WATCH_PERSISTENT);
    int event = missed_event(service, list, path, since);
    if (event != 0) {
        reply_put_event(service_begin_event(service, peer), (enum message_event)event, path.data,
                        path.size);
        return true;
    }
    return watches_add_one_shot(service->watches, &key,
                                list == REQUEST_WATCH_CHILD ? WATCH_CHILDREN : WATCH_DATA);
}

/* No list and no path may be null. */
static bool are_lists_good(const struct request *request, int lists)
{
    for (int list = 0; list < lists; list++) {
        struct request_list walk = request->watches[list];
        if (walk.is_null)
            return false;
        while (walk.count > 0) {
            struct jute_bytes path = request_next_path(&walk);
            if (path.data == NULL || path.size > MESSAGE_PATH_MAX)
                return false;
        }
    }
    return true;
}

void service_set_watches(struct service *service, struct service_peer *peer,
                         const struct request *request)
{
    int lists = request->op == MESSAGE_SET_WATCHES ? REQUEST_WATCH_PERSISTENT : REQUEST_WATCH_LISTS;
    enum coord_error error = are_lists_good(request, lists) ? COORD_OK : COORD_MARSHALLING_ERROR;

    for (int list = 0; error == COORD_OK && list < lists; list++) {
        struct request_list walk = request->watches[list];
        while (walk.count > 0) {
            if (!restore_watch(service, peer, (enum request_watch_list)list,
                               request_next_path(&walk), request->relative_zxid))
                error = COORD_QUOTA_EXCEEDED;
        }
    }
    service_answer(service, peer, request, error);
}
