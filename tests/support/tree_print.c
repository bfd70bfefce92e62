/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tree_print.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

static int compare_slots(const void *left, const void *right)
{
    uint32_t one = *(const uint32_t *)left, other = *(const uint32_t *)right;

    return (one > other) - (one < other);
}

uint32_t *tree_print_slots(const struct tree *tree, size_t *ret_count)
{
    size_t count = tree_counts(tree).nodes, found = 0;
    uint32_t *slots = NEW_ARRAY(uint32_t, count);

    for (uint32_t slot = TREE_ROOT; slot != TREE_NONE;
         slot = tree_next_below(tree, TREE_ROOT, slot)) {
        ASSERT(found < count);
        slots[found++] = slot;
    }
    ASSERT(found == count);
    qsort(slots, count, sizeof *slots, compare_slots);
    *ret_count = count;
    return slots;
}

/* The children by slot; each must know its parent and be found by its name. */
static void print_children(const struct tree *tree, uint32_t parent, struct text *out)
{
    size_t count = tree_child_count(tree_node(tree, parent)), found = 0, below = 0;
    uint32_t *children = NEW_ARRAY(uint32_t, count + 1);

    for (uint32_t slot = tree_first_child(tree, parent); slot != TREE_NONE;
         slot = tree_next_sibling(tree, slot)) {
        struct jute_bytes name = tree_name(tree_node(tree, slot));
        ASSERT(found < count && tree_node(tree, slot)->parent == parent);
        ASSERT(tree_find_child(tree, parent, name.data, name.size) == slot);
        children[found++] = slot;
        below += tree_node(tree, slot)->below + 1;
    }
    ASSERT(found == count && tree_node(tree, parent)->below == below);
    qsort(children, count, sizeof *children, compare_slots);
    text_add(out, " children");
    for (size_t i = 0; i < count; i++)
        text_add(out, " %" PRIu32, children[i]);
    free(children);
}

static void print_node(const struct tree *tree, uint32_t slot, struct text *out)
{
    const struct tree_node *node = tree_node(tree, slot);
    struct jute_bytes data = tree_data(node);

    text_add(out, "%" PRIu32 " ", slot);
    tree_put_path(tree, slot, out);
    text_add(out, " acl %" PRIu32 " zxids %" PRId64 " %" PRId64 " %" PRId64, node->acl, node->czxid,
             node->mzxid, node->pzxid);
    text_add(out, " times %" PRId64 " %" PRId64 " versions %" PRId32 " %" PRId32 " %" PRId32,
             node->ctime_ms, node->mtime_ms, node->version, node->aversion, node->creations);
    text_add(out, " owner %" PRIx64 " data %" PRId32 " '%.*s'", (uint64_t)node->owner,
             node->data_size, (int)data.size, data.data == NULL ? "" : data.data);
    print_children(tree, slot, out);
    text_add(out, "\n");
}

/* Each ephemeral must be among those of its owner. */
static size_t count_owned(const struct tree *tree, uint32_t wanted)
{
    size_t count = 0;

    for (uint32_t slot = tree_first_owned(tree, tree_node(tree, wanted)->owner); slot != TREE_NONE;
         slot = tree_next_owned(tree, slot)) {
        ASSERT(tree_node(tree, slot)->owner == tree_node(tree, wanted)->owner);
        count += slot == wanted;
    }
    return count;
}

void tree_print(const struct tree *tree, struct text *out)
{
    struct tree_counts counts = tree_counts(tree);
    struct tree_counts seen = {.nodes = 0};
    size_t count;
    uint32_t *slots = tree_print_slots(tree, &count);

    for (size_t i = 0; i < count; i++) {
        const struct tree_node *node = tree_node(tree, slots[i]);
        print_node(tree, slots[i], out);
        seen.nodes++;
        seen.reapable += tree_is_container(node) || tree_has_ttl(node);
        seen.data_bytes += node->name_size + tree_data(node).size;
        if (!tree_is_ephemeral(node))
            continue;
        seen.ephemerals++;
        ASSERT(count_owned(tree, slots[i]) == 1);
    }
    ASSERT(seen.ephemerals == counts.ephemerals && seen.reapable == counts.reapable);
    ASSERT(seen.data_bytes == counts.data_bytes);
    text_add(out, "%zu nodes, %zu ephemerals, %zu reapable, %" PRIu64 " bytes\n", counts.nodes,
             counts.ephemerals, counts.reapable, counts.data_bytes);
    free(slots);
}
