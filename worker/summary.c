/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/summary.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/mem.h"

void summary_destroy(struct summary **summary)
{
    if (*summary == NULL)
        return;
    for (uint32_t c = 0; c < (*summary)->component_count; c++) {
        struct summary_component *component = &(*summary)->components[c];
        for (uint32_t m = 0; m < component->metric_count; m++)
            free(component->metrics[m].name);
        free(component->metrics);
        free(component->name);
    }
    free((*summary)->components);
    free((*summary)->topology);
    free(*summary);
    *summary = NULL;
}

/* JSON's integers end at 2^63 here; the largest one stands for all above. */
static void put_u64(json_t *object, const char *key, uint64_t value)
{
    json_int_t number = value > INT64_MAX ? INT64_MAX : (json_int_t)value;
    int status = json_object_set_new(object, key, json_integer(number));

    ASSERT(status == 0);
}

/* What is no number, and infinity, become null: JSON has neither. */
static void put_f64(json_t *object, const char *key, double value)
{
    json_t *number = json_real(value);
    int status = json_object_set_new(object, key, number == NULL ? json_null() : number);

    ASSERT(status == 0);
}

/* User code may give any bytes as a name. */
static void put_name(json_t *object, const char *name)
{
    json_t *text = json_string(name);

    if (text == NULL) {
        AUTO(mem_free_text) char *ascii = mem_copy_text(name);
        for (char *at = ascii; *at != '\0'; at++)
            *at = (unsigned char)*at > 0x7E ? '?' : *at;
        text = json_string(ascii);
    }
    int status = json_object_set_new(object, "name", text);

    ASSERT(status == 0);
}

static json_t *encode_metric(const struct summary_metric *metric)
{
    json_t *object = json_object();

    put_name(object, metric->name);
    switch (metric->kind) {
    case SUMMARY_COUNTER:
        (void)json_object_set_new(object, "kind", json_string("counter"));
        put_u64(object, "value", (uint64_t)metric->value);
        break;
    case SUMMARY_GAUGE:
        (void)json_object_set_new(object, "kind", json_string("gauge"));
        put_u64(object, "task", metric->task_index);
        put_f64(object, "value", metric->value);
        break;
    case SUMMARY_HISTOGRAM:
        (void)json_object_set_new(object, "kind", json_string("histogram"));
        put_u64(object, "count", metric->count);
        put_f64(object, "mean", metric->mean);
        put_u64(object, "p50", metric->p50);
        put_u64(object, "p99", metric->p99);
        put_u64(object, "p999", metric->p999);
        put_u64(object, "max", metric->max);
        break;
    }
    return object;
}

static void encode_latency(json_t *object, const struct summary_component *component)
{
    json_t *latency = json_object();

    put_u64(latency, "p50", component->latency_p50_ns);
    put_u64(latency, "p99", component->latency_p99_ns);
    put_u64(latency, "p999", component->latency_p999_ns);
    put_u64(latency, "max", component->latency_max_ns);
    (void)json_object_set_new(object, "latency_ns", latency);
}

static json_t *encode_component(const struct summary_component *component)
{
    json_t *object = json_object();
    json_t *metrics = json_array();

    (void)json_object_set_new(object, "name", json_string(component->name));
    (void)json_object_set_new(object, "role", json_string(component->is_spout ? "spout" : "bolt"));
    put_u64(object, "tasks", component->tasks);
    put_u64(object, "executors", component->executors);
    put_u64(object, "emitted", component->emitted);
    put_u64(object, "sent", component->sent);
    put_u64(object, "executed", component->executed);
    put_u64(object, "acked", component->acked);
    put_u64(object, "failed", component->failed);
    put_u64(object, "timed_out", component->timed_out);
    put_u64(object, "refused", component->refused);
    put_u64(object, "open", component->open);
    if (component->is_spout)
        encode_latency(object, component);
    for (uint32_t m = 0; m < component->metric_count; m++)
        (void)json_array_append_new(metrics, encode_metric(&component->metrics[m]));
    (void)json_object_set_new(object, "metrics", metrics);
    return object;
}

char *summary_encode(const struct summary *summary)
{
    json_t *root = json_object();
    json_t *components = json_array();

    put_u64(root, "v", 1);
    (void)json_object_set_new(root, "topology", json_string(summary->topology));
    put_u64(root, "loops", summary->loops);
    (void)json_object_set_new(root, "acking", json_boolean(summary->acking));
    put_u64(root, "elapsed_ns", summary->elapsed_ns);
    put_u64(root, "cpu_ns", summary->cpu_ns);
    put_u64(root, "trees_completed", summary->trees_completed);
    put_u64(root, "trees_failed", summary->trees_failed);
    put_u64(root, "tuples_executed", summary->tuples_executed);
    for (uint32_t c = 0; c < summary->component_count; c++)
        (void)json_array_append_new(components, encode_component(&summary->components[c]));
    (void)json_object_set_new(root, "components", components);

    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17));
    ASSERT(text != NULL);
    json_decref(root);
    return text;
}
