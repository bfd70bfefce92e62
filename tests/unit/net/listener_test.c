/* SPDX-License-Identifier: Apache-2.0 */
#include "net/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/peer.h"
#include "tests/support/suite.h"

static void expect_error(const char *address, enum err code, const char *text)
{
    struct error error = {.code = ERR_OK};
    uint16_t port;
    int fd;

    ck_assert_int_eq(listener_open(address, &fd, &port, &error), code);
    ck_assert_msg(strstr(error.text, address) != NULL, "%s", error.text);
    ck_assert_msg(strstr(error.text, text) != NULL, "%s", error.text);
    ck_assert_int_eq(listener_open(address, &fd, &port, NULL), code);
}

static int open_listener(const char *address, uint16_t *ret_port)
{
    struct error error = {.code = ERR_OK};
    int fd = -1;
    enum err err = listener_open(address, &fd, ret_port, &error);

    ck_assert_msg(err == ERR_OK, "%s", error.text);
    ck_assert_uint_ne(*ret_port, 0);
    return fd;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(connect(client, (struct sockaddr *)&address, sizeof address), 0);
    return client;
}

static int option_of(int fd, int level, int option)
{
    int value = -1;
    socklen_t size = sizeof value;

    ck_assert_int_eq(getsockopt(fd, level, option, &value, &size), 0);
    return value;
}

START_TEST(errors_name_the_address_and_the_remedy)
{
    uint16_t port;
    int fd = open_listener("127.0.0.1:0", &port);
    char taken[32];

    (void)snprintf(taken, sizeof taken, "127.0.0.1:%u", (unsigned)port);
    expect_error(taken, ERR_IO, "choose another port");
    expect_error("192.0.2.1:0", ERR_IO, "an address of this machine");
    expect_error("localhost", ERR_INVALID, "has no port");
    expect_error("no such host:1", ERR_NOT_FOUND, "no host 'no such host'");
    ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(a_name_is_resolved)
{
    uint16_t port;

    ck_assert_int_eq(close(open_listener("localhost:0", &port)), 0);
}
END_TEST

START_TEST(who_is_accepted_does_not_block_and_is_not_inherited)
{
    struct sockaddr_storage peer;
    uint16_t port;
    int listener = open_listener("127.0.0.1:0", &port);
    int fd;

    ck_assert_int_eq(listener_accept(listener, &fd, &peer), LISTENER_NOBODY);
    int client = connect_to(port);
    ck_assert_int_eq(listener_accept(listener, &fd, &peer), LISTENER_ACCEPTED);
    ck_assert_int_ne(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_ne(option_of(fd, IPPROTO_TCP, TCP_NODELAY), 0);
    ck_assert_int_ne(option_of(fd, SOL_SOCKET, SO_KEEPALIVE), 0);
    ck_assert_str_eq(peer_of(&peer).text, "127.0.0.1");
    ck_assert_int_ne(fcntl(listener, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_eq(close(client), 0);
    ck_assert_int_eq(close(fd), 0);
    ck_assert_int_eq(close(listener), 0);
}
END_TEST

START_TEST(a_star_takes_ipv4_and_shows_it_as_such)
{
    struct sockaddr_storage peer;
    uint16_t port;
    int listener = open_listener("*:0", &port);
    int client = connect_to(port);
    int fd;

    ck_assert_int_eq(listener_accept(listener, &fd, &peer), LISTENER_ACCEPTED);
    ck_assert_str_eq(peer_of(&peer).text, "127.0.0.1");
    ck_assert_int_eq(close(client), 0);
    ck_assert_int_eq(close(fd), 0);
    ck_assert_int_eq(close(listener), 0);
}
END_TEST

START_TEST(a_port_can_be_bound_again_right_after_a_server_has_gone)
{
    struct sockaddr_storage peer;
    char address[32];
    uint16_t port;
    int listener = open_listener("127.0.0.1:0", &port);
    int client = connect_to(port);
    int fd;
    char byte;

    ck_assert_int_eq(listener_accept(listener, &fd, &peer), LISTENER_ACCEPTED);
    ck_assert_int_eq(close(fd), 0); /* first, so that the server's side stays in TIME_WAIT */
    ck_assert_int_eq(close(listener), 0);
    ck_assert_int_eq(recv(client, &byte, 1, 0), 0);
    ck_assert_int_eq(close(client), 0);
    (void)snprintf(address, sizeof address, "127.0.0.1:%u", (unsigned)port);
    ck_assert_int_eq(close(open_listener(address, &port)), 0);
}
END_TEST

START_TEST(a_peer_is_shown_as_people_write_it)
{
    struct sockaddr_storage storage = {.ss_family = AF_UNSPEC};
    struct sockaddr_in ipv4 = {.sin_family = AF_INET, .sin_port = htons(7)};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6, .sin6_port = htons(8)};

    ipv4.sin_addr.s_addr = htonl(0x0a000102);
    memcpy(&storage, &ipv4, sizeof ipv4);
    struct peer plain = peer_of(&storage);
    ck_assert_str_eq(plain.text, "10.0.1.2");
    ck_assert_uint_eq(plain.port, 7);

    ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:10.0.1.2", &ipv6.sin6_addr), 1);
    memcpy(&storage, &ipv6, sizeof ipv6);
    struct peer mapped = peer_of(&storage);
    ck_assert_str_eq(mapped.text, "10.0.1.2");
    ck_assert_mem_eq(&mapped.address, &plain.address, sizeof plain.address);
    ck_assert_uint_eq(mapped.port, 8);

    ck_assert_int_eq(inet_pton(AF_INET6, "2001:db8::1", &ipv6.sin6_addr), 1);
    memcpy(&storage, &ipv6, sizeof ipv6);
    ck_assert_str_eq(peer_of(&storage).text, "2001:db8::1");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        errors_name_the_address_and_the_remedy,
        a_name_is_resolved,
        who_is_accepted_does_not_block_and_is_not_inherited,
        a_star_takes_ipv4_and_shows_it_as_such,
        a_port_can_be_bound_again_right_after_a_server_has_gone,
        a_peer_is_shown_as_people_write_it,
    };
    return suite_run("listener", tests, COUNT_OF(tests));
}
