/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does jobs exactly once although answers get lost. A job is one to a few writes whose effect cannot
 * be told from that of somebody else's (an item taken from a queue, a counter raised by one). They
 * go in a multi together with a write to a node of our own, the receipt, which then holds the job's
 * id. After a lost answer the receipt tells: it holds the id, or the job was not done.
 *
 * The receipt's node is persistent, because the end of a session must not make us forget. It has a
 * name of the participant's own, given by the caller, so that one that comes back finds its former
 * receipt and there are never more than names. Two that use one name at a time are not served.
 * Pure; a part of its recipe, on channel 1 of its number.
 */
#ifndef COORD_RECIPES_RECEIPT_H
#define COORD_RECIPES_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "coord/recipes/line.h"
#include "coord/recipes/parents.h"

enum {
    RECEIPT_PARTS_MAX = 8, /* of a job */
};

enum receipt_verdict {
    RECEIPT_NO_NEWS,
    RECEIPT_READY,   /* a job may be sent */
    RECEIPT_DONE,    /* the job was done; another may be sent */
    RECEIPT_REFUSED, /* it was not done: receipt.error of receipt.part; another may be sent */
    RECEIPT_UNDONE,  /* the answer was lost; the job was not done. RECEIPT_READY follows */
    RECEIPT_FAILED,  /* receipt.error; nothing happens until receipt_retry() */
};

enum receipt_task {
    RECEIPT_TASK_SYNC,
    RECEIPT_TASK_READ,
    RECEIPT_TASK_CREATE,
    RECEIPT_TASK_NONE, /* its version is known */
    RECEIPT_TASK_JOB,  /* under way */
};

struct receipt {
    struct line line;
    struct parents parents;
    struct rng rng;
    enum receipt_task task;
    bool is_job_open; /* sent, and it is not known whether it was done */
    bool is_stuck;
    int32_t version;
    size_t part; /* that was refused, of the caller's */
    enum coord_error error;
    char job[17];
    char path[COORD_PATH_MAX];
};

void receipt_init(struct receipt *receipt, uint32_t number, const char *directory, const char *name,
                  struct rng *rng);

/* Whether a job may be sent. */
bool receipt_is_ready(const struct receipt *receipt);

/* Sends a job of 1 .. RECEIPT_PARTS_MAX parts; it is ready. */
void receipt_send(struct receipt *receipt, const struct coord_call *parts, size_t count,
                  struct coord_calls *calls);

void receipt_retry(struct receipt *receipt, struct coord_calls *calls);

enum receipt_verdict receipt_step(struct receipt *receipt, const struct coord_event *event,
                                  struct coord_calls *calls);

#endif
