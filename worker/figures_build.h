/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes down what a worker has counted: the parts of a set (wire/figures.h).
 *
 * Tuples go on meanwhile, so the numbers of one set are of moments that are a little apart. Once the loops
 * are closed they are exact.
 *
 * Any thread, one at a time.
 */
#ifndef WORKER_FIGURES_BUILD_H
#define WORKER_FIGURES_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

struct worker;

#define FIGURES_SET_BYTES_MAX (16u << 20) /* of all parts; what would go beyond is left out */

struct figures_set {
    struct text *parts; /* each at most FIGURES_PART_MAX */
    uint32_t count;     /* at most FIGURES_PARTS_MAX */
    size_t bytes;
};

/* `now_ns` is of the clock that the loops' turns go by. Should all be more than FIGURES_SET_BYTES_MAX, it is
 * written without the tasks' histograms and the metrics of user code. */
void figures_build(const struct worker *worker, uint64_t uptime_ns, uint64_t now_ns,
                   struct figures_set *ret_set);

/* Empty again; a set of zeros is empty. */
void figures_set_done(struct figures_set *set);

#endif
