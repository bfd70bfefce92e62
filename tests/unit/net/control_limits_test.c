/* SPDX-License-Identifier: Apache-2.0 */
/* Strangers and faults: peers that are plain ZeroMQ sockets, or no ZeroMQ at all. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/net/control_rig.h"

#define FLOOD      2000
#define REPLY_SIZE ((size_t)16 * 1024)

/* A plain ZeroMQ socket of the type, in a context of its own. */
struct stranger {
    void *context;
    void *socket;
};

static struct stranger stranger_new(int type)
{
    struct stranger stranger = {.context = zmq_ctx_new()};
    int linger = 0;

    stranger.socket = zmq_socket(stranger.context, type);
    ck_assert_ptr_nonnull(stranger.socket);
    ck_assert_int_eq(zmq_setsockopt(stranger.socket, ZMQ_LINGER, &linger, sizeof linger), 0);
    return stranger;
}

static struct stranger dealer_to(const struct control_rig *rig)
{
    struct stranger stranger = stranger_new(ZMQ_DEALER);
    char url[128];

    snprintf(url, sizeof url, "tcp://%s", rig->address);
    ck_assert_int_eq(zmq_connect(stranger.socket, url), 0);
    return stranger;
}

static void stranger_destroy(const struct stranger *stranger)
{
    ck_assert_int_eq(zmq_close(stranger->socket), 0);
    ck_assert_int_eq(zmq_ctx_term(stranger->context), 0);
}

static void send_part(const struct stranger *stranger, size_t size, int flags)
{
    char *bytes = mem_alloc(size);

    ck_assert_int_eq(zmq_send(stranger->socket, bytes, size, flags), (int)size);
    mem_free_text(&bytes);
}

static void send_parts(const struct stranger *stranger, int count)
{
    for (int i = 1; i <= count; i++)
        send_part(stranger, 10, i < count ? ZMQ_SNDMORE : 0);
}

/* ---- what is dropped ---- */

static bool has_dropped(const struct control_rig *rig)
{
    return control_server_dropped(rig->server) >= rig->wanted;
}

START_TEST(a_message_of_another_number_of_parts_is_dropped_and_counted)
{
    static const int counts[] = {1, 3, 4, 20};
    struct control_rig rig = {.asked_count = 0};

    control_rig_start(&rig);
    struct stranger stranger = dealer_to(&rig);
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        send_parts(&stranger, counts[i]);
    rig.wanted = COUNT_OF(counts);
    control_rig_run_until(&rig, has_dropped);
    ck_assert_uint_eq(rig.asked_count, 0);
    send_parts(&stranger, 2);
    control_rig_run_until_asked(&rig, 1);
    ck_assert_uint_eq(control_server_dropped(rig.server), COUNT_OF(counts));
    stranger_destroy(&stranger);
    control_rig_stop(&rig);
}
END_TEST

START_TEST(a_body_that_is_too_large_is_dropped_and_counted)
{
    struct control_rig rig = {.asked_count = 0};

    control_rig_start(&rig);
    struct stranger stranger = dealer_to(&rig);
    send_part(&stranger, 1, ZMQ_SNDMORE);
    send_part(&stranger, CONTROL_BODY_MAX + 1, 0);
    send_parts(&stranger, 2);
    control_rig_run_until_asked(&rig, 1);
    ck_assert_uint_eq(control_server_dropped(rig.server), 1);
    stranger_destroy(&stranger);
    control_rig_stop(&rig);
}
END_TEST

START_TEST(what_is_too_large_is_not_sent)
{
    struct control_rig rig = {.asked_count = 0};
    struct control_peer nobody = {.size = 1};
    char *bytes = mem_alloc(CONTROL_HEAD_MAX + 1);

    control_rig_start(&rig);
    struct control_rig_client *client = control_rig_add_client(&rig);
    ck_assert(!control_client_send(client->client, bytes, CONTROL_HEAD_MAX + 1, NULL, 0));
    ck_assert(!control_client_send(client->client, NULL, 0, bytes, CONTROL_BODY_MAX + 1));
    control_server_reply(rig.server, &nobody, bytes, CONTROL_HEAD_MAX + 1, NULL, 0);
    control_server_reply(rig.server, &nobody, NULL, 0, bytes, CONTROL_BODY_MAX + 1);
    ck_assert_uint_eq(control_server_dropped(rig.server), 2);
    control_server_reply(rig.server, &nobody, bytes, 10, NULL, 0); /* to one that is not there */
    ck_assert(control_rig_ask(client, "still here"));
    control_rig_run_until_answered(&rig, 1);
    control_rig_stop(&rig);
    mem_free_text(&bytes);
}
END_TEST

/* ---- who is cut off ---- */

static void ask_again(struct control_rig *rig)
{
    (void)control_rig_ask(&rig->clients[0], "again");
}

START_TEST(a_frame_above_the_limit_cuts_off_its_sender_alone)
{
    struct control_rig rig = {.pulse = ask_again};

    control_rig_start(&rig);
    control_rig_add_client(&rig);
    struct stranger stranger = dealer_to(&rig);
    void *monitor = zmq_socket(stranger.context, ZMQ_PAIR);
    char event[16];
    ck_assert_int_eq(zmq_socket_monitor(stranger.socket, "inproc://events", ZMQ_EVENT_DISCONNECTED),
                     0);
    ck_assert_int_eq(zmq_connect(monitor, "inproc://events"), 0);

    send_part(&stranger, CONTROL_HEAD_MAX + 1, 0);
    ck_assert_int_gt(zmq_recv(monitor, event, sizeof event, 0), 0); /* it was cut off */
    control_rig_run_until_answered(&rig, 5);
    ck_assert_uint_eq(control_server_dropped(rig.server), 0);
    ck_assert_int_eq(zmq_socket_monitor(stranger.socket, NULL, 0), 0);
    ck_assert_int_eq(zmq_close(monitor), 0);
    stranger_destroy(&stranger);
    control_rig_stop(&rig);
}
END_TEST

static int connect_plainly(const struct control_rig *rig)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(fd, 0);
    address.sin_port = htons(control_server_port(rig->server));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void expect_cut(int fd)
{
    char bytes[256];
    ssize_t got;

    while ((got = recv(fd, bytes, sizeof bytes, 0)) > 0)
        continue; /* the other side's greeting */
    ck_assert_int_le(got, 0);
    ck_assert_int_eq(close(fd), 0);
}

START_TEST(garbage_to_the_port_does_no_harm)
{
    static const char *const openings[] = {
        "GET / HTTP/1.0\r\n\r\nand more than sixty-four bytes, so that no greeting fits in here",
        "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f", /* half a greeting */
        "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    };
    struct control_rig rig = {.pulse = ask_again};

    control_rig_start(&rig);
    control_rig_add_client(&rig);
    for (size_t i = 0; i < COUNT_OF(openings); i++) {
        int fd = connect_plainly(&rig);
        size_t size = strlen(openings[i]);
        ck_assert_int_eq(send(fd, openings[i], size, MSG_NOSIGNAL), (ssize_t)size);
        (void)shutdown(fd, SHUT_WR); /* it may have been cut off already */
        expect_cut(fd);
        control_rig_run_until_answered(&rig, rig.answered_count + 2);
    }
    ck_assert_uint_eq(control_server_dropped(rig.server), 0);
    control_rig_stop(&rig);
}
END_TEST

/* ---- who does not read ---- */

static void answer_at_length(struct control_rig *rig, const struct control_peer *peer,
                             const struct control_message *message)
{
    static const char body[REPLY_SIZE] = "";
    size_t size = message->body_size == 0 ? 0 : sizeof body;

    control_server_reply(rig->server, peer, message->head, message->head_size, body, size);
}

static void read_all(const struct stranger *stranger, size_t *lengthy, size_t *short_ones)
{
    char part[REPLY_SIZE];

    while (zmq_recv(stranger->socket, part, sizeof part, ZMQ_DONTWAIT) >= 0) {
        int size = zmq_recv(stranger->socket, part, sizeof part, ZMQ_DONTWAIT);
        ck_assert_int_ge(size, 0);
        *(size == 0 ? short_ones : lengthy) += 1;
    }
}

/* Its requests are served, its answers are lost beyond a bound, and then it is served again. */
START_TEST(who_does_not_read_loses_answers)
{
    struct control_rig rig = {.asked = answer_at_length, .pulse = NULL};
    struct stranger stranger;
    size_t lengthy = 0;
    size_t short_ones = 0;

    control_rig_start(&rig);
    stranger = dealer_to(&rig);
    for (size_t i = 1; i <= FLOOD; i++) {
        send_parts(&stranger, 2);
        if (i % 10 == 0)
            control_rig_run_until_asked(&rig, i);
    }
    while (short_ones == 0) {
        size_t asked = rig.asked_count;
        ck_assert_int_eq(zmq_send(stranger.socket, "x", 1, ZMQ_SNDMORE), 1);
        ck_assert_int_eq(zmq_send(stranger.socket, "", 0, 0), 0);
        control_rig_run_until_asked(&rig, asked + 1);
        read_all(&stranger, &lengthy, &short_ones);
    }
    ck_assert_uint_gt(lengthy, 0);
    ck_assert_uint_lt(lengthy, FLOOD);
    stranger_destroy(&stranger);
    control_rig_stop(&rig);
}
END_TEST

START_TEST(a_client_believes_no_message_of_other_parts)
{
    struct control_client_options options = {.address = NULL};
    struct stranger stranger = stranger_new(ZMQ_ROUTER);
    struct control_client *client;
    struct control_reply reply;
    char url[64] = "";
    char peer[255];
    size_t size = sizeof url;

    ck_assert_int_eq(zmq_bind(stranger.socket, "tcp://127.0.0.1:*"), 0);
    ck_assert_int_eq(zmq_getsockopt(stranger.socket, ZMQ_LAST_ENDPOINT, url, &size), 0);
    options.address = url + strlen("tcp://");
    ck_assert_int_eq(control_client_open(&options, &client, NULL), ERR_OK);
    ck_assert(control_client_send(client, "x", 1, NULL, 0));

    int peer_size = zmq_recv(stranger.socket, peer, sizeof peer, 0);
    ck_assert_int_gt(peer_size, 0);
    ck_assert_int_eq(zmq_recv(stranger.socket, url, sizeof url, 0), 1);
    ck_assert_int_eq(zmq_recv(stranger.socket, url, sizeof url, 0), 0);
    for (int parts = 1; parts <= 4; parts++) {
        ck_assert_int_eq(zmq_send(stranger.socket, peer, (size_t)peer_size, ZMQ_SNDMORE),
                         peer_size);
        send_parts(&stranger, parts);
    }
    ck_assert_int_eq(control_client_wait(client, UINT64_MAX, &reply), ERR_OK);
    ck_assert_uint_eq(reply.head_size, 10);
    ck_assert_uint_eq(reply.body_size, 10);
    control_reply_done(&reply);
    control_client_close(&client);
    stranger_destroy(&stranger);
}
END_TEST

/* ---- addresses ---- */

static void never_asked(void *context, const struct control_peer *peer, const char *head,
                        size_t head_size, const void *body, size_t body_size)
{
    (void)context;
    (void)peer;
    (void)head;
    (void)head_size;
    (void)body;
    (void)body_size;
    ck_abort();
}

static enum err try_to_listen(const char *address, struct error *error)
{
    struct reactor *reactor = reactor_new();
    struct control_server_options options = {
        .reactor = reactor, .address = address, .received = never_asked};
    struct control_server *server = NULL;

    enum err err = control_server_open(&options, &server, error);
    ck_assert_ptr_null(server);
    reactor_destroy(&reactor);
    return err;
}

START_TEST(it_listens_on_this_machine_alone)
{
    static const char *const addresses[] = {"*:0", "0.0.0.0:0"};

    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        struct error error;
        ck_assert_int_eq(try_to_listen(addresses[i], &error), ERR_DENIED);
        ck_assert_ptr_nonnull(strstr(error.text, addresses[i]));
        ck_assert_ptr_nonnull(strstr(error.text, "keys"));
        ck_assert_ptr_nonnull(strstr(error.text, "127.0.0.1"));
    }
}
END_TEST

START_TEST(where_it_cannot_listen_is_said)
{
    struct control_rig rig = {.asked_count = 0};
    struct error error;

    control_rig_start(&rig);
    ck_assert_int_eq(try_to_listen(rig.address, &error), ERR_IO);
    ck_assert_ptr_nonnull(strstr(error.text, rig.address));
    ck_assert_int_eq(try_to_listen("nonsense", &error), ERR_INVALID);
    control_rig_stop(&rig);
}
END_TEST

START_TEST(what_is_no_address_of_a_server_is_refused)
{
    static const char *const addresses[] = {
        "", "nonsense", "127.0.0.1", "127.0.0.1:0", "*:1", "a b:1", "tcp://127.0.0.1:1",
    };

    for (size_t i = 0; i < COUNT_OF(addresses); i++) {
        struct control_client_options options = {.address = addresses[i]};
        struct control_client *client = NULL;
        struct error error;
        ck_assert_int_eq(control_client_open(&options, &client, &error), ERR_INVALID);
        ck_assert_ptr_nonnull(strstr(error.text, addresses[i]));
        ck_assert_ptr_null(client);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_message_of_another_number_of_parts_is_dropped_and_counted,
        a_body_that_is_too_large_is_dropped_and_counted,
        what_is_too_large_is_not_sent,
        a_frame_above_the_limit_cuts_off_its_sender_alone,
        garbage_to_the_port_does_no_harm,
        who_does_not_read_loses_answers,
        a_client_believes_no_message_of_other_parts,
        it_listens_on_this_machine_alone,
        where_it_cannot_listen_is_said,
        what_is_no_address_of_a_server_is_refused,
    };
    return suite_run("control limits", tests, COUNT_OF(tests));
}
