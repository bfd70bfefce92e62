/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "net/reactor.h"
#include "tests/support/suite.h"

#define WAKES  20000
#define WAKERS 3

static pthread_t start(void *(*run)(void *), void *argument)
{
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, run, argument), 0);
    return thread;
}

static void join(pthread_t thread)
{
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

struct tally {
    struct reactor *reactor;
    _Atomic uint64_t published;
};

static void *publish(void *argument)
{
    struct tally *tally = argument;

    for (int i = 0; i < WAKES; i++) {
        atomic_fetch_add(&tally->published, 1);
        reactor_wake(tally->reactor);
    }
    return NULL;
}

static void look(void *context, uint64_t now_ns)
{
    struct tally *tally = context;

    (void)now_ns;
    if (atomic_load(&tally->published) == (uint64_t)WAKERS * WAKES)
        reactor_stop(tally->reactor);
}

/* If one wake could be lost, the last would be some day, and the loop would wait for ever. */
START_TEST(no_wake_is_lost)
{
    for (int round = 0; round < 5; round++) {
        struct tally tally = {.reactor = reactor_new()};
        pthread_t threads[WAKERS];
        reactor_on_turn(tally.reactor, look, &tally);
        for (size_t i = 0; i < WAKERS; i++)
            threads[i] = start(publish, &tally);
        reactor_run(tally.reactor);
        for (size_t i = 0; i < WAKERS; i++)
            join(threads[i]);
        reactor_destroy(&tally.reactor);
    }
}
END_TEST

static void *stop(void *argument)
{
    reactor_stop(argument);
    return NULL;
}

START_TEST(another_thread_stops_the_loop)
{
    struct reactor *reactor = reactor_new();

    for (int i = 0; i < 100; i++) {
        pthread_t thread = start(stop, reactor);
        reactor_run(reactor);
        join(thread);
    }
    reactor_destroy(&reactor);
}
END_TEST

/* What the handler acts on. */
static _Atomic(struct reactor *)
    stopped; /* NOLINT(cppcoreguidelines-avoid-non-const-global-variables) */

static void stop_by_signal(int signal_number)
{
    (void)signal_number;
    reactor_stop(atomic_load(&stopped));
}

static void *send_signal(void *argument)
{
    const pthread_t *target = argument;

    ck_assert_int_eq(pthread_kill(*target, SIGUSR1), 0);
    return NULL;
}

START_TEST(a_signal_handler_stops_the_loop)
{
    struct sigaction action = {.sa_handler = stop_by_signal};
    struct sigaction before;
    struct reactor *reactor = reactor_new();
    pthread_t self = pthread_self();

    atomic_store(&stopped, reactor);
    ck_assert_int_eq(sigaction(SIGUSR1, &action, &before), 0);
    for (int i = 0; i < 20; i++) {
        pthread_t thread = start(send_signal, &self);
        reactor_run(reactor);
        join(thread);
    }
    ck_assert_int_eq(sigaction(SIGUSR1, &before, NULL), 0);
    reactor_destroy(&reactor);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        no_wake_is_lost,
        another_thread_stops_the_loop,
        a_signal_handler_stops_the_loop,
    };
    return suite_run("reactor threads", tests, COUNT_OF(tests));
}
