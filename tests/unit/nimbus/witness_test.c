/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/witness.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define LOOP "crash loop (5 exits within 5 min): exit 1"

/* What a supervisor says of a worker. */
struct said {
    uint32_t slot;
    int incarnation;
    int restarts;
    const char *phase;
    const char *last_exit; /* NULL: none */
};

struct scene {
    struct witness witness;
    uint64_t now_ms;
    enum witness_mode mode;
    struct witness_news news[WITNESS_NEWS_MAX];
    size_t count;
};

static json_t *encode(const struct said *said)
{
    return json_pack("{s:s, s:i, s:i, s:i, s:s, s:o, s:i}", "topology", "wc-1", "slot",
                     (int)said->slot, "incarnation", said->incarnation, "restarts", said->restarts,
                     "phase", said->phase, "last_exit",
                     said->last_exit == NULL ? json_null() : json_string(said->last_exit), "pid",
                     100 + said->incarnation);
}

static void take(struct scene *scene, struct said said)
{
    json_t *object = encode(&said);

    scene->count =
        witness_take(&scene->witness, "s1", object, scene->now_ms, scene->mode, scene->news);
    json_decref(object);
}

/* One report with one worker, and what comes of it: kinds, ','-separated. */
static void report(struct scene *scene, struct said said, const char *kinds)
{
    char found[128] = "";

    scene->now_ms += 1000;
    witness_begin(&scene->witness, "s1");
    take(scene, said);
    for (size_t i = 0; i < scene->count; i++) {
        size_t size = strlen(found);
        (void)snprintf(found + size, sizeof found - size, "%s%s", size == 0 ? "" : ",",
                       events_kind_name(scene->news[i].kind));
    }
    ck_assert_str_eq(found, kinds);
}

static struct scene set_up(void)
{
    return (struct scene){.now_ms = 1000000, .mode = WITNESS_TELLS};
}

static struct scene set_up_running(void)
{
    struct scene scene = set_up();

    report(&scene, (struct said){0, 41, 0, "fetching", NULL}, "");
    report(&scene, (struct said){0, 41, 0, "starting", NULL}, "worker_started");
    report(&scene, (struct said){0, 41, 0, "running", NULL}, "");
    return scene;
}

START_TEST(a_worker_starts_and_comes_to_its_end)
{
    struct scene scene = set_up_running();

    ck_assert_ptr_nonnull(witness_find(&scene.witness, "s1", 0));
    ck_assert_ptr_null(witness_find(&scene.witness, "s1", 1));
    ck_assert_ptr_null(witness_find(&scene.witness, "s2", 0));
    report(&scene, (struct said){0, 41, 0, "running", NULL}, "");
    report(&scene, (struct said){0, 41, 0, "ended", NULL}, "worker_ended");
    report(&scene, (struct said){0, 41, 0, "ended", NULL}, "");
    witness_done(&scene.witness);
}
END_TEST

START_TEST(one_that_fails_and_is_started_again_is_told_of_twice)
{
    struct scene scene = set_up_running();

    report(&scene, (struct said){0, 41, 0, "backoff", "killed by SIGKILL"}, "worker_failed");
    ck_assert_str_eq(scene.news[0].why, "killed by SIGKILL");
    ck_assert_uint_eq(scene.news[0].incarnation, 41);
    ck_assert_int_eq(scene.news[0].severity, EVENTS_WATCH);
    report(&scene, (struct said){0, 41, 0, "backoff", "killed by SIGKILL"}, "");
    report(&scene, (struct said){0, 41, 0, "fetching", "killed by SIGKILL"}, "");
    report(&scene, (struct said){0, 42, 1, "starting", "killed by SIGKILL"}, "worker_restarted");
    ck_assert_int_eq(scene.news[0].pid, 142);
    witness_done(&scene.witness);
}
END_TEST

START_TEST(one_that_was_started_again_between_two_reports_has_failed_too)
{
    struct scene scene = set_up_running();

    report(&scene, (struct said){0, 42, 1, "starting", "exit 1"}, "worker_failed,worker_restarted");
    ck_assert_uint_eq(scene.news[0].incarnation, 41);
    ck_assert_uint_eq(scene.news[1].incarnation, 42);
    report(&scene, (struct said){0, 43, 2, "backoff", "exit 2"}, "worker_failed,worker_failed");
    witness_done(&scene.witness);
}
END_TEST

START_TEST(a_restart_that_was_asked_for_is_no_failure)
{
    struct scene scene = set_up_running();

    report(&scene, (struct said){0, 41, 0, "stopping", NULL}, "");
    report(&scene, (struct said){0, 41, 0, "backoff", WITNESS_ON_REQUEST}, "");
    report(&scene, (struct said){0, 42, 1, "starting", WITNESS_ON_REQUEST}, "worker_restarted");
    report(&scene, (struct said){0, 43, 2, "starting", WITNESS_ON_REQUEST}, "worker_restarted");
    witness_done(&scene.witness);
}
END_TEST

START_TEST(a_new_part_is_a_start_and_no_failure)
{
    struct scene scene = set_up_running();

    report(&scene, (struct said){0, 42, 0, "starting", NULL}, "worker_started");
    witness_done(&scene.witness);
}
END_TEST

START_TEST(what_cannot_be_started_is_trouble)
{
    struct scene scene = set_up();

    report(&scene, (struct said){0, 40, 0, "failed", "no room on the disk"}, "worker_failed");
    ck_assert_int_eq(scene.news[0].severity, EVENTS_TROUBLE);
    report(&scene, (struct said){0, 40, 0, "fetching", NULL}, "");
    report(&scene, (struct said){0, 40, 0, "failed", "no room on the disk"}, "");
    report(&scene, (struct said){0, 41, 0, "starting", NULL}, "worker_started");
    witness_done(&scene.witness);
}
END_TEST

START_TEST(a_loop_is_told_of_once_a_minute_with_its_number)
{
    struct scene scene = set_up_running();
    const struct witness_place *place;
    struct witness_news news;
    int incarnation = 41;

    report(&scene, (struct said){0, incarnation, 4, "backoff", LOOP}, "worker_failed");
    ck_assert_int_eq(scene.news[0].severity, EVENTS_TROUBLE);
    ck_assert_uint_eq(scene.news[0].count, 1);
    for (int i = 0; i < 7; i++) {
        incarnation++;
        report(&scene, (struct said){0, incarnation, 5 + i, "starting", LOOP}, "");
        report(&scene, (struct said){0, incarnation, 5 + i, "backoff", LOOP}, "");
    }
    ck_assert(!witness_next_due(&scene.witness, scene.now_ms, &place, &news));
    scene.now_ms += WITNESS_QUIET_MS;
    ck_assert(witness_next_due(&scene.witness, scene.now_ms, &place, &news));
    ck_assert_uint_eq(news.count, 7);
    ck_assert_str_eq(news.why, LOOP);
    ck_assert_str_eq(place->supervisor, "s1");
    ck_assert(!witness_next_due(&scene.witness, scene.now_ms + WITNESS_QUIET_MS, &place, &news));
    ck_assert_uint_eq(scene.witness.untold, 0);
    witness_done(&scene.witness);
}
END_TEST

START_TEST(after_a_minute_of_quiet_the_next_failure_tells_those_before_it)
{
    struct scene scene = set_up_running();

    report(&scene, (struct said){0, 41, 4, "backoff", LOOP}, "worker_failed");
    report(&scene, (struct said){0, 42, 5, "backoff", LOOP}, "");
    scene.now_ms += WITNESS_QUIET_MS;
    report(&scene, (struct said){0, 43, 6, "backoff", LOOP}, "worker_failed");
    ck_assert_uint_eq(scene.news[0].count, 2);
    report(&scene, (struct said){0, 44, 7, "backoff", "exit 1"}, "worker_failed");
    witness_done(&scene.witness);
}
END_TEST

START_TEST(a_new_leader_learns_without_a_word)
{
    struct scene scene = set_up();

    scene.mode = WITNESS_LEARNS;
    report(&scene, (struct said){0, 41, 2, "running", "exit 1"}, "");
    report(&scene, (struct said){1, 50, 0, "fetching", NULL}, "");
    report(&scene, (struct said){2, 60, 1, "backoff", "exit 1"}, "");
    scene.mode = WITNESS_TELLS;
    report(&scene, (struct said){0, 41, 2, "running", "exit 1"}, "");
    report(&scene, (struct said){1, 51, 0, "starting", NULL}, "worker_started");
    report(&scene, (struct said){2, 60, 1, "backoff", "exit 1"}, "");
    report(&scene, (struct said){2, 61, 2, "starting", "exit 1"}, "worker_restarted");
    witness_done(&scene.witness);
}
END_TEST

START_TEST(who_is_not_in_the_report_is_missing_once)
{
    struct scene scene = set_up_running();
    uint32_t slot = 99;
    bool had_process = false;

    report(&scene, (struct said){2, 7, 0, "running", NULL}, "worker_started");
    witness_begin(&scene.witness, "s1");
    take(&scene, (struct said){2, 7, 0, "running", NULL});
    ck_assert(witness_next_missing(&scene.witness, "s1", &slot, &had_process));
    ck_assert_uint_eq(slot, 0);
    ck_assert(had_process);
    ck_assert(!witness_next_missing(&scene.witness, "s1", &slot, &had_process));
    witness_begin(&scene.witness, "s2");
    ck_assert(!witness_next_missing(&scene.witness, "s2", &slot, &had_process));
    ck_assert_uint_eq(scene.witness.count, 1);
    witness_done(&scene.witness);
}
END_TEST

/* A worker that lives, dies and is started at random, and reports that see only some of it. Every start is
 * of a process that was not told of before; nothing is told twice; in a loop there is silence. */
START_TEST(nothing_is_told_twice)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct scene scene = set_up();
        struct rng rng;
        struct said said = {.slot = 0, .incarnation = 41, .phase = "starting"};
        uint64_t started = 0;
        uint64_t failures = 0;
        uint64_t told = 0;

        rng_init(&rng, seed);
        for (int i = 0; i < 300; i++) {
            if (rng_below(&rng, 3) == 0 && strcmp(said.phase, "backoff") != 0) {
                said.phase = "backoff";
                said.last_exit = "exit 1";
                failures++;
            } else if (strcmp(said.phase, "backoff") == 0) {
                said.phase = "running";
                said.incarnation++;
                said.restarts++;
            }
            if (rng_below(&rng, 2) == 0)
                continue; /* no report of it */
            take(&scene, said);
            for (size_t n = 0; n < scene.count; n++) {
                const struct witness_news *news = &scene.news[n];
                if (news->kind == EVENTS_WORKER_FAILED) {
                    told += news->count;
                    continue;
                }
                ck_assert_uint_gt(news->incarnation, started);
                started = news->incarnation;
            }
            ck_assert_uint_le(told, failures);
        }
        ck_assert_uint_gt(told, 0);
        witness_done(&scene.witness);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_worker_starts_and_comes_to_its_end,
        one_that_fails_and_is_started_again_is_told_of_twice,
        one_that_was_started_again_between_two_reports_has_failed_too,
        a_restart_that_was_asked_for_is_no_failure,
        a_new_part_is_a_start_and_no_failure,
        what_cannot_be_started_is_trouble,
        a_loop_is_told_of_once_a_minute_with_its_number,
        after_a_minute_of_quiet_the_next_failure_tells_those_before_it,
        a_new_leader_learns_without_a_word,
        who_is_not_in_the_report_is_missing_once,
        nothing_is_told_twice,
    };

    return suite_run("witness", tests, COUNT_OF(tests));
}
