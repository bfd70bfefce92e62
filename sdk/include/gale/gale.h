/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gale's SDK: everything a spout or a bolt says to the runtime.
 *
 *     cc -shared -fPIC word_count.c -o word_count.so $(pkg-config --cflags gale)
 *     gale run word_count.so
 *
 * All functions are called on the task's own thread, from within open, next, ack, fail, execute,
 * tick, finish or close. None blocks. Text that a function returns is borrowed, for as long as the
 * task lives unless said otherwise. Nothing that the runtime hands out is freed by user code.
 *
 * C++ has no _Generic: there, use the plain functions (gale_emit_record, gale_read_record, ...).
 */
#ifndef GALE_GALE_H
#define GALE_GALE_H

#include <gale/host.h>
#include <gale/types.h>

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The one symbol that a topology exports. */
extern const struct gale_topology gale_topology __attribute__((visibility("default")));

/* ---- declaring streams (C only) ---- */

#ifndef __cplusplus

/* Reading one stream's struct into a pointer to another, and a path of execute that decides
 * nothing, are errors whatever options the topology is compiled with. */
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#pragma GCC diagnostic error "-Wreturn-type"

/* clang-format off */

/* A member of a record struct, as a field of a stream or as a key of a grouping. */
#define GALE_FIELD(type, member)                                                                   \
    {                                                                                              \
        #member,                                                                                   \
            _Generic(((type *)0)->member, bool: GALE_KIND_BOOL, int64_t: GALE_KIND_I64,            \
                     uint64_t: GALE_KIND_U64, double: GALE_KIND_F64,                               \
                     struct gale_str: GALE_KIND_STR, struct gale_bytes: GALE_KIND_BYTES,           \
                     struct gale_maybe_bool: GALE_KIND_MAYBE_BOOL,                                 \
                     struct gale_maybe_i64: GALE_KIND_MAYBE_I64,                                   \
                     struct gale_maybe_u64: GALE_KIND_MAYBE_U64,                                   \
                     struct gale_maybe_f64: GALE_KIND_MAYBE_F64,                                   \
                     struct gale_maybe_str: GALE_KIND_MAYBE_STR,                                   \
                     struct gale_maybe_bytes: GALE_KIND_MAYBE_BYTES),                              \
            offsetof(type, member)                                                                 \
    }

/* clang-format on */

/* Defines stream `name_`, which also remembers, for the compiler alone, the struct it carries. */
#define GALE_STREAM(name_, type, ...)                                                     \
    static const struct {                                                                 \
        struct gale_stream stream;                                                        \
        type *carries;                                                                    \
    } name_ = {.stream = {.name = #name_, .size = sizeof(type), .fields = {__VA_ARGS__}}, \
               .carries = (type *)0}

/* The same for a stream whose sender names the receiving task. */
#define GALE_DIRECT_STREAM(name_, type, ...)                                                       \
    static const struct {                                                                          \
        struct gale_stream stream;                                                                 \
        type *carries;                                                                             \
    } name_ = {                                                                                    \
        .stream = {.name = #name_, .size = sizeof(type), .direct = true, .fields = {__VA_ARGS__}}, \
        .carries = (type *)0}

/* clang-format off */

/* Yields `function` if the record is what the stream carries; anything else does not compile. */
#define GALE_FOR(s, function, ...)                                                                 \
    _Generic((__VA_ARGS__),                                                                        \
             __typeof__(&*(s).carries): function,                                                  \
             const __typeof__(*(s).carries) *: function)

/* clang-format on */

/* ---- emitting: the typed verbs ---- */

/* Anchored to the tuple being executed; in a spout, untracked. The record is copied at once. What
 * cannot be sent turns the verdict into GALE_FAIL, with the reason; nothing is to be checked here.
 * From tick and finish there is nothing to anchor to: use gale_emit_unanchored() or _joined(). */
#define gale_emit(task, s, ...) \
    GALE_FOR(s, gale_emit_record, __VA_ARGS__)((task), &(s).stream, (__VA_ARGS__))

/* A spout's root: `ack` or `fail` is called once with this id when its tree is settled. */
#define gale_emit_tracked(task, s, id, ...) \
    GALE_FOR(s, gale_emit_tracked_record, __VA_ARGS__)((task), &(s).stream, (id), (__VA_ARGS__))

/* Part of no tree: if it is lost nobody is told. */
#define gale_emit_unanchored(task, s, ...) \
    GALE_FOR(s, gale_emit_unanchored_record, __VA_ARGS__)((task), &(s).stream, (__VA_ARGS__))

/* Anchored to `count` held tuples, which stay held. */
#define gale_emit_joined(task, s, held, count, ...)   \
    GALE_FOR(s, gale_emit_joined_record, __VA_ARGS__) \
    ((task), &(s).stream, (held), (count), (__VA_ARGS__))

/* To one task, on a direct stream; anchored as gale_emit() is. */
#define gale_emit_direct(task, s, to, ...) \
    GALE_FOR(s, gale_emit_direct_record, __VA_ARGS__)((task), &(s).stream, (to), (__VA_ARGS__))

/* A spout's root to one task, on a direct stream. */
#define gale_emit_direct_tracked(task, s, to, id, ...)        \
    GALE_FOR(s, gale_emit_direct_tracked_record, __VA_ARGS__) \
    ((task), &(s).stream, (to), (id), (__VA_ARGS__))

/* The record that the tuple carries, borrowed until execute returns, or until the held tuple is
 * settled. Asking for another stream's struct than the tuple came on stops the task. (A stream that
 * is defined in a header stands in each source file anew; what was read by one definition is no
 * longer valid once the same tuple is read by another.) */
#define gale_read(tuple, s) \
    ((const __typeof__(*(s).carries) *)gale_read_record((tuple), &(s).stream))

/* Whether the tuple came on this stream: for bolts with several inputs. */
#define gale_is(tuple, s) gale_is_stream((tuple), &(s).stream)

#endif

/* ---- the plain functions behind them ---- */

static inline void gale_emit_record(struct gale_task *task, const struct gale_stream *stream,
                                    const void *record)
{
    task->host->emit(task, stream, record);
}

static inline void gale_emit_tracked_record(struct gale_task *task,
                                            const struct gale_stream *stream, uint64_t id,
                                            const void *record)
{
    task->host->emit_tracked(task, stream, id, record);
}

static inline void gale_emit_unanchored_record(struct gale_task *task,
                                               const struct gale_stream *stream, const void *record)
{
    struct gale_emit_how how;

    memset(&how, 0, sizeof how);
    how.mode = GALE_EMIT_UNANCHORED;
    task->host->emit_with(task, stream, record, &how);
}

static inline void gale_emit_joined_record(struct gale_task *task, const struct gale_stream *stream,
                                           struct gale_held *const *held, uint32_t count,
                                           const void *record)
{
    struct gale_emit_how how;

    memset(&how, 0, sizeof how);
    how.mode = GALE_EMIT_JOINED;
    how.held = held;
    how.held_count = count;
    task->host->emit_with(task, stream, record, &how);
}

static inline void gale_emit_direct_record(struct gale_task *task, const struct gale_stream *stream,
                                           struct gale_task_id to, const void *record)
{
    struct gale_emit_how how;

    memset(&how, 0, sizeof how);
    how.direct = true;
    how.to = to;
    task->host->emit_with(task, stream, record, &how);
}

static inline void gale_emit_direct_tracked_record(struct gale_task *task,
                                                   const struct gale_stream *stream,
                                                   struct gale_task_id to, uint64_t id,
                                                   const void *record)
{
    struct gale_emit_how how;

    memset(&how, 0, sizeof how);
    how.mode = GALE_EMIT_TRACKED;
    how.direct = true;
    how.to = to;
    how.id = id;
    task->host->emit_with(task, stream, record, &how);
}

static inline const void *gale_read_record(const struct gale_tuple *tuple,
                                           const struct gale_stream *stream)
{
    return tuple->host->read(tuple, stream);
}

static inline bool gale_is_stream(const struct gale_tuple *tuple, const struct gale_stream *stream)
{
    return tuple->host->is(tuple, stream);
}

/* ---- where a tuple comes from ---- */

/* The name of the component that emitted it. */
static inline const char *gale_tuple_component(const struct gale_tuple *tuple)
{
    return tuple->host->tuple_component(tuple);
}

/* The task that emitted it: where gale_emit_direct() sends an answer. */
static inline struct gale_task_id gale_tuple_source(const struct gale_tuple *tuple)
{
    return tuple->host->tuple_source(tuple);
}

/* ---- holding and settling ---- */

/* Keeps the tuple being executed, which must then return GALE_HELD. The bolt owns the token until
 * gale_settle(); a token left when the task closes fails its tuple. A task holds no more than
 * topology.held.max tuples: it is given no further input until it settles some. */
static inline struct gale_held *gale_hold(const struct gale_tuple *tuple)
{
    return tuple->host->hold(tuple);
}

/* The held tuple again, to be read. Borrowed until it is settled. */
static inline const struct gale_tuple *gale_held_tuple(const struct gale_held *held)
{
    return held->host->held_tuple(held);
}

/* Acks or fails a held tuple, takes the token and sets it to NULL. */
static inline void gale_settle(struct gale_held **held, enum gale_verdict verdict)
{
    (*held)->host->settle(held, verdict);
}

/* The reason of every GALE_FAIL of this task until the call ends, returned or settled:
 * `return gale_fail_with(task, "no such %s", x);` */
#define gale_fail_with(task, ...) ((task)->host->reason((task), __VA_ARGS__), GALE_FAIL)

/* The reason why `open` refuses: `return gale_error(task, "cannot open '%s'", path);` */
#define gale_error(task, ...) ((task)->host->reason((task), __VA_ARGS__), GALE_ERROR)

/* The reason why a spout cannot go on: `return gale_stop(task, "cannot read '%s'", path);` */
#define gale_stop(task, ...) ((task)->host->reason((task), __VA_ARGS__), GALE_STOP)

/* ---- identity ---- */

/* The name of the task's component. */
static inline const char *gale_task_component(const struct gale_task *task)
{
    return task->host->task_component(task);
}

/* Which of the component's tasks this is: 0 .. gale_task_count() - 1. */
static inline uint32_t gale_task_index(const struct gale_task *task)
{
    return task->host->task_index(task);
}

static inline uint32_t gale_task_count(const struct gale_task *task)
{
    return task->host->task_count(task);
}

/* The task's own number in the topology. */
static inline struct gale_task_id gale_task_self(const struct gale_task *task)
{
    return task->host->task_id(task);
}

/* How many tasks another component has; 0 if it is not in the topology. */
static inline uint32_t gale_peer_count(const struct gale_task *task,
                                       const struct gale_component *component)
{
    return task->host->peer_count(task, component);
}

/* One of them; index < gale_peer_count(). */
static inline struct gale_task_id gale_peer(const struct gale_task *task,
                                            const struct gale_component *component, uint32_t index)
{
    return task->host->peer(task, component, index);
}

/* Milliseconds since some fixed moment, never going back; read once per turn of the loop. */
static inline uint64_t gale_now_ms(const struct gale_task *task)
{
    return task->host->now_ms(task);
}

/* ---- settings and arguments ---- */

/* A setting of the task's component ("reader.path" for key "path" in component "reader") or, if
 * there is none, of the topology. It must be declared in a `.settings` list. A value that cannot be
 * read as the type asked for makes `open` fail, naming the key and where its value came from. */
static inline const char *gale_conf_str(struct gale_task *task, const char *key,
                                        const char *fallback)
{
    return task->host->conf_str(task, key, fallback);
}

static inline uint64_t gale_conf_u64(struct gale_task *task, const char *key, uint64_t fallback)
{
    return task->host->conf_u64(task, key, fallback);
}

static inline double gale_conf_f64(struct gale_task *task, const char *key, double fallback)
{
    return task->host->conf_f64(task, key, fallback);
}

static inline bool gale_conf_bool(struct gale_task *task, const char *key, bool fallback)
{
    return task->host->conf_bool(task, key, fallback);
}

/* The same without a default: if it is not set, `open` fails with the key's name. Never NULL. */
static inline const char *gale_conf_require(struct gale_task *task, const char *key)
{
    return task->host->conf_require(task, key);
}

/* What stood after `--` on the command line. */
static inline uint32_t gale_arg_count(const struct gale_task *task)
{
    return task->host->arg_count(task);
}

/* NULL beyond the last. */
static inline const char *gale_arg(const struct gale_task *task, uint32_t index)
{
    return task->host->arg(task, index);
}

/* ---- metrics: get the handle in open, use it later; exported by name. Never NULL. ---- */

static inline struct gale_counter *gale_counter(struct gale_task *task, const char *name)
{
    return task->host->counter(task, name);
}

static inline struct gale_gauge *gale_gauge(struct gale_task *task, const char *name)
{
    return task->host->gauge(task, name);
}

static inline struct gale_histogram *gale_histogram(struct gale_task *task, const char *name)
{
    return task->host->histogram(task, name);
}

static inline void gale_count(struct gale_counter *counter, uint64_t by)
{
    __atomic_store_n(&counter->value, counter->value + by, __ATOMIC_RELAXED);
}

static inline void gale_set(struct gale_gauge *gauge, double value)
{
    __atomic_store(&gauge->value, &value, __ATOMIC_RELAXED);
}

static inline void gale_observe(struct gale_histogram *histogram, uint64_t value)
{
    histogram->host->observe(histogram, value);
}

/* ---- log: component, task and level are added ---- */

#define gale_debug(task, ...) ((task)->host->log((task), GALE_LOG_DEBUG, __VA_ARGS__))
#define gale_info(task, ...)  ((task)->host->log((task), GALE_LOG_INFO, __VA_ARGS__))
#define gale_warn(task, ...)  ((task)->host->log((task), GALE_LOG_WARN, __VA_ARGS__))
/* An error that a person should see; the task goes on. */
#define gale_log_error(task, ...) ((task)->host->log((task), GALE_LOG_ERROR, __VA_ARGS__))

/* ---- services ---- */

/* A table of further functions of the host, by name and version: "task/1" is a struct
 * gale_task_service, others stand in headers of their own. NULL if this host has no such service: then
 * `open` may end with `return GALE_ERROR`, as the reason is given already. */
static inline const void *gale_service(struct gale_task *task, const char *name)
{
    if (task->host->size >= offsetof(struct gale_host, service) + sizeof task->host->service)
        return task->host->service(task, name);
    task->host->reason(task, "this gale is too old: it has no service '%s'", name);
    return NULL;
}

/* ---- text ---- */

static inline struct gale_str gale_str_of(const char *data, size_t length)
{
    struct gale_str str;

    str.data = data;
    str.length = length;
    return str;
}

static inline struct gale_str gale_str(const char *text)
{
    return gale_str_of(text, strlen(text));
}

static inline bool gale_str_equal(struct gale_str a, struct gale_str b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* Takes the next token off *rest: a run of bytes that are none of `separators`. False at the end,
 * with *token empty. */
static inline bool gale_str_token(struct gale_str *rest, const char *separators,
                                  struct gale_str *token)
{
    const char *at = rest->data;
    const char *end = rest->data + rest->length;

    while (at < end && *at != '\0' && strchr(separators, *at) != NULL)
        at++;
    token->data = at;
    while (at < end && (*at == '\0' || strchr(separators, *at) == NULL))
        at++;
    token->length = (size_t)(at - token->data);
    rest->data = at;
    rest->length = (size_t)(end - at);
    return token->length > 0;
}

#ifdef __cplusplus
}
#endif

#endif
