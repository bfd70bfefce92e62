/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/pool.h"

#include "base/mem.h"
#include "base/monitor.h"
#include "tests/support/suite.h"

struct work {
    struct pool_job job;
    struct monitor *monitor;
    bool *may_end;
    size_t *running;
    size_t *ended;
};

/* Runs until it may end. */
static void run(struct pool_job *job)
{
    struct work *work = CONTAINER_OF(job, struct work, job);

    monitor_enter(work->monitor);
    (*work->running)++;
    monitor_tell(work->monitor);
    while (!*work->may_end)
        (void)monitor_wait(work->monitor, UINT64_MAX);
    (*work->ended)++;
    monitor_leave(work->monitor);
}

START_TEST(so_many_run_as_there_are_threads_and_the_rest_waits_or_is_refused)
{
    struct pool_options options = {.threads = 2, .waiting_max = 3};
    struct pool *pool = NULL;
    struct monitor monitor;
    bool may_end = false;
    size_t running = 0;
    size_t ended = 0;
    struct work works[6];

    monitor_init(&monitor);
    ck_assert_int_eq(pool_start(&options, &pool, NULL), ERR_OK);
    for (size_t i = 0; i < COUNT_OF(works); i++)
        works[i] = (struct work){{.run = run}, &monitor, &may_end, &running, &ended};
    ck_assert(pool_put(pool, &works[0].job) && pool_put(pool, &works[1].job));
    monitor_enter(&monitor);
    while (running < 2)
        (void)monitor_wait(&monitor, UINT64_MAX);
    monitor_leave(&monitor);

    for (size_t i = 2; i < 5; i++)
        ck_assert(pool_put(pool, &works[i].job));
    ck_assert(!pool_put(pool, &works[5].job));
    monitor_enter(&monitor);
    ck_assert_uint_eq(running, 2);
    may_end = true;
    monitor_tell(&monitor);
    monitor_leave(&monitor);
    pool_stop(&pool);
    ck_assert_uint_eq(ended, 5);
    monitor_done(&monitor);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        so_many_run_as_there_are_threads_and_the_rest_waits_or_is_refused};

    return suite_run("pool", tests, COUNT_OF(tests));
}
