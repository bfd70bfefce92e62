/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/api/gather.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/mem.h"
#include "tests/support/suite.h"

enum {
    QUESTIONS = 100,
};

struct counting {
    atomic_int asked[QUESTIONS];
    atomic_int now;
    atomic_int most;
};

static void count(void *context, size_t index)
{
    struct counting *counting = context;
    int now = atomic_fetch_add(&counting->now, 1) + 1;
    int most = atomic_load(&counting->most);

    while (now > most && !atomic_compare_exchange_weak(&counting->most, &most, now))
        ;
    atomic_fetch_add(&counting->asked[index], 1);
    atomic_fetch_sub(&counting->now, 1);
}

START_TEST(each_question_is_asked_once_and_not_too_many_at_a_time)
{
    static const size_t counts[] = {0, 1, 2, 7, 8, 9, QUESTIONS};

    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct counting counting = {.most = 0};
        gather(counts[i], count, &counting);
        for (size_t k = 0; k < QUESTIONS; k++)
            ck_assert_int_eq(atomic_load(&counting.asked[k]), k < counts[i] ? 1 : 0);
        ck_assert_int_le(atomic_load(&counting.most), GATHER_AT_A_TIME);
    }
}
END_TEST

static void meet(void *context, size_t index)
{
    (void)index;
    (void)pthread_barrier_wait(context);
}

START_TEST(eight_are_asked_at_the_same_time)
{
    pthread_barrier_t barrier; /* which nobody would leave, were they asked one by one */

    ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, GATHER_AT_A_TIME), 0);
    gather((size_t)2 * GATHER_AT_A_TIME, meet, &barrier);
    pthread_barrier_destroy(&barrier);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        each_question_is_asked_once_and_not_too_many_at_a_time,
        eight_are_asked_at_the_same_time,
    };

    return suite_run("gather", tests, COUNT_OF(tests));
}
