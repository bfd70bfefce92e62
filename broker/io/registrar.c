/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX threads and poll(). */
#include "broker/io/registrar.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"
#include "net/bell.h"

/* What crosses between the two threads crosses as a whole, by an exchange of pointers: whoever takes
 * one out owns it, and what nobody has taken yet is replaced. */
struct registrar {
    _Atomic(struct registration_topics *) told;  /* the loop puts, the thread takes */
    _Atomic(struct registrar_status *) reported; /* the thread puts, the loop takes */
    _Atomic bool is_stopping;
    struct bell bell; /* for the thread */
    void (*wake)(void *context);
    void *context;
    pthread_t thread;

    struct registrar_status seen; /* the loop's */

    struct coord_client *client; /* from here on the thread's */
    struct registration *registration;
    struct coord_calls calls;
    struct registrar_status status; /* as reported last */
};

/* ---- the thread ---- */

static uint64_t now_ms(void)
{
    return clock_now_ns() / 1000000;
}

static struct registrar_status present_status(const struct registrar *registrar)
{
    const struct registration *registration = registrar->registration;
    struct registrar_status status = {
        .state = registration_state(registration),
        .failed_topics = registration_failed_topics(registration),
        .changes = registrar->status.changes + 1,
    };

    (void)snprintf(status.text, sizeof status.text, "%s", registration_text(registration));
    return status;
}

static void report(struct registrar *registrar)
{
    const struct registrar_status *before = &registrar->status;
    struct registrar_status status = present_status(registrar);

    if (status.state == before->state && status.failed_topics == before->failed_topics &&
        strcmp(status.text, before->text) == 0)
        return;
    registrar->status = status;
    struct registrar_status *copy = NEW(struct registrar_status);
    *copy = status;
    free(atomic_exchange(&registrar->reported, copy));
    registrar->wake(registrar->context);
}

/* Until an event, the bell, or the time. */
static void await_news(struct registrar *registrar)
{
    struct pollfd watched[] = {
        {.fd = coord_fd(registrar->client), .events = POLLIN},
        {.fd = registrar->bell.fd, .events = POLLIN},
    };
    uint64_t deadline_ms = registration_deadline_ms(registrar->registration);
    uint64_t present_ms = now_ms();
    int timeout_ms = -1;

    if (deadline_ms != UINT64_MAX) {
        uint64_t left_ms = deadline_ms > present_ms ? deadline_ms - present_ms : 0;
        timeout_ms = left_ms > INT_MAX ? INT_MAX : (int)left_ms;
    }
    int result = poll(watched, COUNT_OF(watched), timeout_ms);
    ASSERT(result >= 0 || errno == EINTR);
    if (watched[1].revents != 0)
        bell_hear(&registrar->bell);
}

static void take_events(struct registrar *registrar)
{
    struct coord_event event;

    while (coord_take(registrar->client, 0, &event)) {
        registration_step(registrar->registration, &event, now_ms(), &registrar->calls);
        coord_event_done(&event);
        coord_call_all(registrar->client, &registrar->calls);
    }
}

static void take_told(struct registrar *registrar)
{
    struct registration_topics *told = atomic_exchange(&registrar->told, NULL);

    if (told != NULL)
        registration_tell(registrar->registration, &told, now_ms(), &registrar->calls);
    else
        registration_tick(registrar->registration, now_ms(), &registrar->calls);
    coord_call_all(registrar->client, &registrar->calls);
}

static void *run(void *argument)
{
    struct registrar *registrar = argument;

    while (!atomic_load(&registrar->is_stopping)) {
        await_news(registrar);
        take_events(registrar);
        take_told(registrar);
        report(registrar);
    }
    coord_close(&registrar->client);
    return NULL;
}

/* Signals are for the owner's threads. */
static int start_thread(struct registrar *registrar)
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&registrar->thread, NULL, run, registrar);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

/* ---- life ---- */

static struct registration *make_registration(const struct registrar_options *options)
{
    const struct registration_options wanted = {
        .broker = options->broker,
        .host = options->host,
        .port = options->port,
        .cluster_id = options->cluster_id,
        .started_ms = (int64_t)clock_wall_ms(),
    };

    return registration_new(&wanted);
}

/* There is no thread. */
static void dismantle(struct registrar **registrar)
{
    struct registrar *gone = *registrar;

    coord_close(&gone->client);
    struct registration_topics *told = atomic_exchange(&gone->told, NULL);
    registration_topics_destroy(&told);
    free(atomic_exchange(&gone->reported, NULL));
    registration_destroy(&gone->registration);
    coord_calls_done(&gone->calls);
    bell_done(&gone->bell);
    free(gone);
    *registrar = NULL;
}

enum err registrar_new(const struct registrar_options *options, struct registrar **ret_registrar,
                       struct error *error)
{
    struct registrar *registrar = NEW(struct registrar);

    bell_init(&registrar->bell);
    registrar->wake = options->wake;
    registrar->context = options->context;
    registrar->registration = make_registration(options);
    enum err err = coord_open(&options->coord, &registrar->client, error);
    if (err == ERR_OK && start_thread(registrar) != 0)
        err = error_set(error, ERR_IO, "cannot start a thread for the cluster state");
    if (err != ERR_OK) {
        dismantle(&registrar);
        return err;
    }
    *ret_registrar = registrar;
    return ERR_OK;
}

void registrar_destroy(struct registrar **registrar)
{
    if (*registrar == NULL)
        return;
    atomic_store(&(*registrar)->is_stopping, true);
    bell_ring(&(*registrar)->bell);
    (void)pthread_join((*registrar)->thread, NULL);
    dismantle(registrar);
}

/* ---- what the broker has ---- */

static void add_topic(struct registration_topics *topics, const struct catalog_topic *topic)
{
    struct registration_setting settings[TOPIC_KEYS];
    char values[TOPIC_KEYS][TOPIC_VALUE_MAX];
    struct catalog_id_text id = catalog_id_write(&topic->id);
    size_t count = 0;

    for (int i = 0; i < TOPIC_KEYS; i++) {
        enum topic_key key = (enum topic_key)i;
        if (!topic_config_has(&topic->config, key))
            continue;
        topic_value_write(key, topic->config.settings.values[i], values[count]);
        settings[count] = (struct registration_setting){topic_key_spec(key)->name, values[count]};
        count++;
    }
    registration_topics_add(
        topics, &(struct registration_new_topic){.name = topic->name.data,
                                                 .id = id.text,
                                                 .partition_count = topic->partition_count,
                                                 .settings = settings,
                                                 .setting_count = count});
}

void registrar_tell(struct registrar *registrar, const struct catalog *catalog)
{
    struct registration_topics *topics = registration_topics_new(catalog_life(catalog));

    for (size_t i = 0; i < catalog_topic_count(catalog); i++)
        add_topic(topics, catalog_topic_at(catalog, i));
    struct registration_topics *replaced = atomic_exchange(&registrar->told, topics);
    registration_topics_destroy(&replaced);
    bell_wake(&registrar->bell);
}

struct registrar_status registrar_status(struct registrar *registrar)
{
    struct registrar_status *reported = atomic_exchange(&registrar->reported, NULL);

    if (reported != NULL)
        registrar->seen = *reported;
    free(reported);
    return registrar->seen;
}
