/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/pacer.h"

#include "base/mem.h"
#include "tests/support/suite.h"

#define SECOND UINT64_C(1000000000)

/* A server that completes one tree after another, and a spout that opens as many as it may. */
struct queue {
    struct pacer pacer;
    uint64_t now_ns;
    double rate; /* trees per second */
    double served;
    uint32_t open;
    uint64_t worst_ns; /* the longest time that a tree was open */
};

static void start(struct queue *queue, uint64_t timeout_ns, double rate)
{
    *queue = (struct queue){.rate = rate};
    pacer_init(&queue->pacer, timeout_ns, 0);
}

/* Time goes on by a little; `wanted` trees may be open if the pacer allows it. */
static void step(struct queue *queue, uint64_t by_ns, uint32_t wanted)
{
    queue->now_ns += by_ns;
    queue->served += queue->rate * (double)by_ns / (double)SECOND;
    uint32_t done = queue->served < queue->open ? (uint32_t)queue->served : queue->open;
    queue->served = queue->open == done ? 0 : queue->served - done;

    pacer_step(&queue->pacer, queue->now_ns, queue->open);
    queue->open -= done;
    if (done > 0)
        pacer_completed(&queue->pacer, done);
    uint32_t limit = pacer_limit(&queue->pacer);
    uint32_t target = limit < wanted ? limit : wanted;
    if (queue->open < target)
        queue->open = target;
    /* First come, first served: the last one in is out when all before it are. */
    uint64_t drain_ns = (uint64_t)(queue->open / queue->rate * (double)SECOND);
    queue->worst_ns = drain_ns > queue->worst_ns ? drain_ns : queue->worst_ns;
}

START_TEST(it_starts_with_one)
{
    struct pacer pacer;

    pacer_init(&pacer, 30 * SECOND, 5);
    ck_assert_uint_eq(pacer_limit(&pacer), 1);
}
END_TEST

START_TEST(each_completed_tree_makes_room_for_one_more)
{
    struct pacer pacer;
    uint32_t limit = 1;

    pacer_init(&pacer, 30 * SECOND, 0);
    for (uint32_t round = 1; round <= 10; round++) {
        pacer_step(&pacer, round, pacer_limit(&pacer)); /* as many as may be are open */
        pacer_completed(&pacer, pacer_limit(&pacer));
        limit *= 2;
        ck_assert_uint_eq(pacer_limit(&pacer), limit);
    }
}
END_TEST

START_TEST(it_never_exceeds_its_maximum)
{
    struct pacer pacer;

    pacer_init(&pacer, 30 * SECOND, 0);
    for (uint64_t now_ns = 0; now_ns < 10 * SECOND; now_ns += SECOND / 1000) {
        pacer_step(&pacer, now_ns, pacer_limit(&pacer));
        pacer_completed(&pacer, 1000000);
        ck_assert_uint_ge(pacer_limit(&pacer), 1);
        ck_assert_uint_le(pacer_limit(&pacer), PACER_MAX);
    }
    ck_assert_uint_eq(pacer_limit(&pacer), PACER_MAX);
}
END_TEST

START_TEST(at_any_rate_what_is_open_drains_within_the_timeout)
{
    static const double rates[] = {0.1, 0.5, 1, 3, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7};
    static const uint64_t timeouts_ns[] = {SECOND, 5 * SECOND, 30 * SECOND, 3600 * SECOND};

    for (size_t t = 0; t < COUNT_OF(timeouts_ns); t++) {
        for (size_t r = 0; r < COUNT_OF(rates); r++) {
            struct queue queue;
            double alone_ns = (double)SECOND / rates[r];
            if (alone_ns * 2 > (double)timeouts_ns[t])
                continue; /* not even one tree would be in time */
            start(&queue, timeouts_ns[t], rates[r]);
            for (uint32_t i = 0; i < 200000; i++)
                step(&queue, timeouts_ns[t] / 10000, UINT32_MAX);
            ck_assert_msg(queue.worst_ns < timeouts_ns[t],
                          "timeout %llu s, %g trees per second: %llu ms",
                          (unsigned long long)(timeouts_ns[t] / SECOND), rates[r],
                          (unsigned long long)(queue.worst_ns / 1000000));
        }
    }
}
END_TEST

START_TEST(short_timeouts_are_kept_as_well)
{
    static const uint64_t timeouts_ms[] = {10, 20, 40, 100, 300};

    for (size_t t = 0; t < COUNT_OF(timeouts_ms); t++) {
        struct queue queue;
        uint64_t timeout_ns = timeouts_ms[t] * 1000000;

        start(&queue, timeout_ns, 1e5);
        for (uint32_t i = 0; i < 100000; i++)
            step(&queue, timeout_ns / 1000, UINT32_MAX);
        ck_assert_msg(queue.worst_ns < timeout_ns, "timeout %llu ms: %llu us",
                      (unsigned long long)timeouts_ms[t],
                      (unsigned long long)(queue.worst_ns / 1000));
    }
}
END_TEST

START_TEST(it_settles_at_a_quarter_of_the_timeout)
{
    static const double rates[] = {10, 100, 1000};

    for (size_t r = 0; r < COUNT_OF(rates); r++) {
        struct queue queue;
        start(&queue, 30 * SECOND, rates[r]);
        for (uint32_t i = 0; i < 100000; i++)
            step(&queue, SECOND / 1000, UINT32_MAX);
        double bound = rates[r] * 30 / 4;
        ck_assert_double_gt(pacer_limit(&queue.pacer), bound * 0.6);
        ck_assert_double_le(pacer_limit(&queue.pacer), bound * 1.4);
    }
}
END_TEST

START_TEST(a_fast_server_is_soon_used_to_the_full)
{
    struct queue queue;

    /* A round trip of 1 ms at 10^6 trees per second needs 1000 of them open. */
    start(&queue, 30 * SECOND, 1e6);
    for (uint32_t i = 0; i < 100; i++)
        step(&queue, SECOND / 10000, UINT32_MAX);
    ck_assert_uint_ge(pacer_limit(&queue.pacer), 1000);
}
END_TEST

START_TEST(when_the_server_gets_slow_the_limit_follows)
{
    struct queue queue;

    start(&queue, 30 * SECOND, 1e5);
    for (uint32_t i = 0; i < 20000; i++)
        step(&queue, SECOND / 1000, UINT32_MAX);
    ck_assert_uint_eq(pacer_limit(&queue.pacer), PACER_MAX);
    queue.rate = 100;
    for (uint32_t i = 0; i < 3000; i++)
        step(&queue, SECOND / 1000, UINT32_MAX);
    ck_assert_uint_le(pacer_limit(&queue.pacer), 1000); /* 100 x 30 / 4, in 3 s */
}
END_TEST

START_TEST(a_spout_that_was_never_held_back_does_not_earn_a_burst)
{
    struct queue queue;

    /* For ten minutes the spout has two trees open at most, which a server of 10 per second
     * completes one by one. Then there is suddenly very much to do. */
    start(&queue, 30 * SECOND, 10);
    for (uint32_t i = 0; i < 600000; i++)
        step(&queue, SECOND / 1000, 2);
    for (uint32_t i = 0; i < 100000; i++)
        step(&queue, SECOND / 1000, UINT32_MAX);
    ck_assert_uint_lt(queue.worst_ns, 30 * SECOND);
}
END_TEST

START_TEST(after_a_rest_it_goes_on_where_it_was)
{
    struct queue queue;

    start(&queue, 30 * SECOND, 1e4);
    for (uint32_t i = 0; i < 20000; i++)
        step(&queue, SECOND / 1000, UINT32_MAX);
    uint32_t limit = pacer_limit(&queue.pacer);
    while (queue.open > 0)
        step(&queue, SECOND / 1000, 0);
    for (uint32_t i = 0; i < 600; i++)
        step(&queue, SECOND, 0);
    ck_assert_uint_ge(pacer_limit(&queue.pacer), limit / 2);
    step(&queue, SECOND, UINT32_MAX);
    ck_assert_uint_lt(queue.worst_ns, 30 * SECOND);
}
END_TEST

START_TEST(a_spout_that_is_held_back_for_nothing_asks_and_is_given_twice_as_much)
{
    struct pacer pacer;

    pacer_init(&pacer, 30 * SECOND, 100);
    pacer_step(&pacer, 100, 0);
    ck_assert_uint_eq(pacer_stuck_ns(&pacer), UINT64_MAX); /* nothing holds it back */
    pacer_step(&pacer, 200, 1);
    ck_assert_uint_eq(pacer_stuck_ns(&pacer), 100 + PACER_STUCK_NS);
    pacer_boost(&pacer, 100 + PACER_STUCK_NS);
    ck_assert_uint_eq(pacer_limit(&pacer), 2);
    pacer_step(&pacer, 200 + PACER_STUCK_NS, 2);
    ck_assert_uint_eq(pacer_stuck_ns(&pacer), 100 + 2 * PACER_STUCK_NS);
    pacer_completed(&pacer, 1); /* and something moves again */
    pacer_step(&pacer, 300 + PACER_STUCK_NS, 3);
    ck_assert_uint_eq(pacer_stuck_ns(&pacer), 300 + 2 * PACER_STUCK_NS);
    pacer_go_on(&pacer, 400 + PACER_STUCK_NS); /* somebody is at work: wait */
    ck_assert_uint_eq(pacer_limit(&pacer), 3);
    ck_assert_uint_eq(pacer_stuck_ns(&pacer), 400 + 3 * PACER_STUCK_NS);
    for (uint32_t i = 0; i < 40; i++)
        pacer_boost(&pacer, SECOND);
    ck_assert_uint_eq(pacer_limit(&pacer), PACER_MAX);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_spout_that_is_held_back_for_nothing_asks_and_is_given_twice_as_much,
        it_starts_with_one,
        each_completed_tree_makes_room_for_one_more,
        it_never_exceeds_its_maximum,
        at_any_rate_what_is_open_drains_within_the_timeout,
        short_timeouts_are_kept_as_well,
        it_settles_at_a_quarter_of_the_timeout,
        a_fast_server_is_soon_used_to_the_full,
        when_the_server_gets_slow_the_limit_follows,
        a_spout_that_was_never_held_back_does_not_earn_a_burst,
        after_a_rest_it_goes_on_where_it_was,
    };
    return suite_run("pacer", tests, sizeof tests / sizeof *tests);
}
