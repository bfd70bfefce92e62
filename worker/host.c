/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table that user code calls, and those of its entries that are no more than a look.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "worker/runtime.h"

static struct task *task_of(struct gale_task *handle)
{
    return CONTAINER_OF(handle, struct task, handle);
}

static const struct task *task_of_const(const struct gale_task *handle)
{
    return (const struct task *)(const void *)handle;
}

static struct view *view_of(const struct gale_tuple *handle)
{
    return (struct view *)(void *)(uintptr_t)handle;
}

/* ---- tuples ---- */

static const struct record_schema *schema_of(const struct view *view)
{
    return &view->task->worker->schemas[view->tuple->stream];
}

static const struct gale_stream *stream_of(const struct gale_tuple *handle)
{
    const struct view *view = view_of(handle);

    return view->task->worker->streams[view->tuple->stream];
}

static const char *component_of(const struct gale_tuple *handle)
{
    const struct view *view = view_of(handle);

    return view->task->worker->stream_components[view->tuple->stream];
}

/* A stream defined in a header has an address in each source file: the name decides. */
static bool is_stream(const struct gale_tuple *handle, const struct gale_stream *stream)
{
    const struct gale_stream *own = stream_of(handle);

    return own == stream || strcmp(own->name, stream->name) == 0;
}

static COLD const void *read_wrong(struct view *view, const struct gale_stream *stream)
{
    struct loop *loop = view->task->loop;

    task_stop(view->task, "reads stream '%s' from a tuple of stream '%s': ask gale_is() first",
              stream->name, stream_of(&view->handle)->name);
    loop->nothing = mem_resize(loop->nothing, stream->size + 1u, 1);
    return memset(loop->nothing, 0, stream->size);
}

static void *record_buffer(const struct view *view, const struct record_schema *schema)
{
    struct loop *loop = view->task->loop;
    void **buffer = &loop->records[view->tuple->stream];

    if (view->owns_record)
        return mem_alloc(schema->size);
    if (schema->size > loop->worker->schemas[view->tuple->stream].size)
        *buffer = mem_resize(*buffer, schema->size, 1);
    return *buffer;
}

/* How the reader lays out a stream of this name that is not the sender's own. NULL if it is another
 * one, or if there are too many. */
static COLD const struct record_schema *foreign_schema(struct loop *loop,
                                                       const struct gale_stream *own,
                                                       const struct gale_stream *stream)
{
    for (uint32_t i = 0; i < loop->foreign_count; i++) {
        if (loop->foreigns[i].stream == stream)
            return &loop->foreigns[i].schema;
    }
    if (!record_same_fields(own, stream) || loop->foreign_count == FOREIGNS_MAX)
        return NULL;
    if (loop->foreigns == NULL)
        loop->foreigns = NEW_ARRAY(struct foreign, FOREIGNS_MAX);
    struct foreign *foreign = &loop->foreigns[loop->foreign_count++];
    foreign->stream = stream;
    record_schema_init(&foreign->schema, stream);
    return &foreign->schema;
}

static const struct record_schema *reading_schema(const struct view *view,
                                                  const struct gale_stream *stream)
{
    struct loop *loop = view->task->loop;
    const struct gale_stream *own = loop->worker->streams[view->tuple->stream];

    if (own == stream)
        return &loop->worker->schemas[view->tuple->stream];
    return strcmp(own->name, stream->name) == 0 ? foreign_schema(loop, own, stream) : NULL;
}

static const void *read_tuple(const struct gale_tuple *handle, const struct gale_stream *stream)
{
    struct view *view = view_of(handle);

    if (view->record != NULL && view->read_as == stream)
        return view->record;
    const struct record_schema *schema = reading_schema(view, stream);
    if (schema == NULL)
        return read_wrong(view, stream);
    if (view->owns_record)
        free(view->record);
    view->record = record_buffer(view, schema);
    view->read_as = stream;
    record_decode(schema, view->tuple, view->record);
    return view->record;
}

static struct gale_task_id source_of(const struct gale_tuple *handle)
{
    return (struct gale_task_id){view_of(handle)->tuple->source};
}

static struct gale_value value_of(const struct gale_tuple *handle, uint32_t index)
{
    const struct view *view = view_of(handle);

    return record_value(schema_of(view), view->tuple, index);
}

/* ---- identity ---- */

static const char *task_component(const struct gale_task *handle)
{
    return task_of_const(handle)->stage->component->name;
}

static uint32_t task_index(const struct gale_task *handle)
{
    return task_of_const(handle)->index;
}

static uint32_t task_count(const struct gale_task *handle)
{
    return task_of_const(handle)->stage->component->tasks;
}

static struct gale_task_id task_id(const struct gale_task *handle)
{
    return (struct gale_task_id){task_of_const(handle)->id};
}

static const struct plan_component *find_peer(const struct gale_task *handle,
                                              const struct gale_component *code)
{
    const struct worker *worker = task_of_const(handle)->stage->loop->worker;

    for (uint32_t i = 0; i < worker->plan->component_count; i++) {
        if (worker->code[i] == code || strcmp(worker->code[i]->name, code->name) == 0)
            return &worker->plan->components[i];
    }
    return NULL;
}

static uint32_t peer_count(const struct gale_task *handle, const struct gale_component *code)
{
    const struct plan_component *peer = find_peer(handle, code);

    return peer == NULL ? 0 : peer->tasks;
}

static struct gale_task_id peer(const struct gale_task *handle, const struct gale_component *code,
                                uint32_t index)
{
    const struct plan_component *component = find_peer(handle, code);

    if (component != NULL && index < component->tasks)
        return (struct gale_task_id){component->first_task + index};
    task_stop((struct task *)(void *)(uintptr_t)handle, "asks for task %u of '%s', which has %u",
              index, code->name, component == NULL ? 0 : component->tasks);
    return task_id(handle);
}

static uint64_t now_ms(const struct gale_task *handle)
{
    return task_of_const(handle)->stage->loop->now_ns / 1000000;
}

/* ---- settings and arguments ---- */

static const char *get_str(struct gale_task *handle, const char *key, const char *fallback)
{
    return conf_str(&task_of(handle)->conf, key, fallback);
}

static uint64_t get_u64(struct gale_task *handle, const char *key, uint64_t fallback)
{
    return conf_u64(&task_of(handle)->conf, key, fallback);
}

static double get_f64(struct gale_task *handle, const char *key, double fallback)
{
    return conf_f64(&task_of(handle)->conf, key, fallback);
}

static bool get_bool(struct gale_task *handle, const char *key, bool fallback)
{
    return conf_bool(&task_of(handle)->conf, key, fallback);
}

static const char *require(struct gale_task *handle, const char *key)
{
    return conf_require(&task_of(handle)->conf, key);
}

static uint32_t arg_count(const struct gale_task *handle)
{
    return task_of_const(handle)->stage->loop->worker->arg_count;
}

static const char *arg(const struct gale_task *handle, uint32_t index)
{
    const struct worker *worker = task_of_const(handle)->stage->loop->worker;

    return index < worker->arg_count ? worker->args[index] : NULL;
}

/* ---- metrics, log, reasons ---- */

static struct gale_counter *counter(struct gale_task *handle, const char *name)
{
    return metrics_counter(&task_of(handle)->metrics, name);
}

static struct gale_gauge *gauge(struct gale_task *handle, const char *name)
{
    return metrics_gauge(&task_of(handle)->metrics, name);
}

static struct gale_histogram *histogram(struct gale_task *handle, const char *name)
{
    return metrics_histogram(&task_of(handle)->metrics, name);
}

static PRINTF_LIKE(3, 4) void write_log(const struct gale_task *handle, enum gale_log_level level,
                                        const char *format, ...)
{
    const struct task *task = task_of_const(handle);
    char message[RUNTIME_LOG_MAX];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    task->worker->log(level, task->stage->component->name, task->index, message);
}

static PRINTF_LIKE(2, 3) void set_reason(struct gale_task *handle, const char *format, ...)
{
    struct task *task = task_of(handle);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(task->reason, sizeof task->reason, format, arguments);
    va_end(arguments);
    task->has_reason = true;
}

const struct gale_host runtime_host = {
    .size = sizeof(struct gale_host),
    .emit = emit_record,
    .emit_tracked = emit_tracked_record,
    .emit_with = emit_record_with,
    .emit_values = emit_values_with,
    .read = read_tuple,
    .is = is_stream,
    .tuple_stream = stream_of,
    .tuple_component = component_of,
    .tuple_source = source_of,
    .tuple_value = value_of,
    .hold = held_take,
    .held_tuple = held_view,
    .settle = held_settle,
    .task_component = task_component,
    .task_index = task_index,
    .task_count = task_count,
    .task_id = task_id,
    .peer_count = peer_count,
    .peer = peer,
    .now_ms = now_ms,
    .conf_str = get_str,
    .conf_u64 = get_u64,
    .conf_f64 = get_f64,
    .conf_bool = get_bool,
    .conf_require = require,
    .arg_count = arg_count,
    .arg = arg,
    .counter = counter,
    .gauge = gauge,
    .histogram = histogram,
    .observe = metrics_observe,
    .log = write_log,
    .reason = set_reason,
    .service = service_get,
};
