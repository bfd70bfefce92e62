/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/wiring.h"

#include <stdlib.h>

#include "base/mem.h"
#include "worker/runtime.h"

#define LOCAL_BLOCKS  4u /* of a lane to the own loop: what is read next should still be in cache */
#define SPECIAL_LANES 2u /* behind the lanes to components: acks, fails */

/* ---- lanes and links ---- */

static uint32_t credit_blocks(const struct config *config)
{
    uint64_t blocks = config->link_bytes / config->block_bytes;

    return blocks < 2 ? 2 : (uint32_t)blocks;
}

/* A lane that closes a cycle has its reserve beyond the credit. */
static uint64_t waiting_max(const struct worker *worker, uint32_t component)
{
    const struct plan_component *plan = &worker->plan->components[component];
    uint64_t bytes = worker->config->emit_bytes_max;

    for (uint32_t i = 0; i < plan->input_count; i++) {
        if (plan->inputs[i].reserve_bytes > bytes)
            bytes = plan->inputs[i].reserve_bytes;
    }
    return bytes;
}

static struct lane *lane_to(const struct loop *loop, uint32_t component, uint32_t to)
{
    return &loop->lanes[component * loop->worker->loop_count + to];
}

static void build_lanes_to(struct loop *loop, uint32_t to)
{
    struct worker *worker = loop->worker;
    const struct config *config = worker->config;
    uint32_t components = worker->plan->component_count;
    struct link *link = to == loop->index ? NULL : &loop->out[to];
    struct lane_options options = {.link = link,
                                   .limit = link == NULL ? LOCAL_BLOCKS : credit_blocks(config)};
    uint32_t blocks = 0;

    for (uint32_t c = 0; c < components; c++) {
        if (worker->loops[to]->stages[c] == NULL)
            continue;
        options.kind = BLOCK_DATA;
        options.component = (uint16_t)c;
        options.waiting_bytes_max = waiting_max(worker, c);
        lane_init(lane_to(loop, c, to), &loop->outbox, &options);
        blocks += options.limit;
    }
    if (link == NULL)
        return;
    options.component = 0;
    options.waiting_bytes_max = UINT64_MAX; /* bolts stop when one block waits */
    options.kind = BLOCK_ACKS;
    lane_init(lane_to(loop, components, to), &loop->outbox, &options);
    options.kind = BLOCK_FAILS;
    lane_init(lane_to(loop, components + 1, to), &loop->outbox, &options);
    blocks += SPECIAL_LANES * options.limit;
    ring_init(&link->forward, blocks);
    ring_init(&link->back, blocks);
    link->receiver = &worker->loops[to]->parker;
    link->sender = &loop->parker;
    link->sender_wants_room = &loop->wants_room;
    worker->loops[to]->in[loop->index] = link;
}

static void build_lanes(struct loop *loop)
{
    const struct worker *worker = loop->worker;
    uint32_t lanes = (worker->plan->component_count + SPECIAL_LANES) * worker->loop_count;
    struct outbox_options options = {
        .block_bytes = worker->config->block_bytes, .lanes_max = lanes, .queues = loop->queues};

    loop->queues = NEW_ARRAY(struct block_queue, worker->plan->component_count);
    options.queues = loop->queues;
    outbox_init(&loop->outbox, &options);
    loop->lanes = NEW_ARRAY(struct lane, lanes);
    loop->out = NEW_ARRAY(struct link, worker->loop_count);
    for (uint32_t to = 0; to < worker->loop_count; to++)
        build_lanes_to(loop, to);
}

static void build_targets(struct loop *loop)
{
    const struct worker *worker = loop->worker;
    const struct plan *plan = worker->plan;

    loop->targets = NEW_ARRAY(struct target *, plan->component_count);
    for (uint32_t c = 0; c < plan->component_count; c++) {
        const struct plan_component *component = &plan->components[c];
        loop->targets[c] = NEW_ARRAY(struct target, component->tasks);
        for (uint32_t t = 0; t < component->tasks; t++) {
            uint32_t task = component->first_task + t;
            uint32_t to = worker->placement->loop_of_task[task];
            loop->targets[c][t] = (struct target){.lane = lane_to(loop, c, to), .task = task};
        }
    }
}

/* ---- who subscribes to what ---- */

/* Calls `visit` for each input that reads a stream of this component. */
static void for_each_input(const struct worker *worker, uint32_t from,
                           void (*visit)(void *context, uint32_t component, uint32_t input),
                           void *context)
{
    const struct plan *plan = worker->plan;

    for (uint32_t c = 0; c < plan->component_count; c++) {
        for (uint32_t i = 0; i < plan->components[c].input_count; i++) {
            if (plan->components[c].inputs[i].from_index == from)
                visit(context, c, i);
        }
    }
}

/* ---- the ways out of a task ---- */

static struct emitter *emitter_of(const struct task *task, uint32_t component, uint32_t input)
{
    const struct plan *plan = task->stage->loop->worker->plan;

    return &task->emitters[plan->components[component].inputs[input].stream_index];
}

static void count_route(void *context, uint32_t component, uint32_t input)
{
    emitter_of(context, component, input)->route_count++;
}

static void build_route(void *context, uint32_t to, uint32_t input)
{
    struct task *task = context;
    struct loop *loop = task->stage->loop;
    const struct plan_component *subscriber = &loop->worker->plan->components[to];
    const struct plan_input *plan = &subscriber->inputs[input];
    struct emitter *emitter = emitter_of(task, to, input);
    struct route *route = &emitter->routes[emitter->route_count++];
    struct grouping_options options = {
        .kind = plan->by, .target_count = subscriber->tasks, .seed = rng_next(&loop->rng)};

    grouping_init(&route->grouping, &options);
    route->targets = loop->targets[to];
    route->target_count = subscriber->tasks;
    route->choose = loop->worker->code[to]->inputs[input].choose;
    route->key_count = plan->key_count;
    for (uint32_t k = 0; k < plan->key_count; k++)
        route->key_indices[k] = plan->key_indices[k];
}

static void build_emitter(const struct task *task, struct emitter *emitter, uint32_t stream)
{
    const struct worker *worker = task->stage->loop->worker;
    const struct plan_stream *own = &task->stage->component->streams[stream];

    emitter->stream = worker->streams[own->id];
    emitter->schema = &worker->schemas[own->id];
    emitter->stream_id = (uint16_t)own->id;
    emitter->is_direct = own->direct;
    emitter->size_max = worker->config->tuple_bytes_max;
}

static bool is_plain(const struct emitter *emitter)
{
    if (emitter->route_count != 1 || emitter->is_direct)
        return false;
    enum plan_grouping kind = emitter->routes[0].grouping.kind;
    return kind != PLAN_ALL && kind != PLAN_CUSTOM;
}

static void build_emitters(struct task *task)
{
    const struct stage *stage = task->stage;
    const struct worker *worker = stage->loop->worker;

    task->emitter_count = stage->component->stream_count;
    task->emitters = NEW_ARRAY(struct emitter, task->emitter_count);
    for_each_input(worker, stage->component_index, count_route, task);
    for (uint32_t s = 0; s < task->emitter_count; s++) {
        build_emitter(task, &task->emitters[s], s);
        task->emitters[s].routes = NEW_ARRAY(struct route, task->emitters[s].route_count);
        task->emitters[s].route_count = 0;
    }
    for_each_input(worker, stage->component_index, build_route, task);
    for (uint32_t s = 0; s < task->emitter_count; s++)
        task->emitters[s].is_plain = is_plain(&task->emitters[s]);
}

void wiring_done_task(struct task *task)
{
    for (uint32_t e = 0; e < task->emitter_count; e++) {
        for (uint32_t r = 0; r < task->emitters[e].route_count; r++)
            grouping_done(&task->emitters[e].routes[r].grouping);
        free(task->emitters[e].routes);
    }
    free(task->emitters);
}

/* ---- what must have room before a stage's user code is called ---- */

static void add_output(struct stage *stage, struct lane *lane)
{
    for (uint32_t i = 0; i < stage->output_count; i++) {
        if (stage->outputs[i] == lane)
            return;
    }
    stage->outputs[stage->output_count++] = lane;
}

/* An input that closes a cycle does not hold its sender back: it has a reserve instead. */
static void add_outputs(void *context, uint32_t component, uint32_t input)
{
    struct stage *stage = context;
    const struct worker *worker = stage->loop->worker;

    if (worker->plan->components[component].inputs[input].closes_cycle)
        return;
    for (uint32_t to = 0; to < worker->loop_count; to++) {
        if (worker->loops[to]->stages[component] != NULL)
            add_output(stage, lane_to(stage->loop, component, to));
    }
}

static void build_outputs(struct stage *stage)
{
    const struct worker *worker = stage->loop->worker;
    uint32_t lanes = worker->plan->component_count * worker->loop_count;

    stage->outputs = NEW_ARRAY(struct lane *, lanes);
    for_each_input(worker, stage->component_index, add_outputs, stage);
}

static void connect_loop(struct loop *loop)
{
    build_targets(loop);
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        struct stage *stage = loop->order[s];
        build_outputs(stage);
        for (uint32_t t = 0; t < stage->task_count; t++)
            build_emitters(&stage->tasks[t]);
    }
}

void wiring_init(struct worker *worker)
{
    for (uint32_t i = 0; i < worker->loop_count; i++)
        worker->loops[i]->in = NEW_ARRAY(struct link *, worker->loop_count);
    for (uint32_t i = 0; i < worker->loop_count; i++)
        build_lanes(worker->loops[i]);
    for (uint32_t i = 0; i < worker->loop_count; i++)
        connect_loop(worker->loops[i]);
}

/* ---- the way down ---- */

static void destroy_ring(struct ring *ring)
{
    struct block *block;

    if (ring->slots == NULL)
        return;
    while ((block = ring_pop(ring)) != NULL)
        block_destroy(&block);
    ring_done(ring);
}

static void destroy_queues(struct loop *loop)
{
    struct block *block;

    for (uint32_t c = 0; c < loop->worker->plan->component_count; c++) {
        while ((block = block_queue_pop(&loop->queues[c])) != NULL)
            block_destroy(&block);
        free(loop->targets[c]);
    }
    free(loop->targets);
    free(loop->queues);
}

static void destroy_lanes(struct loop *loop)
{
    const struct worker *worker = loop->worker;

    for (uint32_t i = 0; i < (worker->plan->component_count + SPECIAL_LANES) * worker->loop_count;
         i++)
        lane_done(&loop->lanes[i]);
    for (uint32_t i = 0; i < worker->loop_count; i++) {
        destroy_ring(&loop->out[i].forward);
        destroy_ring(&loop->out[i].back);
    }
    outbox_done(&loop->outbox);
    free(loop->lanes);
    free(loop->out);
    free(loop->in);
}

void wiring_done_loop(struct loop *loop)
{
    destroy_lanes(loop);
    destroy_queues(loop);
}
