/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/state/directory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define PATH    "/supervisors"
#define READERS 2
#define NAMES   8

/* What a reader makes of the news, child by child. */
struct reader {
    struct directory *directory;
    struct coord_model *model;
    char known[NAMES][16]; /* data; "" for none */
    size_t news;
    size_t completes;
    size_t failures;
};

static void note_news(struct reader *reader, enum directory_change change,
                      const struct directory_entry *entry)
{
    size_t index = (size_t)(entry->name[1] - '0');
    char *known = reader->known[index];

    ck_assert_uint_lt(index, NAMES);
    ck_assert((known[0] == '\0') == (change == DIRECTORY_ADDED));
    reader->news++;
    (void)snprintf(known, 16, "%s", change == DIRECTORY_REMOVED ? "" : entry->data);
}

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct reader *reader = actor;
    enum directory_verdict verdict = directory_step(reader->directory, event, calls);
    enum directory_change change;
    struct directory_entry entry;

    while (directory_take(reader->directory, &change, &entry))
        note_news(reader, change, &entry);
    if (verdict == DIRECTORY_WANTS_RESYNC)
        directory_resync(reader->directory, calls);
    reader->completes += verdict == DIRECTORY_COMPLETE;
    reader->failures += verdict == DIRECTORY_FAILED;
}

static void add_reader(struct coord_model *model, struct reader *reader, size_t calls_max)
{
    struct directory_options options = {.number = 5, .path = PATH, .calls_max = calls_max};

    *reader = (struct reader){.directory = directory_new(&options), .model = model};
    (void)coord_model_add(model, step, reader);
}

static enum coord_error do_call(struct coord_model *model, enum coord_call_kind kind,
                                const char *name, const char *data)
{
    char path[64];

    (void)snprintf(path, sizeof path, PATH "%s%s", name[0] == '\0' ? "" : "/", name);
    struct coord_call call = {.kind = kind,
                              .path = path,
                              .data = data,
                              .size = data == NULL ? 0 : strlen(data),
                              .version = COORD_ANY_VERSION};
    return coord_model_do(model, &call);
}

static void settle(struct coord_model *model)
{
    ck_assert(coord_model_calm(model, 5000));
}

START_TEST(a_missing_directory_is_empty_until_it_is_made)
{
    struct coord_model *model = coord_model_new(1);
    struct reader reader;

    add_reader(model, &reader, 4);
    settle(model);
    ck_assert(directory_is_complete(reader.directory));
    ck_assert_uint_eq(reader.completes, 1);
    ck_assert_int_eq(do_call(model, COORD_CREATE, "", NULL), COORD_OK);
    ck_assert_int_eq(do_call(model, COORD_CREATE, "s1", "one"), COORD_OK);
    settle(model);
    ck_assert_str_eq(reader.known[1], "one");
    struct directory_entry entry;
    ck_assert(directory_find(reader.directory, "s1", &entry));
    ck_assert_str_eq(entry.data, "one");
    ck_assert(!directory_find(reader.directory, "s2", &entry));
    directory_destroy(&reader.directory);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(only_what_changed_is_read_again)
{
    struct coord_model *model = coord_model_new(2);
    struct reader reader;

    (void)do_call(model, COORD_CREATE, "", NULL);
    for (char name[] = "s0"; name[1] < '0' + NAMES; name[1]++)
        (void)do_call(model, COORD_CREATE, name, "old");
    add_reader(model, &reader, 3);
    settle(model);
    ck_assert_uint_eq(coord_model_served(model, COORD_GET), NAMES);
    ck_assert_uint_eq(coord_model_served(model, COORD_CHILDREN), 1);
    (void)do_call(model, COORD_SET, "s3", "new");
    settle(model);
    ck_assert_str_eq(reader.known[3], "new");
    ck_assert_uint_eq(coord_model_served(model, COORD_GET), NAMES + 1);
    (void)do_call(model, COORD_DELETE, "s4", NULL);
    settle(model);
    ck_assert_str_eq(reader.known[4], "");
    ck_assert_uint_eq(coord_model_served(model, COORD_CHILDREN), 2);

    size_t reads = coord_model_served(model, COORD_GET);
    coord_model_cut(model, 0); /* a blip costs only what has changed meanwhile */
    (void)do_call(model, COORD_SET, "s5", "new");
    settle(model);
    ck_assert_str_eq(reader.known[5], "new");
    ck_assert_uint_eq(coord_model_served(model, COORD_GET), reads + 1);
    ck_assert_uint_eq(coord_model_served(model, COORD_CHILDREN), 2);

    size_t position = 0;
    size_t count = 0;
    struct directory_entry entry;
    while (directory_next(reader.directory, &position, &entry))
        count++;
    ck_assert_uint_eq(count, NAMES - 1);
    directory_destroy(&reader.directory);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(a_new_session_reads_all_and_tells_differences)
{
    struct coord_model *model = coord_model_new(3);
    struct reader reader;

    (void)do_call(model, COORD_CREATE, "", NULL);
    (void)do_call(model, COORD_CREATE, "s1", "one");
    (void)do_call(model, COORD_CREATE, "s2", "two");
    (void)do_call(model, COORD_CREATE, "s3", "three");
    add_reader(model, &reader, 8);
    settle(model);
    ck_assert_uint_eq(reader.news, 3);
    coord_model_expire(model, 0);
    (void)do_call(model, COORD_SET, "s2", "zwei");
    (void)do_call(model, COORD_DELETE, "s3", NULL);
    settle(model);
    ck_assert_uint_eq(reader.completes, 2);
    ck_assert_uint_eq(reader.news, 5);
    ck_assert_str_eq(reader.known[2], "zwei");
    ck_assert_str_eq(reader.known[3], "");
    directory_destroy(&reader.directory);
    coord_model_destroy(&model);
}
END_TEST

START_TEST(nothing_is_read_before_the_caller_says_when)
{
    struct directory_options options = {.number = 5, .path = PATH, .calls_max = 2};
    AUTO(directory_destroy) struct directory *directory = directory_new(&options);
    struct coord_calls calls = {.items = NULL};
    struct coord_call call;
    struct coord_event event = {.kind = COORD_CONNECTED, .session_id = 1, .is_new_session = true};

    ck_assert_int_eq(directory_step(directory, &event, &calls), DIRECTORY_WANTS_RESYNC);
    ck_assert(!coord_calls_pop(&calls, &call));
    ck_assert(!directory_is_complete(directory));
    directory_resync(directory, &calls);
    ck_assert(coord_calls_pop(&calls, &call));
    ck_assert_int_eq(call.kind, COORD_CHILDREN);

    char first[] = "a";
    char second[] = "b";
    char third[] = "c";
    char *names[] = {first, second, third};
    struct coord_event list = {.kind = COORD_ANSWERED,
                               .tag = call.tag,
                               .call = COORD_CHILDREN,
                               .children = names,
                               .child_count = 3};
    coord_call_done(&call);
    (void)directory_step(directory, &list, &calls);
    for (size_t i = 0; i < 2; i++) { /* calls_max */
        ck_assert(coord_calls_pop(&calls, &call));
        ck_assert_int_eq(call.kind, COORD_GET);
        coord_call_done(&call);
    }
    ck_assert(!coord_calls_pop(&calls, &call));
    coord_calls_done(&calls);
}
END_TEST

START_TEST(a_watch_that_fires_before_its_answer_is_seen_is_not_set)
{
    struct directory_options options = {.number = 5, .path = PATH, .calls_max = 2};
    AUTO(directory_destroy) struct directory *directory = directory_new(&options);
    struct coord_calls calls = {.items = NULL};
    struct coord_call call;
    struct coord_event event = {.kind = COORD_CONNECTED, .session_id = 1, .is_new_session = true};

    (void)directory_step(directory, &event, &calls);
    directory_resync(directory, &calls);
    ck_assert(coord_calls_pop(&calls, &call));
    struct coord_event fired = {.kind = COORD_CHANGED, .tag = call.tag};
    struct coord_event list = {.kind = COORD_ANSWERED, .tag = call.tag, .call = COORD_CHILDREN};
    coord_call_done(&call);
    (void)directory_step(directory, &fired, &calls);
    ck_assert(!coord_calls_pop(&calls, &call));
    ck_assert_int_eq(directory_step(directory, &list, &calls), DIRECTORY_NO_NEWS);
    ck_assert(coord_calls_pop(&calls, &call)); /* read again */
    ck_assert_int_eq(call.kind, COORD_CHILDREN);
    coord_call_done(&call);
    coord_calls_done(&calls);
}
END_TEST

/* ---- property ---- */

static void change_something(struct coord_model *model)
{
    struct rng *rng = coord_model_rng(model);
    char name[] = {'s', (char)('0' + rng_below(rng, NAMES)), '\0'};
    char data[16];

    (void)snprintf(data, sizeof data, "%u", (unsigned)rng_below(rng, 1000000));
    switch (rng_below(rng, 4)) {
    case 0:
        (void)do_call(model, COORD_CREATE, name, data);
        break;
    case 1:
        (void)do_call(model, COORD_DELETE, name, NULL);
        break;
    default:
        (void)do_call(model, COORD_SET, name, data);
        break;
    }
    if (rng_below(rng, 50) == 0) {
        (void)do_call(model, COORD_DELETE, "", NULL); /* if it is empty */
        (void)do_call(model, COORD_CREATE, "", NULL);
    }
}

static void expect_same(const struct coord_model *model, const struct reader *reader, uint64_t seed)
{
    for (size_t i = 0; i < NAMES; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, PATH "/s%zu", i);
        const char *data = coord_model_data(model, path);
        struct directory_entry entry;
        char name[] = {'s', (char)('0' + i), '\0'};

        ck_assert_msg(strcmp(reader->known[i], data == NULL ? "" : data) == 0,
                      "seed %" PRIu64 " %s: '%s'", seed, path, reader->known[i]);
        ck_assert(directory_find(reader->directory, name, &entry) == (data != NULL));
    }
}

static void live_through(uint64_t seed)
{
    struct coord_model *model = coord_model_new(seed);
    struct reader readers[READERS];

    (void)do_call(model, COORD_CREATE, "", NULL);
    for (size_t i = 0; i < READERS; i++)
        add_reader(model, &readers[i], 1 + i * 3);
    for (size_t turn = 0; turn < 3000; turn++) {
        (void)coord_model_turn(model, 20);
        if (rng_below(coord_model_rng(model), 15) == 0)
            change_something(model);
    }
    ck_assert_msg(coord_model_calm(model, 5000), "seed %" PRIu64, seed);
    for (size_t i = 0; i < READERS; i++) {
        ck_assert(directory_is_complete(readers[i].directory));
        ck_assert_uint_eq(readers[i].failures, 0);
        expect_same(model, &readers[i], seed);
        directory_destroy(&readers[i].directory);
    }
    coord_model_destroy(&model);
}

START_TEST(with_random_faults_it_ends_up_the_same)
{
    for (uint64_t seed = 1; seed <= 80; seed++)
        live_through(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_missing_directory_is_empty_until_it_is_made,
        only_what_changed_is_read_again,
        a_new_session_reads_all_and_tells_differences,
        nothing_is_read_before_the_caller_says_when,
        a_watch_that_fires_before_its_answer_is_seen_is_not_set,
        with_random_faults_it_ends_up_the_same,
    };
    return suite_run("directory", tests, sizeof tests / sizeof *tests);
}
