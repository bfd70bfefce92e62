/* SPDX-License-Identifier: Apache-2.0 */
#include "net/post.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "tests/support/suite.h"

#define FRAME_MAX   100000
#define FRAMES      2000
#define ROUND_TRIPS 5000
#define PAUSE_NS    2000000 /* between greetings */
#define WAYS        200

static struct post *open_at(uint16_t port, size_t frame_bytes_max, int wake_fd)
{
    struct post_options options = {
        .host = "127.0.0.1", .port = port, .frame_bytes_max = frame_bytes_max, .wake_fd = wake_fd};
    struct post *post = NULL;
    struct error error;

    enum err err = post_open(&options, &post, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    return post;
}

static struct post *open_post(void)
{
    return open_at(0, FRAME_MAX, -1);
}

static struct post_way *connect_to(struct post *from, uint16_t port)
{
    struct post_way *way = NULL;
    char address[64];

    snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
    ck_assert_int_eq(post_connect(from, address, &way, NULL), ERR_OK);
    return way;
}

static void send_text(struct post_way *way, const char *text)
{
    post_send(way, text, strlen(text), NULL, 0);
}

/* Waits for the next frame that is not a greeting. */
static const char *receive(struct post *post, size_t *ret_size)
{
    const void *bytes;

    for (;;) {
        post_wait(post, UINT64_MAX);
        while (post_receive(post, &bytes, ret_size)) {
            if (*ret_size != 5 || memcmp(bytes, "hello", 5) != 0)
                return bytes;
        }
    }
}

static void expect_text(struct post *post, const char *text)
{
    size_t size;
    const char *bytes = receive(post, &size);

    ck_assert_uint_eq(size, strlen(text));
    ck_assert_mem_eq(bytes, text, size);
}

/* Greets until a greeting arrives: from then on there is a connection. */
static void greet(struct post_way *way, struct post *to)
{
    const void *bytes;
    size_t size;

    for (;;) {
        send_text(way, "hello");
        post_wait(to, clock_now_ns() + PAUSE_NS);
        if (post_receive(to, &bytes, &size))
            return;
    }
}

/* ---- frames that are released ---- */

struct tally {
    _Atomic size_t released_count;
};

static void release(void *bytes, void *context)
{
    struct tally *tally = context;

    free(bytes); /* twice would be found */
    atomic_fetch_add(&tally->released_count, 1);
}

static void send_filled(struct post_way *way, size_t size, int fill, struct tally *tally)
{
    unsigned char *bytes = mem_alloc(size);

    memset(bytes, fill, size);
    post_send_from(way, bytes, size, release, tally);
}

/* ---- the tests ---- */

START_TEST(frames_arrive_whole_and_in_order)
{
    struct post *from = open_post();
    struct post *to = open_post();
    struct post_way *way = connect_to(from, post_port(to));
    struct tally tally = {.released_count = 0};
    struct rng rng;
    size_t sizes[FRAMES];
    size_t lent = 0;

    rng_init(&rng, 5);
    greet(way, to);
    for (size_t i = 0; i < FRAMES; i++) {
        sizes[i] = rng_below(&rng, i % 10 == 0 ? FRAME_MAX : 300) + 8;
        unsigned char *bytes = mem_alloc(sizes[i]);
        memset(bytes, (int)(i % 251), sizes[i]);
        memcpy(bytes, &i, sizeof i);
        if (rng_below(&rng, 2) == 0) {
            lent++;
            post_send_from(way, bytes, sizes[i], release, &tally);
        } else {
            size_t cut = rng_below(&rng, (uint32_t)sizes[i] + 1);
            post_send(way, bytes, cut, bytes + cut, sizes[i] - cut);
            free(bytes);
        }
    }
    for (size_t i = 0; i < FRAMES; i++) {
        size_t size;
        const char *bytes = receive(to, &size);
        ck_assert_uint_eq(size, sizes[i]);
        ck_assert_mem_eq(bytes, &i, sizeof i);
        ck_assert_uint_eq((unsigned char)bytes[size - 1], size == 8 ? 0 : i % 251);
    }
    post_disconnect(&way);
    post_close(&from);
    ck_assert_uint_eq(atomic_load(&tally.released_count), lent);
    post_close(&to);
}
END_TEST

START_TEST(a_frame_for_nobody_is_dropped_and_released_in_the_call)
{
    struct post *post = open_post();
    struct post_way *way = connect_to(post, 1);
    struct tally tally = {.released_count = 0};

    for (size_t i = 1; i <= 100; i++) {
        send_filled(way, 1000, 1, &tally);
        ck_assert_uint_eq(atomic_load(&tally.released_count), i);
        send_text(way, "hello");
    }
    post_disconnect(&way);
    post_close(&post);
    ck_assert_uint_eq(atomic_load(&tally.released_count), 100);
}
END_TEST

START_TEST(what_was_not_sent_is_released_when_the_post_is_closed)
{
    struct post *from = open_post();
    struct post *to = open_post();
    struct post_way *way = connect_to(from, post_port(to));
    struct tally tally = {.released_count = 0};

    greet(way, to);
    for (size_t i = 0; i < FRAMES; i++) /* more than the sockets hold */
        send_filled(way, FRAME_MAX, (int)(i % 256), &tally);
    post_disconnect(&way);
    post_close(&from);
    ck_assert_uint_eq(atomic_load(&tally.released_count), FRAMES);
    post_close(&to);
}
END_TEST

/* Without another call on the way but post_wait(). */
START_TEST(what_waits_for_a_peer_that_is_gone_is_released)
{
    struct post *from = open_post();
    struct post *to = open_post();
    struct post_way *way = connect_to(from, post_port(to));
    struct tally tally = {.released_count = 0};

    greet(way, to);
    for (size_t i = 0; i < FRAMES; i++)
        send_filled(way, FRAME_MAX, (int)(i % 256), &tally);
    post_close(&to);
    while (atomic_load(&tally.released_count) < FRAMES)
        post_wait(from, clock_now_ns() + PAUSE_NS);
    post_disconnect(&way);
    post_close(&from);
    ck_assert_uint_eq(atomic_load(&tally.released_count), FRAMES);
}
END_TEST

START_TEST(a_way_finds_its_receiver_again)
{
    struct post *from = open_post();
    struct post *to = open_post();
    uint16_t port = post_port(to);
    struct post_way *way = connect_to(from, port);

    for (int i = 0; i < 4; i++) {
        greet(way, to);
        send_text(way, "it is you");
        expect_text(to, "it is you");
        post_close(&to);
        to = open_at(port, FRAME_MAX, -1);
    }
    post_disconnect(&way);
    post_close(&from);
    post_close(&to);
}
END_TEST

START_TEST(a_frame_above_the_limit_cuts_off_its_sender_alone)
{
    struct post *bad = open_post();
    struct post *good = open_post();
    struct post *to = open_at(0, 1000, -1);
    struct post_way *bad_way = connect_to(bad, post_port(to));
    struct post_way *good_way = connect_to(good, post_port(to));
    struct tally tally = {.released_count = 0};

    greet(bad_way, to);
    greet(good_way, to);
    send_filled(bad_way, 1000, 'a', &tally);
    size_t size;
    (void)receive(to, &size);
    ck_assert_uint_eq(size, 1000);
    send_filled(bad_way, 1001, 'b', &tally);
    for (int i = 0; i < 20; i++) {
        char text[32];
        snprintf(text, sizeof text, "%d", i);
        send_text(good_way, text);
        expect_text(to, text);
    }
    greet(bad_way, to); /* it comes back */
    post_disconnect(&bad_way);
    post_disconnect(&good_way);
    post_close(&bad);
    post_close(&good);
    post_close(&to);
    ck_assert_uint_eq(atomic_load(&tally.released_count), 2);
}
END_TEST

static int connect_plainly(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* By chance garbage may be a frame of ZeroMQ's first version: who receives checks what it gets. */
static void receive_until(struct post *post, const char *text)
{
    size_t size;
    const char *bytes;

    do
        bytes = receive(post, &size);
    while (size != strlen(text) || memcmp(bytes, text, size) != 0);
}

START_TEST(garbage_to_the_port_does_no_harm)
{
    struct post *from = open_post();
    struct post *to = open_post();
    struct post_way *way = connect_to(from, post_port(to));
    struct rng rng;

    rng_init(&rng, 3);
    greet(way, to);
    for (int i = 0; i < 30; i++) {
        unsigned char bytes[200];
        char byte;
        size_t size = rng_below(&rng, sizeof bytes) + 1;
        for (size_t at = 0; at < size; at++)
            bytes[at] = (unsigned char)rng_below(&rng, 256);
        bytes[0] = i % 2 == 0 ? 0xff : bytes[0]; /* how ZeroMQ begins */
        int fd = connect_plainly(post_port(to));
        ck_assert_int_eq(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
        (void)shutdown(fd, SHUT_WR); /* it may have been cut off already */
        while (recv(fd, &byte, 1, 0) > 0)
            continue; /* until it is cut off */
        ck_assert_int_eq(close(fd), 0);
        send_text(way, "still here");
        receive_until(to, "still here");
    }
    post_disconnect(&way);
    post_close(&from);
    post_close(&to);
}
END_TEST

START_TEST(a_message_of_several_parts_is_no_frame)
{
    struct post *to = open_post();
    void *context = zmq_ctx_new();
    void *push = zmq_socket(context, ZMQ_PUSH);
    char url[64];

    snprintf(url, sizeof url, "tcp://127.0.0.1:%u", (unsigned)post_port(to));
    ck_assert_int_eq(zmq_connect(push, url), 0);
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(zmq_send(push, "a", 1, ZMQ_SNDMORE), 1);
        ck_assert_int_eq(zmq_send(push, "b", 1, ZMQ_SNDMORE), 1);
        ck_assert_int_eq(zmq_send(push, "c", 1, 0), 1);
    }
    ck_assert_int_eq(zmq_send(push, "frame", 5, 0), 5);
    expect_text(to, "frame");
    ck_assert_int_eq(zmq_close(push), 0);
    ck_assert_int_eq(zmq_ctx_term(context), 0);
    post_close(&to);
}
END_TEST

/* ---- waiting ---- */

static void *ring(void *argument)
{
    const int *bell = argument;
    uint64_t one = 1;

    ck_assert_int_eq(write(*bell, &one, sizeof one), sizeof one);
    return NULL;
}

START_TEST(the_wake_descriptor_ends_a_wait)
{
    int bell = eventfd(0, EFD_CLOEXEC);
    struct post *post = open_at(0, FRAME_MAX, bell);

    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        uint64_t rings;
        const void *bytes;
        size_t size;
        ck_assert_int_eq(pthread_create(&thread, NULL, ring, &bell), 0);
        post_wait(post, UINT64_MAX);
        ck_assert_int_eq(read(bell, &rings, sizeof rings), sizeof rings);
        ck_assert(!post_receive(post, &bytes, &size));
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    post_close(&post);
    ck_assert_int_eq(close(bell), 0);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline)
{
    struct post *post = open_post();
    struct post_way *way = connect_to(post, 1); /* which tries again meanwhile */
    uint64_t deadline_ns = clock_now_ns() + 100000;

    for (int i = 0; i < 100; i++, deadline_ns += 100000) {
        post_wait(post, deadline_ns);
        ck_assert_uint_ge(clock_now_ns(), deadline_ns);
    }
    post_wait(post, 0);
    post_disconnect(&way);
    post_close(&post);
}
END_TEST

struct player {
    struct post *post;
    struct post_way *way;
};

static struct player player_new(void)
{
    return (struct player){.post = open_post()};
}

static void expect_number(const struct player *player, size_t expected)
{
    size_t number;
    size_t size;
    const char *bytes = receive(player->post, &size);

    ck_assert_uint_eq(size, sizeof number);
    memcpy(&number, bytes, sizeof number);
    ck_assert_uint_eq(number, expected);
}

static void *return_numbers(void *argument)
{
    const struct player *player = argument;

    for (size_t i = 0; i < ROUND_TRIPS; i++) {
        expect_number(player, i);
        post_send(player->way, &i, sizeof i, NULL, 0);
    }
    return NULL;
}

/* Each of the two sleeps without a deadline until the other has sent: a wait that trusted the
 * descriptor alone would sleep on input some day. */
START_TEST(no_frame_is_slept_upon)
{
    struct player one = player_new();
    struct player other = player_new();
    pthread_t thread;

    one.way = connect_to(one.post, post_port(other.post));
    other.way = connect_to(other.post, post_port(one.post));
    greet(one.way, other.post);
    greet(other.way, one.post);
    ck_assert_int_eq(pthread_create(&thread, NULL, return_numbers, &other), 0);
    for (size_t i = 0; i < ROUND_TRIPS; i++) {
        post_send(one.way, &i, sizeof i, NULL, 0);
        expect_number(&one, i);
    }
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    post_disconnect(&one.way);
    post_disconnect(&other.way);
    post_close(&one.post);
    post_close(&other.post);
}
END_TEST

/* ---- ways ---- */

START_TEST(ways_come_and_go_in_any_order)
{
    struct post *from = open_post();
    struct post *to = open_post();
    struct post_way *ways[WAYS];
    struct rng rng;

    rng_init(&rng, 9);
    for (size_t i = 0; i < WAYS; i++)
        ways[i] = connect_to(from, i % 2 == 0 ? post_port(to) : 1);
    for (size_t count = WAYS; count > 1; count--) {
        size_t index = rng_below(&rng, (uint32_t)count);
        post_disconnect(&ways[index]);
        ck_assert_ptr_null(ways[index]);
        ways[index] = ways[count - 1];
        post_wait(from, 0);
    }
    post_disconnect(&ways[0]);
    post_disconnect(&ways[0]); /* it is gone: nothing happens */

    struct post_way *way = connect_to(from, post_port(to));
    greet(way, to);
    post_disconnect(&way);
    post_close(&from);
    post_close(&to);
}
END_TEST

START_TEST(addresses_that_are_none_are_refused)
{
    static const char *const addresses[] = {"", "nonsense", "127.0.0.1:0", "*:7", "a b:7"};
    struct post *post = open_post();

    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        struct post_way *way = NULL;
        struct error error;
        ck_assert_int_eq(post_connect(post, addresses[i], &way, &error), ERR_INVALID);
        ck_assert_ptr_nonnull(strstr(error.text, addresses[i]));
        ck_assert_ptr_null(way);
    }
    post_close(&post);
}
END_TEST

static enum err try_to_open(const char *host, uint16_t port, struct error *error)
{
    struct post_options options = {
        .host = host, .port = port, .frame_bytes_max = 1000, .wake_fd = -1};
    struct post *post = NULL;

    enum err err = post_open(&options, &post, error);
    ck_assert_ptr_null(post);
    return err;
}

START_TEST(it_listens_where_it_may_and_can)
{
    struct post *post = open_post();
    char long_host[400];
    struct error error;

    ck_assert_int_eq(try_to_open("0.0.0.0", 0, &error), ERR_DENIED);
    ck_assert_ptr_nonnull(strstr(error.text, "keys"));
    ck_assert_int_eq(try_to_open("127.0.0.1", post_port(post), &error), ERR_IO);
    ck_assert_int_eq(try_to_open("", 0, &error), ERR_INVALID);
    memset(long_host, 'x', sizeof long_host - 1);
    long_host[sizeof long_host - 1] = '\0';
    ck_assert_int_eq(try_to_open(long_host, 0, &error), ERR_INVALID);
    post_close(&post);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        frames_arrive_whole_and_in_order,
        a_frame_for_nobody_is_dropped_and_released_in_the_call,
        what_was_not_sent_is_released_when_the_post_is_closed,
        what_waits_for_a_peer_that_is_gone_is_released,
        a_way_finds_its_receiver_again,
        a_frame_above_the_limit_cuts_off_its_sender_alone,
        garbage_to_the_port_does_no_harm,
        a_message_of_several_parts_is_no_frame,
        the_wake_descriptor_ends_a_wait,
        a_wait_ends_at_its_deadline,
        no_frame_is_slept_upon,
        ways_come_and_go_in_any_order,
        addresses_that_are_none_are_refused,
        it_listens_where_it_may_and_can,
    };
    return suite_run("post", tests, COUNT_OF(tests));
}
