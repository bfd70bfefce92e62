/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a fetch has brought, record by record; and a look at all logs from start to end. One thread.
 */
#ifndef TESTS_SIM_BROKER_READING_H
#define TESTS_SIM_BROKER_READING_H

#include <stddef.h>
#include <stdint.h>

#include "base/rng.h"
#include "tests/sim/broker_model.h"

/* The records of an answer, from the offset asked for on. */
struct broker_reading {
    int64_t from;
    int64_t next;  /* the offset behind them */
    int32_t epoch; /* of the last batch; it only grows */
    struct broker_found *found;
    size_t count;
    size_t capacity;
};

void broker_reading_done(struct broker_reading *reading);

/* Adds what is in the bytes of an answer to a fetch at reading->next. */
void broker_reading_add(struct broker_reading *reading, struct broker_model *model,
                        const struct broker_log *log, const struct kafka_records *records);

/* Reads all logs through a client of its own and compares. */
void broker_reading_audit(struct broker_model *model, struct rng *rng, bool had_power_cut);

#endif
