/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/server/session.h"

#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define TICK_MS     100
#define STALL_MS    1000
#define MIN_MS      200
#define MAX_MS      2000
#define FIRST_ID    INT64_C(0x0100000000000000)
#define WALL_MS     UINT64_C(1700000000123)
#define WALL_MS_IDS (FIRST_ID | (int64_t)((WALL_MS & UINT64_C(0xFFFFFFFFFF)) << 16))

static const unsigned char secret[SESSION_SECRET_SIZE] = "of this cluster";

static struct sessions *new_sessions(size_t sessions_max)
{
    struct session_options options = {
        .tick_ms = TICK_MS,
        .timeout_min_ms = MIN_MS,
        .timeout_max_ms = MAX_MS,
        .stall_ms = STALL_MS,
        .sessions_max = sessions_max,
    };

    return sessions_new(&options, secret);
}

/* Lets the time pass in small steps, as a server that is awake does. */
static void pass(struct sessions *sessions, uint64_t *now_ms, uint64_t until_ms)
{
    for (; *now_ms < until_ms; (*now_ms)++)
        sessions_set_time(sessions, *now_ms);
    sessions_set_time(sessions, until_ms);
}

START_TEST(ids_are_made_of_the_server_and_its_clock)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);

    sessions_start_ids(sessions, WALL_MS);
    ck_assert_int_eq(sessions_open(sessions, MIN_MS)->id, WALL_MS_IDS);
    ck_assert_int_eq(sessions_open(sessions, MIN_MS)->id, WALL_MS_IDS + 1);
    sessions_start_ids(sessions, WALL_MS + 1);
    ck_assert_int_eq(sessions_open(sessions, MIN_MS)->id, WALL_MS_IDS + 0x10000);
}
END_TEST

START_TEST(ids_that_are_there_are_skipped)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);

    sessions_start_ids(sessions, WALL_MS);
    ck_assert_ptr_nonnull(sessions_restore(sessions, WALL_MS_IDS, MIN_MS));
    ck_assert_ptr_nonnull(sessions_restore(sessions, WALL_MS_IDS + 1, MIN_MS));
    ck_assert_int_eq(sessions_open(sessions, MIN_MS)->id, WALL_MS_IDS + 2);
}
END_TEST

START_TEST(ids_stay_below_the_byte_of_the_server)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);

    sessions_start_ids(sessions, UINT64_MAX);
    ck_assert_int_eq(sessions_restore(sessions, -5, MIN_MS)->id, -5);
    ck_assert_int_eq(sessions_open(sessions, MIN_MS)->id, FIRST_ID | 0xFFFFFFFFFF0000);
    for (int64_t i = 1; i < 0x10000; i++)
        sessions_remove(sessions, sessions_open(sessions, MIN_MS));
    ck_assert_int_eq(sessions_open(sessions, MIN_MS)->id, FIRST_ID);
}
END_TEST

START_TEST(timeouts_are_brought_into_their_range)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);

    ck_assert_uint_eq(sessions_negotiate(sessions, INT32_MIN), MIN_MS);
    ck_assert_uint_eq(sessions_negotiate(sessions, 0), MIN_MS);
    ck_assert_uint_eq(sessions_negotiate(sessions, MIN_MS - 1), MIN_MS);
    ck_assert_uint_eq(sessions_negotiate(sessions, MIN_MS + 1), MIN_MS + 1);
    ck_assert_uint_eq(sessions_negotiate(sessions, MAX_MS), MAX_MS);
    ck_assert_uint_eq(sessions_negotiate(sessions, INT32_MAX), MAX_MS);
}
END_TEST

START_TEST(the_limit_is_for_new_sessions_and_not_for_known_ones)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(2);

    struct session *first = sessions_open(sessions, MIN_MS);
    ck_assert_ptr_nonnull(sessions_open(sessions, MIN_MS));
    ck_assert_ptr_null(sessions_open(sessions, MIN_MS));
    ck_assert_ptr_nonnull(sessions_restore(sessions, 77, MIN_MS));
    ck_assert_uint_eq(sessions_count(sessions), 3);
    sessions_remove(sessions, first);
    ck_assert_ptr_null(sessions_open(sessions, MIN_MS));
    sessions_remove(sessions, sessions_find(sessions, 77));
    ck_assert_ptr_nonnull(sessions_open(sessions, MIN_MS));
}
END_TEST

START_TEST(what_is_there_is_not_restored)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);

    ck_assert_ptr_null(sessions_restore(sessions, 0, MIN_MS));
    struct session *session = sessions_restore(sessions, 77, MIN_MS);
    ck_assert_ptr_null(sessions_restore(sessions, 77, MAX_MS));
    ck_assert_ptr_eq(sessions_find(sessions, 77), session);
    ck_assert_uint_eq(session->timeout_ms, MIN_MS);
    ck_assert_ptr_null(sessions_find(sessions, 78));
}
END_TEST

START_TEST(a_session_expires_at_the_end_of_a_tick)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);
    uint64_t now_ms = 5000;

    sessions_set_time(sessions, now_ms);
    pass(sessions, &now_ms, 5030);
    struct session *session = sessions_open(sessions, 300); /* clock 30, end 330, due 400 */
    pass(sessions, &now_ms, 5399);
    ck_assert_ptr_null(sessions_find_expired(sessions));
    ck_assert_uint_eq(sessions_deadline_ms(sessions), 5400);
    pass(sessions, &now_ms, 5400);
    ck_assert_ptr_eq(sessions_find_expired(sessions), session);
    ck_assert_ptr_eq(sessions_find_expired(sessions), session);
    ck_assert_uint_eq(sessions_deadline_ms(sessions), 5400);
    sessions_remove(sessions, session);
    ck_assert_ptr_null(sessions_find_expired(sessions));
    ck_assert_uint_eq(sessions_deadline_ms(sessions), UINT64_MAX);
}
END_TEST

START_TEST(a_timeout_that_ends_with_a_tick_lives_one_longer)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);
    uint64_t now_ms = 0;

    sessions_set_time(sessions, now_ms);
    struct session *session = sessions_open(sessions, 300);
    pass(sessions, &now_ms, 399);
    ck_assert_ptr_null(sessions_find_expired(sessions));
    pass(sessions, &now_ms, 400);
    ck_assert_ptr_eq(sessions_find_expired(sessions), session);
}
END_TEST

START_TEST(a_touch_begins_the_timeout_anew)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);
    uint64_t now_ms = 0;

    sessions_set_time(sessions, now_ms);
    struct session *session = sessions_open(sessions, 300);
    for (uint64_t i = 1; i <= 30; i++) {
        pass(sessions, &now_ms, i * 250);
        ck_assert_ptr_null(sessions_find_expired(sessions));
        sessions_touch(sessions, session);
    }
    pass(sessions, &now_ms, 30 * 250 + 300 + TICK_MS);
    ck_assert_ptr_eq(sessions_find_expired(sessions), session);
    sessions_touch(sessions, session); /* heard of in the last moment */
    ck_assert_ptr_null(sessions_find_expired(sessions));
}
END_TEST

START_TEST(a_new_timeout_counts_from_now_on)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);
    uint64_t now_ms = 0;

    sessions_set_time(sessions, now_ms);
    struct session *session = sessions_open(sessions, MAX_MS);
    sessions_set_timeout(sessions, session, MIN_MS);
    pass(sessions, &now_ms, MIN_MS + TICK_MS);
    ck_assert_ptr_eq(sessions_find_expired(sessions), session);
    sessions_set_timeout(sessions, session, MAX_MS);
    ck_assert_ptr_null(sessions_find_expired(sessions));
    ck_assert_uint_eq(session->timeout_ms, MAX_MS);
}
END_TEST

START_TEST(a_closing_session_does_not_expire_and_is_not_touched)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);
    uint64_t now_ms = 0;

    sessions_set_time(sessions, now_ms);
    struct session *first = sessions_open(sessions, MIN_MS);
    struct session *second = sessions_open(sessions, MIN_MS);
    pass(sessions, &now_ms, MAX_MS);
    ck_assert_ptr_eq(sessions_find_expired(sessions), first);
    first->is_closing = true;
    sessions_touch(sessions, first);
    ck_assert_ptr_eq(sessions_find_expired(sessions), second);
    second->is_closing = true;
    ck_assert_ptr_null(sessions_find_expired(sessions));
    pass(sessions, &now_ms, 10 * MAX_MS);
    ck_assert_ptr_null(sessions_find_expired(sessions));

    first->is_closing = false; /* taken back */
    sessions_touch(sessions, first);
    pass(sessions, &now_ms, 11 * MAX_MS);
    ck_assert_ptr_eq(sessions_find_expired(sessions), first);
    sessions_remove(sessions, second);
    sessions_remove(sessions, first);
    ck_assert_uint_eq(sessions_count(sessions), 0);
}
END_TEST

START_TEST(a_stalled_server_does_not_take_its_clients_for_dead)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);

    sessions_set_time(sessions, 1000000);
    struct session *session = sessions_open(sessions, MAX_MS);
    sessions_set_time(sessions, 2000000); /* counts as STALL_MS */
    ck_assert_ptr_null(sessions_find_expired(sessions));
    sessions_set_time(sessions, 3000000);
    ck_assert_ptr_null(sessions_find_expired(sessions)); /* the tick is not over */
    sessions_set_time(sessions, 3000000 + TICK_MS);
    ck_assert_ptr_eq(sessions_find_expired(sessions), session);
}
END_TEST

START_TEST(an_idle_server_is_asked_for_turns_often_enough_to_be_believed)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);
    uint64_t now_ms = 1000;

    ck_assert_uint_eq(sessions_deadline_ms(sessions), UINT64_MAX);
    sessions_set_time(sessions, now_ms);
    struct session *session = sessions_open(sessions, MAX_MS);
    while (sessions_find_expired(sessions) == NULL) {
        uint64_t next_ms = sessions_deadline_ms(sessions);
        ck_assert_uint_gt(next_ms, now_ms);
        ck_assert_uint_le(next_ms, now_ms + STALL_MS / 2);
        now_ms = next_ms;
        sessions_set_time(sessions, now_ms);
    }
    ck_assert_ptr_eq(sessions_find_expired(sessions), session);
    ck_assert_uint_eq(now_ms, 1000 + MAX_MS + TICK_MS);
}
END_TEST

START_TEST(time_before_the_first_turn_does_not_count)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);
    uint64_t now_ms = 123456;

    struct session *session = sessions_restore(sessions, 5, MIN_MS);
    sessions_set_time(sessions, now_ms);
    ck_assert_ptr_null(sessions_find_expired(sessions));
    pass(sessions, &now_ms, 123456 + MIN_MS + TICK_MS - 1);
    ck_assert_ptr_null(sessions_find_expired(sessions));
    pass(sessions, &now_ms, 123456 + MIN_MS + TICK_MS);
    ck_assert_ptr_eq(sessions_find_expired(sessions), session);
}
END_TEST

START_TEST(sessions_are_walked_in_the_order_of_opening)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(100);
    struct session *opened[20];

    for (size_t i = 0; i < COUNT_OF(opened); i++)
        opened[i] = sessions_open(sessions, MIN_MS);
    sessions_touch(sessions, opened[3]);
    sessions_remove(sessions, opened[0]);
    sessions_remove(sessions, opened[7]);

    struct session *session = sessions_next(sessions, NULL);
    for (size_t i = 1; i < COUNT_OF(opened); i++) {
        if (i == 7)
            continue;
        ck_assert_ptr_eq(session, opened[i]);
        session = sessions_next(sessions, session);
    }
    ck_assert_ptr_null(session);
}
END_TEST

START_TEST(a_password_is_known_and_no_other)
{
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);
    unsigned char password[MESSAGE_PASSWORD_SIZE];
    unsigned char other[MESSAGE_PASSWORD_SIZE];

    sessions_password(sessions, 0x0102030405060708, password);
    ck_assert(sessions_knows_password(sessions, 0x0102030405060708, password, sizeof password));
    ck_assert(!sessions_knows_password(sessions, 0x0102030405060709, password, sizeof password));
    ck_assert(!sessions_knows_password(sessions, 0x0102030405060708, password, 15));
    ck_assert(!sessions_knows_password(sessions, 0x0102030405060708, NULL, 0));
    for (size_t bit = 0; bit < 8 * sizeof password; bit++) {
        memcpy(other, password, sizeof other);
        other[bit / 8] ^= (unsigned char)(1U << bit % 8);
        ck_assert(!sessions_knows_password(sessions, 0x0102030405060708, other, sizeof other));
    }
}
END_TEST

START_TEST(a_password_is_the_keyed_hash_of_the_id)
{
    /* From Python: hmac.new(b"of this cluster".ljust(32, b"\0"), bytes(range(1, 9)), "sha256") */
    static const unsigned char wanted[MESSAGE_PASSWORD_SIZE] = {0xa9, 0x77, 0x9b, 0xc3, 0x1e, 0xd8,
                                                                0x9b, 0x72, 0xfe, 0xaa, 0xaa, 0x6d,
                                                                0xd9, 0x31, 0x57, 0x88};
    AUTO(sessions_destroy) struct sessions *sessions = new_sessions(10);
    unsigned char password[MESSAGE_PASSWORD_SIZE];

    sessions_password(sessions, 0x0102030405060708, password);
    ck_assert_mem_eq(password, wanted, sizeof wanted);
}
END_TEST

START_TEST(another_secret_gives_other_passwords)
{
    AUTO(sessions_destroy) struct sessions *ours = new_sessions(10);
    struct session_options options = {
        .tick_ms = 1, .timeout_max_ms = 1, .stall_ms = 1, .sessions_max = 1};
    AUTO(sessions_destroy)
    struct sessions *theirs = sessions_new(&options, (const unsigned char[SESSION_SECRET_SIZE]){0});
    unsigned char password[MESSAGE_PASSWORD_SIZE];

    sessions_password(ours, 5, password);
    ck_assert(!sessions_knows_password(theirs, 5, password, sizeof password));
}
END_TEST

/* ---- against a naive table ------------------------------------------------------------------ */

enum {
    NAIVE_SESSIONS = 12,
};

struct naive_session {
    struct session *session; /* NULL while there is none */
    uint64_t due_ms;         /* of the session clock */
};

struct naive {
    struct naive_session sessions[NAIVE_SESSIONS];
    uint64_t now_ms;
    uint64_t clock_ms;
};

static void naive_touch(const struct naive *naive, struct naive_session *slot)
{
    if (!slot->session->is_closing)
        slot->due_ms = ((naive->clock_ms + slot->session->timeout_ms) / TICK_MS + 1) * TICK_MS;
}

static uint32_t random_timeout(struct rng *rng)
{
    return rng_below(rng, 4) == 0 ? rng_below(rng, 30000) : rng_below(rng, MAX_MS);
}

static void act(struct naive *naive, struct sessions *sessions, struct rng *rng)
{
    struct naive_session *slot = &naive->sessions[rng_below(rng, NAIVE_SESSIONS)];
    uint32_t what = rng_below(rng, 10);

    if (slot->session == NULL) {
        int64_t id = 1000 + (int64_t)(slot - naive->sessions);
        slot->session = what < 5 ? sessions_open(sessions, random_timeout(rng))
                                 : sessions_restore(sessions, id, random_timeout(rng));
        ck_assert_ptr_nonnull(slot->session);
        naive_touch(naive, slot);
    } else if (what < 6) {
        sessions_touch(sessions, slot->session);
        naive_touch(naive, slot);
    } else if (what < 8) {
        sessions_set_timeout(sessions, slot->session, random_timeout(rng));
        naive_touch(naive, slot);
    } else if (what < 9) {
        slot->session->is_closing = true;
    } else {
        sessions_remove(sessions, slot->session);
        slot->session = NULL;
    }
}

static void advance(struct naive *naive, struct sessions *sessions, struct rng *rng)
{
    uint64_t gap_ms = rng_below(rng, 50) == 0 ? rng_below(rng, 100000) : rng_below(rng, 150);

    naive->now_ms += gap_ms;
    naive->clock_ms += gap_ms < STALL_MS ? gap_ms : STALL_MS;
    sessions_set_time(sessions, naive->now_ms);
}

/* Takes all that expired, and looks whether it was to. */
static void expire(struct naive *naive, struct sessions *sessions, struct rng *rng)
{
    struct session *expired = NULL;

    while ((expired = sessions_find_expired(sessions)) != NULL) {
        struct naive_session *slot = naive->sessions;
        while (slot->session != expired)
            slot++;
        ck_assert(!expired->is_closing);
        ck_assert_uint_le(slot->due_ms, naive->clock_ms);
        if (rng_below(rng, 2) == 0) {
            expired->is_closing = true;
        } else {
            sessions_remove(sessions, expired);
            slot->session = NULL;
        }
    }
    uint64_t first_ms = UINT64_MAX;
    size_t count = 0;
    for (size_t i = 0; i < NAIVE_SESSIONS; i++) {
        const struct naive_session *slot = &naive->sessions[i];
        count += slot->session != NULL;
        if (slot->session == NULL || slot->session->is_closing)
            continue;
        ck_assert_uint_gt(slot->due_ms, naive->clock_ms);
        first_ms = slot->due_ms < first_ms ? slot->due_ms : first_ms;
    }
    ck_assert_uint_eq(sessions_count(sessions), count);
    for (size_t i = 0; i < NAIVE_SESSIONS; i++) {
        const struct naive_session *slot = &naive->sessions[i];
        if (slot->session != NULL)
            ck_assert_uint_eq(sessions_left_ms(sessions, slot->session),
                              slot->session->is_closing ? 0 : slot->due_ms - naive->clock_ms);
    }
    if (count > 0 && first_ms != UINT64_MAX)
        ck_assert_uint_le(sessions_deadline_ms(sessions) - naive->now_ms,
                          first_ms - naive->clock_ms);
    if (count > 0)
        ck_assert_uint_gt(sessions_deadline_ms(sessions), naive->now_ms);
}

START_TEST(it_agrees_with_a_naive_table)
{
    for (uint64_t seed = 1; seed <= 60; seed++) {
        AUTO(sessions_destroy) struct sessions *sessions = new_sessions(NAIVE_SESSIONS);
        struct naive naive = {.now_ms = seed * 997};
        struct rng rng;

        rng_init(&rng, seed);
        sessions_set_time(sessions, naive.now_ms);
        for (int step = 0; step < 2000; step++) {
            if (rng_below(&rng, 3) == 0)
                act(&naive, sessions, &rng);
            else
                advance(&naive, sessions, &rng);
            if (rng_below(&rng, 2) == 0)
                expire(&naive, sessions, &rng);
        }
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        ids_are_made_of_the_server_and_its_clock,
        ids_that_are_there_are_skipped,
        ids_stay_below_the_byte_of_the_server,
        timeouts_are_brought_into_their_range,
        the_limit_is_for_new_sessions_and_not_for_known_ones,
        what_is_there_is_not_restored,
        a_session_expires_at_the_end_of_a_tick,
        a_timeout_that_ends_with_a_tick_lives_one_longer,
        a_touch_begins_the_timeout_anew,
        a_new_timeout_counts_from_now_on,
        a_closing_session_does_not_expire_and_is_not_touched,
        a_stalled_server_does_not_take_its_clients_for_dead,
        an_idle_server_is_asked_for_turns_often_enough_to_be_believed,
        time_before_the_first_turn_does_not_count,
        sessions_are_walked_in_the_order_of_opening,
        a_password_is_known_and_no_other,
        a_password_is_the_keyed_hash_of_the_id,
        another_secret_gives_other_passwords,
        it_agrees_with_a_naive_table,
    };
    return suite_run("session", tests, sizeof tests / sizeof *tests);
}
