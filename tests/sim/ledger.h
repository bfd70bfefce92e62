/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The books of a simulated run: every tracked emit, what was done of it, and its verdict. Whatever
 * contradicts what a topology is promised is noted as a complaint; the first one counts.
 *
 * A message is what a spout emits, perhaps several times; each time is an emit with a number of its
 * own. What one emit leads to is a fixed set of slots, at most LEDGER_SLOTS: one for each execution
 * that its tree consists of.
 */
#ifndef TESTS_SIM_LEDGER_H
#define TESTS_SIM_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attribute.h"
#include "tests/sim/trace.h"

#define LEDGER_SLOTS 32

enum ledger_verdict {
    LEDGER_OPEN,
    LEDGER_ACKED,
    LEDGER_FAILED,
    LEDGER_ORPHANED, /* its spout died first */
};

struct ledger_emit {
    uint64_t message;
    uint32_t attempt; /* 0 for the first emit of its message */
    uint32_t owed;    /* a bit for each slot that has to be done */
    uint32_t done;
    uint32_t owner; /* who emitted it: ledger.owner at that time */
    enum ledger_verdict verdict;
};

struct ledger {
    struct trace *trace;
    uint32_t owner; /* of what is emitted now: a process */
    struct ledger_emit *emits;
    uint32_t emit_count;
    uint32_t emit_capacity;
    uint32_t acked;
    uint32_t failed;
    uint32_t orphaned;
    uint32_t open;
    bool acks_mean_done; /* an ack comes only when every slot is done */
    bool has_complaint;
    char complaint[512];
};

void ledger_init(struct ledger *ledger, struct trace *trace);
void ledger_done(struct ledger *ledger);

void ledger_complain(struct ledger *ledger, const char *format, ...) PRINTF_LIKE(2, 3);

/* A message is emitted; returns the number of the emit. */
uint32_t ledger_add(struct ledger *ledger, uint64_t message, uint32_t attempt, uint32_t owed);

/* An execution was done to its end. */
void ledger_do(struct ledger *ledger, uint64_t emit, uint32_t slot);

void ledger_ack(struct ledger *ledger, uint32_t emit, uint64_t message);
void ledger_fail(struct ledger *ledger, uint32_t emit, uint64_t message, uint32_t kind);

/* A process has ended: what it emitted and is open gets no verdict any more. Returns how many. */
uint32_t ledger_orphan(struct ledger *ledger, uint32_t owner);

/* Open emits of a process. */
uint32_t ledger_open_of(const struct ledger *ledger, uint32_t owner);

#endif
