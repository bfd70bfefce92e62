/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a topology is made of: values, streams, components, and the one table that a `.so` exports.
 *
 * Everything here is plain data that the user writes down and the runtime only reads. Initialise it
 * by field name: what is left out is zero, and zero is the default. Lists (`fields`, `keys`,
 * `inputs`, `emits`, `components`, `settings`) end at their first empty entry.
 *
 * Within one ABI number these structs do not change.
 */
#ifndef GALE_TYPES_H
#define GALE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The contract between a topology and its host: "GALE" and a number. Set `.abi` to it. */
#define GALE_ABI 0x47414C4500000001ull

/* Limits of the descriptors. `gale check` names the one that is exceeded. */
#define GALE_FIELDS_MAX     32 /* fields of a stream */
#define GALE_KEYS_MAX       8  /* key fields of a grouping */
#define GALE_INPUTS_MAX     16 /* inputs of a bolt */
#define GALE_STREAMS_MAX    16 /* streams that a component emits */
#define GALE_COMPONENTS_MAX 64 /* components of a topology */
#define GALE_SETTINGS_MAX   64 /* settings that a topology or a component declares */

/* ---- values ---- */

/* Text. It borrows its bytes and need not end in a zero byte. */
struct gale_str {
    const char *data;
    size_t length; /* bytes */
};

/* Any bytes, borrowed. */
struct gale_bytes {
    const uint8_t *data;
    size_t length;
};

/* The nullable forms: a record that is all zeros holds nulls. */
struct gale_maybe_bool {
    bool has;
    bool value;
};

struct gale_maybe_i64 {
    bool has;
    int64_t value;
};

struct gale_maybe_u64 {
    bool has;
    uint64_t value;
};

struct gale_maybe_f64 {
    bool has;
    double value;
};

struct gale_maybe_str {
    bool has;
    struct gale_str value;
};

struct gale_maybe_bytes {
    bool has;
    struct gale_bytes value;
};

/* What a field holds. GALE_FIELD() deduces it from the C type of the member. */
enum gale_kind {
    GALE_KIND_NONE = 0,
    GALE_KIND_BOOL = 1,
    GALE_KIND_I64 = 2,
    GALE_KIND_U64 = 3,
    GALE_KIND_F64 = 4,
    GALE_KIND_STR = 5,
    GALE_KIND_BYTES = 6,
    GALE_KIND_NULLABLE = 0x10, /* added to one of the above */
    GALE_KIND_MAYBE_BOOL = 0x11,
    GALE_KIND_MAYBE_I64 = 0x12,
    GALE_KIND_MAYBE_U64 = 0x13,
    GALE_KIND_MAYBE_F64 = 0x14,
    GALE_KIND_MAYBE_STR = 0x15,
    GALE_KIND_MAYBE_BYTES = 0x16
};

/* ---- streams ---- */

struct gale_field {
    const char *name;
    enum gale_kind kind;
    uint32_t offset; /* of the member in its record struct */
};

/* A stream and the record it carries. Defined with GALE_STREAM() or GALE_DIRECT_STREAM(). */
struct gale_stream {
    const char *name; /* letters, digits, '_', '-'; not starting with "__" */
    uint32_t size;    /* of the record struct; 0 if the stream is only used by position */
    bool direct;      /* the sender names the task that gets the tuple */
    struct gale_field fields[GALE_FIELDS_MAX];
};

/* ---- what user code sees of the runtime: all opaque but for the way to the host ---- */

struct gale_host;

struct gale_task {
    const struct gale_host *host;
};

/* A tuple being executed. Borrowed until execute returns. */
struct gale_tuple {
    const struct gale_host *host;
};

/* A tuple that the bolt keeps. Owned by the bolt until gale_settle() takes it. */
struct gale_held {
    const struct gale_host *host;
};

/* The number of a task, unique in its topology. */
struct gale_task_id {
    uint32_t value;
};

/* ---- verdicts ---- */

enum gale_err {
    GALE_OK = 0,
    GALE_ERROR = 1 /* say why with gale_error() */
};

/* What a bolt decides about a tuple. */
enum gale_verdict {
    GALE_ACK = 1,  /* done */
    GALE_FAIL = 2, /* give up now: the spout is told, with the reason of gale_fail_with() */
    GALE_HELD = 3  /* kept with gale_hold(); gale_settle() follows */
};

/* What a spout says after `next`. */
enum gale_next {
    GALE_MORE = 1, /* call again */
    GALE_IDLE = 2, /* nothing now; the runtime waits a little before it asks again */
    GALE_DONE = 3, /* nothing ever again; failed tuples may still come back through `fail`,
                      and `next` is called again after a fail so that it can replay */
    GALE_STOP = 4  /* the source is broken and the run must end: say why with gale_stop() */
};

enum gale_failure_kind {
    GALE_FAILED = 1,      /* a bolt returned GALE_FAIL */
    GALE_TIMED_OUT = 2,   /* the tree was not complete within topology.message.timeout.secs */
    GALE_WORKER_LOST = 3, /* a worker that held part of the tree is gone */
    GALE_REFUSED = 4      /* it was never sent: too large, or a limit was reached */
};

/* Why a tracked tuple failed. Borrowed for the call. */
struct gale_failure {
    enum gale_failure_kind kind;
    const char *component; /* where, for GALE_FAILED and GALE_REFUSED; else "" */
    uint32_t task_index;   /* which task of it */
    const char *message;   /* never NULL */
};

/* ---- components ---- */

/* A source. One thread calls all functions of a task, never two of them at once. */
struct gale_spout {
    size_t size; /* of the state; `self` is that many zeroed bytes */
    enum gale_err (*open)(void *self, struct gale_task *task);
    enum gale_next (*next)(void *self, struct gale_task *task); /* required */
    void (*ack)(void *self, struct gale_task *task, uint64_t id);
    void (*fail)(void *self, struct gale_task *task, uint64_t id, const struct gale_failure *why);
    void (*activate)(void *self, struct gale_task *task); /* after open, and after deactivate */
    void (*deactivate)(void *self, struct gale_task *task);
    void (*tick)(void *self, struct gale_task *task); /* every component.tick_ms */
    void (*close)(void *self, struct gale_task *task);
};

/* A step. One thread calls all functions of a task, never two of them at once. */
struct gale_bolt {
    size_t size; /* of the state; `self` is that many zeroed bytes */
    enum gale_err (*open)(void *self, struct gale_task *task);
    enum gale_verdict (*execute)(void *self, struct gale_task *task,
                                 const struct gale_tuple *tuple); /* required */
    void (*tick)(void *self, struct gale_task *task);             /* every component.tick_ms */
    /* In a run that ends by itself, when nothing upstream will come any more and no tuple is on its
     * way. May emit, unanchored. Once, unless the task holds tuples: then it is asked as soon as
     * nothing else moves, should settle them, and is asked again if one of them is replayed. */
    void (*finish)(void *self, struct gale_task *task);
    void (*close)(void *self, struct gale_task *task);
};

enum gale_grouping {
    GALE_SHUFFLE = 1,          /* spread evenly */
    GALE_FIELDS = 2,           /* equal keys to the same task */
    GALE_PARTIAL_KEY = 3,      /* a key to the less used of its two tasks */
    GALE_ALL = 4,              /* a copy to every task */
    GALE_GLOBAL = 5,           /* always the first task */
    GALE_NONE = 6,             /* any task, at random */
    GALE_DIRECT = 7,           /* the sender names the task; for direct streams */
    GALE_LOCAL_OR_SHUFFLE = 8, /* tasks of the sender's worker if there are any, else all */
    GALE_CUSTOM = 9            /* `choose` decides */
};

/* Where a custom grouping puts its choice. */
struct gale_targets {
    uint32_t count; /* tasks to choose from: indices 0 .. count-1 */
    void (*add)(struct gale_targets *targets, uint32_t index); /* index < count, each once */
};

struct gale_component;

/* One input of a bolt: a stream of another component, and how its tuples find their task. */
struct gale_input {
    const struct gale_component *from;
    const struct gale_stream *stream;
    enum gale_grouping by;
    struct gale_field keys[GALE_KEYS_MAX]; /* GALE_FIELDS, GALE_PARTIAL_KEY */
    /* GALE_CUSTOM: called on the sender's thread with the tuple about to be sent. It must depend
     * on nothing but the tuple and the count. */
    void (*choose)(const struct gale_tuple *tuple, struct gale_targets *targets);
    /* An input that closes a cycle needs this: how much may wait on it. Beyond, tuples fail. */
    uint64_t reserve_bytes;
};

/* A setting that may be given from outside (-c, file), with its default. */
struct gale_setting {
    const char *key;
    const char *value; /* NULL: no default */
    const char *help;
};

struct gale_component {
    const char *name;        /* letters, digits, '_', '-'; not starting with "__" */
    uint32_t tasks;          /* instances; 0 means 1 */
    uint32_t executors;      /* groups of tasks that are placed together; 0: one for each task */
    uint32_t max_pending;    /* spout: open trees of a task; 0: as many as drain well in time */
    uint32_t tick_ms;        /* how often `tick` is called; 0: never */
    bool own_loop;           /* it blocks: each executor gets a thread of its own */
    struct gale_spout spout; /* either this */
    struct gale_bolt bolt;   /* or this */
    struct gale_input inputs[GALE_INPUTS_MAX];
    const struct gale_stream *emits[GALE_STREAMS_MAX];
    struct gale_setting settings[GALE_SETTINGS_MAX]; /* keys without the component's name */
};

/* What a topology's `.so` exports, as `gale_topology`. */
struct gale_topology {
    uint64_t abi; /* GALE_ABI */
    const char *name;
    const struct gale_component *components[GALE_COMPONENTS_MAX];
    struct gale_setting settings[GALE_SETTINGS_MAX];
};

#ifdef __cplusplus
}
#endif

#endif
