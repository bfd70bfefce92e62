/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "net/server.h"
#include "tests/support/suite.h"
#include "tests/unit/net/rig.h"

#define WAKES   20000
#define WAKERS  3
#define CLIENTS 4
#define ROUNDS  300

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

/* ---- waking ---- */

struct tally {
    struct rig *rig;
    _Atomic uint64_t published;
    uint64_t seen; /* by the loop */
};

static void *publish(void *argument)
{
    struct tally *tally = argument;

    for (int i = 0; i < WAKES; i++) {
        atomic_fetch_add(&tally->published, 1);
        server_wake(tally->rig->server);
    }
    return NULL;
}

static void look(struct rig *rig)
{
    struct tally *tally = rig->context;

    tally->seen = atomic_load(&tally->published);
}

static bool has_seen_all(const struct rig *rig)
{
    const struct tally *tally = rig->context;

    return tally->seen == (uint64_t)WAKERS * WAKES;
}

/* If one wake could be lost, the last would be some day, and the loop would wait for ever. */
START_TEST(no_wake_is_lost)
{
    for (int round = 0; round < 5; round++) {
        struct tally tally = {.seen = 0};
        struct rig rig = {.turned = look, .context = &tally};
        pthread_t threads[WAKERS];
        tally.rig = &rig;
        rig_start(&rig, NULL);
        for (size_t i = 0; i < WAKERS; i++)
            threads[i] = start(publish, &tally);
        rig_run_until(&rig, has_seen_all);
        for (size_t i = 0; i < WAKERS; i++)
            join(threads[i]);
        rig_stop(&rig);
    }
}
END_TEST

/* ---- stopping ---- */

static void *stop(void *argument)
{
    struct rig *rig = argument;

    server_stop(rig->server);
    return NULL;
}

START_TEST(another_thread_stops_the_loop)
{
    struct rig rig = {.received = rig_echo};

    rig_start(&rig, NULL);
    for (int i = 0; i < 100; i++) {
        pthread_t thread = start(stop, &rig);
        server_run(rig.server);
        join(thread);
    }
    rig_stop(&rig);
}
END_TEST

/* What the handler acts on. */
static _Atomic(struct server *)
    stopped; /* NOLINT(cppcoreguidelines-avoid-non-const-global-variables) */

static void stop_by_signal(int signal_number)
{
    (void)signal_number;
    server_stop(atomic_load(&stopped));
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
    struct rig rig = {.received = rig_echo};
    pthread_t self = pthread_self();

    rig_start(&rig, NULL);
    atomic_store(&stopped, rig.server);
    ck_assert_int_eq(sigaction(SIGUSR1, &action, &before), 0);
    for (int i = 0; i < 20; i++) {
        pthread_t thread = start(send_signal, &self);
        server_run(rig.server);
        join(thread);
    }
    ck_assert_int_eq(sigaction(SIGUSR1, &before, NULL), 0);
    rig_stop(&rig);
}
END_TEST

/* ---- clients at the same time ---- */

static void *talk(void *argument)
{
    const struct rig *rig = argument;

    for (int round = 0; round < ROUNDS; round++) {
        int client = client_connect(rig);
        client_send(client, "how are ");
        client_send(client, "you");
        client_expect(client, "how are you");
        client_close(client);
    }
    return NULL;
}

START_TEST(clients_come_and_go_while_others_are_served)
{
    struct rig rig = {.received = rig_echo};
    pthread_t threads[CLIENTS];

    rig_start(&rig, NULL);
    for (size_t i = 0; i < CLIENTS; i++)
        threads[i] = start(talk, &rig);
    rig_run_until_closed(&rig, CLIENTS * ROUNDS);
    for (size_t i = 0; i < CLIENTS; i++)
        join(threads[i]);
    ck_assert_uint_eq(server_counts(rig.server).connections, 0);
    ck_assert_uint_eq(server_counts(rig.server).accepted, CLIENTS * ROUNDS);
    rig_stop(&rig);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        no_wake_is_lost,
        another_thread_stops_the_loop,
        a_signal_handler_stops_the_loop,
        clients_come_and_go_while_others_are_served,
    };
    return suite_run("server threads", tests, COUNT_OF(tests));
}
