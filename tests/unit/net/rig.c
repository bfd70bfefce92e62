/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/net/rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/suite.h"

static void enter(struct rig *rig)
{
    ck_assert_msg(!rig->in_handler, "a handler was called within another");
    rig->in_handler = true;
}

static void leave(struct rig *rig)
{
    rig->in_handler = false;
}

static void stop_if_done(struct rig *rig)
{
    if (rig->is_done != NULL && rig->is_done(rig))
        server_stop(rig->server);
}

static void *on_opened(void *owner, struct connection *connection)
{
    struct rig *rig = owner;

    enter(rig);
    ck_assert_ptr_null(connection_context(connection));
    if (rig->opened_count < RIG_CONNECTIONS_MAX)
        rig->connections[rig->opened_count] = connection;
    rig->opened_count++;
    if (rig->opened != NULL)
        rig->opened(rig, connection);
    leave(rig);
    return rig;
}

static size_t on_received(void *owner, struct connection *connection, const void *bytes,
                          size_t size)
{
    struct rig *rig = owner;

    enter(rig);
    ck_assert_ptr_eq(connection_context(connection), rig);
    ck_assert_uint_gt(size, 0);
    rig->received_count++;
    rig->bytes_offered = size;
    size_t used =
        rig->received == NULL ? size : rig->received(rig, connection, (const char *)bytes, size);
    leave(rig);
    return used;
}

static void on_closed(void *owner, struct connection *connection, enum server_close_reason reason)
{
    struct rig *rig = owner;

    enter(rig);
    ck_assert_uint_lt(rig->closed_count, rig->opened_count);
    rig->closed_count++;
    rig->reason = reason;
    if (rig->closed != NULL)
        rig->closed(rig, connection);
    leave(rig);
    stop_if_done(rig);
}

static uint64_t on_turn(void *owner, uint64_t now_ns)
{
    struct rig *rig = owner;

    enter(rig);
    rig->turn_count++;
    if (rig->turned != NULL)
        rig->turned(rig);
    leave(rig);
    stop_if_done(rig);
    return rig->deadline_ns == NULL ? UINT64_MAX : rig->deadline_ns(rig, now_ns);
}

struct server_options rig_options(void)
{
    return (struct server_options){
        .address = "127.0.0.1:0",
        .connections_max = 10000,
        .input_max_bytes = 1 << 20,
        .output_max_bytes = 1 << 20,
    };
}

void rig_start(struct rig *rig, const struct server_options *options)
{
    const struct server_handlers handlers = {
        .opened = on_opened, .received = on_received, .closed = on_closed, .turn = on_turn};
    struct server_options defaults = rig_options();
    struct error error = {.code = ERR_OK};

    rig->server = server_new(options == NULL ? &defaults : options, &handlers, rig);
    ck_assert_uint_eq(server_port(rig->server), 0);
    enum err err = server_listen(rig->server, &error);
    ck_assert_msg(err == ERR_OK, "%s", error.text);
    ck_assert_uint_ne(server_port(rig->server), 0);
}

void rig_stop(struct rig *rig)
{
    server_destroy(&rig->server);
    ck_assert_ptr_null(rig->server);
    ck_assert_uint_eq(rig->opened_count, rig->closed_count);
}

bool rig_has_opened(const struct rig *rig)
{
    return rig->opened_count >= rig->wanted;
}

bool rig_has_closed(const struct rig *rig)
{
    return rig->closed_count >= rig->wanted;
}

bool rig_has_received(const struct rig *rig)
{
    return rig->received_count >= rig->wanted;
}

bool rig_has_turned(const struct rig *rig)
{
    return rig->turn_count >= rig->wanted;
}

void rig_run_until(struct rig *rig, bool (*is_done)(const struct rig *rig))
{
    rig->is_done = is_done;
    server_wake(rig->server);
    server_run(rig->server);
    rig->is_done = NULL;
}

static void run_until(struct rig *rig, bool (*is_done)(const struct rig *rig), size_t count)
{
    rig->wanted = count;
    rig_run_until(rig, is_done);
}

void rig_run_until_opened(struct rig *rig, size_t count)
{
    run_until(rig, rig_has_opened, count);
}

void rig_run_until_closed(struct rig *rig, size_t count)
{
    run_until(rig, rig_has_closed, count);
}

void rig_run_until_received(struct rig *rig, size_t count)
{
    run_until(rig, rig_has_received, count);
}

static bool has_turned_or_wakes(const struct rig *rig)
{
    server_wake(rig->server);
    return rig_has_turned(rig);
}

void rig_run_turns(struct rig *rig, size_t count)
{
    run_until(rig, has_turned_or_wakes, rig->turn_count + count);
}

size_t rig_echo(struct rig *rig, struct connection *connection, const char *bytes, size_t size)
{
    (void)rig;
    connection_put(connection, bytes, size);
    return size;
}

/* ---- clients ---- */

static int connect_from(const struct rig *rig, const char *from)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ck_assert_int_ge(client, 0);
    if (from != NULL) {
        ck_assert_int_eq(inet_pton(AF_INET, from, &address.sin_addr), 1);
        ck_assert_int_eq(bind(client, (struct sockaddr *)&address, sizeof address), 0);
    }
    address.sin_port = htons(server_port(rig->server));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

int client_connect(const struct rig *rig)
{
    return connect_from(rig, NULL);
}

int client_connect_from(const struct rig *rig, const char *address)
{
    return connect_from(rig, address);
}

void client_send_bytes(int client, const void *bytes, size_t size)
{
    ck_assert_int_eq(send(client, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

void client_send(int client, const char *text)
{
    client_send_bytes(client, text, strlen(text));
}

void client_expect(int client, const char *text)
{
    char got[256] = "";
    size_t size = strlen(text);

    ck_assert_uint_lt(size, sizeof got);
    ck_assert_int_eq(recv(client, got, size, MSG_WAITALL), (ssize_t)size);
    ck_assert_str_eq(got, text);
}

void client_expect_end(int client)
{
    char byte;

    ck_assert_int_eq(recv(client, &byte, 1, 0), 0);
}

void client_expect_nothing(int client)
{
    char byte;

    ck_assert_int_eq(recv(client, &byte, 1, MSG_DONTWAIT), -1);
    ck_assert_int_eq(errno, EAGAIN);
}

size_t client_read(int client, void *bytes, size_t size, bool *ret_end)
{
    ssize_t got = recv(client, bytes, size, MSG_DONTWAIT);

    ck_assert_msg(got >= 0 || errno == EAGAIN, "%s", strerror(errno));
    *ret_end = got == 0;
    return got < 0 ? 0 : (size_t)got;
}

void client_close(int client)
{
    ck_assert_int_eq(close(client), 0);
}

void client_reset(int client)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    ck_assert_int_eq(setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    client_close(client);
}
