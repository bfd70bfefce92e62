/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include <stdlib.h>

#include "base/mem.h"
#include "worker/runtime.h"
#include "worker/wiring.h"

/* ---- what all loops share ---- */

static void describe_streams(struct worker *worker)
{
    const struct plan *plan = worker->plan;

    worker->schemas = NEW_ARRAY(struct record_schema, plan->stream_count);
    worker->streams = NEW_ARRAY(const struct gale_stream *, plan->stream_count);
    worker->stream_components = NEW_ARRAY(const char *, plan->stream_count);
    for (uint32_t c = 0; c < plan->component_count; c++) {
        for (uint32_t s = 0; s < plan->components[c].stream_count; s++) {
            uint32_t id = plan->components[c].streams[s].id;
            worker->streams[id] = worker->topology->components[c]->emits[s];
            worker->stream_components[id] = plan->components[c].name;
            record_schema_init(&worker->schemas[id], worker->streams[id]);
        }
    }
}

static void describe_tasks(struct worker *worker)
{
    const struct plan *plan = worker->plan;

    worker->code = NEW_ARRAY(const struct gale_component *, plan->component_count);
    worker->component_of_task = NEW_ARRAY(uint32_t, plan->task_count);
    for (uint32_t c = 0; c < plan->component_count; c++) {
        worker->code[c] = worker->topology->components[c];
        for (uint32_t t = 0; t < plan->components[c].tasks; t++)
            worker->component_of_task[plan->components[c].first_task + t] = c;
    }
}

/* ---- stages and tasks ---- */

static uint32_t tasks_here(const struct loop *loop, const struct plan_component *component)
{
    uint32_t count = 0;

    for (uint32_t t = 0; t < component->tasks; t++)
        count += loop->worker->placement->loop_of_task[component->first_task + t] == loop->index;
    return count;
}

static uint16_t first_task_here(const struct loop *loop, const struct plan_component *component)
{
    uint32_t task = component->first_task;

    while (loop->worker->placement->loop_of_task[task] != loop->index)
        task++;
    return (uint16_t)task;
}

static void build_task(struct stage *stage, struct task *task, uint32_t index)
{
    const struct worker *worker = stage->loop->worker;

    task->handle.host = &runtime_host;
    task->stage = stage;
    task->loop = stage->loop;
    task->worker = stage->loop->worker;
    task->index = index;
    task->id = stage->component->first_task + index;
    task->inputs = NEW_ARRAY(struct input_stats, stage->stats.input_count);
    list_init(&task->held);
    conf_init(&task->conf, worker->config, stage->component->name);
    metrics_init(&task->metrics, &runtime_host);
    stage->loop->tasks[task->id] = task;
}

static void build_spout(struct stage *stage)
{
    const struct config *config = stage->loop->worker->config;
    struct acker_options options = {.task = stage->id,
                                    .generation = (uint32_t)rng_next(&stage->loop->rng),
                                    .trees_max = ACKER_TREES_MAX,
                                    .timeout_ns = config->timeout_ms * UINT64_C(1000000)};

    stage->acker = acker_new(&options);
    stage->lost_due_ns = UINT64_MAX;
}

static void build_stage(struct loop *loop, uint32_t component, uint32_t task_count)
{
    struct worker *worker = loop->worker;
    struct stage *stage = NEW(struct stage);

    stage->loop = loop;
    stage->component = &worker->plan->components[component];
    stage->code = worker->code[component];
    stage->component_index = component;
    stage->id = first_task_here(loop, stage->component);
    stage->next_tick_ns = UINT64_MAX;
    stage->view.handle.host = &runtime_host;
    stage->task_count = stage->next_ticked = stage->next_changed = task_count;
    stage->tasks = NEW_ARRAY(struct task, task_count);
    stats_init(stage);
    worker->stages[worker->stage_total++] = stage;
    loop->stages[component] = stage;
    if (stage->component->role == PLAN_SPOUT)
        build_spout(stage);

    uint32_t next = 0;
    for (uint32_t t = 0; t < stage->component->tasks; t++) {
        if (worker->placement->loop_of_task[stage->component->first_task + t] == loop->index)
            build_task(stage, &stage->tasks[next++], t);
    }
}

/* Upstream first, so that a tuple gets through the loop in one turn. */
static void sort_stages(struct loop *loop)
{
    const struct plan *plan = loop->worker->plan;

    for (uint32_t rank = 0; rank <= plan->component_count; rank++) {
        for (uint32_t c = 0; c < plan->component_count; c++) {
            if (loop->stages[c] != NULL && plan->components[c].rank == rank)
                loop->order[loop->stage_count++] = loop->stages[c];
        }
    }
}

static void build_records(struct loop *loop)
{
    const struct worker *worker = loop->worker;

    loop->records = NEW_ARRAY(void *, worker->plan->stream_count);
    for (uint32_t s = 0; s < worker->plan->stream_count; s++)
        loop->records[s] = mem_alloc(worker->schemas[s].size);
}

static void build_loop(struct worker *worker, uint32_t index, uint64_t seed)
{
    const struct plan *plan = worker->plan;
    struct loop *loop = NEW(struct loop);

    worker->loops[index] = loop;
    loop->worker = worker;
    loop->index = index;
    loop->budget = 1;
    loop->clock.is_on = worker->config->stats;
    loop->rested = true;
    rng_init(&loop->rng, seed);
    parker_init(&loop->parker);
    intake_init(&loop->inbox);
    loop->stages = NEW_ARRAY(struct stage *, plan->component_count);
    loop->order = NEW_ARRAY(struct stage *, plan->component_count);
    loop->tasks = NEW_ARRAY(struct task *, plan->task_count);
    loop->ack_places = NEW_ARRAY(uint32_t, ACK_PLACES);
    build_records(loop);
    for (uint32_t c = 0; c < plan->component_count; c++) {
        uint32_t count = tasks_here(loop, &plan->components[c]);
        if (count > 0)
            build_stage(loop, c, count);
    }
    sort_stages(loop);
}

enum err worker_new(const struct worker_options *options, struct worker **ret_worker,
                    struct error *error)
{
    struct placement *placement;
    enum err err =
        placement_new(options->plan, options->loops, options->executors, &placement, error);

    if (err != ERR_OK)
        return err;
    struct worker *worker = NEW(struct worker);
    worker->topology = options->topology;
    worker->plan = options->plan;
    worker->config = options->config;
    worker->args = options->args;
    worker->arg_count = options->arg_count;
    worker->log = options->log;
    worker->find_service = options->find_service;
    worker->run = options->run != NULL ? options->run : "";
    worker->clock = options->clock;
    worker->clock_context = options->clock_context;
    worker->placement = placement;
    worker->loop_count = placement->loop_count;
    worker->loops = NEW_ARRAY(struct loop *, worker->loop_count);
    uint32_t stages_max = worker->loop_count * options->plan->component_count;
    worker->stages = NEW_ARRAY(struct stage *, stages_max);
    worker->postman = options->postman;
    intake_init(&worker->post);
    atomic_init(&worker->is_active, true);
    atomic_init(&worker->undone, worker->loop_count);
    parker_init(&worker->conductor);
    describe_streams(worker);
    describe_tasks(worker);

    struct rng seeds;
    rng_init(&seeds, options->seed);
    for (uint32_t i = 0; i < worker->loop_count; i++)
        build_loop(worker, i, rng_next(&seeds));
    atomic_store(&worker->routing, options->routing != NULL
                                       ? options->routing
                                       : routing_new_alone(options->plan, placement));
    wiring_init(worker);
    *ret_worker = worker;
    return ERR_OK;
}

/* ---- the way down ---- */

static void destroy_task(struct task *task)
{
    wiring_done_task(task);
    metrics_done(&task->metrics);
    free(task->inputs);
    free(task->latency);
    free(task->self);
}

static void destroy_stage(struct stage *stage)
{
    for (uint32_t t = 0; t < stage->task_count; t++)
        destroy_task(&stage->tasks[t]);
    block_destroy(&stage->reading);
    acker_destroy(&stage->acker);
    stats_done(stage);
    free(stage->outputs);
    free(stage->tasks);
    free(stage);
}

static void destroy_loop(struct loop *loop)
{
    for (uint32_t s = 0; s < loop->stage_count; s++)
        destroy_stage(loop->order[s]);
    wiring_done_loop(loop);
    for (uint32_t s = 0; s < loop->worker->plan->stream_count; s++)
        free(loop->records[s]);
    free(loop->records);
    free(loop->foreigns);
    free(loop->stages);
    free(loop->order);
    free(loop->tasks);
    free(loop->ack_places);
    free(loop->nothing);
    free(atomic_load(&loop->sample));
    sample_forget_lines(&loop->lines);
    free(loop);
}

static void destroy(struct worker *worker)
{
    struct routing *routing = (struct routing *)atomic_load(&worker->routing);

    for (uint32_t i = 0; i < worker->loop_count; i++)
        destroy_loop(worker->loops[i]);
    placement_destroy(&worker->placement);
    free(worker->schemas);
    free(worker->streams);
    free(worker->stream_components);
    free(worker->code);
    free(worker->component_of_task);
    free(worker->loops);
    free(worker->stages);
    routing_destroy(&routing);
    free(worker);
}

void worker_destroy(struct worker **worker)
{
    if (*worker != NULL)
        destroy(*worker);
    *worker = NULL;
}
