/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* ---- calls ---- */

static int32_t op_of(const struct coord_call *call, bool is_part)
{
    static const int32_t ops[] = {
        [COORD_CREATE] = MESSAGE_CREATE2,
        [COORD_DELETE] = MESSAGE_DELETE,
        [COORD_SET] = MESSAGE_SET_DATA,
        [COORD_CHECK] = MESSAGE_CHECK,
        [COORD_GET] = MESSAGE_GET_DATA,
        [COORD_EXISTS] = MESSAGE_EXISTS,
        [COORD_CHILDREN] = MESSAGE_GET_CHILDREN2,
        [COORD_SYNC] = MESSAGE_SYNC,
        [COORD_MULTI] = MESSAGE_MULTI,
    };

    if (call->kind == COORD_CREATE && call->mode == COORD_CONTAINER)
        return MESSAGE_CREATE_CONTAINER;
    return call->kind == COORD_CREATE && is_part ? MESSAGE_CREATE : ops[call->kind];
}

static void put_create(const struct coord_call *call, struct text *out)
{
    static const int32_t flags[] = {
        [COORD_PERSISTENT] = MESSAGE_PERSISTENT,
        [COORD_EPHEMERAL] = MESSAGE_EPHEMERAL,
        [COORD_PERSISTENT_SEQUENTIAL] = MESSAGE_PERSISTENT_SEQUENTIAL,
        [COORD_EPHEMERAL_SEQUENTIAL] = MESSAGE_EPHEMERAL_SEQUENTIAL,
        [COORD_CONTAINER] = MESSAGE_CONTAINER,
    };

    jute_put_bytes(out, (struct jute_bytes){call->data, call->size});
    jute_put_int(out, 1);
    jute_put_int(out, MESSAGE_ALL_PERMISSIONS);
    jute_put_text(out, "world");
    jute_put_text(out, "anyone");
    jute_put_int(out, flags[call->mode]);
}

static void put_body(const struct coord_call *call, struct text *out)
{
    jute_put_text(out, call->path);
    switch (call->kind) {
    case COORD_CREATE:
        put_create(call, out);
        return;
    case COORD_SET:
        jute_put_bytes(out, (struct jute_bytes){call->data, call->size});
        jute_put_int(out, call->version);
        return;
    case COORD_DELETE:
    case COORD_CHECK:
        jute_put_int(out, call->version);
        return;
    case COORD_GET:
    case COORD_EXISTS:
    case COORD_CHILDREN:
        jute_put_bool(out, call->watch);
        return;
    case COORD_SYNC:
    case COORD_MULTI:
        return;
    }
}

static void put_part_header(int32_t op, bool is_end, struct text *out)
{
    jute_put_int(out, op);
    jute_put_bool(out, is_end);
    jute_put_int(out, -1);
}

void coord_frames_put_header(int32_t xid, int32_t op, struct text *out)
{
    jute_put_int(out, xid);
    jute_put_int(out, op);
}

void coord_frames_put_call(const struct coord_call *call, int32_t xid, struct text *out)
{
    coord_frames_put_header(xid, op_of(call, false), out);
    if (call->kind != COORD_MULTI) {
        put_body(call, out);
        return;
    }
    for (size_t i = 0; i < call->part_count; i++) {
        put_part_header(op_of(&call->parts[i], true), false, out);
        put_body(&call->parts[i], out);
    }
    put_part_header(-1, true, out);
}

void coord_frames_put_connect(const struct coord_frames_connect *connect, struct text *out)
{
    jute_put_int(out, 0);
    jute_put_long(out, connect->last_zxid);
    jute_put_int(out, (int32_t)connect->timeout_ms);
    jute_put_long(out, connect->session_id);
    jute_put_bytes(out,
                   (struct jute_bytes){(const char *)connect->password, sizeof connect->password});
}

void coord_frames_put_set_watches(int64_t since, struct text *out)
{
    coord_frames_put_header(MESSAGE_XID_SET_WATCHES, MESSAGE_SET_WATCHES, out);
    jute_put_long(out, since);
}

/* ---- replies ---- */

static char *copy_bytes(struct jute_bytes bytes)
{
    char *copy = mem_alloc(bytes.size + 1);

    if (bytes.size > 0)
        memcpy(copy, bytes.data, bytes.size);
    return copy;
}

static void read_stat(struct jute_in *in, struct message_stat *stat)
{
    stat->czxid = jute_get_long(in);
    stat->mzxid = jute_get_long(in);
    stat->ctime_ms = jute_get_long(in);
    stat->mtime_ms = jute_get_long(in);
    stat->version = jute_get_int(in);
    stat->cversion = jute_get_int(in);
    stat->aversion = jute_get_int(in);
    stat->ephemeral_owner = jute_get_long(in);
    stat->data_length = jute_get_int(in);
    stat->children = jute_get_int(in);
    stat->pzxid = jute_get_long(in);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void read_children(struct jute_in *in, struct coord_event *event)
{
    size_t count = jute_get_count(in, sizeof(int32_t));

    if (count == 0)
        return;
    event->children = NEW_ARRAY(char *, count);
    for (; event->child_count < count; event->child_count++)
        event->children[event->child_count] = copy_bytes(jute_get_bytes(in));
    qsort(event->children, count, sizeof *event->children, compare_names);
}

static void read_data(struct jute_in *in, struct coord_event *event)
{
    struct jute_bytes data = jute_get_bytes(in);

    if (data.data == NULL)
        return;
    event->data = copy_bytes(data);
    event->size = data.size;
}

/* The error of a multi is that of the first part that failed. */
static void read_part(const struct coord_call *part, size_t index, struct jute_in *in,
                      struct coord_event *event)
{
    int32_t op = jute_get_int(in);
    struct message_stat stat;

    (void)jute_get_bool(in);
    (void)jute_get_int(in);
    if (op == MESSAGE_ERROR) {
        enum coord_error error = (enum coord_error)jute_get_int(in);
        event->part_errors[index] = error;
        if (event->error == COORD_OK && error != COORD_RUNTIME_INCONSISTENCY)
            event->error = error;
        return;
    }
    if (part->kind == COORD_CREATE)
        event->part_paths[index] = copy_bytes(jute_get_bytes(in));
    if (part->kind == COORD_SET)
        read_stat(in, &stat);
}

static void read_parts(const struct coord_call *call, struct jute_in *in, struct coord_event *event)
{
    event->part_count = call->part_count;
    event->part_errors = NEW_ARRAY(enum coord_error, call->part_count);
    event->part_paths = NEW_ARRAY(char *, call->part_count);
    for (size_t i = 0; i < call->part_count; i++)
        read_part(&call->parts[i], i, in, event);
    if (jute_get_int(in) != -1 || !jute_get_bool(in) || jute_get_int(in) != -1)
        jute_in_fail(in);
}

static void read_body(const struct coord_call *call, struct jute_in *in, struct coord_event *event)
{
    switch (call->kind) {
    case COORD_CREATE:
        event->path = copy_bytes(jute_get_bytes(in));
        read_stat(in, &event->stat);
        return;
    case COORD_GET:
        read_data(in, event);
        read_stat(in, &event->stat);
        return;
    case COORD_CHILDREN:
        read_children(in, event);
        read_stat(in, &event->stat);
        return;
    case COORD_SET:
    case COORD_EXISTS:
        read_stat(in, &event->stat);
        return;
    case COORD_SYNC:
        (void)jute_get_bytes(in);
        return;
    case COORD_MULTI:
        read_parts(call, in, event);
        return;
    case COORD_DELETE:
    case COORD_CHECK:
        return;
    }
}

bool coord_frames_read(const struct coord_call *call, int32_t error, struct jute_in *in,
                       struct coord_event *ret_event)
{
    *ret_event = (struct coord_event){
        .kind = COORD_ANSWERED,
        .tag = call->tag,
        .call = call->kind,
        .error = (enum coord_error)error,
    };
    if (error == COORD_OK)
        read_body(call, in, ret_event);
    return !in->failed && in->at == in->end;
}
