/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The figures of a slot's worker on their way to nimbus: sets of parts (docs/protocol/figures.md), which are
 * not looked into.
 *
 * Parts come one by one. A set that is whole is passed on until nimbus has it, or a newer one of the same
 * process takes its place; one whose parts do not all come is dropped for the next. The last set of a
 * process that has ended is kept beside the first of the one that follows.
 *
 * A worker runs user code, and what it sends may be anything: so a set has at most FIGURES_PARTS_MAX parts and
 * FIGURE_SETS_BYTES_MAX bytes. Pure; belongs to its owner's thread. All zero bytes are a value of it.
 */
#ifndef SUPERVISOR_FIGURE_SETS_H
#define SUPERVISOR_FIGURE_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/err.h"
#include "base/text.h"
#include "coord/state/paths.h"
#include "wire/figures.h"

enum {
    FIGURE_SETS_WAITING = 2,
    FIGURE_SETS_BYTES_MAX = 16 * 1024 * 1024, /* of one set */
    FIGURE_SETS_BODY_MAX = 1024 * 1024,       /* bytes of parts in one message to nimbus */
};

/* Whose figures they are. */
struct figure_source {
    char topology[PATHS_ID_MAX + 1];
    uint32_t slot;
    uint64_t incarnation;
};

struct figure_set {
    struct figure_source source;
    uint64_t number;
    uint32_t count; /* of parts; 0: there is no set */
    uint32_t taken; /* of them */
    bool is_posted; /* and not confirmed */
    size_t bytes;
    struct text *parts; /* `count` of them; empty: not there yet */
};

struct figure_sets {
    struct figure_set waiting[FIGURE_SETS_WAITING]; /* whole, in order; of different processes */
    struct figure_set coming;
};

void figure_sets_done(struct figure_sets *sets); /* empty again */

/* ERR_LIMIT, ERR_CORRUPT: the set that was coming is dropped. */
enum err figure_sets_take(struct figure_sets *sets, const struct figure_source *source,
                          const struct figures_message *message, struct error *error) MUST_USE;

/* ---- messages to nimbus: op supervisor.figures ---- */

struct figure_post {
    const char *supervisor;
    /* Sends one message; copies. False if it cannot at the moment. */
    bool (*send)(void *context, const json_t *args, const void *body, size_t size);
    void *context;
    json_t *args; /* of the message that is being filled; NULL: none is */
    struct text body;
};

/* Puts everything that waits into messages, in order, and sends those that are full. False if one could not be
 * sent. All of it waits on until it is confirmed: a part may be sent twice. If this, or the flush that comes
 * last, is false, the sets of all slots are to be withdrawn: a message has parts of several. */
bool figure_sets_post(struct figure_sets *sets, struct figure_post *post);

/* Not all messages could be sent: nothing that waits counts as posted, whatever is confirmed next. */
void figure_sets_withdraw(struct figure_sets *sets);

/* Nimbus has what was posted. */
void figure_sets_confirm(struct figure_sets *sets);

/* Sends the last one, which is not full. */
bool figure_post_flush(struct figure_post *post);
void figure_post_done(struct figure_post *post);

#endif
