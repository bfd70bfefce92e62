/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under the typed records: tuples by position, for components that do not know their
 * record types (a printer, a generic join, a bridge to another language). Such a component stands
 * in the topology's table like any other; a stream that it emits by position may be declared
 * without a struct:
 *
 *     static const struct gale_stream out = {
 *         .name = "out", .fields = {{"key", GALE_KIND_STR, 0}, {"total", GALE_KIND_U64, 0}}};
 *
 * The same threads and lifetimes as in gale.h.
 */
#ifndef GALE_TUPLE_H
#define GALE_TUPLE_H

#include <gale/gale.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The stream that the tuple came on, with its fields. */
static inline const struct gale_stream *gale_tuple_stream(const struct gale_tuple *tuple)
{
    return tuple->host->tuple_stream(tuple);
}

static inline uint32_t gale_stream_field_count(const struct gale_stream *stream)
{
    uint32_t count = 0;

    while (count < GALE_FIELDS_MAX && stream->fields[count].name != NULL)
        count++;
    return count;
}

/* The index of a field by name, or -1. Look it up once, not for each tuple. */
static inline int32_t gale_stream_field(const struct gale_stream *stream, const char *name)
{
    uint32_t count = gale_stream_field_count(stream);

    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(stream->fields[i].name, name) == 0)
            return (int32_t)i;
    }
    return -1;
}

/* The value of a field; null beyond the last. Text and bytes are borrowed from the tuple. */
static inline struct gale_value gale_tuple_value(const struct gale_tuple *tuple, uint32_t index)
{
    return tuple->host->tuple_value(tuple, index);
}

/* Emits by position, anchored as gale_emit() is. There must be a value of the right kind for each
 * field of the stream; anything else stops the run, with the reason. */
static inline void gale_emit_values(struct gale_task *task, const struct gale_stream *stream,
                                    const struct gale_value *values, uint32_t count)
{
    struct gale_emit_how how;

    memset(&how, 0, sizeof how);
    task->host->emit_values(task, stream, values, count, &how);
}

/* The same for a spout's root. */
static inline void gale_emit_values_tracked(struct gale_task *task,
                                            const struct gale_stream *stream, uint64_t id,
                                            const struct gale_value *values, uint32_t count)
{
    struct gale_emit_how how;

    memset(&how, 0, sizeof how);
    how.mode = GALE_EMIT_TRACKED;
    how.id = id;
    task->host->emit_values(task, stream, values, count, &how);
}

static inline struct gale_value gale_null(void)
{
    struct gale_value value;

    memset(&value, 0, sizeof value);
    return value;
}

static inline struct gale_value gale_value_bool(bool b)
{
    struct gale_value value = gale_null();

    value.kind = GALE_KIND_BOOL;
    value.as.b = b;
    return value;
}

static inline struct gale_value gale_value_i64(int64_t i64)
{
    struct gale_value value = gale_null();

    value.kind = GALE_KIND_I64;
    value.as.i64 = i64;
    return value;
}

static inline struct gale_value gale_value_u64(uint64_t u64)
{
    struct gale_value value = gale_null();

    value.kind = GALE_KIND_U64;
    value.as.u64 = u64;
    return value;
}

static inline struct gale_value gale_value_f64(double f64)
{
    struct gale_value value = gale_null();

    value.kind = GALE_KIND_F64;
    value.as.f64 = f64;
    return value;
}

static inline struct gale_value gale_value_str(struct gale_str str)
{
    struct gale_value value = gale_null();

    value.kind = GALE_KIND_STR;
    value.as.str = str;
    return value;
}

static inline struct gale_value gale_value_bytes(struct gale_bytes bytes)
{
    struct gale_value value = gale_null();

    value.kind = GALE_KIND_BYTES;
    value.as.bytes = bytes;
    return value;
}

#ifdef __cplusplus
}
#endif

#endif
