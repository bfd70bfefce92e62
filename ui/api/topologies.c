/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ui/api/asking.h"
#include "ui/api/handlers.h"
#include "ui/read.h"

enum {
    METRICS_MAX = 16,
    METRIC_MAX = 64, /* bytes */
    TASK_MAX = 16384,
    SECONDS_MAX = 86400,
    SECONDS = 900,
    SPARK_POINTS = 60,
};

static json_t *name_of(const struct handling *handling)
{
    return json_string(request_param(handling->request, "name"));
}

/* A query's text, or null without it. */
static json_t *query_of(const struct handling *handling, const char *name)
{
    const char *value = request_query(handling->request, name, "");

    return value[0] == '\0' ? json_null() : json_string(value);
}

/* ---- the list ---- */

/* Of one without: a topology that nimbus did not know yet when it was asked for them. */
static json_t *no_spark(void)
{
    json_t *values = json_array();

    for (int i = 0; i < SPARK_POINTS; i++)
        (void)json_array_append_new(values, json_null());
    return values;
}

/* By topology id. Sparks are an ornament: the list comes without them, too. */
static json_t *ask_sparks(const struct handling *handling)
{
    const struct backend *backend = handling->backend;
    struct backend_question question = {.op = "sparks"};
    json_t *by_id = json_object();
    struct control_fault fault;
    json_t *ok;
    json_t *item;
    size_t index;

    if (backend->nimbus(backend->context, BACKEND_LOOKUP, &question, &ok, &fault) != CONTROL_OK)
        return by_id;
    json_array_foreach(json_object_get(ok, "sparks"), index, item)
    {
        json_t *values = json_object_get(item, "values");
        if (json_array_size(values) == SPARK_POINTS)
            asking_put(by_id, read_text(item, "id"), json_incref(values));
    }
    json_decref(ok);
    return by_id;
}

/* A topology's own line is the pulse's, which others have as well. */
static json_t *with_sparks(const struct handling *handling, const json_t *topologies)
{
    json_t *by_id = ask_sparks(handling);
    json_t *lines = json_array();
    json_t *item;
    size_t index;

    json_array_foreach(topologies, index, item)
    {
        json_t *values = json_object_get(by_id, read_text(item, "id"));
        json_t *line = json_copy(item);
        asking_put(line, "spark", values == NULL ? no_spark() : json_incref(values));
        (void)json_array_append_new(lines, line);
    }
    json_decref(by_id);
    return lines;
}

void api_topologies(struct handling *handling)
{
    static const char *const known[] = {"spark", NULL};
    bool has_spark;
    json_t *pulse;

    if (!asking_check(handling, known) || !asking_flag(handling, "spark", &has_spark) ||
        !ask_nimbus(handling, BACKEND_LOOKUP, "pulse", NULL, &pulse))
        return;
    json_t *topologies = json_object_get(pulse, "topologies");
    json_t *answer = json_object();
    asking_put(answer, "tick", json_incref(json_object_get(pulse, "tick")));
    asking_put(answer, "at_ms", json_incref(json_object_get(pulse, "at_ms")));
    asking_put(answer, "topologies",
               has_spark ? with_sparks(handling, topologies) : json_incref(topologies));
    answer_json(handling, answer);
    json_decref(pulse);
}

/* ---- one of them ---- */

/* As it is; or as it was, if it has ended. The fault is that of the first, which says what there is. */
void api_topology(struct handling *handling)
{
    static const char *const none[] = {NULL};
    const struct backend *backend = handling->backend;
    struct backend_question question = {.op = "topology.status"};
    struct control_fault fault;
    struct control_fault ended_fault;
    json_t *ok;

    if (!asking_check(handling, none))
        return;
    question.args = json_pack("{s:o}", "name", name_of(handling));
    enum control_code code =
        backend->nimbus(backend->context, BACKEND_LOOKUP, &question, &ok, &fault);
    if (code == CONTROL_NOT_FOUND) {
        question.op = "topology.ended";
        code = backend->nimbus(backend->context, BACKEND_LOOKUP, &question, &ok, &ended_fault);
    }
    json_decref(question.args);
    if (code == CONTROL_OK)
        answer_json(handling, ok);
    else
        answer_fault(handling, &fault);
}

void api_figures(struct handling *handling)
{
    static const char *const known[] = {"window", NULL};
    int64_t window;

    if (asking_check(handling, known) && asking_window(handling, &window))
        asking_pass(
            handling, "topology.figures",
            json_pack("{s:o, s:I}", "name", name_of(handling), "window_s", (json_int_t)window));
}

void api_tasks(struct handling *handling)
{
    static const char *const known[] = {"component", "window", NULL};
    int64_t window;

    if (asking_check(handling, known) && asking_window(handling, &window))
        asking_pass(handling, "topology.tasks",
                    json_pack("{s:o, s:o, s:I}", "name", name_of(handling), "component",
                              query_of(handling, "component"), "window_s", (json_int_t)window));
}

/* "a,b" as a list; NULL, and answered, if there are too many. */
static json_t *read_metrics(struct handling *handling)
{
    const char *rest = request_query(handling->request, "metrics", "");
    json_t *metrics = json_array();

    while (*rest != '\0') {
        size_t size = strcspn(rest, ",");
        if (size == 0 || size > METRIC_MAX || json_array_size(metrics) == METRICS_MAX)
            break;
        (void)json_array_append_new(metrics, json_stringn(rest, size));
        rest += size + (rest[size] == ',' ? 1 : 0);
    }
    if (*rest == '\0' && json_array_size(metrics) > 0)
        return metrics;
    json_decref(metrics);
    answer_refuse(handling, CONTROL_INVALID,
                  "'metrics' must be 1 to %d names, joined by ',', as 'done_per_s,latency_p99_ns'",
                  METRICS_MAX);
    return NULL;
}

void api_history(struct handling *handling)
{
    static const char *const known[] = {"component", "task", "tasks", "metrics", "seconds", NULL};
    int64_t task;
    int64_t seconds;
    bool has_tasks;

    if (!asking_check(handling, known) ||
        !request_number(handling, "task", 0, TASK_MAX, -1, &task) ||
        !request_number(handling, "seconds", 1, SECONDS_MAX, SECONDS, &seconds) ||
        !asking_flag(handling, "tasks", &has_tasks))
        return;
    json_t *metrics = read_metrics(handling);
    if (metrics == NULL)
        return;
    asking_pass(handling, "topology.history",
                json_pack("{s:o, s:o, s:o, s:b, s:o, s:I}", "name", name_of(handling), "component",
                          query_of(handling, "component"), "task",
                          task < 0 ? json_null() : json_integer((json_int_t)task), "tasks",
                          has_tasks, "metrics", metrics, "seconds", (json_int_t)seconds));
}

void api_errors(struct handling *handling)
{
    static const char *const none[] = {NULL};

    if (asking_check(handling, none))
        asking_pass(handling, "topology.errors", json_pack("{s:o}", "name", name_of(handling)));
}

void api_ended(struct handling *handling)
{
    static const char *const none[] = {NULL};

    if (asking_check(handling, none))
        asking_pass(handling, "topology.ended_list", NULL);
}
