/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way of a tuple out of a task: find the stream, choose the targets, append a record to the
 * block that goes where each target lives.
 *
 * This is the hottest path of the runtime. Per target it costs a grouping, an edge id and the
 * writing of the record; nothing is allocated and no clock is read.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "worker/runtime.h"

/* What the records of one emit have in common. */
struct emission {
    struct task *task;
    struct emitter *emitter;
    const void *record;
    uint64_t size; /* of the tuple without roots */
    uint32_t root_count;
    const struct tuple_root *roots; /* their edges are drawn anew for each target */
    struct view *const *anchors;    /* joined: whose `added` each edge goes to */
    uint32_t anchor_count;
    uint64_t edges; /* XOR of all edges drawn */
    bool failed;    /* the reason is in the task */
};

/* A stream defined in a header has an address in each source file: the name decides. */
static COLD struct emitter *find_emitter_by_name(struct task *task,
                                                 const struct gale_stream *stream)
{
    for (uint32_t i = 0; i < task->emitter_count; i++) {
        struct emitter *emitter = &task->emitters[i];
        if (strcmp(emitter->stream->name, stream->name) != 0)
            continue;
        if (record_same_layout(emitter->stream, stream)) {
            emitter->alias = stream;
            return emitter;
        }
        task_stop(task, "emits on stream '%s' a record of another struct than its .emits lists",
                  stream->name);
        return NULL;
    }
    task_stop(task, "emits on stream '%s', which is not in its .emits: add it there", stream->name);
    return NULL;
}

static inline struct emitter *find_emitter(struct task *task, const struct gale_stream *stream)
{
    struct emitter *last = task->last_emitter;

    if (last != NULL && (last->stream == stream || last->alias == stream))
        return last;
    for (uint32_t i = 0; i < task->emitter_count; i++) {
        if (task->emitters[i].stream == stream || task->emitters[i].alias == stream) {
            task->last_emitter = &task->emitters[i];
            return task->last_emitter;
        }
    }
    return find_emitter_by_name(task, stream);
}

/* The emit is remembered as failed, and the first reason is kept. */
static COLD PRINTF_LIKE(2, 3) void refuse(struct emission *emission, const char *format, ...)
{
    struct task *task = emission->task;
    va_list arguments;

    emission->failed = true;
    task->emit_failed = true;
    if (task->has_reason)
        return;
    task->has_reason = true;
    va_start(arguments, format);
    (void)vsnprintf(task->reason, sizeof task->reason, format, arguments);
    va_end(arguments);
}

static COLD void refuse_size(struct emission *emission)
{
    refuse(emission, "a tuple of %llu bytes on stream '%s' is above topology.tuple.bytes.max",
           (unsigned long long)emission->size, emission->emitter->stream->name);
}

static COLD void refuse_room(struct emission *emission)
{
    refuse(emission, "more than topology.emit.bytes.max wait on stream '%s': emit less in one call",
           emission->emitter->stream->name);
}

/* In a sorted list that holds it. */
static struct tuple_root *find_root(struct tuple_root *roots, uint32_t count, uint64_t root)
{
    uint32_t low = 0;

    for (uint32_t high = count; low + 1 < high;) {
        uint32_t middle = (low + high) / 2;
        *(roots[middle].root <= root ? &low : &high) = middle;
    }
    return &roots[low];
}

/* Each anchor gets an edge of its own, and the tuple's edge for a root is the XOR of the edges of
 * the anchors that belong to it. */
static COLD void draw_joined_edges(struct emission *emission, struct tuple_root *roots)
{
    struct rng *rng = &emission->task->loop->rng;

    for (uint32_t i = 0; i < emission->root_count; i++)
        roots[i] = (struct tuple_root){.root = emission->roots[i].root};
    for (uint32_t a = 0; a < emission->anchor_count; a++) {
        struct view *anchor = emission->anchors[a];
        const struct tuple_root *own = tuple_roots(anchor->tuple);
        uint64_t edge = rng_next(rng);
        anchor->added ^= edge;
        for (uint32_t r = 0; r < anchor->tuple->roots; r++)
            find_root(roots, emission->root_count, own[r].root)->edge ^= edge;
    }
}

static inline void draw_edges(struct emission *emission, struct tuple_root *roots)
{
    if (emission->root_count == 0)
        return;
    if (emission->anchor_count > 0) {
        draw_joined_edges(emission, roots);
        return;
    }
    uint64_t edge = rng_next(&emission->task->loop->rng);
    emission->edges ^= edge;
    for (uint32_t i = 0; i < emission->root_count; i++)
        roots[i] = (struct tuple_root){.root = emission->roots[i].root, .edge = edge};
}

static void send(struct emission *emission, struct route *route, const struct target *target)
{
    uint32_t size = (uint32_t)(emission->size + emission->root_count * sizeof(struct tuple_root));
    struct tuple_head *tuple = lane_append(target->lane, size);

    if (tuple == NULL) {
        refuse_room(emission);
        return;
    }
    *tuple = (struct tuple_head){.size = size,
                                 .target = target->task,
                                 .source = emission->task->id,
                                 .stream = emission->emitter->stream_id,
                                 .roots = (uint16_t)emission->root_count};
    draw_edges(emission, (struct tuple_root *)(void *)(tuple + 1));
    record_encode(emission->emitter->schema, emission->record, tuple);
    count_add(&route->sent, 1);
}

/* ---- custom grouping ---- */

struct choice {
    struct gale_targets targets; /* must be first */
    struct emission *emission;
    struct route *route;
};

static void add_choice(struct gale_targets *targets, uint32_t index)
{
    struct choice *choice = CONTAINER_OF(targets, struct choice, targets);

    if (index >= targets->count)
        task_stop(choice->emission->task,
                  "a custom grouping of stream '%s' chose task %u of %u: indices end at %u",
                  choice->emission->emitter->stream->name, index, targets->count,
                  targets->count - 1);
    else
        send(choice->emission, choice->route, &choice->route->targets[index]);
}

/* The user's function sees the tuple as its targets will. */
static COLD void send_chosen(struct emission *emission, struct route *route)
{
    struct tuple_head *tuple = mem_alloc(emission->size);
    struct view view = {.handle = {.host = &runtime_host},
                        .task = emission->task,
                        .tuple = tuple,
                        .input = emission->task->inputs,
                        .owns_record = true}; /* the loop's may be in use by execute */
    struct choice choice = {.targets = {.count = route->target_count, .add = add_choice},
                            .emission = emission,
                            .route = route};

    tuple->size = (uint32_t)emission->size;
    tuple->source = emission->task->id;
    tuple->stream = emission->emitter->stream_id;
    record_encode(emission->emitter->schema, emission->record, tuple);
    route->choose(&view.handle, &choice.targets);
    free(view.record);
    free(tuple);
}

/* ---- all routes ---- */

static inline const struct target *pick_target(const struct emitter *emitter, struct route *route,
                                               const void *record)
{
    uint64_t hash = 0;

    if (route->target_count == 1)
        return route->targets;
    if (grouping_is_keyed(&route->grouping))
        hash = record_hash(emitter->schema, record, route->key_indices, route->key_count);
    return &route->targets[grouping_pick(&route->grouping, hash)];
}

static inline void send_route(struct emission *emission, struct route *route)
{
    switch (route->grouping.kind) {
    case PLAN_ALL:
        for (uint32_t i = 0; i < route->target_count; i++)
            send(emission, route, &route->targets[i]);
        return;
    case PLAN_CUSTOM:
        send_chosen(emission, route);
        return;
    case PLAN_FIELDS:
    case PLAN_PARTIAL_KEY:
    case PLAN_SHUFFLE:
    case PLAN_GLOBAL:
    case PLAN_NONE:
    case PLAN_LOCAL_OR_SHUFFLE:
        break;
    case PLAN_DIRECT:
        return; /* send_direct() */
    }

    send(emission, route, pick_target(emission->emitter, route, emission->record));
}

static void send_direct(struct emission *emission, struct gale_task_id to)
{
    struct emitter *emitter = emission->emitter;

    for (uint32_t r = 0; r < emitter->route_count; r++) {
        struct route *route = &emitter->routes[r];
        uint32_t first = route->targets[0].task;
        if (to.value >= first && to.value < first + route->target_count) {
            send(emission, route, &route->targets[to.value - first]);
            return;
        }
    }
    task_stop(emission->task,
              "emits on direct stream '%s' to task %u, which does not subscribe to it",
              emitter->stream->name, to.value);
}

/* True if the emission can go on: right kind of stream, tuple not too large. */
static inline bool begin(struct emission *emission, struct gale_task *handle,
                         const struct gale_stream *stream, const void *record, bool direct)
{
    struct task *task = (struct task *)(void *)handle;

    *emission = (struct emission){.task = task, .record = record};
    emission->emitter = find_emitter(task, stream);
    if (emission->emitter == NULL)
        return false;
    if (emission->emitter->is_direct != direct) {
        task_stop(task,
                  direct ? "emits directly on stream '%s', which is not declared direct"
                         : "emits on direct stream '%s' without naming a task",
                  stream->name);
        return false;
    }
    count_add(&emission->emitter->emitted, 1);
    emission->size = record_size(emission->emitter->schema, record);
    if (emission->size <= emission->emitter->size_max)
        return true;
    refuse_size(emission);
    return false;
}

static inline void send_all(struct emission *emission)
{
    struct emitter *emitter = emission->emitter;

    for (uint32_t r = 0; r < emitter->route_count; r++)
        send_route(emission, &emitter->routes[r]);
}

/* ---- anchored to the tuple at hand ---- */

/* Whether there is something to anchor to; a bolt's tick and finish have nothing. */
static inline bool check_anchor(struct task *task)
{
    if (task->current == NULL) {
        if (task->stage->component->role == PLAN_SPOUT)
            return true; /* a plain emit of a spout is untracked */
        task_stop(task,
                  "emits in %s, where there is no tuple to anchor to: use "
                  "gale_emit_unanchored() or gale_emit_joined()",
                  task->loop->crash.doing);
        return false;
    }
    if (!task->current->settled)
        return true;
    task_stop(task, "emits anchored to a tuple that it has settled already: settle it last");
    return false;
}

static inline void anchor(struct emission *emission, struct view *view)
{
    if (view == NULL || view->tuple->roots == 0)
        return;
    emission->root_count = view->tuple->roots;
    emission->roots = tuple_roots(view->tuple);
}

/* The common case, without the general form's book-keeping, which costs a fifth of a chain's
 * throughput: one subscription, one target, at most one tree. False, with nothing done, if it is
 * not that. */
static inline bool emit_plain(struct task *task, const struct gale_stream *stream,
                              const void *record)
{
    struct emitter *emitter = task->last_emitter;
    struct view *view = task->current;
    uint32_t roots = view == NULL ? 0 : view->tuple->roots;

    if (emitter == NULL || emitter->stream != stream || !emitter->is_plain || roots > 1)
        return false;
    uint64_t size = record_size(emitter->schema, record) + roots * sizeof(struct tuple_root);
    if (size > emitter->size_max)
        return false;
    const struct target *target = pick_target(emitter, emitter->routes, record);
    struct tuple_head *tuple = lane_append(target->lane, (uint32_t)size);
    if (tuple == NULL)
        return false;
    *tuple = (struct tuple_head){.size = (uint32_t)size,
                                 .target = target->task,
                                 .source = task->id,
                                 .stream = emitter->stream_id,
                                 .roots = (uint16_t)roots};
    if (roots > 0) {
        uint64_t edge = rng_next(&task->loop->rng);
        *(struct tuple_root *)(void *)(tuple + 1) =
            (struct tuple_root){.root = tuple_roots(view->tuple)->root, .edge = edge};
        view->added ^= edge;
    }
    record_encode(emitter->schema, record, tuple);
    count_add(&emitter->plain, 1);
    return true;
}

void emit_record(struct gale_task *handle, const struct gale_stream *stream, const void *record)
{
    struct task *task = (struct task *)(void *)handle;
    struct emission emission;

    if (!check_anchor(task) || emit_plain(task, stream, record) ||
        !begin(&emission, handle, stream, record, false))
        return;
    anchor(&emission, task->current);
    send_all(&emission);
    if (task->current != NULL)
        task->current->added ^= emission.edges;
}

static void emit_anchored_direct(struct gale_task *handle, const struct gale_stream *stream,
                                 const void *record, struct gale_task_id to)
{
    struct task *task = (struct task *)(void *)handle;
    struct emission emission;

    if (!check_anchor(task) || !begin(&emission, handle, stream, record, true))
        return;
    anchor(&emission, task->current);
    send_direct(&emission, to);
    if (task->current != NULL)
        task->current->added ^= emission.edges;
}

/* ---- a spout's roots ---- */

/* Opens the tree, or stops the task if there are too many. Returns 0 then. */
static uint64_t plant(struct task *task, uint64_t id)
{
    struct stage *stage = task->stage;
    uint64_t root =
        acker_plant(stage->acker, stage->loop->now_ns, (uint16_t)(task - stage->tasks), id);

    if (root == 0)
        task_stop(task, "has more than %u trees open: emit fewer tracked tuples in one call",
                  ACKER_TREES_MAX);
    else
        change_open(task, 1);
    return root;
}

/* The root could not be sent. `fail` tells the spout, so the emit needs no other answer; one that
 * was refused before, and was untracked, still does. */
static COLD void refuse_root(const struct emission *emission, uint64_t root, bool had_failed)
{
    struct task *task = emission->task;

    struct acker_report report = {.kind = GALE_REFUSED,
                                  .task = task->id,
                                  .message = task->reason,
                                  .length = strlen(task->reason)};

    acker_fail(task->stage->acker, root, &report);
    task->emit_failed = had_failed;
    task->has_reason = had_failed;
}

/* With tracking off for the topology the tuple belongs to no tree, and its root is settled as soon
 * as it is sealed. */
static void emit_root(struct gale_task *handle, const struct gale_stream *stream, uint64_t id,
                      const void *record, const struct gale_task_id *to)
{
    struct task *task = (struct task *)(void *)handle;
    struct stage *stage = task->stage;
    struct emission emission;

    if (stage->acker == NULL) {
        task_stop(task, "emits a tracked tuple, but only a spout has roots: use gale_emit()");
        return;
    }
    bool had_failed = task->emit_failed;
    bool sound = begin(&emission, handle, stream, record, to != NULL);
    struct tuple_root root = {.root = plant(task, id)};
    if (root.root == 0)
        return;
    if (task->worker->config->acking) {
        emission.roots = &root;
        emission.root_count = 1;
    }
    if (sound && to != NULL)
        send_direct(&emission, *to);
    else if (sound)
        send_all(&emission);
    if (emission.failed)
        refuse_root(&emission, root.root, had_failed);
    acker_seal(stage->acker, root.root, emission.edges);
}

void emit_tracked_record(struct gale_task *handle, const struct gale_stream *stream, uint64_t id,
                         const void *record)
{
    emit_root(handle, stream, id, record, NULL);
}

/* ---- unanchored and joined ---- */

static void emit_unanchored(struct gale_task *handle, const struct gale_stream *stream,
                            const void *record, const struct gale_emit_how *how)
{
    struct emission emission;

    if (!begin(&emission, handle, stream, record, how->direct))
        return;
    if (how->direct)
        send_direct(&emission, how->to);
    else
        send_all(&emission);
}

static int compare_roots(const void *a, const void *b)
{
    uint64_t left = ((const struct tuple_root *)a)->root;
    uint64_t right = ((const struct tuple_root *)b)->root;

    return left < right ? -1 : left > right;
}

/* The roots of all anchors, sorted, each once. Returns how many. */
static uint32_t merge_roots(struct view *const *anchors, uint32_t anchor_count,
                            struct tuple_root *ret_roots)
{
    uint32_t all = 0;
    uint32_t kept = 0;

    for (uint32_t a = 0; a < anchor_count; a++) {
        const struct tuple_head *tuple = anchors[a]->tuple;
        memcpy(ret_roots + all, tuple_roots(tuple), tuple->roots * sizeof *ret_roots);
        all += tuple->roots;
    }
    qsort(ret_roots, all, sizeof *ret_roots, compare_roots);
    for (uint32_t i = 0; i < all; i++) {
        if (kept == 0 || ret_roots[kept - 1].root != ret_roots[i].root)
            ret_roots[kept++] = ret_roots[i];
    }
    return kept;
}

static uint64_t count_roots(const struct gale_emit_how *how)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < how->held_count; i++)
        count += ((const struct held *)(const void *)how->held[i])->view.tuple->roots;
    return count;
}

/* What was refused is the matter of the held tuples: they fail when they are settled, whenever that
 * is. What is being executed is another matter, unless it is one of them. */
static COLD void refuse_joined(struct task *task, struct view *const *anchors, uint32_t count,
                               bool had_failed)
{
    for (uint32_t i = 0; i < count; i++)
        anchors[i]->must_fail = true;
    task->emit_failed = had_failed || count == 0;
}

static void emit_joined(struct gale_task *handle, const struct gale_stream *stream,
                        const void *record, const struct gale_emit_how *how)
{
    struct task *task = (struct task *)(void *)handle;
    bool had_failed = task->emit_failed;
    struct emission emission;
    struct view **anchors = NEW_ARRAY(struct view *, how->held_count);
    struct tuple_root *roots = NEW_ARRAY(struct tuple_root, count_roots(how));

    for (uint32_t i = 0; i < how->held_count; i++)
        anchors[i] = &((struct held *)(void *)how->held[i])->view;
    if (begin(&emission, handle, stream, record, how->direct)) {
        emission.roots = roots;
        emission.root_count = merge_roots(anchors, how->held_count, roots);
        emission.anchors = anchors;
        emission.anchor_count = how->held_count;
        if (emission.root_count > TUPLE_ROOTS_MAX)
            refuse(&emission, "a tuple joined from %u trees: at most %d are possible",
                   emission.root_count, TUPLE_ROOTS_MAX);
        else if (how->direct)
            send_direct(&emission, how->to);
        else
            send_all(&emission);
    }
    if (emission.failed)
        refuse_joined(task, anchors, how->held_count, had_failed);
    free(anchors);
    free(roots);
}

void emit_record_with(struct gale_task *handle, const struct gale_stream *stream,
                      const void *record, const struct gale_emit_how *how)
{
    switch (how->mode) {
    case GALE_EMIT_ANCHORED:
        if (how->direct)
            emit_anchored_direct(handle, stream, record, how->to);
        else
            emit_record(handle, stream, record);
        return;
    case GALE_EMIT_UNANCHORED:
        emit_unanchored(handle, stream, record, how);
        return;
    case GALE_EMIT_JOINED:
        emit_joined(handle, stream, record, how);
        return;
    case GALE_EMIT_TRACKED:
        emit_root(handle, stream, how->id, record, how->direct ? &how->to : NULL);
        return;
    }
}

void emit_values_with(struct gale_task *handle, const struct gale_stream *stream,
                      const struct gale_value *values, uint32_t count,
                      const struct gale_emit_how *how)
{
    struct task *task = (struct task *)(void *)handle;
    struct emitter *emitter = find_emitter(task, stream);

    if (emitter == NULL)
        return;
    void *record = mem_alloc(emitter->schema->size);
    const char *problem = record_from_values(emitter->schema, values, count, record);
    if (problem != NULL)
        task_stop(task, "emits on stream '%s' by position: %s", stream->name, problem);
    else
        emit_record_with(handle, stream, record, how);
    free(record);
}
