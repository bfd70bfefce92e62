/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "worker/io/crash.h"
#include "worker/io/profile.h"
#include "worker/loop.h"
#include "worker/runtime.h"

#define TIMER_SLACK_NS 1000UL

/* A loop without work looks around for SPIN_NS before it sleeps, if there are cores enough for all
 * loops and news has usually come within that time: to sleep and be woken costs about as much. */
#define SPIN_NS      UINT64_C(50000)
#define SPIN_LOOKS   16
#define LONG_WAIT_NS (4 * SPIN_NS)

struct threads {
    uint32_t count;
    pthread_t *ids;
};

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
    profile_enter((int32_t)thread.loop->index, &thread.loop->crash);
    while (!loop_is_closed(thread.loop)) {
        if (!loop_turn(thread.loop, clock_now_ns()))
            wait_for_news(&thread);
    }
    profile_leave();
    crash_leave();
    return NULL;
}

uint32_t threads_cores(void)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : (uint32_t)count;
}

void threads_log(enum gale_log_level level, const char *component, uint32_t task_index,
                 const char *message)
{
    static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR};
    unsigned index = (unsigned)level < COUNT_OF(levels) ? (unsigned)level : LOG_ERROR;

    log_line(levels[index], "task.says", "component=%s task=%u message=\"%s\"", component,
             task_index, message);
}

/* Alone on its cores a worker may look around; beside others, as in a cluster on one machine, the time
 * is theirs. */
static bool is_spinning_wise(const struct worker *worker)
{
    return worker->postman == NULL && worker->loop_count > 1 &&
           worker->loop_count <= threads_cores();
}

uint64_t threads_clock(void *context)
{
    (void)context;
    return clock_now_ns();
}

enum err threads_start(struct worker *worker, struct threads **ret_threads, struct error *error)
{
    struct threads *threads = NEW(struct threads);
    bool spins = is_spinning_wise(worker);

    threads->ids = NEW_ARRAY(pthread_t, worker->loop_count);
    *ret_threads = threads;
    for (uint32_t i = 0; i < worker->loop_count; i++) {
        struct loop_thread *thread = NEW(struct loop_thread);
        *thread = (struct loop_thread){.loop = worker->loops[i], .may_spin = spins};
        int status = pthread_create(&threads->ids[i], NULL, run_loop, thread);
        if (status != 0) {
            free(thread);
            worker_fail(worker, ERR_IO, "cannot start a thread");
            return error_set(error, ERR_IO, "cannot start thread %u of %u: %s", i + 1,
                             worker->loop_count, strerror(status));
        }
        threads->count++;
    }
    return ERR_OK;
}

void threads_join(struct threads **threads)
{
    if (*threads == NULL)
        return;
    for (uint32_t i = 0; i < (*threads)->count; i++)
        (void)pthread_join((*threads)->ids[i], NULL);
    free((*threads)->ids);
    free(*threads);
    *threads = NULL;
}
