/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "net/server.h"
#include "tests/support/suite.h"
#include "tests/unit/net/rig.h"

#define FILE_SIZE ((size_t)8 << 20) /* more than a socket takes */

/* What a test puts, and what became of it. */
struct shelf {
    int fd;
    unsigned char *bytes; /* the file's */
    size_t released_count;
    size_t put_count;
};

/* No period of it divides a page. */
static unsigned char *make_bytes(void)
{
    unsigned char *bytes = mem_alloc(FILE_SIZE);

    for (size_t i = 0; i < FILE_SIZE; i++)
        bytes[i] = (unsigned char)((i * 31 + i / 251) % 253);
    return bytes;
}

static struct shelf make_shelf(void)
{
    struct shelf shelf = {.bytes = make_bytes()};
    FILE *file = tmpfile();

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(shelf.bytes, 1, FILE_SIZE, file), FILE_SIZE);
    ck_assert_int_eq(fflush(file), 0);
    shelf.fd = dup(fileno(file));
    ck_assert_int_ge(shelf.fd, 0);
    ck_assert_int_eq(fclose(file), 0);
    return shelf;
}

static void clear_shelf(struct shelf *shelf)
{
    ck_assert_int_eq(close(shelf->fd), 0);
    free(shelf->bytes);
}

static void on_released(void *context)
{
    struct shelf *shelf = context;

    shelf->released_count++;
}

static void put_part(struct rig *rig, struct connection *connection, size_t position, size_t size)
{
    struct shelf *shelf = rig->context;

    shelf->put_count++;
    connection_put_file(connection, shelf->fd, position, size, on_released, shelf);
}

/* Reads until the end or `size` bytes, while the server runs. */
static size_t read_all(struct rig *rig, int client, unsigned char *bytes, size_t size)
{
    size_t got = 0;
    bool ended = false;

    while (!ended && got < size) {
        rig_run_turns(rig, 1);
        got += client_read(client, bytes + got, size - got, &ended);
    }
    return got;
}

static void expect_bytes(const unsigned char *got, const unsigned char *expected, size_t size)
{
    ck_assert_msg(memcmp(got, expected, size) == 0, "%zu bytes differ", size);
}

/* ---- what arrives ---- */

static size_t answer_with_all(struct rig *rig, struct connection *connection, const char *bytes,
                              size_t size)
{
    (void)bytes;
    connection_put(connection, "head", 4);
    put_part(rig, connection, 0, FILE_SIZE);
    connection_put(connection, "tail", 4);
    ck_assert_uint_eq(connection_waiting_bytes(connection), 8);
    ck_assert_uint_eq(connection_waiting_file_bytes(connection), FILE_SIZE);
    return size;
}

START_TEST(a_file_comes_whole_between_what_was_put_before_and_behind)
{
    struct shelf shelf = make_shelf();
    struct rig rig = {.received = answer_with_all, .context = &shelf};
    unsigned char *got = mem_alloc(FILE_SIZE + 8);

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "?");
    rig_run_until_received(&rig, 1);
    ck_assert_uint_gt(connection_waiting_file_bytes(rig.connections[0]), 0);
    ck_assert_uint_eq(shelf.released_count, 0);
    ck_assert_uint_eq(read_all(&rig, client, got, FILE_SIZE + 8), FILE_SIZE + 8);
    ck_assert_mem_eq(got, "head", 4);
    expect_bytes(got + 4, shelf.bytes, FILE_SIZE);
    ck_assert_mem_eq(got + 4 + FILE_SIZE, "tail", 4);
    ck_assert_uint_eq(shelf.released_count, 1);
    ck_assert_uint_eq(connection_waiting_file_bytes(rig.connections[0]), 0);
    ck_assert_uint_eq(server_counts(rig.server).bytes_sent_from_files, FILE_SIZE);
    ck_assert_uint_eq(server_counts(rig.server).bytes_sent, FILE_SIZE + 8);
    free(got);
    client_close(client);
    rig_stop(&rig);
    clear_shelf(&shelf);
}
END_TEST

/* A random mix of memory and files; `expected` has its bytes in a row. */
struct mix {
    struct shelf shelf; /* first: put_part() looks there */
    struct rng rng;
    unsigned char *expected;
    size_t size;
};

#define MIX_PARTS 400
#define MIX_PART  ((size_t)40000)

static void put_random_part(struct rig *rig, struct connection *connection)
{
    struct mix *mix = rig->context;
    bool is_empty = rng_below(&mix->rng, 8) == 0;
    bool is_file = rng_below(&mix->rng, 3) > 0;
    size_t size = is_empty ? 0 : rng_below(&mix->rng, is_file ? MIX_PART : 5000);
    size_t position = rng_below(&mix->rng, (uint32_t)(FILE_SIZE - MIX_PART));

    if (is_file)
        put_part(rig, connection, position, size);
    else
        connection_put(connection, mix->shelf.bytes + position, size);
    memcpy(mix->expected + mix->size, mix->shelf.bytes + position, size);
    mix->size += size;
}

static size_t answer_with_mix(struct rig *rig, struct connection *connection, const char *bytes,
                              size_t size)
{
    (void)bytes;
    for (size_t i = 0; i < MIX_PARTS; i++)
        put_random_part(rig, connection);
    return size;
}

/* Reads a random little now and then. */
static void read_slowly(struct rig *rig, int client, struct mix *mix)
{
    static unsigned char bytes[100000];
    size_t got = 0;
    bool ended = false;

    while (got < mix->size) {
        rig_run_turns(rig, 1);
        size_t size = client_read(client, bytes, rng_below(&mix->rng, sizeof bytes) + 1, &ended);
        ck_assert(!ended);
        ck_assert_uint_le(size, mix->size - got);
        expect_bytes(bytes, mix->expected + got, size);
        got += size;
    }
}

START_TEST(any_mix_of_memory_and_files_comes_in_order_to_a_slow_reader)
{
    struct mix mix = {.shelf = make_shelf(), .expected = mem_alloc(MIX_PARTS * MIX_PART)};
    struct rig rig = {.received = answer_with_mix, .context = &mix};

    rng_init(&mix.rng, 11);
    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    for (size_t i = 1; i <= 3; i++) {
        mix.size = 0;
        client_send(client, "?");
        rig_run_until_received(&rig, i);
        read_slowly(&rig, client, &mix);
    }
    ck_assert_uint_gt(mix.shelf.put_count, MIX_PARTS);
    ck_assert_uint_eq(mix.shelf.released_count, mix.shelf.put_count);
    client_expect_nothing(client);
    client_close(client);
    rig_stop(&rig);
    clear_shelf(&mix.shelf);
    free(mix.expected);
}
END_TEST

START_TEST(a_turn_sends_a_mebibyte_of_files_at_most_and_the_next_goes_on)
{
    struct shelf shelf = make_shelf();
    struct rig rig = {.received = answer_with_all, .context = &shelf};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    int size = 16 << 20; /* as much as the system allows, so that it takes more than a turn's */
    (void)setsockopt(client, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    rig_run_until_opened(&rig, 1);
    client_send(client, "?");
    rig_run_until_received(&rig, 1);
    ck_assert_uint_le(server_counts(rig.server).bytes_sent_from_files, 1 << 20);
    ck_assert_uint_gt(server_counts(rig.server).bytes_sent_from_files, 0);
    unsigned char *got = mem_alloc(FILE_SIZE + 8);
    ck_assert_uint_eq(read_all(&rig, client, got, FILE_SIZE + 8), FILE_SIZE + 8);
    free(got);
    client_close(client);
    rig_stop(&rig);
    clear_shelf(&shelf);
}
END_TEST

/* ---- what does not ---- */

static size_t close_and_put(struct rig *rig, struct connection *connection, const char *bytes,
                            size_t size)
{
    struct shelf *shelf = rig->context;

    (void)bytes;
    put_part(rig, connection, 0, 0);
    ck_assert_uint_eq(shelf->released_count, 1);
    connection_close(connection);
    put_part(rig, connection, 0, 1);
    ck_assert_uint_eq(shelf->released_count, 2);
    ck_assert_uint_eq(connection_waiting_file_bytes(connection), 0);
    return size;
}

START_TEST(what_is_not_to_be_sent_is_released_at_once)
{
    struct shelf shelf = make_shelf();
    struct rig rig = {.received = close_and_put, .context = &shelf};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "?");
    rig_run_until_closed(&rig, 1);
    client_expect_end(client);
    client_close(client);
    rig_stop(&rig);
    clear_shelf(&shelf);
}
END_TEST

static void expect_released(struct rig *rig, struct connection *connection)
{
    struct shelf *shelf = rig->context;

    (void)connection;
    ck_assert_uint_gt(shelf->put_count, 0);
    ck_assert_uint_eq(shelf->released_count, shelf->put_count);
}

static size_t put_too_many(struct rig *rig, struct connection *connection, const char *bytes,
                           size_t size)
{
    struct shelf *shelf = rig->context;
    size_t fitting = rig_options().output_max_bytes / CONNECTION_FILE_COST;

    (void)bytes;
    for (size_t i = 0; i < fitting; i++)
        put_part(rig, connection, i, 1);
    ck_assert_uint_eq(shelf->released_count, 0);
    put_part(rig, connection, 0, 1);
    ck_assert_uint_eq(shelf->released_count, fitting + 1);
    return size;
}

START_TEST(pieces_without_end_make_a_slow_peer)
{
    struct shelf shelf = make_shelf();
    struct rig rig = {.received = put_too_many, .closed = expect_released, .context = &shelf};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "?");
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_SLOW);
    client_close(client);
    rig_stop(&rig);
    clear_shelf(&shelf);
}
END_TEST

START_TEST(a_server_that_ends_releases_what_waits_before_it_says_closed)
{
    struct shelf shelf = make_shelf();
    struct rig rig = {.received = answer_with_all, .closed = expect_released, .context = &shelf};

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "??");
    rig_run_until_received(&rig, 1);
    rig_stop(&rig);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_SHUTDOWN);
    client_close(client);
    clear_shelf(&shelf);
}
END_TEST

static size_t answer_and_close(struct rig *rig, struct connection *connection, const char *bytes,
                               size_t size)
{
    size_t used = answer_with_all(rig, connection, bytes, size);

    connection_close(connection);
    return used;
}

START_TEST(a_close_waits_for_the_file)
{
    struct shelf shelf = make_shelf();
    struct rig rig = {.received = answer_and_close, .closed = expect_released, .context = &shelf};
    unsigned char *got = mem_alloc(FILE_SIZE + 9);

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "?");
    ck_assert_uint_eq(read_all(&rig, client, got, FILE_SIZE + 9), FILE_SIZE + 8);
    expect_bytes(got + 4, shelf.bytes, FILE_SIZE);
    ck_assert_uint_eq(rig.closed_count, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_OWNER);
    free(got);
    client_close(client);
    rig_stop(&rig);
    clear_shelf(&shelf);
}
END_TEST

/* ---- peers that go ---- */

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    (void)number;
    signals++;
}

static size_t answer_and_pause(struct rig *rig, struct connection *connection, const char *bytes,
                               size_t size)
{
    connection_pause(connection); /* so that to write finds out, and not to read */
    return answer_with_all(rig, connection, bytes, size);
}

static void expect_no_signal(void (*go)(struct rig *rig, int client))
{
    struct shelf shelf = make_shelf();
    struct rig rig = {.received = answer_and_pause, .closed = expect_released, .context = &shelf};
    struct sigaction before;
    const struct sigaction action = {.sa_handler = on_signal};

    ck_assert_int_eq(sigaction(SIGPIPE, &action, &before), 0);
    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "?");
    go(&rig, client);
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_PEER);
    ck_assert_int_eq(signals, 0);

    sigset_t pending;
    ck_assert_int_eq(sigpending(&pending), 0);
    ck_assert_int_eq(sigismember(&pending, SIGPIPE), 0);
    rig_stop(&rig);
    ck_assert_int_eq(sigaction(SIGPIPE, &before, NULL), 0);
    clear_shelf(&shelf);
}

static void end_and_reset(struct rig *rig, int client)
{
    rig_run_until_received(rig, 1);
    ck_assert_int_eq(shutdown(client, SHUT_WR), 0);
    client_reset(client);
}

/* A reset after an end is what sendfile() tells by SIGPIPE. */
START_TEST(a_peer_that_goes_in_the_middle_raises_no_signal)
{
    expect_no_signal(end_and_reset);
}
END_TEST

/* Nothing is unread, so there is no reset before the first bytes come. */
static void close_before(struct rig *rig, int client)
{
    (void)rig;
    client_close(client);
}

/* The reset comes while sendfile() is at work: it raises the signal, and says that it has sent some. */
START_TEST(a_peer_that_went_before_raises_no_signal)
{
    expect_no_signal(close_before);
}
END_TEST

START_TEST(a_peer_that_goes_costs_the_others_nothing)
{
    struct shelf shelf = make_shelf();
    struct rig rig = {.received = answer_with_all, .context = &shelf};
    unsigned char *got = mem_alloc(FILE_SIZE + 8);

    rig_start(&rig, NULL);
    int leaver = client_connect(&rig);
    int stayer = client_connect(&rig);
    client_send(leaver, "?");
    client_send(stayer, "?");
    rig_run_until_received(&rig, 2);
    client_reset(leaver);
    ck_assert_uint_eq(read_all(&rig, stayer, got, FILE_SIZE + 8), FILE_SIZE + 8);
    expect_bytes(got + 4, shelf.bytes, FILE_SIZE);
    ck_assert_uint_eq(rig.closed_count, 1);
    ck_assert_uint_eq(shelf.released_count, 2);
    free(got);
    client_close(stayer);
    rig_stop(&rig);
    clear_shelf(&shelf);
}
END_TEST

/* ---- files that fail ---- */

/* Runs until the connection is closed, which it is not while the loop spins. */
static void expect_end_after(size_t left)
{
    struct shelf shelf = make_shelf();
    struct rig rig = {.received = answer_with_all, .closed = expect_released, .context = &shelf};
    unsigned char *got = mem_alloc(FILE_SIZE + 8);

    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    rig_run_until_opened(&rig, 1);
    client_send(client, "?");
    ck_assert_int_eq(ftruncate(shelf.fd, (off_t)left), 0);
    ck_assert_uint_eq(read_all(&rig, client, got, FILE_SIZE + 8), 4 + left);
    expect_bytes(got + 4, shelf.bytes, left);
    ck_assert_uint_eq(rig.closed_count, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_FILE);
    free(got);
    client_close(client);
    rig_stop(&rig);
    clear_shelf(&shelf);
}

START_TEST(a_file_that_became_shorter_ends_the_connection)
{
    static const size_t sizes[] = {0, 1, 4096, FILE_SIZE / 2, FILE_SIZE - 1};

    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        expect_end_after(sizes[i]);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_ends_the_connection)
{
    struct shelf shelf = make_shelf();
    struct rig rig = {.received = answer_with_all, .closed = expect_released, .context = &shelf};
    int pipes[2];
    int kept = shelf.fd;

    ck_assert_int_eq(pipe(pipes), 0);
    shelf.fd = pipes[1]; /* open for writing alone */
    rig_start(&rig, NULL);
    int client = client_connect(&rig);
    client_send(client, "?");
    rig_run_until_closed(&rig, 1);
    ck_assert_int_eq(rig.reason, SERVER_CLOSE_FILE);
    client_close(client);
    rig_stop(&rig);
    ck_assert_int_eq(close(pipes[0]), 0);
    ck_assert_int_eq(close(pipes[1]), 0);
    shelf.fd = kept;
    clear_shelf(&shelf);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_file_comes_whole_between_what_was_put_before_and_behind,
        any_mix_of_memory_and_files_comes_in_order_to_a_slow_reader,
        a_turn_sends_a_mebibyte_of_files_at_most_and_the_next_goes_on,
        what_is_not_to_be_sent_is_released_at_once,
        pieces_without_end_make_a_slow_peer,
        a_server_that_ends_releases_what_waits_before_it_says_closed,
        a_close_waits_for_the_file,
        a_peer_that_goes_in_the_middle_raises_no_signal,
        a_peer_that_went_before_raises_no_signal,
        a_peer_that_goes_costs_the_others_nothing,
        a_file_that_became_shorter_ends_the_connection,
        a_file_that_cannot_be_read_ends_the_connection,
    };
    return suite_run("server files", tests, COUNT_OF(tests));
}
