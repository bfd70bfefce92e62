/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/peers.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define S        UINT64_C(1000000000)
#define KEEP     S
#define PATIENCE (5 * S)
#define WALL_MS  UINT64_C(1795000000000)

/* The wall shows WALL_MS at 0. */
static bool miss(struct peers *peers, const char *name, uint64_t began_ns, uint64_t now_ns,
                 struct peer_silence *ret_silence)
{
    const struct peer_miss told = {
        .began_ns = began_ns,
        .now_ns = now_ns,
        .wall_ms = WALL_MS + now_ns / 1000000,
        .why = "it gives no answer",
    };

    return peers_missed(peers, name, &told, ret_silence);
}

static bool may_ask(struct peers *peers, const char *name, uint64_t now_ns)
{
    struct peer_silence silence;

    return peers_may_ask(peers, name, now_ns, PATIENCE, &silence);
}

START_TEST(who_is_not_known_or_answers_is_asked)
{
    AUTO(peers_destroy) struct peers *peers = peers_new(KEEP);

    for (uint64_t now = S; now < 4 * S; now += S / 4) {
        ck_assert(may_ask(peers, "coord", now));
        ck_assert(may_ask(peers, "nimbus", now));
        peers_heard(peers, "nimbus", now);
    }
}
END_TEST

START_TEST(of_one_that_is_silent_it_is_told_since_when)
{
    AUTO(peers_destroy) struct peers *peers = peers_new(KEEP);
    struct peer_silence silence = {.since_ms = 0};

    ck_assert(miss(peers, "coord", 10 * S, 15 * S, &silence));
    ck_assert_uint_eq(silence.since_ms, WALL_MS + 10000);
    ck_assert_str_eq(silence.why, "it gives no answer");
    memset(&silence, 0, sizeof silence);
    ck_assert(!peers_may_ask(peers, "coord", 15 * S + KEEP - 1, PATIENCE, &silence));
    ck_assert_uint_eq(silence.since_ms, WALL_MS + 10000);
    ck_assert_str_eq(silence.why, "it gives no answer");
    ck_assert(may_ask(peers, "nimbus", 15 * S));
    ck_assert(miss(peers, "coord", 16 * S, 21 * S, &silence));
    ck_assert_uint_eq(silence.since_ms, WALL_MS + 10000);
}
END_TEST

START_TEST(one_asks_whether_it_is_back_and_the_others_do_not_wait)
{
    AUTO(peers_destroy) struct peers *peers = peers_new(KEEP);
    struct peer_silence silence;

    ck_assert(miss(peers, "log", 1 * S, 6 * S, &silence));
    ck_assert(may_ask(peers, "log", 7 * S));
    for (uint64_t now = 7 * S; now < 12 * S; now += S / 2)
        ck_assert(!may_ask(peers, "log", now));
    ck_assert(miss(peers, "log", 7 * S, 12 * S, &silence));
    ck_assert(!may_ask(peers, "log", 13 * S - 1));
    ck_assert(may_ask(peers, "log", 13 * S));
    peers_heard(peers, "log", 13 * S + 1);
    ck_assert(may_ask(peers, "log", 13 * S + 1));
    ck_assert(may_ask(peers, "log", 13 * S + 1));
}
END_TEST

START_TEST(who_asks_and_says_nothing_is_waited_for_no_longer_than_his_patience)
{
    AUTO(peers_destroy) struct peers *peers = peers_new(KEEP);
    struct peer_silence silence;

    ck_assert(miss(peers, "s1", 1 * S, 2 * S, &silence));
    ck_assert(may_ask(peers, "s1", 3 * S));
    ck_assert(!may_ask(peers, "s1", 3 * S + PATIENCE + KEEP - 1));
    ck_assert(may_ask(peers, "s1", 3 * S + PATIENCE + KEEP));
}
END_TEST

START_TEST(one_slow_answer_does_not_make_it_silent)
{
    AUTO(peers_destroy) struct peers *peers = peers_new(KEEP);
    struct peer_silence silence;

    peers_heard(peers, "nimbus", 3 * S);
    ck_assert(!miss(peers, "nimbus", 2 * S, 7 * S, &silence));
    ck_assert(may_ask(peers, "nimbus", 7 * S));
    ck_assert(miss(peers, "nimbus", 3 * S + 1, 8 * S, &silence));
    ck_assert(!may_ask(peers, "nimbus", 8 * S));
}
END_TEST

START_TEST(a_question_of_before_does_not_let_a_second_one_through)
{
    AUTO(peers_destroy) struct peers *peers = peers_new(KEEP);
    struct peer_silence silence;

    ck_assert(miss(peers, "nimbus", 0, 2 * S, &silence));
    ck_assert(may_ask(peers, "nimbus", 3 * S));
    ck_assert(miss(peers, "nimbus", 1 * S, 4 * S, &silence));
    ck_assert(!may_ask(peers, "nimbus", 6 * S));
    ck_assert(miss(peers, "nimbus", 3 * S, 8 * S, &silence));
    ck_assert(may_ask(peers, "nimbus", 9 * S));
}
END_TEST

START_TEST(the_table_is_bounded_and_keeps_those_that_are_silent)
{
    AUTO(peers_destroy) struct peers *peers = peers_new(KEEP);
    struct peer_silence silence;
    char name[32];

    ck_assert(miss(peers, "coord", 1 * S, 2 * S, &silence));
    for (unsigned i = 0; i < 4 * PEERS_MAX; i++) {
        (void)snprintf(name, sizeof name, "supervisor %u", i);
        peers_heard(peers, name, 2 * S + i);
    }
    ck_assert(!may_ask(peers, "coord", 3 * S - 1));
    for (unsigned i = 0; i < 4 * PEERS_MAX; i++) {
        (void)snprintf(name, sizeof name, "supervisor %u", i);
        ck_assert(miss(peers, name, 4 * S, 5 * S + i, &silence));
    }
    ck_assert(!may_ask(peers, name, 5 * S + 4 * PEERS_MAX));
    ck_assert(may_ask(peers, "supervisor 0", 5 * S + 4 * PEERS_MAX));
}
END_TEST

START_TEST(names_that_are_too_long_do_no_harm)
{
    AUTO(peers_destroy) struct peers *peers = peers_new(KEEP);
    struct peer_silence silence;
    char name[3 * PEERS_NAME_MAX];

    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert(miss(peers, name, 1 * S, 2 * S, &silence));
    ck_assert(!may_ask(peers, name, 2 * S));
    peers_heard(peers, name, 2 * S);
    ck_assert(may_ask(peers, name, 2 * S));
}
END_TEST

/* Askers of one peer that lives and dies by chance: of each it is known when it ends. Whatever happens, at most one
 * waits for a peer that is known to be silent, and after it lives again everybody is let through soon. */
enum {
    ASKERS = 40,
    ROUNDS = 20000,
};

struct asker {
    bool is_waiting;
    uint64_t silence; /* that he was let through in; 0: none */
    uint64_t began_ns;
    uint64_t ends_ns;
};

struct story {
    struct peers *peers;
    struct rng rng;
    struct asker askers[ASKERS];
    uint64_t now_ns;
    uint64_t lives_from_ns; /* it is dead before */
    bool is_known_silent;
    uint64_t silences; /* so far */
    bool is_over;      /* it dies no more */
};

static void end_asker(struct story *story, struct asker *asker)
{
    struct peer_silence silence;

    asker->is_waiting = false;
    if (asker->ends_ns - asker->began_ns < PATIENCE) {
        peers_heard(story->peers, "p", story->now_ns);
        story->is_known_silent = false;
    } else if (miss(story->peers, "p", asker->began_ns, story->now_ns, &silence)) {
        story->silences += !story->is_known_silent;
        story->is_known_silent = true;
    }
}

static void begin_asker(struct story *story, struct asker *asker)
{
    bool lives = story->now_ns >= story->lives_from_ns;

    if (!may_ask(story->peers, "p", story->now_ns)) {
        ck_assert(story->is_known_silent);
        return;
    }
    *asker = (struct asker){
        .is_waiting = true,
        .silence = story->is_known_silent ? story->silences : 0,
        .began_ns = story->now_ns,
        .ends_ns = story->now_ns + (lives ? 1 + rng_below(&story->rng, S / 10) : PATIENCE),
    };
}

static void step(struct story *story)
{
    size_t probes = 0;

    story->now_ns += rng_below(&story->rng, S / 5);
    if (!story->is_over && rng_below(&story->rng, 200) == 0)
        story->lives_from_ns = story->now_ns + rng_below(&story->rng, 30) * S;
    for (size_t i = 0; i < ASKERS; i++) {
        struct asker *asker = &story->askers[i];

        if (asker->is_waiting && story->now_ns >= asker->ends_ns)
            end_asker(story, asker);
        else if (!asker->is_waiting && rng_below(&story->rng, 4) == 0)
            begin_asker(story, asker);
    }
    for (size_t i = 0; i < ASKERS; i++)
        probes += story->askers[i].is_waiting && story->is_known_silent &&
                  story->askers[i].silence == story->silences;
    ck_assert_uint_le(probes, 1);
}

static void tell(uint64_t seed)
{
    AUTO(peers_destroy) struct peers *peers = peers_new(KEEP);
    struct story story = {.peers = peers, .now_ns = S};

    rng_init(&story.rng, seed);
    for (int i = 0; i < ROUNDS; i++)
        step(&story);
    story.is_over = true;
    story.lives_from_ns = 0;
    for (uint64_t end = story.now_ns + 2 * (PATIENCE + KEEP); story.now_ns < end;)
        step(&story);
    ck_assert(!story.is_known_silent);
    ck_assert(may_ask(peers, "p", story.now_ns));
    ck_assert_uint_gt(story.silences, 10);
}

START_TEST(however_it_goes_one_at_most_waits_for_a_silent_one)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        tell(seed);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        who_is_not_known_or_answers_is_asked,
        of_one_that_is_silent_it_is_told_since_when,
        one_asks_whether_it_is_back_and_the_others_do_not_wait,
        who_asks_and_says_nothing_is_waited_for_no_longer_than_his_patience,
        one_slow_answer_does_not_make_it_silent,
        a_question_of_before_does_not_let_a_second_one_through,
        the_table_is_bounded_and_keeps_those_that_are_silent,
        names_that_are_too_long_do_no_harm,
        however_it_goes_one_at_most_waits_for_a_silent_one,
    };

    return suite_run("peers", tests, COUNT_OF(tests));
}
