/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/local.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "worker/conductor.h"
#include "worker/io/crash.h"
#include "worker/io/services.h"
#include "worker/io/threads.h"
#include "worker/runtime.h"
#include "worker/summary_build.h"
#include "worker/worker.h"

#define PROGRESS_NS UINT64_C(1000000000)
struct run {
    const struct local_options *options;
    struct worker *worker;
    struct conductor conductor;
    struct threads *threads;
    uint64_t cpu_start_ns;
    uint64_t progress_ns; /* when to tell next */
    uint32_t stops_seen;
    char name[40]; /* no other run has it */
};

/* What local_stop() and local_set_active() act on; signal handlers have no other way to it. */
static struct {
    _Atomic(struct run *) run;
    _Atomic uint32_t stops;
    _Atomic bool active;
} current; /* NOLINT(cppcoreguidelines-avoid-non-const-global-variables) */

/* ---- the main thread ---- */

static void heed_signals(struct run *run, uint64_t now_ns)
{
    uint32_t stops = atomic_load(&current.stops);

    /* Several may have come since the last look. */
    if (stops > run->stops_seen) {
        uint64_t drain_ms = stops > 1 ? 0 : run->options->config->drain_ms;
        conductor_stop(&run->conductor, now_ns, drain_ms);
        if (run->options->on_stopping != NULL)
            run->options->on_stopping(run->options->context, drain_ms);
    }
    run->stops_seen = stops;

    bool active = atomic_load(&current.active);
    if (active != atomic_load(&run->worker->is_active)) {
        atomic_store(&run->worker->is_active, active);
        for (uint32_t i = 0; i < run->worker->loop_count; i++)
            parker_wake(&run->worker->loops[i]->parker);
    }
}

static struct summary *summarise(const struct run *run, uint64_t end_ns)
{
    uint64_t start_ns = run->conductor.started_ns;
    uint64_t elapsed_ns = start_ns == 0 ? 0 : end_ns - start_ns;

    return summary_build(run->worker, elapsed_ns, clock_cpu_ns() - run->cpu_start_ns);
}

static void tell_progress(struct run *run, uint64_t now_ns)
{
    if (run->conductor.phase != CONDUCTOR_RUNNING || now_ns < run->progress_ns)
        return;
    run->progress_ns = now_ns + PROGRESS_NS;
    if (run->options->on_progress == NULL)
        return;
    AUTO(summary_destroy) struct summary *summary = summarise(run, now_ns);
    run->options->on_progress(run->options->context, summary);
}

static bool has_news(const struct run *run)
{
    return atomic_load(&current.stops) != run->stops_seen ||
           atomic_load(&current.active) != atomic_load(&run->worker->is_active);
}

/* The end of the next sleep: a deadline of the conductor, or the next progress. */
static uint64_t next_look_ns(const struct run *run, uint64_t now_ns)
{
    uint64_t deadline_ns = conductor_deadline_ns(&run->conductor);
    uint64_t look_ns = run->progress_ns > now_ns ? run->progress_ns : now_ns + PROGRESS_NS;

    return deadline_ns < look_ns ? deadline_ns : look_ns;
}

static void conduct(struct run *run)
{
    struct parker *parker = &run->worker->conductor;

    run->progress_ns = clock_now_ns() + PROGRESS_NS;
    for (;;) {
        uint64_t now_ns = clock_now_ns();
        heed_signals(run, now_ns);
        /* Announced before the look at the loops, so that news during the look is not slept
         * through. */
        parker_prepare(parker);
        enum conductor_phase before = run->conductor.phase;
        bool goes_on = conductor_step(&run->conductor, now_ns);
        if (!goes_on || run->conductor.phase != before || has_news(run))
            parker_cancel(parker);
        else
            parker_sleep(parker, next_look_ns(run, now_ns));
        if (!goes_on)
            return;
        tell_progress(run, clock_now_ns());
    }
}

static enum err finish(struct run *run, enum local_end *ret_end, struct summary **ret_summary,
                       struct error *error)
{
    if (atomic_load(&run->worker->has_failed))
        return error_set(error, run->worker->failure.code, "%s", run->worker->failure.text);
    *ret_end = run->conductor.is_abandoned  ? LOCAL_ABANDONED
               : run->conductor.is_stopping ? LOCAL_INTERRUPTED
                                            : LOCAL_DONE;
    *ret_summary = summarise(run, run->conductor.ended_ns);
    return ERR_OK;
}

static enum err build(struct run *run, struct error *error)
{
    const struct local_options *options = run->options;
    struct worker_options worker_options = {
        .topology = options->topology,
        .plan = options->plan,
        .config = options->config,
        .loops = options->config->loops == 0 ? threads_cores() : options->config->loops,
        .seed = options->config->seed == 0 ? clock_now_ns() : options->config->seed,
        .args = options->args,
        .arg_count = options->arg_count,
        .log = threads_log,
        .find_service = services_find,
        .run = run->name,
        .clock = threads_clock,
    };

    return worker_new(&worker_options, &run->worker, error);
}

static void name_run(struct run *run)
{
    (void)snprintf(run->name, sizeof run->name, "%" PRIx64 "-%" PRIx64, clock_wall_ms(),
                   clock_now_ns());
}

enum err local_run(const struct local_options *options, enum local_end *ret_end,
                   struct summary **ret_summary, struct error *error)
{
    struct run run = {.options = options, .cpu_start_ns = clock_cpu_ns()};
    name_run(&run);
    enum err err = build(&run, error);

    if (err != ERR_OK)
        return err;
    log_set_level((enum log_level)options->config->log_level);
    crash_install();
    atomic_store(&current.active, !options->inactive);
    atomic_store(&run.worker->is_active, !options->inactive);
    atomic_store(&current.run, &run);
    conductor_init(&run.conductor, run.worker);
    err = threads_start(run.worker, &run.threads, error);
    if (err == ERR_OK)
        conduct(&run);
    else
        (void)conductor_step(&run.conductor, clock_now_ns()); /* closes the loops that there are */
    threads_join(&run.threads);
    atomic_store(&current.run, NULL);
    atomic_store(&current.stops, 0); /* not before: one may have come while the run was built */
    if (err == ERR_OK)
        err = finish(&run, ret_end, ret_summary, error);
    worker_destroy(&run.worker);
    return err;
}

static void wake_conductor(void)
{
    struct run *run = atomic_load(&current.run);

    if (run != NULL)
        parker_wake(&run->worker->conductor);
}

uint32_t local_stop(void)
{
    uint32_t stops = atomic_fetch_add(&current.stops, 1) + 1;

    wake_conductor();
    return stops;
}

void local_set_active(bool active)
{
    atomic_store(&current.active, active);
    wake_conductor();
}
