/* SPDX-License-Identifier: Apache-2.0 */
#include "nimbus/lifecycle.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"

/* What a topology can be in: its status, or nothing at all. */
enum state {
    STATE_NOTHING,
    STATE_ACTIVE,
    STATE_INACTIVE,
    STATE_KILLED,
    STATE_REBALANCING,
    STATE_COUNT,
};

enum move_kind {
    MOVE_NOTHING, /* is so already, or means nothing here */
    MOVE_TO,      /* the status becomes `to` at once */
    MOVE_LATER,   /* the status becomes `to` when the rebalance is through */
    MOVE_WAIT,    /* the status becomes `to`, until drained or the deadline */
    MOVE_BACK,    /* the status becomes the one before, with the pending settings */
    MOVE_REMOVE,  /* it is killed, and may go */
    MOVE_REFUSE,
};

struct move {
    enum move_kind kind;
    enum topology_status to; /* of those that name one */
    const char *refusal;     /* after "topology 'x' " */
};

#define NOT_THERE                                                                                  \
    {                                                                                              \
        .kind = MOVE_REFUSE, .refusal = "is not there: `gale list` shows the topologies there are" \
    }
#define IN_USE                                                                              \
    {                                                                                       \
        .kind = MOVE_REFUSE,                                                                \
        .refusal = "is there already: kill it first, or submit under another name (--name)" \
    }
#define GOING                                                                     \
    {                                                                             \
        .kind = MOVE_REFUSE,                                                      \
        .refusal = "is being killed: wait until it is gone, then submit it again" \
    }
#define IS_KILLED                                                                          \
    {                                                                                      \
        .kind = MOVE_REFUSE, .refusal = "is being killed: submit it again once it is gone" \
    }
#define IS_REBALANCING                                                                         \
    {                                                                                          \
        .kind = MOVE_REFUSE,                                                                   \
        .refusal = "is being rebalanced already: try again when `gale status` says it is done" \
    }

/* What is left out is MOVE_NOTHING. */
static const struct move moves[STATE_COUNT][LIFECYCLE_EVENT_COUNT] =
    {
        [STATE_NOTHING] =
            {
                [LIFECYCLE_SUBMIT] = {.kind = MOVE_TO, .to = TOPOLOGY_ACTIVE},
                [LIFECYCLE_SUBMIT_INACTIVE] = {.kind = MOVE_TO, .to = TOPOLOGY_INACTIVE},
                [LIFECYCLE_ACTIVATE] = NOT_THERE,
                [LIFECYCLE_DEACTIVATE] = NOT_THERE,
                [LIFECYCLE_KILL] = NOT_THERE,
                [LIFECYCLE_REBALANCE] = NOT_THERE,
            },
        [STATE_ACTIVE] =
            {
                [LIFECYCLE_SUBMIT] = IN_USE,
                [LIFECYCLE_SUBMIT_INACTIVE] = IN_USE,
                [LIFECYCLE_DEACTIVATE] = {.kind = MOVE_TO, .to = TOPOLOGY_INACTIVE},
                [LIFECYCLE_KILL] = {.kind = MOVE_WAIT, .to = TOPOLOGY_KILLED},
                [LIFECYCLE_REBALANCE] = {.kind = MOVE_WAIT, .to = TOPOLOGY_REBALANCING},
                [LIFECYCLE_ENDED] = {.kind = MOVE_REMOVE},
            },
        [STATE_INACTIVE] =
            {
                [LIFECYCLE_SUBMIT] = IN_USE,
                [LIFECYCLE_SUBMIT_INACTIVE] = IN_USE,
                [LIFECYCLE_ACTIVATE] = {.kind = MOVE_TO, .to = TOPOLOGY_ACTIVE},
                [LIFECYCLE_KILL] = {.kind = MOVE_WAIT, .to = TOPOLOGY_KILLED},
                [LIFECYCLE_REBALANCE] = {.kind = MOVE_WAIT, .to = TOPOLOGY_REBALANCING},
                [LIFECYCLE_ENDED] = {.kind = MOVE_REMOVE},
            },
        [STATE_KILLED] =
            {
                [LIFECYCLE_SUBMIT] = GOING,
                [LIFECYCLE_SUBMIT_INACTIVE] = GOING,
                [LIFECYCLE_ACTIVATE] = IS_KILLED,
                [LIFECYCLE_DEACTIVATE] = IS_KILLED,
                [LIFECYCLE_KILL] = {.kind = MOVE_WAIT, .to = TOPOLOGY_KILLED},
                [LIFECYCLE_REBALANCE] = IS_KILLED,
                [LIFECYCLE_DRAINED] = {.kind = MOVE_REMOVE},
                [LIFECYCLE_DEADLINE] = {.kind = MOVE_REMOVE},
                [LIFECYCLE_ENDED] = {.kind = MOVE_REMOVE},
            },
        [STATE_REBALANCING] =
            {
                [LIFECYCLE_SUBMIT] = IN_USE,
                [LIFECYCLE_SUBMIT_INACTIVE] = IN_USE,
                [LIFECYCLE_ACTIVATE] = {.kind = MOVE_LATER, .to = TOPOLOGY_ACTIVE},
                [LIFECYCLE_DEACTIVATE] = {.kind = MOVE_LATER, .to = TOPOLOGY_INACTIVE},
                [LIFECYCLE_KILL] = {.kind = MOVE_WAIT, .to = TOPOLOGY_KILLED},
                [LIFECYCLE_REBALANCE] = IS_REBALANCING,
                [LIFECYCLE_DRAINED] = {.kind = MOVE_BACK},
                [LIFECYCLE_DEADLINE] = {.kind = MOVE_BACK},
                [LIFECYCLE_ENDED] = {.kind = MOVE_REMOVE},
            },
};

static enum state state_of(const struct topology_state *topology)
{
    if (topology == NULL)
        return STATE_NOTHING;
    switch (topology->status) {
    case TOPOLOGY_ACTIVE:
        return STATE_ACTIVE;
    case TOPOLOGY_INACTIVE:
        return STATE_INACTIVE;
    case TOPOLOGY_KILLED:
        return STATE_KILLED;
    case TOPOLOGY_REBALANCING:
        return STATE_REBALANCING;
    }
    UNREACHABLE();
}

static struct lifecycle_change unchanged(const struct topology_state *topology)
{
    if (topology == NULL)
        return (struct lifecycle_change){.effect = LIFECYCLE_NO_EFFECT};
    return (struct lifecycle_change){
        .status = topology->status,
        .status_before = topology->status_before,
        .deadline_ms = topology->deadline_ms,
    };
}

static void settle(struct lifecycle_change *change, enum topology_status status)
{
    change->status = status;
    change->status_before = status;
    change->deadline_ms = 0;
}

static uint64_t add_saturated(uint64_t now_ms, uint64_t wait_ms)
{
    return wait_ms > INT64_MAX - now_ms ? INT64_MAX : now_ms + wait_ms; /* JSON has no more */
}

static void await(struct lifecycle_change *change, const struct topology_state *topology,
                  const struct lifecycle_request *request, enum topology_status status)
{
    bool is_killed = status == TOPOLOGY_KILLED;

    change->status_before = is_killed ? TOPOLOGY_KILLED : topology->status;
    change->status = status;
    change->deadline_ms = add_saturated(request->now_ms, request->wait_ms);
}

/* Another leader that finds it shall not wait again. */
static void release(struct lifecycle_change *change, uint64_t now_ms)
{
    uint64_t deadline_ms = change->deadline_ms;
    bool is_waiting = change->status == TOPOLOGY_KILLED;

    settle(change, TOPOLOGY_KILLED);
    change->deadline_ms = is_waiting && deadline_ms < now_ms ? deadline_ms : now_ms;
    change->effect = LIFECYCLE_REMOVE;
}

static void make(struct lifecycle_change *change, const struct topology_state *topology,
                 const struct lifecycle_request *request, const struct move *move)
{
    switch (move->kind) {
    case MOVE_TO:
        settle(change, move->to);
        if (topology == NULL)
            change->effect = LIFECYCLE_SCHEDULE;
        return;
    case MOVE_LATER:
        change->status_before = move->to;
        return;
    case MOVE_WAIT:
        await(change, topology, request, move->to);
        return;
    case MOVE_BACK:
        settle(change, change->status_before);
        change->is_applied = true;
        change->effect = LIFECYCLE_SCHEDULE;
        return;
    case MOVE_REMOVE:
        release(change, request->now_ms);
        return;
    case MOVE_NOTHING:
    case MOVE_REFUSE:
        return;
    }
    UNREACHABLE();
}

static bool differs(const struct lifecycle_change *change, const struct topology_state *topology)
{
    return topology == NULL || change->status != topology->status ||
           change->status_before != topology->status_before ||
           change->deadline_ms != topology->deadline_ms || change->is_applied;
}

enum err lifecycle_step(const struct topology_state *topology,
                        const struct lifecycle_request *request,
                        struct lifecycle_change *ret_change, struct error *error)
{
    ASSERT(request->event < LIFECYCLE_EVENT_COUNT);

    const struct move *move = &moves[state_of(topology)][request->event];
    if (move->kind == MOVE_REFUSE)
        return error_set(error, topology == NULL ? ERR_NOT_FOUND : ERR_CONFLICT, "topology '%s' %s",
                         request->name, move->refusal);

    struct lifecycle_change change = unchanged(topology);
    if (move->kind != MOVE_NOTHING) {
        make(&change, topology, request, move);
        change.is_changed = differs(&change, topology);
    }
    *ret_change = change;
    return ERR_OK;
}

bool lifecycle_due(const struct topology_state *topology, const struct lifecycle_workers *workers,
                   uint64_t now_ms, enum lifecycle_event *ret_event)
{
    bool is_waiting =
        topology->status == TOPOLOGY_KILLED || topology->status == TOPOLOGY_REBALANCING;

    if (workers->count > 0 && workers->ended == workers->count)
        *ret_event = LIFECYCLE_ENDED;
    else if (is_waiting && workers->drained == workers->count)
        *ret_event = LIFECYCLE_DRAINED;
    else if (is_waiting && now_ms >= topology->deadline_ms)
        *ret_event = LIFECYCLE_DEADLINE;
    else
        return false;
    return true;
}

/* ---- pending settings ---- */

static struct topology_setting *find(struct topology_setting *settings, size_t count,
                                     const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(settings[i].key, key) == 0)
            return &settings[i];
    }
    return NULL;
}

/* Takes both texts over. */
static void put(struct topology_setting **settings, size_t *count, char *key, char *value)
{
    struct topology_setting *there = find(*settings, *count, key);

    if (there != NULL) {
        free(there->value);
        there->value = value;
        free(key);
        return;
    }
    *settings = mem_resize(*settings, *count + 1, sizeof **settings);
    (*settings)[(*count)++] = (struct topology_setting){.key = key, .value = value};
}

static void clear_pending(struct topology_state *topology)
{
    for (size_t i = 0; i < topology->pending_count; i++) {
        free(topology->pending[i].key);
        free(topology->pending[i].value);
    }
    free(topology->pending);
    topology->pending = NULL;
    topology->pending_count = 0;
}

static void apply_pending(struct topology_state *topology)
{
    for (size_t i = 0; i < topology->pending_count; i++)
        put(&topology->settings, &topology->setting_count, TAKE(topology->pending[i].key),
            TAKE(topology->pending[i].value));
}

void lifecycle_apply(struct topology_state *topology, const struct lifecycle_change *change)
{
    topology->status = change->status;
    topology->status_before = change->status_before;
    topology->deadline_ms = change->deadline_ms;
    if (change->is_applied)
        apply_pending(topology);
    if (change->is_applied || change->status == TOPOLOGY_KILLED)
        clear_pending(topology);
}

static bool is_there(struct topology_state *topology, const char *key)
{
    return find(topology->pending, topology->pending_count, key) != NULL ||
           find(topology->settings, topology->setting_count, key) != NULL;
}

static size_t count_new(struct topology_state *topology)
{
    size_t count = 0;

    for (size_t i = 0; i < topology->pending_count; i++)
        count +=
            find(topology->settings, topology->setting_count, topology->pending[i].key) == NULL;
    return count;
}

enum err lifecycle_put_pending(struct topology_state *topology, const char *key, const char *value,
                               struct error *error)
{
    size_t after = topology->setting_count + count_new(topology);

    if (after >= TOPOLOGY_STATE_SETTINGS_MAX && !is_there(topology, key))
        return error_set(error, ERR_LIMIT,
                         "setting '%s' would be one more than a topology may have, which are %d",
                         key, TOPOLOGY_STATE_SETTINGS_MAX);
    put(&topology->pending, &topology->pending_count, mem_copy_text(key), mem_copy_text(value));
    return ERR_OK;
}
