/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/event.h"

#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

/* What is not freed, or freed twice, address sanitizer sees. */
static struct coord_event everything(void)
{
    struct coord_event event = {.kind = COORD_ANSWERED, .part_count = 2, .child_count = 2};

    event.part_errors = NEW_ARRAY(enum coord_error, 2);
    event.part_paths = NEW_ARRAY(char *, 2);
    event.part_paths[1] = mem_copy_text("/created");
    event.children = NEW_ARRAY(char *, 2);
    event.children[0] = mem_copy_text("a");
    event.children[1] = mem_copy_text("b");
    event.path = mem_copy_text("/path");
    event.data = mem_copy_text("data");
    event.size = 4;
    return event;
}

START_TEST(an_event_frees_all_that_it_holds_and_is_zero_then)
{
    struct coord_event event = everything();

    coord_event_done(&event);
    ck_assert_int_eq(event.kind, COORD_CONNECTED);
    ck_assert_ptr_null(event.path);
    ck_assert_ptr_null(event.data);
    ck_assert_ptr_null(event.children);
    ck_assert_ptr_null(event.part_paths);
    ck_assert_ptr_null(event.part_errors);
    ck_assert_uint_eq(event.child_count + event.part_count + event.size, 0);
}
END_TEST

START_TEST(an_event_can_be_freed_again)
{
    struct coord_event event = everything();

    coord_event_done(&event);
    coord_event_done(&event);
    ck_assert_ptr_null(event.path);
}
END_TEST

/* A multi of which nothing was created, or that was never sent. */
START_TEST(parts_without_paths_are_freed_too)
{
    struct coord_event event = {.kind = COORD_ANSWERED, .part_count = 3};

    event.part_errors = NEW_ARRAY(enum coord_error, 3);
    coord_event_done(&event);
    ck_assert_uint_eq(event.part_count, 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_event_frees_all_that_it_holds_and_is_zero_then,
        an_event_can_be_freed_again,
        parts_without_paths_are_freed_too,
    };
    return suite_run("event", tests, sizeof tests / sizeof *tests);
}
