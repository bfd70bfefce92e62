/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/follower.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "coord/state/paths.h"
#include "tests/support/coord_model.h"
#include "tests/support/suite.h"

#define ID "words-1-9"

struct reader {
    struct follower *follower;
    unsigned news; /* all that came since it was looked at */
    char fault[256];
};

static void step(void *actor, const struct coord_event *event, struct coord_calls *calls)
{
    struct reader *reader = actor;

    reader->news |= follower_step(reader->follower, event, calls);
    if (follower_fault(reader->follower)[0] != '\0')
        (void)strncpy(reader->fault, follower_fault(reader->follower), sizeof reader->fault - 1);
}

static unsigned take_news(struct reader *reader)
{
    unsigned news = reader->news;

    reader->news = 0;
    return news;
}

static void write_node(struct coord_model *model, const char *path, const char *data)
{
    struct coord_call call = {.kind = COORD_CREATE,
                              .path = path,
                              .data = data,
                              .size = data == NULL ? 0 : strlen(data),
                              .version = COORD_ANY_VERSION};

    if (coord_model_do(model, &call) == COORD_OK)
        return;
    call.kind = COORD_SET;
    ck_assert_int_eq(coord_model_do(model, &call), COORD_OK);
}

static void delete_node(struct coord_model *model, const char *path)
{
    const struct coord_call call = {
        .kind = COORD_DELETE, .path = path, .version = COORD_ANY_VERSION};

    ck_assert_int_eq(coord_model_do(model, &call), COORD_OK);
}

static void write_topology(struct coord_model *model, enum topology_status status)
{
    static const char hash[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct topology_state topology = {.id = (char[]){ID},
                                      .name = (char[]){"words"},
                                      .owner = (char[]){"me"},
                                      .status = status,
                                      .status_before = status,
                                      .plan_hash = (char *)hash,
                                      .so_hash = (char *)hash,
                                      .epoch = 1};
    AUTO(mem_free_text) char *text = topology_state_encode(&topology);

    write_node(model, paths_topology(ID).text, text);
}

static void write_assignment(struct coord_model *model, uint64_t epoch, uint64_t version)
{
    uint32_t executors[] = {0};
    struct assignment_worker worker = {
        .supervisor = (char[]){"s1"}, .loops = 1, .executor_count = 1, .executors = executors};
    struct assignment_state assignment = {.topology = (char[]){ID},
                                          .epoch = epoch,
                                          .version = version,
                                          .component_count = 1,
                                          .executors = (uint32_t[]){1},
                                          .worker_count = 1,
                                          .workers = &worker};
    AUTO(mem_free_text) char *text = assignment_state_encode(&assignment);

    write_node(model, paths_assignment(ID).text, text);
}

static void write_worker(struct coord_model *model, uint32_t slot, uint64_t incarnation)
{
    struct worker_state worker = {.supervisor = (char[]){"s1"},
                                  .slot = slot,
                                  .incarnation = incarnation,
                                  .address = (char[]){"127.0.0.1:4711"}};
    AUTO(mem_free_text) char *text = worker_state_encode(&worker);

    write_node(model, paths_worker(ID, "s1", slot).text, text);
}

static void begin(struct reader *reader, struct coord_model **ret_model, uint64_t seed)
{
    struct coord_model *model = coord_model_new(seed);

    write_node(model, PATHS_TOPOLOGIES, NULL);
    write_node(model, PATHS_ASSIGNMENTS, NULL);
    write_node(model, PATHS_WORKERS, NULL);
    write_node(model, paths_workers(ID).text, NULL);
    *reader = (struct reader){.follower = follower_new(ID)};
    (void)coord_model_add(model, step, reader);
    *ret_model = model;
}

static void end(struct reader *reader, struct coord_model *model)
{
    follower_destroy(&reader->follower);
    coord_model_destroy(&model);
}

static void settle(struct coord_model *model)
{
    ck_assert(coord_model_calm(model, 5000));
}

static size_t count_workers(const struct reader *reader, uint64_t *ret_incarnations)
{
    const struct worker_state *worker;
    size_t position = 0;
    size_t count = 0;

    *ret_incarnations = 0;
    while (follower_next_worker(reader->follower, &position, &worker)) {
        *ret_incarnations += worker->incarnation;
        count++;
    }
    return count;
}

START_TEST(everything_is_read_once_and_what_changes_is_news)
{
    struct coord_model *model;
    struct reader reader;
    uint64_t sum;

    begin(&reader, &model, 1);
    write_topology(model, TOPOLOGY_ACTIVE);
    write_assignment(model, 1, 1);
    write_worker(model, 0, 5);
    ck_assert(!follower_is_complete(reader.follower));
    settle(model);
    ck_assert(follower_is_complete(reader.follower));
    ck_assert_int_eq(follower_topology(reader.follower)->status, TOPOLOGY_ACTIVE);
    ck_assert_uint_eq(follower_assignment(reader.follower)->version, 1);
    ck_assert_uint_eq(count_workers(&reader, &sum), 1);
    ck_assert_uint_eq(sum, 5);
    (void)take_news(&reader);

    write_topology(model, TOPOLOGY_INACTIVE);
    settle(model);
    ck_assert_uint_eq(take_news(&reader), FOLLOWER_TOPOLOGY);
    write_assignment(model, 1, 2);
    settle(model);
    ck_assert_uint_eq(take_news(&reader), FOLLOWER_ASSIGNMENT);
    write_worker(model, 1, 7);
    settle(model);
    ck_assert_uint_eq(take_news(&reader), FOLLOWER_WORKERS);
    ck_assert_uint_eq(count_workers(&reader, &sum), 2);
    ck_assert_uint_eq(sum, 12);
    delete_node(model, paths_worker(ID, "s1", 0).text);
    settle(model);
    ck_assert_uint_eq(take_news(&reader), FOLLOWER_WORKERS);
    ck_assert_uint_eq(count_workers(&reader, &sum), 1);
    delete_node(model, paths_assignment(ID).text);
    settle(model);
    ck_assert_uint_eq(take_news(&reader), FOLLOWER_ASSIGNMENT);
    ck_assert_ptr_null(follower_assignment(reader.follower));
    ck_assert(follower_is_complete(reader.follower)); /* there is none: that is known */
    end(&reader, model);
}
END_TEST

START_TEST(a_topology_that_is_not_there_is_known_not_to_be)
{
    struct coord_model *model;
    struct reader reader;

    begin(&reader, &model, 2);
    settle(model);
    ck_assert(follower_is_complete(reader.follower));
    ck_assert_ptr_null(follower_topology(reader.follower));
    ck_assert_ptr_null(follower_assignment(reader.follower));
    end(&reader, model);
}
END_TEST

START_TEST(an_assignment_of_a_leader_before_is_passed_over)
{
    struct coord_model *model;
    struct reader reader;

    begin(&reader, &model, 3);
    write_assignment(model, 4, 8);
    settle(model);
    (void)take_news(&reader);
    write_assignment(model, 3, 9);
    settle(model);
    ck_assert_uint_eq(take_news(&reader), 0);
    ck_assert_uint_eq(follower_assignment(reader.follower)->version, 8);
    ck_assert_ptr_nonnull(strstr(reader.fault, "epoch"));
    write_assignment(model, 4, 9);
    settle(model);
    ck_assert_uint_eq(follower_assignment(reader.follower)->version, 9);
    end(&reader, model);
}
END_TEST

START_TEST(what_cannot_be_read_changes_nothing)
{
    struct coord_model *model;
    struct reader reader;
    uint64_t sum;

    begin(&reader, &model, 4);
    write_topology(model, TOPOLOGY_ACTIVE);
    write_assignment(model, 1, 1);
    write_worker(model, 0, 5);
    settle(model);
    write_node(model, paths_assignment(ID).text, "{");
    write_node(model, paths_topology(ID).text, "nonsense");
    write_node(model, paths_worker(ID, "s1", 1).text, "[]");
    settle(model);
    ck_assert_str_ne(reader.fault, "");
    ck_assert_uint_eq(follower_assignment(reader.follower)->version, 1);
    ck_assert_int_eq(follower_topology(reader.follower)->status, TOPOLOGY_ACTIVE);
    ck_assert_uint_eq(count_workers(&reader, &sum), 1);
    end(&reader, model);
}
END_TEST

START_TEST(without_a_connection_what_is_known_stays)
{
    struct coord_model *model;
    struct reader reader;

    begin(&reader, &model, 5);
    write_assignment(model, 1, 1);
    settle(model);
    (void)take_news(&reader);
    coord_model_expire(model, 0);
    write_assignment(model, 1, 2);
    while ((reader.news & FOLLOWER_LOST) == 0)
        ck_assert(coord_model_turn(model, 0));
    ck_assert_uint_eq(follower_assignment(reader.follower)->version, 1);
    ck_assert(follower_is_complete(reader.follower));
    settle(model);
    ck_assert((take_news(&reader) & (FOLLOWER_BACK | FOLLOWER_ASSIGNMENT)) ==
              (FOLLOWER_BACK | FOLLOWER_ASSIGNMENT));
    ck_assert_uint_eq(follower_assignment(reader.follower)->version, 2);
    end(&reader, model);
}
END_TEST

/* Whatever happens to the connection, it comes to know what is there. */
START_TEST(with_faults_it_comes_to_know_all_the_same)
{
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct coord_model *model;
        struct reader reader;
        uint64_t sum;
        begin(&reader, &model, seed);
        for (uint64_t version = 1; version <= 20; version++) {
            write_assignment(model, 1 + version / 5, version);
            write_worker(model, (uint32_t)version % 3, version);
            write_topology(model, version % 2 == 0 ? TOPOLOGY_ACTIVE : TOPOLOGY_INACTIVE);
            for (uint32_t turns = 0; turns < 20; turns++)
                (void)coord_model_turn(model, 100);
        }
        settle(model);
        ck_assert(follower_is_complete(reader.follower));
        ck_assert_uint_eq(follower_assignment(reader.follower)->version, 20);
        ck_assert_int_eq(follower_topology(reader.follower)->status, TOPOLOGY_ACTIVE);
        ck_assert_uint_eq(count_workers(&reader, &sum), 3);
        ck_assert_uint_eq(sum, 20 + 19 + 18);
        end(&reader, model);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        everything_is_read_once_and_what_changes_is_news,
        a_topology_that_is_not_there_is_known_not_to_be,
        an_assignment_of_a_leader_before_is_passed_over,
        what_cannot_be_read_changes_nothing,
        without_a_connection_what_is_known_stays,
        with_faults_it_comes_to_know_all_the_same,
    };
    return suite_run("follower", tests, sizeof tests / sizeof *tests);
}
