/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of functions through which a topology reaches its host. A topology links nothing: each
 * task, tuple and token that the host hands out begins with a pointer to this table. User code does
 * not call it but uses the verbs of gale.h.
 *
 * Entries are only ever added at the end; `size` says how far the host's table reaches.
 */
#ifndef GALE_HOST_H
#define GALE_HOST_H

#include <gale/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gale_log_level {
    GALE_LOG_DEBUG = 0,
    GALE_LOG_INFO = 1,
    GALE_LOG_WARN = 2,
    GALE_LOG_ERROR = 3
};

/* One writer (the task's thread); anyone may read with a relaxed load. */
struct gale_counter {
    uint64_t value;
};

struct gale_gauge {
    double value;
};

struct gale_histogram {
    const struct gale_host *host;
};

/* A value by position: the floor under the typed records. */
struct gale_value {
    enum gale_kind kind; /* without GALE_KIND_NULLABLE; GALE_KIND_NONE is null */
    union {
        bool b;
        int64_t i64;
        uint64_t u64;
        double f64;
        struct gale_str str;
        struct gale_bytes bytes;
    } as;
};

enum gale_emit_mode {
    GALE_EMIT_ANCHORED = 0,   /* to the tuple being executed; in a spout: untracked */
    GALE_EMIT_UNANCHORED = 1, /* to nothing */
    GALE_EMIT_JOINED = 2,     /* to held tuples */
    GALE_EMIT_TRACKED = 3     /* a spout's root, with a message id */
};

struct gale_emit_how {
    enum gale_emit_mode mode;
    bool direct;
    struct gale_task_id to;        /* direct */
    uint64_t id;                   /* tracked */
    struct gale_held *const *held; /* joined */
    uint32_t held_count;           /* joined */
};

struct gale_host {
    uint32_t size; /* of this table, in bytes */

    void (*emit)(struct gale_task *task, const struct gale_stream *stream, const void *record);
    void (*emit_tracked)(struct gale_task *task, const struct gale_stream *stream, uint64_t id,
                         const void *record);
    void (*emit_with)(struct gale_task *task, const struct gale_stream *stream, const void *record,
                      const struct gale_emit_how *how);
    void (*emit_values)(struct gale_task *task, const struct gale_stream *stream,
                        const struct gale_value *values, uint32_t count,
                        const struct gale_emit_how *how);

    const void *(*read)(const struct gale_tuple *tuple, const struct gale_stream *stream);
    bool (*is)(const struct gale_tuple *tuple, const struct gale_stream *stream);
    const struct gale_stream *(*tuple_stream)(const struct gale_tuple *tuple);
    const char *(*tuple_component)(const struct gale_tuple *tuple);
    struct gale_task_id (*tuple_source)(const struct gale_tuple *tuple);
    struct gale_value (*tuple_value)(const struct gale_tuple *tuple, uint32_t index);

    struct gale_held *(*hold)(const struct gale_tuple *tuple);
    const struct gale_tuple *(*held_tuple)(const struct gale_held *held);
    void (*settle)(struct gale_held **held, enum gale_verdict verdict);

    const char *(*task_component)(const struct gale_task *task);
    uint32_t (*task_index)(const struct gale_task *task);
    uint32_t (*task_count)(const struct gale_task *task);
    struct gale_task_id (*task_id)(const struct gale_task *task);
    uint32_t (*peer_count)(const struct gale_task *task, const struct gale_component *component);
    struct gale_task_id (*peer)(const struct gale_task *task,
                                const struct gale_component *component, uint32_t index);
    uint64_t (*now_ms)(const struct gale_task *task);

    const char *(*conf_str)(struct gale_task *task, const char *key, const char *fallback);
    uint64_t (*conf_u64)(struct gale_task *task, const char *key, uint64_t fallback);
    double (*conf_f64)(struct gale_task *task, const char *key, double fallback);
    bool (*conf_bool)(struct gale_task *task, const char *key, bool fallback);
    const char *(*conf_require)(struct gale_task *task, const char *key);
    uint32_t (*arg_count)(const struct gale_task *task);
    const char *(*arg)(const struct gale_task *task, uint32_t index);

    struct gale_counter *(*counter)(struct gale_task *task, const char *name);
    struct gale_gauge *(*gauge)(struct gale_task *task, const char *name);
    struct gale_histogram *(*histogram)(struct gale_task *task, const char *name);
    void (*observe)(struct gale_histogram *histogram, uint64_t value);

    void (*log)(const struct gale_task *task, enum gale_log_level level, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
    void (*reason)(struct gale_task *task, const char *format, ...)
        __attribute__((format(printf, 2, 3)));

    /* A table of further functions, by name and version: "task/1", "log/1". NULL, with the reason given
     * as by `reason`, if there is none. */
    const void *(*service)(struct gale_task *task, const char *name);
};

/* "task/1": what a component that is made for many topologies needs to know of the one it is in, and
 * the one call that any thread may make. Entries are only ever added at the end. */
struct gale_task_service {
    uint32_t size; /* of this table, in bytes */

    /* One of the component's `.emits`; NULL beyond the last. */
    const struct gale_stream *(*stream)(const struct gale_task *task, uint32_t index);

    /* The topology's name; and what tells this run of it from all others, also after a worker of it
     * was started again. */
    const char *(*topology)(const struct gale_task *task);
    const char *(*run)(const struct gale_task *task);

    /* Any thread, until the task's `close` returns: there is news for the task. A spout that said
     * GALE_IDLE is asked again at once, and of a bolt `tick` is called, whatever its tick_ms. Costs
     * little; wakes that come before the task has heard of the first are one. */
    void (*wake)(struct gale_task *task);
};

#ifdef __cplusplus
}
#endif

#endif
