/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/memory_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

static const unsigned char secret[SESSION_SECRET_SIZE] = "of the tests";

struct node_row {
    bool is_there;
    bool has_data;
    struct batch_node node; /* without its pointers */
    struct text name;
    struct text data;
};

struct acl_row {
    bool is_there;
    struct text list;
};

struct session_row {
    int64_t id;
    uint32_t timeout_ms;
};

struct memory_store {
    int64_t zxid;
    struct node_row *nodes; /* by slot */
    size_t nodes_end;
    struct acl_row *acls; /* by number */
    size_t acls_end;
    struct session_row *sessions; /* in the order of ids */
    size_t sessions_count;
};

struct memory_store *memory_store_new(void)
{
    return NEW(struct memory_store);
}

void memory_store_destroy(struct memory_store **store)
{
    if (*store == NULL)
        return;
    for (size_t i = 0; i < (*store)->nodes_end; i++) {
        text_done(&(*store)->nodes[i].name);
        text_done(&(*store)->nodes[i].data);
    }
    for (size_t i = 0; i < (*store)->acls_end; i++)
        text_done(&(*store)->acls[i].list);
    free((*store)->nodes);
    free((*store)->acls);
    free((*store)->sessions);
    free(*store);
    *store = NULL;
}

/* ---- Changes ------------------------------------------------------------------------------- */

static void set(struct text *text, const void *bytes, size_t size)
{
    text_clear(text);
    text_add_bytes(text, bytes, size);
}

static struct node_row *node_at(struct memory_store *store, uint32_t slot)
{
    while (store->nodes_end <= slot) {
        size_t end = store->nodes_end == 0 ? 64 : store->nodes_end * 2;
        store->nodes = mem_resize(store->nodes, end, sizeof *store->nodes);
        for (size_t i = store->nodes_end; i < end; i++)
            store->nodes[i] = (struct node_row){.is_there = false};
        store->nodes_end = end;
    }
    return &store->nodes[slot];
}

static void put_node(struct memory_store *store, const struct batch_node *node)
{
    struct node_row *row = node_at(store, node->slot);

    row->is_there = true;
    row->node = *node;
    row->has_data = node->data != NULL;
    set(&row->name, node->name, node->name_size);
    set(&row->data, node->data, node->data_size);
}

static void put_stat(struct memory_store *store, const struct batch_node *node)
{
    struct node_row *row = node_at(store, node->slot);
    uint32_t parent = row->node.parent;

    ASSERT(row->is_there);
    row->node = *node;
    row->node.parent = parent;
}

static struct acl_row *acl_at(struct memory_store *store, uint32_t number)
{
    while (store->acls_end <= number) {
        store->acls = mem_resize(store->acls, store->acls_end + 1, sizeof *store->acls);
        store->acls[store->acls_end++] = (struct acl_row){.is_there = false};
    }
    return &store->acls[number];
}

static size_t place_of(const struct memory_store *store, int64_t id)
{
    size_t place = 0;

    while (place < store->sessions_count && store->sessions[place].id < id)
        place++;
    return place;
}

static void delete_session(struct memory_store *store, int64_t id)
{
    size_t place = place_of(store, id);

    if (place == store->sessions_count || store->sessions[place].id != id)
        return;
    store->sessions_count--;
    memmove(&store->sessions[place], &store->sessions[place + 1],
            (store->sessions_count - place) * sizeof *store->sessions);
}

static void put_session(struct memory_store *store, int64_t id, uint32_t timeout_ms)
{
    delete_session(store, id);
    size_t place = place_of(store, id);
    store->sessions =
        mem_resize(store->sessions, store->sessions_count + 1, sizeof *store->sessions);
    memmove(&store->sessions[place + 1], &store->sessions[place],
            (store->sessions_count - place) * sizeof *store->sessions);
    store->sessions[place] = (struct session_row){.id = id, .timeout_ms = timeout_ms};
    store->sessions_count++;
}

static void apply_one(struct memory_store *store, const struct batch_change *change)
{
    switch (change->kind) {
    case BATCH_PUT_NODE:
        put_node(store, &change->node);
        break;
    case BATCH_PUT_STAT:
        put_stat(store, &change->node);
        break;
    case BATCH_DELETE_NODE:
        node_at(store, change->node.slot)->is_there = false;
        break;
    case BATCH_PUT_SESSION:
        put_session(store, change->session_id, change->session_timeout_ms);
        break;
    case BATCH_DELETE_SESSION:
        delete_session(store, change->session_id);
        break;
    case BATCH_PUT_ACL:
        acl_at(store, change->acl_number)->is_there = true;
        set(&acl_at(store, change->acl_number)->list, change->acl, change->acl_size);
        break;
    case BATCH_DELETE_ACL:
        acl_at(store, change->acl_number)->is_there = false;
        break;
    }
}

void memory_store_apply(struct memory_store *store, const struct batch *batch)
{
    struct batch_change change;
    size_t position = 0;

    ASSERT(batch->zxid >= store->zxid);
    while (batch_next(batch, &position, &change))
        apply_one(store, &change);
    store->zxid = batch->zxid;
}

/* ---- Loading ------------------------------------------------------------------------------- */

static enum err load_acls(const struct memory_store *store, const struct store_sink *sink,
                          struct error *error)
{
    for (uint32_t number = 0; number < store->acls_end; number++) {
        const struct acl_row *row = &store->acls[number];
        struct batch_change change = {
            .kind = BATCH_PUT_ACL,
            .acl_number = number,
            .acl = text_data(&row->list),
            .acl_size = text_size(&row->list),
        };
        enum err err = row->is_there ? sink->change(sink->owner, &change, error) : ERR_OK;
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err load_sessions(const struct memory_store *store, const struct store_sink *sink,
                              struct error *error)
{
    for (size_t i = 0; i < store->sessions_count; i++) {
        struct batch_change change = {
            .kind = BATCH_PUT_SESSION,
            .session_id = store->sessions[i].id,
            .session_timeout_ms = store->sessions[i].timeout_ms,
        };
        enum err err = sink->change(sink->owner, &change, error);
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err load_nodes(const struct memory_store *store, const struct store_sink *sink,
                           struct error *error)
{
    for (size_t slot = 0; slot < store->nodes_end; slot++) {
        const struct node_row *row = &store->nodes[slot];
        struct batch_change change = {.kind = BATCH_PUT_NODE, .node = row->node};
        change.node.name = text_data(&row->name);
        change.node.name_size = text_size(&row->name);
        change.node.data = row->has_data ? text_data(&row->data) : NULL;
        change.node.data_size = text_size(&row->data);
        enum err err = row->is_there ? sink->change(sink->owner, &change, error) : ERR_OK;
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

enum err memory_store_load(const struct memory_store *store, const struct store_sink *sink,
                           struct error *error)
{
    sink->meta(sink->owner, store->zxid, secret);
    enum err err = load_acls(store, sink, error);
    if (err == ERR_OK)
        err = load_sessions(store, sink, error);
    if (err == ERR_OK)
        err = load_nodes(store, sink, error);
    return err;
}

/* ---- Looking ------------------------------------------------------------------------------- */

int64_t memory_store_zxid(const struct memory_store *store)
{
    return store->zxid;
}

size_t memory_store_sessions(const struct memory_store *store)
{
    return store->sessions_count;
}

size_t memory_store_acls(const struct memory_store *store)
{
    size_t count = 0;

    for (size_t i = 0; i < store->acls_end; i++)
        count += store->acls[i].is_there;
    return count;
}

size_t memory_store_nodes(const struct memory_store *store)
{
    size_t count = 0;

    for (size_t i = 0; i < store->nodes_end; i++)
        count += store->nodes[i].is_there;
    return count;
}

static void print_bytes(const struct text *bytes, struct text *out)
{
    for (size_t i = 0; i < text_size(bytes); i++)
        text_add(out, "%02x", (unsigned)(unsigned char)text_data(bytes)[i]);
}

static void print_node(const struct node_row *row, size_t slot, struct text *out)
{
    const struct batch_node *node = &row->node;

    text_add(out, "node %zu parent %" PRIu32 " acl %" PRIu32 " versions %" PRId32 " %" PRId32, slot,
             node->parent, node->acl, node->version, node->aversion);
    text_add(out, " creations %" PRId32 " zxids %" PRId64 " %" PRId64 " %" PRId64, node->creations,
             node->czxid, node->mzxid, node->pzxid);
    text_add(out, " times %" PRId64 " %" PRId64 " owner %" PRIx64 " name ", node->ctime_ms,
             node->mtime_ms, (uint64_t)node->owner);
    print_bytes(&row->name, out);
    text_add(out, row->has_data ? " data " : " null");
    print_bytes(&row->data, out);
    text_add(out, "\n");
}

void memory_store_print(const struct memory_store *store, struct text *out)
{
    text_add(out, "zxid %" PRId64 "\n", store->zxid);
    for (size_t i = 0; i < store->sessions_count; i++)
        text_add(out, "session %" PRIx64 " timeout %" PRIu32 "\n", (uint64_t)store->sessions[i].id,
                 store->sessions[i].timeout_ms);
    for (size_t i = 0; i < store->acls_end; i++) {
        if (!store->acls[i].is_there)
            continue;
        text_add(out, "acl %zu ", i);
        print_bytes(&store->acls[i].list, out);
        text_add(out, "\n");
    }
    for (size_t i = 0; i < store->nodes_end; i++) {
        if (store->nodes[i].is_there)
            print_node(&store->nodes[i], i, out);
    }
}
