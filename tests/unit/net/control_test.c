/* SPDX-License-Identifier: Apache-2.0 */
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/suite.h"
#include "tests/unit/net/control_rig.h"

#define MANY    20000
#define WINDOW  100
#define CLIENTS 5
#define LATE    10
#define ASKS    500

static void ask_number(const struct control_rig_client *client, size_t number)
{
    char text[32];

    snprintf(text, sizeof text, "%zu", number);
    ck_assert(control_rig_ask(client, text));
}

/* ---- asking and answering ---- */

static void expect_head_and_body(struct control_rig_client *client,
                                 const struct control_message *message)
{
    (void)client;
    ck_assert_uint_eq(message->head_size, 4);
    ck_assert_mem_eq(message->head, "head", 4);
    ck_assert_uint_eq(message->body_size, 5);
    ck_assert_mem_eq(message->body, "b\0d\0y", 5);
}

START_TEST(a_request_is_answered_with_head_and_body)
{
    struct control_rig rig = {.answered = expect_head_and_body};

    control_rig_start(&rig);
    struct control_rig_client *client = control_rig_add_client(&rig);
    ck_assert(control_client_send(client->client, "head", 4, "b\0d\0y", 5));
    control_rig_run_until_answered(&rig, 1);
    control_rig_stop(&rig);
}
END_TEST

START_TEST(the_largest_messages_pass_and_so_do_empty_ones)
{
    struct control_rig rig = {.asked_count = 0};
    char *bytes = mem_alloc(CONTROL_HEAD_MAX);

    control_rig_start(&rig);
    struct control_rig_client *client = control_rig_add_client(&rig);
    ck_assert(
        control_client_send(client->client, bytes, CONTROL_HEAD_MAX, bytes, CONTROL_BODY_MAX));
    control_rig_run_until_answered(&rig, 1);
    ck_assert(control_client_send(client->client, NULL, 0, NULL, 0));
    control_rig_run_until_answered(&rig, 2);
    ck_assert_uint_eq(control_server_dropped(rig.server), 0);
    control_rig_stop(&rig);
    mem_free_text(&bytes);
}
END_TEST

static void ask_another(struct control_rig_client *client, const struct control_message *message)
{
    ck_assert_uint_eq(control_rig_number(message), client->answered_count - 1);
    if (client->answered_count + WINDOW <= MANY)
        ask_number(client, client->answered_count + WINDOW - 1);
}

/* Each handler sends, and so takes the news from the socket that it is called for: if the reactor
 * trusted the descriptor alone, it would soon sleep on input, for ever. */
START_TEST(many_requests_are_answered_in_order)
{
    struct control_rig rig = {.answered = ask_another};

    control_rig_start(&rig);
    struct control_rig_client *client = control_rig_add_client(&rig);
    for (size_t i = 0; i < WINDOW; i++)
        ask_number(client, i);
    control_rig_run_until_answered(&rig, MANY);
    ck_assert_uint_eq(rig.asked_count, MANY);
    control_rig_stop(&rig);
}
END_TEST

static void expect_own_number(struct control_rig_client *client,
                              const struct control_message *message)
{
    ck_assert_uint_eq(control_rig_number(message), (size_t)(client - client->rig->clients));
}

START_TEST(each_client_gets_its_own_answers)
{
    struct control_rig rig = {.answered = expect_own_number};

    control_rig_start(&rig);
    for (size_t i = 0; i < CLIENTS; i++)
        control_rig_add_client(&rig);
    for (size_t i = 0; i < CLIENTS * 20; i++)
        ask_number(&rig.clients[i % CLIENTS], i % CLIENTS);
    control_rig_run_until_answered(&rig, CLIENTS * 20);
    for (size_t i = 0; i < CLIENTS; i++)
        ck_assert_uint_eq(rig.clients[i].answered_count, 20);
    control_rig_stop(&rig);
}
END_TEST

static void keep_peer(struct control_rig *rig, const struct control_peer *peer,
                      const struct control_message *message)
{
    struct control_peer *peers = rig->context;

    ck_assert_uint_eq(control_rig_number(message), rig->asked_count - 1);
    peers[rig->asked_count - 1] = *peer;
}

static void expect_backwards(struct control_rig_client *client,
                             const struct control_message *message)
{
    ck_assert_uint_eq(control_rig_number(message), LATE - client->answered_count);
}

START_TEST(answers_may_come_late_and_in_another_order)
{
    struct control_peer peers[LATE];
    struct control_rig rig = {.asked = keep_peer, .answered = expect_backwards, .context = peers};

    control_rig_start(&rig);
    struct control_rig_client *client = control_rig_add_client(&rig);
    for (size_t i = 0; i < LATE; i++)
        ask_number(client, i);
    control_rig_run_until_asked(&rig, LATE);
    for (size_t i = LATE; i-- > 0;) {
        char text[32];
        int size = snprintf(text, sizeof text, "%zu", i);
        control_server_reply(rig.server, &peers[i], text, (size_t)size, NULL, 0);
    }
    control_rig_run_until_answered(&rig, LATE);
    control_rig_stop(&rig);
}
END_TEST

/* ---- coming and going ---- */

START_TEST(a_limited_number_of_requests_wait_for_a_server)
{
    struct control_rig rig = {.asked_count = 0};
    size_t taken = 0;

    control_rig_start(&rig);
    control_server_close(&rig.server);
    struct control_rig_client *client = control_rig_add_client(&rig);
    while (control_rig_ask(client, "is anybody there?"))
        taken++;
    ck_assert_uint_eq(taken, CONTROL_CLIENT_UNSENT_MAX);
    control_rig_open_server(&rig);
    control_rig_run_until_answered(&rig, taken);
    control_rig_stop(&rig);
}
END_TEST

static void ask_again(struct control_rig *rig)
{
    (void)control_rig_ask(&rig->clients[0], "again");
}

START_TEST(a_client_outlives_its_server)
{
    struct control_rig rig = {.pulse = ask_again};

    control_rig_start(&rig);
    control_rig_add_client(&rig);
    for (int i = 0; i < 4; i++) {
        control_rig_run_until_answered(&rig, rig.answered_count + 3);
        control_server_close(&rig.server);
        control_rig_open_server(&rig);
    }
    control_rig_stop(&rig);
}
END_TEST

static void close_server(struct control_rig *rig, const struct control_peer *peer,
                         const struct control_message *message)
{
    control_server_reply(rig->server, peer, message->head, message->head_size, NULL, 0);
    control_server_close(&rig->server);
    ck_assert_uint_eq(message->head_size, 4); /* is there still */
    ck_assert_mem_eq(message->head, "stop", 4);
}

static void close_client(struct control_rig_client *client, const struct control_message *message)
{
    control_client_close(&client->client);
    ck_assert_mem_eq(message->head, "stop", 4);
}

START_TEST(a_server_may_close_in_its_handler)
{
    struct control_rig rig = {.asked = close_server};

    control_rig_start(&rig);
    struct control_rig_client *client = control_rig_add_client(&rig);
    for (int i = 0; i < 10; i++)
        ck_assert(control_rig_ask(client, "stop"));
    control_rig_run_until_asked(&rig, 1);
    ck_assert_ptr_null(rig.server);
    ck_assert_uint_eq(rig.asked_count, 1);
    control_rig_stop(&rig);
}
END_TEST

START_TEST(a_client_may_close_in_its_handler)
{
    struct control_rig rig = {.answered = close_client};

    control_rig_start(&rig);
    struct control_rig_client *client = control_rig_add_client(&rig);
    for (int i = 0; i < 10; i++)
        ck_assert(control_rig_ask(client, "stop"));
    control_rig_run_until_answered(&rig, 1);
    ck_assert_ptr_null(client->client);
    control_rig_run_until_asked(&rig, 1);
    ck_assert_uint_eq(rig.answered_count, 1);
    control_rig_stop(&rig);
}
END_TEST

/* ---- without a reactor ---- */

static bool was_stopped(const struct control_rig *rig)
{
    (void)rig;
    return false;
}

static void *serve(void *argument)
{
    control_rig_run_until(argument, was_stopped);
    return NULL;
}

static struct control_client *open_waiting(const char *address)
{
    struct control_client_options options = {.address = address};
    struct control_client *client;

    ck_assert_int_eq(control_client_open(&options, &client, NULL), ERR_OK);
    return client;
}

START_TEST(who_has_no_reactor_asks_and_waits)
{
    struct control_rig rig = {.asked_count = 0};
    pthread_t thread;

    control_rig_start(&rig);
    struct control_client *client = open_waiting(rig.address);
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, &rig), 0);
    for (int i = 0; i < ASKS; i++) {
        struct control_reply reply;
        char head[32];
        int size = snprintf(head, sizeof head, "question %d", i);
        ck_assert(control_client_send(client, head, (size_t)size, &i, sizeof i));
        ck_assert_int_eq(control_client_wait(client, UINT64_MAX, &reply), ERR_OK);
        ck_assert_str_eq(reply.head, head); /* it ends in a NUL */
        ck_assert_uint_eq(reply.head_size, (size_t)size);
        ck_assert_uint_eq(reply.body_size, sizeof i);
        ck_assert_mem_eq(reply.body, &i, sizeof i);
        control_reply_done(&reply);
    }
    reactor_stop(rig.reactor);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    control_client_close(&client);
    control_rig_stop(&rig);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline)
{
    struct control_rig rig = {.asked_count = 0};
    struct control_reply reply;

    control_rig_start(&rig); /* but it does not run */
    struct control_client *client = open_waiting(rig.address);
    ck_assert(control_client_send(client, "x", 1, NULL, 0));
    uint64_t deadline_ns = clock_now_ns() + 5000000;
    ck_assert_int_eq(control_client_wait(client, deadline_ns, &reply), ERR_TIMEOUT);
    ck_assert_uint_ge(clock_now_ns(), deadline_ns);
    ck_assert_int_eq(control_client_wait(client, 0, &reply), ERR_TIMEOUT);
    control_client_close(&client);
    control_rig_stop(&rig);
}
END_TEST

static void ignore_signal(int signal_number)
{
    (void)signal_number;
}

struct annoyance {
    pthread_t target;
    _Atomic bool is_over;
};

static void *annoy(void *argument)
{
    struct annoyance *annoyance = argument;

    while (!atomic_load(&annoyance->is_over))
        ck_assert_int_eq(pthread_kill(annoyance->target, SIGUSR1), 0);
    return NULL;
}

START_TEST(a_signal_ends_a_wait)
{
    struct sigaction action = {.sa_handler = ignore_signal};
    struct sigaction before;
    struct annoyance annoyance = {.target = pthread_self()};
    struct control_client *client = open_waiting("127.0.0.1:1");
    struct control_reply reply;
    pthread_t thread;

    ck_assert_int_eq(sigaction(SIGUSR1, &action, &before), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, annoy, &annoyance), 0);
    ck_assert_int_eq(control_client_wait(client, UINT64_MAX, &reply), ERR_CANCELLED);
    atomic_store(&annoyance.is_over, true);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_eq(sigaction(SIGUSR1, &before, NULL), 0);
    control_client_close(&client);
}
END_TEST

/* ---- IPv6 ---- */

static bool has_ipv6(void)
{
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool has = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;

    if (fd >= 0)
        (void)close(fd);
    return has;
}

static void on_asked(void *context, const struct control_peer *peer, const char *head,
                     size_t head_size, const void *body, size_t body_size)
{
    struct control_rig *rig = context;

    (void)peer;
    (void)head;
    (void)head_size;
    (void)body;
    (void)body_size;
    rig->asked_count++;
}

START_TEST(ipv6_and_names_are_addresses_too)
{
    static const char *const hosts[] = {"localhost", "[::1]"};
    struct control_rig rig = {.asked_count = 0};
    size_t count = has_ipv6() ? 2 : 1;

    control_rig_start(&rig);
    for (size_t i = 0; i < count; i++) {
        char address[64];
        struct control_server *server;
        snprintf(address, sizeof address, "%s:0", hosts[i]);
        struct control_server_options options = {
            .reactor = rig.reactor, .address = address, .received = on_asked, .context = &rig};
        ck_assert_int_eq(control_server_open(&options, &server, NULL), ERR_OK);
        snprintf(address, sizeof address, "%s:%u", hosts[i], (unsigned)control_server_port(server));
        struct control_client *client = open_waiting(address);
        ck_assert(control_client_send(client, "x", 1, NULL, 0));
        control_rig_run_until_asked(&rig, i + 1);
        control_client_close(&client);
        control_server_close(&server);
    }
    control_rig_stop(&rig);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_request_is_answered_with_head_and_body,
        the_largest_messages_pass_and_so_do_empty_ones,
        many_requests_are_answered_in_order,
        each_client_gets_its_own_answers,
        answers_may_come_late_and_in_another_order,
        a_limited_number_of_requests_wait_for_a_server,
        a_client_outlives_its_server,
        a_server_may_close_in_its_handler,
        a_client_may_close_in_its_handler,
        who_has_no_reactor_asks_and_waits,
        a_wait_ends_at_its_deadline,
        a_signal_ends_a_wait,
        ipv6_and_names_are_addresses_too,
    };
    return suite_run("control", tests, COUNT_OF(tests));
}
