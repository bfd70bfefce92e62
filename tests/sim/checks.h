/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold in every loop after every turn, in whichever simulator: no lane is beyond its credit,
 * what waits is counted and bounded, no task holds too much, and nothing has failed.
 */
#ifndef TESTS_SIM_CHECKS_H
#define TESTS_SIM_CHECKS_H

#include <stdint.h>

#include "tests/sim/ledger.h"
#include "worker/runtime.h"

struct checks_coverage {
    uint64_t waiting;         /* lanes with waiting blocks, summed over turns */
    uint64_t waiting_reports; /* the same for lanes of acks and fails */
};

void checks_loop(const struct loop *loop, struct ledger *ledger, struct checks_coverage *coverage);

uint32_t checks_lane_count(const struct loop *loop);
const struct lane *checks_lane(const struct loop *loop, uint32_t index);

#endif
