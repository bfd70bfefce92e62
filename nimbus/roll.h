/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Things by their ids, in the order of the ids: an array of pointers to structs whose first member is
 * `char *id`. It does not own them. For thousands of things that come and go seldom. Zero is
 * empty. Pure; belongs to its owner's thread.
 */
#ifndef NIMBUS_ROLL_H
#define NIMBUS_ROLL_H

#include <stddef.h>

#include "base/attribute.h"

struct roll {
    void **items;
    size_t count;
    size_t capacity;
};

void roll_done(struct roll *roll);

/* NULL if there is none of that id. */
void *roll_find(const struct roll *roll, const char *id);

/* There is none of its id yet. */
void roll_put(struct roll *roll, void *item);

/* It is there. */
void roll_remove(struct roll *roll, const void *item);

#endif
