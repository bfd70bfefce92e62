/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/batch.h"

#include <string.h>

#include "base/assert.h"

/*
 * Each change is a struct batch_change, byte for byte, and behind it what its pointers point to:
 * name, data, acl. The pointers are set anew whenever the change is read, as the bytes move while
 * the batch grows; of the stored ones only whether they are NULL counts. So there is one layout
 * for all kinds and nothing to decode; the bytes never leave the process.
 */

void batch_init(struct batch *batch)
{
    *batch = (struct batch){.changes = 0};
    text_init(&batch->bytes);
}

void batch_done(struct batch *batch)
{
    text_done(&batch->bytes);
}

void batch_clear(struct batch *batch)
{
    if (batch->bytes.capacity > BATCH_KEPT_BYTES_MAX)
        text_done(&batch->bytes);
    else
        text_clear(&batch->bytes);
    batch->changes = 0;
    batch->zxid = 0;
}

static void add(struct batch *batch, const struct batch_change *change)
{
    text_add_bytes(&batch->bytes, change, sizeof *change);
    text_add_bytes(&batch->bytes, change->node.name, change->node.name_size);
    text_add_bytes(&batch->bytes, change->node.data, change->node.data_size);
    text_add_bytes(&batch->bytes, change->acl, change->acl_size);
    batch->changes++;
}

void batch_put_node(struct batch *batch, const struct batch_node *node)
{
    ASSERT(node->name != NULL);
    ASSERT(node->data != NULL || node->data_size == 0);

    struct batch_change change = {.kind = BATCH_PUT_NODE, .node = *node};
    add(batch, &change);
}

void batch_put_stat(struct batch *batch, const struct batch_node *node)
{
    struct batch_change change = {.kind = BATCH_PUT_STAT, .node = *node};

    change.node.parent = 0;
    change.node.name = NULL;
    change.node.name_size = 0;
    change.node.data = NULL;
    change.node.data_size = 0;
    add(batch, &change);
}

void batch_delete_node(struct batch *batch, uint32_t slot)
{
    struct batch_change change = {.kind = BATCH_DELETE_NODE, .node = {.slot = slot}};

    add(batch, &change);
}

void batch_put_session(struct batch *batch, int64_t id, uint32_t timeout_ms)
{
    struct batch_change change = {
        .kind = BATCH_PUT_SESSION, .session_id = id, .session_timeout_ms = timeout_ms};

    add(batch, &change);
}

void batch_delete_session(struct batch *batch, int64_t id)
{
    struct batch_change change = {.kind = BATCH_DELETE_SESSION, .session_id = id};

    add(batch, &change);
}

void batch_put_acl(struct batch *batch, uint32_t number, const void *encoded, size_t size)
{
    ASSERT(encoded != NULL);

    struct batch_change change = {
        .kind = BATCH_PUT_ACL, .acl_number = number, .acl = encoded, .acl_size = size};

    add(batch, &change);
}

void batch_delete_acl(struct batch *batch, uint32_t number)
{
    struct batch_change change = {.kind = BATCH_DELETE_ACL, .acl_number = number};

    add(batch, &change);
}

/* `size` bytes at *position, and on to what follows. */
static const void *take_bytes(const struct batch *batch, size_t *position, size_t size)
{
    ASSERT(size <= text_size(&batch->bytes) - *position);

    const char *bytes = text_data(&batch->bytes) + *position;
    *position += size;
    return bytes;
}

bool batch_next(const struct batch *batch, size_t *position, struct batch_change *ret_change)
{
    if (*position == text_size(&batch->bytes))
        return false;

    struct batch_change change;
    memcpy(&change, take_bytes(batch, position, sizeof change), sizeof change);
    if (change.node.name != NULL)
        change.node.name = take_bytes(batch, position, change.node.name_size);
    if (change.node.data != NULL)
        change.node.data = take_bytes(batch, position, change.node.data_size);
    if (change.acl != NULL)
        change.acl = take_bytes(batch, position, change.acl_size);
    *ret_change = change;
    return true;
}
