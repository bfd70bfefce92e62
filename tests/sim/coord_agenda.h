/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual time: what is to be done, and when. What is due at the same moment is done in an order
 * that the seed decides. Nothing is taken off the agenda: who changes his mind ignores the call.
 */
#ifndef TESTS_SIM_COORD_AGENDA_H
#define TESTS_SIM_COORD_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "tests/sim/coord_trace.h"

/* `number` is what was given with it. */
typedef void coord_agenda_action(void *owner, uint64_t number);

struct coord_agenda_item {
    uint64_t at_us;
    uint64_t order; /* among those of one moment */
    coord_agenda_action *action;
    void *owner;
    uint64_t number;
};

struct coord_agenda {
    struct coord_trace *trace; /* told the time */
    struct rng rng;
    uint64_t now_us;
    struct coord_agenda_item *items; /* a heap */
    size_t count;
    size_t capacity;
};

void coord_agenda_init(struct coord_agenda *agenda, struct coord_trace *trace, uint64_t seed);
void coord_agenda_done(struct coord_agenda *agenda);

/* At a moment that is not past. */
void coord_agenda_add(struct coord_agenda *agenda, uint64_t at_us, coord_agenda_action *action,
                      void *owner, uint64_t number);

/* Does what is due first, and time goes on to it; false if that is after until_us. */
bool coord_agenda_turn(struct coord_agenda *agenda, uint64_t until_us);

/* Short times are likelier than long ones: 0 .. bound. */
uint64_t coord_agenda_pause(struct coord_agenda *agenda, uint64_t bound_us);

#endif
