/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/coord_raw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum {
    REGISTERS = 4,
    VALUE_MAX = 32,
};

/* What a call is about; the upper half of its tag. */
enum topic {
    TOPIC_REGISTER,
    TOPIC_LINE,
    TOPIC_TWINS,
    TOPIC_OWN_CREATE,
    TOPIC_OWN_EXISTS,
    TOPIC_OWN_DELETE,
};

const char *const coord_raw_paths[] = {
    "/registers", COORD_RAW_LINE, "/live", "/twins", COORD_RAW_TWIN, COORD_RAW_OTHER,
};
const size_t coord_raw_path_count = COUNT_OF(coord_raw_paths);

static const char *const registers[REGISTERS] = {
    COORD_HISTORY_REGISTERS "a",
    COORD_HISTORY_REGISTERS "b",
    COORD_HISTORY_REGISTERS "c",
    COORD_HISTORY_REGISTERS "d",
};

static void ask(struct coord_raw *raw, enum topic topic, uint32_t index, struct coord_call call,
                struct coord_calls *calls)
{
    call.tag = (uint64_t)topic << 32 | index;
    raw->open++;
    coord_calls_push(calls, &call);
}

/* ---- registers ---- */

static void read_register(struct coord_raw *raw, uint32_t index, struct coord_calls *calls)
{
    ask(raw, TOPIC_REGISTER, index,
        (struct coord_call){
            .kind = rng_below(&raw->rng, 3) > 0 ? COORD_GET : COORD_EXISTS,
            .path = registers[index],
            .watch = !raw->is_calm && rng_below(&raw->rng, 3) == 0,
        },
        calls);
}

/* Values are different everywhere. */
static void draw_value(struct coord_raw *raw, char value[VALUE_MAX])
{
    (void)snprintf(value, VALUE_MAX, "%" PRIu32 "-%" PRIu64, raw->number, ++raw->values);
}

static void write_register(struct coord_raw *raw, uint32_t index, struct coord_calls *calls)
{
    static const enum coord_call_kind kinds[] = {COORD_SET, COORD_SET,    COORD_SET,
                                                 COORD_SET, COORD_CREATE, COORD_DELETE};
    bool compares = rng_below(&raw->rng, 2) == 0;
    char value[VALUE_MAX];

    draw_value(raw, value);
    ask(raw, TOPIC_REGISTER, index,
        (struct coord_call){
            .kind = kinds[rng_below(&raw->rng, COUNT_OF(kinds))],
            .path = registers[index],
            .data = value,
            .size = strlen(value),
            .version = compares ? raw->versions[index] : COORD_ANY_VERSION,
        },
        calls);
}

/* ---- the rest ---- */

static void join_line(struct coord_raw *raw, struct coord_calls *calls)
{
    ask(raw, TOPIC_LINE, 0,
        (struct coord_call){
            .kind = COORD_CREATE,
            .mode = COORD_PERSISTENT_SEQUENTIAL,
            .path = COORD_RAW_LINE "/n",
        },
        calls);
}

static void watch_line(struct coord_raw *raw, struct coord_calls *calls)
{
    ask(raw, TOPIC_LINE, 0,
        (struct coord_call){.kind = COORD_CHILDREN, .path = COORD_RAW_LINE, .watch = true}, calls);
}

/* One in three has a last part that fails. */
static void set_twins(struct coord_raw *raw, struct coord_calls *calls)
{
    char value[VALUE_MAX];

    draw_value(raw, value);
    struct coord_call parts[] = {
        {.kind = COORD_SET, .path = COORD_RAW_TWIN, .version = COORD_ANY_VERSION},
        {.kind = COORD_CREATE, .mode = COORD_PERSISTENT_SEQUENTIAL, .path = COORD_RAW_LINE "/m"},
        {.kind = COORD_SET, .path = COORD_RAW_OTHER, .version = COORD_ANY_VERSION},
        {.kind = COORD_CHECK, .path = "/nowhere", .version = COORD_ANY_VERSION},
    };
    parts[0].data = parts[2].data = value;
    parts[0].size = parts[2].size = strlen(value);
    ask(raw, TOPIC_TWINS, 0,
        (struct coord_call){
            .kind = COORD_MULTI,
            .parts = parts,
            .part_count = rng_below(&raw->rng, 3) == 0 ? 4 : 3,
        },
        calls);
}

static void see_to_own(struct coord_raw *raw, struct coord_calls *calls)
{
    struct coord_call call = {.path = raw->own_path, .version = COORD_ANY_VERSION};
    enum topic topic = TOPIC_OWN_EXISTS;

    if (raw->own_is_open)
        return;
    raw->own_is_open = true;
    if (raw->own == COORD_RAW_NOTHING) {
        topic = TOPIC_OWN_CREATE;
        call.kind = COORD_CREATE;
        call.mode = COORD_EPHEMERAL;
    } else if (rng_below(&raw->rng, 6) == 0) {
        topic = TOPIC_OWN_DELETE;
        call.kind = COORD_DELETE;
    } else {
        call.kind = COORD_EXISTS;
    }
    ask(raw, topic, 0, call, calls);
}

static void complain(const struct coord_raw *raw, const char *what)
{
    coord_trace_complain(raw->process->trace, "client %" PRIu32 ": its ephemeral %s", raw->number,
                         what);
}

static void note_existence(struct coord_raw *raw, const struct coord_event *event)
{
    bool is_ours = event->error == COORD_OK && event->stat.ephemeral_owner == raw->session_id;

    if (event->error != COORD_OK && event->error != COORD_NO_NODE)
        return;
    if (raw->own == COORD_RAW_THERE && event->error == COORD_NO_NODE)
        complain(raw, "is gone while its session lives");
    else if (raw->own == COORD_RAW_THERE && !is_ours)
        complain(raw, "belongs to another session");
    raw->own = is_ours ? COORD_RAW_THERE : COORD_RAW_NOTHING;
}

/* ---- answers ---- */

static void follow_own(struct coord_raw *raw, enum topic topic, const struct coord_event *event)
{
    raw->own_is_open = false;
    if (event->error == COORD_NOT_READ_ONLY)
        return;
    if (event->error == COORD_CONNECTION_LOSS) {
        if (topic != TOPIC_OWN_EXISTS)
            raw->own = COORD_RAW_UNSURE;
    } else if (topic == TOPIC_OWN_EXISTS) {
        note_existence(raw, event);
    } else if (topic == TOPIC_OWN_DELETE) {
        if (raw->own == COORD_RAW_THERE && event->error != COORD_OK)
            complain(raw, "cannot be deleted");
        raw->own = COORD_RAW_NOTHING;
    } else if (event->error == COORD_OK) {
        raw->own = COORD_RAW_THERE;
    }
}

static void follow_register(struct coord_raw *raw, uint32_t index, const struct coord_event *event)
{
    if (event->error == COORD_OK && event->call != COORD_DELETE)
        raw->versions[index] = event->stat.version;
    if (event->error == COORD_OK || event->error == COORD_NO_NODE)
        raw->calm_reads += raw->is_calm;
}

static void step(void *self, const struct coord_event *event, struct coord_calls *calls)
{
    struct coord_raw *raw = self;
    enum topic topic = (enum topic)(event->tag >> 32);

    (void)calls;
    if (event->kind == COORD_EXPIRED)
        raw->own = COORD_RAW_NOTHING;
    if (event->kind == COORD_CONNECTED)
        raw->session_id = event->session_id;
    if (event->kind != COORD_ANSWERED)
        return;
    raw->open--;
    if (topic == TOPIC_REGISTER)
        follow_register(raw, (uint32_t)event->tag, event);
    else if (topic >= TOPIC_OWN_CREATE)
        follow_own(raw, topic, event);
}

static void act(void *self, struct coord_calls *calls)
{
    struct coord_raw *raw = self;
    uint32_t index = rng_below(&raw->rng, REGISTERS);
    uint32_t what = rng_below(&raw->rng, 20);

    if (!coord_process_is_connected(raw->process) || raw->open >= COORD_RAW_OPEN_MAX)
        return;
    if (raw->is_calm)
        read_register(raw, raw->calm_reads % REGISTERS, calls);
    else if (what < 8)
        read_register(raw, index, calls);
    else if (what < 13)
        write_register(raw, index, calls);
    else if (what < 15)
        join_line(raw, calls);
    else if (what < 16)
        watch_line(raw, calls);
    else if (what < 18)
        set_twins(raw, calls);
    else
        see_to_own(raw, calls);
}

void coord_raw_init(struct coord_raw *raw, struct coord_process *process, uint64_t seed)
{
    *raw = (struct coord_raw){.process = process, .number = process->number};
    rng_init(&raw->rng, seed);
    (void)snprintf(raw->own_path, sizeof raw->own_path, "/live/%" PRIu32, raw->number);
    process->owner = (struct coord_owner){.self = raw, .step = step, .act = act};
}

bool coord_raw_is_settled(const struct coord_raw *raw)
{
    return coord_process_is_connected(raw->process) && raw->calm_reads >= 4 * REGISTERS;
}
