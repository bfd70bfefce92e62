/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/topologies.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <gale/gale.h>
#include <gale/tuple.h>

#include "base/mem.h"

struct item {
    uint64_t id;   /* of the message */
    uint64_t emit; /* number in the ledger, or SCENE_UNTRACKED */
    uint64_t part; /* which of several tuples this one is */
    uint64_t hops; /* rounds to go */
    struct gale_maybe_u64 word;
    struct gale_str pad;
};

struct batch {
    uint64_t count;
    struct gale_bytes emits; /* count numbers, and noise */
    struct gale_maybe_str pad;
};

struct total {
    uint64_t count;
};

GALE_STREAM(items, struct item, GALE_FIELD(struct item, id), GALE_FIELD(struct item, emit),
            GALE_FIELD(struct item, part), GALE_FIELD(struct item, hops),
            GALE_FIELD(struct item, word), GALE_FIELD(struct item, pad));
GALE_STREAM(echoes, struct item, GALE_FIELD(struct item, id), GALE_FIELD(struct item, emit),
            GALE_FIELD(struct item, part), GALE_FIELD(struct item, hops),
            GALE_FIELD(struct item, word), GALE_FIELD(struct item, pad));
GALE_DIRECT_STREAM(orders, struct item, GALE_FIELD(struct item, id), GALE_FIELD(struct item, emit),
                   GALE_FIELD(struct item, part), GALE_FIELD(struct item, hops),
                   GALE_FIELD(struct item, word), GALE_FIELD(struct item, pad));
GALE_STREAM(batches, struct batch, GALE_FIELD(struct batch, count), GALE_FIELD(struct batch, emits),
            GALE_FIELD(struct batch, pad));
GALE_STREAM(totals, struct total, GALE_FIELD(struct total, count));

/* ---- what all of them do ---- */

static struct scene *scene_of(const struct gale_task *task)
{
    return (struct scene *)(void *)(uintptr_t)gale_arg(task, 0);
}

static bool chance(struct scene *scene, uint32_t of_1000)
{
    return rng_below(&scene->rng, 1000) < of_1000;
}

static struct gale_str pad_of(struct scene *scene, uint64_t emit, uint32_t length)
{
    return (struct gale_str){.data = scene->noise + emit % 7, .length = length};
}

static struct gale_str some_pad(struct scene *scene, uint64_t emit)
{
    uint32_t kind = rng_below(&scene->rng, 100);
    uint32_t bound = kind < scene->small_pads        ? 48
                     : kind < scene->small_pads + 15 ? scene->pad_max / 8
                                                     : scene->pad_max;

    return pad_of(scene, emit, rng_below(&scene->rng, bound + 1));
}

enum fate {
    FATE_DONE,
    FATE_FAIL,
    FATE_REFUSE, /* what it emits is too large */
};

/* What this execution comes to; later attempts of a message are spared, so that it gets through. */
static enum fate draw_fate(struct scene *scene, const struct item *item, uint32_t slot)
{
    enum fate fate = chance(scene, scene->fail_chance)     ? FATE_FAIL
                     : chance(scene, scene->refuse_chance) ? FATE_REFUSE
                                                           : FATE_DONE;

    if (item->emit == SCENE_UNTRACKED ||
        scene->ledger.emits[item->emit].attempt >= scene->hurt_attempts)
        return FATE_DONE;
    if (fate != FATE_DONE)
        trace_add(&scene->trace, TRACE_REFUSE, item->emit, slot, fate);
    return fate;
}

/* Reads the tuple and looks at every byte of it. */
static struct item arrive(struct gale_task *task, const struct gale_tuple *tuple, uint32_t slot)
{
    struct scene *scene = scene_of(task);
    struct item item = gale_is(tuple, orders)   ? *gale_read(tuple, orders)
                       : gale_is(tuple, echoes) ? *gale_read(tuple, echoes)
                                                : *gale_read(tuple, items);

    if (memcmp(item.pad.data, scene->noise + item.emit % 7, item.pad.length) != 0)
        ledger_complain(&scene->ledger, "a pad of %zu bytes has changed on its way",
                        item.pad.length);
    if (gale_tuple_value(tuple, 1).as.u64 != item.emit)
        ledger_complain(&scene->ledger, "field and value of emit %" PRIu64 " differ", item.emit);
    trace_add(&scene->trace, TRACE_EXECUTE, item.emit, slot, gale_task_index(task));
    return item;
}

static void done(struct gale_task *task, const struct item *item, uint32_t slot)
{
    struct scene *scene = scene_of(task);

    if (item->emit != SCENE_UNTRACKED)
        ledger_do(&scene->ledger, item->emit, slot);
}

/* Sometimes at length, so that reports fill their blocks. */
static enum gale_verdict fail(struct gale_task *task, const struct item *item, const char *how)
{
    static const char sighs[] = "oh dear oh dear oh dear oh dear oh dear oh dear oh dear oh dear "
                                "oh dear oh dear oh dear oh dear oh dear oh dear oh dear oh dear ";
    struct scene *scene = scene_of(task);
    int length = chance(scene, 300) ? (int)rng_below(&scene->rng, sizeof sighs) : 0;

    return gale_fail_with(task, "emit %" PRIu64 " %s %.*s", item->emit, how, length, sighs);
}

/* The copy that goes on from here; if its fate is to be refused, too large for any limit. */
static struct item next_of(struct scene *scene, const struct item *item, enum fate fate)
{
    struct item next = *item;

    next.pad = fate == FATE_REFUSE ? pad_of(scene, item->emit, scene->tuple_bytes_max)
                                   : some_pad(scene, item->emit);
    return next;
}

/* Passes the item on. */
static enum gale_verdict relay(struct gale_task *task, const struct gale_tuple *tuple,
                               uint32_t slot)
{
    struct scene *scene = scene_of(task);
    struct item item = arrive(task, tuple, slot);
    enum fate fate = draw_fate(scene, &item, slot);

    if (fate == FATE_FAIL)
        return fail(task, &item, "has to fail");
    struct item next = next_of(scene, &item, fate);
    next.part = scene->process;
    gale_emit(task, items, &next);
    done(task, &item, slot);
    return GALE_ACK;
}

/* The end of a way. */
static enum gale_verdict sink(struct gale_task *task, const struct gale_tuple *tuple, uint32_t slot)
{
    struct item item = arrive(task, tuple, slot);

    if (draw_fate(scene_of(task), &item, slot) != FATE_DONE)
        return fail(task, &item, "has to fail in the end");
    done(task, &item, slot);
    return GALE_ACK;
}

/* ---- the spout of all topologies ---- */

struct source {
    uint32_t next;
    uint32_t open;
    bool is_active;
    bool said_done;
    uint32_t replay_count;
    uint32_t replays[SCENE_MESSAGES_MAX];
    uint32_t attempts[SCENE_MESSAGES_MAX];
    uint32_t emits[SCENE_MESSAGES_MAX]; /* number of the last emit of each message */
};

static uint64_t message_of(const struct gale_task *task, uint32_t index)
{
    return (uint64_t)gale_task_self(task).value << 32 | index;
}

static void emit_item(struct gale_task *task, const struct item *item)
{
    const struct gale_value values[] = {
        gale_value_u64(item->id),
        gale_value_u64(item->emit),
        gale_value_u64(item->part),
        gale_value_u64(item->hops),
        gale_null(),
        gale_value_str(item->pad),
    };

    if (item->hops % 2 == 0)
        gale_emit_tracked(task, items, item->id, item);
    else
        gale_emit_values_tracked(task, &items.stream, item->id, values, COUNT_OF(values));
}

static const struct gale_component asker;

static void emit_message(struct source *source, struct gale_task *task, uint32_t index)
{
    struct scene *scene = scene_of(task);
    uint64_t id = message_of(task, index);
    uint32_t attempt = source->attempts[index]++;
    uint32_t emit = ledger_add(&scene->ledger, id, attempt, scene->owed(scene, id));
    struct item item = {.id = id, .emit = emit, .hops = index % 6};

    source->emits[index] = emit;
    source->open++;
    item = next_of(scene, &item, draw_fate(scene, &item, LEDGER_SLOTS));
    uint32_t askers = gale_peer_count(task, &asker);
    if (askers > 0 && index % 2 == 0)
        gale_emit_direct_tracked(task, orders, gale_peer(task, &asker, index % askers), id, &item);
    else
        emit_item(task, &item);
}

static void check_call(struct source *source, struct gale_task *task)
{
    struct scene *scene = scene_of(task);

    if (!source->is_active)
        ledger_complain(&scene->ledger, "next is called, but the spout is not active");
    if (source->said_done)
        ledger_complain(&scene->ledger, "next is called, but the spout has said it is done");
    if (scene->max_pending != 0 && source->open >= scene->max_pending)
        ledger_complain(&scene->ledger, "next is called with %u trees open: at most %u",
                        source->open, scene->max_pending);
}

static enum gale_next source_next(void *self, struct gale_task *task)
{
    struct source *source = self;
    struct scene *scene = scene_of(task);

    check_call(source, task);
    uint32_t mood = rng_below(&scene->rng, 16);
    if (mood == 0 || (scene->idle_chance > 0 && chance(scene, scene->idle_chance)))
        return GALE_IDLE;
    if (mood == 1)
        return GALE_MORE;
    for (uint32_t burst = mood == 2 ? 5 : 1; burst > 0; burst--) {
        if (source->replay_count > 0)
            emit_message(source, task, source->replays[--source->replay_count]);
        else if (source->next < scene->messages)
            emit_message(source, task, source->next++);
    }
    source->said_done = source->replay_count == 0 && source->next == scene->messages;
    return source->said_done ? GALE_DONE : mood == 3 ? GALE_IDLE : GALE_MORE;
}

static void source_ack(void *self, struct gale_task *task, uint64_t id)
{
    struct source *source = self;

    source->open--;
    ledger_ack(&scene_of(task)->ledger, source->emits[(uint32_t)id % SCENE_MESSAGES_MAX], id);
}

static void source_fail(void *self, struct gale_task *task, uint64_t id,
                        const struct gale_failure *why)
{
    struct source *source = self;
    struct scene *scene = scene_of(task);
    uint32_t index = (uint32_t)id % SCENE_MESSAGES_MAX;

    source->open--;
    source->said_done = false;
    scene->timed_out += why->kind == GALE_TIMED_OUT;
    scene->worker_lost += why->kind == GALE_WORKER_LOST;
    ledger_fail(&scene->ledger, source->emits[index], id, why->kind);
    if (why->kind == GALE_FAILED && strstr(why->message, "emit ") == NULL &&
        strstr(why->message, "topology.tuple.bytes.max") == NULL &&
        strstr(why->message, "held when its task closed") == NULL &&
        strstr(why->message, "refused") == NULL && strcmp(why->message, "given up") != 0)
        ledger_complain(&scene->ledger, "a failure in '%s' says '%s'", why->component,
                        why->message);
    if (scene->replays_at_once)
        emit_message(source, task, index);
    else
        source->replays[source->replay_count++] = index;
}

static void source_activate(void *self, struct gale_task *task)
{
    (void)task;
    ((struct source *)self)->is_active = true;
}

static void source_deactivate(void *self, struct gale_task *task)
{
    (void)task;
    ((struct source *)self)->is_active = false;
}

#define SOURCE                                                                            \
    {                                                                                     \
        .size = sizeof(struct source), .next = source_next, .ack = source_ack,            \
        .fail = source_fail, .activate = source_activate, .deactivate = source_deactivate \
    }

static const struct gale_component source = {
    .name = "source", .spout = SOURCE, .emits = {&items.stream}};

/* ---- 1: a chain through most groupings, fed by two spouts ---- */

/* Local-or-shuffle stays in the process if it can. */
static void check_local(struct gale_task *task, const struct item *item)
{
    struct scene *scene = scene_of(task);

    if (scene->hosts == NULL || item->part == scene->process)
        return;
    if (scene->hosts(scene->context, (uint32_t)item->part, gale_task_component(task)))
        ledger_complain(&scene->ledger,
                        "process %" PRIu64 " sends to process %u what it could execute itself",
                        item->part, scene->process);
}

static enum gale_verdict chain_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    (void)self;
    uint32_t slot = (uint32_t)(gale_task_component(task)[0] - 'a');

    if (gale_task_component(task)[0] == 'd')
        check_local(task, gale_read(tuple, items));
    return slot < 4 ? relay(task, tuple, slot) : sink(task, tuple, slot);
}

static void choose_by_id(const struct gale_tuple *tuple, struct gale_targets *targets)
{
    targets->add(targets, (uint32_t)(gale_read(tuple, items)->id % targets->count));
}

static const struct gale_component second_source = {
    .name = "second", .tasks = 2, .spout = SOURCE, .emits = {&items.stream}};

static const struct gale_component chain_a = {
    .name = "a",
    .tasks = 2,
    .bolt = {.execute = chain_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE},
               {.from = &second_source, .stream = &items.stream, .by = GALE_NONE}},
    .emits = {&items.stream},
};

static const struct gale_component chain_b = {
    .name = "b",
    .tasks = 3,
    .bolt = {.execute = chain_execute},
    .inputs = {{.from = &chain_a,
                .stream = &items.stream,
                .by = GALE_PARTIAL_KEY,
                .keys = {GALE_FIELD(struct item, id)}}},
    .emits = {&items.stream},
};

static const struct gale_component chain_c = {
    .name = "c",
    .tasks = 2,
    .bolt = {.execute = chain_execute},
    .inputs =
        {{.from = &chain_b, .stream = &items.stream, .by = GALE_CUSTOM, .choose = choose_by_id}},
    .emits = {&items.stream},
};

static const struct gale_component chain_d = {
    .name = "d",
    .tasks = 3,
    .bolt = {.execute = chain_execute},
    .inputs = {{.from = &chain_c, .stream = &items.stream, .by = GALE_LOCAL_OR_SHUFFLE}},
    .emits = {&items.stream},
};

static const struct gale_component chain_e = {
    .name = "e",
    .tasks = 2,
    .bolt = {.execute = chain_execute},
    .inputs = {{.from = &chain_d, .stream = &items.stream, .by = GALE_GLOBAL}},
};

static const struct gale_topology chain = {
    .abi = GALE_ABI,
    .name = "chain",
    .components = {&source, &second_source, &chain_a, &chain_b, &chain_c, &chain_d, &chain_e},
};

static uint32_t owed_by_chain(const struct scene *scene, uint64_t message)
{
    (void)scene;
    (void)message;
    return 0x1F;
}

/* ---- 2: word count: none to eight tuples out of one, by key ---- */

static uint32_t word_count_of(uint64_t message)
{
    return (uint32_t)message % 9;
}

static enum gale_verdict split_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    (void)self;
    struct scene *scene = scene_of(task);
    struct item item = arrive(task, tuple, 0);
    enum fate fate = draw_fate(scene, &item, 0);

    for (uint32_t part = 0; part < word_count_of(item.id); part++) {
        struct item next = next_of(scene, &item, part == 3 ? fate : FATE_DONE);
        next.part = part;
        next.word.has = part != 7;
        next.word.value = part == 7 ? 0 : (item.id * 31 + part) % SCENE_WORDS;
        gale_emit(task, items, &next);
    }
    if (fate == FATE_FAIL)
        return fail(task, &item, "fails after its words");
    done(task, &item, 0);
    return GALE_ACK;
}

static enum gale_verdict count_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    (void)self;
    struct scene *scene = scene_of(task);
    const struct item *item = gale_read(tuple, items);
    uint32_t *owner = &scene->task_of_word[item->word.has ? item->word.value : 0];
    uint32_t mine = gale_task_index(task) + 1;

    if (item->word.has && *owner != 0 && *owner != mine)
        ledger_complain(&scene->ledger, "word %" PRIu64 " goes to tasks %u and %u",
                        item->word.value, *owner - 1, mine - 1);
    if (item->word.has)
        *owner = mine;
    return sink(task, tuple, 1 + (uint32_t)item->part);
}

static const struct gale_component split = {
    .name = "split",
    .tasks = 2,
    .bolt = {.execute = split_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&items.stream},
};

static const struct gale_component count = {
    .name = "count",
    .tasks = 4,
    .executors = 3,
    .bolt = {.execute = count_execute},
    .inputs = {{.from = &split,
                .stream = &items.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct item, word)}}},
};

static const struct gale_topology words = {
    .abi = GALE_ABI, .name = "words", .components = {&source, &split, &count}};

static uint32_t owed_by_words(const struct scene *scene, uint64_t message)
{
    (void)scene;
    return (UINT32_C(1) << (1 + word_count_of(message))) - 1;
}

/* ---- 3: a diamond, joined again ---- */

#define JOIN_MAX   512 /* emits that wait for their other parts */
#define JOIN_PARTS 5   /* at most 4 from the left, and one from the right */
#define RIGHT_PART 5

struct joining {
    bool is_used;
    uint64_t emit;
    uint32_t count;
    struct gale_held *held[JOIN_PARTS];
};

struct join {
    struct joining table[JOIN_MAX];
    uint32_t next; /* whose place is taken if all are used */
};

static enum gale_verdict diamond_side(struct gale_task *task, const struct gale_tuple *tuple,
                                      uint32_t part)
{
    struct scene *scene = scene_of(task);
    struct item item = arrive(task, tuple, part);
    enum fate fate = draw_fate(scene, &item, part);

    if (fate == FATE_FAIL)
        return fail(task, &item, "has to fail");
    struct item next = next_of(scene, &item, fate);
    next.part = part;
    gale_emit(task, items, &next);
    done(task, &item, part);
    return GALE_ACK;
}

static enum gale_verdict left_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)self;
    return diamond_side(task, tuple, gale_task_index(task));
}

static enum gale_verdict right_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    (void)self;
    return diamond_side(task, tuple, RIGHT_PART);
}

static void give_up(struct joining *joining, struct gale_task *task)
{
    for (uint32_t i = 0; i < joining->count; i++) {
        (void)gale_fail_with(task, "given up");
        gale_settle(&joining->held[i], GALE_FAIL);
    }
    joining->count = 0;
    joining->is_used = false;
}

static struct joining *find_joining(struct join *join, struct gale_task *task, uint64_t emit)
{
    struct joining *unused = NULL;

    for (uint32_t i = 0; i < JOIN_MAX; i++) {
        struct joining *joining = &join->table[i];
        if (joining->is_used && joining->emit == emit)
            return joining;
        if (!joining->is_used && unused == NULL)
            unused = joining;
    }
    if (unused == NULL) {
        unused = &join->table[join->next++ % JOIN_MAX];
        give_up(unused, task);
    }
    *unused = (struct joining){.is_used = true, .emit = emit};
    return unused;
}

static void emit_joined(struct joining *joining, struct gale_task *task)
{
    struct scene *scene = scene_of(task);
    struct item item = *gale_read(gale_held_tuple(joining->held[0]), items);
    struct item next = next_of(scene, &item, draw_fate(scene, &item, 12));

    gale_emit_joined(task, items, joining->held, joining->count, &next);
    for (uint32_t i = 0; i < joining->count; i++) {
        item = *gale_read(gale_held_tuple(joining->held[i]), items);
        done(task, &item, 6 + (uint32_t)item.part);
        gale_settle(&joining->held[i], GALE_ACK);
    }
    joining->count = 0;
    joining->is_used = false;
}

static enum gale_verdict join_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    struct scene *scene = scene_of(task);
    const struct item item = arrive(task, tuple, 6 + (uint32_t)gale_read(tuple, items)->part);
    struct joining *joining = find_joining(self, task, item.emit);

    joining->held[joining->count++] = gale_hold(tuple);
    if (joining->count == scene->left_tasks + 1)
        emit_joined(joining, task);
    return GALE_HELD;
}

static void join_finish(void *self, struct gale_task *task)
{
    struct join *join = self;

    for (uint32_t i = 0; i < JOIN_MAX; i++)
        give_up(&join->table[i], task);
}

static enum gale_verdict diamond_sink_execute(void *self, struct gale_task *task,
                                              const struct gale_tuple *tuple)
{
    (void)self;
    return sink(task, tuple, 12);
}

static const struct gale_component left = {
    .name = "left",
    .tasks = 2,
    .bolt = {.execute = left_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_ALL}},
    .emits = {&items.stream},
};

static const struct gale_component right = {
    .name = "right",
    .tasks = 2,
    .bolt = {.execute = right_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&items.stream},
};

static const struct gale_component join = {
    .name = "join",
    .tasks = 2,
    .bolt = {.size = sizeof(struct join), .execute = join_execute, .finish = join_finish},
    .inputs = {{.from = &left,
                .stream = &items.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct item, emit)}},
               {.from = &right,
                .stream = &items.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct item, emit)}}},
    .emits = {&items.stream},
};

static const struct gale_component diamond_sink = {
    .name = "sink",
    .bolt = {.execute = diamond_sink_execute},
    .inputs = {{.from = &join, .stream = &items.stream, .by = GALE_SHUFFLE}},
};

static const struct gale_topology diamond = {
    .abi = GALE_ABI,
    .name = "diamond",
    .components = {&source, &left, &right, &join, &diamond_sink},
};

static uint32_t owed_by_diamond(const struct scene *scene, uint64_t message)
{
    uint32_t lefts = (UINT32_C(1) << scene->left_tasks) - 1;

    (void)message;
    return lefts | UINT32_C(1) << 5 | lefts << 6 | UINT32_C(1) << 11 | UINT32_C(1) << 12;
}

/* ---- 4: a cycle: round and round until no hops are left ---- */

static enum gale_verdict there_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    (void)self;
    struct scene *scene = scene_of(task);
    struct item item = arrive(task, tuple,
                              gale_is(tuple, echoes) ? (uint32_t)gale_read(tuple, echoes)->hops
                                                     : (uint32_t)gale_read(tuple, items)->hops);
    uint32_t slot = (uint32_t)item.hops;
    enum fate fate = draw_fate(scene, &item, slot);

    if (fate == FATE_FAIL)
        return fail(task, &item, "has to fail there");
    struct item next = next_of(scene, &item, fate);
    if (item.hops > 0)
        gale_emit(task, items, &next);
    done(task, &item, slot);
    return GALE_ACK;
}

static enum gale_verdict back_execute(void *self, struct gale_task *task,
                                      const struct gale_tuple *tuple)
{
    (void)self;
    struct scene *scene = scene_of(task);
    struct item item = arrive(task, tuple, 8);
    uint32_t slot = 8 + (uint32_t)item.hops;
    enum fate fate = draw_fate(scene, &item, slot);

    if (fate == FATE_FAIL)
        return fail(task, &item, "has to fail back there");
    struct item next = next_of(scene, &item, fate);
    next.hops--;
    gale_emit(task, echoes, &next);
    done(task, &item, slot);
    return GALE_ACK;
}

static const struct gale_component back;

static const struct gale_component there = {
    .name = "there",
    .tasks = 2,
    .bolt = {.execute = there_execute},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE},
               {.from = &back,
                .stream = &echoes.stream,
                .by = GALE_SHUFFLE,
                .reserve_bytes = 1024 * 1024}},
    .emits = {&items.stream},
};

static const struct gale_component back = {
    .name = "back",
    .tasks = 3,
    .bolt = {.execute = back_execute},
    .inputs = {{.from = &there, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&echoes.stream},
};

static const struct gale_topology cycle = {
    .abi = GALE_ABI, .name = "cycle", .components = {&source, &there, &back}};

static uint32_t owed_by_cycle(const struct scene *scene, uint64_t message)
{
    uint32_t hops = (uint32_t)message % SCENE_MESSAGES_MAX % 6;
    uint32_t there_slots = (UINT32_C(2) << hops) - 1; /* 0 .. hops */

    (void)scene;
    return there_slots | (there_slots & ~UINT32_C(1)) << 8;
}

/* ---- 5: a question to any, the answer to the very task that asked ---- */

static enum gale_verdict asker_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    (void)self;
    bool is_answer = strcmp(gale_tuple_component(tuple), "answerer") == 0;
    struct scene *scene = scene_of(task);

    if (!is_answer) {
        struct item item = arrive(task, tuple, 0);
        enum fate fate = draw_fate(scene, &item, 0);
        if (fate == FATE_FAIL)
            return fail(task, &item, "is not asked");
        struct item next = next_of(scene, &item, fate);
        next.part = gale_task_index(task);
        gale_emit(task, items, &next);
        done(task, &item, 0);
        return GALE_ACK;
    }
    if (gale_read(tuple, orders)->part != gale_task_index(task))
        ledger_complain(&scene->ledger, "an answer came to another task than had asked");
    return sink(task, tuple, 2);
}

static enum gale_verdict answerer_execute(void *self, struct gale_task *task,
                                          const struct gale_tuple *tuple)
{
    (void)self;
    struct scene *scene = scene_of(task);
    struct item item = arrive(task, tuple, 1);
    enum fate fate = draw_fate(scene, &item, 1);

    if (fate == FATE_FAIL)
        return fail(task, &item, "has no answer");
    struct item next = next_of(scene, &item, fate);
    gale_emit_direct(task, orders, gale_tuple_source(tuple), &next);
    done(task, &item, 1);
    return GALE_ACK;
}

static const struct gale_component answerer;

static const struct gale_component ordering_source = {
    .name = "source", .spout = SOURCE, .emits = {&items.stream, &orders.stream}};

static const struct gale_component asker = {
    .name = "asker",
    .tasks = 3,
    .bolt = {.execute = asker_execute},
    .inputs = {{.from = &ordering_source, .stream = &items.stream, .by = GALE_SHUFFLE},
               {.from = &ordering_source, .stream = &orders.stream, .by = GALE_DIRECT},
               {.from = &answerer,
                .stream = &orders.stream,
                .by = GALE_DIRECT,
                .reserve_bytes = 512 * 1024}},
    .emits = {&items.stream},
};

static const struct gale_component answerer = {
    .name = "answerer",
    .tasks = 2,
    .bolt = {.execute = answerer_execute},
    .inputs = {{.from = &asker, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&orders.stream},
};

static const struct gale_topology echo = {
    .abi = GALE_ABI, .name = "echo", .components = {&ordering_source, &asker, &answerer}};

static uint32_t owed_by_echo(const struct scene *scene, uint64_t message)
{
    (void)scene;
    (void)message;
    return 7;
}

/* ---- 6: batches that are held until they are full, or a tick comes ---- */

#define BATCH_MAX 16

struct batcher {
    uint32_t count;
    struct gale_held *held[BATCH_MAX];
};

/* Fails some of them. Returns whether the batch is to be too large. */
static bool weed(struct batcher *batcher, struct gale_task *task)
{
    struct scene *scene = scene_of(task);
    uint32_t kept = 0;
    bool refuse = false;

    for (uint32_t i = 0; i < batcher->count; i++) {
        struct item item = *gale_read(gale_held_tuple(batcher->held[i]), items);
        enum fate fate = draw_fate(scene, &item, 0);
        refuse |= fate == FATE_REFUSE;
        if (fate == FATE_FAIL) {
            (void)fail(task, &item, "is weeded out");
            gale_settle(&batcher->held[i], GALE_FAIL);
        } else {
            batcher->held[kept++] = batcher->held[i];
        }
    }
    batcher->count = kept;
    return refuse;
}

static void batcher_flush(void *self, struct gale_task *task)
{
    struct batcher *batcher = self;
    struct scene *scene = scene_of(task);
    bool refuse = weed(batcher, task);
    uint64_t emits[BATCH_MAX];

    for (uint32_t i = 0; i < batcher->count; i++)
        emits[i] = gale_read(gale_held_tuple(batcher->held[i]), items)->emit;
    struct batch batch = {
        .count = batcher->count,
        .emits = {.data = (const uint8_t *)emits, .length = batcher->count * sizeof *emits},
        .pad = {.has = refuse, .value = pad_of(scene, 0, scene->tuple_bytes_max)},
    };
    if (batcher->count > 0)
        gale_emit_joined(task, batches, batcher->held, batcher->count, &batch);
    for (uint32_t i = 0; i < batcher->count; i++) {
        struct item item = {.emit = emits[i]};
        done(task, &item, 0);
        gale_settle(&batcher->held[i], GALE_ACK);
    }
    batcher->count = 0;
}

static enum gale_verdict batcher_execute(void *self, struct gale_task *task,
                                         const struct gale_tuple *tuple)
{
    struct batcher *batcher = self;

    (void)arrive(task, tuple, 0);
    batcher->held[batcher->count++] = gale_hold(tuple);
    if (batcher->count == BATCH_MAX)
        batcher_flush(batcher, task);
    return GALE_HELD;
}

static enum gale_verdict batch_sink_execute(void *self, struct gale_task *task,
                                            const struct gale_tuple *tuple)
{
    (void)self;
    const struct batch *batch = gale_read(tuple, batches);

    for (uint64_t i = 0; i < batch->count; i++) {
        struct item item = {.id = 0};
        memcpy(&item.emit, batch->emits.data + i * sizeof item.emit, sizeof item.emit);
        done(task, &item, 1);
    }
    return GALE_ACK;
}

static const struct gale_component batcher = {
    .name = "batcher",
    .tasks = 2,
    .tick_ms = 5,
    .bolt = {.size = sizeof(struct batcher),
             .execute = batcher_execute,
             .tick = batcher_flush,
             .finish = batcher_flush},
    .inputs = {{.from = &source, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&batches.stream},
};

static const struct gale_component batch_sink = {
    .name = "sink",
    .tasks = 2,
    .bolt = {.execute = batch_sink_execute},
    .inputs = {{.from = &batcher, .stream = &batches.stream, .by = GALE_SHUFFLE}},
};

static const struct gale_topology batching = {
    .abi = GALE_ABI, .name = "batching", .components = {&source, &batcher, &batch_sink}};

static uint32_t owed_by_batching(const struct scene *scene, uint64_t message)
{
    (void)scene;
    (void)message;
    return 3;
}

/* ---- 7: untracked tuples beside tracked ones, some held to the end; totals when all is over ---- */

#define KEPT_MAX SCENE_MESSAGES_MAX * 4

struct keeper {
    uint32_t count;
    bool has_emitted[KEPT_MAX]; /* what is kept was passed on before it was held */
    struct gale_held *held[KEPT_MAX];
};

struct summer {
    uint64_t count;
    bool is_finished;
};

static enum gale_next flow_next(void *self, struct gale_task *task)
{
    struct source *flow = self;
    struct scene *scene = scene_of(task);

    uint32_t burst = flow->next == scene->messages || !chance(scene, 300) ? 0
                     : chance(scene, 300)                                 ? 20
                                                                          : 1;
    for (; burst > 0; burst--) {
        struct item item = {.id = flow->next, .emit = SCENE_UNTRACKED};
        item = next_of(scene, &item, FATE_DONE);
        gale_emit(task, items, &item);
        scene->untracked_sent++;
    }
    return source_next(self, task);
}

/* Tracked ones keep their spout waiting, until the timeout if it may have no others open. */
static bool may_keep(struct scene *scene, const struct item *item)
{
    bool is_last = (uint32_t)item->id == scene->messages - 1;
    bool is_harmless = scene->is_calm && scene->max_pending > 0 && is_last;

    return chance(scene, 200) &&
           (item->emit == SCENE_UNTRACKED || scene->may_time_out || is_harmless);
}

static enum gale_verdict keeper_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    struct keeper *keeper = self;
    struct scene *scene = scene_of(task);

    if (keeper->count == KEPT_MAX || !may_keep(scene, gale_read(tuple, items)))
        return relay(task, tuple, 0);
    keeper->has_emitted[keeper->count] = chance(scene, 500);
    if (keeper->has_emitted[keeper->count]) {
        struct item item = arrive(task, tuple, 0);
        struct item next = next_of(scene, &item, draw_fate(scene, &item, 0));
        gale_emit(task, items, &next);
    }
    keeper->held[keeper->count++] = gale_hold(tuple);
    return GALE_HELD;
}

/* Bolts of a rank are asked once all of the ranks above have been. */
static void note_finish(struct gale_task *task, uint32_t rank)
{
    struct scene *scene = scene_of(task);

    if (rank < scene->finished_rank && !scene->may_finish_again)
        ledger_complain(&scene->ledger, "finish of rank %u is called after that of rank %u", rank,
                        scene->finished_rank);
    scene->finished_rank = rank > scene->finished_rank ? rank : scene->finished_rank;
}

static void keeper_finish(void *self, struct gale_task *task)
{
    struct keeper *keeper = self;

    note_finish(task, 1);
    while (keeper->count > 0) {
        struct gale_held **held = &keeper->held[--keeper->count];
        struct item item = *gale_read(gale_held_tuple(*held), items);
        if (!keeper->has_emitted[keeper->count])
            gale_emit_joined(task, items, held, 1, &item);
        done(task, &item, 0);
        gale_settle(held, GALE_ACK);
    }
}

static enum gale_verdict summer_execute(void *self, struct gale_task *task,
                                        const struct gale_tuple *tuple)
{
    struct summer *summer = self;
    struct scene *scene = scene_of(task);

    if (summer->is_finished && scene->is_calm)
        ledger_complain(&scene->ledger, "a tuple comes after finish");
    if (gale_read(tuple, items)->emit != SCENE_UNTRACKED)
        return sink(task, tuple, 1);
    (void)arrive(task, tuple, 1);
    summer->count++;
    scene->untracked_seen++;
    return GALE_ACK;
}

static void summer_finish(void *self, struct gale_task *task)
{
    struct summer *summer = self;

    if (summer->is_finished && !scene_of(task)->may_finish_again)
        ledger_complain(&scene_of(task)->ledger, "finish is called twice");
    summer->is_finished = true;
    note_finish(task, 2);
    gale_emit_unanchored(task, totals, &(struct total){.count = summer->count});
}

static enum gale_verdict total_execute(void *self, struct gale_task *task,
                                       const struct gale_tuple *tuple)
{
    (void)self;
    scene_of(task)->untracked_total += gale_read(tuple, totals)->count;
    return GALE_ACK;
}

static const struct gale_component flow_source = {
    .name = "source",
    .spout = {.size = sizeof(struct source),
              .next = flow_next,
              .ack = source_ack,
              .fail = source_fail,
              .activate = source_activate,
              .deactivate = source_deactivate},
    .emits = {&items.stream},
};

static const struct gale_component keeper = {
    .name = "keeper",
    .tasks = 2,
    .bolt = {.size = sizeof(struct keeper), .execute = keeper_execute, .finish = keeper_finish},
    .inputs = {{.from = &flow_source, .stream = &items.stream, .by = GALE_SHUFFLE}},
    .emits = {&items.stream},
};

static const struct gale_component summer = {
    .name = "summer",
    .tasks = 3,
    .bolt = {.size = sizeof(struct summer), .execute = summer_execute, .finish = summer_finish},
    .inputs = {{.from = &keeper, .stream = &items.stream, .by = GALE_NONE}},
    .emits = {&totals.stream},
};

static const struct gale_component total = {
    .name = "total",
    .bolt = {.execute = total_execute},
    .inputs = {{.from = &summer, .stream = &totals.stream, .by = GALE_GLOBAL}},
};

static const struct gale_topology flow = {
    .abi = GALE_ABI, .name = "flow", .components = {&flow_source, &keeper, &summer, &total}};

static uint32_t owed_by_flow(const struct scene *scene, uint64_t message)
{
    (void)scene;
    (void)message;
    return 3;
}

const struct sim_topology topologies[TOPOLOGIES_COUNT] = {
    {&chain, owed_by_chain, 7000},     {&words, owed_by_words, 3000},
    {&diamond, owed_by_diamond, 2500}, {&cycle, owed_by_cycle, 7000},
    {&echo, owed_by_echo, 7000},       {&batching, owed_by_batching, 7000},
    {&flow, owed_by_flow, 2500},
};
