/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "coord/recipes/queue_put.h"
#include "coord/recipes/queue_take.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define PATH      "/queues/orders"
#define PRODUCERS 3
#define CONSUMERS 3
#define ITEMS_MAX 5
#define ORDERS    4000

/* Who has an order: put, then taken, once each. */
struct shop {
    struct coord_model *model;
    size_t next;
    size_t put[ORDERS];
    size_t taken[ORDERS];
};

struct producer {
    struct shop *shop;
    struct queue_put *put;
    size_t client;
    size_t order; /* under way */
    bool is_busy;
};

struct consumer {
    struct shop *shop;
    struct queue_take *take;
    size_t client;
    bool is_busy;
};

static void step_producer(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct producer *producer = actor;

    switch (queue_put_step(producer->put, event, calls)) {
    case QUEUE_PUT_NO_NEWS:
        break;
    case QUEUE_PUT_DONE:
        producer->shop->put[producer->order]++;
        producer->is_busy = false;
        break;
    case QUEUE_PUT_FAILED:
        queue_put_retry(producer->put, calls);
        break;
    }
}

static void step_consumer(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct consumer *consumer = actor;
    size_t size = 0;

    switch (queue_take_step(consumer->take, event, calls)) {
    case QUEUE_TAKE_NO_NEWS:
        break;
    case QUEUE_TAKE_GOT:
        consumer->is_busy = false;
        size_t order = strtoul(queue_take_item(consumer->take, &size), NULL, 10);
        ck_assert_uint_lt(order, consumer->shop->next);
        ck_assert_uint_eq(consumer->shop->taken[order]++, 0);
        break;
    case QUEUE_TAKE_FAILED:
        queue_take_retry(consumer->take, calls);
        break;
    }
}

/* Whoever is at both ends has one name. */
static void set_up(struct shop *shop, struct producer *producers, struct consumer *consumers,
                   uint64_t seed)
{
    *shop = (struct shop){.model = coord_model_new(seed)};
    for (size_t i = 0; i < PRODUCERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%zu", i);
        producers[i] = (struct producer){.shop = shop};
        producers[i].put = queue_put_new(1, PATH, name, ITEMS_MAX, coord_model_rng(shop->model));
        producers[i].client = coord_model_add(shop->model, step_producer, &producers[i]);
    }
    for (size_t i = 0; i < CONSUMERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%zu", i);
        consumers[i] = (struct consumer){.shop = shop};
        consumers[i].take = queue_take_new(1, PATH, name, coord_model_rng(shop->model));
        consumers[i].client = coord_model_add(shop->model, step_consumer, &consumers[i]);
    }
}

static void tear_down(struct shop *shop, struct producer *producers, struct consumer *consumers)
{
    for (size_t i = 0; i < PRODUCERS; i++)
        queue_put_destroy(&producers[i].put);
    for (size_t i = 0; i < CONSUMERS; i++)
        queue_take_destroy(&consumers[i].take);
    coord_model_destroy(&shop->model);
}

static void put_next(struct producer *producer)
{
    struct shop *shop = producer->shop;
    struct coord_calls calls = {.items = NULL};
    char data[16];

    if (producer->is_busy || shop->next == ORDERS)
        return;
    int size = snprintf(data, sizeof data, "%zu", shop->next);
    producer->is_busy = true;
    producer->order = shop->next++;
    ck_assert(queue_put_item(producer->put, data, (size_t)size, &calls));
    ck_assert(!queue_put_item(producer->put, data, (size_t)size, &calls));
    coord_model_send(shop->model, producer->client, &calls);
    coord_calls_done(&calls);
}

static void take_one(struct consumer *consumer)
{
    struct coord_calls calls = {.items = NULL};

    consumer->is_busy = true;
    queue_take_one(consumer->take, &calls);
    coord_model_send(consumer->shop->model, consumer->client, &calls);
    coord_calls_done(&calls);
}

START_TEST(items_come_out_in_the_order_they_went_in)
{
    static struct shop shop;
    struct producer producers[PRODUCERS];
    struct consumer consumers[CONSUMERS];

    set_up(&shop, producers, consumers, 1);
    for (size_t i = 0; i < 3; i++) {
        put_next(&producers[i]);
        ck_assert(coord_model_calm(shop.model, 1000));
        ck_assert_uint_eq(shop.put[i], 1);
    }
    for (size_t i = 0; i < 3; i++) {
        take_one(&consumers[0]);
        ck_assert(coord_model_calm(shop.model, 1000));
        ck_assert_uint_eq(shop.taken[i], 1);
    }
    take_one(&consumers[1]); /* waits */
    ck_assert(coord_model_calm(shop.model, 1000));
    ck_assert(consumers[1].is_busy);
    put_next(&producers[0]);
    ck_assert(coord_model_calm(shop.model, 1000));
    ck_assert(!consumers[1].is_busy);
    tear_down(&shop, producers, consumers);
}
END_TEST

START_TEST(a_full_queue_holds_its_producers_back)
{
    static struct shop shop;
    struct producer producers[PRODUCERS];
    struct consumer consumers[CONSUMERS];

    set_up(&shop, producers, consumers, 2);
    for (size_t i = 0; i <= ITEMS_MAX; i++) {
        put_next(&producers[0]);
        ck_assert(coord_model_calm(shop.model, 1000));
    }
    ck_assert(producers[0].is_busy);
    ck_assert_uint_eq(coord_model_children(shop.model, PATH "/items"), ITEMS_MAX);
    take_one(&consumers[0]);
    ck_assert(coord_model_calm(shop.model, 1000));
    ck_assert(!producers[0].is_busy);
    tear_down(&shop, producers, consumers);
}
END_TEST

START_TEST(a_consumer_that_stops_takes_nothing)
{
    static struct shop shop;
    struct producer producers[PRODUCERS];
    struct consumer consumers[CONSUMERS];

    set_up(&shop, producers, consumers, 3);
    take_one(&consumers[0]);
    ck_assert(coord_model_calm(shop.model, 1000));
    ck_assert(queue_take_stop(consumers[0].take));
    put_next(&producers[0]);
    ck_assert(coord_model_calm(shop.model, 1000));
    ck_assert(consumers[0].is_busy);
    ck_assert_uint_eq(coord_model_children(shop.model, PATH "/items"), 1);
    take_one(&consumers[0]);
    ck_assert(coord_model_calm(shop.model, 1000));
    ck_assert_uint_eq(shop.taken[0], 1);
    tear_down(&shop, producers, consumers);
}
END_TEST

static void live_through(uint64_t seed)
{
    static struct shop shop;
    struct producer producers[PRODUCERS];
    struct consumer consumers[CONSUMERS];

    set_up(&shop, producers, consumers, seed);
    struct rng *rng = coord_model_rng(shop.model);
    for (size_t turn = 0; turn < 2500; turn++) {
        (void)coord_model_turn(shop.model, 40);
        if (rng_below(rng, 10) == 0)
            put_next(&producers[rng_below(rng, PRODUCERS)]);
        struct consumer *any = &consumers[rng_below(rng, CONSUMERS)];
        if (rng_below(rng, 10) == 0 && !any->is_busy)
            take_one(any);
        ck_assert_uint_le(coord_model_children(shop.model, PATH "/items"),
                          ITEMS_MAX + PRODUCERS - 1);
    }
    for (size_t round = 0; round < 20; round++) {
        ck_assert(coord_model_calm(shop.model, 20000));
        for (size_t i = 0; i < CONSUMERS; i++)
            if (!consumers[i].is_busy)
                take_one(&consumers[i]);
    }
    ck_assert_uint_eq(coord_model_children(shop.model, PATH "/items"), 0);
    for (size_t i = 0; i < shop.next; i++) {
        ck_assert_msg(shop.put[i] == 1, "seed %" PRIu64 " order %zu", seed, i);
        ck_assert_msg(shop.taken[i] == 1, "seed %" PRIu64 " order %zu", seed, i);
    }
    tear_down(&shop, producers, consumers);
}

START_TEST(with_random_faults_nothing_is_lost_or_taken_twice)
{
    for (uint64_t seed = 1; seed <= 60; seed++)
        live_through(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        items_come_out_in_the_order_they_went_in,
        a_full_queue_holds_its_producers_back,
        a_consumer_that_stops_takes_nothing,
        with_random_faults_nothing_is_lost_or_taken_twice,
    };
    return suite_run("queue", tests, sizeof tests / sizeof *tests);
}
