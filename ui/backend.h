/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What gale-ui asks of the cluster: nimbus, supervisors, the cluster state, the log. A table of
 * functions, so that handlers (ui/handler.h) can be tested against one that has canned answers.
 *
 * All of them may wait, each at most for the time of the setting ui.backend.timeout.ms unless the question says
 * otherwise, and may be called by several threads at a time. Who asks gets a result or a fault of wire/control.h,
 * whatever it was asked of.
 */
#ifndef UI_BACKEND_H
#define UI_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "coord/client.h"
#include "wire/control.h"

struct log_console;
struct console_servers;

enum backend_kind {
    BACKEND_LOOKUP, /* changes nothing: an answer of the same tick may be given again */
    BACKEND_CHANGE,
};

/* Whoever waits for the answer, and may have gone meanwhile. */
struct backend_asker {
    void *context;
    bool (*is_gone)(void *context);
};

struct backend_question {
    const char *op;
    json_t *args; /* borrowed; NULL: none */
    uint64_t
        until_ns; /* of now_ns(): a supervisor is waited for no longer; 0: all of the setting's time */
    uint64_t
        limit_ms; /* a supervisor may take so long, whatever the setting says; 0: as the setting says */
    bool
        is_shared; /* whoever asks a supervisor the same within half a second gets the same answer */
    const struct backend_asker
        *asker; /* when he has gone, no supervisor is waited for; NULL: he stays */
};

struct backend {
    void *context;

    /* The nimbus that leads (docs/protocol/control.md). *ret_ok is the caller's. */
    enum control_code (*nimbus)(void *context, enum backend_kind kind,
                                const struct backend_question *question, json_t **ret_ok,
                                struct control_fault *fault);

    /* A supervisor, by its id. *ret_body is the caller's, to be freed; `ret_body` may be NULL. */
    enum control_code (*supervisor)(void *context, const char *id,
                                    const struct backend_question *question, json_t **ret_ok,
                                    void **ret_body, size_t *ret_size, struct control_fault *fault);

    /* A node of the cluster state by its whole path ("/" is the tree's root):
     *   {"path", "size": bytes, "data": base64 of at most 64 KiB, "stat": {"czxid", "mzxid", "pzxid", "ctime_ms", "mtime_ms",
     *    "version", "cversion", "aversion", "ephemeral_owner", "children"}, "children": [names, sorted, at most 1000],
     *    "children_total": n} */
    enum control_code (*coord)(void *context, const char *path, json_t **ret_ok,
                               struct control_fault *fault);

    /* The server of the cluster state that is connected to now; "" if none is. Waits for nothing. */
    void (*coord_server)(void *context, char ret_name[COORD_SERVER_NAME_MAX]);

    /* The log. NULL *ret_console with a fault if the module cannot be loaded (it says what to install). `ret_servers`
     * is what to open it with. It is asked from `ret_began_ns` on. */
    enum control_code (*log)(void *context, const struct log_console **ret_console,
                             struct console_servers *ret_servers, uint64_t *ret_began_ns,
                             struct control_fault *fault);

    /* What came of a question, and when the log was begun to be asked. NULL: it has answered; else why it has not. */
    void (*log_told)(void *context, uint64_t began_ns, const char *why);

    /* Wall clock and monotonic clock, so that handlers need none. */
    uint64_t (*wall_ms)(void *context);
    uint64_t (*now_ns)(void *context);
};

#endif
