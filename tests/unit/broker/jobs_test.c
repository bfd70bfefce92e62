/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/io/jobs.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/mailbox.h"
#include "base/mem.h"
#include "tests/support/suite.h"

/* Nothing here has a time limit of its own: who waits in vain hangs, and the test runner ends it. */

enum {
    JOBS_MAX = 100,
};

/* What was run and told, in order; one side of it is a thread's, the other the loop's. */
struct record {
    int numbers[4 * JOBS_MAX];
    size_t count;
};

struct office {
    struct jobs *jobs;
    _Atomic size_t wake_count;
    struct record run[JOBS_KIND_COUNT]; /* by thread */
    struct record done;
    size_t again; /* how many times a done job is put again */
};

struct task {
    struct job job;
    struct office *office;
    int number;
    pthread_t thread;
    struct mailbox *gate; /* run() waits for something in it; NULL: it does not */
};

static void note(struct record *record, int number)
{
    ck_assert_uint_lt(record->count, COUNT_OF(record->numbers));
    record->numbers[record->count++] = number;
}

static void expect_in_order(const struct record *record, size_t count)
{
    ck_assert_uint_eq(record->count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(record->numbers[i], (int)i);
}

static void on_wake(void *context)
{
    struct office *office = context;

    atomic_fetch_add(&office->wake_count, 1);
}

static void on_run(struct job *job)
{
    struct task *task = CONTAINER_OF(job, struct task, job);

    if (task->gate != NULL)
        ck_assert_ptr_nonnull(mailbox_take(task->gate, -1));
    task->thread = pthread_self();
    note(&task->office->run[job->kind], task->number);
}

static void on_done(struct job *job, void *context)
{
    struct task *task = CONTAINER_OF(job, struct task, job);
    struct office *office = context;

    ck_assert_ptr_eq(office, task->office);
    ck_assert(!pthread_equal(task->thread, pthread_self()));
    note(&office->done, task->number);
    if (office->again > 0) {
        office->again--;
        ck_assert(jobs_put(office->jobs, job->kind, job));
    }
}

static void start(struct office *office)
{
    const struct jobs_options options = {.jobs_max = JOBS_MAX, .wake = on_wake, .context = office};
    struct error error;

    ck_assert_int_eq(jobs_start(&options, &office->jobs, &error), ERR_OK);
}

static struct task make_task(struct office *office, int number)
{
    return (struct task){
        .job = {.run = on_run, .done = on_done}, .office = office, .number = number};
}

START_TEST(jobs_of_a_kind_are_run_and_told_in_their_order)
{
    struct office office = {.jobs = NULL};
    struct task tasks[JOBS_MAX];

    start(&office);
    for (int i = 0; i < JOBS_MAX; i++) {
        tasks[i] = make_task(&office, i);
        ck_assert(jobs_put(office.jobs, JOBS_FLUSH, &tasks[i].job));
    }
    jobs_finish(office.jobs);
    expect_in_order(&office.run[JOBS_FLUSH], JOBS_MAX);
    expect_in_order(&office.done, JOBS_MAX);
    jobs_destroy(&office.jobs);
    ck_assert_uint_eq(atomic_load(&office.wake_count), JOBS_MAX);
}
END_TEST

START_TEST(a_flush_does_not_wait_for_slow_work)
{
    struct office office = {.jobs = NULL};
    struct task slow = make_task(&office, 7);
    struct task flush = make_task(&office, 0);
    struct list_node permit = {.after = NULL};
    struct error error;

    start(&office);
    ck_assert_int_eq(mailbox_open(1, &slow.gate, &error), ERR_OK);
    ck_assert(jobs_put(office.jobs, JOBS_SLOW, &slow.job));
    ck_assert(jobs_put(office.jobs, JOBS_FLUSH, &flush.job));
    while (office.done.count == 0)
        jobs_take(office.jobs);
    expect_in_order(&office.done, 1);
    ck_assert_uint_eq(jobs_under_way(office.jobs, JOBS_FLUSH), 0);
    ck_assert_uint_eq(jobs_under_way(office.jobs, JOBS_SLOW), 1);
    ck_assert(mailbox_put_now(slow.gate, &permit));
    jobs_finish(office.jobs);
    ck_assert_int_eq(office.done.numbers[1], 7);
    ck_assert(!pthread_equal(slow.thread, flush.thread));
    jobs_destroy(&office.jobs);
    mailbox_close(&slow.gate);
}
END_TEST

START_TEST(too_many_of_a_kind_are_refused_until_some_are_taken)
{
    struct office office = {.jobs = NULL};
    struct task tasks[JOBS_MAX + 1];

    start(&office);
    for (int i = 0; i <= JOBS_MAX; i++) {
        tasks[i] = make_task(&office, i);
        ck_assert(jobs_put(office.jobs, JOBS_SLOW, &tasks[i].job) == (i < JOBS_MAX));
    }
    struct task other = make_task(&office, 0);
    ck_assert(jobs_put(office.jobs, JOBS_FLUSH, &other.job));
    jobs_finish(office.jobs);
    ck_assert(jobs_put(office.jobs, JOBS_SLOW, &tasks[JOBS_MAX].job));
    jobs_finish(office.jobs);
    expect_in_order(&office.run[JOBS_SLOW], JOBS_MAX + 1);
    jobs_destroy(&office.jobs);
}
END_TEST

START_TEST(what_is_done_may_be_put_again_and_finish_waits_for_it)
{
    struct office office = {.jobs = NULL, .again = 2 * JOBS_MAX};
    struct task task = make_task(&office, 1);

    start(&office);
    ck_assert(jobs_put(office.jobs, JOBS_SLOW, &task.job));
    jobs_finish(office.jobs);
    ck_assert_uint_eq(office.done.count, 2 * JOBS_MAX + 1);
    jobs_take(office.jobs); /* nothing */
    ck_assert_uint_eq(office.done.count, 2 * JOBS_MAX + 1);
    jobs_destroy(&office.jobs);
}
END_TEST

START_TEST(nothing_to_do_is_no_reason_to_wait)
{
    struct office office = {.jobs = NULL};

    start(&office);
    jobs_take(office.jobs);
    jobs_finish(office.jobs);
    jobs_destroy(&office.jobs);
    ck_assert_ptr_null(office.jobs);
    jobs_destroy(&office.jobs);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        jobs_of_a_kind_are_run_and_told_in_their_order,
        a_flush_does_not_wait_for_slow_work,
        too_many_of_a_kind_are_refused_until_some_are_taken,
        what_is_done_may_be_put_again_and_finish_waits_for_it,
        nothing_to_do_is_no_reason_to_wait,
    };
    return suite_run("jobs", tests, COUNT_OF(tests));
}
