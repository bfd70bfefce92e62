/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several writes, all or nothing, in one transaction: each part is applied on top of those before
 * it, and when one fails the tree is taken back to where it was.
 */
#include "coord/server/service_parts.h"

/* What ZooKeeper's decoder refuses before anything is tried. */
static bool is_write_part(const struct request *part)
{
    bool has_ttl_flag = part->flags == MESSAGE_TTL || part->flags == MESSAGE_TTL_SEQUENTIAL;

    if (part->path.data == NULL)
        return false;
    switch (part->op) {
    case MESSAGE_CREATE:
    case MESSAGE_CREATE2:
    case MESSAGE_CREATE_CONTAINER:
        return !has_ttl_flag;
    case MESSAGE_CREATE_TTL:
    case MESSAGE_DELETE:
    case MESSAGE_SET_DATA:
    case MESSAGE_CHECK:
        return true;
    default:
        return false;
    }
}

static bool are_write_parts(struct jute_in parts)
{
    struct request part;
    enum request_part outcome;

    while ((outcome = request_next_part(&parts, &part)) == REQUEST_PART && is_write_part(&part))
        ;
    return outcome == REQUEST_PARTS_END;
}

/* Applies the parts until one fails; its place is *ret_failed. Results go to service.parts. */
static enum coord_error apply_parts(struct service *service, struct service_peer *peer,
                                    struct jute_in parts, size_t *ret_failed)
{
    struct request part;
    size_t index = 0;

    text_clear(&service->parts);
    for (; request_next_part(&parts, &part) == REQUEST_PART; index++) {
        struct service_written written;
        enum coord_error error = service_write_one(service, peer, &part, true, &written);
        if (error != COORD_OK) {
            *ret_failed = index;
            return error;
        }
        reply_put_part(&service->parts, written.result, COORD_OK);
        service_put_written(service, &written, &service->parts);
    }
    return COORD_OK;
}

/* No error before the part that failed, its own at its place, and "not done" behind it. */
static void list_errors(struct service *service, struct jute_in parts, size_t failed,
                        enum coord_error error)
{
    struct request part;

    text_clear(&service->parts);
    for (size_t i = 0; request_next_part(&parts, &part) == REQUEST_PART; i++) {
        enum coord_error told = i < failed ? COORD_OK : COORD_RUNTIME_INCONSISTENCY;
        reply_put_part(&service->parts, MESSAGE_ERROR, i == failed ? error : told);
    }
}

void service_multi(struct service *service, struct service_peer *peer,
                   const struct request *request)
{
    uint64_t mark = tree_mark(service->tree);
    size_t failed;

    if (!are_write_parts(request->parts) || service->is_read_only) {
        service_answer(service, peer, request,
                       service->is_read_only ? COORD_NOT_READ_ONLY : COORD_MARSHALLING_ERROR);
        return;
    }
    enum coord_error error = apply_parts(service, peer, request->parts, &failed);
    if (error != COORD_OK) {
        tree_undo(service->tree, mark);
        service_drop_changes(service);
        list_errors(service, request->parts, failed, error);
    } else if (tree_mark(service->tree) != mark) {
        service->zxid_applied++;
        service_tell_changes(service);
    }

    size_t begin;
    struct text *out = service_begin_body(service, peer, request, &begin);
    text_add_bytes(out, text_data(&service->parts), text_size(&service->parts));
    reply_put_parts_end(out);
    reply_end(out, begin);
}
