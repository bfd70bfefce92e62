/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/seeds.h"

#include <stdlib.h>

static bool read_number(const char *name, uint64_t *ret_number)
{
    const char *text = getenv(name);
    char *end = NULL;

    if (text == NULL || text[0] == '\0')
        return false;
    uint64_t number = strtoull(text, &end, 10);
    if (*end != '\0')
        return false;
    *ret_number = number;
    return true;
}

struct seeds seeds_read(const char *count_variable, uint64_t count)
{
    struct seeds seeds = {.count = count};
    uint64_t traced = 0;

    (void)read_number(count_variable, &seeds.count);
    if (read_number("GALE_SIM_SEED", &seeds.first))
        seeds.count = 1;
    seeds.is_traced = read_number("GALE_SIM_TRACE", &traced) && traced != 0;
    return seeds;
}
