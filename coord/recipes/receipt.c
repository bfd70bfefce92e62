/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/receipt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

#define CHANNEL  1
#define JOB_SIZE 16

void receipt_init(struct receipt *receipt, uint32_t number, const char *directory, const char *name,
                  struct rng *rng)
{
    ASSERT(strlen(directory) + 1 + strlen(name) < COORD_PATH_MAX);
    *receipt = (struct receipt){.task = RECEIPT_TASK_SYNC};
    line_init(&receipt->line, number, CHANNEL);
    rng_init(&receipt->rng, rng_next(rng));
    (void)snprintf(receipt->path, sizeof receipt->path, "%s/%s", directory, name);
}

bool receipt_is_ready(const struct receipt *receipt)
{
    return receipt->task == RECEIPT_TASK_NONE && !receipt->is_stuck && line_is_free(&receipt->line);
}

void receipt_send(struct receipt *receipt, const struct coord_call *parts, size_t count,
                  struct coord_calls *calls)
{
    struct coord_call all[RECEIPT_PARTS_MAX + 1] = {{
        .kind = COORD_SET,
        .path = receipt->path,
        .data = receipt->job,
        .size = JOB_SIZE,
        .version = receipt->version,
    }};

    ASSERT(receipt_is_ready(receipt));
    ASSERT(count > 0 && count <= RECEIPT_PARTS_MAX);
    (void)snprintf(receipt->job, sizeof receipt->job, "%016" PRIx64, rng_next(&receipt->rng));
    memcpy(&all[1], parts, count * sizeof *parts);
    struct coord_call call = {.kind = COORD_MULTI, .parts = all, .part_count = count + 1};
    receipt->task = RECEIPT_TASK_JOB;
    receipt->is_job_open = true;
    line_send(&receipt->line, &call, calls);
}

static void send_create(struct receipt *receipt, struct coord_calls *calls)
{
    struct coord_call call = {
        .kind = COORD_CREATE, .mode = COORD_PERSISTENT, .path = receipt->path};

    if (parents_are_missing(&receipt->parents))
        parents_send(&receipt->parents, receipt->path, &receipt->line, calls);
    else
        line_send(&receipt->line, &call, calls);
}

static void advance(struct receipt *receipt, struct coord_calls *calls)
{
    struct coord_call call = {.path = receipt->path};

    if (!line_is_free(&receipt->line) || receipt->is_stuck)
        return;
    switch (receipt->task) {
    case RECEIPT_TASK_NONE:
    case RECEIPT_TASK_JOB:
        return;
    case RECEIPT_TASK_SYNC:
        call.kind = COORD_SYNC;
        line_send(&receipt->line, &call, calls);
        return;
    case RECEIPT_TASK_READ:
        call.kind = COORD_GET;
        line_send(&receipt->line, &call, calls);
        return;
    case RECEIPT_TASK_CREATE:
        send_create(receipt, calls);
        return;
    }
}

static enum receipt_verdict fail_with(struct receipt *receipt, enum coord_error error)
{
    receipt->is_stuck = true;
    receipt->error = error;
    return RECEIPT_FAILED;
}

/* What became of the job whose answer was lost. */
static enum receipt_verdict close_job(struct receipt *receipt, const struct coord_event *event)
{
    bool is_done = event->size == JOB_SIZE && memcmp(event->data, receipt->job, JOB_SIZE) == 0;

    if (!receipt->is_job_open)
        return RECEIPT_READY;
    receipt->is_job_open = false;
    return is_done ? RECEIPT_DONE : RECEIPT_UNDONE;
}

static enum receipt_verdict answer_read(struct receipt *receipt, const struct coord_event *event)
{
    if (event->error == COORD_NO_NODE && !receipt->is_job_open) {
        receipt->task = RECEIPT_TASK_CREATE;
        return RECEIPT_NO_NEWS;
    }
    if (event->error != COORD_OK)
        return fail_with(receipt, event->error); /* with a job open the evidence is gone */
    receipt->version = event->stat.version;
    receipt->task = RECEIPT_TASK_NONE;
    return close_job(receipt, event);
}

static enum receipt_verdict answer_create(struct receipt *receipt, const struct coord_event *event)
{
    if (parents_are_missing(&receipt->parents)) {
        if (!parents_answer(&receipt->parents, receipt->path, event->error))
            return fail_with(receipt, event->error);
        return RECEIPT_NO_NEWS;
    }
    if (event->error == COORD_NO_NODE && parents_begin(&receipt->parents, receipt->path))
        return RECEIPT_NO_NEWS;
    if (event->error != COORD_OK && event->error != COORD_NODE_EXISTS)
        return fail_with(receipt, event->error);
    parents_rest(&receipt->parents);
    receipt->task = RECEIPT_TASK_READ;
    return RECEIPT_NO_NEWS;
}

/* The receipt itself did not match: it is read again before the next job. */
static bool is_receipt_refused(const struct coord_event *event)
{
    return event->part_errors != NULL && event->part_count > 0 &&
           event->part_errors[0] != COORD_OK &&
           event->part_errors[0] != COORD_RUNTIME_INCONSISTENCY;
}

static size_t find_part(const struct coord_event *event)
{
    for (size_t i = 1; event->part_errors != NULL && i < event->part_count; i++)
        if (event->part_errors[i] == event->error)
            return i - 1;
    return 0;
}

static enum receipt_verdict answer_job(struct receipt *receipt, const struct coord_event *event)
{
    receipt->is_job_open = false;
    receipt->task = RECEIPT_TASK_NONE;
    if (event->error == COORD_OK) {
        receipt->version = (int32_t)((uint32_t)receipt->version + 1);
        return RECEIPT_DONE;
    }
    if (is_receipt_refused(event)) {
        receipt->task = RECEIPT_TASK_SYNC;
        return RECEIPT_UNDONE;
    }
    receipt->error = event->error;
    receipt->part = find_part(event);
    return RECEIPT_REFUSED;
}

static enum receipt_verdict answer(struct receipt *receipt, const struct coord_event *event)
{
    switch (receipt->task) {
    case RECEIPT_TASK_NONE:
        break;
    case RECEIPT_TASK_SYNC:
        if (event->error != COORD_OK && event->error != COORD_NO_NODE)
            return fail_with(receipt, event->error);
        receipt->task = RECEIPT_TASK_READ;
        break;
    case RECEIPT_TASK_READ:
        return answer_read(receipt, event);
    case RECEIPT_TASK_CREATE:
        return answer_create(receipt, event);
    case RECEIPT_TASK_JOB:
        return answer_job(receipt, event);
    }
    return RECEIPT_NO_NEWS;
}

/* A job that was sent, or may have been, is looked for; with a session that is over nothing of it
 * can be done any more. */
static void lose(struct receipt *receipt)
{
    if (receipt->task == RECEIPT_TASK_JOB)
        receipt->task = RECEIPT_TASK_SYNC;
}

enum receipt_verdict receipt_step(struct receipt *receipt, const struct coord_event *event,
                                  struct coord_calls *calls)
{
    enum receipt_verdict verdict = RECEIPT_NO_NEWS;

    switch (line_step(&receipt->line, event)) {
    case LINE_QUIET:
        return RECEIPT_NO_NEWS;
    case LINE_ANSWERED:
        verdict = answer(receipt, event);
        break;
    case LINE_OVER:
    case LINE_LOST:
        lose(receipt);
        break;
    case LINE_BACK:
        if (receipt->task == RECEIPT_TASK_NONE)
            verdict = RECEIPT_READY;
        break;
    case LINE_AWAY:
    case LINE_CHANGED:
        break;
    }
    advance(receipt, calls);
    return verdict;
}

void receipt_retry(struct receipt *receipt, struct coord_calls *calls)
{
    receipt->is_stuck = false;
    parents_rest(&receipt->parents);
    advance(receipt, calls);
}
