/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/figure_sets.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static const struct figure_source first = {.topology = "t", .slot = 2, .incarnation = 7};
static const struct figure_source second = {.topology = "t", .slot = 2, .incarnation = 8};
static const struct figure_source third = {.topology = "t", .slot = 2, .incarnation = 9};

/* What nimbus was sent: the arguments of each message, and all bodies. */
struct nimbus {
    struct text heads;
    struct text bodies;
    uint32_t messages;
    uint32_t messages_max;
    size_t largest;
};

static void nimbus_done(struct nimbus *nimbus)
{
    text_done(&nimbus->heads);
    text_done(&nimbus->bodies);
}

static bool receive(void *context, const json_t *args, const void *body, size_t size)
{
    struct nimbus *nimbus = context;
    AUTO(mem_free_text) char *head = json_dumps(args, JSON_COMPACT);

    if (nimbus->messages == nimbus->messages_max)
        return false;
    nimbus->messages++;
    text_add(&nimbus->heads, "%s\n", head);
    text_add_bytes(&nimbus->bodies, body, size);
    if (size > nimbus->largest)
        nimbus->largest = size;
    return true;
}

static enum err take(struct figure_sets *sets, const struct figure_source *source, uint64_t set,
                     uint32_t index, uint32_t count, const char *part)
{
    struct figures_message message = {
        .set = set, .index = index, .count = count, .part = part, .size = strlen(part)};
    struct error error = {.code = ERR_OK};
    enum err err = figure_sets_take(sets, source, &message, &error);

    ck_assert((err == ERR_OK) == (error.text[0] == '\0'));
    return err;
}

static bool post(struct figure_sets *sets, struct nimbus *nimbus)
{
    struct figure_post to = {.supervisor = "s1", .send = receive, .context = nimbus};
    bool is_posted = figure_sets_post(sets, &to);

    is_posted = figure_post_flush(&to) && is_posted;
    if (!is_posted)
        figure_sets_withdraw(sets);
    return is_posted;
}

/* What a post of all that waits has in its bodies, one after the other. */
static void expect(struct figure_sets *sets, const char *bodies)
{
    AUTO(nimbus_done) struct nimbus nimbus = {.messages_max = UINT32_MAX};

    ck_assert(post(sets, &nimbus));
    ck_assert_str_eq(text_data(&nimbus.bodies), bodies);
}

START_TEST(a_whole_set_is_posted_with_the_sizes_of_its_parts)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};
    AUTO(nimbus_done) struct nimbus nimbus = {.messages_max = UINT32_MAX};

    ck_assert_int_eq(take(&sets, &first, 1, 1, 2, "two"), ERR_OK);
    ck_assert_int_eq(take(&sets, &first, 1, 0, 2, "part"), ERR_OK);
    ck_assert(post(&sets, &nimbus));
    ck_assert_str_eq(text_data(&nimbus.heads),
                     "{\"supervisor\":\"s1\",\"workers\":[{\"topology\":\"t\",\"slot\":2,"
                     "\"incarnation\":7,\"sizes\":[4,3]}]}\n");
    ck_assert_str_eq(text_data(&nimbus.bodies), "parttwo");
}
END_TEST

START_TEST(what_is_not_whole_is_not_posted)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};

    expect(&sets, "");
    ck_assert_int_eq(take(&sets, &first, 1, 0, 2, "a"), ERR_OK);
    expect(&sets, "");
    ck_assert_int_eq(take(&sets, &first, 2, 0, 2, "b"), ERR_OK);
    expect(&sets, "");
    ck_assert_int_eq(take(&sets, &first, 2, 1, 2, "c"), ERR_OK);
    expect(&sets, "bc");
}
END_TEST

START_TEST(a_newer_set_takes_the_place_of_one_that_waits)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};

    ck_assert_int_eq(take(&sets, &first, 1, 0, 1, "old"), ERR_OK);
    ck_assert_int_eq(take(&sets, &first, 2, 0, 1, "new"), ERR_OK);
    expect(&sets, "new");
}
END_TEST

START_TEST(a_set_waits_until_it_is_confirmed)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};

    ck_assert_int_eq(take(&sets, &first, 1, 0, 1, "x"), ERR_OK);
    figure_sets_confirm(&sets); /* of nothing */
    expect(&sets, "x");
    expect(&sets, "x");
    figure_sets_confirm(&sets);
    expect(&sets, "");
}
END_TEST

START_TEST(what_comes_after_a_post_is_not_confirmed_with_it)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};

    ck_assert_int_eq(take(&sets, &first, 1, 0, 1, "x"), ERR_OK);
    expect(&sets, "x");
    ck_assert_int_eq(take(&sets, &first, 2, 0, 1, "y"), ERR_OK);
    figure_sets_confirm(&sets);
    expect(&sets, "y");
}
END_TEST

START_TEST(the_last_set_of_a_process_stays_beside_those_of_the_next)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};

    ck_assert_int_eq(take(&sets, &first, 9, 0, 1, "last"), ERR_OK);
    ck_assert_int_eq(take(&sets, &second, 1, 0, 1, "a"), ERR_OK);
    ck_assert_int_eq(take(&sets, &second, 2, 0, 1, "b"), ERR_OK);
    expect(&sets, "lastb");
    figure_sets_confirm(&sets);
    ck_assert_int_eq(take(&sets, &second, 3, 0, 1, "c"), ERR_OK);
    expect(&sets, "c");
}
END_TEST

START_TEST(of_three_processes_the_first_is_forgotten)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};

    ck_assert_int_eq(take(&sets, &first, 1, 0, 1, "1"), ERR_OK);
    ck_assert_int_eq(take(&sets, &second, 1, 0, 1, "2"), ERR_OK);
    ck_assert_int_eq(take(&sets, &third, 1, 0, 1, "3"), ERR_OK);
    expect(&sets, "23");
}
END_TEST

START_TEST(parts_of_two_processes_are_no_set)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};

    ck_assert_int_eq(take(&sets, &first, 1, 0, 2, "a"), ERR_OK);
    ck_assert_int_eq(take(&sets, &second, 1, 1, 2, "b"), ERR_OK);
    expect(&sets, "");
}
END_TEST

START_TEST(a_part_that_comes_twice_is_refused)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};

    ck_assert_int_eq(take(&sets, &first, 1, 0, 2, "a"), ERR_OK);
    ck_assert_int_eq(take(&sets, &first, 1, 0, 2, "a"), ERR_CORRUPT);
    ck_assert_int_eq(take(&sets, &first, 1, 0, 2, "a"), ERR_OK);
    ck_assert_int_eq(take(&sets, &first, 1, 1, 3, "a"), ERR_CORRUPT);
}
END_TEST

START_TEST(a_set_has_a_limit)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};
    char *part = mem_alloc(FIGURES_PART_MAX);
    struct figures_message message = {
        .count = FIGURES_PARTS_MAX, .part = part, .size = FIGURES_PART_MAX};
    enum err err = ERR_OK;

    for (; err == ERR_OK && message.index < FIGURES_PARTS_MAX; message.index++)
        err = figure_sets_take(&sets, &first, &message, NULL);
    ck_assert_int_eq(err, ERR_LIMIT);
    ck_assert_uint_eq((message.index - 1) * (size_t)FIGURES_PART_MAX,
                      FIGURE_SETS_BYTES_MAX / FIGURES_PART_MAX * (size_t)FIGURES_PART_MAX);
    free(part);
}
END_TEST

/* A set of `count` parts of half the size that a part may have. */
static void take_large(struct figure_sets *sets, uint32_t count)
{
    char *part = mem_alloc(FIGURES_PART_MAX / 2 + 1);

    memset(part, 'x', FIGURES_PART_MAX / 2);
    for (uint32_t i = 0; i < count; i++)
        ck_assert_int_eq(take(sets, &first, 1, i, count, part), ERR_OK);
    free(part);
}

START_TEST(a_message_is_not_larger_than_may_be)
{
    enum {
        PARTS = 50
    };
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};
    AUTO(nimbus_done) struct nimbus nimbus = {.messages_max = UINT32_MAX};

    take_large(&sets, PARTS);
    ck_assert(post(&sets, &nimbus));
    ck_assert_uint_eq(nimbus.messages, 3);
    ck_assert_uint_le(nimbus.largest, FIGURE_SETS_BODY_MAX);
    ck_assert_uint_eq(text_size(&nimbus.bodies), PARTS * (size_t)(FIGURES_PART_MAX / 2));
}
END_TEST

START_TEST(what_cannot_be_sent_is_sent_another_time)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};
    AUTO(nimbus_done) struct nimbus full = {.messages_max = 1};

    take_large(&sets, 50);
    ck_assert(!post(&sets, &full));
    AUTO(nimbus_done) struct nimbus nimbus = {.messages_max = UINT32_MAX};
    ck_assert(post(&sets, &nimbus));
    ck_assert_uint_eq(nimbus.messages, 3);
}
END_TEST

/* The report went through all the same, and was answered. */
START_TEST(what_could_not_be_sent_is_not_confirmed)
{
    AUTO(figure_sets_done) struct figure_sets sets = {.coming = {.count = 0}};
    AUTO(nimbus_done) struct nimbus none = {.messages_max = 0};

    ck_assert_int_eq(take(&sets, &first, 1, 0, 1, "x"), ERR_OK);
    ck_assert(!post(&sets, &none));
    figure_sets_confirm(&sets);
    expect(&sets, "x");
    ck_assert(!post(&sets, &none)); /* and the one before was sent, and not answered */
    figure_sets_confirm(&sets);
    expect(&sets, "x");
    figure_sets_confirm(&sets);
    expect(&sets, "");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_whole_set_is_posted_with_the_sizes_of_its_parts,
        what_is_not_whole_is_not_posted,
        a_newer_set_takes_the_place_of_one_that_waits,
        a_set_waits_until_it_is_confirmed,
        what_comes_after_a_post_is_not_confirmed_with_it,
        the_last_set_of_a_process_stays_beside_those_of_the_next,
        of_three_processes_the_first_is_forgotten,
        parts_of_two_processes_are_no_set,
        a_part_that_comes_twice_is_refused,
        a_set_has_a_limit,
        a_message_is_not_larger_than_may_be,
        what_cannot_be_sent_is_sent_another_time,
        what_could_not_be_sent_is_not_confirmed,
    };
    return suite_run("figure_sets", tests, sizeof tests / sizeof *tests);
}
