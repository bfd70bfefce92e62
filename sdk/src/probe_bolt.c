/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sdk/src/probe.h"
#include "wire/say.h"

/* ---- what becomes of a tuple ---- */

static void note_ack(struct gale_probe *probe, uint32_t given)
{
    probe->verdicts[given] = GALE_ACK;
}

static void note_fail(struct gale_probe *probe, uint32_t given, const char *reason)
{
    probe->verdicts[given] = GALE_FAIL;
    (void)snprintf(probe->last_reason, sizeof probe->last_reason, "%s", reason);
}

/* ---- held tuples ---- */

struct gale_held *probe_hold(const struct gale_tuple *handle)
{
    struct probe_view *view = CONTAINER_OF(handle, struct probe_view, handle);

    if (view->held != NULL)
        return &view->held->handle; /* held already: the same token */
    struct probe_held *held = mem_alloc(sizeof *held + view->tuple->size);
    held->handle.host = view->handle.host;
    memcpy(held->tuple, view->tuple, view->tuple->size);
    held->view = (struct probe_view){.handle = view->handle,
                                     .probe = view->probe,
                                     .tuple = (const struct tuple_head *)(const void *)held->tuple,
                                     .given = view->given,
                                     .held = held};
    view->held = held;
    list_push_last(&view->probe->held, &held->node);
    view->probe->held_count++;
    return &held->handle;
}

const struct gale_tuple *probe_held_tuple(const struct gale_held *handle)
{
    return &CONTAINER_OF(handle, struct probe_held, handle)->view.handle;
}

static void settle(struct probe_held *held, enum gale_verdict verdict, const char *reason)
{
    struct gale_probe *probe = held->view.probe;

    if (verdict == GALE_ACK)
        note_ack(probe, held->view.given);
    else
        note_fail(probe, held->view.given, reason);
    list_remove(&held->node);
    probe->held_count--;
    free(held->view.record);
    free(held);
}

/* While its own execute still runs, what was refused so far is known to the call alone. */
static void take_over(struct probe_held *held)
{
    struct gale_probe *probe = held->view.probe;
    struct probe_view *current = probe->current;

    if (current == NULL || current->held != held)
        return;
    held->view.must_fail |= probe->emit_failed;
    current->held = NULL;
    current->settled = true;
}

void probe_settle(struct gale_held **handle, enum gale_verdict verdict)
{
    struct probe_held *held = CONTAINER_OF(*handle, struct probe_held, handle);
    struct gale_probe *probe = held->view.probe;

    *handle = NULL;
    if (verdict != GALE_ACK && verdict != GALE_FAIL) {
        probe_stop(probe,
                   "settles a held tuple with verdict %d: only GALE_ACK and GALE_FAIL settle",
                   (int)verdict);
        return;
    }
    take_over(held);
    const char *reason = probe->has_reason      ? probe->reason
                         : held->view.must_fail ? "an emit from it was refused"
                                                : "";
    if (held->view.must_fail)
        verdict = GALE_FAIL;
    settle(held, verdict, reason);
}

void probe_fail_held(struct gale_probe *probe)
{
    for (struct list_node *next, *node = list_first(&probe->held); node != NULL; node = next) {
        next = list_next(&probe->held, node);
        settle(CONTAINER_OF(node, struct probe_held, node), GALE_FAIL, "held when its task closed");
    }
}

/* ---- the verdict of execute ---- */

static void judge_held(struct gale_probe *probe, const struct probe_view *view)
{
    if (view->settled)
        return;
    if (view->held == NULL)
        probe_stop(probe, "returned GALE_HELD, but did not call gale_hold()");
    else
        view->held->view.must_fail |= probe->emit_failed;
}

static void judge_fail(struct gale_probe *probe, const struct probe_view *view)
{
    if (view->held != NULL)
        probe_stop(probe,
                   "returned GALE_FAIL for a tuple that it holds: return GALE_HELD, and settle");
    else
        note_fail(probe, view->given, probe->has_reason ? probe->reason : "");
}

static void judge_ack(struct gale_probe *probe, const struct probe_view *view)
{
    if (probe->emit_failed)
        judge_fail(probe, view);
    else if (view->held != NULL)
        probe_stop(probe,
                   "returned GALE_ACK for a tuple that it holds: return GALE_HELD, and settle");
    else
        note_ack(probe, view->given);
}

static void judge(struct gale_probe *probe, const struct probe_view *view,
                  enum gale_verdict verdict)
{
    if (view->settled && verdict != GALE_HELD)
        probe_stop(probe, "settled a tuple in its execute and returned another verdict: return "
                          "GALE_HELD");
    else if (verdict == GALE_HELD)
        judge_held(probe, view);
    else if (verdict == GALE_FAIL)
        judge_fail(probe, view);
    else if (verdict == GALE_ACK)
        judge_ack(probe, view);
    else
        probe_stop(probe, "returned verdict %d: return GALE_ACK, GALE_FAIL or GALE_HELD",
                   (int)verdict);
}

static void execute(struct gale_probe *probe, const struct tuple_head *tuple, uint32_t given)
{
    struct probe_view view = {
        .handle = {.host = &probe_host}, .probe = probe, .tuple = tuple, .given = given};

    probe->current = &view;
    probe_enter(probe, "execute");
    enum gale_verdict verdict =
        probe->code->bolt.execute(probe->self, &probe->handle, &view.handle);
    probe->current = NULL;
    judge(probe, &view, verdict);
    probe_leave(probe);
    free(view.record);
}

/* ---- giving ---- */

static _Noreturn void abort_without_input(const struct gale_probe *probe, const char *stream)
{
    const struct plan_component *component = probe_component(probe);
    const char *names[PLAN_INPUTS_MAX];

    for (uint32_t i = 0; i < component->input_count; i++)
        names[i] = component->inputs[i].stream;
    probe_abort("component '%s' has no input of stream %s; %s", component->name,
                say_quoted(stream).text, say_choices(stream, names, component->input_count).text);
}

/* The id of the stream that the tuple is to be on. `from` may be NULL: any. */
static uint32_t find_input(const struct gale_probe *probe, const struct gale_component *from,
                           const struct gale_stream *stream)
{
    const struct plan_component *component = probe_component(probe);
    bool has_stream = false;

    if (component->role == PLAN_SPOUT)
        probe_abort("component '%s' is a spout: call gale_probe_next()", component->name);
    for (uint32_t i = 0; i < component->input_count; i++) {
        const struct plan_input *input = &component->inputs[i];
        if (strcmp(input->stream, stream->name) != 0)
            continue;
        has_stream = true;
        if (from == NULL || strcmp(input->from, from->name) == 0)
            return probe->plan->components[input->from_index].streams[input->stream_index].id;
    }
    if (has_stream)
        probe_abort("component '%s' has no input of stream '%s' from '%s'", component->name,
                    stream->name, from->name);
    abort_without_input(probe, stream->name);
}

static struct tuple_head *make_tuple(const struct gale_probe *probe, uint32_t stream_id,
                                     const void *record)
{
    const struct record_schema *schema = &probe->schemas[stream_id];
    uint64_t size = record_size(schema, record);

    if (size > probe->config->tuple_bytes_max)
        probe_abort("a tuple of %llu bytes on stream '%s' is above topology.tuple.bytes.max",
                    (unsigned long long)size, probe->streams[stream_id]->name);
    size += sizeof(struct tuple_root);
    struct tuple_head *tuple = mem_alloc(size);
    *tuple = (struct tuple_head){
        .size = (uint32_t)size,
        .target = probe_component(probe)->first_task + probe->task_index,
        .source = probe->plan->components[probe->senders[stream_id]].first_task,
        .stream = (uint16_t)stream_id,
        .roots = 1,
    };
    *(struct tuple_root *)(void *)(tuple + 1) = (struct tuple_root){.root = probe->given_count + 1};
    record_encode(schema, record, tuple);
    return tuple;
}

/* A task that was stopped fails what it is given. */
static uint32_t count_given(struct gale_probe *probe)
{
    if (probe->given_count == GALE_PROBE_TUPLES_MAX)
        probe_abort("more than %u tuples were given: use another probe", GALE_PROBE_TUPLES_MAX);
    probe->verdicts = probe_grow(probe->verdicts, probe->given_count, sizeof *probe->verdicts);
    probe->verdicts[probe->given_count] = GALE_FAIL;
    return probe->given_count++;
}

static void check_held_max(const struct gale_probe *probe)
{
    if (probe->held_count >= probe->config->held_max)
        probe_abort("component '%s' holds %u tuples, which is topology.held.max: it is given no "
                    "more until it settles some",
                    probe->code->name, probe->held_count);
}

static enum gale_verdict give(struct gale_probe *probe, uint32_t stream_id, const void *record)
{
    check_held_max(probe);
    struct tuple_head *tuple = make_tuple(probe, stream_id, record);
    uint32_t given = count_given(probe);

    probe->verdicts[given] = GALE_HELD;
    execute(probe, tuple, given);
    if (probe->has_failed)
        probe->verdicts[given] = GALE_FAIL;
    free(tuple);
    return (enum gale_verdict)probe->verdicts[given];
}

enum gale_verdict gale_probe_give_record_from(struct gale_probe *probe,
                                              const struct gale_component *from,
                                              const struct gale_stream *stream, const void *record)
{
    uint32_t stream_id = find_input(probe, from, stream);

    if (probe->streams[stream_id]->size != stream->size || stream->size == 0)
        probe_abort("stream '%s' does not carry this struct: %u bytes, not %u", stream->name,
                    probe->streams[stream_id]->size, stream->size);
    if (probe_is_ready(probe))
        return give(probe, stream_id, record);
    (void)count_given(probe);
    return GALE_FAIL;
}

enum gale_verdict gale_probe_give_record(struct gale_probe *probe, const struct gale_stream *stream,
                                         const void *record)
{
    return gale_probe_give_record_from(probe, NULL, stream, record);
}

enum gale_verdict gale_probe_give_values(struct gale_probe *probe, const struct gale_stream *stream,
                                         const struct gale_value *values, uint32_t count)
{
    uint32_t stream_id = find_input(probe, NULL, stream);
    const struct record_schema *schema = &probe->schemas[stream_id];
    void *record = mem_alloc(schema->size);
    const char *problem = record_from_values(schema, values, count, record);
    enum gale_verdict verdict = GALE_FAIL;

    if (problem != NULL)
        probe_abort("a tuple of stream '%s' by position: %s", stream->name, problem);
    if (probe_is_ready(probe))
        verdict = give(probe, stream_id, record);
    else
        (void)count_given(probe);
    free(record);
    return verdict;
}

/* ---- looking ---- */

enum gale_verdict gale_probe_verdict(const struct gale_probe *probe, uint32_t n)
{
    if (n >= probe->given_count)
        probe_abort("there is no given tuple %u: there were %u, counted from 0", n,
                    probe->given_count);
    return (enum gale_verdict)probe->verdicts[n];
}

uint32_t gale_probe_held(const struct gale_probe *probe)
{
    return probe->held_count;
}

const char *gale_probe_reason(const struct gale_probe *probe)
{
    return probe->last_reason;
}
