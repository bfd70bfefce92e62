/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/conductor.h"

#include "worker/chorus.h"
#include "worker/runtime.h"

static void give(struct conductor *conductor, enum conductor_phase phase, enum order_kind kind)
{
    struct worker *worker = conductor->worker;

    conductor->phase = phase;
    conductor->number++;
    atomic_store(&worker->order, order_pack(conductor->number, kind, conductor->rank));
    for (uint32_t i = 0; i < worker->loop_count; i++)
        parker_wake(&worker->loops[i]->parker);
}

void conductor_init(struct conductor *conductor, struct worker *worker)
{
    *conductor = (struct conductor){.worker = worker, .drain_end_ns = UINT64_MAX};
    for (uint32_t i = 0; i < worker->plan->component_count; i++) {
        uint32_t rank = worker->plan->components[i].rank;
        conductor->rank_max = rank > conductor->rank_max ? rank : conductor->rank_max;
    }
    give(conductor, CONDUCTOR_OPENING_BOLTS, ORDER_OPEN_BOLTS);
}

static bool all_have_obeyed(const struct conductor *conductor)
{
    for (uint32_t i = 0; i < conductor->worker->loop_count; i++) {
        if (atomic_load(&conductor->worker->loops[i]->done) != conductor->number)
            return false;
    }
    return true;
}

/* ---- what the loops have published ---- */

struct census {
    bool all_rest;
    bool all_done;    /* the spouts */
    bool all_drained; /* and no tree is open */
    bool some_hold;
    uint64_t sent;
    uint64_t received;
};

/* `received` of all loops is read before `sent` of any: a block that is counted as received was
 * counted as sent before. */
static struct census look(const struct worker *worker)
{
    struct census census = {.all_rest = true, .all_done = true, .all_drained = true};

    for (uint32_t i = 0; i < worker->loop_count; i++)
        census.received += atomic_load(&worker->loops[i]->received);
    for (uint32_t i = 0; i < worker->loop_count; i++) {
        struct loop *loop = worker->loops[i];
        census.all_rest &= atomic_load(&loop->is_resting);
        census.all_done &= atomic_load(&loop->is_done);
        census.all_drained &= atomic_load(&loop->is_drained);
        census.some_hold |= atomic_load(&loop->has_held);
        census.sent += atomic_load(&loop->sent);
    }
    return census;
}

static bool nothing_moves(const struct worker *worker, struct census *ret_census)
{
    struct census first = look(worker);
    struct census second = look(worker);

    *ret_census = second;
    return first.all_rest && second.all_rest && first.sent == first.received &&
           second.sent == second.received && first.sent == second.sent;
}

/* ---- phases ---- */

static void close_run(struct conductor *conductor, uint64_t now_ns)
{
    if (conductor->ended_ns == 0)
        conductor->ended_ns = now_ns;
    give(conductor, CONDUCTOR_CLOSING, ORDER_CLOSE);
}

static void start(struct conductor *conductor, uint64_t now_ns)
{
    conductor->started_ns = now_ns;
    give(conductor, CONDUCTOR_STARTING, ORDER_RUN);
}

static void finish_next_rank(struct conductor *conductor, uint64_t now_ns)
{
    if (conductor->is_stopping || conductor->rank == conductor->rank_max) {
        close_run(conductor, now_ns);
        return;
    }
    conductor->rank++;
    give(conductor, CONDUCTOR_FINISHING, ORDER_FINISH);
}

static void step_running(struct conductor *conductor, uint64_t now_ns)
{
    struct census census;

    if (conductor->is_member || !nothing_moves(conductor->worker, &census) || !census.all_done)
        return;
    if (census.some_hold && !census.all_drained)
        give(conductor, CONDUCTOR_FLUSHING, ORDER_FLUSH);
    else if (census.all_drained) {
        conductor->ended_ns = now_ns;
        finish_next_rank(conductor, now_ns);
    }
}

/* Who says when the next rank is due also knows whether anything moves. */
static void finish_as_member(struct conductor *conductor)
{
    if (all_have_obeyed(conductor))
        conductor->phase = CONDUCTOR_RUNNING;
}

static void step_finishing(struct conductor *conductor, uint64_t now_ns)
{
    struct census census;

    if (conductor->is_member)
        finish_as_member(conductor);
    else if (all_have_obeyed(conductor) && nothing_moves(conductor->worker, &census))
        finish_next_rank(conductor, now_ns);
}

/* A stop waits no longer than it was told to, whatever the tasks are about. */
static bool is_draining(const struct conductor *conductor)
{
    return conductor->phase >= CONDUCTOR_STARTING && conductor->phase <= CONDUCTOR_FINISHING;
}

/* Between the other orders. */
static bool may_route(const struct conductor *conductor)
{
    return conductor->must_route && conductor->phase < CONDUCTOR_CLOSING &&
           all_have_obeyed(conductor);
}

static void step_phase(struct conductor *conductor, uint64_t now_ns)
{
    switch (conductor->phase) {
    case CONDUCTOR_OPENING_BOLTS:
        if (all_have_obeyed(conductor) && (conductor->is_linked || !conductor->is_member))
            give(conductor, CONDUCTOR_OPENING_SPOUTS, ORDER_OPEN_SPOUTS);
        break;
    case CONDUCTOR_OPENING_SPOUTS:
        if (all_have_obeyed(conductor))
            start(conductor, now_ns);
        break;
    case CONDUCTOR_STARTING:
    case CONDUCTOR_FLUSHING:
        if (all_have_obeyed(conductor))
            conductor->phase = CONDUCTOR_RUNNING;
        break;
    case CONDUCTOR_RUNNING:
        step_running(conductor, now_ns);
        break;
    case CONDUCTOR_FINISHING:
        step_finishing(conductor, now_ns);
        break;
    case CONDUCTOR_CLOSING:
        if (all_have_obeyed(conductor))
            conductor->phase = CONDUCTOR_ENDED;
        break;
    case CONDUCTOR_ENDED:
        break;
    }
}

bool conductor_step(struct conductor *conductor, uint64_t now_ns)
{
    if (atomic_load(&conductor->worker->has_failed) && conductor->phase < CONDUCTOR_CLOSING)
        close_run(conductor, now_ns);
    if (is_draining(conductor) && now_ns >= conductor->drain_end_ns) {
        conductor->is_abandoned = true;
        close_run(conductor, now_ns);
    }
    if (may_route(conductor)) {
        conductor->must_route = false;
        give(conductor, conductor->phase, ORDER_ROUTE);
    } else {
        step_phase(conductor, now_ns);
    }
    return conductor->phase != CONDUCTOR_ENDED;
}

void conductor_stop(struct conductor *conductor, uint64_t now_ns, uint64_t drain_ms)
{
    conductor->is_stopping = true;
    conductor->drain_end_ns = now_ns + drain_ms * UINT64_C(1000000);
    atomic_store(&conductor->worker->is_stopping, true);
    for (uint32_t i = 0; i < conductor->worker->loop_count; i++)
        parker_wake(&conductor->worker->loops[i]->parker);
}

uint64_t conductor_deadline_ns(const struct conductor *conductor)
{
    return is_draining(conductor) ? conductor->drain_end_ns : UINT64_MAX;
}

/* ---- of a member ---- */

void conductor_join(struct conductor *conductor)
{
    conductor->is_member = true;
}

bool conductor_has_opened_bolts(const struct conductor *conductor)
{
    return conductor->phase == CONDUCTOR_OPENING_BOLTS && conductor_has_obeyed(conductor);
}

void conductor_link(struct conductor *conductor)
{
    conductor->is_linked = true;
}

void conductor_route(struct conductor *conductor)
{
    conductor->must_route = true;
}

bool conductor_has_obeyed(const struct conductor *conductor)
{
    return !conductor->must_route && all_have_obeyed(conductor);
}

bool conductor_is_free(const struct conductor *conductor)
{
    return conductor->phase == CONDUCTOR_RUNNING && conductor_has_obeyed(conductor);
}

void conductor_flush(struct conductor *conductor)
{
    give(conductor, CONDUCTOR_FLUSHING, ORDER_FLUSH);
}

void conductor_finish(struct conductor *conductor, uint32_t rank)
{
    conductor->rank = rank;
    give(conductor, CONDUCTOR_FINISHING, ORDER_FINISH);
}

void conductor_close(struct conductor *conductor, uint64_t now_ns)
{
    close_run(conductor, now_ns);
}

struct chorus_voice conductor_voice(const struct conductor *conductor)
{
    const struct worker *worker = conductor->worker;
    struct chorus_voice voice = {.rests = false};
    struct census census;

    voice.rests = conductor_is_free(conductor) && nothing_moves(worker, &census);
    if (!voice.rests)
        return voice;
    voice.is_done = census.all_done;
    voice.is_drained = census.all_drained;
    voice.holds = census.some_hold;
    for (uint32_t i = 0; i < worker->loop_count; i++)
        voice.activity += atomic_load(&worker->loops[i]->busy);
    return voice;
}
