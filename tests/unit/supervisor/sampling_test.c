/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/sampling.h"

#include "base/mem.h"
#include "tests/support/suite.h"

static uint64_t begin(struct sampling *sampling, uint32_t slot, uint32_t count)
{
    struct sampling_wanted wanted = {.kind = LOCAL_SAMPLES, .slot = slot, .count = count};
    size_t place = sampling_begin(sampling, &wanted, 100);

    ck_assert_uint_lt(place, SAMPLING_NONE);
    return sampling->requests[place].id;
}

/* A message of a worker with `count` tuples, of `size` bytes. */
static void take(struct sampling *sampling, uint32_t slot, uint64_t request, size_t count,
                 size_t size, bool is_last)
{
    struct local_message message = {.kind = LOCAL_SAMPLES,
                                    .request = request,
                                    .items = json_array(),
                                    .size = size,
                                    .is_last = is_last};

    for (size_t i = 0; i < count; i++)
        json_array_append_new(message.items, json_object());
    sampling_take(sampling, slot, &message);
    json_decref(message.items);
}

enum {
    NOT_OVER = -2,
    NO_ANSWER = -1,
};

/* How many tuples the request that is over has. */
static int end(struct sampling *sampling)
{
    struct sampling_answer answer;

    if (sampling_end(sampling, &answer) == SAMPLING_NONE)
        return NOT_OVER;
    int count = answer.items == NULL ? NO_ANSWER : (int)json_array_size(answer.items);
    sampling_answer_done(&answer);
    return count;
}

START_TEST(what_comes_in_several_messages_is_one_answer)
{
    struct sampling sampling;

    sampling_init(&sampling, 1000);
    uint64_t request = begin(&sampling, 3, 10);

    take(&sampling, 3, request, 2, 100, false);
    take(&sampling, 3, request, 1, 100, false);
    ck_assert_int_eq(end(&sampling), NOT_OVER);
    take(&sampling, 3, request, 0, 100, true);
    ck_assert_int_eq(end(&sampling), 3);
    ck_assert_int_eq(end(&sampling), NOT_OVER);
    sampling_done(&sampling);
}
END_TEST

START_TEST(it_is_over_with_as_many_tuples_as_are_wanted)
{
    struct sampling sampling;

    sampling_init(&sampling, 1000);
    uint64_t request = begin(&sampling, 3, 3);

    take(&sampling, 3, request, 2, 100, false);
    take(&sampling, 3, request, 2, 100, false);
    ck_assert_int_eq(end(&sampling), 3);
    sampling_done(&sampling);
}
END_TEST

START_TEST(it_is_over_with_as_many_bytes_as_an_answer_may_have)
{
    struct sampling sampling;

    sampling_init(&sampling, 1000);
    uint64_t request = begin(&sampling, 3, 100);

    take(&sampling, 3, request, 1, SAMPLING_BYTES_MAX, false);
    ck_assert_int_eq(end(&sampling), NOT_OVER);
    take(&sampling, 3, request, 1, 1, false);
    ck_assert_int_eq(end(&sampling), 1);
    sampling_done(&sampling);
}
END_TEST

START_TEST(only_the_worker_that_was_asked_answers)
{
    struct sampling sampling;

    sampling_init(&sampling, 1000);
    uint64_t request = begin(&sampling, 3, 1);

    take(&sampling, 4, request, 1, 100, true);
    take(&sampling, 3, request + 1, 1, 100, true);
    take(&sampling, 3, request - 1, 1, 100, true); /* of a supervisor that is gone */
    take(&sampling, 3, 0, 1, 100, true);
    ck_assert_int_eq(end(&sampling), NOT_OVER);
    take(&sampling, 3, request, 1, 100, true);
    ck_assert_int_eq(end(&sampling), 1);
    sampling_done(&sampling);
}
END_TEST

START_TEST(who_asks_a_worker_that_goes_gets_what_there_is)
{
    struct sampling sampling;

    sampling_init(&sampling, 1000);
    uint64_t request = begin(&sampling, 3, 10);

    begin(&sampling, 4, 10);
    take(&sampling, 3, request, 2, 100, false);
    sampling_lose(&sampling, 3);
    ck_assert_int_eq(end(&sampling), 2);
    ck_assert_int_eq(end(&sampling), NOT_OVER);
    sampling_lose(&sampling, 4);
    ck_assert_int_eq(end(&sampling), NO_ANSWER);
    sampling_done(&sampling);
}
END_TEST

START_TEST(it_ends_when_its_time_is_up)
{
    struct sampling sampling;

    sampling_init(&sampling, 1000);
    begin(&sampling, 3, 10);
    ck_assert_uint_eq(sampling_tick(&sampling, 99), 100);
    ck_assert_int_eq(end(&sampling), NOT_OVER);
    ck_assert_uint_eq(sampling_tick(&sampling, 100), UINT64_MAX);
    ck_assert_int_eq(end(&sampling), NO_ANSWER);
    sampling_done(&sampling);
}
END_TEST

/* A profile of a worker, in two messages; `is_last`: the second is sent as the last. */
static void take_profile(struct sampling *sampling, enum local_kind kind, bool is_last,
                         const char *fault)
{
    struct sampling_wanted wanted = {.kind = LOCAL_PROFILE, .slot = 3, .count = 10};
    size_t place = sampling_begin(sampling, &wanted, 100);

    ck_assert_uint_lt(place, SAMPLING_NONE);
    for (int i = 0; i < 2; i++) {
        struct local_message message = {.kind = kind,
                                        .request = sampling->requests[place].id,
                                        .items = json_pack("[{}]"),
                                        .is_last = is_last && i == 1,
                                        .fault = fault,
                                        .samples = 50,
                                        .ms = 1000};
        sampling_take(sampling, 3, &message);
        json_decref(message.items);
    }
}

START_TEST(a_profile_is_whole_or_none)
{
    struct sampling sampling;
    struct sampling_answer answer;

    sampling_init(&sampling, 1000);
    take_profile(&sampling, LOCAL_PROFILE, true, NULL);
    ck_assert_uint_eq(sampling_end(&sampling, &answer), 0);
    ck_assert_int_eq(answer.kind, LOCAL_PROFILE);
    ck_assert_uint_eq(json_array_size(answer.items), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(answer.facts, "samples")), 50);
    ck_assert_int_eq(json_integer_value(json_object_get(answer.facts, "ms")), 1000);
    sampling_answer_done(&answer);

    take_profile(&sampling, LOCAL_PROFILE, false, NULL);
    sampling_lose(&sampling, 3);
    ck_assert_int_eq(end(&sampling), NO_ANSWER);
    sampling_done(&sampling);
}
END_TEST

START_TEST(what_is_of_another_kind_is_no_answer)
{
    struct sampling sampling;

    sampling_init(&sampling, 1000);
    take_profile(&sampling, LOCAL_STACKS, true, NULL);
    ck_assert_int_eq(end(&sampling), NOT_OVER);
    sampling_done(&sampling);
}
END_TEST

START_TEST(why_there_is_no_profile_is_kept)
{
    struct sampling sampling;
    struct sampling_answer answer;

    sampling_init(&sampling, 1000);
    take_profile(&sampling, LOCAL_PROFILE, true, "it is busy");
    ck_assert_uint_eq(sampling_end(&sampling, &answer), 0);
    ck_assert_str_eq(json_string_value(json_object_get(answer.facts, "fault")), "it is busy");
    sampling_answer_done(&answer);
    sampling_done(&sampling);
}
END_TEST

START_TEST(there_are_at_most_so_many_at_a_time)
{
    struct sampling_wanted wanted = {.kind = LOCAL_SAMPLES, .count = 1};
    struct sampling sampling;

    sampling_init(&sampling, 1000);
    for (size_t i = 0; i < SAMPLING_PENDING_MAX; i++)
        ck_assert_uint_eq(sampling_begin(&sampling, &wanted, 100), i);
    ck_assert_uint_eq(sampling_begin(&sampling, &wanted, 100), SAMPLING_NONE);
    sampling_cancel(&sampling, 5);
    ck_assert_int_eq(end(&sampling), NOT_OVER);
    ck_assert_uint_eq(sampling_begin(&sampling, &wanted, 100), 5);
    take(&sampling, 0, sampling.requests[7].id, 1, 100, true);
    ck_assert_int_eq(end(&sampling), 1);
    ck_assert_uint_eq(sampling_begin(&sampling, &wanted, 100), 7);
    sampling_done(&sampling);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_comes_in_several_messages_is_one_answer,
        it_is_over_with_as_many_tuples_as_are_wanted,
        it_is_over_with_as_many_bytes_as_an_answer_may_have,
        only_the_worker_that_was_asked_answers,
        who_asks_a_worker_that_goes_gets_what_there_is,
        it_ends_when_its_time_is_up,
        a_profile_is_whole_or_none,
        what_is_of_another_kind_is_no_answer,
        why_there_is_no_profile_is_kept,
        there_are_at_most_so_many_at_a_time,
    };

    return suite_run("sampling", tests, COUNT_OF(tests));
}
