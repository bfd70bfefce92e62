/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/call.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

START_TEST(an_empty_queue_gives_nothing)
{
    struct coord_calls calls = {.items = NULL};
    struct coord_call call;

    ck_assert(!coord_calls_pop(&calls, &call));
    coord_calls_done(&calls);
}
END_TEST

START_TEST(a_call_is_copied_with_its_bytes)
{
    struct coord_calls calls = {.items = NULL};
    struct coord_call call;
    char path[] = "/a";
    char data[] = {'x', '\0', 'y'};

    coord_calls_push(&calls, &(struct coord_call){.kind = COORD_SET,
                                                  .tag = 7,
                                                  .path = path,
                                                  .data = data,
                                                  .size = sizeof data,
                                                  .version = 3});
    path[1] = 'b';
    data[0] = 'z';
    ck_assert(coord_calls_pop(&calls, &call));
    ck_assert_int_eq(call.kind, COORD_SET);
    ck_assert_uint_eq(call.tag, 7);
    ck_assert_str_eq(call.path, "/a");
    ck_assert_uint_eq(call.size, 3);
    ck_assert_mem_eq(call.data, "x\0y", 3);
    ck_assert_int_eq(call.version, 3);
    coord_call_done(&call);
    ck_assert_ptr_null(call.path);
    coord_calls_done(&calls);
}
END_TEST

START_TEST(null_data_and_empty_data_stay_apart)
{
    struct coord_calls calls = {.items = NULL};
    struct coord_call call;

    coord_calls_push(&calls, &(struct coord_call){.kind = COORD_CREATE, .path = "/null"});
    coord_calls_push(&calls, &(struct coord_call){.kind = COORD_CREATE, .path = "/a", .data = ""});
    ck_assert(coord_calls_pop(&calls, &call));
    ck_assert_ptr_null(call.data);
    coord_call_done(&call);
    ck_assert(coord_calls_pop(&calls, &call));
    ck_assert_ptr_nonnull(call.data);
    ck_assert_uint_eq(call.size, 0);
    coord_call_done(&call);
    coord_calls_done(&calls);
}
END_TEST

START_TEST(the_parts_of_a_multi_are_copied_too)
{
    struct coord_calls calls = {.items = NULL};
    struct coord_call call;
    struct coord_call parts[] = {
        {.kind = COORD_CHECK, .path = "/epoch", .version = 4},
        {.kind = COORD_CREATE, .path = "/a", .data = "one", .size = 3},
        {.kind = COORD_DELETE, .path = "/b", .version = COORD_ANY_VERSION},
    };

    coord_calls_push(
        &calls,
        &(struct coord_call){.kind = COORD_MULTI, .parts = parts, .part_count = COUNT_OF(parts)});
    memset(parts, 0, sizeof parts);
    ck_assert(coord_calls_pop(&calls, &call));
    ck_assert_uint_eq(call.part_count, 3);
    ck_assert_str_eq(call.parts[0].path, "/epoch");
    ck_assert_int_eq(call.parts[0].version, 4);
    ck_assert_mem_eq(call.parts[1].data, "one", 3);
    ck_assert_int_eq(call.parts[2].kind, COORD_DELETE);
    coord_call_done(&call);
    coord_calls_done(&calls);
}
END_TEST

START_TEST(what_nobody_took_is_freed_with_the_queue)
{
    struct coord_calls calls = {.items = NULL};
    struct coord_call call;

    for (int i = 0; i < 100; i++)
        coord_calls_push(&calls, &(struct coord_call){.kind = COORD_GET, .path = "/a"});
    coord_calls_done(&calls); /* address sanitizer sees what is left */
    ck_assert(!coord_calls_pop(&calls, &call));
}
END_TEST

START_TEST(what_can_be_sent_has_no_fault)
{
    static const struct coord_call part = {.kind = COORD_CHECK, .path = "/a", .version = 3};
    static const struct coord_call calls[] = {
        {.kind = COORD_CREATE, .path = "/a"},
        {.kind = COORD_CREATE, .path = "/a", .data = "x", .size = 1, .mode = COORD_CONTAINER},
        {.kind = COORD_CREATE, .path = "/a/", .mode = COORD_EPHEMERAL_SEQUENTIAL},
        {.kind = COORD_CREATE, .path = "/", .mode = COORD_PERSISTENT_SEQUENTIAL},
        {.kind = COORD_DELETE, .path = "/a", .version = COORD_ANY_VERSION},
        {.kind = COORD_CHILDREN, .path = "/", .watch = true},
        {.kind = COORD_SYNC, .path = "/"},
        {.kind = COORD_MULTI, .parts = &part, .part_count = 1},
        {.kind = COORD_MULTI},
    };

    for (size_t i = 0; i < COUNT_OF(calls); i++)
        ck_assert_ptr_null(coord_call_fault(&calls[i]));
}
END_TEST

START_TEST(each_fault_has_its_text)
{
    static char data[COORD_DATA_MAX_BYTES + 1];
    static char path[COORD_PATH_MAX + 1];
    static const struct coord_call get = {.kind = COORD_GET, .path = "/a"};
    static const struct coord_call container = {
        .kind = COORD_CREATE, .path = "/a", .mode = COORD_CONTAINER};
    static const struct coord_call halves[] = {
        {.kind = COORD_SET, .path = "/a", .data = data, .size = COORD_DATA_MAX_BYTES / 2},
        {.kind = COORD_SET, .path = "/a", .data = data, .size = COORD_DATA_MAX_BYTES / 2},
    };
    static const struct {
        struct coord_call call;
        const char *fault;
    } rows[] = {
        {{.kind = COORD_GET}, "is empty"},
        {{.kind = COORD_GET, .path = "a"}, "does not start with '/'"},
        {{.kind = COORD_GET, .path = "/a/"}, "ends in '/'"},
        {{.kind = COORD_CREATE, .path = "/a/"}, "ends in '/'"},
        {{.kind = COORD_GET, .path = path}, "is longer than 1023 bytes"},
        {{.kind = COORD_SET, .path = "/a", .size = 1}, "has a size and no data"},
        {{.kind = COORD_SET, .path = "/a", .data = data, .size = sizeof data},
         "has more than 1000000 bytes of data"},
        {{.kind = COORD_SET, .path = "/a", .version = -2}, "has a version below -1"},
        {{.kind = COORD_CHECK, .path = "/a"}, "is a check outside of a multi"},
        {{.kind = COORD_MULTI, .parts = &get, .part_count = 1},
         "is neither create, delete, set nor check, and so no part of a multi"},
        {{.kind = COORD_MULTI, .parts = &container, .part_count = 1},
         "creates a container in a multi"},
        {{.kind = COORD_MULTI, .part_count = COORD_PARTS_MAX + 1}, "has more than 64 parts"},
        {{.kind = COORD_MULTI, .parts = halves, .part_count = 2},
         "has more than 1000000 bytes in its parts"},
    };

    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *fault = coord_call_fault(&rows[i].call);

        ck_assert_msg(fault != NULL, "no fault in row %zu", i);
        ck_assert_str_eq(fault, rows[i].fault);
    }
}
END_TEST

/* Against a pair of counters: whatever is pushed comes out once, in order. */
START_TEST(calls_come_out_in_the_order_in_which_they_went_in)
{
    struct coord_calls calls = {.items = NULL};
    struct rng rng;
    uint64_t pushed = 0;
    uint64_t popped = 0;

    rng_init(&rng, 1);
    for (int step = 0; step < 20000; step++) {
        struct coord_call call;

        /* Grows for a while, then shrinks, by turns. */
        if (rng_below(&rng, 100) < (step / 1000 % 2 == 0 ? 60U : 40U)) {
            char path[32];

            (void)snprintf(path, sizeof path, "/%d", (int)pushed);
            coord_calls_push(&calls, &(struct coord_call){.tag = pushed++, .path = path});
        } else if (coord_calls_pop(&calls, &call)) {
            ck_assert_uint_eq(call.tag, popped++);
            coord_call_done(&call);
        } else {
            ck_assert_uint_eq(pushed, popped);
        }
        ck_assert_uint_eq(calls.end - calls.begin, pushed - popped);
    }
    ck_assert_uint_gt(popped, 5000);
    coord_calls_done(&calls);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_queue_gives_nothing,
        a_call_is_copied_with_its_bytes,
        null_data_and_empty_data_stay_apart,
        the_parts_of_a_multi_are_copied_too,
        what_nobody_took_is_freed_with_the_queue,
        what_can_be_sent_has_no_fault,
        each_fault_has_its_text,
        calls_come_out_in_the_order_in_which_they_went_in,
    };
    return suite_run("call", tests, sizeof tests / sizeof *tests);
}
