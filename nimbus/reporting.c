/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What supervisors report: each second all of their workers. It stays in memory.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"

enum {
    HEALTH_TEXT_MAX = 1024,
    WORKERS_MAX = 1024, /* in a report */
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
        if (!figures_check(worker))
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
        figures_begin(&topology->figures, supervisor);
    }
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
            figures_put(&topology->figures, supervisor, worker, core->now_ns);
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
    take_workers(core, supervisor->id, json_object_get(args, "workers"));
    return request_answer(core, request, json_object());
}
