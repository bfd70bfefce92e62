/* SPDX-License-Identifier: Apache-2.0 */
/* fails: raeder */
#include "tests/compile_fail/topology.h"

extern const struct gale_component counter;
const struct gale_component counter = {
    .name = "counter",
    .inputs = {{.from = &raeder, .stream = &sentences.stream, .by = GALE_SHUFFLE}},
};
