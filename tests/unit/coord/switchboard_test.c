/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/switchboard.h"

#include "base/mem.h"
#include "coord/recipes/barrier.h"
#include "tests/support/suite.h"

/* Notes what it gets, and does in its step what a test wants. */
struct listener {
    struct switchboard *board;
    uint32_t number;
    size_t count;
    enum coord_event_kind last;
    int64_t session_id;    /* of the last CONNECTED */
    struct listener *adds; /* at the next event */
    uint32_t removes;      /* at the next event: a number */
};

static void listen(void *subscriber, const struct coord_event *event, struct coord_calls *calls);

static void add(struct switchboard *board, struct listener *listener, struct coord_calls *calls)
{
    listener->board = board;
    listener->number = switchboard_number(board);
    ck_assert(switchboard_add(board, listener->number, listen, listener, calls));
}

static void listen(void *subscriber, const struct coord_event *event, struct coord_calls *calls)
{
    struct listener *listener = subscriber;
    struct listener *added = listener->adds;
    uint32_t removed = listener->removes;

    listener->count++;
    listener->last = event->kind;
    if (event->kind == COORD_CONNECTED)
        listener->session_id = event->session_id;
    listener->adds = NULL;
    listener->removes = 0;
    if (added != NULL)
        add(listener->board, added, calls);
    if (removed != 0)
        switchboard_remove(listener->board, removed);
}

static bool step(struct switchboard *board, const struct coord_event *event)
{
    struct coord_calls calls = {.items = NULL};
    bool is_told = switchboard_step(board, event, &calls);

    ck_assert_uint_eq(calls.begin, calls.end);
    coord_calls_done(&calls);
    return is_told;
}

static bool tell(struct switchboard *board, enum coord_event_kind kind)
{
    return step(board, &(struct coord_event){.kind = kind, .session_id = 11});
}

static uint64_t tag_of(const struct listener *listener)
{
    return (uint64_t)listener->number << 32 | 5;
}

START_TEST(answers_and_changes_go_to_the_one_with_the_number)
{
    AUTO(switchboard_destroy) struct switchboard *board = switchboard_new();
    struct listener listeners[3] = {{.count = 0}};

    for (size_t i = 0; i < COUNT_OF(listeners); i++)
        add(board, &listeners[i], NULL);
    ck_assert(
        step(board, &(struct coord_event){.kind = COORD_ANSWERED, .tag = tag_of(&listeners[1])}));
    ck_assert_int_eq(listeners[1].last, COORD_ANSWERED);
    ck_assert(
        step(board, &(struct coord_event){.kind = COORD_CHANGED, .tag = tag_of(&listeners[2])}));
    ck_assert_int_eq(listeners[2].last, COORD_CHANGED);
    ck_assert(!step(board, &(struct coord_event){.kind = COORD_ANSWERED, .tag = 5}));
    ck_assert(
        !step(board, &(struct coord_event){.kind = COORD_CHANGED, .tag = UINT64_C(99) << 32}));
    ck_assert_uint_eq(listeners[0].count, 0);
    ck_assert_uint_eq(listeners[1].count, 1);
    ck_assert_uint_eq(listeners[2].count, 1);
}
END_TEST

START_TEST(events_of_the_session_go_to_all)
{
    const enum coord_event_kind kinds[] = {COORD_CONNECTED, COORD_DISCONNECTED, COORD_EXPIRED,
                                           COORD_REFUSED};
    AUTO(switchboard_destroy) struct switchboard *board = switchboard_new();
    struct listener listeners[2] = {{.count = 0}};

    ck_assert(!tell(board, COORD_DISCONNECTED)); /* nobody is there */
    add(board, &listeners[0], NULL);
    add(board, &listeners[1], NULL);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        ck_assert(tell(board, kinds[i]));
        for (size_t j = 0; j < COUNT_OF(listeners); j++) {
            ck_assert_uint_eq(listeners[j].count, i + 1);
            ck_assert_int_eq(listeners[j].last, kinds[i]);
        }
    }
}
END_TEST

START_TEST(who_comes_later_is_told_of_the_connection_if_there_is_one)
{
    AUTO(switchboard_destroy) struct switchboard *board = switchboard_new();
    struct listener listeners[4] = {{.count = 0}};

    add(board, &listeners[0], NULL);
    ck_assert_uint_eq(listeners[0].count, 0);
    tell(board, COORD_CONNECTED);
    step(board, &(struct coord_event){.kind = COORD_ANSWERED, .tag = tag_of(&listeners[0])});
    add(board, &listeners[1], NULL);
    ck_assert_uint_eq(listeners[1].count, 1);
    ck_assert_int_eq(listeners[1].session_id, 11);
    tell(board, COORD_DISCONNECTED);
    add(board, &listeners[2], NULL);
    ck_assert_uint_eq(listeners[2].count, 0);
    tell(board, COORD_EXPIRED);
    step(board, &(struct coord_event){.kind = COORD_CONNECTED, .session_id = 12});
    add(board, &listeners[3], NULL);
    ck_assert_int_eq(listeners[3].session_id, 12);
}
END_TEST

START_TEST(who_is_added_in_a_step_is_told_once)
{
    AUTO(switchboard_destroy) struct switchboard *board = switchboard_new();
    struct listener second = {.count = 0};
    struct listener first = {.adds = &second};

    add(board, &first, NULL);
    tell(board, COORD_CONNECTED);
    ck_assert_uint_eq(second.count, 1);
    ck_assert_int_eq(second.last, COORD_CONNECTED);

    struct listener third = {.count = 0};
    first.adds = &third;
    tell(board, COORD_DISCONNECTED);
    ck_assert_uint_eq(third.count, 0);
    tell(board, COORD_CONNECTED);
    ck_assert_uint_eq(third.count, 1);
}
END_TEST

START_TEST(who_is_removed_in_a_step_gets_nothing_any_more)
{
    AUTO(switchboard_destroy) struct switchboard *board = switchboard_new();
    struct listener listeners[3] = {{.count = 0}};

    for (size_t i = 0; i < COUNT_OF(listeners); i++)
        add(board, &listeners[i], NULL);
    listeners[0].removes = listeners[1].number; /* before its turn */
    tell(board, COORD_CONNECTED);
    ck_assert_uint_eq(listeners[1].count, 0);
    ck_assert_uint_eq(listeners[2].count, 1);
    listeners[2].removes = listeners[2].number; /* itself */
    ck_assert(
        step(board, &(struct coord_event){.kind = COORD_CHANGED, .tag = tag_of(&listeners[2])}));
    ck_assert(
        !step(board, &(struct coord_event){.kind = COORD_CHANGED, .tag = tag_of(&listeners[2])}));
    tell(board, COORD_DISCONNECTED);
    ck_assert_uint_eq(listeners[0].count, 2);
    ck_assert_uint_eq(listeners[2].count, 2);
}
END_TEST

START_TEST(a_number_is_given_once)
{
    AUTO(switchboard_destroy) struct switchboard *board = switchboard_new();
    struct listener listener = {.count = 0};

    for (uint32_t i = 1; i <= 100; i++) {
        add(board, &listener, NULL);
        ck_assert_uint_eq(listener.number, i);
        switchboard_remove(board, listener.number);
    }
    ck_assert(!tell(board, COORD_CONNECTED));
}
END_TEST

START_TEST(there_is_a_limit)
{
    AUTO(switchboard_destroy) struct switchboard *board = switchboard_new();
    struct listener listener = {.board = board};

    for (size_t i = 0; i < SWITCHBOARD_SUBSCRIBERS_MAX; i++)
        ck_assert(switchboard_add(board, switchboard_number(board), listen, &listener, NULL));
    ck_assert(!switchboard_add(board, switchboard_number(board), listen, &listener, NULL));
    tell(board, COORD_CONNECTED);
    ck_assert_uint_eq(listener.count, SWITCHBOARD_SUBSCRIBERS_MAX);
}
END_TEST

static void step_barrier(void *subscriber, const struct coord_event *event,
                         struct coord_calls *calls)
{
    (void)barrier_step(subscriber, event, calls);
}

/* What a recipe wants to send when it is told of the connection goes out. */
START_TEST(the_calls_of_recipes_are_handed_on)
{
    AUTO(switchboard_destroy) struct switchboard *board = switchboard_new();
    struct coord_calls calls = {.items = NULL};
    struct coord_call call;
    struct barrier barrier;
    uint32_t number = switchboard_number(board);

    tell(board, COORD_CONNECTED);
    barrier_init(&barrier, number, "/barrier");
    barrier_wait(&barrier, &calls);
    ck_assert(!coord_calls_pop(&calls, &call)); /* it has not heard of a connection */
    ck_assert(switchboard_add(board, number, step_barrier, &barrier, &calls));
    ck_assert(coord_calls_pop(&calls, &call));
    ck_assert_uint_eq(call.tag >> 32, number);
    ck_assert(switchboard_step(
        board, &(struct coord_event){.kind = COORD_ANSWERED, .call = call.kind, .tag = call.tag},
        &calls));
    coord_call_done(&call);
    ck_assert(coord_calls_pop(&calls, &call)); /* after the sync, the read */
    ck_assert_uint_eq(call.tag >> 32, number);
    coord_call_done(&call);
    coord_calls_done(&calls);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        answers_and_changes_go_to_the_one_with_the_number,
        events_of_the_session_go_to_all,
        who_comes_later_is_told_of_the_connection_if_there_is_one,
        who_is_added_in_a_step_is_told_once,
        who_is_removed_in_a_step_gets_nothing_any_more,
        a_number_is_given_once,
        there_is_a_limit,
        the_calls_of_recipes_are_handed_on,
    };

    return suite_run("switchboard", tests, COUNT_OF(tests));
}
