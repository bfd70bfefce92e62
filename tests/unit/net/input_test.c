/* SPDX-License-Identifier: Apache-2.0 */
#include "net/input.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

static void add(struct input *input, const char *text)
{
    memcpy(input_room(input, strlen(text)), text, strlen(text));
    input_add(input, strlen(text));
}

static void expect(const struct input *input, const char *text)
{
    ck_assert_uint_eq(input->size, strlen(text));
    if (input->size > 0)
        ck_assert_mem_eq(input_bytes(input), text, input->size);
    else
        ck_assert_ptr_null(input_bytes(input));
}

START_TEST(an_input_is_a_queue_in_one_piece)
{
    AUTO(input_done) struct input input = {.bytes = NULL};

    add(&input, "hello ");
    add(&input, "world");
    expect(&input, "hello world");
    input_use(&input, 6);
    expect(&input, "world");
    add(&input, "s");
    expect(&input, "worlds");
}
END_TEST

START_TEST(an_empty_input_has_no_memory)
{
    AUTO(input_done) struct input input = {.bytes = NULL};

    add(&input, "abc");
    input_use(&input, 3);
    ck_assert_ptr_null(input.bytes);
    ck_assert_uint_eq(input.capacity, 0);
    input_keep(&input, (const unsigned char *)"xyz", 3);
    expect(&input, "xyz");
    input_keep(&input, (const unsigned char *)"xyz", 0);
    ck_assert_ptr_null(input.bytes);
}
END_TEST

START_TEST(a_small_rest_of_much_gives_its_memory_back)
{
    AUTO(input_done) struct input input = {.bytes = NULL};
    AUTO(mem_free_text) char *much = mem_alloc(100001);

    memset(much, 'm', 100000);
    add(&input, much);
    input_use(&input, 99990);
    ck_assert_uint_eq(input.capacity, 10);
    expect(&input, "mmmmmmmmmm");

    add(&input, much);
    input_keep(&input, (const unsigned char *)"few", 3);
    ck_assert_uint_eq(input.capacity, 3);
    expect(&input, "few");
}
END_TEST

START_TEST(whatever_is_done_the_bytes_are_those_of_a_plain_queue)
{
    AUTO(input_done) struct input input = {.bytes = NULL};
    unsigned char next_in = 0;
    unsigned char next_out = 0;
    struct rng rng;

    rng_init(&rng, 3);
    for (int i = 0; i < 20000; i++) {
        size_t room = rng_below(&rng, 300) + 1;
        size_t count = rng_below(&rng, (uint32_t)room + 1);
        unsigned char *bytes = input_room(&input, room);
        for (size_t j = 0; j < count; j++)
            bytes[j] = next_in++;
        input_add(&input, count);

        size_t used = rng_below(&rng, (uint32_t)input.size + 1);
        size_t right = 0; /* ck_assert() is too slow for each byte */
        while (right < input.size &&
               input_bytes(&input)[right] == (unsigned char)(next_out + right))
            right++;
        ck_assert_uint_eq(right, input.size);
        input_use(&input, used);
        next_out = (unsigned char)(next_out + used);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_input_is_a_queue_in_one_piece,
        an_empty_input_has_no_memory,
        a_small_rest_of_much_gives_its_memory_back,
        whatever_is_done_the_bytes_are_those_of_a_plain_queue,
    };
    return suite_run("input", tests, COUNT_OF(tests));
}
