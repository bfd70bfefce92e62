/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/queue_put.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/recipes/line.h"
#include "coord/recipes/parents.h"
#include "coord/recipes/receipt.h"

enum task {
    TASK_NONE,
    TASK_LOOK, /* whether there is room; a number of children costs less than their names */
    TASK_WATCH,
    TASK_MAKE,  /* the directory of items */
    TASK_WRITE, /* as soon as the receipt is ready */
    TASK_STUCK,
};

struct queue_put {
    struct line line; /* of all but the item */
    struct parents parents;
    struct receipt receipt;
    enum task task;
    size_t items_max;
    char *data;
    size_t size;
    enum coord_error error;
    char items[COORD_PATH_MAX];  /* the directory */
    char prefix[COORD_PATH_MAX]; /* of an item's path; the number follows */
};

struct queue_put *queue_put_new(uint32_t number, const char *path, const char *name,
                                size_t items_max, struct rng *rng)
{
    struct queue_put *put = NEW(struct queue_put);
    char receipts[COORD_PATH_MAX];

    ASSERT(strlen(path) + 32 < COORD_PATH_MAX);
    ASSERT(items_max > 0 && items_max <= QUEUE_ITEMS_MAX);
    line_init(&put->line, number, 0);
    (void)snprintf(put->items, sizeof put->items, "%s/items", path);
    (void)snprintf(put->prefix, sizeof put->prefix, "%s/items/", path);
    (void)snprintf(receipts, sizeof receipts, "%s/producers", path);
    receipt_init(&put->receipt, number, receipts, name, rng);
    put->items_max = items_max;
    return put;
}

void queue_put_destroy(struct queue_put **put)
{
    if (*put == NULL)
        return;
    free((*put)->data);
    free(*put);
    *put = NULL;
}

/* ---- calls ---- */

static void send_item(struct queue_put *put, struct coord_calls *calls)
{
    struct coord_call part = {
        .kind = COORD_CREATE,
        .mode = COORD_PERSISTENT_SEQUENTIAL,
        .path = put->prefix,
        .data = put->data,
        .size = put->size,
    };

    receipt_send(&put->receipt, &part, 1, calls);
}

static void send_directory(struct queue_put *put, struct coord_calls *calls)
{
    struct coord_call call = {.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .path = put->items};

    if (parents_are_missing(&put->parents))
        parents_send(&put->parents, put->items, &put->line, calls);
    else
        line_send(&put->line, &call, calls);
}

static void advance_line(struct queue_put *put, struct coord_calls *calls)
{
    struct coord_call look = {.kind = COORD_EXISTS, .path = put->items};
    struct coord_call watch = {.kind = COORD_CHILDREN, .path = put->items, .watch = true};

    if (!line_is_free(&put->line))
        return;
    if (put->task == TASK_LOOK)
        line_send(&put->line, &look, calls);
    else if (put->task == TASK_MAKE)
        send_directory(put, calls);
    else if (put->task == TASK_WATCH && !line_has_watch(&put->line))
        line_send(&put->line, &watch, calls);
}

static void advance(struct queue_put *put, struct coord_calls *calls)
{
    advance_line(put, calls);
    if (put->task == TASK_WRITE && receipt_is_ready(&put->receipt))
        send_item(put, calls);
}

/* ---- answers ---- */

static enum queue_put_verdict fail_with(struct queue_put *put, enum coord_error error)
{
    if (put->task != TASK_NONE) /* else there is nothing to go on with: the receipt alone failed */
        put->task = TASK_STUCK;
    put->error = error;
    return QUEUE_PUT_FAILED;
}

static enum queue_put_verdict answer_directory(struct queue_put *put,
                                               const struct coord_event *event)
{
    if (parents_are_missing(&put->parents)) {
        if (!parents_answer(&put->parents, put->items, event->error))
            return fail_with(put, event->error);
        return QUEUE_PUT_NO_NEWS;
    }
    if (event->error == COORD_NO_NODE && parents_begin(&put->parents, put->items))
        return QUEUE_PUT_NO_NEWS;
    if (event->error != COORD_OK && event->error != COORD_NODE_EXISTS)
        return fail_with(put, event->error);
    parents_rest(&put->parents);
    put->task = TASK_LOOK;
    return QUEUE_PUT_NO_NEWS;
}

static enum queue_put_verdict answer_look(struct queue_put *put, const struct coord_event *event)
{
    size_t count = event->call == COORD_CHILDREN ? event->child_count : 0;

    if (event->error == COORD_NO_NODE) {
        put->task = TASK_MAKE;
        return QUEUE_PUT_NO_NEWS;
    }
    if (event->error != COORD_OK)
        return fail_with(put, event->error);
    if (event->call == COORD_EXISTS && event->stat.children > 0)
        count = (size_t)event->stat.children;
    if (count < put->items_max) {
        line_drop_watch(&put->line);
        put->task = TASK_WRITE;
    } else {
        put->task = TASK_WATCH;
    }
    return QUEUE_PUT_NO_NEWS;
}

static enum queue_put_verdict answer(struct queue_put *put, const struct coord_event *event)
{
    return event->call == COORD_CREATE ? answer_directory(put, event) : answer_look(put, event);
}

static enum queue_put_verdict follow_receipt(struct queue_put *put, enum receipt_verdict verdict)
{
    switch (verdict) {
    case RECEIPT_NO_NEWS:
    case RECEIPT_READY:
        break;
    case RECEIPT_DONE:
        put->task = TASK_NONE;
        return QUEUE_PUT_DONE;
    case RECEIPT_UNDONE:
        put->task = TASK_LOOK;
        break;
    case RECEIPT_REFUSED:
    case RECEIPT_FAILED:
        return fail_with(put, put->receipt.error);
    }
    return QUEUE_PUT_NO_NEWS;
}

enum queue_put_verdict queue_put_step(struct queue_put *put, const struct coord_event *event,
                                      struct coord_calls *calls)
{
    enum queue_put_verdict verdict = follow_receipt(put, receipt_step(&put->receipt, event, calls));

    if (line_step(&put->line, event) == LINE_ANSWERED)
        verdict = answer(put, event);
    advance(put, calls);
    return verdict;
}

bool queue_put_item(struct queue_put *put, const void *data, size_t size, struct coord_calls *calls)
{
    ASSERT(size <= QUEUE_ITEM_MAX);
    if (put->task != TASK_NONE)
        return false;
    free(put->data);
    put->data = mem_alloc(size);
    put->size = size;
    if (size > 0)
        memcpy(put->data, data, size);
    put->task = TASK_LOOK;
    advance(put, calls);
    return true;
}

void queue_put_retry(struct queue_put *put, struct coord_calls *calls)
{
    if (put->receipt.is_stuck)
        receipt_retry(&put->receipt, calls);
    if (put->task == TASK_STUCK)
        put->task = put->receipt.is_job_open ? TASK_WRITE : TASK_LOOK;
    parents_rest(&put->parents);
    advance(put, calls);
}

enum coord_error queue_put_error(const struct queue_put *put)
{
    return put->error;
}
