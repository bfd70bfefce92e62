/* SPDX-License-Identifier: Apache-2.0 */
/* fails: count */
#include "tests/compile_fail/topology.h"

uint64_t count(const struct gale_tuple *tuple);

uint64_t count(const struct gale_tuple *tuple)
{
    return gale_read(tuple, sentences)->count;
}
