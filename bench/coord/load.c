/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every client keeps as many calls on their way as its window allows. A phase is one operation: a
 * warm-up, then the time that counts; what is still on its way at the end does not count. The
 * nodes that the first phase creates are those that the last one deletes, without a warm-up: there
 * are only so many.
 *
 *     <place>/<client>-<number>    created and deleted
 *     <place>/key-<client>         set, get, exists
 *     <place>/key-<client>/<n>     ten children, listed
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/mem.h"
#include "bench/coord/crowd.h"
#include "bench/coord/modes.h"
#include "bench/coord/place.h"
#include "bench/fatal.h"

enum load_phase {
    LOAD_CREATE,
    LOAD_SET,
    LOAD_GET,
    LOAD_EXISTS,
    LOAD_CHILDREN,
    LOAD_DELETE,
    LOAD_PHASES,
};

enum {
    LISTED = 10,      /* children of a key */
    LENGTH_BYTES = 4, /* before texts, and how many come */
    LOAD_PATH_MAX = CALL_PATH_MAX + 32,
};

#define LISTED_NAME "child-0123456789" /* the number is each one's own */

struct worker {
    uint64_t *sent_ns; /* of the calls on their way, by their number modulo the window */
    uint64_t sent;
    uint64_t answered;
    uint64_t created;
    uint64_t deleted; /* or a delete is on its way */
    char key[LOAD_PATH_MAX];
};

struct load {
    const struct options *options;
    struct crowd *crowd;
    struct place place;
    struct worker *workers; /* one for each client */
    uint64_t in_flight;     /* calls of all of them */
    enum load_phase phase;
    size_t answer_size; /* in this phase, without its header; 0 if they differ */
    struct histogram latency;
};

/* What a phase has shown. */
struct result {
    uint64_t count;
    uint64_t elapsed_ns;
    uint64_t cpu_ns; /* of this program */
};

static const char *const phase_names[] = {
    [LOAD_CREATE] = "create", [LOAD_SET] = "set",           [LOAD_GET] = "get",
    [LOAD_EXISTS] = "exists", [LOAD_CHILDREN] = "children", [LOAD_DELETE] = "delete",
};

static const enum message_op phase_ops[] = {
    [LOAD_CREATE] = MESSAGE_CREATE, [LOAD_SET] = MESSAGE_SET_DATA,
    [LOAD_GET] = MESSAGE_GET_DATA,  [LOAD_EXISTS] = MESSAGE_EXISTS,
    [LOAD_DELETE] = MESSAGE_DELETE, [LOAD_CHILDREN] = MESSAGE_GET_CHILDREN,
};

static void format_node(const struct load *load, const struct client *client, uint64_t number,
                        char *ret_path)
{
    (void)snprintf(ret_path, LOAD_PATH_MAX, "%s/%" PRIu32 "-%" PRIu64, load->place.path,
                   client->index, number);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static void put_body(struct load *load, struct worker *worker, struct client *client)
{
    char path[LOAD_PATH_MAX];

    switch (load->phase) {
    case LOAD_CREATE:
        format_node(load, client, worker->created++, path);
        call_put_create(&client->out, path, MESSAGE_PERSISTENT);
        return;
    case LOAD_DELETE:
        format_node(load, client, worker->deleted++, path);
        call_put_delete(&client->out, path);
        return;
    case LOAD_SET:
        call_put_set(&client->out, worker->key);
        return;
    case LOAD_GET:
    case LOAD_EXISTS:
    case LOAD_CHILDREN:
        call_put_read(&client->out, worker->key, CALL_UNWATCHED);
        return;
    case LOAD_PHASES:
        break;
    }
    UNREACHABLE();
}

static bool has_work(const struct load *load, const struct worker *worker)
{
    return load->phase != LOAD_DELETE || worker->deleted < worker->created;
}

static void call(struct load *load, uint32_t index, uint64_t now_ns)
{
    struct worker *worker = &load->workers[index];
    struct client *client = crowd_client(load->crowd, index);
    size_t begin = crowd_begin(client, phase_ops[load->phase]);

    put_body(load, worker, client);
    crowd_end(load->crowd, client, begin);
    worker->sent_ns[worker->sent++ % load->options->window] = now_ns;
    load->in_flight++;
}

/* How long an answer without error is; 0 if that depends. */
static size_t expected_size(enum load_phase phase)
{
    switch (phase) {
    case LOAD_SET:
    case LOAD_EXISTS:
        return MESSAGE_STAT_SIZE;
    case LOAD_GET:
        return LENGTH_BYTES + CALL_VALUE_BYTES + MESSAGE_STAT_SIZE;
    case LOAD_CHILDREN:
        return LENGTH_BYTES + (size_t)LISTED * (LENGTH_BYTES + strlen(LISTED_NAME));
    case LOAD_CREATE:
    case LOAD_DELETE:
    case LOAD_PHASES:
        break;
    }
    return 0;
}

static struct client *take_answer(struct load *load, uint64_t *ret_now_ns, uint64_t *ret_took_ns)
{
    struct crowd_event event = crowd_await(load->crowd, CROWD_ANSWER);
    struct worker *worker = &load->workers[event.client->index];
    size_t size = (size_t)(event.body.end - event.body.at);

    fatal_unless(load->answer_size == 0 || size == load->answer_size, "an answer is not whole");
    load->in_flight--;
    *ret_now_ns = event.now_ns;
    *ret_took_ns = event.now_ns - worker->sent_ns[worker->answered++ % load->options->window];
    return event.client;
}

/* ---- Phases ---------------------------------------------------------------------------------- */

static void fill_windows(struct load *load)
{
    uint64_t now_ns = clock_now_ns();

    for (uint32_t i = 0; i < load->options->clients; i++) {
        for (uint32_t n = 0; n < load->options->window; n++) {
            if (has_work(load, &load->workers[i]))
                call(load, i, now_ns);
        }
    }
}

static void drain(struct load *load)
{
    uint64_t now_ns;
    uint64_t took_ns;

    while (load->in_flight > 0)
        (void)take_answer(load, &now_ns, &took_ns);
}

/* Ends at the first client that has nothing left to delete, if not at the time that was said. */
static struct result measure(struct load *load, enum load_phase phase)
{
    load->phase = phase;
    load->answer_size = expected_size(phase);
    histogram_init(&load->latency);
    fill_windows(load);

    struct result result = {0};
    uint64_t begin_ns = 0;
    uint64_t begin_cpu_ns = 0;
    uint32_t warm_up_ms = phase == LOAD_DELETE ? 0 : load->options->warm_up_ms;
    uint64_t warm_ns = clock_now_ns() + (uint64_t)warm_up_ms * 1000000;
    uint64_t end_ns = warm_ns + (uint64_t)load->options->milliseconds * 1000000;
    for (;;) {
        uint64_t now_ns;
        uint64_t took_ns;
        uint32_t index = take_answer(load, &now_ns, &took_ns)->index;

        if (begin_ns != 0) {
            histogram_add(&load->latency, took_ns);
            result.elapsed_ns = now_ns - begin_ns;
        } else if (now_ns >= warm_ns) {
            begin_ns = now_ns;
            begin_cpu_ns = clock_cpu_ns();
        }
        if (now_ns >= end_ns || !has_work(load, &load->workers[index]))
            break;
        call(load, index, now_ns);
    }
    result.count = histogram_count(&load->latency);
    result.cpu_ns = clock_cpu_ns() - begin_cpu_ns;
    drain(load);
    fatal_unless(result.count > 0, "no call was answered in the time that counts");
    return result;
}

static void print_result(const struct load *load, const struct result *result)
{
    double seconds = (double)result->elapsed_ns / 1e9;

    printf("%s\"%s\":{\"rate\":%.1f,\"p50_ns\":%" PRIu64 ",\"p99_ns\":%" PRIu64
           ",\"max_ns\":%" PRIu64 ",\"count\":%" PRIu64 ",\"generator_cpu\":%.3f}",
           load->phase == LOAD_CREATE ? "" : ",", phase_names[load->phase],
           (double)result->count / seconds, histogram_quantile(&load->latency, 0.5),
           histogram_quantile(&load->latency, 0.99), histogram_max(&load->latency), result->count,
           (double)result->cpu_ns / (double)result->elapsed_ns);
}

/* ---- Before and after ------------------------------------------------------------------------ */

static void make_key(struct load *load, uint32_t index)
{
    struct worker *worker = &load->workers[index];
    char path[LOAD_PATH_MAX + 32];

    worker->sent_ns = NEW_ARRAY(uint64_t, load->options->window);
    (void)snprintf(worker->key, sizeof worker->key, "%s/key-%" PRIu32, load->place.path, index);
    place_create(load->crowd, worker->key);
    for (int i = 0; i < LISTED; i++) {
        (void)snprintf(path, sizeof path, "%s/child-%010d", worker->key, i);
        place_create(load->crowd, path);
    }
}

/* Deletes what the last phase had no time for. */
static void sweep(struct load *load)
{
    uint64_t now_ns;
    uint64_t took_ns;

    load->phase = LOAD_DELETE;
    load->answer_size = 0;
    fill_windows(load);
    while (load->in_flight > 0) {
        uint32_t index = take_answer(load, &now_ns, &took_ns)->index;

        if (has_work(load, &load->workers[index]))
            call(load, index, now_ns);
    }
}

void load_run(const struct options *options)
{
    struct load *load = NEW(struct load);

    load->options = options;
    load->crowd = crowd_new(options->port, options->clients);
    load->workers = NEW_ARRAY(struct worker, options->clients);
    crowd_connect_all(load->crowd, MODES_TIMEOUT_MS);
    load->place = place_make(load->crowd, "load");
    for (uint32_t i = 0; i < options->clients; i++)
        make_key(load, i);

    printf("{\"clients\":%" PRIu32 ",\"window\":%" PRIu32 ",\"phases\":{", options->clients,
           options->window);
    for (enum load_phase phase = 0; phase < LOAD_PHASES; phase++) {
        struct result result = measure(load, phase);
        print_result(load, &result);
    }
    printf("}}\n");
    sweep(load);

    for (uint32_t i = 0; i < options->clients; i++)
        free(load->workers[i].sent_ns);
    free(load->workers);
    crowd_destroy(&load->crowd);
    free(load);
}
