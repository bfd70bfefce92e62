/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sdk/src/probe.h"

/* One emit on its way: worker/emit.c, with one target that keeps it. */
struct emission {
    struct gale_probe *probe;
    uint32_t stream_index; /* among the component's streams */
    const struct gale_stream *stream;
    uint32_t stream_id;
    const void *record;
    uint64_t size; /* of the tuple without roots */
    uint32_t root_count;
    const struct tuple_root *roots;
    bool failed; /* the reason is in the probe */
    struct probe_emitted result;
};

static struct gale_probe *probe_of(struct gale_task *handle)
{
    return CONTAINER_OF(handle, struct gale_probe, handle);
}

/* ---- streams and subscriptions ---- */

/* A stream defined in a header has an address in each source file: the name decides. */
static bool find_stream(struct emission *emission, const struct gale_stream *stream)
{
    const struct plan_component *component = probe_component(emission->probe);

    for (uint32_t i = 0; i < component->stream_count; i++) {
        emission->stream = emission->probe->code->emits[i];
        if (emission->stream == stream || strcmp(emission->stream->name, stream->name) == 0) {
            emission->stream_index = i;
            emission->stream_id = component->streams[i].id;
            return true;
        }
    }
    probe_stop(emission->probe, "emits on stream '%s', which is not in its .emits: add it there",
               stream->name);
    return false;
}

static const struct record_schema *schema_of(const struct emission *emission)
{
    return &emission->probe->schemas[emission->stream_id];
}

static bool reads(const struct emission *emission, const struct plan_input *input)
{
    return input->from_index == emission->probe->component_index &&
           input->stream_index == emission->stream_index;
}

static bool subscribes(const struct emission *emission, const struct plan_component *component)
{
    for (uint32_t i = 0; i < component->input_count; i++) {
        if (reads(emission, &component->inputs[i]))
            return true;
    }
    return false;
}

/* ---- refusals ---- */

/* The emit is remembered as failed, and the first reason is kept. */
static PRINTF_LIKE(2, 3) void refuse(struct emission *emission, const char *format, ...)
{
    struct gale_probe *probe = emission->probe;
    va_list arguments;

    emission->failed = true;
    probe->emit_failed = true;
    if (probe->has_reason)
        return;
    probe->has_reason = true;
    va_start(arguments, format);
    (void)vsnprintf(probe->reason, sizeof probe->reason, format, arguments);
    va_end(arguments);
}

/* True if the emission can go on: right kind of stream, tuple not too large. */
static bool begin(struct emission *emission, struct gale_task *handle,
                  const struct gale_stream *stream, const void *record, bool direct)
{
    struct gale_probe *probe = probe_of(handle);

    *emission = (struct emission){.probe = probe, .record = record};
    if (probe->has_failed || !find_stream(emission, stream))
        return false;
    if (emission->stream->direct != direct) {
        probe_stop(probe,
                   direct ? "emits directly on stream '%s', which is not declared direct"
                          : "emits on direct stream '%s' without naming a task",
                   stream->name);
        return false;
    }
    emission->size = record_size(schema_of(emission), record);
    if (emission->size <= probe->config->tuple_bytes_max)
        return true;
    refuse(emission, "a tuple of %llu bytes on stream '%s' is above topology.tuple.bytes.max",
           (unsigned long long)emission->size, emission->stream->name);
    return false;
}

static bool has_room(struct emission *emission)
{
    struct gale_probe *probe = emission->probe;
    uint64_t *bytes = &probe->call_bytes[emission->stream_index];

    *bytes += emission->size + emission->root_count * sizeof(struct tuple_root);
    if (*bytes <= probe->config->emit_bytes_max)
        return true;
    refuse(emission, "more than topology.emit.bytes.max wait on stream '%s': emit less in one call",
           emission->stream->name);
    return false;
}

/* ---- keeping ---- */

static struct tuple_head *make_tuple(const struct emission *emission)
{
    const struct gale_probe *probe = emission->probe;
    size_t roots_size = emission->root_count * sizeof(struct tuple_root);
    struct tuple_head *tuple = mem_alloc(emission->size + roots_size);

    *tuple = (struct tuple_head){
        .size = (uint32_t)(emission->size + roots_size),
        .source = probe_component(probe)->first_task + probe->task_index,
        .stream = (uint16_t)emission->stream_id,
        .roots = (uint16_t)emission->root_count,
    };
    if (roots_size > 0)
        memcpy(tuple + 1, emission->roots, roots_size);
    record_encode(schema_of(emission), emission->record, tuple);
    return tuple;
}

static void keep(struct emission *emission)
{
    struct gale_probe *probe = emission->probe;

    if (probe->emitted_count == GALE_PROBE_TUPLES_MAX)
        probe_abort("more than %u tuples were emitted: call gale_probe_clear() in between",
                    GALE_PROBE_TUPLES_MAX);
    probe->emitted = probe_grow(probe->emitted, probe->emitted_count, sizeof *probe->emitted);
    emission->result.tuple = make_tuple(emission);
    probe->emitted[probe->emitted_count++] = emission->result;
}

/* ---- custom groupings: they run as in the sender, and their choice is checked ---- */

struct choice {
    struct gale_targets targets; /* must be first */
    const struct emission *emission;
};

static void add_choice(struct gale_targets *targets, uint32_t index)
{
    const struct choice *choice = CONTAINER_OF(targets, struct choice, targets);

    if (index >= targets->count)
        probe_stop(choice->emission->probe,
                   "a custom grouping of stream '%s' chose task %u of %u: indices end at %u",
                   choice->emission->stream->name, index, targets->count, targets->count - 1);
}

static void choose(const struct emission *emission,
                   void (*function)(const struct gale_tuple *, struct gale_targets *),
                   uint32_t task_count)
{
    struct emission plain = *emission;
    struct choice choice = {.targets = {.count = task_count, .add = add_choice},
                            .emission = emission};

    plain.root_count = 0;
    struct tuple_head *tuple = make_tuple(&plain);
    struct probe_view view = {
        .handle = {.host = &probe_host}, .probe = emission->probe, .tuple = tuple};
    function(&view.handle, &choice.targets);
    free(view.record);
    free(tuple);
}

static void choose_all(const struct emission *emission)
{
    const struct plan *plan = emission->probe->plan;

    for (uint32_t c = 0; c < plan->component_count; c++) {
        const struct plan_component *component = &plan->components[c];
        for (uint32_t i = 0; i < component->input_count; i++) {
            if (component->inputs[i].by == PLAN_CUSTOM && reads(emission, &component->inputs[i]))
                choose(emission, emission->probe->topology->components[c]->inputs[i].choose,
                       component->tasks);
        }
    }
}

/* ---- sending ---- */

static void send_all(struct emission *emission)
{
    if (!has_room(emission))
        return;
    choose_all(emission);
    keep(emission);
}

static void send_direct(struct emission *emission, struct gale_task_id to)
{
    const struct plan *plan = emission->probe->plan;

    for (uint32_t c = 0; c < plan->component_count; c++) {
        const struct plan_component *component = &plan->components[c];
        if (to.value >= component->first_task &&
            to.value < component->first_task + component->tasks &&
            subscribes(emission, component)) {
            emission->result.is_direct = true;
            emission->result.to = to.value;
            if (has_room(emission))
                keep(emission);
            return;
        }
    }
    probe_stop(emission->probe,
               "emits on direct stream '%s' to task %u, which does not subscribe to it",
               emission->stream->name, to.value);
}

static void send(struct emission *emission, const struct gale_emit_how *how)
{
    if (how->direct)
        send_direct(emission, how->to);
    else
        send_all(emission);
}

/* ---- anchored to the tuple at hand ---- */

/* Whether there is something to anchor to; a bolt's tick and finish have nothing. */
static bool check_anchor(struct gale_probe *probe)
{
    if (probe->current == NULL) {
        if (probe_is_spout(probe))
            return true; /* a plain emit of a spout is untracked */
        probe_stop(probe,
                   "emits in %s, where there is no tuple to anchor to: use "
                   "gale_emit_unanchored() or gale_emit_joined()",
                   probe->doing);
        return false;
    }
    if (!probe->current->settled)
        return true;
    probe_stop(probe, "emits anchored to a tuple that it has settled already: settle it last");
    return false;
}

static void emit_anchored(struct gale_task *handle, const struct gale_stream *stream,
                          const void *record, const struct gale_emit_how *how)
{
    struct gale_probe *probe = probe_of(handle);
    struct emission emission;

    if (!check_anchor(probe) || !begin(&emission, handle, stream, record, how->direct))
        return;
    if (probe->current != NULL) {
        emission.root_count = probe->current->tuple->roots;
        emission.roots = tuple_roots(probe->current->tuple);
    }
    send(&emission, how);
}

/* ---- a spout's roots ---- */

/* `fail` tells the spout, so the emit needs no other answer. */
static void refuse_tree(struct gale_probe *probe, uint32_t tree)
{
    probe->trees[tree].state = PROBE_TREE_REFUSED;
    probe->trees[tree].reason = mem_copy_text(probe->reason);
    probe->emit_failed = false;
    probe->has_reason = false;
}

static void emit_root(struct gale_task *handle, const struct gale_stream *stream,
                      const void *record, const struct gale_emit_how *how)
{
    struct gale_probe *probe = probe_of(handle);
    struct emission emission;

    if (!probe_is_spout(probe)) {
        probe_stop(probe, "emits a tracked tuple, but only a spout has roots: use gale_emit()");
        return;
    }
    bool sound = begin(&emission, handle, stream, record, how->direct);
    if (probe->has_failed)
        return;
    uint32_t tree = probe_plant(probe, how->id);
    emission.result.is_tracked = true;
    emission.result.message_id = how->id;
    if (sound)
        send(&emission, how);
    if (emission.failed)
        refuse_tree(probe, tree);
}

/* ---- joined ---- */

static int compare_roots(const void *a, const void *b)
{
    uint64_t left = ((const struct tuple_root *)a)->root;
    uint64_t right = ((const struct tuple_root *)b)->root;

    return left < right ? -1 : left > right;
}

static struct probe_view *view_of_held(struct gale_held *handle)
{
    return &CONTAINER_OF(handle, struct probe_held, handle)->view;
}

/* The roots of all anchors, each once. Returns how many. */
static uint32_t merge_roots(const struct gale_emit_how *how, struct tuple_root *roots)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < how->held_count; i++)
        roots[i] = *tuple_roots(view_of_held(how->held[i])->tuple); /* a given tuple has one */
    qsort(roots, how->held_count, sizeof *roots, compare_roots);
    for (uint32_t i = 0; i < how->held_count; i++) {
        if (kept == 0 || roots[kept - 1].root != roots[i].root)
            roots[kept++] = roots[i];
    }
    return kept;
}

/* What was refused is the matter of the held tuples: they fail when they are settled, whenever that
 * is. What is being executed is another matter, unless it is one of them. */
static void refuse_joined(struct gale_probe *probe, const struct gale_emit_how *how,
                          bool had_failed)
{
    for (uint32_t i = 0; i < how->held_count; i++)
        view_of_held(how->held[i])->must_fail = true;
    probe->emit_failed = had_failed || how->held_count == 0;
}

static void emit_joined(struct gale_task *handle, const struct gale_stream *stream,
                        const void *record, const struct gale_emit_how *how)
{
    bool had_failed = probe_of(handle)->emit_failed;
    struct emission emission;
    struct tuple_root *roots = NEW_ARRAY(struct tuple_root, how->held_count);

    if (begin(&emission, handle, stream, record, how->direct)) {
        emission.roots = roots;
        emission.root_count = merge_roots(how, roots);
        if (emission.root_count > TUPLE_ROOTS_MAX)
            refuse(&emission, "a tuple joined from %u trees: at most %d are possible",
                   emission.root_count, TUPLE_ROOTS_MAX);
        else
            send(&emission, how);
    }
    if (emission.failed)
        refuse_joined(emission.probe, how, had_failed);
    free(roots);
}

/* ---- the entries of the table ---- */

void probe_emit_with(struct gale_task *handle, const struct gale_stream *stream, const void *record,
                     const struct gale_emit_how *how)
{
    struct emission emission;

    switch (how->mode) {
    case GALE_EMIT_ANCHORED:
        emit_anchored(handle, stream, record, how);
        return;
    case GALE_EMIT_UNANCHORED:
        if (begin(&emission, handle, stream, record, how->direct))
            send(&emission, how);
        return;
    case GALE_EMIT_JOINED:
        emit_joined(handle, stream, record, how);
        return;
    case GALE_EMIT_TRACKED:
        emit_root(handle, stream, record, how);
        return;
    }
}

void probe_emit(struct gale_task *handle, const struct gale_stream *stream, const void *record)
{
    const struct gale_emit_how how = {.mode = GALE_EMIT_ANCHORED};

    emit_anchored(handle, stream, record, &how);
}

void probe_emit_tracked(struct gale_task *handle, const struct gale_stream *stream, uint64_t id,
                        const void *record)
{
    const struct gale_emit_how how = {.mode = GALE_EMIT_TRACKED, .id = id};

    emit_root(handle, stream, record, &how);
}

void probe_emit_values(struct gale_task *handle, const struct gale_stream *stream,
                       const struct gale_value *values, uint32_t count,
                       const struct gale_emit_how *how)
{
    struct emission emission = {.probe = probe_of(handle)};

    if (!find_stream(&emission, stream))
        return;
    void *record = mem_alloc(schema_of(&emission)->size);
    const char *problem = record_from_values(schema_of(&emission), values, count, record);
    if (problem != NULL)
        probe_stop(emission.probe, "emits on stream '%s' by position: %s", stream->name, problem);
    else
        probe_emit_with(handle, stream, record, how);
    free(record);
}
