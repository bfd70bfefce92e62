/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Brings one topic's nodes to what they should be: for registration.c alone.
 *
 *     READ --> LIST --> WRITE ---------------> DONE, or FAILED
 *               |         ^
 *               `-> REMOVE'  (what is there has another id, or the topic is to go)
 *
 * The nodes are numbered: topic 0, its folder of partitions 1, its settings 2, and for each partition p
 * its folder 3 + 2p and its state 4 + 2p. That is an order in which they can be made, and its reverse one
 * in which they can be deleted. Of each it is known, or guessed, whether it is there; a multi that fails
 * because a guess was wrong corrects it and is sent again. Each guess can be wrong once; what comes then
 * is somebody else's doing, and all is read again, a limited number of times. Pure.
 */
#ifndef BROKER_SERVER_REGISTRATION_WRITER_H
#define BROKER_SERVER_REGISTRATION_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/server/registration_topics.h"
#include "coord/call.h"
#include "coord/event.h"
#include "coord/recipes/line.h"

enum {
    REGISTRATION_WRITER_ROUNDS_MAX = 8,
    REGISTRATION_WRITER_TEXT_MAX = 128,
    REGISTRATION_PARTITIONS_MAX = 1000000, /* a higher number is none of ours */
};

enum registration_writer_task {
    REGISTRATION_WRITER_DONE,
    REGISTRATION_WRITER_FAILED,
    REGISTRATION_WRITER_READ,
    REGISTRATION_WRITER_LIST,
    REGISTRATION_WRITER_REMOVE,
    REGISTRATION_WRITER_WRITE,
};

struct registration_writer {
    int32_t broker;
    int32_t leader_epoch;
    int32_t controller_epoch;
    char *name;                             /* NULL: nothing was begun */
    const struct registration_topic *topic; /* borrowed; NULL: it is to go */
    enum registration_writer_task task;
    bool must_remove;     /* what is there, before anything is written */
    unsigned char *nodes; /* bits of what is known of each */
    size_t node_count;
    size_t written; /* or removed, counted from the front or the end */
    size_t sent;    /* the same, when the multi under way is done */
    uint32_t rounds;
    char text[REGISTRATION_WRITER_TEXT_MAX]; /* why it failed */
};

void registration_writer_done(struct registration_writer *writer);

/* Begins with a topic; with NULL `topic` its nodes are to go, if they are ours. */
void registration_writer_begin(struct registration_writer *writer, const char *name,
                               const struct registration_topic *topic);

/* Reads everything again: an answer was lost, or the session is another one. */
void registration_writer_restart(struct registration_writer *writer);

/* Sends the next call; false if there is nothing to do: it is DONE or FAILED. */
bool registration_writer_send(struct registration_writer *writer, struct line *line,
                              struct coord_calls *calls) MUST_USE;

/* The answer to it. */
void registration_writer_answer(struct registration_writer *writer,
                                const struct coord_event *event);

/* Whether something is begun and neither done nor failed. */
bool registration_writer_is_busy(const struct registration_writer *writer);

#endif
