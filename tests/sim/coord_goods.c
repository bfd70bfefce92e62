/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queues and counters: nothing is put, taken or added twice, and nothing is lost.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/recipes/counter.h"
#include "coord/recipes/queue_put.h"
#include "coord/recipes/queue_take.h"
#include "tests/sim/coord_player.h"

#define QUEUE   "/goods/queue"
#define COUNTER "/goods/counter"

enum {
    ITEMS_OF_ONE = 100000, /* what tells items of different players apart */
    QUEUE_MAX = 8,
    NAME_MAX_BYTES = 24,
    PUT = 1,
    TAKEN = 2,
};

struct producer {
    struct coord_player *player;
    struct queue_put *put;
    uint64_t item; /* under way, or the last one */
    bool is_open;
    bool must_retry;
};

struct consumer {
    struct coord_player *player;
    struct queue_take *take;
    bool is_open;
    bool must_retry;
};

struct adder {
    struct coord_player *player;
    struct counter counter;
    int64_t delta;
    bool is_open;
    bool must_retry;
};

/* ---- putting ---- */

static void *new_producer(struct coord_player *player)
{
    struct producer *producer = NEW(struct producer);
    char name[NAME_MAX_BYTES];

    (void)snprintf(name, sizeof name, "producer-%" PRIu32, player->number);
    producer->player = player;
    producer->item = (uint64_t)(player->number + 1) * ITEMS_OF_ONE;
    producer->put =
        queue_put_new(coord_play_number(COORD_PLAY_PUT), QUEUE, name, QUEUE_MAX, &player->rng);
    return producer;
}

static void destroy_producer(void *self)
{
    struct producer *producer = self;

    queue_put_destroy(&producer->put);
    free(producer);
}

static void step_producer(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct producer *producer = self;

    switch (queue_put_step(producer->put, event, calls)) {
    case QUEUE_PUT_DONE:
        if (!producer->is_open)
            coord_trace_complain(producer->player->club->trace,
                                 "client %" PRIu32 " puts an item that it does not have",
                                 producer->player->number);
        producer->is_open = false;
        break;
    case QUEUE_PUT_FAILED:
        producer->must_retry = true;
        break;
    case QUEUE_PUT_NO_NEWS:
        break;
    }
}

static void act_producer(void *self, struct coord_calls *calls)
{
    struct producer *producer = self;
    struct coord_club *club = producer->player->club;
    char text[NAME_MAX_BYTES];

    if (producer->must_retry) {
        producer->must_retry = false;
        queue_put_retry(producer->put, calls);
    }
    if (producer->is_open || club->is_calm)
        return;
    (void)snprintf(text, sizeof text, "%" PRIu64, ++producer->item);
    producer->is_open = true;
    club->items_put++;
    idmap_put(&club->items, producer->item, PUT);
    if (!queue_put_item(producer->put, text, strlen(text), calls))
        coord_trace_complain(club->trace, "the producer is busy and says it is not");
}

static bool is_producer_settled(const void *self)
{
    const struct producer *producer = self;

    return !producer->is_open;
}

const struct coord_play_operations coord_goods_put = {
    .new = new_producer,
    .destroy = destroy_producer,
    .step = step_producer,
    .act = act_producer,
    .is_settled = is_producer_settled,
};

/* ---- taking ---- */

static void *new_consumer(struct coord_player *player)
{
    struct consumer *consumer = NEW(struct consumer);
    char name[NAME_MAX_BYTES];

    (void)snprintf(name, sizeof name, "consumer-%" PRIu32, player->number);
    consumer->player = player;
    consumer->take = queue_take_new(coord_play_number(COORD_PLAY_TAKE), QUEUE, name, &player->rng);
    return consumer;
}

static void destroy_consumer(void *self)
{
    struct consumer *consumer = self;

    queue_take_destroy(&consumer->take);
    free(consumer);
}

static void get(struct consumer *consumer)
{
    struct coord_club *club = consumer->player->club;
    size_t size;
    const char *text = queue_take_item(consumer->take, &size);
    uint64_t item = strtoull(text, NULL, 10);
    uint64_t *known = idmap_find(&club->items, item);

    if (known == NULL || *known != PUT) {
        coord_trace_complain(club->trace, "client %" PRIu32 " takes item %" PRIu64 ", which %s",
                             consumer->player->number, item,
                             known == NULL ? "nobody has put" : "was taken before");
        return;
    }
    *known = TAKEN;
    club->items_taken++;
}

static void step_consumer(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct consumer *consumer = self;

    switch (queue_take_step(consumer->take, event, calls)) {
    case QUEUE_TAKE_GOT:
        if (!consumer->is_open)
            coord_trace_complain(consumer->player->club->trace,
                                 "client %" PRIu32 " takes an item and wanted none",
                                 consumer->player->number);
        consumer->is_open = false;
        get(consumer);
        break;
    case QUEUE_TAKE_FAILED:
        consumer->must_retry = true;
        break;
    case QUEUE_TAKE_NO_NEWS:
        break;
    }
}

static void act_consumer(void *self, struct coord_calls *calls)
{
    struct consumer *consumer = self;

    if (consumer->must_retry) {
        consumer->must_retry = false;
        queue_take_retry(consumer->take, calls);
    }
    if (!consumer->is_open &&
        (consumer->player->club->is_calm || coord_player_feels_like(consumer->player, 2))) {
        consumer->is_open = true;
        queue_take_one(consumer->take, calls);
    }
}

static bool is_consumer_settled(const void *self)
{
    const struct consumer *consumer = self;

    return consumer->player->club->items_taken == consumer->player->club->items_put;
}

const struct coord_play_operations coord_goods_take = {
    .new = new_consumer,
    .destroy = destroy_consumer,
    .step = step_consumer,
    .act = act_consumer,
    .is_settled = is_consumer_settled,
};

/* ---- counting ---- */

static void *new_adder(struct coord_player *player)
{
    struct adder *adder = NEW(struct adder);
    char name[NAME_MAX_BYTES];

    (void)snprintf(name, sizeof name, "adder-%" PRIu32, player->number);
    adder->player = player;
    counter_init(&adder->counter, coord_play_number(COORD_PLAY_COUNTER), COUNTER, name,
                 &player->rng);
    return adder;
}

static void step_adder(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct adder *adder = self;

    switch (counter_step(&adder->counter, event, calls)) {
    case COUNTER_ADDED:
        if (!adder->is_open)
            coord_trace_complain(adder->player->club->trace,
                                 "client %" PRIu32 " adds and wanted nothing",
                                 adder->player->number);
        adder->is_open = false;
        adder->player->club->sum += adder->delta;
        break;
    case COUNTER_CONFLICT:
    case COUNTER_FAILED:
        adder->must_retry = true;
        break;
    case COUNTER_NO_NEWS:
        break;
    }
}

static void act_adder(void *self, struct coord_calls *calls)
{
    struct adder *adder = self;

    if (adder->must_retry) {
        adder->must_retry = false;
        counter_retry(&adder->counter, calls);
    }
    if (adder->is_open || adder->player->club->is_calm)
        return;
    adder->is_open = true;
    adder->delta = 1 + rng_below(&adder->player->rng, 100);
    if (!counter_add(&adder->counter, adder->delta, calls))
        coord_trace_complain(adder->player->club->trace, "the counter is busy, it says");
}

static bool is_adder_settled(const void *self)
{
    const struct adder *adder = self;

    return !adder->is_open;
}

const struct coord_play_operations coord_goods_counter = {
    .new = new_adder,
    .destroy = free,
    .step = step_adder,
    .act = act_adder,
    .is_settled = is_adder_settled,
};

/* ---- in the end ---- */

void coord_goods_check(struct coord_club *club)
{
    char text[NAME_MAX_BYTES] = "";
    size_t size = 0;
    const char *data = coord_host_data(club->host, COUNTER, &size);

    if (data != NULL && size < sizeof text)
        memcpy(text, data, size);
    if (strtoll(text, NULL, 10) != club->sum)
        coord_trace_complain(club->trace, "the counter is '%s' after %" PRId64 " was added", text,
                             club->sum);
}
