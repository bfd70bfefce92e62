/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/sample.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"
#include "base/text.h"
#include "worker/runtime.h"

/* In sampler.wanted, beside the number of a component and 1. */
#define RECEIVED UINT32_C(0x80000000)
#define LINES    UINT32_C(0x40000000)

static void put(json_t *object, const char *key, json_t *value)
{
    int status = json_object_set_new(object, key, value);

    ASSERT(status == 0);
}

/* ---- values ---- */

/* Cut in the middle of a character, or no UTF-8 at all: then its bytes are shown as numbers. */
static json_t *show_text(struct gale_str text)
{
    size_t size = text.length < SAMPLE_TEXT_MAX ? text.length : SAMPLE_TEXT_MAX;

    for (size_t cut = 0; cut < 4 && cut <= size; cut++) {
        json_t *value = json_stringn(text.data == NULL ? "" : text.data, size - cut);
        if (value != NULL)
            return value;
        if (size == text.length)
            break;
    }
    return NULL;
}

static json_t *show_bytes(struct gale_str bytes)
{
    size_t size = bytes.length < SAMPLE_TEXT_MAX / 2 ? bytes.length : SAMPLE_TEXT_MAX / 2;
    struct text hex;

    text_init(&hex);
    text_add(&hex, "0x");
    for (size_t i = 0; i < size; i++)
        text_add(&hex, "%02x", (unsigned char)bytes.data[i]);
    json_t *value = json_string(text_data(&hex));
    text_done(&hex);
    return value;
}

static json_t *show_number(double number)
{
    json_t *value = json_real(number);

    return value != NULL ? value : json_null(); /* JSON has no infinity */
}

static json_t *show_value(const struct gale_value *value)
{
    json_t *text;

    switch (value->kind) {
    case GALE_KIND_BOOL:
        return json_boolean(value->as.b);
    case GALE_KIND_I64:
        return json_integer(value->as.i64);
    case GALE_KIND_U64:
        return json_integer(value->as.u64 > INT64_MAX ? INT64_MAX : (json_int_t)value->as.u64);
    case GALE_KIND_F64:
        return show_number(value->as.f64);
    case GALE_KIND_STR:
        text = show_text(value->as.str);
        return text != NULL ? text : show_bytes(value->as.str);
    case GALE_KIND_BYTES:
        return show_bytes(value->as.str);
    case GALE_KIND_NONE:
    case GALE_KIND_NULLABLE: /* kinds of fields, not of values */
    case GALE_KIND_MAYBE_BOOL:
    case GALE_KIND_MAYBE_I64:
    case GALE_KIND_MAYBE_U64:
    case GALE_KIND_MAYBE_F64:
    case GALE_KIND_MAYBE_STR:
    case GALE_KIND_MAYBE_BYTES:
        break;
    }
    return json_null();
}

/* ---- tuples ---- */

static json_t *show_values(const struct worker *worker, const struct tuple_head *tuple)
{
    const struct gale_stream *stream = worker->streams[tuple->stream];
    const struct record_schema *schema = &worker->schemas[tuple->stream];
    json_t *values = json_object();

    for (uint32_t i = 0; i < schema->tuple.field_count; i++) {
        struct gale_value value = record_value(schema, tuple, i);
        put(values, stream->fields[i].name, show_value(&value));
    }
    return values;
}

static const struct plan_component *component_of(const struct worker *worker, uint32_t task)
{
    return &worker->plan->components[worker->component_of_task[task]];
}

static char *show_tuple(const struct worker *worker, const struct tuple_head *tuple)
{
    const struct plan_component *from = component_of(worker, tuple->source);
    const struct plan_component *to = component_of(worker, tuple->target);
    json_t *object = json_object();

    put(object, "component", json_string(from->name));
    put(object, "task", json_integer(tuple->source - from->first_task));
    put(object, "stream", json_string(worker->streams[tuple->stream]->name));
    put(object, "to", json_string(to->name));
    put(object, "to_task", json_integer(tuple->target - to->first_task));
    put(object, "tracked", json_boolean(tuple->roots > 0));
    put(object, "values", show_values(worker, tuple));
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}

static char *show_line(const struct worker *worker, const struct tuple_head *tuple)
{
    const struct plan_component *from = component_of(worker, tuple->source);
    const struct plan_component *to = component_of(worker, tuple->target);
    json_t *object = show_values(worker, tuple);
    AUTO(mem_free_text) char *values = json_dumps(object, JSON_COMPACT);
    struct text line;

    text_init(&line);
    text_add(&line, "component=%s task=%u stream=%s to=%s to_task=%u values=%s", from->name,
             tuple->source - from->first_task, worker->streams[tuple->stream]->name, to->name,
             tuple->target - to->first_task, values);
    json_decref(object);
    return text_take(&line);
}

static bool is_wanted(const struct worker *worker, const struct tuple_head *tuple, uint32_t wanted)
{
    uint32_t task = (wanted & RECEIVED) != 0 ? tuple->target : tuple->source;

    return worker->component_of_task[task] == (wanted & ~RECEIVED) - 1;
}

static const struct tuple_head *tuple_at(const struct block *block, uint32_t at)
{
    return (const struct tuple_head *)(const void *)(block->bytes + at);
}

/* NULL if all lines wait to be taken. */
static _Atomic(char *) *find_room(struct sample_lines *lines)
{
    for (uint32_t i = 0; i < SAMPLE_LINES; i++)
        if (atomic_load(&lines->items[i]) == NULL)
            return &lines->items[i];
    return NULL;
}

/* A tuple of a component of 5 % brings 5, and a line costs 100. */
static void write_lines(struct loop *loop, const struct block *block)
{
    const struct worker *worker = loop->worker;
    uint32_t at = 0;

    for (uint32_t i = 0; i < SAMPLE_TUPLES && at < block->head.used; i++) {
        const struct tuple_head *tuple = tuple_at(block, at);
        uint32_t component = worker->component_of_task[tuple->source];
        at += tuple->size;
        loop->lines.credit += atomic_load(&worker->sampler.percents[component]);
        if (loop->lines.credit < 100)
            continue;
        loop->lines.credit -= 100;
        _Atomic(char *) *room = find_room(&loop->lines);
        if (room == NULL)
            return;
        atomic_store(room, show_line(worker, tuple));
    }
}

/* The last one is not overwritten: it says as much as a later one. */
void sample_block(struct loop *loop, const struct block *block)
{
    const struct worker *worker = loop->worker;
    uint32_t wanted = atomic_load(&worker->sampler.wanted);
    uint32_t at = 0;

    if ((wanted & LINES) != 0)
        write_lines(loop, block);
    wanted &= ~LINES;
    if (wanted == 0 || atomic_load(&loop->sample) != NULL)
        return;
    for (uint32_t i = 0; i < SAMPLE_TUPLES && at < block->head.used; i++) {
        const struct tuple_head *tuple = tuple_at(block, at);
        if (is_wanted(worker, tuple, wanted)) {
            atomic_store(&loop->sample, show_tuple(worker, tuple));
            return;
        }
        at += tuple->size;
    }
}

/* ---- who asks ---- */

static void forget_samples(struct worker *worker)
{
    for (uint32_t i = 0; i < worker->loop_count; i++)
        free(atomic_exchange(&worker->loops[i]->sample, NULL));
}

/* There is one thread that asks, so that nobody changes it in between. */
static void want(struct worker *worker, uint32_t kept, uint32_t set)
{
    uint32_t wanted = atomic_load(&worker->sampler.wanted);

    atomic_store(&worker->sampler.wanted, (wanted & kept) | set);
}

void sample_begin(struct worker *worker, uint32_t component, bool received)
{
    forget_samples(worker);
    want(worker, LINES, (component + 1) | (received ? RECEIVED : 0));
}

void sample_end(struct worker *worker)
{
    want(worker, LINES, 0);
    forget_samples(worker);
}

char *sample_take(struct worker *worker)
{
    for (uint32_t i = 0; i < worker->loop_count; i++) {
        char *sample = atomic_exchange(&worker->loops[i]->sample, NULL);
        if (sample != NULL)
            return sample;
    }
    return NULL;
}

/* ---- lines ---- */

void sample_forget_lines(struct sample_lines *lines)
{
    for (uint32_t i = 0; i < SAMPLE_LINES; i++)
        free(atomic_exchange(&lines->items[i], NULL));
}

void sample_set_lines(struct worker *worker, const uint8_t percents[PLAN_COMPONENTS_MAX])
{
    bool is_any = false;

    for (uint32_t i = 0; i < PLAN_COMPONENTS_MAX; i++) {
        atomic_store(&worker->sampler.percents[i], percents[i]);
        is_any = is_any || percents[i] > 0;
    }
    want(worker, ~LINES, is_any ? LINES : 0);
    for (uint32_t i = 0; !is_any && i < worker->loop_count; i++)
        sample_forget_lines(&worker->loops[i]->lines);
}

static char *take_line(struct sample_lines *lines)
{
    for (uint32_t i = 0; i < SAMPLE_LINES; i++) {
        char *line = atomic_exchange(&lines->items[i], NULL);
        if (line != NULL)
            return line;
    }
    return NULL;
}

char *sample_take_line(struct worker *worker)
{
    for (uint32_t i = 0; i < worker->loop_count; i++) {
        uint32_t loop = worker->sampler.next_loop;
        worker->sampler.next_loop = (loop + 1) % worker->loop_count;
        char *line = take_line(&worker->loops[loop]->lines);
        if (line != NULL)
            return line;
    }
    return NULL;
}
