/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client over handles that do as the test says, in the place of coord/io/handle.c: what its
 * owner has not heard of yet is known to the test to the step. The keeper takes its mails in their
 * order, so a notice that is put before a call was made has been heeded by then.
 */
#include "coord/client.h"

#include <stdlib.h>

#include "base/mailbox.h"
#include "base/mem.h"
#include "coord/io/errand.h"
#include "coord/io/handle.h"
#include "tests/support/suite.h"

/* A handle that was opened; the test takes them. */
struct opening {
    struct list_node node;
    struct mailbox *mailbox; /* the keeper's */
    uint64_t generation;
};

static struct mailbox *openings;

struct handle {
    struct mailbox *mailbox;
};

enum err handle_open(const struct handle_options *options, struct handle **ret_handle,
                     struct error *error)
{
    struct handle *handle = NEW(struct handle);
    struct opening *opening = NEW(struct opening);

    (void)error;
    handle->mailbox = options->mailbox;
    *opening = (struct opening){.mailbox = options->mailbox, .generation = options->generation};
    *ret_handle = handle;
    ck_assert(mailbox_put_now(openings, &opening->node));
    return ERR_OK;
}

void handle_close(struct handle **handle)
{
    free(*handle);
    *handle = NULL;
}

/* All is done at once, and the answer says so. */
enum coord_error handle_send(struct handle *handle, struct errand *errand)
{
    errand->is_back = true;
    errand->answer = (struct coord_event){
        .kind = COORD_ANSWERED, .call = errand->call.kind, .tag = errand->call.tag};
    errand->mail.kind = MAIL_ANSWER;
    ck_assert(mailbox_put_now(handle->mailbox, &errand->mail.node));
    return COORD_OK;
}

bool handle_keeps_watch(const struct errand *errand)
{
    (void)errand;
    return true;
}

void handle_server_name(const struct handle *handle, char *ret_name, size_t size)
{
    (void)handle;
    ck_assert_uint_gt(size, 0);
    ret_name[0] = '\0';
}

/* ---- the test's side ---- */

static struct coord_client *start(void)
{
    struct coord_options options = coord_options_default();
    struct coord_client *client = NULL;
    struct error error;

    options.root = NULL;
    ck_assert_int_eq(mailbox_open(8, &openings, &error), ERR_OK);
    ck_assert_int_eq(coord_open(&options, &client, &error), ERR_OK);
    return client;
}

static void finish(struct coord_client **client)
{
    coord_close(client);
    ck_assert_uint_eq(mailbox_count(openings), 0);
    mailbox_close(&openings);
}

static struct opening await_opening(void)
{
    struct list_node *node = mailbox_take(openings, -1);
    struct opening *opening = CONTAINER_OF(node, struct opening, node);
    struct opening copy = *opening;

    free(opening);
    return copy;
}

static void notify(const struct opening *handle, enum notice_state state)
{
    struct notice *notice = NEW(struct notice);

    notice->mail.kind = MAIL_NOTICE;
    notice->state = state;
    notice->generation = handle->generation;
    notice->session_id = 100 + (int64_t)handle->generation;
    notice->timeout_ms = 4000;
    ck_assert(mailbox_put_now(handle->mailbox, &notice->mail.node));
}

static void call(struct coord_client *client, uint64_t tag)
{
    coord_call(client, &(struct coord_call){.kind = COORD_EXISTS, .path = "/", .tag = tag});
}

static void expect(struct coord_client *client, enum coord_event_kind kind)
{
    struct coord_event event;

    ck_assert(coord_take(client, -1, &event));
    ck_assert_int_eq(event.kind, kind);
    coord_event_done(&event);
}

static void expect_answer(struct coord_client *client, uint64_t tag, enum coord_error error)
{
    struct coord_event event;

    ck_assert(coord_take(client, -1, &event));
    ck_assert_int_eq(event.kind, COORD_ANSWERED);
    ck_assert_uint_eq(event.tag, tag);
    ck_assert_int_eq(event.error, error);
    coord_event_done(&event);
}

/* ---- cases ---- */

START_TEST(a_call_of_a_session_that_ended_unheard_is_not_done_in_the_next)
{
    struct coord_client *client = start();
    struct opening first = await_opening();

    notify(&first, NOTICE_CONNECTED);
    expect(client, COORD_CONNECTED);
    notify(&first, NOTICE_EXPIRED);
    struct opening second = await_opening();
    call(client, 1); /* there is no session at all */
    notify(&second, NOTICE_CONNECTED);
    call(client, 2); /* there is the next one */
    expect(client, COORD_DISCONNECTED);
    call(client, 3);
    expect(client, COORD_EXPIRED);
    call(client, 4);
    expect_answer(client, 1, COORD_CONNECTION_LOSS);
    expect(client, COORD_CONNECTED);
    call(client, 5);
    for (uint64_t tag = 2; tag <= 4; tag++)
        expect_answer(client, tag, COORD_CONNECTION_LOSS);
    expect_answer(client, 5, COORD_OK);
    finish(&client);
}
END_TEST

START_TEST(a_call_before_the_first_session_was_heard_of_is_not_done)
{
    struct coord_client *client = start();
    struct opening handle = await_opening();

    call(client, 1);
    notify(&handle, NOTICE_CONNECTED);
    call(client, 2);
    expect_answer(client, 1, COORD_CONNECTION_LOSS);
    expect(client, COORD_CONNECTED);
    call(client, 3);
    expect_answer(client, 2, COORD_CONNECTION_LOSS);
    expect_answer(client, 3, COORD_OK);
    finish(&client);
}
END_TEST

/* The session is the one that the owner knows: what it decided holds. */
START_TEST(a_call_that_overlooks_a_short_loss_is_done)
{
    struct coord_client *client = start();
    struct opening handle = await_opening();

    notify(&handle, NOTICE_CONNECTED);
    expect(client, COORD_CONNECTED);
    notify(&handle, NOTICE_LOST);
    call(client, 1);
    notify(&handle, NOTICE_CONNECTED);
    call(client, 2);
    expect(client, COORD_DISCONNECTED);
    expect_answer(client, 1, COORD_CONNECTION_LOSS);
    expect(client, COORD_CONNECTED);
    expect_answer(client, 2, COORD_OK);
    finish(&client);
}
END_TEST

START_TEST(after_a_refusal_nothing_is_done)
{
    struct coord_client *client = start();
    struct opening handle = await_opening();

    notify(&handle, NOTICE_CONNECTED);
    notify(&handle, NOTICE_REFUSED);
    expect(client, COORD_CONNECTED);
    call(client, 1);
    expect(client, COORD_DISCONNECTED);
    expect(client, COORD_REFUSED);
    call(client, 2);
    expect_answer(client, 1, COORD_CONNECTION_LOSS);
    expect_answer(client, 2, COORD_CONNECTION_LOSS);
    finish(&client);
}
END_TEST

START_TEST(a_queue_of_calls_is_sent_in_its_order)
{
    struct coord_client *client = start();
    struct opening handle = await_opening();
    struct coord_calls calls = {.items = NULL};

    notify(&handle, NOTICE_CONNECTED);
    expect(client, COORD_CONNECTED);
    for (uint64_t tag = 1; tag <= 20; tag++)
        coord_calls_push(&calls, &(struct coord_call){.kind = COORD_GET, .path = "/a", .tag = tag});
    coord_call_all(client, &calls);
    ck_assert_uint_eq(calls.begin, calls.end);
    for (uint64_t tag = 1; tag <= 20; tag++)
        expect_answer(client, tag, COORD_OK);
    coord_calls_done(&calls);
    finish(&client);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_call_of_a_session_that_ended_unheard_is_not_done_in_the_next,
        a_call_before_the_first_session_was_heard_of_is_not_done,
        a_call_that_overlooks_a_short_loss_is_done,
        after_a_refusal_nothing_is_done,
        a_queue_of_calls_is_sent_in_its_order,
    };

    return suite_run("client", tests, COUNT_OF(tests));
}
