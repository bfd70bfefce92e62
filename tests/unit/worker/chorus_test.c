/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/chorus.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define MEMBERS  3
#define RANK_MAX 2
#define LETTERS  256
#define MS       UINT64_C(1000000)

struct letter {
    uint32_t from;
    uint32_t to;
    uint8_t bytes[64];
    size_t size;
};

/* Members that do at once what they are told, and post that may lose. */
struct choir {
    struct chorus *members[MEMBERS];
    struct chorus_voice voices[MEMBERS];
    struct letter letters[LETTERS];
    uint32_t letter_count;
    struct rng rng;
    uint32_t loss; /* of 1000 letters */
    uint64_t now_ns;
    bool is_restless; /* the last does something before each letter that it reads */
    /* what was obeyed, member by member: 'f' a flush, '1', '2' a rank, 'x' the end */
    char obeyed[MEMBERS][32];
};

struct seat {
    struct choir *choir;
    uint32_t index;
};

static void say(void *context, uint32_t member, const void *bytes, size_t size)
{
    const struct seat *seat = context;
    struct choir *choir = seat->choir;

    if (rng_below(&choir->rng, 1000) < choir->loss)
        return;
    ck_assert_uint_lt(choir->letter_count, LETTERS);
    ck_assert_uint_le(size, sizeof choir->letters[0].bytes);
    struct letter *letter = &choir->letters[choir->letter_count++];
    *letter = (struct letter){.from = seat->index, .to = member, .size = size};
    memcpy(letter->bytes, bytes, size);
}

static void obey(void *context, enum chorus_order order, uint32_t rank, uint64_t number)
{
    const struct seat *seat = context;
    struct choir *choir = seat->choir;
    char *obeyed = choir->obeyed[seat->index];
    size_t length = strlen(obeyed);

    ck_assert_uint_lt(length, sizeof choir->obeyed[0] - 1);
    obeyed[length] = (char)(order == CHORUS_FLUSH    ? 'f'
                            : order == CHORUS_FINISH ? '0' + (int)rank
                                                     : 'x');
    choir->voices[seat->index].obeyed = number;
    choir->voices[seat->index].activity++;
    if (order == CHORUS_FLUSH) {
        choir->voices[seat->index].holds = false;
        choir->voices[seat->index].is_drained = true;
    }
}

static const struct chorus_host host = {.say = say, .obey = obey};

static void assign(struct choir *choir, uint32_t index, uint64_t version)
{
    chorus_assign(choir->members[index], version, MEMBERS, index);
}

static void begin(struct choir *choir, struct seat seats[MEMBERS], uint64_t seed)
{
    *choir = (struct choir){.now_ns = 1};
    rng_init(&choir->rng, seed);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        seats[i] = (struct seat){.choir = choir, .index = i};
        choir->members[i] = chorus_new(&host, &seats[i], RANK_MAX, 40 + i);
        choir->voices[i] =
            (struct chorus_voice){.rests = true, .is_done = true, .is_drained = true};
        assign(choir, i, 1);
    }
}

static void end(struct choir *choir)
{
    for (uint32_t i = 0; i < MEMBERS; i++)
        chorus_destroy(&choir->members[i]);
}

static void deliver(struct choir *choir)
{
    struct letter letter = choir->letters[0];

    if (choir->is_restless && letter.to == MEMBERS - 1)
        choir->voices[letter.to].activity++;
    memmove(choir->letters, choir->letters + 1, --choir->letter_count * sizeof letter);
    chorus_hear(choir->members[letter.to], letter.from, letter.bytes, letter.size,
                &choir->voices[letter.to], choir->now_ns);
}

/* All step, and what they say arrives, for so long. */
static void sing(struct choir *choir, uint64_t for_ns)
{
    uint64_t end_ns = choir->now_ns + for_ns;

    while (choir->now_ns < end_ns) {
        for (uint32_t i = 0; i < MEMBERS; i++)
            chorus_step(choir->members[i], &choir->voices[i], choir->now_ns);
        while (choir->letter_count > 0)
            deliver(choir);
        choir->now_ns += MS;
    }
}

static void expect(const struct choir *choir, const char *obeyed)
{
    for (uint32_t i = 0; i < MEMBERS; i++)
        ck_assert_msg(strcmp(choir->obeyed[i], obeyed) == 0, "member %u did '%s', not '%s'", i,
                      choir->obeyed[i], obeyed);
}

START_TEST(when_all_rest_every_rank_is_finished_and_all_close)
{
    struct choir choir;
    struct seat seats[MEMBERS];

    begin(&choir, seats, 1);
    sing(&choir, 100 * MS);
    expect(&choir, "12x");
    ck_assert_uint_eq(chorus_deadline_ns(choir.members[0]), UINT64_MAX);
    end(&choir);
}
END_TEST

START_TEST(one_that_is_at_work_keeps_all_waiting)
{
    static const struct chorus_voice busy[] = {
        {.rests = false, .is_done = true, .is_drained = true},
        {.rests = true, .is_done = false, .is_drained = false},
        {.rests = true, .is_done = true, .is_drained = false},
    };
    for (uint32_t i = 0; i < COUNT_OF(busy) * MEMBERS; i++) {
        struct choir choir;
        struct seat seats[MEMBERS];
        begin(&choir, seats, i);
        struct chorus_voice *voice = &choir.voices[i % MEMBERS];
        *voice = busy[i / MEMBERS];
        sing(&choir, 3000 * MS);
        expect(&choir, "");
        *voice = (struct chorus_voice){
            .rests = true, .is_done = true, .is_drained = true, .activity = 9};
        sing(&choir, 1000 * MS);
        expect(&choir, "12x");
        end(&choir);
    }
}
END_TEST

START_TEST(who_does_something_between_two_rounds_is_asked_again)
{
    struct choir choir;
    struct seat seats[MEMBERS];

    begin(&choir, seats, 1);
    choir.is_restless = true;
    sing(&choir, 2000 * MS);
    expect(&choir, "");
    choir.is_restless = false;
    sing(&choir, 1000 * MS);
    expect(&choir, "12x");
    end(&choir);
}
END_TEST

START_TEST(what_is_held_while_trees_are_open_is_flushed_first)
{
    struct choir choir;
    struct seat seats[MEMBERS];

    begin(&choir, seats, 1);
    choir.voices[1].holds = true;
    choir.voices[0].is_drained = false;
    sing(&choir, 200 * MS);
    expect(&choir, "f12x");
    end(&choir);
}
END_TEST

START_TEST(what_is_held_when_no_tree_is_open_waits_for_its_rank)
{
    struct choir choir;
    struct seat seats[MEMBERS];

    begin(&choir, seats, 1);
    choir.voices[1].holds = true;
    sing(&choir, 200 * MS);
    expect(&choir, "12x");
    end(&choir);
}
END_TEST

START_TEST(lost_letters_are_said_again_and_done_once)
{
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct choir choir;
        struct seat seats[MEMBERS];
        begin(&choir, seats, seed);
        choir.loss = 500;
        sing(&choir, 20000 * MS);
        expect(&choir, "12x");
        end(&choir);
    }
}
END_TEST

START_TEST(those_of_another_assignment_are_not_heard)
{
    struct choir choir;
    struct seat seats[MEMBERS];

    begin(&choir, seats, 1);
    assign(&choir, 0, 2);
    assign(&choir, 1, 2);
    sing(&choir, 2000 * MS);
    expect(&choir, "");
    assign(&choir, 2, 2);
    sing(&choir, 1000 * MS);
    expect(&choir, "12x");
    end(&choir);
}
END_TEST

START_TEST(a_lead_that_is_born_anew_begins_with_the_first_rank)
{
    struct choir choir;
    struct seat seats[MEMBERS];

    begin(&choir, seats, 1);
    for (uint32_t i = 0; i < 1000 && strcmp(choir.obeyed[2], "1") != 0; i++)
        sing(&choir, MS);
    ck_assert_str_eq(choir.obeyed[2], "1");
    chorus_destroy(&choir.members[0]);
    choir.letter_count = 0;
    choir.members[0] = chorus_new(&host, &seats[0], RANK_MAX, 99);
    for (uint32_t i = 0; i < MEMBERS; i++)
        assign(&choir, i, 1);
    memset(choir.obeyed, 0, sizeof choir.obeyed);
    choir.voices[0].obeyed = 0;
    sing(&choir, 200 * MS);
    expect(&choir, "12x");
    end(&choir);
}
END_TEST

START_TEST(bytes_that_are_no_message_are_passed_over)
{
    struct choir choir;
    struct seat seats[MEMBERS];
    struct rng rng;

    begin(&choir, seats, 1);
    rng_init(&rng, 7);
    choir.voices[1].rests = false; /* so that nothing ends by itself */
    for (uint32_t i = 0; i < 20000; i++) {
        uint8_t bytes[40];
        for (size_t b = 0; b < sizeof bytes; b++)
            bytes[b] = (uint8_t)rng_below(&rng, b == 0 ? 6 : rng_below(&rng, 2) == 0 ? 2 : 256);
        uint32_t to = rng_below(&rng, MEMBERS);
        chorus_hear(choir.members[to], rng_below(&rng, MEMBERS + 1), bytes,
                    rng_below(&rng, 2) == 0 ? 32 : rng_below(&rng, sizeof bytes), &choir.voices[to],
                    choir.now_ns);
        choir.letter_count = 0;
    }
    expect(&choir, "");
    choir.voices[1].rests = true;
    sing(&choir, 1000 * MS);
    expect(&choir, "12x");
    end(&choir);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        when_all_rest_every_rank_is_finished_and_all_close,
        one_that_is_at_work_keeps_all_waiting,
        who_does_something_between_two_rounds_is_asked_again,
        what_is_held_while_trees_are_open_is_flushed_first,
        what_is_held_when_no_tree_is_open_waits_for_its_rank,
        lost_letters_are_said_again_and_done_once,
        those_of_another_assignment_are_not_heard,
        a_lead_that_is_born_anew_begins_with_the_first_rank,
        bytes_that_are_no_message_are_passed_over,
    };
    return suite_run("chorus", tests, sizeof tests / sizeof *tests);
}
