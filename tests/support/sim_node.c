/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/sim_node.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

struct sim_node *sim_node_new(bool is_folder)
{
    struct sim_node *node = NEW(struct sim_node);

    node->is_folder = is_folder;
    return node;
}

/* ---- Bytes --------------------------------------------------------------------------------- */

static void resize_bytes(struct sim_bytes *bytes, uint64_t size)
{
    if (size > bytes->capacity) {
        bytes->capacity = (size_t)size * 2;
        bytes->data = mem_resize(bytes->data, bytes->capacity, 1);
    }
    if (size > bytes->size)
        memset(bytes->data + bytes->size, 0, (size_t)size - bytes->size);
    bytes->size = (size_t)size;
}

static void put_bytes(struct sim_bytes *bytes, uint64_t at, const void *from, size_t size)
{
    if (size == 0)
        return;
    if (at + size > bytes->size)
        resize_bytes(bytes, at + size);
    memcpy(bytes->data + at, from, size);
}

static void copy_bytes(struct sim_bytes *to, const struct sim_bytes *from)
{
    resize_bytes(to, from->size);
    put_bytes(to, 0, from->data, from->size);
}

static void apply(struct sim_bytes *bytes, const struct sim_change *change, size_t size)
{
    if (change->is_size)
        resize_bytes(bytes, change->at);
    else
        put_bytes(bytes, change->at, change->bytes, size);
}

static struct sim_change *add_change(struct sim_node *node)
{
    size_t count = node->change_count + 1;

    if ((count & (count - 1)) == 0)
        node->changes = mem_resize(node->changes, count * 2, sizeof *node->changes);
    node->change_count = count;
    node->changes[count - 1] = (struct sim_change){.is_size = false};
    return &node->changes[count - 1];
}

static void drop_changes(struct sim_node *node)
{
    for (size_t i = 0; i < node->change_count; i++)
        free(node->changes[i].bytes);
    free(node->changes);
    node->changes = NULL;
    node->change_count = 0;
}

void sim_node_write(struct sim_node *node, uint64_t at, const void *bytes, size_t size)
{
    struct sim_change *change = add_change(node);

    change->at = at;
    change->bytes = mem_alloc(size);
    change->size = size;
    if (size > 0)
        memcpy(change->bytes, bytes, size);
    apply(&node->seen, change, size);
}

void sim_node_resize(struct sim_node *node, uint64_t size)
{
    struct sim_change *change = add_change(node);

    change->is_size = true;
    change->at = size;
    apply(&node->seen, change, 0);
}

void sim_node_sync(struct sim_node *node)
{
    for (size_t i = 0; i < node->change_count; i++)
        apply(&node->stored, &node->changes[i], node->changes[i].size);
    drop_changes(node);
}

void sim_node_fail_sync(struct sim_node *node)
{
    drop_changes(node);
}

/* ---- Names --------------------------------------------------------------------------------- */

static struct sim_name *find_name(const struct sim_names *names, const char *text)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->list[i].text, text) == 0)
            return &names->list[i];
    }
    return NULL;
}

static void remove_name(struct sim_names *names, const char *text, const struct sim_node *node)
{
    struct sim_name *name = find_name(names, text);

    if (name == NULL || name->node != node)
        return;
    free(name->text);
    *name = names->list[--names->count];
}

static void add_name(struct sim_names *names, const char *text, struct sim_node *node)
{
    struct sim_name *name = find_name(names, text);

    if (name != NULL) {
        name->node = node;
        return;
    }
    names->list = mem_resize(names->list, names->count + 1, sizeof *names->list);
    names->list[names->count++] = (struct sim_name){.text = mem_copy_text(text), .node = node};
}

static void clear_names(struct sim_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->list[i].text);
    free(names->list);
    *names = (struct sim_names){.count = 0};
}

static void apply_name(struct sim_names *names, const struct sim_name_change *change)
{
    if (change->from != NULL)
        remove_name(names, change->from, change->node);
    if (change->to != NULL)
        add_name(names, change->to, change->node);
}

static void drop_name_changes(struct sim_node *folder)
{
    for (size_t i = 0; i < folder->name_change_count; i++) {
        free(folder->name_changes[i].from);
        free(folder->name_changes[i].to);
    }
    free(folder->name_changes);
    folder->name_changes = NULL;
    folder->name_change_count = 0;
}

static void change_name(struct sim_node *folder, const char *from, const char *to,
                        struct sim_node *node)
{
    struct sim_name_change change = {
        .from = from != NULL ? mem_copy_text(from) : NULL,
        .to = to != NULL ? mem_copy_text(to) : NULL,
        .node = node,
    };

    apply_name(&folder->seen_names, &change);
    folder->name_changes = mem_resize(folder->name_changes, folder->name_change_count + 1,
                                      sizeof *folder->name_changes);
    folder->name_changes[folder->name_change_count++] = change;
}

struct sim_node *sim_node_find(const struct sim_node *folder, const char *name)
{
    const struct sim_name *found = find_name(&folder->seen_names, name);

    return found != NULL ? found->node : NULL;
}

void sim_node_put_name(struct sim_node *folder, const char *name, struct sim_node *node)
{
    change_name(folder, NULL, name, node);
}

void sim_node_drop_name(struct sim_node *folder, const char *name)
{
    struct sim_node *node = sim_node_find(folder, name);

    ASSERT(node != NULL);
    change_name(folder, name, NULL, node);
}

void sim_node_rename(struct sim_node *folder, const char *from, const char *to)
{
    struct sim_node *node = sim_node_find(folder, from);

    ASSERT(node != NULL);
    change_name(folder, from, to, node);
}

void sim_node_sync_names(struct sim_node *folder)
{
    for (size_t i = 0; i < folder->name_change_count; i++)
        apply_name(&folder->stored_names, &folder->name_changes[i]);
    drop_name_changes(folder);
}

/* ---- Power --------------------------------------------------------------------------------- */

enum loss {
    LOSS_NOTHING,
    LOSS_ALL,
    LOSS_FROM, /* the first few are kept, and a part of the next */
    LOSS_ANY,
    LOSSES,
};

static enum loss pick_loss(struct rng *rng)
{
    return (enum loss)rng_below(rng, LOSSES);
}

static size_t part_of(struct rng *rng, size_t size)
{
    return rng_below(rng, (uint32_t)size + 1);
}

static void keep_some_bytes(struct sim_node *node, struct rng *rng)
{
    enum loss loss = pick_loss(rng);
    size_t from = part_of(rng, node->change_count);

    for (size_t i = 0; i < node->change_count; i++) {
        const struct sim_change *change = &node->changes[i];
        bool is_kept = loss == LOSS_NOTHING || (loss == LOSS_FROM && i < from) ||
                       (loss == LOSS_ANY && rng_below(rng, 2) == 0);
        if (is_kept)
            apply(&node->stored, change, change->size);
        else if (loss == LOSS_FROM && i == from && !change->is_size)
            apply(&node->stored, change, part_of(rng, change->size));
    }
    /* The size of a file may be stored before its content is. */
    if (loss != LOSS_ALL && rng_below(rng, 4) == 0 && node->stored.size < node->seen.size)
        resize_bytes(&node->stored, node->seen.size);
}

static void keep_some_names(struct sim_node *folder, struct rng *rng, bool keeps_order)
{
    enum loss loss = pick_loss(rng);
    size_t from = part_of(rng, folder->name_change_count);

    if (loss == LOSS_ANY && keeps_order)
        loss = LOSS_FROM;
    for (size_t i = 0; i < folder->name_change_count; i++) {
        if (loss == LOSS_NOTHING || (loss == LOSS_FROM && i < from) ||
            (loss == LOSS_ANY && rng_below(rng, 2) == 0))
            apply_name(&folder->stored_names, &folder->name_changes[i]);
    }
}

void sim_node_lose_power(struct sim_node *node, struct rng *rng, bool keeps_name_order)
{
    if (node->change_count > 0)
        keep_some_bytes(node, rng);
    drop_changes(node);
    copy_bytes(&node->seen, &node->stored);
    node->reserved = 0;

    if (node->name_change_count > 0)
        keep_some_names(node, rng, keeps_name_order);
    drop_name_changes(node);
    clear_names(&node->seen_names);
    for (size_t i = 0; i < node->stored_names.count; i++)
        add_name(&node->seen_names, node->stored_names.list[i].text,
                 node->stored_names.list[i].node);
}

void sim_node_destroy(struct sim_node **node)
{
    if (*node == NULL)
        return;
    drop_changes(*node);
    drop_name_changes(*node);
    clear_names(&(*node)->seen_names);
    clear_names(&(*node)->stored_names);
    free((*node)->seen.data);
    free((*node)->stored.data);
    free(*node);
    *node = NULL;
}
