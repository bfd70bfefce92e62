/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/io/up_broker.h"

#include <netdb.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PLACE_MAX = 300, /* "host:port" */
    ANSWER_BYTES = 8,
};

#define USUAL_PORT "9092"

/* Size 10, key 18 (ApiVersions), version 0, number 1, a client without a name. */
static const unsigned char question[] = {0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff};

static bool await(int handle, short events, int timeout_ms)
{
    struct pollfd watched = {.fd = handle, .events = events};

    return poll(&watched, 1, timeout_ms) > 0;
}

/* The answer begins with its size and the number of the question. */
static bool ask(int handle, int timeout_ms)
{
    unsigned char answer[ANSWER_BYTES];
    size_t size = 0;

    if (!await(handle, POLLOUT, timeout_ms) ||
        send(handle, question, sizeof question, MSG_NOSIGNAL) != (ssize_t)sizeof question)
        return false;
    while (size < sizeof answer) {
        if (!await(handle, POLLIN, timeout_ms))
            return false;
        ssize_t more = recv(handle, answer + size, sizeof answer - size, 0);
        if (more <= 0)
            return false;
        size += (size_t)more;
    }
    return memcmp(answer + 4, question + 8, 4) == 0;
}

static bool ask_at(const struct addrinfo *address, int timeout_ms)
{
    int handle = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (handle < 0)
        return false;
    /* Whether it is connected is seen when something is sent. */
    (void)connect(handle, address->ai_addr, address->ai_addrlen);
    bool is_there = ask(handle, timeout_ms);
    (void)close(handle);
    return is_there;
}

/* Parts "host:port" or "[::1]:port" in place. */
static void part(char *place, const char **ret_host, const char **ret_port)
{
    char *close = place[0] == '[' ? strchr(place, ']') : NULL;
    char *colon = strrchr(close == NULL ? place : close, ':');

    *ret_host = close == NULL ? place : place + 1;
    *ret_port = colon == NULL ? USUAL_PORT : colon + 1;
    if (colon != NULL)
        *colon = '\0';
    if (close != NULL)
        *close = '\0';
}

static bool ask_place(char *place, int timeout_ms)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses;
    const char *host;
    const char *port;
    bool is_there = false;

    part(place, &host, &port);
    if (getaddrinfo(host, port, &hints, &addresses) != 0)
        return false;
    for (const struct addrinfo *at = addresses; at != NULL && !is_there; at = at->ai_next)
        is_there = ask_at(at, timeout_ms);
    freeaddrinfo(addresses);
    return is_there;
}

bool up_broker_answers(const char *brokers, int timeout_ms)
{
    for (const char *at = brokers; *at != '\0';) {
        size_t length = strcspn(at, ",");
        char place[PLACE_MAX];

        if (length < sizeof place) {
            (void)snprintf(place, sizeof place, "%.*s", (int)length, at);
            if (ask_place(place, timeout_ms))
                return true;
        }
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return false;
}
