/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/local.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "worker/conductor.h"
#include "worker/io/crash.h"
#include "worker/loop.h"
#include "worker/runtime.h"
#include "worker/summary_build.h"
#include "worker/worker.h"

#define PROGRESS_NS    UINT64_C(1000000000)
#define TIMER_SLACK_NS 1000UL

/* A loop without work looks around for SPIN_NS before it sleeps, if there are cores enough for all
 * loops and news has usually come within that time: to sleep and be woken costs about as much. */
#define SPIN_NS      UINT64_C(50000)
#define SPIN_LOOKS   16
#define LONG_WAIT_NS (4 * SPIN_NS)

struct run {
    const struct local_options *options;
    struct worker *worker;
    struct conductor conductor;
    pthread_t *threads;
    uint32_t thread_count;
    uint64_t cpu_start_ns;
    uint64_t progress_ns; /* when to tell next */
    uint32_t stops_seen;
    bool may_spin;
};

/* What local_stop() and local_set_active() act on; signal handlers have no other way to it. */
static struct {
    _Atomic(struct run *) run;
    _Atomic uint32_t stops;
    _Atomic bool active;
} current; /* NOLINT(cppcoreguidelines-avoid-non-const-global-variables) */

/* ---- a loop's thread ---- */

struct loop_thread {
    struct loop *loop;
    bool may_spin;
    uint64_t usual_wait_ns; /* for news, on average */
};

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static bool look(const struct loop *loop)
{
    for (int i = 0; i < SPIN_LOOKS; i++) {
        if (loop_has_input(loop))
            return true;
        relax();
    }
    return false;
}

/* Whether it is worth looking around: news has usually come soon, and there may be some. */
static bool may_spin(const struct loop_thread *thread)
{
    return thread->may_spin && thread->usual_wait_ns <= SPIN_NS;
}

/* Looks around until news comes (true), or it is time to sleep. */
static bool spin(const struct loop_thread *thread, uint64_t end_ns)
{
    do {
        if (look(thread->loop))
            return true;
    } while (clock_now_ns() < end_ns);
    return false;
}

static void wait_for_news(struct loop_thread *thread)
{
    struct loop *loop = thread->loop;
    uint64_t start_ns = clock_now_ns();
    uint64_t deadline_ns = loop_deadline_ns(loop);

    /* Nothing is gained by spinning up to a deadline: it will not come earlier. */
    bool news =
        may_spin(thread) && deadline_ns > start_ns + SPIN_NS && spin(thread, start_ns + SPIN_NS);
    if (!news) {
        if (loop_rest_begin(loop))
            parker_sleep(&loop->parker, deadline_ns);
        news = loop_has_input(loop);
        loop_rest_end(loop);
    }
    /* One long wait should not outweigh many short ones; what a deadline ended was a long one. */
    uint64_t wait_ns = clock_now_ns() - start_ns;
    wait_ns = news && wait_ns < LONG_WAIT_NS ? wait_ns : LONG_WAIT_NS;
    thread->usual_wait_ns = (7 * thread->usual_wait_ns + wait_ns) / 8;
}

static void *run_loop(void *argument)
{
    struct loop_thread thread = *(struct loop_thread *)argument;

    free(argument);
    (void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    crash_enter(&thread.loop->crash);
    while (!loop_is_closed(thread.loop)) {
        if (!loop_turn(thread.loop, clock_now_ns()))
            wait_for_news(&thread);
    }
    crash_leave();
    return NULL;
}

static enum err start_threads(struct run *run, struct error *error)
{
    run->threads = NEW_ARRAY(pthread_t, run->worker->loop_count);
    for (uint32_t i = 0; i < run->worker->loop_count; i++) {
        struct loop_thread *thread = NEW(struct loop_thread);
        *thread = (struct loop_thread){.loop = run->worker->loops[i], .may_spin = run->may_spin};
        int status = pthread_create(&run->threads[i], NULL, run_loop, thread);
        if (status != 0) {
            free(thread);
            worker_fail(run->worker, ERR_IO, "cannot start a thread");
            return error_set(error, ERR_IO, "cannot start thread %u of %u: %s", i + 1,
                             run->worker->loop_count, strerror(status));
        }
        run->thread_count++;
    }
    return ERR_OK;
}

/* ---- the main thread ---- */

static uint32_t count_cores(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : (uint32_t)count;
}

static void write_log(enum gale_log_level level, const char *component, uint32_t task_index,
                      const char *message)
{
    static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR};
    unsigned index = (unsigned)level < COUNT_OF(levels) ? (unsigned)level : LOG_ERROR;

    log_line(levels[index], "task.says", "component=%s task=%u message=\"%s\"", component,
             task_index, message);
}

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

static void join_threads(struct run *run)
{
    for (uint32_t i = 0; i < run->thread_count; i++)
        (void)pthread_join(run->threads[i], NULL);
    free(run->threads);
    run->threads = NULL;
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
    uint32_t cores = count_cores();
    struct worker_options worker_options = {
        .topology = options->topology,
        .plan = options->plan,
        .config = options->config,
        .loops = options->config->loops == 0 ? cores : options->config->loops,
        .seed = options->config->seed == 0 ? clock_now_ns() : options->config->seed,
        .args = options->args,
        .arg_count = options->arg_count,
        .log = write_log,
    };
    enum err err = worker_new(&worker_options, &run->worker, error);

    if (err == ERR_OK)
        run->may_spin = run->worker->loop_count > 1 && run->worker->loop_count <= cores;
    return err;
}

enum err local_run(const struct local_options *options, enum local_end *ret_end,
                   struct summary **ret_summary, struct error *error)
{
    struct run run = {.options = options, .cpu_start_ns = clock_cpu_ns()};
    enum err err = build(&run, error);

    if (err != ERR_OK)
        return err;
    log_set_level((enum log_level)options->config->log_level);
    crash_install();
    atomic_store(&current.active, !options->inactive);
    atomic_store(&run.worker->is_active, !options->inactive);
    atomic_store(&current.run, &run);
    conductor_init(&run.conductor, run.worker);
    err = start_threads(&run, error);
    if (err == ERR_OK)
        conduct(&run);
    else
        (void)conductor_step(&run.conductor, clock_now_ns()); /* closes the loops that there are */
    join_threads(&run);
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
