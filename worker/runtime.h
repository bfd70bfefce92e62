/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a running topology, as the files of this room share them.
 *
 *     worker                 one run of one topology in one process
 *       loop [n]             a thread's worth of tasks; nothing below is shared between loops
 *         stage [component]  the component's tasks on this loop: input queue, acker, tick
 *           task             one instance of user code, with the ways out of it
 *             emitter        one of its streams
 *               route        one subscription: grouping and targets
 *         outbox             lanes to all stages, and the blocks in them
 *
 * A stage's tuples are executed in the order of its queue. A root id names the stage that keeps its
 * tree, by its first task. What the conductor and the summary read from other threads is atomic or a relaxed counter.
 *
 * Internal to worker/.
 */
#ifndef WORKER_RUNTIME_H
#define WORKER_RUNTIME_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <gale/host.h>
#include <gale/types.h>

#include "base/err.h"
#include "base/histogram.h"
#include "base/list.h"
#include "base/parker.h"
#include "base/rng.h"
#include "sdk/src/conf.h"
#include "sdk/src/metrics.h"
#include "sdk/src/record.h"
#include "wire/config.h"
#include "wire/plan.h"
#include "worker/acker.h"
#include "worker/crash_context.h"
#include "worker/grouping.h"
#include "worker/intake.h"
#include "worker/outbox.h"
#include "worker/pacer.h"
#include "worker/placement.h"
#include "worker/routing.h"
#include "worker/sample.h"
#include "worker/stats.h"

#define TASK_REASON_MAX 256   /* bytes of the text of gale_fail_with() and gale_error() */
#define ACK_PLACES      4096u /* of loop.ack_places: about as many as an open block holds acks */
#define FOREIGNS_MAX    256   /* streams read by another definition than the sender's, of a loop */
#define RUNTIME_LOG_MAX 2048  /* bytes of a log line of user code; longer ones are cut */

/* What one loop writes all the time does not stand in a cache line (or in its neighbour, which is
 * fetched with it) that another loop reads: such a line would travel with every tuple. */
#define RUNTIME_ALIGNED _Alignas(128)

/* A counter with one writer that others may read while it runs. */
static inline void count_add(uint64_t *counter, uint64_t by)
{
    __atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

static inline uint64_t count_read(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* One of what has an end, as a tree or a tuple: who reads ends first, and with this, reads no fewer
 * beginnings afterwards. */
static inline void count_end(uint64_t *counter)
{
    __atomic_store_n(counter, *counter + 1, __ATOMIC_RELEASE);
}

static inline uint64_t count_read_ends(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_ACQUIRE);
}

/* A tuple as user code sees it. */
struct view {
    struct gale_tuple handle; /* must be first */
    struct task *task;        /* that executes it */
    const struct tuple_head *tuple;
    struct input_stats *input;         /* of the task, where it counts */
    uint64_t began_ns;                 /* held: when it was executed */
    uint64_t added;                    /* XOR of the edges of what was emitted from it */
    struct held *held;                 /* its token, once gale_hold() was called */
    void *record;                      /* decoded; NULL until it is read */
    const struct gale_stream *read_as; /* whose struct `record` is */
    bool owns_record;                  /* `record` is its own, not the loop's */
    bool settled;                      /* its token was settled while it was being executed */
    bool must_fail;                    /* held: an emit from it was refused */
};

/* A token: a copy of the tuple. */
struct held {
    struct gale_held handle; /* must be first */
    struct list_node node;   /* in its task's list */
    struct view view;
    uint64_t tuple[]; /* the copy */
};

struct target {
    struct lane *lane;
    uint32_t task;
};

/* One subscription to a stream, from one sender task. */
struct route {
    struct grouping grouping;
    const struct target *targets; /* by index of the subscriber's tasks */
    uint64_t sent;                /* tuples; beside those of emitter.plain */
    uint32_t target_count;
    uint32_t component; /* who subscribes */
    uint32_t key_count;
    uint32_t key_indices[PLAN_KEYS_MAX];
    void (*choose)(const struct gale_tuple *tuple, struct gale_targets *targets);
};

struct emitter {
    const struct gale_stream *stream; /* as this component lists it */
    const struct gale_stream *alias;  /* the same stream, as another source file defines it */
    const struct record_schema *schema;
    uint64_t size_max; /* of a tuple */
    uint64_t plain;    /* calls of emit that took the short way: one tuple to the first route */
    uint64_t emitted;  /* all others */
    uint16_t stream_id;
    bool is_direct;
    bool is_plain; /* one route, which always has one target */
    uint32_t route_count;
    struct route *routes;
};

/* A stream as a source file defines it that is not the sender's, and may lay its record out in
 * another way. */
struct foreign {
    const struct gale_stream *stream;
    struct record_schema schema;
};

/* What does not belong to a stream. */
struct task_counters {
    uint64_t acked; /* spouts: trees */
    uint64_t failed;
    uint64_t timed_out;
    uint64_t refused;
    uint64_t open;    /* trees of a spout task, held tuples of a bolt task */
    uint64_t busy_ns; /* in user code */
};

struct task {
    RUNTIME_ALIGNED struct gale_task handle; /* must be first */
    struct stage *stage;
    struct loop *loop;     /* the stage's */
    struct worker *worker; /* the loop's */
    void *self;
    uint32_t id;    /* in the topology */
    uint32_t index; /* in the component */
    bool is_open;   /* open succeeded, close not yet called */
    struct emitter *emitters;
    uint32_t emitter_count;
    struct emitter *last_emitter; /* the one used last: most tasks have one */
    struct view *current;         /* the tuple being executed; NULL in next, tick, ... */
    struct input_stats *inputs;   /* by input of the component; at least one */
    uint32_t held_count;
    bool has_reason;
    bool emit_failed; /* in this call: turns the verdict into FAIL */
    struct task_counters counters;
    char reason[TASK_REASON_MAX];
    struct list held;
    struct conf conf;
    struct metrics metrics;
    struct histogram *latency; /* bolts: of execute; spouts: of completed trees. See stats.h */
    bool has_waker;            /* its user code may call wake(): a tick may come at any time */
    bool is_woken;             /* and is to hear of it */
    _Atomic bool bell;         /* wake() was called; any thread */
    /* spouts */
    bool is_done;
    uint32_t idle_streak; /* how often `next` said IDLE in a row */
    uint64_t idle_until_ns;
    uint64_t calls;        /* of next, whose time is not accounted for */
    uint64_t settled_seen; /* of acked and failed: those whose time is */
};

struct stage {
    RUNTIME_ALIGNED struct loop *loop;
    const struct plan_component *component;
    const struct gale_component *code;
    uint16_t id; /* in root ids: its first task */
    uint32_t component_index;
    struct task *tasks;
    uint32_t task_count;
    struct lane **outputs; /* lanes that must have room before user code is called */
    uint32_t output_count;
    uint64_t next_tick_ns; /* UINT64_MAX: none */
    uint32_t next_task;    /* whose turn it is: of next, or of finish */
    uint32_t next_ticked;  /* whose tick is due; task_count: nobody's */
    /* bolts */
    uint8_t *input_of_stream; /* by stream id: index of the component's input */
    struct block *reading;    /* taken off the queue, not read to its end */
    struct view view;         /* of the tuple being executed */
    uint32_t woken_count;     /* tasks that are to be ticked because they were woken */
    bool finishing;           /* finish is being called, task by task */
    bool is_finished;         /* finish was called, and no tuple came since */
    /* spouts */
    struct acker *acker;
    uint32_t open_count; /* trees planted and not yet taken */
    struct pacer pacer;
    uint64_t lost_ns;      /* the loss of a worker that was seen last; 0: none */
    uint64_t lost_due_ns;  /* when trees older than that fail; UINT64_MAX: they have */
    bool is_active;        /* activate is called, or was last; else deactivate */
    uint32_t next_changed; /* who is to hear of it; task_count: nobody */
    /* both */
    struct stage_stats stats;
};

/* What the conductor tells all loops to do; each does it once. */
enum order_kind {
    ORDER_NONE = 0,
    ORDER_OPEN_BOLTS,
    ORDER_OPEN_SPOUTS,
    ORDER_RUN,
    ORDER_FLUSH,  /* finish the bolts that hold tuples */
    ORDER_FINISH, /* finish the bolts of one rank */
    ORDER_ROUTE,  /* go by worker.routing */
    ORDER_CLOSE,
};

/* Orders are numbered, so that each is done once: number << 16 | kind << 8 | rank. */
static inline uint64_t order_pack(uint64_t number, enum order_kind kind, uint32_t rank)
{
    return number << 16 | (uint64_t)kind << 8 | rank;
}

static inline uint64_t order_number(uint64_t order)
{
    return order >> 16;
}

static inline enum order_kind order_kind(uint64_t order)
{
    return (enum order_kind)(order >> 8 & 0xFF);
}

static inline uint32_t order_rank(uint64_t order)
{
    return (uint32_t)(order & 0xFF);
}

struct loop {
    RUNTIME_ALIGNED struct worker *worker;
    uint32_t index;
    uint64_t now_ns; /* of this turn */
    struct stats_clock clock;
    struct rng rng;
    struct stage **stages; /* by component; NULL if none of its tasks is here */
    struct stage **order;  /* those that are here, upstream first */
    uint32_t stage_count;
    struct task **tasks;      /* by task id; NULL if it is elsewhere */
    void **records;           /* by stream id: where a tuple of it is decoded to */
    struct foreign *foreigns; /* those that were read here so far */
    uint32_t foreign_count;
    struct outbox outbox;
    const struct routing *routing;
    uint32_t place_count;       /* of lanes */
    struct lane **lanes;        /* by place; in each by component, then acks, then fails */
    struct block_queue *queues; /* by component */
    struct target **targets;    /* by component: its tasks, as reached from here */
    struct intake inbox;        /* from the postman */
    struct link **in;           /* by sender's loop; NULL if nothing comes from there */
    struct link *out;           /* by receiver's loop */
    struct crash_context crash;
    uint32_t *ack_places; /* where in the open block of acks a root stands, by hash */
    bool running;         /* ORDER_RUN was given */
    uint64_t ordered;     /* number of the last order done */
    uint32_t budget;      /* tuples, or calls of next, for a stage in one turn */
    bool rested;          /* since the last turn: its length says nothing */
    void *nothing;        /* zeros, for a read that broke the rules */
    bool seen_active;     /* worker.is_active, and is_stopping, at the start of the turn */
    bool seen_stopping;
    uint64_t seen_lost_ns; /* of worker.lost_ns, likewise */
    bool was_done;         /* as counted in worker.undone */
    uint64_t taken;        /* blocks that came from other loops of this worker */

    /* read by other threads */
    _Alignas(64) struct parker parker;
    _Atomic bool has_bell; /* a task's bell was rung */
    _Atomic bool wants_room;
    _Atomic bool is_resting; /* has nothing to do, and will not before a block or a timer comes */
    _Atomic bool is_done;    /* its spouts will emit nothing unless a tree fails */
    _Atomic bool is_drained; /* and none of their trees is open */
    _Atomic bool has_held;   /* a bolt holds tuples that its finish was not asked about */
    _Atomic uint64_t sent;
    _Atomic uint64_t received;
    _Atomic uint64_t busy;     /* turns that did something but ticks */
    _Atomic uint64_t done;     /* number of the last order done */
    _Atomic(char *) sample;    /* a tuple that was written down, see worker/sample.h */
    struct sample_lines lines; /* likewise, for the log */
};

struct worker {
    const struct gale_topology *topology;
    const struct plan *plan;
    const struct config *config;
    const char *const *args;
    uint32_t arg_count;
    struct placement *placement;
    struct record_schema *schemas;           /* by stream id */
    const struct gale_stream **streams;      /* by stream id, as the emitting component lists it */
    const char **stream_components;          /* by stream id */
    const struct gale_component **code;      /* by component index */
    uint32_t *component_of_task;             /* by task id */
    _Atomic(const struct routing *) routing; /* the one in force; loops adopt it by ORDER_ROUTE */
    struct intake post;                      /* blocks for other workers, and those read of them */
    struct parker *postman;                  /* NULL: we are alone */
    uint32_t loop_count;
    struct loop **loops;
    uint32_t stage_total;
    struct stage **stages;
    struct sampler sampler;
    struct parker conductor; /* woken when a loop has news */
    _Atomic uint32_t undone; /* loops whose spouts are not done */

    void (*log)(enum gale_log_level level, const char *component, uint32_t task_index,
                const char *message);
    const void *(*find_service)(const char *name, struct error *error);
    const char *run;
    uint64_t (*clock)(void *context); /* NULL: a turn has one time */
    void *clock_context;

    _Atomic uint64_t order;     /* see order_pack() */
    _Atomic bool is_active;     /* spouts are to run */
    _Atomic bool is_stopping;   /* spouts are not called any more */
    _Atomic uint64_t lost_ns;   /* when another worker was last lost; 0: never */
    _Atomic uint32_t lost_task; /* one of those that were there */
    _Atomic bool has_failed;    /* `failure` is set; loops stop calling user code */
    _Atomic bool is_failing;    /* someone is writing `failure` */
    struct error failure;
};

/* ---- figures of a task; any thread ---- */

static inline uint64_t emitter_emitted(const struct emitter *emitter)
{
    return count_read(&emitter->emitted) + count_read(&emitter->plain);
}

/* Over this route of it. */
static inline uint64_t emitter_sent(const struct emitter *emitter, uint32_t route)
{
    return count_read(&emitter->routes[route].sent) +
           (route == 0 ? count_read(&emitter->plain) : 0);
}

static inline uint64_t task_emitted(const struct task *task)
{
    uint64_t emitted = 0;

    for (uint32_t i = 0; i < task->emitter_count; i++)
        emitted += emitter_emitted(&task->emitters[i]);
    return emitted;
}

/* ---- emit.c and host.c ---- */

extern const struct gale_host runtime_host;

void emit_record(struct gale_task *handle, const struct gale_stream *stream, const void *record);
void emit_tracked_record(struct gale_task *handle, const struct gale_stream *stream, uint64_t id,
                         const void *record);
void emit_record_with(struct gale_task *handle, const struct gale_stream *stream,
                      const void *record, const struct gale_emit_how *how);
void emit_values_with(struct gale_task *handle, const struct gale_stream *stream,
                      const struct gale_value *values, uint32_t count,
                      const struct gale_emit_how *how);

/* ---- service.c ---- */

const void *service_get(struct gale_task *handle, const char *name);

/* Hears the bells of the loop's tasks: ends the idleness of spouts, and marks bolts to be ticked. */
void service_hear_bells(struct loop *loop);

/* The lane to a component, or for acks or fails, at a place. */
static inline struct lane *loop_lane(const struct loop *loop, uint32_t place, uint32_t index)
{
    return &loop->lanes[place][index];
}

/* A block that was read goes back to where it came from. */
void loop_send_home(struct loop *loop, struct block *block);

/* ---- report.c: what happens to the tuples of a tree ---- */

/* `value` is XORed into the tree of each root of the tuple, with the root's own edge. */
void report_ack(struct loop *loop, const struct tuple_head *tuple, uint64_t added);
void report_fail(struct task *task, const struct tuple_head *tuple, const char *message);

/* Applies a block of acks or fails that came from another loop. */
void report_apply(struct loop *loop, const struct block *block);

/* The same, and hands on what belongs to trees that are kept elsewhere now. */
void report_forward(struct loop *loop, const struct block *block);

/* Every tuple of the block fails, because the worker is gone that was to execute it, or has read it
 * without our knowing. */
void report_lost(struct loop *loop, const struct block *block, const char *message);
void report_lost_tuple(struct loop *loop, const struct tuple_head *tuple, const char *message);

/* ---- task.c ---- */

/* Ends the run because user code broke a rule. Returns at once; no user code is called again. */
void task_stop(struct task *task, const char *format, ...) PRINTF_LIKE(2, 3);
void worker_fail(struct worker *worker, enum err code, const char *format, ...) PRINTF_LIKE(3, 4);

/* Around every call of user code. */
static inline void task_enter(struct task *task, const char *doing)
{
    struct crash_context *crash = &task->loop->crash;

    crash->component = task->stage->component->name;
    crash->task_index = task->index;
    crash->doing = doing;
    task->has_reason = false;
    task->emit_failed = false;
}

static inline void task_leave(struct task *task)
{
    task->loop->crash.component = NULL;
}

bool task_open(struct task *task);
void task_close(struct task *task);
void task_tick(struct task *task);

COLD void task_stop_for_emit(struct task *task);

/* After a call that is not about one tuple: a refused emit would lose a tuple silently. */
static inline void task_check_emits(struct task *task)
{
    if (task->emit_failed)
        task_stop_for_emit(task);
}

/* ---- held.c ---- */

struct gale_held *held_take(const struct gale_tuple *handle);
const struct gale_tuple *held_view(const struct gale_held *handle);
void held_settle(struct gale_held **handle, enum gale_verdict verdict);

/* Fails what the task still holds. */
void held_fail_all(struct task *task);

/* ---- bolt.c, spout.c ---- */

/* A tree of a spout's task was planted (+1) or taken (-1). */
static inline void change_open(struct task *task, int by)
{
    task->stage->open_count += (uint32_t)by;
    count_add(&task->counters.open, (uint64_t)by);
}

/* Executes what waits for the stage, within the budget of a turn. Returns whether it did any. */
bool bolt_step(struct stage *stage);

/* Begins to call finish of every task: one after the other, while there is room for what each may
 * emit. bolt_finish_step() goes on with it; `finishing` says whether there is more to do. */
void bolt_begin_finish(struct stage *stage);
bool bolt_finish_step(struct stage *stage);

/* Tells what is settled, then calls `next` within the budget. Returns whether it did any. */
bool spout_step(struct stage *stage);

/* When spout_step() has something to do again, without any report coming. */
uint64_t spout_deadline_ns(const struct stage *stage);

/* Whether no task will be asked for more, unless a tree fails. */
bool spout_is_done(const struct stage *stage);

/* Whether every lane that the stage feeds, and every ack lane, has room. */
static inline bool stage_has_room(const struct stage *stage)
{
    const struct outbox *outbox = &stage->loop->outbox;

    if (outbox->full_lanes == 0)
        return true;
    for (uint32_t i = 0; i < stage->output_count; i++) {
        if (!lane_has_room(stage->outputs[i]))
            return false;
    }
    return true;
}

/* Whether a bolt here holds tuples that its finish was not asked about. */
bool loop_holds(const struct loop *loop);

/* Whether a tuple waits here, to be read or to be sent. */
bool loop_has_queued(const struct loop *loop);

static inline bool loop_has_failed(const struct loop *loop)
{
    return atomic_load_explicit(&loop->worker->has_failed, memory_order_relaxed);
}

#endif
