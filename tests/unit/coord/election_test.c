/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/election.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define PATH       "/nimbus/leader"
#define CANDIDATES 4
#define FENCE_TAG  7u

struct candidate {
    struct election *election;
    struct coord_model *model;
    size_t client;
    bool is_started;
    uint64_t epoch; /* of its last win */
    enum election_verdict last;
    enum fence_outcome outcome; /* of its last fenced write */
    size_t wins;
};

static uint64_t greatest_epoch; /* that anybody has won with */

static void follow(struct candidate *candidate, enum election_verdict verdict,
                   struct coord_calls *calls)
{
    if (verdict != ELECTION_NO_NEWS)
        candidate->last = verdict;
    if (verdict == ELECTION_WON) {
        candidate->wins++;
        candidate->epoch = election_epoch(candidate->election);
        ck_assert_uint_gt(candidate->epoch, greatest_epoch);
        greatest_epoch = candidate->epoch;
    }
    if (verdict == ELECTION_RESUMED)
        ck_assert_uint_eq(election_epoch(candidate->election), candidate->epoch);
    if (verdict == ELECTION_FAILED)
        election_retry(candidate->election, calls);
    if (verdict == ELECTION_RESIGNED && candidate->is_started)
        election_start(candidate->election, calls);
}

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct candidate *candidate = actor;

    if (event->kind == COORD_ANSWERED && event->tag == FENCE_TAG) {
        enum coord_error error;
        size_t part;
        candidate->outcome = fence_read(event, &error, &part);
    }
    follow(candidate, election_step(candidate->election, event, calls), calls);
}

static struct coord_model *set_up(uint64_t seed, struct candidate *candidates, size_t count)
{
    struct coord_model *model = coord_model_new(seed);

    greatest_epoch = 0;
    for (size_t i = 0; i < count; i++) {
        char data[32];
        (void)snprintf(data, sizeof data, "{\"id\":%zu}", i);
        struct election_options options = {
            .number = (uint32_t)i + 100,
            .path = PATH,
            .note = "test",
            .data = data,
            .size = strlen(data),
            .rng = coord_model_rng(model),
        };
        candidates[i] = (struct candidate){
            .election = election_new(&options), .model = model, .is_started = true};
        candidates[i].client = coord_model_add(model, step, &candidates[i]);
        struct coord_calls calls = {.items = NULL};
        election_start(candidates[i].election, &calls);
        coord_model_send(model, i, &calls);
        coord_calls_done(&calls);
    }
    return model;
}

static void tear_down(struct coord_model **model, struct candidate *candidates, size_t count)
{
    for (size_t i = 0; i < count; i++)
        election_destroy(&candidates[i].election);
    coord_model_destroy(model);
}

static size_t count_leaders(const struct candidate *candidates, size_t count)
{
    size_t leaders = 0;

    for (size_t i = 0; i < count; i++)
        leaders += election_is_leader(candidates[i].election);
    return leaders;
}

static void resign(struct candidate *candidate)
{
    struct coord_calls calls = {.items = NULL};

    if (election_resign(candidate->election, &calls) && candidate->is_started)
        election_start(candidate->election, &calls);
    ck_assert(!election_is_leader(candidate->election));
    coord_model_send(candidate->model, candidate->client, &calls);
    coord_calls_done(&calls);
}

static void write_fenced(struct candidate *candidate, const struct fence *fence)
{
    char data[32];
    struct coord_calls calls = {.items = NULL};

    (void)snprintf(data, sizeof data, "%" PRIu64, fence->epoch);
    struct coord_call part = {.kind = COORD_SET,
                              .path = "/state",
                              .data = data,
                              .size = strlen(data),
                              .version = COORD_ANY_VERSION};
    fence_send(fence, &part, 1, FENCE_TAG, &calls);
    coord_model_send(candidate->model, candidate->client, &calls);
    coord_calls_done(&calls);
}

static void make_node(struct coord_model *model, const char *path)
{
    struct coord_call call = {.kind = COORD_CREATE, .path = path};

    ck_assert_int_eq(coord_model_do(model, &call), COORD_OK);
}

START_TEST(the_first_to_come_leads_and_the_next_follows)
{
    struct candidate candidates[2];
    struct coord_model *model = set_up(1, candidates, 2);

    coord_model_connect(model, 0);
    while (coord_model_turn(model, 0))
        continue;
    ck_assert(election_is_leader(candidates[0].election));
    ck_assert_uint_eq(election_epoch(candidates[0].election), 1);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert(!election_is_leader(candidates[1].election));
    ck_assert_ptr_null(election_fence(candidates[1].election));

    coord_model_expire(model, 0);
    while (coord_model_turn(model, 0))
        continue;
    ck_assert_int_eq(candidates[0].last, ELECTION_SUSPENDED);
    ck_assert(election_is_leader(candidates[1].election));
    ck_assert_uint_eq(election_epoch(candidates[1].election), 2);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_int_eq(candidates[0].last, ELECTION_LOST);
    ck_assert(!election_is_leader(candidates[0].election));
    tear_down(&model, candidates, 2);
}
END_TEST

START_TEST(a_blip_suspends_and_resumes_in_the_same_epoch)
{
    struct candidate candidate;
    struct coord_model *model = set_up(2, &candidate, 1);

    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(candidate.wins, 1);
    coord_model_cut(model, 0);
    while (coord_model_turn(model, 0))
        continue;
    ck_assert_int_eq(candidate.last, ELECTION_SUSPENDED);
    ck_assert(!election_is_leader(candidate.election));
    ck_assert_ptr_null(election_fence(candidate.election));
    size_t reads = coord_model_served(model, COORD_GET);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_int_eq(candidate.last, ELECTION_RESUMED);
    ck_assert(election_is_leader(candidate.election));
    ck_assert_uint_eq(election_epoch(candidate.election), 1);
    ck_assert_uint_eq(coord_model_served(model, COORD_GET), reads); /* watches are still set */
    ck_assert_uint_eq(candidate.wins, 1);
    tear_down(&model, &candidate, 1);
}
END_TEST

START_TEST(who_resigns_is_succeeded_and_may_stand_again)
{
    struct candidate candidates[2];
    struct coord_model *model = set_up(3, candidates, 2);

    ck_assert(coord_model_calm(model, 1000));
    size_t first = election_is_leader(candidates[0].election) ? 0 : 1;
    candidates[first].is_started = false;
    resign(&candidates[first]);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_int_eq(candidates[first].last, ELECTION_RESIGNED);
    ck_assert(election_is_leader(candidates[1 - first].election));
    ck_assert_uint_eq(coord_model_children(model, PATH), 1);
    resign(&candidates[1 - first]); /* it stands again at once */
    ck_assert(coord_model_calm(model, 1000));
    ck_assert(election_is_leader(candidates[1 - first].election));
    ck_assert_uint_eq(election_epoch(candidates[1 - first].election), 3);
    tear_down(&model, candidates, 2);
}
END_TEST

START_TEST(a_leader_whose_seat_is_deleted_steps_down)
{
    struct candidate candidate;
    struct coord_model *model = set_up(4, &candidate, 1);
    struct election_view view;

    ck_assert(coord_model_calm(model, 1000));
    const char *data = coord_model_data(model, PATH);
    ck_assert(election_read(data, strlen(data), &view));
    ck_assert_uint_eq(view.epoch, 1);
    ck_assert_str_eq(view.data, "{\"id\":0}");
    char seat[COORD_PATH_MAX];
    (void)snprintf(seat, sizeof seat, PATH "/%.*s", (int)view.seat_size, view.seat);
    struct coord_call remove = {.kind = COORD_DELETE, .path = seat, .version = COORD_ANY_VERSION};
    ck_assert_int_eq(coord_model_do(model, &remove), COORD_OK);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(candidate.wins, 2);
    ck_assert_uint_eq(candidate.epoch, 2);
    tear_down(&model, &candidate, 1);
}
END_TEST

START_TEST(a_paused_leader_is_fenced_out)
{
    struct candidate candidates[2];
    struct coord_model *model = set_up(5, candidates, 2);

    ck_assert(coord_model_calm(model, 1000));
    make_node(model, "/state");
    size_t old = election_is_leader(candidates[0].election) ? 0 : 1;
    struct fence fence = *election_fence(candidates[old].election);
    write_fenced(&candidates[old], &fence);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_int_eq(candidates[old].outcome, FENCE_DONE);

    coord_model_expire(model, old); /* it does not notice; another leads */
    ck_assert(coord_model_calm(model, 1000));
    write_fenced(&candidates[old], &fence); /* in its new session, with the old belief */
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_int_eq(candidates[old].outcome, FENCE_OUT);
    ck_assert_str_eq(coord_model_data(model, "/state"), "1");
    tear_down(&model, candidates, 2);
}
END_TEST

START_TEST(the_nodes_text_is_read_strictly)
{
    static const char *const bad[] = {"x",       "1",      "1 ",     "1 seat",
                                      " seat\n", "-1 s\n", "1x s\n", "99999999999999999999 s\n"};
    struct election_view view;

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        ck_assert(!election_read(bad[i], strlen(bad[i]), &view));
    ck_assert(election_read(NULL, 0, &view));
    ck_assert_uint_eq(view.epoch, 0);
    ck_assert(election_read("12 seat\n", 8, &view));
    ck_assert_uint_eq(view.epoch, 12);
    ck_assert_uint_eq(view.seat_size, 4);
    ck_assert_uint_eq(view.size, 0);
}
END_TEST

/* ---- property: at most one, whatever happens ---- */

/* Of those who believe to lead while their seat is there, there is only one. */
static void expect_one_leader(const struct coord_model *model, const struct candidate *candidates)
{
    size_t leaders = 0;

    for (size_t i = 0; i < CANDIDATES; i++) {
        bool has_seat = coord_model_owned(model, i) != 0;
        leaders += has_seat && election_is_leader(candidates[i].election);
    }
    ck_assert_uint_le(leaders, 1);
}

/* What the leaders have written, through their fences, never goes back to an earlier epoch. */
static void expect_growing_state(const struct coord_model *model, uint64_t *last)
{
    const char *data = coord_model_data(model, "/state");
    uint64_t epoch = data == NULL ? 0 : strtoull(data, NULL, 10);

    ck_assert_uint_ge(epoch, *last);
    *last = epoch;
}

static void live_through(uint64_t seed)
{
    struct candidate candidates[CANDIDATES];
    struct coord_model *model = set_up(seed, candidates, CANDIDATES);
    struct fence fences[CANDIDATES] = {{.epoch = 0}}; /* also those that are out of date */
    uint64_t written = 0;

    make_node(model, "/state");
    for (size_t turn = 0; turn < 3000; turn++) {
        struct rng *rng = coord_model_rng(model);
        struct candidate *any = &candidates[rng_below(rng, CANDIDATES)];

        (void)coord_model_turn(model, 30);
        expect_one_leader(model, candidates);
        if (election_is_leader(any->election))
            fences[any->client] = *election_fence(any->election);
        if (rng_below(rng, 20) == 0 && fences[any->client].epoch != 0)
            write_fenced(any, &fences[any->client]);
        if (rng_below(rng, 300) == 0)
            resign(any);
        expect_growing_state(model, &written);
    }
    ck_assert_msg(coord_model_calm(model, 5000), "seed %" PRIu64 " does not come to rest", seed);
    ck_assert_msg(count_leaders(candidates, CANDIDATES) == 1, "seed %" PRIu64, seed);
    ck_assert_uint_eq(coord_model_children(model, PATH), CANDIDATES);
    tear_down(&model, candidates, CANDIDATES);
}

START_TEST(with_random_faults_at_most_one_leads_and_in_the_end_one_does)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        live_through(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_first_to_come_leads_and_the_next_follows,
        a_blip_suspends_and_resumes_in_the_same_epoch,
        who_resigns_is_succeeded_and_may_stand_again,
        a_leader_whose_seat_is_deleted_steps_down,
        a_paused_leader_is_fenced_out,
        the_nodes_text_is_read_strictly,
        with_random_faults_at_most_one_leads_and_in_the_end_one_does,
    };
    return suite_run("election", tests, sizeof tests / sizeof *tests);
}
