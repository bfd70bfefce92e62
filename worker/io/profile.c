/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread's entry is its own but for the signal: `mine` leads the handler to it. The list of threads
 * is guarded by a mutex that no handler touches. The table is guarded by a flag that a handler tries
 * for a moment: who does not get it drops its sample, because the holder may be the interrupted thread.
 */
#include "worker/io/profile.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/mem.h"
#include "worker/io/crash.h"
#include "worker/io/unwind.h"

enum {
    TRIES = 100, /* to get at the table */
    SECOND_NS = 1000000000,
};

enum answer {
    ANSWER_NONE,
    ANSWER_WANTED,
    ANSWER_GIVEN,
};

struct thread {
    bool is_used;
    bool is_timed;
    pthread_t id;
    pid_t tid;
    int32_t number;
    const struct crash_context *context;
    timer_t timer;
    _Atomic int answer; /* enum answer */
    struct stack stack; /* the handler's while it is wanted */
};

struct profile_state {
    pthread_mutex_t mutex;
    bool has_handler;
    struct thread threads[PROFILE_THREADS_MAX];
    atomic_flag table_is_held;
    struct stack_table *table; /* NULL: no profile is taken */
    _Atomic uint64_t dropped;
};

/* A signal handler has no other way to them. NOLINTBEGIN(*-non-const-global-variables) */
static struct profile_state state = {.mutex = PTHREAD_MUTEX_INITIALIZER,
                                     .table_is_held = ATOMIC_FLAG_INIT};
static _Thread_local struct thread *mine;
/* NOLINTEND(*-non-const-global-variables) */

/* ---- in the handler ---- */

static void look(const struct thread *thread, const ucontext_t *machine, struct stack *stack)
{
    const struct crash_context *context = thread->context;

    stack->thread = thread->number;
    stack->component = context == NULL ? NULL : context->component;
    stack->task = stack->component == NULL ? 0 : context->task_index;
    stack->doing = stack->component == NULL ? NULL : context->doing;
    stack->depth = unwind_frames(machine, stack->frames, STACK_FRAMES_MAX);
}

static bool hold_table(void)
{
    for (int i = 0; i < TRIES; i++)
        if (!atomic_flag_test_and_set(&state.table_is_held))
            return true;
    return false;
}

static void count_stack(const struct thread *thread, const ucontext_t *machine)
{
    struct stack stack;

    look(thread, machine, &stack);
    if (!hold_table()) {
        atomic_fetch_add(&state.dropped, 1);
        return;
    }
    if (state.table != NULL)
        (void)stack_table_add(state.table, &stack);
    atomic_flag_clear(&state.table_is_held);
}

static void handle(int number, siginfo_t *info, void *machine)
{
    int saved_errno = errno;
    struct thread *thread = mine;

    (void)number;
    if (thread != NULL && !crash_is_reporting()) {
        if (info->si_code == SI_TIMER) {
            count_stack(thread, machine);
        } else if (atomic_load(&thread->answer) == ANSWER_WANTED) {
            look(thread, machine, &thread->stack);
            atomic_store(&thread->answer, ANSWER_GIVEN);
        }
    }
    errno = saved_errno;
}

/* It stays: a signal may come late, and without a handler it ends the process. */
static void install(void)
{
    struct sigaction action = {.sa_sigaction = handle,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};

    if (state.has_handler)
        return;
    unwind_prepare();
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGPROF, &action, NULL);
    state.has_handler = true;
}

/* ---- the threads ---- */

static void lock(void)
{
    int status = pthread_mutex_lock(&state.mutex);

    ASSERT(status == 0);
}

static void unlock(void)
{
    int status = pthread_mutex_unlock(&state.mutex);

    ASSERT(status == 0);
}

static struct thread *find_free(void)
{
    for (size_t i = 0; i < PROFILE_THREADS_MAX; i++)
        if (!state.threads[i].is_used)
            return &state.threads[i];
    return NULL;
}

void profile_enter(int32_t number, const struct crash_context *context)
{
    ASSERT(mine == NULL);
    lock();
    struct thread *thread = find_free();
    if (thread != NULL) {
        thread->is_used = true;
        thread->is_timed = false;
        thread->id = pthread_self();
        thread->tid = gettid();
        thread->number = number;
        thread->context = context;
        atomic_store(&thread->answer, ANSWER_NONE);
        mine = thread;
    }
    unlock();
}

static void stop_timer(struct thread *thread)
{
    if (thread->is_timed)
        (void)timer_delete(thread->timer);
    thread->is_timed = false;
}

void profile_leave(void)
{
    struct thread *thread = mine;

    mine = NULL;
    if (thread == NULL)
        return;
    lock();
    stop_timer(thread);
    thread->is_used = false;
    unlock();
}

/* ---- stacks ---- */

void profile_ask_stacks(void)
{
    install();
    lock();
    for (size_t i = 0; i < PROFILE_THREADS_MAX; i++) {
        struct thread *thread = &state.threads[i];
        /* One that has not answered the last time has the signal still before it. */
        if (!thread->is_used || atomic_load(&thread->answer) == ANSWER_WANTED)
            continue;
        thread->stack = (struct stack){.thread = thread->number};
        atomic_store(&thread->answer, ANSWER_WANTED);
        (void)pthread_kill(thread->id, SIGPROF);
    }
    unlock();
}

bool profile_has_stacks(void)
{
    bool has = true;

    lock();
    for (size_t i = 0; i < PROFILE_THREADS_MAX; i++)
        if (state.threads[i].is_used && atomic_load(&state.threads[i].answer) == ANSWER_WANTED)
            has = false;
    unlock();
    return has;
}

/* Of one that has not answered the stack is still its handler's. */
static bool take_stack(struct thread *thread, struct stack *ret_stack)
{
    int answer = thread->is_used ? atomic_load(&thread->answer) : ANSWER_NONE;

    if (answer == ANSWER_GIVEN) {
        *ret_stack = thread->stack;
        atomic_store(&thread->answer, ANSWER_NONE);
    } else if (answer == ANSWER_WANTED) {
        *ret_stack = (struct stack){.thread = thread->number};
    }
    return answer != ANSWER_NONE;
}

size_t profile_take_stacks(struct stack *ret_stacks)
{
    size_t count = 0;

    lock();
    for (size_t i = 0; i < PROFILE_THREADS_MAX; i++)
        count += take_stack(&state.threads[i], &ret_stacks[count]);
    unlock();
    return count;
}

/* ---- profile ---- */

/* On the thread's own processor time: a thread that waits is not woken. */
static bool start_timer(struct thread *thread, uint32_t hz)
{
    struct itimerspec every = {.it_interval.tv_nsec = SECOND_NS / (long)hz,
                               .it_value.tv_nsec = SECOND_NS / (long)hz};
    struct sigevent event;
    clockid_t clock;

    memset(&event, 0, sizeof event);
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGPROF;
    event._sigev_un._tid = thread->tid; /* glibc has no better name for it */
    if (pthread_getcpuclockid(thread->id, &clock) != 0 ||
        timer_create(clock, &event, &thread->timer) != 0)
        return false;
    thread->is_timed = true;
    return timer_settime(thread->timer, 0, &every, NULL) == 0;
}

static void set_table(struct stack_table *table)
{
    while (!hold_table())
        (void)sched_yield();
    state.table = table;
    atomic_flag_clear(&state.table_is_held);
}

static void stop_timers(void)
{
    lock();
    for (size_t i = 0; i < PROFILE_THREADS_MAX; i++)
        stop_timer(&state.threads[i]);
    unlock();
}

enum err profile_begin(uint32_t hz, struct error *error)
{
    bool is_good = true;

    ASSERT(state.table == NULL && hz > 1);
    install();
    atomic_store(&state.dropped, 0);
    set_table(NEW(struct stack_table));
    lock();
    for (size_t i = 0; i < PROFILE_THREADS_MAX && is_good; i++)
        is_good = !state.threads[i].is_used || start_timer(&state.threads[i], hz);
    unlock();
    if (is_good)
        return ERR_OK;
    free(profile_end());
    return error_set(error, ERR_IO, "the system has no timer left");
}

struct stack_table *profile_end(void)
{
    struct stack_table *table = state.table;

    stop_timers();
    set_table(NULL);
    table->dropped += atomic_load(&state.dropped);
    return table;
}
