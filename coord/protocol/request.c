/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/protocol/request.h"

#include "base/assert.h"

enum {
    HEADER_SIZE = 8,
    ACL_SIZE_MIN = 12, /* permissions and two lengths */
    TEXT_SIZE_MIN = 4, /* a length */
};

bool request_decode_connect(const void *frame, size_t size, struct request_connect *ret_connect)
{
    struct jute_in in = jute_in_of(frame, size);
    struct request_connect connect = {0};

    connect.protocol_version = jute_get_int(&in);
    connect.last_zxid_seen = jute_get_long(&in);
    connect.timeout_ms = jute_get_int(&in);
    connect.session_id = jute_get_long(&in);
    connect.password = jute_get_bytes(&in);
    if (in.failed)
        return false;

    connect.has_read_only = in.at < in.end;
    if (connect.has_read_only)
        connect.read_only = jute_get_bool(&in);
    *ret_connect = connect;
    return true;
}

static struct request_acl get_acl(struct jute_in *in)
{
    struct request_acl acl;

    acl.permissions = jute_get_int(in);
    acl.scheme = jute_get_bytes(in);
    acl.id = jute_get_bytes(in);
    return acl;
}

/* The length of the vector, with the cursor behind it. */
static struct request_list begin_list(struct jute_in *in, size_t item_size_min)
{
    struct jute_in length = *in;
    struct request_list list = {0};

    list.is_null = jute_get_int(&length) == -1;
    list.count = jute_get_count(in, item_size_min);
    list.items = *in;
    return list;
}

static void end_list(struct request_list *list, const struct jute_in *in)
{
    if (in->failed)
        *list = (struct request_list){0};
    else
        list->items.end = in->at;
}

static struct request_list get_acls(struct jute_in *in)
{
    struct request_list list = begin_list(in, ACL_SIZE_MIN);

    for (size_t i = 0; i < list.count && !in->failed; i++)
        (void)get_acl(in);
    end_list(&list, in);
    return list;
}

static struct request_list get_paths(struct jute_in *in)
{
    struct request_list list = begin_list(in, TEXT_SIZE_MIN);

    for (size_t i = 0; i < list.count && !in->failed; i++)
        (void)jute_get_bytes(in);
    end_list(&list, in);
    return list;
}

static void read_create(struct jute_in *in, struct request *request)
{
    request->path = jute_get_bytes(in);
    request->data = jute_get_bytes(in);
    request->acl = get_acls(in);
    request->flags = jute_get_int(in);
    if (request->op == MESSAGE_CREATE_TTL)
        request->ttl_ms = jute_get_long(in);
}

static void read_set_data(struct jute_in *in, struct request *request)
{
    request->path = jute_get_bytes(in);
    request->data = jute_get_bytes(in);
    request->version = jute_get_int(in);
}

static void read_set_acl(struct jute_in *in, struct request *request)
{
    request->path = jute_get_bytes(in);
    request->acl = get_acls(in);
    request->version = jute_get_int(in);
}

static void read_path_and_version(struct jute_in *in, struct request *request)
{
    request->path = jute_get_bytes(in);
    request->version = jute_get_int(in);
}

static void read_path_and_watch(struct jute_in *in, struct request *request)
{
    request->path = jute_get_bytes(in);
    request->watch = jute_get_bool(in);
}

static void read_path_and_kind(struct jute_in *in, struct request *request)
{
    request->path = jute_get_bytes(in);
    request->kind = jute_get_int(in);
}

static void read_auth(struct jute_in *in, struct request *request)
{
    (void)jute_get_int(in); /* always 0, and without a meaning */
    request->scheme = jute_get_bytes(in);
    request->data = jute_get_bytes(in);
}

static void read_watches(struct jute_in *in, struct request *request)
{
    int lists = request->op == MESSAGE_SET_WATCHES ? REQUEST_WATCH_PERSISTENT : REQUEST_WATCH_LISTS;

    request->relative_zxid = jute_get_long(in);
    for (int i = 0; i < lists; i++)
        request->watches[i] = get_paths(in);
}

/* Reads the record of an operation that a multi may hold too; false if it is another. */
static bool read_part(struct jute_in *in, struct request *request)
{
    switch (request->op) {
    case MESSAGE_CREATE:
    case MESSAGE_CREATE2:
    case MESSAGE_CREATE_CONTAINER:
    case MESSAGE_CREATE_TTL:
        read_create(in, request);
        return true;
    case MESSAGE_SET_DATA:
        read_set_data(in, request);
        return true;
    case MESSAGE_DELETE:
    case MESSAGE_CHECK:
        read_path_and_version(in, request);
        return true;
    case MESSAGE_GET_DATA:
    case MESSAGE_GET_CHILDREN:
        read_path_and_watch(in, request);
        return true;
    default:
        return false;
    }
}

enum request_part request_next_part(struct jute_in *parts, struct request *ret_part)
{
    int32_t op = jute_get_int(parts);
    bool done = jute_get_bool(parts);
    (void)jute_get_int(parts); /* an error, which only answers have */
    if (done && !parts->failed)
        return REQUEST_PARTS_END;

    *ret_part = (struct request){.op = op};
    if (!read_part(parts, ret_part))
        jute_in_fail(parts);
    return parts->failed ? REQUEST_PART_MALFORMED : REQUEST_PART;
}

static bool is_read(int32_t part_op)
{
    return part_op == MESSAGE_GET_DATA || part_op == MESSAGE_GET_CHILDREN;
}

/* Keeps where the parts are, and makes sure that they can be walked. */
static void read_parts(struct jute_in *in, struct request *request)
{
    bool reads = request->op == MESSAGE_MULTI_READ;
    struct request part;

    request->parts = *in;
    while (request_next_part(in, &part) == REQUEST_PART) {
        if (is_read(part.op) != reads)
            jute_in_fail(in);
    }
}

/* Its form is checked; what it says is never asked for. */
static void read_reconfig(struct jute_in *in)
{
    (void)jute_get_bytes(in);
    (void)jute_get_bytes(in);
    (void)jute_get_bytes(in);
    (void)jute_get_long(in);
}

/* Reads the record of an operation that stands alone. */
static void read_rest(struct jute_in *in, struct request *request)
{
    switch (request->op) {
    case MESSAGE_EXISTS:
    case MESSAGE_GET_CHILDREN2:
        read_path_and_watch(in, request);
        return;
    case MESSAGE_GET_ACL:
    case MESSAGE_SYNC:
    case MESSAGE_GET_EPHEMERALS:
    case MESSAGE_GET_ALL_CHILDREN_NUMBER:
        request->path = jute_get_bytes(in);
        return;
    case MESSAGE_SET_ACL:
        read_set_acl(in, request);
        return;
    case MESSAGE_CHECK_WATCHES:
    case MESSAGE_REMOVE_WATCHES:
    case MESSAGE_ADD_WATCH:
        read_path_and_kind(in, request);
        return;
    case MESSAGE_AUTH:
        read_auth(in, request);
        return;
    case MESSAGE_SET_WATCHES:
    case MESSAGE_SET_WATCHES2:
        read_watches(in, request);
        return;
    case MESSAGE_MULTI:
    case MESSAGE_MULTI_READ:
        read_parts(in, request);
        return;
    case MESSAGE_RECONFIG:
        read_reconfig(in);
        return;
    default:
        return; /* without a body, or not known */
    }
}

enum request_outcome request_decode(const void *frame, size_t size, struct request *ret_request)
{
    if (size < HEADER_SIZE)
        return REQUEST_HEADERLESS;

    struct jute_in in = jute_in_of(frame, size);
    *ret_request = (struct request){0};
    ret_request->xid = jute_get_int(&in);
    ret_request->op = jute_get_int(&in);
    if (!read_part(&in, ret_request))
        read_rest(&in, ret_request);
    if (!in.failed)
        return REQUEST_DECODED;

    *ret_request = (struct request){.xid = ret_request->xid, .op = ret_request->op};
    return REQUEST_MALFORMED;
}

struct request_acl request_next_acl(struct request_list *list)
{
    ASSERT(list->count > 0);

    list->count--;
    return get_acl(&list->items);
}

struct jute_bytes request_next_path(struct request_list *list)
{
    ASSERT(list->count > 0);

    list->count--;
    return jute_get_bytes(&list->items);
}
