/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides when the tuple trees of one spout stage are complete.
 *
 * A tracked tuple is the root of a tree. Each edge of the tree has a random 64-bit id that is
 * reported twice: when its tuple is emitted and when it is finished. The XOR of all reports is zero
 * when nothing is outstanding. The spout's loop keeps the trees itself, in a table, and a root id
 * says where its tree stands:
 *
 *     63      48 47           20 19       0
 *     [ task   ] [ generation  ] [  slot  ]
 *
 * so a report is an array access. The task is the first of the stage: so a report finds its way as a
 * tuple to that task does, also when tasks move to other workers. A slot's generation goes up each
 * time its tree is settled: a late report falls off by comparison. Each start of a worker begins with
 * a generation of its own, so that reports of trees of the one before fall off, too. A report that comes twice or never leaves the XOR non-zero and
 * the tree times out: an error costs a replay, never a false completion (but for 2^-64).
 *
 * Trees stand in the order of their birth, so the oldest is the first to expire. Settled trees wait
 * in a list until the spout takes them: no user code is ever called from here.
 *
 * Pure: no I/O, no clock. An acker belongs to one loop.
 */
#ifndef WORKER_ACKER_H
#define WORKER_ACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACKER_SLOT_BITS       20
#define ACKER_GENERATION_BITS 28
#define ACKER_TREES_MAX       (1u << ACKER_SLOT_BITS) /* open at once, of one stage */

struct acker;

struct acker_options {
    uint16_t task;       /* the stage's first; goes into every root id */
    uint32_t generation; /* the first of each slot; all values will do */
    uint32_t trees_max;  /* 1 .. ACKER_TREES_MAX: a root beyond is refused */
    uint64_t timeout_ns; /* the age at which a tree fails */
};

enum acker_outcome {
    ACKER_COMPLETED,
    ACKER_FAILED, /* `why` says how */
    ACKER_TIMED_OUT,
};

/* Why a tree failed. */
struct acker_failure {
    uint32_t kind;  /* enum gale_failure_kind */
    uint32_t task;  /* where, as a number in the topology */
    char message[]; /* ends in a zero byte */
};

struct acker_verdict {
    enum acker_outcome outcome;
    uint16_t task;                   /* as given to acker_plant() */
    uint64_t id;                     /* the message id */
    uint64_t born_ns;                /* when it was planted */
    const struct acker_failure *why; /* ACKER_FAILED; borrowed until the next acker_take() */
};

/* The caller owns the result. */
struct acker *acker_new(const struct acker_options *options);

/* Drops every tree without a verdict. Accepts NULL inside. */
void acker_destroy(struct acker **acker);

/* Opens a tree and returns its root id, or 0 if trees_max are open. acker_seal() must follow. */
uint64_t acker_plant(struct acker *acker, uint64_t now_ns, uint16_t task, uint64_t id);

/* The spout has emitted the root: `edges` is the XOR of its first edges. Zero, for a root that
 * nobody subscribes to, completes the tree. */
void acker_seal(struct acker *acker, uint64_t root, uint64_t edges);

/* A report: the XOR of an edge that was finished and of those that were added to the tree. */
void acker_ack(struct acker *acker, uint64_t root, uint64_t value);

/* What is reported of a tuple that failed. */
struct acker_report {
    uint32_t kind;       /* enum gale_failure_kind */
    uint32_t task;       /* where, as a number in the topology */
    const char *message; /* copied; need not end in a zero byte */
    size_t length;
};

/* A bolt gave up, or the root could not be sent. */
void acker_fail(struct acker *acker, uint64_t root, const struct acker_report *report);

/* Fails every tree whose age has reached the timeout; returns how many. */
uint32_t acker_expire(struct acker *acker, uint64_t now_ns);

/* Fails every tree that was planted at `born_ns` or before; returns how many. */
uint32_t acker_fail_older(struct acker *acker, uint64_t born_ns, const struct acker_report *report);

/* When acker_expire() will next have work; UINT64_MAX if no tree is open. */
uint64_t acker_deadline_ns(const struct acker *acker);

/* Takes the next settled tree, in the order in which they were settled. */
bool acker_take(struct acker *acker, struct acker_verdict *ret_verdict);

/* Whether acker_take() would return true. */
bool acker_has_settled(const struct acker *acker);

/* Trees that are planted and not yet taken. */
uint32_t acker_open_count(const struct acker *acker);

/* Whether acker_plant() would return 0. */
bool acker_is_full(const struct acker *acker);

#endif
