/* SPDX-License-Identifier: Apache-2.0 */
/* fails: float|weight */
#include "tests/compile_fail/topology.h"

struct stone {
    float weight;
};

extern const struct gale_stream *const used;
GALE_STREAM(stones, struct stone, GALE_FIELD(struct stone, weight));
const struct gale_stream *const used = &stones.stream;
