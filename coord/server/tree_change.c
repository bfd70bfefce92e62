/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/server/tree_parts.h"

static void slots_push(struct tree_slots *slots, uint32_t slot)
{
    if (slots->count == slots->capacity) {
        slots->capacity = slots->capacity == 0 ? 64 : slots->capacity * 2;
        slots->items = mem_resize(slots->items, slots->capacity, sizeof *slots->items);
    }
    slots->items[slots->count++] = slot;
}

void tree_soil(struct tree *tree, uint32_t slot, enum tree_dirt dirt)
{
    struct tree_node *node = tree_at(tree, slot);

    if (node->dirt == 0)
        slots_push(&tree->dirty, slot);
    node->dirt |= (uint8_t)dirt;
}

/* ---- Links --------------------------------------------------------------------------------- */

static void own(struct tree *tree, uint32_t slot)
{
    struct tree_node *node = tree_at(tree, slot);
    uint32_t first = tree_first_owned(tree, node->owner);

    node->first_child = first;
    node->children = TREE_NONE;
    if (first != TREE_NONE)
        tree_at(tree, first)->children = slot;
    idmap_put(&tree->owners, (uint64_t)node->owner, slot);
    tree->ephemerals++;
}

static void disown(struct tree *tree, uint32_t slot)
{
    const struct tree_node *node = tree_at(tree, slot);
    uint32_t next = node->first_child, previous = node->children;

    if (next != TREE_NONE)
        tree_at(tree, next)->children = previous;
    if (previous != TREE_NONE)
        tree_at(tree, previous)->first_child = next;
    else if (next != TREE_NONE)
        idmap_put(&tree->owners, (uint64_t)node->owner, next);
    else
        (void)idmap_remove(&tree->owners, (uint64_t)node->owner);
    tree->ephemerals--;
}

static bool is_reapable(const struct tree_node *node)
{
    return tree_is_container(node) || tree_has_ttl(node);
}

uint64_t tree_weight(const struct tree_node *node)
{
    return node->name_size + (uint64_t)(node->data_size > 0 ? node->data_size : 0);
}

/* Ties a node whose own fields are set to its parent, its owner and the index. */
void tree_attach(struct tree *tree, uint32_t slot)
{
    struct tree_node *node = tree_at(tree, slot);
    struct tree_node *parent = tree_at(tree, node->parent);

    node->previous = TREE_NONE;
    node->next = parent->first_child;
    if (node->next != TREE_NONE)
        tree_at(tree, node->next)->previous = slot;
    parent->first_child = slot;
    parent->children++;

    node_index_add(&tree->index, &tree->pool, slot);
    if (tree_is_ephemeral(node))
        own(tree, slot);
    tree->reapable += is_reapable(node);
    tree->data_bytes += tree_weight(node);
}

void tree_detach(struct tree *tree, uint32_t slot)
{
    const struct tree_node *node = tree_at(tree, slot);
    struct tree_node *parent = tree_at(tree, node->parent);

    if (node->next != TREE_NONE)
        tree_at(tree, node->next)->previous = node->previous;
    if (node->previous != TREE_NONE)
        tree_at(tree, node->previous)->next = node->next;
    else
        parent->first_child = node->next;
    parent->children--;

    node_index_remove(&tree->index, &tree->pool, slot);
    if (tree_is_ephemeral(node))
        disown(tree, slot);
    tree->reapable -= is_reapable(node);
    tree->data_bytes -= tree_weight(node);
}

void tree_count_in(struct tree *tree, uint32_t slot)
{
    while (slot != TREE_ROOT) {
        slot = tree_at(tree, slot)->parent;
        tree_at(tree, slot)->below++;
    }
}

void tree_count_out(struct tree *tree, uint32_t slot)
{
    while (slot != TREE_ROOT) {
        slot = tree_at(tree, slot)->parent;
        tree_at(tree, slot)->below--;
    }
}

/* ---- Changing ------------------------------------------------------------------------------ */

char *tree_join_bytes(struct jute_bytes name, struct jute_bytes data)
{
    char *bytes = mem_resize(NULL, name.size + data.size + 1, 1);

    memcpy(bytes, name.data, name.size);
    if (data.size > 0)
        memcpy(bytes + name.size, data.data, data.size);
    return bytes;
}

int32_t tree_size_of_data(struct jute_bytes data)
{
    return data.data == NULL ? TREE_NULL_DATA : (int32_t)data.size;
}

uint32_t tree_create(struct tree *tree, const struct tree_seed *seed, struct tree_change change)
{
    if (tree->pool.live >= tree->nodes_max)
        return TREE_NONE;

    struct tree_node *parent = tree_at(tree, seed->parent);
    ASSERT(parent->is_live && !tree_is_ephemeral(parent));
    uint32_t slot = node_pool_take(&tree->pool);
    struct tree_journal_entry entry = {
        .kind = TREE_JOURNAL_CREATE,
        .slot = slot,
        .weight = (uint32_t)(seed->name.size + seed->data.size),
        .parent_creations = parent->creations,
        .parent_pzxid = parent->pzxid,
    };
    tree_journal_push(&tree->journal, &entry);

    struct tree_node *node = tree_at(tree, slot);
    node->czxid = node->mzxid = node->pzxid = change.zxid;
    node->ctime_ms = node->mtime_ms = change.now_ms;
    node->owner = seed->owner;
    node->bytes = tree_join_bytes(seed->name, seed->data);
    node->name_size = (uint16_t)seed->name.size;
    node->data_size = tree_size_of_data(seed->data);
    node->acl = seed->acl;
    node->parent = seed->parent;
    node->first_child = TREE_NONE;
    acls_take(tree->acls, seed->acl);
    tree_attach(tree, slot);
    tree_count_in(tree, slot);

    parent->creations = (int32_t)((uint32_t)parent->creations + 1);
    parent->pzxid = change.zxid;
    tree_soil(tree, slot, TREE_DIRT_ROW);
    tree_soil(tree, seed->parent, TREE_DIRT_STAT);
    return slot;
}

void tree_delete(struct tree *tree, uint32_t slot, struct tree_change change)
{
    struct tree_node *node = tree_at(tree, slot);
    uint32_t parent_slot = node->parent;
    struct tree_node *parent = tree_at(tree, parent_slot);

    ASSERT(slot != TREE_ROOT && tree_child_count(node) == 0);
    struct tree_journal_entry entry = {
        .kind = TREE_JOURNAL_DELETE,
        .slot = slot,
        .weight = (uint32_t)tree_weight(node),
        .parent_pzxid = parent->pzxid,
        .before = *node,
    };
    tree_journal_push(&tree->journal, &entry);
    tree_count_out(tree, slot);
    tree_detach(tree, slot);
    node_pool_give(&tree->pool, slot);

    parent->pzxid = change.zxid;
    tree_soil(tree, slot, TREE_DIRT_ROW);
    tree_soil(tree, parent_slot, TREE_DIRT_STAT);
}

void tree_set_data(struct tree *tree, uint32_t slot, struct jute_bytes data,
                   struct tree_change change)
{
    struct tree_node *node = tree_at(tree, slot);

    struct tree_journal_entry entry = {
        .kind = TREE_JOURNAL_DATA,
        .slot = slot,
        .weight = (uint32_t)(tree_weight(node) + data.size),
        .before = *node,
    };
    tree_journal_push(&tree->journal, &entry);
    tree->data_bytes -= tree_weight(node);
    node->bytes = tree_join_bytes(tree_name(node), data);
    node->data_size = tree_size_of_data(data);
    tree->data_bytes += tree_weight(node);
    node->mzxid = change.zxid;
    node->mtime_ms = change.now_ms;
    node->version = (int32_t)((uint32_t)node->version + 1);
    tree_soil(tree, slot, TREE_DIRT_ROW);
}

void tree_set_acl(struct tree *tree, uint32_t slot, uint32_t acl)
{
    struct tree_node *node = tree_at(tree, slot);

    struct tree_journal_entry entry = {
        .kind = TREE_JOURNAL_ACL,
        .slot = slot,
        .before = *node,
    };
    tree_journal_push(&tree->journal, &entry);
    acls_take(tree->acls, acl);
    node->acl = acl;
    node->aversion = (int32_t)((uint32_t)node->aversion + 1);
    tree_soil(tree, slot, TREE_DIRT_STAT);
}

void tree_note_acl(struct tree *tree, uint32_t acl)
{
    slots_push(&tree->dirty_acls, acl);
}
