/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/io/leash.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <stdlib.h>

#include "base/mem.h"
#include "worker/liaison.h"

#define RETRY_MIN_NS UINT64_C(100000000)
#define RETRY_MAX_NS UINT64_C(2000000000)

struct leash {
    struct sockaddr_un address;
    int fd;
    uint64_t lost_ns;
    uint64_t retry_ns; /* when to try again */
    uint64_t pause_ns;
};

enum err leash_new(const char *path, struct leash **ret_leash, struct error *error)
{
    struct leash *leash = NEW(struct leash);

    if (strlen(path) >= sizeof leash->address.sun_path) {
        free(leash);
        return error_set(error, ERR_INVALID,
                         "the socket '%s' has a name of more than %zu bytes: choose a shorter "
                         "supervisor.data",
                         path, sizeof leash->address.sun_path - 1);
    }
    leash->address.sun_family = AF_UNIX;
    memcpy(leash->address.sun_path, path, strlen(path) + 1);
    leash->fd = -1;
    leash->pause_ns = RETRY_MIN_NS;
    *ret_leash = leash;
    return ERR_OK;
}

void leash_destroy(struct leash **leash)
{
    if (*leash == NULL)
        return;
    if ((*leash)->fd >= 0)
        (void)close((*leash)->fd);
    free(*leash);
    *leash = NULL;
}

static void lose(struct leash *leash, uint64_t now_ns)
{
    if (leash->fd >= 0)
        (void)close(leash->fd);
    leash->fd = -1;
    leash->lost_ns = now_ns;
    leash->retry_ns = now_ns + leash->pause_ns;
}

static void wait_longer(struct leash *leash, uint64_t now_ns)
{
    leash->retry_ns = now_ns + leash->pause_ns;
    leash->pause_ns = leash->pause_ns * 2 < RETRY_MAX_NS ? leash->pause_ns * 2 : RETRY_MAX_NS;
}

/* A local connect does not wait: the listener's queue has room, or it is refused. */
bool leash_step(struct leash *leash, uint64_t now_ns)
{
    if (leash->lost_ns == 0 && leash->fd < 0)
        leash->lost_ns = now_ns; /* the first look */
    if (leash->fd >= 0 || now_ns < leash->retry_ns)
        return false;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 ||
        connect(fd, (const struct sockaddr *)&leash->address, sizeof leash->address) != 0) {
        if (fd >= 0)
            (void)close(fd);
        wait_longer(leash, now_ns);
        return false;
    }
    leash->fd = fd;
    leash->lost_ns = 0;
    leash->pause_ns = RETRY_MIN_NS;
    return true;
}

int leash_fd(const struct leash *leash)
{
    return leash->fd;
}

bool leash_send(struct leash *leash, const void *message, size_t size)
{
    return leash->fd >= 0 && size <= LIAISON_MESSAGE_MAX &&
           send(leash->fd, message, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

bool leash_receive(struct leash *leash, char *ret_message, size_t *ret_size, uint64_t now_ns)
{
    if (leash->fd < 0)
        return false;
    ssize_t size = recv(leash->fd, ret_message, LIAISON_MESSAGE_MAX, MSG_DONTWAIT);
    if (size > 0) {
        *ret_size = (size_t)size;
        return true;
    }
    if (size == 0 || (errno != EAGAIN && errno != EINTR))
        lose(leash, now_ns);
    return false;
}

uint64_t leash_deadline_ns(const struct leash *leash)
{
    return leash->fd >= 0 ? UINT64_MAX : leash->retry_ns;
}

uint64_t leash_lost_ns(const struct leash *leash)
{
    return leash->fd >= 0 ? 0 : leash->lost_ns;
}
