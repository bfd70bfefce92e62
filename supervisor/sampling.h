/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was asked of workers, samples of tuples, stacks or profiles: which requests wait for which worker,
 * and what has come of them so far. A request is over when its worker has said its last, has sent as many items or as many
 * bytes as are wanted, has gone, or when its time is up. Pure; belongs to its owner's thread.
 */
#ifndef SUPERVISOR_SAMPLING_H
#define SUPERVISOR_SAMPLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "supervisor/local.h"

enum {
    SAMPLING_PENDING_MAX = 64,        /* requests at a time */
    SAMPLING_BYTES_MAX = 1024 * 1024, /* of the messages that make up one answer */
    SAMPLING_NONE = SAMPLING_PENDING_MAX,
};

struct sampling_request {
    uint64_t id; /* as the worker is told; 0: the place is free */
    uint32_t slot;
    enum local_kind kind; /* of the messages that answer it */
    uint32_t left;        /* items that are still wanted */
    uint64_t deadline_ns;
    json_t *items;
    json_t *facts; /* an object: what else the last message says */
    size_t bytes;
    bool was_answered; /* of samples by any message, of others by the last */
    bool is_over;
};

struct sampling {
    uint64_t last_id;
    struct sampling_request requests[SAMPLING_PENDING_MAX];
};

/* Ids begin above `last_id`: a worker may still answer what a supervisor asked that is gone. */
void sampling_init(struct sampling *sampling, uint64_t last_id);
void sampling_done(struct sampling *sampling);

/* What is asked for: SAMPLES, STACKS or PROFILE, of one slot, and at most so many. */
struct sampling_wanted {
    enum local_kind kind;
    uint32_t slot;
    uint32_t count;
};

/* The place of a new request in the table, SAMPLING_NONE if there are too many. */
size_t sampling_begin(struct sampling *sampling, const struct sampling_wanted *wanted,
                      uint64_t deadline_ns);

/* It was not asked after all. */
void sampling_cancel(struct sampling *sampling, size_t place);

/* A message of such a kind. What belongs to no request of that kind and slot is passed over. */
void sampling_take(struct sampling *sampling, uint32_t slot, const struct local_message *message);

/* The worker of the slot has gone. */
void sampling_lose(struct sampling *sampling, uint32_t slot);

/* Returns when the next request runs out of time; UINT64_MAX if there is none. */
uint64_t sampling_tick(struct sampling *sampling, uint64_t now_ns);

/* What has come of a request. The texts and lists are the caller's: sampling_answer_done(). */
struct sampling_answer {
    enum local_kind kind;
    json_t
        *items; /* NULL if the worker has not answered, or of stacks and profiles not to the end */
    json_t *facts; /* of a profile "samples", "dropped", "ms", "hz"; "fault" if there is one */
};

/* Takes a request out that is over: its place, or SAMPLING_NONE. */
size_t sampling_end(struct sampling *sampling, struct sampling_answer *ret_answer);
void sampling_answer_done(struct sampling_answer *answer);

#endif
