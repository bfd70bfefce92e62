/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"

#include <signal.h>
#include <stdint.h>

#include "tests/support/suite.h"
#include "tests/unit/base/child.h"

struct thing {
    int number;
    char name[20];
};

struct wide {
    _Alignas(64) char byte;
};

static int destroyed;

static void thing_destroy(struct thing **thing)
{
    if (*thing == NULL)
        return;
    destroyed++;
    free(*thing);
    *thing = NULL;
}

START_TEST(new_memory_is_zero)
{
    struct thing *thing = NEW(struct thing);
    struct thing *things = NEW_ARRAY(struct thing, 100);
    const struct thing zero = {0};

    ck_assert_mem_eq(thing, &zero, sizeof zero);
    for (size_t i = 0; i < 100; i++)
        ck_assert_mem_eq(&things[i], &zero, sizeof zero);
    free(thing);
    free(things);
}
END_TEST

START_TEST(new_memory_is_aligned_as_the_type_wants)
{
    struct wide *one = NEW(struct wide);
    struct wide *many = NEW_ARRAY(struct wide, 3);
    struct wide *none = NEW_ARRAY(struct wide, 0);

    ck_assert_uint_eq((uintptr_t)one % 64, 0);
    ck_assert_uint_eq((uintptr_t)many % 64, 0);
    ck_assert_uint_eq((uintptr_t)none % 64, 0);
    ck_assert_int_eq(many[2].byte, 0);
    free(one);
    free(many);
    free(none);
}
END_TEST

START_TEST(nothing_is_a_pointer_that_can_be_freed)
{
    void *none = mem_alloc(0);
    void *empty = mem_resize(mem_alloc(8), 0, 8);

    ck_assert_ptr_nonnull(none);
    ck_assert_ptr_nonnull(empty);
    free(none);
    free(empty);
}
END_TEST

START_TEST(a_resized_array_keeps_its_content)
{
    uint32_t *numbers = mem_resize(NULL, 2, sizeof *numbers);
    numbers[0] = 7;
    numbers[1] = 8;

    numbers = mem_resize(numbers, 1000, sizeof *numbers);
    ck_assert_uint_eq(numbers[0], 7);
    ck_assert_uint_eq(numbers[1], 8);
    numbers[999] = 9;
    numbers = mem_resize(numbers, 1, sizeof *numbers);
    ck_assert_uint_eq(numbers[0], 7);
    free(numbers);
}
END_TEST

static void resize_too_far(void)
{
    free(mem_resize(NULL, SIZE_MAX / 4, 8));
}

static void allocate_too_much(void)
{
    free(NEW_ARRAY(struct thing, SIZE_MAX / 8));
}

START_TEST(a_size_that_overflows_aborts)
{
    struct child_end end = child_run(resize_too_far);
    ck_assert_int_eq(end.signal, SIGABRT);
    ck_assert_ptr_nonnull(strstr(end.errors, "out of memory: cannot get "));

    end = child_run(allocate_too_much);
    ck_assert_int_eq(end.signal, SIGABRT);
    ck_assert_ptr_nonnull(strstr(end.errors, "out of memory: cannot get "));
}
END_TEST

START_TEST(the_end_of_a_scope_destroys)
{
    destroyed = 0;
    {
        AUTO(thing_destroy) struct thing *thing = NEW(struct thing);
        ck_assert_ptr_nonnull(thing);
    }
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

static struct thing *make(void)
{
    AUTO(thing_destroy) struct thing *thing = NEW(struct thing);
    thing->number = 5;
    return TAKE(thing);
}

START_TEST(what_is_taken_outlives_its_scope)
{
    destroyed = 0;
    struct thing *thing = make();
    ck_assert_int_eq(thing->number, 5);
    ck_assert_int_eq(destroyed, 0);

    struct thing *moved = TAKE(thing);
    ck_assert_ptr_null(thing);
    thing_destroy(&moved);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(a_member_leads_to_its_container)
{
    struct thing thing = {.number = 3};

    ck_assert_ptr_eq(CONTAINER_OF(&thing.name, struct thing, name), &thing);
    ck_assert_uint_eq(COUNT_OF(thing.name), 20);
}
END_TEST

START_TEST(a_copied_text_is_another_one)
{
    char text[] = "abc";
    AUTO(mem_free_text) char *copy = mem_copy_text(text);

    text[0] = 'x';
    ck_assert_str_eq(copy, "abc");
    mem_free_text(&copy);
    ck_assert_ptr_null(copy);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        new_memory_is_zero,
        new_memory_is_aligned_as_the_type_wants,
        nothing_is_a_pointer_that_can_be_freed,
        a_resized_array_keeps_its_content,
        a_size_that_overflows_aborts,
        the_end_of_a_scope_destroys,
        what_is_taken_outlives_its_scope,
        a_member_leads_to_its_container,
        a_copied_text_is_another_one,
    };
    return suite_run("mem", tests, sizeof tests / sizeof *tests);
}
