/* SPDX-License-Identifier: Apache-2.0 */
#include "coord/recipes/double_barrier.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/mem.h"
#include "coord/recipes/line.h"
#include "coord/recipes/parents.h"

/* To be in a phase is to want the next one. */
enum phase {
    PHASE_OUT,
    PHASE_CLEARING,  /* no round may run when we come in */
    PHASE_GATHERING, /* we are there and wait for the others */
    PHASE_IN,
    PHASE_DELETING, /* our node */
    PHASE_LEAVING,  /* until the round is over */
};

/* The next call of a phase. */
enum task {
    TASK_READY,   /* does a round run, and which? */
    TASK_RESET,   /* CLEARING, LEAVING: end it */
    TASK_MEMBERS, /* ... it has members: wait for a change */
    TASK_JOIN,    /* GATHERING: make our node */
    TASK_OWN,     /* ... when was it made? */
    TASK_COUNT,
    TASK_MAKE, /* ... all are there: begin the round */
    TASK_REST, /* as long as the watch is set, then TASK_READY */
};

struct double_barrier {
    struct line line;
    struct parents parents;
    struct rng rng;
    size_t parties;
    enum phase phase;
    enum task task;
    bool is_wanted; /* to be in */
    bool is_stuck;
    enum coord_error error;
    int64_t own_czxid;
    int64_t round; /* czxid of `ready` by which we are in */
    char **others; /* TASK_MAKE: paths of parties - 1 other members */
    char ready[COORD_PATH_MAX];
    char members[COORD_PATH_MAX];
    char own[COORD_PATH_MAX];
};

struct double_barrier *double_barrier_new(uint32_t number, const char *path, size_t parties,
                                          struct rng *rng)
{
    struct double_barrier *barrier = NEW(struct double_barrier);

    ASSERT(parties > 0 && parties <= DOUBLE_BARRIER_PARTIES_MAX);
    ASSERT(strlen(path) + 32 < COORD_PATH_MAX);
    line_init(&barrier->line, number, 0);
    rng_init(&barrier->rng, rng_next(rng));
    barrier->parties = parties;
    barrier->others = NEW_ARRAY(char *, parties);
    (void)snprintf(barrier->ready, sizeof barrier->ready, "%s/ready", path);
    (void)snprintf(barrier->members, sizeof barrier->members, "%s/members", path);
    return barrier;
}

static void forget_others(struct double_barrier *barrier)
{
    for (size_t i = 0; i < barrier->parties; i++)
        mem_free_text(&barrier->others[i]);
}

void double_barrier_destroy(struct double_barrier **barrier)
{
    if (*barrier == NULL)
        return;
    forget_others(*barrier);
    free((*barrier)->others);
    free(*barrier);
    *barrier = NULL;
}

/* ---- calls ---- */

static void send(struct double_barrier *barrier, struct coord_call call, struct coord_calls *calls)
{
    line_send(&barrier->line, &call, calls);
}

static void send_join(struct double_barrier *barrier, struct coord_calls *calls)
{
    if (parents_are_missing(&barrier->parents))
        parents_send(&barrier->parents, barrier->own, &barrier->line, calls);
    else
        send(barrier,
             (struct coord_call){
                 .kind = COORD_CREATE, .mode = COORD_EPHEMERAL, .path = barrier->own},
             calls);
}

static void send_make(struct double_barrier *barrier, struct coord_calls *calls)
{
    struct coord_call parts[COORD_PARTS_MAX];
    size_t count = 0;

    for (; count < barrier->parties; count++)
        parts[count] = (struct coord_call){
            .kind = COORD_CHECK,
            .path = count == 0 ? barrier->own : barrier->others[count - 1],
            .version = COORD_ANY_VERSION,
        };
    parts[count++] =
        (struct coord_call){.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .path = barrier->ready};
    send(barrier, (struct coord_call){.kind = COORD_MULTI, .parts = parts, .part_count = count},
         calls);
}

static void send_reset(struct double_barrier *barrier, struct coord_calls *calls)
{
    struct coord_call parts[] = {
        {.kind = COORD_DELETE, .path = barrier->members, .version = COORD_ANY_VERSION},
        {.kind = COORD_DELETE, .path = barrier->ready, .version = COORD_ANY_VERSION},
        {.kind = COORD_CREATE, .mode = COORD_PERSISTENT, .path = barrier->members},
    };

    send(barrier,
         (struct coord_call){.kind = COORD_MULTI, .parts = parts, .part_count = COUNT_OF(parts)},
         calls);
}

static void send_task(struct double_barrier *barrier, struct coord_calls *calls)
{
    bool gathers = barrier->phase == PHASE_GATHERING;

    switch (barrier->task) {
    case TASK_READY:
        send(barrier,
             (struct coord_call){.kind = COORD_EXISTS, .path = barrier->ready, .watch = gathers},
             calls);
        return;
    case TASK_RESET:
        send_reset(barrier, calls);
        return;
    case TASK_MEMBERS:
    case TASK_COUNT:
        send(barrier,
             (struct coord_call){.kind = COORD_CHILDREN,
                                 .path = barrier->members,
                                 .watch = barrier->task == TASK_MEMBERS},
             calls);
        return;
    case TASK_JOIN:
        send_join(barrier, calls);
        return;
    case TASK_OWN:
        send(barrier, (struct coord_call){.kind = COORD_EXISTS, .path = barrier->own}, calls);
        return;
    case TASK_MAKE:
        send_make(barrier, calls);
        return;
    case TASK_REST:
        return;
    }
}

static void advance(struct double_barrier *barrier, struct coord_calls *calls)
{
    if (!line_is_free(&barrier->line) || barrier->is_stuck)
        return;
    if (barrier->task == TASK_REST && !line_has_watch(&barrier->line))
        barrier->task = TASK_READY;
    switch (barrier->phase) {
    case PHASE_OUT:
    case PHASE_IN:
        return;
    case PHASE_DELETING:
        send(barrier,
             (struct coord_call){
                 .kind = COORD_DELETE, .path = barrier->own, .version = COORD_ANY_VERSION},
             calls);
        return;
    case PHASE_CLEARING:
    case PHASE_GATHERING:
    case PHASE_LEAVING:
        send_task(barrier, calls);
        return;
    }
}

/* ---- answers ---- */

static enum double_barrier_verdict fail_with(struct double_barrier *barrier, enum coord_error error)
{
    barrier->is_stuck = true;
    barrier->error = error;
    return DOUBLE_BARRIER_FAILED;
}

static enum double_barrier_verdict go(struct double_barrier *barrier, enum phase phase,
                                      enum task task)
{
    if (phase != barrier->phase)
        line_drop_watch(&barrier->line);
    barrier->phase = phase;
    barrier->task = task;
    return DOUBLE_BARRIER_NO_NEWS;
}

static enum double_barrier_verdict get_out(struct double_barrier *barrier)
{
    (void)go(barrier, PHASE_OUT, TASK_READY);
    return DOUBLE_BARRIER_LEFT;
}

/* No round runs, or not the one that we leave. */
static enum double_barrier_verdict find_clear(struct double_barrier *barrier)
{
    if (barrier->phase == PHASE_LEAVING)
        return get_out(barrier);
    int size = snprintf(barrier->own, sizeof barrier->own, "%s/%016" PRIx64, barrier->members,
                        rng_next(&barrier->rng));
    ASSERT(size > 0 && (size_t)size < sizeof barrier->own);
    return go(barrier, PHASE_GATHERING, TASK_JOIN);
}

static enum double_barrier_verdict enter_round(struct double_barrier *barrier, int64_t round)
{
    barrier->round = round;
    (void)go(barrier, PHASE_IN, TASK_READY);
    return DOUBLE_BARRIER_ENTERED;
}

static enum double_barrier_verdict answer_ready(struct double_barrier *barrier,
                                                const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NO_NODE)
        return fail_with(barrier, event->error);

    bool runs = event->error == COORD_OK;
    if (barrier->phase == PHASE_GATHERING) {
        if (!runs)
            return go(barrier, PHASE_GATHERING, TASK_COUNT);
        if (event->stat.czxid > barrier->own_czxid)
            return enter_round(barrier, event->stat.czxid);
        return go(barrier, PHASE_DELETING, TASK_READY); /* it began before we came: stand back */
    }
    if (!runs || (barrier->phase == PHASE_LEAVING && event->stat.czxid != barrier->round))
        return find_clear(barrier);
    barrier->task = TASK_RESET;
    return DOUBLE_BARRIER_NO_NEWS;
}

static enum double_barrier_verdict answer_reset(struct double_barrier *barrier,
                                                const struct coord_event *event)
{
    if (event->error == COORD_NOT_EMPTY)
        barrier->task = TASK_MEMBERS;
    else if (event->error == COORD_OK || event->error == COORD_NO_NODE)
        barrier->task = TASK_READY;
    else
        return fail_with(barrier, event->error);
    return DOUBLE_BARRIER_NO_NEWS;
}

static enum double_barrier_verdict answer_join(struct double_barrier *barrier,
                                               const struct coord_event *event)
{
    if (parents_are_missing(&barrier->parents)) {
        if (!parents_answer(&barrier->parents, barrier->own, event->error))
            return fail_with(barrier, event->error);
        return DOUBLE_BARRIER_NO_NEWS;
    }
    if (event->error == COORD_NO_NODE && parents_begin(&barrier->parents, barrier->own))
        return DOUBLE_BARRIER_NO_NEWS;
    if (event->error != COORD_OK && event->error != COORD_NODE_EXISTS)
        return fail_with(barrier, event->error);
    parents_rest(&barrier->parents);
    return go(barrier, PHASE_GATHERING, TASK_OWN);
}

static enum double_barrier_verdict answer_own(struct double_barrier *barrier,
                                              const struct coord_event *event)
{
    if (event->error == COORD_NO_NODE)
        return go(barrier, PHASE_CLEARING, TASK_READY); /* somebody took it away */
    if (event->error != COORD_OK)
        return fail_with(barrier, event->error);
    barrier->own_czxid = event->stat.czxid;
    return go(barrier, PHASE_GATHERING, TASK_READY);
}

/* Who completes the number counts after it has come, so at least one sees all of them. */
static enum double_barrier_verdict answer_count(struct double_barrier *barrier,
                                                const struct coord_event *event)
{
    const char *own = strrchr(barrier->own, '/') + 1;
    size_t count = 0;

    if (event->error != COORD_OK && event->error != COORD_NO_NODE)
        return fail_with(barrier, event->error);
    forget_others(barrier);
    for (size_t i = 0; i < event->child_count && count + 1 < barrier->parties; i++) {
        char path[COORD_PATH_MAX];
        int size = snprintf(path, sizeof path, "%s/%s", barrier->members, event->children[i]);

        if (strcmp(event->children[i], own) != 0 && size > 0 && (size_t)size < sizeof path)
            barrier->others[count++] = mem_copy_text(path);
    }
    barrier->task = count + 1 == barrier->parties ? TASK_MAKE : TASK_REST;
    return DOUBLE_BARRIER_NO_NEWS;
}

static enum double_barrier_verdict answer_make(struct double_barrier *barrier,
                                               const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NODE_EXISTS &&
        event->error != COORD_NO_NODE)
        return fail_with(barrier, event->error);
    /* Made by us or by another; or a member has gone, perhaps we ourselves. */
    barrier->task = TASK_OWN;
    return DOUBLE_BARRIER_NO_NEWS;
}

static enum double_barrier_verdict answer_delete(struct double_barrier *barrier,
                                                 const struct coord_event *event)
{
    if (event->error != COORD_OK && event->error != COORD_NO_NODE)
        return fail_with(barrier, event->error);
    if (barrier->is_wanted)
        return go(barrier, PHASE_CLEARING, TASK_READY);
    if (barrier->round == 0)
        return get_out(barrier);
    return go(barrier, PHASE_LEAVING, TASK_READY);
}

static enum double_barrier_verdict answer(struct double_barrier *barrier,
                                          const struct coord_event *event)
{
    if (barrier->phase == PHASE_DELETING)
        return answer_delete(barrier, event);
    switch (barrier->task) {
    case TASK_READY:
        return answer_ready(barrier, event);
    case TASK_RESET:
        return answer_reset(barrier, event);
    case TASK_MEMBERS:
        if (event->error != COORD_OK && event->error != COORD_NO_NODE)
            return fail_with(barrier, event->error);
        barrier->task = event->child_count > 0 ? TASK_REST : TASK_READY;
        break;
    case TASK_JOIN:
        return answer_join(barrier, event);
    case TASK_OWN:
        return answer_own(barrier, event);
    case TASK_COUNT:
        return answer_count(barrier, event);
    case TASK_MAKE:
        return answer_make(barrier, event);
    case TASK_REST:
        break;
    }
    return DOUBLE_BARRIER_NO_NEWS;
}

/* ---- steps ---- */

static enum double_barrier_verdict end_session(struct double_barrier *barrier)
{
    barrier->is_stuck = false;
    parents_rest(&barrier->parents);
    switch (barrier->phase) {
    case PHASE_IN:
        barrier->is_wanted = false;
        (void)go(barrier, PHASE_OUT, TASK_READY);
        return DOUBLE_BARRIER_LOST;
    case PHASE_GATHERING:
        /* Sent before we heard of the end, our create may have been done in the next session. */
        return go(barrier, PHASE_DELETING, TASK_READY);
    case PHASE_DELETING: /* it is gone: the delete is answered with that */
    case PHASE_OUT:
    case PHASE_CLEARING:
    case PHASE_LEAVING:
        barrier->task = TASK_READY;
        break;
    }
    return DOUBLE_BARRIER_NO_NEWS;
}

/* What was to be found out by a multi can be read. */
static void lose(struct double_barrier *barrier)
{
    if (barrier->task == TASK_RESET)
        barrier->task = TASK_READY;
    else if (barrier->task == TASK_MAKE)
        barrier->task = TASK_OWN;
}

enum double_barrier_verdict double_barrier_step(struct double_barrier *barrier,
                                                const struct coord_event *event,
                                                struct coord_calls *calls)
{
    enum double_barrier_verdict verdict = DOUBLE_BARRIER_NO_NEWS;

    switch (line_step(&barrier->line, event)) {
    case LINE_QUIET:
        return DOUBLE_BARRIER_NO_NEWS;
    case LINE_OVER:
        verdict = end_session(barrier);
        break;
    case LINE_ANSWERED:
        verdict = answer(barrier, event);
        break;
    case LINE_LOST:
        lose(barrier);
        break;
    case LINE_BACK:
    case LINE_AWAY:
    case LINE_CHANGED:
        break;
    }
    advance(barrier, calls);
    return verdict;
}

void double_barrier_enter(struct double_barrier *barrier, struct coord_calls *calls)
{
    if (barrier->phase != PHASE_OUT)
        return;
    barrier->is_wanted = true;
    barrier->round = 0;
    (void)go(barrier, PHASE_CLEARING, TASK_READY);
    advance(barrier, calls);
}

bool double_barrier_leave(struct double_barrier *barrier, struct coord_calls *calls)
{
    barrier->is_wanted = false;
    barrier->is_stuck = false;
    switch (barrier->phase) {
    case PHASE_OUT:
        return true;
    case PHASE_CLEARING: /* we have no node */
        line_drop_call(&barrier->line);
        (void)go(barrier, PHASE_OUT, TASK_READY);
        return true;
    case PHASE_GATHERING: /* a create under way is done before our delete */
    case PHASE_IN:
        line_drop_call(&barrier->line);
        parents_rest(&barrier->parents);
        (void)go(barrier, PHASE_DELETING, TASK_READY);
        break;
    case PHASE_DELETING:
    case PHASE_LEAVING:
        break;
    }
    advance(barrier, calls);
    return false;
}

void double_barrier_retry(struct double_barrier *barrier, struct coord_calls *calls)
{
    barrier->is_stuck = false;
    parents_rest(&barrier->parents);
    advance(barrier, calls);
}

enum coord_error double_barrier_error(const struct double_barrier *barrier)
{
    return barrier->error;
}
