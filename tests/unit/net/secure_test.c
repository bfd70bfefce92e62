/* SPDX-License-Identifier: Apache-2.0 */
/* Servers, clients and posts that have keys: who comes in, and who does not. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "net/key_files.h"
#include "net/post.h"
#include "tests/support/suite.h"
#include "tests/unit/net/control_rig.h"

#define LONG_NS   UINT64_C(20000000000)
#define PAUSE_NS  UINT64_C(3000000)
#define FRAME_MAX 100000

static char folder[64];
static struct keys cluster;
static struct keys client;
static struct control_rig rig;
static enum role seen;

static void run(const char *command)
{
    char text[200];

    (void)snprintf(text, sizeof text, "cd '%s' && %s", folder, command);
    ck_assert_int_eq(system(text), 0);
}

static const char *path_of(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void set_up(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/gale-secure-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(key_files_make(folder, NULL), ERR_OK);
    ck_assert_int_eq(key_files_load_cluster(folder, &cluster, NULL), ERR_OK);
    ck_assert_int_eq(key_files_load_client(path_of("client.key"), &client, NULL), ERR_OK);
    rig = (struct control_rig){.keys = &cluster, .client_keys = &client};
}

static void tear_down(void)
{
    run("rm -rf \"$PWD\"");
}

static void note_role(struct control_rig *of, const struct control_peer *peer,
                      const struct control_message *message)
{
    seen = peer->role;
    control_server_reply(of->server, peer, message->head, message->head_size, "", 0);
}

/* A client of the server that waits by itself; the server's handshakes need nobody's help. */
static struct control_client *knock(const struct keys *keys)
{
    struct control_client_options options = {.address = rig.address, .keys = keys};
    struct control_client *knocking = NULL;

    ck_assert_int_eq(control_client_open(&options, &knocking, NULL), ERR_OK);
    ck_assert(control_client_send(knocking, "1", 1, NULL, 0));
    return knocking;
}

/* Refused, and the server has seen nothing of its request, whatever else it does. */
static void expect_denied(const struct keys *keys, const char *why)
{
    struct control_client *knocking = knock(keys);
    struct control_reply reply;
    size_t before = rig.asked_count;

    ck_assert_int_eq(control_client_wait(knocking, clock_now_ns() + LONG_NS, &reply), ERR_DENIED);
    ck_assert_str_eq(control_client_trouble(knocking), why);
    control_client_close(&knocking);
    ck_assert_uint_eq(rig.asked_count, before);
}

static void expect_answer(const struct keys *keys, enum role role)
{
    rig.asked = note_role;
    rig.client_keys = keys;
    struct control_rig_client *added = control_rig_add_client(&rig);
    size_t before = rig.answered_count;

    ck_assert(control_rig_ask(added, "1"));
    control_rig_run_until_answered(&rig, before + 1);
    ck_assert_uint_eq(added->answered_count, 1);
    ck_assert_int_eq(seen, role);
}

START_TEST(the_server_knows_the_cluster_from_a_client)
{
    set_up();
    control_rig_start(&rig);
    expect_answer(&client, ROLE_CLIENT);
    expect_answer(&cluster, ROLE_CLUSTER);
    ck_assert_uint_eq(control_server_refused(rig.server), 0);
    control_rig_stop(&rig);
    tear_down();
}
END_TEST

START_TEST(without_keys_everybody_is_local)
{
    set_up();
    rig.keys = NULL;
    control_rig_start(&rig);
    expect_answer(NULL, ROLE_LOCAL);
    control_rig_stop(&rig);
    tear_down();
}
END_TEST

START_TEST(a_key_that_is_not_listed_is_refused_and_counted)
{
    set_up();
    struct keys stranger;

    control_rig_start(&rig);
    keys_derive(&cluster, "a topology", &stranger);
    stranger.server = cluster.own;
    expect_denied(&stranger, "it does not let our key in");
    ck_assert_uint_ge(control_server_refused(rig.server), 1);
    expect_answer(&client, ROLE_CLIENT);
    control_rig_stop(&rig);
    tear_down();
}
END_TEST

START_TEST(who_has_no_key_is_told_that_one_is_asked_for)
{
    set_up();
    control_rig_start(&rig);
    expect_denied(NULL, "it asks for a key, and we have none");
    expect_answer(&client, ROLE_CLIENT);
    control_rig_stop(&rig);
    tear_down();
}
END_TEST

START_TEST(who_has_a_key_does_not_talk_to_a_server_without)
{
    set_up();
    rig.keys = NULL;
    control_rig_start(&rig);
    expect_denied(&client, "it has no keys, and we have");
    control_rig_stop(&rig);
    tear_down();
}
END_TEST

/* Of another cluster, or somebody who has put himself there: nothing of the request is sent. */
START_TEST(a_server_with_another_key_gets_nothing)
{
    set_up();
    struct keys lost = client;
    struct control_reply reply;

    control_rig_start(&rig);
    lost.server = client.own;
    struct control_client *knocking = knock(&lost);
    while (control_client_trouble(knocking) == NULL)
        ck_assert_int_eq(control_client_wait(knocking, clock_now_ns() + PAUSE_NS, &reply),
                         ERR_TIMEOUT);
    ck_assert_str_eq(control_client_trouble(knocking),
                     "it broke off the handshake: its key may be another than ours names");
    ck_assert_uint_eq(rig.asked_count, 0);
    control_client_close(&knocking);
    expect_answer(&client, ROLE_CLIENT);
    control_rig_stop(&rig);
    tear_down();
}
END_TEST

START_TEST(a_client_comes_and_goes_with_its_file)
{
    set_up();
    struct keys ann;

    control_rig_start(&rig);
    expect_answer(&client, ROLE_CLIENT);
    ck_assert_int_eq(key_files_add(folder, "ann", NULL), ERR_OK);
    ck_assert_int_eq(key_files_load_client(path_of("ann.key"), &ann, NULL), ERR_OK);
    expect_answer(&ann, ROLE_CLIENT);
    ck_assert_int_eq(unlink(path_of("clients/ann.pub")), 0);
    expect_denied(&ann, "it does not let our key in");
    expect_answer(&client, ROLE_CLIENT);
    control_rig_stop(&rig);
    tear_down();
}
END_TEST

START_TEST(a_list_that_cannot_be_read_lets_no_client_in)
{
    set_up();
    control_rig_start(&rig);
    run("mv clients elsewhere");
    expect_denied(&client, "it does not let our key in");
    expect_answer(&cluster, ROLE_CLUSTER);
    control_rig_stop(&rig);
    tear_down();
}
END_TEST

START_TEST(a_list_that_others_may_change_lets_no_client_in)
{
    set_up();
    control_rig_start(&rig);
    run("chmod 777 clients");
    expect_denied(&client, "it does not let our key in");
    expect_answer(&cluster, ROLE_CLUSTER);
    control_rig_stop(&rig);
    tear_down();
}
END_TEST

/* ---- strangers that are no ZeroMQ ---- */

static int connect_raw(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* A greeting that promises CURVE, and then bytes of whatever kind. */
static void send_garbage(int fd, struct rng *rng, bool has_greeting)
{
    unsigned char bytes[1000];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)rng_next(rng);
    if (has_greeting) {
        memset(bytes, 0, 64);
        bytes[0] = 0xff;
        bytes[8] = 1;
        bytes[9] = 0x7f;
        bytes[10] = 3;
        memcpy(bytes + 12, "CURVE", 5);
        bytes[64] = 4; /* a command, */
        bytes[65] = (unsigned char)(rng_next(rng) % 250);
        memcpy(bytes + 66, rng_next(rng) % 2 == 0 ? "\005HELLO" : "\010INITIATE", 6);
    }
    size_t size = 1 + (size_t)(rng_next(rng) % sizeof bytes);
    (void)send(fd, bytes, size, MSG_NOSIGNAL);
}

START_TEST(garbage_neither_gets_in_nor_stops_the_server)
{
    set_up();
    struct rng rng;
    int fds[50];

    rng_init(&rng, 4711);
    control_rig_start(&rig);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = connect_raw(control_server_port(rig.server));
        send_garbage(fds[i], &rng, i % 2 == 0);
    }
    expect_answer(&client, ROLE_CLIENT);
    ck_assert_uint_eq(rig.asked_count, 1);
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        (void)close(fds[i]);
    expect_answer(&client, ROLE_CLIENT);
    control_rig_stop(&rig);
    tear_down();
}
END_TEST

/* ---- posts ---- */

static struct post *open_post(const struct keys *keys, uint16_t port)
{
    struct post_options options = {.host = "127.0.0.1",
                                   .port = port,
                                   .frame_bytes_max = FRAME_MAX,
                                   .wake_fd = -1,
                                   .keys = keys};
    struct post *post = NULL;
    struct error error;

    ck_assert_msg(post_open(&options, &post, &error) == ERR_OK, "%s", error.text);
    return post;
}

static struct post_way *connect_to(struct post *from, uint16_t port)
{
    struct post_way *way = NULL;
    char address[64];

    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
    ck_assert_int_eq(post_connect(from, address, &way, NULL), ERR_OK);
    return way;
}

/* Sends until it arrives. */
static void expect_arrival(struct post_way *way, struct post *to, const char *text)
{
    const void *bytes;
    size_t size;

    for (;;) {
        post_send(way, text, strlen(text), NULL, 0);
        post_wait(to, clock_now_ns() + PAUSE_NS);
        while (post_receive(to, &bytes, &size)) {
            ck_assert_uint_eq(size, strlen(text));
            ck_assert_mem_eq(bytes, text, size);
            return;
        }
    }
}

static void expect_nothing(struct post *post)
{
    const void *bytes;
    size_t size;

    post_wait(post, clock_now_ns());
    ck_assert(!post_receive(post, &bytes, &size));
}

START_TEST(workers_of_a_topology_hear_each_other_and_nobody_else)
{
    set_up();
    struct keys ours, theirs;

    keys_derive(&cluster, "a", &ours);
    keys_derive(&cluster, "b", &theirs);
    struct post *to = open_post(&ours, 0);
    struct post *from = open_post(&ours, 0);
    theirs.server = ours.own; /* a hostile one does as it likes */
    struct post *stranger = open_post(&theirs, 0);
    struct post *plain = open_post(NULL, 0);
    struct post_way *way = connect_to(from, post_port(to));
    struct post_way *hostile = connect_to(stranger, post_port(to));
    struct post_way *bare = connect_to(plain, post_port(to));

    while (post_refused(to) == 0) {
        post_send(hostile, "hostile", 7, NULL, 0);
        post_send(bare, "bare", 4, NULL, 0);
        post_wait(to, clock_now_ns() + PAUSE_NS);
        expect_nothing(to);
    }
    expect_arrival(way, to, "ours");
    post_disconnect(&way);
    post_disconnect(&hostile);
    post_disconnect(&bare);
    struct post *posts[] = {to, from, stranger, plain};
    for (size_t i = 0; i < COUNT_OF(posts); i++)
        post_close(&posts[i]);
    tear_down();
}
END_TEST

/* Neither the cluster's key nor a client's is one of the topology. */
START_TEST(the_links_of_a_topology_open_for_its_own_key_alone)
{
    set_up();
    struct keys ours;
    struct keys others[] = {cluster, client};

    keys_derive(&cluster, "a", &ours);
    struct post *to = open_post(&ours, 0);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        uint64_t before = post_refused(to);
        others[i].server = ours.own;
        struct post *from = open_post(&others[i], 0);
        struct post_way *way = connect_to(from, post_port(to));
        while (post_refused(to) == before) {
            post_send(way, "x", 1, NULL, 0);
            post_wait(to, clock_now_ns() + PAUSE_NS);
            expect_nothing(to);
        }
        post_disconnect(&way);
        post_close(&from);
    }
    post_close(&to);
    tear_down();
}
END_TEST

/* A worker has died, something else has got its port, and then a worker again. */
START_TEST(a_way_comes_back_after_a_stranger_had_the_port)
{
    set_up();
    struct keys ours;

    keys_derive(&cluster, "a", &ours);
    struct post *from = open_post(&ours, 0);
    struct post *to = open_post(&ours, 0);
    uint16_t port = post_port(to);
    struct post_way *way = connect_to(from, port);
    expect_arrival(way, to, "before");
    post_close(&to);
    struct post *stranger = open_post(NULL, port);
    uint64_t until_ns = clock_now_ns() + UINT64_C(500000000);
    while (clock_now_ns() < until_ns) {
        post_send(way, "lost", 4, NULL, 0);
        post_wait(stranger, clock_now_ns() + PAUSE_NS);
        expect_nothing(stranger);
    }
    post_close(&stranger);
    to = open_post(&ours, port);
    expect_arrival(way, to, "after");
    post_disconnect(&way);
    post_close(&from);
    post_close(&to);
    tear_down();
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_server_knows_the_cluster_from_a_client,
        without_keys_everybody_is_local,
        a_key_that_is_not_listed_is_refused_and_counted,
        who_has_no_key_is_told_that_one_is_asked_for,
        who_has_a_key_does_not_talk_to_a_server_without,
        a_server_with_another_key_gets_nothing,
        a_client_comes_and_goes_with_its_file,
        a_list_that_cannot_be_read_lets_no_client_in,
        a_list_that_others_may_change_lets_no_client_in,
        garbage_neither_gets_in_nor_stops_the_server,
        workers_of_a_topology_hear_each_other_and_nobody_else,
        the_links_of_a_topology_open_for_its_own_key_alone,
        a_way_comes_back_after_a_stranger_had_the_port,
    };
    return suite_run("secure", tests, COUNT_OF(tests));
}
