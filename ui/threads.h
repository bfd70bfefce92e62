/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks a worker what its threads do, for /api/v1 and /api/v2: operations worker.stacks and worker.profile of its
 * supervisor (docs/protocol/control.md). Routes that ask so are of LANE_LONG (ui/http/lanes.h). Any thread.
 */
#ifndef UI_THREADS_H
#define UI_THREADS_H

#include <jansson.h>
#include <stdint.h>

#include "ui/handler.h"
#include "wire/say.h"

enum {
    THREADS_SECONDS_MIN = 1, /* of a profile */
    THREADS_SECONDS_MAX = 60,
    THREADS_SECONDS = 10,
    THREADS_WORKER_MAX = 160, /* bytes of a worker's name, with its NUL */
};

/* "supervisor:slot", as people name a worker of a topology's status. Pure, as the next one. */
void threads_worker_name(const json_t *worker, char ret_name[THREADS_WORKER_MAX]);

/* What to write instead of a worker that the topology does not have: "did you mean 's:0'?", "there is: 's:0'". */
struct said threads_choices(const json_t *status, const char *wanted);

struct threads_wanted {
    const char *topology; /* id */
    const json_t *worker; /* of the topology's status */
    uint64_t seconds;     /* 0: stacks and no profile */
};

/* The result, which is the caller's, or a fault. Waits as long as the supervisor does, whatever the server's setting
 * says, and no longer than the client. */
enum control_code threads_ask(const struct handling *handling, const struct threads_wanted *wanted,
                              json_t **ret_ok, struct control_fault *fault) MUST_USE;

#endif
