/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When each tuple of an open loop is to be sent: tuple i is due i / rate seconds after the clock was
 * first looked at. Latency counts from that moment, whenever it was really sent: if the runtime falls
 * behind, the wait counts, and no slow moment hides itself by sending less.
 */
#ifndef BENCH_TOPOLOGIES_TIMETABLE_H
#define BENCH_TOPOLOGIES_TIMETABLE_H

#include <gale/gale.h>

#include "bench/topologies/stopwatch.h"

struct timetable {
    double period_ns;
    double warmup;     /* seconds at the start that are not recorded */
    uint64_t start_ns; /* 0: not yet */
    uint64_t record_ns;
    uint64_t count; /* tuples to send in all */
    uint64_t due;   /* tuples that should have been sent when the clock was last read */
    uint64_t sent;
};

/* clang-format off */
#define TIMETABLE_SETTINGS                                                                         \
    {"rate", "1000000", "tuples a second"},                                                        \
    {"seconds", "2", "how long to send"},                                                          \
    {"warmup", "0.5", "seconds at the start that are not recorded"}
/* clang-format on */

static inline enum gale_err timetable_open(struct timetable *table, struct gale_task *task)
{
    double rate = gale_conf_f64(task, "rate", 1000000);
    double seconds = gale_conf_f64(task, "seconds", 2);

    if (!(rate >= 1 && rate <= 1e9) || !(seconds >= 0 && seconds <= 1e6))
        return gale_error(task, "rate must be within 1 .. 1e9, seconds within 0 .. 1e6");
    table->period_ns = 1e9 / rate;
    table->warmup = gale_conf_f64(task, "warmup", 0.5);
    table->count = (uint64_t)(rate * seconds);
    return GALE_OK;
}

static inline void timetable_look_at_clock(struct timetable *table)
{
    uint64_t now_ns = stopwatch_now_ns();

    if (table->start_ns == 0) {
        table->start_ns = now_ns;
        table->record_ns = now_ns + (uint64_t)(table->warmup * 1e9);
    }
    table->due = (uint64_t)((double)(now_ns - table->start_ns) / table->period_ns) + 1;
    if (table->due > table->count)
        table->due = table->count;
}

/* GALE_MORE: the next tuple is to be sent now, and counts as sent. */
static inline enum gale_next timetable_next(struct timetable *table)
{
    if (table->sent == table->count)
        return GALE_DONE;
    if (table->sent == table->due)
        timetable_look_at_clock(table);
    if (table->sent == table->due)
        return GALE_IDLE;
    table->sent++;
    return GALE_MORE;
}

/* Whether the latency of tuple `id`, which has just been acked, is to be recorded. */
static inline bool timetable_latency(const struct timetable *table, uint64_t id, uint64_t *ret_ns)
{
    uint64_t intended_ns = table->start_ns + (uint64_t)((double)id * table->period_ns);

    if (intended_ns < table->record_ns)
        return false;
    *ret_ns = stopwatch_now_ns() - intended_ns;
    return true;
}

#endif
