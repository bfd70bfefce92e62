/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mailbox.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/mem.h"
#include "tests/support/suite.h"

/* Nothing here has a time limit of its own: who waits in vain hangs, and the test runner ends it. */

struct thing {
    struct list_node node;
    int thread;
    int number;
};

static struct mailbox *open_mailbox(size_t capacity)
{
    struct mailbox *mailbox = NULL;
    struct error error;

    ck_assert_int_eq(mailbox_open(capacity, &mailbox, &error), ERR_OK);
    return mailbox;
}

static struct thing *take(struct mailbox *mailbox, int64_t timeout_ms)
{
    struct list_node *node = mailbox_take(mailbox, timeout_ms);

    return node == NULL ? NULL : CONTAINER_OF(node, struct thing, node);
}

static bool is_readable(const struct mailbox *mailbox)
{
    struct pollfd watched = {.fd = mailbox_fd(mailbox), .events = POLLIN};

    return poll(&watched, 1, 0) == 1;
}

START_TEST(an_empty_mailbox_gives_nothing_and_is_not_readable)
{
    AUTO(mailbox_close) struct mailbox *mailbox = open_mailbox(1);

    ck_assert_ptr_null(mailbox_take(mailbox, 0));
    ck_assert_ptr_null(mailbox_take(mailbox, 1));
    ck_assert(!is_readable(mailbox));
}
END_TEST

START_TEST(things_come_out_in_the_order_they_went_in)
{
    AUTO(mailbox_close) struct mailbox *mailbox = open_mailbox(4);
    struct thing things[3] = {{.number = 0}, {.number = 1}, {.number = 2}};

    for (int i = 0; i < 3; i++)
        ck_assert(mailbox_put(mailbox, &things[i].node));
    ck_assert_uint_eq(mailbox_count(mailbox), 3);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(take(mailbox, -1)->number, i);
    ck_assert_ptr_null(mailbox_take(mailbox, 0));
}
END_TEST

START_TEST(the_descriptor_is_readable_while_something_is_there)
{
    AUTO(mailbox_close) struct mailbox *mailbox = open_mailbox(4);
    struct thing things[2] = {{.number = 0}, {.number = 1}};

    ck_assert(mailbox_put(mailbox, &things[0].node));
    ck_assert(is_readable(mailbox));
    ck_assert(mailbox_put(mailbox, &things[1].node));
    (void)take(mailbox, 0);
    ck_assert(is_readable(mailbox));
    (void)take(mailbox, 0);
    ck_assert(!is_readable(mailbox));
    ck_assert(mailbox_put(mailbox, &things[0].node));
    ck_assert(is_readable(mailbox));
    (void)take(mailbox, 0);
}
END_TEST

START_TEST(put_now_does_not_wait_for_room)
{
    AUTO(mailbox_close) struct mailbox *mailbox = open_mailbox(1);
    struct thing things[3] = {{.number = 0}, {.number = 1}, {.number = 2}};

    for (int i = 0; i < 3; i++)
        ck_assert(mailbox_put_now(mailbox, &things[i].node));
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(take(mailbox, 0)->number, i);
}
END_TEST

START_TEST(what_is_in_a_shut_mailbox_can_be_taken_and_nothing_put)
{
    AUTO(mailbox_close) struct mailbox *mailbox = open_mailbox(1);
    struct thing things[2] = {{.number = 0}, {.number = 1}};

    ck_assert(mailbox_put(mailbox, &things[0].node));
    mailbox_shut(mailbox);
    ck_assert(!mailbox_put(mailbox, &things[1].node));
    ck_assert(!mailbox_put_now(mailbox, &things[1].node));
    ck_assert_int_eq(take(mailbox, -1)->number, 0);
    ck_assert_ptr_null(mailbox_take(mailbox, 0));
}
END_TEST

/* ---- threads ---- */

enum {
    PUTTERS = 3,
    THINGS = 5000, /* of each */
};

struct putter {
    pthread_t thread;
    struct mailbox *mailbox;
    int number;
    int put; /* how many things were taken over */
};

static void *put_all(void *context)
{
    struct putter *putter = context;

    for (int i = 0; i < THINGS; i++) {
        struct thing *thing = NEW(struct thing);

        *thing = (struct thing){.thread = putter->number, .number = i};
        if (!mailbox_put(putter->mailbox, &thing->node)) {
            free(thing);
            return NULL;
        }
        putter->put++;
    }
    return NULL;
}

static void start(struct putter *putters, struct mailbox *mailbox)
{
    for (int i = 0; i < PUTTERS; i++) {
        putters[i] = (struct putter){.mailbox = mailbox, .number = i};
        ck_assert_int_eq(pthread_create(&putters[i].thread, NULL, put_all, &putters[i]), 0);
    }
}

/* A small capacity, so that every side waits for the other again and again. */
START_TEST(what_each_thread_puts_comes_once_and_in_its_order)
{
    AUTO(mailbox_close) struct mailbox *mailbox = open_mailbox(2);
    struct putter putters[PUTTERS];
    int next[PUTTERS] = {0};

    start(putters, mailbox);
    for (int i = 0; i < PUTTERS * THINGS; i++) {
        struct thing *thing = take(mailbox, -1);

        ck_assert_int_eq(thing->number, next[thing->thread]++);
        free(thing);
    }
    for (int i = 0; i < PUTTERS; i++)
        ck_assert_int_eq(pthread_join(putters[i].thread, NULL), 0);
    ck_assert_ptr_null(mailbox_take(mailbox, 0));
    ck_assert(!is_readable(mailbox));
}
END_TEST

START_TEST(who_waits_for_room_gives_up_when_it_is_shut)
{
    AUTO(mailbox_close) struct mailbox *mailbox = open_mailbox(1);
    struct putter putters[PUTTERS];
    int put = 0;
    int taken = 0;
    struct thing *thing;

    start(putters, mailbox);
    while (!is_readable(mailbox)) /* one is in, so the others wait or will */
        (void)sched_yield();
    mailbox_shut(mailbox);
    for (int i = 0; i < PUTTERS; i++) {
        ck_assert_int_eq(pthread_join(putters[i].thread, NULL), 0);
        put += putters[i].put;
    }
    for (; (thing = take(mailbox, 0)) != NULL; taken++)
        free(thing);
    ck_assert_int_eq(put, 1);
    ck_assert_int_eq(taken, 1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        an_empty_mailbox_gives_nothing_and_is_not_readable,
        things_come_out_in_the_order_they_went_in,
        the_descriptor_is_readable_while_something_is_there,
        put_now_does_not_wait_for_room,
        what_is_in_a_shut_mailbox_can_be_taken_and_nothing_put,
        what_each_thread_puts_comes_once_and_in_its_order,
        who_waits_for_room_gives_up_when_it_is_shut,
    };
    return suite_run("mailbox", tests, sizeof tests / sizeof *tests);
}
