/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether something is so, for people: it begins when it was so for some ticks on end, and is over when it was not for
 * some. What goes back and forth faster than that stays what it was. Pure. Zero is: it is not so.
 */
#ifndef NIMBUS_FIGURES_STEADY_H
#define NIMBUS_FIGURES_STEADY_H

#include <stdbool.h>
#include <stdint.h>

struct steady_rule {
    uint32_t begins; /* after so many ticks; 1: at once */
    uint32_t ends;
};

struct steady {
    bool is_on;
    uint32_t against; /* ticks on end that were otherwise */
};

/* A tick. Returns whether it counts as so. */
static inline bool steady_step(struct steady *steady, bool is_so, struct steady_rule rule)
{
    steady->against = is_so == steady->is_on ? 0 : steady->against + 1;
    if (steady->against < (is_so ? rule.begins : rule.ends))
        return steady->is_on;
    if (steady->against > 0)
        *steady = (struct steady){.is_on = is_so};
    return steady->is_on;
}

#endif
