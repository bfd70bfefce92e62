/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A naive model of cluster state for tests: one tree in memory, with sessions, ephemeral and
 * sequential nodes, versions, one-shot watches and multis, and for each client a connection that can
 * be lost, with calls done or not, and a session that can expire. Random and seeded: a turn serves
 * one call of some client, or hands one event to some client; so at most one write is done in it, but
 * for the end of a session. What one client sends is served in order, and what it gets is in order;
 * between clients there is any delay. A call that a client sends before it was handed EXPIRED may be
 * served in its next session; coord/client.h is kinder, but recipes need not trust it.
 *
 * It is written to be obvious, not fast, and knows nothing of coord/server/.
 */
#ifndef TESTS_COORD_MODEL_H
#define TESTS_COORD_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "coord/call.h"
#include "coord/event.h"

enum {
    COORD_MODEL_CLIENTS_MAX = 8,
};

struct coord_model;

/* What a client does with an event; the calls it fills in are sent. */
typedef void coord_model_step(void *actor, const struct coord_event *event,
                              struct coord_calls *calls);

struct coord_model *coord_model_new(uint64_t seed);
void coord_model_destroy(struct coord_model **model);

/* Adds a client, not connected yet; returns its index. */
size_t coord_model_add(struct coord_model *model, coord_model_step *step, void *actor);

/* Sends the calls, and empties the queue. Without a connection they are answered with loss. */
void coord_model_send(struct coord_model *model, size_t client, struct coord_calls *calls);

/* Opens the connection: the old session if it lives, else EXPIRED and a new one. */
void coord_model_connect(struct coord_model *model, size_t client);

/* Cuts it: all calls under way are answered with loss. Of the writes the first few, any number, are
 * still on their way: they are done in some later turn, before the client's next write or sync, as
 * with an ensemble, unless the session is over by then. The rest are never done. */
void coord_model_cut(struct coord_model *model, size_t client);

/* Ends the session at the server; the connection, if there is one, is cut first. */
void coord_model_expire(struct coord_model *model, size_t client);

/* One random turn; `faults` in a thousand turns cut, connect or expire instead. False if there was
 * nothing to do. */
bool coord_model_turn(struct coord_model *model, uint32_t faults);

/* Connects everybody, then takes turns without faults until nothing is left to do; false if that is
 * not reached within the turns. */
bool coord_model_calm(struct coord_model *model, size_t turns);

/* Of a client: whether it is connected, and its session as the server knows it (0: none). */
bool coord_model_is_connected(const struct coord_model *model, size_t client);
int64_t coord_model_session(const struct coord_model *model, size_t client);

/* Of the tree, as the server has it now. NULL: there is no such node. */
const struct message_stat *coord_model_stat(const struct coord_model *model, const char *path);
const char *coord_model_data(const struct coord_model *model, const char *path);
size_t coord_model_children(const struct coord_model *model, const char *path);

/* The czxid of the oldest ephemeral node of the client's session; 0 if it has none. */
int64_t coord_model_owned(const struct coord_model *model, size_t client);

/* Does a call as somebody else would, outside any session. */
enum coord_error coord_model_do(struct coord_model *model, const struct coord_call *call);

/* How many calls of the kind were served so far. */
size_t coord_model_served(const struct coord_model *model, enum coord_call_kind kind);

struct rng *coord_model_rng(struct coord_model *model);

#endif
