/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/queue_take.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/recipes/line.h"
#include "coord/recipes/receipt.h"

enum task {
    TASK_NONE,
    TASK_LIST,
    TASK_BIRTH, /* of the directory, which is missing */
    TASK_WAIT,  /* for the watch: it is empty */
    TASK_READ,  /* the next of the list */
    TASK_WRITE, /* that is, delete it, as soon as the receipt is ready */
    TASK_STUCK,
};

struct queue_take {
    struct line line; /* of reads */
    struct receipt receipt;
    enum task task;
    bool is_wanted;
    char **names; /* as listed */
    size_t name_count;
    size_t next;
    char *data; /* of the item that is being taken, or was */
    size_t size;
    enum coord_error error;
    char items[COORD_PATH_MAX]; /* the directory */
};

struct queue_take *queue_take_new(uint32_t number, const char *path, const char *name,
                                  struct rng *rng)
{
    struct queue_take *take = NEW(struct queue_take);
    char receipts[COORD_PATH_MAX];

    ASSERT(strlen(path) + 32 < COORD_PATH_MAX);
    line_init(&take->line, number, 0);
    (void)snprintf(take->items, sizeof take->items, "%s/items", path);
    (void)snprintf(receipts, sizeof receipts, "%s/consumers", path);
    receipt_init(&take->receipt, number, receipts, name, rng);
    return take;
}

static void forget_names(struct queue_take *take)
{
    for (size_t i = 0; i < take->name_count; i++)
        free(take->names[i]);
    free(take->names);
    take->names = NULL;
    take->name_count = 0;
    take->next = 0;
}

void queue_take_destroy(struct queue_take **take)
{
    if (*take == NULL)
        return;
    forget_names(*take);
    free((*take)->data);
    free(*take);
    *take = NULL;
}

/* ---- calls ---- */

/* False if the name is too long to be an item's. */
static bool next_path(const struct queue_take *take, char ret_path[COORD_PATH_MAX])
{
    int size = snprintf(ret_path, COORD_PATH_MAX, "%s/%s", take->items, take->names[take->next]);

    return size > 0 && size < COORD_PATH_MAX;
}

static void send_delete(struct queue_take *take, struct coord_calls *calls)
{
    char path[COORD_PATH_MAX];
    bool fits = next_path(take, path);

    ASSERT(fits);
    struct coord_call part = {.kind = COORD_DELETE, .path = path, .version = COORD_ANY_VERSION};
    receipt_send(&take->receipt, &part, 1, calls);
}

static void send_read(struct queue_take *take, struct coord_calls *calls)
{
    char path[COORD_PATH_MAX];

    while (take->next < take->name_count && !next_path(take, path))
        take->next++;
    struct coord_call read = {.kind = COORD_GET, .path = path};
    struct coord_call list = {.kind = COORD_CHILDREN, .path = take->items, .watch = true};
    if (take->next < take->name_count) {
        line_send(&take->line, &read, calls);
    } else {
        take->task = TASK_LIST;
        line_send(&take->line, &list, calls);
    }
}

static void advance(struct queue_take *take, struct coord_calls *calls)
{
    struct coord_call list = {.kind = COORD_CHILDREN, .path = take->items, .watch = true};
    struct coord_call birth = {.kind = COORD_EXISTS, .path = take->items, .watch = true};

    if (take->task == TASK_WRITE && receipt_is_ready(&take->receipt))
        send_delete(take, calls);
    if (!line_is_free(&take->line))
        return;
    if (take->task == TASK_WAIT && !line_has_watch(&take->line))
        take->task = TASK_LIST;
    if (take->task == TASK_LIST)
        line_send(&take->line, &list, calls);
    else if (take->task == TASK_BIRTH)
        line_send(&take->line, &birth, calls);
    else if (take->task == TASK_READ)
        send_read(take, calls);
}

/* ---- answers ---- */

static enum queue_take_verdict fail_with(struct queue_take *take, enum coord_error error)
{
    if (take->task != TASK_NONE) /* else there is nothing to go on with: the receipt alone failed */
        take->task = TASK_STUCK;
    take->error = error;
    return QUEUE_TAKE_FAILED;
}

static void answer_list(struct queue_take *take, const struct coord_event *event)
{
    forget_names(take);
    if (event->error == COORD_NO_NODE) {
        take->task = TASK_BIRTH;
        return;
    }
    take->names = NEW_ARRAY(char *, event->child_count);
    for (; take->name_count < event->child_count; take->name_count++)
        take->names[take->name_count] = mem_copy_text(event->children[take->name_count]);
    take->task = take->name_count == 0 ? TASK_WAIT : TASK_READ;
}

static void answer_birth(struct queue_take *take, const struct coord_event *event)
{
    take->task = event->error == COORD_NO_NODE ? TASK_WAIT : TASK_LIST;
}

static void answer_read(struct queue_take *take, const struct coord_event *event)
{
    if (event->error == COORD_NO_NODE) {
        take->next++; /* somebody was quicker */
        return;
    }
    free(take->data);
    take->data = mem_alloc(event->size + 1);
    take->size = event->size;
    if (event->size > 0)
        memcpy(take->data, event->data, event->size);
    take->task = TASK_WRITE;
}

static enum queue_take_verdict answer(struct queue_take *take, const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NO_NODE)
        return fail_with(take, event->error);
    if (event->call == COORD_CHILDREN)
        answer_list(take, event);
    else if (event->call == COORD_EXISTS)
        answer_birth(take, event);
    else
        answer_read(take, event);
    return QUEUE_TAKE_NO_NEWS;
}

static enum queue_take_verdict finish(struct queue_take *take)
{
    take->next++;
    take->is_wanted = false;
    take->task = TASK_NONE;
    return QUEUE_TAKE_GOT;
}

static enum queue_take_verdict follow_receipt(struct queue_take *take, enum receipt_verdict verdict)
{
    switch (verdict) {
    case RECEIPT_NO_NEWS:
    case RECEIPT_READY:
        break;
    case RECEIPT_DONE:
        return finish(take);
    case RECEIPT_UNDONE:
        take->task = take->is_wanted ? TASK_READ : TASK_NONE;
        break;
    case RECEIPT_REFUSED:
        if (take->receipt.error != COORD_NO_NODE)
            return fail_with(take, take->receipt.error);
        take->next++;
        take->task = take->is_wanted ? TASK_READ : TASK_NONE;
        break;
    case RECEIPT_FAILED:
        return fail_with(take, take->receipt.error);
    }
    return QUEUE_TAKE_NO_NEWS;
}

enum queue_take_verdict queue_take_step(struct queue_take *take, const struct coord_event *event,
                                        struct coord_calls *calls)
{
    enum queue_take_verdict verdict =
        follow_receipt(take, receipt_step(&take->receipt, event, calls));

    if (line_step(&take->line, event) == LINE_ANSWERED)
        verdict = answer(take, event);
    advance(take, calls);
    return verdict;
}

/* ---- orders ---- */

void queue_take_one(struct queue_take *take, struct coord_calls *calls)
{
    take->is_wanted = true;
    if (take->task == TASK_NONE)
        take->task = TASK_READ;
    advance(take, calls);
}

bool queue_take_stop(struct queue_take *take)
{
    take->is_wanted = false;
    if (take->receipt.is_job_open)
        return false;
    take->task = TASK_NONE;
    line_drop_call(&take->line);
    line_drop_watch(&take->line);
    return true;
}

void queue_take_retry(struct queue_take *take, struct coord_calls *calls)
{
    if (take->receipt.is_stuck)
        receipt_retry(&take->receipt, calls);
    if (take->task == TASK_STUCK)
        take->task = take->receipt.is_job_open ? TASK_WRITE : TASK_READ;
    advance(take, calls);
}

const char *queue_take_item(const struct queue_take *take, size_t *ret_size)
{
    *ret_size = take->size;
    return take->data;
}

enum coord_error queue_take_error(const struct queue_take *take)
{
    return take->error;
}
