/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "bench/coord/crowd.h"
#include "bench/coord/modes.h"
#include "bench/coord/place.h"
#include "bench/fatal.h"

enum {
    NODES_PER_MULTI = 100,
    NODES_PER_PARENT = 1000,
    FILL_PATH_MAX = CALL_PATH_MAX + 64,
};

struct fill {
    const struct options *options;
    struct crowd *crowd;
    struct client *client;
    struct place place;
    uint32_t put; /* nodes, without their parents */
};

static uint32_t count_parents(const struct options *options)
{
    return (options->count + NODES_PER_PARENT - 1) / NODES_PER_PARENT;
}

static void put_create(struct fill *fill, const char *path)
{
    call_put_part(&fill->client->out, MESSAGE_CREATE);
    call_put_create(&fill->client->out, path, MESSAGE_PERSISTENT);
}

/* The next nodes, all or none; the first one of a parent comes with it. */
static void call_multi(struct fill *fill)
{
    size_t begin = crowd_begin(fill->client, MESSAGE_MULTI);
    char path[FILL_PATH_MAX];

    for (uint32_t i = 0; i < NODES_PER_MULTI && fill->put < fill->options->count; i++) {
        uint32_t parent = fill->put / NODES_PER_PARENT;
        (void)snprintf(path, sizeof path, "%s/p%06" PRIu32, fill->place.path, parent);
        if (fill->put % NODES_PER_PARENT == 0)
            put_create(fill, path);
        (void)snprintf(path, sizeof path, "%s/p%06" PRIu32 "/node-%010" PRIu32, fill->place.path,
                       parent, fill->put);
        put_create(fill, path);
        fill->put++;
    }
    call_put_parts_end(&fill->client->out);
    crowd_end(fill->crowd, fill->client, begin);
}

/* One that failed has an error as its first result. */
static void await_multi(struct fill *fill)
{
    struct crowd_event event = crowd_await(fill->crowd, CROWD_ANSWER);

    fatal_unless(jute_get_int(&event.body) == MESSAGE_CREATE, "nodes were not created");
}

static void put_all(struct fill *fill)
{
    uint32_t in_flight = 0;

    while (fill->put < fill->options->count || in_flight > 0) {
        while (in_flight < fill->options->window && fill->put < fill->options->count) {
            call_multi(fill);
            in_flight++;
        }
        await_multi(fill);
        in_flight--;
    }
}

void fill_run(const struct options *options)
{
    struct fill fill = {.options = options, .crowd = crowd_new(options->port, 1)};

    fill.client = crowd_client(fill.crowd, 0);
    crowd_connect_all(fill.crowd, MODES_TIMEOUT_MS);
    fill.place = place_make(fill.crowd, "fill");
    uint64_t begin_ns = clock_now_ns();
    put_all(&fill);
    uint64_t took_ns = clock_now_ns() - begin_ns;

    int64_t expected = (int64_t)options->count + count_parents(options);
    fatal_unless(place_count(fill.crowd, fill.place.path) == expected, "nodes are missing");
    printf("{\"nodes\":%" PRIi64 ",\"took_ns\":%" PRIu64 "}\n", expected, took_ns);
    crowd_destroy(&fill.crowd);
}
