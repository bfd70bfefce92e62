/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What nimbus wants done: it stands in its answers to reports (docs/protocol/control.md), which come each
 * second anyway. So far there is one order, to start a worker anew. Each names the process that it is
 * about, and does nothing to another one, so it may be told again. Pure; any thread.
 */
#ifndef SUPERVISOR_ORDERS_H
#define SUPERVISOR_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct order {
    const char *topology; /* id; borrowed from the answer */
    uint32_t slot;
    uint64_t incarnation;
};

/* Walks the restarts of an answer: false at the end. *position is 0 at the start. What is none of ours, or
 * is not of this form, is passed over. */
bool orders_next(const json_t *answer, size_t *position, uint32_t slot_count,
                 struct order *ret_order);

#endif
