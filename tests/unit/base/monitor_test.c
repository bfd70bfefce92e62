/* SPDX-License-Identifier: Apache-2.0 */
#include "base/monitor.h"

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/suite.h"

struct counter {
    struct monitor monitor;
    unsigned wanted;
    unsigned given;
};

static void *give(void *context)
{
    struct counter *counter = context;

    monitor_enter(&counter->monitor);
    while (counter->given < 1000) {
        while (counter->wanted == counter->given)
            (void)monitor_wait(&counter->monitor, UINT64_MAX);
        counter->given++;
        monitor_tell(&counter->monitor);
    }
    monitor_leave(&counter->monitor);
    return NULL;
}

START_TEST(who_waits_is_told_each_time)
{
    struct counter counter = {.wanted = 0};
    pthread_t thread;

    monitor_init(&counter.monitor);
    ck_assert_int_eq(monitor_start_thread(give, &counter, &thread, NULL), ERR_OK);
    monitor_enter(&counter.monitor);
    while (counter.given < 1000) {
        counter.wanted = counter.given + 1;
        monitor_tell(&counter.monitor);
        while (counter.given < counter.wanted)
            (void)monitor_wait(&counter.monitor, UINT64_MAX);
    }
    monitor_leave(&counter.monitor);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_uint_eq(counter.given, 1000);
    monitor_done(&counter.monitor);
}
END_TEST

START_TEST(a_wait_ends_when_its_time_is_up)
{
    struct monitor monitor;
    uint64_t until_ns = clock_now_ns() + 1000000;

    monitor_init(&monitor);
    monitor_enter(&monitor);
    while (monitor_wait(&monitor, until_ns)) {
    }
    ck_assert_uint_ge(clock_now_ns(), until_ns);
    monitor_leave(&monitor);
    monitor_done(&monitor);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {who_waits_is_told_each_time, a_wait_ends_when_its_time_is_up};

    return suite_run("monitor", tests, COUNT_OF(tests));
}
