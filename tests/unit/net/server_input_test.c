/* SPDX-License-Identifier: Apache-2.0 */
/* What input may take of memory and of time: frames of a length and so many bytes. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "net/server.h"
#include "tests/support/suite.h"
#include "tests/unit/net/rig.h"

#define HEAD      sizeof(uint32_t)
#define FRAME_MAX ((size_t)8 << 20)
#define BUDGET    ((size_t)1 << 20)

/* For tests in which nobody stalls, however slow the machine is. */
#define FRAME_MAX_MS 60000

/* Frames received, in bytes, whoever sent them. */
struct tally {
    size_t frame_count;
    size_t last_size;
    size_t offered_max;
    uint64_t held_max;
};

static size_t take_frames(struct rig *rig, struct connection *connection, const char *bytes,
                          size_t size)
{
    struct tally *tally = rig->context;
    size_t used = 0;
    uint32_t length;

    (void)connection;
    tally->offered_max = size > tally->offered_max ? size : tally->offered_max;
    while (size - used >= HEAD) {
        memcpy(&length, bytes + used, HEAD);
        if (size - used - HEAD < length)
            break;
        for (size_t i = 0; i < length; i += 4096)
            ck_assert_int_eq(bytes[used + HEAD + i], 'f');
        used += HEAD + length;
        tally->frame_count++;
        tally->last_size = length;
    }
    return used;
}

static void look_at_held(struct rig *rig)
{
    struct tally *tally = rig->context;
    uint64_t held = server_counts(rig->server).input_held_bytes;

    tally->held_max = held > tally->held_max ? held : tally->held_max;
}

static struct server_options frame_options(void)
{
    struct server_options options = rig_options();

    options.connections_max = 16;
    options.input_max_bytes = FRAME_MAX + HEAD;
    options.input_budget_bytes = BUDGET;
    options.frame_max_ms = FRAME_MAX_MS;
    return options;
}

/* A client that sends a frame as far as the server takes it. */
struct sender {
    int client;
    char *frame;
    size_t size; /* of the frame, head included */
    size_t sent;
};

static struct sender start_sender(struct rig *rig, size_t length)
{
    uint32_t head = (uint32_t)length;
    struct sender sender = {.client = client_connect(rig), .frame = mem_alloc(HEAD + length)};

    sender.size = HEAD + length;
    memcpy(sender.frame, &head, HEAD);
    memset(sender.frame + HEAD, 'f', length);
    return sender;
}

static void stop_sender(struct sender *sender)
{
    client_close(sender->client);
    free(sender->frame);
}

/* Sends what the socket takes of it, up to `end`. */
static void send_up_to(struct sender *sender, size_t end)
{
    ssize_t sent = send(sender->client, sender->frame + sender->sent, end - sender->sent,
                        MSG_DONTWAIT | MSG_NOSIGNAL);

    sender->sent += sent > 0 ? (size_t)sent : 0;
}

static void send_whole(struct rig *rig, struct sender *sender)
{
    while (sender->sent < sender->size) {
        send_up_to(sender, sender->size);
        rig_run_turns(rig, 1);
    }
}

static bool has_frames(const struct rig *rig)
{
    const struct tally *tally = rig->context;

    return tally->frame_count >= rig->wanted;
}

static void run_until_frames(struct rig *rig, size_t count)
{
    rig->wanted = count;
    rig_run_until(rig, has_frames);
}

static bool holds_wanted(const struct rig *rig)
{
    return server_counts(rig->server).input_held_bytes >= rig->wanted;
}

static void run_until_held(struct rig *rig, size_t size)
{
    rig->wanted = size;
    rig_run_until(rig, holds_wanted);
}

/* ---- large frames ---- */

START_TEST(a_large_frame_takes_few_reads_and_leaves_nothing_behind)
{
    struct tally tally = {.frame_count = 0};
    struct rig rig = {.received = take_frames, .context = &tally};
    struct server_options options = frame_options();

    options.input_budget_bytes = 0;
    rig_start(&rig, &options);
    struct sender sender = start_sender(&rig, FRAME_MAX);
    send_whole(&rig, &sender);
    run_until_frames(&rig, 1);
    ck_assert_uint_eq(tally.last_size, FRAME_MAX);
    ck_assert_uint_eq(tally.offered_max, FRAME_MAX + HEAD);
    ck_assert_uint_eq(server_counts(rig.server).input_held_bytes, 0);
    stop_sender(&sender);
    rig_stop(&rig);
}
END_TEST

START_TEST(frames_of_all_sizes_come_whole)
{
    static const size_t sizes[] = {0,      1,      16380,  16384,   20000,   262140,
                                   262144, 262145, 524288, 1048576, 1500000, FRAME_MAX};
    struct tally tally = {.frame_count = 0};
    struct rig rig = {.received = take_frames, .context = &tally};
    struct server_options options = frame_options();

    rig_start(&rig, &options);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct sender sender = start_sender(&rig, sizes[i]);
        send_whole(&rig, &sender);
        run_until_frames(&rig, i + 1);
        ck_assert_uint_eq(tally.last_size, sizes[i]);
        stop_sender(&sender);
    }
    ck_assert_uint_eq(server_counts(rig.server).input_held_bytes, 0);
    rig_stop(&rig);
}
END_TEST

/* ---- the budget ---- */

#define SENDERS 6

START_TEST(many_large_frames_at_once_share_the_budget_and_all_get_through)
{
    struct tally tally = {.frame_count = 0};
    struct rig rig = {.received = take_frames, .turned = look_at_held, .context = &tally};
    struct server_options options = frame_options();
    struct sender senders[SENDERS];

    rig_start(&rig, &options);
    for (size_t i = 0; i < SENDERS; i++)
        senders[i] = start_sender(&rig, FRAME_MAX / 2);
    while (tally.frame_count < SENDERS) {
        for (size_t i = 0; i < SENDERS; i++)
            if (senders[i].sent < senders[i].size)
                send_up_to(&senders[i], senders[i].size);
        rig_run_turns(&rig, 1);
    }
    ck_assert_uint_gt(tally.held_max, BUDGET);
    ck_assert_uint_le(tally.held_max, BUDGET + SENDERS * (BUDGET / 16) + FRAME_MAX / 2 + HEAD);
    ck_assert_uint_eq(server_counts(rig.server).input_held_bytes, 0);
    ck_assert_uint_eq(rig.closed_count, 0);
    for (size_t i = 0; i < SENDERS; i++)
        stop_sender(&senders[i]);
    rig_stop(&rig);
}
END_TEST

/* The liar has a frame's beginning in the server, and no more comes of it. */
static struct sender start_liar(struct rig *rig, size_t size)
{
    struct sender liar = start_sender(rig, FRAME_MAX);
    size_t held = (size_t)server_counts(rig->server).input_held_bytes;

    while (liar.sent < size) {
        send_up_to(&liar, size);
        rig_run_turns(rig, 1);
    }
    run_until_held(rig, held + size);
    return liar;
}

START_TEST(small_frames_come_through_while_a_liar_has_the_budget)
{
    struct tally tally = {.frame_count = 0};
    struct rig rig = {.received = take_frames, .context = &tally};
    struct server_options options = frame_options();

    rig_start(&rig, &options);
    struct sender liar = start_liar(&rig, 2 * BUDGET);
    struct sender honest = start_sender(&rig, BUDGET / 16 - HEAD);
    send_up_to(&honest, 10000);
    run_until_held(&rig, 2 * BUDGET + 10000);
    send_whole(&rig, &honest);
    run_until_frames(&rig, 1);
    ck_assert_uint_eq(rig.closed_count, 0);
    ck_assert_uint_eq(server_counts(rig.server).input_held_bytes, 2 * BUDGET);
    stop_sender(&honest);
    stop_sender(&liar);
    rig_stop(&rig);
}
END_TEST

static void expect_no_frame_yet(struct rig *rig, struct connection *connection)
{
    const struct tally *tally = rig->context;

    if (connection == rig->connections[0])
        ck_assert_uint_eq(tally->frame_count, 0);
}

START_TEST(a_large_frame_waits_for_a_liar_until_it_is_closed_for_stalling)
{
    struct tally tally = {.frame_count = 0};
    struct rig rig = {.received = take_frames, .closed = expect_no_frame_yet, .context = &tally};
    struct server_options options = frame_options();

    options.frame_max_ms = 1000;
    rig_start(&rig, &options);
    struct sender liar = start_liar(&rig, 2 * BUDGET);
    struct sender honest = start_sender(&rig, FRAME_MAX);
    send_whole(&rig, &honest);
    run_until_frames(&rig, 1);
    ck_assert_uint_eq(rig.closed_count, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_STALLED);
    ck_assert_uint_eq(server_counts(rig.server).closed_stalled, 1);
    client_expect_end(liar.client);
    stop_sender(&honest);
    stop_sender(&liar);
    rig_stop(&rig);
}
END_TEST

/* ---- stalling ---- */

static size_t pause_and_take_nothing(struct rig *rig, struct connection *connection,
                                     const char *bytes, size_t size)
{
    (void)rig;
    (void)bytes;
    (void)size;
    connection_pause(connection);
    return 0;
}

START_TEST(whom_we_keep_waiting_does_not_stall)
{
    struct tally tally = {.frame_count = 0};
    struct rig rig = {.received = pause_and_take_nothing, .context = &tally};
    struct server_options options = frame_options();

    options.frame_max_ms = 20;
    options.idle_max_ms = 20;
    rig_start(&rig, &options);
    struct sender paused = start_sender(&rig, 100);
    send_up_to(&paused, 50);
    rig_run_until_received(&rig, 1);
    rig.received = take_frames;
    int idle = client_connect(&rig);
    rig_run_until_closed(&rig, 1); /* who came later, and is not paused */
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_IDLE);
    client_expect_end(idle);

    connection_resume(rig.connections[0]);
    rig_run_until_closed(&rig, 2);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_STALLED);
    client_close(idle);
    stop_sender(&paused);
    rig_stop(&rig);
}
END_TEST

/* A byte of its frame in each turn: it moves, but not enough. */
static void drip(struct rig *rig)
{
    struct sender *sender = rig->context;

    if (rig->closed_count == 0 && sender->sent < sender->size / 2)
        send_up_to(sender, sender->sent + 1);
    server_wake(rig->server);
}

static size_t take_none(struct rig *rig, struct connection *connection, const char *bytes,
                        size_t size)
{
    (void)rig;
    (void)connection;
    (void)bytes;
    (void)size;
    return 0;
}

START_TEST(who_drips_stalls)
{
    struct sender sender;
    struct rig rig = {.received = take_none, .turned = drip, .context = &sender};
    struct server_options options = frame_options();

    options.frame_max_ms = 20;
    rig_start(&rig, &options);
    sender = start_sender(&rig, FRAME_MAX);
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_STALLED);
    ck_assert_uint_gt(sender.sent, 1);
    stop_sender(&sender);
    rig_stop(&rig);
}
END_TEST

/* ---- idling ---- */

START_TEST(who_neither_says_nor_gets_anything_is_closed_in_the_end)
{
    struct tally tally = {.frame_count = 0};
    struct rig rig = {.received = take_frames, .context = &tally};
    struct server_options options = frame_options();

    options.idle_max_ms = 20;
    rig_start(&rig, &options);
    struct sender sender = start_sender(&rig, 10);
    send_whole(&rig, &sender);
    rig_run_until_closed(&rig, 1);
    ck_assert_uint_eq(tally.frame_count, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_IDLE);
    ck_assert_uint_eq(server_counts(rig.server).closed_idle, 1);
    client_expect_end(sender.client);
    stop_sender(&sender);
    rig_stop(&rig);
}
END_TEST

static void talk(struct rig *rig)
{
    if (rig->opened_count == 2 && rig->closed_count == 0)
        connection_put(rig->connections[0], "x", 1);
    server_wake(rig->server);
}

/* Of two that say nothing the one that gets something outlasts the other, which came later. */
static void expect_the_second_first(struct rig *rig, struct connection *connection)
{
    if (rig->closed_count == 1)
        ck_assert_ptr_eq(connection, rig->connections[1]);
}

START_TEST(who_gets_something_does_not_idle)
{
    struct rig rig = {.turned = talk, .closed = expect_the_second_first};
    struct server_options options = frame_options();

    options.idle_max_ms = 50;
    rig_start(&rig, &options);
    int listening = client_connect(&rig);
    int idle = client_connect(&rig);
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_IDLE);
    client_expect_end(idle);
    client_close(idle);
    client_close(listening);
    rig_stop(&rig);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_large_frame_takes_few_reads_and_leaves_nothing_behind,
        frames_of_all_sizes_come_whole,
        many_large_frames_at_once_share_the_budget_and_all_get_through,
        small_frames_come_through_while_a_liar_has_the_budget,
        a_large_frame_waits_for_a_liar_until_it_is_closed_for_stalling,
        whom_we_keep_waiting_does_not_stall,
        who_drips_stalls,
        who_neither_says_nor_gets_anything_is_closed_in_the_end,
        who_gets_something_does_not_idle,
    };
    return suite_run("server input", tests, COUNT_OF(tests));
}
