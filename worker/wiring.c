/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/wiring.h"

#include <stdlib.h>
#include <string.h>

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

static uint32_t lanes_of_a_place(const struct worker *worker)
{
    return worker->plan->component_count + SPECIAL_LANES;
}

/* The rings to another loop of this worker have room for all its lanes. */
static void build_link(struct loop *loop, uint32_t to, uint32_t blocks)
{
    struct worker *worker = loop->worker;
    struct link *link = &loop->out[to];

    ring_init(&link->forward, blocks);
    ring_init(&link->back, blocks);
    link->receiver = &worker->loops[to]->parker;
    link->sender = &loop->parker;
    link->sender_wants_room = &loop->wants_room;
    worker->loops[to]->in[loop->index] = link;
}

/* Lanes for acks and fails: bolts stop when one block waits there. */
static void build_special_lanes(struct loop *loop, struct lane *lanes, struct lane_options options)
{
    uint32_t components = loop->worker->plan->component_count;

    options.component = 0;
    options.waiting_bytes_max = UINT64_MAX;
    options.kind = BLOCK_ACKS;
    lane_init(&lanes[components], &loop->outbox, &options);
    options.kind = BLOCK_FAILS;
    lane_init(&lanes[components + 1], &loop->outbox, &options);
}

/* Within the worker there are lanes only to components that live there. */
static void build_own_place(struct loop *loop, uint32_t to)
{
    struct worker *worker = loop->worker;
    struct link *link = to == loop->index ? NULL : &loop->out[to];
    struct lane_options options = {.link = link,
                                   .limit =
                                       link == NULL ? LOCAL_BLOCKS : credit_blocks(worker->config),
                                   .kind = BLOCK_DATA};
    uint32_t blocks = 0;

    for (uint32_t c = 0; c < worker->plan->component_count; c++) {
        if (worker->loops[to]->stages[c] == NULL)
            continue;
        options.component = (uint16_t)c;
        options.waiting_bytes_max = waiting_max(worker, c);
        lane_init(&loop->lanes[to][c], &loop->outbox, &options);
        blocks += options.limit;
    }
    if (link == NULL)
        return;
    build_special_lanes(loop, loop->lanes[to], options);
    build_link(loop, to, blocks + SPECIAL_LANES * options.limit);
}

/* What lives at a place of another worker may change, so there are lanes to all components. */
static void build_other_place(struct loop *loop, uint32_t place)
{
    const struct worker *worker = loop->worker;
    const struct routing_place *to = &loop->routing->places[place];
    struct lane_options options = {.remote = to->remote,
                                   .loop = (uint16_t)to->loop,
                                   .is_nowhere = place == routing_nowhere(loop->routing),
                                   .limit = credit_blocks(worker->config),
                                   .kind = BLOCK_DATA};

    for (uint32_t c = 0; c < worker->plan->component_count; c++) {
        options.component = (uint16_t)c;
        options.waiting_bytes_max = waiting_max(worker, c);
        lane_init(&loop->lanes[place][c], &loop->outbox, &options);
    }
    build_special_lanes(loop, loop->lanes[place], options);
}

/* Lanes to the places that are new in the routing. */
static void build_places(struct loop *loop)
{
    const struct routing *routing = loop->routing;
    uint32_t lanes = lanes_of_a_place(loop->worker);

    loop->lanes = mem_resize(loop->lanes, routing->place_count, sizeof(struct lane *));
    outbox_allow(&loop->outbox, routing->place_count * lanes);
    for (; loop->place_count < routing->place_count; loop->place_count++) {
        uint32_t place = loop->place_count;
        loop->lanes[place] = mem_alloc_aligned(lanes, sizeof(struct lane), _Alignof(struct lane));
        for (uint32_t i = 0; i < lanes; i++)
            loop->lanes[place][i] = (struct lane){.outbox = NULL};
        if (place < routing->own_loops)
            build_own_place(loop, place);
        else
            build_other_place(loop, place);
    }
}

static void build_lanes(struct loop *loop)
{
    struct worker *worker = loop->worker;

    loop->queues = NEW_ARRAY(struct block_queue, worker->plan->component_count);
    loop->out = NEW_ARRAY(struct link, worker->loop_count);
    struct outbox_options options = {.block_bytes = worker->config->block_bytes,
                                     .queues = loop->queues,
                                     .post = &worker->post,
                                     .postman = worker->postman};
    outbox_init(&loop->outbox, &options);
    build_places(loop);
}

/* ---- where the tasks are ---- */

static void allocate_targets(struct loop *loop)
{
    const struct plan *plan = loop->worker->plan;

    loop->targets = NEW_ARRAY(struct target *, plan->component_count);
    for (uint32_t c = 0; c < plan->component_count; c++)
        loop->targets[c] = NEW_ARRAY(struct target, plan->components[c].tasks);
}

static void aim(struct loop *loop)
{
    const struct plan *plan = loop->worker->plan;

    for (uint32_t c = 0; c < plan->component_count; c++) {
        for (uint32_t t = 0; t < plan->components[c].tasks; t++) {
            uint32_t task = plan->components[c].first_task + t;
            uint32_t place = loop->routing->place_of_task[task];
            loop->targets[c][t] = (struct target){.lane = loop_lane(loop, place, c), .task = task};
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

/* The targets in this worker, which stay the same as long as it lives. The caller frees them. */
static uint32_t *find_locals(const struct loop *loop, const struct plan_component *subscriber,
                             uint32_t *ret_count)
{
    uint32_t *locals = NEW_ARRAY(uint32_t, subscriber->tasks);
    uint32_t count = 0;

    for (uint32_t t = 0; t < subscriber->tasks; t++) {
        if (loop->routing->place_of_task[subscriber->first_task + t] < loop->routing->own_loops)
            locals[count++] = t;
    }
    *ret_count = count;
    return locals;
}

static void group(struct loop *loop, struct route *route, const struct plan_component *subscriber,
                  enum plan_grouping by)
{
    struct grouping_options options = {
        .kind = by, .target_count = subscriber->tasks, .seed = rng_next(&loop->rng)};
    uint32_t *locals = find_locals(loop, subscriber, &options.local_count);

    options.locals = locals;
    grouping_init(&route->grouping, &options);
    free(locals);
}

static void build_route(void *context, uint32_t to, uint32_t input)
{
    struct task *task = context;
    struct loop *loop = task->stage->loop;
    const struct plan_component *subscriber = &loop->worker->plan->components[to];
    const struct plan_input *plan = &subscriber->inputs[input];
    struct emitter *emitter = emitter_of(task, to, input);
    struct route *route = &emitter->routes[emitter->route_count++];

    group(loop, route, subscriber, plan->by);
    route->targets = loop->targets[to];
    route->target_count = subscriber->tasks;
    route->component = to;
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
    const struct loop *loop = stage->loop;

    if (loop->worker->plan->components[component].inputs[input].closes_cycle)
        return;
    for (uint32_t place = 0; place < loop->place_count; place++) {
        if ((loop->routing->places[place].hosts >> component & 1) != 0)
            add_output(stage, loop_lane(loop, place, component));
    }
}

static void find_outputs(struct stage *stage)
{
    const struct loop *loop = stage->loop;

    free(stage->outputs);
    stage->outputs =
        NEW_ARRAY(struct lane *, loop->worker->plan->component_count * loop->place_count);
    stage->output_count = 0;
    for_each_input(loop->worker, stage->component_index, add_outputs, stage);
}

/* Of all lanes that lead here, from wherever somebody lives who may send. */
static void limit_queue(struct stage *stage)
{
    const struct loop *loop = stage->loop;
    const struct worker *worker = loop->worker;
    uint64_t senders = 0;
    uint64_t blocks = 0;

    for (uint32_t i = 0; i < stage->component->input_count; i++)
        senders |= UINT64_C(1) << stage->component->inputs[i].from_index;
    for (uint32_t place = 0; place < loop->routing->place_count; place++) {
        if ((loop->routing->places[place].hosts & senders) != 0)
            blocks += place == loop->index ? LOCAL_BLOCKS : credit_blocks(worker->config);
    }
    __atomic_store_n(&stage->stats.queue_limit_bytes, blocks * worker->config->block_bytes,
                     __ATOMIC_RELAXED);
}

static void connect_loop(struct loop *loop)
{
    allocate_targets(loop);
    aim(loop);
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        struct stage *stage = loop->order[s];
        find_outputs(stage);
        limit_queue(stage);
        for (uint32_t t = 0; t < stage->task_count; t++)
            build_emitters(&stage->tasks[t]);
    }
}

void wiring_init(struct worker *worker)
{
    const struct routing *routing = atomic_load(&worker->routing);

    for (uint32_t i = 0; i < worker->loop_count; i++) {
        worker->loops[i]->routing = routing;
        worker->loops[i]->in = NEW_ARRAY(struct link *, worker->loop_count);
    }
    for (uint32_t i = 0; i < worker->loop_count; i++)
        build_lanes(worker->loops[i]);
    for (uint32_t i = 0; i < worker->loop_count; i++)
        connect_loop(worker->loops[i]);
}

/* ---- another routing ---- */

/* Puts a tuple on the lane that leads to its task now. Without room its trees fail. */
static void forward_tuple(struct loop *loop, uint32_t component, const struct tuple_head *tuple)
{
    uint32_t place = loop->routing->place_of_task[tuple->target];
    void *copy = lane_append(loop_lane(loop, place, component), tuple->size);

    if (copy != NULL)
        memcpy(copy, tuple, tuple->size);
    else
        report_lost_tuple(loop, tuple, "its task has moved, and there was no room on the way");
}

static void forward_tuples(struct loop *loop, const struct block *block)
{
    for (uint32_t at = 0; at < block->head.used;) {
        const struct tuple_head *tuple =
            (const struct tuple_head *)(const void *)(block->bytes + at);
        forward_tuple(loop, block->head.component, tuple);
        at += tuple->size;
    }
}

/* What was appended and not handed over, on the lanes to a place in another worker, or to nowhere, goes
 * where its tasks are now: maybe the same lane. */
static void forward_lane(struct loop *loop, struct lane *lane)
{
    struct block *block = lane_empty(lane);

    while (block != NULL) {
        struct block *next = block->next;
        if (block->head.kind == BLOCK_DATA)
            forward_tuples(loop, block);
        else
            report_forward(loop, block);
        lane_drop(lane, block);
        block = next;
    }
}

void wiring_route(struct loop *loop)
{
    uint32_t lanes = lanes_of_a_place(loop->worker);
    uint32_t before = loop->place_count;

    loop->routing = atomic_load(&loop->worker->routing);
    build_places(loop);
    aim(loop);
    for (uint32_t s = 0; s < loop->stage_count; s++) {
        find_outputs(loop->order[s]);
        limit_queue(loop->order[s]);
    }
    for (uint32_t place = loop->routing->own_loops; place < before; place++) {
        for (uint32_t i = 0; i < lanes; i++)
            forward_lane(loop, loop_lane(loop, place, i));
    }
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

static void destroy_all(struct block *block)
{
    while (block != NULL) {
        struct block *next = block->next;
        block_destroy(&block);
        block = next;
    }
}

static void destroy_queues(struct loop *loop)
{
    struct block *block;

    destroy_all(intake_take(&loop->inbox));
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

    for (uint32_t place = 0; place < loop->place_count; place++) {
        for (uint32_t i = 0; i < lanes_of_a_place(worker); i++)
            lane_done(loop_lane(loop, place, i));
        free(loop->lanes[place]);
    }
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
