/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which topics are still to be written into the cluster state, or removed from it: for registration.c
 * alone. One after the other, removals first; the topics that are told meanwhile are adopted between
 * two of them, and those that did not change are not written again. Pure.
 */
#ifndef BROKER_SERVER_REGISTRATION_BACKLOG_H
#define BROKER_SERVER_REGISTRATION_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/server/registration_topics.h"
#include "broker/server/registration_writer.h"
#include "coord/call.h"
#include "coord/event.h"
#include "coord/recipes/line.h"

struct registration_backlog {
    struct registration_topics *topics; /* NULL: none were told yet */
    struct registration_topics *told;   /* instead of these, once none is being written */
    bool *is_settled;                   /* each topic: written, or given up in this session */
    size_t next;                        /* all topics before it are settled */
    char **removals;                    /* names of topics that are to go */
    size_t removal_count;
    bool is_listed; /* what is there was read in this session */
    struct registration_writer writer;
    uint64_t failed_count;                   /* in this session */
    char text[REGISTRATION_WRITER_TEXT_MAX]; /* why the last one failed */
};

void registration_backlog_init(struct registration_backlog *backlog, int32_t broker);
void registration_backlog_done(struct registration_backlog *backlog);

/* A new session: nothing is known of what is there. */
void registration_backlog_forget(struct registration_backlog *backlog);

void registration_backlog_tell(struct registration_backlog *backlog,
                               struct registration_topics **topics);

/* Whether there are topics to be shown, as far as anybody has said. */
bool registration_backlog_has_topics(const struct registration_backlog *backlog);

/* The names of the topics that are there: those that we do not have are to go. */
void registration_backlog_list(struct registration_backlog *backlog, char *const names[],
                               size_t count);

/* Sends the next call; false if all is settled. There are topics, and they were listed. */
bool registration_backlog_send(struct registration_backlog *backlog, int32_t controller_epoch,
                               struct line *line, struct coord_calls *calls) MUST_USE;

/* The answer to it came, or was lost. */
void registration_backlog_answer(struct registration_backlog *backlog,
                                 const struct coord_event *event);
void registration_backlog_lose(struct registration_backlog *backlog);

#endif
