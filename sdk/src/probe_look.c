/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/mem.h"
#include "sdk/src/probe.h"
#include "wire/say.h"

/* ---- emitted tuples ---- */

uint32_t gale_probe_count(const struct gale_probe *probe)
{
    return probe->emitted_count;
}

static struct probe_emitted *emitted_at(const struct gale_probe *probe, uint32_t index)
{
    if (index >= probe->emitted_count)
        probe_abort("component '%s' has emitted no tuple %u: there are %u, counted from 0",
                    probe->code->name, index, probe->emitted_count);
    return &probe->emitted[index];
}

const char *gale_probe_stream(const struct gale_probe *probe, uint32_t index)
{
    return probe->streams[emitted_at(probe, index)->tuple->stream]->name;
}

const void *gale_probe_got_record(struct gale_probe *probe, uint32_t index,
                                  const struct gale_stream *stream)
{
    struct probe_emitted *emitted = emitted_at(probe, index);
    const struct record_schema *schema = &probe->schemas[emitted->tuple->stream];
    const char *name = gale_probe_stream(probe, index);

    if (strcmp(name, stream->name) != 0)
        probe_abort("component '%s' has emitted tuple %u on stream '%s', not on '%s'",
                    probe->code->name, index, name, stream->name);
    if (stream->size != schema->size)
        probe_abort("stream '%s' does not carry this struct: use gale_probe_got_value()", name);
    if (emitted->record == NULL) {
        emitted->record = mem_alloc(schema->size);
        record_decode(schema, emitted->tuple, emitted->record);
    }
    return emitted->record;
}

struct gale_value gale_probe_got_value(const struct gale_probe *probe, uint32_t index,
                                       uint32_t field)
{
    const struct tuple_head *tuple = emitted_at(probe, index)->tuple;
    const struct record_schema *schema = &probe->schemas[tuple->stream];

    if (field >= schema->tuple.field_count)
        probe_abort("stream '%s' has no field %u: it has %u, counted from 0",
                    probe->streams[tuple->stream]->name, field, schema->tuple.field_count);
    return record_value(schema, tuple, field);
}

uint32_t gale_probe_anchored(const struct gale_probe *probe, uint32_t index)
{
    return emitted_at(probe, index)->tuple->roots;
}

bool gale_probe_is_direct_to(const struct gale_probe *probe, uint32_t index,
                             const struct gale_component *component, uint32_t task_index)
{
    const struct probe_emitted *emitted = emitted_at(probe, index);
    int32_t found = probe_find(probe, component);

    if (found < 0 || task_index >= probe->plan->components[found].tasks)
        probe_abort("the topology has no task %u of a component '%s'", task_index, component->name);
    return emitted->is_direct &&
           emitted->to == probe->plan->components[found].first_task + task_index;
}

bool gale_probe_is_tracked(const struct gale_probe *probe, uint32_t index)
{
    return emitted_at(probe, index)->is_tracked;
}

uint64_t gale_probe_message_id(const struct gale_probe *probe, uint32_t index)
{
    const struct probe_emitted *emitted = emitted_at(probe, index);

    if (!emitted->is_tracked)
        probe_abort("component '%s' has emitted tuple %u untracked: it has no message id",
                    probe->code->name, index);
    return emitted->message_id;
}

/* ---- metrics ---- */

static const struct metric *find_metric(const struct gale_probe *probe, enum metric_kind kind,
                                        const char *name)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    const char *names[METRICS_MAX];
    uint32_t count = 0;

    for (uint32_t i = 0; i < metrics_count(&probe->metrics); i++) {
        const struct metric *metric = &probe->metrics.items[i];
        if (metric->kind != kind)
            continue;
        if (strcmp(metric->name, name) == 0)
            return metric;
        names[count++] = metric->name;
    }
    probe_abort("component '%s' has no %s %s; %s", probe->code->name, kinds[kind],
                say_quoted(name).text, say_choices(name, names, count).text);
}

uint64_t gale_probe_counter(const struct gale_probe *probe, const char *name)
{
    return find_metric(probe, METRIC_COUNTER, name)->counter.value;
}

double gale_probe_gauge(const struct gale_probe *probe, const char *name)
{
    return find_metric(probe, METRIC_GAUGE, name)->gauge.value;
}

uint64_t gale_probe_histogram_count(const struct gale_probe *probe, const char *name)
{
    return histogram_count(find_metric(probe, METRIC_HISTOGRAM, name)->histogram);
}

uint64_t gale_probe_histogram_sum(const struct gale_probe *probe, const char *name)
{
    return histogram_sum(find_metric(probe, METRIC_HISTOGRAM, name)->histogram);
}

/* ---- log ---- */

uint32_t gale_probe_log_count(const struct gale_probe *probe)
{
    return probe->line_count;
}

static const struct probe_line *line_at(const struct gale_probe *probe, uint32_t index)
{
    if (index >= probe->line_count)
        probe_abort("component '%s' has logged no line %u: there are %u, counted from 0",
                    probe->code->name, index, probe->line_count);
    return &probe->lines[index];
}

const char *gale_probe_log_line(const struct gale_probe *probe, uint32_t index)
{
    return line_at(probe, index)->text;
}

enum gale_log_level gale_probe_log_level(const struct gale_probe *probe, uint32_t index)
{
    return line_at(probe, index)->level;
}
