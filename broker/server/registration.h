/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides what a broker writes about itself into the cluster state, at the paths where Kafka's brokers
 * have it. The broker's own catalog on disk is the truth; this is its mirror, for whoever looks there.
 *
 *     /cluster/id                                which cluster it is; the first broker writes it
 *     /brokers/ids/<number>                      ephemeral: the broker lives, and where
 *     /controller, /controller_epoch             ephemeral: who decides; how many there were
 *     /brokers/topics/<topic>                    id and replicas
 *     /brokers/topics/<topic>/partitions/<p>/state
 *     /config/topics/<topic>                     what differs from the broker's settings
 *
 * One step after the other, one call at a time, small writes gathered into multis:
 *
 *     folders -> cluster id -> broker -> controller -> list of topics -> each topic -> at rest
 *
 * After a lost answer the present step is begun anew, after a sync; a new session begins at the front.
 * At rest it looks every REGISTRATION_LOOK_MS whether its nodes are still there, and begins at the front
 * if not.
 *
 * A broker's node of another session may be that of our own former life: then it goes when that
 * session expires. So it is waited for; if it is there for longer than twice the session's timeout, or
 * is made anew meanwhile, another broker has our number: CONFLICT, and nothing else is written. The
 * same for a cluster id that is not ours.
 *
 * Topics that are there and that we do not have are removed, if their replicas are on this broker
 * alone. A topic that others have replicas of is not touched, and counts as failed.
 *
 * Pure: events and times come in, calls go out. Belongs to one thread.
 */
#ifndef BROKER_SERVER_REGISTRATION_H
#define BROKER_SERVER_REGISTRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/server/registration_topics.h"
#include "coord/call.h"
#include "coord/event.h"

struct registration;

enum {
    REGISTRATION_TEXT_MAX = 256,
    REGISTRATION_LOOK_MS = 5000,
    REGISTRATION_WAIT_MS = 500, /* between looks at a node that is to go */
};

enum registration_state {
    REGISTRATION_AWAY,       /* no connection */
    REGISTRATION_WORKING,    /* connected, and not all is written */
    REGISTRATION_WAITING,    /* for a session to expire that has our number */
    REGISTRATION_CONFLICT,   /* another broker has our number, or it is another cluster */
    REGISTRATION_REGISTERED, /* all is written */
};

/* "away", "working", ... */
const char *registration_state_name(enum registration_state state);

/* All texts are copied. */
struct registration_options {
    int32_t broker;
    const char *host;
    uint16_t port;
    const char *cluster_id;
    int64_t started_ms; /* wall clock; others see since when it lives */
};

struct registration *registration_new(const struct registration_options *options) MUST_USE;
void registration_destroy(struct registration **registration);

/* What is to be there from now on; taken over. Before the first one no topic is written or removed. */
void registration_tell(struct registration *registration, struct registration_topics **topics,
                       uint64_t now_ms, struct coord_calls *calls);

/* Something happened; the times are of a steady clock. */
void registration_step(struct registration *registration, const struct coord_event *event,
                       uint64_t now_ms, struct coord_calls *calls);

/* Time has passed. */
void registration_tick(struct registration *registration, uint64_t now_ms,
                       struct coord_calls *calls);

/* When registration_tick() has something to do; UINT64_MAX for never. */
uint64_t registration_deadline_ms(const struct registration *registration);

enum registration_state registration_state(const struct registration *registration);

/* For people: what is waited for, in conflict, or failed last; "" if all is well. Borrowed. */
const char *registration_text(const struct registration *registration);

/* Topics that could not be written or removed in this session. */
uint64_t registration_failed_topics(const struct registration *registration);

#endif
