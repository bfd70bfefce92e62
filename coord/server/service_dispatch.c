/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "coord/protocol/path.h"
#include "coord/server/service_parts.h"

typedef void handler(struct service *service, struct service_peer *peer,
                     const struct request *request);

static void refuse_check(struct service *service, struct service_peer *peer,
                         const struct request *request)
{
    service_answer(service, peer, request, COORD_UNIMPLEMENTED);
}

static void refuse_reconfig(struct service *service, struct service_peer *peer,
                            const struct request *request)
{
    service_answer(service, peer, request, COORD_RECONFIG_DISABLED);
}

/* Without a SASL configuration ZooKeeper answers an empty token. */
static void answer_sasl(struct service *service, struct service_peer *peer,
                        const struct request *request)
{
    struct reply_header header = {.xid = request->xid};
    struct text *out = service_begin_answer(service, peer);
    size_t begin = reply_begin(out, &header);

    jute_put_bytes(out, (struct jute_bytes){0});
    reply_end(out, begin);
}

/* ZooKeeper says so with a zxid of -1, and closes. */
static void refuse_unknown(struct service *service, struct service_peer *peer,
                           const struct request *request)
{
    struct reply_header header = {
        .xid = request->xid,
        .zxid = -1,
        .error = COORD_UNIMPLEMENTED,
    };

    reply_put_header(service_begin_answer(service, peer), &header);
    service_leave(service, peer);
}

static handler *find_handler(int32_t op)
{
    static handler *const handlers[] = {
        [MESSAGE_CREATE] = service_write,
        [MESSAGE_DELETE] = service_write,
        [MESSAGE_EXISTS] = service_exists,
        [MESSAGE_GET_DATA] = service_get_data,
        [MESSAGE_SET_DATA] = service_write,
        [MESSAGE_GET_ACL] = service_get_acl,
        [MESSAGE_SET_ACL] = service_write,
        [MESSAGE_GET_CHILDREN] = service_get_children,
        [MESSAGE_SYNC] = service_sync,
        [MESSAGE_PING] = service_ping,
        [MESSAGE_GET_CHILDREN2] = service_get_children,
        [MESSAGE_CHECK] = refuse_check,
        [MESSAGE_MULTI] = service_multi,
        [MESSAGE_CREATE2] = service_write,
        [MESSAGE_RECONFIG] = refuse_reconfig,
        [MESSAGE_CHECK_WATCHES] = service_check_watches,
        [MESSAGE_REMOVE_WATCHES] = service_remove_watches,
        [MESSAGE_CREATE_CONTAINER] = service_write,
        [MESSAGE_CREATE_TTL] = service_write,
        [MESSAGE_MULTI_READ] = service_multi_read,
        [MESSAGE_AUTH] = service_auth,
        [MESSAGE_SET_WATCHES] = service_set_watches,
        [MESSAGE_SASL] = answer_sasl,
        [MESSAGE_GET_EPHEMERALS] = service_get_ephemerals,
        [MESSAGE_GET_ALL_CHILDREN_NUMBER] = service_count_descendants,
        [MESSAGE_SET_WATCHES2] = service_set_watches,
        [MESSAGE_ADD_WATCH] = service_add_watch,
        [MESSAGE_WHO_AM_I] = service_who_am_i,
    };

    if (op == MESSAGE_CLOSE_SESSION)
        return service_close_session;
    if (op < 0 || (size_t)op >= COUNT_OF(handlers) || handlers[op] == NULL)
        return refuse_unknown;
    return handlers[op];
}

uint32_t service_find_node(const struct service *service, struct jute_bytes path)
{
    if (path.size == 0)
        return TREE_ROOT;
    if (!path_is_valid(path.data, path.size))
        return TREE_NONE;
    return tree_find(service->tree, path.data, path.size);
}

bool service_allows(const struct service *service, const struct service_peer *peer, uint32_t acl,
                    int32_t permissions)
{
    return acl == ACL_OPEN || acls_allow(service->acls, acl, permissions, &peer->identities);
}

/* Of a body that cannot be read the client hears; but who cannot even log in properly goes. */
static void answer_malformed(struct service *service, struct service_peer *peer,
                             const struct request *request)
{
    if (request->op == MESSAGE_AUTH || request->op == MESSAGE_SASL)
        service_leave(service, peer);
    else
        service_answer(service, peer, request, COORD_MARSHALLING_ERROR);
}

static void receive_request(struct service *service, struct service_peer *peer, const void *frame,
                            size_t size)
{
    struct request request;
    enum request_outcome outcome = request_decode(frame, size, &request);

    sessions_touch(service->sessions, peer->session);
    if (outcome == REQUEST_HEADERLESS) {
        service_leave(service, peer);
        return;
    }
    peer->last_op = request.op;
    peer->last_xid = request.xid;
    if (outcome == REQUEST_MALFORMED)
        answer_malformed(service, peer, &request);
    else
        find_handler(request.op)(service, peer, &request);
}

bool service_must_wait(const struct service *service, const void *frame, size_t size)
{
    struct jute_in in = jute_in_of(frame, size);

    (void)jute_get_int(&in);
    handler *answer = find_handler(jute_get_int(&in));
    bool writes =
        answer == service_write || answer == service_multi || answer == service_close_session;
    return writes && service_is_congested(service);
}

void service_touch(struct service *service, struct service_peer *peer)
{
    if (peer->session != NULL)
        sessions_touch(service->sessions, peer->session);
}

void service_receive(struct service *service, struct service_peer *peer, const void *frame,
                     size_t size)
{
    if (peer->is_leaving)
        return;
    peer->received++;
    peer->asked_us = service->now_us;
    service->counts.received++;
    if (peer->session == NULL)
        service_handshake(service, peer, frame, size);
    else
        receive_request(service, peer, frame, size);
    if (service_stage(service) == SERVICE_OPEN)
        service->batch_bytes += size;
}
