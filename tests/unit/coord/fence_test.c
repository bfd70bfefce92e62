/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/fence.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static struct fence fence_of(void)
{
    return (struct fence){.path = "/nimbus/leader", .version = 7, .epoch = 3};
}

START_TEST(the_check_comes_before_the_parts)
{
    struct fence fence = fence_of();
    struct coord_calls calls = {.items = NULL};
    struct coord_call parts[] = {
        {.kind = COORD_SET, .path = "/a", .data = "x", .size = 1, .version = 2},
        {.kind = COORD_DELETE, .path = "/b", .version = COORD_ANY_VERSION},
    };
    struct coord_call call;

    fence_send(&fence, parts, COUNT_OF(parts), 99, &calls);
    ck_assert(coord_calls_pop(&calls, &call));
    ck_assert_int_eq(call.kind, COORD_MULTI);
    ck_assert_uint_eq(call.tag, 99);
    ck_assert_uint_eq(call.part_count, 3);
    ck_assert_int_eq(call.parts[0].kind, COORD_CHECK);
    ck_assert_str_eq(call.parts[0].path, "/nimbus/leader");
    ck_assert_int_eq(call.parts[0].version, 7);
    ck_assert_str_eq(call.parts[1].path, "/a");
    ck_assert_str_eq(call.parts[2].path, "/b");
    coord_call_done(&call);
    coord_calls_done(&calls);
}
END_TEST

struct reading {
    const char *what;
    enum coord_error errors[3];
    enum coord_error error; /* of the whole */
    bool has_parts;
    enum fence_outcome outcome;
    enum coord_error ret_error;
    size_t ret_part;
};

START_TEST(the_answer_tells_fenced_out_from_failed)
{
    const enum coord_error undone = COORD_RUNTIME_INCONSISTENCY;
    const struct reading readings[] = {
        {"done", {0, 0, 0}, COORD_OK, true, FENCE_DONE, COORD_OK, 0},
        {"another leads",
         {COORD_BAD_VERSION, undone, undone},
         COORD_BAD_VERSION,
         true,
         FENCE_OUT,
         COORD_BAD_VERSION,
         0},
        {"no election any more",
         {COORD_NO_NODE, undone, undone},
         COORD_NO_NODE,
         true,
         FENCE_OUT,
         COORD_NO_NODE,
         0},
        {"somebody changed it first",
         {0, COORD_BAD_VERSION, undone},
         COORD_BAD_VERSION,
         true,
         FENCE_REFUSED,
         COORD_BAD_VERSION,
         0},
        {"the second part",
         {0, 0, COORD_NO_NODE},
         COORD_NO_NODE,
         true,
         FENCE_REFUSED,
         COORD_NO_NODE,
         1},
        {"may not read the fence",
         {COORD_NO_AUTH, undone, undone},
         COORD_NO_AUTH,
         true,
         FENCE_REFUSED,
         COORD_NO_AUTH,
         0},
        {"lost", {0}, COORD_CONNECTION_LOSS, false, FENCE_UNKNOWN, COORD_CONNECTION_LOSS, 0},
        {"expired", {0}, COORD_SESSION_EXPIRED, false, FENCE_UNKNOWN, COORD_SESSION_EXPIRED, 0},
        {"throttled", {0}, COORD_THROTTLED, false, FENCE_REFUSED, COORD_THROTTLED, 0},
    };

    for (size_t i = 0; i < COUNT_OF(readings); i++) {
        struct reading reading = readings[i];
        struct coord_event event = {
            .kind = COORD_ANSWERED,
            .call = COORD_MULTI,
            .error = reading.error,
            .part_errors = reading.has_parts ? reading.errors : NULL,
            .part_count = reading.has_parts ? 3 : 0,
        };
        enum coord_error error = COORD_SYSTEM_ERROR;
        size_t part = 9;

        ck_assert_msg(fence_read(&event, &error, &part) == reading.outcome, "%s", reading.what);
        ck_assert_msg(error == reading.ret_error && part == reading.ret_part, "%s", reading.what);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_check_comes_before_the_parts,
        the_answer_tells_fenced_out_from_failed,
    };
    return suite_run("fence", tests, sizeof tests / sizeof *tests);
}
