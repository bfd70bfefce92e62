/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/summary.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "tests/support/suite.h"

static struct summary *new_summary(uint32_t components)
{
    struct summary *summary = NEW(struct summary);

    summary->topology = mem_copy_text("word-count");
    summary->loops = 2;
    summary->acking = true;
    summary->elapsed_ns = 1500000000;
    summary->cpu_ns = 700;
    summary->trees_completed = 11;
    summary->trees_failed = 12;
    summary->tuples_executed = 13;
    summary->component_count = components;
    summary->components = NEW_ARRAY(struct summary_component, components);
    for (uint32_t i = 0; i < components; i++)
        summary->components[i].name = mem_copy_text(i == 0 ? "reader" : "counter");
    return summary;
}

static void add_metrics(struct summary_component *component, const struct summary_metric *metrics,
                        uint32_t count)
{
    component->metrics = NEW_ARRAY(struct summary_metric, count);
    component->metric_count = count;
    for (uint32_t i = 0; i < count; i++) {
        component->metrics[i] = metrics[i];
        component->metrics[i].name = mem_copy_text(metrics[i].name);
    }
}

static json_t *encode(const struct summary *summary)
{
    AUTO(mem_free_text) char *text = summary_encode(summary);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    ck_assert_ptr_nonnull(root);
    return root;
}

static const json_t *component_of(const json_t *root, size_t index)
{
    return json_array_get(json_object_get(root, "components"), index);
}

static json_int_t number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    ck_assert_msg(json_is_integer(value), "'%s' is no number", key);
    return json_integer_value(value);
}

START_TEST(a_run_is_told_in_one_object)
{
    AUTO(summary_destroy) struct summary *summary = new_summary(2);
    json_t *root = encode(summary);

    ck_assert_int_eq(number(root, "v"), 1);
    ck_assert_str_eq(json_string_value(json_object_get(root, "topology")), "word-count");
    ck_assert_int_eq(number(root, "loops"), 2);
    ck_assert(json_is_true(json_object_get(root, "acking")));
    ck_assert_int_eq(number(root, "elapsed_ns"), 1500000000);
    ck_assert_int_eq(number(root, "cpu_ns"), 700);
    ck_assert_int_eq(number(root, "trees_completed"), 11);
    ck_assert_int_eq(number(root, "trees_failed"), 12);
    ck_assert_int_eq(number(root, "tuples_executed"), 13);
    ck_assert_uint_eq(json_array_size(json_object_get(root, "components")), 2);
    json_decref(root);
}
END_TEST

START_TEST(each_component_has_its_counters)
{
    AUTO(summary_destroy) struct summary *summary = new_summary(2);

    summary->components[0].is_spout = true;
    summary->components[1] = (struct summary_component){.name = summary->components[1].name,
                                                        .tasks = 1,
                                                        .executors = 2,
                                                        .emitted = 3,
                                                        .sent = 4,
                                                        .executed = 5,
                                                        .acked = 6,
                                                        .failed = 7,
                                                        .timed_out = 8,
                                                        .refused = 9,
                                                        .open = 10};
    json_t *root = encode(summary);
    const json_t *component = component_of(root, 1);
    static const char *const keys[] = {"tasks", "executors", "emitted",   "sent",    "executed",
                                       "acked", "failed",    "timed_out", "refused", "open"};

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        ck_assert_int_eq(number(component, keys[i]), (json_int_t)i + 1);
    ck_assert_str_eq(json_string_value(json_object_get(component, "role")), "bolt");
    ck_assert_str_eq(json_string_value(json_object_get(component_of(root, 0), "role")), "spout");
    json_decref(root);
}
END_TEST

START_TEST(only_spouts_have_latencies)
{
    AUTO(summary_destroy) struct summary *summary = new_summary(2);

    summary->components[0].is_spout = true;
    summary->components[0].latency_p50_ns = 1;
    summary->components[0].latency_p99_ns = 2;
    summary->components[0].latency_p999_ns = 3;
    summary->components[0].latency_max_ns = 4;
    json_t *root = encode(summary);
    const json_t *latency = json_object_get(component_of(root, 0), "latency_ns");
    ck_assert_int_eq(number(latency, "p50"), 1);
    ck_assert_int_eq(number(latency, "p99"), 2);
    ck_assert_int_eq(number(latency, "p999"), 3);
    ck_assert_int_eq(number(latency, "max"), 4);
    ck_assert_ptr_null(json_object_get(component_of(root, 1), "latency_ns"));
    json_decref(root);
}
END_TEST

START_TEST(metrics_say_what_they_are)
{
    static char words[] = "words", level[] = "level", size[] = "size";
    static const struct summary_metric metrics[] = {
        {.name = words, .kind = SUMMARY_COUNTER, .value = 12},
        {.name = level, .kind = SUMMARY_GAUGE, .value = 0.1, .task_index = 3},
        {.name = size, .kind = SUMMARY_HISTOGRAM, .count = 1, .mean = 2.5, .p50 = 2, .max = 9},
    };
    AUTO(summary_destroy) struct summary *summary = new_summary(1);

    add_metrics(&summary->components[0], metrics, COUNT_OF(metrics));
    json_t *root = encode(summary);
    const json_t *list = json_object_get(component_of(root, 0), "metrics");
    const json_t *counter = json_array_get(list, 0);
    const json_t *gauge = json_array_get(list, 1);
    const json_t *histogram = json_array_get(list, 2);

    ck_assert_str_eq(json_string_value(json_object_get(counter, "kind")), "counter");
    ck_assert_int_eq(number(counter, "value"), 12);
    ck_assert_str_eq(json_string_value(json_object_get(gauge, "kind")), "gauge");
    ck_assert_int_eq(number(gauge, "task"), 3);
    ck_assert(json_real_value(json_object_get(gauge, "value")) == 0.1);
    ck_assert_str_eq(json_string_value(json_object_get(histogram, "kind")), "histogram");
    ck_assert_int_eq(number(histogram, "count"), 1);
    ck_assert_int_eq(number(histogram, "p50"), 2);
    ck_assert_int_eq(number(histogram, "max"), 9);
    ck_assert(json_real_value(json_object_get(histogram, "mean")) == 2.5);
    json_decref(root);
}
END_TEST

START_TEST(a_gauge_that_is_no_number_is_null)
{
    static char nan_name[] = "nan", inf_name[] = "inf";
    const struct summary_metric metrics[] = {
        {.name = nan_name, .kind = SUMMARY_GAUGE, .value = NAN},
        {.name = inf_name, .kind = SUMMARY_GAUGE, .value = INFINITY},
    };
    AUTO(summary_destroy) struct summary *summary = new_summary(1);

    add_metrics(&summary->components[0], metrics, COUNT_OF(metrics));
    json_t *root = encode(summary);
    const json_t *list = json_object_get(component_of(root, 0), "metrics");
    for (size_t i = 0; i < COUNT_OF(metrics); i++)
        ck_assert(json_is_null(json_object_get(json_array_get(list, i), "value")));
    json_decref(root);
}
END_TEST

START_TEST(a_name_that_is_not_utf8_is_not_lost)
{
    static char name[] = "caf\xe9";
    const struct summary_metric metrics[] = {{.name = name, .kind = SUMMARY_COUNTER, .value = 1}};
    AUTO(summary_destroy) struct summary *summary = new_summary(1);

    add_metrics(&summary->components[0], metrics, COUNT_OF(metrics));
    json_t *root = encode(summary);
    const json_t *list = json_object_get(component_of(root, 0), "metrics");
    const char *told = json_string_value(json_object_get(json_array_get(list, 0), "name"));
    ck_assert_ptr_nonnull(told);
    ck_assert_str_eq(told, "caf?");
    json_decref(root);
}
END_TEST

START_TEST(what_is_too_large_for_json_is_its_largest_number)
{
    AUTO(summary_destroy) struct summary *summary = new_summary(1);

    summary->components[0].executed = UINT64_MAX;
    json_t *root = encode(summary);
    ck_assert_int_eq(number(component_of(root, 0), "executed"), INT64_MAX);
    json_decref(root);
}
END_TEST

START_TEST(destroying_nothing_is_fine)
{
    struct summary *summary = NULL;

    summary_destroy(&summary);
    ck_assert_ptr_null(summary);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        a_run_is_told_in_one_object,
        each_component_has_its_counters,
        only_spouts_have_latencies,
        metrics_say_what_they_are,
        a_gauge_that_is_no_number_is_null,
        a_name_that_is_not_utf8_is_not_lost,
        what_is_too_large_for_json_is_its_largest_number,
        destroying_nothing_is_fine,
    };
    return suite_run("summary", tests, sizeof tests / sizeof *tests);
}
