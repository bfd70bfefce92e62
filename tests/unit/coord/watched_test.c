/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/watched.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define PATH "/setting"

struct reader {
    struct watched *watched;
    size_t changes;
};

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct reader *reader = actor;
    enum watched_verdict verdict = watched_step(reader->watched, event, calls);

    reader->changes += verdict == WATCHED_CHANGED;
    if (verdict == WATCHED_FAILED)
        watched_retry(reader->watched, calls);
}

static struct coord_model *set_up(uint64_t seed, struct reader *reader)
{
    struct coord_model *model = coord_model_new(seed);

    *reader = (struct reader){.watched = watched_new(3, PATH)};
    (void)coord_model_add(model, step, reader);
    return model;
}

static void tear_down(struct coord_model **model, struct reader *reader)
{
    watched_destroy(&reader->watched);
    coord_model_destroy(model);
}

static void change(struct coord_model *model, enum coord_call_kind kind, const char *data)
{
    struct coord_call call = {.kind = kind,
                              .path = PATH,
                              .data = data,
                              .size = data == NULL ? 0 : strlen(data),
                              .version = COORD_ANY_VERSION};

    (void)coord_model_do(model, &call);
}

static void expect_data(const struct reader *reader, const char *data)
{
    size_t size = 0;
    const char *known = watched_data(reader->watched, &size);

    ck_assert(watched_is_known(reader->watched));
    ck_assert((known == NULL) == (data == NULL));
    ck_assert((watched_stat(reader->watched) == NULL) == (data == NULL));
    if (data != NULL)
        ck_assert_str_eq(known, data);
    ck_assert_uint_eq(size, data == NULL ? 0 : strlen(data));
}

START_TEST(it_follows_birth_change_and_death)
{
    struct reader reader;
    struct coord_model *model = set_up(1, &reader);

    ck_assert(!watched_is_known(reader.watched));
    ck_assert(coord_model_calm(model, 1000));
    expect_data(&reader, NULL);
    change(model, COORD_CREATE, "one");
    ck_assert(coord_model_calm(model, 1000));
    expect_data(&reader, "one");
    change(model, COORD_SET, "two");
    change(model, COORD_SET, "three"); /* "two" may be skipped */
    ck_assert(coord_model_calm(model, 1000));
    expect_data(&reader, "three");
    change(model, COORD_DELETE, NULL);
    ck_assert(coord_model_calm(model, 1000));
    expect_data(&reader, NULL);
    change(model, COORD_CREATE, "four");
    ck_assert(coord_model_calm(model, 1000));
    expect_data(&reader, "four");
    ck_assert_uint_eq(reader.changes, 5);
    tear_down(&model, &reader);
}
END_TEST

START_TEST(a_new_session_is_no_news)
{
    struct reader reader;
    struct coord_model *model = set_up(2, &reader);

    change(model, COORD_CREATE, "one");
    ck_assert(coord_model_calm(model, 1000));
    size_t reads = coord_model_served(model, COORD_GET);
    coord_model_cut(model, 0);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(coord_model_served(model, COORD_GET), reads);
    coord_model_expire(model, 0);
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(coord_model_served(model, COORD_GET), reads + 1);
    ck_assert_uint_eq(reader.changes, 1);
    coord_model_expire(model, 0);
    change(model, COORD_SET, "two");
    ck_assert(coord_model_calm(model, 1000));
    ck_assert_uint_eq(reader.changes, 2);
    expect_data(&reader, "two");
    tear_down(&model, &reader);
}
END_TEST

static void live_through(uint64_t seed)
{
    struct reader reader;
    struct coord_model *model = set_up(seed, &reader);
    struct rng *rng = coord_model_rng(model);

    for (size_t turn = 0; turn < 500; turn++) {
        char data[16];
        (void)coord_model_turn(model, 50);
        (void)snprintf(data, sizeof data, "%zu", turn);
        switch (rng_below(rng, 20)) {
        case 0:
            change(model, COORD_CREATE, data);
            break;
        case 1:
            change(model, COORD_DELETE, NULL);
            break;
        case 2:
            change(model, COORD_SET, data);
            break;
        default:
            break;
        }
    }
    ck_assert_msg(coord_model_calm(model, 1000), "seed %" PRIu64, seed);
    expect_data(&reader, coord_model_data(model, PATH));
    tear_down(&model, &reader);
}

START_TEST(with_random_faults_the_latest_is_known_in_the_end)
{
    for (uint64_t seed = 1; seed <= 300; seed++)
        live_through(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        it_follows_birth_change_and_death,
        a_new_session_is_no_news,
        with_random_faults_the_latest_is_known_in_the_end,
    };
    return suite_run("watched", tests, sizeof tests / sizeof *tests);
}
