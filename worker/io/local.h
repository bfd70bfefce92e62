/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a whole topology in this process: loops on threads, no other daemon. This is `gale run`.
 */
#ifndef WORKER_IO_LOCAL_H
#define WORKER_IO_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include <gale/types.h>

#include "base/err.h"
#include "wire/config.h"
#include "wire/plan.h"
#include "worker/summary.h"

struct local_options {
    const struct gale_topology *topology;
    const struct plan *plan; /* checked; of this topology, with the settings applied */
    const struct config *config;
    const char *const *args; /* what stood after `--` */
    uint32_t arg_count;
    bool inactive; /* start with the spouts deactivated */
    /* Called about once a second on the calling thread while the run goes on; may be NULL. */
    void (*on_progress)(void *context, const struct summary *summary);
    /* Called on the calling thread when a stop was heeded, with how long it may take (0: at once);
     * may be NULL. */
    void (*on_stopping)(void *context, uint64_t drain_ms);
    void *context;
};

enum local_end {
    LOCAL_DONE,        /* every spout said done, every tree is settled */
    LOCAL_INTERRUPTED, /* local_stop() was called, and what was open was drained in time */
    LOCAL_ABANDONED,   /* the same, but open trees were left after topology.drain.secs */
};

/*
 * Blocks until the run ends. All pointers in `options` are borrowed for that time. On success the
 * caller owns *ret_summary. ERR_INVALID if a task's `open` refused, ERR_CRASHED if a task was
 * stopped for breaking a rule; the error names component, task and reason. Only one run at a time.
 */
MUST_USE enum err local_run(const struct local_options *options, enum local_end *ret_end,
                            struct summary **ret_summary, struct error *error);

/* May be called from a signal handler or any thread. The first call lets spouts stop and open trees
 * finish, for at most topology.drain.secs; the second gives up what is open. Returns how many there
 * were: user code that blocks is beyond the reach of either. */
uint32_t local_stop(void);

/* Deactivates or activates the spouts of the run. May be called from a signal handler. */
void local_set_active(bool active);

#endif
