/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/protocol/path.h"
#include "coord/server/tree_parts.h"

/* ---- To the store ------------------------------------------------------------------------------ */

bool tree_is_dirty(const struct tree *tree)
{
    return tree_dirty_count(tree) > 0;
}

size_t tree_dirty_count(const struct tree *tree)
{
    return tree->dirty.count + tree->dirty_acls.count;
}

static void seal_acls(struct tree *tree, struct batch *batch)
{
    for (size_t i = 0; i < tree->dirty_acls.count; i++) {
        uint32_t number = tree->dirty_acls.items[i];
        struct jute_bytes encoded = acls_get(tree->acls, number);
        if (encoded.data != NULL)
            batch_put_acl(batch, number, encoded.data, encoded.size);
        else
            batch_delete_acl(batch, number);
    }
    struct tree_slots sealed = tree->dirty_acls;
    tree->dirty_acls = tree->sealed_acls;
    tree->dirty_acls.count = 0;
    tree->sealed_acls = sealed;
}

static struct batch_node row_of(const struct tree_node *node, uint32_t slot)
{
    struct jute_bytes data = tree_data(node);

    return (struct batch_node){
        .slot = slot,
        .parent = node->parent,
        .acl = node->acl,
        .version = node->version,
        .aversion = node->aversion,
        .creations = node->creations,
        .czxid = node->czxid,
        .mzxid = node->mzxid,
        .pzxid = node->pzxid,
        .ctime_ms = node->ctime_ms,
        .mtime_ms = node->mtime_ms,
        .owner = node->owner,
        .name = node->bytes,
        .name_size = node->name_size,
        .data = data.data,
        .data_size = data.size,
    };
}

static void seal_node(const struct tree_node *node, uint32_t slot, struct batch *batch)
{
    if (!node->is_live) {
        batch_delete_node(batch, slot);
        return;
    }
    struct batch_node row = row_of(node, slot);
    if ((node->dirt & TREE_DIRT_ROW) != 0)
        batch_put_node(batch, &row);
    else
        batch_put_stat(batch, &row);
}

void tree_seal(struct tree *tree, struct batch *batch)
{
    seal_acls(tree, batch);
    for (size_t i = 0; i < tree->dirty.count; i++) {
        uint32_t slot = tree->dirty.items[i];
        struct tree_node *node = tree_at(tree, slot);
        seal_node(node, slot, batch);
        node->dirt = 0;
    }
    tree->dirty.count = 0;
}

void tree_drop_dirt(struct tree *tree)
{
    for (size_t i = 0; i < tree->dirty.count; i++)
        tree_at(tree, tree->dirty.items[i])->dirt = 0;
    tree->dirty.count = 0;

    /* Lists were perhaps given up by what is durable: the next batch says so again. */
    for (size_t i = 0; i < tree->sealed_acls.count; i++)
        tree_note_acl(tree, tree->sealed_acls.items[i]);
    tree->sealed_acls.count = 0;
}

/* ---- Birth and recovery -------------------------------------------------------------------- */

static uint32_t plant_one(struct tree *tree, uint32_t parent, const char *name, uint32_t acl)
{
    uint32_t slot = node_pool_take(&tree->pool);
    struct tree_node *node = tree_at(tree, slot);

    node->parent = parent;
    node->first_child = TREE_NONE;
    node->next = node->previous = TREE_NONE;
    node->bytes = mem_copy_text(name);
    node->name_size = (uint16_t)strlen(name);
    node->acl = acl;
    acls_take(tree->acls, acl);
    if (slot != TREE_ROOT) {
        tree_attach(tree, slot);
        tree_count_in(tree, slot);
    }
    tree_soil(tree, slot, TREE_DIRT_ROW);
    return slot;
}

/* These are not counted as creations: so ZooKeeper shows a cversion of -1 for the root. */
void tree_plant(struct tree *tree)
{
    ASSERT(tree->pool.end == 0);
    plant_one(tree, TREE_ROOT, "", ACL_OPEN);
    uint32_t zookeeper = plant_one(tree, TREE_ROOT, "zookeeper", ACL_OPEN);
    plant_one(tree, zookeeper, "quota", ACL_OPEN);
    uint32_t config = plant_one(tree, zookeeper, "config", ACL_READ_ONLY);
    tree_at(tree, config)->aversion = -1; /* so ZooKeeper has it */
}

/* Whether it can be a part of a path. */
static bool is_name(const char *name, size_t size)
{
    char path[MESSAGE_PATH_MAX];

    if (size >= sizeof path || memchr(name, '/', size) != NULL)
        return false;
    path[0] = '/';
    memcpy(path + 1, name, size);
    return path_is_valid(path, size + 1);
}

enum err tree_restore(struct tree *tree, const struct batch_node *row, struct error *error)
{
    bool is_root = row->slot == TREE_ROOT;

    if (row->slot >= TREE_NODES_LIMIT)
        return error_set(error, ERR_CORRUPT, "a node has the number %u, which is too large",
                         row->slot);
    if (is_root != (row->name_size == 0) || !is_name(row->name, row->name_size) ||
        row->data_size > INT32_MAX || (is_root && row->parent != TREE_ROOT))
        return error_set(error, ERR_CORRUPT, "node %u has no proper name or data", row->slot);
    if (acls_get(tree->acls, row->acl).data == NULL)
        return error_set(error, ERR_CORRUPT, "node %u has the ACL %u, which is missing", row->slot,
                         row->acl);

    struct tree_node *node = node_pool_claim(&tree->pool, row->slot);
    if (node == NULL)
        return error_set(error, ERR_CORRUPT, "node %u is there twice", row->slot);
    struct jute_bytes name = {.data = row->name, .size = row->name_size};
    struct jute_bytes data = {.data = row->data, .size = row->data_size};
    node->czxid = row->czxid;
    node->mzxid = row->mzxid;
    node->pzxid = row->pzxid;
    node->ctime_ms = row->ctime_ms;
    node->mtime_ms = row->mtime_ms;
    node->owner = row->owner;
    node->version = row->version;
    node->aversion = row->aversion;
    node->creations = row->creations;
    node->acl = row->acl;
    node->parent = row->parent;
    node->bytes = tree_join_bytes(name, data);
    node->name_size = (uint16_t)row->name_size;
    node->data_size = tree_size_of_data(data);
    node->first_child = node->next = node->previous = TREE_NONE;
    acls_take(tree->acls, row->acl);
    return ERR_OK;
}

static enum err link_one(struct tree *tree, uint32_t slot, struct error *error)
{
    const struct tree_node *node = tree_at(tree, slot);
    int name_size = node->name_size;

    if (node->parent >= tree->pool.end || !tree_at(tree, node->parent)->is_live ||
        tree_is_ephemeral(tree_at(tree, node->parent)))
        return error_set(error, ERR_CORRUPT, "node %u (%.*s) has no parent", slot, name_size,
                         node->bytes);
    if (tree_find_child(tree, node->parent, node->bytes, node->name_size) != TREE_NONE)
        return error_set(error, ERR_CORRUPT, "node %u (%.*s) has the name of a sibling", slot,
                         name_size, node->bytes);
    tree_attach(tree, slot);
    return ERR_OK;
}

/* The walk leaves nodes on its way up from `slot` to an ancestor: all that is below them is known by
 * now, and counts in their parents. Returns the length of the ancestor's path, from that of slot. */
static size_t climb(struct tree *tree, uint32_t slot, uint32_t ancestor, size_t path_size)
{
    while (slot != ancestor) {
        const struct tree_node *node = tree_at(tree, slot);
        tree_at(tree, node->parent)->below += node->below + 1;
        path_size -= 1 + (size_t)node->name_size;
        slot = node->parent;
    }
    return path_size;
}

/* Nodes that are each other's ancestors have parents, but are not below the root. */
static enum err check_reach(struct tree *tree, struct error *error)
{
    size_t reached = 1, path_size = 0;
    uint32_t before = TREE_ROOT;

    for (uint32_t slot = tree_next_below(tree, TREE_ROOT, TREE_ROOT); slot != TREE_NONE;
         slot = tree_next_below(tree, TREE_ROOT, slot)) {
        const struct tree_node *node = tree_at(tree, slot);
        path_size = climb(tree, before, node->parent, path_size) + 1 + node->name_size;
        if (path_size > MESSAGE_PATH_MAX)
            return error_set(error, ERR_CORRUPT, "node %u has a path that is too long", slot);
        before = slot;
        reached++;
    }
    (void)climb(tree, before, TREE_ROOT, path_size);
    if (reached != tree->pool.live)
        return error_set(error, ERR_CORRUPT, "%zu nodes are not below the root",
                         tree->pool.live - reached);
    return ERR_OK;
}

enum err tree_link(struct tree *tree, struct error *error)
{
    enum err err = ERR_OK;

    if (tree->pool.end == 0 || !tree_at(tree, TREE_ROOT)->is_live)
        return error_set(error, ERR_CORRUPT, "the root node is missing");
    node_index_reserve(&tree->index, tree->pool.live);
    tree->data_bytes += tree_weight(tree_at(tree, TREE_ROOT));
    for (uint32_t slot = 1; slot < tree->pool.end && err == ERR_OK; slot++)
        err = tree_at(tree, slot)->is_live ? link_one(tree, slot, error) : ERR_OK;
    if (err == ERR_OK)
        err = check_reach(tree, error);
    if (err == ERR_OK)
        node_pool_settle(&tree->pool);
    return err;
}
