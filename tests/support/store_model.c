/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/store_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

struct store_model *store_model_new(void)
{
    struct store_model *model = NEW(struct store_model);

    for (size_t i = 0; i < STORE_MODEL_SESSIONS; i++)
        model->sessions[i] = -1;
    return model;
}

void store_model_destroy(struct store_model **model)
{
    if (*model == NULL)
        return;
    for (size_t i = 0; i < STORE_MODEL_NODES; i++) {
        text_done(&(*model)->nodes[i].name);
        text_done(&(*model)->nodes[i].data);
    }
    for (size_t i = 0; i < STORE_MODEL_ACLS; i++)
        text_done(&(*model)->acls[i].list);
    free(*model);
    *model = NULL;
}

/* ---- Changes -------------------------------------------------------------------------------- */

static void set(struct text *text, const void *bytes, size_t size)
{
    text_clear(text);
    text_add_bytes(text, bytes, size);
}

static void copy(struct text *to, const struct text *from)
{
    set(to, text_data(from), text_size(from));
}

void store_model_copy(struct store_model *to, const struct store_model *from)
{
    struct store_model old = *to;

    *to = *from;
    for (size_t i = 0; i < STORE_MODEL_NODES; i++) {
        to->nodes[i].name = old.nodes[i].name;
        to->nodes[i].data = old.nodes[i].data;
        copy(&to->nodes[i].name, &from->nodes[i].name);
        copy(&to->nodes[i].data, &from->nodes[i].data);
    }
    for (size_t i = 0; i < STORE_MODEL_ACLS; i++) {
        to->acls[i].list = old.acls[i].list;
        copy(&to->acls[i].list, &from->acls[i].list);
    }
}

static void put_node(struct store_model *model, const struct batch_node *node)
{
    ASSERT(node->slot < STORE_MODEL_NODES);

    struct store_model_node *place = &model->nodes[node->slot];
    place->is_there = true;
    place->node = *node;
    place->has_data = node->data != NULL;
    set(&place->name, node->name, node->name_size);
    set(&place->data, node->data, node->data_size);
}

static void put_stat(struct store_model *model, const struct batch_node *node)
{
    struct store_model_node *place = &model->nodes[node->slot];
    uint32_t parent = place->node.parent;

    ASSERT(place->is_there);
    place->node = *node;
    place->node.parent = parent;
}

static void apply_one(struct store_model *model, const struct batch_change *change)
{
    ASSERT(change->acl_number < STORE_MODEL_ACLS);

    struct store_model_acl *acl = &model->acls[change->acl_number];
    switch (change->kind) {
    case BATCH_PUT_NODE:
        put_node(model, &change->node);
        break;
    case BATCH_PUT_STAT:
        put_stat(model, &change->node);
        break;
    case BATCH_DELETE_NODE:
        model->nodes[change->node.slot].is_there = false;
        break;
    case BATCH_PUT_SESSION:
        model->sessions[change->session_id - 1] = change->session_timeout_ms;
        break;
    case BATCH_DELETE_SESSION:
        model->sessions[change->session_id - 1] = -1;
        break;
    case BATCH_PUT_ACL:
        acl->is_there = true;
        set(&acl->list, change->acl, change->acl_size);
        break;
    case BATCH_DELETE_ACL:
        acl->is_there = false;
        break;
    }
}

void store_model_apply(struct store_model *model, const struct batch *batch, size_t *position)
{
    struct batch_change change;

    while (batch_next(batch, position, &change))
        apply_one(model, &change);
    model->zxid = batch->zxid;
}

/* ---- Random batches ------------------------------------------------------------------------- */

static int64_t pick_number(struct rng *rng)
{
    static const int64_t edges[] = {0, 1, -1, INT64_MIN, INT64_MAX, INT32_MIN, INT32_MAX, 127, 128};
    uint32_t kind = rng_below(rng, 4);

    if (kind == 0)
        return edges[rng_below(rng, COUNT_OF(edges))];
    return kind == 1 ? (int64_t)rng_next(rng) : (int64_t)rng_below(rng, 100000);
}

static void pick_bytes(struct rng *rng, struct text *text, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)rng_below(rng, 256);
        text_add_bytes(text, &byte, 1);
    }
}

/* Mostly small, sometimes empty, sometimes over several pages. */
static uint32_t pick_size(struct rng *rng)
{
    uint32_t kind = rng_below(rng, 16);

    if (kind == 0)
        return 0;
    return rng_below(rng, kind == 1 ? 9000 : 150);
}

static struct batch_node pick_stat(struct rng *rng, uint32_t slot)
{
    return (struct batch_node){
        .slot = slot,
        .acl = (uint32_t)pick_number(rng),
        .version = (int32_t)pick_number(rng),
        .aversion = (int32_t)pick_number(rng),
        .creations = (int32_t)pick_number(rng),
        .czxid = pick_number(rng),
        .mzxid = pick_number(rng),
        .pzxid = pick_number(rng),
        .ctime_ms = pick_number(rng),
        .mtime_ms = pick_number(rng),
        .owner = pick_number(rng),
    };
}

static void change_node(struct store_model *model, struct rng *rng, struct batch *batch)
{
    uint32_t slot = rng_below(rng, STORE_MODEL_NODES);
    uint32_t kind = rng_below(rng, 8);
    struct batch_node node = pick_stat(rng, slot);

    if (kind < 2 && model->nodes[slot].is_there) {
        batch_put_stat(batch, &node);
        return;
    }
    if (kind < 4) {
        batch_delete_node(batch, slot); /* there or not */
        return;
    }

    AUTO(text_done) struct text name = {.size = 0};
    AUTO(text_done) struct text data = {.size = 0};
    pick_bytes(rng, &name, rng_below(rng, 20));
    pick_bytes(rng, &data, pick_size(rng));
    node.parent = rng_below(rng, STORE_MODEL_NODES);
    node.name = text_data(&name);
    node.name_size = text_size(&name);
    node.data = rng_below(rng, 8) == 0 ? NULL : text_data(&data);
    node.data_size = node.data == NULL ? 0 : text_size(&data);
    batch_put_node(batch, &node);
}

static void change_session(struct rng *rng, struct batch *batch)
{
    int64_t id = 1 + rng_below(rng, STORE_MODEL_SESSIONS);

    if (rng_below(rng, 2) == 0)
        batch_put_session(batch, id, (uint32_t)pick_number(rng));
    else
        batch_delete_session(batch, id);
}

static void change_acl(struct rng *rng, struct batch *batch)
{
    uint32_t number = rng_below(rng, STORE_MODEL_ACLS);
    AUTO(text_done) struct text list = {.size = 0};

    pick_bytes(rng, &list, rng_below(rng, 40));
    if (rng_below(rng, 2) == 0)
        batch_put_acl(batch, number, text_data(&list), text_size(&list));
    else
        batch_delete_acl(batch, number);
}

void store_model_step(struct store_model *model, struct rng *rng, uint32_t changes_max,
                      struct batch *batch)
{
    uint32_t count = rng_below(rng, changes_max + 1);
    size_t position = 0;

    batch->zxid = model->zxid + 1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t kind = rng_below(rng, 8);
        if (kind < 6)
            change_node(model, rng, batch);
        else if (kind == 6)
            change_session(rng, batch);
        else
            change_acl(rng, batch);
        store_model_apply(model, batch, &position);
    }
    model->zxid = batch->zxid;
}

/* ---- Loading -------------------------------------------------------------------------------- */

static void load_meta(void *owner, int64_t zxid, const unsigned char secret[SESSION_SECRET_SIZE])
{
    struct store_model *model = owner;

    model->zxid = zxid;
    memcpy(model->secret, secret, SESSION_SECRET_SIZE);
}

static bool has_place(const struct batch_change *change)
{
    return change->node.slot < STORE_MODEL_NODES && change->acl_number < STORE_MODEL_ACLS &&
           (change->kind != BATCH_PUT_SESSION ||
            (change->session_id >= 1 && change->session_id <= STORE_MODEL_SESSIONS));
}

static bool is_there(const struct store_model *model, const struct batch_change *change)
{
    switch (change->kind) {
    case BATCH_PUT_NODE:
        return model->nodes[change->node.slot].is_there;
    case BATCH_PUT_SESSION:
        return model->sessions[change->session_id - 1] != -1;
    case BATCH_PUT_ACL:
        return model->acls[change->acl_number].is_there;
    case BATCH_PUT_STAT:
    case BATCH_DELETE_NODE:
    case BATCH_DELETE_SESSION:
    case BATCH_DELETE_ACL:
        break; /* never loaded */
    }
    UNREACHABLE();
}

static enum err load_change(void *owner, const struct batch_change *change, struct error *error)
{
    struct store_model *model = owner;

    if (!has_place(change))
        return error_set(error, ERR_CORRUPT, "no such row was ever stored");
    ASSERT(!is_there(model, change));
    apply_one(model, change);
    return ERR_OK;
}

struct store_sink store_model_sink(struct store_model *model)
{
    return (struct store_sink){.owner = model, .meta = load_meta, .change = load_change};
}

/* ---- Comparing ------------------------------------------------------------------------------ */

static bool text_equals(const struct text *one, const struct text *other)
{
    return text_size(one) == text_size(other) &&
           memcmp(text_data(one), text_data(other), text_size(one)) == 0;
}

static bool stat_equals(const struct batch_node *one, const struct batch_node *other)
{
    return one->slot == other->slot && one->acl == other->acl && one->version == other->version &&
           one->aversion == other->aversion && one->creations == other->creations &&
           one->czxid == other->czxid && one->mzxid == other->mzxid && one->pzxid == other->pzxid &&
           one->ctime_ms == other->ctime_ms && one->mtime_ms == other->mtime_ms &&
           one->owner == other->owner;
}

static bool node_equals(const struct store_model_node *one, const struct store_model_node *other)
{
    if (!one->is_there || !other->is_there)
        return one->is_there == other->is_there;
    return stat_equals(&one->node, &other->node) && one->node.parent == other->node.parent &&
           one->has_data == other->has_data && text_equals(&one->name, &other->name) &&
           text_equals(&one->data, &other->data);
}

bool store_model_equals(const struct store_model *one, const struct store_model *other)
{
    bool equal = one->zxid == other->zxid;

    for (size_t i = 0; i < STORE_MODEL_NODES; i++)
        equal = equal && node_equals(&one->nodes[i], &other->nodes[i]);
    for (size_t i = 0; i < STORE_MODEL_SESSIONS; i++)
        equal = equal && one->sessions[i] == other->sessions[i];
    for (size_t i = 0; i < STORE_MODEL_ACLS; i++) {
        equal = equal && one->acls[i].is_there == other->acls[i].is_there &&
                (!one->acls[i].is_there || text_equals(&one->acls[i].list, &other->acls[i].list));
    }
    return equal;
}
