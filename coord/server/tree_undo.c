/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/assert.h"
#include "coord/server/tree_parts.h"

static void drop_acl(struct tree *tree, uint32_t acl)
{
    if (acls_drop(tree->acls, acl))
        tree_note_acl(tree, acl);
}

static void undo_create(struct tree *tree, const struct tree_journal_entry *entry)
{
    struct tree_node *node = tree_at(tree, entry->slot);
    uint32_t parent_slot = node->parent;

    tree_count_out(tree, entry->slot);
    tree_detach(tree, entry->slot);
    drop_acl(tree, node->acl);
    free(node->bytes);
    node_pool_give(&tree->pool, entry->slot);
    tree_soil(tree, entry->slot, TREE_DIRT_ROW);

    struct tree_node *parent = tree_at(tree, parent_slot);
    parent->creations = entry->parent_creations;
    parent->pzxid = entry->parent_pzxid;
    tree_soil(tree, parent_slot, TREE_DIRT_STAT);
}

static void undo_delete(struct tree *tree, const struct tree_journal_entry *entry)
{
    uint32_t slot = node_pool_take(&tree->pool);

    /* Everything that came later was undone before: the last slot given back is this one. */
    ASSERT(slot == entry->slot);
    struct tree_node *node = tree_at(tree, slot);
    uint8_t dirt = node->dirt;
    *node = entry->before;
    node->dirt = dirt;
    if (!tree_is_ephemeral(node))
        node->first_child = TREE_NONE;
    tree_attach(tree, slot);
    tree_count_in(tree, slot);
    tree_at(tree, node->parent)->pzxid = entry->parent_pzxid;
    tree_soil(tree, slot, TREE_DIRT_ROW);
    tree_soil(tree, node->parent, TREE_DIRT_STAT);
}

static void undo_data(struct tree *tree, const struct tree_journal_entry *entry)
{
    struct tree_node *node = tree_at(tree, entry->slot);

    tree->data_bytes -= tree_weight(node);
    free(node->bytes);
    node->bytes = entry->before.bytes;
    node->data_size = entry->before.data_size;
    node->mzxid = entry->before.mzxid;
    node->mtime_ms = entry->before.mtime_ms;
    node->version = entry->before.version;
    tree->data_bytes += tree_weight(node);
    tree_soil(tree, entry->slot, TREE_DIRT_ROW);
}

static void undo_acl(struct tree *tree, const struct tree_journal_entry *entry)
{
    struct tree_node *node = tree_at(tree, entry->slot);

    drop_acl(tree, node->acl);
    node->acl = entry->before.acl;
    node->aversion = entry->before.aversion;
    tree_soil(tree, entry->slot, TREE_DIRT_STAT);
}

uint64_t tree_mark(const struct tree *tree)
{
    return tree_journal_mark(&tree->journal);
}

uint64_t tree_pending_bytes(const struct tree *tree)
{
    return tree->journal.bytes;
}

void tree_undo(struct tree *tree, uint64_t mark)
{
    static void (*const undo[])(struct tree *, const struct tree_journal_entry *) = {
        [TREE_JOURNAL_CREATE] = undo_create,
        [TREE_JOURNAL_DELETE] = undo_delete,
        [TREE_JOURNAL_DATA] = undo_data,
        [TREE_JOURNAL_ACL] = undo_acl,
    };
    const struct tree_journal_entry *entry;

    while ((entry = tree_journal_pop_last(&tree->journal, mark)) != NULL)
        undo[entry->kind](tree, entry);
}

void tree_forget(struct tree *tree, uint64_t mark)
{
    const struct tree_journal_entry *entry;

    while ((entry = tree_journal_pop_first(&tree->journal, mark)) != NULL) {
        if (entry->kind == TREE_JOURNAL_DELETE || entry->kind == TREE_JOURNAL_DATA)
            free(entry->before.bytes);
        if (entry->kind == TREE_JOURNAL_DELETE || entry->kind == TREE_JOURNAL_ACL)
            drop_acl(tree, entry->before.acl);
    }
}
