/* SPDX-License-Identifier: Apache-2.0 */
#include "net/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"
#include "tests/unit/net/rig.h"

#define MANY 1000

/* ---- bytes in, bytes out ---- */

START_TEST(what_is_put_reaches_the_peer)
{
    struct rig rig = {.received = rig_echo};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "hello");
    rig_run_until_received(&rig, 1);
    client_expect(client, "hello");
    client_send(client, "again");
    rig_run_until_received(&rig, 2);
    client_expect(client, "again");

    struct server_counts counts = server_counts(rig.server);
    ck_assert_uint_eq(counts.connections, 1);
    ck_assert_uint_eq(counts.accepted, 1);
    ck_assert_uint_eq(counts.bytes_received, 10);
    ck_assert_uint_eq(counts.bytes_sent, 10);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

static void greet(struct rig *rig, struct connection *connection)
{
    (void)rig;
    connection_put(connection, "welcome", 7);
    ck_assert_uint_eq(connection_waiting_bytes(connection), 7);
}

START_TEST(who_comes_has_an_address_and_may_be_greeted)
{
    struct rig rig = {.opened = greet};
    struct sockaddr_in own;
    socklen_t size = sizeof own;

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    rig_run_until_opened(&rig, 1);
    client_expect(client, "welcome");
    ck_assert_str_eq(connection_address(rig.connections[0]), "127.0.0.1");
    ck_assert_int_eq(getsockname(client, (struct sockaddr *)&own, &size), 0);
    ck_assert_uint_eq(connection_port(rig.connections[0]), ntohs(own.sin_port));
    ck_assert_uint_eq(connection_waiting_bytes(rig.connections[0]), 0);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

static void see_nothing_yet(struct rig *rig)
{
    const int *client = rig->context;

    if (rig->received_count == 0)
        return;
    ck_assert_uint_eq(connection_waiting_bytes(rig->connections[0]), 5);
    client_expect_nothing(*client);
}

START_TEST(nothing_is_written_before_the_owner_had_its_turn)
{
    int client;
    struct rig rig = {.received = rig_echo, .turned = see_nothing_yet, .context = &client};

    rig_start(&rig, NULL);
    client = client_connect(&rig);
    client_send(client, "hello");
    rig_run_until_received(&rig, 1);
    client_expect(client, "hello");
    client_close(client);
    rig_stop(&rig);
}
END_TEST

/* Uses whole lines. */
static size_t echo_lines(struct rig *rig, struct connection *connection, const char *bytes,
                         size_t size)
{
    while (size > 0 && bytes[size - 1] != '\n')
        size--;
    return rig_echo(rig, connection, bytes, size);
}

START_TEST(what_is_not_used_is_offered_again_with_more_behind_it)
{
    struct rig rig = {.received = echo_lines};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "one\ntw");
    rig_run_until_received(&rig, 1);
    client_expect(client, "one\n");
    client_expect_nothing(client);
    client_send(client, "o");
    rig_run_until_received(&rig, 2);
    ck_assert_uint_eq(rig.bytes_offered, 3);
    client_expect_nothing(client);
    client_send(client, "\nthree");
    rig_run_until_received(&rig, 3);
    client_expect(client, "two\n");
    rig_run_turns(&rig, 3);
    ck_assert_uint_eq(rig.received_count, 3);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

static size_t pause_with_first(struct rig *rig, struct connection *connection, const char *bytes,
                               size_t size)
{
    (void)size;
    connection_pause(connection);
    return rig_echo(rig, connection, bytes, 1);
}

START_TEST(who_is_paused_is_offered_nothing_until_resumed)
{
    struct rig rig = {.received = pause_with_first};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "abc");
    rig_run_until_received(&rig, 1);
    client_expect(client, "a");
    client_send(client, "def");
    rig_run_turns(&rig, 3);
    ck_assert_uint_eq(rig.received_count, 1);

    connection_resume(rig.connections[0]);
    connection_resume(rig.connections[0]);
    rig_run_until_received(&rig, 2);
    ck_assert_uint_eq(rig.bytes_offered, 2); /* what was held comes before what is new */
    client_expect(client, "b");
    connection_resume(rig.connections[0]);
    rig_run_until_received(&rig, 3);
    client_expect(client, "c");
    connection_resume(rig.connections[0]);
    rig_run_until_received(&rig, 4);
    ck_assert_uint_eq(rig.bytes_offered, 3);
    client_expect(client, "d");
    client_close(client);
    rig_stop(&rig);
}
END_TEST

START_TEST(a_pause_that_is_taken_back_in_the_same_turn_loses_nothing)
{
    struct rig rig = {.received = pause_with_first};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "abcde");
    for (size_t i = 1; i <= 5; i++) {
        rig_run_until_received(&rig, i);
        connection_resume(rig.connections[0]);
    }
    client_expect(client, "abcde");
    client_send(client, "f");
    rig_run_until_received(&rig, 6);
    client_expect(client, "f");
    client_close(client);
    rig_stop(&rig);
}
END_TEST

static size_t take_one_in_silence(struct rig *rig, struct connection *connection, const char *bytes,
                                  size_t size)
{
    (void)rig;
    (void)bytes;
    (void)size;
    connection_pause(connection);
    return 1;
}

static void resume_all(struct rig *rig)
{
    if (rig->received_count == 1)
        connection_resume(rig->connections[0]);
}

START_TEST(the_owner_has_its_turn_after_each_offer_although_nothing_was_put)
{
    struct rig rig = {.received = take_one_in_silence, .turned = resume_all};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "ab");
    rig_run_until_received(&rig, 2);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

static size_t take_one_and_resume(struct rig *rig, struct connection *connection, const char *bytes,
                                  size_t size)
{
    if (size > 1)
        connection_resume(connection);
    return rig_echo(rig, connection, bytes, 1);
}

START_TEST(who_resumes_while_offered_is_offered_the_rest_in_the_next_turn)
{
    struct rig rig = {.received = take_one_and_resume};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "abcd");
    rig_run_until_received(&rig, 1);
    size_t turns = rig.turn_count;
    rig_run_until_received(&rig, 4);
    ck_assert_uint_eq(rig.turn_count, turns + 3);
    client_expect(client, "abcd");
    client_close(client);
    rig_stop(&rig);
}
END_TEST

/* ---- frames of all sizes, in pieces of all sizes, with pauses ---- */

#define FRAME_MAX   ((size_t)200000)
#define STREAM_SIZE ((size_t)6000000)

struct stream {
    struct rng rng;
    int client;
    unsigned char *sent; /* STREAM_SIZE of frames: length, payload */
    unsigned char *got;
    size_t sent_size;
    size_t got_size;
    size_t size;
};

static void make_frames(struct stream *stream)
{
    while (stream->size + 4 + FRAME_MAX < STREAM_SIZE) {
        uint32_t bound = rng_below(&stream->rng, 4) == 0 ? FRAME_MAX : 100;
        uint32_t length = rng_below(&stream->rng, bound);
        bytes_put_u32(stream->sent + stream->size, length);
        stream->size += 4;
        for (uint32_t i = 0; i < length; i++)
            stream->sent[stream->size++] = (unsigned char)rng_next(&stream->rng);
    }
}

/* Echoes some of the whole frames. */
static size_t echo_frames(struct rig *rig, struct connection *connection, const char *bytes,
                          size_t size)
{
    struct stream *stream = rig->context;
    size_t used = 0;
    bool more = true;

    while (more && size - used >= 4 && size - used - 4 >= bytes_get_u32(bytes + used)) {
        size_t length = 4 + (size_t)bytes_get_u32(bytes + used);
        connection_put(connection, bytes + used, length);
        used += length;
        more = rng_below(&stream->rng, 8) != 0;
    }
    if (!more)
        connection_pause(connection);
    return used;
}

static void drive_stream(struct rig *rig)
{
    struct stream *stream = rig->context;
    size_t piece = rng_below(&stream->rng, 4) == 0 ? FRAME_MAX : 50;
    size_t left = stream->size - stream->sent_size;
    bool ended;

    if (rig->opened_count > 0 && rng_below(&stream->rng, 2) == 0)
        connection_resume(rig->connections[0]);
    piece = piece < left ? piece : left;
    ssize_t sent = send(stream->client, stream->sent + stream->sent_size, piece, MSG_DONTWAIT);
    stream->sent_size += sent < 0 ? 0 : (size_t)sent;
    stream->got_size += client_read(stream->client, stream->got + stream->got_size,
                                    stream->size - stream->got_size + 1, &ended);
    server_wake(rig->server);
}

static bool has_all(const struct rig *rig)
{
    const struct stream *stream = rig->context;

    return stream->got_size >= stream->size;
}

START_TEST(frames_of_all_sizes_arrive_whole_and_in_order)
{
    struct server_options options = rig_options();
    options.input_max_bytes = 4 + FRAME_MAX;
    options.output_max_bytes = 2 * STREAM_SIZE;
    for (uint64_t seed = 0; seed < 3; seed++) {
        struct stream stream = {.sent = mem_alloc(STREAM_SIZE), .got = mem_alloc(STREAM_SIZE)};
        struct rig rig = {.received = echo_frames, .turned = drive_stream, .context = &stream};
        rng_init(&stream.rng, seed);
        make_frames(&stream);
        rig_start(&rig, &options);
        stream.client = client_connect(&rig);
        rig_run_until(&rig, has_all);
        ck_assert_uint_eq(stream.got_size, stream.size);
        ck_assert_mem_eq(stream.got, stream.sent, stream.size);
        ck_assert_uint_eq(rig.closed_count, 0);
        client_close(stream.client);
        rig_stop(&rig);
        free(stream.sent);
        free(stream.got);
    }
}
END_TEST

/* ---- closing ---- */

static size_t echo_and_close(struct rig *rig, struct connection *connection, const char *bytes,
                             size_t size)
{
    (void)rig_echo(rig, connection, bytes, 3);
    connection_close(connection);
    connection_close(connection);
    connection_put(connection, "late", 4);
    return size > 3 ? 3 : size;
}

START_TEST(close_delivers_what_was_put_before_and_nothing_after)
{
    struct rig rig = {.received = echo_and_close};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "byebye");
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_OWNER);
    ck_assert_uint_eq(server_counts(rig.server).connections, 0);
    client_expect(client, "bye");
    client_expect_end(client);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

#define MUCH ((size_t)8 << 20)

static size_t put_much_and_close(struct rig *rig, struct connection *connection, const char *bytes,
                                 size_t size)
{
    AUTO(mem_free_text) char *much = mem_alloc(MUCH);

    (void)rig;
    (void)bytes;
    connection_put(connection, much, MUCH);
    connection_close(connection);
    return size;
}

static void read_some(struct rig *rig)
{
    static char bytes[65536];
    struct stream *stream = rig->context;
    bool ended;

    stream->got_size += client_read(stream->client, bytes, sizeof bytes, &ended);
    server_wake(rig->server);
}

static struct server_options roomy(void)
{
    struct server_options options = rig_options();

    options.output_max_bytes = 2 * MUCH;
    return options;
}

START_TEST(what_the_socket_does_not_take_at_once_delays_the_close)
{
    struct server_options options = roomy();
    struct stream stream = {.client = -1};
    struct rig rig = {.received = put_much_and_close, .context = &stream};

    rig_start(&rig, &options);
    stream.client = client_connect(&rig);
    client_send(stream.client, "more than is used");
    rig_run_until_received(&rig, 1);
    client_send(stream.client, "never offered");
    rig_run_turns(&rig, 3);
    ck_assert_uint_eq(rig.closed_count, 0);
    ck_assert_uint_gt(connection_waiting_bytes(rig.connections[0]), 0);

    rig.turned = read_some;
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_OWNER);
    ck_assert_uint_eq(rig.received_count, 1);
    while (stream.got_size < MUCH)
        read_some(&rig);
    client_expect_end(stream.client); /* and no reset, although there was something unread */
    client_close(stream.client);
    rig_stop(&rig);
}
END_TEST

START_TEST(a_close_is_not_delayed_for_ever)
{
    struct server_options options = roomy();
    struct rig rig = {.received = put_much_and_close};

    rig_start(&rig, &options);
    int client = client_connect(&rig);
    client_send(client, "x");
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_OWNER);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

/* The first to say something closes all others and puts to each. */
static size_t close_others(struct rig *rig, struct connection *connection, const char *bytes,
                           size_t size)
{
    for (size_t i = 0; i < rig->opened_count; i++) {
        if (rig->connections[i] == connection)
            continue;
        connection_put(rig->connections[i], "out", 3);
        connection_close(rig->connections[i]);
    }
    return rig_echo(rig, connection, bytes, size);
}

START_TEST(who_is_closed_by_another_is_not_heard_any_more)
{
    struct rig rig = {.received = close_others};
    int clients[3];

    rig_start(&rig, NULL);
    for (size_t i = 0; i < 3; i++) {
        clients[i] = client_connect(&rig);
        rig_run_until_opened(&rig, i + 1);
    }
    for (size_t i = 0; i < 3; i++)
        client_send(clients[i], "me");
    rig_run_until_closed(&rig, 2);
    ck_assert_uint_eq(rig.received_count, 1);
    ck_assert_uint_eq(server_counts(rig.server).connections, 1);
    size_t survivors = 0;
    for (size_t i = 0; i < 3; i++) {
        char answer[4] = "";
        ck_assert_int_ge(recv(clients[i], answer, 3, 0), 2);
        survivors += strcmp(answer, "me") == 0 ? 1 : 0;
        client_close(clients[i]);
    }
    ck_assert_uint_eq(survivors, 1);
    rig_stop(&rig);
}
END_TEST

static void close_first(struct rig *rig)
{
    if (rig->opened_count == 3 && rig->closed_count == 0)
        connection_close(rig->connections[0]);
}

/* The first takes the second with it, and speaks to the third. */
static void tell_others(struct rig *rig, struct connection *connection)
{
    size_t *turns = rig->context;

    turns[rig->closed_count - 1] = rig->turn_count;
    if (connection != rig->connections[0])
        return;
    connection_put(connection, "to the dead", 11);
    connection_close(connection);
    connection_close(rig->connections[1]);
    connection_put(rig->connections[2], "he is gone", 10);
}

START_TEST(what_closed_does_to_others_happens_in_the_next_turn)
{
    size_t turns[3];
    struct rig rig = {.turned = close_first, .closed = tell_others, .context = turns};

    rig_start(&rig, NULL);
    int first = client_connect(&rig);
    int second = client_connect(&rig);
    int third = client_connect(&rig);
    rig_run_until_closed(&rig, 2);
    ck_assert_uint_eq(turns[1], turns[0] + 1);
    client_expect_end(first);
    client_expect_end(second);
    client_expect(third, "he is gone");
    client_close(first);
    client_close(second);
    client_close(third);
    rig_stop(&rig);
}
END_TEST

static void tell_survivor(struct rig *rig, struct connection *connection)
{
    ck_assert_ptr_eq(connection, rig->connections[0]);
    connection_put(rig->connections[1], "he is gone", 10);
    rig->wanted = rig->turn_count + 1;
}

static bool is_told(const struct rig *rig)
{
    return rig->closed_count == 1 && rig_has_turned(rig);
}

START_TEST(what_closed_puts_to_others_is_written_without_anything_else_happening)
{
    struct rig rig = {.closed = tell_survivor};

    rig_start(&rig, NULL);
    int first = client_connect(&rig);
    int second = client_connect(&rig);
    rig_run_until_opened(&rig, 2);
    client_close(first);
    rig_run_until(&rig, is_told);
    client_expect(second, "he is gone");
    rig.closed = NULL;
    client_close(second);
    rig_stop(&rig);
}
END_TEST

static void close_at_once(struct rig *rig, struct connection *connection)
{
    (void)rig;
    connection_put(connection, "full", 4);
    connection_close(connection);
}

START_TEST(a_connection_may_be_closed_as_it_opens)
{
    struct rig rig = {.opened = close_at_once};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "unheard");
    rig_run_until_closed(&rig, 1);
    ck_assert_uint_eq(rig.received_count, 0);
    client_expect(client, "full");
    client_expect_end(client);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

START_TEST(a_peer_that_closes_is_heard_to_the_end)
{
    struct rig rig = {.received = echo_lines};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "last words\nunfinished");
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_PEER);
    client_expect(client, "last words\n");
    client_expect_end(client);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

START_TEST(a_peer_that_closes_while_paused_is_heard_when_resumed)
{
    struct rig rig = {.received = pause_with_first};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "ab");
    rig_run_until_received(&rig, 1);
    client_send(client, "c");
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    rig_run_turns(&rig, 3);
    for (size_t i = 2; i <= 3; i++) {
        ck_assert_uint_eq(rig.closed_count, 0);
        connection_resume(rig.connections[0]);
        rig_run_until_received(&rig, i);
    }
    connection_resume(rig.connections[0]);
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_PEER);
    client_expect(client, "abc");
    client_expect_end(client);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

START_TEST(a_peer_that_resets_is_closed_and_kills_nobody)
{
    struct rig rig = {.received = pause_with_first};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    rig_run_until_opened(&rig, 1);
    connection_pause(rig.connections[0]); /* so that it is writing that finds out */
    client_reset(client);
    connection_put(rig.connections[0], "one", 3);
    rig_run_turns(&rig, 1);
    if (rig.closed_count == 0)
        rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_PEER);

    client = client_connect(&rig);
    rig_run_until_opened(&rig, 2);
    client_reset(client);
    rig_run_until_closed(&rig, 2); /* and here it is reading */
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_PEER);
    rig_stop(&rig);
}
END_TEST

/* A peer that has closed resets the first write; the second finds the pipe broken. */
START_TEST(to_write_to_who_is_gone_raises_no_signal)
{
    struct rig rig = {.received = pause_with_first};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    rig_run_until_opened(&rig, 1);
    connection_pause(rig.connections[0]);
    client_close(client);
    connection_put(rig.connections[0], "one", 3);
    rig_run_turns(&rig, 1);
    ck_assert_uint_eq(rig.closed_count, 0);
    connection_put(rig.connections[0], "two", 3);
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_PEER);
    rig_stop(&rig);
}
END_TEST

/* The second to come resumes the first. */
static size_t resume_first(struct rig *rig, struct connection *connection, const char *bytes,
                           size_t size)
{
    if (connection == rig->connections[0])
        return pause_with_first(rig, connection, bytes, size);
    connection_resume(rig->connections[0]);
    return size;
}

/* The end is there already when it is resumed, and in the same turn. */
START_TEST(who_is_resumed_by_another_is_offered_what_it_held_before_its_end)
{
    struct rig rig = {.received = resume_first};

    rig_start(&rig, NULL);
    int first = client_connect(&rig);
    int second = client_connect(&rig);
    client_send(first, "abc");
    rig_run_until_received(&rig, 1);
    rig_run_turns(&rig, 1); /* now the kernel tells of the second first */
    client_send(second, "go on");
    ck_assert_int_eq(shutdown(first, SHUT_WR), 0);
    rig_run_until_received(&rig, 3);
    client_send(second, "go on");
    rig_run_until_received(&rig, 5);
    client_expect(first, "abc");
    ck_assert_uint_eq(rig.closed_count, 0);
    client_close(first);
    client_close(second);
    rig_stop(&rig);
}
END_TEST

START_TEST(destroy_closes_all)
{
    struct rig rig = {.received = pause_with_first};
    int clients[3];

    rig_start(&rig, NULL);
    for (size_t i = 0; i < 3; i++)
        clients[i] = client_connect(&rig);
    rig_run_until_opened(&rig, 3);
    client_send(clients[0], "held bytes");
    rig_run_until_received(&rig, 1);
    connection_put(rig.connections[1], "never written", 13);
    server_destroy(&rig.server);
    ck_assert_uint_eq(rig.closed_count, 3);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_SHUTDOWN);
    client_expect(clients[0], "h");
    client_expect_end(clients[0]);
    for (size_t i = 0; i < 3; i++)
        client_close(clients[i]);
    server_destroy(&rig.server); /* of nothing */
}
END_TEST

/* ---- turns ---- */

static uint64_t in_a_while(const struct rig *rig, uint64_t now_ns)
{
    (void)rig;
    return now_ns + 1000000;
}

START_TEST(a_turn_comes_when_the_owner_wants_it)
{
    struct rig rig = {.deadline_ns = in_a_while};

    rig_start(&rig, NULL);
    rig.wanted = 5;
    rig_run_until(&rig, rig_has_turned);
    ck_assert_uint_ge(rig.turn_count, 5);
    rig_stop(&rig);
}
END_TEST

static uint64_t at_once(const struct rig *rig, uint64_t now_ns)
{
    return rig->turn_count % 2 == 0 ? 0 : now_ns;
}

START_TEST(a_deadline_that_is_past_does_not_wait_and_still_hears)
{
    struct rig rig = {.deadline_ns = at_once, .received = rig_echo};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "hello");
    rig_run_until_received(&rig, 1);
    client_expect(client, "hello");
    client_close(client);
    rig_stop(&rig);
}
END_TEST

/* The first turn sets a far deadline, then a near one. */
static uint64_t far_then_near(const struct rig *rig, uint64_t now_ns)
{
    return rig->turn_count == 1 ? now_ns + UINT64_C(3600000000000) : now_ns + 1000000;
}

START_TEST(a_nearer_deadline_replaces_a_farther_one)
{
    struct rig rig = {.deadline_ns = far_then_near};

    rig_start(&rig, NULL);
    rig_run_turns(&rig, 2);
    rig.wanted = 6;
    rig_run_until(&rig, rig_has_turned);
    rig_stop(&rig);
}
END_TEST

START_TEST(a_stop_before_the_run_ends_it_before_its_first_turn)
{
    struct rig rig = {.received = rig_echo};

    rig_start(&rig, NULL);
    server_stop(rig.server);
    server_run(rig.server);
    ck_assert_uint_eq(rig.turn_count, 0);
    rig_run_turns(&rig, 1);
    ck_assert_uint_eq(rig.turn_count, 1);
    rig_stop(&rig);
}
END_TEST

static void leave(struct rig *rig)
{
    server_leave(rig->server);
}

START_TEST(a_run_that_is_left_ends_after_its_turn)
{
    struct rig rig = {.turned = leave};

    rig_start(&rig, NULL);
    for (size_t runs = 1; runs <= 10; runs++) {
        server_run(rig.server); /* its turn comes at once */
        ck_assert_uint_eq(rig.turn_count, runs);
    }
    rig_stop(&rig);
}
END_TEST

static void echo_and_leave(struct rig *rig)
{
    if (rig->received_count > 0)
        server_leave(rig->server);
}

START_TEST(what_was_put_in_the_last_turn_of_a_run_is_written)
{
    struct rig rig = {.received = rig_echo, .turned = echo_and_leave};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "a");
    server_run(rig.server);
    client_expect(client, "a");
    client_close(client);
    rig_stop(&rig);
}
END_TEST

static void leave_and_stop(struct rig *rig)
{
    server_leave(rig->server);
    server_stop(rig->server);
}

START_TEST(a_stop_while_leaving_is_kept_for_the_next_run)
{
    struct rig rig = {.turned = leave_and_stop};

    rig_start(&rig, NULL);
    server_run(rig.server);
    ck_assert_uint_eq(rig.turn_count, 1);
    server_run(rig.server);
    ck_assert_uint_eq(rig.turn_count, 1);
    rig_stop(&rig);
}
END_TEST

static bool is_answered(const struct rig *rig)
{
    return rig->received_count == 1 && connection_waiting_bytes(rig->connections[0]) == 0;
}

/* In the turn of the question the answer waits still, and nobody wakes the server. */
START_TEST(who_is_paused_for_its_answers_has_a_turn_after_they_are_written)
{
    struct rig rig = {.received = pause_with_first};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "ab");
    rig_run_until(&rig, is_answered);
    client_expect(client, "a");
    client_close(client);
    rig_stop(&rig);
}
END_TEST

START_TEST(a_thousand_connections_are_served)
{
    struct rig rig = {.received = rig_echo};
    int *clients = NEW_ARRAY(int, MANY);

    rig_start(&rig, NULL);
    for (size_t i = 0; i < MANY; i++) {
        clients[i] = client_connect(&rig);
        client_send(clients[i], "ping");
        if (i % 100 == 99)
            rig_run_until_received(&rig, i + 1);
    }
    for (size_t i = 0; i < MANY; i++)
        client_expect(clients[i], "ping");
    for (size_t i = 0; i < MANY; i++)
        client_send(clients[i], "pong");
    rig_run_until_received(&rig, 2 * MANY);
    ck_assert_uint_eq(server_counts(rig.server).connections, MANY);
    for (size_t i = 0; i < MANY; i++) {
        client_expect(clients[i], "pong");
        client_close(clients[i]);
    }
    rig_run_until_closed(&rig, MANY);
    ck_assert_uint_eq(server_counts(rig.server).connections, 0);
    rig_stop(&rig);
    free(clients);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        what_is_put_reaches_the_peer,
        nothing_is_written_before_the_owner_had_its_turn,
        who_comes_has_an_address_and_may_be_greeted,
        what_is_not_used_is_offered_again_with_more_behind_it,
        who_is_paused_is_offered_nothing_until_resumed,
        a_pause_that_is_taken_back_in_the_same_turn_loses_nothing,
        the_owner_has_its_turn_after_each_offer_although_nothing_was_put,
        who_resumes_while_offered_is_offered_the_rest_in_the_next_turn,
        frames_of_all_sizes_arrive_whole_and_in_order,
        close_delivers_what_was_put_before_and_nothing_after,
        what_the_socket_does_not_take_at_once_delays_the_close,
        a_close_is_not_delayed_for_ever,
        who_is_closed_by_another_is_not_heard_any_more,
        what_closed_does_to_others_happens_in_the_next_turn,
        what_closed_puts_to_others_is_written_without_anything_else_happening,
        a_connection_may_be_closed_as_it_opens,
        a_peer_that_closes_is_heard_to_the_end,
        a_peer_that_closes_while_paused_is_heard_when_resumed,
        a_peer_that_resets_is_closed_and_kills_nobody,
        to_write_to_who_is_gone_raises_no_signal,
        who_is_resumed_by_another_is_offered_what_it_held_before_its_end,
        destroy_closes_all,
        a_turn_comes_when_the_owner_wants_it,
        a_deadline_that_is_past_does_not_wait_and_still_hears,
        a_nearer_deadline_replaces_a_farther_one,
        a_stop_before_the_run_ends_it_before_its_first_turn,
        a_run_that_is_left_ends_after_its_turn,
        what_was_put_in_the_last_turn_of_a_run_is_written,
        a_stop_while_leaving_is_kept_for_the_next_run,
        who_is_paused_for_its_answers_has_a_turn_after_they_are_written,
        a_thousand_connections_are_served,
    };
    return suite_run("server", tests, COUNT_OF(tests));
}
