/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client without a plan: it reads and writes registers that all share, with and without watches,
 * makes sequential nodes, has an ephemeral of its own, and sets twins: two nodes that are only ever
 * set together, in one multi. What it is answered is looked at by the history; itself it looks
 * after its ephemeral, which must be there as long as its session is.
 */
#ifndef TESTS_SIM_COORD_RAW_H
#define TESTS_SIM_COORD_RAW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rng.h"
#include "tests/sim/coord_process.h"

#define COORD_RAW_LINE  "/line"
#define COORD_RAW_TWIN  "/twins/one"
#define COORD_RAW_OTHER "/twins/other"

enum {
    COORD_RAW_OPEN_MAX = 12, /* calls under way */
};

/* The ephemeral. */
enum coord_raw_own {
    COORD_RAW_NOTHING,
    COORD_RAW_UNSURE,
    COORD_RAW_THERE,
};

struct coord_raw {
    struct coord_process *process;
    struct rng rng;
    uint32_t number;
    uint32_t open; /* calls under way */
    uint64_t values;
    int64_t session_id;
    enum coord_raw_own own;
    bool own_is_open;    /* a call about it is under way */
    int32_t versions[4]; /* of the registers, as last seen */
    bool is_calm;        /* only reads are wanted */
    uint32_t calm_reads; /* that were answered well */
    char own_path[32];
};

/* All that such clients need below the root. */
extern const char *const coord_raw_paths[];
extern const size_t coord_raw_path_count;

void coord_raw_init(struct coord_raw *raw, struct coord_process *process, uint64_t seed);

/* It has read everything once more, and has seen what it should. */
bool coord_raw_is_settled(const struct coord_raw *raw);

#endif
