/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/client/io/reach.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/settings_schema.h"

enum {
    HOST_MAX = 256,
    PORT_MAX = 8,
};

struct place {
    char host[HOST_MAX];
    char port[PORT_MAX];
};

/* ---- reading the list ---- */

static bool copy(const char *from, size_t length, char *to, size_t size)
{
    if (length == 0 || length >= size)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

/* "host", "host:port", "[::1]:port" */
static bool read_place(const char *text, size_t length, struct place *ret_place)
{
    const char *end = text + length;
    const char *close = text[0] == '[' ? memchr(text, ']', length) : NULL;
    const char *host_end = close;
    uint64_t port;

    if (close == NULL) {
        host_end = memchr(text, ':', length);
        if (host_end == NULL)
            host_end = end;
    }
    const char *rest = close == NULL ? host_end : close + 1;
    const char *host = close == NULL ? text : text + 1;
    if (!copy(host, (size_t)(host_end - host), ret_place->host, sizeof ret_place->host))
        return false;
    (void)snprintf(ret_place->port, sizeof ret_place->port, "%d", REACH_PORT);
    if (rest == end)
        return true;
    return *rest == ':' &&
           copy(rest + 1, (size_t)(end - rest - 1), ret_place->port, sizeof ret_place->port) &&
           setting_parse_u64(ret_place->port, &port) && port >= 1 && port <= UINT16_MAX;
}

/* ---- knocking ---- */

static int remaining_ms(uint64_t timeout_ms)
{
    return timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms;
}

/* 0, or a code of errno. */
static int knock(const struct addrinfo *address, uint64_t timeout_ms)
{
    int handle = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct pollfd watched = {.fd = handle, .events = POLLOUT};
    socklen_t size = sizeof(int);
    int code = 0;

    if (handle < 0)
        return errno;
    if (connect(handle, address->ai_addr, address->ai_addrlen) != 0)
        code = errno;
    if (code == EINPROGRESS) {
        bool is_settled = poll(&watched, 1, remaining_ms(timeout_ms)) > 0 &&
                          getsockopt(handle, SOL_SOCKET, SO_ERROR, &code, &size) == 0;

        code = is_settled ? code : ETIMEDOUT;
    }
    (void)close(handle);
    return code;
}

static enum err try_place(const struct place *place, uint64_t timeout_ms, struct error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses;
    int code = ENOENT;

    int fault = getaddrinfo(place->host, place->port, &hints, &addresses);
    if (fault != 0)
        return error_set(error, ERR_CLOSED, "no broker at '%s:%s': %s", place->host, place->port,
                         gai_strerror(fault));
    for (const struct addrinfo *at = addresses; at != NULL && code != 0; at = at->ai_next)
        code = knock(at, timeout_ms);
    freeaddrinfo(addresses);
    if (code == 0)
        return ERR_OK;
    return error_set(error, ERR_CLOSED, "no broker at '%s:%s': %s", place->host, place->port,
                     /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
                     strerror(code));
}

enum err reach_any(const char *brokers, uint64_t timeout_ms, struct error *error)
{
    enum err err = error_set(error, ERR_INVALID, "the list of brokers is empty");
    size_t count = 0;

    for (const char *at = brokers; *at != '\0';) {
        size_t length = strcspn(at, ",");
        struct place place;

        if (!read_place(at, length, &place) || count == REACH_BROKERS_MAX)
            return error_set(error, ERR_INVALID,
                             "'%s' is no list of brokers: it must be HOST:PORT,... of at most %d",
                             brokers, REACH_BROKERS_MAX);
        count++;
        err = try_place(&place, timeout_ms, error);
        if (err == ERR_OK)
            return ERR_OK;
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return err;
}
