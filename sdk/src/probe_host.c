/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table that user code calls, and those of its entries that are no more than a look.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sdk/src/probe.h"

static struct gale_probe *probe_of(struct gale_task *handle)
{
    return CONTAINER_OF(handle, struct gale_probe, handle);
}

static const struct gale_probe *probe_of_const(const struct gale_task *handle)
{
    return (const struct gale_probe *)(const void *)handle;
}

static struct probe_view *view_of(const struct gale_tuple *handle)
{
    return CONTAINER_OF(handle, struct probe_view, handle);
}

/* ---- tuples ---- */

static const struct gale_stream *stream_of(const struct gale_tuple *handle)
{
    const struct probe_view *view = view_of(handle);

    return view->probe->streams[view->tuple->stream];
}

static const struct record_schema *schema_of(const struct probe_view *view)
{
    return &view->probe->schemas[view->tuple->stream];
}

static const char *component_of(const struct gale_tuple *handle)
{
    const struct probe_view *view = view_of(handle);
    const struct gale_probe *probe = view->probe;

    return probe->plan->components[probe->senders[view->tuple->stream]].name;
}

/* A stream defined in a header has an address in each source file: the name decides. */
static bool is_stream(const struct gale_tuple *handle, const struct gale_stream *stream)
{
    const struct gale_stream *own = stream_of(handle);

    return own == stream || strcmp(own->name, stream->name) == 0;
}

static const void *read_wrong(const struct probe_view *view, const struct gale_stream *stream)
{
    struct gale_probe *probe = view->probe;

    probe_stop(probe, "reads stream '%s' from a tuple of stream '%s': ask gale_is() first",
               stream->name, stream_of(&view->handle)->name);
    probe->nothing = mem_resize(probe->nothing, stream->size + 1u, 1);
    return memset(probe->nothing, 0, stream->size);
}

static const void *read_tuple(const struct gale_tuple *handle, const struct gale_stream *stream)
{
    struct probe_view *view = view_of(handle);

    if (!is_stream(handle, stream))
        return read_wrong(view, stream);
    if (view->record == NULL) {
        view->record = mem_alloc(schema_of(view)->size);
        record_decode(schema_of(view), view->tuple, view->record);
    }
    return view->record;
}

static struct gale_task_id source_of(const struct gale_tuple *handle)
{
    return (struct gale_task_id){view_of(handle)->tuple->source};
}

static struct gale_value value_of(const struct gale_tuple *handle, uint32_t index)
{
    const struct probe_view *view = view_of(handle);

    return record_value(schema_of(view), view->tuple, index);
}

/* ---- identity ---- */

static const char *task_component(const struct gale_task *handle)
{
    return probe_of_const(handle)->code->name;
}

static uint32_t task_index(const struct gale_task *handle)
{
    return probe_of_const(handle)->task_index;
}

static uint32_t task_count(const struct gale_task *handle)
{
    return probe_component(probe_of_const(handle))->tasks;
}

static struct gale_task_id task_id(const struct gale_task *handle)
{
    const struct gale_probe *probe = probe_of_const(handle);

    return (struct gale_task_id){probe_component(probe)->first_task + probe->task_index};
}

static uint32_t peer_count(const struct gale_task *handle, const struct gale_component *code)
{
    const struct gale_probe *probe = probe_of_const(handle);
    int32_t index = probe_find(probe, code);

    return index < 0 ? 0 : probe->plan->components[index].tasks;
}

static struct gale_task_id peer(const struct gale_task *handle, const struct gale_component *code,
                                uint32_t index)
{
    const struct gale_probe *probe = probe_of_const(handle);
    uint32_t count = peer_count(handle, code);

    if (index < count)
        return (struct gale_task_id){probe->plan->components[probe_find(probe, code)].first_task +
                                     index};
    probe_stop((struct gale_probe *)(void *)(uintptr_t)handle,
               "asks for task %u of '%s', which has %u", index, code->name, count);
    return task_id(handle);
}

static uint64_t now_ms(const struct gale_task *handle)
{
    return probe_of_const(handle)->now_ms;
}

/* ---- settings and arguments ---- */

static const char *get_str(struct gale_task *handle, const char *key, const char *fallback)
{
    return conf_str(&probe_of(handle)->conf, key, fallback);
}

static uint64_t get_u64(struct gale_task *handle, const char *key, uint64_t fallback)
{
    return conf_u64(&probe_of(handle)->conf, key, fallback);
}

static double get_f64(struct gale_task *handle, const char *key, double fallback)
{
    return conf_f64(&probe_of(handle)->conf, key, fallback);
}

static bool get_bool(struct gale_task *handle, const char *key, bool fallback)
{
    return conf_bool(&probe_of(handle)->conf, key, fallback);
}

static const char *require(struct gale_task *handle, const char *key)
{
    return conf_require(&probe_of(handle)->conf, key);
}

static uint32_t arg_count(const struct gale_task *handle)
{
    return probe_of_const(handle)->arg_count;
}

static const char *arg(const struct gale_task *handle, uint32_t index)
{
    const struct gale_probe *probe = probe_of_const(handle);

    return index < probe->arg_count ? probe->args[index] : NULL;
}

/* ---- metrics, log, reasons ---- */

static struct gale_counter *counter(struct gale_task *handle, const char *name)
{
    return metrics_counter(&probe_of(handle)->metrics, name);
}

static struct gale_gauge *gauge(struct gale_task *handle, const char *name)
{
    return metrics_gauge(&probe_of(handle)->metrics, name);
}

static struct gale_histogram *histogram(struct gale_task *handle, const char *name)
{
    return metrics_histogram(&probe_of(handle)->metrics, name);
}

static PRINTF_LIKE(3, 4) void write_log(const struct gale_task *handle, enum gale_log_level level,
                                        const char *format, ...)
{
    struct gale_probe *probe = (struct gale_probe *)(void *)(uintptr_t)handle;
    char text[PROBE_LINE_MAX];
    va_list arguments;

    if (probe->line_count == GALE_PROBE_LOG_MAX)
        return;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    probe->lines = probe_grow(probe->lines, probe->line_count, sizeof *probe->lines);
    probe->lines[probe->line_count++] =
        (struct probe_line){.level = level, .text = mem_copy_text(text)};
}

static PRINTF_LIKE(2, 3) void set_reason(struct gale_task *handle, const char *format, ...)
{
    struct gale_probe *probe = probe_of(handle);
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(probe->reason, sizeof probe->reason, format, arguments);
    va_end(arguments);
    probe->has_reason = true;
}

/* ---- services ---- */

static const struct gale_stream *get_stream(const struct gale_task *handle, uint32_t index)
{
    const struct gale_component *code = probe_of_const(handle)->code;

    return index < probe_component(probe_of_const(handle))->stream_count ? code->emits[index]
                                                                         : NULL;
}

static const char *get_topology(const struct gale_task *handle)
{
    return probe_of_const(handle)->topology->name;
}

static const char *get_run(const struct gale_task *handle)
{
    (void)handle;
    return "probe";
}

/* A test calls gale_probe_next() and gale_probe_tick() when it likes. */
static void ignore_wake(struct gale_task *handle)
{
    (void)handle;
}

static const struct gale_task_service task_service = {
    .size = sizeof(struct gale_task_service),
    .stream = get_stream,
    .topology = get_topology,
    .run = get_run,
    .wake = ignore_wake,
};

static const void *get_service(struct gale_task *handle, const char *name)
{
    if (strcmp(name, "task/1") == 0)
        return &task_service;
    set_reason(handle,
               "there is no service '%s' under a probe: test the components before and after this "
               "one, and this one by a run",
               name);
    return NULL;
}

const struct gale_host probe_host = {
    .size = sizeof(struct gale_host),
    .emit = probe_emit,
    .emit_tracked = probe_emit_tracked,
    .emit_with = probe_emit_with,
    .emit_values = probe_emit_values,
    .read = read_tuple,
    .is = is_stream,
    .tuple_stream = stream_of,
    .tuple_component = component_of,
    .tuple_source = source_of,
    .tuple_value = value_of,
    .hold = probe_hold,
    .held_tuple = probe_held_tuple,
    .settle = probe_settle,
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
    .service = get_service,
};
