/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which seeds a simulator plays, as the environment says.
 */
#ifndef TESTS_SIM_SEEDS_H
#define TESTS_SIM_SEEDS_H

#include <stdbool.h>
#include <stdint.h>

struct seeds {
    uint64_t first;
    uint64_t count;
    bool is_traced; /* GALE_SIM_TRACE=1 */
};

/* `count` seeds from 0, or as many as the variable says; or the one of GALE_SIM_SEED. */
struct seeds seeds_read(const char *count_variable, uint64_t count);

#endif
