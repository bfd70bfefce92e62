/* SPDX-License-Identifier: Apache-2.0 */
/* Linux: accept4(), and an IPv6 socket that takes IPv4 too. */
#include "net/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "net/address.h"
#include "net/peer.h"

static void set_option(int fd, int level, int option, int value)
{
    /* Each is an improvement that the socket can do without. */
    (void)setsockopt(fd, level, option, &value, sizeof value);
}

static int bind_and_listen(int fd, const struct addrinfo *info)
{
    set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (info->ai_family == AF_INET6)
        set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (bind(fd, info->ai_addr, info->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0)
        return errno;
    return 0;
}

/* Returns 0 or errno. */
static int open_one(const struct addrinfo *info, uint16_t port, int *ret_fd)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return errno;
    if (info->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)info->ai_addr)->sin6_port = htons(port);
    else
        ((struct sockaddr_in *)(void *)info->ai_addr)->sin_port = htons(port);

    int failure = bind_and_listen(fd, info);
    if (failure != 0)
        (void)close(fd);
    else
        *ret_fd = fd;
    return failure;
}

static const char *remedy(int failure)
{
    switch (failure) {
    case EADDRINUSE:
        return "; stop the other process ('ss -ltnp' shows it) or choose another port";
    case EADDRNOTAVAIL:
        return "; it must be an address of this machine, or *";
    case EACCES:
        return "; ports below 1024 need root or the capability CAP_NET_BIND_SERVICE";
    case EMFILE:
        return "; raise the limit of open files (ulimit -n)";
    default:
        return "";
    }
}

static enum err refuse(const char *address, int failure, struct error *error)
{
    return error_set(error, failure == EACCES ? ERR_DENIED : ERR_IO, "cannot listen on '%s': %s%s",
                     address, strerror(failure), remedy(failure));
}

/* Tries the addresses of one host. *ret_failure is 0, or the errno of the last address. */
static int open_host(const char *host, uint16_t port, int *ret_fd, int *ret_failure)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int failure = EAFNOSUPPORT;

    int result = getaddrinfo(host, NULL, &hints, &found);
    if (result != 0)
        return result;
    for (const struct addrinfo *info = found; info != NULL; info = info->ai_next) {
        if (info->ai_family != AF_INET && info->ai_family != AF_INET6)
            continue;
        failure = open_one(info, port, ret_fd);
        if (failure == 0)
            break;
    }
    freeaddrinfo(found);
    *ret_failure = failure;
    return 0;
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage storage = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof storage;
    int result = getsockname(fd, (struct sockaddr *)&storage, &size);

    ASSERT(result == 0); /* it is a bound socket */
    return peer_of(&storage).port;
}

enum err listener_open(const char *text, int *ret_fd, uint16_t *ret_port, struct error *error)
{
    struct address address;
    int failure = 0;
    int fd = -1;

    enum err err = address_parse(text, &address, error);
    if (err != ERR_OK)
        return err;

    bool everywhere = strcmp(address.host, "*") == 0;
    int result = open_host(everywhere ? "::" : address.host, address.port, &fd, &failure);
    if (everywhere && (result != 0 || failure == EAFNOSUPPORT || failure == EADDRNOTAVAIL))
        result = open_host("0.0.0.0", address.port, &fd, &failure);
    if (result != 0)
        return error_set(error, ERR_NOT_FOUND, "cannot listen on '%s': no host '%s' (%s)", text,
                         address.host, gai_strerror(result));
    if (failure != 0)
        return refuse(text, failure, error);
    *ret_fd = fd;
    *ret_port = bound_port(fd);
    return ERR_OK;
}

static enum listener_result sort(int failure)
{
    switch (failure) {
    case EAGAIN:
        return LISTENER_NOBODY;
    case EINTR:
    case ECONNABORTED:
    case EPERM: /* a firewall's rule */
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
        return LISTENER_GONE; /* accept() tells errors of the network as its own */
    default:
        return LISTENER_FULL; /* EMFILE, ENFILE, ENOBUFS, ENOMEM; and what we do not know waits too */
    }
}

enum listener_result listener_accept(int fd, int *ret_fd, struct sockaddr_storage *ret_peer)
{
    struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof peer;
    int accepted = accept4(fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (accepted < 0)
        return sort(errno);
    set_option(accepted, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(accepted, SOL_SOCKET, SO_KEEPALIVE, 1);
    *ret_fd = accepted;
    *ret_peer = peer;
    return LISTENER_ACCEPTED;
}
