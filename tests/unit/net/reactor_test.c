/* SPDX-License-Identifier: Apache-2.0 */
#include "net/reactor.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define PIPES  3
#define TIMERS 200

/* A reactor with pipes whose ends are watched, and a story of what was called. */
struct scene {
    struct reactor *reactor;
    int read_ends[PIPES];
    int write_ends[PIPES];
    struct reactor_watch *watches[PIPES];
    size_t ready_counts[PIPES];
    size_t ready_count;
    size_t turn_count;
    size_t wanted;
    void (*on_ready)(struct scene *scene, size_t index); /* may be NULL */
};

static void start(struct scene *scene)
{
    scene->reactor = reactor_new();
    for (size_t i = 0; i < PIPES; i++) {
        int ends[2];
        ck_assert_int_eq(pipe(ends), 0);
        scene->read_ends[i] = ends[0];
        scene->write_ends[i] = ends[1];
    }
}

static void end(struct scene *scene)
{
    reactor_destroy(&scene->reactor);
    for (size_t i = 0; i < PIPES; i++) {
        ck_assert_int_eq(close(scene->read_ends[i]), 0);
        if (scene->write_ends[i] >= 0)
            ck_assert_int_eq(close(scene->write_ends[i]), 0);
    }
}

static size_t index_of(const struct scene *scene, int fd)
{
    size_t index = 0;

    while (scene->read_ends[index] != fd)
        index++;
    return index;
}

static void write_to(const struct scene *scene, size_t index)
{
    ck_assert_int_eq(write(scene->write_ends[index], "x", 1), 1);
}

static void read_from(const struct scene *scene, size_t index)
{
    char byte;

    ck_assert_int_eq(read(scene->read_ends[index], &byte, 1), 1);
}

static void take_ready(void *context, int fd)
{
    struct scene *scene = context;
    size_t index = index_of(scene, fd);

    scene->ready_counts[index]++;
    scene->ready_count++;
    if (scene->on_ready != NULL)
        scene->on_ready(scene, index);
    if (scene->ready_count >= scene->wanted)
        reactor_stop(scene->reactor);
}

static void watch(struct scene *scene, size_t index)
{
    scene->watches[index] =
        reactor_watch(scene->reactor, scene->read_ends[index], take_ready, scene);
    ck_assert_ptr_nonnull(scene->watches[index]);
}

/* ---- descriptors ---- */

static void read_one(struct scene *scene, size_t index)
{
    read_from(scene, index);
}

START_TEST(what_can_be_read_is_told_until_it_is_read)
{
    struct scene scene = {.wanted = 3, .on_ready = read_one};

    start(&scene);
    watch(&scene, 0);
    for (int i = 0; i < 3; i++)
        write_to(&scene, 0);
    reactor_run(scene.reactor);
    ck_assert_uint_eq(scene.ready_counts[0], 3);
    end(&scene);
}
END_TEST

START_TEST(the_end_of_a_descriptor_is_told_too)
{
    struct scene scene = {.wanted = 1};

    start(&scene);
    watch(&scene, 0);
    ck_assert_int_eq(close(scene.write_ends[0]), 0);
    scene.write_ends[0] = -1;
    reactor_run(scene.reactor);
    ck_assert_uint_eq(scene.ready_counts[0], 1);
    end(&scene);
}
END_TEST

static void unwatch_itself(struct scene *scene, size_t index)
{
    reactor_unwatch(&scene->watches[index]);
    ck_assert_ptr_null(scene->watches[index]);
}

START_TEST(a_handler_may_remove_itself)
{
    struct scene scene = {.wanted = 3, .on_ready = unwatch_itself};

    start(&scene);
    for (size_t i = 0; i < PIPES; i++) {
        watch(&scene, i);
        write_to(&scene, i);
    }
    reactor_run(scene.reactor);
    for (size_t i = 0; i < PIPES; i++)
        ck_assert_uint_eq(scene.ready_counts[i], 1);
    end(&scene);
}
END_TEST

static void unwatch_all(struct scene *scene, size_t index)
{
    (void)index;
    for (size_t i = 0; i < PIPES; i++)
        reactor_unwatch(&scene->watches[i]);
}

static void stop_in_third_turn(void *context, uint64_t now_ns)
{
    struct scene *scene = context;

    (void)now_ns;
    if (++scene->turn_count == 3)
        reactor_stop(scene->reactor);
    reactor_wake(scene->reactor);
}

START_TEST(who_was_removed_in_a_round_is_not_called_in_it)
{
    struct scene scene = {.wanted = 10, .on_ready = unwatch_all};

    start(&scene);
    for (size_t i = 0; i < PIPES; i++) {
        watch(&scene, i);
        write_to(&scene, i);
    }
    reactor_on_turn(scene.reactor, stop_in_third_turn, &scene);
    reactor_run(scene.reactor);
    ck_assert_uint_eq(scene.ready_count, 1);
    end(&scene);
}
END_TEST

static void watch_next(struct scene *scene, size_t index)
{
    read_from(scene, index);
    if (index + 1 < PIPES)
        watch(scene, index + 1);
}

START_TEST(a_handler_may_add_others)
{
    struct scene scene = {.wanted = 3, .on_ready = watch_next};

    start(&scene);
    for (size_t i = 0; i < PIPES; i++)
        write_to(&scene, i);
    watch(&scene, 0);
    reactor_run(scene.reactor);
    ck_assert_uint_eq(scene.ready_counts[2], 1);
    end(&scene);
}
END_TEST

struct writer {
    struct scene scene;
    struct reactor_watch *watch;
    int ends[2];
    size_t calls;
};

static void write_twice(void *context, int fd)
{
    struct writer *writer = context;

    ck_assert_int_eq(fd, writer->ends[0]);
    if (++writer->calls == 2) {
        reactor_want_write(writer->watch, false);
        reactor_wake(writer->scene.reactor);
        reactor_on_turn(writer->scene.reactor, stop_in_third_turn, &writer->scene);
    }
}

START_TEST(who_wants_to_write_is_told_while_there_is_room)
{
    struct writer writer = {.calls = 0};

    start(&writer.scene);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, writer.ends), 0);
    writer.watch = reactor_watch(writer.scene.reactor, writer.ends[0], write_twice, &writer);
    ck_assert_ptr_nonnull(writer.watch);
    reactor_want_write(writer.watch, true);
    reactor_want_write(writer.watch, true);
    reactor_run(writer.scene.reactor);
    ck_assert_uint_eq(writer.calls, 2);
    reactor_unwatch(&writer.watch);
    ck_assert_int_eq(close(writer.ends[0]), 0);
    ck_assert_int_eq(close(writer.ends[1]), 0);
    end(&writer.scene);
}
END_TEST

START_TEST(there_is_a_limit_to_what_is_watched)
{
    struct scene scene = {.wanted = 1};
    struct reactor_watch *one = NULL;

    start(&scene);
    for (int i = 0; i < REACTOR_WATCHES_MAX; i++) {
        one = reactor_watch(scene.reactor, scene.read_ends[0], take_ready, &scene);
        ck_assert_ptr_nonnull(one);
    }
    ck_assert_ptr_null(reactor_watch(scene.reactor, scene.read_ends[0], take_ready, &scene));
    reactor_unwatch(&one);
    one = reactor_watch(scene.reactor, scene.read_ends[0], take_ready, &scene);
    ck_assert_ptr_nonnull(one);
    end(&scene); /* which forgets them all */
}
END_TEST

/* ---- rounds ---- */

static void note_turn(void *context, uint64_t now_ns)
{
    struct scene *scene = context;

    ck_assert_uint_eq(now_ns, reactor_now_ns(scene->reactor));
    scene->turn_count++;
}

static void expect_one_turn_less(struct scene *scene, size_t index)
{
    read_from(scene, index);
    ck_assert_uint_eq(scene->turn_count, scene->ready_count);
}

START_TEST(the_turn_comes_before_the_first_sleep_and_after_each_round)
{
    struct scene scene = {.wanted = 5, .on_ready = expect_one_turn_less};

    start(&scene);
    watch(&scene, 0);
    reactor_on_turn(scene.reactor, note_turn, &scene);
    for (int i = 0; i < 5; i++)
        write_to(&scene, 0);
    reactor_run(scene.reactor);
    ck_assert_uint_eq(scene.turn_count, 5); /* not after the last, which stopped it */
    end(&scene);
}
END_TEST

START_TEST(a_wake_in_the_turn_brings_another_round)
{
    struct scene scene = {.wanted = 0};

    start(&scene);
    reactor_on_turn(scene.reactor, stop_in_third_turn, &scene);
    reactor_run(scene.reactor);
    ck_assert_uint_eq(scene.turn_count, 3);
    end(&scene);
}
END_TEST

START_TEST(handlers_that_a_stop_has_left_over_come_in_the_next_run)
{
    struct scene scene = {.wanted = 1, .on_ready = unwatch_itself};

    start(&scene);
    for (size_t i = 0; i < PIPES; i++) {
        watch(&scene, i);
        write_to(&scene, i);
    }
    for (size_t i = 1; i <= PIPES; i++) {
        scene.wanted = i;
        reactor_run(scene.reactor);
        ck_assert_uint_eq(scene.ready_count, i);
    }
    end(&scene);
}
END_TEST

START_TEST(a_stop_before_the_run_ends_it_at_once)
{
    struct scene scene = {.wanted = 1};

    start(&scene);
    watch(&scene, 0);
    write_to(&scene, 0);
    reactor_on_turn(scene.reactor, note_turn, &scene);
    reactor_stop(scene.reactor);
    reactor_run(scene.reactor);
    ck_assert_uint_eq(scene.ready_count + scene.turn_count, 0);
    reactor_run(scene.reactor);
    ck_assert_uint_eq(scene.ready_count, 1);
    end(&scene);
}
END_TEST

/* ---- timers ---- */

struct clockwork {
    struct reactor *reactor;
    struct reactor_timer *timers[TIMERS];
    uint64_t deadlines_ns[TIMERS];
    size_t due_count;
    size_t wanted;
};

struct hand {
    struct clockwork *clockwork;
    size_t index;
};

static void note_due(void *context, uint64_t now_ns)
{
    struct hand *hand = context;
    struct clockwork *clockwork = hand->clockwork;

    ck_assert_uint_ge(now_ns, clockwork->deadlines_ns[hand->index]);
    clockwork->deadlines_ns[hand->index] = UINT64_MAX; /* not again */
    if (++clockwork->due_count == clockwork->wanted)
        reactor_stop(clockwork->reactor);
}

START_TEST(every_timer_is_due_once_and_none_too_early)
{
    struct clockwork clockwork = {.reactor = reactor_new(), .wanted = TIMERS};
    struct hand *hands = NEW_ARRAY(struct hand, TIMERS);
    struct rng rng;
    uint64_t now_ns = clock_now_ns();

    rng_init(&rng, 11);
    for (size_t i = 0; i < TIMERS; i++) {
        hands[i] = (struct hand){&clockwork, i};
        clockwork.deadlines_ns[i] = now_ns + rng_below(&rng, 20000000);
        clockwork.timers[i] = reactor_timer_new(clockwork.reactor, note_due, &hands[i]);
        reactor_timer_set(clockwork.timers[i], clockwork.deadlines_ns[i]);
    }
    reactor_run(clockwork.reactor);
    for (size_t i = 0; i < TIMERS; i++)
        reactor_timer_destroy(&clockwork.timers[i]);
    reactor_destroy(&clockwork.reactor);
    free(hands);
}
END_TEST

START_TEST(a_timer_that_is_set_again_or_unset_forgets_what_it_was)
{
    struct clockwork clockwork = {.reactor = reactor_new(), .wanted = 2};
    struct hand hands[3];
    uint64_t now_ns = clock_now_ns();

    for (size_t i = 0; i < 3; i++) {
        hands[i] = (struct hand){&clockwork, i};
        clockwork.timers[i] = reactor_timer_new(clockwork.reactor, note_due, &hands[i]);
        reactor_timer_set(clockwork.timers[i], 0); /* long past */
    }
    clockwork.deadlines_ns[0] = now_ns + 3000000;
    reactor_timer_set(clockwork.timers[0], clockwork.deadlines_ns[0]);
    clockwork.deadlines_ns[1] = UINT64_MAX;
    reactor_timer_set(clockwork.timers[1], UINT64_MAX);
    reactor_run(clockwork.reactor);
    ck_assert_uint_eq(clockwork.due_count, 2);
    reactor_destroy(&clockwork.reactor); /* with its timers */
}
END_TEST

struct repeater {
    struct reactor *reactor;
    struct reactor_timer *timer;
    size_t count;
};

static void repeat(void *context, uint64_t now_ns)
{
    struct repeater *repeater = context;

    if (++repeater->count < 10) {
        reactor_timer_set(repeater->timer, now_ns + 1000);
        return;
    }
    reactor_timer_destroy(&repeater->timer);
    reactor_stop(repeater->reactor);
}

START_TEST(a_timer_may_set_and_destroy_itself)
{
    struct repeater repeater = {.reactor = reactor_new()};

    repeater.timer = reactor_timer_new(repeater.reactor, repeat, &repeater);
    reactor_timer_set(repeater.timer, 1);
    reactor_run(repeater.reactor);
    ck_assert_uint_eq(repeater.count, 10);
    ck_assert_ptr_null(repeater.timer);
    reactor_destroy(&repeater.reactor);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_can_be_read_is_told_until_it_is_read,
        the_end_of_a_descriptor_is_told_too,
        a_handler_may_remove_itself,
        who_was_removed_in_a_round_is_not_called_in_it,
        a_handler_may_add_others,
        who_wants_to_write_is_told_while_there_is_room,
        there_is_a_limit_to_what_is_watched,
        the_turn_comes_before_the_first_sleep_and_after_each_round,
        a_wake_in_the_turn_brings_another_round,
        handlers_that_a_stop_has_left_over_come_in_the_next_run,
        a_stop_before_the_run_ends_it_at_once,
        every_timer_is_due_once_and_none_too_early,
        a_timer_that_is_set_again_or_unset_forgets_what_it_was,
        a_timer_may_set_and_destroy_itself,
    };
    return suite_run("reactor", tests, COUNT_OF(tests));
}
