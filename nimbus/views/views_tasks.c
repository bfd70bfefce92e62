/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topology.tasks: every task, where it runs, and what it did in a window.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "nimbus/core_parts.h"
#include "nimbus/views/show.h"

enum {
    TASKS_MAX = 5000, /* in an answer */
};

/* By the task's number in the topology. */
struct seat {
    const struct assignment_worker *worker; /* NULL: it has no place */
    uint32_t first, last;                   /* tasks of its executor */
};

struct view {
    const struct core *core;
    const struct topology *topology;
    const struct glance *glance;
    struct seat *seats;
    json_t *list;
    uint64_t total;
};

static void find_seats(const struct topology *topology, struct seat *seats)
{
    struct executors_component components[PLAN_COMPONENTS_MAX];
    size_t count = executors_of(topology, components);
    struct executors_range range;

    for (size_t w = 0; w < topology->assignment.worker_count; w++) {
        const struct assignment_worker *worker = &topology->assignment.workers[w];
        for (size_t e = 0; e < worker->executor_count; e++) {
            if (!executors_find(components, count, worker->executors[e], &range))
                continue;
            uint32_t last = range.first_task + range.task_count - 1;
            for (uint32_t task = range.first_task; task <= last; task++)
                seats[task] = (struct seat){worker, range.first_task, last};
        }
    }
}

static void put_seat(json_t *shown, const struct view *view, const struct seat *seat)
{
    const struct assignment_worker *worker = seat->worker;
    const struct supervisor *supervisor =
        worker == NULL ? NULL : registry_supervisor(view->core->registry, worker->supervisor);
    bool is_there = supervisor != NULL && supervisor->is_there;
    json_t *executor = worker == NULL
                           ? json_null()
                           : json_pack("[I, I]", (json_int_t)seat->first, (json_int_t)seat->last);

    show_text(shown, "supervisor", worker == NULL ? NULL : worker->supervisor);
    show_known(shown, "slot", worker != NULL, worker == NULL ? 0 : worker->slot);
    show_text(shown, "host", is_there ? supervisor->state.host : NULL);
    show_put(shown, "executor", executor);
}

/* Of one to two minutes for windows up to one; else of all that the task has done. */
static json_t *show_latency(const struct view *view, const struct tally_task *task)
{
    struct histogram histogram = {.count = 0};

    if (view->glance->asked_s > 0 && view->glance->asked_s <= TALLY_RECENT_TICKS) {
        spread_merge(&task->latency.minute, &histogram);
        spread_merge(&task->latency.before, &histogram);
    } else {
        spread_merge(&task->latency.all, &histogram);
    }
    return show_histogram(&histogram);
}

static json_t *show_outputs(const struct tally_component *component, const uint64_t *values)
{
    json_t *outputs = json_array();

    for (uint32_t i = 0; i < component->output_count; i++) {
        const struct tally_output *output = &component->outputs[i];
        json_t *line = json_object();
        show_text(line, "stream", output->stream);
        show_number(line, "emitted", values[output->at]);
        show_number(line, "sent", values[output->at + 1]);
        (void)json_array_append_new(outputs, line);
    }
    return outputs;
}

static json_t *show_inputs(const struct tally_component *component, const uint64_t *values)
{
    json_t *inputs = json_array();

    for (uint32_t i = 0; i < component->input_count; i++) {
        const struct tally_input *input = &component->inputs[i];
        json_t *line = json_object();
        show_text(line, "component", input->from);
        show_text(line, "stream", input->stream);
        show_number(line, "executed", values[input->at + TALLY_EXECUTED]);
        show_number(line, "acked", values[input->at + TALLY_INPUT_ACKED]);
        show_number(line, "failed", values[input->at + TALLY_INPUT_FAILED]);
        (void)json_array_append_new(inputs, line);
    }
    return inputs;
}

static void put_shares(json_t *shown, const struct view *view, const uint64_t *values)
{
    bool is_known = view->glance->seconds > 0;

    show_real(shown, "capacity",
              is_known ? glance_share(view->glance, values[TALLY_BUSY_NS]) : (double)NAN);
    show_real(shown, "blocked",
              is_known ? glance_share(view->glance, values[TALLY_BLOCKED_NS]) : (double)NAN);
}

static void put_now(json_t *shown, const struct tally_now *now)
{
    double fill =
        now->queue_limit_bytes == 0 ? 0 : (double)now->queue_bytes / (double)now->queue_limit_bytes;

    show_known(shown, "loop", now->is_live, now->loop);
    show_known(shown, "uptime_ms", now->is_live, now->uptime_ns / 1000000);
    show_real(shown, "queue_fill", now->is_live ? fill : (double)NAN);
    show_known(shown, "open", now->is_live, now->open);
}

static void put_counts(json_t *shown, const struct glance_counts *window,
                       const struct glance_counts *total)
{
    json_t *window_shown = json_object();
    json_t *total_shown = json_object();

    show_counts(window_shown, window);
    show_counts(total_shown, total);
    show_put(shown, "window", window_shown);
    show_put(shown, "total", total_shown);
}

static void put_figures(json_t *shown, const struct view *view,
                        const struct glance_component *component, uint32_t task)
{
    size_t index = (size_t)(component - view->glance->components);
    const struct marks_table *table = &view->glance->counters[index];
    const uint64_t *values = &table->values[task * table->width];
    struct glance_counts window = glance_task_window(view->glance, index, task);
    struct glance_counts total = glance_task_total(view->glance, index, task);
    uint64_t lag = 0;
    bool has_lag = glance_lag(component->tally, task, &lag);

    put_counts(shown, &window, &total);
    show_rate(shown, "per_s", component->tally->is_spout ? window.emitted : window.executed,
              view->glance->seconds);
    put_shares(shown, view, values);
    put_now(shown, &component->tally->tasks[task].now);
    show_known(shown, "lag", has_lag, lag);
    show_put(shown, "latency", show_latency(view, &component->tally->tasks[task]));
    show_put(shown, "outputs", show_outputs(component->tally, values));
    show_put(shown, "inputs", show_inputs(component->tally, values));
}

/* A task of which nobody has said anything: of a topology that is new it has done nothing. */
static void put_nothing(json_t *shown, const struct insight *insight)
{
    static const char *const members[] = {"per_s", "capacity", "blocked", "loop",      "uptime_ms",
                                          "open",  "lag",      "latency", "queue_fill"};
    struct glance_counts none = {0};

    put_counts(shown, &none, insight->is_inherited ? NULL : &none);
    for (size_t i = 0; i < COUNT_OF(members); i++)
        show_put(shown, members[i], json_null());
    show_put(shown, "outputs", json_array());
    show_put(shown, "inputs", json_array());
}

static void add_tasks(struct view *view, const struct plan_component *component)
{
    const struct glance_component *figures = glance_find(view->glance, component->name);

    view->total += component->tasks;
    for (uint32_t task = 0; task < component->tasks; task++) {
        if (json_array_size(view->list) == TASKS_MAX)
            return;
        uint32_t id = component->first_task + task;
        json_t *shown = json_object();
        show_text(shown, "component", component->name);
        show_number(shown, "task", task);
        show_number(shown, "id", id);
        put_seat(shown, view, &view->seats[id]);
        if (figures != NULL && task < figures->tally->task_count &&
            figures->tally->tasks[task].is_known)
            put_figures(shown, view, figures, task);
        else
            put_nothing(shown, &view->topology->insight);
        (void)json_array_append_new(view->list, shown);
    }
}

static json_t *show_tasks(struct view *view, const char *component)
{
    const struct plan *plan = view->topology->plan;
    json_t *ok = json_object();

    view->seats = NEW_ARRAY(struct seat, plan == NULL ? 0 : plan->task_count);
    view->list = json_array();
    if (plan != NULL)
        find_seats(view->topology, view->seats);
    for (uint32_t i = 0; plan != NULL && i < plan->component_count; i++)
        if (component[0] == '\0' || strcmp(plan->components[i].name, component) == 0)
            add_tasks(view, &plan->components[i]);
    tick_show(ok, view->core);
    show_number(ok, "window_s", view->glance->asked_s);
    show_number(ok, "covered_s", view->glance->seconds);
    show_put(ok, "tasks", view->list);
    show_number(ok, "tasks_total", view->total);
    free(view->seats);
    return ok;
}

enum verdict operation_tasks(struct core *core, struct request *request)
{
    const struct topology *topology = request_topology(core, request);
    struct control_fault fault;
    const char *component;
    int64_t window_s;

    if (topology == NULL)
        return REQUEST_DONE;
    if (!request_window(request, &window_s, &fault) ||
        !control_text_or(request->args, "component", PLAN_NAME_MAX, "", &component, &fault))
        return request_complain(core, request, &fault);
    if (request_awaits_plan(request, topology))
        return REQUEST_WAITS;
    if (component[0] != '\0' && topology->plan != NULL && plan_find(topology->plan, component) < 0)
        return request_refuse(core, request, CONTROL_NOT_FOUND,
                              "topology '%s' has no component '%s'", topology->state.name,
                              component);
    struct glance *glance = NEW(struct glance);
    glance_init(glance, &topology->insight.tally, &topology->insight.marks, (uint64_t)window_s,
                NULL, 0);
    struct view view = {.core = core, .topology = topology, .glance = glance};
    json_t *ok = show_tasks(&view, component);
    glance_done(glance);
    free(glance);
    return request_answer(core, request, ok);
}
