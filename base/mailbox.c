/* SPDX-License-Identifier: Apache-2.0 */
/* POSIX threads, and Linux for eventfd. */
#include "base/mailbox.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/mem.h"

struct mailbox {
    size_t capacity;
    int fd; /* its counter is 1 while items is not empty, otherwise 0 */
    pthread_mutex_t mutex;
    pthread_cond_t room; /* less than capacity, or shut */
    struct list items;   /* from here on under the mutex */
    size_t count;
    bool is_shut;
};

/* ---- life ---- */

enum err mailbox_open(size_t capacity, struct mailbox **ret_mailbox, struct error *error)
{
    ASSERT(capacity > 0);

    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): of this thread, in glibc */
        return error_set(error, ERR_IO, "cannot make an event descriptor: %s", strerror(errno));

    struct mailbox *mailbox = NEW(struct mailbox);
    mailbox->capacity = capacity;
    mailbox->fd = fd;
    int status = pthread_mutex_init(&mailbox->mutex, NULL);
    ASSERT(status == 0);
    status = pthread_cond_init(&mailbox->room, NULL);
    ASSERT(status == 0);
    list_init(&mailbox->items);
    *ret_mailbox = mailbox;
    return ERR_OK;
}

void mailbox_close(struct mailbox **mailbox)
{
    if (*mailbox == NULL)
        return;
    (void)pthread_cond_destroy(&(*mailbox)->room);
    (void)pthread_mutex_destroy(&(*mailbox)->mutex);
    (void)close((*mailbox)->fd);
    free(*mailbox);
    *mailbox = NULL;
}

static void lock(struct mailbox *mailbox)
{
    int status = pthread_mutex_lock(&mailbox->mutex);
    ASSERT(status == 0);
}

static void unlock(struct mailbox *mailbox)
{
    int status = pthread_mutex_unlock(&mailbox->mutex);
    ASSERT(status == 0);
}

/* ---- putting ---- */

/* Under the mutex, so that descriptor and queue never disagree; neither call can block. */
static void raise_flag(const struct mailbox *mailbox)
{
    const uint64_t one = 1;
    ssize_t written = write(mailbox->fd, &one, sizeof one);
    ASSERT(written == (ssize_t)sizeof one);
}

static void lower_flag(const struct mailbox *mailbox)
{
    uint64_t count;
    ssize_t taken = read(mailbox->fd, &count, sizeof count);
    ASSERT(taken == (ssize_t)sizeof count && count == 1);
}

/* The mutex is held. */
static bool append(struct mailbox *mailbox, struct list_node *item)
{
    if (mailbox->is_shut)
        return false;
    list_push_last(&mailbox->items, item);
    if (mailbox->count++ == 0)
        raise_flag(mailbox);
    return true;
}

bool mailbox_put(struct mailbox *mailbox, struct list_node *item)
{
    lock(mailbox);
    while (mailbox->count >= mailbox->capacity && !mailbox->is_shut)
        (void)pthread_cond_wait(&mailbox->room, &mailbox->mutex);
    bool is_put = append(mailbox, item);
    unlock(mailbox);
    return is_put;
}

bool mailbox_put_now(struct mailbox *mailbox, struct list_node *item)
{
    lock(mailbox);
    bool is_put = append(mailbox, item);
    unlock(mailbox);
    return is_put;
}

void mailbox_shut(struct mailbox *mailbox)
{
    lock(mailbox);
    mailbox->is_shut = true;
    (void)pthread_cond_broadcast(&mailbox->room);
    unlock(mailbox);
}

/* ---- taking ---- */

static struct list_node *take_now(struct mailbox *mailbox)
{
    lock(mailbox);
    struct list_node *item = list_pop_first(&mailbox->items);
    if (item != NULL) {
        if (--mailbox->count == 0)
            lower_flag(mailbox);
        if (mailbox->count < mailbox->capacity)
            (void)pthread_cond_signal(&mailbox->room);
    }
    unlock(mailbox);
    return item;
}

/* Sleeps until something is there, the deadline has come, or a signal. */
static void await_item(const struct mailbox *mailbox, uint64_t now_ns, uint64_t deadline_ns)
{
    struct pollfd watched = {.fd = mailbox->fd, .events = POLLIN};
    int timeout_ms = -1;

    if (deadline_ns != UINT64_MAX) {
        uint64_t left_ms = (deadline_ns - now_ns + 999999) / 1000000;
        timeout_ms = left_ms > INT_MAX ? INT_MAX : (int)left_ms;
    }
    int status = poll(&watched, 1, timeout_ms);
    ASSERT(status >= 0 || errno == EINTR);
}

static uint64_t deadline_after(int64_t timeout_ms)
{
    if (timeout_ms < 0 || timeout_ms > INT64_MAX / 2000000)
        return UINT64_MAX;
    return clock_now_ns() + (uint64_t)timeout_ms * 1000000;
}

struct list_node *mailbox_take(struct mailbox *mailbox, int64_t timeout_ms)
{
    struct list_node *item = take_now(mailbox);
    if (item != NULL || timeout_ms == 0)
        return item;

    uint64_t deadline_ns = deadline_after(timeout_ms);
    for (uint64_t now_ns = clock_now_ns(); item == NULL && now_ns < deadline_ns;
         now_ns = clock_now_ns()) {
        await_item(mailbox, now_ns, deadline_ns);
        item = take_now(mailbox);
    }
    return item;
}

size_t mailbox_count(struct mailbox *mailbox)
{
    lock(mailbox);
    size_t count = mailbox->count;
    unlock(mailbox);
    return count;
}

int mailbox_fd(const struct mailbox *mailbox)
{
    return mailbox->fd;
}
