/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "net/server.h"
#include "tests/support/suite.h"
#include "tests/unit/net/rig.h"

#define PIECE ((size_t)65536)
#define LARGE ((size_t)8 << 20) /* more than a socket takes */

struct reader {
    int client;
    size_t size;
};

/* ---- output ---- */

static void put_a_piece(struct rig *rig)
{
    static const char piece[PIECE];

    if (rig->opened_count > rig->closed_count)
        connection_put(rig->connections[0], piece, sizeof piece);
    server_wake(rig->server);
}

START_TEST(a_peer_that_does_not_read_is_closed_when_too_much_waits)
{
    struct rig rig = {.turned = put_a_piece};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_SLOW);
    ck_assert_uint_eq(server_counts(rig.server).closed_slow, 1);
    ck_assert_uint_gt(server_counts(rig.server).bytes_sent, 0);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

/* Exactly the limit fits; a byte more does not, and then nothing does. */
static size_t put_to_the_limit(struct rig *rig, struct connection *connection, const char *bytes,
                               size_t size)
{
    AUTO(mem_free_text) char *much = mem_alloc(rig_options().output_max_bytes);

    (void)rig;
    connection_put(connection, much, rig_options().output_max_bytes);
    ck_assert_uint_eq(connection_waiting_bytes(connection), rig_options().output_max_bytes);
    if (bytes[0] == '+') {
        connection_put(connection, "+", 1);
        ck_assert_uint_eq(connection_waiting_bytes(connection), 0);
        connection_put(connection, "+", 1);
        ck_assert_uint_eq(connection_waiting_bytes(connection), 0);
    }
    return size;
}

START_TEST(exactly_the_limit_may_wait)
{
    struct rig rig = {.received = put_to_the_limit};

    rig_start(&rig, NULL);
    int good = client_connect(&rig);
    client_send(good, "=");
    rig_run_until_received(&rig, 1);
    ck_assert_uint_eq(rig.closed_count, 0);
    int bad = client_connect(&rig);
    client_send(bad, "+");
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_SLOW);
    client_expect_end(bad);
    client_close(good);
    client_close(bad);
    rig_stop(&rig);
}
END_TEST

static uint64_t after_a_while(const struct rig *rig, uint64_t now_ns)
{
    uint64_t *end_ns = rig->context;

    if (*end_ns == 0)
        *end_ns = now_ns + 250000000;
    return *end_ns;
}

static bool is_over(const struct rig *rig)
{
    const uint64_t *end_ns = rig->context;

    return *end_ns != 0 && clock_now_ns() >= *end_ns;
}

/* A loop that spins turns many thousand times in a while. */
static void expect_rest(struct rig *rig)
{
    uint64_t end_ns = 0;

    rig->context = &end_ns;
    rig->deadline_ns = after_a_while;
    rig->turn_count = 0;
    rig_run_until(rig, is_over);
    ck_assert_uint_lt(rig->turn_count, 50);
    rig->deadline_ns = NULL;
}

static size_t put_much(struct rig *rig, struct connection *connection, const char *bytes,
                       size_t size)
{
    AUTO(mem_free_text) char *much = mem_alloc(LARGE);

    (void)rig;
    (void)bytes;
    connection_put(connection, much, LARGE);
    return size;
}

static void read_some(struct rig *rig)
{
    static char bytes[65536];
    struct reader *reader = rig->context;
    bool ended;

    reader->size += client_read(reader->client, bytes, sizeof bytes, &ended);
    server_wake(rig->server);
}

static bool has_read_all(const struct rig *rig)
{
    const struct reader *reader = rig->context;

    return reader->size == LARGE;
}

START_TEST(a_peer_that_reads_late_gets_all_and_then_the_loop_rests)
{
    struct server_options options = rig_options();
    struct rig rig = {.received = put_much};

    options.output_max_bytes = LARGE;
    rig_start(&rig, &options);
    struct reader reader = {.client = client_connect(&rig)};
    for (size_t i = 1; i <= 2; i++) {
        reader.size = 0;
        client_send(reader.client, "more");
        rig_run_until_received(&rig, i);
        ck_assert_uint_gt(connection_waiting_bytes(rig.connections[0]), 0);
        expect_rest(&rig); /* the socket is full */
        rig.context = &reader;
        rig.turned = read_some;
        rig_run_until(&rig, has_read_all);
        rig.turned = NULL;
        expect_rest(&rig); /* the socket is empty */
    }
    client_close(reader.client);
    rig_stop(&rig);
}
END_TEST

/* ---- input ---- */

#define INPUT_MAX 1000

/* Uses nothing but a whole frame of the largest size. */
static size_t use_largest(struct rig *rig, struct connection *connection, const char *bytes,
                          size_t size)
{
    ck_assert_uint_le(size, INPUT_MAX);
    if (size < INPUT_MAX || bytes[0] == '+')
        return 0;
    return rig_echo(rig, connection, bytes, size);
}

START_TEST(a_frame_as_large_as_the_limit_is_received)
{
    struct server_options options = rig_options();
    struct rig rig = {.received = use_largest};
    char frame[INPUT_MAX + 1] = "=";

    options.input_max_bytes = INPUT_MAX;
    rig_start(&rig, &options);
    int client = client_connect(&rig);
    client_send_bytes(client, frame, 1);
    rig_run_until_received(&rig, 1);
    client_send_bytes(client, frame + 1, sizeof frame - 1); /* and one byte of the next */
    rig_run_until_received(&rig, 3);
    ck_assert_uint_eq(rig.bytes_offered, 1);
    rig_run_turns(&rig, 2);
    ck_assert_uint_eq(rig.closed_count, 0);
    ck_assert_int_eq(recv(client, frame, INPUT_MAX, MSG_WAITALL), INPUT_MAX);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

START_TEST(input_that_nobody_can_use_closes_the_connection)
{
    struct server_options options = rig_options();
    struct rig rig = {.received = use_largest};
    const char frame[INPUT_MAX] = "+";

    options.input_max_bytes = INPUT_MAX;
    rig_start(&rig, &options);
    int client = client_connect(&rig);
    client_send_bytes(client, frame, sizeof frame);
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_INPUT);
    client_expect_end(client);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

static size_t pause_using_nothing(struct rig *rig, struct connection *connection, const char *bytes,
                                  size_t size)
{
    (void)rig;
    (void)bytes;
    (void)size;
    connection_pause(connection);
    return 0;
}

START_TEST(who_is_paused_may_hold_its_limit_and_is_not_read_further)
{
    struct server_options options = rig_options();
    struct rig rig = {.received = pause_using_nothing};
    const char frame[2 * INPUT_MAX] = "+";

    options.input_max_bytes = INPUT_MAX;
    rig_start(&rig, &options);
    int client = client_connect(&rig);
    client_send_bytes(client, frame, sizeof frame);
    for (size_t i = 1; i <= 3; i++) {
        rig_run_until_received(&rig, i);
        rig_run_turns(&rig, 2);
        ck_assert_uint_eq(rig.bytes_offered, INPUT_MAX);
        connection_resume(rig.connections[0]);
    }
    ck_assert_uint_eq(server_counts(rig.server).bytes_received, INPUT_MAX);
    ck_assert_uint_eq(rig.closed_count, 0);
    rig.received = NULL; /* which uses all */
    rig_run_until_received(&rig, 5);
    ck_assert_uint_eq(server_counts(rig.server).bytes_received, 2 * INPUT_MAX);
    client_close(client);
    rig_stop(&rig);
}
END_TEST

/* ---- connections ---- */

START_TEST(who_says_nothing_is_closed_and_who_does_is_not)
{
    struct server_options options = rig_options();
    struct rig rig = {.received = rig_echo};

    options.silence_max_ms = 20;
    rig_start(&rig, &options);
    int loud = client_connect(&rig);
    client_send(loud, "x");
    rig_run_until_received(&rig, 1);
    int silent = client_connect(&rig);
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_SILENT);
    ck_assert_uint_eq(server_counts(rig.server).connections, 1);
    client_expect_end(silent);
    client_expect(loud, "x");
    client_expect_nothing(loud);
    client_close(loud);
    client_close(silent);
    rig_stop(&rig);
}
END_TEST

static bool has_refused(const struct rig *rig)
{
    return server_counts(rig->server).refused >= rig->wanted;
}

static void run_until_refused(struct rig *rig, size_t count)
{
    rig->wanted = count;
    rig_run_until(rig, has_refused);
}

START_TEST(an_address_gets_its_share_and_another_gets_its_own)
{
    struct server_options options = rig_options();
    struct rig rig = {.received = rig_echo};

    options.connections_per_address_max = 2;
    rig_start(&rig, &options);
    int first = client_connect(&rig);
    int second = client_connect(&rig);
    int third = client_connect(&rig);
    run_until_refused(&rig, 1);
    client_expect_end(third);
    client_close(third);

    int other = client_connect_from(&rig, "127.0.0.2");
    rig_run_until_opened(&rig, 3);
    ck_assert_str_eq(connection_address(rig.connections[2]), "127.0.0.2");

    client_close(second);
    rig_run_until_closed(&rig, 1);
    third = client_connect(&rig);
    rig_run_until_opened(&rig, 4);
    ck_assert_uint_eq(server_counts(rig.server).refused, 1);
    ck_assert_uint_eq(server_counts(rig.server).accepted, 4);
    client_close(first);
    client_close(third);
    client_close(other);
    rig_stop(&rig);
}
END_TEST

START_TEST(an_ipv4_peer_of_an_ipv6_socket_is_an_ipv4_peer)
{
    struct server_options options = rig_options();
    struct rig rig = {.received = rig_echo};

    options.address = "*:0";
    options.connections_per_address_max = 1;
    rig_start(&rig, &options);
    int first = client_connect(&rig);
    int second = client_connect(&rig);
    int other = client_connect_from(&rig, "127.0.0.2");
    rig_run_until_opened(&rig, 2);
    ck_assert_str_eq(connection_address(rig.connections[0]), "127.0.0.1");
    ck_assert_uint_eq(server_counts(rig.server).refused, 1);
    client_close(first);
    client_close(second);
    client_close(other);
    rig_stop(&rig);
}
END_TEST

START_TEST(beyond_connections_max_nobody_is_let_in_until_one_leaves)
{
    struct server_options options = rig_options();
    struct rig rig = {.received = rig_echo};

    options.connections_max = 1;
    rig_start(&rig, &options);
    int first = client_connect(&rig);
    int second = client_connect(&rig);
    run_until_refused(&rig, 1);
    client_expect_end(second);
    client_close(first);
    client_close(second);
    rig_run_until_closed(&rig, 1);
    first = client_connect(&rig);
    client_send(first, "in");
    rig_run_until_received(&rig, 1);
    client_expect(first, "in");
    client_close(first);
    rig_stop(&rig);
}
END_TEST

/* ---- descriptors ---- */

/* No descriptor beyond the present ones. */
static struct rlimit forbid_descriptors(void)
{
    struct rlimit before;
    int probe = open("/dev/null", O_RDONLY | O_CLOEXEC);

    ck_assert_int_ge(probe, 0);
    ck_assert_int_eq(close(probe), 0); /* the lowest that is free */
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit now = {.rlim_cur = (rlim_t)probe, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &now), 0);
    return before;
}

START_TEST(without_descriptors_the_server_neither_spins_nor_forgets_who_waits)
{
    struct rig rig = {.received = rig_echo};

    rig_start(&rig, NULL);
    int first = client_connect(&rig);
    rig_run_until_opened(&rig, 1);
    int second = client_connect(&rig);
    struct rlimit before = forbid_descriptors();
    expect_rest(&rig);
    ck_assert_uint_eq(rig.opened_count, 1);

    client_send(first, "served");
    rig_run_until_received(&rig, 1);
    client_expect(first, "served");

    /* A connection that closes makes room; the client's end makes some too. */
    client_close(first);
    rig_run_until_opened(&rig, 2);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    client_send(second, "at last");
    rig_run_until_received(&rig, 2);
    client_expect(second, "at last");
    client_close(second);
    rig_stop(&rig);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_peer_that_does_not_read_is_closed_when_too_much_waits,
        exactly_the_limit_may_wait,
        a_peer_that_reads_late_gets_all_and_then_the_loop_rests,
        a_frame_as_large_as_the_limit_is_received,
        input_that_nobody_can_use_closes_the_connection,
        who_is_paused_may_hold_its_limit_and_is_not_read_further,
        who_says_nothing_is_closed_and_who_does_is_not,
        an_address_gets_its_share_and_another_gets_its_own,
        an_ipv4_peer_of_an_ipv6_socket_is_an_ipv4_peer,
        beyond_connections_max_nobody_is_let_in_until_one_leaves,
        without_descriptors_the_server_neither_spins_nor_forgets_who_waits,
    };
    return suite_run("server limits", tests, COUNT_OF(tests));
}
