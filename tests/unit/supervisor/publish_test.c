/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/publish.h"

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/paths.h"
#include "coord/state/worker_state.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

enum {
    SLOTS = 4,
    NUMBER = 5,
};

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    publish_step(actor, event, calls);
}

static void make_node(struct coord_model *model, const char *path)
{
    struct coord_call call = {.kind = COORD_CREATE, .path = path, .mode = COORD_PERSISTENT};

    ck_assert_int_eq(coord_model_do(model, &call), COORD_OK);
}

static struct coord_model *set_up(uint64_t seed, struct publish **ret_publish)
{
    struct coord_model *model = coord_model_new(seed);

    *ret_publish = publish_new(NUMBER, "s1");
    (void)coord_model_add(model, step, *ret_publish);
    make_node(model, PATHS_WORKERS);
    make_node(model, paths_workers("t").text);
    return model;
}

static void tear_down(struct coord_model **model, struct publish **publish)
{
    publish_destroy(publish);
    coord_model_destroy(model);
}

static void put(struct coord_model *model, struct publish *publish, uint32_t slot,
                uint64_t incarnation)
{
    struct coord_calls calls = {.items = NULL};

    if (incarnation == 0)
        publish_remove(publish, "t", slot, &calls);
    else
        publish_put(publish, "t", slot, incarnation, "127.0.0.1:1", &calls);
    coord_model_send(model, 0, &calls);
    coord_calls_done(&calls);
}

/* 0: there is no node. */
static uint64_t incarnation_at(const struct coord_model *model, const char *topology, uint32_t slot)
{
    struct path path = paths_worker(topology, "s1", slot);
    const char *data = coord_model_data(model, path.text);
    struct worker_state worker;

    if (data == NULL)
        return 0;
    ck_assert_int_eq(worker_state_decode(data, strlen(data), &worker, NULL), ERR_OK);
    uint64_t incarnation = worker.incarnation;
    worker_state_done(&worker);
    return incarnation;
}

static void retry(struct coord_model *model, struct publish *publish)
{
    struct coord_calls calls = {.items = NULL};

    publish_retry(publish, &calls);
    coord_model_send(model, 0, &calls);
    coord_calls_done(&calls);
}

START_TEST(a_node_comes_changes_and_goes)
{
    struct publish *publish;
    struct coord_model *model = set_up(1, &publish);

    put(model, publish, 2, 7); /* before there is a connection */
    ck_assert_uint_eq(publish_count_open(publish), 1);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(incarnation_at(model, "t", 2), 7);
    put(model, publish, 2, 8);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(incarnation_at(model, "t", 2), 8);
    put(model, publish, 2, 0);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(incarnation_at(model, "t", 2), 0);
    ck_assert_uint_eq(publish_count_open(publish), 0);
    tear_down(&model, &publish);
}
END_TEST

START_TEST(what_a_former_life_has_left_is_removed)
{
    struct publish *publish;
    struct coord_model *model = set_up(1, &publish);

    make_node(model, paths_worker("t", "s1", 0).text);
    put(model, publish, 0, 0);
    put(model, publish, 1, 0); /* none is there */
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_ptr_null(coord_model_stat(model, paths_worker("t", "s1", 0).text));
    ck_assert_uint_eq(publish_count_open(publish), 0);
    tear_down(&model, &publish);
}
END_TEST

START_TEST(a_topology_that_is_gone_needs_no_node)
{
    struct publish *publish;
    struct coord_model *model = set_up(1, &publish);
    struct coord_calls calls = {.items = NULL};

    publish_put(publish, "gone", 0, 1, "127.0.0.1:1", &calls);
    coord_model_send(model, 0, &calls);
    coord_calls_done(&calls);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(publish_count_open(publish), 0);
    ck_assert_uint_eq(incarnation_at(model, "gone", 0), 0);
    tear_down(&model, &publish);
}
END_TEST

START_TEST(under_faults_the_nodes_are_right_in_the_end)
{
    for (uint64_t seed = 1; seed <= 100; seed++) {
        uint64_t right[SLOTS] = {0};
        struct publish *publish;
        struct coord_model *model = set_up(seed, &publish);
        struct rng *rng = coord_model_rng(model);

        coord_model_connect(model, 0);
        for (uint64_t i = 1; i < 300; i++) {
            uint32_t slot = rng_below(rng, SLOTS);
            if (rng_below(rng, 8) == 0) {
                right[slot] = rng_below(rng, 3) == 0 ? 0 : i;
                put(model, publish, slot, right[slot]);
            }
            if (rng_below(rng, 20) == 0)
                retry(model, publish);
            (void)coord_model_turn(model, 30);
        }
        ck_assert(coord_model_calm(model, 10000));
        retry(model, publish);
        ck_assert(coord_model_calm(model, 10000));
        ck_assert_uint_eq(publish_count_open(publish), 0);
        for (uint32_t slot = 0; slot < SLOTS; slot++)
            ck_assert_msg(incarnation_at(model, "t", slot) == right[slot],
                          "seed %" PRIu64 " slot %u", seed, slot);
        tear_down(&model, &publish);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_node_comes_changes_and_goes,
        what_a_former_life_has_left_is_removed,
        a_topology_that_is_gone_needs_no_node,
        under_faults_the_nodes_are_right_in_the_end,
    };

    return suite_run("publish", tests, COUNT_OF(tests));
}
