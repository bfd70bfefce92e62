/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/protocol/path.h"
#include "coord/server/tree_parts.h"

struct tree *tree_new(struct acls *acls, size_t nodes_max)
{
    struct tree *tree = NEW(struct tree);

    tree->acls = acls;
    tree->nodes_max = nodes_max;
    node_pool_init(&tree->pool);
    node_index_init(&tree->index);
    return tree;
}

void tree_destroy(struct tree **tree)
{
    if (*tree == NULL)
        return;
    tree_forget(*tree, UINT64_MAX);
    tree_journal_done(&(*tree)->journal);
    node_pool_done(&(*tree)->pool);
    node_index_done(&(*tree)->index);
    idmap_done(&(*tree)->owners);
    free((*tree)->dirty.items);
    free((*tree)->dirty_acls.items);
    free((*tree)->sealed_acls.items);
    free(*tree);
    *tree = NULL;
}

/* ---- Looking ------------------------------------------------------------------------------- */

const struct tree_node *tree_node(const struct tree *tree, uint32_t slot)
{
    return tree_at(tree, slot);
}

uint32_t tree_find_child(const struct tree *tree, uint32_t parent, const char *name, size_t size)
{
    return node_index_find(&tree->index, &tree->pool, parent, name, size);
}

uint32_t tree_find(const struct tree *tree, const char *path, size_t size)
{
    uint32_t slot = TREE_ROOT;
    size_t position = 0, name_size;
    const char *name;

    while (slot != TREE_NONE && (name = path_next(path, size, &position, &name_size)) != NULL)
        slot = tree_find_child(tree, slot, name, name_size);
    return slot;
}

struct jute_bytes tree_name(const struct tree_node *node)
{
    return (struct jute_bytes){.data = node->bytes, .size = node->name_size};
}

struct jute_bytes tree_data(const struct tree_node *node)
{
    if (node->data_size == TREE_NULL_DATA)
        return (struct jute_bytes){0};
    return (struct jute_bytes){
        .data = node->bytes + node->name_size,
        .size = (size_t)node->data_size,
    };
}

bool tree_is_container(const struct tree_node *node)
{
    return node->owner == TREE_OWNER_CONTAINER;
}

bool tree_has_ttl(const struct tree_node *node)
{
    return (uint64_t)node->owner >> 56 == 0xFF;
}

int64_t tree_ttl_ms(const struct tree_node *node)
{
    return node->owner & TREE_TTL_MAX_MS;
}

bool tree_is_ephemeral(const struct tree_node *node)
{
    return node->owner != 0 && !tree_is_container(node) && !tree_has_ttl(node);
}

uint32_t tree_child_count(const struct tree_node *node)
{
    return tree_is_ephemeral(node) ? 0 : node->children;
}

void tree_stat(const struct tree_node *node, struct message_stat *ret_stat)
{
    uint32_t children = tree_child_count(node);

    *ret_stat = (struct message_stat){
        .czxid = node->czxid,
        .mzxid = node->mzxid,
        .ctime_ms = node->ctime_ms,
        .mtime_ms = node->mtime_ms,
        .version = node->version,
        .cversion = (int32_t)(2 * (uint32_t)node->creations - children),
        .aversion = node->aversion,
        .ephemeral_owner = tree_is_ephemeral(node) ? node->owner : 0,
        .data_length = node->data_size == TREE_NULL_DATA ? 0 : node->data_size,
        .children = (int32_t)children,
        .pzxid = node->pzxid,
    };
}

uint32_t tree_first_child(const struct tree *tree, uint32_t slot)
{
    const struct tree_node *node = tree_at(tree, slot);

    return tree_is_ephemeral(node) ? TREE_NONE : node->first_child;
}

uint32_t tree_next_sibling(const struct tree *tree, uint32_t slot)
{
    return tree_at(tree, slot)->next;
}

uint32_t tree_first_owned(const struct tree *tree, int64_t session_id)
{
    const uint64_t *first = idmap_find(&tree->owners, (uint64_t)session_id);

    return first == NULL ? TREE_NONE : (uint32_t)*first;
}

uint32_t tree_next_owned(const struct tree *tree, uint32_t slot)
{
    return tree_at(tree, slot)->first_child;
}

uint32_t tree_next_below(const struct tree *tree, uint32_t top, uint32_t slot)
{
    uint32_t child = tree_first_child(tree, slot);

    if (child != TREE_NONE)
        return child;
    while (slot != top && tree_at(tree, slot)->next == TREE_NONE)
        slot = tree_at(tree, slot)->parent;
    return slot == top ? TREE_NONE : tree_at(tree, slot)->next;
}

/* Written from its end, where the node is, to its beginning. */
void tree_put_path(const struct tree *tree, uint32_t slot, struct text *out)
{
    char path[MESSAGE_PATH_MAX];
    size_t begin = sizeof path;

    for (; slot != TREE_ROOT; slot = tree_at(tree, slot)->parent) {
        const struct tree_node *node = tree_at(tree, slot);
        ASSERT(begin > node->name_size);
        begin -= node->name_size;
        memcpy(path + begin, node->bytes, node->name_size);
        path[--begin] = '/';
    }
    if (begin == sizeof path)
        path[--begin] = '/';
    text_add_bytes(out, path + begin, sizeof path - begin);
}

struct tree_counts tree_counts(const struct tree *tree)
{
    return (struct tree_counts){
        .nodes = tree->pool.live,
        .ephemerals = tree->ephemerals,
        .reapable = tree->reapable,
        .data_bytes = tree->data_bytes,
    };
}

uint32_t tree_next_reapable(const struct tree *tree, uint32_t *cursor, size_t *budget)
{
    if (tree->reapable == 0)
        *cursor = tree->pool.end;
    for (; *cursor<tree->pool.end && * budget> 0; --*budget) {
        uint32_t slot = (*cursor)++;
        const struct tree_node *node = tree_at(tree, slot);
        if (node->is_live && (tree_is_container(node) || tree_has_ttl(node)) && node->children == 0)
            return slot;
    }
    if (*cursor >= tree->pool.end)
        *cursor = 0;
    return TREE_NONE;
}
