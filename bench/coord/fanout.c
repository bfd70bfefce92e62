/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/mem.h"
#include "bench/coord/crowd.h"
#include "bench/coord/modes.h"
#include "bench/coord/place.h"
#include "bench/fatal.h"

struct fanout {
    struct crowd *crowd; /* the watchers, and behind them the one who writes */
    struct client *writer;
    struct place place;
    uint32_t watchers;
    uint64_t took_ns; /* all changes together */
    uint64_t cpu_ns;  /* of this program, meanwhile */
};

static void watch_all(struct fanout *fanout)
{
    for (uint32_t i = 0; i < fanout->watchers; i++) {
        struct client *client = crowd_client(fanout->crowd, i);
        size_t begin = crowd_begin(client, MESSAGE_GET_DATA);

        call_put_read(&client->out, fanout->place.path, CALL_WATCHED);
        crowd_end(fanout->crowd, client, begin);
    }
    for (uint32_t i = 0; i < fanout->watchers; i++)
        (void)crowd_await(fanout->crowd, CROWD_ANSWER);
}

static void begin_change(struct fanout *fanout)
{
    size_t begin = crowd_begin(fanout->writer, MESSAGE_SET_DATA);

    call_put_set(&fanout->writer->out, fanout->place.path);
    crowd_end(fanout->crowd, fanout->writer, begin);
}

/* Until the last of all watchers has been told, and the writer answered. */
static uint64_t await_all(struct fanout *fanout)
{
    uint32_t told = 0;
    uint64_t last_ns = 0;

    for (bool is_answered = false; told < fanout->watchers || !is_answered;) {
        struct crowd_event event = crowd_next(fanout->crowd, clock_now_ns() + CROWD_PATIENCE_NS);

        if (event.kind == CROWD_WATCH) {
            told++;
            last_ns = event.now_ns;
        } else {
            fatal_unless(event.kind == CROWD_ANSWER && event.error == 0, "a change has failed");
            is_answered = true;
        }
    }
    return last_ns;
}

/* From sending a change until the last watcher was told. */
static uint64_t measure_change(struct fanout *fanout)
{
    uint64_t begin_ns = clock_now_ns();
    uint64_t begin_cpu_ns = clock_cpu_ns();

    begin_change(fanout);
    uint64_t took_ns = await_all(fanout) - begin_ns;
    fanout->took_ns += took_ns;
    fanout->cpu_ns += clock_cpu_ns() - begin_cpu_ns;
    return took_ns;
}

void fanout_run(const struct options *options)
{
    struct fanout fanout = {.crowd = crowd_new(options->port, options->clients + 1),
                            .watchers = options->clients};
    struct histogram *took = NEW(struct histogram);

    crowd_connect_all(fanout.crowd, MODES_TIMEOUT_MS);
    fanout.writer = crowd_client(fanout.crowd, options->clients);
    fanout.place = place_make(fanout.crowd, "fanout");
    for (uint32_t i = 0; i < options->count; i++) {
        watch_all(&fanout);
        histogram_add(took, measure_change(&fanout));
    }

    printf("{\"watchers\":%" PRIu32 ",\"changes\":%" PRIu32 ",\"p50_ns\":%" PRIu64
           ",\"max_ns\":%" PRIu64 ",\"generator_cpu\":%.3f}\n",
           options->clients, options->count, histogram_quantile(took, 0.5), histogram_max(took),
           (double)fanout.cpu_ns / (double)fanout.took_ns);
    free(took);
    crowd_destroy(&fanout.crowd);
}
