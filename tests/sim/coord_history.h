/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all clients of a run asked and were answered, and whether it can be explained: by one order
 * of all operations that respects real time (what was answered before something else was asked
 * comes first) and in which each operation does what its answer says.
 *
 * In general that is hard to decide. Here it is not, for each answer tells its place: the server's
 * transactions are counted, a good write is the transaction whose zxid its answer bears, and a read
 * or a refusal stands behind that transaction and before the next. So
 *
 *   - real time is respected if no answer bears a lower zxid than an answer that was there when the
 *     question was sent, nor, for a good write, the same one, and no two writes bear the same;
 *   - the answers are right if, going through the operations of one node in the order of their
 *     places, each finds the node as the one before has left it.
 *
 * Writes whose answers were lost may have been done or not. If they were, what they wrote, which
 * nobody else writes, is found by somebody: once, and not before it was asked for. The nodes below
 * COORD_HISTORY_REGISTERS are looked at in this way; of sequential nodes, wherever they are, the
 * numbers must grow with the zxids.
 */
#ifndef TESTS_SIM_COORD_HISTORY_H
#define TESTS_SIM_COORD_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/idmap.h"
#include "coord/call.h"
#include "coord/event.h"
#include "tests/sim/coord_trace.h"

#define COORD_HISTORY_REGISTERS "/registers/"

enum {
    COORD_HISTORY_TEXT_MAX = 64, /* of a path or a value */
};

/* When something was asked. */
struct coord_history_mark {
    uint64_t step;
    int64_t zxid; /* the highest that any client had been told */
};

struct coord_history_op {
    enum coord_call_kind kind;
    enum coord_error error; /* COORD_CONNECTION_LOSS: whether it was done is not known */
    char path[COORD_HISTORY_TEXT_MAX];
    char value[COORD_HISTORY_TEXT_MAX]; /* written or read */
    int32_t version;                    /* that was expected */
    int64_t zxid;
    struct message_stat stat;
    uint64_t begin; /* steps */
    uint64_t end;
    bool was_found; /* lost, but somebody has seen that it was done */
};

/* A sequential node that was made. */
struct coord_history_number {
    char parent[COORD_HISTORY_TEXT_MAX];
    int32_t number;
    int64_t zxid;
};

struct coord_history {
    struct coord_trace *trace;
    int64_t told_zxid;
    struct idmap writes; /* zxids of good ones */
    struct coord_history_op *ops;
    size_t op_count;
    size_t op_capacity;
    struct coord_history_number *numbers;
    size_t number_count;
    size_t number_capacity;
    uint64_t answered;
    uint64_t lost;
};

struct coord_history_answer {
    const struct coord_event *event;
    int64_t zxid;
    uint32_t client;
};

void coord_history_init(struct coord_history *history, struct coord_trace *trace);
void coord_history_done(struct coord_history *history);

struct coord_history_mark coord_history_begin(const struct coord_history *history);

void coord_history_end(struct coord_history *history, const struct coord_call *call,
                       const struct coord_history_mark *mark,
                       const struct coord_history_answer *answer);

void coord_history_lose(struct coord_history *history, const struct coord_call *call,
                        const struct coord_history_mark *mark);

/* Complains of what cannot be explained. */
void coord_history_check(struct coord_history *history);

#endif
