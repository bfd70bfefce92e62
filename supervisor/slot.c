/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor/slot.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"

enum {
    RETRY_FIRST_MS = 500,
};

/* Where a slot may go from a state. */
static const unsigned moves[] = {
    [SLOT_EMPTY] = 1u << SLOT_FETCHING | 1u << SLOT_RUNNING | 1u << SLOT_ENDED,
    [SLOT_FETCHING] =
        1u << SLOT_EMPTY | 1u << SLOT_FETCHING | 1u << SLOT_STARTING | 1u << SLOT_FAILED,
    [SLOT_BACKOFF] = 1u << SLOT_EMPTY | 1u << SLOT_FETCHING | 1u << SLOT_ENDED,
    [SLOT_STARTING] = 1u << SLOT_RUNNING | 1u << SLOT_STOPPING | 1u << SLOT_BACKOFF |
                      1u << SLOT_FAILED | 1u << SLOT_ENDED,
    [SLOT_RUNNING] = 1u << SLOT_STOPPING | 1u << SLOT_BACKOFF | 1u << SLOT_ENDED,
    [SLOT_STOPPING] = 1u << SLOT_EMPTY | 1u << SLOT_BACKOFF | 1u << SLOT_ENDED,
    [SLOT_ENDED] = 1u << SLOT_EMPTY | 1u << SLOT_FETCHING,
    [SLOT_FAILED] = 1u << SLOT_EMPTY | 1u << SLOT_FETCHING,
};

static void move(struct slot *slot, enum slot_state state, uint64_t due_ms)
{
    ASSERT((moves[slot->state] & 1u << state) != 0);
    slot->state = state;
    slot->due_ms = due_ms;
}

static void copy(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from == NULL ? "" : from);
}

void slot_init(struct slot *slot, const struct slot_limits *limits, uint64_t incarnation)
{
    ASSERT(limits->backoff_min_ms <= limits->backoff_max_ms);
    *slot = (struct slot){
        .limits = *limits,
        .due_ms = UINT64_MAX,
        .incarnation = incarnation,
        .retry_ms = RETRY_FIRST_MS,
    };
}

/* Also while it is being started. */
bool slot_has_process(const struct slot *slot)
{
    return slot->state == SLOT_STARTING || slot->state == SLOT_RUNNING ||
           slot->state == SLOT_STOPPING;
}

bool slot_is_looping(const struct slot *slot, uint64_t now_ms)
{
    uint64_t oldest_ms = slot->exits_ms[SLOT_LOOP_EXITS - 1];

    return oldest_ms != 0 && now_ms - oldest_ms <= SLOT_LOOP_MS;
}

/* ---- Towards a process ---------------------------------------------------------------------- */

/* What is known of one topology says nothing about another. */
static void turn_to(struct slot *slot, const char *topology)
{
    if (strcmp(slot->topology, topology) == 0)
        return;
    copy(slot->topology, sizeof slot->topology, topology);
    memset(slot->exits_ms, 0, sizeof slot->exits_ms);
    slot->starts = 0;
    slot->backoff_ms = 0;
    slot->retry_ms = RETRY_FIRST_MS;
    slot->last_exit[0] = '\0';
    slot->fault[0] = '\0';
    slot->has_ended = false;
}

/* There is no process: turns to what is wanted. */
static unsigned begin(struct slot *slot)
{
    if (slot->wanted[0] == '\0') {
        move(slot, SLOT_EMPTY, UINT64_MAX);
        return SLOT_REPORT;
    }
    turn_to(slot, slot->wanted);
    if (slot->has_ended) {
        move(slot, SLOT_ENDED, UINT64_MAX);
        return SLOT_REPORT;
    }
    move(slot, SLOT_FETCHING, UINT64_MAX);
    return SLOT_FETCH | SLOT_REPORT;
}

static unsigned want(struct slot *slot, const char *topology)
{
    if (slot->is_halted)
        return 0;
    if (strcmp(slot->wanted, topology) == 0)
        return 0;
    copy(slot->wanted, sizeof slot->wanted, topology);
    return SLOT_REPORT;
}

static unsigned start(struct slot *slot, uint64_t now_ms)
{
    slot->incarnation++;
    slot->starts++;
    slot->started_ms = now_ms;
    slot->address[0] = '\0';
    slot->phase[0] = '\0';
    slot->fault[0] = '\0';
    slot->is_killed = false;
    slot->is_stopped = false;
    slot->is_restarted = false;
    move(slot, SLOT_STARTING, now_ms + slot->limits.start_timeout_ms);
    return SLOT_REMEMBER | SLOT_START | SLOT_REPORT;
}

/* Blobs cannot be had, or no process be started. */
static unsigned give_up(struct slot *slot, const char *why, uint64_t now_ms)
{
    copy(slot->fault, sizeof slot->fault, why);
    move(slot, SLOT_FAILED, now_ms + slot->retry_ms);
    slot->retry_ms *= 2;
    if (slot->retry_ms > slot->limits.backoff_max_ms)
        slot->retry_ms = slot->limits.backoff_max_ms;
    return SLOT_COMPLAIN | SLOT_REPORT;
}

static unsigned adopt(struct slot *slot, const struct slot_event *event, uint64_t now_ms)
{
    ASSERT(slot->state == SLOT_EMPTY);
    turn_to(slot, event->topology);
    slot->pid = event->pid;
    slot->born = event->born;
    slot->incarnation = event->incarnation;
    slot->started_ms = event->age_ms < now_ms ? now_ms - event->age_ms : 0;
    slot->is_killed = false;
    slot->is_stopped = false;
    slot->is_restarted = false;
    if (slot->starts == 0)
        slot->starts = 1;
    /* Until the assignments are known it is wanted. */
    copy(slot->wanted, sizeof slot->wanted, event->topology);
    move(slot, SLOT_RUNNING, now_ms + slot->limits.beat_timeout_ms);
    return SLOT_REMEMBER | SLOT_REPORT;
}

/* ---- Away from it --------------------------------------------------------------------------- */

static unsigned stop(struct slot *slot, uint64_t now_ms)
{
    slot->is_stopped = true;
    move(slot, SLOT_STOPPING, now_ms + slot->limits.shutdown_ms);
    return SLOT_TERM | SLOT_REPORT;
}

static unsigned kill_silent(struct slot *slot, uint64_t now_ms)
{
    uint64_t limit_ms =
        slot->state == SLOT_STARTING ? slot->limits.start_timeout_ms : slot->limits.beat_timeout_ms;

    (void)snprintf(slot->last_exit, sizeof slot->last_exit,
                   "killed: no sign of life for %" PRIu64 " ms%s", limit_ms,
                   slot->state == SLOT_STARTING ? " after the start" : "");
    slot->is_killed = true;
    move(slot, SLOT_STOPPING, now_ms + slot->limits.shutdown_ms);
    return SLOT_KILL | SLOT_REPORT;
}

static void note_exit(struct slot *slot, uint64_t now_ms)
{
    memmove(&slot->exits_ms[1], &slot->exits_ms[0],
            (SLOT_LOOP_EXITS - 1) * sizeof slot->exits_ms[0]);
    slot->exits_ms[0] = now_ms == 0 ? 1 : now_ms;
}

/* The pause before the next start. */
static uint64_t back_off(struct slot *slot, uint64_t now_ms)
{
    uint64_t lived_ms = now_ms - slot->started_ms;
    uint64_t pause_ms = lived_ms >= SLOT_LONG_LIFE_MS ? 0 : slot->backoff_ms;

    if (pause_ms == 0)
        slot->backoff_ms = slot->limits.backoff_min_ms;
    else if (lived_ms < SLOT_SHORT_LIFE_MS)
        slot->backoff_ms *= 2;
    if (slot->backoff_ms > slot->limits.backoff_max_ms)
        slot->backoff_ms = slot->limits.backoff_max_ms;
    return pause_ms;
}

/* Its part of the topology has changed, as in a rebalance: the start that follows is of the new one, and
 * no restart in the eyes of anybody. */
static void forget_exit(struct slot *slot)
{
    slot->last_exit[0] = '\0';
    if (slot->starts > 0)
        slot->starts--;
}

static bool is_wanted_still(const struct slot *slot)
{
    return strcmp(slot->wanted, slot->topology) == 0;
}

static unsigned exited(struct slot *slot, const struct slot_event *event, uint64_t now_ms)
{
    const unsigned always = SLOT_REMEMBER | SLOT_UNPUBLISH | SLOT_REPORT;

    slot->pid = 0;
    slot->born = 0;
    slot->address[0] = '\0';
    if (!slot->is_killed)
        copy(slot->last_exit, sizeof slot->last_exit,
             slot->is_restarted ? SLOT_RESTARTED_TEXT : event->text);
    if (slot->wanted[0] == '\0') {
        move(slot, SLOT_EMPTY, UINT64_MAX);
        return always;
    }
    if (is_wanted_still(slot) && slot->has_ended) {
        move(slot, SLOT_ENDED, UINT64_MAX);
        return always;
    }
    if (slot->is_stopped) {
        /* What comes next waits for a tick: the topology of this process must still be known when
         * the caller unpublishes it. */
        move(slot, SLOT_BACKOFF, now_ms);
        return always;
    }
    move(slot, SLOT_BACKOFF, now_ms + back_off(slot, now_ms));
    if (event->code == SLOT_EXIT_UNPLACED) {
        forget_exit(slot);
        return always;
    }
    note_exit(slot, now_ms);
    return always | SLOT_COMPLAIN;
}

/* ---- Events --------------------------------------------------------------------------------- */

static unsigned on_want(struct slot *slot, const char *topology, uint64_t now_ms)
{
    unsigned effects = want(slot, topology == NULL ? "" : topology);

    if (effects == 0)
        return 0;
    if (slot->state == SLOT_STOPPING)
        return effects;
    if (slot_has_process(slot))
        return is_wanted_still(slot) ? effects : effects | stop(slot, now_ms);
    return effects | begin(slot);
}

static unsigned on_beat(struct slot *slot, const char *phase, uint64_t now_ms)
{
    bool is_news = strcmp(slot->phase, phase) != 0;

    if (slot->state != SLOT_STARTING && slot->state != SLOT_RUNNING)
        return 0;
    copy(slot->phase, sizeof slot->phase, phase);
    slot->due_ms = now_ms + slot->limits.beat_timeout_ms;
    if (slot->state == SLOT_RUNNING)
        return is_news ? SLOT_REPORT : 0;
    slot->retry_ms = RETRY_FIRST_MS;
    move(slot, SLOT_RUNNING, slot->due_ms);
    return SLOT_REPORT;
}

static unsigned on_bound(struct slot *slot, const char *address)
{
    if (slot->state != SLOT_STARTING && slot->state != SLOT_RUNNING)
        return 0;
    copy(slot->address, sizeof slot->address, address);
    return SLOT_PUBLISH;
}

static unsigned on_tick(struct slot *slot, uint64_t now_ms)
{
    if (now_ms < slot->due_ms)
        return 0;
    switch (slot->state) {
    case SLOT_BACKOFF:
    case SLOT_FAILED:
        return begin(slot);
    case SLOT_STARTING:
    case SLOT_RUNNING:
        return kill_silent(slot, now_ms);
    case SLOT_STOPPING:
        slot->due_ms = now_ms + slot->limits.shutdown_ms;
        return SLOT_KILL;
    case SLOT_EMPTY:
    case SLOT_FETCHING:
    case SLOT_ENDED:
        return 0;
    }
    UNREACHABLE();
}

/* Told by nimbus again and again until it sees another incarnation. A pause, as after a failure, is over
 * with it. */
static unsigned on_restart(struct slot *slot, const struct slot_event *event, uint64_t now_ms)
{
    if (event->incarnation != slot->incarnation || event->incarnation == slot->restarted ||
        strcmp(slot->topology, event->topology) != 0 || !is_wanted_still(slot))
        return 0;
    if (slot->state == SLOT_BACKOFF || slot->state == SLOT_FAILED) {
        slot->restarted = event->incarnation;
        return begin(slot);
    }
    if ((slot->state != SLOT_STARTING && slot->state != SLOT_RUNNING) || slot->pid == 0)
        return 0;
    slot->restarted = event->incarnation;
    slot->is_restarted = true;
    return stop(slot, now_ms);
}

static unsigned on_halt(struct slot *slot, uint64_t now_ms)
{
    unsigned effects = on_want(slot, NULL, now_ms);

    slot->is_halted = true;
    return effects;
}

static unsigned on_started(struct slot *slot, const struct slot_event *event)
{
    ASSERT(slot->state == SLOT_STARTING && slot->pid == 0);
    slot->pid = event->pid;
    slot->born = event->born;
    return SLOT_REMEMBER | SLOT_REPORT;
}

/* Blobs concern a slot only as long as it waits for them. */
static unsigned on_blobs(struct slot *slot, const struct slot_event *event, uint64_t now_ms)
{
    if (slot->state != SLOT_FETCHING || strcmp(slot->wanted, event->topology) != 0)
        return 0;
    if (event->kind == SLOT_BLOBS_READY)
        return start(slot, now_ms);
    return give_up(slot, event->text, now_ms);
}

unsigned slot_step(struct slot *slot, const struct slot_event *event, uint64_t now_ms)
{
    switch (event->kind) {
    case SLOT_WANT:
        return on_want(slot, event->topology, now_ms);
    case SLOT_ADOPT:
        return adopt(slot, event, now_ms);
    case SLOT_BLOBS_READY:
    case SLOT_BLOBS_MISSING:
        return on_blobs(slot, event, now_ms);
    case SLOT_STARTED:
        return on_started(slot, event);
    case SLOT_START_FAILED:
        ASSERT(slot->state == SLOT_STARTING && slot->pid == 0);
        return give_up(slot, event->text, now_ms);
    case SLOT_BOUND:
        return on_bound(slot, event->text);
    case SLOT_BEAT:
        return on_beat(slot, event->text, now_ms);
    case SLOT_HAS_ENDED:
        slot->has_ended = slot->pid != 0;
        return slot->has_ended ? SLOT_REMEMBER | SLOT_REPORT : 0;
    case SLOT_EXITED:
        ASSERT(slot->pid != 0);
        return exited(slot, event, now_ms);
    case SLOT_PAUSED:
        if (slot->state == SLOT_STARTING || slot->state == SLOT_RUNNING)
            slot->due_ms = now_ms + slot->limits.beat_timeout_ms;
        return 0;
    case SLOT_RESTART:
        return on_restart(slot, event, now_ms);
    case SLOT_HALT:
        return on_halt(slot, now_ms);
    case SLOT_TICK:
        return on_tick(slot, now_ms);
    }
    UNREACHABLE();
}

/* ---- Names ---------------------------------------------------------------------------------- */

const char *slot_state_name(enum slot_state state)
{
    static const char *const names[] = {
        [SLOT_EMPTY] = "empty",       [SLOT_FETCHING] = "fetching", [SLOT_BACKOFF] = "backoff",
        [SLOT_STARTING] = "starting", [SLOT_RUNNING] = "running",   [SLOT_STOPPING] = "stopping",
        [SLOT_ENDED] = "ended",       [SLOT_FAILED] = "failed",
    };

    return names[state];
}

const char *slot_phase(const struct slot *slot)
{
    if (slot->state == SLOT_EMPTY)
        return "";
    if (slot->state == SLOT_RUNNING)
        return slot->phase[0] == '\0' ? "starting" : slot->phase;
    return slot_state_name(slot->state);
}
