/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The restarts of workers that somebody has asked for and whose supervisors have not done them yet: each
 * names a process by its incarnation, so that telling it again does no harm. Told in the answer to each
 * report until the worker has another incarnation, or RESTARTS_KEPT_NS are over: who comes back later shall
 * not be struck by it. Pure; belongs to its owner's thread. Zero is empty.
 */
#ifndef NIMBUS_RESTARTS_H
#define NIMBUS_RESTARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attribute.h"
#include "coord/state/paths.h"

#define RESTARTS_KEPT_NS (UINT64_C(60) * 1000 * 1000 * 1000)

enum {
    RESTARTS_MAX = 256, /* waiting */
};

struct restart {
    char topology[PATHS_ID_MAX + 1]; /* id */
    char supervisor[PATHS_ID_MAX + 1];
    uint32_t slot;
    uint64_t incarnation;
    uint64_t since_ns;
};

struct restarts {
    size_t count;
    struct restart items[RESTARTS_MAX];
};

/* One of the same place is replaced; false: there are too many. */
bool restarts_put(struct restarts *restarts, const struct restart *restart) MUST_USE;

/* Forgets it. The last takes its index. */
void restarts_drop(struct restarts *restarts, size_t index);

/* Forgets those whose time is over. */
void restarts_expire(struct restarts *restarts, uint64_t now_ns);

#endif
