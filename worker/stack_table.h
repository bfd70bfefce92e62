/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks of threads, each counted once for every time that it was seen. Bounded: what is new when the
 * table is full is counted, and not kept. Takes no memory and calls nothing, so that a signal handler
 * may use it; who shares one among threads sees to it that one at a time does. Pure.
 */
#ifndef WORKER_STACK_TABLE_H
#define WORKER_STACK_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum {
    STACK_FRAMES_MAX = 64,  /* what is further out is left off */
    STACK_TABLE_MAX = 4096, /* different stacks */
    STACK_TABLE_PLACES = 2 * STACK_TABLE_MAX,
};

/* Where a thread was, and for whom. The texts are borrowed and compared by their addresses. */
struct stack {
    int32_t thread;        /* the number of a loop; negative: the thread beside them */
    uint32_t task;         /* of `component` */
    const char *component; /* NULL: no user code runs */
    const char *doing;     /* in a table it is that of the first */
    uint32_t depth;
    uintptr_t frames[STACK_FRAMES_MAX]; /* innermost first; return addresses but for the first */
};

struct stack_table {
    uint32_t count;
    uint64_t samples;                    /* that were counted in an entry */
    uint64_t dropped;                    /* that were not: the table was full */
    uint16_t places[STACK_TABLE_PLACES]; /* of entries, by hash, from 1; 0: free */
    struct stack_entry {
        uint64_t count;
        struct stack stack;
    } entries[STACK_TABLE_MAX];
};

/* A zeroed table is an empty one. False if there is no room for another stack. */
bool stack_table_add(struct stack_table *table, const struct stack *stack);

#endif
