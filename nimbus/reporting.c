/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What supervisors report each second: all of their workers, and what these have counted. It stays in
 * memory.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"

enum {
    HEALTH_TEXT_MAX = 1024,
    WORKERS_MAX = 1024, /* in a report */
    ERRORS_MAX = 64,    /* of a worker, in a report */
};

/* All of the report is looked at before any of it counts. */
static bool check(const json_t *args, struct control_fault *fault)
{
    const json_t *workers = json_object_get(args, "workers");
    size_t index;
    json_t *worker;

    if (!json_is_array(workers) || json_array_size(workers) > WORKERS_MAX)
        return control_refuse(fault, CONTROL_INVALID, "'workers' must be a list of at most %d",
                              WORKERS_MAX);
    json_array_foreach((json_t *)workers, index, worker)
    {
        if (!places_check(worker))
            return control_refuse(fault, CONTROL_INVALID,
                                  "'workers' has an element that is none: number %zu", index);
    }
    return true;
}

static void begin(struct core *core, const char *supervisor)
{
    const struct roll *topologies = registry_topologies(core->registry);

    for (size_t i = 0; i < topologies->count; i++) {
        struct topology *topology = topologies->items[i];
        places_begin(&topology->places, supervisor);
    }
}

/* An error that user code has told of; the supervisor writes them all into the cluster state, so here one
 * of each component is enough. */
static void take_error(struct core *core, struct topology *topology, struct watch_error error,
                       const json_t *said)
{
    struct control_fault fault;
    const char *component;
    const char *text;
    int64_t task;
    int64_t count;

    if (!control_text(said, "component", PLAN_NAME_MAX, &component, &fault) ||
        !control_text_or(said, "text", CONTROL_CHUNK_MAX, "", &text, &fault) ||
        !control_number_or(said, "task", 0, PLAN_TASKS_MAX, 0, &task, &fault) ||
        !control_number_or(said, "count", 1, INT64_MAX, 1, &count, &fault))
        return;                          /* of no use to anybody */
    error.component = (char *)component; /* both are copied */
    error.text = (char *)text;
    error.task = (uint32_t)task;
    error.count = (uint64_t)count;
    error.last_ms = core->wall_ms;
    error.last_ns = core->now_ns;
    watch_put_error(&topology->insight.watch, &error);
}

static void take_worker(struct core *core, struct topology *topology, const char *supervisor,
                        json_t *worker)
{
    const json_t *errors = json_object_get(worker, "errors");
    struct watch_error error = {
        .supervisor = (char *)supervisor, /* is copied */
        .slot = (uint32_t)json_integer_value(json_object_get(worker, "slot")),
    };

    for (size_t i = 0; i < json_array_size(errors) && i < ERRORS_MAX; i++)
        take_error(core, topology, error, json_array_get(errors, i));
    places_put(&topology->places, supervisor, worker, core->now_ns);
}

static void take_workers(struct core *core, const char *supervisor, const json_t *workers)
{
    size_t index;
    json_t *worker;

    begin(core, supervisor);
    json_array_foreach((json_t *)workers, index, worker)
    {
        const char *id = json_string_value(json_object_get(worker, "topology"));
        struct topology *topology = registry_find(core->registry, id);
        if (topology != NULL) /* else it is one that was removed: its workers are being stopped */
            take_worker(core, topology, supervisor, worker);
    }
}

static void take_health(struct core *core, struct supervisor *supervisor, bool is_healthy,
                        const char *text)
{
    if (supervisor->is_healthy != is_healthy) {
        effects_log(core->effects, is_healthy ? EFFECT_INFO : EFFECT_WARN, "supervisor.health",
                    "supervisor=%s healthy=%s text=\"%s\"", supervisor->id,
                    is_healthy ? "true" : "false", text);
        registry_put_news(core->registry);
    }
    supervisor->is_healthy = is_healthy;
    supervisor->has_reported = true;
    supervisor->reported_ns = core->now_ns;
    free(supervisor->health_text);
    supervisor->health_text = mem_copy_text(text);
}

/* ---- supervisor.report ---------------------------------------------------------------------- */

enum verdict operation_report(struct core *core, struct request *request)
{
    const json_t *args = request->args;
    struct control_fault fault;
    const char *id;
    const char *text;
    bool is_healthy;

    if (!control_text(args, "supervisor", PATHS_ID_MAX, &id, &fault) ||
        !control_flag_or(args, "healthy", true, &is_healthy, &fault) ||
        !control_text_or(args, "health_text", HEALTH_TEXT_MAX, "", &text, &fault) ||
        !check(args, &fault))
        return request_complain(core, request, &fault);
    if (!paths_id_is_valid(id))
        return request_refuse(core, request, CONTROL_INVALID, "'supervisor' is not an id");
    struct supervisor *supervisor = registry_reporter(core->registry, id);
    if (supervisor == NULL)
        return request_refuse(core, request, CONTROL_LIMIT, "there are too many supervisors");
    take_health(core, supervisor, is_healthy, text);
    chronicle_report(core, supervisor, json_object_get(args, "workers"));
    take_workers(core, supervisor->id, json_object_get(args, "workers"));
    return request_answer(core, request, steering_orders(core, supervisor->id));
}

/* ---- supervisor.figures --------------------------------------------------------------------- */

struct taking {
    struct core *core;
    const char *supervisor;
    const unsigned char *at; /* in the body */
    uint64_t refused;
};

/* The sizes must be those of the body, to the byte; what a worker says in its parts is another thing. */
static bool check_sizes(const json_t *workers, size_t body_size, struct control_fault *fault)
{
    uint64_t sum = 0;

    for (size_t w = 0; w < json_array_size(workers); w++) {
        const json_t *sizes = json_object_get(json_array_get(workers, w), "sizes");
        for (size_t i = 0; i < json_array_size(sizes); i++) {
            json_int_t size = json_integer_value(json_array_get(sizes, i));
            if (size < 1 || size > FIGURES_PART_MAX)
                return control_refuse(fault, CONTROL_INVALID,
                                      "a part has 1 to %d bytes, but 'sizes' has %lld",
                                      FIGURES_PART_MAX, (long long)size);
            sum += (uint64_t)size;
        }
    }
    if (sum != body_size)
        return control_refuse(fault, CONTROL_INVALID, "'sizes' add up to %llu, the body has %zu",
                              (unsigned long long)sum, body_size);
    return true;
}

static bool has_output(const struct plan_component *component, const char *stream)
{
    for (uint32_t i = 0; i < component->stream_count; i++)
        if (strcmp(component->streams[i].name, stream) == 0)
            return true;
    return false;
}

static bool has_input(const struct plan_component *component, const struct figures_input *input)
{
    for (uint32_t i = 0; i < component->input_count; i++)
        if (strcmp(component->inputs[i].from, input->from) == 0 &&
            strcmp(component->inputs[i].stream, input->stream) == 0)
            return true;
    return false;
}

/* Only what the topology has is kept: names and tasks that are made up would cost memory in each table and
 * time at each tick, and nobody would be shown them. Metrics have names of their own. */
static bool is_of_plan(const struct plan *plan, const struct figures_part *part)
{
    int index = plan == NULL ? -1 : plan_find(plan, part->component);

    if (index < 0)
        return false;
    const struct plan_component *component = &plan->components[index];
    bool is_of = part->is_spout == (component->role == PLAN_SPOUT);
    for (uint32_t i = 0; i < part->output_count && is_of; i++)
        is_of = has_output(component, part->outputs[i].stream);
    for (uint32_t i = 0; i < part->edge_count && is_of; i++)
        is_of = plan_find(plan, part->edges[i].to) >= 0;
    for (uint32_t i = 0; i < part->input_count && is_of; i++)
        is_of = has_input(component, &part->inputs[i]);
    for (uint32_t i = 0; i < part->task_count && is_of; i++)
        is_of = part->tasks[i].index < component->tasks;
    return is_of;
}

/* A worker whose memory is broken by user code may say anything: the others' figures still count. */
static void take_part(struct taking *taking, struct topology *topology,
                      const struct tally_source *source, size_t size)
{
    struct figures_decoded *decoded;

    if (figures_decode(taking->at, size, &decoded, NULL) != ERR_OK) {
        taking->refused++;
        return;
    }
    const struct figures_part *part = figures_decoded_part(decoded);
    if (!is_of_plan(topology->plan, part) || !tally_take(&topology->insight.tally, source, part))
        taking->refused++;
    figures_decoded_destroy(&decoded);
}

static bool take_figures(struct taking *taking, const json_t *worker, struct control_fault *fault)
{
    const json_t *sizes = json_object_get(worker, "sizes");
    const char *id;
    int64_t slot;
    int64_t incarnation;

    if (!control_text(worker, "topology", PATHS_ID_MAX, &id, fault) ||
        !control_number(worker, "slot", 0, SUPERVISOR_STATE_SLOTS_MAX - 1, &slot, fault) ||
        !control_number(worker, "incarnation", 0, INT64_MAX, &incarnation, fault))
        return false;
    struct topology *topology = registry_find(taking->core->registry, id);
    struct tally_source source = {taking->supervisor, (uint32_t)slot, (uint64_t)incarnation};
    for (size_t i = 0; i < json_array_size(sizes); i++) {
        size_t size = (size_t)json_integer_value(json_array_get(sizes, i));
        if (topology != NULL)
            take_part(taking, topology, &source, size);
        taking->at += size;
    }
    return true;
}

enum verdict operation_supervisor_figures(struct core *core, struct request *request)
{
    const json_t *workers = json_object_get(request->args, "workers");
    struct taking taking = {.core = core, .at = request->body};
    struct control_fault fault;

    if (!control_text(request->args, "supervisor", PATHS_ID_MAX, &taking.supervisor, &fault))
        return request_complain(core, request, &fault);
    if (!paths_id_is_valid(taking.supervisor))
        return request_refuse(core, request, CONTROL_INVALID, "'supervisor' is not an id");
    if (!json_is_array(workers) || json_array_size(workers) > WORKERS_MAX)
        return request_refuse(core, request, CONTROL_INVALID,
                              "'workers' must be a list of at most %d", WORKERS_MAX);
    if (!check_sizes(workers, request->body_size, &fault))
        return request_complain(core, request, &fault);
    for (size_t w = 0; w < json_array_size(workers); w++)
        if (!take_figures(&taking, json_array_get(workers, w), &fault))
            return request_complain(core, request, &fault);
    if (taking.refused > 0)
        effects_log(core->effects, EFFECT_DEBUG, "figures.refused", "supervisor=%s parts=%llu",
                    taking.supervisor, (unsigned long long)taking.refused);
    return request_answer(core, request, steering_orders(core, taking.supervisor));
}
