/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spout that counts: the numbers `from`, `from` + 1, ... up to but without `to`.
 *
 * Each is emitted tracked, with itself as the message id, and emitted again if it fails. Several
 * tasks share the numbers: task i of n emits `from` + i, `from` + i + n, ...
 */
#ifndef GALE_READY_NUMBERS_H
#define GALE_READY_NUMBERS_H

#include <gale/gale.h>

#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gale_number {
    uint64_t value;
};

static const struct {
    struct gale_stream stream;
    struct gale_number *carries;
} gale_numbers = {{"numbers",
                   sizeof(struct gale_number),
                   false,
                   {{"value", GALE_KIND_U64, offsetof(struct gale_number, value)}}},
                  NULL};

/* clang-format off */
#define GALE_NUMBERS_SPOUT                                                                         \
    {sizeof(struct gale_numbers_counter), gale_numbers_open, gale_numbers_next, NULL,              \
     gale_numbers_fail, NULL, NULL, NULL, gale_numbers_close}

#define GALE_NUMBERS_SETTINGS                                                                      \
    {"from", "0", "the first number"},                                                             \
    {"to", "1000", "where to stop: one beyond the last"},                                          \
    {"track", "true", "whether numbers are tracked, and emitted again if they fail"}
/* clang-format on */

struct gale_numbers_counter {
    uint64_t next;
    uint64_t end;
    uint64_t step;
    bool tracks;
    uint64_t *failed; /* to be emitted again; never more than max_pending */
    size_t failed_count;
    size_t failed_capacity;
};

static inline enum gale_err gale_numbers_open(void *self, struct gale_task *task)
{
    struct gale_numbers_counter *counter = (struct gale_numbers_counter *)self;
    uint64_t from = gale_conf_u64(task, "from", 0);
    uint32_t index = gale_task_index(task);

    counter->end = gale_conf_u64(task, "to", 1000);
    counter->step = gale_task_count(task);
    counter->tracks = gale_conf_bool(task, "track", true);
    counter->next =
        from < counter->end && index < counter->end - from ? from + index : counter->end;
    return GALE_OK;
}

static inline enum gale_next gale_numbers_next(void *self, struct gale_task *task)
{
    struct gale_numbers_counter *counter = (struct gale_numbers_counter *)self;
    struct gale_number number;

    if (counter->failed_count > 0) {
        number.value = counter->failed[--counter->failed_count];
    } else if (counter->next < counter->end) {
        number.value = counter->next;
        counter->next = counter->end - counter->next > counter->step ? counter->next + counter->step
                                                                     : counter->end;
    } else {
        return GALE_DONE;
    }

    if (counter->tracks)
        gale_emit_tracked_record(task, &gale_numbers.stream, number.value, &number);
    else
        gale_emit_record(task, &gale_numbers.stream, &number);
    return GALE_MORE;
}

static inline void gale_numbers_fail(void *self, struct gale_task *task, uint64_t id,
                                     const struct gale_failure *why)
{
    struct gale_numbers_counter *counter = (struct gale_numbers_counter *)self;

    (void)task;
    (void)why;
    if (counter->failed_count == counter->failed_capacity) {
        size_t capacity = counter->failed_capacity > 0 ? counter->failed_capacity * 2 : 64;

        counter->failed = (uint64_t *)realloc(counter->failed, capacity * sizeof *counter->failed);
        if (counter->failed == NULL)
            abort();
        counter->failed_capacity = capacity;
    }
    counter->failed[counter->failed_count++] = id;
}

static inline void gale_numbers_close(void *self, struct gale_task *task)
{
    struct gale_numbers_counter *counter = (struct gale_numbers_counter *)self;

    (void)task;
    free(counter->failed);
}

#ifdef __cplusplus
}
#endif

#endif
