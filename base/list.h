/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A doubly linked list whose links live in the elements, so that it allocates nothing and an
 * element leaves in constant time:
 *
 *     struct tree { struct list_node by_age; ... };
 *     for (struct list_node *node = list_first(&list); node != NULL; node = list_next(&list, node))
 *         visit(CONTAINER_OF(node, struct tree, by_age));
 *
 * The list is a circle through its own head. A node of zero bytes is in no list. While walking,
 * take the next node before you remove the current one. Pure; a list belongs to one thread.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/assert.h"

struct list_node {
    struct list_node *before;
    struct list_node *after;
};

/* Must not move in memory: its nodes point to it. */
struct list {
    struct list_node head;
};

static inline void list_init(struct list *list)
{
    list->head = (struct list_node){.before = &list->head, .after = &list->head};
}

static inline bool list_is_empty(const struct list *list)
{
    return list->head.after == &list->head;
}

/* Whether the node is in any list; it was zeroed at birth. */
static inline bool list_has_node(const struct list_node *node)
{
    return node->after != NULL;
}

/* Puts a node that is in no list right before one that is. */
static inline void list_put_before(struct list_node *place, struct list_node *node)
{
    ASSERT(!list_has_node(node));
    node->before = place->before;
    node->after = place;
    place->before->after = node;
    place->before = node;
}

static inline void list_push_last(struct list *list, struct list_node *node)
{
    list_put_before(&list->head, node);
}

static inline void list_push_first(struct list *list, struct list_node *node)
{
    list_put_before(list->head.after, node);
}

/* Takes the node out of the list that it is in. */
static inline void list_remove(struct list_node *node)
{
    ASSERT(list_has_node(node));
    node->before->after = node->after;
    node->after->before = node->before;
    *node = (struct list_node){NULL, NULL};
}

/* NULL at the end. */
static inline struct list_node *list_next(const struct list *list, const struct list_node *node)
{
    return node->after == &list->head ? NULL : node->after;
}

/* NULL if empty. */
static inline struct list_node *list_first(const struct list *list)
{
    return list_next(list, &list->head);
}

/* NULL if empty. */
static inline struct list_node *list_last(const struct list *list)
{
    return list_is_empty(list) ? NULL : list->head.before;
}

/* Takes out the first node; NULL if empty. */
static inline struct list_node *list_pop_first(struct list *list)
{
    struct list_node *node = list_first(list);

    if (node == NULL)
        return NULL;
    list->head.after = node->after;
    node->after->before = &list->head;
    *node = (struct list_node){NULL, NULL};
    return node;
}

#endif
