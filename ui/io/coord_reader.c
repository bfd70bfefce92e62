/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/io/coord_reader.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/monitor.h"

enum {
    ANSWERS = 2, /* to a read: GET and CHILDREN */
};

/* Somebody's read. It is in the list for as long as he waits; the thread finds it there by its number. */
struct reading {
    struct list_node in_list;
    const char *path;
    uint64_t number;
    bool is_sent;
    unsigned answers;
    struct coord_node node;
};

struct coord_reader {
    struct coord_client *client; /* of the thread */
    int wake;
    pthread_t thread;
    bool has_thread;
    struct monitor monitor; /* of all below */
    struct list readings;
    size_t count;
    uint64_t last_number;
    bool is_connected;
    bool is_cancelled;
    bool is_stopping;
    char server[COORD_SERVER_NAME_MAX];
};

void coord_node_done(struct coord_node *node)
{
    coord_event_done(&node->data);
    coord_event_done(&node->children);
}

/* ---- the thread ---- */

/* The tag of a call is twice the number of its reading, and one more for the second. */
static void send(struct coord_reader *reader, struct reading *reading)
{
    struct coord_call get = {
        .kind = COORD_GET, .path = reading->path, .tag = reading->number * ANSWERS};
    struct coord_call children = {
        .kind = COORD_CHILDREN, .path = reading->path, .tag = reading->number * ANSWERS + 1};

    reading->is_sent = true;
    coord_call(reader->client, &get);
    coord_call(reader->client, &children);
}

static void send_all(struct coord_reader *reader)
{
    if (!reader->is_connected)
        return;
    for (struct list_node *node = list_first(&reader->readings); node != NULL;
         node = list_next(&reader->readings, node)) {
        struct reading *reading = CONTAINER_OF(node, struct reading, in_list);

        if (!reading->is_sent)
            send(reader, reading);
    }
}

/* An answer to somebody who has given up is dropped. */
static void deliver(struct coord_reader *reader, struct coord_event *answer)
{
    for (struct list_node *node = list_first(&reader->readings); node != NULL;
         node = list_next(&reader->readings, node)) {
        struct reading *reading = CONTAINER_OF(node, struct reading, in_list);

        if (reading->number != answer->tag / ANSWERS)
            continue;
        struct coord_event *place =
            answer->tag % ANSWERS == 0 ? &reading->node.data : &reading->node.children;
        *place = *answer;
        reading->answers++;
        monitor_tell(&reader->monitor);
        return;
    }
    coord_event_done(answer);
}

static void note(struct coord_reader *reader, struct coord_event *event)
{
    switch (event->kind) {
    case COORD_CONNECTED:
        reader->is_connected = true;
        coord_server_name(reader->client, reader->server, sizeof reader->server);
        break;
    case COORD_DISCONNECTED:
    case COORD_EXPIRED:
    case COORD_REFUSED:
        reader->is_connected = false;
        reader->server[0] = '\0';
        break;
    case COORD_ANSWERED:
        deliver(reader, event);
        return;
    case COORD_CHANGED:
        break;
    }
    coord_event_done(event);
}

static void await(struct coord_reader *reader)
{
    struct pollfd fds[] = {
        {.fd = coord_fd(reader->client), .events = POLLIN},
        {.fd = reader->wake, .events = POLLIN},
    };
    uint64_t count;

    (void)poll(fds, COUNT_OF(fds), -1);
    if (fds[1].revents != 0 && read(reader->wake, &count, sizeof count) < 0)
        return; /* somebody was quicker: there is only us */
}

static void *run(void *context)
{
    struct coord_reader *reader = context;
    struct coord_event event;
    bool is_over = false;

    while (!is_over) {
        await(reader);
        monitor_enter(&reader->monitor);
        while (coord_take(reader->client, 0, &event))
            note(reader, &event);
        send_all(reader);
        is_over = reader->is_stopping;
        monitor_leave(&reader->monitor);
    }
    return NULL;
}

static void wake(struct coord_reader *reader)
{
    uint64_t one = 1;

    ssize_t written = write(reader->wake, &one, sizeof one);
    (void)written; /* it can only be full, and then it is readable anyway */
}

/* ---- its life ---- */

enum err coord_reader_start(const struct coord_options *options, struct coord_reader **ret_reader,
                            struct error *error)
{
    struct coord_reader *reader = NEW(struct coord_reader);
    struct coord_options plain = *options;

    plain.root = NULL; /* paths are whole, and nothing is made by a look */
    monitor_init(&reader->monitor);
    list_init(&reader->readings);
    reader->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    enum err err = reader->wake < 0 ? error_set(error, ERR_IO, "no descriptor is left")
                                    : coord_open(&plain, &reader->client, error);
    if (err == ERR_OK)
        err = monitor_start_thread(run, reader, &reader->thread, error);
    reader->has_thread = err == ERR_OK;
    if (err == ERR_OK)
        *ret_reader = reader;
    else
        coord_reader_stop(&reader);
    return err;
}

void coord_reader_stop(struct coord_reader **reader)
{
    if (*reader == NULL)
        return;
    if ((*reader)->has_thread) {
        monitor_enter(&(*reader)->monitor);
        (*reader)->is_stopping = true;
        ASSERT(list_is_empty(&(*reader)->readings));
        monitor_leave(&(*reader)->monitor);
        wake(*reader);
        (void)pthread_join((*reader)->thread, NULL);
    }
    coord_close(&(*reader)->client);
    if ((*reader)->wake >= 0)
        (void)close((*reader)->wake);
    monitor_done(&(*reader)->monitor);
    free(*reader);
    *reader = NULL;
}

void coord_reader_cancel(struct coord_reader *reader)
{
    monitor_enter(&reader->monitor);
    reader->is_cancelled = true;
    monitor_tell(&reader->monitor);
    monitor_leave(&reader->monitor);
}

void coord_reader_server(struct coord_reader *reader, char ret_name[COORD_SERVER_NAME_MAX])
{
    monitor_enter(&reader->monitor);
    memcpy(ret_name, reader->server, COORD_SERVER_NAME_MAX);
    monitor_leave(&reader->monitor);
}

/* ---- reading ---- */

static enum err judge(const struct reading *reading, const char *path, struct error *error)
{
    enum coord_error worst = reading->node.data.error != COORD_OK ? reading->node.data.error
                                                                  : reading->node.children.error;

    if (worst == COORD_OK)
        return ERR_OK;
    if (worst == COORD_NO_NODE)
        return error_set(error, ERR_NOT_FOUND, "there is no node '%s' in the cluster state", path);
    if (worst == COORD_CONNECTION_LOSS)
        return error_set(error, ERR_TIMEOUT, "the cluster state gives no answer");
    return error_set(error, ERR_IO, "cannot read '%s' in the cluster state: %s", path,
                     coord_error_text(worst));
}

/* Inside of the monitor. */
static enum err await_answers(struct coord_reader *reader, const struct reading *reading,
                              uint64_t until_ns, struct error *error)
{
    bool is_late = false;

    while (reading->answers < ANSWERS && !reader->is_cancelled && !is_late)
        is_late = !monitor_wait(&reader->monitor, until_ns);
    if (reading->answers == ANSWERS)
        return ERR_OK;
    if (reader->is_cancelled)
        return error_set(error, ERR_CANCELLED, "this server is about to end");
    return error_set(error, ERR_TIMEOUT, "the cluster state %s",
                     reader->is_connected ? "gives no answer" : "cannot be reached");
}

enum err coord_reader_read(struct coord_reader *reader, const char *path, uint64_t until_ns,
                           struct coord_node *ret_node, struct error *error)
{
    struct coord_call call = {.kind = COORD_GET, .path = path};
    struct reading reading = {.path = path};

    ASSERT(coord_call_fault(&call) == NULL);
    monitor_enter(&reader->monitor);
    if (reader->count == COORD_READER_MAX) {
        monitor_leave(&reader->monitor);
        return error_set(error, ERR_LIMIT, "too many read the cluster state at this moment");
    }
    reading.number = ++reader->last_number;
    list_push_last(&reader->readings, &reading.in_list);
    reader->count++;
    wake(reader);
    enum err err = await_answers(reader, &reading, until_ns, error);
    list_remove(&reading.in_list);
    reader->count--;
    monitor_leave(&reader->monitor);

    if (err == ERR_OK)
        err = judge(&reading, path, error);
    if (err == ERR_OK)
        *ret_node = reading.node;
    else
        coord_node_done(&reading.node);
    return err;
}
