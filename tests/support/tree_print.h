/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tree as text: every node with all its fields, children and owner, in the order of slots, and
 * the counts. Equal texts are equal trees, but for the order of siblings, which means nothing.
 * Aborts if links, index and counts contradict each other.
 */
#ifndef TESTS_TREE_PRINT_H
#define TESTS_TREE_PRINT_H

#include <stdint.h>

#include "base/text.h"
#include "coord/server/tree.h"

void tree_print(const struct tree *tree, struct text *out);

/* The slots of all nodes, sorted; *ret_count of them. Free it. */
uint32_t *tree_print_slots(const struct tree *tree, size_t *ret_count);

#endif
