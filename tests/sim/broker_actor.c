/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "broker/protocol/header.h"
#include "tests/sim/broker_world.h"

enum {
    LOSES_ONE_IN = 60, /* requests do not reach the broker */
    PAUSES_ONE_IN = 12,
    RESUMES_ONE_IN = 3,
};

void broker_actor_init(struct broker_actor *actor, struct broker_world *world, uint32_t number,
                       const struct broker_actor_operations *operations)
{
    *actor = (struct broker_actor){.world = world, .operations = operations, .number = number};
    rng_init(&actor->rng, rng_next(&world->rng));
    actor->self = operations->new (actor);
}

void broker_actor_done(struct broker_actor *actor)
{
    broker_actor_cut(actor);
    actor->operations->destroy(actor->self);
}

uint32_t broker_actor_draw(struct broker_actor *actor, uint32_t bound)
{
    return rng_below(&actor->rng, bound);
}

struct broker_log *broker_actor_choose_log(struct broker_actor *actor)
{
    struct broker_model *model = &actor->world->model;
    uint32_t first = broker_actor_draw(actor, BROKER_TOPICS);

    for (uint32_t i = 0; i < BROKER_TOPICS; i++) {
        enum broker_topic topic = (enum broker_topic)((first + i) % BROKER_TOPICS);
        int32_t count = model->topics[topic].partition_count;
        if (model->topics[topic].is_here && count > 0)
            return broker_model_log(model, topic,
                                    (int32_t)broker_actor_draw(actor, (uint32_t)count));
    }
    return NULL;
}

/* ---- The connection ------------------------------------------------------------------------ */

static void end_first(struct broker_actor *actor, const union broker_answer *answer)
{
    const struct broker_call call = actor->calls[0];

    actor->call_count--;
    memmove(actor->calls, actor->calls + 1, actor->call_count * sizeof *actor->calls);
    if (answer == NULL)
        actor->world->coverage.lost++;
    else
        actor->world->coverage.answered++;
    call.end(actor, &call, answer);
}

void broker_actor_cut(struct broker_actor *actor)
{
    if (actor->client == NULL)
        return;
    coord_trace_add(&actor->world->trace, "%s %" PRIu32 " loses its connection, %zu calls",
                    actor->operations->name, actor->number, actor->call_count);
    broker_client_destroy(&actor->client);
    while (actor->call_count > 0)
        end_first(actor, NULL);
}

static void connect(struct broker_actor *actor)
{
    actor->client = broker_client_new(actor->world->rig);
    actor->taken_ms = actor->world->rig->now.steady_ms;
    actor->may_be_closed = false;
}

bool broker_actor_may_send(const struct broker_actor *actor)
{
    return actor->client != NULL && !actor->client->is_closed &&
           actor->call_count < BROKER_CALLS_MAX &&
           !service_must_wait(actor->world->rig->service, actor->client->peer);
}

/* A request without an answer (acks=0) has no call that waits. */
static void note_call(struct broker_actor *actor, const struct broker_call *call)
{
    struct broker_call *kept = &actor->calls[actor->call_count++];

    *kept = *call;
    kept->correlation_id = actor->client->sent + 1;
    kept->sent_ms = actor->world->rig->now.steady_ms;
}

void broker_actor_send(struct broker_actor *actor, const struct broker_call *call,
                       const void *request)
{
    if (broker_actor_draw(actor, LOSES_ONE_IN) == 0 && !actor->world->is_calm) {
        if (call->end != NULL)
            note_call(actor, call);
        broker_actor_cut(actor);
        return;
    }
    if (call->end != NULL)
        note_call(actor, call);
    (void)broker_client_send(actor->client, call->api, call->version, request);
}

void broker_actor_take(struct broker_actor *actor)
{
    while (actor->client != NULL && actor->call_count > 0) {
        union broker_answer answer;
        const struct broker_call *call = &actor->calls[0];
        if (!broker_client_take(actor->client, call->api, call->version, &answer))
            break;
        if (actor->client->taken != call->correlation_id)
            coord_trace_complain(&actor->world->trace, "%s %" PRIu32 ": answer %d, not %d",
                                 actor->operations->name, actor->number, actor->client->taken,
                                 call->correlation_id);
        actor->taken_ms = actor->world->rig->now.steady_ms;
        end_first(actor, &answer);
    }
    if (actor->client != NULL && actor->call_count == 0 && text_size(&actor->client->input) > 0)
        coord_trace_complain(&actor->world->trace, "%s %" PRIu32 " gets what it did not ask for",
                             actor->operations->name, actor->number);
}

/* It stops reading, or goes on. */
static void dawdle(struct broker_actor *actor)
{
    struct broker_client *client = actor->client;

    if (client->is_paused &&
        (actor->world->is_calm || broker_actor_draw(actor, RESUMES_ONE_IN) == 0))
        broker_client_resume(client);
    else if (!client->is_paused && !actor->world->is_calm &&
             broker_actor_draw(actor, PAUSES_ONE_IN) == 0)
        client->is_paused = true;
}

void broker_actor_act(struct broker_actor *actor)
{
    actor->world->acts++;
    if (actor->client == NULL)
        connect(actor);
    dawdle(actor);
    broker_actor_take(actor);
    if (actor->client == NULL)
        return;
    if (actor->client->is_closed) {
        if (!actor->may_be_closed)
            coord_trace_complain(&actor->world->trace, "%s %" PRIu32 ": the broker hangs up",
                                 actor->operations->name, actor->number);
        broker_actor_cut(actor);
        return;
    }
    if (broker_actor_may_send(actor))
        actor->operations->act(actor);
}

void broker_actor_check(struct broker_actor *actor, uint64_t until_ms)
{
    const struct broker_call *first = &actor->calls[0];

    if (actor->client == NULL || actor->call_count == 0 || actor->client->is_closed ||
        actor->client->piece_count > 0 || text_size(&actor->client->input) > 0)
        return;
    uint64_t since_ms = first->sent_ms > actor->taken_ms ? first->sent_ms : actor->taken_ms;
    if (until_ms > since_ms + first->limit_ms)
        coord_trace_complain(
            &actor->world->trace, "%s %" PRIu32 ": no answer to API %d after %" PRIu64 " ms",
            actor->operations->name, actor->number, first->api, until_ms - since_ms);
}
