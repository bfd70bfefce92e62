/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/counter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

#define NUMBER_MAX 24 /* bytes of a decimal with the final NUL */

void counter_init(struct counter *counter, uint32_t number, const char *path, const char *name,
                  struct rng *rng)
{
    char receipts[COORD_PATH_MAX];

    ASSERT(strlen(path) < sizeof counter->path);
    *counter = (struct counter){.task = COUNTER_TASK_NONE};
    line_init(&counter->line, number, 0);
    (void)snprintf(counter->path, sizeof counter->path, "%s", path);
    (void)snprintf(receipts, sizeof receipts, "%s/receipts", path);
    receipt_init(&counter->receipt, number, receipts, name, rng);
}

static void send_write(struct counter *counter, struct coord_calls *calls)
{
    char number[NUMBER_MAX];
    int size = snprintf(number, sizeof number, "%" PRId64, counter->sum);

    ASSERT(size > 0 && (size_t)size < sizeof number);
    struct coord_call part = {
        .kind = COORD_SET,
        .path = counter->path,
        .data = number,
        .size = (size_t)size,
        .version = counter->version,
    };
    receipt_send(&counter->receipt, &part, 1, calls);
}

static void advance(struct counter *counter, struct coord_calls *calls)
{
    struct coord_call read = {.kind = COORD_GET, .path = counter->path};
    bool is_ready = receipt_is_ready(&counter->receipt);

    /* The receipt's node is below the counter's: once it is ready the counter exists. */
    if (counter->task == COUNTER_TASK_READ && is_ready && line_is_free(&counter->line))
        line_send(&counter->line, &read, calls);
    else if (counter->task == COUNTER_TASK_WRITE && is_ready)
        send_write(counter, calls);
}

static enum counter_verdict fail_with(struct counter *counter, enum coord_error error)
{
    counter->task = COUNTER_TASK_WAIT;
    counter->conflicts = 0;
    counter->error = error;
    return COUNTER_FAILED;
}

/* Null data, as the receipt's parents are made, is 0. */
static bool read_number(const struct coord_event *event, int64_t *ret_value)
{
    char *end = NULL;

    if (event->size == 0) {
        *ret_value = 0;
        return true;
    }
    if (event->size >= NUMBER_MAX)
        return false;
    errno = 0;
    long long value = strtoll(event->data, &end, 10);
    if (errno != 0 || end != event->data + event->size)
        return false;
    *ret_value = value;
    return true;
}

static enum counter_verdict answer_read(struct counter *counter, const struct coord_event *event)
{
    int64_t value = 0;

    if (event->error != COORD_OK)
        return fail_with(counter, event->error);
    if (!read_number(event, &value) || __builtin_add_overflow(value, counter->delta, &counter->sum))
        return fail_with(counter, COORD_DATA_INCONSISTENCY);
    counter->version = event->stat.version;
    counter->task = COUNTER_TASK_WRITE;
    return COUNTER_NO_NEWS;
}

static enum counter_verdict refuse(struct counter *counter)
{
    if (counter->receipt.error != COORD_BAD_VERSION || ++counter->conflicts > COUNTER_CONFLICTS_MAX)
        return fail_with(counter, counter->receipt.error);
    counter->task = COUNTER_TASK_WAIT;
    return COUNTER_CONFLICT;
}

static enum counter_verdict follow_receipt(struct counter *counter, enum receipt_verdict verdict)
{
    switch (verdict) {
    case RECEIPT_NO_NEWS:
    case RECEIPT_READY:
        break;
    case RECEIPT_DONE:
        counter->task = COUNTER_TASK_NONE;
        counter->conflicts = 0;
        counter->value = counter->sum;
        return COUNTER_ADDED;
    case RECEIPT_UNDONE:
        counter->task = COUNTER_TASK_READ;
        break;
    case RECEIPT_REFUSED:
        return refuse(counter);
    case RECEIPT_FAILED:
        counter->error = counter->receipt.error;
        return COUNTER_FAILED;
    }
    return COUNTER_NO_NEWS;
}

enum counter_verdict counter_step(struct counter *counter, const struct coord_event *event,
                                  struct coord_calls *calls)
{
    enum counter_verdict verdict =
        follow_receipt(counter, receipt_step(&counter->receipt, event, calls));

    if (line_step(&counter->line, event) == LINE_ANSWERED)
        verdict = answer_read(counter, event);
    advance(counter, calls);
    return verdict;
}

bool counter_add(struct counter *counter, int64_t delta, struct coord_calls *calls)
{
    if (counter->task != COUNTER_TASK_NONE)
        return false;
    counter->delta = delta;
    counter->task = COUNTER_TASK_READ;
    advance(counter, calls);
    return true;
}

void counter_retry(struct counter *counter, struct coord_calls *calls)
{
    if (counter->receipt.is_stuck)
        receipt_retry(&counter->receipt, calls);
    if (counter->task == COUNTER_TASK_WAIT)
        counter->task = COUNTER_TASK_READ;
    advance(counter, calls);
}
