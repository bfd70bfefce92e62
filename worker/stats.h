/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long user code takes, and where tuples wait: what is counted of it, and how.
 *
 * Tuples are counted one by one where they are (struct input_stats, emitter, route). Time is measured
 * for as many at once as were executed in a row: the clock is read when a block, or the part of it
 * that fits into the turn, is done, and that is also the beginning of the next. Blocks that hold few tuples
 * share a reading, up to STATS_BATCH tuples. The time is divided
 * over the tuples so that the sums are exact to the nanosecond, and each tuple counts in the
 * histograms with the mean. A stage whose tuples take longer than STATS_SLOW_NS is timed tuple by
 * tuple: a reading is then below a hundredth of it. So it is with the calls of a spout.
 *
 * Without topology.stats the counters are all there is: no clock is read, and the functions here
 * return at once.
 *
 * Internal to worker/, part of runtime.h. Each loop has its own; other threads read with relaxed loads.
 */
#ifndef WORKER_STATS_H
#define WORKER_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/histogram.h"

#define STATS_SLOW_NS UINT64_C(5000)
#define STATS_BATCH   256u /* tuples */
#define STATS_FEW     32u  /* tasks and inputs that may be asked after any number of tuples */

struct block;
struct loop;
struct stage;
struct task;

/* Of one task and one of its input streams. What is usual costs one addition: a tuple that is executed and
 * acked. */
struct input_stats {
    uint64_t acked_at_once;
    uint64_t executed_otherwise; /* failed or held */
    uint64_t acked_later;        /* after it was held */
    uint64_t failed;
    uint64_t execute_ns;
    uint64_t process_ns; /* of those acked or failed, from the beginning of execute */
    /* own: what the times are of, and the histograms */
    uint64_t executed_seen;
    uint64_t settled_seen;
};

/* ... and are read by any thread. */
static inline uint64_t input_executed(const struct input_stats *stats)
{
    return __atomic_load_n(&stats->acked_at_once, __ATOMIC_RELAXED) +
           __atomic_load_n(&stats->executed_otherwise, __ATOMIC_RELAXED);
}

/* To be read before input_executed(), so that it is never more: the counters grow meanwhile. */
static inline uint64_t input_acked(const struct input_stats *stats)
{
    return __atomic_load_n(&stats->acked_at_once, __ATOMIC_ACQUIRE) +
           __atomic_load_n(&stats->acked_later, __ATOMIC_ACQUIRE);
}

/* Of one input stream, over all tasks of a stage. The histograms are there once they are needed. */
struct stage_input {
    struct histogram *execute_ns;
    struct histogram *process_ns;
    uint64_t executed; /* own: of the batch that is being divided */
    uint64_t settled;
};

struct stage_stats {
    uint32_t input_count; /* at least 1: so every tuple has one */
    uint32_t pending;     /* tuples that were executed since the last reading */
    struct stage_input *inputs;
    bool is_slow;               /* as it was last */
    uint64_t blocked_since_ns;  /* 0: it is not */
    uint64_t blocked_ns;        /* before that */
    uint64_t blocked_told_ns;   /* of who writes figures */
    uint64_t queue_bytes;       /* of whole blocks, as credit is counted */
    uint64_t queue_limit_bytes; /* of all lanes that lead to it */
};

/* The loop has one; it says since when time has not been accounted for. */
struct stats_clock {
    bool is_on;
    bool is_set; /* in this turn */
    uint64_t mark_ns;
};

void stats_init(struct stage *stage);
void stats_done(struct stage *stage);

/* At the beginning of a turn: `is_fresh` if nothing has been done since `now_ns` was read. */
static inline void stats_turn(struct stats_clock *clock, uint64_t now_ns, bool is_fresh)
{
    clock->is_set = is_fresh && clock->is_on;
    clock->mark_ns = now_ns;
}

/* Time counts from now on, unless it does so already in this turn. Before user code is called. */
void stats_set(struct loop *loop);

static inline void stats_begin(struct loop *loop, const struct stats_clock *clock)
{
    if (clock->is_on && !clock->is_set)
        stats_set(loop);
}

/* ---- bolts ---- */

/* How many of `budget` tuples may be executed before the next reading. */
uint32_t stats_batch(const struct stage *stage, uint32_t budget);

/* `count` tuples of the block were executed, from byte `first` to its cursor. */
void stats_executed(struct stage *stage, const struct block *block, uint32_t first, uint32_t count);

/* No more is executed in this turn. */
void stats_rest(struct stage *stage);

/* A held tuple was acked or failed; it was executed at `began_ns`. */
void stats_settled(struct task *task, struct input_stats *input, uint64_t began_ns);

/* ---- spouts ---- */

/* Divides the time since the last reading over all calls of the stage's tasks since then. */
void stats_called(struct stage *stage);

/* The same, if its calls are slow. */
void stats_called_slowly(struct stage *stage);

/* Trees of one task that took equally long, and are counted together. */
struct stats_trees {
    struct task *task;
    uint64_t age_ns;
    uint64_t count;
};

/* One more is complete; `trees` begins with zeros and ends with stats_flush_trees(). */
void stats_flush_trees(struct stats_trees *trees);

static inline void stats_complete(struct stats_trees *trees, struct task *task, uint64_t age_ns)
{
    if (trees->task != task || trees->age_ns != age_ns) {
        stats_flush_trees(trees);
        trees->task = task;
        trees->age_ns = age_ns;
    }
    trees->count++;
}

/* ---- both ---- */

/* A call that is neither of these: the time since the last reading is the task's. */
void stats_ticked(struct task *task);

/* At the end of a step. `has_moved`: it had room, for a while at least; `is_blocked`: it has something to
 * do and no room. */
void stats_blocked(struct stage *stage, bool has_moved, bool is_blocked);

/* For how long a stage was blocked in all, never less than was told before. For who writes figures. */
uint64_t stats_blocked_ns(struct stage *stage, uint64_t now_ns);

/* As another thread sees it; NULL: nothing was added yet. */
const struct histogram *stats_histogram(struct histogram *const *histogram);

#endif
