/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/words.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* Waits until the socket can do it; 0, or the error's number. */
static int await(int socket, short events, uint64_t deadline_ns)
{
    struct pollfd watched = {.fd = socket, .events = events};

    for (;;) {
        uint64_t now_ns = clock_now_ns();
        uint64_t left_ms = now_ns >= deadline_ns ? 0 : (deadline_ns - now_ns + 999999) / 1000000;
        int status = poll(&watched, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);

        if (status > 0)
            return 0;
        if (status == 0)
            return ETIMEDOUT;
        if (errno != EINTR)
            return errno;
    }
}

static int finish_connect(int socket, uint64_t deadline_ns)
{
    int code = await(socket, POLLOUT, deadline_ns);
    socklen_t size = sizeof code;

    if (code == 0 && getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
        code = errno;
    return code;
}

/* A socket that is connected, or -1 with the error's number. */
static int connect_one(const struct addrinfo *address, uint64_t deadline_ns, int *ret_code)
{
    int handle = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
                        address->ai_protocol);
    if (handle < 0) {
        *ret_code = errno;
        return -1;
    }
    int code = connect(handle, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (code == EINPROGRESS)
        code = finish_connect(handle, deadline_ns);
    if (code == 0)
        return handle;
    (void)close(handle);
    *ret_code = code;
    return -1;
}

static enum err connect_any(const struct server_address *server, uint64_t deadline_ns,
                            int *ret_socket, struct error *error)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *all = NULL;
    char port[8];
    int code = 0;
    int connected = -1;

    (void)snprintf(port, sizeof port, "%u", (unsigned)server->port);
    int status = getaddrinfo(server->host, port, &hints, &all);
    if (status != 0)
        return error_set(error, ERR_IO, "%s:%s: %s", server->host, port, gai_strerror(status));
    for (const struct addrinfo *at = all; at != NULL && connected < 0; at = at->ai_next)
        connected = connect_one(at, deadline_ns, &code);
    freeaddrinfo(all);
    if (connected < 0)
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
        return error_set(error, ERR_IO, "%s:%s: %s", server->host, port, strerror(code));
    *ret_socket = connected;
    return ERR_OK;
}

enum err words_probe(const struct server_list *servers, uint64_t deadline_ns, struct error *error)
{
    struct error all = {.code = ERR_IO, .text = ""};

    for (size_t i = 0; i < servers->count; i++) {
        struct error one;
        int connected;

        if (connect_any(&servers->items[i], deadline_ns, &connected, &one) == ERR_OK) {
            (void)close(connected);
            return ERR_OK;
        }
        (void)error_set(&all, ERR_IO, "%s%s%s", all.text, i == 0 ? "" : ", ", one.text);
    }
    return error_set(error, ERR_IO, "%s", all.text);
}

/* Until the server closes the connection, as it does behind an answer. */
static int read_all(int socket, uint64_t deadline_ns, struct text *answer)
{
    char piece[16 * 1024];

    while (text_size(answer) < WORDS_ANSWER_MAX) {
        ssize_t size = recv(socket, piece, sizeof piece, 0);

        if (size == 0)
            return 0;
        if (size > 0) {
            text_add_bytes(answer, piece, (size_t)size);
            continue;
        }
        int code = errno == EAGAIN ? await(socket, POLLIN, deadline_ns) : errno;
        if (code != 0 && code != EINTR)
            return code;
    }
    return 0;
}

enum err words_ask(const struct server_address *server, const char *word, uint64_t deadline_ns,
                   struct text *answer, struct error *error)
{
    int connected;
    enum err err = connect_any(server, deadline_ns, &connected, error);
    if (err != ERR_OK)
        return err;

    /* Four bytes always fit into the buffer of a new connection. */
    ssize_t sent = send(connected, word, strlen(word), MSG_NOSIGNAL);
    int code = sent < 0 ? errno : read_all(connected, deadline_ns, answer);
    (void)close(connected);
    if (code == 0)
        return ERR_OK;
    return error_set(error, code == ETIMEDOUT ? ERR_TIMEOUT : ERR_IO, "%s:%u: %s", server->host,
                     /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
                     (unsigned)server->port, strerror(code));
}
