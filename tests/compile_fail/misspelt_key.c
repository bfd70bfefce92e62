/* SPDX-License-Identifier: Apache-2.0 */
/* fails: txt */
#include "tests/compile_fail/topology.h"

extern const struct gale_component counter;
const struct gale_component counter = {
    .name = "counter",
    .inputs = {{.from = &reader,
                .stream = &words.stream,
                .by = GALE_FIELDS,
                .keys = {GALE_FIELD(struct word, txt)}}},
};
